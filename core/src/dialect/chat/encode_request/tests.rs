use serde_json::{Value, json};

use super::*;
use crate::dialect::Dialect;
use crate::dialect::canonical::carrier::Origin;
use crate::dialect::canonical::read::Doc;
use crate::dialect::canonical::request::{Shown, Source};
use crate::dialect::canonical::target::{Replay, Toggle};
use crate::dialect::canonical::{At, Json, Mark, Part, PartKind, Quirks, Reasoning, Role, Signed, Ttl, Turn, Vendor};
use crate::dialect::chat::decode_request;
use crate::provider;

static COMPATIBLE: Quirks = Quirks::COMPATIBLE;
static OPENAI: Quirks = Quirks::OPENAI;

fn target(quirks: &'static Quirks) -> Target<'static> {
    Target {
        dialect: Dialect::Chat,
        model: "their-model",
        row: provider::row("x"),
        max_output: None,
        quirks,
        scope: "",
        include_usage: true,
    }
}

fn encoded(request: &Request<'_>, quirks: &'static Quirks) -> (Value, Report) {
    let mut report = Report::default();
    let bytes = encode(request, &target(quirks), &mut report).expect("encoded");
    (serde_json::from_slice(&bytes).expect("JSON"), report)
}

fn through(body: &Value, quirks: &'static Quirks) -> Value {
    let text = body.to_string();
    let doc = Doc::parse(&text).expect("JSON");
    let mut report = Report::default();
    let (request, _) = decode_request::decode(doc.root(), &mut report).expect("decoded");
    assert_eq!(report.header(&doc), None);
    encoded(&request, quirks).0
}

fn turn(role: Role, kinds: Vec<PartKind<'static>>) -> Turn<'static> {
    let parts = kinds.into_iter().map(|kind| Part::new(At(0), kind)).collect();
    Turn { at: At(0), role, parts, name: None }
}

fn text(text: &'static str) -> PartKind<'static> {
    PartKind::Text(text.into())
}

fn result(call: &'static str, content: Vec<PartKind<'static>>, error: Option<At>) -> PartKind<'static> {
    let content = content.into_iter().map(|kind| Part::new(At(3), kind)).collect();
    PartKind::Result { call: call.into(), name: None, content, json: None, error }
}

fn image() -> PartKind<'static> {
    PartKind::Image { source: Source::Base64 { mime: "image/png".into(), data: "aGk=".into() }, detail: None }
}

fn messages(turns: Vec<Turn<'static>>, quirks: &'static Quirks) -> (Value, Report) {
    let (body, report) = encoded(&Request { turns, ..Request::default() }, quirks);
    (body.get("messages").cloned().unwrap_or_default(), report)
}

/// What is decoded and encoded again is the same, but for: the model's name, a stop text's list, `user` by OpenAI's newer name,
/// the data URL's spelling, and a stream's usage, which is always asked for.
#[test]
fn a_request_comes_through() {
    let body: Value = serde_json::from_str(
        r#"{
        "model": "m",
        "tools": [
            {"type": "function", "function": {"name": "f", "description": "d", "parameters": {"type": "object", "properties": {"z": {}, "a": {}}}, "strict": true}},
            {"type": "function", "function": {"name": "empty"}},
            {"type": "custom", "custom": {"name": "c", "description": "d", "format": {"type": "grammar", "grammar": {"syntax": "lark", "definition": "start: A"}}}},
            {"type": "custom", "custom": {"name": "plain"}}
        ],
        "web_search_options": {"search_context_size": "high", "user_location": {"type": "approximate", "approximate": {"city": "Graz", "country": "AT"}}},
        "tool_choice": {"type": "allowed_tools", "allowed_tools": {"mode": "required", "tools": [
            {"type": "function", "function": {"name": "f"}}, {"type": "custom", "custom": {"name": "c"}}]}},
        "parallel_tool_calls": false,
        "response_format": {"type": "json_schema", "json_schema": {"name": "n", "description": "d", "schema": {"type": "object"}, "strict": false}},
        "reasoning_effort": "xhigh",
        "max_completion_tokens": 100,
        "stop": ["a", "b"],
        "temperature": 0.7, "top_p": 1, "frequency_penalty": 0.5, "presence_penalty": -0.5, "seed": -7,
        "logit_bias": {"50256": -100}, "logprobs": true, "top_logprobs": 3, "n": 2,
        "store": true, "safety_identifier": "u", "metadata": {"k": "v"}, "service_tier": "flex", "verbosity": "low",
        "prompt_cache_key": "k", "prompt_cache_retention": "24h", "prompt_cache_options": {"mode": "explicit"},
        "prediction": {"type": "content", "content": "x"}, "moderation": {"model": "omni-moderation-latest"},
        "modalities": ["text", "audio"], "audio": {"voice": "alloy", "format": "mp3"},
        "stream": true, "stream_options": {"include_usage": true, "include_obfuscation": false},
        "messages": [
            {"role": "system", "content": "s"},
            {"role": "developer", "content": [{"type": "text", "text": "a", "prompt_cache_breakpoint": {"mode": "explicit", "ttl": "30m"}}, {"type": "text", "text": "b"}]},
            {"role": "user", "name": "ann", "content": [
                {"type": "text", "text": "q"},
                {"type": "image_url", "image_url": {"url": "data:image/png;base64,aGk=", "detail": "high"}},
                {"type": "image_url", "image_url": {"url": "https://x/y.png"}},
                {"type": "input_audio", "input_audio": {"data": "aGk=", "format": "wav"}},
                {"type": "file", "file": {"filename": "a.pdf", "file_data": "data:application/pdf;base64,aGk="}},
                {"type": "file", "file": {"file_id": "file-1"}}]},
            {"role": "assistant", "content": "t", "tool_calls": [
                {"id": "c1", "type": "function", "function": {"name": "f", "arguments": "{\"n\": 12345678901234567890}"}},
                {"id": "c2", "type": "custom", "custom": {"name": "c", "input": "x"}}]},
            {"role": "tool", "tool_call_id": "c1", "content": "r"},
            {"role": "tool", "tool_call_id": "c2", "content": [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]},
            {"role": "user", "content": "more"},
            {"role": "assistant", "content": null, "refusal": "no"},
            {"role": "assistant", "content": null, "tool_calls": [
                {"id": "c3", "type": "function", "function": {"name": "f", "arguments": "{}"}, "extra_content": {"google": {"thought_signature": "s"}}}]},
            {"role": "tool", "tool_call_id": "c3", "content": ""},
            {"role": "assistant", "content": "last"}
        ]
    }"#,
    )
    .expect("JSON");
    let mut expected = body.clone();
    expected["model"] = json!("their-model");
    // What came without content goes without: an empty text part is the decoder's to keep and `adapt`'s to take out.
    assert_eq!(through(&body, &OPENAI), expected);
}

#[test]
fn others_than_openai_are_told_in_older_words() {
    let body = json!({"messages": [{"role": "developer", "content": "d"}, {"role": "user", "content": "q"}],
        "max_completion_tokens": 9, "safety_identifier": "u"});
    let written = through(&body, &COMPATIBLE);
    assert_eq!(written["messages"][0]["role"], "system");
    assert_eq!((&written["max_tokens"], &written["user"]), (&json!(9), &json!("u")));
    assert!(written.get("max_completion_tokens").is_none() && written.get("safety_identifier").is_none());
}

#[test]
fn models_that_refuse_the_older_limit_are_told_the_newer_one() {
    let request = Request { max_output: Some(Sited::new(At(0), 9)), ..Request::default() };
    for (model, expected) in
        [("openai/gpt-5", "max_completion_tokens"), ("gpt-oss-120b", "max_tokens"), ("x", "max_tokens")]
    {
        let target = Target { row: provider::row(model), ..target(&COMPATIBLE) };
        let bytes = encode(&request, &target, &mut Report::default()).expect("encoded");
        let written: Value = serde_json::from_slice(&bytes).expect("JSON");
        assert_eq!(written[expected], 9, "{model}");
    }
}

/// Tools in order, and before the conversation, which is last.
#[test]
fn trap_04_the_conversation_is_last_and_everything_the_same_each_time() {
    let text = r#"{"messages":[{"role":"user","content":"q"}],"tools":[{"type":"function","function":{"name":"b","parameters":{"z":1.0,"a":1e3}}},{"type":"function","function":{"name":"a"}}],"temperature":0.70}"#;
    let doc = Doc::parse(text).expect("JSON");
    let (request, _) = decode_request::decode(doc.root(), &mut Report::default()).expect("decoded");
    let write = || String::from_utf8(encode(&request, &target(&OPENAI), &mut Report::default()).expect("bytes"));
    let written = write().expect("UTF-8");
    assert_eq!(
        written,
        r#"{"model":"their-model","tools":[{"type":"function","function":{"name":"b","parameters":{"z":1.0,"a":1e3}}},{"type":"function","function":{"name":"a"}}],"temperature":0.70,"messages":[{"role":"user","content":"q"}]}"#
    );
    assert_eq!(Ok(written), write());
}

#[test]
fn trap_30_pictures_of_results_come_after_all_results() {
    let (written, report) = messages(
        vec![
            turn(Role::User, vec![result("c1", vec![text("r1"), image()], None), result("c2", vec![image()], None)]),
            // A client of Messages may tell the rest of a step's results in a turn of its own.
            turn(Role::User, vec![result("c3", vec![text("r3")], None), text("and")]),
        ],
        &OPENAI,
    );
    let url = json!({"type": "image_url", "image_url": {"url": "data:image/png;base64,aGk="}});
    let expected = json!([
        {"role": "tool", "tool_call_id": "c1", "content": "r1"},
        {"role": "tool", "tool_call_id": "c2", "content": ""},
        {"role": "tool", "tool_call_id": "c3", "content": "r3"},
        {"role": "user", "content": [
            {"type": "text", "text": "Image from tool call c1:"}, url,
            {"type": "text", "text": "Image from tool call c2:"}, url,
            {"type": "text", "text": "and"}]},
    ]);
    assert_eq!(written, expected);
    assert_eq!(report.len(), 1, "moved: {report:?}");
    let alone = messages(vec![turn(Role::User, vec![result("c1", vec![image()], None)])], &OPENAI).0;
    assert_eq!(
        alone[1],
        json!({"role": "user", "content": [{"type": "text", "text": "Image from tool call c1:"}, url]})
    );
}

#[test]
fn trap_31_user_text_beside_a_result_stays() {
    let parts = vec![text("before"), result("c", vec![text("r")], None), text("after")];
    let expected = json!([
        {"role": "tool", "tool_call_id": "c", "content": "r"},
        {"role": "user", "content": [{"type": "text", "text": "before"}, {"type": "text", "text": "after"}]},
    ]);
    assert_eq!(messages(vec![turn(Role::User, parts)], &OPENAI).0, expected);
}

#[test]
fn errors_documents_and_json_of_results_are_text() {
    let document = |text: &'static str| PartKind::Document {
        source: Source::Text(text.into()),
        title: Some(Sited::new(At(8), "T".into())),
        context: None,
        cite: Some(Sited::new(At(9), true)),
    };
    for (content, error, expected) in [
        (vec![text("boom")], Some(At(7)), json!("Error: boom")),
        (vec![text("Error: boom")], Some(At(7)), json!("Error: boom")),
        (vec![], Some(At(7)), json!("Error:")),
        (vec![], None, json!("")),
        (vec![document("words")], None, json!("T\n\nwords")),
        (vec![text("a"), text("b")], None, json!([{"type": "text", "text": "a"}, {"type": "text", "text": "b"}])),
        (
            vec![text("a"), text("b")],
            Some(At(7)),
            json!([{"type": "text", "text": "Error: a"}, {"type": "text", "text": "b"}]),
        ),
    ] {
        let (written, _) = messages(vec![turn(Role::User, vec![result("c", content.clone(), error)])], &OPENAI);
        assert_eq!(written[0]["content"], expected, "{content:?}");
    }
    let value = PartKind::Result {
        call: "c".into(),
        name: None,
        content: Vec::new(),
        json: Some(Json(r#"{"a":1.0}"#.into())),
        error: None,
    };
    assert_eq!(messages(vec![turn(Role::User, vec![value])], &OPENAI).0[0]["content"], r#"{"a":1.0}"#);
    let mut marked = turn(Role::User, vec![result("c", vec![text("a")], None)]);
    marked.parts[0].cache = Some(Mark { at: At(0), ttl: Some(Ttl::M30) });
    let mark = json!({"mode": "explicit", "ttl": "30m"});
    assert_eq!(
        messages(vec![marked], &OPENAI).0[0]["content"],
        json!([{"type": "text", "text": "a", "prompt_cache_breakpoint": mark}])
    );
}

#[test]
fn what_chat_has_no_place_for_is_refused_where_it_stands() {
    let url = |url: &'static str| Source::Url { url: url.into(), mime: None };
    let document = |source| PartKind::Document { source, title: None, context: None, cite: None };
    for kind in [
        document(url("https://x")),
        document(Source::FileId { id: "x".into(), vendor: Vendor::Anthropic }),
        PartKind::Video(url("https://x")),
        PartKind::Audio(url("https://x")),
        PartKind::Audio(Source::Base64 { mime: "audio/ogg".into(), data: "".into() }),
        PartKind::Image { source: Source::FileId { id: "x".into(), vendor: Vendor::OpenAi }, detail: None },
        PartKind::Server(Json("{}".into())),
    ] {
        let mut turn = turn(Role::User, vec![kind.clone()]);
        turn.parts[0].at = At(5);
        let request = Request { turns: vec![turn], ..Request::default() };
        let refusal = encode(&request, &target(&OPENAI), &mut Report::default()).expect_err("refused");
        assert!(refusal.is_unsupported(), "{kind:?}");
    }
    let output = Some(Sited::new(At(1), Output::Other("text/x.enum".into())));
    let request = Request { output, ..Request::default() };
    assert!(encode(&request, &target(&OPENAI), &mut Report::default()).is_err_and(|refusal| refusal.is_unsupported()));
}

/// Trap 28: `adapt` decides which turns keep their reasoning; what is kept is written, and goes back to its maker whole.
#[test]
fn trap_28_reasoning_that_is_left_goes_back() {
    let thought = |text: &'static str, bytes: &'static str| {
        let signed = Signed { bytes: bytes.into(), origin: Origin::of(Vendor::Other), binds: None };
        PartKind::Reasoning(Reasoning {
            shown: Shown::Raw,
            texts: if text.is_empty() { vec![] } else { vec![text.into()] },
            signed: (!bytes.is_empty()).then_some(signed),
            id: None,
        })
    };
    for (thoughts, expected) in [
        (vec![thought("t", "")], json!({"role": "assistant", "reasoning_content": "t", "content": "a"})),
        (
            vec![
                thought("t", r#"{"type":"reasoning.text","text":"","signature":"s","format":"x"}"#),
                thought("", r#"{"type":"reasoning.encrypted","data":"d","id":"rs_1"}"#),
                thought("", "bare"),
            ],
            json!({"role": "assistant", "reasoning_content": "t", "content": "a", "reasoning_details": [
                {"type": "reasoning.text", "signature": "s", "format": "x", "text": "t"},
                {"type": "reasoning.encrypted", "data": "d", "id": "rs_1"},
                {"type": "reasoning.encrypted", "data": "bare"}]}),
        ),
    ] {
        let kinds = thoughts.into_iter().chain([text("a")]).collect();
        assert_eq!(messages(vec![turn(Role::Assistant, kinds)], &OPENAI).0[0], expected);
    }
}

#[test]
fn a_picture_by_address_is_for_who_fetches_it() {
    static OWN: Quirks = Quirks { fetches: false, ..Quirks::COMPATIBLE };
    let url = Source::Url { url: "https://x/y.png".into(), mime: None };
    let image = turn(Role::User, vec![PartKind::Image { source: url, detail: None }]);
    let request = Request { turns: vec![image], ..Request::default() };
    let refused = encode(&request, &target(&OWN), &mut Report::default());
    assert!(refused.is_err_and(|refusal| refusal.is_unsupported()));
    assert!(encode(&request, &target(&COMPATIBLE), &mut Report::default()).is_ok());
}

#[test]
fn every_server_is_asked_to_reason_in_its_own_way() {
    macro_rules! quirks {
        ($field:ident $(($toggle:ident))?) => {{
            static QUIRKS: Quirks = Quirks {
                reasoning: ReasoningField::$field$((Toggle::$toggle))?,
                replay: Replay::Never,
                ..Quirks::COMPATIBLE
            };
            &QUIRKS
        }};
    }
    let high = ReasoningAsk { effort: Some(Sited::new(At(0), Effort::High)), ..ReasoningAsk::default() };
    let off = ReasoningAsk { mode: Mode::Off, ..ReasoningAsk::default() };
    let budget = ReasoningAsk { budget: Some(Sited::new(At(0), 9)), ..ReasoningAsk::default() };
    for (quirks, ask, key, expected) in [
        (quirks!(Effort), &high, "reasoning_effort", json!("high")),
        (quirks!(Effort), &off, "reasoning_effort", json!("none")),
        (quirks!(Effort), &budget, "reasoning_effort", json!(null)),
        (quirks!(Object), &high, "reasoning", json!({"effort": "high"})),
        (quirks!(Object), &off, "reasoning", json!({"enabled": false})),
        (quirks!(Object), &budget, "reasoning", json!({"max_tokens": 9})),
        (quirks!(ThinkingEffort), &high, "thinking", json!({"type": "enabled"})),
        (quirks!(ThinkingEffort), &high, "reasoning_effort", json!("high")),
        (quirks!(ThinkingEffort), &off, "thinking", json!({"type": "disabled"})),
        (quirks!(ThinkingEffort), &off, "reasoning_effort", json!(null)),
        (quirks!(Toggle(Default)), &high, "reasoning_effort", json!("default")),
        (quirks!(Toggle(Default)), &off, "reasoning_effort", json!("none")),
        (quirks!(Toggle(Thinking)), &high, "thinking", json!({"type": "enabled"})),
        (quirks!(Toggle(Thinking)), &off, "thinking", json!({"type": "disabled"})),
        (quirks!(Toggle(Adaptive)), &high, "thinking", json!({"type": "adaptive"})),
        (quirks!(Toggle(Adaptive)), &off, "thinking", json!({"type": "disabled"})),
        (quirks!(Toggle(Reasoning)), &off, "reasoning", json!({"enabled": false})),
        (quirks!(Toggle(EnableThinking)), &off, "enable_thinking", json!(false)),
        (quirks!(Toggle(TemplateKwargs)), &high, "chat_template_kwargs", json!({"enable_thinking": true})),
        (quirks!(None), &high, "reasoning_effort", json!(null)),
    ] {
        let request = Request { reasoning: Some(Sited::new(At(0), ask.clone())), ..Request::default() };
        let written = encoded(&request, quirks).0;
        assert_eq!(written.get(key).cloned().unwrap_or_default(), expected, "{:?} {ask:?}", quirks.reasoning);
    }
}

/// A model that cannot be told not to think is told how much, and no word to turn it on or off.
#[test]
fn what_always_thinks_is_told_an_effort() {
    static TOGGLE: Quirks = Quirks { reasoning: ReasoningField::Toggle(Toggle::Thinking), ..Quirks::COMPATIBLE };
    static BOTH: Quirks = Quirks { reasoning: ReasoningField::ThinkingEffort, ..Quirks::COMPATIBLE };
    let ask = ReasoningAsk { effort: Some(Sited::new(At(0), Effort::High)), ..ReasoningAsk::default() };
    let request = Request { reasoning: Some(Sited::new(At(0), ask)), ..Request::default() };
    for quirks in [&TOGGLE, &BOTH] {
        let target = Target { row: provider::row("gpt-oss-120b"), ..target(quirks) };
        let bytes = encode(&request, &target, &mut Report::default()).expect("encoded");
        let written: Value = serde_json::from_slice(&bytes).expect("JSON");
        assert_eq!(written["reasoning_effort"], "high");
        assert_eq!(written.get("thinking"), None);
    }
}

/// A provider's own members, the member that reasoning goes back in, and what stands there if there is none.
#[test]
fn what_a_provider_wants_of_its_own_is_written() {
    static OWN: Quirks = Quirks {
        members: &[("reasoning_split", "true")],
        thoughts: "reasoning",
        filler: Some(""),
        ..Quirks::COMPATIBLE
    };
    let thought = Reasoning { shown: Shown::Raw, texts: vec!["why".into()], signed: None, id: None };
    let turns = vec![
        turn(Role::Assistant, vec![PartKind::Reasoning(thought), text("a")]),
        turn(Role::Assistant, vec![text("b")]),
    ];
    let (written, _) = encoded(&Request { turns, ..Request::default() }, &OWN);
    assert_eq!(written["reasoning_split"], true);
    let expected = json!([
        {"role": "assistant", "reasoning": "why", "content": "a"},
        {"role": "assistant", "reasoning": "", "content": "b"},
    ]);
    assert_eq!(written["messages"], expected);
}

/// A feature that the table says is carried has a field here.
#[test]
fn every_carried_feature_is_written() {
    use crate::dialect::canonical::Fate;
    let doc = Doc::parse("1").expect("JSON");
    for feature in Feature::ALL {
        let asked = Asked::new(*feature, doc.root());
        let elsewhere = matches!(feature, Feature::Obfuscation);
        if feature.fate(Dialect::Chat) == Fate::Carried && !elsewhere {
            assert!(key(&asked, true).is_some(), "{feature:?}");
        }
    }
}
