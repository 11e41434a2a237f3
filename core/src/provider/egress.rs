//! The one place where a request to an upstream is made.
//!
//! The origin comes from the configuration and is never changed by what a client sends; a credential goes to its own
//! origin alone; headers pass by an allow-list.

use bytes::Bytes;
use http::header::{ACCEPT, ACCEPT_ENCODING, CONTENT_TYPE, HeaderMap, HeaderValue};
use http::uri::PathAndQuery;
use http::{Method, Request, Uri, Version};

use super::{BaseUrl, Credential, Provider};
use crate::error::{Class, Error};
use crate::host::Outgoing;
use crate::policy::{headers, query};
use crate::wire::percent;
use crate::wire::splice::Spliced;

/// What is asked of an upstream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation {
    /// OpenAI chat completions.
    ChatCompletions,
    /// OpenAI embeddings.
    Embeddings,
    /// OpenAI Responses.
    Responses,
    /// OpenAI Responses, counting the tokens of the input.
    InputTokens,
    /// Anthropic Messages.
    Messages,
    /// Anthropic Messages, counting the tokens of the input.
    CountTokens,
    /// One of Gemini's methods on a model.
    Gemini(GeminiMethod, GeminiVersion),
    /// Bedrock Converse.
    Converse {
        /// A streamed answer.
        stream: bool,
    },
    /// A Bedrock model in its own format: embeddings.
    InvokeModel,
}

/// Gemini's methods on a model.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GeminiMethod {
    /// A whole answer.
    GenerateContent,
    /// A streamed answer.
    StreamGenerateContent,
    /// The tokens of the input.
    CountTokens,
    /// One embedding.
    EmbedContent,
    /// Several embeddings.
    BatchEmbedContents,
}

/// The version in Gemini's paths.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GeminiVersion {
    /// `v1`.
    V1,
    /// `v1alpha`.
    V1Alpha,
    /// `v1beta`.
    V1Beta,
}

/// What a request to an upstream is made of, beside the provider.
#[derive(Debug)]
pub struct Call<'a> {
    /// What is asked.
    pub operation: Operation,
    /// The model's name at the provider.
    pub model: &'a str,
    /// The client's query.
    pub query: Option<&'a str>,
    /// The client's headers.
    pub headers: &'a HeaderMap,
    /// The body, as it is sent.
    pub body: Spliced,
}

impl GeminiMethod {
    /// Every method, by its name in a path.
    pub const ALL: [(&'static str, GeminiMethod); 5] = [
        ("generateContent", GeminiMethod::GenerateContent),
        ("streamGenerateContent", GeminiMethod::StreamGenerateContent),
        ("countTokens", GeminiMethod::CountTokens),
        ("embedContent", GeminiMethod::EmbedContent),
        ("batchEmbedContents", GeminiMethod::BatchEmbedContents),
    ];

    fn name(self) -> &'static str {
        Self::ALL.iter().find(|(_, method)| *method == self).map_or("", |(name, _)| name)
    }
}

impl GeminiVersion {
    fn name(self) -> &'static str {
        match self {
            Self::V1 => "v1",
            Self::V1Alpha => "v1alpha",
            Self::V1Beta => "v1beta",
        }
    }
}

/// The request that makes the call.
///
/// # Errors
/// The client's query cannot stand in a URL, or the provider is nowhere.
pub fn request<B>(
    provider: &Provider,
    credential: Option<&Credential>,
    call: Call<'_>,
) -> Result<Request<Outgoing<B>>, Error> {
    let Some(base_url) = &provider.base_url else {
        return Err(Error::new(Class::Internal, "the built-in provider has no address"));
    };
    let mut request = Request::new(Outgoing::Full(call.body));
    *request.method_mut() = Method::POST;
    *request.uri_mut() = uri(base_url, provider.kind.versioned, call.operation, call.model, call.query)
        .ok_or_else(|| Error::new(Class::Invalid, "the query is not valid in a URL"))?;
    *request.version_mut() = if provider.http2 { Version::HTTP_2 } else { Version::HTTP_11 };
    let sent = request.headers_mut();
    sent.reserve(16);
    headers::to_upstream(call.headers, sent);
    sent.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    sent.insert(ACCEPT_ENCODING, HeaderValue::from_static("identity"));
    if matches!(call.operation, Operation::Messages | Operation::CountTokens) && !sent.contains_key("anthropic-version")
    {
        // Required by the API; what the SDKs sent before 2026-10-21.
        sent.insert("anthropic-version", HeaderValue::from_static("2023-06-01"));
    }
    if call.operation == (Operation::Converse { stream: true }) {
        sent.insert(ACCEPT, HeaderValue::from_static("application/vnd.amazon.eventstream"));
    }
    if let Some((name, value)) = credential.and_then(|credential| credential.header(&base_url.origin)) {
        sent.insert(name, value);
    }
    Ok(request)
}

fn uri(base_url: &BaseUrl, versioned: bool, operation: Operation, model: &str, query: Option<&str>) -> Option<Uri> {
    let mut path = String::with_capacity(base_url.path.len() + model.len() + query.map_or(0, str::len) + 48);
    path.push_str(&base_url.path);
    if !versioned {
        path.push('/');
        path.push_str(match operation {
            Operation::Gemini(_, version) => version.name(),
            _ => "v1",
        });
    }
    path.push_str(match operation {
        Operation::ChatCompletions => "/chat/completions",
        Operation::Embeddings => "/embeddings",
        Operation::Responses => "/responses",
        Operation::InputTokens => "/responses/input_tokens",
        Operation::Messages => "/messages",
        Operation::CountTokens => "/messages/count_tokens",
        Operation::Gemini(..) => "/models/",
        Operation::Converse { .. } | Operation::InvokeModel => "/model/",
    });
    // A model's name stands in the path at some: with what is done to it behind it.
    let (border, method) = match operation {
        Operation::Gemini(method, _) => (':', method.name()),
        Operation::Converse { stream: false } => ('/', "converse"),
        Operation::Converse { stream: true } => ('/', "converse-stream"),
        Operation::InvokeModel => ('/', "invoke"),
        _ => (' ', ""),
    };
    if !method.is_empty() {
        percent::push_segment(&mut path, model);
        path.push(border);
        path.push_str(method);
    }
    let mut border = '?';
    for pair in query::to_upstream(query) {
        path.push(border);
        path.push_str(pair);
        border = '&';
    }
    Uri::builder()
        .scheme(base_url.origin.scheme.clone())
        .authority(base_url.origin.authority.clone())
        .path_and_query(PathAndQuery::from_maybe_shared(Bytes::from(path)).ok()?)
        .build()
        .ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn made(base_url: &str, versioned: bool, operation: Operation, model: &str, query: Option<&str>) -> String {
        let base_url = BaseUrl::parse(base_url).expect("a base URL");
        uri(&base_url, versioned, operation, model, query).expect("a URI").to_string()
    }

    const GENERATE: Operation = Operation::Gemini(GeminiMethod::GenerateContent, GeminiVersion::V1Beta);

    #[test]
    fn paths_are_the_vendors_own() {
        let openai = "https://api.openai.com/v1";
        assert_eq!(
            made(openai, true, Operation::ChatCompletions, "m", None),
            "https://api.openai.com/v1/chat/completions"
        );
        assert_eq!(
            made(openai, true, Operation::InputTokens, "m", None),
            "https://api.openai.com/v1/responses/input_tokens"
        );
        assert_eq!(made(openai, true, Operation::Messages, "m", None), "https://api.openai.com/v1/messages");
        let anthropic = "https://api.anthropic.com/";
        assert_eq!(
            made(anthropic, false, Operation::Messages, "m", Some("beta=true")),
            "https://api.anthropic.com/v1/messages?beta=true"
        );
        let gemini = "https://generativelanguage.googleapis.com";
        assert_eq!(
            made(gemini, false, GENERATE, "gemini-2.5-pro", None),
            "https://generativelanguage.googleapis.com/v1beta/models/gemini-2.5-pro:generateContent"
        );
        let stream = Operation::Gemini(GeminiMethod::StreamGenerateContent, GeminiVersion::V1);
        assert_eq!(
            made("http://h/p", false, stream, "m", Some("alt=sse")),
            "http://h/p/v1/models/m:streamGenerateContent?alt=sse"
        );
    }

    #[test]
    fn a_model_cannot_leave_its_segment() {
        assert_eq!(
            made("http://h", false, GENERATE, "../a?b#c/d", None),
            "http://h/v1beta/models/..%2Fa%3Fb%23c%2Fd:generateContent"
        );
    }

    /// The id of an inference profile may be an ARN, with `/` and `:` in it (translation.md 7.4).
    #[test]
    fn bedrock_has_the_model_in_its_path() {
        let bedrock = "https://bedrock-runtime.us-east-1.amazonaws.com";
        assert_eq!(
            made(bedrock, true, Operation::Converse { stream: false }, "us.anthropic.claude-sonnet-5-v1:0", None),
            "https://bedrock-runtime.us-east-1.amazonaws.com/model/us.anthropic.claude-sonnet-5-v1%3A0/converse"
        );
        assert_eq!(
            made("http://h/p", true, Operation::Converse { stream: true }, "arn:aws:bedrock:x:1:prompt/a", None),
            "http://h/p/model/arn%3Aaws%3Abedrock%3Ax%3A1%3Aprompt%2Fa/converse-stream"
        );
        assert_eq!(
            made("http://h", true, Operation::InvokeModel, "cohere.embed-v4:0", None),
            "http://h/model/cohere.embed-v4%3A0/invoke"
        );
    }

    #[test]
    fn the_callers_key_stays_here() {
        assert_eq!(
            made("http://h", false, GENERATE, "m", Some("key=glt_canary&alt=sse&k%65y=x&monkey=1")),
            "http://h/v1beta/models/m:generateContent?alt=sse&monkey=1"
        );
        assert_eq!(
            made("http://h", false, GENERATE, "m", Some("key=glt_canary")),
            "http://h/v1beta/models/m:generateContent"
        );
    }
}
