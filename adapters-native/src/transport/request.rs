//! A request on its way out.

use std::error::Error as StdError;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::{Buf, Bytes};
use gatelet_core::host::Outgoing;
use gatelet_core::wire::splice::Spliced;
use http::uri::{Authority, Scheme};
use http::{HeaderValue, Request, Uri};
use http_body::{Body, Frame, SizeHint};

/// Why a client's body could not be read.
pub type BodyError = Box<dyn StdError + Send + Sync>;

/// Where a request goes: the key of the pool.
#[derive(Clone, Debug)]
pub(super) struct Destination {
    pub(super) secure: bool,
    pub(super) authority: Authority,
}

/// By the letter: authorities come from the configuration, always in the same spelling, and to compare them without
/// regard to case is a visible part of a request.
impl PartialEq for Destination {
    fn eq(&self, other: &Self) -> bool {
        self.secure == other.secure && self.authority.as_str() == other.authority.as_str()
    }
}

impl Destination {
    /// Where the URI leads; `None` if it is not absolute, or neither `http` nor `https`.
    pub(super) fn of(uri: &Uri) -> Option<Self> {
        let scheme = uri.scheme()?;
        if *scheme != Scheme::HTTP && *scheme != Scheme::HTTPS {
            return None;
        }
        Some(Self { secure: *scheme == Scheme::HTTPS, authority: uri.authority()?.clone() })
    }

    /// The host without an IPv6 address's brackets.
    pub(super) fn host(&self) -> &str {
        self.authority.host().trim_start_matches('[').trim_end_matches(']')
    }

    /// The origin as a URI.
    pub(super) fn uri(&self) -> Option<Uri> {
        let scheme = if self.secure { Scheme::HTTPS } else { Scheme::HTTP };
        Uri::builder().scheme(scheme).authority(self.authority.clone()).path_and_query("/").build().ok()
    }

    /// The `host` header.
    pub(super) fn host_header(&self) -> Option<HeaderValue> {
        HeaderValue::from_str(self.authority.as_str()).ok()
    }
}

/// The body of a request, as hyper takes it.
pub(super) enum RequestBody {
    Full(Spliced),
    // Boxed, so that the pool need not know what a client's body is. Whole bodies, which are nearly all, do without.
    Stream(Pin<Box<Upload>>),
}

/// A client's body that is passed on as it arrives.
pub(super) type Upload = dyn Body<Data = Bytes, Error = BodyError> + Send;

impl RequestBody {
    pub(super) fn new<I>(body: Outgoing<I>) -> Self
    where
        I: Body<Data = Bytes, Error: Into<BodyError>> + Send + Unpin + 'static,
    {
        match body {
            Outgoing::Full(body) => Self::Full(body),
            Outgoing::Stream(body) => Self::Stream(Box::pin(Passed(body))),
        }
    }
}

impl Body for RequestBody {
    type Data = Bytes;
    type Error = BodyError;

    fn poll_frame(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        match self.get_mut() {
            Self::Full(body) => Poll::Ready(body.piece().map(|piece| Ok(Frame::data(piece)))),
            Self::Stream(body) => body.as_mut().poll_frame(cx),
        }
    }

    fn is_end_stream(&self) -> bool {
        match self {
            Self::Full(body) => !body.has_remaining(),
            Self::Stream(body) => body.is_end_stream(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Full(body) => SizeHint::with_exact(body.remaining() as u64),
            Self::Stream(body) => body.size_hint(),
        }
    }
}

/// A client's body with its error in the form that hyper takes.
struct Passed<I>(I);

impl<I: Body<Data = Bytes, Error: Into<BodyError>> + Unpin> Body for Passed<I> {
    type Data = Bytes;
    type Error = BodyError;

    fn poll_frame(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        Pin::new(&mut self.get_mut().0).poll_frame(cx).map_err(Into::into)
    }

    fn is_end_stream(&self) -> bool {
        self.0.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.0.size_hint()
    }
}

/// The same request once more, where its body is whole.
pub(super) fn copy(request: &Request<RequestBody>) -> Option<Request<RequestBody>> {
    let RequestBody::Full(body) = request.body() else { return None };
    let mut copy = Request::new(RequestBody::Full(body.clone()));
    *copy.method_mut() = request.method().clone();
    *copy.uri_mut() = request.uri().clone();
    *copy.version_mut() = request.version();
    *copy.headers_mut() = request.headers().clone();
    Some(copy)
}
