//! One request's way, a file a step: authenticate, collect, peek, plan, admit, attempt, judge, relay, meter, settle.

mod adjust;
mod admit;
mod ask;
mod attempt;
mod authenticate;
mod authorize;
mod catalog;
mod clock;
mod collect;
mod drain;
mod embed;
mod endpoint;
mod grants;
mod judge;
mod listing;
mod log;
mod meter;
mod passage;
mod peek;
mod plan;
mod relay;
mod respond;
mod settle;
mod targets;
mod timer;
mod unwind;
mod upstream;
mod way;
mod withhold;

use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, RwLock};
use std::task::Poll;
use std::time::Duration;

use bytes::Bytes;
use http::request::Parts;
use http::{HeaderValue, Method, Request, Response, StatusCode};

use self::clock::Clock;
use self::collect::Broken;
use self::endpoint::{Endpoint, Found};
use self::grants::Grants;
use self::judge::Answer;
use self::relay::Relay;
use self::respond::Head;
use self::settle::{Account, Record};
use self::timer::Timer;
use self::way::Way;
use crate::config::{Access, Problems, Settings};
use crate::dialect::{self, Dialect};
use crate::error::{Class, Error};
use crate::host::Host;
use crate::policy::{browser, headers, query};
use crate::provider::{GeminiMethod, Operation};
use crate::store::{RequestId, Store};
use crate::usage::{Tier, Usage};

pub use catalog::{Listed, every as models};
pub use listing::UpstreamModels;
pub use relay::Reply;
pub use settle::{Ending, Outcome};

/// Settings to serve with, or why there are none: then every answer is a 500 that says so.
pub type Configured = Result<Arc<Settings>, Arc<Problems>>;

/// The moment by which the platform ends a request, since the Unix epoch: put into the request's extensions where the
/// platform tells it. What the gateway does ends by then.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Deadline(pub Duration);

/// A gateway on a host, with a store.
pub struct Gateway<H, S> {
    host: H,
    store: S,
    configured: RwLock<Configured>,
    grants: Grants,
    clock: Clock,
    /// One for each stream that is read on without its client.
    drains: Arc<()>,
    stopping: AtomicBool,
}

/// A request, as it is known from its head.
struct Arrival {
    id: RequestId,
    /// When it came, on the host's monotonic clock.
    started: Duration,
    parts: Parts,
    found: Found,
}

/// What a request is answered with, before the account goes along with it.
enum Outgoing<B> {
    Whole { head: Head, body: Bytes, outcome: Outcome },
    Stream { head: Head, answer: Box<judge::StreamAnswer<B>>, idle: Duration, deadline: Duration },
}

impl<H: Host, S: Store> Gateway<H, S> {
    /// A gateway that serves with the given settings.
    pub fn new(host: H, store: S, configured: Configured) -> Arc<Self> {
        Arc::new(Self {
            host,
            store,
            configured: RwLock::new(configured),
            grants: Grants::default(),
            clock: Clock::default(),
            drains: Arc::default(),
            stopping: AtomicBool::new(false),
        })
    }

    /// Serves with other settings from the next request on.
    pub fn reconfigure(&self, configured: Configured) {
        let mut current = self.configured.write().unwrap_or_else(std::sync::PoisonError::into_inner);
        *current = configured;
    }

    /// Says that the host is being stopped: requests that are dropped from now on are not their clients' doing.
    pub fn stop(&self) {
        self.stopping.store(true, Ordering::Relaxed);
    }

    /// The host.
    pub fn host(&self) -> &H {
        &self.host
    }

    /// Answers one request. Never fails: what goes wrong is an error in the dialect of the path. Dropped before it has
    /// answered, it accounts for a client that has gone.
    pub fn handle(self: &Arc<Self>, request: Request<H::Incoming>) -> impl Future<Output = Response<Reply<H, S>>> {
        self.handle_until(request, std::future::pending())
    }

    /// Answers one request. If the other future ends before there is an answer, since the host has to stop, that is
    /// what the client is told.
    pub async fn handle_until(
        self: &Arc<Self>,
        request: Request<H::Incoming>,
        stop: impl Future<Output = ()>,
    ) -> Response<Reply<H, S>> {
        let configured = self.configured.read().unwrap_or_else(std::sync::PoisonError::into_inner).clone();
        let (parts, body) = request.into_parts();
        let found = endpoint::find(&parts.method, parts.uri.path(), &parts.headers);
        let mut id = [0; 16];
        self.host.random(&mut id);
        let id = RequestId::new(id);
        let dialect = found.dialect;
        let arrival = Arrival { id, started: self.host.monotonic(), parts, found };
        let settings = configured.as_ref().ok();
        let mut account = Account::open(Arc::clone(self), record(self, &arrival, settings));
        let answered = match &configured {
            Ok(settings) => {
                let answer = pin!(self.answer(settings, &arrival, body, &mut account));
                unwind::contained(pin!(unless_stopped(answer, pin!(stop)))).await
            }
            Err(_) => Ok(Err(Error::new(
                Class::Misconfigured,
                "gateway misconfigured: its log says what is wrong with the configuration",
            ))),
        };
        let parts = &arrival.parts;
        let mut outgoing = match answered {
            Ok(Ok(outgoing)) => outgoing,
            Ok(Err(error)) => failed(&error, &arrival, &mut account),
            Err(_) => failed(&Error::new(Class::Internal, "the gateway has failed"), &arrival, &mut account),
        };
        let head = match &mut outgoing {
            Outgoing::Whole { head, .. } | Outgoing::Stream { head, .. } => head,
        };
        respond::identify(head, dialect, id);
        if let Some(settings) = settings
            && let Some(origin) = browser::allowed_origin(&settings.cors, &parts.headers)
        {
            browser::allow(head.headers_mut(), origin.clone());
        }
        let status = head.status().as_u16();
        account.note(|record| record.status = status);
        match outgoing {
            Outgoing::Whole { mut head, body, outcome } => {
                let body = if parts.method == Method::HEAD {
                    respond::without_body(&mut head, body.len());
                    Bytes::new()
                } else {
                    body
                };
                head.map(|()| Reply::whole(body, account, outcome))
            }
            Outgoing::Stream { head, answer, idle, deadline } => {
                head.map(|()| Reply::stream(Relay::new(id, *answer, account, idle, deadline)))
            }
        }
    }

    async fn answer(
        &self,
        settings: &Arc<Settings>,
        arrival: &Arrival,
        body: H::Incoming,
        account: &mut Account<H, S>,
    ) -> Result<Outgoing<H::Body>, Error> {
        let Arrival { id, started, parts, found } = arrival;
        if settings.access == Access::Loopback {
            browser::only_programs(&parts.uri, &parts.headers)?;
        }
        if parts.method == Method::OPTIONS && browser::allowed_origin(&settings.cors, &parts.headers).is_some() {
            return Ok(preflight(parts));
        }
        match &found.endpoint {
            Ok(Endpoint::Health) => return Ok(own(r#"{"status":"ok"}"#)),
            Ok(Endpoint::Hello) => return Ok(own("{}")),
            // Tells nothing, and clients that are told so at once go on at once.
            Err(error) if error.class == Class::UpgradeRequired => return Err(error.clone()),
            _ => {}
        }
        let gemini = found.dialect == Dialect::Gemini;
        let key = authenticate::authenticate(settings, &parts.uri, &parts.headers, gemini)?;
        account.note(|record| record.key = key);
        let caller = key.and_then(|place| settings.keys.at(place));
        if gemini {
            query::check_gemini(parts.uri.query())?;
        }
        let (operation, in_path) = match found.endpoint.as_ref().map_err(Clone::clone)? {
            Endpoint::Upstream(operation, in_path) => (*operation, in_path),
            Endpoint::Models if catalog::is_upstreams(parts.uri.query())? => {
                let asked = (found.dialect, parts.uri.query());
                let deadline = self.deadline(settings, *started, parts);
                // Boxed: few requests ask for it, but the room for it would be part of every request's future.
                return Box::pin(listing::answer(self, settings, caller, asked, deadline, account)).await;
            }
            Endpoint::Models => {
                return catalog::list(settings, caller, found.dialect, parts.uri.query()).map(own);
            }
            Endpoint::Model(model) => return catalog::one(settings, caller, found.dialect, model).map(own),
            Endpoint::Health | Endpoint::Hello => return Ok(own("{}")),
        };
        let body = self.collect(settings, parts, body).await?;
        let peek = peek::peek(&body, operation)?;
        let model = plan::asked(match in_path {
            Some(model) => model.clone(),
            None => peek.model(&body)?.into_owned(),
        })?;
        let stream = peek.stream
            && matches!(
                operation,
                Operation::ChatCompletions
                    | Operation::Responses
                    | Operation::Messages
                    | Operation::Gemini(GeminiMethod::StreamGenerateContent, _)
            );
        account.note(|record| {
            record.model = Some(model.as_str().into());
            record.stream = stream;
        });
        if let Some(caller) = caller
            && !plan::may_ask(settings, caller, &model)
        {
            let message = "this API key may not use the model it asks for";
            return Err(Error::new(Class::CallerForbidden, message).about("model"));
        }
        let aims = plan::plan(settings, (found.dialect, operation), &model, || {
            let name = caller.map_or("", |caller| &caller.name);
            let session = ["session-id", "x-claude-code-session-id", "thread-id"];
            let session = session.iter().find_map(|name| parts.headers.get(*name));
            match session {
                Some(session) => plan::stable_hash(&[name.as_bytes(), session.as_bytes()]),
                None => plan::stable_hash(&[name.as_bytes(), peek.affinity(&body).as_bytes()]),
            }
        })?;
        admit::admit(&self.store, settings, *id, key, account).await?;
        let query = parts.uri.query();
        let array = stream && is_array(arrival);
        let strict = settings.strict || parts.headers.get("x-gatelet-strict").is_some_and(|value| value == "true");
        let way = Way {
            id: *id,
            gateway: self,
            settings,
            dialect: found.dialect,
            operation,
            name: &model,
            headers: &parts.headers,
            query,
            body,
            peek,
            stream,
            array,
            strict,
            deadline: self.deadline(settings, *started, parts),
        };
        targets::through(&way, &aims, account).await
    }

    async fn collect(&self, settings: &Settings, parts: &Parts, mut body: H::Incoming) -> Result<Bytes, Error> {
        let max = settings.max_body;
        collect::check_head(&parts.headers, max)?;
        let reading = collect::collect(&mut body, max);
        let read = match settings.body_timeout {
            Some(patience) => {
                let deadline = self.host.monotonic().saturating_add(patience);
                Timer::new(&self.host)
                    .until(deadline, pin!(reading))
                    .await
                    .map_err(|_| Error::new(Class::RequestTimeout, "the request body did not come in time"))?
            }
            None => reading.await,
        };
        read.map_err(|broken| match broken {
            Broken::TooLarge => collect::too_large(max),
            Broken::Failed(_) => Error::new(Class::BrokenOff, "the request body broke off before its end"),
        })
    }

    /// The moment of the host's monotonic clock by which the request must have ended.
    fn deadline(&self, settings: &Settings, started: Duration, parts: &Parts) -> Duration {
        let own = started.saturating_add(settings.timeouts.total);
        let told = parts.extensions.get::<Deadline>().map(|deadline| deadline.0.saturating_sub(self.host.wall()));
        match told {
            // A moment that has passed before the request came tells nothing: emulators send such.
            Some(left) if !left.is_zero() => own.min(self.host.monotonic().saturating_add(left)),
            _ => own,
        }
    }
}

/// Awaits the answer, but no longer than until the host has to stop. By reference, so that a large future is not there
/// twice.
async fn unless_stopped<T>(
    mut answer: Pin<&mut impl Future<Output = Result<T, Error>>>,
    mut stop: Pin<&mut impl Future<Output = ()>>,
) -> Result<T, Error> {
    std::future::poll_fn(|context| {
        if let Poll::Ready(answer) = answer.as_mut().poll(context) {
            return Poll::Ready(answer);
        }
        stop.as_mut().poll(context).map(|()| Err(Error::new(Class::Stopping, "the gateway is being stopped")))
    })
    .await
}

fn record<H: Host, S: Store>(gateway: &Gateway<H, S>, arrival: &Arrival, settings: Option<&Arc<Settings>>) -> Record {
    let Arrival { id, started, parts, found } = arrival;
    Record {
        id: *id,
        wall: gateway.host.wall(),
        started: *started,
        method: parts.method.clone(),
        path: shown(parts.uri.path()),
        dialect: found.dialect,
        settings: settings.cloned(),
        key: None,
        model: None,
        target: None,
        upstream_dialect: found.dialect,
        attempts: 0,
        upstream_id: None,
        stream: false,
        status: 0,
        usage: Usage::default(),
        tier: Tier::Standard,
        lost: false,
        first_byte: None,
        ended: *started,
        outcome: Outcome::ClientGone,
        error: None,
        reason: None,
    }
}

/// As much of a text of the client's as goes into a log line.
fn shown(text: &str) -> Box<str> {
    text.char_indices().nth(256).map_or(text, |(end, _)| text.get(..end).unwrap_or(text)).into()
}

/// An answer of the gateway's own.
fn own<B>(body: impl Into<Bytes>) -> Outgoing<B> {
    Outgoing::Whole { head: respond::own(StatusCode::OK), body: body.into(), outcome: Outcome::Done }
}

/// The same, of a count that is an estimate.
fn estimate<B>(body: Vec<u8>) -> Outgoing<B> {
    let mut head = respond::own(StatusCode::OK);
    head.headers_mut().insert(headers::ADJUSTED, HeaderValue::from_static(dialect::count::ADJUSTED));
    Outgoing::Whole { head, body: body.into(), outcome: Outcome::Done }
}

fn preflight<B>(parts: &Parts) -> Outgoing<B> {
    let mut head = Response::new(());
    *head.status_mut() = StatusCode::NO_CONTENT;
    browser::preflight(head.headers_mut(), &parts.headers);
    Outgoing::Whole { head, body: Bytes::new(), outcome: Outcome::Done }
}

fn failed<H: Host, S: Store>(error: &Error, arrival: &Arrival, account: &mut Account<H, S>) -> Outgoing<H::Body> {
    account.note(|record| record.error = Some(error.class.code()));
    // Who breaks off in the middle of its own request has gone: this answer has no reader.
    let outcome = if error.class == Class::BrokenOff { Outcome::ClientGone } else { Outcome::Error };
    let mut body = error.body(arrival.found.dialect, arrival.id);
    if is_array(arrival) {
        // Who asked for an array gets one, with the error as its only element.
        body.insert(0, b'[');
        body.push(b']');
    }
    Outgoing::Whole { head: respond::error(error, arrival.found.dialect), body: body.into(), outcome }
}

/// Whether the client asks for a stream that is one JSON array, as Gemini's is without `alt=sse`.
fn is_array(arrival: &Arrival) -> bool {
    let asked = matches!(
        &arrival.found.endpoint,
        Ok(Endpoint::Upstream(Operation::Gemini(GeminiMethod::StreamGenerateContent, _), _))
    );
    asked && !query::asks_for_events(arrival.parts.uri.query())
}

/// An upstream's answer, on its way to the client.
fn outgoing<H: Host, S: Store>(
    way: &Way<'_, H, S>,
    answer: Answer<H::Body>,
    account: &mut Account<H, S>,
) -> Outgoing<H::Body> {
    match answer {
        Answer::Whole(whole) => {
            let outcome = if whole.status.is_success() { Outcome::Done } else { Outcome::Error };
            account.note(|record| {
                record.usage = whole.reading.usage;
                record.error = (outcome == Outcome::Error).then_some("upstream_status");
            });
            let mut head = respond::relayed(whole.status, &whole.headers);
            if way.stream && outcome == Outcome::Done {
                respond::streamed(&mut head);
            }
            Outgoing::Whole { head, body: whole.body, outcome }
        }
        Answer::Stream(answer) => {
            let mut head = respond::relayed(answer.status, &answer.headers);
            respond::streamed(&mut head);
            Outgoing::Stream { head, answer, idle: way.settings.timeouts.idle, deadline: way.deadline }
        }
    }
}
