//! More connections than there is room for.

#![allow(clippy::expect_used, clippy::indexing_slicing, clippy::panic, reason = "a test fails by panicking")]

mod server;

use std::io::Write;
use std::time::{Duration, Instant};

use server::{Server, chat, rest, until};

#[test]
fn past_the_limit_connections_wait_and_then_get_a_503() {
    let server = Server::start("[server]\nmax_connections = 4\n[providers.mock]\n");
    let mut held: Vec<_> = (0..4).map(|_| server.connect()).collect();
    for stream in &mut held {
        stream.write_all(chat("mock/hello", false, "keep-alive").as_bytes()).expect("written");
        until(stream, "\"reasoning_tokens\":0}}}");
    }
    // One waits, is refused in the end, and is told so; the next ones are told at once.
    let started = Instant::now();
    let answer = server.chat("mock/hello");
    assert!(answer.starts_with("HTTP/1.1 503 ") && answer.contains("too many connections"), "{answer}");
    assert!(started.elapsed() < Duration::from_secs(4));
    let flood: Vec<_> = (0..100).map(|_| server.connect()).collect();
    for mut stream in flood {
        let _ = stream.write_all(chat("mock/hello", false, "close").as_bytes());
        let answer = rest(&mut stream);
        assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 503 "), "{answer}");
    }
    server.told("more connections than [server] max_connections");
    // Those who were there are served, and so is whoever comes when there is room.
    let first = held.first_mut().expect("a connection");
    first.write_all(chat("mock/hello", false, "close").as_bytes()).expect("written");
    assert!(rest(first).starts_with("HTTP/1.1 200 "));
    std::thread::sleep(Duration::from_millis(100));
    assert!(server.chat("mock/hello").starts_with("HTTP/1.1 200 "));
}

#[test]
fn one_that_waits_is_served_when_another_ends() {
    let server = Server::start("[server]\nmax_connections = 1\n[providers.mock]\n");
    let held = server.connect();
    std::thread::sleep(Duration::from_millis(100));
    let mut waits = server.connect();
    waits.write_all(chat("mock/hello", false, "close").as_bytes()).expect("written");
    std::thread::sleep(Duration::from_millis(200));
    drop(held);
    assert!(rest(&mut waits).starts_with("HTTP/1.1 200 "));
}

#[test]
fn neither_of_two_listeners_takes_the_others_place() {
    let (mut command, directory) = server::gatelet();
    std::fs::write(directory.join("gatelet.toml"), "[server]\nmax_connections = 1\n[providers.mock]\n")
        .expect("a file");
    command.args(["--listen", "localhost:0"]);
    let mut server = Server::spawn(command, directory);
    // Without IPv6 there is one address only, and nothing to quarrel about.
    let addresses: Vec<std::net::SocketAddr> =
        server.err().split("http://").skip(1).filter_map(|rest| rest.split_whitespace().next()?.parse().ok()).collect();
    assert!(!addresses.is_empty());
    // Longer than connections past the limit wait.
    std::thread::sleep(Duration::from_millis(2500));
    for _ in 0..2 {
        for address in addresses.iter().rev() {
            server.address = *address;
            let answer = server.chat("mock/hello");
            assert!(answer.starts_with("HTTP/1.1 200 "), "{address}: {answer}");
        }
    }
    assert!(!server.err().contains("max_connections"), "{}", server.err());
}

#[cfg(unix)]
#[test]
fn running_out_of_files_is_a_line_and_not_an_end() {
    let (_, directory) = server::gatelet();
    let script = format!("ulimit -n 40; exec {} --listen 127.0.0.1:0", env!("CARGO_BIN_EXE_gatelet"));
    let mut command = std::process::Command::new("sh");
    command.env_clear().args(["-c", &script]).current_dir(&directory);
    let server = Server::spawn(command, directory);
    let flood: Vec<_> = (0..60).map(|_| server.connect()).collect();
    let told = server.told("cannot accept connections");
    assert!(told.contains("open files"), "{told}");
    std::thread::sleep(Duration::from_millis(500));
    assert_eq!(server.err().matches("cannot accept connections").count(), 1);
    drop(flood);
    std::thread::sleep(Duration::from_millis(300));
    assert!(server.chat("mock/hello").starts_with("HTTP/1.1 200 "));
}
