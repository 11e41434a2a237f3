//! What an isolate keeps between requests: the gateway, and no more.
//!
//! It is made with the first request, not at start: nothing heavy runs in the global scope, and bindings arrive with a
//! request. They are the same for the isolate's whole life, as a deployment starts new isolates.

use std::cell::OnceCell;
use std::panic::{self, PanicHookInfo};
use std::sync::Arc;

use gatelet_core::Unlimited;
use gatelet_core::config::{Config, Platform, Problems, Settings, Surroundings, discover};
use wasm_bindgen::{JsValue, handler};

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
pub(crate) fn gateway(env: &JsValue) -> Arc<Gateway> {
    GATEWAY.with(|gateway| gateway.get_or_init(|| start(env)).clone())
}

/// The isolate's gateway, if a request has already made it.
pub(crate) fn running() -> Option<Arc<Gateway>> {
    GATEWAY.with(|gateway| gateway.get().cloned())
}

fn start(env: &JsValue) -> Arc<Gateway> {
    panic::set_hook(Box::new(panicked));
    // A trap (no memory left, no stack left) poisons the instance; the next request gets a fresh one.
    handler::set_on_abort(handler::schedule_reinit);
    let configured = settings(env).map(Arc::new).map_err(|problems| {
        javascript::complain(&format!("gatelet: misconfigured: {}", problems.to_string().replace('\n', "; ")));
        Arc::new(problems)
    });
    Gateway::new(Worker::new(env), Unlimited, configured)
}

/// Tells of a bug. A panic's own words may quote a prompt; its place does not.
fn panicked(panic: &PanicHookInfo<'_>) {
    match panic.location() {
        Some(place) => javascript::complain(&format!("gatelet: a bug at {}:{}", place.file(), place.line())),
        None => javascript::complain("gatelet: a bug"),
    }
    // In a build that aborts, the panic becomes a trap in a moment.
    if cfg!(not(panic = "unwind")) {
        handler::schedule_reinit();
    }
}

fn settings(env: &JsValue) -> Result<Settings, Problems> {
    let variable = |name: &str| javascript::get(env, name).ok().and_then(|value| value.as_string());
    let binding = |name: &str| javascript::get(env, name).is_ok_and(|value| value.is_object());
    let file = |_: &str| Err("a Worker has no files; let the variable hold the file's content".to_owned());
    let around = Surroundings { variable: &variable, file: &file, binding: &binding };
    let config = match document(env, CONFIG).or_else(|| document(env, BUNDLED)) {
        Some(text) => Config::from_json(&text)?,
        None => discovered(&around),
    };
    config.resolve_in(Platform::Workers, &around)
}

/// The configuration of a Worker without one.
fn discovered(around: &Surroundings<'_>) -> Config {
    let discovered = discover(Platform::Workers, around);
    for problem in discovered.left_out {
        javascript::complain(&format!("gatelet: left out: {problem}"));
    }
    discovered.config
}

/// A configuration document among the bindings: a text, or a variable that is a JSON object.
fn document(env: &JsValue, name: &str) -> Option<String> {
    let value = javascript::get(env, name).ok().filter(|value| !value.is_undefined() && !value.is_null())?;
    let text = value.as_string().or_else(|| javascript::stringify(&value))?;
    (!text.trim().is_empty()).then_some(text)
}
