//! What a token is given for: a service account of Google's, a person's refresh token, a client's secret.
//!
//! All are one POST of a form to the token endpoint, and one JSON answer (RFC 6749, RFC 7523).

mod google;

use std::fmt;
use std::time::Duration;

use http::Uri;
use sha2::{Digest, Sha256};

use super::BaseUrl;
use crate::secret::Secret;
use crate::wire::doc::Doc;
use crate::wire::percent;

/// What a token is given for.
#[derive(Clone)]
pub struct Exchange {
    endpoint: BaseUrl,
    form: Form,
    id: [u8; 16],
}

#[derive(Clone)]
enum Form {
    /// RFC 7523: an assertion that the account's key signs.
    ServiceAccount { email: Box<str>, key_id: Box<str>, key: Box<[u8]> },
    /// RFC 6749, section 6.
    Refresh { client_id: Box<str>, client_secret: Secret, token: Secret },
    /// RFC 6749, section 4.4.
    Client { client_id: Box<str>, client_secret: Secret, scope: Box<str> },
}

/// A token, and how long it is good for.
#[derive(Clone, Debug)]
pub struct Issued {
    /// The token.
    pub token: Secret,
    /// How long it is good for.
    pub lifetime: Duration,
}

/// What has to be signed before a token can be asked for.
#[expect(missing_debug_implementations, reason = "it holds a private key")]
pub struct Assertion<'a> {
    /// The private key, as PKCS#8 in DER.
    pub key: &'a [u8],
    /// What is signed: the token's head and claims.
    pub input: String,
}

impl Exchange {
    fn new(endpoint: BaseUrl, form: Form) -> Self {
        let mut hash = Sha256::new();
        let mut add = |text: &[u8]| {
            hash.update((text.len() as u64).to_le_bytes());
            hash.update(text);
        };
        add(endpoint.origin.authority.as_str().as_bytes());
        add(endpoint.path.as_bytes());
        match &form {
            Form::ServiceAccount { email, key_id, key } => [email.as_bytes(), key_id.as_bytes(), key].map(&mut add),
            Form::Refresh { client_id, client_secret, token } => {
                [client_id, client_secret.reveal(), token.reveal()].map(str::as_bytes).map(&mut add)
            }
            Form::Client { client_id, client_secret, scope } => {
                [client_id, client_secret.reveal(), scope].map(str::as_bytes).map(&mut add)
            }
        };
        let mut id = [0; 16];
        id.iter_mut().zip(hash.finalize()).for_each(|(byte, hashed)| *byte = hashed);
        Self { endpoint, form, id }
    }

    /// A client of Entra ID, with its secret: <https://learn.microsoft.com/entra/identity-platform/v2-oauth2-client-creds-grant-flow>.
    /// `authority` is where the tenants are.
    pub fn entra(authority: &BaseUrl, tenant: &str, client_id: &str, client_secret: Secret, scope: &str) -> Self {
        let path = [&*authority.path, "/", tenant, "/oauth2/v2.0/token"].concat().into();
        let form = Form::Client { client_id: client_id.into(), client_secret, scope: scope.into() };
        Self::new(BaseUrl { origin: authority.origin.clone(), path }, form)
    }

    /// Tells it from others: what was got for one is good for nobody else.
    pub fn id(&self) -> [u8; 16] {
        self.id
    }

    /// Where the token is asked for.
    pub fn uri(&self) -> Option<Uri> {
        Uri::builder()
            .scheme(self.endpoint.origin.scheme.clone())
            .authority(self.endpoint.origin.authority.clone())
            .path_and_query(&*self.endpoint.path)
            .build()
            .ok()
    }

    /// What has to be signed first, if anything has. `now` is the time since the Unix epoch.
    pub fn assertion(&self, now: Duration) -> Option<Assertion<'_>> {
        match &self.form {
            Form::ServiceAccount { email, key_id, key } => {
                Some(Assertion { key, input: google::signing_input(email, key_id, now) })
            }
            Form::Refresh { .. } | Form::Client { .. } => None,
        }
    }

    /// The form that asks for the token, with the signed assertion where one is needed: its input, a dot, and the signature
    /// in base64url.
    pub fn form(&self, assertion: Option<&str>) -> String {
        match &self.form {
            Form::ServiceAccount { .. } => form(&[
                ("grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer"),
                ("assertion", assertion.unwrap_or_default()),
            ]),
            Form::Refresh { client_id, client_secret, token } => form(&[
                ("grant_type", "refresh_token"),
                ("client_id", client_id),
                ("client_secret", client_secret.reveal()),
                ("refresh_token", token.reveal()),
            ]),
            Form::Client { client_id, client_secret, scope } => form(&[
                ("grant_type", "client_credentials"),
                ("client_id", client_id),
                ("client_secret", client_secret.reveal()),
                ("scope", scope),
            ]),
        }
    }
}

/// Reads the token endpoint's answer.
///
/// # Errors
/// Why there is no token, in words for an operator: the endpoint's own error code, and nothing else of its answer.
pub fn issued(status: u16, body: &[u8]) -> Result<Issued, String> {
    let doc = Doc::parse_bytes(body).map_err(|_| format!("the token endpoint answered {status} with no JSON"))?;
    let root = doc.root();
    if let Some(code) = root.get_str("error") {
        // RFC 6749, section 5.2: a code of few characters. Anything else could be a text with a secret in it.
        let is_code = code.len() <= 64 && code.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
        return Err(format!("the token endpoint refused: {}", if is_code { &*code } else { "with an unknown code" }));
    }
    let token = root.get_str("access_token").filter(|token| !token.is_empty() && (200..300).contains(&status));
    let Some(token) = token else { return Err(format!("the token endpoint answered {status} without a token")) };
    // A number, or (Entra's older endpoint) a text of one.
    let lifetime = root.get("expires_in").and_then(|value| value.count().or_else(|| value.str()?.parse().ok()));
    Ok(Issued { token: Secret::new(&*token), lifetime: Duration::from_secs(lifetime.unwrap_or(3600)) })
}

/// `application/x-www-form-urlencoded`.
fn form(fields: &[(&str, &str)]) -> String {
    let mut out = String::new();
    for (name, value) in fields {
        if !out.is_empty() {
            out.push('&');
        }
        out.push_str(name);
        out.push('=');
        percent::push(&mut out, value.as_bytes());
    }
    out
}

impl fmt::Debug for Exchange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Exchange").field("endpoint", &self.endpoint).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entra() -> Exchange {
        let authority = BaseUrl::parse("https://login.microsoftonline.com").expect("a URL");
        let scope = "https://cognitiveservices.azure.com/.default";
        Exchange::entra(&authority, "tenant-1", "client", Secret::new("can/ary"), scope)
    }

    #[test]
    fn a_client_asks_with_its_secret() {
        let exchange = entra();
        let uri = exchange.uri().map(|uri| uri.to_string());
        assert_eq!(uri.as_deref(), Some("https://login.microsoftonline.com/tenant-1/oauth2/v2.0/token"));
        assert!(exchange.assertion(Duration::ZERO).is_none());
        assert_eq!(
            exchange.form(None),
            "grant_type=client_credentials&client_id=client&client_secret=can%2Fary\
             &scope=https%3A%2F%2Fcognitiveservices.azure.com%2F.default"
        );
        assert!(!format!("{exchange:?}").contains("can"));
        assert_eq!(exchange.id(), entra().id());
    }

    #[test]
    fn answers_are_a_token_or_a_reason() {
        let token = issued(200, br#"{"access_token":"t","expires_in":3599,"token_type":"Bearer"}"#).expect("a token");
        assert_eq!((token.token.reveal(), token.lifetime.as_secs()), ("t", 3599));
        let text = issued(200, br#"{"access_token":"t","expires_in":"60"}"#).expect("a token");
        assert_eq!(text.lifetime.as_secs(), 60);
        for (status, body, words) in [
            (400, r#"{"error":"invalid_grant","error_description":"canary"}"#, "refused: invalid_grant"),
            (400, r#"{"error":"a canary text"}"#, "an unknown code"),
            (401, r#"{"error":{"code":401,"message":"canary"}}"#, "answered 401 without a token"),
            (200, r#"{"access_token":""}"#, "answered 200 without a token"),
            (502, "<html>canary", "answered 502 with no JSON"),
        ] {
            let told = issued(status, body.as_bytes()).expect_err(body);
            assert!(told.contains(words) && !told.contains("canary"), "{told}");
        }
    }
}
