//! What a usage object tells, and how one is written.

use crate::usage::{Tier, Usage};
use crate::wire::decimal::scaled;
use crate::wire::json::{self, count, pick, string};
use crate::wire::write::Writer;

/// Reads a usage object, and the tier of service that stands beside it. `None` if the first is none.
pub(crate) fn read_served(told: &str, tier: &str, usage: &mut Usage) -> Option<()> {
    read_usage(told, usage)?;
    if let Some(tier) = string(tier) {
        usage.tier = Tier::named(&tier);
    }
    Some(())
}

/// Replaces what is known by what `usage` says (openai-python, `types/completion_usage.py`; `prompt_cache_hit_tokens` is
/// DeepSeek's spelling of the cached part, a `cached_tokens` of its own Moonshot's). `None` if it is no object.
pub(crate) fn read_usage(text: &str, usage: &mut Usage) -> Option<()> {
    let [prompt, completion, total, prompt_details, completion_details, hit, cached, cost @ ..] = pick(
        text,
        [
            "prompt_tokens",
            "completion_tokens",
            "total_tokens",
            "prompt_tokens_details",
            "completion_tokens_details",
            "prompt_cache_hit_tokens",
            "cached_tokens",
            "cost",
            "cost_in_usd_ticks",
            "cost_details",
            "is_byok",
        ],
    )?;
    let [detailed, written, heard] =
        pick(prompt_details, ["cached_tokens", "cache_write_tokens", "audio_tokens"]).unwrap_or_default();
    let [reasoning, spoken] = pick(completion_details, ["reasoning_tokens", "audio_tokens"]).unwrap_or_default();
    let cached = count(detailed).or(count(hit)).or(count(cached)).unwrap_or(0);
    let written = count(written).unwrap_or(0);
    let (prompt, mut output) = (count(prompt).unwrap_or(0), count(completion).unwrap_or(0));
    let reasoning = count(reasoning);
    let heard = count(heard).unwrap_or(0);
    // xAI counts reasoning beside the completion and not in it: the total tells
    // (<https://docs.x.ai/docs/guides/reasoning>).
    if let (Some(reasoning @ 1..), Some(total)) = (reasoning, count(total))
        && prompt.saturating_add(output).saturating_add(reasoning) == total
    {
        output = output.saturating_add(reasoning);
    }
    *usage = Usage {
        input: prompt.saturating_sub(cached).saturating_sub(written),
        cache_read: cached,
        cache_write: written,
        output,
        reasoning,
        audio_input: heard,
        audio_output: count(spoken).unwrap_or(0),
        // How much of the sound was cached is not told.
        besides: heard > 0 && cached > 0,
        tier: usage.tier,
        told: told_cost(cost),
        known: true,
        complete: usage.complete,
        ..Usage::default()
    };
    Some(())
}

/// What a usage object says that it costs, in millionths of a micro-dollar: `cost` and, for xAI, `cost_in_usd_ticks`, of which
/// ten thousand millions are a dollar (<https://docs.x.ai/developers/cost-tracking>). OpenRouter's `cost` is dollars; under a
/// key of the caller's own for the model's vendor, that one bills `cost_details.upstream_inference_cost` besides
/// (<https://openrouter.ai/docs/use-cases/usage-accounting>). Perplexity's has its `total_cost` (perplexity-python,
/// `types/responses_usage.py`).
pub(crate) fn told_cost([cost, ticks, details, own_key]: [&str; 4]) -> Option<u64> {
    if json::is_given(ticks) {
        return scaled(ticks, 2);
    }
    let total = json::get(cost, "total_cost");
    let cost = scaled(if total.is_empty() { cost } else { total }, 12)?;
    let vendors = json::get(details, "upstream_inference_cost");
    if own_key == "true" { cost.checked_add(scaled(vendors, 12)?) } else { Some(cost) }
}

/// Writes a usage object: whole prompts, what was cached among them.
pub(super) fn write(json: &mut Writer, usage: &Usage) {
    let prompt = usage.input.saturating_add(usage.cache_read).saturating_add(usage.cache_write);
    json.open().count_member("prompt_tokens", prompt).count_member("completion_tokens", usage.output);
    json.count_member("total_tokens", prompt.saturating_add(usage.output));
    json.key("prompt_tokens_details").open().count_member("cached_tokens", usage.cache_read);
    json.count_member("cache_write_tokens", usage.cache_write).close();
    json.key("completion_tokens_details").open();
    // What is not reported is not nothing.
    if let Some(reasoning) = usage.reasoning {
        json.count_member("reasoning_tokens", reasoning);
    }
    json.close().close();
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Usage {
        let mut usage = Usage::default();
        read_usage(text, &mut usage).expect("an object");
        usage
    }

    #[test]
    fn every_spelling_is_read() {
        for (text, expected) in [
            (r#"{"prompt_tokens":10,"completion_tokens":5,"total_tokens":15}"#, (10, 0, 0, 5, None)),
            (
                r#"{"prompt_tokens":10,"completion_tokens":5,"total_tokens":15,"prompt_tokens_details":{"cached_tokens":4,"cache_write_tokens":3},"completion_tokens_details":{"reasoning_tokens":2}}"#,
                (3, 4, 3, 5, Some(2)),
            ),
            (r#"{"prompt_tokens":10,"completion_tokens":5,"prompt_cache_hit_tokens":4}"#, (6, 4, 0, 5, None)),
            (
                r#"{"prompt_tokens":10,"completion_tokens":5,"cached_tokens":4,"prompt_tokens_details":null}"#,
                (6, 4, 0, 5, None),
            ),
            // xAI: 10 + 5 + 7 = 22.
            (
                r#"{"prompt_tokens":10,"completion_tokens":5,"total_tokens":22,"completion_tokens_details":{"reasoning_tokens":7}}"#,
                (10, 0, 0, 12, Some(7)),
            ),
            // The same figures inside: 10 + 12 = 22.
            (
                r#"{"prompt_tokens":10,"completion_tokens":12,"total_tokens":22,"completion_tokens_details":{"reasoning_tokens":7}}"#,
                (10, 0, 0, 12, Some(7)),
            ),
            (
                r#"{"prompt_tokens":1,"completion_tokens":null,"prompt_tokens_details":{"cached_tokens":9}}"#,
                (0, 9, 0, 0, None),
            ),
        ] {
            let usage = read(text);
            let told = (usage.input, usage.cache_read, usage.cache_write, usage.output, usage.reasoning);
            assert_eq!(told, expected, "{text}");
        }
        assert_eq!(read_usage("null", &mut Usage::default()), None);
    }

    #[test]
    fn what_an_answer_says_that_it_costs_is_read() {
        for (told, cost) in [
            (r#""cost_in_usd_ticks":37756000"#, Some(3_775_600_000)),
            (r#""cost":0.95"#, Some(950_000_000_000)),
            (r#""cost":1.2e-05"#, Some(12_000_000)),
            (r#""cost":0,"is_byok":false,"cost_details":{"upstream_inference_cost":null}"#, Some(0)),
            (r#""cost":0.95,"is_byok":true,"cost_details":{"upstream_inference_cost":19}"#, Some(19_950_000_000_000)),
            (r#""cost":0.95,"is_byok":true,"cost_details":{"upstream_inference_cost":null}"#, None),
            (r#""cost":{"currency":"USD","input_cost":1,"total_cost":0.00025}"#, Some(250_000_000)),
            (r#""cost":null"#, None),
            (r#""cost":-1"#, None),
            (r#""cost":"1""#, None),
            (r#""x":1"#, None),
        ] {
            assert_eq!(read(&format!(r#"{{"prompt_tokens":1,{told}}}"#)).told, cost, "{told}");
        }
    }

    #[test]
    fn sound_and_the_tier_are_told_apart() {
        let mut usage = Usage::default();
        let told = r#"{"prompt_tokens":10,"completion_tokens":5,"prompt_tokens_details":{"audio_tokens":4},"completion_tokens_details":{"audio_tokens":3}}"#;
        assert_eq!(read_served(told, "\"flex\"", &mut usage), Some(()));
        assert_eq!((usage.audio_input, usage.audio_output, usage.tier, usage.besides), (4, 3, Tier::Flex, false));
        // A later object without a tier leaves it.
        assert_eq!(read_served(told, "", &mut usage), Some(()));
        assert_eq!(usage.tier, Tier::Flex);
        let mixed = r#"{"prompt_tokens":10,"prompt_tokens_details":{"audio_tokens":4,"cached_tokens":2}}"#;
        assert!(read(mixed).besides);
        assert_eq!(read_served("null", "\"flex\"", &mut Usage::default()), None);
    }

    #[test]
    fn trap_22_what_is_written_includes_what_was_cached() {
        let usage = Usage { input: 3, cache_read: 4, cache_write: 3, output: 5, known: true, ..Usage::default() };
        let mut json = Writer::default();
        write(&mut json, &usage);
        let written = String::from_utf8(json.into_bytes()).expect("UTF-8");
        let expected = concat!(
            r#"{"prompt_tokens":10,"completion_tokens":5,"total_tokens":15,"#,
            r#""prompt_tokens_details":{"cached_tokens":4,"cache_write_tokens":3},"completion_tokens_details":{}}"#
        );
        assert_eq!(written, expected);
        assert_eq!(read(&written), usage);
    }
}
