"""Runtimes once a session, one door a configuration, and the parameters `runtime` and `dialect`."""

import contextlib
import os
import tempfile
from pathlib import Path

import pytest

from harness.dialects import ALL
from harness.function import Function
from harness.local import Local
from harness.upstream import Upstream
from harness.worker import Worker

RUNTIMES = {"local": Local, "lambda": Function, "workers": Worker}


def pytest_addoption(parser):
    parser.addoption("--runtimes", default=os.environ.get("GATELET_RUNTIMES", ",".join(RUNTIMES)),
                     help="comma-separated: local, lambda, workers")


def selected(config):
    chosen = config.getoption("--runtimes").split(",")
    assert set(chosen) <= set(RUNTIMES), chosen
    return chosen


def pytest_generate_tests(metafunc):
    own = {name.strip() for mark in metafunc.definition.iter_markers("parametrize") if isinstance(mark.args[0], str) for name in mark.args[0].split(",")}
    if "dialect" in metafunc.fixturenames and "dialect" not in own:
        metafunc.parametrize("dialect", ALL, ids=str)
    if "runtime" in metafunc.fixturenames:
        cannot = {mark.args[0]: mark.args[1] for mark in metafunc.definition.iter_markers("na")}
        parameters = [pytest.param(name, marks=[pytest.mark.skip(reason=f"n/a: {cannot[name]}")] if name in cannot else [])
                      for name in RUNTIMES if name in selected(metafunc.config)]
        metafunc.parametrize("runtime", parameters, indirect=True)


def pytest_collection_modifyitems(config, items):
    chosen = selected(config)
    dropped = [item for item in items if (once := item.get_closest_marker("once")) and once.args[0] not in chosen]
    config.hook.pytest_deselected(items=dropped)
    last = lambda item: item.path.stem == "test_secrets"  # noqa: E731  it listens to what all others caused
    items[:] = sorted((item for item in items if item not in dropped), key=last)


class Fleet:
    """Everything that runs: started on first use, stopped once at the end."""

    def __init__(self, upstream, directory):
        self.upstream = upstream
        self.directory = directory
        self.runtimes = {}
        self.doors = {}

    def runtime(self, name):
        if name not in self.runtimes:
            self.runtimes[name] = RUNTIMES[name](self.upstream, self.directory)
        return self.runtimes[name]

    def door(self, runtime, config, **more):
        key = (runtime, config, *sorted(more.items()))
        if key not in self.doors:
            self.doors[key] = self.runtime(runtime).door(config, **more)
        return self.doors[key]

    def output(self):
        return b"".join(path.read_bytes() for path in self.directory.glob("*.std*"))

    def stop(self):
        for stoppable in [*self.doors.values(), *self.runtimes.values()]:
            with contextlib.suppress(Exception):
                stoppable.stop()


@pytest.fixture(scope="session")
def upstream():
    server = Upstream()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def foreign():
    """Another origin, which no configuration names: nothing may ever reach it."""
    server = Upstream()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def fleet(upstream):
    with tempfile.TemporaryDirectory(prefix="gatelet-conformance-", ignore_cleanup_errors=True) as folder:
        fleet = Fleet(upstream, Path(os.environ.get("GATELET_LOGS", folder)))
        fleet.directory.mkdir(parents=True, exist_ok=True)
        yield fleet
        fleet.stop()


@pytest.fixture
def runtime(request):
    return request.param


@pytest.fixture
def door(fleet, runtime):
    """`door("hasty")`: the runtime at hand with that configuration."""
    return lambda config="main", **more: fleet.door(runtime, config, **more)


@pytest.fixture
def gateway(door):
    """The runtime at hand with the main configuration."""
    return door("main")
