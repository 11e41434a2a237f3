//! Where the operator's words stand (translation.md 3.1). They stay where they are: in front they would change what they
//! mean, and with every turn the prefix that a cache keeps (BerriAI/litellm#36559).

use crate::dialect::Dialect;
use crate::dialect::canonical::{PartKind, Reason, Report, Request, Role, Target, Turn};

pub(super) fn adapt(request: &mut Request<'_>, target: &Target<'_>, report: &mut Report) {
    let developer = match target.dialect {
        Dialect::Responses => true,
        Dialect::Chat => target.quirks.developer_role,
        Dialect::Messages | Dialect::Gemini | Dialect::Converse => false,
    };
    let leading = request.turns.iter().take_while(|turn| is_system(turn)).count();
    let mut later = false;
    for (index, turn) in request.turns.iter_mut().enumerate() {
        if is_system(turn) {
            later |= index >= leading;
            if turn.role == Role::Developer && !developer {
                turn.role = Role::System;
            }
        }
    }
    match target.dialect {
        Dialect::Chat | Dialect::Responses => {}
        _ if later => place(request, target, leading, report),
        _ => {}
    }
}

/// Those in mid-conversation stay system turns where the model takes them and their position is legal: behind what the user
/// says, and before what the model says or at the end. Several in a row become one.
/// <https://platform.claude.com/docs/en/build-with-claude/mid-conversation-system-messages>
fn place(request: &mut Request<'_>, target: &Target<'_>, leading: usize, report: &mut Report) {
    let allowed = target.row.system_turns && matches!(target.dialect, Dialect::Messages | Dialect::Converse);
    let turns = std::mem::take(&mut request.turns);
    let mut rest = turns.into_iter().enumerate().peekable();
    let mut before = None;
    while let Some((index, mut turn)) = rest.next() {
        if index < leading || !is_system(&turn) {
            before = Some(turn.role);
            request.turns.push(turn);
            continue;
        }
        let mut followers = Vec::new();
        while let Some((_, next)) = rest.next_if(|(_, next)| is_system(next)) {
            followers.push(next);
        }
        let ends = rest.peek().is_none_or(|(_, next)| next.role == Role::Assistant);
        if allowed && before == Some(Role::User) && ends {
            turn.parts.extend(followers.into_iter().flat_map(|turn| turn.parts));
            request.turns.push(turn);
            before = Some(Role::System);
        } else {
            for mut turn in std::iter::once(turn).chain(followers) {
                report.note(turn.at, Reason::Inlined);
                inline(&mut turn);
                request.turns.push(turn);
            }
            before = Some(Role::User);
        }
    }
}

fn inline(turn: &mut Turn<'_>) {
    turn.role = Role::User;
    for part in &mut turn.parts {
        if let PartKind::Text(text) = &mut part.kind {
            *text = ["<system-reminder>", text, "</system-reminder>"].concat().into();
        }
    }
}

pub(super) fn is_system(turn: &Turn<'_>) -> bool {
    matches!(turn.role, Role::System | Role::Developer)
}
