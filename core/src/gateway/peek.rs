//! What routing needs of a body: one scan, byte spans, no tree.
//!
//! A key that an upstream could read in another way than the gateway, because it stands twice or differs from `model`
//! by case alone, is refused: else a request could be admitted for one model and served by another.

use std::borrow::Cow;
use std::ops::Range;

use bytes::Bytes;

use crate::error::{Class, Error};
use crate::provider::{GeminiMethod, Operation};
use crate::wire::json::{self, Fault, FaultKind};
use crate::wire::splice::Edit;
use crate::wire::text::push_string;

/// The deepest nesting of a request body.
const MAX_DEPTH: u32 = 64;

/// What was found in a body.
#[derive(Debug, Default)]
pub(crate) struct Peek {
    /// The values that hold the model's name, each to be replaced.
    models: Vec<Range<usize>>,
    /// They may be written `models/NAME`.
    prefixed: bool,
    /// `stream`: its value, and where it stands.
    pub(crate) stream: bool,
    stream_span: Range<usize>,
    stream_options: Range<usize>,
    /// The client asked for the usage chunk itself.
    pub(crate) include_usage: bool,
    /// `n`: how many answers are asked for.
    pub(crate) choices: u32,
    /// What tells the callers of one key apart: `prompt_cache_key`, `user`, `safety_identifier`, and the Messages
    /// API's `metadata`.
    affinity: [Range<usize>; 4],
    /// The conversation.
    turns: Range<usize>,
}

/// Looks into a body.
///
/// # Errors
/// It is no JSON object, too deep, or has a key that could be read in two ways.
pub(crate) fn peek(body: &[u8], operation: Operation) -> Result<Peek, Error> {
    let text = std::str::from_utf8(body).map_err(|error| {
        Error::new(Class::Invalid, format!("the request body is not UTF-8: byte {} is wrong", error.valid_up_to()))
    })?;
    let in_path = matches!(operation, Operation::Gemini(..));
    let mut peek = Peek { choices: 1, prefixed: in_path, ..Peek::default() };
    let mut seen = Seen::default();
    let mut refused = None;
    let mut nested: Vec<Range<usize>> = Vec::new();
    json::members(text, MAX_DEPTH, |member| {
        if refused.is_some() {
            return;
        }
        let Some(key) = json::string(json::at(text, &member.key)) else { return };
        if let Err(error) = seen.note(&key) {
            refused = Some(error);
            return;
        }
        let value = member.value;
        match &*key {
            "model" if in_path => peek.models.push(value),
            "model" => peek.models = vec![value],
            "stream" => {
                peek.stream = json::at(text, &value) == "true";
                peek.stream_span = value;
            }
            "stream_options" => peek.stream_options = value,
            "n" => peek.choices = json::at(text, &value).parse().unwrap_or(1),
            "prompt_cache_key" => peek.affinity[0] = value,
            "user" => peek.affinity[1] = value,
            "safety_identifier" => peek.affinity[2] = value,
            // Elsewhere `metadata` is labels, which may differ from request to request.
            "metadata" if operation == Operation::Messages => peek.affinity[3] = value,
            "generationConfig" | "generation_config" if in_path => {
                peek.choices = candidate_count(json::at(text, &value)).unwrap_or(1);
            }
            "messages" | "input" | "contents" => peek.turns = value,
            "generateContentRequest" | "generate_content_request" | "requests" if in_path => nested.push(value),
            _ => {}
        }
    })
    .map_err(|fault| refuse(text, fault))?;
    if let Some(error) = refused {
        return Err(error);
    }
    if let Operation::Gemini(method, _) = operation {
        for span in nested {
            nested_models(text, &span, method, &mut peek.models);
        }
        peek.models.sort_by_key(|span| span.start);
        peek.stream = method == GeminiMethod::StreamGenerateContent;
    }
    if operation == Operation::ChatCompletions {
        peek.include_usage = asks_for_usage(json::at(text, &peek.stream_options))?;
    }
    Ok(peek)
}

impl Peek {
    /// The model that the body asks for.
    ///
    /// # Errors
    /// There is none, or it is no text.
    pub(crate) fn model<'a>(&self, body: &'a [u8]) -> Result<Cow<'a, str>, Error> {
        let Some(span) = self.models.first() else {
            return Err(Error::new(Class::Invalid, "`model` is required").about("model"));
        };
        let literal = std::str::from_utf8(body.get(span.clone()).unwrap_or_default()).unwrap_or_default();
        match json::string(literal) {
            Some(model) if model.trim().is_empty() => {
                Err(Error::new(Class::Invalid, "`model` is empty").about("model"))
            }
            Some(model) => Ok(model),
            None => Err(Error::new(Class::Invalid, "`model` must be a string").about("model")),
        }
    }

    /// What has to change in the body for the target: the model's name, and the usage that the gateway needs.
    pub(crate) fn edits(&self, body: &[u8], model: &str, ask_for_usage: bool) -> Vec<Edit> {
        let mut edits = Vec::with_capacity(2);
        edits.extend(self.models.iter().filter_map(|span| self.model_edit(body, span, model)));
        if ask_for_usage && !self.include_usage {
            edits.push(self.usage_edit(body));
            edits.sort_by_key(|edit| edit.span.start);
        }
        edits
    }

    /// The edit that makes the value the model's name, if it is not. Gemini's bodies say `models/NAME`; the form is kept.
    fn model_edit(&self, body: &[u8], span: &Range<usize>, model: &str) -> Option<Edit> {
        let written = std::str::from_utf8(body.get(span.clone())?).ok()?;
        let named = json::string(written);
        let prefixed = self.prefixed && named.as_deref().is_some_and(|name| name.starts_with("models/"));
        let prefix = if prefixed { "models/" } else { "" };
        if named.as_deref().and_then(|name| name.strip_prefix(prefix)) == Some(model) {
            return None;
        }
        let mut bytes = Vec::with_capacity(model.len() + 16);
        push_string(&mut bytes, &[prefix, model].concat());
        Some(Edit { span: span.clone(), bytes: bytes.into() })
    }

    /// `stream_options.include_usage`, with the caller's other options kept.
    fn usage_edit(&self, body: &[u8]) -> Edit {
        let text = std::str::from_utf8(body).unwrap_or_default();
        let options = json::at(text, &self.stream_options);
        if options.is_empty() {
            let at = self.stream_span.end;
            return Edit { span: at..at, bytes: Bytes::from_static(b",\"stream_options\":{\"include_usage\":true}") };
        }
        let mut known = None;
        let mut members = 0;
        let scanned = json::members(options, MAX_DEPTH, |member| {
            members += 1;
            if json::string(json::at(options, &member.key)).as_deref() == Some("include_usage") {
                known = Some(member.value);
            }
        });
        let start = self.stream_options.start;
        match (scanned, known) {
            (Err(_), _) => {
                Edit { span: self.stream_options.clone(), bytes: Bytes::from_static(b"{\"include_usage\":true}") }
            }
            (Ok(()), Some(value)) => {
                Edit { span: start + value.start..start + value.end, bytes: Bytes::from_static(b"true") }
            }
            (Ok(()), None) if members == 0 => {
                Edit { span: start + 1..start + 1, bytes: Bytes::from_static(b"\"include_usage\":true") }
            }
            (Ok(()), None) => {
                Edit { span: start + 1..start + 1, bytes: Bytes::from_static(b"\"include_usage\":true,") }
            }
        }
    }

    /// The text that tells conversations of one key apart: what the client gave for that, else what its user said first.
    pub(crate) fn affinity<'a>(&self, body: &'a [u8]) -> Cow<'a, str> {
        let text = std::str::from_utf8(body).unwrap_or_default();
        let [cache_key, user, identifier, metadata] = &self.affinity;
        let given = [cache_key, user, identifier].into_iter().map(|span| json::at(text, span));
        let given = given.chain([json::get(json::at(text, metadata), "user_id")]);
        // A text that says something: neither absent nor `null`, nor empty.
        given
            .into_iter()
            .find(|value| value.len() > 2 && value.starts_with('"'))
            .map_or_else(|| first_user_text(json::at(text, &self.turns)), Cow::Borrowed)
    }
}

/// Which of the keys that could be read in two ways have been seen.
#[derive(Default)]
struct Seen(u8);

impl Seen {
    const ONCE: [&'static str; 6] =
        ["model", "stream", "stream_options", "max_tokens", "max_completion_tokens", "max_output_tokens"];

    fn note(&mut self, key: &str) -> Result<(), Error> {
        if let Some(place) = Self::ONCE.iter().position(|once| *once == key) {
            let bit = 1 << place;
            if self.0 & bit != 0 {
                return Err(Error::new(Class::Invalid, format!("`{key}` is given twice")).about(key.to_owned()));
            }
            self.0 |= bit;
        } else if key.len() == 5 && key.eq_ignore_ascii_case("model") {
            return Err(Error::new(Class::Invalid, format!("`{key}` could be taken for `model`; leave it out"))
                .about(key.to_owned()));
        }
        Ok(())
    }
}

/// How many answers Gemini is asked for.
fn candidate_count(config: &str) -> Option<u32> {
    let [camel, snake] = json::pick(config, ["candidateCount", "candidate_count"])?;
    if camel.is_empty() { snake } else { camel }.parse().ok()
}

/// The models inside `countTokens`' `generateContentRequest` and `batchEmbedContents`' `requests`.
fn nested_models(text: &str, span: &Range<usize>, method: GeminiMethod, models: &mut Vec<Range<usize>>) {
    let outer = json::at(text, span);
    let mut model_in = |at: usize, object: &str| {
        // What is no object is the upstream's to refuse.
        let _ = json::members(object, MAX_DEPTH, |member| {
            if json::string(json::at(object, &member.key)).as_deref() == Some("model") {
                models.push(at + member.value.start..at + member.value.end);
            }
        });
    };
    match method {
        GeminiMethod::CountTokens => model_in(span.start, outer),
        GeminiMethod::BatchEmbedContents => {
            let _ = json::elements(outer, MAX_DEPTH, |element| {
                model_in(span.start + element.start, json::at(outer, &element));
            });
        }
        _ => {}
    }
}

/// Whether `stream_options` asks for the usage chunk.
fn asks_for_usage(options: &str) -> Result<bool, Error> {
    if options.is_empty() || options == "null" {
        return Ok(false);
    }
    let mut asked = 0_u32;
    let mut given = 0_u32;
    json::members(options, MAX_DEPTH, |member| {
        if json::string(json::at(options, &member.key)).as_deref() == Some("include_usage") {
            given += 1;
            asked += u32::from(json::at(options, &member.value) == "true");
        }
    })
    .map_err(|_| Error::new(Class::Invalid, "`stream_options` must be an object").about("stream_options"))?;
    if given > 1 {
        let message = "`stream_options.include_usage` is given twice";
        return Err(Error::new(Class::Invalid, message).about("stream_options.include_usage"));
    }
    Ok(asked == 1)
}

/// The text of the conversation's first turn that is the user's. It stays the same as the conversation goes on, while
/// cache marks and the turn's other parts may not.
fn first_user_text(turns: &str) -> Cow<'_, str> {
    if turns.starts_with('"') {
        return Cow::Borrowed(turns);
    }
    let mut found: Option<&str> = None;
    let _ = json::elements(turns, MAX_DEPTH, |element| {
        if found.is_none() {
            let turn = json::at(turns, &element);
            let mut is_user = true;
            let mut content = "";
            let _ = json::members(turn, MAX_DEPTH, |member| match json::at(turn, &member.key) {
                "\"role\"" => is_user = json::at(turn, &member.value) == "\"user\"",
                "\"content\"" | "\"parts\"" => content = json::at(turn, &member.value),
                _ => {}
            });
            if is_user && !content.is_empty() {
                found = Some(content);
            }
        }
    });
    let content = found.unwrap_or_default();
    if !content.starts_with('[') {
        return Cow::Borrowed(content);
    }
    let mut text = None;
    let _ = json::elements(content, MAX_DEPTH, |element| {
        let part = json::at(content, &element);
        let _ = json::members(part, MAX_DEPTH, |member| {
            if text.is_none() && json::at(part, &member.key) == "\"text\"" {
                text = Some(json::at(part, &member.value));
            }
        });
    });
    Cow::Borrowed(text.unwrap_or_default())
}

fn refuse(text: &str, fault: Fault) -> Error {
    let before = text.get(..fault.at).unwrap_or(text);
    let line = before.matches('\n').count() + 1;
    let column = before.len() - before.rfind('\n').map_or(0, |at| at + 1) + 1;
    let message = match fault.kind {
        FaultKind::Syntax => format!("the request body is not JSON: unexpected byte at line {line}, column {column}"),
        FaultKind::Eof if text.trim().is_empty() => "the request body is empty; it must be a JSON object".to_owned(),
        FaultKind::Eof => format!("the request body is not JSON: it ends too early, at line {line}, column {column}"),
        FaultKind::TooDeep => {
            format!("the request body is nested deeper than {MAX_DEPTH} levels, at line {line}, column {column}")
        }
        FaultKind::WrongType => "the request body must be a JSON object".to_owned(),
    };
    Error::new(Class::Invalid, message)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::provider::GeminiVersion;
    use crate::wire::oracle;
    use crate::wire::splice::splice;

    fn peeked(body: &str) -> Result<Peek, Error> {
        peek(body.as_bytes(), Operation::ChatCompletions)
    }

    /// The body as it goes to a target.
    fn sent(body: &str, model: &str, ask_for_usage: bool) -> String {
        let peek = peeked(body).expect("a body");
        let edits = peek.edits(body.as_bytes(), model, ask_for_usage);
        String::from_utf8(splice(&Bytes::copy_from_slice(body.as_bytes()), &edits).joined().to_vec()).expect("UTF-8")
    }

    #[test]
    fn trap_1_only_the_model_changes() {
        let body = "{ \"x\":1.0,\"model\" : \"openai/gp\\u0074-5\",\"y\":1e3, \"x\":\"\\u00e9\",\"big\":12345678901234567890123 }\n";
        let expected = body.replace("\"openai/gp\\u0074-5\"", "\"gpt-5\"");
        assert_eq!(sent(body, "gpt-5", false), expected);
        assert_eq!(sent("{\"model\":\"a\"}", "a", false), "{\"model\":\"a\"}");
    }

    #[test]
    fn the_usage_is_asked_for_beside_what_the_caller_asks() {
        for (body, expected) in [
            (
                r#"{"stream":true,"model":"a"}"#,
                r#"{"stream":true,"stream_options":{"include_usage":true},"model":"b"}"#,
            ),
            (
                r#"{"model":"a","stream": true }"#,
                r#"{"model":"b","stream": true,"stream_options":{"include_usage":true} }"#,
            ),
            (
                r#"{"model":"a","stream":true,"stream_options":null}"#,
                r#"{"model":"b","stream":true,"stream_options":{"include_usage":true}}"#,
            ),
            (
                r#"{"model":"a","stream":true,"stream_options":{}}"#,
                r#"{"model":"b","stream":true,"stream_options":{"include_usage":true}}"#,
            ),
            (
                r#"{"stream_options":{ "x":1 },"stream":true,"model":"a"}"#,
                r#"{"stream_options":{"include_usage":true, "x":1 },"stream":true,"model":"b"}"#,
            ),
            (
                r#"{"model":"a","stream":true,"stream_options":{"x":1,"include_usage": false}}"#,
                r#"{"model":"b","stream":true,"stream_options":{"x":1,"include_usage": true}}"#,
            ),
            (
                r#"{"model":"a","stream":true,"stream_options":{"include_usage":true}}"#,
                r#"{"model":"b","stream":true,"stream_options":{"include_usage":true}}"#,
            ),
        ] {
            assert_eq!(sent(body, "b", true), expected);
            assert!(serde_json::from_str::<serde_json::Value>(expected).is_ok());
        }
    }

    #[test]
    fn keys_that_could_be_read_two_ways_are_refused() {
        for (body, param) in [
            (r#"{"model":"a","model":"b"}"#, "model"),
            (r#"{"model":"a","m\u006fdel":"b"}"#, "model"),
            (r#"{"model":"a","Model":"b"}"#, "Model"),
            (r#"{"MODEL":"b"}"#, "MODEL"),
            (r#"{"model":"a","stream":true,"stream":false}"#, "stream"),
            (r#"{"model":"a","stream_options":{},"stream_options":{}}"#, "stream_options"),
            (r#"{"model":"a","max_tokens":1,"max_tokens":2}"#, "max_tokens"),
            (r#"{"model":"a","max_completion_tokens":1,"max_completion_tokens":2}"#, "max_completion_tokens"),
            (r#"{"model":"a","max_output_tokens":1,"max_output_tokens":2}"#, "max_output_tokens"),
            (
                r#"{"model":"a","stream_options":{"include_usage":true,"include_usage":false}}"#,
                "stream_options.include_usage",
            ),
            (r#"{"model":"a","stream_options":7}"#, "stream_options"),
        ] {
            let error = peeked(body).expect_err(body);
            assert_eq!((error.class, error.param.as_deref()), (Class::Invalid, Some(param)), "{body}");
        }
        assert!(peeked(r#"{"model":"a","models":[],"metadata":{"model":1,"model":2},"x":1,"x":2}"#).is_ok());
    }

    #[test]
    fn a_model_is_a_text_that_is_there() {
        for body in [
            "{}",
            r#"{"model":null}"#,
            r#"{"model":7}"#,
            r#"{"model":""}"#,
            r#"{"model":" "}"#,
            r#"{"model":"\ud800"}"#,
        ] {
            let error = peeked(body).and_then(|peek| peek.model(body.as_bytes()).map(drop)).expect_err(body);
            assert_eq!((error.class, error.param.as_deref()), (Class::Invalid, Some("model")), "{body}");
        }
    }

    #[test]
    fn what_is_no_object_is_refused_with_its_place() {
        let message = |body: &[u8]| peek(body, Operation::Messages).expect_err("an error").message.into_owned();
        assert!(
            message(b"{\n \"a\": tru }").ends_with("unexpected byte at line 2, column 10"),
            "{}",
            message(b"{\n \"a\": tru }")
        );
        assert!(message(b"").contains("empty"));
        assert!(message(b"[]").contains("must be a JSON object"));
        assert!(message(b"{\"a\":\"\xff\"}").contains("UTF-8"));
        let deep = format!("{{\"a\":{}{}}}", "[".repeat(64), "]".repeat(64));
        assert!(message(deep.as_bytes()).contains("deeper than 64"));
    }

    #[test]
    fn geminis_models_are_replaced_where_they_stand() {
        let change = |body: &str, method| {
            let operation = Operation::Gemini(method, GeminiVersion::V1Beta);
            let peek = peek(body.as_bytes(), operation).expect("a body");
            let edits = peek.edits(body.as_bytes(), "new", false);
            String::from_utf8(splice(&Bytes::copy_from_slice(body.as_bytes()), &edits).joined().to_vec())
                .expect("UTF-8")
        };
        assert_eq!(change(r#"{"contents":[]}"#, GeminiMethod::GenerateContent), r#"{"contents":[]}"#);
        assert_eq!(
            change(r#"{"model":"models/old","content":{}}"#, GeminiMethod::EmbedContent),
            r#"{"model":"models/new","content":{}}"#
        );
        assert_eq!(
            change(
                r#"{"requests":[{"model":"models/old"},{"content":{"model":1}, "model" : "old"}]}"#,
                GeminiMethod::BatchEmbedContents
            ),
            r#"{"requests":[{"model":"models/new"},{"content":{"model":1}, "model" : "new"}]}"#
        );
        assert_eq!(
            change(
                r#"{"generate_content_request":{"mod\u0065l":"models/old","model":"x"}}"#,
                GeminiMethod::CountTokens
            ),
            r#"{"generate_content_request":{"mod\u0065l":"models/new","model":"new"}}"#
        );
        assert_eq!(
            change(r#"{"generateContentRequest":{"model":"models/old","contents":[]}}"#, GeminiMethod::CountTokens),
            r#"{"generateContentRequest":{"model":"models/new","contents":[]}}"#
        );
    }

    #[test]
    fn affinity_stays_with_the_conversation() {
        let affinity = |body: &str| peeked(body).expect("a body").affinity(body.as_bytes()).into_owned();
        assert_eq!(affinity(r#"{"prompt_cache_key":"k","user":"u"}"#), "\"k\"");
        assert_eq!(affinity(r#"{"user":"u","prompt_cache_key":"k"}"#), "\"k\"");
        assert_eq!(affinity(r#"{"user":null,"safety_identifier":"","metadata":{"trace":"1"},"input":"hi"}"#), "\"hi\"");
        let messages = br#"{"metadata":{"user_id":"u"},"messages":[]}"#;
        assert_eq!(peek(messages, Operation::Messages).expect("a body").affinity(messages), "\"u\"");
        assert_eq!(affinity(r#"{"input":"hi"}"#), "\"hi\"");
        let first = r#"{"messages":[{"role":"system","content":"s"},{"role":"user","content":[{"type":"text","text":"hi","cache_control":{}}]}]}"#;
        let later = r#"{"messages":[{"role":"system","content":"s2"},{"role":"user","content":[{"type":"text","text":"hi"}]},{"role":"assistant","content":"x"},{"role":"user","content":"y"}]}"#;
        assert_eq!(affinity(first), affinity(later));
        assert_eq!(affinity(r#"{"contents":[{"parts":[{"text":"hi"}]}]}"#), "\"hi\"");
        assert_eq!(affinity("{}"), "");
    }

    /// What the peek must say, told from the full parse: refused, or the model and whether it is a stream.
    fn expected(body: &[u8]) -> Option<(Option<String>, bool)> {
        let pairs = oracle::members(body)?;
        let values = |wanted: &str| {
            pairs.iter().filter(|(key, _)| key == wanted).map(|(_, value)| value.as_str()).collect::<Vec<_>>()
        };
        let look_alike = |key: &str| key != "model" && key.eq_ignore_ascii_case("model");
        if pairs.iter().any(|(key, _)| look_alike(key)) || Seen::ONCE.iter().any(|key| values(key).len() > 1) {
            return None;
        }
        let options = values("stream_options").first().copied().unwrap_or("null");
        if options != "null" {
            let options = oracle::members(options.as_bytes())?;
            if options.iter().filter(|(key, _)| key == "include_usage").count() > 1 {
                return None;
            }
        }
        let model = values("model").first().and_then(|text| serde_json::from_str::<String>(text).ok());
        Some((model.filter(|model| !model.trim().is_empty()), values("stream") == ["true"]))
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 4096, ..ProptestConfig::default() })]

        /// Bodies of pieces that matter, put together and damaged at random.
        #[test]
        fn fuzzed_bodies_are_read_as_a_full_parse_reads_them(
            members in prop::collection::vec(
                (
                    prop_oneof![
                        Just("\"model\""), Just("\"m\\u006fdel\""), Just("\"Model\""), Just("\"stream\""), Just("\"str\\u0065am\""),
                        Just("\"stream_options\""), Just("\"max_tokens\""), Just("\"max_output_tokens\""), Just("\"n\""), Just("\"x\""),
                        Just("\"\\ud83d\\ude00\""), Just("\"user\""), Just("model"), Just("\"\""),
                    ],
                    prop_oneof![
                        Just("\"a/b\""), Just("\"\\u0061\""), Just("true"), Just("false"), Just("null"), Just("1e3"), Just("-0.5"), Just("[]"),
                        Just("{\"include_usage\":true}"), Just("{\"include_usage\":true,\"include_usage\":1}"), Just("{\"model\":[{}]}"),
                        Just("\"\""), Just("\"é\""), Just("01"), Just("\"\\x\""), Just("[1,{\"a\":\"]\"}]"),
                    ],
                ),
                0..5,
            ),
            space in prop_oneof![Just(""), Just(" "), Just("\r\n\t")],
            damage in prop::option::weighted(0.4, (any::<prop::sample::Index>(), any::<u8>())),
        ) {
            let members: Vec<String> = members.iter().map(|(key, value)| format!("{space}{key}{space}:{space}{value}{space}")).collect();
            let mut body = format!("{space}{{{}}}{space}", members.join(",")).into_bytes();
            if let Some((place, byte)) = damage {
                let place = place.index(body.len());
                body[place] = byte;
            }
            // A lone surrogate is JSON, but no text that the oracle could hold.
            let held = serde_json::from_slice::<serde_json::Value>(&body);
            prop_assume!(!held.is_err_and(|error| ["surrogate", "hex escape"].iter().any(|why| error.to_string().contains(why))));
            let found = peek(&body, Operation::ChatCompletions).ok().map(|peek| (peek.model(&body).ok().map(Cow::into_owned), peek.stream));
            prop_assert_eq!(found, expected(&body), "{}", String::from_utf8_lossy(&body));
        }
    }

    proptest! {
        /// The oracle: a full parse of the same bytes.
        #[test]
        fn agrees_with_a_full_parse(
            model in prop::option::of("[ -~é]{0,12}"),
            stream in prop::option::of(any::<bool>()),
            usage in prop::option::of(any::<bool>()),
            filler in prop::collection::btree_map("[a-z]{1,3}", "\\PC{0,8}", 0..4),
            target in "[ -~é]{1,12}",
            ask: bool,
        ) {
            let mut body = serde_json::Map::new();
            for (key, value) in &filler { body.insert(format!("x_{key}"), value.as_str().into()); }
            if let Some(model) = &model { body.insert("model".into(), model.as_str().into()); }
            if let Some(stream) = stream { body.insert("stream".into(), stream.into()); }
            if let Some(usage) = usage { body.insert("stream_options".into(), serde_json::json!({"a": 1, "include_usage": usage})); }
            let text = serde_json::to_string(&body).expect("JSON");
            let peek = peeked(&text).expect("a body");
            prop_assert_eq!(peek.stream, stream.unwrap_or(false));
            prop_assert_eq!(peek.include_usage, usage.unwrap_or(false));
            let asked = peek.model(text.as_bytes());
            prop_assert_eq!(asked.as_deref().ok(), model.as_deref().filter(|model| !model.trim().is_empty()));
            if asked.is_ok() {
                let ask = ask && peek.stream;
                let edits = peek.edits(text.as_bytes(), &target, ask);
                let spliced = splice(&Bytes::copy_from_slice(text.as_bytes()), &edits).joined();
                let mut parsed: serde_json::Map<String, serde_json::Value> = serde_json::from_slice(&spliced).expect("JSON");
                body.insert("model".into(), target.as_str().into());
                if ask {
                    let options = body.entry("stream_options").or_insert_with(|| serde_json::json!({}));
                    options["include_usage"] = true.into();
                }
                prop_assert_eq!(parsed.remove("stream_options"), body.remove("stream_options"));
                prop_assert_eq!(parsed, body);
            }
        }
    }
}
