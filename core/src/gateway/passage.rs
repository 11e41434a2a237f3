//! A stream's way to its client: relayed, or translated. Both take the upstream's bytes and hold the client's.

use std::collections::VecDeque;

use bytes::Bytes;

use super::meter::Meter;
use crate::dialect::canonical::Event;
use crate::dialect::canonical::read::Doc;
use crate::dialect::codec::{End, Parser, codec};
use crate::dialect::translate::{Purpose, Translator};
use crate::dialect::{Dialect, Watch};
use crate::error::{Class, Error};
use crate::store::RequestId;
use crate::usage::Usage;
use crate::wire::event_stream::{FrameDecoder, Message};
use crate::wire::frame::{Framer, UnitKind};

/// A stream's way.
#[derive(Debug)]
pub(crate) enum Passage {
    /// The upstream speaks the client's dialect: its own bytes pass.
    Relay(Meter),
    /// It does not.
    Translation(Box<Translation>),
}

/// The stream cannot go on: what the upstream sends is no stream, or an event is past the limit.
#[derive(Debug)]
pub(crate) struct Broken;

macro_rules! either {
    ($self:ident, $passage:ident => $does:expr) => {
        match $self {
            Passage::Relay($passage) => $does,
            Passage::Translation($passage) => $does,
        }
    };
}

impl Passage {
    /// The upstream's own bytes on their way.
    pub(crate) fn relay(dialect: Dialect, framer: Framer, watch: Watch) -> Self {
        Self::Relay(Meter::new(dialect, framer, watch))
    }

    /// Takes what the upstream has sent.
    pub(crate) fn take(&mut self, data: Bytes) -> Result<(), Broken> {
        match self {
            Passage::Relay(meter) => meter.take(data).map_err(|_| Broken),
            Passage::Translation(translation) => translation.take(data),
        }
    }

    /// Takes the end of a stream that was not broken off.
    pub(crate) fn finish(&mut self) {
        either!(self, passage => passage.finish());
    }

    /// Ends the stream as it is.
    pub(crate) fn close(&mut self) {
        match self {
            Passage::Relay(meter) => meter.close(),
            Passage::Translation(translation) => translation.close(),
        }
    }

    /// Ends the stream with an error event.
    pub(crate) fn fail(&mut self, error: &Error, request: RequestId) {
        match self {
            Passage::Relay(meter) => meter.fail(error, request),
            Passage::Translation(translation) => translation.fail(error),
        }
    }

    /// Sends a keep-alive.
    pub(crate) fn ping(&mut self) {
        match self {
            Passage::Relay(meter) => meter.ping(),
            Passage::Translation(translation) => {
                translation.ready.push_back(Bytes::from_static(translation.caller.ping()));
            }
        }
    }

    /// The next bytes for the client.
    pub(crate) fn next(&mut self) -> Option<Bytes> {
        either!(self, passage => passage.next())
    }

    /// What is ready goes nowhere.
    pub(crate) fn clear(&mut self) {
        match self {
            Passage::Relay(meter) => meter.clear(),
            Passage::Translation(translation) => translation.ready.clear(),
        }
    }

    /// Whether nothing is ready.
    pub(crate) fn is_empty(&self) -> bool {
        match self {
            Passage::Relay(meter) => meter.is_empty(),
            Passage::Translation(translation) => translation.ready.is_empty(),
        }
    }

    /// Whether the stream's last event has been seen.
    pub(crate) fn is_over(&self) -> bool {
        match self {
            Passage::Relay(meter) => meter.is_over(),
            Passage::Translation(translation) => translation.is_over(),
        }
    }

    /// Whether nothing more is wanted of the upstream, whatever it would still say.
    pub(crate) fn is_enough(&self) -> bool {
        matches!(self, Passage::Translation(translation) if translation.translator.is_stopped() && translation.ended)
    }

    /// Whether an event that says something has been seen.
    pub(crate) fn is_meaningful(&self) -> bool {
        match self {
            Passage::Relay(meter) => meter.is_meaningful(),
            Passage::Translation(translation) => translation.translator.is_meaningful(),
        }
    }

    /// Whether the stream has shown that it is whole.
    pub(crate) fn is_complete(&self) -> bool {
        match self {
            Passage::Relay(meter) => meter.is_complete(),
            Passage::Translation(translation) => translation.ended,
        }
    }

    /// Whether the stream has told of its own failure.
    pub(crate) fn has_failed(&self) -> bool {
        match self {
            Passage::Relay(meter) => meter.has_failed(),
            Passage::Translation(translation) => translation.translator.failure().is_some(),
        }
    }

    /// What the upstream says has gone wrong, where that had to be read.
    pub(crate) fn failure(&self) -> Option<&Error> {
        match self {
            Passage::Relay(_) => None,
            Passage::Translation(translation) => translation.translator.failure(),
        }
    }

    /// Whether the model has made a call that is none.
    pub(crate) fn is_malformed(&self) -> bool {
        matches!(self, Passage::Translation(translation) if translation.translator.is_malformed())
    }

    /// Whether the stream began with something that is none of the dialect's.
    pub(crate) fn is_invalid(&self) -> bool {
        matches!(self, Passage::Relay(meter) if meter.is_invalid())
    }

    /// How much is held: events, and bytes.
    pub(crate) fn held(&self) -> (usize, usize) {
        match self {
            Passage::Relay(meter) => meter.held(),
            Passage::Translation(translation) => (translation.events, translation.bytes),
        }
    }

    /// What the stream has used, as far as it told.
    pub(crate) fn usage(&self) -> Usage {
        match self {
            Passage::Relay(meter) => meter.usage(),
            Passage::Translation(translation) => translation.translator.usage(translation.complete),
        }
    }
}

/// A stream that is translated.
#[derive(Debug)]
pub(crate) struct Translation {
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
    pub(crate) fn new(upstream: Dialect, purpose: Purpose) -> Self {
        Self {
            caller: purpose.caller,
            frames: match upstream {
                Dialect::Converse => Frames::Binary(FrameDecoder::default()),
                _ => Frames::Text(Framer::sse()),
            },
            parser: (codec(upstream).parser)(),
            translator: Translator::new(purpose),
            ready: VecDeque::new(),
            ended: false,
            complete: false,
            events: 0,
            bytes: 0,
        }
    }

    fn take(&mut self, data: Bytes) -> Result<(), Broken> {
        self.bytes += data.len();
        let fed = self.feed(data);
        if !self.ended && self.translator.is_stopped() {
            // The caller has what it asked for. What the upstream would still say is nobody's.
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
                while let Some(message) = decoder.next().map_err(|_| Broken)? {
                    *events += 1;
                    binary(&mut **parser, translator, &message);
                }
                Ok(())
            }
        }
    }

    /// Takes the end of a stream that was not broken off: its last event may lack the blank line.
    fn finish(&mut self) {
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

    fn close(&mut self) {
        if let Some(error) = self.translator.failure().cloned() {
            self.fail(&error);
        }
    }

    fn fail(&mut self, error: &Error) {
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

    fn next(&mut self) -> Option<Bytes> {
        self.ready.pop_front()
    }

    fn is_over(&self) -> bool {
        self.ended || self.translator.failure().is_some()
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
    event(parser, translator, name.as_bytes(), message.payload);
}

/// Translates a whole answer.
///
/// # Errors
/// It is none, or it says that it has failed.
pub(crate) fn whole(upstream: Dialect, body: &[u8], purpose: Purpose) -> Result<(Bytes, Usage), Failure> {
    let Ok(doc) = Doc::parse_bytes(body) else {
        return Err(Failure::broken(Class::UpstreamInvalid, "the upstream answered with what is not whole JSON"));
    };
    let mut translator = Translator::new(purpose);
    (codec(upstream).parse_whole)(doc.root(), &mut |event| translator.push(event))
        .map_err(|error| Failure { error, malformed: false })?;
    if let Some(error) = translator.failure() {
        return Err(Failure { error: error.clone(), malformed: translator.is_malformed() });
    }
    translator.finish();
    let usage = translator.usage(true);
    Ok((translator.into_bytes().into(), usage))
}

/// Translates a whole stream that came where a whole answer was to be.
///
/// # Errors
/// It is none, it says that it has failed, or it is not whole.
pub(crate) fn gathered(upstream: Dialect, body: Bytes, purpose: Purpose) -> Result<(Bytes, Usage), Failure> {
    let mut translation = Translation::new(upstream, purpose);
    if translation.take(body).is_err() {
        return Err(Failure::broken(Class::UpstreamInvalid, "the upstream sent what is no stream of events"));
    }
    translation.finish();
    if let Some(error) = translation.translator.failure() {
        return Err(Failure { error: error.clone(), malformed: translation.translator.is_malformed() });
    }
    if !translation.ended {
        return Err(Failure::broken(Class::UpstreamTruncated, "the upstream's stream ended before its end"));
    }
    let usage = translation.translator.usage(translation.complete);
    Ok((translation.translator.into_bytes().into(), usage))
}

/// Why an answer is none.
#[derive(Debug)]
pub(crate) struct Failure {
    /// What is to be told.
    pub(crate) error: Error,
    /// The model has made a call that is none.
    pub(crate) malformed: bool,
}

impl Failure {
    fn broken(class: Class, message: &'static str) -> Self {
        Self { error: Error::new(class, message), malformed: false }
    }
}
