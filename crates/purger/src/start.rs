use std::{sync::Arc, time::Duration};

use anyhow::Context as _;
use picup_event_bus::{BrokerUrl, ConsumerSettings, PURGER, consume};
use picup_objects::Objects;
use picup_service::{auth::ServiceKey, health::Readiness, lifecycle::Lifecycle};
use secrecy::ExposeSecret as _;
use tonic::transport::{Channel, Endpoint};

use crate::{Settings, clear::clear, commands::Commands, purge::Purger};

/// Starts purging and returns. It ends with the lifecycle.
pub async fn start(
    settings: Settings,
    lifecycle: &Lifecycle,
    readiness: &Readiness,
) -> anyhow::Result<()> {
    let latch = readiness.part("purger");
    let objects = Objects::connect(&settings.objects).await;
    let key = ServiceKey::new(settings.service_key);
    let commands = Commands::new(channel(&settings.command_url)?, key.clone());
    let projections = channel(&settings.projection_url)?;

    let url: BrokerUrl = settings
        .amqp_url
        .expose_secret()
        .parse()
        .context("PICUP_AMQP_URL")?;
    // An item costs several requests to S3: large batches would only be redone after a crash.
    let consumer = ConsumerSettings {
        prefetch: 64,
        batch: 32,
        ..ConsumerSettings::new(url, PURGER)
    };
    let purger = Arc::new(Purger::new(objects, commands.clone()));
    lifecycle.spawn("purger", consume(consumer, purger, lifecycle.stopping()));
    lifecycle.spawn(
        "clear",
        clear(projections, key, commands, lifecycle.stopping()),
    );
    latch.ready();
    Ok(())
}

fn channel(url: &str) -> anyhow::Result<Channel> {
    let endpoint =
        Endpoint::from_shared(url.to_owned()).with_context(|| format!("{url} is no URL"))?;
    Ok(endpoint
        .connect_timeout(Duration::from_secs(3))
        .connect_lazy())
}
