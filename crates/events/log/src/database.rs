use std::time::Duration;

use secrecy::{ExposeSecret as _, SecretString};
use sqlx::{
    Connection as _, Executor as _, MySqlConnection, MySqlPool,
    migrate::{MigrateError, Migrator},
    mysql::{MySqlConnectOptions, MySqlPoolOptions},
};

/// How long a caller waits for a free connection before it is told that the database is unavailable.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(5);

/// Where the databases of one installation are: a server and the prefix of their names.
#[derive(Clone, Debug)]
pub struct Database {
    /// `mysql://user:password@host:port`, without a database.
    pub server_url: SecretString,
    /// The log's database; read models have databases named `<name>_<projection>_g<generation>`.
    pub name: String,
}

impl Database {
    /// Opens a pool on the database `name`, creating the database if it is not there.
    ///
    /// Transactions run at READ COMMITTED: nothing here relies on more than that and on unique keys.
    pub async fn open(&self, name: &str, max_connections: u32) -> Result<MySqlPool, sqlx::Error> {
        let server: MySqlConnectOptions = self.server_url.expose_secret().parse()?;
        self.create(&server, name).await?;
        options(max_connections)
            .connect_with(server.database(name))
            .await
    }

    /// A pool on a database of a replica, which creates nothing and connects when it is used.
    pub fn follow(&self, name: &str, max_connections: u32) -> Result<MySqlPool, sqlx::Error> {
        let server: MySqlConnectOptions = self.server_url.expose_secret().parse()?;
        check_name(name)?;
        Ok(options(max_connections).connect_lazy_with(server.database(name)))
    }

    /// Removes a database of this installation with all that is in it; what is not there is removed already.
    pub async fn remove(&self, name: &str) -> Result<(), sqlx::Error> {
        let server: MySqlConnectOptions = self.server_url.expose_secret().parse()?;
        check_name(name)?;
        let mut connection = MySqlConnection::connect_with(&server).await?;
        let statement = format!("DROP DATABASE IF EXISTS `{name}`");
        connection.execute(sqlx::AssertSqlSafe(statement)).await?;
        connection.close().await
    }

    async fn create(&self, server: &MySqlConnectOptions, name: &str) -> Result<(), sqlx::Error> {
        check_name(name)?;
        let mut connection = MySqlConnection::connect_with(server).await?;
        let statement = format!("CREATE DATABASE IF NOT EXISTS `{name}` CHARACTER SET utf8mb4");
        connection.execute(sqlx::AssertSqlSafe(statement)).await?;
        connection.close().await
    }
}

/// How all pools are.
fn options(max_connections: u32) -> MySqlPoolOptions {
    MySqlPoolOptions::new()
        .max_connections(max_connections)
        .acquire_timeout(ACQUIRE_TIMEOUT)
        .after_connect(|connection, _| {
            Box::pin(async move {
                connection
                    .execute("SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED")
                    .await?;
                connection
                    .execute("SET SESSION innodb_lock_wait_timeout = 5")
                    .await?;
                Ok(())
            })
        })
        // A future that is dropped while it begins a transaction leaves that transaction open on the
        // server; without this the connection's next user would write into it.
        .after_release(|connection, _| {
            Box::pin(async move {
                connection.execute("ROLLBACK").await?;
                Ok(true)
            })
        })
}

fn check_name(name: &str) -> Result<(), sqlx::Error> {
    if name.is_empty() || !name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_') {
        let message = format!("{name:?} is no database name: use letters, digits and _");
        return Err(sqlx::Error::Configuration(message.into()));
    }
    Ok(())
}

/// The log's migrations.
static LOG_MIGRATIONS: Migrator = sqlx::migrate!("../../../migrations/log");
/// How long a process waits for another one that is migrating.
const MIGRATION_PATIENCE_SECONDS: u32 = 120;

/// Brings the log's database up to date. Several processes may do so at once.
pub async fn migrate(log: &MySqlPool) -> Result<(), MigrateError> {
    migrate_with(log, &LOG_MIGRATIONS).await
}

/// Brings any database up to date, one process after the other.
///
/// sqlx takes a lock of its own with a time-out of -1, which MySQL reads as for ever and MariaDB as not at
/// all; so this one is taken around it.
pub async fn migrate_with(pool: &MySqlPool, migrations: &Migrator) -> Result<(), MigrateError> {
    let mut connection = pool.acquire().await?;
    let locked: Option<i64> =
        sqlx::query_scalar("SELECT GET_LOCK(CONCAT(DATABASE(), ' migrations'), ?)")
            .bind(MIGRATION_PATIENCE_SECONDS)
            .fetch_one(&mut *connection)
            .await?;
    if locked != Some(1) {
        return Err(MigrateError::Execute(sqlx::Error::PoolTimedOut));
    }
    // Not `run`, whose future cannot be sent to another thread.
    let migrated = migrations.run_direct(None, &mut *connection, false).await;
    sqlx::query("DO RELEASE_LOCK(CONCAT(DATABASE(), ' migrations'))")
        .execute(&mut *connection)
        .await?;
    migrated
}
