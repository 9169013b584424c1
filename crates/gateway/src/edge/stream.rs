//! Bodies that are made while they are sent: a few pieces ahead of the client, and no further.

use std::{io, time::Duration};

use axum::body::Body;
use bytes::Bytes;
use tokio::{
    sync::{OwnedSemaphorePermit, mpsc},
    time::timeout,
};
use tokio_stream::wrappers::ReceiverStream;

/// Pieces that wait for the client.
const AHEAD: usize = 2;
/// How long a client may take for one piece.
const PATIENCE: Duration = Duration::from_mins(1);

/// Where the pieces of a body go.
pub struct Pieces(mpsc::Sender<io::Result<Bytes>>);

/// The client has gone, or takes nothing any more.
#[derive(Debug)]
pub struct Gone;

impl Pieces {
    /// Sends a piece, when the client has room for it.
    pub async fn send(&self, piece: Bytes) -> Result<(), Gone> {
        match timeout(PATIENCE, self.0.send(Ok(piece))).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) | Err(_) => Err(Gone),
        }
    }

    /// Breaks the body off, so that the client does not take it for whole.
    pub async fn break_off(&self, why: String) {
        tracing::warn!(why, "a delivery broke off");
        // Whether or not the client still hears it, the length that it was told is not reached.
        let _ = timeout(PATIENCE, self.0.send(Err(io::Error::other(why)))).await;
    }
}

/// A body whose pieces `make` sends. It keeps its place until then, and ends with the client.
pub fn body<F>(place: OwnedSemaphorePermit, make: impl FnOnce(Pieces) -> F) -> Body
where
    F: Future<Output = ()> + Send + 'static,
{
    let (sender, receiver) = mpsc::channel(AHEAD);
    let making = make(Pieces(sender));
    tokio::spawn(async move {
        making.await;
        drop(place);
    });
    Body::from_stream(ReceiverStream::new(receiver))
}
