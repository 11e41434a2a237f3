"""Frames of AWS's binary event stream: https://smithy.io/2.0/aws/amazon-eventstream.html."""

import struct
import zlib

MIME = "application/vnd.amazon.eventstream"


def header(name, value):
    """A header: a string, or a pair of one of the ten types and the bytes of its value."""
    kind, value = (7, value.encode()) if isinstance(value, str) else value
    length = struct.pack(">H", len(value)) if kind in (6, 7) else b""
    return bytes([len(name.encode())]) + name.encode() + bytes([kind]) + length + value


def frame(headers, payload):
    """One message."""
    head = b"".join(header(name, value) for name, value in headers.items())
    prelude = struct.pack(">II", 16 + len(head) + len(payload), len(head))
    message = prelude + struct.pack(">I", zlib.crc32(prelude)) + head + payload
    return message + struct.pack(">I", zlib.crc32(message))


def event(kind, payload):
    return frame({":event-type": kind, ":content-type": "application/json", ":message-type": "event"}, payload)


def exception(kind, payload):
    return frame({":exception-type": kind, ":content-type": "application/json", ":message-type": "exception"}, payload)


#: How many bytes a header's value has, by its type; none where the length is told.
SIZES = {0: 0, 1: 0, 2: 1, 3: 2, 4: 4, 5: 8, 6: None, 7: None, 8: 8, 9: 16}


def random_header(random):
    kind = random.choice(list(SIZES))
    size = random.choice((0, 1, 40, 300)) if SIZES[kind] is None else SIZES[kind]
    text = "".join(random.choices("abcäß漢🦀 \0", k=size)).encode()
    return (kind, text if kind == 7 else random.randbytes(size))


def random_frame(random, most=2000):
    """A message as a service might send it: an event, an exception or an error, with headers that nobody asked for."""
    name = "".join(random.choices("abcdefghijklmnopqrstuvwxyzABC", k=random.randint(1, 30)))
    payload = "".join(random.choices('abc{}":,\\ \n\0äß漢🦀', k=random.choice((0, 1, 30, most)))).encode()
    told = random.choice((
        {":message-type": "event", ":event-type": name, ":content-type": "application/json"},
        {":message-type": "event", ":event-type": name},
        {":message-type": "exception", ":exception-type": name, ":content-type": "application/json"},
        {":message-type": "error", ":error-code": name, ":error-message": 'It "failed" – 🦀'},
    ))
    pairs = [*told.items(), *((f"x-{n}" + "é" * random.randint(0, 3), random_header(random)) for n in range(random.randint(0, 6)))]
    random.shuffle(pairs)
    return frame(dict(pairs), b"" if told[":message-type"] == "error" else payload)
