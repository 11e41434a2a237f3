//! What time it is at AWS, as far as its answers tell: a signature names the time and is good for five minutes around it.

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

/// What the clocks may differ by before a signature is at risk. AWS's SDKs correct from 4 minutes on
/// (`aws-sdk-js`, `isClockSkewed`: 5; botocore does not correct).
const TOLERATED: u64 = 240;

/// How far the host's clock is from AWS's, in seconds.
#[derive(Debug, Default)]
pub(crate) struct Clock(AtomicI64);

impl Clock {
    /// The time there, by what has been learnt; `wall` is the host's.
    pub(crate) fn at_aws(&self, wall: Duration) -> Duration {
        let skew = self.0.load(Ordering::Relaxed);
        let by = Duration::from_secs(skew.unsigned_abs());
        if skew < 0 { wall.saturating_sub(by) } else { wall.saturating_add(by) }
    }

    /// Learns from an answer that refused a request which was signed for the time `signed`. Whether that was too far from
    /// `there`.
    pub(crate) fn correct(&self, wall: Duration, signed: Duration, there: Duration) -> bool {
        if signed.abs_diff(there).as_secs() < TOLERATED {
            return false;
        }
        let seconds = |time: Duration| i64::try_from(time.as_secs()).unwrap_or(i64::MAX);
        self.0.store(seconds(there).saturating_sub(seconds(wall)), Ordering::Relaxed);
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_that_differs_is_corrected_once() {
        let clock = Clock::default();
        let [wall, there] = [1_000_000, 1_003_600].map(Duration::from_secs);
        assert_eq!(clock.at_aws(wall), wall);
        assert!(!clock.correct(wall, wall, wall + Duration::from_secs(239)));
        assert!(clock.correct(wall, wall, there));
        assert_eq!(clock.at_aws(wall), there);
        assert!(!clock.correct(wall, there, there));
        assert!(clock.correct(there, there, wall));
        assert_eq!(clock.at_aws(there), wall);
    }
}
