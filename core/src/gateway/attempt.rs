//! One target, asked once, up to the head of its answer.

use std::pin::pin;

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Response};

use super::ask::{self, Ask};
use super::embed::{self, Embed};
use super::plan::Aim;
use super::upstream::Upstream;
use super::way::Way;
use crate::dialect::Dialect;
use crate::dialect::canonical::target::Replay;
use crate::dialect::foreign::{self, Reader};
use crate::error::{Class, Error};
use crate::host::{Host, SendErrorKind};
use crate::policy::headers;
use crate::provider::{self, Call, GeminiMethod, GeminiVersion, Operation, mock};
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
    if aim.dialect != way.dialect {
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
        let body = Spliced::from(Bytes::from(body));
        let call = Call { operation, model: aim.model, query, headers: &sent, body };
        return Ok(Asked { answer: send(way, aim, call).await?, form });
    }
    let (body, cut) = body_for(way, aim);
    if aim.provider.kind.built_in {
        let answer = mock::answer(way.operation, aim.model, &body.joined(), way.stream, way.array);
        return Ok(Asked { answer: answer.map(Upstream::Mock), form: Form::Own });
    }
    let call = Call { operation: way.operation, model: aim.model, query: way.query, headers: way.headers, body };
    let mut answer = send(way, aim, call).await?;
    if cut {
        answer.headers_mut().insert(headers::ADJUSTED, HeaderValue::from_static(foreign::ADJUSTED));
    }
    Ok(Asked { answer, form: Form::Own })
}

/// Sends a call, and waits for the answer's head as long as that may take.
pub(crate) async fn send<H: Host, S: Store>(
    way: &Way<'_, H, S>,
    aim: &Aim<'_>,
    call: Call<'_>,
) -> Result<Response<Upstream<H::Body>>, Error> {
    let request = provider::request(aim.provider, aim.credential, call)?;
    let host = &way.gateway.host;
    let timeouts = &way.settings.timeouts;
    let patience = if way.stream { timeouts.stream_headers } else { timeouts.headers };
    let deadline = way.deadline.min(host.monotonic().saturating_add(patience));
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

/// The client's bytes, with the model's name spliced in, and what the meter needs; and without the reasoning of other
/// makers, which the client has been given under a tag of the gateway's. Whether any of that was cut.
fn body_for<H: Host, S: Store>(way: &Way<'_, H, S>, aim: &Aim<'_>) -> (Spliced, bool) {
    let mut edits = way.peek.edits(&way.body, aim.model, way.asks_for_usage(aim));
    let quirks = aim.provider.kind.quirks;
    let vendor = provider::row(aim.model).vendor.unwrap_or(quirks.vendor);
    let reader = Reader { vendor, scope: aim.provider.scope(vendor), replays: quirks.replay != Replay::Never };
    let changes = foreign::changes(way.dialect, &way.body, &reader);
    if !changes.edits.is_empty() {
        edits.extend(changes.edits);
        edits.sort_by_key(|edit| edit.span.start);
    }
    (splice(&way.body, &edits), changes.dropped)
}
