//! The configuration: one document everywhere, checked as a whole before anything is served.
//!
//! [`Config`] is the document as it is written, in TOML or JSON. [`Config::resolve`] checks it, looks its secrets up
//! and makes the [`Settings`] that requests read. Every problem names the path it was found at, so that an adapter
//! that knows the file can add the line.

mod discover;
mod json;
mod model;
mod nearest;
mod problems;
mod read;
mod resolve;
mod settings;
mod table;
mod units;

use serde::de::IgnoredAny;
use serde::{Deserialize, Deserializer};

pub use discover::{Discovered, discover};
pub use json::Json;
pub use model::{Dollars, ModelFactsConfig};
pub use nearest::nearest;
pub use problems::{Problem, Problems};
pub use resolve::{Platform, Surroundings};
pub use settings::{Access, Cors, Server, Settings, Timeouts};
pub use table::Table;
pub use units::{ByteSize, Span};

use crate::wire::doc::Doc;

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
    /// The dialects the provider is called in: `chat`, `responses`, `messages`, `gemini`, `converse`. Default: the row's.
    pub dialects: Option<Vec<String>>,
    /// Speak HTTP/2 to it. Default `false`.
    #[serde(default)]
    pub http2: bool,
    /// Whether chat streams are asked for their usage (`stream_options.include_usage`). Default: the row's, mostly `true`;
    /// say `false` for a server that refuses the field. Where `parameters` say something of `stream_options`, that alone holds.
    pub include_usage: Option<bool>,
    /// The region: of Bedrock and Vertex AI, and of those that docs/providers.md lists with several. Default: what the
    /// vendor's own SDKs read from the environment (`AWS_REGION`, `GOOGLE_CLOUD_LOCATION`).
    pub region: Option<String>,
    /// The project of Vertex AI. Default: `GOOGLE_CLOUD_PROJECT`.
    pub project: Option<String>,
    /// The resource of Azure: the first part of its host name.
    pub resource: Option<String>,
    /// The account of Cloudflare. Default: `CLOUDFLARE_ACCOUNT_ID`.
    pub account: Option<String>,
    /// Workers AI on Workers: the name of the Worker's binding (`[ai] binding = "AI"` in wrangler.toml). It needs no account
    /// and no key.
    pub binding: Option<String>,
    /// The version of Azure's API, if it is a dated one: `2024-10-21`. Without it the `v1` API is called.
    pub api_version: Option<String>,
    /// AWS: the id of an access key, as a reference. Default: the identity of the function, or of the machine.
    pub access_key_id: Option<String>,
    /// AWS: the secret access key, as a reference.
    pub secret_access_key: Option<String>,
    /// AWS: the session token of temporary keys, as a reference.
    pub session_token: Option<String>,
    /// Google: a credential file, as a reference to a variable that holds its JSON or its path. Default: the file that
    /// `GOOGLE_APPLICATION_CREDENTIALS` names, else the identity of the machine.
    pub credentials: Option<String>,
    /// Google, Azure: an access token, as a reference. It is sent as it is, for as long as it is good.
    pub access_token: Option<String>,
    /// Azure: the tenant of Entra ID.
    pub tenant_id: Option<String>,
    /// Azure: the client (application) of Entra ID.
    pub client_id: Option<String>,
    /// Azure: the client's secret, as a reference.
    pub client_secret: Option<String>,
    /// Azure: where the tenant is, if not at `https://login.microsoftonline.com`.
    pub authority: Option<String>,
    /// What becomes of a stream whose client has gone: `abort` closes it, `drain` reads it on for its usage, for up to a minute.
    /// Default: `drain` where the vendor bills the whole answer all the same.
    pub on_client_gone: Option<String>,
    /// The header that carries the key, alone. Default: the row's.
    pub key_header: Option<String>,
    /// Further headers of every request. A value that is a secret is a reference.
    #[serde(default)]
    pub headers: Table<String>,
    /// Paths that are others than the row's, behind the base URL, by operation: `chat`, `responses`, `messages`,
    /// `embeddings`, … `{model}` stands for the model.
    #[serde(default)]
    pub paths: Table<String>,
    /// What is changed at the top of every body.
    #[serde(default)]
    pub parameters: ParametersConfig,
    /// What is known of its models, by their ids there. It comes before the built-in table.
    #[serde(default)]
    pub models: Table<ModelFactsConfig>,
}

/// `[providers.NAME.parameters]`: what is changed at the top of every body on its way to the provider.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ParametersConfig {
    /// Names that are left out.
    #[serde(default)]
    pub drop: Vec<String>,
    /// Names that are written as others: `max_completion_tokens = "max_tokens"`.
    #[serde(default)]
    pub rename: Table<String>,
    /// Values that hold whatever a client says.
    #[serde(default)]
    pub set: Table<Json>,
    /// Values that hold unless a client says another.
    #[serde(default)]
    pub default: Table<Json>,
}

impl ParametersConfig {
    /// Whether something is said of that name.
    pub(crate) fn names(&self, name: &str) -> bool {
        self.drop.iter().any(|dropped| dropped == name)
            || self.rename.get(name).is_some()
            || self.set.get(name).is_some()
            || self.default.get(name).is_some()
    }
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
        let doc = Doc::parse(text).map_err(|fault| Problems::one("", read::not_json(text, fault)))?;
        Self::deserialize(read::Reader(doc.root())).map_err(|misread| {
            let (path, message) = misread.told(&doc);
            Problems::one(path, without_values(&message))
        })
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
