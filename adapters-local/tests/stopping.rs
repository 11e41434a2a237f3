//! Signals to the real binary.

#![cfg(unix)]
#![allow(clippy::expect_used, clippy::indexing_slicing, clippy::panic, reason = "a test fails by panicking")]

mod http2;
mod server;

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use server::{Reader, STREAM, Server, chat, done, event, read_request, rest, until, upstream};

/// A server whose upstream sends an event, waits, and ends its stream.
fn streaming(pause: Duration, grace: &str) -> (Server, TcpStream) {
    let (_, document) = upstream(move |mut stream| {
        while read_request(&mut stream).is_some() {
            let _ = stream.write_all(format!("{STREAM}{}", event("first")).as_bytes());
            std::thread::sleep(pause);
            let _ = stream.write_all(done().as_bytes());
        }
    });
    let server = Server::start(&format!("[server]\nshutdown_grace = \"{grace}\"\n{document}"));
    let mut stream = server.connect();
    stream.write_all(chat("up/m", true, "keep-alive").as_bytes()).expect("written");
    until(&mut stream, "first");
    (server, stream)
}

#[test]
fn a_running_stream_may_end() {
    for signal in ["-TERM", "-INT"] {
        let (mut server, mut stream) = streaming(Duration::from_millis(800), "20s");
        let mut idle = server.connect();
        idle.write_all(chat("mock/none", false, "keep-alive").as_bytes()).expect("written");
        until(&mut idle, "\r\n\r\n");
        server.signal(signal);
        server.told("stopping");
        // New ones are not taken, idle ones end at once, the running one ends when it is done.
        assert!(rest(&mut idle).len() < 4096);
        let deadline = Instant::now() + Duration::from_millis(500);
        while TcpStream::connect(server.address).is_ok() {
            assert!(Instant::now() < deadline, "it still listens");
        }
        assert!(rest(&mut stream).contains("[DONE]"));
        let status = server.ended(Duration::from_secs(3)).expect("it ends");
        assert!(status.success(), "{status}");
        assert!(server.out().contains("\"outcome\":\"done\""), "{}", server.out());
    }
}

#[test]
fn an_idle_server_ends_at_once() {
    let mut server = Server::start("");
    let _silent = server.connect();
    assert!(server.chat("mock/hello").starts_with("HTTP/1.1 200 "));
    let started = Instant::now();
    server.signal("-TERM");
    assert!(server.ended(Duration::from_secs(3)).expect("it ends").success());
    assert!(started.elapsed() < Duration::from_secs(1), "{:?}", started.elapsed());
    // The last line was not written yet when the signal came.
    assert_eq!(server.out().lines().count(), 1);
}

#[test]
fn a_stream_that_goes_on_is_ended_and_accounted_for() {
    let (mut server, mut stream) = streaming(Duration::from_secs(30), "300ms");
    server.signal("-TERM");
    assert!(server.ended(Duration::from_secs(3)).expect("it ends").success());
    // The error event of the dialect, and the end of the last chunk: nothing that looks like the answer's own end.
    let end = rest(&mut stream);
    assert!(end.contains("data: {\"error\":") && end.ends_with("0\r\n\r\n") && !end.contains("[DONE]"), "{end}");
    let log = server.out();
    assert!(
        log.lines().count() == 1 && log.contains("\"complete\":false") && log.contains("\"outcome\":\"error\""),
        "{log}"
    );
}

#[test]
fn a_stream_over_http2_is_ended_in_good_order_too() {
    use http_body_util::BodyExt;

    let (mut server, _stream) = streaming(Duration::from_secs(30), "300ms");
    let text = http2::runtime().block_on(async {
        let mut client = http2::Client::connect(server.address, |_| {}).await;
        let mut body = client.ask("up/m", true).await.expect("a head").into_body();
        let mut text = String::new();
        while let Some(frame) = body.frame().await {
            text.push_str(&String::from_utf8_lossy(frame.expect("no error").data_ref().expect("data")));
            if text.contains("first") && server.err().matches("stopping").count() == 0 {
                server.signal("-TERM");
            }
        }
        text
    });
    assert!(text.contains("first") && text.contains("data: {\"error\":") && !text.contains("[DONE]"), "{text}");
    assert!(server.ended(Duration::from_secs(3)).expect("it ends").success());
    let log = server.out();
    assert_eq!(log.matches("\"outcome\":\"error\"").count(), 2, "{log}");
}

#[test]
fn requests_that_wait_for_their_answer_are_told_so() {
    let mut server = Server::start("[server]\nshutdown_grace = \"300ms\"\n[providers.mock]\n");
    let silent = chat("mock/silent", false, "keep-alive");
    let (mut chat, mut messages) = (server.connect(), server.connect());
    chat.write_all(silent.as_bytes()).expect("written");
    messages.write_all(silent.replace("/v1/chat/completions", "/v1/messages").as_bytes()).expect("written");
    std::thread::sleep(Duration::from_millis(200));
    server.signal("-TERM");
    let (chat, messages) = (rest(&mut chat), rest(&mut messages));
    assert!(chat.starts_with("HTTP/1.1 503 ") && chat.contains("\"code\":\"gateway_stopping\""), "{chat}");
    assert!(messages.starts_with("HTTP/1.1 503 ") && messages.contains("\"overloaded_error\""), "{messages}");
    assert!(server.ended(Duration::from_secs(3)).expect("it ends").success());
    let log = server.out();
    assert_eq!(log.lines().count(), 2, "{log}");
    for line in log.lines() {
        for text in ["\"status\":503", "\"outcome\":\"error\"", "\"error\":\"gateway_stopping\""] {
            assert!(line.contains(text), "{text} in {line}");
        }
    }
}

#[test]
fn a_second_signal_ends_it_at_once() {
    let (mut server, mut stream) = streaming(Duration::from_secs(30), "30s");
    server.signal("-TERM");
    server.told("stopping");
    let started = Instant::now();
    server.signal("-INT");
    let status = server.ended(Duration::from_secs(3)).expect("it ends");
    assert_eq!(status.code(), Some(1));
    assert!(started.elapsed() < Duration::from_secs(1));
    let _ = stream.read(&mut [0; 1]);
}

#[test]
fn a_configuration_is_read_again() {
    let server = Server::start("[providers.mock]\n");
    let file = server.directory.join("gatelet.toml");
    assert!(server.chat("fast").starts_with("HTTP/1.1 404 "));
    std::fs::write(&file, "[providers.mock]\n[models.fast]\ntargets = [\"mock/hello\"]\n").expect("a file");
    server.signal("-HUP");
    server.told("the configuration was read again (gatelet.toml)");
    assert!(server.chat("fast").starts_with("HTTP/1.1 200 "));

    // A wrong one changes nothing, and says why.
    std::fs::write(&file, "[providers.mock]\n[models.fast]\ntargets = [\"nobody/hello\"]\n").expect("a file");
    server.signal("-HUP");
    let told = server.told("the old one stays");
    assert!(told.contains("gatelet.toml:3: models.fast.targets[0]: "), "{told}");
    assert!(server.chat("fast").starts_with("HTTP/1.1 200 "));

    // What needs a restart is said.
    std::fs::write(&file, "[server]\nmax_connections = 7\n[providers.mock]\n").expect("a file");
    server.signal("-HUP");
    server.told("at the next start");
    assert!(server.chat("fast").starts_with("HTTP/1.1 404 "));
}

#[test]
fn keys_cannot_be_read_away_from_a_public_address() {
    let (mut command, directory) = server::gatelet();
    std::fs::write(directory.join("gatelet.toml"), "open = true\n[providers.mock]\n").expect("a file");
    command.args(["--listen", "0.0.0.0:0"]);
    let server = Server::spawn(command, directory);
    std::fs::write(server.directory.join("gatelet.toml"), "[providers.mock]\n").expect("a file");
    server.signal("-HUP");
    let told = server.told("the old one stays");
    assert!(told.contains("can be reached from other machines"), "{told}");
}

#[test]
fn a_log_that_nobody_reads_any_more_stops_nobody() {
    let (mut command, directory) = server::gatelet();
    command.args(["--listen", "127.0.0.1:0"]);
    let server = Server::spawn_with(command, directory, Reader::HasGone);
    for _ in 0..3 {
        assert!(server.chat("mock/hello").starts_with("HTTP/1.1 200 "));
        std::thread::sleep(Duration::from_millis(200));
    }
    let told = server.told("there is no log from here on");
    assert_eq!(told.matches("there is no log").count(), 1, "{told}");
    assert!(server.chat("mock/hello").starts_with("HTTP/1.1 200 "));
}

#[test]
fn a_log_that_is_not_read_makes_nobody_deaf_to_signals() {
    let (mut command, directory) = server::gatelet();
    command.args(["--listen", "127.0.0.1:0"]);
    let mut server = Server::spawn_with(command, directory, Reader::Sleeps);
    let request = format!("GET /{} HTTP/1.1\r\nhost: localhost\r\n\r\n", "x".repeat(250));
    // Each worker gets some of them, and stops answering when more than a mebibyte of lines waits.
    let clients: Vec<_> = (0..16)
        .map(|_| {
            let mut stream = server.connect();
            stream.set_read_timeout(Some(Duration::from_secs(1))).expect("a timeout");
            let mut writing = stream.try_clone().expect("a socket");
            let request = request.clone();
            std::thread::spawn(move || (0..1000).all(|_| writing.write_all(request.as_bytes()).is_ok()));
            std::thread::spawn(move || rest(&mut stream).matches("HTTP/1.1 404 ").count())
        })
        .collect();
    let answered: usize = clients.into_iter().map(|client| client.join().expect("no panic")).sum();
    assert!(answered > 1000 && answered < 16_000, "{answered}");
    server.signal("-TERM");
    server.told("stopping");
    server.signal("-TERM");
    let status = server.ended(Duration::from_secs(8)).expect("it ends");
    assert_eq!(status.code(), Some(1));
    assert!(server.err().contains("the last log lines are lost"), "{}", server.err());
}
