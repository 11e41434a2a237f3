"""Large and many."""

import json
import threading
import time

import pytest

from harness import config, keys, scripts
from harness.dialects import CHAT
from harness.runtime_api import ApiDoor

STREAMS = 200


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "stream"])
def test_prompt_of_a_megabyte(gateway, upstream, dialect, stream):
    text = "0123456789abcde\u00e9" * 65536
    scenario = upstream.on(scripts.tells(dialect) if stream else scripts.replies(dialect))
    model = f"{dialect}/{scenario.model}"
    with gateway.post(dialect, model, keys.ALPHA, stream=stream, text=text) as answer:
        assert answer.status == 200, answer.read()
        answer.read()
    assert text in json.dumps(scenario.only.json, ensure_ascii=False)
    assert scenario.only.body.endswith(dialect.body(scenario.model, stream, text=text)[-40:]) or dialect is CHAT


def test_answer_of_a_megabyte(gateway, upstream, dialect):
    body = dialect.answer("m", "0123456789abcdef" * 65536)
    scenario = upstream.on(scripts.answers(body))
    with gateway.post(dialect, f"{dialect}/{scenario.model}", keys.ALPHA) as answer:
        assert answer.read() == body


def test_event_of_a_megabyte(gateway, upstream, dialect):
    blocks = dialect.events("m", ("x" * 1_000_000, "end"))
    scenario = upstream.on(scripts.streams(blocks))
    asked = {"stream_options": {"include_usage": True}} if dialect is CHAT else {}
    with gateway.post(dialect, f"{dialect}/{scenario.model}", keys.ALPHA, stream=True, **asked) as answer:
        assert answer.read() == b"".join(blocks)


@pytest.fixture
def wide(fleet, upstream, runtime):
    """A door for many at once: one Lambda environment needs the concurrent mode for that."""
    if runtime != "lambda":
        yield fleet.door(runtime, "main")
        return
    door = ApiDoor(config.document("main", upstream), fleet.directory, "wide", AWS_LAMBDA_MAX_CONCURRENCY=str(STREAMS))
    yield door
    door.stop()


def test_two_hundred_streams_at_once(wide, upstream):
    """All are open before any may end; each gets its own events, whole."""
    gate = threading.Event()
    scenarios = [upstream.on(scripts.streams(CHAT.events(f"m{n}", (f"one-{n} ", f"two-{n}")), gate=gate, after=2)) for n in range(STREAMS)]
    bodies, failures = {}, []

    def follow(number):
        try:
            with wide.post(CHAT, f"chat/{scenarios[number].model}", keys.ALPHA, stream=True, stream_options={"include_usage": True}, timeout=40) as answer:
                bodies[number] = answer.read()
        except Exception as error:  # told below, by number
            failures.append((number, repr(error)))

    threads = [threading.Thread(target=follow, args=(number,)) for number in range(STREAMS)]
    for thread in threads:
        thread.start()
    deadline = time.monotonic() + 20
    while sum(bool(scenario.exchanges) for scenario in scenarios) < STREAMS and time.monotonic() < deadline:
        time.sleep(0.05)
    together = sum(bool(scenario.exchanges) for scenario in scenarios)
    gate.set()
    for thread in threads:
        thread.join(40)
    assert together == STREAMS, f"only {together} streams were open at once"
    assert not failures, failures[:5]
    assert all(bodies[n] == b"".join(CHAT.events(f"m{n}", (f"one-{n} ", f"two-{n}"))) for n in range(STREAMS))
    time.sleep(0.3)
    models = {f"chat/{scenario.model}" for scenario in scenarios}
    lines = [line for line in wide.lines() if line["target"] in models]
    assert len(lines) == STREAMS and {line["outcome"] for line in lines} == {"done"}
