//! The real binary, as a person or a service manager runs it, and an upstream that does what a test tells it to.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    dead_code,
    unreachable_pub,
    reason = "a test fails by panicking, and no test uses everything"
)]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

/// The binary in an empty directory with an empty environment.
pub fn gatelet() -> (Command, PathBuf) {
    static COUNT: AtomicUsize = AtomicUsize::new(0);
    let name = format!("gatelet-local-{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
    let directory = std::env::temp_dir().join(name);
    std::fs::create_dir_all(&directory).expect("a directory");
    let mut command = Command::new(env!("CARGO_BIN_EXE_gatelet"));
    command.env_clear().current_dir(&directory).stdin(Stdio::null());
    (command, directory)
}

/// What a command wrote, and how it ended.
#[derive(Debug)]
pub struct Ran {
    pub status: i32,
    pub out: String,
    pub err: String,
}

/// Runs a command to its end.
pub fn run(arguments: &[&str], environment: &[(&str, &str)]) -> Ran {
    let (mut command, directory) = gatelet();
    let output = command.args(arguments).envs(environment.iter().copied()).output().expect("it runs");
    let _ = std::fs::remove_dir_all(directory);
    Ran {
        status: output.status.code().unwrap_or(-1),
        out: String::from_utf8(output.stdout).expect("UTF-8"),
        err: String::from_utf8(output.stderr).expect("UTF-8"),
    }
}

/// Who reads a server's log.
#[derive(Clone, Copy, Debug)]
pub enum Reader {
    Reads,
    HasGone,
    Sleeps,
}

/// A running server.
pub struct Server {
    pub child: Child,
    pub address: SocketAddr,
    pub directory: PathBuf,
    out: Arc<Mutex<String>>,
    err: Arc<Mutex<String>>,
}

impl Server {
    /// Starts one with that configuration.
    pub fn start(document: &str) -> Self {
        Self::start_with(document, |_| {})
    }

    pub fn start_with(document: &str, change: impl FnOnce(&mut Command)) -> Self {
        let (mut command, directory) = gatelet();
        command.args(["--listen", "127.0.0.1:0"]);
        if !document.is_empty() {
            std::fs::write(directory.join("gatelet.toml"), document).expect("a file");
        }
        change(&mut command);
        Self::spawn(command, directory)
    }

    pub fn spawn(command: Command, directory: PathBuf) -> Self {
        Self::spawn_with(command, directory, Reader::Reads)
    }

    /// Starts one whose log is read so.
    pub fn spawn_with(mut command: Command, directory: PathBuf, reader: Reader) -> Self {
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it starts");
        let out = match reader {
            Reader::Reads => gather(child.stdout.take().expect("stdout")),
            Reader::HasGone => {
                drop(child.stdout.take());
                Arc::default()
            }
            // The pipe stays open in the child.
            Reader::Sleeps => Arc::default(),
        };
        let err = gather(child.stderr.take().expect("stderr"));
        let told = wait(&err, |text| text.contains("listens on ") && text.contains('\n')).expect("it listens");
        let url = told.split("listens on http://").nth(1).expect("a URL").split_whitespace().next().expect("a URL");
        Self { child, address: url.parse().expect("an address"), directory, out, err }
    }

    /// Standard error so far, once it is as expected.
    pub fn told(&self, text: &str) -> String {
        wait(&self.err, |err| err.contains(text)).unwrap_or_else(|err| panic!("no {text:?} in {err}"))
    }

    pub fn err(&self) -> String {
        self.err.lock().expect("no panic").clone()
    }

    /// Standard output so far, once it has so many lines.
    pub fn logged(&self, lines: usize) -> String {
        wait(&self.out, |out| out.lines().count() >= lines).unwrap_or_else(|out| panic!("not {lines} lines in {out}"))
    }

    pub fn out(&self) -> String {
        self.out.lock().expect("no panic").clone()
    }

    pub fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(self.address).expect("a connection");
        stream.set_read_timeout(Some(Duration::from_secs(10))).expect("a timeout");
        stream
    }

    /// Sends a request and reads to the end of the connection.
    pub fn ask(&self, request: &str) -> String {
        let mut stream = self.connect();
        stream.write_all(request.as_bytes()).expect("written");
        rest(&mut stream)
    }

    /// Asks that model, on a connection of its own.
    pub fn chat(&self, model: &str) -> String {
        self.ask(&chat(model, false, "close"))
    }

    pub fn signal(&self, name: &str) {
        let status = Command::new("kill").args([name, &self.child.id().to_string()]).status().expect("kill runs");
        assert!(status.success());
    }

    /// Waits for the process to end, for so long.
    pub fn ended(&mut self, within: Duration) -> Option<ExitStatus> {
        let deadline = Instant::now() + within;
        while Instant::now() < deadline {
            if let Some(status) = self.child.try_wait().expect("a status") {
                // What it has written is read to its end.
                thread::sleep(Duration::from_millis(50));
                return Some(status);
            }
            thread::sleep(Duration::from_millis(5));
        }
        None
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = std::fs::remove_dir_all(&self.directory);
    }
}

/// A chat request as bytes.
pub fn chat(model: &str, stream: bool, connection: &str) -> String {
    let body = format!(r#"{{"model":"{model}","stream":{stream},"messages":[{{"role":"user","content":"Hi"}}]}}"#);
    format!(
        "POST /v1/chat/completions HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n\
         connection: {connection}\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    )
}

/// Everything that still comes by a connection.
pub fn rest(stream: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    let _ = stream.read_to_end(&mut bytes);
    String::from_utf8_lossy(&bytes).into_owned()
}

/// What comes by a connection until it holds the text.
pub fn until(stream: &mut TcpStream, text: &str) -> String {
    let mut seen = Vec::new();
    let mut byte = [0];
    while !String::from_utf8_lossy(&seen).contains(text) {
        match stream.read(&mut byte) {
            Ok(1) => seen.push(byte[0]),
            other => panic!("no {text:?} but {other:?} after {:?}", String::from_utf8_lossy(&seen)),
        }
    }
    String::from_utf8_lossy(&seen).into_owned()
}

fn gather(source: impl Read + Send + 'static) -> Arc<Mutex<String>> {
    let text = Arc::new(Mutex::new(String::new()));
    let gathered = Arc::clone(&text);
    thread::spawn(move || {
        for line in BufReader::new(source).lines().map_while(Result::ok) {
            let mut text = gathered.lock().expect("no panic");
            text.push_str(&line);
            text.push('\n');
        }
    });
    text
}

fn wait(text: &Mutex<String>, right: impl Fn(&str) -> bool) -> Result<String, String> {
    let deadline = Instant::now() + Duration::from_secs(10);
    loop {
        let now = text.lock().expect("no panic").clone();
        if right(&now) {
            return Ok(now);
        }
        if Instant::now() > deadline {
            return Err(now);
        }
        thread::sleep(Duration::from_millis(5));
    }
}

/// An upstream that runs the script for each connection. The document calls it `up`.
pub fn upstream(script: impl Fn(TcpStream) + Send + Sync + 'static) -> (SocketAddr, String) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a socket");
    let address = listener.local_addr().expect("an address");
    let script = Arc::new(script);
    thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            let script = Arc::clone(&script);
            thread::spawn(move || script(stream));
        }
    });
    (address, format!("[providers.up]\nkind = \"openai-compatible\"\nbase_url = \"http://{address}/v1\"\n"))
}

/// Reads a request's head and body.
pub fn read_request(stream: &mut TcpStream) -> Option<String> {
    let mut seen = Vec::new();
    let mut part = [0; 65536];
    loop {
        let count = stream.read(&mut part).unwrap_or(0);
        if count == 0 {
            return None;
        }
        seen.extend_from_slice(&part[..count]);
        let text = String::from_utf8_lossy(&seen).into_owned();
        let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
        let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")?.parse().ok()).unwrap_or(0);
        if body.len() >= length {
            return Some(text);
        }
    }
}

/// The head of an event stream, and an event.
pub const STREAM: &str = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n";

pub fn event(text: &str) -> String {
    let data = format!(
        r#"data: {{"id":"1","object":"chat.completion.chunk","created":1,"model":"m","choices":[{{"index":0,"delta":{{"content":"{text}"}}}}]}}"#
    );
    chunk(&format!("{data}\n\n"))
}

pub fn done() -> String {
    let last = r#"data: {"id":"1","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}"#;
    format!("{}{}0\r\n\r\n", chunk(&format!("{last}\n\n")), chunk("data: [DONE]\n\n"))
}

fn chunk(text: &str) -> String {
    format!("{:x}\r\n{text}\r\n", text.len())
}
