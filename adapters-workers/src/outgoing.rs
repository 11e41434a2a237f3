//! The core's answer as the platform's response.

use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use bytes::Bytes;
use http::{HeaderMap, Response, StatusCode};
use http_body::Body;
use js_sys::Uint8Array;
use wasm_bindgen::JsValue;

use crate::client::Client;
use crate::host::Reply;
use crate::javascript::respond;
use crate::tail::{Owned, Tail};
use crate::{head, stream};

/// What goes out once the client has gone, and nobody reads: the convention for it.
const CLIENT_CLOSED_REQUEST: u16 = 499;

/// The answer to a client that is there. `bare` leaves the body out, as the answer to `HEAD` must.
pub(crate) fn response(
    answer: Response<Reply>,
    bare: bool,
    client: Client,
    tail: &Rc<Tail>,
) -> Result<JsValue, JsValue> {
    let (parts, body) = answer.into_parts();
    let mut body = tail.own(body);
    let init = init(status(parts.status), &parts.headers);
    let body = if bare || is_null_body(parts.status) {
        finish(&mut body);
        JsValue::NULL
    } else {
        match whole(&mut body) {
            Whole::Complete(bytes) => Uint8Array::new_from_slice(&bytes).into(),
            Whole::Not(ahead) => stream::of(body, ahead, client),
        }
    };
    respond(&body, &init)
}

/// The answer to a request that cannot be read.
pub(crate) fn unreadable() -> Result<JsValue, JsValue> {
    respond(&JsValue::NULL, &init(400, &HeaderMap::new()))
}

/// The answer to a client that has gone.
pub(crate) fn nobody() -> Result<JsValue, JsValue> {
    respond(&JsValue::NULL, &init(CLIENT_CLOSED_REQUEST, &HeaderMap::new()))
}

/// The answer where the runtime refused the one that was meant.
pub(crate) fn failed() -> Result<JsValue, JsValue> {
    respond(&JsValue::NULL, &init(500, &HeaderMap::new()))
}

fn init(status: u16, headers: &HeaderMap) -> String {
    format!(r#"{{"status":{status},"headers":{}}}"#, head::write(headers))
}

/// The status, if a `Response` can carry it: 200 to 599, or it throws.
fn status(status: StatusCode) -> u16 {
    match status.as_u16() {
        status @ 200..=599 => status,
        _ => StatusCode::BAD_GATEWAY.as_u16(),
    }
}

/// Statuses that a `Response` refuses a body with. <https://fetch.spec.whatwg.org/#null-body-status>
fn is_null_body(status: StatusCode) -> bool {
    matches!(status.as_u16(), 101 | 103 | 204 | 205 | 304)
}

enum Whole {
    /// The body, complete.
    Complete(Bytes),
    /// A body that has yet to come, and what was there already.
    Not(Option<Bytes>),
}

/// Takes a body that is there at once and of known length; the runtime then sends it with its length and in one piece.
fn whole(body: &mut Owned<Reply>) -> Whole {
    let length = body.with(|body| body.size_hint().exact()).flatten();
    match length {
        None => Whole::Not(None),
        Some(length) => match ready(body) {
            Some(bytes) if bytes.len() as u64 == length => {
                finish(body);
                Whole::Complete(bytes)
            }
            ahead => Whole::Not(ahead),
        },
    }
}

/// Lets a body that nobody will read come to its end, as far as it is there.
fn finish(body: &mut Owned<Reply>) {
    while ready(body).is_some() {}
}

/// The body's next bytes, if they are there.
fn ready(body: &mut Owned<Reply>) -> Option<Bytes> {
    let mut cx = Context::from_waker(Waker::noop());
    match body.with(|body| Pin::new(body).poll_frame(&mut cx)) {
        Some(Poll::Ready(Some(Ok(frame)))) => frame.into_data().ok(),
        _ => None,
    }
}
