//! What whole answers and chunks have in common when they are written.

use super::grounding::Grounding;
use crate::dialect::canonical::{Finish, Shown, TokenLogprob};
use crate::dialect::codec::Echo;
use crate::wire::base64;
use crate::wire::json;
use crate::wire::write::Writer;

/// A call, before it is written.
#[derive(Debug)]
pub(super) struct Called<'c> {
    pub(super) id: &'c str,
    pub(super) name: &'c str,
    pub(super) custom: bool,
    pub(super) arguments: &'c str,
    /// The signature, tagged.
    pub(super) signed: Option<&'c str>,
}

impl Called<'_> {
    /// Whether its arguments are what the API can tell: an object. Anything else is a generation that has failed.
    pub(super) fn is_whole(&self) -> bool {
        let text = self.arguments.trim_start();
        self.custom || text.is_empty() || (text.starts_with('{') && json::is_valid(text))
    }

    /// Writes it as a part.
    pub(super) fn write(&self, out: &mut Writer) {
        out.open().key("functionCall").open();
        if !self.id.is_empty() {
            out.str_member("id", self.id);
        }
        out.str_member("name", self.name).key("args");
        let arguments = self.arguments.trim();
        if self.custom {
            out.open().str_member("input", self.arguments).close();
        } else {
            out.raw(if arguments.is_empty() { "{}" } else { arguments });
        }
        out.close();
        write_signature(self.signed, out);
        out.close();
    }
}

/// Writes text as a part; with a thought's mark.
pub(super) fn write_text(text: &str, thought: bool, out: &mut Writer) {
    out.open().str_member("text", text);
    if thought {
        out.key("thought").bool(true);
    }
    out.close();
}

/// Writes the last text of reasoning, which may be empty, with the signature of all. What shows nothing is no thought: it
/// comes back as it was.
pub(super) fn write_signed(text: &str, shown: Shown, bytes: &str, out: &mut Writer) {
    out.open().str_member("text", text);
    if shown != Shown::Hidden {
        out.key("thought").bool(true);
    }
    write_signature(Some(bytes), out);
    out.close();
}

/// The slot is `bytes`: base64, of the tag and the maker's own text.
fn write_signature(bytes: Option<&str>, out: &mut Writer) {
    if let Some(bytes) = bytes.filter(|bytes| !bytes.is_empty()) {
        out.str_member("thoughtSignature", &base64::encode(bytes.as_bytes()));
    }
}

/// Writes the members of a candidate that follow its content.
pub(super) fn write_end(
    finish: Option<Finish>,
    malformed: Option<&str>,
    grounding: &Grounding,
    logprobs: &[TokenLogprob<'_>],
    out: &mut Writer,
) {
    // What was cut off is no call that the model got wrong.
    let cut = matches!(finish, Some(Finish::Length | Finish::ContextWindow | Finish::ContentFilter));
    let malformed = malformed.filter(|_| !cut);
    let reason = match (malformed, finish) {
        (Some(_), _) => "MALFORMED_FUNCTION_CALL",
        (None, None | Some(Finish::Stop | Finish::StopSequence | Finish::ToolCalls | Finish::Refusal)) => "STOP",
        (None, Some(Finish::Length | Finish::ContextWindow)) => "MAX_TOKENS",
        (None, Some(Finish::ContentFilter)) => "SAFETY",
        (None, Some(Finish::Pause)) => "CONTINUATION",
        (None, Some(Finish::Malformed)) => "MALFORMED_FUNCTION_CALL",
        (None, Some(Finish::Other)) => "OTHER",
    };
    out.str_member("finishReason", reason);
    if let Some(name) = malformed {
        out.key("finishMessage").joined(&["Malformed function call: ", name]);
    }
    grounding.write(out);
    if !logprobs.is_empty() {
        out.key("logprobsResult").open().key("topCandidates").open_array();
        for token in logprobs {
            out.open().key("candidates").open_array();
            for (token, logprob) in &token.top {
                write_token(token, logprob, out);
            }
            out.close_array().close();
        }
        out.close_array().key("chosenCandidates").open_array();
        for token in logprobs {
            write_token(&token.token, &token.logprob, out);
        }
        out.close_array().close();
    }
}

fn write_token(token: &str, logprob: &str, out: &mut Writer) {
    out.open().str_member("token", token).raw_member("logProbability", logprob).close();
}

/// Writes what says which answer it is.
pub(super) fn write_identity(id: &str, model: &str, echo: &Echo, out: &mut Writer) {
    out.str_member("modelVersion", if model.is_empty() { &echo.model } else { model });
    out.key("responseId");
    // Another vendor's prefix says nothing here.
    let body = ["chatcmpl-", "resp_", "msg_"].iter().find_map(|prefix| id.strip_prefix(prefix)).unwrap_or(id);
    if body.is_empty() {
        let made_up = echo.request.text();
        out.string(std::str::from_utf8(made_up.get(4..).unwrap_or_default()).unwrap_or_default());
    } else {
        out.string(body);
    }
}
