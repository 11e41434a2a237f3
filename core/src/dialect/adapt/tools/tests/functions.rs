use super::*;

fn chat(functions: &[&str], rest: &str) -> String {
    let tools: Vec<String> = functions
        .iter()
        .enumerate()
        .map(|(index, members)| format!(r#"{{"type":"function","function":{{"name":"f{index}"{members}}}}}"#))
        .collect();
    format!(r#"{{"model":"m","messages":[{{"role":"user","content":"x"}}],"tools":[{}]{rest}}}"#, tools.join(","))
}

const CLOSED: &str = r#","parameters":{"type":"object","properties":{},"additionalProperties":false}"#;

#[test]
fn strict_is_what_each_target_makes_of_it() {
    let strict = format!(r#"{CLOSED},"strict":true"#);
    let lax = format!(r#"{CLOSED},"strict":false"#);
    for (members, target, expected, header) in [
        (CLOSED, RESPONSES, " strict=false", ""),
        (CLOSED, CHAT, "", ""),
        (CLOSED, MESSAGES, "", ""),
        (&strict, RESPONSES, " strict=true", ""),
        (&strict, MESSAGES, " strict=true", ""),
        (&strict, CONVERSE, " strict=true", ""),
        (&strict, GEMINI, "", ""),
        (&lax, RESPONSES, " strict=false", ""),
        (&lax, MESSAGES, "", ""),
        (&lax, GEMINI, "", ""),
        (&*strict, (Dialect::Messages, "claude-3-5-haiku-20241022"), "", "tools[0].function.strict=dropped"),
    ] {
        let seen = to(&chat(&[members], ""), Dialect::Chat, target).expect("adapted");
        let tool = &seen.tools[0];
        let shown = tool.find(" strict").map_or("", |at| &tool[at..]);
        assert_eq!((shown, &*seen.header), (expected, header), "{members} {target:?}");
    }
}

#[test]
fn gemini_validates_all_or_none() {
    let strict = format!(r#"{CLOSED},"strict":true"#);
    let seen = to(&chat(&[&strict, &strict], ""), Dialect::Chat, GEMINI).expect("adapted");
    assert_eq!((&*seen.choice, &*seen.header), ("validated", ""));
    let seen = to(&chat(&[&strict, ""], ""), Dialect::Chat, GEMINI).expect("adapted");
    assert_eq!((&*seen.choice, &*seen.header), ("absent", "tools[0].function.strict=dropped"));
    // Whoever must call is checked anyway.
    let seen = to(&chat(&[&strict, ""], r#","tool_choice":"required""#), Dialect::Chat, GEMINI).expect("adapted");
    assert_eq!((&*seen.choice, &*seen.header), ("required", ""));
}

#[test]
fn strict_tools_have_room_for_twenty() {
    let strict = format!(r#"{CLOSED},"strict":true"#);
    let many: Vec<&str> = (0..22).map(|_| &*strict).collect();
    let seen = to(&chat(&many, ""), Dialect::Chat, MESSAGES).expect("adapted");
    assert_eq!(seen.tools.iter().filter(|tool| tool.ends_with("strict=true")).count(), 20);
    assert_eq!(seen.header, "tools[20].function.strict=dropped, tools[21].function.strict=dropped");
}

#[test]
fn a_strict_schema_is_one_that_is_enforced() {
    let members = r#","parameters":{"type":"object","properties":{"n":{"type":"integer","minimum":1}},"required":["n"]},"strict":true"#;
    let seen = to(&chat(&[members], ""), Dialect::Chat, MESSAGES).expect("adapted");
    assert_eq!(
        seen.tools[0],
        r#"function f0 {"additionalProperties":false,"type":"object","properties":{"n":{"description":"{minimum: 1}","type":"integer"}},"required":["n"]} strict=true"#
    );
    assert_eq!(seen.header, "tools[0].function.parameters=approximated:schema");
    let loops = r##","parameters":{"type":"object","properties":{"n":{"$ref":"#"}}},"strict":true"##;
    let seen = to(&chat(&[loops], ""), Dialect::Chat, MESSAGES).expect("adapted");
    assert_eq!(seen.header, "tools[0].function.strict=dropped");
    assert!(seen.tools[0].ends_with(r##"{"type":"object","properties":{"n":{"$ref":"#"}}}"##), "{:?}", seen.tools);
}

#[test]
fn who_needs_a_schema_gets_one() {
    for (target, expected) in [
        (CHAT, "function f0"),
        (RESPONSES, r#"function f0 {"type":"object","properties":{}} strict=false"#),
        (MESSAGES, r#"function f0 {"type":"object","properties":{}}"#),
        (GEMINI, "function f0"),
        (CONVERSE, r#"function f0 {"type":"object","properties":{}}"#),
    ] {
        assert_eq!(to(&chat(&[""], ""), Dialect::Chat, target).expect("adapted").tools, [expected]);
    }
    for target in [MESSAGES, CONVERSE] {
        let seen = to(&chat(&[r#","parameters":{"properties":{}}"#], ""), Dialect::Chat, target).expect("adapted");
        assert_eq!(seen.tools, [r#"function f0 {"type":"object","properties":{}}"#]);
    }
}

#[test]
fn traps_02_03_and_32_schemas_are_moved_as_they_are() {
    let schema = r#"{"$schema":"https://json-schema.org/draft-07/schema#","type":"object",  "properties":{"z":{"type":"integer","maximum":9007199254740993},"a":{"default":{"$schema":"x"},"title":"T"},"title":{"type":"string"},"format":{"type":"string"},"properties":{"type":"object"}},"required":["z"]}"#;
    let members = format!(r#","parameters":{schema}"#);
    for target in ALL {
        let seen = to(&chat(&[&members, ""], ""), Dialect::Chat, target).expect("adapted");
        let bare = schema.replace(r#""$schema":"https://json-schema.org/draft-07/schema#","#, "");
        let stripped = matches!(target.0, Dialect::Messages | Dialect::Gemini);
        assert!(seen.tools[0].contains(if stripped { &bare } else { schema }), "{:?}", seen.tools);
        assert!(seen.tools[1].starts_with("function f1"));
        assert_eq!(seen.header, "");
    }
    const PICKY: Quirks = Quirks { refused_keywords: &["title", "format", "maximum"], ..Quirks::COMPATIBLE };
    let picky = Target { quirks: &PICKY, ..target(Dialect::Chat, "m") };
    let seen = at(&chat(&[&members], ""), Dialect::Chat, &picky).expect("adapted");
    let expected = schema.replace(r#","maximum":9007199254740993"#, "").replace(r#","title":"T""#, "");
    assert_eq!(seen.tools[0], format!("function f0 {expected}"));
    assert_eq!(seen.header, "tools[0].function.parameters=approximated");
}

#[test]
fn members_of_one_vendor() {
    let body = r#"{"model":"m","max_tokens":900,"messages":[{"role":"user","content":"x"}],
        "tools":[{"name":"f","input_schema":{"type":"object"},"input_examples":[{}],"eager_input_streaming":true}]}"#;
    for target in [CHAT, RESPONSES, GEMINI, CONVERSE] {
        let seen = to(body, Dialect::Messages, target).expect("adapted");
        assert_eq!(seen.header, "tools[0].input_examples=dropped, tools[0].eager_input_streaming=dropped");
    }
    let body = r#"{"model":"m","input":"x","tools":[{"type":"function","name":"f","parameters":{"type":"object"},"strict":false,"output_schema":{"type":"string"}}]}"#;
    let seen = to(body, Dialect::Responses, GEMINI).expect("adapted");
    assert_eq!(seen.tools, [r#"function f {"type":"object"} responseJsonSchema={"type":"string"}"#]);
    let seen = to(body, Dialect::Responses, MESSAGES).expect("adapted");
    assert_eq!(seen.header, "tools[0].output_schema=dropped");
    let body = r#"{"contents":[{"parts":[{"text":"x"}]}],"tools":[{"functionDeclarations":[{"name":"f","behavior":"NON_BLOCKING"}]}]}"#;
    let seen = to(body, Dialect::Gemini, CHAT).expect("adapted");
    assert_eq!(seen.header, "tools[0].functionDeclarations[0].behavior=dropped");
    let seen = to(&chat(&[r#","surprise":1"#], ""), Dialect::Chat, MESSAGES).expect("adapted");
    assert_eq!(seen.header, "tools[0].function.surprise=unknown");
}
