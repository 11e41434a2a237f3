//! What a usage object tells, of a whole answer or of a chunk of a streamed one.

use crate::usage::Usage;
use crate::wire::json::{count, pick};
use crate::wire::write::Writer;

/// Replaces what is known by what `usageMetadata` says: each chunk brings totals, and counters that are absent are 0
/// (python-genai, `GenerateContentResponseUsageMetadata`). `None` if it is no object.
pub(crate) fn read_usage(text: &str, usage: &mut Usage) -> Option<()> {
    let [prompt, cached, candidates, thoughts, tool_use] = pick(
        text,
        [
            "promptTokenCount",
            "cachedContentTokenCount",
            "candidatesTokenCount",
            "thoughtsTokenCount",
            "toolUsePromptTokenCount",
        ],
    )?
    .map(count);
    let cached = cached.unwrap_or(0);
    *usage = Usage {
        input: prompt.unwrap_or(0).saturating_sub(cached).saturating_add(tool_use.unwrap_or(0)),
        cache_read: cached,
        cache_write: 0,
        output: candidates.unwrap_or(0).saturating_add(thoughts.unwrap_or(0)),
        reasoning: thoughts,
        tool_input: tool_use.unwrap_or(0),
        known: true,
        complete: usage.complete,
        ..Usage::default()
    };
    Some(())
}

/// Writes `usageMetadata`, every counter of it: the prompt is told with what was cached of it and without what tools have
/// read, the candidates without the thoughts.
pub(super) fn write_usage(usage: &Usage, out: &mut Writer) {
    let thoughts = usage.reasoning.unwrap_or(0).min(usage.output);
    let prompt = usage.input.saturating_add(usage.cache_read).saturating_add(usage.cache_write);
    out.key("usageMetadata").open();
    out.count_member("promptTokenCount", prompt.saturating_sub(usage.tool_input));
    out.count_member("candidatesTokenCount", usage.output - thoughts);
    out.count_member("totalTokenCount", prompt.saturating_add(usage.output));
    out.count_member("cachedContentTokenCount", usage.cache_read);
    out.count_member("thoughtsTokenCount", thoughts);
    out.count_member("toolUsePromptTokenCount", usage.tool_input);
    out.close();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn trap_22_cached_tokens_are_a_part_of_the_prompt() {
        let usage = Usage {
            input: 10,
            cache_read: 4,
            cache_write: 3,
            output: 9,
            reasoning: Some(5),
            tool_input: 2,
            known: true,
            ..Usage::default()
        };
        let mut out = Writer::with_capacity(64);
        out.open();
        write_usage(&usage, &mut out);
        out.close();
        let text = String::from_utf8(out.into_bytes()).expect("UTF-8");
        assert_eq!(
            text,
            r#"{"usageMetadata":{"promptTokenCount":15,"candidatesTokenCount":4,"totalTokenCount":26,"cachedContentTokenCount":4,"thoughtsTokenCount":5,"toolUsePromptTokenCount":2}}"#
        );
        let mut read = Usage::default();
        read_usage(crate::wire::json::get(&text, "usageMetadata"), &mut read).expect("an object");
        // What was written to a cache has no counter here.
        assert_eq!(read, Usage { input: 13, cache_write: 0, ..usage });
    }
}
