use super::*;
use crate::dialect::canonical::Open;

/// The events that a stream is, as short words; and its end.
fn read(events: &[(&str, &str)]) -> (Vec<String>, End) {
    let mut parser = StreamParser::default();
    let mut told = Vec::new();
    for (name, data) in events {
        parser.event(name, data, &mut |event| told.push(word(&event)));
    }
    let end = parser.finish(&mut |event| told.push(word(&event)));
    assert_eq!(parser.is_over(), told.iter().any(|word| word.starts_with("finish") || word.starts_with("error")));
    (told, end)
}

pub(in super::super) fn word(event: &Event<'_>) -> String {
    match event {
        Event::Start { id, model, created } => format!("start {id} {model} {created:?}"),
        Event::Open { block, open } => match open {
            Open::Call { id, name, namespace, custom, .. } => {
                format!("open {block} call {id} {} {name} {custom}", namespace.as_deref().unwrap_or("-"))
            }
            Open::Reasoning { shown, .. } => format!("open {block} {shown:?}"),
            open => format!("open {block} {open:?}"),
        },
        Event::Text { block, text } => format!("text {block} {text}"),
        Event::Reasoning { block, part, text } => format!("thought {block}.{part} {text}"),
        Event::Arguments { block, text } => format!("arguments {block} {text}"),
        Event::Sign { block, bytes } => format!("sign {block} {bytes}"),
        Event::Cite { block, citation } => {
            format!("cite {block} {} {} {:?} {}", citation.url, citation.title, citation.span, citation.document)
        }
        Event::Close { block } => format!("close {block}"),
        Event::Search(search) => format!("search {:?} {} {}", search.queries, search.sources.len(), search.complete),
        Event::Logprobs(tokens) => format!("logprobs {}{}", tokens.len(), tokens[0].logprob),
        Event::Usage(usage) => {
            format!("usage {} {} {} {:?}", usage.input, usage.cache_read, usage.output, usage.reasoning)
        }
        Event::Finish { reason, .. } => format!("finish {reason:?}"),
        Event::Tier(tier) => format!("tier {tier}"),
        Event::Error(error) => format!("error {:?} {}", error.class, error.message),
        other => format!("{other:?}"),
    }
}

const CREATED: (&str, &str) = (
    "response.created",
    r#"{"type":"response.created","sequence_number":0,"response":{"id":"resp_1","model":"gpt-5","created_at":7.0,"status":"in_progress","output":[]}}"#,
);
const COMPLETED: (&str, &str) = (
    "response.completed",
    r#"{"type":"response.completed","response":{"id":"resp_1","status":"completed","service_tier":"default","output":[],"usage":{"input_tokens":30,"input_tokens_details":{"cached_tokens":10,"cache_write_tokens":0},"output_tokens":8,"output_tokens_details":{"reasoning_tokens":6},"total_tokens":38}}}"#,
);

/// Trap 13: the end may say nothing of the output.
#[test]
fn trap_13_the_items_count_and_not_the_end() {
    let (told, end) = read(&[
        CREATED,
        ("response.in_progress", CREATED.1),
        ("response.output_item.added", r#"{"output_index":0,"item":{"id":"rs_1","type":"reasoning","summary":[]}}"#),
        (
            "response.reasoning_summary_part.added",
            r#"{"item_id":"rs_1","output_index":0,"summary_index":0,"part":{"type":"summary_text","text":""}}"#,
        ),
        (
            "response.reasoning_summary_text.delta",
            r#"{"item_id":"rs_1","output_index":0,"summary_index":0,"delta":"a\n"}"#,
        ),
        (
            "response.reasoning_summary_text.delta",
            r#"{"item_id":"rs_1","output_index":0,"summary_index":1,"delta":"b"}"#,
        ),
        (
            "response.output_item.done",
            r#"{"output_index":0,"item":{"id":"rs_1","type":"reasoning","encrypted_content":"eee","summary":[{"type":"summary_text","text":"a\n"},{"type":"summary_text","text":"bc"}]}}"#,
        ),
        ("response.output_item.added", r#"{"output_index":1,"item":{"id":"msg_1","type":"message","content":[]}}"#),
        (
            "response.content_part.added",
            r#"{"item_id":"msg_1","output_index":1,"content_index":0,"part":{"type":"output_text","text":"","annotations":[]}}"#,
        ),
        (
            "response.output_text.delta",
            r#"{"item_id":"msg_1","output_index":1,"content_index":0,"delta":"Hi","logprobs":[{"token":"Hi","logprob":-0.5,"top_logprobs":[]}]}"#,
        ),
        (
            "response.output_text.annotation.added",
            r#"{"item_id":"msg_1","output_index":1,"content_index":0,"annotation_index":0,"annotation":{"type":"url_citation","url":"u","title":"t","start_index":0,"end_index":2}}"#,
        ),
        ("response.output_text.done", r#"{"item_id":"msg_1","output_index":1,"content_index":0,"text":"Hi"}"#),
        (
            "response.output_item.done",
            r#"{"output_index":1,"item":{"id":"msg_1","type":"message","content":[{"type":"output_text","text":"Hi","logprobs":[{"token":"Hi","logprob":-0.5}],"annotations":[{"type":"url_citation","url":"u","title":"t","start_index":0,"end_index":2},{"type":"file_citation","file_id":"f","filename":"n","index":1}]}]}}"#,
        ),
        COMPLETED,
    ]);
    let expected = [
        "start resp_1 gpt-5 Some(7)",
        "open 0 Summary",
        "thought 0.0 a\n",
        "thought 0.1 b",
        "thought 0.1 c",
        "sign 0 eee",
        "close 0",
        "open 1 Text",
        "text 1 Hi",
        "logprobs 1-0.5",
        "cite 1 u t Some((0, 2)) false",
        "cite 1 f n None true",
        "close 1",
        "usage 20 10 8 Some(6)",
        "tier default",
        "finish Stop",
    ];
    assert_eq!(told, expected);
    assert_eq!(end, End::Complete);
}

#[test]
fn parallel_calls_are_told_apart() {
    let (told, _) = read(&[
        CREATED,
        (
            "",
            r#"{"type":"response.output_item.added","output_index":0,"item":{"id":"fc_1","type":"function_call","call_id":"c1","name":"f","arguments":"","namespace":"n"}}"#,
        ),
        (
            "",
            r#"{"type":"response.output_item.added","output_index":1,"item":{"id":"ctc_1","type":"custom_tool_call","call_id":"c2","name":"p","input":""}}"#,
        ),
        (
            "",
            r#"{"type":"response.function_call_arguments.delta","item_id":"other","output_index":0,"delta":"{\"a\""}"#,
        ),
        ("", r#"{"type":"response.custom_tool_call_input.delta","item_id":"ctc_1","output_index":1,"delta":"x"}"#),
        ("", r#"{"type":"response.function_call_arguments.delta","item_id":"another","output_index":0,"delta":":1}"}"#),
        (
            "",
            r#"{"type":"response.output_item.done","output_index":0,"item":{"id":"fc_9","type":"function_call","call_id":"c1","name":"f","arguments":"{\"a\":1}"}}"#,
        ),
        (
            "",
            r#"{"type":"response.output_item.done","output_index":1,"item":{"id":"ctc_1","type":"custom_tool_call","call_id":"c2","name":"p","input":"xy"}}"#,
        ),
        ("", r#"{"type":"response.done","response":{"status":"completed"}}"#),
    ]);
    let expected = [
        "start resp_1 gpt-5 Some(7)",
        "open 0 call c1 n f false",
        "open 1 call c2 - p true",
        "arguments 0 {\"a\"",
        "arguments 1 x",
        "arguments 0 :1}",
        "close 0",
        "arguments 1 y",
        "close 1",
        "finish ToolCalls",
    ];
    assert_eq!(told, expected);
}

/// Trap 8, and servers that count all items as the first, leave out `added`, or say all in the end.
#[test]
fn trap_08_servers_that_leave_out_half_are_understood() {
    let (told, _) = read(&[
        CREATED,
        ("response.output_item.added", r#"{"output_index":0,"item":{"id":"m","type":"message"}}"#),
        ("response.output_text.delta", r#"{"item_id":"m","delta":"a"}"#),
        (
            "response.output_item.done",
            r#"{"output_index":0,"item":{"id":"m","type":"message","content":[{"type":"output_text","text":"a"}]}}"#,
        ),
        ("response.output_item.added", r#"{"output_index":0,"item":{"id":"f","type":"function_call"}}"#),
        ("response.function_call_arguments.delta", r#"{"output_index":0,"delta":"{}"}"#),
        (
            "response.output_item.done",
            r#"{"output_index":0,"item":{"id":"f","type":"function_call","name":"f","arguments":"{}"}}"#,
        ),
        ("response.output_text.delta", r#"{"item_id":"n","output_index":4,"delta":"b"}"#),
        (
            "response.completed",
            r#"{"response":{"status":"completed","output":[{"id":"m","type":"message","content":[{"type":"output_text","text":"a"}]},{"id":"x","type":"web_search_call","action":{"type":"search","query":"q","sources":[{"type":"url","url":"u"}]}}]}}"#,
        ),
    ]);
    let expected = [
        "start resp_1 gpt-5 Some(7)",
        "open 0 Text",
        "text 0 a",
        "close 0",
        "open 1 call f - f false",
        "arguments 1 {}",
        "close 1",
        "open 2 Text",
        "text 2 b",
        "search [\"q\"] 1 true",
        "close 2",
        "finish ToolCalls",
    ];
    assert_eq!(told, expected);
    // A call without any id has one all the same.
    let (told, _) = read(&[
        CREATED,
        (
            "response.output_item.done",
            r#"{"output_index":0,"item":{"type":"function_call","name":"f","arguments":"{}"}}"#,
        ),
    ]);
    assert_eq!(told[1], "open 0 call gl_resp_1_0 - f false");
}

/// Trap 17: failures, whenever they come and however they are told.
#[test]
fn trap_17_failures_are_errors() {
    let failed = r#"{"type":"response.failed","response":{"id":"resp_1","status":"failed","error":{"code":"rate_limit_exceeded","message":"try again in 2s"}}}"#;
    for (event, class) in [
        (("response.failed", failed), "error RateLimit try again in 2s"),
        (("", failed), "error RateLimit try again in 2s"),
        (("error", r#"{"type":"error","code":"server_error","message":"oh","param":null}"#), "error UpstreamError oh"),
        (("error", r#"{"type":"error","error":{"type":"server_error","message":"oh"}}"#), "error UpstreamError oh"),
        (("response.done", r#"{"response":{"status":"cancelled"}}"#), "error UpstreamError the response was cancelled"),
    ] {
        let (told, end) = read(&[CREATED, event]);
        assert_eq!((told.last().map(String::as_str), end), (Some(class), End::Truncated));
    }
}

/// Traps 14 and 15: a cut stream is not whole, and nothing in it is closed.
#[test]
fn trap_14_a_cut_stream_is_truncated() {
    let (told, end) = read(&[
        CREATED,
        (
            "response.output_item.added",
            r#"{"output_index":0,"item":{"id":"f","type":"function_call","call_id":"c","name":"f","arguments":""}}"#,
        ),
        ("response.function_call_arguments.delta", r#"{"output_index":0,"delta":"{\"a\":"}"#),
        ("response.some_new_event", "{}"),
        ("response.output_item.done", "{\"output_index\":"),
        ("", "[DONE]"),
    ]);
    assert_eq!(told.last().map(String::as_str), Some("arguments 0 {\"a\":"));
    assert_eq!(end, End::Truncated);
}

#[test]
fn an_answer_ends_as_it_says() {
    let message = r#"{"id":"m","type":"message","content":[{"type":"refusal","refusal":"no"}]}"#;
    let call = r#"{"id":"f","type":"function_call","call_id":"c","name":"f","arguments":"{}"}"#;
    for (status, details, item, reason) in [
        ("completed", "null", message, "finish Refusal"),
        ("completed", "null", call, "finish ToolCalls"),
        ("incomplete", r#"{"reason":"max_output_tokens"}"#, call, "finish Length"),
        ("incomplete", r#"{"reason":"content_filter"}"#, message, "finish ContentFilter"),
        ("incomplete", r#"{"reason":"steered"}"#, message, "finish Pause"),
        ("incomplete", "null", message, "finish Other"),
    ] {
        let data =
            format!(r#"{{"response":{{"status":"{status}","incomplete_details":{details},"output":[{item}]}}}}"#);
        let (told, end) = read(&[(&["response.", status].concat(), &data)]);
        assert_eq!((told.last().map(String::as_str), end), (Some(reason), End::Complete));
    }
}
