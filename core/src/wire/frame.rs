//! A stream's bytes, cut at the borders of its events.
//!
//! A framer is fed chunks as they arrive and answers what is whole by then: the bytes, unchanged, and a [`Unit`] for
//! each event, comment or blank line in them. The tail of an incomplete event is kept for the next chunk. Whatever
//! way the bytes are split, the same units come out, joined they are the same bytes, and the work is linear in them.

use std::borrow::Cow;
use std::ops::Range;

use bytes::{Bytes, BytesMut};

use super::array::ArrayScan;
use super::sse::{self, SseScan};

/// The largest event of a stream, in bytes.
pub const MAX_EVENT: usize = 16 << 20;

/// A piece of a stream that may stand, or be left out, on its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unit {
    /// All its bytes.
    pub span: Range<usize>,
    /// The event's name; empty where it has none.
    pub name: Range<usize>,
    /// The event's data, or the first line of it.
    pub data: Range<usize>,
    /// What it is.
    pub kind: UnitKind,
}

/// What a unit is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UnitKind {
    /// An event.
    Event,
    /// An event whose data is spread over several lines: see [`Unit::payload`].
    Spread,
    /// A comment.
    Comment,
    /// A blank line, an event without data, or the end of an array.
    Blank,
}

/// The stream is not what it should be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FrameFault {
    /// An event is larger than [`MAX_EVENT`].
    TooLarge,
    /// What should be a JSON array is not.
    Malformed,
}

/// Cuts a stream at the borders of its events.
#[derive(Debug)]
pub struct Framer {
    scan: Scan,
    /// The bytes of the incomplete event.
    tail: BytesMut,
    units: Vec<Unit>,
    max_event: usize,
}

#[derive(Debug)]
enum Scan {
    Sse(SseScan),
    Array(ArrayScan),
}

impl Unit {
    /// The event's data, of a unit of the given whole bytes.
    pub fn payload<'a>(&self, whole: &'a [u8]) -> Cow<'a, [u8]> {
        match self.kind {
            UnitKind::Event => Cow::Borrowed(whole.get(self.data.clone()).unwrap_or_default()),
            UnitKind::Spread => Cow::Owned(sse::joined_data(whole.get(self.span.clone()).unwrap_or_default())),
            UnitKind::Comment | UnitKind::Blank => Cow::Borrowed(&[]),
        }
    }
}

impl Framer {
    /// For a stream of server-sent events.
    pub fn sse() -> Self {
        Self::new(Scan::Sse(SseScan::default()))
    }

    /// For one JSON array whose elements are the events.
    pub fn array() -> Self {
        Self::new(Scan::Array(ArrayScan::default()))
    }

    fn new(scan: Scan) -> Self {
        Self { scan, tail: BytesMut::new(), units: Vec::new(), max_event: MAX_EVENT }
    }

    /// Takes the next chunk. Answers the bytes that are whole now; [`Framer::units`] says what they are.
    ///
    /// # Errors
    /// The stream is of no use from here on.
    pub fn feed(&mut self, chunk: Bytes) -> Result<Bytes, FrameFault> {
        self.units.clear();
        // A chunk of blank lines alone makes a unit of each: that is not kept for the stream's whole life.
        self.units.shrink_to(64);
        if self.tail.is_empty() {
            let end = self.scan(&chunk)?;
            self.keep(chunk.get(end..).unwrap_or_default(), end)?;
            return Ok(chunk.slice(..end));
        }
        let mut tail = std::mem::take(&mut self.tail);
        tail.extend_from_slice(&chunk);
        let end = self.scan(&tail)?;
        let whole = tail.split_to(end).freeze();
        self.rebase(end);
        self.tail = tail;
        self.check_size()?;
        Ok(whole)
    }

    /// What the bytes that [`Framer::feed`] answered last are made of, in order and without a gap.
    pub fn units(&self) -> &[Unit] {
        &self.units
    }

    /// Takes the end of the stream. Answers the bytes of a last event that only lacks its border; the bytes of an
    /// incomplete one are lost with the stream.
    pub fn finish(&mut self) -> Option<(Bytes, Unit)> {
        let tail = std::mem::take(&mut self.tail).freeze();
        match &mut self.scan {
            Scan::Sse(scan) => scan.finish(&tail).map(|unit| (tail, unit)),
            // An element without its closing bracket behind it cannot be told from one of a longer number.
            Scan::Array(_) => None,
        }
    }

    /// Whether the stream is one JSON array.
    pub fn is_array(&self) -> bool {
        matches!(self.scan, Scan::Array(_))
    }

    /// Whether an array has had an element yet: the next one needs a comma.
    pub fn needs_comma(&self) -> bool {
        matches!(&self.scan, Scan::Array(scan) if scan.has_elements())
    }

    fn scan(&mut self, bytes: &[u8]) -> Result<usize, FrameFault> {
        match &mut self.scan {
            Scan::Sse(scan) => Ok(scan.scan(bytes, &mut self.units)),
            Scan::Array(scan) => scan.scan(bytes, &mut self.units),
        }
    }

    fn keep(&mut self, rest: &[u8], end: usize) -> Result<(), FrameFault> {
        self.rebase(end);
        self.tail.extend_from_slice(rest);
        self.check_size()
    }

    /// The scanner's positions count from the incomplete event's beginning.
    fn rebase(&mut self, end: usize) {
        match &mut self.scan {
            Scan::Sse(scan) => scan.rebase(end),
            Scan::Array(scan) => scan.rebase(end),
        }
    }

    fn check_size(&self) -> Result<(), FrameFault> {
        if self.tail.len() > self.max_event { Err(FrameFault::TooLarge) } else { Ok(()) }
    }
}

/// Moves a range that counts from one place so that it counts from another, `by` bytes further on.
pub(super) fn rebased(range: &Range<usize>, by: usize) -> Range<usize> {
    range.start.saturating_sub(by)..range.end.saturating_sub(by)
}

#[cfg(test)]
pub(crate) mod tests {
    use proptest::prelude::*;

    use super::*;

    /// What comes out of a framer that is fed the text in the given pieces: kind, name, data and bytes of each unit.
    pub(crate) fn framed(mut framer: Framer, pieces: &[&[u8]]) -> Vec<(UnitKind, String, String, Vec<u8>)> {
        let mut out = Vec::new();
        let mut note = |whole: &Bytes, unit: &Unit| {
            let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
            let data = text(&unit.payload(whole));
            out.push((unit.kind, text(&whole[unit.name.clone()]), data, whole[unit.span.clone()].to_vec()));
        };
        for piece in pieces {
            let whole = framer.feed(Bytes::copy_from_slice(piece)).expect("a stream");
            let mut end = 0;
            for unit in framer.units() {
                assert_eq!(unit.span.start, end, "no gap");
                end = unit.span.end;
                note(&whole, unit);
            }
            assert_eq!(end, whole.len(), "nothing whole without a unit");
        }
        if let Some((whole, unit)) = framer.finish() {
            note(&whole, &unit);
        }
        out
    }

    pub(crate) fn events(pieces: &[(UnitKind, String, String, Vec<u8>)]) -> Vec<(String, String)> {
        pieces
            .iter()
            .filter(|(kind, ..)| matches!(kind, UnitKind::Event | UnitKind::Spread))
            .map(|(_, name, data, _)| (name.clone(), data.clone()))
            .collect()
    }

    #[test]
    fn an_event_past_the_cap_is_a_fault() {
        let mut framer = Framer { max_event: 100, ..Framer::sse() };
        assert!(framer.feed(Bytes::from(vec![b'a'; 100])).is_ok());
        assert_eq!(framer.feed(Bytes::from_static(b"b")), Err(FrameFault::TooLarge));
    }

    #[test]
    fn whole_chunks_are_not_copied() {
        let mut framer = Framer::sse();
        let chunk = Bytes::from(b"data: 1\n\ndata: 2\n\n".to_vec());
        let whole = framer.feed(chunk.clone()).expect("a stream");
        assert_eq!((whole.as_ptr(), whole.len()), (chunk.as_ptr(), chunk.len()));
        assert_eq!(framer.units().len(), 2);
    }

    #[test]
    fn one_byte_at_a_time_is_linear() {
        let mut framer = Framer::sse();
        let text = format!("data: {}\n\n", "x".repeat(1 << 20));
        let mut events = 0;
        for byte in text.as_bytes() {
            framer.feed(Bytes::copy_from_slice(&[*byte])).expect("a stream");
            events += framer.units().len();
        }
        assert_eq!(events, 1);
    }

    proptest! {
        #[test]
        fn any_split_gives_the_same_units(
            lines in prop::collection::vec(
                prop_oneof![
                    Just("data: {\"a\":1}"), Just("data:x"), Just("data"), Just("event: message"), Just(": ping"), Just(":"),
                    Just(""), Just(""), Just("id: 1"), Just("data: é\u{2028}"), Just("retry"), Just("event:"), Just("data: [DONE]"),
                ],
                0..24,
            ),
            end in prop_oneof![Just("\n"), Just("\r\n"), Just("\r")],
            bom: bool,
            splits in prop::collection::vec(any::<prop::sample::Index>(), 0..12),
        ) {
            let mut text = if bom { "\u{feff}".to_owned() } else { String::new() };
            for line in &lines { text.push_str(line); text.push_str(end); }
            let mut places: Vec<usize> = splits.iter().map(|split| split.index(text.len() + 1)).collect();
            places.sort_unstable();
            let mut pieces = Vec::new();
            let mut start = 0;
            for place in places { pieces.push(&text.as_bytes()[start..place]); start = place; }
            pieces.push(&text.as_bytes()[start..]);
            let whole = framed(Framer::sse(), &[text.as_bytes()]);
            let split = framed(Framer::sse(), &pieces);
            prop_assert_eq!(events(&whole), events(&split));
            let bytes = |units: &[(UnitKind, String, String, Vec<u8>)]| units.iter().flat_map(|unit| unit.3.clone()).collect::<Vec<_>>();
            prop_assert!(text.as_bytes().starts_with(&bytes(&split)));
            prop_assert_eq!(bytes(&whole), bytes(&split));
        }
    }
}
