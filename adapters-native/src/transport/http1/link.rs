//! A connection, and the body of the answer that comes by it.

use std::future::Future;
use std::io;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll, Waker, ready};

use bytes::{Bytes, BytesMut};
use gatelet_core::host::{SendError, SendErrorKind};
use http_body::{Frame, SizeHint};
use tokio::io::{AsyncRead, AsyncReadExt, ReadBuf};

use super::decode::{Framing, Step};
use super::outbound::Outbound;
use crate::transport::pool::Pool;
use crate::transport::request::Destination;
use crate::transport::stream::Stream;

/// Room for one read: small, as an open stream keeps it, and more while a large answer fills it.
const MIN_READ: usize = 4 << 10;
const MAX_READ: usize = 64 << 10;

/// A connection.
pub(in crate::transport) struct Link {
    stream: Stream,
    /// What has arrived and is not taken. The pieces that are taken out of it are slices of it.
    buffer: BytesMut,
    read: usize,
}

impl Link {
    pub(super) fn new(stream: Stream) -> Self {
        Self { stream, buffer: BytesMut::new(), read: MIN_READ }
    }

    pub(super) fn stream(&mut self) -> &mut Stream {
        &mut self.stream
    }

    pub(super) fn buffer(&mut self) -> &mut BytesMut {
        &mut self.buffer
    }

    /// Looks once, without a system call, whether nothing has come by an idle connection: not even its end.
    pub(super) fn is_silent(&mut self) -> bool {
        let mut byte = [0; 1];
        let mut cx = Context::from_waker(Waker::noop());
        Pin::new(&mut self.stream).poll_read(&mut cx, &mut ReadBuf::new(&mut byte)).is_pending()
    }

    /// Reads once; 0 is the end.
    pub(super) fn poll_fill(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<usize>> {
        // A new piece of memory for each event would be wasteful: what is left of the last one mostly does.
        if self.buffer.capacity() - self.buffer.len() < self.read / 4 {
            self.buffer.reserve(self.read);
        }
        let room = self.buffer.capacity() - self.buffer.len();
        let count = ready!(pin!(self.stream.read_buf(&mut self.buffer)).poll(cx))?;
        if count == room {
            self.read = (self.read * 2).min(MAX_READ);
        } else if count < self.read / 2 {
            self.read = (self.read / 2).max(MIN_READ);
        }
        Poll::Ready(Ok(count))
    }
}

/// The body of an answer. It puts its connection back as soon as everything has arrived.
pub(in crate::transport) struct LinkBody {
    link: Option<Link>,
    framing: Framing,
    reusable: bool,
    /// What is left of the request, if it was answered before its end.
    outbound: Option<Box<Outbound>>,
    home: Option<(Arc<Pool>, Destination)>,
}

impl LinkBody {
    pub(super) fn new(link: Link, framing: Framing, reusable: bool, outbound: Option<Outbound>) -> Self {
        Self { link: Some(link), framing, reusable, outbound: outbound.map(Box::new), home: None }
    }

    /// Says where the connection goes afterwards.
    pub(super) fn belongs_to(&mut self, pool: &Arc<Pool>, destination: Destination) {
        self.home = Some((Arc::clone(pool), destination));
        self.settle();
    }

    /// Lets go of the connection if this answer is over.
    fn settle(&mut self) {
        if !self.framing.is_done() {
            return;
        }
        // Whatever follows the answer was not asked for.
        if let (Some(link), Some((pool, destination))) = (self.link.take(), self.home.take())
            && self.reusable
            && link.buffer.is_empty()
        {
            pool.put(&destination, link);
        }
    }

    pub(in crate::transport) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, SendError>>> {
        loop {
            let Some(link) = &mut self.link else { return Poll::Ready(None) };
            match self.framing.step(&mut link.buffer) {
                Ok(Step::Data(data)) => {
                    self.settle();
                    return Poll::Ready(Some(Ok(Frame::data(data))));
                }
                Ok(Step::End) => {
                    self.settle();
                    return Poll::Ready(None);
                }
                Ok(Step::More) => {}
                Err(malformed) => return self.fail(malformed.to_string()),
            }
            if let Some(outbound) = &mut self.outbound
                && outbound.poll_write(&mut link.stream, cx).is_ready()
            {
                // Written or refused: the answer is what counts, and the connection is not used again.
                self.outbound = None;
            }
            match ready!(link.poll_fill(cx)) {
                Ok(0) if self.framing == Framing::ToTheEnd => {
                    self.link = None;
                    return Poll::Ready(None);
                }
                Ok(0) => return self.fail("the upstream closed the connection within its answer".to_owned()),
                Ok(_) => {}
                Err(error) => return self.fail(error.to_string()),
            }
        }
    }

    fn fail(&mut self, why: String) -> Poll<Option<Result<Frame<Bytes>, SendError>>> {
        self.link = None;
        Poll::Ready(Some(Err(SendError::new(SendErrorKind::Body, true, why))))
    }

    pub(in crate::transport) fn is_end_stream(&self) -> bool {
        self.link.is_none()
    }

    pub(in crate::transport) fn size_hint(&self) -> SizeHint {
        match self.framing {
            Framing::Counted(left) => SizeHint::with_exact(left),
            Framing::Chunked(_) | Framing::ToTheEnd => SizeHint::default(),
        }
    }
}
