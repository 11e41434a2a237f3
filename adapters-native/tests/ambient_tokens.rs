//! Access tokens of Google Cloud and Azure, from the services that have them.

#![cfg(feature = "machine-identity")]
#![allow(clippy::expect_used, clippy::indexing_slicing, clippy::panic, reason = "a test fails by panicking")]

mod platform;
mod upstream;

use std::time::Duration;

use gatelet_core::host::Identity::{Azure, Google};
use platform::{file, from_now, refused, service, told};
use upstream::soon;

#[tokio::test]
async fn google_tells_the_token_of_the_service_account() {
    let (address, mut asked) = service(&[(
        "GET /computeMetadata/v1/instance/service-accounts/default/token?scopes=https%3A%2F%2Fwww.googleapis.com%2Fauth%2Fcloud-platform ",
        ok!(r#"{"access_token":"canary.token","expires_in":3599,"token_type":"Bearer"}"#),
    )])
    .await;
    let host = address.to_string();
    for variable in ["GCE_METADATA_HOST", "GCE_METADATA_ROOT"] {
        let (token, until) = told(&[(variable, &host)], Google).await;
        assert_eq!(token, "canary.token");
        assert!((3590..=3599).contains(&from_now(until)));
        let request = soon(&mut asked).await.expect("a request");
        assert!(request.contains("\r\nmetadata-flavor: Google\r\n"), "{request}");
    }
}

#[tokio::test]
async fn google_is_believed_only_if_it_answers_as_documented() {
    for (answer, why) in [
        (
            "HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n{\"access_token\":\"canary\",\"expires_in\":3599}",
            "what answers there is another server",
        ),
        (ok!(r#"{"access_token":"","expires_in":3599}"#), "its answer holds no `access_token`"),
        (ok!(r#"{"access_token":"canary"}"#), "its answer does not say when the token ends"),
        (ok!(r#"{"access_token":"canary","expires_in":-1}"#), "its answer does not say when the token ends"),
        (ok!(r#"["canary"]"#), "its answer is no JSON object"),
        (
            "HTTP/1.1 301 Moved\r\nlocation: http://canary.example\r\ncontent-length: 0\r\n\r\n",
            "it answers with the status 301",
        ),
    ] {
        let (address, _asked) = service(Box::leak(Box::new([("GET ", answer)]))).await;
        let error = refused(&[("GCE_METADATA_HOST", &address.to_string())], Google).await;
        assert_eq!(error, format!("the metadata server of Google Cloud: {why}"));
    }
    let error = refused(&[("GCE_METADATA_HOST", "127.0.0.1:1")], Google).await;
    assert!(error.starts_with("the metadata server of Google Cloud: no connection to 127.0.0.1:1: "), "{error}");
}

const QUERY: &str = "&resource=https%3A%2F%2Fcognitiveservices.azure.com";

#[tokio::test]
async fn azure_tells_the_token_of_the_machine() {
    let (address, mut asked) = service(&[(
        "GET /metadata/identity/oauth2/token?api-version=2018-02-01&resource=",
        ok!(r#"{"access_token":"canary.token","expires_in":"3599","expires_on":"2524705445","resource":"r","token_type":"Bearer"}"#),
    )])
    .await;
    let url = format!("http://{address}/");
    let mut variables = vec![("AZURE_POD_IDENTITY_AUTHORITY_HOST", url.as_str())];
    let end = Some(Duration::from_secs(2_524_705_445));
    assert_eq!(told(&variables, Azure).await, ("canary.token".to_owned(), end));
    let request = soon(&mut asked).await.expect("a request");
    assert!(request.lines().next().is_some_and(|line| line.ends_with(&format!("{QUERY} HTTP/1.1"))), "{request}");
    assert!(request.contains("\r\nmetadata: true\r\n"), "{request}");

    variables.push(("AZURE_CLIENT_ID", "0a1b-2c&x=y"));
    assert_eq!(told(&variables, Azure).await.1, end);
    let request = soon(&mut asked).await.expect("a request");
    assert!(request.contains(&format!("{QUERY}&client_id=0a1b-2c%26x%3Dy HTTP/1.1\r\n")), "{request}");
}

#[tokio::test]
async fn azure_tells_the_token_of_the_app() {
    let (address, mut asked) = service(&[(
        "GET /msi/token?api-version=2019-08-01&resource=",
        ok!(r#"{"access_token":"canary.token","expires_on":2524705445,"client_id":"c"}"#),
    )])
    .await;
    let url = format!("http://{address}/msi/token");
    let mut variables = vec![
        ("IDENTITY_ENDPOINT", url.as_str()),
        ("IDENTITY_HEADER", "canary-header"),
        ("AZURE_POD_IDENTITY_AUTHORITY_HOST", "http://127.0.0.1:1"),
    ];
    assert_eq!(told(&variables, Azure).await, ("canary.token".to_owned(), Some(Duration::from_secs(2_524_705_445))));
    let request = soon(&mut asked).await.expect("a request");
    assert!(request.contains("\r\nx-identity-header: canary-header\r\n"), "{request}");
    variables[1].1 = "canary\u{7f}";
    let error = refused(&variables, Azure).await;
    assert_eq!(
        error,
        "the managed identity of the app: what is to be sent as `x-identity-header` is no header's value"
    );
}

#[tokio::test]
async fn azure_says_what_is_wrong() {
    for (answer, why) in [
        (ok!(r#"{"access_token":"canary","expires_on":"tomorrow"}"#), "its answer does not say when the token ends"),
        (ok!(r#"{"token":"canary"}"#), "its answer holds no `access_token`"),
        (ok!("<html>canary</html>"), "its answer is no JSON object"),
        (
            "HTTP/1.1 400 Bad Request\r\nconnection: close\r\n\r\n{\"error\":\"invalid_request\",\"error_description\":\"canary\"}",
            "it answers with the status 400 (invalid_request)",
        ),
    ] {
        let (address, _asked) = service(Box::leak(Box::new([("GET ", answer)]))).await;
        let error = refused(&[("AZURE_POD_IDENTITY_AUTHORITY_HOST", &format!("http://{address}"))], Azure).await;
        assert_eq!(error, format!("the metadata service of the Azure machine: {why}"));
    }
    for (variables, what) in [
        (&[("IDENTITY_ENDPOINT", "canary"), ("IMDS_ENDPOINT", "canary")][..], "Azure Arc"),
        (
            &[("IDENTITY_ENDPOINT", "canary"), ("IDENTITY_HEADER", "canary"), ("IDENTITY_SERVER_THUMBPRINT", "canary")],
            "Service Fabric",
        ),
        (&[("MSI_ENDPOINT", "canary")], "Cloud Shell and Machine Learning"),
    ] {
        let error = refused(variables, Azure).await;
        assert_eq!(error, format!("the managed identity of {what} is not supported: configure the provider's key"));
    }
    let error = refused(&[("IDENTITY_ENDPOINT", "canary"), ("IDENTITY_HEADER", "canary")], Azure).await;
    assert_eq!(error, "the managed identity of the app: its address is no URL");
}

#[tokio::test]
async fn azure_knows_a_workload_by_the_token_of_its_cluster() {
    let (address, mut asked) = service(&[(
        "POST /a-tenant/oauth2/v2.0/token ",
        ok!(r#"{"token_type":"Bearer","expires_in":3599,"ext_expires_in":3599,"access_token":"canary.token"}"#),
    )])
    .await;
    let (authority, path) = (format!("http://{address}/"), file("workload-token", "canary.of.cluster\n"));
    let mut variables = vec![
        ("AZURE_AUTHORITY_HOST", authority.as_str()),
        ("AZURE_TENANT_ID", "a-tenant"),
        ("AZURE_CLIENT_ID", "a-client"),
        ("AZURE_FEDERATED_TOKEN_FILE", &path),
        ("AZURE_POD_IDENTITY_AUTHORITY_HOST", "http://127.0.0.1:1"),
    ];
    let (token, until) = told(&variables, Azure).await;
    assert_eq!(token, "canary.token");
    assert!((3590..=3599).contains(&from_now(until)));
    let request = soon(&mut asked).await.expect("a request");
    let (_, body) = request.split_once("\r\n\r\n").expect("a body");
    assert_eq!(
        body,
        "grant_type=client_credentials&client_id=a-client&scope=https%3A%2F%2Fcognitiveservices.azure.com%2F.default\
         &client_assertion_type=urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3Ajwt-bearer&client_assertion=canary.of.cluster"
    );

    variables[1].1 = "../another";
    assert_eq!(refused(&variables, Azure).await, "Entra ID: it answers with the status 404");
    let request = soon(&mut asked).await.expect("a request");
    assert!(request.starts_with("POST /..%2Fanother/oauth2/v2.0/token HTTP/1.1\r\n"), "{request}");
    variables[0].1 = "http://login.example";
    assert_eq!(refused(&variables, Azure).await, "AZURE_AUTHORITY_HOST must be an https URL");
    variables[3].1 = "/nowhere/token";
    let error = refused(&variables, Azure).await;
    assert!(error.starts_with("AZURE_FEDERATED_TOKEN_FILE names no file that can be read: "), "{error}");
    // Not all of it: then it is the machine's identity that is meant.
    variables[1].1 = "";
    let error = refused(&variables, Azure).await;
    assert!(error.starts_with("the metadata service of the Azure machine: no connection to 127.0.0.1:1: "), "{error}");
}
