//! The configuration: one document everywhere, checked as a whole before anything is served.
//!
//! [`Config`] is the document as it is written, in TOML or JSON. [`Config::resolve`] checks it, looks its secrets up
//! and makes the [`Settings`] that requests read. Every problem names the path it was found at, so that an adapter
//! that knows the file can add the line.

mod discover;
mod problems;
mod resolve;
mod settings;
mod table;
mod units;

use serde::de::IgnoredAny;
use serde::{Deserialize, Deserializer};

pub use discover::{Discovered, discover};
pub use problems::{Problem, Problems};
pub use resolve::Platform;
pub use settings::{Access, Cors, Server, Settings, Timeouts};
pub use table::Table;
pub use units::{ByteSize, Span};

/// The configuration document.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Serve without client keys, to everybody who can reach the gateway. Lambda and Workers refuse to serve without
    /// keys unless this is `true`, and the local server refuses to listen on anything but loopback.
    #[serde(default)]
    pub open: bool,
    /// Refuse what would have to be adjusted for an upstream of another dialect: a 400 that names the field. A relay adjusts
    /// nothing. A request can ask for the same with `x-gatelet-strict: true`.
    #[serde(default)]
    pub strict: bool,
    /// The server: only `max_body` and `cors_origins` concern Lambda and Workers.
    #[serde(default)]
    pub server: ServerConfig,
    /// How long each part of a request may take.
    #[serde(default)]
    pub timeouts: TimeoutsConfig,
    /// Upstreams by the name that clients write before the slash: `name/model`.
    #[serde(default)]
    pub providers: Table<ProviderConfig>,
    /// Names of your own for clients to ask for.
    #[serde(default)]
    pub models: Table<ModelConfig>,
    /// Client keys by name.
    #[serde(default)]
    pub keys: Table<KeyConfig>,
    /// Not available yet.
    pub cache: Option<IgnoredAny>,
    /// Not available yet.
    pub store: Option<IgnoredAny>,
}

/// `[server]`.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ServerConfig {
    /// Where the local server listens: `PORT`, `HOST:PORT` or `[::1]:PORT`. Default `127.0.0.1:8080`.
    pub listen: Option<String>,
    /// The largest request body. Default 32 MiB; 16 MiB on Workers; what the platform takes on Lambda.
    pub max_body: Option<ByteSize>,
    /// Connections the local server holds at once; further ones wait. Default 1024.
    pub max_connections: Option<u32>,
    /// How long running streams may go on after a signal to stop. Default 30 s.
    pub shutdown_grace: Option<Span>,
    /// How long a client may take to send a request's head. Default 10 s.
    pub header_timeout: Option<Span>,
    /// Web origins that may call the gateway from a browser. None by default.
    #[serde(default)]
    pub cors_origins: Vec<String>,
    /// A file of PEM certificates to trust besides the compiled-in roots (local server).
    pub ca_file: Option<String>,
}

/// `[timeouts]`: durations as `"500ms"`, `"5s"`, `"2m"`, `"1h"`, or a number of seconds.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TimeoutsConfig {
    /// Until a connection to the upstream stands. Default 5 s.
    pub connect: Option<Span>,
    /// Until the upstream's answer begins. Default 60 s for streams, 300 s for whole answers.
    pub headers: Option<Span>,
    /// Until a stream's first meaningful event. Default 120 s.
    pub first_event: Option<Span>,
    /// Between two events of a stream, or two pieces of a whole answer. Default 90 s.
    pub idle: Option<Span>,
    /// For the whole request, all attempts together. Default 3600 s; 840 s on Lambda.
    pub total: Option<Span>,
    /// How long a stream without a meaningful event is held back, so that another target can still answer. Default 30 s.
    pub commit: Option<Span>,
}

/// `[providers.NAME]`.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProviderConfig {
    /// A row of the provider table. Default: the row called NAME.
    pub kind: Option<String>,
    /// Where the provider is, as the vendor's own SDK writes it: OpenAI-like with the version
    /// (`http://127.0.0.1:11434/v1`), Anthropic and Gemini without (`https://api.anthropic.com`).
    pub base_url: Option<String>,
    /// The credential, as a reference: `"${OPENAI_API_KEY}"`.
    pub api_key: Option<String>,
    /// Several credentials; one is chosen for each caller, the others stand in when it is refused.
    pub api_keys: Option<Vec<String>>,
    /// The dialects the provider is called in: `chat`, `responses`, `messages`, `gemini`. Default: the row's.
    pub dialects: Option<Vec<String>>,
    /// Speak HTTP/2 to it. Default `false`.
    #[serde(default)]
    pub http2: bool,
    /// Whether chat streams are asked for their usage (`stream_options.include_usage`). Default `true`; say `false` for
    /// a server that refuses the field.
    pub include_usage: Option<bool>,
    /// Not available yet.
    pub region: Option<IgnoredAny>,
}

/// `[models.NAME]`.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ModelConfig {
    /// Where requests for the name go; with several, each caller keeps to one, by weight.
    #[serde(default)]
    pub targets: Vec<TargetConfig>,
    /// `provider/model` names to try, in order, when the chosen target fails.
    #[serde(default)]
    pub fallbacks: Vec<TargetConfig>,
}

/// One target of `[models.NAME]`: `"provider/model"` or `{ model = "provider/model", weight = 3 }`.
#[derive(Debug)]
pub struct TargetConfig {
    /// `provider/model`.
    pub model: String,
    /// The share of callers, relative to the other targets. Default 1.
    pub weight: Option<u32>,
}

/// `[keys.NAME]`.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeyConfig {
    /// The SHA-256 of the key, in hexadecimal, as `gatelet key new NAME` prints it.
    pub sha256: String,
    /// The models the key may ask for: names, or prefixes that end in `*`. Default: all.
    pub models: Option<Vec<String>>,
    /// Not available yet.
    pub budget: Option<IgnoredAny>,
    /// Not available yet.
    pub limits: Option<IgnoredAny>,
}

impl Config {
    /// Reads the document from JSON.
    ///
    /// # Errors
    /// One problem, with the path where the document is not what the schema says.
    pub fn from_json(text: &str) -> Result<Self, Problems> {
        let mut reader = serde_json::Deserializer::from_slice(text.as_bytes());
        #[cfg(not(target_arch = "wasm32"))]
        let config = Self::read(&mut reader, |error| error.to_string())?;
        // On Workers the message has the line and the column; to follow the path costs ten kilobytes of upload.
        #[cfg(target_arch = "wasm32")]
        let config =
            Self::deserialize(&mut reader).map_err(|error| Problems::one("", without_values(&error.to_string())))?;
        reader.end().map_err(|error| Problems::one("", error.to_string()))?;
        Ok(config)
    }

    /// Reads the document from any format. `describe` words an error of the format's reader, without quoting the
    /// document.
    ///
    /// # Errors
    /// One problem, with the path where the document is not what the schema says.
    #[cfg(not(target_arch = "wasm32"))]
    pub fn read<'de, D: Deserializer<'de>>(
        reader: D,
        describe: impl FnOnce(&D::Error) -> String,
    ) -> Result<Self, Problems> {
        serde_path_to_error::deserialize(reader)
            .map_err(|error| Problems::one(error.path().to_string(), without_values(&describe(error.inner()))))
    }
}

/// Serde's message without the text it found: that may be a key that somebody pasted.
fn without_values(message: &str) -> String {
    for found in ["invalid type: string", "invalid value: string"] {
        if let Some((_, expected)) = message.strip_prefix(found).and_then(|rest| rest.rsplit_once(", expected ")) {
            return format!("{found}, expected {expected}");
        }
    }
    message.to_owned()
}

impl<'de> Deserialize<'de> for TargetConfig {
    fn deserialize<D: Deserializer<'de>>(reader: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Table {
            model: String,
            weight: Option<u32>,
        }

        struct Either;
        impl<'de> serde::de::Visitor<'de> for Either {
            type Value = TargetConfig;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("\"provider/model\" or { model = \"provider/model\", weight = 1 }")
            }

            fn visit_str<E: serde::de::Error>(self, model: &str) -> Result<TargetConfig, E> {
                Ok(TargetConfig { model: model.to_owned(), weight: None })
            }

            fn visit_map<A: serde::de::MapAccess<'de>>(self, map: A) -> Result<TargetConfig, A::Error> {
                let table = Table::deserialize(serde::de::value::MapAccessDeserializer::new(map))?;
                Ok(TargetConfig { model: table.model, weight: table.weight })
            }
        }

        reader.deserialize_any(Either)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pasted_secret_is_in_no_message() {
        for (document, path) in [
            (r#"{"providers":{"openai":{"api_keys":"sk-canary, expected more"}}}"#, "providers.openai.api_keys"),
            (r#"{"providers":{"openai":"sk-canary"}}"#, "providers.openai"),
            (r#"{"keys":{"a":"glt_canary"}}"#, "keys.a"),
            (r#"{"timeouts":{"idle":"sk-canary"}}"#, "timeouts.idle"),
            (r#"{"open":"sk-canary"}"#, "open"),
            (r#"{"providers":{"openai":{"api_key":["sk-canary"]}}}"#, "providers.openai.api_key"),
        ] {
            let problems = Config::from_json(document).expect_err("a problem");
            assert_eq!(problems.0.first().map(|problem| problem.path.as_str()), Some(path));
            assert!(!problems.to_string().contains("canary"), "{problems}");
            assert!(problems.to_string().contains("expected "), "{problems}");
        }
    }
}
