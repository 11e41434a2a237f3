"""The suite's own instruments: what they are blind to, no case would notice."""

import json
import threading
import time
from urllib.parse import urlencode

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import rsa
from google.auth import crypt as google_crypt
from google.auth import jwt as google_jwt
from google.oauth2 import service_account

from harness import clouds, issuers, scripts, sigv4, toolcalls
from harness.dialects import ALL, CHAT
from harness.sdk import ALL as SDKS
from harness.wire import Call, Incomplete


class Bare:
    """The upstream itself as a door."""

    def __init__(self, upstream):
        self.url = upstream.origin
        self.address = ("127.0.0.1", upstream.port)


@pytest.fixture(scope="module")
def bare(upstream):
    return Bare(upstream)


def post(bare, body, route="/v1/chat/completions"):
    return Call(bare.address, "POST", route, [("content-type", "application/json")], body)


@pytest.mark.parametrize("dialect", ALL, ids=str)
def test_sdks_accept_what_the_upstream_says(bare, upstream, dialect):
    sdk = SDKS[dialect.name]
    client = sdk.client(bare)
    assert sdk.ask(client, upstream.on(scripts.replies(dialect, "Good day")).model) == "Good day"
    assert sdk.stream(client, upstream.on(scripts.tells(dialect, ("Good ", "day"))).model) == ["Good ", "day"]
    assert sdk.tools(client, upstream.on(scripts.answers(toolcalls.whole(dialect))).model) == (toolcalls.NAME, toolcalls.ARGUMENTS)
    assert sdk.stream_tools(client, upstream.on(scripts.streams(toolcalls.streamed(dialect))).model) == (toolcalls.NAME, toolcalls.ARGUMENTS)


def test_requests_are_recorded_byte_for_byte(bare, upstream):
    scenario = upstream.on(scripts.replies(CHAT))
    body = b'{"model" : "%s", "n":1.0}\n' % scenario.model.encode()
    post(bare, body).answer().read()
    chunked = Call(bare.address, "POST", "/v1/chat/completions", [("transfer-encoding", "chunked")], b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body))
    chunked.answer().read()
    assert [exchange.body for exchange in scenario.exchanges] == [body, body]
    assert scenario.exchanges[0].raw_head.startswith(b"POST /v1/chat/completions HTTP/1.1\r\n")


@pytest.mark.parametrize("finish", [scripts.closes, scripts.resets, scripts.garbles], ids=["fin", "rst", "garbage"])
def test_cuts_are_seen_as_cuts(bare, upstream, finish):
    scenario = upstream.on(scripts.streams(CHAT.start("m"), finally_=finish))
    with pytest.raises((Incomplete, ConnectionError, ValueError)):
        post(bare, CHAT.body(scenario.model, True)).answer().read()


def test_leaving_is_noticed(bare, upstream):
    scenario = upstream.on(scripts.streams(CHAT.start("m"), finally_=scripts.hangs))
    answer = post(bare, CHAT.body(scenario.model, True)).answer()
    assert not scenario.only.gone.wait(0.1)
    answer.leave()
    assert scenario.only.gone.wait(1)


def test_gate_holds(bare, upstream):
    gate = threading.Event()
    scenario = upstream.on(scripts.tells(CHAT, gate=gate, after=1))
    call = post(bare, CHAT.body(scenario.model, True))
    events = call.answer().events()
    next(events)
    call.sock.settimeout(0.15)
    with pytest.raises(TimeoutError):
        next(events)
    gate.set()


@pytest.mark.parametrize("dialect", ALL, ids=str)
def test_a_whole_stream_is_no_broken_one(dialect):
    with pytest.raises((AssertionError, KeyError, TypeError)):
        dialect.stream_error([block[:-2] for block in dialect.events("m")])


TARGET = "/model/arn%3Aaws%3Abedrock%3Aus-east-1%3A1%3Aprompt%2Fa/converse?b=2&a=%2F&a"
KEYS = {"AKIDCANARY": ("secret", "token"), "AKIDOTHER": ("secret", None)}


def signed(key_id="AKIDCANARY", **more):
    """A request that botocore has signed, as `sigv4.verify` takes it."""
    request = AWSRequest("POST", f"https://bedrock.example:8443{TARGET}=", data=b"{}",
                         headers={"content-type": "application/json", "host": "bedrock.example:8443", **more})
    SigV4Auth(Credentials(key_id, *KEYS[key_id]), "bedrock", "us-east-1").add_auth(request)
    return dict(method="POST", target=TARGET, headers=[*request.headers.items(), ("user-agent", "x")], body=b"{}",
                secret_of=KEYS, region="us-east-1", service="bedrock")


def without(headers, name):
    return [pair for pair in headers if pair[0].lower() != name]


def test_a_signature_of_botocore_is_good():
    sigv4.verify(**signed())
    sigv4.verify(**signed("AKIDOTHER"))
    sigv4.verify(**signed(**{"x-amzn-bedrock-trace": " a   b "}))


@pytest.mark.parametrize("change, complaint", [
    (lambda of: {"method": "PUT"}, "not that of the request"),
    (lambda of: {"target": of["target"].replace("%3A", ":")}, "not that of the request"),
    (lambda of: {"target": of["target"] + "&c"}, "not that of the request"),
    (lambda of: {"body": b"{} "}, "not that of the request"),
    (lambda of: {"headers": [*without(of["headers"], "host"), ("host", "bedrock.example")]}, "not that of the request"),
    (lambda of: {"headers": [*without(of["headers"], "content-type"), ("content-type", "text/plain")]}, "not that of the request"),
    (lambda of: {"headers": [*of["headers"], ("content-type", "application/json")]}, "not that of the request"),
    (lambda of: {"headers": without(of["headers"], "content-type")}, "signed but not sent"),
    (lambda of: {"headers": [*of["headers"], ("x-amz-meta", "x")]}, "sent but not signed"),
    (lambda of: {"headers": without(of["headers"], "x-amz-date")}, "x-amz-date is missing"),
    (lambda of: {"headers": without(of["headers"], "authorization")}, "authorization is missing"),
    (lambda of: {"headers": [*of["headers"], ("authorization", "Bearer x")]}, "more than once"),
    (lambda of: {"headers": [*without(of["headers"], "authorization"), ("authorization", "Bearer x")]}, "form of Signature Version 4"),
    (lambda of: {"headers": [*without(of["headers"], "x-amz-security-token"), ("x-amz-security-token", "x")]}, "session token"),
    (lambda of: {"secret_of": {}}, "nobody has this access key"),
    (lambda of: {"secret_of": {"AKIDCANARY": ("another", "token")}}, "not that of the request"),
    (lambda of: {"secret_of": {"AKIDCANARY": ("secret", None)}}, "session token"),
    (lambda of: {"region": "us-west-2"}, "another region"),
    (lambda of: {"service": "bedrock-mantle"}, "another region or service"),
    (lambda of: {"now": 0}, "too long ago"),
])
def test_another_request_than_the_signed_one_is_noticed(change, complaint):
    request = signed()
    with pytest.raises(AssertionError, match=complaint):
        sigv4.verify(**request | change(request))


class Posted:
    """What a token endpoint has been sent, as a judge looks at it."""

    method, query = "POST", ""

    def __init__(self, assertion, kind="urn:ietf:params:oauth:grant-type:jwt-bearer"):
        self.headers = {"content-type": "application/x-www-form-urlencoded"}
        self.body = urlencode({"grant_type": kind, "assertion": assertion}).encode()


def asserted(key=None, **changed):
    """An assertion as Google's own library signs it, with other claims (times from now on), or another key."""
    now = int(time.time())
    claims = {"iss": clouds.EMAIL, "aud": clouds.AUDIENCE, "scope": clouds.SCOPE, "iat": 0, "exp": 3600, **changed}
    claims = {name: now + value if isinstance(value, int) else value for name, value in claims.items()}
    signer = google_crypt.RSASigner.from_string(key or clouds.PEM, clouds.KEY_ID)
    return google_jwt.encode(signer, {name: value for name, value in claims.items() if value is not None}).decode()


def test_the_judge_of_assertions_takes_googles_own():
    info = json.loads(clouds.service_account(clouds.AUDIENCE))
    own = service_account.Credentials.from_service_account_info(info, scopes=[clouds.SCOPE])._make_authorization_grant_assertion()
    issuers.judge_assertion(Posted(own.decode()))
    issuers.judge_assertion(Posted(asserted()))


@pytest.mark.parametrize("wrong", [
    {"iss": "nobody@example.com"}, {"aud": "https://oauth2.googleapis.com/"}, {"scope": "openid"}, {"exp": 3700}, {"iat": 60},
    {"exp": -1}, {"iat": None}, {"key": clouds.private_pem(rsa.generate_private_key(public_exponent=65537, key_size=2048))}], ids=lambda wrong: next(iter(wrong)))
def test_the_judge_of_assertions_finds(wrong):
    with pytest.raises((AssertionError, InvalidSignature)):
        issuers.judge_assertion(Posted(asserted(**wrong)))
    with pytest.raises(AssertionError):
        issuers.judge_assertion(Posted(asserted(), kind="client_credentials"))
