//! Reasoning of another maker's in a body that is relayed in its own dialect (translation.md 3.11): what the gateway has
//! tagged is cut out, or restored where the target made it. That is the one cut in what is relayed.
//!
//! A conversation may have gone to several vendors. To a client their opaque bytes look like its own vendor's; that
//! vendor would refuse them.

mod cut;

use std::borrow::Cow;

use memchr::memmem;

use self::cut::Cutter;
use super::Dialect;
use super::canonical::carrier::{self, PREFIX};
use super::canonical::read::{Doc, Value};
use super::canonical::request::Vendor;
use crate::wire::base64;
use crate::wire::splice::Edit;

/// How `x-gatelet-adjusted` tells of a cut.
pub const ADJUSTED: &str = "reasoning=dropped:foreign";

/// What a Gemini 3 model takes instead of a call's signature, where another model has made the call.
/// <https://ai.google.dev/gemini-api/docs/thought-signatures>
const UNSIGNED_CALL: &str = "skip_thought_signature_validator";

/// Whom a body is relayed to.
#[derive(Clone, Copy, Debug)]
pub struct Reader<'a> {
    /// Who makes what it can read.
    pub vendor: Vendor,
    /// The account that it is bound to, hashed; empty where it is not.
    pub scope: &'a str,
    /// Chat: it wants the `reasoning_content` of earlier turns, whoever made it.
    pub replays: bool,
}

/// What has to change in a body.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Changes {
    /// The edits, in order and apart.
    pub edits: Vec<Edit>,
    /// Something was cut out: see [`ADJUSTED`].
    pub dropped: bool,
}

/// What has to change in a body so that its reader finds no other's reasoning in it. A body without a tag, as most are,
/// costs one search.
pub fn changes(dialect: Dialect, body: &[u8], reader: &Reader<'_>) -> Changes {
    let needle = match dialect {
        Dialect::Chat | Dialect::Responses | Dialect::Messages => PREFIX,
        // The first characters of the tag in base64, in either alphabet.
        Dialect::Gemini => "Z2wxL",
        Dialect::Converse => return Changes::default(),
    };
    if memmem::find(body, needle.as_bytes()).is_none() {
        return Changes::default();
    }
    let Ok(doc) = Doc::parse_bytes(body) else { return Changes::default() };
    let mut walk = Walk { dialect, reader, cutter: Cutter::default() };
    let root = doc.root();
    match dialect {
        Dialect::Chat => elements(root, "messages").for_each(|message| walk.chat(message)),
        Dialect::Responses => walk.responses(root),
        Dialect::Messages => walk.messages(root),
        Dialect::Gemini => {
            for request in ["generateContentRequest", "generate_content_request"] {
                root.get(request).into_iter().for_each(|request| walk.gemini(request));
            }
            walk.gemini(root);
        }
        Dialect::Converse => {}
    }
    walk.cutter.finish()
}

/// What becomes of opaque bytes.
enum Fate {
    /// They are nobody's tagged ones.
    Untagged,
    /// The reader made them: these they were.
    Restored(String),
    /// The reader cannot read them.
    Foreign,
}

impl Fate {
    fn is_foreign(&self) -> bool {
        matches!(self, Fate::Foreign)
    }
}

struct Walk<'a> {
    dialect: Dialect,
    reader: &'a Reader<'a>,
    cutter: Cutter,
}

impl Walk<'_> {
    /// What becomes of a slot's bytes. `on_call`: it is a call's own slot; elsewhere a call's signature has no place.
    fn fate(&self, slot: Value<'_>, on_call: bool) -> Fate {
        let Some(mut text) = slot.str() else { return Fate::Untagged };
        if self.dialect == Dialect::Gemini {
            let decoded = base64::decode(&text).and_then(|bytes| String::from_utf8(bytes).ok());
            text = decoded.unwrap_or_default().into();
        }
        if !text.starts_with(PREFIX) {
            return Fate::Untagged;
        }
        let length = text.len();
        let signed = carrier::untag(Cow::Borrowed(&*text), self.reader.vendor);
        // A tag that cannot be read is nobody's bytes.
        let is_readable = signed.bytes.len() < length && !signed.bytes.is_empty();
        let is_placed = on_call || signed.binds.is_none();
        // Who is no vendor of the list may be anybody: only the same account tells that it is the same one.
        let is_known = self.reader.vendor != Vendor::Other || !signed.origin.scope.is_empty();
        if is_readable && is_placed && is_known && signed.origin.serves(self.reader.vendor, self.reader.scope) {
            Fate::Restored(signed.bytes.into_owned())
        } else {
            Fate::Foreign
        }
    }

    /// What becomes of a slot's bytes, restored if they can be.
    fn settle(&mut self, slot: Value<'_>, on_call: bool) -> Fate {
        let fate = self.fate(slot, on_call);
        if let Fate::Restored(bytes) = &fate {
            self.cutter.replace(slot, bytes);
        }
        fate
    }

    /// A message of chat: `reasoning_details`, the text beside them, and the signatures of Gemini's calls.
    fn chat(&mut self, message: Value<'_>) {
        let (mut foreign, mut kept) = (false, false);
        let gone: Vec<bool> = elements(message, "reasoning_details")
            .map(|entry| {
                let slot = entry.get("data").or_else(|| entry.get("signature"));
                let Some(slot) = slot else { return false };
                let gone = self.settle(slot, false).is_foreign();
                foreign |= gone;
                kept |= !gone;
                gone
            })
            .collect();
        if foreign && kept {
            if let Some(details) = message.get("reasoning_details") {
                self.cutter.elements(details, &gone);
            }
        } else if foreign {
            let text = !self.reader.replays;
            self.cutter.members(message, |key| {
                key == "reasoning_details" || (text && matches!(key, "reasoning_content" | "reasoning"))
            });
        }
        for call in elements(message, "tool_calls") {
            let Some(google) = call.get("extra_content").and_then(|extra| extra.get("google")) else { continue };
            let Some(slot) = google.get("thought_signature") else { continue };
            if self.settle(slot, true).is_foreign() {
                if self.reader.vendor == Vendor::Google {
                    self.cutter.replace(slot, UNSIGNED_CALL);
                } else {
                    self.cutter.members(call, |key| key == "extra_content");
                }
            }
        }
    }

    /// `reasoning` items.
    fn responses(&mut self, root: Value<'_>) {
        let gone: Vec<bool> = elements(root, "input")
            .map(|item| {
                let slot =
                    item.get("encrypted_content").filter(|_| item.get("type").is_some_and(|kind| kind.is("reasoning")));
                slot.is_some_and(|slot| self.settle(slot, false).is_foreign())
            })
            .collect();
        if let Some(input) = root.get("input") {
            self.cutter.elements(input, &gone);
        }
    }

    /// `thinking` and `redacted_thinking` blocks. Messages refuses an empty turn: one of which nothing is left goes too,
    /// and the API joins its neighbours.
    fn messages(&mut self, root: Value<'_>) {
        let empty: Vec<bool> = elements(root, "messages")
            .map(|message| {
                let gone: Vec<bool> = elements(message, "content")
                    .map(|block| {
                        let slot = match block.get_str("type").as_deref() {
                            Some("thinking") => block.get("signature"),
                            Some("redacted_thinking") => block.get("data"),
                            _ => None,
                        };
                        slot.is_some_and(|slot| self.settle(slot, false).is_foreign())
                    })
                    .collect();
                let empty = !gone.is_empty() && gone.iter().all(|gone| *gone);
                if let Some(content) = message.get("content").filter(|_| !empty) {
                    self.cutter.elements(content, &gone);
                }
                empty
            })
            .collect();
        if let Some(messages) = root.get("messages") {
            self.cutter.elements(messages, &empty);
        }
    }

    /// Parts with a signature, in `contents`. A thought goes with it; so do the thoughts beside it that have none, since a
    /// stream's thoughts come in pieces, and clients keep each piece as a content of its own.
    fn gemini(&mut self, request: Value<'_>) {
        let contents: Vec<Value<'_>> = elements(request, "contents").collect();
        let mut empty = Vec::with_capacity(contents.len());
        let of_model = |content: &Value<'_>| content.get("role").is_some_and(|role| role.is("model"));
        for turn in contents.chunk_by(|one, next| of_model(one) && of_model(next)) {
            let foreign = turn
                .iter()
                .flat_map(|content| elements(*content, "parts"))
                .any(|part| signature(part).is_some_and(|(_, slot)| self.fate(slot, true).is_foreign()));
            for content in turn {
                let gone: Vec<bool> = elements(*content, "parts").map(|part| self.part(part, foreign)).collect();
                let nothing = !gone.is_empty() && gone.iter().all(|gone| *gone);
                if let Some(parts) = content.get("parts").filter(|_| !nothing) {
                    self.cutter.elements(parts, &gone);
                }
                empty.push(nothing);
            }
        }
        if let Some(contents) = request.get("contents") {
            self.cutter.elements(contents, &empty);
        }
    }

    /// Whether a part goes.
    fn part(&mut self, part: Value<'_>, foreign: bool) -> bool {
        let is_thought = part.get("thought").and_then(|thought| thought.bool()) == Some(true);
        let Some((name, slot)) = signature(part) else { return is_thought && foreign };
        let is_call = ["functionCall", "function_call"].iter().any(|call| part.get(call).is_some());
        if !self.fate(slot, is_call).is_foreign() {
            self.settle(slot, is_call);
            return false;
        }
        if is_call {
            self.cutter.replace(slot, UNSIGNED_CALL);
            return false;
        }
        let says_nothing =
            part.members().all(|(key, value)| key == name || key == "thought" || (key == "text" && value.is_empty()));
        if is_thought || says_nothing {
            return true;
        }
        self.cutter.members(part, |key| key == name);
        false
    }
}

/// A part's signature, and how it is spelled there.
fn signature(part: Value<'_>) -> Option<(&'static str, Value<'_>)> {
    ["thoughtSignature", "thought_signature"].into_iter().find_map(|name| Some((name, part.get(name)?)))
}

/// The elements of a member that is an array.
fn elements<'a>(object: Value<'a>, name: &str) -> impl Iterator<Item = Value<'a>> + use<'a> {
    object.get(name).into_iter().flat_map(|array| array.elements())
}

#[cfg(test)]
mod tests;
