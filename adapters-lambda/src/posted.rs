//! An answer on its way to the platform: prelude, border, and the reply's frames as they come.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Body, Frame};
use tokio::sync::oneshot;

use crate::endings::Endings;
use crate::prelude;

/// The body of the POST that carries an answer.
///
/// The connection to the platform polls it directly, without a channel in between: what arrived together leaves in one
/// write, and a broken connection drops the reply, which closes the upstream and accounts for a client that has gone.
pub(crate) struct Posted<B> {
    /// Gone when the reply has ended or is given up.
    reply: Option<B>,
    prelude: Option<Bytes>,
    border: Option<Bytes>,
    endings: Endings,
    /// Tells [`Delivery`] that the reply is gone. Only ever dropped.
    ended: Option<oneshot::Sender<()>>,
    stopped: oneshot::Receiver<()>,
}

/// The other end of a [`Posted`]. Dropped, it breaks off a body that has not ended: never a normal end.
pub(crate) struct Delivery {
    ended: oneshot::Receiver<()>,
    stop: oneshot::Sender<()>,
}

impl<B> Posted<B> {
    /// A body of the given prelude and reply; what the reply leaves to be finished goes to `endings`.
    pub(crate) fn new(prelude: Bytes, reply: B, endings: Endings) -> (Self, Delivery) {
        let (ended_sender, ended) = oneshot::channel();
        let (stop, stopped) = oneshot::channel();
        let posted = Self {
            reply: Some(reply),
            prelude: Some(prelude),
            border: Some(prelude::BORDER),
            endings,
            ended: Some(ended_sender),
            stopped,
        };
        (posted, Delivery { ended, stop })
    }

    fn end(&mut self) {
        if let Some(reply) = self.reply.take() {
            self.endings.collect(|| drop(reply));
        }
        self.ended = None;
    }
}

impl Delivery {
    /// Waits until the reply has ended or been dropped: nothing comes after it.
    pub(crate) async fn ended(&mut self) {
        // The sender is dropped, never used.
        let _ = (&mut self.ended).await;
    }

    /// Breaks the body off and waits until the reply has been dropped.
    pub(crate) async fn break_off(self) {
        drop(self.stop);
        let _ = self.ended.await;
    }
}

impl<B: Body<Data = Bytes> + Unpin> Body for Posted<B> {
    type Data = Bytes;
    type Error = BrokenOff;

    fn poll_frame(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, BrokenOff>>> {
        let this = self.get_mut();
        if let Some(chunk) = this.prelude.take().or_else(|| this.border.take()) {
            return Poll::Ready(Some(Ok(Frame::data(chunk))));
        }
        let Some(reply) = &mut this.reply else { return Poll::Ready(None) };
        if Pin::new(&mut this.stopped).poll(context).is_ready() {
            this.end();
            return Poll::Ready(Some(Err(BrokenOff)));
        }
        loop {
            match this.endings.collect(|| Pin::new(&mut *reply).poll_frame(context)) {
                Poll::Pending => return Poll::Pending,
                Poll::Ready(Some(Ok(frame))) if frame.is_data() => return Poll::Ready(Some(Ok(frame))),
                // Trailers: a function URL has nothing to put them into.
                Poll::Ready(Some(Ok(_))) => {}
                Poll::Ready(Some(Err(_))) => {
                    this.end();
                    return Poll::Ready(Some(Err(BrokenOff)));
                }
                Poll::Ready(None) => {
                    this.end();
                    return Poll::Ready(None);
                }
            }
        }
    }
}

impl<B> Drop for Posted<B> {
    fn drop(&mut self) {
        self.end();
    }
}

/// A body that does not end as it should: the connection is closed, so that nobody takes it for whole.
#[derive(Debug)]
pub(crate) struct BrokenOff;

impl fmt::Display for BrokenOff {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the answer was broken off")
    }
}

impl std::error::Error for BrokenOff {}
