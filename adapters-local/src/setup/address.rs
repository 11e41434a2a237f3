//! Where to listen.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, ToSocketAddrs};

use gatelet_core::config::Access;

const DEFAULT_PORT: u16 = 8080;

/// Where to listen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Address {
    host: Host,
    port: u16,
    chosen: Chosen,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Host {
    Address(IpAddr),
    /// `localhost`: both loopback addresses, because clients try either first.
    Localhost,
    Name(String),
}

/// What decided where to listen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Chosen {
    Flag,
    Config,
    Port,
    Default,
}

const FORM: &str = "write PORT, HOST:PORT or [IPV6]:PORT, such as 8080, 0.0.0.0:8080 or [::1]:8080";

impl Address {
    /// The address of the flag, else of the configuration, else of `PORT`, else the default.
    ///
    /// # Errors
    /// What is wrong with the one that counts.
    pub(crate) fn choose(
        flag: Option<&str>,
        config: Option<&str>,
        port: Option<&str>,
        access: Access,
    ) -> Result<Self, String> {
        let port = port.map(str::trim).filter(|port| !port.is_empty());
        match (flag, config, port) {
            (Some(text), ..) => Self::parse(text, Chosen::Flag).ok_or_else(|| format!("--listen {text}: {FORM}")),
            (None, Some(text), _) => {
                Self::parse(text, Chosen::Config).ok_or_else(|| format!("server.listen \"{text}\": {FORM}"))
            }
            (None, None, Some(text)) => {
                let port = text.parse().map_err(|_| format!("PORT={text}: must be a port's number, such as 8080"))?;
                // Platforms that set PORT reach the server from outside. Without keys that would let everybody in.
                let all = access != Access::Loopback;
                let host = if all { Ipv4Addr::UNSPECIFIED } else { Ipv4Addr::LOCALHOST };
                Ok(Self { host: Host::Address(host.into()), port, chosen: Chosen::Port })
            }
            (None, None, None) => {
                let host = Host::Address(Ipv4Addr::LOCALHOST.into());
                Ok(Self { host, port: DEFAULT_PORT, chosen: Chosen::Default })
            }
        }
    }

    fn parse(text: &str, chosen: Chosen) -> Option<Self> {
        let text = text.trim();
        let (host, port) = match text.rsplit_once(':') {
            None => (Host::Address(Ipv4Addr::LOCALHOST.into()), text),
            Some((host, port)) => (Host::parse(host)?, port),
        };
        let is_number = !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit());
        let port = is_number.then(|| port.parse().ok()).flatten()?;
        Some(Self { host, port, chosen })
    }

    /// The sockets to bind.
    ///
    /// # Errors
    /// Why the host's name leads nowhere.
    pub(crate) fn resolve(&self) -> Result<Vec<SocketAddr>, String> {
        match &self.host {
            Host::Address(address) => Ok(vec![SocketAddr::new(*address, self.port)]),
            Host::Localhost => Ok([IpAddr::from(Ipv4Addr::LOCALHOST), Ipv6Addr::LOCALHOST.into()]
                .map(|address| SocketAddr::new(address, self.port))
                .to_vec()),
            Host::Name(name) => match (name.as_str(), self.port).to_socket_addrs() {
                Ok(found) => Ok(found.collect()),
                Err(error) => Err(format!("cannot listen on {self}: {error}")),
            },
        }
    }

    /// What decided it.
    pub(crate) fn chosen(&self) -> Chosen {
        self.chosen
    }
}

impl Host {
    fn parse(text: &str) -> Option<Self> {
        if text.eq_ignore_ascii_case("localhost") {
            return Some(Self::Localhost);
        }
        if let Some(address) = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            return address.parse::<Ipv6Addr>().ok().map(|address| Self::Address(address.into()));
        }
        if let Ok(address) = text.parse::<Ipv4Addr>() {
            return Some(Self::Address(address.into()));
        }
        let is_name = !text.is_empty()
            && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_'))
            && text.bytes().any(|byte| byte.is_ascii_alphabetic());
        is_name.then(|| Self::Name(text.to_owned()))
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.host {
            Host::Address(IpAddr::V4(address)) => write!(f, "{address}:{}", self.port),
            Host::Address(IpAddr::V6(address)) => write!(f, "[{address}]:{}", self.port),
            Host::Localhost => write!(f, "localhost:{}", self.port),
            Host::Name(name) => write!(f, "{name}:{}", self.port),
        }
    }
}

impl fmt::Display for Chosen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Flag => "--listen",
            Self::Config => "[server] listen",
            Self::Port => "PORT",
            Self::Default => "the default",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn flag(text: &str) -> Option<String> {
        Address::choose(Some(text), None, None, Access::Loopback).ok().map(|address| address.to_string())
    }

    #[test]
    fn addresses_are_read() {
        for (text, address) in [
            ("8081", "127.0.0.1:8081"),
            ("0.0.0.0:80", "0.0.0.0:80"),
            ("[::1]:8080", "[::1]:8080"),
            ("[::]:0", "[::]:0"),
            ("localhost:8080", "localhost:8080"),
            ("gateway.example:8080", "gateway.example:8080"),
        ] {
            assert_eq!(flag(text).as_deref(), Some(address), "{text}");
        }
        for text in [
            "",
            ":8080",
            "::1",
            "::1:8080x",
            "[::1]",
            "localhost",
            "1.2.3.4",
            "a:",
            "a:99999",
            "a:+1",
            "256.1.1.1:1",
            "http://a:1",
        ] {
            assert_eq!(flag(text), None, "{text}");
        }
    }

    #[test]
    fn the_first_that_is_given_counts() {
        let choose = |flag, config, port, access| {
            let address = Address::choose(flag, config, port, access).expect("an address");
            (address.to_string(), address.chosen())
        };
        let of = |text: &str, chosen| (text.to_owned(), chosen);
        assert_eq!(choose(Some("1"), Some("2"), Some("3"), Access::Keys), of("127.0.0.1:1", Chosen::Flag));
        assert_eq!(choose(None, Some("2"), Some("3"), Access::Keys), of("127.0.0.1:2", Chosen::Config));
        assert_eq!(choose(None, None, Some("3"), Access::Keys), of("0.0.0.0:3", Chosen::Port));
        assert_eq!(choose(None, None, Some("3"), Access::Open), of("0.0.0.0:3", Chosen::Port));
        assert_eq!(choose(None, None, Some("3"), Access::Loopback), of("127.0.0.1:3", Chosen::Port));
        assert_eq!(choose(None, None, Some(" "), Access::Keys), of("127.0.0.1:8080", Chosen::Default));
        assert!(Address::choose(None, None, Some("x"), Access::Keys).is_err());
    }

    #[test]
    fn localhost_is_both_loopback_addresses() {
        let address = Address::choose(Some("LOCALHOST:1"), None, None, Access::Loopback).expect("an address");
        let resolved = address.resolve().expect("addresses");
        assert_eq!(resolved.iter().map(ToString::to_string).collect::<Vec<_>>(), ["127.0.0.1:1", "[::1]:1"]);
    }
}
