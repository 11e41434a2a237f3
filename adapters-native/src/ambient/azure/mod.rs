//! An access token of Entra ID for who the gateway is on Azure: as a workload of Kubernetes, or by a managed identity, in the order
//! of azure-identity (`azure/identity/_credentials/default.py`).

mod managed;
mod workload;

use std::time::Duration;

use gatelet_core::host::{Ambient, IdentityError};

use super::Surroundings;

/// A token for that resource.
pub(super) async fn ask(surroundings: &Surroundings, resource: &str, now: Duration) -> Result<Ambient, IdentityError> {
    match workload::ask(surroundings, resource, now).await? {
        Some(found) => Ok(found),
        None => managed::ask(surroundings, resource, now).await,
    }
}
