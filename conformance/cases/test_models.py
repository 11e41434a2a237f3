"""The upstreams' own lists of their models: `GET /v1/models?source=upstream`."""

import threading
import time
from urllib.parse import parse_qs

import pytest

from harness import keys
from harness.dialects import CHAT, GEMINI, MESSAGES, dump
from harness.scripts import JSON

OWN = {"chat": ["gpt-z", "gpt-a"], "gemini": ["gemini-3-pro"]}
CLAUDE = ["claude-a", "claude-b", "claude-c"]


def page(exchange):
    """What the vendor of that path answers with; Anthropic's in pages of two."""
    if "x-api-key" in exchange.headers:
        assert exchange.headers["anthropic-version"] == "2023-06-01"
        after = parse_qs(exchange.query).get("after_id", [None])[0]
        start = CLAUDE.index(after) + 1 if after else 0
        part = CLAUDE[start:start + 2]
        return {"data": [{"type": "model", "id": name, "display_name": name, "created_at": "2026-01-01T00:00:00Z"} for name in part],
                "has_more": start + 2 < len(CLAUDE), "first_id": part[0], "last_id": part[-1]}
    if "x-goog-api-key" in exchange.headers:
        return {"models": [{"name": f"models/{name}"} for name in OWN["gemini"]]}
    return {"object": "list", "data": [{"id": name, "object": "model", "created": 1, "owned_by": "x"} for name in OWN["chat"]]}


async def good(exchange):
    assert exchange.method == "GET" and exchange.body == b""
    await exchange.answer(200, dump(page(exchange)), JSON)


def whole(prefix=""):
    return [prefix + name for name in ("chat/gpt-a", "chat/gpt-z", "gemini/gemini-3-pro", *(f"messages/{name}" for name in CLAUDE))]


def ask(door, headers, path="/v1/models", **more):
    return door.ask("GET", f"{path}?source=upstream", headers, **more)


@pytest.fixture
def listing(door):
    return door("lists")


def test_the_lists_are_one_in_each_shape(listing, upstream):
    scenario = upstream.on(good, model="models")
    with ask(listing, CHAT.headers(keys.ALPHA)) as answer:
        body = answer.json()
        assert answer.status == 200, body
        assert answer.headers["x-gatelet-incomplete"] == "dead"
    assert not scenario.failures, scenario.failures
    assert sorted(model["id"] for model in body["data"]) == sorted(whole())
    assert {exchange.path for exchange in scenario.exchanges} == {"/v1/models", "/v1beta/models"}
    for exchange in scenario.exchanges:
        assert exchange.headers.get("authorization", "").removeprefix("Bearer ") != keys.ALPHA
        assert "source" not in exchange.query
    with ask(listing, MESSAGES.headers(keys.ALPHA)) as answer:
        body = answer.json()
        assert sorted(model["id"] for model in body["data"]) == sorted(whole()) and body["has_more"] is False
    with ask(listing, GEMINI.headers(keys.ALPHA), "/v1beta/models") as answer:
        assert sorted(model["name"] for model in answer.json()["models"]) == sorted(whole("models/"))


def test_a_key_has_only_those_asked_that_it_may_use(listing, upstream):
    scenario = upstream.on(good, model="models")
    with ask(listing, CHAT.headers(keys.BETA)) as answer:
        assert [model["id"] for model in answer.json()["data"]] == [f"messages/{name}" for name in CLAUDE]
        assert "x-gatelet-incomplete" not in answer.headers
    assert all("x-api-key" in exchange.headers for exchange in scenario.exchanges)


def test_one_that_fails_is_named_and_hides_no_other(listing, upstream):
    async def script(exchange):
        if "x-api-key" in exchange.headers:
            await exchange.answer(401, dump({"error": {"message": f"wrong key {exchange.headers['x-api-key']}"}}), JSON)
        elif "x-goog-api-key" in exchange.headers:
            exchange.reset()
        else:
            await good(exchange)

    upstream.on(script, model="models")
    with ask(listing, CHAT.headers(keys.ALPHA)) as answer:
        assert sorted(model["id"] for model in answer.json()["data"]) == ["chat/gpt-a", "chat/gpt-z"]
        assert answer.headers["x-gatelet-incomplete"] == "dead, gemini, messages"
    line = listing.line(id=answer.headers["x-gatelet-request-id"])
    assert "provider messages refused the gateway's credential" in line["reason"]


def test_they_are_asked_at_once(listing, upstream):
    """Each waits until the others have been asked, too."""
    together = threading.Event()
    seen = set()

    async def script(exchange):
        seen.add(next(name for name in ("x-api-key", "x-goog-api-key", "authorization") if name in exchange.headers))
        if len(seen) == 3:
            together.set()
        await exchange.wait(together, 5)
        await good(exchange)

    upstream.on(script, model="models")
    begun = time.monotonic()
    with ask(listing, CHAT.headers(keys.ALPHA)) as answer:
        assert len(answer.json()["data"]) == 6
    assert time.monotonic() - begun < 5


def test_another_source_is_a_400(listing):
    with listing.ask("GET", "/v1/models?source=elsewhere", CHAT.headers(keys.ALPHA)) as answer:
        body = answer.json()
    assert (answer.status, body["error"]["param"]) == (400, "source")
