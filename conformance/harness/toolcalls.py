"""A tool call, `weather({"city":"Oslo"})`, as each dialect's upstream says it, whole and streamed."""

from .dialects import CHAT, GEMINI, MESSAGES, RESPONSES, data

NAME, ARGUMENTS = "weather", '{"city":"Oslo"}'


def whole(dialect):
    if dialect is CHAT:
        return CHAT.answer("m", None, tool_calls=[{"id": "call_1", "type": "function", "function": {"name": NAME, "arguments": ARGUMENTS}}])
    if dialect is RESPONSES:
        return RESPONSES.answer("m", output=[item()])
    if dialect is MESSAGES:
        return MESSAGES.answer("m", content=[{"type": "tool_use", "id": "toolu_1", "name": NAME, "input": {"city": "Oslo"}}], stop_reason="tool_use")
    return GEMINI.answer("m", parts=[{"functionCall": {"name": NAME, "args": {"city": "Oslo"}}}])


def item(arguments=ARGUMENTS, status="completed"):
    return {"id": "fc_1", "type": "function_call", "status": status, "call_id": "call_1", "name": NAME, "arguments": arguments}


def streamed(dialect):
    halves = ARGUMENTS[:6], ARGUMENTS[6:]
    if dialect is CHAT:
        head = {"tool_calls": [{"index": 0, "id": "call_1", "type": "function", "function": {"name": NAME, "arguments": ""}}]}
        return [*CHAT.start("m"), CHAT.piece("m", head), *(CHAT.piece("m", {"tool_calls": [{"index": 0, "function": {"arguments": half}}]}) for half in halves),
                CHAT.piece("m", {}, "tool_calls"), CHAT.usage_event("m"), b"data: [DONE]\n\n"]
    if dialect is RESPONSES:
        begun = RESPONSES.response("m", "in_progress", [])
        place = {"item_id": "fc_1", "output_index": 0}
        return [RESPONSES.event(0, "response.created", response=begun), RESPONSES.event(1, "response.in_progress", response=begun),
                RESPONSES.event(2, "response.output_item.added", output_index=0, item=item("", "in_progress")),
                *(RESPONSES.event(3 + n, "response.function_call_arguments.delta", **place, delta=half) for n, half in enumerate(halves)),
                RESPONSES.event(5, "response.function_call_arguments.done", **place, name=NAME, arguments=ARGUMENTS),
                RESPONSES.event(6, "response.output_item.done", output_index=0, item=item()),
                RESPONSES.event(7, "response.completed", response=RESPONSES.response("m", "completed", [item()], RESPONSES.wire_usage))]
    if dialect is MESSAGES:
        return [MESSAGES.start("m")[0],
                data({"type": "content_block_start", "index": 0, "content_block": {"type": "tool_use", "id": "toolu_1", "name": NAME, "input": {}}}, "content_block_start"),
                *(data({"type": "content_block_delta", "index": 0, "delta": {"type": "input_json_delta", "partial_json": half}}, "content_block_delta") for half in ("", *halves)),
                data({"type": "content_block_stop", "index": 0}, "content_block_stop"),
                data({"type": "message_delta", "delta": {"stop_reason": "tool_use", "stop_sequence": None}, "usage": MESSAGES.wire_usage}, "message_delta"),
                data({"type": "message_stop"}, "message_stop")]
    return [data(GEMINI.candidate("m", [{"functionCall": {"name": NAME, "args": {"city": "Oslo"}}}], "STOP"))]
