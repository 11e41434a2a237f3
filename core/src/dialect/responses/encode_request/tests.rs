use serde_json::{Value, json};

use super::*;
use crate::dialect::Dialect;
use crate::dialect::canonical::carrier::Origin;
use crate::dialect::canonical::read::Doc;
use crate::dialect::canonical::{
    Asked, At, Call, Detail, Function, Json, Mark, Quirks, Reasoning, Shown, Signed, Str, Tool, ToolChoice, Ttl,
    Vendor, WebSearch,
};
use crate::dialect::responses::decode_request;
use crate::provider;

static OPENAI: Quirks = Quirks::OPENAI;

fn target(model: &'static str) -> Target<'static> {
    Target {
        dialect: Dialect::Responses,
        model,
        row: provider::row(model),
        max_output: provider::row(model).max_output,
        quirks: &OPENAI,
        scope: "",
        include_usage: true,
    }
}

fn encoded(request: &Request<'_>) -> (Value, Vec<String>) {
    let mut report = Report::default();
    let bytes = encode(request, &target("gpt-5"), &mut report).expect("encoded");
    let doc = Doc::parse("[0,0,0,0,0,0,0]").expect("JSON");
    let told = report.entries(&doc).into_iter().map(|(path, reason)| [path, reason].join("=")).collect();
    (serde_json::from_slice(&bytes).expect("JSON"), told)
}

fn refused(request: &Request<'_>) -> bool {
    encode(request, &target("gpt-5"), &mut Report::default()).expect_err("a refusal").is_unsupported()
}

fn part(kind: PartKind<'static>) -> Part<'static> {
    Part::new(At(0), kind)
}

fn turn(role: Role, parts: Vec<Part<'static>>) -> Turn<'static> {
    Turn { at: At(0), role, parts, name: None }
}

fn text(text: &'static str) -> Part<'static> {
    Part::text(At(0), text)
}

fn marked(kind: PartKind<'static>) -> Part<'static> {
    Part { cache: Some(Mark { at: At(6), ttl: Some(Ttl::H12) }), ..part(kind) }
}

fn call(id: &'static str, arguments: Arguments<'static>) -> Part<'static> {
    part(PartKind::Call(Call { id: id.into(), name: "f".into(), namespace: None, arguments, signed: None }))
}

fn result(call: &'static str, content: Vec<Part<'static>>, error: Option<At>) -> Part<'static> {
    part(PartKind::Result { call: call.into(), name: None, content, json: None, error })
}

fn image() -> Part<'static> {
    part(PartKind::Image { source: Source::Base64 { mime: "image/png".into(), data: "aGk=".into() }, detail: None })
}

fn input(turns: Vec<Turn<'static>>) -> (Value, Vec<String>) {
    let (body, told) = encoded(&Request { turns, ..Request::default() });
    (body["input"].clone(), told)
}

/// What is decoded and encoded again is the same, but for: what is bookkeeping (`id`, `status`, `phase`), members that say
/// the default, `user` by its newer name, a namespace's description, a web search's own items, and `store`.
#[test]
fn a_request_comes_through() {
    let body: Value = serde_json::from_str(
        r#"{"model":"gpt-5","instructions":"You are Codex.","input":[
        {"type":"message","role":"developer","content":[{"type":"input_text","text":"<permissions>"}]},
        {"type":"message","role":"user","content":[
            {"type":"input_text","text":"fix","prompt_cache_breakpoint":{"mode":"explicit","ttl":"30m"}},
            {"type":"input_image","image_url":"data:image/png;base64,aGk=","detail":"low"},
            {"type":"input_image","file_id":"file-1","detail":"auto"},
            {"type":"input_file","filename":"a.pdf","file_data":"data:application/pdf;base64,aGk="},
            {"type":"input_file","file_url":"https://x/a.pdf"},
            {"type":"input_audio","input_audio":{"data":"aGk=","format":"wav"}}]},
        {"type":"reasoning","id":"rs_1","summary":[{"type":"summary_text","text":"a"},{"type":"summary_text","text":"b"}],"encrypted_content":"gAAA"},
        {"type":"message","role":"assistant","content":[{"type":"output_text","text":"On it.","annotations":[]},{"type":"refusal","refusal":"No."}]},
        {"type":"function_call","call_id":"call_1","name":"exec","arguments":"{\"n\": 12345678901234567890}"},
        {"type":"function_call","call_id":"call_3","namespace":"git","name":"log","arguments":"{}"},
        {"type":"custom_tool_call","call_id":"call_2","name":"apply_patch","input":"*** Begin\n"},
        {"type":"tool_search_call","call_id":"call_4","execution":"client","arguments":{"q":1.0}},
        {"type":"function_call_output","call_id":"call_1","output":[{"type":"input_text","text":"a"},{"type":"input_image","image_url":"https://x/y"}]},
        {"type":"custom_tool_call_output","call_id":"call_2","output":"Done"},
        {"type":"message","role":"user","content":[{"type":"input_text","text":"go on"}]}],
        "tools":[{"type":"function","name":"exec","description":"d","strict":true,"parameters":{"type":"object","properties":{"z":{},"a":{}}},"output_schema":{"type":"object"}},
        {"type":"function","name":"later","defer_loading":true,"parameters":{"type":"object","properties":{}}},
        {"type":"custom","name":"apply_patch","description":"p","format":{"type":"grammar","syntax":"lark","definition":"start: x"}},
        {"type":"tool_search","execution":"client","description":"s","parameters":{"type":"object"}},
        {"type":"web_search","filters":{"allowed_domains":["a.b"]},"search_context_size":"low","user_location":{"type":"approximate","city":"B"},"external_web_access":false},
        {"type":"namespace","name":"git","description":"git","tools":[{"type":"function","name":"log","parameters":{"type":"object"}}]},
        {"type":"mcp","server_label":"s","server_url":"https://x"}],
        "tool_choice":{"type":"allowed_tools","mode":"auto","tools":[{"type":"function","name":"exec"},{"type":"custom","name":"apply_patch"},{"type":"web_search"},{"type":"mcp"}]},
        "parallel_tool_calls":false,"reasoning":{"effort":"xhigh","summary":"detailed","context":"all_turns","mode":"pro"},
        "text":{"verbosity":"low","format":{"type":"json_schema","name":"n","description":"d","strict":true,"schema":{"type":"object"}}},
        "store":true,"stream":true,"stream_options":{"include_obfuscation":false},"max_output_tokens":100,"max_tool_calls":3,
        "include":["reasoning.encrypted_content","message.output_text.logprobs","web_search_call.action.sources"],"top_logprobs":2,
        "temperature":0.5,"top_p":0.9,"truncation":"auto","metadata":{"a":"b"},"safety_identifier":"s","service_tier":"flex",
        "prompt_cache_key":"k","prompt_cache_options":{"mode":"explicit","ttl":"12h"},"prompt_cache_retention":"24h","moderation":{"model":"m"}}"#,
    )
    .expect("JSON");
    let text = body.to_string();
    let doc = Doc::parse(&text).expect("JSON");
    let mut report = Report::default();
    let (request, _) = decode_request::decode(doc.root(), &mut report).expect("decoded");
    assert_eq!(report.header(&doc).as_deref(), Some("tools[5].description=dropped"));
    assert_eq!(encoded(&request), (body, Vec::new()));
}

/// Traps 2, 3 and 4: the same bytes each time, as they were written, the growing list last.
#[test]
fn trap_04_the_same_request_is_the_same_bytes() {
    let body = r#"{"temperature":1.50,"input":[{"type":"function_call","call_id":"c","name":"f","arguments":"{\"b\":1e3, \"a\":12345678901234567890}"}],
        "tools":[{"type":"function","name":"b","parameters":{"z":1.0,"a":{"\u00e9":[ ]}}},{"type":"function","name":"a"}],"instructions":"i"}"#;
    let doc = Doc::parse(body).expect("JSON");
    let (request, _) = decode_request::decode(doc.root(), &mut Report::default()).expect("decoded");
    let encode = || encode(&request, &target("gpt-4o"), &mut Report::default()).expect("encoded");
    let expected = concat!(
        r#"{"model":"gpt-4o","store":false,"tools":[{"type":"function","name":"b","parameters":{"z":1.0,"a":{"\u00e9":[ ]}}},"#,
        r#"{"type":"function","name":"a","parameters":{"type":"object","properties":{}}}],"temperature":1.50,"#,
        r#""instructions":"i","input":[{"type":"function_call","call_id":"c","name":"f","#,
        r#""arguments":"{\"b\":1e3, \"a\":12345678901234567890}"}]}"#
    );
    assert_eq!(String::from_utf8(encode()).expect("UTF-8"), expected);
    assert_eq!(encode(), encode());
}

#[test]
fn instructions_keep_their_borders() {
    let system = |parts| turn(Role::System, parts);
    let body = |turns| encoded(&Request { turns, ..Request::default() }).0;
    let one = body(vec![system(vec![text("a")]), system(vec![text("b")])]);
    assert_eq!(one["instructions"], "a");
    assert_eq!(
        one["input"],
        json!([{"type": "message", "role": "system", "content": [{"type": "input_text", "text": "b"}]}])
    );
    for parts in [vec![text("a"), text("b")], vec![marked(PartKind::Text("a".into()))]] {
        let several = body(vec![system(parts)]);
        assert!(several.get("instructions").is_none() && several["input"][0]["role"] == "system");
    }
    let developer = body(vec![turn(Role::Developer, vec![text("a")])]);
    assert!(developer.get("instructions").is_none() && developer["input"][0]["role"] == "developer");
}

/// Traps 30 and 31: pictures stay in the result, and what the user says beside it is not lost.
#[test]
fn trap_30_results_keep_what_is_in_them() {
    let turns = vec![
        turn(Role::Assistant, vec![call("1", Arguments::Json("{}".into())), call("2", Arguments::Free("x".into()))]),
        turn(
            Role::User,
            vec![
                text("before"),
                result("1", vec![text("see"), image()], Some(At(1))),
                result("2", vec![text("Error: no")], Some(At(2))),
                result("3", vec![image()], Some(At(3))),
                result("4", Vec::new(), None),
                part(PartKind::Result {
                    call: "5".into(),
                    name: None,
                    content: Vec::new(),
                    json: Some(Json("{\"a\": 1.0}".into())),
                    error: None,
                }),
                text("after"),
            ],
        ),
    ];
    let (items, told) = input(turns);
    let picture = json!({"type": "input_image", "image_url": "data:image/png;base64,aGk="});
    let expected = json!([
        {"type": "function_call", "call_id": "1", "name": "f", "arguments": "{}"},
        {"type": "custom_tool_call", "call_id": "2", "name": "f", "input": "x"},
        {"type": "function_call_output", "call_id": "1", "output": [{"type": "input_text", "text": "Error: see"}, picture]},
        {"type": "custom_tool_call_output", "call_id": "2", "output": "Error: no"},
        {"type": "function_call_output", "call_id": "3", "output": [{"type": "input_text", "text": "Error:"}, picture]},
        {"type": "function_call_output", "call_id": "4", "output": ""},
        {"type": "function_call_output", "call_id": "5", "output": "{\"a\": 1.0}"},
        {"type": "message", "role": "user", "content": [{"type": "input_text", "text": "before"}, {"type": "input_text", "text": "after"}]},
    ]);
    assert_eq!(items, expected);
    assert_eq!(told, ["[0]=inlined", "[1]=inlined", "[2]=inlined"]);
}

/// Trap 40: a mark stays on its block; where there is no place for one, that is said.
#[test]
fn trap_40_marks_stay_on_their_parts() {
    let breakpoint = json!({"mode": "explicit", "ttl": "12h"});
    let marked_result =
        Part { cache: Some(Mark { at: At(0), ttl: Some(Ttl::H12) }), ..result("1", vec![text("a")], None) };
    let (items, told) = input(vec![
        turn(Role::User, vec![marked(PartKind::Text("a".into())), marked_result]),
        turn(Role::Assistant, vec![marked(PartKind::Text("b".into()))]),
    ]);
    assert_eq!(items[0]["output"][0]["prompt_cache_breakpoint"], breakpoint);
    assert_eq!(items[1]["content"][0]["prompt_cache_breakpoint"], breakpoint);
    assert!(items[2]["content"][0].get("prompt_cache_breakpoint").is_none());
    assert_eq!(told, ["[5]=dropped"]);
}

#[test]
fn documents_have_names_that_end_as_they_do() {
    let document = |source: Source<'static>, title: Option<&'static str>| {
        part(PartKind::Document {
            source,
            title: title.map(|title| Sited::new(At(0), Str::Borrowed(title))),
            context: Some(Sited::new(At(1), "ctx".into())),
            cite: Some(Sited::new(At(2), true)),
        })
    };
    let pdf = || Source::Base64 { mime: "application/pdf".into(), data: "aGk=".into() };
    let (items, told) = input(vec![turn(
        Role::User,
        vec![
            document(pdf(), Some("My report")),
            document(pdf(), None),
            document(Source::Text("hi".into()), Some("v1.2 notes")),
        ],
    )]);
    let content = items[0]["content"].as_array().expect("parts");
    assert_eq!(content.len(), 6);
    assert_eq!(content[0], json!({"type": "input_text", "text": "ctx"}));
    let names: Vec<_> = content.iter().filter_map(|part| part["filename"].as_str()).collect();
    assert_eq!(names, ["My report.pdf", "document.pdf", "v1.2 notes.txt"]);
    assert_eq!(content[5]["file_data"], "data:text/plain;base64,aGk=");
    assert_eq!(told, ["[0]=inlined", "[1]=dropped"]);
}

#[test]
fn what_is_lacking_is_refused() {
    let source = || Source::Base64 { mime: "video/mp4".into(), data: "aGk=".into() };
    let foreign = || Source::FileId { id: "f".into(), vendor: Vendor::Anthropic };
    for kind in [
        PartKind::Video(source()),
        PartKind::Audio(source()),
        PartKind::Image { source: foreign(), detail: Some(Sited::new(At(0), Detail::Auto)) },
        PartKind::Document { source: foreign(), title: None, context: None, cite: None },
    ] {
        assert!(refused(&Request { turns: vec![turn(Role::User, vec![part(kind)])], ..Request::default() }));
    }
    let search = WebSearch { blocked: Some(Sited::new(At(0), vec!["a.b".into()])), ..WebSearch::default() };
    let tools = vec![Tool { at: At(0), kind: ToolKind::WebSearch(search), cache: None }];
    assert!(refused(&Request { tools, ..Request::default() }));
    let output = Some(Sited::new(At(0), Output::Other("enum".into())));
    assert!(refused(&Request { output, ..Request::default() }));
}

/// Trap 25: an item of reasoning goes back as it was, and one with nothing for its maker does not.
#[test]
fn trap_25_signed_reasoning_goes_back() {
    let signed =
        |bytes: &'static str| Some(Signed { bytes: bytes.into(), origin: Origin::of(Vendor::OpenAi), binds: None });
    let reasoning = |shown, texts: Vec<Str<'static>>, signed| {
        part(PartKind::Reasoning(Reasoning { shown, texts, signed, id: None }))
    };
    let (items, _) = input(vec![turn(
        Role::Assistant,
        vec![
            reasoning(Shown::Hidden, Vec::new(), signed("e1")),
            reasoning(Shown::Raw, vec!["raw".into()], signed("e2")),
            reasoning(Shown::Hidden, Vec::new(), signed("")),
            text("a"),
        ],
    )]);
    let expected = json!([
        {"type": "reasoning", "summary": [], "encrypted_content": "e1"},
        {"type": "reasoning", "summary": [], "content": [{"type": "reasoning_text", "text": "raw"}], "encrypted_content": "e2"},
        {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "a", "annotations": []}]},
    ]);
    assert_eq!(items, expected);
}

#[test]
fn what_others_mean_is_said() {
    let search = WebSearch { max_uses: Some(Sited::new(At(0), 4)), ..WebSearch::default() };
    let tools = vec![
        Tool { at: At(0), kind: ToolKind::WebSearch(search), cache: None },
        Tool {
            at: At(0),
            kind: ToolKind::Function(Function {
                name: "f".into(),
                strict: Some(Sited::new(At(0), false)),
                ..Function::default()
            }),
            cache: None,
        },
    ];
    let doc = Doc::parse("true").expect("JSON");
    let ask = ReasoningAsk { mode: Mode::Off, show: Some(Sited::new(At(0), true)), ..ReasoningAsk::default() };
    let request = Request {
        tools,
        tool_choice: Some(Sited::new(At(0), ToolChoice::Validated)),
        reasoning: Some(Sited::new(At(0), ask)),
        output: Some(Sited::new(At(0), Output::JsonObject)),
        asked: vec![Asked::new(Feature::Logprobs, doc.root())],
        ..Request::default()
    };
    let (body, _) = encoded(&request);
    let expected = json!({"model": "gpt-5", "store": false, "tools": [{"type": "web_search"},
        {"type": "function", "name": "f", "parameters": {"type": "object", "properties": {}}, "strict": false}],
        "tool_choice": "auto", "reasoning": {"effort": "none", "summary": "auto"},
        "text": {"format": {"type": "json_object"}},
        "include": ["reasoning.encrypted_content", "message.output_text.logprobs", "web_search_call.action.sources"],
        "max_tool_calls": 4, "input": []});
    assert_eq!(body, expected);
}
