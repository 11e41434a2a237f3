//! AWS Signature Version 4: <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html>.
//!
//! For every service but S3, which signs paths in a way of its own.

mod canonical;
mod hmac;
#[cfg(test)]
mod tests;

use std::time::Duration;

use bytes::Bytes;
use http::header::{AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use http::{Method, Uri};
use sha2::{Digest, Sha256};

use self::canonical::{Canonical, Signable};
use self::hmac::{hmac, signing_key};
use crate::error::{Class, Error};
use crate::host::AwsKeys;
use crate::secret::Secret;
use crate::wire::date::{civil, push_padded};
use crate::wire::splice::Spliced;

const DATE: HeaderName = HeaderName::from_static("x-amz-date");
const SECURITY_TOKEN: HeaderName = HeaderName::from_static("x-amz-security-token");
const ALGORITHM: &[u8] = b"AWS4-HMAC-SHA256";

/// What a signature is good for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Scope<'a> {
    /// The region, as in `us-east-1`.
    pub region: &'a str,
    /// The service's signing name, as in `bedrock`: not always the one in its address.
    pub service: &'a str,
}

/// Signs the request as it will be sent: sets `x-amz-date`, `authorization` and, for temporary keys, `x-amz-security-token`,
/// in place of any that are there. `now` is the time since the Unix epoch; AWS takes a signature for five minutes.
///
/// The host is signed as it stands in the URI, so it must be sent so: `BaseUrl` sees to it. The body's hash goes into the signature and into no
/// header: `x-amz-content-sha256` is S3's alone (botocore, `SigV4Auth` and `S3SigV4Auth`).
///
/// # Errors
/// The URI names no host, or the keys hold what cannot stand in a header.
pub fn sign(
    method: &Method,
    uri: &Uri,
    headers: &mut HeaderMap,
    body: &Spliced,
    keys: &AwsKeys,
    scope: Scope<'_>,
    now: Duration,
) -> Result<(), Error> {
    let host =
        uri.authority().ok_or_else(|| Error::new(Class::Internal, "a request to AWS needs a host to be signed"))?;
    let target = Signable { method: method.as_str(), host: host.as_str(), path: uri.path(), query: uri.query() };
    sign_chosen(target, headers, body, keys, scope, now, is_signed)
}

/// The headers that must be signed, `host` aside: `content-type` and all of `x-amz-*`. What else there is may be changed on
/// its way by whoever carries the request, which would make the signature wrong: the SDKs, which sign all they know nothing
/// against, keep lists of such headers, and no two lists are the same (`SIGNED_HEADERS_BLACKLIST` of botocore,
/// `ALWAYS_UNSIGNABLE_HEADERS` of @smithy/signature-v4). `x-amzn-trace-id` is on each; the other `x-amzn-*` are parameters.
fn is_signed(name: &HeaderName) -> bool {
    *name == CONTENT_TYPE || (name.as_str().starts_with("x-amz") && name.as_str() != "x-amzn-trace-id")
}

fn sign_chosen(
    target: Signable<'_>,
    headers: &mut HeaderMap,
    body: &Spliced,
    keys: &AwsKeys,
    scope: Scope<'_>,
    now: Duration,
    is_signed: fn(&HeaderName) -> bool,
) -> Result<(), Error> {
    let moment = Moment::at(now);
    headers.insert(DATE, value(moment.text.clone(), false)?);
    headers.remove(SECURITY_TOKEN);
    if let Some(token) = &keys.session_token {
        headers.insert(SECURITY_TOKEN, value(token.reveal().as_bytes().to_vec(), true)?);
    }
    let canonical = Canonical::new(target, headers, is_signed, &body_hash(body));
    let scope_text = [moment.date(), scope.region.as_bytes(), scope.service.as_bytes(), b"aws4_request"].join(&b'/');
    let mut to_sign = Vec::with_capacity(192);
    to_sign.extend_from_slice(ALGORITHM);
    to_sign.push(b'\n');
    to_sign.extend_from_slice(&moment.text);
    to_sign.push(b'\n');
    to_sign.extend_from_slice(&scope_text);
    to_sign.push(b'\n');
    push_hex(&mut to_sign, &Sha256::digest(&canonical.text));
    // Deriving the key each time costs as much as hashing a kilobyte more, and leaves no second secret to keep.
    let key = signing_key(keys.secret_access_key.reveal(), moment.date(), scope);
    let signature = hmac(&key, &to_sign);
    headers.insert(
        AUTHORIZATION,
        authorization(&keys.access_key_id, &scope_text, canonical.signed_headers(), &signature)?,
    );
    Ok(())
}

fn authorization(id: &Secret, scope: &[u8], signed_headers: &[u8], signature: &[u8]) -> Result<HeaderValue, Error> {
    let mut text = Vec::with_capacity(320);
    text.extend_from_slice(ALGORITHM);
    text.extend_from_slice(b" Credential=");
    text.extend_from_slice(id.reveal().as_bytes());
    text.push(b'/');
    text.extend_from_slice(scope);
    text.extend_from_slice(b", SignedHeaders=");
    text.extend_from_slice(signed_headers);
    text.extend_from_slice(b", Signature=");
    push_hex(&mut text, signature);
    value(text, true)
}

fn value(text: Vec<u8>, sensitive: bool) -> Result<HeaderValue, Error> {
    let mut value = HeaderValue::from_maybe_shared(Bytes::from(text))
        .map_err(|_| Error::new(Class::UpstreamAuth, "the AWS keys hold what cannot stand in a header"))?;
    value.set_sensitive(sensitive);
    Ok(value)
}

/// The hash of the body, piece by piece: a large one is never joined.
fn body_hash(body: &Spliced) -> Vec<u8> {
    let mut hash = Sha256::new();
    for piece in body.pieces() {
        hash.update(piece);
    }
    let mut text = Vec::with_capacity(64);
    push_hex(&mut text, &hash.finalize());
    text
}

fn push_hex(out: &mut Vec<u8>, bytes: &[u8]) {
    let digit = |value: u8| if value < 10 { b'0' + value } else { b'a' + value - 10 };
    for byte in bytes {
        out.extend([digit(byte >> 4), digit(byte & 15)]);
    }
}

/// When a request is signed, as in `20150830T123600Z`.
struct Moment {
    text: Vec<u8>,
}

impl Moment {
    fn at(now: Duration) -> Self {
        let (days, second) = (now.as_secs() / 86_400, now.as_secs() % 86_400);
        let (year, month, day) = civil(days);
        let mut text = Vec::with_capacity(16);
        push_padded(&mut text, year, 4);
        push_padded(&mut text, month, 2);
        push_padded(&mut text, day, 2);
        text.push(b'T');
        for number in [second / 3600, second / 60 % 60, second % 60] {
            push_padded(&mut text, number, 2);
        }
        text.push(b'Z');
        Self { text }
    }

    fn date(&self) -> &[u8] {
        self.text.get(..8).unwrap_or_default()
    }
}
