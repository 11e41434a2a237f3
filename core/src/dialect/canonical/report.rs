//! What became of a request's fields on the way to a target: refused, or adjusted and reported.

use std::borrow::Cow;
use std::fmt::Write;

use crate::wire::doc::{At, Doc};

/// A request that cannot be read, or that a target cannot be asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal(Box<Why>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Why {
    at: At,
    member: Option<Cow<'static, str>>,
    message: Cow<'static, str>,
    unsupported: bool,
}

impl Refusal {
    /// The value at the place is not what the API takes: a 400, whatever the target.
    pub fn invalid(at: At, message: impl Into<Cow<'static, str>>) -> Self {
        Self(Box::new(Why { at, member: None, message: message.into(), unsupported: false }))
    }

    /// The target has no such thing: another target may. The message says what, the path goes before it.
    pub fn unsupported(at: At, message: impl Into<Cow<'static, str>>) -> Self {
        Self(Box::new(Why { at, member: None, message: message.into(), unsupported: true }))
    }

    /// The same, about a member of the value at the place: one that is missing, say.
    #[must_use]
    pub fn member(mut self, name: impl Into<Cow<'static, str>>) -> Self {
        self.0.member = Some(name.into());
        self
    }

    /// Whether it is the target's lack, and not the caller's fault.
    pub fn is_unsupported(&self) -> bool {
        self.0.unsupported
    }

    /// What is said, without the path.
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// The path that it is about, in the caller's body.
    pub fn path(&self, doc: &Doc<'_>) -> String {
        let mut path = doc.path(self.0.at);
        if let Some(member) = &self.0.member {
            if !path.is_empty() {
                path.push('.');
            }
            path.push_str(member);
        }
        path
    }
}

/// What was done to a field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reason {
    /// The target has no such hint.
    Dropped,
    /// The same, with why: `foreign`.
    DroppedAs(&'static str),
    /// A field that the gateway does not know.
    Unknown,
    /// The nearest value that the target takes: from, to.
    Clamped(String, String),
    /// The nearest construct, weaker or coarser; how, where there is more to say.
    Approximated(Option<&'static str>),
    /// A server tool that is not offered to the model.
    Withheld,
    /// A feature turned off to keep the request valid; why.
    Disabled(&'static str),
    /// The gateway does it itself.
    Emulated,
    /// Said in text, since there is no slot.
    Inlined,
    /// Carried, but in another position.
    Moved,
    /// The name was illegal there.
    Renamed,
    /// The value was too long there.
    Hashed,
}

impl Reason {
    fn push(&self, out: &mut String) {
        let (name, detail) = match self {
            Reason::Dropped => ("dropped", None),
            Reason::DroppedAs(why) => ("dropped", Some(*why)),
            Reason::Unknown => ("unknown", None),
            Reason::Clamped(from, to) => {
                // Writing to a string does not fail.
                let _ = write!(out, "clamped:{from}>{to}");
                return;
            }
            Reason::Approximated(how) => ("approximated", *how),
            Reason::Withheld => ("withheld", None),
            Reason::Disabled(why) => ("disabled", Some(*why)),
            Reason::Emulated => ("emulated", None),
            Reason::Inlined => ("inlined", None),
            Reason::Moved => ("moved", None),
            Reason::Renamed => ("renamed", None),
            Reason::Hashed => ("hashed", None),
        };
        out.push_str(name);
        if let Some(detail) = detail {
            out.push(':');
            out.push_str(detail);
        }
    }
}

/// What was adjusted of one request for one target.
#[derive(Clone, Debug, Default)]
pub struct Report {
    entries: Vec<(At, Option<&'static str>, Reason)>,
}

/// The longest list that is told in a header; what is past it is counted.
const MAX_HEADER: usize = 1024;

/// The longest count of what is past it: `, ...=more:4294967295`.
const MAX_MORE: usize = 21;

impl Report {
    /// Notes what was done to the value at the place. What is noted first of a place stays.
    pub fn note(&mut self, at: At, reason: Reason) {
        self.note_member(at, None, reason);
    }

    /// The same of a member of the value, by name, for what has no place of its own.
    pub fn note_member(&mut self, at: At, member: Option<&'static str>, reason: Reason) {
        // An entry of every place would make this quadratic; places mostly come in order, so the last few tell.
        if !self.entries.iter().rev().take(8).any(|entry| (entry.0, entry.1) == (at, member)) {
            self.entries.push((at, member, reason));
        }
    }

    /// Whether nothing was adjusted.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Forgets what was noted since there were so many entries.
    pub fn truncate(&mut self, length: usize) {
        self.entries.truncate(length);
    }

    /// How many entries there are.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Each path with what was done, in the order of the caller's body, each path once.
    pub fn entries(&self, doc: &Doc<'_>) -> Vec<(String, String)> {
        self.told(doc).collect()
    }

    /// The same, each spelled when it is asked for: a path is a walk through the body, and its keys may be long.
    pub fn told(&self, doc: &Doc<'_>) -> impl Iterator<Item = (String, String)> {
        let mut sorted: Vec<_> = self.entries.iter().collect();
        sorted.sort_by_key(|entry| entry.0);
        sorted.dedup_by(|later, first| (later.0, later.1) == (first.0, first.1));
        sorted.into_iter().map(|(at, member, reason)| {
            let mut path = doc.path(*at);
            if let Some(member) = member {
                if !path.is_empty() {
                    path.push('.');
                }
                path.push_str(member);
            }
            let mut text = String::new();
            reason.push(&mut text);
            (path, text)
        })
    }

    /// The value of `x-gatelet-adjusted`: ASCII, at most a kilobyte; `None` if nothing was adjusted.
    pub fn header(&self, doc: &Doc<'_>) -> Option<String> {
        if self.is_empty() {
            return None;
        }
        let mut header = String::new();
        for (index, (path, reason)) in self.told(doc).enumerate() {
            let entry = format!("{path}={reason}");
            let entry: String =
                entry.chars().map(|char| if matches!(char, ' '..='~') && char != ',' { char } else { '?' }).collect();
            if header.len() + entry.len() + 2 > MAX_HEADER - MAX_MORE {
                let _ = write!(header, ", ...=more:{}", self.entries.len() - index);
                break;
            }
            if index > 0 {
                header.push_str(", ");
            }
            header.push_str(&entry);
        }
        Some(header)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_is_in_the_bodys_order() {
        let text = r#"{"seed":7,"tools":[{},{"a":1}],"reasoning_effort":"xhigh"}"#;
        let doc = Doc::parse(text).expect("JSON");
        let root = doc.root();
        let mut report = Report::default();
        assert_eq!(report.header(&doc), None);
        let effort = root.get("reasoning_effort").expect("it").at();
        report.note(effort, Reason::Clamped("xhigh".into(), "high".into()));
        report.note(root.get("tools").and_then(|tools| tools.elements().nth(1)).expect("it").at(), Reason::Withheld);
        report.note(root.get("seed").expect("it").at(), Reason::Dropped);
        report.note(root.get("seed").expect("it").at(), Reason::Unknown);
        assert_eq!(
            report.header(&doc).as_deref(),
            Some("seed=dropped, tools[1]=withheld, reasoning_effort=clamped:xhigh>high")
        );
    }

    #[test]
    fn a_long_header_is_cut_and_counted() {
        for (count, width) in (0..40).map(|width| (if width == 0 { 100_000 } else { 1000 }, width)) {
            let text = format!("{{\"{}\":[{}0]}}", "k".repeat(width), "0,".repeat(count));
            let doc = Doc::parse(&text).expect("JSON");
            let mut report = Report::default();
            let (_, list) = doc.root().members().next().expect("a list");
            for value in list.elements() {
                report.note(value.at(), Reason::Dropped);
            }
            let header = report.header(&doc).expect("a header");
            assert!(header.len() <= MAX_HEADER && header.contains(", ...=more:"), "{header}");
        }
    }
}
