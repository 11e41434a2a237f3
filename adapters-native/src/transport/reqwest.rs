//! A transport by reqwest, for the benchmark to compare with.

use std::fmt;
use std::future::Future;
use std::marker::PhantomData;
use std::pin::Pin;
use std::sync::{Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use gatelet_core::host::{Outgoing, SendError, SendErrorKind};
use http::{Request, Response, Uri};
use http_body::{Body, Frame, SizeHint};
use reqwest::{Client, Url, redirect};

use super::error::chain;
use super::{Exchange, Options};

/// A transport by reqwest. It carries whole bodies only.
pub struct ReqwestTransport<I> {
    client: Client,
    /// The URL that was asked last: to parse each is a visible part of what reqwest costs.
    last: Mutex<Option<(Uri, Url)>>,
    incoming: PhantomData<fn(I)>,
}

impl<I> ReqwestTransport<I> {
    /// A transport with reqwest's own pool.
    ///
    /// # Errors
    /// Why the client cannot be built.
    pub fn new(options: &Options) -> Result<Self, String> {
        let tls = options.tls.config(http::Version::HTTP_11).map_err(String::from)?;
        let client = Client::builder()
            .tls_backend_preconfigured((*tls).clone())
            .redirect(redirect::Policy::none())
            .retry(reqwest::retry::never())
            .no_proxy()
            .tcp_nodelay(true)
            .http1_only()
            .connect_timeout(super::CONNECT_TIMEOUT)
            .pool_idle_timeout(Duration::from_secs(20))
            .build()
            .map_err(|error| chain(&error))?;
        Ok(Self { client, last: Mutex::new(None), incoming: PhantomData })
    }

    fn url(&self, uri: &Uri) -> Result<Url, SendError> {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((known, url)) = &*last
            && known == uri
        {
            return Ok(url.clone());
        }
        let url = Url::parse(&uri.to_string())
            .map_err(|error| SendError::new(SendErrorKind::Connect, false, error.to_string()))?;
        *last = Some((uri.clone(), url.clone()));
        Ok(url)
    }
}

impl<I> Exchange for ReqwestTransport<I>
where
    I: Body<Data = Bytes, Error: fmt::Display> + Send + Unpin + 'static,
{
    type Incoming = I;
    type Body = ReqwestBody;

    fn send(&self, request: Request<Outgoing<I>>) -> impl Future<Output = Result<Response<ReqwestBody>, SendError>> {
        let (parts, body) = request.into_parts();
        let prepared = self.url(&parts.uri).and_then(|url| match body {
            Outgoing::Full(body) => {
                let mut request = reqwest::Request::new(parts.method, url);
                *request.headers_mut() = parts.headers;
                *request.body_mut() = Some(body.joined().into());
                Ok(request)
            }
            Outgoing::Stream(_) => {
                Err(SendError::new(SendErrorKind::Connect, false, "this transport carries whole bodies only"))
            }
        });
        async move {
            match self.client.execute(prepared?).await {
                Ok(response) => Ok(Response::<reqwest::Body>::from(response).map(ReqwestBody)),
                Err(error) if error.is_connect() => Err(failed(SendErrorKind::Connect, false, error)),
                Err(error) => Err(failed(SendErrorKind::Head, true, error)),
            }
        }
    }
}

/// The body of an answer.
#[derive(Debug)]
pub struct ReqwestBody(reqwest::Body);

impl Body for ReqwestBody {
    type Data = Bytes;
    type Error = SendError;

    fn poll_frame(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, SendError>>> {
        Pin::new(&mut self.get_mut().0).poll_frame(cx).map_err(|error| failed(SendErrorKind::Body, true, error))
    }

    fn is_end_stream(&self) -> bool {
        self.0.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.0.size_hint()
    }
}

fn failed(kind: SendErrorKind, sent: bool, error: reqwest::Error) -> SendError {
    SendError::new(kind, sent, chain(&error.without_url()))
}

impl<I> fmt::Debug for ReqwestTransport<I> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReqwestTransport").finish_non_exhaustive()
    }
}
