//! What no answer has more of. An upstream that goes past it costs no more than it has sent: its answer is refused, and what
//! looks through lists of these may look at each.

use crate::error::{Class, Error};

/// Blocks that are open at once, of all choices together.
pub const MAX_OPEN: usize = 1024;

/// Answers to one request: OpenAI's limit of `n`.
pub const MAX_CHOICES: usize = 128;

/// Calls of one choice.
pub const MAX_CALLS: usize = 1024;

/// Bytes of text that are looked through to find what citations are about: each counts in the text that it is of.
pub const MAX_CITED: usize = 1 << 28;

/// Bytes of an answer's id, and of the name of its model: many dialects tell them with every event.
pub const MAX_NAME: usize = 512;

/// The answer has more of something than any has.
pub fn too_many(what: &str) -> Error {
    Error::new(Class::UpstreamInvalid, ["the upstream's answer has more ", what, " than can be told"].concat())
}
