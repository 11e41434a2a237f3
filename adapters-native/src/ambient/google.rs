//! The service account of a machine, container or function on Google Cloud, by its metadata server.
//!
//! <https://cloud.google.com/compute/docs/access/authenticate-workloads>; which variables count, and the parameter `scopes`,
//! by google-auth (`google/auth/compute_engine/_metadata.py`).

use std::time::Duration;

use gatelet_core::host::{Ambient, IdentityError};

use super::service::Service;
use super::{Surroundings, token};

/// The older variable counts where the newer is not set.
const HOST: [&str; 2] = ["GCE_METADATA_HOST", "GCE_METADATA_ROOT"];
const DEFAULT_HOST: &str = "metadata.google.internal";
/// With the scope `https://www.googleapis.com/auth/cloud-platform`.
const PATH: &str = "/computeMetadata/v1/instance/service-accounts/default/token\
                    ?scopes=https%3A%2F%2Fwww.googleapis.com%2Fauth%2Fcloud-platform";

pub(super) async fn ask(surroundings: &Surroundings, now: Duration) -> Result<Ambient, IdentityError> {
    let service = Service::near("the metadata server of Google Cloud", surroundings);
    let host = HOST.into_iter().find_map(|name| surroundings.variable(name));
    let host = host.as_deref().unwrap_or(DEFAULT_HOST);
    let answer = service.get(&format!("http://{host}{PATH}"), &[("metadata-flavor", "Google")]).await?;
    // So does the server identify itself: another one that answers there knows no service account.
    if answer.headers.get("metadata-flavor").is_none_or(|flavor| flavor != "Google") {
        return Err(service.error("what answers there is another server"));
    }
    token::read(&service, &answer, now)
}
