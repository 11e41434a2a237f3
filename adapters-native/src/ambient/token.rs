//! Access tokens, as services tell them (RFC 6749, section 5.1).

use std::borrow::Cow;
use std::time::Duration;

use gatelet_core::host::{Ambient, Grant, IdentityError};
use gatelet_core::secret::Secret;
use gatelet_core::wire::json;

use super::service::{Answer, Service};

/// The token of an answer that was asked for at `now`.
pub(super) fn read(service: &Service, answer: &Answer, now: Duration) -> Result<Ambient, IdentityError> {
    let members = json::pick(&answer.text, ["access_token", "expires_on", "expires_in"]);
    let [token, on, within] = members.ok_or_else(|| service.error("its answer is no JSON object"))?;
    let token = json::string(token).filter(|token| !token.is_empty());
    let token = token.ok_or_else(|| service.error("its answer holds no `access_token`"))?;
    // Both are seconds. `expires_on` is Azure's own; there, both are strings of some services and numbers of others.
    let seconds = |value| {
        let count = json::string(value).unwrap_or(Cow::Borrowed(value));
        json::count(&count).map(Duration::from_secs)
    };
    let until = seconds(on).or_else(|| seconds(within).map(|within| now.saturating_add(within)));
    let until = until.ok_or_else(|| service.error("its answer does not say when the token ends"))?;
    Ok(Ambient { grant: Grant::Bearer(Secret::new(token)), until: Some(until) })
}
