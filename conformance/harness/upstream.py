"""A scriptable upstream on raw sockets.

Every byte, every pause, every reset is chosen by the test: a script is an ``async`` function that gets the
`Exchange` (what arrived, byte for byte, and the means to answer). Which script answers is chosen by the
upstream model, read from the request's body, from the path of a Gemini, Vertex or Bedrock request, or from the header that a Worker's AI
binding sends, so that tests do not meet each other; of what names no model (a token endpoint), by the path.
"""

import asyncio
import contextlib
import itertools
import json
import re
import socket
import struct
import threading
import time
from urllib.parse import unquote

#: Gemini's paths, and Bedrock's.
MODEL_IN_PATH = re.compile(r"/models/(.+):[A-Za-z]+$|/model/(.+)/(?:converse|converse-stream|invoke)$")


class Exchange:
    """One request as it arrived, and the connection to answer it on."""

    def __init__(self, connection, raw_head, body):
        self.connection = connection
        self.raw_head = raw_head
        self.body = body
        self.received_at = time.monotonic()
        self.sent_at = []
        line, *fields = raw_head.decode("latin-1").split("\r\n")
        self.method, self.target, _ = line.split(" ", 2)
        self.path, _, self.query = self.target.partition("?")
        self.header_list = [(name.lower(), value.strip()) for name, _, value in (f.partition(":") for f in fields if f)]
        self.headers = dict(self.header_list)
        self.gone = threading.Event()
        self.gone_at = None
        self.done = threading.Event()

    @property
    def json(self):
        return json.loads(self.body)

    @property
    def model(self):
        if "cf-consn-model-id" in self.headers:
            return self.headers["cf-consn-model-id"]
        found = MODEL_IN_PATH.search(self.path)
        if found:
            return unquote(found.group(1) or found.group(2))
        with contextlib.suppress(ValueError, AttributeError):
            return json.loads(self.body).get("model")
        return None

    async def send(self, data):
        """Writes bytes and hands them to the socket at once."""
        if self.connection.transport.is_closing():
            raise ConnectionResetError
        # Noted before the write: the far side may answer on its own thread before this one goes on.
        self.sent_at.append(time.monotonic())
        self.connection.transport.write(data)
        await asyncio.sleep(0)

    async def head(self, status=200, headers=(), chunked=True, length=None, reason="Said"):
        """A response head; chunked unless a length is given."""
        lines = [f"HTTP/1.1 {status} {reason}"]
        lines += [f"{name}: {value}" for name, value in headers]
        if length is not None:
            lines.append(f"content-length: {length}")
        elif chunked:
            lines.append("transfer-encoding: chunked")
        await self.send(("\r\n".join(lines) + "\r\n\r\n").encode("latin-1"))

    async def chunk(self, data):
        await self.send(b"%x\r\n%s\r\n" % (len(data), data))

    async def last_chunk(self):
        await self.send(b"0\r\n\r\n")

    async def answer(self, status, body, headers=()):
        """A whole response with its length."""
        await self.head(status, headers, length=len(body))
        await self.send(body)

    async def wait(self, gate, timeout=20):
        """Waits for a `Gate` that the test opens from its own thread, or for the peer to leave."""
        deadline = time.monotonic() + timeout
        while not gate.is_set() and not self.gone.is_set():
            if time.monotonic() > deadline:
                raise TimeoutError("the test never opened the gate")
            await asyncio.sleep(0.002)

    async def never(self):
        """Answers nothing more until the peer leaves."""
        while not self.gone.is_set():
            await asyncio.sleep(0.005)

    def close(self):
        """A polite end of the connection (FIN)."""
        self.connection.transport.close()

    def reset(self):
        """A rude one (RST)."""
        sock = self.connection.transport.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.transport.abort()


class Connection(asyncio.Protocol):
    """HTTP/1.1 reading just deep enough: head, content-length or chunked body, keep-alive."""

    def __init__(self, upstream):
        self.upstream = upstream
        self.buffer = b""
        self.exchange = None
        self.eof = False

    def connection_made(self, transport):
        self.transport = transport
        sock = transport.get_extra_info("socket")
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.upstream.connections += 1

    def data_received(self, data):
        self.buffer += data
        self.advance()

    def eof_received(self):
        self.leave()
        return False

    def connection_lost(self, _error):
        self.leave()

    def leave(self):
        if self.exchange and not self.exchange.gone.is_set():
            self.exchange.gone_at = time.monotonic()
            self.exchange.gone.set()

    def advance(self):
        if self.buffer.startswith(b"\x16\x03"):
            # A client's greeting in TLS: as servers say so that speak none there.
            self.transport.write(b"HTTP/1.1 400 Bad Request\r\nconnection: close\r\ncontent-length: 0\r\n\r\n")
            return self.transport.close()
        if self.exchange or b"\r\n\r\n" not in self.buffer:
            return
        head, rest = self.buffer.split(b"\r\n\r\n", 1)
        body, rest = split_body(head, rest)
        if body is None:
            return
        self.buffer = rest
        self.exchange = Exchange(self, head, body)
        asyncio.get_running_loop().create_task(self.serve(self.exchange))

    async def serve(self, exchange):
        scenario = self.upstream.scenario_for(exchange)
        if scenario is None:
            await exchange.answer(404, b'{"error":{"message":"no such scenario","type":"invalid_request_error","param":null,"code":null}}')
        else:
            try:
                number = scenario.enter(exchange)
                await scenario.scripts[min(number, len(scenario.scripts) - 1)](exchange)
            except (ConnectionError, asyncio.CancelledError):
                pass
            except Exception as error:  # a broken script is told by the test that reads the scenario
                scenario.failures.append(error)
                self.transport.abort()
        exchange.done.set()
        self.exchange = None
        self.advance()


def split_body(head, rest):
    """The body that the head announces and what follows it, or (None, rest) while it is incomplete."""
    lowered = head.lower()
    length = re.search(rb"\r\ncontent-length:\s*(\d+)", lowered)
    if length:
        size = int(length.group(1))
        return (rest[:size], rest[size:]) if len(rest) >= size else (None, rest)
    if re.search(rb"\r\ntransfer-encoding:\s*chunked", lowered):
        body, cursor = b"", 0
        while True:
            line_end = rest.find(b"\r\n", cursor)
            if line_end < 0:
                return None, rest
            size = int(rest[cursor:line_end].split(b";")[0], 16)
            if len(rest) < line_end + 2 + size + 2:
                return None, rest
            body += rest[line_end + 2:line_end + 2 + size]
            cursor = line_end + 2 + size + 2
            if size == 0:
                return body, rest[cursor:]
    return b"", rest


class Scenario:
    """The scripts registered for one upstream model: the first request gets the first, the last stays."""

    def __init__(self, model, scripts):
        self.model = model
        self.scripts = scripts
        self.exchanges = []
        self.failures = []
        self.arrival = threading.Condition()

    def enter(self, exchange):
        with self.arrival:
            self.exchanges.append(exchange)
            self.arrival.notify_all()
            return len(self.exchanges) - 1

    def exchange(self, number=0, timeout=10):
        """The n-th request that arrived for this model; waits for it."""
        with self.arrival:
            assert self.arrival.wait_for(lambda: len(self.exchanges) > number, timeout), "the request never reached the upstream"
            return self.exchanges[number]

    @property
    def only(self):
        """The one request; more than one is a failure of the case."""
        found = self.exchange()
        assert len(self.exchanges) == 1, f"{len(self.exchanges)} requests reached the upstream, one was expected"
        assert not self.failures, self.failures
        return found


class Upstream:
    """The server, on a thread of its own."""

    def __init__(self, tls=None):
        self.tls = tls
        self.scenarios = {}
        self.connections = 0
        self.strangers = []
        self.numbers = itertools.count(1)
        self.loop = asyncio.new_event_loop()
        started = threading.Event()
        self.thread = threading.Thread(target=self.run, args=(started,), daemon=True)
        self.thread.start()
        started.wait()

    def run(self, started):
        asyncio.set_event_loop(self.loop)
        server = self.loop.run_until_complete(self.loop.create_server(lambda: Connection(self), "127.0.0.1", 0, backlog=1024, ssl=self.tls))
        self.port = server.sockets[0].getsockname()[1]
        started.set()
        self.loop.run_forever()

    @property
    def origin(self):
        return f"{'https' if self.tls else 'http'}://127.0.0.1:{self.port}"

    def on(self, *scripts, model=None, prefix="s"):
        """Registers scripts under a fresh model name (or a given one, or a path, replacing what was there)."""
        model = model or f"{prefix}{next(self.numbers)}"
        self.scenarios[model] = scenario = Scenario(model, scripts)
        return scenario

    def scenario_for(self, exchange):
        names = (exchange.path, exchange.model, exchange.path.rsplit("/", 1)[-1])
        scenario = next((self.scenarios[name] for name in names if name in self.scenarios), None)
        if scenario is None:
            self.strangers.append(exchange)
        return scenario

    def stop(self):
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join(5)
