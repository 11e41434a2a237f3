"""What the clouds' services say and judge: token endpoints, signatures, the keys of a container."""

import base64
import datetime
import json
import secrets
import time
from urllib.parse import parse_qs

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding

from . import keys
from .clouds import AUDIENCE, CLIENT_ID, CLIENT_SECRET, CONTAINER, EMAIL, KEY_ID, PERSONS_SECRET, REFRESH_TOKEN, RSA_KEY, SCOPE, entra_path, google_path
from .dialects import dump
from .scripts import JSON


class Issuer:
    """A token endpoint: judges who asks as its vendor does, and issues another token each time. What it finds wrong is a failure of
    its scenario, which `check` raises."""

    def __init__(self, upstream, path, judge, before=None):
        self.tokens = []
        self.judge = judge
        self.before = before
        self.scenario = upstream.on(self.issue, model=path)

    async def issue(self, exchange):
        self.judge(exchange)
        if self.before:
            await self.before(exchange)
        token = keys.secret(f"ya29.canary-{secrets.token_urlsafe(24)}")
        self.tokens.append(token)
        await exchange.answer(200, dump({"access_token": token, "expires_in": 3599, "token_type": "Bearer"}), JSON)

    def check(self):
        assert not self.scenario.failures, self.scenario.failures

    def sent_by(self, exchange):
        """The token that the request carries, which must be one that was issued here."""
        self.check()
        scheme, _, token = exchange.headers["authorization"].partition(" ")
        assert scheme == "Bearer" and token in self.tokens, "the request carries no token that was issued"
        return token


def google(upstream, name, judge=None, before=None):
    return Issuer(upstream, google_path(name), judge or judge_assertion, before)


def entra(upstream, tenant, scope="https://cognitiveservices.azure.com/.default"):
    return Issuer(upstream, entra_path(tenant), lambda exchange: judge_client(exchange, scope))


def form_of(exchange):
    """The form that was posted: RFC 6749, appendix B."""
    assert exchange.method == "POST" and not exchange.query
    assert exchange.headers["content-type"].split(";")[0] == "application/x-www-form-urlencoded"
    assert "authorization" not in exchange.headers
    form = parse_qs(exchange.body.decode("ascii"), strict_parsing=True, keep_blank_values=True)
    assert all(len(values) == 1 for values in form.values())
    return {name: values[0] for name, values in form.items()}


def unpadded(text):
    """The bytes of base64url without padding: RFC 7515, section 2."""
    assert "=" not in text and "+" not in text and "/" not in text
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def judge_assertion(exchange):
    """RFC 7523, and https://developers.google.com/identity/protocols/oauth2/service-account."""
    form = form_of(exchange)
    assert set(form) == {"grant_type", "assertion"} and form["grant_type"] == "urn:ietf:params:oauth:grant-type:jwt-bearer"
    head, claims, signature = form["assertion"].split(".")
    # Raises InvalidSignature.
    RSA_KEY.public_key().verify(unpadded(signature), f"{head}.{claims}".encode(), padding.PKCS1v15(), hashes.SHA256())
    assert json.loads(unpadded(head)) == {"alg": "RS256", "typ": "JWT", "kid": KEY_ID}
    claims = json.loads(unpadded(claims))
    assert set(claims) == {"iss", "aud", "scope", "iat", "exp"}
    assert (claims["iss"], claims["aud"], claims["scope"]) == (EMAIL, AUDIENCE, SCOPE)
    now = time.time()
    assert isinstance(claims["iat"], int) and isinstance(claims["exp"], int), "seconds are whole"
    assert now - 60 <= claims["iat"] <= now + 5, "issued long ago, or ahead of its time"
    assert now < claims["exp"] and 0 < claims["exp"] - claims["iat"] <= 3600, "an assertion is good for an hour at most"


def judge_person(exchange):
    """RFC 6749, section 6."""
    assert form_of(exchange) == {"grant_type": "refresh_token", "client_id": "person.apps.googleusercontent.com", "client_secret": PERSONS_SECRET,
                                 "refresh_token": REFRESH_TOKEN}


def judge_client(exchange, scope):
    """https://learn.microsoft.com/entra/identity-platform/v2-oauth2-client-creds-grant-flow."""
    assert form_of(exchange) == {"grant_type": "client_credentials", "client_id": CLIENT_ID, "client_secret": CLIENT_SECRET, "scope": scope}


def container_answer():
    """https://docs.aws.amazon.com/sdkref/latest/guide/feature-container-credentials.html"""
    key_id, secret, token = CONTAINER
    ends = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(hours=1)
    return dump({"RoleArn": "arn:aws:iam::123456789012:role/task", "AccessKeyId": key_id, "SecretAccessKey": secret, "Token": token,
                 "Expiration": ends.strftime("%Y-%m-%dT%H:%M:%SZ")})
