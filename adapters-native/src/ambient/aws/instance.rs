//! Keys of an EC2 machine's role, by the second version of its metadata service.
//!
//! <https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instance-metadata-security-credentials.html>; the variables:
//! <https://docs.aws.amazon.com/sdkref/latest/guide/feature-imds-credentials.html>. The first version, which anybody can be
//! tricked into asking, is not spoken.

use bytes::Bytes;
use gatelet_core::host::{Ambient, IdentityError};
use http::Method;

use super::keys;
use crate::ambient::Surroundings;
use crate::ambient::service::Service;

const WHAT: &str = "the EC2 metadata service";
const ENDPOINT: &str = "http://169.254.169.254";
const ENDPOINT_IPV6: &str = "http://[fd00:ec2::254]";
const ROLES: &str = "/latest/meta-data/iam/security-credentials/";

pub(super) async fn ask(surroundings: &Surroundings) -> Result<Ambient, IdentityError> {
    let variable = |name: &str| surroundings.variable(name);
    if variable("AWS_EC2_METADATA_DISABLED").is_some_and(|value| value.eq_ignore_ascii_case("true")) {
        return Err(IdentityError::new(format!("{WHAT}: AWS_EC2_METADATA_DISABLED forbids asking it")));
    }
    let ipv6 = variable("AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE").is_some_and(|mode| mode.eq_ignore_ascii_case("ipv6"));
    let endpoint = variable("AWS_EC2_METADATA_SERVICE_ENDPOINT");
    let endpoint = endpoint.as_deref().unwrap_or(if ipv6 { ENDPOINT_IPV6 } else { ENDPOINT }).trim_end_matches('/');

    let service = Service::near(WHAT, surroundings);
    let lifetime = [("x-aws-ec2-metadata-token-ttl-seconds", "60")];
    let token = service.send(Method::PUT, &format!("{endpoint}/latest/api/token"), &lifetime, Bytes::new()).await;
    // Beyond the number of hops that the machine allows, the answer to this request alone is lost.
    let token = token.map_err(|error| {
        IdentityError::new(format!("{error} (from a container it answers only with a hop limit of 2 or more)"))
    })?;
    let token = [("x-aws-ec2-metadata-token", token.text.trim())];

    let roles = service.get(&format!("{endpoint}{ROLES}"), &token).await?;
    let role = roles.text.lines().next().unwrap_or_default().trim();
    if !is_role(role) {
        return Err(service.error("the machine has no role"));
    }
    let answer = service.get(&format!("{endpoint}{ROLES}{role}"), &token).await?;
    keys::read(&service, &answer)
}

/// A role's name: up to 64 characters, all of which a path may hold as they are
/// (<https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateRole.html>).
fn is_role(name: &str) -> bool {
    let is_of_name = |byte: u8| byte.is_ascii_alphanumeric() || b"_+=,.@-".contains(&byte);
    (1..=64).contains(&name.len()) && name.bytes().all(is_of_name)
}
