//! Requests as clients send them, and what is sent on.

use serde_json::{Value, json};

use crate::dialect::Dialect::{self, Chat, Converse, Gemini, Messages, Responses};
use crate::dialect::adapt::{Adapted, adapt};
use crate::dialect::canonical::carrier::{self, Origin};
use crate::dialect::canonical::read::Doc;
use crate::dialect::canonical::target::{Forced, ReasoningField, Replay, Toggle};
use crate::dialect::canonical::{
    Arguments, At, Call, Part, PartKind, Quirks, Reasoning, Refusal, Report, Request, Role, Shown, Signed, Str, Target,
    Turn, Vendor,
};
use crate::dialect::codec::codec;
use crate::provider::row;

fn target(dialect: Dialect, model: &'static str) -> Target<'static> {
    let quirks = match dialect {
        Chat | Responses => &Quirks::OPENAI,
        Messages => &Quirks::ANTHROPIC,
        Gemini => &Quirks::GOOGLE,
        Converse => &Quirks::BEDROCK,
    };
    Target {
        dialect,
        model,
        row: row(model),
        max_output: row(model).max_output,
        quirks,
        scope: "",
        include_usage: true,
    }
}

fn compatible(quirks: &'static Quirks) -> Target<'static> {
    Target { quirks, ..target(Chat, "my-model") }
}

/// What a target is sent, and the header that says what was adjusted; or the path of what is refused.
fn sent(caller: Dialect, target: &Target<'_>, body: &Value) -> Result<(Value, String, Adapted), String> {
    let body = body.to_string();
    let doc = Doc::parse(&body).expect("JSON");
    let mut report = Report::default();
    let path = |refusal: Refusal| format!("{} {}", refusal.path(&doc), refusal.message());
    let decode = codec(caller).decode.expect("a client's dialect");
    let (mut request, _) = decode(doc.root(), &mut report).map_err(path)?;
    let adapted = adapt(&mut request, target, caller, &mut report).map_err(path)?;
    let bytes = (codec(target.dialect).encode)(&request, target, &mut report).map_err(path)?;
    Ok((serde_json::from_slice(&bytes).expect("JSON"), report.header(&doc).unwrap_or_default(), adapted))
}

/// A chat request with these members beside a message.
fn chat(members: &Value) -> Value {
    let mut body = json!({"messages": [{"role": "user", "content": "hi"}]});
    let (Some(body_), Some(members)) = (body.as_object_mut(), members.as_object()) else { return body };
    body_.extend(members.clone());
    body
}

/// The same of Messages.
fn messages(members: &Value) -> Value {
    let mut body = chat(members);
    if body.get("max_tokens").is_none() {
        body["max_tokens"] = json!(32_000);
    }
    body
}

#[test]
fn trap_05_system_turns_stay_where_they_are() {
    let body = json!({"max_tokens": 9, "system": [{"type": "text", "text": "S"}], "messages": [
        {"role": "user", "content": "a"},
        {"role": "system", "content": "Now B."},
        {"role": "assistant", "content": "b"},
        {"role": "user", "content": "c"},
        {"role": "system", "content": "Now D."},
        {"role": "user", "content": "d"}]});
    let (openai, header, _) = sent(Messages, &target(Chat, "gpt-4.1"), &body).expect("a request");
    let roles: Vec<_> = openai["messages"].as_array().expect("turns").iter().map(|turn| turn["role"].clone()).collect();
    assert_eq!(roles, ["system", "user", "system", "assistant", "user", "system", "user"]);
    assert_eq!(header, "");
    let (gemini, header, _) = sent(Messages, &target(Gemini, "gemini-2.5-flash"), &body).expect("a request");
    assert_eq!(gemini["systemInstruction"]["parts"], json!([{"text": "S"}]));
    assert_eq!(
        gemini["contents"],
        json!([
            {"role": "user", "parts": [{"text": "a"}, {"text": "<system-reminder>Now B.</system-reminder>"}]},
            {"role": "model", "parts": [{"text": "b"}]},
            {"role": "user", "parts": [{"text": "c"}, {"text": "<system-reminder>Now D.</system-reminder>"}, {"text": "d"}]}])
    );
    assert_eq!(header, "messages[1]=inlined, messages[4]=inlined");
    // Legal is the one before the model's turn.
    let (claude, header, _) = sent(Chat, &target(Messages, "claude-opus-4-8"), &body).expect("a request");
    let turns = claude["messages"].as_array().expect("turns");
    assert_eq!((&turns[1]["role"], &turns[4]["role"]), (&json!("system"), &json!("user")));
    assert!(header.contains("messages[4]=inlined") && !header.contains("messages[1]"), "{header}");
    let (old, header, _) = sent(Chat, &target(Messages, "claude-sonnet-4-5"), &body).expect("a request");
    assert_eq!(old["messages"][1]["role"], "user");
    assert!(header.contains("messages[1]=inlined"), "{header}");
}

#[test]
fn developers_are_known_to_openai() {
    let body = json!({"messages": [{"role": "developer", "content": "D"}, {"role": "user", "content": "hi"}]});
    let role = |target: &Target<'_>| {
        let body = body.to_string();
        let doc = Doc::parse(&body).expect("JSON");
        let mut report = Report::default();
        let (mut request, _) = (codec(Chat).decode.expect("it"))(doc.root(), &mut report).expect("a request");
        adapt(&mut request, target, Responses, &mut report).expect("a request");
        request.turns[0].role
    };
    assert_eq!(role(&target(Chat, "gpt-5")), Role::Developer);
    assert_eq!(role(&target(Responses, "gpt-5")), Role::Developer);
    assert_eq!(role(&compatible(&Quirks::COMPATIBLE)), Role::System);
    assert_eq!(role(&target(Messages, "claude-opus-5")), Role::System);
}

#[test]
fn trap_31_text_beside_results_comes_after_all_of_them() {
    let body = json!({"max_tokens": 9, "messages": [
        {"role": "user", "content": "go"},
        {"role": "assistant", "content": [
            {"type": "tool_use", "id": "a", "name": "f", "input": {}},
            {"type": "tool_use", "id": "b", "name": "g", "input": {}}]},
        {"role": "user", "content": [
            {"type": "tool_result", "tool_use_id": "b", "content": "B"},
            {"type": "text", "text": "and"},
            {"type": "tool_result", "tool_use_id": "a", "content": "A"}]}],
        "tools": [{"name": "f", "input_schema": {"type": "object"}}, {"name": "g", "input_schema": {"type": "object"}}]});
    let (openai, ..) = sent(Messages, &target(Chat, "gpt-4.1"), &body).expect("a request");
    let turns = openai["messages"].as_array().expect("turns");
    assert_eq!(turns[2]["tool_call_id"], "b");
    assert_eq!(turns[3]["tool_call_id"], "a");
    assert_eq!((&turns[4]["role"], turns.len()), (&json!("user"), 5));
    // Gemini: in the calls' order, alone, each with its tool's name.
    let (gemini, ..) = sent(Messages, &target(Gemini, "gemini-2.5-flash"), &body).expect("a request");
    let names: Vec<_> = gemini["contents"][2]["parts"]
        .as_array()
        .expect("parts")
        .iter()
        .map(|part| part["functionResponse"]["name"].clone())
        .collect();
    assert_eq!(names, ["f", "g"]);
    assert_eq!(gemini["contents"][3], json!({"role": "user", "parts": [{"text": "and"}]}));
    let (bedrock, ..) = sent(Messages, &target(Converse, "anthropic.claude-opus-4-6-v1"), &body).expect("a request");
    let kinds: Vec<_> = bedrock["messages"][2]["content"]
        .as_array()
        .expect("parts")
        .iter()
        .map(|part| part.as_object().and_then(|part| part.keys().next().cloned()).unwrap_or_default())
        .collect();
    assert_eq!(kinds, ["toolResult", "toolResult", "text"]);
}

#[test]
fn a_result_without_its_call_cannot_be_named() {
    let body = json!({"max_tokens": 9, "messages": [
        {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "x", "content": "X"}]}]});
    let refused = sent(Messages, &target(Gemini, "gemini-2.5-flash"), &body).expect_err("a refusal");
    assert!(refused.starts_with("messages[0].content[0] "), "{refused}");
    sent(Messages, &target(Chat, "gpt-4.1"), &body).expect("the upstream's 400");
}

#[test]
fn what_says_nothing_is_left_out() {
    let body = json!({"max_tokens": 9, "messages": [
        {"role": "user", "content": [
            {"type": "text", "text": "a"},
            {"type": "text", "text": "", "cache_control": {"type": "ephemeral"}}]},
        {"role": "assistant", "content": ""},
        {"role": "user", "content": "b"}]});
    let (bedrock, header, _) =
        sent(Messages, &target(Converse, "us.anthropic.claude-sonnet-4-5-20250929-v1:0"), &body).expect("a request");
    assert_eq!(
        bedrock["messages"],
        json!([{"role": "user", "content": [{"text": "a"}, {"cachePoint": {"type": "default"}}, {"text": "b"}]}])
    );
    assert_eq!(header, "");
}

#[test]
fn a_models_words_of_refusal_are_text_elsewhere() {
    let body = json!({"messages": [
        {"role": "user", "content": "hi", "name": "Ann"},
        {"role": "assistant", "content": null, "refusal": "No."},
        {"role": "user", "content": "ok"}]});
    let (claude, header, _) = sent(Chat, &target(Messages, "claude-opus-5"), &body).expect("a request");
    assert!(claude["messages"][1].to_string().contains(r#""No.""#), "{claude}");
    assert_eq!(header, "messages[0].name=dropped");
}

#[test]
fn only_some_go_on_with_what_the_model_has_said() {
    let body = messages(&json!({"messages": [
        {"role": "user", "content": "hi"}, {"role": "assistant", "content": "I"}]}));
    let refused = sent(Messages, &target(Chat, "gpt-4.1"), &body).expect_err("a refusal");
    assert!(refused.starts_with("messages[1] "), "{refused}");
    sent(Messages, &target(Gemini, "gemini-2.5-flash"), &body).expect("a request");
    let calls = messages(&json!({"messages": [{"role": "user", "content": "hi"},
        {"role": "assistant", "content": [{"type": "tool_use", "id": "a", "name": "f", "input": {}}]}]}));
    sent(Messages, &target(Chat, "gpt-4.1"), &calls).expect("the upstream's 400");
}

/// `reasoning` as chat asks for it, at models of all kinds: what is sent, and what is adjusted.
#[test]
fn reasoning_is_asked_for_as_the_model_takes_it() {
    let claude = |thinking: Value, effort: Value| json!({"thinking": thinking, "output_config": effort});
    let manual = |budget: u64| claude(json!({"type": "enabled", "budget_tokens": budget}), Value::Null);
    let adaptive =
        |effort: &str| claude(json!({"type": "adaptive", "display": "summarized"}), json!({"effort": effort}));
    let off = claude(json!({"type": "disabled"}), Value::Null);
    let effort = |effort: &str| json!({"reasoning_effort": effort});
    let cases: &[(Dialect, &'static str, Value, Value, &str)] = &[
        (Messages, "claude-opus-4-7", effort("high"), adaptive("high"), ""),
        (Messages, "claude-opus-4-6", effort("xhigh"), adaptive("max"), "reasoning_effort=clamped:xhigh>max"),
        (Messages, "claude-opus-5-5", effort("none"), adaptive("low"), "reasoning_effort=clamped:none>low"),
        (
            Messages,
            "claude-sonnet-5-5",
            effort("none"),
            claude(json!({"type": "between_tools"}), Value::Null),
            "reasoning_effort=clamped:none>between_tools",
        ),
        (Messages, "claude-opus-5", effort("none"), off.clone(), ""),
        (Messages, "claude-sonnet-4-5", effort("none"), off.clone(), ""),
        (Messages, "claude-sonnet-4-5", effort("medium"), manual(10_240), ""),
        (
            Messages,
            "claude-sonnet-4-5",
            json!({"thinking": {"type": "enabled", "budget_tokens": 2_000}}),
            manual(2_000),
            "",
        ),
        (
            Messages,
            "claude-sonnet-4-5",
            json!({"reasoning_effort": "high", "max_tokens": 5_000}),
            manual(4_000),
            "reasoning_effort=approximated:max_tokens",
        ),
        (
            Messages,
            "claude-sonnet-4-5",
            json!({"thinking": {"type": "enabled", "budget_tokens": 9_000}, "max_tokens": 5_000}),
            manual(4_999),
            "thinking.budget_tokens=clamped:9000>4999",
        ),
        (
            Messages,
            "claude-sonnet-4-5",
            json!({"reasoning_effort": "low", "max_tokens": 1_000}),
            off.clone(),
            "reasoning_effort=disabled:max_tokens",
        ),
        (
            Messages,
            "claude-opus-4-7",
            json!({"thinking": {"type": "enabled", "budget_tokens": 5_000}}),
            adaptive("low"),
            "thinking.budget_tokens=approximated",
        ),
        (
            Messages,
            "claude-opus-4-6",
            json!({"thinking": {"type": "enabled", "budget_tokens": 5_000}}),
            claude(json!({"type": "enabled", "budget_tokens": 5_000, "display": "summarized"}), Value::Null),
            "",
        ),
        (Messages, "claude-opus-4-7", json!({}), claude(Value::Null, Value::Null), ""),
        (
            Gemini,
            "gemini-3-pro-preview",
            effort("medium"),
            json!({"thinkingLevel": "HIGH", "includeThoughts": true}),
            "reasoning_effort=clamped:medium>high",
        ),
        (
            Gemini,
            "gemini-3-flash-preview",
            effort("none"),
            json!({"thinkingLevel": "MINIMAL", "includeThoughts": true}),
            "reasoning_effort=clamped:none>minimal",
        ),
        (
            Gemini,
            "gemini-2.5-pro",
            effort("none"),
            json!({"thinkingBudget": 128, "includeThoughts": true}),
            "reasoning_effort=clamped:0>128",
        ),
        (Gemini, "gemini-2.5-flash", effort("none"), json!({"thinkingBudget": 0}), ""),
        (
            Gemini,
            "gemini-2.5-flash",
            effort("max"),
            json!({"thinkingBudget": 24_576, "includeThoughts": true}),
            "reasoning_effort=clamped:49152>24576",
        ),
        (
            Gemini,
            "gemini-2.5-flash",
            json!({"thinking": {"type": "enabled"}}),
            json!({"thinkingBudget": -1, "includeThoughts": true}),
            "",
        ),
        (Converse, "us.anthropic.claude-opus-4-7", effort("low"), adaptive("low"), ""),
        (Converse, "openai.gpt-oss-120b-1:0", effort("minimal"), json!("low"), "reasoning_effort=clamped:minimal>low"),
        (Converse, "meta.llama3-3-70b-instruct-v1:0", effort("low"), Value::Null, "reasoning_effort=dropped"),
        (Converse, "deepseek.v3-v1:0", effort("low"), Value::Null, "reasoning_effort=dropped"),
        (Converse, "meta.llama3-3-70b-instruct-v1:0", effort("none"), Value::Null, ""),
    ];
    for (dialect, model, members, expected, adjusted) in cases {
        let mut members = members.clone();
        if *dialect == Messages && members.get("max_tokens").is_none() {
            members["max_tokens"] = json!(32_000);
        }
        let (body, header, _) = sent(Chat, &target(*dialect, model), &chat(&members)).expect("a request");
        let told = match dialect {
            Messages => claude(body["thinking"].clone(), body["output_config"].clone()),
            Gemini => body["generationConfig"]["thinkingConfig"].clone(),
            _ if model.contains("claude") => {
                claude(body["additionalModelRequestFields"]["thinking"].clone(), body["outputConfig"].clone())
            }
            _ => body["additionalModelRequestFields"]["reasoning_effort"].clone(),
        };
        assert_eq!((&told, &*header), (expected, *adjusted), "{model} {members}");
    }
}

#[test]
fn messages_asks_openai_by_effort() {
    let cases: &[(&'static str, Value, Value, &str)] = &[
        (
            "gpt-5",
            json!({"thinking": {"type": "enabled", "budget_tokens": 10_240}}),
            json!("medium"),
            "thinking.budget_tokens=approximated",
        ),
        ("gpt-5", json!({"thinking": {"type": "adaptive"}}), Value::Null, ""),
        ("gpt-5", json!({"thinking": {"type": "disabled"}}), json!("minimal"), "thinking=clamped:none>minimal"),
        ("gpt-5.1", json!({"thinking": {"type": "disabled"}}), json!("none"), ""),
        ("gpt-5", json!({"output_config": {"effort": "max"}}), json!("high"), "output_config.effort=clamped:max>high"),
        (
            "gpt-4.1",
            json!({"thinking": {"type": "enabled", "budget_tokens": 2_000}}),
            Value::Null,
            "thinking.budget_tokens=dropped",
        ),
        ("gpt-4.1", json!({"thinking": {"type": "disabled"}}), Value::Null, ""),
        (
            "gpt-5.1",
            json!({"thinking": {"type": "disabled"}, "output_config": {"effort": "high"}}),
            json!("none"),
            "output_config.effort=dropped",
        ),
    ];
    for (model, members, expected, adjusted) in cases {
        let (body, header, _) = sent(Messages, &target(Chat, model), &messages(members)).expect("a request");
        assert_eq!((&body["reasoning_effort"], &*header), (expected, *adjusted), "{model} {members}");
    }
}

/// In Messages an effort is of all that is said: it makes no model think, and none that is told not to.
#[test]
fn an_effort_of_messages_makes_no_claude_think() {
    let high = json!({"output_config": {"effort": "high"}});
    let idle = json!({"thinking": {"type": "disabled"}, "output_config": {"effort": "high"}});
    for (model, members, thinking, effort, adjusted) in [
        ("us.anthropic.claude-opus-4-8-v1:0", &high, Value::Null, json!("high"), ""),
        ("us.anthropic.claude-opus-4-8-v1:0", &idle, json!("disabled"), json!("high"), ""),
        ("anthropic.claude-opus-4-5-20251101-v1:0", &high, Value::Null, json!("high"), ""),
        ("anthropic.claude-sonnet-4-5-20250929-v1:0", &high, Value::Null, Value::Null, "output_config.effort=dropped"),
        (
            "anthropic.claude-sonnet-4-5-20250929-v1:0",
            &idle,
            json!("disabled"),
            Value::Null,
            "output_config.effort=dropped",
        ),
    ] {
        let (body, header, _) = sent(Messages, &target(Converse, model), &messages(members)).expect("a request");
        let told =
            (&body["additionalModelRequestFields"]["thinking"]["type"], &body["outputConfig"]["effort"], &*header);
        assert_eq!(told, (&thinking, &effort, adjusted), "{model} {members}");
    }
}

#[test]
fn other_chat_servers_are_asked_in_their_own_way() {
    static OBJECT: Quirks = Quirks { reasoning: ReasoningField::Object, ..Quirks::COMPATIBLE };
    static ON: Quirks = Quirks { reasoning: ReasoningField::Toggle(Toggle::EnableThinking), ..Quirks::COMPATIBLE };
    static NONE: Quirks = Quirks { reasoning: ReasoningField::None, ..Quirks::COMPATIBLE };
    let body = messages(&json!({"thinking": {"type": "enabled", "budget_tokens": 3_000}}));
    let (object, header, _) = sent(Messages, &compatible(&OBJECT), &body).expect("a request");
    assert_eq!((&object["reasoning"]["max_tokens"], &*header), (&json!(3_000), ""));
    let (on, header, _) = sent(Messages, &compatible(&ON), &body).expect("a request");
    assert_eq!((&on["enable_thinking"], &*header), (&json!(true), "thinking.budget_tokens=approximated:on"));
    let (none, header, _) = sent(Messages, &compatible(&NONE), &body).expect("a request");
    assert!(none.get("reasoning_effort").is_none());
    assert_eq!(header, "thinking.budget_tokens=dropped");
}

#[test]
fn a_chat_server_that_lacks_something_is_not_sent_it() {
    use crate::dialect::canonical::Feature;
    static LACKS: Quirks = Quirks {
        lacks: &[Feature::PresencePenalty, Feature::CacheKey, Feature::Logprobs, Feature::EndUser],
        names: false,
        stop: false,
        schemas: false,
        cool: true,
        ..Quirks::COMPATIBLE
    };
    let target = compatible(&LACKS);
    let body = json!({"model": "m", "messages": [{"role": "user", "name": "ann", "content": "q"}],
        "presence_penalty": 0.5, "prompt_cache_key": "k", "safety_identifier": "u", "stop": ["END"], "temperature": 1.5});
    let (sent_body, header, adapted) = sent(Chat, &target, &body).expect("a request");
    let expected = json!({"model": "my-model", "temperature": 1, "messages": [{"role": "user", "content": "q"}]});
    assert_eq!(sent_body, expected);
    for part in [
        "presence_penalty=dropped",
        "prompt_cache_key=dropped",
        "safety_identifier=dropped",
        "stop[0]=emulated",
        "temperature=clamped:1.5>1",
        "messages[0].name=dropped",
    ] {
        assert!(header.contains(part), "{part} in {header}");
    }
    assert_eq!(adapted.stop, ["END"]);
    // The answer would lack what was asked for.
    let body = json!({"model": "m", "messages": [{"role": "user", "content": "q"}], "logprobs": true});
    assert!(sent(Chat, &target, &body).is_err());
    let body = json!({"model": "m", "messages": [{"role": "user", "content": "q"}],
        "response_format": {"type": "json_schema", "json_schema": {"name": "n", "schema": {"type": "object"}}}});
    assert!(sent(Chat, &target, &body).is_err());
}

#[test]
fn a_summary_is_asked_of_who_tells_one() {
    static NONE: Quirks = Quirks { summaries: false, ..Quirks::COMPATIBLE };
    let body = messages(&json!({"thinking": {"type": "enabled", "budget_tokens": 3_000, "display": "summarized"}}));
    for (quirks, expected) in [(&Quirks::COMPATIBLE, json!("auto")), (&NONE, Value::Null)] {
        let target = Target { dialect: Responses, ..compatible(quirks) };
        let (body, _, _) = sent(Messages, &target, &body).expect("a request");
        assert_eq!(body["reasoning"]["summary"], expected);
    }
}

/// Servers whose models cannot be made to call a tool while they think: then they do not think, and where they always do,
/// the next target is asked.
#[test]
fn a_forced_tool_and_a_thinking_model_of_a_chat_server() {
    static IDLE: Quirks =
        Quirks { forced: Forced::Idle, reasoning: ReasoningField::ThinkingEffort, ..Quirks::COMPATIBLE };
    static NEVER: Quirks = Quirks { forced: Forced::Never, ..IDLE };
    let tools = json!([{"name": "f", "input_schema": {"type": "object"}}]);
    let forced = messages(&json!({"tools": tools, "tool_choice": {"type": "any"}}));
    let (body, header, _) = sent(Messages, &compatible(&IDLE), &forced).expect("a request");
    assert_eq!(
        (&body["thinking"]["type"], &body["tool_choice"], &*header),
        (&json!("disabled"), &json!("required"), "")
    );
    let thinking = json!({"type": "enabled", "budget_tokens": 2_000});
    let asked = messages(&json!({"tools": tools, "tool_choice": {"type": "any"}, "thinking": thinking}));
    let (body, header, _) = sent(Messages, &compatible(&IDLE), &asked).expect("a request");
    assert_eq!((&body["thinking"]["type"], &*header), (&json!("disabled"), "thinking=disabled:tool_choice"));
    let free = messages(&json!({"tools": tools, "tool_choice": {"type": "auto"}}));
    let (body, _, _) = sent(Messages, &compatible(&IDLE), &free).expect("a request");
    assert_eq!(body.get("thinking"), None);
    let always = Target { row: row("gpt-oss-120b"), ..compatible(&IDLE) };
    assert!(sent(Messages, &always, &forced).is_err());
    assert!(sent(Messages, &compatible(&NEVER), &forced).is_err());
}

#[test]
fn a_budget_goes_with_no_forced_tool_and_needs_its_thought() {
    let tools = json!([{"name": "f", "input_schema": {"type": "object"}}]);
    let thinking = json!({"type": "enabled", "budget_tokens": 2_000});
    let forced = messages(&json!({"thinking": thinking, "tools": tools, "tool_choice": {"type": "any"}}));
    let manual = target(Converse, "anthropic.claude-sonnet-4-5-20250929-v1:0");
    let fields = |body: &Value| body["additionalModelRequestFields"]["thinking"]["type"].clone();
    let (body, header, _) = sent(Messages, &manual, &forced).expect("a request");
    assert_eq!((fields(&body), &*header), (json!("disabled"), "thinking.budget_tokens=disabled:forced-tool"));
    let both = target(Converse, "anthropic.claude-opus-4-6-v1");
    let (body, header, _) = sent(Messages, &both, &forced).expect("a request");
    assert_eq!((fields(&body), &*header), (json!("adaptive"), "thinking.budget_tokens=approximated"));

    let call = json!({"type": "tool_use", "id": "a", "name": "f", "input": {}});
    let history = |parts: Value| {
        messages(&json!({"thinking": thinking, "tools": tools, "messages": [
            {"role": "user", "content": "go"},
            {"role": "assistant", "content": parts},
            {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "a", "content": "A"}]}]}))
    };
    let (body, header, _) = sent(Messages, &manual, &history(json!([call]))).expect("a request");
    assert_eq!((fields(&body), &*header), (json!("disabled"), "thinking.budget_tokens=disabled:no-signature"));
    // What is said beside a result is the same turn to the API; a turn of its own behind an answer is a new one.
    let mut beside = history(json!([call]));
    let turns = beside["messages"].as_array_mut().expect("turns");
    turns.push(json!({"role": "user", "content": "quick"}));
    let (body, ..) = sent(Messages, &manual, &beside).expect("a request");
    assert_eq!(fields(&body), json!("disabled"));
    let turns = beside["messages"].as_array_mut().expect("turns");
    turns.extend([json!({"role": "assistant", "content": "A"}), json!({"role": "user", "content": "and B?"})]);
    let (body, ..) = sent(Messages, &manual, &beside).expect("a request");
    assert_eq!(fields(&body), json!("enabled"));
    let own = json!({"type": "thinking", "thinking": "", "signature": "EqQB"});
    let (body, header, _) = sent(Messages, &manual, &history(json!([own, call]))).expect("a request");
    assert_eq!((fields(&body), &*header), (json!("enabled"), ""));
    assert!(body["messages"][1]["content"][0].to_string().contains("EqQB"), "{body}");
}

#[test]
fn sampling_is_what_the_model_takes() {
    let both = json!({"temperature": 1.5, "top_p": 0.5, "top_k": 7});
    let cases: &[(Dialect, &'static str, Value, Value, &str)] = &[
        (
            Messages,
            "claude-3-5-haiku-20241022",
            both.clone(),
            json!({"temperature": 1, "top_p": 0.5, "top_k": 7}),
            "temperature=clamped:1.5>1",
        ),
        (
            Messages,
            "claude-sonnet-4-5",
            both.clone(),
            json!({"temperature": 1, "top_k": 7}),
            "temperature=clamped:1.5>1, top_p=dropped",
        ),
        (Messages, "claude-opus-4-7", both.clone(), json!({}), "temperature=dropped, top_k=dropped, top_p=dropped"),
        (Messages, "claude-opus-4-7", json!({"temperature": 1.0}), json!({}), ""),
        (Messages, "claude-sonnet-4-5", json!({"temperature": 1, "top_p": 1}), json!({"temperature": 1}), ""),
        (
            Messages,
            "claude-sonnet-4-5",
            json!({"temperature": 0.5, "top_k": 7, "reasoning_effort": "low"}),
            json!({}),
            "temperature=dropped, top_k=dropped",
        ),
        (
            Messages,
            "claude-sonnet-4-5",
            json!({"top_p": 0.5, "reasoning_effort": "low"}),
            json!({"top_p": 0.95}),
            "top_p=clamped:0.5>0.95",
        ),
        (Gemini, "gemini-2.5-flash", both.clone(), json!({"temperature": 1.5, "topP": 0.5, "topK": 7}), ""),
        (Gemini, "gemini-3.8-flash", both.clone(), json!({}), "temperature=dropped, top_k=dropped, top_p=dropped"),
        (
            Converse,
            "amazon.nova-pro-v1:0",
            both.clone(),
            json!({"temperature": 1, "topP": 0.5}),
            "temperature=clamped:1.5>1, top_k=dropped",
        ),
    ];
    for (dialect, model, members, expected, adjusted) in cases {
        let mut members = members.clone();
        members["max_tokens"] = json!(8_000);
        let (body, header, _) = sent(Chat, &target(*dialect, model), &chat(&members)).expect("a request");
        let told = match dialect {
            Gemini => body["generationConfig"].clone(),
            Converse => body["inferenceConfig"].clone(),
            _ => body,
        };
        let found: serde_json::Map<String, Value> = ["temperature", "top_p", "top_k", "topP", "topK"]
            .into_iter()
            .filter_map(|key| told.get(key).map(|value| (key.to_owned(), value.clone())))
            .collect();
        assert_eq!((&Value::Object(found), &*header), (expected, *adjusted), "{model} {members}");
    }
    // Gemini's seed has 32 bits.
    for (seed, taken) in [("7", true), ("-7", true), ("7.0", true), ("2147483648", false), ("9007199254740993", false)]
    {
        let seed: Value = serde_json::from_str(seed).expect("a number");
        let (body, header, _) =
            sent(Chat, &target(Gemini, "gemini-2.5-flash"), &chat(&json!({"seed": seed}))).expect("a request");
        assert_eq!(body["generationConfig"].get("seed").is_some(), taken, "{seed}");
        assert_eq!(header == "seed=dropped", !taken, "{seed}");
    }
    // OpenAI's models that think: some take it as long as they do not.
    for (model, effort, taken) in [
        ("gpt-4.1", None, true),
        ("gpt-5", None, false),
        ("gpt-5.1", None, true),
        ("gpt-5.1", Some("low"), false),
        ("gpt-5.6", None, false),
        ("gpt-5.6", Some("none"), true),
        ("o3", None, false),
    ] {
        let thinking = match effort {
            None => Value::Null,
            Some("none") => json!({"type": "disabled"}),
            Some(_) => json!({"type": "enabled", "budget_tokens": 4_096}),
        };
        let body = messages(&json!({"temperature": 0.5, "thinking": thinking}));
        let (body, header, _) = sent(Messages, &target(Chat, model), &body).expect("a request");
        assert_eq!(body.get("temperature").is_some(), taken, "{model}");
        assert_eq!(header.contains("temperature=dropped"), !taken, "{model}");
    }
}

#[test]
fn trap_39_limits_are_the_models() {
    let limit = |caller, target: &Target<'_>, body: &Value| {
        let (sent, header, _) = sent(caller, target, body).expect("a request");
        let told = ["max_tokens", "max_completion_tokens", "max_output_tokens"].map(|key| sent[key].clone());
        (told.into_iter().find(|limit| !limit.is_null()), header)
    };
    let claude = target(Messages, "claude-haiku-4-5");
    assert_eq!(limit(Chat, &claude, &chat(&json!({}))), (Some(json!(64_000)), String::new()));
    assert_eq!(
        limit(Chat, &claude, &chat(&json!({"max_tokens": 100_000}))),
        (Some(json!(64_000)), "max_tokens=clamped:100000>64000".to_owned())
    );
    let unknown = target(Messages, "kimi-k3");
    assert_eq!(limit(Chat, &unknown, &chat(&json!({}))).0, Some(json!(8_192)));
    assert_eq!(
        limit(Messages, &target(Chat, "gpt-4o"), &messages(&json!({"max_tokens": 64_000}))),
        (Some(json!(16_384)), "max_tokens=clamped:64000>16384".to_owned())
    );
    assert_eq!(limit(Chat, &target(Chat, "gpt-4o"), &chat(&json!({}))).0, None);
    let refused = sent(Messages, &target(Chat, "gpt-4o"), &messages(&json!({"max_tokens": 0}))).expect_err("a refusal");
    assert!(refused.starts_with("max_tokens "), "{refused}");
}

#[test]
fn stop_sequences_are_counted_or_looked_for() {
    let body = |stop: Value| messages(&json!({"stop_sequences": stop}));
    let five = json!(["a", "b", "c", "d", "e"]);
    let refused = sent(Messages, &target(Chat, "gpt-4.1"), &body(five.clone())).expect_err("a refusal");
    assert!(refused.starts_with("stop_sequences[4] "), "{refused}");
    sent(Messages, &target(Gemini, "gemini-2.5-pro"), &body(five.clone())).expect("five");
    let (told, header, adapted) = sent(Messages, &target(Chat, "o3"), &body(five.clone())).expect("looked for");
    assert!(told.get("stop").is_none());
    assert_eq!(adapted.stop, ["a", "b", "c", "d", "e"]);
    assert!(header.starts_with("stop_sequences[0]=emulated, "), "{header}");
    let blank = chat(&json!({"stop": "\n"}));
    for claude in [target(Messages, "claude-opus-5"), target(Converse, "us.anthropic.claude-opus-5")] {
        let refused = sent(Chat, &claude, &blank).expect_err("a refusal");
        assert!(refused.starts_with("stop "), "{refused}");
    }
    sent(Chat, &target(Converse, "us.amazon.nova-pro-v1:0"), &blank).expect("a request");
}

#[test]
fn trap_40_marks_stay_on_their_parts_and_the_first_goes() {
    let mark = json!({"type": "ephemeral"});
    let hour = json!({"type": "ephemeral", "ttl": "1h"});
    let text = |text: &str, mark: &Value| json!({"type": "text", "text": text, "cache_control": mark});
    let body = messages(&json!({
        "system": [text("s", &hour)],
        "tools": [{"name": "f", "input_schema": {"type": "object"}, "cache_control": mark}],
        "messages": [
            {"role": "user", "content": [text("a", &mark), text("b", &mark)]},
            {"role": "assistant", "content": "c"},
            {"role": "user", "content": [text("d", &mark)]}]}));
    let (bedrock, header, _) = sent(Messages, &target(Converse, "anthropic.claude-opus-4-6-v1"), &body).expect("it");
    assert_eq!(header, "tools[0].cache_control=dropped");
    assert_eq!(bedrock["system"], json!([{"text": "s"}, {"cachePoint": {"type": "default", "ttl": "1h"}}]));
    assert_eq!(
        bedrock["messages"][0]["content"],
        json!([{"text": "a"}, {"cachePoint": {"type": "default"}}, {"text": "b"}, {"cachePoint": {"type": "default"}}])
    );
    let (_, header, _) = sent(Messages, &target(Gemini, "gemini-2.5-pro"), &body).expect("it");
    assert_eq!(header.matches("=dropped").count(), 5, "{header}");
    // OpenAI's shortest is half an hour.
    let (_, header, _) = sent(Messages, &target(Chat, "gpt-5.6"), &body).expect("it");
    assert!(header.contains("system[0].cache_control=approximated"), "{header}");
    let moving = messages(&json!({"cache_control": {"type": "ephemeral"}}));
    let (bedrock, header, _) = sent(Messages, &target(Converse, "anthropic.claude-opus-4-6-v1"), &moving).expect("it");
    assert_eq!(bedrock["messages"][0]["content"], json!([{"text": "hi"}, {"cachePoint": {"type": "default"}}]));
    assert_eq!(header, "cache_control=approximated");
}

#[test]
fn marks_that_keep_longer_stand_before_those_that_keep_shorter() {
    let mark = |ttl| json!({"type": "text", "text": "t", "prompt_cache_breakpoint": {"mode": "explicit", "ttl": ttl}});
    let body = json!({"messages": [{"role": "user", "content": [mark("12h"), mark("30m"), mark("12h")]}]});
    let (claude, header, _) = sent(Chat, &target(Messages, "claude-opus-5"), &body).expect("it");
    let ttls: Vec<_> = (0..3).map(|at| &claude["messages"][0]["content"][at]["cache_control"]["ttl"]).collect();
    assert_eq!(ttls, ["1h", "5m", "5m"]);
    assert_eq!(header.matches("approximated").count(), 3, "{header}");
}

#[test]
fn tiers_users_and_labels_in_the_targets_words() {
    let tier = |caller, target: &Target<'_>, word: &str| {
        let body = if caller == Messages {
            messages(&json!({"service_tier": word}))
        } else {
            chat(&json!({"service_tier": word}))
        };
        let (sent, header, _) = sent(caller, target, &body).expect("a request");
        let told = [&sent["service_tier"], &sent["serviceTier"]].into_iter().find(|tier| !tier.is_null()).cloned();
        (told.unwrap_or_default(), header)
    };
    let claude = target(Messages, "claude-opus-5");
    assert_eq!(tier(Chat, &claude, "default"), (json!("standard_only"), String::new()));
    assert_eq!(tier(Chat, &claude, "priority"), (Value::Null, "service_tier=approximated:auto".to_owned()));
    assert_eq!(tier(Chat, &claude, "flex"), (Value::Null, "service_tier=dropped".to_owned()));
    assert_eq!(tier(Messages, &target(Chat, "gpt-4.1"), "standard_only"), (json!("default"), String::new()));
    assert_eq!(tier(Messages, &compatible(&Quirks::COMPATIBLE), "standard_only"), (Value::Null, String::new()));
    assert_eq!(tier(Chat, &target(Gemini, "gemini-2.5-pro"), "default").0, json!("standard"));
    assert_eq!(tier(Chat, &target(Gemini, "gemini-2.5-pro"), "scale").1, "service_tier=dropped");

    // Claude Code's is a JSON text.
    let id = "{\"device_id\":\"0123456789012345678901234567890123456789\",\"account_uuid\":\"01234567\"}";
    let body = messages(&json!({"metadata": {"user_id": id}}));
    let (openai, header, _) = sent(Messages, &target(Chat, "gpt-4.1"), &body).expect("a request");
    assert_eq!(openai["safety_identifier"].as_str().map(str::len), Some(64));
    assert_eq!(header, "metadata.user_id=hashed");
    let (other, header, _) = sent(Messages, &compatible(&Quirks::COMPATIBLE), &body).expect("a request");
    assert_eq!((&other["user"], &*header), (&json!(id), ""));
    let two = chat(&json!({"user": "u", "safety_identifier": "s"}));
    let (claude, header, _) = sent(Chat, &claude, &two).expect("a request");
    assert_eq!((&claude["metadata"], &*header), (&json!({"user_id": "s"}), "user=dropped"));

    let labels = chat(&json!({"metadata": {"team": "a b"}, "store": true}));
    let (bedrock, header, _) = sent(Chat, &target(Converse, "amazon.nova-pro-v1:0"), &labels).expect("a request");
    assert_eq!((&bedrock["requestMetadata"], &*header), (&json!({"team": "a b"}), "store=dropped"));
    let odd = chat(&json!({"metadata": {"team": "ä"}}));
    let (_, header, _) = sent(Chat, &target(Converse, "amazon.nova-pro-v1:0"), &odd).expect("a request");
    assert_eq!(header, "metadata=dropped");
}

#[test]
fn geminis_guards_are_refused_where_they_guard() {
    let body = |threshold: &str| {
        json!({"contents": [{"parts": [{"text": "hi"}]}], "safetySettings": [
            {"category": "HARM_CATEGORY_HARASSMENT", "threshold": threshold}]})
    };
    let (_, header, _) = sent(Gemini, &target(Chat, "gpt-4.1"), &body("BLOCK_NONE")).expect("a request");
    assert_eq!(header, "safetySettings=dropped");
    let refused = sent(Gemini, &target(Chat, "gpt-4.1"), &body("BLOCK_ONLY_HIGH")).expect_err("a refusal");
    assert!(refused.starts_with("safetySettings "), "{refused}");
}

#[test]
fn responses_has_no_stop_sequences_and_takes_sixteen_tokens() {
    let body = messages(&json!({"max_tokens": 5, "stop_sequences": ["END"], "top_k": 3,
        "thinking": {"type": "adaptive", "display": "summarized"}, "output_config": {"effort": "high"}}));
    let (told, header, adapted) = sent(Messages, &target(Responses, "gpt-5.4"), &body).expect("a request");
    assert_eq!((&told["max_output_tokens"], &told["store"]), (&json!(16), &json!(false)));
    assert_eq!(told["reasoning"], json!({"effort": "high", "summary": "auto"}));
    assert_eq!(adapted.stop, ["END"]);
    assert_eq!(header, "max_tokens=clamped:5>16, stop_sequences[0]=emulated, top_k=dropped");
}

/// A turn of the model's with this reasoning before a call.
fn thought(reasoning: Reasoning<'static>, signed: Option<Signed<'static>>) -> Vec<Turn<'static>> {
    let call =
        Call { id: "c".into(), name: "f".into(), namespace: None, arguments: Arguments::Json("{}".into()), signed };
    let parts = vec![
        Part::new(At(1), PartKind::Reasoning(reasoning)),
        Part::text(At(2), "so"),
        Part::new(At(3), PartKind::Call(call)),
    ];
    let turn = |role, parts| Turn { at: At(0), role, parts, name: None };
    let result = PartKind::Result { call: "c".into(), name: None, content: Vec::new(), json: None, error: None };
    vec![
        turn(Role::User, vec![Part::text(At(0), "hi")]),
        turn(Role::Assistant, parts),
        turn(Role::User, vec![Part::new(At(4), result)]),
    ]
}

fn reasoning(bytes: &str, origin: Origin<'static>, binds: Option<&'static str>) -> Reasoning<'static> {
    let tagged = carrier::tag(&origin, binds, bytes);
    let shown = if binds.is_some() { Shown::Hidden } else { Shown::Summary };
    let texts = if binds.is_some() { Vec::new() } else { vec!["hm".into()] };
    Reasoning { shown, texts, signed: Some(carrier::untag(tagged.into(), Vendor::Other)), id: None }
}

/// What is left of reasoning, and the call's signature.
fn left(turns: Vec<Turn<'static>>, target: &Target<'_>, caller: Dialect) -> (Vec<String>, Option<String>) {
    let mut request = Request { turns, ..Request::default() };
    let mut report = Report::default();
    super::replay::adapt(&mut request, target, caller, &mut report);
    super::replay::mark_unsigned(&mut request, target, &mut report);
    let mut thoughts = Vec::new();
    let mut signature = None;
    for part in request.parts() {
        match &part.kind {
            PartKind::Reasoning(reasoning) => {
                let bytes = reasoning.signed.as_ref().map_or("", |signed| &signed.bytes);
                thoughts.push(format!("{}|{bytes}", reasoning.texts.concat()));
            }
            PartKind::Call(call) => signature = call.signed.as_ref().map(|signed| signed.bytes.to_string()),
            _ => {}
        }
    }
    (thoughts, signature)
}

#[test]
fn trap_25_and_26_what_is_signed_goes_back_to_its_maker_alone() {
    let by = |vendor, scope: &'static str, model: &'static str| Origin {
        vendor,
        scope: Str::Borrowed(scope),
        model: Str::Borrowed(model),
    };
    let opus = "claude-opus-5";
    let bedrock = target(Converse, "us.anthropic.claude-opus-5");
    let bound = Target { scope: "s1", ..target(Responses, "gpt-5") };
    let cases = [
        (by(Vendor::Anthropic, "", opus), target(Messages, opus), true),
        (by(Vendor::Anthropic, "", opus), bedrock, true),
        (by(Vendor::Anthropic, "", "claude-opus-4-8"), target(Messages, opus), false),
        (by(Vendor::OpenAi, "", ""), target(Messages, opus), false),
        (by(Vendor::Google, "", "gemini-3-pro-preview"), target(Messages, opus), false),
        (by(Vendor::OpenAi, "s1", "gpt-5"), bound, true),
        (by(Vendor::OpenAi, "s2", "gpt-5"), bound, false),
        (by(Vendor::Google, "", "gemini-3-pro-preview"), target(Gemini, "gemini-3-pro-preview"), true),
        (by(Vendor::Google, "", "gemini-3-pro-preview"), target(Gemini, "gemini-3-flash-preview"), false),
        (by(Vendor::Anthropic, "", opus), target(Chat, "gpt-5"), false),
    ];
    for (origin, target, kept) in cases {
        let expected: &[&str] = if kept { &["hm|bytes"] } else { &[] };
        let turns = thought(reasoning("bytes", origin.clone(), None), None);
        assert_eq!(left(turns, &target, Chat).0, expected, "{origin:?} {target:?}");
    }
    // Untagged: the caller's dialect's own vendor has made it.
    let own = || Reasoning {
        shown: Shown::Summary,
        texts: Vec::new(),
        signed: Some(carrier::untag("EqQB".into(), Vendor::Anthropic)),
        id: None,
    };
    assert_eq!(left(thought(own(), None), &bedrock, Messages).0, ["|EqQB"]);
    assert!(left(thought(own(), None), &target(Gemini, "gemini-3-pro"), Messages).0.is_empty());
    // Nothing signed is nothing to give back.
    let empty = reasoning("", by(Vendor::Anthropic, "", opus), None);
    assert!(left(thought(empty, None), &target(Messages, opus), Responses).0.is_empty());
}

#[test]
fn trap_27_geminis_calls_are_signed_or_marked() {
    let gemini = target(Gemini, "gemini-3-pro-preview");
    let origin = || Origin { vendor: Vendor::Google, scope: "".into(), model: "gemini-3-pro-preview".into() };
    // It travelled beside the call.
    let (thoughts, signature) = left(thought(reasoning("sig", origin(), Some("c")), None), &gemini, Messages);
    assert_eq!((thoughts, signature.as_deref()), (Vec::new(), Some("sig")));
    // In Responses the call may stand in the next turn.
    let mut turns = thought(reasoning("sig", origin(), Some("c")), None);
    let rest = turns[1].parts.split_off(1);
    turns.insert(2, Turn { at: At(2), role: Role::Assistant, parts: rest, name: None });
    assert_eq!(left(turns, &gemini, Responses).1.as_deref(), Some("sig"));
    // On the call itself.
    let signed = Signed { bytes: "sig".into(), origin: origin(), binds: None };
    let turns = || thought(reasoning("", origin(), None), Some(signed.clone()));
    assert_eq!(left(turns(), &gemini, Chat).1.as_deref(), Some("sig"));
    // Another model's, another maker's: the literal mark, and never the foreign bytes.
    let other = target(Gemini, "gemini-3.8-flash");
    assert_eq!(left(turns(), &other, Chat).1.as_deref(), Some("skip_thought_signature_validator"));
    assert_eq!(left(turns(), &target(Messages, "claude-opus-5"), Chat).1, None);
    assert_eq!(left(turns(), &target(Gemini, "gemini-2.5-pro"), Chat).1, None);
    // Of parallel calls only the first.
    let mut request = Request { turns: thought(Reasoning::default(), None), ..Request::default() };
    let second = request.turns[1].parts[2].clone();
    request.turns[1].parts.push(second);
    super::replay::mark_unsigned(&mut request, &gemini, &mut Report::default());
    let marks: Vec<bool> = request
        .parts()
        .filter_map(|part| match &part.kind {
            PartKind::Call(call) => Some(call.signed.is_some()),
            _ => None,
        })
        .collect();
    assert_eq!(marks, [true, false]);
}

#[test]
fn trap_28_chat_servers_get_reasoning_of_all_turns_or_of_none() {
    static ALWAYS: Quirks = Quirks { replay: Replay::Always, ..Quirks::COMPATIBLE };
    static LOOP: Quirks = Quirks { replay: Replay::ToolLoop, ..Quirks::COMPATIBLE };
    let own = || reasoning("", Origin::of(Vendor::Other), None);
    let foreign = || reasoning("x", Origin::of(Vendor::Anthropic), None);
    let later = |turns: Vec<Turn<'static>>, reasoning: Reasoning<'static>| {
        let mut turns = turns;
        turns.extend(thought(reasoning, None));
        turns
    };
    let thoughts = |turns, quirks| left(turns, &compatible(quirks), Messages).0;
    assert_eq!(thoughts(later(thought(own(), None), own()), &ALWAYS), ["hm|", "hm|"]);
    assert!(thoughts(later(thought(foreign(), None), own()), &ALWAYS).is_empty());
    assert_eq!(thoughts(later(thought(foreign(), None), own()), &LOOP), ["hm|"]);
    assert!(thoughts(later(thought(own(), None), foreign()), &LOOP).is_empty());
    assert!(thoughts(thought(own(), None), &Quirks::COMPATIBLE).is_empty());
}
