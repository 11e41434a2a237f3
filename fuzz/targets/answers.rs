//! Every reader of whole answers with every writer: what goes out is JSON, or an error.
#![no_main]

use gatelet_core::dialect::adapt::Adapted;
use gatelet_core::dialect::canonical::Vendor;
use gatelet_core::dialect::canonical::carrier::Origin;
use gatelet_core::dialect::canonical::read::Doc;
use gatelet_core::dialect::codec::{Caller, Echo};
use gatelet_core::dialect::translate::{self, Purpose};
use gatelet_core::dialect::{Dialect, failure};
use gatelet_core::provider::list::List;
use gatelet_core::store::RequestId;
use gatelet_core::wire::doc::FaultKind;
use libfuzzer_sys::fuzz_target;

const CALLERS: [Dialect; 4] = [Dialect::Chat, Dialect::Responses, Dialect::Messages, Dialect::Gemini];

// The first byte chooses the pair; the rest is the answer.
fuzz_target!(|data: &[u8]| {
    let Some((pair, body)) = data.split_first() else { return };
    let upstream = Dialect::ALL[usize::from(pair >> 4) % Dialect::ALL.len()];
    let caller = CALLERS[usize::from(pair & 15) % CALLERS.len()];
    // A failed answer is read in every dialect, whatever it is.
    let _ = failure::read(upstream, 400 + u16::from(*pair), &Default::default(), body);
    let _ = List::new(None).take(body);
    // A Worker's binding is translated for, though it is chat on both sides.
    if caller == upstream && caller != Dialect::Chat {
        return;
    }
    let purpose = Purpose {
        caller,
        stream: false,
        adapted: Adapted::default(),
        echo: Echo {
            request: RequestId::new([7; 16]),
            created: 1,
            model: "m".into(),
            asked: "m".into(),
            caller: Caller { encrypted_reasoning: true, sources: true, logprobs: true, ..Caller::default() },
            array: false,
        },
        origin: Origin::of(Vendor::Other),
        think_tags: None,
        tokens: 100,
    };
    if let Ok((bytes, _)) = translate::whole(upstream, body, purpose) {
        let text = std::str::from_utf8(&bytes).expect("UTF-8");
        // A few levels more may be more than is read here.
        let fault = Doc::parse(text).err().filter(|fault| fault.kind != FaultKind::TooDeep);
        assert_eq!(fault, None, "{upstream} → {caller}: {text}");
    }
});
