use std::{io::ErrorKind, time::Duration};

use tokio::{
    io::AsyncReadExt as _,
    net::TcpStream,
    time::{sleep, timeout},
};

use super::{Site, between};
use crate::{
    dice::Dice,
    line::{Condition, Line},
};

const PROBE: Duration = Duration::from_secs(2);
/// What was on its way when a line fell silent has arrived by then.
const HUSH: Duration = Duration::from_millis(100);

/// Cuts one line that is in use, or is meant to be.
pub async fn cut(site: &Site, condition: Condition, dice: &mut Dice) -> anyhow::Result<String> {
    let lines = &site.installation.lines;
    let used: Vec<&Line> = lines.iter().filter(|line| line.carried() > 0).collect();
    anyhow::ensure!(!used.is_empty(), "no line is in use");
    let line = used[dice.place(used.len())];
    line.put(condition);
    let seen = observe(line, condition).await;
    sleep(between(dice, 500, 4000)).await;
    line.put(Condition::Open);
    Ok(format!("{}: {}", line.name, seen?))
}

async fn observe(line: &Line, condition: Condition) -> anyhow::Result<&'static str> {
    match condition {
        Condition::Refusing => {
            // The listener may take a moment to go.
            for _ in 0..50 {
                match TcpStream::connect(line.address).await {
                    Err(error) if error.kind() == ErrorKind::ConnectionRefused => {
                        return Ok("connections were refused");
                    }
                    _ => sleep(Duration::from_millis(20)).await,
                }
            }
            anyhow::bail!("connections to {} were not refused", line.name)
        }
        Condition::Resetting => {
            // The reset may already come while connecting.
            let talk = async { TcpStream::connect(line.address).await?.read_u8().await };
            let ended = timeout(PROBE, talk).await?;
            anyhow::ensure!(
                ended.is_err_and(|error| error.kind() == ErrorKind::ConnectionReset),
                "a connection to {} was not reset",
                line.name
            );
            Ok("connections were reset")
        }
        Condition::Silent => {
            sleep(HUSH).await;
            let before = line.carried();
            let mut stream = TcpStream::connect(line.address).await?;
            let heard = timeout(Duration::from_millis(500), stream.read_u8()).await;
            anyhow::ensure!(heard.is_err(), "{} answered", line.name);
            anyhow::ensure!(line.carried() == before, "{} still carried", line.name);
            Ok("connections were taken, and nothing arrived")
        }
        Condition::Open => anyhow::bail!("an open line is no fault"),
    }
}
