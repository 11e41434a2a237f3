//! Who a request is encoded for.

use super::feature::Feature;
use super::request::Vendor;
use crate::dialect::Dialect;
use crate::provider::ModelRow;

/// Who a request is encoded for: everything that its body may depend on besides the request.
#[derive(Clone, Copy, Debug)]
pub struct Target<'a> {
    /// What it speaks.
    pub dialect: Dialect,
    /// The model's name there.
    pub model: &'a str,
    /// What is known of the model.
    pub row: &'static ModelRow,
    /// The most tokens of output; `None` where it is not known.
    pub max_output: Option<u64>,
    /// What is special about the provider.
    pub quirks: &'static Quirks,
    /// A short hash of the credential's name, where signed reasoning is bound to an account; else empty.
    pub scope: &'a str,
    /// Chat: streams can be asked for their usage.
    pub include_usage: bool,
}

impl Target<'_> {
    /// Who makes what the target signs.
    pub fn vendor(&self) -> Vendor {
        self.row.vendor.unwrap_or(self.quirks.vendor)
    }
}

/// What is special about a provider: data, in its row of the provider table.
#[derive(Debug)]
pub struct Quirks {
    /// Whose API it is.
    pub vendor: Vendor,
    /// Chat: `developer` is a role there. Elsewhere chat templates do not know it.
    pub developer_role: bool,
    /// Chat: the field of the output limit is `max_completion_tokens`, not `max_tokens`. OpenAI's own models that think
    /// refuse the older one everywhere.
    pub max_completion_tokens: bool,
    /// Chat: custom tools, `safety_identifier` and the newer fields of OpenAI's own are known there. Elsewhere custom tools
    /// become functions, and the end user is `user`.
    pub openai: bool,
    /// Chat: `top_k` is a field there.
    pub top_k: bool,
    /// Chat: what it lacks that the dialect has, and refuses or does not know.
    pub lacks: &'static [Feature],
    /// Chat: pictures may stand there by address.
    pub fetches: bool,
    /// Chat: messages may have a `name`.
    pub names: bool,
    /// Chat: it ends an answer at a stop sequence. Elsewhere the gateway looks for it.
    pub stop: bool,
    /// Chat: `response_format` may hold a schema.
    pub schemas: bool,
    /// Chat: whether it can be made to call a tool.
    pub forced: Forced,
    /// Chat: `temperature` ends at 1, not at 2.
    pub cool: bool,
    /// Chat: members that every request has which the gateway writes, in JSON.
    pub members: &'static [(&'static str, &'static str)],
    /// Chat: how reasoning is asked for.
    pub reasoning: ReasoningField,
    /// Chat: assistant turns go back with their reasoning.
    pub replay: Replay,
    /// Chat: the member that it goes back in.
    pub thoughts: &'static str,
    /// Chat: what stands in that member where a turn has no reasoning of the provider's own, if it must be there.
    pub filler: Option<&'static str>,
    /// Chat: reasoning stands in the text, between these tags.
    pub think_tags: Option<(&'static str, &'static str)>,
    /// Messages: images and documents by address are taken.
    pub urls: bool,
    /// Responses: it tells a summary of its reasoning where one is asked for, and does not refuse that.
    pub summaries: bool,
    /// Chat: a conversation is the input of a method, `run`, that is neither asked nor answered as the dialect has it; and
    /// the models, by the beginnings of their names, that know nothing of OpenAI's at all (Workers AI's binding).
    pub run: Option<&'static [&'static str]>,
    /// Responses, Messages, Gemini: the vendor searches the web. Who only speaks as the vendor does, does not.
    pub searches: bool,
    /// Gemini: its search takes `excludeDomains` (Vertex).
    pub excludes_domains: bool,
    /// Gemini: requests have labels (Vertex; the Gemini API refuses them).
    pub labels: bool,
    /// Chat: call ids are nine letters and digits (Mistral).
    pub short_call_ids: bool,
    /// Keywords of JSON schemas that are refused there: they are taken out and reported.
    pub refused_keywords: &'static [&'static str],
}

/// How a chat server is asked to reason.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReasoningField {
    /// `reasoning_effort`.
    Effort,
    /// `reasoning: {effort | max_tokens}` (OpenRouter).
    Object,
    /// `thinking: {type}`, and `reasoning_effort` beside it (DeepSeek, Z.ai).
    ThinkingEffort,
    /// On or off, by this; a model that cannot be told not to think is told an effort instead.
    Toggle(Toggle),
    /// It cannot be asked.
    None,
}

/// How a chat server is told whether to think.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Toggle {
    /// `reasoning_effort: "default" | "none"` (Groq).
    Default,
    /// `thinking: {type: "enabled" | "disabled"}` (Moonshot).
    Thinking,
    /// `thinking: {type: "adaptive" | "disabled"}` (MiniMax).
    Adaptive,
    /// `reasoning: {enabled}` (Together).
    Reasoning,
    /// `enable_thinking` (Qwen).
    EnableThinking,
    /// `chat_template_kwargs: {enable_thinking}` (vLLM and others).
    TemplateKwargs,
}

/// Whether a chat server can be made to call a tool.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Forced {
    /// It can.
    Taken,
    /// While the model does not think.
    Idle,
    /// It cannot.
    Never,
}

/// Which assistant turns go back with their reasoning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Replay {
    /// None.
    Never,
    /// Those since the last user text: a loop of tool calls.
    ToolLoop,
    /// All.
    Always,
}

impl Quirks {
    /// OpenAI's own.
    pub const OPENAI: Quirks = Quirks {
        vendor: Vendor::OpenAi,
        developer_role: true,
        max_completion_tokens: true,
        openai: true,
        top_k: false,
        lacks: &[],
        fetches: true,
        names: true,
        stop: true,
        schemas: true,
        forced: Forced::Taken,
        cool: false,
        members: &[],
        reasoning: ReasoningField::Effort,
        replay: Replay::Never,
        thoughts: "reasoning_content",
        filler: None,
        think_tags: None,
        urls: true,
        summaries: true,
        run: None,
        searches: true,
        excludes_domains: false,
        labels: false,
        short_call_ids: false,
        refused_keywords: &[],
    };

    /// A server that speaks as OpenAI does.
    pub const COMPATIBLE: Quirks = Quirks {
        vendor: Vendor::Other,
        developer_role: false,
        max_completion_tokens: false,
        openai: false,
        searches: false,
        ..Self::OPENAI
    };

    /// Anthropic's own.
    pub const ANTHROPIC: Quirks = Quirks { vendor: Vendor::Anthropic, searches: true, ..Self::COMPATIBLE };

    /// Google's own.
    pub const GOOGLE: Quirks = Quirks { vendor: Vendor::Google, searches: true, ..Self::COMPATIBLE };

    /// Vertex AI. Claude there fetches no addresses:
    /// <https://docs.cloud.google.com/vertex-ai/generative-ai/docs/partner-models/claude/use-claude>.
    pub const VERTEX: Quirks = Quirks { urls: false, excludes_domains: true, labels: true, ..Self::GOOGLE };

    /// Bedrock: images and documents only as bytes or from S3.
    pub const BEDROCK: Quirks = Quirks { vendor: Vendor::Amazon, urls: false, ..Self::COMPATIBLE };
}
