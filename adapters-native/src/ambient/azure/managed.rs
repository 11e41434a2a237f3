//! The managed identity of a machine, container or app on Azure.
//!
//! Which of the services is asked follows from the variables as in MSAL (`msal/managed_identity.py`). App Service, Functions and
//! Container Apps: <https://learn.microsoft.com/azure/app-service/overview-managed-identity>, "REST endpoint reference". Machines:
//! <https://learn.microsoft.com/entra/identity/managed-identities-azure-resources/how-to-use-vm-token>.

use std::time::Duration;

use gatelet_core::host::{Ambient, IdentityError};

use crate::ambient::service::Service;
use crate::ambient::{Surroundings, form, token};

const MACHINE: &str = "http://169.254.169.254";

pub(super) async fn ask(surroundings: &Surroundings, resource: &str, now: Duration) -> Result<Ambient, IdentityError> {
    let variable = |name: &str| surroundings.variable(name);
    match (variable("IDENTITY_ENDPOINT"), variable("IDENTITY_HEADER")) {
        (Some(_), _) if variable("IMDS_ENDPOINT").is_some() => Err(unsupported("Azure Arc")),
        (Some(_), Some(_)) if variable("IDENTITY_SERVER_THUMBPRINT").is_some() => Err(unsupported("Service Fabric")),
        (Some(endpoint), Some(secret)) => {
            let service = Service::near("the managed identity of the app", surroundings);
            let url = url(&endpoint, resource, "2019-08-01", surroundings);
            let answer = service.get(&url, &[("x-identity-header", &secret)]).await?;
            token::read(&service, &answer, now)
        }
        _ if variable("MSI_ENDPOINT").is_some() => Err(unsupported("Cloud Shell and Machine Learning")),
        _ => {
            let service = Service::near("the metadata service of the Azure machine", surroundings);
            let authority = variable("AZURE_POD_IDENTITY_AUTHORITY_HOST");
            let authority = authority.as_deref().unwrap_or(MACHINE).trim_end_matches('/');
            let url = url(&format!("{authority}/metadata/identity/oauth2/token"), resource, "2018-02-01", surroundings);
            let answer = service.get(&url, &[("metadata", "true")]).await?;
            token::read(&service, &answer, now)
        }
    }
}

fn unsupported(what: &str) -> IdentityError {
    IdentityError::new(format!("the managed identity of {what} is not supported: configure the provider's key"))
}

/// Where the token is had: of the identity that `AZURE_CLIENT_ID` names, where there are several.
fn url(endpoint: &str, resource: &str, version: &str, surroundings: &Surroundings) -> String {
    let client = surroundings.variable("AZURE_CLIENT_ID");
    let mut parameters = vec![("api-version", version), ("resource", resource)];
    parameters.extend(client.as_deref().map(|client| ("client_id", client)));
    format!("{endpoint}?{}", form::write(&parameters))
}
