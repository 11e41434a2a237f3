//! The configuration as it is found on a machine.

#![allow(clippy::expect_used, clippy::indexing_slicing, clippy::panic, reason = "a test fails by panicking")]

use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};

use gatelet_core::config::{Access, Platform};
use gatelet_native::config::{Loaded, Origin, Places, load};

/// A directory of its own for each test.
struct Directory(PathBuf);

impl Directory {
    fn new() -> Self {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let name = format!("gatelet-config-{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        let path = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&path).expect("a directory");
        Self(path)
    }

    fn file(&self, name: &str, text: impl AsRef<[u8]>) -> PathBuf {
        let path = self.0.join(name);
        std::fs::write(&path, text).expect("a file");
        path
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn local(places: &Places) -> Loaded {
    load(places, Platform::Local, &|name| (name == "SET").then(|| "canary-secret".to_owned()))
}

fn faults(text: &str) -> Vec<String> {
    let places = Places { variable: Some(format!("\n{text}")), ..Places::default() };
    let faults = local(&places).settings.expect_err("faults");
    faults.to_string().lines().map(str::to_owned).collect()
}

#[test]
fn the_flag_comes_first_then_the_variable_then_the_file_then_the_environment() {
    let directory = Directory::new();
    let open = directory.file("open.toml", "open = true");
    let keyed = directory.file("keyed.json", format!(r#"{{"keys":{{"a":{{"sha256":"{}"}}}}}}"#, "0".repeat(64)));
    let mut places = Places {
        flag: Some(open.clone()),
        variable: Some(keyed.display().to_string()),
        beside: directory.0.join("gatelet.toml"),
    };
    let access = |places: &Places| {
        let loaded = local(places);
        (loaded.origin, loaded.settings.expect("settings").access)
    };
    assert_eq!(access(&places), (Origin::File(open), Access::Open));
    places.flag = None;
    assert_eq!(access(&places), (Origin::File(keyed), Access::Keys));
    places.variable = Some("open = true".to_owned());
    assert_eq!(access(&places), (Origin::Variable, Access::Open));
    places.variable = Some(r#" {"open": true}"#.to_owned());
    assert_eq!(access(&places), (Origin::Variable, Access::Open));
    places.variable = Some("  ".to_owned());
    assert_eq!(access(&places), (Origin::Environment, Access::Loopback));
    directory.file("gatelet.toml", "\u{feff}open = true\r\n");
    assert_eq!(access(&places), (Origin::File(places.beside.clone()), Access::Open));
}

#[test]
fn a_file_that_cannot_be_read_is_a_fault() {
    let directory = Directory::new();
    let missing = Places { flag: Some(directory.0.join("none.toml")), ..Places::default() };
    let faults = local(&missing).settings.expect_err("faults").to_string();
    assert!(faults.contains("none.toml: cannot be read: "), "{faults}");
    let binary = Places { flag: Some(directory.file("binary.toml", [0xff, 0xfe, 0])), ..Places::default() };
    let faults = local(&binary).settings.expect_err("faults").to_string();
    assert!(faults.ends_with("binary.toml: is not written in UTF-8"), "{faults}");
}

#[test]
fn every_fault_has_its_line() {
    let found =
        faults("[providers.openai]\napi_key = \"${UNSET}\"\n[models.fast]\ntargets = [\n \"nobody/x\",\n]\n[cache]\n");
    let starts = [
        "GATELET_CONFIG:8: cache: ",
        "GATELET_CONFIG:3: providers.openai.api_key: UNSET is not set",
        "GATELET_CONFIG:6: models.fast.targets[0]: ",
    ];
    assert_eq!(found.len(), starts.len(), "{found:?}");
    for start in starts {
        assert!(found.iter().any(|fault| fault.starts_with(start)), "{start} in {found:?}");
    }
    // One that the reader itself finds, one of the shape, one of the schema.
    for (text, start) in [
        ("open = true\nopen = false\n", "GATELET_CONFIG:3: "),
        ("[timeouts]\nidle = \"90 years\"\n", "GATELET_CONFIG:3: timeouts.idle: "),
        ("[providers.openai]\napi_kye = \"${SET}\"\n", "GATELET_CONFIG:3: providers.openai.api_kye: unknown field"),
        ("[keys.a]\nmodels = [\"x\", 7]\nsha256 = \"\"\n", "GATELET_CONFIG:3: keys.a.models[1]: "),
    ] {
        let found = faults(text);
        assert!(found.iter().any(|fault| fault.starts_with(start)), "{start} in {found:?}");
    }
}

#[test]
fn no_fault_shows_what_was_pasted() {
    for text in [
        "[providers.openai]\napi_key = \"sk-canary\"",
        "[providers.openai]\napi_key = \"sk-canary",
        "[providers.openai]\napi_key = sk-canary",
        "[providers.openai]\napi_key: sk-canary",
        "[providers.openai]\napi_key = \"sk-canary\" x",
        "[providers.openai]\napi_key = \"sk-\\canary\"",
        "[providers.openai]\napi_key = [\"sk-canary\"]",
        "[providers.openai]\napi_keys = \"sk-canary\"",
        "[providers.openai]\napi_keys = [\"sk-canary\"]",
        "[providers.openai]\napi_key = \"a\"\napi_key = \"sk-canary\"",
        "[providers]\nopenai = \"sk-canary\"",
        // The variable holds the key where the path of its file should be.
        "[providers.vertex]\nproject = \"p\"\ncredentials = \"${SET}\"",
        "[keys]\na = \"glt_canary\"",
        "[keys.a]\nsha256 = \"glt_canary\"",
        "[keys.a]\nsha256 = [\"glt_canary\"]",
        "{\"keys\":{\"a\":\"glt_canary\"}}",
        "{\"keys\":{\"a\":{\"sha256\":\"glt_canary\"}}}",
        "{\"providers\":{\"openai\":{\"api_key\":\"sk-canary\"",
        "{\"providers\":{\"openai\":{\"api_key\":sk-canary}}}",
    ] {
        let found = faults(text);
        assert!(!found.is_empty() && !found.concat().contains("canary"), "{text}: {found:?}");
    }
}

#[test]
fn a_function_is_told_where_its_configuration_is_wrong() {
    let places = Places { variable: Some("[keys.a]\nsha256 = \"x\"".to_owned()), ..Places::default() };
    let loaded = load(&places, Platform::Lambda, &|_| None);
    let faults = loaded.settings.expect_err("faults");
    assert_eq!(faults.problems().0.len(), 1);
    assert!(faults.to_string().starts_with("GATELET_CONFIG:2: keys.a.sha256: "), "{faults}");
}
