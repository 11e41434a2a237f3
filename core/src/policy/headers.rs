//! Which headers pass, in both directions: what is not listed does not (translation.md 5.5).

use http::header::{CONNECTION, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, USER_AGENT};

/// From a client to an upstream of the same dialect. Everything else stays here: credentials, cookies, hop-by-hop
/// headers, forwarding headers, and what chooses whose account pays (`openai-organization`, `x-goog-user-project`).
const TO_UPSTREAM: &[&str] = &[
    "anthropic-beta",
    "anthropic-version",
    "idempotency-key",
    "openai-beta",
    "originator",
    "session-id",
    "thread-id",
    "x-client-request-id",
    "x-goog-api-client",
];
const TO_UPSTREAM_PREFIXES: &[&str] = &["x-stainless-", "x-claude-code-", "x-codex-"];

/// From an upstream to a client of the same dialect.
const TO_CLIENT: &[&str] = &[
    "content-type",
    "retry-after",
    "retry-after-ms",
    "x-gatelet-adjusted",
    "x-gatelet-upstream-request-id",
    "x-should-retry",
    "request-id",
    "x-request-id",
    "openai-processing-ms",
    "openai-version",
];
const TO_CLIENT_PREFIXES: &[&str] = &["x-ratelimit-", "anthropic-ratelimit-"];

/// How the gateway names itself to upstreams.
const AGENT: &str = concat!("gatelet/", env!("CARGO_PKG_VERSION"));

/// Copies what may pass from a client's request to an upstream's.
pub fn to_upstream(client: &HeaderMap, upstream: &mut HeaderMap) {
    pass(client, upstream, TO_UPSTREAM, TO_UPSTREAM_PREFIXES);
    upstream.insert(USER_AGENT, agent(client.get(USER_AGENT)));
}

/// Copies what may pass from an upstream's answer to a client's.
pub fn to_client(upstream: &HeaderMap, client: &mut HeaderMap) {
    pass(upstream, client, TO_CLIENT, TO_CLIENT_PREFIXES);
    if !client.contains_key(CONTENT_TYPE) {
        client.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    }
}

/// From a client to an upstream of another dialect: its other headers only mean something in its own.
pub fn to_upstream_translated(client: &HeaderMap, upstream: &mut HeaderMap) {
    if let Some(agent) = client.get(USER_AGENT) {
        upstream.insert(USER_AGENT, agent.clone());
    }
}

/// What the header is called that says what was adjusted of a request.
pub const ADJUSTED: HeaderName = HeaderName::from_static("x-gatelet-adjusted");

/// What the header is called that names the providers whose own lists of models are missing in a list, or are not whole.
pub const INCOMPLETE: HeaderName = HeaderName::from_static("x-gatelet-incomplete");

/// From an upstream to a client of any dialect: how long to wait, and whether to.
const WAITS: &[&str] = &["retry-after", "retry-after-ms", "x-should-retry"];

/// Where upstreams tell their own id of a request, by vendor.
const UPSTREAM_IDS: &[&str] = &["request-id", "x-request-id", "x-amzn-requestid", "apim-request-id"];

/// Copies what may pass from an upstream's answer to a client of another dialect. Nothing of the vendor's own does: its
/// limits are those of the gateway's account, counted in a way that the client's dialect does not. Its id of the request
/// goes under a name of ours, since the client's own id has the dialect's. What the answer's body is, its writer says.
pub fn to_client_translated(upstream: &HeaderMap, client: &mut HeaderMap) {
    pass(upstream, client, WAITS, &[]);
    if let Some(id) = UPSTREAM_IDS.iter().find_map(|name| upstream.get(*name)) {
        client.insert(HeaderName::from_static("x-gatelet-upstream-request-id"), id.clone());
    }
}

fn pass(from: &HeaderMap, to: &mut HeaderMap, names: &[&str], prefixes: &[&str]) {
    let connection = from.get(CONNECTION);
    for (name, value) in from {
        if listed(name, names, prefixes) && !connection.is_some_and(|_| is_hop_by_hop(from, name)) {
            to.append(name.clone(), value.clone());
        }
    }
}

/// Whether `connection` names the header: then it is meant for this hop alone (RFC 9110 section 7.6.1).
fn is_hop_by_hop(headers: &HeaderMap, name: &HeaderName) -> bool {
    let named = headers.get_all(CONNECTION).iter().flat_map(|value| value.as_bytes().split(|byte| *byte == b','));
    named.map(<[u8]>::trim_ascii).any(|named| named.eq_ignore_ascii_case(name.as_str().as_bytes()))
}

fn listed(name: &HeaderName, names: &[&str], prefixes: &[&str]) -> bool {
    let name = name.as_str();
    names.contains(&name) || prefixes.iter().any(|prefix| name.starts_with(prefix))
}

/// The client's name, with ours behind it.
fn agent(client: Option<&HeaderValue>) -> HeaderValue {
    let joined = client.and_then(|client| {
        let mut joined = Vec::with_capacity(client.len() + 1 + AGENT.len());
        joined.extend_from_slice(client.as_bytes());
        joined.push(b' ');
        joined.extend_from_slice(AGENT.as_bytes());
        HeaderValue::from_maybe_shared(bytes::Bytes::from(joined)).ok()
    });
    joined.unwrap_or(HeaderValue::from_static(AGENT))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn map(names: &[&'static str]) -> HeaderMap {
        names.iter().map(|name| (HeaderName::from_static(name), HeaderValue::from_static("x"))).collect()
    }

    fn names(headers: &HeaderMap) -> Vec<&str> {
        let mut names: Vec<&str> = headers.keys().map(HeaderName::as_str).collect();
        names.sort_unstable();
        names
    }

    #[test]
    fn nothing_that_identifies_the_caller_goes_upstream() {
        let client = map(&[
            "authorization",
            "x-api-key",
            "api-key",
            "x-goog-api-key",
            "cookie",
            "host",
            "connection",
            "te",
            "transfer-encoding",
            "accept-encoding",
            "x-forwarded-for",
            "x-amz-date",
            "cf-ray",
            "openai-organization",
            "openai-project",
            "anthropic-workspace-id",
            "anthropic-user-profile-id",
            "x-goog-user-project",
            "content-length",
            "forwarded",
            "x-real-ip",
        ]);
        let mut upstream = HeaderMap::new();
        to_upstream(&client, &mut upstream);
        assert_eq!(names(&upstream), ["user-agent"]);
    }

    #[test]
    fn what_the_dialect_needs_goes_upstream() {
        let client = map(&[
            "anthropic-version",
            "anthropic-beta",
            "idempotency-key",
            "x-claude-code-session-id",
            "x-stainless-lang",
            "session-id",
            "thread-id",
            "x-client-request-id",
            "originator",
            "x-codex-window-id",
            "openai-beta",
            "x-goog-api-client",
        ]);
        let mut upstream = HeaderMap::new();
        to_upstream(&client, &mut upstream);
        assert_eq!(upstream.len(), client.len() + 1);
    }

    #[test]
    fn what_connection_names_stays_here() {
        let mut client = map(&["x-stainless-private", "x-stainless-lang", "session-id"]);
        client.append(CONNECTION, HeaderValue::from_static("close, X-Stainless-Private"));
        client.append(CONNECTION, HeaderValue::from_static("session-id"));
        let mut upstream = HeaderMap::new();
        to_upstream(&client, &mut upstream);
        assert_eq!(names(&upstream), ["user-agent", "x-stainless-lang"]);
    }

    #[test]
    fn the_agent_is_appended() {
        let mut client = HeaderMap::new();
        client.insert(USER_AGENT, HeaderValue::from_static("OpenAI/Python 3.57"));
        let mut upstream = HeaderMap::new();
        to_upstream(&client, &mut upstream);
        let expected = format!("OpenAI/Python 3.57 {AGENT}");
        assert_eq!(upstream.get(USER_AGENT).and_then(|agent| agent.to_str().ok()), Some(expected.as_str()));
    }

    #[test]
    fn nothing_that_identifies_the_account_goes_to_the_client() {
        let upstream = map(&[
            "set-cookie",
            "server",
            "openai-organization",
            "openai-project",
            "anthropic-organization-id",
            "alt-svc",
            "content-length",
            "transfer-encoding",
            "connection",
            "content-encoding",
            "x-ratelimit-remaining-requests",
            "anthropic-ratelimit-tokens-limit",
            "retry-after",
            "x-request-id",
            "content-type",
        ]);
        let mut client = HeaderMap::new();
        to_client(&upstream, &mut client);
        let expected = [
            "anthropic-ratelimit-tokens-limit",
            "content-type",
            "retry-after",
            "x-ratelimit-remaining-requests",
            "x-request-id",
        ];
        assert_eq!(names(&client), expected);
    }

    #[test]
    fn the_vendors_own_stays_here_when_translated() {
        let upstream = map(&[
            "content-type",
            "content-length",
            "request-id",
            "retry-after",
            "retry-after-ms",
            "x-should-retry",
            "x-ratelimit-remaining-requests",
            "anthropic-ratelimit-tokens-limit",
            "anthropic-organization-id",
            "openai-processing-ms",
            "openai-version",
            "set-cookie",
        ]);
        let mut client = HeaderMap::new();
        to_client_translated(&upstream, &mut client);
        let expected = ["retry-after", "retry-after-ms", "x-gatelet-upstream-request-id", "x-should-retry"];
        assert_eq!(names(&client), expected);
    }
}
