"""The wire between `bootstrap` and the Runtime API: platforms.md 1.2–1.4, on the scripted one."""

import asyncio
import json
import statistics
import threading
import time

import pytest

from harness import config, keys, scripts
from harness.dialects import CHAT, MESSAGES
from harness.runtime_api import ApiDoor

pytestmark = pytest.mark.once("lambda")


@pytest.fixture(scope="module")
def api(fleet, upstream):
    door = ApiDoor(config.document("main", upstream), fleet.directory, "wire")
    yield door
    door.stop()


def served(api):
    """The next invocation is answered by the same process."""
    with api.post(CHAT, "mock/hello", keys.ALPHA) as answer:
        assert answer.status == 200 and answer.json()["choices"]
    assert api.process.poll() is None


def test_prelude_and_eight_nuls(api, upstream):
    scenario = upstream.on(scripts.tells(CHAT, headers=[("x-request-id", "req_up"), ("x-ratelimit-limit-requests", "9")]))
    answer = api.post(CHAT, f"chat/{scenario.model}", keys.ALPHA, stream=True, stream_options={"include_usage": True})
    assert answer.read() == b"".join(CHAT.events(scenario.model))
    assert answer.chunks[1][1] == b"\0" * 8, "the eight NULs are a chunk of their own"
    assert answer.prelude["statusCode"] == 200
    assert all(isinstance(value, str) for value in answer.headers.values()), answer.headers
    assert answer.headers["content-type"].startswith("text/event-stream") and answer.headers["x-request-id"] == "req_up"
    assert answer.post_headers["lambda-runtime-function-response-mode"] == "streaming"
    assert answer.post_headers["content-type"] == "application/vnd.awslambda.http-integration-response"
    assert answer.post_headers["transfer-encoding"] == "chunked"
    assert answer.post_headers["lambda-runtime-invocation-id"] == f"echo-{answer.id}"


def test_error_answer_keeps_its_status(api):
    answer = api.post(CHAT, "mock/hello", keys.STRANGER)
    assert answer.status == 401
    CHAT.check_error(answer.status, answer.read(), "caller_auth")
    assert answer.headers["content-type"].startswith("application/json")


def test_first_chunk_is_not_delayed(api, upstream):
    """Without TCP_NODELAY on this connection it comes 40 ms late."""
    delays = []
    for _ in range(9):
        gate = threading.Event()
        scenario = upstream.on(scripts.streams(CHAT.events("m"), gate=gate, after=2))
        answer = api.post(CHAT, f"chat/{scenario.model}", keys.ALPHA, stream=True)
        events = answer.events()
        next(events)
        when, block = next(events)
        assert b"Hel" in block
        delays.append(when - scenario.only.sent_at[2])
        gate.set()
        answer.read()
    assert statistics.median(delays) < 0.020, [f"{delay * 1000:.1f} ms" for delay in delays]


def test_events_leave_one_by_one(api, upstream):
    async def script(exchange):
        await exchange.head(200, scripts.SSE)
        for block in CHAT.events("m", [f"w{n}" for n in range(5)]):
            await exchange.chunk(block)
            await asyncio.sleep(0.03)
        await exchange.last_chunk()

    scenario = upstream.on(script)
    answer = api.post(CHAT, f"chat/{scenario.model}", keys.ALPHA, stream=True)
    times = [when for when, block in answer.events() if b'"w' in block]
    gaps = [later - earlier for earlier, later in zip(times, times[1:])]
    assert len(times) == 5 and min(gaps) > 0.01, gaps


def test_cut_response_post(api, upstream, dialect):
    """The client is gone: upstream closed within a second, one line, and the process serves on."""
    scenario = upstream.on(scripts.streams([*dialect.start("m"), dialect.delta("m", "Hel")], finally_=scripts.talks(dialect.delta("m", "more"))))
    answer = api.post(dialect, f"{dialect}/{scenario.model}", keys.ALPHA, stream=True)
    next(answer.events())
    answer.leave()
    left = time.monotonic()
    assert scenario.only.gone.wait(1.5) and scenario.only.gone_at - left < 1
    line = api.line(target=f"{dialect}/{scenario.model}")
    assert (line["outcome"], line["complete"]) == ("client_gone", False)
    served(api)


def test_cut_response_post_of_a_quiet_stream(api, upstream):
    scenario = upstream.on(scripts.streams([*CHAT.start("m"), CHAT.delta("m", "Hel")], finally_=scripts.hangs))
    answer = api.post(CHAT, f"chat/{scenario.model}", keys.ALPHA, stream=True)
    next(answer.events())
    answer.leave()
    assert scenario.only.gone.wait(1.5), "the upstream connection stayed open"
    assert api.line(target=f"chat/{scenario.model}")["outcome"] == "client_gone"
    served(api)


@pytest.mark.parametrize("verdict", [400, 410, 413, 500])
def test_refused_response_post(api, verdict):
    answer = api.post(CHAT, "mock/hello", keys.ALPHA)
    answer.verdict = verdict
    answer.read()
    served(api)


def test_panic_in_the_handler(api, dialect):
    answer = api.post(dialect, "mock/panic", keys.ALPHA)
    dialect.check_error(answer.status, answer.read(), "internal")
    assert answer.error is None
    served(api)


def test_panic_in_the_body(api, dialect):
    answer = api.post(dialect, "mock/panic-stream", keys.ALPHA, stream=True)
    body = answer.read()
    assert answer.status == 200 and answer.ended
    assert b"error" in body.rsplit(b"\n\n", 2)[-2], "a panic must not look like a whole answer"
    served(api)


@pytest.mark.parametrize("event", [{}, {"hello": "world"}, {"version": "2.0", "rawPath": 7}], ids=["empty", "other", "broken"])
def test_event_that_is_no_request(api, event):
    answer = api.api.invoke(event)
    answer.until(answer.settled, 5)
    served(api)


def test_settled_before_the_next_poll(api, upstream):
    """The log line is out when the next invocation is asked for; the environment may freeze then."""
    scenario = upstream.on(scripts.tells(CHAT))
    until(lambda: api.api.polls > len(api.api.invocations))
    seen = threading.Event()
    found = []

    def on_poll():
        found.append(len(api.lines(target=f"chat/{scenario.model}")))
        seen.set()

    api.api.on_poll = on_poll
    api.post(CHAT, f"chat/{scenario.model}", keys.ALPHA, stream=True).read()
    assert seen.wait(3)
    api.api.on_poll = lambda: None
    assert found[0] == 1


def until(ready, seconds=3):
    deadline = time.monotonic() + seconds
    while not ready():
        assert time.monotonic() < deadline
        time.sleep(0.005)


def test_body_that_is_not_utf8(api):
    answer = api.ask("POST", "/v1/chat/completions", CHAT.headers(keys.ALPHA), b"\xff\xfe{}", encoded=True)
    CHAT.check_error(answer.status, answer.read(), "invalid")


def test_base64_body(api, upstream):
    scenario = upstream.on(scripts.replies(CHAT))
    body = CHAT.body(f"chat/{scenario.model}", text="h\u00e9")
    answer = api.ask("POST", "/v1/chat/completions", CHAT.headers(keys.ALPHA), body, encoded=True)
    assert answer.status == 200
    assert scenario.only.body == CHAT.body(scenario.model, text="h\u00e9")


def test_deadline_of_the_invocation_ends_a_stream(api, upstream):
    """Three seconds before the platform kills it, the client gets an error event and the request its line."""
    async def script(exchange):
        await exchange.head(200, scripts.SSE)
        for block in MESSAGES.start("m"):
            await exchange.chunk(block)
        while not exchange.gone.is_set():
            await exchange.chunk(MESSAGES.delta("m", "more"))
            await asyncio.sleep(0.1)

    scenario = upstream.on(script)
    body = MESSAGES.body(f"messages/{scenario.model}", True)
    began = time.monotonic()
    answer = api.ask("POST", "/v1/messages", MESSAGES.headers(keys.ALPHA), body, deadline=4.5)
    blocks = [block for _, block in answer.events()]
    assert 0.8 < time.monotonic() - began < 3
    MESSAGES.stream_error(blocks)
    assert json.dumps(api.line(target=f"messages/{scenario.model}"))


def test_request_of_six_megabytes(api, upstream):
    """What the platform lets through is served."""
    scenario = upstream.on(scripts.replies(CHAT))
    answer = api.post(CHAT, f"chat/{scenario.model}", keys.ALPHA, text="x" * 5_900_000)
    assert answer.status == 200
    assert len(scenario.only.body) > 5_900_000
