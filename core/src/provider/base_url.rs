//! Where a provider is.

use bytes::Bytes;
use http::uri::{Authority, PathAndQuery, Scheme, Uri};

use super::Origin;

/// The scheme of what is reached through a Worker's binding: `binding://AI/run/MODEL`. A Worker carries it out; there is no
/// such scheme on any network.
pub const BINDING: &str = "binding";

/// A provider's base URL, checked once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BaseUrl {
    /// The origin.
    pub origin: Origin,
    /// The path, without a slash at its end; empty where the URL has none.
    pub path: Box<str>,
}

impl BaseUrl {
    /// What a Worker's binding leads to: an origin of its own kind, which only the Worker itself knows how to reach.
    pub(crate) fn of_binding(name: &str) -> Option<Self> {
        let scheme = Scheme::try_from(BINDING).ok()?;
        let authority = Authority::try_from(name).ok()?;
        Some(Self { origin: Origin { scheme, authority }, path: "".into() })
    }

    /// Reads a base URL as it is configured.
    ///
    /// # Errors
    /// What is wrong with it and what to write.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        const FORM: &str = "write an absolute URL such as \"https://api.openai.com/v1\"";
        if text.contains('#') {
            return Err("a base URL has no fragment; leave out the part from `#` on");
        }
        if text.contains('?') {
            return Err("a base URL has no query; leave out the part from `?` on");
        }
        let parts = text.trim().parse::<Uri>().map_err(|_| FORM)?.into_parts();
        let (Some(scheme), Some(authority)) = (parts.scheme, parts.authority) else { return Err(FORM) };
        if scheme != Scheme::HTTP && scheme != Scheme::HTTPS {
            return Err("a base URL begins with `https://` or `http://`");
        }
        if authority.as_str().contains('@') {
            return Err("a base URL holds no user or password; use `api_key`");
        }
        if authority.host().is_empty() || port_is_wrong(&authority) {
            return Err(FORM);
        }
        let path = parts.path_and_query.as_ref().map_or("", PathAndQuery::path).trim_end_matches('/');
        if path.split('/').any(|segment| segment == "." || segment == "..") {
            return Err("a base URL's path holds no `.` or `..`");
        }
        let authority = as_sent(&scheme, &authority).ok_or(FORM)?;
        Ok(Self { origin: Origin { scheme, authority }, path: path.into() })
    }
}

/// The host and port as `fetch` sends them, so that all runtimes do, and a signature over the host is good on each: in lower
/// case, and without the scheme's own port (<https://url.spec.whatwg.org/#port-state>).
fn as_sent(scheme: &Scheme, authority: &Authority) -> Option<Authority> {
    let default = if *scheme == Scheme::HTTPS { 443 } else { 80 };
    let mut text = authority.host().to_ascii_lowercase();
    if let Some(port) = authority.port_u16().filter(|port| *port != default) {
        text.push(':');
        text.push_str(itoa::Buffer::new().format(port));
    }
    Authority::from_maybe_shared(Bytes::from(text)).ok()
}

/// Whether what stands behind the host is no port: `Authority` takes any text of digits, and none.
fn port_is_wrong(authority: &Authority) -> bool {
    let after_host = authority.as_str().get(authority.host().len()..).unwrap_or_default();
    !after_host.is_empty() && authority.port_u16().is_none_or(|port| port == 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(text: &str) -> Option<(String, String)> {
        let url = BaseUrl::parse(text).ok()?;
        Some((format!("{}://{}", url.origin.scheme, url.origin.authority), url.path.into()))
    }

    #[test]
    fn takes_urls_as_sdks_write_them() {
        let of = |origin: &str, path: &str| Some((origin.to_owned(), path.to_owned()));
        assert_eq!(parts("https://api.openai.com/v1"), of("https://api.openai.com", "/v1"));
        assert_eq!(parts("https://api.anthropic.com/"), of("https://api.anthropic.com", ""));
        assert_eq!(parts("http://[::1]:8000/a/b//"), of("http://[::1]:8000", "/a/b"));
    }

    #[test]
    fn writes_the_host_as_it_is_sent() {
        let of = |origin: &str| Some((origin.to_owned(), "/V1".to_owned()));
        assert_eq!(parts("https://API.example.COM:443/V1"), of("https://api.example.com"));
        assert_eq!(parts("HTTP://api.example.com:80/V1"), of("http://api.example.com"));
        assert_eq!(parts("https://api.example.com:80/V1"), of("https://api.example.com:80"));
        assert_eq!(parts("http://[::A]:0443/V1"), of("http://[::a]:443"));
    }

    #[test]
    fn a_binding_is_an_origin() {
        let url = BaseUrl::of_binding("MY_AI2").expect("an origin");
        assert_eq!((url.origin.scheme.as_str(), url.origin.authority.as_str()), ("binding", "MY_AI2"));
        assert!(BaseUrl::parse("binding://AI").is_err(), "nobody writes one");
    }

    #[test]
    fn refuses_what_is_no_base_url() {
        for text in [
            "",
            "api.openai.com",
            "/v1",
            "ftp://a/v1",
            "https://",
            "https://u:p@a/v1",
            "https://a/v1#x",
            "https://a/v1?key=1",
            "https://a:99999/v1",
            "https://a:/v1",
            "https://a:0/v1",
            "https://a/../v1",
            "https://a b/v1",
        ] {
            assert_eq!(parts(text), None, "{text}");
        }
    }
}
