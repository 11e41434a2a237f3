//! HTTP/1.1 as this transport speaks it: one request, one answer, over a socket that nobody else polls.
//!
//! hyper's client connection wants a task, or to be polled beside the answer through channels; for an event stream
//! that costs more than everything the gateway itself does. Requests are whole and answers are read by one reader, so
//! that what is left of the protocol is small: [`outbound`] writes the request, [`head`] and [`decode`] read the
//! answer without doing any I/O themselves, [`link`] joins them to the socket.

mod decode;
mod head;
mod link;
mod outbound;

use std::future::poll_fn;
use std::io;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use gatelet_core::host::{SendError, SendErrorKind};
use http::{HeaderValue, Method, Request, Response, Version};

use super::body::Body;
use super::connect::Connector;
use super::pool::Pool;
use super::request::{Destination, RequestBody};
use head::Head;
pub(super) use link::{Link, LinkBody};
use outbound::Outbound;

/// Interim answers (1xx) that are passed over before an upstream is given up.
const MAX_INTERIM: usize = 16;
/// How soon a connection ends that the upstream had closed when the request was sent: within a round trip.
const MET: Duration = Duration::from_millis(250);

/// Carries out an exchange on a pooled or a new connection.
pub(super) async fn send(
    pool: &Arc<Pool>,
    connector: &Connector,
    destination: Destination,
    request: Request<RequestBody>,
) -> Result<Response<Body>, SendError> {
    let bodiless = *request.method() == Method::HEAD;
    let (link, host) = reusable(pool, &destination);
    let mut outbound = Outbound::new(request, host);
    if let Some(link) = link {
        let began = Instant::now();
        match exchange(link, outbound, bodiless).await {
            Ok(answer) => return Ok(answer.at(pool, destination)),
            Err(failure) => {
                // The upstream closed an idle connection while our request was on its way: then nobody has read it, and
                // it is safe to send once more (RFC 9110, 9.2.2), by a connection that cannot be stale. One that ends
                // later may have been worked on.
                let met = failure.unheard && (!failure.outbound.is_sent() || began.elapsed() <= MET);
                outbound = match failure.outbound.rewind() {
                    Some(outbound) if met => outbound,
                    _ => return Err(failure.error),
                };
            }
        }
    }
    // Boxed: few requests make a connection, but the room for it would be part of every request's future.
    let link = Link::new(Box::pin(connector.connect(&destination, Version::HTTP_11)).await?);
    match exchange(link, outbound, bodiless).await {
        Ok(answer) => Ok(answer.at(pool, destination)),
        Err(failure) => Err(failure.error),
    }
}

/// An idle connection that has not been closed, as far as that can be seen, and the `host` header.
fn reusable(pool: &Pool, destination: &Destination) -> (Option<Link>, Option<HeaderValue>) {
    loop {
        let (mut link, host) = pool.take(destination);
        if link.as_mut().is_none_or(Link::is_silent) {
            return (link, host);
        }
    }
}

/// An answer whose connection knows no way home yet.
struct Answer {
    response: Response<()>,
    body: LinkBody,
}

/// An exchange that failed before the answer's head.
struct Failure {
    error: SendError,
    /// Whether nothing came from the other side.
    unheard: bool,
    outbound: Outbound,
}

async fn exchange(mut link: Link, mut outbound: Outbound, bodiless: bool) -> Result<Answer, Failure> {
    let mut exchange = Exchange::default();
    match poll_fn(|cx| exchange.poll(&mut link, &mut outbound, cx)).await {
        Ok(head) => {
            let (response, framing, keep_alive) = head.read(bodiless);
            // A request that was answered before it was written is written on beside the answer.
            let outbound = (!exchange.written).then_some(outbound);
            let reusable = keep_alive && outbound.is_none();
            Ok(Answer { response, body: LinkBody::new(link, framing, reusable, outbound) })
        }
        Err(why) => {
            let error = SendError::new(SendErrorKind::Head, outbound.is_sent(), why);
            Err(Failure { error, unheard: !exchange.heard, outbound })
        }
    }
}

impl Answer {
    fn at(self, pool: &Arc<Pool>, destination: Destination) -> Response<Body> {
        let Self { response, mut body } = self;
        body.belongs_to(pool, destination);
        response.map(|()| Body::http1(body))
    }
}

/// How far an exchange has come on its way to the answer's head.
#[derive(Default)]
struct Exchange {
    written: bool,
    refused: Option<io::Error>,
    heard: bool,
    interim: usize,
    /// How much of the buffer is known to hold no end of a head.
    scanned: usize,
}

impl Exchange {
    fn poll(&mut self, link: &mut Link, outbound: &mut Outbound, cx: &mut Context<'_>) -> Poll<Result<Head, String>> {
        if !self.written && self.refused.is_none() {
            match outbound.poll_write(link.stream(), cx) {
                Poll::Ready(Ok(())) => self.written = true,
                // It may have answered before it closed: that is worth more than the error.
                Poll::Ready(Err(error)) => self.refused = Some(error),
                Poll::Pending => {}
            }
        }
        loop {
            match head::parse(link.buffer(), &mut self.scanned) {
                Ok(Some(head)) if head.is_interim() => {
                    self.interim += 1;
                    if self.interim > MAX_INTERIM {
                        return Poll::Ready(Err("the upstream sends interim answers without end".to_owned()));
                    }
                    continue;
                }
                Ok(Some(head)) => return Poll::Ready(Ok(head)),
                Ok(None) => {}
                Err(malformed) => return Poll::Ready(Err(malformed.to_string())),
            }
            match link.poll_fill(cx) {
                Poll::Ready(Ok(0)) => return Poll::Ready(Err(self.because("the upstream closed the connection"))),
                Poll::Ready(Ok(_)) => self.heard = true,
                Poll::Ready(Err(error)) => return Poll::Ready(Err(self.because(&error.to_string()))),
                Poll::Pending => match &self.refused {
                    Some(error) => return Poll::Ready(Err(error.to_string())),
                    None => return Poll::Pending,
                },
            }
        }
    }

    fn because(&self, what: &str) -> String {
        let when = if self.heard { "within the answer's head" } else { "before it answered" };
        format!("{what} {when}")
    }
}
