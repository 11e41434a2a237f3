//! Clients that speak HTTP/2 to the real binary.

#![allow(clippy::expect_used, clippy::indexing_slicing, clippy::panic, reason = "a test fails by panicking")]

mod http2;
mod server;

use std::io::{Read, Write};
use std::sync::mpsc;
use std::time::Duration;

use http_body_util::BodyExt;
use server::{STREAM, Server, event, read_request, upstream};

#[test]
fn a_connection_that_only_pings_is_idle_and_no_slow_head() {
    let server = Server::start("[server]\nheader_timeout = \"300ms\"\n[providers.mock]\n");
    http2::runtime().block_on(async {
        let mut client = http2::Client::connect(server.address, |builder| {
            builder.keep_alive_interval(Duration::from_millis(100)).keep_alive_while_idle(true);
        })
        .await;
        for _ in 0..2 {
            let answer = client.ask("mock/hello", false).await.expect("an answer");
            let body = answer.into_body().collect().await.expect("a body").to_bytes();
            assert!(body.ends_with(b"\"reasoning_tokens\":0}}}"));
            tokio::time::sleep(Duration::from_millis(1500)).await;
        }
    });
}

#[test]
fn a_client_that_takes_nothing_does_not_hold_its_upstream_past_the_end() {
    let (sender, closed) = mpsc::channel();
    let (_, document) = upstream(move |mut stream| {
        read_request(&mut stream).expect("a request");
        stream.write_all(format!("{STREAM}{}", event("first")).as_bytes()).expect("written");
        // The first one is on its way; this one is not asked for any more.
        std::thread::sleep(Duration::from_millis(200));
        stream.write_all(event("second").as_bytes()).expect("written");
        let _ = stream.read(&mut [0; 1]);
        let _ = sender.send(());
    });
    let server =
        Server::start(&format!("[server]\nheader_timeout = \"300ms\"\n[timeouts]\ntotal = \"1s\"\n{document}"));
    http2::runtime().block_on(async {
        // There is room for one byte of each answer, and no more as long as that is not read.
        let mut client = http2::Client::connect(server.address, |builder| {
            builder.initial_stream_window_size(1);
        })
        .await;
        let answer = client.ask("up/m", true).await.expect("a head");
        let waited = tokio::task::spawn_blocking(move || closed.recv_timeout(Duration::from_secs(6)));
        waited.await.expect("no panic").expect("the upstream is closed");
        // Who comes back learns that it is not the answer's end, and the connection serves on.
        assert!(answer.into_body().collect().await.is_err());
        let answer = client.ask("mock/hello", false).await.expect("an answer");
        assert_eq!(answer.status(), 404);
    });
    let log = server.logged(1);
    assert!(log.lines().next().is_some_and(|line| line.contains("\"outcome\":\"client_gone\"")), "{log}");
}

#[cfg(unix)]
#[test]
fn a_request_that_waits_is_told_that_the_server_stops() {
    let mut server = Server::start("[server]\nshutdown_grace = \"300ms\"\n[providers.mock]\n");
    let status = http2::runtime().block_on(async {
        let mut client = http2::Client::connect(server.address, |_| {}).await;
        let signalled = async {
            tokio::time::sleep(Duration::from_millis(200)).await;
            server.signal("-TERM");
        };
        let (answer, ()) = tokio::join!(client.ask("mock/silent", false), signalled);
        let (head, body) = answer.expect("an answer").into_parts();
        let body = body.collect().await.expect("a body").to_bytes();
        assert!(String::from_utf8_lossy(&body).contains("gateway_stopping"), "{body:?}");
        head.status
    });
    assert_eq!(status, 503);
    assert!(server.ended(Duration::from_secs(3)).expect("it ends").success());
    assert_eq!(server.out().matches("\"error\":\"gateway_stopping\"").count(), 1, "{}", server.out());
}
