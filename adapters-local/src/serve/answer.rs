//! An answer on its way to a client.

use std::fmt;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};

use atomic_waker::AtomicWaker;
use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};

use super::LocalReply;
use super::client::Answering;

/// A reply that is counted as long as it is sent, and ended when the server has to stop.
pub(super) struct Answer {
    /// The reply, unless it lies apart.
    reply: Option<LocalReply>,
    answering: Answering,
    interrupted: bool,
}

/// What an answer by HTTP/2 leaves with its connection. It is sent by a task of its own, which the connection does not
/// wake, and which asks for nothing as long as the client takes nothing: so the reply has to be within reach.
#[derive(Default)]
pub(super) struct Apart {
    pub(super) waker: AtomicWaker,
    reply: Mutex<Option<LocalReply>>,
    /// The tick at which the reply was asked for more last.
    asked: AtomicU32,
    given_up: AtomicBool,
}

/// The reply was given up: this is not the answer's end.
#[derive(Debug)]
pub(super) struct GivenUp;

impl Answer {
    pub(super) fn new(reply: LocalReply, answering: Answering) -> Self {
        let reply = match answering.apart() {
            Some(apart) => {
                apart.ask(answering.now());
                *apart.reply() = Some(reply);
                None
            }
            None => Some(reply),
        };
        Self { reply, answering, interrupted: false }
    }

    fn see<T>(&self, see: impl FnOnce(&LocalReply) -> T) -> Option<T> {
        match self.answering.apart() {
            Some(apart) => apart.reply().as_ref().map(see),
            None => self.reply.as_ref().map(see),
        }
    }
}

impl Body for Answer {
    type Data = Bytes;
    type Error = GivenUp;

    fn poll_frame(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, GivenUp>>> {
        let this = self.get_mut();
        let interrupt = !this.interrupted && this.answering.is_interrupted(cx);
        this.interrupted |= interrupt;
        let mut apart;
        let reply = match this.answering.apart() {
            Some(there) => {
                there.ask(this.answering.now());
                apart = there.reply();
                &mut *apart
            }
            None => &mut this.reply,
        };
        let Some(reply) = reply else { return Poll::Ready(Some(Err(GivenUp))) };
        if interrupt {
            reply.interrupt();
        }
        Pin::new(reply).poll_frame(cx).map_err(|never| match never {})
    }

    fn is_end_stream(&self) -> bool {
        self.see(Body::is_end_stream).unwrap_or(false)
    }

    fn size_hint(&self) -> SizeHint {
        self.see(Body::size_hint).unwrap_or_default()
    }
}

impl Apart {
    fn ask(&self, now: u32) {
        self.asked.store(now, Ordering::Relaxed);
    }

    /// Drops the reply if it is past its end, or was not asked for more for so many ticks; says whether it was.
    pub(super) fn give_up_overdue(&self, now: u32, patience: u32) -> bool {
        let mut reply = self.reply();
        let is_left = is_left(now, self.asked.load(Ordering::Relaxed), patience);
        if !reply.as_ref().is_some_and(|reply| is_left || reply.is_overdue()) {
            return false;
        }
        *reply = None;
        self.given_up.store(true, Ordering::Relaxed);
        true
    }

    /// Whether the reply was dropped.
    pub(super) fn is_given_up(&self) -> bool {
        self.given_up.load(Ordering::Relaxed)
    }

    fn reply(&self) -> MutexGuard<'_, Option<LocalReply>> {
        // A reply contains its own panics.
        self.reply.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether so many ticks have passed since it was asked for more.
fn is_left(now: u32, asked: u32, patience: u32) -> bool {
    now.wrapping_sub(asked) > patience
}

impl fmt::Debug for Apart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Apart").field("asked", &self.asked).finish_non_exhaustive()
    }
}

impl fmt::Display for GivenUp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the client took nothing of the answer for too long")
    }
}

impl std::error::Error for GivenUp {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_asks_in_time_is_not_given_up() {
        assert!(!is_left(309, 9, 300) && is_left(310, 9, 300));
        // Ticks are counted round and round.
        assert!(!is_left(5, u32::MAX, 6) && is_left(6, u32::MAX, 6));
    }
}
