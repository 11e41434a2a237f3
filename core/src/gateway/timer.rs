//! Bounding how long an await may take.

use std::future::Future;
use std::pin::Pin;
use std::task::Poll;
use std::time::Duration;

use crate::host::Host;

/// The time is over.
#[derive(Debug)]
pub(crate) struct Elapsed;

/// One timer for all the waiting of a request. Nothing is armed until something really has to wait.
pub(crate) struct Timer<'a, H: Host> {
    host: &'a H,
    sleep: Option<H::Sleep>,
}

impl<'a, H: Host> Timer<'a, H> {
    pub(crate) fn new(host: &'a H) -> Self {
        Self { host, sleep: None }
    }

    /// Awaits the future until the given moment of the host's monotonic clock. By reference, so that a large future is
    /// not there twice.
    pub(crate) async fn until<F: Future>(
        &mut self,
        deadline: Duration,
        mut future: Pin<&mut F>,
    ) -> Result<F::Output, Elapsed> {
        let mut armed = false;
        std::future::poll_fn(|context| {
            if let Poll::Ready(output) = future.as_mut().poll(context) {
                return Poll::Ready(Ok(output));
            }
            if !armed {
                armed = true;
                self.arm(deadline);
            }
            match &mut self.sleep {
                Some(sleep) => Pin::new(sleep).poll(context).map(|()| Err(Elapsed)),
                None => Poll::Pending,
            }
        })
        .await
    }

    fn arm(&mut self, deadline: Duration) {
        let after = deadline.saturating_sub(self.host.monotonic());
        match &mut self.sleep {
            Some(sleep) => self.host.reset(sleep, after),
            None => self.sleep = Some(self.host.sleep(after)),
        }
    }
}
