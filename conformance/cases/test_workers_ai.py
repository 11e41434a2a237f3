"""Workers AI through a Worker's binding: workerd's own `AI`, whose requests reach the suite's upstream."""

import json
import threading
from urllib.parse import parse_qs

import pytest

from harness import keys, scripts
from harness.dialects import CHAT, data, dump

pytestmark = pytest.mark.once("workers")

LLAMA = "@cf/meta/llama-3.1-8b-instruct"
USAGE = {"prompt_tokens": 9, "completion_tokens": 2, "total_tokens": 11}


@pytest.fixture
def bound(fleet):
    return fleet.door("workers", "bound")


def says(text):
    """An answer of the binding in its older shape."""
    return scripts.answers(dump({"response": text, "tool_calls": [], "usage": USAGE}))


def test_a_whole_answer_in_every_dialect(bound, upstream, dialect):
    scenario = upstream.on(says("Hello"), model=LLAMA)
    with bound.post(dialect, f"cf/{LLAMA}", keys.ALPHA) as answer:
        body = answer.read()
        assert answer.status == 200, body
        assert b"Hello" in body
    asked = scenario.only
    assert (asked.method, asked.target) == ("POST", "/run?version=3")
    assert asked.headers["cf-consn-model-id"] == LLAMA
    assert "authorization" not in asked.headers
    assert asked.json["options"] == {"returnRawResponse": True}
    inputs = asked.json["inputs"]
    assert inputs["messages"] == [{"role": "user", "content": "hi"}]
    # Where nothing is said of it, the model would stop at 256 tokens.
    assert "model" not in inputs and inputs["max_tokens"] == json.loads(dialect.body("m")).get("max_tokens", 2048)


def test_each_event_leaves_at_once(bound, upstream):
    gates = [threading.Event() for _ in range(3)]

    async def script(exchange):
        await exchange.head(200, scripts.SSE)
        for number, gate in enumerate(gates):
            await exchange.chunk(data({"response": f"w{number}", "p": "abcdefgh"}))
            await exchange.wait(gate)
        await exchange.chunk(data({"response": "", "usage": USAGE}))
        await exchange.chunk(b"data: [DONE]\n\n")
        await exchange.last_chunk()

    upstream.on(script, model=LLAMA)
    with bound.post(CHAT, f"cf/{LLAMA}", keys.ALPHA, stream=True, timeout=5) as answer:
        events = answer.events()
        said = []
        for number, gate in enumerate(gates):
            while f"w{number}".encode() not in (said or [b""])[-1]:
                said.append(next(events)[1])
            gate.set()
        said += [block for _, block in events]
    assert said[-1] == b"data: [DONE]"
    assert any(b'"finish_reason":"stop"' in block for block in said)
    line = bound.line(target=f"cf/{LLAMA}", stream=True)
    assert (line["in"], line["out"], line["outcome"]) == (9, 2, "done")


def test_the_client_leaves_and_the_binding_is_told(bound, upstream):
    scenario = upstream.on(scripts.hangs, model=LLAMA)
    call = bound.call("POST", CHAT.route(LLAMA), CHAT.headers(keys.ALPHA), CHAT.body(f"cf/{LLAMA}"))
    exchange = scenario.exchange()
    call.leave("reset")
    assert exchange.gone.wait(3), "the connection to the upstream stayed open"


def test_embeddings(bound, upstream):
    model = "@cf/baai/bge-m3"
    scenario = upstream.on(scripts.answers(dump({"shape": [1, 2], "data": [[1, -0.5]], "pooling": "mean"})), model=model)
    body = dump({"model": f"cf/{model}", "input": "hi"})
    with bound.ask("POST", "/v1/embeddings", CHAT.headers(keys.ALPHA), body) as answer:
        assert answer.json()["data"] == [{"object": "embedding", "index": 0, "embedding": [1, -0.5]}]
    assert scenario.only.json["inputs"] == {"text": ["hi"]}


def test_its_own_list_of_models(bound, upstream):
    async def script(exchange):
        pages = parse_qs(exchange.query)
        assert pages["per_page"] == ["100"]
        models = [{"id": "0-1-2", "source": 1, "name": LLAMA, "task": {"name": "Text Generation"}}] if "page" not in pages else []
        await exchange.answer(200, dump({"success": True, "result": models, "errors": [], "messages": []}), scripts.JSON)

    scenario = upstream.on(script, model="search")
    with bound.ask("GET", "/v1/models?source=upstream", CHAT.headers(keys.ALPHA)) as answer:
        assert [model["id"] for model in answer.json()["data"]] == [f"cf/{LLAMA}"]
        assert "x-gatelet-incomplete" not in answer.headers
    assert {exchange.path for exchange in scenario.exchanges} == {"/ai-api/models/search"}
    assert len(scenario.exchanges) == 2


def test_a_failure_is_one_of_the_dialect(bound, upstream, dialect):
    error = {"internalCode": 5007, "message": "AiError: No such model or task", "name": "AiError", "description": "x"}
    upstream.on(scripts.answers(dump(error), 400), model=LLAMA)
    with bound.post(dialect, f"cf/{LLAMA}", keys.ALPHA) as answer:
        dialect.check_error(answer.status, answer.read(), "not_found")


def test_a_binding_that_is_not_there_is_said_in_the_log(fleet):
    door = fleet.door("workers", "unbound")
    with door.post(CHAT, f"cf/{LLAMA}", keys.ALPHA) as answer:
        body = json.loads(answer.read())
    assert (answer.status, body["error"]["code"]) == (500, "gateway_misconfigured")
    assert b"providers.cf.binding: the Worker has no binding of that name" in door.programs[0].stderr()
