//! One target, asked once, up to the head of its answer.

use std::pin::pin;

use http::Response;

use super::plan::Aim;
use super::upstream::Upstream;
use super::way::Way;
use crate::error::{Class, Error};
use crate::host::{Host, SendErrorKind};
use crate::provider::{self, Call, mock};
use crate::store::Store;
use crate::wire::splice::{Spliced, splice};

/// Asks the target.
///
/// # Errors
/// It could not be reached or gave no answer in time: another one may.
pub(crate) async fn attempt<H: Host, S: Store>(
    way: &Way<'_, H, S>,
    aim: &Aim<'_>,
) -> Result<Response<Upstream<H::Body>>, Error> {
    let body = body_for(way, aim);
    if aim.provider.kind.built_in {
        let answer = mock::answer(way.operation, aim.model, &body.joined(), way.stream, way.array);
        return Ok(answer.map(Upstream::Mock));
    }
    let call = Call { operation: way.operation, model: aim.model, query: way.query, headers: way.headers, body };
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

/// The client's bytes, with the model's name spliced in, and what the meter needs.
fn body_for<H: Host, S: Store>(way: &Way<'_, H, S>, aim: &Aim<'_>) -> Spliced {
    let edits = way.peek.edits(&way.body, aim.model, way.asks_for_usage(aim));
    splice(&way.body, &edits)
}
