"""The official Python SDKs, pointed at a door, with no retries of their own."""

import json
from functools import cache

import anthropic
import openai
from google import genai
from google.genai import types

from . import keys


@cache
def openai_client(door, key=keys.ALPHA):
    return openai.OpenAI(base_url=door.url + "/v1", api_key=key, max_retries=0, timeout=20)


@cache
def anthropic_client(door, key=keys.ALPHA):
    return anthropic.Anthropic(base_url=door.url, api_key=key, max_retries=0, timeout=20)


@cache
def google_client(door, key=keys.ALPHA):
    return genai.Client(api_key=key, http_options=types.HttpOptions(base_url=door.url, timeout=20_000))


class ChatSdk:
    """One way of asking, four SDK calls: `ask` gives text, `stream` a list of texts, `tools` (name, arguments)."""

    name = "chat"
    errors = {400: openai.BadRequestError, 401: openai.AuthenticationError, 403: openai.PermissionDeniedError, 404: openai.NotFoundError,
              429: openai.RateLimitError, 500: openai.InternalServerError, 502: openai.InternalServerError, 529: openai.InternalServerError}
    in_stream = openai.APIError
    client = staticmethod(openai_client)
    tool = {"type": "function", "function": {"name": "weather", "parameters": {"type": "object", "properties": {"city": {"type": "string"}}}}}

    def messages(self):
        return [{"role": "user", "content": "hi"}]

    def ask(self, client, model):
        answer = client.chat.completions.create(model=model, messages=self.messages())
        assert answer.usage.total_tokens > 0
        return answer.choices[0].message.content

    def stream(self, client, model):
        with client.chat.completions.create(model=model, messages=self.messages(), stream=True) as stream:
            return [chunk.choices[0].delta.content for chunk in stream if chunk.choices and chunk.choices[0].delta.content]

    def tools(self, client, model):
        call = client.chat.completions.create(model=model, messages=self.messages(), tools=[self.tool]).choices[0].message.tool_calls[0]
        return call.function.name, call.function.arguments

    def stream_tools(self, client, model):
        name, arguments = "", ""
        for chunk in client.chat.completions.create(model=model, messages=self.messages(), tools=[self.tool], stream=True):
            for call in (chunk.choices[0].delta.tool_calls or []) if chunk.choices else []:
                name, arguments = name + (call.function.name or ""), arguments + (call.function.arguments or "")
        return name, arguments

    def status(self, error):
        return error.status_code

    def marks(self, error):
        return error.type, error.code


class ResponsesSdk(ChatSdk):
    name = "responses"
    tool = {"type": "function", "name": "weather", "parameters": {"type": "object", "properties": {"city": {"type": "string"}}}, "strict": False}

    def ask(self, client, model):
        answer = client.responses.create(model=model, input="hi")
        assert answer.usage.total_tokens > 0
        return answer.output_text

    def stream(self, client, model):
        texts, last = [], None
        for event in client.responses.create(model=model, input="hi", stream=True):
            last = event
            if event.type == "response.output_text.delta":
                texts.append(event.delta)
        if last is None or last.type != "response.completed":
            raise openai.APIError(str(last), request=None, body=None)
        return texts

    def tools(self, client, model):
        call = next(item for item in client.responses.create(model=model, input="hi", tools=[self.tool]).output if item.type == "function_call")
        return call.name, call.arguments

    def stream_tools(self, client, model):
        *_, last = client.responses.create(model=model, input="hi", tools=[self.tool], stream=True)
        call = next(item for item in last.response.output if item.type == "function_call")
        return call.name, call.arguments


class MessagesSdk:
    name = "messages"
    errors = {400: anthropic.BadRequestError, 401: anthropic.AuthenticationError, 403: anthropic.PermissionDeniedError, 404: anthropic.NotFoundError,
              429: anthropic.RateLimitError, 500: anthropic.InternalServerError, 502: anthropic.InternalServerError, 529: anthropic.InternalServerError}
    in_stream = anthropic.APIError
    client = staticmethod(anthropic_client)
    request = {"max_tokens": 64, "messages": [{"role": "user", "content": "hi"}]}
    tool = {"name": "weather", "input_schema": {"type": "object", "properties": {"city": {"type": "string"}}}}

    def ask(self, client, model):
        answer = client.messages.create(model=model, **self.request)
        assert answer.usage.output_tokens > 0
        return answer.content[0].text

    def stream(self, client, model):
        with client.messages.stream(model=model, **self.request) as stream:
            texts = list(stream.text_stream)
            assert stream.get_final_message().stop_reason
            return texts

    def tools(self, client, model):
        block = next(block for block in client.messages.create(model=model, tools=[self.tool], **self.request).content if block.type == "tool_use")
        return block.name, json.dumps(block.input, separators=(",", ":"))

    def stream_tools(self, client, model):
        with client.messages.stream(model=model, tools=[self.tool], **self.request) as stream:
            block = next(block for block in stream.get_final_message().content if block.type == "tool_use")
        return block.name, json.dumps(block.input, separators=(",", ":"))

    def status(self, error):
        return error.status_code

    def marks(self, error):
        return error.body["error"]["type"]


class GeminiSdk:
    name = "gemini"
    errors = dict.fromkeys((400, 401, 403, 404, 429), genai.errors.ClientError) | dict.fromkeys((500, 502, 529), genai.errors.ServerError)
    in_stream = genai.errors.APIError
    client = staticmethod(google_client)
    config = types.GenerateContentConfig(tools=[types.Tool(function_declarations=[types.FunctionDeclaration(name="weather", parameters_json_schema={"type": "object"})])])

    def ask(self, client, model):
        answer = client.models.generate_content(model=model, contents="hi")
        assert answer.usage_metadata.total_token_count > 0
        return answer.text

    def stream(self, client, model):
        return [chunk.text for chunk in client.models.generate_content_stream(model=model, contents="hi") if chunk.text]

    def tools(self, client, model):
        call = client.models.generate_content(model=model, contents="hi", config=self.config).function_calls[0]
        return call.name, json.dumps(call.args, separators=(",", ":"))

    def stream_tools(self, client, model):
        calls = [call for chunk in client.models.generate_content_stream(model=model, contents="hi", config=self.config) for call in chunk.function_calls or []]
        return calls[0].name, json.dumps(calls[0].args, separators=(",", ":"))

    def status(self, error):
        return error.code

    def marks(self, error):
        return error.status


ALL = {sdk.name: sdk for sdk in (ChatSdk(), ResponsesSdk(), MessagesSdk(), GeminiSdk())}
