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

#[derive(serde::Deserialize)]
struct Case {
    frame: String,
    kind: String,
    name: String,
    says: String,
}

/// Random messages with headers of every type, as botocore's decoder has read them: one after another, in pieces of many sizes.
#[test]
#[expect(clippy::disallowed_methods, reason = "the vectors are a file")]
fn reads_what_botocore_reads() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/vectors/event_stream/random_frames.json");
    let cases: Vec<Case> = serde_json::from_str(&std::fs::read_to_string(path).expect("the cases")).expect("cases");
    assert_eq!(cases.len(), 100);
    let digits = |hex: &[u8]| u8::from_str_radix(std::str::from_utf8(hex).expect("hex"), 16).expect("hex");
    let whole: Vec<u8> = cases.iter().flat_map(|case| case.frame.as_bytes().chunks(2).map(digits)).collect();
    for size in [1, 3, 7, 64, 1000, whole.len()] {
        let mut decoder = FrameDecoder::default();
        let mut left = cases.iter();
        for piece in whole.chunks(size) {
            decoder.feed(piece);
            while let Some(message) = decoder.message().expect("a message") {
                let case = left.next().expect("no more than there are");
                let (kind, name) = match &message.kind {
                    MessageKind::Event(name) => ("event", name),
                    MessageKind::Exception(name) => ("exception", name),
                    MessageKind::Error { code, .. } => ("error", code),
                };
                let says = match &message.kind {
                    MessageKind::Error { message, .. } => message.as_bytes(),
                    _ => message.payload,
                };
                assert_eq!((kind, &**name, says), (&*case.kind, &*case.name, case.says.as_bytes()));
            }
        }
        assert!(decoder.is_empty() && left.next().is_none(), "{size}");
    }
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
