//! What a usage object tells, of a whole answer or of a chunk of a streamed one.

use crate::usage::{Tier, Usage};
use crate::wire::json::{self, count, pick, string};
use crate::wire::write::Writer;

/// Replaces what is known by what `usageMetadata` says: each chunk brings totals, and counters that are absent are 0
/// (python-genai, `GenerateContentResponseUsageMetadata`). `None` if it is no object.
pub(crate) fn read_usage(text: &str, usage: &mut Usage) -> Option<()> {
    let [prompt, cached, candidates, thoughts, tool_use, parts @ ..] = pick(
        text,
        [
            "promptTokenCount",
            "cachedContentTokenCount",
            "candidatesTokenCount",
            "thoughtsTokenCount",
            "toolUsePromptTokenCount",
            "promptTokensDetails",
            "cacheTokensDetails",
            "candidatesTokensDetails",
            "trafficType",
        ],
    )?;
    let [prompt, cached, candidates, thoughts, tool_use] = [prompt, cached, candidates, thoughts, tool_use].map(count);
    let [prompt_parts, cached_parts, candidate_parts, traffic] = parts;
    let [heard, seen] = modalities(prompt_parts);
    let [heard_cached, seen_cached] = modalities(cached_parts);
    let [spoken, drawn] = modalities(candidate_parts);
    let cached = cached.unwrap_or(0);
    *usage = Usage {
        input: prompt.unwrap_or(0).saturating_sub(cached).saturating_add(tool_use.unwrap_or(0)),
        cache_read: cached,
        cache_write: 0,
        output: candidates.unwrap_or(0).saturating_add(thoughts.unwrap_or(0)),
        reasoning: thoughts,
        tool_input: tool_use.unwrap_or(0),
        searches: usage.searches,
        audio_input: heard.saturating_sub(heard_cached),
        audio_read: heard_cached,
        audio_output: spoken,
        media: seen.saturating_sub(seen_cached),
        besides: usage.besides || drawn > 0,
        // Vertex AI alone tells it here (python-genai, `TrafficType`).
        tier: string(traffic).map_or(usage.tier, |traffic| Tier::named(&traffic)),
        known: true,
        complete: usage.complete,
        ..Usage::default()
    };
    Some(())
}

/// How many tokens of those details were sound, and how many pictures or films (python-genai, `ModalityTokenCount`).
fn modalities(details: &str) -> [u64; 2] {
    let (mut sound, mut sight) = (0_u64, 0_u64);
    json::each(details, |detail| {
        let [modality, tokens] = pick(detail, ["modality", "tokenCount"]).unwrap_or_default();
        let sum = match string(modality).as_deref() {
            Some("AUDIO") => &mut sound,
            Some("IMAGE" | "VIDEO") => &mut sight,
            _ => return,
        };
        *sum = sum.saturating_add(count(tokens).unwrap_or(0));
    });
    [sound, sight]
}

/// Reads what a candidate was grounded on: queries are billed, by the answer or each, and maps apart.
pub(crate) fn read_grounding(metadata: &str, usage: &mut Usage) {
    let [queries, chunks] = pick(metadata, ["webSearchQueries", "groundingChunks"]).unwrap_or_default();
    let mut searches = 0;
    json::each(queries, |_| searches += 1);
    usage.searches = usage.searches.max(searches);
    json::each(chunks, |chunk| usage.besides |= json::is_given(json::get(chunk, "maps")));
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
    fn what_is_priced_otherwise_is_told_apart() {
        let mut usage = Usage::default();
        read_grounding(r#"{"webSearchQueries":["a","b"],"groundingChunks":[{"web":{}}]}"#, &mut usage);
        let told = r#"{"promptTokenCount":100,"cachedContentTokenCount":30,"candidatesTokenCount":9,"trafficType":"ON_DEMAND_FLEX",
            "promptTokensDetails":[{"modality":"TEXT","tokenCount":20},{"modality":"AUDIO","tokenCount":50},{"modality":"IMAGE","tokenCount":30}],
            "cacheTokensDetails":[{"modality":"AUDIO","tokenCount":30}],"candidatesTokensDetails":[{"modality":"TEXT","tokenCount":9}]}"#;
        read_usage(told, &mut usage).expect("an object");
        let expected = Usage {
            input: 70,
            cache_read: 30,
            output: 9,
            searches: 2,
            audio_input: 20,
            audio_read: 30,
            media: 30,
            tier: Tier::Flex,
            known: true,
            ..Usage::default()
        };
        assert_eq!(usage, expected);
        read_usage(r#"{"candidatesTokensDetails":[{"modality":"IMAGE","tokenCount":1290}]}"#, &mut usage).expect("one");
        assert!(usage.besides);
        let mut maps = Usage::default();
        read_grounding(r#"{"groundingChunks":[{"maps":{"uri":"u"}}]}"#, &mut maps);
        assert!(maps.besides);
    }

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
