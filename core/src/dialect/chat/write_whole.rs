//! Writing a whole answer: openai-python 3.57, `types/chat/chat_completion.py`.

use super::{details, pieces, usage};
use crate::dialect::canonical::Finish;
use crate::dialect::canonical::gather::{Answer, Choice, Piece};
use crate::dialect::canonical::request::Shown;
use crate::dialect::codec::Echo;
use crate::wire::write::Writer;

/// Writes a whole answer.
pub(super) fn write(answer: &Answer, echo: &Echo, out: &mut Writer) {
    let Answer { id, model, created, choices, usage, tier } = answer;
    out.open().str_member("id", &pieces::id(id, echo)).str_member("object", "chat.completion");
    out.count_member("created", created.unwrap_or(echo.created)).str_member("model", pieces::model(model, echo));
    out.key("choices").open_array();
    for (index, choice) in choices.iter().enumerate() {
        self::choice(out, index, choice, echo);
    }
    out.close_array();
    if usage.known {
        out.key("usage");
        usage::write(out, usage);
    }
    if let Some(tier) = tier {
        out.str_member("service_tier", tier);
    }
    out.close();
}

fn choice(out: &mut Writer, index: usize, choice: &Choice, echo: &Echo) {
    // Only its own dialect says which stop sequence it was.
    let Choice { pieces, finish, stop_sequence: _, logprobs } = choice;
    let legacy = echo.caller.legacy_functions;
    out.open().count_member("index", index as u64);
    out.key("message").open().str_member("role", "assistant");
    let silent = |piece: &Piece| matches!(piece, Piece::Call { .. } | Piece::Refusal(_));
    let has_text = pieces.iter().any(|piece| matches!(piece, Piece::Text { .. }));
    if has_text || *finish == Some(Finish::ContentFilter) || pieces.iter().any(silent) {
        joined(out, "content", pieces, |piece| match piece {
            Piece::Text { text, .. } => Some(text),
            _ => None,
        });
    } else {
        out.str_member("content", "");
    }
    joined(out, "refusal", pieces, |piece| match piece {
        Piece::Refusal(text) => Some(text),
        _ => None,
    });
    annotations(out, pieces);
    reasoning(out, pieces);
    let function = calls(out, pieces, legacy);
    out.close();
    let tokens = if echo.caller.logprobs { logprobs.as_slice() } else { &[] };
    pieces::logprobs(out, tokens);
    out.str_member("finish_reason", pieces::finish_reason(*finish, function)).close();
}

/// A member that is `null` where there is no such piece, and their texts joined where there are.
fn joined(out: &mut Writer, name: &str, pieces: &[Piece], text: fn(&Piece) -> Option<&String>) {
    let texts: Vec<&str> = pieces.iter().filter_map(text).map(String::as_str).collect();
    out.key(name);
    match texts.as_slice() {
        [] => out.null(),
        [text] => out.string(text),
        texts => out.joined(texts),
    };
}

fn annotations(out: &mut Writer, pieces: &[Piece]) {
    let (mut opened, mut start) = (false, 0_u64);
    for piece in pieces {
        let Piece::Text { text, citations } = piece else { continue };
        let end = start.saturating_add(text.chars().count() as u64);
        for citation in citations.iter().filter(|citation| !citation.document) {
            if !std::mem::replace(&mut opened, true) {
                out.key("annotations").open_array();
            }
            pieces::citation(out, citation, None, start, end);
        }
        start = end;
    }
    if opened {
        out.close_array();
    }
}

fn reasoning(out: &mut Writer, pieces: &[Piece]) {
    let mut said: Vec<String> = Vec::new();
    let mut signatures = Vec::new();
    for piece in pieces {
        let Piece::Reasoning { shown, texts, signed } = piece else { continue };
        let text = texts.join(details::LINK);
        if let Some(signed) = signed {
            let had_text = *shown != Shown::Hidden || !text.is_empty();
            signatures.push((had_text.then(|| text.chars().count()), signed));
        }
        if !text.is_empty() {
            said.push(text);
        }
    }
    if !said.is_empty() {
        out.str_member("reasoning_content", &said.join(details::LINK));
    }
    if !signatures.is_empty() {
        out.key("reasoning_details").open_array();
        for (index, (length, signed)) in signatures.into_iter().enumerate() {
            details::write_tagged(out, index, length, signed);
        }
        out.close_array();
    }
}

/// Writes the calls; the first as `function_call` where that was asked for, and then true.
fn calls(out: &mut Writer, pieces: &[Piece], legacy: bool) -> bool {
    let (mut opened, mut function) = (false, false);
    for piece in pieces {
        let Piece::Call { id, name, namespace: _, custom, arguments, signed } = piece else { continue };
        if legacy && !custom && !std::mem::replace(&mut function, true) {
            out.key("function_call").open().str_member("name", name).str_member("arguments", arguments).close();
            continue;
        }
        if !std::mem::replace(&mut opened, true) {
            out.key("tool_calls").open_array();
        }
        let (kind, member) = if *custom { ("custom", "input") } else { ("function", "arguments") };
        out.open().str_member("id", id).str_member("type", kind).key(kind).open();
        out.str_member("name", name).str_member(member, arguments).close();
        pieces::signature(out, signed.as_deref());
        out.close();
    }
    if opened {
        out.close_array();
    }
    function
}
