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
