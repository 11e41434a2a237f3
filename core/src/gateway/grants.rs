//! What has been granted to the gateway, until it ends: access tokens, and keys for a time.
//!
//! One request asks, the others wait for what it gets; while the old grant is still good, nobody waits but who asks.

use std::future::poll_fn;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Poll, Waker};
use std::time::Duration;

use crate::host::{Ambient, Grant, Host, Identity};

/// How long before its end another one is asked for. AWS's SDKs take 5 minutes too; Google's metadata server gives a new
/// token only in the last 5.
const EARLY: Duration = Duration::from_secs(240);
/// A grant is used no longer than until so long before its end: clocks differ, and a request takes a while to arrive.
const LAST: Duration = Duration::from_secs(15);

/// How long nobody asks again after a failure: else each request would wait for it anew.
const PAUSE: Duration = Duration::from_secs(3);

/// How long none is given up after one that had just been got was refused as well: it is not the grant then that is wrong, but
/// what may be done with it, and who asks for that again and again must not have the others wait for new ones.
const IN_VAIN: Duration = Duration::from_secs(60);

/// Whose grant it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Holder {
    /// What is configured, by its id.
    Configured([u8; 16]),
    /// The platform.
    Platform(Identity),
}

/// The grants of a gateway.
#[derive(Debug, Default)]
pub(crate) struct Grants(Mutex<Vec<(Holder, Arc<Slot>)>>);

#[derive(Debug, Default)]
struct Slot(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    held: Option<Ambient>,
    /// How long before the end of what is held another one is asked for: of a short life, a part.
    early: Duration,
    /// Somebody asks for another one.
    asking: bool,
    waiting: Vec<Waker>,
    /// How often somebody has asked; why there was nothing the last time, and when that was, on the host's monotonic clock.
    asked: u64,
    failed: Option<(Box<str>, Duration)>,
    /// When one that had just been got was refused, on the same clock.
    in_vain: Option<Duration>,
}

impl Grants {
    /// The holder's grant, asked for with `ask` if there is none that is still good.
    ///
    /// # Errors
    /// Why there is none, in words for an operator.
    pub(crate) async fn of<H: Host>(
        &self,
        host: &H,
        holder: Holder,
        ask: impl Future<Output = Result<Ambient, String>>,
    ) -> Result<Grant, String> {
        let slot = self.slot(holder);
        loop {
            let asked = {
                let mut state = slot.lock();
                let failed = state.failed.as_ref();
                let failed = failed.filter(|(_, at)| host.monotonic().saturating_sub(*at) < PAUSE);
                let left = state.held.as_ref().map(|held| (held, left(held, host.wall())));
                match (left, failed) {
                    // While somebody asks, or has just been told nothing, the old one may still do.
                    (Some((held, left)), _)
                        if left > state.early || ((state.asking || failed.is_some()) && left > LAST) =>
                    {
                        return Ok(held.grant.clone());
                    }
                    (_, Some((why, _))) => return Err(why.to_string()),
                    _ => {}
                }
                if !(state.asking && H::SHARES_WAITING) {
                    state.asking = true;
                    // What failed long ago says nothing of what is asked now: those who wait would take it for their own.
                    state.failed = None;
                    break;
                }
                state.asked
            };
            slot.wait(asked).await;
            // Who has waited takes the failure for its own: else all would ask one after the other.
            let state = slot.lock();
            if state.asked != asked
                && let Some((why, _)) = &state.failed
            {
                return Err(why.to_string());
            }
        }
        let asking = Asking(&slot);
        let answer = ask.await.and_then(usable);
        let mut state = slot.lock();
        let result = match answer {
            Ok(granted) => {
                let grant = granted.grant.clone();
                state.early = EARLY.min(left(&granted, host.wall()) / 4);
                state.held = Some(granted);
                state.failed = None;
                Ok(grant)
            }
            Err(why) => {
                state.failed = Some((why.as_str().into(), host.monotonic()));
                // The old one may still do.
                let held = state.held.as_ref().filter(|held| left(held, host.wall()) > LAST);
                held.map(|held| held.grant.clone()).ok_or(why)
            }
        };
        drop(state);
        drop(asking);
        result
    }

    /// What has been granted to the holder, if that is still known.
    pub(crate) fn held(&self, holder: Holder) -> Option<Grant> {
        self.slot(holder).lock().held.as_ref().map(|held| held.grant.clone())
    }

    /// Gives up what was granted: it has been refused. Whether another one is worth a try. `now` is the host's monotonic clock.
    pub(crate) fn forget(&self, holder: Holder, now: Duration) -> bool {
        let slot = self.slot(holder);
        let mut state = slot.lock();
        let is_worth_it = state.in_vain.is_none_or(|at| now.saturating_sub(at) >= IN_VAIN);
        if is_worth_it {
            state.held = None;
        }
        is_worth_it
    }

    /// What has just been granted was refused as well.
    pub(crate) fn forgotten_in_vain(&self, holder: Holder, now: Duration) {
        self.slot(holder).lock().in_vain = Some(now);
    }

    fn slot(&self, holder: Holder) -> Arc<Slot> {
        let mut slots = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, slot)) = slots.iter().find(|(known, _)| *known == holder) {
            return Arc::clone(slot);
        }
        // Configurations change; there are never more holders than one has.
        if slots.len() >= 64 {
            slots.clear();
        }
        let slot = Arc::new(Slot::default());
        slots.push((holder, Arc::clone(&slot)));
        slot
    }
}

/// What can be sent, if it is that: else it would be held, and of use to nobody, until its end.
fn usable(granted: Ambient) -> Result<Ambient, String> {
    match &granted.grant {
        Grant::Bearer(token) if !token.reveal().trim().bytes().all(|byte| byte.is_ascii_graphic()) => {
            Err("the access token holds what cannot stand in a header".to_owned())
        }
        _ => Ok(granted),
    }
}

/// How long the grant is still good.
fn left(held: &Ambient, now: Duration) -> Duration {
    held.until.map_or(Duration::MAX, |until| until.saturating_sub(now))
}

impl Slot {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until somebody has asked.
    async fn wait(&self, asked: u64) {
        poll_fn(|context| {
            let mut state = self.lock();
            if state.asked != asked || !state.asking {
                return Poll::Ready(());
            }
            if !state.waiting.iter().any(|waker| waker.will_wake(context.waker())) {
                state.waiting.push(context.waker().clone());
            }
            Poll::Pending
        })
        .await;
    }
}

/// Somebody asks, until this is dropped: also if the request is given up.
struct Asking<'a>(&'a Slot);

impl Drop for Asking<'_> {
    fn drop(&mut self) {
        let mut state = self.0.lock();
        state.asking = false;
        state.asked += 1;
        let waiting = std::mem::take(&mut state.waiting);
        drop(state);
        waiting.into_iter().for_each(Waker::wake);
    }
}
