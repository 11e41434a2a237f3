//! Keys of AWS, from where its SDKs look for them, in their order.
//!
//! <https://docs.aws.amazon.com/sdkref/latest/guide/standardized-credentials.html>; where the SDKs differ, as botocore does it
//! (`botocore/credentials.py`, `create_credential_resolver`).

#[cfg(feature = "machine-identity")]
mod container;
#[cfg(feature = "machine-identity")]
mod instance;
#[cfg(feature = "machine-identity")]
mod keys;
#[cfg(feature = "machine-identity")]
mod profile;
#[cfg(feature = "machine-identity")]
mod web_identity;

use std::time::Duration;

use gatelet_core::host::{Ambient, AwsKeys, Grant, IdentityError};
use gatelet_core::secret::Secret;

use super::Surroundings;

pub(super) async fn ask(surroundings: &Surroundings, now: Duration) -> Result<Ambient, IdentityError> {
    match of_environment(surroundings)? {
        // A function's keys are valid as long as its environment: nobody knows how long that is.
        Some(keys) => Ok(Ambient { grant: Grant::Aws(keys), until: None }),
        None => elsewhere(surroundings, now).await,
    }
}

#[cfg(feature = "machine-identity")]
async fn elsewhere(surroundings: &Surroundings, now: Duration) -> Result<Ambient, IdentityError> {
    if let Some(found) = web_identity::ask(surroundings).await? {
        return Ok(found);
    }
    if let Some(found) = profile::ask(surroundings, now)? {
        return Ok(found);
    }
    if let Some(found) = container::ask(surroundings).await? {
        return Ok(found);
    }
    instance::ask(surroundings).await.map_err(|error| {
        IdentityError::new(format!("no AWS keys in the environment, in the shared files or from a container; {error}"))
    })
}

/// A function has its keys in its environment, also where it serves several requests at once. Only SnapStart lends them by a
/// service, and the runtimes that are documented to have it are others
/// (<https://docs.aws.amazon.com/lambda/latest/dg/snapstart.html>).
#[cfg(not(feature = "machine-identity"))]
async fn elsewhere(_: &Surroundings, _: Duration) -> Result<Ambient, IdentityError> {
    Err(IdentityError::new("no AWS keys: AWS_ACCESS_KEY_ID is not set"))
}

/// The keys that the variables hold: on Lambda, those of the function's role
/// (<https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html>, reserved variables).
fn of_environment(surroundings: &Surroundings) -> Result<Option<AwsKeys>, IdentityError> {
    let secret = |name: &str| surroundings.variable(name).map(Secret::new);
    let Some(access_key_id) = secret("AWS_ACCESS_KEY_ID") else { return Ok(None) };
    let secret_access_key = secret("AWS_SECRET_ACCESS_KEY")
        .ok_or_else(|| IdentityError::new("AWS_ACCESS_KEY_ID is set, but AWS_SECRET_ACCESS_KEY is not"))?;
    Ok(Some(AwsKeys { access_key_id, secret_access_key, session_token: secret("AWS_SESSION_TOKEN") }))
}
