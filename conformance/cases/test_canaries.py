"""Every failure of who the gateway is, provoked: what the caller is told, what the operator is, and that no secret is among it.

Each case looks at its own answers; `test_secrets.py` looks at everything, afterwards.
"""

import json
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from harness import clouds, config, event_stream, issuers, keys, scripts
from harness.dialects import ALL, CHAT, CONVERSE, GEMINI, MESSAGES, RESPONSES, dump
from harness.door import Door
from harness.ports import free_port, wait_for_port
from test_identity import GATEWAYS


@pytest.fixture
def cloudy(door):
    return door("clouds")


def told_so(door, dialect, model, name, provider, stream=False):
    """Asks, and checks the error: the class of `name`, in the dialect, naming the provider; returns the request's id."""
    with door.post(dialect, model, keys.ALPHA, stream=stream) as answer:
        body = answer.read()
        told = dialect.check_error(answer.status, body, name)
    assert provider in told["error"]["message"], told
    check_secrets(body)
    return answer.headers["x-gatelet-request-id"]


def line_of(door, number):
    """The request's log line, with no secret in it. A door's log is read by one thread alone."""
    line = door.line(id=number)
    check_secrets(json.dumps(line).encode())
    return line


def check_told(door, *asked):
    """Both; returns the log line."""
    return line_of(door, told_so(door, *asked))


def check_secrets(text):
    found = [canary[:10] for canary in [*keys.UPSTREAM_CANARIES, *keys.CLIENT_CANARIES] if canary.encode() in text]
    assert not found, f"{found} in {text[:1500]}"


def note_assertion(exchange):
    """What was sent to a token endpoint would do for another one: its words are a canary too."""
    sent = exchange.body.decode()
    keys.secret(sent.partition("assertion=")[2] or sent)
    keys.secret(sent.rpartition(".")[2] or sent)
    return sent


def failing(body, status=200, headers=(("content-type", "application/json"),)):
    """Answers with a body that quotes what was sent."""
    async def script(exchange):
        await exchange.answer(status, body(note_assertion(exchange)), headers)
    return script


#: Why there is no token: what the endpoint does, and what the log says of it.
FAILURES = {
    "refused": (failing(lambda sent: dump({"error": "invalid_grant", "error_description": f"Invalid JWT Signature: {sent}"}), 400), "refused: invalid_grant"),
    "worded": (failing(lambda sent: dump({"error": f"what you sent, {sent[:40]}, is not good"}), 401), "unknown code"),
    "objected": (failing(lambda sent: dump({"error": {"code": 500, "message": sent, "status": "INTERNAL"}}), 500), "answered 500"),
    "page": (failing(lambda sent: f"<html><title>Bad gateway</title>{sent}</html>".encode(), 502, [("content-type", "text/html")]), "answered 502 with no JSON"),
    "empty": (failing(lambda sent: b""), "no JSON"),
    "tokenless": (failing(lambda sent: dump({"token_type": "Bearer", "id_token": sent})), "without a token"),
    "blank": (failing(lambda sent: dump({"access_token": "", "expires_in": 3599})), "without a token"),
    "unsendable": (failing(lambda sent: dump({"access_token": keys.secret("ya29.canary-in-two\r\nx-evil: lines"), "expires_in": 3599})), None),
    "cut": (scripts.cut_body(dump({"access_token": keys.secret("ya29.canary-of-an-answer-that-is-cut"), "expires_in": 3599}), 50), "not whole"),
    "large": (failing(lambda sent: dump({"access_token": "x" * 70_000, "expires_in": 3599})), "not whole"),
    "gone": (scripts.closes_at_once, "could not be reached"),
}


class TestTokenEndpoint:
    @pytest.mark.parametrize("why", FAILURES)
    def test_gives_none(self, cloudy, upstream, runtime, why):
        script, reason = FAILURES[why]
        provider = f"failing-{why}"
        endpoint = upstream.on(script, model=clouds.google_path(provider))
        scenario = upstream.on(scripts.replies(GEMINI), prefix="gemini-s")
        for dialect in ALL:
            line = check_told(cloudy, dialect, f"{provider}/{scenario.model}", "upstream_auth", provider)
            assert line["error"] == "upstream_auth" and (reason or "") in line["reason"], line
        assert not scenario.exchanges, "a request was sent without a token"
        # A refusal is remembered for a moment: nobody is asked for each request anew. A connection that breaks may be tried twice.
        assert 1 <= len(endpoint.exchanges) <= 2 * GATEWAYS[runtime]

    def test_leads_elsewhere(self, cloudy, upstream, foreign):
        """The assertion stays with the endpoint that is configured."""
        endpoint = upstream.on(scripts.redirects(f"{foreign.origin}/token"), model=clouds.google_path("failing-moved"))
        before = foreign.connections
        for dialect in ALL:
            line = check_told(cloudy, dialect, "failing-moved/gemini-2.5-pro", "upstream_auth", "failing-moved")
            assert "307" in line["reason"]
        assert endpoint.exchanges and foreign.connections == before and not foreign.strangers

    def test_says_nothing(self, cloudy, upstream):
        """It is given up after ten seconds, for all who wait."""
        upstream.on(scripts.hangs, model=clouds.google_path("silent"))
        began = time.monotonic()
        with ThreadPoolExecutor(4) as pool:
            ids = list(pool.map(lambda dialect: told_so(cloudy, dialect, "silent/gemini-2.5-pro", "upstream_auth", "silent"), ALL))
        assert 9 < time.monotonic() - began < 19
        assert all("in time" in line_of(cloudy, number)["reason"] for number in ids)

    def test_gives_one_the_next_time(self, cloudy, upstream):
        path = clouds.google_path("late")
        upstream.on(scripts.answers(dump({"error": "temporarily_unavailable"}), 503), model=path)
        scenario = upstream.on(scripts.replies(GEMINI), prefix="gemini-s")
        check_told(cloudy, CHAT, f"late/{scenario.model}", "upstream_auth", "late")
        issuer = issuers.google(upstream, "late")
        deadline = time.monotonic() + 8
        while True:
            with cloudy.post(CHAT, f"late/{scenario.model}", keys.ALPHA) as answer:
                if answer.status == 200:
                    break
            assert time.monotonic() < deadline, "it was never asked again"
            time.sleep(0.5)
        assert issuer.sent_by(scenario.exchange())

    def test_of_entra_refuses(self, cloudy, upstream, dialect):
        """With Microsoft's words, which quote the secret and name the application."""
        told = {"error": "invalid_client", "error_description": f"AADSTS7000215: Invalid client secret provided: {clouds.CLIENT_SECRET}. Trace ID: 1", "error_codes": [7000215]}
        upstream.on(scripts.answers(dump(told), 401), model=clouds.entra_path("entra-refused"))
        line = check_told(cloudy, dialect, "entra-refused/gpt-5.1", "upstream_auth", "entra-refused")
        assert line["reason"].endswith("invalid_client"), line

    @pytest.mark.parametrize("provider", ["nobody", "plain-port", "wrong-key"])
    def test_cannot_be_asked(self, cloudy, upstream, dialect, provider):
        """Nobody listens, somebody listens who speaks no TLS, or the key can sign nothing."""
        strangers = len(upstream.strangers)
        line = check_told(cloudy, dialect, f"{provider}/gemini-2.5-pro", "upstream_auth", provider)
        wanted = {"nobody": "could not be reached", "plain-port": "could not be reached", "wrong-key": "RSA"}[provider]
        assert wanted in line["reason"] and len(upstream.strangers) == strangers


@pytest.mark.parametrize("provider, model", [("secure-vertex", "gemini-2.5-pro"), ("secure-azure", "gpt-5.1"), ("secure-bedrock", "amazon.nova-pro-v1:0")])
def test_an_upstream_that_speaks_no_tls(cloudy, upstream, dialect, provider, model):
    issuers.google(upstream, "vertex")
    for stream in (False, True):
        line = check_told(cloudy, dialect, f"{provider}/{model}", "upstream_error", provider, stream)
        assert line["error"] == "upstream_error"


#: Who is asked: the configuration, the provider, the model's beginning, and what is spoken there.
UPSTREAMS = {
    "chat": ("main", "chat", "s", CHAT), "responses": ("main", "responses", "s", RESPONSES), "messages": ("main", "messages", "s", MESSAGES),
    "gemini": ("main", "gemini", "s", GEMINI), "converse": ("main", "converse", "s", CONVERSE), "vertex": ("clouds", "echo", "gemini-s", GEMINI),
    "claude": ("clouds", "echo", "claude-s", MESSAGES), "azure-key": ("clouds", "azure-key", "s", CHAT), "entra": ("clouds", "entra-echo", "s", CHAT),
    "aws": ("clouds", "bedrock", "s", CONVERSE), "aws-claude": ("clouds", "bedrock", "us.anthropic.claude-s", MESSAGES),
}


def secrets_in(exchange):
    """What proves the gateway: the values of the headers that carry it, as a careless server quotes them."""
    names = ("authorization", "x-api-key", "api-key", "x-goog-api-key", "x-amz-security-token")
    return "; ".join(f"{name}: {exchange.headers[name]}" for name in names if name in exchange.headers and not exchange.headers[name].startswith("AWS4-"))


def echoes(spoken, status, shape):
    """An error that quotes what the request was authenticated with."""
    async def script(exchange):
        quoted = secrets_in(exchange)
        assert quoted
        words = f"upstream says no to a request with {quoted}"
        if shape == "page":
            await exchange.answer(status, f"<html><pre>{words}</pre></html>".encode(), [("content-type", "text/html")])
        else:
            await exchange.answer(status, spoken.upstream_error(status, words), [("content-type", "application/json"), ("x-request-id", "up-1")])
    return script


@pytest.fixture
def issuing(upstream):
    issuers.google(upstream, "echo")
    issuers.entra(upstream, "entra-echo")


@pytest.mark.parametrize("shape", ["error", "page"])
@pytest.mark.parametrize("asked", UPSTREAMS)
def test_an_upstream_that_quotes_what_it_was_sent(door, upstream, issuing, asked, shape):
    """A server that is being debugged, or a proxy before it: whatever the status, nobody hears it."""
    config, provider, prefix, spoken = UPSTREAMS[asked]
    gateway, ids = door(config), []
    # An error with the status 200 is one too.
    for status in (*((200,) if shape == "error" else ()), 400, 401, 403, 404, 409, 413, 422, 429, 500, 503):
        for dialect in ALL:
            for stream in (False, True):
                scenario = upstream.on(echoes(spoken, status, shape), prefix=prefix)
                with gateway.post(dialect, f"{provider}/{scenario.model}", keys.ALPHA, stream=stream) as answer:
                    body = answer.read()
                assert scenario.exchanges and not scenario.failures, (status, dialect, body)
                dialect.check_shape(json.loads(body))
                assert 400 <= answer.status < 600
                check_secrets(body + repr(answer.header_list).encode())
                ids.append(answer.headers["x-gatelet-request-id"])
    for number in ids:
        line_of(gateway, number)


@pytest.mark.parametrize("path, asked", [("/v1/embeddings", "chat"), ("/v1/embeddings", "converse"), ("/v1/embeddings", "vertex"), ("/v1/messages/count_tokens", "messages"),
                                         ("/v1/responses/input_tokens", "responses")])
def test_what_is_no_model_quotes_it_too(door, upstream, issuing, path, asked):
    config, provider, prefix, spoken = UPSTREAMS[asked]
    prefix = {"converse": "amazon.titan-embed-text-v2:", "vertex": "text-embedding-s"}.get(asked, prefix)
    for status in (400, 403, 429, 500):
        scenario = upstream.on(echoes(spoken, status, "error"), prefix=prefix)
        body = dump({"model": f"{provider}/{scenario.model}", "input": "hi", "max_tokens": 9, "messages": [{"role": "user", "content": "hi"}]})
        with door(config).ask("POST", path, [("content-type", "application/json"), ("authorization", f"Bearer {keys.ALPHA}")], body) as answer:
            told = answer.read()
        assert scenario.exchanges and answer.status >= 400, told
        check_secrets(told)


@pytest.mark.parametrize("asked", UPSTREAMS)
def test_a_stream_that_quotes_what_was_sent(door, upstream, issuing, asked):
    """Before its first event that says something, and behind it; what was said before stands."""
    config, provider, prefix, spoken = UPSTREAMS[asked]
    gateway = door(config)

    def quoting(before):
        async def script(exchange):
            words = f"upstream says no to a request with {secrets_in(exchange)}"
            # Azure's are asked in both of OpenAI's.
            speaks = RESPONSES if exchange.path.endswith("/responses") else spoken
            await exchange.head(200, speaks.mime)
            for block in before(speaks, exchange.model):
                await exchange.chunk(block)
            error = speaks.error_event()
            if speaks is CONVERSE:
                error = event_stream.exception("internalServerException", dump({"message": words}))
            else:
                assert b"vendor trouble" in error
                error = error.replace(b"vendor trouble", words.encode())
            await exchange.chunk(error)
            await exchange.last_chunk()
        return script

    beginnings = {"nothing": lambda *_: [], "start": lambda speaks, model: speaks.start(model),
                  "text": lambda speaks, model: [*speaks.start(model), speaks.delta(model, "Hel")]}
    for said, before in beginnings.items():
        for dialect in ALL:
            scenario = upstream.on(quoting(before), prefix=prefix)
            with gateway.post(dialect, f"{provider}/{scenario.model}", keys.ALPHA, stream=True) as answer:
                body = answer.read()
            assert not scenario.failures, scenario.failures
            check_secrets(body)
            assert (b"Hel" in body) is (said == "text"), body
            assert b"error" in body, body
            line = line_of(gateway, answer.headers["x-gatelet-request-id"])
            assert line["outcome"] == "error", line


def canonical(exchange, status, kind):
    """What AWS says of a signature that is not the request's: with the canonical request, session token and all."""
    told = "".join(f"{name}:{value}\n" for name, value in sorted(exchange.header_list) if name != "authorization")
    message = ("The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. "
               f"Consult the service documentation for details.\n\nThe Canonical String for this request should have been\n'{exchange.method}\n{exchange.path}\n\n{told}'\n")
    return status, dump({"message": message}), [("content-type", "application/json"), ("x-amzn-errortype", kind)]


@pytest.mark.parametrize("status, kind, name", [
    (403, "InvalidSignatureException", "upstream_auth"), (403, "SignatureDoesNotMatch", "upstream_auth"), (403, "UnrecognizedClientException", "upstream_auth"),
    (403, "ExpiredTokenException", "upstream_auth"), (400, "IncompleteSignatureException", None), (400, "ValidationException", None)], ids=lambda value: str(value))
def test_a_signature_that_is_not_taken(cloudy, upstream, dialect, status, kind, name):
    async def refuses(exchange):
        await exchange.answer(*canonical(exchange, status, kind))

    for prefix in ("s", "us.anthropic.claude-s"):
        for stream in (False, True):
            scenario = upstream.on(refuses, prefix=prefix)
            with cloudy.post(dialect, f"bedrock/{scenario.model}", keys.ALPHA, stream=stream) as answer:
                body = answer.read()
            check_secrets(body)
            if name:
                dialect.check_error(answer.status, body, name)
                assert b"Canonical" not in body
            else:
                assert 400 <= answer.status < 600
            line_of(cloudy, answer.headers["x-gatelet-request-id"])


#: What a service near the local server may say instead: (status, body, further headers), and what the log says.
NOTHING = {
    "refused": ((403, lambda secret: dump({"Code": "AccessDenied", "Message": f"not with {secret}"}), ()), "403 (AccessDenied)"),
    "worded": ((400, lambda secret: dump({"error": f"not with {secret}"}), ()), "400"),
    "page": ((502, lambda secret: f"<html>{secret}</html>".encode(), ()), "502"),
    "keyless": ((200, lambda secret: dump({"Message": secret, "access_token": ""}), ()), "holds no"),
    "moved": ((307, lambda secret: b"", (("location", "http://127.0.0.1:1/elsewhere"),)), "307"),
}


@pytest.mark.once("local")
@pytest.mark.parametrize("why", NOTHING)
def test_a_service_nearby_that_tells_nothing(fleet, upstream, tmp_path, why):
    (status, body, headers), reason = NOTHING[why]

    async def script(exchange):
        secret = exchange.headers.get("authorization") or exchange.headers.get("x-identity-header") or "nothing"
        await exchange.answer(status, body(secret), [("content-type", "application/json"), ("metadata-flavor", "Google"), *headers])

    for path in ("/container", "/computeMetadata/v1/instance/service-accounts/default/token", "/app"):
        upstream.on(script, model=path)
    place = {"base_url": upstream.origin}
    document = {"providers": {"aws": {**place, "kind": "bedrock", "region": "us-east-1"}, "google": {**place, "kind": "vertex", "project": "p"}, "azure": {**place, "kind": "azure"}},
                "keys": config.keyring()}
    port = free_port()
    program = fleet.runtime("local").program(
        ["--listen", f"127.0.0.1:{port}"], json.dumps(document), HOME=str(tmp_path), GCE_METADATA_HOST=f"127.0.0.1:{upstream.port}",
        AWS_CONTAINER_CREDENTIALS_FULL_URI=f"{upstream.origin}/container", AWS_CONTAINER_AUTHORIZATION_TOKEN=clouds.CONTAINER_TOKEN,
        IDENTITY_ENDPOINT=f"{upstream.origin}/app", IDENTITY_HEADER=keys.secret("canary-identity-header-of-an-app-90c2"))
    wait_for_port(port, program)
    local = Door(port, [program])
    for provider, model in (("aws", "amazon.nova-pro-v1:0"), ("google", "gemini-2.5-pro"), ("azure", "gpt-5.1")):
        for dialect in ALL:
            line = check_told(local, dialect, f"{provider}/{model}", "upstream_auth", provider)
            assert reason in line["reason"], line
    program.stop()
