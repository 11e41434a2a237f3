//! The mock's answers, dialect by dialect, as each vendor documents them.

use bytes::Bytes;
use http::StatusCode;

use super::body::Step;
use super::template::Part::{Json, Number, Text};
use super::template::{Part, fill};
use super::text::Said;
use crate::provider::Operation;

/// The steps of every stream until it has said something: what a broken one keeps.
pub(super) const SAYS_SOMETHING: usize = 5;

/// A fixed moment, since the same request has always the same answer: 2026-01-01T00:00:00Z.
const CREATED: Part<'static> = Number(1_767_225_600);

/// A whole answer.
pub(super) fn whole(operation: Operation, model: &str, said: &Said) -> Bytes {
    let answer = said.answer();
    let text = answer.concat();
    let (input, output) = (said.words, answer.len() as u64);
    Bytes::from(match operation {
        Operation::Responses | Operation::InputTokens => {
            let item = responses_item(model, said, Some(&text));
            responses_response(model, said, Some((&item, output)))
        }
        Operation::Messages | Operation::CountTokens => {
            let content = fill("[{'type':'text','text':$}]", &[Text(&text)]);
            messages_message(model, said, &content, "end_turn", output)
        }
        Operation::Gemini(..) => gemini_chunk(model, said, &text, true, output),
        // The others never come here: nobody calls the mock in their dialects.
        _ => fill(
            "{'id':$,'object':'chat.completion','created':$,'model':$,'choices':[{'index':0,\
            'message':{'role':'assistant','content':$,'refusal':null},'logprobs':null,\
            'finish_reason':'stop'}],'usage':$}",
            &[
                Text(&super::id("chatcmpl-", model, said)),
                CREATED,
                Text(model),
                Text(&text),
                Json(&chat_usage(input, output)),
            ],
        ),
    })
}

/// The events of a stream. The chunk that tells the usage of a chat stream is always there: the gateway asks for it.
pub(super) fn events(operation: Operation, model: &str, said: &Said) -> Vec<Step> {
    let answer = said.answer();
    match operation {
        Operation::Responses | Operation::InputTokens => responses_events(model, said, &answer),
        Operation::Messages | Operation::CountTokens => messages_events(model, said, &answer),
        Operation::Gemini(..) => gemini_events(model, said, &answer),
        _ => chat_events(model, said, &answer),
    }
}

/// The same events as the elements of one JSON array.
pub(super) fn array(events: Vec<Step>) -> Vec<Step> {
    let mut steps: Vec<Step> = events
        .into_iter()
        .enumerate()
        .map(|(index, step)| match step {
            Step::Data(event) => {
                let data = event.strip_prefix(b"data: ").unwrap_or(&event).trim_ascii_end();
                let border: &[u8] = if index == 0 { b"[" } else { b",\r\n" };
                Step::Data([border, data].concat().into())
            }
            other => other,
        })
        .collect();
    steps.push(Step::Data(Bytes::from_static(b"\r\n]")));
    steps
}

/// The tokens of an input.
pub(super) fn count(operation: Operation, said: &Said) -> Bytes {
    let template = match operation {
        Operation::InputTokens => "{'object':'response.input_tokens','input_tokens':$}",
        Operation::Gemini(..) => "{'totalTokens':$}",
        _ => "{'input_tokens':$}",
    };
    fill(template, &[Number(said.words)]).into()
}

/// An error answer.
pub(super) fn error(operation: Operation, status: StatusCode) -> Bytes {
    let code = Number(status.as_u16().into());
    let message = fill("'the mock model `status-$` was asked for'", &[code]);
    let message = Json(&message);
    Bytes::from(match operation {
        Operation::Messages | Operation::CountTokens => fill(
            "{'type':'error','error':{'type':$,'message':$},'request_id':null}",
            &[Text(messages_error(status)), message],
        ),
        Operation::Gemini(..) => {
            fill("{'error':{'code':$,'message':$,'status':$}}", &[code, message, Text(gemini_error(status))])
        }
        _ => fill("{'error':{'message':$,'type':$,'param':null,'code':null}}", &[message, Text(chat_error(status))]),
    })
}

fn chat_error(status: StatusCode) -> &'static str {
    match status.as_u16() {
        429 => "rate_limit_error",
        500.. => "server_error",
        _ => "invalid_request_error",
    }
}

fn messages_error(status: StatusCode) -> &'static str {
    match status.as_u16() {
        401 => "authentication_error",
        403 => "permission_error",
        404 => "not_found_error",
        429 => "rate_limit_error",
        529 => "overloaded_error",
        500.. => "api_error",
        _ => "invalid_request_error",
    }
}

fn gemini_error(status: StatusCode) -> &'static str {
    match status.as_u16() {
        401 => "UNAUTHENTICATED",
        403 => "PERMISSION_DENIED",
        404 => "NOT_FOUND",
        429 => "RESOURCE_EXHAUSTED",
        500 => "INTERNAL",
        501.. => "UNAVAILABLE",
        _ => "INVALID_ARGUMENT",
    }
}

fn unnamed(data: &[u8]) -> Step {
    Step::Data(fill("data: $\n\n", &[Json(data)]).into())
}

/// An event of its type's name. `rest` is the template of what follows the type.
fn named(name: &str, rest: &str, parts: &[Part<'_>]) -> Step {
    let rest = fill(rest, parts);
    Step::Data(fill("event: $\ndata: {'type':$$}\n\n", &[Json(name.as_bytes()), Text(name), Json(&rest)]).into())
}

fn chat_usage(input: u64, output: u64) -> Vec<u8> {
    fill(
        "{'prompt_tokens':$,'completion_tokens':$,'total_tokens':$,\
        'prompt_tokens_details':{'cached_tokens':0},'completion_tokens_details':{'reasoning_tokens':0}}",
        &[Number(input), Number(output), Number(input + output)],
    )
}

fn chat_events(model: &str, said: &Said, answer: &[String]) -> Vec<Step> {
    let id = super::id("chatcmpl-", model, said);
    let chunk = |choices: &[u8], usage: &[u8]| {
        unnamed(&fill(
            "{'id':$,'object':'chat.completion.chunk','created':$,'model':$,'choices':$,'usage':$}",
            &[Text(&id), CREATED, Text(model), Json(choices), Json(usage)],
        ))
    };
    let choice = |delta: &str, word: &[Part<'_>], finish: &[u8]| {
        let delta = fill(delta, word);
        let choices = fill("[{'index':0,'delta':$,'logprobs':null,'finish_reason':$}]", &[Json(&delta), Json(finish)]);
        chunk(&choices, b"null")
    };
    let mut steps = vec![choice("{'role':'assistant','content':''}", &[], b"null")];
    steps.extend(answer.iter().map(|word| choice("{'content':$}", &[Text(word)], b"null")));
    steps.push(choice("{}", &[], b"\"stop\""));
    steps.push(chunk(b"[]", &chat_usage(said.words, answer.len() as u64)));
    steps.push(Step::Data(Bytes::from_static(b"data: [DONE]\n\n")));
    steps
}

/// A message that is whole if it has a reason to stop.
fn messages_message(model: &str, said: &Said, content: &[u8], stop: &str, output: u64) -> Vec<u8> {
    let stop = if stop.is_empty() { Json(b"null") } else { Text(stop) };
    fill(
        "{'id':$,'type':'message','role':'assistant','model':$,'content':$,'stop_reason':$,'stop_sequence':null,\
        'usage':{'input_tokens':$,'cache_creation_input_tokens':0,'cache_read_input_tokens':0,'output_tokens':$}}",
        &[Text(&super::id("msg_", model, said)), Text(model), Json(content), stop, Number(said.words), Number(output)],
    )
}

fn messages_events(model: &str, said: &Said, answer: &[String]) -> Vec<Step> {
    let begun = messages_message(model, said, b"[]", "", 1);
    let mut steps = vec![
        named("message_start", ",'message':$", &[Json(&begun)]),
        named("content_block_start", ",'index':0,'content_block':{'type':'text','text':''}", &[]),
        named("ping", "", &[]),
    ];
    steps.extend(
        answer.iter().map(|word| {
            named("content_block_delta", ",'index':0,'delta':{'type':'text_delta','text':$}", &[Text(word)])
        }),
    );
    steps.push(named("content_block_stop", ",'index':0", &[]));
    steps.push(named(
        "message_delta",
        ",'delta':{'stop_reason':'end_turn','stop_sequence':null},'usage':{'output_tokens':$}",
        &[Number(answer.len() as u64)],
    ));
    steps.push(named("message_stop", "", &[]));
    steps
}

fn gemini_chunk(model: &str, said: &Said, text: &str, last: bool, output: u64) -> Vec<u8> {
    let finish = fill(if last { ",'finishReason':'STOP'" } else { "" }, &[]);
    fill(
        "{'candidates':[{'content':{'role':'model','parts':[{'text':$}]}$,'index':0}],\
        'usageMetadata':{'promptTokenCount':$,'candidatesTokenCount':$,'totalTokenCount':$},\
        'modelVersion':$,'responseId':$}",
        &[
            Text(text),
            Json(&finish),
            Number(said.words),
            Number(output),
            Number(said.words + output),
            Text(model),
            Text(&super::id("", model, said)),
        ],
    )
}

fn gemini_events(model: &str, said: &Said, answer: &[String]) -> Vec<Step> {
    let last = answer.len().saturating_sub(1);
    let chunks = answer.iter().enumerate();
    chunks.map(|(index, word)| unnamed(&gemini_chunk(model, said, word, index == last, index as u64 + 1))).collect()
}

/// A response: completed if there is an item, with the tokens of the output.
fn responses_response(model: &str, said: &Said, done: Option<(&[u8], u64)>) -> Vec<u8> {
    let (status, item, usage) = match done {
        None => ("in_progress", &b""[..], b"null".to_vec()),
        Some((item, output)) => {
            let usage = fill(
                "{'input_tokens':$,'input_tokens_details':{'cached_tokens':0},'output_tokens':$,\
                'output_tokens_details':{'reasoning_tokens':0},'total_tokens':$}",
                &[Number(said.words), Number(output), Number(said.words + output)],
            );
            ("completed", item, usage)
        }
    };
    fill(
        "{'id':$,'object':'response','created_at':$,'status':$,'error':null,'incomplete_details':null,\
        'instructions':null,'max_output_tokens':null,'metadata':{},'model':$,'output':[$],'parallel_tool_calls':true,\
        'previous_response_id':null,'store':false,'temperature':1.0,'text':{'format':{'type':'text'}},\
        'tool_choice':'auto','tools':[],'top_p':1.0,'truncation':'disabled','usage':$}",
        &[Text(&super::id("resp_", model, said)), CREATED, Text(status), Text(model), Json(item), Json(&usage)],
    )
}

/// An item: completed if there is a text.
fn responses_item(model: &str, said: &Said, text: Option<&str>) -> Vec<u8> {
    let status = if text.is_some() { "completed" } else { "in_progress" };
    let content = text.map(responses_part).unwrap_or_default();
    fill(
        "{'id':$,'type':'message','role':'assistant','status':$,'content':[$]}",
        &[Text(&super::id("msg_", model, said)), Text(status), Json(&content)],
    )
}

fn responses_part(text: &str) -> Vec<u8> {
    fill("{'type':'output_text','text':$,'annotations':[],'logprobs':[]}", &[Text(text)])
}

fn responses_events(model: &str, said: &Said, answer: &[String]) -> Vec<Step> {
    let text = answer.concat();
    let id = super::id("msg_", model, said);
    let place = fill("'item_id':$,'output_index':0,'content_index':0", &[Text(&id)]);
    let mut steps = Vec::new();
    let mut event = |name: &str, rest: &str, parts: &[Part<'_>]| {
        let rest = fill(rest, parts);
        steps.push(named(name, ",'sequence_number':$,$", &[Number(steps.len() as u64), Json(&rest)]));
    };
    let begun = responses_response(model, said, None);
    event("response.created", "'response':$", &[Json(&begun)]);
    event("response.in_progress", "'response':$", &[Json(&begun)]);
    let item = responses_item(model, said, None);
    event("response.output_item.added", "'output_index':0,'item':$", &[Json(&item)]);
    event("response.content_part.added", "$,'part':$", &[Json(&place), Json(&responses_part(""))]);
    for word in answer {
        event("response.output_text.delta", "$,'delta':$,'logprobs':[]", &[Json(&place), Text(word)]);
    }
    event("response.output_text.done", "$,'text':$,'logprobs':[]", &[Json(&place), Text(&text)]);
    event("response.content_part.done", "$,'part':$", &[Json(&place), Json(&responses_part(&text))]);
    let item = responses_item(model, said, Some(&text));
    event("response.output_item.done", "'output_index':0,'item':$", &[Json(&item)]);
    let whole = responses_response(model, said, Some((&item, answer.len() as u64)));
    event("response.completed", "'response':$", &[Json(&whole)]);
    steps
}
