//! The body of an answer.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use gatelet_core::host::SendError;
use http_body::{Body as HttpBody, Frame, SizeHint};
use hyper::body::Incoming;

use super::error;
use super::http1::LinkBody;

/// The body of an answer. Dropped before its end, it closes the connection (HTTP/1.1) or the stream (HTTP/2).
pub struct Body(Kind);

enum Kind {
    Http1(LinkBody),
    Http2(Incoming),
}

impl Body {
    pub(super) fn http1(body: LinkBody) -> Self {
        Self(Kind::Http1(body))
    }

    pub(super) fn http2(body: Incoming) -> Self {
        Self(Kind::Http2(body))
    }
}

impl HttpBody for Body {
    type Data = Bytes;
    type Error = SendError;

    fn poll_frame(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, SendError>>> {
        match &mut self.get_mut().0 {
            Kind::Http1(body) => body.poll(cx),
            Kind::Http2(body) => Pin::new(body).poll_frame(cx).map_err(|error| error::body(&error)),
        }
    }

    fn is_end_stream(&self) -> bool {
        match &self.0 {
            Kind::Http1(body) => body.is_end_stream(),
            Kind::Http2(body) => body.is_end_stream(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match &self.0 {
            Kind::Http1(body) => body.size_hint(),
            Kind::Http2(body) => body.size_hint(),
        }
    }
}

impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Body").finish_non_exhaustive()
    }
}
