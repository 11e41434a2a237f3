use super::*;

const F: &str = r#"{"type":"function","function":{"name":"f"}}"#;
const G: &str = r#"{"type":"function","function":{"name":"g"}}"#;

fn chat(tools: &[&str], rest: &str) -> String {
    let tools = if tools.is_empty() { String::new() } else { format!(r#","tools":[{}]"#, tools.join(",")) };
    format!(r#"{{"model":"m","messages":[{{"role":"user","content":"x"}}]{tools}{rest}}}"#)
}

#[test]
fn each_choice_at_each_target() {
    let allowed = |mode: &str| {
        format!(
            r#","tool_choice":{{"type":"allowed_tools","allowed_tools":{{"mode":"{mode}","tools":[{{"type":"function","function":{{"name":"g"}}}}]}}}}"#
        )
    };
    let filtered = "tool_choice=approximated:tools-filtered";
    let cases: [(String, [&str; 5], [&str; 5]); 6] = [
        (String::new(), ["absent"; 5], [""; 5]),
        (r#","tool_choice":"auto""#.into(), ["auto"; 5], [""; 5]),
        (
            r#","tool_choice":"none""#.into(),
            ["none", "none", "none", "none", "absent"],
            ["", "", "", "", "tool_choice=approximated:tools-withheld"],
        ),
        (r#","tool_choice":"required""#.into(), ["required"; 5], [""; 5]),
        (allowed("auto"), ["some of g", "some of g", "auto", "some of g", "auto"], ["", "", filtered, "", filtered]),
        (
            allowed("required"),
            ["one of g", "one of g", "required", "one of g", "required"],
            ["", "", filtered, "", filtered],
        ),
    ];
    for (rest, expected, headers) in cases {
        for ((target, expected), header) in ALL.into_iter().zip(expected).zip(headers) {
            let seen = to(&chat(&[F, G], &rest), Dialect::Chat, target).expect("adapted");
            assert_eq!((&*seen.choice, &*seen.header), (expected, header), "{rest} {target:?}");
            let count = match (expected, header) {
                ("absent", header) if !header.is_empty() => 0,
                (_, header) if header == filtered => 1,
                _ => 2,
            };
            assert_eq!(seen.tools.len(), count, "{rest} {target:?}");
        }
        // Who only speaks as OpenAI does does not know a choice of several.
        let seen = at(&chat(&[F, G], &rest), Dialect::Chat, &compatible(Dialect::Chat)).expect("adapted");
        assert!(!seen.choice.contains(" of "), "{}", seen.choice);
    }
}

#[test]
fn validated_is_geminis() {
    let body = r#"{"contents":[{"parts":[{"text":"x"}]}],"tools":[{"functionDeclarations":[{"name":"f"}]}],"toolConfig":{"functionCallingConfig":{"mode":"VALIDATED"}}}"#;
    for target in ALL {
        let seen = to(body, Dialect::Gemini, target).expect("adapted");
        let gemini = target.0 == Dialect::Gemini;
        assert_eq!(seen.choice, if gemini { "validated" } else { "auto" });
        assert_eq!(seen.header.ends_with("=approximated"), !gemini, "{}", seen.header);
    }
}

#[test]
fn nothing_to_choose_from() {
    for target in ALL {
        for choice in ["auto", "none"] {
            let seen =
                to(&chat(&[], &format!(r#","tool_choice":"{choice}""#)), Dialect::Chat, target).expect("adapted");
            assert_eq!((&*seen.choice, &*seen.header), ("absent", ""));
        }
        for choice in [r#""required""#, r#"{"type":"function","function":{"name":"f"}}"#] {
            let refused = to(&chat(&[], &format!(r#","tool_choice":{choice}"#)), Dialect::Chat, target);
            assert!(refused.expect_err("refused").starts_with("!tool_choice: "));
        }
    }
}

#[test]
fn parallel_calls_are_turned_off_where_they_can_be() {
    for (tools, choice, asked, target, expected, chosen, header) in [
        (&[F][..], "", "false", CHAT, Some(false), "absent", ""),
        (&[F], "", "true", RESPONSES, Some(true), "absent", ""),
        (&[F], "", "false", MESSAGES, Some(false), "auto", ""),
        (&[F], "", "true", MESSAGES, None, "absent", ""),
        (&[F], r#","tool_choice":"required""#, "false", MESSAGES, Some(false), "required", ""),
        (&[F], r#","tool_choice":"none""#, "false", MESSAGES, None, "none", ""),
        (&[F], "", "false", GEMINI, None, "absent", "parallel_tool_calls=dropped"),
        (&[F], "", "true", GEMINI, None, "absent", ""),
        (&[F], "", "false", CONVERSE, Some(false), "absent", ""),
        (&[F], "", "true", CONVERSE, None, "absent", ""),
        (&[F], "", "false", (Dialect::Converse, "amazon.nova-pro"), None, "absent", "parallel_tool_calls=dropped"),
        (&[], "", "false", CHAT, None, "absent", ""),
        (&[], "", "false", MESSAGES, None, "absent", ""),
    ] {
        let body = chat(tools, &format!(r#","parallel_tool_calls":{asked}{choice}"#));
        let seen = to(&body, Dialect::Chat, target).expect("adapted");
        assert_eq!((seen.parallel, &*seen.choice, &*seen.header), (expected, chosen, header), "{body} {target:?}");
    }
    // `functions` imply it, and nobody has said it.
    let body = r#"{"model":"m","messages":[{"role":"user","content":"x"}],"functions":[{"name":"f"}]}"#;
    assert_eq!(to(body, Dialect::Chat, MESSAGES).expect("adapted").parallel, Some(false));
    assert_eq!(to(body, Dialect::Chat, GEMINI).expect("adapted").header, "");
    let body = r#"{"model":"m","max_tokens":900,"messages":[{"role":"user","content":"x"}],"tools":[{"name":"f","input_schema":{"type":"object"}}],"tool_choice":{"type":"auto","disable_parallel_tool_use":false}}"#;
    assert_eq!(to(body, Dialect::Messages, CHAT).expect("adapted").parallel, None);
}

#[test]
fn some_models_cannot_be_made_to_call() {
    for choice in [r#""required""#, r#"{"type":"function","function":{"name":"f"}}"#] {
        let body = chat(&[F], &format!(r#","tool_choice":{choice}"#));
        for dialect in [Dialect::Messages, Dialect::Converse] {
            let refused = to(&body, Dialect::Chat, (dialect, "claude-opus-5-5")).expect_err("refused");
            assert!(refused.starts_with("tool_choice: "), "{refused}");
            assert!(to(&body, Dialect::Chat, (dialect, "claude-opus-4-8")).is_ok());
        }
    }
    assert!(to(&chat(&[F], r#","tool_choice":"auto""#), Dialect::Chat, (Dialect::Messages, "claude-opus-5-5")).is_ok());
}

const HISTORY: &str = r#"{"model":"m","messages":[{"role":"user","content":"x"},
    {"role":"assistant","content":null,"tool_calls":[
        {"id":"c1","type":"function","function":{"name":"f","arguments":"{\"a\": 9007199254740993}"}},
        {"id":"c2","type":"function","function":{"name":"f","arguments":""}}]},
    {"role":"tool","tool_call_id":"c1","content":"one"},
    {"role":"tool","tool_call_id":"c2","content":[{"type":"text","text":"two"}]}]}"#;

#[test]
fn tools_in_the_history_alone() {
    let stubbed = to(HISTORY, Dialect::Chat, MESSAGES).expect("adapted");
    assert_eq!(stubbed.tools, [r#"function f {"type":"object","properties":{}}"#]);
    assert_eq!((&*stubbed.choice, &*stubbed.header), ("none", "tools=approximated:stub"));
    let text = to(HISTORY, Dialect::Chat, CONVERSE).expect("adapted");
    assert_eq!(
        text.history,
        ["x", r#"[call f {"a": 9007199254740993}]"#, "[call f {}]", "[result one]", "[result two]"]
    );
    assert_eq!(text.header, "messages[1].tool_calls[0]=approximated:history-as-text");
    for target in [CHAT, RESPONSES, GEMINI] {
        let seen = to(HISTORY, Dialect::Chat, target).expect("adapted");
        assert_eq!((seen.tools.len(), &*seen.header), (0, ""));
    }
    // "None" is true at Converse only if there is no tool, and no trace of one.
    let body = HISTORY.replace(r#""model":"m""#, &format!(r#""model":"m","tools":[{F}],"tool_choice":"none""#));
    let seen = to(&body, Dialect::Chat, CONVERSE).expect("adapted");
    assert_eq!((seen.tools.len(), seen.history.len()), (0, 5));
    assert_eq!(
        seen.header,
        "tool_choice=approximated:tools-withheld, messages[1].tool_calls[0]=approximated:history-as-text"
    );
}

#[test]
fn failures_and_pictures_of_results_told_as_text() {
    let body = r#"{"model":"m","max_tokens":900,"messages":[
        {"role":"assistant","content":[{"type":"tool_use","id":"c","name":"f","input":{}}]},
        {"role":"user","content":[{"type":"tool_result","tool_use_id":"c","is_error":true,"content":[
            {"type":"text","text":"no"},{"type":"image","source":{"type":"base64","media_type":"image/png","data":"AA=="}}]}]}]}"#;
    let seen = to(body, Dialect::Messages, CONVERSE).expect("adapted");
    assert_eq!(seen.history, ["[call f {}]", "[result Error: no]", "image"]);
}

/// Claude Code searches with a request of its own: a search is all that it offers and what it forces.
#[test]
fn a_search_that_is_alone_and_forced() {
    let body = |more: &str| {
        format!(
            r#"{{"model":"m","max_tokens":9,"messages":[{{"role":"user","content":"x"}}],"tools":[{{"type":"web_search_20250305","name":"web_search"}}{more}],"tool_choice":{{"type":"tool","name":"web_search"}}}}"#
        )
    };
    for target in ALL {
        let alone = to(&body(""), Dialect::Messages, target);
        let among = to(&body(r#",{"name":"f","input_schema":{"type":"object"}}"#), Dialect::Messages, target);
        match target.0 {
            Dialect::Gemini => {
                let alone = alone.expect("adapted");
                assert_eq!((&*alone.choice, &*alone.header), ("absent", "tool_choice=approximated"));
                assert!(among.is_err());
            }
            Dialect::Responses => {
                assert_eq!(alone.expect("adapted").choice, "required");
                assert_ne!(among.expect("adapted").choice, "required");
            }
            Dialect::Messages => assert_ne!(alone.expect("adapted").choice, "required"),
            Dialect::Chat | Dialect::Converse => assert!(alone.is_err()),
        }
    }
}
