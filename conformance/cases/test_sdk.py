"""The official OpenAI, Anthropic and Google SDKs for Python: what they return, and what they raise."""

import pytest

from harness import keys, scripts, toolcalls
from harness.sdk import ALL


@pytest.fixture
def sdk(dialect):
    return ALL[dialect.name]


def test_whole(gateway, upstream, dialect, sdk):
    scenario = upstream.on(scripts.replies(dialect, "Good day"))
    assert sdk.ask(sdk.client(gateway), f"{dialect}/{scenario.model}") == "Good day"


def test_stream(gateway, upstream, dialect, sdk):
    scenario = upstream.on(scripts.tells(dialect, ("Good ", "day")))
    assert sdk.stream(sdk.client(gateway), f"{dialect}/{scenario.model}") == ["Good ", "day"]


def test_tools(gateway, upstream, dialect, sdk):
    scenario = upstream.on(scripts.answers(toolcalls.whole(dialect)))
    assert sdk.tools(sdk.client(gateway), f"{dialect}/{scenario.model}") == (toolcalls.NAME, toolcalls.ARGUMENTS)
    assert b"weather" in scenario.only.body


def test_stream_of_tools(gateway, upstream, dialect, sdk):
    scenario = upstream.on(scripts.streams(toolcalls.streamed(dialect)))
    assert sdk.stream_tools(sdk.client(gateway), f"{dialect}/{scenario.model}") == (toolcalls.NAME, toolcalls.ARGUMENTS)


@pytest.mark.parametrize("status", [400, 404, 429, 500, 529])
@pytest.mark.parametrize("stream", [False, True], ids=["whole", "stream"])


def test_upstream_error_raises(gateway, upstream, dialect, sdk, status, stream):
    scenario = upstream.on(scripts.refuses(dialect, status, [("retry-after", "7"), ("x-should-retry", "false")]))
    with pytest.raises(sdk.errors[status]) as raised:
        (sdk.stream if stream else sdk.ask)(sdk.client(gateway), f"{dialect}/{scenario.model}")
    assert sdk.status(raised.value) == status
    assert "upstream says no" in str(raised.value)
    assert raised.value.response.headers["retry-after"] == "7"


def test_refused_upstream_credential_raises_a_server_error(gateway, upstream, dialect, sdk):
    scenario = upstream.on(scripts.refuses(dialect, 401))
    with pytest.raises(sdk.errors[502]) as raised:
        sdk.ask(sdk.client(gateway), f"{dialect}/{scenario.model}")
    assert sdk.status(raised.value) == 502
    assert sdk.marks(raised.value) == dialect.expected_class("upstream_auth")


@pytest.mark.parametrize("case", ["wrong key", "unknown model", "not allowed"])
def test_own_error_raises(gateway, dialect, sdk, case):
    key, model, status, name = {
        "wrong key": (keys.STRANGER, "mock/hello", 401, "caller_auth"),
        "unknown model": (keys.ALPHA, "nowhere/x", 404, "not_found"),
        "not allowed": (keys.BETA, "mock/hello", 403, "caller_forbidden"),
    }[case]
    with pytest.raises(sdk.errors[status]) as raised:
        sdk.ask(sdk.client(gateway, key), model)
    assert sdk.status(raised.value) == status
    assert sdk.marks(raised.value) == dialect.expected_class(name)
    if dialect.name != "gemini":
        assert raised.value.request_id, "the SDK found no request id"


@pytest.mark.parametrize("finish", [scripts.closes, scripts.ends], ids=["cut", "no-evidence"])
def test_cut_stream_raises(gateway, upstream, dialect, sdk, finish):
    """An SDK's user hears of it; it never looks like a whole answer."""
    scenario = upstream.on(scripts.streams([*dialect.start("m"), dialect.delta("m", "Good ")], finally_=finish))
    with pytest.raises(sdk.in_stream):
        sdk.stream(sdk.client(gateway), f"{dialect}/{scenario.model}")


def test_error_event_raises(gateway, upstream, dialect, sdk):
    scenario = upstream.on(scripts.streams([*dialect.start("m"), dialect.delta("m", "Good "), dialect.error_event()]))
    with pytest.raises(sdk.in_stream):
        sdk.stream(sdk.client(gateway), f"{dialect}/{scenario.model}")


def test_mock_provider(gateway, dialect, sdk):
    client = sdk.client(gateway)
    assert "".join(sdk.stream(client, "mock/hello")) == sdk.ask(client, "mock/hello")


def test_panic_raises(gateway, dialect, sdk):
    with pytest.raises(sdk.errors[500]) as raised:
        sdk.ask(sdk.client(gateway), "mock/panic")
    assert sdk.marks(raised.value) == dialect.expected_class("internal")
    with pytest.raises(sdk.in_stream):
        sdk.stream(sdk.client(gateway), "mock/panic-stream")


def test_commented_stream(gateway, upstream, dialect, sdk):
    """A relay's comments, and what is removed toward Google's SDKs, break no reader."""
    events = dialect.events("m", ("Good ", "day"))
    noisy = [b": hello\n\n", *events[:-1], b": keep-alive\n\n", events[-1]]
    scenario = upstream.on(scripts.streams(noisy))
    assert "".join(sdk.stream(sdk.client(gateway), f"{dialect}/{scenario.model}")) == "Good day"


def test_leaving_the_stream_early(gateway, upstream, dialect, sdk):
    """What `break` does in a user's loop."""
    scenario = upstream.on(scripts.streams(dialect.start("m"), finally_=scripts.talks(dialect.delta("m", "more"))))
    client, model = sdk.client(gateway), f"{dialect}/{scenario.model}"
    if dialect.name == "chat":
        with client.chat.completions.create(model=model, messages=[{"role": "user", "content": "hi"}], stream=True) as stream:
            next(iter(stream))
    elif dialect.name == "responses":
        with client.responses.create(model=model, input="hi", stream=True) as stream:
            next(iter(stream))
    elif dialect.name == "messages":
        with client.messages.create(model=model, stream=True, **sdk.request) as stream:
            next(iter(stream))
    else:
        stream = client.models.generate_content_stream(model=model, contents="hi")
        next(stream)
        stream.close()
    assert scenario.only.gone.wait(1.2), "the upstream connection stayed open"
    assert gateway.line(target=model)["outcome"] == "client_gone"


class TestOthers:
    """Calls beside the answers."""

    def test_models(self, gateway):
        assert "fast" in {model.id for model in ALL["chat"].client(gateway).models.list()}
        assert "fast" in {model.id for model in ALL["messages"].client(gateway).models.list(limit=5)}
        assert "models/fast" in {model.name for model in ALL["gemini"].client(gateway).models.list(config={"query_base": True})}
        assert ALL["chat"].client(gateway).models.retrieve("fast").id == "fast"
        assert ALL["messages"].client(gateway).models.retrieve("fast").id == "fast"
        assert ALL["gemini"].client(gateway).models.get(model="fast").name == "models/fast"

    def test_count_tokens(self, gateway, upstream):
        scenario = upstream.on(scripts.answers(b'{"input_tokens":17}'))
        found = ALL["messages"].client(gateway).messages.count_tokens(model=f"messages/{scenario.model}", messages=[{"role": "user", "content": "hi"}])
        assert found.input_tokens == 17
        scenario = upstream.on(scripts.answers(b'{"totalTokens":17}'))
        assert ALL["gemini"].client(gateway).models.count_tokens(model=f"gemini/{scenario.model}", contents="hi").total_tokens == 17
        scenario = upstream.on(scripts.answers(b'{"object":"response.input_tokens","input_tokens":17}'))
        assert ALL["responses"].client(gateway).responses.input_tokens.count(model=f"responses/{scenario.model}", input="hi").input_tokens == 17

    def test_embeddings(self, gateway, upstream):
        reply = b'{"object":"list","data":[{"object":"embedding","index":0,"embedding":"AACAPwAAAEA="}],"model":"e","usage":{"prompt_tokens":2,"total_tokens":2}}'
        scenario = upstream.on(scripts.answers(reply))
        assert ALL["chat"].client(gateway).embeddings.create(model=f"chat/{scenario.model}", input="hi").data[0].embedding == [1.0, 2.0]
        scenario = upstream.on(scripts.answers(b'{"embeddings":[{"values":[1.0,2.0]}]}'))
        assert ALL["gemini"].client(gateway).models.embed_content(model=f"gemini/{scenario.model}", contents="hi").embeddings[0].values == [1.0, 2.0]
