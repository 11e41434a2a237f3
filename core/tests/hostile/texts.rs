//! Texts, numbers and nesting that are none, or more than any.

use gatelet_core::dialect::canonical::Report;
use gatelet_core::dialect::canonical::read::Doc;
use gatelet_core::dialect::translate::{self, Said};
use gatelet_core::dialect::{Dialect, canonical::Refusal};
use gatelet_core::wire::json;

use crate::CALLERS;
use crate::effort::linear;
use crate::requests::upstreams;

/// What each target is sent of a body, or why not.
fn sent(caller: Dialect, body: &str) -> Vec<Result<String, (String, Refusal)>> {
    let doc = Doc::parse(body).unwrap_or_else(|fault| panic!("{fault:?}: {body:.200}"));
    upstreams(caller)
        .map(|target| {
            let mut report = Report::default();
            let said = translate::request(&doc, caller, &target, false, false, &mut report);
            if let Some(header) = report.header(&doc) {
                assert!(header.len() <= 1024 && header.bytes().all(|byte| (b' '..=b'~').contains(&byte)), "{header}");
            }
            match said {
                Ok(Said { body, .. }) => {
                    let body = String::from_utf8(body).expect("UTF-8");
                    assert!(json::is_valid(&body), "{caller}: {body:.500}");
                    Ok(body)
                }
                Err(refusal) => Err((refusal.path(&doc), refusal)),
            }
        })
        .collect()
}

/// A request that has every place for a text of a caller's dialect, with this one (as JSON has it between its quotes) in one
/// of them. Each has the path of the place.
fn everywhere(caller: Dialect, text: &str) -> Vec<(&'static str, String)> {
    let (frame, places): (&str, &[(&str, &str)]) = match caller {
        Dialect::Chat => (
            r#"{"model":"m","messages":[{"role":"system","content":"«0»"},{"role":"user","content":[{"type":"text","text":"«1»"}],"name":"n"},{"role":"assistant","content":"«2»","reasoning_content":"«3»","tool_calls":[{"id":"c«4»","type":"function","function":{"name":"f«5»","arguments":"{\"a\":1}«6»"}}]},{"role":"tool","tool_call_id":"c«4»","content":"«7»"},{"role":"user","content":"«8»"}],"tools":[{"type":"function","function":{"name":"f«5»","description":"«9»","parameters":{"type":"object","properties":{}}}}],"stop":["s«10»"],"user":"u«11»"}"#,
            &[
                ("«0»", "messages[0].content"),
                ("«1»", "messages[1].content[0].text"),
                ("«2»", "messages[2].content"),
                ("«3»", "messages[2].reasoning_content"),
                ("«4»", "messages[2].tool_calls[0].id"),
                ("«5»", "messages[2].tool_calls[0].function.name"),
                ("«6»", "messages[2].tool_calls[0].function.arguments"),
                ("«7»", "messages[3].content"),
                ("«8»", "messages[4].content"),
                ("«9»", "tools[0].function.description"),
                ("«10»", "stop[0]"),
                ("«11»", "user"),
            ],
        ),
        Dialect::Responses => (
            r#"{"model":"m","instructions":"«0»","input":[{"role":"user","content":[{"type":"input_text","text":"«1»"}]},{"role":"assistant","content":[{"type":"output_text","text":"«2»"}]},{"type":"function_call","call_id":"c«3»","name":"f«4»","arguments":"{}«5»"},{"type":"function_call_output","call_id":"c«3»","output":"«6»"},{"role":"user","content":"«7»"}],"tools":[{"type":"function","name":"f«4»","description":"«8»","parameters":{"type":"object","properties":{}}}]}"#,
            &[
                ("«0»", "instructions"),
                ("«1»", "input[0].content[0].text"),
                ("«2»", "input[1].content[0].text"),
                ("«3»", "input[2].call_id"),
                ("«4»", "input[2].name"),
                ("«5»", "input[2].arguments"),
                ("«6»", "input[3].output"),
                ("«7»", "input[4].content"),
                ("«8»", "tools[0].description"),
            ],
        ),
        Dialect::Messages => (
            r#"{"model":"m","max_tokens":9,"system":"«0»","messages":[{"role":"user","content":[{"type":"text","text":"«1»"}]},{"role":"assistant","content":[{"type":"text","text":"«2»"},{"type":"tool_use","id":"c«3»","name":"f«4»","input":{"a":1}}]},{"role":"user","content":[{"type":"tool_result","tool_use_id":"c«3»","content":"«5»"},{"type":"text","text":"«6»"}]}],"tools":[{"name":"f«4»","description":"«7»","input_schema":{"type":"object","properties":{}}}],"stop_sequences":["s«8»"]}"#,
            &[
                ("«0»", "system"),
                ("«1»", "messages[0].content[0].text"),
                ("«2»", "messages[1].content[0].text"),
                ("«3»", "messages[1].content[1].id"),
                ("«4»", "messages[1].content[1].name"),
                ("«5»", "messages[2].content[0].content"),
                ("«6»", "messages[2].content[1].text"),
                ("«7»", "tools[0].description"),
                ("«8»", "stop_sequences[0]"),
            ],
        ),
        _ => (
            r#"{"systemInstruction":{"parts":[{"text":"«0»"}]},"contents":[{"role":"user","parts":[{"text":"«1»"}]},{"role":"model","parts":[{"text":"«2»"},{"functionCall":{"id":"c«3»","name":"f«4»","args":{}}}]},{"role":"user","parts":[{"functionResponse":{"id":"c«3»","name":"f«4»","response":{"r":1}}}]},{"role":"user","parts":[{"text":"«5»"}]}],"tools":[{"functionDeclarations":[{"name":"f«4»","description":"«6»","parameters":{"type":"OBJECT","properties":{}}}]}],"generationConfig":{"stopSequences":["s«7»"]}}"#,
            &[
                ("«0»", "systemInstruction.parts[0].text"),
                ("«1»", "contents[0].parts[0].text"),
                ("«2»", "contents[1].parts[0].text"),
                ("«3»", "contents[1].parts[1].functionCall.id"),
                ("«4»", "contents[1].parts[1].functionCall.name"),
                ("«5»", "contents[3].parts[0].text"),
                ("«6»", "tools[0].functionDeclarations[0].description"),
                ("«7»", "generationConfig.stopSequences[0]"),
            ],
        ),
    };
    places
        .iter()
        .map(|(mark, path)| {
            let body = frame.replace(mark, text);
            (*path, places.iter().fold(body, |body, (other, _)| body.replace(other, "x")))
        })
        .collect()
}

#[test]
fn a_lone_surrogate_is_no_text_anywhere() {
    for caller in CALLERS {
        for lone in [r"\ud800", r"\udc00", r"a\ud800\ud800\udc00", r"\udfff\ud800"] {
            for (path, body) in everywhere(caller, lone) {
                for said in sent(caller, &body) {
                    // A name stands in several places: the first of them that is read is told.
                    let (told, refusal) = said.expect_err("no text");
                    assert!(!refusal.is_unsupported(), "{caller} {path}: {}", refusal.message());
                    assert!(told == path || path.ends_with("name"), "{caller} {path}: told {told}");
                }
            }
        }
    }
}

#[test]
fn control_characters_and_strange_ones_go_through() {
    for caller in CALLERS {
        for text in [
            r"\u0000",
            r"\u0007\u001b[31m",
            "\u{7f}\u{80}",
            "\u{2028}\u{2029}",
            "\u{feff}\u{ffff}\u{10ffff}",
            r"\ud83d\ude00",
        ] {
            for (path, body) in everywhere(caller, text) {
                for (at, said) in sent(caller, &body).into_iter().enumerate() {
                    if let Err((told, refusal)) = said {
                        // Where a target has a rule of its own for it.
                        assert!(refusal.is_unsupported(), "{caller} {path} {at}: {told} {}", refusal.message());
                    }
                }
            }
        }
    }
}

#[test]
fn keys_that_stand_twice_count_once() {
    for (caller, body) in [
        (
            Dialect::Chat,
            r#"{"model":"m","messages":[{"role":"user","content":"1"}],"messages":[{"role":"assistant","role":"user","content":"2","content":"3"}],"temperature":0,"temperature":0.5,"tools":[],"tools":[{"type":"function","type":"function","function":{"name":"f"},"function":{"name":"g"}}],"stop":"a","stop":"b","max_tokens":1,"max_tokens":100}"#,
        ),
        (
            Dialect::Responses,
            r#"{"model":"m","input":"1","input":[{"role":"user","role":"user","content":"2","content":"3"}],"temperature":0,"temperature":0.5,"text":{"verbosity":"low","verbosity":"high"},"text":{"verbosity":"low"}}"#,
        ),
        (
            Dialect::Messages,
            r#"{"model":"m","max_tokens":1,"max_tokens":100,"messages":[{"role":"user","content":"1"}],"messages":[{"role":"user","role":"user","content":"2","content":"3"}],"system":"a","system":"b","temperature":0,"temperature":0.5}"#,
        ),
        (
            Dialect::Gemini,
            r#"{"contents":[{"parts":[{"text":"1"}]}],"contents":[{"role":"user","role":"user","parts":[{"text":"3"}],"parts":[{"text":"3"}]}],"generationConfig":{"temperature":0,"temperature":0.5},"generationConfig":{"maxOutputTokens":100}}"#,
        ),
    ] {
        for said in sent(caller, body) {
            let said = said.map_err(|(path, refusal)| format!("{path}: {}", refusal.message())).expect("a request");
            let keys = keys(&said);
            let mut once = keys.clone();
            once.sort_unstable();
            once.dedup();
            assert_eq!(once.len(), keys.len(), "{caller}: {said}");
        }
    }
}

fn keys(body: &str) -> Vec<String> {
    let doc = Doc::parse(body).expect("JSON");
    doc.root().members().map(|(key, _)| key.into_owned()).collect()
}

#[test]
fn huge_numbers_are_refused_or_moved() {
    let digits = "9".repeat(20_000);
    let numbers = ["1e400", "-1e400", "1e-400", "99999999999999999999999999", "-0", "0.1e1", "4.9e-324", &digits];
    for number in numbers {
        for (caller, body) in [
            (
                Dialect::Chat,
                format!(
                    r#"{{"model":"m","messages":[{{"role":"user","content":"a"}}],"temperature":{number},"seed":{number},"top_p":{number},"n":1,"top_logprobs":{number},"logprobs":true}}"#
                ),
            ),
            (
                Dialect::Chat,
                format!(r#"{{"model":"m","messages":[{{"role":"user","content":"a"}}],"max_tokens":{number}}}"#),
            ),
            (
                Dialect::Chat,
                format!(
                    r#"{{"model":"m","messages":[{{"role":"user","content":"a"}}],"tools":[{{"type":"function","function":{{"name":"f","parameters":{{"type":"object","properties":{{"a":{{"maximum":{number}}}}}}}}}}}]}}"#
                ),
            ),
            (
                Dialect::Responses,
                format!(
                    r#"{{"model":"m","input":"a","temperature":{number},"max_output_tokens":{number},"max_tool_calls":{number}}}"#
                ),
            ),
            (
                Dialect::Messages,
                format!(
                    r#"{{"model":"m","max_tokens":{number},"messages":[{{"role":"user","content":"a"}}],"temperature":{number},"top_k":{number}}}"#
                ),
            ),
            (
                Dialect::Messages,
                format!(
                    r#"{{"model":"m","max_tokens":20000,"messages":[{{"role":"user","content":"a"}}],"thinking":{{"type":"enabled","budget_tokens":{number}}}}}"#
                ),
            ),
            (
                Dialect::Gemini,
                format!(
                    r#"{{"contents":[{{"parts":[{{"text":"a"}}]}}],"generationConfig":{{"temperature":{number},"topK":{number},"seed":{number},"maxOutputTokens":{number}}}}}"#
                ),
            ),
            (
                Dialect::Gemini,
                format!(
                    r#"{{"contents":[{{"parts":[{{"text":"a"}}]}}],"generationConfig":{{"thinkingConfig":{{"thinkingBudget":{number}}},"candidateCount":"{number}"}}}}"#
                ),
            ),
        ] {
            for said in sent(caller, &body) {
                if let Err((path, refusal)) = said {
                    assert!(!path.is_empty() && refusal.message().len() < 300, "{}", refusal.message());
                }
            }
        }
    }
}

#[test]
fn nothing_is_nested_without_end() {
    let deep = |depth: usize, open: &str, inner: &str, close: &str| {
        [&open.repeat(depth), inner, &close.repeat(depth)].concat()
    };
    for (open, close) in [("[", "]"), ("{\"a\":", "}"), ("[{\"a\":", "}]")] {
        let nested = deep(10_000, open, "1", close);
        assert!(Doc::parse(&nested).is_err());
        for frame in ["«»", r#"{"messages":«»}"#, r#"{"messages":[{"role":"user","content":«»}]}"#, r#"{"x":«»}"#]
        {
            assert!(Doc::parse(&frame.replace("«»", &nested)).is_err());
        }
        // In a text it is a text, whatever it says.
        let literal = serde_json::to_string(&nested).expect("JSON");
        let body = format!(
            r#"{{"model":"m","messages":[{{"role":"user","content":"a"}},{{"role":"assistant","content":null,"tool_calls":[{{"id":"c","type":"function","function":{{"name":"f","arguments":{literal}}}}}]}},{{"role":"tool","tool_call_id":"c","content":{literal}}}],"tools":[{{"type":"function","function":{{"name":"f"}}}}]}}"#
        );
        for said in sent(Dialect::Chat, &body) {
            if let Err((path, refusal)) = said {
                assert_eq!(path, "messages[1].tool_calls[0].function.arguments", "{}", refusal.message());
            }
        }
    }
    // As deep as JSON may be, in the places that are read by what they hold.
    for (caller, frame, open, inner, close) in [
        (
            Dialect::Chat,
            r#"{"model":"m","messages":[{"role":"user","content":"a"}],"response_format":{"type":"json_schema","json_schema":{"name":"n","strict":true,"schema":«»}}}"#,
            r#"{"type":"object","properties":{"a":"#,
            "{}",
            "}}",
        ),
        (
            Dialect::Chat,
            r#"{"model":"m","messages":[{"role":"user","content":"a"}],"tools":[{"type":"function","function":{"name":"f","parameters":«»}}]}"#,
            r#"{"anyOf":["#,
            "{}",
            "]}",
        ),
        (
            Dialect::Gemini,
            r#"{"contents":[{"parts":[{"text":"a"}]}],"generationConfig":{"responseMimeType":"application/json","responseSchema":«»}}"#,
            r#"{"items":"#,
            r#"{"type":"STRING"}"#,
            "}",
        ),
        (
            Dialect::Messages,
            r#"{"model":"m","max_tokens":9,"messages":[{"role":"user","content":[{"type":"tool_result","tool_use_id":"c","content":«»}]}]}"#,
            r#"[{"type":"tool_result","tool_use_id":"c","content":"#,
            "\"a\"",
            "}]",
        ),
    ] {
        let longest =
            (1..130).rev().find(|depth| Doc::parse(&frame.replace("«»", &deep(*depth, open, inner, close))).is_ok());
        // What is sent has a few levels more around it.
        let body = frame.replace("«»", &deep(longest.expect("some depth") - 5, open, inner, close));
        drop(sent(caller, &body));
    }
}

/// Definitions that lead from one to the next are said within each other for models that know none: not without end.
#[test]
fn definitions_do_not_lead_on_without_end() {
    let definitions: Vec<String> =
        (0..5_000).map(|at| format!(r##""d{at}":{{"$ref":"#/$defs/d{}"}}"##, at + 1)).collect();
    let body = format!(
        r##"{{"model":"m","messages":[{{"role":"user","content":"a"}}],"tools":[{{"type":"function","function":{{"name":"f","parameters":{{"type":"object","properties":{{"a":{{"$ref":"#/$defs/d0"}}}},"$defs":{{{}}}}}}}}}]}}"##,
        definitions.join(",")
    );
    for said in sent(Dialect::Chat, &body) {
        assert!(said.is_ok());
    }
}

#[test]
fn a_long_text_is_copied_and_not_read_again() {
    for caller in CALLERS {
        linear(
            &format!("a long text of {caller}"),
            |count| everywhere(caller, &"x\\n".repeat(count * 4)),
            |bodies| {
                for (_, body) in bodies {
                    drop(sent(caller, body));
                }
            },
        );
    }
}
