"""What is wrong with a cloud's configuration is said at the start, all of it, with the place and what to write."""

import re

import pytest

from harness import clouds, config, keys, misplaced
from harness.misplaced import WRONG
from harness.ports import free_port

def path_of(name):
    field = WRONG[name][0]
    return f"providers.{name}" + (f".{field}" if field else "")


def check_words(said, where=lambda name: f"{path_of(name)}: "):
    """Each problem is there, at its place."""
    for name, (_, wanted) in WRONG.items():
        place = where(name)
        assert place in said, f"nothing is said of {place}\n{said}"
        assert wanted in said.split(place, 1)[1][:700], f"of {place} it is not said: {wanted}\n{said}"


def check_secrets(said):
    assert not [canary[:6] for canary in keys.UPSTREAM_CANARIES if canary in said]


@pytest.mark.na("local", "it does not start: a case of its own")
def test_a_function_serves_nobody_and_logs_why(door, dialect):
    gateway = door("misplaced")
    with gateway.post(dialect, "fragment/x", keys.ALPHA) as answer:
        told = answer.json()
    assert answer.status == 500
    dialect.check_shape(told)
    assert "gateway misconfigured" in told["error"]["message"]
    said = gateway.output().decode().replace('\\"', '"')
    check_words(said)
    check_secrets(said)


def toml_value(value):
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'


def toml(document):
    """The providers as a person writes them; and the number of the line where each problem is."""
    lines, where = [], {}
    for name, fields in document["providers"].items():
        lines += ["", f"# {name}", f"[providers.{name}]"]
        where[name] = len(lines)
        for field, value in fields.items():
            lines.append(f"{field} = {toml_value(value)}")
            if field == WRONG[name][0]:
                where[name] = len(lines)
    return "\n".join(lines) + "\n", where


@pytest.mark.once("local")
@pytest.mark.parametrize("command", ["check", "serve"])
def test_a_file_is_refused_with_its_lines(fleet, upstream, tmp_path, command):
    """`FILE:LINE: path: message`, and the status 1."""
    text, lines = toml(config.wrong(upstream))
    path = tmp_path / "gatelet.toml"
    path.write_text(text)
    arguments = [command, "--config", path, "--listen", f"127.0.0.1:{free_port()}"]
    program = fleet.runtime("local").program(arguments, **config.environment("misplaced", upstream))
    assert program.process.wait(10) == 1
    said = program.stderr().decode()
    check_words(said, lambda name: f"{path}:{lines[name]}: {path_of(name)}: ")
    assert all(re.match(rf"{re.escape(str(path))}:\d+: providers\.", line) for line in said.splitlines() if line), said
    check_secrets(said + program.stdout().decode())


@pytest.mark.once("local")
@pytest.mark.parametrize("what", ["missing", "folder", "binary"])
def test_a_credential_file_that_cannot_be_read(fleet, upstream, tmp_path, what):
    file = {"missing": tmp_path / "nothing-here.json", "folder": tmp_path, "binary": tmp_path / "key.p12"}[what]
    if what == "binary":
        file.write_bytes(b"\x30\x82\xff\xfe" + clouds.PEM.encode())
    path = tmp_path / "gatelet.toml"
    path.write_text('[providers.vertex]\nproject = "project-1"\ncredentials = "${THE_FILE}"\n')
    program = fleet.runtime("local").program(["check", "--config", path], THE_FILE=str(file))
    assert program.process.wait(10) == 1
    said = program.stderr().decode()
    assert f"{path}:3: providers.vertex.credentials: " in said and "THE_FILE" in said, said
    check_secrets(said)


@pytest.mark.once("local")
def test_a_credential_file_by_its_path(fleet, upstream, tmp_path):
    file, path = tmp_path / "key.json", tmp_path / "gatelet.toml"
    file.write_text(clouds.service_account(clouds.AUDIENCE))
    path.write_text('[providers.vertex]\ncredentials = "${THE_FILE}"\n')
    program = fleet.runtime("local").program(["check", "--config", path], THE_FILE=str(file))
    assert program.process.wait(10) == 0, program.stderr()
    check_secrets((program.stderr() + program.stdout()).decode())


def test_the_list_is_whole(upstream):
    """Every wrong provider has its words."""
    assert set(misplaced.providers(upstream)) == set(WRONG)
