"""Ephemeral ports."""

import socket
import time


def free_port():
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return sock.getsockname()[1]


HELD = []


def closed_port():
    """A port that refuses connections for the whole session: bound, so that nobody else gets it, but not listening."""
    sock = socket.socket()
    sock.bind(("127.0.0.1", 0))
    HELD.append(sock)
    return sock.getsockname()[1]


def wait_for_port(port, process, seconds=20):
    """Until something listens; fails at once, with its last words, when the process has ended."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        assert process.poll() is None, f"ended with {process.returncode} before it listened: {process.stderr()[-1500:].decode(errors='replace')}"
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            time.sleep(0.02)
    raise AssertionError(f"nothing listened on {port} within {seconds} s")
