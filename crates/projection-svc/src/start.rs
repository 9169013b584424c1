use std::sync::Arc;

use anyhow::Context as _;
use picup_event_bus::{ALBUM_LISTINGS, ConsumerSpec, Queues, STORAGE_USAGE};
use picup_event_log::{AccountKeys, GenerationState, Generations, LogReader, OperatorLog, migrate};
use picup_service::{
    auth::{ServiceKey, TokenVerifier},
    health::Readiness,
    lifecycle::Lifecycle,
    server,
};
use secrecy::ExposeSecret as _;
use sqlx::MySqlPool;
use tokio::{net::TcpListener, sync::Semaphore};

use crate::{
    Settings,
    albums::AlbumListings,
    apply::Projection,
    blocked,
    cursor::Cursors,
    deliver::Deliveries,
    follow::Follower,
    grpc::{Shared, WATCHERS, routes},
    model::{Projected, ReadModel, Workplace},
    replica::probe_replicas,
    signatures::Signatures,
    usage::StorageUsage,
};

/// Starts the projections, starts answering queries on `listener`, and returns. Both end with the
/// lifecycle.
pub async fn start(
    settings: Settings,
    listener: TcpListener,
    lifecycle: &Lifecycle,
    readiness: &Readiness,
) -> anyhow::Result<()> {
    let latch = readiness.part("projection-svc");
    let database = &settings.database;
    let log_pool = database
        .open(&database.name, settings.database_connections)
        .await;
    let log_pool = log_pool.context("the log's database cannot be opened (PICUP_MYSQL_URL)")?;
    migrate(&log_pool)
        .await
        .context("the log's database cannot be brought up to date")?;

    let workplace = Arc::new(workplace(&settings, &log_pool)?);
    let albums = follow::<AlbumListings>(&workplace, ALBUM_LISTINGS, lifecycle).await?;
    let usage = follow::<StorageUsage>(&workplace, STORAGE_USAGE, lifecycle).await?;

    let redis_url = settings.redis_url.expose_secret();
    let signatures = Signatures::new(redis_url, &database.name).context("PICUP_REDIS_URL")?;
    let replica_keys = match &settings.replica {
        Some(replica) => {
            let pool = replica.follow(&replica.name, settings.database_connections)?;
            Some(AccountKeys::new(pool, settings.master_key.clone()))
        }
        None => None,
    };
    let shared = Shared {
        verifier: TokenVerifier::from_public_key_pem(&settings.token_public_key)
            .context("PICUP_TOKEN_PUBLIC_KEY")?,
        service_key: ServiceKey::new(settings.service_key.clone()),
        keys: AccountKeys::new(log_pool, settings.master_key.clone()),
        deliveries: Deliveries::new(settings.delivery.clone(), signatures),
        replica_keys,
        cursors: Cursors::new(&settings.master_key),
        trash_keeps: settings.trash_keeps,
        albums,
        usage,
        workplace,
        lifecycle: lifecycle.clone(),
        watchers: Arc::new(Semaphore::new(WATCHERS)),
    };
    server::serve(routes(shared), listener, lifecycle);
    latch.ready();
    Ok(())
}

fn workplace(settings: &Settings, log: &MySqlPool) -> anyhow::Result<Workplace> {
    let broker = settings.amqp_url.expose_secret().parse();
    let broker: picup_event_bus::BrokerUrl = broker.context("PICUP_AMQP_URL")?;
    Ok(Workplace {
        database: settings.database.clone(),
        replica: settings.replica.clone(),
        database_connections: settings.database_connections,
        log: LogReader::new(log.clone()),
        registry: Generations::new(log.clone()),
        operator_log: OperatorLog::new(log.clone()),
        queues: Queues::new(broker.clone()),
        broker,
        retired_grace: settings.retired_grace,
        trail_distance: settings.trail_distance,
    })
}

/// Opens the live generation of a projection and starts to follow the registry from there.
async fn follow<P: Projection>(
    workplace: &Arc<Workplace>,
    consumer: ConsumerSpec,
    lifecycle: &Lifecycle,
) -> anyhow::Result<Arc<Projected>> {
    workplace.registry.ensure(P::NAME).await?;
    let generations = workplace.registry.of(P::NAME).await?;
    let live = generations
        .iter()
        .find(|row| row.state == GenerationState::Live);
    let live = live.with_context(|| format!("no generation of {} is live", P::NAME))?;
    let model = Arc::new(ReadModel::open::<P>(workplace, live.generation).await?);
    blocked::measure(&model.pool, P::NAME).await;
    let projected = Arc::new(Projected::new::<P>(consumer, model));
    let follower = Follower::<P>::new(workplace.clone(), projected.clone(), lifecycle.clone());
    lifecycle.spawn("generations", follower.run());
    if workplace.replica.is_some() {
        let probing = probe_replicas(projected.clone(), lifecycle.stopping());
        lifecycle.spawn("replica", probing);
    }
    Ok(projected)
}
