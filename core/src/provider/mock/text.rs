//! What the client said, in any dialect.

use std::borrow::Cow;

use crate::wire::json::{self, MAX_DEPTH};

/// What the client said last.
pub(super) struct Said {
    /// The text of the last turn that is the user's.
    pub(super) text: String,
    /// The words of the whole request, for its usage.
    pub(super) words: u64,
}

impl Said {
    /// Finds the text in a request's body.
    pub(super) fn of(body: &[u8]) -> Self {
        let mut request = Object::of(std::str::from_utf8(body).unwrap_or_default());
        if let Some(inner) = request.get("generateContentRequest") {
            request = Object::of(inner);
        }
        let turns = ["messages", "input", "contents"].iter().find_map(|key| request.get(key));
        let counted = ["messages", "input", "contents", "system", "instructions", "systemInstruction", "tools"];
        let words = counted.iter().filter_map(|key| request.get(key)).map(count_words).sum::<u64>();
        Self { text: turns.map(last_user_text).unwrap_or_default(), words: words.max(1) }
    }

    /// What the mock answers, in words that joined are the whole.
    pub(super) fn answer(&self) -> Vec<String> {
        let mut whole = "Hello from gatelet's built-in mock provider.".to_owned();
        if !self.text.is_empty() {
            whole.push_str(" You said: ");
            whole.push_str(&self.text);
        }
        whole.split_inclusive(' ').map(str::to_owned).collect()
    }
}

/// The members of an object, as they are written.
pub(super) struct Object<'a>(pub(super) Vec<(Cow<'a, str>, &'a str)>);

impl<'a> Object<'a> {
    /// The members of the text; none if it is no object.
    pub(super) fn of(text: &'a str) -> Self {
        let mut found = Vec::new();
        let visited = json::members(text, MAX_DEPTH, |member| {
            let key = json::string(json::at(text, &member.key)).unwrap_or_default();
            found.push((key, json::at(text, &member.value)));
        });
        Self(visited.map(|()| found).unwrap_or_default())
    }

    /// A member's value; of several members of that name, the last one's.
    pub(super) fn get(&self, key: &str) -> Option<&'a str> {
        self.0.iter().rfind(|member| member.0 == key).map(|member| member.1)
    }

    /// A member's text, if it is a string.
    pub(super) fn text(&self, key: &str) -> Option<Cow<'a, str>> {
        self.get(key).and_then(json::string)
    }
}

/// The elements of the text; `None` if it is no array.
pub(super) fn elements(text: &str) -> Option<Vec<&str>> {
    let mut found = Vec::new();
    json::elements(text, MAX_DEPTH, |span| found.push(json::at(text, &span))).ok().map(|()| found)
}

fn last_user_text(turns: &str) -> String {
    if let Some(text) = json::string(turns) {
        return text.into_owned();
    }
    for written in elements(turns).unwrap_or_default().into_iter().rev() {
        let turn = Object::of(written);
        if turn.text("role").is_none_or(|role| role == "user") {
            return turn_text(turn.get("content").or_else(|| turn.get("parts")).unwrap_or(written));
        }
    }
    String::new()
}

fn turn_text(content: &str) -> String {
    if let Some(text) = json::string(content) {
        return text.into_owned();
    }
    let parts = elements(content).unwrap_or_default();
    let texts: Vec<Cow<'_, str>> = parts.into_iter().filter_map(|part| Object::of(part).text("text")).collect();
    texts.join(" ")
}

/// Counts the words of the strings in a value that is known to be valid, in one pass. Neither keys count nor what a
/// `role` or a `type` holds.
fn count_words(value: &str) -> u64 {
    let (mut words, mut depth, mut passed_over) = (0, 0_u32, None);
    let mut rest = value;
    while let Some(at) = rest.find(['"', ',', '{', '[', '}', ']']) {
        let (_, found) = rest.split_at(at);
        let length = match found.as_bytes() {
            [b'"', ..] => literal_length(found),
            _ => 1,
        };
        let (found, after) = found.split_at(length);
        rest = after;
        match found {
            "{" | "[" => depth += 1,
            "}" | "]" => {
                depth = depth.saturating_sub(1);
                passed_over = passed_over.filter(|at| *at <= depth);
            }
            "," => passed_over = passed_over.filter(|at| *at < depth),
            _ if passed_over.is_some() => {}
            literal => {
                let text = json::string(literal).unwrap_or_default();
                if !rest.trim_ascii_start().starts_with(':') {
                    words += text.split_whitespace().count() as u64;
                } else if text == "role" || text == "type" {
                    passed_over = Some(depth);
                }
            }
        }
    }
    words
}

/// The bytes of the string literal that the text begins with.
fn literal_length(text: &str) -> usize {
    // The opening quote does not end it.
    let mut escaped = true;
    let end = text.bytes().position(|byte| {
        let ends = byte == b'"' && !escaped;
        escaped = byte == b'\\' && !escaped;
        ends
    });
    end.map_or(text.len(), |end| end + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_those_of_strings_but_roles_and_types() {
        for (value, words) in [
            (r#""one two\nthree\\""#, 3),
            (r#"[{"type" : "no no", "text":"one, \"two\""},{"role":{"a":"no","b":["no"]},"c d":["x"]}]"#, 3),
            (r#"{"r\u006fle":["no","no"],"z":{"type":"no"},"y":"one"}"#, 1),
            (r#"[1,null,true,"type","role"]"#, 2),
            (r#"{"a":{"type":"no"},"b":"one","type":"no"}"#, 1),
        ] {
            assert_eq!(count_words(value), words, "{value}");
        }
    }
}
