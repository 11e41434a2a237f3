//! How a maker's opaque bytes travel through a client that speaks another dialect, and come back to their maker.
//!
//! `gl1.` + base64url(`vendor|scope|model|call-id`) + `.` + the original text (translation.md 3.11). It stands in the slot
//! that the caller's dialect has for its own vendor's; an untagged one is that vendor's own.

use std::borrow::Cow;

use super::request::{Signed, Str, Vendor};
use crate::wire::base64;

/// What a tagged text begins with.
pub const PREFIX: &str = "gl1.";

/// Who can read opaque bytes back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin<'a> {
    /// Who made them.
    pub vendor: Vendor,
    /// The account they are bound to, hashed; empty where they are not.
    pub scope: Str<'a>,
    /// The model; empty if it is not known.
    pub model: Str<'a>,
}

impl Origin<'_> {
    /// An origin of which only the vendor is known.
    pub const fn of(vendor: Vendor) -> Origin<'static> {
        Origin { vendor, scope: Cow::Borrowed(""), model: Cow::Borrowed("") }
    }

    /// Whether what was made here can be read by the other.
    pub fn serves(&self, vendor: Vendor, scope: &str) -> bool {
        self.vendor == vendor && (self.scope.is_empty() || scope.is_empty() || self.scope == scope)
    }
}

/// Tags a maker's bytes. `binds` is the id of the call that they belong to, where they travel beside it.
pub fn tag(origin: &Origin<'_>, binds: Option<&str>, bytes: &str) -> String {
    let vendor = match origin.vendor {
        Vendor::OpenAi => "o",
        Vendor::Anthropic => "a",
        Vendor::Google => "g",
        Vendor::Amazon => "b",
        Vendor::Other => "x",
    };
    let told = [vendor, &origin.scope, &origin.model, binds.unwrap_or_default()].join("|");
    let mut tagged = String::with_capacity(PREFIX.len() + told.len() * 4 / 3 + 4 + bytes.len());
    tagged.push_str(PREFIX);
    base64::push_url(told.as_bytes(), &mut tagged);
    tagged.push('.');
    tagged.push_str(bytes);
    tagged
}

/// What a slot's text is: the gateway's if it is tagged, else made by `own`. Nothing is left of a tag without bytes.
pub fn untag<'a>(text: Str<'a>, own: Vendor) -> Signed<'a> {
    match parse(&text) {
        Some((vendor, scope, model, binds, start)) => Signed {
            bytes: match text {
                Cow::Borrowed(text) => Cow::Borrowed(text.get(start..).unwrap_or_default()),
                Cow::Owned(text) => Cow::Owned(text.get(start..).unwrap_or_default().to_owned()),
            },
            origin: Origin { vendor, scope: scope.into(), model: model.into() },
            binds: (!binds.is_empty()).then(|| binds.into()),
        },
        None => Signed { bytes: text, origin: Origin::of(own), binds: None },
    }
}

fn parse(text: &str) -> Option<(Vendor, String, String, String, usize)> {
    let rest = text.strip_prefix(PREFIX)?;
    let (told, _) = rest.split_once('.')?;
    let decoded = String::from_utf8(base64::decode(told)?).ok()?;
    let mut parts = decoded.splitn(4, '|');
    let vendor = match parts.next()? {
        "o" => Vendor::OpenAi,
        "a" => Vendor::Anthropic,
        "g" => Vendor::Google,
        "b" => Vendor::Amazon,
        "x" => Vendor::Other,
        _ => return None,
    };
    let (scope, model, binds) = (parts.next()?, parts.next()?, parts.next()?);
    Some((vendor, scope.to_owned(), model.to_owned(), binds.to_owned(), PREFIX.len() + told.len() + 1))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_is_tagged_comes_back() {
        let origin = Origin { vendor: Vendor::Google, scope: "s".into(), model: "gemini-3|x".into() };
        let tagged = tag(&Origin { model: "gemini-3".into(), ..origin }, Some("call|1"), "AbC+/=");
        let signed = untag(tagged.into(), Vendor::Anthropic);
        assert_eq!(
            signed,
            Signed {
                bytes: "AbC+/=".into(),
                origin: Origin { vendor: Vendor::Google, scope: "s".into(), model: "gemini-3".into() },
                binds: Some("call|1".into()),
            }
        );
        let own = untag("EqQB".into(), Vendor::Anthropic);
        assert_eq!((&*own.bytes, own.origin), ("EqQB", Origin::of(Vendor::Anthropic)));
        for broken in ["gl1.", "gl1.x", "gl1.!!.x", "gl1.eA.x"] {
            assert_eq!(untag(broken.into(), Vendor::OpenAi).bytes, broken);
        }
    }

    proptest! {
        #[test]
        fn any_bytes_survive_a_tag(bytes: String, scope in "[a-z0-9]{0,8}", call in "\\PC{0,12}") {
            let origin = Origin { vendor: Vendor::OpenAi, scope: scope.as_str().into(), model: "m".into() };
            let signed = untag(tag(&origin, Some(&call), &bytes).into(), Vendor::Other);
            prop_assert_eq!(&*signed.bytes, bytes);
            prop_assert_eq!(signed.binds.unwrap_or_default(), call);
        }
    }
}
