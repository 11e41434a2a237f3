//! What comes out.

use std::fmt::Write;

use gatelet_core::dialect::canonical::Report;
use gatelet_core::dialect::canonical::read::Doc;
use gatelet_core::dialect::translate::{self, Failure};
use gatelet_core::error::Class;
use gatelet_core::error::Error;

use crate::cases::{bytes, cases, is_stream, purpose, targets};
use crate::splits::{streamed, used};
use crate::{check, each_pair};

#[test]
fn requests() {
    each_pair(|caller, upstream| {
        let mut found = String::new();
        for case in cases("requests", caller) {
            for target in targets(upstream) {
                writeln!(found, "=== {} @ {}", case.name, target.model).expect("a line");
                let doc = Doc::parse(&case.text).expect("JSON");
                let mut report = Report::default();
                let stream = is_stream(caller, &case);
                match translate::request(&doc, caller, &target, stream, false, &mut report) {
                    Ok(said) => {
                        let body = String::from_utf8(said.body).expect("UTF-8");
                        assert!(Doc::parse(&body).is_ok(), "{}: {body}", case.name);
                        if let Some(header) = report.header(&doc) {
                            writeln!(found, "adjusted: {header}").expect("a line");
                        }
                        for name in &said.adapted.names {
                            writeln!(found, "renamed: {name:?}").expect("a line");
                        }
                        if !said.adapted.stop.is_empty() {
                            writeln!(found, "stops at: {:?}", said.adapted.stop).expect("a line");
                        }
                        writeln!(found, "{body}\n").expect("a line");
                    }
                    Err(refusal) => {
                        let kind = if refusal.is_unsupported() { "unsupported" } else { "invalid" };
                        writeln!(found, "{kind}: `{}` {}\n", refusal.path(&doc), refusal.message()).expect("a line");
                    }
                }
            }
        }
        check(caller, upstream, "requests.txt", &found);
    });
}

#[test]
fn streams() {
    each_pair(|caller, upstream| {
        let mut found = String::new();
        for case in cases("streams", upstream) {
            let told = streamed(upstream, bytes(upstream, &case), purpose(caller, upstream, true), usize::MAX);
            writeln!(found, "=== {}\n{told}", case.name).expect("a line");
        }
        check(caller, upstream, "streams.txt", &found);
    });
}

#[test]
fn answers() {
    each_pair(|caller, upstream| {
        let mut found = String::new();
        for case in cases("answers", upstream) {
            let told = translate::whole(upstream, case.text.as_bytes(), purpose(caller, upstream, false));
            writeln!(found, "=== {}", case.name).expect("a line");
            match told {
                Ok((body, usage)) => {
                    let body = String::from_utf8(body.to_vec()).expect("UTF-8");
                    assert!(Doc::parse(&body).is_ok(), "{}: {body}", case.name);
                    writeln!(found, "{body}\nused: {}\n", used(&usage)).expect("a line");
                }
                Err(Failure { error, malformed }) => {
                    writeln!(found, "{}{}\n", shown(&error), if malformed { " (malformed)" } else { "" })
                        .expect("a line");
                }
            }
        }
        check(caller, upstream, "answers.txt", &found);
    });
}

/// A stream of one dialect that comes where a whole answer was to be reads as the whole answer does, and the other way round.
#[test]
fn a_whole_stream_is_an_answer() {
    each_pair(|caller, upstream| {
        for case in cases("streams", upstream) {
            let whole = translate::gathered(upstream, bytes(upstream, &case), purpose(caller, upstream, false));
            let stream = streamed(upstream, bytes(upstream, &case), purpose(caller, upstream, true), usize::MAX);
            assert_eq!(whole.is_ok(), stream.ends_with("(complete)\n"), "{caller}-{upstream} {}: {stream}", case.name);
        }
    });
}

/// An error, in a line.
pub(crate) fn shown(error: &Error) -> String {
    let Error { class, message, param, .. } = error;
    let class: Class = *class;
    format!("error: {class:?}: {message} {param:?}")
}
