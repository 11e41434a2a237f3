//! The core's answer as a stream that the client's demand pulls.

use std::cell::Cell;
use std::future::{Future, poll_fn};
use std::panic::AssertUnwindSafe;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http_body::Body;
use js_sys::Uint8Array;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::Closure;

use crate::client::{Client, Presence};
use crate::host::Reply;
use crate::javascript::{self, Controller};
use crate::sleep::Sleep;
use crate::tail::Owned;
use crate::tasks;

/// How long a client may take nothing of what is there for it, in ticks: five minutes, as at the local server.
const PATIENCE: u32 = 150;

/// How often a client that takes nothing is looked at.
const TICK: Duration = Duration::from_secs(2);

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
    let mut watch = Watch::new();
    while let Some(pull) = demand.next(&mut watch, &mut body).await {
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
        match given {
            Ok(controller) => watch.controller = controller,
            Err(_) => return,
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
    /// The next pull; `None` when the client has gone, or is given up since it takes nothing.
    async fn next(&self, watch: &mut Watch, body: &mut Owned<Reply>) -> Option<Pull> {
        watch.idle = 0;
        poll_fn(|cx| {
            if self.presence.poll_gone(cx).is_ready() {
                return Poll::Ready(None);
            }
            match self.pull.take() {
                Some(controller) => Poll::Ready(Some(Pull { controller: Some(controller) })),
                None => watch.poll_given_up(cx, body).map(|()| None),
            }
        })
        .await
    }
}

/// Sees to it that a client that reads no more does not hold its upstream for ever: nothing else would end a stream that
/// is not polled.
struct Watch {
    tick: Sleep,
    /// How many ticks have passed without a pull.
    idle: u32,
    /// The stream's, between two pulls.
    controller: Option<Controller>,
}

impl Watch {
    fn new() -> Self {
        Self { tick: Sleep::new(TICK), idle: 0, controller: None }
    }

    /// Ready when the stream is broken off, since its end is past or the client has taken nothing for too long.
    fn poll_given_up(&mut self, context: &mut Context<'_>, body: &mut Owned<Reply>) -> Poll<()> {
        while Pin::new(&mut self.tick).poll(context).is_ready() {
            self.idle += 1;
            self.tick.reset(TICK);
            if self.idle > PATIENCE || body.with(|body| body.is_overdue()).unwrap_or(true) {
                if let Some(controller) = &self.controller {
                    controller.error("the client took nothing of the answer for too long");
                }
                return Poll::Ready(());
            }
        }
        Poll::Pending
    }
}

/// A pull that has to be answered. One that is dropped instead breaks the stream, so that the client never takes what
/// it has for the whole.
struct Pull {
    controller: Option<Controller>,
}

impl Pull {
    fn give(mut self, chunk: &[u8]) -> Result<Option<Controller>, JsValue> {
        let controller = self.controller.take();
        if let Some(controller) = &controller {
            controller.enqueue(&Uint8Array::new_from_slice(chunk))?;
        }
        Ok(controller)
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
