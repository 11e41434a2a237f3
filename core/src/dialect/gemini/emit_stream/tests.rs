use serde_json::{Value as Any, json};

use super::*;
use crate::dialect::canonical::{Citation, Search};
use crate::dialect::codec::Caller;
use crate::error::Class;
use crate::store::RequestId;

fn echo(array: bool) -> Echo {
    Echo {
        request: RequestId::new([7; 16]),
        created: 0,
        model: "the-target".into(),
        asked: "m".into(),
        caller: Caller::default(),
        array,
    }
}

fn written(array: bool, events: &[Event<'_>]) -> String {
    let mut emitter = StreamEmitter::new(echo(array));
    let mut out = Vec::new();
    for event in events {
        emitter.event(event, &mut out);
    }
    emitter.finish(&mut out);
    String::from_utf8(out).expect("UTF-8")
}

/// The chunks of a stream: nothing but `data: ` lines and blank ones.
fn chunks(events: &[Event<'_>]) -> Vec<Any> {
    let text = written(false, events);
    text.split_terminator("\n\n")
        .map(|event| {
            let data = event.strip_prefix("data: ").expect("data alone");
            assert!(!data.contains('\n'), "{data}");
            serde_json::from_str(data).expect("JSON")
        })
        .collect()
}

fn start() -> Event<'static> {
    Event::Start { id: "chatcmpl-1".into(), model: "m".into(), created: None }
}

fn call(block: u32, signed: Option<&'static str>) -> Event<'static> {
    let open = Open::Call {
        id: "c1".into(),
        name: "f".into(),
        namespace: None,
        custom: false,
        signed: signed.map(Into::into),
    };
    Event::Open { block, open }
}

fn arguments(block: u32, text: &'static str) -> Event<'static> {
    Event::Arguments { block, text: text.into() }
}

fn finish(reason: Finish) -> Event<'static> {
    Event::Finish { reason, stop_sequence: None }
}

fn parts(chunk: &Any) -> &Any {
    &chunk["candidates"][0]["content"]["parts"]
}

#[test]
fn text_as_it_comes_and_calls_when_they_are_whole() {
    let usage = Usage { input: 5, output: 7, reasoning: Some(3), known: true, ..Usage::default() };
    let chunks = chunks(&[
        start(),
        Event::Open { block: 0, open: Open::Reasoning { shown: Shown::Summary, binds: None } },
        Event::Reasoning { block: 0, part: 0, text: "hm".into() },
        Event::Sign { block: 0, bytes: "gl1.x".into() },
        Event::Close { block: 0 },
        Event::Open { block: 1, open: Open::Text },
        Event::Text { block: 1, text: "Hi\n".into() },
        call(2, Some("gl1.y")),
        arguments(2, "{\"n\":"),
        Event::Open { block: 3, open: Open::Reasoning { shown: Shown::Hidden, binds: None } },
        Event::Sign { block: 3, bytes: "gl1.z".into() },
        arguments(2, " 9007199254740993}"),
        Event::Close { block: 2 },
        call(4, None),
        finish(Finish::ToolCalls),
        Event::Usage(usage),
    ]);
    let content: Vec<&Any> = chunks.iter().map(parts).collect();
    assert_eq!(
        content,
        [
            &json!([{"text": "hm", "thought": true}]),
            &json!([{"text": "", "thought": true, "thoughtSignature": "Z2wxLng="}]),
            &json!([{"text": "Hi\n"}]),
            &json!([{"text": "", "thoughtSignature": "Z2wxLno="}]),
            &json!([{"functionCall": {"id": "c1", "name": "f", "args": {"n": 9_007_199_254_740_993_u64}}, "thoughtSignature": "Z2wxLnk="}]),
            &json!([{"functionCall": {"id": "c1", "name": "f", "args": {}}}]),
            &json!([{"text": ""}]),
        ]
    );
    let last = chunks.last().expect("a last chunk");
    assert_eq!(last["candidates"][0]["finishReason"], "STOP");
    assert_eq!(last["usageMetadata"]["totalTokenCount"], 12);
    assert_eq!(last["usageMetadata"]["thoughtsTokenCount"], 3);
    for chunk in &chunks {
        assert_eq!((&chunk["responseId"], &chunk["modelVersion"]), (&json!("1"), &json!("m")));
        assert_eq!(
            (&chunk["candidates"][0]["index"], &chunk["candidates"][0]["content"]["role"]),
            (&json!(0), &json!("model"))
        );
    }
    assert_eq!(chunks.iter().filter(|chunk| chunk["candidates"][0].get("finishReason").is_some()).count(), 1);
}

#[test]
fn a_call_that_is_no_json_is_malformed() {
    for broken in ["{\"a\":", "[1]", "x"] {
        let chunks = chunks(&[start(), call(0, None), arguments(0, broken), finish(Finish::ToolCalls)]);
        assert_eq!(chunks.len(), 1);
        let candidate = &chunks[0]["candidates"][0];
        assert_eq!(candidate["finishReason"], "MALFORMED_FUNCTION_CALL", "{broken}");
        assert_eq!(candidate["finishMessage"], "Malformed function call: f");
    }
}

#[test]
fn trap_14_and_15_a_cut_stream_ends_in_an_error_and_no_call() {
    for array in [false, true] {
        let mut emitter = StreamEmitter::new(echo(array));
        let mut out = Vec::new();
        for event in [start(), Event::Open { block: 0, open: Open::Text }, Event::Text { block: 0, text: "a".into() }] {
            emitter.event(&event, &mut out);
        }
        emitter.event(&call(1, None), &mut out);
        emitter.event(&arguments(1, "{\"a\":1"), &mut out);
        emitter.fail(&Error::new(Class::UpstreamTruncated, "cut"), &mut out);
        let text = String::from_utf8(out).expect("UTF-8");
        assert!(!text.contains("finishReason") && !text.contains("functionCall"), "{text}");
        if array {
            let elements: Vec<Any> = serde_json::from_str(&text).expect("an array");
            assert_eq!(elements.last().map(|last| &last["error"]["code"]), Some(&json!(502)));
            assert_eq!(elements.len(), 2);
        } else {
            let last = text.trim_end().rsplit("\n\n").next().expect("an event");
            assert!(last.starts_with(r#"data: {"error":{"code":502,"message":"cut","status":"UNAVAILABLE""#), "{last}");
        }
    }
    let mut out = Vec::new();
    StreamEmitter::new(echo(true)).fail(&Error::new(Class::UpstreamError, "no"), &mut out);
    let elements: Vec<Any> = serde_json::from_slice(&out).expect("an array");
    assert_eq!(elements.len(), 1);
}

#[test]
fn an_array_is_one() {
    let text = written(
        true,
        &[
            start(),
            Event::Open { block: 0, open: Open::Text },
            Event::Text { block: 0, text: "a".into() },
            Event::Ping,
            Event::Text { block: 0, text: "b".into() },
            finish(Finish::Length),
        ],
    );
    let elements: Vec<Any> = serde_json::from_str(&text).expect("an array");
    assert_eq!(elements.len(), 3);
    assert_eq!(elements[2]["candidates"][0]["finishReason"], "MAX_TOKENS");
    assert_eq!(serde_json::from_str::<Vec<Any>>(&written(true, &[])).expect("an array").len(), 1);
}

#[test]
fn several_answers_and_what_they_are_taken_from() {
    let cite = |span| Citation { url: "https://a".into(), title: "A".into(), span, ..Citation::default() };
    let search = Search {
        id: "s".into(),
        queries: vec!["q".into()],
        sources: vec![("https://b".into(), "B".into(), None), ("https://a".into(), "A".into(), None)],
        complete: true,
    };
    let tokens =
        vec![TokenLogprob { token: "é".into(), logprob: "-0.10".into(), top: vec![("x".into(), "-1".into())] }];
    let chunks = chunks(&[
        start(),
        Event::Search(search),
        Event::Open { block: 0, open: Open::Text },
        Event::Text { block: 0, text: "né é".into() },
        Event::Cite { block: 0, citation: cite(Some((3, 4))) },
        Event::Cite { block: 0, citation: cite(None) },
        Event::Cite { block: 0, citation: Citation { document: true, ..cite(Some((0, 2))) } },
        Event::Logprobs(tokens),
        Event::Choice(1),
        Event::Open { block: 1, open: Open::Refusal },
        Event::Text { block: 1, text: "no".into() },
        finish(Finish::Refusal),
        Event::Choice(0),
        finish(Finish::StopSequence),
    ]);
    assert_eq!(chunks[1]["candidates"][0]["index"], 1);
    let last = chunks.last().expect("a last chunk");
    let first = &last["candidates"][0];
    assert_eq!(
        first["groundingMetadata"],
        json!({
            "groundingChunks": [{"web": {"uri": "https://b", "title": "B"}}, {"web": {"uri": "https://a", "title": "A"}}],
            "groundingSupports": [
                {"segment": {"startIndex": 4, "endIndex": 6, "text": "é"}, "groundingChunkIndices": [1]},
                {"segment": {"startIndex": 0, "endIndex": 6, "text": "né é"}, "groundingChunkIndices": [1]},
            ],
            "webSearchQueries": ["q"],
        })
    );
    assert_eq!(
        first["citationMetadata"],
        json!({"citationSources": [{"startIndex": 0, "endIndex": 3, "uri": "https://a", "title": "A"}]})
    );
    assert_eq!(
        first["logprobsResult"],
        json!({"topCandidates": [{"candidates": [{"token": "x", "logProbability": -1}]}], "chosenCandidates": [{"token": "é", "logProbability": -0.10}]})
    );
    assert_eq!((&last["candidates"][1]["index"], &last["candidates"][1]["finishReason"]), (&json!(1), &json!("STOP")));
}

#[test]
fn what_was_filtered_has_no_content() {
    let chunks = chunks(&[start(), finish(Finish::ContentFilter)]);
    assert_eq!(chunks[0]["candidates"], json!([{"finishReason": "SAFETY", "index": 0}]));
    assert!(chunks[0].get("usageMetadata").is_none());
}

/// Length wins: a call that was cut off is none that the model got wrong (translation.md 3.15).
#[test]
fn a_call_that_is_cut_off_is_left_out() {
    let events = [start(), call(0, None), arguments(0, "{\"a\":"), Event::Close { block: 0 }, finish(Finish::Length)];
    let chunks = chunks(&events);
    assert_eq!(chunks.len(), 1);
    assert_eq!(chunks[0]["candidates"][0]["finishReason"], "MAX_TOKENS");
    assert_eq!(chunks[0]["candidates"][0].get("finishMessage"), None);
    assert_eq!(*parts(&chunks[0]), json!([{"text": ""}]));
}

/// Results are matched to calls by their order where ids are left out.
#[test]
fn calls_keep_the_order_in_which_they_began() {
    let events = [
        start(),
        call(0, None),
        arguments(0, "{\"first\":"),
        call(1, None),
        arguments(1, "{\"second\":2}"),
        Event::Close { block: 1 },
        arguments(0, "1}"),
        Event::Close { block: 0 },
        finish(Finish::ToolCalls),
    ];
    let told: Vec<Any> = chunks(&events).iter().map(|chunk| parts(chunk)[0]["functionCall"]["args"].clone()).collect();
    assert_eq!(told, [json!({"first": 1}), json!({"second": 2}), Any::Null]);
}

#[test]
fn parts_of_a_summary_are_paragraphs() {
    let reasoning = |part, text: &'static str| Event::Reasoning { block: 0, part, text: text.into() };
    let events = [
        start(),
        Event::Open { block: 0, open: Open::Reasoning { shown: Shown::Summary, binds: None } },
        reasoning(0, "First"),
        reasoning(0, " this."),
        reasoning(1, "Then that."),
        Event::Close { block: 0 },
        finish(Finish::Stop),
    ];
    let joined: String =
        chunks(&events).iter().filter_map(|chunk| parts(chunk)[0]["text"].as_str().map(str::to_owned)).collect();
    assert_eq!(joined, "First this.\n\nThen that.");
}
