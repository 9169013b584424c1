use std::sync::Arc;

use anyhow::Context as _;
use picup_event_bus::{
    ALBUM_LISTINGS, BrokerUrl, ConsumerSettings, ConsumerSpec, STORAGE_USAGE, consume,
};
use picup_event_log::{AccountKeys, LogReader, OperatorLog, migrate, migrate_with};
use picup_objects::Objects;
use picup_service::{
    auth::{ServiceKey, TokenVerifier},
    health::Readiness,
    lifecycle::Lifecycle,
    server,
};
use secrecy::ExposeSecret as _;
use sqlx::MySqlPool;
use tokio::{net::TcpListener, sync::watch};

use crate::{
    Settings,
    albums::{AlbumListings, AlbumRows},
    apply::Projection,
    blocked::measure,
    cursor::Cursors,
    gate::Gate,
    grpc::{Shared, routes},
    mend::Mend,
    project::Projector,
    usage::StorageUsage,
};

/// Which build of the read models this is: the number in their databases' names.
const GENERATION: u32 = 1;

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
    let log = LogReader::new(log_pool.clone());

    let (albums_pool, albums_gate, albums) =
        start_projection::<AlbumListings>(&settings, ALBUM_LISTINGS, &log, lifecycle).await?;
    let (usage_pool, usage_gate, usage) =
        start_projection::<StorageUsage>(&settings, STORAGE_USAGE, &log, lifecycle).await?;

    let shared = Shared {
        verifier: TokenVerifier::from_public_key_pem(&settings.token_public_key)
            .context("PICUP_TOKEN_PUBLIC_KEY")?,
        service_key: ServiceKey::new(settings.service_key.clone()),
        operator_log: OperatorLog::new(log_pool.clone()),
        keys: AccountKeys::new(log_pool, settings.master_key.clone()),
        objects: Objects::connect(&settings.objects).await,
        cursors: Cursors::new(&settings.master_key),
        albums: AlbumRows::new(albums_pool.clone()),
        albums_pool,
        albums_gate,
        usage_pool,
        usage_gate,
        projections: vec![albums, usage],
        log_database: settings.database.name.clone(),
    };
    server::serve(routes(shared), listener, lifecycle);
    latch.ready();
    Ok(())
}

/// Opens the read model's database and starts consuming into it.
async fn start_projection<P: Projection>(
    settings: &Settings,
    spec: ConsumerSpec,
    log: &LogReader,
    lifecycle: &Lifecycle,
) -> anyhow::Result<(MySqlPool, Gate, Arc<dyn Mend>)> {
    let name = format!(
        "{}_{}_g{GENERATION}",
        settings.database.name,
        P::NAME.replace('-', "_")
    );
    let pool = settings
        .database
        .open(&name, settings.database_connections)
        .await;
    let pool = pool.with_context(|| format!("the database {name} cannot be opened"))?;
    let migrated = migrate_with(&pool, P::MIGRATIONS).await;
    migrated.with_context(|| format!("the database {name} cannot be brought up to date"))?;

    let (applied, watched) = watch::channel(());
    let projector = Arc::new(Projector::<P>::new(pool.clone(), log.clone(), applied));
    let url: BrokerUrl = settings
        .amqp_url
        .expose_secret()
        .parse()
        .context("PICUP_AMQP_URL")?;
    let consumer = ConsumerSettings::new(url, spec);
    measure(&pool, P::NAME).await;
    lifecycle.spawn(
        P::NAME,
        consume(consumer, projector.clone(), lifecycle.stopping()),
    );
    let gate = Gate::new(pool.clone(), P::FOLLOWS, watched);
    Ok((pool, gate, projector))
}
