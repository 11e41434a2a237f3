//! OpenAI Responses. <https://platform.openai.com/docs/api-reference/responses>

pub(crate) mod error;
pub(crate) mod response;
pub(crate) mod stream;
