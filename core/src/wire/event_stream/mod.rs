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
pub(crate) mod tests;
