//! An OpenAI-compatible upstream on raw sockets that a test plays by hand.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

/// The upstream.
pub(crate) struct Upstream {
    address: SocketAddr,
    exchanges: Receiver<Exchange>,
}

/// A request that came, with the connection it came on.
pub(crate) struct Exchange {
    pub(crate) head: String,
    pub(crate) body: Vec<u8>,
    stream: TcpStream,
}

impl Upstream {
    pub(crate) fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let (to, exchanges) = channel();
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let to = to.clone();
                std::thread::spawn(move || {
                    if let Some(exchange) = read(stream) {
                        let _ = to.send(exchange);
                    }
                });
            }
        });
        Self { address, exchanges }
    }

    /// A configuration that has this upstream as the provider `up`, and nobody's keys.
    pub(crate) fn config(&self) -> Value {
        json!({ "open": true, "providers": { "up": {
            "kind": "openai-compatible", "base_url": format!("http://{}/v1", self.address) } } })
    }

    /// The next request.
    pub(crate) fn exchange(&self) -> Exchange {
        self.exchanges.recv_timeout(Duration::from_secs(20)).expect("a request to the upstream")
    }
}

impl Exchange {
    /// Begins an event stream.
    pub(crate) fn begin(&mut self) {
        self.write(b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n");
    }

    /// Sends a piece of content, and says when.
    pub(crate) fn content(&mut self, text: &str) -> Instant {
        let event = json!({ "id": "c1", "object": "chat.completion.chunk", "created": 1, "model": "m",
            "choices": [{ "index": 0, "delta": { "role": "assistant", "content": text }, "finish_reason": null }] });
        self.write(format!("data: {event}\n\n").as_bytes());
        Instant::now()
    }

    /// Ends the event stream as it should.
    pub(crate) fn finish(mut self) {
        let event = json!({ "id": "c1", "object": "chat.completion.chunk", "created": 1, "model": "m",
            "choices": [{ "index": 0, "delta": {}, "finish_reason": "stop" }],
            "usage": { "prompt_tokens": 3, "completion_tokens": 2, "total_tokens": 5 } });
        self.write(format!("data: {event}\n\ndata: [DONE]\n\n").as_bytes());
    }

    /// Answers in one piece.
    pub(crate) fn answer(mut self, status: &str, head: &str, body: &str) {
        self.write(format!("HTTP/1.1 {status}\r\n{head}content-length: {}\r\n\r\n{body}", body.len()).as_bytes());
    }

    /// Waits until the gateway closes the connection, and says how long it took.
    pub(crate) fn closed(mut self) -> Duration {
        let started = Instant::now();
        self.stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
        let mut rest = [0; 1024];
        loop {
            match self.stream.read(&mut rest) {
                Ok(0) => return started.elapsed(),
                Ok(_) => {}
                Err(error) if error.kind() == std::io::ErrorKind::ConnectionReset => return started.elapsed(),
                Err(error) => panic!("the gateway keeps the upstream: {error}"),
            }
        }
    }

    fn write(&mut self, bytes: &[u8]) {
        self.stream.write_all(bytes).unwrap();
    }
}

fn read(stream: TcpStream) -> Option<Exchange> {
    stream.set_nodelay(true).unwrap();
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        if reader.read_line(&mut head).ok()? == 0 {
            return None;
        }
    }
    let length = head
        .lines()
        .find_map(|line| line.to_ascii_lowercase().strip_prefix("content-length: ")?.parse().ok())
        .unwrap_or(0);
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    Some(Exchange { head, body, stream })
}
