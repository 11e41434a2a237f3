//! An upstream on a real socket that does what a test tells it to.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    dead_code,
    unreachable_pub,
    reason = "a test fails by panicking, and no test uses everything"
)]

use std::future::Future;
use std::net::SocketAddr;
use std::time::Duration;

use bytes::Bytes;
use gatelet_core::host::{Outgoing, SendError};
use gatelet_native::transport::{Body, Exchange, Options, Transport};
use http::{Request, Response};
use http_body_util::{BodyExt, Full};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;

pub type Client = Transport<Full<Bytes>>;

pub fn client() -> Client {
    Transport::new(Options::default())
}

/// Starts an upstream that runs the script for each connection, which it numbers from 0.
pub async fn upstream<F>(script: impl Fn(usize, TcpStream) -> F + Send + 'static) -> SocketAddr
where
    F: Future<Output = ()> + Send + 'static,
{
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a socket");
    let address = listener.local_addr().expect("an address");
    tokio::spawn(async move {
        for count in 0.. {
            let (stream, _) = listener.accept().await.expect("a connection");
            tokio::spawn(script(count, stream));
        }
    });
    address
}

/// Reads one request; `None` when the connection ends before it.
pub async fn read_request(stream: &mut TcpStream) -> Option<String> {
    let mut seen = Vec::new();
    loop {
        let mut part = [0; 4096];
        let count = stream.read(&mut part).await.unwrap_or(0);
        if count == 0 {
            return None;
        }
        seen.extend_from_slice(&part[..count]);
        let text = String::from_utf8_lossy(&seen).into_owned();
        let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
        let length = head
            .lines()
            .find_map(|line| {
                line.to_ascii_lowercase()
                    .strip_prefix("content-length:")
                    .map(|text| text.trim().parse::<usize>().unwrap())
            })
            .unwrap_or(0);
        if body.len() >= length {
            return Some(text);
        }
    }
}

pub async fn write(stream: &mut TcpStream, text: &str) {
    let _ = stream.write_all(text.as_bytes()).await;
}

pub const HELLO: &str = "HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello";

/// Answers every request with the same.
pub async fn always(mut stream: TcpStream, answer: &str) {
    while read_request(&mut stream).await.is_some() {
        write(&mut stream, answer).await;
    }
}

pub fn post(url: impl AsRef<str>) -> Request<Outgoing<Full<Bytes>>> {
    Request::post(url.as_ref())
        .header("content-type", "application/json")
        .body(Outgoing::Full(Bytes::from_static(b"{\"a\":1}").into()))
        .expect("a request")
}

pub fn url(address: SocketAddr) -> String {
    format!("http://{address}/v1/x?y=1")
}

pub async fn text(body: Body) -> Result<String, SendError> {
    let bytes = body.collect().await?.to_bytes();
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// Carries an exchange out and collects the answer.
pub async fn exchange(client: &Client, request: Request<Outgoing<Full<Bytes>>>) -> Result<(u16, String), SendError> {
    let response: Response<Body> = client.send(request).await?;
    let status = response.status().as_u16();
    Ok((status, text(response.into_body()).await?))
}

/// What arrives, or nothing within a second.
pub async fn soon<T>(receiver: &mut mpsc::UnboundedReceiver<T>) -> Option<T> {
    tokio::time::timeout(Duration::from_secs(1), receiver.recv()).await.ok().flatten()
}
