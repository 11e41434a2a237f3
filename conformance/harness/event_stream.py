"""Frames of AWS's binary event stream: https://smithy.io/2.0/aws/amazon-eventstream.html."""

import struct
import zlib

MIME = "application/vnd.amazon.eventstream"


def frame(headers, payload):
    """One message; all header values are strings (type 7)."""
    head = b"".join(bytes([len(name)]) + name.encode() + b"\x07" + struct.pack(">H", len(value)) + value.encode() for name, value in headers.items())
    prelude = struct.pack(">II", 16 + len(head) + len(payload), len(head))
    message = prelude + struct.pack(">I", zlib.crc32(prelude)) + head + payload
    return message + struct.pack(">I", zlib.crc32(message))


def event(kind, payload):
    return frame({":event-type": kind, ":content-type": "application/json", ":message-type": "event"}, payload)


def exception(kind, payload):
    return frame({":exception-type": kind, ":content-type": "application/json", ":message-type": "exception"}, payload)
