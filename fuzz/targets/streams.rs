//! Every stream parser with every emitter: whatever comes in, the split makes no difference, and what goes out is events.
#![no_main]

mod aws;

use bytes::Bytes;
use gatelet_core::dialect::Dialect;
use gatelet_core::dialect::adapt::Adapted;
use gatelet_core::dialect::canonical::Vendor;
use gatelet_core::dialect::canonical::carrier::Origin;
use gatelet_core::dialect::canonical::read::Doc;
use gatelet_core::dialect::codec::{Caller, Echo};
use gatelet_core::dialect::translate::{Purpose, Translation};
use gatelet_core::error::{Class, Error};
use gatelet_core::store::RequestId;
use gatelet_core::wire::doc::FaultKind;
use libfuzzer_sys::fuzz_target;

const CALLERS: [Dialect; 4] = [Dialect::Chat, Dialect::Responses, Dialect::Messages, Dialect::Gemini];

fn purpose(caller: Dialect) -> Purpose {
    Purpose {
        caller,
        stream: true,
        adapted: Adapted::default(),
        echo: Echo {
            request: RequestId::new([7; 16]),
            created: 1,
            model: "m".into(),
            asked: "m".into(),
            caller: Caller {
                include_usage: true,
                encrypted_reasoning: true,
                sources: true,
                logprobs: true,
                ..Caller::default()
            },
            array: false,
        },
        origin: Origin::of(Vendor::Other),
        think_tags: None,
        tokens: 100,
    }
}

fn told(upstream: Dialect, caller: Dialect, pieces: &[&[u8]]) -> Vec<u8> {
    let mut translation = Translation::new(upstream, purpose(caller));
    let whole = pieces.iter().all(|piece| translation.take(Bytes::copy_from_slice(piece)).is_ok());
    if whole {
        translation.finish();
    }
    if translation.failure().is_some() {
        translation.close();
    } else if !translation.is_complete() {
        translation.fail(&Error::new(Class::UpstreamTruncated, "cut"));
    }
    let mut told = Vec::new();
    while let Some(bytes) = translation.next() {
        told.extend_from_slice(&bytes);
    }
    told
}

// The first byte chooses the pair, the second where the bytes are split; the rest is the stream. Converse's has a line an
// event, which becomes a binary frame.
fuzz_target!(|data: &[u8]| {
    let [pair, split, stream @ ..] = data else { return };
    let upstream = Dialect::ALL[usize::from(pair >> 4) % Dialect::ALL.len()];
    let caller = CALLERS[usize::from(pair & 15) % CALLERS.len()];
    // A Worker's binding is translated for, though it is chat on both sides.
    if caller == upstream && caller != Dialect::Chat {
        return;
    }
    let framed;
    let stream = if upstream == Dialect::Converse {
        framed = aws::frames(stream);
        &framed[..]
    } else {
        stream
    };
    let whole = told(upstream, caller, &[stream]);
    let (one, other) = stream.split_at(usize::from(*split).min(stream.len()));
    assert_eq!(whole, told(upstream, caller, &[one, other]), "a split made a difference");
    let text = std::str::from_utf8(&whole).expect("UTF-8");
    for line in text.lines() {
        let Some(data) = line.strip_prefix("data: ") else {
            assert!(line.is_empty() || line.starts_with("event: ") || line.starts_with(':'), "{line}");
            continue;
        };
        // A few levels more may be more than is read here.
        let fault = Doc::parse(data).err().filter(|fault| data != "[DONE]" && fault.kind != FaultKind::TooDeep);
        assert_eq!(fault, None, "{data}");
    }
});
