//! The service account of a machine, container or function on Google Cloud, by its metadata server.
//!
//! <https://cloud.google.com/compute/docs/access/authenticate-workloads>; which variables count, and the parameter `scopes`,
//! by google-auth (`google/auth/compute_engine/_metadata.py`).

use std::time::Duration;

use gatelet_core::host::{Ambient, Grant, IdentityError};
use gatelet_core::secret::Secret;
use gatelet_core::wire::json;

use super::Surroundings;
use super::service::Service;

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
    let members = json::pick(&answer.text, ["access_token", "expires_in"]);
    let [token, expires_in] = members.ok_or_else(|| service.error("its answer is no JSON object"))?;
    let token = json::string(token).filter(|token| !token.is_empty());
    let token = token.ok_or_else(|| service.error("its answer holds no `access_token`"))?;
    let seconds = json::count(expires_in).ok_or_else(|| service.error("its answer holds no `expires_in`"))?;
    let until = now.saturating_add(Duration::from_secs(seconds));
    Ok(Ambient { grant: Grant::Bearer(Secret::new(token)), until: Some(until) })
}
