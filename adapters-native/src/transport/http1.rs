//! HTTP/1.1: a connection that is polled by whoever waits for it.

use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Waker};

use bytes::Bytes;
use gatelet_core::host::SendError;
use http::header::HOST;
use http::uri::PathAndQuery;
use http::{Request, Response, Uri, Version};
use http_body::{Body as _, Frame, SizeHint};
use hyper::body::Incoming;
use hyper::client::conn::http1::{Builder, Connection, SendRequest};
use hyper_util::rt::TokioIo;

use super::body::Body;
use super::connect::Connector;
use super::error;
use super::pool::Pool;
use super::request::{self, Destination, RequestBody};
use super::stream::Stream;

/// How many headers an answer may have, and how long its head may be.
const MAX_HEADERS: usize = 100;
const MAX_HEAD: usize = 64 << 10;

/// A connection.
pub(super) struct Link {
    sender: SendRequest<RequestBody>,
    /// Gone when it has ended. hyper tells whoever waits for an answer when it is dropped.
    connection: Option<Connection<TokioIo<Stream>, RequestBody>>,
    heard: Arc<AtomicBool>,
}

/// An exchange that failed before the answer's head.
struct Failure {
    error: SendError,
    /// Whether nothing came from the other side.
    unheard: bool,
    /// The request, if none of it was written.
    request: Option<Request<RequestBody>>,
}

/// Carries out an exchange on a pooled or a new connection.
pub(super) async fn send(
    pool: &Arc<Pool>,
    connector: &Connector,
    destination: Destination,
    mut request: Request<RequestBody>,
) -> Result<Response<Body>, SendError> {
    to_origin_form(&mut request, pool, &destination);
    if let Some(link) = reusable(pool, &destination) {
        let copy = request::copy(&request);
        match exchange(link, request, pool, &destination).await {
            Ok(response) => return Ok(response),
            // The upstream closed an idle connection while our request was on its way. Nobody answers such a request,
            // so it is safe to send once more (RFC 9110, 9.2.2), but only by a connection that cannot be stale.
            Err(failure) => match failure.request.or(copy) {
                Some(again) if failure.unheard => request = again,
                _ => return Err(failure.error),
            },
        }
    }
    let stream = connector.connect(&destination, Version::HTTP_11).await?;
    let link = Link::open(stream).await?;
    exchange(link, request, pool, &destination).await.map_err(|failure| failure.error)
}

fn to_origin_form(
    request: &mut Request<RequestBody>,
    pool: &Pool,
    destination: &Destination,
) {
    let path = request.uri().path_and_query().cloned().unwrap_or(PathAndQuery::from_static("/"));
    *request.uri_mut() = Uri::from(path);
    *request.version_mut() = Version::HTTP_11;
    if let Some(host) = pool.host(destination) {
        request.headers_mut().insert(HOST, host);
    }
}

/// An idle connection that has not been closed, as far as that can be seen.
fn reusable(pool: &Pool, destination: &Destination) -> Option<Box<Link>> {
    loop {
        let mut link = pool.take(destination)?;
        if link.is_idle() {
            return Some(link);
        }
    }
}

async fn exchange(
    mut link: Box<Link>,
    request: Request<RequestBody>,
    pool: &Arc<Pool>,
    destination: &Destination,
) -> Result<Response<Body>, Failure> {
    link.heard.store(false, Ordering::Relaxed);
    let outcome = {
        let Link { sender, connection, .. } = &mut *link;
        let mut answer = pin!(sender.try_send_request(request));
        poll_fn(|cx| {
            advance(connection, cx);
            answer.as_mut().poll(cx)
        })
        .await
    };
    let response = outcome.map_err(|mut failed| {
        let request = failed.take_message();
        Failure {
            error: error::head(failed.error(), request.is_none()),
            unheard: !link.heard.load(Ordering::Relaxed),
            request,
        }
    })?;
    let (head, body) = response.into_parts();
    let mut body = LinkBody { body, link: Some(link), home: Some((Arc::clone(pool), destination.clone())) };
    if body.body.is_end_stream() {
        body.release();
    }
    Ok(Response::from_parts(head, Body::http1(body)))
}

/// Polls a connection and drops it when it has ended.
fn advance(connection: &mut Option<Connection<TokioIo<Stream>, RequestBody>>, cx: &mut Context<'_>) {
    // Its result is the answer's, or that of the body: hyper tells them.
    if connection.as_mut().is_some_and(|connection| Pin::new(connection).poll(cx).is_ready()) {
        *connection = None;
    }
}

impl Link {
    async fn open(stream: Stream) -> Result<Box<Self>, SendError> {
        let heard = stream.heard();
        let mut settings = Builder::new();
        settings.max_headers(MAX_HEADERS).max_header_size(MAX_HEAD).max_buf_size(MAX_HEAD);
        let opened = settings.handshake(TokioIo::new(stream)).await;
        let (sender, connection) = opened.map_err(|error| error::head(&error, false))?;
        let mut link = Box::new(Self { sender, connection: Some(connection), heard });
        poll_fn(|cx| {
            advance(&mut link.connection, cx);
            link.sender.poll_ready(cx)
        })
        .await
        .map_err(|error| error::head(&error, false))?;
        Ok(link)
    }

    /// Looks once whether the connection is still there and has nothing left to do.
    fn is_idle(&mut self) -> bool {
        advance(&mut self.connection, &mut Context::from_waker(Waker::noop()));
        self.connection.is_some() && self.sender.is_ready()
    }
}

/// The body of an answer, with the connection that it comes by.
pub(super) struct LinkBody {
    body: Incoming,
    link: Option<Box<Link>>,
    home: Option<(Arc<Pool>, Destination)>,
}

impl LinkBody {
    /// Puts the connection back once it has nothing left of this answer.
    fn release(&mut self) {
        let (Some(mut link), Some((pool, destination))) = (self.link.take(), self.home.take()) else { return };
        if link.is_idle() {
            pool.put(&destination, link);
        }
    }

    pub(super) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, SendError>>> {
        let mut polled = false;
        loop {
            match Pin::new(&mut self.body).poll_frame(cx) {
                Poll::Ready(None) => {
                    self.release();
                    return Poll::Ready(None);
                }
                Poll::Ready(Some(Ok(frame))) => {
                    if self.body.is_end_stream() {
                        self.release();
                    }
                    return Poll::Ready(Some(Ok(frame)));
                }
                Poll::Ready(Some(Err(error))) => {
                    self.link = None;
                    return Poll::Ready(Some(Err(error::body(&error))));
                }
                Poll::Pending if polled => return Poll::Pending,
                Poll::Pending => {
                    polled = true;
                    if let Some(link) = &mut self.link {
                        advance(&mut link.connection, cx);
                    }
                }
            }
        }
    }
}

impl LinkBody {
    pub(super) fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    pub(super) fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
