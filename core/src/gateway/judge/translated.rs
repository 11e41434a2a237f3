//! Judging an answer in a dialect that is not the client's: nothing of it can be passed on as it is.

use http::StatusCode;
use http::header::{CONTENT_TYPE, HeaderMap, HeaderValue};
use http::response::Parts;

use super::{Answer, Failed, WholeAnswer, hold, is_encoded, is_event_stream, read_whole, unanswered};
use crate::dialect::failure::{self, Remedy};
use crate::dialect::translate::{self, Translation};
use crate::dialect::{Dialect, Reading};
use crate::error::{Class, Error};
use crate::gateway::ask::Ask;
use crate::gateway::embed::Embed;
use crate::gateway::passage::Passage;
use crate::gateway::plan::Aim;
use crate::gateway::upstream::Upstream;
use crate::gateway::way::Way;
use crate::host::Host;
use crate::policy::headers;
use crate::store::Store;

/// Judges an answer.
///
/// # Errors
/// It is none; another target, or this one asked once more, may do better.
pub(super) async fn judge<H: Host, S: Store>(
    way: &Way<'_, H, S>,
    aim: &Aim<'_>,
    mut head: Parts,
    upstream: Upstream<H::Body>,
    mut ask: Ask,
) -> Result<Answer<H::Body>, Failed<H::Body>> {
    let upstream = successful(way, aim, &head, upstream).await?;
    let streams = is_event_stream(&head.headers) || is_binary_stream(&head.headers);
    let adjusted = ask.adjusted.take();
    if streams && way.stream {
        head.headers = answer_headers(&head.headers, way.array, true, adjusted.as_deref());
        let passage = Passage::Translation(Box::new(Translation::new(aim.dialect, ask.purpose(way, true))));
        return hold(way, aim, head, upstream, passage).await;
    }
    let body = read_whole(way, aim, upstream).await?;
    let purpose = ask.purpose(way, way.stream);
    let translated = if streams {
        translate::gathered(aim.dialect, body, purpose)
    } else {
        translate::whole(aim.dialect, &body, purpose)
    };
    match translated {
        Ok((body, usage)) => Ok(Answer::Whole(WholeAnswer {
            status: StatusCode::OK,
            headers: answer_headers(&head.headers, way.array, way.stream, adjusted.as_deref()),
            body,
            reading: Reading { usage, failure: false },
        })),
        Err(failure) if failure.malformed => Err(Failed::Again { bare: false, error: failure.error }),
        Err(failure) => Err(told(failure.error)),
    }
}

/// Judges an answer of embeddings.
///
/// # Errors
/// It is none; another target may do better.
pub(super) async fn embeddings<H: Host, S: Store>(
    way: &Way<'_, H, S>,
    aim: &Aim<'_>,
    head: Parts,
    upstream: Upstream<H::Body>,
    embed: &Embed,
) -> Result<Answer<H::Body>, Failed<H::Body>> {
    let upstream = successful(way, aim, &head, upstream).await?;
    let body = read_whole(way, aim, upstream).await?;
    let (body, usage) = embed.answer(aim, &head.headers, &body).map_err(told)?;
    let headers = answer_headers(&head.headers, false, false, embed.adjusted.as_deref());
    Ok(Answer::Whole(WholeAnswer { status: StatusCode::OK, headers, body, reading: Reading { usage, failure: false } }))
}

/// Passes the upstream on if its answer's head is a success's.
async fn successful<H: Host, S: Store>(
    way: &Way<'_, H, S>,
    aim: &Aim<'_>,
    head: &Parts,
    upstream: Upstream<H::Body>,
) -> Result<Upstream<H::Body>, Failed<H::Body>> {
    let name = &aim.provider.name;
    let status = head.status;
    if status.is_redirection() {
        let message = format!("provider {name} answered with a redirect, which is not followed");
        return Err(unanswered(Class::UpstreamError, message));
    }
    if is_encoded(&head.headers) {
        let message = format!("provider {name} answered with a content-encoding, though none was accepted");
        return Err(unanswered(Class::UpstreamInvalid, message));
    }
    if !status.is_success() {
        let body = read_whole(way, aim, upstream).await?;
        let mut failure = failure::read(aim.dialect, status.as_u16(), &head.headers, &body);
        // A path in a body that the caller has not written.
        failure.error.param = None;
        return Err(match failure.remedy {
            Remedy::WithoutReasoning => Failed::Again { bare: true, error: failure.error },
            // The upstream's own words may quote a part of the key.
            _ if failure.error.class == Class::UpstreamAuth => {
                unanswered(Class::UpstreamAuth, format!("provider {name} refused the gateway's credential"))
            }
            Remedy::None => Failed::Final(failure.error),
            _ => Failed::Told(failure.error),
        });
    }
    Ok(upstream)
}

/// What the upstream has said has gone wrong: its own, or the request's.
pub(super) fn told<B>(error: Error) -> Failed<B> {
    match Remedy::of(error.class) {
        Remedy::None => Failed::Final(error),
        _ => Failed::Told(error),
    }
}

/// The headers of a translated answer: what is known of the upstream's, and what was adjusted of the request.
fn answer_headers(upstream: &HeaderMap, array: bool, stream: bool, adjusted: Option<&str>) -> HeaderMap {
    let mut answer = HeaderMap::with_capacity(8);
    headers::to_client_translated(upstream, &mut answer);
    let kind = if stream && !array { "text/event-stream" } else { "application/json" };
    answer.insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    if let Some(adjusted) = adjusted.and_then(|adjusted| HeaderValue::from_str(adjusted).ok()) {
        answer.insert(headers::ADJUSTED, adjusted);
    }
    answer
}

fn is_binary_stream(headers: &HeaderMap) -> bool {
    headers
        .get(CONTENT_TYPE)
        .is_some_and(|kind| kind.as_bytes().to_ascii_lowercase().starts_with(b"application/vnd.amazon.eventstream"))
}

/// The upstream's own id of the request.
pub(crate) fn upstream_id(dialect: Dialect, headers: &HeaderMap) -> Option<Box<str>> {
    headers.get(dialect.request_id_header()).and_then(|id| Some(Box::<str>::from(id.to_str().ok()?)))
}
