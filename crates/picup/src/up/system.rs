use std::net::SocketAddr;

use anyhow::Context as _;
use picup_objects::Objects;
use picup_service::{health::Readiness, lifecycle::Lifecycle};
use tokio::net::TcpListener;

use super::configuration::Configuration;

/// Starts all services in this process, meeting over loopback just as they would between machines. The
/// gateway listens on `gateway`.
pub async fn start_services(
    configuration: &mut Configuration<'_>,
    gateway: TcpListener,
    lifecycle: &Lifecycle,
    readiness: &Readiness,
) -> anyhow::Result<()> {
    let commands = loopback().await?;
    let projections = loopback().await?;
    let operations = loopback().await?;
    configuration.set("PICUP_COMMAND_URL", url(commands.local_addr()?));
    configuration.set("PICUP_PROJECTION_URL", url(projections.local_addr()?));
    configuration.set("PICUP_OPERATIONS_URL", url(operations.local_addr()?));

    let command = picup_command_svc::Settings::read(configuration)?;
    let projection = picup_projection_svc::Settings::read(configuration)?;
    let operator = picup_operations_svc::Settings::read(configuration)?;
    let purger = picup_purger::Settings::read(configuration)?;
    let thumbnailer = picup_thumbnailer::Settings::read_with_broker(configuration)?;
    let front = picup_gateway::Settings::read(configuration)?;
    Objects::connect(&command.objects)
        .await
        .ensure_bucket()
        .await?;

    picup_command_svc::start(command, commands, lifecycle, readiness).await?;
    picup_projection_svc::start(projection, projections, lifecycle, readiness).await?;
    picup_operations_svc::start(operator, operations, lifecycle, readiness).await?;
    picup_purger::start(purger, lifecycle, readiness).await?;
    picup_thumbnailer::start(thumbnailer, lifecycle, readiness).await?;
    picup_gateway::start(front, gateway, lifecycle, readiness).await
}

async fn loopback() -> anyhow::Result<TcpListener> {
    TcpListener::bind(SocketAddr::from(([127, 0, 0, 1], 0)))
        .await
        .context("no free port")
}

fn url(address: SocketAddr) -> String {
    format!("http://{address}")
}
