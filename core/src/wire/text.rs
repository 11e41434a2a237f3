//! JSON text that is written piece by piece.

use std::fmt::Write;

/// Appends a JSON string literal. What follows RFC 8259 section 7 must be escaped is, and nothing else.
pub fn push_string(out: &mut Vec<u8>, text: &str) {
    let mut rest = text.as_bytes();
    out.reserve(rest.len() + 2);
    out.push(b'"');
    // Few texts have anything to escape. The question is asked of all bytes at once: without a way out in between it
    // is answered many bytes at a time.
    let has_special = rest.iter().fold(false, |special, byte| special | is_special(*byte));
    while has_special && let Some(at) = next_special(rest) {
        let (plain, special) = rest.split_at(at);
        out.extend_from_slice(plain);
        match special {
            [b'"', ..] => out.extend_from_slice(b"\\\""),
            [b'\\', ..] => out.extend_from_slice(b"\\\\"),
            [b'\n', ..] => out.extend_from_slice(b"\\n"),
            [b'\r', ..] => out.extend_from_slice(b"\\r"),
            [b'\t', ..] => out.extend_from_slice(b"\\t"),
            [byte, ..] => {
                let mut escape = String::with_capacity(6);
                // Writing to a string does not fail.
                let _ = write!(escape, "\\u{byte:04x}");
                out.extend_from_slice(escape.as_bytes());
            }
            [] => {}
        }
        rest = special.get(1..).unwrap_or_default();
    }
    out.extend_from_slice(rest);
    out.push(b'"');
}

/// The place of the first byte that must be escaped. Eight bytes are asked at once: a borrow in the subtractions can only
/// come from a byte that is special itself, so the lowest that is found is one.
fn next_special(bytes: &[u8]) -> Option<usize> {
    const ONES: u64 = 0x0101_0101_0101_0101;
    let mut start = 0;
    let mut pieces = bytes.chunks_exact(8);
    for piece in pieces.by_ref() {
        let word = <[u8; 8]>::try_from(piece).map_or(0, u64::from_le_bytes);
        let quote = word ^ (ONES * 0x22);
        let backslash = word ^ (ONES * 0x5c);
        let found = (quote.wrapping_sub(ONES) & !quote)
            | (backslash.wrapping_sub(ONES) & !backslash)
            | (word.wrapping_sub(ONES * 0x20) & !word);
        let found = found & (ONES << 7);
        if found != 0 {
            return Some(start + (found.trailing_zeros() / 8) as usize);
        }
        start += 8;
    }
    pieces.remainder().iter().position(|byte| is_special(*byte)).map(|at| start + at)
}

fn is_special(byte: u8) -> bool {
    byte == b'"' || byte == b'\\' || byte < 0x20
}

/// Appends a number.
pub fn push_number(out: &mut Vec<u8>, number: u64) {
    out.extend_from_slice(itoa::Buffer::new().format(number).as_bytes());
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn the_first_special_byte_is_found(bytes: Vec<u8>, plain in "[ -~é]{0,40}") {
            let mut bytes = [plain.replace(['"', '\\'], "x").into_bytes(), bytes].concat();
            for _ in 0..2 {
                prop_assert_eq!(next_special(&bytes), bytes.iter().position(|byte| is_special(*byte)));
                bytes.reverse();
            }
        }

        #[test]
        fn a_string_reads_back(text: String) {
            let mut out = Vec::new();
            push_string(&mut out, &text);
            prop_assert_eq!(serde_json::from_slice::<String>(&out).ok(), Some(text));
        }
    }

    #[test]
    fn control_characters_are_escaped() {
        let mut out = Vec::new();
        push_string(&mut out, "a\"\\\n\r\t\u{1}\u{7f}é");
        assert_eq!(out, "\"a\\\"\\\\\\n\\r\\t\\u0001\u{7f}é\"".as_bytes());
    }
}
