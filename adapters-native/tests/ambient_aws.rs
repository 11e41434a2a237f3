//! Keys of AWS, from each of the places where they may be.

#![cfg(feature = "machine-identity")]
#![allow(clippy::expect_used, clippy::indexing_slicing, clippy::panic, reason = "a test fails by panicking")]

mod platform;
mod upstream;

use std::net::SocketAddr;
use std::time::{Duration, Instant};

#[cfg(feature = "proxy")]
use gatelet_core::Host as _;
use gatelet_core::host::Identity::Aws;
use platform::{file, from_now, refused, service, told};
use upstream::{read_request, soon, upstream, write};

const KEYS: &str = ok!(
    r#"{"Code":"Success","RoleArn":"arn","AccessKeyId":"canary-id","SecretAccessKey":"canary\/secret","Token":"canary-token","Expiration":"2050-01-02T03:04:05Z"}"#
);
/// 2050-01-02T03:04:05Z.
const END: Option<Duration> = Some(Duration::from_secs(2_524_705_445));
const TOLD: &str = "canary-id canary/secret canary-token";

/// No machine around: where a test would otherwise ask for one.
const ALONE: (&str, &str) = ("AWS_EC2_METADATA_DISABLED", "TRUE");

#[tokio::test]
async fn the_environment_comes_first() {
    let path = file("env-first", "[default]\naws_access_key_id = other\naws_secret_access_key = other\n");
    let mut variables = vec![
        ("AWS_ACCESS_KEY_ID", " canary-id\n"),
        ("AWS_SECRET_ACCESS_KEY", "canary/secret"),
        ("AWS_SESSION_TOKEN", "canary-token"),
        ("AWS_SHARED_CREDENTIALS_FILE", &path),
        ("AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://127.0.0.1:1/"),
    ];
    assert_eq!(told(&variables, Aws).await, (TOLD.to_owned(), None));
    variables[2].1 = "";
    assert_eq!(told(&variables, Aws).await.0, "canary-id canary/secret none");
    variables[1].1 = "";
    variables[0].1 = "canary";
    assert_eq!(refused(&variables, Aws).await, "AWS_ACCESS_KEY_ID is set, but AWS_SECRET_ACCESS_KEY is not");
}

#[tokio::test]
async fn then_come_the_shared_files() {
    let credentials = file(
        "profile-credentials",
        "[default]\naws_access_key_id = canary-id\naws_secret_access_key = canary/secret\n\n\
         [temporary]\naws_access_key_id = canary-a\naws_secret_access_key = canary-b\naws_session_token = canary-c\n\
         [half]\naws_access_key_id = canary\n\
         [role]\naws_access_key_id = canary\naws_secret_access_key = canary\n\
         [both]\naws_access_key_id = canary-a\naws_secret_access_key = canary-b\n",
    );
    let config = file(
        "profile-config",
        "[default]\nregion = eu-central-1\n[profile config]\naws_access_key_id = canary-d\naws_secret_access_key = canary-e\n\
         [profile role]\nrole_arn = arn:canary\nsource_profile = default\n\
         [profile both]\nsso_start_url = https://canary.example\n\
         [profile sso]\nsso_session = canary\nsso_account_id = 1\n[profile process]\ncredential_process = /bin/canary\n\
         [profile empty]\nregion = eu-west-1\n",
    );
    let of = |profile| {
        [ALONE, ("AWS_SHARED_CREDENTIALS_FILE", &credentials), ("AWS_CONFIG_FILE", &config), ("AWS_PROFILE", profile)]
    };
    for (profile, keys) in [
        ("", "canary-id canary/secret none"),
        ("default", "canary-id canary/secret none"),
        ("config", "canary-d canary-e none"),
        ("both", "canary-a canary-b none"),
    ] {
        assert_eq!(told(&of(profile), Aws).await, (keys.to_owned(), None), "{profile}");
    }
    // Whoever wrote temporary keys there will write others.
    let (keys, until) = told(&of("temporary"), Aws).await;
    assert_eq!(keys, "canary-a canary-b canary-c");
    assert!((880..=900).contains(&from_now(until)));

    for (profile, why) in [
        ("half", "the AWS profile `half` has an `aws_access_key_id`, but no `aws_secret_access_key` beside it"),
        ("role", "the AWS profile `role` needs `role_arn`, which is not supported: "),
        ("sso", "the AWS profile `sso` needs `sso_session`, which is not supported: "),
        ("process", "the AWS profile `process` needs `credential_process`, which is not supported: "),
        ("nobody", "the AWS profile `nobody` is in none of the shared files"),
        ("profile config", "the AWS profile `profile config` is in none of the shared files"),
        (
            "empty",
            "no AWS keys in the environment, in the shared files or from a container; the EC2 metadata service: ",
        ),
    ] {
        let error = refused(&of(profile), Aws).await;
        assert!(error.starts_with(why), "{error}");
    }
}

#[tokio::test]
async fn the_shared_files_are_in_the_home_directory() {
    let home = std::path::PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("home");
    std::fs::create_dir_all(home.join(".aws")).expect("a directory");
    std::fs::write(home.join(".aws/config"), "[default]\naws_access_key_id=canary-a\naws_secret_access_key=canary-b\n")
        .expect("a file");
    std::fs::write(home.join("elsewhere"), "[default]\naws_access_key_id=canary-c\naws_secret_access_key=canary-d\n")
        .expect("a file");
    let home = home.to_str().expect("a path in UTF-8");
    assert_eq!(told(&[ALONE, ("HOME", home)], Aws).await.0, "canary-a canary-b none");
    let named = [ALONE, ("HOME", home), ("AWS_SHARED_CREDENTIALS_FILE", "~/elsewhere")];
    assert_eq!(told(&named, Aws).await.0, "canary-c canary-d none");
    let error = refused(&[ALONE, ("AWS_CONFIG_FILE", home)], Aws).await;
    assert!(error.starts_with(&format!("{home} cannot be read: ")), "{error}");
}

#[tokio::test]
async fn a_container_is_asked_with_its_token() {
    let (address, mut asked) = service(&[("GET /keys?id=1 ", KEYS)]).await;
    let url = format!("http://{address}/keys?id=1");
    let path = file("container-token", "canary-of-file\n");
    let mut variables = vec![
        ("AWS_CONTAINER_CREDENTIALS_FULL_URI", url.as_str()),
        ("AWS_CONTAINER_AUTHORIZATION_TOKEN", "Basic canary"),
    ];
    assert_eq!(told(&variables, Aws).await, (TOLD.to_owned(), END));
    let request = soon(&mut asked).await.expect("a request");
    assert!(request.contains("\r\nauthorization: Basic canary\r\n"), "{request}");
    assert!(request.contains(&format!("\r\nhost: {address}\r\n")), "{request}");

    variables.push(("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", &path));
    assert_eq!(told(&variables, Aws).await.0, TOLD);
    let request = soon(&mut asked).await.expect("a request");
    assert!(request.contains("\r\nauthorization: canary-of-file\r\n"), "{request}");

    // It has no other chance: the container's role is not to be exchanged for the machine's.
    variables[2].1 = "/nowhere/token";
    let error = refused(&variables, Aws).await;
    assert!(error.starts_with("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE names no file that can be read: "), "{error}");
    let broken = file("container-broken-token", "canary\r\nx-injected: 1");
    variables[2].1 = &broken;
    let error = refused(&variables, Aws).await;
    assert!(error.ends_with("what is to be sent as `authorization` is no header's value"), "{error}");
    let error = refused(&[("AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://user:canary@127.0.0.1/")], Aws).await;
    assert!(error.starts_with("AWS_CONTAINER_CREDENTIALS_FULL_URI must be an https URL"), "{error}");
}

#[tokio::test]
async fn a_machine_is_asked_by_the_second_version_of_its_service() {
    let (address, mut asked) = service(&[
        ("PUT /latest/api/token ", "HTTP/1.1 200 OK\r\ncontent-length: 11\r\n\r\ncanary-imds"),
        (
            "GET /latest/meta-data/iam/security-credentials/ ",
            "HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nmy+role@1\n",
        ),
        ("GET /latest/meta-data/iam/security-credentials/my+role@1 ", KEYS),
    ])
    .await;
    let endpoint = format!("http://{address}/");
    let variables = [("AWS_EC2_METADATA_SERVICE_ENDPOINT", endpoint.as_str()), ("AWS_EC2_METADATA_DISABLED", "false")];
    assert_eq!(told(&variables, Aws).await, (TOLD.to_owned(), END));
    let request = soon(&mut asked).await.expect("a request");
    assert!(request.contains("\r\nx-aws-ec2-metadata-token-ttl-seconds: 60\r\ncontent-length: 0\r\n"), "{request}");
    for _ in 0..2 {
        let request = soon(&mut asked).await.expect("a request");
        assert!(request.contains("\r\nx-aws-ec2-metadata-token: canary-imds\r\n"), "{request}");
    }
    let error = refused(&[variables[0], ALONE], Aws).await;
    assert!(error.ends_with("the EC2 metadata service: AWS_EC2_METADATA_DISABLED forbids asking it"), "{error}");
}

#[tokio::test]
async fn what_is_wrong_with_a_machine_is_said() {
    const TOKEN: (&str, &str) = ("PUT /latest/api/token ", "HTTP/1.1 200 OK\r\ncontent-length: 6\r\n\r\ncanary");
    const ROLES: &str = "GET /latest/meta-data/iam/security-credentials/ ";
    for (answers, why) in [
        (&[][..], "it answers with the status 404 (from a container it answers only with a hop limit of 2 or more)"),
        (&[TOKEN], "it answers with the status 404"),
        (&[TOKEN, (ROLES, ok!(""))], "the machine has no role"),
        (&[TOKEN, (ROLES, ok!("../canary"))], "the machine has no role"),
        (
            &[TOKEN, (ROLES, ok!("r")), ("GET ", ok!(r#"{"Code":"AssumeRoleUnauthorizedAccess","Message":"canary"}"#))],
            "it has no keys for the role: see the role's trust policy",
        ),
        (&[TOKEN, (ROLES, ok!("r")), ("GET ", ok!("canary"))], "its answer is no JSON object"),
    ] {
        let (address, _asked) = service(answers).await;
        let error = refused(&[("AWS_EC2_METADATA_SERVICE_ENDPOINT", &format!("http://{address}"))], Aws).await;
        let begin =
            "no AWS keys in the environment, in the shared files or from a container; the EC2 metadata service: ";
        assert_eq!(error, format!("{begin}{why}"));
    }
}

#[tokio::test]
async fn what_is_wrong_with_an_answer_is_said_without_it() {
    for (answer, why) in [
        ("HTTP/1.1 200 OK\r\ncontent-length: 8\r\n\r\n\"canary\"", "its answer is no JSON object"),
        (ok!("{\"SecretAccessKey\":\"canary\""), "its answer is no JSON object"),
        (ok!("\u{0}"), "its answer is no JSON object"),
        (
            "HTTP/1.1 302 Found\r\nlocation: http://127.0.0.1/canary\r\ncontent-length: 0\r\n\r\n",
            "it answers with the status 302",
        ),
        (
            "HTTP/1.1 403 Forbidden\r\nconnection: close\r\n\r\n{\"code\":\"AccessDenied\",\"message\":\"canary, canary\"}",
            "it answers with the status 403 (AccessDenied)",
        ),
        (
            ok!(r#"{"AccessKeyId":"canary","SecretAccessKey":"canary","Token":"canary"}"#),
            "its answer holds no time at which the keys end",
        ),
        (
            ok!(r#"{"AccessKeyId":"canary","SecretAccessKey":"canary","Token":"canary","Expiration":"soon canary"}"#),
            "its answer holds no time at which the keys end",
        ),
        (
            ok!(
                r#"{"AccessKeyId":"canary","SecretAccessKey":"canary","Token":null,"Expiration":"2050-01-02T03:04:05Z"}"#
            ),
            "its answer holds no session token",
        ),
        (ok!(r#"{"AccessKeyId":"canary","SecretAccessKey":""}"#), "its answer holds no secret access key"),
        (ok!(r#"{"AccessKeyId":["canary"]}"#), "its answer holds no access key"),
    ] {
        let address = always(answer).await;
        let error = refused(&[("AWS_CONTAINER_CREDENTIALS_FULL_URI", &format!("http://{address}/"))], Aws).await;
        assert_eq!(error, format!("the AWS credentials of the container: {why}"));
    }
}

async fn always(answer: &'static str) -> SocketAddr {
    upstream(move |_, mut stream| async move {
        read_request(&mut stream).await;
        write(&mut stream, answer).await;
    })
    .await
}

#[tokio::test]
async fn an_answer_without_an_end_is_not_waited_for() {
    let address = upstream(|_, mut stream| async move {
        read_request(&mut stream).await;
        write(&mut stream, "HTTP/1.1 200 OK\r\n\r\n").await;
        for _ in 0..1000 {
            write(&mut stream, &"canary".repeat(1000)).await;
        }
        std::future::pending().await
    })
    .await;
    let began = Instant::now();
    let error = refused(&[("AWS_CONTAINER_CREDENTIALS_FULL_URI", &format!("http://{address}/"))], Aws).await;
    assert_eq!(error, "the AWS credentials of the container: its answer is too large");
    assert!(began.elapsed() < Duration::from_secs(3));
}

#[tokio::test]
async fn a_service_that_never_answers_is_given_up() {
    let address = upstream(|_, stream| async move {
        let _open = stream;
        std::future::pending().await
    })
    .await;
    let began = Instant::now();
    let error = refused(&[("AWS_EC2_METADATA_SERVICE_ENDPOINT", &format!("http://{address}"))], Aws).await;
    assert!(error.contains("it did not answer within 5s (from a container"), "{error}");
    assert!((4..7).contains(&began.elapsed().as_secs()));
}

#[tokio::test]
async fn nobody_there_is_said() {
    let error = refused(&[("AWS_EC2_METADATA_SERVICE_ENDPOINT", "http://127.0.0.1:1")], Aws).await;
    assert!(error.contains("the EC2 metadata service: no connection to 127.0.0.1:1: "), "{error}");
}

#[tokio::test]
async fn a_role_is_assumed_with_a_token_of_kubernetes() {
    const ANSWER: &str = ok!(r#"<AssumeRoleWithWebIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
  <AssumeRoleWithWebIdentityResult>
    <AssumedRoleUser><Arn>arn:aws:sts::1:assumed-role/r/gatelet</Arn></AssumedRoleUser>
    <Credentials>
      <SessionToken>canary-token</SessionToken>
      <SecretAccessKey>canary/secret</SecretAccessKey>
      <Expiration>2050-01-02T03:04:05Z</Expiration>
      <AccessKeyId>canary-id</AccessKeyId>
    </Credentials>
  </AssumeRoleWithWebIdentityResult>
</AssumeRoleWithWebIdentityResponse>"#);
    let (address, mut asked) = service(&[("POST / ", ANSWER)]).await;
    let (endpoint, token) = (format!("http://{address}"), file("web-identity", "a.b-c_d=\n"));
    let mut variables = vec![
        ("AWS_ROLE_ARN", "arn:aws:iam::1:role/r"),
        ("AWS_WEB_IDENTITY_TOKEN_FILE", token.as_str()),
        ("AWS_ENDPOINT_URL_STS", &endpoint),
        // The account's own role is not what is asked for.
        ("AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://127.0.0.1:1/"),
    ];
    assert_eq!(told(&variables, Aws).await, (TOLD.to_owned(), END));
    let request = soon(&mut asked).await.expect("a request");
    assert!(request.contains("\r\ncontent-type: application/x-www-form-urlencoded; charset=utf-8\r\n"), "{request}");
    let (_, body) = request.split_once("\r\n\r\n").expect("a body");
    assert_eq!(
        body,
        "Action=AssumeRoleWithWebIdentity&Version=2011-06-15&RoleArn=arn%3Aaws%3Aiam%3A%3A1%3Arole%2Fr\
         &RoleSessionName=gatelet&WebIdentityToken=a.b-c_d%3D"
    );

    let refusing = always(
        "HTTP/1.1 400 Bad Request\r\nconnection: close\r\n\r\n\
         <ErrorResponse><Error><Code>ExpiredTokenException</Code><Message>canary</Message></Error></ErrorResponse>",
    )
    .await;
    let refusing = format!("http://{refusing}");
    variables[2].1 = &refusing;
    assert_eq!(refused(&variables, Aws).await, "AWS STS: it answers with the status 400 (ExpiredTokenException)");
    variables[2].1 = "http://sts.example";
    assert_eq!(refused(&variables, Aws).await, "AWS_ENDPOINT_URL_STS must be an https URL");
    variables[2].1 = "";
    assert_eq!(refused(&variables, Aws).await, "AWS_REGION is not set: AWS STS cannot be asked for a role");
    variables[0].1 = "";
    assert_eq!(refused(&variables, Aws).await, "AWS_WEB_IDENTITY_TOKEN_FILE is set, but AWS_ROLE_ARN is not");
}

#[cfg(feature = "proxy")]
#[tokio::test]
async fn only_what_is_far_is_reached_through_the_proxy() {
    use gatelet_native::transport::{Options, Proxy};

    let (address, mut asked) =
        service(&[("CONNECT ", "HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")]).await;
    let token = file("proxied-token", "canary");
    let outward = || {
        let find = |name: &str| (name == "HTTPS_PROXY").then(|| format!("http://{address}"));
        let proxy = Proxy::from_environment(&find).expect("no error").map(std::sync::Arc::new);
        Options { proxy, ..Options::default() }
    };
    let far = platform::host_with(
        &[
            ("AWS_ROLE_ARN", "arn"),
            ("AWS_WEB_IDENTITY_TOKEN_FILE", &token),
            ("AWS_ENDPOINT_URL_STS", "https://sts.invalid"),
        ],
        outward(),
    );
    let error = far.ambient(Aws).await.expect_err("no keys").to_string();
    assert!(error.starts_with("AWS STS: no connection to sts.invalid: by the proxy"), "{error}");
    let request = soon(&mut asked).await.expect("a request");
    assert!(request.starts_with("CONNECT sts.invalid:443 HTTP/1.1\r\n") && !request.contains("canary"), "{request}");

    let near = [("AWS_CONTAINER_CREDENTIALS_FULL_URI", "https://credentials.invalid/")];
    platform::host_with(&near, outward()).ambient(Aws).await.expect_err("no keys");
    assert!(asked.try_recv().is_err());
}
