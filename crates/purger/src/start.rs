use std::sync::Arc;

use anyhow::Context as _;
use picup_event_bus::{BrokerUrl, ConsumerSettings, PURGER, consume};
use picup_objects::Objects;
use picup_service::{auth::ServiceKey, client::channel, health::Readiness, lifecycle::Lifecycle};
use secrecy::ExposeSecret as _;

use crate::{
    Settings,
    commands::Commands,
    invalidate::Invalidations,
    leftovers::Leftovers,
    purge::Purger,
    sweep::{Sweep, sweep_regularly},
    tidy::tidy,
};

/// Messages purged together: what fits into a request to S3 with room to spare, and not more than is well done again
/// after a crash.
const BATCH: usize = 32;

/// Starts purging and returns. It ends with the lifecycle.
pub async fn start(
    settings: Settings,
    lifecycle: &Lifecycle,
    readiness: &Readiness,
) -> anyhow::Result<()> {
    let latch = readiness.part("purger");
    let sweep = prepare_sweep(&settings).await?;
    let objects = Objects::connect(&settings.objects).await;
    let invalidations = Invalidations::connect(settings.invalidations.as_ref()).await;
    let key = ServiceKey::new(settings.service_key);
    let commands = Commands::new(channel(&settings.command_url)?, key.clone());
    let projections = channel(&settings.projection_url)?;

    let url: BrokerUrl = settings
        .amqp_url
        .expose_secret()
        .parse()
        .context("PICUP_AMQP_URL")?;
    let consumer = ConsumerSettings {
        prefetch: 64,
        batch: BATCH,
        ..ConsumerSettings::new(url, PURGER)
    };
    let purger = Arc::new(Purger::new(objects, invalidations, commands.clone()));
    lifecycle.spawn("purger", consume(consumer, purger, lifecycle.stopping()));
    lifecycle.spawn(
        "tidy",
        tidy(
            Leftovers::new(projections, key),
            commands,
            lifecycle.stopping(),
        ),
    );
    lifecycle.spawn("sweep", sweep_regularly(sweep, lifecycle.stopping()));
    latch.ready();
    Ok(())
}

/// A sweep by these settings; nothing is connected to yet.
pub async fn prepare_sweep(settings: &Settings) -> anyhow::Result<Sweep> {
    let objects = Objects::connect(&settings.objects).await;
    let key = ServiceKey::new(settings.service_key.clone());
    let leftovers = Leftovers::new(channel(&settings.projection_url)?, key.clone());
    let commands = Commands::new(channel(&settings.command_url)?, key);
    Sweep::new(settings.sweep.clone(), objects, leftovers, commands)
}
