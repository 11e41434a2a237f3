"""Chat's usage chunk: always asked for upstream, shown only to who asked."""

import json

import pytest

from harness import keys, scripts
from harness.dialects import CHAT


def stream(gateway, upstream, provider="chat", **asked):
    scenario = upstream.on(scripts.tells(CHAT))
    with gateway.post(CHAT, f"{provider}/{scenario.model}", keys.ALPHA, stream=True, **asked) as answer:
        assert answer.status == 200, answer.read()
        return scenario, answer.read()


@pytest.mark.parametrize("asked", [{}, {"stream_options": {}}, {"stream_options": None}, {"stream_options": {"include_usage": False}},
                                   {"stream_options": {"include_obfuscation": False}}],
                         ids=["absent", "empty", "null", "false", "other"])
def test_usage_chunk_is_taken_out_when_not_asked_for(gateway, upstream, asked):
    scenario, body = stream(gateway, upstream, **asked)
    sent = scenario.only.json["stream_options"]
    assert sent["include_usage"] is True
    assert {**sent, "include_usage": None} == {**(asked.get("stream_options") or {}), "include_usage": None}
    expected = [block for block in CHAT.events(scenario.model) if block != CHAT.usage_event(scenario.model)]
    assert body == b"".join(expected)
    line = gateway.line(target=f"chat/{scenario.model}")
    assert {name: line[name] for name in ("in", "out", "cached", "reasoning")} == {name: CHAT.usage[name] for name in ("in", "out", "cached", "reasoning")}


def test_usage_chunk_is_there_when_asked_for(gateway, upstream):
    raw = b'{"model":"chat/%s","stream":true, "stream_options" : { "include_usage" : true },"messages":[]}'
    scenario = upstream.on(scripts.tells(CHAT))
    with gateway.post(CHAT, "x", keys.ALPHA, body=raw % scenario.model.encode()) as answer:
        assert answer.read() == b"".join(CHAT.events(scenario.model))
    assert scenario.only.body == raw.replace(b"chat/", b"") % scenario.model.encode()


def test_usage_in_the_last_chunk_with_choices_stays(gateway, upstream):
    """Some servers put usage beside the finish: only `choices: []` is the extra chunk."""
    piece = {"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "m", "usage": CHAT.wire_usage,
             "choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]}
    blocks = [*CHAT.start("m"), CHAT.delta("m", "hi"), b"data: " + json.dumps(piece).encode() + b"\n\n", b"data: [DONE]\n\n"]
    scenario = upstream.on(scripts.streams(blocks))
    with gateway.post(CHAT, f"chat/{scenario.model}", keys.ALPHA, stream=True) as answer:
        assert answer.read() == b"".join(blocks)
    assert gateway.line(target=f"chat/{scenario.model}")["out"] == CHAT.usage["out"]


def test_provider_that_refuses_stream_options_is_not_sent_them(gateway, upstream):
    scenario, body = stream(gateway, upstream, provider="chat-plain")
    assert "stream_options" not in scenario.only.json
    assert b"[DONE]" in body


def test_not_streamed_gets_no_stream_options(gateway, upstream):
    scenario = upstream.on(scripts.replies(CHAT))
    with gateway.post(CHAT, f"chat/{scenario.model}", keys.ALPHA) as answer:
        assert answer.status == 200
    assert "stream_options" not in scenario.only.json


def test_empty_choices_without_usage_stay(gateway, upstream):
    """Azure's filter chunk is not the usage chunk."""
    azure = b'data: {"choices":[],"created":0,"id":"","model":"","object":"","prompt_filter_results":[]}\n\n'
    blocks = [azure, *CHAT.events("m")]
    scenario = upstream.on(scripts.streams(blocks))
    with gateway.post(CHAT, f"chat/{scenario.model}", keys.ALPHA, stream=True, stream_options={"include_usage": True}) as answer:
        assert answer.read() == b"".join(blocks)
