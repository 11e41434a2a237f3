use super::*;

/// The events of a stream, as text, and its end.
pub(in super::super) fn told(events: &[(&str, &str)]) -> (Vec<String>, End) {
    let mut parser = StreamParser::default();
    let mut told = Vec::new();
    let mut sink = |event: Event<'_>| told.push(spelled(&event));
    for (name, data) in events {
        parser.event(name, data, &mut sink);
    }
    let end = parser.finish(&mut sink);
    (told, end)
}

/// An event, short.
pub(in super::super) fn spelled(event: &Event<'_>) -> String {
    match event {
        Event::Start { .. } => "start".to_owned(),
        Event::Open { block, open } => match open {
            Open::Text => format!("{block} text"),
            Open::Refusal => format!("{block} refusal"),
            Open::Reasoning { shown, .. } => format!("{block} {shown:?}"),
            Open::Call { id, name, .. } => format!("{block} call {id} {name}"),
        },
        Event::Text { block, text } | Event::Reasoning { block, text, .. } | Event::Arguments { block, text } => {
            format!("{block} + {text}")
        }
        Event::Sign { block, bytes } => format!("{block} signed {bytes}"),
        Event::Cite { block, citation } => {
            format!("{block} cites {} {} {:?} {}", citation.url, citation.title, citation.cited, citation.document)
        }
        Event::Close { block } => format!("{block} ."),
        Event::Usage(usage) => format!("usage {} {} {}", usage.input, usage.output, usage.complete),
        Event::Finish { reason, stop_sequence } => format!("{reason:?} {stop_sequence:?}"),
        Event::Tier(tier) => format!("tier {tier}"),
        Event::Error(error) => format!("error {:?} {}", error.class, error.message),
        other => format!("{other:?}"),
    }
}

const START: (&str, &str) = ("messageStart", r#"{"p":"abcdefgh","role":"assistant"}"#);
const STOP: (&str, &str) = ("messageStop", r#"{"p":"ab","stopReason":"end_turn"}"#);
const META: (&str, &str) = (
    "metadata",
    r#"{"metrics":{"latencyMs":438},"p":"abc","usage":{"inputTokens":30,"outputTokens":8,"totalTokens":38},"serviceTier":{"type":"default"}}"#,
);

#[test]
fn text_and_reasoning_begin_with_their_first_delta() {
    let (told, end) = told(&[
        START,
        ("contentBlockDelta", r#"{"contentBlockIndex":0,"delta":{"reasoningContent":{"text":"Let"}},"p":"x"}"#),
        ("contentBlockDelta", r#"{"contentBlockIndex":0,"delta":{"reasoningContent":{"text":" me"}}}"#),
        ("contentBlockDelta", r#"{"contentBlockIndex":0,"delta":{"reasoningContent":{"signature":"EqQB"}}}"#),
        ("contentBlockStop", r#"{"contentBlockIndex":0}"#),
        ("contentBlockDelta", r#"{"contentBlockIndex":1,"delta":{"reasoningContent":{"redactedContent":"ZGF0YQ=="}}}"#),
        ("contentBlockStop", r#"{"contentBlockIndex":1}"#),
        ("contentBlockDelta", r#"{"contentBlockIndex":2,"delta":{"text":""}}"#),
        ("contentBlockDelta", r#"{"contentBlockIndex":2,"delta":{"text":"Hi"}}"#),
        ("contentBlockDelta", r#"{"contentBlockIndex":2,"delta":{"text":" \u00e9"}}"#),
        ("contentBlockStop", r#"{"contentBlockIndex":2}"#),
        STOP,
        META,
    ]);
    let expected = [
        "start",
        "0 Summary",
        "0 + Let",
        "0 +  me",
        "0 signed EqQB",
        "0 .",
        "1 Hidden",
        "1 signed ZGF0YQ==",
        "1 .",
        "2 text",
        "2 + Hi",
        "2 +  é",
        "2 .",
        "Stop None",
        "usage 30 8 true",
        "tier default",
    ];
    assert_eq!((told.iter().map(String::as_str).collect::<Vec<_>>(), end), (expected.to_vec(), End::Complete));
}

#[test]
fn calls_keep_their_arguments_as_they_came() {
    let (told, end) = told(&[
        START,
        ("contentBlockStart", r#"{"contentBlockIndex":1,"start":{"toolUse":{"name":"look","toolUseId":"tooluse_1"}}}"#),
        ("contentBlockDelta", r#"{"contentBlockIndex":1,"delta":{"toolUse":{"input":""}}}"#),
        ("contentBlockDelta", r#"{"contentBlockIndex":1,"delta":{"toolUse":{"input":"{\"n\": 9007199254"}}}"#),
        ("contentBlockDelta", r#"{"contentBlockIndex":1,"delta":{"toolUse":{"input":"740993}"}}}"#),
        ("contentBlockStop", r#"{"contentBlockIndex":1}"#),
        ("contentBlockStart", r#"{"contentBlockIndex":2,"start":{"toolUse":{"name":"now","toolUseId":""}}}"#),
        ("contentBlockStop", r#"{"contentBlockIndex":2}"#),
        ("messageStop", r#"{"stopReason":"tool_use"}"#),
    ]);
    let expected = [
        "start",
        "0 call tooluse_1 look",
        "0 + ",
        "0 + {\"n\": 9007199254",
        "0 + 740993}",
        "0 .",
        "1 call gl_call_1 now",
        "1 + {}",
        "1 .",
        "ToolCalls None",
    ];
    assert_eq!((told.iter().map(String::as_str).collect::<Vec<_>>(), end), (expected.to_vec(), End::Complete));
}

#[test]
fn citations_belong_to_their_text() {
    let (told, _) = told(&[
        START,
        (
            "contentBlockDelta",
            r#"{"contentBlockIndex":0,"delta":{"citation":{"title":"T","source":"doc","sourceContent":[{"text":"a"},{"text":"b"}],"location":{"documentChar":{"documentIndex":0,"start":1,"end":2}}}}}"#,
        ),
        (
            "contentBlockDelta",
            r#"{"contentBlockIndex":0,"delta":{"citation":{"location":{"web":{"url":"https://a.example/","domain":"a.example"}}}}}"#,
        ),
        ("contentBlockDelta", r#"{"contentBlockIndex":0,"delta":{"text":"So."}}"#),
        ("contentBlockStop", r#"{"contentBlockIndex":0}"#),
    ]);
    let expected =
        ["0 text", "0 + So.", "0 cites doc T Some(\"ab\") true", "0 cites https://a.example/  None false", "0 ."];
    assert_eq!(told[1..], expected);
}

/// Trap 9: one kind never goes on in a block of another.
#[test]
fn trap_09_a_new_kind_is_a_new_block() {
    let (told, _) = told(&[
        START,
        ("contentBlockDelta", r#"{"contentBlockIndex":0,"delta":{"reasoningContent":{"text":"a"}}}"#),
        ("contentBlockDelta", r#"{"contentBlockIndex":0,"delta":{"text":"b"}}"#),
    ]);
    assert_eq!(told, ["start", "0 Summary", "0 + a", "0 .", "1 text", "1 + b"]);
}

/// Traps 14, 15: what is cut is not closed and not told as whole.
#[test]
fn trap_14_15_what_is_cut_stays_open() {
    let (events, end) = told(&[
        START,
        ("contentBlockStart", r#"{"contentBlockIndex":0,"start":{"toolUse":{"name":"f","toolUseId":"t"}}}"#),
        ("contentBlockDelta", r#"{"contentBlockIndex":0,"delta":{"toolUse":{"input":"{\"a"}}}"#),
    ]);
    assert_eq!((events.last().map(String::as_str), end), (Some("0 + {\"a"), End::Truncated));
    assert_eq!(told(&[START, STOP]).1, End::Complete);
    assert_eq!(told(&[START, META]).1, End::Truncated);
    assert_eq!(told(&[]).1, End::Truncated);
}

#[test]
fn trap_18_an_exception_is_an_error_and_no_end() {
    let (told, end) = told(&[
        START,
        ("contentBlockDelta", r#"{"contentBlockIndex":0,"delta":{"text":"b"}}"#),
        ("!modelStreamErrorException", r#"{"message":"broken","originalMessage":"x","originalStatusCode":500}"#),
        STOP,
    ]);
    assert_eq!(told[3..], ["error UpstreamError broken"]);
    assert_eq!(end, End::Truncated);
    for (event, error) in [
        (("!throttlingException", r#"{"message":"slow"}"#), "error RateLimit slow"),
        (
            ("!validationException", r#"{"message":"Input is too long for requested model."}"#),
            "error ContextWindow Input",
        ),
        (("!serviceUnavailableException", "{}"), "error Overloaded"),
        (("!internalServerException", "<html>"), "error UpstreamError"),
    ] {
        let (events, _) = super::tests::told(&[event]);
        assert!(events[0].starts_with(error), "{events:?}");
    }
    let mut parser = StreamParser::default();
    parser.event("!InternalFailure", r#"{"message":""}"#, &mut |_| {});
    assert!(parser.is_over());
}

#[test]
fn what_is_not_known_is_passed_over() {
    let (told, end) = told(&[
        ("initial-response", "{}"),
        ("somethingNew", "no JSON"),
        (
            "contentBlockStart",
            r#"{"contentBlockIndex":0,"start":{"toolUse":{"name":"nova_grounding","toolUseId":"s","type":"server_tool_use"}}}"#,
        ),
        ("contentBlockDelta", r#"{"contentBlockIndex":0,"delta":{"toolUse":{"input":"{}"}}}"#),
        ("contentBlockStop", r#"{"contentBlockIndex":0}"#),
        ("contentBlockStart", r#"{"contentBlockIndex":1,"start":{"toolResult":{"toolUseId":"s"}}}"#),
        ("contentBlockDelta", r#"{"contentBlockIndex":1,"delta":{"toolResult":[{"text":"x"}]}}"#),
        ("contentBlockStop", r#"{"contentBlockIndex":1}"#),
        ("messageStop", r#"{"stopReason":"brand_new"}"#),
    ]);
    assert_eq!((told, end), (vec!["start".to_owned(), "Other None".to_owned()], End::Complete));
}

#[test]
fn the_end_is_behind_the_usage() {
    let mut parser = StreamParser::default();
    for (event, over) in [(START, false), (STOP, false), (META, true)] {
        parser.event(event.0, event.1, &mut |_| {});
        assert_eq!(parser.is_over(), over, "{}", event.0);
    }
    assert_eq!(
        told(&[START, ("messageStop", "{")]).0[1],
        "error UpstreamInvalid the provider's stream is not valid JSON"
    );
}

#[test]
fn every_stop_reason_has_its_meaning() {
    for (word, finish) in [
        ("end_turn", "Stop None"),
        ("tool_use", "ToolCalls None"),
        ("max_tokens", "Length None"),
        ("guardrail_intervened", "ContentFilter None"),
        ("content_filtered", "ContentFilter None"),
        ("malformed_model_output", "Malformed None"),
        ("malformed_tool_use", "Malformed None"),
        ("model_context_window_exceeded", "ContextWindow None"),
        ("stop_sequence", "StopSequence Some(\"END\")"),
    ] {
        let stop = format!(r#"{{"stopReason":"{word}","additionalModelResponseFields":{{"stop_sequence":"END"}}}}"#);
        assert_eq!(told(&[START, ("messageStop", &stop)]).0[1], finish);
    }
}
