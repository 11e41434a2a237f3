//! Base64, RFC 4648.

const STANDARD: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const URL: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// The bytes in the standard alphabet, padded.
pub fn encode(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len().div_ceil(3) * 4);
    push(bytes, STANDARD, true, &mut out);
    out
}

/// Appends the bytes in the alphabet for URLs, without padding.
pub fn push_url(bytes: &[u8], out: &mut String) {
    push(bytes, URL, false, out);
}

fn push(bytes: &[u8], alphabet: &[u8; 64], pad: bool, out: &mut String) {
    for chunk in bytes.chunks(3) {
        let word = chunk.iter().fold(0_u32, |word, byte| (word << 8) | u32::from(*byte)) << (8 * (3 - chunk.len()));
        for index in 0..4 {
            if index <= chunk.len() {
                let digit = (word >> (18 - 6 * index)) & 63;
                out.push(char::from(alphabet.get(digit as usize).copied().unwrap_or(b'A')));
            } else if pad {
                out.push('=');
            }
        }
    }
}

/// What a base64 text says, in either alphabet, padded or not. `None` if it is none.
pub fn decode(text: &str) -> Option<Vec<u8>> {
    let text = text.trim_end_matches('=').as_bytes();
    let mut out = Vec::with_capacity(text.len() * 3 / 4);
    for chunk in text.chunks(4) {
        let mut word = 0_u32;
        for byte in chunk {
            let digit = match byte {
                b'A'..=b'Z' => byte - b'A',
                b'a'..=b'z' => byte - b'a' + 26,
                b'0'..=b'9' => byte - b'0' + 52,
                b'+' | b'-' => 62,
                b'/' | b'_' => 63,
                _ => return None,
            };
            word = (word << 6) | u32::from(digit);
        }
        if chunk.len() == 1 {
            return None;
        }
        word <<= 6 * (4 - chunk.len());
        let [_, a, b, c] = word.to_be_bytes();
        out.extend_from_slice([a, b, c].get(..chunk.len() - 1).unwrap_or_default());
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_is_encoded_decodes(bytes: Vec<u8>) {
            let mut url = String::new();
            push_url(&bytes, &mut url);
            prop_assert_eq!(decode(&url), Some(bytes.clone()));
            prop_assert_eq!(decode(&encode(&bytes)), Some(bytes.clone()));
        }
    }

    #[test]
    fn the_alphabets_are_the_standards() {
        assert_eq!(encode(&[0xfb, 0xff]), "+/8=");
        let mut url = String::new();
        push_url(&[0xfb, 0xff], &mut url);
        assert_eq!(url, "-_8");
        assert_eq!(decode("a"), None);
        assert_eq!(decode("a b="), None);
    }
}
