"""What upstreams do, as scripts for `Upstream.on`."""

import asyncio

from .dialects import dump

SSE = [("content-type", "text/event-stream; charset=utf-8")]
JSON = [("content-type", "application/json")]


def answers(body, status=200, headers=()):
    """A whole response."""
    async def script(exchange):
        await exchange.answer(status, body, [*JSON, *headers])
    return script


def replies(dialect, text="Hello", headers=()):
    """A good answer of the dialect, naming the upstream model it was asked for."""
    async def script(exchange):
        await exchange.answer(200, dialect.answer(exchange.model, text), [*JSON, *headers])
    return script


def refuses(dialect, status, headers=(), **more):
    """The vendor's error of that status."""
    return answers(dialect.upstream_error(status, **more), status, headers)


def streams(blocks, headers=(), end=True, gate=None, after=None, finally_=None, mime=SSE):
    """Event blocks, each a chunk; waits for `gate` before block number `after`; then ends, or does `finally_`."""
    async def script(exchange):
        await exchange.head(200, [*mime, *headers])
        for number, block in enumerate(blocks):
            if gate is not None and number == after:
                await exchange.wait(gate)
            await exchange.chunk(block)
        if finally_ is not None:
            await finally_(exchange)
        elif end:
            await exchange.last_chunk()
    return script


def tells(dialect, texts=("Hel", "lo"), **more):
    """A good stream of the dialect for whatever model is asked for."""
    async def script(exchange):
        await streams(dialect.events(exchange.model, texts), **{"mime": dialect.mime, **more})(exchange)
    return script


def dribbles(stream, sizes=(1, 2, 3, 5, 7, 11), pause=0.001, every=5, mime=SSE):
    """A stream in pieces that respect nothing; a pause now and then, so that they arrive as they are."""
    async def script(exchange):
        await exchange.head(200, mime)
        cursor, turn = 0, 0
        while cursor < len(stream):
            size = sizes[turn % len(sizes)]
            await exchange.chunk(stream[cursor:cursor + size])
            if turn % every == 0:
                await asyncio.sleep(pause)
            cursor, turn = cursor + size, turn + 1
        await exchange.last_chunk()
    return script


async def closes(exchange):
    """FIN in the middle of the chunked body."""
    exchange.close()


async def resets(exchange):
    """RST in the middle of the chunked body, once what was sent is likely read."""
    await asyncio.sleep(0.05)
    exchange.reset()


async def ends(exchange):
    """A proper last chunk, though the dialect's own end never came."""
    await exchange.last_chunk()


async def garbles(exchange):
    """A chunk size that is none."""
    await exchange.send(b"zz\r\nrubbish\r\n")
    await asyncio.sleep(0.05)
    exchange.close()


async def hangs(exchange):
    """Nothing more, until the peer leaves."""
    await exchange.never()


def talks(block, pause=0.1):
    """The same event again and again, until the peer leaves."""
    async def script(exchange):
        while not exchange.gone.is_set():
            await exchange.chunk(block)
            await asyncio.sleep(pause)
    return script


async def closes_at_once(exchange):
    """Reads the request and hangs up."""
    exchange.close()


def cut_body(body, keep, finish=closes, headers=()):
    """A non-streamed answer whose announced length never comes."""
    async def script(exchange):
        await exchange.head(200, [*JSON, *headers], length=len(body))
        await exchange.send(body[:keep])
        await finish(exchange)
    return script


def redirects(location, status=307):
    async def script(exchange):
        await exchange.answer(status, b"", [("location", location)])
    return script


EMPTY = dump({})
