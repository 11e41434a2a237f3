//! From the document to the settings: every check, every secret, every problem at once.

mod changes;
mod credentials;
mod models;
mod place;
mod providers;

use std::time::Duration;

use http::HeaderValue;

use super::problems::Problems;
use super::settings::{Access, Cors, Server, Settings, Timeouts};
use super::{Config, KeyConfig, ModelConfig, ProviderConfig, Span, Table, TargetConfig};
use crate::policy::keys::{ClientKey, KeyHash, Keys, ModelPattern};
use crate::provider::{BaseUrl, Provider, Route, Target};

/// Where the gateway runs, as far as its configuration is concerned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Platform {
    /// The local server: without keys it serves loopback.
    Local,
    /// A Lambda function, reached from anywhere.
    Lambda,
    /// A Cloudflare Worker, reached from anywhere.
    Workers,
}

const MIB: u64 = 1 << 20;

impl Config {
    /// Checks the document and resolves its references with `secret`, which is given the name of an environment
    /// variable (or binding) and answers its value.
    ///
    /// # Errors
    /// Everything that is wrong with it.
    pub fn resolve(self, platform: Platform, secret: &dyn Fn(&str) -> Option<String>) -> Result<Settings, Problems> {
        let file = |_: &str| Err("there are no files here; let the variable hold the file's content".to_owned());
        self.resolve_in(platform, &Surroundings { variable: secret, file: &file, binding: &|_| false })
    }

    /// The same, where there are files.
    ///
    /// # Errors
    /// Everything that is wrong with it.
    pub fn resolve_in(self, platform: Platform, around: &Surroundings<'_>) -> Result<Settings, Problems> {
        let mut resolver = Resolver { platform, around, problems: Problems::default() };
        let settings = resolver.settings(self, platform);
        if resolver.problems.is_empty() { Ok(settings) } else { Err(resolver.problems) }
    }
}

/// What a configuration may refer to.
#[derive(Clone, Copy)]
#[expect(missing_debug_implementations, reason = "two functions")]
pub struct Surroundings<'a> {
    /// The value of an environment variable, or of a binding.
    pub variable: &'a dyn Fn(&str) -> Option<String>,
    /// Whether a Worker has a binding of that name which is no text.
    pub binding: &'a dyn Fn(&str) -> bool,
    /// The text of a file, or why there is none: without its path, since what a variable holds may be no path but a key.
    pub file: &'a dyn Fn(&str) -> Result<String, String>,
}

struct Resolver<'a> {
    platform: Platform,
    around: &'a Surroundings<'a>,
    problems: Problems,
}

impl Resolver<'_> {
    fn settings(&mut self, config: Config, platform: Platform) -> Settings {
        for (path, present) in [("cache", config.cache.is_some()), ("store", config.store.is_some())] {
            if present {
                self.not_yet(path);
            }
        }
        let keys = self.keys(&config.keys);
        let access = self.access(&config, platform);
        let providers = self.providers(&config.providers);
        let routes = self.routes(&config.models, &config.providers, &providers);
        let timeouts = self.timeouts(&config, platform);
        Settings {
            access,
            strict: config.strict,
            keys,
            timeouts,
            cors: self.cors(&config.server.cors_origins),
            max_body: self.max_body(&config, platform),
            max_answer: if platform == Platform::Workers { 8 << 20 } else { 64 << 20 },
            body_timeout: (platform == Platform::Local).then_some(Duration::from_secs(30)),
            server: Server {
                max_connections: self.max_connections(config.server.max_connections),
                shutdown_grace: config.server.shutdown_grace.map_or(Duration::from_secs(30), |span| span.0),
                header_timeout: self.positive("server.header_timeout", config.server.header_timeout, 10),
                listen: config.server.listen,
                ca_file: config.server.ca_file,
            },
            providers,
            routes,
        }
    }

    fn not_yet(&mut self, path: &str) {
        self.problems.add(path, "not available yet; remove it");
    }

    fn access(&mut self, config: &Config, platform: Platform) -> Access {
        match (config.keys.is_empty(), config.open, platform) {
            (false, true, _) => {
                self.problems.add("open", "`open = true` and client keys contradict each other; remove one of them");
                Access::Keys
            }
            (false, false, _) => Access::Keys,
            (true, true, _) => Access::Open,
            (true, false, Platform::Local) => Access::Loopback,
            (true, false, Platform::Lambda | Platform::Workers) => {
                self.problems.add(
                    "keys",
                    "no client keys: everybody on the internet could use the providers' keys; add a key made by \
                     `gatelet key new NAME`, or say `open = true` if that is what you want",
                );
                Access::Keys
            }
        }
    }

    fn max_body(&mut self, config: &Config, platform: Platform) -> usize {
        let default = if platform == Platform::Workers { 16 * MIB } else { 32 * MIB };
        let bytes = config.server.max_body.map_or(default, |size| size.0);
        if !(1..=1024 * MIB).contains(&bytes) {
            self.problems.add("server.max_body", "must lie between 1 byte and 1 GiB");
        }
        usize::try_from(bytes).unwrap_or(usize::MAX)
    }

    fn max_connections(&mut self, configured: Option<u32>) -> u32 {
        let connections = configured.unwrap_or(1024);
        if connections == 0 {
            self.problems.add("server.max_connections", "must be at least 1");
        }
        connections
    }

    fn positive(&mut self, path: &str, span: Option<Span>, default: u64) -> Duration {
        let span = span.map_or(Duration::from_secs(default), |span| span.0);
        if span.is_zero() {
            self.problems.add(path, "must be longer than nothing");
        }
        span
    }

    fn timeouts(&mut self, config: &Config, platform: Platform) -> Timeouts {
        let written = &config.timeouts;
        let total = if platform == Platform::Lambda { 840 } else { 3600 };
        Timeouts {
            connect: self.positive("timeouts.connect", written.connect, 5),
            stream_headers: self.positive("timeouts.headers", written.headers, 60),
            headers: written.headers.map_or(Duration::from_secs(300), |span| span.0),
            first_event: self.positive("timeouts.first_event", written.first_event, 120),
            idle: self.positive("timeouts.idle", written.idle, 90),
            total: self.positive("timeouts.total", written.total, total),
            commit: written.commit.map_or(Duration::from_secs(30), |span| span.0),
        }
    }

    fn cors(&mut self, origins: &[String]) -> Cors {
        let mut cors = Cors::default();
        for (index, origin) in origins.iter().enumerate() {
            let path = || format!("server.cors_origins[{index}]");
            let is_origin =
                origin == "*" || BaseUrl::parse(origin).is_ok_and(|url| url.path.is_empty() && !origin.ends_with('/'));
            match HeaderValue::from_str(origin) {
                Ok(value) if is_origin => cors.origins.push(value),
                _ => self
                    .problems
                    .add(path(), "write an origin as browsers send it, such as \"https://app.example\", or \"*\""),
            }
        }
        cors
    }

    fn keys(&mut self, written: &Table<KeyConfig>) -> Keys {
        let mut keys = Keys::default();
        for (name, key) in written.iter() {
            let path = |field: &str| format!("keys.{name}.{field}");
            if key.budget.is_some() {
                self.not_yet(&path("budget"));
            }
            if key.limits.is_some() {
                self.not_yet(&path("limits"));
            }
            let models = key.models.as_ref().map(|models| self.patterns(models, &path("models")));
            let Some(hash) = KeyHash::from_hex(&key.sha256) else {
                self.problems.add(
                    path("sha256"),
                    "must be the 64 hexadecimal digits of the key's SHA-256, as `gatelet key new NAME` prints them; \
                     never the key itself",
                );
                continue;
            };
            if !keys.insert(hash, ClientKey { name: name.into(), models }) {
                self.problems.add(path("sha256"), "another key has the same hash");
            }
        }
        keys
    }

    fn patterns(&mut self, written: &[String], path: &str) -> Vec<ModelPattern> {
        let mut patterns = Vec::with_capacity(written.len());
        for (index, text) in written.iter().enumerate() {
            match ModelPattern::parse(text) {
                Some(pattern) => patterns.push(pattern),
                None => self.problems.add(format!("{path}[{index}]"), "write a model's name, or a beginning and `*`"),
            }
        }
        patterns
    }

    fn routes(
        &mut self,
        written: &Table<ModelConfig>,
        configured: &Table<ProviderConfig>,
        providers: &[Provider],
    ) -> Table<Route> {
        let mut routes = Table::default();
        for (name, model) in written.iter() {
            let path = |field: &str| format!("models.{name}.{field}");
            if name.is_empty() || name.starts_with("models/") || name.len() > 256 {
                let message =
                    "a model's name has 1 to 256 bytes and does not begin with `models/`: nobody could ask for it";
                self.problems.add(format!("models.{name}"), message);
            }
            if model.targets.is_empty() {
                self.problems.add(path("targets"), "must name at least one `provider/model`");
            }
            let mut targets = |field: &str, list: &[TargetConfig]| -> Vec<Target> {
                list.iter()
                    .enumerate()
                    .filter_map(|(index, target)| {
                        self.target(&format!("{}[{index}]", path(field)), target, configured, providers)
                    })
                    .collect()
            };
            let route = Route {
                targets: targets("targets", &model.targets),
                fallbacks: targets("fallbacks", &model.fallbacks),
            };
            routes.insert(name.to_owned(), route);
        }
        routes
    }

    fn target(
        &mut self,
        path: &str,
        written: &TargetConfig,
        configured: &Table<ProviderConfig>,
        providers: &[Provider],
    ) -> Option<Target> {
        let weight = written.weight.unwrap_or(1);
        if !(1..=1_000_000).contains(&weight) {
            self.problems.add(format!("{path}.weight"), "must lie between 1 and 1000000");
        }
        let Some((name, model)) = written.model.split_once('/').filter(|(_, model)| !model.is_empty()) else {
            self.problems.add(path, format!("write \"provider/model\" instead of \"{}\"", written.model));
            return None;
        };
        let provider = providers.iter().position(|provider| *provider.name == *name);
        // One that is configured but wrong has its own problem already.
        if provider.is_none() && configured.get(name).is_none() {
            self.problems.add(path, format!("no provider \"{name}\" is configured; add [providers.{name}]"));
        }
        Some(Target { provider: provider?, model: model.into(), weight })
    }
}

#[cfg(test)]
mod tests;
