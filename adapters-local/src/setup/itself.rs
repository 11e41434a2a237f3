//! A gateway must not be its own provider: a request would go in a circle until something gives.

use std::net::{IpAddr, SocketAddr};

use gatelet_core::config::Settings;
use gatelet_core::provider::{BaseUrl, Kind};
use http::uri::Scheme;

/// Refuses providers that are the gateway itself.
pub(super) fn refuse(settings: &Settings, bound: &[SocketAddr]) -> Result<(), String> {
    let circles = settings.providers.iter().filter_map(|provider| {
        let url = provider.base_url.as_ref().filter(|url| is_here(url, bound))?;
        Some(format!(
            "providers.{name}.base_url: {scheme}://{authority}{path} is where gatelet itself listens, so that requests \
             would go in a circle; let gatelet listen elsewhere, such as with `--listen {other}`, or give the provider's own \
             address",
            name = provider.name,
            scheme = url.origin.scheme,
            authority = url.origin.authority,
            path = url.path,
            other = port(url).checked_add(1).unwrap_or(8081),
        ))
    });
    let circles: Vec<String> = circles.collect();
    if circles.is_empty() { Ok(()) } else { Err(circles.join("\n")) }
}

/// Whether the variable is one that a vendor's SDK reads its base URL from.
pub(super) fn is_base_url_variable(name: &str) -> bool {
    Kind::all().any(|kind| kind.base_url_variable == Some(name))
}

/// Whether the URL leads to one of these addresses.
pub(super) fn leads_to(url: &str, addresses: &[SocketAddr]) -> bool {
    BaseUrl::parse(url).is_ok_and(|url| is_here(&url, addresses))
}

fn port(url: &BaseUrl) -> u16 {
    url.origin.authority.port_u16().unwrap_or(80)
}

fn is_here(url: &BaseUrl, addresses: &[SocketAddr]) -> bool {
    // The server speaks no TLS: an https address on the same port is another one's.
    if url.origin.scheme != Scheme::HTTP {
        return false;
    }
    let port = port(url);
    let host = url.origin.authority.host().trim_start_matches('[').trim_end_matches(']').trim_end_matches('.');
    let asked = host.parse::<IpAddr>().ok().map(|address| address.to_canonical());
    let is_loopback = asked
        .map_or(host.eq_ignore_ascii_case("localhost"), |address| address.is_loopback() || address.is_unspecified());
    addresses.iter().any(|bound| {
        let ip = bound.ip().to_canonical();
        bound.port() == port && (asked == Some(ip) || (is_loopback && (ip.is_loopback() || ip.is_unspecified())))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn leads(url: &str, address: &str) -> bool {
        leads_to(url, &[address.parse().expect("an address")])
    }

    #[test]
    fn knows_its_own_address_in_every_spelling() {
        for url in [
            "http://127.0.0.1:8080/v1",
            "http://localhost:8080",
            "http://LOCALHOST.:8080/v1",
            "http://[::1]:8080/",
            "http://0.0.0.0:8080/v1",
        ] {
            assert!(leads(url, "127.0.0.1:8080"), "{url}");
            assert!(leads(url, "0.0.0.0:8080"), "{url}");
        }
        assert!(leads("http://10.0.0.7:8080/v1", "10.0.0.7:8080"));
        assert!(leads("http://localhost/v1", "127.0.0.1:80"));
        assert!(!leads("http://10.0.0.7:8080/v1", "127.0.0.1:8080"));
        assert!(!leads("http://127.0.0.1:8081/v1", "127.0.0.1:8080"));
        assert!(!leads("https://127.0.0.1:8080/v1", "127.0.0.1:8080"));
        assert!(!leads("http://localhost:8080/v1", "10.0.0.7:8080"));
        assert!(!leads("nonsense", "127.0.0.1:8080"));
        assert!(is_base_url_variable("OPENAI_BASE_URL") && !is_base_url_variable("OPENAI_API_KEY"));
    }
}
