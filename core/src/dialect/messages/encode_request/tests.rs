use super::*;
use crate::dialect::Dialect;
use crate::dialect::canonical::read::At;
use crate::dialect::canonical::{
    Arguments, Call, Effort, Function, Quirks, Reasoning, Shown, Signed, Source, Tool, ToolChoice, ToolKind, Vendor,
    carrier,
};
use crate::wire::doc::Doc;

fn target(quirks: &'static Quirks) -> Target<'static> {
    let row = crate::provider::row("claude-opus-5");
    Target {
        dialect: Dialect::Messages,
        model: "claude-opus-5",
        row,
        max_output: row.max_output,
        quirks,
        scope: "",
        include_usage: true,
    }
}

fn encoded(request: &Request<'_>) -> String {
    let mut report = Report::default();
    match encode(request, &target(&Quirks::ANTHROPIC), &mut report) {
        Ok(body) => String::from_utf8(body).expect("UTF-8"),
        Err(refusal) => refusal.message().to_owned(),
    }
}

/// A request that has one turn.
fn saying(role: Role, parts: Vec<Part<'static>>) -> Request<'static> {
    let turns = vec![Turn { at: At(0), role, parts, name: None }];
    Request { turns, max_output: Some(Sited::new(At(0), 9)), ..Request::default() }
}

fn part(kind: PartKind<'static>) -> Part<'static> {
    Part::new(At(0), kind)
}

fn content(parts: Vec<Part<'static>>) -> String {
    let body = encoded(&saying(Role::User, parts));
    match body.split_once(r#""content":"#) {
        Some((_, content)) => content.strip_suffix("}]}").unwrap_or(content).to_owned(),
        None => body,
    }
}

#[test]
fn trap_04_the_turns_are_written_last_and_always_the_same() {
    let text = r#"{"messages":[{"role":"user","content":"hi"}],"stream":true,"stop_sequences":["x"],"temperature":0.50,"system":"s","tools":[{"name":"f","input_schema":{"type":"object"}}],"model":"a","max_tokens":5,"metadata":{"user_id":"u"}}"#;
    let doc = Doc::parse(text).expect("JSON");
    let write = || {
        let (request, _) = super::super::decode_request::decode(doc.root(), &mut Report::default()).expect("a request");
        encoded(&request)
    };
    let expected = r#"{"model":"claude-opus-5","tools":[{"name":"f","input_schema":{"type":"object"}}],"system":"s","max_tokens":5,"temperature":0.50,"metadata":{"user_id":"u"},"stop_sequences":["x"],"stream":true,"messages":[{"role":"user","content":"hi"}]}"#;
    assert_eq!(write(), expected);
    assert_eq!(write(), write());
}

#[test]
fn arguments_are_an_object() {
    let call = |arguments: Arguments<'static>| {
        let (id, name) = ("c".into(), "f".into());
        content(vec![part(PartKind::Call(Call { id, name, namespace: None, arguments, signed: None }))])
    };
    for (arguments, expected) in [
        (r#"{"n" : 12345678901234567890}"#, r#"{"n" : 12345678901234567890}"#),
        (" ", "{}"),
        ("[1]", r#"{"raw_arguments":"[1]"}"#),
        ("{\"a\":", r#"{"raw_arguments":"{\"a\":"}"#),
    ] {
        let expected = format!(r#"[{{"type":"tool_use","id":"c","name":"f","input":{expected}}}]"#);
        assert_eq!(call(Arguments::Json(arguments.into())), expected);
    }
    assert!(call(Arguments::Free("x".into())).contains(r#""input":{"input":"x"}"#));
}

#[test]
fn trap_30_a_result_holds_its_pictures() {
    let image = Source::Base64 { mime: "image/png".into(), data: "aGk=".into() };
    let result = |parts, error| {
        let content = parts;
        part(PartKind::Result { call: "c".into(), name: None, content, json: None, error })
    };
    let parts = vec![
        result(
            vec![
                part(PartKind::Text("t".into())),
                part(PartKind::Text("".into())),
                part(PartKind::Image { source: image, detail: None }),
            ],
            Some(At(0)),
        ),
        result(vec![part(PartKind::Text("only".into()))], None),
        result(vec![], None),
        result(vec![part(PartKind::Text("".into()))], None),
    ];
    let expected = r#"[{"type":"tool_result","tool_use_id":"c","content":[{"type":"text","text":"t"},{"type":"image","source":{"type":"base64","media_type":"image/png","data":"aGk="}}],"is_error":true},{"type":"tool_result","tool_use_id":"c","content":"only"},{"type":"tool_result","tool_use_id":"c"},{"type":"tool_result","tool_use_id":"c"}]"#;
    assert_eq!(content(parts), expected);
}

#[test]
fn files_are_what_the_api_takes() {
    let url = || Source::Url { url: "https://x".into(), mime: None };
    let base64 = |mime: &'static str| Source::Base64 { mime: mime.into(), data: "aGk=".into() };
    let image = |source| PartKind::Image { source, detail: None };
    let document = |source| PartKind::Document {
        source,
        title: Some(Sited::new(At(0), "t".into())),
        context: None,
        cite: Some(Sited::new(At(0), true)),
    };
    for (kind, expected) in [
        (image(url()), r#"[{"type":"image","source":{"type":"url","url":"https://x"}}]"#),
        (image(base64("image/bmp")), "only jpeg, png, gif and webp pictures are supported by the upstream's API"),
        (
            image(Source::FileId { id: "f".into(), vendor: Vendor::OpenAi }),
            "a file of another vendor's is not supported by the upstream's API",
        ),
        (
            document(base64("application/pdf")),
            r#"[{"type":"document","source":{"type":"base64","media_type":"application/pdf","data":"aGk="},"title":"t","citations":{"enabled":true}}]"#,
        ),
        (
            document(base64("text/markdown")),
            r#"[{"type":"document","source":{"type":"text","media_type":"text/plain","data":"hi"},"title":"t","citations":{"enabled":true}}]"#,
        ),
        (document(base64("application/zip")), "only PDF and text documents are supported by the upstream's API"),
        (PartKind::Audio(url()), "sound is not supported by the upstream's API"),
    ] {
        assert_eq!(content(vec![part(kind)]), expected);
    }
    let refusal =
        encode(&saying(Role::User, vec![part(image(url()))]), &target(&Quirks::BEDROCK), &mut Report::default());
    assert!(refusal.is_err_and(|refusal| refusal.is_unsupported()));
}

#[test]
fn trap_25_reasoning_goes_back_byte_for_byte() {
    let signed = |bytes: &'static str| {
        Some(Signed { bytes: bytes.into(), origin: carrier::Origin::of(Vendor::Anthropic), binds: None })
    };
    let reasoning = |shown, texts: &[&'static str], signed| {
        let texts = texts.iter().map(|text| (*text).into()).collect();
        part(PartKind::Reasoning(Reasoning { shown, texts, signed, id: None }))
    };
    let parts = vec![
        reasoning(Shown::Summary, &["why"], signed("Eq+/=")),
        reasoning(Shown::Summary, &[], signed("Eq2")),
        reasoning(Shown::Hidden, &[], signed("x")),
        reasoning(Shown::Summary, &["unsigned"], None),
        part(PartKind::Text("a".into())),
    ];
    let expected = r#"[{"type":"thinking","thinking":"why","signature":"Eq+/="},{"type":"thinking","thinking":"","signature":"Eq2"},{"type":"redacted_thinking","data":"x"},{"type":"text","text":"a"}]"#;
    assert_eq!(content(parts), expected);
}

#[test]
fn trap_40_marks_stay_on_their_blocks() {
    let mark = |ttl| Some(Mark { at: At(0), ttl });
    let mut request = saying(Role::System, vec![Part { cache: mark(Some(Ttl::H1)), ..Part::text(At(0), "s") }]);
    let user = Part { cache: mark(None), ..Part::text(At(0), "u") };
    request.turns.push(Turn { at: At(0), role: Role::User, parts: vec![user], name: None });
    let kind = ToolKind::Function(Function { name: "f".into(), ..Function::default() });
    request.tools.push(Tool { at: At(0), kind, cache: mark(Some(Ttl::M5)) });
    let expected = r#"{"model":"claude-opus-5","tools":[{"name":"f","input_schema":{"type":"object","properties":{}},"cache_control":{"type":"ephemeral","ttl":"5m"}}],"system":[{"type":"text","text":"s","cache_control":{"type":"ephemeral","ttl":"1h"}}],"max_tokens":9,"messages":[{"role":"user","content":[{"type":"text","text":"u","cache_control":{"type":"ephemeral"}}]}]}"#;
    assert_eq!(encoded(&request), expected);
}

#[test]
fn one_tool_at_a_time_is_said_inside_the_choice() {
    for (choice, parallel, expected) in [
        (None, Some(false), Some(r#"{"type":"auto","disable_parallel_tool_use":true}"#)),
        (None, Some(true), None),
        (Some(ToolChoice::None), Some(false), Some(r#"{"type":"none"}"#)),
        (Some(ToolChoice::Required), Some(false), Some(r#"{"type":"any","disable_parallel_tool_use":true}"#)),
        (Some(ToolChoice::One("f".into())), None, Some(r#"{"type":"tool","name":"f"}"#)),
        (Some(ToolChoice::Server("web_search".into())), None, Some(r#"{"type":"tool","name":"web_search"}"#)),
    ] {
        let mut request = saying(Role::User, vec![]);
        let kind = ToolKind::Function(Function { name: "f".into(), ..Function::default() });
        request.tools.push(Tool { at: At(0), kind, cache: None });
        request.tool_choice = choice.map(|choice| Sited::new(At(0), choice));
        request.parallel_tools = parallel.map(|parallel| Sited::new(At(0), parallel));
        let body = encoded(&request);
        match expected {
            Some(expected) => assert!(body.contains(&format!(r#""tool_choice":{expected},"#)), "{body}"),
            None => assert!(!body.contains("tool_choice"), "{body}"),
        }
    }
}

#[test]
fn thinking_is_written_as_the_model_takes_it() {
    let ask = |mode, budget: Option<u64>, effort: Option<Effort>, show: Option<bool>| ReasoningAsk {
        mode,
        budget: budget.map(|budget| Sited::new(At(0), budget)),
        effort: effort.map(|effort| Sited::new(At(0), effort)),
        show: show.map(|show| Sited::new(At(0), show)),
        summary: None,
    };
    for (ask, expected) in [
        (
            ask(Mode::Adaptive, None, Some(Effort::High), Some(true)),
            r#""thinking":{"type":"adaptive","display":"summarized"},"output_config":{"effort":"high"},"#,
        ),
        (ask(Mode::On, Some(2048), None, None), r#""thinking":{"type":"enabled","budget_tokens":2048},"#),
        (ask(Mode::Off, None, None, Some(false)), r#""thinking":{"type":"disabled"},"#),
        (ask(Mode::Default, None, Some(Effort::Low), None), r#""max_tokens":9,"output_config":{"effort":"low"},"#),
    ] {
        let mut request = saying(Role::User, vec![]);
        request.reasoning = Some(Sited::new(At(0), ask));
        let body = encoded(&request);
        assert!(body.contains(expected), "{body}");
    }
}

/// A request that is read and written again says the same, but for what the second says more shortly: one plain text
/// block is a string, switches that are off are left out.
#[test]
fn a_round_trip_changes_nothing() {
    for body in [
        r#"{"model":"claude-opus-5","max_tokens":5,"messages":[{"role":"user","content":"a"},{"role":"assistant","content":[{"type":"thinking","thinking":"t","signature":"s"},{"type":"redacted_thinking","data":"d"},{"type":"text","text":"x"},{"type":"tool_use","id":"i","name":"n","input":{"a":1.0}}]},{"role":"user","content":[{"type":"tool_result","tool_use_id":"i","content":[{"type":"text","text":"1"},{"type":"image","source":{"type":"url","url":"https://u"}}],"is_error":true,"cache_control":{"type":"ephemeral"}},{"type":"text","text":"and"}]},{"role":"system","content":"now"}]}"#,
        r#"{"model":"claude-opus-5","max_tokens":5,"system":[{"type":"text","text":"a"},{"type":"text","text":"b","cache_control":{"type":"ephemeral","ttl":"5m"}}],"messages":[{"role":"user","content":[{"type":"document","source":{"type":"text","media_type":"text/plain","data":"d"},"title":"t","context":"c","citations":{"enabled":true}},{"type":"search_result","source":"s","title":"t","content":[{"type":"text","text":"x"}],"citations":{"enabled":true}},{"type":"image","source":{"type":"file","file_id":"f"}}]}],"tools":[{"name":"f","description":"d","input_schema":{"type":"object","properties":{"z":{},"a":{}}},"strict":true,"defer_loading":true,"input_examples":[{"a":1}],"cache_control":{"type":"ephemeral"}},{"type":"web_search_20250305","name":"web_search","allowed_domains":["a.b"],"max_uses":2,"user_location":{"type":"approximate","city":"B"}},{"type":"web_fetch_20250910","name":"web_fetch","max_uses":1,"cache_control":{"type":"ephemeral"}}],"tool_choice":{"type":"tool","name":"web_fetch","disable_parallel_tool_use":true}}"#,
        r#"{"model":"claude-opus-5","max_tokens":5,"messages":[{"role":"user","content":"a"},{"role":"assistant","content":[{"type":"server_tool_use","id":"srvtoolu_1","name":"web_search","input":{"query":"q"}},{"type":"web_search_tool_result","tool_use_id":"srvtoolu_1","content":[]},{"type":"text","text":"x"}]}],"thinking":{"type":"enabled","budget_tokens":2000,"display":"omitted"},"output_config":{"effort":"max","format":{"type":"json_schema","schema":{"type":"object"}}},"temperature":1,"top_p":0.5,"top_k":3,"service_tier":"standard_only","speed":"fast","inference_geo":"eu","cache_control":{"type":"ephemeral"},"metadata":{"user_id":"u"},"stop_sequences":["x","y"],"stream":true}"#,
    ] {
        let doc = Doc::parse(body).expect("JSON");
        let mut report = Report::default();
        let (request, _) = super::super::decode_request::decode(doc.root(), &mut report).expect("a request");
        assert!(report.is_empty(), "{:?}", report.header(&doc));
        let written: serde_json::Value = serde_json::from_str(&encoded(&request)).expect("JSON");
        assert_eq!(written, serde_json::from_str::<serde_json::Value>(body).expect("JSON"));
    }
}
