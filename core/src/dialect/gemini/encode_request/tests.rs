use serde_json::{Value as Any, json};

use super::*;
use crate::dialect::Dialect;
use crate::dialect::canonical::read::Doc;
use crate::dialect::canonical::{Arguments, At, Call, Part, Quirks, Sited, Source, ToolChoice, Vendor};
use crate::provider::{ModelRow, row};

fn target(newer: bool) -> Target<'static> {
    let row = Box::leak(Box::new(ModelRow { wants_signatures: newer, media_in_results: newer, ..*row("nobody's") }));
    Target {
        dialect: Dialect::Gemini,
        model: "gemini-3",
        row,
        max_output: row.max_output,
        quirks: &Quirks::GOOGLE,
        scope: "",
        include_usage: true,
    }
}

fn encoded(request: &Request<'_>) -> Any {
    let bytes = encode(request, &target(true), &mut Report::default()).expect("a body");
    serde_json::from_slice(&bytes).expect("JSON")
}

/// What is read and written again is the same, but for: schemas are JSON schema, arrays are written out, `output` is
/// named, ids that the gateway makes up stay away.
#[test]
fn round_trip() {
    let body = json!({
        "tools": [
            {"functionDeclarations": [
                {"name": "f", "description": "d", "parametersJsonSchema": {"type": "object", "properties": {"a": {"type": "string"}}}},
                {"name": "g", "behavior": "NON_BLOCKING"},
            ]},
            {"googleSearch": {"timeRangeFilter": {"startTime": "2026-01-01T00:00:00Z", "endTime": "2026-02-01T00:00:00Z"}}},
            {"urlContext": {}},
            {"fileSearch": {"fileSearchStoreNames": ["s"]}},
        ],
        "systemInstruction": {"parts": [{"text": "one"}, {"text": "two"}]},
        "toolConfig": {
            "functionCallingConfig": {"mode": "ANY", "allowedFunctionNames": ["f", "g"]},
            "retrievalConfig": {"languageCode": "de"},
            "includeServerSideToolInvocations": true,
        },
        "generationConfig": {
            "temperature": 0.7, "topP": 0.9, "topK": 40, "candidateCount": 2, "seed": 7, "presencePenalty": 0.1, "frequencyPenalty": 0.2,
            "responseLogprobs": true, "logprobs": 3, "mediaResolution": "MEDIA_RESOLUTION_LOW", "maxOutputTokens": 100,
            "stopSequences": ["a", "b"], "responseMimeType": "application/json", "responseJsonSchema": {"type": "object"},
            "thinkingConfig": {"thinkingLevel": "HIGH", "includeThoughts": true},
            "responseModalities": ["TEXT", "IMAGE"], "imageConfig": {"aspectRatio": "1:1"}, "enableEnhancedCivicAnswers": true,
        },
        "safetySettings": [{"category": "HARM_CATEGORY_HARASSMENT", "threshold": "BLOCK_NONE"}],
        "modelArmorConfig": {"promptTemplateName": "p"},
        "cachedContent": "cachedContents/x",
        "labels": {"a": "b"},
        "serviceTier": "flex",
        "store": true,
        "outputConfig": {"gcsDestination": {}},
        "contents": [
            {"role": "user", "parts": [
                {"text": "q"},
                {"inlineData": {"mimeType": "image/png", "data": "AAAA"}, "mediaResolution": {"level": "MEDIA_RESOLUTION_ULTRA_HIGH"}},
                {"inlineData": {"mimeType": "application/pdf", "data": "AAAA"}},
                {"inlineData": {"mimeType": "text/plain", "data": "aGk="}},
                {"inlineData": {"mimeType": "audio/wav", "data": "AAAA"}},
                {"fileData": {"mimeType": "video/mp4", "fileUri": "https://a/b"}},
            ]},
            {"role": "model", "parts": [
                {"text": "thinking", "thought": true},
                {"text": "said", "thoughtSignature": "c2ln"},
                {"functionCall": {"name": "f", "args": {"n": 9007199254740993_u64}}, "thoughtSignature": "c2lnMg=="},
                {"functionCall": {"id": "own", "name": "g", "args": {}}},
                {"executableCode": {"language": "PYTHON", "code": "1"}, "thoughtSignature": "eA=="},
                {"text": "", "thoughtSignature": "bGFzdA=="},
            ]},
            {"role": "user", "parts": [
                {"functionResponse": {"name": "f", "response": {"output": "text"}}},
                {"functionResponse": {"id": "own", "name": "g", "response": {"error": {"a": 1}}, "parts": [{"inlineData": {"mimeType": "image/png", "data": "AAAA"}}]}},
            ]},
        ],
    });
    let text = body.to_string();
    let doc = Doc::parse(&text).expect("JSON");
    let mut report = Report::default();
    let (request, _) = super::super::decode_request::decode(doc.root(), &mut report).expect("a request");
    assert_eq!(report.header(&doc), None);
    assert_eq!(encoded(&request), body);
}

#[test]
fn trap_04_what_grows_is_written_last() {
    let text = r#"{"contents":[{"parts":[{"text":"q"}]}],"generationConfig":{"seed":1},"tools":[{"urlContext":{}}],"systemInstruction":{"parts":[{"text":"s"}]}}"#;
    let doc = Doc::parse(text).expect("JSON");
    let (request, _) = super::super::decode_request::decode(doc.root(), &mut Report::default()).expect("a request");
    let bytes = encode(&request, &target(true), &mut Report::default()).expect("a body");
    assert_eq!(
        String::from_utf8(bytes).expect("UTF-8"),
        r#"{"tools":[{"urlContext":{}}],"systemInstruction":{"parts":[{"text":"s"}]},"generationConfig":{"seed":1},"contents":[{"role":"user","parts":[{"text":"q"}]}]}"#
    );
}

fn said(role: Role, parts: Vec<PartKind<'static>>) -> Request<'static> {
    let parts = parts.into_iter().map(|kind| Part::new(At(0), kind)).collect();
    Request { turns: vec![Turn { at: At(0), role, parts, name: None }], ..Request::default() }
}

fn result(content: Vec<Part<'static>>, error: bool) -> PartKind<'static> {
    PartKind::Result { call: "c1".into(), name: Some("f".into()), content, json: None, error: error.then_some(At(0)) }
}

#[test]
fn results_are_objects() {
    let cases = [
        (vec![Part::text(At(0), "plain")], json!({"output": "plain"})),
        (vec![Part::text(At(0), "{\"a\":1}")], json!({"output": {"a": 1}})),
        (vec![Part::text(At(0), " [1]")], json!({"output": [1]})),
        (vec![Part::text(At(0), "{a}")], json!({"output": "{a}"})),
        (vec![Part::text(At(0), "12")], json!({"output": "12"})),
        (vec![Part::text(At(0), "a"), Part::text(At(0), "b")], json!({"output": "a\nb"})),
        (vec![], json!({"output": ""})),
    ];
    for (content, response) in cases {
        let body = encoded(&said(Role::User, vec![result(content, false)]));
        let expected = json!({"functionResponse": {"id": "c1", "name": "f", "response": response}});
        assert_eq!(body["contents"][0]["parts"][0], expected);
    }
    let body = encoded(&said(Role::User, vec![result(vec![Part::text(At(0), "no")], true)]));
    assert_eq!(body["contents"][0]["parts"][0]["functionResponse"]["response"], json!({"error": "no"}));
}

#[test]
fn trap_30_pictures_in_results_arrive() {
    let image = || {
        let source = Source::Base64 { mime: "image/png".into(), data: "AAAA".into() };
        Part::new(At(0), PartKind::Image { source, detail: None })
    };
    let request = said(Role::User, vec![result(vec![Part::text(At(0), "see"), image()], false), result(vec![], false)]);
    let picture = json!({"inlineData": {"mimeType": "image/png", "data": "AAAA"}});
    assert_eq!(encoded(&request)["contents"][0]["parts"][0]["functionResponse"]["parts"], json!([picture]));
    let mut report = Report::default();
    let bytes = encode(&request, &target(false), &mut report).expect("a body");
    let body: Any = serde_json::from_slice(&bytes).expect("JSON");
    assert_eq!(body["contents"][0]["parts"].as_array().map(Vec::len), Some(2));
    assert_eq!(body["contents"][1], json!({"role": "user", "parts": [{"text": "Image from tool call c1:"}, picture]}));
    assert!(!report.is_empty());
}

#[test]
fn trap_02_arguments_keep_their_text_and_are_objects() {
    let cases = [
        (" {\"n\": 9007199254740993} ", r#"{"n": 9007199254740993}"#, false),
        ("", "{}", false),
        (" \n", "{}", false),
        ("{\"a\":", r#"{"raw_arguments":"{\"a\":"}"#, true),
        ("[1]", r#"{"raw_arguments":"[1]"}"#, true),
    ];
    for (arguments, expected, reported) in cases {
        let call = Call {
            id: "gl_1_0".into(),
            name: "f".into(),
            namespace: None,
            arguments: Arguments::Json(arguments.into()),
            signed: None,
        };
        let mut report = Report::default();
        let request = said(Role::Assistant, vec![PartKind::Call(call)]);
        let bytes = encode(&request, &target(true), &mut report).expect("a body");
        let expected = format!(
            r#"{{"contents":[{{"role":"model","parts":[{{"functionCall":{{"name":"f","args":{expected}}}}}]}}]}}"#
        );
        assert_eq!(String::from_utf8(bytes).expect("UTF-8"), expected);
        assert_eq!(!report.is_empty(), reported, "{arguments}");
    }
}

#[test]
fn what_google_cannot_read_is_refused() {
    let file = Source::FileId { id: "file-1".into(), vendor: Vendor::OpenAi };
    let unnamed = PartKind::Result { call: "c".into(), name: None, content: vec![], json: None, error: None };
    for kind in [PartKind::Image { source: file, detail: None }, unnamed] {
        let refusal =
            encode(&said(Role::User, vec![kind]), &target(true), &mut Report::default()).expect_err("refused");
        assert!(refusal.is_unsupported());
    }
}

#[test]
fn choices_are_modes() {
    let names = || vec!["f".into()];
    let cases = [
        (None, Any::Null),
        (Some(ToolChoice::Auto), json!({"mode": "AUTO"})),
        (Some(ToolChoice::None), json!({"mode": "NONE"})),
        (Some(ToolChoice::Required), json!({"mode": "ANY"})),
        (Some(ToolChoice::Validated), json!({"mode": "VALIDATED"})),
        (Some(ToolChoice::One("f".into())), json!({"mode": "ANY", "allowedFunctionNames": ["f"]})),
        (
            Some(ToolChoice::Subset { names: names(), required: false }),
            json!({"mode": "VALIDATED", "allowedFunctionNames": ["f"]}),
        ),
        (
            Some(ToolChoice::Subset { names: names(), required: true }),
            json!({"mode": "ANY", "allowedFunctionNames": ["f"]}),
        ),
    ];
    for (choice, expected) in cases {
        let request = Request { tool_choice: choice.map(|choice| Sited::new(At(0), choice)), ..Request::default() };
        assert_eq!(encoded(&request)["toolConfig"]["functionCallingConfig"], expected);
    }
}

#[test]
fn what_only_gemini_has_keeps_its_key() {
    let body = json!({
        "generationConfig": {
            "responseMimeType": "text/x.enum",
            "response_schema": {"type": "STRING", "enum": ["a"]},
            "responseFormat": [{"audio": {}}],
        },
        "output_config": {"a": 1},
        "contents": [],
    });
    let text = body.to_string();
    let doc = Doc::parse(&text).expect("JSON");
    let (request, _) = super::super::decode_request::decode(doc.root(), &mut Report::default()).expect("a request");
    assert_eq!(encoded(&request), body);
}
