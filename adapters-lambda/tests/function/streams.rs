//! Streams: when what leaves, and how they end.

use std::time::{Duration, Instant};

use crate::platform::upstream::Upstream;
use crate::platform::{CHAT, Function, Kind, Platform, post};
use serde_json::{Value, json};

fn stream(model: &str) -> Value {
    post(CHAT, &json!({ "model": model, "stream": true, "messages": [{ "role": "user", "content": "hi" }] }))
}

fn mock() -> Value {
    json!({ "open": true, "providers": { "mock": {} } })
}

#[test]
fn every_event_leaves_before_the_next_is_sent() {
    let platform = Platform::start();
    let upstream = Upstream::start();
    let function = Function::start(&platform, &upstream.config());
    let invocation = platform.invoke(&stream("up/m"));
    let mut exchange = upstream.exchange();
    exchange.begin();
    for text in ["one", "two", "three"] {
        exchange.content(text);
        // Were it held back, nothing would come: the upstream waits for this test.
        let seen = invocation.until(text);
        assert!(!seen.contains("[DONE]"));
    }
    exchange.finish();
    invocation.until("data: [DONE]\n\n");
    assert!(invocation.ends());
    let log = function.log(1);
    assert_eq!((&log[0]["outcome"], &log[0]["in"], &log[0]["out"]), (&json!("done"), &json!(3), &json!(2)));
}

/// The stock responder of `lambda_runtime` needs 40 to 48 ms for the first chunk: Nagle's algorithm waits for the
/// delayed acknowledgement of the small writes before it. A busy machine is given several tries.
#[test]
fn the_first_chunk_is_not_held_back() {
    let platform = Platform::start();
    let upstream = Upstream::start();
    let _function = Function::start(&platform, &upstream.config());
    let mut delays = Vec::new();
    for pause in [0, 6, 26, 6, 26, 6, 26] {
        let invocation = platform.invoke(&stream("up/m"));
        let mut exchange = upstream.exchange();
        exchange.begin();
        std::thread::sleep(Duration::from_millis(pause));
        let first = exchange.content("one");
        invocation.begun();
        let (mut chunk, border) = (invocation.chunk(), invocation.chunk());
        assert_eq!(border.bytes, [0; 8]);
        while !String::from_utf8_lossy(&chunk.bytes).contains("one") {
            chunk = invocation.chunk();
        }
        std::thread::sleep(Duration::from_millis(2));
        let second = exchange.content("two");
        let next = invocation.chunk();
        assert!(String::from_utf8_lossy(&next.bytes).contains("two"));
        delays.push(chunk.at.duration_since(first).max(next.at.duration_since(second)));
        exchange.finish();
        assert!(invocation.ends());
    }
    delays.sort();
    println!("from the upstream to the platform, ms: {delays:?}");
    let median = delays[delays.len() / 2];
    assert!(median < Duration::from_millis(30), "{delays:?}");
}

#[test]
fn an_answer_whose_connection_breaks_closes_the_upstream() {
    let platform = Platform::start();
    let upstream = Upstream::start();
    let mut function = Function::start(&platform, &upstream.config());
    // Prelude, border, and the first event.
    let invocation = platform.invoke_and_cut(&stream("up/m"), 3);
    let mut exchange = upstream.exchange();
    exchange.begin();
    exchange.content("one");
    assert!(!invocation.ends());
    assert!(exchange.closed() < Duration::from_secs(1));
    let log = function.log(1);
    assert_eq!((&log[0]["outcome"], &log[0]["complete"]), (&json!("client_gone"), &json!(false)));
    function.complains("the connection to the Runtime API broke");

    // The environment serves on, and the accounts are closed once.
    let invocation = platform.invoke(&stream("up/m"));
    let mut exchange = upstream.exchange();
    exchange.begin();
    exchange.content("again");
    exchange.finish();
    invocation.until("[DONE]");
    assert!(invocation.ends());
    let log = function.log(2);
    assert_eq!(log.len(), 2);
    assert_eq!(log[1]["outcome"], "done");
    assert!(function.is_alive());
}

#[test]
fn a_refused_answer_closes_the_upstream() {
    let platform = Platform::start();
    let upstream = Upstream::start();
    let mut function = Function::start(&platform, &upstream.config());
    let invocation = platform.invoke_and_refuse(&stream("up/m"), 3, 413);
    let mut exchange = upstream.exchange();
    exchange.begin();
    exchange.content("one");
    assert!(exchange.closed() < Duration::from_secs(1));
    assert!(!invocation.ends());
    let complaint = function.complains("refused");
    assert!(complaint.contains("413") && complaint.contains("why"), "{complaint}");
    assert_eq!(function.log(1)[0]["outcome"], "client_gone");
    platform.polled(2);
    assert!(function.is_alive());
}

#[test]
fn an_upstream_that_breaks_off_ends_in_an_error_event() {
    let platform = Platform::start();
    let function = Function::start(&platform, &mock());
    let answer = platform.invoke(&stream("mock/cut")).answer();
    assert_eq!(answer.status(), 200);
    assert!(answer.ended.is_some(), "the end is a clean one");
    let body = answer.body();
    assert!(body.trim_end().rsplit("\n\n").next().unwrap().contains("\"error\""), "{body}");
    assert!(!body.contains("Runtime.StreamError"));
    assert_eq!(function.log(1)[0]["outcome"], "upstream_cut");
}

#[test]
fn a_bug_in_the_body_ends_in_an_error_event() {
    let platform = Platform::start();
    let mut function = Function::start(&platform, &mock());
    let answer = platform.invoke(&stream("mock/panic-stream")).answer();
    assert_eq!((answer.kind, answer.status()), (Kind::Response, 200));
    assert!(answer.ended.is_some(), "the end is a clean one");
    let body = answer.body();
    assert!(body.starts_with("data: {"), "{body}");
    assert!(body.trim_end().rsplit("\n\n").next().unwrap().contains("\"error\""), "{body}");
    function.complains("panic");
    let answer = platform.invoke(&stream("mock/hello")).answer();
    assert!(answer.body().ends_with("data: [DONE]\n\n"));
    assert!(function.is_alive());
    assert_eq!(function.log(2).iter().map(|line| &line["outcome"]).collect::<Vec<_>>(), ["error", "done"]);
}

#[test]
fn a_stream_ends_before_the_platform_kills_it() {
    let platform = Platform::start();
    let upstream = Upstream::start();
    let function = Function::start(&platform, &upstream.config());
    let started = Instant::now();
    let invocation = platform.invoke_within(&stream("up/m"), Duration::from_secs(4));
    let mut exchange = upstream.exchange();
    exchange.begin();
    exchange.content("one");
    invocation.until("one");
    assert!(invocation.until("\"error\"").contains("data: "));
    assert!(invocation.ends());
    let took = started.elapsed();
    assert!((Duration::from_millis(900)..Duration::from_millis(2500)).contains(&took), "{took:?}");
    assert_eq!(function.log(1)[0]["outcome"], "error");
    assert!(exchange.closed() < Duration::from_secs(1));
}

/// An environment is frozen when it asks for work, so the line must be out by then.
#[test]
fn a_request_is_settled_before_the_next_poll() {
    let platform = Platform::start();
    let _function = Function::start(&platform, &mock());
    for round in 1..=20 {
        let answer = platform.invoke(&stream("mock/hello")).answer();
        assert!(answer.ended.is_some());
        assert_eq!(platform.polled(round + 1).lines, round);
    }
}
