//! A provider's credential, bound to the origin it may be sent to.

use std::fmt;

use http::header::{AUTHORIZATION, HeaderName, HeaderValue};

use super::{Auth, Origin};

/// A credential. It can be attached to requests to its own origin and to nothing else.
#[derive(Clone)]
pub struct Credential {
    origin: Origin,
    name: HeaderName,
    value: HeaderValue,
}

impl Credential {
    /// The credential as it is sent to the given origin; `None` where it cannot stand in a header.
    pub fn new(origin: Origin, auth: Auth, secret: &str) -> Option<Self> {
        let secret = secret.trim();
        let (name, text) = match auth {
            Auth::Bearer => (AUTHORIZATION, format!("Bearer {secret}")),
            Auth::XApiKey => (HeaderName::from_static("x-api-key"), secret.to_owned()),
            Auth::XGoogApiKey => (HeaderName::from_static("x-goog-api-key"), secret.to_owned()),
        };
        let mut value = HeaderValue::from_str(&text).ok()?;
        value.set_sensitive(true);
        Some(Self { origin, name, value })
    }

    /// The header that carries the credential to the given origin; `None` for any other than its own.
    pub fn header(&self, origin: &Origin) -> Option<(HeaderName, HeaderValue)> {
        (self.origin == *origin).then(|| (self.name.clone(), self.value.clone()))
    }
}

impl fmt::Debug for Credential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credential").field("name", &self.name).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::provider::BaseUrl;

    #[test]
    fn stays_with_its_origin_and_out_of_debug() {
        let own = BaseUrl::parse("https://a.example/v1").expect("a URL").origin;
        let foreign = BaseUrl::parse("https://b.example/v1").expect("a URL").origin;
        let credential = Credential::new(own.clone(), Auth::Bearer, " sk-canary\n").expect("a header value");
        let (name, value) = credential.header(&own).expect("its own origin");
        assert_eq!((name, value.to_str().ok()), (AUTHORIZATION, Some("Bearer sk-canary")));
        assert!(credential.header(&foreign).is_none());
        assert!(!format!("{credential:?}").contains("canary"));
        assert!(Credential::new(own, Auth::XApiKey, "a\nb").is_none());
    }
}
