"""Where the tools of the set-up are: cargo-lambda, node, workerd, wrangler."""

import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def cache():
    base = os.environ.get("GATELET_CACHE") or Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "gatelet"
    return Path(base)


def built(variable, default):
    """A binary of ours, which must have been built before the suite runs."""
    path = Path(os.environ.get(variable, ROOT / default)).resolve()
    assert path.exists(), f"{path} is not there; build it first or set {variable}"
    return path


def python_tool(name):
    """A program of the Python environment that runs the suite, or of the cache."""
    for folder in (Path(sys.executable).parent, cache() / "python" / "bin"):
        if (folder / name).exists():
            return folder / name
    raise AssertionError(f"{name} is missing; run `cargo xtask setup`")


def node_modules():
    path = Path(os.environ.get("GATELET_NODE_MODULES", cache() / "node" / "node_modules"))
    assert path.exists(), f"{path} is missing; run `cargo xtask setup`"
    return path
