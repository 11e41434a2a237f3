//! What is changed of a body on its way to a provider: its own rules, and those of the configuration.
//!
//! A rule is about a member at the top of a body. The provider table has one only where the provider would refuse the
//! request otherwise; what it merely ignores passes as it is.

use std::borrow::Cow;

use bytes::Bytes;

use super::Door;
use crate::wire::json::{self, MAX_DEPTH};
use crate::wire::splice::Edit;
use crate::wire::text::push_string;

/// A change, and where it is made.
#[derive(Clone, Debug)]
pub struct Rule {
    /// The doors whose bodies are changed.
    pub doors: Cow<'static, [Door]>,
    /// What is changed.
    pub change: Change,
}

/// A change of a body's member.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// The member gets another name; if there is one of that name already, that one stays and this one goes.
    Rename(Cow<'static, str>, Cow<'static, str>),
    /// The member is left out, and the caller is told.
    Drop(Cow<'static, str>),
    /// The member is left out, since it stands elsewhere: in the path or in a header.
    Move(Cow<'static, str>),
    /// The member is left out where it has this value, in JSON, which says what holds without it.
    Moot(Cow<'static, str>, Cow<'static, str>),
    /// The member has this value, in JSON, whatever the client says.
    Set(Cow<'static, str>, Cow<'static, str>),
    /// The member has this value, in JSON, unless the client says another.
    Default(Cow<'static, str>, Cow<'static, str>),
}

/// What the rules change of a body.
#[derive(Debug, Default)]
pub struct Changed {
    /// The edits, in order and apart.
    pub edits: Vec<Edit>,
    /// The members that were left out, for the caller to know.
    pub dropped: Vec<String>,
}

impl Rule {
    /// A rule for requests of chat completions.
    pub const fn chat(change: Change) -> Self {
        Self { doors: Cow::Borrowed(&[Door::Chat]), change }
    }

    /// A rule for requests of Messages that are not counts.
    pub const fn messages(change: Change) -> Self {
        Self { doors: Cow::Borrowed(&[Door::Messages, Door::MessagesStream]), change }
    }
}

impl Change {
    fn name(&self) -> &str {
        match self {
            Change::Rename(name, _)
            | Change::Drop(name)
            | Change::Move(name)
            | Change::Moot(name, _)
            | Change::Set(name, _)
            | Change::Default(name, _) => name,
        }
    }
}

/// What the rules change of a body that is asked for at the door. A body that is no JSON object stays as it is.
pub fn changes<'a>(body: &[u8], door: Door, rules: impl Iterator<Item = &'a Rule>) -> Changed {
    let mut changed = Changed::default();
    let rules: Vec<&Change> = rules.filter(|rule| rule.doors.contains(&door)).map(|rule| &rule.change).collect();
    let Ok(text) = std::str::from_utf8(body) else { return changed };
    if rules.is_empty() {
        return changed;
    }
    let mut members = Vec::new();
    if json::members(text, MAX_DEPTH, |member| members.push(member)).is_err() {
        return changed;
    }
    let names: Vec<Cow<'_, str>> =
        members.iter().map(|member| json::string(json::at(text, &member.key)).unwrap_or_default()).collect();
    let has = |name: &str| names.iter().any(|known| *known == name);
    let mut removed = vec![false; members.len()];
    for ((place, member), name) in members.iter().enumerate().zip(&names) {
        for change in rules.iter().filter(|change| change.name() == *name) {
            match change {
                Change::Rename(_, other) if !has(other) => {
                    changed.edits.push(Edit { span: member.key.clone(), bytes: string(other) });
                }
                Change::Rename(..) | Change::Drop(_) => {
                    mark(&mut removed, place);
                    changed.dropped.push(name.clone().into_owned());
                }
                Change::Move(_) => mark(&mut removed, place),
                Change::Moot(_, value) if !is_same(json::at(text, &member.value), value) => {}
                Change::Moot(..) => mark(&mut removed, place),
                Change::Set(_, value) => {
                    let bytes = Bytes::copy_from_slice(value.as_bytes());
                    changed.edits.push(Edit { span: member.value.clone(), bytes });
                }
                Change::Default(..) => {}
            }
        }
    }
    // A member goes with the comma before it; the first ones that stay lose theirs.
    let mut first_kept = None;
    for (place, member) in members.iter().enumerate() {
        let gone = removed.get(place).copied().unwrap_or(false);
        let start = match place.checked_sub(1).and_then(|before| members.get(before)) {
            Some(before) => before.value.end,
            None => member.key.start,
        };
        if gone {
            changed.edits.retain(|edit| edit.span != member.key && edit.span != member.value);
            changed.edits.push(Edit { span: start..member.value.end, bytes: Bytes::new() });
        } else if first_kept.is_none() {
            first_kept = Some(place);
            if place > 0 {
                changed.edits.push(Edit { span: start..member.key.start, bytes: Bytes::new() });
            }
        }
    }
    let mut added = Vec::new();
    for change in rules {
        if let Change::Set(name, value) | Change::Default(name, value) = change
            && !has(name)
        {
            if first_kept.is_some() || !added.is_empty() {
                added.push(b',');
            }
            push_string(&mut added, name);
            added.push(b':');
            added.extend_from_slice(value.as_bytes());
        }
    }
    if !added.is_empty() {
        // Behind the last member, so that what it is appended to need not be told apart from nothing.
        let end = members.last().map_or_else(|| text.find('{').map_or(0, |at| at + 1), |member| member.value.end);
        changed.edits.push(Edit { span: end..end, bytes: added.into() });
    }
    changed.edits.sort_by_key(|edit| (edit.span.start, edit.span.end));
    changed
}

/// The edits of both, in order: what one of them removes, the other need not change.
pub fn together(mut edits: Vec<Edit>, removals: Vec<Edit>) -> Vec<Edit> {
    let is_inside = |edit: &Edit| {
        removals.iter().any(|removal| {
            removal.bytes.is_empty()
                && removal.span.start <= edit.span.start
                && edit.span.end <= removal.span.end
                && !edit.span.is_empty()
        })
    };
    edits.retain(|edit| !is_inside(edit));
    edits.extend(removals);
    edits.sort_by_key(|edit| (edit.span.start, edit.span.end));
    edits
}

/// Whether two values are written with the same characters, whatever stands between them.
fn is_same(told: &str, value: &str) -> bool {
    let dense = |text: &str| text.bytes().filter(|byte| !byte.is_ascii_whitespace()).collect::<Vec<_>>();
    dense(told) == dense(value)
}

fn mark(removed: &mut [bool], place: usize) {
    if let Some(removed) = removed.get_mut(place) {
        *removed = true;
    }
}

fn string(text: &str) -> Bytes {
    let mut bytes = Vec::with_capacity(text.len() + 2);
    push_string(&mut bytes, text);
    bytes.into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::splice::splice;

    const fn text(text: &'static str) -> Cow<'static, str> {
        Cow::Borrowed(text)
    }

    fn changed(body: &'static str, changes: Vec<Change>) -> (String, Vec<String>) {
        let rules: Vec<Rule> = changes.into_iter().map(Rule::chat).collect();
        let changed = super::changes(body.as_bytes(), Door::Chat, rules.iter());
        let body = splice(&Bytes::from_static(body.as_bytes()), &changed.edits).joined();
        (String::from_utf8(body.to_vec()).expect("text"), changed.dropped)
    }

    #[test]
    fn members_go_with_their_commas() {
        let drop = |names: &[&'static str]| names.iter().map(|name| Change::Drop(text(name))).collect::<Vec<_>>();
        let body = r#"{ "a": 1, "b" : [2,{}] ,"c":"}" }"#;
        assert_eq!(changed(body, drop(&["a"])).0, r#"{ "b" : [2,{}] ,"c":"}" }"#);
        assert_eq!(changed(body, drop(&["b"])).0, r#"{ "a": 1 ,"c":"}" }"#);
        assert_eq!(changed(body, drop(&["c"])).0, r#"{ "a": 1, "b" : [2,{}] }"#);
        assert_eq!(changed(body, drop(&["a", "b"])).0, r#"{ "c":"}" }"#);
        assert_eq!(changed(body, drop(&["a", "b", "c"])).0, "{  }");
        assert_eq!(changed(body, drop(&["a", "x"])).1, ["a"]);
    }

    #[test]
    fn members_are_renamed_and_set() {
        let rename = || vec![Change::Rename(text("a"), text("b"))];
        assert_eq!(changed(r#"{"a":1,"c":2}"#, rename()), (r#"{"b":1,"c":2}"#.into(), vec![]));
        assert_eq!(changed(r#"{"a":1,"b":2}"#, rename()), (r#"{"b":2}"#.into(), vec!["a".into()]));
        let set = || vec![Change::Set(text("a"), text("true")), Change::Default(text("b"), text("[]"))];
        assert_eq!(changed(r#"{"a":1}"#, set()).0, r#"{"a":true,"b":[]}"#);
        assert_eq!(changed(r#"{"b":0}"#, set()).0, r#"{"b":0,"a":true}"#);
        assert_eq!(changed("{}", set()).0, r#"{"a":true,"b":[]}"#);
        let both = vec![Change::Move(text("a")), Change::Set(text("z"), text("1"))];
        assert_eq!(changed(r#"{"a":1}"#, both), (r#"{"z":1}"#.into(), vec![]));
    }

    #[test]
    fn a_value_that_says_nothing_goes_unsaid() {
        let moot = || vec![Change::Moot(text("n"), text("1")), Change::Moot(text("m"), text(r#"["text"]"#))];
        assert_eq!(changed(r#"{"n":1,"m":[ "text" ],"a":0}"#, moot()), (r#"{"a":0}"#.into(), vec![]));
        for body in [r#"{"n":2,"m":["text","audio"]}"#, r#"{"n":"1","m":null}"#] {
            assert_eq!(changed(body, moot()), (body.into(), vec![]));
        }
    }

    #[test]
    fn what_is_no_object_stays() {
        for body in ["[1]", "{", "", "{\"a\":1}x"] {
            assert_eq!(changed(body, vec![Change::Drop(text("a"))]).0, body);
        }
    }

    #[test]
    fn a_removal_swallows_other_edits() {
        let body = Bytes::from_static(br#"{"model":"a","x":1}"#);
        let rules = [Rule::chat(Change::Move(text("model")))];
        let removals = super::changes(&body, Door::Chat, rules.iter()).edits;
        let model = Edit { span: 9..12, bytes: Bytes::from_static(b"\"other\"") };
        assert_eq!(splice(&body, &together(vec![model], removals)).joined(), r#"{"x":1}"#);
    }
}
