//! The few things of the JavaScript world that the adapter touches, in the shapes it needs them.

use js_sys::{ArrayBuffer, Function, Promise, Uint8Array};
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::{Closure, wasm_bindgen};
use worker::worker_sys::Context;

#[wasm_bindgen(module = "/src/border.js")]
extern "C" {
    /// Method, URL and headers, as JSON.
    pub fn request_head(request: &Request) -> String;
    /// Status and headers, as JSON.
    pub fn response_head(response: &Response) -> String;
    /// `fetch`.
    #[wasm_bindgen(catch)]
    pub fn send(
        url: &str,
        init: &str,
        body: &JsValue,
        signal: &AbortSignal,
        answered: &Closure<dyn Fn(Response)>,
        failed: &Closure<dyn Fn(JsValue)>,
    ) -> Result<(), JsValue>;
    /// Asks the AI binding for what the target names: `/run/MODEL` with the body as its inputs, or `/models`.
    #[wasm_bindgen(catch)]
    pub fn ask(
        binding: &JsValue,
        target: &str,
        body: &JsValue,
        signal: &AbortSignal,
        answered: &Closure<dyn Fn(Response)>,
        failed: &Closure<dyn Fn(JsValue)>,
    ) -> Result<(), JsValue>;
    /// A promise of a response, and the function that keeps it.
    pub fn deferred() -> Deferred;
    /// `new Response`.
    #[wasm_bindgen(catch)]
    pub fn respond(body: &JsValue, init: &str) -> Result<JsValue, JsValue>;
    /// A stream that the runtime pulls from us.
    pub fn stream(pull: &Closure<dyn Fn(Controller)>, cancel: &Closure<dyn Fn()>) -> JsValue;
    /// Reads the whole body at once.
    pub fn whole(message: &Message, taken: &Closure<dyn Fn(ArrayBuffer)>, failed: &Closure<dyn Fn(JsValue)>);
    /// A reader of the body into buffers of ours, if there is a body.
    #[wasm_bindgen(catch)]
    pub fn reader(message: &Message) -> Result<Option<Reader>, JsValue>;
    /// Reads into the buffer, or into a new one of that length; what was read comes in the buffer that was given.
    pub fn read(
        reader: &Reader,
        length: u32,
        buffer: Option<ArrayBuffer>,
        taken: &Closure<dyn Fn(Option<Uint8Array>)>,
        failed: &Closure<dyn Fn(JsValue)>,
    );
    /// Signs with a private key as PKCS#8: `RS256`.
    pub fn sign(
        key: &Uint8Array,
        message: &Uint8Array,
        taken: &Closure<dyn Fn(ArrayBuffer)>,
        failed: &Closure<dyn Fn(JsValue)>,
    );
    /// `waitUntil` until the function that it returns is called.
    #[wasm_bindgen(catch)]
    pub fn hold(context: &Context) -> Result<Function, JsValue>;
}

#[wasm_bindgen]
extern "C" {
    pub type Deferred;
    #[wasm_bindgen(method, getter)]
    pub fn promise(this: &Deferred) -> Promise;
    #[wasm_bindgen(method)]
    pub fn resolve(this: &Deferred, response: &JsValue);

    /// What has a body: a request or a response.
    #[derive(Clone)]
    pub type Message;
    #[wasm_bindgen(method, getter)]
    pub fn body(this: &Message) -> JsValue;

    /// <https://developers.cloudflare.com/workers/runtime-apis/request/>
    #[wasm_bindgen(extends = Message)]
    pub type Request;
    #[wasm_bindgen(method, getter)]
    pub fn signal(this: &Request) -> Option<AbortSignal>;

    /// <https://developers.cloudflare.com/workers/runtime-apis/response/>
    #[wasm_bindgen(extends = Message)]
    pub type Response;

    pub type Reader;

    /// The writing end of a stream that the runtime pulls from us.
    pub type Controller;
    #[wasm_bindgen(method, catch)]
    pub fn enqueue(this: &Controller, chunk: &Uint8Array) -> Result<(), JsValue>;
    #[wasm_bindgen(method, catch)]
    pub fn close(this: &Controller) -> Result<(), JsValue>;
    #[wasm_bindgen(method)]
    pub fn error(this: &Controller, reason: &str);

    pub type AbortController;
    #[wasm_bindgen(constructor)]
    pub fn new() -> AbortController;
    #[wasm_bindgen(method, getter, js_name = signal)]
    pub fn own_signal(this: &AbortController) -> AbortSignal;
    #[wasm_bindgen(method)]
    pub fn abort(this: &AbortController);

    pub type AbortSignal;
    #[wasm_bindgen(method, getter)]
    pub fn aborted(this: &AbortSignal) -> bool;
    #[wasm_bindgen(method, setter)]
    pub fn set_onabort(this: &AbortSignal, listener: Option<&Function>);

    #[wasm_bindgen(js_namespace = JSON, js_name = stringify)]
    pub fn stringify(value: &JsValue) -> Option<String>;
    #[wasm_bindgen(js_namespace = Reflect, catch)]
    pub fn get(object: &JsValue, name: &str) -> Result<JsValue, JsValue>;

    #[wasm_bindgen(js_namespace = console, js_name = log)]
    pub fn log(line: &str);
    #[wasm_bindgen(js_namespace = console, js_name = error)]
    pub fn complain(line: &str);

    #[wasm_bindgen(js_namespace = crypto, js_name = getRandomValues)]
    pub fn fill_with_random_values(buffer: &mut [u8]);
    #[wasm_bindgen(js_namespace = performance, js_name = now)]
    pub fn performance_now() -> f64;
    #[wasm_bindgen(js_name = setTimeout)]
    pub fn set_timeout(callback: &Closure<dyn Fn()>, milliseconds: f64) -> f64;
    #[wasm_bindgen(js_name = clearTimeout)]
    pub fn clear_timeout(id: f64);
}
