//! One client's connection.

use std::convert::Infallible;
use std::future::{Future, poll_fn};
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;

use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto::Builder;
use tokio::net::TcpStream;

use super::LocalGateway;
use super::answer::Answer;
use super::client::{Client, ClientStream, Command};

/// How many headers a request may have, and how long its head may be.
const MAX_HEADERS: usize = 100;
const MAX_HEAD: usize = 64 << 10;
/// Requests that one HTTP/2 connection may have open.
const MAX_STREAMS: u32 = 256;

/// The protocol as this server speaks it.
pub(super) fn protocol() -> Builder<TokioExecutor> {
    let mut protocol = Builder::new(TokioExecutor::new());
    // Time limits are the worker's: hyper's own would set a timer anew for each request.
    protocol.http1().max_headers(MAX_HEADERS).max_buf_size(MAX_HEAD).half_close(false).header_read_timeout(None);
    protocol.http2().max_header_list_size(MAX_HEAD as u32).max_concurrent_streams(MAX_STREAMS);
    protocol
}

/// Serves a connection to its end, or until it is told to end. Its errors concern the client alone, who knows. What is
/// held for the connection is dropped with it.
pub(super) async fn serve(
    protocol: Arc<Builder<TokioExecutor>>,
    stream: TcpStream,
    client: Arc<Client>,
    gateway: Arc<LocalGateway>,
    held: impl Sized,
) {
    let _held = held;
    let service = service_fn(|request: http::Request<Incoming>| {
        let gateway = Arc::clone(&gateway);
        let answering = client.request(request.version());
        async move {
            let stop = poll_fn(|cx| if answering.is_interrupted(cx) { Poll::Ready(()) } else { Poll::Pending });
            let response = gateway.handle_until(request, stop).await;
            Ok::<_, Infallible>(response.map(|reply| Answer::new(reply, answering)))
        }
    });
    let stream = TokioIo::new(ClientStream::new(stream, Arc::clone(&client)));
    let mut connection = pin!(protocol.serve_connection(stream, service));
    let mut draining = false;
    poll_fn(|cx| {
        match client.told(cx) {
            Command::Close => return Poll::Ready(()),
            Command::Drain | Command::Interrupt if !draining => {
                draining = true;
                connection.as_mut().graceful_shutdown();
            }
            Command::Drain | Command::Interrupt | Command::Continue => {}
        }
        connection.as_mut().poll(cx).map(drop)
    })
    .await;
}
