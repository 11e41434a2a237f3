"""What is the local server's alone: loopback rules without keys, the command line, shutdown, the flood."""

import json
import re
import signal
import socket
import threading
import time

import pytest

from harness import config, keys, scripts
from harness.dialects import CHAT, MESSAGES
from harness.door import Door
from harness.ports import free_port, wait_for_port
from harness.wire import Incomplete

pytestmark = pytest.mark.once("local")
TYPE = ("content-type", "application/json")


@pytest.fixture
def keyless(fleet):
    return fleet.door("local", "keyless")


@pytest.fixture
def local(fleet):
    return fleet.runtime("local")


def serve(local, name="main", *arguments, document=None, **env):
    port = free_port()
    program = local.program([*arguments, "--listen", f"127.0.0.1:{port}"], document or config.document(name, local.upstream), **keys.UPSTREAM, **env)
    wait_for_port(port, program)
    return Door(port, [program])


def ended(program, seconds=5):
    """The exit code and everything said."""
    code = program.process.wait(seconds)
    return code, (program.stdout() + program.stderr()).decode()


HOSTS = {"localhost": 200, "localhost:8080": 200, "127.0.0.1": 200, "127.0.0.1:99": 200, "127.1.2.3": 200, "[::1]": 200, "[::1]:8080": 200, "LOCALHOST": 200,
         "evil.example": 403, "localhost.evil.example": 403, "127.0.0.1.evil.example": 403, "192.168.1.5": 403, "0.0.0.0": 403, "[::2]": 403, "": 403}


@pytest.mark.parametrize("host", HOSTS, ids=lambda host: host or "empty")
def test_host_of_a_keyless_server(keyless, host):
    with keyless.ask("POST", "/v1/chat/completions", [("host", host), TYPE], CHAT.body("mock/hello")) as answer:
        assert answer.status == HOSTS[host] or (host == "" and answer.status == 400), answer.read()


ORIGINS = {"http://localhost:3000": 200, "http://127.0.0.1": 200, "https://[::1]:3": 200, "https://evil.example": 403, "null": 403, "http://localhost.evil.example": 403,
           "http://evil.example:80@localhost": 403}


@pytest.mark.parametrize("origin", ORIGINS)
def test_origin_at_a_keyless_server(keyless, origin):
    with keyless.ask("POST", "/v1/messages", [("origin", origin), TYPE], MESSAGES.body("mock/hello")) as answer:
        body = answer.read()
        assert answer.status == ORIGINS[origin], body
        if answer.status == 403:
            MESSAGES.check_shape(json.loads(body))


@pytest.mark.parametrize("site, status", [("cross-site", 403), ("same-origin", 200), ("none", 200)])
def test_fetch_site_at_a_keyless_server(keyless, site, status):
    with keyless.ask("POST", "/v1/chat/completions", [("sec-fetch-site", site), TYPE], CHAT.body("mock/hello")) as answer:
        assert answer.status == status


def test_keyless_server_says_so(keyless):
    assert re.search(rb"keys +none: .*this machine", keyless.output())


def test_keyless_server_refuses_to_listen_elsewhere(local):
    program = local.program(["--listen", f"0.0.0.0:{free_port()}"], config.document("keyless", local.upstream), **keys.UPSTREAM)
    code, said = ended(program)
    assert code != 0 and "keys" in said


@pytest.mark.parametrize("name, reason", [("broken", "colour"), ("unset", "GATELET_TEST_UNSET")])
def test_bad_configuration_ends_the_start(local, name, reason):
    program = local.program(["--listen", f"127.0.0.1:{free_port()}"], config.document(name, local.upstream), **keys.UPSTREAM)
    code, said = ended(program)
    assert code != 0 and reason in said


def test_bad_toml_names_the_line(local, tmp_path):
    path = tmp_path / "gatelet.toml"
    path.write_text('open = false\n\n[providers.x]\nkind = "openai"\ncolour = "blue"\n')
    code, said = ended(local.program(["check", "--config", path]))
    assert code != 0 and "colour" in said and re.search(r"\b5\b", said), said


@pytest.mark.parametrize("snippet", ['[keys.a]\nsha256 = "%s"\nbudget = { usd = 1, per = "month" }' % ("0" * 64), '[cache]\nttl = "1h"', '[store]\nkind = "memory"'], ids=["budget", "cache", "store"])
def test_what_has_not_landed_is_refused(local, tmp_path, snippet):
    path = tmp_path / "gatelet.toml"
    path.write_text('[providers.mock]\nkind = "mock"\n' + snippet)
    code, said = ended(local.program(["check", "--config", path]))
    assert code != 0 and "not available yet" in said, said


def test_check_accepts_a_good_file(local, tmp_path):
    path = tmp_path / "gatelet.toml"
    path.write_text('[providers.mock]\nkind = "mock"\n')
    code, said = ended(local.program(["check", "--config", path]))
    assert code == 0, said


def test_file_beside_the_server_is_read(local):
    port = free_port()
    program = local.program(["serve", "--listen", str(port)], beside='[providers.mock]\nkind = "mock"\n[models.beside]\ntargets = ["mock/x"]\n')
    wait_for_port(port, program)
    door = Door(port, [program])
    with door.ask("POST", "/v1/chat/completions", [TYPE], CHAT.body("beside")) as answer:
        assert answer.status == 200, answer.read()
    program.stop()


def test_first_curl_needs_nothing(local):
    """No file, no key, no network: the mock answers, and the start says how to ask it."""
    port = free_port()
    program = local.program([], PORT=str(port))
    wait_for_port(port, program)
    with Door(port, [program]).ask("POST", "/v1/chat/completions", [TYPE], CHAT.body("mock/hello")) as answer:
        assert answer.status == 200, answer.read()
    said = program.stderr().decode()
    assert "curl" in said and str(port) in said and "mock" in said, said
    program.stop()


def test_key_new_prints_a_key_that_works(local):
    code, said = ended(local.program(["key", "new", "team-a"]))
    assert code == 0
    key = re.search(r"glt_[0-9A-Za-z]{38}\b", said).group()
    sha = re.search(r'sha256\s*=\s*"([0-9a-f]{64})"', said).group(1)
    assert sha == keys.sha256(key) and "[keys.team-a]" in said
    door = serve(local, document=json.dumps({"providers": {"mock": {"kind": "mock"}}, "keys": {"team-a": {"sha256": sha}}}))
    with door.post(CHAT, "mock/hello", key) as answer:
        assert answer.status == 200
    door.stop()


def test_models_lists_the_names(local):
    program = local.program(["models"], config.document("main", local.upstream), **keys.UPSTREAM)
    code, said = ended(program)
    assert code == 0 and "fast" in said and "pair-chat" in said


@pytest.mark.parametrize("arguments", [["--help"], ["key", "new", "--help"], ["--version"]], ids=" ".join)
def test_help(local, arguments):
    code, said = ended(local.program(arguments))
    assert code == 0 and "gatelet" in said.lower()


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT], ids=["SIGTERM", "ctrl-c"])
def test_shutdown_lets_streams_finish(local, upstream, how):
    door = serve(local)
    gate = threading.Event()
    scenario = upstream.on(scripts.tells(CHAT, gate=gate, after=2))
    with door.post(CHAT, f"chat/{scenario.model}", keys.ALPHA, stream=True) as answer:
        events = answer.events()
        next(events)
        door.programs[0].process.send_signal(how)
        time.sleep(0.2)
        with pytest.raises(OSError):
            socket.create_connection(door.address, timeout=1)
        assert door.programs[0].poll() is None
        gate.set()
        assert b"[DONE]" in b"".join(block for _, block in events)
    assert door.programs[0].process.wait(5) == 0
    assert door.line(target=f"chat/{scenario.model}")["outcome"] == "done"


def test_shutdown_grace_ends_in_the_error_event(local, upstream):
    document = {**config.main(upstream), "server": {"shutdown_grace": "500ms"}}
    door = serve(local, document=json.dumps(document))
    scenario = upstream.on(scripts.streams([*MESSAGES.start("m"), MESSAGES.delta("m", "Hel")], finally_=scripts.hangs))
    with door.post(MESSAGES, f"messages/{scenario.model}", keys.ALPHA, stream=True) as answer:
        events = answer.events()
        got = [next(events)[1]]
        door.programs[0].process.send_signal(signal.SIGTERM)
        got += [block for _, block in events]
        assert answer.ended
    MESSAGES.stream_error(got)
    door.programs[0].process.wait(5)
    assert len(door.lines(target=f"messages/{scenario.model}")) == 1


def test_hangup_reads_the_configuration_again(local, upstream, tmp_path):
    path = tmp_path / "gatelet.toml"
    write = lambda name: path.write_text(f'[providers.mock]\nkind = "mock"\n[models.{name}]\ntargets = ["mock/x"]\n')  # noqa: E731
    write("before")
    port = free_port()
    program = local.program(["--config", path, "--listen", f"127.0.0.1:{port}"])
    wait_for_port(port, program)
    door = Door(port, [program])

    def status(model):
        with door.ask("POST", "/v1/chat/completions", [TYPE], CHAT.body(model)) as answer:
            return answer.status

    def becomes(model, wanted):
        deadline = time.monotonic() + 3
        while status(model) != wanted:
            assert time.monotonic() < deadline, f"{model} never became {wanted}"
            time.sleep(0.02)

    becomes("before", 200)
    write("after")
    program.process.send_signal(signal.SIGHUP)
    becomes("after", 200)
    becomes("before", 404)
    path.write_text("colour = 1\n")
    program.process.send_signal(signal.SIGHUP)
    time.sleep(0.3)
    assert status("after") == 200 and "colour" in program.stderr().decode()
    program.stop()


def test_flood_of_connections_does_not_kill(local, upstream):
    """Past the limit it waits or says 503; afterwards it serves as before."""
    document = {**config.main(upstream), "server": {"max_connections": 20}}
    door = serve(local, document=json.dumps(document))
    idle = []
    for _ in range(100):
        try:
            idle.append(socket.create_connection(door.address, timeout=1))
        except OSError:
            break
    assert door.programs[0].poll() is None
    for sock in idle:
        sock.close()
    with door.post(CHAT, "mock/hello", keys.ALPHA) as answer:
        assert answer.status == 200
    door.stop()


def test_slow_head_is_cut_off(local, upstream):
    document = {**config.main(upstream), "server": {"header_timeout": "500ms"}}
    door = serve(local, document=json.dumps(document))
    with socket.create_connection(door.address, timeout=5) as sock:
        sock.sendall(b"POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\n")
        began = time.monotonic()
        while data := sock.recv(1000):
            assert b" 200 " not in data
    assert time.monotonic() - began < 4
    door.stop()


def test_expect_continue_only_for_who_may(fleet):
    """A body is asked for only after the key is known."""
    door = fleet.door("local", "main")
    body = CHAT.body("mock/hello")
    for key, first in ((keys.ALPHA, b"HTTP/1.1 100"), (keys.STRANGER, b"HTTP/1.1 401")):
        call = door.call("POST", "/v1/chat/completions", [*CHAT.headers(key), ("expect", "100-continue"), ("content-length", str(len(body)))])
        assert call.sock.recv(1000).startswith(first)
        call.leave()


def test_http2_without_tls(fleet):
    """Prior knowledge, as proxies in front speak it."""
    import httpx
    door = fleet.door("local", "main")
    with httpx.Client(http1=False, http2=True) as client:
        answer = client.post(door.url + "/v1/chat/completions", headers=dict(CHAT.headers(keys.ALPHA)), content=CHAT.body("mock/hello"))
        assert (answer.status_code, answer.http_version) == (200, "HTTP/2")
        with client.stream("POST", door.url + "/v1/messages", headers=dict(MESSAGES.headers(keys.ALPHA)), content=MESSAGES.body("mock/hello", True)) as streamed:
            assert b"message_stop" in streamed.read()


def test_two_requests_on_one_connection(fleet):
    door = fleet.door("local", "main")
    call = door.call("POST", "/v1/chat/completions", CHAT.headers(keys.ALPHA), CHAT.body("mock/hello"))
    answer = call.answer()
    first = answer.read()
    body = CHAT.body("mock/hello")
    head = "".join(f"{name}: {value}\r\n" for name, value in [*CHAT.headers(keys.ALPHA), ("host", "x"), ("content-length", len(body))])
    call.sock.sendall(f"POST /v1/chat/completions HTTP/1.1\r\n{head}\r\n".encode() + body)
    try:
        second = type(answer)(call.sock)
        assert second.status == 200 and second.read() == first
    except Incomplete:
        pytest.fail("the connection was closed after one answer")
