"""Requests that are wrong: an error in the dialect of the path, with the field named, before any upstream."""

import json
import select

import pytest

from harness import keys, scripts
from harness.dialects import CHAT, GEMINI, MESSAGES, RESPONSES
from harness.wire import Incomplete

WITH_BODY_MODEL = [CHAT, RESPONSES, MESSAGES]


def refused(gateway, dialect, body, name="invalid", headers=()):
    with gateway.post(dialect, "mock/hello", keys.ALPHA, body=body, headers=headers) as answer:
        return dialect.check_error(answer.status, answer.read(), name)


def named(dialect, told, field):
    if dialect in (CHAT, RESPONSES):
        assert told["error"]["param"] == field or field in told["error"]["message"], told
    else:
        assert field in told["error"]["message"], told


@pytest.mark.parametrize("body", [b"", b"{", b"nonsense", b"[]", b'"text"', b'{"model":"mock/hello",}', b'{"model":"mock/hello"} trailing', b"\xff\xfe{}", b'{"model":"mock/hello","a":01}'],
                         ids=["empty", "open", "word", "array", "string", "comma", "trailing", "not-utf8", "number"])
def test_bad_json(gateway, dialect, body, runtime):
    if runtime == "lambda" and body.startswith(b"\xff"):
        pytest.skip("n/a: the emulator takes UTF-8 alone: see 'runtime api'")
    refused(gateway, dialect, body)


@pytest.mark.parametrize("number", range(4))
def test_missing_model(gateway, number):
    for dialect in WITH_BODY_MODEL:
        body = [b"{}", b'{"model":null}', b'{"model":7}', b'{"model":""}'][number]
        named(dialect, refused(gateway, dialect, body), "model")


@pytest.mark.parametrize("pair", [b'"model":"mock/a"', b'"\\u006dodel":"mock/a"', b'"Model":"mock/a"', b'"MODEL":"mock/a"', b'"moDel":null'], ids=["twice", "escaped", "Model", "MODEL", "moDel"])
def test_model_that_could_be_read_two_ways(gateway, pair):
    for dialect in WITH_BODY_MODEL:
        body = dialect.body("mock/hello")[:-1] + b"," + pair + b"}"
        named(dialect, refused(gateway, dialect, body), "model")


@pytest.mark.parametrize("field", ["stream", "stream_options", "max_tokens", "max_completion_tokens", "max_output_tokens"])
def test_routing_key_given_twice(gateway, field):
    for dialect in WITH_BODY_MODEL:
        value = {"stream": "false", "stream_options": "null"}.get(field, "5")
        body = b'{"model":"mock/hello","%s":%s,"messages":[],"input":[],"%s":%s}' % ((field.encode(), value.encode()) * 2)
        named(dialect, refused(gateway, dialect, body), field)


def test_keys_inside_are_not_routing_keys(gateway, upstream):
    scenario = upstream.on(scripts.replies(CHAT))
    body = b'{"metadata":{"model":"a","model":"b","Model":"c","stream":true},"messages":[],"model":"chat/%s"}' % scenario.model.encode()
    with gateway.post(CHAT, "x", keys.ALPHA, body=body) as answer:
        assert answer.status == 200, answer.read()
    assert scenario.only.body == body.replace(b"chat/", b"")


def test_too_deep(gateway, dialect):
    deep = b'{"model":"mock/hello","x":' + b"[" * 80 + b"]" * 80 + b"}"
    refused(gateway, dialect, deep)


def test_deep_enough_passes(gateway, upstream, dialect):
    scenario = upstream.on(scripts.replies(dialect))
    deep = dialect.body(f"{dialect}/{scenario.model}")[:-1] + b',"x":' + b"[" * 55 + b"]" * 55 + b"}"
    with gateway.post(dialect, f"{dialect}/{scenario.model}", keys.ALPHA, body=deep) as answer:
        assert answer.status == 200, answer.read()


@pytest.mark.parametrize("framing", ["length", "chunked"])
def test_too_large(door, dialect, framing):
    """Announced, or found out while reading."""
    gateway, piece = door("small"), b" " * 8192
    if framing == "length":
        call = gateway.call("POST", dialect.route("mock/hello"), [*dialect.headers(keys.ALPHA), ("content-length", str(len(piece) * 9))])
        feed(call, [piece] * 9)
    else:
        call = gateway.call("POST", dialect.route("mock/hello"), [*dialect.headers(keys.ALPHA), ("transfer-encoding", "chunked")])
        feed(call, [b"%x\r\n%s\r\n" % (len(piece), piece)] * 9 + [b"0\r\n\r\n"])
    with call.answer() as answer:
        dialect.check_error(answer.status, answer.read(), "too_large")


def test_large_enough_passes(door, upstream, dialect):
    scenario = upstream.on(scripts.replies(dialect))
    with door("small").post(dialect, f"{dialect}/{scenario.model}", keys.ALPHA, text="x" * 65_000) as answer:
        assert answer.status == 200, answer.read()


@pytest.mark.na("lambda", "the platform refuses above 6 MB itself")
def test_largest_body_by_default(gateway, runtime, dialect):
    """32 MiB locally, 16 MiB on Workers."""
    limit = (32 if runtime == "local" else 16) << 20
    call = gateway.call("POST", dialect.route("mock/hello"), [*dialect.headers(keys.ALPHA), ("content-length", str(limit + 1))])
    feed(call, [b" " * (1 << 16)] * (limit >> 16) + [b" "])
    with call.answer() as answer:
        dialect.check_error(answer.status, answer.read(), "too_large")


def feed(call, pieces):
    """Sends until done, or until the peer has something to say."""
    for piece in pieces:
        if select.select([call.sock], [], [], 0)[0]:
            return
        try:
            call.sock.sendall(piece)
        except OSError:
            return


@pytest.mark.parametrize("encoding", ["gzip", "br", "deflate"])
def test_encoded_request_is_a_415(gateway, dialect, encoding):
    with gateway.post(dialect, "mock/hello", keys.ALPHA, headers=[("content-encoding", encoding)]) as answer:
        assert answer.status == 415
        dialect.check_shape(answer.json())


def test_identity_encoded_request_is_served(gateway, dialect):
    with gateway.post(dialect, "mock/hello", keys.ALPHA, headers=[("content-encoding", "identity")]) as answer:
        assert answer.status == 200


@pytest.mark.parametrize("model", ["nowhere/x", "no-such-name", "chat/", "/x"], ids=["provider", "bare", "no-model", "no-provider"])
def test_unknown_model(gateway, dialect, model):
    """The message says which name it was."""
    with gateway.post(dialect, model, keys.ALPHA) as answer:
        told = answer.json()
        assert answer.status in (400, 404), told
        dialect.check_shape(told)
        if model in ("nowhere/x", "no-such-name"):
            dialect.check_error(answer.status, json.dumps(told).encode(), "not_found")
            assert model in told["error"]["message"]


def test_unknown_model_does_not_list_others(gateway):
    with gateway.post(CHAT, "no-such-name", keys.BETA) as answer:
        assert b"pair-chat" not in answer.read()


@pytest.mark.na("lambda", "the emulator's door normalises the request")
@pytest.mark.parametrize("extra", [[("content-length", "2"), ("content-length", "3")], [("content-length", "2"), ("transfer-encoding", "chunked")]], ids=["two-lengths", "length-and-chunked"])


def test_ambiguous_framing_is_refused(gateway, extra):
    """Request smuggling: refused, or the connection closed; never served."""
    call = gateway.call("POST", "/v1/chat/completions", [*CHAT.headers(keys.ALPHA), *extra], b"{}")
    try:
        with call.answer() as answer:
            assert answer.status == 400, answer.status
    except (Incomplete, ConnectionError):
        pass


def test_gemini_body_may_hold_a_model_of_its_own(gateway, upstream):
    """The path decides; a `model` field in the body is the client's business."""
    scenario = upstream.on(scripts.replies(GEMINI))
    body = b'{"model":"models/other","contents":[]}'
    with gateway.post(GEMINI, f"gemini/{scenario.model}", keys.ALPHA, body=body) as answer:
        assert answer.status in (200, 400), answer.read()
    if answer.status == 200:
        assert f"/{scenario.model}:" in scenario.only.path
