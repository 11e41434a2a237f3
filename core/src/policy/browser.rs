//! What web pages may do.
//!
//! A gateway without keys serves the programs of its own machine. A web page that is open there is not one of them: it
//! could spend the providers' keys by a plain `fetch`, or by DNS rebinding. With keys, the configured origins may call.

use std::net::Ipv4Addr;

use http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE, ACCESS_CONTROL_REQUEST_HEADERS, HOST, ORIGIN, VARY,
};
use http::uri::Authority;
use http::{HeaderMap, HeaderValue, Uri};

use crate::config::Cors;
use crate::error::{Class, Error};

/// Refuses a request that a web page may have made, or that came in under a foreign name.
///
/// # Errors
/// What gave it away.
pub fn only_programs(uri: &Uri, headers: &HeaderMap) -> Result<(), Error> {
    let host = uri.authority().cloned().or_else(|| headers.get(HOST).and_then(|host| host.to_str().ok()?.parse().ok()));
    if !host.is_some_and(|host| is_loopback(&host)) {
        return Err(refused("`Host` is not this machine's own"));
    }
    if headers.get(ORIGIN).is_some_and(|origin| !is_loopback_origin(origin)) {
        return Err(refused("`Origin` is a web page's"));
    }
    if headers.get("sec-fetch-site").is_some_and(|site| site.as_bytes().eq_ignore_ascii_case(b"cross-site")) {
        return Err(refused("`Sec-Fetch-Site` is cross-site"));
    }
    Ok(())
}

fn refused(why: &str) -> Error {
    let message = format!(
        "without client keys only programs on this machine may call, and {why}; configure [keys] to serve others"
    );
    Error::new(Class::OriginNotAllowed, message)
}

/// `localhost`, 127.0.0.0/8 or `[::1]`.
fn is_loopback(authority: &Authority) -> bool {
    if authority.as_str().contains('@') {
        return false;
    }
    let host = authority.host();
    host.eq_ignore_ascii_case("localhost")
        || host == "[::1]"
        || host.parse::<Ipv4Addr>().is_ok_and(|address| address.is_loopback())
}

fn is_loopback_origin(origin: &HeaderValue) -> bool {
    let text = origin.to_str().unwrap_or_default();
    let authority = text.strip_prefix("http://").or_else(|| text.strip_prefix("https://"));
    authority.and_then(|authority| authority.parse().ok()).is_some_and(|authority| is_loopback(&authority))
}

/// The request's origin, if the configuration lets it call.
pub fn allowed_origin<'a>(cors: &Cors, headers: &'a HeaderMap) -> Option<&'a HeaderValue> {
    let origin = headers.get(ORIGIN)?;
    cors.origins.iter().any(|allowed| allowed == "*" || allowed == origin).then_some(origin)
}

/// Lets the origin's page read the answer.
pub fn allow(answer: &mut HeaderMap, origin: HeaderValue) {
    answer.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin);
    answer.insert(ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static("*"));
    answer.append(VARY, HeaderValue::from_static("origin"));
}

/// What a preflight is told, beyond [`allow`].
pub fn preflight(answer: &mut HeaderMap, request: &HeaderMap) {
    answer.insert(ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static("GET, HEAD, POST, OPTIONS"));
    if let Some(headers) = request.get(ACCESS_CONTROL_REQUEST_HEADERS) {
        answer.insert(ACCESS_CONTROL_ALLOW_HEADERS, headers.clone());
    }
    answer.insert(ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static("86400"));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused_with(uri: &str, headers: &[(&'static str, &'static str)]) -> bool {
        let headers: HeaderMap = headers
            .iter()
            .map(|(name, value)| (http::HeaderName::from_static(name), HeaderValue::from_static(value)))
            .collect();
        only_programs(&uri.parse().expect("a URI"), &headers).is_err()
    }

    #[test]
    fn programs_of_this_machine_pass() {
        for host in ["localhost", "LOCALHOST:8080", "127.0.0.1", "127.8.9.1:80", "[::1]:8080"] {
            assert!(!refused_with("/", &[("host", host)]), "{host}");
        }
        assert!(!refused_with("http://localhost:1/", &[]));
        assert!(!refused_with(
            "/",
            &[("host", "localhost"), ("origin", "http://localhost:3000"), ("sec-fetch-site", "same-site")]
        ));
    }

    #[test]
    fn web_pages_and_foreign_names_do_not() {
        assert!(refused_with("/", &[]));
        for host in [
            "evil.example",
            "localhost.evil.example",
            "127.0.0.1.evil.example",
            "a@localhost",
            "10.0.0.1",
            "[::2]",
            "0.0.0.0",
            "localhost:80:80",
        ] {
            assert!(refused_with("/", &[("host", host)]), "{host}");
        }
        for origin in ["https://evil.example", "null", "file://", "http://localhost.evil.example", "http://a@localhost"]
        {
            assert!(refused_with("/", &[("host", "localhost"), ("origin", origin)]), "{origin}");
        }
        assert!(refused_with("/", &[("host", "localhost"), ("sec-fetch-site", "cross-site")]));
        assert!(refused_with("http://evil.example/", &[("host", "localhost")]));
    }
}
