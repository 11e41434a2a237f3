//! The platform's request as the core's.

use crate::body::Incoming;
use crate::javascript::Message;
use crate::{exchange, head, javascript};

/// The request; `None` where it is none that HTTP knows.
pub(crate) fn request(request: &javascript::Request) -> Option<http::Request<Incoming>> {
    let (method, uri, headers) = head::request(request)?;
    let body = Incoming::of_request(Message::clone(request), exchange::length_of(&headers));
    let mut incoming = http::Request::new(body);
    *incoming.method_mut() = method;
    *incoming.uri_mut() = uri;
    *incoming.headers_mut() = headers;
    Some(incoming)
}
