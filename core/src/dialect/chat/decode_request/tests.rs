use super::*;
use crate::dialect::canonical::carrier::{self, Origin};
use crate::dialect::canonical::read::Doc;
use crate::dialect::canonical::request::Shown;
use crate::dialect::canonical::{Arguments, Detail, Part, PartKind, Reasoning, Role, Source, Ttl, Turn, Vendor};

/// Decodes and asks about what was read; answers what was reported.
fn decoded(body: &str, ask: impl FnOnce(&Request<'_>, &Caller)) -> String {
    let doc = Doc::parse(body).expect("JSON");
    let mut report = Report::default();
    let (request, caller) = decode(doc.root(), &mut report).unwrap_or_else(|refusal| {
        panic!("{}: {}", refusal.path(&doc), refusal.message());
    });
    ask(&request, &caller);
    report.header(&doc).unwrap_or_default()
}

fn turns(messages: &str, ask: impl FnOnce(&[Turn<'_>])) -> String {
    decoded(&format!(r#"{{"model":"m","messages":{messages}}}"#), |request, _| ask(&request.turns))
}

fn refused(body: &str) -> (String, String, bool) {
    let doc = Doc::parse(body).expect("JSON");
    let refusal = decode(doc.root(), &mut Report::default()).expect_err(body);
    (refusal.path(&doc), refusal.message().to_owned(), refusal.is_unsupported())
}

fn with(fields: &str) -> String {
    format!(r#"{{"model":"m","messages":[],{fields}}}"#)
}

/// A part in a few words.
fn brief(part: &Part<'_>) -> String {
    match &part.kind {
        PartKind::Text(text) => format!("text {text}"),
        PartKind::Refusal(text) => format!("refusal {text}"),
        PartKind::Image { source: Source::Base64 { mime, data }, .. } => format!("image {mime} {data}"),
        PartKind::Image { source: Source::Url { url, .. }, .. } => format!("image {url}"),
        PartKind::Document { source, title, .. } => {
            format!("document {} {source:?}", title.as_ref().map_or("", |title| &title.is))
        }
        PartKind::Audio(Source::Base64 { mime, data }) => format!("audio {mime} {data}"),
        PartKind::Call(call) => match &call.arguments {
            Arguments::Json(text) => format!("call {} {} {text}", call.id, call.name),
            Arguments::Free(text) => format!("custom {} {} {text}", call.id, call.name),
        },
        PartKind::Result { call, content, .. } => {
            format!("result {call} [{}]", content.iter().map(brief).collect::<Vec<_>>().join(", "))
        }
        PartKind::Reasoning(Reasoning { shown, texts, signed, .. }) => {
            let signed = signed.as_ref().map(|signed| format!("{:?}:{}", signed.origin.vendor, signed.bytes));
            format!("{shown:?} {texts:?} {}", signed.unwrap_or_default())
        }
        other => format!("{other:?}"),
    }
}

fn briefs(turn: &Turn<'_>) -> Vec<String> {
    turn.parts.iter().map(brief).collect()
}

#[test]
fn messages_are_turns_and_results_of_a_step_one_turn() {
    let report = turns(
        r#"[
            {"role":"system","content":"s"},
            {"role":"developer","content":[{"type":"text","text":"d"}]},
            {"role":"user","name":"ann","content":[{"type":"text","text":"q"},{"type":"image_url","image_url":{"url":"data:image/jpg;base64,aGk=","detail":"low"}}]},
            {"role":"assistant","content":null,"refusal":null,"annotations":[],"tool_calls":[
                {"id":"c1","type":"function","function":{"name":"f","arguments":"{\"n\":12345678901234567890}"}},
                {"id":"c2","index":1,"function":{"name":"g","arguments":{"a":1}}},
                {"id":"c3","type":"custom","custom":{"name":"h","input":"x"}}]},
            {"role":"tool","name":"f","tool_call_id":"c1","content":"r1"},
            {"role":"tool","name":"g","tool_call_id":"c2","content":[{"type":"text","text":"r2"},{"type":"image_url","image_url":"https://x/y.png"}]},
            {"role":"tool","tool_call_id":"c3","content":null},
            {"role":"user","content":"more"},
            {"role":"system","content":"now"},
            {"role":"assistant","content":[{"type":"text","text":"a"},{"type":"refusal","refusal":"no"}],"refusal":"never"}
        ]"#,
        |turns| {
            let roles: Vec<Role> = turns.iter().map(|turn| turn.role).collect();
            use Role::{Assistant, Developer, System, User};
            assert_eq!(roles, [System, Developer, User, Assistant, User, User, System, Assistant]);
            assert_eq!(turns[2].name.as_ref().map(|name| &*name.is), Some("ann"));
            assert_eq!(briefs(&turns[2]), ["text q", "image image/jpeg aGk="]);
            let PartKind::Image { detail: Some(detail), .. } = &turns[2].parts[1].kind else { panic!("a detail") };
            assert_eq!(detail.is, Detail::Low);
            assert_eq!(
                briefs(&turns[3]),
                [r#"call c1 f {"n":12345678901234567890}"#, r#"call c2 g {"a":1}"#, "custom c3 h x"]
            );
            assert_eq!(
                briefs(&turns[4]),
                ["result c1 [text r1]", "result c2 [text r2, image https://x/y.png]", "result c3 []"]
            );
            assert_eq!(briefs(&turns[5]), ["text more"]);
            assert_eq!(briefs(&turns[7]), ["text a", "refusal no", "refusal never"]);
        },
    );
    assert_eq!(report, "");
}

#[test]
fn functions_are_tools_and_their_calls_have_ids() {
    let body = r#"{"messages":[
            {"role":"assistant","content":null,"function_call":{"name":"f","arguments":"{}"}},
            {"role":"function","name":"f","content":"1"},
            {"role":"assistant","content":null,"function_call":{"name":"f","arguments":"{}"}},
            {"role":"function","name":"f","content":"2"}],
        "functions":[{"name":"f","parameters":{"type":"object"}}],"function_call":{"name":"f"}}"#;
    let report = decoded(body, |request, caller| {
        assert!(caller.legacy_functions);
        assert_eq!(request.parallel_tools.map(|parallel| parallel.is), Some(false));
        let parts: Vec<String> = request.parts().map(brief).collect();
        let expected = ["call gl_0_0 f {}", "result gl_0_0 [text 1]", "call gl_2_0 f {}", "result gl_2_0 [text 2]"];
        assert_eq!(parts, expected);
        assert!(
            matches!(&request.tool_choice, Some(choice) if choice.is == crate::dialect::canonical::ToolChoice::One("f".into()))
        );
        assert!(matches!(&request.tools[0].kind, ToolKind::Function(function) if function.name == "f"));
    });
    assert_eq!(report, "");
}

#[test]
fn files_are_what_they_are() {
    let report = turns(
        r#"[{"role":"user","content":[
            {"type":"file","file":{"file_data":"data:application/pdf;base64,JVBERi0=","filename":"a.pdf"}},
            {"type":"file","file":{"file_id":"file-1"}},
            {"type":"file","file":{"file_data":"https://x/a.pdf"}},
            {"type":"file","file":{"file_data":"data:image/png;base64,aGk="}},
            {"type":"input_audio","input_audio":{"data":"aGk","format":"wav"}},
            {"type":"text","text":"x","prompt_cache_breakpoint":{"mode":"explicit","ttl":"12h"},"new":1},
            {"type":"text","text":"y","cache_control":{"type":"ephemeral","ttl":"1h"}}]}]"#,
        |turns| {
            let parts = briefs(&turns[0]);
            assert!(parts[0].starts_with("document a.pdf Base64"), "{}", parts[0]);
            assert!(parts[1].contains("FileId") && parts[1].contains("OpenAi"), "{}", parts[1]);
            assert!(parts[2].contains("Url"), "{}", parts[2]);
            assert_eq!(parts[3..5], ["image image/png aGk=", "audio audio/wav aGk="]);
            let ttls: Vec<_> = turns[0].parts.iter().filter_map(|part| part.cache?.ttl).collect();
            assert_eq!(ttls, [Ttl::H12, Ttl::H1]);
        },
    );
    assert_eq!(report, "messages[0].content[5].new=unknown");
}

#[test]
fn reasoning_comes_back_to_its_own_block() {
    let origin = Origin { vendor: Vendor::Anthropic, scope: "".into(), model: "m".into() };
    let tagged = |bytes| carrier::tag(&origin, None, bytes);
    let detail = |id: &str, bytes| {
        let id = if id.is_empty() { String::new() } else { format!(r#""id":"{id}","#) };
        format!(r#"{{"type":"reasoning.encrypted",{id}"data":"{}"}}"#, tagged(bytes))
    };
    let google = carrier::tag(&Origin { vendor: Vendor::Google, ..origin.clone() }, None, "g");
    for (text, details, expected) in [
        ("thought", String::new(), vec![r#"Raw ["thought"] "#]),
        // One block; two, with what links them; a signature without a text (trap 25), and one that never had any.
        ("thought", detail("gl_7", "s"), vec![r#"Summary ["thought"] Anthropic:s"#]),
        (
            "één\\n\\ntwo",
            [detail("gl_3", "s"), detail("", "h"), detail("gl_3", "t")].join(","),
            vec![r#"Summary ["één"] Anthropic:s"#, "Hidden [] Anthropic:h", r#"Summary ["two"] Anthropic:t"#],
        ),
        ("", detail("gl_0", "s"), vec!["Summary [] Anthropic:s"]),
        // The text was changed on the way.
        ("changed", detail("gl_3", "s"), vec![r#"Summary ["changed"] Anthropic:s"#]),
        // OpenRouter's own, whole.
        (
            "t",
            r#"{"type":"reasoning.text","text":"t","signature":"x","index":0}"#.to_owned(),
            vec![r#"Raw ["t"] Other:{"type":"reasoning.text","text":"t","signature":"x","index":0}"#],
        ),
        ("t", r#"{"type":"reasoning.summary","summary":"t"}"#.to_owned(), vec![r#"Summary ["t"] "#]),
        (
            "t",
            r#"{"type":"reasoning.encrypted","data":"x"}"#.to_owned(),
            vec![r#"Raw ["t"] "#, r#"Hidden [] Other:{"type":"reasoning.encrypted","data":"x"}"#],
        ),
    ] {
        let messages = format!(
            r#"[{{"role":"assistant","content":"a","reasoning_content":"{text}","reasoning":"{text}","reasoning_details":[{details}]}}]"#
        );
        let report = turns(&messages, |turns| {
            let parts = briefs(&turns[0]);
            assert_eq!(parts[..parts.len() - 1], expected, "{text} {details}");
            assert_eq!(parts.last().map(String::as_str), Some("text a"));
        });
        assert_eq!(report, "");
    }
    // Gemini's stand on the call, or on the last part.
    let messages = format!(
        r#"[{{"role":"assistant","content":"a","reasoning_details":[{{"type":"reasoning.encrypted","data":"{google}"}}]}},
            {{"role":"assistant","tool_calls":[{{"id":"c","function":{{"name":"f","arguments":""}},"extra_content":{{"google":{{"thought_signature":"{google}"}}}}}}]}},
            {{"role":"assistant","content":"b","extra_content":{{"google":{{"thought_signature":"own"}}}}}}]"#
    );
    turns(&messages, |turns| {
        assert_eq!(briefs(&turns[0]), ["text a", "Hidden [] Google:g"]);
        let PartKind::Call(call) = &turns[1].parts[0].kind else { panic!("a call") };
        assert_eq!(call.signed.as_ref().map(|signed| &*signed.bytes), Some("g"));
        assert_eq!(briefs(&turns[2]), ["text b", "Hidden [] Google:own"]);
    });
    let mistral = r#"[{"role":"assistant","content":[{"type":"thinking","thinking":[{"type":"text","text":"t"}],"closed":true},{"type":"text","text":"a"}]}]"#;
    turns(mistral, |turns| assert_eq!(briefs(&turns[0]), [r#"Raw ["t"] "#, "text a"]));
    assert!(matches!(Shown::default(), Shown::Summary));
}

#[test]
fn reasoning_is_asked_for_in_three_ways() {
    for (fields, mode, effort, budget, show, report) in [
        (r#""reasoning_effort":"low""#, Mode::Default, Some(Effort::Low), None, true, ""),
        (r#""reasoning_effort":"none""#, Mode::Default, Some(Effort::None), None, true, ""),
        (r#""reasoning":{"effort":"high","exclude":true}"#, Mode::Default, Some(Effort::High), None, false, ""),
        (r#""reasoning":{"max_tokens":2000}"#, Mode::Default, None, Some(2000), true, ""),
        (r#""reasoning":{"enabled":false}"#, Mode::Off, None, None, true, ""),
        (r#""thinking":{"type":"enabled","budget_tokens":1024}"#, Mode::On, None, Some(1024), true, ""),
        (r#""thinking":{"type":"disabled"}"#, Mode::Off, None, None, true, ""),
        (
            r#""reasoning_effort":"low","reasoning":{"effort":"high","depth":1}"#,
            Mode::Default,
            Some(Effort::Low),
            None,
            true,
            "reasoning.effort=dropped, reasoning.depth=unknown",
        ),
    ] {
        let reported = decoded(&with(fields), |request, _| {
            let ask = &request.reasoning.as_ref().expect(fields).is;
            assert_eq!((ask.mode, ask.effort.map(|effort| effort.is)), (mode, effort), "{fields}");
            assert_eq!(ask.budget.map(|budget| budget.is), budget, "{fields}");
            assert_eq!(ask.show.map(|show| show.is), Some(show), "{fields}");
        });
        assert_eq!(reported, report, "{fields}");
    }
}

#[test]
fn defaults_and_nulls_ask_for_nothing() {
    let fields = r#""n":1,"logprobs":false,"top_logprobs":null,"frequency_penalty":0,"presence_penalty":0,"logit_bias":{},
        "metadata":{ },"store":false,"service_tier":"auto","verbosity":"medium","stop":null,"tools":null,"tool_choice":null,
        "response_format":{"type":"text"},"modalities":["text"],"stream":false,"stream_options":{"include_obfuscation":true},
        "user":null,"reasoning_effort":null,"function_call":null,"functions":null,"web_search_options":null"#;
    let report = decoded(&with(fields), |request, caller| {
        assert!(request.asked.is_empty() && request.tools.is_empty() && request.stop.is_empty(), "{request:?}");
        assert!(request.output.is_none() && request.tool_choice.is_none() && request.reasoning.is_none());
        assert!(!request.stream && !caller.legacy_functions && !caller.logprobs);
    });
    assert_eq!(report, "");
}

#[test]
fn one_field_wins_over_its_older_name() {
    let report = decoded(
        &with(r#""max_tokens":5,"max_completion_tokens":7,"user":"u","safety_identifier":"s","stop":"x""#),
        |request, _| {
            assert_eq!(request.max_output.map(|limit| limit.is), Some(7));
            let user: Vec<&str> = request.asked.iter().map(|asked| &*asked.json).collect();
            assert_eq!(user, ["\"s\""]);
            assert_eq!(request.stop[0].is, "x");
        },
    );
    assert_eq!(report, "max_tokens=dropped, user=dropped");
    assert_eq!(decoded(&with(r#""max_tokens":7,"max_completion_tokens":7,"x":null"#), |_, _| {}), "");
}

#[test]
fn sound_is_asked_for_by_modalities() {
    decoded(&with(r#""audio":{"voice":"alloy","format":"wav"}"#), |request, _| {
        assert_eq!(request.asked[0].feature, Feature::AudioVoice);
    });
    decoded(&with(r#""audio":{"voice":"alloy","format":"wav"},"modalities":["text","audio"]"#), |request, _| {
        assert!(request.asked.iter().all(|asked| asked.feature == Feature::AudioOutput) && request.asked.len() == 2);
    });
}

#[test]
fn web_search_is_a_tool() {
    let fields = r#""web_search_options":{"search_context_size":"low","user_location":{"type":"approximate","approximate":{"city":"Graz"}},"new":1},
        "tools":[{"type":"function","function":{"name":"f","strict":true,"defer_loading":true}}]"#;
    decoded(&with(fields), |request, _| {
        let ToolKind::WebSearch(search) = &request.tools[1].kind else { panic!("last") };
        assert_eq!(search.context.as_ref().map(|context| &*context.is), Some("low"));
        assert!(search.location.is_some_and(|location| location.get("city").is_some_and(|city| city.is("Graz"))));
        assert_eq!(search.extra.len(), 1);
        let ToolKind::Function(function) = &request.tools[0].kind else { panic!("first") };
        assert_eq!(function.extra.len(), 1);
    });
}

#[test]
fn what_nobody_knows_is_reported_and_variants_are_refused() {
    let report = decoded(
        r#"{"messages":[{"role":"user","content":"x","phase":1,"tool_calls":[{}]}],"new_field":1,"stream_options":{"x":1},"tools":[{"type":"function","function":{"name":"f"},"y":1}]}"#,
        |_, _| {},
    );
    assert_eq!(
        report,
        "messages[0].phase=unknown, messages[0].tool_calls=unknown, new_field=unknown, stream_options.x=unknown, tools[0].y=unknown"
    );
    for (body, path, unsupported) in [
        (r#"{}"#, "messages", false),
        (r#"{"messages":{}}"#, "messages", false),
        (r#"{"messages":[{"content":"x"}]}"#, "messages[0].role", false),
        (r#"{"messages":[{"role":"robot","content":"x"}]}"#, "messages[0].role", false),
        (r#"{"messages":[{"role":"user"}]}"#, "messages[0].content", false),
        (r#"{"messages":[{"role":"user","content":7}]}"#, "messages[0].content", false),
        (r#"{"messages":[{"role":"user","content":"\ud800"}]}"#, "messages[0].content", false),
        (r#"{"messages":[{"role":"user","content":[{"type":"hologram"}]}]}"#, "messages[0].content[0].type", false),
        (r#"{"messages":[{"role":"user","content":[{"type":"text"}]}]}"#, "messages[0].content[0].text", false),
        (r#"{"messages":[{"role":"user","content":[{"text":"x"}]}]}"#, "messages[0].content[0].type", false),
        (
            r#"{"messages":[{"role":"user","content":[{"type":"image_url","image_url":{"url":"data:nothing"}}]}]}"#,
            "messages[0].content[0].image_url.url",
            false,
        ),
        (r#"{"messages":[{"role":"tool","content":"x"}]}"#, "messages[0].tool_call_id", false),
        (
            r#"{"messages":[{"role":"assistant","tool_calls":[{"type":"function","function":{"name":"f"}}]}]}"#,
            "messages[0].tool_calls[0].id",
            false,
        ),
        (r#"{"messages":[{"role":"assistant","audio":{"id":"a"}}]}"#, "messages[0].audio", true),
        (r#"{"messages":[],"tools":[{"type":"web_search"}]}"#, "tools[0].type", false),
        (r#"{"messages":[],"tools":[{"type":"function","name":"f"}]}"#, "tools[0].function", false),
        (r#"{"messages":[],"tools":[{"type":"function","function":{}}]}"#, "tools[0].function.name", false),
        (r#"{"messages":[],"tool_choice":"maybe"}"#, "tool_choice", false),
        (r#"{"messages":[],"tool_choice":{"type":"mcp"}}"#, "tool_choice.type", false),
        (r#"{"messages":[],"response_format":{"type":"xml"}}"#, "response_format.type", false),
        (r#"{"messages":[],"reasoning_effort":"enormous"}"#, "reasoning_effort", false),
        (r#"{"messages":[],"temperature":"hot"}"#, "temperature", false),
        (r#"{"messages":[],"max_tokens":1.5}"#, "max_tokens", false),
        (r#"{"messages":[],"stream":"yes"}"#, "stream", false),
        (r#"{"messages":[],"stop":[1]}"#, "stop[0]", false),
    ] {
        let (told, message, lacks) = refused(body);
        assert_eq!((told.as_str(), lacks), (path, unsupported), "{body}: {message}");
    }
}
