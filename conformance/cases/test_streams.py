"""When events arrive, what is held, and how a broken stream ends."""

import asyncio
import threading
import time

import pytest

from conftest import selected
from harness import keys, scripts
from harness.dialects import ALL, CHAT, CONVERSE, GEMINI, MESSAGES, RESPONSES, data

#: How a stream that breaks after its first meaningful event is marked: translation.md 4.8.
TRUNCATED = {"chat": "upstream_truncated", "responses": "server_error", "messages": "api_error", "gemini": "UNAVAILABLE"}


def read_blocks(answer):
    """All event blocks; the framing must end well even when the stream does not."""
    blocks = [block for _, block in answer.events()]
    assert answer.ended, "the response framing was cut"
    return blocks


def test_first_event_arrives_before_the_second_is_sent(gateway, upstream, dialect):
    gate = threading.Event()
    start = dialect.start("m")
    scenario = upstream.on(scripts.streams(dialect.events("m"), gate=gate, after=len(start) + 1))
    with gateway.post(dialect, f"{dialect}/{scenario.model}", keys.ALPHA, stream=True, timeout=5) as answer:
        events = answer.events()
        got = [next(events) for _ in range(len(start) + 1)]
        assert not gate.is_set() and got[-1][1] + b"\n\n" == dialect.delta("m", "Hel")
        gate.set()
        rest = list(events)
    assert rest[0][1] + b"\n\n" == dialect.delta("m", "lo")
    delay = got[-1][0] - scenario.only.sent_at[len(start) + 1]
    assert delay < 0.15, f"the first meaningful event took {delay * 1000:.0f} ms"


def test_each_event_leaves_at_once(gateway, upstream, dialect):
    """Later events are not gathered either."""
    gates = [threading.Event() for _ in range(4)]

    async def script(exchange):
        await exchange.head(200, scripts.SSE)
        for block in dialect.start("m"):
            await exchange.chunk(block)
        for number, gate in enumerate(gates):
            await exchange.chunk(dialect.delta("m", f"w{number}"))
            await exchange.wait(gate)
        for block in dialect.end("m"):
            await exchange.chunk(block)
        await exchange.last_chunk()

    scenario = upstream.on(script)
    with gateway.post(dialect, f"{dialect}/{scenario.model}", keys.ALPHA, stream=True, timeout=5) as answer:
        events = answer.events()
        for _ in dialect.start("m"):
            next(events)
        for number, gate in enumerate(gates):
            assert f"w{number}".encode() in next(events)[1]
            gate.set()
        list(events)


def test_start_events_are_held(gateway, upstream, dialect):
    """Until the first meaningful event there is not even a head; then everything comes, in order."""
    gate = threading.Event()
    start = dialect.start("m")
    scenario = upstream.on(scripts.streams(dialect.events("m"), gate=gate, after=len(start)))
    call = gateway.call("POST", dialect.route(f"{dialect}/{scenario.model}", True), dialect.headers(keys.ALPHA), dialect.body(f"{dialect}/{scenario.model}", True))
    scenario.exchange()
    call.sock.settimeout(0.4)
    with pytest.raises(TimeoutError):
        call.sock.recv(1)
    call.sock.settimeout(5)
    gate.set()
    with call.answer() as answer:
        blocks = read_blocks(answer)
    assert blocks[0] + b"\n\n" == (start or dialect.events("m"))[0]
    assert blocks[len(start)] + b"\n\n" == dialect.delta("m", "Hel")


@pytest.mark.parametrize("finish", [scripts.closes, scripts.resets, scripts.ends, scripts.garbles], ids=["fin", "rst", "clean-end", "garbage"])
def test_cut_stream_ends_in_the_error_event(gateway, upstream, dialect, finish):
    """Half an event is left behind nowhere; the framing ends normally; the log says upstream_cut."""
    whole = [*dialect.start("m"), dialect.delta("m", "Hel")]
    half = dialect.delta("m", "lo")[:30]
    scenario = upstream.on(scripts.streams([*whole, half], finally_=finish))
    with gateway.post(dialect, f"{dialect}/{scenario.model}", keys.ALPHA, stream=True) as answer:
        blocks = read_blocks(answer)
    assert [block + b"\n\n" for block in blocks[:-1]] == whole
    assert dialect.stream_error(blocks) == TRUNCATED[dialect.name]
    line = gateway.line(target=f"{dialect}/{scenario.model}")
    assert (line["outcome"], line["complete"], line["status"]) == ("upstream_cut", False, 200)


def test_cut_after_the_finish_is_no_error(gateway, upstream, dialect):
    """A stream with its dialect's evidence is complete, whatever happens to the connection after it."""
    enough = {"chat": dialect.end("m")[:1], "messages": dialect.end("m")[:2]}.get(dialect.name, dialect.end("m"))
    blocks = [*dialect.start("m"), dialect.delta("m", "hi"), *enough]
    scenario = upstream.on(scripts.streams(blocks))
    with gateway.post(dialect, f"{dialect}/{scenario.model}", keys.ALPHA, stream=True) as answer:
        assert answer.read() == b"".join(blocks)
    assert gateway.line(target=f"{dialect}/{scenario.model}")["outcome"] == "done"


def test_done_without_a_finish_is_a_cut(gateway, upstream):
    scenario = upstream.on(scripts.streams([*CHAT.start("m"), CHAT.delta("m", "hi"), b"data: [DONE]\n\n"]))
    with gateway.post(CHAT, f"chat/{scenario.model}", keys.ALPHA, stream=True) as answer:
        assert CHAT.stream_error(read_blocks(answer)) == "upstream_truncated"


def test_cut_in_tool_arguments_is_not_repaired(gateway, upstream, dialect):
    if dialect is GEMINI:
        pytest.skip("n/a: calls come whole in Gemini")
    piece = {
        "chat": lambda: CHAT.piece("m", {"tool_calls": [{"index": 0, "id": "c1", "type": "function", "function": {"name": "f", "arguments": '{"a'}}]}),
        "responses": lambda: RESPONSES.event(4, "response.function_call_arguments.delta", item_id="fc_1", output_index=1, delta='{"a'),
        "messages": lambda: data({"type": "content_block_delta", "index": 0, "delta": {"type": "input_json_delta", "partial_json": '{"a'}}, "content_block_delta"),
    }[dialect.name]()
    scenario = upstream.on(scripts.streams([*dialect.start("m"), piece], finally_=scripts.closes))
    with gateway.post(dialect, f"{dialect}/{scenario.model}", keys.ALPHA, stream=True) as answer:
        blocks = read_blocks(answer)
    assert blocks[-2] + b"\n\n" == piece
    dialect.stream_error(blocks)


def test_error_event_in_mid_stream_is_the_end(gateway, upstream, dialect):
    """The vendor's own error event is relayed as it is, and never followed by success."""
    blocks = [*dialect.start("m"), dialect.delta("m", "Hel"), dialect.error_event()]
    scenario = upstream.on(scripts.streams(blocks))
    with gateway.post(dialect, f"{dialect}/{scenario.model}", keys.ALPHA, stream=True) as answer:
        body = answer.read()
    assert body.startswith(b"".join(blocks[:-1]))
    assert b"vendor trouble" in body
    assert b"[DONE]" not in body and b"message_stop" not in body and b"response.completed" not in body
    assert gateway.line(target=f"{dialect}/{scenario.model}")["outcome"] in ("error", "upstream_cut")


def test_empty_stream_is_an_error_before_the_head(gateway, upstream, dialect):
    scenario = upstream.on(scripts.streams([]))
    with gateway.post(dialect, f"{dialect}/{scenario.model}", keys.ALPHA, stream=True) as answer:
        assert answer.status == 502, answer.read()
        dialect.check_shape(answer.json())


def test_stream_cut_before_anything_meaningful_is_a_502(gateway, upstream, dialect):
    scenario = upstream.on(scripts.streams(dialect.start("m"), finally_=scripts.closes))
    with gateway.post(dialect, f"{dialect}/{scenario.model}", keys.ALPHA, stream=True) as answer:
        dialect.check_error(answer.status, answer.read(), "upstream_truncated")


@pytest.mark.parametrize("where", ["before-head", "after-head", "after-start"])
def test_silent_upstream_is_a_timeout(door, upstream, dialect, where):
    async def script(exchange):
        if where != "before-head":
            await exchange.head(200, scripts.SSE)
        if where == "after-start":
            for block in dialect.start("m"):
                await exchange.chunk(block)
        await exchange.never()

    gateway, scenario = door("hasty"), upstream.on(script)
    began = time.monotonic()
    with gateway.post(dialect, f"{dialect}/{scenario.model}", keys.ALPHA, stream=True) as answer:
        dialect.check_error(answer.status, answer.read(), "timeout")
    assert 0.5 < time.monotonic() - began < 4
    assert scenario.only.gone.wait(1), "the upstream connection stayed open"
    line = gateway.line(target=f"{dialect}/{scenario.model}")
    assert line["outcome"] == "error" and line["status"] == 504


def test_silent_in_mid_stream_ends_in_the_error_event(door, upstream, dialect):
    gateway = door("hasty")
    scenario = upstream.on(scripts.streams([*dialect.start("m"), dialect.delta("m", "Hel")], finally_=scripts.hangs))
    began = time.monotonic()
    with gateway.post(dialect, f"{dialect}/{scenario.model}", keys.ALPHA, stream=True) as answer:
        blocks = read_blocks(answer)
    assert 0.5 < time.monotonic() - began < 4
    dialect.stream_error(blocks)
    assert scenario.only.gone.wait(1), "the upstream connection stayed open"
    assert gateway.line(target=f"{dialect}/{scenario.model}")["complete"] is False


def test_pings_of_the_upstream_keep_a_stream_alive(door, upstream):
    """Idle means no event at all; a vendor's pings count."""
    gateway = door("hasty")

    async def script(exchange):
        await exchange.head(200, scripts.SSE)
        for block in [*MESSAGES.start("m"), MESSAGES.delta("m", "Hel")]:
            await exchange.chunk(block)
        for _ in range(5):
            await asyncio.sleep(0.3)
            await exchange.chunk(b'event: ping\ndata: {"type":"ping"}\n\n')
        for block in MESSAGES.end("m"):
            await exchange.chunk(block)
        await exchange.last_chunk()

    scenario = upstream.on(script)
    with gateway.post(MESSAGES, f"messages/{scenario.model}", keys.ALPHA, stream=True) as answer:
        body = answer.read()
    assert body.count(b"event: ping") == 6 and b"message_stop" in body


def test_total_deadline_ends_a_lively_stream(door, upstream, dialect):
    gateway = door("total")

    async def script(exchange):
        await exchange.head(200, scripts.SSE)
        for block in dialect.start("m"):
            await exchange.chunk(block)
        while not exchange.gone.is_set():
            await exchange.chunk(dialect.delta("m", "more"))
            await asyncio.sleep(0.1)

    scenario = upstream.on(script)
    began = time.monotonic()
    with gateway.post(dialect, f"{dialect}/{scenario.model}", keys.ALPHA, stream=True) as answer:
        blocks = read_blocks(answer)
    assert 1 < time.monotonic() - began < 4
    dialect.stream_error(blocks)


PINGS = {"chat": b": ping\n", "responses": b": ping\n", "messages": b'event: ping\ndata: {"type":"ping"}\n\n', "gemini": b"\n\n"}


#: For each caller's dialect an upstream of another one: Bedrock never pings.
TRANSLATED = {CHAT: CONVERSE, RESPONSES: MESSAGES, MESSAGES: GEMINI, GEMINI: CHAT}


@pytest.fixture(scope="module")
def kept_alive(fleet, upstream, request):
    """What quiet streams said: asked of every runtime and dialect at once, because the first ping takes 15 s."""
    gate, calls = threading.Event(), {}
    pairs = [*((dialect, dialect) for dialect in ALL), *TRANSLATED.items()]
    for runtime in selected(request.config):
        for dialect, spoken in pairs:
            scenario = upstream.on(scripts.streams(spoken.events("m"), gate=gate, after=len(spoken.start("m")), mime=spoken.mime))
            model = f"{spoken}/{scenario.model}"
            calls[runtime, dialect, spoken] = fleet.door(runtime, "committed").call("POST", dialect.route(model, True), dialect.headers(keys.ALPHA), dialect.body(model, True), timeout=40)
    heads = {key: call.answer() for key, call in calls.items()}
    time.sleep(16)
    gate.set()
    return {key: answer.read() for key, answer in heads.items()}


def test_commit_after_a_while_and_keep_alive(kept_alive, runtime, dialect):
    """After the commit wait the held events leave, then a ping after 15 s without bytes, in the dialect's form."""
    start = b"".join(dialect.start("m"))
    body = kept_alive[runtime, dialect, dialect]
    assert body.startswith(start + PINGS[dialect.name] + dialect.delta("m", "Hel")), body[:1500]


def test_keep_alive_of_a_translated_stream(kept_alive, runtime, dialect):
    """The same, where the upstream speaks another dialect: nothing was said yet, and the answer is whole."""
    body = kept_alive[runtime, dialect, TRANSLATED[dialect]]
    quiet, said = body.split(b'"Hel"', 1)
    assert PINGS[dialect.name] in quiet, body[:1500]
    assert b'"lo"' in said and {"chat": b"[DONE]", "responses": b"response.completed", "messages": b"message_stop", "gemini": b"STOP"}[dialect.name] in said
