//! Ends an exchange with an upstream that nobody waits for any more.

use crate::javascript::{AbortController, AbortSignal};

/// Aborts its `fetch` when dropped, unless that has ended.
pub(crate) struct Abort {
    controller: Option<AbortController>,
}

impl Abort {
    /// The means to end one exchange, and the signal to give to its `fetch`.
    pub(crate) fn new() -> (Self, AbortSignal) {
        let controller = AbortController::new();
        let signal = controller.own_signal();
        (Self { controller: Some(controller) }, signal)
    }

    /// Notes that the exchange has ended by itself.
    pub(crate) fn disarm(&mut self) {
        self.controller = None;
    }
}

impl Drop for Abort {
    fn drop(&mut self) {
        if let Some(controller) = &self.controller {
            controller.abort();
        }
    }
}
