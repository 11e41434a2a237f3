//! A stream of the runtime as a body: a client's request or an upstream's answer.

use std::cell::{Cell, RefCell};
use std::panic::AssertUnwindSafe;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use bytes::Bytes;
use gatelet_core::host::{SendError, SendErrorKind};
use http_body::{Body, Frame, SizeHint};
use js_sys::{Object, Uint8Array};
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::Closure;

use crate::abort::Abort;
use crate::javascript::{ReadResult, ReadableStream, Reader, set};

/// How much is read at a time. A buffer is handed to the runtime, comes back with the chunk, and is handed over again;
/// left to itself the runtime reads 4 KiB at a time, each into a buffer of its own.
const BUFFER: u32 = 16 << 10;

/// A body that arrives as a stream. Each chunk is copied once, into wasm's memory.
pub(crate) struct Incoming {
    source: Source,
    remaining: Option<u64>,
    /// The exchange that the body belongs to, if it is an upstream's.
    exchange: Option<Abort>,
}

enum Source {
    Unread(ReadableStream),
    Open(Reading),
    Ended,
}

/// A stream being read, a chunk at a time.
struct Reading {
    reader: Reader,
    slot: Rc<Slot>,
    callbacks: Option<Callbacks>,
}

/// What a `read()` is continued with; made once a body.
struct Callbacks {
    read: Closure<dyn FnMut(ReadResult)>,
    failed: Closure<dyn FnMut(JsValue)>,
}

/// Where a `read()` leaves its result.
#[derive(Default)]
struct Slot {
    outcome: Cell<Option<Outcome>>,
    waiting: Cell<bool>,
    buffer: Cell<Option<Uint8Array>>,
    waker: Cell<Option<Waker>>,
    /// The callbacks of a body that was dropped while a `read()` was under way: they may not be freed before it ends.
    orphans: RefCell<Option<Callbacks>>,
}

enum Outcome {
    Chunk(Bytes),
    End,
    Failed,
}

impl Incoming {
    /// The body of a stream, if there is one, of the given length, if it is known.
    pub(crate) fn new(stream: Option<ReadableStream>, length: Option<u64>, exchange: Option<Abort>) -> Self {
        let mut body = Self { source: stream.map_or(Source::Ended, Source::Unread), remaining: length, exchange };
        if matches!(body.source, Source::Ended) {
            body.end();
        }
        body
    }

    /// The stream itself, to be passed on; `None` where there is none or its reading has begun.
    pub(crate) fn into_stream(mut self) -> Option<ReadableStream> {
        match std::mem::replace(&mut self.source, Source::Ended) {
            Source::Unread(stream) => Some(stream),
            Source::Open(_) | Source::Ended => None,
        }
    }

    fn end(&mut self) {
        self.source = Source::Ended;
        self.remaining = Some(0);
        if let Some(exchange) = &mut self.exchange {
            exchange.disarm();
        }
    }
}

impl Body for Incoming {
    type Data = Bytes;
    type Error = SendError;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, SendError>>> {
        if let Source::Unread(stream) = &self.source {
            match Reading::new(stream) {
                Ok(reading) => self.source = Source::Open(reading),
                Err(_) => {
                    self.source = Source::Ended;
                    return Poll::Ready(Some(Err(broken())));
                }
            }
        }
        let Source::Open(reading) = &self.source else { return Poll::Ready(None) };
        match reading.poll_chunk(cx) {
            Poll::Pending => Poll::Pending,
            Poll::Ready(Outcome::Chunk(chunk)) => {
                self.remaining = self.remaining.map(|remaining| remaining.saturating_sub(chunk.len() as u64));
                Poll::Ready(Some(Ok(Frame::data(chunk))))
            }
            Poll::Ready(Outcome::End) => {
                self.end();
                Poll::Ready(None)
            }
            Poll::Ready(Outcome::Failed) => {
                self.end();
                Poll::Ready(Some(Err(broken())))
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        matches!(self.source, Source::Ended)
    }

    fn size_hint(&self) -> SizeHint {
        self.remaining.map_or_else(SizeHint::new, SizeHint::with_exact)
    }
}

impl Reading {
    fn new(stream: &ReadableStream) -> Result<Self, JsValue> {
        let options = Object::new();
        set(&options, "mode", &JsValue::from("byob"))?;
        let reader = stream.reader(&options)?;
        let slot = Rc::new(Slot::default());
        let reads = AssertUnwindSafe(slot.clone());
        let fails = AssertUnwindSafe(slot.clone());
        let callbacks = Callbacks {
            read: Closure::own(move |result: ReadResult| reads.fill(reads.take(result.value()))),
            failed: Closure::own(move |_: JsValue| fails.fill(Outcome::Failed)),
        };
        Ok(Self { reader, slot, callbacks: Some(callbacks) })
    }

    fn poll_chunk(&self, cx: &Context<'_>) -> Poll<Outcome> {
        if let Some(outcome) = self.slot.outcome.take() {
            return Poll::Ready(outcome);
        }
        let waker = match self.slot.waker.take() {
            Some(waker) if waker.will_wake(cx.waker()) => waker,
            _ => cx.waker().clone(),
        };
        self.slot.waker.set(Some(waker));
        if !self.slot.waiting.replace(true)
            && let Some(callbacks) = &self.callbacks
        {
            let buffer = self.slot.buffer.take().unwrap_or_else(|| Uint8Array::new_with_length(BUFFER));
            self.reader.read(&buffer).then(&callbacks.read, &callbacks.failed);
        }
        Poll::Pending
    }
}

impl Slot {
    /// Copies what was read, and keeps the buffer for the next time.
    fn take(&self, chunk: Option<Uint8Array>) -> Outcome {
        let Some(chunk) = chunk.filter(|chunk| chunk.length() > 0) else { return Outcome::End };
        let bytes = chunk.to_vec();
        self.buffer.set(Some(Uint8Array::new(&chunk.buffer())));
        Outcome::Chunk(bytes.into())
    }

    fn fill(&self, outcome: Outcome) {
        self.waiting.set(false);
        if let Some(orphans) = self.orphans.take() {
            drop(orphans);
            return;
        }
        self.outcome.set(Some(outcome));
        if let Some(waker) = self.waker.take() {
            waker.wake();
        }
    }
}

impl Drop for Reading {
    fn drop(&mut self) {
        if self.slot.waiting.get() {
            self.slot.waker.take();
            *self.slot.orphans.borrow_mut() = self.callbacks.take();
        }
    }
}

fn broken() -> SendError {
    SendError::new(SendErrorKind::Body, true, "the body ended before its end")
}
