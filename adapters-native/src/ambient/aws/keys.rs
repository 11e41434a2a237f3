//! Temporary keys, as services tell them.

use std::borrow::Cow;

use gatelet_core::host::{Ambient, AwsKeys, Grant, IdentityError};
use gatelet_core::secret::Secret;
use gatelet_core::wire::json;

use crate::ambient::service::{Answer, Service};
use crate::ambient::time::since_epoch;

const MEMBERS: [&str; 5] = ["Code", "AccessKeyId", "SecretAccessKey", "Token", "Expiration"];

/// The keys of an answer in JSON, of the service of a container or a machine.
pub(super) fn read(service: &Service, answer: &Answer) -> Result<Ambient, IdentityError> {
    let members = json::pick(&answer.text, MEMBERS).ok_or_else(|| service.error("its answer is no JSON object"))?;
    let [code, id, secret, token, expiration] = members.map(json::string);
    // A machine's service says with the status 200 what is wrong with its role.
    if code.is_some_and(|code| code != "Success") {
        return Err(service.error("it has no keys for the role: see the role's trust policy"));
    }
    temporary(service, id, secret, token, expiration)
}

/// The keys of an answer's parts, of which botocore requires each.
pub(super) fn temporary(
    service: &Service,
    access_key_id: Option<Cow<'_, str>>,
    secret_access_key: Option<Cow<'_, str>>,
    session_token: Option<Cow<'_, str>>,
    expiration: Option<Cow<'_, str>>,
) -> Result<Ambient, IdentityError> {
    let required = |part: Option<Cow<'_, str>>, what: &str| {
        let part = part.filter(|part| !part.is_empty()).map(Secret::new);
        part.ok_or_else(|| service.error(&format!("its answer holds no {what}")))
    };
    let keys = AwsKeys {
        access_key_id: required(access_key_id, "access key")?,
        secret_access_key: required(secret_access_key, "secret access key")?,
        session_token: Some(required(session_token, "session token")?),
    };
    let until = expiration.as_deref().and_then(since_epoch);
    let until = until.ok_or_else(|| service.error("its answer holds no time at which the keys end"))?;
    Ok(Ambient { grant: Grant::Aws(keys), until: Some(until) })
}
