//! What a provider says after its client has gone, where it bills that all the same: read for the usage, and for nobody.

use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http_body::Body;

use super::passage::Passage;
use super::timer::Timer;
use super::unwind;
use super::upstream::Upstream;
use crate::host::{Host, SendError};
use crate::usage::Usage;

/// How often a reader looks whether the host is being stopped.
const GLANCE: Duration = Duration::from_secs(1);

/// How many streams are read on at once: who opens streams and leaves must not hold connections without end.
pub(crate) const MOST: usize = 64;

/// A stream whose client has gone.
pub(crate) struct Drain<B> {
    pub(crate) upstream: Upstream<B>,
    pub(crate) passage: Passage,
    /// The longest silence.
    pub(crate) idle: Duration,
    /// The moment of the host's clock by which it ends.
    pub(crate) until: Duration,
    /// Its place among those that are read on.
    pub(crate) _place: Arc<()>,
}

impl<B: Body<Data = Bytes, Error = SendError> + Unpin> Drain<B> {
    /// Reads to the end, or as long as it may take. What was used; nothing after a bug, where what was known before stands.
    pub(crate) async fn read<H: Host<Body = B>>(self, host: &H, stopping: impl Fn() -> bool) -> Option<Usage> {
        unwind::contained(pin!(self.read_on(host, stopping))).await.ok()
    }

    async fn read_on<H: Host<Body = B>>(mut self, host: &H, stopping: impl Fn() -> bool) -> Usage {
        let mut timer = Timer::new(host);
        let mut heard = host.monotonic();
        while !self.passage.is_over() && !self.passage.is_enough() && !stopping() {
            let now = host.monotonic();
            let silent = heard.saturating_add(self.idle).min(self.until);
            if now >= silent {
                break;
            }
            let upstream = &mut self.upstream;
            let frame = pin!(poll_fn(|context| Pin::new(&mut *upstream).poll_frame(context)));
            match timer.until(silent.min(now.saturating_add(GLANCE)), frame).await {
                Ok(Some(Ok(frame))) => {
                    heard = host.monotonic();
                    if let Ok(data) = frame.into_data()
                        && self.passage.take(data).is_err()
                    {
                        break;
                    }
                    self.passage.clear();
                }
                Ok(None) => {
                    self.passage.finish();
                    break;
                }
                Ok(Some(Err(_))) => break,
                Err(_) => {}
            }
        }
        self.passage.usage()
    }
}
