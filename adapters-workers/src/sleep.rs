//! A timer on `setTimeout`.
//!
//! Timers are armed again with every event of a stream and seldom run out. Arming again only moves the deadline; the
//! one `setTimeout` that runs asks for the rest when it fires early.

use std::cell::{Cell, RefCell};
use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use wasm_bindgen::prelude::Closure;

use crate::javascript::{clear_timeout, performance_now, set_timeout};
use crate::promised::{remember, wake};
use crate::tasks;

/// `setTimeout` takes a signed 32-bit number of milliseconds; longer waits are made of several.
const LONGEST: f64 = 2_147_483_647.0;

/// A timer that can be armed again.
pub(crate) struct Sleep {
    timer: Rc<Timer>,
    callback: RefCell<Option<Closure<dyn Fn()>>>,
}

struct Timer {
    /// When it ends, in milliseconds of `performance.now()`.
    deadline: Cell<f64>,
    /// The running `setTimeout` and when it fires.
    running: Cell<Option<(f64, f64)>>,
    waker: Cell<Option<Waker>>,
}

impl Sleep {
    /// A timer that ends after the given time. Nothing runs before it is first polled.
    pub(crate) fn new(after: Duration) -> Self {
        let timer = Timer { deadline: Cell::new(from_now(after)), running: Cell::new(None), waker: Cell::new(None) };
        Self { timer: Rc::new(timer), callback: RefCell::new(None) }
    }

    /// Ends after the given time from now instead. A timer that is being waited for has to be polled again.
    pub(crate) fn reset(&mut self, after: Duration) {
        self.timer.deadline.set(from_now(after));
    }

    /// Sees that a timeout runs that fires no later than the deadline.
    fn arm(&self, now: f64) {
        let deadline = self.timer.deadline.get();
        if let Some((id, fires)) = self.timer.running.get() {
            if fires <= deadline {
                return;
            }
            clear_timeout(id);
        }
        let mut callback = self.callback.borrow_mut();
        let callback = callback.get_or_insert_with(|| {
            let timer = AssertUnwindSafe(self.timer.clone());
            Closure::own(move || timer.fire())
        });
        let wait = (deadline - now).ceil().clamp(0.0, LONGEST);
        self.timer.running.set(Some((set_timeout(callback, wait), now + wait)));
    }
}

impl Timer {
    fn fire(&self) {
        self.running.set(None);
        wake(&self.waker);
        tasks::run();
    }
}

impl Future for Sleep {
    type Output = ();

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let now = performance_now();
        if now >= self.timer.deadline.get() {
            return Poll::Ready(());
        }
        remember(&self.timer.waker, context);
        self.arm(now);
        Poll::Pending
    }
}

impl Drop for Sleep {
    fn drop(&mut self) {
        if let Some((id, _)) = self.timer.running.get() {
            clear_timeout(id);
        }
    }
}

fn from_now(after: Duration) -> f64 {
    performance_now() + after.as_secs_f64() * 1000.0
}
