//! OpenAI chat completions. <https://platform.openai.com/docs/api-reference/chat>

pub(crate) mod error;
pub(crate) mod response;
pub(crate) mod stream;
