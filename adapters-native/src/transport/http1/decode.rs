//! The body of an answer, taken out of what the socket brought. No I/O happens here.

use std::fmt;

use bytes::{Buf, Bytes, BytesMut};

/// How much of a chunk's size line, and of all trailers, is read before they are refused.
const MAX_LINE: usize = 4 << 10;
const MAX_TRAILERS: usize = 16 << 10;

/// What an upstream sent that is not HTTP/1.1, as the end of "the upstream's answer is malformed: …".
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Malformed(pub(super) &'static str);

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the upstream's answer is malformed: {}", self.0)
    }
}

/// How a body is framed, and how much of it is still to come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Framing {
    /// So many bytes.
    Counted(u64),
    /// In chunks.
    Chunked(Chunk),
    /// Until the connection ends.
    ToTheEnd,
}

/// What comes next of a body in chunks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Chunk {
    /// A chunk's size.
    Size,
    /// So many bytes of the chunk.
    Data(u64),
    /// The line's end behind the data.
    End,
    /// Trailers, of which so many bytes have been passed over.
    Trailers(usize),
    /// Nothing.
    Done,
}

/// What the buffer held.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// A piece of the body.
    Data(Bytes),
    /// Not enough to go on.
    More,
    /// The body's end.
    End,
}

impl Framing {
    /// No body.
    pub(super) const NONE: Self = Self::Counted(0);

    /// A body in chunks, at its beginning.
    pub(super) const fn chunked() -> Self {
        Self::Chunked(Chunk::Size)
    }

    /// Whether everything has been taken.
    pub(super) fn is_done(self) -> bool {
        matches!(self, Self::Counted(0) | Self::Chunked(Chunk::Done))
    }

    /// Takes the next piece out of the buffer.
    pub(super) fn step(&mut self, buffer: &mut BytesMut) -> Result<Step, Malformed> {
        match self {
            Self::Counted(0) => Ok(Step::End),
            Self::Counted(left) => Ok(take(buffer, left).map_or(Step::More, Step::Data)),
            Self::ToTheEnd if buffer.is_empty() => Ok(Step::More),
            Self::ToTheEnd => Ok(Step::Data(buffer.split().freeze())),
            Self::Chunked(chunk) => chunk.step(buffer),
        }
    }
}

impl Chunk {
    fn step(&mut self, buffer: &mut BytesMut) -> Result<Step, Malformed> {
        loop {
            match self {
                Self::Size => {
                    let Some(line) = line(buffer, MAX_LINE, "a chunk's size line is too long")? else {
                        return Ok(Step::More);
                    };
                    *self = match size(&line)? {
                        0 => Self::Trailers(0),
                        size => Self::Data(size),
                    };
                }
                Self::Data(left) => {
                    let Some(piece) = take(buffer, left) else { return Ok(Step::More) };
                    if *left == 0 {
                        *self = Self::End;
                        // Whoever asks whether that was all should not have to wait for the next read.
                        self.pass_over(buffer)?;
                    }
                    return Ok(Step::Data(piece));
                }
                Self::End => match buffer.get(..2) {
                    Some(b"\r\n") => {
                        buffer.advance(2);
                        *self = Self::Size;
                    }
                    Some(_) => return Err(Malformed("a chunk does not end where it should")),
                    None => return Ok(Step::More),
                },
                Self::Trailers(passed) => {
                    let left = MAX_TRAILERS.saturating_sub(*passed);
                    let Some(line) = line(buffer, left, "its trailers are too long")? else { return Ok(Step::More) };
                    *passed += line.len() + 2;
                    if line.is_empty() {
                        *self = Self::Done;
                    }
                }
                Self::Done => return Ok(Step::End),
            }
        }
    }

    /// Goes on to the end of the body if that is in the buffer already.
    fn pass_over(&mut self, buffer: &mut BytesMut) -> Result<(), Malformed> {
        if buffer.starts_with(b"\r\n0\r\n\r\n") {
            buffer.advance(7);
            *self = Self::Done;
        }
        Ok(())
    }
}

/// As much of the next `left` bytes as there is.
fn take(buffer: &mut BytesMut, left: &mut u64) -> Option<Bytes> {
    let count = usize::try_from(*left).unwrap_or(usize::MAX).min(buffer.len());
    *left -= count as u64;
    (count > 0).then(|| buffer.split_to(count).freeze())
}

/// The next line, without its end.
fn line(buffer: &mut BytesMut, limit: usize, too_long: &'static str) -> Result<Option<BytesMut>, Malformed> {
    let Some(end) = memchr::memchr(b'\n', buffer) else {
        return if buffer.len() > limit { Err(Malformed(too_long)) } else { Ok(None) };
    };
    if end > limit {
        return Err(Malformed(too_long));
    }
    let mut line = buffer.split_to(end + 1);
    // A line that ends otherwise is read differently by others: that is how requests are smuggled.
    if !line.ends_with(b"\r\n") {
        return Err(Malformed("a line does not end with CR LF"));
    }
    line.truncate(line.len() - 2);
    Ok(Some(line))
}

/// The size of a chunk; extensions are passed over.
fn size(line: &[u8]) -> Result<u64, Malformed> {
    let digits = line.split(|byte| matches!(byte, b';' | b' ' | b'\t')).next().unwrap_or_default();
    if digits.is_empty() || digits.len() > 15 {
        return Err(Malformed("a chunk's size is none"));
    }
    let digit = |size: u64, byte: &u8| Some(size << 4 | u64::from(char::from(*byte).to_digit(16)?));
    digits.iter().try_fold(0, digit).ok_or(Malformed("a chunk's size is none"))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Decodes pieces as they arrive: the body, what was left over, and whether it ended.
    fn decode(mut framing: Framing, pieces: &[&[u8]]) -> Result<(String, String, bool), Malformed> {
        let (mut buffer, mut body, mut ended) = (BytesMut::new(), Vec::new(), false);
        for piece in pieces {
            buffer.extend_from_slice(piece);
            while !ended {
                match framing.step(&mut buffer)? {
                    Step::Data(data) => body.extend_from_slice(&data),
                    Step::More => break,
                    Step::End => ended = true,
                }
            }
        }
        assert_eq!(ended, framing.is_done());
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        Ok((text(&body), text(&buffer), ended))
    }

    const CHUNKS: &str = "5\r\nhello\r\n1;ext=\"a\"\r\n,\r\nA \r\n0123\r\n6789\r\n000\r\nx-trailer: 1\r\n\r\nrest";

    #[test]
    fn any_split_gives_the_same_body() {
        let whole = CHUNKS.as_bytes();
        let expected = Ok(("hello,0123\r\n6789".to_owned(), "rest".to_owned(), true));
        for first in 0..=whole.len() {
            for second in first..=whole.len() {
                let pieces = [&whole[..first], &whole[first..second], &whole[second..]];
                assert_eq!(decode(Framing::chunked(), &pieces), expected, "{first} {second}");
            }
        }
        let single: Vec<&[u8]> = whole.chunks(1).collect();
        assert_eq!(decode(Framing::chunked(), &single), expected);
    }

    #[test]
    fn a_counted_body_ends_with_its_last_byte() {
        for first in 0..=7 {
            let pieces = [&b"hellore"[..first], &b"hellore"[first..]];
            assert_eq!(decode(Framing::Counted(5), &pieces), Ok(("hello".to_owned(), "re".to_owned(), true)));
        }
        assert_eq!(decode(Framing::Counted(9), &[b"hello"]), Ok(("hello".to_owned(), String::new(), false)));
        assert_eq!(decode(Framing::ToTheEnd, &[b"he", b"llo"]), Ok(("hello".to_owned(), String::new(), false)));
    }

    #[test]
    fn the_end_is_known_with_the_last_piece() {
        let mut buffer = BytesMut::from("2\r\nhi\r\n0\r\n\r\n");
        let mut framing = Framing::chunked();
        assert_eq!(framing.step(&mut buffer), Ok(Step::Data(Bytes::from_static(b"hi"))));
        assert!(framing.is_done() && buffer.is_empty());
    }

    #[test]
    fn what_is_no_chunk_is_refused() {
        for wrong in [
            "\r\n",
            "x\r\n",
            "-1\r\n",
            "+1\r\na\r\n",
            "0x1\r\na\r\n",
            "1\na\r\n",
            "1\r\nab\r\n",
            "1\r\na\n0\r\n\r\n",
            "ffffffffffffffff\r\n",
            "0\r\na: b\n\r\n",
        ] {
            assert!(decode(Framing::chunked(), &[wrong.as_bytes()]).is_err(), "{wrong:?}");
        }
        let long_line = format!("1;{}", "x".repeat(MAX_LINE));
        assert!(decode(Framing::chunked(), &[long_line.as_bytes()]).is_err());
        let trailers = format!("0\r\n{}", "a: b\r\n".repeat(MAX_TRAILERS / 6 + 1));
        assert!(decode(Framing::chunked(), &[trailers.as_bytes()]).is_err());
    }
}
