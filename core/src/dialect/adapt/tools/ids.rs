//! Ids of calls that the target takes: a call's and its result's alike. Nothing is undone: a client always gets the
//! upstream's own ids, and what it sends of another's is mapped the same way every time.

use sha2::{Digest, Sha256};

use crate::dialect::Dialect;
use crate::dialect::canonical::{PartKind, Request, Str, Target};

/// Maps every call's id.
pub(super) fn adapt(request: &mut Request<'_>, target: &Target<'_>) {
    let map = |id: &mut Str<'_>| {
        if !is_legal(id, target) {
            *id = hashed(id, target).into();
        }
    };
    for part in request.turns.iter_mut().flat_map(|turn| &mut turn.parts) {
        match &mut part.kind {
            PartKind::Call(call) => map(&mut call.id),
            PartKind::Result { call, .. } => map(call),
            _ => {}
        }
    }
}

fn is_legal(id: &str, target: &Target<'_>) -> bool {
    let made_of = |more: &str| id.bytes().all(|byte| byte.is_ascii_alphanumeric() || more.as_bytes().contains(&byte));
    match target.dialect {
        // Mistral: "must be a-z, A-Z, 0-9, with a length of 9".
        Dialect::Chat if target.quirks.short_call_ids => id.len() == 9 && made_of(""),
        // OpenAI: "Expected a string with maximum length 40"; what stands between may be OpenAI's too (OpenRouter).
        Dialect::Chat => id.len() <= 40,
        Dialect::Responses => id.len() <= 64,
        Dialect::Messages => !id.is_empty() && made_of("_-"),
        Dialect::Converse => (1..=64).contains(&id.len()) && made_of("_.:-"),
        Dialect::Gemini => true,
    }
}

fn hashed(id: &str, target: &Target<'_>) -> String {
    const DIGITS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    let (prefix, length) = if target.quirks.short_call_ids { ("", 9) } else { ("call_", 24) };
    let digest = Sha256::digest(id);
    let digits = digest.iter().take(length).filter_map(|byte| DIGITS.get(usize::from(byte % 62)));
    prefix.chars().chain(digits.map(|digit| char::from(*digit))).collect()
}
