//! Answers as they are written, streamed and whole.

use super::emit_stream::StreamEmitter;
use super::write_whole;
use crate::dialect::canonical::gather::Gather;
use crate::dialect::canonical::request::Shown;
use crate::dialect::canonical::{Citation, Event, Finish, Open, TokenLogprob};
use crate::dialect::codec::{Caller, Echo, Emitter};
use crate::error::{Class, Error};
use crate::store::RequestId;
use crate::usage::Usage;
use crate::wire::write::Writer;

fn echo(caller: Caller) -> Echo {
    Echo {
        request: RequestId::new([7; 16]),
        created: 99,
        model: "their-model".into(),
        asked: "m".into(),
        caller,
        array: false,
    }
}

fn start() -> Event<'static> {
    Event::Start { id: "msg_1".into(), model: "m".into(), created: Some(5) }
}

fn open(block: u32, open: Open<'static>) -> Event<'static> {
    Event::Open { block, open }
}

fn thought(block: u32, shown: Shown) -> Event<'static> {
    open(block, Open::Reasoning { shown, binds: None })
}

fn call(block: u32, id: &'static str, custom: bool, signed: Option<&'static str>) -> Event<'static> {
    let signed = signed.map(Into::into);
    open(block, Open::Call { id: id.into(), name: "f".into(), namespace: None, custom, signed })
}

fn text(block: u32, text: &'static str) -> Event<'static> {
    Event::Text { block, text: text.into() }
}

fn think(block: u32, part: u32, text: &'static str) -> Event<'static> {
    Event::Reasoning { block, part, text: text.into() }
}

fn arguments(block: u32, text: &'static str) -> Event<'static> {
    Event::Arguments { block, text: text.into() }
}

fn sign(block: u32) -> Event<'static> {
    Event::Sign { block, bytes: "gl1.x.s".into() }
}

fn finish(reason: Finish) -> Event<'static> {
    Event::Finish { reason, stop_sequence: None }
}

fn usage() -> Event<'static> {
    Event::Usage(Usage { input: 3, cache_read: 4, output: 5, known: true, ..Usage::default() })
}

const HEAD: &str = r#"{"id":"chatcmpl-1","object":"chat.completion.chunk","created":5,"model":"m""#;

/// The stream's data, without what every chunk begins with.
fn streamed(caller: Caller, events: &[Event<'static>]) -> Vec<String> {
    let mut emitter = StreamEmitter::new(echo(caller));
    let mut out = Vec::new();
    for event in events {
        emitter.event(event, &mut out);
    }
    emitter.finish(&mut out);
    lines(&out)
}

fn lines(out: &[u8]) -> Vec<String> {
    let text = std::str::from_utf8(out).expect("UTF-8");
    assert!(text.is_empty() || text.ends_with("\n\n"));
    let events = text.split_terminator("\n\n").map(|event| {
        let data = event.strip_prefix("data: ").expect("data");
        if data != "[DONE]" {
            assert!(crate::wire::json::is_valid(data), "{data}");
        }
        data.strip_prefix(HEAD).unwrap_or(data).to_owned()
    });
    events.collect()
}

/// A chunk of choice 0 with a delta.
fn delta(delta: &str) -> String {
    format!(r#","choices":[{{"index":0,"delta":{delta},"logprobs":null,"finish_reason":null}}]}}"#)
}

fn last(reason: &str) -> String {
    format!(r#","choices":[{{"index":0,"delta":{{}},"logprobs":null,"finish_reason":"{reason}"}}]}}"#)
}

fn whole(caller: Caller, events: Vec<Event<'static>>) -> String {
    let mut gather = Gather::default();
    events.into_iter().for_each(|event| gather.push(event));
    let mut json = Writer::default();
    write_whole::write(&gather.finish(), &echo(caller), &mut json);
    let written = String::from_utf8(json.into_bytes()).expect("UTF-8");
    assert!(crate::wire::json::is_valid(&written), "{written}");
    written
}

#[test]
fn a_stream_has_chats_grammar() {
    let events = [
        start(),
        thought(0, Shown::Summary),
        think(0, 0, "one"),
        think(0, 1, "two"),
        sign(0),
        Event::Close { block: 0 },
        thought(1, Shown::Hidden),
        sign(1),
        open(2, Open::Text),
        text(2, "a\n"),
        text(2, ""),
        Event::Ping,
        Event::Close { block: 2 },
        // Block 3 of the answer is call 0.
        call(3, "c1", false, None),
        call(4, "c2", true, Some("gl1.x.g")),
        arguments(3, "{"),
        arguments(4, "x"),
        arguments(3, "}"),
        finish(Finish::ToolCalls),
        finish(Finish::Stop),
        usage(),
    ];
    let expected = [
        delta(r#"{"role":"assistant","content":""}"#),
        delta(r#"{"reasoning_content":"one"}"#),
        delta(r#"{"reasoning_content":"\n\ntwo"}"#),
        delta(r#"{"reasoning_details":[{"type":"reasoning.encrypted","id":"gl_8","data":"gl1.x.s","index":0}]}"#),
        delta(r#"{"reasoning_details":[{"type":"reasoning.encrypted","data":"gl1.x.s","index":1}]}"#),
        delta(r#"{"content":"a\n"}"#),
        delta(r#"{"tool_calls":[{"index":0,"id":"c1","type":"function","function":{"name":"f","arguments":""}}]}"#),
        delta(
            r#"{"tool_calls":[{"index":1,"id":"c2","type":"custom","custom":{"name":"f","input":""},"extra_content":{"google":{"thought_signature":"gl1.x.g"}}}]}"#,
        ),
        delta(r#"{"tool_calls":[{"index":0,"function":{"arguments":"{"}}]}"#),
        delta(r#"{"tool_calls":[{"index":1,"custom":{"input":"x"}}]}"#),
        delta(r#"{"tool_calls":[{"index":0,"function":{"arguments":"}"}}]}"#),
        last("tool_calls"),
        "[DONE]".to_owned(),
    ];
    assert_eq!(streamed(Caller::default(), &events), expected);
}

#[test]
fn trap_23_usage_is_told_to_whom_has_asked() {
    let events = [start(), open(0, Open::Text), text(0, "a"), usage(), finish(Finish::Length)];
    let caller = Caller { include_usage: true, ..Caller::default() };
    let told = streamed(caller, &events);
    assert!(told[..3].iter().all(|chunk| chunk.starts_with(r#","usage":null,"choices":[{"#)), "{told:?}");
    let expected = concat!(
        r#","choices":[],"usage":{"prompt_tokens":7,"completion_tokens":5,"total_tokens":12,"#,
        r#""prompt_tokens_details":{"cached_tokens":4,"cache_write_tokens":0},"completion_tokens_details":{}}}"#
    );
    assert_eq!(told[3..], [expected, "[DONE]"]);
    assert!(streamed(Caller::default(), &events).iter().all(|chunk| !chunk.contains("usage")));
}

#[test]
fn functions_are_answered_as_functions() {
    let caller = Caller { legacy_functions: true, ..Caller::default() };
    let events = vec![start(), call(0, "c", false, None), arguments(0, "{}"), finish(Finish::ToolCalls)];
    let expected = [
        delta(r#"{"role":"assistant","content":""}"#),
        delta(r#"{"function_call":{"name":"f","arguments":""}}"#),
        delta(r#"{"function_call":{"arguments":"{}"}}"#),
        last("function_call"),
        "[DONE]".to_owned(),
    ];
    assert_eq!(streamed(caller.clone(), &events), expected);
    let written = whole(caller, events);
    assert!(written.contains(
        r#""message":{"role":"assistant","content":null,"refusal":null,"function_call":{"name":"f","arguments":"{}"}},"logprobs":null,"finish_reason":"function_call"}"#
    ), "{written}");
}

#[test]
fn citations_count_in_the_whole_text() {
    let cite = |block, span, document| Event::Cite {
        block,
        citation: Citation { url: "u".into(), title: "t".into(), span, document, ..Citation::default() },
    };
    let events = vec![
        start(),
        open(0, Open::Text),
        text(0, "éa"),
        Event::Close { block: 0 },
        open(1, Open::Text),
        text(1, "bcd"),
        cite(1, Some((1, 2)), false),
        cite(1, None, false),
        cite(1, None, true),
        finish(Finish::Stop),
    ];
    let annotation = |index: &str, start, end| {
        format!(
            r#"{{{index}"type":"url_citation","url_citation":{{"url":"u","title":"t","start_index":{start},"end_index":{end}}}}}"#
        )
    };
    let told = streamed(Caller::default(), &events);
    let expected = [
        delta(&format!(r#"{{"annotations":[{}]}}"#, annotation(r#""index":0,"#, 3, 4))),
        delta(&format!(r#"{{"annotations":[{}]}}"#, annotation(r#""index":1,"#, 2, 5))),
        last("stop"),
        "[DONE]".to_owned(),
    ];
    assert_eq!(told[3..], expected);
    let written = whole(Caller::default(), events);
    let expected = format!(
        r#""content":"éabcd","refusal":null,"annotations":[{},{}]}}"#,
        annotation("", 3, 4),
        annotation("", 2, 5)
    );
    assert!(written.contains(&expected), "{written}");
}

#[test]
fn log_probabilities_are_told_to_whom_has_asked() {
    let token = TokenLogprob { token: "é".into(), logprob: "-0.5".into(), top: vec![("e".into(), "-1e-3".into())] };
    let events = vec![start(), open(0, Open::Text), text(0, "é"), Event::Logprobs(vec![token]), finish(Finish::Stop)];
    let logprobs = r#""logprobs":{"content":[{"token":"é","logprob":-0.5,"bytes":[195,169],"top_logprobs":[{"token":"e","logprob":-1e-3,"bytes":[101]}]}],"refusal":null},"finish_reason":"#;
    let caller = Caller { logprobs: true, ..Caller::default() };
    assert_eq!(
        streamed(caller.clone(), &events)[2],
        format!(r#","choices":[{{"index":0,"delta":{{}},{logprobs}null}}]}}"#)
    );
    assert!(whole(caller, events.clone()).contains(logprobs));
    assert_eq!(streamed(Caller::default(), &events).len(), 4);
    assert!(whole(Caller::default(), events).contains(r#""logprobs":null,"finish_reason":"stop""#));
}

#[test]
fn several_choices_each_have_role_and_end() {
    let events = [
        start(),
        open(0, Open::Text),
        text(0, "a"),
        Event::Choice(1),
        open(1, Open::Text),
        text(1, "b"),
        finish(Finish::Length),
        Event::Choice(0),
        finish(Finish::Stop),
    ];
    let told = streamed(Caller::default(), &events);
    let of = |index: u32, delta: &str, reason: &str| {
        format!(r#","choices":[{{"index":{index},"delta":{delta},"logprobs":null,"finish_reason":{reason}}}]}}"#)
    };
    let role = r#"{"role":"assistant","content":""}"#;
    let expected = [
        of(0, role, "null"),
        of(0, r#"{"content":"a"}"#, "null"),
        of(1, role, "null"),
        of(1, r#"{"content":"b"}"#, "null"),
        of(0, "{}", r#""stop""#),
        of(1, "{}", r#""length""#),
        "[DONE]".to_owned(),
    ];
    assert_eq!(told, expected);
}

/// Traps 14 and 16: neither `finish_reason` nor `[DONE]` after a failure.
#[test]
fn trap_14_a_failure_is_the_last_event() {
    let error = Error::new(Class::UpstreamTruncated, "cut");
    let frame = r#"{"error":{"message":"cut","type":"server_error","param":null,"code":"upstream_truncated"}}"#;
    let mut emitter = StreamEmitter::new(echo(Caller::default()));
    let mut out = Vec::new();
    for event in [start(), open(0, Open::Text), text(0, "a")] {
        emitter.event(&event, &mut out);
    }
    emitter.fail(&error, &mut out);
    emitter.finish(&mut out);
    emitter.event(&text(0, "b"), &mut out);
    emitter.fail(&error, &mut out);
    let told = lines(&out);
    assert_eq!(told[2..], [frame]);
    // What the model made was no call: that is no success.
    let told = streamed(Caller::default(), &[start(), finish(Finish::Malformed)]);
    assert!(told.len() == 2 && told[1].contains("upstream_invalid"), "{told:?}");
}

#[test]
fn what_the_upstream_leaves_out_is_the_gateways() {
    let mut emitter = StreamEmitter::new(echo(Caller::default()));
    let mut out = Vec::new();
    emitter.event(&Event::Start { id: "".into(), model: "".into(), created: None }, &mut out);
    emitter.event(&Event::Tier("flex".into()), &mut out);
    emitter.finish(&mut out);
    let told = lines(&out);
    let head = r#"{"id":"chatcmpl-07070707070707070707070707070707","object":"chat.completion.chunk","created":99,"model":"their-model""#;
    assert!(told[0].starts_with(&format!("{head},\"choices\"")), "{}", told[0]);
    assert!(told[1].starts_with(&format!("{head},\"service_tier\":\"flex\",\"choices\"")), "{}", told[1]);
    assert_eq!(told[2], "[DONE]");
}

#[test]
fn a_whole_answer_has_every_key() {
    let events = vec![
        start(),
        thought(0, Shown::Summary),
        think(0, 0, "one"),
        sign(0),
        thought(1, Shown::Summary),
        think(1, 0, "two"),
        sign(1),
        thought(2, Shown::Hidden),
        sign(2),
        call(3, "c1", false, None),
        arguments(3, "{}"),
        finish(Finish::ToolCalls),
        usage(),
        Event::Tier("default".into()),
    ];
    let expected = concat!(
        r#"{"id":"chatcmpl-1","object":"chat.completion","created":5,"model":"m","choices":[{"index":0,"message":{"role":"assistant","#,
        r#""content":null,"refusal":null,"reasoning_content":"one\n\ntwo","reasoning_details":["#,
        r#"{"type":"reasoning.encrypted","id":"gl_3","data":"gl1.x.s","index":0},"#,
        r#"{"type":"reasoning.encrypted","id":"gl_3","data":"gl1.x.s","index":1},"#,
        r#"{"type":"reasoning.encrypted","data":"gl1.x.s","index":2}],"#,
        r#""tool_calls":[{"id":"c1","type":"function","function":{"name":"f","arguments":"{}"}}]},"logprobs":null,"finish_reason":"tool_calls"}],"#,
        r#""usage":{"prompt_tokens":7,"completion_tokens":5,"total_tokens":12,"prompt_tokens_details":{"cached_tokens":4,"cache_write_tokens":0},"completion_tokens_details":{}},"service_tier":"default"}"#
    );
    assert_eq!(whole(Caller::default(), events), expected);
    for (events, message) in [
        (vec![finish(Finish::ContentFilter)], r#""content":null,"refusal":null}"#),
        (vec![finish(Finish::Stop)], r#""content":"","refusal":null}"#),
        (vec![open(0, Open::Refusal), text(0, "no"), finish(Finish::Refusal)], r#""content":null,"refusal":"no"}"#),
        (
            vec![open(0, Open::Text), text(0, "a"), open(1, Open::Text), text(1, "b")],
            r#""content":"ab","refusal":null}"#,
        ),
    ] {
        let written = whole(Caller::default(), events);
        assert!(written.contains(message) && !written.contains("usage"), "{written}");
    }
}
