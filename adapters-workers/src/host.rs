//! The runtime as the core's host.

use std::future::Future;
use std::time::Duration;

use gatelet_core::host::{Ambient, Host, Identity, IdentityError, Outgoing, SendError};
use gatelet_core::{Ending, Unlimited};
use wasm_bindgen::JsValue;

use crate::body::Incoming;
use crate::sleep::Sleep;
use crate::tail::Tail;
use crate::{exchange, isolate, javascript, sign};

/// The gateway of a Worker.
pub(crate) type Gateway = gatelet_core::Gateway<Worker, Unlimited>;
/// The body of its answers.
pub(crate) type Reply = gatelet_core::Reply<Worker, Unlimited>;

/// workerd, or Cloudflare's network. Whatever it does is done for the request whose code runs right now.
pub(crate) struct Worker {
    /// The bindings: the same for the isolate's whole life.
    env: JsValue,
}

impl Worker {
    pub(crate) fn new(env: &JsValue) -> Self {
        Self { env: env.clone() }
    }
}

impl Host for Worker {
    type Incoming = Incoming;
    type Body = Incoming;
    type Sleep = Sleep;

    async fn send(&self, request: http::Request<Outgoing<Incoming>>) -> Result<http::Response<Incoming>, SendError> {
        exchange::exchange(&self.env, request).await
    }

    fn wall(&self) -> Duration {
        milliseconds(js_sys::Date::now())
    }

    fn monotonic(&self) -> Duration {
        milliseconds(javascript::performance_now())
    }

    fn random(&self, buffer: &mut [u8]) {
        javascript::fill_with_random_values(buffer);
    }

    fn sleep(&self, after: Duration) -> Sleep {
        Sleep::new(after)
    }

    fn reset(&self, sleep: &mut Sleep, after: Duration) {
        sleep.reset(after);
    }

    fn emit(&self, line: &[u8]) {
        let line = String::from_utf8_lossy(line);
        javascript::log(line.trim_end_matches('\n'));
    }

    fn finish_later(&self, ending: Ending<Incoming>) {
        if let Some(gateway) = isolate::running() {
            Tail::spawn(async move { gateway.finish(ending).await });
        }
    }

    /// A promise belongs to the request that it was made for: its callbacks run in no other, and not at all once that has ended.
    const DRAIN: Duration = Duration::from_secs(25);
    const SHARES_WAITING: bool = false;

    async fn sign_rs256(&self, key: &[u8], message: &[u8]) -> Result<Vec<u8>, IdentityError> {
        sign::rs256(key, message).await
    }

    fn ambient(&self, identity: Identity) -> impl Future<Output = Result<Ambient, IdentityError>> {
        let what = match identity {
            Identity::Aws => "a Worker has no role of AWS: configure the provider's access key or API key, as a secret",
            Identity::Google => "a Worker has no service account: configure the provider's, with its key, as a secret",
            Identity::Azure | Identity::Foundry => {
                "a Worker has no managed identity: configure the provider's key, as a secret"
            }
        };
        std::future::ready(Err(IdentityError::new(what)))
    }
}

/// JavaScript's clocks count in milliseconds and are no finer than microseconds.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the clocks are positive and small")]
fn milliseconds(count: f64) -> Duration {
    Duration::from_micros((count * 1000.0).round() as u64)
}
