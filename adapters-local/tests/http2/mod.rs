//! A client that speaks HTTP/2 from the start.

#![allow(
    clippy::expect_used,
    unreachable_pub,
    dead_code,
    reason = "a test fails by panicking, and no test uses everything"
)]

use std::net::SocketAddr;

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::client::conn::http2::{Builder, SendRequest};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use tokio::runtime::Runtime;

use crate::server::chat;

/// One connection.
pub struct Client {
    sender: SendRequest<Full<Bytes>>,
    port: u16,
}

/// A runtime for it.
pub fn runtime() -> Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime")
}

impl Client {
    /// Connects, with settings of one's own.
    pub async fn connect(address: SocketAddr, set: impl FnOnce(&mut Builder<TokioExecutor>)) -> Self {
        let stream = tokio::net::TcpStream::connect(address).await.expect("a connection");
        let mut builder = Builder::new(TokioExecutor::new());
        builder.timer(TokioTimer::new());
        set(&mut builder);
        let (sender, connection) = builder.handshake(TokioIo::new(stream)).await.expect("HTTP/2");
        tokio::spawn(connection);
        Self { sender, port: address.port() }
    }

    /// Asks that model.
    pub async fn ask(&mut self, model: &str, stream: bool) -> hyper::Result<Response<Incoming>> {
        let request = chat(model, stream, "close");
        let (_, body) = request.split_once("\r\n\r\n").expect("a body");
        let request = Request::post(format!("http://localhost:{}/v1/chat/completions", self.port))
            .header("content-type", "application/json")
            .body(Full::new(Bytes::from(body.to_owned())))
            .expect("a request");
        self.sender.send_request(request).await
    }
}
