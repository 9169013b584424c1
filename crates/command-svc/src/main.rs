//! command-svc as a process of its own.

use std::process::ExitCode;

use anyhow::Context as _;
use picup_command_svc::{Settings, start};
use picup_service::config::Environment;
use tokio::net::TcpListener;

/// The system's own keeps what every password took, some 20 MB each, for the thread that hashed it.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    picup_service::run("picup-command-svc", async |lifecycle, readiness| {
        let settings = Settings::read(&Environment)?;
        let listener = TcpListener::bind(settings.address).await;
        let listener =
            listener.with_context(|| format!("cannot listen on {}", settings.address))?;
        start(settings, listener, &lifecycle, &readiness).await
    })
}
