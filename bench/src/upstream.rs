//! An upstream that answers at once, written on bare sockets so that it costs little beside what is measured.
//!
//! The model's name chooses the manner: a name that ends in `paced` waits between events, one that ends in `open`
//! sends its first few events and then keeps the stream open until the client leaves.

use std::io;
use std::sync::LazyLock;
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use crate::payload::Kind;

/// Serves until the process ends.
pub(crate) async fn serve(listener: TcpListener, gap: Duration) -> io::Result<()> {
    loop {
        let (stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        tokio::spawn(async move {
            // A client that leaves ends its own connection and nothing else.
            let _ = connection(stream, gap).await;
        });
    }
}

async fn connection(mut stream: TcpStream, gap: Duration) -> io::Result<()> {
    let mut buffer = Vec::with_capacity(4096);
    while let Some((asked, used)) = request(&mut stream, &mut buffer).await? {
        buffer.drain(..used);
        if buffer.is_empty() {
            buffer.shrink_to(4096);
        }
        answer(&mut stream, asked, gap).await?;
    }
    Ok(())
}

/// What a request asks for.
#[derive(Clone, Copy)]
struct Asked {
    kind: Option<Kind>,
    manner: Manner,
}

#[derive(Clone, Copy, PartialEq)]
enum Manner {
    Instant,
    Paced,
    Open,
}

/// Reads one whole request; `None` at the end of the connection.
async fn request(stream: &mut TcpStream, buffer: &mut Vec<u8>) -> io::Result<Option<(Asked, usize)>> {
    loop {
        if let Some((head, length)) = head(buffer) {
            while buffer.len() < head + length {
                if stream.read_buf(buffer).await? == 0 {
                    return Ok(None);
                }
            }
            let path = buffer.get(..head).unwrap_or_default();
            let body = buffer.get(head..head + length).unwrap_or_default();
            return Ok(Some((asked(path, body), head + length)));
        }
        if stream.read_buf(buffer).await? == 0 {
            return Ok(None);
        }
    }
}

/// The length of the head with its empty line, and the body's.
fn head(buffer: &[u8]) -> Option<(usize, usize)> {
    let end = find(buffer, b"\r\n\r\n")? + 4;
    let head = std::str::from_utf8(buffer.get(..end)?).ok()?;
    let length = head
        .lines()
        .filter_map(|line| line.split_once(':'))
        .find(|(name, _)| name.eq_ignore_ascii_case("content-length"))
        .and_then(|(_, value)| value.trim().parse().ok())
        .unwrap_or(0);
    Some((end, length))
}

fn find(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    haystack.windows(needle.len()).position(|window| window == needle)
}

/// The fields are where [`Kind::request`] puts them, so the body's beginning is enough.
fn asked(head: &[u8], body: &[u8]) -> Asked {
    let start = body.get(..body.len().min(160)).unwrap_or_default();
    let line = head.split(|byte| *byte == b'\r').next().unwrap_or_default();
    let stream = find(start, b"\"stream\":true").is_some();
    let kind = if find(line, b"/chat/completions").is_some() {
        Some(if stream { Kind::ChatStream } else { Kind::Chat })
    } else if find(line, b"/messages").is_some() {
        // A translated body says it at its end, where its order has it.
        let stream = stream || find(body, b"\"stream\":true").is_some();
        Some(if stream { Kind::MessagesStream } else { Kind::Messages })
    } else {
        None
    };
    let manner = if find(start, b"paced\"").is_some() {
        Manner::Paced
    } else if find(start, b"open\"").is_some() {
        Manner::Open
    } else {
        Manner::Instant
    };
    Asked { kind, manner }
}

async fn answer(stream: &mut TcpStream, asked: Asked, gap: Duration) -> io::Result<()> {
    match asked.kind {
        // Whatever else is asked, so that a proxy in front of it passes for healthy.
        None => stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").await,
        Some(Kind::Chat) => stream.write_all(&CHAT).await,
        Some(Kind::Messages) => stream.write_all(&MESSAGES).await,
        Some(kind) => events(stream, kind, asked.manner, gap).await,
    }
}

/// The head and body of the non-streaming answer, in one write.
static CHAT: LazyLock<Vec<u8>> = LazyLock::new(|| whole(Kind::Chat));
static MESSAGES: LazyLock<Vec<u8>> = LazyLock::new(|| whole(Kind::Messages));

fn whole(kind: Kind) -> Vec<u8> {
    let body = kind.answer().concat();
    let length = body.len();
    format!(
        "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nx-request-id: req_0123456789abcdef\r\nopenai-processing-ms: 1\r\ncontent-length: {length}\r\n\r\n{body}"
    )
    .into_bytes()
}

/// The head first, then every event as a chunk of its own, each in a write of its own.
async fn events(stream: &mut TcpStream, kind: Kind, manner: Manner, gap: Duration) -> io::Result<()> {
    stream
        .write_all(
            b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream; charset=utf-8\r\nx-request-id: req_0123456789abcdef\r\ncache-control: no-cache\r\ntransfer-encoding: chunked\r\n\r\n",
        )
        .await?;
    let mut chunk = Vec::with_capacity(512);
    for (index, event) in kind.answer().iter().enumerate() {
        if manner == Manner::Paced {
            tokio::time::sleep(gap).await;
        } else {
            tokio::task::yield_now().await;
        }
        chunk.clear();
        chunk.extend_from_slice(format!("{:x}\r\n", event.len()).as_bytes());
        chunk.extend_from_slice(event.as_bytes());
        chunk.extend_from_slice(b"\r\n");
        stream.write_all(&chunk).await?;
        if manner == Manner::Open && index == 3 {
            // Nothing more is sent: the read ends when the client leaves.
            let mut rest = [0; 64];
            while stream.read(&mut rest).await? > 0 {}
            return Err(io::ErrorKind::ConnectionAborted.into());
        }
    }
    stream.write_all(b"0\r\n\r\n").await
}
