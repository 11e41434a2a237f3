//! AWS's published vectors.

use super::*;

/// As S3 is signed, whose paths are taken as they are; the gateway never calls it. (`get-space-unnormalized` is the same
/// in both ways.)
const OF_S3: [&str; 6] = [
    "get-relative-relative-unnormalized",
    "get-relative-unnormalized",
    "get-slash-dot-slash-unnormalized",
    "get-slash-pointless-dot-unnormalized",
    "get-slash-unnormalized",
    "get-slashes-unnormalized",
];

#[derive(Deserialize)]
struct Context {
    credentials: Credentials,
    region: String,
    service: String,
    timestamp: String,
    sign_body: bool,
    normalize: bool,
    #[serde(default)]
    omit_session_token: bool,
}

#[derive(Deserialize)]
struct Credentials {
    access_key_id: String,
    secret_access_key: String,
    token: Option<String>,
}

impl Context {
    /// Of a vector in the suite's old form, which has no such file: what the tests of aws-sigv4 sign it with.
    fn of_old_form(id: &str, secret: &str, region: &str, service: &str, timestamp: &str) -> Self {
        Self {
            credentials: Credentials { access_key_id: id.into(), secret_access_key: secret.into(), token: None },
            region: region.into(),
            service: service.into(),
            timestamp: timestamp.into(),
            sign_body: false,
            normalize: true,
            omit_session_token: false,
        }
    }
}

/// A request as the suite writes it down, signed.
struct Written {
    method: String,
    target: String,
    headers: Vec<(String, String)>,
    body: String,
}

fn read(text: &str) -> Written {
    let (head, body) = text.split_once("\n\n").unwrap_or((text, ""));
    // A header that goes on in the next line goes on after a space (RFC 9112, section 5.2).
    let head = head.replace("\n ", " ");
    let mut lines = head.lines();
    // The target of some has spaces in it, as no request has.
    let (method, rest) = lines.next().and_then(|line| line.split_once(' ')).expect("a request line");
    let target = rest.strip_suffix(" HTTP/1.1").unwrap_or(rest);
    let headers = lines
        .map(|line| line.split_once(':').expect("a header"))
        .map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()))
        .collect();
    Written { method: method.into(), target: target.into(), headers, body: body.into() }
}

impl Written {
    fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(given, _)| given == name).map(|(_, value)| value.as_str())
    }

    fn target(&self) -> Signable<'_> {
        let (path, query) = match self.target.split_once('?') {
            Some((path, query)) => (path, Some(query)),
            None => (self.target.as_str(), None),
        };
        Signable { method: &self.method, host: self.header("host").expect("a host"), path, query }
    }

    /// The headers as they were before it was signed.
    fn unsigned(&self) -> HeaderMap {
        let ours = ["authorization", "x-amz-date", "x-amz-security-token"];
        let mut headers = HeaderMap::new();
        for (name, value) in self.headers.iter().filter(|(name, _)| !ours.contains(&name.as_str())) {
            let name = HeaderName::from_bytes(name.as_bytes()).expect("a name");
            headers.append(name, HeaderValue::from_str(value).expect("a value"));
        }
        headers
    }
}

fn context(folder: &Path, name: &str) -> Context {
    match name {
        "double-encode-path" => Context::of_old_form(
            "ANOTREAL",
            "notrealrnrELgWzOk3IfjzDKtFBhDby",
            "us-east-1",
            "service",
            "20150830T123600Z",
        ),
        "double-url-encode" => Context::of_old_form(
            "AKIDEXAMPLE",
            "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
            "us-east-2",
            "lambda",
            "20210511T154045Z",
        ),
        _ => {
            let text = fs::read_to_string(folder.join("context.json")).expect("a context");
            serde_json::from_str(&text).expect("a context")
        }
    }
}

/// All that the suite signs is signed, as the SDKs do, and not what we choose; the rest is the signer itself.
#[test]
fn signatures_are_those_of_the_suite() {
    let mut names: Vec<String> = fs::read_dir(vectors().join("suite"))
        .expect("the suite")
        .map(|entry| entry.expect("an entry").file_name().into_string().expect("a name"))
        .collect();
    names.sort();
    assert_eq!(names.len(), 40);
    for name in names.iter().filter(|name| !OF_S3.contains(&name.as_str())) {
        check(name);
    }
    for name in OF_S3 {
        assert!(!context(&vectors().join("suite").join(name), name).normalize, "{name}");
    }
}

fn check(name: &str) {
    let folder = vectors().join("suite").join(name);
    let text = |file: &str| fs::read_to_string(folder.join(file)).expect(file);
    let context = context(&folder, name);
    let written = read(&text("header-signed-request.txt"));
    // A token that is left out of the signature is one that whoever signs does not know.
    let token = context.credentials.token.as_deref().filter(|_| !context.omit_session_token);
    let keys = keys(&context.credentials.access_key_id, &context.credentials.secret_access_key, token);
    let scope = Scope { region: &context.region, service: &context.service };
    let body = Spliced::from(Bytes::from(written.body.clone()));
    let mut headers = written.unsigned();
    let hash = String::from_utf8(body_hash(&body)).expect("a hash");
    assert_eq!(
        written.header("x-amz-content-sha256"),
        context.sign_body.then_some(hash.as_str()),
        "{name}: a header of the request's own, here"
    );
    sign_chosen(written.target(), &mut headers, &body, &keys, scope, moment(&context.timestamp), |_| true)
        .expect("a signature");

    let canonical = |mut headers: HeaderMap| {
        headers.remove(AUTHORIZATION);
        let canonical = Canonical::new(written.target(), &headers, |_| true, hash.as_bytes());
        String::from_utf8(canonical.text).expect("a text")
    };
    // This one's file is dated otherwise than the request that was signed.
    if name != "double-encode-path" {
        assert_eq!(canonical(headers.clone()), text("header-canonical-request.txt"), "{name}");
    }
    assert_eq!(headers[AUTHORIZATION], written.header("authorization").expect("a signature"), "{name}");
    assert_eq!(headers[DATE], written.header("x-amz-date").expect("a date"), "{name}");
    if let Some(token) = token {
        assert_eq!(headers[SECURITY_TOKEN], token, "{name}");
    }
}

/// Seconds since the Unix epoch, of `20150830T123600Z` or `2015-08-30T12:36:00Z`.
fn moment(text: &str) -> Duration {
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    let number = |from: usize, to: usize| digits[from..to].parse::<u64>().expect("a number");
    let date = (number(0, 4), number(4, 6), number(6, 8));
    let day = (0..40_000).find(|day| civil(*day) == date).expect("a day");
    Duration::from_secs(day * 86_400 + number(8, 10) * 3600 + number(10, 12) * 60 + number(12, 14))
}
