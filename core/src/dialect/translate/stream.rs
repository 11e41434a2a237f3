//! A stream of the upstream's bytes on its way to the caller's: cut into events, read, and written anew. Sans-I/O: any split of
//! the bytes gives the same.

use std::collections::VecDeque;

use bytes::Bytes;

use super::answer::{Purpose, Translator};
use crate::dialect::Dialect;
use crate::dialect::canonical::Event;
use crate::dialect::codec::{End, Parser, codec};
use crate::error::{Class, Error};
use crate::usage::Usage;
use crate::wire::event_stream::{FrameDecoder, Message};
use crate::wire::frame::{Framer, UnitKind};

/// The stream cannot go on: what the upstream sends is no stream, or an event is past the limit.
#[derive(Debug)]
pub struct Broken;

/// A stream that is translated.
#[derive(Debug)]
pub struct Translation {
    caller: Dialect,
    frames: Frames,
    parser: Box<dyn Parser>,
    translator: Translator,
    ready: VecDeque<Bytes>,
    /// The dialect's end has been written.
    ended: bool,
    /// The upstream has shown that its answer is whole.
    complete: bool,
    events: usize,
    bytes: usize,
}

/// What the upstream's bytes are cut into.
#[derive(Debug)]
enum Frames {
    Text(Framer),
    Binary(FrameDecoder),
}

impl Translation {
    /// A translation out of the upstream's dialect.
    pub fn new(upstream: Dialect, purpose: Purpose) -> Self {
        Self {
            caller: purpose.caller,
            frames: match upstream {
                Dialect::Converse => Frames::Binary(FrameDecoder::default()),
                _ => Frames::Text(Framer::sse()),
            },
            parser: (codec(upstream).parser)(&purpose.echo.model),
            translator: Translator::new(purpose),
            ready: VecDeque::new(),
            ended: false,
            complete: false,
            events: 0,
            bytes: 0,
        }
    }

    /// Takes what the upstream has sent.
    ///
    /// # Errors
    /// It is no stream of the dialect's, or an event is too large.
    pub fn take(&mut self, data: Bytes) -> Result<(), Broken> {
        self.bytes += data.len();
        let fed = self.feed(data);
        if !self.ended && self.translator.is_stopped() {
            // The caller has what it asked for. What the upstream would still say is nobody's.
            self.translator.estimate();
            self.end();
        } else if self.parser.is_over() {
            self.conclude();
        }
        self.release();
        fed
    }

    fn feed(&mut self, data: Bytes) -> Result<(), Broken> {
        let Self { frames, parser, translator, events, .. } = self;
        match frames {
            Frames::Text(framer) => {
                let whole = framer.feed(data).map_err(|_| Broken)?;
                for unit in framer.units() {
                    if translator.failure().is_some() {
                        break;
                    }
                    if matches!(unit.kind, UnitKind::Event | UnitKind::Spread) {
                        *events += 1;
                        let name = whole.get(unit.name.clone()).unwrap_or_default();
                        event(&mut **parser, translator, name, &unit.payload(&whole));
                    }
                }
                Ok(())
            }
            Frames::Binary(decoder) => {
                decoder.feed(&data);
                while translator.failure().is_none()
                    && let Some(message) = decoder.message().map_err(|_| Broken)?
                {
                    *events += 1;
                    binary(&mut **parser, translator, &message);
                }
                Ok(())
            }
        }
    }

    /// Takes the end of a stream that was not broken off: its last event may lack the blank line.
    pub fn finish(&mut self) {
        let Self { frames, parser, translator, .. } = self;
        let whole = match frames {
            Frames::Text(framer) => {
                if let Some((bytes, unit)) = framer.finish() {
                    let name = bytes.get(unit.name.clone()).unwrap_or_default();
                    event(&mut **parser, translator, name, &unit.payload(&bytes));
                }
                true
            }
            Frames::Binary(decoder) => decoder.is_empty(),
        };
        if whole {
            self.conclude();
        }
        self.release();
    }

    /// No event can follow: the stream is whole, or it is not.
    fn conclude(&mut self) {
        if self.ended {
            return;
        }
        let Self { parser, translator, .. } = self;
        if parser.finish(&mut |event| translator.push(event)) == End::Complete && translator.failure().is_none() {
            self.complete = true;
            self.end();
        }
    }

    fn end(&mut self) {
        self.translator.finish();
        self.ended = true;
    }

    /// Ends the stream as it is: with the error that the upstream has told, if it has.
    pub fn close(&mut self) {
        if let Some(error) = self.translator.failure().cloned() {
            self.fail(&error);
        }
    }

    /// Ends the stream with an error.
    pub fn fail(&mut self, error: &Error) {
        if !self.ended {
            self.translator.fail(error);
            self.release();
        }
    }

    /// What has been written may go.
    fn release(&mut self) {
        if self.translator.held() > 0 {
            self.ready.push_back(self.translator.take_bytes().into());
        }
    }

    /// The next bytes for the client.
    #[expect(clippy::should_implement_trait, reason = "more may come after `None`")]
    pub fn next(&mut self) -> Option<Bytes> {
        self.ready.pop_front()
    }

    /// Whether the stream's last event has been seen.
    pub fn is_over(&self) -> bool {
        self.ended || self.translator.failure().is_some()
    }

    /// Sends a keep-alive.
    pub fn ping(&mut self) {
        self.ready.push_back(Bytes::from_static(self.caller.ping()));
    }

    /// What is ready goes nowhere.
    pub fn clear(&mut self) {
        self.ready.clear();
    }

    /// Whether nothing is ready.
    pub fn is_empty(&self) -> bool {
        self.ready.is_empty()
    }

    /// Whether the answer has been ended here, and the upstream need not go on.
    pub fn is_stopped(&self) -> bool {
        self.ended && self.translator.is_stopped()
    }

    /// Whether an event that says something has been seen.
    pub fn is_meaningful(&self) -> bool {
        self.translator.is_meaningful()
    }

    /// Whether the dialect's end has been written.
    pub fn is_complete(&self) -> bool {
        self.ended
    }

    /// What the upstream says has gone wrong.
    pub fn failure(&self) -> Option<&Error> {
        self.translator.failure()
    }

    /// Whether the model has made a call that is none.
    pub fn is_malformed(&self) -> bool {
        self.translator.is_malformed()
    }

    /// How much has been taken: events, and bytes.
    pub fn held(&self) -> (usize, usize) {
        (self.events, self.bytes)
    }

    /// What the stream has used, as far as it told.
    pub fn usage(&self) -> Usage {
        self.translator.usage(self.complete)
    }

    /// What a whole answer is, once its stream has ended.
    pub(super) fn into_whole(self) -> Vec<u8> {
        let mut bytes: Vec<u8> = Vec::new();
        for piece in self.ready {
            bytes.extend_from_slice(&piece);
        }
        bytes.extend_from_slice(&self.translator.into_bytes());
        bytes
    }
}

/// Gives one event of a text stream to the parser.
fn event(parser: &mut dyn Parser, translator: &mut Translator, name: &[u8], data: &[u8]) {
    // `data: : keepalive`, as some models on Vertex send, is a keep-alive and no JSON (anomalyco/opencode#50871).
    let data = data.trim_ascii();
    if data.is_empty() || data.starts_with(b":") {
        return;
    }
    let mut sink = |event: Event<'_>| translator.push(event);
    match (std::str::from_utf8(name), std::str::from_utf8(data)) {
        (Ok(name), Ok(data)) => parser.event(name, data, &mut sink),
        _ => sink(Event::Error(Box::new(Error::new(
            Class::UpstreamInvalid,
            "the upstream sent an event that is not UTF-8",
        )))),
    }
}

/// Gives one message of a binary stream to the parser: an exception's name begins with `!`.
fn binary(parser: &mut dyn Parser, translator: &mut Translator, message: &Message<'_>) {
    let name = message.name();
    event(parser, translator, name.as_bytes(), message.data().as_bytes());
}
