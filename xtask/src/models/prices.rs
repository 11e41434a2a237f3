//! The column of prices: as short as it can be said, and nothing else than the data say.

use super::entry::{Entry, Price, Text};

/// The conditions under which a request is served otherwise: the letter here, the ending of the fields' names there.
const TIERS: &[(char, &str)] = &[('f', "_flex"), ('p', "_priority"), ('u', "_ultrafast"), ('b', "_batches")];

/// The prices of an entry, but for those that go by the place; `None` where they are not known.
pub(super) fn column(kind: &str, entry: &Entry) -> Option<String> {
    let base = base(kind, entry)?;
    let mut words = vec![list(&base)];
    if let Some(sound) = sound(kind, entry, &base) {
        words.push(format!("a{}", list(&sound)));
    }
    let per_query = entry.text("web_search_billing_unit") == Some("per_query");
    if let Some(search) = search(kind, entry) {
        // Gemini 2.5 and older are billed an answer, not a query (<https://ai.google.dev/gemini-api/docs/pricing>).
        let letter =
            if matches!(kind, "gemini" | "vertex") && entry.key.contains("gemini") && !per_query { 'q' } else { 's' };
        words.push(format!("{letter}{}", dollars(search)));
    }
    if ["image", "video"].iter().any(|media| {
        let price = entry.token_price(&format!("input_cost_per_{media}_token"));
        price.is_some() && price != base.first().copied().flatten()
    }) {
        words.push("m".to_owned());
    }
    let long = long(entry, &base);
    words.extend(long.iter().map(|(_, word)| word.clone()));
    words.extend(TIERS.iter().filter_map(|(letter, field)| tier(*letter, field, entry, &base, &long)));
    words.extend(fast(entry));
    words.extend(premium(entry).map(|factor| format!("r{}", thousandths(factor))));
    if entry.field("off_peak_pricing").is_some() {
        words.push(off_peak(entry, &base)?);
    }
    Some(words.join(" "))
}

/// The first prices: those of a short prompt, as it is served by default.
fn base(kind: &str, entry: &Entry) -> Option<Text> {
    let ranges = ranges(entry);
    let mut base = match ranges.first() {
        Some((_, first)) => *first,
        None => entry.text_prices(""),
    };
    let [input, output, cache_read, cache_write, _] = &mut base;
    let is_free = |price: &Price| price.is_none_or(|price| price == 0);
    if is_free(input) && is_free(output) && !entry.key.contains("gemma") {
        return None;
    }
    // Billed by what the usage does not tell: by requests, by citations, by characters, by whether it thought.
    let differs = |name: &str| entry.token_price(name).is_some_and(|price| price > 0);
    let thinks = entry.token_price("output_cost_per_reasoning_token");
    if ["input_cost_per_request", "citation_cost_per_token", "input_cost_per_character"].into_iter().any(differs)
        || (thinks.is_some() && thinks != *output)
        || ranges.iter().any(|(_, prices)| prices.is_empty())
        // Its answers tell what they cost, searches and fees included; the price of the tokens alone would be too low.
        || kind == "perplexity"
    {
        return None;
    }
    if entry.text("mode") == Some("embedding") {
        *output = None;
    }
    if differs("explicit_cache_read_input_token_cost") {
        *cache_read = None;
    }
    if matches!(kind, "openai" | "azure") && entry.text("mode") != Some("embedding") {
        // What has no price of its own there is billed as input: no discount, and nothing for writing
        // (<https://developers.openai.com/api/docs/guides/prompt-caching>).
        if cache_read.is_none() && cache_write.is_some() {
            // One for the other, by mistake.
            *cache_write = None;
        } else {
            *cache_write = cache_write.or(*input);
            *cache_read = cache_read.or(*input);
        }
    }
    Some(base)
}

/// What is billed in steps: from how many tokens on, and the prices.
fn ranges(entry: &Entry) -> Vec<(u64, Text)> {
    let Some(tiers) = entry.field("tiered_pricing").and_then(|tiers| tiers.as_array()) else { return Vec::new() };
    let step = |tier: &serde_json::Value| {
        let from = tier.get("range")?.get(0)?.as_f64()?;
        let price = |name: &str| Some((tier.get(name)?.as_f64()? * 1e12).round() as u64);
        let prices = [
            price("input_cost_per_token"),
            price("output_cost_per_token"),
            price("cache_read_input_token_cost"),
            None,
            None,
        ];
        let thinks = price("output_cost_per_reasoning_token");
        // No prices at all, where they go by whether it thought.
        let known = thinks.is_none() || thinks == prices[1];
        Some((from as u64 / 1000, if known { prices } else { [None; 5] }))
    };
    tiers.iter().filter_map(step).collect()
}

/// The prices of long prompts: the threshold, and the word.
fn long(entry: &Entry, base: &Text) -> Vec<(u64, String)> {
    let steps: Vec<(u64, Text)> = match ranges(entry).as_slice() {
        [] => entry
            .thresholds()
            .into_iter()
            .map(|threshold| (threshold, entry.text_prices(&format!("_above_{threshold}k_tokens"))))
            .collect(),
        [_, steps @ ..] => steps.to_vec(),
    };
    let word = |(threshold, mut prices): (u64, Text)| {
        fill(&mut prices, base);
        let change = match factors(base, &prices, true) {
            Some(factors) => format!("*{factors}"),
            None => format!(":{}", list(&prices)),
        };
        (threshold, format!(">{threshold}{change}"))
    };
    steps.into_iter().map(word).collect()
}

/// The word for a tier.
fn tier(letter: char, field: &str, entry: &Entry, base: &Text, long: &[(u64, String)]) -> Option<String> {
    let mut prices = entry.text_prices(field);
    prices[0]?;
    fill(&mut prices, base);
    // Whether it is for long prompts too, and by the same factors.
    let of_long = |factors: &str| {
        long.iter().all(|(threshold, _)| {
            let mut short = entry.text_prices(&format!("_above_{threshold}k_tokens"));
            let mut together = entry.text_prices(&format!("_above_{threshold}k_tokens{field}"));
            fill(&mut short, base);
            fill(&mut together, base);
            together[0].is_some() && self::factors(&short, &together, false).as_deref() == Some(factors)
        })
    };
    Some(match factors(base, &prices, false) {
        Some(factors) => {
            let end = if of_long(&factors) { "" } else { "!" };
            format!("{letter}{factors}{end}")
        }
        None => format!("{letter}:{}{}", list(&prices), if long.is_empty() { "" } else { "!" }),
    })
}

/// Takes over from the first prices what has none at all, and what has none of its own and is billed as input.
fn fill(prices: &mut Text, base: &Text) {
    let [input, _, cache_read, cache_write, _] = *base;
    if base[1].is_none() {
        prices[1] = None;
    }
    if cache_write.is_none() {
        prices[3] = None;
    }
    if prices[2].is_none() && cache_read.is_some() && cache_read == input {
        prices[2] = prices[0];
    }
    if prices[3].is_none() && cache_write.is_some() && cache_write == input {
        prices[3] = prices[0];
    }
}

/// The factors that make one price list the other: of the prompt, of the output, of what is read from a cache. What is
/// written to a cache goes with the prompt; it may be left out of the other list unless that is `whole`.
fn factors(from: &Text, to: &Text, whole: bool) -> Option<String> {
    let factor = |place: usize| match (at(from, place), at(to, place)) {
        (Some(from @ 1..), Some(to)) => (to * 1000 % from == 0).then_some(Some(to * 1000 / from)),
        (None, None) | (Some(0), Some(0)) => Some(None),
        _ => None,
    };
    let prompt = factor(0)??;
    let output = factor(1)?.unwrap_or(prompt);
    // Pages show cents, and round what is less.
    let with_prompt = |place: usize| match (at(from, place), at(to, place)) {
        (Some(from), Some(to)) => {
            let made = from * prompt / 1000;
            (made == to && from * prompt % 1000 == 0) || (made.abs_diff(to) <= 5_000 && to % 10_000 == 0)
        }
        (Some(_), None) => !whole || place == 4,
        (None, to) => to.is_none(),
    };
    let cache_read = match factor(2) {
        _ if from[2].is_some() && to[2].is_some() && with_prompt(2) => prompt,
        factor => factor?.unwrap_or(prompt),
    };
    if !with_prompt(3) || !with_prompt(4) {
        return None;
    }
    let mut words = vec![thousandths(prompt)];
    if output != prompt || cache_read != prompt {
        words.push(thousandths(output));
    }
    if cache_read != prompt {
        words.push(thousandths(cache_read));
    }
    Some(words.join(","))
}

fn at(prices: &Text, place: usize) -> Price {
    prices.get(place).copied().flatten()
}

/// The prices of sound.
fn sound(kind: &str, entry: &Entry, base: &Text) -> Option<[Price; 3]> {
    let input = entry.token_price("input_cost_per_audio_token");
    let output = entry.token_price("output_cost_per_audio_token");
    let read = entry.token_price("cache_read_input_audio_token_cost");
    if input.is_none() && output.is_none() {
        // Google bills sound as text where it says nothing else.
        let as_text = matches!(kind, "gemini" | "vertex") && entry.is("supports_audio_input");
        return as_text.then_some([base[0], None, base[2]]);
    }
    Some([input, output, read])
}

fn search(kind: &str, entry: &Entry) -> Price {
    let price = entry.search_price()?;
    // OpenAI's older models search with one of two tools, at different prices.
    let ambiguous = kind == "openai" && price != 10_000;
    (matches!(kind, "anthropic" | "azure" | "azure-foundry" | "gemini" | "openai" | "vertex")
        && !ambiguous
        && price > 0)
        .then_some(price)
}

/// Anthropic's fast mode: a factor on everything (<https://platform.claude.com/docs/en/about-claude/pricing>).
fn fast(entry: &Entry) -> Option<String> {
    let factor = entry.field("provider_specific_entry")?.get("fast")?.as_f64()?;
    Some(format!("x{}", thousandths((factor * 1000.0).round() as u64)))
}

/// What is kept within a country or a region is dearer: Anthropic's `inference_geo`, OpenAI's regional hosts, Vertex AI's
/// regional endpoints.
fn premium(entry: &Entry) -> Option<u64> {
    let of_anthropic = || entry.field("provider_specific_entry")?.get("us")?.as_f64();
    let of_openai = || {
        let [us, eu] =
            ["us", "eu"].map(|place| entry.number(&format!("regional_processing_uplift_multiplier_{place}")));
        us.filter(|_| us == eu)
    };
    let factor = of_anthropic().or_else(of_openai).or_else(|| entry.number("regional_endpoint_uplift_multiplier"))?;
    Some((factor * 1000.0).round() as u64)
}

/// DeepSeek's hours; `None` where they are others than core knows (<https://api-docs.deepseek.com/quick_start/pricing>).
fn off_peak(entry: &Entry, base: &Text) -> Option<String> {
    const WINDOWS: &str = r#"[{"hours_utc":["00:00-01:00","04:00-06:00","10:00-00:00"],"weekdays":[1,2,3,4,5]},{"hours_utc":"00:00-00:00","weekdays":[6,7]}]"#;
    let told = entry.field("off_peak_pricing")?;
    let known = told.get("windows") == serde_json::from_str(WINDOWS).ok().as_ref();
    let price = |name: &str| Some((told.get(name)?.as_f64()? * 1e12).round() as u64);
    let prices = [
        price("input_cost_per_token"),
        price("output_cost_per_token"),
        price("cache_read_input_token_cost"),
        None,
        None,
    ];
    let [input, output, cache_read, ..] = *base;
    let factors = factors(&[input, output, cache_read, None, None], &prices, true);
    factors.filter(|_| known).map(|factors| format!("o{factors}"))
}

/// Prices with commas between, those at the end left out that are not known.
pub(super) fn list(prices: &[Price]) -> String {
    let words: Vec<String> = prices.iter().map(|price| price.map(dollars).unwrap_or_default()).collect();
    words.join(",").trim_end_matches(',').to_owned()
}

/// Micro-dollars as dollars.
pub(super) fn dollars(micro: u64) -> String {
    decimal(micro, 6)
}

pub(super) fn thousandths(number: u64) -> String {
    decimal(number, 3)
}

/// A decimal as short as it can be: without a zero before its point, and without any at its end.
fn decimal(number: u64, places: usize) -> String {
    let unit = 10_u64.pow(u32::try_from(places).unwrap_or(0));
    let (whole, part) = (number / unit, number % unit);
    let part = format!("{part:0places$}");
    match (whole, part.trim_end_matches('0')) {
        (whole, "") => whole.to_string(),
        (0, part) => format!(".{part}"),
        (whole, part) => format!("{whole}.{part}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(prices: &[u64]) -> Text {
        std::array::from_fn(|place| prices.get(place).copied())
    }

    #[test]
    fn decimals_are_as_short_as_can_be() {
        for (micro, shown) in [(0, "0"), (1_250_000, "1.25"), (2_800, ".0028"), (10_000_000, "10"), (75_000, ".075")] {
            assert_eq!(dollars(micro), shown);
        }
        assert_eq!((thousandths(1100), thousandths(500), thousandths(2000)), ("1.1".into(), ".5".into(), "2".into()));
        assert_eq!(list(&[Some(2_000_000), None, Some(500_000), None]), "2,,.5");
    }

    #[test]
    fn factors_are_exact_or_none() {
        let base = text(&[2_000_000, 10_000_000, 200_000, 2_500_000]);
        for (other, whole, expected) in [
            (text(&[1_000_000, 5_000_000, 100_000, 1_250_000]), true, Some(".5")),
            (text(&[4_000_000, 15_000_000, 400_000, 5_000_000]), true, Some("2,1.5")),
            (text(&[1_000_000, 5_000_000, 200_000, 1_250_000]), true, Some(".5,.5,1")),
            // What is written to a cache may be left out, of a tier.
            (text(&[1_000_000, 5_000_000, 100_000]), false, Some(".5")),
            (text(&[1_000_000, 5_000_000, 100_000]), true, None),
            // What is read from one may not.
            (text(&[1_000_000, 5_000_000]), false, None),
            (text(&[1_000_001, 5_000_000, 100_000, 1_250_000]), true, None),
            (text(&[1_000_000, 5_000_000, 100_000, 1_200_000]), true, None),
        ] {
            assert_eq!(factors(&base, &other, whole).as_deref(), expected, "{other:?}");
        }
        // A page that shows cents.
        let base = text(&[2_500_000, 15_000_000, 250_000]);
        assert_eq!(factors(&base, &text(&[1_250_000, 7_500_000, 130_000]), false).as_deref(), Some(".5"));
    }
}
