use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::Error;
use crate::command::wait_for;
use crate::error::tail;
use crate::guardian::{End, Guardian, Launch};

/// One server that can be started, killed and started again with the same port and data.
pub(crate) struct Server {
    // Dropped first: the folder in `launch`, if it is the last to be dropped, waits for the server's end.
    guardian: Mutex<Option<Guardian>>,
    launch: Launch,
    is_ready: Box<dyn Fn() -> bool + Send + Sync>,
}

/// A first start on a busy machine is slow: RabbitMQ alone takes 5 to 9 s on an idle one.
const READY_LIMIT: Duration = Duration::from_secs(90);

impl Server {
    /// Starts it and waits until `is_ready` says yes.
    pub(crate) fn start(
        launch: Launch,
        is_ready: impl Fn() -> bool + Send + Sync + 'static,
    ) -> Result<Self, Error> {
        let server = Self {
            launch,
            is_ready: Box::new(is_ready),
            guardian: Mutex::new(None),
        };
        server.start_again()?;
        Ok(server)
    }

    /// Starts it unless it is running, and waits until it is ready.
    pub(crate) fn start_again(&self) -> Result<(), Error> {
        let mut place = self.guardian();
        if let Some(guardian) = place.as_mut() {
            if !guardian.server_has_ended() {
                return Ok(());
            }
            guardian.end(End::AtOnce)?;
        }
        *place = None;
        let guardian = Guardian::start(&self.launch)?;
        self.wait_until_ready(&guardian)?;
        *place = Some(guardian);
        Ok(())
    }

    fn wait_until_ready(&self, guardian: &Guardian) -> Result<(), Error> {
        let server = self.launch.name;
        let log = self.launch.log();
        let mut ready = false;
        let decided = wait_for(READY_LIMIT, || {
            ready = (self.is_ready)();
            ready || guardian.server_has_ended()
        });
        match (ready, decided) {
            (true, _) => Ok(()),
            (false, true) => Err(Error::Ended {
                server,
                tail: tail(&log),
                log,
            }),
            (false, false) => Err(Error::NotReady {
                server,
                limit: READY_LIMIT,
                tail: tail(&log),
                log,
            }),
        }
    }

    /// The process id of the server itself, while it is meant to run.
    pub(crate) fn pid(&self) -> Option<u32> {
        self.guardian().as_ref().map(Guardian::server)
    }

    /// SIGKILL, and waits until it is dead. The data stays.
    pub(crate) fn kill(&self) -> Result<(), Error> {
        self.end(End::AtOnce)
    }

    /// SIGTERM, and SIGKILL if that takes too long. The data stays.
    pub(crate) fn stop(&self) -> Result<(), Error> {
        self.end(End::Orderly)
    }

    /// Asks for the end that the data folder deserves, without waiting for it.
    pub(crate) fn request_end(&self) {
        if let Some(guardian) = self.guardian().as_mut() {
            guardian.request_end(End::AsAgreed);
        }
    }

    /// The end that the data folder deserves.
    pub(crate) fn end_as_agreed(&self) -> Result<(), Error> {
        self.end(End::AsAgreed)
    }

    fn end(&self, end: End) -> Result<(), Error> {
        let mut place = self.guardian();
        if let Some(guardian) = place.as_mut() {
            guardian.end(end)?;
        }
        *place = None;
        Ok(())
    }

    fn guardian(&self) -> MutexGuard<'_, Option<Guardian>> {
        self.guardian.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
