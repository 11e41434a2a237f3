//! How many tokens a request has, told for targets that have no counter of their own (translation.md 7.3): an estimate, and
//! said to be one.
//!
//! The rule is the length in bytes, which for every script is nearer to what today's vocabularies make of a text than its
//! characters are: four bytes a token for words (a token for four letters of English, two of Russian, one and a third of
//! Chinese), three for JSON, which is denser. Pictures, documents and media by constants: a client compacts its
//! conversation by this number, so it is rather too high than too low.

use super::Dialect;
use super::canonical::Text;
use super::canonical::request::Output;
use super::canonical::request::{Arguments, Detail, Part, PartKind, Request, Source, Str, Tool, ToolKind, WebSearch};
use crate::wire::write::Writer;

/// How `x-gatelet-adjusted` tells that the number is an estimate.
pub const ADJUSTED: &str = "input_tokens=approximated:estimate";

/// What borders a turn: role and separators.
const TURN: u64 = 4;
/// What borders a tool: type, name and separators.
const TOOL: u64 = 8;
/// What a vendor's own tool is told as.
const SERVER_TOOL: u64 = 300;
/// What tells a model that it has tools at all (Anthropic: 290 to 590, by model).
const TOOLS: u64 = 300;
/// A picture: Anthropic's largest is 1 568, OpenAI's usual ones are 765 and more, Google's are 258 a tile.
const PICTURE: u64 = 1_568;
/// A picture that is looked at roughly: OpenAI's figure.
const ROUGH_PICTURE: u64 = 85;
/// A page of a document, text and picture (Anthropic: 1 500 to 3 000).
const PAGE: u64 = 2_000;
/// The bytes of such a page.
const PAGE_BYTES: u64 = 64 << 10;
/// The pages of a document that cannot be seen from here.
const PAGES: u64 = 4;
/// The bytes of sound or film that are worth a token: 32 a second of sound at 128 kbit/s, 258 of film at 1 Mbit/s.
const MEDIA_BYTES: u64 = 500;
/// Sound or film that cannot be seen from here: five minutes of sound.
const MEDIA: u64 = 9_600;

/// How many tokens the request has, about.
pub fn estimate(request: &Request<'_>) -> u64 {
    let turns: u64 = request.turns.iter().map(|turn| TURN + parts(&turn.parts)).sum();
    let tools: u64 = request.tools.iter().map(|tool| TOOL + of_tool(tool)).sum();
    let tools = if request.tools.is_empty() { 0 } else { TOOLS + tools };
    let output = match &request.output {
        Some(sited) => match &sited.is {
            Output::Schema { schema, description, .. } => json(&schema.is.0) + description.as_deref().map_or(0, words),
            Output::JsonObject | Output::Other(_) => 0,
        },
        None => 0,
    };
    turns + tools + output
}

/// The answer to a client that has asked for the count.
pub fn answer(dialect: Dialect, tokens: u64) -> Vec<u8> {
    let mut out = Writer::with_capacity(64);
    out.open();
    match dialect {
        Dialect::Messages => out.count_member("input_tokens", tokens),
        Dialect::Gemini => out.count_member("totalTokens", tokens),
        Dialect::Converse => out.count_member("inputTokens", tokens),
        Dialect::Chat | Dialect::Responses => {
            out.str_member("object", "response.input_tokens").count_member("input_tokens", tokens)
        }
    }
    .close();
    out.into_bytes()
}

fn parts(parts: &[Part<'_>]) -> u64 {
    parts.iter().map(part).sum()
}

fn part(part: &Part<'_>) -> u64 {
    match &part.kind {
        PartKind::Text(text) | PartKind::Refusal(text) => moved(text),
        PartKind::Image { detail, .. } => match detail.map(|detail| detail.is) {
            Some(Detail::Low) => ROUGH_PICTURE,
            Some(Detail::Auto | Detail::High | Detail::Original) | None => PICTURE,
        },
        PartKind::Document { source, title, context, cite: _ } => {
            let told = title.iter().chain(context).map(|told| words(&told.is)).sum::<u64>();
            told + match source {
                Source::Text(text) => words(text),
                Source::Base64 { mime, data } if mime.starts_with("text/") => decoded(data).div_ceil(4),
                Source::Base64 { data, .. } => decoded(data).div_ceil(PAGE_BYTES).max(1) * PAGE,
                Source::Url { .. } | Source::FileId { .. } => PAGES * PAGE,
            }
        }
        PartKind::Audio(source) | PartKind::Video(source) => match source {
            Source::Base64 { data, .. } => decoded(data).div_ceil(MEDIA_BYTES),
            Source::Text(text) => words(text),
            Source::Url { .. } | Source::FileId { .. } => MEDIA,
        },
        PartKind::SearchResult { source, title, texts, cite: _ } => words(source) + words(title) + all(texts),
        PartKind::Call(call) => {
            words(&call.name)
                + match &call.arguments {
                    Arguments::Json(arguments) => json(arguments),
                    Arguments::Free(text) => words(text),
                }
        }
        PartKind::Result { content, json: whole, .. } => {
            parts(content) + whole.as_ref().map_or(0, |whole| json(&whole.0))
        }
        // What is opaque is no text of the prompt's, and mostly not billed again.
        PartKind::Reasoning(reasoning) => all(&reasoning.texts),
        PartKind::Server(block) => json(&block.0),
    }
}

fn of_tool(tool: &Tool<'_>) -> u64 {
    match &tool.kind {
        ToolKind::Function(function) => {
            words(&function.name)
                + function.description.as_ref().map_or(0, moved)
                + function.schema.as_ref().map_or(0, |schema| json(&schema.is.0))
        }
        ToolKind::Custom(custom) => {
            let grammar = custom.grammar.as_ref().map_or(0, |grammar| words(&grammar.is.1));
            words(&custom.name) + custom.description.as_ref().map_or(0, moved) + grammar
        }
        ToolKind::WebSearch(WebSearch { .. }) | ToolKind::Server(_) => SERVER_TOOL,
    }
}

fn all(texts: &[Str<'_>]) -> u64 {
    texts.iter().map(|text| words(text)).sum()
}

/// A text that need not be read for it.
fn moved(text: &Text<'_>) -> u64 {
    (text.about() as u64).div_ceil(4)
}

fn words(text: &str) -> u64 {
    (text.len() as u64).div_ceil(4)
}

fn json(text: &str) -> u64 {
    (text.len() as u64).div_ceil(3)
}

/// The bytes that a base64 text is worth.
fn decoded(base64: &str) -> u64 {
    base64.len() as u64 / 4 * 3
}

#[cfg(test)]
mod tests {
    use super::super::canonical::request::{Function, Role, Sited, Turn};
    use super::super::canonical::{At, Json};
    use super::*;

    fn request(kinds: Vec<PartKind<'static>>) -> Request<'static> {
        let parts = kinds.into_iter().map(|kind| Part::new(At(0), kind)).collect();
        let turn = Turn { at: At(0), role: Role::User, parts, name: None };
        Request { turns: vec![turn], ..Request::default() }
    }

    fn of(kind: PartKind<'static>) -> u64 {
        estimate(&request(vec![kind])) - TURN
    }

    #[test]
    fn texts_are_worth_their_length() {
        for (text, tokens) in [("", 0), ("hello, world", 3), ("привет", 3), ("你好世界", 3), ("a", 1)] {
            assert_eq!(of(PartKind::Text(text.into())), tokens, "{text}");
        }
        assert_eq!(estimate(&Request::default()), 0);
    }

    #[test]
    fn files_are_worth_constants() {
        let base64 =
            |mime: &'static str, length: usize| Source::Base64 { mime: mime.into(), data: "A".repeat(length).into() };
        let image = |detail| PartKind::Image {
            source: base64("image/png", 4_000_000),
            detail: Some(Sited::new(At(0), detail)),
        };
        assert_eq!((of(image(Detail::Low)), of(image(Detail::High))), (85, 1_568));
        let document = |source| PartKind::Document { source, title: None, context: None, cite: None };
        assert_eq!(of(document(base64("application/pdf", 4))), 2_000);
        assert_eq!(of(document(base64("application/pdf", 400_000))), 10_000);
        assert_eq!(of(document(base64("text/plain", 400))), 75);
        assert_eq!(of(document(Source::Text("eight by".into()))), 2);
        assert_eq!(of(document(Source::Url { url: "https://x".into(), mime: None })), 8_000);
        assert_eq!(of(PartKind::Audio(base64("audio/wav", 4_000))), 6);
    }

    #[test]
    fn tools_and_their_results_count() {
        let mut asked = request(vec![PartKind::Result {
            call: "c".into(),
            name: None,
            content: vec![Part::text(At(0), "12345678")],
            json: Some(Json("{\"a\":1}".into())),
            error: None,
        }]);
        assert_eq!(estimate(&asked), TURN + 2 + 3);
        let function = Function {
            name: "find".into(),
            description: Some("Finds it".into()),
            schema: Some(Sited::new(At(0), Json("{\"type\":\"object\"}".into()))),
            ..Function::default()
        };
        asked.tools.push(Tool { at: At(0), kind: ToolKind::Function(function), cache: None });
        assert_eq!(estimate(&asked), TURN + 2 + 3 + TOOLS + TOOL + 1 + 2 + 6);
    }

    #[test]
    fn each_dialect_is_told_in_its_words() {
        for (dialect, expected) in [
            (Dialect::Messages, r#"{"input_tokens":7}"#),
            (Dialect::Responses, r#"{"object":"response.input_tokens","input_tokens":7}"#),
            (Dialect::Gemini, r#"{"totalTokens":7}"#),
        ] {
            assert_eq!(String::from_utf8(answer(dialect, 7)).as_deref(), Ok(expected));
        }
    }
}
