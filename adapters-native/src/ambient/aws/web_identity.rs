//! Keys of a role that is assumed with a token of somebody else's: of Kubernetes, in EKS (IAM roles for service accounts).
//!
//! The variables: <https://docs.aws.amazon.com/sdkref/latest/guide/feature-assume-role-credentials.html>. The call:
//! <https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html>; it is not signed.

use std::borrow::Cow;

use gatelet_core::host::{Ambient, IdentityError};

use super::keys;
use crate::ambient::service::{Service, element, may_be_asked};
use crate::ambient::{Surroundings, form};

const TOKEN_FILE: &str = "AWS_WEB_IDENTITY_TOKEN_FILE";
const ROLE: &str = "AWS_ROLE_ARN";
const ENDPOINT: &str = "AWS_ENDPOINT_URL_STS";

/// What the names of regions begin with, and the domain of their services: `partitions.json` of botocore. What is in none of
/// these needs `AWS_ENDPOINT_URL_STS`.
const DOMAINS: [(&str, &str); 3] = [("cn-", "amazonaws.com.cn"), ("eusc-", "amazonaws.eu"), ("", "amazonaws.com")];

/// The keys, if the variables name a role and a token.
pub(super) async fn ask(surroundings: &Surroundings) -> Result<Option<Ambient>, IdentityError> {
    let Some(path) = surroundings.variable(TOKEN_FILE) else { return Ok(None) };
    let Some(role) = surroundings.variable(ROLE) else {
        return Err(IdentityError::new(format!("{TOKEN_FILE} is set, but {ROLE} is not")));
    };
    let token = Surroundings::token_of(TOKEN_FILE, &path)?;
    let session = surroundings.variable("AWS_ROLE_SESSION_NAME");
    let url = url(surroundings)?;

    let service = Service::far("AWS STS", surroundings);
    let body = form::write(&[
        ("Action", "AssumeRoleWithWebIdentity"),
        ("Version", "2011-06-15"),
        ("RoleArn", &role),
        ("RoleSessionName", session.as_deref().unwrap_or("gatelet")),
        ("WebIdentityToken", &token),
    ]);
    let answer = service.post(&url, body).await?;
    let [id, secret, token, expiration] = ["AccessKeyId", "SecretAccessKey", "SessionToken", "Expiration"]
        .map(|name| element(&answer.text, name).map(Cow::Borrowed));
    keys::temporary(&service, id, secret, token, expiration).map(Some)
}

/// The service of the region.
fn url(surroundings: &Surroundings) -> Result<String, IdentityError> {
    if let Some(url) = surroundings.variable(ENDPOINT) {
        let wrong = || IdentityError::new(format!("{ENDPOINT} must be an https URL"));
        return may_be_asked(&url).then(|| format!("{}/", url.trim_end_matches('/'))).ok_or_else(wrong);
    }
    let region = surroundings.variable("AWS_REGION").or_else(|| surroundings.variable("AWS_DEFAULT_REGION"));
    let region =
        region.ok_or_else(|| IdentityError::new("AWS_REGION is not set: AWS STS cannot be asked for a role"))?;
    let domain = DOMAINS.into_iter().find(|(begin, _)| region.starts_with(begin)).map(|(_, domain)| domain);
    match domain {
        Some(domain) if is_region(&region) => Ok(format!("https://sts.{region}.{domain}/")),
        _ => Err(IdentityError::new(format!("AWS_REGION is not a region whose AWS STS is known: set {ENDPOINT}"))),
    }
}

/// Whether the text can be a region's name, which becomes part of a host's; those of closed partitions have other domains.
fn is_region(name: &str) -> bool {
    let is_of_name = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    name.len() <= 64 && name.bytes().all(is_of_name) && !name.contains("-iso")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(region: &'static str) -> Result<String, IdentityError> {
        url(&Surroundings::new(move |name| (name == "AWS_REGION").then(|| region.to_owned())))
    }

    #[test]
    fn each_region_has_its_service() {
        for (region, url) in [
            ("eu-central-1", "https://sts.eu-central-1.amazonaws.com/"),
            ("us-gov-west-1", "https://sts.us-gov-west-1.amazonaws.com/"),
            ("cn-north-1", "https://sts.cn-north-1.amazonaws.com.cn/"),
            ("eusc-de-east-1", "https://sts.eusc-de-east-1.amazonaws.eu/"),
        ] {
            assert_eq!(address(region).as_deref(), Ok(url));
        }
        for region in ["", "us-iso-east-1", "us-isob-east-1", "eu/../x", "x.example#", "US-EAST-1"] {
            assert!(address(region).is_err(), "{region}");
        }
    }
}
