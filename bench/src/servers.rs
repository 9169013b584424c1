use std::sync::Arc;

use anyhow::Context as _;
use picup_event_log::{Database, migrate};
use picup_local_stack::{Endpoints, LocalStack, Options};
use sqlx::MySqlPool;

/// Private servers for this run; their data is thrown away.
pub struct Servers {
    stack: Arc<LocalStack>,
}

impl Servers {
    /// Starts them, which takes about ten seconds.
    pub async fn start() -> anyhow::Result<Self> {
        let start = || LocalStack::start(Options::throw_away(), &|line| eprintln!("{line}"));
        let stack = tokio::task::spawn_blocking(start).await??;
        Ok(Self {
            stack: Arc::new(stack),
        })
    }

    /// Where they are.
    pub fn endpoints(&self) -> &Endpoints {
        self.stack.endpoints()
    }

    /// The URL of a broker host of its own.
    pub fn broker_host(&self, name: &str) -> anyhow::Result<String> {
        let broker = self.stack.rabbitmq().context("the broker is not ours")?;
        Ok(tokio::task::block_in_place(|| broker.add_vhost(name))?)
    }

    /// Has the broker's shovel plugin empty one queue into another.
    pub async fn shovel(&self, vhost: &str, from: &str, to: &str) -> anyhow::Result<()> {
        let stack = self.stack.clone();
        let [vhost, from, to] = [vhost, from, to].map(str::to_owned);
        let shovel = move || {
            let broker = stack.rabbitmq().context("the broker is not ours")?;
            Ok(broker.shovel(&vhost, &from, &to)?)
        };
        tokio::task::spawn_blocking(shovel).await?
    }

    /// The database of this name.
    pub fn database(&self, name: &str) -> Database {
        Database {
            server_url: self.endpoints().mysql_url.clone().into(),
            name: name.to_owned(),
        }
    }

    /// An empty log, in a database of its own.
    pub async fn new_log(&self, name: &str, connections: u32) -> anyhow::Result<MySqlPool> {
        let database = self.database(name);
        let pool = database.open(name, connections).await?;
        migrate(&pool).await?;
        Ok(pool)
    }

    /// Ends them.
    pub async fn stop(self) -> anyhow::Result<()> {
        eprintln!("Stopping…");
        let stack = Arc::into_inner(self.stack).context("the servers are in use")?;
        Ok(tokio::task::spawn_blocking(move || stack.stop()).await??)
    }
}

/// Closes a database's connections and removes it, so that it does not burden the next round.
pub async fn remove(pool: MySqlPool, name: &str) -> anyhow::Result<()> {
    let statement = format!("DROP DATABASE `{name}`");
    sqlx::query(sqlx::AssertSqlSafe(statement))
        .execute(&pool)
        .await?;
    pool.close().await;
    Ok(())
}
