use std::time::Duration;

use anyhow::Context as _;
use tokio::{net::TcpStream, time::sleep};

use super::{Site, between};
use crate::{
    Target,
    dice::Dice,
    processes::{self, state_of},
    servers,
};

/// SIGKILL, and the same server again with the same data.
pub async fn kill(site: &Site, target: Target, dice: &mut Dice) -> anyhow::Result<String> {
    let stack = &site.installation.servers;
    let pid = servers::pid(stack, target)?;
    let killed = servers::kill(stack, target).await;
    let state = state_of(pid);
    sleep(between(dice, 300, 2000)).await;
    servers::start_again(stack, target).await?;
    killed?;
    anyhow::ensure!(
        state.is_none_or(|state| matches!(state, 'Z' | 'X')),
        "{} (process {pid}) was still there",
        target.name()
    );
    Ok(format!("{} (process {pid}) was gone", target.name()))
}

/// Stops it in its tracks for a while.
pub async fn suspend(site: &Site, target: Target, dice: &mut Dice) -> anyhow::Result<String> {
    let pid = servers::pid(&site.installation.servers, target)?;
    let pause = between(dice, 1000, 4000);
    processes::suspend(pid, pause).await?;
    Ok(format!(
        "{} (process {pid}) was in state T for {pause:?}",
        target.name()
    ))
}

/// S3 refuses and drops all connections.
pub async fn s3_away(site: &Site, dice: &mut Dice) -> anyhow::Result<String> {
    let stack = &site.installation.servers;
    servers::stop_s3(stack).await?;
    let url = stack.endpoints().s3.url.clone();
    let address = url.strip_prefix("http://").context("the URL of S3")?;
    let refused = TcpStream::connect(address).await.is_err();
    sleep(between(dice, 500, 2500)).await;
    let mut started = servers::start_again(stack, Target::S3).await;
    for _ in 0..50 {
        if started.is_ok() {
            break;
        }
        sleep(Duration::from_millis(100)).await;
        started = servers::start_again(stack, Target::S3).await;
    }
    started?;
    anyhow::ensure!(refused, "S3 still took connections");
    Ok("S3 refused connections".to_owned())
}

/// Forgets everything in Redis.
pub async fn flush_redis(site: &Site) -> anyhow::Result<String> {
    servers::flush_redis(&site.installation.servers).await?;
    Ok("Redis held something and then nothing".to_owned())
}
