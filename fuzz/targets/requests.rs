//! Every request decoder, the adaptation and every request encoder: whatever comes in, what goes out is JSON, twice the same,
//! or a refusal.
#![no_main]

use gatelet_core::dialect::canonical::read::Doc;
use gatelet_core::dialect::canonical::{Report, Target};
use gatelet_core::dialect::{Dialect, translate};
use gatelet_core::provider::{Kind, row};
use gatelet_core::wire::doc::FaultKind;
use libfuzzer_sys::fuzz_target;

const CALLERS: [Dialect; 4] = [Dialect::Chat, Dialect::Responses, Dialect::Messages, Dialect::Gemini];
const TARGETS: [(Dialect, &str, &str); 9] = [
    (Dialect::Chat, "openai", "gpt-5.1"),
    (Dialect::Chat, "openai-compatible", "qwen3-32b"),
    (Dialect::Responses, "openai", "gpt-5.1"),
    (Dialect::Messages, "anthropic", "claude-opus-4-8"),
    (Dialect::Messages, "anthropic", "claude-sonnet-4-5"),
    (Dialect::Gemini, "gemini", "gemini-3-pro-preview"),
    (Dialect::Gemini, "gemini", "gemini-2.5-flash"),
    (Dialect::Converse, "bedrock", "us.anthropic.claude-opus-4-8-v1:0"),
    (Dialect::Converse, "bedrock", "us.amazon.nova-pro-v1:0"),
];

// The first byte chooses the caller's dialect; the rest is the body.
fuzz_target!(|data: &[u8]| {
    let Some((first, body)) = data.split_first() else { return };
    let caller = CALLERS[usize::from(*first) % CALLERS.len()];
    let Ok(doc) = Doc::parse_bytes(body) else { return };
    for (dialect, kind, model) in TARGETS {
        if dialect == caller {
            continue;
        }
        let quirks = Kind::named(kind).expect("a kind").quirks;
        let target = Target {
            dialect,
            model,
            row: row(model),
            max_output: row(model).max_output,
            quirks,
            scope: "",
            include_usage: true,
        };
        let say = || {
            let mut report = Report::default();
            let said = translate::request(&doc, caller, &target, true, false, &mut report);
            if let Some(header) = report.header(&doc) {
                assert!(header.len() <= 1024 && header.bytes().all(|byte| (b' '..=b'~').contains(&byte)), "{header}");
            }
            said.map(|said| said.body).map_err(|refusal| refusal.path(&doc))
        };
        let said = say();
        if let Ok(body) = &said {
            let text = std::str::from_utf8(body).expect("UTF-8");
            // A few levels more may be more than is read here.
            let fault = Doc::parse(text).err().filter(|fault| fault.kind != FaultKind::TooDeep);
            assert_eq!(fault, None, "{caller} → {dialect}: {text}");
        }
        assert_eq!(said, say(), "the same request twice gives the same bytes");
    }
});
