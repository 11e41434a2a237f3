//! One exchange with an upstream: through `fetch`, or through a binding.

use std::future::poll_fn;

use bytes::Buf;
use gatelet_core::host::{Outgoing, SendError, SendErrorKind};
use gatelet_core::provider::BINDING;
use http::header::{CONTENT_ENCODING, CONTENT_LENGTH};
use http::uri::PathAndQuery;
use http::{HeaderMap, Request, Response, StatusCode};
use js_sys::Uint8Array;
use wasm_bindgen::JsValue;

use crate::abort::Abort;
use crate::body::Incoming;
use crate::head;
use crate::javascript;
use crate::promised::Promised;

/// Sends the request and waits for the answer's head. Redirects come back as they are; dropping the future, or the
/// answer's body, aborts the exchange.
pub(crate) async fn exchange(
    env: &JsValue,
    request: Request<Outgoing<Incoming>>,
) -> Result<Response<Incoming>, SendError> {
    let (parts, body) = request.into_parts();
    let (mut exchange, signal) = Abort::new();
    let mut body = Some(body_of(body)?);
    let answer = Promised::new();
    let answered = poll_fn(|context| {
        answer.poll(context, |callbacks| {
            let body = body.take().unwrap_or_default();
            let (answered, failed) = (&callbacks.kept, &callbacks.broken);
            if parts.uri.scheme_str() == Some(BINDING) {
                let binding = javascript::get(env, parts.uri.host().unwrap_or_default())?;
                let target = parts.uri.path_and_query().map_or("", PathAndQuery::as_str);
                return javascript::ask(&binding, target, &body, &signal, answered, failed);
            }
            let headers = head::write(&parts.headers);
            let init = format!(r#"{{"method":"{}","redirect":"manual","headers":{headers}}}"#, parts.method);
            javascript::send(&parts.uri.to_string(), &init, &body, &signal, answered, failed)
        })
    });
    let answer: javascript::Response = match answered.await {
        Ok(answer) => answer,
        Err(error) => {
            exchange.disarm();
            return Err(failed(&error));
        }
    };
    let (status, mut headers) = head::response(&answer);
    let status = StatusCode::from_u16(status)
        .map_err(|_| SendError::new(SendErrorKind::Head, true, "the answer's status is not one"))?;
    let length = length_of(&headers);
    let length = if decoded(&mut headers) { None } else { length };
    let mut response = Response::new(Incoming::of_answer(answer.into(), length, exchange));
    *response.status_mut() = status;
    *response.headers_mut() = headers;
    Ok(response)
}

/// The length that the head announces.
pub(crate) fn length_of(headers: &HeaderMap) -> Option<u64> {
    headers.get(CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

fn body_of(body: Outgoing<Incoming>) -> Result<JsValue, SendError> {
    match body {
        Outgoing::Full(body) if !body.has_remaining() => Ok(JsValue::UNDEFINED),
        Outgoing::Full(body) => Ok(Uint8Array::new_from_slice(&body.joined()).into()),
        Outgoing::Stream(body) => match body.into_stream() {
            Some(stream) => Ok(stream),
            None => Err(unsent("the request's body has been read")),
        },
    }
}

/// Whether the runtime has decoded the body: it does so for the encodings it knows, and leaves the header in place.
fn decoded(headers: &mut HeaderMap) -> bool {
    let known = headers.get(CONTENT_ENCODING).is_some_and(|coding| coding == "gzip" || coding == "br");
    if known {
        headers.remove(CONTENT_ENCODING);
        headers.remove(CONTENT_LENGTH);
    }
    known
}

fn unsent(detail: &str) -> SendError {
    SendError::new(SendErrorKind::Cancelled, false, detail)
}

/// What a rejected `fetch` means. The runtime does not tell a refused connection from a lost one, so the request may
/// have reached the upstream; its message may hold the URL and is not repeated.
fn failed(error: &JsValue) -> SendError {
    let message = javascript::get(error, "message").ok().and_then(|message| message.as_string()).unwrap_or_default();
    let (kind, sent, detail) = if message.contains("Too many subrequests") {
        (SendErrorKind::Connect, false, "the platform's limit of outgoing requests is reached")
    } else {
        (SendErrorKind::Head, true, "the connection could not be made or was lost")
    };
    SendError::new(kind, sent, detail)
}
