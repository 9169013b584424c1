use std::{
    io,
    pin::Pin,
    sync::{
        Arc, OnceLock,
        atomic::{AtomicU64, Ordering},
    },
    task::{Context, Poll},
};

use bytes::Bytes;
use futures::Stream as _;
use http_body::{Body, Frame, SizeHint};
use tokio::fs::File;
use tokio_util::io::ReaderStream;

const READ_SIZE: usize = 256 * 1024;

/// What can be seen of a body from outside while it goes out.
#[derive(Default)]
pub(super) struct Watch {
    pub(super) sent: AtomicU64,
    pub(super) unreadable: OnceLock<String>,
}

/// A file as a request body of known length: S3 takes no chunked one.
pub(super) struct FileBody {
    stream: ReaderStream<File>,
    left: u64,
    watch: Arc<Watch>,
}

impl FileBody {
    pub(super) fn new(file: File, length: u64, watch: Arc<Watch>) -> Self {
        Self {
            stream: ReaderStream::with_capacity(file, READ_SIZE),
            left: length,
            watch,
        }
    }
}

impl Body for FileBody {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        if self.left == 0 {
            return Poll::Ready(None);
        }
        let polled = match Pin::new(&mut self.stream).poll_next(context) {
            Poll::Pending => return Poll::Pending,
            Poll::Ready(polled) => polled,
        };
        let shorter = || io::Error::new(io::ErrorKind::UnexpectedEof, "it is shorter than it was");
        match polled.unwrap_or_else(|| Err(shorter())) {
            Ok(mut bytes) => {
                // A file that grows is cut: S3 expects the length that was announced.
                bytes.truncate(usize::try_from(self.left).unwrap_or(usize::MAX));
                let length = bytes.len() as u64;
                self.left -= length;
                self.watch.sent.fetch_add(length, Ordering::Relaxed);
                Poll::Ready(Some(Ok(Frame::data(bytes))))
            }
            Err(error) => {
                let _ = self.watch.unreadable.set(error.to_string());
                Poll::Ready(Some(Err(error)))
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        self.left == 0
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.left)
    }
}
