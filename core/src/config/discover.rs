//! The configuration of a gateway without one: what the environment offers.

use super::{Config, ProviderConfig};
use crate::provider::Kind;

/// A configuration made from the environment.
#[derive(Debug)]
pub struct Discovered {
    /// The configuration.
    pub config: Config,
    /// For each provider found, its name and the environment variable that holds its credential.
    pub found: Vec<(&'static str, &'static str)>,
}

/// Finds providers by the environment variables that their own SDKs read: the credential, and the base URL where it is
/// set. With none of those the configuration has the built-in `mock` provider alone.
pub fn discover(environment: &dyn Fn(&str) -> Option<String>) -> Discovered {
    let set = |name: &str| environment(name).filter(|value| !value.trim().is_empty());
    let mut discovered = Discovered { config: Config::default(), found: Vec::new() };
    for kind in Kind::all() {
        let key = kind.key_variables.iter().find(|name| set(name).is_some());
        let token = kind.token_variable.filter(|name| key.is_none() && set(name).is_some());
        let sign = kind.signs.iter().find(|names| names.iter().all(|name| set(name).is_some()));
        let sign = sign.and_then(|names| names.first());
        let Some(variable) = key.copied().or(token).or(sign.copied()) else { continue };
        let reference = |variable: &str| format!("${{{variable}}}");
        let provider = ProviderConfig {
            api_key: key.map(|variable| reference(variable)),
            access_token: token.map(reference),
            base_url: kind.base_url_variable.and_then(set).map(|url| whole(&url, kind.base_url_suffix)),
            ..ProviderConfig::default()
        };
        discovered.config.providers.insert(kind.name.to_owned(), provider);
        discovered.found.push((kind.name, variable));
    }
    if discovered.found.is_empty() {
        discovered.config.providers.insert("mock".to_owned(), ProviderConfig::default());
    }
    discovered
}

/// A base URL as an SDK has it, with what the SDK puts behind it.
fn whole(url: &str, suffix: &str) -> String {
    let url = url.trim().trim_end_matches('/');
    if url.ends_with(suffix) { url.to_owned() } else { [url, suffix].concat() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_what_is_set() {
        let environment = |name: &str| match name {
            "OPENAI_API_KEY" => Some("sk-canary".to_owned()),
            "OPENAI_BASE_URL" => Some("http://127.0.0.1:9/v1".to_owned()),
            "ANTHROPIC_API_KEY" => Some(" ".to_owned()),
            "GOOGLE_API_KEY" => Some("g".to_owned()),
            _ => None,
        };
        let discovered = discover(&environment);
        assert_eq!(discovered.found, [("openai", "OPENAI_API_KEY"), ("gemini", "GOOGLE_API_KEY")]);
        let openai = discovered.config.providers.get("openai").map(|provider| provider.base_url.as_deref());
        assert_eq!(openai, Some(Some("http://127.0.0.1:9/v1")));
        assert!(!format!("{discovered:?}").contains("canary"));
    }

    /// groq-python's base URL is "https://api.groq.com", and its paths begin with "/openai/v1".
    #[test]
    fn a_base_url_of_an_sdk_is_completed() {
        for (told, expected) in [
            ("https://proxy.example", "https://proxy.example/openai/v1"),
            ("https://proxy.example/", "https://proxy.example/openai/v1"),
            ("https://proxy.example/openai/v1/", "https://proxy.example/openai/v1"),
        ] {
            let environment = |name: &str| match name {
                "GROQ_API_KEY" => Some("k".to_owned()),
                "GROQ_BASE_URL" => Some(told.to_owned()),
                _ => None,
            };
            let discovered = discover(&environment);
            let url = discovered.config.providers.get("groq").map(|provider| provider.base_url.as_deref());
            assert_eq!(url, Some(Some(expected)), "{told}");
        }
    }

    #[test]
    fn an_identity_is_found_where_its_place_is_known() {
        let found = |region: Option<&str>| {
            let environment = |name: &str| match name {
                "AWS_ACCESS_KEY_ID" | "AWS_SECRET_ACCESS_KEY" => Some("canary".to_owned()),
                "AWS_DEFAULT_REGION" => region.map(str::to_owned),
                _ => None,
            };
            discover(&environment).found
        };
        assert_eq!(found(Some("us-east-1")), [("bedrock", "AWS_ACCESS_KEY_ID")]);
        assert!(found(None).is_empty());
    }

    #[test]
    fn offers_the_mock_where_nothing_is_set() {
        let discovered = discover(&|_| None);
        assert!(discovered.found.is_empty());
        assert_eq!(discovered.config.providers.names().collect::<Vec<_>>(), ["mock"]);
    }
}
