//! Takes out what dependencies export to JavaScript.
//!
//! A `#[wasm_bindgen]` struct or function of a dependency is exported whether anybody uses it or not, and an export keeps
//! alive whatever it reaches. The `worker` crate's (streams, R2, containers, a panic hook) would be a twelfth of the
//! upload, and nothing outside the Worker could ever call them. [`super::linker`] leaves them out of the module; here
//! their descriptions go, which the macro put into a section of the module for wasm-bindgen.

use anyhow::{Context, Result};
use walrus::{Module, RawCustomSection};

/// Where the macro leaves a description of each item that it was put on.
const SECTION: &str = "__wasm_bindgen_unstable";

/// The digits of the number that stands in a crate's symbols.
pub(crate) const NUMBER: usize = 16;

/// Removes the descriptions of what crates other than `own` export.
pub(crate) fn remove(module: &mut Module, own: &str) -> Result<()> {
    let mut kept = Vec::new();
    while let Some(section) = module.customs.remove_raw(SECTION) {
        kept.push(filter(&section.data, own).context("wasm-bindgen describes items in another form now")?);
    }
    for data in kept {
        module.customs.add(RawCustomSection { name: SECTION.to_owned(), data });
    }
    Ok(())
}

/// Whether it is a crate's number.
pub(crate) fn is_number(text: &[u8]) -> bool {
    text.len() == NUMBER && text.iter().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

/// The section without the exported items of other crates. Its form: again and again the length of a header, the header,
/// the length of a description, the description.
fn filter(section: &[u8], own: &str) -> Option<Vec<u8>> {
    let mut kept = Vec::with_capacity(section.len());
    let mut rest = section;
    while !rest.is_empty() {
        let start = rest;
        let (_, after) = sized(rest)?;
        let (description, after) = sized(after)?;
        if origin(description)?.ends_with(own.as_bytes()) || !is_export(description) {
            kept.extend_from_slice(start.get(..start.len() - after.len())?);
        }
        rest = after;
    }
    Some(kept)
}

/// A piece and what follows it.
fn sized(data: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = data.split_first_chunk::<4>()?;
    rest.split_at_checked(u32::from_le_bytes(*length) as usize)
}

/// Whether it describes something exported. A description begins with four lists, each behind the count of its
/// members: functions, enums, imports, structs. An item fills one of them.
fn is_export(description: &[u8]) -> bool {
    !matches!(description, [0, 0, imports, ..] if *imports > 0) && !matches!(description, [0, 0, 0, 0, ..])
}

/// What stands before the number of the crate that an item is of; it ends with the crate's name. `name-number` is the
/// last of that form in a description.
fn origin(description: &[u8]) -> Option<&[u8]> {
    (0..description.len().checked_sub(NUMBER)?).rev().find_map(|at| {
        let number = description.get(at + 1..=at + NUMBER)?;
        (description.get(at) == Some(&b'-') && is_number(number)).then(|| description.get(..at))?
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const OWN: &str = "gatelet-workers";

    fn item(begin: &[u8], origin: &str) -> Vec<u8> {
        let header = b"{}";
        let description =
            [begin, b"\x05hello\x00\x17", origin.as_bytes(), b"\x94\x80\x80\x80\x00a::b\x00\x00"].concat();
        let length = |piece: &[u8]| u32::try_from(piece.len()).unwrap().to_le_bytes();
        [&length(header)[..], header, &length(&description), &description].concat()
    }

    #[test]
    fn only_the_exports_of_others_are_dropped() {
        let own = item(&[1, 0, 0, 0], "gatelet-workers-0123456789abcdef");
        let import = item(&[0, 0, 3], "worker-64cc4b2d035528c7");
        let function = item(&[1, 0, 0, 0], "worker-64cc4b2d035528c7");
        let class = item(&[0, 0, 0, 1], "worker-sys-a2da2770ce18e2ef");
        let section = [function, own.clone(), class, import.clone()].concat();
        let mut module = Module::default();
        module.customs.add(RawCustomSection { name: SECTION.to_owned(), data: section });
        remove(&mut module, OWN).unwrap();
        assert_eq!(module.customs.remove_raw(SECTION).unwrap().data, [own, import].concat());
    }

    #[test]
    fn another_form_is_noticed() {
        let whole = item(&[1, 0, 0, 0], "worker-64cc4b2d035528c7");
        for length in 1..whole.len() {
            assert!(filter(&whole[..length], OWN).is_none(), "{length}");
        }
        assert!(filter(&item(&[1], "worker"), OWN).is_none());
    }
}
