//! The few things of the JavaScript world that the adapter touches, in the shapes it needs them.
//!
//! Every call across the border costs; these bindings take and give plain numbers and texts where they can, and
//! promises are continued with closures that are made once a body, not once a chunk.

use js_sys::{Function, Object, Promise, Uint8Array};
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::{Closure, wasm_bindgen};

#[wasm_bindgen]
extern "C" {
    /// <https://developers.cloudflare.com/workers/runtime-apis/request/>
    pub type Request;
    #[wasm_bindgen(method, getter)]
    pub fn method(this: &Request) -> String;
    #[wasm_bindgen(method, getter)]
    pub fn url(this: &Request) -> String;
    #[wasm_bindgen(method, getter)]
    pub fn headers(this: &Request) -> Headers;
    #[wasm_bindgen(method, getter)]
    pub fn body(this: &Request) -> Option<ReadableStream>;
    #[wasm_bindgen(method, getter)]
    pub fn signal(this: &Request) -> Option<AbortSignal>;

    /// <https://developers.cloudflare.com/workers/runtime-apis/response/>
    pub type Response;
    #[wasm_bindgen(constructor, catch)]
    pub fn new(body: &JsValue, init: &JsValue) -> Result<Response, JsValue>;
    #[wasm_bindgen(method, getter)]
    pub fn status(this: &Response) -> u16;
    #[wasm_bindgen(method, getter, js_name = headers)]
    pub fn response_headers(this: &Response) -> Headers;
    #[wasm_bindgen(method, getter, js_name = body)]
    pub fn response_body(this: &Response) -> Option<ReadableStream>;

    /// The headers of either.
    pub type Headers;
    /// `Array.from(headers)`: pairs of a name and a value; only `set-cookie` comes in several.
    #[wasm_bindgen(js_namespace = Array, js_name = from)]
    pub fn pairs(headers: &Headers) -> JsValue;

    #[wasm_bindgen(js_namespace = JSON, js_name = stringify)]
    pub fn stringify(value: &JsValue) -> Option<String>;
    #[wasm_bindgen(js_namespace = JSON, catch)]
    pub fn parse(text: &str) -> Result<Object, JsValue>;
    #[wasm_bindgen(js_namespace = Reflect, catch)]
    pub fn get(object: &JsValue, name: &str) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(js_namespace = Reflect, catch)]
    pub fn set(object: &Object, name: &str, value: &JsValue) -> Result<bool, JsValue>;

    pub type Context;
    #[wasm_bindgen(method, catch, js_name = waitUntil)]
    pub fn wait_until(this: &Context, promise: &Promise) -> Result<(), JsValue>;

    /// A promise and the function that settles it.
    pub type Resolvers;
    #[wasm_bindgen(js_namespace = Promise, js_name = withResolvers)]
    pub fn with_resolvers() -> Resolvers;
    #[wasm_bindgen(method, getter)]
    pub fn promise(this: &Resolvers) -> Promise;
    #[wasm_bindgen(method, getter)]
    pub fn resolve(this: &Resolvers) -> Function;

    /// With its namespace: the Worker's own handler is called `fetch` as well.
    #[wasm_bindgen(js_namespace = globalThis, js_name = fetch)]
    pub fn fetch(url: &str, init: &Object) -> Promise;

    #[wasm_bindgen(js_namespace = console, js_name = log)]
    pub fn log(line: &str);
    #[wasm_bindgen(js_namespace = console, js_name = error)]
    pub fn complain(line: &str);

    #[wasm_bindgen(js_namespace = crypto, js_name = getRandomValues)]
    pub fn fill_with_random_values(buffer: &mut [u8]);
    #[wasm_bindgen(js_namespace = performance, js_name = now)]
    pub fn performance_now() -> f64;
    #[wasm_bindgen(js_name = setTimeout)]
    pub fn set_timeout(callback: &Closure<dyn FnMut()>, milliseconds: f64) -> f64;
    #[wasm_bindgen(js_name = clearTimeout)]
    pub fn clear_timeout(id: f64);

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
    #[wasm_bindgen(method, js_name = addEventListener)]
    pub fn add_event_listener(this: &AbortSignal, event: &str, listener: &Closure<dyn FnMut()>);
    #[wasm_bindgen(method, js_name = removeEventListener)]
    pub fn remove_event_listener(this: &AbortSignal, event: &str, listener: &Closure<dyn FnMut()>);

    /// A stream that the runtime reads from us, or we from it.
    #[derive(Clone)]
    pub type ReadableStream;
    #[wasm_bindgen(constructor)]
    pub fn new(source: &Object, strategy: &Object) -> ReadableStream;
    #[wasm_bindgen(method, catch, js_name = getReader)]
    pub fn reader(this: &ReadableStream, options: &Object) -> Result<Reader, JsValue>;

    /// A reader into buffers of ours (`mode: "byob"`).
    pub type Reader;
    #[wasm_bindgen(method)]
    pub fn read(this: &Reader, view: &Uint8Array) -> Reading;

    /// The promise of a [`ReadResult`].
    pub type Reading;
    #[wasm_bindgen(method)]
    pub fn then(this: &Reading, read: &Closure<dyn FnMut(ReadResult)>, failed: &Closure<dyn FnMut(JsValue)>);

    /// What was read, in the buffer that was given; nothing of it at the end.
    pub type ReadResult;
    #[wasm_bindgen(method, getter)]
    pub fn value(this: &ReadResult) -> Option<Uint8Array>;

    /// The writing end of a stream that the runtime reads from us.
    pub type Controller;
    #[wasm_bindgen(method, catch)]
    pub fn enqueue(this: &Controller, chunk: &Uint8Array) -> Result<(), JsValue>;
    #[wasm_bindgen(method, catch)]
    pub fn close(this: &Controller) -> Result<(), JsValue>;
    #[wasm_bindgen(method)]
    pub fn error(this: &Controller, reason: &str);
}
