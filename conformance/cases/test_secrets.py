"""After everything else: no canary in anything that was ever printed or answered, and one log line a request."""

import collections
import re

import pytest

from harness import keys, wire
from harness.dialects import CHAT


@pytest.fixture
def noisy(door):
    """Every failing configuration has been provoked at least once."""
    for config in ("main", "hasty"):
        door(config).post(CHAT, "dead-chat/x", keys.ALPHA).read()
        door(config).ask("POST", f"/v1/chat/completions?key={keys.ALPHA}", [], b"{}").read()
        door(config).ask("GET", f"/nonsense?api_key={keys.BETA}&key={keys.STRANGER}", []).read()
    return door


def test_no_canary_in_any_output(fleet, noisy, runtime):
    printed = {path.name: path.read_bytes() for path in fleet.directory.glob(f"{ {'workers': 'worker'}.get(runtime, runtime) }*.std*")}
    assert printed, "nothing was captured"
    found = [(name, canary[:8]) for name, text in printed.items() for canary in [*keys.CLIENT_CANARIES, *keys.UPSTREAM_CANARIES] if canary.encode() in text]
    assert not found, found


def test_one_line_a_request(fleet, runtime, noisy):
    """However a request ended, its id is logged exactly once."""
    ids = collections.Counter(line["id"] for (name, *_), door in fleet.doors.items() if name == runtime for line in door.lines())
    assert ids and not [(id, count) for id, count in ids.items() if count != 1]


def test_no_upstream_canary_in_any_answer(noisy):
    found = [canary[:8] for canary in keys.UPSTREAM_CANARIES if canary.encode() in wire.HEARD]
    assert not found, found


def test_no_client_canary_in_any_answer(noisy):
    found = [canary[:8] for canary in keys.CLIENT_CANARIES if canary.encode() in wire.HEARD]
    assert not found, found


def test_no_prompt_and_no_panic_text_in_any_line(fleet, runtime, noisy):
    """Bodies are never logged."""
    lines = [line for door in fleet.doors.values() for line in door.lines()]
    assert lines and not [line for line in lines if re.search(r"nobody may log|Incorrect API key|vendor trouble", str(line))]
