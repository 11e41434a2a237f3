//! Streams and whole answers, as events.

use crate::dialect::canonical::read::Doc;
use crate::dialect::canonical::{Event, Finish, Open};
use crate::dialect::chat::{parse_stream, parse_whole};
use crate::dialect::codec::{End, Parser};
use crate::error::Class;

/// An event in a few words.
fn brief(event: Event<'_>) -> String {
    match event {
        Event::Start { id, model, .. } => format!("start {id} {model}"),
        Event::Choice(index) => format!("choice {index}"),
        Event::Open { block, open } => match open {
            Open::Text => format!("{block} text"),
            Open::Refusal => format!("{block} refusal"),
            Open::Reasoning { shown, .. } => format!("{block} {shown:?}"),
            Open::Call { id, name, custom, signed, .. } => {
                format!("{block} call {id} {name}{}{}", if custom { " custom" } else { "" }, signed.unwrap_or_default())
            }
        },
        Event::Text { block, text } | Event::Reasoning { block, text, .. } | Event::Arguments { block, text } => {
            format!("{block}+{text}")
        }
        Event::Sign { block, bytes } => format!("{block} sign {bytes}"),
        Event::Cite { block, citation } => format!("{block} cite {} {:?}", citation.url, citation.span),
        Event::Close { block } => format!("{block} end"),
        Event::Finish { reason, stop_sequence } => {
            format!("{reason:?}{}", stop_sequence.map(|text| format!(" {text}")).unwrap_or_default())
        }
        Event::Usage(usage) => format!("usage {} {}", usage.input, usage.output),
        Event::Error(error) => format!("error {:?} {}", error.class, error.message),
        Event::Logprobs(tokens) => format!("logprobs {}", tokens.len()),
        Event::Tier(tier) => format!("tier {tier}"),
        other => format!("{other:?}"),
    }
}

fn streamed(events: &[&str]) -> (Vec<String>, End) {
    let mut parser = parse_stream::StreamParser::default();
    let mut told = Vec::new();
    for data in events {
        parser.event("", data, &mut |event| told.push(brief(event)));
    }
    let end = parser.finish(&mut |event| told.push(brief(event)));
    (told, end)
}

/// Streams deltas of choice 0 and what ends it.
fn deltas(deltas: &[&str], finish: &str) -> Vec<String> {
    let mut events: Vec<String> = deltas.iter().map(|delta| chunk(delta, "null")).collect();
    events.push(chunk("{}", &format!("\"{finish}\"")));
    let events: Vec<&str> = events.iter().map(String::as_str).collect();
    let (told, end) = streamed(&events);
    assert_eq!((told[0].as_str(), end), ("start chatcmpl-1 m", End::Complete));
    told[1..].to_vec()
}

fn chunk(delta: &str, finish: &str) -> String {
    format!(
        r#"{{"id":"chatcmpl-1","object":"chat.completion.chunk","created":7,"model":"m","choices":[{{"index":0,"delta":{delta},"logprobs":null,"finish_reason":{finish}}}],"usage":null}}"#
    )
}

fn whole(body: &str) -> Result<Vec<String>, (Class, String)> {
    let doc = Doc::parse(body).expect("JSON");
    let mut told = Vec::new();
    match parse_whole::parse(doc.root(), &mut |event| told.push(brief(event))) {
        Ok(()) => Ok(told),
        Err(error) => Err((error.class, error.message.into_owned())),
    }
}

#[test]
fn text_reasoning_and_refusals_are_blocks() {
    for (list, expected) in [
        (
            &[r#"{"role":"assistant","content":""}"#, r#"{"content":"a"}"#, r#"{"content":"b"}"#][..],
            &["0 text", "0+a", "0+b", "0 end", "Stop"][..],
        ),
        // Trap 24; the same in both spellings is told once.
        (
            &[
                r#"{"reasoning_content":"r","reasoning":"r","content":null}"#,
                r#"{"reasoning":"s","content":""}"#,
                r#"{"content":"a"}"#,
            ],
            &["0 Raw", "0+r", "0+s", "0 end", "1 text", "1+a", "1 end", "Stop"],
        ),
        // One chunk with both.
        (&[r#"{"content":"a","reasoning_content":"r"}"#], &["0 Raw", "0+r", "0 end", "1 text", "1+a", "1 end", "Stop"]),
        (&[r#"{"refusal":"no"}"#], &["0 refusal", "0+no", "0 end", "Refusal"]),
        // Mistral's parts.
        (
            &[
                r#"{"content":[{"type":"thinking","thinking":[{"type":"text","text":"t"}]},{"type":"text","text":"a"}]}"#,
            ],
            &["0 Raw", "0+t", "0 end", "1 text", "1+a", "1 end", "Stop"],
        ),
        // OpenRouter's details: the text again, then what must go back.
        (
            &[
                r#"{"reasoning":"t","reasoning_details":[{"type":"reasoning.text","text":"t","index":0}]}"#,
                r#"{"reasoning_details":[{"type":"reasoning.text","text":"","signature":"s","index":0}]}"#,
                r#"{"content":"a","reasoning_details":[{"type":"reasoning.encrypted","data":"d"}]}"#,
            ],
            &[
                "0 Raw",
                "0+t",
                r#"0 sign {"type":"reasoning.text","text":"","signature":"s","index":0}"#,
                "0 end",
                "1 Hidden",
                r#"1 sign {"type":"reasoning.encrypted","data":"d"}"#,
                "1 end",
                "2 text",
                "2+a",
                "2 end",
                "Stop",
            ],
        ),
        (
            &[r#"{"reasoning_details":[{"type":"reasoning.summary","summary":"t"}]}"#],
            &["0 Summary", "0+t", "0 end", "Stop"],
        ),
        // Gemini, where it speaks chat.
        (
            &[r#"{"content":"a","extra_content":{"google":{"thought_signature":"s"}}}"#],
            &["0 text", "0+a", "0 end", "1 Hidden", "1 sign s", "1 end", "Stop"],
        ),
        (
            &[
                r#"{"content":"aé"}"#,
                r#"{"annotations":[{"type":"url_citation","url_citation":{"url":"u","title":"t","start_index":0,"end_index":2}}]}"#,
            ],
            &["0 text", "0+aé", "0 cite u Some((0, 2))", "0 end", "Stop"],
        ),
    ] {
        assert_eq!(deltas(list, "stop"), expected, "{list:?}");
    }
}

#[test]
fn calls_are_opened_once_and_fragments_find_them() {
    for (list, expected) in [
        (
            &[
                r#"{"content":"a"}"#,
                r#"{"tool_calls":[{"index":0,"id":"c1","type":"function","function":{"name":"f","arguments":""}}]}"#,
                r#"{"tool_calls":[{"index":0,"function":{"arguments":"{\"a\""}}]}"#,
                r#"{"tool_calls":[{"index":0,"function":{"arguments":":1}"}}]}"#,
                r#"{"tool_calls":[{"index":1,"id":"c2","type":"function","function":{"name":"g","arguments":"{}"}}]}"#,
            ][..],
            &[
                "0 text",
                "0+a",
                "0 end",
                "1 call c1 f",
                "1+{\"a\"",
                "1+:1}",
                "1 end",
                "2 call c2 g",
                "2+{}",
                "2 end",
                "ToolCalls",
            ][..],
        ),
        // Trap 6: interleaved, none is closed before its end.
        (
            &[
                r#"{"tool_calls":[{"index":0,"id":"c1","function":{"name":"f"}},{"index":1,"id":"c2","function":{"name":"g"}}]}"#,
                r#"{"tool_calls":[{"index":0,"function":{"arguments":"{"}},{"index":1,"function":{"arguments":"["}}]}"#,
                r#"{"tool_calls":[{"index":1,"function":{"arguments":"]"}},{"index":0,"function":{"arguments":"}"}}]}"#,
            ],
            &["0 call c1 f", "1 call c2 g", "0+{", "1+[", "1+]", "0+}", "0 end", "1 end", "ToolCalls"],
        ),
        // Trap 7: all say 0. The same id again is no new call.
        (
            &[
                r#"{"tool_calls":[{"index":0,"id":"c1","function":{"name":"f","arguments":"{\"a\":"}}]}"#,
                r#"{"tool_calls":[{"index":0,"id":"c1","function":{"name":"f","arguments":"1}"}}]}"#,
                r#"{"tool_calls":[{"index":0,"id":"c2","function":{"name":"g","arguments":"{}"}}]}"#,
                r#"{"tool_calls":[{"index":0,"id":"","function":{"arguments":" "}}]}"#,
            ],
            &["0 call c1 f", "0+{\"a\":", "0+1}", "0 end", "1 call c2 g", "1+{}", "1+ ", "1 end", "ToolCalls"],
        ),
        // Trap 8: no block is opened by nothing.
        (
            &[r#"{"content":"a","tool_calls":[]}"#, r#"{"content":"b","tool_calls":null}"#],
            &["0 text", "0+a", "0+b", "0 end", "Stop"],
        ),
        // Without numbers they are told by their places; arguments as JSON, `null`, and in the first fragment.
        (
            &[
                r#"{"tool_calls":[{"id":"c1","function":{"name":"f","arguments":{"a":12345678901234567890}}},{"id":"c2","function":{"name":"g","arguments":null}}]}"#,
            ],
            &["0 call c1 f", "0+{\"a\":12345678901234567890}", "0 end", "1 call c2 g", "1 end", "ToolCalls"],
        ),
        // The id comes late; or never.
        (
            &[
                r#"{"tool_calls":[{"index":0,"function":{"name":"f","arguments":"{"}}]}"#,
                r#"{"tool_calls":[{"index":0,"id":"c1","function":{"arguments":"}"}}]}"#,
            ],
            &["0 call c1 f", "0+{}", "0 end", "ToolCalls"],
        ),
        (
            &[r#"{"tool_calls":[{"index":0,"function":{"name":"f","arguments":"{}"}}]}"#],
            &["0 call gl_chatcmpl1_0_0 f", "0+{}", "0 end", "ToolCalls"],
        ),
        // No name, or more after its end.
        (&[r#"{"tool_calls":[{"index":0,"id":"c1","function":{"arguments":"{}"}}]}"#], &["Malformed"]),
        (
            &[
                r#"{"tool_calls":[{"index":0,"id":"c1","function":{"name":"f","arguments":"{}"}}]}"#,
                r#"{"tool_calls":[{"index":1,"id":"c2","function":{"name":"g","arguments":"{}"}}]}"#,
                r#"{"tool_calls":[{"index":0,"function":{"arguments":"x"}}]}"#,
            ],
            &["0 call c1 f", "0+{}", "0 end", "1 call c2 g", "1+{}", "1 end", "Malformed"],
        ),
        (
            &[
                r#"{"tool_calls":[{"index":0,"id":"c1","type":"custom","custom":{"name":"f","input":"a"}}]}"#,
                r#"{"tool_calls":[{"index":0,"custom":{"input":"b"}}]}"#,
            ],
            &["0 call c1 f custom", "0+a", "0+b", "0 end", "ToolCalls"],
        ),
        (
            &[r#"{"function_call":{"name":"f","arguments":""}}"#, r#"{"function_call":{"arguments":"{}"}}"#],
            &["0 call gl_chatcmpl1_0_0 f", "0+{}", "0 end", "ToolCalls"],
        ),
        (
            &[
                r#"{"tool_calls":[{"index":0,"id":"c","function":{"name":"f","arguments":""},"extra_content":{"google":{"thought_signature":"!"}}}]}"#,
            ],
            &["0 call c f!", "0 end", "ToolCalls"],
        ),
    ] {
        // Servers that misreport say `stop`.
        assert_eq!(deltas(list, "stop"), expected, "{list:?}");
    }
}

#[test]
fn finish_reasons_are_known_or_are_none() {
    for (reason, expected) in [
        ("stop", Finish::Stop),
        ("length", Finish::Length),
        ("content_filter", Finish::ContentFilter),
        ("function_call", Finish::ToolCalls),
        ("tool_calls", Finish::ToolCalls),
        ("sensitive", Finish::ContentFilter),
        ("model_context_window_exceeded", Finish::ContextWindow),
        // "The request is interrupted due to insufficient resource": https://api-docs.deepseek.com/api/create-chat-completion
        ("insufficient_system_resource", Finish::Malformed),
        ("network_error", Finish::Malformed),
        ("whatever", Finish::Other),
    ] {
        assert_eq!(deltas(&[], reason), [format!("{expected:?}")], "{reason}");
    }
    let cut = r#"{"tool_calls":[{"index":0,"id":"c","function":{"name":"f","arguments":"{"}}]}"#;
    assert_eq!(deltas(&[cut], "length").last().map(String::as_str), Some("Length"));
    let stop = r#"{"choices":[{"delta":{},"finish_reason":"stop","stop_reason":"END"}]}"#;
    assert_eq!(streamed(&[stop]).0.last().map(String::as_str), Some("StopSequence END"));
}

#[test]
fn trap_16_finish_reason_is_the_evidence_and_done_is_not() {
    let text = chunk(r#"{"content":"a"}"#, "null");
    let finish = chunk("{}", "\"stop\"");
    assert_eq!(streamed(&[&text, &finish]).1, End::Complete);
    assert_eq!(streamed(&[&text, &finish, " [DONE]"]).1, End::Complete);
    assert_eq!(streamed(&[&text, "[DONE]"]).1, End::Truncated);
    assert_eq!(streamed(&[]).1, End::Truncated);
    assert_eq!(streamed(&["[DONE]"]).1, End::Truncated);
}

/// Traps 14 and 15: what is cut is not closed, not repaired and not ended.
#[test]
fn trap_14_15_what_is_cut_stays_open() {
    let call = chunk(r#"{"tool_calls":[{"index":0,"id":"c","function":{"name":"f","arguments":"{\"a"}}]}"#, "null");
    let (told, end) = streamed(&[&call]);
    assert_eq!((told.last().map(String::as_str), end), (Some("0+{\"a"), End::Truncated));
}

#[test]
fn trap_20_azures_first_chunk_is_passed_over() {
    let azure = r#"{"id":"","model":"","choices":[],"prompt_filter_results":[{"prompt_index":0}]}"#;
    let (told, _) =
        streamed(&[azure, r#"{"choices":null}"#, &chunk(r#"{"role":"assistant","content":"a"}"#, "\"stop\"")]);
    assert_eq!(told, ["start chatcmpl-1 m", "0 text", "0+a", "0 end", "Stop"]);
}

#[test]
fn an_error_in_the_stream_ends_it() {
    for (data, expected) in [
        (r#"{"error":{"message":"Rate limit","code":"rate_limit_exceeded"}}"#, "Rate limit"),
        (r#"{"error":"boom"}"#, "boom"),
        ("<html>", "not valid JSON"),
        ("[]", "not valid JSON"),
    ] {
        let (told, end) = streamed(&[&chunk(r#"{"content":"a"}"#, "null"), data, &chunk("{}", "\"stop\"")]);
        assert!(told.last().is_some_and(|told| told.starts_with("error ") && told.contains(expected)), "{told:?}");
        assert_eq!(end, End::Truncated);
    }
}

#[test]
fn usage_and_tier_are_told_wherever_they_stand() {
    let (told, _) = streamed(&[
        r#"{"id":"x","model":"m","service_tier":"flex","choices":[{"delta":{"content":"a"}}],"usage":{"prompt_tokens":3,"completion_tokens":1}}"#,
        r#"{"id":"x","model":"m","service_tier":"flex","choices":[{"delta":{},"finish_reason":"stop"}]}"#,
        r#"{"id":"x","choices":[],"usage":{"prompt_tokens":3,"completion_tokens":9}}"#,
    ]);
    assert_eq!(told, ["start x m", "0 text", "0+a", "usage 3 1", "tier flex", "0 end", "Stop", "usage 3 9"]);
}

#[test]
fn several_choices_are_told_apart() {
    let (told, end) = streamed(&[
        r#"{"id":"x","choices":[{"index":0,"delta":{"content":"a"}}]}"#,
        r#"{"id":"x","choices":[{"index":1,"delta":{"content":"b"}}]}"#,
        r#"{"id":"x","choices":[{"index":0,"delta":{"content":"c"},"finish_reason":"stop"}]}"#,
        r#"{"id":"x","choices":[{"index":1,"delta":{},"finish_reason":"length"}]}"#,
    ]);
    let expected = [
        "start x ", "0 text", "0+a", "choice 1", "1 text", "1+b", "choice 0", "0+c", "0 end", "Stop", "choice 1",
        "1 end", "Length",
    ];
    assert_eq!((told.iter().map(String::as_str).collect::<Vec<_>>(), end), (expected.to_vec(), End::Complete));
    let half =
        r#"{"id":"x","choices":[{"index":0,"delta":{},"finish_reason":"stop"},{"index":1,"delta":{"content":"b"}}]}"#;
    assert_eq!(streamed(&[half]).1, End::Truncated);
}

/// `AiTextGenerationOutput` of @cloudflare/workers-types; the stream as cloudflare/ai, `streaming.ts`, reads it.
#[test]
fn the_older_shape_of_run_is_read_too() {
    let body =
        r#"{"response":"Hi","tool_calls":[],"usage":{"prompt_tokens":9,"completion_tokens":3,"total_tokens":12}}"#;
    assert_eq!(whole(body).expect("an answer"), ["start  ", "0 text", "0+Hi", "usage 9 3", "0 end", "Stop"]);
    let body = r#"{"response":{"name":"India","n":[1]}}"#;
    assert_eq!(whole(body).expect("an answer")[2], r#"0+{"name":"India","n":[1]}"#);
    let body = r#"{"response":null,"tool_calls":[{"name":"f","arguments":{"a":1}},{"name":"f","arguments":{"a":2}}]}"#;
    let told = whole(body).expect("an answer");
    let expected = [
        "start  ",
        "0 call gl_0_0_0 f",
        r#"0+{"a":1}"#,
        "0 end",
        "1 call gl_0_0_1 f",
        r#"1+{"a":2}"#,
        "1 end",
        "ToolCalls",
    ];
    assert_eq!(told, expected);
    assert_eq!(whole(r#"{"response":""}"#).expect("an answer"), ["start  ", "Stop"]);

    let stream = [
        r#"{"response":"H","p":"abdefghij"}"#,
        r#"{"response":"i","p":"ab"}"#,
        r#"{"response":"","usage":{"prompt_tokens":9,"completion_tokens":2,"total_tokens":11}}"#,
        "[DONE]",
    ];
    let expected = ["start  ", "0 text", "0+H", "0+i", "usage 9 2", "0 end", "Stop"];
    assert_eq!(streamed(&stream), (expected.map(str::to_owned).to_vec(), End::Complete));
    assert_eq!(streamed(&stream[..3]).1, End::Truncated, "it says nothing else of its end");
    let cut = [&stream[..1], &[r#"{"error":"boom"}"#, "[DONE]"]].concat();
    assert_eq!(streamed(&cut).1, End::Truncated);
}

#[test]
fn a_call_that_is_nothing_is_none() {
    let nothing = r#"{"tool_calls":[{"id":null,"type":null,"index":1,"function":{"name":null,"arguments":""}}]}"#;
    let call = r#"{"tool_calls":[{"id":"c","type":"function","index":0,"function":{"name":"f","arguments":"{}"}}]}"#;
    assert_eq!(deltas(&[call, nothing], "tool_calls"), ["0 call c f", "0+{}", "0 end", "ToolCalls"]);
    assert_eq!(deltas(&[nothing], "stop"), ["Stop"]);
}

#[test]
fn a_whole_answer_is_the_same_events() {
    let body = r#"{"id":"chatcmpl-1","object":"chat.completion","created":7,"model":"m","choices":[{"index":0,"message":{"role":"assistant",
        "content":"see","refusal":null,"reasoning_content":"r","annotations":[{"type":"url_citation","url_citation":{"url":"u","title":"t","start_index":0,"end_index":3}}],
        "tool_calls":[{"id":"c1","type":"function","function":{"name":"f","arguments":"{}"}},{"id":"c2","type":"custom","custom":{"name":"g","input":"x"}}]},
        "logprobs":{"content":[{"token":"see","logprob":-0.5,"bytes":null,"top_logprobs":[]}],"refusal":null},"finish_reason":"tool_calls"}],
        "usage":{"prompt_tokens":2,"completion_tokens":3,"total_tokens":5},"service_tier":"default"}"#;
    let expected = [
        "start chatcmpl-1 m",
        "0 Raw",
        "0+r",
        "0 end",
        "1 text",
        "1+see",
        "1 cite u Some((0, 3))",
        "1 end",
        "2 call c1 f",
        "2+{}",
        "2 end",
        "3 call c2 g custom",
        "3+x",
        "logprobs 1",
        "3 end",
        "ToolCalls",
        "usage 2 3",
        "tier default",
    ];
    assert_eq!(whole(body).expect("an answer"), expected);
    // Without a reason it is whole all the same.
    let told = whole(r#"{"choices":[{"message":{"content":"a"}}]}"#).expect("an answer");
    assert_eq!(told, ["start  ", "0 text", "0+a", "0 end", "Stop"]);
    assert_eq!(
        whole(r#"{"choices":[{"message":{"content":null},"finish_reason":"content_filter"}]}"#).expect("an answer")
            [1..],
        ["ContentFilter"]
    );
}

#[test]
fn what_is_no_answer_is_an_error() {
    for (body, class, message) in [
        ("{}", Class::UpstreamInvalid, "holds no choices"),
        (r#"{"choices":[]}"#, Class::UpstreamInvalid, "holds no choices"),
        ("[]", Class::UpstreamInvalid, "holds no choices"),
        (r#"{"error":{"message":"boom","code":500}}"#, Class::UpstreamError, "boom"),
        (
            r#"{"choices":null,"base_resp":{"status_code":1002,"status_msg":"rate limit exceeded(RPM)"}}"#,
            Class::RateLimit,
            "rate limit",
        ),
    ] {
        let (told, said) = whole(body).expect_err(body);
        assert!(told == class && said.contains(message), "{body}: {told:?} {said}");
    }
}
