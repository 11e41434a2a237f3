//! gatelet as a Cloudflare Worker.
//!
//! The platform's request, body, clock, bindings and `fetch` become the core's traits, and the core's answer becomes
//! the platform's response. The runtime's objects are bound directly, with nothing between them and the core.

mod abort;
mod body;
mod client;
mod exchange;
mod head;
mod host;
mod incoming;
mod isolate;
mod javascript;
mod outgoing;
mod sleep;
mod stream;
mod tail;

use std::panic::AssertUnwindSafe;

use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

/// Answers one request: the Worker's `fetch` handler.
///
/// # Errors
/// Only where the runtime refuses an answer; it then answers 500 itself.
#[wasm_bindgen(js_name = fetch)]
pub async fn fetch(
    request: javascript::Request,
    env: JsValue,
    context: javascript::Context,
) -> Result<JsValue, JsValue> {
    AssertUnwindSafe(serve(request, env, context)).await
}

async fn serve(request: javascript::Request, env: JsValue, context: javascript::Context) -> Result<JsValue, JsValue> {
    let tail = tail::Tail::of(&context)?;
    let gateway = isolate::gateway(&env);
    let client = client::Client::of(&request);
    let head = request.method() == "HEAD";
    let Some(incoming) = incoming::request(&request) else { return outgoing::unreadable() };
    let handled = tail.own(Box::pin(async move { gateway.handle(incoming).await }));
    match client.unless_gone(handled).await {
        Some(answer) => outgoing::response(answer, head, client, &tail),
        None => outgoing::nobody(),
    }
}
