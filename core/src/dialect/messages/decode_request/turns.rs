//! The turns of a conversation.

use super::{content, strangers, unknown};
use crate::dialect::canonical::read::{self, Value};
use crate::dialect::canonical::{Reason, Refusal, Report, Role, Turn};

/// The turns, and the changes of the tool list that stand among them (a beta).
pub(super) fn messages<'a>(
    value: Value<'a>,
    turns: &mut Vec<Turn<'a>>,
    changes: &mut Vec<Value<'a>>,
    report: &mut Report,
) -> Result<(), Refusal> {
    for message in read::array(value)?.elements() {
        let role = read::required_text(read::object(message)?, "role")?;
        let role = match &*role {
            "user" => Role::User,
            "assistant" => Role::Assistant,
            "system" => Role::System,
            other => return Err(unknown(read::required(message, "role")?, "role", other)),
        };
        let mut turn = Turn { at: message.at(), role, parts: Vec::new(), name: None };
        if role == Role::System {
            operator(message, &mut turn, changes, report)?;
        } else {
            content::content(read::required(message, "content")?, &mut turn.parts, report)?;
            strangers(message, &["role", "content"], report);
        }
        turns.push(turn);
    }
    Ok(())
}

/// The instructions at the front.
pub(super) fn system<'a>(value: Value<'a>, report: &mut Report) -> Result<Turn<'a>, Refusal> {
    let mut turn = Turn { at: value.at(), role: Role::System, parts: Vec::new(), name: None };
    content::content(value, &mut turn.parts, report)?;
    Ok(turn)
}

/// The operator speaks in mid-conversation: `types/beta/beta_system_message_param.py`.
fn operator<'a>(
    message: Value<'a>,
    turn: &mut Turn<'a>,
    changes: &mut Vec<Value<'a>>,
    report: &mut Report,
) -> Result<(), Refusal> {
    if let Some(said) = message.get("content") {
        let elements = said.elements();
        for block in elements {
            match block.get_str("type").as_deref() {
                Some("tool_addition" | "tool_removal") => {
                    report.note(block.at(), Reason::Approximated(None));
                    changes.push(block);
                }
                _ => content::block(block, &mut turn.parts, report)?,
            }
        }
        if said.first().is_none() {
            content::content(said, &mut turn.parts, report)?;
        }
    }
    // For how long it is shown, and what is asked of single turns: no other API has it.
    if let Some(until) = message.get("clear_at").filter(|until| !until.is("never")) {
        report.note(until.at(), Reason::Dropped);
    }
    if let Some(config) = message.get("output_config").filter(|config| !config.is_empty()) {
        report.note(config.at(), Reason::Dropped);
    }
    strangers(message, &["role", "content", "clear_at", "output_config"], report);
    Ok(())
}
