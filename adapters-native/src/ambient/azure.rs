//! The managed identity of a machine, container or app on Azure.
//!
//! Which of the services is asked follows from the variables as in MSAL (`msal/managed_identity.py`). App Service, Functions and
//! Container Apps: <https://learn.microsoft.com/azure/app-service/overview-managed-identity>, "REST endpoint reference". Machines:
//! <https://learn.microsoft.com/entra/identity/managed-identities-azure-resources/how-to-use-vm-token>.

use std::time::Duration;

use gatelet_core::host::{Ambient, Grant, IdentityError};
use gatelet_core::secret::Secret;
use gatelet_core::wire::{json, percent};

use super::Surroundings;
use super::service::{Answer, Service};

const RESOURCE: &str = "https://cognitiveservices.azure.com";
const MACHINE: &str = "http://169.254.169.254";

pub(super) async fn ask(surroundings: &Surroundings, now: Duration) -> Result<Ambient, IdentityError> {
    let variable = |name: &str| surroundings.variable(name);
    match (variable("IDENTITY_ENDPOINT"), variable("IDENTITY_HEADER")) {
        (Some(_), _) if variable("IMDS_ENDPOINT").is_some() => Err(unsupported("Azure Arc")),
        (Some(_), Some(_)) if variable("IDENTITY_SERVER_THUMBPRINT").is_some() => Err(unsupported("Service Fabric")),
        (Some(endpoint), Some(secret)) => {
            let service = Service::near("the managed identity of the app", surroundings);
            let url = url(&endpoint, "2019-08-01", surroundings);
            let answer = service.get(&url, &[("x-identity-header", &secret)]).await?;
            read(&service, &answer, now)
        }
        _ if variable("MSI_ENDPOINT").is_some() => Err(unsupported("Cloud Shell and Machine Learning")),
        _ => {
            let service = Service::near("the metadata service of the Azure machine", surroundings);
            let authority = variable("AZURE_POD_IDENTITY_AUTHORITY_HOST");
            let authority = authority.as_deref().unwrap_or(MACHINE).trim_end_matches('/');
            let url = url(&format!("{authority}/metadata/identity/oauth2/token"), "2018-02-01", surroundings);
            let answer = service.get(&url, &[("metadata", "true")]).await?;
            read(&service, &answer, now)
        }
    }
}

fn unsupported(what: &str) -> IdentityError {
    IdentityError::new(format!("the managed identity of {what} is not supported: configure the provider's key"))
}

/// Where the token is had: of the identity that `AZURE_CLIENT_ID` names, where there are several.
fn url(endpoint: &str, version: &str, surroundings: &Surroundings) -> String {
    let mut url = format!("{endpoint}?api-version={version}&resource=");
    percent::push_segment(&mut url, RESOURCE);
    if let Some(client) = surroundings.variable("AZURE_CLIENT_ID") {
        url.push_str("&client_id=");
        percent::push_segment(&mut url, &client);
    }
    url
}

fn read(service: &Service, answer: &Answer, now: Duration) -> Result<Ambient, IdentityError> {
    let members = json::pick(&answer.text, ["access_token", "expires_on", "expires_in"]);
    let [token, on, within] = members.ok_or_else(|| service.error("its answer is no JSON object"))?;
    let token = json::string(token).filter(|token| !token.is_empty());
    let token = token.ok_or_else(|| service.error("its answer holds no `access_token`"))?;
    // Both are seconds, written as a string by some of the services and as a number by others.
    let seconds = |value: &str| json::count(&json::string(value).unwrap_or(value.into())).map(Duration::from_secs);
    let until = seconds(on).or_else(|| seconds(within).map(|within| now.saturating_add(within)));
    let until = until.ok_or_else(|| service.error("its answer holds no `expires_on`"))?;
    Ok(Ambient { grant: Grant::Bearer(Secret::new(token)), until: Some(until) })
}
