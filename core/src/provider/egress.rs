//! The one place where a request to an upstream is made.
//!
//! The origin comes from the configuration and is never changed by what a client sends; a credential goes to its own
//! origin alone; headers pass by an allow-list.

use http::header::{ACCEPT, ACCEPT_ENCODING, CONTENT_TYPE, HeaderMap, HeaderValue};
use http::{Method, Request, Uri, Version};

use super::aws::{self, Scope};
use super::credential::{self, Proof};
use super::{Credential, Door, Entrance, Provider};
use crate::dialect::{Dialect, DialectSet};
use crate::error::{Class, Error};
use crate::host::{Grant, Outgoing};
use crate::policy::headers;
use crate::wire::splice::Spliced;

/// Required by the API; what the SDKs sent before 2026-10-21.
const ANTHROPIC_VERSION: HeaderValue = HeaderValue::from_static("2023-06-01");

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
    /// A Vertex model in the format of its predictions: embeddings.
    Predict,
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
#[derive(Clone, Debug)]
pub struct Call<'a> {
    /// What is asked.
    pub operation: Operation,
    /// A streamed answer is asked for.
    pub stream: bool,
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

    /// The method's name in a path.
    pub fn name(self) -> &'static str {
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

impl Operation {
    /// Where it is asked. `stream`: whether a streamed answer is asked for.
    pub fn door(self, stream: bool) -> Door {
        match self {
            Operation::ChatCompletions => Door::Chat,
            Operation::Embeddings => Door::Embeddings,
            Operation::Responses => Door::Responses,
            Operation::InputTokens => Door::InputTokens,
            Operation::Messages if stream => Door::MessagesStream,
            Operation::Messages => Door::Messages,
            Operation::CountTokens => Door::CountTokens,
            Operation::Gemini(..) => Door::Gemini,
            Operation::Converse { .. } => Door::Converse,
            Operation::InvokeModel => Door::Invoke,
            Operation::Predict => Door::Predict,
        }
    }

    /// What stands for `{method}` in a path.
    fn method(self) -> &'static str {
        match self {
            Operation::Gemini(method, _) => method.name(),
            Operation::Converse { stream: false } => "converse",
            Operation::Converse { stream: true } => "converse-stream",
            _ => "",
        }
    }

    /// What stands for `{version}` in a path.
    fn version(self) -> &'static str {
        match self {
            Operation::Gemini(_, version) => version.name(),
            _ => "v1",
        }
    }
}

/// What proves to the provider who asks.
#[derive(Clone, Copy, Debug, Default)]
pub struct Seal<'a> {
    /// The credential; `None` where none is needed.
    pub credential: Option<&'a Credential>,
    /// What was granted for it, where it is not sent itself.
    pub grant: Option<&'a Grant>,
    /// The time since the Unix epoch, for signatures.
    pub now: std::time::Duration,
}

/// Whether requests are signed, for a time, with what the credential is or what was granted for it.
pub fn signs(credential: Option<&Credential>, grant: Option<&Grant>) -> bool {
    matches!(grant, Some(Grant::Aws(_))) || credential.is_some_and(Credential::is_keys_of_aws)
}

/// The request that makes the call.
///
/// # Errors
/// The client's query cannot stand in a URL, or the provider has no such door.
pub fn request<B>(provider: &Provider, seal: Seal<'_>, call: Call<'_>) -> Result<Request<Outgoing<B>>, Error> {
    let Some(entrance) = provider.entrances(call.model).of(call.operation.door(call.stream)) else {
        let message = format!("provider {} has no such endpoint", provider.name);
        return Err(Error::new(Class::Unsupported, message));
    };
    let (method, version) = (call.operation.method(), call.operation.version());
    let uri = entrance
        .uri(call.model, method, version, call.query)
        .ok_or_else(|| Error::new(Class::Invalid, "the model's name or the query is not valid in a URL"))?;
    let mut sent = HeaderMap::with_capacity(16);
    headers::to_upstream(call.headers, &mut sent);
    sent.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    if matches!(call.operation, Operation::Messages | Operation::CountTokens) {
        if provider.kind.version_in_body.is_some() {
            sent.remove("anthropic-version");
        } else if !sent.contains_key("anthropic-version") {
            sent.insert("anthropic-version", ANTHROPIC_VERSION);
        }
    }
    if call.operation == (Operation::Converse { stream: true }) {
        sent.insert(ACCEPT, HeaderValue::from_static("application/vnd.amazon.eventstream"));
    }
    finish(provider, entrance, seal, (Method::POST, uri, sent, call.body))
}

/// The request for a page of a provider's own list of its models, at one of [`Provider::lists`].
///
/// # Errors
/// There is nothing that proves who asks.
pub fn request_list<B>(
    provider: &Provider,
    entrance: &Entrance,
    seal: Seal<'_>,
    query: Option<&str>,
) -> Result<Request<Outgoing<B>>, Error> {
    let uri = entrance
        .uri("", "", "v1", query)
        .ok_or_else(|| Error::new(Class::UpstreamInvalid, "the place of the next page is not valid in a URL"))?;
    let mut sent = HeaderMap::with_capacity(8);
    headers::to_upstream(&HeaderMap::new(), &mut sent);
    if provider.all_dialects() == DialectSet::of(&[Dialect::Messages]) {
        sent.insert("anthropic-version", ANTHROPIC_VERSION);
    }
    finish(provider, entrance, seal, (Method::GET, uri, sent, Spliced::default()))
}

fn finish<B>(
    provider: &Provider,
    entrance: &Entrance,
    seal: Seal<'_>,
    (method, uri, mut sent, body): (Method, Uri, HeaderMap, Spliced),
) -> Result<Request<Outgoing<B>>, Error> {
    sent.insert(ACCEPT_ENCODING, HeaderValue::from_static("identity"));
    for (name, value) in &provider.headers {
        sent.insert(name.clone(), value.clone());
    }
    let mut request = Request::new(Outgoing::Full(body));
    *request.method_mut() = method;
    *request.uri_mut() = uri;
    *request.version_mut() = if provider.http2 { Version::HTTP_2 } else { Version::HTTP_11 };
    *request.headers_mut() = sent;
    if let Some(proof) = seal.credential.and_then(|credential| credential.proof(&entrance.origin)) {
        let scope = Scope { region: &provider.region, service: entrance.service };
        seal_with(proof, seal, scope, &mut request)?;
    }
    Ok(request)
}

/// Adds what proves who asks.
///
/// # Errors
/// There is nothing that does.
fn seal_with<B>(
    proof: &Proof,
    seal: Seal<'_>,
    scope: Scope<'_>,
    request: &mut Request<Outgoing<B>>,
) -> Result<(), Error> {
    match (proof, seal.grant) {
        (Proof::Header(name, value), _) => {
            request.headers_mut().insert(name.clone(), value.clone());
            Ok(())
        }
        (Proof::Aws(keys), _) | (_, Some(Grant::Aws(keys))) => {
            let (method, uri) = (request.method().clone(), request.uri().clone());
            let body = match request.body() {
                Outgoing::Full(body) => body.clone(),
                Outgoing::Stream(_) => Spliced::default(),
            };
            aws::sign(&method, &uri, request.headers_mut(), &body, keys, scope, seal.now)
        }
        (_, Some(Grant::Bearer(token))) => credential::insert_token(token, request.headers_mut()),
        (_, None) => Err(Error::new(Class::Internal, "a request was made before it was authorized")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Config, Platform};

    const GENERATE: Operation = Operation::Gemini(GeminiMethod::GenerateContent, GeminiVersion::V1Beta);

    fn uri(provider: &str, operation: Operation, model: &str) -> String {
        let json = format!("{{\"providers\":{{{provider}}}}}");
        let secret = |_: &str| Some("key".to_owned());
        let settings = Config::from_json(&json).and_then(|config| config.resolve(Platform::Local, &secret));
        let settings = settings.expect("settings");
        let query = (operation == Operation::Messages).then_some("beta=true");
        let call =
            Call { operation, stream: false, model, query, headers: &HeaderMap::new(), body: Spliced::default() };
        let seal = Seal { credential: None, ..Seal::default() };
        let request: Request<Outgoing<()>> = request(&settings.providers[0], seal, call).expect("a request");
        request.uri().to_string()
    }

    #[test]
    fn paths_are_the_vendors_own() {
        let openai = r#""openai":{"api_key":"${A}"}"#;
        assert_eq!(uri(openai, Operation::ChatCompletions, "m"), "https://api.openai.com/v1/chat/completions");
        assert_eq!(uri(openai, Operation::InputTokens, "m"), "https://api.openai.com/v1/responses/input_tokens");
        let any = r#""any":{"kind":"openai-compatible","base_url":"http://h/v1","dialects":["messages"]}"#;
        assert_eq!(uri(any, Operation::Messages, "m"), "http://h/v1/messages?beta=true");
        let anthropic = r#""anthropic":{"api_key":"${A}"}"#;
        assert_eq!(uri(anthropic, Operation::Messages, "m"), "https://api.anthropic.com/v1/messages?beta=true");
        let gemini = r#""gemini":{"api_key":"${A}"}"#;
        assert_eq!(
            uri(gemini, GENERATE, "gemini-2.5-pro"),
            "https://generativelanguage.googleapis.com/v1beta/models/gemini-2.5-pro:generateContent"
        );
    }

    #[test]
    fn bedrock_has_the_model_in_its_path() {
        let bedrock = r#""bedrock":{"region":"eu-west-1","api_key":"${A}"}"#;
        assert_eq!(
            uri(bedrock, Operation::Converse { stream: false }, "us.anthropic.claude-sonnet-5-v1:0"),
            "https://bedrock-runtime.eu-west-1.amazonaws.com/model/us.anthropic.claude-sonnet-5-v1%3A0/converse"
        );
        assert_eq!(
            uri(bedrock, Operation::InvokeModel, "cohere.embed-v4:0"),
            "https://bedrock-runtime.eu-west-1.amazonaws.com/model/cohere.embed-v4%3A0/invoke"
        );
    }
}
