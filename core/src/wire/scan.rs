//! Passing over JSON and checking it on the way: the grammar, and how deep it may go.

use std::ops::Range;

use super::plain::plain;

/// Why a text was not accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The byte it was noticed at.
    pub at: usize,
    /// What is wrong.
    pub kind: FaultKind,
}

/// What is wrong with a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FaultKind {
    /// It is not JSON.
    Syntax,
    /// It is JSON so far, but ends too early.
    Eof,
    /// It is nested deeper than allowed.
    TooDeep,
    /// It is JSON, but not an object (or array, where one is wanted).
    WrongType,
}

/// The deepest nesting that [`members`](super::json::members) and [`elements`](super::json::elements) can be asked to allow.
pub const MAX_DEPTH: u32 = 128;

/// What a value looks like in its text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Kind {
    #[default]
    Null,
    True,
    False,
    Number,
    /// A string that is its own text.
    String,
    /// A string with escapes, none of them `\u`.
    Escaped,
    /// A string with escapes, some of them `\u`: it may hold a lone surrogate.
    Coded,
    Array,
    Object,
}

/// A value's place: its bytes, and the place of the value behind it and all that it holds.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Node {
    pub(super) start: u32,
    pub(super) end: u32,
    pub(super) next: u32,
    pub(super) kind: Kind,
}

/// The places of all values of a text, in its order; a member's key is a value before its own.
#[derive(Debug, Default)]
pub(super) struct Outline {
    pub(super) nodes: Vec<Node>,
    /// The innermost open container. Its `next` is the one around it, until it is closed.
    open: u32,
}

impl Outline {
    /// Room for the values of a text of so many bytes: an event has one every eight, a conversation one every thirty.
    pub(super) fn of(bytes: usize) -> Self {
        let values = (bytes / 32).clamp(256, 4096).min(bytes / 8 + 1);
        Self { nodes: Vec::with_capacity(values), open: 0 }
    }

    /// Bodies are capped far below what has no place; a text past it would only be told wrong ones.
    fn place(at: usize) -> u32 {
        at as u32
    }

    fn push(&mut self, start: usize, end: usize, kind: Kind) {
        let next = Self::place(self.nodes.len() + 1);
        self.nodes.push(Node { start: Self::place(start), end: Self::place(end), next, kind });
    }

    fn enter(&mut self, start: usize, kind: Kind) {
        let at = Self::place(self.nodes.len());
        self.nodes.push(Node { start: Self::place(start), end: 0, next: self.open, kind });
        self.open = at;
    }

    fn leave(&mut self, end: usize) {
        let next = Self::place(self.nodes.len());
        if let Some(node) = self.nodes.get_mut(self.open as usize) {
            node.end = Self::place(end);
            self.open = std::mem::replace(&mut node.next, next);
        }
    }
}

/// A place in a text that is checked as it is passed over.
pub(super) struct Scanner<'a> {
    bytes: &'a [u8],
    pub(super) at: usize,
    allowed: u32,
    depth: u32,
    /// A bit for each open container, the innermost lowest: set for an array.
    arrays: u128,
}

impl<'a> Scanner<'a> {
    pub(super) fn new(text: &'a str, depth: u32) -> Self {
        Self { bytes: text.as_bytes(), at: 0, allowed: depth.min(MAX_DEPTH), depth: 0, arrays: 0 }
    }

    pub(super) fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    pub(super) fn next(&mut self) -> Result<u8, Fault> {
        let byte = self.peek().ok_or(Fault { at: self.at, kind: FaultKind::Eof })?;
        self.at += 1;
        Ok(byte)
    }

    /// A fault at the byte that was just taken.
    pub(super) fn fault_before(&self) -> Fault {
        Fault { at: self.at.saturating_sub(1), kind: FaultKind::Syntax }
    }

    fn fault(&self) -> Fault {
        let kind = if self.at >= self.bytes.len() { FaultKind::Eof } else { FaultKind::Syntax };
        Fault { at: self.at, kind }
    }

    /// The fault of a text that does not begin as the container it should be: of another type, if it is JSON at all.
    pub(super) fn not_a_container(&mut self) -> Fault {
        let start = self.at;
        match self.value().and_then(|()| self.end()) {
            Ok(()) => Fault { at: start, kind: FaultKind::WrongType },
            Err(fault) => fault,
        }
    }

    pub(super) fn space(&mut self) {
        while let Some(b' ' | b'\n' | b'\r' | b'\t') = self.peek() {
            self.at += 1;
        }
    }

    /// Nothing but space may follow.
    pub(super) fn end(&mut self) -> Result<(), Fault> {
        self.space();
        if self.at == self.bytes.len() { Ok(()) } else { Err(self.fault()) }
    }

    pub(super) fn enter(&mut self, array: bool) -> Result<(), Fault> {
        if self.depth >= self.allowed {
            return Err(Fault { at: self.at.saturating_sub(1), kind: FaultKind::TooDeep });
        }
        self.depth += 1;
        self.arrays = (self.arrays << 1) | u128::from(array);
        Ok(())
    }

    fn leave(&mut self) {
        self.depth -= 1;
        self.arrays >>= 1;
    }

    /// A key and its colon, and the space around them.
    pub(super) fn key(&mut self) -> Result<Range<usize>, Fault> {
        let start = self.at;
        if self.next()? != b'"' {
            return Err(self.fault_before());
        }
        self.string_rest()?;
        let key = start..self.at;
        self.space();
        if self.next()? != b':' {
            return Err(self.fault_before());
        }
        self.space();
        Ok(key)
    }

    /// One value, with the places of all that it holds.
    pub(super) fn outlined_value(&mut self, outline: &mut Outline) -> Result<(), Fault> {
        let outside = self.depth;
        loop {
            let start = self.at;
            match self.next()? {
                b'"' => {
                    let kind = self.string_rest()?;
                    outline.push(start, self.at, kind);
                }
                b'{' => {
                    self.enter(false)?;
                    outline.enter(start, Kind::Object);
                    self.space();
                    if self.peek() != Some(b'}') {
                        self.outlined_key(outline)?;
                        continue;
                    }
                    self.at += 1;
                    self.leave();
                    outline.leave(self.at);
                }
                b'[' => {
                    self.enter(true)?;
                    outline.enter(start, Kind::Array);
                    self.space();
                    if self.peek() != Some(b']') {
                        continue;
                    }
                    self.at += 1;
                    self.leave();
                    outline.leave(self.at);
                }
                first => {
                    let kind = match first {
                        b't' => self.literal(b"rue").map(|()| Kind::True)?,
                        b'f' => self.literal(b"alse").map(|()| Kind::False)?,
                        b'n' => self.literal(b"ull").map(|()| Kind::Null)?,
                        b'-' => {
                            let first = self.next()?;
                            self.number_rest(first).map(|()| Kind::Number)?
                        }
                        b'0'..=b'9' => self.number_rest(first).map(|()| Kind::Number)?,
                        _ => return Err(self.fault_before()),
                    };
                    outline.push(start, self.at, kind);
                }
            }
            loop {
                if self.depth == outside {
                    return Ok(());
                }
                self.space();
                let in_array = self.arrays & 1 == 1;
                match self.next()? {
                    b',' if in_array => {
                        self.space();
                        break;
                    }
                    b',' => {
                        self.space();
                        self.outlined_key(outline)?;
                        break;
                    }
                    b']' if in_array => {
                        self.leave();
                        outline.leave(self.at);
                    }
                    b'}' if !in_array => {
                        self.leave();
                        outline.leave(self.at);
                    }
                    _ => return Err(self.fault_before()),
                }
            }
        }
    }

    fn outlined_key(&mut self, outline: &mut Outline) -> Result<(), Fault> {
        let start = self.at;
        if self.next()? != b'"' {
            return Err(self.fault_before());
        }
        let kind = self.string_rest()?;
        outline.push(start, self.at, kind);
        self.space();
        if self.next()? != b':' {
            return Err(self.fault_before());
        }
        self.space();
        Ok(())
    }

    /// One value, whatever it holds.
    pub(super) fn value(&mut self) -> Result<(), Fault> {
        let outside = self.depth;
        loop {
            match self.next()? {
                b'"' => self.string_rest().map(drop)?,
                b'{' => {
                    self.enter(false)?;
                    self.space();
                    if self.peek() != Some(b'}') {
                        self.key()?;
                        continue;
                    }
                    self.at += 1;
                    self.leave();
                }
                b'[' => {
                    self.enter(true)?;
                    self.space();
                    if self.peek() != Some(b']') {
                        continue;
                    }
                    self.at += 1;
                    self.leave();
                }
                b't' => self.literal(b"rue")?,
                b'f' => self.literal(b"alse")?,
                b'n' => self.literal(b"ull")?,
                b'-' => {
                    let first = self.next()?;
                    self.number_rest(first)?;
                }
                first @ b'0'..=b'9' => self.number_rest(first)?,
                _ => return Err(self.fault_before()),
            }
            // A value has ended; so may the containers around it.
            loop {
                if self.depth == outside {
                    return Ok(());
                }
                self.space();
                let in_array = self.arrays & 1 == 1;
                match self.next()? {
                    b',' if in_array => {
                        self.space();
                        break;
                    }
                    b',' => {
                        self.space();
                        self.key()?;
                        break;
                    }
                    b']' if in_array => self.leave(),
                    b'}' if !in_array => self.leave(),
                    _ => return Err(self.fault_before()),
                }
            }
        }
    }

    fn literal(&mut self, rest: &[u8]) -> Result<(), Fault> {
        for expected in rest {
            if self.next()? != *expected {
                return Err(self.fault_before());
            }
        }
        Ok(())
    }

    /// What follows a number's first digit.
    fn number_rest(&mut self, first: u8) -> Result<(), Fault> {
        match first {
            b'0' => {}
            b'1'..=b'9' => self.digits(),
            _ => return Err(self.fault_before()),
        }
        if self.peek() == Some(b'.') {
            self.at += 1;
            self.some_digits()?;
        }
        if let Some(b'e' | b'E') = self.peek() {
            self.at += 1;
            if let Some(b'+' | b'-') = self.peek() {
                self.at += 1;
            }
            self.some_digits()?;
        }
        Ok(())
    }

    fn digits(&mut self) {
        while let Some(b'0'..=b'9') = self.peek() {
            self.at += 1;
        }
    }

    fn some_digits(&mut self) -> Result<(), Fault> {
        if !self.next()?.is_ascii_digit() {
            return Err(self.fault_before());
        }
        self.digits();
        Ok(())
    }

    /// What follows a string's opening quote, the closing one included.
    fn string_rest(&mut self) -> Result<Kind, Fault> {
        let (mut escaped, mut coded) = (false, false);
        let mut rest = self.bytes.get(self.at..).unwrap_or_default();
        loop {
            let Some((_, behind)) = rest.split_at_checked(plain(rest)) else { return Err(self.fault()) };
            match behind {
                [b'"', after @ ..] => {
                    self.at = self.bytes.len() - after.len();
                    return Ok(match (escaped, coded) {
                        (_, true) => Kind::Coded,
                        (true, false) => Kind::Escaped,
                        (false, false) => Kind::String,
                    });
                }
                [b'\\', escape, after @ ..] if is_escape(*escape) => {
                    escaped = true;
                    rest = after;
                }
                _ => {
                    self.at = self.bytes.len() - behind.len();
                    self.code()?;
                    coded = true;
                    rest = self.bytes.get(self.at..).unwrap_or_default();
                }
            }
        }
    }

    /// An escape that is a code: `\u` and four digits.
    fn code(&mut self) -> Result<(), Fault> {
        for place in 0..6 {
            let byte = self.next()?;
            let fits = match place {
                0 => byte == b'\\',
                1 => byte == b'u',
                _ => byte.is_ascii_hexdigit(),
            };
            if !fits {
                return Err(self.fault_before());
            }
        }
        Ok(())
    }
}

/// Whether the byte may follow a backslash, and is all of the escape.
fn is_escape(byte: u8) -> bool {
    matches!(byte, b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't')
}
