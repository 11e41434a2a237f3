//! The executor: a task is polled in the very call from JavaScript that wakes it.
//!
//! The usual one for wasm asks the runtime for a microtask at every wake, which costs a tenth of a relayed request.
//! Here, every callback that the adapter gives to the runtime ends with [`run`]. So a task is also polled only in calls
//! that belong to its own request: nothing else wakes it, and nothing stays queued when a call returns.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Wake, Waker};

type Task = Pin<Box<dyn Future<Output = ()>>>;

#[derive(Default)]
struct Tasks {
    waiting: RefCell<Vec<(Task, Arc<Alarm>)>>,
    woken: RefCell<VecDeque<u64>>,
    last: Cell<u64>,
    running: Cell<bool>,
}

thread_local! {
    static TASKS: Tasks = Tasks::default();
}

/// Starts a task. It is polled first when [`run`] is called, or when the one that is under way comes to it.
pub(crate) fn spawn(task: impl Future<Output = ()> + 'static) {
    TASKS.with(|tasks| {
        let id = tasks.last.get().wrapping_add(1);
        tasks.last.set(id);
        let alarm = Arc::new(Alarm { id, rung: AtomicBool::new(false) });
        tasks.waiting.borrow_mut().push((Box::pin(task), Arc::clone(&alarm)));
        alarm.wake();
    });
}

/// Polls whatever has been woken, until nothing is. Called within itself it leaves that to the outer call.
pub(crate) fn run() {
    TASKS.with(|tasks| {
        if tasks.running.replace(true) {
            return;
        }
        let _running = Running(&tasks.running);
        loop {
            let next = tasks.woken.borrow_mut().pop_front();
            let Some(id) = next else { break };
            tasks.poll(id);
        }
    });
}

impl Tasks {
    /// Takes a task out of those that wait. It is looked for one by one: they are as many as the requests that an
    /// isolate has in hand, and mostly the last ones.
    fn take(&self, id: u64) -> Option<(Task, Arc<Alarm>)> {
        let mut waiting = self.waiting.borrow_mut();
        let place = waiting.iter().rposition(|(_, alarm)| alarm.id == id)?;
        Some(waiting.swap_remove(place))
    }

    fn poll(&self, id: u64) {
        let Some((mut task, alarm)) = self.take(id) else { return };
        alarm.rung.store(false, Ordering::Relaxed);
        let waker = Waker::from(Arc::clone(&alarm));
        // The core contains its own bugs. One of the adapter's ends its task, and may not take others along.
        match catch_unwind(AssertUnwindSafe(|| task.as_mut().poll(&mut Context::from_waker(&waker)))) {
            Ok(Poll::Pending) => self.waiting.borrow_mut().push((task, alarm)),
            Ok(Poll::Ready(())) | Err(_) => drop(task),
        }
    }
}

/// What a task's wakers ring: it puts the task's number on the list, once.
struct Alarm {
    id: u64,
    rung: AtomicBool,
}

impl Wake for Alarm {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        if !self.rung.swap(true, Ordering::Relaxed) {
            TASKS.with(|tasks| tasks.woken.borrow_mut().push_back(self.id));
        }
    }
}

/// Says that nothing runs any more, also where an exception of the runtime passes through.
struct Running<'a>(&'a Cell<bool>);

impl Drop for Running<'_> {
    fn drop(&mut self) {
        self.0.set(false);
    }
}
