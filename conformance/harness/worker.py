"""The packaged Worker in bare workerd; and, for a smoke test, in `wrangler dev`."""

import json
import os
import re
from pathlib import Path

from . import config, tools
from .door import Door, Program, clean_environment
from .ports import free_port, wait_for_port

CAPNP = """\
using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
    (name = "gatelet", worker = .gatelet),
    (name = "internet", network = (allow = ["public", "private"])),
    (name = "ai", external = (address = "127.0.0.1:%(upstream)d", http = ())),
  ],
  sockets = [(name = "http", address = "127.0.0.1:%(port)d", http = (), service = "gatelet")],
);
const gatelet :Workerd.Worker = (
  modules = [%(modules)s],
  bindings = [
    %(bindings)s,
    # workerd's own Workers AI binding, as Cloudflare and wrangler set it up; what it asks for goes to the suite's upstream.
    (name = "AI", wrapped = (moduleName = "cloudflare-internal:ai-api", innerBindings = [(name = "fetcher", service = "ai")])),
  ],
  compatibilityDate = "%(date)s",
  compatibilityFlags = [%(flags)s],
);
"""


def worker_directory():
    return tools.built("WORKER_DIR", "build")


def compatibility():
    """Date and flags of the `wrangler.toml` that ships."""
    text = (tools.ROOT / "wrangler.toml").read_text()
    date = re.search(r'^compatibility_date\s*=\s*"([^"]+)"', text, re.M).group(1)
    flags = re.search(r"^compatibility_flags\s*=\s*\[([^\]]*)\]", text, re.M)
    return date, re.findall(r'"([^"]+)"', flags.group(1)) if flags else []


def modules(directory, beside):
    """The packaged modules, the entry first; `embed` takes paths from the configuration's own folder."""
    files = sorted((path for path in Path(directory).rglob("*") if path.suffix in (".js", ".mjs", ".wasm", ".json") and path.name != "package.json"),
                   key=lambda path: path.name != "index.js")
    kinds = {".js": "esModule", ".mjs": "esModule", ".wasm": "wasm", ".json": "json"}
    return ", ".join(f'(name = {json.dumps(str(path.relative_to(directory)))}, {kinds[path.suffix]} = embed {json.dumps(os.path.relpath(path, beside))})' for path in files)


class Worker:
    name = "workers"

    def __init__(self, upstream, directory):
        self.upstream = upstream
        self.directory = directory

    def door(self, name):
        port = free_port()
        bindings = {"GATELET_CONFIG": config.document(name, self.upstream), **config.environment(name, self.upstream)}
        date, flags = compatibility()
        texts = ", ".join(f"(name = {json.dumps(key)}, text = {capnp_text(value)})" for key, value in bindings.items())
        path = self.directory / f"worker-{name}.capnp"
        path.write_text(CAPNP % {"port": port, "upstream": self.upstream.port, "modules": modules(worker_directory(), self.directory), "bindings": texts, "date": date,
                                 "flags": ", ".join(map(json.dumps, flags))})
        program = Program([tools.node_modules() / "@cloudflare/workerd-linux-64/bin/workerd", "serve", path], self.directory, f"worker-{name}",
                          clean_environment(), cwd=self.directory)
        wait_for_port(port, program)
        return Door(port, [program], log_streams=("stdout", "stderr"))

    def stop(self):
        pass


def capnp_text(value):
    """A Cap'n Proto string: bytes outside plain ASCII and the quoting ones are escaped."""
    return '"' + "".join(c if 32 <= ord(c) < 127 and c not in '"\\' else "".join(f"\\x{b:02x}" for b in c.encode()) for c in value) + '"'
