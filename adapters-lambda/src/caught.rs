//! A bug ends one invocation, not the environment.

use std::future::poll_fn;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::task::Poll;

use crate::diagnostic;

/// A future that panicked; the hook of [`report_panics`] has told where.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Panicked;

/// Runs a future and catches what it panics with.
pub(crate) async fn caught<F: Future>(work: F) -> Result<F::Output, Panicked> {
    let mut work = pin!(work);
    // After a panic the future is dropped and never polled again, so nobody sees a state it broke.
    poll_fn(|context| match catch_unwind(AssertUnwindSafe(|| work.as_mut().poll(context))) {
        Ok(Poll::Pending) => Poll::Pending,
        Ok(Poll::Ready(output)) => Poll::Ready(Ok(output)),
        Err(_) => Poll::Ready(Err(Panicked)),
    })
    .await
}

/// Has panics reported by their place alone: the standard hook prints the message too, and the message of a slice out of
/// bounds quotes the text it was taken from.
pub(crate) fn report_panics() {
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        diagnostic::report("panic", &[("at", &place)]);
    }));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run<T>(work: impl Future<Output = T>) -> T {
        tokio::runtime::Builder::new_current_thread().build().expect("a runtime").block_on(work)
    }

    #[test]
    fn catches_a_panic_after_an_await() {
        let work = async {
            tokio::task::yield_now().await;
            assert!(std::hint::black_box(false), "a bug");
        };
        assert_eq!(run(caught(work)), Err(Panicked));
        assert_eq!(run(caught(async { 7 })), Ok(7));
    }
}
