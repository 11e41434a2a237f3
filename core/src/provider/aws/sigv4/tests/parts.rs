//! What the vectors do not show.

use super::*;
use crate::wire::splice::{Edit, splice};

const URL: &str = "https://bedrock-runtime.eu-west-1.amazonaws.com/model/amazon.nova-lite-v1%3A0/converse";
const SCOPE: Scope<'static> = Scope { region: "eu-west-1", service: "bedrock" };

fn signed(url: &str, keys: &AwsKeys, body: &Spliced) -> Result<HeaderMap, Error> {
    let mut headers = HeaderMap::new();
    let uri = url.parse().expect("a URI");
    sign(&Method::POST, &uri, &mut headers, body, keys, SCOPE, Duration::from_secs(1_440_938_160))?;
    Ok(headers)
}

#[test]
fn a_body_in_pieces_is_signed_as_one() {
    let whole = Bytes::from(vec![b'x'; 100_000]);
    let edit = |at: usize| Edit { span: at..at + 1, bytes: Bytes::from_static(b"longer") };
    let pieces = splice(&whole, &[edit(3), edit(50_000), edit(70_000)]);
    assert_eq!(pieces.pieces().count(), 7);
    let keys = keys("AKID", "secret", None);
    let joined = Spliced::from(pieces.clone().joined());
    let of_pieces = signed(URL, &keys, &pieces).expect("a signature");
    assert_eq!(of_pieces, signed(URL, &keys, &joined).expect("a signature"));
    assert_ne!(of_pieces, signed(URL, &keys, &Spliced::from(whole)).expect("a signature"));
}

/// The secret is nowhere, the token in its own header, the id in the signature's; and `Debug` shows none of them.
#[test]
fn keys_are_where_they_belong() {
    let keys = keys("AKIDCANARY", "secret-canary", Some("token-canary"));
    let headers = signed(URL, &keys, &Spliced::default()).expect("a signature");
    let holds = |canary: &str| -> Vec<&str> {
        let held = headers.iter().filter(|(_, value)| value.to_str().is_ok_and(|text| text.contains(canary)));
        held.map(|(name, _)| name.as_str()).collect()
    };
    assert_eq!(holds("secret-canary"), [""; 0]);
    assert_eq!(holds("token-canary"), ["x-amz-security-token"]);
    assert_eq!(holds("AKIDCANARY"), ["authorization"]);
    let shown = format!("{headers:?} {keys:?}");
    assert!(!shown.to_ascii_lowercase().contains("canary"), "{shown}");
    assert!(!shown.contains("Signature"), "{shown}");
}

#[test]
fn what_cannot_be_signed_is_an_error_that_tells_no_secret() {
    let good = keys("AKID", "secret", None);
    assert_eq!(signed("/model/x/converse", &good, &Spliced::default()).expect_err("no host").class, Class::Internal);
    for keys in [keys("AKID\ncanary", "secret", None), keys("AKID", "secret", Some("token\u{7f}canary"))] {
        let error = signed(URL, &keys, &Spliced::default()).expect_err("no header");
        assert_eq!(error.class, Class::UpstreamAuth);
        assert!(!format!("{error:?}").contains("canary"), "{error:?}");
    }
}

/// Beside the ones of S3, which are not taken, AWS asks for these to be signed and for no others.
#[test]
fn what_others_may_change_is_not_signed() {
    for (name, expected) in [
        ("content-type", true),
        ("x-amz-date", true),
        ("x-amzn-bedrock-trace", true),
        ("x-amzn-trace-id", false),
        ("authorization", false),
        ("user-agent", false),
        ("accept", false),
        ("accept-encoding", false),
        ("content-length", false),
        ("transfer-encoding", false),
        ("expect", false),
        ("connection", false),
        ("traceparent", false),
        ("anthropic-beta", false),
    ] {
        assert_eq!(is_signed(&HeaderName::from_static(name)), expected, "{name}");
    }
}
