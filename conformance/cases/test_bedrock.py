"""Amazon Bedrock: each signature as AWS would judge it, each answer as its own SDK reads it, and its frames as botocore reads them."""

import itertools
import json
from random import Random

import pytest
from botocore.eventstream import EventStreamBuffer
from botocore.exceptions import ClientError, EventStreamError

from harness import converse, event_stream, golden, judges, keys, scripts, sigv4
from harness.dialects import CHAT, CONVERSE, GEMINI, MESSAGES, RESPONSES, dump
from test_translation import BROKEN, NO_ANSWER, WITHOUT_A_PLACE

NUMBERS = itertools.count(1)
ARN = "arn:aws:bedrock:eu-central-1:123456789012"

#: Where a model is asked: (its id, the path, the service, the upstream's dialect).
DOORS = {
    "converse": ("amazon.nova-{n}-v1:0", "/model/amazon.nova-{n}-v1%3A0/converse", "bedrock", CONVERSE),
    "profile": (ARN + ":application-inference-profile/{n}", "/model/arn%3Aaws%3Abedrock%3Aeu-central-1%3A123456789012%3Aapplication-inference-profile%2F{n}/converse", "bedrock", CONVERSE),
    "odd": ("a b+c*~é@(%2F){n}:0", "/model/a%20b%2Bc%2A~%C3%A9@%28%252F%29{n}%3A0/converse", "bedrock", CONVERSE),
    "claude": ("us.anthropic.claude-{n}", "/anthropic/v1/messages", "bedrock", MESSAGES),
    "claude-on-mantle": ("anthropic.claude-{n}", "/anthropic/v1/messages", "bedrock-mantle", MESSAGES),
    "gpt": ("global.openai.gpt-{n}", "/openai/v1/responses", "bedrock", RESPONSES),
    "gpt-on-mantle": ("openai.gpt-{n}", "/openai/v1/responses", "bedrock-mantle", RESPONSES),
    "grok": ("us.xai.grok-{n}", "/openai/v1/chat/completions", "bedrock", CHAT),
    "gemma-on-mantle": ("google.gemma-4-{n}", "/openai/v1/chat/completions", "bedrock-mantle", CHAT),
    "oss-on-mantle": ("openai.gpt-oss-{n}", "/v1/chat/completions", "bedrock-mantle", CHAT),
}
SECRETS = {"signed": keys.SIGNED, "temporary": keys.TEMPORARY}


@pytest.fixture
def bedrock(door):
    return door("bedrock")


def verify(exchange, key, region="eu-central-1", service="bedrock"):
    identity, *secrets = key
    sigv4.verify(exchange.method, exchange.target, exchange.header_list, exchange.body, {identity: tuple(secrets)}, region, service)


class TestSignatures:
    """The upstream signs what has arrived with botocore, and finds the same signature."""

    @pytest.mark.parametrize("stream", [False, True], ids=["whole", "stream"])
    @pytest.mark.parametrize("where", DOORS)
    @pytest.mark.parametrize("provider", SECRETS)
    def test_every_door(self, bedrock, upstream, provider, where, stream):
        model, path, service, spoken = DOORS[where]
        n = f"x{next(NUMBERS)}"
        script = scripts.tells(spoken) if stream else scripts.replies(spoken)
        scenario = upstream.on(script, model=model.format(n=n))
        caller = spoken if spoken is not CONVERSE else CHAT
        with bedrock.post(caller, f"{provider}/{scenario.model}", keys.ALPHA, stream=stream, text="Grüße 🦀 " * 3) as answer:
            assert answer.status == 200, answer.read()
            answer.read()
        exchange = scenario.only
        assert exchange.path == path.format(n=n) + ("-stream" if stream and spoken is CONVERSE else "")
        verify(exchange, SECRETS[provider], service=service)

    def test_a_large_body_of_several_pieces(self, bedrock, upstream):
        """The model's name is spliced into a body that is not copied for it."""
        scenario = upstream.on(scripts.replies(MESSAGES), model=f"us.anthropic.claude-x{next(NUMBERS)}")
        with bedrock.post(MESSAGES, f"temporary/{scenario.model}", keys.ALPHA, text="é" * 400_000) as answer:
            assert answer.status == 200, answer.read()
        assert len(scenario.only.body) > 800_000
        verify(scenario.only, keys.TEMPORARY)

    def test_what_a_client_sends_beside(self, bedrock, upstream):
        """A client's own headers of AWS stay here; what passes is not signed, or signed as it is sent."""
        scenario = upstream.on(scripts.replies(MESSAGES), model=f"us.anthropic.claude-x{next(NUMBERS)}")
        more = [("x-amz-date", "20200101T000000Z"), ("x-amz-security-token", "strange"), ("x-amzn-trace-id", "Root=1"), ("anthropic-beta", " a,  b "),
                ("x-amz-content-sha256", "0" * 64), ("x-stainless-lang", "python")]
        with bedrock.post(MESSAGES, f"temporary/{scenario.model}", keys.ALPHA, headers=more) as answer:
            assert answer.status == 200, answer.read()
        verify(scenario.only, keys.TEMPORARY)

    def test_embeddings(self, bedrock, upstream):
        answer = scripts.answers(dump({"embedding": [0.5], "inputTextTokenCount": 3}))
        scenario = upstream.on(answer, model=f"amazon.titan-embed-text-v2:{next(NUMBERS)}")
        body = dump({"model": f"signed/{scenario.model}", "input": "ein Text"})
        with bedrock.ask("POST", "/v1/embeddings", CHAT.headers(keys.ALPHA), body) as answer:
            assert answer.json()["data"][0]["embedding"] == [0.5]
        verify(scenario.only, keys.SIGNED)
        assert scenario.only.json == {"inputText": "ein Text"}

    def test_each_attempt_is_signed(self, bedrock, upstream):
        scenario = upstream.on(scripts.refuses(CONVERSE, 503), scripts.replies(CONVERSE), model=f"amazon.nova-x{next(NUMBERS)}:0")
        for _ in range(2):
            bedrock.post(CHAT, f"signed/{scenario.model}", keys.ALPHA).read()
        for number in range(2):
            verify(scenario.exchange(number), keys.SIGNED)

    def test_the_platforms_own(self, door, upstream):
        """A Worker has no role in AWS; there the same names are secrets that somebody has put."""
        scenario = upstream.on(scripts.replies(CONVERSE), model=f"amazon.nova-x{next(NUMBERS)}:0")
        with door("role").post(CHAT, f"bedrock/{scenario.model}", keys.ALPHA) as answer:
            assert answer.status == 200, answer.read()
        verify(scenario.only, keys.PLATFORM, region="ap-northeast-1")

    def test_a_key_of_bedrocks_own_is_sent_as_it_is(self, bedrock, upstream):
        for model, spoken in ((f"amazon.nova-x{next(NUMBERS)}:0", CONVERSE), (f"us.anthropic.claude-x{next(NUMBERS)}", MESSAGES)):
            scenario = upstream.on(scripts.replies(spoken), model=model)
            bedrock.post(MESSAGES, f"keyed/{model}", keys.ALPHA).read()
            sent = scenario.only.headers
            assert sent["authorization"] == f"Bearer {keys.upstream_key('converse')}"
            assert not {"x-api-key", "x-amz-date", "x-amz-security-token"} & set(sent)


#: Of its golden cases those that are an answer, and whose arguments are JSON.
NOT_ALIKE = "malformed-arguments|length-in-a-call"


def alike(kind, broken):
    return [name for name in golden.names(kind, CONVERSE) if not (broken.search(name) or WITHOUT_A_PLACE.search(name) or name in NOT_ALIKE.split("|"))]


class TestJudgedByItsOwnSdk:
    """boto3 and a client of gatelet's read the same in what the upstream says."""

    @staticmethod
    def compare(gateway, upstream, judge, script, stream):
        scenario = upstream.on(script)
        model = scenario.model
        expected = (converse.stream if stream else converse.ask)(upstream, model)
        judge.agree((judge.stream if stream else judge.ask)(gateway, f"converse/{model}"), expected)
        assert len(scenario.exchanges) >= 2
        return expected

    @pytest.mark.parametrize("judge", judges.ALL, ids=str)
    @pytest.mark.parametrize("name", alike("streams", BROKEN))
    def test_golden_stream(self, gateway, upstream, judge, name):
        if name == "metadata-missing":
            pytest.skip("n/a: what is not told is estimated")
        self.compare(gateway, upstream, judge, scripts.streams([golden.stream(CONVERSE, name)], mime=CONVERSE.mime), True)

    @pytest.mark.parametrize("judge", judges.ALL, ids=str)
    @pytest.mark.parametrize("name", alike("answers", NO_ANSWER))
    def test_golden_answer(self, gateway, upstream, judge, name):
        self.compare(gateway, upstream, judge, scripts.answers(golden.answer(CONVERSE, name)), False)

    @pytest.mark.parametrize("judge", judges.ALL, ids=str)
    def test_random_answers(self, gateway, upstream, judge):
        random = Random(f"answers for {judge}")
        for _ in range(20):
            told = converse.random_answer(random)
            said = self.compare(gateway, upstream, judge, scripts.answers(converse.whole(*told)), False)
            assert said == converse.said(*told), "boto3 reads what was written"

    @pytest.mark.parametrize("judge", judges.ALL, ids=str)
    def test_random_streams(self, gateway, upstream, judge):
        random = Random(f"streams for {judge}")
        for _ in range(20):
            told = converse.random_answer(random)
            stream = converse.frames(random, *told)
            sizes = [random.choice((1, 2, 7, 30, 300)) for _ in range(20)]
            script = scripts.dribbles(stream, sizes=sizes, pause=0, every=1000, mime=CONVERSE.mime)
            said = self.compare(gateway, upstream, judge, script, True)
            assert said == converse.said(*told), "boto3 reads what was written"


#: The errors of its model (botocore, `bedrock-runtime`): how a client of chat hears them (translation.md 5.1).
ERRORS = {
    "ValidationException": (400, (400, "invalid_request_error", None)),
    "ConflictException": (400, (400, "invalid_request_error", None)),
    "ServiceQuotaExceededException": (400, (502, "server_error", "upstream_quota")),
    "AccessDeniedException": (403, (502, "server_error", "upstream_auth")),
    "ResourceNotFoundException": (404, (404, "invalid_request_error", "model_not_found")),
    "ModelTimeoutException": (408, (504, "server_error", "upstream_timeout")),
    "ModelErrorException": (424, (502, "server_error", "upstream_error")),
    "ModelStreamErrorException": (424, (502, "server_error", "upstream_error")),
    "ThrottlingException": (429, (429, "rate_limit_error", "rate_limit_exceeded")),
    "ModelNotReadyException": (429, (503, "server_error", "overloaded")),
    "InternalServerException": (500, (502, "server_error", "upstream_error")),
    "ServiceUnavailableException": (503, (503, "server_error", "overloaded")),
}


class TestErrors:
    def test_the_table_has_every_error_of_its_model(self, upstream):
        model = converse.client(upstream).meta.service_model
        shapes = [model.shape_for(name) for name in model.shape_names]
        told = {shape.name: shape.metadata["error"]["httpStatusCode"] for shape in shapes if shape.metadata.get("exception")}
        assert told == {name: status for name, (status, _) in ERRORS.items()}

    @pytest.mark.parametrize("name", ERRORS)
    def test_an_error_is_what_its_sdk_calls_it(self, gateway, upstream, name):
        status, expected = ERRORS[name]
        headers = [("x-amzn-errortype", f"{name}:http://internal.amazon.com/coral/com.amazon.bedrock/"), ("x-amzn-requestid", "id-1")]
        scenario = upstream.on(scripts.answers(dump({"message": "The upstream's words."}), status, headers))
        with pytest.raises(ClientError) as raised:
            converse.ask(upstream, scenario.model)
        assert (raised.value.response["Error"]["Code"], raised.value.response["ResponseMetadata"]["HTTPStatusCode"]) == (name, status)
        with gateway.post(CHAT, f"converse/{scenario.model}", keys.ALPHA) as answer:
            error = answer.json()["error"]
        assert (answer.status, error["type"], error["code"]) == expected
        told_of_account = error["code"] in ("upstream_auth", "upstream_quota")
        assert ("The upstream's words." in error["message"]) is not told_of_account

    @pytest.mark.parametrize("judge", judges.ALL, ids=str)
    @pytest.mark.parametrize("name", ["internalServerException", "modelStreamErrorException", "throttlingException", "validationException", "serviceUnavailableException"])
    def test_an_exception_in_a_stream_ends_it_for_both(self, gateway, upstream, judge, name):
        parts = [*CONVERSE.start("m"), CONVERSE.delta("m", "Hel"), event_stream.exception(name, dump({"message": "vendor trouble"}))]
        scenario = upstream.on(scripts.streams(parts, mime=CONVERSE.mime))
        with pytest.raises(EventStreamError) as raised:
            converse.stream(upstream, scenario.model)
        assert raised.value.response["Error"]["Code"] == name
        with pytest.raises((judge.in_stream, judge.status_error)) as raised:
            judge.stream(gateway, f"converse/{scenario.model}")
        assert "vendor trouble" in str(raised.value)


class TestFrames:
    def test_botocore_reads_the_harness(self):
        """So what the harness frames is good, with headers of every type."""
        random = Random("frames")
        frames = [event_stream.random_frame(random) for _ in range(200)]
        buffer, stream, read = EventStreamBuffer(), b"".join(frames), []
        while stream:
            size = random.choice((1, 3, 11, 100, 5000))
            buffer.add_data(stream[:size])
            stream = stream[size:]
            read += buffer
        assert len(read) == len(frames)
        for frame, message in zip(frames, read):
            assert message.payload in frame and message.headers[":message-type"] in ("event", "exception", "error")

    def test_what_nobody_asked_for_is_passed_over(self, gateway, upstream):
        """Headers of every type, and events that are not known, between and in the events of an answer."""
        random = Random("strange headers")
        stream = b""
        for block in CONVERSE.events("m", ["w%d " % n for n in range(30)]):
            stream += event_stream.frame({":message-type": "event", ":event-type": f"new{random.random()}", "x": event_stream.random_header(random)}, b'{"new":1}')
            (message,) = read(block)
            headers = {**{name: value for name, value in message.headers.items()}, **{f"x-{n}": event_stream.random_header(random) for n in range(4)}}
            pairs = list(headers.items())
            random.shuffle(pairs)
            stream += event_stream.frame(dict(pairs), message.payload)
        assert len(read(stream)) == 2 * len(CONVERSE.events("m", [""] * 30))
        scenario = upstream.on(scripts.dribbles(stream, mime=CONVERSE.mime, pause=0))
        said = judges.CHAT_JUDGE.stream(gateway, f"converse/{scenario.model}")
        assert said.text == "".join("w%d " % n for n in range(30))

    @pytest.mark.parametrize("place", ["length", "headers", "payload", "checksum"])
    def test_a_damaged_frame_is_noticed_by_both(self, gateway, upstream, place):
        first, *rest = CONVERSE.events("m")
        at = {"length": 3, "headers": 20, "payload": len(rest[0]) - 10, "checksum": len(rest[0]) - 1}[place]
        damaged = bytearray(rest[0])
        damaged[at] ^= 1
        stream = first + bytes(damaged) + b"".join(rest[1:])
        with pytest.raises(Exception, match="(?i)checksum"):
            read(stream)
        scenario = upstream.on(scripts.streams([stream], mime=CONVERSE.mime))
        with pytest.raises((judges.CHAT_JUDGE.in_stream, judges.CHAT_JUDGE.status_error)):
            judges.CHAT_JUDGE.stream(gateway, f"converse/{scenario.model}")


def read(stream):
    buffer = EventStreamBuffer()
    buffer.add_data(stream)
    return list(buffer)


@pytest.mark.parametrize("caller", [CHAT, MESSAGES, RESPONSES, GEMINI], ids=str)
def test_what_is_asked_is_what_its_sdk_would_take(gateway, upstream, caller):
    """botocore's own validation of a request's members and their types, for a plain request of each dialect."""
    scenario = upstream.on(scripts.replies(CONVERSE))
    gateway.post(caller, f"converse/{scenario.model}", keys.ALPHA).read()
    sent = json.loads(scenario.only.body)
    converse.client(upstream).converse(**{**sent, "modelId": scenario.model})
