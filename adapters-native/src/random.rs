//! The system's random numbers, fetched for many requests at once: a system call for each would show in the figures.

use std::fmt;
use std::sync::{Mutex, PoisonError};

const STOCK: usize = 1024;

/// A stock of random bytes. It is empty until the first request, so that a frozen and copied process has none in it.
pub(crate) struct Random {
    stock: Mutex<Stock>,
}

struct Stock {
    bytes: [u8; STOCK],
    left: usize,
}

impl Default for Random {
    fn default() -> Self {
        Self { stock: Mutex::new(Stock { bytes: [0; STOCK], left: 0 }) }
    }
}

impl Random {
    /// Fills the buffer. A byte is handed out once and is then gone from the stock.
    pub(crate) fn fill(&self, buffer: &mut [u8]) {
        if buffer.len() > STOCK {
            fetch(buffer);
            return;
        }
        // A panic cannot leave the stock half changed: nothing in here panics after `left` was set.
        let mut stock = self.stock.lock().unwrap_or_else(PoisonError::into_inner);
        if stock.left < buffer.len() {
            fetch(&mut stock.bytes);
            stock.left = STOCK;
        }
        let end = stock.left;
        stock.left -= buffer.len();
        let start = stock.left;
        if let Some(bytes) = stock.bytes.get_mut(start..end) {
            buffer.copy_from_slice(bytes);
            bytes.fill(0);
        }
    }
}

/// Fills the buffer from the system. That fails on no system that has come up: the call waits for the first seed, and
/// where a kernel has none, or a sandbox forbids it, `/dev/urandom` is read. A stock that was not filled stays empty:
/// `left` is set afterwards.
#[expect(clippy::panic, reason = "without random numbers nothing that follows would be safe")]
fn fetch(buffer: &mut [u8]) {
    if let Err(error) = getrandom::fill(buffer) {
        panic!("the system gives no random numbers: {error}");
    }
}

impl fmt::Debug for Random {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Random").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn no_two_are_the_same() {
        let random = Random::default();
        let mut seen = HashSet::new();
        for _ in 0..500 {
            let mut bytes = [0; 16];
            random.fill(&mut bytes);
            assert!(seen.insert(bytes));
        }
        let mut many = [0; STOCK + 1];
        random.fill(&mut many);
        assert!(many.iter().any(|byte| *byte != 0));
    }
}
