use super::super::parse_stream::tests::word;
use super::*;
use crate::dialect::canonical::read::Doc;

fn read(body: &str) -> Result<Vec<String>, (Class, String)> {
    let doc = Doc::parse(body).expect("JSON");
    let mut told = Vec::new();
    parse(doc.root(), &mut |event| told.push(word(&event)))
        .map(|()| told)
        .map_err(|error| (error.class, error.message.into_owned()))
}

#[test]
fn a_whole_answer_is_the_same_events() {
    let body = r#"{"id":"resp_1","object":"response","created_at":7,"model":"gpt-5","status":"completed","error":null,
        "output":[{"type":"reasoning","id":"rs_1","summary":[],"encrypted_content":"eee"},
        {"type":"reasoning","id":"rs_2","summary":[],"content":[{"type":"reasoning_text","text":"raw"}]},
        {"type":"message","id":"msg_1","role":"assistant","content":[{"type":"output_text","text":"a","annotations":[]},{"type":"output_text","text":"","annotations":[]}]},
        {"type":"function_call","id":"fc_1","call_id":"c","name":"f","arguments":"{\"n\":12345678901234567890}"}],
        "tool_usage":{"web_search":{"num_requests":2}},"usage":{"input_tokens":3,"output_tokens":4}}"#;
    let expected = [
        "start resp_1 gpt-5 Some(7)",
        "usage 3 0 4 None",
        "open 0 Hidden",
        "sign 0 eee",
        "close 0",
        "open 1 Raw",
        "thought 1.0 raw",
        "close 1",
        "open 2 Text",
        "text 2 a",
        "close 2",
        "open 3 call c - f false",
        "arguments 3 {\"n\":12345678901234567890}",
        "close 3",
        "finish ToolCalls",
    ];
    assert_eq!(read(body).expect("an answer"), expected);
}

#[test]
fn what_is_no_answer_is_an_error() {
    for (body, class) in [
        (r#"{"object":"response"}"#, Class::UpstreamInvalid),
        ("[]", Class::UpstreamInvalid),
        (r#"{"status":"in_progress","output":[]}"#, Class::UpstreamInvalid),
        (r#"{"error":{"message":"slow down","code":"rate_limit_exceeded"}}"#, Class::RateLimit),
        (r#"{"status":"failed","output":[],"error":{"message":"oh","code":"server_error"}}"#, Class::UpstreamError),
        (r#"{"status":"cancelled","output":[]}"#, Class::UpstreamError),
    ] {
        assert_eq!(read(body).map_err(|error| error.0), Err(class), "{body}");
    }
    assert_eq!(read(r#"{"output":[]}"#).expect("an answer").last().map(String::as_str), Some("finish Stop"));
}
