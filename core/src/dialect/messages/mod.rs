//! Anthropic Messages. <https://docs.anthropic.com/en/api/messages>

pub(crate) mod error;
pub(crate) mod response;
pub(crate) mod stream;
