//! Google's credential files: <https://cloud.google.com/docs/authentication/application-default-credentials>.

use std::time::Duration;

use super::{Exchange, Form};
use crate::provider::BaseUrl;
use crate::secret::Secret;
use crate::wire::base64;
use crate::wire::doc::{Doc, Value};
use crate::wire::text::{push_number, push_string};

const SCOPE: &str = "https://www.googleapis.com/auth/cloud-platform";
/// The `aud` of an assertion, wherever it is sent: google-auth `oauth2/service_account.py`.
const ENDPOINT: &str = "https://oauth2.googleapis.com/token";
/// The longest that Google takes: <https://developers.google.com/identity/protocols/oauth2/service-account>.
const LIFETIME: u64 = 3600;

impl Exchange {
    /// Reads a credential file: of a service account, or of a person who has logged in with `gcloud`.
    ///
    /// # Errors
    /// What is wrong with it and what to do; nothing of the file's secrets.
    pub fn google(file: &str) -> Result<Self, String> {
        let doc = Doc::parse(file).map_err(|_| "it is not the JSON of a Google credential file".to_owned())?;
        let root = doc.root();
        let endpoint = root.get_str("token_uri").filter(|uri| !uri.is_empty());
        let endpoint = BaseUrl::parse(endpoint.as_deref().unwrap_or(ENDPOINT))
            .map_err(|problem| format!("its `token_uri` is wrong: {problem}"))?;
        let form = match root.get_str("type").as_deref() {
            Some("service_account") => service_account(root)?,
            Some("authorized_user") => Form::Refresh {
                client_id: required(root, "client_id")?.into(),
                client_secret: Secret::new(required(root, "client_secret")?),
                token: Secret::new(required(root, "refresh_token")?),
            },
            Some("external_account" | "external_account_authorized_user" | "impersonated_service_account") => {
                return Err(
                    "workload identity federation and impersonation are not supported; use a service account's \
                            key, or the identity of the machine"
                        .to_owned(),
                );
            }
            Some("gdch_service_account") => return Err("accounts of Distributed Cloud are not supported".to_owned()),
            _ => {
                return Err(
                    "its `type` is neither \"service_account\" nor \"authorized_user\": download a key of the \
                            service account in JSON"
                        .to_owned(),
                );
            }
        };
        Ok(Exchange::new(endpoint, form))
    }
}

fn service_account(root: Value<'_>) -> Result<Form, String> {
    let email = required(root, "client_email")?;
    let pem = required(root, "private_key")?;
    let key = der(&pem).ok_or_else(|| {
        "its `private_key` is no private key in PEM (`-----BEGIN PRIVATE KEY-----`); download the file again".to_owned()
    })?;
    let key_id = root.get_str("private_key_id").unwrap_or_default();
    Ok(Form::ServiceAccount { email: email.into(), key_id: key_id.into(), key: key.into() })
}

fn required(root: Value<'_>, name: &str) -> Result<String, String> {
    let text = root.get_str(name).filter(|text| !text.trim().is_empty());
    text.map(std::borrow::Cow::into_owned).ok_or_else(|| format!("it has no `{name}`"))
}

/// The bytes of a PKCS#8 private key in PEM (RFC 7468, section 10).
fn der(pem: &str) -> Option<Vec<u8>> {
    let (_, rest) = pem.split_once("-----BEGIN PRIVATE KEY-----")?;
    let (body, _) = rest.split_once("-----END PRIVATE KEY-----")?;
    let body: String = body.chars().filter(|char| !char.is_ascii_whitespace()).collect();
    // A key begins as any DER sequence does.
    base64::decode(&body).filter(|der| der.first() == Some(&0x30) && der.len() > 64)
}

/// Head and claims of the assertion: RFC 7515, section 5.1, and google-auth's `_make_authorization_grant_assertion`.
pub(super) fn signing_input(email: &str, key_id: &str, now: Duration) -> String {
    let mut head = b"{\"alg\":\"RS256\",\"typ\":\"JWT\"".to_vec();
    if !key_id.is_empty() {
        head.extend_from_slice(b",\"kid\":");
        push_string(&mut head, key_id);
    }
    head.push(b'}');
    let mut claims = b"{\"iss\":".to_vec();
    push_string(&mut claims, email);
    for (name, text) in [("scope", SCOPE), ("aud", ENDPOINT)] {
        claims.push(b',');
        push_string(&mut claims, name);
        claims.push(b':');
        push_string(&mut claims, text);
    }
    claims.extend_from_slice(b",\"iat\":");
    push_number(&mut claims, now.as_secs());
    claims.extend_from_slice(b",\"exp\":");
    push_number(&mut claims, now.as_secs() + LIFETIME);
    claims.push(b'}');
    let mut input = String::new();
    base64::push_url(&head, &mut input);
    input.push('.');
    base64::push_url(&claims, &mut input);
    input
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pem() -> String {
        let der: Vec<u8> = std::iter::once(0x30).chain(0..99).collect();
        format!("-----BEGIN PRIVATE KEY-----\\n{}\\n-----END PRIVATE KEY-----\\n", base64::encode(&der))
    }

    fn account(without: &str) -> String {
        let fields = [
            ("type", "service_account".to_owned()),
            ("client_email", "gatelet@project.iam.gserviceaccount.com".to_owned()),
            ("private_key_id", "kid-1".to_owned()),
            ("private_key", pem()),
        ];
        let fields = fields.iter().filter(|(name, _)| *name != without);
        let fields: Vec<_> = fields.map(|(name, value)| format!("\"{name}\":\"{value}\"")).collect();
        format!("{{{}}}", fields.join(","))
    }

    #[test]
    fn a_service_account_asserts_itself() {
        let exchange = Exchange::google(&account("")).expect("an account");
        assert_eq!(exchange.uri().map(|uri| uri.to_string()).as_deref(), Some(ENDPOINT));
        let assertion = exchange.assertion(Duration::from_secs(1000)).expect("an assertion");
        let parts: Vec<_> = assertion.input.split('.').map(|part| base64::decode(part).expect("base64")).collect();
        assert_eq!(parts[0], br#"{"alg":"RS256","typ":"JWT","kid":"kid-1"}"#);
        let claims: serde_json::Value = serde_json::from_slice(&parts[1]).expect("JSON");
        assert_eq!(
            claims,
            serde_json::json!({
                "iss": "gatelet@project.iam.gserviceaccount.com", "aud": ENDPOINT, "scope": SCOPE,
                "iat": 1000, "exp": 4600
            })
        );
        assert_eq!(
            exchange.form(Some("a.b.c")),
            "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer&assertion=a.b.c"
        );
    }

    #[test]
    fn a_person_refreshes() {
        let file = r#"{"type":"authorized_user","client_id":"i","client_secret":"s","refresh_token":"1//r"}"#;
        let exchange = Exchange::google(file).expect("a person");
        assert_eq!(exchange.form(None), "grant_type=refresh_token&client_id=i&client_secret=s&refresh_token=1%2F%2Fr");
    }

    #[test]
    fn what_is_wrong_is_said_without_the_key() {
        for (file, words) in [
            ("{".to_owned(), "not the JSON"),
            ("{}".to_owned(), "`type`"),
            (account("type"), "`type`"),
            (account("private_key"), "no `private_key`"),
            (account("client_email"), "no `client_email`"),
            (account("").replace("BEGIN PRIVATE", "BEGIN RSA PRIVATE"), "no private key in PEM"),
            (account("").replace("service_account", "external_account"), "not supported"),
            (account("").replace("{\"type\"", "{\"token_uri\":\"oauth\",\"type\""), "`token_uri`"),
        ] {
            let told = Exchange::google(&file).expect_err(&file);
            assert!(told.contains(words) && !told.contains("MAAB"), "{told}");
        }
        let debug = format!("{:?}", Exchange::google(&account("")).expect("an account"));
        assert!(!debug.contains("MAAB") && !debug.contains("48, 0, 1"), "{debug}");
    }
}
