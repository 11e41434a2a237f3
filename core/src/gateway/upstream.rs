//! An upstream's answer as a body: the host's, or the built-in mock's.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};

use crate::host::{Host, SendError, SendErrorKind};
use crate::provider::mock::MockBody;

/// An upstream's answer as a body.
pub(crate) enum Upstream<B> {
    Host(B),
    Mock(MockBody),
}

impl<B: Body<Data = Bytes, Error = SendError> + Unpin> Body for Upstream<B> {
    type Data = Bytes;
    type Error = SendError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, SendError>>> {
        match &mut *self {
            Upstream::Host(body) => Pin::new(body).poll_frame(context),
            Upstream::Mock(body) => Pin::new(body).poll_frame(context),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Upstream::Host(body) => body.size_hint(),
            Upstream::Mock(body) => body.size_hint(),
        }
    }
}

/// A body whose pieces must follow each other within a time.
pub(crate) struct Timed<'a, H: Host, B> {
    body: B,
    host: &'a H,
    sleep: Option<H::Sleep>,
    /// The longest pause.
    idle: Duration,
    /// The moment of the host's clock by which all of it must be there.
    until: Duration,
}

impl<'a, H: Host, B> Timed<'a, H, B> {
    pub(crate) fn new(host: &'a H, body: B, idle: Duration, until: Duration) -> Self {
        Self { body, host, sleep: None, idle, until }
    }
}

impl<H: Host, B: Body<Data = Bytes, Error = SendError> + Unpin> Body for Timed<'_, H, B> {
    type Data = Bytes;
    type Error = SendError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, SendError>>> {
        let this = &mut *self;
        if let Poll::Ready(frame) = Pin::new(&mut this.body).poll_frame(context) {
            this.sleep = None;
            return Poll::Ready(frame);
        }
        let (host, idle, until) = (this.host, this.idle, this.until);
        let sleep = this.sleep.get_or_insert_with(|| host.sleep(idle.min(until.saturating_sub(host.monotonic()))));
        Pin::new(sleep)
            .poll(context)
            .map(|()| Some(Err(SendError::new(SendErrorKind::Cancelled, true, "no more in time"))))
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
