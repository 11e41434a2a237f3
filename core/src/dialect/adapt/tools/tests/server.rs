use super::*;

const F: &str = r#"{"type":"function","name":"f","parameters":{"type":"object","properties":{}},"strict":false}"#;

fn responses(tools: &str, rest: &str) -> String {
    format!(r#"{{"model":"m","input":"x","tools":[{tools}]{rest}}}"#)
}

fn messages(tools: &str, rest: &str) -> String {
    format!(r#"{{"model":"m","max_tokens":900,"messages":[{{"role":"user","content":"x"}}],"tools":[{tools}]{rest}}}"#)
}

const MF: &str = r#"{"name":"f","input_schema":{"type":"object"}}"#;
const SEARCHES: (Dialect, &str) = (Dialect::Chat, "gpt-5-search-api");

/// What a server tool beside a function becomes: what is left of it, or why it is refused.
fn left(body: &str, caller: Dialect, target: (Dialect, &'static str)) -> String {
    match to(body, caller, target) {
        Ok(seen) => {
            let tool = seen.tools.iter().find(|tool| !tool.starts_with("function"));
            let tool = tool.cloned().unwrap_or_else(|| "nothing".into());
            if seen.header.is_empty() { tool } else { format!("{tool}; {}", seen.header) }
        }
        Err(refused) => format!("refused {}", refused.split(':').next().unwrap_or_default()),
    }
}

#[test]
fn searches_are_never_less_restricted() {
    let search =
        |members: &str| messages(&format!(r#"{MF},{{"type":"web_search_20250305","name":"web_search"{members}}}"#), "");
    for (members, expected) in [
        ("", ["nothing; tools[1]=withheld", "search", "search", "nothing; tools[1]=withheld", "search"]),
        (
            r#","allowed_domains":["a.com"]"#,
            [
                "nothing; tools[1]=withheld",
                "search allowed=a.com",
                "refused tools[1].allowed_domains",
                "nothing; tools[1]=withheld",
                "refused tools[1].allowed_domains",
            ],
        ),
        (
            r#","blocked_domains":["a.com"]"#,
            [
                "nothing; tools[1]=withheld",
                "refused tools[1].blocked_domains",
                "refused tools[1].blocked_domains",
                "nothing; tools[1]=withheld",
                "refused tools[1].blocked_domains",
            ],
        ),
        (
            r#","max_uses":3"#,
            [
                "nothing; tools[1]=withheld",
                "search max=3",
                "search; tools[1].max_uses=dropped",
                "nothing; tools[1]=withheld",
                "search; tools[1].max_uses=dropped",
            ],
        ),
        (
            r#","user_location":{"type":"approximate","city":"Y"}"#,
            [
                "nothing; tools[1]=withheld",
                "search location",
                "search; tools[1].user_location=dropped",
                "nothing; tools[1]=withheld",
                "search location",
            ],
        ),
    ] {
        for (target, expected) in [CHAT, RESPONSES, GEMINI, CONVERSE, SEARCHES].into_iter().zip(expected) {
            // At Gemini it stands alone: beside a function it is withheld.
            let (body, expected) = match target {
                GEMINI => (search(members).replace(&format!("{MF},"), ""), expected.replace("tools[1]", "tools[0]")),
                _ => (search(members), expected.to_owned()),
            };
            assert_eq!(left(&body, Dialect::Messages, target), expected, "{members} {target:?}");
            assert_eq!(left(&search(members), Dialect::Messages, GEMINI), "nothing; tools[1]=withheld", "{members}");
        }
    }
    const VERTEX: Quirks = Quirks { excludes_domains: true, ..Quirks::GOOGLE };
    let vertex = Target { quirks: &VERTEX, ..target(Dialect::Gemini, "gemini-3-pro") };
    let alone = search(r#","blocked_domains":["a.com"]"#).replace(&format!("{MF},"), "");
    assert_eq!(at(&alone, Dialect::Messages, &vertex).expect("adapted").tools, ["search blocked=a.com"]);
    // Who only speaks as Anthropic does searches nothing.
    let seen = at(
        &responses(&format!(r#"{F},{{"type":"web_search"}}"#), ""),
        Dialect::Responses,
        &compatible(Dialect::Messages),
    );
    assert_eq!(seen.expect("adapted").tools.len(), 1);
}

#[test]
fn what_may_be_a_filter_is_not_dropped() {
    let body = responses(&format!(r#"{F},{{"type":"web_search","filters":{{"languages":["en"]}}}}"#), "");
    assert_eq!(left(&body, Dialect::Responses, MESSAGES), "refused tools[1].filters.languages");
}

#[test]
fn codex_searches_offline_and_works_elsewhere() {
    let body = responses(&format!(r#"{F},{{"type":"web_search","external_web_access":false}}"#), "");
    for target in [CHAT, MESSAGES, GEMINI, CONVERSE] {
        assert_eq!(left(&body, Dialect::Responses, target), "nothing; tools[1]=withheld");
    }
}

#[test]
fn what_is_withheld_must_leave_something_and_not_be_named() {
    let only = messages(r#"{"type":"web_search_20250305","name":"web_search"}"#, "");
    assert_eq!(left(&only, Dialect::Messages, CONVERSE), "refused tools[0]");
    let named = r#","tool_choice":{"type":"tool","name":"web_search"}"#;
    let body = messages(&format!(r#"{MF},{{"type":"web_search_20250305","name":"web_search"}}"#), named);
    assert_eq!(left(&body, Dialect::Messages, CONVERSE), "refused tools[1]");
    assert_eq!(left(&body, Dialect::Messages, GEMINI), "refused tool_choice");
    assert_eq!(to(&body, Dialect::Messages, RESPONSES).expect("adapted").choice, "server web_search");
    let body = responses(&format!(r#"{F},{{"type":"web_search"}}"#), r#","tool_choice":{"type":"web_search"}"#);
    assert_eq!(to(&body, Dialect::Responses, MESSAGES).expect("adapted").choice, "server web_search");
    // A function of that name is the caller's own.
    let own = r#"{"name":"web_search","input_schema":{"type":"object"}}"#;
    let seen = to(&messages(own, named), Dialect::Messages, CONVERSE).expect("adapted");
    assert_eq!(seen.choice, "one web_search");
}

#[test]
fn tools_of_other_vendors() {
    for (tool, expected) in [
        (r#"{"type":"code_interpreter","container":{"type":"auto"}}"#, "nothing; tools[1]=withheld"),
        (r#"{"type":"image_generation"}"#, "nothing; tools[1]=withheld"),
        (r#"{"type":"file_search","vector_store_ids":["v"]}"#, "refused tools[1]"),
        (r#"{"type":"mcp","server_label":"x","server_url":"https://x"}"#, "refused tools[1]"),
        (r#"{"type":"local_shell"}"#, "refused tools[1]"),
        (r#"{"type":"tool_search"}"#, "nothing; tools[1]=dropped"),
    ] {
        let body = responses(&format!("{F},{tool}"), "");
        for target in [CHAT, MESSAGES, GEMINI, CONVERSE] {
            assert_eq!(left(&body, Dialect::Responses, target), expected, "{tool} {target:?}");
        }
        assert!(left(&body, Dialect::Responses, RESPONSES).starts_with("server "));
    }
}

#[test]
fn fetching_is_translated_only_without_filters() {
    let alone =
        |members: &str| messages(&format!(r#"{{"type":"web_fetch_20250910","name":"web_fetch"{members}}}"#), "");
    for (members, expected) in [
        ("", "server urlContext"),
        (r#","max_uses":2"#, "server urlContext; tools[0].max_uses=dropped"),
        (r#","allowed_domains":["a.com"]"#, "refused tools[0].allowed_domains"),
        (r#","url_sources":{"user_input":{"type":"all"}}"#, "server urlContext"),
        (r#","url_sources":{"user_input":{"type":"none"}}"#, "refused tools[0].url_sources"),
    ] {
        assert_eq!(left(&alone(members), Dialect::Messages, GEMINI), expected, "{members}");
    }
    let filtered = messages(
        &format!(r#"{MF},{{"type":"web_fetch_20250910","name":"web_fetch","allowed_domains":["a.com"]}}"#),
        "",
    );
    for target in [CHAT, RESPONSES, GEMINI, CONVERSE] {
        assert_eq!(left(&filtered, Dialect::Messages, target), "nothing; tools[1]=withheld");
    }
    let body = r#"{"contents":[{"parts":[{"text":"x"}]}],"tools":[{"urlContext":{}}]}"#;
    assert_eq!(left(body, Dialect::Gemini, MESSAGES), "server web_fetch_20250910");
    assert_eq!(left(body, Dialect::Gemini, CHAT), "refused tools[0].urlContext");
}

#[test]
fn deferred_tools_are_sent_at_once_where_nothing_searches() {
    let body = messages(
        &format!(
            r#"{{"type":"tool_search_tool_bm25_20251119","name":"tool_search_tool_bm25"}},{MF},{{"name":"g","input_schema":{{"type":"object"}},"defer_loading":true}}"#
        ),
        "",
    );
    for target in [CHAT, GEMINI, CONVERSE] {
        let seen = to(&body, Dialect::Messages, target).expect("adapted");
        assert_eq!(seen.tools.len(), 2);
        assert_eq!(seen.header, "tools[0]=dropped, tools[2].defer_loading=dropped");
    }
    let seen = to(&body, Dialect::Messages, RESPONSES).expect("adapted");
    assert_eq!(seen.tools[0], "server tool_search");
    assert!(seen.tools[2].ends_with("defer=true") && seen.header.is_empty(), "{seen:?}");
    let body = responses(
        r#"{"type":"tool_search","execution":"client","parameters":{"type":"object","properties":{}}},
           {"type":"function","name":"g","parameters":{"type":"object"},"strict":false,"defer_loading":true}"#,
        "",
    );
    let seen = to(&body, Dialect::Responses, MESSAGES).expect("adapted");
    assert_eq!(
        seen.tools,
        [r#"function tool_search {"type":"object","properties":{}}"#, r#"function g {"type":"object"}"#]
    );
    assert_eq!(seen.header, "tools[1].defer_loading=dropped");
}

#[test]
fn how_often_may_be_searched() {
    let body = responses(&format!(r#"{F},{{"type":"web_search"}}"#), r#","max_tool_calls":4"#);
    assert_eq!(left(&body, Dialect::Responses, MESSAGES), "search max=4");
    assert_eq!(
        left(&body, Dialect::Responses, GEMINI),
        "nothing; tools[1]=withheld, max_tool_calls=dropped",
        "with functions it does not search"
    );
    assert_eq!(left(&responses(F, r#","max_tool_calls":4"#), Dialect::Responses, MESSAGES), "nothing");
}

#[test]
fn who_may_call_a_tool_is_kept() {
    let body =
        messages(r#"{"name":"f","input_schema":{"type":"object"},"allowed_callers":["code_execution_20250825"]}"#, "");
    for target in [CHAT, RESPONSES, GEMINI, CONVERSE] {
        assert_eq!(left(&body, Dialect::Messages, target), "refused tools[0].allowed_callers");
    }
    assert_eq!(left(&body.replace("code_execution_20250825", "direct"), Dialect::Messages, CHAT), "nothing");
}

#[test]
fn a_choice_of_some_restricts_servers_too() {
    let search = r#"{"googleSearch":{}}"#;
    let body = format!(
        r#"{{"contents":[{{"parts":[{{"text":"x"}}]}}],"tools":[{{"functionDeclarations":[{{"name":"f"}},{{"name":"g"}}]}},{search}],
        "toolConfig":{{"functionCallingConfig":{{"mode":"ANY","allowedFunctionNames":["f","g"]}}}}}}"#
    );
    let seen = to(&body, Dialect::Gemini, RESPONSES).expect("adapted");
    assert_eq!((seen.tools.len(), &*seen.choice), (3, "one of f+g"));
    let seen = to(&body, Dialect::Gemini, MESSAGES).expect("adapted");
    assert_eq!((seen.tools.len(), &*seen.choice), (2, "required"));
}

#[test]
fn a_cache_mark_behind_a_withheld_tool_is_behind_the_one_before_it() {
    let tools =
        format!(r#"{MF},{{"type":"web_search_20250305","name":"web_search","cache_control":{{"type":"ephemeral"}}}}"#);
    let seen = to(&messages(&tools, ""), Dialect::Messages, CONVERSE).expect("adapted");
    assert_eq!(seen.tools, [r#"function f {"type":"object"} marked"#]);
}
