"""Same dialect in and out: the caller's bytes go up, the upstream's bytes come down."""

import json

import pytest

from harness import keys, scripts
from harness.dialects import CHAT, GEMINI

#: Unknown fields, a duplicate key, number texts, escapes, integers past 2^53, odd whitespace; the model in the middle.
TRICKY = {
    "chat": b'{\n\t"messages" : [ {"role":"user","content":"caf\\u00e9 \\ud83d\\ude00 \xc3\xa9"} ],"x_unknown":{"a":1.0,"b":1e3,"c":[]},'
            b'"seed":9007199254740993,"seed":-0,  "model"\r\n: "%s" ,"big":123456789012345678901234567890,"slash":"\\/","z":null}  ',
    "responses": b'  {"input":[{"role":"user","content":"\\u00e9"}],"metadata":{"n":1.0} , "metadata":{"n":1E+3},"model":"%s","big":9007199254740993}\n',
    "messages": b'{"max_tokens":64,"messages":[{"role":"user","content":"\\u00e9"}],"x":1.0,"x":1e3,\t"model":"%s","tools":[{"name":"t","input_schema":'
                b'{"type":"object","properties":{"title":{"default":9007199254740993}}}}]}',
    "gemini": b'{"contents":[{"role":"user","parts":[{"text":"\\u00e9"}]}],"generationConfig":{"temperature":1.0,"seed":9007199254740993,"seed":1e3} ,\n"odd":[ ]}',
}

#: An answer body with the same traps, wrapped around the dialect's container.
ODD_ANSWER = b'{"odd":1.0, "odd":1e3,"big":9007199254740993 ,"esc":"\\u00e9\\/\xc3\xa9",\n"inner":%s}'


def tricky(dialect, model):
    body = TRICKY[dialect.name]
    return body % model.encode() if b"%s" in body else body


def test_request_body_is_kept_byte_for_byte(gateway, upstream, dialect):
    scenario = upstream.on(scripts.replies(dialect))
    with gateway.post(dialect, f"{dialect}/{scenario.model}", keys.ALPHA, body=tricky(dialect, f"{dialect}/{scenario.model}")) as answer:
        assert answer.status == 200, answer.read()
    assert scenario.only.body == tricky(dialect, scenario.model)


def test_streaming_request_body_is_kept_byte_for_byte(gateway, upstream, dialect):
    """Chat may get `stream_options` spliced in at one place; everything else stays."""
    def body(model):
        made = tricky(dialect, model)
        return made if dialect is GEMINI else made.rstrip()[:-1] + b' ,"stream" : true }\n'

    scenario = upstream.on(scripts.tells(dialect))
    with gateway.post(dialect, f"{dialect}/{scenario.model}", keys.ALPHA, stream=True, body=body(f"{dialect}/{scenario.model}")) as answer:
        assert answer.status == 200, answer.read()
        answer.read()
    sent, wanted = scenario.only.body, body(scenario.model)
    if dialect is CHAT:
        assert json.loads(sent)["stream_options"] == {"include_usage": True}
        assert one_insertion(wanted, sent), sent
    else:
        assert sent == wanted


def one_insertion(before, after):
    """Whether `after` is `before` with bytes inserted at one place."""
    same = 0
    while same < len(before) and before[same] == after[same]:
        same += 1
    rest = before[same:]
    return after.endswith(rest) and len(after) >= len(before)


def test_model_written_with_escapes_is_replaced_whole(gateway, upstream, dialect):
    if dialect is GEMINI:
        pytest.skip("n/a: the model is in the path")
    scenario = upstream.on(scripts.replies(dialect))
    escaped = "".join(f"\\u{ord(c):04x}" for c in f"{dialect}/{scenario.model}").encode()
    raw = dialect.body("MODEL").replace(b'"model":"MODEL"', b'"\\u006dodel":"%s"' % escaped)
    with gateway.post(dialect, "unused", keys.ALPHA, body=raw) as answer:
        assert answer.status == 200, answer.read()
    assert scenario.only.json["model"] == scenario.model


def test_response_body_is_kept_byte_for_byte(gateway, upstream, dialect):
    body = dialect.answer("whatever")[:-1] + b',"inner":' + (ODD_ANSWER % b"[]") + b' }\n\n'
    scenario = upstream.on(scripts.answers(body))
    with gateway.post(dialect, f"{dialect}/{scenario.model}", keys.ALPHA) as answer:
        assert answer.status == 200
        assert answer.headers["content-type"].startswith("application/json")
        assert answer.read() == body


@pytest.mark.parametrize("status", [400, 404, 409, 422, 429, 500, 503, 529])
def test_upstream_error_body_is_kept_byte_for_byte(gateway, upstream, dialect, status):
    body = dialect.upstream_error(status)[:-1] + b' , "big":9007199254740993}\n'
    scenario = upstream.on(scripts.answers(body, status))
    with gateway.post(dialect, f"{dialect}/{scenario.model}", keys.ALPHA) as answer:
        assert (answer.status, answer.read()) == (status, body)


def test_stream_is_kept_byte_for_byte(gateway, upstream, dialect):
    async def script(exchange):
        await scripts.streams(dialect.events(exchange.model))(exchange)

    scenario = upstream.on(script)
    asked = {"stream_options": {"include_usage": True}} if dialect is CHAT else {}
    with gateway.post(dialect, f"{dialect}/{scenario.model}", keys.ALPHA, stream=True, **asked) as answer:
        assert answer.status == 200
        assert answer.headers["content-type"].startswith("text/event-stream")
        assert answer.headers["cache-control"].startswith("no-cache")
        assert answer.headers["x-accel-buffering"] == "no"
        assert "content-length" not in answer.headers and "content-encoding" not in answer.headers
        assert answer.read() == b"".join(dialect.events(scenario.model))


@pytest.mark.parametrize("line_end", [b"\n", b"\r\n", b"\r"], ids=["lf", "crlf", "cr"])
def test_stream_split_at_odd_places(gateway, upstream, dialect, line_end):
    """Network pieces are never events; UTF-8 and CR LF come in halves; event text may hold U+2028."""
    if line_end == b"\r" and dialect is GEMINI:
        pytest.skip("n/a: LF and CRLF cover this")
    blocks = dialect.events("m", ("h\u00e9", "\u2028\U0001f600\u0085", "lo"))
    raw = "".join(block.decode() for block in blocks).encode().replace(b"\\u2028", "\u2028".encode()).replace(b"\\u00e9", "\u00e9".encode())
    stream = b"\xef\xbb\xbf" * 0 + raw.replace(b"\n", line_end)
    scenario = upstream.on(scripts.dribbles(stream))
    asked = {"stream_options": {"include_usage": True}} if dialect is CHAT else {}
    with gateway.post(dialect, f"{dialect}/{scenario.model}", keys.ALPHA, stream=True, **asked) as answer:
        assert answer.read() == stream
    assert gateway.line(id=answer.headers["x-gatelet-request-id"])["outcome"] == "done"


def test_comments_of_the_upstream(gateway, upstream, dialect):
    """Relayed toward C, R and M; removed toward G, whose SDKs cannot read them. `data: : keepalive` is nobody's JSON."""
    first, *rest = [dialect.delta("m", "Hel"), dialect.delta("m", "lo"), *dialect.end("m")]
    comment, odd = b": still here\n\n", b"data: : keepalive\n\n"
    scenario = upstream.on(scripts.streams([*dialect.start("m"), first, comment, odd, *rest]))
    asked = {"stream_options": {"include_usage": True}} if dialect is CHAT else {}
    with gateway.post(dialect, f"{dialect}/{scenario.model}", keys.ALPHA, stream=True, **asked) as answer:
        body = answer.read()
    assert b": keepalive" not in body
    if dialect is GEMINI:
        assert b": still here" not in body
        assert all(line.startswith(b"data: ") for line in body.splitlines() if line)
    else:
        assert comment.strip() in body
    for block in rest:
        assert block in body


def test_gemini_stream_without_sse_is_an_array(gateway, upstream):
    """Without `alt=sse` the API answers one JSON array; bytes both ways."""
    chunk = GEMINI.candidate("m", [{"text": "Hel"}])
    body = json.dumps([chunk, GEMINI.candidate("m", [{"text": "lo"}], "STOP")], indent=1).encode()

    async def script(exchange):
        await exchange.head(200, scripts.JSON)
        for cursor in range(0, len(body), 50):
            await exchange.chunk(body[cursor:cursor + 50])
        await exchange.last_chunk()

    scenario = upstream.on(script)
    route = GEMINI.route(f"gemini/{scenario.model}", stream=True).replace("?alt=sse", "")
    with gateway.ask("POST", route, GEMINI.headers(keys.ALPHA), GEMINI.body("m")) as answer:
        assert answer.status == 200
        assert answer.read() == body
    assert "alt=sse" not in scenario.only.target
    line = gateway.line(target=f"gemini/{scenario.model}")
    assert (line["in"], line["out"], line["outcome"]) == (GEMINI.usage["in"], GEMINI.usage["out"], "done")


def test_gemini_array_that_is_cut_ends_in_an_error_element(gateway, upstream):
    first = json.dumps(GEMINI.candidate("m", [{"text": "Hel"}])).encode()

    async def script(exchange):
        await exchange.head(200, scripts.JSON)
        await exchange.chunk(b"[" + first)
        await exchange.chunk(b',\r\n{"candidates": [{"cont')
        await scripts.resets(exchange)

    scenario = upstream.on(script)
    route = GEMINI.route(f"gemini/{scenario.model}", stream=True).replace("?alt=sse", "")
    with gateway.ask("POST", route, GEMINI.headers(keys.ALPHA), GEMINI.body("m")) as answer:
        body = answer.read()
    if answer.status == 200:
        elements = json.loads(body)
        assert elements[0]["candidates"][0]["content"]["parts"] == [{"text": "Hel"}]
        assert list(elements[-1]) == ["error"] and elements[-1]["error"]["status"] == "UNAVAILABLE", body
    else:
        GEMINI.check_error(answer.status, body, "upstream_truncated")
