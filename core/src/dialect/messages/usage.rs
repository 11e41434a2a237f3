//! A usage object: anthropic-sdk-python, `types/usage.py` and `types/message_delta_usage.py`.

use crate::usage::{Tier, Usage};
use crate::wire::json::{count, each, get, is_given, pick, string};
use crate::wire::write::Writer;

/// Replaces what is known by what `usage` says: later figures are totals, and may lack what was told before. `None` if it
/// is no object.
pub(crate) fn read_usage(text: &str, usage: &mut Usage) -> Option<()> {
    let [input, read, written, by_age, output, output_details, server_tools, iterations, credit, served @ ..] = pick(
        text,
        [
            "input_tokens",
            "cache_read_input_tokens",
            "cache_creation_input_tokens",
            "cache_creation",
            "output_tokens",
            "output_tokens_details",
            "server_tool_use",
            "iterations",
            "fallback_credit",
            "service_tier",
            "speed",
            "inference_geo",
        ],
    )?;
    let [short, long] =
        pick(by_age, ["ephemeral_5m_input_tokens", "ephemeral_1h_input_tokens"]).unwrap_or_default().map(count);
    let by_age = short.or(long).map(|_| short.unwrap_or(0).saturating_add(long.unwrap_or(0)));
    let [thinking] = pick(output_details, ["thinking_tokens"]).unwrap_or_default();
    let [searches] = pick(server_tools, ["web_search_requests"]).unwrap_or_default();
    for (term, told) in [
        (&mut usage.input, count(input)),
        (&mut usage.cache_read, count(read)),
        (&mut usage.cache_write, by_age.or(count(written))),
        (&mut usage.cache_write_1h, long),
        (&mut usage.output, count(output)),
        (&mut usage.searches, count(searches)),
    ] {
        if let Some(told) = told {
            *term = told;
        }
    }
    // A later total without its parts can be below what was told of them.
    usage.cache_write_1h = usage.cache_write_1h.min(usage.cache_write);
    usage.reasoning = count(thinking).or(usage.reasoning);
    serve(served, usage);
    // What is billed besides: a compaction, and what advisors and fallbacks have said, is in none of the totals
    // (anthropic-sdk-python, `types/beta/beta_usage.py`).
    usage.besides |= is_given(credit);
    each(iterations, |iteration| usage.besides |= get(iteration, "type") != "\"message\"");
    usage.known = true;
    Some(())
}

/// How it was served: the tier, the speed, and where.
fn serve([tier, speed, place]: [&str; 3], usage: &mut Usage) {
    // A fast answer of a tier of its own is not known.
    match (string(speed).as_deref(), string(tier)) {
        (Some("fast"), None) => usage.tier = Tier::Fast,
        (Some("fast"), Some(tier)) if tier == "standard" => usage.tier = Tier::Fast,
        (Some("fast"), Some(_)) => usage.tier = Tier::Other,
        (_, Some(tier)) => usage.tier = Tier::named(&tier),
        _ => {}
    }
    match string(place).as_deref() {
        None | Some("" | "global" | "not_available") => {}
        Some("us") => usage.in_country = true,
        Some(_) => usage.besides = true,
    }
}

/// Reads what a message tells of a computer that code was run on, as a member of it or of a delta: it is billed by the hour,
/// unless it was run for what the web was searched for (<https://platform.claude.com/docs/en/about-claude/pricing>).
pub(crate) fn read_container(container: &str, usage: &mut Usage) {
    usage.besides |= is_given(container) && usage.searches == 0;
}

/// A message's usage object. `tier` is the tier that served it, in OpenAI's word.
pub(super) fn write_usage(usage: &Usage, tier: Option<&str>, out: &mut Writer) {
    out.open();
    counts(usage, out);
    out.key("cache_creation").open();
    out.count_member("ephemeral_5m_input_tokens", usage.cache_write.saturating_sub(usage.cache_write_1h));
    out.count_member("ephemeral_1h_input_tokens", usage.cache_write_1h).close();
    match tier {
        Some("default" | "standard") => out.str_member("service_tier", "standard"),
        Some("priority") => out.str_member("service_tier", "priority"),
        _ => out,
    };
    out.close();
}

/// A `message_delta`'s usage object: the figures so far.
pub(super) fn write_delta_usage(usage: &Usage, out: &mut Writer) {
    out.open();
    counts(usage, out);
    out.close();
}

fn counts(usage: &Usage, out: &mut Writer) {
    out.count_member("input_tokens", usage.input);
    out.count_member("cache_creation_input_tokens", usage.cache_write);
    out.count_member("cache_read_input_tokens", usage.cache_read);
    out.count_member("output_tokens", usage.output);
    if let Some(reasoning) = usage.reasoning {
        out.key("output_tokens_details").open().count_member("thinking_tokens", reasoning).close();
    }
    if usage.searches > 0 {
        out.key("server_tool_use").open().count_member("web_search_requests", usage.searches);
        out.count_member("web_fetch_requests", 0).close();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TOLD: &str = r#"{"input_tokens":8,"cache_creation_input_tokens":20,"cache_read_input_tokens":5,"cache_creation":{"ephemeral_5m_input_tokens":12,"ephemeral_1h_input_tokens":8},"output_tokens":7,"output_tokens_details":{"thinking_tokens":3},"server_tool_use":{"web_search_requests":2}}"#;

    #[test]
    fn trap_22_the_cache_is_told_apart_from_the_input() {
        let mut usage = Usage::default();
        assert_eq!(read_usage(TOLD, &mut usage), Some(()));
        let expected = Usage {
            input: 8,
            cache_read: 5,
            cache_write: 20,
            cache_write_1h: 8,
            output: 7,
            reasoning: Some(3),
            searches: 2,
            known: true,
            ..Usage::default()
        };
        assert_eq!(usage, expected);
        let mut out = Writer::default();
        write_usage(&usage, Some("default"), &mut out);
        let mut again = Usage::default();
        let written = String::from_utf8(out.into_bytes()).expect("UTF-8");
        assert_eq!(read_usage(&written, &mut again), Some(()));
        assert_eq!(again, expected, "{written}");
        assert!(
            written.contains(r#""ephemeral_5m_input_tokens":12"#) && written.contains(r#""service_tier":"standard""#)
        );
    }

    #[test]
    fn how_it_was_served_is_read_and_kept() {
        let read = |told: &str| {
            let mut usage = Usage::default();
            assert_eq!(read_usage(told, &mut usage), Some(()));
            // A delta tells none of it.
            assert_eq!(read_usage(r#"{"output_tokens":9}"#, &mut usage), Some(()));
            (usage.tier, usage.in_country, usage.besides)
        };
        for (told, expected) in [
            (
                r#"{"service_tier":"standard","speed":"standard","inference_geo":"global"}"#,
                (Tier::Standard, false, false),
            ),
            (r#"{"service_tier":"priority"}"#, (Tier::Priority, false, false)),
            (r#"{"service_tier":"standard","speed":"fast","inference_geo":"us"}"#, (Tier::Fast, true, false)),
            (r#"{"service_tier":"priority","speed":"fast"}"#, (Tier::Other, false, false)),
            (r#"{"inference_geo":"not_available"}"#, (Tier::Standard, false, false)),
            (r#"{"inference_geo":"eu"}"#, (Tier::Standard, false, true)),
            (r#"{"iterations":[{"type":"message","output_tokens":1}]}"#, (Tier::Standard, false, false)),
            (r#"{"iterations":[{"type":"compaction"},{"type":"message"}]}"#, (Tier::Standard, false, true)),
            (r#"{"fallback_credit":{}}"#, (Tier::Standard, false, true)),
        ] {
            assert_eq!(read(told), expected, "{told}");
        }
        let mut usage = Usage::default();
        read_container("null", &mut usage);
        assert!(!usage.besides);
        read_container(r#"{"id":"c"}"#, &mut usage);
        assert!(usage.besides);
        let mut searched = Usage { searches: 1, ..Usage::default() };
        read_container(r#"{"id":"c"}"#, &mut searched);
        assert!(!searched.besides);
    }

    #[test]
    fn all_four_figures_are_there_when_there_are_none() {
        let mut out = Writer::default();
        write_delta_usage(&Usage::default(), &mut out);
        let expected =
            r#"{"input_tokens":0,"cache_creation_input_tokens":0,"cache_read_input_tokens":0,"output_tokens":0}"#;
        assert_eq!(out.bytes(), expected.as_bytes());
    }

    #[test]
    fn a_total_alone_replaces_its_parts() {
        let mut usage = Usage::default();
        let _ = read_usage(TOLD, &mut usage);
        let _ = read_usage(r#"{"cache_creation_input_tokens":4,"output_tokens":9}"#, &mut usage);
        assert_eq!((usage.cache_write, usage.cache_write_1h, usage.output, usage.input), (4, 4, 9, 8));
    }
}
