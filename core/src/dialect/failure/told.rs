//! What an error object says, whoever's shape it has.

use std::borrow::Cow;
use std::time::Duration;

use crate::dialect::canonical::read::{Kind, Value};
use crate::dialect::wait;

/// A message longer than this is cut: it is told to people.
const MAX_MESSAGE: usize = 8 << 10;

/// What an error object says.
#[derive(Debug, Default)]
pub(super) struct Told<'a> {
    /// Every code and type in it.
    pub(super) codes: Vec<Cow<'a, str>>,
    /// Its message.
    pub(super) message: Cow<'a, str>,
    /// What a server further behind has said (OpenRouter's `metadata.raw`).
    pub(super) behind: Cow<'a, str>,
    /// The field that it is about.
    pub(super) param: Option<Cow<'a, str>>,
    /// The status that it names.
    pub(super) status: Option<u16>,
    /// How long it asks to wait.
    pub(super) wait: Option<Duration>,
    /// A limit of a whole day is used up.
    pub(super) daily: bool,
}

impl<'a> Told<'a> {
    /// Reads a body, an event's data, or an error object.
    pub(super) fn read(value: Value<'a>) -> Self {
        let error = object(value);
        let mut told = Told::default();
        for name in ["code", "type", "status", "__type", "error_type"] {
            if let Some(code) = error.get(name) {
                told.code_value(code);
            }
        }
        for (parent, name) in [("innererror", "code"), ("details", "error_code"), ("metadata", "error_type")] {
            if let Some(code) = error.get(parent).and_then(|parent| parent.get(name)) {
                told.code_value(code);
            }
        }
        told.message = message(error);
        // MiniMax: `{"base_resp":{"status_code":1004,"status_msg":"…"}}`, with a good status.
        if let Some(base) = value.get("base_resp").filter(|_| told.message.is_empty()) {
            if let Some(code) = base.get("status_code").and_then(|code| code.number()) {
                told.code(["base_resp ", code].concat().into());
            }
            told.message = base.get_str("status_msg").unwrap_or_default();
        }
        if let Some(raw) = error.get("metadata").and_then(|metadata| metadata.get("raw")) {
            told.behind = raw.str().unwrap_or(Cow::Borrowed(raw.raw()));
        }
        told.param = error.get_str("param").filter(|param| !param.is_empty());
        for detail in error.get("details").into_iter().flat_map(|details| details.elements()) {
            told.google(detail);
        }
        // FastAPI: `{"detail":[{"loc":["body","messages",0],"msg":…}]}`.
        if let Some(location) = error.get("detail").and_then(|detail| detail.first()).and_then(|first| first.get("loc"))
        {
            let steps = location.elements().filter(|step| !step.is("body"));
            let steps: Vec<_> = steps.map(|step| step.str().unwrap_or(Cow::Borrowed(step.raw()))).collect();
            told.param = Some(steps.join(".").into());
        }
        told
    }

    /// Adds a code.
    pub(super) fn code(&mut self, code: Cow<'a, str>) {
        // `com.amazon.coral.service#ThrottlingException`.
        let code = match code.rfind('#') {
            Some(at) => code.get(at + 1..).unwrap_or_default().to_owned().into(),
            None => code,
        };
        if !code.is_empty() {
            self.codes.push(code);
        }
    }

    fn code_value(&mut self, value: Value<'a>) {
        // vLLM and OpenRouter give the status as the code, some as a string.
        let text = value.str().or_else(|| value.number().map(Cow::Borrowed));
        let Some(text) = text else { return };
        match text.parse().ok().filter(|status| (400..600).contains(status)) {
            Some(status) => self.status = Some(status),
            None => self.code(text),
        }
    }

    /// One of Google's details, each with a type. <https://cloud.google.com/apis/design/errors#error_details>
    fn google(&mut self, detail: Value<'a>) {
        let Some(kind) = detail.get_str("@type") else { return };
        match kind.rsplit('.').next().unwrap_or_default() {
            "ErrorInfo" => {
                if let Some(reason) = detail.get("reason") {
                    self.code_value(reason);
                }
            }
            "RetryInfo" => self.wait = detail.get_str("retryDelay").and_then(|delay| wait::duration(&delay)),
            // `GenerateRequestsPerDayPerProjectPerModel-FreeTier`.
            "QuotaFailure" => {
                let violations = detail.get("violations").into_iter().flat_map(|violations| violations.elements());
                self.daily |= violations
                    .into_iter()
                    .any(|violation| violation.get_str("quotaId").is_some_and(|id| id.contains("PerDay")));
            }
            "BadRequest" => {
                let violation = detail.get("fieldViolations").and_then(|violations| violations.first());
                self.param = violation.and_then(|violation| violation.get_str("field"));
            }
            _ => {}
        }
    }
}

/// The object with the error in it.
fn object(value: Value<'_>) -> Value<'_> {
    // Gemini's streams that are no events fail as an array.
    let value = value.first().unwrap_or(value);
    let told = value.get("error").or_else(|| value.get("response").and_then(|response| response.get("error")));
    let told = told.or_else(|| value.get("errors").and_then(|errors| errors.first()));
    // AWS's framework, when it knows no such operation: `{"Output":{"__type":…},"Version":"1.0"}`.
    let told = told.or_else(|| value.get("Output").filter(|output| output.get("__type").is_some()));
    told.filter(|error| error.kind() == Kind::Object).unwrap_or(value)
}

fn message<'a>(error: Value<'a>) -> Cow<'a, str> {
    // Ollama: `{"error":"…"}`; FastAPI: `{"detail":"…"}` or a list.
    const NAMES: [&str; 8] =
        ["message", "Message", "originalMessage", "error", "detail", "msg", "error_description", "error_message"];
    let told = NAMES.into_iter().find_map(|name| {
        let value = error.get(name)?;
        value.str().filter(|text| !text.is_empty()).or_else(|| value.first().and_then(|first| first.get_str("msg")))
    });
    let mut message = told.or_else(|| error.str()).unwrap_or_default();
    if message.len() > MAX_MESSAGE {
        let end = message.floor_char_boundary(MAX_MESSAGE);
        message = message.get(..end).unwrap_or_default().to_owned().into();
    }
    message
}
