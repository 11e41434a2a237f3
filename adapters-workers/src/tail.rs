//! What keeps a request's context alive until its last bit of work is done.
//!
//! Once a client has its answer, or has gone, the runtime cancels whatever is not under the context's `waitUntil`. One
//! promise is put there before anything else happens and is kept by everybody who works on the request: the handler,
//! the body, and what the core leaves to be done after the end. The last of them settles it.

use std::cell::RefCell;
use std::future::Future;
use std::rc::Rc;

use js_sys::Function;
use wasm_bindgen::JsValue;
use worker::worker_sys::Context;

use crate::javascript::hold;
use crate::tasks;

thread_local! {
    /// The tail of the request whose code runs right now. It is set for the length of a call and never across an await:
    /// an isolate interleaves requests, and work must stay in the context of its own.
    static CURRENT: RefCell<Option<Rc<Tail>>> = const { RefCell::new(None) };
}

/// A request's hold on its context.
pub(crate) struct Tail {
    settle: Function,
}

impl Tail {
    /// Extends the context's life until the last clone of the answer is dropped.
    pub(crate) fn of(context: &Context) -> Result<Rc<Self>, JsValue> {
        Ok(Rc::new(Self { settle: hold(context)? }))
    }

    /// Puts a part of the request's work under this tail.
    pub(crate) fn own<T>(self: &Rc<Self>, value: T) -> Owned<T> {
        Owned { tail: self.clone(), value: Some(value) }
    }

    /// Runs a future to its end under the tail of the request whose code runs right now.
    pub(crate) fn spawn(future: impl Future<Output = ()> + 'static) {
        let tail = CURRENT.with_borrow(Clone::clone);
        tasks::spawn(async move {
            future.await;
            drop(tail);
        });
    }
}

impl Drop for Tail {
    fn drop(&mut self) {
        // It cannot fail, and nobody would be left to tell.
        let _ = self.settle.call0(&JsValue::UNDEFINED);
    }
}

/// A part of a request's work, run and dropped under the request's tail.
pub(crate) struct Owned<T> {
    tail: Rc<Tail>,
    value: Option<T>,
}

impl<T> Owned<T> {
    /// Works on the value, as part of its request.
    pub(crate) fn with<R>(&mut self, work: impl FnOnce(&mut T) -> R) -> Option<R> {
        let _entered = Entered::new(&self.tail);
        self.value.as_mut().map(work)
    }
}

impl<T> Drop for Owned<T> {
    fn drop(&mut self) {
        let _entered = Entered::new(&self.tail);
        self.value = None;
    }
}

/// Restores what was current before, also when the call between unwinds.
struct Entered {
    before: Option<Rc<Tail>>,
}

impl Entered {
    fn new(tail: &Rc<Tail>) -> Self {
        Self { before: CURRENT.replace(Some(tail.clone())) }
    }
}

impl Drop for Entered {
    fn drop(&mut self) {
        CURRENT.set(self.before.take());
    }
}
