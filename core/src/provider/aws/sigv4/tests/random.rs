//! Random requests that botocore has signed.

use super::*;

#[derive(Deserialize)]
struct Case {
    method: String,
    url: String,
    headers: Vec<(String, String)>,
    body: String,
    access_key_id: String,
    secret_access_key: String,
    session_token: Option<String>,
    region: String,
    service: String,
    now: u64,
    date: String,
    authorization: String,
}

fn cases() -> Vec<Case> {
    let text = fs::read_to_string(vectors().join("random_requests.json")).expect("the cases");
    serde_json::from_str(&text).expect("cases")
}

impl Case {
    fn headers(&self) -> HeaderMap {
        let pair = |(name, value): &(String, String)| (name.parse().expect("a name"), value.parse().expect("a value"));
        let mut headers = HeaderMap::new();
        for (name, value) in self.headers.iter().map(pair) {
            headers.append::<HeaderName>(name, value);
        }
        headers
    }

    fn sign(&self, headers: &mut HeaderMap, body: &Spliced) {
        let keys = keys(&self.access_key_id, &self.secret_access_key, self.session_token.as_deref());
        let scope = Scope { region: &self.region, service: &self.service };
        let method = self.method.parse().expect("a method");
        let uri = self.url.parse().expect("a URI");
        sign(&method, &uri, headers, body, &keys, scope, Duration::from_secs(self.now)).expect("a signature");
    }
}

#[test]
fn signatures_are_those_of_botocore() {
    let cases = cases();
    assert_eq!(cases.len(), 200);
    for case in &cases {
        let mut headers = case.headers();
        case.sign(&mut headers, &Spliced::from(Bytes::from(case.body.clone())));
        let authorization = headers[AUTHORIZATION].to_str().expect("a text");
        assert_eq!(authorization, case.authorization, "{} {}", case.method, case.url);
        assert_eq!(headers[DATE], case.date);
        let token = headers.get(SECURITY_TOKEN).map(|token| token.to_str().expect("a text"));
        assert_eq!(token, case.session_token.as_deref());
        for (name, value) in &headers {
            let ours = *name == AUTHORIZATION || *name == SECURITY_TOKEN;
            assert_eq!(value.is_sensitive(), ours, "{name}");
        }
    }
}

/// The second time with whatever the first has left: other keys, another moment.
#[test]
fn a_request_can_be_signed_again() {
    let cases = cases();
    for (case, other) in cases.iter().zip(cases.iter().skip(1)) {
        let body = Spliced::from(Bytes::from(case.body.clone()));
        let mut headers = case.headers();
        other.sign(&mut headers, &body);
        case.sign(&mut headers, &body);
        assert_eq!(headers[AUTHORIZATION], case.authorization);
        assert_eq!(headers.get(SECURITY_TOKEN).is_some(), case.session_token.is_some());
    }
}
