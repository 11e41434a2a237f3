//! `additionalModelRequestFields`: what Converse has no field for and a model has, under the model's own names.
//! <https://docs.aws.amazon.com/bedrock/latest/userguide/model-parameters.html>

use crate::dialect::canonical::{
    Effort, Feature, Mode, Reason, ReasoningAsk, Report, Request, Sited, Target, ToolChoice, Vendor,
};
use crate::wire::write::Writer;

/// Writes them, if there are any. `one_call`: the tools are to be called one at a time, beside this choice of Converse's own.
pub(super) fn additional(
    request: &Request<'_>,
    reasoning: Option<&Sited<ReasoningAsk<'_>>>,
    one_call: Option<Option<&Sited<ToolChoice<'_>>>>,
    target: &Target<'_>,
    out: &mut Writer,
    report: &mut Report,
) {
    let mut fields = Writer::with_capacity(128);
    fields.open();
    if let Some(top_k) = request.asked(Feature::TopK) {
        fields.raw_member("top_k", &top_k.json);
    }
    match reasoning {
        None => {}
        Some(ask) if target.vendor() == Vendor::Anthropic => thinking(&ask.is, &mut fields),
        Some(ask) if effort(&ask.is, target.model, &mut fields) => {}
        Some(ask) => report.note(ask.at, Reason::Dropped),
    }
    if let Some(choice) = one_call {
        parallel(choice, &mut fields);
    }
    fields.close();
    let fields = String::from_utf8(fields.into_bytes()).unwrap_or_default();
    if fields.len() > 2 {
        out.raw_member("additionalModelRequestFields", &fields);
    }
}

/// How an effort is spelled.
#[derive(Clone, Copy, Debug)]
enum Spelling {
    /// `reasoning_effort`.
    Flat,
    /// `reasoning: {effort}`.
    Nested,
    /// `reasoningConfig: {type, maxReasoningEffort}`.
    Nova,
}

/// Parts of model ids, and how their models are asked; the first that fits counts. OpenAI's own refuse what its open ones
/// take (stdapi-ai/stdapi.ai#283); <https://docs.aws.amazon.com/nova/latest/nova2-userguide/extended-thinking.html>.
const SPELLINGS: &[(&str, Spelling)] = &[
    ("openai.gpt-oss", Spelling::Flat),
    ("moonshot", Spelling::Flat),
    ("openai.", Spelling::Nested),
    ("amazon.nova-2", Spelling::Nova),
];

/// The effort of another's model. Whether it is known how to say it.
fn effort(ask: &ReasoningAsk<'_>, model: &str, fields: &mut Writer) -> bool {
    let effort = match (ask.effort, ask.mode) {
        (Some(effort), _) => effort.is,
        (None, Mode::Off) => Effort::None,
        (None, _) => return false,
    };
    let Some((_, spelling)) = SPELLINGS.iter().find(|(part, _)| model.contains(part)) else { return false };
    match spelling {
        Spelling::Flat => fields.str_member("reasoning_effort", effort.name()),
        Spelling::Nested => fields.key("reasoning").open().str_member("effort", effort.name()).close(),
        Spelling::Nova if effort == Effort::None => {
            fields.key("reasoningConfig").open().str_member("type", "disabled").close()
        }
        Spelling::Nova => {
            let config = fields.key("reasoningConfig").open().str_member("type", "enabled");
            config.str_member("maxReasoningEffort", effort.name()).close()
        }
    };
    true
}

/// Claude's `thinking`, as in Messages; its effort has a place in Converse.
fn thinking(ask: &ReasoningAsk<'_>, fields: &mut Writer) {
    let kind = match (ask.mode, ask.budget) {
        (Mode::Default, _) => return,
        (Mode::Off, _) => "disabled",
        (Mode::On, Some(_)) => "enabled",
        (Mode::BetweenTools, _) => "between_tools",
        (Mode::On, None) | (Mode::Adaptive, _) => "adaptive",
    };
    fields.key("thinking").open().str_member("type", kind);
    if let ("enabled", Some(budget)) = (kind, ask.budget) {
        fields.count_member("budget_tokens", budget.is);
    }
    if let (Mode::On | Mode::Adaptive, Some(show)) = (ask.mode, ask.show) {
        fields.str_member("display", if show.is { "summarized" } else { "omitted" });
    }
    fields.close();
}

/// One call at a time, which Claude is told in its own `tool_choice`. Converse makes one of `toolConfig.toolChoice` and
/// joins them: a type that is said twice is refused (BerriAI/litellm#36536), and so is none (BerriAI/litellm#34347).
fn parallel(choice: Option<&Sited<ToolChoice<'_>>>, fields: &mut Writer) {
    fields.key("tool_choice").open();
    if choice.is_none() {
        fields.str_member("type", "auto");
    }
    fields.key("disable_parallel_tool_use").bool(true).close();
}
