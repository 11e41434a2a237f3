//! How far a string is its own text: what is sought in every string that is read or written, many bytes at a time.

/// How many bytes at the beginning are neither a quote nor a backslash nor a control character: what a JSON string says as
/// it is. Most are keys and words, and in code there is an escape every dozen bytes: those are found here, inline.
#[inline(always)]
pub(super) fn plain(bytes: &[u8]) -> usize {
    let mut rest = bytes;
    for _ in 0..4 {
        let Some((word, behind)) = rest.split_first_chunk::<8>() else { break };
        let found = special(u64::from_le_bytes(*word));
        if found != 0 {
            return bytes.len() - rest.len() + (found.trailing_zeros() / 8) as usize;
        }
        rest = behind;
    }
    bytes.len() - rest.len() + long(rest)
}

/// The same of what is long: 64 bytes at a time. A block is one decision, so that the compiler can look at its words side
/// by side.
#[inline(never)]
fn long(bytes: &[u8]) -> usize {
    let (blocks, _) = bytes.as_chunks::<64>();
    let is_plain = |block: &&[u8; 64]| {
        let (words, _) = block.as_chunks::<8>();
        words.iter().fold(0, |found, word| found | special(u64::from_le_bytes(*word))) == 0
    };
    let passed = 64 * blocks.iter().take_while(is_plain).count();
    let rest = bytes.get(passed..).unwrap_or_default();
    let (words, _) = rest.as_chunks::<8>();
    let words = words.iter().take_while(|word| special(u64::from_le_bytes(**word)) == 0).count();
    let passed = passed + 8 * words;
    passed + bytes.iter().skip(passed).take_while(|byte| !is_special(**byte)).count()
}

/// The high bit of each byte that is a quote, a backslash or a control character. Above the lowest such byte further
/// bits may be set that mean nothing, since a subtraction borrows; below it none is.
fn special(word: u64) -> u64 {
    const ONES: u64 = u64::from_ne_bytes([1; 8]);
    // Where the space and the quote change places, the quote stands right behind the control characters.
    let low = (word ^ (ONES * 0x02)).wrapping_sub(ONES * 0x21);
    let backslash = (word ^ (ONES * 0x5C)).wrapping_sub(ONES);
    (low | backslash) & !word & (ONES << 7)
}

fn is_special(byte: u8) -> bool {
    byte == b'"' || byte == b'\\' || byte < 0x20
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn every_byte_is_told() {
        for byte in 0..=u8::MAX {
            for place in 0..8 {
                let mut word = [b'a'; 8];
                word[place] = byte;
                assert_eq!(plain(&word), if is_special(byte) { place } else { 8 }, "{byte}");
            }
        }
    }

    proptest! {
        #[test]
        fn the_first_special_byte_is_found(bytes: Vec<u8>, plain in "[ -~é]{0,200}") {
            let mut bytes = [plain.replace(['"', '\\'], "x").into_bytes(), bytes].concat();
            for _ in 0..2 {
                let expected = bytes.iter().position(|byte| is_special(*byte)).unwrap_or(bytes.len());
                prop_assert_eq!(super::plain(&bytes), expected);
                bytes.reverse();
            }
        }
    }
}
