//! Workers AI: its REST API, and a Worker's binding, which is a translation though both sides are chat.

use gatelet_core::Unlimited;
use serde_json::{Value, json};

use crate::harness::{Bench, Script, Step, post};
use crate::{ANSWER, sends};

const REST: &str =
    r#"{"providers":{"workers-ai":{"account":"0123456789abcdef0123456789abcdef","api_key":"${TOKEN}"}}}"#;
const BOUND: &str = r#"{"open":true,"providers":{"cf":{"kind":"workers-ai","binding":"AI"}}}"#;

const LLAMA: &str = r#"{"model":"cf/@cf/meta/llama-3.1-8b-instruct","messages":[{"role":"user","content":"hi"}]}"#;
const LLAMA_STREAM: &str = r#"{"model":"cf/@cf/meta/llama-3.1-8b-instruct","stream":true,"stream_options":{"include_usage":true},"messages":[]}"#;

fn bound(scripts: Vec<Script>) -> Bench<Unlimited> {
    Bench::new(Unlimited, BOUND, scripts)
}

fn asked(bench: &Bench<Unlimited>) -> (String, Value) {
    let sent = bench.world.sent.borrow();
    let (request, body) = sent.last().expect("a request");
    (request.uri().to_string(), serde_json::from_slice(body).unwrap())
}

#[test]
fn the_rest_api_is_relayed() {
    let bench = Bench::new(Unlimited, REST, vec![Script::json(200, ANSWER)]);
    let body = r#"{"model":"workers-ai/@cf/openai/gpt-oss-120b","messages":[]}"#;
    let (_, answer) = bench.call(post("/v1/chat/completions", body));
    assert_eq!(answer, ANSWER);
    let (uri, body) = asked(&bench);
    let base = "https://api.cloudflare.com/client/v4/accounts/0123456789abcdef0123456789abcdef/ai";
    assert_eq!(uri, format!("{base}/v1/chat/completions"));
    assert_eq!(body, json!({"model": "@cf/openai/gpt-oss-120b", "messages": []}));
    let sent = bench.world.sent.borrow();
    assert_eq!(sent[0].0.headers()["authorization"], "Bearer canary-TOKEN");
}

#[test]
fn embeddings_of_the_rest_api_are_relayed() {
    let answer = r#"{"object":"list","data":[{"object":"embedding","embedding":[1],"index":0}],"model":"m","usage":{"prompt_tokens":0,"total_tokens":0}}"#;
    let bench = Bench::new(Unlimited, REST, vec![Script::json(200, answer)]);
    let body = r#"{"model":"workers-ai/@cf/baai/bge-m3","input":"a"}"#;
    assert_eq!(bench.call(post("/v1/embeddings", body)).1, answer);
    assert!(asked(&bench).0.ends_with("/ai/v1/embeddings"));
}

#[test]
fn a_binding_is_given_inputs_and_answers_in_its_own_shape() {
    let answer = r#"{"response":"Hello","usage":{"prompt_tokens":9,"completion_tokens":3,"total_tokens":12}}"#;
    let bench = bound(vec![Script::json(200, answer)]);
    let (head, body) = bench.call(post("/v1/chat/completions", LLAMA));
    assert!(head.headers.get("x-gatelet-adjusted").is_none());
    let body: Value = serde_json::from_str(&body).unwrap();
    assert_eq!(
        (&body["object"], &body["model"], &body["choices"][0]),
        (
            &json!("chat.completion"),
            &json!("@cf/meta/llama-3.1-8b-instruct"),
            &json!({"index": 0, "message": {"role": "assistant", "content": "Hello", "refusal": null},
                    "logprobs": null, "finish_reason": "stop"})
        )
    );
    assert_eq!(body["usage"]["total_tokens"], 12);
    let (uri, inputs) = asked(&bench);
    assert_eq!(uri, "binding://AI/run/@cf%2Fmeta%2Fllama-3.1-8b-instruct");
    assert_eq!(inputs, json!({"max_tokens": 2048, "messages": [{"role": "user", "content": "hi"}]}));
    let line = bench.line();
    let told = ["target", "dialect", "upstream_dialect", "in", "out", "complete", "outcome"].map(|name| &line[name]);
    let target = json!("cf/@cf/meta/llama-3.1-8b-instruct");
    let chat = json!("chat");
    assert_eq!(told, [&target, &chat, &chat, &json!(9), &json!(3), &json!(true), &json!("done")]);
}

#[test]
fn a_stream_of_a_binding_ends_with_its_done() {
    let events = sends(&[
        "data: {\"response\":\"Hel\",\"p\":\"abdefgh\"}\n\n",
        "data: {\"response\":\"lo\",\"p\":\"ab\"}\n\n",
        "data: {\"response\":\"\",\"usage\":{\"prompt_tokens\":9,\"completion_tokens\":2,\"total_tokens\":11}}\n\n",
    ]);
    let whole = [events.clone(), sends(&[crate::DONE])].concat();
    let bench = bound(vec![Script::events(whole)]);
    let (head, body) = bench.call(post("/v1/chat/completions", LLAMA_STREAM));
    assert_eq!(head.headers["content-type"], "text/event-stream");
    assert!(body.contains(r#""content":"Hel""#) && body.contains(r#""finish_reason":"stop""#), "{body}");
    assert!(body.contains(r#""completion_tokens":2"#) && body.ends_with("data: [DONE]\n\n"), "{body}");
    assert_eq!(asked(&bench).1, json!({"max_tokens": 2048, "stream": true, "messages": []}));
    assert_eq!(bench.line()["outcome"], "done");

    let bench = bound(vec![Script::events([events, vec![Step::Cut]].concat())]);
    let (_, body) = bench.call(post("/v1/chat/completions", LLAMA_STREAM));
    assert!(body.contains("upstream_truncated") && !body.contains("[DONE]"), "{body}");
}

#[test]
fn newer_models_are_asked_and_answer_as_openai_does() {
    let bench = bound(vec![Script::json(200, ANSWER)]);
    let body = r#"{"model":"cf/@cf/zai-org/glm-4.7-flash","stop":["END"],"messages":[
        {"role":"assistant","content":null,"tool_calls":[{"id":"c","type":"function","function":{"name":"f","arguments":"{}"}}]},
        {"role":"tool","tool_call_id":"c","content":"x"}],
        "response_format":{"type":"json_schema","json_schema":{"name":"n","schema":{"type":"object"}}}}"#;
    let (head, answer) = bench.call(post("/v1/chat/completions", body));
    assert_eq!(head.status, 200, "{answer}");
    assert_eq!(head.headers["x-gatelet-adjusted"], "stop[0]=emulated");
    let inputs = asked(&bench).1;
    assert_eq!(inputs["messages"][0]["content"], "", "its schema takes no null");
    assert_eq!(inputs["response_format"]["json_schema"]["schema"], json!({"type": "object"}));
    assert_eq!((inputs.get("max_tokens"), inputs.get("model"), inputs.get("stop")), (None, None, None));
}

#[test]
fn older_models_take_a_schema_bare() {
    let bench = bound(vec![Script::json(200, r#"{"response":{"a":1}}"#)]);
    let body = r#"{"model":"cf/@cf/meta/llama-3.3-70b-instruct-fp8-fast","messages":[],"max_tokens":9,
        "response_format":{"type":"json_schema","json_schema":{"name":"n","schema":{"type":"object"}}}}"#;
    let (_, answer) = bench.call(post("/v1/chat/completions", body));
    let answer: Value = serde_json::from_str(&answer).unwrap();
    assert_eq!(answer["choices"][0]["message"]["content"], r#"{"a":1}"#);
    let inputs = asked(&bench).1;
    let expected = json!({"response_format": {"type": "json_schema", "json_schema": {"type": "object"}},
        "max_tokens": 9, "messages": []});
    assert_eq!(inputs, expected);
}

#[test]
fn every_dialect_reaches_a_binding() {
    let call = r#"{"tool_calls":[{"name":"f","arguments":{"a":1}}],"usage":{"prompt_tokens":9,"completion_tokens":3}}"#;
    let bench = bound(vec![Script::json(200, call)]);
    let body = r#"{"model":"cf/@hf/nousresearch/hermes-2-pro-mistral-7b","max_tokens":99,"messages":[{"role":"user","content":"hi"}],
        "tools":[{"name":"f","input_schema":{"type":"object"}}]}"#;
    let (_, answer) = bench.call(post("/v1/messages", body));
    let answer: Value = serde_json::from_str(&answer).unwrap();
    assert_eq!((&answer["stop_reason"], &answer["content"][0]["input"]), (&json!("tool_use"), &json!({"a": 1})));
    assert_eq!(asked(&bench).1["max_tokens"], 99);
}

#[test]
fn embeddings_of_a_binding_are_vectors_alone() {
    let answer = r#"{"shape":[2,2],"data":[[1,-0.5],[0,1]],"pooling":"mean"}"#;
    let bench = bound(vec![Script::json(200, answer)]);
    let body = r#"{"model":"cf/@cf/baai/bge-m3","input":["a","b"]}"#;
    let (_, answer) = bench.call(post("/v1/embeddings", body));
    let answer: Value = serde_json::from_str(&answer).unwrap();
    assert_eq!((&answer["data"][0]["embedding"], &answer["data"][1]["index"]), (&json!([1, -0.5]), &json!(1)));
    let (uri, inputs) = asked(&bench);
    assert_eq!((uri.as_str(), inputs), ("binding://AI/run/@cf%2Fbaai%2Fbge-m3", json!({"text": ["a", "b"]})));

    let sized = r#"{"model":"cf/@cf/baai/bge-m3","input":"a","dimensions":9}"#;
    let (head, body) = bound(vec![]).call(post("/v1/embeddings", sized));
    let body: Value = serde_json::from_str(&body).unwrap();
    assert_eq!((head.status.as_u16(), &body["error"]["param"]), (400, &json!("dimensions")));
}

#[test]
fn what_a_binding_refuses_is_an_error_of_the_dialect() {
    for (status, error, expected) in [
        (
            429,
            r#"{"internalCode":3040,"message":"AiError: 3040: Capacity temporarily exceeded, please try again.","name":"AiError","description":"Capacity temporarily exceeded"}"#,
            429,
        ),
        (
            400,
            r#"{"internalCode":5007,"message":"AiError: 5007: No such model @cf/x or task","name":"AiError","description":"x"}"#,
            404,
        ),
    ] {
        let bench = bound(vec![Script::json(status, error)]);
        let (head, body) = bench.call(post("/v1/chat/completions", LLAMA));
        let body: Value = serde_json::from_str(&body).unwrap();
        assert_eq!(head.status.as_u16(), expected, "{body}");
        assert!(body["error"]["message"].as_str().unwrap().starts_with("AiError: "), "{body}");
    }
}
