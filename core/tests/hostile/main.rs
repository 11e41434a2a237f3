//! What nobody sends who means well: bodies and streams that are made to cost more than they weigh. Each costs time in
//! proportion to its size, ends in a whole request, in a refusal or in the dialect's error, and breaks nothing.
//!
//! `GATELET_HOSTILE=10` makes everything ten times as large.

#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    clippy::type_complexity,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stderr,
    missing_docs,
    reason = "a test"
)]

#[path = "../golden/cases.rs"]
#[allow(dead_code, reason = "shared by tests")]
mod cases;
#[path = "../harness/mod.rs"]
mod harness;

mod answers;
mod effort;
mod gateway;
mod requests;
mod streams;
mod texts;

use gatelet_core::dialect::Dialect;

/// The dialects that clients speak.
const CALLERS: [Dialect; 4] = [Dialect::Chat, Dialect::Responses, Dialect::Messages, Dialect::Gemini];

/// Who an upstream of the dialect is translated for: everybody else, and a caller of chat where a Worker's binding says chat in its
/// own way.
fn callers(upstream: Dialect) -> impl Iterator<Item = Dialect> {
    CALLERS.into_iter().filter(move |caller| *caller != upstream || upstream == Dialect::Chat)
}
