//! How the function starts: its configuration, and how many invocations it takes at once.

use std::time::Duration;

use crate::platform::upstream::Upstream;
use crate::platform::{CHAT, Function, Kind, Platform, post};
use serde_json::{Value, json};

fn hello() -> Value {
    post(CHAT, &json!({ "model": "mock/hello", "messages": [{ "role": "user", "content": "hi" }] }))
}

fn folder(name: &str) -> std::path::PathBuf {
    let folder = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

#[test]
fn a_misconfigured_function_starts_and_says_why() {
    let platform = Platform::start();
    let config = json!({ "open": true, "providers": { "openai": { "api_key": "${UNSET}" }, "mine": {} } });
    let mut function = Function::start(&platform, &config);
    let answer = platform.invoke(&hello()).answer();
    assert_eq!((answer.kind, answer.status()), (Kind::Response, 500));
    let body: Value = serde_json::from_str(&answer.body()).unwrap();
    assert!(body["error"]["message"].as_str().unwrap().contains("misconfigured"), "{body}");

    let first = &function.log(1)[0];
    assert_eq!(first["message"], "gateway misconfigured");
    let problems = first["problems"].as_array().unwrap();
    assert_eq!(problems.len(), 2, "{first}");
    assert!(problems.iter().any(|problem| problem.as_str().unwrap().contains("UNSET is not set")), "{first}");
    assert!(function.is_alive());
}

#[test]
fn a_function_without_keys_serves_nobody() {
    let platform = Platform::start();
    let function = Function::with(&platform, &[("OPENAI_API_KEY", "sk-canary")]);
    let answer = platform.invoke(&hello()).answer();
    assert_eq!(answer.status(), 500);
    assert!(function.log(1)[0]["problems"].to_string().contains("no client keys"));
    assert!(!function.printed().contains("sk-canary") && !answer.body().contains("sk-canary"));
}

#[test]
fn the_configuration_is_the_bundled_file() {
    let platform = Platform::start();
    let bundle = folder("bundled");
    std::fs::write(bundle.join("gatelet.toml"), "open = true\n[providers.mock]\n").unwrap();
    let _function = Function::with(&platform, &[("LAMBDA_TASK_ROOT", bundle.to_str().unwrap())]);
    assert_eq!(platform.invoke(&hello()).answer().status(), 200);
}

#[test]
fn the_variable_overrides_the_bundled_file() {
    let bundle = folder("overridden");
    std::fs::write(bundle.join("gatelet.toml"), "this is not TOML").unwrap();
    let other = bundle.join("other.toml");
    std::fs::write(&other, "open = true\n[providers.mock]\n").unwrap();
    let root = ("LAMBDA_TASK_ROOT", bundle.to_str().unwrap());
    let document = "open = true\n[providers.mock]\n";
    for config in [other.to_str().unwrap(), "other.toml", document, r#"{"open":true,"providers":{"mock":{}}}"#] {
        let platform = Platform::start();
        let _function = Function::with(&platform, &[root, ("GATELET_CONFIG", config)]);
        assert_eq!(platform.invoke(&hello()).answer().status(), 200, "{config}");
    }
    // A template sets the variable always, and leaves it empty where it is not used.
    let platform = Platform::start();
    let function = Function::with(&platform, &[root, ("GATELET_CONFIG", "")]);
    assert_eq!(platform.invoke(&hello()).answer().status(), 500);
    assert!(function.log(1)[0]["problems"].to_string().contains("gatelet.toml"));
}

#[test]
fn a_restored_snapshot_serves() {
    let platform = Platform::start();
    let config = json!({ "open": true, "providers": { "mock": {} } }).to_string();
    let environment = [("GATELET_CONFIG", &*config), ("AWS_LAMBDA_INITIALIZATION_TYPE", "snap-start")];
    let function = Function::with(&platform, &environment);
    for _ in 0..2 {
        assert_eq!(platform.invoke(&hello()).answer().status(), 200);
    }
    let log = function.log(2);
    assert_ne!(log[0]["id"], log[1]["id"]);
}

#[test]
fn several_invocations_share_one_gateway() {
    const AT_ONCE: usize = 8;
    let platform = Platform::start();
    let upstream = Upstream::start();
    let function = Function::with(
        &platform,
        &[("GATELET_CONFIG", &upstream.config().to_string()), ("AWS_LAMBDA_MAX_CONCURRENCY", &AT_ONCE.to_string())],
    );
    platform.idle(AT_ONCE);
    let stream = post(CHAT, &json!({ "model": "up/m", "stream": true, "messages": [] }));
    for round in 1..=2 {
        let mut open: Vec<_> = (0..AT_ONCE)
            .map(|index| {
                let invocation = platform.invoke(&stream);
                let mut exchange = upstream.exchange();
                exchange.begin();
                exchange.content(&format!("<{index}>"));
                (invocation, exchange)
            })
            .collect();
        // All are open now; each gets its own, in any order.
        for (index, (invocation, exchange)) in open.iter_mut().enumerate().rev() {
            invocation.until(&format!("<{index}>"));
            exchange.content(&format!("({index})"));
            assert!(invocation.until(&format!("({index})")).find('<').is_none());
        }
        for (invocation, exchange) in open {
            exchange.finish();
            invocation.until("[DONE]");
            assert!(invocation.ends());
        }
        let log = function.log(round * AT_ONCE);
        assert!(log.iter().all(|line| line["outcome"] == "done"));
        platform.idle(AT_ONCE);
    }
}

#[test]
fn a_cut_in_one_of_several_invocations_leaves_the_others() {
    let platform = Platform::start();
    let upstream = Upstream::start();
    let function = Function::with(
        &platform,
        &[("GATELET_CONFIG", &upstream.config().to_string()), ("AWS_LAMBDA_MAX_CONCURRENCY", "2")],
    );
    platform.idle(2);
    let stream = post(CHAT, &json!({ "model": "up/m", "stream": true, "messages": [] }));
    let kept = platform.invoke(&stream);
    let mut kept_exchange = upstream.exchange();
    kept_exchange.begin();
    kept_exchange.content("kept");
    kept.until("kept");
    let cut = platform.invoke_and_cut(&stream, 3);
    let mut cut_exchange = upstream.exchange();
    cut_exchange.begin();
    cut_exchange.content("cut");
    assert!(!cut.ends());
    assert!(cut_exchange.closed() < Duration::from_secs(1));
    assert_eq!(function.log(1)[0]["outcome"], "client_gone");
    kept_exchange.content("on");
    kept.until("on");
    kept_exchange.finish();
    assert!(kept.ends());
    assert_eq!(function.log(2)[1]["outcome"], "done");
    platform.idle(2);
}
