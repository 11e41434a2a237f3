// The official OpenAI, Anthropic and Google SDKs for JavaScript, one after the other; prints one JSON object a check.
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";
import path from "node:path";

const { BASE, KEY, WRONG, MODELS, NODE_MODULES } = process.env;
const models = JSON.parse(MODELS);
const require = createRequire(path.join(NODE_MODULES, "x.js"));
const load = async (name) => import(pathToFileURL(require.resolve(name)).href);

const { default: OpenAI } = await load("openai");
const { default: Anthropic } = await load("@anthropic-ai/sdk");
const { GoogleGenAI } = await load("@google/genai");

const openai = (apiKey) => new OpenAI({ baseURL: `${BASE}/v1`, apiKey, maxRetries: 0 });
const anthropic = (apiKey) => new Anthropic({ baseURL: BASE, apiKey, maxRetries: 0 });
const google = (apiKey) => new GoogleGenAI({ apiKey, httpOptions: { baseUrl: BASE } });
const user = [{ role: "user", content: "hi" }];

const sdks = {
  chat: {
    ask: async (key, model) => (await openai(key).chat.completions.create({ model, messages: user })).choices[0].message.content,
    async stream(key, model) {
      let text = "";
      for await (const chunk of await openai(key).chat.completions.create({ model, messages: user, stream: true })) text += chunk.choices[0]?.delta?.content ?? "";
      return text;
    },
    async calls(key, model) {
      const last = await openai(key).chat.completions.stream({ model, messages: user, stream_options: { include_usage: true } }).finalChatCompletion();
      return last.choices[0].message.tool_calls.map((call) => [call.function.name, JSON.parse(call.function.arguments)]);
    },
  },
  responses: {
    ask: async (key, model) => (await openai(key).responses.create({ model, input: "hi" })).output_text,
    async stream(key, model) {
      let text = "", last;
      for await (const event of await openai(key).responses.create({ model, input: "hi", stream: true })) {
        last = event;
        if (event.type === "response.output_text.delta") text += event.delta;
      }
      if (last?.type !== "response.completed") throw new Error(`ended with ${last?.type}`);
      return text;
    },
    async calls(key, model) {
      const last = await openai(key).responses.stream({ model, input: "hi" }).finalResponse();
      return last.output.filter((item) => item.type === "function_call").map((item) => [item.name, JSON.parse(item.arguments)]);
    },
  },
  messages: {
    ask: async (key, model) => (await anthropic(key).messages.create({ model, max_tokens: 64, messages: user })).content[0].text,
    async stream(key, model) {
      const stream = anthropic(key).messages.stream({ model, max_tokens: 64, messages: user });
      return (await stream.finalMessage()).content[0].text;
    },
    async calls(key, model) {
      const last = await anthropic(key).messages.stream({ model, max_tokens: 64, messages: user }).finalMessage();
      return last.content.filter((block) => block.type === "tool_use").map((block) => [block.name, block.input]);
    },
  },
  gemini: {
    ask: async (key, model) => (await google(key).models.generateContent({ model, contents: "hi" })).text,
    async stream(key, model) {
      let text = "";
      for await (const chunk of await google(key).models.generateContentStream({ model, contents: "hi" })) text += chunk.text ?? "";
      return text;
    },
    async calls(key, model) {
      const calls = [];
      for await (const chunk of await google(key).models.generateContentStream({ model, contents: "hi" })) calls.push(...(chunk.functionCalls ?? []));
      return calls.map((call) => [call.name, call.args]);
    },
  },
};

const attempt = async (work) => {
  try {
    return { text: await work() };
  } catch (error) {
    return { error: error.constructor.name, status: error.status ?? null };
  }
};

for (const [dialect, sdk] of Object.entries(sdks)) {
  const { good, cut, limited, translated } = models[dialect];
  const others = {};
  for (const [upstream, asked] of Object.entries(translated)) {
    others[upstream] = {
      ask: await attempt(() => sdk.ask(KEY, asked.ask)),
      stream: await attempt(() => sdk.stream(KEY, asked.stream)),
      calls: await attempt(() => sdk.calls(KEY, asked.calls)),
      cut: await attempt(() => sdk.stream(KEY, asked.cut)),
      limited: await attempt(() => sdk.ask(KEY, asked.limited)),
    };
  }
  console.log(JSON.stringify({
    dialect,
    ask: await attempt(() => sdk.ask(KEY, good.ask)),
    stream: await attempt(() => sdk.stream(KEY, good.stream)),
    cut: await attempt(() => sdk.stream(KEY, cut)),
    limited: await attempt(() => sdk.ask(KEY, limited)),
    wrong: await attempt(() => sdk.ask(WRONG, "mock/hello")),
    mock: await attempt(() => sdk.stream(KEY, "mock/hello")),
    others,
  }));
}
