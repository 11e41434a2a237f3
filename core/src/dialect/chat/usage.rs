//! What a usage object tells, and how one is written.

use crate::usage::Usage;
use crate::wire::json::{count, pick};
use crate::wire::write::Writer;

/// Replaces what is known by what `usage` says (openai-python, `types/completion_usage.py`; `prompt_cache_hit_tokens` is
/// DeepSeek's spelling of the cached part, a `cached_tokens` of its own Moonshot's). `None` if it is no object.
pub(crate) fn read_usage(text: &str, usage: &mut Usage) -> Option<()> {
    let [prompt, completion, total, prompt_details, completion_details, hit, cached] = pick(
        text,
        [
            "prompt_tokens",
            "completion_tokens",
            "total_tokens",
            "prompt_tokens_details",
            "completion_tokens_details",
            "prompt_cache_hit_tokens",
            "cached_tokens",
        ],
    )?;
    let [detailed, written] = pick(prompt_details, ["cached_tokens", "cache_write_tokens"]).unwrap_or_default();
    let [reasoning] = pick(completion_details, ["reasoning_tokens"]).unwrap_or_default();
    let cached = count(detailed).or(count(hit)).or(count(cached)).unwrap_or(0);
    let written = count(written).unwrap_or(0);
    let (prompt, mut output) = (count(prompt).unwrap_or(0), count(completion).unwrap_or(0));
    let reasoning = count(reasoning);
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
        known: true,
        complete: usage.complete,
        ..Usage::default()
    };
    Some(())
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
