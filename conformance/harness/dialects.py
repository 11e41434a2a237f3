"""The four dialects of clients, and Bedrock's, as a test needs them: requests, answers, event streams, and what an error looks like."""

import json

from . import event_stream

#: (class → (HTTP status, chat/responses (type, code), messages type, gemini status)): translation.md 5.1.
ERRORS = {
    "invalid": (400, ("invalid_request_error", None), "invalid_request_error", "INVALID_ARGUMENT"),
    "too_large": (413, ("invalid_request_error", "request_too_large"), "request_too_large", "INVALID_ARGUMENT"),
    "caller_auth": (401, ("invalid_request_error", "invalid_api_key"), "authentication_error", "UNAUTHENTICATED"),
    "caller_forbidden": (403, ("invalid_request_error", "model_not_allowed"), "permission_error", "PERMISSION_DENIED"),
    "not_found": (404, ("invalid_request_error", "model_not_found"), "not_found_error", "NOT_FOUND"),
    "rate_limit": (429, ("rate_limit_error", "rate_limit_exceeded"), "rate_limit_error", "RESOURCE_EXHAUSTED"),
    "upstream_auth": (502, ("server_error", "upstream_auth"), "api_error", "UNAVAILABLE"),
    "upstream_error": (502, ("server_error", "upstream_error"), "api_error", "UNAVAILABLE"),
    "upstream_invalid": (502, ("server_error", "upstream_invalid"), "api_error", "UNAVAILABLE"),
    "upstream_truncated": (502, ("server_error", "upstream_truncated"), "api_error", "UNAVAILABLE"),
    "timeout": (504, ("server_error", "upstream_timeout"), "timeout_error", "DEADLINE_EXCEEDED"),
    "internal": (500, ("server_error", "internal_error"), "api_error", "INTERNAL"),
}


def dump(value):
    return json.dumps(value, separators=(",", ":")).encode()


def data(value, event=None):
    """One server-sent event."""
    name = f"event: {event}\n".encode() if event else b""
    return name + b"data: " + dump(value) + b"\n\n"


def payload(block):
    """The JSON of an event block, or None for a comment or `[DONE]`."""
    lines = [line[5:].strip() for line in block.splitlines() if line.startswith(b"data:")]
    joined = b"\n".join(lines)
    return json.loads(joined) if joined.startswith((b"{", b"[{")) else None


class Dialect:
    """What is the same in all of them."""

    #: Header that carries the gateway's credential to this dialect's upstream, and how.
    credential = ("authorization", "Bearer ")
    request_id = "x-request-id"
    #: The content type of its streams.
    mime = [("content-type", "text/event-stream; charset=utf-8")]
    #: Canonical usage of `answer` and `events`: in, out, cached, written, reasoning.
    usage = {}

    def __repr__(self):
        return self.name

    def headers(self, key):
        return [("content-type", "application/json"), ("authorization", f"Bearer {key}")]

    def events(self, model, texts=("Hel", "lo")):
        """A whole good stream."""
        return self.start(model) + [self.delta(model, text) for text in texts] + self.end(model)

    def error_class(self, body):
        """What `check_error` compares: the class's marks in this dialect."""
        raise NotImplementedError

    def check_error(self, status, body, name):
        """Asserts that a whole error body is the table's row for the class."""
        wanted_status = ERRORS[name][0]
        assert status == wanted_status, f"{status} instead of {wanted_status}: {body[:500]!r}"
        parsed = json.loads(body)
        self.check_shape(parsed)
        assert self.error_class(parsed) == self.expected_class(name), body[:500]
        return parsed

    def stream_error(self, blocks):
        """The error that ends a broken stream; asserts that it is the last event and that nothing says success."""
        raise NotImplementedError


class OpenAi(Dialect):
    def error_class(self, body):
        return body["error"]["type"], body["error"]["code"]

    def expected_class(self, name):
        return ERRORS[name][1]

    def check_shape(self, body):
        assert set(body["error"]) >= {"message", "type", "param", "code"}, body
        assert isinstance(body["error"]["message"], str) and body["error"]["message"], body

    def upstream_error(self, status, message="upstream says no"):
        kind = {401: "invalid_request_error", 429: "rate_limit_error"}.get(status, "server_error" if status >= 500 else "invalid_request_error")
        return dump({"error": {"message": message, "type": kind, "param": None, "code": None, "vendor": 1.0}})


class Chat(OpenAi):
    name = "chat"
    usage = {"in": 8, "out": 5, "cached": 3, "written": 0, "reasoning": 2}
    wire_usage = {"prompt_tokens": 11, "completion_tokens": 5, "total_tokens": 16, "prompt_tokens_details": {"cached_tokens": 3},
                  "completion_tokens_details": {"reasoning_tokens": 2}}

    def route(self, model, stream=False):
        return "/v1/chat/completions"

    upstream_route = route

    def body(self, model, stream=False, text="hi", **more):
        fields = {"model": model, "messages": [{"role": "user", "content": text}], **more}
        if stream:
            fields.setdefault("stream", True)
        return dump(fields)

    def answer(self, model, text="Hello", **more):
        message = {"role": "assistant", "content": text, "refusal": None, **more}
        return dump({"id": "chatcmpl-1", "object": "chat.completion", "created": 1700000000, "model": model,
                     "choices": [{"index": 0, "message": message, "logprobs": None, "finish_reason": "stop"}], "usage": self.wire_usage})

    def piece(self, model, delta, finish=None):
        return data({"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1700000000, "model": model,
                     "choices": [{"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}]})

    def start(self, model):
        return [self.piece(model, {"role": "assistant", "content": ""})]

    def delta(self, model, text):
        return self.piece(model, {"content": text})

    def usage_event(self, model):
        return data({"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1700000000, "model": model, "choices": [], "usage": self.wire_usage})

    def end(self, model, usage=True):
        events = [self.piece(model, {}, "stop")]
        if usage:
            events.append(self.usage_event(model))
        return events + [b"data: [DONE]\n\n"]

    def error_event(self):
        return data({"error": {"message": "vendor trouble", "type": "server_error", "param": None, "code": None}})

    def stream_error(self, blocks):
        joined = b"".join(blocks)
        assert b"[DONE]" not in joined and b'"finish_reason":"' not in joined, joined[-600:]
        error = payload(blocks[-1])["error"]
        assert set(error) >= {"message", "type", "param", "code"}, error
        assert error["type"] == "server_error", error
        return error["code"]


class Responses(OpenAi):
    name = "responses"
    usage = {"in": 8, "out": 5, "cached": 3, "written": 0, "reasoning": 2}
    wire_usage = {"input_tokens": 11, "input_tokens_details": {"cached_tokens": 3, "cache_write_tokens": 0}, "output_tokens": 5,
                  "output_tokens_details": {"reasoning_tokens": 2}, "total_tokens": 16}

    def route(self, model, stream=False):
        return "/v1/responses"

    upstream_route = route

    def body(self, model, stream=False, text="hi", **more):
        fields = {"model": model, "input": [{"role": "user", "content": text}], **more}
        if stream:
            fields.setdefault("stream", True)
        return dump(fields)

    def response(self, model, status, output, usage=None):
        return {"id": "resp_1", "object": "response", "created_at": 1700000000, "status": status, "error": None, "incomplete_details": None,
                "instructions": None, "max_output_tokens": None, "model": model, "output": output, "parallel_tool_calls": True,
                "previous_response_id": None, "reasoning": {"effort": None, "summary": None}, "store": False, "temperature": 1.0,
                "text": {"format": {"type": "text"}}, "tool_choice": "auto", "tools": [], "top_p": 1.0, "truncation": "disabled",
                "usage": usage, "user": None, "metadata": {}}

    def message(self, text, status="completed"):
        content = [{"type": "output_text", "text": text, "annotations": [], "logprobs": []}] if text is not None else []
        return {"id": "msg_1", "type": "message", "role": "assistant", "status": status, "content": content}

    def answer(self, model, text="Hello", output=None):
        return dump(self.response(model, "completed", output or [self.message(text)], self.wire_usage))

    def event(self, number, kind, **fields):
        return data({"type": kind, "sequence_number": number, **fields}, kind)

    def start(self, model):
        response = self.response(model, "in_progress", [])
        part = {"type": "output_text", "text": "", "annotations": [], "logprobs": []}
        return [self.event(0, "response.created", response=response), self.event(1, "response.in_progress", response=response),
                self.event(2, "response.output_item.added", output_index=0, item=self.message(None, "in_progress")),
                self.event(3, "response.content_part.added", item_id="msg_1", output_index=0, content_index=0, part=part)]

    def delta(self, model, text):
        return self.event(4, "response.output_text.delta", item_id="msg_1", output_index=0, content_index=0, delta=text, logprobs=[])

    def end(self, model, text="Hello"):
        part = {"type": "output_text", "text": text, "annotations": [], "logprobs": []}
        place = {"item_id": "msg_1", "output_index": 0, "content_index": 0}
        return [self.event(6, "response.output_text.done", **place, text=text, logprobs=[]), self.event(7, "response.content_part.done", **place, part=part),
                self.event(8, "response.output_item.done", output_index=0, item=self.message(text)),
                self.event(9, "response.completed", response=self.response(model, "completed", [self.message(text)], self.wire_usage))]

    def error_event(self):
        return data({"type": "error", "sequence_number": 1, "code": "server_error", "message": "vendor trouble", "param": None}, "error")

    def stream_error(self, blocks):
        assert b"response.completed" not in b"".join(blocks)
        assert blocks[-1].startswith(b"event: response.failed\n"), blocks[-1]
        last = payload(blocks[-1])
        assert last["type"] == "response.failed" and last["response"]["status"] == "failed", last
        numbers = [event["sequence_number"] for event in map(payload, blocks) if event and "sequence_number" in event]
        assert numbers[-1] > max(numbers[:-1], default=-1), numbers
        assert last["response"]["id"] == "resp_1", "the failed response is the one that was created"
        assert last["response"]["error"]["message"], last
        return last["response"]["error"]["code"]


class Messages(Dialect):
    name = "messages"
    credential = ("x-api-key", "")
    request_id = "request-id"
    usage = {"in": 8, "out": 5, "cached": 3, "written": 4, "reasoning": 2}
    #: What the last events tell, and what the first and whole answers do.
    last_usage = {"input_tokens": 8, "cache_creation_input_tokens": 4, "cache_read_input_tokens": 3, "output_tokens": 5,
                  "output_tokens_details": {"thinking_tokens": 2}}
    wire_usage = {**last_usage, "cache_creation": {"ephemeral_5m_input_tokens": 4, "ephemeral_1h_input_tokens": 0}}

    def route(self, model, stream=False):
        return "/v1/messages"

    upstream_route = route

    def headers(self, key):
        return [("content-type", "application/json"), ("x-api-key", key), ("anthropic-version", "2023-06-01")]

    def body(self, model, stream=False, text="hi", **more):
        fields = {"model": model, "max_tokens": 64, "messages": [{"role": "user", "content": text}], **more}
        if stream:
            fields.setdefault("stream", True)
        return dump(fields)

    def answer(self, model, text="Hello", content=None, stop_reason="end_turn"):
        return dump({"id": "msg_1", "type": "message", "role": "assistant", "model": model, "content": content or [{"type": "text", "text": text}],
                     "stop_reason": stop_reason, "stop_sequence": None, "usage": self.wire_usage})

    def start(self, model):
        usage = {**self.wire_usage, "output_tokens": 1}
        message = {"id": "msg_1", "type": "message", "role": "assistant", "model": model, "content": [], "stop_reason": None, "stop_sequence": None, "usage": usage}
        return [data({"type": "message_start", "message": message}, "message_start"),
                data({"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}}, "content_block_start"),
                data({"type": "ping"}, "ping")]

    def delta(self, model, text):
        return data({"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": text}}, "content_block_delta")

    def end(self, model):
        return [data({"type": "content_block_stop", "index": 0}, "content_block_stop"),
                data({"type": "message_delta", "delta": {"stop_reason": "end_turn", "stop_sequence": None}, "usage": self.last_usage}, "message_delta"),
                data({"type": "message_stop"}, "message_stop")]

    def error_class(self, body):
        return body["error"]["type"]

    def expected_class(self, name):
        return ERRORS[name][2]

    def check_shape(self, body):
        assert body["type"] == "error" and body["error"]["message"], body
        assert isinstance(body.get("request_id"), str), body

    def upstream_error(self, status, message="upstream says no"):
        kind = {401: "authentication_error", 404: "not_found_error", 429: "rate_limit_error", 529: "overloaded_error"}.get(status, "api_error" if status >= 500 else "invalid_request_error")
        return dump({"type": "error", "error": {"type": kind, "message": message}, "request_id": "req_up", "vendor": 1.0})

    def error_event(self):
        return data({"type": "error", "error": {"type": "overloaded_error", "message": "vendor trouble"}}, "error")

    def stream_error(self, blocks):
        joined = b"".join(blocks)
        assert b"message_stop" not in joined and b"message_delta" not in joined and b"content_block_stop" not in joined, joined[-600:]
        assert blocks[-1].startswith(b"event: error\n"), blocks[-1]
        last = payload(blocks[-1])
        assert last["type"] == "error" and last["error"]["message"], last
        return last["error"]["type"]


class Gemini(Dialect):
    name = "gemini"
    credential = ("x-goog-api-key", "")
    usage = {"in": 8, "out": 5, "cached": 3, "written": 0, "reasoning": 2}
    wire_usage = {"promptTokenCount": 11, "candidatesTokenCount": 3, "totalTokenCount": 16, "cachedContentTokenCount": 3, "thoughtsTokenCount": 2}

    def route(self, model, stream=False):
        return f"/v1beta/models/{model}:" + ("streamGenerateContent?alt=sse" if stream else "generateContent")

    upstream_route = route

    def headers(self, key):
        return [("content-type", "application/json"), ("x-goog-api-key", key)]

    def body(self, model, stream=False, text="hi", **more):
        return dump({"contents": [{"role": "user", "parts": [{"text": text}]}], **more})

    def candidate(self, model, parts, finish=None):
        candidate = {"content": {"role": "model", "parts": parts}, "index": 0}
        if finish:
            candidate["finishReason"] = finish
        return {"candidates": [candidate], "usageMetadata": self.wire_usage, "modelVersion": model, "responseId": "r1"}

    def answer(self, model, text="Hello", parts=None):
        return dump(self.candidate(model, parts or [{"text": text}], "STOP"))

    def start(self, model):
        return [data({"candidates": [{"content": {"role": "model"}, "index": 0}], "modelVersion": model, "responseId": "r1"})]

    def delta(self, model, text):
        return data({"candidates": [{"content": {"role": "model", "parts": [{"text": text}]}, "index": 0}], "modelVersion": model, "responseId": "r1"})

    def end(self, model):
        return [data(self.candidate(model, [{"text": ""}], "STOP"))]

    def error_class(self, body):
        return body["error"]["status"]

    def expected_class(self, name):
        return ERRORS[name][3]

    def check_shape(self, body):
        assert isinstance(body["error"]["code"], int) and body["error"]["message"] and body["error"]["status"], body

    def upstream_error(self, status, message="upstream says no"):
        kind = {400: "INVALID_ARGUMENT", 401: "UNAUTHENTICATED", 404: "NOT_FOUND", 429: "RESOURCE_EXHAUSTED", 500: "INTERNAL"}.get(status, "UNAVAILABLE")
        return dump({"error": {"code": status, "message": message, "status": kind, "details": [], "vendor": 1.0}})

    def error_event(self):
        return data({"error": {"code": 503, "message": "vendor trouble", "status": "UNAVAILABLE"}})

    def stream_error(self, blocks):
        joined = b"".join(blocks)
        assert b"finishReason" not in joined and b"[DONE]" not in joined, joined[-600:]
        assert all(block.startswith(b"data: ") for block in blocks), blocks
        last = payload(blocks[-1])
        assert list(last)[0] == "error" and 400 <= last["error"]["code"] <= 599, last
        return last["error"]["status"]


class Converse(Dialect):
    """Bedrock's. No client speaks it: it is what upstreams say."""

    name = "converse"
    mime = [("content-type", event_stream.MIME)]
    usage = {"in": 8, "out": 5, "cached": 3, "written": 4, "reasoning": None}
    wire_usage = {"inputTokens": 8, "outputTokens": 5, "totalTokens": 20, "cacheReadInputTokens": 3, "cacheWriteInputTokens": 4}

    def upstream_route(self, model, stream=False):
        return f"/model/{model}/converse" + ("-stream" if stream else "")

    def answer(self, model, text="Hello", content=None, stop_reason="end_turn"):
        message = {"role": "assistant", "content": content or [{"text": text}]}
        return dump({"output": {"message": message}, "stopReason": stop_reason, "usage": self.wire_usage, "metrics": {"latencyMs": 9}})

    def event(self, kind, **payload):
        return event_stream.event(kind, dump({**payload, "p": "abcd"}))

    def start(self, model):
        return [self.event("messageStart", role="assistant")]

    def delta(self, model, text):
        return self.event("contentBlockDelta", contentBlockIndex=0, delta={"text": text})

    def end(self, model):
        return [self.event("contentBlockStop", contentBlockIndex=0), self.event("messageStop", stopReason="end_turn"),
                self.event("metadata", usage=self.wire_usage, metrics={"latencyMs": 9})]

    def upstream_error(self, status, message="upstream says no"):
        return dump({"message": message})

    def error_event(self):
        return event_stream.exception("serviceUnavailableException", dump({"message": "vendor trouble"}))


CHAT, RESPONSES, MESSAGES, GEMINI = ALL = Chat(), Responses(), Messages(), Gemini()
CONVERSE = Converse()
#: What upstreams speak.
UPSTREAMS = *ALL, CONVERSE
