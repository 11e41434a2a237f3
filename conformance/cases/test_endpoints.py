"""Paths and methods: what is served, what is refused, and in whose dialect."""

import json
from urllib.parse import quote

import pytest

from harness import keys, scripts
from harness.dialects import CHAT, GEMINI, MESSAGES, RESPONSES, dump

BEARER = [("content-type", "application/json"), ("authorization", f"Bearer {keys.ALPHA}")]
ANTHROPIC = [*BEARER, ("anthropic-version", "2023-06-01")]

#: name → (dialect, client path with {m}, body, upstream path with {m}, answer)
SAME = {
    "messages-beta": (MESSAGES, "/v1/messages?beta=true", b'{"model":"messages/{m}","max_tokens":9,"messages":[]}', "/v1/messages?beta=true", MESSAGES.answer("m")),
    "count_tokens": (MESSAGES, "/v1/messages/count_tokens", b'{"model":"messages/{m}","messages":[{"role":"user","content":"hi"}]}', "/v1/messages/count_tokens", b'{"input_tokens": 17}'),
    "count_tokens-beta": (MESSAGES, "/v1/messages/count_tokens?beta=true", b'{"model":"messages/{m}","messages":[]}', "/v1/messages/count_tokens?beta=true", b'{"input_tokens":17}'),
    "input_tokens": (RESPONSES, "/v1/responses/input_tokens", b'{"input":"hi","model":"responses/{m}"}', "/v1/responses/input_tokens", b'{"object":"response.input_tokens","input_tokens":17}'),
    "embeddings": (CHAT, "/v1/embeddings", b'{"model":"chat/{m}","input":["a","b"],"encoding_format":"base64"}', "/v1/embeddings",
                   b'{"object":"list","data":[{"object":"embedding","index":0,"embedding":"AACAPw=="}],"model":"e","usage":{"prompt_tokens":2,"total_tokens":2}}'),
    "countTokens": (GEMINI, "/v1beta/models/gemini/{m}:countTokens", b'{"contents":[{"parts":[{"text":"hi"}]}]}', "/v1beta/models/{m}:countTokens", b'{"totalTokens": 17}'),
    "embedContent": (GEMINI, "/v1beta/models/gemini/{m}:embedContent", b'{"content":{"parts":[{"text":"hi"}]}}', "/v1beta/models/{m}:embedContent", b'{"embedding":{"values":[1.0]}}'),
    "batchEmbedContents": (GEMINI, "/v1beta/models/gemini/{m}:batchEmbedContents", b'{"requests":[]}', "/v1beta/models/{m}:batchEmbedContents", b'{"embeddings":[]}'),
    "generateContent-v1": (GEMINI, "/v1/models/gemini/{m}:generateContent", b'{"contents":[]}', "/v1/models/{m}:generateContent", GEMINI.answer("m")),
    "generateContent-bare": (GEMINI, "/models/gemini/{m}:generateContent", b'{"contents":[]}', None, GEMINI.answer("m")),
    "trailing-slash": (CHAT, "/v1/chat/completions/", b'{"model":"chat/{m}","messages":[]}', "/v1/chat/completions", CHAT.answer("m")),
    "double-slash": (CHAT, "//v1//chat/completions", b'{"model":"chat/{m}","messages":[]}', "/v1/chat/completions", CHAT.answer("m")),
    "trailing-slash-messages": (MESSAGES, "/v1/messages/", b'{"model":"messages/{m}","max_tokens":9,"messages":[]}', "/v1/messages", MESSAGES.answer("m")),
}


@pytest.mark.parametrize("name", SAME)
def test_served(gateway, upstream, name):
    dialect, route, body, upstream_route, reply = SAME[name]
    scenario = upstream.on(scripts.answers(reply))
    put = lambda text: text.replace(b"{m}", scenario.model.encode()) if isinstance(text, bytes) else text.replace("{m}", scenario.model)  # noqa: E731
    headers = ANTHROPIC if dialect is MESSAGES else BEARER
    with gateway.ask("POST", put(route), headers, put(body)) as answer:
        assert (answer.status, answer.read()) == (200, reply)
    sent = scenario.only
    assert sent.body == put(body).replace(f"{dialect}/".encode(), b"")
    if upstream_route:
        assert sent.target == put(upstream_route)


@pytest.mark.parametrize("name", ["count_tokens", "input_tokens", "embeddings", "countTokens", "embedContent"])
def test_helpers_errors_in_their_dialect(gateway, name):
    dialect, route, body, _, _ = SAME[name]
    headers = [pair for pair in (ANTHROPIC if dialect is MESSAGES else BEARER) if pair[0] != "authorization"]
    with gateway.ask("POST", route.replace("{m}", "x"), headers, body) as answer:
        dialect.check_error(answer.status, answer.read(), "caller_auth")


@pytest.mark.parametrize("target, dialect, base", [
    ("/chat/completions", CHAT, "/v1"), ("/v1/v1/chat/completions", CHAT, "/v1"), ("/responses", RESPONSES, "/v1"), ("/v1/v1/responses", RESPONSES, "/v1"),
    ("/messages", MESSAGES, "/v1/messages"), ("/v1/v1/messages", MESSAGES, "/v1/messages"),
], ids=lambda value: str(value).strip("/").replace("/", "."))
def test_missing_or_doubled_version(gateway, upstream, target, dialect, base):
    """Served, or an error that names the right base URL."""
    scenario = upstream.on(scripts.replies(dialect))
    with gateway.ask("POST", target, dialect.headers(keys.ALPHA), dialect.body(f"{dialect}/{scenario.model}")) as answer:
        body = answer.read()
    if answer.status != 200:
        assert answer.status == 404
        told = json.loads(body)
        dialect.check_shape(told)
        assert base in told["error"]["message"], told


@pytest.mark.parametrize("name", ["with space", "per%41cent", "a+b", "caf\u00e9", "colon:v1", "org/model@1"], ids=["space", "percent", "plus", "utf8", "colon", "slash"])
def test_model_in_the_path_is_decoded_once(gateway, upstream, name):
    scenario = upstream.on(scripts.replies(GEMINI), model=f"odd {name}")
    path = quote(f"gemini/{scenario.model}", safe="/:@+" if name != "a+b" else "/")
    with gateway.ask("POST", f"/v1beta/models/{path}:generateContent", GEMINI.headers(keys.ALPHA), GEMINI.body("m")) as answer:
        assert answer.status == 200, answer.read()
    assert scenario.only.model == scenario.model
    assert gateway.line(target=f"gemini/{scenario.model}")["status"] == 200


def test_slash_of_the_model_may_be_escaped(gateway, upstream):
    scenario = upstream.on(scripts.replies(GEMINI))
    with gateway.ask("POST", f"/v1beta/models/gemini%2F{scenario.model}:generateContent", GEMINI.headers(keys.ALPHA), GEMINI.body("m")) as answer:
        assert answer.status == 200, answer.read()
    assert scenario.only


@pytest.mark.parametrize("path", ["..%2F..%2Fv1%2Fsecret", "a%2F..%2F..%2Fb", "a%23frag", "a%3Fx=1"], ids=["dots", "dots-inside", "fragment", "query"])
def test_model_in_the_path_cannot_leave_it(gateway, upstream, path):
    """Whatever it holds stays inside one `models/…:method` of the upstream path, or is refused."""
    before = len(upstream.strangers)
    with gateway.ask("POST", f"/v1beta/models/gemini%2F{path}:generateContent", GEMINI.headers(keys.ALPHA), GEMINI.body("m")) as answer:
        assert answer.status in (400, 404)
    for exchange in upstream.strangers[before:]:
        assert exchange.path.startswith("/v1beta/models/") and "/../" not in exchange.path and exchange.path.endswith(":generateContent"), exchange.target


UNKNOWN = [("/v1/nonsense", CHAT), ("/nonsense", CHAT), ("/v1/responses/nonsense/deep", RESPONSES), ("/v1/messages/nonsense", MESSAGES), ("/v1beta/nonsense", GEMINI),
           ("/v1beta/models/gemini/x:nonsense", GEMINI)]


@pytest.mark.parametrize("target, dialect", UNKNOWN, ids=lambda value: str(value).strip("/").replace("/", "."))
def test_unknown_path(gateway, target, dialect):
    with gateway.ask("POST", target, dialect.headers(keys.ALPHA), b"{}") as answer:
        assert answer.status == 404
        dialect.check_shape(answer.json())


METHODS = [("GET", "/v1/chat/completions", CHAT, "POST"), ("DELETE", "/v1/chat/completions", CHAT, "POST"), ("PUT", "/v1/messages", MESSAGES, "POST"), ("GET", "/v1/messages/count_tokens", MESSAGES, "POST"),
           ("GET", "/v1beta/models/gemini/x:generateContent", GEMINI, "POST"), ("POST", "/v1/models", CHAT, "GET"), ("DELETE", "/v1beta/models", GEMINI, "GET"),
           ("POST", "/health", CHAT, "GET"), ("PATCH", "/v1/embeddings", CHAT, "POST")]


@pytest.mark.parametrize("method, target, dialect, allowed", METHODS, ids=lambda value: str(value).strip("/").replace("/", "."))
def test_wrong_method(gateway, method, target, dialect, allowed):
    with gateway.ask(method, target, dialect.headers(keys.ALPHA)) as answer:
        assert answer.status == 405
        assert allowed in [name.strip() for name in answer.headers["allow"].split(",")]
        dialect.check_shape(answer.json())


def test_health_needs_no_key(gateway):
    with gateway.ask("GET", "/health") as answer:
        assert answer.status == 200, answer.read()


@pytest.mark.parametrize("target", ["/health", "/v1/models", "/v1beta/models", "/api/hello"])
def test_head_is_answered(gateway, target):
    with gateway.ask("HEAD", target, BEARER) as answer:
        assert answer.status == 200


def test_websocket_upgrade_is_426(gateway):
    """Codex then posts at once."""
    headers = [("authorization", f"Bearer {keys.ALPHA}"), ("connection", "Upgrade"), ("upgrade", "websocket"), ("sec-websocket-version", "13"),
               ("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ==")]
    with gateway.ask("GET", "/v1/responses", headers) as answer:
        assert answer.status == 426
        RESPONSES.check_shape(answer.json())


def test_models_in_the_shape_of_openai(gateway):
    with gateway.ask("GET", "/v1/models", BEARER) as answer:
        listed = answer.json()
    assert listed["object"] == "list"
    assert {"fast", "pair-chat"} <= {model["id"] for model in listed["data"]}
    assert all(set(model) >= {"id", "object", "created", "owned_by"} and model["object"] == "model" for model in listed["data"])
    with gateway.ask("GET", "/v1/models/fast", BEARER) as answer:
        assert answer.status == 200 and answer.json()["id"] == "fast"


def test_models_in_the_shape_of_anthropic(gateway):
    with gateway.ask("GET", "/v1/models?limit=1000", ANTHROPIC) as answer:
        listed = answer.json()
    assert {"fast", "pair-messages"} <= {model["id"] for model in listed["data"]}
    assert listed["has_more"] is False and listed["first_id"] == listed["data"][0]["id"] and listed["last_id"] == listed["data"][-1]["id"]
    assert all(set(model) >= {"type", "id", "display_name", "created_at"} for model in listed["data"])
    with gateway.ask("GET", "/v1/models/fast", ANTHROPIC) as answer:
        assert answer.status == 200 and answer.json()["type"] == "model"


def test_models_of_anthropic_come_in_pages(gateway):
    with gateway.ask("GET", "/v1/models?limit=2", ANTHROPIC) as answer:
        first = answer.json()
    assert len(first["data"]) == 2 and first["has_more"] is True
    with gateway.ask("GET", f"/v1/models?limit=2&after_id={quote(first['last_id'])}", ANTHROPIC) as answer:
        second = answer.json()
    assert not {model["id"] for model in first["data"]} & {model["id"] for model in second["data"]}


def test_models_in_the_shape_of_gemini(gateway):
    with gateway.ask("GET", "/v1beta/models?pageSize=1000", GEMINI.headers(keys.ALPHA)) as answer:
        listed = answer.json()
    assert {"models/fast", "models/pair-gemini"} <= {model["name"] for model in listed["models"]}
    assert all("supportedGenerationMethods" in model for model in listed["models"])
    with gateway.ask("GET", "/v1beta/models/fast", GEMINI.headers(keys.ALPHA)) as answer:
        assert answer.status == 200 and answer.json()["name"] == "models/fast"


def test_unknown_model_item_is_404_in_each_shape(gateway):
    for target, headers, dialect in (("/v1/models/none", BEARER, CHAT), ("/v1/models/none", ANTHROPIC, MESSAGES), ("/v1beta/models/none", GEMINI.headers(keys.ALPHA), GEMINI)):
        with gateway.ask("GET", target, headers) as answer:
            dialect.check_error(answer.status, answer.read(), "not_found")


def test_models_are_those_the_key_may_use(gateway):
    with gateway.ask("GET", "/v1/models", [("authorization", f"Bearer {keys.BETA}")]) as answer:
        listed = {model["id"] for model in answer.json()["data"]}
    assert "fast" in listed and "pair-chat" not in listed


def test_what_no_other_dialect_has_is_a_400_that_names_the_model(gateway):
    """Answers are translated; Gemini's embeddings are asked of Gemini alone."""
    with gateway.ask("POST", "/v1beta/models/chat/whatever:embedContent", GEMINI.headers(keys.ALPHA), dump({"content": {"parts": [{"text": "hi"}]}})) as answer:
        body = answer.json()
    assert answer.status == 400
    GEMINI.check_shape(body)
    assert "chat/whatever" in body["error"]["message"] and "gemini" in body["error"]["message"]


@pytest.mark.na("lambda", "the emulator answers OPTIONS itself")
def test_no_cors_unless_configured(gateway):
    with gateway.ask("OPTIONS", "/v1/chat/completions", [("origin", "https://app.example"), ("access-control-request-method", "POST")]) as answer:
        answer.read()
        assert "access-control-allow-origin" not in answer.headers
        assert answer.status in (401, 403, 405)


@pytest.mark.na("lambda", "the emulator answers OPTIONS itself")
def test_cors_when_configured(door):
    gateway = door("cors")
    asked = [("access-control-request-method", "POST"), ("access-control-request-headers", "authorization,content-type")]
    with gateway.ask("OPTIONS", "/v1/chat/completions", [("origin", "https://app.example"), *asked]) as answer:
        assert answer.status in (200, 204), answer.read()
        assert answer.headers["access-control-allow-origin"] == "https://app.example"
        assert "POST" in answer.headers["access-control-allow-methods"]
        assert {"authorization", "content-type"} <= {name.strip().lower() for name in answer.headers["access-control-allow-headers"].split(",")}
    with gateway.post(CHAT, "mock/hello", keys.ALPHA, headers=[("origin", "https://app.example")]) as answer:
        assert answer.status == 200 and answer.headers["access-control-allow-origin"] == "https://app.example"
        assert "origin" in answer.headers["vary"].lower()
    with gateway.ask("OPTIONS", "/v1/chat/completions", [("origin", "https://evil.example"), *asked]) as answer:
        assert "access-control-allow-origin" not in answer.headers
