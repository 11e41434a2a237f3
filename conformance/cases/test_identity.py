"""Upstreams that take more than a key: Google's and Microsoft's tokens, asked for, kept, and asked for again."""

import asyncio
import json
import os
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import parse_qsl

import pytest

from harness import clouds, config, issuers, keys, scripts, sigv4
from harness.dialects import ALL, CHAT, CONVERSE, GEMINI, MESSAGES, RESPONSES, dump
from harness.door import Door
from harness.function import ENVIRONMENTS
from harness.ports import free_port, wait_for_port

#: How many gateways there are behind a door, each with what it has been granted: the local server has one a core.
GATEWAYS = {"local": os.cpu_count() or 1, "lambda": ENVIRONMENTS, "workers": 1}
GOOGLE = f"/v1beta1/projects/{clouds.PROJECT}/locations/{clouds.LOCATION}/publishers/google/models/"
ANTHROPIC = f"/v1/projects/{clouds.PROJECT}/locations/{clouds.LOCATION}/publishers/anthropic/models/"
#: What Google says of a token that is no longer good.
UNAUTHENTICATED = dump({"error": {"code": 401, "message": "Request had invalid authentication credentials.", "status": "UNAUTHENTICATED"}})
#: What Azure says of one.
DENIED = dump({"error": {"code": "401", "message": "Access denied due to invalid subscription key or wrong API endpoint."}})


@pytest.fixture
def cloudy(door):
    return door("clouds")


def asked(door, dialect, model, stream=False):
    """The answer's status and body."""
    with door.post(dialect, model, keys.ALPHA, stream=stream) as answer:
        return answer.status, answer.read()


class TestVertex:
    """https://docs.cloud.google.com/vertex-ai/generative-ai/docs/model-reference/inference, …/partner-models/claude/use-claude."""

    def test_gemini(self, cloudy, upstream):
        """Relayed and translated; whatever version the client's path has."""
        issuer = issuers.google(upstream, "vertex")
        scenario = upstream.on(scripts.replies(GEMINI), prefix="gemini-s")
        for dialect in ALL:
            status, body = asked(cloudy, dialect, f"vertex/{scenario.model}")
            assert status == 200 and b"Hello" in body, body
        for number in range(len(ALL)):
            exchange = scenario.exchange(number)
            assert (exchange.method, exchange.target) == ("POST", f"{GOOGLE}{scenario.model}:generateContent")
            assert "x-goog-api-key" not in exchange.headers
        assert all(exchange.headers["authorization"].startswith("Bearer ya29.canary-") for exchange in scenario.exchanges)
        issuer.check()

    def test_gemini_streams(self, cloudy, upstream):
        issuers.google(upstream, "vertex")
        scenario = upstream.on(scripts.tells(GEMINI), prefix="gemini-s")
        for number, dialect in enumerate((GEMINI, CHAT)):
            status, body = asked(cloudy, dialect, f"vertex/{scenario.model}", stream=True)
            assert status == 200 and b"Hel" in body, body
            assert scenario.exchange(number).target == f"{GOOGLE}{scenario.model}:streamGenerateContent?alt=sse"

    def test_claude(self, cloudy, upstream):
        """The model stands in the path, the version in the body."""
        issuers.google(upstream, "vertex")
        scenario = upstream.on(scripts.replies(MESSAGES), prefix="claude-s")
        for dialect in ALL:
            status, body = asked(cloudy, dialect, f"vertex/{scenario.model}")
            assert status == 200 and b"Hello" in body, body
        for number in range(len(ALL)):
            exchange = scenario.exchange(number)
            assert exchange.target == f"{ANTHROPIC}{scenario.model}:rawPredict"
            assert exchange.json["anthropic_version"] == "vertex-2023-10-16" and "model" not in exchange.json
            assert exchange.json["max_tokens"] > 0 and not exchange.json.get("stream")
            assert "anthropic-version" not in exchange.headers and "x-api-key" not in exchange.headers

    def test_claude_streams(self, cloudy, upstream):
        issuers.google(upstream, "vertex")
        scenario = upstream.on(scripts.tells(MESSAGES), prefix="claude-s")
        for number, dialect in enumerate((MESSAGES, CHAT)):
            status, body = asked(cloudy, dialect, f"vertex/{scenario.model}", stream=True)
            assert status == 200 and b"Hel" in body, body
            exchange = scenario.exchange(number)
            assert exchange.target == f"{ANTHROPIC}{scenario.model}:streamRawPredict"
            assert exchange.json["anthropic_version"] == "vertex-2023-10-16" and "model" not in exchange.json and exchange.json["stream"] is True

    def test_claude_counts(self, cloudy, upstream):
        """All counts have one path, and the model in the body."""
        issuers.google(upstream, "vertex")
        scenario = upstream.on(scripts.answers(b'{"input_tokens":17}'), model="count-tokens")
        body = dump({"model": "vertex/claude-opus-4-8", "messages": [{"role": "user", "content": "hi"}]})
        with cloudy.ask("POST", "/v1/messages/count_tokens", MESSAGES.headers(keys.ALPHA), body) as answer:
            assert (answer.status, answer.json()) == (200, {"input_tokens": 17})
        exchange = scenario.only
        assert exchange.target == f"{ANTHROPIC}count-tokens:rawPredict"
        assert exchange.json["model"] == "claude-opus-4-8"

    def test_models_of_other_makers(self, cloudy, upstream):
        issuers.google(upstream, "vertex")
        scenario = upstream.on(scripts.replies(CHAT), prefix="meta/llama-s")
        status, body = asked(cloudy, CHAT, f"vertex/{scenario.model}")
        assert status == 200 and b"Hello" in body, body
        assert scenario.only.target == f"/v1/projects/{clouds.PROJECT}/locations/{clouds.LOCATION}/endpoints/openapi/chat/completions"
        assert scenario.only.json["model"] == scenario.model

    def test_another_project_and_everywhere(self, cloudy, upstream):
        """The configured project comes before the account's; no region is `global`."""
        issuers.google(upstream, "vertex")
        scenario = upstream.on(scripts.replies(GEMINI), prefix="gemini-s")
        assert asked(cloudy, GEMINI, f"worldwide/{scenario.model}")[0] == 200
        assert scenario.only.path == f"/v1beta1/projects/project-2/locations/global/publishers/google/models/{scenario.model}:generateContent"

    def test_a_person_who_has_logged_in(self, cloudy, upstream):
        issuer = issuers.google(upstream, "person", issuers.judge_person)
        scenario = upstream.on(scripts.replies(GEMINI), prefix="gemini-s")
        status, body = asked(cloudy, CHAT, f"person/{scenario.model}")
        issuer.check()
        assert status == 200, body
        assert issuer.sent_by(scenario.only)

    @pytest.mark.parametrize("provider, header, value", [
        ("token", "authorization", f"Bearer {clouds.ACCESS_TOKEN}"), ("express", "x-goog-api-key", clouds.VERTEX_KEY)], ids=["token", "key"])
    def test_what_is_sent_as_it_is(self, cloudy, upstream, provider, header, value):
        scenario = upstream.on(scripts.replies(GEMINI), prefix="gemini-s")
        assert asked(cloudy, GEMINI, f"{provider}/{scenario.model}")[0] == 200
        sent = {name: scenario.only.headers[name] for name in ("authorization", "x-goog-api-key") if name in scenario.only.headers}
        assert sent == {header: value}


class TestTokens:
    def test_one_serves_many_requests(self, cloudy, upstream, runtime):
        """Once for each gateway behind the door, whatever is asked with it."""
        issuer = issuers.google(upstream, "often")
        scenario = upstream.on(scripts.replies(GEMINI), prefix="gemini-s")
        for dialect in ALL * 4:
            status, body = asked(cloudy, dialect, f"often/{scenario.model}")
            assert status == 200, body
        assert len({issuer.sent_by(exchange) for exchange in scenario.exchanges}) == len(issuer.tokens) <= GATEWAYS[runtime]

    def test_one_serves_those_that_wait_together(self, cloudy, upstream, runtime):
        """On Workers nobody waits for what another request has begun: at first each may ask."""
        async def slowly(_):
            await asyncio.sleep(0.3)

        issuer = issuers.google(upstream, "crowd", before=slowly)
        scenario = upstream.on(scripts.replies(GEMINI), prefix="gemini-s")
        with ThreadPoolExecutor(12) as pool:
            statuses = list(pool.map(lambda _: asked(cloudy, CHAT, f"crowd/{scenario.model}")[0], range(12)))
        assert statuses == [200] * 12
        assert {issuer.sent_by(exchange) for exchange in scenario.exchanges} <= set(issuer.tokens)
        assert len(issuer.tokens) <= (12 if runtime == "workers" else GATEWAYS[runtime])
        # Each gateway has one by now: none is asked for again, but where one gateway had nothing to do before.
        before = len(issuer.tokens)
        with ThreadPoolExecutor(8) as pool:
            statuses = list(pool.map(lambda _: asked(cloudy, CHAT, f"crowd/{scenario.model}")[0], range(8)))
        assert statuses == [200] * 8
        assert len(issuer.tokens) <= max(before, GATEWAYS[runtime])

    @pytest.mark.parametrize("stream", [False, True], ids=["whole", "stream"])
    @pytest.mark.parametrize("cloud", ["google", "entra"])
    def test_a_revoked_one_is_replaced_once(self, cloudy, upstream, cloud, stream):
        if cloud == "google":
            issuer, provider, answering, refusal, prefix, callers = issuers.google(upstream, "revoked"), "revoked", GEMINI, UNAUTHENTICATED, "gemini-s", ALL
        else:
            issuer, provider, answering, refusal, prefix, callers = issuers.entra(upstream, "entra-revoked"), "entra-revoked", CHAT, DENIED, "s", [CHAT] * 4
        refuses = scripts.answers(refusal, 401, [("www-authenticate", 'Bearer realm="https://accounts.google.com/", error="invalid_token"')])
        good = scripts.tells(answering) if stream else scripts.replies(answering)
        # Whichever gateway answers has a token from here on, or gets its first one now.
        for dialect in callers:
            scenario = upstream.on(refuses, good, prefix=prefix)
            status, body = asked(cloudy, dialect, f"{provider}/{scenario.model}", stream)
            issuer.check()
            assert status == 200 and b"Hel" in body, body
            first, second = (exchange.headers["authorization"] for exchange in scenario.exchanges)
            assert first != second and second == f"Bearer {issuer.tokens[-1]}", "the refused token was sent again"

    def test_one_that_is_never_good(self, cloudy, upstream, runtime):
        """Asked again once, and then it is the gateway's own trouble; for a while no request asks for another one."""
        issuer = issuers.google(upstream, "outcast")
        for number, dialect in enumerate(ALL * 3):
            scenario = upstream.on(scripts.answers(UNAUTHENTICATED, 401), prefix="gemini-s")
            with cloudy.post(dialect, f"outcast/{scenario.model}", keys.ALPHA) as answer:
                told = dialect.check_error(answer.status, answer.read(), "upstream_auth")
            issuer.check()
            assert "outcast" in told["error"]["message"] and "Request had" not in json.dumps(told)
            sent = [exchange.headers["authorization"] for exchange in scenario.exchanges]
            assert len(sent) == len(set(sent)) <= 2 and (len(sent) == 2 or number), "a refused token was sent again"
            assert cloudy.line(id=answer.headers["x-gatelet-request-id"])["error"] == "upstream_auth"
        assert len(issuer.tokens) <= 2 * GATEWAYS[runtime]

    @pytest.mark.na("lambda", "the emulator does not tell that a client has left")
    def test_who_leaves_keeps_nobody_waiting(self, cloudy, upstream):
        """A token that somebody has begun to ask for, and left, is asked for by the next."""
        first = threading.Event()

        async def never_at_first(exchange):
            if not first.is_set():
                first.set()
                await exchange.never()

        issuer = issuers.google(upstream, "left", before=never_at_first)
        scenario = upstream.on(scripts.replies(GEMINI), prefix="gemini-s")
        call = cloudy.call("POST", CHAT.route(""), CHAT.headers(keys.ALPHA), CHAT.body(f"left/{scenario.model}"))
        assert first.wait(5)
        call.leave("reset")
        for _ in range(4):
            status, body = asked(cloudy, CHAT, f"left/{scenario.model}")
            assert status == 200, body
        assert issuer.sent_by(scenario.exchange())


class TestAzure:
    """https://learn.microsoft.com/azure/ai-foundry/openai/reference, …/api-version-lifecycle."""

    def test_a_client_of_entra(self, cloudy, upstream):
        issuer = issuers.entra(upstream, "azure")
        for dialect, path in ((CHAT, "/openai/v1/chat/completions"), (RESPONSES, "/openai/v1/responses")):
            scenario = upstream.on(scripts.replies(dialect))
            status, body = asked(cloudy, dialect, f"azure/{scenario.model}")
            issuer.check()
            assert (status, body) == (200, dialect.answer(scenario.model))
            assert scenario.only.target == path and scenario.only.json["model"] == scenario.model
            assert "api-key" not in scenario.only.headers
            assert issuer.sent_by(scenario.only)

    def test_a_client_of_entra_at_foundry(self, cloudy, upstream):
        issuer = issuers.entra(upstream, "foundry", "https://ai.azure.com/.default")
        scenario = upstream.on(scripts.replies(MESSAGES), prefix="claude-s")
        status, body = asked(cloudy, MESSAGES, f"foundry/{scenario.model}")
        issuer.check()
        assert (status, body) == (200, MESSAGES.answer(scenario.model))
        assert scenario.only.target == "/anthropic/v1/messages" and scenario.only.headers["anthropic-version"]
        assert issuer.sent_by(scenario.only)

    @pytest.mark.parametrize("provider, header, value", [
        ("azure-key", "api-key", clouds.AZURE_KEY), ("azure-token", "authorization", f"Bearer {clouds.ACCESS_TOKEN}")], ids=["key", "token"])
    def test_what_is_sent_as_it_is(self, cloudy, upstream, provider, header, value):
        scenario = upstream.on(scripts.replies(CHAT))
        assert asked(cloudy, CHAT, f"{provider}/{scenario.model}")[0] == 200
        sent = {name: scenario.only.headers[name] for name in ("authorization", "api-key") if name in scenario.only.headers}
        assert sent == {header: value}

    def test_an_api_of_a_date(self, cloudy, upstream):
        """The deployment stands in the path, of Responses in the body."""
        for dialect, target in ((CHAT, "/openai/deployments/{}/chat/completions?api-version=2024-10-21"), (RESPONSES, "/openai/responses?api-version=2024-10-21")):
            scenario = upstream.on(scripts.replies(dialect))
            assert asked(cloudy, dialect, f"azure-dated/{scenario.model}")[0] == 200
            assert scenario.only.target == target.format(scenario.model)
            assert scenario.only.headers["api-key"] == clouds.AZURE_KEY and "authorization" not in scenario.only.headers

    @pytest.mark.parametrize("provider, knows", [("azure-dated", True), ("azure-old", False)])
    def test_stream_options_since_when_they_are_known(self, cloudy, upstream, provider, knows):
        scenario = upstream.on(scripts.tells(CHAT))
        assert asked(cloudy, CHAT, f"{provider}/{scenario.model}", stream=True)[0] == 200
        assert ("stream_options" in scenario.only.json) is knows


@pytest.mark.once("local")
class TestTheMachines:
    """Where the local server runs, somebody near tells it who it is. https://docs.aws.amazon.com/sdkref/latest/guide/feature-container-credentials.html,
    https://cloud.google.com/compute/docs/access/authenticate-workloads, https://learn.microsoft.com/azure/app-service/overview-managed-identity."""

    @pytest.fixture
    def serve(self, fleet, upstream, tmp_path):
        programs = []

        def serve(provider, **env):
            document = {"providers": {"it": {"base_url": upstream.origin, **provider}}, "keys": config.keyring()}
            port = free_port()
            # Nothing of whoever runs the suite: no profile of AWS, no login of Google's.
            program = fleet.runtime("local").program(["--listen", f"127.0.0.1:{port}"], json.dumps(document), HOME=str(tmp_path), **env)
            wait_for_port(port, program)
            programs.append(program)
            return Door(port, [program])

        yield serve
        for program in programs:
            program.stop()

    @pytest.mark.parametrize("how", ["variable", "file"])
    def test_a_container_at_amazon(self, serve, upstream, tmp_path, how):
        service = upstream.on(scripts.answers(issuers.container_answer()), model="/container/credentials")
        (tmp_path / "token").write_text(clouds.CONTAINER_TOKEN + "\n")
        token = {"variable": ("AWS_CONTAINER_AUTHORIZATION_TOKEN", clouds.CONTAINER_TOKEN), "file": ("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", str(tmp_path / "token"))}[how]
        door = serve({"kind": "bedrock", "region": clouds.REGION}, AWS_CONTAINER_CREDENTIALS_FULL_URI=f"{upstream.origin}/container/credentials", **dict([token]))
        for spoken, prefix in ((CONVERSE, "amazon.nova-s"), (MESSAGES, "us.anthropic.claude-s")):
            scenario = upstream.on(scripts.replies(spoken), prefix=prefix)
            status, body = asked(door, CHAT, f"it/{scenario.model}")
            assert status == 200, body
            exchange = scenario.only
            key_id, *secret = clouds.CONTAINER
            sigv4.verify(exchange.method, exchange.target, exchange.header_list, exchange.body, {key_id: tuple(secret)}, clouds.REGION, "bedrock")
        assert 1 <= len(service.exchanges) <= GATEWAYS["local"]
        assert all((exchange.method, exchange.headers["authorization"]) == ("GET", clouds.CONTAINER_TOKEN) for exchange in service.exchanges)

    def test_a_machine_at_google(self, serve, upstream):
        token = keys.secret("ya29.canary-of-a-machine-at-google")
        path = "/computeMetadata/v1/instance/service-accounts/default/token"
        service = upstream.on(scripts.answers(dump({"access_token": token, "expires_in": 3599, "token_type": "Bearer"}), headers=[("metadata-flavor", "Google")]), model=path)
        door = serve({"kind": "vertex", "project": clouds.PROJECT}, GCE_METADATA_HOST=f"127.0.0.1:{upstream.port}")
        scenario = upstream.on(scripts.replies(GEMINI), prefix="gemini-s")
        assert asked(door, CHAT, f"it/{scenario.model}")[0] == 200
        assert scenario.only.headers["authorization"] == f"Bearer {token}"
        assert service.exchange().headers["metadata-flavor"] == "Google"

    def test_an_app_at_azure(self, serve, upstream):
        token, header = keys.secret("eyJcanary-of-an-app-at-azure"), keys.secret("canary-identity-header-58f1")
        told = dump({"access_token": token, "expires_on": str(int(time.time()) + 3600), "resource": "https://cognitiveservices.azure.com", "token_type": "Bearer"})
        service = upstream.on(scripts.answers(told), model="/msi/token")
        door = serve({"kind": "azure"}, IDENTITY_ENDPOINT=f"{upstream.origin}/msi/token", IDENTITY_HEADER=header)
        scenario = upstream.on(scripts.replies(CHAT))
        assert asked(door, CHAT, f"it/{scenario.model}")[0] == 200
        assert scenario.only.headers["authorization"] == f"Bearer {token}" and "api-key" not in scenario.only.headers
        exchange = service.exchange()
        assert exchange.headers["x-identity-header"] == header
        assert dict(parse_qsl(exchange.query)) == {"api-version": "2019-08-01", "resource": "https://cognitiveservices.azure.com"}

    @pytest.mark.parametrize("provider, env, reason", [
        ({"kind": "bedrock", "region": "us-east-1"}, {"AWS_EC2_METADATA_DISABLED": "true"}, "AWS_EC2_METADATA_DISABLED"),
        ({"kind": "bedrock", "region": "us-east-1"}, {"AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://credentials.example/"}, "must be an https URL"),
        ({"kind": "bedrock", "region": "us-east-1"}, {"AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://127.0.0.1:1/", "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE": clouds.CONTAINER_TOKEN},
         "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE names no file"),
        ({"kind": "vertex", "project": "p"}, {"GCE_METADATA_HOST": "127.0.0.1:1"}, "metadata server")], ids=["none", "elsewhere", "the-token-itself", "nobody"])
    def test_nobody_tells(self, serve, provider, env, reason):
        """The client hears that there is no identity, the operator why."""
        door = serve(provider, **env)
        with door.post(CHAT, "it/gemini-2.5-pro", keys.ALPHA) as answer:
            told = CHAT.check_error(answer.status, answer.read(), "upstream_auth")
        assert "provider it" in told["error"]["message"] and reason not in told["error"]["message"]
        said = door.line(id=answer.headers["x-gatelet-request-id"])["reason"]
        assert reason in said and clouds.CONTAINER_TOKEN not in said
