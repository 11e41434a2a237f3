//! From a model's name to the targets that are tried, in order.

use std::borrow::Cow;

use crate::config::Settings;
use crate::dialect::{Dialect, DialectSet};
use crate::error::{Class, Error};
use crate::policy::keys::ClientKey;
use crate::provider::models;
use crate::provider::{Credential, GeminiMethod, Operation, Provider, Route, Target, owner};

/// A model at a provider, with one of its credentials.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Aim<'a> {
    /// The provider's place in the settings.
    pub(crate) place: usize,
    pub(crate) provider: &'a Provider,
    /// The model's name there.
    pub(crate) model: &'a str,
    pub(crate) credential: Option<&'a Credential>,
    /// The dialect it is called in.
    pub(crate) dialect: Dialect,
}

/// The dialects that a request is said in where a provider does not speak the caller's: the richer before the poorer.
const RICHER_FIRST: [Dialect; 5] =
    [Dialect::Responses, Dialect::Messages, Dialect::Gemini, Dialect::Converse, Dialect::Chat];

/// The dialect in which a provider is asked for the operation: the caller's own where it speaks that.
fn spoken_to(provider: &Provider, model: &str, dialect: Dialect, operation: Operation) -> Option<Dialect> {
    let spoken = provider.dialects(model);
    // An endpoint that the provider has not is none in its dialect either.
    let has =
        |operation: Operation| provider.kind.built_in || provider.entrances(model).of(operation.door(false)).is_some();
    if spoken.contains(dialect) && has(operation) {
        return Some(dialect);
    }
    RICHER_FIRST.into_iter().find(|other| {
        let can = match operation {
            Operation::ChatCompletions | Operation::Responses | Operation::Messages => true,
            // What the upstream would not count in this dialect is estimated.
            Operation::InputTokens | Operation::CountTokens => true,
            Operation::Gemini(method, _) => {
                !matches!(method, GeminiMethod::EmbedContent | GeminiMethod::BatchEmbedContents)
            }
            Operation::Embeddings => matches!(other, Dialect::Gemini | Dialect::Converse),
            Operation::Converse { .. } | Operation::InvokeModel | Operation::Predict => false,
        };
        can && *other != dialect && spoken.contains(*other)
    })
}

/// The targets for a model, the first to try first; never empty.
///
/// `affinity` tells callers apart. A choice between targets, or between a provider's credentials, is a hash of it and
/// never a die: prompt caches, stored responses and encrypted reasoning need the same one again.
///
/// # Errors
/// The model is unknown, or nobody serves it in the dialect.
pub(crate) fn plan<'a>(
    settings: &'a Settings,
    (dialect, operation): (Dialect, Operation),
    model: &'a str,
    affinity: impl FnOnce() -> u64,
) -> Result<Vec<Aim<'a>>, Error> {
    let mut affinity = Lazy { make: Some(affinity), made: 0 };
    let mut aims = Vec::with_capacity(1);
    let mut spoken = DialectSet::default();
    let mut add = |place: usize, model: &'a str, affinity: &mut Lazy<_>| {
        let Some(provider) = settings.providers.get(place) else { return };
        spoken = spoken.union(provider.dialects(model));
        let Some(dialect) = spoken_to(provider, model, dialect, operation) else { return };
        match provider.credentials.as_slice() {
            [] => aims.push(Aim { place, provider, model, credential: None, dialect }),
            [one] => aims.push(Aim { place, provider, model, credential: Some(one), dialect }),
            several => {
                let first = usize::try_from(affinity.value() % several.len() as u64).unwrap_or(0);
                let turned = several.iter().cycle().skip(first).take(several.len());
                aims.extend(turned.map(|credential| Aim {
                    place,
                    provider,
                    model,
                    credential: Some(credential),
                    dialect,
                }));
            }
        }
    };
    match find(settings, model)? {
        Named::Route(route) => {
            let speaks = |target: &&Target| {
                let provider = settings.providers.get(target.provider);
                provider.is_some_and(|provider| spoken_to(provider, &target.model, dialect, operation).is_some())
            };
            let chosen = choose(route, speaks, &mut affinity).or(route.targets.first());
            for target in chosen.into_iter().chain(&route.fallbacks) {
                add(target.provider, &target.model, &mut affinity);
            }
        }
        Named::Target(place, name) => add(place, name, &mut affinity),
    }
    if aims.is_empty() {
        let message =
            format!("the model `{model}` is served in these dialects: {spoken}; this endpoint speaks {dialect}");
        return Err(Error::new(Class::Invalid, message).about("model"));
    }
    Ok(aims)
}

/// The longest model name that is taken. Names of models are short; what is longer is a body in the wrong place.
const MAX_NAME: usize = 256;

/// The name that is asked for, as the plan knows it. Google's SDKs write `models/NAME` wherever a name stands.
///
/// # Errors
/// It is empty, or too long to be one.
pub(crate) fn asked(mut model: String) -> Result<String, Error> {
    if let Some(name) = model.strip_prefix("models/") {
        model = name.to_owned();
    }
    let wrong = match model.len() {
        _ if model.trim().is_empty() => "`model` is empty".to_owned(),
        length if length > MAX_NAME => format!("`model` is longer than {MAX_NAME} bytes"),
        _ => return Ok(model),
    };
    Err(Error::new(Class::Invalid, wrong).about("model"))
}

/// Whether the key may ask for the model: by the name it is asked for or, for one with a provider, by its full name.
pub(crate) fn may_ask(settings: &Settings, key: &ClientKey, model: &str) -> bool {
    if key.allows(model) {
        return true;
    }
    match find(settings, model) {
        Ok(Named::Target(place, name)) => {
            settings.providers.get(place).is_some_and(|provider| key.allows(&[&*provider.name, name].join("/")))
        }
        _ => false,
    }
}

/// What a name leads to.
pub(crate) enum Named<'a> {
    /// A configured entry.
    Route(&'a Route),
    /// A model at a provider, which is told by its place in the settings.
    Target(usize, &'a str),
}

/// A `[models.*]` entry, `provider/model`, or a bare name whose maker is known, or that only one kind of provider has.
pub(crate) fn find<'a>(settings: &'a Settings, model: &'a str) -> Result<Named<'a>, Error> {
    if let Some(route) = settings.routes.get(model) {
        return Ok(Named::Route(route));
    }
    if let Some((provider, name)) = model.split_once('/')
        && !name.is_empty()
        && let Some(place) = settings.providers.iter().position(|known| *known.name == *provider)
    {
        return Ok(Named::Target(place, name));
    }
    if let Some(kind) = owner(model) {
        let named = settings.providers.iter().position(|known| *known.name == *kind);
        let place = named.or_else(|| settings.providers.iter().position(|known| known.kind.name == kind));
        return place
            .map(|place| Named::Target(place, model))
            .ok_or_else(|| unknown(model, format!("it is served by {kind}, and no such provider is configured here")));
    }
    known(settings, model)
}

/// A bare name that the configuration or the model table knows, at providers of one kind alone.
///
/// # Errors
/// Nobody is known to have it, or several are.
fn known<'a>(settings: &'a Settings, model: &'a str) -> Result<Named<'a>, Error> {
    let has = |provider: &Provider| provider.models.get(model).is_some() || models::is_known(provider.kind.name, model);
    let mut places = settings.providers.iter().enumerate().filter(|(_, provider)| has(provider));
    let Some((place, first)) = places.next() else {
        return Err(unknown(model, "ask for a configured model, or for `provider/model`"));
    };
    let mut place = place;
    for (other, provider) in places {
        if provider.kind.name != first.kind.name {
            let hint = format!("ask for `{}/{model}` or for `{}/{model}`", first.name, provider.name);
            return Err(unknown(model, hint));
        }
        // The one that is called as its kind is comes first.
        if *provider.name == *provider.kind.name {
            place = other;
        }
    }
    Ok(Named::Target(place, model))
}

fn unknown(model: &str, hint: impl Into<Cow<'static, str>>) -> Error {
    let shown: String = model.chars().take(128).collect();
    Error::new(Class::ModelNotFound, format!("the model `{shown}` does not exist here: {}", hint.into())).about("model")
}

/// The caller's share of a route's targets, by weight.
fn choose<'a>(
    route: &'a Route,
    speaks: impl Fn(&&'a Target) -> bool,
    affinity: &mut Lazy<impl FnOnce() -> u64>,
) -> Option<&'a Target> {
    let mut able = route.targets.iter().filter(&speaks);
    let first = able.next()?;
    if able.next().is_none() {
        return Some(first);
    }
    let able = || route.targets.iter().filter(&speaks);
    let total: u64 = able().map(|target| u64::from(target.weight)).sum();
    let mut ticket = affinity.value() % total.max(1);
    for target in able() {
        let weight = u64::from(target.weight);
        if ticket < weight {
            return Some(target);
        }
        ticket -= weight;
    }
    Some(first)
}

/// A hash that is made when it is needed first: most requests have nothing to choose.
struct Lazy<F> {
    make: Option<F>,
    made: u64,
}

impl<F: FnOnce() -> u64> Lazy<F> {
    fn value(&mut self) -> u64 {
        if let Some(make) = self.make.take() {
            self.made = make();
        }
        self.made
    }
}

/// FNV-1a over the texts, each closed off from the next, and mixed so that small remainders are even. It must never
/// change: callers would move to other targets.
pub(crate) fn stable_hash(texts: &[&[u8]]) -> u64 {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    for text in texts {
        for byte in text.iter().chain(&[0xff]) {
            hash = (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3);
        }
    }
    hash ^= hash >> 33;
    hash = hash.wrapping_mul(0xff51_afd7_ed55_8ccd);
    hash ^ (hash >> 33)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Config, Platform};
    use crate::policy::keys::ModelPattern;

    fn settings() -> Settings {
        let json = r#"{"providers":{"openai":{"api_keys":["${A}","${B}"]},"claude":{"kind":"anthropic","api_key":"${A}"},"ollama":{}},
            "models":{"fast":{"targets":[{"model":"openai/gpt-5","weight":3},{"model":"ollama/llama"}],"fallbacks":["claude/opus","ollama/other"]},
                      "a/b":{"targets":["ollama/x/y"]}}}"#;
        let secret = |name: &str| Some(format!("key-{name}"));
        Config::from_json(json).and_then(|config| config.resolve(Platform::Local, &secret)).expect("settings")
    }

    fn planned(dialect: Dialect, model: &str, affinity: u64) -> Result<Vec<String>, (Class, String)> {
        let settings = settings();
        let operation = match dialect {
            Dialect::Responses => Operation::Responses,
            Dialect::Messages => Operation::Messages,
            Dialect::Gemini => Operation::Gemini(GeminiMethod::GenerateContent, crate::provider::GeminiVersion::V1Beta),
            Dialect::Chat | Dialect::Converse => Operation::ChatCompletions,
        };
        asked_of(&settings, (dialect, operation), model, affinity)
    }

    fn asked_of(
        settings: &Settings,
        asked: (Dialect, Operation),
        model: &str,
        affinity: u64,
    ) -> Result<Vec<String>, (Class, String)> {
        plan(settings, asked, model, || affinity)
            .map(|aims| aims.iter().map(|aim| format!("{}/{}", aim.provider.name, aim.model)).collect())
            .map_err(|error| (error.class, error.message.into_owned()))
    }

    #[test]
    fn names_lead_to_targets() {
        assert_eq!(planned(Dialect::Chat, "ollama/llama:8b/x", 0), Ok(vec!["ollama/llama:8b/x".into()]));
        assert_eq!(planned(Dialect::Messages, "claude-opus-5", 0), Ok(vec!["claude/claude-opus-5".into()]));
        assert_eq!(planned(Dialect::Chat, "a/b", 0), Ok(vec!["ollama/x/y".into()]));
        assert_eq!(planned(Dialect::Chat, "openai/gpt-5", 0), Ok(vec!["openai/gpt-5".into(); 2]));
    }

    /// A bare name that no maker's begins like leads to who alone has it: by the table, or by the configuration.
    #[test]
    fn bare_names_lead_to_the_one_who_has_them() {
        let json = r#"{"providers":{"groq":{"api_key":"${A}"},"deepseek":{"api_key":"${A}"},"cerebras":{"api_key":"${A}"},
                "another":{"kind":"groq","api_key":"${A}"},
                "plain":{"kind":"openai-compatible","base_url":"http://a/v1","models":{"ours":{}}}},
            "models":{"deepseek-v4-pro":{"targets":["plain/x"]}}}"#;
        let secret = |name: &str| Some(format!("key-{name}"));
        let settings =
            Config::from_json(json).and_then(|config| config.resolve(Platform::Local, &secret)).expect("settings");
        let asked = |model: &str| asked_of(&settings, (Dialect::Chat, Operation::ChatCompletions), model, 0);
        assert_eq!(asked("deepseek-flash"), Ok(vec!["deepseek/deepseek-flash".into()]));
        assert_eq!(asked("openai/gpt-oss-20b"), Ok(vec!["groq/openai/gpt-oss-20b".into()]));
        assert_eq!(asked("ours"), Ok(vec!["plain/ours".into()]));
        // The configuration's own names come first.
        assert_eq!(asked("deepseek-v4-pro"), Ok(vec!["plain/x".into()]));
        assert!(asked("theirs").is_err());
        let json = r#"{"providers":{"deepseek":{"api_key":"${A}"},"plain":{"kind":"openai-compatible","base_url":"http://a/v1","models":{"deepseek-flash":{}}}}}"#;
        let settings =
            Config::from_json(json).and_then(|config| config.resolve(Platform::Local, &secret)).expect("settings");
        let (class, message) =
            asked_of(&settings, (Dialect::Chat, Operation::ChatCompletions), "deepseek-flash", 0).expect_err("two");
        assert_eq!(class, Class::ModelNotFound);
        assert!(
            message.contains("`deepseek/deepseek-flash`") && message.contains("`plain/deepseek-flash`"),
            "{message}"
        );
    }

    #[test]
    fn a_route_goes_by_weight_and_falls_back_in_order() {
        assert_eq!(
            planned(Dialect::Chat, "fast", 2),
            Ok(vec!["openai/gpt-5".into(), "openai/gpt-5".into(), "claude/opus".into(), "ollama/other".into()])
        );
        let llama = vec!["ollama/llama".into(), "claude/opus".into(), "ollama/other".into()];
        // Every dialect reaches every target.
        for dialect in [Dialect::Chat, Dialect::Responses, Dialect::Messages, Dialect::Gemini] {
            assert_eq!(planned(dialect, "fast", 3).as_ref(), Ok(&llama), "{dialect}");
        }
        let counts = (0..4000).filter(|caller: &u32| stable_hash(&[&caller.to_le_bytes()]) % 4 < 3).count();
        assert!((2880..3120).contains(&counts), "{counts}");
    }

    #[test]
    fn a_provider_is_called_in_the_callers_dialect_or_in_the_richest() {
        let settings = settings();
        let dialect = |asked: (Dialect, Operation), model| {
            plan(&settings, asked, model, || 0).map(|aims| aims.first().map(|aim| aim.dialect)).ok().flatten()
        };
        let messages = (Dialect::Messages, Operation::Messages);
        let chat = (Dialect::Chat, Operation::ChatCompletions);
        assert_eq!(dialect(chat, "openai/m"), Some(Dialect::Chat));
        assert_eq!(dialect(messages, "openai/m"), Some(Dialect::Responses));
        assert_eq!(dialect(messages, "ollama/m"), Some(Dialect::Chat));
        assert_eq!(dialect(chat, "claude/m"), Some(Dialect::Messages));
        assert_eq!(dialect((Dialect::Chat, Operation::Embeddings), "claude/m"), None);
    }

    #[test]
    fn a_caller_keeps_its_credential() {
        let settings = settings();
        let first = |affinity| {
            let aims =
                plan(&settings, (Dialect::Chat, Operation::ChatCompletions), "openai/m", || affinity).expect("a plan");
            let credential = aims.first().and_then(|aim| aim.credential);
            settings
                .providers
                .iter()
                .flat_map(|provider| &provider.credentials)
                .position(|known| credential.is_some_and(|credential| std::ptr::eq(credential, known)))
        };
        assert_eq!(first(4), first(6));
        assert_ne!(first(4), first(5));
    }

    #[test]
    fn what_cannot_be_served_is_said() {
        for model in ["nothing", "nobody/x", "ollama/", "gemini-2.5-pro", ""] {
            let (class, message) = planned(Dialect::Chat, model, 0).expect_err(model);
            assert_eq!(class, Class::ModelNotFound, "{message}");
        }
        // Nobody there makes embeddings of Gemini's kind.
        let method = GeminiMethod::EmbedContent;
        let asked = (Dialect::Gemini, Operation::Gemini(method, crate::provider::GeminiVersion::V1Beta));
        let (class, message) = asked_of(&settings(), asked, "fast", 0).expect_err("no Gemini");
        assert_eq!(class, Class::Invalid);
        assert_eq!(
            message,
            "the model `fast` is served in these dialects: chat, responses, messages; this endpoint speaks gemini"
        );
    }

    #[test]
    fn a_name_is_short_and_without_googles_prefix() {
        assert_eq!(asked("models/fast".to_owned()).as_deref(), Ok("fast"));
        for wrong in ["", " ", "models/", &"x".repeat(257)] {
            assert_eq!(asked(wrong.to_owned()).map_err(|error| error.param), Err(Some("model".into())));
        }
    }

    #[test]
    fn a_key_may_ask_by_either_name() {
        let settings = settings();
        let key = |pattern: &str| ClientKey {
            name: "k".into(),
            models: ModelPattern::parse(pattern).map(|pattern| vec![pattern]),
        };
        for (pattern, model, may) in [
            ("claude/*", "claude/opus", true),
            ("claude/*", "claude-opus-5", true),
            ("claude/*", "fast", false),
            ("claude/*", "openai/gpt-5", false),
            ("fast", "fast", true),
            ("fast", "openai/gpt-5", false),
            ("openai/gpt-5", "fast", false),
            ("claude/*", "nothing", false),
        ] {
            assert_eq!(may_ask(&settings, &key(pattern), model), may, "{pattern} {model}");
        }
    }

    #[test]
    fn the_hash_never_changes() {
        assert_eq!(stable_hash(&[b"key", b"text"]), 0xc50c17d9799edb01);
        assert_ne!(stable_hash(&[b"ab", b"c"]), stable_hash(&[b"a", b"bc"]));
    }
}
