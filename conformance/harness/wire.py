"""A raw HTTP/1.1 client: nothing is added, folded, decoded or retried, and every byte has its time."""

import json
import socket
import struct
import time

#: Every byte that any runtime sent to a raw client, for the canary case.
HEARD = bytearray()


class Incomplete(Exception):
    """The peer ended before the message did."""


class Answer:
    """A response being read."""

    def __init__(self, sock):
        self.sock = sock
        self.buffer = b""
        self.ended = False
        head = self.until(b"\r\n\r\n")
        self.head_at = time.monotonic()
        line, *fields = head.decode("latin-1").split("\r\n")
        self.status = int(line.split(" ", 2)[1])
        self.header_list = [(name.lower(), value.strip()) for name, _, value in (f.partition(":") for f in fields if f)]
        self.headers = dict(self.header_list)
        self.bodiless = False

    def fill(self):
        data = self.sock.recv(65536)
        if not data:
            raise Incomplete("the connection ended early")
        HEARD.extend(data)
        self.buffer += data

    def until(self, mark):
        while mark not in self.buffer:
            self.fill()
        found, self.buffer = self.buffer.split(mark, 1)
        return found

    def exactly(self, size):
        while len(self.buffer) < size:
            self.fill()
        found, self.buffer = self.buffer[:size], self.buffer[size:]
        return found

    def pieces(self):
        """Body pieces in the framing they came in; raises `Incomplete` when the framing is cut."""
        if self.ended or self.bodiless or self.status in (204, 304):
            return
        if "chunked" in self.headers.get("transfer-encoding", ""):
            while True:
                size = int(self.until(b"\r\n").split(b";")[0], 16)
                data = self.exactly(size)
                if size == 0:
                    self.until(b"\r\n")
                    break
                self.exactly(2)
                yield data
        elif "content-length" in self.headers:
            data = self.exactly(int(self.headers["content-length"]))
            if data:
                yield data
        else:
            while True:
                if self.buffer:
                    data, self.buffer = self.buffer, b""
                    yield data
                try:
                    self.fill()
                except Incomplete:
                    break
        self.ended = True

    def read(self):
        """The whole body."""
        return b"".join(self.pieces())

    def json(self):
        return json.loads(self.read())

    def events(self):
        """Server-sent event blocks with the time each was whole, as raw bytes without the blank line."""
        pending = b""
        for piece in self.pieces():
            pending += piece
            normal = pending.replace(b"\r\n", b"\n")
            while b"\n\n" in normal:
                block, normal = normal.split(b"\n\n", 1)
                if block.strip():
                    yield time.monotonic(), block
            pending = normal
        if pending.strip():
            yield time.monotonic(), pending

    def leave(self, how="close"):
        """Leaves at once, whatever is still to come."""
        leave(self.sock, how)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.sock.close()


class Call:
    """A request that has been sent and whose answer has not been read."""

    def __init__(self, address, method, target, headers=(), body=b"", timeout=20):
        self.sock = socket.create_connection(address, timeout=timeout)
        self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        names = {name.lower() for name, _ in headers}
        lines = [f"{method} {target} HTTP/1.1"]
        if "host" not in names:
            lines.append(f"Host: {address[0]}:{address[1]}")
        lines += [f"{name}: {value}" for name, value in headers]
        if not names & {"content-length", "transfer-encoding"} and (body or method in ("POST", "PUT", "PATCH")):
            lines.append(f"Content-Length: {len(body)}")
        self.method = method
        self.sent_at = time.monotonic()
        self.sock.sendall(("\r\n".join(lines) + "\r\n\r\n").encode("latin-1") + body)

    def answer(self):
        answer = Answer(self.sock)
        answer.bodiless = self.method == "HEAD"
        return answer

    def leave(self, how="close"):
        leave(self.sock, how)


def leave(sock, how):
    """`close` says FIN, which a server may take for the end of the request alone; `reset` leaves no doubt."""
    if how == "reset":
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    else:
        sock.shutdown(socket.SHUT_RDWR)
    sock.close()
