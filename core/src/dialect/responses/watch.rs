//! What an event of a stream tells.

use super::error::SoFar;
use super::usage::read_response;
use crate::dialect::watch::{Seen, event_kind};
use crate::store::RequestId;
use crate::usage::Usage;
use crate::wire::json;

/// What has been seen of a stream.
#[derive(Debug, Default)]
pub(crate) struct Watch {
    so_far: SoFar,
    events: u64,
    terminal: bool,
    /// The bytes of the completed items.
    kept: usize,
}

/// How much of the output is remembered for the event that ends a broken stream. Images are larger, and a stream must
/// not hold them all.
const KEPT_OUTPUT: usize = 256 << 10;

impl Watch {
    /// Complete = a terminal response event was seen (translation.md 4.3).
    pub(crate) fn is_complete(&self) -> bool {
        self.terminal
    }

    /// What the stream has told of its response, for the event that ends it early.
    pub(crate) fn so_far(&self, request: RequestId) -> SoFar {
        let id = &self.so_far.id;
        SoFar {
            id: if id.is_empty() { SoFar::made_up_id(request) } else { id.clone() },
            model: self.so_far.model.clone(),
            created_at: self.so_far.created_at,
            output: self.so_far.output.clone(),
            sequence: self.events.checked_sub(1),
        }
    }

    pub(crate) fn observe(&mut self, name: &[u8], data: &[u8], committed: bool, usage: &mut Usage) -> Seen {
        self.events += 1;
        let text = std::str::from_utf8(data).unwrap_or_default();
        // `event:` lines may be missing: then `type` counts.
        let Some(kind) = event_kind(name, text) else {
            return Seen { invalid: !committed && !data.starts_with(b"[DONE]"), ..Seen::default() };
        };
        match &*kind {
            "response.created" | "response.in_progress" | "response.queued" => {
                self.note_response(text);
                Seen::default()
            }
            "keepalive" => Seen::default(),
            "response.completed"
            | "response.incomplete"
            | "response.failed"
            | "response.cancelled"
            | "response.done" => self.end(&kind, text, usage),
            "error" => Seen { failure: true, ..Seen::default() },
            "response.output_item.done" => {
                self.note_item(text);
                Seen { meaningful: true, ..Seen::default() }
            }
            _ if committed => Seen::default(),
            _ => Seen { meaningful: is_meaningful(&kind, text), ..Seen::default() },
        }
    }

    fn note_response(&mut self, text: &str) {
        let [id, model, created_at] =
            json::pick(json::get(text, "response"), ["id", "model", "created_at"]).unwrap_or_default();
        self.so_far.id = json::string(id).unwrap_or_default().into_owned();
        self.so_far.model = json::string(model).unwrap_or_default().into_owned();
        self.so_far.created_at = json::count(created_at).unwrap_or_default();
    }

    fn note_item(&mut self, text: &str) {
        let item = json::get(text, "item");
        self.kept = self.kept.saturating_add(item.len());
        if self.kept > KEPT_OUTPUT {
            // A part of the output would look like all of it.
            self.so_far.output = Vec::new();
        } else if json::is_given(item) {
            self.so_far.output.push(item.into());
        }
    }

    fn end(&mut self, kind: &str, text: &str, usage: &mut Usage) -> Seen {
        self.terminal = true;
        self.so_far.output = Vec::new();
        let response = json::get(text, "response");
        let status = json::get(response, "status");
        // A response without usage tells none.
        let _ = read_response(response, usage);
        let failed = kind == "response.failed" || status == "\"failed\"";
        Seen { meaningful: !failed, failure: failed, ..Seen::default() }
    }
}

/// Meaningful is a delta with content, and a block that is not empty text.
fn is_meaningful(kind: &str, text: &str) -> bool {
    match kind {
        "response.output_item.added" => json::get(json::get(text, "item"), "type") != "\"message\"",
        "response.content_part.added" | "response.reasoning_summary_part.added" => {
            let parts = json::pick(json::get(text, "part"), ["text", "refusal"]).unwrap_or_default();
            parts.iter().any(|part| json::is_given(part) && *part != "\"\"")
        }
        _ if kind.ends_with(".delta") => {
            let delta = json::get(text, "delta");
            json::is_given(delta) && delta != "\"\""
        }
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn watch(events: &[(&str, &str)], committed: bool) -> (Watch, Usage, Vec<Seen>) {
        let mut watch = Watch::default();
        let mut usage = Usage::default();
        let seen = events
            .iter()
            .map(|(name, data)| watch.observe(name.as_bytes(), data.as_bytes(), committed, &mut usage))
            .collect();
        (watch, usage, seen)
    }

    const CREATED: &str = r#"{"type":"response.created","sequence_number":0,"response":{"id":"resp_1","model":"gpt-5","created_at":1764000000.0,"status":"in_progress"}}"#;

    #[test]
    fn what_only_announces_is_held() {
        let (_, _, seen) = watch(
            &[
                ("response.created", CREATED),
                ("", r#"{"type":"response.in_progress","response":{}}"#),
                ("response.output_item.added", r#"{"item":{"type":"message","content":[]}}"#),
                ("response.content_part.added", r#"{"part":{"type":"output_text","text":""}}"#),
                ("response.output_text.delta", r#"{"delta":""}"#),
                ("response.output_text.delta", r#"{"delta":"a"}"#),
                ("response.output_item.added", r#"{"item":{"type":"function_call","name":"f"}}"#),
            ],
            false,
        );
        let meaningful: Vec<bool> = seen.iter().map(|seen| seen.meaningful).collect();
        assert_eq!(meaningful, [false, false, false, false, false, true, true]);
    }

    #[test]
    fn trap_17_an_error_after_created_is_a_failure() {
        let failed =
            r#"{"type":"response.failed","response":{"status":"failed","error":{"code":"rate_limit_exceeded"}}}"#;
        for event in [("error", r#"{"type":"error"}"#), ("response.failed", failed), ("", failed)] {
            let (_, _, seen) = watch(&[("response.created", CREATED), event], false);
            assert!(seen[1].failure && !seen[1].meaningful, "{event:?}");
        }
    }

    #[test]
    fn a_terminal_event_ends_and_bills() {
        let data = r#"{"type":"response.completed","response":{"status":"completed","usage":{"input_tokens":30,"input_tokens_details":{"cached_tokens":10},"output_tokens":8,"output_tokens_details":{"reasoning_tokens":6},"total_tokens":38}}}"#;
        let (whole, usage, _) = watch(&[("response.completed", data)], true);
        assert!(whole.is_complete());
        let expected =
            Usage { input: 20, cache_read: 10, output: 8, reasoning: Some(6), known: true, ..Usage::default() };
        assert_eq!(usage, expected);
        assert!(!watch(&[("response.output_text.done", "{}")], true).0.is_complete());
    }

    #[test]
    fn what_is_null_costs_nothing_else() {
        let data = r#"{"response":{"id":null,"model":null,"created_at":null,"status":"failed","usage":{"input_tokens":3,"output_tokens":1}}}"#;
        let (whole, usage, seen) = watch(&[("response.done", data)], true);
        assert!(whole.is_complete() && seen[0].failure);
        assert_eq!((usage.input, usage.output), (3, 1));
    }

    #[test]
    fn a_large_output_is_not_remembered() {
        let item = format!(r#"{{"item":{{"result":"{}"}}}}"#, "x".repeat(64 << 10));
        let (cut, _, _) = watch(&vec![("response.output_item.done", item.as_str()); 40], true);
        assert!(cut.so_far(RequestId::new([0; 16])).output.is_empty());
    }

    #[test]
    fn what_was_completed_is_remembered() {
        let item = r#"{"type":"response.output_item.done","item":{"id":"msg_1","n": 12345678901234567890}}"#;
        let (cut, _, _) = watch(&[("response.created", CREATED), ("response.output_item.done", item)], true);
        let so_far = cut.so_far(RequestId::new([0; 16]));
        assert_eq!((so_far.id.as_str(), so_far.model.as_str(), so_far.created_at), ("resp_1", "gpt-5", 1_764_000_000));
        assert_eq!(so_far.sequence, Some(1));
        assert_eq!(so_far.output, [r#"{"id":"msg_1","n": 12345678901234567890}"#.into()]);
    }
}
