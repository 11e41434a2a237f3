"""Every pair of a caller's dialect and an upstream's: the official SDKs at their strictest judge what comes of the upstream's
answers and streams, which are core's golden cases."""

import asyncio
import base64
import itertools
import json
import re
import threading
import time

import pytest
from google.genai import types

from harness import golden, judges, keys, requests, scripts, toolcalls
from harness.dialects import CHAT, CONVERSE, GEMINI, MESSAGES, RESPONSES, UPSTREAMS, dump, payload
from harness.sdk import openai_client

PAIRS = [(judge, upstream) for judge in judges.ALL for upstream in UPSTREAMS if upstream is not judge.dialect]


def pytest_generate_tests(metafunc):
    if {"judge", "spoken"} <= set(metafunc.fixturenames):
        metafunc.parametrize("judge, spoken", PAIRS, ids=[f"{judge}-{spoken}" for judge, spoken in PAIRS])


def other_than(own):
    """The upstreams that a caller of that dialect needs a translation for."""
    return pytest.mark.parametrize("spoken", [upstream for upstream in UPSTREAMS if upstream is not own], ids=str)


def says(text="", usage=None, finish="stop", calls=(), reasoning=""):
    """What a case says, by the vendor's documents; usage: input, cached, written, output, reasoning."""
    return {"text": text, "reasoning": reasoning, "calls": list(calls), "finish": finish, "usage": dict(zip(("in", "cached", "written", "out", "reasoning"), usage))}


ZURICH = ("get_weather", {"city": "Zürich", "n": 12345678901234567890})
THREE = [("get_weather", {"city": "Bern"}), ("get_weather", {"city": "Roma"}), ("now", {})]
HELLO = "Grüße from “Zürich” 🦀\n\tdone."
NIGHT = "It was a dark and"

#: (what it is about, upstream) → the golden case, and what it says.
STREAMS = {
    ("text", CHAT): ("text", says(HELLO, (14, 0, 0, 9, 0))),
    ("text", RESPONSES): ("text", says(HELLO, (14, 0, 0, 9, 0))),
    ("text", MESSAGES): ("text", says(HELLO, (25, 0, 0, 9, None))),
    ("text", GEMINI): ("text", says(HELLO, (20, 0, 0, 9, None))),
    ("text", CONVERSE): ("text", says(HELLO, (14, 0, 0, 9, None))),
    ("reasoning", CHAT): ("reasoning-content", says("42", (36, 64, 0, 20, 15), reasoning="Seven times six.")),
    ("reasoning", RESPONSES): ("reasoning-summary", says("42", (40, 0, 0, 30, 20), reasoning="**Looking**\n\nI first look.\n\n**Then**\n\nI answer.")),
    ("reasoning", MESSAGES): ("thinking-signed", says("42", (25, 0, 0, 30, None), reasoning="Seven times six.")),
    ("reasoning", GEMINI): ("thoughts-and-signature", says("42", (20, 0, 0, 22, 20), reasoning="**Looking**\n\nSeven times six.")),
    ("reasoning", CONVERSE): ("reasoning-signed", says("42", (20, 0, 0, 5, None), reasoning="Seven times six.")),
    ("call", CHAT): ("one-call", says("", (50, 0, 0, 18, 0), "calls", [ZURICH])),
    ("call", RESPONSES): ("one-call", says("", (50, 0, 0, 18, 0), "calls", [ZURICH])),
    ("call", MESSAGES): ("one-call", says("I will look.", (25, 0, 0, 30, None), "calls", [ZURICH])),
    ("call", GEMINI): ("one-call", says("", (20, 0, 0, 18, 8), "calls", [ZURICH], reasoning="I look.")),
    ("call", CONVERSE): ("one-call", says("I will look.", (20, 0, 0, 5, None), "calls", [ZURICH])),
    ("parallel-calls", CHAT): ("parallel-calls", says("", (28, 32, 0, 40, 0), "calls", THREE)),
    ("parallel-calls", RESPONSES): ("parallel-calls", says("I will look.", (28, 32, 0, 40, 0), "calls", THREE)),
    ("parallel-calls", MESSAGES): ("parallel-calls", says("", (25, 0, 0, 60, None), "calls", THREE)),
    ("parallel-calls", GEMINI): ("parallel-calls", says("", (20, 0, 0, 30, None), "calls", THREE)),
    ("parallel-calls", CONVERSE): ("parallel-calls", says("", (60, 0, 0, 40, None), "calls", THREE)),
    ("length", CHAT): ("length", says(NIGHT, (10, 0, 0, 5, 0), "length")),
    ("length", RESPONSES): ("incomplete-length", says(NIGHT, (30, 0, 0, 12, 0), "length")),
    ("length", MESSAGES): ("length", says(NIGHT, (25, 0, 0, 16, None), "length")),
    ("length", GEMINI): ("length", says(NIGHT, (20, 0, 0, 16, None), "length")),
    ("length", CONVERSE): ("length", says(NIGHT, (20, 0, 0, 5, None), "length")),
    ("filter", CHAT): ("content-filter", says("The first step", (8, 0, 0, 4, 0), "filter")),
    ("filter", RESPONSES): ("incomplete-content-filter", says("The first step", (30, 0, 0, 12, 0), "filter")),
    ("filter", MESSAGES): ("refusal", says("The first step", (25, 0, 0, 4, None), "filter")),
    ("filter", GEMINI): ("safety", says("The first step", (20, 0, 0, 5, None), "filter")),
    ("filter", CONVERSE): ("content-filtered", says("The first step", (20, 0, 0, 5, None), "filter")),
    ("stop-sequence", MESSAGES): ("stop-sequence", says("one two ", (25, 0, 0, 4, None), "stop_sequence")),
    ("stop-sequence", CONVERSE): ("stop-sequence", says("one two ", (20, 0, 0, 5, None), "stop_sequence")),
    ("usage", CHAT): ("usage-cache-parts", says("Ok", (100, 600, 300, 5, 2))),
    ("usage", RESPONSES): ("usage-cache-parts", says("Ok", (100, 600, 300, 5, 2))),
    ("usage", MESSAGES): ("usage-cache-parts", says("Ok", (100, 600, 300, 5, 2))),
    ("usage", GEMINI): ("usage-cache-and-tools", says("Ok.", (450, 600, 0, 12, 7))),
    ("usage", CONVERSE): ("usage-cache-parts", says("Ok", (100, 600, 300, 5, None))),
}

HALLO = HELLO[:-7]
ONE_AND_TWO = [("one", {"n": 12345678901234567890}), ("two", {})]
ANSWERS = {
    **{("text", upstream): ("text", says(HALLO, (14, 0, 0, 9, None))) for upstream in UPSTREAMS},
    ("calls", CHAT): ("reasoning-and-calls", says("", (36, 64, 0, 20, 7), "calls", ONE_AND_TWO, "I need two.")),
    ("calls", RESPONSES): ("reasoning-and-calls", says("I look.", (36, 64, 0, 20, 7), "calls", ONE_AND_TWO, "One.Two.")),
    ("calls", MESSAGES): ("thinking-and-calls", says("I look.", (14, 0, 0, 9, None), "calls", [("one", {"n": 12345678901234567890, "a": []}), ("two", {})], "Two are needed.")),
    ("calls", GEMINI): ("thoughts-and-calls", says("I look.", (36, 64, 0, 27, 7), "calls", ONE_AND_TWO, "Two are needed.")),
    ("calls", CONVERSE): ("reasoning-and-calls", says("I look.", (14, 0, 0, 9, None), "calls", ONE_AND_TWO, "Two are needed.")),
    ("length", CHAT): ("length", says(NIGHT, (14, 0, 0, 9, None), "length")),
    ("length", RESPONSES): ("incomplete-length", says(NIGHT, (1, 0, 0, 16, None), "length")),
    ("length", MESSAGES): ("length", says(NIGHT, (14, 0, 0, 9, None), "length")),
    ("length", GEMINI): ("length", says(NIGHT, (20, 0, 0, 16, None), "length")),
    ("length", CONVERSE): ("length", says(NIGHT, (14, 0, 0, 9, None), "length")),
    **{("empty", upstream): ("empty", says("", (7, 0, 0, 0, None))) for upstream in UPSTREAMS if upstream is not MESSAGES},
    ("empty", MESSAGES): ("empty", says("", (14, 0, 0, 9, None))),
}

#: Golden streams that are no whole answer: cut, failed, or with a call that is none.
BROKEN = re.compile("truncated|error|exception|half-open-call|failed-|done-without-a-finish|without-a-reason|malformed-(call|output)")
#: Whole bodies that are no answer.
NO_ANSWER = re.compile("error|^failed|in-progress|malformed-call|no-(choices|content|candidates)")
#: What no other dialect has a place for: a picture. And a custom call that nobody offered, of which OpenAI's SDK for chat has no
#: type in streams.
WITHOUT_A_PLACE = re.compile("inline-image|^image$")
UNTYPED = {("chat", "custom-call")}


def check(judge, said, expected):
    judge.agree(said, expected)


def of(table):
    """A parameter for each subject; pairs that have no case of it are left out."""
    subjects = sorted({subject for subject, _ in table})
    marks = [(judge, spoken, subject) for (judge, spoken), subject in itertools.product(PAIRS, subjects) if (subject, spoken) in table]
    return pytest.mark.parametrize("asked", marks, ids=[f"{judge}-{spoken}-{subject}" for judge, spoken, subject in marks])


def stream_of(spoken, name, **more):
    return scripts.streams([golden.stream(spoken, name)], mime=spoken.mime, **more)


@of(STREAMS)
def test_stream(gateway, upstream, asked):
    judge, spoken, subject = asked
    name, expected = STREAMS[subject, spoken]
    scenario = upstream.on(stream_of(spoken, name))
    check(judge, judge.stream(gateway, f"{spoken}/{scenario.model}"), expected)


@of(ANSWERS)
def test_answer(gateway, upstream, asked):
    judge, spoken, subject = asked
    name, expected = ANSWERS[subject, spoken]
    scenario = upstream.on(scripts.answers(golden.answer(spoken, name)))
    check(judge, judge.ask(gateway, f"{spoken}/{scenario.model}"), expected)


def test_ids_of_calls_are_the_upstreams(gateway, upstream, judge, spoken):
    if spoken is GEMINI:
        pytest.skip("n/a: Gemini's calls need no ids")
    scenario = upstream.on(stream_of(spoken, "parallel-calls"))
    prefix = {"chat": "call_", "responses": "call_", "messages": "toolu_", "converse": "tooluse_"}[spoken.name]
    assert [call[0] for call in judge.stream(gateway, f"{spoken}/{scenario.model}").calls] == [prefix + end for end in "abc"]


def outcome(judge, work):
    """`whole` or `broken`; whatever else is raised is the SDK's complaint."""
    try:
        work()
    except judge.status_error:
        return "broken"
    except judge.in_stream as error:
        # A complaint of the SDK's own about the form has no code.
        assert any(judge.told_in_stream(error)[:1]), error
        return "broken"
    return "whole"


def test_every_golden_stream_is_accepted(gateway, upstream, judge, spoken):
    """Nothing that the gateway writes offends an SDK; what is no whole answer raises, and only that."""
    failures = []
    for name in golden.names("streams", spoken):
        if WITHOUT_A_PLACE.search(name) or (judge.name, name) in UNTYPED:
            continue
        scenario = upstream.on(stream_of(spoken, name))
        # Of arguments that are no JSON every dialect but Gemini's streams the text.
        wanted = "broken" if BROKEN.search(name) else "whole"
        try:
            found = outcome(judge, lambda: judge.stream(gateway, f"{spoken}/{scenario.model}"))  # noqa: B023  called at once
        except Exception as error:
            found = f"{type(error).__name__}: {str(error)[:300]}"
        if found != wanted:
            failures.append(f"{name}: {found}")
    assert not failures, "\n".join(failures)


def test_every_golden_answer_is_accepted(gateway, upstream, judge, spoken):
    failures = []
    for name in golden.names("answers", spoken):
        if WITHOUT_A_PLACE.search(name):
            continue
        scenario = upstream.on(scripts.answers(golden.answer(spoken, name)))
        wanted = "broken" if NO_ANSWER.search(name) else "whole"
        try:
            found = outcome(judge, lambda: judge.ask(gateway, f"{spoken}/{scenario.model}"))  # noqa: B023  called at once
        except Exception as error:
            found = f"{type(error).__name__}: {str(error)[:300]}"
        if found != wanted:
            failures.append(f"{name}: {found}")
    assert not failures, "\n".join(failures)


def test_whole_answer_as_a_stream_and_a_stream_as_a_whole_answer(gateway, upstream, judge, spoken):
    """An upstream that answers in the other form than it was asked for is understood."""
    name, expected = ANSWERS["calls", spoken]
    scenario = upstream.on(scripts.answers(golden.answer(spoken, name)))
    check(judge, judge.stream(gateway, f"{spoken}/{scenario.model}"), expected)
    if spoken is GEMINI:
        return  # Its other form is another method.
    name, expected = STREAMS["parallel-calls", spoken]
    scenario = upstream.on(stream_of(spoken, name))
    check(judge, judge.ask(gateway, f"{spoken}/{scenario.model}"), expected)


class TestPieces:
    """The upstream's bytes arrive one by one."""

    def test_one_byte_at_a_time(self, gateway, upstream, judge, spoken):
        """Of Bedrock the binary frames."""
        name, expected = STREAMS["call", spoken]
        scenario = upstream.on(scripts.dribbles(golden.stream(spoken, name), sizes=(1,), every=50, mime=spoken.mime))
        check(judge, judge.stream(gateway, f"{spoken}/{scenario.model}"), expected)

    def test_each_event_leaves_at_once(self, gateway, upstream, judge, spoken):
        gates = [threading.Event() for _ in range(3)]

        async def script(exchange):
            await exchange.head(200, spoken.mime)
            for block in spoken.start("m"):
                await exchange.chunk(block)
            for number, gate in enumerate(gates):
                await exchange.chunk(spoken.delta("m", f"w{number}"))
                await exchange.wait(gate)
            for block in spoken.end("m"):
                await exchange.chunk(block)
            await exchange.last_chunk()

        scenario = upstream.on(script)
        with gateway.post(judge.dialect, f"{spoken}/{scenario.model}", keys.ALPHA, stream=True, timeout=5) as answer:
            events = answer.events()
            for number, gate in enumerate(gates):
                while f'"w{number}"'.encode() not in next(events)[1]:
                    pass
                gate.set()
            list(events)
        line = gateway.line(target=f"{spoken}/{scenario.model}")
        assert (line["outcome"], line["complete"], line["dialect"], line["upstream_dialect"]) == ("done", True, judge.name, spoken.name)
        wanted = {"in": spoken.usage["in"], "out": spoken.usage["out"], "cached": spoken.usage["cached"], "written": spoken.usage["written"]}
        assert {name: line[name] for name in wanted} == wanted


class TestBroken:
    """A stream that breaks after it has said something ends in the caller's error, never in success."""

    @staticmethod
    def blocks(gateway, upstream, judge, spoken, parts, finally_=scripts.ends):
        """The first part has reached the client before the others are sent."""
        gate = threading.Event()
        scenario = upstream.on(scripts.streams(parts, gate=gate, after=1, finally_=finally_, mime=spoken.mime))
        with gateway.post(judge.dialect, f"{spoken}/{scenario.model}", keys.ALPHA, stream=True) as answer:
            assert answer.status == 200, answer.read()
            gate.set()
            blocks = [block for _, block in answer.events()]
            assert answer.ended, "the framing ends well"
        return blocks, gateway.line(target=f"{spoken}/{scenario.model}")

    @pytest.mark.parametrize("finish", [scripts.closes, scripts.ends, scripts.resets], ids=["fin", "clean-end", "rst"])
    def test_cut(self, gateway, upstream, judge, spoken, finish):
        half = spoken.delta("m", "lo")[:20]
        blocks, line = self.blocks(gateway, upstream, judge, spoken, [b"".join([*spoken.start("m"), spoken.delta("m", "Hel")]), half], finally_=finish)
        self.check(judge, blocks, "upstream_truncated")
        assert b"Hel" in b"".join(blocks)
        assert (line["outcome"], line["complete"]) == ("upstream_cut", False)
        assert line["out"] > 0, "what was said cost something"

    def test_cut_in_a_calls_arguments(self, gateway, upstream, judge, spoken):
        """They are neither closed nor made whole."""
        if spoken is GEMINI:
            pytest.skip("n/a: calls come whole in Gemini")
        parts = [golden.stream(spoken, "half-open-call"), spoken.delta("m", "lo")[:5]]
        if judge is not judges.GEMINI_JUDGE:
            blocks, _ = self.blocks(gateway, upstream, judge, spoken, parts)
            return self.check(judge, blocks, "upstream_truncated")
        # Its calls are whole, so nothing is said of this one.
        scenario = upstream.on(scripts.streams(parts, mime=spoken.mime))
        with gateway.post(GEMINI, f"{spoken}/{scenario.model}", keys.ALPHA, stream=True) as answer:
            body = answer.read()
        assert b"functionCall" not in body and b"finishReason" not in body and b'"UNAVAILABLE"' in body

    def test_error_event(self, gateway, upstream, judge, spoken):
        blocks, line = self.blocks(gateway, upstream, judge, spoken, [b"".join([*spoken.start("m"), spoken.delta("m", "Hel")]), spoken.error_event()])
        judge.dialect.stream_error(blocks) if judge is not judges.RESPONSES_JUDGE else self.failed(blocks)
        assert b"vendor trouble" in blocks[-1]
        assert (line["outcome"], line["complete"]) == ("error", False)

    @staticmethod
    def failed(blocks):
        last = payload(blocks[-1])
        assert last["type"] == "response.failed" and last["response"]["status"] == "failed" and last["response"]["error"]["message"], last
        assert [event["sequence_number"] for event in map(payload, blocks)] == list(range(len(blocks)))
        assert b"response.completed" not in b"".join(blocks)
        return last["response"]["error"]["code"]

    def check(self, judge, blocks, name):
        found = self.failed(blocks) if judge is judges.RESPONSES_JUDGE else judge.dialect.stream_error(blocks)
        # A stream's error in Responses has a code of its own: translation.md 4.8.
        wanted = judge.dialect.expected_class(name)
        assert found == ("server_error" if judge is judges.RESPONSES_JUDGE else wanted[1] if isinstance(wanted, tuple) else wanted)

    def test_sdk_raises(self, gateway, upstream, judge, spoken):
        """Where the client has had the beginning."""
        async def script(exchange):
            await exchange.head(200, spoken.mime)
            await exchange.chunk(b"".join([*spoken.start("m"), spoken.delta("m", "Hel")]))
            await asyncio.sleep(0.05)
            await exchange.chunk(spoken.error_event())
            await exchange.last_chunk()

        scenario = upstream.on(script)
        with pytest.raises(judge.in_stream) as raised:
            judge.stream(gateway, f"{spoken}/{scenario.model}")
        assert "vendor trouble" in str(raised.value)


class TestErrors:
    """An upstream's status is the caller's, in the caller's words."""

    #: Upstream status → class.
    CLASSES = {429: "rate_limit", 500: "upstream_error", 400: "invalid"}

    @pytest.mark.parametrize("status", CLASSES)
    @pytest.mark.parametrize("stream", [False, True], ids=["whole", "stream"])
    def test_status(self, gateway, upstream, judge, spoken, status, stream):
        scenario = upstream.on(scripts.refuses(spoken, status, [("retry-after", "7"), ("x-should-retry", "false")]))
        with gateway.post(judge.dialect, f"{spoken}/{scenario.model}", keys.ALPHA, stream=stream) as answer:
            body = answer.read()
            parsed = judge.dialect.check_error(answer.status, body, self.CLASSES[status])
        assert "upstream says no" in parsed["error"]["message"] and b"vendor" not in body
        assert answer.headers["x-should-retry"] == "false"
        # Of a request that is wrong no wait makes a right one.
        assert answer.headers.get("retry-after") == (None if status == 400 else "7")
        assert answer.headers[judge.dialect.request_id]

    @pytest.mark.parametrize("status", [401, 403])
    def test_refused_credential(self, gateway, upstream, judge, spoken, status):
        """It is the gateway's, so the caller's is not at fault; and no part of it is told."""
        key = keys.upstream_key(spoken.name)
        headers = [("x-amzn-errortype", "UnrecognizedClientException")] if spoken is CONVERSE else []
        scenario = upstream.on(scripts.answers(spoken.upstream_error(status, f"Incorrect API key provided: {key}"), status, headers))
        with gateway.post(judge.dialect, f"{spoken}/{scenario.model}", keys.ALPHA) as answer:
            body = answer.read()
            parsed = judge.dialect.check_error(answer.status, body, "upstream_auth")
        assert answer.headers["x-should-retry"] == "false"
        assert key[:12].encode() not in body and "Incorrect" not in parsed["error"]["message"] and spoken.name in parsed["error"]["message"]
        name, prefix = spoken.credential
        assert scenario.only.headers[name] == prefix + key

    def test_no_json(self, gateway, upstream, judge, spoken):
        scenario = upstream.on(scripts.answers(b"<html>Bad gateway</html>"))
        with gateway.post(judge.dialect, f"{spoken}/{scenario.model}", keys.ALPHA) as answer:
            judge.dialect.check_error(answer.status, answer.read(), "upstream_invalid")

    def test_cut_answer(self, gateway, upstream, judge, spoken):
        whole = golden.answer(spoken, "text")
        scenario = upstream.on(scripts.cut_body(whole, len(whole) - 5))
        with gateway.post(judge.dialect, f"{spoken}/{scenario.model}", keys.ALPHA) as answer:
            assert answer.status == 502
            judge.dialect.check_shape(answer.json())


class TestFallback:
    """From an upstream of one dialect to one of another."""

    FAILURES = {
        "empty": lambda d: scripts.streams([], mime=d.mime),
        "cut-after-start": lambda d: scripts.streams(d.start("m"), finally_=scripts.closes, mime=d.mime),
        "error-first": lambda d: scripts.streams([d.error_event()], mime=d.mime),
        "error-after-start": lambda d: scripts.streams([*d.start("m"), d.error_event()], mime=d.mime),
        "529": lambda d: scripts.refuses(d, 529),
        "401": lambda d: scripts.refuses(d, 401),
    }

    @staticmethod
    def second(spoken, own):
        """The dialect of the second target: the next in turn that is not the caller's own."""
        turn = UPSTREAMS[UPSTREAMS.index(spoken) + 1:] + UPSTREAMS[:UPSTREAMS.index(spoken)]
        return next(other for other in turn if other is not own)

    @pytest.mark.parametrize("failure", FAILURES)
    def test_nothing_of_the_first_is_seen(self, gateway, upstream, judge, spoken, failure):
        other = self.second(spoken, judge.dialect)
        first = upstream.on(self.FAILURES[failure](spoken), model="cross-a")
        second = upstream.on(scripts.tells(other, ("Good ", "day")), model="cross-b")
        said = judge.stream(gateway, f"cross-{spoken}-{other}")
        assert said.text == "Good day" and said.finish == judge.finishes["stop"]
        name, prefix = other.credential
        exchange = second.exchanges[-1]
        assert exchange.headers[name] == prefix + keys.upstream_key(f"{other}2")
        assert keys.upstream_key(spoken.name).encode() not in exchange.raw_head + exchange.body
        assert first.exchanges

    #: What no other dialect can be asked for.
    REFUSED = {"chat": ({"logit_bias": {"5": 1}}, "logit_bias"), "responses": ({"previous_response_id": "resp_x"}, "previous_response_id"),
               "messages": ({"mcp_servers": [{"type": "url", "url": "https://x.example", "name": "x"}]}, "mcp_servers"),
               "gemini": ({"cachedContent": "cachedContents/x"}, "cachedContent")}

    def test_what_a_target_lacks_is_asked_of_the_next(self, gateway, upstream, judge, spoken):
        more, _ = self.REFUSED[judge.name]
        own = judge.dialect
        first = upstream.on(scripts.replies(spoken), model="cross-a")
        second = upstream.on(scripts.replies(own), model="cross-b")
        with gateway.post(own, f"cross-{spoken}-{own}", keys.ALPHA, **more) as answer:
            assert (answer.status, answer.read()) == (200, own.answer("cross-b"))
        assert not first.exchanges and second.only

    def test_what_all_targets_lack_is_a_400_that_names_it(self, gateway, upstream, judge, spoken):
        more, path = self.REFUSED[judge.name]
        scenario = upstream.on(scripts.replies(spoken))
        with gateway.post(judge.dialect, f"{spoken}/{scenario.model}", keys.ALPHA, **more) as answer:
            parsed = answer.json()
        assert answer.status == 400 and not scenario.exchanges
        judge.dialect.check_shape(parsed)
        assert path in parsed["error"].get("param", parsed["error"]["message"]) or path in parsed["error"]["message"]
        if judge.name in ("chat", "responses"):
            assert parsed["error"]["code"] == "unsupported_parameter"


class TestAdjusted:
    """What is not said as it was asked is told, or refused where the caller is strict."""

    def test_header(self, gateway, upstream, judge, spoken):
        scenario = upstream.on(scripts.answers(golden.answer(spoken, "text")), stream_of(spoken, "text"))
        for stream in (False, True):
            with gateway.post(judge.dialect, f"{spoken}/{scenario.model}", keys.ALPHA, stream=stream, flavour={"sweet": True}) as answer:
                assert answer.status == 200, answer.read()
                assert answer.headers["x-gatelet-adjusted"] == "flavour=unknown"
                answer.read()
        assert b"flavour" not in scenario.exchange().body + scenario.exchange(1).body

    def test_nothing_is_told_of_a_plain_request(self, gateway, upstream, judge, spoken):
        scenario = upstream.on(scripts.answers(golden.answer(spoken, "text")))
        with gateway.post(judge.dialect, f"{spoken}/{scenario.model}", keys.ALPHA) as answer:
            body = answer.read()
            assert answer.status == 200 and "x-gatelet-adjusted" not in answer.headers, answer.headers.get("x-gatelet-adjusted")
        assert answer.headers["content-type"].startswith("application/json") and answer.headers.get("content-length", str(len(body))) == str(len(body))

    def test_strict(self, gateway, upstream, judge, spoken):
        scenario = upstream.on(scripts.answers(golden.answer(spoken, "text")))
        strictly = [("x-gatelet-strict", "true")]
        with gateway.post(judge.dialect, f"{spoken}/{scenario.model}", keys.ALPHA, headers=strictly, flavour=1) as answer:
            assert answer.status == 400
            parsed = answer.json()
        judge.dialect.check_shape(parsed)
        assert "flavour" in json.dumps(parsed) and not scenario.exchanges
        with gateway.post(judge.dialect, f"{spoken}/{scenario.model}", keys.ALPHA, headers=strictly) as answer:
            assert answer.status == 200, answer.read()

    def test_a_relay_is_never_too_strict(self, gateway, upstream, dialect):
        scenario = upstream.on(scripts.replies(dialect))
        with gateway.post(dialect, f"{dialect}/{scenario.model}", keys.ALPHA, headers=[("x-gatelet-strict", "true")], flavour=1) as answer:
            assert (answer.status, answer.read()) == (200, dialect.answer(scenario.model))
        assert b"flavour" in scenario.only.body

    def test_seed(self, gateway, upstream):
        """A hint that Claude's API lacks, and the model's own limit in place of none."""
        scenario = upstream.on(scripts.answers(golden.answer(MESSAGES, "text")))
        said = judges.CHAT_JUDGE.ask(gateway, f"messages/{scenario.model}", seed=7, temperature=0.5)
        assert said.adjusted.split(", ")[0] == "seed=dropped" or "seed=dropped" in said.adjusted
        assert scenario.only.json["max_tokens"] > 0 and scenario.only.headers["anthropic-version"] == "2023-06-01"


class TestReasoning:
    """Signed reasoning comes back to its maker byte for byte, and is wrapped on the way."""

    SIGNATURES = {"responses": ("reasoning-and-calls", "gAAAAABo_long=="), "messages": ("thinking-and-calls", "EqQBCkYIBxgCKkDx+/8="),
                  "gemini": ("thoughts-and-calls", "CrwBAVSoXO4ghi="), "converse": ("reasoning-and-calls", "EqQBCkYIBxgCKkDx+/8=")}

    @staticmethod
    def asked(name):
        """What the caller asks, in order to be told the signatures."""
        return {"include": ["reasoning.encrypted_content"], "store": False} if name == "responses" else {}

    @staticmethod
    def next_turn(name, answer):
        """The conversation as an agent goes on with it: the answer as it came, and the results of its calls."""
        if name == "chat":
            message = answer["choices"][0]["message"]
            results = [{"role": "tool", "tool_call_id": call["id"], "content": "ok"} for call in message["tool_calls"]]
            return {"messages": [{"role": "user", "content": "hi"}, message, *results]}
        if name == "responses":
            results = [{"type": "function_call_output", "call_id": item["call_id"], "output": "ok"} for item in answer["output"] if item["type"] == "function_call"]
            return {"input": [{"role": "user", "content": "hi"}, *answer["output"], *results]}
        if name == "messages":
            results = [{"type": "tool_result", "tool_use_id": block["id"], "content": "ok"} for block in answer["content"] if block["type"] == "tool_use"]
            return {"messages": [{"role": "user", "content": "hi"}, {"role": "assistant", "content": answer["content"]}, {"role": "user", "content": results}]}
        content = answer["candidates"][0]["content"]
        results = [{"functionResponse": {"id": part["functionCall"]["id"], "name": part["functionCall"]["name"], "response": {"output": "ok"}}}
                   for part in content["parts"] if "functionCall" in part]
        return {"contents": [{"role": "user", "parts": [{"text": "hi"}]}, content, {"role": "user", "parts": results}]}

    def test_signatures_go_and_come_back(self, gateway, upstream, judge, spoken):
        if spoken is CHAT:
            pytest.skip("n/a: chat has no signatures of its own")
        name, signature = self.SIGNATURES[spoken.name]
        scenario = upstream.on(scripts.answers(golden.answer(spoken, name)))
        model, own = f"{spoken}/{scenario.model}", judge.dialect
        request = {**judge.request, **self.asked(own.name)}
        with gateway.post(own, model, keys.ALPHA, **request) as answer:
            body = answer.read()
        assert answer.status == 200, body
        assert f'"{signature}"'.encode() not in body, "a signature that the caller's own vendor would be sent as it is"
        with gateway.post(own, model, keys.ALPHA, **{**request, **self.next_turn(own.name, json.loads(body))}) as answer:
            assert answer.status == 200, answer.read()
        sent = scenario.exchange(1).body
        assert signature.encode() in sent and b"gl1." not in sent and base64.b64encode(b"gl1.") not in sent

    def test_another_vendor_never_gets_them(self, gateway, upstream, judge, spoken):
        """The caller's next turn goes elsewhere: to every other upstream, its own dialect's as well."""
        if spoken is CHAT:
            pytest.skip("n/a: chat has no signatures of its own")
        name, signature = self.SIGNATURES[spoken.name]
        scenario = upstream.on(scripts.answers(golden.answer(spoken, name)))
        own = judge.dialect
        request = {**judge.request, **self.asked(own.name)}
        with gateway.post(own, f"{spoken}/{scenario.model}", keys.ALPHA, **request) as answer:
            turn = {**request, **self.next_turn(own.name, answer.json())}
        # Claude's signatures are the same at Anthropic and at Bedrock.
        kin = {MESSAGES, CONVERSE} if spoken in (MESSAGES, CONVERSE) else {spoken}
        for other in UPSTREAMS:
            if other in kin:
                continue
            elsewhere = upstream.on(scripts.answers(golden.answer(other, "text")))
            with gateway.post(own, f"{other}/{elsewhere.model}", keys.ALPHA, **turn) as answer:
                assert answer.status == 200, (other, answer.read())
            sent = elsewhere.only.body
            assert signature.encode() not in sent and b"gl1." not in sent and b"Z2wxL" not in sent, other

    def test_googles_sdk_goes_on_with_a_conversation(self, gateway, upstream):
        """It reads signatures as bytes and writes them in another alphabet of base64."""
        name, signature = self.SIGNATURES["messages"]
        first = json.loads(golden.answer(MESSAGES, name))
        first["content"][0]["signature"] = signature = "E?>~" + signature
        scenario = upstream.on(scripts.answers(dump(first)), scripts.answers(golden.answer(MESSAGES, "text")))
        declared = [types.FunctionDeclaration(name=each, parameters_json_schema={"type": "object"}) for each in ("one", "two")]
        config = types.GenerateContentConfig(tools=[types.Tool(function_declarations=declared)], automatic_function_calling=types.AutomaticFunctionCallingConfig(disable=True))
        chat = judges.GEMINI_JUDGE.client(gateway).chats.create(model=f"messages/{scenario.model}", config=config)
        calls = chat.send_message("hi").function_calls
        chat.send_message([types.Part(function_response=types.FunctionResponse(id=call.id, name=call.name, response={"output": "ok"})) for call in calls])
        said = scenario.exchange(1).json["messages"][1]["content"]
        assert [block["type"] for block in said] == ["thinking", "redacted_thinking", "text", "tool_use", "tool_use"]
        assert (said[0]["thinking"], said[0]["signature"]) == ("Two are needed.", signature)
        assert said[1]["data"] == first["content"][1]["data"] and [block["id"] for block in said[3:]] == ["toolu_a", "toolu_b"]


class TestTools:
    """What a tool is at the caller it is again in the answer."""

    PATCH = '*** Begin "Patch"\n+\t🦀\n*** End'

    @other_than(RESPONSES)
    def test_custom_tools(self, gateway, upstream, spoken):
        """Codex's `apply_patch` takes free text; others are offered a function, and its one argument is the text again."""
        arguments = dump({"input": self.PATCH}).decode()
        assert "\\ud83e" in arguments, "the cuts go through surrogates"
        blocks = toolcalls.streamed(spoken, "apply_patch", arguments, cuts=range(5, len(arguments), 5))
        scenario = upstream.on(scripts.streams(blocks, mime=spoken.mime))
        tool = {"type": "custom", "name": "apply_patch", "description": "Edits files."}
        with judges.RESPONSES_JUDGE.client(gateway).responses.stream(model=f"{spoken}/{scenario.model}", input="hi", tools=[tool]) as stream:
            texts = "".join(event.delta for event in stream if event.type == "response.custom_tool_call_input.delta")
            item, = stream.get_final_response().output
        assert (item.type, item.name, item.input, texts) == ("custom_tool_call", "apply_patch", self.PATCH, self.PATCH)
        assert b'"apply_patch"' in scenario.only.body and b'"custom"' not in scenario.only.body

    @other_than(GEMINI)
    def test_names_that_are_illegal_elsewhere(self, gateway, upstream, spoken):
        async def script(exchange):
            named = re.search(r'"name":"(files[^"]*)"', exchange.body.decode()).group(1)
            assert re.fullmatch("[A-Za-z0-9_-]{1,64}", named), named
            await scripts.streams(toolcalls.streamed(spoken, named), mime=spoken.mime)(exchange)

        name = "files.read:" + "x" * 80
        scenario = upstream.on(script)
        tools = [{"functionDeclarations": [{"name": name, "parametersJsonSchema": {"type": "object"}}]}]
        said = judges.GEMINI_JUDGE.stream(gateway, f"{spoken}/{scenario.model}", tools=tools)
        assert [call[1] for call in said.calls] == [name] and scenario.only

    @pytest.mark.parametrize("judge", [judge for judge in judges.ALL if judge is not judges.RESPONSES_JUDGE], ids=repr)
    def test_stops_that_the_upstream_does_not_look_for(self, gateway, upstream, judge):
        """Responses has none: what comes behind it is nobody's, and need not be made."""
        blocks = [*RESPONSES.start("m"), *(RESPONSES.delta("m", text) for text in ("one ST", "OP two"))]
        scenario = upstream.on(scripts.streams(blocks, finally_=scripts.talks(RESPONSES.delta("m", "more"))))
        more = {"chat": {"stop": ["STOP"]}, "messages": {"stop_sequences": ["STOP"]}, "gemini": {"generationConfig": {"stopSequences": ["STOP"]}}}[judge.name]
        said = judge.stream(gateway, f"responses/{scenario.model}", **more)
        assert said.text == "one " and said.finish == judge.finishes["stop_sequence"]
        assert scenario.only.gone.wait(3), "the upstream goes on for nobody"


#: For each caller an upstream of another dialect, where one is enough.
ONE_EACH = [(judges.CHAT_JUDGE, CONVERSE), (judges.RESPONSES_JUDGE, GEMINI), (judges.MESSAGES_JUDGE, RESPONSES), (judges.GEMINI_JUDGE, MESSAGES)]
one_each = pytest.mark.parametrize("one", ONE_EACH, ids=[f"{judge}-{spoken}" for judge, spoken in ONE_EACH])


class TestWaiting:
    @one_each
    def test_leaving_the_stream_early(self, gateway, upstream, one):
        judge, spoken = one
        scenario = upstream.on(scripts.streams(spoken.start("m"), finally_=scripts.talks(spoken.delta("m", "more")), mime=spoken.mime))
        call = gateway.call("POST", judge.dialect.route(f"{spoken}/{scenario.model}", True), judge.dialect.headers(keys.ALPHA), judge.dialect.body(f"{spoken}/{scenario.model}", True))
        answer = call.answer()
        next(answer.events())
        answer.leave("reset")
        assert scenario.only.gone.wait(3), "the upstream connection stayed open"
        assert gateway.line(target=f"{spoken}/{scenario.model}")["outcome"] == "client_gone"

    @one_each
    @pytest.mark.parametrize("where", ["after-start", "in-mid-stream"])
    def test_silent_upstream(self, door, upstream, one, where):
        judge, spoken = one
        said = spoken.start("m") if where == "after-start" else [*spoken.start("m"), spoken.delta("m", "Hel")]
        scenario = upstream.on(scripts.streams(said, finally_=scripts.hangs, mime=spoken.mime))
        with door("hasty").post(judge.dialect, f"{spoken}/{scenario.model}", keys.ALPHA, stream=True) as answer:
            if where == "after-start":
                judge.dialect.check_error(answer.status, answer.read(), "timeout")
            else:
                blocks = [block for _, block in answer.events()]
                TestBroken.failed(blocks) if judge is judges.RESPONSES_JUDGE else judge.dialect.stream_error(blocks)
        assert scenario.only.gone.wait(2), "the upstream connection stayed open"

    @one_each
    def test_no_head_before_something_is_said(self, gateway, upstream, one):
        judge, spoken = one
        gate = threading.Event()
        scenario = upstream.on(scripts.streams(spoken.events("m"), gate=gate, after=len(spoken.start("m")), mime=spoken.mime))
        model = f"{spoken}/{scenario.model}"
        call = gateway.call("POST", judge.dialect.route(model, True), judge.dialect.headers(keys.ALPHA), judge.dialect.body(model, True))
        scenario.exchange()
        call.sock.settimeout(0.3)
        with pytest.raises(TimeoutError):
            call.sock.recv(1)
        call.sock.settimeout(5)
        gate.set()
        with call.answer() as answer:
            assert b"Hel" in answer.read() and answer.ended

    @one_each
    @pytest.mark.parametrize("stream", [False, True], ids=["whole", "stream"])
    def test_last_failure_is_told_when_all_fail(self, gateway, upstream, one, stream):
        judge, spoken = one
        other = TestFallback.second(spoken, judge.dialect)
        first = upstream.on(scripts.refuses(spoken, 500), model="cross-a")
        second = upstream.on(scripts.refuses(other, 429, message="both are down"), model="cross-b")
        with gateway.post(judge.dialect, f"cross-{spoken}-{other}", keys.ALPHA, stream=stream) as answer:
            body = answer.read()
        assert answer.status in (429, 502), body
        judge.dialect.check_shape(json.loads(body))
        assert len(second.exchanges) == 1 and first.exchanges
        assert gateway.line(id=answer.headers["x-gatelet-request-id"])["outcome"] == "error"

    @other_than(CHAT)
    def test_usage_chunk_only_where_it_is_asked_for(self, gateway, upstream, spoken):
        scenario = upstream.on(stream_of(spoken, "text"))
        with gateway.post(CHAT, f"{spoken}/{scenario.model}", keys.ALPHA, stream=True) as answer:
            blocks = [block for _, block in answer.events()]
        assert blocks[-1] == b"data: [DONE]" and not any(b'"usage"' in block or not (payload(block) or {"choices": [1]})["choices"] for block in blocks)
        assert gateway.line(target=f"{spoken}/{scenario.model}")["out"] == 9


class TestOthers:
    """Calls beside the answers."""

    def test_beta_methods_of_anthropics_sdk(self, gateway, upstream):
        """`?beta=true`, as Claude Code asks."""
        scenario = upstream.on(stream_of(RESPONSES, "parallel-calls"))
        client = judges.MESSAGES_JUDGE.client(gateway)
        with client.beta.messages.stream(model=f"responses/{scenario.model}", betas=["context-management-2025-06-27"], **judges.MESSAGES_JUDGE.request) as stream:
            calls = [(block.name, block.input) for block in stream.get_final_message().content if block.type == "tool_use"]
        assert calls == THREE and scenario.only.query == "" and "anthropic-beta" not in scenario.only.headers

    def test_estimated_tokens(self, gateway, upstream, judge, spoken):
        if judge.name == "chat":
            pytest.skip("n/a: chat has no counter")
        scenario = upstream.on(scripts.answers(b"{}"))
        model, client = f"{spoken}/{scenario.model}", judge.client(gateway)
        text = "a word or two, perhaps more " * 10
        if judge.name == "messages":
            raw = client.messages.with_raw_response.count_tokens(model=model, messages=[{"role": "user", "content": text}])
            count, adjusted = raw.parse().input_tokens, raw.headers["x-gatelet-adjusted"]
        elif judge.name == "responses":
            raw = client.responses.input_tokens.with_raw_response.count(model=model, input=text)
            count, adjusted = raw.parse().input_tokens, raw.headers["x-gatelet-adjusted"]
        else:
            found = client.models.count_tokens(model=model, contents=text)
            count, adjusted = found.total_tokens, found.sdk_http_response.headers["x-gatelet-adjusted"]
        assert 40 < count < 140 and adjusted == "input_tokens=approximated:estimate"
        assert not scenario.exchanges

    def test_embeddings_of_gemini(self, gateway, upstream):
        """OpenAI's SDK asks for base64, of which Gemini knows nothing. (Its strict mode judges the base64 that it has asked for.)"""
        scenario = upstream.on(scripts.answers(b'{"embeddings":[{"values":[1.0,-2.5]},{"values":[0.25,1e-3]}]}'))
        found = openai_client(gateway).embeddings.create(model=f"gemini/{scenario.model}", input=["a", "b"], dimensions=2)
        assert [each.embedding for each in found.data] == [[1.0, -2.5], pytest.approx([0.25, 1e-3])]
        assert [each.index for each in found.data] == [0, 1]
        sent = scenario.only
        assert sent.path == f"/v1beta/models/{scenario.model}:batchEmbedContents"
        assert [request["content"]["parts"][0]["text"] for request in sent.json["requests"]] == ["a", "b"]
        assert sent.json["requests"][0]["outputDimensionality"] == 2

    def test_embeddings_of_bedrock(self, gateway, upstream):
        model = "amazon.titan-embed-text-v2:0"
        scenario = upstream.on(scripts.answers(b'{"embedding":[1.0,-2.5],"inputTextTokenCount":3}'), model=model)
        found = openai_client(gateway).embeddings.create(model=f"converse/{model}", input="a")
        assert found.data[0].embedding == [1.0, -2.5] and found.usage.prompt_tokens == 3
        assert scenario.only.target == "/model/amazon.titan-embed-text-v2%3A0/invoke" and scenario.only.json["inputText"] == "a"

    def test_embeddings_that_nobody_makes(self, gateway, upstream):
        with gateway.ask("POST", "/v1/embeddings", CHAT.headers(keys.ALPHA), dump({"model": "messages/x", "input": "a"})) as answer:
            CHAT.check_error(answer.status, answer.read(), "invalid")

    def test_converse_paths(self, gateway, upstream):
        """A model's id is one segment of the path, colons and slashes included."""
        model = "arn:aws:bedrock:us-east-1:1:inference-profile/us.anthropic.claude-opus-4-8-v1:0"
        scenario = upstream.on(scripts.answers(golden.answer(CONVERSE, "text")), stream_of(CONVERSE, "text"), model=model)
        judges.CHAT_JUDGE.ask(gateway, f"converse/{model}")
        judges.CHAT_JUDGE.stream(gateway, f"converse/{model}")
        quoted = "arn%3Aaws%3Abedrock%3Aus-east-1%3A1%3Ainference-profile%2Fus.anthropic.claude-opus-4-8-v1%3A0"
        assert [scenario.exchange(n).path for n in range(2)] == [f"/model/{quoted}/converse", f"/model/{quoted}/converse-stream"]

    def test_gemini_without_sse_is_an_array(self, gateway, upstream):
        """As the API answers without `alt=sse`."""
        for spoken in (CHAT, CONVERSE):
            name, expected = STREAMS["text", spoken]
            scenario = upstream.on(stream_of(spoken, name))
            route = f"/v1beta/models/{spoken}/{scenario.model}:streamGenerateContent"
            with gateway.ask("POST", route, GEMINI.headers(keys.ALPHA), GEMINI.body("")) as answer:
                chunks = answer.json()
            assert answer.headers["content-type"].startswith("application/json")
            parts = [part for chunk in chunks for part in chunk["candidates"][0]["content"]["parts"]]
            assert "".join(part["text"] for part in parts) == expected["text"]


#: The models that core's golden requests are written for.
MODELS = {"chat": "qwen3-32b", "responses": "gpt-5.1", "messages": "claude-opus-4-8", "gemini": "gemini-3-pro-preview", "converse": "us.anthropic.claude-opus-4-8-v1:0"}
#: What OpenAI's API takes and its SDK's types do not list: sound, and a choice of `web_search`.
UNLISTED = {("responses", "audio"), ("responses", "web-search-alone")}


@pytest.mark.once("local")
def test_requests_are_what_the_vendors_sdks_send(fleet, upstream, judge, spoken):
    """Every golden request is refused, or becomes a body that the upstream's SDK takes for its own. Once: it is core's work alone."""
    gateway, own, failures, asked = fleet.door("local", "main"), judge.dialect, [], 0
    for name in golden.names("requests", own):
        scenario = upstream.on(scripts.answers(golden.answer(spoken, "text")), model=MODELS[spoken.name])
        model, body = f"{spoken}/{scenario.model}", json.loads(golden.request(own, name))
        if own is not GEMINI:
            body["model"] = model
        with gateway.ask("POST", own.route(model), own.headers(keys.ALPHA), dump(body)) as answer:
            text = answer.read()
        if answer.status == 200:
            asked += 1
            complaints = requests.complaints(spoken, scenario.only.json)
            failures += [f"{name}: {complaint}" for complaint in complaints if (spoken.name, name) not in UNLISTED]
        else:
            judge.dialect.check_shape(json.loads(text))
            if answer.status != 400:
                failures.append(f"{name}: {answer.status}")
    assert asked > 20 and not failures, "\n".join(failures)


@pytest.mark.na("lambda", "the emulator reads ahead")
def test_a_slow_reader_slows_the_upstream(gateway, upstream, judge, spoken):
    """What the client does not take is not read: memory stays."""
    if spoken not in (CONVERSE, MESSAGES if judge is not judges.MESSAGES_JUDGE else CHAT):
        pytest.skip("n/a: two upstreams are enough")
    block = spoken.delta("m", "word " * 2000) * 4
    sent, limit = [0], 96 << 20

    async def script(exchange):
        await exchange.head(200, spoken.mime)
        for event in spoken.start("m"):
            await exchange.chunk(event)
        while sent[0] < limit and not exchange.gone.is_set():
            if exchange.connection.transport.get_write_buffer_size() > 1 << 16:
                await asyncio.sleep(0.002)
                continue
            await exchange.chunk(block)
            sent[0] += len(block)

    scenario = upstream.on(script)
    call = gateway.call("POST", judge.dialect.route(f"{spoken}/{scenario.model}", True), judge.dialect.headers(keys.ALPHA), judge.dialect.body(f"{spoken}/{scenario.model}", True))
    answer = call.answer()
    still, last = 0, -1
    deadline = time.monotonic() + 10
    while still < 5 and time.monotonic() < deadline:
        time.sleep(0.1)
        still, last = (still + 1 if sent[0] == last else 0), sent[0]
    assert sent[0] < limit and still == 5, f"{sent[0]} bytes were read for a client that takes nothing"
    answer.leave("reset")
    assert scenario.only.gone.wait(3), "the upstream connection stayed open"
