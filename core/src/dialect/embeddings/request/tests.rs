//! Requests of OpenAI's API, and what becomes of them for others.

use super::*;
use crate::dialect::canonical::read::Doc;

type Made = Result<(Operation, String, Option<String>), (bool, String)>;

const GEMINI: Option<Shape> = Some(Shape::Gemini);
const INVOKE: Option<Shape> = Some(Shape::Invoke);
const COHERE: Option<Shape> = Some(Shape::Cohere);

fn made(body: &str, shape: Option<Shape>, model: &str) -> Made {
    let doc = Doc::parse(body).expect("JSON");
    let mut report = Report::default();
    let call = Asked::read(doc.root(), &mut report).and_then(|asked| asked.call(shape, model, &mut report));
    call.map(|(operation, body)| (operation, String::from_utf8(body).expect("UTF-8"), report.header(&doc)))
        .map_err(|refusal| (refusal.is_unsupported(), refusal.path(&doc)))
}

fn of(operation: Operation, body: &str, adjusted: Option<&str>) -> Made {
    Ok((operation, body.to_owned(), adjusted.map(str::to_owned)))
}

#[test]
fn gemini_is_asked_for_a_batch() {
    let batch = Operation::Gemini(GeminiMethod::BatchEmbedContents, GeminiVersion::V1Beta);
    assert_eq!(
        made(r#"{"model":"x","input":"a\"é","user":"u","new":1,"dimensions":null}"#, GEMINI, "gemini-embedding-001"),
        of(
            batch,
            r#"{"requests":[{"model":"models/gemini-embedding-001","content":{"parts":[{"text":"a\"é"}]}}]}"#,
            Some("user=dropped, new=unknown"),
        )
    );
    assert_eq!(
        made(r#"{"input":["a","b"],"dimensions":256,"encoding_format":"base64"}"#, GEMINI, "models/e"),
        of(
            batch,
            concat!(
                r#"{"requests":[{"model":"models/e","content":{"parts":[{"text":"a"}]},"outputDimensionality":256},"#,
                r#"{"model":"models/e","content":{"parts":[{"text":"b"}]},"outputDimensionality":256}]}"#,
            ),
            None,
        )
    );
}

#[test]
fn vertex_is_asked_by_the_kind_of_the_model() {
    let asked = |body: &str, model: &str| {
        let doc = Doc::parse(body).expect("JSON");
        let mut report = Report::default();
        let asked = Asked::read(doc.root(), &mut report).expect("a request");
        let (operation, body) = asked.call(Some(Shape::Vertex), model, &mut report).expect("a call");
        (operation, String::from_utf8(body).expect("UTF-8"))
    };
    let two = r#"{"input":["a","b"],"dimensions":256}"#;
    assert_eq!(
        asked(two, "text-embedding-005"),
        (
            Operation::Predict,
            r#"{"instances":[{"content":"a"},{"content":"b"}],"parameters":{"outputDimensionality":256}}"#.to_owned()
        )
    );
    assert_eq!(
        asked(two, "gemini-embedding-2"),
        (
            Operation::Gemini(GeminiMethod::BatchEmbedContents, GeminiVersion::V1Beta),
            concat!(
                r#"{"requests":[{"content":{"parts":[{"text":"a"}]},"embedContentConfig":{"outputDimensionality":256}},"#,
                r#"{"content":{"parts":[{"text":"b"}]},"embedContentConfig":{"outputDimensionality":256}}]}"#
            )
            .to_owned()
        )
    );
    assert_eq!(
        asked(r#"{"input":"a"}"#, "gemini-embedding-2"),
        (
            Operation::Gemini(GeminiMethod::EmbedContent, GeminiVersion::V1Beta),
            r#"{"content":{"parts":[{"text":"a"}]}}"#.to_owned()
        )
    );
}

#[test]
fn each_maker_on_bedrock_is_asked_in_its_own_words() {
    let one = r#"{"input":"a","dimensions":256}"#;
    let two = r#"{"input":["a","b"]}"#;
    let unsupported = |path: &str| Err((true, path.to_owned()));
    let approximated = Some("input=approximated:search_document");
    for (body, model, expected) in [
        (
            one,
            "amazon.titan-embed-text-v2:0",
            of(Operation::InvokeModel, r#"{"inputText":"a","dimensions":256}"#, None),
        ),
        (
            one,
            "amazon.titan-embed-image-v1",
            of(Operation::InvokeModel, r#"{"inputText":"a","embeddingConfig":{"outputEmbeddingLength":256}}"#, None),
        ),
        (
            two,
            "cohere.embed-multilingual-v3",
            of(Operation::InvokeModel, r#"{"texts":["a","b"],"input_type":"search_document"}"#, approximated),
        ),
        (
            one,
            "arn:aws:bedrock:us-east-1:1:inference-profile/us.cohere.embed-v4:0",
            of(
                Operation::InvokeModel,
                r#"{"texts":["a"],"input_type":"search_document","output_dimension":256}"#,
                approximated,
            ),
        ),
        (one, "amazon.titan-embed-text-v1", unsupported("dimensions")),
        (one, "cohere.embed-english-v3", unsupported("dimensions")),
        (two, "amazon.titan-embed-text-v2:0", unsupported("input")),
        (one, "anthropic.claude-sonnet-5", unsupported("input")),
    ] {
        assert_eq!(made(body, INVOKE, model), expected, "{model}");
    }
    let many = format!(r#"{{"input":["a"{}]}}"#, r#","a""#.repeat(96));
    assert_eq!(made(&many, INVOKE, "cohere.embed-v4:0"), unsupported("input"));
    assert_eq!(made(one, None, "m"), unsupported("input"));
}

#[test]
fn cohere_is_told_what_the_vectors_are_for() {
    let begins = r#"{"model":"embed-v4.0","texts":["a"],"input_type":"#;
    let ends = r#","truncate":"NONE"}"#;
    for (body, said, adjusted) in [
        (
            r#"{"input":"a","encoding_format":"base64"}"#,
            r#""search_document","embedding_types":["float"]"#,
            Some("input=approximated:search_document"),
        ),
        (
            r#"{"input":["a"],"dimensions":512,"input_type":"search_query"}"#,
            r#""search_query","embedding_types":["float"],"output_dimension":512"#,
            None,
        ),
    ] {
        let expected = [begins, said, ends].concat();
        assert_eq!(made(body, COHERE, "embed-v4.0"), of(Operation::Embeddings, &expected, adjusted));
    }
    let sized = r#"{"input":"a","dimensions":256}"#;
    for model in ["embed-english-v3.0", "embed-multilingual-light-v3.0"] {
        assert_eq!(made(sized, COHERE, model), Err((true, "dimensions".to_owned())));
    }
    let many = format!(r#"{{"input":["a"{}]}}"#, r#","a""#.repeat(96));
    assert_eq!(made(&many, COHERE, "embed-v4.0"), Err((true, "input".to_owned())));
    assert_eq!(made(r#"{"input":"a","input_type":1}"#, COHERE, "m"), Err((false, "input_type".to_owned())));
    let purpose = r#"{"input":"a","input_type":"query"}"#;
    let told = made(purpose, GEMINI, "m").map(|(_, _, adjusted)| adjusted);
    assert_eq!(told, Ok(Some("input_type=unknown".to_owned())));
}

#[test]
fn what_is_wrong_is_told_with_its_place() {
    for (body, unsupported, path) in [
        ("[]", false, ""),
        ("{}", false, "input"),
        (r#"{"input":null}"#, false, "input"),
        (r#"{"input":[]}"#, false, "input"),
        (r#"{"input":""}"#, false, "input"),
        (r#"{"input":["a",""]}"#, false, "input[1]"),
        (r#"{"input":["a",1]}"#, false, "input[1]"),
        (r#"{"input":{}}"#, false, "input"),
        (r#"{"input":"\ud800"}"#, false, "input"),
        (r#"{"input":[1,2]}"#, true, "input"),
        (r#"{"input":[[1,2],[3]]}"#, true, "input"),
        (r#"{"input":"a","dimensions":1.5}"#, false, "dimensions"),
        (r#"{"input":"a","encoding_format":"int8"}"#, false, "encoding_format"),
        (r#"{"input":"a","user":1}"#, false, "user"),
    ] {
        assert_eq!(made(body, GEMINI, "m"), Err((unsupported, path.to_owned())), "{body}");
    }
}
