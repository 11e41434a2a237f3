"""Bedrock's own SDK as a judge: what boto3 reads in an answer of Converse, and random answers for it."""

import json

import boto3
from botocore.config import Config

from . import event_stream
from .dialects import dump

FINISHES = {"end_turn": "stop", "stop_sequence": "stop_sequence", "max_tokens": "length", "tool_use": "calls", "content_filtered": "filter",
            "guardrail_intervened": "filter", "model_context_window_exceeded": "window"}


def client(upstream):
    return boto3.client("bedrock-runtime", endpoint_url=upstream.origin, region_name="us-east-1", aws_access_key_id="AKID", aws_secret_access_key="secret",
                        config=Config(retries={"total_max_attempts": 1}, read_timeout=20))


def asked(model):
    return {"modelId": model, "messages": [{"role": "user", "content": [{"text": "hi"}]}]}


def said(blocks, stop_reason, usage):
    """What an answer says, in the words of `Judge.agree`."""
    text = reasoning = ""
    calls = []
    for block in blocks:
        text += block.get("text", "") + "".join(part["text"] for part in block.get("citationsContent", {}).get("content", ()))
        reasoning += block.get("reasoningContent", {}).get("reasoningText", {}).get("text", "")
        if (call := block.get("toolUse")) and call.get("type") != "server_tool_use":
            calls.append((call["name"], call["input"]))
    counts = [usage.get(name, 0) for name in ("inputTokens", "cacheReadInputTokens", "cacheWriteInputTokens", "outputTokens")]
    return {"text": text, "reasoning": reasoning, "calls": calls, "finish": FINISHES[stop_reason],
            "usage": dict(zip(("in", "cached", "written", "out", "reasoning"), (*counts, None)))}


def ask(upstream, model):
    answer = client(upstream).converse(**asked(model))
    return said(answer["output"]["message"]["content"], answer["stopReason"], answer["usage"])


def stream(upstream, model):
    blocks, stop_reason, usage = {}, None, {}
    for event in client(upstream).converse_stream(**asked(model))["stream"]:
        kind, event = next(iter(event.items()))
        block = blocks.setdefault(event.get("contentBlockIndex"), {})
        if kind == "contentBlockStart" and "toolUse" in event["start"]:
            block["toolUse"] = {**event["start"]["toolUse"], "input": ""}
        elif kind == "contentBlockDelta":
            delta = event["delta"]
            if "text" in delta:
                block["text"] = block.get("text", "") + delta["text"]
            elif "toolUse" in delta:
                block["toolUse"]["input"] += delta["toolUse"]["input"]
            elif "text" in delta.get("reasoningContent", {}):
                thought = block.setdefault("reasoningContent", {}).setdefault("reasoningText", {"text": ""})
                thought["text"] += delta["reasoningContent"]["text"]
        elif kind == "messageStop":
            stop_reason = event["stopReason"]
        elif kind == "metadata":
            usage = event.get("usage", {})
    for block in blocks.values():
        if "toolUse" in block:
            block["toolUse"]["input"] = json.loads(block["toolUse"]["input"] or "{}")
    return said(blocks.values(), stop_reason, usage)


def value(random, depth=0):
    """Any JSON that both sides read alike."""
    kind = random.randrange(8 if depth < 3 else 6)
    if kind < 6:
        return (None, True, False, random.randint(-2**53, 2**53), round(random.uniform(-1e6, 1e6), 3), text(random, 20))[kind]
    several = range(random.randint(0, 4))
    return [value(random, depth + 1) for _ in several] if kind == 6 else {text(random, 8): value(random, depth + 1) for _ in several}


def text(random, most):
    return "".join(random.choices('abc ,.;:"\\/{}[]\n\täßéÇ漢字🦀\u2028', k=random.randint(1, most)))


def random_answer(random):
    """The blocks of an answer, why it ends, and its usage."""
    blocks = []
    if random.random() < 0.4:
        blocks.append({"reasoningContent": {"reasoningText": {"text": text(random, 80), "signature": "c2ln"}}})
    blocks += [{"text": text(random, 200)} for _ in range(random.randint(0, 2))]
    calls = [{"toolUse": {"toolUseId": f"tooluse_{n}", "name": random.choice(("get_weather", "now", "one", "two", "look")),
                          "input": {text(random, 8): value(random) for _ in range(random.randint(0, 4))}}} for n in range(random.randint(0, 3))]
    reason = "tool_use" if calls else random.choice(("end_turn", "stop_sequence", "max_tokens", "content_filtered"))
    counts = {name: random.randint(0, 10**6) for name in ("inputTokens", "outputTokens", "cacheReadInputTokens", "cacheWriteInputTokens")}
    if random.random() < 0.3:
        del counts["cacheReadInputTokens"], counts["cacheWriteInputTokens"]
    return blocks + calls, reason, {**counts, "totalTokens": sum(counts.values())}


def whole(blocks, reason, usage):
    return dump({"output": {"message": {"role": "assistant", "content": blocks}}, "stopReason": reason, "usage": usage, "metrics": {"latencyMs": 9}})


def pieces(random, text):
    places = sorted(random.choices(range(len(text) + 1), k=random.randint(0, 5)))
    return [text[start:end] for start, end in zip([0, *places], [*places, len(text)])]


def frames(random, blocks, reason, usage):
    """The same answer as a stream, in pieces."""
    def event(kind, **payload):
        return event_stream.event(kind, json.dumps({**payload, "p": "abcdefghij"[:random.randint(0, 10)]}, ensure_ascii=random.random() < 0.5).encode())

    told = [event("messageStart", role="assistant")]
    for index, block in enumerate(blocks):
        at = {"contentBlockIndex": index}
        if "toolUse" in block:
            call = dict(block["toolUse"])
            arguments = json.dumps(call.pop("input"))
            told.append(event("contentBlockStart", **at, start={"toolUse": call}))
            deltas = [{"toolUse": {"input": piece}} for piece in pieces(random, arguments)]
        elif "text" in block:
            deltas = [{"text": piece} for piece in pieces(random, block["text"])]
        else:
            thought = block["reasoningContent"]["reasoningText"]
            deltas = [{"reasoningContent": {"text": piece}} for piece in pieces(random, thought["text"])]
            deltas.append({"reasoningContent": {"signature": thought["signature"]}})
        told += [event("contentBlockDelta", **at, delta=delta) for delta in deltas]
        told.append(event("contentBlockStop", **at))
    told += [event("messageStop", stopReason=reason), event("metadata", usage=usage, metrics={"latencyMs": 9})]
    return b"".join(told)
