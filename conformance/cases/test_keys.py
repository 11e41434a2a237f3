"""Who may use the gateway: the four places of a key, wrong ones, two of them, and what a key may ask for."""

import pytest

from harness import keys, scripts
from harness.dialects import CHAT, GEMINI

TYPE = ("content-type", "application/json")
PLACES = {
    "authorization": lambda key: [("authorization", f"Bearer {key}")],
    "lower-case scheme": lambda key: [("authorization", f"bearer {key}")],
    "x-api-key": lambda key: [("x-api-key", key)],
    "x-goog-api-key": lambda key: [("x-goog-api-key", key)],
}


def ask(gateway, dialect, headers, model="mock/hello", query=""):
    route = dialect.route(model)
    return gateway.ask("POST", route + query, [TYPE, *headers], dialect.body(model))


@pytest.mark.parametrize("place", PLACES)
def test_key_is_taken_from(gateway, dialect, place):
    with ask(gateway, dialect, PLACES[place](keys.ALPHA)) as answer:
        assert answer.status == 200, answer.read()
    assert gateway.line(id=answer.headers["x-gatelet-request-id"])["key"] == "alpha"


def test_key_in_the_query_of_gemini_paths(gateway):
    with ask(gateway, GEMINI, [], query=f"?key={keys.ALPHA}") as answer:
        assert answer.status == 200, answer.read()


def test_key_in_the_query_of_other_paths_is_none(gateway):
    with ask(gateway, CHAT, [], query=f"?key={keys.ALPHA}") as answer:
        CHAT.check_error(answer.status, answer.read(), "caller_auth")


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("key", [keys.STRANGER, "sk-something-else", keys.ALPHA[:-1], keys.ALPHA + "x"], ids=["unknown", "foreign", "short", "long"])


def test_wrong_key(gateway, dialect, place, key):
    with ask(gateway, dialect, PLACES[place](key)) as answer:
        body = answer.read()
        assert key.encode() not in body
        dialect.check_error(answer.status, body, "caller_auth")
    line = gateway.line(id=answer.headers["x-gatelet-request-id"])
    assert line["status"] == 401 and line["key"] is None


def test_no_key(gateway, dialect):
    with ask(gateway, dialect, []) as answer:
        dialect.check_error(answer.status, answer.read(), "caller_auth")


def test_no_key_is_told_before_the_body_is_read(gateway, dialect, runtime):
    """An unauthenticated caller never makes us buffer: the answer comes though the body does not."""
    if runtime == "lambda":
        pytest.skip("n/a: the platform reads the body first")
    call = gateway.call("POST", dialect.route("mock/hello"), [TYPE, ("content-length", "1000000")], b"{", timeout=3)
    with call.answer() as answer:
        dialect.check_error(answer.status, answer.read(), "caller_auth")


def test_two_different_keys(gateway, dialect):
    with ask(gateway, dialect, [("authorization", f"Bearer {keys.ALPHA}"), ("x-api-key", keys.BETA)]) as answer:
        body = answer.read()
    told = dialect.check_error(answer.status, body, "invalid")
    message = told["error"]["message"].lower()
    assert "authorization" in message and "x-api-key" in message


def test_the_same_key_twice(gateway, dialect):
    with ask(gateway, dialect, [("authorization", f"Bearer {keys.ALPHA}"), ("x-api-key", keys.ALPHA), ("x-goog-api-key", keys.ALPHA)]) as answer:
        assert answer.status == 200, answer.read()


@pytest.mark.parametrize("headers", [
    [("authorization", "Bearer sk-ant-something"), ("x-api-key", keys.ALPHA)],
    [("authorization", f"Bearer {keys.ALPHA}"), ("x-api-key", "dummy")],
    [("authorization", "AWS4-HMAC-SHA256 Credential=AKIA/20261101/us-east-1/lambda/aws4_request, SignedHeaders=host, Signature=00"), ("x-api-key", keys.ALPHA)],
    [("authorization", "Basic dXNlcjpwYXNz"), ("x-goog-api-key", keys.ALPHA)],
], ids=["x-api-key", "bearer", "sigv4", "basic"])
def test_of_several_credentials_ours_counts(gateway, dialect, headers):
    with ask(gateway, dialect, headers) as answer:
        assert answer.status == 200, answer.read()


def test_what_a_key_may_not_ask_for(gateway, upstream, dialect):
    """403 that says so and lists nothing."""
    with ask(gateway, dialect, PLACES["x-api-key"](keys.BETA)) as answer:
        body = answer.read()
    told = dialect.check_error(answer.status, body, "caller_forbidden")
    assert "fast" not in told["error"]["message"] and "messages/*" not in told["error"]["message"]


def test_what_a_key_may_ask_for(gateway, upstream):
    scenario = upstream.on(scripts.replies(CHAT), model="fast-target")
    with ask(gateway, CHAT, PLACES["authorization"](keys.BETA), model="fast") as answer:
        assert answer.status == 200, answer.read()
    assert scenario.only.headers["authorization"] == f"Bearer {keys.upstream_key('chat')}"
    line = gateway.line(id=answer.headers["x-gatelet-request-id"])
    assert (line["key"], line["route"]) == ("beta", "fast")
    with ask(gateway, CHAT, PLACES["authorization"](keys.BETA), model="chat/fast-target") as answer:
        assert answer.status == 403


@pytest.mark.na("local", "without keys it serves loopback: see 'loopback'")
@pytest.mark.parametrize("config", ["keyless", "broken", "unset"])


def test_function_that_is_misconfigured_says_so(door, dialect, config):
    """It starts, logs the reason, and answers a 500 in the dialect; nothing is served, whoever asks."""
    gateway = door(config)
    for key in (keys.ALPHA, "none"):
        with gateway.post(dialect, "mock/hello", key) as answer:
            body = answer.json()
        assert answer.status == 500
        dialect.check_shape(body)
        assert "gateway misconfigured" in body["error"]["message"], body
        assert "colour" not in body["error"]["message"] and "UNSET" not in body["error"]["message"]
    reason = {"keyless": b"open", "broken": b"colour", "unset": b"GATELET_TEST_UNSET"}[config]
    assert reason in gateway.output()


def test_open_is_open(door, runtime, dialect):
    with door("unlocked").post(dialect, "mock/hello", "whatever") as answer:
        assert answer.status == 200, answer.read()
