//! JSON text from templates: smaller in the binary than values that are built and then written.

use crate::wire::text;

/// What a template has a place for.
#[derive(Clone, Copy)]
pub(super) enum Part<'a> {
    /// A text, to be quoted.
    Text(&'a str),
    /// A number.
    Number(u64),
    /// JSON that is written already.
    Json(&'a [u8]),
}

/// Writes the template with a part for each `$`, in order. It has `'` where JSON has a quotation mark.
pub(super) fn fill(template: &str, parts: &[Part<'_>]) -> Vec<u8> {
    let mut out = Vec::with_capacity(2 * template.len());
    let mut parts = parts.iter();
    for byte in template.bytes() {
        match byte {
            b'\'' => out.push(b'"'),
            b'$' => match parts.next() {
                Some(Part::Text(text)) => text::push_string(&mut out, text),
                Some(Part::Number(number)) => text::push_number(&mut out, *number),
                Some(Part::Json(json)) => out.extend_from_slice(json),
                None => {}
            },
            byte => out.push(byte),
        }
    }
    debug_assert!(parts.next().is_none(), "a part without a place: {template}");
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_take_their_places_in_order() {
        let out = fill("{'a':$,'b':[$,$]}", &[Part::Text("$'\""), Part::Number(7), Part::Json(b"{'$'}")]);
        assert_eq!(out, br#"{"a":"$'\"","b":[7,{'$'}]}"#);
    }
}
