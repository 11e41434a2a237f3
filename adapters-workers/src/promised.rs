//! What the runtime promises, as something to poll.

use std::cell::{Cell, RefCell};
use std::panic::AssertUnwindSafe;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use wasm_bindgen::JsValue;
use wasm_bindgen::convert::FromWasmAbi;
use wasm_bindgen::prelude::Closure;

use crate::tasks;

/// A place for the outcome of one promise after the other. The callbacks they are continued with are made once.
pub(crate) struct Promised<T: FromWasmAbi + 'static> {
    place: Rc<Place<T>>,
    callbacks: Option<Callbacks<T>>,
}

/// What a promise is continued with.
pub(crate) struct Callbacks<T: FromWasmAbi + 'static> {
    pub(crate) kept: Closure<dyn Fn(T)>,
    pub(crate) broken: Closure<dyn Fn(JsValue)>,
}

struct Place<T: FromWasmAbi + 'static> {
    outcome: Cell<Option<Result<T, JsValue>>>,
    /// Whether a promise is out.
    pending: Cell<bool>,
    waker: Cell<Option<Waker>>,
    /// The callbacks of one that was dropped while a promise was out: they may not be freed before it is settled.
    orphans: RefCell<Option<Callbacks<T>>>,
}

impl<T: FromWasmAbi + 'static> Promised<T> {
    pub(crate) fn new() -> Self {
        let place = Rc::new(Place {
            outcome: Cell::new(None),
            pending: Cell::new(false),
            waker: Cell::new(None),
            orphans: RefCell::new(None),
        });
        let keeps = AssertUnwindSafe(Rc::clone(&place));
        let breaks = AssertUnwindSafe(Rc::clone(&place));
        let callbacks = Callbacks {
            kept: Closure::own(move |value: T| keeps.settle(Ok(value))),
            broken: Closure::own(move |reason: JsValue| breaks.settle(Err(reason))),
        };
        Self { place, callbacks: Some(callbacks) }
    }

    /// The outcome of the promise that is out; if none is, `ask` makes one.
    ///
    /// # Errors
    /// The promise was broken, or `ask` made none.
    pub(crate) fn poll(
        &self,
        context: &Context<'_>,
        ask: impl FnOnce(&Callbacks<T>) -> Result<(), JsValue>,
    ) -> Poll<Result<T, JsValue>> {
        if let Some(outcome) = self.place.outcome.take() {
            return Poll::Ready(outcome);
        }
        remember(&self.place.waker, context);
        if !self.place.pending.replace(true)
            && let Some(callbacks) = &self.callbacks
            && let Err(reason) = ask(callbacks)
        {
            self.place.pending.set(false);
            return Poll::Ready(Err(reason));
        }
        Poll::Pending
    }
}

impl<T: FromWasmAbi + 'static> Place<T> {
    fn settle(&self, outcome: Result<T, JsValue>) {
        self.pending.set(false);
        if self.orphans.take().is_none() {
            self.outcome.set(Some(outcome));
            wake(&self.waker);
        }
        tasks::run();
    }
}

impl<T: FromWasmAbi + 'static> Drop for Promised<T> {
    fn drop(&mut self) {
        if self.place.pending.get() {
            self.place.waker.take();
            *self.place.orphans.borrow_mut() = self.callbacks.take();
        }
    }
}

/// Keeps the task's waker, if it is not the one that is kept already.
pub(crate) fn remember(place: &Cell<Option<Waker>>, context: &Context<'_>) {
    let waker = match place.take() {
        Some(waker) if waker.will_wake(context.waker()) => waker,
        _ => context.waker().clone(),
    };
    place.set(Some(waker));
}

/// Wakes whose waker is kept.
pub(crate) fn wake(place: &Cell<Option<Waker>>) {
    if let Some(waker) = place.take() {
        waker.wake();
    }
}
