use std::{sync::Arc, time::Duration};

use anyhow::Context as _;
use picup_event_bus::{BrokerUrl, Publisher, Topology, standing};
use picup_event_log::{AccountKeys, EventLog, Generations, Outbox, migrate};
use picup_objects::Objects;
use picup_service::{
    auth::{ServiceKey, TokenVerifier},
    health::Readiness,
    lifecycle::Lifecycle,
    server,
};
use secrecy::ExposeSecret as _;
use sqlx::MySqlPool;
use tokio::{net::TcpListener, sync::Notify};

use crate::{
    Settings,
    credentials::{AccessTokens, Passwords, RefreshTokens},
    grpc::{Sessions, Shared, routes},
    handle::{Handler, Locks},
    relay::Relay,
    removal::Removals,
    uploads::Uploads,
    wake::Wake,
};

/// Relays in one process. Two overlap one's database work with the other's wait for confirms.
const RELAYS: usize = 2;
/// How often the outbox and the unrouted queue are measured.
const MEASURE: Duration = Duration::from_secs(5);
/// How often it is looked which generations of read models there are.
const LOOK: Duration = Duration::from_secs(1);

/// Starts taking commands on `listener`, starts the relays, and returns. Both end with the lifecycle.
pub async fn start(
    settings: Settings,
    listener: TcpListener,
    lifecycle: &Lifecycle,
    readiness: &Readiness,
) -> anyhow::Result<()> {
    let latch = readiness.part("command-svc");
    let database = &settings.database;
    let pool = database
        .open(&database.name, settings.database_connections)
        .await;
    let pool = pool.context("the log's database cannot be opened (PICUP_MYSQL_URL)")?;
    migrate(&pool)
        .await
        .context("the log's database cannot be brought up to date")?;

    let wake = start_relays(&settings, &pool, lifecycle).await?;
    let announced = Arc::new(Notify::new());
    start_waking(&settings, &wake, &announced, lifecycle)?;
    let log = EventLog::new(pool.clone(), move || {
        wake.notify_one();
        announced.notify_one();
    });

    let removals = Removals::new(
        log.reader().clone(),
        settings.trash_keeps,
        settings.uploads_keep,
    );
    let handler = Handler::new(log).with_locks(start_locks(&settings, lifecycle)?);
    let objects = Objects::connect(&settings.objects).await;
    let uploads = Uploads::new(handler.clone(), objects, pool.clone(), lifecycle.stopping());
    let shared = Shared {
        handler,
        uploads,
        keys: AccountKeys::new(pool.clone(), settings.master_key.clone()),
        verifier: TokenVerifier::from_public_key_pem(&settings.token_public_key)
            .context("PICUP_TOKEN_PUBLIC_KEY")?,
        service_key: ServiceKey::new(settings.service_key.clone()),
        notification_key: settings.notification_key.clone().map(ServiceKey::new),
        sessions: sessions(&settings, &pool).await?,
        removals,
        quota_bytes: settings.quota_bytes,
    };
    if let Some(operator) = &settings.operator {
        shared
            .ensure_operator(operator)
            .await
            .context("the operator's account (PICUP_OPERATOR_EMAIL)")?;
    }
    server::serve(routes(shared), listener, lifecycle);
    latch.ready();
    Ok(())
}

/// The ledgers' locks, unless they are switched off.
fn start_locks(settings: &Settings, lifecycle: &Lifecycle) -> anyhow::Result<Option<Locks>> {
    if !settings.ledger_locks {
        return Ok(None);
    }
    let url = settings.redis_url.expose_secret();
    let locks = Locks::new(url, &settings.database.name)
        .map_err(|_| anyhow::anyhow!("PICUP_REDIS_URL is no redis://… URL"))?;
    lifecycle.spawn("locks", locks.clone().listen(lifecycle.stopping()));
    Ok(Some(locks))
}

async fn sessions(settings: &Settings, pool: &MySqlPool) -> anyhow::Result<Sessions> {
    let passwords = Passwords::new()
        .await
        .map_err(|fault| anyhow::anyhow!(fault.to_string()))?;
    Ok(Sessions::new(
        pool.clone(),
        settings.master_key.clone(),
        passwords,
        AccessTokens::new(&settings.token_private_key, settings.access_token_lifetime)?,
        RefreshTokens::new(pool.clone(), settings.refresh_token_lifetime),
        settings.sign_ins_per_minute,
    ))
}

async fn start_relays(
    settings: &Settings,
    pool: &MySqlPool,
    lifecycle: &Lifecycle,
) -> anyhow::Result<Arc<Notify>> {
    let url: BrokerUrl = settings
        .amqp_url
        .expose_secret()
        .parse()
        .context("PICUP_AMQP_URL")?;
    let wake = Arc::new(Notify::new());
    let outbox = Outbox::new(pool.clone());
    // Every consumer's queue is there before the first event is published.
    let topology = follow_generations(pool, lifecycle).await?;
    let mut first = None;
    for _ in 0..RELAYS {
        let publisher = Arc::new(Publisher::new(url.clone(), "relay", topology.clone()));
        let relay = Relay::new(outbox.clone(), publisher.clone(), wake.clone());
        lifecycle.spawn("relay", relay.run(lifecycle.stopping()));
        first.get_or_insert(publisher);
    }
    if let Some(publisher) = first {
        let stopping = lifecycle.stopping();
        lifecycle.spawn("measure", async move {
            while stopping
                .run_until_cancelled(tokio::time::sleep(MEASURE))
                .await
                .is_some()
            {
                measure(&outbox, &publisher).await;
            }
        });
    }
    Ok(wake)
}

/// The topology of the generations that there are, kept up to date: a relay that reconnects must not bring
/// back the queues of one that was dropped, because nobody would ever empty them.
async fn follow_generations(pool: &MySqlPool, lifecycle: &Lifecycle) -> anyhow::Result<Topology> {
    let registry = Generations::new(pool.clone());
    let consumers = move || {
        let registry = registry.clone();
        async move {
            let generations = registry.standing().await?;
            let named = generations
                .iter()
                .map(|(name, number)| (name.as_str(), *number));
            Ok::<_, sqlx::Error>(standing(named))
        }
    };
    let known = consumers()
        .await
        .context("the generations cannot be read")?;
    let topology = Topology::new(known);
    let (kept, stopping) = (topology.clone(), lifecycle.stopping());
    lifecycle.spawn("generations", async move {
        while stopping
            .run_until_cancelled(tokio::time::sleep(LOOK))
            .await
            .is_some()
        {
            // While the log does not answer there is nothing to relay either.
            if let Ok(consumers) = consumers().await {
                kept.replace(consumers);
            }
        }
    });
    Ok(topology)
}

/// What an operator must see: how much waits, for how long, and whether anything found no queue.
async fn measure(outbox: &Outbox, publisher: &Publisher) {
    if let Ok(backlog) = outbox.backlog().await {
        let age = backlog.oldest.map_or(0.0, |oldest| {
            (time::OffsetDateTime::now_utc() - oldest)
                .as_seconds_f64()
                .max(0.0)
        });
        metrics::gauge!("picup_outbox_oldest_seconds").set(age);
        let events = u32::try_from(backlog.events).unwrap_or(u32::MAX);
        metrics::gauge!("picup_outbox_events").set(events);
    }
    if let Ok(count) = publisher.unrouted_count().await {
        metrics::gauge!("picup_bus_unrouted").set(count);
        if count > 0 {
            tracing::error!(
                count,
                "events lie in the unrouted queue: a binding is missing"
            );
        }
    }
}

fn start_waking(
    settings: &Settings,
    wake: &Arc<Notify>,
    announced: &Arc<Notify>,
    lifecycle: &Lifecycle,
) -> anyhow::Result<()> {
    let others = Wake::new(settings.redis_url.expose_secret(), &settings.database.name)
        .map_err(|_| anyhow::anyhow!("PICUP_REDIS_URL is no redis://… URL"))?;
    let announce = others
        .clone()
        .announce(announced.clone(), lifecycle.stopping());
    lifecycle.spawn("announce", announce);
    lifecycle.spawn("listen", others.listen(wake.clone(), lifecycle.stopping()));
    Ok(())
}
