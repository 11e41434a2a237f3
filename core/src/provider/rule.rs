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

/// A member as the changes so far have left it.
struct Member<'a> {
    /// Where it stands in the body; `None` if a change has added it.
    written: Option<json::Member>,
    /// Its name in the body.
    own: Cow<'a, str>,
    /// Another name that it has got.
    other: Option<&'a str>,
    value: &'a str,
    gone: bool,
}

impl Member<'_> {
    fn name(&self) -> &str {
        self.other.unwrap_or(&self.own)
    }
}

/// What the rules change of a body that is asked for at the door, one after the other. A body that is no JSON object stays as
/// it is.
pub fn changes<'a>(body: &'a [u8], door: Door, rules: impl Iterator<Item = &'a Rule>) -> Changed {
    let mut changed = Changed::default();
    let rules: Vec<&Change> = rules.filter(|rule| rule.doors.contains(&door)).map(|rule| &rule.change).collect();
    let Ok(text) = std::str::from_utf8(body) else { return changed };
    if rules.is_empty() {
        return changed;
    }
    let mut written = Vec::new();
    if json::members(text, MAX_DEPTH, |member| written.push(member)).is_err() {
        return changed;
    }
    // Behind the last member, so that what it is appended to need not be told apart from nothing.
    let end = written.last().map_or_else(|| text.find('{').map_or(0, |at| at + 1), |member| member.value.end);
    let mut members: Vec<Member<'_>> = written
        .into_iter()
        .map(|member| Member {
            own: json::string(json::at(text, &member.key)).unwrap_or_default(),
            value: json::at(text, &member.value),
            written: Some(member),
            other: None,
            gone: false,
        })
        .collect();
    for change in rules {
        make(change, &mut members, &mut changed.dropped);
    }
    // In the body's order, as everything that is adjusted is told.
    changed.dropped.sort_by_key(|name| members.iter().position(|member| member.own == *name));
    edits(text, &members, end, &mut changed.edits);
    changed
}

fn make<'a>(change: &'a Change, members: &mut Vec<Member<'a>>, dropped: &mut Vec<String>) {
    let has = |members: &[Member<'_>], name: &str| members.iter().any(|known| !known.gone && known.name() == name);
    let (name, value) = match change {
        Change::Rename(name, other) if name == other => return,
        Change::Rename(name, other) if !has(members, other) => {
            for member in members.iter_mut().filter(|member| !member.gone && member.name() == *name) {
                member.other = Some(other);
            }
            return;
        }
        Change::Rename(name, _) | Change::Drop(name) | Change::Move(name) => (name, None),
        Change::Moot(name, value) | Change::Set(name, value) | Change::Default(name, value) => (name, Some(&**value)),
    };
    let is_told = matches!(change, Change::Rename(..) | Change::Drop(_));
    let is_there = has(members, name);
    for member in members.iter_mut().filter(|member| !member.gone && member.name() == *name) {
        match (change, value) {
            (Change::Default(..), _) => {}
            (Change::Set(..), Some(value)) => member.value = value,
            (Change::Moot(..), Some(value)) if !is_same(member.value, value) => {}
            _ => member.gone = true,
        }
        if is_told && member.written.is_some() && !dropped.iter().any(|told| *told == member.own) {
            dropped.push(member.own.clone().into_owned());
        }
    }
    if let (Change::Set(..) | Change::Default(..), Some(value)) = (change, value)
        && !is_there
    {
        members.push(Member { written: None, own: Cow::Borrowed(name), other: None, value, gone: false });
    }
}

/// The edits that make the members of the text these. What is added stands at `end`.
fn edits(text: &str, members: &[Member<'_>], end: usize, edits: &mut Vec<Edit>) {
    // A member goes with the comma before it; the first one that stays loses its own.
    let mut before: Option<usize> = None;
    let mut is_first = true;
    let mut added = Vec::new();
    for member in members {
        let Some(written) = &member.written else {
            if member.gone {
                continue;
            }
            if !is_first {
                added.push(b',');
            }
            is_first = false;
            push_string(&mut added, member.name());
            added.push(b':');
            added.extend_from_slice(member.value.as_bytes());
            continue;
        };
        let start = before.unwrap_or(written.key.start);
        if member.gone {
            edits.push(Edit { span: start..written.value.end, bytes: Bytes::new() });
        } else {
            if is_first && before.is_some() {
                edits.push(Edit { span: start..written.key.start, bytes: Bytes::new() });
            }
            is_first = false;
            if let Some(other) = member.other {
                edits.push(Edit { span: written.key.clone(), bytes: string(other) });
            }
            if member.value != json::at(text, &written.value) {
                edits
                    .push(Edit { span: written.value.clone(), bytes: Bytes::copy_from_slice(member.value.as_bytes()) });
            }
        }
        before = Some(written.value.end);
    }
    if !added.is_empty() {
        edits.push(Edit { span: end..end, bytes: added.into() });
    }
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

fn string(text: &str) -> Bytes {
    let mut bytes = Vec::with_capacity(text.len() + 2);
    push_string(&mut bytes, text);
    bytes.into()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

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

    #[test]
    fn each_change_is_made_of_what_the_ones_before_it_have_left() {
        let rename = |from, to| Change::Rename(text(from), text(to));
        let default = |name, value| Change::Default(text(name), text(value));
        for (body, changes, expected, dropped) in [
            // A provider's own new name, and then what the configuration says of it: never the same member twice.
            (r#"{"a":1}"#, vec![rename("a", "b"), default("b", "2")], r#"{"b":1}"#, &[][..]),
            (r#"{"a":1}"#, vec![rename("a", "b"), Change::Set(text("b"), text("2"))], r#"{"b":2}"#, &[]),
            (r#"{"a":1,"c":3}"#, vec![rename("a", "b"), Change::Drop(text("b"))], r#"{"c":3}"#, &["a"]),
            (r#"{"a":1,"b":2}"#, vec![rename("a", "c"), rename("b", "c")], r#"{"c":1}"#, &["b"]),
            (r#"{"a":1}"#, vec![rename("a", "b"), rename("b", "c")], r#"{"c":1}"#, &[]),
            (r#"{"a":1}"#, vec![rename("a", "a")], r#"{"a":1}"#, &[]),
            (r#"{"a":1}"#, vec![Change::Drop(text("a")), default("a", "2")], r#"{"a":2}"#, &["a"]),
            // What only the provider's own rules have added is nobody's loss.
            ("{}", vec![default("a", "2"), Change::Drop(text("a"))], "{}", &[]),
            (r#"{"a":1,"a":2}"#, vec![Change::Drop(text("a"))], "{}", &["a"]),
        ] {
            assert_eq!(
                changed(body, changes),
                (expected.to_owned(), dropped.iter().map(|name| (*name).into()).collect())
            );
        }
    }

    /// The members of a body, in order.
    fn members(body: &str) -> Vec<(String, String)> {
        let mut members = Vec::new();
        json::members(body, MAX_DEPTH, |member| {
            let name = json::string(json::at(body, &member.key)).expect("a name");
            members.push((name.into_owned(), json::at(body, &member.value).to_owned()));
        })
        .unwrap_or_else(|fault| panic!("{fault:?} in {body}"));
        members
    }

    /// The same changes of a plain list.
    fn expected(mut members: Vec<(String, String)>, changes: &[Change]) -> Vec<(String, String)> {
        for change in changes {
            let has = |members: &[(String, String)], name: &str| members.iter().any(|(known, _)| known == name);
            let name = name(change);
            match change {
                Change::Rename(_, other) if name == other => {}
                Change::Rename(_, other) if !has(&members, other) => {
                    members
                        .iter_mut()
                        .filter(|(known, _)| known == name)
                        .for_each(|(known, _)| *known = other.to_string());
                }
                Change::Rename(..) | Change::Drop(_) | Change::Move(_) => members.retain(|(known, _)| known != name),
                Change::Moot(_, value) => members.retain(|(known, told)| known != name || told != value),
                Change::Set(_, value) if has(&members, name) => {
                    members
                        .iter_mut()
                        .filter(|(known, _)| known == name)
                        .for_each(|(_, told)| *told = value.to_string());
                }
                Change::Default(..) if has(&members, name) => {}
                Change::Set(_, value) | Change::Default(_, value) => members.push((name.to_owned(), value.to_string())),
            }
        }
        members
    }

    fn name(change: &Change) -> &str {
        match change {
            Change::Rename(name, _)
            | Change::Drop(name)
            | Change::Move(name)
            | Change::Moot(name, _)
            | Change::Set(name, _)
            | Change::Default(name, _) => name,
        }
    }

    fn change() -> impl Strategy<Value = Change> {
        (0..6, "[abc]", "[abc]", "[0-3]").prop_map(|(kind, name, other, value)| {
            let (name, other, value) = (Cow::Owned(name), Cow::Owned(other), Cow::Owned(value));
            match kind {
                0 => Change::Rename(name, other),
                1 => Change::Drop(name),
                2 => Change::Move(name),
                3 => Change::Moot(name, value),
                4 => Change::Set(name, value),
                _ => Change::Default(name, value),
            }
        })
    }

    proptest! {
        /// Any object stays one, with exactly the members that are meant: also where the model's name and what asks for the usage
        /// are spliced in.
        #[test]
        fn any_changes_make_the_members_that_are_meant(
            told in prop::collection::vec(("[abcd]|\\\\u006[1-4]", "[0-3]|\\[1,2\\]|\"[,}]\"|\\{\"a\":0\\}", " {0,2}"), 0..5),
            (at, stream_at) in (0_usize..5, 0_usize..5),
            (spliced, moved) in any::<(bool, bool)>(),
            mut changes in prop::collection::vec(change(), 0..6),
        ) {
            let mut told: Vec<_> = told.iter().map(|(name, value, space)| format!("\"{name}\"{space}:{space}{value}{space}")).collect();
            if spliced {
                told.insert(at.min(told.len()), "\"stream\": true".to_owned());
                told.insert(stream_at.min(told.len()), " \"model\":\"m\" ".to_owned());
                if moved {
                    changes.push(Change::Move(text("model")));
                }
            }
            let body = format!(" {{{}}}\n", told.join(","));
            let before = members(&body);
            let rules: Vec<_> = changes.iter().cloned().map(Rule::chat).collect();
            let changed = super::changes(body.as_bytes(), Door::Chat, rules.iter());
            let mut own = Vec::new();
            let mut meant = expected(before.clone(), &changes);
            if spliced {
                json::members(&body, MAX_DEPTH, |member| match json::at(&body, &member.key) {
                    "\"model\"" => own.push(Edit { span: member.value, bytes: Bytes::from_static(b"\"other\"") }),
                    "\"stream\"" => {
                        let end = member.value.end;
                        own.push(Edit { span: end..end, bytes: Bytes::from_static(b",\"stream_options\":{}") });
                    }
                    _ => {}
                }).expect("an object");
                meant.iter_mut().filter(|(name, _)| name == "model").for_each(|(_, value)| *value = "\"other\"".to_owned());
                meant.push(("stream_options".to_owned(), "{}".to_owned()));
            }
            let edits = together(own, changed.edits);
            let mut after = members(std::str::from_utf8(&splice(&Bytes::from(body), &edits).joined()).expect("text"));
            if spliced {
                after.sort_unstable();
                meant.sort_unstable();
            }
            prop_assert_eq!(after, meant);
            let names: Vec<_> = before.iter().map(|(name, _)| name.clone()).collect();
            prop_assert!(changed.dropped.iter().all(|name| names.contains(name)));
        }
    }
}
