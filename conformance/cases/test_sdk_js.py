"""The three official SDKs for JavaScript: a smoke test, one Node process a runtime."""

import json
import subprocess
from pathlib import Path

import pytest

from harness import keys, scripts, tools
from harness.dialects import ALL
from harness.door import clean_environment


@pytest.fixture(scope="module")
def results():
    return {}


@pytest.fixture
def told(gateway, upstream, runtime, results):
    """What the script saw at this runtime, by dialect."""
    if runtime not in results:
        models = {}
        for dialect in ALL:
            name = lambda *script: f"{dialect}/{upstream.on(*script).model}"  # noqa: B023, E731  used at once
            cut = scripts.streams([*dialect.start("m"), dialect.delta("m", "Good ")], finally_=scripts.closes)
            models[dialect.name] = {"good": {"ask": name(scripts.replies(dialect, "Good day")), "stream": name(scripts.tells(dialect, ("Good ", "day")))},
                                    "cut": name(cut), "limited": name(scripts.refuses(dialect, 429, [("retry-after", "7")]))}
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
