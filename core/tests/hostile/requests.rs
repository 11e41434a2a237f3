//! Requests with a great many of something.

use gatelet_core::dialect::canonical::read::Doc;
use gatelet_core::dialect::canonical::{Report, Target};
use gatelet_core::dialect::{Dialect, translate};

use crate::CALLERS;
use crate::cases::targets;
use crate::effort::{linear, size};

/// A request with many of something: what is before them, each of them, and what is behind.
struct Many {
    caller: Dialect,
    name: &'static str,
    before: &'static str,
    each: fn(usize) -> String,
    behind: &'static str,
}

/// How much a request may grow on its way, beside what is the target's own.
const MAX_GROWTH: usize = 24;

#[test]
fn of_chat() {
    all(&many_of_chat());
}

#[test]
fn of_responses() {
    all(&many_of_responses());
}

#[test]
fn of_messages() {
    all(&many_of_messages());
}

#[test]
fn of_gemini() {
    all(&many_of_gemini());
}

fn all(many: &[Many]) {
    let only = std::env::var("GATELET_HOSTILE_ONLY").unwrap_or_default();
    for many in many.iter().filter(|many| many.name.contains(&only)) {
        linear(&format!("{} of {}", many.name, many.caller), |count| many.body(count), |body| many.translate(body));
    }
}

impl Many {
    fn body(&self, count: usize) -> String {
        let mut body = self.before.to_owned();
        for index in 0..count {
            if index > 0 {
                body.push(',');
            }
            body.push_str(&(self.each)(index));
        }
        body + self.behind
    }

    /// For every target of another dialect: a whole request, or a refusal.
    fn translate(&self, body: &str) {
        let doc = Doc::parse(body).unwrap_or_else(|fault| panic!("{}: {fault:?}", self.name));
        // What is special to a model is the same for all dialects; definitions are special to Amazon's own.
        let all = self.name.contains("definitions") || self.name.contains("references");
        let mut before = None;
        for target in upstreams(self.caller) {
            if !all && before.replace(target.dialect) == Some(target.dialect) {
                continue;
            }
            let mut report = Report::default();
            match translate::request(&doc, self.caller, &target, true, false, &mut report) {
                Ok(said) => {
                    let length = said.body.len();
                    assert!(length < (body.len() + 1000) * MAX_GROWTH, "{}: {length} of {}", self.name, body.len());
                    assert!(Doc::parse_bytes(&said.body).is_ok(), "{}", self.name);
                }
                Err(refusal) => assert!(!refusal.message().is_empty() && refusal.message().len() < 500),
            }
            if let Some(header) = report.header(&doc) {
                assert!(header.len() <= 1024, "{}: {header}", self.name);
            }
        }
    }
}

/// The targets whose dialect is not the caller's.
pub(crate) fn upstreams(caller: Dialect) -> impl Iterator<Item = Target<'static>> {
    Dialect::ALL.into_iter().filter(move |dialect| *dialect != caller).flat_map(targets)
}

/// A name that no target takes: cleaned, all of them are one.
fn illegal(index: usize) -> String {
    (0..20).map(|bit| if index >> bit & 1 == 1 { '!' } else { '?' }).collect()
}

/// A signature that belongs to a call of Gemini's.
fn bound(index: usize) -> String {
    use gatelet_core::dialect::canonical::Vendor;
    use gatelet_core::dialect::canonical::carrier::{Origin, tag};
    tag(&Origin::of(Vendor::Google), Some(&format!("c{index}")), "s")
}

const TOOL: &str = r#"{"type":"function","function":{"name":"f","parameters":{"type":"object","properties":{}}}}"#;

fn many_of_chat() -> Vec<Many> {
    let many =
        |name, before, each: fn(usize) -> String, behind| Many { caller: Dialect::Chat, name, before, each, behind };
    const MESSAGES: &str = r#"{"model":"m","messages":["#;
    const PARTS: &str = r#"{"model":"m","messages":[{"role":"user","content":["#;
    const ENDS: &str = r#"],"tools":[{"type":"function","function":{"name":"f"}}]}"#;
    const TOOLS: &str = r#"{"model":"m","messages":[{"role":"user","content":"a"}],"tools":["#;
    const FIELDS: &str = r#"{"model":"m","messages":[{"role":"user","content":"a"}],"#;
    const SCHEMA: &str = r#"{"model":"m","messages":[{"role":"user","content":"a"}],"response_format":{"type":"json_schema","json_schema":{"name":"n","strict":true,"schema":{"type":"object","properties":{"#;
    const PARAMETERS: &str = r##"{"model":"m","messages":[{"role":"user","content":"a"}],"tools":[{"type":"function","function":{"name":"f","parameters":{"type":"object","properties":{"##;
    let mut all = vec![
        many("messages", MESSAGES, |_| r#"{"role":"user","content":"a"}"#.into(), "]}"),
        many(
            "empty messages",
            MESSAGES,
            |_| r#"{"role":"assistant","content":""}"#.into(),
            r#",{"role":"user","content":"a"}]}"#,
        ),
        many(
            "speakers",
            MESSAGES,
            |at| format!(r#"{{"role":"{}","content":"a"}}"#, ["user", "assistant"][at % 2]),
            "]}",
        ),
        many(
            "system messages",
            MESSAGES,
            |at| format!(r#"{{"role":"{}","content":"a"}}"#, ["user", "system"][at % 2]),
            "]}",
        ),
        many("names", MESSAGES, |at| format!(r#"{{"role":"user","name":"n{at}","content":"a"}}"#), "]}"),
        many(
            "marked empty messages",
            MESSAGES,
            |_| {
                r#"{"role":"user","content":[{"type":"text","text":"","prompt_cache_breakpoint":{"mode":"explicit"}}]}"#
                    .into()
            },
            r#",{"role":"user","content":"a"}]}"#,
        ),
        many("parts", PARTS, |_| r#"{"type":"text","text":"a"}"#.into(), "]}]}"),
        many(
            "marks",
            PARTS,
            |_| r#"{"type":"text","text":"a","prompt_cache_breakpoint":{"mode":"explicit"}}"#.into(),
            "]}]}",
        ),
        many(
            "pictures",
            PARTS,
            |_| r#"{"type":"image_url","image_url":{"url":"data:image/png;base64,iVBORw0KGgo="}}"#.into(),
            "]}]}",
        ),
        many(
            "files",
            PARTS,
            |_| {
                r#"{"type":"file","file":{"filename":"a.pdf","file_data":"data:application/pdf;base64,JVBERi0="}}"#
                    .into()
            },
            "]}]}",
        ),
        many(
            "tools",
            TOOLS,
            |at| {
                format!(
                    r#"{{"type":"function","function":{{"name":"f{at}","parameters":{{"type":"object","properties":{{}}}}}}}}"#
                )
            },
            "]}",
        ),
        many("equal tools", TOOLS, |_| TOOL.into(), "]}"),
        many(
            "tools with names that clash",
            TOOLS,
            |at| format!(r#"{{"type":"function","function":{{"name":"{}"}}}}"#, illegal(at)),
            "]}",
        ),
        many("custom tools", TOOLS, |at| format!(r#"{{"type":"custom","custom":{{"name":"c{at}"}}}}"#), "]}"),
        many(
            "strict tools",
            TOOLS,
            |at| {
                format!(
                    r#"{{"type":"function","function":{{"name":"f{at}","strict":true,"parameters":{{"type":"object","properties":{{}},"additionalProperties":false}}}}}}"#
                )
            },
            "]}",
        ),
        many(
            "chosen tools",
            r#"{"model":"m","messages":[{"role":"user","content":"a"}],"tools":[{"type":"function","function":{"name":"f"}}],"tool_choice":{"type":"allowed_tools","allowed_tools":{"mode":"auto","tools":["#,
            |at| format!(r#"{{"type":"function","function":{{"name":"f{at}"}}}}"#),
            r#",{"type":"function","function":{"name":"f"}}]}}}"#,
        ),
        many(
            "calls and results",
            MESSAGES,
            |at| {
                format!(
                    r#"{{"role":"assistant","content":null,"tool_calls":[{{"id":"c{at}","type":"function","function":{{"name":"f","arguments":"{{}}"}}}}]}},{{"role":"tool","tool_call_id":"c{at}","content":"r"}}"#
                )
            },
            ENDS,
        ),
        many(
            "calls and results of one id",
            MESSAGES,
            |_| {
                r#"{"role":"assistant","content":null,"tool_calls":[{"id":"c","type":"function","function":{"name":"f","arguments":"{}"}}]},{"role":"tool","tool_call_id":"c","content":"r"}"#.into()
            },
            ENDS,
        ),
        many(
            "calls and results without tools",
            MESSAGES,
            |at| {
                format!(
                    r#"{{"role":"assistant","content":null,"tool_calls":[{{"id":"c{at}","type":"function","function":{{"name":"f{at}","arguments":"{{}}"}}}}]}},{{"role":"tool","tool_call_id":"c{at}","content":"r"}}"#
                )
            },
            "]}",
        ),
        many(
            "calls with illegal ids",
            MESSAGES,
            |at| {
                format!(
                    r#"{{"role":"assistant","content":null,"tool_calls":[{{"id":"{0}","type":"function","function":{{"name":"{0}","arguments":"{{}}"}}}}]}},{{"role":"tool","tool_call_id":"{0}","content":"r"}}"#,
                    illegal(at)
                )
            },
            ENDS,
        ),
        many(
            "calls in a message",
            r#"{"model":"m","messages":[{"role":"user","content":"a"},{"role":"assistant","content":null,"tool_calls":["#,
            |at| format!(r#"{{"id":"c{at}","type":"function","function":{{"name":"f","arguments":"{{}}"}}}}"#),
            r#"]}],"tools":[{"type":"function","function":{"name":"f"}}]}"#,
        ),
        many(
            "calls with signatures",
            r#"{"model":"m","messages":[{"role":"user","content":"a"},{"role":"assistant","content":null,"tool_calls":["#,
            |at| {
                format!(
                    r#"{{"id":"c{at}","type":"function","function":{{"name":"f","arguments":"{{}}"}},"extra_content":{{"google":{{"thought_signature":"s"}}}}}}"#
                )
            },
            r#"]}],"tools":[{"type":"function","function":{"name":"f"}}]}"#,
        ),
        many(
            "custom calls",
            MESSAGES,
            |at| {
                format!(
                    r#"{{"role":"assistant","content":null,"tool_calls":[{{"id":"c{at}","type":"custom","custom":{{"name":"f","input":"x"}}}}]}},{{"role":"tool","tool_call_id":"c{at}","content":"r"}}"#
                )
            },
            r#"],"tools":[{"type":"custom","custom":{"name":"f"}}]}"#,
        ),
        many(
            "results of nothing",
            MESSAGES,
            |at| format!(r#"{{"role":"tool","tool_call_id":"c{at}","content":"r"}}"#),
            "]}",
        ),
        many(
            "reasoning",
            MESSAGES,
            |_| r#"{"role":"assistant","content":"a","reasoning_content":"t"}"#.into(),
            r#",{"role":"user","content":"a"}]}"#,
        ),
        many(
            "details of reasoning",
            r#"{"model":"m","messages":[{"role":"assistant","content":"a","reasoning_content":"\n","reasoning_details":["#,
            |_| r#"{"type":"reasoning.text","text":"t","signature":"s"}"#.into(),
            r#"]},{"role":"user","content":"a"}]}"#,
        ),
        many(
            "tagged details of reasoning",
            r#"{"model":"m","messages":[{"role":"assistant","content":"a","reasoning_content":"\n","reasoning_details":["#,
            |at| format!(r#"{{"type":"reasoning.encrypted","id":"gl_1","data":"{}"}}"#, bound(at)),
            r#"]},{"role":"user","content":"a"}]}"#,
        ),
        many(
            "stop sequences",
            r#"{"model":"m","messages":[{"role":"user","content":"a"}],"stop":["#,
            |at| format!("\"s{at}\""),
            "]}",
        ),
        many("unknown fields", FIELDS, |at| format!(r#""x{at}":1"#), "}"),
        many(
            "unknown fields of a message",
            r#"{"model":"m","messages":[{"role":"user","content":"a","#,
            |at| format!(r#""x{at}":1"#),
            "}]}",
        ),
        many(
            "unknown fields of messages",
            MESSAGES,
            |at| format!(r#"{{"role":"user","content":"a","x{at}":1}}"#),
            "]}",
        ),
        many(
            "unknown fields among messages",
            MESSAGES,
            |at| {
                if at % 10 < 9 {
                    r#"{"role":"user","content":"a"}"#.into()
                } else {
                    r#"{"role":"user","content":"a","x":1}"#.into()
                }
            },
            "]}",
        ),
        many(
            "unknown fields of tools",
            TOOLS,
            |at| format!(r#"{{"type":"function","function":{{"name":"f{at}","y":2}},"x":1}}"#),
            "]}",
        ),
        many("equal fields", FIELDS, |at| format!(r#""seed":{at}"#), "}"),
        many("equal unknown fields", FIELDS, |_| r#""x":1"#.into(), "}"),
        many(
            "equal groups",
            FIELDS,
            |at| {
                format!(
                    r#""reasoning_effort":"high","temperature":0.{at},"top_p":0.5,"user":"u{at}","service_tier":"flex","logit_bias":{{"1":2}}"#
                )
            },
            "}",
        ),
        many(
            "equal lists of messages",
            r#"{"model":"m","#,
            |_| r#""messages":[{"role":"user","content":"a"}]"#.into(),
            "}",
        ),
        many(
            "equal lists of tools",
            FIELDS,
            |at| format!(r#""tools":[{{"type":"function","function":{{"name":"f{at}"}}}}]"#),
            "}",
        ),
        many(
            "labels",
            r#"{"model":"m","messages":[{"role":"user","content":"a"}],"metadata":{"#,
            |at| format!(r#""k{at}":"v""#),
            "}}",
        ),
        many(
            "biases",
            r#"{"model":"m","messages":[{"role":"user","content":"a"}],"logit_bias":{"#,
            |at| format!(r#""{at}":1"#),
            "}}",
        ),
        many(
            "modalities",
            r#"{"model":"m","messages":[{"role":"user","content":"a"}],"modalities":["#,
            |_| "\"text\"".into(),
            "]}",
        ),
        many(
            "properties of the output",
            SCHEMA,
            |at| format!(r#""p{at}":{{"type":"string","minLength":1}}"#),
            r#"}}}}}"#,
        ),
        many(
            "alternatives of the output",
            r#"{"model":"m","messages":[{"role":"user","content":"a"}],"response_format":{"type":"json_schema","json_schema":{"name":"n","schema":{"oneOf":["#,
            |at| format!(r#"{{"type":"object","title":"t{at}","properties":{{}}}}"#),
            "]}}}}",
        ),
        many(
            "keywords of the output",
            r#"{"model":"m","messages":[{"role":"user","content":"a"}],"response_format":{"type":"json_schema","json_schema":{"name":"n","schema":{"type":"object","#,
            |at| format!(r#""k{at}":1"#),
            "}}}}",
        ),
        many(
            "definitions of the output",
            r##"{"model":"m","messages":[{"role":"user","content":"a"}],"response_format":{"type":"json_schema","json_schema":{"name":"n","schema":{"type":"object","properties":{"a":{"$ref":"#/$defs/d0"}},"$defs":{"##,
            |at| format!(r##""d{at}":{{"$ref":"#/$defs/d{}"}}"##, at + 1),
            "}}}}}",
        ),
        many(
            "properties of a tool",
            PARAMETERS,
            |at| format!(r##""p{at}":{{"type":"string","$schema":"s","format":"f"}}"##),
            "}}}}]}",
        ),
        many(
            "definitions of a tool",
            r##"{"model":"m","messages":[{"role":"user","content":"a"}],"tools":[{"type":"function","function":{"name":"f","parameters":{"type":"object","properties":{"a":{"$ref":"#/$defs/d0"}},"$defs":{"##,
            |at| format!(r##""d{at}":{{"$ref":"#/$defs/d{}"}}"##, at + 1),
            "}}}}]}",
        ),
        many(
            "references of a tool",
            r##"{"model":"m","messages":[{"role":"user","content":"a"}],"tools":[{"type":"function","function":{"name":"f","parameters":{"type":"object","properties":{"##,
            |at| format!(r##""p{at}":{{"$ref":"#/$defs/d"}}"##),
            r##"},"$defs":{"d":{"type":"string"}}}}}]}"##,
        ),
        many(
            "required properties",
            r#"{"model":"m","messages":[{"role":"user","content":"a"}],"response_format":{"type":"json_schema","json_schema":{"name":"n","schema":{"type":"object","properties":{},"required":["#,
            |at| format!("\"p{at}\""),
            "]}}}}",
        ),
        many(
            "functions",
            r#"{"model":"m","messages":[{"role":"user","content":"a"}],"functions":["#,
            |at| format!(r#"{{"name":"f{at}"}}"#),
            "]}",
        ),
        many("escapes", r#"{"model":"m","messages":[{"role":"user","content":""#, |_| r"\u0041\n".into(), "\"}]}"),
    ];
    // Texts are not joined by commas.
    if let Some(escapes) = all.last_mut() {
        escapes.each = |_| r"\u0041\n".into();
    }
    all
}

fn many_of_responses() -> Vec<Many> {
    let many = |name, before, each: fn(usize) -> String, behind| Many {
        caller: Dialect::Responses,
        name,
        before,
        each,
        behind,
    };
    const INPUT: &str = r#"{"model":"m","input":["#;
    const ENDS: &str = r#"],"tools":[{"type":"function","name":"f","parameters":{},"strict":false}]}"#;
    const TOOLS: &str = r#"{"model":"m","input":"a","tools":["#;
    vec![
        many("messages", INPUT, |_| r#"{"role":"user","content":"a"}"#.into(), "]}"),
        many(
            "answers",
            INPUT,
            |_| r#"{"role":"assistant","content":"a"}"#.into(),
            r#",{"role":"user","content":"a"}]}"#,
        ),
        many(
            "parts",
            r#"{"model":"m","input":[{"role":"user","content":["#,
            |_| r#"{"type":"input_text","text":"a"}"#.into(),
            "]}]}",
        ),
        many(
            "files",
            r#"{"model":"m","input":[{"role":"user","content":["#,
            |_| r#"{"type":"input_file","filename":"a.pdf","file_data":"data:application/pdf;base64,JVBERi0="}"#.into(),
            "]}]}",
        ),
        many(
            "calls and results",
            INPUT,
            |at| {
                format!(
                    r#"{{"type":"function_call","call_id":"c{at}","name":"f","arguments":"{{}}"}},{{"type":"function_call_output","call_id":"c{at}","output":"r"}}"#
                )
            },
            ENDS,
        ),
        many(
            "calls",
            INPUT,
            |at| format!(r#"{{"type":"function_call","call_id":"c{at}","name":"f","arguments":"{{}}"}}"#),
            ENDS,
        ),
        many(
            "results of nothing",
            INPUT,
            |at| {
                format!(
                    r#"{{"role":"user","content":"a"}},{{"type":"function_call_output","call_id":"c{at}","output":"r"}}"#
                )
            },
            ENDS,
        ),
        many(
            "results behind what the user says",
            r#"{"model":"m","input":[{"type":"function_call","call_id":"c","name":"f","arguments":"{}"},"#,
            |at| {
                format!(
                    r#"{{"role":"user","content":"a"}},{{"type":"function_call_output","call_id":"c{at}","output":"r"}}"#
                )
            },
            ENDS,
        ),
        many(
            "custom calls and results",
            INPUT,
            |at| {
                format!(
                    r#"{{"type":"custom_tool_call","call_id":"c{at}","name":"f","input":"x"}},{{"type":"custom_tool_call_output","call_id":"c{at}","output":"r"}}"#
                )
            },
            r#"],"tools":[{"type":"custom","name":"f"}]}"#,
        ),
        many(
            "reasoning",
            INPUT,
            |at| {
                format!(
                    r#"{{"type":"reasoning","id":"r{at}","summary":[{{"type":"summary_text","text":"t"}}],"encrypted_content":"e"}}"#
                )
            },
            r#",{"role":"user","content":"a"}]}"#,
        ),
        many(
            "texts of reasoning",
            r#"{"model":"m","input":[{"type":"reasoning","id":"r","summary":["#,
            |_| r#"{"type":"summary_text","text":"t"}"#.into(),
            r#"]},{"role":"user","content":"a"}]}"#,
        ),
        many(
            "signatures of calls",
            INPUT,
            |at| format!(r#"{{"type":"reasoning","id":"r{at}","summary":[],"encrypted_content":"{}"}}"#, bound(at)),
            r#",{"type":"function_call","call_id":"c1","name":"f","arguments":"{}"}]}"#,
        ),
        many(
            "signatures before their calls",
            INPUT,
            |at| {
                if at % 2 == 0 {
                    format!(r#"{{"type":"reasoning","id":"r{at}","summary":[],"encrypted_content":"{}"}}"#, bound(at))
                } else {
                    format!(r#"{{"type":"function_call","call_id":"c{}","name":"f","arguments":"{{}}"}}"#, at + 1000)
                }
            },
            ENDS,
        ),
        many(
            "searches",
            INPUT,
            |_| r#"{"type":"web_search_call","id":"w","status":"completed"}"#.into(),
            r#",{"role":"user","content":"a"}]}"#,
        ),
        many(
            "tools",
            TOOLS,
            |at| format!(r#"{{"type":"function","name":"f{at}","parameters":{{}},"strict":true}}"#),
            "]}",
        ),
        many("equal tools", TOOLS, |_| r#"{"type":"function","name":"f","parameters":{},"strict":true}"#.into(), "]}"),
        many("vendor's tools", TOOLS, |_| r#"{"type":"code_interpreter","container":{"type":"auto"}}"#.into(), "]}"),
        many("searches of the web", TOOLS, |_| r#"{"type":"web_search"}"#.into(), "]}"),
        many(
            "namespaces",
            TOOLS,
            |at| format!(r#"{{"type":"namespace","name":"n{at}","tools":[{{"type":"function","name":"f"}}]}}"#),
            "]}",
        ),
        many(
            "tools of a namespace",
            r#"{"model":"m","input":"a","tools":[{"type":"namespace","name":"n","tools":["#,
            |at| format!(r#"{{"type":"function","name":"f{at}"}}"#),
            "]}]}",
        ),
        many(
            "loaded tools",
            r#"{"model":"m","input":[{"role":"user","content":"a"},{"type":"additional_tools","role":"developer","tools":["#,
            |at| format!(r#"{{"type":"function","name":"f{at}","parameters":{{}}}}"#),
            "]}]}",
        ),
        many(
            "times that tools are loaded",
            INPUT,
            |at| {
                format!(
                    r#"{{"type":"additional_tools","role":"developer","tools":[{{"type":"function","name":"f{at}"}}]}}"#
                )
            },
            r#",{"role":"user","content":"a"}]}"#,
        ),
        many(
            "chosen tools",
            r#"{"model":"m","input":"a","tools":[{"type":"function","name":"f"}],"tool_choice":{"type":"allowed_tools","mode":"auto","tools":["#,
            |at| format!(r#"{{"type":"function","name":"f{at}"}}"#),
            r#",{"type":"function","name":"f"}]}}"#,
        ),
        many(
            "includes",
            r#"{"model":"m","input":"a","include":["#,
            |_| r#""reasoning.encrypted_content""#.into(),
            "]}",
        ),
        many(
            "equal fields",
            r#"{"model":"m","input":"a","#,
            |at| format!(r#""temperature":0.{at},"reasoning":{{"effort":"low"}},"text":{{"verbosity":"low"}}"#),
            "}",
        ),
        many("unknown fields", r#"{"model":"m","input":"a","#, |at| format!(r#""x{at}":1"#), "}"),
        many("unknown fields of items", INPUT, |at| format!(r#"{{"role":"user","content":"a","x{at}":1}}"#), "]}"),
    ]
}

fn many_of_messages() -> Vec<Many> {
    let many = |name, before, each: fn(usize) -> String, behind| Many {
        caller: Dialect::Messages,
        name,
        before,
        each,
        behind,
    };
    const MESSAGES: &str = r#"{"model":"m","max_tokens":9,"messages":["#;
    const PARTS: &str = r#"{"model":"m","max_tokens":9,"messages":[{"role":"user","content":["#;
    const SAID: &str =
        r#"{"model":"m","max_tokens":9,"messages":[{"role":"user","content":"a"},{"role":"assistant","content":["#;
    const ENDS: &str = r#"],"tools":[{"name":"f","input_schema":{"type":"object"}}]}"#;
    const TOOLS: &str = r#"{"model":"m","max_tokens":9,"messages":[{"role":"user","content":"a"}],"tools":["#;
    const FIELDS: &str = r#"{"model":"m","max_tokens":9,"messages":[{"role":"user","content":"a"}],"#;
    vec![
        many("messages", MESSAGES, |_| r#"{"role":"user","content":"a"}"#.into(), "]}"),
        many(
            "system turns",
            MESSAGES,
            |at| format!(r#"{{"role":"{}","content":"a"}}"#, ["user", "system"][at % 2]),
            "]}",
        ),
        many(
            "system parts",
            r#"{"model":"m","max_tokens":9,"messages":[{"role":"user","content":"a"}],"system":["#,
            |_| r#"{"type":"text","text":"a","cache_control":{"type":"ephemeral"}}"#.into(),
            "]}",
        ),
        many("parts", PARTS, |_| r#"{"type":"text","text":"a"}"#.into(), "]}]}"),
        many(
            "empty marked parts",
            PARTS,
            |_| r#"{"type":"text","text":"","cache_control":{"type":"ephemeral"}}"#.into(),
            r#",{"type":"text","text":"a"}]}]}"#,
        ),
        many(
            "marks",
            PARTS,
            |_| r#"{"type":"text","text":"a","cache_control":{"type":"ephemeral","ttl":"1h"}}"#.into(),
            "]}]}",
        ),
        many(
            "documents",
            PARTS,
            |_| {
                r#"{"type":"document","title":"t","source":{"type":"base64","media_type":"application/pdf","data":"JVBERi0="}}"#.into()
            },
            "]}]}",
        ),
        many(
            "documents with titles",
            PARTS,
            |at| {
                format!(
                    r#"{{"type":"document","title":"t {at}","source":{{"type":"text","media_type":"text/plain","data":"a"}}}}"#
                )
            },
            "]}]}",
        ),
        many(
            "calls and results",
            MESSAGES,
            |at| {
                format!(
                    r#"{{"role":"assistant","content":[{{"type":"tool_use","id":"c{at}","name":"f","input":{{}}}}]}},{{"role":"user","content":[{{"type":"tool_result","tool_use_id":"c{at}","content":"r"}}]}}"#
                )
            },
            ENDS,
        ),
        many(
            "calls and results of one id",
            MESSAGES,
            |_| {
                r#"{"role":"assistant","content":[{"type":"tool_use","id":"c","name":"f","input":{}}]},{"role":"user","content":[{"type":"tool_result","tool_use_id":"c","content":"r"}]}"#.into()
            },
            ENDS,
        ),
        many(
            "calls in a turn",
            SAID,
            |at| format!(r#"{{"type":"tool_use","id":"c{at}","name":"f","input":{{}}}}"#),
            r#"]}],"tools":[{"name":"f","input_schema":{"type":"object"}}]}"#,
        ),
        many(
            "results in a turn",
            PARTS,
            |at| {
                format!(
                    r#"{{"type":"tool_result","tool_use_id":"c{at}","content":[{{"type":"text","text":"r","cache_control":{{"type":"ephemeral"}}}}]}}"#
                )
            },
            r#"]}],"tools":[{"name":"f","input_schema":{"type":"object"}}]}"#,
        ),
        many(
            "results behind texts",
            PARTS,
            |at| {
                format!(r#"{{"type":"text","text":"a"}},{{"type":"tool_result","tool_use_id":"c{at}","content":"r"}}"#)
            },
            r#"]}],"tools":[{"name":"f","input_schema":{"type":"object"}}]}"#,
        ),
        many(
            "thoughts",
            SAID,
            |_| r#"{"type":"thinking","thinking":"t","signature":"s"}"#.into(),
            r#"]},{"role":"user","content":"a"}]}"#,
        ),
        many(
            "tagged thoughts",
            SAID,
            |at| {
                format!(
                    r#"{{"type":"redacted_thinking","data":"{}"}},{{"type":"tool_use","id":"d{at}","name":"f","input":{{}}}}"#,
                    bound(at)
                )
            },
            r#"]}],"tools":[{"name":"f","input_schema":{"type":"object"}}]}"#,
        ),
        many(
            "searches",
            SAID,
            |at| {
                format!(
                    r#"{{"type":"server_tool_use","id":"s{at}","name":"web_search","input":{{"query":"q"}}}},{{"type":"web_search_tool_result","tool_use_id":"s{at}","content":[]}}"#
                )
            },
            r#"]},{"role":"user","content":"a"}]}"#,
        ),
        many(
            "tools",
            TOOLS,
            |at| {
                format!(
                    r#"{{"name":"f{at}","input_schema":{{"type":"object"}},"cache_control":{{"type":"ephemeral"}}}}"#
                )
            },
            "]}",
        ),
        many("equal tools", TOOLS, |_| r#"{"name":"f","input_schema":{"type":"object"}}"#.into(), "]}"),
        many(
            "deferred tools",
            TOOLS,
            |at| format!(r#"{{"name":"f{at}","input_schema":{{"type":"object"}},"defer_loading":true}}"#),
            "]}",
        ),
        many(
            "removed tools",
            r#"{"model":"m","max_tokens":9,"tools":[{"name":"f0","input_schema":{"type":"object"}},{"name":"g","input_schema":{"type":"object"}}],"messages":[{"role":"user","content":"a"},{"role":"system","content":["#,
            |at| format!(r#"{{"type":"tool_removal","tool":{{"type":"tool_reference","name":"f{at}"}}}}"#),
            "]}]}",
        ),
        many(
            "added tools",
            r#"{"model":"m","max_tokens":9,"messages":[{"role":"user","content":"a"},{"role":"system","content":["#,
            |at| {
                format!(
                    r#"{{"type":"tool_addition","tool":{{"type":"tool_definition","definition":{{"name":"f{at}","input_schema":{{"type":"object"}}}}}}}},{{"type":"tool_removal","tool":{{"type":"tool_reference","name":"g{at}"}}}}"#
                )
            },
            "]}]}",
        ),
        many(
            "stop sequences",
            r#"{"model":"m","max_tokens":9,"messages":[{"role":"user","content":"a"}],"stop_sequences":["#,
            |at| format!("\"s{at}\""),
            "]}",
        ),
        many("unknown fields", FIELDS, |at| format!(r#""x{at}":1"#), "}"),
        many(
            "equal fields",
            FIELDS,
            |at| {
                format!(
                    r#""temperature":0.{at},"top_k":{at},"metadata":{{"user_id":"u{at}"}},"thinking":{{"type":"disabled"}}"#
                )
            },
            "}",
        ),
        many("unknown fields of parts", PARTS, |at| format!(r#"{{"type":"text","text":"a","x{at}":1}}"#), "]}]}"),
    ]
}

fn many_of_gemini() -> Vec<Many> {
    let many =
        |name, before, each: fn(usize) -> String, behind| Many { caller: Dialect::Gemini, name, before, each, behind };
    const CONTENTS: &str = r#"{"contents":["#;
    const ENDS: &str = r#"],"tools":[{"functionDeclarations":[{"name":"f"}]}]}"#;
    const PARTS: &str = r#"{"contents":[{"role":"user","parts":["#;
    const FIELDS: &str = r#"{"contents":[{"parts":[{"text":"a"}]}],"#;
    vec![
        many("contents", CONTENTS, |_| r#"{"role":"user","parts":[{"text":"a"}]}"#.into(), "]}"),
        many(
            "speakers",
            CONTENTS,
            |at| format!(r#"{{"role":"{}","parts":[{{"text":"a"}}]}}"#, ["user", "model"][at % 2]),
            r#",{"role":"user","parts":[{"text":"a"}]}]}"#,
        ),
        many("parts", PARTS, |_| r#"{"text":"a"}"#.into(), "]}]}"),
        many("pictures", PARTS, |_| r#"{"inlineData":{"mimeType":"image/png","data":"iVBORw0KGgo="}}"#.into(), "]}]}"),
        many(
            "documents",
            PARTS,
            |_| r#"{"inlineData":{"mimeType":"application/pdf","data":"JVBERi0="}}"#.into(),
            "]}]}",
        ),
        many(
            "calls and results",
            CONTENTS,
            |_| {
                r#"{"role":"model","parts":[{"functionCall":{"name":"f","args":{}}}]},{"role":"user","parts":[{"functionResponse":{"name":"f","response":{}}}]}"#.into()
            },
            ENDS,
        ),
        many(
            "calls and results with ids",
            CONTENTS,
            |at| {
                format!(
                    r#"{{"role":"model","parts":[{{"functionCall":{{"id":"c{at}","name":"f","args":{{}}}}}}]}},{{"role":"user","parts":[{{"functionResponse":{{"id":"c{at}","name":"f","response":{{}}}}}}]}}"#
                )
            },
            ENDS,
        ),
        many(
            "calls",
            CONTENTS,
            |at| format!(r#"{{"role":"model","parts":[{{"functionCall":{{"name":"f{at}","args":{{}}}}}}]}}"#),
            ENDS,
        ),
        many(
            "calls, then as many results",
            CONTENTS,
            |at| {
                if at < size() / 2 {
                    r#"{"role":"model","parts":[{"functionCall":{"name":"f","args":{}}}]}"#.into()
                } else {
                    r#"{"role":"user","parts":[{"functionResponse":{"name":"f","response":{}}}]}"#.into()
                }
            },
            ENDS,
        ),
        many(
            "results of nothing",
            CONTENTS,
            |at| {
                format!(
                    r#"{{"role":"user","parts":[{{"functionResponse":{{"id":"c{at}","name":"f","response":{{}}}}}}]}}"#
                )
            },
            ENDS,
        ),
        many(
            "signed parts",
            r#"{"contents":[{"role":"user","parts":[{"text":"a"}]},{"role":"model","parts":["#,
            |_| r#"{"text":"t","thought":true,"thoughtSignature":"c2ln"}"#.into(),
            r#"]},{"role":"user","parts":[{"text":"a"}]}]}"#,
        ),
        many(
            "signed calls",
            r#"{"contents":[{"role":"user","parts":[{"text":"a"}]},{"role":"model","parts":["#,
            |_| r#"{"functionCall":{"name":"f","args":{}},"thoughtSignature":"c2ln"}"#.into(),
            r#"]}],"tools":[{"functionDeclarations":[{"name":"f"}]}]}"#,
        ),
        many(
            "tools",
            r#"{"contents":[{"parts":[{"text":"a"}]}],"tools":["#,
            |at| format!(r#"{{"functionDeclarations":[{{"name":"f{at}","parameters":{{"type":"OBJECT"}}}}]}}"#),
            "]}",
        ),
        many(
            "functions",
            r#"{"contents":[{"parts":[{"text":"a"}]}],"tools":[{"functionDeclarations":["#,
            |at| {
                format!(
                    r#"{{"name":"f{at}","parameters":{{"type":"OBJECT","properties":{{"a":{{"type":"STRING","nullable":true}}}}}}}}"#
                )
            },
            "]}]}",
        ),
        many(
            "functions with names that clash",
            r#"{"contents":[{"parts":[{"text":"a"}]}],"tools":[{"functionDeclarations":["#,
            |at| format!(r#"{{"name":"{}"}}"#, illegal(at)),
            "]}]}",
        ),
        many(
            "allowed functions",
            r#"{"contents":[{"parts":[{"text":"a"}]}],"tools":[{"functionDeclarations":[{"name":"f"}]}],"toolConfig":{"functionCallingConfig":{"mode":"ANY","allowedFunctionNames":["#,
            |at| format!("\"f{at}\""),
            r#","f"]}}}"#,
        ),
        many(
            "stop sequences",
            r#"{"contents":[{"parts":[{"text":"a"}]}],"generationConfig":{"stopSequences":["#,
            |at| format!("\"s{at}\""),
            "]}}",
        ),
        many(
            "properties of the output",
            r#"{"contents":[{"parts":[{"text":"a"}]}],"generationConfig":{"responseMimeType":"application/json","responseSchema":{"type":"OBJECT","properties":{"#,
            |at| format!(r#""p{at}":{{"type":"STRING","nullable":true}}"#),
            "}}}}",
        ),
        many(
            "settings of safety",
            r#"{"contents":[{"parts":[{"text":"a"}]}],"safetySettings":["#,
            |_| r#"{"category":"HARM_CATEGORY_HARASSMENT","threshold":"BLOCK_NONE"}"#.into(),
            "]}",
        ),
        many("labels", r#"{"contents":[{"parts":[{"text":"a"}]}],"labels":{"#, |at| format!(r#""k{at}":"v""#), "}}"),
        many("unknown fields", FIELDS, |at| format!(r#""x{at}":1"#), "}"),
        many(
            "equal fields",
            FIELDS,
            |at| format!(r#""generationConfig":{{"temperature":0.{at},"top_k":{at},"topP":0.5}}"#),
            "}",
        ),
        many("unknown fields of parts", PARTS, |at| format!(r#"{{"text":"a","x{at}":1}}"#), "]}]}"),
    ]
}

/// A namespace's name belongs to each of its tools, and a long one would be written for each.
#[test]
fn what_many_share_is_short() {
    let tools: Vec<String> = (0..1000).map(|at| format!(r#"{{"type":"function","name":"f{at}"}}"#)).collect();
    let body = format!(
        r#"{{"model":"m","input":"a","tools":[{{"type":"namespace","name":"{}","tools":[{}]}}]}}"#,
        "n".repeat(100_000),
        tools.join(",")
    );
    let doc = Doc::parse(&body).expect("JSON");
    for target in upstreams(Dialect::Responses) {
        let refused = translate::request(&doc, Dialect::Responses, &target, false, false, &mut Report::default());
        let refusal = refused.expect_err("too long");
        assert!(!refusal.is_unsupported() && refusal.path(&doc) == "tools[0].name", "{}", refusal.message());
    }
}

/// Under one long key many things are unknown: their paths are not all spelled.
#[test]
fn long_keys_are_not_spelled_for_nothing() {
    for caller in CALLERS {
        linear(
            &format!("unknown fields under a long key of {caller}"),
            |count| {
                let fields: Vec<String> = (0..count).map(|at| format!(r#""x{at}":1"#)).collect();
                let (key, fields) = ("k".repeat(count * 10), fields.join(","));
                format!(
                    r#"{{"model":"m","{key}":{{"a":1}},"text":{{{fields}}},"generationConfig":{{{fields}}},"reasoning":{{{fields}}}}}"#
                )
            },
            |body| {
                let doc = Doc::parse(body).expect("JSON");
                for target in upstreams(caller) {
                    let mut report = Report::default();
                    let _ = translate::request(&doc, caller, &target, false, false, &mut report);
                    assert!(report.header(&doc).is_none_or(|header| header.len() <= 1024));
                }
            },
        );
    }
}
