//! What hyper reports, as the core wants to hear it.

use std::error::Error as StdError;
use std::fmt::Write;

use gatelet_core::host::{SendError, SendErrorKind};

/// No connection could be made.
pub(super) fn connect(what: &str, why: &str) -> SendError {
    SendError::new(SendErrorKind::Connect, false, format!("{what}: {why}"))
}

/// The exchange ended before the answer's head.
pub(super) fn head(error: &hyper::Error, sent: bool) -> SendError {
    SendError::new(SendErrorKind::Head, sent, chain(error))
}

/// The answer's body ended before its end.
pub(super) fn body(error: &hyper::Error) -> SendError {
    SendError::new(SendErrorKind::Body, true, chain(error))
}

/// An error with its causes. None of the crates below us puts a URL or a header into its errors.
pub(super) fn chain(error: &dyn StdError) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        // Writing to a String does not fail.
        let _ = write!(text, ": {error}");
        cause = error.source();
    }
    text
}
