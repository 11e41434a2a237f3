//! Who the gateway is to the platform that it runs on.
//!
//! Nothing is asked before a request needs it. What is asked is near: variables, files, and services on addresses of this
//! machine's own network, over plain HTTP, on connections of their own that end with the question.

mod aws;
#[cfg(feature = "machine-identity")]
mod azure;
#[cfg(feature = "machine-identity")]
mod form;
#[cfg(feature = "machine-identity")]
mod google;
#[cfg(feature = "machine-identity")]
mod service;
mod surroundings;
#[cfg(feature = "machine-identity")]
mod time;
#[cfg(feature = "machine-identity")]
mod token;

use std::time::Duration;

use gatelet_core::host::{Ambient, Identity, IdentityError};

pub use surroundings::Surroundings;

/// Asks for that identity. `now` is the time since the Unix epoch.
pub(crate) async fn ask(
    surroundings: &Surroundings,
    identity: Identity,
    now: Duration,
) -> Result<Ambient, IdentityError> {
    match identity {
        Identity::Aws => aws::ask(surroundings, now).await,
        #[cfg(feature = "machine-identity")]
        Identity::Google => google::ask(surroundings, now).await,
        #[cfg(feature = "machine-identity")]
        Identity::Azure => azure::ask(surroundings, "https://cognitiveservices.azure.com", now).await,
        #[cfg(feature = "machine-identity")]
        Identity::Foundry => azure::ask(surroundings, "https://ai.azure.com", now).await,
        #[cfg(not(feature = "machine-identity"))]
        Identity::Google | Identity::Azure | Identity::Foundry => Err(IdentityError::new(
            "this platform has an identity toward AWS alone: configure the provider's credential",
        )),
    }
}
