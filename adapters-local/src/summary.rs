//! What is served, in words: at the start, and for `gatelet check`.

use std::fmt::Write;
use std::net::SocketAddr;

use gatelet_core::config::{Access, Settings};
use gatelet_core::dialect::Dialect;
use gatelet_core::provider::models::{self, Mark};
use gatelet_core::provider::{Provider, Route};
use gatelet_native::config::Origin;
use gatelet_native::transport::Proxy;

/// What there is to say about a server.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Summary<'a> {
    pub(crate) origin: &'a Origin,
    /// The providers that the environment offers, with the variables of their credentials.
    pub(crate) found: &'a [(&'static str, &'static str)],
    pub(crate) settings: &'a Settings,
    pub(crate) proxy: Option<&'a Proxy>,
}

impl Summary<'_> {
    /// Everything but the address, a line each.
    pub(crate) fn text(&self) -> String {
        let mut text = String::new();
        let mut line = |name: &str, value: &str| {
            // Writing to a String does not fail.
            let _ = writeln!(text, "  {name:<14} {value}");
        };
        line("configuration", &self.configuration());
        line("client keys", &self.keys());
        for (index, provider) in self.settings.providers.iter().enumerate() {
            line(if index == 0 { "providers" } else { "" }, &self.provider(provider));
        }
        for (index, (name, route)) in self.settings.routes.iter().enumerate() {
            line(if index == 0 { "models" } else { "" }, &format!("{name} → {}", self.route(route)));
        }
        if let Some(proxy) = self.proxy {
            line("proxy", &format!("{} for https providers ({})", proxy.address(), proxy.variable()));
        }
        text
    }

    fn configuration(&self) -> String {
        match self.origin {
            Origin::Environment if self.found.is_empty() => {
                "none, and no provider's variable is set (OPENAI_API_KEY, ANTHROPIC_API_KEY, GEMINI_API_KEY): serving \
                 the built-in mock. Set one, or write gatelet.toml"
                    .to_owned()
            }
            Origin::Environment => "none; providers are taken from the environment".to_owned(),
            origin => origin.to_string(),
        }
    }

    fn keys(&self) -> String {
        match self.settings.access {
            Access::Keys => self.settings.keys.names().collect::<Vec<_>>().join(", "),
            Access::Open => "none, and `open = true`: everybody who can reach it is served".to_owned(),
            Access::Loopback => "none: only programs on this machine are served, and no web page".to_owned(),
        }
    }

    fn provider(&self, provider: &Provider) -> String {
        let mut text = provider.name.to_string();
        if *provider.name != *provider.kind.name {
            let _ = write!(text, " ({})", provider.kind.name);
        }
        match &provider.base_url {
            Some(url) => {
                let _ = write!(text, " at {}://{}{}", url.origin.scheme, url.origin.authority, url.path);
            }
            None => text.push_str(", built in"),
        }
        if let Some((_, variable)) = self.found.iter().find(|(name, _)| **name == *provider.name) {
            let _ = write!(text, ", with {variable}");
        } else if provider.credentials.len() > 1 {
            let _ = write!(text, ", with {} keys", provider.credentials.len());
        } else if provider.credentials.is_empty() && provider.base_url.is_some() {
            text.push_str(", without a key");
        }
        let _ = write!(text, "; speaks {}", provider.all_dialects());
        if provider.http2 {
            text.push_str(" over HTTP/2");
        }
        text
    }

    /// Where a name of one's own leads.
    pub(crate) fn route(&self, route: &Route) -> String {
        let name = |target: &gatelet_core::provider::Target| {
            let provider = self.settings.providers.get(target.provider).map_or("", |provider| &provider.name);
            format!("{provider}/{}", target.model)
        };
        let weighted = route.targets.len() > 1;
        let mut text = String::new();
        for (index, target) in route.targets.iter().enumerate() {
            let border = if index == 0 { "" } else { " | " };
            let _ = write!(text, "{border}{}", name(target));
            if weighted {
                let _ = write!(text, " ({})", target.weight);
            }
        }
        for target in &route.fallbacks {
            let _ = write!(text, ", else {}", name(target));
        }
        text
    }

    /// A request to try, to be pasted into a shell.
    pub(crate) fn curl(&self, bound: SocketAddr) -> Option<String> {
        let (model, dialect) = self.sample()?;
        let base = format!("http://{}", reachable(bound));
        let key = match self.settings.access {
            Access::Keys => " -H \"authorization: Bearer $GATELET_KEY\"",
            Access::Open | Access::Loopback => "",
        };
        let hi = r#"[{"role":"user","content":"Hi"}]"#;
        let (path, body) = match dialect {
            // Clients do not speak Converse: what is asked in another dialect is translated.
            Dialect::Chat | Dialect::Converse => {
                ("/v1/chat/completions".to_owned(), format!(r#"{{"model":"{model}","messages":{hi}}}"#))
            }
            Dialect::Responses => ("/v1/responses".to_owned(), format!(r#"{{"model":"{model}","input":"Hi"}}"#)),
            Dialect::Messages => {
                ("/v1/messages".to_owned(), format!(r#"{{"model":"{model}","max_tokens":64,"messages":{hi}}}"#))
            }
            Dialect::Gemini => (
                format!("/v1beta/models/{model}:generateContent"),
                r#"{"contents":[{"role":"user","parts":[{"text":"Hi"}]}]}"#.to_owned(),
            ),
        };
        Some(format!("curl -s {base}{path}{key} -H 'content-type: application/json' -d '{body}'"))
    }

    /// A model that can be asked, and a dialect to ask it in.
    fn sample(&self) -> Option<(String, Dialect)> {
        let speaks =
            |provider: &Provider| Dialect::ALL.into_iter().find(|dialect| provider.dialects.contains(*dialect));
        let route = self.settings.routes.iter().find_map(|(name, route)| {
            let provider = self.settings.providers.get(route.targets.first()?.provider)?;
            // What would need quoting in a shell is no sample.
            let is_plain = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_./:".contains(&byte));
            is_plain.then(|| speaks(provider).map(|dialect| (name.to_owned(), dialect))).flatten()
        });
        let known = || {
            self.settings
                .providers
                .iter()
                .find_map(|provider| Some((format!("{}/{}", provider.name, small_model(provider)?), speaks(provider)?)))
        };
        let mock = || {
            let provider = self.settings.providers.iter().find(|provider| provider.kind.built_in)?;
            Some((format!("{}/hello", provider.name), speaks(provider)?))
        };
        let any = || {
            let provider = self.settings.providers.first()?;
            Some((format!("{}/MODEL", provider.name), speaks(provider)?))
        };
        route.or_else(known).or_else(mock).or_else(any)
    }
}

/// A known model of that kind that costs little to try.
fn small_model(provider: &Provider) -> Option<String> {
    let mut ids = Vec::new();
    models::each(provider.kind.name, &provider.region, &mut |prefix, row| {
        if !row.is(Mark::Embedding) {
            ids.push([prefix, row.id].concat());
        }
    });
    // The newest are further down.
    let is_small = |id: &&String| ["mini", "haiku", "flash", "luna"].iter().any(|word| id.contains(word));
    ids.iter().rev().find(is_small).or(ids.last()).cloned()
}

/// The address as a client on this machine writes it.
pub(crate) fn reachable(bound: SocketAddr) -> SocketAddr {
    match bound {
        SocketAddr::V4(address) if address.ip().is_unspecified() => ([127, 0, 0, 1], address.port()).into(),
        SocketAddr::V6(address) if address.ip().is_unspecified() => ([0, 0, 0, 0, 0, 0, 0, 1], address.port()).into(),
        other => other,
    }
}
