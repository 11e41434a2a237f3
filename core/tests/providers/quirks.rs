//! The rules of vendors: a case each, from their documents.

use serde_json::{Value, json};

use crate::sent::{Sent, sent, sent_or};

fn with(mut body: Value, more: &Value) -> Value {
    for (name, value) in more.as_object().expect("an object") {
        body[name] = value.clone();
    }
    body
}

/// A chat request, relayed.
fn chat(kind: &str, more: &Value) -> Sent {
    let body = json!({"messages": [{"role": "user", "content": "hi"}]});
    sent(kind, &json!({}), "/v1/chat/completions", &with(body, more))
}

fn message(more: &Value) -> Value {
    with(json!({"max_tokens": 100, "messages": [{"role": "user", "content": "hi"}]}), more)
}

/// A request of Messages, asked in chat completions.
fn translated(kind: &str, more: &Value) -> Sent {
    sent(kind, &json!({"dialects": ["chat"]}), "/v1/messages", &message(more))
}

fn refused(kind: &str, more: &Value) -> String {
    let Err(answer) = sent_or(kind, &json!({"dialects": ["chat"]}), "/v1/messages", &message(more)) else {
        panic!("{kind} was asked")
    };
    answer
}

/// A request of Gemini's, asked in chat completions.
fn generated(kind: &str, config: &Value) -> Result<Sent, String> {
    let body = json!({"contents": [{"role": "user", "parts": [{"text": "hi"}]}], "generationConfig": config});
    sent_or(kind, &json!({"dialects": ["chat"]}), "/v1beta/models/p%2Fsome-model:generateContent", &body)
}

const TOOLS: &str = r#"[{"name": "f", "input_schema": {"type": "object"}}]"#;

fn forced(more: &Value) -> Value {
    let tools: Value = serde_json::from_str(TOOLS).expect("JSON");
    with(json!({"tools": tools, "tool_choice": {"type": "any"}}), more)
}

fn thinking(effort: &str) -> Value {
    json!({"thinking": {"type": "adaptive"}, "output_config": {"effort": effort}})
}

fn idle() -> Value {
    json!({"thinking": {"type": "disabled"}})
}

/// Unknown members are a 400 `property '…' is unsupported` at Groq, a 400 `wrong_api_format` at Cerebras, a 422
/// `extra_forbidden` at Mistral; what stands behind Hugging Face's router may be Cerebras.
#[test]
fn hints_that_strict_hosts_refuse_are_left_out_and_reported() {
    let hints = json!({"store": false, "metadata": {"a": "b"}, "user": "u", "prompt_cache_key": "k",
        "prompt_cache_retention": "24h", "safety_identifier": "s", "verbosity": "low"});
    for (kind, stays) in [
        ("groq", vec!["metadata", "store", "user"]),
        ("cerebras", vec!["prompt_cache_key", "user"]),
        ("mistral", vec!["metadata", "prompt_cache_key"]),
        (
            "huggingface",
            vec!["metadata", "prompt_cache_key", "prompt_cache_retention", "safety_identifier", "user", "verbosity"],
        ),
    ] {
        let sent = chat(kind, &hints);
        let body = sent.json();
        let members = hints.as_object().expect("an object");
        let left: Vec<_> = members.keys().filter(|name| body.get(*name).is_some()).collect();
        assert_eq!(left, stays, "{kind}");
        for gone in members.keys().filter(|name| body.get(*name).is_none()) {
            assert!(sent.adjusted.contains(&format!("{gone}=dropped")), "{kind}: {gone} in {}", sent.adjusted);
        }
    }
}

/// Mistral sends usage with its last event, and refuses to be asked for it: openai/openai-agents-python#442.
#[test]
fn mistral_is_not_asked_for_usage() {
    let relayed = chat("mistral", &json!({"stream": true, "stream_options": {"include_usage": true}}));
    assert_eq!((relayed.json().get("stream_options"), &*relayed.adjusted), (None, ""));
    let unasked = chat("mistral", &json!({"stream": true}));
    assert_eq!(unasked.json().get("stream_options"), None);
    assert_eq!(translated("mistral", &json!({"stream": true})).json().get("stream_options"), None);
}

/// Where the vendor's schema has `max_tokens` alone, the limit goes by that name. Others have both.
#[test]
fn the_limit_of_output_has_the_name_that_is_known_there() {
    for kind in [
        "mistral",
        "deepseek",
        "perplexity",
        "zai",
        "together",
        "baseten",
        "hyperbolic",
        "novita",
        "ollama",
        "lmstudio",
    ] {
        let sent = chat(kind, &json!({"max_completion_tokens": 9}));
        let body = sent.json();
        assert_eq!((&body["max_tokens"], body.get("max_completion_tokens")), (&json!(9), None), "{kind}");
        assert_eq!(sent.adjusted, "", "{kind}: nothing is lost");
        assert_eq!(translated(kind, &json!({})).json()["max_tokens"], 100, "{kind}");
    }
    for kind in ["groq", "xai", "cerebras", "openrouter", "fireworks", "moonshot", "minimax", "sambanova", "vllm"] {
        let body = chat(kind, &json!({"max_completion_tokens": 9})).json();
        assert_eq!(body["max_completion_tokens"], 9, "{kind}");
    }
    // "Unsupported parameter: 'max_tokens' is not supported with this model."
    assert_eq!(translated("github", &json!({"model": "openai/gpt-5"})).json()["max_completion_tokens"], 100);
    assert_eq!(translated("github", &json!({"model": "meta/Llama-4-Scout"})).json()["max_tokens"], 100);
}

/// mistralai `chatcompletionrequest.py`.
#[test]
fn mistral_calls_a_seed_random() {
    let sent = chat("mistral", &json!({"seed": 7}));
    assert_eq!((&sent.json()["random_seed"], sent.json().get("seed")), (&json!(7), None));
    let generated = generated("mistral", &json!({"seed": 7})).expect("a request").json();
    assert_eq!((&generated["random_seed"], generated.get("seed")), (&json!(7), None));
}

/// "Tool call id was … but must be a-z, A-Z, 0-9, with a length of 9."
#[test]
fn mistral_has_short_ids_of_calls() {
    let messages = json!([{"role": "user", "content": "hi"},
        {"role": "assistant", "content": [{"type": "tool_use", "id": "toolu_01A", "name": "f", "input": {}}]},
        {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "toolu_01A", "content": "r"}]}]);
    let tools: Value = serde_json::from_str(TOOLS).expect("JSON");
    let body = translated("mistral", &json!({"messages": messages, "tools": tools})).json();
    let id = body["messages"][1]["tool_calls"][0]["id"].as_str().expect("an id");
    assert!(id.len() == 9 && id.bytes().all(|byte| byte.is_ascii_alphanumeric()), "{id}");
    assert_eq!(body["messages"][2]["tool_call_id"], id);
}

/// https://docs.x.ai/developers/model-capabilities/text/reasoning
#[test]
fn xai_takes_neither_penalties_nor_stop() {
    let sent = chat("xai", &json!({"presence_penalty": 0, "frequency_penalty": 0.5}));
    assert_eq!((sent.json().get("presence_penalty"), sent.json().get("frequency_penalty")), (None, None));
    assert_eq!(sent.adjusted, "frequency_penalty=dropped, presence_penalty=dropped");
    let sent = translated("xai", &json!({"stop_sequences": ["END"]}));
    assert_eq!((sent.json().get("stop"), &*sent.adjusted), (None, "stop_sequences[0]=emulated"));
    let sent = generated("xai", &json!({"presencePenalty": 0.5})).expect("a request");
    assert_eq!(sent.json().get("presence_penalty"), None);
}

/// "reasoning.summary" is refused: can1357/oh-my-pi#7454.
#[test]
fn xai_is_asked_for_no_summary() {
    let body = message(
        &json!({"thinking": {"type": "adaptive", "display": "summarized"}, "output_config": {"effort": "xhigh"}}),
    );
    let sent = sent("xai", &json!({}), "/v1/messages", &body);
    assert_eq!(sent.uri.path(), "/v1/responses");
    assert_eq!(sent.json()["reasoning"], json!({"effort": "xhigh"}));
}

/// https://console.groq.com/docs/openai: a 400 for these; for Qwen's models an effort is `default` or `none`.
#[test]
fn groq_lacks_log_probabilities_and_several_answers() {
    for config in [json!({"responseLogprobs": true}), json!({"candidateCount": 2})] {
        assert!(generated("groq", &config).is_err(), "{config}");
    }
    for (model, effort, expected) in [
        ("qwen/qwen3-32b", "low", "default"),
        ("openai/gpt-oss-120b", "low", "low"),
        ("openai/gpt-oss-120b", "max", "high"),
    ] {
        let body = translated("groq", &with(thinking(effort), &json!({"model": model}))).json();
        assert_eq!(body["reasoning_effort"], expected, "{model} {effort}");
    }
    assert_eq!(
        translated("groq", &with(idle(), &json!({"model": "qwen/qwen3-32b"}))).json()["reasoning_effort"],
        "none"
    );
}

/// https://api-docs.deepseek.com/guides/thinking_mode, https://api-docs.deepseek.com/guides/json_mode
#[test]
fn deepseek_thinks_by_two_fields_and_wants_its_thoughts_back() {
    let on = translated("deepseek", &thinking("max")).json();
    assert_eq!((&on["thinking"], &on["reasoning_effort"]), (&json!({"type": "enabled"}), &json!("max")));
    let off = translated("deepseek", &idle()).json();
    assert_eq!((&off["thinking"], off.get("reasoning_effort")), (&json!({"type": "disabled"}), None));
    // Every assistant message has it, and an empty one will do: experientiallabs/experiential#890.
    let messages = json!([{"role": "user", "content": "hi"}, {"role": "assistant", "content": "a"},
        {"role": "user", "content": "more"}]);
    assert_eq!(translated("deepseek", &json!({"messages": messages})).json()["messages"][1]["reasoning_content"], "");
    let sent = translated("deepseek", &forced(&json!({})));
    assert_eq!(
        (&sent.json()["thinking"]["type"], &sent.json()["tool_choice"]),
        (&json!("disabled"), &json!("required"))
    );
    let schema = json!({"output_config": {"format": {"type": "json_schema", "schema": {"type": "object"}}}});
    assert!(refused("deepseek", &schema).contains("schema"));
}

/// https://platform.kimi.ai/docs/api/chat
#[test]
fn kimi_is_told_to_think_by_its_version() {
    let k3 = translated("moonshot", &with(thinking("medium"), &json!({"model": "kimi-k3"}))).json();
    assert_eq!((&k3["reasoning_effort"], k3.get("thinking")), (&json!("high"), None));
    let k2 = translated("moonshot", &with(thinking("high"), &json!({"model": "kimi-k2.6"}))).json();
    assert_eq!((&k2["thinking"], k2.get("reasoning_effort")), (&json!({"type": "enabled"}), None));
    let code = translated("moonshot", &with(thinking("high"), &json!({"model": "kimi-k2.7-code"}))).json();
    assert_eq!((code.get("thinking"), code.get("reasoning_effort")), (None, None));
    // Sampling is fixed.
    let sent = translated("moonshot", &json!({"temperature": 0.5}));
    assert_eq!((sent.json().get("temperature"), &*sent.adjusted), (None, "temperature=dropped"));
    // "tool_choice 'required' is incompatible with thinking enabled"
    let k2 = translated("moonshot", &forced(&json!({"model": "kimi-k2.6"}))).json();
    assert_eq!((&k2["thinking"]["type"], &k2["tool_choice"]), (&json!("disabled"), &json!("required")));
    refused("moonshot", &forced(&json!({"model": "kimi-k3"})));
}

/// https://docs.z.ai/api-reference/llm/chat-completion
#[test]
fn glm_is_told_to_think_by_its_version_and_chooses_its_tools() {
    let newest = translated("zai", &with(thinking("low"), &json!({"model": "glm-5.3"}))).json();
    assert_eq!((&newest["reasoning_effort"], newest.get("thinking")), (&json!("low"), None));
    let older = translated("zai", &with(idle(), &json!({"model": "glm-5.2"}))).json();
    assert_eq!((&older["thinking"]["type"], older.get("reasoning_effort")), (&json!("disabled"), None));
    assert_eq!(older["tool_stream"], true);
    refused("zai", &forced(&json!({})));
    let sent = generated("zai", &json!({"temperature": 1.5})).expect("a request");
    assert_eq!(sent.json()["temperature"], 1);
}

/// https://platform.minimax.io/docs/api-reference/text-openai-api
#[test]
fn minimax_keeps_its_thoughts_apart() {
    let on = translated("minimax", &thinking("high")).json();
    assert_eq!((&on["thinking"], &on["reasoning_split"]), (&json!({"type": "adaptive"}), &json!(true)));
    assert_eq!(translated("minimax", &idle()).json()["thinking"], json!({"type": "disabled"}));
    // What a client of its own says is its own.
    assert_eq!(chat("minimax", &json!({})).json().get("reasoning_split"), None);
}

/// https://www.alibabacloud.com/help/en/model-studio/deep-thinking
#[test]
fn qwen_is_told_to_think_and_does_not_while_it_must_call() {
    assert_eq!(translated("qwen", &thinking("high")).json()["enable_thinking"], true);
    assert_eq!(translated("qwen", &idle()).json()["enable_thinking"], false);
    let body = translated("qwen", &forced(&json!({}))).json();
    assert_eq!((&body["enable_thinking"], &body["tool_choice"]), (&json!(false), &json!("required")));
    let always = translated("qwen", &with(thinking("high"), &json!({"model": "qwen3.8-max"}))).json();
    assert_eq!((&always["reasoning_effort"], always.get("enable_thinking")), (&json!("xhigh"), None));
}

#[test]
fn others_are_told_to_think_in_their_own_words() {
    // https://docs.together.ai/docs/inference/chat/reasoning
    assert_eq!(translated("together", &idle()).json()["reasoning"], json!({"enabled": false}));
    let oss = translated("together", &with(thinking("low"), &json!({"model": "openai/gpt-oss-120b"}))).json();
    assert_eq!((&oss["reasoning_effort"], oss.get("reasoning")), (&json!("low"), None));
    // https://openrouter.ai/docs/guides/best-practices/reasoning-tokens
    let budget = json!({"thinking": {"type": "enabled", "budget_tokens": 2_000}, "max_tokens": 4_000});
    assert_eq!(translated("openrouter", &budget).json()["reasoning"], json!({"max_tokens": 2_000}));
    // https://novita.ai/docs/api-reference/model-apis-llm-create-chat-completion
    assert_eq!(translated("novita", &idle()).json()["enable_thinking"], false);
    // vLLM and SGLang hand it to the chat template.
    for kind in ["vllm", "sglang", "llamacpp", "sambanova", "nvidia"] {
        let body = translated(kind, &with(idle(), &json!({"model": "qwen3-32b"}))).json();
        assert_eq!(body["chat_template_kwargs"], json!({"enable_thinking": false}), "{kind}");
    }
    // https://docs.ollama.com/api/openai-compatibility
    assert_eq!(translated("ollama", &idle()).json()["reasoning_effort"], "none");
    // Nothing is documented.
    for kind in ["hyperbolic", "inference-net", "lmstudio"] {
        let sent = translated(kind, &thinking("high"));
        assert!(sent.json().get("reasoning_effort").is_none() && sent.adjusted.contains("dropped"), "{kind}");
    }
}

/// https://docs.ollama.com/api/openai-compatibility: base64 alone; no `tool_choice`.
#[test]
fn ollama_fetches_no_pictures_and_is_not_made_to_call() {
    let image = json!([{"role": "user", "content": [
        {"type": "image", "source": {"type": "url", "url": "https://x.example/y.png"}}]}]);
    refused("ollama", &json!({"messages": image}));
    assert!(translated("vllm", &json!({"messages": image})).body.contains("https://x.example/y.png"));
    refused("ollama", &forced(&json!({})));
}

/// Perplexity's usage comes with every event.
#[test]
fn perplexity_is_not_asked_for_usage() {
    assert_eq!(translated("perplexity", &json!({"stream": true})).json().get("stream_options"), None);
    assert_eq!(
        translated("together", &json!({"stream": true})).json()["stream_options"],
        json!({"include_usage": true})
    );
}

/// What a chat template does not know is told as the system's; OpenRouter and Cerebras have the role.
#[test]
fn developers_speak_where_they_are_known() {
    let body = json!({"input": [{"role": "developer", "content": "d"}, {"role": "user", "content": "q"}]});
    for (kind, role) in
        [("openrouter", "developer"), ("cerebras", "developer"), ("groq", "system"), ("deepseek", "system")]
    {
        let sent = sent(kind, &json!({"dialects": ["chat"]}), "/v1/responses", &body).json();
        assert_eq!(sent["messages"][0]["role"], role, "{kind}");
    }
}

/// A region's own hosts, for every dialect: the vendors' documents, mistralai `sdkconfiguration.py`.
#[test]
fn regions_have_hosts_of_their_own() {
    for (kind, region, path, expected) in [
        ("moonshot", "cn", "/v1/chat/completions", "https://api.moonshot.cn/v1/chat/completions"),
        ("moonshot", "cn", "/v1/messages", "https://api.moonshot.cn/anthropic/v1/messages"),
        ("minimax", "cn", "/v1/messages", "https://api.minimaxi.com/anthropic/v1/messages"),
        ("zai", "cn", "/v1/chat/completions", "https://open.bigmodel.cn/api/paas/v4/chat/completions"),
        ("zai", "cn", "/v1/messages", "https://open.bigmodel.cn/api/anthropic/v1/messages"),
        ("qwen", "cn", "/v1/chat/completions", "https://dashscope.aliyuncs.com/compatible-mode/v1/chat/completions"),
        ("mistral", "eu", "/v1/chat/completions", "https://api.eu.mistral.ai/v1/chat/completions"),
        ("xai", "us", "/v1/chat/completions", "https://us.api.x.ai/v1/chat/completions"),
    ] {
        let sent = sent(kind, &json!({"region": region}), path, &message(&json!({})));
        assert_eq!(sent.uri.to_string(), expected, "{kind} {region}");
    }
}

/// Where Messages stands beside what the base URL ends in, also behind a proxy of one's own.
#[test]
fn messages_have_their_own_place() {
    let told = json!({"dialects": ["messages"]});
    for (kind, expected) in [
        ("deepseek", "https://api.deepseek.com/anthropic/v1/messages"),
        ("deepinfra", "https://api.deepinfra.com/anthropic/v1/messages"),
        ("novita", "https://api.novita.ai/anthropic/v1/messages"),
        ("qwen", "https://dashscope-intl.aliyuncs.com/apps/anthropic/v1/messages"),
        ("fireworks", "https://api.fireworks.ai/inference/v1/messages"),
        ("sambanova", "https://api.sambanova.ai/v1/messages"),
        ("xai", "https://api.x.ai/v1/messages"),
        ("vllm", "http://127.0.0.1:8000/v1/messages"),
    ] {
        assert_eq!(sent(kind, &told, "/v1/messages", &message(&json!({}))).uri.to_string(), expected);
    }
    let proxied = json!({"base_url": "https://proxy.example/kimi/v1"});
    let sent = sent("moonshot", &proxied, "/v1/messages", &message(&json!({})));
    assert_eq!(sent.uri.to_string(), "https://proxy.example/kimi/anthropic/v1/messages");
}
