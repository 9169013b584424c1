//! operations-svc as a process of its own.

use std::process::ExitCode;

use anyhow::Context as _;
use picup_operations_svc::{Settings, start};
use picup_service::config::Environment;
use tokio::net::TcpListener;

fn main() -> ExitCode {
    picup_service::run("picup-operations-svc", async |lifecycle, readiness| {
        let settings = Settings::read(&Environment)?;
        let listener = TcpListener::bind(settings.address).await;
        let listener =
            listener.with_context(|| format!("cannot listen on {}", settings.address))?;
        start(settings, listener, &lifecycle, &readiness).await
    })
}
