//! Writing a whole answer.

use super::grounding::Grounding;
use super::usage::write_usage;
use super::write_answer::{Called, write_end, write_identity, write_signed, write_text};
use crate::dialect::canonical::gather::{Answer, Choice, Piece};
use crate::dialect::canonical::{Finish, Shown};
use crate::dialect::codec::Echo;
use crate::wire::write::Writer;

/// Writes a whole answer.
pub(super) fn write(answer: &Answer, echo: &Echo, out: &mut Writer) {
    out.open().key("candidates").open_array();
    for (index, choice) in answer.choices.iter().enumerate() {
        candidate(choice, index as u64, out);
    }
    out.close_array();
    if answer.usage.known {
        write_usage(&answer.usage, out);
    }
    write_identity(&answer.id, &answer.model, echo, out);
    out.close();
}

fn candidate(choice: &Choice, index: u64, out: &mut Writer) {
    let mut grounding = Grounding::default();
    let mut malformed = None;
    let mut parts = Parts { count: 0 };
    out.open();
    // What was filtered before anything was said has no content.
    let says = choice.pieces.iter().any(|piece| !matches!(piece, Piece::Search(_)));
    if says || choice.finish != Some(Finish::ContentFilter) {
        out.key("content").open().key("parts").open_array();
        for piece in &choice.pieces {
            match piece {
                Piece::Text { text, citations } => {
                    for citation in citations {
                        grounding.cite(parts.count, 0, text, citation);
                    }
                    parts.text(text, false, out);
                }
                Piece::Refusal(text) => parts.text(text, false, out),
                Piece::Reasoning { shown, texts, signed } => {
                    let signed = signed.as_deref().filter(|signed| !signed.is_empty());
                    let (last, before) = match (signed, texts.split_last()) {
                        (Some(signed), Some((last, before))) => (Some((signed, &**last)), before),
                        (Some(signed), None) => (Some((signed, "")), &[][..]),
                        (None, _) => (None, &texts[..]),
                    };
                    before.iter().for_each(|text| parts.text(text, true, out));
                    if let Some((signed, text)) = last {
                        parts.count += 1;
                        let shown = if text.is_empty() { *shown } else { Shown::Summary };
                        write_signed(text, shown, signed, out);
                    }
                }
                Piece::Call { id, name, namespace: _, custom, arguments, signed } => {
                    let call = Called { id, name, custom: *custom, arguments, signed: signed.as_deref() };
                    if call.is_whole() {
                        parts.count += 1;
                        call.write(out);
                    } else {
                        malformed = Some(&**name);
                    }
                }
                Piece::Search(search) => grounding.search(search),
            }
        }
        if parts.count == 0 {
            write_text("", false, out);
        }
        out.close_array().str_member("role", "model").close();
    }
    write_end(choice.finish, malformed, &grounding, &choice.logprobs, out);
    out.count_member("index", index).close();
}

struct Parts {
    count: u64,
}

impl Parts {
    fn text(&mut self, text: &str, thought: bool, out: &mut Writer) {
        if !text.is_empty() {
            self.count += 1;
            write_text(text, thought, out);
        }
    }
}

#[cfg(test)]
mod tests;
