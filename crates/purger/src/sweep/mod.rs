//! The sweep: what has had its time is deleted, and what lies in S3 without an event that explains it is put into
//! quarantine and deleted from there long after. A reconciler: it takes no input, can be stopped anywhere, and never
//! runs beside itself.
//!
//! It decides nothing about items: command-svc asks the log before it removes one. About objects it asks the log
//! itself, at the moment of the deletion. Start reading at [`Sweep::run`].

mod error;
mod expired;
mod known;
mod lease;
mod quarantine;
mod regularly;
mod report;
mod strays;

use std::time::Duration;

use picup_event_log::{Database, Leases, LogReader, Quarantine};
use picup_objects::Objects;
use tokio_util::sync::CancellationToken;

pub use error::SweepError;
pub use regularly::sweep_regularly;
pub use report::{Found, SweepReport};

use crate::{commands::Commands, leftovers::Leftovers};
use lease::Lease;
use report::Tally;

/// What a sweep goes by.
#[derive(Clone, Debug)]
pub struct SweepSettings {
    /// The MySQL server and the name of the log's database.
    pub database: Database,
    /// For how long the trash keeps.
    pub trash_keeps: Duration,
    /// For how long an upload may go on from its start.
    pub uploads_keep: Duration,
    /// For how long an object lies in quarantine before it is deleted.
    pub quarantine_keeps: Duration,
    /// How often the purger sweeps by itself; zero for never.
    pub every: Duration,
    /// What this process is called where it is named to others.
    pub owner: String,
}

/// Sweeps. Cheap to clone.
#[derive(Clone)]
pub struct Sweep {
    settings: SweepSettings,
    objects: Objects,
    leftovers: Leftovers,
    commands: Commands,
    log: LogReader,
    quarantine: Quarantine,
    leases: Leases,
}

/// One run of it.
struct Run {
    /// Only says what would be done.
    dry: bool,
    stopping: CancellationToken,
    tally: Tally,
}

impl Sweep {
    /// Sweeps a bucket. The log's database is connected to when it is first needed, and must be there then.
    pub fn new(
        settings: SweepSettings,
        objects: Objects,
        leftovers: Leftovers,
        commands: Commands,
    ) -> anyhow::Result<Self> {
        let database = &settings.database;
        let pool = database.follow(&database.name, 4)?;
        Ok(Self {
            objects,
            leftovers,
            commands,
            log: LogReader::new(pool.clone()),
            quarantine: Quarantine::new(pool.clone()),
            leases: Leases::new(pool),
            settings,
        })
    }

    /// Sweeps once, unless somebody else is at it. With `dry` it only looks and changes nothing, and may do so beside
    /// another one. What fails is counted in the report, and the rest goes on.
    pub async fn run(
        &self,
        dry: bool,
        stopping: &CancellationToken,
    ) -> Result<SweepReport, SweepError> {
        let lease = if dry {
            None
        } else {
            Some(Lease::take(&self.leases, &self.settings.owner, stopping).await?)
        };
        let stopping = lease.as_ref().map_or(stopping, Lease::ending).clone();
        let mut run = Run {
            dry,
            stopping,
            tally: Tally::new(dry),
        };
        self.every_step(&mut run).await;
        let stopped = run.stopping.is_cancelled();
        if let Some(lease) = lease {
            lease.give_back(!stopped).await?;
        }
        Ok(run.tally.report(stopped))
    }

    /// One step after the other. One that fails, as when S3 is away, keeps none of the others.
    async fn every_step(&self, run: &mut Run) {
        let ended = self.expired_uploads(run).await;
        run.tally.step("expired uploads", ended);
        let ended = self.expired_trash(run).await;
        run.tally.step("expired trash", ended);
        let ended = self.stray_objects(run).await;
        run.tally.step("objects", ended);
        let ended = self.stray_uploads(run).await;
        run.tally.step("uploads in parts", ended);
        let ended = self.settle_quarantine(run).await;
        run.tally.step("quarantine", ended);
    }
}

impl Run {
    fn goes_on(&self) -> bool {
        !self.stopping.is_cancelled()
    }
}
