//! What an answer is worth: the client's, or another target's turn?
//!
//! Nothing has reached the client yet. A whole answer is read to its end, a stream to its first event that says
//! something, so that what is broken until then can still become another target's answer, or an honest error.

mod translated;

pub(crate) use translated::upstream_id;

use std::pin::pin;
use std::time::Duration;

use bytes::Bytes;
use http::header::{CONTENT_ENCODING, CONTENT_TYPE};
use http::response::Parts;
use http::{HeaderMap, StatusCode};

use super::attempt::{Asked, Form};
use super::collect::{Broken, collect};
use super::passage::Passage;
use super::plan::Aim;
use super::timer::Timer;
use super::upstream::{Timed, Upstream};
use super::way::Way;
use crate::dialect::failure::{self, Remedy};
use crate::dialect::{self, Reading, Watch};
use crate::error::{Class, Error};
use crate::host::{Host, SendErrorKind};
use crate::provider::{GeminiMethod, Operation};
use crate::store::Store;
use crate::wire::frame::Framer;
use crate::wire::json;

/// The most that is held back of a stream that says nothing yet.
const HELD_EVENTS: usize = 64;
const HELD_BYTES: usize = 256 << 10;

/// An answer for the client.
#[allow(clippy::large_enum_variant, reason = "it lives for a moment, and most answers are whole")]
pub(crate) enum Answer<B> {
    /// A whole one.
    Whole(WholeAnswer),
    /// A stream, from its beginning on.
    Stream(Box<StreamAnswer<B>>),
}

/// A whole answer.
pub(crate) struct WholeAnswer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    pub(crate) reading: Reading,
}

/// A stream, from its beginning on.
pub(crate) struct StreamAnswer<B> {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) upstream: Upstream<B>,
    pub(crate) passage: Passage,
    /// By when it must have said something, if it has not.
    pub(crate) first_event_by: Duration,
}

/// An answer that another target may do better than.
pub(crate) enum Failed<B> {
    /// What the upstream itself said of it: the client's, if nobody does better.
    Answered(Answer<B>),
    /// What the upstream said of it, in the client's dialect.
    Told(Error),
    /// The upstream said nothing that could be passed on.
    Unanswered(Error),
    /// No other target would do better: the request itself is at fault.
    Final(Error),
    /// The same target may do better if it is asked once more; with or without the reasoning that it has refused.
    Again { bare: bool, error: Error },
}

/// Judges an answer.
///
/// # Errors
/// Another target may do better.
pub(crate) async fn judge<H: Host, S: Store>(
    way: &Way<'_, H, S>,
    aim: &Aim<'_>,
    asked: Asked<H::Body>,
) -> Result<Answer<H::Body>, Failed<H::Body>> {
    let (head, upstream) = asked.answer.into_parts();
    match asked.form {
        Form::Own => {}
        Form::Other(ask) => return translated::judge(way, aim, head, upstream, *ask).await,
        Form::Embeddings(embed) => return translated::embeddings(way, aim, head, upstream, &embed).await,
    }
    let name = &aim.provider.name;
    let status = head.status;
    if status.is_redirection() {
        return Err(unanswered(
            Class::UpstreamError,
            format!("provider {name} answered with a redirect, which is not followed"),
        ));
    }
    if is_encoded(&head.headers) {
        let message = format!("provider {name} answered with a content-encoding, though none was accepted");
        return Err(unanswered(Class::UpstreamInvalid, message));
    }
    if !status.is_success() {
        let body = read_whole(way, aim, upstream).await?;
        let failure = failure::read(way.dialect, status.as_u16(), &head.headers, &body);
        if failure.error.class == Class::UpstreamAuth {
            // The body may quote a part of the key, so nobody sees it.
            return Err(unanswered(Class::UpstreamAuth, format!("provider {name} refused the gateway's credential")));
        }
        if status == StatusCode::UNAUTHORIZED || status == StatusCode::FORBIDDEN {
            // To a client these are about its own key.
            return Err(translated::told(failure.error));
        }
        let whole = whole(head, body, Reading::default());
        return if failure.remedy == Remedy::None { Ok(whole) } else { Err(Failed::Answered(whole)) };
    }
    if is_event_stream(&head.headers) {
        return hold(way, aim, head, upstream, relayed(way, aim, Framer::sse())).await;
    }
    if way.array && matches!(way.operation, Operation::Gemini(GeminiMethod::StreamGenerateContent, _)) {
        return hold(way, aim, head, upstream, relayed(way, aim, Framer::array())).await;
    }
    let body = read_whole(way, aim, upstream).await?;
    match dialect::read(way.dialect, &body) {
        None => {
            Err(unanswered(Class::UpstreamInvalid, format!("provider {name} answered with what is not whole JSON")))
        }
        Some(reading) if reading.failure => {
            let mut head = head;
            head.status = error_status(&body);
            Err(Failed::Answered(whole(head, body, reading)))
        }
        Some(reading) => Ok(whole(head, body, reading)),
    }
}

fn unanswered<B>(class: Class, message: String) -> Failed<B> {
    Failed::Unanswered(Error::new(class, message))
}

fn whole<B>(head: Parts, body: Bytes, reading: Reading) -> Answer<B> {
    Answer::Whole(WholeAnswer { status: head.status, headers: head.headers, body, reading })
}

fn is_encoded(headers: &HeaderMap) -> bool {
    headers.get_all(CONTENT_ENCODING).iter().any(|encoding| !encoding.as_bytes().eq_ignore_ascii_case(b"identity"))
}

fn is_event_stream(headers: &HeaderMap) -> bool {
    const EVENT_STREAM: &[u8] = b"text/event-stream";
    headers.get(CONTENT_TYPE).is_some_and(|kind| {
        kind.as_bytes().get(..EVENT_STREAM.len()).is_some_and(|kind| kind.eq_ignore_ascii_case(EVENT_STREAM))
    })
}

/// The status of an error that came with a good one: the one it tells, or 502.
fn error_status(body: &[u8]) -> StatusCode {
    let text = std::str::from_utf8(body).unwrap_or_default();
    let told = json::get(json::get(text, "error"), "code").parse::<u16>().ok();
    told.filter(|status| (400..600).contains(status))
        .and_then(|status| StatusCode::from_u16(status).ok())
        .unwrap_or(StatusCode::BAD_GATEWAY)
}

/// Reads an answer to its end.
async fn read_whole<H: Host, S: Store>(
    way: &Way<'_, H, S>,
    aim: &Aim<'_>,
    upstream: Upstream<H::Body>,
) -> Result<Bytes, Failed<H::Body>> {
    let name = &aim.provider.name;
    let mut timed = Timed::new(&way.gateway.host, upstream, way.settings.timeouts.idle, way.deadline);
    collect(&mut timed, way.settings.max_answer).await.map_err(|broken| match broken {
        Broken::TooLarge => {
            let max = way.settings.max_answer;
            unanswered(Class::UpstreamInvalid, format!("provider {name} answered with more than {max} bytes"))
        }
        Broken::Failed(error) if error.kind() == SendErrorKind::Cancelled => {
            unanswered(Class::UpstreamTimeout, format!("provider {name} did not finish its answer in time"))
        }
        Broken::Failed(_) => unanswered(Class::UpstreamTruncated, format!("provider {name} broke off in its answer")),
    })
}

/// The way of a stream that is relayed.
fn relayed<H: Host, S: Store>(way: &Way<'_, H, S>, aim: &Aim<'_>, framer: Framer) -> Passage {
    let watch = Watch::new(way.dialect, way.peek.choices, way.asks_for_usage(aim) && !way.peek.include_usage);
    Passage::relay(way.dialect, framer, watch)
}

/// Reads a stream up to its first event that says something, or as long as it may be held back.
async fn hold<H: Host, S: Store>(
    way: &Way<'_, H, S>,
    aim: &Aim<'_>,
    head: Parts,
    mut upstream: Upstream<H::Body>,
    mut passage: Passage,
) -> Result<Answer<H::Body>, Failed<H::Body>> {
    let host = &way.gateway.host;
    let name = &aim.provider.name;
    let begun = host.monotonic();
    let first_event_by = begun.saturating_add(way.settings.timeouts.first_event).min(way.deadline);
    let commit_by = begun.saturating_add(way.settings.timeouts.commit);
    let mut timer = Timer::new(host);
    loop {
        let next =
            std::future::poll_fn(|context| http_body::Body::poll_frame(std::pin::Pin::new(&mut upstream), context));
        match timer.until(commit_by.min(first_event_by), pin!(next)).await {
            Ok(Some(Ok(frame))) => {
                let Ok(data) = frame.into_data() else { continue };
                if passage.take(data).is_err() {
                    let message = format!("provider {name} answered with what is no stream of events");
                    return Err(unanswered(Class::UpstreamInvalid, message));
                }
            }
            Ok(Some(Err(_))) => {
                return Err(unanswered(
                    Class::UpstreamTruncated,
                    format!("provider {name} broke off before its first event"),
                ));
            }
            Ok(None) => {
                passage.finish();
                if !passage.is_meaningful() && !passage.has_failed() {
                    let message = format!("provider {name} ended its stream before its first event");
                    return Err(unanswered(Class::UpstreamTruncated, message));
                }
            }
            Err(_) if host.monotonic() >= first_event_by => {
                return Err(unanswered(Class::UpstreamTimeout, format!("provider {name} sent no event in time")));
            }
            // Held back long enough: from here on the stream is the client's, whatever becomes of it.
            Err(_) => return Ok(stream(head, upstream, passage, first_event_by)),
        }
        if passage.is_invalid() && !passage.is_meaningful() {
            return Err(unanswered(
                Class::UpstreamInvalid,
                format!("provider {name} sent what is no event of {}", aim.dialect),
            ));
        }
        if let Some(error) = passage.failure() {
            let error = error.clone();
            return Err(if passage.is_malformed() {
                Failed::Again { bare: false, error }
            } else {
                translated::told(error)
            });
        }
        if passage.is_meaningful() {
            return Ok(stream(head, upstream, passage, first_event_by));
        }
        if passage.has_failed() {
            return Err(Failed::Answered(stream(head, upstream, passage, first_event_by)));
        }
        let (events, bytes) = passage.held();
        if events >= HELD_EVENTS || bytes >= HELD_BYTES {
            return Ok(stream(head, upstream, passage, first_event_by));
        }
    }
}

fn stream<B>(head: Parts, upstream: Upstream<B>, passage: Passage, first_event_by: Duration) -> Answer<B> {
    Answer::Stream(Box::new(StreamAnswer {
        status: head.status,
        headers: head.headers,
        upstream,
        passage,
        first_event_by,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_tells_its_status() {
        assert_eq!(error_status(br#"{"error":{"code":429}}"#), StatusCode::TOO_MANY_REQUESTS);
        assert_eq!(error_status(br#"{"error":{"code":"rate"}}"#), StatusCode::BAD_GATEWAY);
        assert_eq!(error_status(br#"{"error":"x"}"#), StatusCode::BAD_GATEWAY);
        assert_eq!(error_status(br#"{"error":{"code":200}}"#), StatusCode::BAD_GATEWAY);
    }
}
