//! Redis for speed only: where it is away or slow, whoever asks goes on without it.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use redis::{Client, Cmd, FromRedisValue, RedisError, aio::ConnectionManager};
use tokio::time::{Instant, timeout};

/// How long Redis may take to connect, and for one answer.
const PATIENCE: Duration = Duration::from_millis(100);
/// How long it is left alone after a failure.
const PAUSE: Duration = Duration::from_secs(1);

/// A Redis that need not be there. It connects when it is first asked. Cheap to clone.
#[derive(Clone)]
pub struct OptionalRedis(Arc<Shared>);

struct Shared {
    client: Client,
    state: Mutex<State>,
}

struct State {
    connection: Option<ConnectionManager>,
    /// Not to be connected to before.
    closed_until: Instant,
}

impl OptionalRedis {
    /// Takes Redis' URL.
    pub fn new(url: &str) -> Result<Self, RedisError> {
        let state = State {
            connection: None,
            closed_until: Instant::now(),
        };
        Ok(Self(Arc::new(Shared {
            client: Client::open(url)?,
            state: Mutex::new(state),
        })))
    }

    /// For subscriptions, which need connections of their own.
    pub fn client(&self) -> &Client {
        &self.0.client
    }

    /// The answer to a command; `None` where there is none in time. The command may have run all the same.
    pub async fn ask<T: FromRedisValue>(&self, command: &Cmd) -> Option<T> {
        let mut connection = self.connection().await?;
        match timeout(PATIENCE, command.query_async(&mut connection)).await {
            Ok(Ok(answer)) => return Some(answer),
            Ok(Err(error)) => self.leave_alone(&error.to_string()),
            Err(_) => self.leave_alone("it does not answer in time"),
        }
        None
    }

    async fn connection(&self) -> Option<ConnectionManager> {
        {
            let mut state = self.state();
            if state.connection.is_some() {
                return state.connection.clone();
            }
            if Instant::now() < state.closed_until {
                return None;
            }
            // One connects, and whoever comes meanwhile does without.
            state.closed_until = Instant::now() + PAUSE;
        }
        match timeout(PATIENCE, self.0.client.get_connection_manager()).await {
            Ok(Ok(connection)) => {
                self.state().connection = Some(connection.clone());
                return Some(connection);
            }
            Ok(Err(error)) => self.leave_alone(&error.to_string()),
            Err(_) => self.leave_alone("it cannot be connected to in time"),
        }
        None
    }

    /// A new connection is made afterwards: the old one may be waiting for an answer that never comes.
    fn leave_alone(&self, why: &str) {
        tracing::debug!(why, "Redis is done without for a moment");
        let mut state = self.state();
        state.connection = None;
        state.closed_until = Instant::now() + PAUSE;
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
