//! A closed loop: a number of connections, each asking again as soon as its answer is whole.
//!
//! Written on bare sockets so that the generator costs little on a machine it shares with what it measures. Every
//! answer is compared byte for byte with what the stub upstream says; one that differs fails the run.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::payload::Kind;

/// What to ask, how often and how many at a time.
#[derive(Clone, Debug)]
pub(crate) struct Load {
    /// Where the server listens.
    pub(crate) target: SocketAddr,
    /// What is asked.
    pub(crate) kind: Kind,
    /// The model's name, as the server knows it.
    pub(crate) model: String,
    /// The client key.
    pub(crate) key: String,
    /// The prompt's length in bytes.
    pub(crate) prompt: usize,
    /// How many connections ask at the same time.
    pub(crate) connections: usize,
    /// How many requests are made in all.
    pub(crate) requests: usize,
}

/// What was seen.
#[derive(Clone, Debug, Default)]
pub(crate) struct Seen {
    /// From the request's first byte to the answer's last, one a request, sorted.
    pub(crate) latency: Vec<Duration>,
    /// From the request's first byte to the end of the first event that says something, one a request, sorted.
    pub(crate) first_event: Vec<Duration>,
    /// The whole run.
    pub(crate) wall: Duration,
}

impl Seen {
    /// The value below which the share `of` (0–1) of `sorted` lies, in milliseconds.
    pub(crate) fn quantile(sorted: &[Duration], of: f64) -> f64 {
        let last = sorted.len().saturating_sub(1);
        let index = (last as f64 * of).round() as usize;
        sorted.get(index).map_or(0.0, |value| value.as_secs_f64() * 1e3)
    }
}

/// Runs the load to its end.
pub(crate) async fn run(load: &Load) -> io::Result<Seen> {
    let left = Arc::new(AtomicUsize::new(load.requests));
    let started = Instant::now();
    let mut tasks = Vec::new();
    for _ in 0..load.connections {
        let (load, left) = (load.clone(), Arc::clone(&left));
        tasks.push(tokio::spawn(async move { one_connection(&load, &left).await }));
    }
    let mut seen = Seen::default();
    for task in tasks {
        for (first, whole) in task.await.map_err(io::Error::other)?? {
            seen.first_event.push(first);
            seen.latency.push(whole);
        }
    }
    seen.wall = started.elapsed();
    seen.latency.sort_unstable();
    seen.first_event.sort_unstable();
    Ok(seen)
}

async fn one_connection(load: &Load, left: &AtomicUsize) -> io::Result<Vec<(Duration, Duration)>> {
    let mut client = Client::connect(load.target).await?;
    let request = request(load);
    let mut wanted = load.kind.is_relayed().then(|| load.kind.answer().concat().into_bytes());
    let enough = load.kind.first();
    let mut times = Vec::new();
    while left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1)).is_ok() {
        let asked = Instant::now();
        let first = client.ask(&request, enough).await?;
        let first = first.duration_since(asked);
        client.rest().await?;
        without_moment(&mut client.body, load.kind);
        if wanted.is_none() && is_told(&client.body, load.kind) {
            wanted = Some(client.body.clone());
        }
        if client.status != 200 || wanted.as_ref() != Some(&client.body) {
            let status = client.status;
            let body = String::from_utf8_lossy(&client.body);
            return Err(io::Error::other(format!(
                "{:?}: status {status}, {} bytes where {} were expected: {}",
                load.kind,
                client.body.len(),
                wanted.as_ref().map_or(0, Vec::len),
                body.chars().take(300).collect::<String>()
            )));
        }
        times.push((first, asked.elapsed()));
    }
    Ok(times)
}

/// A translated answer says when it was made: that alone may differ from one to the next.
fn without_moment(body: &mut [u8], kind: Kind) {
    const CREATED: &[u8] = b"\"created\":";
    if kind.is_relayed() {
        return;
    }
    let mut at = 0;
    while let Some(found) = body.get(at..).and_then(|rest| memchr::memmem::find(rest, CREATED)) {
        at += found + CREATED.len();
        for byte in body.iter_mut().skip(at).take_while(|byte| byte.is_ascii_digit()) {
            *byte = b'0';
        }
    }
}

/// Whether a translated answer says what the upstream has said, up to its end.
fn is_told(body: &[u8], kind: Kind) -> bool {
    let end: &[u8] = if kind.streams() { b"data: [DONE]\n\n" } else { b"}" };
    memchr::memmem::find(body, b"Rivers").is_some()
        && memchr::memmem::find(body, b"\"finish_reason\":\"stop\"").is_some()
        && memchr::memmem::find(body, b"\"prompt_tokens\":31").is_some()
        && body.ends_with(end)
}

/// The bytes of the request.
pub(crate) fn request(load: &Load) -> Vec<u8> {
    let body = load.kind.request(&load.model, load.prompt);
    let auth = match load.kind {
        Kind::Messages | Kind::MessagesStream => {
            format!("x-api-key: {}\r\nanthropic-version: 2023-06-01\r\n", load.key)
        }
        _ => format!("authorization: Bearer {}\r\n", load.key),
    };
    format!(
        "POST {} HTTP/1.1\r\nhost: {}\r\naccept: */*\r\nuser-agent: gatelet-bench\r\ncontent-type: application/json\r\n{auth}content-length: {}\r\n\r\n{body}",
        load.kind.path(),
        load.target,
        body.len(),
    )
    .into_bytes()
}

/// How long an answer may make no progress.
const PATIENCE: Duration = Duration::from_secs(20);

/// One keep-alive connection and the answer that is being read.
pub(crate) struct Client {
    stream: TcpStream,
    buffer: Vec<u8>,
    status: u16,
    length: Length,
    whole: bool,
    /// The answer's body, without chunk framing.
    pub(crate) body: Vec<u8>,
}

#[derive(Clone, Copy)]
enum Length {
    Known(usize),
    Chunked,
}

impl Client {
    /// Opens the connection.
    pub(crate) async fn connect(target: SocketAddr) -> io::Result<Self> {
        let stream = TcpStream::connect(target).await?;
        stream.set_nodelay(true)?;
        Ok(Self {
            stream,
            buffer: Vec::with_capacity(16 * 1024),
            status: 0,
            length: Length::Known(0),
            whole: false,
            body: Vec::with_capacity(16 * 1024),
        })
    }

    /// Sends a request and reads until so much of the body is there; says when it was.
    pub(crate) async fn ask(&mut self, request: &[u8], first: usize) -> io::Result<Instant> {
        self.buffer.clear();
        self.body.clear();
        self.whole = false;
        self.stream.write_all(request).await?;
        while !self.head()? {
            self.read().await?;
        }
        self.decode()?;
        while !self.whole && self.body.len() < first {
            self.read().await?;
            self.decode()?;
        }
        Ok(Instant::now())
    }

    /// Reads the answer to its end.
    pub(crate) async fn rest(&mut self) -> io::Result<()> {
        while !self.whole {
            self.read().await?;
            self.decode()?;
        }
        Ok(())
    }

    /// The status of the answer that is being read.
    pub(crate) fn status(&self) -> u16 {
        self.status
    }

    async fn read(&mut self) -> io::Result<()> {
        let read = tokio::time::timeout(PATIENCE, self.stream.read_buf(&mut self.buffer));
        let read = read.await.map_err(|_| io::Error::new(io::ErrorKind::TimedOut, "the answer makes no progress"))?;
        if read? == 0 {
            return Err(io::Error::new(
                io::ErrorKind::UnexpectedEof,
                format!("the answer ended early, after {} bytes of its body", self.body.len()),
            ));
        }
        Ok(())
    }

    /// Parses the head once it is whole.
    fn head(&mut self) -> io::Result<bool> {
        let mut headers = [httparse::EMPTY_HEADER; 64];
        let mut parsed = httparse::Response::new(&mut headers);
        let used = match parsed.parse(&self.buffer).map_err(io::Error::other)? {
            httparse::Status::Partial => return Ok(false),
            httparse::Status::Complete(used) => used,
        };
        self.status = parsed.code.unwrap_or(0);
        self.length = Length::Known(0);
        for header in parsed.headers.iter() {
            if header.name.eq_ignore_ascii_case("content-length") {
                let text = std::str::from_utf8(header.value).map_err(io::Error::other)?;
                self.length = Length::Known(text.trim().parse().map_err(io::Error::other)?);
            } else if header.name.eq_ignore_ascii_case("transfer-encoding") {
                self.length = Length::Chunked;
            }
        }
        self.buffer.drain(..used);
        Ok(true)
    }

    /// Moves what has arrived into the body and notes whether that is whole.
    fn decode(&mut self) -> io::Result<()> {
        self.whole = match self.length {
            Length::Known(length) => {
                self.body.append(&mut self.buffer);
                self.body.len() >= length
            }
            Length::Chunked => self.decode_chunks()?,
        };
        Ok(())
    }

    fn decode_chunks(&mut self) -> io::Result<bool> {
        let mut used = 0;
        let whole = loop {
            let rest = self.buffer.get(used..).unwrap_or_default();
            let (start, size) = match httparse::parse_chunk_size(rest) {
                Ok(httparse::Status::Complete((start, size))) => (start, size as usize),
                Ok(httparse::Status::Partial) => break false,
                Err(_) => return Err(io::Error::other("a chunk's size cannot be read")),
            };
            let Some(data) = rest.get(start..start + size + 2) else {
                break false;
            };
            self.body.extend_from_slice(data.get(..size).unwrap_or_default());
            used += start + size + 2;
            if size == 0 {
                break true;
            }
        };
        self.buffer.drain(..used);
        Ok(whole)
    }
}
