"""What the vendors' own SDKs say of a request body: the parameters that OpenAI's and Anthropic's take, Google's types, Bedrock's model."""

from functools import cache

import pydantic
from anthropic.types.message_create_params import MessageCreateParamsNonStreaming
from google.genai import types
from openai.types.chat.completion_create_params import CompletionCreateParamsNonStreaming
from openai.types.responses.response_create_params import ResponseCreateParamsNonStreaming

PARAMETERS = {"chat": CompletionCreateParamsNonStreaming, "responses": ResponseCreateParamsNonStreaming, "messages": MessageCreateParamsNonStreaming}

#: Members of Gemini's body that are plain values.
PLAIN = {"cachedContent", "labels", "store", "serviceTier"}


@cache
def adapter(name):
    return pydantic.TypeAdapter(PARAMETERS[name])


@cache
def bedrock():
    import botocore.session
    import botocore.validate
    model = botocore.session.get_session().get_service_model("bedrock-runtime")
    return botocore.validate.ParamValidator(), model.operation_model("Converse").input_shape


def lost(sent, read, path=""):
    """The members that reading has left out: nobody knows them."""
    if isinstance(sent, dict) and isinstance(read, dict):
        for name, value in sent.items():
            if name not in read:
                yield f"{path}.{name}"
            else:
                yield from lost(value, read[name], f"{path}.{name}")
    elif isinstance(sent, list) and not isinstance(read, str):
        for index, (value, other) in enumerate(zip(sent, read)):
            yield from lost(value, other, f"{path}[{index}]")


def whole(value):
    """Lists that pydantic reads one by one are read."""
    if isinstance(value, dict):
        return {name: whole(member) for name, member in value.items()}
    if isinstance(value, list) or type(value).__name__ == "ValidatorIterator":
        return [whole(member) for member in value]
    return value


def with_id(item):
    """Codex sends what an assistant has said and thought without ids, which the API takes and the types do not."""
    if item.get("type") == "reasoning":
        return {"id": "rs_1", **item}
    return {"id": "msg_1", "status": "completed", **item} if item.get("role") == "assistant" and item.get("type") == "message" else item


def complaints(dialect, body):
    """What the vendor's SDK has against the body."""
    name = str(dialect)
    try:
        if name in PARAMETERS:
            body = {key: value for key, value in body.items() if key != "stream"}
            if name == "responses":
                body["input"] = [with_id(item) for item in body["input"]] if isinstance(body["input"], list) else body["input"]
            return list(lost(body, whole(adapter(name).validate_python(body))))
        if name == "gemini":
            return list(gemini(body))
        validator, shape = bedrock()
        report = validator.validate({**body, "modelId": "m"}, shape)
        return [report.generate_report()] if report.has_errors() else []
    except pydantic.ValidationError as error:
        return [f"{'.'.join(map(str, each['loc']))}: {each['msg']}" for each in error.errors()[:6]]


def gemini(body):
    readers = {"contents": (types.Content, True), "systemInstruction": (types.Content, False), "tools": (types.Tool, True), "toolConfig": (types.ToolConfig, False),
               "generationConfig": (types.GenerationConfig, False), "safetySettings": (types.SafetySetting, True)}
    for name, value in body.items():
        if name in readers:
            kind, many = readers[name]
            for each in value if many else [value]:
                kind.model_validate(each)
        elif name not in PLAIN:
            yield name
