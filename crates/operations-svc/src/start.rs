use std::sync::Arc;

use anyhow::Context as _;
use picup_event_bus::{BrokerUrl, Publisher, Topology, route_again};
use picup_event_log::{
    AccountKeys, Generations, LogReader, OperatorLog, Outbox, Quarantine, migrate, migrate_with,
};
use picup_objects::Objects;
use picup_service::{
    auth::{ServiceKey, TokenVerifier},
    client::channel,
    health::Readiness,
    lifecycle::Lifecycle,
    server,
};
use secrecy::ExposeSecret as _;
use sqlx::{MySqlPool, migrate::Migrator};
use tokio::{net::TcpListener, sync::Semaphore};

use crate::{
    Settings,
    audit::{Keeps, ObjectsAudit, ReadModels, UsageAudit, WorkAudit},
    grpc::{Shared, routes},
    history::History,
    keeper::Keeper,
    letters::{describe::Describer, discard::Skips},
    outbox::OutboxGauge,
    overdue::{Duty, Overdue},
};

/// Selections that are worked on at once. Each takes two connections of `PICUP_MYSQL_CONNECTIONS`.
const RUNS: usize = 3;
static MIGRATIONS: Migrator = sqlx::migrate!("../../migrations/operations");

/// Starts keeping dead letters, starts answering operators on `listener` and returns. It ends with the lifecycle.
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

    let pool = open(&settings).await?;
    let keeper = Keeper::new(pool.clone(), Generations::new(log_pool.clone()));
    lifecycle.spawn("keeper", keeper.run(url.clone(), lifecycle.stopping()));
    lifecycle.spawn("unrouted", route_again(url.clone(), lifecycle.stopping()));

    let log = LogReader::new(log_pool.clone());
    let renditions_distance = settings.renditions_trail_distance;
    for (name, duty, distance) in [
        ("overdue purges", Duty::Purges, settings.trail_distance),
        ("overdue renditions", Duty::Renditions, renditions_distance),
    ] {
        let overdue = Overdue::new(duty, pool.clone(), log.clone(), url.clone(), distance);
        lifecycle.spawn(name, overdue.run(lifecycle.stopping()));
    }

    let key = ServiceKey::new(settings.service_key.clone());
    let projections = channel(&settings.projection_url)?;
    let read_models = ReadModels::new(projections.clone(), key.clone());
    let outbox = Outbox::new(log_pool.clone());
    let objects = Objects::connect(&settings.objects).await;
    let usage_audit = UsageAudit::new(log.clone(), objects, read_models.clone());
    let keeps = Keeps {
        trash: settings.trash_keeps,
        uploads: settings.uploads_keep,
    };
    let shared = Shared {
        verifier: TokenVerifier::from_public_key_pem(&settings.token_public_key)
            .context("PICUP_TOKEN_PUBLIC_KEY")?,
        outbox: OutboxGauge::new(
            outbox.clone(),
            Publisher::new(url.clone(), "operations outbox", Topology::new([])),
        ),
        pool,
        objects_audit: ObjectsAudit::new(usage_audit.clone(), Quarantine::new(log_pool.clone())),
        usage_audit,
        work_audit: WorkAudit::new(log.clone(), outbox, read_models, keeps),
        history: History::new(log),
        keys: AccountKeys::new(log_pool.clone(), settings.master_key),
        operator_log: OperatorLog::new(log_pool),
        describer: Describer::new()?,
        publisher: Publisher::new(url, "operations replay", Topology::new([])),
        skips: Skips::new(projections, key),
        runs: Arc::new(Semaphore::new(RUNS)),
    };
    server::serve(routes(shared), listener, lifecycle);
    latch.ready();
    Ok(())
}

/// Opens the database of operations.
async fn open(settings: &Settings) -> anyhow::Result<MySqlPool> {
    let name = format!("{}_operations", settings.database.name);
    let pool = settings
        .database
        .open(&name, settings.database_connections)
        .await;
    let pool = pool.with_context(|| format!("the database {name} cannot be opened"))?;
    let migrated = migrate_with(&pool, &MIGRATIONS).await;
    migrated.with_context(|| format!("the database {name} cannot be brought up to date"))?;
    Ok(pool)
}
