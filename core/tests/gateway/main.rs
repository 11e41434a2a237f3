//! A request's life, from its head to its last byte, against upstreams that misbehave: a file a step.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    missing_docs,
    reason = "a test"
)]

mod attempt;
mod authenticate;
mod bedrock;
mod cohere;
mod cost;
#[path = "../harness/mod.rs"]
mod harness;
mod identity;
mod judge;
mod listing;
mod mock;
mod relay;
mod request;
mod settle;
mod translate;
mod traps;
mod workers_ai;

use gatelet_core::Unlimited;
use harness::{Bench, Script, Step};

const CONFIG: &str = r#"{
    "timeouts": {"headers": "5s", "first_event": "20s", "idle": "40s", "commit": "10s", "total": "300s"},
    "providers": {
        "openai": {"api_key": "${OPENAI}"}, "claude": {"kind": "anthropic", "api_key": "${CLAUDE}"},
        "gemini": {"api_key": "${GEMINI}"}, "cohere": {"api_key": "${COHERE}"}, "bedrock": {"region": "us-east-1", "api_key": "${BEDROCK}"}, "plain": {"kind": "openai-compatible", "base_url": "http://plain.example/v1"}, "two": {"kind": "openai-compatible", "base_url": "http://two.example/v1", "dialects": ["chat", "responses"]},
        "keys": {"kind": "openai", "api_keys": ["${A}", "${B}"]}, "mock": {}
    },
    "models": {"both": {"targets": ["openai/a"], "fallbacks": ["two/b"]}, "mixed": {"targets": ["claude/claude-opus-4-8"], "fallbacks": ["two/b"]}}
}"#;

const CHAT: &str = r#"{"model":"openai/a","messages":[]}"#;
const CHAT_BOTH: &str = r#"{"model":"both","messages":[]}"#;
const STREAM: &str = r#"{"model":"openai/a","stream":true}"#;
const STREAM_BOTH: &str = r#"{"model":"both","stream":true}"#;
const ANSWER: &str =
    r#"{"id":"x","choices":[{"message":{"content":"hi"}}],"usage":{"prompt_tokens":9,"completion_tokens":3}}"#;

const ROLE: &str =
    "data: {\"choices\":[{\"delta\":{\"role\":\"assistant\",\"content\":\"\"},\"finish_reason\":null}]}\n\n";
const TEXT: &str = "data: {\"choices\":[{\"delta\":{\"content\":\"a\"},\"finish_reason\":null}]}\n\n";
const STOP: &str = "data: {\"choices\":[{\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n";
const USAGE: &str = "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":9,\"completion_tokens\":3}}\n\n";
const DONE: &str = "data: [DONE]\n\n";

fn bench(scripts: Vec<Script>) -> Bench<Unlimited> {
    Bench::new(Unlimited, CONFIG, scripts)
}

fn sends(events: &[&'static str]) -> Vec<Step> {
    events.iter().map(|event| Step::Send(event)).collect()
}
