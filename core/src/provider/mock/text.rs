//! What the client said, in any dialect.

use serde_json::Value;

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
        let request: Value = serde_json::from_slice(body).unwrap_or_default();
        let request = request.get("generateContentRequest").unwrap_or(&request);
        let turns = ["messages", "input", "contents"].iter().find_map(|key| request.get(key));
        let mut words = 0;
        for key in ["messages", "input", "contents", "system", "instructions", "systemInstruction", "tools"] {
            count_words(request.get(key).unwrap_or(&Value::Null), &mut words);
        }
        Self { text: turns.map(last_user_text).unwrap_or_default(), words: words.max(1) }
    }

    /// What the mock answers, in words that joined are the whole.
    pub(super) fn answer(&self) -> Vec<String> {
        let whole = if self.text.is_empty() {
            "Hello from gatelet's built-in mock provider.".to_owned()
        } else {
            format!("Hello from gatelet's built-in mock provider. You said: {}", self.text)
        };
        whole.split_inclusive(' ').map(str::to_owned).collect()
    }
}

fn last_user_text(turns: &Value) -> String {
    match turns {
        Value::String(text) => text.clone(),
        Value::Array(turns) => {
            let user = |turn: &&Value| turn.get("role").and_then(Value::as_str).is_none_or(|role| role == "user");
            turns.iter().rev().find(user).map(turn_text).unwrap_or_default()
        }
        _ => String::new(),
    }
}

fn turn_text(turn: &Value) -> String {
    let content = turn.get("content").or_else(|| turn.get("parts")).unwrap_or(turn);
    match content {
        Value::String(text) => text.clone(),
        Value::Array(parts) => {
            let texts: Vec<&str> = parts.iter().filter_map(|part| part.get("text").and_then(Value::as_str)).collect();
            texts.join(" ")
        }
        _ => String::new(),
    }
}

fn count_words(value: &Value, words: &mut u64) {
    match value {
        Value::String(text) => *words += text.split_whitespace().count() as u64,
        Value::Array(list) => list.iter().for_each(|value| count_words(value, words)),
        Value::Object(map) => map
            .iter()
            .filter(|(key, _)| *key != "role" && *key != "type")
            .for_each(|(_, value)| count_words(value, words)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}
