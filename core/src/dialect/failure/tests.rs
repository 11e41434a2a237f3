use std::time::Duration;

use http::{HeaderName, HeaderValue};
use proptest::prelude::*;

use super::*;

fn headers(told: &[(&'static str, &'static str)]) -> HeaderMap {
    told.iter().map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value))).collect()
}

fn failure(dialect: Dialect, status: u16, body: &str) -> Failure {
    read(dialect, status, &HeaderMap::new(), body.as_bytes())
}

use Dialect::{Chat as C, Converse as B, Gemini as G, Messages as M, Responses as R};

/// What servers really answer, and what it is.
const ANSWERS: &[(Dialect, u16, &str, Kind)] = &[
    // Context window: by code, then by each vendor's words.
    (
        C,
        400,
        r#"{"error":{"message":"This model's maximum context length is 128000 tokens.","type":"invalid_request_error","param":"messages","code":"context_length_exceeded"}}"#,
        Kind::ContextWindow,
    ),
    (
        R,
        400,
        r#"{"error":{"message":"Your input exceeds the context window of this model.","type":"invalid_request_error","param":"input","code":"context_length_exceeded"}}"#,
        Kind::ContextWindow,
    ),
    (
        C,
        400,
        r#"{"object":"error","message":"This model's maximum context length is 4096 tokens. However, you requested 5000 tokens","type":"BadRequestError","param":null,"code":400}"#,
        Kind::ContextWindow,
    ),
    (
        C,
        400,
        r#"{"error":{"message":"Provider returned error","code":400,"metadata":{"raw":"{\"message\":\"prompt is too long: 9 tokens > 8 maximum\"}","provider_name":"x"}}}"#,
        Kind::ContextWindow,
    ),
    (
        C,
        400,
        r#"{"error":{"code":400,"message":"the request exceeds the available context size","type":"exceed_context_size_error","n_ctx":4096}}"#,
        Kind::ContextWindow,
    ),
    (
        C,
        400,
        r#"{"object":"error","message":"Prompt contains 65673 tokens and 0 draft tokens, too large for model with 32768 maximum context length","type":"invalid_request_error","code":"3051"}"#,
        Kind::ContextWindow,
    ),
    (
        M,
        400,
        r#"{"type":"error","error":{"type":"invalid_request_error","message":"prompt is too long: 210000 tokens > 200000 maximum"}}"#,
        Kind::ContextWindow,
    ),
    (
        M,
        400,
        r#"{"type":"error","error":{"type":"invalid_request_error","message":"input length and `max_tokens` exceed context limit: 190000 + 20000 > 200000"}}"#,
        Kind::ContextWindow,
    ),
    (
        G,
        400,
        r#"{"error":{"code":400,"message":"The input token count (1200000) exceeds the maximum number of tokens allowed (1048576).","status":"INVALID_ARGUMENT"}}"#,
        Kind::ContextWindow,
    ),
    (B, 400, r#"{"message":"Input is too long for requested model."}"#, Kind::ContextWindow),
    // Content policy.
    (
        C,
        400,
        r#"{"error":{"message":"The response was filtered due to the prompt triggering Azure OpenAI's content management policy.","type":null,"param":"prompt","code":"content_filter","status":400,"innererror":{"code":"ResponsibleAIPolicyViolation"}}}"#,
        Kind::ContentPolicy,
    ),
    (
        R,
        400,
        r#"{"error":{"message":"Invalid prompt: your prompt was flagged as potentially violating our usage policy.","type":"invalid_request_error","param":null,"code":"invalid_prompt"}}"#,
        Kind::ContentPolicy,
    ),
    (
        M,
        400,
        r#"{"type":"error","error":{"type":"invalid_request_error","message":"Output blocked by content filtering policy"}}"#,
        Kind::ContentPolicy,
    ),
    (
        C,
        400,
        r#"{"error":{"message":"Content Exists Risk","type":"invalid_request_error","param":null,"code":"invalid_request_error"}}"#,
        Kind::ContentPolicy,
    ),
    // Quota.
    (
        C,
        429,
        r#"{"error":{"message":"You exceeded your current quota, please check your plan and billing details.","type":"insufficient_quota","param":null,"code":"insufficient_quota"}}"#,
        Kind::Quota,
    ),
    (
        C,
        402,
        r#"{"error":{"message":"Insufficient Balance","type":"unknown_error","param":null,"code":"invalid_request_error"}}"#,
        Kind::Quota,
    ),
    (
        C,
        403,
        r#"{"error":{"message":"Key limit exceeded (total limit). Manage it using https://x","code":403}}"#,
        Kind::Quota,
    ),
    (M, 402, r#"{"type":"error","error":{"type":"billing_error","message":"…"}}"#, Kind::Quota),
    (
        M,
        429,
        r#"{"type":"error","error":{"type":"rate_limit_error","message":"The organization has reached its limit","details":{"error_code":"enforced_spend_limit_reached"}}}"#,
        Kind::Quota,
    ),
    (
        G,
        429,
        r#"{"error":{"code":429,"message":"You exceeded your current quota","status":"RESOURCE_EXHAUSTED","details":[{"@type":"type.googleapis.com/google.rpc.QuotaFailure","violations":[{"quotaId":"GenerateRequestsPerDayPerProjectPerModel-FreeTier"}]},{"@type":"type.googleapis.com/google.rpc.RetryInfo","retryDelay":"34s"}]}}"#,
        Kind::Quota,
    ),
    (B, 429, r#"{"message":"Too many tokens per day, please wait before trying again."}"#, Kind::Quota),
    // The key.
    (
        C,
        401,
        r#"{"error":{"message":"Incorrect API key provided: sk-proj-abc***xyz.","type":"invalid_request_error","param":null,"code":"invalid_api_key"}}"#,
        Kind::KeyDead,
    ),
    (C, 401, "", Kind::KeyDead),
    // Workers AI: https://developers.cloudflare.com/workers-ai/platform/errors/, in the shapes of its API and its binding.
    (
        C,
        429,
        r#"{"success":false,"errors":[{"code":3036,"message":"AiError: you have used up your daily free allocation of 10,000 neurons"}],"messages":[],"result":null}"#,
        Kind::Quota,
    ),
    (
        C,
        429,
        r#"{"internalCode":3040,"message":"AiError: 3040: No more data centers to forward the request to","name":"AiError","description":"x"}"#,
        Kind::Overloaded,
    ),
    (
        C,
        400,
        r#"{"internalCode":5007,"message":"AiError: No such model @cf/x or task","name":"AiError","description":"x"}"#,
        Kind::TargetDead,
    ),
    (
        C,
        403,
        r#"{"errors":[{"message":"AiError: The account is not allowed to access this model","code":5018}],"success":false,"result":{},"messages":[]}"#,
        Kind::TargetDead,
    ),
    (
        C,
        401,
        r#"{"success":false,"errors":[{"code":10000,"message":"Authentication error"}],"messages":[],"result":null}"#,
        Kind::KeyDead,
    ),
    (
        C,
        408,
        r#"{"errors":[{"message":"AiError: 3007: Request timeout","code":3007}],"success":false}"#,
        Kind::Retryable,
    ),
    (C, 403, "<html>blocked</html>", Kind::KeyDead),
    (
        M,
        401,
        r#"{"type":"error","error":{"type":"authentication_error","message":"invalid x-api-key"}}"#,
        Kind::KeyDead,
    ),
    (
        M,
        403,
        r#"{"type":"error","error":{"type":"permission_error","message":"Your API key does not have permission to use the specified resource."}}"#,
        Kind::KeyDead,
    ),
    (
        G,
        400,
        r#"{"error":{"code":400,"message":"API key not valid. Please pass a valid API key.","status":"INVALID_ARGUMENT","details":[{"@type":"type.googleapis.com/google.rpc.ErrorInfo","reason":"API_KEY_INVALID","domain":"googleapis.com"}]}}"#,
        Kind::KeyDead,
    ),
    (
        G,
        403,
        r#"{"error":{"code":403,"message":"Your API key was reported as leaked. Please use another API key.","status":"PERMISSION_DENIED"}}"#,
        Kind::KeyDead,
    ),
    // The model.
    (
        C,
        404,
        r#"{"error":{"message":"The model `gpt-9` does not exist or you do not have access to it.","type":"invalid_request_error","param":null,"code":"model_not_found"}}"#,
        Kind::TargetDead,
    ),
    (C, 404, r#"{"error":"model \"x\" not found, try pulling it first"}"#, Kind::TargetDead),
    (
        C,
        400,
        r#"{"error":{"message":"Model Not Exist","type":"invalid_request_error","param":null,"code":"invalid_request_error"}}"#,
        Kind::TargetDead,
    ),
    (
        C,
        403,
        r#"{"error":{"message":"Country, region, or territory not supported","type":"request_forbidden","param":null,"code":"unsupported_country_region_territory"}}"#,
        Kind::TargetDead,
    ),
    (C, 404, "<html>not found</html>", Kind::TargetDead),
    (C, 405, r#"{"detail":"Method Not Allowed"}"#, Kind::TargetDead),
    (M, 404, r#"{"type":"error","error":{"type":"not_found_error","message":"model: claude-9"}}"#, Kind::TargetDead),
    (
        G,
        404,
        r#"{"error":{"code":404,"message":"models/x is not found for API version v1beta","status":"NOT_FOUND"}}"#,
        Kind::TargetDead,
    ),
    (
        G,
        400,
        r#"{"error":{"code":400,"message":"User location is not supported for the API use.","status":"FAILED_PRECONDITION"}}"#,
        Kind::TargetDead,
    ),
    // Pace.
    (
        C,
        429,
        r#"{"error":{"message":"Rate limit reached for gpt-5. Please try again in 1.2s.","type":"tokens","param":null,"code":"rate_limit_exceeded"}}"#,
        Kind::RateLimit,
    ),
    (
        C,
        413,
        r#"{"error":{"message":"Request too large for model `x` on tokens per minute (TPM): Limit 6000, Requested 9000","type":"tokens","code":"rate_limit_exceeded"}}"#,
        Kind::RateLimit,
    ),
    (
        M,
        429,
        r#"{"type":"error","error":{"type":"rate_limit_error","message":"This request would exceed your organization's rate limit"}}"#,
        Kind::RateLimit,
    ),
    (
        G,
        429,
        r#"{"error":{"code":429,"message":"Resource has been exhausted (e.g. check quota).","status":"RESOURCE_EXHAUSTED"}}"#,
        Kind::RateLimit,
    ),
    (C, 429, "slow", Kind::RateLimit),
    // Load.
    (M, 529, r#"{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}"#, Kind::Overloaded),
    (
        G,
        503,
        r#"{"error":{"code":503,"message":"The model is overloaded. Please try again later.","status":"UNAVAILABLE"}}"#,
        Kind::Overloaded,
    ),
    (C, 503, "upstream connect error", Kind::Overloaded),
    (
        C,
        500,
        r#"{"error":{"message":"The server had an error","type":"server_error","param":null,"code":null}}"#,
        Kind::Retryable,
    ),
    (C, 520, "", Kind::Retryable),
    (C, 408, "", Kind::Retryable),
    (B, 424, r#"{"message":"x","originalStatusCode":500}"#, Kind::Retryable),
    // Reasoning that is refused.
    (
        M,
        400,
        r#"{"type":"error","error":{"type":"invalid_request_error","message":"messages.1.content.0: Invalid `signature` in `thinking` block"}}"#,
        Kind::Signature,
    ),
    (
        M,
        400,
        r#"{"type":"error","error":{"type":"invalid_request_error","message":"messages.1.content.0: `thinking` or `redacted_thinking` blocks in the latest assistant message cannot be modified."}}"#,
        Kind::Signature,
    ),
    (
        M,
        400,
        r#"{"type":"error","error":{"type":"invalid_request_error","message":"thinking block is bound to a different conversation"}}"#,
        Kind::Signature,
    ),
    (
        R,
        400,
        r#"{"error":{"message":"The encrypted content gAAA... could not be verified. Reason: Encrypted content could not be decrypted or parsed.","type":"invalid_request_error","param":null,"code":"invalid_encrypted_content"}}"#,
        Kind::Signature,
    ),
    (
        R,
        400,
        r#"{"error":{"message":"Encrypted content organization_id did not match the target organization.","type":"invalid_request_error","param":null,"code":null}}"#,
        Kind::Signature,
    ),
    (
        G,
        400,
        r#"{"error":{"code":400,"message":"Corrupted thought signature.","status":"INVALID_ARGUMENT"}}"#,
        Kind::Signature,
    ),
    (
        G,
        400,
        r#"{"error":{"code":400,"message":"Function call is missing a thought_signature in functionCall parts.","status":"INVALID_ARGUMENT"}}"#,
        Kind::Signature,
    ),
    // The request.
    (
        C,
        400,
        r#"{"error":{"message":"Unsupported parameter: 'temperature'","type":"invalid_request_error","param":"temperature","code":"unsupported_parameter"}}"#,
        Kind::Invalid,
    ),
    (
        R,
        400,
        r#"{"error":{"message":"Encrypted content is not supported with this model.","type":"invalid_request_error","param":"include","code":null}}"#,
        Kind::Invalid,
    ),
    (
        R,
        404,
        r#"{"error":{"message":"Previous response with id 'resp_1' not found.","type":"invalid_request_error","param":"previous_response_id","code":"previous_response_not_found"}}"#,
        Kind::Invalid,
    ),
    (
        M,
        400,
        r#"{"type":"error","error":{"type":"invalid_request_error","message":"messages: Field required"}}"#,
        Kind::Invalid,
    ),
    (
        M,
        413,
        r#"{"type":"error","error":{"type":"request_too_large","message":"Request exceeds the maximum size"}}"#,
        Kind::Invalid,
    ),
    (
        C,
        422,
        r#"{"detail":[{"type":"missing","loc":["body","messages",0,"role"],"msg":"Field required"}]}"#,
        Kind::Invalid,
    ),
    (B, 400, r#"{"message":"1 validation error detected"}"#, Kind::Invalid),
];

#[test]
fn answers_are_what_they_are() {
    for (dialect, status, body, expected) in ANSWERS {
        let failure = failure(*dialect, *status, body);
        assert_eq!(failure.kind, *expected, "{status} {body}");
        assert_eq!(failure.remedy, expected.remedy(), "{status} {body}");
        // Whatever an upstream says of the gateway's credential is not about the caller's.
        assert!(!matches!(failure.error.class.status(), 401 | 403), "{status} {body}");
        assert!(!failure.error.message.is_empty(), "{status} {body}");
    }
}

#[test]
fn the_upstreams_words_are_kept() {
    let told = failure(
        M,
        400,
        r#"{"type":"error","error":{"type":"invalid_request_error","message":"prompt is too long: 2 > 1"}}"#,
    );
    assert_eq!((told.error.class, &*told.error.message), (Class::ContextWindow, "prompt is too long: 2 > 1"));
    let told = failure(C, 422, r#"{"detail":[{"loc":["body","messages",0,"role"],"msg":"Field required"}]}"#);
    assert_eq!((&*told.error.message, told.error.param.as_deref()), ("Field required", Some("messages.0.role")));
    let told = failure(
        G,
        400,
        r#"{"error":{"code":400,"message":"no","status":"INVALID_ARGUMENT","details":[{"@type":"type.googleapis.com/google.rpc.BadRequest","fieldViolations":[{"field":"contents[0]","description":"x"}]}]}}"#,
    );
    assert_eq!(told.error.param.as_deref(), Some("contents[0]"));
    let told = failure(C, 500, "<html>oops</html>");
    assert_eq!(&*told.error.message, "the provider answered with status 500");
    let long = failure(C, 400, &format!(r#"{{"error":{{"message":"{}"}}}}"#, "é".repeat(9_000)));
    assert!(long.error.message.len() <= 8 << 10);
}

#[test]
fn trap_36_waits_reach_the_caller_and_529_stays_overloaded() {
    let told = read(M, 529, &headers(&[("retry-after", "7"), ("x-should-retry", "true")]), b"{}");
    assert_eq!((told.error.class, told.error.retry_after), (Class::Overloaded, Some(Duration::from_secs(7))));
    assert_eq!((told.remedy, told.should_retry), (Remedy::Retry, Some(true)));
    // The same key is forbidden: another one is not.
    let told = read(C, 500, &headers(&[("x-should-retry", "false")]), b"{}");
    assert_eq!((told.kind, told.remedy, told.should_retry), (Kind::Retryable, Remedy::NextKey, Some(false)));
    let google = br#"{"error":{"code":429,"message":"Please retry in 9s.","status":"RESOURCE_EXHAUSTED","details":[{"@type":"type.googleapis.com/google.rpc.RetryInfo","retryDelay":"34.5s"}]}}"#;
    assert_eq!(read(G, 429, &HeaderMap::new(), google).error.retry_after, Some(Duration::from_millis(34_500)));
    let openai = br#"{"error":{"message":"Please try again in 1.5s.","code":"rate_limit_exceeded"}}"#;
    assert_eq!(read(C, 429, &HeaderMap::new(), openai).error.retry_after, Some(Duration::from_millis(1_500)));
    let used_up = headers(&[("x-ratelimit-remaining-tokens", "0"), ("x-ratelimit-reset-tokens", "2s")]);
    assert_eq!(read(C, 429, &used_up, openai).error.retry_after, Some(Duration::from_secs(2)));
    // Bedrock tells none, and Codex does not try again without.
    let throttled = br#"{"message":"Too many tokens, please wait before trying again."}"#;
    assert_eq!(read(B, 429, &HeaderMap::new(), throttled).error.retry_after, Some(Duration::from_secs(5)));
}

#[test]
fn trap_37_a_used_up_account_as_400_moves_to_the_next_key() {
    for message in [
        "Your credit balance is too low to access the Anthropic API. Please go to Plans & Billing",
        "You have reached your specified API usage limits. You will regain access on 2026-12-01 at 00:00 UTC.",
    ] {
        let body = format!(r#"{{"type":"error","error":{{"type":"invalid_request_error","message":"{message}"}}}}"#);
        let told = failure(M, 400, &body);
        assert_eq!((told.kind, told.remedy), (Kind::Quota, Remedy::NextKey), "{message}");
        assert_eq!((told.error.class.status(), told.error.retry_after), (502, None), "{message}");
    }
}

#[test]
fn trap_38_a_rejected_key_is_not_the_callers_and_is_not_quoted() {
    for (dialect, status, body) in [
        (
            C,
            401,
            r#"{"error":{"message":"Incorrect API key provided: sk-SECRET.","code":"invalid_api_key","param":"sk-SECRET"}}"#,
        ),
        (C, 400, r#"{"error":{"message":"Incorrect API key provided: sk-SECRET."}}"#),
        (M, 401, r#"{"error":{"type":"authentication_error","message":"sk-SECRET"}}"#),
        (M, 403, r#"{"error":{"type":"permission_error","message":"sk-SECRET"}}"#),
        (G, 403, r#"{"error":{"code":403,"status":"PERMISSION_DENIED","message":"SECRET leaked"}}"#),
        (B, 403, r#"{"message":"The security token included in the request is invalid: SECRET"}"#),
    ] {
        let told = failure(dialect, status, body);
        assert_eq!((told.error.class, told.error.class.status()), (Class::UpstreamAuth, 502), "{body}");
        assert_eq!(told.remedy, Remedy::NextKey);
        assert!(!format!("{told:?}").contains("SECRET"), "{body}");
    }
}

#[test]
fn bedrock_says_what_it_is_in_a_header() {
    for (status, kind, expected) in [
        (429, "ThrottlingException:http://internal.amazon.com/coral/com.amazon.bedrock/", Kind::RateLimit),
        (429, "ModelNotReadyException", Kind::Overloaded),
        (400, "ServiceQuotaExceededException", Kind::Quota),
        (400, "ValidationException", Kind::Invalid),
        (403, "AccessDeniedException", Kind::KeyDead),
        (403, "ExpiredTokenException", Kind::KeyDead),
        (404, "ResourceNotFoundException", Kind::TargetDead),
        (408, "ModelTimeoutException", Kind::Retryable),
    ] {
        let told = read(B, status, &headers(&[("x-amzn-errortype", kind)]), br#"{"Message":"m"}"#);
        assert_eq!((told.kind, status == 400 && told.error.param.is_some()), (expected, false), "{kind}");
    }
    let denied = br#"{"message":"You don't have access to the model with the specified model ID."}"#;
    let told = read(B, 403, &headers(&[("x-amzn-errortype", "AccessDeniedException")]), denied);
    assert_eq!((told.kind, told.remedy), (Kind::TargetDead, Remedy::NextTarget));
}

/// Errors with a good status: the code stands for one.
const TOLD_INSIDE: &[(Dialect, &str, Kind, Class)] = &[
    (C, r#"{"error":{"message":"x","code":429}}"#, Kind::RateLimit, Class::RateLimit),
    (
        C,
        r#"{"id":"1","choices":[],"error":{"code":"server_error","message":"x"}}"#,
        Kind::Retryable,
        Class::UpstreamError,
    ),
    (C, r#"{"error":{"message":"x"}}"#, Kind::Retryable, Class::UpstreamError),
    (
        R,
        r#"{"type":"error","code":"server_is_overloaded","message":"x","param":null}"#,
        Kind::Overloaded,
        Class::Overloaded,
    ),
    (
        R,
        r#"{"type":"response.failed","response":{"id":"r","status":"failed","error":{"code":"rate_limit_exceeded","message":"Please try again in 11s."}}}"#,
        Kind::RateLimit,
        Class::RateLimit,
    ),
    (
        R,
        r#"{"type":"response.failed","response":{"error":{"code":"invalid_image","message":"x"}}}"#,
        Kind::Invalid,
        Class::Invalid,
    ),
    (R, r#"{"code":"bio_policy","message":"x"}"#, Kind::ContentPolicy, Class::ContentPolicy),
    // https://platform.minimax.io/docs/api-reference/errorcode
    (C, r#"{"base_resp":{"status_code":1004,"status_msg":"login fail"}}"#, Kind::KeyDead, Class::UpstreamAuth),
    (C, r#"{"base_resp":{"status_code":1008,"status_msg":"insufficient balance"}}"#, Kind::Quota, Class::UpstreamQuota),
    (
        C,
        r#"{"base_resp":{"status_code":1026,"status_msg":"input new_sensitive"}}"#,
        Kind::ContentPolicy,
        Class::ContentPolicy,
    ),
    (C, r#"{"base_resp":{"status_code":1039,"status_msg":"token limit"}}"#, Kind::ContextWindow, Class::ContextWindow),
    (C, r#"{"base_resp":{"status_code":2013,"status_msg":"invalid params"}}"#, Kind::Invalid, Class::Invalid),
    (C, r#"{"base_resp":{"status_code":1000,"status_msg":"unknown error"}}"#, Kind::Retryable, Class::UpstreamError),
    (
        M,
        r#"{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}"#,
        Kind::Overloaded,
        Class::Overloaded,
    ),
    (M, r#"{"type":"error","error":{"type":"api_error","message":"x"}}"#, Kind::Retryable, Class::UpstreamError),
    (M, r#"{"type":"error","error":{"type":"invalid_request_error","message":"x"}}"#, Kind::Invalid, Class::Invalid),
    (M, r#"{"type":"error","error":{"type":"timeout_error","message":"x"}}"#, Kind::Retryable, Class::UpstreamTimeout),
    (M, r#"{"type":"error","error":{"type":"permission_error","message":"x"}}"#, Kind::KeyDead, Class::UpstreamAuth),
    (G, r#"[{"error":{"code":503,"message":"x","status":"UNAVAILABLE"}}]"#, Kind::Overloaded, Class::Overloaded),
    (
        G,
        r#"{"error":{"code":504,"message":"x","status":"DEADLINE_EXCEEDED"}}"#,
        Kind::Retryable,
        Class::UpstreamTimeout,
    ),
];

#[test]
fn errors_that_are_told_inside_are_the_same() {
    for (dialect, body, kind, class) in TOLD_INSIDE {
        let doc = Doc::parse(body).expect("JSON");
        let told = in_stream(*dialect, doc.root());
        assert_eq!((told.kind, told.error.class), (*kind, *class), "{body}");
        let whole = read(*dialect, 200, &HeaderMap::new(), body.as_bytes());
        assert_eq!(whole, told, "{body}");
    }
    let doc = Doc::parse(r#"{"message":"slow down"}"#).expect("JSON");
    assert_eq!(named("throttlingException", doc.root()).kind, Kind::RateLimit);
    assert_eq!(named("modelStreamErrorException", doc.root()).kind, Kind::Retryable);
    assert_eq!(named("validationException", doc.root()).kind, Kind::Invalid);
}

#[test]
fn a_class_alone_has_the_remedy_of_its_kind() {
    for (dialect, status, body, kind) in ANSWERS {
        // A refused signature and a wrong request look alike to the caller.
        if *kind != Kind::Signature {
            let told = failure(*dialect, *status, body);
            let expected = if *status == 405 { Remedy::Retry } else { told.remedy };
            assert_eq!(Remedy::of(told.error.class), expected, "{body}");
        }
    }
}

proptest! {
    /// Whatever comes, something is told, and never 401 or 403.
    #[test]
    fn any_answer_is_something(status in 100_u16..1000, body: Vec<u8>, after in "[0-9a-z:.,+-]{0,12}") {
        let mut headers = HeaderMap::new();
        headers.insert("retry-after", HeaderValue::from_str(&after).expect("a header"));
        headers.insert("date", HeaderValue::from_static("Sun, 29 Nov 2026 18:00:00 GMT"));
        let told = read(C, status, &headers, &body);
        prop_assert!(!told.error.message.is_empty());
        prop_assert!(!matches!(told.error.class.status(), 401 | 403));
    }
}
