//! A stream on its way to the client.

use std::time::Duration;

use serde_json::{Value, json};

use crate::harness::{Script, Step, next, post, run};
use crate::{DONE, ROLE, STOP, STREAM, TEXT, USAGE, bench, sends};

#[test]
fn a_stream_is_relayed_byte_for_byte_but_for_the_usage_nobody_asked_for() {
    let odd = "data:{\"choices\":[{\"delta\":{\"content\":\"\\u00e9\",\"x\":1e3}}],\"big\":12345678901234567890}\r\n\r\n: note\n\n";
    let bench = bench(vec![Script::events(sends(&[ROLE, TEXT, odd, STOP, USAGE, DONE]))]);
    let (head, body) = bench.call(post("/v1/chat/completions", STREAM));
    assert_eq!(body, [ROLE, TEXT, odd, STOP, DONE].concat());
    assert_eq!(head.headers["content-type"], "text/event-stream");
    assert!(!head.headers.contains_key("content-length"));
    assert_eq!(
        bench.world.sent.borrow()[0].1,
        r#"{"model":"a","stream":true,"stream_options":{"include_usage":true}}"#
    );
    let line = bench.line();
    assert_eq!(
        (&line["in"], &line["out"], &line["complete"], &line["stream"]),
        (&json!(9), &json!(3), &json!(true), &json!(true))
    );
}

#[test]
fn the_usage_chunk_stays_where_it_was_asked_for() {
    let bench = bench(vec![Script::events(sends(&[ROLE, TEXT, STOP, USAGE, DONE]))]);
    let body = r#"{"model":"openai/a","stream":true,"stream_options":{"include_usage":true}}"#;
    let (_, body) = bench.call(post("/v1/chat/completions", body));
    assert_eq!(body, [ROLE, TEXT, STOP, USAGE, DONE].concat());
}

#[test]
fn any_split_gives_the_client_the_same_bytes() {
    let whole: &'static str = Box::leak([ROLE, ": c\n\n", TEXT, "\r\n", STOP, USAGE, DONE].concat().into_boxed_str());
    let expected = [ROLE, ": c\n\n", TEXT, "\r\n", STOP, DONE].concat();
    for place in 0..=whole.len() {
        let bench = bench(vec![Script::events(vec![Step::Send(&whole[..place]), Step::Send(&whole[place..])])]);
        let (_, body) = bench.call(post("/v1/chat/completions", STREAM));
        assert_eq!(body, expected, "split at {place}");
        assert_eq!(bench.line()["outcome"], "done");
    }
}

#[test]
fn an_event_leaves_as_soon_as_it_has_come() {
    let minute = Step::Wait(Duration::from_secs(30));
    let bench = bench(vec![Script::events(vec![
        Step::Send(ROLE),
        Step::Send(TEXT),
        minute,
        Step::Send(STOP),
        Step::Send(DONE),
    ])]);
    run(&bench.world, async {
        let (_, mut body) = bench.gateway.handle(post("/v1/chat/completions", STREAM)).await.into_parts();
        assert_eq!(next(&mut body).await.as_deref(), Some(ROLE.as_bytes()));
        assert_eq!(next(&mut body).await.as_deref(), Some(TEXT.as_bytes()));
        assert_eq!(bench.world.elapsed(), Duration::ZERO);
        assert_eq!(next(&mut body).await.as_deref(), Some(&b": ping\n"[..]));
        assert_eq!(bench.world.elapsed(), Duration::from_secs(15));
        while next(&mut body).await.is_some() {}
    });
    assert_eq!(bench.line()["outcome"], "done");
}

#[test]
fn an_event_without_data_is_none() {
    let bench = bench(vec![Script::events(sends(&["data:\n\n", "event: x\ndata: \n\n", TEXT, STOP, DONE]))]);
    let (head, body) = bench.call(post("/v1/chat/completions", STREAM));
    assert_eq!((head.status.as_u16(), body), (200, [TEXT, STOP, DONE].concat()));
}

#[test]
fn a_last_event_without_its_blank_line_gets_one() {
    let bench = bench(vec![Script::events(sends(&[TEXT, STOP, "data: [DONE]"]))]);
    let (_, body) = bench.call(post("/v1/chat/completions", STREAM));
    assert_eq!(body, [TEXT, STOP, "data: [DONE]\n\n"].concat());
    assert_eq!(bench.line()["outcome"], "done");
}

#[test]
fn a_client_that_takes_its_time_is_no_silent_upstream() {
    let pause = Step::Wait(Duration::from_secs(1000));
    let bench = bench(vec![Script::events(vec![Step::Send(TEXT), pause, Step::Send(STOP), Step::Send(DONE)])]);
    let mut body = run(&bench.world, bench.gateway.handle(post("/v1/chat/completions", STREAM))).into_body();
    assert!(run(&bench.world, next(&mut body)).is_some());
    bench.world.pass(Duration::from_secs(200));
    // The wait begins now: the upstream is heard 40 s later at the latest, or it is silent.
    let mut pings = 0;
    let last = loop {
        let bytes = run(&bench.world, next(&mut body)).expect("bytes");
        if bytes != b": ping\n"[..] {
            break bytes;
        }
        pings += 1;
    };
    assert!(last.starts_with(b"data: {\"error\"") && pings > 0);
    assert_eq!(bench.world.elapsed(), Duration::from_secs(240));
}

#[test]
fn trap_14_a_broken_stream_ends_in_its_dialects_error() {
    let message_start = "event: message_start\ndata: {\"type\":\"message_start\",\"message\":{\"usage\":{\"input_tokens\":9,\"output_tokens\":1}}}\n\n";
    let text_delta = "event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"delta\":{\"type\":\"text_delta\",\"text\":\"a\"}}\n\n";
    let created = "event: response.created\ndata: {\"type\":\"response.created\",\"response\":{\"id\":\"resp_1\",\"model\":\"a\",\"created_at\":7}}\n\n";
    let delta =
        "event: response.output_text.delta\ndata: {\"type\":\"response.output_text.delta\",\"delta\":\"a\"}\n\n";
    let part = "data: {\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"a\"}]}}],\"usageMetadata\":{\"promptTokenCount\":9}}\n\n";
    let cases: [(&str, &str, Vec<&str>, &str); 4] = [
        ("/v1/chat/completions", STREAM, vec![ROLE, TEXT], "data: {\"error\":{"),
        (
            "/v1/messages",
            r#"{"model":"claude/x","stream":true}"#,
            vec![message_start, text_delta],
            "event: error\ndata: {\"type\":\"error\"",
        ),
        (
            "/v1/responses",
            r#"{"model":"openai/a","stream":true}"#,
            vec![created, delta],
            "event: response.failed\ndata: {\"type\":\"response.failed\",\"sequence_number\":2,",
        ),
        ("/v1beta/models/gemini%2Fx:streamGenerateContent?alt=sse", "{}", vec![part], "data: {\"error\":{\"code\":50"),
    ];
    for (path, body, events, expected) in cases {
        for end in [Some(Step::Cut), None, Some(Step::Wait(Duration::from_secs(1000)))] {
            // Half an event behind the whole ones must not reach the client.
            let mut steps = sends(&events);
            steps.push(Step::Send("data: {\"hal"));
            let silent = matches!(end, Some(Step::Wait(_)));
            steps.extend(end);
            let bench = bench(vec![Script::events(steps)]);
            let (head, answer) = bench.call(post(path, body));
            assert_eq!(head.status.as_u16(), 200);
            let after = answer.strip_prefix(&events.concat()).unwrap_or_else(|| panic!("{answer}"));
            let after = if silent {
                after.rsplit_once(expected).map_or("", |(before, _)| &after[before.len()..])
            } else {
                after
            };
            assert!(after.starts_with(expected), "{after}");
            for end in ["[DONE]", "message_stop", "response.completed", "\"finish_reason\":\"", "finishReason"] {
                assert!(!after.contains(end), "{after}");
            }
            let line = bench.line();
            let outcome = if silent { ("error", "upstream_timeout") } else { ("upstream_cut", "upstream_truncated") };
            assert_eq!((line["outcome"].as_str(), line["error"].as_str()), (Some(outcome.0), Some(outcome.1)));
            assert_eq!(line["complete"], false);
            assert_eq!(bench.world.open_upstreams.get(), 0);
        }
    }
}

#[test]
fn trap_16_done_without_a_finish_reason_is_no_end() {
    let bench = bench(vec![Script::events(sends(&[ROLE, TEXT, DONE]))]);
    let (_, body) = bench.call(post("/v1/chat/completions", STREAM));
    assert!(!body.contains("[DONE]") && body.contains("upstream_truncated"), "{body}");
    let bench = self::bench(vec![Script::events(sends(&[ROLE, TEXT, STOP]))]);
    let (_, body) = bench.call(post("/v1/chat/completions", STREAM));
    assert_eq!(body, [ROLE, TEXT, STOP].concat());
    assert_eq!(bench.line()["outcome"], "done");
}

#[test]
fn geminis_array_is_relayed_and_stays_an_array_when_it_breaks() {
    let path = "/v1beta/models/gemini%2Fx:streamGenerateContent";
    let (first, last) = (
        "[{\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"a\"}]}}]}\n",
        ",\r\n{\"candidates\":[{\"finishReason\":\"STOP\"}]}\n]\n",
    );
    let json = || vec![("content-type", "application/json")];
    let script = |steps| Script::Answer { status: 200, headers: json(), steps };
    let bench = bench(vec![script(sends(&[first, last]))]);
    let (_, body) = bench.call(post(path, "{}"));
    assert_eq!(body, [first, last].concat());
    assert_eq!(bench.line()["outcome"], "done");
    let bench = self::bench(vec![script(vec![Step::Send(first), Step::Send(",{\"cand"), Step::Cut])]);
    let (_, body) = bench.call(post(path, "{}"));
    let elements: Vec<Value> = serde_json::from_str(&body).unwrap();
    assert_eq!((elements.len(), &elements[1]["error"]["code"]), (2, &json!(502)));
    // An array that is closed without having finished.
    let bench = self::bench(vec![script(sends(&[first, "\n]\n"]))]);
    let (_, body) = bench.call(post(path, "{}"));
    let elements: Vec<Value> = serde_json::from_str(&body).unwrap();
    assert_eq!((elements.len(), &elements[1]["error"]["code"]), (2, &json!(502)));
    // The gateway's own errors are an array too.
    let bench = self::bench(vec![]);
    let (head, body) = bench.call(post("/v1beta/models/nobody:streamGenerateContent", "{}"));
    let elements: Vec<Value> = serde_json::from_str(&body).unwrap();
    assert_eq!((head.status.as_u16(), &elements[0]["error"]["status"]), (404, &json!("NOT_FOUND")));
}

#[test]
fn comments_do_not_reach_gemini_clients() {
    let end = "data: {\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"a\"}]},\"finishReason\":\"STOP\"}]}\n\n";
    let bench = bench(vec![Script::events(sends(&[": hello\n\n", "data: : keepalive\n\n", end]))]);
    let (_, body) = bench.call(post("/v1beta/models/gemini%2Fx:streamGenerateContent?alt=sse", "{}"));
    assert_eq!(body, format!("\n{end}"));
}
