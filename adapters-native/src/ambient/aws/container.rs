//! Keys of a container's role: ECS and EKS Pod Identity.
//!
//! <https://docs.aws.amazon.com/sdkref/latest/guide/feature-container-credentials.html>; which hosts may be asked, by botocore
//! (`botocore/utils.py`, `ContainerMetadataFetcher`).

use std::net::IpAddr;

use gatelet_core::host::{Ambient, IdentityError};
use http::Uri;
use http::uri::Scheme;

use super::keys;
use crate::ambient::Surroundings;
use crate::ambient::service::Service;

const RELATIVE: &str = "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI";
const FULL: &str = "AWS_CONTAINER_CREDENTIALS_FULL_URI";
const TOKEN: &str = "AWS_CONTAINER_AUTHORIZATION_TOKEN";
const TOKEN_FILE: &str = "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE";

/// ECS, and EKS by either version of IP.
const HOSTS: [&str; 3] = ["169.254.170.2", "169.254.170.23", "fd00:ec2::23"];

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
            HOSTS.join(", ")
        ))),
        None => Ok(None),
    }
}

/// Whether keys may be asked for there: in the clear only of who is on this machine.
pub(super) fn may_be_asked(url: &str) -> bool {
    let Ok(uri) = url.parse::<Uri>() else { return false };
    let (Some(scheme), Some(authority)) = (uri.scheme(), uri.authority()) else { return false };
    if authority.as_str().contains('@') {
        return false;
    }
    let host = authority.host().trim_start_matches('[').trim_end_matches(']');
    let is_near = host == "localhost"
        || host.parse::<IpAddr>().is_ok_and(|address| {
            address.to_canonical().is_loopback() || HOSTS.iter().any(|known| known.parse() == Ok(address))
        });
    *scheme == Scheme::HTTPS || *scheme == Scheme::HTTP && is_near
}

/// What the service asks to see. The file is read each time: its contents are replaced before they end.
fn token(surroundings: &Surroundings) -> Result<Option<String>, IdentityError> {
    let Some(path) = surroundings.variable(TOKEN_FILE) else { return Ok(surroundings.variable(TOKEN)) };
    match std::fs::read_to_string(&path) {
        Ok(token) => Ok(Some(token.trim_end().to_owned())),
        Err(error) => Err(IdentityError::new(format!("{TOKEN_FILE}: {path} cannot be read: {error}"))),
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

    #[test]
    fn keys_are_asked_for_nearby_or_over_tls() {
        for url in [
            "http://127.0.0.1:8080/x",
            "http://127.9.9.9/",
            "http://localhost/get-credentials",
            "http://[::1]:1/",
            "http://169.254.170.2/",
            "http://169.254.170.23/v1/credentials",
            "http://[fd00:ec2::23]/v1/credentials",
            "https://credentials.example/x",
        ] {
            assert!(may_be_asked(url), "{url}");
        }
        for url in [
            "http://169.254.169.254/",
            "http://credentials.example/",
            "http://localhost.example/",
            "http://10.0.0.1/",
            "http://127.0.0.1@credentials.example/",
            "https://user@credentials.example/",
            "ftp://127.0.0.1/",
            "/credentials",
            "",
        ] {
            assert!(!may_be_asked(url), "{url}");
        }
    }
}
