"""The table at the end: case × runtime, every cell `ok`, `FAIL` or `n/a: reason`."""

import pytest

RUNTIMES = ("local", "lambda", "workers")


class Table:
    def __init__(self):
        self.cells = {}

    def add(self, case, runtime, variant, outcome):
        self.cells.setdefault(case, {}).setdefault(runtime, []).append((variant, outcome))

    def cell(self, case, runtime):
        results = self.cells[case].get(runtime)
        if not results:
            return "n/a: not selected"
        failed = [variant for variant, outcome in results if outcome == "FAIL"]
        good = [variant for variant, outcome in results if outcome == "ok"]
        if failed:
            return ("FAIL " + ",".join(filter(None, failed))).strip()
        reasons = sorted({outcome for _, outcome in results if outcome.startswith("n/a")})
        if not good:
            return reasons[0]
        count = f" ({len(good)})" if len(good) > 1 else ""
        return f"ok{count}" + "".join(f"; {reason}" for reason in reasons)

    def rows(self):
        return [(case, *(self.cell(case, runtime) for runtime in RUNTIMES)) for case in self.cells]


TABLE = pytest.StashKey[Table]()


def pytest_configure(config):
    config.stash[TABLE] = Table()


def coordinates(item):
    """Case, runtime and variant of a test item."""
    case = f"{item.path.stem.removeprefix('test_')}: {item.originalname.removeprefix('test_').replace('_', ' ')}"
    callspec = getattr(item, "callspec", None)
    params = dict(callspec.params) if callspec else {}
    once = item.get_closest_marker("once")
    runtime = params.pop("runtime", None) or (once.args[0] if once else None)
    variant = "" if callspec is None else "-".join(part for part in callspec.id.split("-") if part not in RUNTIMES)
    return case, runtime, variant


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    report = (yield).get_result()
    case, runtime, variant = coordinates(item)
    if runtime is None:
        return
    table = item.config.stash[TABLE]
    if report.failed:
        table.add(case, runtime, variant, "FAIL")
    elif report.skipped:
        reason = report.longrepr[2].removeprefix("Skipped: ") if isinstance(report.longrepr, tuple) else str(report.longrepr)
        table.add(case, runtime, variant, reason if reason.startswith("n/a: ") else f"n/a: {reason}")
    elif report.when == "call":
        table.add(case, runtime, variant, "ok")


def pytest_collection_finish(session):
    """A case of one runtime says so in the other columns."""
    table = session.config.stash[TABLE]
    for item in session.items:
        once = item.get_closest_marker("once")
        if once:
            case, _, _ = coordinates(item)
            reason = once.kwargs.get("reason", f"a case of {once.args[0]} alone")
            for runtime in RUNTIMES:
                if runtime != once.args[0] and runtime not in table.cells.get(case, {}):
                    table.add(case, runtime, "", f"n/a: {reason}")


def pytest_terminal_summary(terminalreporter, config):
    rows = [] if config.option.collectonly else config.stash[TABLE].rows()
    if not rows:
        return
    head = ("case", *RUNTIMES)
    widths = [max(len(row[column]) for row in [head, *rows]) for column in range(len(head))]
    write = terminalreporter.write_line
    terminalreporter.section("case × runtime")
    for row in [head, tuple("-" * width for width in widths), *rows]:
        write("  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip())
