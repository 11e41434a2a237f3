//! What a usage object tells.

use std::sync::LazyLock;

use memchr::memmem::Finder;

use crate::dialect::chat::usage::told_cost;
use crate::usage::{Tier, Usage};
use crate::wire::json::{count, get, is_given, pick, string};

/// Calls that are billed apart (<https://developers.openai.com/api/docs/pricing>, "Tools"). A text has its quotes escaped, so
/// these are the words themselves.
static BILLED_APART: LazyLock<[Finder<'static>; 2]> =
    LazyLock::new(|| [Finder::new("\"code_interpreter_call\""), Finder::new("\"file_search_call\"")]);
/// The same of those that `tool_usage` counts.
static COUNTED: LazyLock<[Finder<'static>; 2]> =
    LazyLock::new(|| [Finder::new("\"web_search_call\""), Finder::new("\"image_generation_call\"")]);

/// Replaces what is known by what `usage` says (openai-python, `types/responses/response_usage.py`). `None` if it is no
/// object.
pub(crate) fn read_usage(text: &str, usage: &mut Usage) -> Option<()> {
    let names = [
        "input_tokens",
        "output_tokens",
        "input_tokens_details",
        "output_tokens_details",
        "cost",
        "cost_in_usd_ticks",
        "cost_details",
        "is_byok",
    ];
    let [input, output, input_details, output_details, cost @ ..] = pick(text, names)?;
    let [cached, written, by_time] =
        pick(input_details, ["cached_tokens", "cache_write_tokens", "cache_write_tokens_details"]).unwrap_or_default();
    let [longest] = pick(by_time, ["ttl_12h_tokens"]).unwrap_or_default();
    let [reasoning] = pick(output_details, ["reasoning_tokens"]).unwrap_or_default();
    let cached = count(cached).unwrap_or(0);
    let written = count(written).unwrap_or(0);
    *usage = Usage {
        input: count(input).unwrap_or(0).saturating_sub(cached).saturating_sub(written),
        cache_read: cached,
        cache_write: written,
        // What keeps longer than by default is dearer, as what keeps for an hour is elsewhere.
        cache_write_1h: count(longest).unwrap_or(0).min(written),
        output: count(output).unwrap_or(0),
        reasoning: count(reasoning),
        told: told_cost(cost),
        known: true,
        complete: usage.complete,
        ..Usage::default()
    };
    Some(())
}

/// The same of a whole response, which tells beside it in which tier it was served, and what tools have done: openai-python,
/// `types/beta/beta_response.py`, `ToolUsage`. `None` if it has no usage.
pub(crate) fn read_response(response: &str, usage: &mut Usage) -> Option<()> {
    let [told, tier, tools] = pick(response, ["usage", "service_tier", "tool_usage"])?;
    read_usage(told, usage)?;
    if let Some(tier) = string(tier) {
        usage.tier = Tier::named(&tier);
    }
    let [searches, images] = pick(tools, ["web_search", "image_gen"]).unwrap_or_default();
    usage.searches = count(get(searches, "num_requests")).unwrap_or(0);
    let has = |calls: &[Finder<'_>]| calls.iter().any(|call| call.find(response.as_bytes()).is_some());
    usage.besides = count(get(images, "total_tokens")).is_some_and(|tokens| tokens > 0)
        || has(&*BILLED_APART)
        || (!is_given(tools) && has(&*COUNTED));
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_tools_have_cost_is_counted_or_known_to_be_more() {
        let told = |members: &str| {
            let mut usage = Usage::default();
            let response = format!(r#"{{"usage":{{"input_tokens":3,"output_tokens":4}},{members}}}"#);
            read_response(&response, &mut usage).map(|()| (usage.tier, usage.searches, usage.besides))
        };
        let plain = Some((Tier::Standard, 0, false));
        for (members, expected) in [
            (r#""service_tier":"default","output":[]"#, plain),
            (r#""service_tier":"priority""#, Some((Tier::Priority, 0, false))),
            (r#""service_tier":"scale""#, Some((Tier::Other, 0, false))),
            (
                r#""tool_usage":{"web_search":{"num_requests":2},"image_gen":{"total_tokens":0}},"output":[{"type":"web_search_call"}]"#,
                Some((Tier::Standard, 2, false)),
            ),
            (r#""tool_usage":{"image_gen":{"total_tokens":7}}"#, Some((Tier::Standard, 0, true))),
            (r#""output":[{"type":"web_search_call"}]"#, Some((Tier::Standard, 0, true))),
            (r#""output":[{"type": "code_interpreter_call"}]"#, Some((Tier::Standard, 0, true))),
            (r#""output":[{"type":"file_search_call"}],"tool_usage":{}"#, Some((Tier::Standard, 0, true))),
            (r#""output":[{"text":"a \"file_search_call\" and web_search_call"}]"#, plain),
        ] {
            assert_eq!(told(members), expected, "{members}");
        }
        assert_eq!(read_response(r#"{"usage":null,"service_tier":"flex"}"#, &mut Usage::default()), None);
    }
}
