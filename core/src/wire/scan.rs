//! Passing over JSON and checking it on the way: the grammar, and how deep it may go.

use std::ops::Range;

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
    /// The open containers, the innermost last.
    open: Vec<u32>,
}

impl Outline {
    fn place(at: usize) -> u32 {
        // Bodies are capped far below this; a text past it would only be told wrong places.
        u32::try_from(at).unwrap_or(u32::MAX)
    }

    fn push(&mut self, start: usize, end: usize, kind: Kind) {
        let next = Self::place(self.nodes.len() + 1);
        self.nodes.push(Node { start: Self::place(start), end: Self::place(end), next, kind });
    }

    fn enter(&mut self, start: usize, kind: Kind) {
        self.open.push(Self::place(self.nodes.len()));
        self.push(start, start, kind);
    }

    fn leave(&mut self, end: usize) {
        let next = Self::place(self.nodes.len());
        if let Some(node) = self.open.pop().and_then(|at| self.nodes.get_mut(at as usize)) {
            node.end = Self::place(end);
            node.next = next;
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
        let mut kind = Kind::String;
        loop {
            self.plain();
            match self.next()? {
                b'"' => return Ok(kind),
                b'\\' => {
                    let coded = self.escape()? || kind == Kind::Coded;
                    kind = if coded { Kind::Coded } else { Kind::Escaped };
                }
                0..0x20 => return Err(self.fault_before()),
                _ => {}
            }
        }
    }

    /// What follows a backslash. Whether it is a code.
    fn escape(&mut self) -> Result<bool, Fault> {
        match self.next()? {
            b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' => Ok(false),
            b'u' => {
                for _ in 0..4 {
                    if !self.next()?.is_ascii_hexdigit() {
                        return Err(self.fault_before());
                    }
                }
                Ok(true)
            }
            _ => Err(self.fault_before()),
        }
    }

    /// Passes over what is neither a quote nor a backslash nor a control character: eight bytes at a time, and once a
    /// string has shown to be long, 64.
    fn plain(&mut self) {
        let mut words = 0;
        while let Some(chunk) = self.bytes.get(self.at..).and_then(<[u8]>::first_chunk::<8>) {
            let found = special(u64::from_le_bytes(*chunk));
            if found != 0 {
                self.at += (found.trailing_zeros() / 8) as usize;
                return;
            }
            self.at += 8;
            words += 1;
            if words == 4 {
                self.at += self.bytes.get(self.at..).map_or(0, plain_blocks);
            }
        }
    }
}

/// How many bytes the blocks of 64 at the beginning have that hold nothing special. A block is one decision, so that
/// the compiler can look at its words side by side.
fn plain_blocks(bytes: &[u8]) -> usize {
    let (blocks, _) = bytes.as_chunks::<64>();
    let is_plain = |block: &&[u8; 64]| {
        let (words, _) = block.as_chunks::<8>();
        words.iter().fold(0, |found, word| found | special(u64::from_le_bytes(*word))) == 0
    };
    64 * blocks.iter().take_while(is_plain).count()
}

/// The high bit of each byte that is a quote, a backslash or a control character. Above the lowest such byte further
/// bits may be set that mean nothing, since a subtraction borrows; below it none is.
fn special(word: u64) -> u64 {
    const ONES: u64 = u64::from_ne_bytes([1; 8]);
    const HIGH: u64 = ONES << 7;
    let quote = word ^ (ONES * 0x22);
    let backslash = word ^ (ONES * 0x5C);
    let is_control = word.wrapping_sub(ONES * 0x20) & !word;
    let is_quote = quote.wrapping_sub(ONES) & !quote;
    let is_backslash = backslash.wrapping_sub(ONES) & !backslash;
    (is_control | is_quote | is_backslash) & HIGH
}
