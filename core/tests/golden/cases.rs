//! What goes in.

use std::fs;
use std::path::Path;

use bytes::Bytes;
use gatelet_core::dialect::Dialect;
use gatelet_core::dialect::adapt::Adapted;
use gatelet_core::dialect::canonical::Target;
use gatelet_core::dialect::canonical::carrier::Origin;
use gatelet_core::dialect::codec::{Caller, Echo};
use gatelet_core::dialect::translate::Purpose;
use gatelet_core::provider::{Kind, row};
use gatelet_core::store::RequestId;

/// A case: its name and its text.
pub(crate) struct Case {
    pub(crate) name: String,
    pub(crate) text: String,
}

/// The cases of a kind in a dialect, by name.
pub(crate) fn cases(kind: &str, dialect: Dialect) -> Vec<Case> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/cases").join(kind).join(dialect.name());
    let mut cases: Vec<Case> = fs::read_dir(&folder)
        .unwrap_or_else(|error| panic!("{}: {error}", folder.display()))
        .map(|entry| entry.expect("an entry").path())
        .map(|path| Case {
            name: path.file_stem().expect("a name").to_string_lossy().into_owned(),
            text: fs::read_to_string(&path).expect("a text"),
        })
        .collect();
    assert!(!cases.is_empty(), "{} holds no case", folder.display());
    cases.sort_by(|one, other| one.name.cmp(&other.name));
    cases
}

/// The targets that a dialect's requests are written for: the kind of provider, and the model.
pub(crate) fn targets(dialect: Dialect) -> Vec<Target<'static>> {
    let targets: &[(&str, &str)] = match dialect {
        Dialect::Chat => &[("openai", "gpt-5.1"), ("openai-compatible", "qwen3-32b")],
        Dialect::Responses => &[("openai", "gpt-5.1")],
        Dialect::Messages => &[("anthropic", "claude-opus-4-8"), ("anthropic", "claude-sonnet-4-5")],
        Dialect::Gemini => &[("gemini", "gemini-3-pro-preview"), ("gemini", "gemini-2.5-flash")],
        Dialect::Converse => {
            &[("bedrock", "us.anthropic.claude-opus-4-8-v1:0"), ("bedrock", "us.amazon.nova-pro-v1:0")]
        }
    };
    let target = |(kind, model): &(&str, &'static str)| Target {
        dialect,
        model,
        row: row(model),
        max_output: row(model).max_output,
        quirks: Kind::named(kind).expect("a kind").quirks,
        scope: "",
        include_usage: true,
    };
    targets.iter().map(target).collect()
}

/// Whether a request asks for a stream: Gemini's says so in its path, its case in its name.
pub(crate) fn is_stream(dialect: Dialect, case: &Case) -> bool {
    if dialect == Dialect::Gemini {
        return case.name.ends_with("-stream");
    }
    let body: serde_json::Value = serde_json::from_str(&case.text).unwrap_or_default();
    body["stream"] == true
}

/// A caller that wants to know all it can.
pub(crate) fn purpose(caller: Dialect, upstream: Dialect, stream: bool) -> Purpose {
    let target = targets(upstream)[0];
    Purpose {
        caller,
        stream,
        adapted: Adapted::default(),
        echo: Echo {
            request: RequestId::new([7; 16]),
            created: 1_764_000_000,
            model: target.model.into(),
            asked: "asked-for".into(),
            caller: Caller {
                include_usage: true,
                encrypted_reasoning: true,
                sources: true,
                logprobs: true,
                ..Caller::default()
            },
            array: false,
        },
        origin: Origin { vendor: target.vendor(), scope: "".into(), model: target.model.into() },
        think_tags: target.quirks.think_tags,
        tokens: 100,
    }
}

/// A stream's bytes. Converse's cases have a line an event: its type and its payload; they become binary frames.
pub(crate) fn bytes(upstream: Dialect, case: &Case) -> Bytes {
    if upstream != Dialect::Converse {
        return Bytes::from(case.text.clone());
    }
    let mut out = Vec::new();
    for line in case.text.lines().filter(|line| !line.trim().is_empty()) {
        let (kind, payload) = line.split_once(' ').expect("a type and a payload");
        let (header, message) = match kind.strip_prefix('!') {
            Some(exception) => ((":exception-type", exception), "exception"),
            None => ((":event-type", kind), "event"),
        };
        out.extend(frame(&[header, (":content-type", "application/json"), (":message-type", message)], payload));
    }
    out.into()
}

/// One frame of an AWS event stream: <https://smithy.io/2.0/aws/amazon-eventstream.html>.
pub(crate) fn frame(headers: &[(&str, &str)], payload: &str) -> Vec<u8> {
    let mut head = Vec::new();
    for (name, value) in headers {
        head.push(u8::try_from(name.len()).expect("short"));
        head.extend_from_slice(name.as_bytes());
        head.push(7);
        head.extend_from_slice(&u16::try_from(value.len()).expect("short").to_be_bytes());
        head.extend_from_slice(value.as_bytes());
    }
    let length = |length: usize| u32::try_from(length).expect("short").to_be_bytes();
    let mut frame = Vec::new();
    frame.extend_from_slice(&length(16 + head.len() + payload.len()));
    frame.extend_from_slice(&length(head.len()));
    frame.extend_from_slice(&crc32(&frame).to_be_bytes());
    frame.extend_from_slice(&head);
    frame.extend_from_slice(payload.as_bytes());
    frame.extend_from_slice(&crc32(&frame).to_be_bytes());
    frame
}

/// CRC-32 (ISO 3309), a bit at a time.
fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0_u32, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| (crc >> 1) ^ (0xedb8_8320 & (crc & 1).wrapping_neg()))
    })
}
