//! The identity of a workload of Kubernetes, by the token that the cluster has put into a file (AKS).
//!
//! <https://learn.microsoft.com/azure/aks/workload-identity-overview>; the call:
//! <https://learn.microsoft.com/entra/identity-platform/v2-oauth2-client-creds-grant-flow>, "Third case: Access token request with a
//! federated credential".

use std::time::Duration;

use gatelet_core::host::{Ambient, IdentityError};
use gatelet_core::wire::percent;

use crate::ambient::service::{Service, may_be_asked};
use crate::ambient::{Surroundings, form, token};

const TOKEN_FILE: &str = "AZURE_FEDERATED_TOKEN_FILE";
const AUTHORITY: &str = "AZURE_AUTHORITY_HOST";
const PUBLIC: &str = "https://login.microsoftonline.com";

/// The token, if the variables name a client and its cluster's token.
pub(super) async fn ask(
    surroundings: &Surroundings,
    resource: &str,
    now: Duration,
) -> Result<Option<Ambient>, IdentityError> {
    let variable = |name: &str| surroundings.variable(name);
    let (Some(path), Some(tenant), Some(client)) =
        (variable(TOKEN_FILE), variable("AZURE_TENANT_ID"), variable("AZURE_CLIENT_ID"))
    else {
        return Ok(None);
    };
    let assertion = Surroundings::token_of(TOKEN_FILE, &path)?;
    let authority = variable(AUTHORITY).unwrap_or_else(|| PUBLIC.to_owned());
    // azure-identity takes it without its scheme, too.
    let authority = if authority.contains("://") { authority } else { format!("https://{authority}") };
    if !may_be_asked(&authority) {
        return Err(IdentityError::new(format!("{AUTHORITY} must be an https URL")));
    }
    let mut url = format!("{}/", authority.trim_end_matches('/'));
    percent::push_segment(&mut url, &tenant);
    url.push_str("/oauth2/v2.0/token");

    let service = Service::far("Entra ID", surroundings);
    let body = form::write(&[
        ("grant_type", "client_credentials"),
        ("client_id", &client),
        ("scope", &format!("{resource}/.default")),
        ("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"),
        ("client_assertion", &assertion),
    ]);
    let answer = service.post(&url, body).await?;
    token::read(&service, &answer, now).map(Some)
}
