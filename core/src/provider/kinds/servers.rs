//! Servers that people run themselves, and the mock.

use super::{Kind, OPENAI_COMPATIBLE};
use crate::dialect::Dialect::{Chat, Gemini, Messages, Responses};
use crate::dialect::DialectSet;

pub(super) static ROWS: &[Kind] = &[
    Kind {
        name: "ollama",
        title: "Ollama",
        documents: "https://docs.ollama.com/api/openai-compatibility",
        base_url: Some("http://127.0.0.1:11434/v1"),
        ..OPENAI_COMPATIBLE
    },
    Kind {
        name: "vllm",
        title: "vLLM",
        documents: "https://docs.vllm.ai/en/latest/serving/openai_compatible_server/",
        base_url: Some("http://127.0.0.1:8000/v1"),
        ..OPENAI_COMPATIBLE
    },
    Kind {
        name: "lmstudio",
        title: "LM Studio",
        documents: "https://lmstudio.ai/docs/developer/openai-compat",
        base_url: Some("http://127.0.0.1:1234/v1"),
        ..OPENAI_COMPATIBLE
    },
    Kind {
        name: "llamacpp",
        title: "llama.cpp",
        documents: "https://github.com/ggml-org/llama.cpp/tree/master/tools/server",
        base_url: Some("http://127.0.0.1:8080/v1"),
        ..OPENAI_COMPATIBLE
    },
    Kind {
        name: "mock",
        title: "the built-in mock",
        dialects: DialectSet::of(&[Chat, Responses, Messages, Gemini]),
        built_in: true,
        ..OPENAI_COMPATIBLE
    },
];
