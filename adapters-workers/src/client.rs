//! Whether the client is still there.
//!
//! Before the head nothing but the request's signal tells (compatibility flag `enable_request_signal`); afterwards the
//! runtime cancels the answer's stream too. Whichever speaks first counts.

use std::cell::Cell;
use std::future::{Future, poll_fn};
use std::panic::AssertUnwindSafe;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::Closure;

use crate::javascript::{AbortSignal, Request};
use crate::promised::{remember, wake};
use crate::tail::Owned;
use crate::tasks;

/// The client of a request.
pub(crate) struct Client {
    presence: Rc<Presence>,
    /// The callback has to live as long as the signal may call it.
    signal: Option<(AbortSignal, Closure<dyn Fn()>)>,
}

/// Whether the client has gone, and whom to wake when it goes.
#[derive(Default)]
pub(crate) struct Presence {
    gone: Cell<bool>,
    waker: Cell<Option<Waker>>,
}

impl Client {
    /// Watches the client of the request.
    pub(crate) fn of(request: &Request) -> Self {
        let presence = Rc::new(Presence::default());
        let signal = request.signal().map(|signal| {
            presence.gone.set(signal.aborted());
            let leaving = AssertUnwindSafe(presence.clone());
            let listener: Closure<dyn Fn()> = Closure::own(move || leaving.leave());
            signal.set_onabort(Some(listener.as_js_value().unchecked_ref()));
            (signal, listener)
        });
        Self { presence, signal }
    }

    /// The part that is told when the client goes.
    pub(crate) fn presence(&self) -> &Rc<Presence> {
        &self.presence
    }

    /// The future's output; `None`, and the future is dropped, if the client goes first.
    pub(crate) async fn unless_gone<F: Future>(&self, mut future: Owned<Pin<Box<F>>>) -> Option<F::Output> {
        poll_fn(|cx| {
            if self.presence.poll_gone(cx).is_ready() {
                return Poll::Ready(None);
            }
            future.with(|future| future.as_mut().poll(cx)).map_or(Poll::Ready(None), |polled| polled.map(Some))
        })
        .await
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        if let Some((signal, _)) = &self.signal {
            signal.set_onabort(None);
        }
    }
}

impl Presence {
    /// Notes, in a call from the runtime, that the client has gone.
    pub(crate) fn leave(&self) {
        self.gone.set(true);
        self.wake();
        tasks::run();
    }

    /// Wakes whoever waits for the client.
    pub(crate) fn wake(&self) {
        wake(&self.waker);
    }

    /// Ready when the client has gone; the task is woken when it goes.
    pub(crate) fn poll_gone(&self, context: &Context<'_>) -> Poll<()> {
        if self.gone.get() {
            return Poll::Ready(());
        }
        remember(&self.waker, context);
        Poll::Pending
    }
}
