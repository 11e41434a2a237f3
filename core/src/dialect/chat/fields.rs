//! The fields of a request, a row each: openai-python 3.57, `types/chat/completion_create_params.py`, and behind them what
//! other servers of the same style have made common.

use crate::dialect::canonical::Feature;
use crate::dialect::canonical::fields::{Field, Shape, asks, group, own};

/// Every field.
pub(crate) const FIELDS: &[Field] = &[
    own("model", "models"),
    own("messages", "turns"),
    own("tools", "tools"),
    own("stream", "streams"),
    group("stream_options", STREAM_OPTIONS),
    asks("temperature", Feature::Temperature, Shape::Number, ""),
    own("max_completion_tokens", "limits"),
    own("max_tokens", "limits"),
    own("tool_choice", "tool choice"),
    own("parallel_tool_calls", "tool choice"),
    own("reasoning_effort", "reasoning"),
    own("response_format", "structured output"),
    asks("top_p", Feature::TopP, Shape::Number, ""),
    own("stop", "stop"),
    asks("frequency_penalty", Feature::FrequencyPenalty, Shape::Number, "0"),
    asks("presence_penalty", Feature::PresencePenalty, Shape::Number, "0"),
    asks("seed", Feature::Seed, Shape::Number, ""),
    asks("n", Feature::Candidates, Shape::Count, "1"),
    asks("logprobs", Feature::Logprobs, Shape::Bool, "false"),
    asks("top_logprobs", Feature::TopLogprobs, Shape::Count, "0"),
    asks("logit_bias", Feature::LogitBias, Shape::Object, "{}"),
    asks("verbosity", Feature::Verbosity, Shape::Text, "\"medium\""),
    asks("user", Feature::EndUser, Shape::Text, "\"\""),
    asks("safety_identifier", Feature::EndUser, Shape::Text, "\"\""),
    asks("metadata", Feature::Labels, Shape::Object, "{}"),
    asks("store", Feature::Store, Shape::Bool, "false"),
    asks("service_tier", Feature::Tier, Shape::Text, "\"auto\""),
    asks("prompt_cache_key", Feature::CacheKey, Shape::Text, ""),
    asks("prompt_cache_options", Feature::CacheOptions, Shape::Object, "{}"),
    asks("prompt_cache_retention", Feature::CacheRetention, Shape::Text, ""),
    asks("prediction", Feature::Prediction, Shape::Object, ""),
    asks("moderation", Feature::Moderation, Shape::Object, ""),
    own("web_search_options", "server tools"),
    own("modalities", "audio"),
    own("audio", "audio"),
    own("functions", "tools"),
    own("function_call", "tool choice"),
    // Extensions.
    asks("top_k", Feature::TopK, Shape::Number, ""),
    group("reasoning", REASONING),
    group("thinking", THINKING),
];

const STREAM_OPTIONS: &[Field] = &[
    own("stream_options.include_usage", "streams"),
    asks("stream_options.include_obfuscation", Feature::Obfuscation, Shape::Bool, "true"),
];

/// OpenRouter's. <https://openrouter.ai/docs/use-cases/reasoning-tokens>
const REASONING: &[Field] = &[
    own("reasoning.effort", "reasoning"),
    own("reasoning.max_tokens", "reasoning"),
    own("reasoning.exclude", "reasoning"),
    own("reasoning.enabled", "reasoning"),
];

/// DeepSeek's and Zhipu's, in Anthropic's shape. <https://docs.z.ai/guides/capabilities/thinking>
const THINKING: &[Field] = &[own("thinking.type", "reasoning"), own("thinking.budget_tokens", "reasoning")];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dialect::canonical::fields::Reads;

    /// openai-python 3.57, `CompletionCreateParams`.
    const OFFICIAL: &str = "messages model audio frequency_penalty function_call functions logit_bias logprobs \
        max_completion_tokens max_tokens metadata modalities moderation n parallel_tool_calls prediction presence_penalty \
        prompt_cache_key prompt_cache_options prompt_cache_retention reasoning_effort response_format safety_identifier seed \
        service_tier stop store stream stream_options temperature tool_choice tools top_logprobs top_p user verbosity \
        web_search_options";

    #[test]
    fn every_official_field_has_one_row() {
        for name in OFFICIAL.split_ascii_whitespace() {
            assert_eq!(FIELDS.iter().filter(|field| field.key() == name).count(), 1, "{name}");
        }
    }

    #[test]
    fn rows_in_a_group_are_named_by_it() {
        for field in FIELDS {
            if let Reads::Group(rows) = field.reads {
                assert!(rows.iter().all(|row| row.path == format!("{}.{}", field.path, row.key())), "{}", field.path);
            }
        }
    }
}
