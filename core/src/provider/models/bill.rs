//! What a request has cost at its provider.

use std::time::Duration;

use super::find::find;
use super::row::{Place, Row, Served};
use crate::provider::Provider;
use crate::usage::{self, Cost, Prices, Term, Tier, Usage};

/// Providers whose answers tell what they cost, all discounts and fees included: that is what is billed.
/// <https://docs.x.ai/developers/cost-tracking>, <https://openrouter.ai/docs/use-cases/usage-accounting>; perplexity-python,
/// `types/responses_usage.py`.
const TELLING: &[&str] = &["openrouter", "perplexity", "xai"];

/// What the usage of a model has cost: by the prices that are configured, else by what the answer tells, else by the prices of the table; `None` where it is not
/// known. `times` are when the request began and ended, since the Unix epoch.
pub fn cost(provider: &Provider, model: &str, usage: &Usage, times: [Duration; 2]) -> Option<Cost> {
    if provider.kind.built_in {
        return Some(Cost(0));
    }
    if !usage.known {
        return None;
    }
    if let Some(prices) = provider.models.get(model).and_then(|told| told.prices) {
        // What it costs in other tiers and places nobody has said.
        let plain = usage.tier == Tier::Standard && !usage.in_country;
        return usage::cost(usage, &prices).filter(|_| plain);
    }
    if let Some(told) = usage.told.filter(|_| TELLING.contains(&provider.kind.name)) {
        return Some(Cost(told));
    }
    usage::cost(usage, &prices(provider, model, usage, times)?)
}

/// What a model costs as it is served by default, a short prompt in busy hours; `None` where it is not known.
pub fn usual_prices(provider: &Provider, model: &str) -> Option<Prices> {
    // A Thursday, two in the morning.
    let busy = Duration::from_secs(2 * 3600);
    let told = provider.models.get(model).and_then(|told| told.prices);
    told.or_else(|| prices(provider, model, &Usage::default(), [busy, busy]))
}

/// The prices that the usage is billed by.
fn prices(provider: &Provider, model: &str, usage: &Usage, times: [Duration; 2]) -> Option<Prices> {
    let kind = provider.kind.name;
    let found = find(kind, model)?;
    let aws = matches!(kind, "bedrock" | "bedrock-mantle");
    let place = match (found.prefix, &*provider.region) {
        ("", "") if aws => return None,
        ("", region) if aws => Place::Aws(region),
        (prefix, _) if aws => Place::Aws(prefix),
        // <https://cloud.google.com/vertex-ai/generative-ai/pricing>: the global endpoint is the cheaper one.
        (_, region) if kind == "vertex" && region != "global" => Place::Region,
        _ if kind == "openai" && is_in_country(provider) => Place::Region,
        _ if usage.in_country => Place::Region,
        _ => Place::Anywhere,
    };
    // A vendor that says it was kept within a country is one that bills it.
    if usage.in_country && !is_dearer_in_country(&found.row) {
        return None;
    }
    let [began, ended] = times.map(is_off_peak);
    let off_peak = (began == ended).then_some(began);
    let served = Served { tier: usage.tier, prompt: usage.prompt(), media: usage.media > 0, place, off_peak };
    if found.shared.is_some_and(|shared| usage.tier == Tier::Batch || (usage.tier != Tier::Standard && !shared.tiers)) {
        return None;
    }
    let mut prices = found.row.prices(&served)?;
    if found.shared.is_some() && kind != "vertex" {
        // Azure's search is another one.
        prices.set(Term::Search, None);
    }
    Some(prices)
}

/// Whether it is one of OpenAI's hosts that keep data within a region
/// (<https://developers.openai.com/api/docs/guides/your-data>).
fn is_in_country(provider: &Provider) -> bool {
    let host = provider.base_url.as_ref().map_or("", |base_url| base_url.origin.authority.host());
    host.strip_suffix(".api.openai.com").is_some_and(|region| !region.is_empty())
}

/// Whether the row says what being kept within a country costs.
fn is_dearer_in_country(row: &Row<'_>) -> bool {
    let plain = Served::default();
    row.prices(&plain) != row.prices(&Served { place: Place::Region, ..plain })
}

/// DeepSeek's hours: half price but on weekdays from 01:00 to 04:00 and from 06:00 to 10:00 UTC
/// (<https://api-docs.deepseek.com/quick_start/pricing>). China's public holidays are off-peak as well and not known here:
/// on those the cost is twice the true one at the most.
fn is_off_peak(time: Duration) -> bool {
    let (days, hour) = (time.as_secs() / 86_400, time.as_secs() / 3600 % 24);
    // 1970-01-01 was a Thursday.
    let weekday = (days + 3) % 7;
    weekday >= 5 || !matches!(hour, 1..4 | 6..10)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Config, Platform};

    /// Micro-dollars of 1000 tokens of prompt at the provider that the document configures.
    fn thousand(document: &str, model: &str, more: Usage, times: [u64; 2]) -> Option<f64> {
        let document = format!(r#"{{"providers":{{"it":{document}}}}}"#);
        let secret = |_: &str| Some("x".to_owned());
        let settings = Config::from_json(&document)
            .and_then(|config| config.resolve(Platform::Local, &secret))
            .unwrap_or_else(|problems| panic!("{problems}"));
        let usage = Usage { input: 1000, known: true, ..more };
        let cost = cost(settings.provider("it")?, model, &usage, times.map(Duration::from_secs))?;
        #[expect(clippy::cast_precision_loss, reason = "it is small")]
        Some(cost.0 as f64 / 1e6)
    }

    fn plain(document: &str, model: &str) -> Option<f64> {
        thousand(document, model, Usage::default(), [0, 0])
    }

    #[test]
    fn where_it_was_kept_decides() {
        let key = r#""api_key":"${K}""#;
        let openai = format!(r#"{{"kind":"openai",{key}}}"#);
        let eu = format!(r#"{{"kind":"openai",{key},"base_url":"https://eu.api.openai.com/v1"}}"#);
        let proxy = format!(r#"{{"kind":"openai",{key},"base_url":"https://api.openai.com.example/v1"}}"#);
        assert_eq!(plain(&openai, "gpt-6-sol"), Some(2000.0));
        assert_eq!(plain(&eu, "gpt-6-sol"), Some(2200.0));
        assert_eq!(plain(&proxy, "gpt-6-sol"), Some(2000.0));
        let bedrock = |region: &str| format!(r#"{{"kind":"bedrock","region":"{region}",{key}}}"#);
        assert_eq!(plain(&bedrock("eu-west-1"), "global.anthropic.claude-opus-5-5"), Some(4000.0));
        assert_eq!(plain(&bedrock("eu-west-1"), "eu.anthropic.claude-opus-5-5"), Some(4400.0));
        assert_eq!(plain(&bedrock("us-east-1"), "qwen.qwen3-coder-next"), Some(500.0));
        assert_eq!(plain(&bedrock("eu-west-2"), "qwen.qwen3-coder-next"), Some(780.0));
        assert_eq!(plain(&bedrock("af-south-1"), "qwen.qwen3-coder-next"), None);
        let claude = format!(r#"{{"kind":"anthropic",{key}}}"#);
        let kept = Usage { in_country: true, ..Usage::default() };
        assert_eq!(thousand(&claude, "claude-opus-5-5", kept, [0, 0]), Some(4400.0));
        // A model that cannot be kept there has no price for it.
        assert_eq!(thousand(&claude, "claude-haiku-4-5", kept, [0, 0]), None);
    }

    #[test]
    fn the_hour_decides_at_deepseek() {
        let deepseek = r#"{"kind":"deepseek","api_key":"${K}"}"#;
        let at = |times| thousand(deepseek, "deepseek-v4-pro", Usage::default(), times);
        // 1970-01-01 was a Thursday, the 3rd a Saturday.
        let (day, hour) = (86_400, 3600);
        for (time, expected) in [
            (0, 660.0),
            (hour, 1320.0),
            (4 * hour - 1, 1320.0),
            (4 * hour, 660.0),
            (6 * hour, 1320.0),
            (10 * hour, 660.0),
            (2 * day + 2 * hour, 660.0),
            (3 * day + 2 * hour, 660.0),
            (4 * day + 2 * hour, 1320.0),
        ] {
            assert_eq!(at([time, time]), Some(expected), "{time}");
        }
        // Begun in one and ended in the other: which counts is not told.
        assert_eq!(at([hour - 1, hour + 1]), None);
    }

    #[test]
    fn what_is_shared_is_shared_as_far_as_it_is_known() {
        let azure = r#"{"kind":"azure","resource":"r","api_key":"${K}"}"#;
        assert_eq!(plain(azure, "gpt-4.1"), Some(2000.0));
        assert_eq!(plain(azure, "gpt-4.1-2025-04-14"), Some(2000.0));
        assert_eq!(plain(azure, "my-own"), None);
        let batch = Usage { tier: Tier::Batch, ..Usage::default() };
        assert_eq!(thousand(azure, "gpt-4.1", batch, [0, 0]), None);
        let searched = Usage { searches: 1, ..Usage::default() };
        assert_eq!(thousand(azure, "gpt-5.4-mini", searched, [0, 0]), None);
    }
}
