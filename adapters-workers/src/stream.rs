//! The core's answer as a stream that the client's demand pulls.

use std::cell::Cell;
use std::future::poll_fn;
use std::panic::AssertUnwindSafe;
use std::pin::Pin;
use std::rc::Rc;
use std::task::Poll;

use bytes::Bytes;
use http_body::Body;
use js_sys::Uint8Array;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::Closure;

use crate::client::{Client, Presence};
use crate::host::Reply;
use crate::javascript::{self, Controller};
use crate::tail::Owned;
use crate::tasks;

/// The stream of a body, `ahead` first. One task serves it: it waits for a pull, polls the body, and gives what came.
/// When the client goes, by the stream's `cancel` or by the request's signal, the body is dropped.
pub(crate) fn of(body: Owned<Reply>, ahead: Option<Bytes>, client: Client) -> JsValue {
    let demand = Rc::new(Demand { pull: Cell::new(None), presence: client.presence().clone() });
    let source = Source::new(&demand);
    let stream = javascript::stream(&source.pull, &source.cancel);
    tasks::spawn(async move {
        serve(body, ahead, &demand).await;
        // The client's signal and the callbacks are needed until here.
        drop((source, client));
    });
    stream
}

async fn serve(mut body: Owned<Reply>, mut ahead: Option<Bytes>, demand: &Demand) {
    while let Some(pull) = demand.next().await {
        let chunk = match ahead.take() {
            Some(chunk) => Some(chunk),
            None => match next(&mut body, &demand.presence).await {
                Next::Chunk(chunk) => Some(chunk),
                Next::End => None,
                Next::Gone => return,
            },
        };
        let given = match chunk {
            Some(chunk) => pull.give(&chunk),
            None => return pull.close(),
        };
        if given.is_err() {
            return;
        }
    }
}

enum Next {
    Chunk(Bytes),
    End,
    Gone,
}

/// The body's next bytes, unless the client goes first.
async fn next(body: &mut Owned<Reply>, presence: &Presence) -> Next {
    poll_fn(|cx| {
        if presence.poll_gone(cx).is_ready() {
            return Poll::Ready(Next::Gone);
        }
        loop {
            match body.with(|body| Pin::new(body).poll_frame(cx)) {
                Some(Poll::Pending) => return Poll::Pending,
                Some(Poll::Ready(Some(Ok(frame)))) => match frame.into_data() {
                    Ok(chunk) if !chunk.is_empty() => return Poll::Ready(Next::Chunk(chunk)),
                    _ => {}
                },
                Some(Poll::Ready(None)) | None => return Poll::Ready(Next::End),
            }
        }
    })
    .await
}

/// What the reader of the stream has asked for.
struct Demand {
    pull: Cell<Option<Controller>>,
    presence: Rc<Presence>,
}

impl Demand {
    /// The next pull; `None` when the client has gone.
    async fn next(&self) -> Option<Pull> {
        poll_fn(|cx| {
            if self.presence.poll_gone(cx).is_ready() {
                return Poll::Ready(None);
            }
            match self.pull.take() {
                Some(controller) => Poll::Ready(Some(Pull { controller: Some(controller) })),
                None => Poll::Pending,
            }
        })
        .await
    }
}

/// A pull that has to be answered. One that is dropped instead breaks the stream, so that the client never takes what
/// it has for the whole.
struct Pull {
    controller: Option<Controller>,
}

impl Pull {
    fn give(mut self, chunk: &[u8]) -> Result<(), JsValue> {
        match self.controller.take() {
            Some(controller) => controller.enqueue(&Uint8Array::new_from_slice(chunk)),
            None => Ok(()),
        }
    }

    fn close(mut self) {
        if let Some(controller) = self.controller.take() {
            // It fails only where the stream is closed or broken already.
            let _ = controller.close();
        }
    }
}

impl Drop for Pull {
    fn drop(&mut self) {
        if let Some(controller) = &self.controller {
            controller.error("the answer broke off");
        }
    }
}

/// The callbacks behind the stream.
struct Source {
    pull: Closure<dyn Fn(Controller)>,
    cancel: Closure<dyn Fn()>,
}

impl Source {
    fn new(demand: &Rc<Demand>) -> Self {
        let pulled = AssertUnwindSafe(demand.clone());
        let cancelled = AssertUnwindSafe(demand.presence.clone());
        Self {
            pull: Closure::own(move |controller: Controller| {
                pulled.pull.set(Some(controller));
                pulled.presence.wake();
                tasks::run();
            }),
            cancel: Closure::own(move || cancelled.leave()),
        }
    }
}
