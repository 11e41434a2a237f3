//! How the answer shall be: `generationConfig`, `toolConfig`, the tier.

use std::borrow::Cow;

use super::{proto, schema};
use crate::dialect::canonical::read::{self, Value};
use crate::dialect::canonical::{
    Asked, Effort, Feature, Mode, Output, Reason, ReasoningAsk, Refusal, Report, Request, Sited, Str, ToolChoice,
};

/// What is only understood together.
#[derive(Debug, Default)]
pub(super) struct Config<'a> {
    mode: Option<Value<'a>>,
    names: Option<Value<'a>>,
    mime: Option<Value<'a>>,
    schema: Option<Value<'a>>,
    json_schema: Option<Value<'a>>,
}

impl<'a> Config<'a> {
    /// Takes a row of the table's own.
    pub(super) fn take(
        &mut self,
        path: &str,
        value: Value<'a>,
        request: &mut Request<'a>,
        report: &mut Report,
    ) -> Result<(), Refusal> {
        match path.rsplit('.').next().unwrap_or(path) {
            "mode" => self.mode = Some(value),
            "allowedFunctionNames" => self.names = Some(value),
            "responseMimeType" => self.mime = Some(value),
            "responseSchema" => self.schema = Some(value),
            "responseJsonSchema" => self.json_schema = Some(value),
            "responseFormat" => format(value, request)?,
            "responseModalities" => {
                for modality in read::array(value)?.elements() {
                    if !matches!(&*proto::word(modality)?, "TEXT" | "MODALITY_UNSPECIFIED") {
                        request.asked.push(Asked::new(Feature::Modalities, value));
                        break;
                    }
                }
            }
            "maxOutputTokens" => {
                request.max_output = Some(Sited::new(value.at(), read::loose_count(value)?)).filter(|max| max.is > 0);
            }
            "stopSequences" => {
                for stop in read::array(value)?.elements() {
                    request.stop.push(Sited::new(stop.at(), read::text(stop)?));
                }
            }
            "thinkingConfig" => request.reasoning = thinking(value, report)?.map(|ask| Sited::new(value.at(), ask)),
            "serviceTier" => {
                let word = proto::word(value)?;
                let word = word.trim_start_matches("SERVICE_TIER_").to_ascii_lowercase();
                if !matches!(&*word, "" | "unspecified") {
                    let json = Str::Owned(["\"", &word, "\""].concat());
                    // A word with a quote in it is nobody's tier.
                    if word.bytes().all(|byte| byte.is_ascii_graphic() && !matches!(byte, b'"' | b'\\')) {
                        request.asked.push(Asked { json, ..Asked::new(Feature::Tier, value) });
                    } else {
                        return Err(Refusal::invalid(value.at(), "is no tier of service"));
                    }
                }
            }
            _ => {}
        }
        Ok(())
    }

    /// Says what was taken.
    pub(super) fn finish(self, request: &mut Request<'a>) -> Result<(), Refusal> {
        request.tool_choice = self.choice()?;
        if let Some(output) = self.output(request)? {
            request.output = Some(output);
        }
        Ok(())
    }

    fn choice(&self) -> Result<Option<Sited<ToolChoice<'a>>>, Refusal> {
        let mut names = Vec::new();
        if let Some(value) = self.names {
            for name in read::array(value)?.elements() {
                names.push(read::text(name)?);
            }
        }
        let Some(at) = self.mode.or(self.names).map(|value| value.at()) else { return Ok(None) };
        let mode = self.mode.map(proto::word).transpose()?.unwrap_or_default();
        let choice = match &*mode {
            "ANY" => match (names.pop(), names.is_empty()) {
                (None, _) => ToolChoice::Required,
                (Some(name), true) => ToolChoice::One(name),
                (Some(last), false) => {
                    names.push(last);
                    ToolChoice::Subset { names, required: true }
                }
            },
            "NONE" => ToolChoice::None,
            "VALIDATED" if names.is_empty() => ToolChoice::Validated,
            "" | "AUTO" | "MODE_UNSPECIFIED" if names.is_empty() && mode != "AUTO" => return Ok(None),
            "AUTO" if names.is_empty() => ToolChoice::Auto,
            // Names without a mode that has them are a restriction all the same.
            "" | "AUTO" | "MODE_UNSPECIFIED" | "VALIDATED" => ToolChoice::Subset { names, required: false },
            _ => return Err(Refusal::invalid(at, "must be AUTO, ANY, NONE or VALIDATED")),
        };
        Ok(Some(Sited::new(at, choice)))
    }

    fn output(&self, request: &mut Request<'a>) -> Result<Option<Sited<Output<'a>>>, Refusal> {
        let mime = self.mime.map(read::text).transpose()?.unwrap_or_default();
        let schema = match (self.json_schema, self.schema) {
            (Some(value), _) => Some(Sited::new(value.at(), read::json(read::object(value)?))),
            (None, Some(value)) => Some(Sited::new(value.at(), schema::convert(read::object(value)?))),
            (None, None) => None,
        };
        let at = self.mime.or(self.json_schema).or(self.schema).map(|value| value.at()).unwrap_or_default();
        let output = match (&*mime, schema) {
            ("" | "text/plain", None) => return Ok(None),
            ("application/json", None) => Output::JsonObject,
            ("" | "application/json", Some(schema)) => {
                return Ok(Some(Sited::new(
                    schema.at,
                    Output::Schema { name: None, description: None, schema, strict: None },
                )));
            }
            _ => {
                // Its words stand in the schema, which only Gemini understands then.
                if let Some(schema) = self.json_schema.or(self.schema) {
                    request.asked.push(Asked::new(Feature::GeminiHint, schema));
                }
                Output::Other(mime)
            }
        };
        Ok(Some(Sited::new(at, output)))
    }
}

/// `responseFormat` (Vertex): a list of forms of answer. Text is what it has in common with all others.
fn format<'a>(value: Value<'a>, request: &mut Request<'a>) -> Result<(), Refusal> {
    for format in proto::repeated(value)? {
        for (kind, text) in proto::members(read::object(format)?) {
            if kind != "text" {
                request.asked.push(Asked::new(Feature::Modalities, value));
                return Ok(());
            }
            let mime = proto::text(read::object(text)?, "mimeType")?.unwrap_or_default().to_ascii_lowercase();
            let output = match proto::member(text, "schema") {
                Some(schema) => Output::Schema {
                    name: None,
                    description: None,
                    schema: Sited::new(schema.at(), read::json(read::object(schema)?)),
                    strict: None,
                },
                None if mime.ends_with("json") => Output::JsonObject,
                None if matches!(&*mime, "" | "text/plain" | "text_plain") => continue,
                None => Output::Other(Cow::Owned(mime)),
            };
            request.output = Some(Sited::new(text.at(), output));
        }
    }
    Ok(())
}

fn thinking<'a>(value: Value<'a>, report: &mut Report) -> Result<Option<ReasoningAsk<'a>>, Refusal> {
    let mut ask = ReasoningAsk::default();
    let mut asks = false;
    for (key, value) in proto::members(read::object(value)?) {
        asks = true;
        match &*key {
            "includeThoughts" => ask.show = Some(Sited::new(value.at(), read::boolean(value)?)),
            // -1 is as the model likes, 0 is not at all.
            "thinkingBudget" => match &*read::loose_number(value)? {
                budget if budget.starts_with('-') => ask.mode = Mode::Adaptive,
                _ => match read::loose_count(value)? {
                    0 => ask.mode = Mode::Off,
                    budget => ask.budget = Some(Sited::new(value.at(), budget)),
                },
            },
            "thinkingLevel" => {
                let word = proto::word(value)?;
                let level = word.trim_start_matches("THINKING_LEVEL_");
                if level != "UNSPECIFIED" {
                    let effort = Effort::named(level)
                        .ok_or_else(|| Refusal::invalid(value.at(), "is no level of thinking that is known here"))?;
                    ask.effort = Some(Sited::new(value.at(), effort));
                }
            }
            _ => report.note(value.at(), Reason::Unknown),
        }
    }
    Ok(asks.then_some(ask))
}
