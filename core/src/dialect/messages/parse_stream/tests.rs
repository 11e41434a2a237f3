use super::*;

/// What a stream's events are, told as text, and how it ends.
pub(in super::super) fn told(event: Event<'_>) -> String {
    use crate::dialect::canonical::Open;
    match event {
        Event::Start { id, model, .. } => format!("start {id} {model}"),
        Event::Open { block, open } => match open {
            Open::Text => format!("{block} text"),
            Open::Refusal => format!("{block} refusal"),
            Open::Reasoning { shown, .. } => format!("{block} {shown:?}"),
            Open::Call { id, name, .. } => format!("{block} call {id} {name}"),
        },
        Event::Text { block, text } => format!("{block}+{text}"),
        Event::Reasoning { block, text, .. } => format!("{block}~{text}"),
        Event::Arguments { block, text } => format!("{block}({text}"),
        Event::Sign { block, bytes } => format!("{block}#{bytes}"),
        Event::Cite { block, citation } => format!("{block}^{}", citation.url),
        Event::Close { block } => format!("{block}."),
        Event::Search(search) => {
            format!("search {} {:?} {} {}", search.id, search.queries, search.sources.len(), search.complete)
        }
        Event::Usage(usage) => format!("usage {}/{}", usage.input, usage.output),
        Event::Finish { reason, stop_sequence } => format!("finish {reason:?} {}", stop_sequence.unwrap_or_default()),
        Event::Error(error) => format!("error {:?} {}", error.class, error.message),
        other => format!("{other:?}"),
    }
}

fn read(events: &[&str]) -> (Vec<String>, End, bool) {
    let mut parser = StreamParser::default();
    let mut list = Vec::new();
    let mut sink = |event: Event<'_>| list.push(told(event));
    for event in events {
        parser.event("", event, &mut sink);
    }
    let over = parser.is_over();
    let end = parser.finish(&mut sink);
    (list, end, over)
}

const START: &str = r#"{"type":"message_start","message":{"id":"msg_1","model":"claude","content":[],"usage":{"input_tokens":9,"output_tokens":1}}}"#;
const END: &str =
    r#"{"type":"message_delta","delta":{"stop_reason":"end_turn","stop_sequence":null},"usage":{"output_tokens":7}}"#;
const STOP: &str = r#"{"type":"message_stop"}"#;

#[test]
fn a_whole_stream_is_read_in_order() {
    let (events, end, over) = read(&[
        START,
        r#"{"type":"ping"}"#,
        r#"{"type":"content_block_start","index":0,"content_block":{"type":"thinking","thinking":"","signature":""}}"#,
        r#"{"type":"content_block_delta","index":0,"delta":{"type":"thinking_delta","thinking":"hm"}}"#,
        r#"{"type":"content_block_delta","index":0,"delta":{"type":"signature_delta","signature":"EqQ="}}"#,
        r#"{"type":"content_block_stop","index":0}"#,
        r#"{"type":"content_block_start","index":1,"content_block":{"type":"text","text":""}}"#,
        r#"{"type":"content_block_delta","index":1,"delta":{"type":"text_delta","text":"hi"}}"#,
        r#"{"type":"content_block_delta","index":1,"delta":{"type":"citations_delta","citation":{"type":"web_search_result_location","url":"u","title":"t","cited_text":"c","encrypted_index":"e"}}}"#,
        r#"{"type":"content_block_stop","index":1}"#,
        r#"{"type":"content_block_start","index":2,"content_block":{"type":"tool_use","id":"c1","name":"f","input":{}}}"#,
        r#"{"type":"content_block_delta","index":2,"delta":{"type":"input_json_delta","partial_json":""}}"#,
        r#"{"type":"content_block_delta","index":2,"delta":{"type":"input_json_delta","partial_json":"{\"a\":"}}"#,
        r#"{"type":"content_block_delta","index":2,"delta":{"type":"input_json_delta","partial_json":"1}"}}"#,
        r#"{"type":"content_block_stop","index":2}"#,
        r#"{"type":"content_block_start","index":3,"content_block":{"type":"redacted_thinking","data":"zz"}}"#,
        r#"{"type":"content_block_stop","index":3}"#,
        r#"{"type":"something_new","index":3}"#,
        r#"{"type":"message_delta","delta":{"stop_reason":"tool_use","stop_sequence":null},"usage":{"output_tokens":7}}"#,
        r#"{"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"output_tokens":8}}"#,
        STOP,
    ]);
    let expected = [
        "start msg_1 claude",
        "usage 9/1",
        "Ping",
        "0 Summary",
        "0~hm",
        "0#EqQ=",
        "0.",
        "1 text",
        "1+hi",
        "1^u",
        "1.",
        "2 call c1 f",
        "2({\"a\":",
        "2(1}",
        "2.",
        "3 Hidden",
        "3#zz",
        "3.",
        "usage 9/7",
        "finish ToolCalls ",
        "usage 9/8",
    ];
    assert_eq!(events, expected);
    assert_eq!((end, over), (End::Complete, true));
}

#[test]
fn trap_14_a_cut_stream_is_no_end() {
    let block = r#"{"type":"content_block_start","index":0,"content_block":{"type":"text","text":"half"}}"#;
    let (events, end, over) = read(&[START, block]);
    assert_eq!(events, ["start msg_1 claude", "usage 9/1", "0 text", "0+half"]);
    assert_eq!((end, over), (End::Truncated, false));
    // The last event alone is no evidence; a reason without it is.
    assert_eq!(read(&[START, block, STOP]).1, End::Truncated);
    assert_eq!(read(&[START, block, END]).1, End::Complete);
}

#[test]
fn trap_15_arguments_that_are_cut_are_neither_closed_nor_mended() {
    let (events, end, _) = read(&[
        START,
        r#"{"type":"content_block_start","index":0,"content_block":{"type":"tool_use","id":"c","name":"f","input":{}}}"#,
        r#"{"type":"content_block_delta","index":0,"delta":{"type":"input_json_delta","partial_json":"{\"a"}}"#,
    ]);
    assert_eq!(events[2..], ["0 call c f", "0({\"a"]);
    assert_eq!(end, End::Truncated);
}

#[test]
fn arguments_come_whole_in_fragments_or_not_at_all() {
    let call = |input: &str| {
        format!(
            r#"{{"type":"content_block_start","index":0,"content_block":{{"type":"tool_use","name":"f","input":{input}}}}}"#
        )
    };
    for (input, expected) in [(r#"{"a": 1}"#, "0({\"a\": 1}"), ("{}", "0({}"), (r#""{}""#, "0({}")] {
        let (events, _, _) = read(&[START, &call(input), r#"{"type":"content_block_stop","index":0}"#, END]);
        assert_eq!(events[2..5], ["0 call gl_msg_1_0 f", expected, "0."]);
    }
}

#[test]
fn trap_09_a_delta_is_told_by_its_own_kind() {
    let (events, _, _) = read(&[
        START,
        r#"{"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}"#,
        r#"{"type":"content_block_delta","index":0,"delta":{"type":"thinking_delta","thinking":"hm"}}"#,
        r#"{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"hi"}}"#,
        r#"{"type":"content_block_delta","index":1,"delta":{"type":"text_delta","text":"no start"}}"#,
        END,
    ]);
    assert_eq!(events[2..10], ["1 Summary", "1~hm", "1.", "2 text", "2+hi", "3 text", "3+no start", "2."]);
}

#[test]
fn a_search_is_told_once_and_whole() {
    let (events, _, _) = read(&[
        START,
        r#"{"type":"content_block_start","index":0,"content_block":{"type":"server_tool_use","id":"srvtoolu_1","name":"web_search","input":{}}}"#,
        r#"{"type":"content_block_delta","index":0,"delta":{"type":"input_json_delta","partial_json":"{\"query\":\"rust\"}"}}"#,
        r#"{"type":"content_block_stop","index":0}"#,
        r#"{"type":"content_block_start","index":1,"content_block":{"type":"web_search_tool_result","tool_use_id":"srvtoolu_1","content":[{"type":"web_search_result","url":"u","title":"t","encrypted_content":"e"}]}}"#,
        r#"{"type":"content_block_stop","index":1}"#,
        r#"{"type":"content_block_start","index":2,"content_block":{"type":"server_tool_use","id":"srvtoolu_2","name":"web_search","input":{"query":"lost"}}}"#,
        r#"{"type":"content_block_stop","index":2}"#,
        END,
    ]);
    let expected =
        [r#"search srvtoolu_1 ["rust"] 1 true"#, r#"search srvtoolu_2 ["lost"] 0 false"#, "usage 9/7", "finish Stop "];
    assert_eq!(events[2..], expected);
}

/// The API tells what a text cites before the text or behind it, and the citation is of all of it.
#[test]
fn a_citation_follows_its_text() {
    let (events, _, _) = read(&[
        START,
        r#"{"type":"content_block_start","index":0,"content_block":{"type":"text","text":"","citations":[]}}"#,
        r#"{"type":"content_block_delta","index":0,"delta":{"type":"citations_delta","citation":{"type":"web_search_result_location","url":"u","title":"t","cited_text":"c","encrypted_index":"e"}}}"#,
        r#"{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"So."}}"#,
        r#"{"type":"content_block_stop","index":0}"#,
        END,
    ]);
    let place = |start: &str| events.iter().position(|event| event.starts_with(start)).expect(start);
    let order = [place("0 text"), place("0+So."), place("0^u"), place("0.")];
    assert!(order.is_sorted(), "{events:?}");
}

#[test]
fn trap_10_a_second_start_is_none() {
    let (events, _, _) = read(&[START, START, END]);
    assert_eq!(events, ["start msg_1 claude", "usage 9/1", "usage 9/7", "finish Stop "]);
}

#[test]
fn failures_are_told_by_their_class() {
    for (event, expected) in [
        (
            r#"{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}"#,
            "error Overloaded Overloaded",
        ),
        (r#"{"error":{"message":"boom"}}"#, "error UpstreamError boom"),
        ("<html>", "error UpstreamInvalid the provider's stream holds an event that is no JSON"),
    ] {
        let (events, end, over) = read(&[event]);
        assert_eq!((events, end, over), (vec![expected.to_owned()], End::Truncated, true));
    }
    assert_eq!(read(&[START, "[DONE]"]).0.len(), 2);
}

#[test]
fn every_reason_to_end_is_known() {
    for (reason, expected) in [
        ("stop_sequence", "finish StopSequence x"),
        ("max_tokens", "finish Length x"),
        ("model_context_window_exceeded", "finish ContextWindow x"),
        ("refusal", "finish ContentFilter x"),
        ("pause_turn", "finish Pause x"),
        ("compaction", "finish Pause x"),
        ("a_new_one", "finish Other x"),
    ] {
        let event = format!(r#"{{"type":"message_delta","delta":{{"stop_reason":"{reason}","stop_sequence":"x"}}}}"#);
        assert_eq!(read(&[START, &event]).0[2], expected);
    }
}
