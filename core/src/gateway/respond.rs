//! The head of an answer.

use http::header::{ALLOW, CACHE_CONTROL, CONTENT_LENGTH, CONTENT_TYPE, HeaderName, HeaderValue, RETRY_AFTER, UPGRADE};
use http::{HeaderMap, Response, StatusCode};

use crate::dialect::{Dialect, wait};
use crate::error::{Class, Error};
use crate::policy::headers;
use crate::store::RequestId;

/// An answer's head and what a whole one holds.
pub(crate) type Head = Response<()>;

/// The head of an answer that the gateway makes itself.
pub(crate) fn own(status: StatusCode) -> Head {
    let mut head = Response::new(());
    *head.status_mut() = status;
    head.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    head
}

/// The head of an error answer.
pub(crate) fn error(error: &Error, dialect: Dialect) -> Head {
    let mut head =
        own(StatusCode::from_u16(error.class.status_for(dialect)).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR));
    let headers = head.headers_mut();
    if let Some(allow) = error.allow {
        headers.insert(ALLOW, HeaderValue::from_static(allow));
    }
    if let Some(after) = error.retry_after {
        headers.insert(RETRY_AFTER, HeaderValue::from(wait::whole_seconds(after)));
        let milliseconds = u64::try_from(after.as_millis()).unwrap_or(u64::MAX);
        headers.insert("retry-after-ms", HeaderValue::from(milliseconds));
    }
    if let Some(retry) = error.should_retry {
        headers.insert("x-should-retry", HeaderValue::from_static(if retry { "true" } else { "false" }));
    }
    match error.class {
        // RFC 9110 section 15.5.22: the answer must say what is spoken.
        Class::UpgradeRequired => {
            headers.insert(UPGRADE, HeaderValue::from_static("HTTP/1.1"));
        }
        // The caller cannot mend it by trying again.
        Class::UpstreamAuth | Class::UpstreamQuota | Class::Misconfigured => {
            headers.insert("x-should-retry", HeaderValue::from_static("false"));
        }
        _ => {}
    }
    head
}

/// The head of an upstream's answer, on its way to the client.
pub(crate) fn relayed(status: StatusCode, upstream: &HeaderMap) -> Head {
    let mut head = Response::new(());
    *head.status_mut() = status;
    head.headers_mut().reserve(12);
    headers::to_client(upstream, head.headers_mut());
    head
}

/// Makes the head a stream's: nothing in between may hold it back or change it.
pub(crate) fn streamed(head: &mut Head) {
    head.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-cache, no-transform"));
    head.headers_mut().insert(HeaderName::from_static("x-accel-buffering"), HeaderValue::from_static("no"));
}

/// Puts the request's id on the answer: under our own name, and under the dialect's where the upstream's is not there.
pub(crate) fn identify(head: &mut Head, dialect: Dialect, request: RequestId) {
    let Ok(id) = HeaderValue::from_bytes(&request.text()) else { return };
    let name = HeaderName::from_static(dialect.request_id_header());
    head.headers_mut().entry(name).or_insert_with(|| id.clone());
    head.headers_mut().insert(HeaderName::from_static("x-gatelet-request-id"), id);
}

/// Makes the answer one to `HEAD`: the same head, and no body.
pub(crate) fn without_body(head: &mut Head, length: usize) {
    head.headers_mut().insert(CONTENT_LENGTH, HeaderValue::from(length));
}
