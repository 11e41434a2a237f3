"""Makes `random_requests.json`: random requests, each with what botocore's signer makes of it.

    ~/.cache/gatelet/python/bin/python core/tests/vectors/sigv4/random_requests.py

Always the same ones. What is to be signed is said here and not asked of the gateway: the host, the content type, and what
begins with `x-amz`; the other headers of a case are sent beside them.
"""

import datetime
import json
import sys
from pathlib import Path
from random import Random
from unittest import mock
from urllib.parse import quote, urlsplit

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

CASES = 200
REGIONS = ("us-east-1", "us-west-2", "eu-central-1", "ap-northeast-1", "us-gov-west-1", "cn-north-1")
OPERATIONS = ("converse", "converse-stream", "invoke", "invoke-with-response-stream", "count-tokens")
BASE64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
TEXT = BASE64 + " \t!\"#$%&'()*,-.:;<=>?@[]^_`{|}~äßé€漢字🦀"


def text(random, alphabet, least, most):
    return "".join(random.choices(alphabet, k=random.randint(least, most)))


def model(random, region):
    account = text(random, "0123456789", 12, 12)
    name = text(random, "abcdefghijklmnopqrstuvwxyz0123456789", 8, 12)
    return random.choice((
        f"us.anthropic.claude-{name}-v1:0",
        f"amazon.nova-{name}-v1:0:24k",
        f"arn:aws:bedrock:{region}:{account}:inference-profile/us.anthropic.claude-{name}-v1:0",
        f"arn:aws:bedrock:{region}:{account}:application-inference-profile/{name}",
        f"arn:aws-us-gov:bedrock:{region}:{account}:provisioned-model/{name}",
        f"arn:aws:sagemaker:{region}:{account}:endpoint/{name}",
        text(random, TEXT.replace(".", ""), 1, 24),
    ))


def target(random, region):
    """A service's signing name, its host and a path."""
    host = f"bedrock-runtime.{region}.amazonaws.com"
    kind = random.random()
    if kind < 0.7:
        return "bedrock", host, f"/model/{quote(model(random, region), safe='')}/{random.choice(OPERATIONS)}"
    if kind < 0.8:
        return "bedrock", f"bedrock.{region}.amazonaws.com", "/foundation-models"
    if kind < 0.9:
        return "bedrock-mantle", f"bedrock-mantle.{region}.api.aws", random.choice(("/v1/chat/completions", "/anthropic/v1/messages"))
    # As a base URL leads to it: a port, a path before, and what a segment may hold unescaped (RFC 3986, section 3.3).
    path = random.choice(("/a:b/@c/d;e=f/g,h/i+j/k!l$m&n'o(p)q*r", "/./a//b/../c/", "/", "//", "/%7euser/%e4/A%2FB"))
    return "bedrock", f"127.0.0.1:{random.randint(1024, 65535)}", path


def query(random):
    if random.random() < 0.6:
        return ""
    pairs = [(text(random, TEXT, 1, 8), text(random, TEXT, 0, 12)) for _ in range(random.randint(1, 5))]
    pairs += [(name, text(random, TEXT, 0, 3)) for name, _ in pairs[: random.randint(0, 2)]]
    random.shuffle(pairs)
    return "&".join(f"{quote(name, safe='-_.~')}={quote(value, safe='-_.~')}" for name, value in pairs)


def headers(random):
    """Those that are signed, and those that are only sent."""
    signed = [("content-type", random.choice(("application/json", "application/json; charset=utf-8", " application/json;  charset = \"a  b\" ")))]
    for name in ("x-amzn-bedrock-trace", "x-amzn-bedrock-guardrailidentifier", "x-amz-meta", "x-amz-a-b", "x-amz-a"):
        if random.random() < 0.3:
            words = text(random, " \t" * 10 + "abcXYZ0123,;=\"'()", 0, 40)
            signed += [(name, words)] * random.choice((1, 1, 1, 2))
    sent = [(name, "of no importance") for name in
            ("user-agent", "accept", "accept-encoding", "anthropic-beta", "expect", "x-amzn-trace-id", "traceparent", "x-stainless-lang")
            if random.random() < 0.5]
    return signed, sent


def case(random):
    region = random.choice(REGIONS)
    service, host, path = target(random, region)
    asked = query(random)
    url = f"https://{host}{path}" + (f"?{asked}" if asked else "")
    signed, sent = headers(random)
    body = text(random, TEXT, 0, random.choice((0, 10, 200, 400))).encode()
    key_id = "ASIA" + text(random, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", 16, 16)
    secret = text(random, BASE64, 40, random.choice((40, 40, 40, 90)))
    token = text(random, BASE64, 100, 400) + "==" if random.random() < 0.5 else None
    # From 2001 to 2099.
    now = random.randint(10**9, 4_102_444_799)
    request = AWSRequest(random.choice(("POST", "POST", "POST", "GET", "PUT")), url, data=body)
    assert urlsplit(url).path == path
    for name, value in signed:
        request.headers.add_header(name, value)
    moment = datetime.datetime.fromtimestamp(now, datetime.timezone.utc)
    with mock.patch("botocore.auth.get_current_datetime", lambda: moment):
        SigV4Auth(Credentials(key_id, secret, token), service, region).add_auth(request)
    return {
        "method": request.method, "url": url, "headers": signed + sent, "body": body.decode(),
        "access_key_id": key_id, "secret_access_key": secret, "session_token": token,
        "region": region, "service": service, "now": now,
        "date": request.headers["X-Amz-Date"], "authorization": request.headers["Authorization"],
    }


if __name__ == "__main__":
    random = Random("signature version 4")
    lines = ",\n".join(json.dumps(case(random), ensure_ascii=False) for _ in range(CASES))
    path = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).with_name("random_requests.json")
    path.write_text(f"[\n{lines}\n]\n", encoding="utf-8")
