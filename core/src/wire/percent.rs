//! Percent-encoding, RFC 3986 section 2.

use std::borrow::Cow;

/// Decodes once. What is no escape stands for itself.
pub fn decode(text: &str) -> Cow<'_, [u8]> {
    if !text.contains('%') {
        return Cow::Borrowed(text.as_bytes());
    }
    let mut decoded = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    loop {
        match rest {
            [b'%', high, low, behind @ ..] if high.is_ascii_hexdigit() && low.is_ascii_hexdigit() => {
                decoded.push(digit(*high) << 4 | digit(*low));
                rest = behind;
            }
            [byte, behind @ ..] => {
                decoded.push(*byte);
                rest = behind;
            }
            [] => return Cow::Owned(decoded),
        }
    }
}

/// Appends one path segment, with everything escaped but what RFC 3986 leaves unreserved, and `@`, which needs no escape in
/// a path: Vertex AI's models have one (`claude-sonnet-4-5@20250929`).
pub fn push_segment(out: &mut String, segment: &str) {
    for (index, part) in segment.split('@').enumerate() {
        if index > 0 {
            out.push('@');
        }
        push(out, part.as_bytes());
    }
}

/// Appends the bytes, with everything escaped but what RFC 3986 leaves unreserved.
pub fn push(out: &mut String, bytes: &[u8]) {
    for &byte in bytes {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => out.push(char::from(byte)),
            _ => out.extend(['%', upper(byte >> 4), upper(byte & 15)]),
        }
    }
}

fn upper(digit: u8) -> char {
    char::from_digit(u32::from(digit), 16).unwrap_or('0').to_ascii_uppercase()
}

fn digit(hex: u8) -> u8 {
    char::from(hex).to_digit(16).and_then(|digit| u8::try_from(digit).ok()).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decodes_once() {
        assert_eq!(&*decode("a%2Fb%253A%"), b"a/b%3A%");
        assert_eq!(&*decode("%zz%4"), b"%zz%4");
        assert!(matches!(decode("plain"), Cow::Borrowed(_)));
    }

    #[test]
    fn what_is_encoded_decodes() {
        let mut out = String::new();
        push_segment(&mut out, "a/b:c?é#%~");
        assert_eq!(out, "a%2Fb%3Ac%3F%C3%A9%23%25~");
        assert_eq!(&*decode(&out), "a/b:c?é#%~".as_bytes());
    }
}
