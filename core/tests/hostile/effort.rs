//! Whether work grows with its input and not faster: the same work at two sizes, by the thread's own time on the processor.

use std::fs;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// How much larger the second size is than the first.
const GROWTH: usize = 16;

/// How often the small work is done for one measurement: the system's clock is coarse.
const TIMES: usize = 8;

/// How many times as long is still called linear. Quadratic work takes 16 times as long; what falls out of a cache, or is looked
/// up in a tree, takes up to three, and less while it is small.
const TOLERATED: u32 = if cfg!(debug_assertions) { 2 } else { 4 };

/// Less than this says nothing.
const FLOOR: Duration = Duration::from_millis(20);

/// One at a time: what is measured shares the processor's caches with nothing else here.
static ALONE: Mutex<()> = Mutex::new(());

/// How large things are: the larger of the two sizes. Without optimisation, every piece of work is heavier.
pub(crate) fn size() -> usize {
    let times = std::env::var("GATELET_HOSTILE").ok().and_then(|times| times.parse().ok()).unwrap_or(1);
    times * if cfg!(debug_assertions) { 1_100 } else { 100_000 }
}

/// Fails unless `work` grows with its input and not faster. A measurement that says otherwise is made three times: something else
/// may have been at work.
pub(crate) fn linear<I>(name: &str, make: impl Fn(usize) -> I, work: impl Fn(&I)) {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let large = make(size());
    let first = taken(|| work(&large));
    if first < FLOOR {
        return;
    }
    let small = make(size() / GROWTH);
    let times = u32::try_from(GROWTH / TIMES).unwrap_or(1);
    let mut found = Vec::new();
    for _ in 0..3 {
        let few = times * taken(|| (0..TIMES).for_each(|_| work(&small)));
        let many = if found.is_empty() { first } else { taken(|| work(&large)) };
        if many <= (few + FLOOR / 2) * TOLERATED {
            return;
        }
        found.push((few, many));
    }
    panic!("{name}: {GROWTH} times as much at once takes longer than one after another: {found:?}");
}

/// How long it takes.
fn taken(work: impl FnOnce()) -> Duration {
    let start = clock();
    work();
    clock().saturating_sub(start)
}

/// The thread's time on the processor, where the system tells it: what waits for another process costs nothing.
fn clock() -> Duration {
    static STARTED: Mutex<Option<Instant>> = Mutex::new(None);
    let told = fs::read_to_string("/proc/thread-self/schedstat").ok();
    let nanoseconds = told.and_then(|told| told.split(' ').next()?.parse().ok());
    if let Some(nanoseconds) = nanoseconds.filter(|nanoseconds| *nanoseconds > 0) {
        return Duration::from_nanos(nanoseconds);
    }
    let mut started = STARTED.lock().unwrap_or_else(PoisonError::into_inner);
    started.get_or_insert_with(Instant::now).elapsed()
}
