//! The transport over HTTP/2 without TLS, on real sockets.

#![allow(clippy::expect_used, clippy::indexing_slicing, clippy::panic, reason = "a test fails by panicking")]

mod upstream;

use std::convert::Infallible;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use bytes::Bytes;
use gatelet_core::host::{Outgoing, SendErrorKind};
use gatelet_native::transport::Exchange;
use http::{Request, Response, Version};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::server::conn::http2;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::net::TcpListener;
use tokio::sync::{Notify, mpsc};
use upstream::{client, exchange, post, soon, url};

fn http2(address: SocketAddr) -> Request<Outgoing<Full<Bytes>>> {
    let mut request = post(url(address));
    *request.version_mut() = Version::HTTP_2;
    request
}

/// An upstream that answers slowly, counts its connections, and takes its leave of one when told to.
struct Upstream {
    address: SocketAddr,
    connections: Arc<AtomicUsize>,
    goodbye: Arc<Notify>,
}

async fn start(gone: mpsc::UnboundedSender<()>) -> Upstream {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a socket");
    let address = listener.local_addr().expect("an address");
    let connections = Arc::new(AtomicUsize::new(0));
    let goodbye = Arc::new(Notify::new());
    let (counted, told) = (Arc::clone(&connections), Arc::clone(&goodbye));
    tokio::spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.expect("a connection");
            counted.fetch_add(1, Ordering::Relaxed);
            let (told, gone) = (Arc::clone(&told), gone.clone());
            tokio::spawn(async move {
                let service = service_fn(move |request: Request<Incoming>| answer(request, gone.clone()));
                let mut connection =
                    pin!(http2::Builder::new(TokioExecutor::new()).serve_connection(TokioIo::new(stream), service));
                tokio::select! {
                    _ = connection.as_mut() => return,
                    () = told.notified() => connection.as_mut().graceful_shutdown(),
                }
                let _ = connection.await;
            });
        }
    });
    Upstream { address, connections, goodbye }
}

async fn answer(
    request: Request<Incoming>,
    gone: mpsc::UnboundedSender<()>,
) -> Result<Response<Full<Bytes>>, Infallible> {
    struct Gone(mpsc::UnboundedSender<()>, bool);
    impl Drop for Gone {
        fn drop(&mut self) {
            if !self.1 {
                let _ = self.0.send(());
            }
        }
    }
    let mut guard = Gone(gone, false);
    let (head, body) = request.into_parts();
    let sent = body.collect().await.expect("a body").to_bytes();
    let wait = if head.headers.contains_key("x-slow") { 60_000 } else { 50 };
    tokio::time::sleep(Duration::from_millis(wait)).await;
    guard.1 = true;
    Ok(Response::new(Full::new(Bytes::from(format!("{} {} {:?}", head.uri, sent.len(), head.headers.get("host"))))))
}

#[tokio::test]
async fn requests_share_one_connection() {
    let (gone, _) = mpsc::unbounded_channel();
    let upstream = start(gone).await;
    let client = Arc::new(client());
    let tasks: Vec<_> = (0..40)
        .map(|_| {
            let (client, request) = (Arc::clone(&client), http2(upstream.address));
            tokio::spawn(async move { exchange(&client, request).await })
        })
        .collect();
    for task in tasks {
        let (status, text) = task.await.expect("no panic").expect("an answer");
        assert_eq!((status, text), (200, format!("{} 7 None", url(upstream.address))));
    }
    assert_eq!(upstream.connections.load(Ordering::Relaxed), 1);
}

#[tokio::test]
async fn a_connection_that_said_goodbye_is_replaced() {
    let (gone, _) = mpsc::unbounded_channel();
    let upstream = start(gone).await;
    let client = client();
    for round in 1..4 {
        exchange(&client, http2(upstream.address)).await.expect("an answer");
        assert_eq!(upstream.connections.load(Ordering::Relaxed), round);
        upstream.goodbye.notify_one();
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    // When the next request meets the farewell on its way, either connection serves it.
    for _ in 0..5 {
        exchange(&client, http2(upstream.address)).await.expect("an answer");
        upstream.goodbye.notify_one();
    }
}

#[tokio::test]
async fn leaving_resets_the_stream_and_no_other() {
    let (gone, mut left) = mpsc::unbounded_channel();
    let upstream = start(gone).await;
    let client = Arc::new(client());
    exchange(&client, http2(upstream.address)).await.expect("an answer");
    let other = tokio::spawn({
        let (client, request) = (Arc::clone(&client), http2(upstream.address));
        async move { exchange(&client, request).await }
    });
    let mut slow = http2(upstream.address);
    slow.headers_mut().insert("x-slow", "1".parse().expect("a value"));
    assert!(tokio::time::timeout(Duration::from_millis(20), client.send(slow)).await.is_err());
    assert_eq!(soon(&mut left).await, Some(()));
    assert_eq!(other.await.expect("no panic").expect("an answer").0, 200);
    assert_eq!(upstream.connections.load(Ordering::Relaxed), 1);
}

#[tokio::test]
async fn an_upstream_that_is_not_there_fails_all_who_wait() {
    let closed = TcpListener::bind("127.0.0.1:0").await.expect("a socket").local_addr().expect("an address");
    let client = Arc::new(client());
    let tasks: Vec<_> = (0..4)
        .map(|_| {
            let (client, request) = (Arc::clone(&client), http2(closed));
            tokio::spawn(async move { exchange(&client, request).await })
        })
        .collect();
    for task in tasks {
        let error = task.await.expect("no panic").expect_err("an error");
        assert_eq!((error.kind(), error.sent()), (SendErrorKind::Connect, false));
    }
}

#[tokio::test]
async fn whoever_opens_the_connection_may_leave_before_it_stands() {
    let (gone, _) = mpsc::unbounded_channel();
    let upstream = start(gone).await;
    let client = Arc::new(client());
    let mut opening = Box::pin(client.send(http2(upstream.address)));
    assert!(std::future::poll_fn(|cx| std::task::Poll::Ready(opening.as_mut().poll(cx).is_pending())).await);
    let waiting = tokio::spawn({
        let (client, request) = (Arc::clone(&client), http2(upstream.address));
        async move { exchange(&client, request).await }
    });
    tokio::task::yield_now().await;
    // The connection has only begun. Whoever waits for it begins another one.
    drop(opening);
    assert_eq!(waiting.await.expect("no panic").expect("an answer").0, 200);
    assert_eq!(exchange(&client, http2(upstream.address)).await.expect("an answer").0, 200);
}
