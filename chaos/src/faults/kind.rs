use std::{fmt, str::FromStr};

use crate::{line::Condition, servers::Shortage};

/// A service or a server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Target {
    /// The gateway.
    Gateway,
    /// command-svc.
    Command,
    /// projection-svc.
    Projection,
    /// The purger.
    Purger,
    /// The thumbnailer.
    Thumbnailer,
    /// operations-svc.
    Operations,
    /// MariaDB.
    MariaDb,
    /// Its replica.
    Replica,
    /// RabbitMQ.
    RabbitMq,
    /// Redis.
    Redis,
    /// S3.
    S3,
}

impl Target {
    /// How it is called.
    pub fn name(self) -> &'static str {
        match self {
            Self::Gateway => "gateway",
            Self::Command => "command",
            Self::Projection => "projection",
            Self::Purger => "purger",
            Self::Thumbnailer => "thumbnailer",
            Self::Operations => "operations",
            Self::MariaDb => "mariadb",
            Self::Replica => "replica",
            Self::RabbitMq => "rabbitmq",
            Self::Redis => "redis",
            Self::S3 => "s3",
        }
    }

    pub(crate) fn is_server(self) -> bool {
        matches!(
            self,
            Self::MariaDb | Self::Replica | Self::RabbitMq | Self::Redis | Self::S3
        )
    }
}

/// A kind of fault. Its name is what `--kinds` takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// SIGKILL.
    Kill(Target),
    /// SIGSTOP, and SIGCONT after a while.
    Stop(Target),
    /// projection-svc is killed while its transaction waits for a lock.
    KilledMidTransaction,
    /// S3 refuses connections.
    S3Away,
    /// All that is in Redis is gone.
    RedisFlushed,
    /// The broker believes that it has run out of memory or disk.
    Alarm(Shortage),
    /// A binding is deleted.
    Unbound,
    /// A message that cannot be read.
    Poison,
    /// Events are published again.
    Duplicates,
    /// A line is cut.
    Cut(Condition),
    /// A transaction is held open before its commit.
    HeldTransaction,
    /// The replica stops applying what it receives for a while.
    ReplicaLags,
}

/// Faults of one lane happen one after the other, those of different lanes at the same time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lane {
    Services,
    Servers,
    Lines,
}

impl Kind {
    /// All there are.
    pub const ALL: [Self; 33] = [
        Self::Kill(Target::Gateway),
        Self::Kill(Target::Command),
        Self::Kill(Target::Projection),
        Self::Kill(Target::Purger),
        Self::Kill(Target::Thumbnailer),
        Self::Kill(Target::Operations),
        Self::Kill(Target::MariaDb),
        Self::Kill(Target::Replica),
        Self::Kill(Target::RabbitMq),
        Self::Kill(Target::Redis),
        Self::Stop(Target::Gateway),
        Self::Stop(Target::Command),
        Self::Stop(Target::Projection),
        Self::Stop(Target::Purger),
        Self::Stop(Target::Thumbnailer),
        Self::Stop(Target::Operations),
        Self::Stop(Target::MariaDb),
        Self::Stop(Target::Replica),
        Self::Stop(Target::RabbitMq),
        Self::Stop(Target::Redis),
        Self::KilledMidTransaction,
        Self::S3Away,
        Self::RedisFlushed,
        Self::Alarm(Shortage::Memory),
        Self::Alarm(Shortage::Disk),
        Self::Unbound,
        Self::Poison,
        Self::Duplicates,
        Self::Cut(Condition::Refusing),
        Self::Cut(Condition::Resetting),
        Self::Cut(Condition::Silent),
        Self::HeldTransaction,
        Self::ReplicaLags,
    ];

    /// Which lane it belongs to.
    pub(crate) fn lane(self) -> Lane {
        match self {
            Self::Kill(target) | Self::Stop(target) if !target.is_server() => Lane::Services,
            Self::KilledMidTransaction | Self::Poison | Self::Duplicates => Lane::Services,
            Self::Cut(_)
            | Self::HeldTransaction
            | Self::S3Away
            | Self::RedisFlushed
            | Self::ReplicaLags
            | Self::Kill(Target::Replica)
            | Self::Stop(Target::Replica) => Lane::Lines,
            Self::Kill(_) | Self::Stop(_) | Self::Alarm(_) | Self::Unbound => Lane::Servers,
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Kill(target) => write!(formatter, "kill-{}", target.name()),
            Self::Stop(target) => write!(formatter, "stop-{}", target.name()),
            Self::KilledMidTransaction => formatter.write_str("kill-mid-transaction"),
            Self::S3Away => formatter.write_str("s3-away"),
            Self::RedisFlushed => formatter.write_str("redis-flushed"),
            Self::Alarm(Shortage::Memory) => formatter.write_str("alarm-memory"),
            Self::Alarm(Shortage::Disk) => formatter.write_str("alarm-disk"),
            Self::Unbound => formatter.write_str("unbound"),
            Self::Poison => formatter.write_str("poison"),
            Self::Duplicates => formatter.write_str("duplicates"),
            Self::Cut(Condition::Refusing) => formatter.write_str("cut-refuse"),
            Self::Cut(Condition::Resetting) => formatter.write_str("cut-reset"),
            Self::Cut(Condition::Silent) => formatter.write_str("cut-silent"),
            Self::Cut(Condition::Open) => formatter.write_str("cut-nothing"),
            Self::HeldTransaction => formatter.write_str("held-transaction"),
            Self::ReplicaLags => formatter.write_str("replica-lags"),
        }
    }
}

impl FromStr for Kind {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        let known = || {
            Self::ALL
                .iter()
                .map(ToString::to_string)
                .collect::<Vec<_>>()
                .join(", ")
        };
        let found = Self::ALL.into_iter().find(|kind| kind.to_string() == name);
        found.ok_or_else(|| format!("no fault is called {name:?}; there are {}", known()))
    }
}
