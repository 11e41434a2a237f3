// What is cheaper said in one call from wasm than in several: each crossing of the border costs.

// Heads cross as one JSON text.
export const request_head = (request) => JSON.stringify([request.method, request.url, [...request.headers]]);
export const response_head = (response) => JSON.stringify([response.status, [...response.headers]]);

export const send = (url, init, body, signal, answered, failed) =>
  void fetch(url, { ...JSON.parse(init), body, signal }).then(answered, failed);

// What is asked of the AI binding: `/run/MODEL` with the inputs as the body, or `/models`. `returnRawResponse` gives the answer as
// it is, with its status; <https://developers.cloudflare.com/workers-ai/configuration/bindings/>.
const asked = (binding, target, body, signal) => {
  const [path, query] = target.split("?");
  const [, method, model] = path.split("/");
  if (method !== "run")
    return binding.models(Object.fromEntries(new URLSearchParams(query))).then((result) => Response.json({ result }));
  const inputs = JSON.parse(new TextDecoder().decode(body));
  return binding.run(decodeURIComponent(model), inputs, { returnRawResponse: true, signal });
};
export const ask = (binding, target, body, signal, answered, failed) =>
  void asked(binding, target, body, signal).then(answered, failed);

export const respond = (body, init) => new Response(body, JSON.parse(init));

// A stream that holds nothing: it pulls only while somebody waits for a chunk.
export const stream = (pull, cancel) => new ReadableStream({ pull, cancel }, { highWaterMark: 0 });

export const whole = (message, taken, failed) => void message.arrayBuffer().then(taken, failed);
export const reader = (message) => message.body?.getReader({ mode: "byob" });
export const read = (reader, length, buffer, taken, failed) =>
  void reader.read(buffer === undefined ? new Uint8Array(length) : new Uint8Array(buffer)).then(({ value }) => taken(value), failed);

// RS256 of a key as PKCS#8.
const rs256 = { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" };
const signature = async (key, message) =>
  crypto.subtle.sign(rs256, await crypto.subtle.importKey("pkcs8", key, rs256, false, ["sign"]), message);
export const sign = (key, message, taken, failed) => void signature(key, message).then(taken, failed);

// The function that ends the hold on the context.
export const hold = (context) => {
  const { promise, resolve } = Promise.withResolvers();
  context.waitUntil(promise);
  return resolve;
};

export const deferred = () => Promise.withResolvers();
