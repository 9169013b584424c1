//! The private servers and what can be done to them.

use std::{sync::Arc, time::Duration};

use anyhow::Context as _;
use picup_local_stack::{Error, LocalStack, MariaDb, Options, RabbitMq, Redis, S3Server};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    task::spawn_blocking,
    time::timeout,
};

use crate::Target;

/// Where the broker's limits stand when nothing is done to them.
const MEMORY: &str = "512000000";
const DISK: &str = "50000000";
/// In bytes, since rabbitmqctl takes different units for the two.
const NO_MEMORY: &str = "100000";
const NO_DISK: &str = "1000000000000000";

/// What the broker can be made to believe it has run out of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shortage {
    Memory,
    Disk,
}

/// Starts servers that end with this process and leave nothing behind.
pub async fn start() -> anyhow::Result<Arc<LocalStack>> {
    let start = || {
        let options = Options {
            with_replica: true,
            ..Options::throw_away()
        };
        LocalStack::start(options, &|_| {})
    };
    Ok(Arc::new(spawn_blocking(start).await??))
}

/// The process id of a server.
pub fn pid(servers: &LocalStack, target: Target) -> anyhow::Result<u32> {
    let pid = match target {
        Target::MariaDb => servers.mariadb().and_then(MariaDb::pid),
        Target::Replica => servers.replica().and_then(MariaDb::pid),
        Target::RabbitMq => servers.rabbitmq().and_then(RabbitMq::pid),
        Target::Redis => servers.redis().and_then(Redis::pid),
        _ => None,
    };
    pid.with_context(|| format!("{} does not run", target.name()))
}

/// SIGKILL.
pub async fn kill(servers: &Arc<LocalStack>, target: Target) -> anyhow::Result<()> {
    on(servers, move |servers| match target {
        Target::MariaDb => servers.mariadb().map(MariaDb::kill),
        Target::Replica => servers.replica().map(MariaDb::kill),
        Target::RabbitMq => servers.rabbitmq().map(RabbitMq::kill),
        Target::Redis => servers.redis().map(Redis::kill),
        _ => None,
    })
    .await
}

/// Starts a server that was killed, on the same port with the same data.
pub async fn start_again(servers: &Arc<LocalStack>, target: Target) -> anyhow::Result<()> {
    on(servers, move |servers| match target {
        Target::MariaDb => servers.mariadb().map(MariaDb::start_again),
        Target::Replica => servers.replica().map(MariaDb::start_again),
        Target::RabbitMq => servers.rabbitmq().map(RabbitMq::start_again),
        Target::Redis => servers.redis().map(Redis::start_again),
        Target::S3 => servers.s3().map(S3Server::start_again),
        _ => None,
    })
    .await
}

/// S3 refuses and drops every connection.
pub async fn stop_s3(servers: &Arc<LocalStack>) -> anyhow::Result<()> {
    on(servers, |servers| {
        servers.s3().map(|server| {
            server.stop();
            Ok(())
        })
    })
    .await
}

/// Makes the broker believe that it has run out of something; succeeds when the alarm is there.
pub async fn run_short(servers: &Arc<LocalStack>, shortage: Shortage) -> anyhow::Result<()> {
    set_limit(servers, shortage, NO_MEMORY, NO_DISK).await?;
    let kind = match shortage {
        Shortage::Memory => "memory",
        Shortage::Disk => "disk",
    };
    let seen = format!(
        "true = lists:any(fun(A) -> case A of {{{{resource_limit, {kind}, _}}, _}} -> true; _ -> false end end, \
         rabbit_alarm:get_alarms())."
    );
    evaluate(servers, seen)
        .await
        .context("the broker raised no alarm")
}

/// Gives it back.
pub async fn run_long(servers: &Arc<LocalStack>, shortage: Shortage) -> anyhow::Result<()> {
    set_limit(servers, shortage, MEMORY, DISK).await?;
    let none = "[] = rabbit_alarm:get_alarms().".to_owned();
    let mut cleared = evaluate(servers, none.clone()).await;
    for _ in 0..10 {
        if cleared.is_ok() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(500)).await;
        cleared = evaluate(servers, none.clone()).await;
    }
    cleared.context("the broker's alarm does not go away")
}

async fn set_limit(
    servers: &Arc<LocalStack>,
    shortage: Shortage,
    memory: &'static str,
    disk: &'static str,
) -> anyhow::Result<()> {
    on(servers, move |servers| {
        servers.rabbitmq().map(|broker| match shortage {
            Shortage::Memory => {
                broker.control(&["set_vm_memory_high_watermark", "absolute", memory])
            }
            Shortage::Disk => broker.control(&["set_disk_free_limit", disk]),
        })
    })
    .await
}

/// Runs Erlang in the broker; an exception there is an error here.
pub async fn evaluate(servers: &Arc<LocalStack>, expression: String) -> anyhow::Result<()> {
    on(servers, move |servers| {
        servers
            .rabbitmq()
            .map(|broker| broker.control(&["eval", &expression]))
    })
    .await
}

/// Empties Redis, after putting something in; succeeds when it is seen to be empty.
pub async fn flush_redis(servers: &Arc<LocalStack>) -> anyhow::Result<()> {
    let url = &servers.endpoints().redis_url;
    let rest = url.strip_prefix("redis://:").context("a Redis URL")?;
    let (password, address) = rest.split_once('@').context("a Redis URL")?;
    let asked = async {
        let mut stream = TcpStream::connect(address).await?;
        let script = format!("AUTH {password}\r\nSET chaos 1\r\nFLUSHALL\r\nDBSIZE\r\nQUIT\r\n");
        stream.write_all(script.as_bytes()).await?;
        let mut answer = String::new();
        stream.take(10_000).read_to_string(&mut answer).await?;
        anyhow::Ok(answer)
    };
    let answer = timeout(Duration::from_secs(5), asked).await??;
    anyhow::ensure!(
        answer == "+OK\r\n+OK\r\n+OK\r\n:0\r\n+OK\r\n",
        "Redis was not emptied: {answer:?}"
    );
    Ok(())
}

async fn on(
    servers: &Arc<LocalStack>,
    act: impl FnOnce(&LocalStack) -> Option<Result<(), Error>> + Send + 'static,
) -> anyhow::Result<()> {
    let servers = servers.clone();
    let done = spawn_blocking(move || act(&servers)).await?;
    Ok(done.context("it is not a server of ours")??)
}
