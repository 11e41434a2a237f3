//! The end of a request, whichever it is: one account, one line.

use std::pin::pin;
use std::task::Poll;
use std::time::Duration;

use http::Request;
use serde_json::{Value, json};

use crate::harness::{Bench, Incoming, Ledger, Script, Step, next, poll_once, post, run};
use crate::{ANSWER, CHAT, CONFIG, DONE, ROLE, STOP, STREAM, TEXT, USAGE, bench, sends};

#[test]
fn a_client_that_closes_behind_the_last_event_has_everything() {
    let steps = vec![
        Step::Send(TEXT),
        Step::Send(STOP),
        Step::Send(USAGE),
        Step::Send(DONE),
        Step::Wait(Duration::from_secs(5)),
    ];
    let bench = bench(vec![Script::events(steps.clone())]);
    run(&bench.world, async {
        let mut body = bench.gateway.handle(post("/v1/chat/completions", STREAM)).await.into_body();
        while next(&mut body).await.expect("an event") != DONE.as_bytes() {}
    });
    assert_eq!((&bench.line()["outcome"], &bench.line()["out"]), (&json!("done"), &json!(3)));
    // One that waits for the end does not wait long.
    let bench = self::bench(vec![Script::events(steps)]);
    bench.call(post("/v1/chat/completions", STREAM));
    assert_eq!(bench.line()["outcome"], "done");
    assert_eq!(bench.world.elapsed(), Duration::from_secs(1));
}

const GEMINI_STREAM: &str = r#"{"contents":[{"role":"user","parts":[{"text":"hi"}]}]}"#;
const SAID: &str = "data: {\"candidates\":[{\"content\":{\"role\":\"model\",\"parts\":[{\"text\":\"a\"}]}}],\"usageMetadata\":{\"promptTokenCount\":9,\"candidatesTokenCount\":1}}\n\n";
const SAID_ALL: &str = "data: {\"candidates\":[{\"content\":{\"role\":\"model\",\"parts\":[{\"text\":\"b\"}]},\"finishReason\":\"STOP\"}],\"usageMetadata\":{\"promptTokenCount\":9,\"candidatesTokenCount\":70}}\n\n";

/// A client that leaves after the first event; what is left to be finished is finished, and the log line.
fn left_behind(path: &'static str, body: &'static str, steps: Vec<Step>) -> (serde_json::Value, Duration) {
    let bench = bench(vec![Script::events(steps)]);
    {
        let mut handling = pin!(bench.gateway.handle(post(path, body)));
        let Poll::Ready(answer) = poll_once(handling.as_mut()) else { panic!("the head is there") };
        let mut body = answer.into_body();
        assert!(poll_once(pin!(next(&mut body))).is_ready());
        assert!(poll_once(pin!(next(&mut body))).is_pending());
    }
    let endings = std::mem::take(&mut *bench.world.endings.borrow_mut());
    for ending in endings {
        run(&bench.world, bench.gateway.finish(ending));
    }
    assert_eq!(bench.world.open_upstreams.get(), 0);
    (bench.line(), bench.world.elapsed())
}

/// Google bills what it says after its client has gone (platforms.md 6.2).
#[test]
fn what_is_billed_all_the_same_is_read_to_its_end() {
    const TO_GEMINI: &str =
        r#"{"model":"gemini/gemini-2.5-flash","stream":true,"messages":[{"role":"user","content":"hi"}]}"#;
    let path = "/v1beta/models/gemini%2Fgemini-2.5-flash:streamGenerateContent?alt=sse";
    for (path, body) in [(path, GEMINI_STREAM), ("/v1/chat/completions", TO_GEMINI)] {
        let wait = Step::Wait(Duration::from_secs(5));
        let (line, _) = left_behind(path, body, vec![Step::Send(SAID), wait.clone(), Step::Send(SAID_ALL)]);
        assert_eq!(
            [&line["outcome"], &line["in"], &line["out"], &line["complete"], &line["total_ms"]],
            [&json!("client_gone"), &json!(9), &json!(70), &json!(true), &json!(0.0)],
            "{line}"
        );
        // Broken off, and silent: what was known stands.
        let (line, _) = left_behind(path, body, vec![Step::Send(SAID), wait, Step::Cut]);
        assert_eq!([&line["out"], &line["complete"]], [&json!(1), &json!(false)], "{line}");
        let silent = vec![Step::Send(SAID), Step::Wait(Duration::from_secs(600))];
        let (line, elapsed) = left_behind(path, body, silent);
        assert_eq!([&line["out"], &line["complete"]], [&json!(1), &json!(false)], "{line}");
        assert_eq!(elapsed, Duration::from_secs(40), "the configured idle time");
        // It has a minute, however much it says.
        let talks = std::iter::repeat_n([Step::Send(SAID), Step::Wait(Duration::from_secs(30))], 5).flatten();
        let (_, elapsed) = left_behind(path, body, talks.collect());
        assert_eq!(elapsed, Duration::from_secs(60));
    }
}

/// Who opens streams and leaves holds no connections without end.
#[test]
fn so_many_are_read_on_and_no_more() {
    let path = "/v1beta/models/gemini%2Fgemini-2.5-flash:streamGenerateContent?alt=sse";
    let bench = bench(Vec::new());
    for _ in 0..70 {
        bench.world.script(Script::events(vec![Step::Send(SAID), Step::Wait(Duration::from_secs(600))]));
        let mut handling = pin!(bench.gateway.handle(post(path, GEMINI_STREAM)));
        let Poll::Ready(answer) = poll_once(handling.as_mut()) else { panic!("the head is there") };
        let mut body = answer.into_body();
        assert!(poll_once(pin!(next(&mut body))).is_ready());
    }
    assert_eq!((bench.world.open_upstreams.get(), bench.world.lines.borrow().len()), (64, 6));
    let endings = std::mem::take(&mut *bench.world.endings.borrow_mut());
    for ending in endings {
        run(&bench.world, bench.gateway.finish(ending));
    }
    assert_eq!((bench.world.open_upstreams.get(), bench.world.lines.borrow().len()), (0, 70));
}

#[test]
fn a_client_that_leaves_is_accounted_for_once() {
    // Before the answer's head.
    let bench = bench(vec![Script::Hang]);
    {
        let mut handling = pin!(bench.gateway.handle(post("/v1/chat/completions", CHAT)));
        assert!(poll_once(handling.as_mut()).is_pending());
    }
    assert_eq!(bench.line()["outcome"], "client_gone");
    // While its body is being read.
    let bench = self::bench(vec![]);
    {
        let request = Request::post("/v1/chat/completions").header("host", "localhost").body(Incoming::Never).unwrap();
        let mut handling = pin!(bench.gateway.handle(request));
        assert!(poll_once(handling.as_mut()).is_pending());
    }
    assert_eq!(bench.line()["outcome"], "client_gone");
    // By breaking off in the middle of it.
    let bench = self::bench(vec![]);
    bench.call(Request::post("/v1/messages").header("host", "localhost").body(Incoming::Broken).unwrap());
    assert_eq!(bench.line()["outcome"], "client_gone");
    // In the middle of a stream: the upstream closes, and what it told of its usage counts.
    let usage = "data: {\"choices\":[{\"delta\":{\"content\":\"b\"}}],\"usage\":{\"prompt_tokens\":9,\"completion_tokens\":1}}\n\n";
    let bench = self::bench(vec![Script::events(vec![
        Step::Send(TEXT),
        Step::Send(usage),
        Step::Wait(Duration::from_secs(30)),
    ])]);
    {
        let mut handling = pin!(bench.gateway.handle(post("/v1/chat/completions", STREAM)));
        let Poll::Ready(answer) = poll_once(handling.as_mut()) else { panic!("the head is there") };
        let mut body = answer.into_body();
        for _ in 0..2 {
            assert!(poll_once(pin!(next(&mut body))).is_ready());
        }
        assert!(poll_once(pin!(next(&mut body))).is_pending());
        assert_eq!(bench.world.open_upstreams.get(), 1);
    }
    assert_eq!(bench.world.open_upstreams.get(), 0);
    let line = bench.line();
    assert_eq!((&line["outcome"], &line["in"], &line["complete"]), (&json!("client_gone"), &json!(9), &json!(false)));
}

#[test]
fn a_stream_that_the_host_has_to_stop_ends_in_an_error_event() {
    let bench =
        bench(vec![Script::events(vec![Step::Send(ROLE), Step::Send(TEXT), Step::Wait(Duration::from_secs(30))])]);
    let text = run(&bench.world, async {
        let mut body = bench.gateway.handle(post("/v1/chat/completions", STREAM)).await.into_body();
        let mut text = String::new();
        for _ in 0..2 {
            text.push_str(std::str::from_utf8(&next(&mut body).await.expect("an event")).expect("UTF-8"));
        }
        body.interrupt();
        assert_eq!(bench.world.open_upstreams.get(), 0);
        while let Some(bytes) = next(&mut body).await {
            text.push_str(std::str::from_utf8(&bytes).expect("UTF-8"));
        }
        text
    });
    let (before, after) = text.split_once("data: {\"error\"").expect("an error event");
    assert_eq!(before, [ROLE, TEXT].concat());
    assert!(after.contains("gateway_stopping"), "{after}");
    assert_eq!((&bench.line()["outcome"], &bench.line()["error"]), (&json!("error"), &json!("gateway_stopping")));
    // One that has no answer yet is not its client's doing either.
    let bench = self::bench(vec![Script::Hang]);
    {
        let mut handling = pin!(bench.gateway.handle(post("/v1/chat/completions", CHAT)));
        assert!(poll_once(handling.as_mut()).is_pending());
        bench.gateway.stop();
    }
    assert_eq!((&bench.line()["outcome"], &bench.line()["error"]), (&json!("error"), &json!("gateway_stopping")));
    // If there is time it is told so, in its dialect.
    let bench = self::bench(vec![Script::Hang, Script::Hang]);
    let claude = r#"{"model":"claude/a","messages":[]}"#;
    for (path, asked, word) in
        [("/v1/chat/completions", CHAT, "gateway_stopping"), ("/v1/messages", claude, "overloaded_error")]
    {
        let stop = std::cell::Cell::new(false);
        let stopped = std::future::poll_fn(|_| if stop.get() { Poll::Ready(()) } else { Poll::Pending });
        let mut handling = pin!(bench.gateway.handle_until(post(path, asked), stopped));
        assert!(poll_once(handling.as_mut()).is_pending());
        stop.set(true);
        let Poll::Ready(answer) = poll_once(handling.as_mut()) else { panic!("it goes on waiting") };
        assert_eq!(answer.status(), 503);
        let body = run(&bench.world, next(&mut answer.into_body())).expect("a body");
        assert!(String::from_utf8_lossy(&body).contains(word), "{body:?}");
    }
    let lines = bench.world.lines.borrow();
    assert_eq!(lines.len(), 2);
    for line in lines.iter() {
        let said = (&line["status"], &line["outcome"], &line["error"]);
        assert_eq!(said, (&json!(503), &json!("error"), &json!("gateway_stopping")));
    }
}

#[test]
fn a_reservation_ends_exactly_once_on_every_path() {
    let failures: [(Vec<Script>, &str); 4] = [
        (vec![Script::json(200, ANSWER)], CHAT),
        (vec![Script::Refuse], CHAT),
        (vec![Script::events(sends(&[TEXT, STOP, USAGE, DONE]))], STREAM),
        (vec![Script::events(vec![Step::Send(TEXT), Step::Cut])], STREAM),
    ];
    for (scripts, request) in failures {
        let ledger = Ledger::default();
        let bench = Bench::new(ledger.clone(), CONFIG, scripts);
        bench.call(post("/v1/chat/completions", request));
        let endings: Vec<_> = bench.world.endings.borrow_mut().drain(..).collect();
        assert_eq!((ledger.admitted.get(), endings.len()), (1, 1));
        assert!(bench.world.lines.borrow().is_empty(), "the line comes with the settlement");
        for ending in endings {
            run(&bench.world, bench.gateway.finish(ending));
        }
        assert_eq!(ledger.settled.borrow().len(), 1);
        let line = bench.line();
        let known = line["in"].as_u64().unwrap_or(0);
        assert_eq!(ledger.settled.borrow()[0].usage.input, known);
    }
    // Dropped at an await.
    let ledger = Ledger::default();
    let bench = Bench::new(ledger.clone(), CONFIG, vec![Script::Hang]);
    {
        let mut handling = pin!(bench.gateway.handle(post("/v1/chat/completions", CHAT)));
        assert!(poll_once(handling.as_mut()).is_pending());
    }
    assert_eq!((ledger.admitted.get(), bench.world.endings.borrow().len()), (1, 1));
    // Denied: nothing is held, so nothing ends.
    let ledger = Ledger { deny: true, ..Ledger::default() };
    let bench = Bench::new(ledger.clone(), CONFIG, vec![]);
    let (head, body) = bench.call(post("/v1/chat/completions", CHAT));
    assert_eq!((head.status.as_u16(), &head.headers["retry-after"]), (429, &"17".parse().unwrap()));
    assert!(body.contains("rate_limit_exceeded"), "{body}");
    assert!(bench.world.endings.borrow().is_empty());
    assert_eq!(bench.line()["error"], "rate_limit_exceeded");
}

#[test]
fn a_bug_ends_its_own_request_in_its_dialect() {
    let hook = std::panic::take_hook();
    std::panic::set_hook(Box::new(|_| {}));
    let bench = bench(vec![]);
    let (head, body) = bench.call(post("/v1/messages", r#"{"model":"mock/panic"}"#));
    let line = bench.line();
    let stream = self::bench(vec![]);
    let (stream_head, stream_body) =
        stream.call(post("/v1/messages", r#"{"model":"mock/panic-stream","stream":true}"#));
    std::panic::set_hook(hook);
    assert_eq!(head.status.as_u16(), 500);
    let body: Value = serde_json::from_str(&body).unwrap();
    assert_eq!(body["error"], json!({"type": "api_error", "message": "the gateway has failed"}));
    assert_eq!(
        (&line["outcome"], &line["error"], &line["status"]),
        (&json!("error"), &json!("internal_error"), &json!(500))
    );
    assert_eq!(stream_head.status.as_u16(), 200);
    let (before, after) = stream_body.split_once("event: error\n").expect("an error event");
    assert!(
        before.contains("text_delta")
            && after.starts_with("data: {\"type\":\"error\"")
            && !after.contains("message_stop")
    );
    assert_eq!((&stream.line()["outcome"], &stream.line()["error"]), (&json!("error"), &json!("internal_error")));
}
