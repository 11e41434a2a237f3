//! The answer on its way to the client.

use std::convert::Infallible;
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};

use super::authorize;
use super::drain::Drain;
use super::judge::StreamAnswer;
use super::passage::Passage;
use super::settle::{Account, Outcome};
use super::upstream::Upstream;
use super::withhold::WITHHELD;
use crate::error::{Class, Error};
use crate::host::Host;
use crate::store::{RequestId, Store};

/// How long the client hears nothing before it gets a keep-alive (translation.md 4.6).
const PING_AFTER: Duration = Duration::from_secs(15);
/// How long a connection may stay open behind its stream's last event. It is used again if it ends by then.
const LAST_WORDS: Duration = Duration::from_secs(1);

/// How long after its end a stream counts as overdue: one that is polled has ended itself by then.
const LATE: Duration = Duration::from_secs(1);

/// The body of an answer. It never fails: a stream that breaks ends with an error event of the client's dialect. When
/// it is dropped before its end, the client has gone; the upstream's connection closes with it, unless the provider bills
/// the whole answer all the same: then it is read on for its usage.
pub struct Reply<H: Host, S: Store>(Kind<H, S>);

enum Kind<H: Host, S: Store> {
    Whole { bytes: Bytes, account: Option<Account<H, S>>, outcome: Outcome },
    Stream(Box<Relay<H, S>>),
}

impl<H: Host, S: Store> Reply<H, S> {
    /// A whole answer, which ends so. One without a body has ended already: nobody will ask for its bytes.
    pub(crate) fn whole(bytes: Bytes, mut account: Account<H, S>, outcome: Outcome) -> Self {
        if bytes.is_empty() {
            account.close(outcome);
        }
        Self(Kind::Whole { bytes, account: Some(account), outcome })
    }

    pub(crate) fn stream(relay: Relay<H, S>) -> Self {
        Self(Kind::Stream(Box::new(relay)))
    }

    /// Ends a stream before its end, since the host has to stop: what was sent stands, the client gets its dialect's
    /// error event, the upstream closes. Whole answers and streams that have ended are left alone.
    pub fn interrupt(&mut self) {
        if let Kind::Stream(relay) = &mut self.0
            && relay.upstream.is_some()
        {
            relay.fail(Class::Stopping, "the gateway is being stopped", Outcome::Error);
        }
    }

    /// Whether this is a stream that should have ended, and has not because it is not polled: its client takes nothing.
    /// A host whose protocol does not poll then should drop it, or the upstream stays open for as long as the client
    /// likes.
    pub fn is_overdue(&self) -> bool {
        match &self.0 {
            Kind::Whole { .. } => false,
            Kind::Stream(relay) => relay.upstream.is_some() && relay.now() > relay.clocks.deadline.saturating_add(LATE),
        }
    }
}

impl<H: Host, S: Store> Body for Reply<H, S> {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        match &mut self.0 {
            Kind::Whole { bytes, account, outcome } => {
                if let Some(mut account) = account.take() {
                    account.first_byte();
                    account.close(*outcome);
                }
                let bytes = std::mem::take(bytes);
                Poll::Ready((!bytes.is_empty()).then(|| Ok(Frame::data(bytes))))
            }
            Kind::Stream(relay) => relay.poll_next(context).map(|bytes| bytes.map(|bytes| Ok(Frame::data(bytes)))),
        }
    }

    fn is_end_stream(&self) -> bool {
        matches!(&self.0, Kind::Whole { bytes, .. } if bytes.is_empty())
    }

    fn size_hint(&self) -> SizeHint {
        match &self.0 {
            Kind::Whole { bytes, .. } => SizeHint::with_exact(bytes.len() as u64),
            Kind::Stream(_) => SizeHint::default(),
        }
    }
}

/// A stream on its way to the client.
pub(crate) struct Relay<H: Host, S: Store> {
    request: RequestId,
    /// `None` once it has ended.
    upstream: Option<Upstream<H::Body>>,
    passage: Passage,
    account: Account<H, S>,
    /// How the request ends once everything ready has gone out.
    outcome: Outcome,
    clocks: Clocks<H>,
}

/// The moments at which something has to happen, and one timer for the soonest.
struct Clocks<H: Host> {
    sleep: Option<H::Sleep>,
    /// The moment the timer is armed for. It may be earlier than what is due: then it is armed again.
    armed: Duration,
    idle: Duration,
    /// By when all must have ended.
    deadline: Duration,
    /// By when the stream must have said something.
    first_event_by: Duration,
    /// When the upstream was heard last, and when the client was sent something last.
    heard: Duration,
    sent: Duration,
    /// Since when the upstream is waited for: a client that takes its time to ask for more is no silent upstream.
    waiting: Option<Duration>,
}

impl<H: Host, S: Store> Relay<H, S> {
    pub(crate) fn new(
        request: RequestId,
        answer: StreamAnswer<H::Body>,
        account: Account<H, S>,
        idle: Duration,
        deadline: Duration,
    ) -> Self {
        let now = account.gateway().host.monotonic();
        Self {
            request,
            upstream: Some(answer.upstream),
            passage: answer.passage,
            outcome: Outcome::Done,
            clocks: Clocks {
                sleep: None,
                armed: Duration::MAX,
                idle,
                deadline,
                first_event_by: answer.first_event_by,
                heard: now,
                sent: now,
                waiting: None,
            },
            account,
        }
    }

    /// The next whole events. A bug on the way ends this stream, and tells the client so.
    fn poll_next(&mut self, context: &mut Context<'_>) -> Poll<Option<Bytes>> {
        match catch_unwind(AssertUnwindSafe(|| self.poll_events(context))) {
            Ok(polled) => polled,
            Err(_) => {
                self.passage.clear();
                self.fail(Class::Internal, "the gateway has failed in this stream", Outcome::Error);
                self.poll_events(context)
            }
        }
    }

    fn poll_events(&mut self, context: &mut Context<'_>) -> Poll<Option<Bytes>> {
        loop {
            if let Some(bytes) = self.passage.next() {
                self.account.first_byte();
                self.clocks.sent = self.now();
                return Poll::Ready(Some(bytes));
            }
            let Some(upstream) = &mut self.upstream else {
                self.account.close(self.outcome);
                return Poll::Ready(None);
            };
            match Pin::new(upstream).poll_frame(context) {
                Poll::Ready(Some(Ok(frame))) => {
                    self.clocks.heard = self.now();
                    self.clocks.waiting = None;
                    if let Ok(data) = frame.into_data()
                        && self.passage.take(data).is_err()
                    {
                        let message = "the upstream sent what is no stream of events, or an event past the limit";
                        self.fail(Class::UpstreamInvalid, message, Outcome::UpstreamCut);
                    } else if self.passage.is_enough() {
                        self.end();
                    }
                    self.withhold();
                }
                Poll::Ready(Some(Err(_))) => self.end(),
                Poll::Ready(None) => {
                    self.passage.finish();
                    self.withhold();
                    if self.upstream.is_some() {
                        self.end();
                    }
                }
                Poll::Pending => {
                    if self.poll_clocks(context).is_pending() {
                        return Poll::Pending;
                    }
                }
            }
        }
    }

    /// Ends a stream that has failed in words that nobody may hear.
    fn withhold(&mut self) {
        if self.upstream.is_none() || !self.passage.has_failed() {
            return;
        }
        let gateway = self.account.gateway();
        let Some(provider) = self.account.provider() else { return };
        if self.passage.fails_quoting(|text| authorize::is_quoted(gateway, provider, text)) {
            self.passage.clear();
            self.fail(Class::UpstreamError, WITHHELD, Outcome::Error);
        }
    }

    /// The upstream has ended: well, if it has shown that it is whole.
    fn end(&mut self) {
        if !self.end_well() {
            self.fail(Class::UpstreamTruncated, "the upstream's stream ended before its end", Outcome::UpstreamCut);
        }
    }

    /// Ends the stream if the client has been told its end: the answer's, or the upstream's own error.
    fn end_well(&mut self) -> bool {
        if self.passage.has_failed() {
            self.passage.close();
            let class = self.passage.failure().map_or(Class::UpstreamError, |error| error.class);
            self.stop(Some(class), Outcome::Error);
        } else if self.passage.is_complete() {
            self.passage.close();
            self.stop(None, Outcome::Done);
        } else {
            return false;
        }
        true
    }

    fn fail(&mut self, class: Class, message: &'static str, outcome: Outcome) {
        self.passage.fail(&Error::new(class, message), self.request);
        self.stop(Some(class), outcome);
    }

    fn stop(&mut self, class: Option<Class>, outcome: Outcome) {
        self.upstream = None;
        self.outcome = outcome;
        let usage = self.passage.usage();
        self.account.note(|record| {
            record.usage = usage;
            record.error = class.map(Class::code);
        });
    }

    /// Nothing has come: is anything due? Ready if something was done about it.
    fn poll_clocks(&mut self, context: &mut Context<'_>) -> Poll<()> {
        let now = self.now();
        let clocks = &mut self.clocks;
        let waiting = *clocks.waiting.get_or_insert(now);
        // After the last event only the connection's end is to come; some upstreams keep that to themselves.
        let patience = if self.passage.is_over() { clocks.idle.min(LAST_WORDS) } else { clocks.idle };
        let silent = clocks.heard.max(waiting).saturating_add(patience);
        let mute = if self.passage.is_meaningful() { Duration::MAX } else { clocks.first_event_by };
        let over = silent.min(mute).min(clocks.deadline);
        let ping = clocks.sent.saturating_add(PING_AFTER);
        if now >= over {
            // What came last may have been the end already, without the connection's.
            if !self.end_well() {
                self.fail(Class::UpstreamTimeout, "the upstream fell silent", Outcome::Error);
            }
            return Poll::Ready(());
        }
        if now >= ping {
            self.passage.ping();
            return Poll::Ready(());
        }
        let due = over.min(ping);
        let host = &self.account.gateway().host;
        let clocks = &mut self.clocks;
        let after = due.saturating_sub(now);
        let sleep = match &mut clocks.sleep {
            Some(sleep) if due < clocks.armed => {
                host.reset(sleep, after);
                clocks.armed = due;
                sleep
            }
            Some(sleep) => sleep,
            none => {
                clocks.armed = due;
                none.insert(host.sleep(after))
            }
        };
        let polled = Pin::new(sleep).poll(context);
        if polled.is_ready() {
            clocks.armed = Duration::MAX;
        }
        polled
    }

    fn now(&self) -> Duration {
        self.account.gateway().host.monotonic()
    }
}

impl<H: Host, S: Store> Drop for Relay<H, S> {
    fn drop(&mut self) {
        // What the stream has told of its usage until here still counts.
        let usage = self.passage.usage();
        self.account.note(|record| record.usage = usage);
        // A client that closes behind the last event has not gone: it has everything. OpenAI's Python SDK does so.
        if self.passage.is_over() && self.passage.is_empty() && !self.passage.has_failed() {
            self.account.close(Outcome::Done);
            return;
        }
        if !self.passage.is_over()
            && self.account.is_drained()
            && let Some(upstream) = self.upstream.take()
        {
            let host = &self.account.gateway().host;
            let until = self.clocks.deadline.min(host.monotonic().saturating_add(H::DRAIN));
            let passage = std::mem::replace(&mut self.passage, Passage::spent());
            let place = Arc::clone(&self.account.gateway().drains);
            self.account.drain(Drain { upstream, passage, idle: self.clocks.idle, until, _place: place });
        }
    }
}
