//! What can go wrong with a request, and how the caller is told.

use std::borrow::Cow;
use std::time::Duration;

use crate::dialect::{Dialect, chat, gemini, messages};
use crate::store::RequestId;

/// What went wrong. Each class has its status, and its name in each dialect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// The request is not what the API takes.
    Invalid,
    /// The request asks for what no target that is left has.
    Unsupported,
    /// The conversation is longer than the model's context window.
    ContextWindow,
    /// The request, or what became of it, goes against the provider's rules.
    ContentPolicy,
    /// The path is none of ours, or the id names nothing.
    NotFound,
    /// No such model, or none that can be reached.
    ModelNotFound,
    /// The path is ours, the method is not.
    MethodNotAllowed,
    /// HTTP is spoken here, and nothing that it can be upgraded to.
    UpgradeRequired,
    /// The body did not come in time.
    RequestTimeout,
    /// The body ended before its end.
    BrokenOff,
    /// The body is larger than allowed.
    TooLarge,
    /// The body is encoded in a way that is not taken.
    UnsupportedMedia,
    /// No key, or a wrong one.
    CallerAuth,
    /// The key may not do this.
    CallerForbidden,
    /// A web page calls that may not.
    OriginNotAllowed,
    /// A limit of the gateway's own.
    RateLimit,
    /// The provider refuses the gateway's credential.
    UpstreamAuth,
    /// The gateway's account at the provider is used up.
    UpstreamQuota,
    /// The provider, or the model, has too much to do.
    Overloaded,
    /// The provider could not be reached, or failed.
    UpstreamError,
    /// The provider's answer is not what its API says.
    UpstreamInvalid,
    /// The provider's answer holds what the caller's dialect has no place for: a picture.
    UnsupportedOutput,
    /// The provider's answer ended before its end.
    UpstreamTruncated,
    /// The provider did not answer in time.
    UpstreamTimeout,
    /// The gateway is being stopped.
    Stopping,
    /// The gateway's configuration is wrong.
    Misconfigured,
    /// A bug of the gateway's.
    Internal,
}

impl Class {
    /// The HTTP status.
    pub const fn status(self) -> u16 {
        match self {
            Class::Invalid | Class::Unsupported | Class::ContextWindow | Class::ContentPolicy | Class::BrokenOff => 400,
            Class::CallerAuth => 401,
            Class::CallerForbidden | Class::OriginNotAllowed => 403,
            Class::NotFound | Class::ModelNotFound => 404,
            Class::MethodNotAllowed => 405,
            Class::RequestTimeout => 408,
            Class::TooLarge => 413,
            Class::UnsupportedMedia => 415,
            Class::UpgradeRequired => 426,
            Class::RateLimit => 429,
            Class::Misconfigured | Class::Internal => 500,
            Class::UpstreamAuth
            | Class::UpstreamQuota
            | Class::UpstreamError
            | Class::UpstreamInvalid
            | Class::UnsupportedOutput
            | Class::UpstreamTruncated => 502,
            Class::Stopping | Class::Overloaded => 503,
            Class::UpstreamTimeout => 504,
        }
    }

    /// The HTTP status, as the caller's dialect has it.
    pub const fn status_for(self, dialect: Dialect) -> u16 {
        match dialect {
            Dialect::Messages => messages::error::status(self),
            Dialect::Chat | Dialect::Responses | Dialect::Gemini | Dialect::Converse => self.status(),
        }
    }

    /// The class's name: the `code` of OpenAI's dialects, and what the log says.
    pub const fn code(self) -> &'static str {
        match self {
            Class::Invalid => "invalid_request",
            Class::Unsupported => "unsupported_parameter",
            Class::ContextWindow => "context_length_exceeded",
            Class::ContentPolicy => "content_policy_violation",
            Class::NotFound => "not_found",
            Class::ModelNotFound => "model_not_found",
            Class::MethodNotAllowed => "method_not_allowed",
            Class::UpgradeRequired => "upgrade_required",
            Class::RequestTimeout => "request_timeout",
            Class::BrokenOff => "request_broken_off",
            Class::TooLarge => "request_too_large",
            Class::UnsupportedMedia => "unsupported_media_type",
            Class::CallerAuth => "invalid_api_key",
            Class::CallerForbidden => "model_not_allowed",
            Class::OriginNotAllowed => "origin_not_allowed",
            Class::RateLimit => "rate_limit_exceeded",
            Class::UpstreamAuth => "upstream_auth",
            Class::UpstreamQuota => "upstream_quota",
            Class::Overloaded => "overloaded",
            Class::UpstreamError => "upstream_error",
            Class::UpstreamInvalid => "upstream_invalid",
            Class::UnsupportedOutput => "unsupported_output",
            Class::UpstreamTruncated => "upstream_truncated",
            Class::UpstreamTimeout => "upstream_timeout",
            Class::Stopping => "gateway_stopping",
            Class::Misconfigured => "gateway_misconfigured",
            Class::Internal => "internal_error",
        }
    }
}

/// A failed request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    /// What went wrong.
    pub class: Class,
    /// What the caller is told: never a credential or an address. An upstream's own words are kept only where
    /// [`failure`](crate::dialect::failure) lets them: clients match on their wording.
    pub message: Cow<'static, str>,
    /// The request field it is about.
    pub param: Option<Cow<'static, str>>,
    /// How long to wait before another try.
    pub retry_after: Option<Duration>,
    /// What the upstream says of another try (`x-should-retry`).
    pub should_retry: Option<bool>,
    /// The methods that the path takes.
    pub allow: Option<&'static str>,
    /// What the operator is told besides, in the log: it may name a file, a profile or an address, and never a secret.
    pub reason: Option<Box<str>>,
}

impl Error {
    /// An error of that class.
    pub fn new(class: Class, message: impl Into<Cow<'static, str>>) -> Self {
        Self {
            class,
            message: message.into(),
            param: None,
            retry_after: None,
            should_retry: None,
            allow: None,
            reason: None,
        }
    }

    /// The same, about a field of the request.
    #[must_use]
    pub fn about(mut self, param: impl Into<Cow<'static, str>>) -> Self {
        self.param = Some(param.into());
        self
    }

    /// The body that tells the caller, in the dialect it speaks.
    pub fn body(&self, dialect: Dialect, request: RequestId) -> Vec<u8> {
        match dialect {
            Dialect::Chat | Dialect::Responses | Dialect::Converse => chat::error::body(self),
            Dialect::Messages => messages::error::body(self, request),
            Dialect::Gemini => gemini::error::body(self),
        }
    }
}
