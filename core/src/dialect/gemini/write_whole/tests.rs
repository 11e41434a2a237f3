use serde_json::{Value as Any, json};

use super::*;
use crate::dialect::canonical::gather::Gather;
use crate::dialect::canonical::read::Doc;
use crate::dialect::canonical::{Event, Open};
use crate::dialect::codec::Caller;
use crate::dialect::gemini::parse_whole;
use crate::store::RequestId;

fn written(answer: &Answer) -> Any {
    let echo = Echo {
        request: RequestId::new([7; 16]),
        created: 0,
        model: "the-target".into(),
        asked: "m".into(),
        caller: Caller::default(),
        array: false,
    };
    let mut out = Writer::default();
    write(answer, &echo, &mut out);
    serde_json::from_slice(&out.into_bytes()).expect("JSON")
}

/// What is read and written again is the same but for what only the vendor says.
#[test]
fn round_trip() {
    let body = json!({
        "candidates": [{
            "content": {"parts": [
                {"text": "hm", "thought": true},
                {"text": "né é"},
                {"functionCall": {"id": "x", "name": "f", "args": {"n": 1}}},
            ], "role": "model"},
            "finishReason": "STOP",
            "groundingMetadata": {
                "groundingChunks": [{"web": {"uri": "https://a", "title": "A"}}],
                "groundingSupports": [{"segment": {"partIndex": 1, "startIndex": 4, "endIndex": 6, "text": "é"}, "groundingChunkIndices": [0]}],
                "webSearchQueries": ["q"],
            },
            "index": 0,
        }, {
            "content": {"parts": [{"text": "other"}], "role": "model"},
            "finishReason": "MAX_TOKENS",
            "logprobsResult": {"topCandidates": [{"candidates": [{"token": "o", "logProbability": -0.5}]}], "chosenCandidates": [{"token": "o", "logProbability": -0.5}]},
            "index": 1,
        }],
        "usageMetadata": {"promptTokenCount": 8, "candidatesTokenCount": 2, "totalTokenCount": 13, "cachedContentTokenCount": 4, "thoughtsTokenCount": 3, "toolUsePromptTokenCount": 0},
        "modelVersion": "gemini-3",
        "responseId": "r1",
    });
    let text = body.to_string();
    let doc = Doc::parse(&text).expect("JSON");
    let mut gather = Gather::default();
    parse_whole::parse(doc.root(), &mut |event| gather.push(event)).expect("an answer");
    assert_eq!(written(&gather.finish()), body);
}

fn answered(events: Vec<Event<'_>>) -> Any {
    let mut gather = Gather::default();
    events.into_iter().for_each(|event| gather.push(event));
    written(&gather.finish())
}

#[test]
fn signatures_are_on_their_parts() {
    let reasoning = |shown| Open::Reasoning { shown, binds: None };
    let call =
        Open::Call { id: "c".into(), name: "f".into(), namespace: None, custom: true, signed: Some("gl1.y".into()) };
    let body = answered(vec![
        Event::Open { block: 0, open: reasoning(Shown::Summary) },
        Event::Reasoning { block: 0, part: 0, text: "a".into() },
        Event::Reasoning { block: 0, part: 1, text: "b".into() },
        Event::Sign { block: 0, bytes: "gl1.x".into() },
        Event::Open { block: 1, open: reasoning(Shown::Hidden) },
        Event::Sign { block: 1, bytes: "gl1.z".into() },
        Event::Open { block: 2, open: call },
        Event::Arguments { block: 2, text: "free\n".into() },
    ]);
    assert_eq!(
        body["candidates"][0]["content"]["parts"],
        json!([
            {"text": "a", "thought": true},
            {"text": "b", "thought": true, "thoughtSignature": "Z2wxLng="},
            {"text": "", "thoughtSignature": "Z2wxLno="},
            {"functionCall": {"id": "c", "name": "f", "args": {"input": "free\n"}}, "thoughtSignature": "Z2wxLnk="},
        ])
    );
    assert_eq!(body["modelVersion"], "the-target");
    assert_eq!(body["responseId"], "07".repeat(16));
}

#[test]
fn empty_answers() {
    let body = answered(vec![Event::Finish { reason: Finish::Stop, stop_sequence: None }]);
    let expected = json!([{"content": {"parts": [{"text": ""}], "role": "model"}, "finishReason": "STOP", "index": 0}]);
    assert_eq!(body["candidates"], expected);
    let body = answered(vec![Event::Finish { reason: Finish::ContentFilter, stop_sequence: None }]);
    assert_eq!(body["candidates"], json!([{"finishReason": "SAFETY", "index": 0}]));
    let open = Open::Call { id: "c".into(), name: "f".into(), namespace: None, custom: false, signed: None };
    let body = answered(vec![
        Event::Open { block: 0, open },
        Event::Arguments { block: 0, text: "{\"a\":".into() },
        Event::Finish { reason: Finish::ToolCalls, stop_sequence: None },
    ]);
    assert_eq!(body["candidates"][0]["finishReason"], "MALFORMED_FUNCTION_CALL");
}
