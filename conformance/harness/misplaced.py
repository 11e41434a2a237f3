"""Everything that can be wrong with a cloud before it is asked anything, and what has to be said of it."""

import base64
import json

from cryptography.hazmat.primitives import serialization

from . import keys
from .clouds import AUDIENCE, CLIENT_ID, PEM, PROJECT, REGION, RSA_KEY, environment, google_path, note_pem, service_account


def providers(upstream):
    """The providers of the configuration `misplaced`, none of which can be served: each with what is wrong."""
    vertex = {"kind": "vertex", "base_url": upstream.origin}
    return {
        "slash": {"kind": "bedrock", "region": "us-east-1/../evil.example", "api_key": "${AZURE_KEY}"},
        "authority": {"kind": "bedrock", "region": "evil.example#", "api_key": "${AZURE_KEY}"},
        "keyless": {**vertex, "credentials": "${ACCOUNT_KEYLESS}"},
        "nameless": {**vertex, "credentials": "${ACCOUNT_NAMELESS}"},
        "legacy": {**vertex, "project": PROJECT, "credentials": "${ACCOUNT_LEGACY}"},
        "bare": {**vertex, "project": PROJECT, "credentials": "${ACCOUNT_BARE}"},
        "encoded": {**vertex, "project": PROJECT, "credentials": "${ACCOUNT_ENCODED}"},
        "cut": {**vertex, "project": PROJECT, "credentials": "${ACCOUNT_CUT}"},
        "written": {**vertex, "project": PROJECT, "credentials": service_account(AUDIENCE)},
        "fragment": {"kind": "openai-compatible", "base_url": upstream.origin + "/v1#here"},
        "endpoint": {**vertex, "credentials": "${ACCOUNT_FRAGMENT}"},
        "opnai": {},
        "unknown": {"kind": "antropic"},
        "halved": {"kind": "bedrock", "region": REGION, "access_key_id": "${UPSTREAM_AWS_ID}"},
        "sessionless": {"kind": "bedrock", "region": REGION, "session_token": "${UPSTREAM_AWS_TEMPORARY_TOKEN}"},
        "pasted": {"kind": "bedrock", "region": REGION, "access_key_id": "${UPSTREAM_AWS_ID}", "secret_access_key": keys.SIGNED[1]},
        "tenantless": {"kind": "azure", "base_url": upstream.origin, "client_id": CLIENT_ID, "client_secret": "${ENTRA_SECRET}"},
        "tenant": {"kind": "azure", "base_url": upstream.origin, "tenant_id": "a/b", "client_id": CLIENT_ID, "client_secret": "${ENTRA_SECRET}"},
        "foreign": {"kind": "openai", "access_key_id": "${UPSTREAM_AWS_ID}", "api_key": "${AZURE_KEY}"},
    }


#: What has to be said of each: the field, and words of the message.
WRONG = {
    "slash": ("region", "letters, digits and dashes"), "authority": ("region", "letters, digits and dashes"), "keyless": ("credentials", "no `private_key`"),
    "nameless": ("credentials", "no `client_email`"), "legacy": ("credentials", "no private key in PEM"), "bare": ("credentials", "ACCOUNT_BARE"),
    "encoded": ("credentials", "ACCOUNT_ENCODED"), "cut": ("credentials", "not the JSON"), "written": ("credentials", "a secret is not written"),
    "fragment": ("base_url", "no fragment"), "endpoint": ("credentials", "no fragment"), "opnai": (None, 'did you mean "openai"?'),
    "unknown": ("kind", 'did you mean "anthropic"?'), "halved": ("secret_access_key", "required"), "sessionless": ("session_token", "belongs to"),
    "pasted": ("secret_access_key", "a secret is not written"), "tenantless": ("tenant_id", "required"), "tenant": ("tenant_id", "letters, digits, dashes"),
    "foreign": ("access_key_id", "remove it"),
}


def surroundings(upstream):
    account = json.loads(service_account(upstream.origin + google_path("wrong")))
    without = lambda name: json.dumps({field: value for field, value in account.items() if field != name})  # noqa: E731
    legacy = RSA_KEY.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()).decode()
    whole = json.dumps(account)
    return {**environment(upstream), "ACCOUNT_KEYLESS": without("private_key"), "ACCOUNT_NAMELESS": without("client_email"),
            "ACCOUNT_LEGACY": json.dumps({**account, "private_key": note_pem(legacy)}), "ACCOUNT_BARE": PEM,
            "ACCOUNT_ENCODED": note_pem(base64.b64encode(whole.encode()).decode()), "ACCOUNT_CUT": whole[:-40],
            "ACCOUNT_FRAGMENT": service_account(upstream.origin + "/token#here")}
