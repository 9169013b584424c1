//! The load: people with accounts, albums and pictures. What they do follows from the seed and from the
//! answers that they get.

mod command;
mod person;
mod send;
mod wishes;

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use tokio::{task::JoinSet, time::sleep};
use tonic::transport::{Channel, Endpoint};

use crate::{book::Book, dice::Dice};

pub use person::Person;

/// Accounts at the beginning and at most.
const FIRST: u64 = 6;
const MOST: u64 = 24;
/// A new one signs up this often.
const SIGN_UP_EVERY: Duration = Duration::from_secs(5);
/// Connections that all people share.
const CHANNELS: usize = 4;

/// What everybody in the load has in common.
pub struct Load {
    pub book: Book,
    seed: u64,
    channels: Vec<Channel>,
    over: AtomicBool,
}

impl Load {
    /// A load on a gateway; nobody is there yet.
    pub fn new(gateway: SocketAddr, seed: u64, book: Book) -> anyhow::Result<Arc<Self>> {
        let channels = (0..CHANNELS)
            .map(|_| channel(gateway))
            .collect::<Result<_, _>>()?;
        Ok(Arc::new(Self {
            book,
            seed,
            channels,
            over: AtomicBool::new(false),
        }))
    }

    /// Lets people come and work until [`Self::end`]; returns when all have finished what they were at.
    pub async fn run(self: Arc<Self>) {
        let mut people = JoinSet::new();
        let mut number = 0;
        while !self.is_over() {
            if number < MOST {
                people.spawn(person::live(self.clone(), number));
                number += 1;
            }
            let mut left = if number < FIRST {
                Duration::ZERO
            } else {
                SIGN_UP_EVERY
            };
            while !left.is_zero() && !self.is_over() {
                let nap = left.min(Duration::from_millis(100));
                sleep(nap).await;
                left -= nap;
            }
        }
        while let Some(ended) = people.join_next().await {
            if let Err(error) = ended {
                eprintln!("chaos: somebody in the load panicked: {error}");
            }
        }
    }

    /// Lets everybody finish what they are at.
    pub fn end(&self) {
        self.over.store(true, Ordering::Relaxed);
    }

    pub(crate) fn is_over(&self) -> bool {
        self.over.load(Ordering::Relaxed)
    }

    /// Dice for somebody.
    pub(crate) fn dice(&self, part: &str) -> Dice {
        Dice::new(self.seed, part)
    }

    /// One of the connections.
    pub(crate) fn channel(&self, number: u64) -> Channel {
        let place = usize::try_from(number).unwrap_or(0) % self.channels.len();
        self.channels[place].clone()
    }
}

fn channel(gateway: SocketAddr) -> anyhow::Result<Channel> {
    let endpoint = Endpoint::from_shared(format!("http://{gateway}"))?;
    let keepalive = Duration::from_secs(3);
    Ok(endpoint
        .connect_timeout(Duration::from_secs(3))
        .tcp_nodelay(true)
        .http2_keep_alive_interval(keepalive)
        .keep_alive_timeout(keepalive)
        .keep_alive_while_idle(true)
        .connect_lazy())
}
