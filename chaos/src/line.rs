//! A TCP line between two parties that can be cut. Nobody but the rig knows that it is there.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use picup_local_stack::ReservedPort;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream, tcp},
    sync::watch,
    time::{sleep, timeout},
};

/// What a line does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Condition {
    /// It carries.
    Open,
    /// Nobody listens: who connects is refused, who was connected is reset.
    Refusing,
    /// Whoever is connected, or connects, is reset.
    Resetting,
    /// It swallows: everything seems connected and nothing arrives. What was sent arrives once it is open.
    Silent,
}

const CONNECT_LIMIT: Duration = Duration::from_secs(3);
const PAUSE: Duration = Duration::from_millis(20);

/// A line to one party, or to whichever of several instances takes the connection.
pub struct Line {
    /// `<from>-><to>`
    pub name: String,
    /// Where it begins.
    pub address: SocketAddr,
    condition: watch::Sender<Condition>,
    carried: Arc<AtomicU64>,
    _port: ReservedPort,
}

/// What every connection of a line shares.
#[derive(Clone)]
struct Shared {
    targets: Arc<[SocketAddr]>,
    condition: watch::Receiver<Condition>,
    carried: Arc<AtomicU64>,
}

impl Line {
    /// Lays a line. `first` says which of the targets gets the first connection.
    pub async fn lay(name: String, targets: &[SocketAddr], first: usize) -> anyhow::Result<Self> {
        let port = ReservedPort::any()?;
        let address = port.address();
        let listener = TcpListener::bind(address).await?;
        let (condition, watched) = watch::channel(Condition::Open);
        let carried = Arc::new(AtomicU64::new(0));
        let shared = Shared {
            targets: targets.into(),
            condition: watched,
            carried: carried.clone(),
        };
        tokio::spawn(serve(listener, address, shared, first));
        Ok(Self {
            name,
            address,
            condition,
            carried,
            _port: port,
        })
    }

    /// Puts it into another condition.
    pub fn put(&self, condition: Condition) {
        self.condition.send_replace(condition);
    }

    /// Bytes that it has carried so far.
    pub fn carried(&self) -> u64 {
        self.carried.load(Ordering::Relaxed)
    }
}

async fn serve(listener: TcpListener, address: SocketAddr, mut shared: Shared, mut next: usize) {
    let mut listener = Some(listener);
    loop {
        let condition = *shared.condition.borrow_and_update();
        if condition == Condition::Refusing {
            listener = None;
            if shared.condition.changed().await.is_err() {
                return;
            }
            continue;
        }
        let Some(open) = &listener else {
            match TcpListener::bind(address).await {
                Ok(again) => listener = Some(again),
                Err(_) => sleep(PAUSE).await,
            }
            continue;
        };
        tokio::select! {
            accepted = open.accept() => match accepted {
                Ok((near, _)) => {
                    tokio::spawn(connect(near, shared.clone(), next));
                    next = next.wrapping_add(1);
                }
                Err(_) => sleep(PAUSE).await,
            },
            changed = shared.condition.changed() => if changed.is_err() {
                return;
            },
        }
    }
}

async fn connect(mut near: TcpStream, mut shared: Shared, first: usize) {
    let usable = shared
        .condition
        .wait_for(|condition| *condition != Condition::Silent);
    let open = usable
        .await
        .is_ok_and(|condition| *condition == Condition::Open);
    let far = if open {
        reach(&shared.targets, first).await
    } else {
        None
    };
    let Some(mut far) = far else {
        reset(&near);
        return;
    };
    // A line that adds Nagle's delay would not be the line that it stands for.
    let _ = (near.set_nodelay(true), far.set_nodelay(true));
    let mut cut = shared.condition.clone();
    let cut = cut.wait_for(|now| matches!(now, Condition::Refusing | Condition::Resetting));
    let ended = {
        let (near_read, near_write) = near.split();
        let (far_read, far_write) = far.split();
        let both = async {
            tokio::try_join!(
                carry(near_read, far_write, shared.clone()),
                carry(far_read, near_write, shared.clone()),
            )
        };
        tokio::select! {
            carried = both => carried.is_ok(),
            _ = cut => false,
        }
    };
    if !ended {
        reset(&near);
        reset(&far);
    }
}

/// The first instance, in turn, that takes a connection.
async fn reach(targets: &[SocketAddr], first: usize) -> Option<TcpStream> {
    for offset in 0..targets.len() {
        let target = targets[first.wrapping_add(offset) % targets.len()];
        if let Ok(Ok(far)) = timeout(CONNECT_LIMIT, TcpStream::connect(target)).await {
            return Some(far);
        }
    }
    None
}

/// Makes the coming drop a reset instead of an orderly end.
fn reset(stream: &TcpStream) {
    let _ = stream.set_zero_linger();
}

async fn carry(
    mut from: tcp::ReadHalf<'_>,
    mut to: tcp::WriteHalf<'_>,
    mut shared: Shared,
) -> std::io::Result<()> {
    let mut buffer = vec![0; 16 * 1024];
    loop {
        let count = from.read(&mut buffer).await?;
        // Also for what was on its way when the line fell silent, the end included.
        let heard = shared.condition.wait_for(|now| *now != Condition::Silent);
        if heard.await.is_err() || count == 0 {
            return to.shutdown().await;
        }
        to.write_all(&buffer[..count]).await?;
        shared.carried.fetch_add(count as u64, Ordering::Relaxed);
    }
}
