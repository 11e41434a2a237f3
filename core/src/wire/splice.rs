//! Replacing spans of a body and nothing else of it.

use std::io::IoSlice;
use std::mem;
use std::ops::Range;

use bytes::{Buf, BufMut, Bytes, BytesMut};

/// What takes the place of a span.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edit {
    /// The span; empty to insert.
    pub span: Range<usize>,
    /// The bytes that take its place.
    pub bytes: Bytes,
}

/// Up to this length a spliced body is one copy: that costs less than keeping its pieces apart.
const COPIED: usize = 16 << 10;
/// So many edits leave a large body in pieces.
const FEW: usize = 4;

/// What is left of a body, in the pieces that it is spliced together from: most have one.
#[derive(Clone, Debug, Default)]
pub struct Spliced {
    /// Empty only if nothing is left.
    first: Bytes,
    /// None of them is empty.
    rest: Vec<Bytes>,
}

impl Spliced {
    /// Takes the next piece.
    pub fn piece(&mut self) -> Option<Bytes> {
        let next = if self.rest.is_empty() { Bytes::new() } else { self.rest.remove(0) };
        Some(mem::replace(&mut self.first, next)).filter(|piece| !piece.is_empty())
    }

    /// The pieces that are left, in order.
    pub fn pieces(&self) -> impl Iterator<Item = &Bytes> {
        std::iter::once(&self.first).chain(&self.rest).filter(|piece| !piece.is_empty())
    }

    /// All in one piece: a copy, if it is in several.
    pub fn joined(self) -> Bytes {
        if self.rest.is_empty() {
            return self.first;
        }
        let mut joined = BytesMut::with_capacity(self.remaining());
        joined.put(self);
        joined.freeze()
    }

    fn push(&mut self, piece: Bytes) {
        if self.first.is_empty() {
            self.first = piece;
        } else if !piece.is_empty() {
            self.rest.push(piece);
        }
    }
}

impl Buf for Spliced {
    fn remaining(&self) -> usize {
        self.first.len() + self.rest.iter().map(Bytes::len).sum::<usize>()
    }

    fn chunk(&self) -> &[u8] {
        &self.first
    }

    fn chunks_vectored<'a>(&'a self, slices: &mut [IoSlice<'a>]) -> usize {
        slices.iter_mut().zip(self.pieces()).map(|(slice, piece)| *slice = IoSlice::new(piece)).count()
    }

    /// More than is left is as much as is left.
    fn advance(&mut self, mut count: usize) {
        while count > 0 && !self.first.is_empty() {
            let of_first = count.min(self.first.len());
            self.first.advance(of_first);
            count -= of_first;
            if self.first.is_empty() {
                self.piece();
            }
        }
    }
}

impl From<Bytes> for Spliced {
    fn from(whole: Bytes) -> Self {
        Self { first: whole, rest: Vec::new() }
    }
}

/// The body with its edits made. They must be in order and apart; one that is not is left out. What stays of a large
/// body is shared with it.
pub fn splice(body: &Bytes, edits: &[Edit]) -> Spliced {
    let mut spliced = Spliced::default();
    let mut done = 0;
    for edit in edits {
        if edit.span.start < done || edit.span.start > body.len() {
            continue;
        }
        spliced.push(body.slice(done..edit.span.start));
        spliced.push(edit.bytes.clone());
        done = edit.span.end.clamp(edit.span.start, body.len());
    }
    spliced.push(body.slice(done..));
    if body.len() > COPIED && edits.len() <= FEW { spliced } else { spliced.joined().into() }
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
        assert_eq!(spliced.joined(), "{\"model\": \"longer\", \"x\":1e3,\"y\":2}");
    }

    #[test]
    fn keeps_the_pieces_of_a_large_body() {
        let body = Bytes::from(vec![b'x'; COPIED + 10]);
        let edits = [edit(0..0, "a"), edit(5..7, ""), edit(COPIED..COPIED + 1, "bc")];
        let spliced = splice(&body, &edits);
        let whole = ["a", &"x".repeat(COPIED - 2), "bc", &"x".repeat(9)].concat();
        assert_eq!((spliced.remaining(), spliced.clone().joined()), (whole.len(), whole.clone().into()));
        let mut pieces = spliced.clone();
        let lengths: Vec<_> = std::iter::from_fn(|| pieces.piece()).map(|piece| piece.len()).collect();
        assert_eq!(lengths, [1, 5, COPIED - 7, 2, 9]);
        let mut slices = [IoSlice::new(b""); 3];
        assert_eq!((spliced.chunks_vectored(&mut slices), slices[2].len()), (3, COPIED - 7));
        for count in [1, 3, 6, 7, COPIED, whole.len()] {
            let mut rest = spliced.clone();
            rest.advance(count);
            assert_eq!(rest.joined(), whole[count..]);
        }
        // Many small pieces would cost more than one copy.
        let many: Vec<_> = (0..=FEW).map(|at| edit(at..at + 1, "y")).collect();
        assert_eq!(splice(&body, &many).chunk().len(), body.len());
    }

    #[test]
    fn shares_a_body_without_edits() {
        let body = Bytes::from(vec![b'x'; 10]);
        assert_eq!(splice(&body, &[]).joined().as_ptr(), body.as_ptr());
    }

    #[test]
    fn leaves_out_what_overlaps() {
        let body = Bytes::from_static(b"0123456789");
        assert_eq!(splice(&body, &[edit(2..5, "a"), edit(4..6, "b"), edit(8..99, "c")]).joined(), "01a567c");
    }
}
