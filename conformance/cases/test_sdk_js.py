"""The three official SDKs for JavaScript: a smoke test, one Node process a runtime."""

import json
import subprocess
from pathlib import Path

import pytest

from harness import golden, keys, scripts, tools
from harness.dialects import ALL, UPSTREAMS
from harness.door import clean_environment


@pytest.fixture(scope="module")
def results():
    return {}


def translated(upstream, other):
    """Models of an upstream that speaks another dialect."""
    name = lambda *script: f"{other}/{upstream.on(*script).model}"  # noqa: E731
    cut = [*other.start("m"), other.delta("m", "Good ")]
    return {"ask": name(scripts.replies(other, "Good day")), "stream": name(scripts.tells(other, ("Good ", "day"))),
            "calls": name(scripts.streams([golden.stream(other, "parallel-calls")], mime=other.mime)),
            "cut": name(scripts.streams(cut, finally_=scripts.closes, mime=other.mime)), "limited": name(scripts.refuses(other, 429))}


@pytest.fixture
def told(gateway, upstream, runtime, results):
    """What the script saw at this runtime, by dialect."""
    if runtime not in results:
        models = {}
        for dialect in ALL:
            name = lambda *script: f"{dialect}/{upstream.on(*script).model}"  # noqa: B023, E731  used at once
            cut = scripts.streams([*dialect.start("m"), dialect.delta("m", "Good ")], finally_=scripts.closes)
            models[dialect.name] = {"good": {"ask": name(scripts.replies(dialect, "Good day")), "stream": name(scripts.tells(dialect, ("Good ", "day")))},
                                    "cut": name(cut), "limited": name(scripts.refuses(dialect, 429, [("retry-after", "7")])),
                                    "translated": {other.name: translated(upstream, other) for other in UPSTREAMS if other is not dialect}}
        modules = tools.node_modules()
        environment = clean_environment(BASE=gateway.url, KEY=keys.ALPHA, WRONG=keys.STRANGER, MODELS=json.dumps(models), NODE_MODULES=str(modules))
        run = subprocess.run([modules / ".bin/node", Path(__file__).with_name("smoke.mjs")], env=environment, capture_output=True, text=True, timeout=50)
        results[runtime] = {line["dialect"]: line for line in map(json.loads, run.stdout.splitlines())}, run.stderr
    lines, errors = results[runtime]
    assert set(lines) == {dialect.name for dialect in ALL}, errors[-2000:]
    return lines


def test_answers(told, dialect):
    line = told[dialect.name]
    assert line["ask"] == {"text": "Good day"} and line["stream"] == {"text": "Good day"}
    assert line["mock"]["text"]


def test_errors(told, dialect):
    line = told[dialect.name]
    assert line["limited"]["status"] == 429 and line["wrong"]["status"] == 401
    assert "error" in line["cut"], "a cut stream looked whole"


def test_translated(told, dialect):
    calls = [["get_weather", {"city": "Bern"}], ["get_weather", {"city": "Roma"}], ["now", {}]]
    for other, seen in told[dialect.name]["others"].items():
        assert seen["ask"] == {"text": "Good day"} and seen["stream"] == {"text": "Good day"}, other
        assert seen["calls"] == {"text": calls}, other
        assert "error" in seen["cut"] and seen["limited"]["status"] == 429, other
