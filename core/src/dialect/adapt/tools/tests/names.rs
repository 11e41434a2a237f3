use super::*;

/// A chat request with tools of those names, each called once before.
fn chat(names: &[&str]) -> String {
    let quoted: Vec<String> = names.iter().map(|name| serde_json::to_string(name).expect("JSON")).collect();
    let tools: Vec<String> =
        quoted.iter().map(|name| format!(r#"{{"type":"function","function":{{"name":{name}}}}}"#)).collect();
    let calls: Vec<String> = quoted
        .iter()
        .enumerate()
        .map(|(index, name)| {
            format!(r#"{{"id":"c{index}","type":"function","function":{{"name":{name},"arguments":"{{}}"}}}}"#)
        })
        .collect();
    let results: Vec<String> = (0..names.len())
        .map(|index| format!(r#",{{"role":"tool","tool_call_id":"c{index}","content":"x"}}"#))
        .collect();
    let choice =
        quoted.first().map(|name| format!(r#","tool_choice":{{"type":"function","function":{{"name":{name}}}}}"#));
    format!(
        r#"{{"model":"m","messages":[{{"role":"assistant","content":null,"tool_calls":[{}]}}{}],"tools":[{}]{}}}"#,
        calls.join(","),
        results.concat(),
        tools.join(","),
        choice.unwrap_or_default()
    )
}

fn names(seen: &Seen) -> Vec<&str> {
    seen.tools.iter().filter_map(|tool| tool.split(' ').nth(1)).collect()
}

#[test]
fn trap_33_names_are_legal_and_come_back() {
    let long = "x".repeat(80);
    let body = chat(&["get.weather", "a b", "é", "fine-1", &long, "9lives"]);
    let hashed = format!("{}_", "x".repeat(55));
    for target in [RESPONSES, MESSAGES, CONVERSE] {
        let seen = to(&body, Dialect::Chat, target).expect("adapted");
        let mapped = names(&seen);
        assert_eq!(mapped[..4], ["get_weather", "a_b", "_", "fine-1"]);
        assert!(mapped[4].starts_with(&hashed) && mapped[4].len() == 64, "{mapped:?}");
        assert_eq!(mapped[5], "9lives");
        assert_eq!(seen.choice, "one get_weather");
        assert!(seen.history[0].contains(" get_weather("), "{:?}", seen.history);
        let back: Vec<_> = seen.names.iter().map(|renamed| (&*renamed.target, &*renamed.name)).collect();
        assert_eq!(back, [("get_weather", "get.weather"), ("a_b", "a b"), ("_", "é"), (mapped[4], &*long)]);
        assert_eq!(
            seen.header.replace("dropped", ""),
            "tools[0]=renamed, tools[1]=renamed, tools[2]=renamed, tools[4]=renamed"
        );
        assert_eq!(to(&body, Dialect::Chat, target).expect("adapted").tools, seen.tools, "the same every time");
    }
    let seen = to(&body, Dialect::Chat, GEMINI).expect("adapted");
    assert_eq!(names(&seen)[..4], ["get.weather", "a_b", "_", "fine-1"]);
    assert_eq!(names(&seen)[5], "_9lives");
    // Results have the name of their call.
    assert_eq!(seen.history[6], "c0 get.weather=");
    assert_eq!(seen.history[11], "c5 _9lives=");
}

#[test]
fn names_that_clash_are_told_apart() {
    let long = "y".repeat(70);
    let longer = "y".repeat(71);
    let seen = to(&chat(&["a.b", "a_b", "a b", &long, &longer]), Dialect::Chat, MESSAGES).expect("adapted");
    let mapped = names(&seen);
    assert_eq!(mapped[1], "a_b", "what is legal stays");
    let mut distinct = mapped.clone();
    distinct.sort_unstable();
    distinct.dedup();
    assert_eq!(distinct.len(), 5, "{mapped:?}");
    assert!(mapped[0].starts_with("a_b_") && mapped[0].len() == 12, "{mapped:?}");
}

#[test]
fn legal_names_need_no_map() {
    let seen = to(&chat(&["a", "b"]), Dialect::Chat, MESSAGES).expect("adapted");
    assert_eq!((names(&seen), seen.names.len(), &*seen.header), (vec!["a", "b"], 0, ""));
}

#[test]
fn thousands_of_names_take_no_squares() {
    let many: Vec<String> = (0..20_000).map(|index| format!("tool.{}", index % 19_000)).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    let seen = to(&chat(&many), Dialect::Chat, MESSAGES).expect("adapted");
    assert_eq!(seen.tools.len(), 20_000);
}

#[test]
fn namespaces_are_flattened_and_come_back() {
    let body = r#"{"model":"m","input":[
        {"type":"function_call","call_id":"c","name":"read","namespace":"fs","arguments":"{}"},
        {"type":"function_call_output","call_id":"c","output":"x"}],
        "tools":[{"type":"namespace","name":"fs","description":"","tools":[{"type":"function","name":"read","parameters":null,"strict":null}]},
                 {"type":"function","name":"read","parameters":null,"strict":null},
                 {"type":"function","name":"fs__read","parameters":null,"strict":null}],
        "tool_choice":{"type":"function","name":"read"}}"#;
    let seen = to(body, Dialect::Responses, CHAT).expect("adapted");
    let mapped = names(&seen);
    assert_eq!(mapped[1..], ["read", "fs__read"]);
    assert!(mapped[0].starts_with("fs__read_"), "{mapped:?}");
    assert_eq!(seen.history[0], format!("c {}({{}})", mapped[0]));
    assert_eq!(seen.choice, "one read");
    let [back] = &*seen.names else { panic!("{:?}", seen.names) };
    assert_eq!((&*back.target, &*back.name, back.namespace.as_deref()), (mapped[0], "read", Some("fs")));
    let seen = to(body, Dialect::Responses, RESPONSES).expect("adapted");
    assert_eq!((names(&seen), seen.names.len()), (vec!["read", "read", "fs__read"], 0));
    assert_eq!(seen.history[0], "c fs/read({})");
    // A choice tells no namespace.
    let body = body.replace(
        r#"{"type":"function","name":"read","parameters":null,"strict":null},
"#,
        "",
    );
    let seen = to(&body, Dialect::Responses, CHAT).expect("adapted");
    assert!(seen.choice.starts_with("one fs__read_"), "{}", seen.choice);
}

#[test]
fn custom_tools_are_functions_and_come_back() {
    let body = r#"{"model":"m","input":[
        {"type":"custom_tool_call","call_id":"c","name":"apply_patch","input":"*** \"Begin\"\n"},
        {"type":"custom_tool_call_output","call_id":"c","output":"done"}],
        "tools":[{"type":"custom","name":"apply_patch","description":"Edit.","format":{"type":"grammar","syntax":"lark","definition":"start: x"}}],
        "tool_choice":{"type":"custom","name":"apply_patch"}}"#;
    for target in [MESSAGES, GEMINI, CONVERSE] {
        let seen = to(body, Dialect::Responses, target).expect("adapted");
        assert_eq!(
            seen.tools,
            [
                r#"function apply_patch {"type":"object","properties":{"input":{"type":"string"}},"required":["input"],"additionalProperties":false}"#
            ]
        );
        assert_eq!(seen.history[0], r#"c apply_patch({"input":"*** \"Begin\"\n"})"#);
        assert_eq!(seen.choice, "one apply_patch");
        let expected =
            Renamed { target: "apply_patch".into(), name: "apply_patch".into(), namespace: None, custom: true };
        assert_eq!(seen.names, [expected]);
        assert_eq!(seen.header, "tools[0].format=approximated");
    }
    for target in [CHAT, RESPONSES] {
        let seen = to(body, Dialect::Responses, target).expect("adapted");
        assert_eq!(
            (&*seen.tools[0], &*seen.history[0], &*seen.header),
            ("custom apply_patch", "c apply_patch(~*** \"Begin\"\n)", "")
        );
    }
    let seen = at(body, Dialect::Responses, &compatible(Dialect::Chat)).expect("adapted");
    assert!(seen.tools[0].starts_with("function apply_patch"), "{:?}", seen.tools);
}

#[test]
fn ids_are_legal_and_the_same_for_call_and_result() {
    let long = "i".repeat(65);
    for (id, target, stays) in [
        ("call_1", MESSAGES, true),
        ("a.b:c", MESSAGES, false),
        ("a.b:c", CONVERSE, true),
        ("", MESSAGES, false),
        (&long[..41], CHAT, false),
        (&long[..40], CHAT, true),
        (&long[..64], RESPONSES, true),
        (&*long, RESPONSES, false),
        (&*long, MESSAGES, true),
        (&*long, CONVERSE, false),
        ("a b", GEMINI, true),
    ] {
        let body = format!(
            r#"{{"model":"m","messages":[{{"role":"assistant","content":null,"tool_calls":[{{"id":"{id}","type":"function","function":{{"name":"f","arguments":"{{}}"}}}}]}},
            {{"role":"tool","tool_call_id":"{id}","content":"x"}}],"tools":[{{"type":"function","function":{{"name":"f"}}}}]}}"#
        );
        let seen = to(&body, Dialect::Chat, target).expect("adapted");
        let call = seen.history[0].strip_suffix(" f({})").expect("a call");
        assert!(seen.history[1].starts_with(call), "{:?}", seen.history);
        assert_eq!(call == id, stays, "{id} {target:?}");
        if !stays {
            assert!(call.len() == 29 && call.starts_with("call_"), "{call}");
        }
    }
    let mistral = Target { quirks: &MISTRAL, ..target(Dialect::Chat, "mistral-large") };
    let seen = at(&chat(&["f"]), Dialect::Chat, &mistral).expect("adapted");
    let id = seen.history[0].split(' ').next().expect("an id");
    assert!(id.len() == 9 && id.bytes().all(|byte| byte.is_ascii_alphanumeric()), "{id}");
}

const MISTRAL: Quirks = Quirks { short_call_ids: true, ..Quirks::COMPATIBLE };

#[test]
fn gemini_is_told_the_name_of_every_result() {
    let body = r#"{"model":"m","messages":[{"role":"tool","tool_call_id":"gone","content":"x"}]}"#;
    assert!(to(body, Dialect::Chat, GEMINI).expect_err("refused").starts_with("messages[0]"));
    assert!(to(body, Dialect::Chat, MESSAGES).is_ok());
}
