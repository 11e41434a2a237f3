use super::super::emit_stream::tests::echo;
use super::*;
use crate::dialect::canonical::Search;
use crate::usage::Usage;

fn written(pieces: Vec<Piece>, finish: Finish) -> String {
    let choice = Choice { pieces, finish: Some(finish), ..Choice::default() };
    let usage = Usage { input: 3, output: 4, known: true, complete: true, ..Usage::default() };
    let answer = Answer { id: "resp_1".into(), model: "m".into(), choices: vec![choice], usage, ..Answer::default() };
    let mut out = Writer::default();
    write(&answer, &echo(), &mut out);
    String::from_utf8(out.into_bytes()).expect("UTF-8")
}

#[test]
fn a_message_has_all_that_the_types_require() {
    let cited = Citation { url: "u".into(), title: "".into(), span: Some((1, 3)), ..Citation::default() };
    let lost = Citation { document: true, ..Citation::default() };
    let search = Search { id: "srvtoolu_9".into(), queries: vec!["q".into()], sources: vec![], complete: true };
    let call = |arguments: &str| Piece::Call {
        id: "c".into(),
        name: "f".into(),
        namespace: None,
        custom: false,
        arguments: arguments.into(),
        signed: None,
    };
    let pieces = vec![
        Piece::Reasoning { shown: Shown::Summary, texts: vec!["a".into(), "b".into()], signed: Some("gl1.s".into()) },
        Piece::Reasoning { shown: Shown::Hidden, texts: vec![], signed: Some("gl1.h".into()) },
        Piece::Search(search),
        Piece::Text { text: "héllo".into(), citations: vec![cited, lost] },
        Piece::Text { text: String::new(), citations: vec![] },
        Piece::Refusal("no".into()),
        call("{\"n\":12345678901234567890}"),
        call(""),
        call("{broken"),
    ];
    let expected = concat!(
        r#"{"id":"msg_1","type":"message","role":"assistant","model":"fast","content":["#,
        r#"{"type":"thinking","thinking":"a\n\nb","signature":"gl1.s"},{"type":"redacted_thinking","data":"gl1.h"},"#,
        r#"{"type":"server_tool_use","id":"srvtoolu_9","name":"web_search","input":{"query":"q"}},"#,
        r#"{"type":"web_search_tool_result","tool_use_id":"srvtoolu_9","content":[]},"#,
        r#"{"type":"text","text":"héllo","citations":[{"type":"web_search_result_location","url":"u","title":null,"encrypted_index":"","cited_text":"él"}]},"#,
        r#"{"type":"text","text":"no"},"#,
        r#"{"type":"tool_use","id":"c","name":"f","input":{"n":12345678901234567890}},"#,
        r#"{"type":"tool_use","id":"c","name":"f","input":{}},"#,
        r#"{"type":"tool_use","id":"c","name":"f","input":{"raw_arguments":"{broken"}}],"#,
        r#""stop_reason":"tool_use","stop_sequence":null,"usage":{"input_tokens":3,"cache_creation_input_tokens":0,"cache_read_input_tokens":0,"output_tokens":4,"#,
        r#""cache_creation":{"ephemeral_5m_input_tokens":0,"ephemeral_1h_input_tokens":0}}}"#,
    );
    assert_eq!(written(pieces, Finish::ToolCalls), expected);
}

#[test]
fn a_filtered_answer_may_be_empty() {
    let written = written(vec![], Finish::ContentFilter);
    assert!(written.contains(r#""content":[],"stop_reason":"refusal""#), "{written}");
}

#[test]
fn no_hidden_reasoning_is_last_but_where_nothing_is_said() {
    let hidden = || Piece::Reasoning { shown: Shown::Hidden, texts: vec![], signed: Some("gl1.h".into()) };
    let text = Piece::Text { text: "hi".into(), citations: vec![] };
    let told = written(vec![hidden(), text, hidden()], Finish::Stop);
    let expected =
        r#""content":[{"type":"redacted_thinking","data":"gl1.h"},{"type":"text","text":"hi"}],"stop_reason""#;
    assert!(told.contains(expected), "{told}");
    let told = written(vec![hidden()], Finish::Stop);
    assert!(told.contains(r#""content":[{"type":"redacted_thinking","data":"gl1.h"}],"#), "{told}");
}
