"""The official Python SDKs at their strictest: they judge every answer and stream, and tell what was said in it.

OpenAI's and Anthropic's validate nothing unless told to, and let unknown members through even then; Google's reads what it
knows and leaves the rest. So: strict validation, each SDK's own accumulator, and no member that the SDK does not know but
the few that clients read without it.
"""

import json
import re
from dataclasses import dataclass, field
from functools import cache

import anthropic
import openai
import pydantic
from google import genai
from openai.lib.streaming.chat import ChatCompletionStreamState

from . import keys
from .dialects import CHAT, GEMINI, MESSAGES, RESPONSES, payload
from .sdk import google_client


@dataclass
class Said:
    """What an answer said: `calls` are (id, name, arguments), `usage` is in the dialect's own accounting."""

    text: str = ""
    reasoning: str = ""
    refusal: str = ""
    calls: list = field(default_factory=list)
    finish: str | None = None
    usage: dict | None = None
    signed: list = field(default_factory=list)
    citations: list = field(default_factory=list)
    adjusted: str | None = None

    @property
    def arguments(self):
        return [(name, json.loads(arguments or "{}")) for _, name, arguments in self.calls]


def unknown(value, path=""):
    """The members of an SDK's model that it does not know."""
    if isinstance(value, pydantic.BaseModel):
        extra = value.model_extra or {}
        yield from (f"{path}.{name}" for name in extra)
        for name in type(value).model_fields:
            yield from unknown(getattr(value, name, None), f"{path}.{name}")
    elif isinstance(value, (list, tuple)):
        for each in value:
            yield from unknown(each, f"{path}[]")


class Judge:
    #: Members that clients of the dialect read though its own SDK has no type for them.
    known = frozenset()

    def __repr__(self):
        return self.name

    @property
    def name(self):
        return self.dialect.name

    def check_known(self, value):
        strange = {path for path in unknown(value) if path.rpartition(".")[2] not in self.known}
        assert not strange, f"members that the SDK does not know: {sorted(strange)}"

    def agree(self, said, expected):
        """That it was said, in the dialect's words: `text`, `reasoning`, `calls`, `finish`, and `usage` (input, cached, written, output, reasoning)."""
        squeeze = lambda text: re.sub(r"\s+", "", text)  # noqa: E731  paragraphs of reasoning are joined as each API does it
        assert (said.text, squeeze(said.reasoning)) == (expected["text"], squeeze(expected["reasoning"]))
        assert said.arguments == expected["calls"]
        assert said.finish == self.finishes[expected["finish"]]
        wanted = self.expected(expected["usage"])
        assert {name: count or 0 for name, count in said.usage.items()} == {name: count or 0 for name, count in wanted.items()}
        ids = [call[0] for call in said.calls]
        assert all(ids) and len(set(ids)) == len(ids), ids


class Openai(Judge):
    status_error = openai.APIStatusError
    in_stream = openai.APIError

    @staticmethod
    @cache
    def client(door):
        return openai.OpenAI(base_url=door.url + "/v1", api_key=keys.ALPHA, max_retries=0, timeout=30, _strict_response_validation=True)

    def told(self, error):
        """Status, marks and message of an error that was raised."""
        return error.status_code, (error.type, error.code), error.message

    def told_in_stream(self, error):
        return error.code, error.message


class ChatJudge(Openai):
    dialect = CHAT
    # DeepSeek's, OpenRouter's and Google's (translation.md 3.11); citations in a stream, as OpenAI's search models send them.
    known = frozenset({"reasoning_content", "reasoning_details", "extra_content", "annotations"})
    finishes = {"stop": "stop", "stop_sequence": "stop", "length": "length", "window": "length", "calls": "tool_calls", "filter": "content_filter"}
    request = {"messages": [{"role": "user", "content": "hi"}],
               "tools": [{"type": "function", "function": {"name": name, "parameters": {"type": "object", "properties": {}}}} for name in ("get_weather", "now", "one", "two", "look")]}

    def ask(self, door, model, headers=None, **more):
        raw = self.client(door).chat.completions.with_raw_response.create(model=model, extra_headers=headers, **{**self.request, **more})
        answer = raw.parse()
        self.check_known(answer)
        said = self.read(answer)
        said.adjusted = raw.headers.get("x-gatelet-adjusted")
        return said

    def stream(self, door, model, headers=None, **more):
        request = {**self.request, "stream_options": {"include_usage": True}, **more}
        state, chunks = ChatCompletionStreamState(), []
        with self.client(door).chat.completions.create(model=model, stream=True, extra_headers=headers, **request) as stream:
            for chunk in stream:
                self.check_known(chunk)
                chunks.append(chunk)
                # Without a choice that ends: the helper raises for a limit and for a filter, which are no faults here.
                ends = any(choice.finish_reason in ("length", "content_filter") for choice in chunk.choices)
                state._accumulate_chunk(chunk) if ends else state.handle_chunk(chunk)
        assert len({(chunk.id, chunk.created) for chunk in chunks}) == 1, "chunks of two answers"
        assert chunks[0].choices[0].delta.role == "assistant", chunks[0]
        finishes = [choice.finish_reason for chunk in chunks for choice in chunk.choices if choice.finish_reason and choice.index == 0]
        assert len(finishes) == 1, f"finish reasons: {finishes}"
        usages = [chunk.usage for chunk in chunks if chunk.usage]
        assert len(usages) == 1 and chunks[-1].usage and not chunks[-1].choices, "the usage has the last chunk for itself"
        snapshot = state.current_completion_snapshot
        said = self.read(snapshot)
        said.finish, said.usage = finishes[0], self.usage(usages[0])
        heads = [call for chunk in chunks for choice in chunk.choices if choice.index == 0 for call in choice.delta.tool_calls or [] if call.id]
        assert len(heads) == len(said.calls), "an id belongs to a call's first chunk alone"
        return said

    def read(self, answer):
        choice = answer.choices[0]
        message, extra = choice.message, choice.message.model_extra or {}
        calls = [(call.id, call.function.name, call.function.arguments) if call.type == "function" else (call.id, call.custom.name, json.dumps({"input": call.custom.input}))
                 for call in message.tool_calls or []]
        signed = [detail.get("data") or detail.get("signature") for detail in extra.get("reasoning_details") or []]
        return Said(text=message.content or "", reasoning=extra.get("reasoning_content") or "", refusal=message.refusal or "", calls=calls, finish=choice.finish_reason,
                    usage=answer.usage and self.usage(answer.usage), signed=[one for one in signed if one],
                    citations=[note.url_citation.url for note in message.annotations or []])

    def usage(self, usage):
        prompt, completion = usage.prompt_tokens_details, usage.completion_tokens_details
        assert usage.total_tokens == usage.prompt_tokens + usage.completion_tokens, usage
        return {"prompt": usage.prompt_tokens, "cached": prompt.cached_tokens, "written": prompt.cache_write_tokens or 0, "out": usage.completion_tokens,
                "reasoning": completion.reasoning_tokens}

    def expected(self, usage):
        return {"prompt": usage["in"] + usage["cached"] + usage["written"], "cached": usage["cached"], "written": usage["written"], "out": usage["out"],
                "reasoning": usage["reasoning"]}


class ResponsesJudge(Openai):
    dialect = RESPONSES
    # The API's own answers have them, in places where the SDK has no field: a response's `store`, a custom call's `status`,
    # the `name` beside whole arguments, a streamed token's `bytes`.
    known = frozenset({"store", "status", "name", "bytes"})
    finishes = {"stop": "completed", "stop_sequence": "completed", "length": "max_output_tokens", "window": "max_output_tokens", "calls": "completed", "filter": "content_filter"}
    request = {"input": "hi", "tools": [{"type": "function", "name": name, "parameters": {"type": "object", "properties": {}}, "strict": False}
                                        for name in ("get_weather", "now", "one", "two", "look")]}

    def ask(self, door, model, headers=None, **more):
        raw = self.client(door).responses.with_raw_response.create(model=model, extra_headers=headers, **{**self.request, **more})
        answer = raw.parse()
        self.check_known(answer)
        said = self.read(answer)
        said.adjusted = raw.headers.get("x-gatelet-adjusted")
        return said

    def stream(self, door, model, headers=None, **more):
        texts, arguments, numbers, last, kinds, places, done = {}, {}, [], None, [], {}, {}
        with self.client(door).responses.stream(model=model, extra_headers=headers, **{**self.request, **more}) as stream:
            for event in stream:
                self.check_known(event)
                last = event
                kinds.append(event.type)
                numbers.append(event.sequence_number)
                if event.type == "response.output_item.added":
                    places[event.output_index] = event.item.id
                elif event.type == "response.output_item.done":
                    assert places[event.output_index] == event.item.id, "an item's id changed"
                    done[event.output_index] = event.item
                elif event.type in ("response.output_text.delta", "response.refusal.delta"):
                    texts[event.output_index] = texts.get(event.output_index, "") + event.delta
                elif event.type in ("response.function_call_arguments.delta", "response.custom_tool_call_input.delta"):
                    arguments[event.output_index] = arguments.get(event.output_index, "") + event.delta
                if "output_index" in type(event).model_fields:
                    assert event.output_index in places, f"{event.type} before its item"
                    if "item_id" in type(event).model_fields:
                        assert event.item_id == places[event.output_index], event
        assert numbers == list(range(len(numbers))), f"sequence numbers: {numbers}"
        assert kinds[:2] == ["response.created", "response.in_progress"], kinds[:3]
        if last.type == "response.failed":
            error = last.response.error
            raise Failed(error.code, error.message)
        assert last.type in ("response.completed", "response.incomplete"), last.type
        answer = last.response
        assert list(places) == list(range(len(places))) and len(answer.output) == len(places) == len(done), "items in order, and all of them in the end"
        for index, item in enumerate(answer.output):
            assert item.id == places[index]
            if item.type == "message":
                assert texts.get(index, "") == "".join(getattr(part, "text", None) or getattr(part, "refusal", "") for part in item.content)
            elif item.type in ("function_call", "custom_tool_call"):
                assert arguments.get(index, "") == getattr(item, "arguments", None) or getattr(item, "input", "")
        return self.read(answer)

    def read(self, answer):
        said = Said(finish=answer.status if answer.status == "completed" else answer.incomplete_details.reason, usage=answer.usage and self.usage(answer.usage))
        for item in answer.output:
            if item.type == "message":
                for part in item.content:
                    said.text += getattr(part, "text", None) or ""
                    said.refusal += getattr(part, "refusal", None) or ""
                    said.citations += [note.url for note in getattr(part, "annotations", None) or [] if note.type == "url_citation"]
            elif item.type == "reasoning":
                said.reasoning += "".join(part.text for part in [*item.summary, *(item.content or [])])
                said.signed += [item.encrypted_content] if item.encrypted_content else []
            elif item.type == "function_call":
                said.calls.append((item.call_id, item.name, item.arguments))
            elif item.type == "custom_tool_call":
                said.calls.append((item.call_id, item.name, json.dumps({"input": item.input})))
        return said

    def usage(self, usage):
        assert usage.total_tokens == usage.input_tokens + usage.output_tokens, usage
        return {"prompt": usage.input_tokens, "cached": usage.input_tokens_details.cached_tokens, "written": usage.input_tokens_details.cache_write_tokens or 0,
                "out": usage.output_tokens, "reasoning": usage.output_tokens_details.reasoning_tokens}

    def expected(self, usage):
        return {**ChatJudge.expected(self, usage), "reasoning": usage["reasoning"] or 0}

    def told_in_stream(self, error):
        return (error.code, str(error)) if isinstance(error, Failed) else super().told_in_stream(error)


class Failed(openai.APIError):
    """`response.failed`, for which the SDK raises nothing."""

    def __init__(self, code, message):
        super().__init__(message, request=None, body={"code": code, "message": message})


class MessagesJudge(Judge):
    dialect = MESSAGES
    status_error = anthropic.APIStatusError
    in_stream = anthropic.APIError
    finishes = {"stop": "end_turn", "stop_sequence": "stop_sequence", "length": "max_tokens", "window": "model_context_window_exceeded", "calls": "tool_use", "filter": "refusal"}
    request = {"max_tokens": 2048, "messages": [{"role": "user", "content": "hi"}],
               "tools": [{"name": name, "input_schema": {"type": "object", "properties": {}}} for name in ("get_weather", "now", "one", "two", "look")]}

    @staticmethod
    @cache
    def client(door):
        return anthropic.Anthropic(base_url=door.url, api_key=keys.ALPHA, max_retries=0, timeout=30, _strict_response_validation=True)

    def ask(self, door, model, headers=None, **more):
        raw = self.client(door).messages.with_raw_response.create(model=model, extra_headers=headers, **{**self.request, **more})
        answer = raw.parse()
        self.check_known(answer)
        said = self.read(answer)
        said.adjusted = raw.headers.get("x-gatelet-adjusted")
        return said

    def stream(self, door, model, headers=None, **more):
        kinds, open_block, last_block = [], None, -1
        with self.client(door).messages.stream(model=model, extra_headers=headers, **{**self.request, **more}) as stream:
            for event in stream:
                if event.type in ("text", "thinking", "input_json", "signature", "citation"):
                    continue
                kinds.append(event.type)
                if event.type == "content_block_start":
                    assert open_block is None and event.index == last_block + 1, "one block at a time, in order"
                    open_block = last_block = event.index
                elif event.type == "content_block_delta":
                    assert event.index == open_block
                elif event.type == "content_block_stop":
                    assert event.index == open_block
                    open_block = None
                if event.type != "message_stop":
                    self.check_known(event)
            answer = stream.get_final_message()
        assert kinds[0] == "message_start" and kinds[-2:] == ["message_delta", "message_stop"] and kinds.count("message_start") == 1, kinds
        self.check_known(answer)
        return self.read(answer)

    def read(self, answer):
        said = Said(finish=answer.stop_reason, usage=self.usage(answer.usage))
        for block in answer.content:
            if block.type == "text":
                said.text += block.text
                said.citations += [note.url for note in block.citations or [] if note.type == "web_search_result_location"]
            elif block.type == "thinking":
                said.reasoning += block.thinking
                said.signed.append(block.signature)
            elif block.type == "redacted_thinking":
                said.signed.append(block.data)
            elif block.type == "tool_use":
                said.calls.append((block.id, block.name, json.dumps(block.input)))
        return said

    def usage(self, usage):
        details = usage.output_tokens_details
        return {"in": usage.input_tokens, "cached": usage.cache_read_input_tokens, "written": usage.cache_creation_input_tokens, "out": usage.output_tokens,
                "reasoning": details.thinking_tokens if details else None}

    def expected(self, usage):
        return usage

    def told(self, error):
        return error.status_code, error.body["error"]["type"], error.body["error"]["message"]

    def told_in_stream(self, error):
        return error.body["error"]["type"], error.body["error"]["message"]


class GeminiJudge(Judge):
    dialect = GEMINI
    status_error = genai.errors.APIError
    in_stream = genai.errors.APIError
    client = staticmethod(google_client)
    finishes = {"stop": "STOP", "stop_sequence": "STOP", "length": "MAX_TOKENS", "window": "MAX_TOKENS", "calls": "STOP", "filter": "SAFETY"}
    request = {"tools": [{"functionDeclarations": [{"name": name, "parametersJsonSchema": {"type": "object", "properties": {}}}
                                                   for name in ("get_weather", "now", "one", "two", "look")]}]}

    def ask(self, door, model, headers=None, **more):
        """Asked raw as well: the SDK reads past what it does not know, its types do not."""
        with door.post(GEMINI, model, keys.ALPHA, headers=list((headers or {}).items()), timeout=30, **{**self.request, **more}) as answer:
            body = answer.read()
            self.check(answer.status, body)
            strict = genai.types.GenerateContentResponse.model_validate_json(body)
        if not more:
            config = genai.types.GenerateContentConfig(**self.sdk_config(headers))
            assert self.read([self.client(door).models.generate_content(model=model, contents="hi", config=config)]) == self.read([strict])
        said = self.read([strict])
        said.adjusted = answer.headers.get("x-gatelet-adjusted")
        return said

    def stream(self, door, model, headers=None, **more):
        with door.post(GEMINI, model, keys.ALPHA, stream=True, headers=list((headers or {}).items()), timeout=30, **{**self.request, **more}) as answer:
            self.check(answer.status, answer.read() if answer.status != 200 else b"")
            blocks = [block for _, block in answer.events()]
        assert all(block.startswith(b"data: ") for block in blocks), blocks
        chunks = list(map(payload, blocks))
        if "error" in chunks[-1]:
            raise genai.errors.APIError(chunks[-1]["error"]["code"], chunks[-1])
        strict = [genai.types.GenerateContentResponse.model_validate(chunk) for chunk in chunks]
        finishes = [candidate.finish_reason for chunk in strict for candidate in chunk.candidates or [] if candidate.finish_reason and not candidate.index]
        blocked = any(chunk.prompt_feedback for chunk in strict)
        assert len(finishes) == 1 - blocked and (blocked or strict[-1].candidates[0].finish_reason), f"finish reasons: {finishes}"
        if not more:
            config = genai.types.GenerateContentConfig(**self.sdk_config(headers))
            assert self.read(list(self.client(door).models.generate_content_stream(model=model, contents="hi", config=config))) == self.read(strict)
        return self.read(strict)

    def sdk_config(self, headers):
        declared = [genai.types.FunctionDeclaration(name=each["name"], parameters_json_schema=each["parametersJsonSchema"])
                    for each in self.request["tools"][0]["functionDeclarations"]]
        return {"tools": [genai.types.Tool(function_declarations=declared)], "http_options": genai.types.HttpOptions(headers=headers or {}),
                "automatic_function_calling": genai.types.AutomaticFunctionCallingConfig(disable=True)}

    @staticmethod
    def check(status, body):
        if status != 200:
            raise genai.errors.APIError(status, json.loads(body))

    def read(self, chunks):
        said = Said()
        for chunk in chunks:
            if chunk.usage_metadata:
                said.usage = self.usage(chunk.usage_metadata)
            if chunk.prompt_feedback:
                said.finish = "SAFETY"
            for candidate in (chunk.candidates or [])[:1]:
                said.finish = candidate.finish_reason.value if candidate.finish_reason else said.finish
                grounding = candidate.grounding_metadata
                said.citations += [ground.web.uri for ground in (grounding.grounding_chunks if grounding else None) or [] if ground.web]
                for part in (candidate.content.parts if candidate.content else None) or []:
                    if part.thought:
                        said.reasoning += part.text or ""
                    elif part.text:
                        said.text += part.text
                    if part.function_call:
                        assert part.function_call.id, "callers always get an id"
                        said.calls.append((part.function_call.id, part.function_call.name, json.dumps(part.function_call.args)))
                    if part.thought_signature:
                        said.signed.append(part.thought_signature.decode())
        return said

    def usage(self, usage):
        thoughts = usage.thoughts_token_count
        assert usage.total_token_count == usage.prompt_token_count + (usage.candidates_token_count or 0) + (thoughts or 0) + (usage.tool_use_prompt_token_count or 0), usage
        return {"prompt": usage.prompt_token_count, "cached": usage.cached_content_token_count or 0, "out": (usage.candidates_token_count or 0) + (thoughts or 0),
                "reasoning": thoughts or 0}

    def expected(self, usage):
        return {"prompt": usage["in"] + usage["cached"] + usage["written"], "cached": usage["cached"], "out": usage["out"], "reasoning": usage["reasoning"] or 0}

    def told(self, error):
        return error.code, error.status, error.message

    def told_in_stream(self, error):
        return error.status, error.message


ALL = CHAT_JUDGE, RESPONSES_JUDGE, MESSAGES_JUDGE, GEMINI_JUDGE = ChatJudge(), ResponsesJudge(), MessagesJudge(), GeminiJudge()
