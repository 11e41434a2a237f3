//! Replacing spans of a body and nothing else of it.

use std::ops::Range;

use bytes::{BufMut, Bytes, BytesMut};

/// What takes the place of a span.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edit {
    /// The span; empty to insert.
    pub span: Range<usize>,
    /// The bytes that take its place.
    pub bytes: Bytes,
}

/// The body with its edits made. They must be in order and apart; one that is not is left out.
pub fn splice(body: &Bytes, edits: &[Edit]) -> Bytes {
    if edits.is_empty() {
        return body.clone();
    }
    let added: usize = edits.iter().map(|edit| edit.bytes.len()).sum();
    let mut spliced = BytesMut::with_capacity(body.len() + added);
    let mut done = 0;
    for edit in edits {
        let Some(before) = body.get(done..edit.span.start) else { continue };
        spliced.put_slice(before);
        spliced.put_slice(&edit.bytes);
        done = edit.span.end;
    }
    spliced.put_slice(body.get(done..).unwrap_or_default());
    spliced.freeze()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn edit(span: Range<usize>, bytes: &'static str) -> Edit {
        Edit { span, bytes: Bytes::from_static(bytes.as_bytes()) }
    }

    #[test]
    fn changes_the_spans_alone() {
        let body = Bytes::from_static(b"{\"model\": \"a\", \"x\":1e3}");
        let spliced = splice(&body, &[edit(10..13, "\"longer\""), edit(22..22, ",\"y\":2")]);
        assert_eq!(spliced, "{\"model\": \"longer\", \"x\":1e3,\"y\":2}");
    }

    #[test]
    fn shares_a_body_without_edits() {
        let body = Bytes::from(vec![b'x'; 10]);
        assert_eq!(splice(&body, &[]).as_ptr(), body.as_ptr());
    }

    #[test]
    fn leaves_out_what_overlaps() {
        let body = Bytes::from_static(b"0123456789");
        assert_eq!(splice(&body, &[edit(2..5, "a"), edit(4..6, "b"), edit(8..99, "c")]), "01a567c");
    }
}
