//! What requests leave to be finished, kept per invocation.
//!
//! A Lambda environment may be frozen as soon as it asks for more work, so nothing may be left to a task of its own: what
//! [`Host::finish_later`](gatelet_core::Host::finish_later) is given is kept with its invocation, and awaited before the
//! invocation ends. In concurrent mode several are under way, so the place is found by the task, not by a global.

use std::sync::{Arc, Mutex, PoisonError};

use gatelet_core::Ending;

tokio::task_local! {
    static CURRENT: Endings;
}

/// The endings of one invocation.
#[derive(Clone, Default)]
pub(crate) struct Endings(Arc<Mutex<Vec<Ending>>>);

impl Endings {
    /// Keeps the ending with the invocation under way. Outside of one there is none to keep it with: `false`.
    pub(crate) fn keep(ending: Ending) -> bool {
        CURRENT.try_with(|current| current.lock().push(ending)).is_ok()
    }

    /// Runs what belongs to the invocation.
    pub(crate) async fn within<F: Future>(&self, work: F) -> F::Output {
        CURRENT.scope(self.clone(), work).await
    }

    /// Runs what belongs to the invocation, at once.
    pub(crate) fn collect<T>(&self, work: impl FnOnce() -> T) -> T {
        CURRENT.sync_scope(self.clone(), work)
    }

    /// What has been kept and not been taken.
    pub(crate) fn take(&self) -> Vec<Ending> {
        std::mem::take(&mut *self.lock())
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<Ending>> {
        // Nothing panics under the lock; a list is whole anyway.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
