//! The framers: events, arrays and AWS frames are cut the same at any split.
#![no_main]

mod aws;

use bytes::Bytes;
use gatelet_core::wire::event_stream::FrameDecoder;
use gatelet_core::wire::frame::Framer;
use libfuzzer_sys::fuzz_target;

fn events(mut framer: Framer, pieces: &[&[u8]]) -> Option<Vec<(Vec<u8>, Vec<u8>)>> {
    let mut found = Vec::new();
    for piece in pieces {
        let whole = framer.feed(Bytes::copy_from_slice(piece)).ok()?;
        for unit in framer.units() {
            let payload = unit.payload(&whole);
            if !payload.is_empty() {
                found.push((whole[unit.name.clone()].to_vec(), payload.to_vec()));
            }
        }
    }
    Some(found)
}

fn messages(pieces: &[&[u8]]) -> (Vec<(String, String)>, bool) {
    let mut decoder = FrameDecoder::default();
    let mut found = Vec::new();
    for piece in pieces {
        decoder.feed(piece);
        loop {
            match decoder.message() {
                Ok(Some(message)) => found.push((message.name().into_owned(), message.data().into_owned())),
                Ok(None) => break,
                Err(_) => return (found, false),
            }
        }
    }
    (found, true)
}

fuzz_target!(|data: &[u8]| {
    let [kind, split, stream @ ..] = data else { return };
    let (one, other) = stream.split_at(usize::from(*split).min(stream.len()));
    match kind % 4 {
        0 => assert_eq!(events(Framer::sse(), &[stream]), events(Framer::sse(), &[one, other])),
        1 => {
            // What is wrong further on may be found later: only what both have read must agree.
            if let (Some(whole), Some(split)) =
                (events(Framer::array(), &[stream]), events(Framer::array(), &[one, other]))
            {
                assert_eq!(whole, split);
            }
        }
        2 => assert_eq!(messages(&[stream]), messages(&[one, other])),
        // Good frames are read, each of them, however they are split.
        _ => {
            let lines = stream.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()).count();
            let frames = aws::frames(stream);
            let (one, other) = frames.split_at(usize::from(*split).min(frames.len()));
            let (found, good) = messages(&[one, other]);
            assert!(good && found.len() == lines);
        }
    }
});
