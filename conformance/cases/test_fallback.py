"""The next target: when it is tried, and that it gets its own credential and nothing else."""

import pytest

from harness import keys, scripts
from harness.dialects import CHAT

FAILURES = {
    "429": lambda d: scripts.refuses(d, 429, [("retry-after", "1")]),
    "500": lambda d: scripts.refuses(d, 500),
    "502": lambda d: scripts.refuses(d, 502),
    "503": lambda d: scripts.refuses(d, 503),
    "529": lambda d: scripts.refuses(d, 529),
    "hangs-up": lambda d: scripts.closes_at_once,
}
STREAM_FAILURES = {
    "empty": lambda d: scripts.streams([]),
    "cut": lambda d: scripts.streams(d.start("m"), finally_=scripts.closes),
    "error-first": lambda d: scripts.streams([d.error_event()]),
    "error-after-start": lambda d: scripts.streams([*d.start("m"), d.error_event()]),
}


def pair(upstream, dialect, first, stream=False):
    """Scripts for the two targets of `pair-D`."""
    good = scripts.tells(dialect) if stream else scripts.replies(dialect)
    return upstream.on(first, model=f"pair-{dialect}-a"), upstream.on(good, model=f"pair-{dialect}-b")


def check_second(dialect, first, second, attempts=(1,)):
    assert len(first.exchanges) in attempts, f"{len(first.exchanges)} attempts at the first target"
    exchange = second.only
    name, prefix = dialect.credential
    assert exchange.headers[name] == prefix + keys.upstream_key(f"{dialect}2")
    assert keys.upstream_key(str(dialect)).encode() not in exchange.raw_head + exchange.body


@pytest.mark.parametrize("failure", FAILURES)
def test_next_target_after(gateway, upstream, dialect, failure):
    first, second = pair(upstream, dialect, FAILURES[failure](dialect))
    with gateway.post(dialect, f"pair-{dialect}", keys.ALPHA) as answer:
        body = answer.read()
        assert (answer.status, body) == (200, dialect.answer(f"pair-{dialect}-b")), body
    # A reset before the first byte may be tried once more on a fresh connection: a pooled one could have been stale.
    check_second(dialect, first, second, (1, 2) if failure == "hangs-up" else (1,))
    line = gateway.line(id=answer.headers["x-gatelet-request-id"])
    assert (line["target"], line["attempts"], line["outcome"]) == (f"{dialect}2/pair-{dialect}-b", 2, "done")


def test_next_target_after_a_cut_answer(gateway, upstream, dialect):
    whole = dialect.answer("m")
    first, second = pair(upstream, dialect, scripts.cut_body(whole, len(whole) - 5))
    with gateway.post(dialect, f"pair-{dialect}", keys.ALPHA) as answer:
        assert (answer.status, answer.read()) == (200, dialect.answer(f"pair-{dialect}-b"))
    check_second(dialect, first, second)


def test_next_target_after_no_connection(gateway, upstream, dialect):
    second = upstream.on(scripts.replies(dialect), model=f"pair-{dialect}-b")
    with gateway.post(dialect, f"dead-pair-{dialect}", keys.ALPHA) as answer:
        assert (answer.status, answer.read()) == (200, dialect.answer(f"pair-{dialect}-b"))
    assert second.only


@pytest.mark.parametrize("failure", STREAM_FAILURES)
def test_streaming_next_target_after(gateway, upstream, dialect, failure):
    """Nothing of the first target is ever seen by the client."""
    first, second = pair(upstream, dialect, STREAM_FAILURES[failure](dialect), stream=True)
    asked = {"stream_options": {"include_usage": True}} if dialect.name == "chat" else {}
    with gateway.post(dialect, f"pair-{dialect}", keys.ALPHA, stream=True, **asked) as answer:
        assert (answer.status, answer.read()) == (200, b"".join(dialect.events(f"pair-{dialect}-b")))
    check_second(dialect, first, second)


@pytest.mark.parametrize("failure", ["429", "500", "529"])
def test_streaming_next_target_after_status(gateway, upstream, dialect, failure):
    first, second = pair(upstream, dialect, FAILURES[failure](dialect), stream=True)
    asked = {"stream_options": {"include_usage": True}} if dialect.name == "chat" else {}
    with gateway.post(dialect, f"pair-{dialect}", keys.ALPHA, stream=True, **asked) as answer:
        assert (answer.status, answer.read()) == (200, b"".join(dialect.events(f"pair-{dialect}-b")))
    check_second(dialect, first, second)


def test_no_next_target_after_a_meaningful_event(gateway, upstream, dialect):
    blocks = [*dialect.start("m"), dialect.delta("m", "Hel")]
    first, second = pair(upstream, dialect, scripts.streams(blocks, finally_=scripts.closes), stream=True)
    with gateway.post(dialect, f"pair-{dialect}", keys.ALPHA, stream=True) as answer:
        dialect.stream_error([block for _, block in answer.events()])
    assert not second.exchanges


def test_no_next_target_for_a_request_that_is_wrong(gateway, upstream, dialect):
    first, second = pair(upstream, dialect, scripts.refuses(dialect, 400))
    with gateway.post(dialect, f"pair-{dialect}", keys.ALPHA) as answer:
        assert (answer.status, answer.read()) == (400, dialect.upstream_error(400))
    assert len(first.exchanges) == 1 and not second.exchanges


def test_last_failure_is_told_when_all_fail(gateway, upstream, dialect):
    first, second = pair(upstream, dialect, scripts.refuses(dialect, 500))
    second.scripts = [scripts.refuses(dialect, 529, message="both are down")]
    with gateway.post(dialect, f"pair-{dialect}", keys.ALPHA) as answer:
        assert answer.status in (500, 529) and "x-gatelet-request-id" in answer.headers
        dialect.upstream_error(answer.status)
    assert len(first.exchanges) == len(second.exchanges) == 1
    line = gateway.line(id=answer.headers["x-gatelet-request-id"])
    assert (line["attempts"], line["outcome"]) == (2, "error")


def test_a_weighted_choice_is_stable(gateway, upstream):
    """The same first user text meets the same target; different texts meet both."""
    names = ("weighted-a", "weighted-b")
    targets = [upstream.on(scripts.replies(CHAT), model=name) for name in names]
    for text in range(24):
        with gateway.post(CHAT, "weighted", keys.ALPHA, text=f"talk {text}") as answer:
            assert answer.status == 200
    assert all(target.exchanges for target in targets), "one of two equal targets was never chosen"
    before = [len(target.exchanges) for target in targets]
    for _ in range(6):
        with gateway.post(CHAT, "weighted", keys.ALPHA, text="always this") as answer:
            assert answer.status == 200
    after = [len(target.exchanges) for target in targets]
    assert sorted(b - a for a, b in zip(before, after)) == [0, 6]
