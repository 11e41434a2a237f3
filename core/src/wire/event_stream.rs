//! AWS event streams: messages in binary frames, each with lengths, headers, a payload and two checksums.
//! <https://smithy.io/2.0/aws/amazon-eventstream.html>
//!
//! A decoder is fed bytes as they arrive, split anywhere, and answers the messages that are whole by then.

use std::borrow::Cow;

use super::frame::FrameFault;
use super::write::Writer;

/// Total length, length of the headers, and the checksum of these two.
const PRELUDE: usize = 12;
/// The checksum at the end.
const TRAILER: usize = 4;
/// The most that the headers may be: AWS's own limit.
const MAX_HEADERS: usize = 128 << 10;
/// The most that a payload may be: what AWS's own SDKs take.
const MAX_PAYLOAD: usize = 24 << 20;

/// Reads frames.
#[derive(Debug, Default)]
pub struct FrameDecoder {
    buffer: Vec<u8>,
    /// Where the frame begins that is read next.
    at: usize,
    /// The frame's length and its headers', where they have been read and checked.
    lengths: Option<(usize, usize)>,
    fault: Option<FrameFault>,
}

/// A message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message<'a> {
    /// What it is.
    pub kind: MessageKind<'a>,
    /// What it says: JSON, for the protocols that are spoken here.
    pub payload: &'a [u8],
}

/// What a message is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MessageKind<'a> {
    /// An event.
    Event(Cow<'a, str>),
    /// An error that the service's model has: its type.
    Exception(Cow<'a, str>),
    /// An error that the service's model has not; it has no payload.
    Error {
        /// Its code.
        code: Cow<'a, str>,
        /// What is said about it.
        message: Cow<'a, str>,
    },
}

impl FrameDecoder {
    /// Takes the next bytes. [`FrameDecoder::message`] answers what is whole by then.
    pub fn feed(&mut self, bytes: &[u8]) {
        if self.fault.is_some() {
            return;
        }
        if self.at > 0 {
            self.buffer.drain(..self.at);
            self.at = 0;
        }
        self.buffer.extend_from_slice(bytes);
    }

    /// The next message; `None` if it has not arrived whole.
    ///
    /// # Errors
    /// The stream is of no use from here on: a length past its limit, a checksum that does not fit, headers that are none.
    pub fn message(&mut self) -> Result<Option<Message<'_>>, FrameFault> {
        if let Some(fault) = self.fault {
            return Err(fault);
        }
        match self.whole() {
            Ok(None) => Ok(None),
            Ok(Some((start, headers, end))) => {
                self.at = end + TRAILER;
                self.lengths = None;
                let told = self.buffer.get(start..headers).and_then(kind);
                let payload = self.buffer.get(headers..end).unwrap_or_default();
                if told.is_none() {
                    self.fault = Some(FrameFault::Malformed);
                }
                told.map(|kind| Some(Message { kind, payload })).ok_or(FrameFault::Malformed)
            }
            Err(fault) => {
                self.fault = Some(fault);
                Err(fault)
            }
        }
    }

    /// Whether nothing is left: a stream that ends with a part of a frame has been cut.
    pub fn is_empty(&self) -> bool {
        self.fault.is_none() && self.at == self.buffer.len()
    }

    /// Where the headers of the next frame begin and end, and where its payload does, if it is there and its checksums fit.
    fn whole(&mut self) -> Result<Option<(usize, usize, usize)>, FrameFault> {
        let rest = self.buffer.get(self.at..).unwrap_or_default();
        let (total, headers) = match self.lengths {
            Some(lengths) => lengths,
            None => {
                let Some(prelude) = rest.get(..PRELUDE) else { return Ok(None) };
                let lengths = lengths(prelude)?;
                self.lengths = Some(lengths);
                lengths
            }
        };
        let Some((checked, checksum)) = rest.get(..total).and_then(|frame| frame.split_at_checked(total - TRAILER))
        else {
            return Ok(None);
        };
        if number(checksum) != Some(crc32(checked)) {
            return Err(FrameFault::Malformed);
        }
        let start = self.at + PRELUDE;
        Ok(Some((start, start + headers, self.at + total - TRAILER)))
    }
}

impl Message<'_> {
    /// The message's name as stream parsers are given it: an event's type, or `!` and an error's.
    pub fn name(&self) -> Cow<'_, str> {
        match &self.kind {
            MessageKind::Event(name) => Cow::Borrowed(name),
            MessageKind::Exception(kind) | MessageKind::Error { code: kind, .. } => Cow::Owned(["!", kind].concat()),
        }
    }

    /// What it says, as JSON text.
    pub fn data(&self) -> Cow<'_, str> {
        match &self.kind {
            MessageKind::Error { message, .. } => {
                let mut json = Writer::default();
                json.open().str_member("message", message).close();
                String::from_utf8(json.into_bytes()).unwrap_or_default().into()
            }
            _ => String::from_utf8_lossy(self.payload),
        }
    }
}

/// The lengths that a prelude tells, if it is whole and they are within their limits.
fn lengths(prelude: &[u8]) -> Result<(usize, usize), FrameFault> {
    let (checked, checksum) = prelude.split_at_checked(PRELUDE - 4).ok_or(FrameFault::Malformed)?;
    let told = number(checksum).filter(|told| *told == crc32(checked)).and(number(checked));
    let length = |at: usize| checked.get(at..).and_then(number).and_then(|length| usize::try_from(length).ok());
    let (Some(_), Some(total), Some(headers)) = (told, length(0), length(4)) else { return Err(FrameFault::Malformed) };
    let payload = total.checked_sub(PRELUDE + TRAILER).and_then(|rest| rest.checked_sub(headers));
    match payload {
        None => Err(FrameFault::Malformed),
        Some(payload) if headers > MAX_HEADERS || payload > MAX_PAYLOAD => Err(FrameFault::TooLarge),
        Some(_) => Ok((total, headers)),
    }
}

/// What the headers say that a message is. `None` if they are none.
fn kind(mut headers: &[u8]) -> Option<MessageKind<'_>> {
    let [mut message_type, mut event, mut exception, mut code, mut message] = [None; 5];
    while let [length, rest @ ..] = headers {
        let (name, rest) = rest.split_at_checked(usize::from(*length))?;
        let (value_type, rest) = rest.split_first()?;
        let (length, rest) = match value_type {
            0 | 1 => (0, rest),
            2 => (1, rest),
            3 => (2, rest),
            4 => (4, rest),
            5 | 8 => (8, rest),
            9 => (16, rest),
            6 | 7 => {
                let (length, rest) = rest.split_first_chunk::<2>()?;
                (usize::from(u16::from_be_bytes(*length)), rest)
            }
            _ => return None,
        };
        let (value, rest) = rest.split_at_checked(length)?;
        headers = rest;
        if *value_type == 7 {
            let slot = match name {
                b":message-type" => &mut message_type,
                b":event-type" => &mut event,
                b":exception-type" => &mut exception,
                b":error-code" => &mut code,
                b":error-message" => &mut message,
                _ => continue,
            };
            *slot = Some(value);
        }
    }
    let text = |value: Option<&'_ [u8]>| String::from_utf8_lossy(value.unwrap_or_default()).into_owned().into();
    Some(match message_type {
        Some(b"event") => MessageKind::Event(String::from_utf8_lossy(event.unwrap_or_default())),
        Some(b"exception") => MessageKind::Exception(String::from_utf8_lossy(exception.unwrap_or_default())),
        Some(b"error") => MessageKind::Error { code: text(code), message: text(message) },
        // The standard has no other, and one that is not known may be an error.
        _ => return None,
    })
}

fn number(bytes: &[u8]) -> Option<u32> {
    bytes.first_chunk().map(|bytes| u32::from_be_bytes(*bytes))
}

/// The checksum of IEEE 802.3, as zlib has it. Frames are small: a table of one kilobyte does, where a crate brings sixteen.
fn crc32(bytes: &[u8]) -> u32 {
    const TABLE: [u32; 256] = {
        let mut table = [0; 256];
        let mut rest: &mut [u32] = &mut table;
        let mut byte = 0;
        while let [entry, tail @ ..] = rest {
            let mut crc: u32 = byte;
            let mut bit = 0;
            while bit < 8 {
                crc = if crc & 1 == 1 { 0xedb8_8320 ^ (crc >> 1) } else { crc >> 1 };
                bit += 1;
            }
            *entry = crc;
            byte += 1;
            rest = tail;
        }
        table
    };
    !bytes.iter().fold(!0, |crc: u32, byte| {
        let [low, ..] = crc.to_le_bytes();
        // The index is in bounds: there are 256 bytes.
        TABLE.get(usize::from(low ^ byte)).copied().unwrap_or_default() ^ (crc >> 8)
    })
}

#[cfg(test)]
pub(crate) mod tests {
    use proptest::prelude::*;

    use super::*;

    /// A frame with string headers.
    pub(crate) fn frame(headers: &[(&str, &str)], payload: &[u8]) -> Vec<u8> {
        let mut told = Vec::new();
        for (name, value) in headers {
            told.push(u8::try_from(name.len()).expect("a short name"));
            told.extend_from_slice(name.as_bytes());
            told.push(7);
            told.extend_from_slice(&u16::try_from(value.len()).expect("a short value").to_be_bytes());
            told.extend_from_slice(value.as_bytes());
        }
        let lengths = [PRELUDE + told.len() + payload.len() + TRAILER, told.len()];
        let mut frame: Vec<u8> =
            lengths.iter().flat_map(|length| u32::try_from(*length).expect("a length").to_be_bytes()).collect();
        frame.extend_from_slice(&crc32(&frame).to_be_bytes());
        frame.extend_from_slice(&told);
        frame.extend_from_slice(payload);
        frame.extend_from_slice(&crc32(&frame).to_be_bytes());
        frame
    }

    type Told = Result<Vec<(String, String)>, FrameFault>;

    fn decoded(pieces: &[&[u8]]) -> (Told, bool) {
        let mut decoder = FrameDecoder::default();
        let mut told = Vec::new();
        for piece in pieces {
            decoder.feed(piece);
            loop {
                match decoder.message() {
                    Ok(Some(message)) => told.push((message.name().into_owned(), message.data().into_owned())),
                    Ok(None) => break,
                    Err(fault) => {
                        assert_eq!(decoder.message(), Err(fault), "a fault stays");
                        return (Err(fault), decoder.is_empty());
                    }
                }
            }
        }
        (Ok(told), decoder.is_empty())
    }

    /// Frames that botocore 1.44's `eventstream.EventStreamBuffer` takes: an event, one with a header of every type, an
    /// exception and an error.
    const GOLDEN: [&[u8]; 4] = [
        b"\x00\x00\x00\x80\x00\x00\x00RQ\xa1_#\x0b:event-type\x07\x00\x0cmessageStart\x0d:content-type\x07\x00\x10application/json\x0d:message-type\x07\x00\x05event{\"p\":\"abc\",\"role\":\"assistant\"}\xf2\x9e\xd8\xda",
        b"\x00\x00\x00\x9f\x00\x00\x00v\x8f\x12\xbb\xa1\x01a\x00\x01b\x01\x01c\x02\xff\x01d\x03\xff\xfe\x01e\x04\xff\xff\xff\xfd\x01f\x05\xff\xff\xff\xff\xff\xff\xff\xfc\x01g\x06\x00\x02\x00\x01\x01h\x08\x00\x00\x01\x9bv\xda\xa8\x00\x01i\x09\x00\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c\x0d\x0e\x0f\x0d:message-type\x07\x00\x05event\x0b:event-type\x07\x00\x0bmessageStop{\"stopReason\":\"end_turn\"}\xd1\x90@7",
        b"\x00\x00\x00\xb0\x00\x00\x00aOP\x86\xb3\x0f:exception-type\x07\x00\x13throttlingException\x0d:content-type\x07\x00\x10application/json\x0d:message-type\x07\x00\x09exception{\"message\":\"Too many tokens, please wait before trying again.\"}\xf7\x0a\xe5\x7f",
        b"\x00\x00\x00w\x00\x00\x00g\xfd\x06\x17M\x0d:message-type\x07\x00\x05error\x0b:error-code\x07\x00\x0fInternalFailure\x0e:error-message\x07\x00!An internal server error occurred~\x14\x81K",
    ];

    fn golden() -> Vec<(String, String)> {
        [
            ("messageStart", r#"{"p":"abc","role":"assistant"}"#),
            ("messageStop", r#"{"stopReason":"end_turn"}"#),
            ("!throttlingException", r#"{"message":"Too many tokens, please wait before trying again."}"#),
            ("!InternalFailure", r#"{"message":"An internal server error occurred"}"#),
        ]
        .map(|(name, data)| (name.to_owned(), data.to_owned()))
        .to_vec()
    }

    #[test]
    fn reads_what_aws_reads_at_every_split() {
        let whole = GOLDEN.concat();
        for at in 0..=whole.len() {
            let (head, tail) = whole.split_at(at);
            assert_eq!(decoded(&[head, tail]), (Ok(golden()), true), "{at}");
        }
        let bytes: Vec<&[u8]> = whole.chunks(1).collect();
        assert_eq!(decoded(&bytes), (Ok(golden()), true));
        assert_eq!(frame(&[(":message-type", "event")], b"{}").len(), 16 + 22 + 2);
    }

    #[test]
    fn what_is_cut_is_told() {
        let [first, ..] = GOLDEN;
        for length in 1..first.len() {
            assert_eq!(decoded(&[&first[..length]]), (Ok(Vec::new()), false), "{length}");
        }
    }

    #[test]
    fn every_flipped_bit_is_found() {
        let [first, ..] = GOLDEN;
        for at in 0..first.len() * 8 {
            let mut broken = first.to_vec();
            broken[at / 8] ^= 1 << (at % 8);
            assert_eq!(decoded(&[&broken]), (Err(FrameFault::Malformed), false), "{at}");
        }
    }

    /// A prelude with a good checksum and these lengths.
    fn prelude(total: u32, headers: u32) -> Vec<u8> {
        let mut prelude = [total.to_be_bytes(), headers.to_be_bytes()].concat();
        prelude.extend_from_slice(&crc32(&prelude).to_be_bytes());
        prelude
    }

    #[test]
    fn lengths_are_checked_before_anything_is_kept_for_them() {
        for (total, headers, fault) in [
            (15, 0, FrameFault::Malformed),
            (16, 1, FrameFault::Malformed),
            (0, u32::MAX, FrameFault::Malformed),
            (u32::MAX, 0, FrameFault::TooLarge),
            (16 + (24 << 20) + 1, 0, FrameFault::TooLarge),
            (17 + (128 << 10), (128 << 10) + 1, FrameFault::TooLarge),
        ] {
            assert_eq!(decoded(&[&prelude(total, headers)]).0, Err(fault), "{total} {headers}");
        }
        assert_eq!(decoded(&[&prelude(16 + (24 << 20), 0)]), (Ok(Vec::new()), false));
    }

    #[test]
    fn headers_that_are_none_are_a_fault() {
        // A frame without a message type is none of a service's; one of another type may be an error.
        assert_eq!(decoded(&[&frame(&[], b"")]).0, Err(FrameFault::Malformed));
        assert_eq!(decoded(&[&frame(&[(":message-type", "news")], b"")]).0, Err(FrameFault::Malformed));
        for headers in [&b"\x05ab"[..], b"\x01a", b"\x01a\x0a", b"\x01a\x07\x00\x05x", b"\x01a\x04\x00"] {
            assert_eq!(kind(headers), None, "{headers:?}");
        }
    }

    #[test]
    fn one_byte_at_a_time_is_linear() {
        let whole = frame(&[(":message-type", "event"), (":event-type", "x")], &vec![b'x'; 1 << 20]);
        let mut decoder = FrameDecoder::default();
        let mut messages = 0;
        for byte in whole.chunks(1) {
            decoder.feed(byte);
            messages += usize::from(decoder.message().expect("a stream").is_some());
        }
        assert_eq!((messages, decoder.is_empty()), (1, true));
    }

    proptest! {
        #[test]
        fn any_bytes_are_taken(bytes: Vec<u8>) {
            let _ = decoded(&[&bytes]);
            let _ = kind(&bytes);
        }

        #[test]
        fn any_split_gives_the_same_messages(
            payloads in prop::collection::vec(any::<String>(), 0..6),
            splits in prop::collection::vec(any::<prop::sample::Index>(), 0..12),
        ) {
            let whole: Vec<u8> = payloads
                .iter()
                .flat_map(|payload| frame(&[(":message-type", "event"), (":event-type", "e")], payload.as_bytes()))
                .collect();
            let mut places: Vec<usize> = splits.iter().map(|split| split.index(whole.len() + 1)).collect();
            places.sort_unstable();
            let mut pieces = Vec::new();
            let mut start = 0;
            for place in places { pieces.push(&whole[start..place]); start = place; }
            pieces.push(&whole[start..]);
            let expected = payloads.into_iter().map(|payload| ("e".to_owned(), payload)).collect();
            prop_assert_eq!(decoded(&pieces), (Ok(expected), true));
        }
    }
}
