//! Which tools may, must and must not be called (translation.md 3.5).

use super::keep;
use super::server::{Words, is_server, name};
use crate::dialect::Dialect;
use crate::dialect::canonical::target::Forced;
use crate::dialect::canonical::{
    At, Effort, Index, Reason, Refusal, Report, Request, Sited, Target, Tool, ToolChoice, ToolKind, Vendor,
};
use crate::provider::Thinking;

/// Makes the choice one that the target has.
pub(super) fn adapt(
    request: &mut Request<'_>,
    target: &Target<'_>,
    had_tools: bool,
    report: &mut Report,
) -> Result<(), Refusal> {
    let Some(Sited { at, is }) = request.tool_choice.take() else { return Ok(()) };
    if request.tools.is_empty() {
        return match is {
            ToolChoice::Auto
            | ToolChoice::None
            | ToolChoice::Validated
            | ToolChoice::Subset { required: false, .. } => Ok(()),
            _ if had_tools => Err(Refusal::unsupported(at, "the upstream is offered no tool that could be chosen")),
            _ => Err(Refusal::invalid(at, "there are no tools to choose from")),
        };
    }
    let choice = match is {
        ToolChoice::Auto | ToolChoice::Required => is,
        ToolChoice::None if target.dialect == Dialect::Converse => {
            // It has no such choice, and a model that is offered tools may call them.
            request.tools.clear();
            report.note(at, Reason::Approximated(Some("tools-withheld")));
            return Ok(());
        }
        ToolChoice::None => is,
        ToolChoice::Validated if target.dialect == Dialect::Gemini => is,
        ToolChoice::Validated => {
            report.note(at, Reason::Approximated(None));
            ToolChoice::Auto
        }
        ToolChoice::One(word) if request.tools.iter().any(|tool| name(tool) == Some(&*word)) => ToolChoice::One(word),
        // OpenAI's search for tools, where the client runs it: a function here.
        ToolChoice::Server(word) if request.tools.iter().any(|tool| searches_tools(tool, &word)) => {
            ToolChoice::One(word)
        }
        ToolChoice::One(word) | ToolChoice::Server(word) => {
            let words = Words::new(std::iter::once(&*word));
            match request.tools.iter().find(|tool| words.name(tool)) {
                // Claude Code searches so: asked to search and offered nothing else, a model does.
                Some(tool) if is_search(tool) && request.tools.len() == 1 && lacks_choice(target) => {
                    report.note(at, Reason::Approximated(None));
                    return Ok(());
                }
                // `web_search` is not among the words of openai-python's `ToolChoiceTypesParam`; this is the same.
                Some(tool) if is_search(tool) && request.tools.len() == 1 && target.dialect == Dialect::Responses => {
                    ToolChoice::Required
                }
                Some(tool) => server(tool, target).ok_or_else(|| forces_own(at))?,
                None => return Err(Refusal::invalid(at, "names a tool that is not there")),
            }
        }
        ToolChoice::Subset { .. } => match subset(is, at, &mut request.tools, target, report)? {
            Some(choice) => choice,
            None => return Ok(()),
        },
    };
    // What a forced choice does to thinking was settled with the conversation.
    if is_forced(&choice) && (target.row.no_forced_choice || refuses_forced(target)) {
        return Err(Refusal::unsupported(at, "the model cannot be made to call a tool"));
    }
    request.tool_choice = Some(Sited::new(at, choice));
    Ok(())
}

fn refuses_forced(target: &Target<'_>) -> bool {
    let thinks = target.row.thinking != Thinking::None && !target.row.efforts.contains(&Effort::None);
    target.dialect == Dialect::Chat
        && match target.quirks.forced {
            Forced::Taken => false,
            Forced::Idle => thinks,
            Forced::Never => true,
        }
}

fn searches_tools(tool: &Tool<'_>, word: &str) -> bool {
    matches!(&tool.kind, ToolKind::Function(function) if function.searches_tools && function.name == word)
}

fn is_search(tool: &Tool<'_>) -> bool {
    matches!(tool.kind, ToolKind::WebSearch(_))
}

/// Whether the target searches without being told by a choice: of Gemini's own tools none can be chosen, and chat's models
/// that search always do.
fn lacks_choice(target: &Target<'_>) -> bool {
    matches!(target.dialect, Dialect::Gemini | Dialect::Chat)
}

fn forces_own(at: At) -> Refusal {
    Refusal::unsupported(at, "the upstream cannot be made to call a tool of its own")
}

/// The choice of a vendor's tool, in the target's word.
fn server<'a>(tool: &Tool<'a>, target: &Target<'_>) -> Option<ToolChoice<'a>> {
    let word = match (&tool.kind, target.dialect) {
        (ToolKind::WebSearch(_), Dialect::Responses | Dialect::Messages) => "web_search".into(),
        (ToolKind::Server(server), Dialect::Responses) => server.kind.clone(),
        (ToolKind::Server(server), Dialect::Messages) => server.name.clone().unwrap_or_else(|| server.kind.clone()),
        _ => return None,
    };
    Some(ToolChoice::Server(word))
}

fn is_forced(choice: &ToolChoice<'_>) -> bool {
    match choice {
        ToolChoice::Required | ToolChoice::One(_) | ToolChoice::Server(_) => true,
        ToolChoice::Subset { required, .. } => *required,
        ToolChoice::Auto | ToolChoice::None | ToolChoice::Validated => false,
    }
}

/// The choice of some of the tools: itself where the target has such a choice, else the tools that are left. `None` if
/// what is left may be called as the model likes.
fn subset<'a>(
    choice: ToolChoice<'a>,
    at: At,
    tools: &mut Vec<Tool<'a>>,
    target: &Target<'_>,
    report: &mut Report,
) -> Result<Option<ToolChoice<'a>>, Refusal> {
    let chosen = Words::chosen(&choice, tools);
    match target.dialect {
        Dialect::Responses if target.vendor() == Vendor::OpenAi => return Ok(Some(choice)),
        // Chat's and Gemini's lists name functions alone: a vendor's tool that is not among them must not be there.
        Dialect::Gemini => {}
        Dialect::Chat if target.quirks.openai => {}
        // Servers that only speak as OpenAI does do not know `allowed_tools` either.
        Dialect::Chat | Dialect::Responses | Dialect::Messages | Dialect::Converse => {
            let ToolChoice::Subset { names, required } = &choice else { return Ok(Some(choice)) };
            let functions: Index<'_> = names.iter().map(|name| &**name).collect();
            let count = tools.len();
            keep(tools, |tool| name(tool).map_or_else(|| chosen.name(tool), |name| functions.contains(name)));
            if tools.is_empty() {
                return Err(Refusal::invalid(at, "names none of the tools"));
            }
            if tools.len() < count {
                report.note(at, Reason::Approximated(Some("tools-filtered")));
            }
            return Ok(Some(if *required { ToolChoice::Required } else { ToolChoice::Auto }));
        }
    }
    keep(tools, |tool| {
        let stays = !is_server(tool) || chosen.name(tool);
        if !stays {
            report.note(tool.at, Reason::Withheld);
        }
        stays
    });
    let ToolChoice::Subset { mut names, required } = choice else { return Ok(Some(choice)) };
    let functions: Index<'_> = tools.iter().filter_map(name).collect();
    let servers = Words::of(tools);
    let count = names.len();
    names.retain(|word| functions.contains(word) || !servers.have(word));
    if names.len() < count && required {
        return Err(forces_own(at));
    }
    if names.is_empty() {
        keep(tools, is_server);
        report.note(at, Reason::Approximated(Some("tools-filtered")));
        return Ok(None);
    }
    Ok(Some(ToolChoice::Subset { names, required }))
}

/// Leaves `parallel_tools` only where it is written.
pub(super) fn parallel(request: &mut Request<'_>, target: &Target<'_>, caller: Dialect, report: &mut Report) {
    let Some(asked) = request.parallel_tools.take() else { return };
    // OpenAI: "parallel_tool_calls is only allowed when tools are specified"; elsewhere it says nothing either.
    if request.tools.is_empty() {
        return;
    }
    match target.dialect {
        Dialect::Chat | Dialect::Responses => {
            if !asked.is || matches!(caller, Dialect::Chat | Dialect::Responses) {
                request.parallel_tools = Some(asked);
            }
        }
        // It is a member of the choice, of every one but "none".
        Dialect::Messages if !asked.is => {
            let choice = request.tool_choice.get_or_insert(Sited::new(asked.at, ToolChoice::Auto));
            if choice.is != ToolChoice::None {
                request.parallel_tools = Some(asked);
            }
        }
        Dialect::Messages => {}
        // Claude is told in fields of its own.
        Dialect::Converse if !asked.is && super::is_claude(target) => request.parallel_tools = Some(asked),
        Dialect::Gemini | Dialect::Converse => {
            // What has no place is what the caller's dialect implies (chat's `functions`).
            if !asked.is && asked.at != At::default() {
                report.note(asked.at, Reason::Dropped);
            }
        }
    }
}
