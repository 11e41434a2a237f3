//! Containing a bug: a panic in a future becomes a value.

use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::task::Poll;

/// The future has panicked. The panic hook has said where.
#[derive(Debug)]
pub(crate) struct Panicked;

/// Awaits the future. After a panic its parts are not used again, only dropped. It is taken by reference because an
/// `async fn` keeps room for what it is given *and* for what it awaits: a large future would be there twice.
pub(crate) async fn contained<F: Future>(mut future: Pin<&mut F>) -> Result<F::Output, Panicked> {
    std::future::poll_fn(|context| match catch_unwind(AssertUnwindSafe(|| future.as_mut().poll(context))) {
        Ok(Poll::Pending) => Poll::Pending,
        Ok(Poll::Ready(output)) => Poll::Ready(Ok(output)),
        Err(_) => Poll::Ready(Err(Panicked)),
    })
    .await
}
