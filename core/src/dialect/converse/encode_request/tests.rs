use serde_json::{Value as Json, json};

use super::*;
use crate::dialect::Dialect;
use crate::dialect::canonical::carrier::Origin;
use crate::dialect::canonical::read::Doc;
use crate::dialect::canonical::{
    Arguments, Asked, At, Call, Detail, Effort, Function, Mode, Quirks, Reasoning, ReasoningAsk, Shown, Signed, Source,
    Tool, ToolChoice, ToolKind,
};
use crate::dialect::codec::codec;
use crate::provider::{ModelRow, row};

/// A target whose model a vendor has made.
fn target(vendor: Option<Vendor>, model: &'static str) -> Target<'static> {
    let row = Box::leak(Box::new(ModelRow { vendor, ..*row("nobody knows it") }));
    Target {
        dialect: Dialect::Converse,
        model,
        row,
        max_output: row.max_output,
        quirks: &Quirks::BEDROCK,
        scope: "",
        include_usage: true,
    }
}

fn encoded(request: &Request<'_>, vendor: Vendor) -> Result<(Json, Report), Refusal> {
    encoded_for(request, target(Some(vendor), "m"))
}

fn encoded_for(request: &Request<'_>, target: Target<'_>) -> Result<(Json, Report), Refusal> {
    let mut report = Report::default();
    let body = encode(request, &target, &mut report)?;
    Ok((serde_json::from_slice(&body).expect("JSON"), report))
}

fn turn(role: Role, parts: Vec<PartKind<'static>>) -> Turn<'static> {
    Turn { at: At(0), role, parts: parts.into_iter().map(|kind| Part::new(At(0), kind)).collect(), name: None }
}

/// One user turn of these parts.
fn content(parts: Vec<PartKind<'static>>) -> Result<Json, Refusal> {
    let request = Request { turns: vec![turn(Role::User, parts)], ..Request::default() };
    encoded(&request, Vendor::Anthropic).map(|(body, _)| body["messages"][0]["content"].clone())
}

fn base64(mime: &'static str) -> Source<'static> {
    Source::Base64 { mime: mime.into(), data: "aGk=".into() }
}

fn url(url: &'static str) -> Source<'static> {
    Source::Url { url: url.into(), mime: None }
}

/// A request of Messages, as `adapt` leaves it to a model that takes what is in it.
#[test]
fn a_conversation_keeps_its_order_and_its_bytes() {
    let body = r#"{"model":"m","max_tokens":100,
        "system":[{"type":"text","text":"Be brief.","cache_control":{"type":"ephemeral"}},{"type":"text","text":"Now."}],
        "tools":[{"name":"f","description":"","input_schema":{"type":"object","properties":{"b":{},"a":{"maximum":9007199254740993}}}},
            {"name":"g","input_schema":{"type":"object"},"cache_control":{"type":"ephemeral","ttl":"1h"}}],
        "tool_choice":{"type":"tool","name":"f"},
        "temperature":0.50,"stop_sequences":["END"],
        "messages":[
            {"role":"user","content":"Hi"},
            {"role":"assistant","content":[
                {"type":"thinking","thinking":"","signature":"EqQB"},
                {"type":"redacted_thinking","data":"ZGF0YQ=="},
                {"type":"text","text":"Look:"},
                {"type":"tool_use","id":"t1","name":"f","input":{"n": 1.0, "a":9007199254740993}}]},
            {"role":"user","content":[
                {"type":"tool_result","tool_use_id":"t1","is_error":true,"content":[
                    {"type":"text","text":"no"},{"type":"image","source":{"type":"base64","media_type":"image/png","data":"aGk="}}]},
                {"type":"text","text":"And?","cache_control":{"type":"ephemeral","ttl":"1h"}}]}]}"#;
    let doc = Doc::parse(body).expect("JSON");
    let mut report = Report::default();
    let decode = codec(Dialect::Messages).decode.expect("a decoder");
    let (request, _) = decode(doc.root(), &mut report).expect("a request");
    let written = encode(&request, &target(Some(Vendor::Anthropic), "m"), &mut report).expect("a body");
    let expected = concat!(
        r#"{"toolConfig":{"tools":["#,
        r#"{"toolSpec":{"name":"f","inputSchema":{"json":{"type":"object","properties":{"b":{},"a":{"maximum":9007199254740993}}}}}},"#,
        r#"{"toolSpec":{"name":"g","inputSchema":{"json":{"type":"object"}}}},{"cachePoint":{"type":"default","ttl":"1h"}}],"#,
        r#""toolChoice":{"tool":{"name":"f"}}},"#,
        r#""system":[{"text":"Be brief."},{"cachePoint":{"type":"default"}},{"text":"Now."}],"#,
        r#""inferenceConfig":{"maxTokens":100,"temperature":0.50,"stopSequences":["END"]},"#,
        r#""additionalModelResponseFieldPaths":["/stop_sequence"],"#,
        r#""messages":[{"role":"user","content":[{"text":"Hi"}]},{"role":"assistant","content":["#,
        r#"{"reasoningContent":{"reasoningText":{"text":"","signature":"EqQB"}}},"#,
        r#"{"reasoningContent":{"redactedContent":"ZGF0YQ=="}},{"text":"Look:"},"#,
        r#"{"toolUse":{"toolUseId":"t1","name":"f","input":{"n": 1.0, "a":9007199254740993}}}]},"#,
        r#"{"role":"user","content":[{"toolResult":{"toolUseId":"t1","content":[{"text":"no"},"#,
        r#"{"image":{"format":"png","source":{"bytes":"aGk="}}}],"status":"error"}},"#,
        r#"{"text":"And?"},{"cachePoint":{"type":"default","ttl":"1h"}}]}]}"#,
    );
    assert_eq!(String::from_utf8_lossy(&written), expected);
    assert!(report.is_empty(), "{:?}", report.entries(&doc));
    // Trap 4: the same request, the same bytes.
    assert_eq!(encode(&request, &target(Some(Vendor::Anthropic), "m"), &mut report), Ok(written));
}

#[test]
fn files_are_named_by_their_formats() {
    let image = |source| PartKind::Image { source, detail: None };
    let document = |source| PartKind::Document {
        source,
        title: Some(Sited::new(At(0), "a_b.pdf".into())),
        context: None,
        cite: None,
    };
    let cases: Vec<(PartKind<'static>, Json)> = vec![
        (image(base64("image/jpeg")), json!({"image": {"format": "jpeg", "source": {"bytes": "aGk="}}})),
        (
            image(url("s3://b/x.JPG")),
            json!({"image": {"format": "jpeg", "source": {"s3Location": {"uri": "s3://b/x.JPG"}}}}),
        ),
        (
            document(base64("application/pdf")),
            json!({"document": {"format": "pdf", "name": "a-b-pdf", "source": {"bytes": "aGk="}}}),
        ),
        (
            document(base64("text/x-python; charset=utf-8")),
            json!({"document": {"format": "txt", "name": "a-b-pdf", "source": {"bytes": "aGk="}}}),
        ),
        (
            PartKind::Document {
                source: Source::Text("hi".into()),
                title: None,
                context: Some(Sited::new(At(0), "c".into())),
                cite: Some(Sited::new(At(0), true)),
            },
            json!({"document": {"format": "txt", "name": "document", "source": {"text": "hi"}, "context": "c",
                "citations": {"enabled": true}}}),
        ),
        (PartKind::Audio(base64("audio/wav")), json!({"audio": {"format": "wav", "source": {"bytes": "aGk="}}})),
        (
            PartKind::Video(url("s3://b/x.3gp")),
            json!({"video": {"format": "three_gp", "source": {"s3Location": {"uri": "s3://b/x.3gp"}}}}),
        ),
        (
            PartKind::SearchResult { source: "s".into(), title: "t".into(), texts: vec!["x".into()], cite: true },
            json!({"searchResult": {"source": "s", "title": "t", "content": [{"text": "x"}], "citations": {"enabled": true}}}),
        ),
    ];
    for (part, expected) in cases {
        assert_eq!(content(vec![part]), Ok(json!([expected])));
    }
    for refused in [
        image(url("https://a.example/x.png")),
        image(base64("image/tiff")),
        image(Source::FileId { id: "f".into(), vendor: Vendor::OpenAi }),
        document(base64("application/zip")),
        PartKind::Audio(base64("audio/basic")),
        PartKind::Server(crate::dialect::canonical::Json("{}".into())),
    ] {
        assert!(content(vec![refused]).expect_err("a refusal").is_unsupported());
    }
    let assistant = turn(Role::Assistant, vec![image(base64("image/png"))]);
    let request = Request { turns: vec![assistant], ..Request::default() };
    assert!(encoded(&request, Vendor::Anthropic).expect_err("a refusal").is_unsupported());
}

#[test]
fn documents_of_a_request_have_names_of_their_own() {
    let document = || PartKind::Document { source: Source::Text("x".into()), title: None, context: None, cite: None };
    let turns = vec![turn(Role::User, vec![document(), document()]), turn(Role::User, vec![document()])];
    let (body, _) = encoded(&Request { turns, ..Request::default() }, Vendor::Amazon).expect("a body");
    let names = ["/messages/0/content/0", "/messages/0/content/1", "/messages/1/content/0"]
        .map(|path| body.pointer(path).map(|part| part["document"]["name"].clone()));
    assert_eq!(names, ["document", "document 2", "document 3"].map(|name| Some(json!(name))));
}

#[test]
fn results_are_text_or_objects_and_never_empty() {
    let result = |content: Vec<PartKind<'static>>, json: Option<&'static str>| PartKind::Result {
        call: "t".into(),
        name: Some("f".into()),
        content: content.into_iter().map(|kind| Part::new(At(0), kind)).collect(),
        json: json.map(|json| crate::dialect::canonical::Json(json.into())),
        error: None,
    };
    for (part, expected) in [
        (result(vec![PartKind::Text("a".into())], None), json!([{"text": "a"}])),
        (result(vec![PartKind::Text("".into())], None), json!([{"json": {}}])),
        (result(Vec::new(), Some(r#"{"a":1}"#)), json!([{"json": {"a": 1}}])),
        (result(Vec::new(), Some("[1]")), json!([{"text": "[1]"}])),
    ] {
        let expected = json!([{"toolResult": {"toolUseId": "t", "content": expected}}]);
        assert_eq!(content(vec![part]), Ok(expected));
    }
}

#[test]
fn a_cache_mark_inside_a_result_goes_behind_it() {
    let mut inner = Part::text(At(0), "x");
    inner.cache = Some(Mark { at: At(3), ttl: None });
    let result = PartKind::Result { call: "t".into(), name: None, content: vec![inner], json: None, error: None };
    let content = content(vec![result]).expect("content");
    assert_eq!(content[1], json!({"cachePoint": {"type": "default"}}));
    assert_eq!(content[0]["toolResult"]["content"], json!([{"text": "x"}]));
}

#[test]
fn arguments_are_an_object() {
    for (arguments, expected) in [
        (Arguments::Json(" {\"a\":1} ".into()), json!({"a": 1})),
        (Arguments::Json(" ".into()), json!({})),
        (Arguments::Json("[1]".into()), json!({"raw_arguments": "[1]"})),
        (Arguments::Json("{\"a\":".into()), json!({"raw_arguments": "{\"a\":"})),
        (Arguments::Free("x".into()), json!({"input": "x"})),
    ] {
        let call = Call { id: "t".into(), name: "f".into(), namespace: None, arguments, signed: None };
        let content = content(vec![PartKind::Call(call)]).expect("content");
        assert_eq!(content[0]["toolUse"]["input"], expected);
    }
}

#[test]
fn each_vendor_is_asked_to_reason_in_its_own_words() {
    let ask = |mode, effort: Option<Effort>, budget: Option<u64>, show: Option<bool>| ReasoningAsk {
        mode,
        effort: effort.map(|effort| Sited::new(At(0), effort)),
        budget: budget.map(|budget| Sited::new(At(0), budget)),
        show: show.map(|show| Sited::new(At(0), show)),
        summary: None,
    };
    let effort = Some(Effort::High);
    for (vendor, ask, expected) in [
        (
            Vendor::Anthropic,
            ask(Mode::Adaptive, effort, None, Some(true)),
            json!({"additionalModelRequestFields": {"thinking": {"type": "adaptive", "display": "summarized"}},
                "outputConfig": {"effort": "high"}, "messages": []}),
        ),
        (
            Vendor::Anthropic,
            ask(Mode::On, None, Some(2048), None),
            json!({"additionalModelRequestFields": {"thinking": {"type": "enabled", "budget_tokens": 2048}}, "messages": []}),
        ),
        (
            Vendor::Anthropic,
            ask(Mode::Off, None, None, Some(true)),
            json!({"additionalModelRequestFields": {"thinking": {"type": "disabled"}}, "messages": []}),
        ),
        (Vendor::Amazon, ask(Mode::Default, effort, None, None), json!({"messages": []})),
    ] {
        let request = Request { reasoning: Some(Sited::new(At(1), ask)), ..Request::default() };
        let (body, report) = encoded(&request, vendor).expect("a body");
        assert_eq!(body, expected);
        assert_eq!(report.is_empty(), vendor != Vendor::Amazon);
    }
    for (model, ask, expected) in [
        ("openai.gpt-oss-120b-1:0", ask(Mode::Default, effort, None, None), json!({"reasoning_effort": "high"})),
        ("us.openai.gpt-6-luna", ask(Mode::Default, effort, None, None), json!({"reasoning": {"effort": "high"}})),
        ("us.openai.gpt-6-luna", ask(Mode::Off, None, None, None), json!({"reasoning": {"effort": "none"}})),
        (
            "us.amazon.nova-2-lite-v1:0",
            ask(Mode::Default, effort, None, None),
            json!({"reasoningConfig": {"type": "enabled", "maxReasoningEffort": "high"}}),
        ),
        (
            "us.amazon.nova-2-lite-v1:0",
            ask(Mode::Off, None, None, None),
            json!({"reasoningConfig": {"type": "disabled"}}),
        ),
    ] {
        let request = Request { reasoning: Some(Sited::new(At(1), ask)), ..Request::default() };
        let (body, report) = encoded_for(&request, target(None, model)).expect("a body");
        assert_eq!((&body["additionalModelRequestFields"], report.is_empty()), (&expected, true), "{model}");
    }
}

fn function(name: &'static str) -> Tool<'static> {
    Tool { at: At(0), kind: ToolKind::Function(Function { name: name.into(), ..Function::default() }), cache: None }
}

#[test]
fn one_call_at_a_time_is_said_once() {
    let asked = |choice: Option<ToolChoice<'static>>, tools| Request {
        tools,
        tool_choice: choice.map(|choice| Sited::new(At(0), choice)),
        parallel_tools: Some(Sited::new(At(0), false)),
        ..Request::default()
    };
    for (choice, own, converse) in [
        (None, json!({"type": "auto", "disable_parallel_tool_use": true}), Json::Null),
        (Some(ToolChoice::Required), json!({"disable_parallel_tool_use": true}), json!({"any": {}})),
        (Some(ToolChoice::Auto), json!({"type": "auto", "disable_parallel_tool_use": true}), Json::Null),
    ] {
        let (body, _) = encoded(&asked(choice, vec![function("f")]), Vendor::Anthropic).expect("a body");
        assert_eq!(body["additionalModelRequestFields"]["tool_choice"], own);
        assert_eq!(body["toolConfig"].get("toolChoice").cloned().unwrap_or_default(), converse);
    }
    // BerriAI/litellm#34420: without tools nothing is said of them.
    let (body, _) = encoded(&asked(Some(ToolChoice::None), Vec::new()), Vendor::Anthropic).expect("a body");
    assert_eq!(body, json!({"messages": []}));
    assert!(encoded(&asked(Some(ToolChoice::Required), Vec::new()), Vendor::Anthropic).is_err());
    assert!(encoded(&asked(Some(ToolChoice::None), vec![function("f")]), Vendor::Anthropic).is_err());
}

#[test]
fn the_schema_of_the_answer_is_a_text() {
    let schema = Output::Schema {
        name: Some("r".into()),
        description: None,
        schema: Sited::new(At(0), crate::dialect::canonical::Json(r#"{"type": "object"}"#.into())),
        strict: Some(true),
    };
    let ask = |output| Request { output: Some(Sited::new(At(1), output)), ..Request::default() };
    let (body, _) = encoded(&ask(schema), Vendor::Anthropic).expect("a body");
    let expected = json!({"textFormat": {"type": "json_schema",
        "structure": {"jsonSchema": {"schema": "{\"type\": \"object\"}", "name": "r"}}}});
    assert_eq!(body["outputConfig"], expected);
    let (body, report) = encoded(&ask(Output::JsonObject), Vendor::Anthropic).expect("a body");
    assert_eq!((body, report.len()), (json!({"messages": []}), 1));
    assert!(encoded(&ask(Output::Other("text/x.enum".into())), Vendor::Anthropic).is_err());
}

#[test]
fn what_is_asked_has_its_place() {
    let text = r#"{"top_k":5,"labels":{"team":"a"},"tier":"flex","top_p":0.95,"seed":7}"#;
    let doc = Doc::parse(text).expect("JSON");
    let asked = [
        (Feature::TopK, "top_k"),
        (Feature::Labels, "labels"),
        (Feature::Tier, "tier"),
        (Feature::TopP, "top_p"),
        (Feature::Seed, "seed"),
    ]
    .map(|(feature, key)| Asked::new(feature, doc.root().get(key).expect("a value")));
    let request = Request { asked: asked.to_vec(), ..Request::default() };
    let (body, report) = encoded(&request, Vendor::Amazon).expect("a body");
    let expected = json!({"inferenceConfig": {"topP": 0.95}, "additionalModelRequestFields": {"top_k": 5},
        "requestMetadata": {"team": "a"}, "serviceTier": {"type": "flex"}, "messages": []});
    assert_eq!((body, report.header(&doc)), (expected, Some("seed=dropped".to_owned())));
}

#[test]
fn what_is_lost_is_reported() {
    let image = PartKind::Image { source: base64("image/png"), detail: Some(Sited::new(At(2), Detail::High)) };
    let mut user = turn(Role::User, vec![image]);
    user.name = Some(Sited::new(At(1), "bob".into()));
    let (body, report) = encoded(&Request { turns: vec![user], ..Request::default() }, Vendor::Amazon).expect("a body");
    assert_eq!((body["messages"][0]["role"].clone(), report.len()), (json!("user"), 2));
}

#[test]
fn instructions_stay_where_they_are() {
    let say = |text: &'static str| vec![PartKind::Text(text.into())];
    let turns = vec![
        turn(Role::System, say("a")),
        turn(Role::Developer, say("b")),
        turn(Role::User, say("c")),
        turn(Role::System, say("d")),
    ];
    let (body, _) = encoded(&Request { turns, ..Request::default() }, Vendor::Anthropic).expect("a body");
    assert_eq!(body["system"], json!([{"text": "a"}, {"text": "b"}]));
    assert_eq!(body["messages"][1], json!({"role": "system", "content": [{"text": "d"}]}));
    let picture = turn(Role::System, vec![PartKind::Image { source: base64("image/png"), detail: None }]);
    assert!(encoded(&Request { turns: vec![picture], ..Request::default() }, Vendor::Anthropic).is_err());
}

/// Trap 25: a signature comes back byte for byte; reasoning that nothing is left of is not written.
#[test]
fn trap_25_signed_reasoning_keeps_its_bytes() {
    let reasoning = |shown, texts: &[&'static str], bytes: Option<&'static str>| {
        PartKind::Reasoning(Reasoning {
            shown,
            texts: texts.iter().map(|text| (*text).into()).collect(),
            signed: bytes.map(|bytes| Signed {
                bytes: bytes.into(),
                origin: Origin::of(Vendor::Anthropic),
                binds: None,
            }),
            id: None,
        })
    };
    for (part, expected) in [
        (
            reasoning(Shown::Summary, &["a", "b"], Some("E+/=")),
            json!([{"reasoningContent": {"reasoningText": {"text": "a\n\nb", "signature": "E+/="}}}]),
        ),
        (reasoning(Shown::Raw, &["a"], None), json!([{"reasoningContent": {"reasoningText": {"text": "a"}}}])),
        (reasoning(Shown::Hidden, &[], Some("ZA==")), json!([{"reasoningContent": {"redactedContent": "ZA=="}}])),
        (reasoning(Shown::Summary, &[], Some("")), json!([])),
        (reasoning(Shown::Hidden, &[], None), json!([])),
    ] {
        assert_eq!(content(vec![part]), Ok(expected));
    }
}

/// The whole way of a chat request to Claude.
#[test]
fn chat_reaches_claude() {
    let body = r#"{"model":"m","messages":[{"role":"system","content":"Be brief."},{"role":"user","content":[{"type":"text","text":"Hi"},
        {"type":"image_url","image_url":{"url":"data:image/jpg;base64,aGk="}}]},
        {"role":"assistant","content":null,"tool_calls":[{"id":"call_1","type":"function","function":{"name":"look.up","arguments":"{\"q\": 1}"}}]},
        {"role":"tool","tool_call_id":"call_1","content":"found"}],
        "tools":[{"type":"function","function":{"name":"look.up","description":"","parameters":{"type":"object","properties":{"q":{}}}}}],
        "parallel_tool_calls":false,"temperature":1.5,"seed":7,"stop":"END","max_tokens":100,"metadata":{"team":"a"},"service_tier":"flex"}"#;
    let doc = Doc::parse(body).expect("JSON");
    let mut report = Report::default();
    let decode = codec(Dialect::Chat).decode.expect("a decoder");
    let (mut request, _) = decode(doc.root(), &mut report).expect("a request");
    let model = "us.anthropic.claude-sonnet-4-5-20250929-v1:0";
    let target = Target {
        dialect: Dialect::Converse,
        model,
        row: row(model),
        max_output: row(model).max_output,
        quirks: &Quirks::BEDROCK,
        scope: "",
        include_usage: true,
    };
    crate::dialect::adapt::adapt(&mut request, &target, Dialect::Chat, &mut report).expect("a request for it");
    let written = encode(&request, &target, &mut report).expect("a body");
    let written: Json = serde_json::from_slice(&written).expect("JSON");
    assert_eq!(written["toolConfig"]["tools"][0]["toolSpec"]["name"], "look_up");
    assert!(written["toolConfig"].get("toolChoice").is_none());
    let expected = json!({"tool_choice": {"type": "auto", "disable_parallel_tool_use": true}});
    assert_eq!(written["additionalModelRequestFields"], expected);
    let expected = json!([
        {"role": "user", "content": [{"text": "Hi"}, {"image": {"format": "jpeg", "source": {"bytes": "aGk="}}}]},
        {"role": "assistant", "content": [{"toolUse": {"toolUseId": "call_1", "name": "look_up", "input": {"q": 1}}}]},
        {"role": "user", "content": [{"toolResult": {"toolUseId": "call_1", "content": [{"text": "found"}]}}]},
    ]);
    assert_eq!(written["messages"], expected);
    assert_eq!(report.header(&doc).as_deref(), Some("tools[0]=renamed, temperature=clamped:1.5>1, seed=dropped"));
}
