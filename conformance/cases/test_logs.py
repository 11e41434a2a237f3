"""The one line a request leaves: its fields, and the token counts of each dialect, streamed and not."""

import datetime
import json

import pytest

from harness import keys, scripts
from harness.dialects import CHAT

FIELDS = {"ts", "id", "key", "method", "path", "route", "target", "dialect", "upstream_dialect", "status", "stream", "in", "out", "cached", "written", "reasoning",
          "complete", "cost_micros", "attempts", "first_byte_ms", "total_ms", "outcome"}
#: What a line may say besides.
MORE = {"upstream_id"}


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "stream"])
def test_line_of_a_good_request(gateway, upstream, dialect, stream):
    scenario = upstream.on(scripts.tells(dialect) if stream else scripts.replies(dialect))
    model = f"{dialect}/{scenario.model}"
    with gateway.post(dialect, model, keys.ALPHA, stream=stream, text="a prompt nobody may log") as answer:
        answer.read()
    line = gateway.line(target=model)
    assert set(line) - MORE == FIELDS, set(line) ^ FIELDS
    wanted = {"id": answer.headers["x-gatelet-request-id"], "key": "alpha", "method": "POST", "path": dialect.route(model, stream).split("?")[0], "target": model,
              "dialect": str(dialect), "upstream_dialect": str(dialect), "status": 200, "stream": stream, "complete": True, "attempts": 1, "outcome": "done"}
    assert {name: line[name] for name in wanted} == wanted
    assert {name: line[name] or 0 for name in dialect.usage} == dialect.usage
    datetime.datetime.fromisoformat(line["ts"].replace("Z", "+00:00"))
    assert 0 <= line["first_byte_ms"] <= line["total_ms"]
    assert b"nobody may log" not in gateway.output()


#: For the provider of each dialect a model of its kind: dollars a million tokens in, cached, written, out. Of a kind without prices there are none.
PRICED = {"chat": ("gpt-5-mini", None), "responses": ("gpt-5-mini", (0.25, 0.025, 0.25, 2)), "messages": ("claude-opus-5-5", (4, 0.2, 5, 20)),
          "gemini": ("gemini-3.8-flash", (0.75, 0.075, 0, 3.75))}


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "stream"])
def test_cost_is_in_the_line(gateway, upstream, dialect, stream):
    model, prices = PRICED[str(dialect)]
    upstream.on(scripts.tells(dialect) if stream else scripts.replies(dialect), model=model)
    with gateway.post(dialect, f"{dialect}/{model}", keys.ALPHA, stream=stream) as answer:
        answer.read()
        line = gateway.line(id=answer.headers["x-gatelet-request-id"])
    used = [dialect.usage[name] for name in ("in", "cached", "written", "out")]
    wanted = prices and sum(count * price for count, price in zip(used, prices))
    assert line["cost_micros"] == (prices and pytest.approx(wanted, abs=1e-9)), line


def test_who_asks_nobody_pays_nothing(gateway, dialect):
    with gateway.post(dialect, "nowhere/x", keys.ALPHA) as answer:
        answer.read()
    assert gateway.line(id=answer.headers["x-gatelet-request-id"])["cost_micros"] == 0


def test_unknown_usage_is_null(gateway, upstream, dialect):
    body = json.loads(dialect.answer("m"))
    body.pop("usage", None), body.pop("usageMetadata", None)
    scenario = upstream.on(scripts.answers(json.dumps(body).encode()))
    with gateway.post(dialect, f"{dialect}/{scenario.model}", keys.ALPHA) as answer:
        assert answer.status == 200
    line = gateway.line(target=f"{dialect}/{scenario.model}")
    assert (line["in"], line["out"], line["cost_micros"]) == (None, None, None)


def test_line_of_a_refused_request(gateway, dialect):
    with gateway.post(dialect, "nowhere/x", keys.ALPHA) as answer:
        answer.read()
    line = gateway.line(id=answer.headers["x-gatelet-request-id"])
    assert (line["status"], line["outcome"], line["target"], line["dialect"]) == (404, "error", None, str(dialect))
    assert line["error"] and set(line) - MORE == FIELDS | {"error"}


def test_line_of_an_upstream_error(gateway, upstream, dialect):
    scenario = upstream.on(scripts.refuses(dialect, 400))
    with gateway.post(dialect, f"{dialect}/{scenario.model}", keys.ALPHA) as answer:
        answer.read()
    line = gateway.line(target=f"{dialect}/{scenario.model}")
    assert (line["status"], line["outcome"]) == (400, "error") and line["error"]


def test_usage_is_replaced_not_added(gateway, upstream):
    """Servers that send totals in every chunk."""
    def piece(count):
        body = {"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "m", "choices": [{"index": 0, "delta": {"content": "x"}, "finish_reason": None}],
                "usage": {"prompt_tokens": 10, "completion_tokens": count, "total_tokens": 10 + count}}
        return b"data: " + json.dumps(body).encode() + b"\n\n"

    scenario = upstream.on(scripts.streams([*CHAT.start("m"), piece(1), piece(2), piece(3), CHAT.piece("m", {}, "stop"), b"data: [DONE]\n\n"]))
    with gateway.post(CHAT, f"chat/{scenario.model}", keys.ALPHA, stream=True) as answer:
        answer.read()
    line = gateway.line(target=f"chat/{scenario.model}")
    assert (line["in"], line["out"]) == (10, 3)
