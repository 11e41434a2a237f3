"""Makes `random_frames.json`: random messages in frames, each with what botocore's decoder reads in it.

    ~/.cache/gatelet/python/bin/python core/tests/vectors/event_stream/random_frames.py

Always the same ones. The frames are the conformance suite's; what they say is botocore's word.
"""

import json
import sys
from pathlib import Path
from random import Random

from botocore.eventstream import EventStreamBuffer

sys.path.insert(0, str(Path(__file__).parents[4] / "conformance"))

from harness.event_stream import random_frame  # noqa: E402

CASES = 100


def case(random):
    frame = random_frame(random, 200)
    buffer = EventStreamBuffer()
    buffer.add_data(frame)
    (message,) = buffer
    told = message.headers
    kind = told[":message-type"]
    name = {"event": ":event-type", "exception": ":exception-type", "error": ":error-code"}[kind]
    return {"frame": frame.hex(), "kind": kind, "name": told[name], "says": told[":error-message"] if kind == "error" else message.payload.decode()}


if __name__ == "__main__":
    random = Random("event streams")
    lines = ",\n".join(json.dumps(case(random), ensure_ascii=False) for _ in range(CASES))
    path = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).with_name("random_frames.json")
    path.write_text(f"[\n{lines}\n]\n", encoding="utf-8")
