"""Judges a signature as AWS would: from the request as it arrived, with botocore as the signer.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
"""

import hashlib
import re
import time
from calendar import timegm
from urllib.parse import parse_qsl

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

AUTHORIZATION = re.compile(r"AWS4-HMAC-SHA256 Credential=([^/, ]+)/(\d{8})/([^/, ]+)/([^/, ]+)/aws4_request, SignedHeaders=([a-z0-9;-]+), Signature=([0-9a-f]{64})")
#: How far the clock of whoever signed may be off, in seconds.
TOLERANCE = 300


def verify(method, target, headers, body, secret_of, region, service, now=None):
    """Raises an AssertionError that says what AWS would find wrong.

    `target` is the path and query as they were sent, `headers` all pairs of name and value, `secret_of` maps the id of an
    access key to its secret and its session token (or None), and `now` is in seconds since the Unix epoch.
    """
    received = {}
    for name, value in headers:
        received.setdefault(name.lower(), []).append(value)
    for name in ("authorization", "host", "x-amz-date", "x-amz-security-token"):
        assert len(received.get(name, ())) <= 1, f"{name} came more than once"
    for name in ("authorization", "host", "x-amz-date"):
        assert name in received, f"{name} is missing"

    found = AUTHORIZATION.fullmatch(received["authorization"][0])
    assert found, "the authorization is not in the form of Signature Version 4"
    key_id, day, its_region, its_service, signed, signature = found.groups()
    assert key_id in secret_of, "nobody has this access key"
    assert (its_region, its_service) == (region, service), "signed for another region or service"
    date = received["x-amz-date"][0]
    assert re.fullmatch(r"\d{8}T\d{6}Z", date) and date.startswith(day), "the dates do not agree"
    distance = timegm(time.strptime(date, "%Y%m%dT%H%M%SZ")) - (time.time() if now is None else now)
    assert abs(distance) <= TOLERANCE, "signed too long ago, or ahead of its time"

    names = signed.split(";")
    assert names == sorted(set(names)), "the signed headers are not in order"
    missing = [name for name in names if name not in received]
    assert not missing, f"signed but not sent: {missing}"
    unsigned = [name for name in received if (name in ("host", "content-type") or name.startswith("x-amz-")) and name not in names]
    assert not unsigned, f"sent but not signed: {unsigned}"
    secret, token = secret_of[key_id]
    assert received.get("x-amz-security-token") == (token and [token]), "the session token is not the key's"
    told = received.get("x-amz-content-sha256", [hashlib.sha256(body).hexdigest()])
    assert told == [hashlib.sha256(body).hexdigest()], "the body is not what its hash says"

    path, _, query = target.partition("?")
    # Given as parameters, botocore escapes the query in its own way, however it was sent.
    request = AWSRequest(method, f"https://{received['host'][0]}{path}", data=body, params=parse_qsl(query, keep_blank_values=True))
    for name in names:
        for value in received[name]:
            request.headers.add_header(name, value)
    request.context["timestamp"] = date
    auth = SigV4Auth(Credentials(key_id, secret, token), service, region)
    canonical = auth.canonical_request(request)
    expected = auth.signature(auth.string_to_sign(request, canonical), request)
    # Its words stay out of the message: a session token is among them.
    assert signature == expected, "the signature is not that of the request"
