//! What a client meets at the real binary's socket.

#![allow(clippy::expect_used, clippy::indexing_slicing, clippy::panic, reason = "a test fails by panicking")]

mod server;

use std::io::{Read, Write};
use std::net::Shutdown;
use std::sync::mpsc;
use std::time::{Duration, Instant};

use server::{STREAM, Server, chat, done, event, read_request, rest, until, upstream};

#[test]
fn answers_whole_and_in_events() {
    let server = Server::start("");
    let answer = server.chat("mock/hello");
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n") && answer.contains("\"chat.completion\""), "{answer}");
    let stream = server.ask(&chat("mock/hello", true, "close"));
    assert!(stream.contains("content-type: text/event-stream") && stream.contains("data: [DONE]"), "{stream}");
    let head = server.ask("HEAD /health HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n");
    assert!(head.starts_with("HTTP/1.1 200 ") && head.ends_with("\r\n\r\n"), "{head}");
    assert_eq!(server.logged(3).lines().filter(|line| line.contains("\"outcome\":\"done\"")).count(), 3);
}

#[test]
fn a_connection_serves_one_request_after_the_other() {
    let server = Server::start("");
    let mut stream = server.connect();
    for _ in 0..3 {
        stream.write_all(chat("mock/hello", false, "keep-alive").as_bytes()).expect("written");
        until(&mut stream, "\"reasoning_tokens\":0}}}");
    }
}

#[test]
fn http2_is_spoken_on_the_same_port() {
    let server = Server::start("");
    let mut stream = server.connect();
    // The preface and an empty SETTINGS frame; the answer begins with the server's own SETTINGS.
    stream.write_all(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0").expect("written");
    let mut frame = [0; 9];
    stream.read_exact(&mut frame).expect("a frame");
    assert_eq!(frame[3], 4);
}

#[test]
fn what_could_be_read_two_ways_is_refused() {
    let server = Server::start("");
    let post = "POST /v1/chat/completions HTTP/1.1\r\nhost: localhost\r\n";
    for headers in [
        "content-length: 2\r\ncontent-length: 3\r\n",
        "content-length: 2\r\ntransfer-encoding: gzip\r\n",
        "content-length: +2\r\n",
        "transfer-encoding: chunked, identity\r\n",
    ] {
        let answer = server.ask(&format!("{post}{headers}\r\n{{}}"));
        assert!(answer.starts_with("HTTP/1.1 400 "), "{headers}: {answer}");
    }
    let many: String = (0..120).map(|index| format!("x-{index}: 1\r\n")).collect();
    let long = format!("x: {}\r\n", "y".repeat(80 << 10));
    for headers in [many, long] {
        let answer = server.ask(&format!("{post}{headers}\r\n"));
        assert!(answer.starts_with("HTTP/1.1 431 ") || answer.is_empty(), "{answer}");
    }
}

#[test]
fn a_slow_head_is_given_up_and_an_idle_connection_is_not() {
    let server = Server::start("[server]\nheader_timeout = \"400ms\"\n[providers.mock]\n");
    for beginning in ["", "POST /v1/chat/completions HTTP/1.1\r\nhost: loc"] {
        let mut stream = server.connect();
        stream.write_all(beginning.as_bytes()).expect("written");
        let started = Instant::now();
        assert_eq!(rest(&mut stream), "", "{beginning}");
        assert!(started.elapsed() < Duration::from_secs(2), "{beginning}");
    }
    let mut stream = server.connect();
    stream.write_all(chat("mock/hello", false, "keep-alive").as_bytes()).expect("written");
    until(&mut stream, "\"reasoning_tokens\":0}}}");
    std::thread::sleep(Duration::from_millis(1200));
    stream.write_all(chat("mock/hello", false, "keep-alive").as_bytes()).expect("written");
    until(&mut stream, "\"reasoning_tokens\":0}}}");
    // The second head is not given more time than the first.
    stream.write_all(b"GET /hea").expect("written");
    let started = Instant::now();
    assert_eq!(rest(&mut stream), "");
    assert!(started.elapsed() < Duration::from_secs(2));
}

#[test]
fn an_event_that_has_arrived_leaves_at_once() {
    let (go, gate) = mpsc::channel::<()>();
    let gate = std::sync::Mutex::new(gate);
    let (_, document) = upstream(move |mut stream| {
        read_request(&mut stream).expect("a request");
        stream.write_all(format!("{STREAM}{}", event("first")).as_bytes()).expect("written");
        gate.lock().expect("no panic").recv().expect("the client has it");
        stream.write_all(format!("{}{}", event("second"), done()).as_bytes()).expect("written");
    });
    let server = Server::start(&document);
    let mut stream = server.connect();
    stream.write_all(chat("up/m", true, "close").as_bytes()).expect("written");
    // The second event is sent only when the first has been seen.
    until(&mut stream, "first");
    go.send(()).expect("the upstream waits");
    assert!(rest(&mut stream).contains("second"));
}

/// What an upstream sees of a client that leaves.
fn leaves(before: &'static str, wait_for: &str) -> (Option<Duration>, String) {
    let (sender, gone) = mpsc::channel();
    let (_, document) = upstream(move |mut stream| {
        read_request(&mut stream).expect("a request");
        stream.write_all(before.as_bytes()).expect("written");
        sender.send(None).expect("the test waits");
        // Ends with the connection.
        let _ = stream.read(&mut [0; 1]);
        let _ = sender.send(Some(Instant::now()));
    });
    let server = Server::start(&document);
    let mut stream = server.connect();
    stream.write_all(chat("up/m", true, "keep-alive").as_bytes()).expect("written");
    gone.recv_timeout(Duration::from_secs(5)).expect("the request is there");
    if !wait_for.is_empty() {
        until(&mut stream, wait_for);
    }
    std::thread::sleep(Duration::from_millis(100));
    let left = Instant::now();
    stream.shutdown(Shutdown::Both).expect("closed");
    drop(stream);
    let seen = gone.recv_timeout(Duration::from_secs(3)).ok().flatten();
    (seen.map(|at| at - left), server.logged(1))
}

#[test]
fn a_client_that_leaves_closes_the_upstream_within_a_second() {
    let streaming: &'static str = format!("{STREAM}{}", event("first")).leak();
    for (before, wait_for) in [("", ""), (STREAM, ""), (streaming, "first")] {
        let (took, log) = leaves(before, wait_for);
        assert!(took.is_some_and(|took| took < Duration::from_secs(1)), "{before}: {took:?}");
        assert!(log.contains("\"outcome\":\"client_gone\"") && log.lines().count() == 1, "{log}");
    }
}
