//! Every kind of provider: what is sent to it, and the rules of its vendor that are not OpenAI's or Anthropic's.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::disallowed_methods,
    unreachable_pub,
    missing_docs,
    reason = "a test"
)]

mod documents;
mod golden;
#[path = "../harness/mod.rs"]
mod harness;
mod quirks;
mod sent;
