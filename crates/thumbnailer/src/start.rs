use std::sync::Arc;

use anyhow::Context as _;
use picup_event_bus::{BrokerUrl, ConsumerSettings, THUMBNAILER, VIDEO_THUMBNAILER, consume};
use picup_service::{health::Readiness, lifecycle::Lifecycle};
use secrecy::{ExposeSecret as _, SecretString};

use crate::{
    Settings,
    consume::{Kind, Thumbnailer},
    work::Work,
};

/// Starts rendering what the bus says is complete, and returns. It ends with the lifecycle.
pub async fn start(
    (settings, amqp_url): (Settings, SecretString),
    lifecycle: &Lifecycle,
    readiness: &Readiness,
) -> anyhow::Result<()> {
    let latch = readiness.part("thumbnailer");
    let url: BrokerUrl = amqp_url.expose_secret().parse().context("PICUP_AMQP_URL")?;
    let photos = settings.cores.get();
    let work = Arc::new(Work::new(settings).await?);
    // One more than are rendered, so that one can be fetched meanwhile. A batch ends with its slowest, so it is small; a
    // video may take most of the half hour after which the broker takes a message back, so no other waits behind it.
    for (spec, kind, at_once, batch, prefetch) in [
        (
            THUMBNAILER,
            Kind::Photos,
            photos + 1,
            (photos + 1) * 4,
            (photos + 1) * 8,
        ),
        (VIDEO_THUMBNAILER, Kind::Videos, 1, 1, 1),
    ] {
        let thumbnailer = Arc::new(Thumbnailer::new(work.clone(), kind, at_once));
        let consumer = ConsumerSettings {
            prefetch: u16::try_from(prefetch).unwrap_or(u16::MAX),
            batch,
            ..ConsumerSettings::new(url.clone(), spec)
        };
        lifecycle.spawn(
            spec.name,
            consume(consumer, thumbnailer, lifecycle.stopping()),
        );
    }
    latch.ready();
    Ok(())
}
