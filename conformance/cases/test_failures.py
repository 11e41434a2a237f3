"""What a client sees when the upstream, or the way to it, is bad and there is no other."""

import gzip
import json
import time

import pytest

from harness import keys, scripts


def ask(gateway, dialect, scenario, provider=None, **more):
    return gateway.post(dialect, f"{provider or dialect}/{scenario.model}", keys.ALPHA, **more)


@pytest.mark.parametrize("finish", [scripts.closes, scripts.resets, scripts.garbles], ids=["fin", "rst", "garbage"])
def test_cut_answer_is_a_502(gateway, upstream, dialect, finish):
    body = dialect.answer("m")
    scenario = upstream.on(scripts.cut_body(body, len(body) // 2, finish) if finish is not scripts.garbles else scripts.streams([body[:40]], finally_=finish))
    with ask(gateway, dialect, scenario) as answer:
        assert answer.status == 502, answer.read()
        dialect.check_shape(answer.json())
    assert gateway.line(target=f"{dialect}/{scenario.model}")["outcome"] in ("upstream_cut", "error")


def test_answer_that_is_not_json_is_a_502(gateway, upstream, dialect):
    scenario = upstream.on(scripts.answers(b"<html>It works!</html>"))
    with ask(gateway, dialect, scenario) as answer:
        body = answer.read()
        assert b"It works" not in body
        dialect.check_error(answer.status, body, "upstream_invalid")


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_redirect_is_not_followed(gateway, upstream, foreign, dialect, status):
    """And the key goes nowhere else."""
    elsewhere = upstream.on(scripts.replies(dialect))
    scenario = upstream.on(scripts.redirects(f"{foreign.origin}/v1/chat/completions?to={elsewhere.model}", status))
    with ask(gateway, dialect, scenario) as answer:
        assert answer.status == 502, answer.read()
        body = answer.read()
        dialect.check_shape(json.loads(body))
        assert foreign.origin.encode() not in body
    assert "location" not in answer.headers
    assert scenario.only and not elsewhere.exchanges and not foreign.connections


def test_redirect_within_the_origin_is_not_followed(gateway, upstream, dialect):
    scenario = upstream.on(scripts.redirects("/v1/elsewhere"))
    with ask(gateway, dialect, scenario, stream=True) as answer:
        assert answer.status == 502
    assert scenario.only and not any(exchange.path == "/v1/elsewhere" for exchange in upstream.strangers)


def brotli(plain):
    """RFC 7932 without compressing: one stored meta-block, and the empty last one."""
    return ((len(plain) - 1) << 4 | 1 << 20).to_bytes(3, "little") + plain + b"\x03"


@pytest.mark.parametrize("encoding", ["gzip", "br"])
def test_encoded_answer_is_decoded_or_a_502(gateway, upstream, dialect, encoding):
    """Though identity was asked for. Never passed on with a wrong `content-encoding`."""
    plain = dialect.answer("m")
    packed = gzip.compress(plain) if encoding == "gzip" else brotli(plain)
    scenario = upstream.on(scripts.answers(packed, headers=[("content-encoding", encoding)]))
    with ask(gateway, dialect, scenario) as answer:
        body = answer.read()
    assert "content-encoding" not in answer.headers
    if answer.status == 200:
        assert body == plain
    else:
        dialect.check_error(answer.status, body, "upstream_invalid")
    assert scenario.only


def test_encoded_stream_is_decoded_or_a_502(gateway, upstream, dialect):
    plain = b"".join(dialect.events("m"))
    scenario = upstream.on(scripts.streams([gzip.compress(plain)], headers=[("content-encoding", "gzip")]))
    asked = {"stream_options": {"include_usage": True}} if dialect.name == "chat" else {}
    with ask(gateway, dialect, scenario, stream=True, **asked) as answer:
        body = answer.read()
    assert "content-encoding" not in answer.headers
    if answer.status == 200:
        assert body == plain
    else:
        assert answer.status == 502


@pytest.mark.parametrize("status", [401, 403])
def test_refused_credential_is_ours_to_mend(gateway, upstream, dialect, status):
    """502 `upstream_auth`; the upstream's body, which may quote the key, is not shown."""
    quote = keys.upstream_key(str(dialect))
    kind = {"messages": "permission_error"}.get(dialect.name) if status == 403 else None
    body = dialect.upstream_error(status, message=f"Incorrect API key provided: {quote}. PERMISSION_DENIED")
    if kind:
        body = body.replace(b"invalid_request_error", kind.encode())
    scenario = upstream.on(scripts.answers(body, status, [("www-authenticate", "Bearer"), ("retry-after", "3")]))
    with ask(gateway, dialect, scenario) as answer:
        shown = answer.read()
    assert quote.encode() not in shown and b"Incorrect" not in shown
    told = dialect.check_error(answer.status, shown, "upstream_auth")
    assert told["error"]["message"] == f"provider {dialect} refused the gateway's credential"
    assert answer.headers["x-should-retry"] == "false"
    assert "www-authenticate" not in answer.headers
    assert scenario.only


def test_rate_limit_carries_its_wait(gateway, upstream, dialect):
    headers = [("retry-after", "7"), ("retry-after-ms", "6500"), ("x-should-retry", "true")]
    scenario = upstream.on(scripts.refuses(dialect, 429, headers))
    with ask(gateway, dialect, scenario) as answer:
        assert answer.status == 429 and answer.read() == dialect.upstream_error(429)
        assert {name: answer.headers.get(name) for name, _ in headers} == dict(headers)


def test_no_connection_is_a_502(gateway, dialect):
    with gateway.post(dialect, f"dead-{dialect}/x", keys.ALPHA) as answer:
        body = answer.read()
        assert answer.status == 502, body
        dialect.check_shape(json.loads(body))
        assert b"127.0.0.1" not in body, "an internal host is told to the client"
    line = gateway.line(id=answer.headers["x-gatelet-request-id"])
    assert (line["outcome"], line["status"], line["dialect"]) == ("error", 502, str(dialect))
    assert line["error"]


def test_silent_answer_is_a_504(door, upstream, dialect):
    gateway, scenario = door("hasty"), upstream.on(scripts.hangs)
    with ask(gateway, dialect, scenario) as answer:
        dialect.check_error(answer.status, answer.read(), "timeout")
    assert scenario.only.gone.wait(1)


def test_silent_in_mid_answer_is_no_truncated_200(door, upstream, dialect):
    body = dialect.answer("m")
    gateway, scenario = door("hasty"), upstream.on(scripts.cut_body(body, 20, scripts.hangs))
    with ask(gateway, dialect, scenario) as answer:
        assert answer.status in (502, 504), answer.read()
        dialect.check_shape(answer.json())


def test_stale_connection_is_not_the_clients_problem(gateway, upstream, runtime, dialect):
    """An upstream that closes idle connections: the next request still works."""
    async def script(exchange):
        await scripts.replies(dialect)(exchange)
        exchange.close()

    scenario = upstream.on(script)
    for _ in range(4):
        with ask(gateway, dialect, scenario) as answer:
            assert answer.status == 200, answer.read()
        if runtime == "workers":
            # The pool is workerd's own, and does not try again: it knows of a close once that has arrived.
            time.sleep(0.05)
