"""The binary `bootstrap` under cargo-lambda's emulator of the Runtime API, through its function-URL door."""

import time

from . import config, keys, tools
from .door import Door, Program, clean_environment
from .ports import free_port, wait_for_port

#: An environment serves one request at a time, so ordinary cases get a few of them; those that wait together get more.
ENVIRONMENTS = 4
MORE_ENVIRONMENTS = {"committed": 8}


def environment(function, runtime_api, document, **more):
    """What the platform puts around a function."""
    return clean_environment(AWS_LAMBDA_FUNCTION_NAME=function, AWS_LAMBDA_FUNCTION_VERSION="1", AWS_LAMBDA_FUNCTION_MEMORY_SIZE="256",
                             AWS_LAMBDA_RUNTIME_API=runtime_api, GATELET_CONFIG=document, **{**keys.UPSTREAM, **more})


def project(folder, functions):
    """The emulator serves only functions that are binaries of a Cargo project; this one is never built."""
    (folder / "src/bin").mkdir(parents=True)
    (folder / "Cargo.toml").write_text('[package]\nname = "functions"\nversion = "0.0.0"\nedition = "2021"\n[workspace]\n')
    for name in functions:
        (folder / f"src/bin/{name}.rs").write_text("fn main() {}\n")
    return folder


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
            folder = project(self.directory / "emulator", config.NAMED)
            self.emulator = Program(command, self.directory, "emulator-log", clean_environment(), cwd=folder)
            wait_for_port(self.port, self.emulator)
        return self.port

    def door(self, name):
        port = self.listen()
        env = environment(name, f"http://127.0.0.1:{port}/.rt/{name}", config.document(name, self.upstream),
                          **config.environment(name, self.upstream))
        programs = [Program([bootstrap()], self.directory, f"lambda-{name}-{n}", env, cwd=self.directory)
                    for n in range(MORE_ENVIRONMENTS.get(name, ENVIRONMENTS))]
        time.sleep(0.1)
        for program in programs:
            assert program.poll() is None, program.stderr()
        return Door(port, programs, prefix=f"/lambda-url/{name}")

    def stop(self):
        if self.emulator is not None:
            self.emulator.stop()
