//! The configuration of a gateway without one: what the environment offers.

use super::{Config, Platform, Problem, ProviderConfig, Surroundings};
use crate::provider::Kind;

/// A configuration made from the environment.
#[derive(Debug)]
pub struct Discovered {
    /// The configuration.
    pub config: Config,
    /// For each provider found, its name and the environment variable that showed it.
    pub found: Vec<(&'static str, &'static str)>,
    /// What is wrong with providers that the environment only half describes. They are left out: the others can be served.
    pub left_out: Vec<Problem>,
}

/// Finds providers by the environment variables that their own SDKs read: a credential, or what else shows that they are in
/// use, and the base URL where it is set. With none of those the configuration has the built-in `mock` provider alone.
pub fn discover(platform: Platform, around: &Surroundings<'_>) -> Discovered {
    let mut discovered = Discovered { config: Config::default(), found: Vec::new(), left_out: Vec::new() };
    for kind in Kind::all() {
        let Some((provider, variable)) = find(kind, platform, around) else { continue };
        // Clients' keys are not its business.
        let mut alone = Config { open: true, ..Config::default() };
        alone.providers.insert(kind.name.to_owned(), provider);
        match alone.resolve_in(platform, around) {
            Ok(_) => {
                if let Some((provider, _)) = find(kind, platform, around) {
                    discovered.config.providers.insert(kind.name.to_owned(), provider);
                    discovered.found.push((kind.name, variable));
                }
            }
            Err(problems) => discovered.left_out.extend(problems.0),
        }
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

/// The provider of that kind, if the environment has one, and the variable, or the binding, that shows it.
fn find(kind: &'static Kind, platform: Platform, around: &Surroundings<'_>) -> Option<(ProviderConfig, &'static str)> {
    if let Some((binding, _)) = kind.bound.filter(|_| platform == Platform::Workers)
        && (around.binding)(binding)
    {
        return Some((ProviderConfig { binding: Some(binding.to_owned()), ..ProviderConfig::default() }, binding));
    }
    let set = |name: &str| (around.variable)(name).filter(|value| !value.trim().is_empty());
    let key = kind.key_variables.iter().copied().find(|name| set(name).is_some());
    let token = kind.token_variable.filter(|name| key.is_none() && set(name).is_some());
    let sign = kind.signs.iter().find(|names| names.iter().all(|name| set(name).is_some()));
    let variable = key.or(token).or_else(|| sign?.first().copied())?;
    let reference = |variable: &str| format!("${{{variable}}}");
    let provider = ProviderConfig {
        api_key: key.map(reference),
        access_token: token.map(reference),
        base_url: kind.base_url_variable.and_then(set).map(|url| whole(&url, kind.base_url_suffix)),
        ..ProviderConfig::default()
    };
    Some((provider, variable))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn discovered(variable: &dyn Fn(&str) -> Option<String>) -> Discovered {
        let file = |_: &str| Err("no such file".to_owned());
        discover(Platform::Local, &Surroundings { variable, file: &file, binding: &|_| true })
    }

    #[test]
    fn what_is_half_described_is_left_out() {
        let environment = |name: &str| match name {
            "GROQ_API_KEY"
            | "OPENAI_API_KEY"
            | "AWS_ACCESS_KEY_ID"
            | "AWS_SECRET_ACCESS_KEY"
            | "AZURE_OPENAI_API_KEY" => Some("canary".to_owned()),
            "GOOGLE_CLOUD_PROJECT" => Some("p".to_owned()),
            "GOOGLE_APPLICATION_CREDENTIALS" => Some("/nowhere".to_owned()),
            _ => None,
        };
        let discovered = discovered(&environment);
        assert!(discovered.found.contains(&("openai", "OPENAI_API_KEY")));
        let left_out: Vec<_> = discovered.left_out.iter().map(|problem| problem.path.as_str()).collect();
        for path in ["providers.vertex.credentials", "providers.azure.resource"] {
            assert!(left_out.contains(&path), "{left_out:?}");
        }
        assert!(!format!("{discovered:?}").contains("canary"));
    }

    #[test]
    fn clouds_are_found_by_who_is_there() {
        let environment = |name: &str| match name {
            "AWS_ACCESS_KEY_ID" | "AWS_SECRET_ACCESS_KEY" | "AZURE_OPENAI_AD_TOKEN" => Some("canary".to_owned()),
            "AWS_REGION" => Some("us-east-1".to_owned()),
            "AZURE_OPENAI_ENDPOINT" => Some("https://res.openai.azure.com".to_owned()),
            "ANTHROPIC_VERTEX_PROJECT_ID" => Some("p".to_owned()),
            _ => None,
        };
        let mut found = discovered(&environment).found;
        found.sort_unstable();
        assert_eq!(
            found,
            [
                ("azure", "AZURE_OPENAI_AD_TOKEN"),
                ("bedrock", "AWS_ACCESS_KEY_ID"),
                ("vertex", "ANTHROPIC_VERTEX_PROJECT_ID")
            ]
        );
    }

    #[test]
    fn finds_what_is_set() {
        let environment = |name: &str| match name {
            "OPENAI_API_KEY" => Some("sk-canary".to_owned()),
            "OPENAI_BASE_URL" => Some("http://127.0.0.1:9/v1".to_owned()),
            "ANTHROPIC_API_KEY" => Some(" ".to_owned()),
            "GOOGLE_API_KEY" => Some("g".to_owned()),
            _ => None,
        };
        let discovered = discovered(&environment);
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
            let discovered = discovered(&environment);
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
            discovered(&environment).found
        };
        assert_eq!(found(Some("us-east-1")), [("bedrock", "AWS_ACCESS_KEY_ID")]);
        assert!(found(None).is_empty());
    }

    #[test]
    fn a_worker_finds_its_binding() {
        let file = |_: &str| Err("no such file".to_owned());
        let around = Surroundings { variable: &|_| None, file: &file, binding: &|name| name == "AI" };
        let discovered = discover(Platform::Workers, &around);
        assert_eq!(discovered.found, [("workers-ai", "AI")]);
        let settings = discovered.config.resolve_in(Platform::Workers, &around);
        assert!(settings.is_err_and(|problems| problems.to_string().contains("no client keys")));
    }

    #[test]
    fn a_key_without_its_place_is_none() {
        let token = |name: &str| (name == "CLOUDFLARE_API_TOKEN").then(|| "t".to_owned());
        assert!(discovered(&token).found.is_empty());
        let both = |name: &str| name.starts_with("CLOUDFLARE_A").then(|| "t".to_owned());
        assert_eq!(discovered(&both).found, [("workers-ai", "CLOUDFLARE_API_TOKEN")]);
    }

    #[test]
    fn offers_the_mock_where_nothing_is_set() {
        let discovered = discovered(&|_| None);
        assert!(discovered.found.is_empty());
        assert_eq!(discovered.config.providers.names().collect::<Vec<_>>(), ["mock"]);
    }
}
