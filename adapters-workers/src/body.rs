//! A stream of the runtime as a body: a client's request or an upstream's answer.

use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use gatelet_core::host::{SendError, SendErrorKind};
use http_body::{Body, Frame, SizeHint};
use js_sys::{ArrayBuffer, Uint8Array};
use wasm_bindgen::JsValue;

use crate::abort::Abort;
use crate::javascript::{Message, Reader, read, reader, whole};
use crate::promised::Promised;

/// How much is read at a time. A buffer is handed to the runtime, comes back with the chunk, and is handed over again;
/// left to itself the runtime reads 4 KiB at a time, each into a buffer of its own.
const BUFFER: u32 = 16 << 10;

/// Up to this length an answer of known length is read at once.
const AT_ONCE: u64 = 256 << 10;

/// A body that the runtime delivers. It is copied once, into wasm's memory.
pub(crate) struct Incoming {
    source: Source,
    remaining: Option<u64>,
    /// Up to this length a body of known length is read at once.
    at_once: u64,
    /// The exchange that the body belongs to, if it is an upstream's.
    exchange: Option<Abort>,
}

enum Source {
    Unread(Message),
    Whole(Message, Promised<ArrayBuffer>),
    Open(Reading),
    Ended,
}

/// A stream being read, a chunk at a time.
struct Reading {
    reader: Reader,
    chunk: Promised<Option<Uint8Array>>,
    buffer: Option<ArrayBuffer>,
}

impl Incoming {
    /// The body of a client's request. The core has checked a declared length before it reads, so it is read at once.
    pub(crate) fn of_request(request: Message, length: Option<u64>) -> Self {
        Self::new(request, length, u64::MAX, None)
    }

    /// The body of an upstream's answer. A long one is read in pieces, since each has its own time to come.
    pub(crate) fn of_answer(answer: Message, length: Option<u64>, exchange: Abort) -> Self {
        Self::new(answer, length, AT_ONCE, Some(exchange))
    }

    fn new(message: Message, length: Option<u64>, at_once: u64, exchange: Option<Abort>) -> Self {
        let mut body = Self { source: Source::Unread(message), remaining: length, at_once, exchange };
        if length == Some(0) {
            body.end();
        }
        body
    }

    /// The runtime's stream, to be passed on; `None` where the reading has begun.
    pub(crate) fn into_stream(mut self) -> Option<JsValue> {
        match std::mem::replace(&mut self.source, Source::Ended) {
            Source::Unread(message) => Some(message.body()),
            Source::Whole(..) | Source::Open(_) | Source::Ended => None,
        }
    }

    /// Begins to read.
    fn open(&mut self) -> Result<(), SendError> {
        let Source::Unread(message) = &self.source else { return Ok(()) };
        self.source = if self.remaining.is_some_and(|length| length <= self.at_once) {
            Source::Whole(message.clone(), Promised::new())
        } else {
            match reader(message).map_err(|_| broken())? {
                Some(reader) => Source::Open(Reading { reader, chunk: Promised::new(), buffer: None }),
                None => Source::Ended,
            }
        };
        Ok(())
    }

    fn poll_chunk(&mut self, context: &Context<'_>) -> Poll<Option<Result<Bytes, SendError>>> {
        match &mut self.source {
            Source::Whole(message, body) => body
                .poll(context, |callbacks| {
                    whole(message, &callbacks.kept, &callbacks.broken);
                    Ok(())
                })
                .map(|body| Some(body.map(|body| Uint8Array::new(&body).to_vec().into()).map_err(|_| broken()))),
            Source::Open(reading) => reading.poll_chunk(context),
            Source::Unread(_) | Source::Ended => Poll::Ready(None),
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

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, SendError>>> {
        if let Err(error) = self.open() {
            self.end();
            return Poll::Ready(Some(Err(error)));
        }
        let chunk = match self.poll_chunk(context) {
            Poll::Pending => return Poll::Pending,
            Poll::Ready(chunk) => chunk,
        };
        match chunk {
            Some(Ok(chunk)) if matches!(self.source, Source::Open(_)) => {
                self.remaining = self.remaining.map(|remaining| remaining.saturating_sub(chunk.len() as u64));
                Poll::Ready(Some(Ok(Frame::data(chunk))))
            }
            last => {
                self.end();
                Poll::Ready(last.map(|last| last.map(Frame::data)))
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
    fn poll_chunk(&mut self, context: &Context<'_>) -> Poll<Option<Result<Bytes, SendError>>> {
        let Self { reader, chunk, buffer } = self;
        let settled = chunk.poll(context, |callbacks| {
            read(reader, BUFFER, buffer.take(), &callbacks.kept, &callbacks.broken);
            Ok(())
        });
        settled.map(|chunk| match chunk {
            Ok(Some(chunk)) if chunk.length() > 0 => {
                let bytes = chunk.to_vec();
                *buffer = Some(chunk.buffer());
                Some(Ok(bytes.into()))
            }
            Ok(_) => None,
            Err(_) => Some(Err(broken())),
        })
    }
}

fn broken() -> SendError {
    SendError::new(SendErrorKind::Body, true, "the body ended before its end")
}
