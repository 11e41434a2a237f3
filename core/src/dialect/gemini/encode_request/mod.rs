//! Writing a request: tools, system and settings first, the contents last, so that what grows stands behind what stays.
//! The model and whether it streams are in the path. <https://ai.google.dev/api/generate-content>

mod config;
mod media;
mod parts;
mod tools;

#[cfg(test)]
mod tests;

use crate::dialect::canonical::{PartKind, Refusal, Report, Request, Role, Target, Turn};
use crate::wire::write::Writer;

/// Writes a request.
pub(super) fn encode(request: &Request<'_>, target: &Target<'_>, report: &mut Report) -> Result<Vec<u8>, Refusal> {
    let Request {
        turns,
        tools,
        tool_choice,
        // Gemini calls as many as it likes.
        parallel_tools: _,
        output,
        reasoning,
        max_output,
        stop,
        stream: _,
        include_usage: _,
        asked,
    } = request;
    let leading = turns.iter().take_while(|turn| is_system(turn)).count();
    let (system, turns) = turns.split_at(leading);
    let mut out = Writer::with_capacity(1024);
    out.open();
    tools::write(tools, &mut out)?;
    if !system.is_empty() {
        out.key("systemInstruction").open().key("parts").open_array();
        for part in system.iter().flat_map(|turn| &turn.parts) {
            let PartKind::Text(text) = &part.kind else {
                return Err(Refusal::unsupported(
                    part.at,
                    "is not supported by the upstream's API in a system message",
                ));
            };
            out.open().text_member("text", text).close();
        }
        out.close_array().close();
    }
    config::tool_config(tool_choice.as_ref(), asked, &mut out)?;
    config::generation(&config::Generation { output, reasoning, max_output, stop, asked }, target, &mut out);
    config::top(asked, &mut out);
    out.key("contents").open_array();
    for turn in turns {
        parts::turn(turn, target, &mut out, report)?;
    }
    out.close_array().close();
    Ok(out.into_bytes())
}

fn is_system(turn: &Turn<'_>) -> bool {
    matches!(turn.role, Role::System | Role::Developer)
}
