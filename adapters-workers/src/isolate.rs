//! What an isolate keeps between requests: the gateway, and no more.
//!
//! It is made with the first request, not at start: nothing heavy runs in the global scope, and bindings arrive with a
//! request. They are the same for the isolate's whole life, as a deployment starts new isolates.

use std::cell::OnceCell;
use std::panic;
use std::sync::Arc;

use gatelet_core::Unlimited;
use gatelet_core::config::{Config, Platform, Problems, Settings, discover};
use wasm_bindgen::{JsCast, JsValue};
use worker::Env;

use crate::host::{Gateway, Worker};
use crate::javascript;

/// The variable, or secret, that holds the whole configuration.
const CONFIG: &str = "GATELET_CONFIG";
/// What the packager adds to the bindings: the configuration file it found.
const BUNDLED: &str = "GATELET_BUNDLED_CONFIG";

thread_local! {
    static GATEWAY: OnceCell<Arc<Gateway>> = const { OnceCell::new() };
}

/// The isolate's gateway.
pub(crate) fn gateway(env: &Env) -> Arc<Gateway> {
    GATEWAY.with(|gateway| gateway.get_or_init(|| start(env.unchecked_ref())).clone())
}

/// The isolate's gateway, if a request has already made it.
pub(crate) fn running() -> Option<Arc<Gateway>> {
    GATEWAY.with(|gateway| gateway.get().cloned())
}

fn start(env: &JsValue) -> Arc<Gateway> {
    // A panic's own words may quote a prompt; the place does not.
    panic::set_hook(Box::new(|panic| match panic.location() {
        Some(location) => javascript::complain(&format!("gatelet: a bug at {}:{}", location.file(), location.line())),
        None => javascript::complain("gatelet: a bug"),
    }));
    let configured = settings(env).map(Arc::new).map_err(|problems| {
        let problems = Problems(problems.0);
        javascript::complain(&format!("gatelet: misconfigured: {}", problems.to_string().replace('\n', "; ")));
        Arc::new(problems)
    });
    Gateway::new(Worker, Unlimited, configured)
}

fn settings(env: &JsValue) -> Result<Settings, Problems> {
    let binding = |name: &str| javascript::get(env, name).ok().and_then(|value| value.as_string());
    let config = match document(env, CONFIG).or_else(|| document(env, BUNDLED)) {
        Some(text) => Config::from_json(&text)?,
        None => discover(&binding).config,
    };
    config.resolve(Platform::Workers, &binding)
}

/// A configuration document among the bindings: a text, or a variable that is a JSON object.
fn document(env: &JsValue, name: &str) -> Option<String> {
    let value = javascript::get(env, name).ok().filter(|value| !value.is_undefined() && !value.is_null())?;
    let text = value.as_string().or_else(|| javascript::stringify(&value))?;
    (!text.trim().is_empty()).then_some(text)
}
