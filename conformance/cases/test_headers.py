"""Which headers pass, in both directions: translation.md 5.5."""

import pytest

from harness import keys, scripts
from harness.dialects import GEMINI, MESSAGES

#: Never upstream, whoever sends them.
NEVER_UP = ["cookie", "proxy-authorization", "te", "x-forwarded-for", "x-forwarded-host", "forwarded", "x-real-ip", "x-amz-security-token", "x-amzn-trace-id",
            "cf-connecting-ip", "cf-ray", "openai-organization", "openai-project", "anthropic-workspace-id", "anthropic-user-profile-id", "x-goog-user-project",
            "api-key", "origin", "referer", "x-unknown-header", "x-gatelet-anything"]

ALWAYS_UP = {"idempotency-key": "idem-1", "x-stainless-lang": "python", "x-stainless-retry-count": "0"}
DIALECT_UP = {
    "chat": {"openai-beta": "assistants=v2"},
    "responses": {"openai-beta": "responses=v1", "session-id": "s-1", "thread-id": "t-1", "x-client-request-id": "c-1", "originator": "codex_cli", "x-codex-window": "w"},
    "messages": {"anthropic-version": "2026-10-21", "anthropic-beta": "a-1,b-2", "x-claude-code-session-id": "cc-1"},
    "gemini": {"x-goog-api-client": "genai-py/1"},
}
DIALECT_DOWN = {
    "chat": {"x-ratelimit-remaining-requests": "59", "x-ratelimit-reset-tokens": "6m0s", "openai-processing-ms": "12", "openai-version": "2020-10-01", "x-request-id": "req_up"},
    "responses": {"x-ratelimit-limit-tokens": "1000", "openai-processing-ms": "12", "x-request-id": "req_up"},
    "messages": {"anthropic-ratelimit-requests-remaining": "4", "request-id": "req_up"},
    "gemini": {},
}
NEVER_DOWN = {"set-cookie": "a=b", "server": "vendor/1", "openai-organization": "org-secret", "openai-project": "proj", "anthropic-organization-id": "org-uuid",
              "alt-svc": 'h3=":443"', "x-vendor-internal": "host17", "via": "1.1 vendor", "keep-alive": "timeout=5", "access-control-allow-origin": "*"}


def test_allowed_request_headers_go_up(gateway, upstream, dialect):
    scenario = upstream.on(scripts.replies(dialect))
    wanted = {**ALWAYS_UP, **DIALECT_UP[dialect.name]}
    base = [pair for pair in dialect.headers(keys.ALPHA) if pair[0] not in wanted]
    with gateway.ask("POST", dialect.route(f"{dialect}/{scenario.model}"), [*base, ("user-agent", "agent/9"), *wanted.items()], dialect.body(f"{dialect}/{scenario.model}")) as answer:
        assert answer.status == 200, answer.read()
    sent = scenario.only.headers
    assert {name: sent.get(name) for name in wanted} == wanted
    assert sent["user-agent"].startswith("agent/9") and "gatelet" in sent["user-agent"]
    assert sent["content-type"].startswith("application/json")


def test_other_request_headers_stay(gateway, upstream, dialect):
    scenario = upstream.on(scripts.replies(dialect))
    extra = [(name, "trailers" if name == "te" else "leak-of-" + name) for name in NEVER_UP if name not in ("origin",)]
    with gateway.post(dialect, f"{dialect}/{scenario.model}", keys.ALPHA, headers=extra) as answer:
        assert answer.status == 200, answer.read()
    sent = scenario.only
    assert [name for name in NEVER_UP if "leak-of" in sent.headers.get(name, "")] == []
    assert b"leak-of" not in sent.raw_head
    assert "te" not in sent.headers


def test_hop_by_hop_headers_stay(gateway, upstream, dialect):
    """Those that `connection` names too."""
    scenario = upstream.on(scripts.replies(dialect))
    extra = [("connection", "close, x-stainless-private"), ("x-stainless-private", "leak-of-private"), ("proxy-connection", "leak-of-proxy"), ("upgrade-insecure-requests", "1")]
    with gateway.post(dialect, f"{dialect}/{scenario.model}", keys.ALPHA, headers=extra) as answer:
        assert answer.status == 200, answer.read()
    assert b"leak-of" not in scenario.only.raw_head


def test_upstream_gets_its_own_credential_alone(gateway, upstream, dialect):
    scenario = upstream.on(scripts.replies(dialect))
    with gateway.post(dialect, f"{dialect}/{scenario.model}", keys.ALPHA) as answer:
        assert answer.status == 200
    sent = scenario.only
    name, prefix = dialect.credential
    assert sent.headers[name] == prefix + keys.upstream_key(str(dialect))
    assert [other for other in ("authorization", "x-api-key", "x-goog-api-key", "api-key") if other != name and other in sent.headers] == []
    assert keys.ALPHA.encode() not in sent.raw_head + sent.body
    assert keys.upstream_key(str(dialect)) not in sent.target
    assert sent.headers["host"] == f"127.0.0.1:{upstream.port}"
    assert len([1 for header, _ in sent.header_list if header == name]) == 1


def test_identity_is_asked_for(gateway, upstream, dialect):
    scenario = upstream.on(scripts.replies(dialect))
    with gateway.post(dialect, f"{dialect}/{scenario.model}", keys.ALPHA, headers=[("accept-encoding", "gzip, br")]) as answer:
        assert answer.status == 200
    assert scenario.only.headers.get("accept-encoding") == "identity"


def test_anthropic_version_is_given_when_the_client_sent_none(gateway, upstream):

    scenario = upstream.on(scripts.replies(MESSAGES))
    headers = [("content-type", "application/json"), ("x-api-key", keys.ALPHA)]
    with gateway.ask("POST", "/v1/messages?beta=true", headers, MESSAGES.body(f"messages/{scenario.model}")) as answer:
        assert answer.status == 200, answer.read()
    assert scenario.only.headers["anthropic-version"] == "2023-06-01"
    assert scenario.only.target == "/v1/messages?beta=true"


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "stream"])
def test_response_headers(gateway, upstream, dialect, stream):
    down = DIALECT_DOWN[dialect.name]
    headers = [*down.items(), *NEVER_DOWN.items()]
    scenario = upstream.on(scripts.tells(dialect, headers=headers) if stream else scripts.replies(dialect, headers=headers))
    with gateway.post(dialect, f"{dialect}/{scenario.model}", keys.ALPHA, stream=stream) as answer:
        answer.read()
    assert {name: answer.headers.get(name) for name in down} == down
    leaked = {name for name, value in NEVER_DOWN.items() if answer.headers.get(name) == value}
    assert not leaked, leaked
    assert answer.headers["x-gatelet-request-id"]


def test_own_request_id_fills_in(gateway, upstream, dialect):
    """Under the dialect's name when the upstream gave none; never the one a client sent."""
    scenario = upstream.on(scripts.replies(dialect))
    with gateway.post(dialect, f"{dialect}/{scenario.model}", keys.ALPHA, headers=[("x-request-id", "mine"), ("x-gatelet-request-id", "mine")]) as answer:
        answer.read()
    own = answer.headers["x-gatelet-request-id"]
    assert own != "mine" and answer.headers[dialect.request_id] == own
    assert gateway.line(id=own)["id"] == own


def test_own_errors_have_a_request_id(gateway, dialect):
    with gateway.post(dialect, "nowhere/x", keys.ALPHA) as answer:
        body = answer.json()
    own = answer.headers["x-gatelet-request-id"]
    assert answer.headers[dialect.request_id] == own
    if dialect.name == "messages":
        assert body["request_id"] == own


def test_query_is_forwarded_but_for_the_key(gateway, upstream):

    scenario = upstream.on(scripts.replies(GEMINI))
    route = f"/v1beta/models/gemini/{scenario.model}:generateContent?trace=a%2Cb&key={keys.ALPHA}&prettyPrint=false"
    with gateway.ask("POST", route, [("content-type", "application/json")], GEMINI.body("m")) as answer:
        assert answer.status == 200, answer.read()
    assert scenario.only.query == "trace=a%2Cb&prettyPrint=false"
    assert gateway.line(target=f"gemini/{scenario.model}")["path"].find("key=") < 0
