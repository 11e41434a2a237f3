"""Credentials of the suite. Each is a canary: none may ever show up in anything a runtime prints or answers."""

import hashlib
import random
import string
import zlib

BASE62 = string.digits + string.ascii_uppercase + string.ascii_lowercase


def client_key(seed):
    """A client key in gatelet's form: prefix, 32 characters, and their CRC-32 in base62."""
    body = "glt_" + "".join(random.Random(seed).choices(BASE62, k=32))
    value, checksum = zlib.crc32(body.encode()), ""
    for _ in range(6):
        value, digit = divmod(value, 62)
        checksum = BASE62[digit] + checksum
    return body + checksum


def sha256(key):
    return hashlib.sha256(key.encode()).hexdigest()


ALPHA = client_key("alpha")
BETA = client_key("beta")
STRANGER = client_key("nobody knows this one")

#: Environment name → upstream credential. Provider `chat2` has `UPSTREAM_CHAT2_KEY`.
UPSTREAM = {f"UPSTREAM_{name}_KEY": f"sk-canary-{name.lower()}-7f3e9a1c5b" for name in
            ("CHAT", "CHAT2", "RESPONSES", "RESPONSES2", "MESSAGES", "MESSAGES2", "GEMINI", "GEMINI2", "CONVERSE", "CONVERSE2")}

#: Of AWS: two keys that are configured, one of them for a time, and the platform's own.
SIGNED, TEMPORARY, PLATFORM = (("AKIACANARY7F3E9A1C", "canary-secret-access-key/7f3e9a1c+5b", None),
                               ("ASIACANARY7F3E9A1C", "canary-temporary-secret/7f3e9a1c+5b", "canary-session-token/7f3e9a1c+5b=="),
                               ("ASIAPLATFORM7F3E9A", "canary-platform-secret/7f3e9a1c+5b", "canary-platform-token/7f3e9a1c+5b=="))
UPSTREAM |= {"UPSTREAM_AWS_ID": SIGNED[0], "UPSTREAM_AWS_SECRET": SIGNED[1], "UPSTREAM_AWS_TEMPORARY_ID": TEMPORARY[0],
             "UPSTREAM_AWS_TEMPORARY_SECRET": TEMPORARY[1], "UPSTREAM_AWS_TEMPORARY_TOKEN": TEMPORARY[2]}


def platform(config):
    """What the platform puts into the environment of a function that has a role, for the one configuration that wants it."""
    if config != "role":
        return {}
    return dict(zip(("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_REGION"), (*PLATFORM, "ap-northeast-1")))


def upstream_key(provider):
    return UPSTREAM[f"UPSTREAM_{provider.upper()}_KEY"]


#: What must never be heard: keys of both sides, and the hashes of the clients' keys.
CLIENT_CANARIES = [ALPHA, BETA, STRANGER, sha256(ALPHA), sha256(BETA)]
#: Of the upstreams' side; whatever else proves the gateway to an upstream is added by `secret`, tokens as they are issued.
UPSTREAM_CANARIES = [*UPSTREAM.values(), *PLATFORM]


def secret(text):
    """Notes a further canary of the upstreams' side."""
    UPSTREAM_CANARIES.append(text)
    return text
