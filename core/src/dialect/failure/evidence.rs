//! What tells the kinds of failure apart: three tables, asked in order. Codes are the vendors' own; words are matched in
//! lower case, `…` stands for anything between. `base_resp …` is a code of MiniMax's
//! (<https://platform.minimax.io/docs/api-reference/errorcode>).

use std::borrow::Cow;

use super::Kind;
use super::told::Told;

/// Codes and types that say what it is, whatever the status.
const CODES: &[(Kind, &[&str])] = &[
    (
        Kind::ContentPolicy,
        &[
            "content_policy_violation",
            "content_filter",
            "ResponsibleAIPolicyViolation",
            "image_content_policy_violation",
            "misalignment_policy_violation",
            "bio_policy",
            "moderation_blocked",
            "data_inspection_failed",
            "base_resp 1026",
            "base_resp 1027",
        ],
    ),
    (
        Kind::ContextWindow,
        &[
            "context_length_exceeded",
            "exceed_context_size_error",
            "context_window_exceeded",
            "prompt_too_long",
            "base_resp 1039",
        ],
    ),
    (
        Kind::Quota,
        &[
            "insufficient_quota",
            "billing_hard_limit_reached",
            "billing_not_active",
            "billing_error",
            "BILLING_DISABLED",
            "insufficient_balance",
            "exceeded_current_quota_error",
            "linked_organization_billing_unavailable",
            "usage_limit_reached",
            "usage_not_included",
            "Arrearage",
            "ServiceQuotaExceededException",
            "base_resp 1008",
            "base_resp 2056",
        ],
    ),
    (
        Kind::KeyDead,
        &[
            "invalid_api_key",
            "incorrect_api_key",
            "authentication_error",
            "invalid_authentication_error",
            "account_deactivated",
            "organization_on_hold",
            "claude_code_key_creator_not_member",
            "UNAUTHENTICATED",
            "API_KEY_INVALID",
            "API_KEY_SERVICE_BLOCKED",
            "ACCESS_TOKEN_EXPIRED",
            "CREDENTIALS_MISSING",
            "CONSUMER_INVALID",
            "SERVICE_DISABLED",
            "UnrecognizedClientException",
            "InvalidSignatureException",
            "SignatureDoesNotMatch",
            "IncompleteSignatureException",
            "MissingAuthenticationTokenException",
            "ExpiredTokenException",
            "ExpiredToken",
            "InvalidClientTokenId",
            "base_resp 1004",
            "base_resp 2049",
        ],
    ),
    (
        Kind::TargetDead,
        &[
            "model_not_found",
            "invalid_model",
            "model_not_available",
            "model_decommissioned",
            "DeploymentNotFound",
            "OperationNotSupported",
            "unsupported_country_region_territory",
            "data_residency_mismatch",
        ],
    ),
    (Kind::Signature, &["invalid_encrypted_content"]),
    (
        Kind::Invalid,
        &["previous_response_not_found", "image_file_not_found", "file_not_found", "conversation_not_found"],
    ),
    (
        Kind::Overloaded,
        &[
            "overloaded_error",
            "overloaded",
            "engine_overloaded_error",
            "server_is_overloaded",
            "slow_down",
            "ServiceUnavailableException",
            "ModelNotReadyException",
        ],
    ),
    (
        Kind::RateLimit,
        &[
            "rate_limit_exceeded",
            "rate_limit_error",
            "rate_limit_reached_error",
            "ramp_limit_exceeded",
            "RESOURCE_EXHAUSTED",
            "ThrottlingException",
            "too_many_requests",
            "base_resp 1002",
            "base_resp 1041",
            "base_resp 2045",
        ],
    ),
];

/// How Anthropic's codes of limits on spending end: 429, and no time to wait.
const SPENT: &str = "_spend_limit_reached";

/// Words that say what it is, where no code does.
const WORDS: &[(Kind, &[&str])] = &[
    (
        Kind::ContextWindow,
        &[
            "maximum context length",
            "prompt is too long",
            "prompt too long",
            "exceed context limit",
            "exceeds the context window",
            "input token count…exceeds the maximum",
            "prompt token count…exceeds the limit",
            "input is too long for requested model",
            "too many input tokens",
            "reduce the length of the messages",
            "too large for model with",
            "maximum prompt length is",
            "exceeds the available context size",
            "greater than the context length",
            "longer than the model's context length",
            "longer than the maximum model length",
            "context window exceeds limit",
            "context length exceeded",
            "exceeded model token limit",
        ],
    ),
    (
        Kind::ContentPolicy,
        &[
            "output blocked by content filtering",
            "content management policy",
            "usage policy",
            "usage policies",
            "rejected as a result of our safety system",
            "for safety reasons",
            "content exists risk",
            "your input was flagged",
        ],
    ),
    (
        Kind::Quota,
        &[
            "credit balance",
            "usage limit",
            "insufficient balance",
            "insufficient credits",
            "have any credits",
            "available credits",
            "included credits",
            "spending cap",
            "spending limit",
            "spend limit",
            "key limit exceeded",
            "daily free allocation",
            "余额不足",
        ],
    ),
    (
        Kind::KeyDead,
        &[
            "incorrect api key",
            "invalid api key",
            "invalid x-api-key",
            "api key not valid",
            "api key expired",
            "api key is invalid",
            "reported as leaked",
            "invalid bearer token",
            "security token included in the request",
            "signature we calculated does not match",
            "unregistered callers",
        ],
    ),
    (
        Kind::TargetDead,
        &[
            "access to the model",
            "permission to access the model",
            "model not exist",
            "no such model",
            "not allowed to access this model",
            "has not agreed to",
            "model…does not exist",
            "not a valid model id",
            "model identifier is invalid",
            "with on-demand throughput",
            "location is not supported",
            "is only supported in v1/",
            "not supported in the v1/",
        ],
    ),
    (Kind::Overloaded, &["overloaded", "server is busy", "out of capacity", "no more data centers"]),
];

/// The same for requests that were refused with 400, 404 or 422: the reasoning in them is what is refused.
const REASONING: &[&str] = &[
    "signature…thinking",
    "thinking…signature",
    "bound to a different conversation",
    "thinking…cannot be modified",
    "encrypted content…verif",
    "encrypted content…decrypt",
    "encrypted content…match",
    "encrypted_content…verif",
    "encrypted_content…decrypt",
    "thought_signature",
    "thought signature",
    "of type 'reasoning' was provided without its required following item",
    "item with id 'rs_",
];

/// What was not found is no model.
const RESOURCES: &[&str] = &[
    "previous response…not found",
    "conversation…not found",
    "container…not found",
    "cachedcontent…not found",
    "cached content…not found",
    "no such file",
    "file with id",
    "files/…not found",
];

/// Another try may help, unless the server itself has failed: that is not the caller's pace.
const PACE: &[&str] =
    &["rate limit", "too many requests", "at capacity", "capacity exceeded", "capacity constraints", "throttled"];

/// What a code is worth as a status, where there is none.
const STATUSES: &[(u16, &[&str])] = &[
    (
        400,
        &[
            "INVALID_ARGUMENT",
            "FAILED_PRECONDITION",
            "OUT_OF_RANGE",
            "ValidationException",
            "BadRequestError",
            "base_resp 1042",
            "base_resp 2013",
        ],
    ),
    (403, &["permission_error", "PERMISSION_DENIED", "AccessDeniedException"]),
    (404, &["not_found_error", "NOT_FOUND", "NotFoundError", "ResourceNotFoundException"]),
    (409, &["conflict_error", "ABORTED"]),
    (413, &["request_too_large"]),
    (500, &["api_error", "server_error", "INTERNAL", "InternalServerException", "InternalFailure"]),
    (503, &["UNAVAILABLE"]),
    (504, &["timeout_error", "DEADLINE_EXCEEDED", "ModelTimeoutException"]),
];

/// The status that a code is worth.
pub(super) fn status(codes: &[Cow<'_, str>]) -> Option<u16> {
    let told = find(STATUSES, codes);
    // `invalid_request_error`, `invalid_prompt`, `unsupported_value`, `image_too_large`: OpenAI's way to say a field is wrong.
    let of_field = |code: &Cow<'_, str>| ["invalid_", "unsupported_", "image_"].iter().any(|way| code.starts_with(way));
    told.or_else(|| codes.iter().any(of_field).then_some(400))
}

/// What it is.
pub(super) fn kind(told: &Told<'_>, status: u16) -> Kind {
    let words = [&*told.message, &told.behind].join("\n").to_ascii_lowercase();
    // Bedrock's daily limit has the code of its short ones.
    if told.daily || words.contains("too many tokens per day") || told.codes.iter().any(|code| code.ends_with(SPENT)) {
        return Kind::Quota;
    }
    let by_code = find(CODES, &told.codes);
    by_code.or_else(|| by_words(&words, status)).unwrap_or_else(|| by_status(status))
}

fn by_words(words: &str, status: u16) -> Option<Kind> {
    let says = |patterns: &[&str]| patterns.iter().any(|pattern| said(words, pattern));
    if let Some((kind, _)) = WORDS.iter().find(|(_, patterns)| says(patterns)) {
        return Some(*kind);
    }
    match status {
        400 | 404 | 422 if says(REASONING) => Some(Kind::Signature),
        404 if says(RESOURCES) => Some(Kind::Invalid),
        400..=499 if says(PACE) => Some(Kind::RateLimit),
        _ => None,
    }
}

/// Whether the text says it: every piece of the pattern, in order.
fn said(text: &str, pattern: &str) -> bool {
    let mut rest = text;
    pattern.split('…').all(|piece| match rest.split_once(piece) {
        Some((_, after)) => {
            rest = after;
            true
        }
        None => false,
    })
}

fn find<T: Copy>(table: &[(T, &[&str])], codes: &[Cow<'_, str>]) -> Option<T> {
    let names = |row: &[&str]| codes.iter().any(|code| row.iter().any(|name| code.eq_ignore_ascii_case(name)));
    table.iter().find(|(_, row)| names(row)).map(|(is, _)| *is)
}

const fn by_status(status: u16) -> Kind {
    match status {
        401 | 403 => Kind::KeyDead,
        402 => Kind::Quota,
        404 | 405 | 410 | 501 => Kind::TargetDead,
        408 | 409 | 424 | 425 | 499 => Kind::Retryable,
        429 => Kind::RateLimit,
        503 | 529 => Kind::Overloaded,
        400..=499 => Kind::Invalid,
        _ => Kind::Retryable,
    }
}
