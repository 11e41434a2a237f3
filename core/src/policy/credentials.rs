//! Where a caller may present its key, and which of several counts.

use std::borrow::Cow;

use http::HeaderMap;
use http::header::AUTHORIZATION;

use super::keys;
use crate::error::{Class, Error};
use crate::wire::percent;

/// The credential that the caller presents. `?key=` counts on Gemini's paths only.
///
/// A client may carry a vendor's own token beside our key. So what begins like one of our keys counts before
/// everything else, and two different ones of those are an error; without any, `x-api-key` wins over `authorization`.
/// A SigV4 `authorization`, as on a function URL that AWS protects, is none of ours.
///
/// # Errors
/// Two different keys.
pub fn presented<'a>(
    headers: &'a HeaderMap,
    query: Option<&'a str>,
    gemini: bool,
) -> Result<Option<Cow<'a, [u8]>>, Error> {
    let header =
        |name: &str| headers.get(name).map(|value| value.as_bytes().trim_ascii()).filter(|key| !key.is_empty());
    let places = [
        ("x-api-key", header("x-api-key").map(Cow::Borrowed)),
        ("x-goog-api-key", header("x-goog-api-key").map(Cow::Borrowed)),
        ("?key=", query.filter(|_| gemini).and_then(key_parameter)),
        ("authorization", headers.get(AUTHORIZATION).and_then(|value| bearer(value.as_bytes())).map(Cow::Borrowed)),
    ];
    let mut ours: Option<(&str, Cow<'a, [u8]>)> = None;
    let mut other = None;
    for (place, credential) in places {
        let Some(credential) = credential else { continue };
        if !keys::has_prefix(&credential) {
            other = other.or(Some(credential));
            continue;
        }
        match &ours {
            Some((first, known)) if *known != credential => {
                let message = format!("two different keys are given, in {first} and in {place}; give one");
                return Err(Error::new(Class::Invalid, message));
            }
            Some(_) => {}
            None => ours = Some((place, credential)),
        }
    }
    Ok(ours.map(|(_, credential)| credential).or(other))
}

/// The token of `Bearer TOKEN`.
fn bearer(value: &[u8]) -> Option<&[u8]> {
    let (scheme, token) = value.split_at_checked(7)?;
    let token = token.trim_ascii();
    (scheme.eq_ignore_ascii_case(b"bearer ") && !token.is_empty()).then_some(token)
}

fn key_parameter(query: &str) -> Option<Cow<'_, [u8]>> {
    let value = query.split('&').find_map(|pair| pair.strip_prefix("key="))?;
    Some(percent::decode(value)).filter(|key| !key.is_empty())
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn found(
        headers: &[(&'static str, &'static str)],
        query: Option<&'static str>,
        gemini: bool,
    ) -> Result<Option<String>, String> {
        let headers: HeaderMap = headers
            .iter()
            .map(|(name, value)| (http::HeaderName::from_static(name), HeaderValue::from_static(value)))
            .collect();
        presented(&headers, query, gemini)
            .map(|key| key.map(|key| String::from_utf8_lossy(&key).into_owned()))
            .map_err(|error| error.message.into_owned())
    }

    fn one(key: &str) -> Result<Option<String>, String> {
        Ok(Some(key.to_owned()))
    }

    #[test]
    fn a_key_may_stand_in_four_places() {
        assert_eq!(found(&[("authorization", "Bearer glt_a")], None, false), one("glt_a"));
        assert_eq!(found(&[("authorization", "bearer  glt_a ")], None, false), one("glt_a"));
        assert_eq!(found(&[("x-api-key", "glt_a")], None, false), one("glt_a"));
        assert_eq!(found(&[("x-goog-api-key", "glt_a")], None, false), one("glt_a"));
        assert_eq!(found(&[], Some("alt=sse&key=glt%5Fa"), true), one("glt_a"));
        assert_eq!(found(&[], Some("key=glt_a"), false), Ok(None));
        assert_eq!(found(&[], None, true), Ok(None));
    }

    #[test]
    fn our_key_counts_before_a_vendors() {
        assert_eq!(found(&[("x-api-key", "sk-ant"), ("authorization", "Bearer glt_a")], None, false), one("glt_a"));
        assert_eq!(found(&[("x-api-key", "plain"), ("authorization", "Bearer other")], None, false), one("plain"));
        assert_eq!(found(&[("x-api-key", "glt_a"), ("authorization", "Bearer glt_a")], None, false), one("glt_a"));
    }

    #[test]
    fn two_different_keys_are_an_error_that_names_both_places() {
        let message =
            found(&[("x-api-key", "glt_a"), ("authorization", "Bearer glt_b")], None, false).expect_err("an error");
        assert!(
            message.contains("x-api-key") && message.contains("authorization") && !message.contains("glt_"),
            "{message}"
        );
    }

    #[test]
    fn sigv4_and_basic_are_none_of_ours() {
        let sigv4 = "AWS4-HMAC-SHA256 Credential=AKID/20261125/us-east-1/lambda/aws4_request, Signature=x";
        assert_eq!(found(&[("authorization", sigv4)], None, false), Ok(None));
        assert_eq!(found(&[("authorization", "Basic dTpw")], None, false), Ok(None));
        assert_eq!(found(&[("authorization", "Bearer ")], None, false), Ok(None));
        assert_eq!(found(&[("authorization", sigv4), ("x-api-key", "glt_a")], None, false), one("glt_a"));
    }
}
