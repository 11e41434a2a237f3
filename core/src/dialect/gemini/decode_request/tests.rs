use super::*;
use crate::dialect::canonical::read::Doc;
use crate::dialect::canonical::{
    Arguments, Detail, Effort, Mode, Output, PartKind, Reasoning, Shown, Source, ToolChoice, ToolKind, Vendor, carrier,
};
use crate::wire::base64;

fn with(body: &str, look: impl FnOnce(&Request<'_>, Option<String>)) {
    let doc = Doc::parse(body).expect("JSON");
    let mut report = Report::default();
    let (request, _) = decode(doc.root(), &mut report).unwrap_or_else(|refusal| {
        panic!("{}: {}", refusal.path(&doc), refusal.message());
    });
    look(&request, report.header(&doc));
}

fn refused(body: &str) -> String {
    let doc = Doc::parse(body).expect("JSON");
    let refusal = decode(doc.root(), &mut Report::default()).expect_err("a refusal");
    format!("{}{}", if refusal.is_unsupported() { "~" } else { "" }, refusal.path(&doc))
}

#[test]
fn both_spellings_and_single_elements_are_read() {
    let camel = r#"{"contents":[{"role":"user","parts":[{"text":"a"},{"inlineData":{"mimeType":"IMAGE/JPG","data":"-_8"}}]}],
        "systemInstruction":{"parts":[{"text":"s"}]},"generationConfig":{"maxOutputTokens":"7","topK":40.0,"thinkingConfig":{"thinkingBudget":"128"}}}"#;
    let snake = r#"{"system_instruction":{"parts":{"text":"s"}},"contents":{"parts":[{"text":"a"},{"inline_data":{"mime_type":"image/jpeg","data":"+/8="}}]},
        "generation_config":{"max_output_tokens":7,"top_k":"40","thinking_config":{"thinking_budget":128}}}"#;
    for body in [camel, snake] {
        with(body, |request, header| {
            assert_eq!(header, None);
            assert_eq!(request.turns[0].role, Role::System);
            assert!(matches!(&request.turns[0].parts[0].kind, PartKind::Text(text) if text == "s"));
            let PartKind::Image { source, .. } = &request.turns[1].parts[1].kind else { panic!("an image") };
            assert_eq!(*source, Source::Base64 { mime: "image/jpeg".into(), data: "+/8=".into() });
            assert_eq!(request.max_output.map(|max| max.is), Some(7));
            assert_eq!(request.asked(Feature::TopK).map(|asked| &*asked.json), Some("40"));
            assert_eq!(request.reasoning.as_ref().and_then(|ask| ask.is.budget).map(|budget| budget.is), Some(128));
        });
    }
}

#[test]
fn results_are_matched_and_read_by_their_rules() {
    let body = r#"{"contents":[{"parts":[{"text":"q"}]},
      {"role":"model","parts":[{"functionCall":{"name":"f","args":{"n":9007199254740993}},"thoughtSignature":"c2ln"},{"functionCall":{"id":"x","name":"g"}},{"functionCall":{"name":"f","args":null}}]},
      {"role":"function","parts":[
        {"functionResponse":{"name":"f","response":{"output":"text"}}},
        {"functionResponse":{"id":"x","name":"g","response":{"error":{"code":1}}}},
        {"functionResponse":{"name":"f","response":{"output":[1],"more":2},"scheduling":"SILENT"}},
        {"functionResponse":{"name":"h","response":{"output":{"a":1}},"parts":[{"inlineData":{"mimeType":"image/png","data":"AAAA"}}]}},
        {"functionResponse":{"name":"h","response":{"output":""}}}]}]}"#;
    with(body, |request, header| {
        assert_eq!(header.as_deref(), Some("contents[2].parts[2].functionResponse.scheduling=dropped"));
        let PartKind::Call(call) = &request.turns[1].parts[0].kind else { panic!("a call") };
        assert_eq!(call.arguments, Arguments::Json(r#"{"n":9007199254740993}"#.into()));
        assert_eq!(call.signed.as_ref().map(|signed| &*signed.bytes), Some("c2ln"));
        let PartKind::Call(last) = &request.turns[1].parts[2].kind else { panic!("a call") };
        assert_eq!((&*last.id, &last.arguments), ("gl_1_1", &Arguments::Json("{}".into())));
        let seen: Vec<_> = request.turns[2]
            .parts
            .iter()
            .map(|part| match &part.kind {
                PartKind::Result { call, name, content, json, error } => {
                    let texts: Vec<_> = content
                        .iter()
                        .map(|part| match &part.kind {
                            PartKind::Text(text) => text.to_string(),
                            _ => "file".to_owned(),
                        })
                        .collect();
                    let json = json.as_ref().map(|json| json.0.to_string());
                    (
                        call.to_string(),
                        name.as_deref().unwrap_or_default().to_owned(),
                        texts.join("+"),
                        json,
                        error.is_some(),
                    )
                }
                other => panic!("{other:?}"),
            })
            .collect();
        let row = |call: &str, name: &str, text: &str, json: Option<&str>, error| {
            (call.to_owned(), name.to_owned(), text.to_owned(), json.map(str::to_owned), error)
        };
        assert_eq!(
            seen,
            [
                row("gl_1_0", "f", "text", None, false),
                row("x", "g", "", Some(r#"{"code":1}"#), true),
                row("gl_1_1", "f", "", Some(r#"{"output":[1],"more":2}"#), false),
                row("gl_2_0", "h", r#"{"a":1}+file"#, None, false),
                row("gl_2_1", "h", "", None, false),
            ]
        );
    });
}

#[test]
fn trap_25_a_tagged_signature_is_its_makers() {
    let origin = carrier::Origin { vendor: Vendor::Anthropic, scope: "s".into(), model: "claude".into() };
    let tagged = base64::encode(carrier::tag(&origin, None, "EqQB+/=").as_bytes());
    let body = format!(
        r#"{{"contents":[{{"role":"model","parts":[{{"text":"th","thought":true}},{{"text":"ink","thought":true}},{{"text":"","thought":true,"thoughtSignature":"{tagged}"}},{{"text":"","thought":true,"thoughtSignature":"{tagged}"}},{{"text":"a","thoughtSignature":"own=="}},{{"text":"","thoughtSignature":"b"}}]}}]}}"#
    );
    with(&body, |request, _| {
        let parts = &request.turns[0].parts;
        let reasoning = |at: usize| match &parts[at].kind {
            PartKind::Reasoning(Reasoning { shown, texts, signed, .. }) => {
                let signed = signed.as_ref().expect("signed");
                (*shown, texts.concat(), signed.origin.vendor, signed.bytes.to_string())
            }
            other => panic!("{other:?}"),
        };
        assert_eq!(reasoning(0), (Shown::Summary, "think".to_owned(), Vendor::Anthropic, "EqQB+/=".to_owned()));
        assert_eq!(reasoning(1), (Shown::Summary, String::new(), Vendor::Anthropic, "EqQB+/=".to_owned()));
        assert!(matches!(&parts[2].kind, PartKind::Text(text) if text == "a"));
        assert_eq!(reasoning(3), (Shown::Hidden, String::new(), Vendor::Google, "own==".to_owned()));
        assert_eq!(reasoning(4), (Shown::Hidden, String::new(), Vendor::Google, "b".to_owned()));
        assert_eq!(parts.len(), 5);
    });
}

#[test]
fn tools_of_all_kinds() {
    let body = r#"{"contents":[],"tools":[{"functionDeclarations":[{"name":"f","description":"d","parameters":{"type":"OBJECT"},"behavior":"NON_BLOCKING"}]},
      {"google_search":{"time_range_filter":{"start_time":"x"},"exclude_domains":["a.b"]},"url_context":{}},
      {"function_declarations":[{"name":"g","parameters_json_schema":{"type":"object"},"parameters":{"type":"STRING"}},{"name":"h"}]},{}]}"#;
    with(body, |request, header| {
        assert_eq!(header, None);
        let seen: Vec<String> = request
            .tools
            .iter()
            .map(|tool| match &tool.kind {
                ToolKind::Function(function) => {
                    let schema = function.schema.as_ref().map(|schema| schema.is.0.to_string()).unwrap_or_default();
                    format!("{} {schema} {}", function.name, function.extra.len())
                }
                ToolKind::WebSearch(search) => {
                    format!(
                        "search {:?} {}",
                        search.blocked.as_ref().map(|blocked| &blocked.is),
                        search.range.is_some()
                    )
                }
                ToolKind::Server(server) => format!("server {}", server.kind),
                ToolKind::Custom(_) => "custom".to_owned(),
            })
            .collect();
        assert_eq!(
            seen,
            [
                r#"f {"type":"object"} 1"#,
                r#"search Some(["a.b"]) true"#,
                "server urlContext",
                r#"g {"type":"object"} 0"#,
                "h  0",
            ]
        );
    });
}

#[test]
fn choices_of_tools() {
    let cases = [
        (r#"{"mode":"AUTO"}"#, Some(ToolChoice::Auto)),
        (r#"{"mode":"auto"}"#, Some(ToolChoice::Auto)),
        (r#"{"mode":"NONE"}"#, Some(ToolChoice::None)),
        (r#"{"mode":"any"}"#, Some(ToolChoice::Required)),
        (r#"{"mode":"ANY","allowed_function_names":["f"]}"#, Some(ToolChoice::One("f".into()))),
        (
            r#"{"mode":"ANY","allowedFunctionNames":["f","g"]}"#,
            Some(ToolChoice::Subset { names: vec!["f".into(), "g".into()], required: true }),
        ),
        (r#"{"mode":"VALIDATED"}"#, Some(ToolChoice::Validated)),
        (
            r#"{"mode":"VALIDATED","allowedFunctionNames":["f"]}"#,
            Some(ToolChoice::Subset { names: vec!["f".into()], required: false }),
        ),
        (r#"{"mode":"MODE_UNSPECIFIED"}"#, None),
        ("{}", None),
    ];
    for (config, expected) in cases {
        let body = format!(r#"{{"contents":[],"toolConfig":{{"functionCallingConfig":{config}}}}}"#);
        with(&body, |request, _| {
            assert_eq!(request.tool_choice.as_ref().map(|choice| &choice.is), expected.as_ref(), "{config}");
        });
    }
}

#[test]
fn settings_of_the_answer() {
    let cases = [
        (r#"{"responseMimeType":"text/plain"}"#, "None"),
        (r#"{"responseMimeType":"application/json"}"#, "JsonObject"),
        (r#"{"responseMimeType":"application/json","responseSchema":{"type":"STRING"}}"#, r#"{"type":"string"}"#),
        (
            r#"{"response_mime_type":"application/json","response_json_schema":{"type":"STRING"}}"#,
            r#"{"type":"STRING"}"#,
        ),
        (r#"{"responseMimeType":"text/x.enum","responseSchema":{"type":"STRING","enum":["a"]}}"#, "text/x.enum"),
        (r#"{"responseFormat":[{"text":{"mimeType":"APPLICATION_JSON","schema":{"a":1}}}]}"#, r#"{"a":1}"#),
    ];
    for (config, expected) in cases {
        with(&format!(r#"{{"contents":[],"generationConfig":{config}}}"#), |request, _| {
            let seen = match request.output.as_ref().map(|output| &output.is) {
                None => "None",
                Some(Output::JsonObject) => "JsonObject",
                Some(Output::Schema { schema, .. }) => &schema.is.0,
                Some(Output::Other(mime)) => mime,
            };
            assert_eq!(seen, expected, "{config}");
        });
    }
    let cases = [
        (r#"{"thinkingBudget":-1}"#, Mode::Adaptive, None, None),
        (r#"{"thinkingBudget":0,"includeThoughts":false}"#, Mode::Off, None, Some(false)),
        (r#"{"thinkingLevel":"high","includeThoughts":true}"#, Mode::Default, Some(Effort::High), Some(true)),
        (r#"{"thinking_level":"THINKING_LEVEL_UNSPECIFIED"}"#, Mode::Default, None, None),
    ];
    for (config, mode, effort, show) in cases {
        with(&format!(r#"{{"contents":[],"generationConfig":{{"thinkingConfig":{config}}}}}"#), |request, _| {
            let ask = &request.reasoning.as_ref().expect("an ask").is;
            assert_eq!((ask.mode, ask.effort.map(|effort| effort.is)), (mode, effort), "{config}");
            assert_eq!(ask.show.map(|show| show.is), show, "{config}");
        });
    }
}

#[test]
fn hints_and_the_unknown() {
    let body = r#"{"contents":[{"parts":[{"file_data":{"file_uri":"https://a/b.png"},"mediaResolution":{"level":"MEDIA_RESOLUTION_LOW"}},
        {"fileData":{"fileUri":"files/x","mimeType":"application/pdf"},"videoMetadata":{"fps":1}}],"x":1}],
      "serviceTier":"FLEX","labels":{},"safetySettings":[{"category":"a","threshold":"BLOCK_NONE"}],"zzz":1,
      "generationConfig":{"candidateCount":1,"presencePenalty":0,"responseModalities":["TEXT"],"speechConfig":{"a":1},"seed":"-5","yyy":null}}"#;
    with(body, |request, header| {
        assert_eq!(
            header.as_deref(),
            Some("contents[0].parts[1].videoMetadata=dropped, contents[0].x=unknown, zzz=unknown")
        );
        let PartKind::Image { detail, .. } = &request.turns[0].parts[0].kind else { panic!("an image") };
        assert_eq!(detail.map(|detail| detail.is), Some(Detail::Low));
        let PartKind::Document { source, .. } = &request.turns[0].parts[1].kind else { panic!("a document") };
        assert_eq!(*source, Source::FileId { id: "files/x".into(), vendor: Vendor::Google });
        let asked: Vec<_> = request.asked.iter().map(|asked| (asked.feature, &*asked.json)).collect();
        assert_eq!(
            asked,
            [
                (Feature::Tier, "\"flex\""),
                (Feature::Safety, r#"[{"category":"a","threshold":"BLOCK_NONE"}]"#),
                (Feature::GeminiHint, r#"{"a":1}"#),
                (Feature::Seed, "-5"),
            ]
        );
    });
}

#[test]
fn what_cannot_be_read_is_named() {
    let cases = [
        ("{}", "contents"),
        (r#"{"contents":"x"}"#, "contents"),
        (r#"{"contents":[{"role":"system","parts":[]}]}"#, "contents[0].role"),
        (r#"{"contents":[{"parts":[{"text":1}]}]}"#, "contents[0].parts[0].text"),
        (r#"{"contents":[{"parts":[{"text":"\ud800"}]}]}"#, "contents[0].parts[0].text"),
        (r#"{"contents":[{"parts":[{"hologram":{}}]}]}"#, "contents[0].parts[0]"),
        (r#"{"contents":[{"parts":[{"text":"a","inlineData":{}}]}]}"#, "contents[0].parts[0].inlineData"),
        (
            r#"{"contents":[{"parts":[{"inline_data":{"mime_type":"image/png"}}]}]}"#,
            "contents[0].parts[0].inline_data.data",
        ),
        (
            r#"{"contents":[{"parts":[{"functionCall":{"name":"f","args":[]}}]}]}"#,
            "contents[0].parts[0].functionCall.args",
        ),
        (
            r#"{"contents":[{"parts":[{"functionCall":{"name":"f","willContinue":true}}]}]}"#,
            "~contents[0].parts[0].functionCall.willContinue",
        ),
        (r#"{"contents":[],"tools":[{"teleport":{}}]}"#, "tools[0].teleport"),
        (r#"{"contents":[],"generationConfig":{"maxOutputTokens":"a"}}"#, "generationConfig.maxOutputTokens"),
        (r#"{"contents":[],"generationConfig":{"temperature":"hot"}}"#, "generationConfig.temperature"),
        (
            r#"{"contents":[],"systemInstruction":{"parts":[{"inlineData":{"mimeType":"image/png","data":""}}]}}"#,
            "systemInstruction.parts[0]",
        ),
    ];
    for (body, path) in cases {
        assert_eq!(refused(body), path, "{body}");
    }
}
