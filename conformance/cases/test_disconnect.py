"""The client leaves: the upstream is closed within a second, and one log line says client_gone.

Under the emulator a client that leaves cuts the response POST; `test_runtime_api.py` cuts it by hand too. Bare
workerd takes a FIN for a half-close until it writes, so there the client resets where nothing is being written.
"""

import threading
import time

import pytest

from harness import keys, scripts
from harness.dialects import CHAT, GEMINI

SOON = 1.0
BEFORE_HEAD = "no disconnect is signalled before the head"


def quiet(runtime):
    """How to leave while nothing is written."""
    return "reset" if runtime == "workers" else "close"


def check(gateway, dialect, scenario, left_at):
    exchange = scenario.only
    assert exchange.gone.wait(SOON + 0.2), "the upstream connection stayed open"
    assert exchange.gone_at - left_at < SOON
    line = gateway.line(target=f"{dialect}/{scenario.model}")
    assert (line["outcome"], line["complete"]) == ("client_gone", False)
    return line


@pytest.mark.na("lambda", BEFORE_HEAD)
@pytest.mark.parametrize("stream", [False, True], ids=["whole", "stream"])


def test_client_leaves_before_the_head(gateway, upstream, runtime, dialect, stream):
    scenario = upstream.on(scripts.hangs)
    model = f"{dialect}/{scenario.model}"
    call = gateway.call("POST", dialect.route(model, stream), dialect.headers(keys.ALPHA), dialect.body(model, stream))
    scenario.exchange()
    call.leave(quiet(runtime))
    check(gateway, dialect, scenario, time.monotonic())


@pytest.mark.na("lambda", "the platform reads the body first")
def test_client_leaves_in_its_own_body(gateway, upstream, runtime):
    """Nothing was asked of anybody; the request still has its line."""
    scenario = upstream.on(scripts.replies(GEMINI))
    route = GEMINI.route(f"gemini/{scenario.model}")
    call = gateway.call("POST", route, [*GEMINI.headers(keys.ALPHA), ("content-length", "1000")], b'{"contents":')
    time.sleep(0.1)
    call.leave(quiet(runtime))
    assert gateway.line(path=route)["outcome"] == "client_gone"
    assert not scenario.exchanges


@pytest.mark.na("lambda", BEFORE_HEAD)
def test_client_leaves_while_events_are_held(gateway, upstream, runtime, dialect):
    scenario = upstream.on(scripts.streams(dialect.start("m"), finally_=scripts.hangs))
    model = f"{dialect}/{scenario.model}"
    call = gateway.call("POST", dialect.route(model, True), dialect.headers(keys.ALPHA), dialect.body(model, True))
    scenario.exchange()
    time.sleep(0.1)
    call.leave(quiet(runtime))
    check(gateway, dialect, scenario, time.monotonic())


@pytest.mark.na("lambda", BEFORE_HEAD)
def test_client_leaves_while_the_answer_is_collected(gateway, upstream, runtime, dialect):
    scenario = upstream.on(scripts.cut_body(dialect.answer("m"), 20, scripts.hangs))
    model = f"{dialect}/{scenario.model}"
    call = gateway.call("POST", dialect.route(model), dialect.headers(keys.ALPHA), dialect.body(model))
    scenario.exchange()
    time.sleep(0.1)
    call.leave(quiet(runtime))
    check(gateway, dialect, scenario, time.monotonic())


@pytest.mark.parametrize("how", ["close", "reset"])
def test_client_leaves_in_mid_stream(gateway, upstream, runtime, dialect, how):
    if (runtime, how) == ("workers", "close"):
        pytest.skip("n/a: workerd sees a FIN when it writes: next row")
    scenario = upstream.on(scripts.streams([*dialect.start("m"), dialect.delta("m", "Hel")], finally_=scripts.hangs))
    answer = gateway.post(dialect, f"{dialect}/{scenario.model}", keys.ALPHA, stream=True)
    events = answer.events()
    for _ in range(len(dialect.start("m")) + 1):
        next(events)
    answer.leave(how)
    line = check(gateway, dialect, scenario, time.monotonic())
    assert line["id"] == answer.headers["x-gatelet-request-id"] and line["status"] == 200


def test_client_leaves_while_events_flow(gateway, upstream, dialect):
    scenario = upstream.on(scripts.streams(dialect.start("m"), finally_=scripts.talks(dialect.delta("m", "more"))))
    answer = gateway.post(dialect, f"{dialect}/{scenario.model}", keys.ALPHA, stream=True)
    events = answer.events()
    for _ in range(len(dialect.start("m")) + 2):
        next(events)
    answer.leave()
    check(gateway, dialect, scenario, time.monotonic())


@pytest.mark.na("lambda", "the platform takes the answer, whatever its client does")
def test_client_that_stops_reading_is_given_up_at_the_deadline(door, upstream):
    """A stream that nobody takes is not polled, so nothing in it can end it: the adapter has to."""
    events = [*CHAT.start("m"), *[CHAT.delta("m", "more" * 16_000)] * 4]
    scenario = upstream.on(scripts.streams(events, finally_=scripts.talks(CHAT.delta("m", "more" * 16_000), pause=0.002)))
    gateway = door("total")
    model = f"chat/{scenario.model}"
    call = gateway.call("POST", CHAT.route(model, True), CHAT.headers(keys.ALPHA), CHAT.body(model, True))
    try:
        exchange = scenario.exchange()
        started = time.monotonic()
        assert exchange.gone.wait(10), "the upstream connection stayed open"
        assert exchange.gone_at - started > 1, "it was closed before its deadline"
        line = gateway.line(target=f"chat/{scenario.model}")
        assert not line["complete"] and line["outcome"] in ("client_gone", "error")
    finally:
        call.leave("reset")


def test_what_is_billed_all_the_same_is_read_to_its_end(gateway, upstream, runtime):
    """`on_client_gone = "drain"`, Google's own: the client has gone, the usage of the whole answer is accounted for."""
    gate = threading.Event()
    scenario = upstream.on(scripts.tells(GEMINI, gate=gate, after=len(GEMINI.start("m")) + 1))
    answer = gateway.post(GEMINI, f"gemini-drained/{scenario.model}", keys.ALPHA, stream=True)
    next(answer.events())
    answer.leave("reset")
    time.sleep(0.3)
    assert not scenario.only.gone.is_set(), "the upstream was closed"
    gate.set()
    line = gateway.line(target=f"gemini-drained/{scenario.model}")
    assert (line["outcome"], line["complete"]) == ("client_gone", True) and line["out"], line


def test_others_go_on_when_a_client_leaves(gateway, upstream, runtime, dialect):
    gate = threading.Event()
    lasting = upstream.on(scripts.tells(dialect, gate=gate, after=len(dialect.start("m")) + 1))
    leaving = upstream.on(scripts.streams([*dialect.start("m"), dialect.delta("m", "Hel")], finally_=scripts.hangs))
    with gateway.post(dialect, f"{dialect}/{lasting.model}", keys.ALPHA, stream=True) as stays:
        goes = gateway.post(dialect, f"{dialect}/{leaving.model}", keys.ALPHA, stream=True)
        next(goes.events())
        goes.leave(quiet(runtime))
        check(gateway, dialect, leaving, time.monotonic())
        gate.set()
        body = stays.read()
    assert stays.ended and dialect.delta(lasting.model, "lo") in body
    assert gateway.line(target=f"{dialect}/{lasting.model}")["outcome"] == "done"
