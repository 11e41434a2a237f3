use super::*;
use crate::dialect::canonical::carrier;
use crate::dialect::codec::Caller;
use crate::store::RequestId;

pub(in super::super) fn echo() -> Echo {
    let request = RequestId::new([7; 16]);
    Echo { request, created: 0, model: "claude".into(), asked: "fast".into(), caller: Caller::default(), array: false }
}

/// The data of each event; the name must be its type.
fn written(events: &[Event<'_>], end: impl FnOnce(&mut StreamEmitter, &mut Vec<u8>)) -> Vec<String> {
    let mut emitter = StreamEmitter::new(echo());
    let mut out = Vec::new();
    for event in events {
        emitter.event(event, &mut out);
    }
    end(&mut emitter, &mut out);
    let text = String::from_utf8(out).expect("UTF-8");
    let frames = text.strip_suffix("\n\n").expect("whole events").split("\n\n");
    frames
        .map(|frame| {
            let (name, data) = frame.split_once('\n').expect("a name and data");
            let data = data.strip_prefix("data: ").expect("data");
            assert!(crate::wire::json::is_valid(data), "{data}");
            let kind = format!("{{\"type\":\"{}\"", name.strip_prefix("event: ").expect("a name"));
            data.strip_prefix(&*kind).map(|rest| kind[9..kind.len() - 1].to_owned() + rest).expect("its type")
        })
        .collect()
}

fn whole(events: &[Event<'_>]) -> Vec<String> {
    written(events, |emitter, out| emitter.finish(out))
}

const HEAD: &str = r#"message_start,"message":{"id":"msg_1","type":"message","role":"assistant","model":"fast","content":[],"stop_reason":null,"stop_sequence":null,"usage":{"input_tokens":0,"cache_creation_input_tokens":0,"cache_read_input_tokens":0,"output_tokens":0,"cache_creation":{"ephemeral_5m_input_tokens":0,"ephemeral_1h_input_tokens":0}}}}"#;
const TAIL: &str = r#"message_delta,"delta":{"stop_reason":"end_turn","stop_sequence":null},"usage":{"input_tokens":0,"cache_creation_input_tokens":0,"cache_read_input_tokens":0,"output_tokens":0}}"#;

fn start() -> Event<'static> {
    Event::Start { id: "chatcmpl-1".into(), model: "m".into(), created: None }
}

fn stop(reason: Finish) -> Event<'static> {
    Event::Finish { reason, stop_sequence: None }
}

#[test]
fn an_empty_answer_has_no_blocks() {
    let events = [start(), Event::Open { block: 0, open: Open::Text }, Event::Close { block: 0 }, stop(Finish::Stop)];
    assert_eq!(whole(&events), [HEAD, "ping}", TAIL, "message_stop}"]);
}

#[test]
fn blocks_come_one_after_another_and_each_fits_its_deltas() {
    let usage = Usage { input: 3, cache_read: 2, output: 5, known: true, ..Usage::default() };
    let call = Open::Call { id: "c".into(), name: "f".into(), namespace: None, custom: false, signed: None };
    let events = [
        start(),
        Event::Open { block: 0, open: Open::Reasoning { shown: Shown::Summary, binds: None } },
        Event::Reasoning { block: 0, part: 0, text: "a".into() },
        Event::Reasoning { block: 0, part: 1, text: "b".into() },
        Event::Sign { block: 0, bytes: "gl1.x.y".into() },
        Event::Close { block: 0 },
        Event::Open { block: 1, open: Open::Reasoning { shown: Shown::Hidden, binds: None } },
        Event::Sign { block: 1, bytes: "gl1.z.z".into() },
        Event::Close { block: 1 },
        Event::Open { block: 2, open: Open::Text },
        Event::Text { block: 2, text: "hi\n".into() },
        Event::Cite { block: 2, citation: Citation { url: "u".into(), title: "t".into(), ..Citation::default() } },
        Event::Close { block: 2 },
        Event::Open { block: 3, open: call },
        Event::Arguments { block: 3, text: "{\"a\":".into() },
        Event::Arguments { block: 3, text: "1}".into() },
        Event::Close { block: 3 },
        Event::Usage(usage),
        stop(Finish::ToolCalls),
    ];
    let expected = [
        HEAD,
        "ping}",
        r#"content_block_start,"index":0,"content_block":{"type":"thinking","thinking":"","signature":""}}"#,
        r#"content_block_delta,"index":0,"delta":{"type":"thinking_delta","thinking":"a"}}"#,
        r#"content_block_delta,"index":0,"delta":{"type":"thinking_delta","thinking":"\n\n"}}"#,
        r#"content_block_delta,"index":0,"delta":{"type":"thinking_delta","thinking":"b"}}"#,
        r#"content_block_delta,"index":0,"delta":{"type":"signature_delta","signature":"gl1.x.y"}}"#,
        r#"content_block_stop,"index":0}"#,
        r#"content_block_start,"index":1,"content_block":{"type":"redacted_thinking","data":"gl1.z.z"}}"#,
        r#"content_block_stop,"index":1}"#,
        r#"content_block_start,"index":2,"content_block":{"type":"text","text":""}}"#,
        r#"content_block_delta,"index":2,"delta":{"type":"text_delta","text":"hi\n"}}"#,
        r#"content_block_delta,"index":2,"delta":{"type":"citations_delta","citation":{"type":"web_search_result_location","url":"u","title":"t","encrypted_index":"","cited_text":""}}}"#,
        r#"content_block_stop,"index":2}"#,
        r#"content_block_start,"index":3,"content_block":{"type":"tool_use","id":"c","name":"f","input":{}}}"#,
        r#"content_block_delta,"index":3,"delta":{"type":"input_json_delta","partial_json":"{\"a\":"}}"#,
        r#"content_block_delta,"index":3,"delta":{"type":"input_json_delta","partial_json":"1}"}}"#,
        r#"content_block_stop,"index":3}"#,
        r#"message_delta,"delta":{"stop_reason":"tool_use","stop_sequence":null},"usage":{"input_tokens":3,"cache_creation_input_tokens":0,"cache_read_input_tokens":2,"output_tokens":5}}"#,
        "message_stop}",
    ];
    assert_eq!(whole(&events), expected);
}

#[test]
fn a_thinking_block_is_always_signed() {
    let events = [
        start(),
        Event::Open { block: 0, open: Open::Reasoning { shown: Shown::Raw, binds: None } },
        Event::Reasoning { block: 0, part: 0, text: "a".into() },
        Event::Open { block: 1, open: Open::Text },
        Event::Text { block: 1, text: "b".into() },
        stop(Finish::Stop),
    ];
    let written = whole(&events);
    let (_, signature) = written[4].split_once(r#""signature":""#).expect("a signature");
    assert!(signature.starts_with(carrier::PREFIX), "{}", written[4]);
    assert_eq!(written[5], r#"content_block_stop,"index":0}"#);
}

#[test]
fn arguments_that_are_none_are_an_empty_object() {
    let call = Open::Call { id: "c".into(), name: "f".into(), namespace: None, custom: false, signed: None };
    let written = whole(&[start(), Event::Open { block: 0, open: call }, Event::Close { block: 0 }]);
    assert_eq!(written[3], r#"content_block_delta,"index":0,"delta":{"type":"input_json_delta","partial_json":"{}"}}"#);
}

#[test]
fn free_text_is_a_member_of_the_input() {
    let says = |texts: &[&'static str]| {
        let open = Open::Call { id: "c".into(), name: "f".into(), namespace: None, custom: true, signed: None };
        let mut events = vec![start(), Event::Open { block: 0, open }];
        events.extend(texts.iter().map(|text| Event::Arguments { block: 0, text: (*text).into() }));
        events.push(Event::Close { block: 0 });
        let written = whole(&events);
        let pieces = written.iter().filter_map(|event| event.split_once(r#""partial_json":"#));
        pieces.map(|(_, piece)| piece.trim_end_matches('}').to_owned()).collect::<Vec<_>>()
    };
    let pieces = [r#""{\"input\":\"*** \\\"a\\\"""#, r#""\\n""#, r#""🦀\\\\""#, r#""\"}""#];
    assert_eq!(says(&["*** \"a\"", "\n", "\u{1f980}\\"]), pieces);
    assert_eq!(says(&[]), [r#""{\"input\":\"\"}""#]);
}

#[test]
fn a_whole_search_is_a_pair_of_blocks() {
    let search = |complete| {
        Event::Search(Search {
            id: "ws_1".into(),
            queries: vec!["q".into()],
            sources: vec![("u".into(), "t".into(), Some("e".into()))],
            complete,
        })
    };
    let written = whole(&[start(), search(true), search(false)]);
    let expected = [
        r#"content_block_start,"index":0,"content_block":{"type":"server_tool_use","id":"srvtoolu_ws_1","name":"web_search","input":{"query":"q"}}}"#,
        r#"content_block_stop,"index":0}"#,
        r#"content_block_start,"index":1,"content_block":{"type":"web_search_tool_result","tool_use_id":"srvtoolu_ws_1","content":[{"type":"web_search_result","url":"u","title":"t","encrypted_content":"e","page_age":null}]}}"#,
        r#"content_block_stop,"index":1}"#,
    ];
    assert_eq!(written[2..6], expected);
    assert_eq!(written.len(), 8);
}

#[test]
fn what_is_known_of_the_prompt_is_told_at_the_start() {
    let usage = Usage { input: 9, cache_write: 5, cache_write_1h: 5, known: true, ..Usage::default() };
    let open = Event::Open { block: 0, open: Open::Text };
    let text = Event::Text { block: 0, text: "a".into() };
    let written = whole(&[start(), Event::Usage(usage), open, text, Event::Ping]);
    assert!(written[0].contains(r#""usage":{"input_tokens":9,"cache_creation_input_tokens":5"#), "{}", written[0]);
    assert_eq!(written[4], "ping}");
}

#[test]
fn trap_14_a_failure_is_the_last_word() {
    let events = [start(), Event::Open { block: 0, open: Open::Text }, Event::Text { block: 0, text: "half".into() }];
    let error = Error::new(Class::UpstreamTruncated, "cut");
    let written = written(&events, |emitter, out| emitter.fail(&error, out));
    let expected =
        r#"error,"error":{"type":"api_error","message":"cut"},"request_id":"req_07070707070707070707070707070707"}"#;
    assert_eq!(written.last().map(String::as_str), Some(expected));
    assert!(!written.iter().any(|event| event.starts_with("message_stop") || event.starts_with("content_block_stop")));
}

#[test]
fn a_stop_sequence_is_named() {
    let finish = Event::Finish { reason: Finish::StopSequence, stop_sequence: Some("END".into()) };
    let written = whole(&[finish]);
    assert!(written[2].contains(r#""stop_reason":"stop_sequence","stop_sequence":"END""#), "{}", written[2]);
    assert!(written[0].contains(r#""id":"msg_07070707070707070707070707070707""#), "{}", written[0]);
}

/// Claude Code 2.1 takes the last block for the result of its run: an empty one, if that is hidden.
#[test]
fn no_hidden_reasoning_is_last_but_where_nothing_is_said() {
    let hidden = || {
        let open = Open::Reasoning { shown: Shown::Hidden, binds: None };
        [
            Event::Open { block: 1, open },
            Event::Sign { block: 1, bytes: "gl1.z.z".into() },
            Event::Close { block: 1 },
            stop(Finish::Stop),
        ]
    };
    let text = [
        start(),
        Event::Open { block: 0, open: Open::Text },
        Event::Text { block: 0, text: "hi".into() },
        Event::Close { block: 0 },
    ];
    let told: Vec<Event<'_>> = text.into_iter().chain(hidden()).collect();
    assert_eq!(
        whole(&told),
        [
            HEAD,
            "ping}",
            r#"content_block_start,"index":0,"content_block":{"type":"text","text":""}}"#,
            r#"content_block_delta,"index":0,"delta":{"type":"text_delta","text":"hi"}}"#,
            r#"content_block_stop,"index":0}"#,
            TAIL,
            "message_stop}",
        ]
    );
    let alone: Vec<Event<'_>> = [start()].into_iter().chain(hidden()).collect();
    assert_eq!(
        whole(&alone)[2..4],
        [
            r#"content_block_start,"index":0,"content_block":{"type":"redacted_thinking","data":"gl1.z.z"}}"#,
            r#"content_block_stop,"index":0}"#,
        ]
    );
}
