//! gatelet as a Cloudflare Worker.
//!
//! The platform's request, body, clock, bindings and `fetch` become the core's traits, and the core's answer becomes
//! the platform's response. The environment and the context are the `worker` crate's types. Requests, bodies, `fetch`
//! and answers are bound directly, as the raw streams of the runtime: the crate's own (measured, with its `http` feature)
//! cost twice the time a request, send bodies without a length, and follow redirects.

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
mod promised;
mod sign;
mod sleep;
mod stream;
mod tail;
mod tasks;

use js_sys::Promise;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;
use worker::Env;
use worker::worker_sys::Context;

/// Answers one request: the Worker's `fetch` handler.
#[wasm_bindgen(js_name = fetch)]
pub fn fetch(request: javascript::Request, env: Env, context: Context) -> Promise {
    let deferred = javascript::deferred();
    let promise = deferred.promise();
    tasks::spawn(async move {
        let response = serve(request, env, context).await;
        deferred.resolve(&response.or_else(|_| outgoing::failed()).unwrap_or_default());
    });
    tasks::run();
    promise
}

async fn serve(request: javascript::Request, env: Env, context: Context) -> Result<JsValue, JsValue> {
    let tail = tail::Tail::of(&context)?;
    let gateway = isolate::gateway(env.as_ref());
    let client = client::Client::of(&request);
    let Some(incoming) = incoming::request(&request) else { return outgoing::unreadable() };
    let bare = incoming.method() == http::Method::HEAD;
    let handled = tail.own(Box::pin(async move { gateway.handle(incoming).await }));
    match client.unless_gone(handled).await {
        Some(answer) => outgoing::response(answer, bare, client, &tail),
        None => outgoing::nobody(),
    }
}
