//! What a usage object tells. <https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_TokenUsage.html>

use crate::usage::Usage;
use crate::wire::json::{count, each, pick, string};

/// Reads a usage object, which is told once and whole. `None` if it is no object.
pub(super) fn read_usage(text: &str, usage: &mut Usage) -> Option<()> {
    let [input, output, read, written, details] =
        pick(text, ["inputTokens", "outputTokens", "cacheReadInputTokens", "cacheWriteInputTokens", "cacheDetails"])?;
    let (mut by_age, mut long) = (0_u64, 0_u64);
    each(details, |detail| {
        let [ttl, tokens] = pick(detail, ["ttl", "inputTokens"]).unwrap_or_default();
        let tokens = count(tokens).unwrap_or(0);
        by_age = by_age.saturating_add(tokens);
        if string(ttl).is_some_and(|ttl| ttl == "1h") {
            long = long.saturating_add(tokens);
        }
    });
    *usage = Usage {
        input: count(input).unwrap_or(0),
        cache_read: count(read).unwrap_or(0),
        // The details are a breakdown: a service that leaves some out has still written the whole.
        cache_write: count(written).unwrap_or(0).max(by_age),
        cache_write_1h: long,
        output: count(output).unwrap_or(0),
        tier: usage.tier,
        known: true,
        complete: true,
        ..Usage::default()
    };
    Some(())
}

/// Puts right what a *stream* of the model has told: `inputTokens` is documented to leave out what was read from and written
/// to the cache, and OpenAI's models count it in when they stream (maximhq/bifrost#6942), not so in a whole answer. The total
/// is of no help: it counts the cache twice then.
pub(super) fn settle_stream(model: &str, usage: &mut Usage) {
    // `openai.gpt-5.6`, `us.openai.gpt-5.6`, and ARNs that end so.
    let openai = model.split(['.', '/', ':']).any(|part| part == "openai");
    let cached = usage.cache_read.saturating_add(usage.cache_write);
    if openai && usage.input >= cached {
        usage.input -= cached;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn usage(text: &str) -> Option<Usage> {
        let mut usage = Usage::default();
        read_usage(text, &mut usage).map(|()| usage)
    }

    /// Trap 22: `inputTokens` is without the cache's.
    #[test]
    fn trap_22_the_cache_is_not_in_the_input() {
        let told = r#"{"inputTokens":4,"outputTokens":286,"totalTokens":1712,"cacheReadInputTokens":100,
            "cacheWriteInputTokens":1322,"cacheDetails":[{"ttl":"1h","inputTokens":1000},{"ttl":"5m","inputTokens":322}]}"#;
        let expected = Usage {
            input: 4,
            cache_read: 100,
            cache_write: 1322,
            cache_write_1h: 1000,
            output: 286,
            known: true,
            complete: true,
            ..Usage::default()
        };
        assert_eq!(usage(told), Some(expected));
        assert_eq!(usage("null"), None);
        assert_eq!(
            usage(r#"{"inputTokens":1,"cacheDetails":null}"#).map(|usage| (usage.input, usage.output)),
            Some((1, 0))
        );
    }

    #[test]
    fn streams_of_openais_models_count_the_cache_in() {
        let told = Usage { input: 4995, cache_write: 4993, output: 19, known: true, ..Usage::default() };
        for (model, input) in [
            ("openai.gpt-5.6", 2),
            ("us.openai.gpt-5.6-v1:0", 2),
            ("arn:aws:bedrock:us-east-1::foundation-model/openai.gpt-oss-120b-1:0", 2),
            ("us.anthropic.claude-sonnet-5", 4995),
        ] {
            let mut usage = told;
            settle_stream(model, &mut usage);
            assert_eq!(usage.input, input, "{model}");
        }
        let mut less = Usage { input: 10, ..told };
        settle_stream("openai.gpt-5.6", &mut less);
        assert_eq!(less.input, 10);
    }
}
