//! Ends an exchange with an upstream that nobody waits for any more.

use wasm_bindgen::JsValue;

use crate::javascript::AbortController;

/// Aborts its `fetch` when dropped, unless that has ended.
pub(crate) struct Abort {
    controller: Option<AbortController>,
}

impl Abort {
    /// The means to end one exchange.
    pub(crate) fn new() -> Self {
        Self { controller: Some(AbortController::new()) }
    }

    /// The signal to give to `fetch`.
    pub(crate) fn signal(&self) -> JsValue {
        self.controller.as_ref().map_or(JsValue::UNDEFINED, |controller| controller.own_signal().into())
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
