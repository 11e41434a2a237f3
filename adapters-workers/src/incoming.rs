//! The platform's request as the core's.

use http::{Method, Uri};

use crate::body::Incoming;
use crate::{exchange, head, javascript};

/// The request; `None` where its method or its URL is none that HTTP knows.
pub(crate) fn request(request: &javascript::Request) -> Option<http::Request<Incoming>> {
    let headers = head::read(&request.headers());
    let body = Incoming::new(request.body(), exchange::length_of(&headers), None);
    let mut incoming = http::Request::new(body);
    *incoming.method_mut() = Method::from_bytes(request.method().as_bytes()).ok()?;
    *incoming.uri_mut() = target(&request.url())?;
    *incoming.headers_mut() = headers;
    Some(incoming)
}

/// Path and query of a URL, not decoded. No URL parser: the runtime has parsed it already, and the crate that would do
/// it again weighs a quarter of the whole Worker.
fn target(url: &str) -> Option<Uri> {
    let (_, rest) = url.split_once("://")?;
    let path = rest.find(['/', '?']).and_then(|at| rest.get(at..)).unwrap_or("/");
    let path = path.split('#').next().unwrap_or("/");
    if path.starts_with('/') { path.parse().ok() } else { format!("/{path}").parse().ok() }
}
