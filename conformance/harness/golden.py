"""What upstreams say, from core's golden cases: streams and whole answers of all five dialects."""

from functools import cache

from . import event_stream
from .tools import ROOT

CASES = ROOT / "core/tests/golden/cases"


@cache
def names(kind, dialect):
    """The cases of a kind (`streams`, `answers`, `requests`) in a dialect."""
    found = sorted(path.stem for path in (CASES / kind / str(dialect)).iterdir())
    assert found, f"{CASES / kind} holds no case of {dialect}"
    return found


@cache
def stream(dialect, name):
    """The bytes of a stream. Converse's cases have a line an event: its type and its payload; they become frames."""
    body = (CASES / f"streams/{dialect}/{name}.txt").read_bytes()
    if str(dialect) != "converse":
        return body
    frames = b""
    for line in filter(None, map(bytes.strip, body.splitlines())):
        kind, payload = line.split(b" ", 1)
        says = event_stream.exception if kind.startswith(b"!") else event_stream.event
        frames += says(kind.lstrip(b"!").decode(), payload)
    return frames


@cache
def answer(dialect, name):
    return (CASES / f"answers/{dialect}/{name}.json").read_bytes()


@cache
def request(dialect, name):
    return (CASES / f"requests/{dialect}/{name}.json").read_bytes()
