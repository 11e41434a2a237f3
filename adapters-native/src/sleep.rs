//! A timer that is armed anew with every event of a stream.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::time::{self, Instant};

/// A re-armable timer.
///
/// Arming it for later than before only notes the time: tokio's timer stays where it is, goes off early, and is moved
/// then. An idle timer that every event pushes back so costs a clock reading an event, and nothing in the timer wheel.
#[derive(Debug)]
pub struct Sleep {
    deadline: Instant,
    timer: Pin<Box<time::Sleep>>,
}

impl Sleep {
    /// A timer that ends after the given time.
    pub fn new(after: Duration) -> Self {
        let timer = Box::pin(time::sleep(after));
        Self { deadline: timer.deadline(), timer }
    }

    /// Arms the timer, ended or not, to end after the given time from now.
    pub fn reset(&mut self, after: Duration) {
        let now = Instant::now();
        let deadline = now.checked_add(after).unwrap_or_else(|| now + FAR);
        self.deadline = deadline;
        if deadline < self.timer.deadline() || self.timer.is_elapsed() {
            self.timer.as_mut().reset(deadline);
        }
    }
}

/// What tokio takes for "never": about 30 years.
const FAR: Duration = Duration::from_secs(86_400 * 365 * 30);

impl Future for Sleep {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        loop {
            ready!(self.timer.as_mut().poll(cx));
            let deadline = self.deadline;
            if self.timer.deadline() >= deadline {
                return Poll::Ready(());
            }
            self.timer.as_mut().reset(deadline);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn took(sleep: &mut Sleep) -> Duration {
        let started = Instant::now();
        sleep.await;
        started.elapsed()
    }

    fn about(measured: Duration, expected: u64) {
        let expected = Duration::from_millis(expected);
        assert!(measured >= expected && measured < expected + Duration::from_millis(20), "{measured:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn ends_when_it_was_last_told_to() {
        let mut sleep = Sleep::new(Duration::from_millis(100));
        about(took(&mut sleep).await, 100);
        sleep.reset(Duration::from_millis(50));
        about(took(&mut sleep).await, 50);
        sleep.reset(Duration::from_millis(500));
        sleep.reset(Duration::from_millis(30));
        about(took(&mut sleep).await, 30);
        for _ in 0..10 {
            sleep.reset(Duration::from_millis(100));
            assert!(time::timeout(Duration::from_millis(60), &mut sleep).await.is_err());
        }
        about(took(&mut sleep).await, 40);
    }
}
