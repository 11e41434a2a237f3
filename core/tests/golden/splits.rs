//! However a stream's bytes are split, the client gets the same.

use bytes::Bytes;
use gatelet_core::dialect::Dialect;
use gatelet_core::dialect::translate::{Purpose, Translation};
use gatelet_core::error::{Class, Error};

use crate::cases::{bytes, cases, purpose};
use crate::each_pair;
use crate::grammar::read;
use crate::pairs::shown;

/// What a client gets of a stream that comes in pieces of so many bytes: the text, and how it ended.
pub(crate) fn streamed(upstream: Dialect, all: Bytes, purpose: Purpose, piece: usize) -> String {
    let mut translation = Translation::new(upstream, purpose);
    let mut rest = all;
    let mut broken = false;
    while !rest.is_empty() {
        let next = rest.split_to(piece.min(rest.len()));
        if translation.take(next).is_err() {
            broken = true;
            break;
        }
    }
    if !broken {
        translation.finish();
    }
    let mut end = "(complete)".to_owned();
    if let Some(error) = translation.failure() {
        end = format!("({})", shown(error));
        translation.close();
    } else if !translation.is_complete() {
        end = "(truncated)".to_owned();
        translation.fail(&Error::new(Class::UpstreamTruncated, "the upstream's stream ended before its end"));
    }
    let mut told = Vec::new();
    while let Some(bytes) = translation.next() {
        told.extend_from_slice(&bytes);
    }
    let usage = translation.usage();
    format!("{}used: {}\n{end}\n", String::from_utf8(told).expect("UTF-8"), used(&usage))
}

/// The part of it that went to the client.
pub(crate) fn stream(told: &str) -> &str {
    told.rsplit_once("used: ").expect("an end").0
}

#[test]
fn any_split_gives_the_same_bytes() {
    each_pair(|caller, upstream| {
        for case in cases("streams", upstream) {
            let all = bytes(upstream, &case);
            let whole = streamed(upstream, all.clone(), purpose(caller, upstream, true), usize::MAX);
            for piece in [1, 2, 3, 7, 64, 1000] {
                let split = streamed(upstream, all.clone(), purpose(caller, upstream, true), piece);
                assert_eq!(split, whole, "{caller}-{upstream} {} in pieces of {piece}", case.name);
            }
        }
    });
}

/// Cut anywhere, a stream keeps to its grammar and never looks whole.
#[test]
fn a_cut_stream_never_ends_clean() {
    each_pair(|caller, upstream| {
        for case in cases("streams", upstream) {
            let all = bytes(upstream, &case);
            for end in (0..=all.len()).rev().step_by(13) {
                let out = streamed(upstream, all.slice(..end), purpose(caller, upstream, true), usize::MAX);
                let told = read(caller, stream(&out));
                let clean = out.ends_with("(complete)\n");
                assert_eq!(told.whole, clean, "{caller}-{upstream} {} cut at {end}: {out}", case.name);
            }
        }
    });
}

/// What was used: the terms that there is something of, as Rust writes them.
pub(crate) fn used(usage: &gatelet_core::usage::Usage) -> String {
    let shown = format!("{usage:?}");
    let terms = shown.trim_start_matches("Usage { ").trim_end_matches(" }");
    let nothing = [": 0", ": None", ": Standard", ": false"];
    let terms: Vec<_> =
        terms.split(", ").filter(|term| !nothing.iter().any(|nothing| term.ends_with(nothing))).collect();
    terms.join(", ")
}
