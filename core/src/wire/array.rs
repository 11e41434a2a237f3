//! A stream that is one JSON array: Gemini's `streamGenerateContent` without `alt=sse`.
//!
//! Elements are objects. Each one's unit holds what stands before it, so that the units joined are the stream.

use std::ops::Range;

use super::frame::{FrameFault, Unit, UnitKind, rebased};

/// How far the array has been read.
#[derive(Debug, Default)]
pub(super) struct ArrayScan {
    /// Where reading goes on.
    at: usize,
    /// Where the incomplete unit begins.
    unit: usize,
    /// Where the open element begins.
    element: Range<usize>,
    state: State,
    /// Open brackets and braces of the element.
    depth: usize,
    elements: bool,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum State {
    /// Before `[`.
    #[default]
    Before,
    /// Between elements.
    Between,
    /// Inside an element, outside its strings.
    Element,
    /// Inside a string.
    Text,
    /// Behind a backslash in a string.
    Escape,
    /// Behind `]`.
    After,
}

impl ArrayScan {
    /// Whether an element has been seen.
    pub(super) fn has_elements(&self) -> bool {
        self.elements
    }

    /// Reads on; the bytes begin with the incomplete unit. Answers where what is whole ends.
    pub(super) fn scan(&mut self, bytes: &[u8], units: &mut Vec<Unit>) -> Result<usize, FrameFault> {
        while let Some(byte) = bytes.get(self.at).copied() {
            if self.state == State::Text {
                let rest = bytes.get(self.at..).unwrap_or_default();
                let Some(found) = memchr::memchr2(b'"', b'\\', rest) else {
                    self.at = bytes.len();
                    break;
                };
                self.at += found + 1;
                self.state = if rest.get(found) == Some(&b'"') { State::Element } else { State::Escape };
                continue;
            }
            self.at += 1;
            self.step(byte, units)?;
        }
        if self.state == State::After && self.unit < self.at {
            self.push(UnitKind::Blank, units);
        }
        Ok(self.unit)
    }

    /// Counts from the place where what was whole has ended.
    pub(super) fn rebase(&mut self, by: usize) {
        self.at -= by;
        self.unit -= by;
        self.element = rebased(&self.element, by);
    }

    fn step(&mut self, byte: u8, units: &mut Vec<Unit>) -> Result<(), FrameFault> {
        match (self.state, byte) {
            (State::Before | State::Between | State::After, b' ' | b'\n' | b'\r' | b'\t') => {}
            (State::Before, b'[') => self.state = State::Between,
            (State::Between, b',') if self.elements => {}
            (State::Between, b'{') => {
                self.state = State::Element;
                self.element.start = self.at - 1;
                self.depth = 1;
            }
            (State::Between, b']') => self.state = State::After,
            (State::Before | State::Between | State::After, _) => return Err(FrameFault::Malformed),
            (State::Element, b'"') => self.state = State::Text,
            (State::Element, b'{' | b'[') => self.depth += 1,
            (State::Element, b'}' | b']') => {
                self.depth -= 1;
                if self.depth == 0 {
                    self.state = State::Between;
                    self.elements = true;
                    self.element.end = self.at;
                    self.push(UnitKind::Event, units);
                }
            }
            (State::Escape, _) => self.state = State::Text,
            (State::Element | State::Text, _) => {}
        }
        Ok(())
    }

    fn push(&mut self, kind: UnitKind, units: &mut Vec<Unit>) {
        let data = if kind == UnitKind::Event { self.element.clone() } else { 0..0 };
        units.push(Unit { span: self.unit..self.at, name: 0..0, data, kind });
        self.unit = self.at;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::frame::Framer;
    use crate::wire::frame::tests::{events, framed};

    const STREAM: &str = "[{\"a\":\"x\\\"]}\\\\\"}\n,\r\n{\"b\":[{},[1]],\"c\":\"é\"}, {}\n]\n";

    #[test]
    fn every_split_gives_the_same_elements() {
        let bytes = STREAM.as_bytes();
        let expected: Vec<_> = ["{\"a\":\"x\\\"]}\\\\\"}", "{\"b\":[{},[1]],\"c\":\"é\"}", "{}"]
            .iter()
            .map(|data| (String::new(), (*data).to_owned()))
            .collect();
        for first in 0..=bytes.len() {
            for second in first..=bytes.len() {
                let pieces = [&bytes[..first], &bytes[first..second], &bytes[second..]];
                let split = framed(Framer::array(), &pieces);
                assert_eq!(events(&split), expected, "{first} {second}");
                let joined: Vec<u8> = split.iter().flat_map(|unit| unit.3.clone()).collect();
                assert_eq!(joined, bytes, "{first} {second}");
            }
        }
    }

    #[test]
    fn what_is_no_array_of_objects_is_a_fault() {
        for text in ["{\"error\":{}}", "[1]", "[{}]x", "[,{}]", "data: {}"] {
            let mut framer = Framer::array();
            assert_eq!(framer.feed(text.into()), Err(FrameFault::Malformed), "{text}");
        }
    }

    #[test]
    fn an_incomplete_element_is_not_taken() {
        let units = framed(Framer::array(), &[b"[{\"a\":1},{\"b\":"]);
        assert_eq!(events(&units).len(), 1);
    }
}
