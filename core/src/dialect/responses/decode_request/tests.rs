use super::*;
use crate::dialect::canonical::read::Doc;
use crate::dialect::canonical::{Arguments, PartKind, Shown, Source, ToolChoice, ToolKind, Ttl, Vendor};

/// Decodes a body and shows what is asked for.
fn with<T>(body: &str, look: impl FnOnce(&Request<'_>, &Caller, Option<String>) -> T) -> T {
    let doc = Doc::parse(body).expect("JSON");
    let mut report = Report::default();
    let (request, caller) = decode(doc.root(), &mut report).unwrap_or_else(|refusal| panic!("{refusal:?}"));
    look(&request, &caller, report.header(&doc))
}

fn refused(body: &str) -> (String, String, bool) {
    let doc = Doc::parse(body).expect("JSON");
    let refusal = decode(doc.root(), &mut Report::default()).expect_err("a refusal");
    (refusal.path(&doc), refusal.message().to_owned(), refusal.is_unsupported())
}

/// The turns as short words: a role and what it says.
fn turns(request: &Request<'_>) -> Vec<String> {
    let say = |part: &Part<'_>| match &part.kind {
        PartKind::Text(text) => format!("{text:?}"),
        PartKind::Refusal(text) => format!("refusal {text:?}"),
        PartKind::Image { source, detail } => format!("image {source:?} {:?}", detail.map(|detail| detail.is)),
        PartKind::Document { source, title, .. } => {
            format!("file {source:?} {:?}", title.as_ref().map(|title| &title.is))
        }
        PartKind::Audio(source) => format!("audio {source:?}"),
        PartKind::Call(call) => format!("call {} {:?}.{} {:?}", call.id, call.namespace, call.name, call.arguments),
        PartKind::Result { call, content, .. } => {
            let texts: Vec<_> = content
                .iter()
                .map(|part| match &part.kind {
                    PartKind::Text(text) => text.to_string(),
                    _ => "…".to_owned(),
                })
                .collect();
            format!("result {call} {}", texts.join("|"))
        }
        PartKind::Reasoning(reasoning) => {
            let signed = reasoning.signed.as_ref().map(|signed| (&*signed.bytes, signed.origin.vendor));
            format!("{:?} {:?} {signed:?} {:?}", reasoning.shown, reasoning.texts, reasoning.id)
        }
        PartKind::Server(json) => format!("server {}", json.0),
        _ => "?".to_owned(),
    };
    request
        .turns
        .iter()
        .map(|turn| format!("{:?}: {}", turn.role, turn.parts.iter().map(say).collect::<Vec<_>>().join(", ")))
        .collect()
}

/// What Codex 0.169 sends, in the second step of a turn.
const CODEX: &str = r#"{"model":"gpt-5.4","instructions":"You are Codex.","input":[
 {"type":"message","role":"developer","content":[{"type":"input_text","text":"<permissions>"}]},
 {"type":"message","role":"user","content":[{"type":"input_text","text":"fix it"},{"type":"input_image","image_url":"data:image/png;base64,aGk="}]},
 {"type":"reasoning","summary":[{"type":"summary_text","text":"**Look**"}],"content":null,"encrypted_content":"gAAA"},
 {"type":"message","role":"assistant","content":[{"type":"output_text","text":"On it."}],"phase":"commentary"},
 {"type":"function_call","name":"exec_command","arguments":"{\"cmd\":\"ls\"}","call_id":"call_1"},
 {"type":"custom_tool_call","status":"completed","call_id":"call_2","name":"apply_patch","input":"*** Begin Patch\n"},
 {"type":"web_search_call","status":"completed","action":{"type":"search","query":"x"}},
 {"type":"function_call_output","call_id":"call_1","output":[{"type":"input_text","text":"a"},{"type":"input_image","image_url":"data:image/png;base64,aGk="}]},
 {"type":"custom_tool_call_output","call_id":"call_2","output":"Done"}],
 "tools":[{"type":"function","name":"exec_command","description":"d","strict":false,"parameters":{"type":"object","properties":{"cmd":{"type":"string"}}}},
 {"type":"custom","name":"apply_patch","description":"p","format":{"type":"grammar","syntax":"lark","definition":"start: x"}},
 {"type":"tool_search","execution":"client","description":"s","parameters":{"type":"object"}},
 {"type":"web_search","external_web_access":false,"search_content_types":["text","image"]},
 {"type":"namespace","name":"mcp__git","description":"Git","tools":[{"type":"function","name":"log","parameters":{}}]}],
 "tool_choice":"auto","parallel_tool_calls":true,"reasoning":{"effort":"xhigh","summary":"auto"},"store":false,"stream":true,
 "include":["reasoning.encrypted_content"],"prompt_cache_key":"k","text":{"verbosity":"low"},"client_metadata":{"x":"y"}}"#;

#[test]
fn codex_is_understood() {
    with(CODEX, |request, caller, header| {
        assert_eq!(
            turns(request),
            [
                r#"System: "You are Codex.""#,
                r#"Developer: "<permissions>""#,
                r#"User: "fix it", image Base64 { mime: "image/png", data: "aGk=" } None"#,
                concat!(
                    r#"Assistant: Summary ["**Look**"] Some(("gAAA", OpenAi)) None, "On it.", "#,
                    r#"call call_1 None.exec_command Json("{\"cmd\":\"ls\"}"), "#,
                    r#"call call_2 None.apply_patch Free("*** Begin Patch\n"), "#,
                    r#"server {"type":"web_search_call","status":"completed","action":{"type":"search","query":"x"}}"#
                ),
                "User: result call_1 a|…, result call_2 Done",
            ]
        );
        assert_eq!(header.as_deref(), Some("tools[4].description=dropped"));
        assert!(caller.encrypted_reasoning && caller.tool_search && request.stream);
        let kinds: Vec<_> = request
            .tools
            .iter()
            .map(|tool| match &tool.kind {
                ToolKind::Function(tool) => format!("{:?}.{} {}", tool.namespace, tool.name, tool.searches_tools),
                ToolKind::Custom(tool) => format!("{} {:?}", tool.name, tool.grammar.as_ref().map(|it| &it.is)),
                ToolKind::WebSearch(tool) => format!("web {} {:?}", tool.offline.is_some(), tool.extra.len()),
                ToolKind::Server(tool) => tool.kind.to_string(),
            })
            .collect();
        assert_eq!(
            kinds,
            [
                "None.exec_command false",
                r#"apply_patch Some(("lark", "start: x"))"#,
                "None.tool_search true",
                "web true 1",
                r#"Some("mcp__git").log false"#
            ]
        );
        let reasoning = request.reasoning.as_ref().map(|ask| &ask.is).expect("reasoning");
        assert_eq!(reasoning.effort.map(|effort| effort.is), Some(Effort::XHigh));
        assert_eq!((reasoning.show.map(|show| show.is), reasoning.summary.as_deref()), (Some(true), Some("auto")));
        let asked: Vec<_> = request.asked.iter().map(|asked| (asked.feature, &*asked.json)).collect();
        assert_eq!(
            asked,
            [
                (Feature::Store, "false"),
                (Feature::CacheKey, "\"k\""),
                (Feature::Verbosity, "\"low\""),
                (Feature::ResponsesHint, r#"{"x":"y"}"#)
            ]
        );
    });
}

#[test]
fn a_text_is_one_message() {
    with(
        r#"{"model":"m","input":"hi","background":false,"truncation":"disabled","metadata":{},"user":null}"#,
        |request, _, header| {
            assert_eq!(turns(request), [r#"User: "hi""#]);
            assert!(request.asked.is_empty() && header.is_none());
        },
    );
}

/// Codex 0.171 tells the model of a goal so.
#[test]
fn a_result_that_answers_no_call_is_said() {
    let body = r#"{"input":[
        {"type":"function_call","call_id":"1","name":"create_goal","arguments":"{}"},
        {"type":"function_call_output","id":"fco_2","name":"goal_objective","namespace":"agent","output":"Paint it"},
        {"type":"function_call_output","call_id":"1","output":"x"},
        {"type":"function_call_output","call_id":null,"output":"y"}]}"#;
    with(body, |request, _, header| {
        assert_eq!(
            turns(request),
            [
                r#"Assistant: call 1 None.create_goal Json("{}")"#,
                "User: result 1 x",
                r#"User: "[result of agent.goal_objective]", "Paint it""#,
                r#"User: "[result]", "y""#,
            ]
        );
        assert_eq!(header.as_deref(), Some("input[1]=inlined, input[2]=moved, input[3]=inlined"));
    });
}

#[test]
fn results_stand_behind_their_calls() {
    let body = r#"{"input":[
        {"role":"user","content":"a"},
        {"type":"function_call","call_id":"1","name":"f","arguments":{"big":12345678901234567890}},
        {"type":"function_call","call_id":"2","name":"f","arguments":""},
        {"type":"function_call_output","call_id":"1","output":"x"},
        {"role":"user","content":"b"},
        {"type":"function_call_output","call_id":"2","output":"y"},
        {"role":"assistant","content":[{"type":"refusal","refusal":"no"}]},
        {"role":"user","content":"c"},
        {"type":"function_call_output","call_id":"3","output":"z"}]}"#;
    with(body, |request, _, header| {
        assert_eq!(
            turns(request),
            [
                r#"User: "a""#,
                r#"Assistant: call 1 None.f Json("{\"big\":12345678901234567890}"), call 2 None.f Json("")"#,
                "User: result 1 x, result 2 y",
                r#"User: "b""#,
                r#"Assistant: refusal "no""#,
                "User: result 3 z",
                r#"User: "c""#,
            ]
        );
        assert_eq!(header.as_deref(), Some("input[5]=moved, input[8]=moved"));
    });
    with(
        r#"{"input":[{"type":"function_call_output","call_id":"1","output":"x"},{"type":"function_call_output","call_id":"2","output":""}]}"#,
        |request, _, header| {
            assert_eq!((turns(request), header), (vec!["User: result 1 x, result 2 ".to_owned()], None));
        },
    );
}

#[test]
fn reasoning_says_what_it_shows() {
    let body = r#"{"input":[
        {"type":"reasoning","id":"rs_1","summary":[],"encrypted_content":"e"},
        {"type":"reasoning","id":"rs_2","summary":[{"type":"summary_text","text":""}],"encrypted_content":"gl1.YXx8Y2xhdWRlfA.sig"},
        {"type":"reasoning","id":"rs_3","summary":[],"content":[{"type":"reasoning_text","text":"raw"}]}]}"#;
    with(body, |request, _, _| {
        let parts: Vec<_> = request
            .parts()
            .filter_map(|part| match &part.kind {
                PartKind::Reasoning(reasoning) => Some(reasoning),
                _ => None,
            })
            .collect();
        assert_eq!(
            parts.iter().map(|part| part.shown).collect::<Vec<_>>(),
            [Shown::Hidden, Shown::Summary, Shown::Raw]
        );
        let signed = parts[1].signed.as_ref().expect("signed");
        assert_eq!((&*signed.bytes, signed.origin.vendor), ("sig", Vendor::Anthropic));
        assert_eq!((parts[1].texts.len(), parts[2].signed.is_none()), (1, true));
    });
}

#[test]
fn tools_that_were_found_join_the_others_once() {
    let body = r#"{"tools":[{"type":"function","name":"a","defer_loading":true,"parameters":{},"async":false,"allowed_callers":["direct"],"output_schema":{}}],
        "input":[{"type":"additional_tools","role":"developer","tools":[{"type":"custom","name":"b"}]},
        {"type":"tool_search_call","call_id":"s","execution":"client","arguments":{"query":"q"},"status":"completed"},
        {"type":"tool_search_output","call_id":"s","execution":"client","status":"completed","tools":[
            {"type":"function","name":"a","parameters":{}},
            {"type":"namespace","name":"n","description":"","tools":[{"type":"function","name":"c","defer_loading":true}]}]},
        {"type":"tool_search_call","execution":"server","arguments":{}}]}"#;
    with(body, |request, _, header| {
        let names: Vec<_> = request.tools.iter().filter_map(tools::name).collect();
        assert_eq!(names, ["a", "b", "n__c"]);
        for tool in &request.tools {
            if let ToolKind::Function(tool) = &tool.kind {
                assert!(tool.defer.is_none());
                assert!(tool.name != "a" || tool.extra.iter().map(|(key, _)| &**key).eq(["output_schema"]));
            }
        }
        assert_eq!(
            turns(request),
            [
                r#"Assistant: call s None.tool_search Json("{\"query\":\"q\"}")"#,
                "User: result s Tool available: a|Tool available: n__c",
                r#"Assistant: server {"type":"tool_search_call","execution":"server","arguments":{}}"#,
            ]
        );
        assert_eq!(header, None);
    });
}

#[test]
fn parts_are_read_as_clients_write_them() {
    let body = r#"{"input":[{"role":"user","content":[
        {"type":"input_text","text":"t","prompt_cache_breakpoint":{"mode":"explicit","ttl":"12h"},"new":1},
        {"type":"input_image","image_url":{"url":"https://x/y"},"detail":"original"},
        {"type":"input_image","file_id":"file-1","detail":"auto"},
        {"type":"input_file","file_data":"data:application/pdf;base64,aGk","filename":"a.pdf","detail":"high"},
        {"type":"input_file","file_data":"aGk_","filename":"a.txt"},
        {"type":"input_file","file_url":"https://x/a.pdf"},
        {"type":"input_audio","input_audio":{"data":"aGk=","format":"mp3"}}]}]}"#;
    with(body, |request, _, header| {
        assert_eq!(
            turns(request),
            [concat!(
                r#"User: "t", image Url { url: "https://x/y", mime: None } Some(Original), "#,
                r#"image FileId { id: "file-1", vendor: OpenAi } Some(Auto), "#,
                r#"file Base64 { mime: "application/pdf", data: "aGk=" } Some("a.pdf"), "#,
                r#"file Base64 { mime: "text/plain", data: "aGk/" } Some("a.txt"), "#,
                r#"file Url { url: "https://x/a.pdf", mime: None } None, "#,
                r#"audio Base64 { mime: "audio/mp3", data: "aGk=" }"#
            )]
        );
        assert_eq!(request.turns[0].parts[0].cache.and_then(|mark| mark.ttl), Some(Ttl::H12));
        let expected = "input[0].content[0].new=unknown, input[0].content[3].detail=dropped";
        assert_eq!(header.as_deref(), Some(expected));
    });
}

#[test]
fn what_no_other_api_has_is_refused_by_its_path() {
    let unsupported = [
        (r#"{"input":[{"id":"msg_1"}]}"#, "input[0]"),
        (r#"{"input":[{"type":"item_reference","id":"msg_1"}]}"#, "input[0]"),
        (r#"{"input":[{"role":"user","content":"a"},{"type":"compaction","encrypted_content":"x"}]}"#, "input[1]"),
        (r#"{"input":[{"type":"mcp_call","id":"x"}]}"#, "input[0]"),
        (
            r#"{"input":[{"type":"function_call","call_id":"1","name":"f","arguments":"{}","caller":{"type":"program","caller_id":"p"}}]}"#,
            "input[0].caller",
        ),
        (
            r#"{"input":"a","tools":[{"type":"custom","name":"f","allowed_callers":["programmatic"]}]}"#,
            "tools[0].allowed_callers",
        ),
    ];
    for (body, path) in unsupported {
        let (at, message, unsupported) = refused(body);
        assert_eq!((at.as_str(), unsupported), (path, true), "{message}");
    }
    let invalid = [
        ("{}", "input"),
        (r#"{"input":7}"#, "input"),
        (r#"{"input":[7]}"#, "input[0]"),
        (r#"{"input":[{"type":"dream","role":"user"}]}"#, "input[0].type"),
        (r#"{"input":[{"role":"tool","content":"a"}]}"#, "input[0].role"),
        (r#"{"input":[{"role":"user","content":[{"type":"smell"}]}]}"#, "input[0].content[0].type"),
        (r#"{"input":[{"role":"user","content":[{"type":"input_text"}]}]}"#, "input[0].content[0].text"),
        (
            r#"{"input":[{"role":"user","content":[{"type":"input_image","image_url":"data:x"}]}]}"#,
            "input[0].content[0].image_url",
        ),
        (r#"{"input":[{"role":"user","content":"\ud800"}]}"#, "input[0].content"),
        (r#"{"input":"a","tools":[{"type":"dream"}]}"#, "tools[0].type"),
        (r#"{"input":"a","tool_choice":"maybe"}"#, "tool_choice"),
        (r#"{"input":"a","tool_choice":{"type":"dream"}}"#, "tool_choice.type"),
        (r#"{"input":"a","reasoning":{"effort":"huge"}}"#, "reasoning.effort"),
        (r#"{"input":"a","text":{"format":{"type":"xml"}}}"#, "text.format.type"),
        (r#"{"input":"a","text":{"format":{"type":"json_schema","name":"n"}}}"#, "text.format.schema"),
        (r#"{"input":"a","max_output_tokens":1.5}"#, "max_output_tokens"),
        (r#"{"input":"a","temperature":"hot"}"#, "temperature"),
        (r#"{"input":"a","include":"x"}"#, "include"),
    ];
    for (body, path) in invalid {
        let (at, message, unsupported) = refused(body);
        assert_eq!((at.as_str(), unsupported), (path, false), "{message}");
    }
    // State that is kept elsewhere is the target's to refuse, and stands for an input.
    with(r#"{"previous_response_id":"resp_1"}"#, |request, _, _| {
        assert!(request.asked(Feature::PreviousResponse).is_some());
    });
}

#[test]
fn choices_are_read() {
    let cases = [
        (r#""required""#, ToolChoice::Required),
        (r#"{"type":"custom","name":"f"}"#, ToolChoice::One("f".into())),
        (r#"{"type":"web_search_preview"}"#, ToolChoice::Server("web_search".into())),
        (r#"{"type":"image_generation"}"#, ToolChoice::Server("image_generation".into())),
        (
            r#"{"type":"allowed_tools","mode":"required","tools":[{"type":"function","name":"a"},{"type":"web_search"}]}"#,
            ToolChoice::Subset { names: vec!["a".into(), "web_search".into()], required: true },
        ),
    ];
    for (json, expected) in cases {
        with(&format!(r#"{{"input":"a","tool_choice":{json}}}"#), |request, _, _| {
            assert_eq!(request.tool_choice.as_ref().map(|choice| &choice.is), Some(&expected));
        });
    }
}

#[test]
fn what_is_asked_by_the_way_is_kept() {
    let body = r#"{"input":"a","top_logprobs":3,"user":"u","safety_identifier":"s","include":["web_search_call.results","file_search_call.results"],
        "prompt_cache_options":{"mode":"explicit","ttl":"30m","prewarm":true},"reasoning":{"effort":"none","mode":"pro","context":"auto"},
        "stream_options":{"include_obfuscation":false},"tools":[{"type":"web_search","filters":{"allowed_domains":["a.b"],"x":1},"user_location":{"type":"approximate","city":"B"}}],
        "metadata":{"a":"b"},"whatever":1}"#;
    with(body, |request, caller, header| {
        let mut asked: Vec<_> = request.asked.iter().map(|asked| (asked.feature, &*asked.json)).collect();
        asked.sort_by_key(|(feature, _)| *feature as u8);
        assert_eq!(
            asked,
            [
                (Feature::Logprobs, "true"),
                (Feature::TopLogprobs, "3"),
                (Feature::EndUser, "\"u\""),
                (Feature::EndUser, "\"s\""),
                (Feature::Labels, r#"{"a":"b"}"#),
                (Feature::CacheOptions, r#"{"mode":"explicit","ttl":"30m"}"#),
                (Feature::Obfuscation, "false"),
                (Feature::ReasoningMode, "\"pro\""),
                (Feature::Include, "\"file_search_call.results\""),
                (Feature::IncludeSources, "\"web_search_call.results\""),
            ]
        );
        assert!(caller.sources && caller.logprobs && !caller.encrypted_reasoning);
        let echoed: Vec<_> = caller.echo.iter().map(|(key, _)| *key).collect();
        assert_eq!(echoed, ["metadata", "reasoning", "safety_identifier", "tools", "top_logprobs", "user"]);
        let reasoning = request.reasoning.as_ref().map(|ask| ask.is.mode);
        assert_eq!(reasoning, Some(Mode::Off));
        assert_eq!(header.as_deref(), Some("prompt_cache_options.prewarm=dropped, whatever=unknown"));
        let ToolKind::WebSearch(search) = &request.tools[0].kind else { panic!("a search") };
        assert_eq!(search.allowed.as_ref().map(|list| list.is.len()), Some(1));
        assert_eq!((search.extra.len(), search.location.is_some()), (1, true));
    });
}

/// openai-python 3.57, `types/responses/response_create_params.py`: nothing official is unknown.
#[test]
fn every_official_field_has_a_row() {
    let official = "access_programs background background_options context_management conversation image include input \
        instructions max_output_tokens max_tool_calls metadata model moderation parallel_tool_calls \
        previous_response_id prompt prompt_cache_key prompt_cache_options prompt_cache_retention reasoning \
        safety_identifier service_tier store stream stream_options temperature text tool_choice tools top_logprobs top_p \
        truncation user";
    for name in official.split_whitespace() {
        assert!(FIELDS.iter().any(|field| field.path == name), "{name}");
    }
}

#[test]
fn free_text_stays_free() {
    with(r#"{"input":[{"type":"custom_tool_call","call_id":"1","name":"p","input":"{\"a\":1}"}]}"#, |request, _, _| {
        let Some(PartKind::Call(call)) = request.parts().next().map(|part| &part.kind) else { panic!("a call") };
        assert_eq!(call.arguments, Arguments::Free("{\"a\":1}".into()));
    });
    assert!(matches!(data("data:,x"), Some(Source::Base64 { .. })));
}

fn data(url: &str) -> Option<Source<'_>> {
    crate::dialect::canonical::data_url::source(url.into())
}
