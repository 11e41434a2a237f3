//! The tools: their names, kinds, schemas and choice; and the form of the answer.
//!
//! The order matters: which tools there are is settled first, then who may be called, then what they are called. Names
//! are mapped while custom tools still are custom, so that the answer can be told back as the caller knows it.

mod choice;
mod custom;
mod functions;
mod ids;
mod names;
mod output;
mod plain;
mod schema;
mod server;
mod splice;
mod stubs;
mod subset;
#[cfg(test)]
mod tests;

use super::Adapted;
use crate::dialect::Dialect;
use crate::dialect::canonical::{Refusal, Report, Request, Target, Tool, Vendor};

pub(super) fn adapt(
    request: &mut Request<'_>,
    target: &Target<'_>,
    caller: Dialect,
    adapted: &mut Adapted,
    report: &mut Report,
) -> Result<(), Refusal> {
    let had_tools = !request.tools.is_empty();
    server::adapt(request, target, caller, report)?;
    choice::adapt(request, target, had_tools, report)?;
    stubs::adapt(request, target, report);
    names::adapt(request, target, adapted, report);
    ids::adapt(request, target);
    custom::adapt(request, target, report);
    let mut room = subset::Room::of(target);
    output::adapt(request, target, &mut room, report)?;
    functions::adapt(request, target, caller, &mut room, report)?;
    choice::parallel(request, target, caller, report);
    Ok(())
}

/// Takes tools out. A prompt cache's border behind one of them is then behind the one before it.
fn keep<'a>(tools: &mut Vec<Tool<'a>>, mut stays: impl FnMut(&Tool<'a>) -> bool) {
    let mut kept: Vec<Tool<'a>> = Vec::with_capacity(tools.len());
    for tool in tools.drain(..) {
        if stays(&tool) {
            kept.push(tool);
        } else if let Some(before) = kept.last_mut() {
            before.cache = tool.cache.or(before.cache);
        }
    }
    *tools = kept;
}

/// Whether tools that take free text are known there.
fn takes_custom(target: &Target<'_>) -> bool {
    match target.dialect {
        Dialect::Responses => true,
        Dialect::Chat => target.quirks.openai,
        Dialect::Messages | Dialect::Gemini | Dialect::Converse => false,
    }
}

/// Whether Anthropic's rules hold there: its own API, and its models behind Converse.
fn is_claude(target: &Target<'_>) -> bool {
    match target.dialect {
        Dialect::Messages => true,
        Dialect::Converse => target.vendor() == Vendor::Anthropic,
        Dialect::Chat | Dialect::Responses | Dialect::Gemini => false,
    }
}
