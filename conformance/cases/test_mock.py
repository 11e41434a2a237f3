"""The built-in upstream: answers in every dialect with no key and no network, and fails on demand."""

import json

import pytest

from harness import keys
from harness.dialects import payload

TEXT = {
    "chat": lambda body: body["choices"][0]["message"]["content"],
    "responses": lambda body: body["output"][-1]["content"][0]["text"],
    "messages": lambda body: body["content"][0]["text"],
    "gemini": lambda body: body["candidates"][0]["content"]["parts"][0]["text"],
}
DELTA = {
    "chat": lambda event: (event["choices"][0]["delta"].get("content") or "") if event["choices"] else "",
    "responses": lambda event: event["delta"] if event["type"] == "response.output_text.delta" else "",
    "messages": lambda event: event["delta"].get("text", "") if event["type"] == "content_block_delta" else "",
    "gemini": lambda event: "".join(part.get("text", "") for part in event["candidates"][0].get("content", {}).get("parts", [])),
}


def test_whole_answer(gateway, dialect):
    bodies = []
    for _ in range(2):
        with gateway.post(dialect, "mock/hello", keys.ALPHA) as answer:
            assert answer.status == 200, answer.read()
            bodies.append(answer.read())
    assert bodies[0] == bodies[1], "the mock is not deterministic"
    assert TEXT[dialect.name](json.loads(bodies[0]))


def test_stream_says_the_same(gateway, dialect):
    with gateway.post(dialect, "mock/hello", keys.ALPHA) as answer:
        whole = TEXT[dialect.name](answer.json())
    with gateway.post(dialect, "mock/hello", keys.ALPHA, stream=True) as answer:
        assert answer.status == 200
        events = [event for event in (payload(block) for _, block in answer.events()) if event]
        assert answer.ended
    assert "".join(DELTA[dialect.name](event) for event in events) == whole
    assert gateway.line(id=answer.headers["x-gatelet-request-id"])["outcome"] == "done"


def test_usage_is_in_the_log(gateway, dialect):
    for stream in (False, True):
        with gateway.post(dialect, "mock/hello", keys.ALPHA, stream=stream) as answer:
            answer.read()
        line = gateway.line(id=answer.headers["x-gatelet-request-id"])
        assert line["in"] > 0 and line["out"] > 0 and line["complete"] is True, line


@pytest.mark.parametrize("status", [400, 404, 429, 500, 529])
def test_status_on_demand(gateway, dialect, status):
    with gateway.post(dialect, f"mock/status-{status}", keys.ALPHA) as answer:
        assert answer.status == status
        body = answer.json()
        dialect.check_shape({**body, "request_id": body.get("request_id") or "none"})
    if status == 429:
        assert answer.headers["retry-after"] == "7"


def test_cut_on_demand(gateway, dialect):
    with gateway.post(dialect, "mock/cut", keys.ALPHA) as answer:
        assert answer.status == 502
        dialect.check_shape(answer.json())
    with gateway.post(dialect, "mock/cut", keys.ALPHA, stream=True) as answer:
        body = answer.read()
        assert answer.ended
    assert b"error" in body and b"[DONE]" not in body and b"message_stop" not in body and b"response.completed" not in body
    assert gateway.line(id=answer.headers["x-gatelet-request-id"])["outcome"] in ("upstream_cut", "error")


def test_silent_on_demand(door, dialect):
    with door("hasty").post(dialect, "mock/silent", keys.ALPHA, stream=True) as answer:
        dialect.check_error(answer.status, answer.read(), "timeout")
