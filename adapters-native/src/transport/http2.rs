//! HTTP/2: one connection an origin, shared by its requests, driven by a task of its own.

use std::sync::Arc;
use std::time::Duration;

use gatelet_core::host::{SendError, SendErrorKind};
use http::header::HOST;
use http::{Request, Response, Version};
use hyper::client::conn::http2::{Builder, SendRequest};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use tokio::sync::watch;
use tokio::time::Instant;

use super::body::Body;
use super::connect::Connector;
use super::error::{self, chain};
use super::pool::Pool;
use super::request::{self, Destination, RequestBody};

/// While a stream is open and nothing comes, the other side is asked whether it is still there, and has that long.
const PING_EVERY: Duration = Duration::from_secs(20);
const PONG_WITHIN: Duration = Duration::from_secs(10);
const MAX_HEAD: u32 = 64 << 10;

/// What became of a connection that others wait for; `None` until it is known.
type Outcome = Option<Result<Connected, Arc<str>>>;

/// What the requests for one origin share.
#[derive(Default)]
pub(super) struct Shared {
    state: State,
    used: Option<Instant>,
}

#[derive(Default)]
enum State {
    #[default]
    Nothing,
    Opening(watch::Receiver<Outcome>),
    Open(Connected),
}

/// A connection, and the moment it was opened, by which it is told from the next one.
#[derive(Clone)]
struct Connected {
    sender: SendRequest<RequestBody>,
    opened: Instant,
}

/// What a request does about its connection.
enum Turn {
    Use(Connected),
    Wait(watch::Receiver<Outcome>),
    Open(watch::Sender<Outcome>),
}

impl Shared {
    /// Gives a connection up that nobody has asked for since; the streams it has go on. Otherwise says when it was
    /// asked for.
    pub(super) fn expire(&mut self, now: Instant, idle: Duration) -> Option<Instant> {
        let State::Open(_) = self.state else { return None };
        if self.used.is_some_and(|used| now.duration_since(used) < idle) {
            return self.used;
        }
        self.state = State::Nothing;
        None
    }

    fn turn(&mut self) -> Turn {
        self.used = Some(Instant::now());
        match &self.state {
            State::Open(connected) if !connected.sender.is_closed() => return Turn::Use(connected.clone()),
            // Whoever opened it has gone without a word: it is this request's turn.
            State::Opening(outcome) if outcome.has_changed().is_ok() => return Turn::Wait(outcome.clone()),
            _ => {}
        }
        let (tell, outcome) = watch::channel(None);
        self.state = State::Opening(outcome);
        Turn::Open(tell)
    }

    /// Leaves a connection that takes no more requests, if another request has not done so already.
    fn forget(&mut self, dead: &Connected) {
        if matches!(&self.state, State::Open(connected) if connected.opened == dead.opened) {
            self.state = State::Nothing;
        }
    }
}

/// Carries out an exchange on the origin's connection.
pub(super) async fn send(
    pool: &Arc<Pool>,
    connector: &Connector,
    destination: Destination,
    mut request: Request<RequestBody>,
) -> Result<Response<Body>, SendError> {
    // The authority stands in a pseudo-header.
    request.headers_mut().remove(HOST);
    let (mut connected, reused) = connection(pool, connector, &destination).await?;
    if !reused {
        return exchange(&mut connected, request).await.map_err(|failure| failure.error);
    }
    let copy = request::copy(&request);
    let failure = match exchange(&mut connected, request).await {
        Ok(response) => return Ok(response),
        Err(failure) => failure,
    };
    match failure.request.or(copy) {
        Some(again) if failure.unprocessed => {
            pool.shared(&destination, |shared| shared.forget(&connected));
            let (mut connected, _) = connection(pool, connector, &destination).await?;
            exchange(&mut connected, again).await.map_err(|failure| failure.error)
        }
        _ => Err(failure.error),
    }
}

/// The origin's connection, and whether it was there before.
async fn connection(
    pool: &Arc<Pool>,
    connector: &Connector,
    destination: &Destination,
) -> Result<(Connected, bool), SendError> {
    loop {
        let tell = match pool.shared(destination, Shared::turn) {
            Turn::Use(connected) => return Ok((connected, true)),
            Turn::Wait(mut outcome) => {
                // An error means that whoever opened it has gone: the next round sees.
                if let Ok(outcome) = outcome.wait_for(Option::is_some).await {
                    match &*outcome {
                        Some(Ok(connected)) => return Ok((connected.clone(), true)),
                        Some(Err(why)) => return Err(SendError::new(SendErrorKind::Connect, false, &**why)),
                        None => {}
                    }
                }
                continue;
            }
            Turn::Open(tell) => tell,
        };
        let opened = open(connector, destination).await;
        pool.shared(destination, |shared| {
            shared.state = opened.as_ref().map_or(State::Nothing, |connected| State::Open(connected.clone()));
        });
        // Nobody may be waiting.
        let _ = tell.send(Some(opened.as_ref().map(Clone::clone).map_err(|error| error.detail().into())));
        return opened.map(|connected| (connected, false));
    }
}

async fn open(connector: &Connector, destination: &Destination) -> Result<Connected, SendError> {
    let stream = connector.connect(destination, Version::HTTP_2).await?;
    let (sender, connection) = Builder::new(TokioExecutor::new())
        .timer(TokioTimer::new())
        .keep_alive_interval(PING_EVERY)
        .keep_alive_timeout(PONG_WITHIN)
        .max_header_list_size(MAX_HEAD)
        .handshake(TokioIo::new(stream))
        .await
        .map_err(|error| error::connect(&format!("no HTTP/2 with {}", destination.authority), &chain(&error)))?;
    // It ends when the last sender and the last stream are gone; its errors are those of the streams.
    tokio::spawn(connection);
    Ok(Connected { sender, opened: Instant::now() })
}

/// An exchange that failed before the answer's head.
struct Failure {
    error: SendError,
    /// Whether the other side says, or cannot but have, done nothing about it.
    unprocessed: bool,
    request: Option<Request<RequestBody>>,
}

async fn exchange(connected: &mut Connected, request: Request<RequestBody>) -> Result<Response<Body>, Failure> {
    match connected.sender.try_send_request(request).await {
        Ok(response) => Ok(response.map(Body::http2)),
        Err(mut failed) => {
            let request = failed.take_message();
            let unprocessed = request.is_some() || is_refused(failed.error());
            Err(Failure { error: error::head(failed.error(), !unprocessed), unprocessed, request })
        }
    }
}

/// Whether the other side refused the stream, or said goodbye before it: then it did nothing (RFC 9113, 8.7).
fn is_refused(error: &hyper::Error) -> bool {
    let mut cause = std::error::Error::source(error);
    while let Some(error) = cause {
        if let Some(error) = error.downcast_ref::<h2::Error>() {
            let reason = error.reason();
            return (error.is_reset() && error.is_remote() && reason == Some(h2::Reason::REFUSED_STREAM))
                || (error.is_go_away() && error.is_remote() && reason == Some(h2::Reason::NO_ERROR));
        }
        cause = error.source();
    }
    false
}
