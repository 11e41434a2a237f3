//! Embeddings: a request of OpenAI's API at an upstream that speaks another.
//!
//! There is one thing to be asked and one to be answered, so this needs no model of a conversation: [`Asked`] is read once,
//! [`Asked::call`] says what an upstream is sent for it, and [`Wanted::answer`] makes OpenAI's answer of the upstream's.

mod answer;
mod request;

pub use request::Asked;

/// How an API that is not OpenAI's has embeddings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// Gemini's `batchEmbedContents`.
    Gemini,
    /// Vertex AI's: another method than the Gemini API's.
    Vertex,
    /// A Bedrock model's own, each maker another.
    Invoke,
    /// Cohere's `v2/embed`.
    Cohere,
    /// Workers AI's `run`.
    Run,
}

/// What the answer needs of the request: it outlives the request's body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// How many texts there were.
    pub count: usize,
    /// The vectors are wanted as base64.
    pub base64: bool,
}
