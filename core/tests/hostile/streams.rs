//! Upstreams that send streams without end, without order, and without reason.

use bytes::Bytes;
use gatelet_core::dialect::Dialect;
use gatelet_core::dialect::translate::Translation;
use gatelet_core::error::{Class, Error};

use crate::cases::{frame, purpose};
use crate::effort::linear;
use crate::{CALLERS, callers};

/// A stream with many of something.
struct Many {
    upstream: Dialect,
    name: &'static str,
    before: &'static str,
    each: fn(usize) -> String,
    behind: &'static str,
    /// It has more of something than any answer.
    fails: bool,
}

/// How much larger an answer may be in another dialect: each event has its own head there.
const MAX_GROWTH: usize = 40;

/// What a client gets of it, and how it ended.
struct Told {
    bytes: Vec<u8>,
    error: Option<Error>,
    complete: bool,
}

fn told(upstream: Dialect, caller: Dialect, stream: &Bytes, piece: usize) -> Told {
    let mut translation = Translation::new(upstream, purpose(caller, upstream, true));
    let mut rest = stream.clone();
    let mut bytes = Vec::new();
    let mut broken = false;
    while !rest.is_empty() && !translation.is_over() {
        broken = translation.take(rest.split_to(piece.min(rest.len()))).is_err();
        while let Some(ready) = translation.next() {
            bytes.extend_from_slice(&ready);
        }
        if broken {
            break;
        }
    }
    if !broken {
        translation.finish();
    }
    let error = translation.failure().cloned();
    let error = error.or_else(|| broken.then(|| Error::new(Class::UpstreamInvalid, "no stream")));
    match &error {
        Some(error) => translation.fail(error),
        None if !translation.is_complete() => translation.fail(&Error::new(Class::UpstreamTruncated, "cut")),
        None => {}
    }
    while let Some(ready) = translation.next() {
        bytes.extend_from_slice(&ready);
    }
    Told { bytes, error, complete: translation.is_complete() }
}

impl Many {
    fn stream(&self, count: usize) -> Bytes {
        let mut stream = self.before.to_owned();
        for index in 0..count {
            stream.push_str(&(self.each)(index));
        }
        stream.push_str(self.behind);
        if self.upstream != Dialect::Converse {
            return stream.into();
        }
        let mut frames = Vec::new();
        for line in stream.lines() {
            let (kind, payload) = line.split_once(' ').expect("a type and a payload");
            frames.extend(frame(&[(":event-type", kind), (":message-type", "event")], payload));
        }
        frames.into()
    }

    fn run(&self) {
        for caller in callers(self.upstream) {
            let name = format!("{} of {} for {caller}", self.name, self.upstream);
            linear(
                &name,
                |count| (self.stream(count), count),
                |(stream, count)| {
                    let told = told(self.upstream, caller, stream, 16 << 10);
                    assert!(told.bytes.len() < (stream.len() + 4000) * MAX_GROWTH, "{name}: {}", told.bytes.len());
                    assert!(!(told.complete && told.error.is_some()), "{name}: whole and failed");
                    assert!(std::str::from_utf8(&told.bytes).is_ok(), "{name}");
                    // No answer has more of anything than 1024.
                    if self.fails && *count > 1024 {
                        let error = told.error.unwrap_or_else(|| panic!("{name}: not refused"));
                        assert_eq!(error.class, Class::UpstreamInvalid, "{name}: {}", error.message);
                    }
                },
            );
        }
    }
}

fn run(
    upstream: Dialect,
    before: &'static str,
    behind: &'static str,
    many: &[(&'static str, bool, fn(usize) -> String)],
) {
    for (name, fails, each) in many {
        Many { upstream, name, before, each: *each, behind, fails: *fails }.run();
    }
}

fn data(json: &str) -> String {
    format!("data: {json}\n\n")
}

#[test]
fn of_chat() {
    const END: &str = "data: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n";
    run(
        Dialect::Chat,
        "data: {\"id\":\"i\",\"model\":\"m\",\"choices\":[{\"index\":0,\"delta\":{\"role\":\"assistant\",\"content\":\"\"}}]}\n\n",
        END,
        &[
            ("texts", false, |_| chat(r#""content":"a""#)),
            ("texts and thoughts", false, |at| chat(["\"content\":\"a\"", "\"reasoning_content\":\"b\""][at % 2])),
            ("calls that never end", true, |at| {
                chat(&format!(
                    r#""tool_calls":[{{"index":{at},"id":"c{at}","function":{{"name":"f","arguments":"{{"}}}}]"#
                ))
            }),
            ("calls", true, |at| {
                chat(&format!(
                    r#""tool_calls":[{{"index":{at},"id":"c{at}","function":{{"name":"f","arguments":"{{}}"}}}}]"#
                ))
            }),
            ("calls with one number", true, |at| {
                chat(&format!(
                    r#""tool_calls":[{{"index":0,"id":"c{at}","function":{{"name":"f","arguments":"{{}}"}}}}]"#
                ))
            }),
            ("calls without names", true, |at| {
                chat(&format!(r#""tool_calls":[{{"index":{at},"function":{{"arguments":"x"}}}}]"#))
            }),
            ("fragments of two calls", false, |at| {
                chat(&format!(
                    r#""tool_calls":[{{"index":{0},"id":"c{0}","function":{{"name":"f","arguments":"1"}}}}]"#,
                    at % 2
                ))
            }),
            ("blanks before arguments", false, |at| {
                chat(&format!(
                    r#""tool_calls":[{{"index":0,"id":"c","function":{{"name":"f","arguments":"{}"}}}}]"#,
                    [" ", "{"][usize::from(at == 0)]
                ))
            }),
            ("choices", true, |at| {
                data(&format!(r#"{{"id":"i","choices":[{{"index":{at},"delta":{{"content":"a"}}}}]}}"#))
            }),
            ("two choices", false, |at| {
                data(&format!(r#"{{"id":"i","choices":[{{"index":{},"delta":{{"content":"a"}}}}]}}"#, at % 2))
            }),
            ("citations", false, |at| {
                chat(&format!(
                    r#""content":"a","annotations":[{{"type":"url_citation","url_citation":{{"url":"https://a/{at}","title":"t","start_index":0,"end_index":1}}}}]"#
                ))
            }),
            ("details of reasoning", false, |_| {
                chat(r#""reasoning_details":[{"type":"reasoning.text","text":"t","signature":"s"}]"#)
            }),
            ("refusals", false, |at| chat(["\"content\":\"a\"", "\"refusal\":\"b\""][at % 2])),
            ("usages", false, |at| {
                data(&format!(
                    r#"{{"id":"i","choices":[],"usage":{{"prompt_tokens":{at},"completion_tokens":1}},"service_tier":"t{at}"}}"#
                ))
            }),
            ("log probabilities", false, |_| {
                data(
                    r#"{"id":"i","choices":[{"index":0,"delta":{"content":"a"},"logprobs":{"content":[{"token":"a","logprob":-0.1,"top_logprobs":[]}]}}]}"#,
                )
            }),
            ("ends", false, |_| {
                data(r#"{"id":"i","choices":[{"index":0,"delta":{"content":"a"},"finish_reason":"stop"}]}"#)
            }),
            ("comments", false, |_| ": x\n\n".into()),
            ("blank lines", false, |_| "\n".into()),
            ("lines of one event", false, |_| "data: \n".into()),
            ("fields that are none", false, |_| "x: y\n".into()),
            ("names", false, |at| format!("event: e{at}\n")),
            ("empty events", false, |_| "data:\n\n".into()),
        ],
    );
}

fn chat(delta: &str) -> String {
    data(&format!(r#"{{"id":"i","model":"m","choices":[{{"index":0,"delta":{{{delta}}}}}]}}"#))
}

#[test]
fn of_messages() {
    const START: &str =
        "data: {\"type\":\"message_start\",\"message\":{\"id\":\"i\",\"model\":\"m\",\"usage\":{}}}\n\n";
    const END: &str = "data: {\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"end_turn\"},\"usage\":{\"output_tokens\":1}}\n\ndata: {\"type\":\"message_stop\"}\n\n";
    fn start(index: usize, block: &str) -> String {
        data(&format!(r#"{{"type":"content_block_start","index":{index},"content_block":{{{block}}}}}"#))
    }
    fn delta(index: usize, delta: &str) -> String {
        data(&format!(r#"{{"type":"content_block_delta","index":{index},"delta":{{{delta}}}}}"#))
    }
    fn stop(index: usize) -> String {
        data(&format!(r#"{{"type":"content_block_stop","index":{index}}}"#))
    }
    run(
        Dialect::Messages,
        START,
        END,
        &[
            ("texts", false, |_| delta(0, r#""type":"text_delta","text":"a""#)),
            ("blocks", false, |at| start(at, r#""type":"text","text":"a""#) + &stop(at)),
            ("blocks that never end", true, |at| start(at, r#""type":"text","text":"a""#)),
            ("calls that never end", true, |at| {
                start(at, &format!(r#""type":"tool_use","id":"c{at}","name":"f","input":{{}}"#))
            }),
            ("calls that end in one", false, |at| {
                start(at % 100, &format!(r#""type":"tool_use","id":"c{at}","name":"f","input":{{}}"#))
                    + &delta(at % 100, r#""type":"input_json_delta","partial_json":"{}""#)
            }),
            ("calls beside one that never ends", false, |at| {
                if at == 0 {
                    start(0, r#""type":"tool_use","id":"c","name":"f","input":{}"#)
                } else {
                    start(at, &format!(r#""type":"tool_use","id":"c{at}","name":"f","input":{{}}"#))
                        + &stop(at)
                        + &delta(0, r#""type":"input_json_delta","partial_json":" ""#)
                }
            }),
            ("blocks that nobody knows", true, |at| start(at, r#""type":"x""#)),
            ("deltas of blocks that were never begun", true, |at| delta(at, r#""type":"text_delta","text":"a""#)),
            ("deltas that do not fit", false, |at| {
                delta(0, [r#""type":"text_delta","text":"a""#, r#""type":"thinking_delta","thinking":"b""#][at % 2])
            }),
            ("ends of nothing", false, stop),
            ("thoughts", false, |at| start(at, r#""type":"thinking","thinking":"a","signature":"s""#) + &stop(at)),
            ("searches without results", true, |at| {
                start(
                    0,
                    &format!(r#""type":"server_tool_use","id":"s{at}","name":"web_search","input":{{"query":"q"}}"#),
                ) + &stop(0)
            }),
            ("results without searches", false, |at| {
                start(
                    0,
                    &format!(r#""type":"web_search_tool_result","tool_use_id":"s{at}","content":[{{"url":"u{at}"}}]"#),
                ) + &stop(0)
            }),
            ("citations", false, |at| {
                delta(
                    0,
                    &format!(
                        r#""type":"citations_delta","citation":{{"type":"web_search_result_location","url":"https://a/{at}","title":"t"}}"#
                    ),
                )
            }),
            ("starts", false, |_| START.into()),
            ("usages", false, |at| {
                data(&format!(r#"{{"type":"message_delta","delta":{{}},"usage":{{"output_tokens":{at}}}}}"#))
            }),
            ("keep-alives", false, |_| data(r#"{"type":"ping"}"#)),
        ],
    );
}

#[test]
fn of_responses() {
    const START: &str = "data: {\"type\":\"response.created\",\"response\":{\"id\":\"i\",\"model\":\"m\"}}\n\n";
    const END: &str = "data: {\"type\":\"response.completed\",\"response\":{\"id\":\"i\",\"status\":\"completed\",\"output\":[]}}\n\n";
    fn event(kind: &str, more: &str) -> String {
        data(&format!(r#"{{"type":"response.{kind}",{more}}}"#))
    }
    run(
        Dialect::Responses,
        START,
        END,
        &[
            ("texts", false, |_| event("output_text.delta", r#""output_index":0,"content_index":0,"delta":"a""#)),
            ("items", false, |at| {
                event(
                    "output_item.done",
                    &format!(
                        r#""output_index":{at},"item":{{"id":"m{at}","type":"message","content":[{{"type":"output_text","text":"a"}}]}}"#
                    ),
                )
            }),
            ("items that never end", true, |at| {
                event(
                    "output_item.added",
                    &format!(
                        r#""output_index":{at},"item":{{"id":"f{at}","type":"function_call","call_id":"c{at}","name":"f","arguments":""}}"#
                    ),
                )
            }),
            ("texts of items that were never added", true, |at| {
                event("output_text.delta", &format!(r#""output_index":{at},"content_index":0,"delta":"a""#))
            }),
            ("texts of items with ids of their own", false, |at| {
                event("output_text.delta", &format!(r#""item_id":"m{}","content_index":0,"delta":"a""#, at % 100))
            }),
            ("parts", true, |at| {
                event("output_text.delta", &format!(r#""output_index":0,"content_index":{at},"delta":"a""#))
            }),
            ("parts of a summary", false, |at| {
                event("reasoning_summary_text.delta", &format!(r#""output_index":0,"summary_index":{at},"delta":"a""#))
            }),
            ("reasonings with late parts", false, |at| {
                event(
                    "reasoning_summary_text.delta",
                    &format!(r#""output_index":{at},"summary_index":4095,"delta":"a""#),
                ) + &event(
                    "output_item.done",
                    &format!(r#""output_index":{at},"item":{{"id":"r{at}","type":"reasoning","summary":[]}}"#),
                )
            }),
            ("citations", false, |at| {
                event(
                    "output_text.annotation.added",
                    &format!(
                        r#""output_index":0,"content_index":0,"annotation":{{"type":"url_citation","url":"https://a/{at}","title":"t","start_index":0,"end_index":1}}"#
                    ),
                )
            }),
            ("arguments of nothing", false, |_| {
                event("function_call_arguments.delta", r#""output_index":0,"delta":"a""#)
            }),
            ("searches", false, |at| {
                event(
                    "output_item.done",
                    &format!(
                        r#""output_index":{at},"item":{{"id":"w{at}","type":"web_search_call","action":{{"type":"search","query":"q","sources":[{{"url":"u{at}"}}]}}}}"#
                    ),
                )
            }),
            ("events that nobody knows", false, |_| event("x", r#""a":1"#)),
            ("keep-alives", false, |_| data(r#"{"type":"keepalive"}"#)),
        ],
    );
}

#[test]
fn of_gemini() {
    const START: &str = "data: {\"responseId\":\"i\",\"modelVersion\":\"m\",\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"a\"}]}}]}\n\n";
    const END: &str = "data: {\"candidates\":[{\"finishReason\":\"STOP\"}],\"usageMetadata\":{}}\n\n";
    fn part(part: &str) -> String {
        data(&format!(r#"{{"candidates":[{{"content":{{"parts":[{{{part}}}]}}}}]}}"#))
    }
    run(
        Dialect::Gemini,
        START,
        END,
        &[
            ("texts", false, |_| part(r#""text":"a""#)),
            ("texts and thoughts", false, |at| part([r#""text":"a""#, r#""text":"b","thought":true"#][at % 2])),
            ("calls", false, |_| part(r#""functionCall":{"name":"f","args":{}}"#)),
            ("signatures", false, |_| part(r#""text":"","thoughtSignature":"c2ln""#)),
            ("candidates", false, |at| {
                data(&format!(r#"{{"candidates":[{{"index":{at},"content":{{"parts":[{{"text":"a"}}]}}}}]}}"#))
            }),
            ("sources", false, |at| {
                data(&format!(
                    r#"{{"candidates":[{{"content":{{"parts":[{{"text":"a{at}"}}]}},"groundingMetadata":{{"groundingChunks":[{{"web":{{"uri":"https://a/{at}","title":"t"}}}}],"groundingSupports":[{{"segment":{{"endIndex":1,"text":"a{at}"}},"groundingChunkIndices":[0]}}]}}}}]}}"#
                ))
            }),
            ("sources of one text", false, |at| {
                data(&format!(
                    r#"{{"candidates":[{{"content":{{"parts":[]}},"groundingMetadata":{{"groundingChunks":[{{"web":{{"uri":"https://a/{at}","title":"t"}}}}],"groundingSupports":[{{"segment":{{"endIndex":1}},"groundingChunkIndices":[0]}}]}}}}]}}"#
                ))
            }),
            ("usages", false, |at| data(&format!(r#"{{"usageMetadata":{{"promptTokenCount":{at}}}}}"#))),
        ],
    );
}

#[test]
fn of_converse() {
    run(
        Dialect::Converse,
        "messageStart {\"role\":\"assistant\"}\n",
        "messageStop {\"stopReason\":\"end_turn\"}\nmetadata {\"usage\":{\"inputTokens\":1,\"outputTokens\":1}}\n",
        &[
            ("texts", false, |_| "contentBlockDelta {\"contentBlockIndex\":0,\"delta\":{\"text\":\"a\"}}\n".into()),
            ("blocks that never end", true, |at| {
                format!("contentBlockDelta {{\"contentBlockIndex\":{at},\"delta\":{{\"text\":\"a\"}}}}\n")
            }),
            ("calls that never end", true, |at| {
                format!(
                    "contentBlockStart {{\"contentBlockIndex\":{at},\"start\":{{\"toolUse\":{{\"toolUseId\":\"c{at}\",\"name\":\"f\"}}}}}}\n"
                )
            }),
            ("calls", false, |at| {
                format!(
                    "contentBlockStart {{\"contentBlockIndex\":{at},\"start\":{{\"toolUse\":{{\"toolUseId\":\"c{at}\",\"name\":\"f\"}}}}}}\ncontentBlockStop {{\"contentBlockIndex\":{at}}}\n"
                )
            }),
            ("texts and thoughts", false, |at| {
                format!(
                    "contentBlockDelta {{\"contentBlockIndex\":0,\"delta\":{{{}}}}}\n",
                    ["\"text\":\"a\"", "\"reasoningContent\":{\"text\":\"b\"}"][at % 2]
                )
            }),
            ("ends of nothing", false, |at| format!("contentBlockStop {{\"contentBlockIndex\":{at}}}\n")),
            ("events that nobody knows", false, |_| "x {}\n".into()),
        ],
    );
}

/// Whatever the pieces are that it comes in, a long event is read once.
#[test]
fn a_byte_at_a_time() {
    let text = "a".repeat(10);
    for (upstream, caller, event) in [
        (Dialect::Chat, Dialect::Messages, chat(&format!(r#""content":"{text}""#))),
        (
            Dialect::Gemini,
            Dialect::Responses,
            data(&format!(r#"{{"candidates":[{{"content":{{"parts":[{{"text":"{text}"}}]}}}}]}}"#)),
        ),
    ] {
        linear(
            "a byte at a time",
            |count| Bytes::from(event.repeat(count / 50)),
            |stream| drop(told(upstream, caller, stream, 1)),
        );
        let long = event.replace(&text, &"b".repeat(200_000));
        let told = told(upstream, caller, &long.into(), 1);
        assert!(told.bytes.len() > 200_000 && told.error.is_none());
    }
}

/// An event of 16 MB is read; one that is larger is no event.
#[test]
fn an_event_has_a_limit() {
    let length = 16 << 20;
    for (more, fails) in [(0, false), (3 << 20, true)] {
        let event = chat(&format!(r#""content":"{}""#, "a".repeat(length - 200 + more)));
        let told = told(Dialect::Chat, Dialect::Messages, &event.into(), 1 << 20);
        assert_eq!(told.error.is_some(), fails, "{more}");
        assert_eq!(told.bytes.len() > length - 200, !fails);
    }
}

/// What a prelude says is not believed before it is there.
#[test]
fn frames_with_absurd_lengths() {
    let good = frame(&[(":event-type", "messageStart"), (":message-type", "event")], "{\"role\":\"assistant\"}");
    for length in [0_u32, 1, 15, 1 << 24, 1 << 30, u32::MAX] {
        for headers in [0_u32, 1 << 20, u32::MAX] {
            let mut bad = good.clone();
            bad.extend_from_slice(&length.to_be_bytes());
            bad.extend_from_slice(&headers.to_be_bytes());
            bad.extend_from_slice(&[0; 64]);
            for piece in [1, 7, 1000] {
                let told = told(Dialect::Converse, Dialect::Chat, &bad.clone().into(), piece);
                assert!(!told.complete && told.error.is_some(), "{length} {headers} {piece}");
            }
        }
    }
}

/// A million calls in one event.
#[test]
fn much_in_one_event() {
    for caller in CALLERS.into_iter().filter(|caller| *caller != Dialect::Chat) {
        for one in [
            r#"{"index":«»,"id":"c«»","function":{"name":"f","arguments":"{}"}}"#,
            r#"{"index":0,"id":"c«»","function":{"name":"f","arguments":"{"}}"#,
        ] {
            linear(
                &format!("calls in one event for {caller}"),
                |count| {
                    let calls: Vec<String> = (0..count * 5).map(|at| one.replace("«»", &at.to_string())).collect();
                    Bytes::from(chat(&format!(r#""tool_calls":[{}]"#, calls.join(","))))
                },
                |stream| assert!(told(Dialect::Chat, caller, stream, 1 << 20).bytes.len() < stream.len() * MAX_GROWTH),
            );
        }
    }
    for caller in CALLERS.into_iter().filter(|caller| *caller != Dialect::Gemini) {
        linear(
            &format!("citations in one event for {caller}"),
            |count| {
                let supports: Vec<String> = (0..count).map(|at| format!(r#"{{"segment":{{"endIndex":{0},"text":"none"}},"groundingChunkIndices":[0]}},{{"segment":{{"startIndex":{0},"endIndex":{1}}},"groundingChunkIndices":[0]}}"#, at % 900, at % 900 + 1)).collect();
                Bytes::from(data(&format!(
                    r#"{{"candidates":[{{"content":{{"parts":[{{"text":"{}"}}]}},"groundingMetadata":{{"groundingChunks":[{{"web":{{"uri":"u"}}}}],"groundingSupports":[{}]}}}}]}}"#,
                    "a".repeat(1000),
                    supports.join(",")
                )))
            },
            |stream| drop(told(Dialect::Gemini, caller, stream, 1 << 20)),
        );
    }
}
