"""The few configurations that the cases run against, as JSON documents that every runtime takes."""

import itertools
import json

from . import clouds, keys, misplaced
from .dialects import ALL, UPSTREAMS
from .ports import closed_port

KINDS = {"chat": "openai-compatible", "responses": "openai", "messages": "anthropic", "gemini": "gemini", "converse": "bedrock"}


def provider(name, dialect, origin):
    version = "/v1" if dialect in ("chat", "responses") else ""
    return {"kind": KINDS[dialect], "base_url": origin + version, "dialects": [dialect], "api_key": "${UPSTREAM_%s_KEY}" % name.upper(), "on_client_gone": "abort"}


def providers(upstream):
    """For each dialect: the provider, a second one to fall back to, and one that nobody answers for."""
    table = {"mock": {"kind": "mock"}}
    nobody = f"http://127.0.0.1:{closed_port()}"
    for dialect in map(str, UPSTREAMS):
        table[dialect] = provider(dialect, dialect, upstream.origin)
        table[dialect + "2"] = provider(dialect + "2", dialect, upstream.origin)
        table["dead-" + dialect] = {**provider(dialect, dialect, nobody), "api_key": "${UPSTREAM_%s_KEY}" % dialect.upper()}
    table["gemini-drained"] = {**provider("gemini", "gemini", upstream.origin), "on_client_gone": "drain"}
    table["chat-plain"] = {**provider("chat", "chat", upstream.origin), "include_usage": False}
    return table


def models():
    """Names of our own: `pair-D` falls back from `D/pair-D-a` to `D2/pair-D-b`, `dead-pair-D` from nobody, `cross-D-E`
    from `D/cross-a` to an upstream of another dialect, `E2/cross-b`."""
    table = {"fast": {"targets": ["chat/fast-target"]}}
    for dialect in map(str, ALL):
        table[f"pair-{dialect}"] = {"targets": [f"{dialect}/pair-{dialect}-a"], "fallbacks": [f"{dialect}2/pair-{dialect}-b"]}
        table[f"dead-pair-{dialect}"] = {"targets": [f"dead-{dialect}/x"], "fallbacks": [f"{dialect}2/pair-{dialect}-b"]}
    for first, second in itertools.permutations(map(str, UPSTREAMS), 2):
        table[f"cross-{first}-{second}"] = {"targets": [f"{first}/cross-a"], "fallbacks": [f"{second}2/cross-b"]}
    table["weighted"] = {"targets": [{"model": "chat/weighted-a", "weight": 1}, {"model": "chat2/weighted-b", "weight": 1}]}
    return table


def keyring():
    return {"alpha": {"sha256": keys.sha256(keys.ALPHA)}, "beta": {"sha256": keys.sha256(keys.BETA), "models": ["fast", "messages/*"]}}


def main(upstream):
    return {"providers": providers(upstream), "models": models(), "keys": keyring()}


def hasty(upstream):
    """Impatient: for upstreams that fall silent."""
    return {**main(upstream), "timeouts": {"connect": "1s", "headers": "700ms", "first_event": "700ms", "idle": "700ms", "total": "20s"}}


def committed(upstream):
    """Commits early, so that a stream whose first meaningful event is late shows its keep-alive."""
    return {**main(upstream), "timeouts": {"commit": "300ms"}}


def cors(upstream):
    """A page of this origin may use the gateway."""
    return {**main(upstream), "server": {"cors_origins": ["https://app.example"]}}


def small(upstream):
    """Takes little bodies only."""
    return {**main(upstream), "server": {"max_body": "64KiB"}}


def total(upstream):
    """A short life for a whole request, however lively the upstream."""
    return {**main(upstream), "timeouts": {"total": "1500ms"}}


def unlocked(upstream):
    """Nobody's key asked for, said openly."""
    return {"providers": providers(upstream), "models": models(), "open": True}


def keyless(upstream):
    """No keys and not a word about it."""
    return {"providers": providers(upstream), "models": models()}


def bedrock(upstream):
    """Both of its endpoints, with each of the ways to prove who asks."""
    place = {"kind": "bedrock", "base_url": upstream.origin, "region": "eu-central-1"}
    signed = {**place, "access_key_id": "${UPSTREAM_AWS_ID}", "secret_access_key": "${UPSTREAM_AWS_SECRET}"}
    temporary = {**place, "access_key_id": "${UPSTREAM_AWS_TEMPORARY_ID}", "secret_access_key": "${UPSTREAM_AWS_TEMPORARY_SECRET}",
                 "session_token": "${UPSTREAM_AWS_TEMPORARY_TOKEN}"}
    table = {"signed": signed, "temporary": temporary, "mantle": {**signed, "kind": "bedrock-mantle"}, "keyed": {**place, "api_key": "${UPSTREAM_CONVERSE_KEY}"}}
    return {"providers": table, "keys": keyring()}


def role(upstream):
    """Bedrock, as whoever the platform says that asks."""
    return {"providers": {"bedrock": {"base_url": upstream.origin}}, "keys": keyring()}


def lists(upstream):
    """Three that have a list of their models, and one that nobody answers for."""
    table = {name: provider(name, name, upstream.origin) for name in ("chat", "messages", "gemini")}
    table["dead"] = {**provider("chat", "chat", f"http://127.0.0.1:{closed_port()}"), "api_key": "${UPSTREAM_CHAT_KEY}"}
    return {"providers": table, "keys": keyring()}


def bound(_upstream):
    """Workers AI through the Worker's binding."""
    return {"providers": {"cf": {"kind": "workers-ai", "binding": "AI"}}, "keys": keyring()}


def unbound(_upstream):
    """Through one that the Worker has not."""
    return {"providers": {"cf": {"kind": "workers-ai", "binding": "IA"}}, "keys": keyring()}


def broken(upstream):
    """Has a field that no version knows."""
    return {**main(upstream), "colour": "blue"}


def unset(upstream):
    """Refers to a secret that is not there."""
    table = providers(upstream)
    table["chat"] = {**table["chat"], "api_key": "${GATELET_TEST_UNSET}"}
    return {"providers": table, "keys": keyring()}


def cloudy(upstream):
    """Providers that take more than a key: tokens that are got, requests that are signed."""
    return {"providers": clouds.providers(upstream), "keys": keyring()}


def wrong(upstream):
    """Everything about a cloud that is wrong before anything is asked."""
    return {"providers": misplaced.providers(upstream), "keys": keyring()}


NAMED = {"main": main, "hasty": hasty, "committed": committed, "cors": cors, "small": small, "total": total, "unlocked": unlocked, "keyless": keyless, "broken": broken, "unset": unset,
         "lists": lists, "bound": bound, "unbound": unbound, "bedrock": bedrock, "role": role, "clouds": cloudy, "misplaced": wrong}
#: What the documents refer to, besides the keys of upstreams.
ENVIRONMENTS = {"clouds": clouds.environment, "misplaced": misplaced.surroundings}


def document(name, upstream):
    return json.dumps(NAMED[name](upstream))


def environment(name, upstream):
    """The variables, or bindings, that the document refers to."""
    return {**keys.UPSTREAM, **keys.platform(name), **ENVIRONMENTS.get(name, lambda _: {})(upstream)}
