use std::path::PathBuf;
use std::thread::{self, ScopedJoinHandle};

use crate::install::{
    EPMD, MARIADB_INSTALL, MARIADB_SERVER, RABBITMQ_CONTROL, RABBITMQ_SERVER, REDIS_SERVER,
};
use crate::mariadb::Role;
use crate::{
    DataFolder, Error, MariaDb, Package, Programs, RabbitMq, Redis, S3Endpoint, S3Options,
    S3Server, install_missing,
};

/// What to start and where.
#[derive(Clone)]
pub struct Options {
    /// Where the data is kept or, if it is thrown away, where a new folder for it is made.
    pub folder: PathBuf,
    /// Whether the data is kept for the next start. If not, the new folder inside `folder` is
    /// removed at the end, also when this process is killed.
    pub keep_data: bool,
    /// Servers that are there already; those are not started.
    pub existing: Existing,
    /// Which programs are started.
    pub programs: Programs,
    /// Whether our MariaDB gets a replica, see [`LocalStack::replica`]. It must be so from the first start on.
    pub with_replica: bool,
    /// Web origins that may use S3; see [`S3Options::allowed_origins`].
    pub allowed_origins: Vec<String>,
}

impl Options {
    /// Everything is started and its data kept in `folder`.
    pub fn keep(folder: PathBuf) -> Self {
        Self {
            folder,
            keep_data: true,
            existing: Existing::default(),
            programs: Programs::default(),
            with_replica: false,
            allowed_origins: S3Options::default().allowed_origins,
        }
    }

    /// Everything is started and its data thrown away at the end.
    pub fn throw_away() -> Self {
        Self {
            keep_data: false,
            ..Self::keep(std::env::temp_dir())
        }
    }
}

/// Servers that somebody else runs.
#[derive(Clone, Default)]
pub struct Existing {
    /// MySQL or MariaDB.
    pub mysql_url: Option<String>,
    /// RabbitMQ.
    pub amqp_url: Option<String>,
    /// Redis.
    pub redis_url: Option<String>,
    /// S3.
    pub s3: Option<S3Endpoint>,
}

/// Where the servers are, ours or existing ones. There is no `Debug`: the URLs carry passwords.
#[derive(Clone)]
pub struct Endpoints {
    /// `mysql://user:password@127.0.0.1:port`, without a database; its user may create some.
    pub mysql_url: String,
    /// `amqp://user:password@127.0.0.1:port/%2f`
    pub amqp_url: String,
    /// `redis://:password@127.0.0.1:port`
    pub redis_url: String,
    /// The S3 service.
    pub s3: S3Endpoint,
}

/// All servers that Pic-up needs. They end when this is stopped or dropped, or with this process,
/// in whatever way that ends.
pub struct LocalStack {
    endpoints: Endpoints,
    mariadb: Option<MariaDb>,
    replica: Option<MariaDb>,
    rabbitmq: Option<RabbitMq>,
    redis: Option<Redis>,
    s3: Option<S3Server>,
    folder: DataFolder,
}

impl LocalStack {
    /// Installs what is missing, starts every server that does not exist yet, all at the same
    /// time, and waits until they answer. With kept data this finds what the last start left.
    pub fn start(options: Options, progress: &dyn Fn(&str)) -> Result<Self, Error> {
        let Options {
            folder,
            keep_data,
            existing,
            programs,
            with_replica,
            allowed_origins,
        } = options;
        install_missing(&needed(&existing, &programs), progress)?;
        let folder = if keep_data {
            DataFolder::keep(&folder)
        } else {
            DataFolder::throw_away(&folder)
        }?;
        let s3 = if existing.s3.is_none() {
            let options = S3Options {
                port: None,
                allowed_origins,
            };
            Some(S3Server::start(&folder, options)?)
        } else {
            None
        };
        let role = if with_replica {
            Role::Primary
        } else {
            Role::Alone
        };
        let (mariadb, rabbitmq, redis) =
            start_servers(&folder, &existing, &programs, role, progress)?;
        let replica = match mariadb.as_ref().filter(|_| with_replica) {
            Some(primary) => {
                let role = Role::ReplicaOf(primary);
                Some(MariaDb::start_as(role, &folder, &programs)?)
            }
            None => None,
        };
        let endpoints = Endpoints {
            mysql_url: either(existing.mysql_url, mariadb.as_ref().map(MariaDb::url)),
            amqp_url: either(existing.amqp_url, rabbitmq.as_ref().map(RabbitMq::url)),
            redis_url: either(existing.redis_url, redis.as_ref().map(Redis::url)),
            s3: either(existing.s3, s3.as_ref().map(S3Server::endpoint)),
        };
        Ok(Self {
            endpoints,
            mariadb,
            replica,
            rabbitmq,
            redis,
            s3,
            folder,
        })
    }

    /// Where everything is.
    pub fn endpoints(&self) -> &Endpoints {
        &self.endpoints
    }

    /// Our MariaDB, unless an existing one is used.
    pub fn mariadb(&self) -> Option<&MariaDb> {
        self.mariadb.as_ref()
    }

    /// The replica of our MariaDB, if one was asked for.
    pub fn replica(&self) -> Option<&MariaDb> {
        self.replica.as_ref()
    }

    /// Our RabbitMQ, unless an existing one is used.
    pub fn rabbitmq(&self) -> Option<&RabbitMq> {
        self.rabbitmq.as_ref()
    }

    /// Our Redis, unless an existing one is used.
    pub fn redis(&self) -> Option<&Redis> {
        self.redis.as_ref()
    }

    /// Our S3, unless an existing one is used.
    pub fn s3(&self) -> Option<&S3Server> {
        self.s3.as_ref()
    }

    /// Where the data is.
    pub fn folder(&self) -> &DataFolder {
        &self.folder
    }

    /// Ends every server, all at the same time: orderly if the data is kept, at once if it is
    /// thrown away. Takes at most the 40 s after which the slowest would have been killed.
    pub fn stop(self) -> Result<(), Error> {
        self.end()
    }

    fn end(&self) -> Result<(), Error> {
        self.rabbitmq.iter().for_each(RabbitMq::request_end);
        self.replica.iter().for_each(MariaDb::request_end);
        self.mariadb.iter().for_each(MariaDb::request_end);
        self.redis.iter().for_each(Redis::request_end);
        self.s3.iter().for_each(S3Server::stop);
        let ends = [
            self.redis.as_ref().map_or(Ok(()), Redis::end),
            self.replica.as_ref().map_or(Ok(()), MariaDb::end),
            self.mariadb.as_ref().map_or(Ok(()), MariaDb::end),
            self.rabbitmq.as_ref().map_or(Ok(()), RabbitMq::end),
        ];
        ends.into_iter().collect()
    }
}

impl Drop for LocalStack {
    fn drop(&mut self) {
        if let Err(error) = self.end() {
            tracing::warn!(%error, "a private server is still there");
        }
    }
}

fn needed(existing: &Existing, programs: &Programs) -> Vec<Package> {
    let mut packages = Vec::new();
    let ours = !programs.are_elsewhere();
    if existing.mysql_url.is_none() && ours {
        packages.extend([MARIADB_SERVER, MARIADB_INSTALL]);
    }
    if existing.redis_url.is_none() {
        packages.push(REDIS_SERVER);
    }
    if existing.amqp_url.is_none() && ours {
        packages.extend([RABBITMQ_SERVER, RABBITMQ_CONTROL, EPMD]);
    }
    packages
}

/// Each server is either there already or ours, so one of the two is given.
fn either<T: Default, U: ToOwned<Owned = T> + ?Sized>(existing: Option<T>, ours: Option<&U>) -> T {
    existing.or(ours.map(ToOwned::to_owned)).unwrap_or_default()
}

type Servers = (Option<MariaDb>, Option<RabbitMq>, Option<Redis>);

/// If one fails, those that did start end as their values are dropped.
fn start_servers(
    folder: &DataFolder,
    existing: &Existing,
    programs: &Programs,
    role: Role<'_>,
    progress: &dyn Fn(&str),
) -> Result<Servers, Error> {
    thread::scope(|scope| {
        let mariadb = existing.mysql_url.is_none().then(|| {
            progress("Starting MariaDB");
            scope.spawn(move || MariaDb::start_as(role, folder, programs))
        });
        let rabbitmq = existing.amqp_url.is_none().then(|| {
            progress("Starting RabbitMQ (5 to 10 seconds)");
            scope.spawn(|| RabbitMq::start(folder, programs))
        });
        let redis = existing.redis_url.is_none().then(|| {
            progress("Starting Redis");
            scope.spawn(|| Redis::start(folder))
        });
        let redis = started("Redis", redis, progress);
        let mariadb = started("MariaDB", mariadb, progress);
        let rabbitmq = started("RabbitMQ", rabbitmq, progress);
        Ok((mariadb?, rabbitmq?, redis?))
    })
}

fn started<T>(
    name: &str,
    thread: Option<ScopedJoinHandle<'_, Result<T, Error>>>,
    progress: &dyn Fn(&str),
) -> Result<Option<T>, Error> {
    let Some(thread) = thread else {
        return Ok(None);
    };
    let server = thread
        .join()
        .unwrap_or_else(|panic| std::panic::resume_unwind(panic))?;
    progress(&format!("{name} is ready"));
    Ok(Some(server))
}
