use serde_json::{Value, json};

use super::*;
use crate::dialect::canonical::gather::Gather;
use crate::dialect::canonical::{Citation, Search, TokenLogprob};
use crate::dialect::codec::Caller;
use crate::error::Class;
use crate::store::RequestId;

fn echo() -> Echo {
    Echo {
        request: RequestId::new([0xab; 16]),
        created: 1_700_000_000,
        model: "claude".into(),
        asked: "m".into(),
        caller: Caller {
            tool_search: true,
            echo: vec![("tools", "[{\"type\":\"function\",\n\"name\":\"f\"}]".into()), ("temperature", "0.70".into())],
            ..Caller::default()
        },
        array: false,
    }
}

fn start() -> Event<'static> {
    Event::Start { id: "msg_01X".into(), model: "claude-opus".into(), created: Some(7) }
}

fn open(block: u32, open: Open<'static>) -> Event<'static> {
    Event::Open { block, open }
}

fn text(block: u32, text: &'static str) -> Event<'static> {
    Event::Text { block, text: text.into() }
}

fn call(block: u32, name: &'static str, custom: bool) -> Event<'static> {
    let namespace = (name == "log").then(|| "git".into());
    open(block, Open::Call { id: "toolu_1".into(), name: name.into(), namespace, custom, signed: None })
}

fn arguments(block: u32, text: &'static str) -> Event<'static> {
    Event::Arguments { block, text: text.into() }
}

fn thought(shown: Shown) -> Open<'static> {
    Open::Reasoning { shown, binds: None }
}

fn finish(reason: Finish) -> Event<'static> {
    Event::Finish { reason, stop_sequence: None }
}

fn usage() -> Usage {
    Usage { input: 5, cache_read: 3, cache_write: 2, output: 9, known: true, ..Usage::default() }
}

/// The stream of events, each as its name and data.
fn stream(events: &[Event<'_>], failure: Option<&Error>) -> Vec<Value> {
    let mut emitter = StreamEmitter::new(echo());
    let mut out = Vec::new();
    for event in events {
        emitter.event(event, &mut out);
    }
    match failure {
        Some(error) => emitter.fail(error, &mut out),
        None => emitter.finish(&mut out),
    }
    let out = String::from_utf8(out).expect("UTF-8");
    let told = out.strip_suffix("\n\n").expect("a blank line behind the last event").split("\n\n");
    let told: Vec<Value> = told
        .map(|event| {
            let (name, data) = event.split_once('\n').expect("two lines");
            let data: Value = serde_json::from_str(data.strip_prefix("data: ").expect("data")).expect("JSON");
            assert_eq!(data["type"], name.strip_prefix("event: ").expect("a name"));
            data
        })
        .collect();
    check(&told, failure.is_some());
    told
}

/// What holds of every stream (traps 11 and 12): numbers without gaps, items announced before anything is said of them,
/// one id for all of an item, parts and texts that add up, a last event that holds every item.
fn check(told: &[Value], failed: bool) {
    let mut done = Vec::new();
    let mut open: Option<(Value, String)> = None;
    for (number, event) in told.iter().enumerate() {
        assert_eq!(event["sequence_number"], number, "{event}");
        match event["type"].as_str().expect("a type") {
            "response.created" | "response.in_progress" => {
                assert!(number < 2 && event["response"]["status"] == "in_progress");
                assert_eq!(event["response"]["output"], json!([]));
            }
            "response.output_item.added" => {
                assert!(
                    open.is_none() && event["output_index"] == done.len() && event["item"]["status"] == "in_progress"
                );
                open = Some((event["item"]["id"].clone(), String::new()));
            }
            "response.output_item.done" => {
                let (id, _) = open.take().expect("an open item");
                assert!(event["item"]["id"] == id && event["output_index"] == done.len());
                done.push(event["item"].clone());
            }
            "response.completed" | "response.incomplete" | "response.failed" => {
                assert_eq!(number + 1, told.len());
                assert_eq!(event["response"]["output"], json!(done));
                assert!(open.is_none() || failed);
                let name = event["type"].as_str().and_then(|name| name.strip_prefix("response."));
                assert_eq!(event["response"]["status"].as_str(), name);
                whole(&event["response"]);
            }
            kind => {
                let (id, said) = open.as_mut().expect("an open item");
                assert!(event["item_id"] == *id && event["output_index"] == done.len(), "{event}");
                if let Some(delta) = event["delta"].as_str() {
                    said.push_str(delta);
                } else if kind.ends_with(".done") && !kind.contains("part") {
                    let whole = ["text", "refusal", "arguments", "input"].iter().find_map(|key| event[*key].as_str());
                    assert_eq!(whole, Some(said.as_str()), "{event}");
                    said.clear();
                }
            }
        }
    }
}

/// Every key that the official type requires, and those it has besides (openai-python, `types/responses/response.py`).
fn whole(response: &Value) {
    let keys = "id object created_at status background error incomplete_details instructions metadata model output \
        parallel_tool_calls temperature tool_choice tools top_p usage max_output_tokens previous_response_id reasoning \
        store text truncation service_tier";
    for key in keys.split_whitespace() {
        assert!(response.get(key).is_some(), "{key}");
    }
    assert!(response["tools"].is_array() && response["parallel_tool_calls"].is_boolean());
    if let Some(usage) = response["usage"].as_object() {
        assert!(usage["input_tokens_details"]["cached_tokens"].is_u64());
        assert!(usage["input_tokens_details"]["cache_write_tokens"].is_u64());
        assert!(usage["output_tokens_details"]["reasoning_tokens"].is_u64());
    }
}

/// The same answer whole.
fn written(events: &[Event<'_>]) -> Value {
    let mut gather = Gather::default();
    for event in events {
        gather.push(event.clone());
    }
    let mut json = Writer::with_capacity(64);
    super::super::write_whole::write(&gather.finish(), &echo(), &mut json);
    let response: Value = serde_json::from_slice(&json.into_bytes()).expect("JSON");
    whole(&response);
    response
}

fn names(told: &[Value]) -> Vec<&str> {
    told.iter().filter_map(|event| event["type"].as_str()?.strip_prefix("response.")).collect()
}

fn everything() -> Vec<Event<'static>> {
    vec![
        start(),
        open(0, thought(Shown::Summary)),
        Event::Reasoning { block: 0, part: 0, text: "a".into() },
        Event::Reasoning { block: 0, part: 0, text: "b".into() },
        Event::Reasoning { block: 0, part: 1, text: "c".into() },
        Event::Sign { block: 0, bytes: "gl1.x.sig".into() },
        Event::Close { block: 0 },
        open(1, Open::Text),
        text(1, "Ä1 "),
        Event::Close { block: 1 },
        open(2, Open::Text),
        text(2, "cited"),
        Event::Cite {
            block: 2,
            citation: Citation { url: "https://x".into(), title: "X".into(), ..Citation::default() },
        },
        Event::Cite { block: 2, citation: Citation { document: true, ..Citation::default() } },
        Event::Close { block: 2 },
        call(3, "f", false),
        arguments(3, "{\"n\":"),
        arguments(3, "12345678901234567890}"),
        Event::Close { block: 3 },
        call(4, "log", true),
        arguments(4, "*** Begin\n"),
        Event::Close { block: 4 },
        call(5, "tool_search", false),
        arguments(5, "{\"q\":1.0}"),
        Event::Close { block: 5 },
        call(6, "f", false),
        Event::Close { block: 6 },
        Event::Usage(usage()),
        Event::Tier("default".into()),
        finish(Finish::ToolCalls),
    ]
}

#[test]
fn everything_is_told_in_order() {
    let told = stream(&everything(), None);
    let expected = "created in_progress \
        output_item.added reasoning_summary_part.added reasoning_summary_text.delta reasoning_summary_text.delta \
        reasoning_summary_text.done reasoning_summary_part.done reasoning_summary_part.added \
        reasoning_summary_text.delta reasoning_summary_text.done reasoning_summary_part.done output_item.done \
        output_item.added content_part.added output_text.delta output_text.delta output_text.annotation.added \
        output_text.done content_part.done output_item.done \
        output_item.added function_call_arguments.delta function_call_arguments.delta function_call_arguments.done \
        output_item.done \
        output_item.added custom_tool_call_input.delta custom_tool_call_input.done output_item.done \
        output_item.added output_item.done \
        output_item.added function_call_arguments.delta function_call_arguments.done output_item.done \
        completed";
    assert_eq!(names(&told), expected.split_whitespace().collect::<Vec<_>>());
    let response = &told.last().expect("an end")["response"];
    let hex = "abababababababababababababababab";
    let items = json!([
        {"id": format!("rs_{hex}0"), "type": "reasoning", "status": "completed", "encrypted_content": "gl1.x.sig",
         "summary": [{"type": "summary_text", "text": "ab"}, {"type": "summary_text", "text": "c"}]},
        {"id": format!("msg_{hex}1"), "type": "message", "status": "completed", "role": "assistant", "content": [
            {"type": "output_text", "text": "Ä1 cited", "logprobs": [], "annotations": [
                {"type": "url_citation", "url": "https://x", "title": "X", "start_index": 3, "end_index": 8}]}]},
        {"id": format!("fc_{hex}2"), "type": "function_call", "status": "completed", "call_id": "toolu_1", "name": "f",
         "arguments": "{\"n\":12345678901234567890}"},
        {"id": format!("ctc_{hex}3"), "type": "custom_tool_call", "status": "completed", "call_id": "toolu_1",
         "name": "log", "namespace": "git", "input": "*** Begin\n"},
        {"id": format!("tsc_{hex}4"), "type": "tool_search_call", "status": "completed", "call_id": "toolu_1",
         "execution": "client", "arguments": {"q": 1.0}},
        {"id": format!("fc_{hex}5"), "type": "function_call", "status": "completed", "call_id": "toolu_1", "name": "f",
         "arguments": "{}"},
    ]);
    assert_eq!(response["output"], items);
    assert_eq!((&response["id"], &response["model"]), (&json!("resp_01X"), &json!("claude-opus")));
    assert_eq!((&response["created_at"], &response["temperature"]), (&json!(7), &json!(0.7)));
    assert_eq!(response["tools"], json!([{"type": "function", "name": "f"}]));
    assert_eq!(response["service_tier"], "default");
    let expected = json!({"input_tokens": 10, "input_tokens_details": {"cached_tokens": 3, "cache_write_tokens": 2},
        "output_tokens": 9, "output_tokens_details": {"reasoning_tokens": 0}, "total_tokens": 19});
    assert_eq!(response["usage"], expected);
}

/// A stream's last event is what a whole answer is.
#[test]
fn trap_12_the_end_is_a_whole_answer() {
    let told = stream(&everything(), None);
    assert_eq!(told.last().expect("an end")["response"], written(&everything()));
}

#[test]
fn trap_11_items_are_announced_before_their_deltas() {
    let told = stream(&[start(), open(0, Open::Text), text(0, "a"), Event::Close { block: 0 }], None);
    let added = told.iter().position(|event| event["type"] == "response.output_item.added");
    let delta = told.iter().position(|event| event["type"] == "response.output_text.delta");
    assert!(added < delta);
    assert_eq!(told[added.expect("it")]["item"]["content"], json!([]));
    assert_eq!(told[delta.expect("it")]["logprobs"], json!([]));
}

/// Trap 24: raw reasoning has its place, and a thought of which nothing is shown but its signature comes back as one.
#[test]
fn trap_24_reasoning_stays_apart() {
    let events = |shown, texts: &[&'static str], bytes: Option<&'static str>| {
        let mut events = vec![start(), open(0, thought(shown))];
        events.extend(texts.iter().map(|text| Event::Reasoning { block: 0, part: 0, text: (*text).into() }));
        events.extend(bytes.map(|bytes| Event::Sign { block: 0, bytes: bytes.into() }));
        events.extend([Event::Close { block: 0 }, finish(Finish::Stop)]);
        events
    };
    let raw = events(Shown::Raw, &["a", "b"], None);
    let told = stream(&raw, None);
    let expected = "created in_progress output_item.added content_part.added reasoning_text.delta reasoning_text.delta \
        reasoning_text.done content_part.done output_item.done completed";
    assert_eq!(names(&told), expected.split_whitespace().collect::<Vec<_>>());
    let item = &told[8]["item"];
    assert_eq!((&item["summary"], &item["content"]), (&json!([]), &json!([{"type": "reasoning_text", "text": "ab"}])));
    assert_eq!(written(&raw)["output"][0], *item);

    for (shown, summary) in
        [(Shown::Hidden, json!([])), (Shown::Summary, json!([{"type": "summary_text", "text": ""}]))]
    {
        let events = events(shown, &[], Some("gl1.x.s"));
        let told = stream(&events, None);
        let output = &told.last().expect("an end")["response"]["output"];
        assert_eq!((&output[0]["summary"], &output[0]["encrypted_content"]), (&summary, &json!("gl1.x.s")));
        assert_eq!(*output, written(&events)["output"]);
    }
}

#[test]
fn refusals_and_searches_have_their_own_events() {
    let search = Search {
        queries: vec!["q".into()],
        sources: vec![("https://x".into(), "X".into(), None)],
        complete: true,
        ..Search::default()
    };
    let events = [
        start(),
        Event::Search(search),
        open(0, Open::Text),
        text(0, "Well."),
        Event::Close { block: 0 },
        open(1, Open::Refusal),
        text(1, "No."),
        Event::Close { block: 1 },
        finish(Finish::Refusal),
    ];
    let told = stream(&events, None);
    let expected = "created in_progress output_item.added web_search_call.in_progress web_search_call.searching \
        web_search_call.completed output_item.done output_item.added content_part.added output_text.delta \
        output_text.done content_part.done content_part.added refusal.delta refusal.done content_part.done \
        output_item.done completed";
    assert_eq!(names(&told), expected.split_whitespace().collect::<Vec<_>>());
    let output = &told.last().expect("an end")["response"]["output"];
    assert_eq!(output[0]["action"], json!({"type": "search", "query": "q", "queries": ["q"]}));
    assert_eq!(output[1]["content"][1], json!({"type": "refusal", "refusal": "No."}));
    assert_eq!(*output, written(&events)["output"]);
}

#[test]
fn logprobs_come_behind_their_text() {
    let token = TokenLogprob { token: "é".into(), logprob: "-0.50".into(), top: vec![("e".into(), "-1".into())] };
    let events = [
        start(),
        open(0, Open::Text),
        text(0, "é"),
        Event::Logprobs(vec![token]),
        Event::Close { block: 0 },
        finish(Finish::Stop),
    ];
    let told = stream(&events, None);
    let expected = json!([{"token": "é", "logprob": -0.5, "bytes": [195, 169],
        "top_logprobs": [{"token": "e", "logprob": -1, "bytes": [101]}]}]);
    assert_eq!((&told[5]["delta"], &told[5]["logprobs"]), (&json!(""), &expected));
    assert_eq!(told[6]["logprobs"], expected);
    let response = &told.last().expect("an end")["response"];
    assert_eq!(response["output"][0]["content"][0]["logprobs"], expected);
    assert_eq!(*response, written(&events));
}

#[test]
fn an_answer_ends_as_it_does() {
    let cases = [
        (Finish::Stop, "completed", json!(null), "completed"),
        (Finish::StopSequence, "completed", json!(null), "completed"),
        (Finish::Pause, "completed", json!(null), "completed"),
        (Finish::Other, "completed", json!(null), "completed"),
        (Finish::Length, "incomplete", json!({"reason": "max_output_tokens"}), "incomplete"),
        (Finish::ContextWindow, "incomplete", json!({"reason": "max_output_tokens"}), "incomplete"),
        (Finish::ContentFilter, "incomplete", json!({"reason": "content_filter"}), "incomplete"),
        (Finish::Malformed, "failed", json!(null), "completed"),
    ];
    for (reason, status, details, item) in cases {
        let events = [start(), open(0, Open::Text), text(0, "a"), Event::Close { block: 0 }, finish(reason)];
        let told = stream(&events, None);
        let response = &told.last().expect("an end")["response"];
        assert_eq!((&response["status"], &response["incomplete_details"]), (&json!(status), &details), "{reason:?}");
        assert_eq!(response["output"][0]["status"], item, "{reason:?}");
        assert_eq!(response["error"].is_object(), status == "failed");
        assert_eq!(response["usage"], json!(null));
        assert_eq!(*response, written(&events));
    }
    // An answer with nothing in it is one.
    let told = stream(&[], None);
    assert_eq!(names(&told), ["created", "in_progress", "completed"]);
    let response = &told[2]["response"];
    assert_eq!(
        (&response["id"], &response["model"]),
        (&json!("resp_abababababababababababababababab"), &json!("claude"))
    );
}

/// Traps 14 and 15: what was cut is neither completed nor closed.
#[test]
fn trap_15_a_cut_call_stays_open() {
    let events = [
        start(),
        open(0, Open::Text),
        text(0, "Now:"),
        Event::Close { block: 0 },
        call(1, "f", false),
        arguments(1, "{\"a\":"),
    ];
    let cut = Error::new(Class::UpstreamTruncated, "cut");
    let told = stream(&events, Some(&cut));
    let tail = ["output_item.added", "function_call_arguments.delta", "failed"];
    assert_eq!(names(&told)[names(&told).len() - 3..], tail);
    let response = &told.last().expect("an end")["response"];
    assert_eq!(response["error"], json!({"code": "server_error", "message": "cut"}));
    assert_eq!(response["output"].as_array().map(Vec::len), Some(1));
    // What had ended is whole; what had not is not told as if it had.
    let told = stream(&events[..4], Some(&cut));
    assert_eq!(names(&told)[names(&told).len() - 2..], ["output_item.done", "failed"]);
    let told = stream(&events[..3], Some(&cut));
    assert_eq!(names(&told)[names(&told).len() - 2..], ["output_text.delta", "failed"]);
    assert_eq!(names(&stream(&[], Some(&cut))), ["created", "in_progress", "failed"]);
}

/// Events that are told to the writer one block after another.
fn sequenced(events: Vec<Event<'static>>) -> Vec<Event<'static>> {
    let mut sequence = crate::dialect::canonical::sequence::Sequence::default();
    let mut told = Vec::new();
    for event in events {
        sequence.push(event, &mut |event| told.push(event.into_owned()));
    }
    sequence.drain(&mut |event| told.push(event.into_owned()));
    told
}

/// What is written is read back as it was: the whole answer of what is read is the one that was written.
fn read_back(told: &[Value]) -> Value {
    let mut parser = super::super::parse_stream::StreamParser::default();
    let mut events = Vec::new();
    for event in told {
        use crate::dialect::codec::Parser;
        parser.event("", &event.to_string(), &mut |event| events.push(event.into_owned()));
    }
    written(&sequenced(events))["output"].clone()
}

#[test]
fn what_is_written_is_read_back() {
    let told = stream(&everything(), None);
    assert_eq!(told.last().expect("an end")["response"]["output"], read_back(&told));
}

proptest::proptest! {
    /// Whatever comes in whatever order: the grammar holds, the end is the whole answer, and it reads back.
    #[test]
    fn any_blocks_make_a_stream(
        kinds in proptest::collection::vec(0_usize..8, 0..8),
        order in proptest::collection::vec((0_usize..8, 0_usize..4), 0..24),
        closes: bool,
    ) {
        let mut events = vec![start()];
        let mut thoughts = [0_u32; 8];
        for (block, kind) in kinds.iter().enumerate() {
            let block = block as u32;
            events.push(match kind {
                0 | 1 => open(block, Open::Text),
                2 => open(block, Open::Refusal),
                3 => open(block, thought(Shown::Summary)),
                4 => open(block, thought(Shown::Raw)),
                5 => call(block, "f", true),
                6 => call(block, "tool_search", false),
                _ => call(block, "f", false),
            });
            for (about, what) in &order {
                // What was begun goes on while others are.
                let about = *about as u32;
                if about > block {
                    continue;
                }
                match kinds[about as usize] {
                    0..=2 => events.push(text(about, ["é", "b", "", "\n"][*what])),
                    3 | 4 if *what == 0 => events.push(Event::Sign { block: about, bytes: "gl1.x.s".into() }),
                    3 | 4 => {
                        // Parts come in order.
                        let told = &mut thoughts[about as usize];
                        *told += *what as u32 - 1;
                        events.push(Event::Reasoning { block: about, part: (*told).div_ceil(2), text: "t".into() });
                    }
                    _ => events.push(arguments(about, ["{\"a\":", "1", "}", ""][*what])),
                }
            }
            if closes {
                events.push(Event::Close { block });
            }
        }
        events.push(finish(Finish::Stop));
        let events = sequenced(events);
        let told = stream(&events, None);
        let response = &told.last().expect("an end")["response"];
        let whole = written(&events);
        proptest::prop_assert_eq!(response, &whole);
        stream(&events[..events.len() / 2], Some(&Error::new(Class::UpstreamTruncated, "cut")));
        proptest::prop_assert_eq!(said(&whole["output"]), said(&read_back(&told)));
    }
}

/// All that an output says, in order.
fn said(output: &Value) -> String {
    let lists = ["summary", "content"];
    let texts = ["text", "refusal", "arguments", "input", "encrypted_content"];
    let own = |value: &Value| -> String { texts.iter().filter_map(|key| value.get(key)?.as_str()).collect() };
    let item = |item: &Value| -> String {
        let parts = lists.iter().filter_map(|list| item.get(list)?.as_array());
        parts.flatten().map(own).collect::<String>() + &own(item)
    };
    output.as_array().map(|items| items.iter().map(item).collect()).unwrap_or_default()
}
