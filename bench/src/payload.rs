//! What the stub upstream says and what the load generator asks: fixed bytes, so that every answer can be compared whole.

use std::fmt::Write as _;
use std::sync::LazyLock;

/// How many events a stub stream has.
pub(crate) const EVENTS: usize = 34;

/// A kind of request, with the answer that belongs to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// `POST /v1/chat/completions`, one JSON answer.
    Chat,
    /// `POST /v1/chat/completions` with `stream`.
    ChatStream,
    /// `POST /v1/messages` with `stream`.
    MessagesStream,
    /// `POST /v1/messages`, one JSON answer.
    Messages,
    /// `POST /v1/chat/completions`, which a gateway asks as Messages; the floor asks it as it is.
    Translated,
    /// The same with `stream`.
    TranslatedStream,
}

impl Kind {
    /// The path that is posted to.
    pub(crate) fn path(self) -> &'static str {
        match self {
            Self::Chat | Self::ChatStream | Self::Translated | Self::TranslatedStream => "/v1/chat/completions",
            Self::Messages | Self::MessagesStream => "/v1/messages",
        }
    }

    /// Whether the answer is an event stream.
    pub(crate) fn streams(self) -> bool {
        !matches!(self, Self::Chat | Self::Messages | Self::Translated)
    }

    /// The events (or the one body) of the answer.
    pub(crate) fn answer(self) -> &'static [String] {
        static CHAT: LazyLock<Vec<String>> = LazyLock::new(|| vec![chat()]);
        static CHAT_STREAM: LazyLock<Vec<String>> = LazyLock::new(chat_stream);
        static MESSAGES: LazyLock<Vec<String>> = LazyLock::new(|| vec![messages()]);
        static MESSAGES_STREAM: LazyLock<Vec<String>> = LazyLock::new(messages_stream);
        match self {
            Self::Chat | Self::Translated => &CHAT,
            Self::ChatStream | Self::TranslatedStream => &CHAT_STREAM,
            Self::Messages => &MESSAGES,
            Self::MessagesStream => &MESSAGES_STREAM,
        }
    }

    /// How many bytes of the answer's body there are when its first event that says something is whole: gatelet, by
    /// design, holds back what comes before until it has seen that the upstream answers.
    pub(crate) fn first(self) -> usize {
        let events = match self {
            Self::Chat | Self::Messages | Self::Translated => 1,
            Self::ChatStream | Self::TranslatedStream => 2,
            Self::MessagesStream => 4,
        };
        self.answer().iter().take(events).map(String::len).sum()
    }

    /// Whether the answer must be the upstream's own bytes.
    pub(crate) fn is_relayed(self) -> bool {
        !matches!(self, Self::Translated | Self::TranslatedStream)
    }

    /// A request body for `model`, with a prompt of about `prompt` bytes.
    pub(crate) fn request(self, model: &str, prompt: usize) -> String {
        let text = prompt_text(prompt);
        match self {
            Self::Chat | Self::Translated => format!(
                r#"{{"model":"{model}","messages":[{{"role":"system","content":"You are a helpful assistant."}},{{"role":"user","content":"{text}"}}],"temperature":0.2,"max_completion_tokens":512}}"#
            ),
            Self::ChatStream | Self::TranslatedStream => format!(
                r#"{{"model":"{model}","stream":true,"stream_options":{{"include_usage":true}},"messages":[{{"role":"system","content":"You are a helpful assistant."}},{{"role":"user","content":"{text}"}}],"temperature":0.2,"max_completion_tokens":512}}"#
            ),
            Self::Messages => format!(
                r#"{{"model":"{model}","max_tokens":512,"system":"You are a helpful assistant.","messages":[{{"role":"user","content":"{text}"}}]}}"#
            ),
            Self::MessagesStream => format!(
                r#"{{"model":"{model}","stream":true,"max_tokens":512,"system":"You are a helpful assistant.","messages":[{{"role":"user","content":"{text}"}}]}}"#
            ),
        }
    }
}

/// Prose of about `bytes` bytes that needs no escape in JSON.
fn prompt_text(bytes: usize) -> String {
    "Tell me how rivers shape the valleys they run through, and why. ".chars().cycle().take(bytes).collect()
}

/// A chat request of about so many bytes: a talk in turns of about a kilobyte, some with lines.
pub(crate) fn talk(bytes: usize) -> String {
    let mut turns = Vec::new();
    let mut length = 0;
    while length < bytes {
        let role = if turns.len() % 2 == 0 { "user" } else { "assistant" };
        let text = format!("{}\n\nAnd then?", prompt_text(960));
        length += text.len() + 40;
        turns.push(serde_json::json!({"role": role, "content": text}));
    }
    if turns.len() % 2 == 0 {
        turns.pop();
    }
    serde_json::json!({"model": "m", "messages": turns, "temperature": 0.2, "max_completion_tokens": 512}).to_string()
}

/// A chat request of about so many bytes, as a coding agent sends it: tools, calls, and results full of escapes.
pub(crate) fn agent(bytes: usize) -> String {
    let tool = |name: &str| {
        serde_json::json!({"type": "function", "function": {"name": name, "description": prompt_text(200), "parameters": {
            "type": "object", "properties": {"path": {"type": "string", "description": "Where."}, "limit": {"type": "integer"}},
            "required": ["path"], "additionalProperties": false}}})
    };
    let tools: Vec<_> = (0..12).map(|index| tool(&format!("tool_{index}"))).collect();
    let mut turns = vec![
        serde_json::json!({"role": "system", "content": prompt_text(4000)}),
        serde_json::json!({"role": "user", "content": "Mend the build."}),
    ];
    let mut length = 12_000;
    let mut index = 0;
    while length < bytes {
        let id = format!("call_{index}");
        let arguments = serde_json::json!({"path": format!("src/file_{index}.rs"), "limit": 80}).to_string();
        turns.push(serde_json::json!({"role": "assistant", "content": null, "tool_calls": [
            {"id": id, "type": "function", "function": {"name": format!("tool_{}", index % 12), "arguments": arguments}}]}));
        let result: String = (0..12).map(|line| format!("{line}\tlet value = \"{}\";\n", prompt_text(24))).collect();
        turns.push(serde_json::json!({"role": "tool", "tool_call_id": id, "content": result}));
        length += result.len() + 260;
        index += 1;
    }
    turns.push(serde_json::json!({"role": "user", "content": "Go on."}));
    serde_json::json!({"model": "m", "tools": tools, "messages": turns}).to_string()
}

const WORDS: [&str; 8] = ["Rivers", " carve", " valleys", " slowly", ",", " grain", " by", " grain"];

fn word(index: usize) -> &'static str {
    WORDS.get(index % WORDS.len()).copied().unwrap_or_default()
}

fn chat() -> String {
    concat!(
        r#"{"id":"chatcmpl-CX1q8h2Kf0aJr5mTz7bLw9dVn3eYs","object":"chat.completion","created":1763000000,"model":"gpt-5-mini-2025-08-07","#,
        r#""choices":[{"index":0,"message":{"role":"assistant","content":"Rivers carve valleys slowly, grain by grain: the water carries sand that wears the bed down, and the banks follow.","refusal":null,"annotations":[]},"logprobs":null,"finish_reason":"stop"}],"#,
        r#""usage":{"prompt_tokens":31,"completion_tokens":28,"total_tokens":59,"prompt_tokens_details":{"cached_tokens":0,"audio_tokens":0},"completion_tokens_details":{"reasoning_tokens":0,"audio_tokens":0}},"service_tier":"default","system_fingerprint":null}"#
    )
    .to_owned()
}

fn chat_stream() -> Vec<String> {
    let chunk = |choices: &str, usage: &str| {
        format!(
            "data: {{\"id\":\"chatcmpl-CX1q8h2Kf0aJr5mTz7bLw9dVn3eYs\",\"object\":\"chat.completion.chunk\",\"created\":1763000000,\"model\":\"gpt-5-mini-2025-08-07\",\"service_tier\":\"default\",\"system_fingerprint\":null,\"choices\":[{choices}],\"usage\":{usage}}}\n\n"
        )
    };
    let mut events = vec![chunk(
        r#"{"index":0,"delta":{"role":"assistant","content":"","refusal":null},"logprobs":null,"finish_reason":null}"#,
        "null",
    )];
    for index in 0..EVENTS - 4 {
        let text = word(index);
        events.push(chunk(
            &format!(r#"{{"index":0,"delta":{{"content":"{text}"}},"logprobs":null,"finish_reason":null}}"#),
            "null",
        ));
    }
    events.push(chunk(r#"{"index":0,"delta":{},"logprobs":null,"finish_reason":"stop"}"#, "null"));
    events.push(chunk(
        "",
        r#"{"prompt_tokens":31,"completion_tokens":30,"total_tokens":61,"prompt_tokens_details":{"cached_tokens":0},"completion_tokens_details":{"reasoning_tokens":0}}"#,
    ));
    events.push("data: [DONE]\n\n".to_owned());
    events
}

fn messages() -> String {
    concat!(
        r#"{"id":"msg_01XFDUDYJgAACzvnptvVoYEL","type":"message","role":"assistant","model":"claude-sonnet-4-5","#,
        r#""content":[{"type":"text","text":"Rivers carve valleys slowly, grain by grain: the water carries sand that wears the bed down, and the banks follow."}],"#,
        r#""stop_reason":"end_turn","stop_sequence":null,"usage":{"input_tokens":31,"cache_creation_input_tokens":0,"cache_read_input_tokens":0,"output_tokens":28}}"#
    )
    .to_owned()
}

fn messages_stream() -> Vec<String> {
    let event = |name: &str, rest: &str| {
        let mut out = String::new();
        // Writing to a string cannot fail.
        let _ = write!(out, "event: {name}\ndata: {{\"type\":\"{name}\"{rest}}}\n\n");
        out
    };
    let mut events = vec![
        event(
            "message_start",
            r#","message":{"id":"msg_01XFDUDYJgAACzvnptvVoYEL","type":"message","role":"assistant","model":"claude-sonnet-4-5","content":[],"stop_reason":null,"stop_sequence":null,"usage":{"input_tokens":31,"cache_creation_input_tokens":0,"cache_read_input_tokens":0,"output_tokens":1}}"#,
        ),
        event("content_block_start", r#","index":0,"content_block":{"type":"text","text":""}"#),
        event("ping", ""),
    ];
    for index in 0..EVENTS - 6 {
        let text = word(index);
        events.push(event(
            "content_block_delta",
            &format!(r#","index":0,"delta":{{"type":"text_delta","text":"{text}"}}"#),
        ));
    }
    events.push(event("content_block_stop", r#","index":0"#));
    events.push(event(
        "message_delta",
        r#","delta":{"stop_reason":"end_turn","stop_sequence":null},"usage":{"output_tokens":30}"#,
    ));
    events.push(event("message_stop", ""));
    events
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_streams_have_the_events_that_the_budget_names() {
        for kind in [Kind::ChatStream, Kind::MessagesStream] {
            assert_eq!(kind.answer().len(), EVENTS);
            for event in kind.answer() {
                assert!(event.ends_with("\n\n"));
                let data = event.split("data: ").nth(1).unwrap_or_default().trim();
                assert!(data == "[DONE]" || serde_json::from_str::<serde_json::Value>(data).is_ok(), "{data}");
            }
        }
    }

    #[test]
    fn answers_and_requests_are_json() {
        for body in [
            Kind::Chat.answer().concat(),
            Kind::Messages.answer().concat(),
            Kind::Messages.request("a/b", 200),
            Kind::Chat.request("a/b", 200),
            Kind::ChatStream.request("a/b", 200),
            Kind::MessagesStream.request("a/b", 200),
        ] {
            assert!(serde_json::from_str::<serde_json::Value>(&body).is_ok(), "{body}");
        }
    }
}
