"""A bug in one request: a 500 or an error event in its dialect, and nobody else notices."""

import threading

import pytest

from harness import keys, scripts


def lasting(gateway, upstream, dialect):
    """A stream in flight, and the gate that lets it end."""
    gate = threading.Event()
    scenario = upstream.on(scripts.tells(dialect, gate=gate, after=len(dialect.start("m")) + 1))
    return gateway.post(dialect, f"{dialect}/{scenario.model}", keys.ALPHA, stream=True), gate, scenario


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "stream"])
def test_panic_in_the_handler(gateway, upstream, dialect, stream):
    other, gate, scenario = lasting(gateway, upstream, dialect)
    with gateway.post(dialect, "mock/panic", keys.ALPHA, stream=stream) as answer:
        dialect.check_error(answer.status, answer.read(), "internal")
    gate.set()
    with other:
        assert dialect.delta(scenario.model, "lo") in other.read() and other.ended
    with gateway.post(dialect, "mock/after", keys.ALPHA) as answer:
        assert answer.status == 200, answer.read()


def test_panic_in_the_body(gateway, upstream, dialect):
    other, gate, scenario = lasting(gateway, upstream, dialect)
    with gateway.post(dialect, "mock/panic-stream", keys.ALPHA, stream=True) as answer:
        assert answer.status == 200, answer.read()
        blocks = [block for _, block in answer.events()]
        assert answer.ended, "the response framing was cut"
    assert len(blocks) > 1, "no event arrived before the panic"
    last_error(dialect, blocks)
    gate.set()
    with other:
        assert dialect.delta(scenario.model, "lo") in other.read() and other.ended
    line = gateway.line(id=answer.headers["x-gatelet-request-id"])
    assert line["outcome"] == "error" and line["complete"] is False
    with gateway.post(dialect, "mock/after", keys.ALPHA, stream=True) as answer:
        assert answer.status == 200 and answer.read()


def last_error(dialect, blocks):
    """The dialect's error event, without the suite's own upstream's response id."""
    if dialect.name != "responses":
        return dialect.stream_error(blocks)
    assert blocks[-1].startswith(b"event: response.failed\n"), blocks[-1]
    return None


def test_a_panic_is_one_log_line(gateway, dialect):
    with gateway.post(dialect, "mock/panic", keys.ALPHA) as answer:
        answer.read()
    line = gateway.line(id=answer.headers["x-gatelet-request-id"])
    assert (line["status"], line["outcome"]) == (500, "error")
