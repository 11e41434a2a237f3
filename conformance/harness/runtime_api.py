"""A scripted Runtime API: what the platform's end of `bootstrap` hears, chunk by chunk, with times.

`/next` hands out invocations (to as many pollers as there are), `/response` is recorded as it comes and can be
cut, refused or left unread; `/error` is recorded. `ApiDoor` makes it look like any other door.
"""

import asyncio
import base64
import itertools
import json
import re
import threading
import time

from .door import Door, Program
from .function import bootstrap, environment
from .wire import HEARD


class Invocation:
    """One event handed out, and the answer to it as far as it has come. Reads like a `wire.Answer`."""

    def __init__(self, number, event, deadline):
        self.id = f"00000000-0000-4000-8000-{number:012d}"
        self.event = event
        self.deadline_ms = int((time.time() + deadline) * 1000)
        self.chunks = []
        self.post_headers = None
        self.error = None
        self.ended = False
        self.broken = False
        self.verdict = 202
        self.transport = None
        self.changed = threading.Condition()
        self.handed_at = None

    def note(self, **changes):
        with self.changed:
            for name, value in changes.items():
                setattr(self, name, value)
            self.changed.notify_all()

    def add(self, data):
        HEARD.extend(data)
        with self.changed:
            self.chunks.append((time.monotonic(), data))
            self.changed.notify_all()

    def until(self, ready, timeout=20):
        with self.changed:
            assert self.changed.wait_for(ready, timeout), f"still waiting after {timeout} s; chunks: {[data for _, data in self.chunks][-3:]}"

    def settled(self):
        """The POST has ended, in whatever way."""
        return self.ended or self.broken or self.error is not None

    @property
    def prelude(self):
        self.until(lambda: len(self.chunks) >= 2 or self.error is not None)
        assert self.error is None, self.error
        return json.loads(self.chunks[0][1])

    @property
    def status(self):
        return self.prelude["statusCode"]

    @property
    def headers(self):
        return self.prelude["headers"]

    def events(self):
        """Event blocks with the time each was whole."""
        assert self.prelude
        pending, read = b"", 2
        while True:
            self.until(lambda: len(self.chunks) > read or self.settled())
            if len(self.chunks) == read:
                return
            when, data = self.chunks[read]
            pending, read = pending + data, read + 1
            while b"\n\n" in pending:
                block, pending = pending.split(b"\n\n", 1)
                yield when, block

    def read(self):
        self.until(self.settled)
        assert self.error is None, self.error
        return b"".join(data for _, data in self.chunks[2:])

    def json(self):
        return json.loads(self.read())

    def leave(self):
        """Breaks the response POST, as the platform does when nobody listens any more."""
        self.api.loop.call_soon_threadsafe(self.transport.abort)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass


class RuntimeApi:
    """The server, on a thread of its own."""

    def __init__(self):
        self.numbers = itertools.count(1)
        self.invocations = {}
        self.polls = 0
        self.on_poll = lambda: None
        self.init_errors = []
        self.loop = asyncio.new_event_loop()
        started = threading.Event()
        threading.Thread(target=self.run, args=(started,), daemon=True).start()
        started.wait()

    def run(self, started):
        asyncio.set_event_loop(self.loop)
        self.queue = asyncio.Queue()
        server = self.loop.run_until_complete(asyncio.start_server(self.serve, "127.0.0.1", 0, backlog=1024))
        self.port = server.sockets[0].getsockname()[1]
        started.set()
        self.loop.run_forever()

    def invoke(self, event, deadline=60):
        invocation = Invocation(next(self.numbers), event, deadline)
        invocation.api = self
        self.invocations[invocation.id] = invocation
        self.loop.call_soon_threadsafe(self.queue.put_nowait, invocation)
        return invocation

    async def serve(self, reader, writer):
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
                line, *fields = head.strip().split("\r\n")
                method, path, _ = line.split(" ")
                headers = {name.lower(): value.strip() for name, _, value in (field.partition(":") for field in fields)}
                await self.route(method, path, headers, reader, writer)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    async def route(self, method, path, headers, reader, writer):
        if path.endswith("/invocation/next"):
            return await self.next(writer)
        found = re.search(r"/invocation/([^/]+)/(response|error)$", path)
        if found is None:
            self.init_errors.append(await body_of(reader, headers))
            return self.say(writer, 202, b"{}")
        invocation = self.invocations[found.group(1)]
        if found.group(2) == "error":
            invocation.note(error=await body_of(reader, headers))
            return self.say(writer, 202, b"{}")
        invocation.note(post_headers=headers, transport=writer.transport)
        try:
            async for data in frames(reader, headers):
                invocation.add(data)
        except (asyncio.IncompleteReadError, ConnectionError):
            invocation.note(broken=True)
            raise
        self.say(writer, invocation.verdict, b'{"status":"OK"}')
        invocation.note(ended=True)

    async def next(self, writer):
        self.polls += 1
        self.on_poll()
        invocation = await self.queue.get()
        invocation.note(handed_at=time.monotonic())
        self.say(writer, 200, json.dumps(invocation.event).encode(), {
            "content-type": "application/json", "lambda-runtime-aws-request-id": invocation.id, "lambda-runtime-deadline-ms": invocation.deadline_ms,
            "lambda-runtime-invoked-function-arn": "arn:aws:lambda:us-east-1:123456789012:function:gatelet",
            "lambda-runtime-trace-id": "Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700;Parent=9a9197af755a6419;Sampled=0",
            "lambda-runtime-invocation-id": f"echo-{invocation.id}"})

    def say(self, writer, status, body, headers=()):
        lines = [f"HTTP/1.1 {status} Said", f"content-length: {len(body)}", *(f"{name}: {value}" for name, value in dict(headers).items())]
        writer.write(("\r\n".join(lines) + "\r\n\r\n").encode() + body)


async def frames(reader, headers):
    """Chunks of a chunked body (trailers are read past), or the one body of a given length."""
    if "content-length" in headers:
        yield await reader.readexactly(int(headers["content-length"]))
        return
    while size := int((await reader.readuntil(b"\r\n")).split(b";")[0], 16):
        yield await reader.readexactly(size)
        await reader.readexactly(2)
    while await reader.readuntil(b"\r\n") != b"\r\n":
        pass


async def body_of(reader, headers):
    return b"".join([data async for data in frames(reader, headers)])


def url_event(method, target, headers, body, encoded=False):
    """What a function URL makes of a request."""
    path, _, query = target.partition("?")
    text = base64.b64encode(body).decode() if encoded else body.decode()
    return {"version": "2.0", "routeKey": "$default", "rawPath": path, "rawQueryString": query, "headers": {name.lower(): value for name, value in headers},
            "requestContext": {"accountId": "anonymous", "apiId": "abcdef", "domainName": "abcdef.lambda-url.us-east-1.on.aws", "domainPrefix": "abcdef",
                               "http": {"method": method, "path": path, "protocol": "HTTP/1.1", "sourceIp": "203.0.113.7", "userAgent": "suite"},
                               "requestId": "r", "routeKey": "$default", "stage": "$default", "time": "25/Nov/2026:01:02:03 +0000", "timeEpoch": 1795568523000},
            **({"body": text} if body else {}), "isBase64Encoded": encoded}


class ApiDoor(Door):
    """`bootstrap` behind the scripted Runtime API."""

    def __init__(self, document, directory, label, program=None, **more):
        self.api = RuntimeApi()
        env = environment("gatelet", f"http://127.0.0.1:{self.api.port}", document, **more)
        super().__init__(self.api.port, [Program([program or bootstrap()], directory, f"lambda-api-{label}", env, cwd=directory)])
        deadline = time.monotonic() + 5
        while not self.api.polls:
            assert self.programs[0].poll() is None and time.monotonic() < deadline, self.programs[0].stderr()
            time.sleep(0.005)

    @property
    def process(self):
        return self.programs[0].process

    def ask(self, method, target, headers=(), body=b"", timeout=20, deadline=60, encoded=False):
        return self.api.invoke(url_event(method, target, [("host", "abcdef.lambda-url.us-east-1.on.aws"), *headers], body, encoded), deadline)
