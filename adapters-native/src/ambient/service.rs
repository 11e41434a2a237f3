//! A service that is asked who the gateway is: the little HTTP that it takes.

use std::borrow::Cow;
use std::future::poll_fn;
use std::net::IpAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use gatelet_core::host::{IdentityError, Outgoing};
use gatelet_core::wire::json;
use http::uri::Scheme;
use http::{HeaderMap, HeaderValue, Method, Request, StatusCode, Uri};
use http_body::Body as _;
use tokio::time::{Instant, timeout_at};

use super::Surroundings;
use crate::transport::{Body, Exchange, Options, Transport};

/// How long a connection may take to a service on this machine's network. On a machine that has none, nobody answers.
const CONNECT: Duration = Duration::from_secs(1);
/// How long the service may take for all that it is asked.
const PATIENCE: Duration = Duration::from_secs(5);
/// The largest answer: the longest tokens are a few kilobytes.
const LARGEST: usize = 64 << 10;

/// The services that lend a container its role in AWS: of ECS, and of EKS by either version of IP.
pub(super) const NEARBY: [&str; 3] = ["169.254.170.2", "169.254.170.23", "fd00:ec2::23"];

/// A service, for the time of one question.
pub(super) struct Service {
    what: &'static str,
    transport: Transport<Body>,
    deadline: Instant,
}

/// What a service has answered.
pub(super) struct Answer {
    pub(super) headers: HeaderMap,
    pub(super) text: String,
}

impl Service {
    /// A service on this machine's own network: never reached through a proxy. `what` it is called in errors.
    pub(super) fn near(what: &'static str, surroundings: &Surroundings) -> Self {
        let options = Options {
            tls: Arc::clone(&surroundings.outward.tls),
            #[cfg(feature = "proxy")]
            proxy: None,
        };
        Self::new(what, options, CONNECT)
    }

    /// A service somewhere on the internet, as upstreams are reached.
    pub(super) fn far(what: &'static str, surroundings: &Surroundings) -> Self {
        let options = Options {
            tls: Arc::clone(&surroundings.outward.tls),
            #[cfg(feature = "proxy")]
            proxy: surroundings.outward.proxy.clone(),
        };
        Self::new(what, options, PATIENCE)
    }

    fn new(what: &'static str, options: Options, connect: Duration) -> Self {
        let transport = Transport::new(options);
        transport.set_connect_timeout(connect);
        Self { what, transport, deadline: Instant::now() + PATIENCE }
    }

    /// Asks, and expects the status 200.
    pub(super) async fn get(&self, url: &str, headers: &[(&'static str, &str)]) -> Result<Answer, IdentityError> {
        self.send(Method::GET, url, headers, Bytes::new()).await
    }

    /// Sends a form, and expects the status 200.
    pub(super) async fn post(&self, url: &str, form: String) -> Result<Answer, IdentityError> {
        let headers = [("content-type", "application/x-www-form-urlencoded; charset=utf-8")];
        self.send(Method::POST, url, &headers, form.into()).await
    }

    /// Asks, and expects the status 200. Redirects are not followed.
    pub(super) async fn send(
        &self,
        method: Method,
        url: &str,
        headers: &[(&'static str, &str)],
        body: Bytes,
    ) -> Result<Answer, IdentityError> {
        let mut request = Request::new(Outgoing::Full(body.into()));
        *request.method_mut() = method;
        let uri = url.parse::<Uri>().ok().filter(|uri| uri.scheme().is_some());
        *request.uri_mut() = uri.ok_or_else(|| self.error("its address is no URL"))?;
        for (name, value) in headers {
            let mut value = HeaderValue::from_str(value)
                .map_err(|_| self.error(&format!("what is to be sent as `{name}` is no header's value")))?;
            value.set_sensitive(true);
            request.headers_mut().insert(*name, value);
        }
        match timeout_at(self.deadline, self.exchange(request)).await {
            Ok(answer) => answer,
            Err(_) => Err(self.error(&format!("it did not answer within {PATIENCE:?}"))),
        }
    }

    async fn exchange(&self, request: Request<Outgoing<Body>>) -> Result<Answer, IdentityError> {
        let answer = self.transport.send(request).await.map_err(|error| self.error(error.detail()))?;
        let (head, mut body) = answer.into_parts();
        let mut bytes = Vec::new();
        while let Some(frame) = poll_fn(|context| Pin::new(&mut body).poll_frame(context)).await {
            let frame = frame.map_err(|error| self.error(error.detail()))?;
            bytes.extend_from_slice(frame.data_ref().map_or(&[], |data| data));
            if bytes.len() > LARGEST {
                return Err(self.error("its answer is too large"));
            }
        }
        let text = String::from_utf8(bytes).map_err(|_| self.error("its answer is not in UTF-8"))?;
        if head.status != StatusCode::OK {
            let code = code(&text).map(|code| format!(" ({code})")).unwrap_or_default();
            return Err(self.error(&format!("it answers with the status {}{code}", head.status.as_u16())));
        }
        Ok(Answer { headers: head.headers, text })
    }

    /// What is wrong with the service.
    pub(super) fn error(&self, why: &str) -> IdentityError {
        IdentityError::new(format!("{}: {why}", self.what))
    }
}

/// The code of an error, in JSON or XML: the only thing of an answer that is repeated, and only if it looks like one.
fn code(text: &str) -> Option<String> {
    let codes = json::pick(text, ["error", "code", "Code"]).unwrap_or_default();
    let code = codes.into_iter().find_map(json::string).or_else(|| element(text, "Code").map(Cow::Borrowed))?;
    let is_name = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.');
    ((1..=64).contains(&code.len()) && code.bytes().all(is_name)).then(|| code.into_owned())
}

/// Whether an address that a variable names may be told a secret, or be asked for one: in the clear only what is on this machine.
pub(super) fn may_be_asked(url: &str) -> bool {
    let Ok(uri) = url.parse::<Uri>() else { return false };
    let (Some(scheme), Some(authority)) = (uri.scheme(), uri.authority()) else { return false };
    if authority.as_str().contains('@') {
        return false;
    }
    let host = authority.host().trim_start_matches('[').trim_end_matches(']');
    let is_near = host == "localhost"
        || host.parse::<IpAddr>().is_ok_and(|address| {
            address.to_canonical().is_loopback() || NEARBY.iter().any(|known| known.parse() == Ok(address))
        });
    *scheme == Scheme::HTTPS || *scheme == Scheme::HTTP && is_near
}

/// What stands in the first element of that name, if it is nothing but text.
pub(super) fn element<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    let (_, inside) = text.split_once(&format!("<{name}>"))?;
    let (inside, _) = inside.split_once(&format!("</{name}>"))?;
    let inside = inside.trim();
    (!inside.contains(['<', '&'])).then_some(inside)
}

#[cfg(test)]
mod tests {
    use super::{code, may_be_asked};

    #[test]
    fn repeats_codes_alone() {
        assert_eq!(
            code(r#"{"error":"invalid_request","error_description":"canary"}"#).as_deref(),
            Some("invalid_request")
        );
        assert_eq!(
            code(r#"{"Code":"AssumeRoleUnauthorizedAccess","Message":"canary"}"#).as_deref(),
            Some("AssumeRoleUnauthorizedAccess")
        );
        for text in [
            "",
            "canary",
            "[1]",
            r#"{"error":{"code":"x"}}"#,
            r#"{"code":400}"#,
            r#"{"error":"a canary, in words"}"#,
            r#"{"error":""}"#,
        ] {
            assert_eq!(code(text), None, "{text}");
        }
    }

    #[test]
    fn secrets_pass_nearby_or_over_tls() {
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
