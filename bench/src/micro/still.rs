//! A gateway on a host where nothing waits: every body is there at once, no timer ever ends.

use std::future::{Future, Pending, pending};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use bytes::Bytes;
use gatelet_core::config::{Config, Platform};
use gatelet_core::host::{Host, Outgoing, SendError};
use gatelet_core::{Ending, Gateway, Unlimited};
use http::{HeaderValue, Request, Response};
use http_body::{Body, Frame};
use http_body_util::Full;

use crate::Fallible;
use crate::contender::{KEY, UPSTREAM_KEY, key_hash};
use crate::payload::Kind;

/// A gateway and the one request that it is asked over and over.
pub(super) struct Still {
    gateway: Arc<Gateway<StillHost, Unlimited>>,
    request: Request<()>,
    body: Bytes,
}

impl Still {
    /// A gateway whose upstream gives the answer of `kind`.
    pub(super) fn new(kind: Kind, prompt: usize) -> Fallible<Self> {
        let document = serde_json::json!({
            "providers": {
                "stub": {"kind": "openai-compatible", "base_url": "http://127.0.0.1:9/v1"},
                "claude": {"kind": "anthropic", "base_url": "http://127.0.0.1:9", "api_key": format!("${{{UPSTREAM_KEY}}}")},
            },
            "keys": {"bench": {"sha256": key_hash()}},
        });
        let config = Config::from_json(&document.to_string()).map_err(|problems| problems.to_string())?;
        let settings = config
            .resolve(Platform::Local, &|_| Some("sk-bench".to_owned()))
            .map_err(|problems| problems.to_string())?;
        let provider = if kind == Kind::MessagesStream { "claude" } else { "stub" };
        let answer = kind.answer().iter().map(|event| Bytes::from(event.clone())).collect();
        let host = StillHost { answer, streams: kind.streams() };
        Ok(Self {
            gateway: Gateway::new(host, Unlimited, Ok(Arc::new(settings))),
            request: Request::post(kind.path())
                .header("host", "localhost")
                .header("content-type", "application/json")
                .header("user-agent", "gatelet-bench")
                .header("authorization", format!("Bearer {KEY}"))
                .body(())?,
            body: Bytes::from(kind.request(&format!("{provider}/model"), prompt)),
        })
    }

    /// Asks once and collects the answer's body.
    pub(super) fn ask(&self) -> Fallible<Vec<u8>> {
        let request = self.request.clone().map(|()| Full::new(self.body.clone()));
        let mut context = Context::from_waker(Waker::noop());
        let Poll::Ready(answer) = pin!(self.gateway.handle(request)).poll(&mut context) else {
            return Err("the gateway waits where nothing is to be waited for".into());
        };
        let mut body = answer.into_body();
        let mut said = Vec::with_capacity(16 * 1024);
        loop {
            match Pin::new(&mut body).poll_frame(&mut context) {
                Poll::Ready(Some(Ok(frame))) => said.extend_from_slice(&frame.into_data().unwrap_or_default()),
                Poll::Ready(None) => return Ok(said),
                Poll::Pending => return Err("the answer waits where nothing is to be waited for".into()),
            }
        }
    }
}

/// The host.
struct StillHost {
    answer: Vec<Bytes>,
    streams: bool,
}

impl Host for StillHost {
    type Incoming = Full<Bytes>;
    type Body = Pieces;
    type Sleep = Pending<()>;

    async fn send(&self, _: Request<Outgoing<Full<Bytes>>>) -> Result<Response<Pieces>, SendError> {
        let kind = if self.streams { "text/event-stream; charset=utf-8" } else { "application/json" };
        let mut answer = Response::new(Pieces(self.answer.clone().into_iter()));
        answer.headers_mut().insert("content-type", HeaderValue::from_static(kind));
        answer.headers_mut().insert("x-request-id", HeaderValue::from_static("req_0123456789abcdef"));
        Ok(answer)
    }

    fn wall(&self) -> Duration {
        Duration::from_secs(1_764_000_000)
    }

    fn monotonic(&self) -> Duration {
        Duration::from_secs(1)
    }

    fn random(&self, buffer: &mut [u8]) {
        buffer.fill(7);
    }

    fn sleep(&self, _: Duration) -> Pending<()> {
        pending()
    }

    fn reset(&self, _: &mut Pending<()>, _: Duration) {}

    fn emit(&self, line: &[u8]) {
        std::hint::black_box(line);
    }

    fn finish_later(&self, ending: Ending<Self::Body>) {
        drop(ending);
    }
}

/// An upstream's answer, a frame an event.
struct Pieces(std::vec::IntoIter<Bytes>);

impl Body for Pieces {
    type Data = Bytes;
    type Error = SendError;

    fn poll_frame(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, SendError>>> {
        Poll::Ready(self.0.next().map(|piece| Ok(Frame::data(piece))))
    }
}
