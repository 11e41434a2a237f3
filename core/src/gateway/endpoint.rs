//! What a request asks for, from its method, path and headers alone.
//!
//! Clients differ in what they put behind a base URL, so a trailing or double slash is folded and a version that is
//! missing or doubled is forgiven.

use http::{HeaderMap, Method};

use crate::dialect::Dialect;
use crate::error::{Class, Error};
use crate::provider::{GeminiMethod, GeminiVersion, Operation};
use crate::wire::percent;

/// What is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Endpoint {
    /// Whether the gateway is up.
    Health,
    /// What Claude Code asks before anything else.
    Hello,
    /// The models.
    Models,
    /// One model.
    Model(String),
    /// Something of an upstream; Gemini names the model in the path.
    Upstream(Operation, Option<String>),
}

/// A request's endpoint, and the dialect that its answer is in, an error as well.
#[derive(Debug)]
pub(crate) struct Found {
    pub(crate) dialect: Dialect,
    pub(crate) endpoint: Result<Endpoint, Error>,
}

/// Finds the endpoint.
pub(crate) fn find(method: &Method, path: &str, headers: &HeaderMap) -> Found {
    let (versions, rest): (Vec<&str>, Vec<&str>) = split_version(path);
    let gemini_version = match versions.last() {
        Some(&"v1") => GeminiVersion::V1,
        Some(&"v1alpha") => GeminiVersion::V1Alpha,
        _ => GeminiVersion::V1Beta,
    };
    let dialect = dialect_of(method, &versions, &rest, headers);
    let endpoint = match rest.as_slice() {
        ["health"] => read(method, Endpoint::Health),
        ["api", "hello"] => read(method, Endpoint::Hello),
        ["models"] => read(method, Endpoint::Models),
        ["models", model @ ..] => of_model(method, &model.join("/"), gemini_version),
        ["responses"] if is_upgrade(headers) => Err(Error::new(
            Class::UpgradeRequired,
            "the Responses API is served over HTTP here, not over a WebSocket; send a POST",
        )),
        ["chat", "completions"] => write(method, Operation::ChatCompletions),
        ["embeddings"] => write(method, Operation::Embeddings),
        ["responses"] => write(method, Operation::Responses),
        ["responses", "input_tokens"] => write(method, Operation::InputTokens),
        ["messages"] => write(method, Operation::Messages),
        ["messages", "count_tokens"] => write(method, Operation::CountTokens),
        _ => Err(unknown(method, path)),
    };
    Found { dialect, endpoint }
}

/// The versions that a path begins with, and what follows; empty segments are left out.
fn split_version(path: &str) -> (Vec<&str>, Vec<&str>) {
    let mut rest: Vec<&str> = path.split('/').filter(|segment| !segment.is_empty()).collect();
    let versions = rest.iter().take_while(|segment| matches!(**segment, "v1" | "v1beta" | "v1alpha")).count();
    let behind = rest.split_off(versions);
    (rest, behind)
}

fn dialect_of(method: &Method, versions: &[&str], rest: &[&str], headers: &HeaderMap) -> Dialect {
    match rest.first() {
        Some(&"chat" | &"embeddings") => Dialect::Chat,
        Some(&"responses") => Dialect::Responses,
        Some(&"messages" | &"api") => Dialect::Messages,
        Some(&"models") if rest.last().is_some_and(|last| is_method_call(method, last)) => Dialect::Gemini,
        _ if versions.iter().any(|version| *version != "v1") => Dialect::Gemini,
        _ if headers.contains_key("anthropic-version") => Dialect::Messages,
        _ if headers.contains_key("x-goog-api-key") || headers.contains_key("x-goog-api-client") => Dialect::Gemini,
        _ => Dialect::Chat,
    }
}

/// Whether a path's end is a method on a model: any where something is posted, a known one otherwise, since the ids of
/// models hold colons too.
fn is_method_call(method: &Method, segment: &str) -> bool {
    let decoded = percent::decode(segment);
    let called = decoded.rsplit(|byte| *byte == b':').next().unwrap_or_default();
    let known = GeminiMethod::ALL.iter().any(|(name, _)| name.as_bytes() == called);
    called.len() < decoded.len() && (known || method == Method::POST)
}

/// An endpoint that is read. `HEAD` is answered wherever `GET` is.
fn read(method: &Method, endpoint: Endpoint) -> Result<Endpoint, Error> {
    if method == Method::GET || method == Method::HEAD { Ok(endpoint) } else { Err(not_allowed(method, "GET, HEAD")) }
}

fn write(method: &Method, operation: Operation) -> Result<Endpoint, Error> {
    if method == Method::POST { Ok(Endpoint::Upstream(operation, None)) } else { Err(not_allowed(method, "POST")) }
}

/// `models/{model}` or `models/{model}:{method}`, decoded once. The model may hold slashes and colons, so the last
/// colon is the method's.
fn of_model(method: &Method, text: &str, version: GeminiVersion) -> Result<Endpoint, Error> {
    let decoded = String::from_utf8(percent::decode(text).into_owned())
        .map_err(|_| Error::new(Class::Invalid, "the model in the path is not UTF-8").about("model"))?;
    let call = decoded.rsplit_once(':').and_then(|(model, name)| {
        let known = GeminiMethod::ALL.iter().find(|(known, _)| *known == name)?;
        Some((model.to_owned(), known.1))
    });
    match call {
        Some(_) if method != Method::POST => Err(not_allowed(method, "POST")),
        Some((model, called)) => Ok(Endpoint::Upstream(Operation::Gemini(called, version), Some(model))),
        None if method == Method::POST => {
            let message = "no such method on a model; there are generateContent, streamGenerateContent, countTokens, \
                           embedContent and batchEmbedContents";
            Err(Error::new(Class::NotFound, message))
        }
        None => read(method, Endpoint::Model(decoded)),
    }
}

fn is_upgrade(headers: &HeaderMap) -> bool {
    headers.get(http::header::UPGRADE).is_some_and(|protocol| protocol.as_bytes().eq_ignore_ascii_case(b"websocket"))
}

fn not_allowed(method: &Method, allow: &'static str) -> Error {
    let message = format!("this path does not take {method}; it takes {allow}");
    Error { allow: Some(allow), ..Error::new(Class::MethodNotAllowed, message) }
}

fn unknown(method: &Method, path: &str) -> Error {
    let shown: String = path.chars().filter(|character| !character.is_control()).take(128).collect();
    Error::new(
        Class::NotFound,
        format!(
            "no such endpoint: {method} {shown}. The base URL ends in /v1 for OpenAI's SDKs (/v1/chat/completions, \
             /v1/responses, /v1/embeddings, /v1/models) and has no path for Anthropic's (/v1/messages) and Google's \
             (/v1beta/models/MODEL:generateContent)"
        ),
    )
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn found(method: &str, path: &str) -> Found {
        find(&method.parse().expect("a method"), path, &HeaderMap::new())
    }

    fn upstream(path: &str) -> Option<(Dialect, Operation, Option<String>)> {
        let found = found("POST", path);
        match found.endpoint {
            Ok(Endpoint::Upstream(operation, model)) => Some((found.dialect, operation, model)),
            _ => None,
        }
    }

    #[test]
    fn versions_and_slashes_are_forgiven() {
        for prefix in ["/v1", "", "/v1/v1", "//v1/", "/v1beta/v1"] {
            for (path, dialect, operation) in [
                ("/chat/completions", Dialect::Chat, Operation::ChatCompletions),
                ("/embeddings", Dialect::Chat, Operation::Embeddings),
                ("/responses", Dialect::Responses, Operation::Responses),
                ("/responses/input_tokens", Dialect::Responses, Operation::InputTokens),
                ("/messages", Dialect::Messages, Operation::Messages),
                ("/messages/count_tokens", Dialect::Messages, Operation::CountTokens),
            ] {
                for suffix in ["", "/", "//"] {
                    let path = format!("{prefix}{path}{suffix}");
                    assert_eq!(upstream(&path), Some((dialect, operation, None)), "{path}");
                }
            }
        }
    }

    #[test]
    fn gemini_names_the_model_in_the_path() {
        let generate = |version| Operation::Gemini(GeminiMethod::GenerateContent, version);
        for (path, version, model) in [
            ("/v1beta/models/gemini-2.5-pro:generateContent", GeminiVersion::V1Beta, "gemini-2.5-pro"),
            ("/v1/models/m:generateContent", GeminiVersion::V1, "m"),
            ("/v1alpha/models/m:generateContent", GeminiVersion::V1Alpha, "m"),
            ("/models/m:generateContent", GeminiVersion::V1Beta, "m"),
            ("/v1/v1beta/models/m:generateContent", GeminiVersion::V1Beta, "m"),
            ("/v1beta/models/gemini/m:generateContent", GeminiVersion::V1Beta, "gemini/m"),
            ("/v1beta/models/gemini%2Fm%253A:generateContent", GeminiVersion::V1Beta, "gemini/m%3A"),
            ("/v1beta/models/ollama/a:8b:generateContent", GeminiVersion::V1Beta, "ollama/a:8b"),
            ("/v1beta/models/a%3Ab%3AgenerateContent", GeminiVersion::V1Beta, "a:b"),
        ] {
            assert_eq!(upstream(path), Some((Dialect::Gemini, generate(version), Some(model.to_owned()))), "{path}");
        }
        for (name, method) in GeminiMethod::ALL {
            let operation = Operation::Gemini(method, GeminiVersion::V1Beta);
            assert_eq!(upstream(&format!("/v1beta/models/m:{name}")).map(|found| found.1), Some(operation));
        }
    }

    #[test]
    fn errors_are_in_the_dialect_of_the_path() {
        for (method, path, dialect, class) in [
            ("GET", "/v1/messages", Dialect::Messages, Class::MethodNotAllowed),
            ("GET", "/v1beta/models/m:generateContent", Dialect::Gemini, Class::MethodNotAllowed),
            ("POST", "/v1/models", Dialect::Chat, Class::MethodNotAllowed),
            ("POST", "/v1beta/models/m:unknown", Dialect::Gemini, Class::NotFound),
            ("POST", "/v1/models/m:predict", Dialect::Gemini, Class::NotFound),
            ("POST", "/v1/messages/batches", Dialect::Messages, Class::NotFound),
            ("POST", "/v1/responses/x/y", Dialect::Responses, Class::NotFound),
            ("POST", "/v1beta/nothing", Dialect::Gemini, Class::NotFound),
            ("GET", "/", Dialect::Chat, Class::NotFound),
            ("POST", "/v1beta/models/%ff:generateContent", Dialect::Gemini, Class::Invalid),
        ] {
            let found = found(method, path);
            let error = found.endpoint.expect_err(path);
            assert_eq!((found.dialect, error.class), (dialect, class), "{path}");
            assert_eq!(error.allow.is_some(), class == Class::MethodNotAllowed, "{path}");
        }
    }

    #[test]
    fn models_are_in_the_dialect_of_who_asks() {
        let with = |name: &'static str| {
            HeaderMap::from_iter([(http::HeaderName::from_static(name), HeaderValue::from_static("x"))])
        };
        for (path, headers, dialect) in [
            ("/v1/models", HeaderMap::new(), Dialect::Chat),
            ("/v1/models", with("anthropic-version"), Dialect::Messages),
            ("/v1/models", with("x-goog-api-key"), Dialect::Gemini),
            ("/v1beta/models", HeaderMap::new(), Dialect::Gemini),
        ] {
            let found = find(&Method::GET, path, &headers);
            assert_eq!((found.dialect, found.endpoint.ok()), (dialect, Some(Endpoint::Models)));
        }
        let one = find(&Method::HEAD, "/v1/models/openai/gpt%2D5:x", &HeaderMap::new());
        assert_eq!(one.endpoint.ok(), Some(Endpoint::Model("openai/gpt-5:x".to_owned())));
    }

    #[test]
    fn a_websocket_is_told_to_post() {
        let headers = HeaderMap::from_iter([(http::header::UPGRADE, HeaderValue::from_static("WebSocket"))]);
        let error = find(&Method::GET, "/v1/responses", &headers).endpoint.expect_err("an error");
        assert_eq!(error.class, Class::UpgradeRequired);
    }
}
