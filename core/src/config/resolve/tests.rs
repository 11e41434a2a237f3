//! What a configuration becomes, and how it is told what is wrong with it.

use super::*;
use crate::usage::Term;

fn resolve(json: &str, platform: Platform) -> Result<Settings, Vec<String>> {
    let secret = |name: &str| {
        match name {
        "SET" => Some("canary-secret".to_owned()),
        "GOOD" => Some(r#"{"type":"authorized_user","client_id":"i","client_secret":"s","refresh_token":"r","quota_project_id":"quota-1"}"#.to_owned()),
        "KEYLESS" => Some(r#"{"type":"service_account","client_email":"canary@x"}"#.to_owned()),
        _ => None,
    }
    };
    Config::from_json(json)
        .and_then(|config| config.resolve(platform, &secret))
        .map_err(|problems| problems.0.iter().map(ToString::to_string).collect())
}

fn paths(json: &str) -> Vec<String> {
    let problems = resolve(json, Platform::Local).expect_err("problems");
    problems.iter().map(|text| text.split(": ").next().unwrap_or_default().to_owned()).collect()
}

#[test]
fn a_whole_configuration_resolves() {
    let settings = resolve(
        r#"{"server":{"max_body":"1MiB","cors_origins":["https://app.example"]},
            "timeouts":{"headers":"2s"},
            "providers":{"openai":{"api_key":"${SET}"},
                         "claude":{"kind":"anthropic","api_keys":["${SET}","${SET}"]},
                         "ollama":{"base_url":"http://127.0.0.1:11434/v1","dialects":["chat","responses"]},
                         "mock":{}},
            "models":{"fast":{"targets":[{"model":"openai/gpt-5","weight":3},"ollama/x/y"],"fallbacks":["mock/z"]}},
            "keys":{"a":{"sha256":"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855","models":["fast"]}}}"#,
        Platform::Workers,
    )
    .expect("no problem");
    assert_eq!(settings.access, Access::Keys);
    assert_eq!(settings.max_body, 1 << 20);
    assert_eq!(settings.timeouts.headers, Duration::from_secs(2));
    assert_eq!(settings.provider("claude").map(|provider| provider.credentials.len()), Some(2));
    assert!(settings.provider("mock").is_some_and(|provider| provider.base_url.is_none()));
    let route = settings.routes.get("fast").expect("the route");
    assert_eq!(route.targets.iter().map(|target| &*target.model).collect::<Vec<_>>(), ["gpt-5", "x/y"]);
    assert!(!format!("{settings:?}").contains("canary"));
}

#[test]
fn every_problem_names_its_path() {
    assert_eq!(paths(r#"{"providers":{"openai":{"api_key":"sk-in-clear"}}}"#), ["providers.openai.api_key"]);
    assert_eq!(paths(r#"{"providers":{"openai":{"api_key":"${UNSET}"}}}"#), ["providers.openai.api_key"]);
    assert_eq!(paths(r#"{"providers":{"openai":{"api_key":"pre${SET}"}}}"#), ["providers.openai.api_key"]);
    assert_eq!(paths(r#"{"providers":{"openai":{}}}"#), ["providers.openai.api_key"]);
    assert_eq!(paths(r#"{"providers":{"mine":{"base_url":"http://a/v1"}}}"#), ["providers.mine"]);
    assert_eq!(paths(r#"{"providers":{"mine":{"kind":"nobody"}}}"#), ["providers.mine.kind"]);
    assert_eq!(paths(r#"{"providers":{"mine":{"kind":"openai-compatible"}}}"#), ["providers.mine.base_url"]);
    assert_eq!(paths(r#"{"providers":{"ollama":{"base_url":"http://a/v1#x"}}}"#), ["providers.ollama.base_url"]);
    assert_eq!(
        paths(r#"{"providers":{"openai":{"api_key":"${SET}","dialects":["gemini"]}}}"#),
        ["providers.openai.dialects[0]"]
    );
    assert_eq!(paths(r#"{"models":{"fast":{"targets":["nobody/x"]}}}"#), ["models.fast.targets[0]"]);
    assert_eq!(paths(r#"{"models":{"fast":{"targets":["bare"]}}}"#), ["models.fast.targets[0]"]);
    assert_eq!(paths(r#"{"models":{"fast":{}}}"#), ["models.fast.targets"]);
    assert_eq!(paths(r#"{"keys":{"a":{"sha256":"glt_secret"}}}"#), ["keys.a.sha256"]);
    assert_eq!(paths(r#"{"providers":{"models":{"kind":"mock"}}}"#), ["providers.models"]);
    assert_eq!(
        paths(r#"{"providers":{"mock":{"api_key":"sk-clear","http2":true}}}"#),
        ["providers.mock.api_key", "providers.mock.http2"]
    );
    assert_eq!(paths(r#"{"providers":{"mock":{}},"models":{"models/x":{"targets":["mock/x"]}}}"#), ["models.models/x"]);
    assert_eq!(paths(r#"{"server":{"max_body":0}}"#), ["server.max_body"]);
    assert_eq!(paths(r#"{"server":{"cors_origins":["app.example"]}}"#), ["server.cors_origins[0]"]);
    assert_eq!(paths(r#"{"timeouts":{"idle":0}}"#), ["timeouts.idle"]);
    assert_eq!(paths(r#"{"timeouts":{"idle":"soon"}}"#), ["timeouts.idle"]);
    assert_eq!(paths(r#"{"provider":{}}"#), ["provider"]);
    assert_eq!(paths(r#"{"cache":{"ttl":"1h"},"store":{"kind":"sqlite"}}"#), ["cache", "store"]);
    let hash = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    let key = format!(r#"{{"keys":{{"a":{{"sha256":"{hash}","budget":{{"usd":50}},"limits":[]}}}}}}"#);
    assert_eq!(paths(&key), ["keys.a.budget", "keys.a.limits"]);
    let open = format!(r#"{{"open":true,"keys":{{"a":{{"sha256":"{hash}"}}}}}}"#);
    assert_eq!(paths(&open), ["open"]);
}

#[test]
fn functions_serve_nobody_by_accident() {
    for platform in [Platform::Lambda, Platform::Workers] {
        assert!(resolve("{}", platform).is_err());
        assert_eq!(resolve(r#"{"open":true}"#, platform).map(|settings| settings.access), Ok(Access::Open));
    }
    assert_eq!(resolve("{}", Platform::Local).map(|settings| settings.access), Ok(Access::Loopback));
}

#[test]
fn no_secret_in_a_problem() {
    let problems = resolve(r#"{"providers":{"openai":{"api_key":"sk-in-clear"}}}"#, Platform::Local);
    assert!(!format!("{problems:?}").contains("sk-in-clear"));
}

/// The problem of a provider's configuration, and the path that it is at.
fn problem_of(provider: &str) -> String {
    let problems = resolve(&format!("{{\"providers\":{{{provider}}}}}"), Platform::Local).expect_err(provider);
    assert_eq!(problems.len(), 1, "{problems:?}");
    assert!(!problems[0].contains("canary"), "{problems:?}");
    problems.into_iter().next().unwrap_or_default()
}

#[test]
fn a_wrong_place_is_refused_with_what_to_write() {
    for (provider, told) in [
        (
            r#""bedrock":{"region":"us-east-1/x","api_key":"${SET}"}"#,
            "bedrock.region: the region is letters, digits and dashes, at most 64 of them, such as \"us-east-1\"",
        ),
        (r#""bedrock":{"region":"a.example#","api_key":"${SET}"}"#, "bedrock.region: the region is letters"),
        (r#""bedrock":{"region":"","api_key":"${SET}"}"#, "bedrock.region: the region is letters"),
        (
            r#""bedrock":{"api_key":"${SET}"}"#,
            "bedrock.region: required; write region = \"us-east-1\", or set AWS_REGION",
        ),
        (r#""bedrock":{"base_url":"http://h"}"#, "bedrock.region: required: signatures name it"),
        (
            r#""bedrock":{"region":"us-east-1","api_key":"${SET}","project":"x"}"#,
            "bedrock.project: a provider of kind bedrock has no project; remove it",
        ),
        (
            r#""bedrock":{"region":"us-east-1","access_key_id":"${SET}"}"#,
            "bedrock.secret_access_key: required beside `access_key_id`",
        ),
        (r#""bedrock":{"region":"us-east-1","secret_access_key":"${SET}"}"#, "bedrock.access_key_id: required beside"),
        (r#""bedrock":{"region":"us-east-1","session_token":"${SET}"}"#, "bedrock.session_token: belongs to"),
        (
            r#""bedrock":{"region":"us-east-1","access_key_id":"AKIA","secret_access_key":"${SET}"}"#,
            "bedrock.access_key_id: a secret is not written",
        ),
        (
            r#""openai":{"api_key":"${SET}","access_key_id":"${SET}"}"#,
            "openai.access_key_id: a provider of kind openai has no access_key_id",
        ),
        (
            r#""bedrock":{"region":"us-east-1","api_key":"${SET}","access_key_id":"${SET}","secret_access_key":"${SET}"}"#,
            "bedrock.access_key_id: contradicts `api_key`: give one of them",
        ),
        (
            r#""vertex":{"project":"p","access_token":"${SET}","credentials":"${GOOD}"}"#,
            "vertex.credentials: contradicts `access_token`",
        ),
        (r#""ollama":{"key_header":"x-key"}"#, "ollama.key_header: carries the key of `api_key`"),
        (r#""vertex":{"project":".."}"#, "vertex.project: the project is"),
        (r#""vertex":{}"#, "vertex.project: required; write project = \"my-project\", or set GOOGLE_CLOUD_PROJECT"),
        (r#""vertex":{"project":"a/b"}"#, "vertex.project: the project is"),
        (
            r#""vertex":{"project":"p","credentials":"${SET}"}"#,
            "vertex.credentials: SET holds neither the JSON of a credential file nor the path of one",
        ),
        (r#""vertex":{"project":"p","credentials":"${UNSET}"}"#, "vertex.credentials: UNSET is not set"),
        (
            r#""vertex":{"project":"p","credentials":"${KEYLESS}"}"#,
            "vertex.credentials: the credential file is wrong: it has no `private_key`",
        ),
        (r#""vertex":{"project":"p","credentials":"/etc/key.json"}"#, "vertex.credentials: a secret is not written"),
        (
            r#""azure":{"api_key":"${SET}"}"#,
            "azure.resource: required; write resource = \"my-resource\", or set AZURE_RESOURCE_NAME",
        ),
        (r#""azure":{"resource":"evil.example/","api_key":"${SET}"}"#, "azure.resource: the resource is letters"),
        (r#""azure":{"resource":"r","client_id":"c","tenant_id":"t"}"#, "azure.client_secret: required"),
        (
            r#""azure":{"resource":"r","client_id":"c","tenant_id":"../t","client_secret":"${SET}"}"#,
            "azure.tenant_id: an id is",
        ),
        (
            r#""unheard":{"base_url":"http://a/v1"}"#,
            "no provider is known by the name \"unheard\"; add `kind`: there are",
        ),
        (
            r#""ollam":{"base_url":"http://a/v1"}"#,
            "no provider is known by the name \"ollam\"; add `kind`: did you mean \"ollama\"?",
        ),
        (r#""ollama":{"paths":{"chat":"v1/chat"}}"#, "ollama.paths.chat: a path begins with `/`"),
        (
            r#""ollama":{"paths":{"chats":"/v1/chat"}}"#,
            "ollama.paths.chats: there is no operation of that name; there are chat, ",
        ),
        (
            r#""ollama":{"paths":{"chat":"/{deployment}/chat"}}"#,
            "ollama.paths.chat: `{deployment}` stands for nothing; there are {model}, {method}, {version}",
        ),
        (r#""ollama":{"paths":{"chat":"/a b"}}"#, "ollama.paths.chat: the path cannot stand in a URL"),
        (r#""ollama":{"base_url":"http://{region}/v1"}"#, "ollama.base_url: `{region}` stands for nothing here"),
        (r#""ollama":{"headers":{"Host":"x"}}"#, "ollama.headers.Host: this header is the gateway's own"),
        (r#""ollama":{"headers":{"x y":"x"}}"#, "ollama.headers.x y: this is no header's name"),
        (r#""ollama":{"headers":{"x-api-key":"in-clear"}}"#, "ollama.headers.x-api-key: a secret is not written"),
        (r#""ollama":{"headers":{"x-a":"a\nb"}}"#, "ollama.headers.x-a: the value holds"),
        (r#""ollama":{"key_header":"a b","api_key":"${SET}"}"#, "ollama.key_header: this is no header's name"),
        (r#""ollama":{"parameters":{"drop":["model"]}}"#, "ollama.parameters.drop[0]: `model` is what the request is"),
        (r#""ollama":{"parameters":{"set":{"stream":true}}}"#, "ollama.parameters.set.stream: `stream` is what"),
    ] {
        let problem = problem_of(provider);
        assert!(problem.contains(told), "{provider}:\n{problem}\n{told}");
    }
}

#[test]
fn a_worker_has_no_identity_of_its_own() {
    for (provider, told) in [
        (r#""bedrock":{"region":"us-east-1"}"#, "bedrock.api_key: a Worker has no role in AWS; write api_key"),
        (r#""vertex":{"project":"p"}"#, "vertex.api_key: a function has no identity at Google; write credentials"),
        (r#""azure":{"resource":"r"}"#, "azure.api_key: required here; write api_key"),
    ] {
        let json = format!("{{\"open\":true,\"providers\":{{{provider}}}}}");
        let problems = resolve(&json, Platform::Workers).expect_err(provider);
        assert!(problems.len() == 1 && problems[0].contains(told), "{problems:?}");
    }
}

#[test]
fn a_worker_takes_the_keys_of_its_secrets() {
    let around = |name: &str| {
        ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_REGION"].contains(&name).then(|| "x-1".to_owned())
    };
    let json = r#"{"open":true,"providers":{"bedrock":{}}}"#;
    let settings = Config::from_json(json).and_then(|config| config.resolve(Platform::Workers, &around));
    let settings = settings.expect("settings");
    let credential = &settings.provider("bedrock").expect("it").credentials[0];
    assert!(credential.granted().is_none(), "nothing has to be asked for");
}

#[test]
fn a_binding_is_a_workers_alone() {
    let resolved = |provider: &str, platform: Platform| {
        let json = format!("{{\"open\":true,\"providers\":{{{provider}}}}}");
        let unset = |name: &str| (name == "SET").then(|| "canary".to_owned());
        let file = |_: &str| Err("no files".to_owned());
        let around = Surroundings { variable: &unset, file: &file, binding: &|name| name == "AI" };
        Config::from_json(&json).and_then(|config| config.resolve_in(platform, &around))
    };
    let settings = resolved(r#""workers-ai":{"binding":"AI"}"#, Platform::Workers).expect("settings");
    let provider = settings.provider("workers-ai").expect("it");
    let chat = provider.entrances.of(crate::provider::Door::Chat).expect("a door");
    let uri = chat.uri("@cf/meta/llama-3.1-8b-instruct", "", "", None).map(|uri| uri.to_string());
    assert_eq!(uri.as_deref(), Some("binding://AI/run/@cf%2Fmeta%2Fllama-3.1-8b-instruct"));
    assert!(provider.credentials.is_empty());
    for (provider, platform, told) in [
        (
            r#""workers-ai":{"binding":"AI"}"#,
            Platform::Local,
            "workers-ai.binding: only a Cloudflare Worker has bindings; write account = \"…\" and api_key = \
             \"${CLOUDFLARE_API_TOKEN}\" instead",
        ),
        (
            r#""workers-ai":{"binding":"IA"}"#,
            Platform::Workers,
            "workers-ai.binding: the Worker has no binding of that",
        ),
        (
            r#""workers-ai":{"binding":"a/b"}"#,
            Platform::Workers,
            "workers-ai.binding: the Worker has no binding of that",
        ),
        (
            r#""workers-ai":{"binding":"AI","api_key":"${SET}"}"#,
            Platform::Workers,
            "workers-ai.api_key: what a binding leads to has no address and takes no key; remove it, or `binding`",
        ),
        (
            r#""workers-ai":{"binding":"AI","account":"a"}"#,
            Platform::Workers,
            "workers-ai.account: a provider of kind workers-ai has no account; remove it",
        ),
        (
            r#""openai":{"binding":"AI","api_key":"${SET}"}"#,
            Platform::Workers,
            "openai.binding: a provider of kind openai is reached by no binding; remove it",
        ),
        (
            r#""workers-ai":{"api_key":"${SET}"}"#,
            Platform::Workers,
            "workers-ai.account: required; write account = \"0123456789abcdef0123456789abcdef\", or set \
             CLOUDFLARE_ACCOUNT_ID",
        ),
    ] {
        let problems = resolved(provider, platform).expect_err(provider).to_string();
        assert!(problems.contains(told), "{provider}:\n{problems}\n{told}");
    }
}

#[test]
fn regions_are_where_the_vendors_have_them() {
    let base = |provider: &str, name: &str| {
        let json = format!("{{\"providers\":{{\"{name}\":{provider}}}}}");
        let settings = resolve(&json, Platform::Local).expect("settings");
        let url = settings.provider(name).and_then(|provider| provider.base_url.clone()).expect("a URL");
        format!("{}{}", url.origin.authority, url.path)
    };
    let bedrock = |region: &str| base(&format!(r#"{{"region":"{region}","api_key":"${{SET}}"}}"#), "bedrock");
    assert_eq!(bedrock("eu-west-3"), "bedrock-runtime.eu-west-3.amazonaws.com");
    assert_eq!(bedrock("us-gov-west-1"), "bedrock-runtime.us-gov-west-1.amazonaws.com");
    assert_eq!(bedrock("cn-north-1"), "bedrock-runtime.cn-north-1.amazonaws.com.cn");
    // python-genai `_api_client.py`
    let vertex = |region: &str| base(&format!(r#"{{"project":"p","region":"{region}"}}"#), "vertex");
    assert_eq!(vertex("us-east5"), "us-east5-aiplatform.googleapis.com");
    assert_eq!(vertex("global"), "aiplatform.googleapis.com");
    assert_eq!(vertex("eu"), "aiplatform.eu.rep.googleapis.com");
    assert_eq!(base(r#"{"project":"p"}"#, "vertex"), "aiplatform.googleapis.com");
    assert_eq!(base(r#"{"resource":"r","api_key":"${SET}"}"#, "azure"), "r.openai.azure.com");
}

#[test]
fn what_is_not_written_is_what_the_vendors_own_tools_would_take() {
    let around = |name: &str| match name {
        "AWS_REGION" => Some("us-west-2".to_owned()),
        "GOOGLE_APPLICATION_CREDENTIALS" => Some("/etc/google.json".to_owned()),
        "AZURE_TENANT_ID" | "AZURE_CLIENT_ID" | "AZURE_CLIENT_SECRET" => Some("canary".to_owned()),
        _ => None,
    };
    let file = |path: &str| {
        match path {
        "/etc/google.json" => Ok(r#"{"type":"authorized_user","client_id":"i","client_secret":"canary","refresh_token":"canary","project_id":"of-the-file"}"#.to_owned()),
        _ => Err("no such file".to_owned()),
    }
    };
    let json = r#"{"providers":{"bedrock":{},"vertex":{},"azure":{"resource":"r"}}}"#;
    let around = Surroundings { variable: &around, file: &file, binding: &|_| false };
    let settings = Config::from_json(json).and_then(|config| config.resolve_in(Platform::Local, &around));
    let settings = settings.expect("settings");
    assert_eq!(settings.provider("bedrock").map(|provider| &*provider.region), Some("us-west-2"));
    assert_eq!(settings.providers.iter().map(|provider| provider.credentials.len()).collect::<Vec<_>>(), [1, 1, 1]);
    let shown = format!("{settings:?}");
    assert!(shown.contains("of-the-file") && !shown.contains("canary"), "{shown}");
}

/// google-auth sends it so (`credentials.CredentialsWithQuotaProject`).
#[test]
fn a_persons_quota_is_of_the_project_that_the_file_names() {
    let quota = |more: &str| {
        let json = format!(r#"{{"providers":{{"vertex":{{"project":"p","credentials":"${{GOOD}}"{more}}}}}}}"#);
        let settings = resolve(&json, Platform::Local).expect("settings");
        let headers = &settings.provider("vertex").expect("it").headers;
        headers.iter().map(|(name, value)| format!("{name}: {}", value.to_str().expect("text"))).collect::<Vec<_>>()
    };
    assert_eq!(quota(""), ["x-goog-user-project: quota-1"]);
    assert_eq!(quota(r#","headers":{"x-goog-user-project":"mine"}"#), ["x-goog-user-project: mine"]);
}

/// Who counts or embeds takes less than who answers: what is set for answers would be refused there.
#[test]
fn what_is_set_is_set_for_answers_alone() {
    let json = r#"{"providers":{"mine":{"kind":"anthropic-compatible","base_url":"https://h.example",
        "parameters":{"drop":["metadata"],"set":{"temperature":1}}}}}"#;
    let settings = resolve(json, Platform::Local).expect("settings");
    let rules: Vec<_> = settings.provider("mine").expect("it").rules().collect();
    let changed = |door| {
        let body = br#"{"model":"m","metadata":{}}"#;
        let changed = crate::provider::rule::changes(body, door, rules.iter().copied());
        let body = crate::wire::splice::splice(&bytes::Bytes::from_static(body), &changed.edits).joined();
        String::from_utf8(body.to_vec()).expect("text")
    };
    assert_eq!(changed(crate::provider::Door::Messages), r#"{"model":"m","temperature":1}"#);
    assert_eq!(changed(crate::provider::Door::CountTokens), r#"{"model":"m"}"#);
}

#[test]
fn any_server_can_be_described() {
    let json = r#"{"providers":{"mine":{"kind":"openai-compatible","base_url":"https://h.example/api","api_key":"${SET}",
        "key_header":"x-my-key","headers":{"x-team":"a","x-my-secret":"${SET}"},
        "paths":{"chat":"/v2/{model}/chat?beta=1"},
        "parameters":{"drop":["store"],"rename":{"max_completion_tokens":"max_tokens"},"set":{"safe":{"a":[1,true]}},"default":{"top_k":40}}}}}"#;
    let settings = resolve(json, Platform::Local).expect("settings");
    let mine = settings.provider("mine").expect("it");
    let chat = mine.entrances.of(crate::provider::Door::Chat).expect("a door");
    let uri = chat.uri("a/b", "", "", None).map(|uri| uri.to_string());
    assert_eq!(uri.as_deref(), Some("https://h.example/api/v2/a%2Fb/chat?beta=1"));
    assert_eq!(mine.headers.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>(), ["x-my-secret", "x-team"]);
    assert!(mine.headers[0].1.is_sensitive() && !mine.headers[1].1.is_sensitive());
    let body = br#"{"model":"m","store":true,"max_completion_tokens":9}"#;
    let changed = crate::provider::rule::changes(body, crate::provider::Door::Chat, mine.rules());
    let body = crate::wire::splice::splice(&bytes::Bytes::from_static(body), &changed.edits).joined();
    assert_eq!(body, r#"{"model":"m","max_tokens":9,"safe":{"a":[1,true]},"top_k":40}"#);
    assert_eq!(changed.dropped, ["store"]);
    assert!(mine.include_usage);
}

#[test]
fn what_is_said_of_stream_options_is_not_said_twice() {
    for parameters in [
        r#"{"drop":["stream_options"]}"#,
        r#"{"set":{"stream_options":{"include_usage":true}}}"#,
        r#"{"default":{"stream_options":{}}}"#,
        r#"{"rename":{"stream_options":"options"}}"#,
    ] {
        let json = format!(
            r#"{{"providers":{{"openai":{{"api_key":"${{SET}}","include_usage":true,"parameters":{parameters}}}}}}}"#
        );
        let settings = resolve(&json, Platform::Local).expect("settings");
        assert!(!settings.provider("openai").expect("it").include_usage, "{parameters}");
    }
}

#[test]
fn what_is_known_of_models_can_be_configured() {
    let settings = resolve(
        r#"{"providers":{"openai":{"api_key":"${SET}","models":{
            "gpt-5":{"max_output":7},
            "ours":{"context":32000,"max_output":4096,"price":{"input":1.25,"output":10,"cache_read":0.0028,"search":0.01}}}}}}"#,
        Platform::Local,
    )
    .expect("no problem");
    let openai = settings.provider("openai").expect("it");
    let ours = openai.limits("ours");
    assert_eq!((ours.context, ours.max_output), (Some(32_000), Some(4096)));
    let prices = ours.prices.expect("prices");
    let terms = [Term::Input, Term::Output, Term::CacheRead, Term::CacheWrite, Term::Search];
    assert_eq!(
        terms.map(|term| prices.get(term)),
        [Some(1_250_000), Some(10_000_000), Some(2_800), None, Some(10_000)]
    );
    // What is not configured is the table's.
    let gpt = openai.limits("gpt-5");
    assert_eq!((gpt.context, gpt.max_output, gpt.prices), (Some(272_000), Some(7), None));
    assert_eq!(openai.max_output("gpt-5", Some(128_000)), Some(7));
    assert_eq!(openai.max_output("gpt-4.1", None), Some(32_768));
    assert_eq!(openai.max_output("nobody", None), None);
}

#[test]
fn wrong_facts_of_models_name_their_path() {
    let with = |model: &str| {
        paths(&format!(r#"{{"providers":{{"openai":{{"api_key":"${{SET}}","models":{{"a.b":{model}}}}}}}}}"#))
    };
    for (model, path) in [
        (r#"{"context":0}"#, "context"),
        (r#"{"max_output":5000000000}"#, "max_output"),
        (r#"{"price":{"input":-1}}"#, "price.input"),
        (r#"{"price":{"output":"10"}}"#, "price.output"),
        (r#"{"price":{"output":1e9}}"#, "price.output"),
        (r#"{"price":{"cached":1}}"#, "price.cached"),
        (r#"{"prices":{}}"#, "prices"),
    ] {
        assert_eq!(with(model), [format!("providers.openai.models.a.b.{path}")], "{model}");
    }
    let problems = resolve(r#"{"providers":{"mock":{"models":{"a":{"price":{"inptu":1}}}}}}"#, Platform::Local)
        .expect_err("a problem");
    assert!(problems[0].contains("did you mean \"input\"?"), "{problems:?}");
}
