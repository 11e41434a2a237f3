//! The built-in upstream.

use crate::bench;
use crate::harness::post;

#[test]
fn the_mock_answers_everything_and_always_the_same() {
    let cases = [
        ("/v1/chat/completions", r#"{"model":"mock/x","messages":[{"role":"user","content":"ping pong"}]}"#),
        (
            "/v1/chat/completions",
            r#"{"model":"mock/x","stream":true,"messages":[{"role":"user","content":[{"type":"text","text":"ping pong"}]}]}"#,
        ),
        ("/v1/responses", r#"{"model":"mock/x","input":"ping pong"}"#),
        ("/v1/responses", r#"{"model":"mock/x","stream":true,"input":"ping pong"}"#),
        ("/v1/messages", r#"{"model":"mock/x","messages":[{"role":"user","content":"ping pong"}]}"#),
        ("/v1/messages", r#"{"model":"mock/x","stream":true,"messages":[{"role":"user","content":"ping pong"}]}"#),
        ("/v1beta/models/mock%2Fx:generateContent", r#"{"contents":[{"parts":[{"text":"ping pong"}]}]}"#),
        ("/v1beta/models/mock%2Fx:streamGenerateContent?alt=sse", r#"{"contents":[{"parts":[{"text":"ping pong"}]}]}"#),
        ("/v1beta/models/mock%2Fx:streamGenerateContent", r#"{"contents":[{"parts":[{"text":"ping pong"}]}]}"#),
        ("/v1/embeddings", r#"{"model":"mock/x","input":["a","b"],"encoding_format":"base64"}"#),
        ("/v1/messages/count_tokens", r#"{"model":"mock/x","messages":[{"role":"user","content":"ping pong"}]}"#),
        ("/v1/responses/input_tokens", r#"{"model":"mock/x","input":"ping pong"}"#),
        ("/v1beta/models/mock%2Fx:countTokens", r#"{"contents":[{"parts":[{"text":"ping pong"}]}]}"#),
        ("/v1beta/models/mock%2Fx:embedContent", r#"{"content":{"parts":[{"text":"ping pong"}]}}"#),
        (
            "/v1beta/models/mock%2Fx:batchEmbedContents",
            r#"{"requests":[{"content":{"parts":[{"text":"ping pong"}]}}]}"#,
        ),
    ];
    for (path, body) in cases {
        let first = bench(vec![]);
        let (head, answer) = first.call(post(path, body));
        assert_eq!(head.status.as_u16(), 200, "{path} {answer}");
        assert_eq!(first.line()["outcome"], "done", "{path}");
        assert_eq!(bench(vec![]).call(post(path, body)).1, answer, "{path}");
        if !path.contains("mbed") && !path.contains("okens") {
            assert!(answer.contains("ping ") && answer.contains("pong"), "{path} {answer}");
            assert!(first.line()["out"].as_u64().is_some_and(|tokens| tokens > 5), "{path}");
        }
    }
}
