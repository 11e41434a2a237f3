//! What a request becomes at a provider.

use gatelet_core::Unlimited;
use gatelet_core::provider::Kind;
use http::{Request, Uri};
use serde_json::{Value, json};

use crate::harness::{Bench, Incoming, Script};

/// What was sent upstream, and what the caller was told of it.
pub struct Sent {
    pub uri: Uri,
    /// The header lines, in order of their names.
    pub headers: Vec<String>,
    pub body: String,
    pub adjusted: String,
}

impl Sent {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).expect("JSON")
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
    }
}

/// Answers in every dialect, of which Converse and Responses have one each: what was sent is the matter.
const ANSWERS: [&str; 2] = [
    concat!(
        r#"{"id":"x","type":"message","role":"assistant","model":"m","stop_reason":"end_turn","#,
        r#""choices":[{"index":0,"message":{"role":"assistant","content":"hi"},"finish_reason":"stop"}],"#,
        r#""content":[{"type":"text","text":"hi"}],"#,
        r#""output":{"message":{"role":"assistant","content":[{"text":"hi"}]}},"stopReason":"end_turn","#,
        r#""candidates":[{"content":{"role":"model","parts":[{"text":"hi"}]},"finishReason":"STOP"}]}"#
    ),
    concat!(
        r#"{"id":"x","object":"response","status":"completed","model":"m","output":[{"type":"message","id":"y","#,
        r#""role":"assistant","status":"completed","content":[{"type":"output_text","text":"hi","annotations":[]}]}]}"#
    ),
];

/// What a kind must be told besides a key, and a model that is usual there. A kind that is not here needs nothing.
fn place(kind: &str) -> (Value, &'static str) {
    match kind {
        "openai-compatible" | "gatelet" => (json!({"base_url": "https://own.example/v1"}), "some-model"),
        "anthropic-compatible" => (json!({"base_url": "https://own.example"}), "some-model"),
        "openai" => (json!({}), "gpt-5.1"),
        "anthropic" => (json!({}), "claude-opus-4-8"),
        "gemini" => (json!({}), "gemini-3.1-pro-preview"),
        "cohere" => (json!({}), "command-a-03-2025"),
        "bedrock" => (json!({"region": "us-east-1"}), "us.anthropic.claude-opus-4-8-v1:0"),
        "vertex" => (json!({"region": "global", "project": "my-project"}), "gemini-3.1-pro-preview"),
        "azure" => (json!({"resource": "my-resource"}), "gpt-5.1"),
        "azure-foundry" => (json!({"resource": "my-resource"}), "gpt-5.1"),
        "workers-ai" => (json!({"account": "0123456789abcdef0123456789abcdef"}), "@cf/zai-org/glm-5.3"),
        "xai" => (json!({}), "grok-4.7"),
        "deepseek" => (json!({}), "deepseek-v4-pro"),
        "mistral" => (json!({}), "mistral-large-4"),
        "perplexity" => (json!({}), "sonar-reasoning-pro"),
        "moonshot" => (json!({}), "kimi-k3"),
        "zai" => (json!({}), "glm-5.3"),
        "minimax" => (json!({}), "MiniMax-M3"),
        "qwen" => (json!({}), "qwen3.7-plus"),
        "groq" | "cerebras" | "github" | "sambanova" => (json!({}), "gpt-oss-120b"),
        _ => (json!({}), "some-model"),
    }
}

/// Sends a request with that body to the provider of that kind. `more` is added to its configuration; a body's model is the
/// provider's usual one, unless it names another.
pub fn sent(kind: &str, more: &Value, path: &str, body: &Value) -> Sent {
    sent_or(kind, more, path, body).unwrap_or_else(|answer| panic!("{kind}: {answer}"))
}

/// The same, or what the caller is answered if nothing was sent.
pub fn sent_or(kind: &str, more: &Value, path: &str, body: &Value) -> Result<Sent, String> {
    let (mut provider, usual) = place(kind);
    provider["kind"] = json!(kind);
    let row = Kind::named(kind).expect("a kind");
    if !row.built_in {
        provider["api_key"] = json!("${KEY}");
    }
    for (name, value) in more.as_object().expect("an object") {
        provider[name] = value.clone();
    }
    let mut body = body.clone();
    let model = body.get("model").and_then(Value::as_str).unwrap_or(usual);
    body["model"] = json!(format!("p/{model}"));
    let config = json!({"providers": {"p": provider}}).to_string();
    let mut answered = None;
    for answer in ANSWERS {
        let bench = Bench::new(Unlimited, &config, vec![Script::json(200, answer); 9]);
        let request = Request::post(path).header("host", "localhost").header("user-agent", "test/1");
        let (head, told) = bench.call(request.body(Incoming::from(body.to_string())).expect("a request"));
        let Some((asked, sent)) = bench.world.sent.borrow().first().cloned() else { return Err(told) };
        let is_good = head.status.is_success();
        answered = Some((asked, sent, head));
        if is_good {
            break;
        }
    }
    let (asked, sent, head) = answered.expect("two answers");
    let mut headers: Vec<String> = asked
        .headers()
        .iter()
        .map(|(name, value)| format!("{name}: {}", value.to_str().expect("a text")))
        .filter(|line| !line.starts_with("user-agent: "))
        .collect();
    headers.sort();
    let adjusted = head.headers.get("x-gatelet-adjusted").map(|told| told.to_str().expect("a text").to_owned());
    Ok(Sent {
        uri: asked.uri().clone(),
        headers,
        body: String::from_utf8(sent.to_vec()).expect("UTF-8"),
        adjusted: adjusted.unwrap_or_default(),
    })
}
