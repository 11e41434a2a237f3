//! One target, asked once, up to the head of its answer.

use std::pin::pin;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Request, Response, StatusCode};

use super::ask::{self, Ask};
use super::embed::{self, Embed};
use super::plan::Aim;
use super::upstream::Upstream;
use super::way::Way;
use super::{adjust, authorize};
use crate::dialect::Dialect;
use crate::dialect::canonical::target::Replay;
use crate::dialect::foreign::{self, Reader};
use crate::dialect::wait::time_there;
use crate::error::{Class, Error};
use crate::host::{Host, Outgoing, SendErrorKind};
use crate::policy::headers;
use crate::provider::{self, Call, GeminiMethod, GeminiVersion, Operation, Seal, mock, rule};
use crate::store::Store;
use crate::wire::splice::{Spliced, splice};

/// An answer's head, and what has to be done with it.
pub(crate) struct Asked<B> {
    pub(crate) answer: Response<Upstream<B>>,
    pub(crate) form: Form,
}

/// What an answer is to the client.
pub(crate) enum Form {
    /// In its own dialect.
    Own,
    /// In another one: what it has to be translated with.
    Other(Box<Ask>),
    /// Embeddings in another one.
    Embeddings(Embed),
}

/// Asks the target. `bare` leaves reasoning out that the target has refused before.
///
/// # Errors
/// It could not be reached, gave no answer in time, or cannot be asked this: another one may.
pub(crate) async fn attempt<H: Host, S: Store>(
    way: &Way<'_, H, S>,
    aim: &Aim<'_>,
    bare: bool,
) -> Result<Asked<H::Body>, Error> {
    if !way.relays(aim) {
        let (operation, body, form) = if way.operation == Operation::Embeddings {
            let mut embed = embed::embed(way, aim)?;
            (embed.operation, std::mem::take(&mut embed.body), Form::Embeddings(embed))
        } else {
            let mut ask = ask::ask(way, aim, bare)?;
            (operation(aim.dialect, way.stream), std::mem::take(&mut ask.body), Form::Other(Box::new(ask)))
        };
        let mut sent = HeaderMap::new();
        headers::to_upstream_translated(way.headers, &mut sent);
        // Google streams one JSON array unless it is told otherwise.
        let query = matches!(operation, Operation::Gemini(GeminiMethod::StreamGenerateContent, _)).then_some("alt=sse");
        let body = Bytes::from(body);
        let changed = rule::changes(&body, operation.door(way.stream), aim.provider.rules());
        let mut form = form;
        if let Some(name) = changed.dropped.first().filter(|_| way.strict) {
            return Err(adjust::refused(name));
        }
        match &mut form {
            Form::Other(ask) => adjust::tell(&mut ask.adjusted, &changed.dropped),
            Form::Embeddings(embed) => adjust::tell(&mut embed.adjusted, &changed.dropped),
            Form::Own => {}
        }
        let body = splice(&body, &changed.edits);
        let call = Call { operation, stream: way.stream, model: aim.model, query, headers: &sent, body };
        return Ok(Asked { answer: send(way, aim, call).await?, form });
    }
    let (body, adjusted) = body_for(way, aim)?;
    if aim.provider.kind.built_in {
        let answer = mock::answer(way.operation, aim.model, &body.joined(), way.stream, way.array);
        return Ok(Asked { answer: answer.map(Upstream::Mock), form: Form::Own });
    }
    let (operation, stream) = (way.operation, way.stream);
    let call = Call { operation, stream, model: aim.model, query: way.query, headers: way.headers, body };
    let mut answer = send(way, aim, call).await?;
    if let Some(adjusted) = adjusted.and_then(|adjusted| HeaderValue::from_str(&adjusted).ok()) {
        answer.headers_mut().insert(headers::ADJUSTED, adjusted);
    }
    Ok(Asked { answer, form: Form::Own })
}

/// Sends a call, and waits for the answer's head as long as that may take.
pub(crate) async fn send<H: Host, S: Store>(
    way: &Way<'_, H, S>,
    aim: &Aim<'_>,
    call: Call<'_>,
) -> Result<Response<Upstream<H::Body>>, Error> {
    let host = &way.gateway.host;
    let grant = match aim.credential {
        Some(credential) if credential.granted().is_some() => {
            authorize::authorize(way.gateway, aim.provider, aim.credential, way.deadline).await?
        }
        _ => None,
    };
    let timeouts = &way.settings.timeouts;
    let patience = if way.stream { timeouts.stream_headers } else { timeouts.headers };
    let deadline = way.deadline.min(host.monotonic().saturating_add(patience));
    let signs = provider::signs(aim.credential, grant.as_ref());
    // Only a signature names the time.
    let now = if signs { way.gateway.clock.at_aws(host.wall()) } else { Duration::ZERO };
    let seal = Seal { credential: aim.credential, grant: grant.as_ref(), now };
    let again = signs.then(|| call.clone());
    let answer = exchange(host, aim, provider::request(aim.provider, seal, call)?, deadline).await?;
    // A signature is good for five minutes around AWS's time: one that was refused by a clock that differs is made again.
    if let Some(call) = again
        && answer.status() == StatusCode::FORBIDDEN
        && let Some(there) = time_there(answer.headers())
        && way.gateway.clock.correct(host.wall(), now, there)
    {
        let seal = Seal { now: way.gateway.clock.at_aws(host.wall()), ..seal };
        return exchange(host, aim, provider::request(aim.provider, seal, call)?, deadline).await;
    }
    Ok(answer)
}

/// One exchange with the target, up to the head of its answer.
async fn exchange<H: Host>(
    host: &H,
    aim: &Aim<'_>,
    request: Request<Outgoing<H::Incoming>>,
    deadline: Duration,
) -> Result<Response<Upstream<H::Body>>, Error> {
    let name = &aim.provider.name;
    match super::timer::Timer::new(host).until(deadline, pin!(host.send(request))).await {
        Ok(Ok(answer)) => Ok(answer.map(Upstream::Host)),
        Ok(Err(error)) if error.kind() == SendErrorKind::Connect => {
            Err(Error::new(Class::UpstreamError, format!("provider {name} could not be reached")))
        }
        Ok(Err(_)) => Err(Error::new(Class::UpstreamError, format!("provider {name} broke off before its answer"))),
        Err(_) => Err(Error::new(Class::UpstreamTimeout, format!("provider {name} did not answer in time"))),
    }
}

/// How an answer is asked for in the dialect.
fn operation(dialect: Dialect, stream: bool) -> Operation {
    match dialect {
        Dialect::Chat => Operation::ChatCompletions,
        Dialect::Responses => Operation::Responses,
        Dialect::Messages => Operation::Messages,
        Dialect::Gemini if stream => Operation::Gemini(GeminiMethod::StreamGenerateContent, GeminiVersion::V1Beta),
        Dialect::Gemini => Operation::Gemini(GeminiMethod::GenerateContent, GeminiVersion::V1Beta),
        Dialect::Converse => Operation::Converse { stream },
    }
}

/// The client's bytes, with the model's name spliced in, and what the meter needs; without the reasoning of other
/// makers, which the client has been given under a tag of the gateway's; and with the provider's own rules kept. What was
/// left out, as the caller's header says it.
///
/// # Errors
/// Something has to be left out, and `strict` allows no adjustment.
fn body_for<H: Host, S: Store>(way: &Way<'_, H, S>, aim: &Aim<'_>) -> Result<(Spliced, Option<Box<str>>), Error> {
    let mut edits = way.peek.edits(&way.body, aim.model, way.asks_for_usage(aim));
    let quirks = aim.provider.kind.quirks;
    let vendor = provider::row(aim.model).vendor.unwrap_or(quirks.vendor);
    let reader = Reader { vendor, scope: aim.provider.scope(vendor), replays: quirks.replay != Replay::Never };
    let changes = foreign::changes(way.dialect, &way.body, &reader);
    if !changes.edits.is_empty() {
        edits.extend(changes.edits);
        edits.sort_by_key(|edit| edit.span.start);
    }
    let mut adjusted = changes.dropped.then(|| Box::from(foreign::ADJUSTED));
    let door = way.operation.door(way.stream);
    let changed = rule::changes(&way.body, door, aim.provider.rules());
    if !changed.edits.is_empty() {
        if let Some(name) = changed.dropped.first().filter(|_| way.strict) {
            return Err(adjust::refused(name));
        }
        adjust::tell(&mut adjusted, &changed.dropped);
        edits = rule::together(edits, changed.edits);
    }
    Ok((splice(&way.body, &edits), adjusted))
}
