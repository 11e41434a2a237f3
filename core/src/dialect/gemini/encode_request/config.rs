//! `toolConfig`, `generationConfig` and the fields beside them.

use super::super::fields::FIELDS;
use crate::dialect::canonical::fields::{Field, Reads, named};
use crate::dialect::canonical::{Asked, Feature, Mode, Output, ReasoningAsk, Refusal, Sited, Str, Target, ToolChoice};
use crate::provider::Thinking;
use crate::wire::write::Writer;

/// `toolConfig`.
pub(super) fn tool_config(
    choice: Option<&Sited<ToolChoice<'_>>>,
    asked: &[Asked<'_>],
    out: &mut Writer,
) -> Result<(), Refusal> {
    let mut config = Writer::with_capacity(64);
    config.open();
    let (mode, names): (&str, &[Str<'_>]) = match choice.map(|choice| &choice.is) {
        None => ("", &[]),
        Some(ToolChoice::Auto) => ("AUTO", &[]),
        Some(ToolChoice::None) => ("NONE", &[]),
        Some(ToolChoice::Required) => ("ANY", &[]),
        Some(ToolChoice::One(name)) => ("ANY", std::slice::from_ref(name)),
        Some(ToolChoice::Subset { names, required }) => (if *required { "ANY" } else { "VALIDATED" }, names),
        Some(ToolChoice::Validated) => ("VALIDATED", &[]),
        Some(ToolChoice::Server(_)) => {
            let at = choice.map(|choice| choice.at).unwrap_or_default();
            return Err(Refusal::unsupported(at, "cannot name a server tool at the upstream"));
        }
    };
    if !mode.is_empty() {
        config.key("functionCallingConfig").open().str_member("mode", mode);
        if !names.is_empty() {
            config.key("allowedFunctionNames").open_array();
            for name in names {
                config.string(name);
            }
            config.close_array();
        }
        config.close();
    }
    write_asked(
        asked,
        &[(Feature::Retrieval, "retrievalConfig"), (Feature::ServerToolCalls, "includeServerSideToolInvocations")],
        &mut config,
    );
    close_member("toolConfig", config, out);
    Ok(())
}

/// What `generationConfig` is made of.
#[derive(Debug)]
pub(super) struct Generation<'r, 'a> {
    pub(super) output: &'r Option<Sited<Output<'a>>>,
    pub(super) reasoning: &'r Option<Sited<ReasoningAsk<'a>>>,
    pub(super) max_output: &'r Option<Sited<u64>>,
    pub(super) stop: &'r [Sited<Str<'a>>],
    pub(super) asked: &'r [Asked<'a>],
}

/// `generationConfig`.
pub(super) fn generation(settings: &Generation<'_, '_>, target: &Target<'_>, out: &mut Writer) {
    let Generation { output, reasoning, max_output, stop, asked } = settings;
    let mut config = Writer::with_capacity(256);
    config.open();
    write_asked(
        asked,
        &[
            (Feature::Temperature, "temperature"),
            (Feature::TopP, "topP"),
            (Feature::TopK, "topK"),
            (Feature::Candidates, "candidateCount"),
            (Feature::Seed, "seed"),
            (Feature::PresencePenalty, "presencePenalty"),
            (Feature::FrequencyPenalty, "frequencyPenalty"),
            (Feature::Logprobs, "responseLogprobs"),
            (Feature::TopLogprobs, "logprobs"),
            (Feature::MediaResolution, "mediaResolution"),
        ],
        &mut config,
    );
    // How many alternatives alone asks for them elsewhere (Responses), and is refused here.
    let asks = |feature| asked.iter().any(|asked| asked.feature == feature);
    if asks(Feature::TopLogprobs) && !asks(Feature::Logprobs) {
        config.key("responseLogprobs").bool(true);
    }
    if let Some(max) = max_output {
        config.count_member("maxOutputTokens", max.is);
    }
    if !stop.is_empty() {
        config.key("stopSequences").open_array();
        for text in *stop {
            config.string(&text.is);
        }
        config.close_array();
    }
    match output.as_ref().map(|output| &output.is) {
        None => {}
        Some(Output::JsonObject) => {
            config.str_member("responseMimeType", "application/json");
        }
        Some(Output::Schema { name: _, description: _, schema, strict: _ }) => {
            config.str_member("responseMimeType", "application/json");
            config.raw_member("responseJsonSchema", &schema.is.0);
        }
        Some(Output::Other(mime)) => {
            config.str_member("responseMimeType", mime);
        }
    }
    if let Some(ask) = reasoning {
        thinking(&ask.is, target, &mut config);
    }
    own(asked, GENERATION, &mut config);
    close_member("generationConfig", config, out);
}

fn thinking(ask: &ReasoningAsk<'_>, target: &Target<'_>, out: &mut Writer) {
    let ReasoningAsk { mode, effort, budget, show, summary: _ } = ask;
    let mut config = Writer::with_capacity(64);
    config.open();
    if let Some(effort) = effort {
        config.str_member("thinkingLevel", &effort.is.name().to_ascii_uppercase());
    } else if let Some(budget) = budget {
        config.count_member("thinkingBudget", budget.is);
    } else if *mode == Mode::Off {
        config.count_member("thinkingBudget", 0);
    } else if *mode == Mode::Adaptive && target.row.thinking == Thinking::Tokens {
        config.raw_member("thinkingBudget", "-1");
    }
    if let Some(show) = show {
        config.key("includeThoughts").bool(show.is);
    }
    close_member("thinkingConfig", config, out);
}

/// The fields beside `generationConfig`.
pub(super) fn top(asked: &[Asked<'_>], out: &mut Writer) {
    write_asked(
        asked,
        &[
            (Feature::Safety, "safetySettings"),
            (Feature::ModelArmor, "modelArmorConfig"),
            (Feature::CachedContent, "cachedContent"),
            (Feature::Continuation, "continuationToken"),
            (Feature::Labels, "labels"),
            (Feature::Tier, "serviceTier"),
            (Feature::Store, "store"),
        ],
        out,
    );
    own(asked, TOP, out);
}

fn write_asked(asked: &[Asked<'_>], keys: &[(Feature, &str)], out: &mut Writer) {
    for (feature, key) in keys {
        // Asked twice, the last counts.
        if let Some(asked) = asked.iter().rev().find(|asked| asked.feature == *feature) {
            out.raw_member(key, &asked.json);
        }
    }
}

const GENERATION: &str = "generationConfig.";
const TOP: &str = "";

/// What only Gemini has: such a field stands under the key that it had.
fn own(asked: &[Asked<'_>], group: &str, out: &mut Writer) {
    for asked in asked.iter().filter(|asked| matches!(asked.feature, Feature::GeminiHint | Feature::Modalities)) {
        let Some(key) = asked.value.key() else { continue };
        if place(FIELDS, &key) == Some(group) {
            out.any_key(&key).raw(&asked.json);
        }
    }
}

/// The group of the table that a field of that name is in.
fn place(fields: &'static [Field], key: &str) -> Option<&'static str> {
    fields.iter().find_map(|field| match field.reads {
        Reads::Group(fields) => place(fields, key),
        _ if named(field.key(), key) => Some(field.path.strip_suffix(field.key()).unwrap_or(TOP)),
        _ => None,
    })
}

/// Writes an object as a member, if it holds anything.
fn close_member(key: &str, mut object: Writer, out: &mut Writer) {
    if object.bytes().len() > 1 {
        object.close();
        out.raw_member(key, std::str::from_utf8(object.bytes()).unwrap_or("{}"));
    }
}
