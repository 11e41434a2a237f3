"""A door: where a client reaches one running gatelet, and what that gatelet printed."""

import contextlib
import json
import os
import signal
import subprocess
import time
from pathlib import Path

from .wire import Call


class Program:
    """A child process whose output goes to files; ended with its whole group."""

    def __init__(self, command, directory, label, env=None, cwd=None):
        self.stdout_path = Path(directory) / f"{label}.stdout"
        self.stderr_path = Path(directory) / f"{label}.stderr"
        with self.stdout_path.open("ab") as out, self.stderr_path.open("ab") as err:
            self.process = subprocess.Popen([str(part) for part in command], stdin=subprocess.DEVNULL, stdout=out, stderr=err,
                                            env=env, cwd=cwd, start_new_session=True)

    def poll(self):
        return self.process.poll()

    @property
    def returncode(self):
        return self.process.returncode

    def stdout(self):
        return self.stdout_path.read_bytes()

    def stderr(self):
        return self.stderr_path.read_bytes()

    def stop(self, how=signal.SIGTERM, patience=3):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, how)
        try:
            self.process.wait(patience)
        except subprocess.TimeoutExpired:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait(5)


def clean_environment(**more):
    """A child's environment: what programs need to run, and nothing that a gateway could discover."""
    kept = {name: value for name, value in os.environ.items() if name in ("PATH", "HOME", "LANG", "TMPDIR", "USER")}
    return {**kept, **more}


class Door:
    """One configuration, served by one runtime."""

    def __init__(self, port, programs, prefix="", log_streams=("stdout",)):
        self.address = ("127.0.0.1", port)
        self.prefix = prefix
        self.programs = programs
        self.log_streams = log_streams
        self.logged = []
        self.offsets = {}

    @property
    def url(self):
        return f"http://{self.address[0]}:{self.address[1]}{self.prefix}"

    def call(self, method, target, headers=(), body=b"", timeout=20):
        """Sends a raw request and does not wait."""
        return Call(self.address, method, self.prefix + target, headers, body, timeout)

    def ask(self, method, target, headers=(), body=b"", timeout=20):
        """Sends a raw request and returns the answer once its head is there."""
        return self.call(method, target, headers, body, timeout).answer()

    def post(self, dialect, model, key, stream=False, headers=(), body=None, timeout=20, **more):
        """A model request as the dialect writes it."""
        sent = body if body is not None else dialect.body(model, stream, **more)
        return self.ask("POST", dialect.route(model, stream), [*dialect.headers(key), *headers], sent, timeout)

    def output(self):
        return b"".join(program.stdout() + program.stderr() for program in self.programs)

    def lines(self, **wanted):
        """The log lines so far whose fields match."""
        for path in [getattr(program, f"{name}_path") for program in self.programs for name in self.log_streams]:
            self.read_on(path)
        return [fields for fields in self.logged if all(fields.get(name) == value for name, value in wanted.items())]

    def read_on(self, path):
        """Parses what was added to a file since the last look."""
        with path.open("rb") as file:
            file.seek(self.offsets.get(path, 0))
            added = file.read()
        whole = added[:added.rfind(b"\n") + 1]
        self.offsets[path] = self.offsets.get(path, 0) + len(whole)
        for line in whole.splitlines():
            start = line.find(b"{")
            with contextlib.suppress(ValueError):
                fields = json.loads(line[start:]) if start >= 0 else None
                if isinstance(fields, dict) and "outcome" in fields:
                    self.logged.append(fields)

    def line(self, patience=3, **wanted):
        """The one log line of a request; waits for it. A second one that comes later is found by `test_secrets.py`, which counts ids."""
        deadline = time.monotonic() + patience
        while not (found := self.lines(**wanted)):
            assert time.monotonic() < deadline, f"no log line with {wanted}"
            time.sleep(0.005)
        assert len(found) == 1, f"{len(found)} log lines with {wanted}, one expected: {found}"
        return found[0]

    def stop(self):
        for program in self.programs:
            program.stop()
