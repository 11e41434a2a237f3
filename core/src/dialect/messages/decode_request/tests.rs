use super::*;
use crate::dialect::canonical::carrier::{self, Origin};
use crate::dialect::canonical::{Arguments, Feature, PartKind, Role, Shown, Source, Vendor};
use crate::wire::doc::Doc;

/// What was read, told as text; refusals as `path: message`.
fn decoded(body: &str, told: impl FnOnce(&Request<'_>) -> String) -> String {
    let doc = Doc::parse(body).expect("JSON");
    let mut report = Report::default();
    match decode(doc.root(), &mut report) {
        Ok((request, _)) => match report.header(&doc) {
            Some(header) => told(&request) + " | " + &header,
            None => told(&request),
        },
        Err(refusal) => format!("{}: {}", refusal.path(&doc), refusal.message()),
    }
}

fn with(member: &str, told: impl FnOnce(&Request<'_>) -> String) -> String {
    decoded(&format!(r#"{{"model":"m","max_tokens":8,"messages":[],{member}}}"#), told)
}

fn parts(content: &str) -> String {
    let body = format!(r#"{{"messages":[{{"role":"user","content":{content}}}]}}"#);
    decoded(&body, |request| {
        let kinds: Vec<String> = request.parts().map(|part| format!("{:?}", part.kind)).collect();
        kinds.join(", ")
    })
}

#[test]
fn nothing_that_claude_code_sends_is_refused() {
    let body = r#"{
        "model":"claude-opus-5","max_tokens":128000,"stream":true,
        "system":[
            {"type":"text","text":"x-anthropic-billing-header: cc_version=2"},
            {"type":"text","text":"You are Claude Code.","cache_control":{"type":"ephemeral","ttl":"1h"}},
            {"type":"text","text":"More.","cache_control":{"type":"ephemeral"}}],
        "messages":[
            {"role":"user","content":[{"type":"text","text":"<system-reminder>x</system-reminder>"},{"type":"text","text":"hi","cache_control":{"type":"ephemeral"}}]},
            {"role":"assistant","content":[
                {"type":"thinking","thinking":"","signature":"EqQB"},
                {"type":"tool_use","id":"toolu_1","name":"ToolSearch","input":{"query":"select:X"},"caller":{"type":"direct"}}]},
            {"role":"user","content":[{"type":"tool_result","tool_use_id":"toolu_1","content":[{"type":"tool_reference","tool_name":"X"}]}]},
            {"role":"system","content":"Stay calm."}],
        "tools":[
            {"name":"ToolSearch","description":"d","input_schema":{"type":"object","properties":{}}},
            {"name":"X","description":"d","input_schema":{"type":"object","properties":{}},"defer_loading":true,"eager_input_streaming":true}],
        "metadata":{"user_id":"{\"device_id\":\"d\",\"session_id\":\"s\"}"},
        "thinking":{"type":"adaptive","display":"omitted"},
        "context_management":{"edits":[{"type":"clear_thinking_20251015","keep":"all"}]},
        "output_config":{"effort":"xhigh"},
        "diagnostics":{"previous_message_id":null},
        "speed":"standard",
        "temperature":1}"#;
    let told = decoded(body, |request| {
        let roles: Vec<Role> = request.turns.iter().map(|turn| turn.role).collect();
        assert_eq!(roles, [Role::System, Role::User, Role::Assistant, Role::User, Role::System]);
        let system = &request.turns[0].parts;
        let ttls: Vec<_> = system.iter().map(|part| part.cache.map(|mark| mark.ttl)).collect();
        assert_eq!(ttls, [None, Some(Some(Ttl::H1)), Some(None)]);
        let ask = &request.reasoning.as_ref().expect("an ask").is;
        assert_eq!((ask.mode, ask.effort.map(|effort| effort.is)), (Mode::Adaptive, Some(Effort::XHigh)));
        assert_eq!(ask.show.map(|show| show.is), Some(false));
        let asked: Vec<Feature> = request.asked.iter().map(|asked| asked.feature).collect();
        use Feature::{ContextManagement, EndUser, MessagesHint, Temperature};
        assert_eq!(asked, [EndUser, ContextManagement, MessagesHint, Temperature]);
        match &request.turns[3].parts[0].kind {
            PartKind::Result { content, .. } => format!("{:?}", content[0].kind),
            other => format!("{other:?}"),
        }
    });
    assert_eq!(told, r#"Text("Tool available: X")"#);
}

#[test]
fn every_block_has_its_part() {
    for (content, expected) in [
        (r#""hi""#, r#"Text("hi")"#),
        (r#"[{"type":"text","text":"a\u00e9","citations":[{"type":"char_location"}],"x":null}]"#, r#"Text("aé")"#),
        (
            r#"[{"type":"image","source":{"type":"base64","media_type":"image/JPG","data":"-_8"}}]"#,
            r#"Image { source: Base64 { mime: "image/jpeg", data: "+/8=" }, detail: None }"#,
        ),
        (
            r#"[{"type":"image","source":{"type":"url","url":"https://x/y.png"},"transformations":{"oversized_image":"downsize"}}]"#,
            r#"Image { source: Url { url: "https://x/y.png", mime: None }, detail: None } | messages[0].content[0].transformations=dropped"#,
        ),
        (
            r#"[{"type":"image","source":{"type":"file","file_id":"f"}}]"#,
            r#"Image { source: FileId { id: "f", vendor: Anthropic }, detail: None }"#,
        ),
        (
            r#"[{"type":"document","source":{"type":"content","content":[{"type":"text","text":"a"},{"type":"text","text":"b"}]},"citations":{"enabled":false}}]"#,
            r#"Document { source: Text("a\n\nb"), title: None, context: None, cite: None }"#,
        ),
        (
            r#"[{"type":"search_result","source":"s","title":"t","content":[{"type":"text","text":"a"}],"citations":{"enabled":true}}]"#,
            r#"SearchResult { source: "s", title: "t", texts: ["a"], cite: true }"#,
        ),
        (
            r#"[{"type":"server_tool_use","id":"s"},{"type":"web_search_tool_result"},{"type":"mcp_tool_result"},{"type":"fallback"}]"#,
            r#"Server(Json("{\"type\":\"server_tool_use\",\"id\":\"s\"}")), Server(Json("{\"type\":\"web_search_tool_result\"}")), Server(Json("{\"type\":\"mcp_tool_result\"}")), Server(Json("{\"type\":\"fallback\"}"))"#,
        ),
        (
            r#"[{"type":"tool_result","tool_use_id":"c","is_error":false,"content":[{"type":"text","text":"a"},{"type":"image","source":{"type":"url","url":"u"}}]}]"#,
            r#"Result { call: "c""#,
        ),
        (r#"[{"type":"container_upload"}]"#, "messages[0].content[0].type: `container_upload` is not supported"),
        (r#"[{"type":"compaction","content":"x"}]"#, "messages[0].content[0].type: `compaction` is not supported"),
        (r#"[{"type":"hologram"}]"#, "messages[0].content[0].type: the block `hologram` is not known here"),
        (r#"[{"type":"text"}]"#, "messages[0].content[0].text: is required"),
        (r#"[{"type":"text","text":"\ud800"}]"#, "messages[0].content[0].text: must be Unicode text"),
        (r#"[{"type":"text","text":"a","y":1}]"#, r#"Text("a") | messages[0].content[0].y=unknown"#),
        ("7", "messages[0].content: must be a string or an array"),
    ] {
        let told = parts(content);
        assert!(told.starts_with(expected), "{content}\n{told}");
    }
}

#[test]
fn trap_02_arguments_are_moved_as_they_are() {
    let body = r#"{"messages":[{"role":"assistant","content":[{"type":"tool_use","id":"c","name":"f","input": {"n" : 12345678901234567890, "b":1.0} }]}]}"#;
    let told = decoded(body, |request| match request.parts().next().map(|part| &part.kind) {
        Some(PartKind::Call(call)) => match &call.arguments {
            Arguments::Json(text) => text.clone().into_owned(),
            Arguments::Free(_) => String::new(),
        },
        _ => String::new(),
    });
    assert_eq!(told, r#"{"n" : 12345678901234567890, "b":1.0}"#);
}

#[test]
fn trap_05_a_system_turn_stays_where_it_is() {
    let body = r#"{"messages":[{"role":"user","content":"a"},{"role":"system","content":[{"type":"text","text":"b"}],"clear_at":"next_user_message"},{"role":"assistant","content":"c"}],"system":"s"}"#;
    let told = decoded(body, |request| {
        let roles: Vec<Role> = request.turns.iter().map(|turn| turn.role).collect();
        format!("{roles:?}")
    });
    assert_eq!(told, "[System, User, System, Assistant] | messages[1].clear_at=dropped");
}

#[test]
fn trap_25_signed_reasoning_keeps_its_bytes_and_its_maker() {
    let origin = Origin { vendor: Vendor::Google, scope: "".into(), model: "gemini-3".into() };
    let foreign = carrier::tag(&origin, Some("c"), "AbC+/=");
    let body = format!(
        r#"{{"messages":[{{"role":"assistant","content":[{{"type":"thinking","thinking":"","signature":"EqQB+/=="}},{{"type":"redacted_thinking","data":"{foreign}"}}]}}]}}"#
    );
    decoded(&body, |request| {
        let read: Vec<_> = request
            .parts()
            .map(|part| match &part.kind {
                PartKind::Reasoning(reasoning) => (reasoning.shown, reasoning.texts.len(), reasoning.signed.clone()),
                _ => (Shown::Raw, 0, None),
            })
            .collect();
        let own = read[0].2.as_ref().expect("signed");
        assert_eq!(
            (read[0].0, read[0].1, &*own.bytes, own.origin.vendor),
            (Shown::Summary, 0, "EqQB+/==", Vendor::Anthropic)
        );
        let other = read[1].2.as_ref().expect("signed");
        assert_eq!((read[1].0, &*other.bytes, other.binds.as_deref()), (Shown::Hidden, "AbC+/=", Some("c")));
        assert_eq!(other.origin, origin);
        String::new()
    });
}

#[test]
fn tools_are_functions_searches_and_the_vendors_own() {
    let kinds = |tools: &str| {
        with(&format!(r#""tools":[{tools}]"#), |request| {
            let told: Vec<String> = request
                .tools
                .iter()
                .map(|tool| match &tool.kind {
                    ToolKind::Function(function) => format!(
                        "fn {} strict={} defer={} extra={}",
                        function.name,
                        function.strict.is_some(),
                        function.defer.is_some(),
                        function.extra.len()
                    ),
                    ToolKind::WebSearch(search) => format!(
                        "search {:?} {:?} {:?}",
                        search.allowed.as_ref().map(|domains| domains.is.join("+")),
                        search.max_uses.map(|uses| uses.is),
                        search.location.map(|location| location.raw().len())
                    ),
                    ToolKind::Server(server) => format!("server {} {:?}", server.kind, server.name.as_deref()),
                    ToolKind::Custom(_) => "custom".to_owned(),
                })
                .collect();
            told.join(", ")
        })
    };
    for (tools, expected) in [
        (
            r#"{"name":"f","type":"custom","input_schema":{"type":"object"},"strict":true,"defer_loading":false,"allowed_callers":["direct"],"input_examples":[],"x":1}"#,
            "fn f strict=true defer=false extra=0 | tools[0].x=unknown",
        ),
        (
            r#"{"name":"f","input_schema":{},"allowed_callers":["code_execution_20250825"]}"#,
            "fn f strict=false defer=false extra=1",
        ),
        (
            r#"{"type":"web_search_20250305","name":"web_search","allowed_domains":["a.b","c.d"],"max_uses":3,"user_location":{"type":"approximate"}}"#,
            r#"search Some("a.b+c.d") Some(3) Some(22)"#,
        ),
        (
            r#"{"type":"web_search_20260318","name":"web_search","blocked_domains":null,"allowed_domains":[],"response_inclusion":"full"}"#,
            "search None None None | tools[0].response_inclusion=dropped",
        ),
        (
            r#"{"type":"web_search_20260209","name":"web_search","allowed_callers":["code_execution_20260120"]}"#,
            "tools[0].allowed_callers: is not supported by the upstream's API",
        ),
        (r#"{"type":"web_fetch_20250910","name":"web_fetch"}"#, r#"server web_fetch_20250910 Some("web_fetch")"#),
        (
            r#"{"type":"tool_search_tool_regex_20251119","name":"tool_search_tool_regex"}"#,
            r#"server tool_search_tool_regex_20251119 Some("tool_search_tool_regex")"#,
        ),
        (r#"{"type":"mcp_toolset","mcp_server_name":"s"}"#, "server mcp_toolset None"),
        (r#"{"type":"teleport","name":"t"}"#, "tools[0].type: the tool type `teleport` is not known here"),
        (r#"{"description":"d"}"#, "tools[0].name: is required"),
    ] {
        assert_eq!(kinds(tools), expected, "{tools}");
    }
}

#[test]
fn a_choice_names_a_tool_or_the_vendors() {
    let choice = |members: &str| {
        with(members, |request| {
            let choice = request.tool_choice.as_ref().map(|choice| &choice.is);
            format!("{choice:?} {:?}", request.parallel_tools.map(|parallel| parallel.is))
        })
    };
    for (members, expected) in [
        (r#""tool_choice":{"type":"auto","disable_parallel_tool_use":true}"#, "Some(Auto) Some(false)"),
        (r#""tool_choice":{"type":"any","disable_parallel_tool_use":false}"#, "Some(Required) None"),
        (r#""tool_choice":{"type":"none"}"#, "Some(None) None"),
        (r#""tool_choice":{"type":"tool","name":"f"}"#, r#"Some(One("f")) None"#),
        (
            r#""tool_choice":{"type":"tool","name":"web_search"},"tools":[{"type":"web_search_20250305","name":"web_search"}]"#,
            r#"Some(Server("web_search")) None"#,
        ),
        (r#""tool_choice":{"type":"maybe"}"#, "tool_choice.type: the tool choice `maybe` is not known here"),
        (r#""tool_choice":{"type":"tool"}"#, "tool_choice.name: is required"),
        (r#""tool_choice":"auto""#, "tool_choice: must be an object"),
    ] {
        assert_eq!(choice(members), expected, "{members}");
    }
}

#[test]
fn reasoning_and_form_are_told_by_several_fields() {
    let told = |members: &str| {
        with(members, |request| {
            let ask = request.reasoning.as_ref().map(|ask| {
                let ask = &ask.is;
                (
                    ask.mode,
                    ask.effort.map(|effort| effort.is),
                    ask.budget.map(|budget| budget.is),
                    ask.show.map(|show| show.is),
                )
            });
            let schema = request.output.as_ref().map(|output| match &output.is {
                Output::Schema { schema, .. } => schema.is.0.clone().into_owned(),
                _ => String::new(),
            });
            format!("{ask:?} {schema:?}")
        })
    };
    for (members, expected) in [
        (r#""thinking":{"type":"disabled"}"#, "Some((Off, None, None, None)) None"),
        (r#""thinking":{"type":"enabled","budget_tokens":2048}"#, "Some((On, None, Some(2048), None)) None"),
        (
            r#""output_config":{"effort":"low"},"thinking":{"type":"adaptive","display":"summarized","block_binding":"loose"}"#,
            "Some((Adaptive, Some(Low), None, Some(true))) None | thinking.block_binding=dropped",
        ),
        (r#""thinking":{"type":"between_tools"}"#, "Some((BetweenTools, None, None, None)) None"),
        (r#""output_config":{"effort":"extreme"}"#, "output_config.effort: the effort `extreme` is not known here"),
        (
            r#""output_config":{"format":{"type":"json_schema","schema":{"type": "object"}}}"#,
            r#"None Some("{\"type\": \"object\"}")"#,
        ),
        (r#""output_format":{"type":"json_schema","schema":{}}"#, r#"None Some("{}")"#),
        (r#""output_format":{"type":"xml"}"#, "output_format.type: the output format `xml` is not known here"),
    ] {
        assert_eq!(told(members), expected, "{members}");
    }
}

#[test]
fn fields_are_asked_for_refused_or_unknown() {
    let asked = |members: &str| {
        with(members, |request| {
            let asked: Vec<String> =
                request.asked.iter().map(|asked| format!("{:?}={}", asked.feature, asked.json)).collect();
            asked.join(" ")
        })
    };
    for (members, expected) in [
        (r#""service_tier":"auto","speed":"standard","inference_geo":"global","mcp_servers":[ ],"container":null"#, ""),
        (
            r#""service_tier":"standard_only","top_k":5,"temperature":0.70"#,
            "Tier=\"standard_only\" TopK=5 Temperature=0.70",
        ),
        (r#""compaction":{"type":"summarize"}"#, "Compaction={\"type\":\"summarize\"}"),
        (r#""anthropic_version":"vertex-2023-10-16","anthropic_beta":["x"]"#, ""),
        (r#""frequency_penalty":1"#, " | frequency_penalty=unknown"),
        (r#""temperature":"hot""#, "temperature: must be a number"),
        (r#""stop_sequences":["a",7]"#, "stop_sequences[1]: must be a string"),
    ] {
        assert_eq!(asked(members), expected, "{members}");
    }
    assert_eq!(
        decoded(r#"{"max_tokens":0,"messages":[]}"#, |_| String::new()),
        "max_tokens: 0 is not supported by the upstream's API"
    );
    assert_eq!(decoded(r#"{"max_tokens":1}"#, |_| String::new()), "messages: is required");
    let twice = r#"{"messages":[{"role":"user","content":"a"}],"messages":[{"role":"user","content":"b"}],"tools":[{"name":"a"}],"tools":[]}"#;
    let told = decoded(twice, |request| {
        format!("{} {} {:?}", request.turns.len(), request.tools.len(), request.turns[0].parts[0].kind)
    });
    assert_eq!(told, "1 0 Text(\"b\")");
    assert_eq!(
        decoded(r#"{"messages":[{"role":"tool","content":"a"}]}"#, |_| String::new()),
        "messages[0].role: the role `tool` is not known here"
    );
}

#[test]
fn changes_of_the_tool_list_are_applied() {
    let body = r#"{"messages":[
        {"role":"user","content":"a"},
        {"role":"system","content":[
            {"type":"tool_removal","tool":{"type":"tool_reference","name":"f"}},
            {"type":"tool_addition","tool":{"type":"tool_definition","definition":{"name":"h","input_schema":{}}}},
            {"type":"text","text":"b"}]}],
        "tools":[{"name":"f","input_schema":{}},{"name":"g","input_schema":{}}]}"#;
    let told = decoded(body, |request| {
        let names: Vec<_> = request
            .tools
            .iter()
            .map(|tool| match &tool.kind {
                ToolKind::Function(function) => function.name.clone().into_owned(),
                _ => String::new(),
            })
            .collect();
        assert_eq!(request.turns[1].parts.len(), 1);
        names.join(" ")
    });
    assert_eq!(told, "g h | messages[1].content[0]=approximated, messages[1].content[1]=approximated");
}

#[test]
fn a_data_url_is_a_file_that_is_here() {
    let body = r#"{"messages":[{"role":"user","content":[{"type":"image","source":{"type":"url","url":"data:image/png;base64,aGk="}}]}]}"#;
    decoded(body, |request| {
        let expected = Source::Base64 { mime: "image/png".into(), data: "aGk=".into() };
        assert!(matches!(&request.turns[0].parts[0].kind, PartKind::Image { source, .. } if *source == expected));
        String::new()
    });
}
