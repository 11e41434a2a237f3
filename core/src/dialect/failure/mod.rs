//! What an upstream's failure means: by its code, its words, its status, in this order (translation.md 5.2).
//!
//! Servers mix shapes: Claude on Vertex fails in Google's, on Bedrock in Amazon's, and what sits before an OpenAI-like
//! server in its own. So every shape is looked for in every dialect.

mod evidence;
mod told;

use std::borrow::Cow;
use std::time::Duration;

use http::HeaderMap;

use self::told::Told;
use super::canonical::read::{Doc, Value};
use super::{Dialect, wait};
use crate::error::{Class, Error};

/// An upstream's failure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// What it is.
    pub kind: Kind,
    /// What the caller is told if nobody does better. `param` is a path of the upstream's dialect.
    pub error: Error,
    /// What may help.
    pub remedy: Remedy,
    /// What the upstream itself says of another try (`x-should-retry`).
    pub should_retry: Option<bool>,
}

/// What an upstream's failure is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// It failed, and may not fail again.
    Retryable,
    /// It has too much to do.
    Overloaded,
    /// The key, or its account, has asked too much in a short time.
    RateLimit,
    /// The account is used up.
    Quota,
    /// The key is refused.
    KeyDead,
    /// The model cannot be reached there, with any key.
    TargetDead,
    /// The reasoning that was sent back is refused.
    Signature,
    /// The conversation is too long for the model.
    ContextWindow,
    /// The request goes against the provider's rules.
    ContentPolicy,
    /// The request is wrong.
    Invalid,
}

/// What may help after a failure, the nearest first: whoever may ask the same key again may also ask another, and then
/// the next target.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Remedy {
    /// The same key, after a while.
    Retry,
    /// Another key, the same model.
    NextKey,
    /// The next target.
    NextTarget,
    /// The same once more, without the reasoning of earlier turns.
    WithoutReasoning,
    /// Nothing, but for targets that are kept for just this (a larger context window, other rules).
    None,
}

impl Kind {
    const fn remedy(self) -> Remedy {
        match self {
            Kind::Retryable | Kind::Overloaded => Remedy::Retry,
            Kind::RateLimit | Kind::Quota | Kind::KeyDead => Remedy::NextKey,
            Kind::TargetDead => Remedy::NextTarget,
            Kind::Signature => Remedy::WithoutReasoning,
            Kind::ContextWindow | Kind::ContentPolicy | Kind::Invalid => Remedy::None,
        }
    }

    /// What the caller is told it is.
    const fn class(self, status: u16) -> Class {
        match (self, status) {
            (Kind::Retryable, 408 | 504 | 522 | 524) => Class::UpstreamTimeout,
            // The path is wrong, or the server lacks the API: nothing that the caller asked for.
            (Kind::TargetDead, 405 | 501) | (Kind::Retryable, _) => Class::UpstreamError,
            (Kind::Overloaded, _) => Class::Overloaded,
            (Kind::RateLimit, _) => Class::RateLimit,
            (Kind::Quota, _) => Class::UpstreamQuota,
            (Kind::KeyDead, _) => Class::UpstreamAuth,
            (Kind::TargetDead, _) => Class::ModelNotFound,
            (Kind::ContextWindow, _) => Class::ContextWindow,
            (Kind::ContentPolicy, _) => Class::ContentPolicy,
            (Kind::Invalid, 404) => Class::NotFound,
            (Kind::Invalid, 413) => Class::TooLarge,
            (Kind::Signature | Kind::Invalid, _) => Class::Invalid,
        }
    }
}

impl Remedy {
    /// What may help after an error of which no more is known than its class.
    pub const fn of(class: Class) -> Self {
        match class {
            Class::Overloaded
            | Class::UpstreamError
            | Class::UpstreamInvalid
            | Class::UpstreamTruncated
            | Class::UpstreamTimeout => Remedy::Retry,
            Class::RateLimit | Class::UpstreamAuth | Class::UpstreamQuota => Remedy::NextKey,
            Class::ModelNotFound | Class::Unsupported | Class::UnsupportedOutput => Remedy::NextTarget,
            _ => Remedy::None,
        }
    }
}

/// How long to wait where a limit of rate does not say so, as Bedrock's never do. Codex gives up at once on a 429 without
/// `retry-after`; with this it comes back five times, in about half of the minute that such limits are counted by.
const UNTOLD: Duration = Duration::from_secs(5);

/// Reads a failed answer.
pub fn read(_: Dialect, status: u16, headers: &HeaderMap, body: &[u8]) -> Failure {
    let doc = Doc::parse_bytes(body).ok();
    let mut told = doc.as_ref().map(|doc| Told::read(doc.root())).unwrap_or_default();
    // Bedrock: `ThrottlingException:http://internal.amazon.com/coral/…`.
    if let Some(kind) = headers.get("x-amzn-errortype").and_then(|kind| kind.to_str().ok()) {
        told.code(kind.split(':').next().unwrap_or_default().to_owned().into());
    }
    let mut failure = classify(&told, status);
    failure.should_retry = wait::should_retry(headers);
    failure.error.should_retry = failure.should_retry;
    if failure.should_retry == Some(false) && failure.remedy == Remedy::Retry {
        failure.remedy = Remedy::NextKey;
    }
    failure.error.retry_after = match failure.kind {
        // What is used up comes back when somebody pays: no time is made up for that.
        Kind::Quota => wait::asked(headers),
        Kind::RateLimit => wait::asked(headers)
            .or(told.wait)
            .or_else(|| wait::exhausted(headers))
            .or_else(|| wait::in_words(&told.message))
            .or(Some(UNTOLD)),
        Kind::Overloaded | Kind::Retryable => {
            wait::asked(headers).or(told.wait).or_else(|| wait::in_words(&told.message))
        }
        _ => None,
    };
    failure
}

/// Reads an error that is told where an answer was due: in a body with a good status, or in a stream's event. `value` is
/// the body, the event's data, or the error object in it.
pub fn in_stream(_: Dialect, value: Value<'_>) -> Failure {
    of_told(&Told::read(value))
}

/// The same, where the error's code stands beside it (the exceptions of Bedrock's streams).
pub fn named(code: &str, value: Value<'_>) -> Failure {
    let mut told = Told::read(value);
    told.code(code.into());
    of_told(&told)
}

fn of_told(told: &Told<'_>) -> Failure {
    let mut failure = classify(told, 200);
    if matches!(failure.kind, Kind::RateLimit | Kind::Overloaded | Kind::Retryable) {
        let untold = (failure.kind == Kind::RateLimit).then_some(UNTOLD);
        failure.error.retry_after = told.wait.or_else(|| wait::in_words(&told.message)).or(untold);
    }
    failure
}

fn classify(told: &Told<'_>, status: u16) -> Failure {
    // A good status says nothing of an error: then its code stands for one.
    let is_inside = (200..300).contains(&status);
    let status = if is_inside { told.status.or_else(|| evidence::status(&told.codes)).unwrap_or(502) } else { status };
    let kind = evidence::kind(told, status);
    let message: Cow<'static, str> = match kind {
        // Their words may quote a part of the key, or name the account (nyroway/nyro#67).
        Kind::KeyDead => "the provider refused the gateway's credential".into(),
        Kind::Quota => "the gateway's account at the provider is used up".into(),
        _ if !told.message.trim().is_empty() => told.message.clone().into_owned().into(),
        _ if is_inside => "the provider failed and did not say why".into(),
        _ => format!("the provider answered with status {status}").into(),
    };
    let mut error = Error::new(kind.class(status), message);
    if matches!(kind, Kind::Invalid | Kind::ContextWindow | Kind::Signature | Kind::TargetDead) {
        error.param = told.param.clone().map(|param| param.into_owned().into());
    }
    Failure { kind, error, remedy: kind.remedy(), should_retry: None }
}

#[cfg(test)]
mod tests;
