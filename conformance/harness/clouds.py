"""The clouds that the scripted upstream plays: who may ask them, and with what."""

import json

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from . import keys
from .ports import closed_port

EMAIL = "gatelet@project-1.iam.gserviceaccount.com"
PROJECT = "project-1"
LOCATION = "us-east5"
#: https://developers.google.com/identity/protocols/oauth2/service-account: of every assertion, wherever it is sent.
AUDIENCE = "https://oauth2.googleapis.com/token"
SCOPE = "https://www.googleapis.com/auth/cloud-platform"
#: An id is no secret: it is in the clear in each assertion's head.
KEY_ID = "4f1c0d8e9ab2"


def private_pem(key):
    return key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()).decode()


def note_pem(pem):
    """Each line of a key in pieces of 24 characters: whoever prints two of them in a row has printed a whole piece."""
    for line in filter(lambda line: not line.startswith("-"), pem.splitlines()):
        for start in range(0, len(line) - 23, 24):
            keys.secret(line[start:start + 24])
    return pem


RSA_KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
PEM = note_pem(private_pem(RSA_KEY))
#: A private key in PKCS#8 that can sign no RS256.
EC_PEM = note_pem(private_pem(ec.generate_private_key(ec.SECP256R1())))

#: Each asks a token endpoint of its own, so that cases do not meet.
#: Why there may be no token: the cases of `test_canaries.py`.
FAILURES = ("refused", "worded", "objected", "page", "empty", "tokenless", "blank", "unsendable", "cut", "large", "moved", "gone")
SERVICE_ACCOUNTS = ("vertex", "often", "crowd", "revoked", "outcast", "silent", "left", "late", "echo", *(f"failing-{why}" for why in FAILURES))
ENTRA_TENANTS = ("azure", "foundry", "entra-refused", "entra-revoked", "entra-echo")

REFRESH_TOKEN = keys.secret("1//0canary-refresh-token-5d1e")
PERSONS_SECRET = keys.secret("GOCSPX-canary-of-a-person-77b0")
CLIENT_ID = "6f1d2c3b-client"
CLIENT_SECRET = keys.secret("canary~entra/secret+with=signs-31c9")
ACCESS_TOKEN = keys.secret("ya29.canary-configured-access-token-0b52")
AZURE_KEY = keys.secret("canary-azure-key-0d94f2aa61")
VERTEX_KEY = keys.secret("AIzaCanary-express-mode-key-9e44c1")

#: Of a container's role: the key that its service lends, and what that asks to see.
CONTAINER = "ASIACANARYCONTAINER", keys.secret("canary/container+secret/key/aa0377"), keys.secret("IQoJcanary//session+token/of+a+container==")
CONTAINER_TOKEN = keys.secret("canary-container-authorization-token-2f8b")
REGION = "us-west-2"


def service_account(token_uri, pem=PEM, **more):
    """The JSON of a service account's key, as Google's console hands it out."""
    return json.dumps({"type": "service_account", "project_id": PROJECT, "private_key_id": KEY_ID, "private_key": pem, "client_email": EMAIL,
                       "client_id": "1234567890", "auth_uri": "https://accounts.google.com/o/oauth2/auth", "token_uri": token_uri,
                       "universe_domain": "googleapis.com", **more}, indent=2)


def google_path(name):
    return f"/google/{name}/token"


def entra_path(tenant):
    return f"/{tenant}/oauth2/v2.0/token"


def variable(account):
    """The variable that holds the account's key."""
    return "ACCOUNT_" + account.upper().replace("-", "_")


def providers(upstream):
    """The providers of the configuration `clouds`."""
    vertex = {"kind": "vertex", "base_url": upstream.origin, "region": LOCATION}
    azure = {"kind": "azure", "base_url": upstream.origin}
    entra = {"client_id": CLIENT_ID, "client_secret": "${ENTRA_SECRET}", "authority": upstream.origin}
    bedrock = {"kind": "bedrock", "region": REGION, "access_key_id": "${UPSTREAM_AWS_TEMPORARY_ID}",
               "secret_access_key": "${UPSTREAM_AWS_TEMPORARY_SECRET}", "session_token": "${UPSTREAM_AWS_TEMPORARY_TOKEN}"}
    secure = upstream.origin.replace("http:", "https:")
    table = {name: {**vertex, "credentials": "${%s}" % variable(name)} for name in SERVICE_ACCOUNTS}
    table |= {
        "wrong-key": {**vertex, "credentials": "${ACCOUNT_EC}"},
        "plain-port": {**vertex, "credentials": "${ACCOUNT_PLAIN_PORT}"},
        "nobody": {**vertex, "credentials": "${ACCOUNT_NOBODY}"},
        "secure-vertex": {**vertex, "base_url": secure, "credentials": "${ACCOUNT_VERTEX}"},
        "worldwide": {"kind": "vertex", "base_url": upstream.origin, "project": "project-2", "credentials": "${ACCOUNT_VERTEX}"},
        "person": {**vertex, "project": PROJECT, "credentials": "${ACCOUNT_PERSON}"},
        "token": {**vertex, "project": PROJECT, "access_token": "${ACCESS_TOKEN}"},
        "express": {**vertex, "project": PROJECT, "api_key": "${VERTEX_KEY}"},
        "azure-key": {**azure, "api_key": "${AZURE_KEY}"},
        "azure-dated": {**azure, "api_key": "${AZURE_KEY}", "api_version": "2024-10-21"},
        "azure-old": {**azure, "api_key": "${AZURE_KEY}", "api_version": "2024-06-01"},
        "azure-token": {**azure, "access_token": "${ACCESS_TOKEN}"},
        "secure-azure": {**azure, "base_url": secure, "api_key": "${AZURE_KEY}"},
        "bedrock": {**bedrock, "base_url": upstream.origin},
        "secure-bedrock": {**bedrock, "base_url": secure},
    }
    for tenant in ENTRA_TENANTS:
        kind = "azure-foundry" if tenant == "foundry" else "azure"
        table[tenant] = {**azure, **entra, "kind": kind, "tenant_id": tenant}
    return table


def environment(upstream):
    """What its references name."""
    accounts = {variable(name): service_account(upstream.origin + google_path(name)) for name in SERVICE_ACCOUNTS}
    accounts["ACCOUNT_EC"] = service_account(upstream.origin + google_path("ec"), EC_PEM)
    accounts["ACCOUNT_PLAIN_PORT"] = service_account(upstream.origin.replace("http:", "https:") + google_path("plain-port"))
    accounts["ACCOUNT_NOBODY"] = service_account(f"http://127.0.0.1:{closed_port()}/token")
    accounts["ACCOUNT_PERSON"] = json.dumps({"type": "authorized_user", "client_id": "person.apps.googleusercontent.com", "client_secret": PERSONS_SECRET,
                                             "refresh_token": REFRESH_TOKEN, "token_uri": upstream.origin + google_path("person")})
    return {**accounts, "ENTRA_SECRET": CLIENT_SECRET, "ACCESS_TOKEN": ACCESS_TOKEN, "AZURE_KEY": AZURE_KEY, "VERTEX_KEY": VERTEX_KEY}
