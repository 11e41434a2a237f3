//! Reading a whole answer: `types/message.py`.

use super::answer::Answer;
use super::error;
use crate::dialect::canonical::read::{Kind, Value};
use crate::dialect::codec::Sink;
use crate::error::{Class, Error};

/// Reads a whole answer.
pub(super) fn parse(body: Value<'_>, sink: &mut Sink<'_>) -> Result<(), Error> {
    let Some(content) = body.get("content").filter(|content| content.kind() == Kind::Array) else {
        return Err(match body.get("error") {
            Some(_) => error::read(body),
            None => Error::new(Class::UpstreamInvalid, "the provider's answer is no message"),
        });
    };
    let mut answer = Answer::default();
    answer.start(body, sink);
    for (index, block) in (0..).zip(content.elements()) {
        answer.open(index, block, sink);
        answer.close(index, sink);
    }
    if body.get("stop_reason").is_some() {
        answer.end(body, body.get("usage"), sink);
    } else {
        answer.end_untold(body.get("usage"), sink);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::parse_stream::tests::told;
    use super::*;
    use crate::wire::doc::Doc;

    fn read(body: &str) -> Result<Vec<String>, Class> {
        let doc = Doc::parse(body).expect("JSON");
        let mut list = Vec::new();
        parse(doc.root(), &mut |event| list.push(told(event))).map_err(|error| error.class).map(|()| list)
    }

    #[test]
    fn a_whole_answer_is_the_same_events() {
        let body = r#"{"id":"msg_1","type":"message","role":"assistant","model":"m","content":[
            {"type":"thinking","thinking":"","signature":"Eq"},
            {"type":"server_tool_use","id":"s","name":"web_search","input":{"query":"q"}},
            {"type":"web_search_tool_result","tool_use_id":"s","content":{"type":"web_search_tool_result_error","error_code":"unavailable"}},
            {"type":"text","text":"a","citations":[{"type":"char_location","document_title":"d","cited_text":"x"}]},
            {"type":"tool_use","id":"c","name":"f","input":{"n" : 1.0}}],
            "stop_reason":"stop_sequence","stop_sequence":"END","usage":{"input_tokens":2,"output_tokens":3}}"#;
        let expected = [
            "start msg_1 m",
            "usage 2/3",
            "0 Summary",
            "0#Eq",
            "0.",
            r#"search s ["q"] 0 true"#,
            "3 text",
            "3+a",
            "3^d",
            "3.",
            "4 call c f",
            "4({\"n\" : 1.0}",
            "4.",
            "usage 2/3",
            "finish StopSequence END",
        ];
        assert_eq!(read(body).expect("an answer"), expected);
    }

    #[test]
    fn what_is_no_message_is_an_error() {
        assert_eq!(
            read(r#"{"type":"error","error":{"type":"rate_limit_error","message":"x"}}"#),
            Err(Class::RateLimit)
        );
        assert_eq!(read(r#"{"choices":[]}"#), Err(Class::UpstreamInvalid));
        let untold = read(r#"{"content":[{"type":"tool_use","id":"c","name":"f"}]}"#).expect("an answer");
        assert_eq!(untold.last().map(String::as_str), Some("finish ToolCalls "));
    }
}
