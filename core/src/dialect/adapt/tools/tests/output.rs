use super::*;

const F: &str = r#","tools":[{"type":"function","function":{"name":"f"}}]"#;

fn chat(format: &str, rest: &str) -> String {
    format!(r#"{{"model":"m","messages":[{{"role":"user","content":"x"}}],"response_format":{format}{rest}}}"#)
}

fn schema(schema: &str) -> String {
    format!(r#"{{"type":"json_schema","json_schema":{{"name":"n","schema":{schema},"strict":false}}}}"#)
}

#[test]
fn each_form_at_each_target() {
    let object = chat(r#"{"type":"json_object"}"#, "");
    let unenforced = "response_format=approximated:unenforced";
    for (target, expected) in
        ALL.into_iter().zip([("object", ""), ("object", ""), ("", unenforced), ("object", ""), ("", unenforced)])
    {
        let seen = to(&object, Dialect::Chat, target).expect("adapted");
        assert_eq!((&*seen.output, &*seen.header), expected, "{target:?}");
    }
    let body = chat(
        &schema(
            r#"{"$schema":"x","type":"object","properties":{"b":{"type":"integer","minimum":1},"a":{"type":"string"}},"required":["b","a"]}"#,
        ),
        "",
    );
    let fitted = r#"{"additionalProperties":false,"type":"object","properties":{"b":{"description":"{minimum: 1}","type":"integer"},"a":{"type":"string"}},"required":["b","a"]}"#;
    let same = r#"{"$schema":"x","type":"object","properties":{"b":{"type":"integer","minimum":1},"a":{"type":"string"}},"required":["b","a"]}"#;
    let bare = same.replace(r#""$schema":"x","#, "");
    let lax = format!("{same} lax");
    let approximated = "response_format=approximated:schema";
    for (target, expected) in
        ALL.into_iter().zip([(&*lax, ""), (&lax, ""), (fitted, approximated), (&bare, ""), (fitted, approximated)])
    {
        let seen = to(&body, Dialect::Chat, target).expect("adapted");
        assert_eq!((&*seen.output, &*seen.header), expected, "{target:?}");
    }
}

#[test]
fn what_a_model_lacks_is_refused() {
    let plain = schema(r#"{"type":"object","properties":{},"additionalProperties":false}"#);
    for target in [(Dialect::Messages, "claude-3-5-haiku-20241022"), (Dialect::Chat, "gpt-4-turbo")] {
        let refused = to(&chat(&plain, ""), Dialect::Chat, target).expect_err("refused");
        assert!(refused.starts_with("response_format"), "{refused}");
    }
    let tools = (Dialect::Gemini, "gemini-2.5-pro");
    for format in [&plain, r#"{"type":"json_object"}"#] {
        assert!(to(&chat(format, F), Dialect::Chat, tools).expect_err("refused").starts_with("response_format"));
        assert!(to(&chat(format, ""), Dialect::Chat, tools).is_ok());
        assert!(to(&chat(format, F), Dialect::Chat, GEMINI).is_ok());
    }
    let word = r#"{"contents":[{"parts":[{"text":"x"}]}],"generationConfig":{"responseMimeType":"text/x.enum","responseSchema":{"type":"STRING","enum":["a"]}}}"#;
    for target in [CHAT, RESPONSES, MESSAGES, CONVERSE] {
        assert!(to(word, Dialect::Gemini, target).expect_err("refused").starts_with("generationConfig."));
    }
}

#[test]
fn anthropic_takes_no_form_with_citations_or_a_beginning() {
    let format =
        r#""output_config":{"format":{"type":"json_schema","schema":{"type":"object","additionalProperties":false}}}"#;
    let body = |messages: &str| format!(r#"{{"model":"m","max_tokens":900,"messages":[{messages}],{format}}}"#);
    let cites = body(
        r#"{"role":"user","content":[{"type":"document","source":{"type":"text","media_type":"text/plain","data":"x"},"citations":{"enabled":true}}]}"#,
    );
    let begins = body(r#"{"role":"user","content":"x"},{"role":"assistant","content":"{"}"#);
    for body in [cites, begins] {
        let refused = to(&body, Dialect::Messages, CONVERSE).expect_err("refused");
        assert!(refused.starts_with("output_config.format"), "{refused}");
        assert!(to(&body, Dialect::Messages, GEMINI).is_ok());
    }
}

#[test]
fn a_schema_that_holds_itself_is_refused() {
    let tree = schema(
        r##"{"type":"object","properties":{"children":{"type":"array","items":{"$ref":"#"}}},"required":["children"]}"##,
    );
    assert!(to(&chat(&tree, ""), Dialect::Chat, MESSAGES).expect_err("refused").starts_with("response_format"));
    assert!(to(&chat(&tree, ""), Dialect::Chat, RESPONSES).is_ok());
}
