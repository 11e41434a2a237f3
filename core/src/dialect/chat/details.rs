//! `reasoning_details`: the slot for opaque reasoning that OpenRouter has given chat, and that clients send back as it was.
//! <https://openrouter.ai/docs/use-cases/reasoning-tokens#preserving-reasoning>
//!
//! Which characters of `reasoning_content` belong to a signature its `id` says: makers check that both are unchanged.

use crate::wire::write::Writer;

/// What the `id` of a detail that the gateway has written begins with; the number of its text's characters follows.
pub(super) const ID: &str = "gl_";

/// What stands between two blocks' texts in `reasoning_content`.
pub(super) const LINK: &str = "\n\n";

/// Writes opaque bytes with the gateway's tag. `length` is how many characters of `reasoning_content` are theirs; `None` where
/// there never was a text.
pub(super) fn write_tagged(json: &mut Writer, index: usize, length: Option<usize>, tagged: &str) {
    json.open().str_member("type", "reasoning.encrypted");
    if let Some(length) = length {
        json.key("id").joined(&[ID, itoa::Buffer::new().format(length)]);
    }
    json.str_member("data", tagged).count_member("index", index as u64).close();
}

/// Writes opaque bytes for the server that has made them: the detail itself where that is what they are
/// ([`parse`](super::parse_stream)), with its block's whole text.
pub(super) fn write_own(json: &mut Writer, text: &str, bytes: &str) {
    if !bytes.starts_with('{') {
        json.open().str_member("type", "reasoning.encrypted").str_member("data", bytes).close();
        return;
    }
    if text.is_empty() {
        json.raw(bytes);
        return;
    }
    json.open();
    // What is no object was not kept as bytes: it has members.
    let _ = crate::wire::json::members(bytes, crate::wire::json::MAX_DEPTH, |member| {
        let (key, value) = (member.key, member.value);
        let key = bytes.get(key.start + 1..key.end.saturating_sub(1)).unwrap_or_default();
        match key {
            "text" | "summary" => {}
            key => {
                json.raw_member(key, bytes.get(value).unwrap_or_default());
            }
        }
    });
    json.str_member("text", text).close();
}
