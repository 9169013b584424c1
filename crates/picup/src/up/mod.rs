//! `picup up`: the private servers and all services in one process, for trying out and for small
//! installations. The services are the same as those of production, told the same variables.

pub mod configuration;
mod demo_account;
mod operator_account;
mod secrets;
mod system;

use std::{net::SocketAddr, path::PathBuf, time::Duration};

use anyhow::Context as _;
use clap::Args;
use picup_local_stack::{Existing, LocalStack, Options, S3Endpoint};
use picup_service::{
    config::{Environment, Source},
    health::Readiness,
    lifecycle::Lifecycle,
    telemetry,
};
use tokio::{
    net::TcpListener,
    signal::unix::{SignalKind, signal},
};

pub use secrets::Secrets;

use configuration::Configuration;

/// How long the services may take to stop.
const DRAIN: Duration = Duration::from_secs(10);

/// Runs everything until Ctrl-C.
#[derive(Clone, Debug, Args)]
pub struct Up {
    /// Where all data is kept; a second start with the same folder finds what the first one left
    #[arg(
        long,
        value_name = "FOLDER",
        default_value = ".picup",
        env = "PICUP_FOLDER"
    )]
    folder: PathBuf,
    /// Where to listen; another free port is taken if nobody asked for this one and it is in use
    #[arg(long, value_name = "ADDRESS:PORT", env = "PICUP_GATEWAY_ADDRESS")]
    address: Option<SocketAddr>,
    /// Where the web app's build is; where there is none, a page says how to use the command line
    #[arg(
        long,
        value_name = "FOLDER",
        default_value = "web/dist",
        env = "PICUP_WEB_FOLDER"
    )]
    web: PathBuf,
    /// Leave out the demo account with its album
    #[arg(long)]
    no_demo: bool,
}

/// Starts the servers and the services, fills the demo account, says where everything is, and waits.
pub async fn up(arguments: Up) -> anyhow::Result<()> {
    telemetry::init("warn")?;
    // Before anything is started, so that Ctrl-C while starting also ends in order.
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    let lifecycle = Lifecycle::new();
    let stopped = lifecycle.stopping();
    let asked_to_stop = async {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
            () = stopped.cancelled() => {}
        }
    };
    let stack = start_servers(&arguments).await?;
    let running = tokio::select! {
        ended = run(&arguments, &stack, &lifecycle) => ended,
        () = asked_to_stop => Ok(()),
    };
    eprintln!("Stopping…");
    lifecycle.drain(DRAIN).await;
    tokio::task::spawn_blocking(move || stack.stop()).await??;
    running?;
    anyhow::ensure!(!lifecycle.has_failed(), "a service failed; see above");
    Ok(())
}

/// Starts the services and then never ends by itself.
async fn run(arguments: &Up, stack: &LocalStack, lifecycle: &Lifecycle) -> anyhow::Result<()> {
    let secrets = Secrets::keep(&arguments.folder.join("secrets.json"))?;
    let mut configuration = Configuration::new(stack.endpoints(), &secrets, &Environment);
    let operator = operator_account::offer(&mut configuration, &arguments.folder)?;
    let listener = listen(arguments.address).await?;
    let url = format!("http://{}", listener.local_addr()?);
    // The gateway itself is the edge, unless a CDN is named.
    configuration.set("PICUP_CDN_URL", &url);
    if arguments.web.join("index.html").is_file() {
        configuration.set("PICUP_WEB_FOLDER", arguments.web.to_string_lossy());
    }
    let readiness = Readiness::new();
    Box::pin(system::start_services(
        &mut configuration,
        listener,
        lifecycle,
        &readiness,
    ))
    .await?;
    let demo = if arguments.no_demo {
        String::new()
    } else {
        demo_account::offer(&url, &arguments.folder).await?
    };
    println!("Pic-up is running at {url} {demo}{operator}(Ctrl-C stops it; your data stays)");
    std::future::pending().await
}

async fn start_servers(arguments: &Up) -> anyhow::Result<LocalStack> {
    let options = Options {
        existing: existing()?,
        ..Options::keep(arguments.folder.clone())
    };
    let started = tokio::task::spawn_blocking(move || {
        LocalStack::start(options, &|line| eprintln!("{line}"))
    });
    Ok(started.await??)
}

/// Servers that the environment names are used instead of private ones.
fn existing() -> anyhow::Result<Existing> {
    let get = |name: &str| Environment.get(name);
    let s3 = match (
        get("PICUP_S3_ENDPOINT"),
        get("PICUP_S3_ACCESS_KEY"),
        get("PICUP_S3_SECRET_KEY"),
    ) {
        (None, None, None) => None,
        (Some(url), Some(access_key), Some(secret_key)) => {
            let region = get("PICUP_S3_REGION").unwrap_or_else(|| "us-east-1".to_owned());
            Some(S3Endpoint {
                url,
                region,
                access_key,
                secret_key,
            })
        }
        _ => anyhow::bail!(
            "for an S3 of your own set all of PICUP_S3_ENDPOINT, PICUP_S3_ACCESS_KEY and PICUP_S3_SECRET_KEY"
        ),
    };
    Ok(Existing {
        mysql_url: get("PICUP_MYSQL_URL"),
        amqp_url: get("PICUP_AMQP_URL"),
        redis_url: get("PICUP_REDIS_URL"),
        s3,
    })
}

async fn listen(asked_for: Option<SocketAddr>) -> anyhow::Result<TcpListener> {
    let usual = SocketAddr::from(([127, 0, 0, 1], 8080));
    match TcpListener::bind(asked_for.unwrap_or(usual)).await {
        Ok(listener) => Ok(listener),
        Err(error) => match asked_for {
            Some(address) => Err(error).with_context(|| format!("cannot listen on {address}")),
            None => TcpListener::bind((usual.ip(), 0))
                .await
                .context("no port is free"),
        },
    }
}
