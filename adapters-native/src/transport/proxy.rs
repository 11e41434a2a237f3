//! The proxy that the environment names.

use std::fmt;
use std::net::IpAddr;

use http::Uri;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::connect::proxy::Tunnel;
use hyper_util::client::proxy::matcher::{Intercept, Matcher};

use super::request::Destination;

/// A proxy that https upstreams are reached through, by a `CONNECT` tunnel.
pub struct Proxy {
    matcher: Matcher,
    via: Intercept,
    variable: &'static str,
}

/// The variables of the proxy and of the hosts that are reached without it, in the order in which they are looked at.
const PROXY: [&str; 2] = ["HTTPS_PROXY", "https_proxy"];
const DIRECT: [&str; 2] = ["NO_PROXY", "no_proxy"];

impl Proxy {
    /// The proxy that `HTTPS_PROXY` (or `https_proxy`) names; `NO_PROXY` (or `no_proxy`) excepts hosts. `None` where
    /// neither is set.
    ///
    /// # Errors
    /// What is wrong with the variable, without its value: it may hold a password.
    pub fn from_environment(environment: &dyn Fn(&str) -> Option<String>) -> Result<Option<Self>, String> {
        let set = |name: &&str| environment(name).filter(|value| !value.trim().is_empty());
        let Some((variable, url)) = PROXY.iter().find_map(|name| Some((*name, set(name)?))) else { return Ok(None) };
        let except = DIRECT.iter().find_map(set).unwrap_or_default();
        let all = Matcher::builder().https(url.trim()).build();
        let some = Matcher::builder().https(url.trim()).no(except).build();
        let via = all.intercept(&Uri::from_static("https://upstream.invalid/"));
        match via {
            Some(via) if via.uri().scheme_str() == Some("http") => Ok(Some(Self { matcher: some, via, variable })),
            _ => Err(format!("{variable} must be the URL of an HTTP proxy, such as http://proxy.example:3128")),
        }
    }

    /// Host and port of the proxy.
    pub fn address(&self) -> &str {
        self.via.uri().authority().map_or("", |authority| authority.as_str())
    }

    /// The variable that named it.
    pub fn variable(&self) -> &'static str {
        self.variable
    }

    /// Whether it stands between us and that upstream: not before our own machine, whatever the variables say.
    pub(super) fn applies(&self, to: &Destination, uri: &Uri) -> bool {
        to.secure && !is_loopback(to.host()) && self.matcher.intercept(uri).is_some()
    }

    /// What connects through it.
    pub(super) fn tunnel(&self, sockets: HttpConnector) -> Tunnel<HttpConnector> {
        let tunnel = Tunnel::new(self.via.uri().clone(), sockets);
        match self.via.basic_auth() {
            Some(credential) => tunnel.with_auth(credential.clone()),
            None => tunnel,
        }
    }
}

fn is_loopback(host: &str) -> bool {
    let host = host.trim_end_matches('.');
    match host.parse::<IpAddr>() {
        Ok(address) => address.to_canonical().is_loopback(),
        Err(_) => host.rsplit('.').next().is_some_and(|last| last.eq_ignore_ascii_case("localhost")),
    }
}

impl fmt::Debug for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Proxy").field("address", &self.address()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn proxy(variables: &[(&str, &str)]) -> Result<Option<Proxy>, String> {
        let find =
            |name: &str| variables.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned());
        Proxy::from_environment(&find)
    }

    fn applies(proxy: &Proxy, url: &str) -> bool {
        let uri = url.parse().expect("a URL");
        proxy.applies(&Destination::of(&uri).expect("absolute"), &uri)
    }

    #[test]
    fn stands_before_foreign_https_alone() {
        let proxy =
            proxy(&[("HTTPS_PROXY", "http://u:canary@proxy.example:3128"), ("NO_PROXY", "intern.example,10.0.0.0/8")]);
        let proxy = proxy.expect("no error").expect("a proxy");
        assert_eq!((proxy.address(), proxy.variable()), ("proxy.example:3128", "HTTPS_PROXY"));
        assert!(!format!("{proxy:?}").contains("canary"));
        assert!(applies(&proxy, "https://api.openai.com/v1"));
        for url in [
            "http://api.openai.com/v1",
            "https://a.intern.example/",
            "https://10.1.2.3/",
            "https://127.9.9.9/",
            "https://localhost/",
            "https://a.localhost./",
            "https://[::1]:8443/",
            "https://[::ffff:127.0.0.1]/",
        ] {
            assert!(!applies(&proxy, url), "{url}");
        }
    }

    #[test]
    fn is_none_without_the_variable_and_an_error_when_unusable() {
        assert!(proxy(&[]).is_ok_and(|proxy| proxy.is_none()));
        assert!(proxy(&[("HTTPS_PROXY", " "), ("NO_PROXY", "*")]).is_ok_and(|proxy| proxy.is_none()));
        for url in ["https://u:canary@proxy.example", "socks5://canary:1", "http://[canary"] {
            let error = proxy(&[("https_proxy", url)]).expect_err(url);
            assert!(error.starts_with("https_proxy must be") && !error.contains("canary"), "{error}");
        }
        let bare = proxy(&[("https_proxy", "proxy.example:3128")]).expect("no error").expect("a proxy");
        assert_eq!(bare.address(), "proxy.example:3128");
    }
}
