//! The fields of a request, a row each (openai-python, `types/responses/response_create_params.py`; translation.md 3.20).

use crate::dialect::canonical::Feature;
use crate::dialect::canonical::fields::{Field, Shape, asks, group, own};

/// Every field.
pub(crate) const FIELDS: &[Field] = &[
    own("model", "3.20"),
    own("instructions", "3.1"),
    own("input", "3.2"),
    asks("previous_response_id", Feature::PreviousResponse, Shape::Text, ""),
    asks("conversation", Feature::Conversation, Shape::Any, ""),
    asks("prompt", Feature::Prompt, Shape::Object, ""),
    asks("background", Feature::Background, Shape::Bool, "false"),
    asks("background_options", Feature::Background, Shape::Object, "{}"),
    own("include", "3.20"),
    own("max_output_tokens", "3.12"),
    asks("max_tool_calls", Feature::MaxToolCalls, Shape::Count, ""),
    asks("temperature", Feature::Temperature, Shape::Number, ""),
    asks("top_p", Feature::TopP, Shape::Number, ""),
    asks("top_logprobs", Feature::TopLogprobs, Shape::Count, "0"),
    own("tools", "3.4"),
    own("tool_choice", "3.5"),
    own("parallel_tool_calls", "3.5"),
    group("reasoning", REASONING),
    group("text", TEXT),
    asks("truncation", Feature::Truncation, Shape::Text, "\"disabled\""),
    asks("context_management", Feature::ContextManagement, Shape::Array, "[]"),
    asks("store", Feature::Store, Shape::Bool, ""),
    own("stream", "4"),
    group("stream_options", STREAM_OPTIONS),
    asks("moderation", Feature::Moderation, Shape::Object, ""),
    asks("metadata", Feature::Labels, Shape::Object, "{}"),
    asks("user", Feature::EndUser, Shape::Text, "\"\""),
    asks("safety_identifier", Feature::EndUser, Shape::Text, "\"\""),
    asks("service_tier", Feature::Tier, Shape::Text, "\"auto\""),
    asks("prompt_cache_key", Feature::CacheKey, Shape::Text, ""),
    own("prompt_cache_options", "3.13"),
    asks("prompt_cache_retention", Feature::CacheRetention, Shape::Text, ""),
    asks("image", Feature::ResponsesHint, Shape::Object, "{}"),
    asks("access_programs", Feature::ResponsesHint, Shape::Object, "{}"),
    // Codex's own.
    asks("client_metadata", Feature::ResponsesHint, Shape::Object, "{}"),
];

const REASONING: &[Field] = &[
    own("reasoning.effort", "3.10"),
    own("reasoning.summary", "3.10"),
    own("reasoning.generate_summary", "3.10"),
    asks("reasoning.context", Feature::ReasoningContext, Shape::Text, "\"auto\""),
    asks("reasoning.mode", Feature::ReasoningMode, Shape::Text, "\"standard\""),
];

const TEXT: &[Field] =
    &[own("text.format", "3.9"), asks("text.verbosity", Feature::Verbosity, Shape::Text, "\"medium\"")];

const STREAM_OPTIONS: &[Field] =
    &[asks("stream_options.include_obfuscation", Feature::Obfuscation, Shape::Bool, "true")];
