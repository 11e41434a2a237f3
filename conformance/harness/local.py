"""The binary `gatelet`, as a person runs it."""

from . import config, tools
from .door import Door, Program, clean_environment
from .ports import free_port, wait_for_port


class Local:
    name = "local"

    def __init__(self, upstream, directory):
        self.upstream = upstream
        self.directory = directory
        self.started = 0

    def program(self, arguments, document=None, beside=None, **env):
        """Runs the binary with a configuration in its environment, in a directory that is empty but for `gatelet.toml` as given."""
        self.started += 1
        label = f"local-{self.started}"
        home = self.directory / label
        home.mkdir()
        if beside is not None:
            (home / "gatelet.toml").write_text(beside)
        if document is not None:
            env["GATELET_CONFIG"] = document
        return Program([tools.built("GATELET_BIN", "target/release/gatelet"), *arguments], self.directory, label,
                       clean_environment(**env), cwd=home)

    def door(self, name):
        port = free_port()
        program = self.program(["--listen", f"127.0.0.1:{port}"], config.document(name, self.upstream),
                               **config.environment(name, self.upstream))
        wait_for_port(port, program)
        return Door(port, [program])

    def stop(self):
        pass
