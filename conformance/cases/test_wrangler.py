"""The same Worker in `wrangler dev`, which is what a developer sees first: a smoke test."""

import threading

import pytest

from harness import keys, scripts, wrangler

pytestmark = pytest.mark.once("workers")


@pytest.fixture(scope="module")
def dev(fleet, upstream):
    door = wrangler.dev(upstream, fleet.directory)
    yield door
    door.stop()


def test_whole_answer(dev, upstream, dialect):
    scenario = upstream.on(scripts.replies(dialect))
    with dev.post(dialect, f"{dialect}/{scenario.model}", keys.ALPHA) as answer:
        assert (answer.status, answer.read()) == (200, dialect.answer(scenario.model))


def test_first_event_before_the_second(dev, upstream, dialect):
    gate, start = threading.Event(), dialect.start("m")
    scenario = upstream.on(scripts.streams(dialect.events("m"), gate=gate, after=len(start) + 1))
    with dev.post(dialect, f"{dialect}/{scenario.model}", keys.ALPHA, stream=True, timeout=5) as answer:
        events = answer.events()
        got = [next(events)[1] for _ in range(len(start) + 1)]
        assert got[-1] + b"\n\n" == dialect.delta("m", "Hel")
        gate.set()
        list(events)


def test_cut_stream_ends_in_the_error_event(dev, upstream, dialect):
    scenario = upstream.on(scripts.streams([*dialect.start("m"), dialect.delta("m", "Hel")], finally_=scripts.resets))
    with dev.post(dialect, f"{dialect}/{scenario.model}", keys.ALPHA, stream=True) as answer:
        dialect.stream_error([block for _, block in answer.events()])


def test_wrong_key(dev, dialect):
    with dev.post(dialect, "mock/hello", keys.STRANGER) as answer:
        dialect.check_error(answer.status, answer.read(), "caller_auth")
