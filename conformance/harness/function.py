"""The binary `bootstrap` under cargo-lambda's emulator of the Runtime API, through its function-URL door."""

import time

from . import config, keys, tools
from .door import Door, Program, clean_environment
from .ports import free_port, wait_for_port

#: An environment serves one request at a time, so ordinary cases get a few of them.
ENVIRONMENTS = 4


def environment(function, runtime_api, document, **more):
    """What the platform puts around a function."""
    return clean_environment(AWS_LAMBDA_FUNCTION_NAME=function, AWS_LAMBDA_FUNCTION_VERSION="1", AWS_LAMBDA_FUNCTION_MEMORY_SIZE="256",
                             AWS_LAMBDA_RUNTIME_API=runtime_api, GATELET_CONFIG=document, **keys.UPSTREAM, **more)


def bootstrap():
    return tools.built("BOOTSTRAP_BIN", "target/release/bootstrap")


class Function:
    name = "lambda"

    def __init__(self, upstream, directory):
        self.upstream = upstream
        self.directory = directory
        self.emulator = None

    def listen(self):
        if self.emulator is None:
            bootstrap()
            self.port = free_port()
            command = [tools.python_tool("cargo-lambda"), "lambda", "watch", "--only-lambda-apis", "--invoke-address", "127.0.0.1",
                       "--invoke-port", self.port]
            folder = self.directory / "emulator"
            folder.mkdir()
            self.emulator = Program(command, self.directory, "emulator-log", clean_environment(), cwd=folder)
            wait_for_port(self.port, self.emulator)
        return self.port

    def door(self, name, environments=ENVIRONMENTS, **more):
        port = self.listen()
        document = config.document(name, self.upstream)
        function = name if not more else f"{name}-x"
        env = environment(function, f"http://127.0.0.1:{port}/.rt/{function}", document, **more)
        programs = [Program([bootstrap()], self.directory, f"lambda-{function}-{n}", env, cwd=self.directory) for n in range(environments)]
        time.sleep(0.1)
        for program in programs:
            assert program.poll() is None, program.stderr()
        return Door(port, programs, prefix=f"/lambda-url/{function}")

    def stop(self):
        if self.emulator is not None:
            self.emulator.stop()
