//! What a stream's chunks and a whole answer write alike. The judges of which keys must be there are openai-node's
//! `resources/chat/completions/completions.d.ts` and openai-python's `types/chat/`.

use crate::dialect::canonical::{Citation, Finish, TokenLogprob};
use crate::dialect::codec::Echo;
use crate::wire::write::Writer;

/// The answer's id: the upstream's own, with chat's beginning; the request's where there is none.
pub(super) fn id(upstream: &str, echo: &Echo) -> String {
    const CHAT: &str = "chatcmpl-";
    if upstream.starts_with(CHAT) {
        return upstream.to_owned();
    }
    let request = echo.request.text();
    let request = std::str::from_utf8(&request).unwrap_or_default();
    let told = if upstream.is_empty() { request } else { upstream };
    let body = ["msg_", "resp_", "req_"].into_iter().find_map(|before| told.strip_prefix(before));
    [CHAT, body.unwrap_or(told)].concat()
}

/// The model: as the upstream reports it.
pub(super) fn model<'m>(upstream: &'m str, echo: &'m Echo) -> &'m str {
    if upstream.is_empty() { &echo.model } else { upstream }
}

/// Why it ended, in OpenAI's words; `legacy` says that `function_call` was wanted.
pub(super) fn finish_reason(finish: Option<Finish>, legacy: bool) -> &'static str {
    match finish {
        Some(Finish::Length | Finish::ContextWindow) => "length",
        Some(Finish::ToolCalls) if legacy => "function_call",
        Some(Finish::ToolCalls) => "tool_calls",
        Some(Finish::ContentFilter) => "content_filter",
        _ => "stop",
    }
}

/// Writes a citation of a page: of documents chat knows nothing. `start` and `end` are the block's place in the whole text.
/// In a stream it has a number: openai-python gathers lists by it (`lib/streaming/_deltas.py`), and fails at the second chunk
/// with a list that has none.
pub(super) fn citation(json: &mut Writer, citation: &Citation<'_>, index: Option<u64>, start: u64, end: u64) {
    let Citation { url, title, cited: _, span, document: _, encrypted: _ } = citation;
    let (from, to) = match span {
        Some((from, to)) => (start.saturating_add(*from), start.saturating_add(*to)),
        None => (start, end),
    };
    json.open();
    if let Some(index) = index {
        json.count_member("index", index);
    }
    json.str_member("type", "url_citation").key("url_citation").open();
    json.str_member("url", url).str_member("title", title);
    json.count_member("start_index", from).count_member("end_index", to).close().close();
}

/// Writes the member `logprobs`, which may be `null` and must be there.
pub(super) fn logprobs(json: &mut Writer, tokens: &[TokenLogprob<'_>]) {
    json.key("logprobs");
    if tokens.is_empty() {
        json.null();
        return;
    }
    json.open().key("content").open_array();
    for TokenLogprob { token, logprob, top } in tokens {
        json.open();
        self::token(json, token, logprob);
        json.key("top_logprobs").open_array();
        for (other, logprob) in top {
            json.open();
            self::token(json, other, logprob);
            json.close();
        }
        json.close_array().close();
    }
    json.close_array().key("refusal").null().close();
}

fn token(json: &mut Writer, token: &str, logprob: &str) {
    json.str_member("token", token).raw_member("logprob", logprob).key("bytes").open_array();
    for byte in token.bytes() {
        json.count(u64::from(byte));
    }
    json.close_array();
}

/// Gemini's signature of a call, where Gemini has it when it speaks chat.
/// <https://ai.google.dev/gemini-api/docs/thought-signatures#openai>
pub(super) fn signature(json: &mut Writer, signed: Option<&str>) {
    if let Some(signed) = signed {
        json.key("extra_content").open().key("google").open();
        json.str_member("thought_signature", signed).close().close();
    }
}
