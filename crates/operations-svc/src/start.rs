use anyhow::Context as _;
use picup_event_bus::{BrokerUrl, Publisher, Topology};
use picup_event_log::{Outbox, migrate};
use picup_service::{auth::TokenVerifier, health::Readiness, lifecycle::Lifecycle, server};
use secrecy::ExposeSecret as _;
use tokio::net::TcpListener;

use crate::{
    Settings,
    grpc::{Shared, routes},
    outbox::OutboxGauge,
};

/// Starts answering operators on `listener` and returns. It ends with the lifecycle.
pub async fn start(
    settings: Settings,
    listener: TcpListener,
    lifecycle: &Lifecycle,
    readiness: &Readiness,
) -> anyhow::Result<()> {
    let latch = readiness.part("operations-svc");
    let database = &settings.database;
    let log_pool = database
        .open(&database.name, settings.database_connections)
        .await;
    let log_pool = log_pool.context("the log's database cannot be opened (PICUP_MYSQL_URL)")?;
    migrate(&log_pool)
        .await
        .context("the log's database cannot be brought up to date")?;
    let url: BrokerUrl = settings
        .amqp_url
        .expose_secret()
        .parse()
        .context("PICUP_AMQP_URL")?;

    let shared = Shared {
        verifier: TokenVerifier::from_public_key_pem(&settings.token_public_key)
            .context("PICUP_TOKEN_PUBLIC_KEY")?,
        outbox: OutboxGauge::new(
            Outbox::new(log_pool),
            Publisher::new(url, "operations outbox", Topology::new([])),
        ),
    };
    server::serve(routes(shared), listener, lifecycle);
    latch.ready();
    Ok(())
}
