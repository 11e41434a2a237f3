//! What a provider is authenticated to with, bound to the origins it may be sent to.

use std::fmt;

use http::header::{AUTHORIZATION, HeaderMap, HeaderName, HeaderValue};
use memchr::memmem;

use super::exchange::Exchange;
use super::{Auth, Origin};
use crate::error::{Class, Error};
use crate::host::{AwsKeys, Grant, Identity};
use crate::secret::Secret;

/// A credential. It can be attached to requests to its own origins and to nothing else.
#[derive(Clone)]
pub struct Credential {
    origins: Box<[Origin]>,
    proof: Proof,
}

/// What a credential is made of.
#[derive(Clone, Debug)]
pub enum Proof {
    /// A header that is the same for every request.
    Header(HeaderName, HeaderValue),
    /// Keys to sign requests to AWS with.
    Aws(AwsKeys),
    /// Something that a token is given for.
    Exchange(Exchange),
    /// Whatever the platform says of itself.
    Ambient(Identity),
}

impl Credential {
    /// The credential, for requests to the given origins.
    pub fn new(origins: Vec<Origin>, proof: Proof) -> Self {
        Self { origins: origins.into(), proof }
    }

    /// What it is made of, for a request to that origin; `None` for any other than its own.
    pub fn proof(&self, origin: &Origin) -> Option<&Proof> {
        self.origins.contains(origin).then_some(&self.proof)
    }

    /// Whether it is keys that requests are signed with.
    pub fn is_keys_of_aws(&self) -> bool {
        matches!(self.proof, Proof::Aws(_))
    }

    /// Whether the text quotes what is sent of it, or of what was granted for it.
    pub fn is_quoted(&self, grant: Option<&Grant>, text: &[u8]) -> bool {
        match (&self.proof, grant) {
            (Proof::Header(_, value), _) => is_quoted(value, text),
            (Proof::Aws(keys), _) | (_, Some(Grant::Aws(keys))) => {
                let sent = keys.session_token.as_ref();
                sent.is_some_and(|token| quotes(text, token.reveal().as_bytes()))
            }
            (_, Some(Grant::Bearer(token))) => quotes(text, token.reveal().trim().as_bytes()),
            (_, None) => false,
        }
    }

    /// What a token has to be got for, before a request can be made.
    pub fn granted(&self) -> Option<Granted<'_>> {
        match &self.proof {
            Proof::Header(..) | Proof::Aws(_) => None,
            Proof::Exchange(exchange) => Some(Granted::Exchange(exchange)),
            Proof::Ambient(identity) => Some(Granted::Ambient(*identity)),
        }
    }
}

/// What a token, or keys for a time, are got for.
#[derive(Clone, Copy, Debug)]
pub enum Granted<'a> {
    /// Something that is configured.
    Exchange(&'a Exchange),
    /// The platform's identity.
    Ambient(Identity),
}

impl Proof {
    /// The header that carries the key; `None` where it cannot stand in one.
    pub fn key(auth: Auth, secret: &str) -> Option<Self> {
        match auth {
            Auth::Bearer => bearer(secret).map(|value| Proof::Header(AUTHORIZATION, value)),
            Auth::Header(name) => Self::header(HeaderName::from_static(name), secret),
        }
    }

    /// The header of that name with the key alone.
    pub fn header(name: HeaderName, secret: &str) -> Option<Self> {
        let mut value = HeaderValue::from_str(secret.trim()).ok()?;
        value.set_sensitive(true);
        Some(Proof::Header(name, value))
    }
}

/// Whether the text quotes the secret of a header's value.
pub(crate) fn is_quoted(value: &HeaderValue, text: &[u8]) -> bool {
    let value = value.as_bytes();
    quotes(text, value.strip_prefix(b"Bearer ").unwrap_or(value))
}

/// Whether it stands in the text. What is shorter is a name that somebody gave to a server that wants any key: `ollama`,
/// `EMPTY`, `sk-1234`.
fn quotes(text: &[u8], secret: &[u8]) -> bool {
    secret.len() >= 16 && memmem::find(text, secret).is_some()
}

/// `Bearer TOKEN`.
fn bearer(token: &str) -> Option<HeaderValue> {
    let mut value = HeaderValue::from_str(&["Bearer ", token.trim()].concat()).ok()?;
    value.set_sensitive(true);
    Some(value)
}

/// Adds a token to a request.
///
/// # Errors
/// It cannot stand in a header.
pub(super) fn insert_token(token: &Secret, headers: &mut HeaderMap) -> Result<(), Error> {
    let value = bearer(token.reveal())
        .ok_or_else(|| Error::new(Class::UpstreamAuth, "the access token holds what cannot stand in a header"))?;
    headers.insert(AUTHORIZATION, value);
    Ok(())
}

impl fmt::Debug for Credential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = match &self.proof {
            Proof::Header(name, _) => name.as_str(),
            Proof::Aws(_) => "keys of AWS",
            Proof::Exchange(_) => "exchanged for a token",
            Proof::Ambient(_) => "the platform's identity",
        };
        f.debug_struct("Credential").field("kind", &kind).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::provider::BaseUrl;

    fn origin(text: &str) -> Origin {
        BaseUrl::parse(text).expect("a URL").origin
    }

    #[test]
    fn stays_with_its_origin_and_out_of_debug() {
        let own = origin("https://a.example/v1");
        let proof = Proof::key(Auth::Bearer, " sk-canary\n").expect("a header value");
        let credential = Credential::new(vec![own.clone()], proof);
        let Some(Proof::Header(name, value)) = credential.proof(&own) else { panic!("a header") };
        assert_eq!((name, value.to_str().ok()), (&AUTHORIZATION, Some("Bearer sk-canary")));
        assert!(credential.proof(&origin("https://b.example/v1")).is_none());
        assert!(!format!("{credential:?} {:?}", credential.proof(&own)).contains("canary"));
        assert!(Proof::key(Auth::Header("x-api-key"), "a\nb").is_none());
    }
}
