//! The command line of the real binary.

#![allow(clippy::expect_used, clippy::indexing_slicing, clippy::panic, reason = "a test fails by panicking")]

mod server;

use std::net::TcpListener;

use gatelet_core::policy::keys::KeyHash;
use server::{Server, gatelet, run};

#[test]
fn help_and_version() {
    let help = run(&["--help"], &[]);
    assert_eq!(help.status, 0);
    for word in ["Usage:", "gatelet check", "gatelet key new", "GATELET_CONFIG", "curl"] {
        assert!(help.out.contains(word), "{word} in {}", help.out);
    }
    assert!(help.out.lines().all(|line| line.chars().count() <= 120));
    for (topic, word) in [
        ("serve", "SIGTERM"),
        ("serve", "0.0.0.0"),
        ("check", "FILE:LINE"),
        ("models", "PROVIDER/MODEL"),
        ("key", "SHA-256"),
    ] {
        let word = if word == "SIGTERM" { "Signals:" } else { word };
        assert!(run(&[topic, "--help"], &[]).out.contains(word), "{topic}: {word}");
    }
    assert_eq!(run(&["--version"], &[]).out, format!("gatelet {}\n", env!("CARGO_PKG_VERSION")));
}

#[test]
fn mistakes_are_told_on_standard_error() {
    let ran = run(&["sevre"], &[]);
    assert_eq!((ran.status, ran.out.as_str()), (2, ""));
    assert!(ran.err.contains("did you mean `serve`"), "{}", ran.err);
    let ran = run(&["--lisen", "1"], &[]);
    assert!(ran.status == 2 && ran.err.contains("did you mean `--listen`"), "{}", ran.err);
}

#[test]
fn a_new_key_lets_its_holder_in() {
    let ran = run(&["key", "new", "team-a"], &[]);
    assert_eq!(ran.status, 0);
    let (key, document) = ran.out.split_once('\n').expect("a key and a document");
    assert_eq!(key.len(), 42);
    assert!(key.starts_with("glt_") && !ran.err.contains(key));
    assert_eq!(document, format!("[keys.team-a]\nsha256 = \"{}\"\n", KeyHash::of(key.as_bytes())));
    assert_ne!(run(&["key", "new", "team-a"], &[]).out, ran.out);

    let server = Server::start(&format!("[providers.mock]\n{document}"));
    assert!(server.err().contains("Bearer $GATELET_KEY"), "{}", server.err());
    assert!(server.chat("mock/hello").starts_with("HTTP/1.1 401 "));
    let request =
        server::chat("mock/hello", false, "close").replace("host:", &format!("authorization: Bearer {key}\r\nhost:"));
    assert!(server.ask(&request).starts_with("HTTP/1.1 200 "));
    assert!(server.logged(2).contains("\"key\":\"team-a\""));
}

#[test]
fn check_says_what_would_be_served() {
    let document = "[providers.claude]\nkind = \"anthropic\"\napi_key = \"${SECRET}\"\n[providers.mock]\n\
                    [models.fast]\ntargets = [{ model = \"claude/a\", weight = 3 }, \"mock/b\"]\nfallbacks = [\"mock/c\"]\n\
                    [keys.team-a]\nsha256 = \"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855\"\n";
    let ran = run(&["check"], &[("GATELET_CONFIG", document), ("SECRET", "sk-canary"), ("PORT", "7000")]);
    assert_eq!(ran.status, 0, "{}", ran.err);
    for text in [
        "would listen on 0.0.0.0:7000 (PORT)",
        "configuration  GATELET_CONFIG",
        "team-a",
        "claude (anthropic) at https://api.anthropic.com",
        "mock, built in",
        "fast → claude/a (3) | mock/b (1), else mock/c",
    ] {
        assert!(ran.out.contains(text), "{text} in {}", ran.out);
    }
    assert!(!ran.out.contains("canary"));
}

#[test]
fn check_tells_every_problem_with_its_line() {
    let document = "[providers.claude]\nkind = \"anthropic\"\napi_key = \"sk-canary\"\n[models.fast]\ntargets = [\"nobody/x\"]\n[store]\n";
    let ran = run(&["check"], &[("GATELET_CONFIG", document)]);
    assert_eq!((ran.status, ran.out.as_str()), (1, ""));
    for start in [
        "GATELET_CONFIG:3: providers.claude.api_key: ",
        "GATELET_CONFIG:5: models.fast.targets[0]: ",
        "GATELET_CONFIG:6: store: ",
    ] {
        assert!(ran.err.lines().any(|line| line.starts_with(start)), "{start} in {}", ran.err);
    }
    assert!(!ran.err.contains("canary"));
    let ran = run(&["check", "--config", "none.toml"], &[]);
    assert!(ran.status == 1 && ran.err.starts_with("none.toml: cannot be read: "), "{}", ran.err);
    // Serving tells the same.
    let ran = run(&["--listen", "127.0.0.1:0"], &[("GATELET_CONFIG", document)]);
    assert!(ran.status == 1 && ran.err.contains("GATELET_CONFIG:3: providers.claude.api_key: "), "{}", ran.err);
}

#[test]
fn models_are_what_clients_can_ask_for() {
    let document =
        "[providers.openai]\napi_key = \"${SECRET}\"\n[providers.ollama]\n[models.fast]\ntargets = [\"ollama/x\"]\n";
    let ran = run(&["models"], &[("GATELET_CONFIG", document), ("SECRET", "x")]);
    assert_eq!(ran.status, 0, "{}", ran.err);
    let words = |name: &str| {
        let line = ran.out.lines().find(|line| line.split(' ').next() == Some(name)).unwrap_or_default();
        line.split_whitespace().map(ToOwned::to_owned).collect::<Vec<_>>()
    };
    assert!(ran.out.starts_with("MODEL "), "{}", ran.out);
    assert_eq!(words("fast"), ["fast", "chat", "unknown", "unknown", "unknown", "unknown", "→", "ollama/x"]);
    assert_eq!(words("openai/gpt-5"), ["openai/gpt-5", "chat,responses", "272000", "128000", "1.25", "10"]);
    assert!(ran.err.contains("ollama/…"), "{}", ran.err);
    assert!(run(&["models"], &[]).out.contains("\nmock/hello "));
}

#[test]
fn models_are_what_clients_are_told_there_is() {
    let document = "[providers.openai]\napi_key = \"${SECRET}\"\n[providers.ollama]\n[providers.mock]\n\
                    [models.fast]\ntargets = [\"ollama/x\"]\n[models.\"openai/gpt-5\"]\ntargets = [\"mock/x\"]\n";
    let ran = run(&["models"], &[("GATELET_CONFIG", document), ("SECRET", "x")]);
    let server = Server::start_with(document, |command| {
        command.env("SECRET", "x");
    });
    let listed = server.ask("GET /v1/models HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n");
    let listed: Vec<&str> = listed.split("\"id\":\"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
    let named: Vec<&str> = ran.out.lines().skip(1).filter_map(|line| line.split(' ').next()).collect();
    assert!(listed.len() > 10 && listed.contains(&"mock/hello") && listed.contains(&"fast"), "{listed:?}");
    assert_eq!(named, listed);
}

#[test]
fn upstreams_are_asked_for_their_own_lists() {
    let server = Server::start("[providers.mock]\n");
    let good = format!("[providers.other]\nkind = \"gatelet\"\nbase_url = \"http://{}/v1\"\n", server.address);
    let ran = run(&["models", "--upstream"], &[("GATELET_CONFIG", &good)]);
    assert_eq!((ran.status, ran.err.as_str()), (0, ""));
    let named = |ran: &server::Ran| {
        let lines = ran.out.lines().skip(1).filter_map(|line| line.split(' ').next());
        lines.map(ToOwned::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(named(&ran), ["other/mock/hello"]);

    let closed = TcpListener::bind("127.0.0.1:0").and_then(|socket| socket.local_addr()).expect("a port");
    let both = format!("{good}[providers.ollama]\nbase_url = \"http://{closed}/v1\"\n");
    let ran = run(&["models", "--upstream"], &[("GATELET_CONFIG", &both)]);
    assert_eq!((ran.status, named(&ran)), (1, vec!["other/mock/hello".to_owned()]));
    let told = "ollama: provider ollama could not be reached; is it running, and is the base_url of [providers.ollama] right?\n";
    assert_eq!(ran.err, told);

    let ran = run(&["models", "--upstream"], &[("GATELET_CONFIG", "[providers.openai]\n")]);
    assert!(ran.status == 1 && ran.err.contains("providers.openai.api_key: required"), "{}", ran.err);
}

#[test]
fn a_taken_port_is_told_in_words() {
    let taken = TcpListener::bind("127.0.0.1:0").expect("a socket");
    let address = taken.local_addr().expect("an address").to_string();
    let ran = run(&["--listen", &address], &[]);
    assert_eq!(ran.status, 1);
    assert!(ran.err.contains(&format!("cannot listen on {address} (--listen): another program does")), "{}", ran.err);
    let ran = run(&["--listen", "192.0.2.1:80"], &[("GATELET_CONFIG", "open = true")]);
    assert!(ran.status == 1 && ran.err.contains("this machine does not have the address"), "{}", ran.err);
}

#[test]
fn without_keys_only_loopback_is_served() {
    for arguments in [["--listen", "0.0.0.0:0"], ["--listen", "[::]:0"]] {
        let ran = run(&arguments, &[]);
        assert_eq!(ran.status, 1);
        assert!(ran.err.contains("gatelet key new NAME") && ran.err.contains("open = true"), "{}", ran.err);
    }
    let ran =
        run(&["check"], &[("GATELET_CONFIG", "server = { listen = \"0.0.0.0:8080\" }\nproviders = { mock = {} }\n")]);
    assert!(ran.status == 1 && ran.err.contains("gatelet key new NAME"), "{}", ran.err);
    let open = Server::start_with("open = true\n[providers.mock]\n", |command| {
        command.args(["--config", "gatelet.toml"]);
    });
    assert!(open.chat("mock/hello").starts_with("HTTP/1.1 200 "));
}

#[test]
fn the_port_of_the_environment_counts_where_nothing_else_is_said() {
    let free =
        || TcpListener::bind("127.0.0.1:0").expect("a socket").local_addr().expect("an address").port().to_string();
    let port = free();
    let (mut command, directory) = gatelet();
    command.env("PORT", &port);
    let server = Server::spawn(command, directory);
    assert_eq!(server.address.to_string(), format!("127.0.0.1:{port}"));
    assert!(server.chat("mock/hello").starts_with("HTTP/1.1 200 "));
    let ran = run(&["check", "--listen", "[::1]:9"], &[("PORT", &port)]);
    assert!(ran.out.starts_with("would listen on [::1]:9 (--listen)"), "{}", ran.out);
    let ran = run(&["check"], &[("PORT", "http")]);
    assert!(ran.status == 1 && ran.err.contains("PORT=http"), "{}", ran.err);
}

#[test]
fn a_gateway_is_not_its_own_provider() {
    // llama.cpp's own port is ours, too.
    let ran = run(&["check"], &[("GATELET_CONFIG", "[providers.llamacpp]\n")]);
    assert_eq!(ran.status, 1);
    assert!(ran.err.contains("providers.llamacpp.base_url") && ran.err.contains("in a circle"), "{}", ran.err);
    assert!(ran.err.contains("`--listen 8081`"), "{}", ran.err);
    let ran = run(&["check", "--listen", "8081"], &[("GATELET_CONFIG", "[providers.llamacpp]\n")]);
    assert_eq!(ran.status, 0, "{}", ran.err);
    // A shell that was prepared for the gateway's clients.
    let environment = [("OPENAI_API_KEY", "sk-canary"), ("OPENAI_BASE_URL", "http://localhost:8080/v1")];
    let ran = run(&["check"], &environment);
    assert_eq!(ran.status, 0, "{}", ran.err);
    assert!(ran.err.contains("OPENAI_BASE_URL is the address of this server"), "{}", ran.err);
    assert!(ran.out.contains("openai at https://api.openai.com/v1, with OPENAI_API_KEY"), "{}", ran.out);
    assert!(!ran.out.contains("canary"));
}

#[test]
fn the_environment_of_the_network_is_checked_at_the_start() {
    let ran = run(&["check"], &[("HTTPS_PROXY", "http://user:canary@proxy.example:3128"), ("NO_PROXY", "a.example")]);
    assert!(ran.out.contains("proxy.example:3128 for https providers (HTTPS_PROXY)"), "{}", ran.out);
    assert!(!ran.out.contains("canary"));
    let ran = run(&["check"], &[("HTTPS_PROXY", "socks5://canary@proxy.example")]);
    assert!(ran.status == 1 && ran.err.contains("HTTPS_PROXY must be") && !ran.err.contains("canary"), "{}", ran.err);
    let ran = run(&["check"], &[("SSL_CERT_FILE", "/nowhere.pem")]);
    assert!(ran.status == 1 && ran.err.contains("SSL_CERT_FILE: /nowhere.pem"), "{}", ran.err);
    for arguments in [&["check"][..], &["--listen", "0"]] {
        let ran = run(arguments, &[("GATELET_CONFIG", "server.ca_file = \"/nowhere.pem\"\n")]);
        assert!(ran.status == 1 && ran.err.contains("server.ca_file: /nowhere.pem"), "{}", ran.err);
    }
    // A file that is there and holds none.
    let example = concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml");
    let environment = [("SSL_CERT_FILE", example), ("OPENAI_API_KEY", "x")];
    let ran = run(&["check"], &environment);
    assert!(
        ran.status == 1 && ran.err.contains("SSL_CERT_FILE: ") && ran.err.contains("no certificate"),
        "{}",
        ran.err
    );
    let server = Server::start_with("", |command| {
        command.envs(environment);
    });
    server.told("no https provider can be reached: SSL_CERT_FILE: ");
}

#[test]
fn the_greeting_has_a_request_that_works() {
    let server = Server::start("");
    let greeting = server.told("Try it:\n  curl ");
    assert!(
        greeting.contains("no provider's variable is set") && greeting.contains("only programs on this machine"),
        "{greeting}"
    );
    let curl = greeting.lines().last().expect("a line").trim();
    let Ok(output) = std::process::Command::new("sh").args(["-c", curl]).output() else { return };
    if output.status.code() != Some(127) {
        let answer = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(answer.contains("\"object\":\"chat.completion\""), "{answer}");
    }
}

#[test]
fn the_example_is_a_configuration_with_and_without_its_comments() {
    let example = include_str!("../../gatelet.example.toml");
    let ran = run(&["check"], &[("GATELET_CONFIG", example)]);
    assert_eq!(ran.status, 0, "{}", ran.err);

    // Everything it offers, as it would be written: of a key that is there twice the second.
    let mut seen = std::collections::HashSet::new();
    let mut lines: Vec<String> = Vec::new();
    let mut table = String::new();
    for line in example.lines() {
        let offered = line.strip_prefix("# ").unwrap_or(line);
        let (is_table, is_key) = (offered.starts_with('['), offered.contains(" = "));
        if is_table {
            table = offered.split(']').next().expect("a table").to_owned();
        }
        if (is_table || is_key) && !offered.starts_with("open") {
            let name = format!("{table} {}", offered.split(" =").next().expect("a key"));
            if !seen.insert(name.clone()) {
                lines.retain(|line| line.split(" =").next() != offered.split(" =").next());
            }
            lines.push(offered.replace("sha256 = \"…\"", &format!("sha256 = \"{}\"", "0".repeat(64))));
        }
    }
    let document = lines.join("\n").replace("ca_file", "# ca_file").replace("0.0.0.0", "127.0.0.1");
    let variables = [
        "OPENAI_API_KEY",
        "ANTHROPIC_KEY_A",
        "ANTHROPIC_KEY_B",
        "GEMINI_API_KEY",
        "AZURE_OPENAI_API_KEY",
        "CLOUDFLARE_API_TOKEN",
        "GROQ_API_KEY",
        "COMPANY_LLM_KEY",
    ];
    let mut environment: Vec<(&str, &str)> = variables.iter().map(|name| (*name, "x")).collect();
    environment.push(("GATELET_CONFIG", &document));
    let ran = run(&["check"], &environment);
    assert_eq!(ran.status, 0, "{}\n{document}", ran.err);
    for text in ["claude (anthropic)", "company (openai-compatible)", "team-a", "fast → openai/gpt-5-mini (3)"] {
        assert!(ran.out.contains(text), "{text} in {}", ran.out);
    }
}
