"""The way to the upstream from one's own machine: certificates, HTTP/2, a proxy, a limit of file descriptors."""

import json
import socket
import time

import pytest

from harness import config, keys, scripts, tls
from harness.dialects import CHAT
from harness.door import Door, Program, clean_environment
from harness.http2 import Http2
from harness.ports import free_port, wait_for_port
from harness.tools import built
from harness.upstream import Upstream

pytestmark = pytest.mark.once("local")


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    return tls.authority(tmp_path_factory.mktemp("tls"))


@pytest.fixture
def serve(fleet):
    """Starts the server with a configuration of the test's own; stops it at the end."""
    doors = []

    def start(document, *arguments, **env):
        port = free_port()
        program = fleet.runtime("local").program([*arguments, "--listen", f"127.0.0.1:{port}"], json.dumps(document), **keys.UPSTREAM, **env)
        wait_for_port(port, program)
        doors.append(Door(port, [program]))
        return doors[-1]

    yield start
    for door in doors:
        door.stop()


def only(origin, **more):
    """A configuration with the one provider `chat`."""
    return {"providers": {"chat": {"kind": "openai-compatible", "base_url": origin + "/v1", "api_key": "${UPSTREAM_CHAT_KEY}", **more}}, "keys": config.keyring()}


@pytest.mark.parametrize("how", ["ca_file", "SSL_CERT_FILE"])
def test_certificate_of_an_own_authority(serve, authority, how):
    path, context = authority
    secure = Upstream(tls=context)
    scenario = secure.on(scripts.tells(CHAT))
    document = only(secure.origin)
    env = {}
    if how == "ca_file":
        document["server"] = {"ca_file": str(path)}
    else:
        env = {"SSL_CERT_FILE": str(path)}
    with serve(document, **env).post(CHAT, f"chat/{scenario.model}", keys.ALPHA, stream=True) as answer:
        assert answer.status == 200 and b"[DONE]" in answer.read()
    secure.stop()


def test_unknown_authority_is_not_trusted(serve, authority):
    """And what the key would have been sent to never hears it."""
    _, context = authority
    secure = Upstream(tls=context)
    scenario = secure.on(scripts.replies(CHAT))
    with serve(only(secure.origin)).post(CHAT, f"chat/{scenario.model}", keys.ALPHA) as answer:
        CHAT.check_error(answer.status, answer.read(), "upstream_error")
    assert not scenario.exchanges
    secure.stop()


def test_http2_upstream(serve, authority):
    path, context = authority
    blocks = CHAT.events("m")

    def answer(body):
        return ("text/event-stream", blocks) if b'"stream":true' in body else ("application/json", [CHAT.answer("m")])

    upstream = Http2(context, answer)
    document = {**only(f"https://127.0.0.1:{upstream.port}", http2=True), "server": {"ca_file": str(path)}}
    door = serve(document)
    with door.post(CHAT, "chat/m", keys.ALPHA) as whole:
        assert (whole.status, whole.read()) == (200, CHAT.answer("m"))
    with door.post(CHAT, "chat/m", keys.ALPHA, stream=True, stream_options={"include_usage": True}) as stream:
        assert (stream.status, stream.read()) == (200, b"".join(blocks))
    head, body = upstream.requests[0]
    assert head["authorization"] == f"Bearer {keys.upstream_key('chat')}" and body == CHAT.body("m")
    upstream.stop()


def test_proxy_of_the_environment(serve, upstream):
    """Named at start; https goes through it, loopback never does."""
    tunnel = upstream.on(scripts.answers(b"no", 502), model="api.example.test:443")
    scenario = upstream.on(scripts.replies(CHAT))
    document = only("https://api.example.test")
    document["providers"]["here"] = {"kind": "openai-compatible", "base_url": upstream.origin + "/v1", "api_key": "${UPSTREAM_CHAT_KEY}"}
    door = serve(document, HTTPS_PROXY=f"http://user:proxy-secret@127.0.0.1:{upstream.port}", HTTP_PROXY="http://127.0.0.1:9")
    with door.post(CHAT, f"here/{scenario.model}", keys.ALPHA) as answer:
        assert answer.status == 200, answer.read()
    with door.post(CHAT, "chat/x", keys.ALPHA) as answer:
        CHAT.check_error(answer.status, answer.read(), "upstream_error")
    assert tunnel.exchange().method == "CONNECT"
    assert keys.upstream_key("chat").encode() not in tunnel.only.raw_head
    assert f"127.0.0.1:{upstream.port}".encode() in door.programs[0].stderr() and b"proxy" in door.programs[0].stderr().lower()
    assert b"proxy-secret" not in door.output()


def test_no_proxy_is_honoured(serve, upstream):
    tunnel = upstream.on(scripts.answers(b"no", 502), model="other.example.test:443")
    door = serve({**only("https://other.example.test"), "timeouts": {"connect": "2s"}}, HTTPS_PROXY=f"http://127.0.0.1:{upstream.port}", NO_PROXY="example.test")
    with door.post(CHAT, "chat/x", keys.ALPHA) as answer:
        assert answer.status in (502, 504)
    assert not tunnel.exchanges


def test_limit_of_file_descriptors_is_no_crash(fleet, upstream):
    """Out of descriptors: said on stderr, and served as before once there are some."""
    port = free_port()
    binary = built("GATELET_BIN", "target/release/gatelet")
    shell = ["sh", "-c", f"ulimit -n 48; exec '{binary}' --listen 127.0.0.1:{port}"]
    program = Program(shell, fleet.directory, "local-descriptors", clean_environment(GATELET_CONFIG=config.document("main", upstream), **keys.UPSTREAM), cwd=fleet.directory)
    wait_for_port(port, program)
    idle = [socket.create_connection(("127.0.0.1", port), timeout=2) for _ in range(100)]
    time.sleep(0.5)
    assert program.poll() is None
    for sock in idle:
        sock.close()
    time.sleep(0.3)
    with Door(port, [program]).post(CHAT, "mock/hello", keys.ALPHA) as answer:
        assert answer.status == 200
    said = program.stderr().decode().lower()
    program.stop()
    assert "descriptor" in said or "open files" in said or "max_connections" in said, said


@pytest.mark.parametrize("listen", ["{port}", "127.0.0.1:{port}", "localhost:{port}", "[::1]:{port}"])
def test_forms_of_listen(fleet, listen):
    port = free_port()
    family, host = (socket.AF_INET6, "::1") if "::1" in listen else (socket.AF_INET, "127.0.0.1")
    try:
        socket.socket(family).bind((host, 0))
    except OSError:
        pytest.skip("n/a: this machine has no IPv6 loopback")
    program = fleet.runtime("local").program(["--listen", listen.format(port=port)])
    deadline = time.monotonic() + 5
    while True:
        try:
            with socket.create_connection((host, port), timeout=2) as sock:
                sock.sendall(f"GET /health HTTP/1.1\r\nhost: {host if family == socket.AF_INET else '[::1]'}\r\nconnection: close\r\n\r\n".encode())
                assert sock.recv(100).startswith(b"HTTP/1.1 200")
            break
        except ConnectionRefusedError:
            assert time.monotonic() < deadline and program.poll() is None, program.stderr()
            time.sleep(0.02)
    program.stop()
