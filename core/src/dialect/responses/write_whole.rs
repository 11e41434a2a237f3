//! Writing a whole answer.

use super::item::{self, Call, CallKind, Content, Item, ItemKind, Status};
use super::object::{self, Head, State};
use crate::dialect::canonical::gather::{Answer, Piece};
use crate::dialect::codec::Echo;
use crate::wire::write::Writer;

/// Writes a whole answer. This API gives one.
pub(super) fn write(answer: &Answer, echo: &Echo, json: &mut Writer) {
    let head = Head::new(&answer.id, &answer.model, answer.created, echo);
    let choice = answer.choices.first();
    let state = State::of(choice.and_then(|choice| choice.finish));
    let mut items: Vec<Item> = Vec::new();
    let mut logprobs = choice.map(|choice| choice.logprobs.as_slice()).unwrap_or_default();
    for piece in choice.map(|choice| choice.pieces.as_slice()).unwrap_or_default() {
        let kind = match piece {
            Piece::Text { text, citations } => {
                let part = text_part(&mut items, echo, false);
                let Some(part) = part else { continue };
                let start = part.text.len();
                part.text.push_str(text);
                for citation in citations {
                    part.cite(citation, start);
                }
                part.logprobs(std::mem::take(&mut logprobs));
                continue;
            }
            Piece::Refusal(text) => {
                if let Some(part) = text_part(&mut items, echo, true) {
                    part.text.push_str(text);
                }
                continue;
            }
            Piece::Reasoning { shown, texts, signed } => {
                ItemKind::Reasoning { shown: *shown, texts: texts.clone(), signed: signed.clone() }
            }
            Piece::Call { id, name, namespace, custom, arguments, .. } => ItemKind::Call(Call {
                kind: CallKind::of(name, *custom, echo.caller.tool_search),
                id: id.clone(),
                name: name.clone(),
                namespace: namespace.clone(),
                arguments: arguments.clone(),
            }),
            Piece::Search(search) => ItemKind::Search(search.clone()),
        };
        let mut item = Item::new(kind, echo.request, items.len() as u64);
        item.settle();
        items.push(item);
    }
    let mut output = Writer::with_capacity(256);
    let last = items.len();
    for (index, item) in items.iter().enumerate() {
        // The item that the answer was cut in is its last.
        let cut = index + 1 == last && matches!(state, State::Incomplete(_));
        item.write(&mut output, if cut { Status::Incomplete } else { Status::Completed }, echo.caller.sources);
    }
    let output = output.into_bytes();
    object::write(
        json,
        &head,
        state,
        item::told(&output),
        Some((&answer.usage, answer.tier.as_deref())),
        &echo.caller.echo,
    );
}

/// The part that goes on with a text: others split a text where it cites.
fn text_part<'i>(items: &'i mut Vec<Item>, echo: &Echo, refusal: bool) -> Option<&'i mut Content> {
    if !matches!(items.last(), Some(Item { kind: ItemKind::Message(_), .. })) {
        items.push(Item::new(ItemKind::Message(Vec::new()), echo.request, items.len() as u64));
    }
    let Some(Item { kind: ItemKind::Message(parts), .. }) = items.last_mut() else { return None };
    if parts.last().is_none_or(|part| part.refusal != refusal) {
        parts.push(Content { refusal, ..Content::default() });
    }
    parts.last_mut()
}
