use super::*;
use crate::dialect::canonical::Open;
use crate::dialect::gemini::parse_whole;

/// Events as lines, short.
fn line(event: &Event<'_>) -> String {
    match event {
        Event::Start { id, model, .. } => format!("start {id} {model}"),
        Event::Choice(index) => format!("choice {index}"),
        Event::Open { block, open } => match open {
            Open::Text => format!("open {block} text"),
            Open::Refusal => format!("open {block} refusal"),
            Open::Reasoning { shown, .. } => format!("open {block} {shown:?}"),
            Open::Call { id, name, signed, .. } => {
                format!("open {block} call {id} {name} {}", signed.as_deref().unwrap_or("-"))
            }
        },
        Event::Text { block, text } => format!("text {block} {text}"),
        Event::Reasoning { block, text, .. } => format!("thought {block} {text}"),
        Event::Arguments { block, text } => format!("args {block} {text}"),
        Event::Sign { block, bytes } => format!("sign {block} {bytes}"),
        Event::Cite { block, citation } => {
            format!("cite {block} {} {:?} {}", citation.url, citation.span.unwrap_or_default(), citation.document)
        }
        Event::Close { block } => format!("close {block}"),
        Event::Search(search) => format!("search {} {:?} {}", search.id, search.queries, search.sources.len()),
        Event::Logprobs(tokens) => tokens
            .iter()
            .map(|token| format!("logprob {}={} {:?}", token.token, token.logprob, token.top))
            .collect::<Vec<_>>()
            .join(","),
        Event::Usage(usage) => format!("usage {}+{}", usage.input, usage.output),
        Event::Finish { reason, .. } => format!("finish {reason:?}"),
        Event::Error(error) => format!("error {:?} {}", error.class, error.message),
        other => format!("{other:?}"),
    }
}

fn stream(events: &[&str]) -> (Vec<String>, End) {
    let mut parser = StreamParser::default();
    let mut lines = Vec::new();
    for event in events {
        parser.event("", event, &mut |event| lines.push(line(&event)));
    }
    let end = parser.finish(&mut |event| lines.push(line(&event)));
    (lines, end)
}

fn whole(body: &str) -> Result<Vec<String>, Error> {
    let doc = Doc::parse(body).expect("JSON");
    let mut lines = Vec::new();
    parse_whole::parse(doc.root(), &mut |event| lines.push(line(&event)))?;
    Ok(lines)
}

#[test]
fn thoughts_text_calls_and_signatures_in_order() {
    let (lines, end) = stream(&[
        r#"{"candidates":[{"content":{"role":"model","parts":[{"text":"hm","thought":true}]},"index":0}],"usageMetadata":{"promptTokenCount":4},"modelVersion":"gemini-3","responseId":"r/1"}"#,
        r#"{"candidates":[{"content":{"parts":[{"text":"m","thought":true},{"text":"Hel"}]}}]}"#,
        r#"{"candidates":[{"content":{"parts":[{"text":"lo"},{"functionCall":{"name":"f","args":{"n": 9007199254740993}},"thoughtSignature":"c2ln"},{"functionCall":{"id":"x","name":"g"}}]}}]}"#,
        r#"{"candidates":[{"content":{"parts":[{"text":"","thoughtSignature":"bGFzdA=="}]},"finishReason":"STOP"}],"usageMetadata":{"promptTokenCount":4,"candidatesTokenCount":2,"thoughtsTokenCount":3}}"#,
    ]);
    assert_eq!(
        lines,
        [
            "start r/1 gemini-3",
            "open 0 Summary",
            "thought 0 hm",
            "usage 4+0",
            "thought 0 m",
            "close 0",
            "open 1 text",
            "text 1 Hel",
            "text 1 lo",
            "close 1",
            "open 2 call gl_r1_0 f c2ln",
            r#"args 2 {"n": 9007199254740993}"#,
            "close 2",
            "open 3 call x g -",
            "args 3 {}",
            "close 3",
            "open 4 Hidden",
            "sign 4 bGFzdA==",
            "close 4",
            "usage 4+5",
            "usage 4+5",
            "finish ToolCalls",
        ]
    );
    assert_eq!(end, End::Complete);
}

#[test]
fn trap_14_a_stream_without_a_reason_to_end_is_cut() {
    let (lines, end) = stream(&[r#"{"candidates":[{"content":{"parts":[{"text":"half"}]}}]}"#]);
    assert_eq!(lines, ["start  ", "open 0 text", "text 0 half"]);
    assert_eq!(end, End::Truncated);
    assert_eq!(stream(&[]).1, End::Truncated);
}

#[test]
fn trap_34_a_candidate_may_lack_everything_and_malformed_is_no_success() {
    let (lines, end) = stream(&[
        r#"{"candidates":[{}]}"#,
        r#"{"candidates":[{"content":{"role":"model"}}]}"#,
        r#"{"candidates":[{"content":{"parts":null}}],"usageMetadata":{}}"#,
        r#"{"candidates":null}"#,
        r#"{"candidates":[{"finishReason":"MALFORMED_FUNCTION_CALL","finishMessage":"print(f())"}]}"#,
    ]);
    assert_eq!(lines, ["start  ", "usage 0+0", "usage 0+0", "finish Malformed"]);
    assert_eq!(end, End::Complete);
}

#[test]
fn trap_35_reasons_to_end() {
    let call = r#"{"functionCall":{"name":"f"}}"#;
    let cases = [
        ("STOP", "", "Stop"),
        ("STOP", call, "ToolCalls"),
        ("MAX_TOKENS", call, "Length"),
        ("RECITATION", "", "ContentFilter"),
        ("IMAGE_SAFETY", "", "ContentFilter"),
        ("UNEXPECTED_TOOL_CALL", "", "Malformed"),
        ("CONTINUATION", "", "Pause"),
        ("OTHER", "", "Other"),
        ("SOMETHING_NEW", "", "Other"),
    ];
    for (reason, part, expected) in cases {
        let body = format!(
            r#"{{"candidates":[{{"content":{{"parts":[{part}]}},"finishReason":"{reason}"}}],"responseId":"r"}}"#
        );
        let lines = whole(&body).expect("an answer");
        assert_eq!(lines.last().map(String::as_str), Some(&*format!("finish {expected}")), "{reason}");
    }
    // Early versions say so in every chunk.
    let stop = r#"{"candidates":[{"content":{"parts":[{"text":"a"}]},"finishReason":"STOP"}]}"#;
    let (lines, _) = stream(&[stop, stop, r#"{"candidates":[{"finishReason":"MAX_TOKENS"}]}"#]);
    assert_eq!(lines[2..], ["text 0 a", "text 0 a", "close 0", "finish Length"]);
}

#[test]
fn what_is_blocked_is_an_empty_answer() {
    let blocked = r#"{"promptFeedback":{"blockReason":"PROHIBITED_CONTENT"},"usageMetadata":{"promptTokenCount":3}}"#;
    assert_eq!(
        stream(&[blocked]),
        (["start  ", "usage 3+0", "usage 3+0", "finish ContentFilter"].map(str::to_owned).to_vec(), End::Complete)
    );
    assert_eq!(whole(blocked).expect("an answer").last().map(String::as_str), Some("finish ContentFilter"));
}

#[test]
fn several_candidates() {
    let (lines, end) = stream(&[
        r#"{"candidates":[{"content":{"parts":[{"text":"a"}]}},{"index":1,"content":{"parts":[{"text":"b"}]}}],"responseId":"r"}"#,
        r#"{"candidates":[{"finishReason":"STOP"}]}"#,
        r#"{"candidates":[{"index":1,"content":{"parts":[{"text":"c"},{"functionCall":{"name":"f"}}]},"finishReason":"MAX_TOKENS"}]}"#,
    ]);
    assert_eq!(
        lines,
        [
            "start r ",
            "open 0 text",
            "text 0 a",
            "choice 1",
            "open 1 text",
            "text 1 b",
            "choice 0",
            "choice 1",
            "text 1 c",
            "close 1",
            "open 2 call gl_r_1_0 f -",
            "args 2 {}",
            "close 2",
            "choice 0",
            "close 0",
            "choice 1",
            "choice 0",
            "finish Stop",
            "choice 1",
            "finish Length",
        ]
    );
    assert_eq!(end, End::Complete);
    let (_, end) = stream(&[r#"{"candidates":[{"finishReason":"STOP"},{"index":1}]}"#]);
    assert_eq!(end, End::Truncated);
}

const GROUNDED: &str = r#"{"webSearchQueries":["q"],"groundingChunks":[{"web":{"uri":"https://a","title":"A"}},{"retrievedContext":{"uri":"gs://b","title":"B"}}],
    "groundingSupports":[{"segment":{"startIndex":6,"endIndex":9,"text":"\u00e9x"},"groundingChunkIndices":[0,1,9]},{"segment":{"startIndex":900,"endIndex":901,"text":"no"},"groundingChunkIndices":[0]}]}"#;

#[test]
fn citations_count_characters() {
    // `é` are two bytes.
    let body = format!(
        r#"{{"candidates":[{{"content":{{"parts":[{{"text":"hm","thought":true}},{{"text":"n\u00e9 is \u00e9x."}},{{"functionCall":{{"id":"x","name":"f"}}}}]}},"finishReason":"STOP","groundingMetadata":{}}}],"usageMetadata":{{}}}}"#,
        GROUNDED.replace("\"startIndex\":6,\"endIndex\":9", "\"partIndex\":1,\"startIndex\":7,\"endIndex\":10")
    );
    let lines = whole(&body).expect("an answer");
    assert_eq!(
        lines[1..9],
        [
            r#"search gl_search__0 ["q"] 1"#,
            "open 0 Summary",
            "thought 0 hm",
            "close 0",
            "open 1 text",
            "text 1 né is éx.",
            "cite 1 https://a (6, 8) false",
            "cite 1 gs://b (6, 8) true",
        ]
    );
    // A stream tells it last, and counts through.
    let (lines, _) = stream(&[
        r#"{"candidates":[{"content":{"parts":[{"text":"n\u00e9 "}]}}]}"#,
        r#"{"candidates":[{"content":{"parts":[{"text":"is \u00e9x."}]}}]}"#,
        &format!(r#"{{"candidates":[{{"finishReason":"STOP","groundingMetadata":{GROUNDED}}}]}}"#),
    ]);
    assert_eq!(
        lines[3..],
        [
            "text 0 is éx.",
            "cite 0 https://a (6, 8) false",
            "cite 0 gs://b (6, 8) true",
            "close 0",
            r#"search gl_search__0 ["q"] 1"#,
            "finish Stop",
        ]
    );
}

#[test]
fn log_probabilities_keep_their_text() {
    let lines = whole(
        r#"{"candidates":[{"content":{"parts":[{"text":"a"}]},"finishReason":"STOP","logprobsResult":{"topCandidates":[{"candidates":[{"token":"a","logProbability":-0.10},{"token":"b","logProbability":-2}]}],"chosenCandidates":[{"token":"a","tokenId":5,"logProbability":-0.10}]}}]}"#,
    )
    .expect("an answer");
    assert!(lines.contains(&r#"logprob a=-0.10 [("a", "-0.10"), ("b", "-2")]"#.to_owned()), "{lines:?}");
}

#[test]
fn failures() {
    let (lines, end) = stream(&[
        r#"{"candidates":[{"content":{"parts":[{"text":"a"}]}}]}"#,
        r#"{"error":{"code":503,"message":"The model is overloaded.","status":"UNAVAILABLE"}}"#,
        r#"{"candidates":[{"finishReason":"STOP"}]}"#,
    ]);
    assert_eq!(lines.last().map(String::as_str), Some("error Overloaded The model is overloaded."));
    assert_eq!(end, End::Truncated);
    let (lines, _) = stream(&["<html>"]);
    assert!(lines[0].starts_with("error UpstreamInvalid"), "{lines:?}");
    let picture = r#"{"candidates":[{"content":{"parts":[{"inlineData":{"mimeType":"image/png","data":"AAAA"}}]}}]}"#;
    assert_eq!(whole(picture).expect_err("a picture").class, Class::UnsupportedOutput);
    for body in ["{}", r#"{"candidates":[]}"#, "[]", "7", r#"{"promptFeedback":{}}"#] {
        assert_eq!(whole(body).expect_err("no answer").class, Class::UpstreamInvalid, "{body}");
    }
    let lines =
        whole(r#"[{"candidates":[{"content":{"parts":[{"text":"a"}]}}]},{"candidates":[{"finishReason":"STOP"}]}]"#);
    assert_eq!(lines.expect("an answer").len(), 5);
}
