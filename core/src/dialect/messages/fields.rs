//! The fields of a request, a row each: anthropic-sdk-python 2.14, `types/message_create_params.py` and
//! `types/beta/message_create_params.py`.

use crate::dialect::canonical::Feature;
use crate::dialect::canonical::fields::Shape::{Any, Array, Count, Number, Object, Text};
use crate::dialect::canonical::fields::{Field, asks, group, ignored, own};

/// Every field. Claude Code sends many of the betas with each request: a hint among them is never refused.
pub(crate) const FIELDS: &[Field] = &[
    own("model", "models"),
    own("messages", "turns"),
    own("system", "instructions"),
    own("max_tokens", "limits"),
    own("stop_sequences", "limits"),
    own("stream", "streams"),
    own("tools", "tools"),
    own("tool_choice", "tool choice"),
    own("thinking", "reasoning"),
    group("output_config", OUTPUT_CONFIG),
    own("output_format", "structured output"),
    asks("temperature", Feature::Temperature, Number, ""),
    asks("top_p", Feature::TopP, Number, ""),
    asks("top_k", Feature::TopK, Count, ""),
    group("metadata", METADATA),
    asks("service_tier", Feature::Tier, Text, "\"auto\""),
    asks("speed", Feature::Speed, Text, "\"standard\""),
    // `global` lets inference run anywhere: it guards nothing.
    asks("inference_geo", Feature::InferenceGeo, Text, "\"global\""),
    asks("cache_control", Feature::AutomaticCache, Object, ""),
    asks("container", Feature::Container, Any, ""),
    asks("thread", Feature::Thread, Any, ""),
    asks("mcp_servers", Feature::McpServers, Array, "[]"),
    asks("context_management", Feature::ContextManagement, Object, "{}"),
    asks("compaction", Feature::Compaction, Object, "{}"),
    asks("diagnostics", Feature::MessagesHint, Any, "{}"),
    asks("fallbacks", Feature::MessagesHint, Any, "[]"),
    asks("fallback_credit_token", Feature::MessagesHint, Any, ""),
    asks("billing_policy", Feature::MessagesHint, Any, ""),
    // The version and the betas, which Bedrock and Vertex have in the body: they only unlock fields, and those are told.
    ignored("anthropic_version"),
    ignored("anthropic_beta"),
    ignored("betas"),
];

const OUTPUT_CONFIG: &[Field] = &[
    own("output_config.effort", "reasoning"),
    own("output_config.format", "structured output"),
    asks("output_config.task_budget", Feature::TaskBudget, Object, "{}"),
];

const METADATA: &[Field] = &[asks("metadata.user_id", Feature::EndUser, Text, "\"\"")];
