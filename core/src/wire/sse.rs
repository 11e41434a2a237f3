//! Server-sent events: where they begin and end.
//!
//! WHATWG HTML, "Server-sent events", section "Interpreting an event stream", with two liberties of servers that exist:
//! the blank line after the last event may be missing, and a comment between events stands for itself as soon as its
//! line has ended, so that a keep-alive is not held back until the next event.

use std::ops::Range;

use super::frame::{Unit, UnitKind, rebased};
use super::json;

const BOM: &[u8] = "\u{feff}".as_bytes();

/// How far a stream has been read. Positions count from the beginning of the bytes that are scanned, which is where
/// the incomplete event begins.
#[derive(Debug, Default)]
pub(super) struct SseScan {
    /// Where reading goes on.
    at: usize,
    /// Where the incomplete line begins.
    line: usize,
    /// Where the incomplete event begins.
    event: usize,
    name: Range<usize>,
    data: Range<usize>,
    data_lines: u32,
    has_fields: bool,
    /// The last line ended in CR at the very end of the bytes: a LF that follows belongs to it.
    after_cr: bool,
    /// The stream's first line has ended: no byte order mark can come any more.
    begun: bool,
}

impl SseScan {
    /// Reads on; the bytes begin with the incomplete event. Answers where what is whole ends.
    pub(super) fn scan(&mut self, bytes: &[u8], units: &mut Vec<Unit>) -> usize {
        if self.after_cr && self.at < bytes.len() {
            self.after_cr = false;
            if bytes.get(self.at) == Some(&b'\n') {
                self.at += 1;
                self.line = self.at;
                if !self.has_fields {
                    self.push(UnitKind::Blank, units);
                }
            }
        }
        while let Some(found) = memchr::memchr2(b'\n', b'\r', bytes.get(self.at..).unwrap_or_default()) {
            let end = self.at + found;
            self.at = end + 1;
            if bytes.get(end) == Some(&b'\r') {
                match bytes.get(self.at) {
                    Some(b'\n') => self.at += 1,
                    Some(_) => {}
                    None => self.after_cr = true,
                }
            }
            self.end_line(bytes, end, units);
        }
        self.at = bytes.len();
        self.event
    }

    /// Counts from the place where what was whole has ended.
    pub(super) fn rebase(&mut self, by: usize) {
        self.at -= by;
        self.line -= by;
        self.event -= by;
        self.name = rebased(&self.name, by);
        self.data = rebased(&self.data, by);
    }

    /// The end of the stream: an event that only lacks its blank line is taken if its data is complete.
    pub(super) fn finish(&mut self, bytes: &[u8]) -> Option<Unit> {
        let mut units = Vec::new();
        if self.line < bytes.len() {
            self.end_line(bytes, bytes.len(), &mut units);
        }
        if self.data_lines == 0 {
            return None;
        }
        self.at = bytes.len();
        let kind = self.event_kind();
        self.push(kind, &mut units);
        let unit = units.pop()?;
        let payload = unit.payload(bytes);
        let text = std::str::from_utf8(&payload).ok()?.trim();
        (text.starts_with("[DONE]") || json::is_valid(text)).then_some(unit)
    }

    /// A line has ended before `end`; `self.at` is behind its end.
    fn end_line(&mut self, bytes: &[u8], end: usize, units: &mut Vec<Unit>) {
        let mut start = self.line;
        let mut line = bytes.get(start..end).unwrap_or_default();
        if !self.begun {
            self.begun = true;
            if let Some(rest) = line.strip_prefix(BOM) {
                line = rest;
                start += BOM.len();
            }
        }
        self.line = self.at;
        match line {
            [] if self.data_lines > 0 => {
                let kind = self.event_kind();
                self.push(kind, units);
            }
            [] => self.push(UnitKind::Blank, units),
            [b':', ..] if !self.has_fields => self.push(UnitKind::Comment, units),
            [b':', ..] => {}
            _ => self.field(line, start),
        }
    }

    fn field(&mut self, line: &[u8], start: usize) {
        self.has_fields = true;
        let (name, value) = split_field(line);
        let value = start + value..start + line.len();
        match name {
            b"data" => {
                if self.data_lines == 0 {
                    self.data = value;
                }
                self.data_lines += 1;
            }
            b"event" => self.name = value,
            _ => {}
        }
    }

    fn event_kind(&self) -> UnitKind {
        if self.data_lines > 1 { UnitKind::Spread } else { UnitKind::Event }
    }

    /// What began at `self.event` ends at `self.at`.
    fn push(&mut self, kind: UnitKind, units: &mut Vec<Unit>) {
        let (name, data) = (std::mem::take(&mut self.name), std::mem::take(&mut self.data));
        units.push(Unit { span: self.event..self.at, name, data, kind });
        self.event = self.at;
        self.data_lines = 0;
        self.has_fields = false;
    }
}

/// A field's name, and where its value begins: behind the colon and one space.
fn split_field(line: &[u8]) -> (&[u8], usize) {
    match memchr::memchr(b':', line) {
        None => (line, line.len()),
        Some(colon) => {
            let space = usize::from(line.get(colon + 1) == Some(&b' '));
            (line.get(..colon).unwrap_or_default(), colon + 1 + space)
        }
    }
}

/// The data of one event that is spread over several lines, joined with LF.
pub(super) fn joined_data(event: &[u8]) -> Vec<u8> {
    let event = event.strip_prefix(BOM).unwrap_or(event);
    let mut joined = Vec::with_capacity(event.len());
    let mut first = true;
    let mut rest = event;
    while !rest.is_empty() {
        let end = memchr::memchr2(b'\n', b'\r', rest).unwrap_or(rest.len());
        let (line, behind) = rest.split_at(end);
        let (name, value) = split_field(line);
        if name == b"data" {
            if !first {
                joined.push(b'\n');
            }
            first = false;
            joined.extend_from_slice(line.get(value..).unwrap_or_default());
        }
        rest = match behind {
            [b'\r', b'\n', rest @ ..] | [_, rest @ ..] => rest,
            [] => &[],
        };
    }
    joined
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::frame::Framer;
    use crate::wire::frame::tests::{events, framed};

    const STREAM: &str = "\u{feff}: hello\r\nevent: a\r\ndata: {\"x\":\r\n: inside\r\ndata:1}\r\n\r\ndata: é\u{2028}€\n\n\n\
                          data:  two spaces\rid: 7\r\revent: no data\n\n: ping\ndata: [DONE]\n";

    #[test]
    fn every_split_gives_the_same_events() {
        let bytes = STREAM.as_bytes();
        let whole = framed(Framer::sse(), &[bytes]);
        let expected = [("a", "{\"x\":\n1}"), ("", "é\u{2028}€"), ("", " two spaces"), ("", "[DONE]")];
        let expected: Vec<_> = expected.iter().map(|(name, data)| ((*name).to_owned(), (*data).to_owned())).collect();
        assert_eq!(events(&whole), expected);
        for first in 0..=bytes.len() {
            for second in first..=bytes.len() {
                let pieces = [&bytes[..first], &bytes[first..second], &bytes[second..]];
                let split = framed(Framer::sse(), &pieces);
                assert_eq!(events(&split), expected, "{first} {second}");
                let joined: Vec<u8> = split.iter().flat_map(|unit| unit.3.clone()).collect();
                assert_eq!(joined, bytes, "{first} {second}");
            }
        }
    }

    #[test]
    fn a_comment_leaves_as_soon_as_its_line_has_ended() {
        let units = framed(Framer::sse(), &[b": ping\n"]);
        assert_eq!(units.iter().map(|unit| unit.0).collect::<Vec<_>>(), [UnitKind::Comment]);
    }

    #[test]
    fn an_event_leaves_at_the_first_byte_that_ends_it() {
        let units = framed(Framer::sse(), &[b"data: 1\r\n\r", b"\ndata: 2\r\n\r\n"]);
        let spans: Vec<&[u8]> = units.iter().map(|unit| &*unit.3).collect();
        assert_eq!(spans, [&b"data: 1\r\n\r"[..], b"\n", b"data: 2\r\n\r\n"]);
    }

    #[test]
    fn the_last_event_may_lack_its_blank_line_if_it_is_complete() {
        for (text, expected) in [
            ("data: {\"a\":1}", 1),
            ("data: {\"a\":1}\n", 1),
            ("data: [DONE]", 1),
            ("data: {\"a\":", 0),
            ("data: {\"a\":1}\ndata: ,", 0),
            ("event: x\n", 0),
            ("dat", 0),
        ] {
            assert_eq!(events(&framed(Framer::sse(), &[text.as_bytes()])).len(), expected, "{text}");
        }
    }
}
