//! Bounds on what flows through: the size of a request, the time of an answer.

use std::{
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll, ready},
};

use bytes::Bytes;
use http::HeaderMap;
use http_body::{Frame, SizeHint};
use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use picup_service::errors::{ErrorCode, Fault};
use tokio::{sync::OwnedSemaphorePermit, time::Sleep};
use tonic::{Status, body::Body};

/// Whether a request grew too large while it was passed on.
#[derive(Clone, Default)]
pub struct TooLarge(Arc<AtomicBool>);

impl TooLarge {
    pub fn happened(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// Ends a request's body with an error when it grows too large. The connection to the service does not say
/// why a body ended, so this is remembered beside it.
pub fn limit(body: Body, largest: usize, too_large: &TooLarge) -> Body {
    let too_large = too_large.clone();
    Body::new(Limited::new(body, largest).map_err(move |error| {
        if error.is::<LengthLimitError>() {
            too_large.0.store(true, Ordering::Relaxed);
        }
        Status::from_error(error)
    }))
}

/// An answer on its way. It keeps its place among the requests under way, and it always ends with a status:
/// when its time is over or its service is gone, with ours.
pub struct Answer {
    body: Body,
    deadline: Pin<Box<Sleep>>,
    ended: bool,
    _place: OwnedSemaphorePermit,
}

impl Answer {
    /// `deadline` is that of the whole request, which began before its answer did.
    pub fn new(body: Body, deadline: Pin<Box<Sleep>>, place: OwnedSemaphorePermit) -> Self {
        Self {
            body,
            deadline,
            ended: false,
            _place: place,
        }
    }

    /// The last frame, with our status instead of the service's.
    fn end_with(&mut self, fault: Fault) -> Result<Frame<Bytes>, Status> {
        self.ended = true;
        // Dropping the rest tells the service to stop.
        self.body = Body::empty();
        let mut trailers = HeaderMap::new();
        Status::from(fault).add_header(&mut trailers)?;
        Ok(Frame::trailers(trailers))
    }
}

impl http_body::Body for Answer {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        if self.ended {
            return Poll::Ready(None);
        }
        match Pin::new(&mut self.body).poll_frame(context) {
            Poll::Ready(Some(Err(error))) => {
                tracing::warn!(%error, "an answer broke off");
                Poll::Ready(Some(self.end_with(not_answered())))
            }
            Poll::Ready(frame) => Poll::Ready(frame),
            Poll::Pending => {
                ready!(self.deadline.as_mut().poll(context));
                Poll::Ready(Some(self.end_with(too_late())))
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        self.ended || self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

pub fn not_answered() -> Fault {
    let message = "a part of Pic-up does not answer; try again in a moment";
    Fault::new(ErrorCode::Unavailable, message)
}

pub fn too_late() -> Fault {
    Fault::new(ErrorCode::DeadlineExceeded, "this took too long")
}
