"""A tool call, `weather({"city":"Oslo"})`, as each dialect's upstream says it, whole and streamed."""

import json

from .dialects import CHAT, CONVERSE, GEMINI, MESSAGES, RESPONSES, data

NAME, ARGUMENTS = "weather", '{"city":"Oslo"}'


def whole(dialect):
    if dialect is CHAT:
        return CHAT.answer("m", None, tool_calls=[{"id": "call_1", "type": "function", "function": {"name": NAME, "arguments": ARGUMENTS}}])
    if dialect is RESPONSES:
        return RESPONSES.answer("m", output=[item()])
    if dialect is MESSAGES:
        return MESSAGES.answer("m", content=[{"type": "tool_use", "id": "toolu_1", "name": NAME, "input": {"city": "Oslo"}}], stop_reason="tool_use")
    return GEMINI.answer("m", parts=[{"functionCall": {"name": NAME, "args": {"city": "Oslo"}}}])


def item(arguments=ARGUMENTS, status="completed", name=NAME):
    return {"id": "fc_1", "type": "function_call", "status": status, "call_id": "call_1", "name": name, "arguments": arguments}


def streamed(dialect, name=NAME, arguments=ARGUMENTS, cuts=(6,)):
    """The arguments come in pieces, which end at the cuts."""
    edges = [0, *cuts, len(arguments)]
    halves = [arguments[start:end] for start, end in zip(edges, edges[1:])]
    if dialect is CHAT:
        head = {"tool_calls": [{"index": 0, "id": "call_1", "type": "function", "function": {"name": name, "arguments": ""}}]}
        return [*CHAT.start("m"), CHAT.piece("m", head), *(CHAT.piece("m", {"tool_calls": [{"index": 0, "function": {"arguments": half}}]}) for half in halves),
                CHAT.piece("m", {}, "tool_calls"), CHAT.usage_event("m"), b"data: [DONE]\n\n"]
    if dialect is RESPONSES:
        begun = RESPONSES.response("m", "in_progress", [])
        place = {"item_id": "fc_1", "output_index": 0}
        return [RESPONSES.event(0, "response.created", response=begun), RESPONSES.event(1, "response.in_progress", response=begun),
                RESPONSES.event(2, "response.output_item.added", output_index=0, item=item("", "in_progress", name)),
                *(RESPONSES.event(3 + n, "response.function_call_arguments.delta", **place, delta=half) for n, half in enumerate(halves)),
                RESPONSES.event(5, "response.function_call_arguments.done", **place, name=name, arguments=arguments),
                RESPONSES.event(6, "response.output_item.done", output_index=0, item=item(arguments, name=name)),
                RESPONSES.event(7, "response.completed", response=RESPONSES.response("m", "completed", [item(arguments, name=name)], RESPONSES.wire_usage))]
    if dialect is MESSAGES:
        return [MESSAGES.start("m")[0],
                data({"type": "content_block_start", "index": 0, "content_block": {"type": "tool_use", "id": "toolu_1", "name": name, "input": {}}}, "content_block_start"),
                *(data({"type": "content_block_delta", "index": 0, "delta": {"type": "input_json_delta", "partial_json": half}}, "content_block_delta") for half in ("", *halves)),
                data({"type": "content_block_stop", "index": 0}, "content_block_stop"),
                data({"type": "message_delta", "delta": {"stop_reason": "tool_use", "stop_sequence": None}, "usage": MESSAGES.wire_usage}, "message_delta"),
                data({"type": "message_stop"}, "message_stop")]
    if dialect is CONVERSE:
        return [*CONVERSE.start("m"), CONVERSE.event("contentBlockStart", contentBlockIndex=0, start={"toolUse": {"toolUseId": "tooluse_1", "name": name}}),
                *(CONVERSE.event("contentBlockDelta", contentBlockIndex=0, delta={"toolUse": {"input": half}}) for half in halves),
                CONVERSE.event("contentBlockStop", contentBlockIndex=0), CONVERSE.event("messageStop", stopReason="tool_use"), *CONVERSE.end("m")[2:]]
    return [data(GEMINI.candidate("m", [{"functionCall": {"name": name, "args": json.loads(arguments)}}], "STOP"))]
