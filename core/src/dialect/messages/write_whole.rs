//! Writing a whole answer: `types/message.py`.

use super::block::{citation, input, message_id, no_signature, search_call, search_id, search_result, stop_reason};
use super::usage::write_usage;
use crate::dialect::canonical::gather::{Answer, Choice, Piece};
use crate::dialect::canonical::{Citation, Finish, Shown};
use crate::dialect::codec::Echo;
use crate::wire::write::Writer;

/// Writes a whole answer.
pub(super) fn write(answer: &Answer, echo: &Echo, out: &mut Writer) {
    let nothing = Choice::default();
    // No more than one can be asked for.
    let choice = answer.choices.first().unwrap_or(&nothing);
    out.open().str_member("id", &message_id(&answer.id, echo)).str_member("type", "message");
    out.str_member("role", "assistant");
    out.str_member("model", &echo.asked);
    out.key("content").open_array();
    // No hidden reasoning is last, as in a stream.
    let last = choice.pieces.iter().rposition(|piece| !is_silent(piece)).unwrap_or(choice.pieces.len());
    for (index, piece) in (0..).zip(&choice.pieces).take(last.saturating_add(1)) {
        block(piece, index, echo, out);
    }
    out.close_array();
    out.str_member("stop_reason", stop_reason(choice.finish)).key("stop_sequence");
    match choice.stop_sequence.as_ref().filter(|_| choice.finish == Some(Finish::StopSequence)) {
        Some(text) => out.string(text),
        None => out.null(),
    };
    out.key("usage");
    write_usage(&answer.usage, answer.tier.as_deref(), out);
    out.close();
}

/// Whether nobody sees the piece.
fn is_silent(piece: &Piece) -> bool {
    match piece {
        Piece::Text { text, .. } => text.is_empty(),
        Piece::Reasoning { shown, .. } => *shown == Shown::Hidden,
        _ => false,
    }
}

fn block(piece: &Piece, index: u64, echo: &Echo, out: &mut Writer) {
    match piece {
        Piece::Text { text, citations } => self::text(text, citations, out),
        Piece::Refusal(text) => self::text(text, &[], out),
        Piece::Reasoning { shown: Shown::Hidden, texts: _, signed } => {
            if let Some(data) = signed {
                out.open().str_member("type", "redacted_thinking").str_member("data", data).close();
            }
        }
        Piece::Reasoning { shown: _, texts, signed } => {
            let thinking = texts.join("\n\n");
            if thinking.is_empty() && signed.is_none() {
                return;
            }
            let signature = signed.clone().unwrap_or_else(no_signature);
            out.open().str_member("type", "thinking").str_member("thinking", &thinking);
            out.str_member("signature", &signature).close();
        }
        Piece::Call { id, name, namespace: _, custom, arguments, signed: _ } => {
            out.open().str_member("type", "tool_use").str_member("id", id).str_member("name", name).key("input");
            if *custom {
                out.open().str_member("input", arguments).close();
            } else {
                input(arguments, out);
            }
            out.close();
        }
        Piece::Search(search) if search.complete => {
            let id = search_id(search, echo, index);
            out.open();
            search_call(search, &id, out);
            out.close().open();
            search_result(search, &id, out);
            out.close();
        }
        Piece::Search(_) => {}
    }
}

fn text(text: &str, citations: &[Citation<'_>], out: &mut Writer) {
    if text.is_empty() {
        return;
    }
    out.open().str_member("type", "text").str_member("text", text);
    if citations.iter().any(|told| !told.document) {
        out.key("citations").open_array();
        for told in citations {
            citation(told, text, out);
        }
        out.close_array();
    }
    out.close();
}

#[cfg(test)]
mod tests;
