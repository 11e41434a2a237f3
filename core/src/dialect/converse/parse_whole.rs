//! Reading a whole answer: <https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html>

use super::answer;
use super::parse_stream::{is_server, no_image, opened_call};
use crate::dialect::canonical::event::{Event, Open};
use crate::dialect::canonical::read::Value;
use crate::dialect::canonical::request::Shown;
use crate::dialect::codec::Sink;
use crate::dialect::{Dialect, failure};
use crate::error::{Class, Error};

/// Reads a whole answer.
pub(super) fn parse(body: Value<'_>, sink: &mut Sink<'_>) -> Result<(), Error> {
    let message = body.get("output").and_then(|output| output.get("message"));
    let Some(content) = message.and_then(|message| message.get("content")) else {
        // An error that is told with 200, as AWS's front does for paths that it does not know.
        if ["message", "Message", "__type"].iter().any(|name| body.get(name).is_some()) {
            return Err(failure::in_stream(Dialect::Converse, body).error);
        }
        return Err(Error::new(Class::UpstreamInvalid, "the provider's answer holds no message"));
    };
    sink(Event::Start { id: "".into(), model: "".into(), created: None });
    let mut called = false;
    for (index, block) in content.elements().enumerate() {
        let number = u32::try_from(index).unwrap_or(u32::MAX);
        if let Some(text) = block.get_str("text") {
            piece(number, Open::Text, Some(Event::Text { block: number, text }), None, sink);
        } else if let Some(call) = block.get("toolUse").filter(|call| !is_server(*call)) {
            called = true;
            let arguments = call.get("input").map_or("{}", |input| input.raw());
            let arguments = Event::Arguments { block: number, text: arguments.into() };
            piece(number, opened_call(call, number), Some(arguments), None, sink);
        } else if let Some(reasoning) = block.get("reasoningContent") {
            reason(number, reasoning, sink);
        } else if let Some(cited) = block.get("citationsContent") {
            cite(number, cited, sink);
        } else if block.get("image").is_some() {
            return Err(no_image());
        }
    }
    answer::finish(body, called, sink);
    answer::accounts(body, sink);
    Ok(())
}

fn piece(block: u32, open: Open<'_>, says: Option<Event<'_>>, signed: Option<&str>, sink: &mut Sink<'_>) {
    sink(Event::Open { block, open });
    if let Some(says) = says {
        sink(says);
    }
    if let Some(bytes) = signed {
        sink(Event::Sign { block, bytes: bytes.into() });
    }
    sink(Event::Close { block });
}

fn reason(block: u32, reasoning: Value<'_>, sink: &mut Sink<'_>) {
    if let Some(told) = reasoning.get("reasoningText") {
        let open = Open::Reasoning { shown: Shown::Summary, binds: None };
        let says = told.get_str("text").map(|text| Event::Reasoning { block, part: 0, text });
        piece(block, open, says, told.get_str("signature").filter(|bytes| !bytes.is_empty()).as_deref(), sink);
    } else if let Some(bytes) = reasoning.get_str("redactedContent") {
        piece(block, Open::Reasoning { shown: Shown::Hidden, binds: None }, None, Some(&bytes), sink);
    }
}

/// A text that is told together with what it cites.
fn cite(block: u32, cited: Value<'_>, sink: &mut Sink<'_>) {
    sink(Event::Open { block, open: Open::Text });
    let list = |name| cited.get(name).into_iter().flat_map(|list| list.elements());
    for text in list("content").filter_map(|content| content.get_str("text")) {
        sink(Event::Text { block, text });
    }
    for citation in list("citations") {
        sink(Event::Cite { block, citation: answer::citation(citation) });
    }
    sink(Event::Close { block });
}

#[cfg(test)]
mod tests {
    use super::super::parse_stream::tests::spelled;
    use super::*;
    use crate::wire::doc::Doc;

    fn told(body: &str) -> Result<Vec<String>, Error> {
        let doc = Doc::parse(body).expect("JSON");
        let mut told = Vec::new();
        parse(doc.root(), &mut |event| told.push(spelled(&event))).map(|()| told)
    }

    #[test]
    fn a_whole_answer_is_the_same_events() {
        let body = r#"{"metrics":{"latencyMs":1},"output":{"message":{"role":"assistant","content":[
            {"reasoningContent":{"reasoningText":{"text":"Hm","signature":"EqQB"}}},
            {"reasoningContent":{"redactedContent":"ZA=="}},
            {"text":"Hi"},
            {"citationsContent":{"content":[{"text":"So"}],"citations":[{"title":"T"}]}},
            {"toolUse":{"toolUseId":"t","name":"f","input":{"b": 1.0, "a":9007199254740993}}},
            {"toolUse":{"toolUseId":"s","name":"nova_grounding","type":"server_tool_use","input":{}}},
            {"cachePoint":{"type":"default"}}]}},
            "stopReason":"tool_use","usage":{"inputTokens":3,"outputTokens":2,"totalTokens":5}}"#;
        assert_eq!(
            told(body).expect("an answer"),
            [
                "start",
                "0 Summary",
                "0 + Hm",
                "0 signed EqQB",
                "0 .",
                "1 Hidden",
                "1 signed ZA==",
                "1 .",
                "2 text",
                "2 + Hi",
                "2 .",
                "3 text",
                "3 + So",
                "3 cites T T None true",
                "3 .",
                "4 call t f",
                "4 + {\"b\": 1.0, \"a\":9007199254740993}",
                "4 .",
                "ToolCalls None",
                "usage 3 2 true",
            ]
        );
        let empty = r#"{"output":{"message":{"role":"assistant","content":[]}},"stopReason":"guardrail_intervened"}"#;
        assert_eq!(told(empty).expect("an answer"), ["start", "ContentFilter None"]);
    }

    #[test]
    fn what_is_no_answer_is_an_error() {
        for (body, class) in [
            ("{}", Class::UpstreamInvalid),
            (r#"{"output":{}}"#, Class::UpstreamInvalid),
            (r#"{"message":"x"}"#, Class::UpstreamError),
            (r#"{"__type":"a#ThrottlingException","Message":"x"}"#, Class::RateLimit),
            (r#"{"output":{"message":{"content":[{"image":{}}]}}}"#, Class::UnsupportedOutput),
        ] {
            assert_eq!(told(body).expect_err("no answer").class, class, "{body}");
        }
    }
}
