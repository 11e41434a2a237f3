//! Reasoning that comes back: `reasoning_content`, which has no place in OpenAI's own types, and OpenRouter's
//! `reasoning_details`. <https://openrouter.ai/docs/use-cases/reasoning-tokens#preserving-reasoning>
//!
//! What the gateway has written itself is `{type: "reasoning.encrypted", id: "gl_N", data}`: its block's text is the next N
//! characters of `reasoning_content` ([`LINK`] between two), and without an `id` it has no text and never had.

use std::borrow::Cow;

use super::messages::{Message, signature};
use crate::dialect::canonical::carrier::{self, Origin};
use crate::dialect::canonical::read::{self, Value};
use crate::dialect::canonical::request::Shown;
use crate::dialect::canonical::{At, Part, PartKind, Reason, Reasoning, Refusal, Report, Signed, Str, Vendor};
use crate::dialect::chat::details::{ID, LINK};

/// Reads a message's reasoning. What is told behind its text goes `behind`.
pub(super) fn reasoning<'a>(
    message: &mut Message<'a>,
    parts: &mut Vec<Part<'a>>,
    behind: &mut Vec<Part<'a>>,
    report: &mut Report,
) -> Result<(), Refusal> {
    let mut text = None;
    for said in [message.reasoning_content.take(), message.reasoning.take()].into_iter().flatten() {
        // Both say the same where both are there.
        if text.is_none() && !said.is_empty() {
            text = Some((said.at(), read::text(said)?));
        }
    }
    let mut blocks = Vec::new();
    if let Some(details) = message.reasoning_details.take() {
        for value in read::array(details)?.elements() {
            blocks.extend(detail(value, report)?);
        }
    }
    if let Some(extra) = message.extra_content.take()
        && let Some(signed) = signature(extra, report)
    {
        let reasoning = Reasoning { shown: Shown::Hidden, signed: Some(signed), ..Reasoning::default() };
        behind.push(Part::new(extra.at(), PartKind::Reasoning(reasoning)));
    }
    share(text, &mut blocks, parts);
    for Block { at, reasoning, .. } in blocks {
        let part = Part::new(at, PartKind::Reasoning(reasoning));
        match &part.kind {
            // Gemini signs the last part of an answer without calls.
            PartKind::Reasoning(Reasoning { shown: Shown::Hidden, signed: Some(signed), .. })
                if signed.origin.vendor == Vendor::Google =>
            {
                behind.push(part);
            }
            _ => parts.push(part),
        }
    }
    Ok(())
}

/// A block, and how many characters of the common text are its own.
struct Block<'a> {
    at: At,
    length: Option<usize>,
    reasoning: Reasoning<'a>,
}

fn detail<'a>(value: Value<'a>, report: &mut Report) -> Result<Option<Block<'a>>, Refusal> {
    let kind = read::required_text(read::object(value)?, "type")?;
    let at = value.at();
    let own = match &*kind {
        "reasoning.text" => value.get_str("text"),
        "reasoning.summary" => value.get_str("summary"),
        _ => None,
    };
    let text = own.filter(|text| !text.is_empty());
    let signature = value.get_str("signature").filter(|signature| !signature.is_empty());
    let data = value.get_str("data").filter(|data| data.starts_with(carrier::PREFIX));
    Ok(match (&*kind, data, signature) {
        ("reasoning.encrypted", Some(data), _) => {
            let length = value.get_str("id").and_then(|id| id.strip_prefix(ID)?.parse().ok());
            let shown = if length.is_some() { Shown::Summary } else { Shown::Hidden };
            let signed = Some(carrier::untag(data, Vendor::Other));
            Some(Block { at, length, reasoning: Reasoning { shown, texts: Vec::new(), signed, id: None } })
        }
        ("reasoning.text" | "reasoning.summary", _, None) => text.map(|text| {
            let shown = if kind == "reasoning.text" { Shown::Raw } else { Shown::Summary };
            Block { at, length: None, reasoning: Reasoning { shown, texts: vec![text], signed: None, id: None } }
        }),
        // Its maker must see it again as it was: all of it.
        (kind, _, _) if kind.starts_with("reasoning.") => {
            let bytes = value.raw().into();
            let signed = Some(Signed { bytes, origin: Origin::of(Vendor::Other), binds: None });
            let shown = if text.is_some() { Shown::Raw } else { Shown::Hidden };
            Some(Block {
                at,
                length: None,
                reasoning: Reasoning { shown, texts: text.into_iter().collect(), signed, id: None },
            })
        }
        _ => {
            report.note(at, Reason::Unknown);
            None
        }
    })
}

/// Gives each block its share of the common text; what is nobody's is a block of its own.
fn share<'a>(text: Option<(At, Str<'a>)>, blocks: &mut [Block<'a>], parts: &mut Vec<Part<'a>>) {
    let Some((at, text)) = text else { return };
    // Details with texts of their own say it all again.
    if blocks.iter().any(|block| !block.reasoning.texts.is_empty()) {
        return;
    }
    let lengths = || blocks.iter().filter_map(|block| block.length).filter(|length| *length > 0);
    let links = lengths().count().saturating_sub(1) * LINK.len();
    if links + lengths().sum::<usize>() == text.chars().count() && lengths().next().is_some() {
        let mut at = 0;
        for block in blocks {
            let Some(length @ 1..) = block.length else { continue };
            if !block.reasoning.texts.is_empty() {
                continue;
            }
            let end = behind(&text, at, length);
            block.reasoning.texts.push(piece(&text, at, end));
            at = behind(&text, end, LINK.len());
        }
        return;
    }
    let owner = blocks.iter_mut().find(|block| block.length.is_some_and(|length| length > 0));
    match owner {
        // Somebody has changed the text: whether it is still taken is its maker's to say.
        Some(block) => block.reasoning.texts.push(text),
        None => {
            let reasoning = Reasoning { shown: Shown::Raw, texts: vec![text], signed: None, id: None };
            parts.push(Part::new(at, PartKind::Reasoning(reasoning)));
        }
    }
}

/// The place in a text that is so many characters behind another.
fn behind(text: &str, at: usize, characters: usize) -> usize {
    let rest = text.get(at..).unwrap_or_default();
    rest.char_indices().nth(characters).map_or(text.len(), |(more, _)| at + more)
}

/// What lies between two places of a text.
fn piece<'a>(text: &Str<'a>, start: usize, end: usize) -> Str<'a> {
    match text {
        Cow::Borrowed(text) => text.get(start..end).unwrap_or_default().into(),
        Cow::Owned(text) => text.get(start..end).unwrap_or_default().to_owned().into(),
    }
}
