//! Cutting elements and members out of a JSON text, with the commas that they leave.

use std::ops::Range;

use bytes::Bytes;

use super::Changes;
use crate::dialect::canonical::read::Value;
use crate::wire::splice::Edit;
use crate::wire::text::push_string;

/// The edits so far.
#[derive(Debug, Default)]
pub(super) struct Cutter(Changes);

impl Cutter {
    /// Puts a text in a string's place.
    pub(super) fn replace(&mut self, value: Value<'_>, text: &str) {
        let mut bytes = Vec::with_capacity(text.len() + 2);
        push_string(&mut bytes, text);
        self.0.edits.push(Edit { span: value.span(), bytes: bytes.into() });
    }

    /// Cuts those elements of an array that are marked.
    pub(super) fn elements(&mut self, array: Value<'_>, gone: &[bool]) {
        if gone.contains(&true) {
            let spans: Vec<_> = array.elements().map(|element| element.span()).collect();
            self.cut(&spans, gone);
        }
    }

    /// Cuts those members of an object that are named.
    pub(super) fn members(&mut self, object: Value<'_>, named: impl Fn(&str) -> bool) {
        let (mut spans, mut gone) = (Vec::new(), Vec::new());
        let mut members = object.members();
        while let Some((key, value)) = members.next_pair() {
            spans.push(key.span().start..value.span().end);
            gone.push(key.str().is_some_and(|key| named(&key)));
        }
        self.cut(&spans, &gone);
    }

    /// What is gone goes with the comma before it; while nothing before it stays, with the one behind it.
    fn cut(&mut self, spans: &[Range<usize>], gone: &[bool]) {
        let mut stays = false;
        for (index, (span, gone)) in spans.iter().zip(gone).enumerate() {
            if !gone {
                stays = true;
                continue;
            }
            let before = index.checked_sub(1).and_then(|before| spans.get(before)).filter(|_| stays);
            let start = before.map_or(span.start, |before| before.end);
            let next = spans.get(index + 1).filter(|_| !stays);
            let end = next.map_or(span.end, |next| next.start);
            self.0.edits.push(Edit { span: start..end, bytes: Bytes::new() });
            self.0.dropped = true;
        }
    }

    /// What has to change, in the text's order.
    pub(super) fn finish(mut self) -> Changes {
        self.0.edits.sort_by_key(|edit| edit.span.start);
        self.0
    }
}
