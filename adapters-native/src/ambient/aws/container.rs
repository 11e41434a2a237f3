//! Keys of a container's role: ECS and EKS Pod Identity.
//!
//! <https://docs.aws.amazon.com/sdkref/latest/guide/feature-container-credentials.html>; which hosts may be asked, by botocore
//! (`botocore/utils.py`, `ContainerMetadataFetcher`).

use gatelet_core::host::{Ambient, IdentityError};

use super::keys;
use crate::ambient::Surroundings;
use crate::ambient::service::{NEARBY, Service, may_be_asked};

const RELATIVE: &str = "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI";
const FULL: &str = "AWS_CONTAINER_CREDENTIALS_FULL_URI";
const TOKEN: &str = "AWS_CONTAINER_AUTHORIZATION_TOKEN";
const TOKEN_FILE: &str = "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE";

/// The keys, if the variables name a service that has them.
pub(super) async fn ask(surroundings: &Surroundings) -> Result<Option<Ambient>, IdentityError> {
    let Some(url) = url(surroundings)? else { return Ok(None) };
    let service = Service::near("the AWS credentials of the container", surroundings);
    let token = token(surroundings)?;
    let mut headers = vec![("accept", "application/json")];
    headers.extend(token.as_deref().map(|token| ("authorization", token)));
    let answer = service.get(&url, &headers).await?;
    keys::read(&service, &answer).map(Some)
}

fn url(surroundings: &Surroundings) -> Result<Option<String>, IdentityError> {
    if let Some(path) = surroundings.variable(RELATIVE) {
        if !path.starts_with('/') {
            return Err(IdentityError::new(format!("{RELATIVE} does not begin with `/`")));
        }
        return Ok(Some(format!("http://169.254.170.2{path}")));
    }
    match surroundings.variable(FULL) {
        Some(url) if may_be_asked(&url) => Ok(Some(url)),
        Some(_) => Err(IdentityError::new(format!(
            "{FULL} must be an https URL, or lead to a loopback address or to one of {}",
            NEARBY.join(", ")
        ))),
        None => Ok(None),
    }
}

/// What the service asks to see.
fn token(surroundings: &Surroundings) -> Result<Option<String>, IdentityError> {
    match surroundings.variable(TOKEN_FILE) {
        Some(path) => Surroundings::token_of(TOKEN_FILE, &path).map(Some),
        None => Ok(surroundings.variable(TOKEN)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(variables: &'static [(&str, &str)]) -> Result<Option<String>, IdentityError> {
        let find =
            |name: &str| variables.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned());
        url(&Surroundings::new(find))
    }

    #[test]
    fn a_path_leads_to_the_one_address_and_wins() {
        let found = address(&[(RELATIVE, "/v2/credentials/x?id=1"), (FULL, "http://elsewhere.example/")]);
        assert_eq!(found, Ok(Some("http://169.254.170.2/v2/credentials/x?id=1".to_owned())));
        assert!(address(&[(RELATIVE, ".elsewhere.example/")]).is_err());
        assert_eq!(address(&[(RELATIVE, " "), (FULL, "")]), Ok(None));
    }
}
