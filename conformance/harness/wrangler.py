"""`wrangler dev` on the packaged Worker, for a smoke test."""

import json
import os

from . import config, keys, tools
from .door import Door, Program, clean_environment
from .ports import free_port, wait_for_port
from .worker import compatibility, worker_directory


def dev(upstream, directory):
    """A project beside the suite's other files: the Worker as packaged, secrets as `.dev.vars`."""
    folder = directory / "wrangler"
    folder.mkdir()
    date, flags = compatibility()
    main = os.path.relpath(worker_directory() / "index.js", folder)
    (folder / "wrangler.toml").write_text(
        f'name = "gatelet"\nmain = {json.dumps(main)}\ncompatibility_date = "{date}"\ncompatibility_flags = {json.dumps(flags)}\n'
        'find_additional_modules = true\nno_bundle = true\nrules = [{ type = "ESModule", globs = ["**/*.js"] }, { type = "CompiledWasm", globs = ["**/*.wasm"] }]\n')
    secrets = {"GATELET_CONFIG": config.document("main", upstream), **keys.UPSTREAM}
    (folder / ".dev.vars").write_text("".join(f"{name}='{value}'\n" for name, value in secrets.items()))
    binaries = tools.node_modules() / ".bin"
    port = free_port()
    environment = clean_environment(WRANGLER_SEND_METRICS="false", CLOUDFLARE_CF_FETCH_ENABLED="false", NO_COLOR="1", CI="true")
    environment["PATH"] = f"{binaries}:{environment['PATH']}"
    program = Program([binaries / "node", binaries / "wrangler", "dev", "--port", port, "--ip", "127.0.0.1", "--inspector-port", free_port(), "--show-interactive-dev-session=false"],
                      directory, "worker-wrangler", environment, cwd=folder)
    wait_for_port(port, program, 60)
    return Door(port, [program])
