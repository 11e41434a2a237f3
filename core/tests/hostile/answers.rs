//! Whole answers with a great many of something.

use gatelet_core::dialect::Dialect;
use gatelet_core::dialect::translate;
use gatelet_core::error::Class;
use gatelet_core::wire::json;

use crate::callers;
use crate::cases::purpose;
use crate::effort::linear;

/// How much larger an answer may be in another dialect.
const MAX_GROWTH: usize = 24;

#[test]
fn many_of_everything() {
    for (upstream, name, before, each, behind) in [
        (
            Dialect::Chat,
            "calls",
            r#"{"id":"i","choices":[{"index":0,"message":{"tool_calls":["#,
            (|at| format!(r#"{{"id":"c{at}","type":"function","function":{{"name":"f","arguments":"{{}}"}}}}"#))
                as fn(usize) -> String,
            r#"]},"finish_reason":"tool_calls"}]}"#,
        ),
        (
            Dialect::Chat,
            "choices",
            r#"{"id":"i","choices":["#,
            |at| format!(r#"{{"index":{at},"message":{{"content":"a"}},"finish_reason":"stop"}}"#),
            "]}",
        ),
        (
            Dialect::Chat,
            "parts",
            r#"{"id":"i","choices":[{"index":0,"message":{"content":["#,
            |at| format!(r#"{{"type":"{}","text":"a","thinking":"b"}}"#, ["text", "thinking"][at % 2]),
            r#"]},"finish_reason":"stop"}]}"#,
        ),
        (
            Dialect::Chat,
            "citations",
            r#"{"id":"i","choices":[{"index":0,"message":{"content":"abc","annotations":["#,
            |at| {
                format!(
                    r#"{{"type":"url_citation","url_citation":{{"url":"u{at}","title":"t","start_index":0,"end_index":2}}}}"#
                )
            },
            r#"]},"finish_reason":"stop"}]}"#,
        ),
        (
            Dialect::Responses,
            "items",
            r#"{"id":"i","status":"completed","output":["#,
            |at| {
                format!(
                    r#"{{"id":"m{at}","type":"message","content":[{{"type":"output_text","text":"a","annotations":[]}}]}}"#
                )
            },
            "]}",
        ),
        (
            Dialect::Responses,
            "items without ids",
            r#"{"id":"i","status":"completed","output":["#,
            |_| r#"{"type":"function_call","call_id":"c","name":"f","arguments":"{}"}"#.into(),
            "]}",
        ),
        (
            Dialect::Responses,
            "parts",
            r#"{"id":"i","status":"completed","output":[{"id":"m","type":"message","content":["#,
            |_| r#"{"type":"output_text","text":"a"}"#.into(),
            "]}]}",
        ),
        (
            Dialect::Messages,
            "blocks",
            r#"{"id":"i","type":"message","content":["#,
            |_| {
                r#"{"type":"text","text":"a","citations":[{"type":"web_search_result_location","url":"u","title":"t"}]}"#.into()
            },
            r#"],"stop_reason":"end_turn","usage":{}}"#,
        ),
        (
            Dialect::Messages,
            "searches",
            r#"{"id":"i","type":"message","content":["#,
            |at| {
                format!(
                    r#"{{"type":"server_tool_use","id":"s{at}","name":"web_search","input":{{"query":"q"}}}},{{"type":"web_search_tool_result","tool_use_id":"s{at}","content":[{{"url":"u"}}]}}"#
                )
            },
            r#"],"stop_reason":"end_turn","usage":{}}"#,
        ),
        (
            Dialect::Gemini,
            "parts",
            r#"{"responseId":"i","candidates":[{"content":{"parts":["#,
            |at| format!(r#"{{"text":"a","thought":{}}}"#, at % 2 == 0),
            r#"]},"finishReason":"STOP"}]}"#,
        ),
        (
            Dialect::Gemini,
            "calls",
            r#"{"responseId":"i","candidates":[{"content":{"parts":["#,
            |_| r#"{"functionCall":{"name":"f","args":{}}}"#.into(),
            r#"]},"finishReason":"STOP"}]}"#,
        ),
        (
            Dialect::Chat,
            "calls of run",
            r#"{"response":"","tool_calls":["#,
            |at| format!(r#"{{"name":"f","arguments":{{"a":{at}}}}}"#),
            r#"]}"#,
        ),
        (
            Dialect::Converse,
            "blocks",
            r#"{"output":{"message":{"content":["#,
            |at| format!(r#"{{"toolUse":{{"toolUseId":"c{at}","name":"f","input":{{}}}}}}"#),
            r#"]}},"stopReason":"tool_use"}"#,
        ),
        (
            Dialect::Converse,
            "citations",
            r#"{"output":{"message":{"content":[{"citationsContent":{"content":[{"text":"abc"}],"citations":["#,
            |at| format!(r#"{{"title":"t","location":{{"web":{{"url":"u{at}"}}}}}}"#),
            r#"]}}]}},"stopReason":"end_turn"}"#,
        ),
    ] {
        for caller in callers(upstream) {
            let name = format!("{name} of {upstream} for {caller}");
            linear(
                &name,
                |count| {
                    let many: Vec<String> = (0..count).map(each).collect();
                    [before, &many.join(","), behind].concat()
                },
                |body| match translate::whole(upstream, body.as_bytes(), purpose(caller, upstream, false)) {
                    Ok((told, _)) => {
                        assert!(told.len() < (body.len() + 1000) * MAX_GROWTH, "{name}: {}", told.len());
                        assert!(json::is_valid(std::str::from_utf8(&told).expect("UTF-8")), "{name}");
                    }
                    Err(failure) => assert_eq!(failure.error.class, Class::UpstreamInvalid, "{name}"),
                },
            );
        }
    }
}

/// What a long text is cited for a great many times is not written as often.
#[test]
fn long_citations_are_bounded() {
    let citations: Vec<String> = (0..20_000)
        .map(|at| format!(r#"{{"type":"url_citation","url_citation":{{"url":"u{at}","title":"t"}}}}"#))
        .collect();
    let body = format!(
        r#"{{"id":"i","choices":[{{"index":0,"message":{{"content":"{}","annotations":[{}]}},"finish_reason":"stop"}}]}}"#,
        "a".repeat(1 << 20),
        citations.join(",")
    );
    for caller in [Dialect::Responses, Dialect::Messages, Dialect::Gemini] {
        let failure = translate::whole(Dialect::Chat, body.as_bytes(), purpose(caller, Dialect::Chat, false));
        let failure = failure.expect_err("more than can be told");
        assert!(failure.error.message.contains("citations"), "{}", failure.error.message);
    }
}

/// Names that are told with every event are no longer than names.
#[test]
fn long_names_are_not_told_with_every_event() {
    let long = "n".repeat(100_000);
    let texts: Vec<String> =
        (0..1000).map(|_| r#"{"type":"text","text":"a"},{"type":"thinking","thinking":"b"}"#.to_owned()).collect();
    let body = format!(
        r#"{{"id":"{long}","type":"message","model":"{long}","content":[{}],"stop_reason":"end_turn","usage":{{"service_tier":"{long}"}}}}"#,
        texts.join(",")
    );
    for caller in [Dialect::Chat, Dialect::Responses, Dialect::Gemini] {
        let (told, _) = translate::whole(Dialect::Messages, body.as_bytes(), purpose(caller, Dialect::Messages, false))
            .expect("an answer");
        assert!(!String::from_utf8_lossy(&told).contains(&long), "{caller}");
    }
}
