//! The turns (translation.md 3.2): nothing empty, one speaker at a time where the API wants it, results before what the user
//! says beside them.

use super::system::is_system;
use crate::dialect::Dialect;
use crate::dialect::canonical::{
    Index, Mark, Part, PartKind, Reason, Refusal, Report, Request, Role, Str, Target, Text, Turn,
};

/// Takes out what says nothing, and what only its own vendor understands; a refusal is text where it has no place of its
/// own. A cache's border behind a part that goes moves to the part before it.
pub(super) fn clean(request: &mut Request<'_>, target: &Target<'_>, report: &mut Report) {
    let rule = Rule {
        // Anthropic and Bedrock refuse blank text as they do empty text.
        blank: matches!(target.dialect, Dialect::Messages | Dialect::Converse),
        refusals: matches!(target.dialect, Dialect::Messages | Dialect::Gemini | Dialect::Converse),
    };
    let mut last_mark: Option<Mark> = None;
    let mut empty = false;
    // The last turn before that says something.
    let mut filled = None;
    for index in 0..request.turns.len() {
        let Some((before, [turn, ..])) = request.turns.split_at_mut_checked(index) else { break };
        if let Some(name) = turn.name.take_if(|_| target.dialect != Dialect::Chat || !target.quirks.names) {
            report.note(name.at, Reason::Dropped);
        }
        if turn.parts.iter().any(|part| rule.applies(part)) {
            rule.clean(&mut turn.parts, &mut last_mark, report);
            if let Some(mark) = last_mark.take() {
                let previous = filled.and_then(|at: usize| before.get_mut(at));
                if let Some(part) = previous.and_then(|turn| turn.parts.last_mut()) {
                    part.cache = part.cache.or(Some(mark));
                }
            }
        }
        match turn.parts.is_empty() {
            true => empty = true,
            false => filled = Some(index),
        }
    }
    if empty {
        request.turns.retain(|turn| !turn.parts.is_empty());
    }
}

struct Rule {
    blank: bool,
    refusals: bool,
}

impl Rule {
    fn applies(&self, part: &Part<'_>) -> bool {
        match &part.kind {
            PartKind::Text(text) => self.is_empty(text),
            PartKind::Refusal(text) => self.refusals || self.is_empty(text),
            PartKind::Server(_) => true,
            PartKind::Result { content, .. } => content.iter().any(|part| self.applies(part)),
            _ => false,
        }
    }

    fn is_empty(&self, text: &Text<'_>) -> bool {
        if self.blank { text.is_blank() } else { text.is_empty() }
    }

    /// `left`: the border behind what goes first of all.
    fn clean(&self, parts: &mut Vec<Part<'_>>, left: &mut Option<Mark>, report: &mut Report) {
        let all = std::mem::take(parts);
        parts.reserve_exact(all.len());
        for mut part in all {
            match &mut part.kind {
                PartKind::Server(_) => report.note(part.at, Reason::Dropped),
                PartKind::Text(text) if self.is_empty(text) => {}
                PartKind::Refusal(text) if self.is_empty(text) => {}
                PartKind::Refusal(text) if self.refusals => {
                    part.kind = PartKind::Text(std::mem::take(text));
                    parts.push(part);
                    continue;
                }
                PartKind::Result { content, .. } => {
                    self.clean(content, &mut None, report);
                    parts.push(part);
                    continue;
                }
                _ => {
                    parts.push(part);
                    continue;
                }
            }
            if let Some(mark) = part.cache {
                match parts.last_mut() {
                    Some(before) => before.cache = before.cache.or(Some(mark)),
                    None => *left = left.or(Some(mark)),
                }
            }
        }
    }
}

/// Puts results before what the user says beside them, and joins what one speaker says in a row where the API wants it.
///
/// # Errors
/// The model is to go on with what it has said, where it cannot be asked to.
pub(super) fn arrange(request: &mut Request<'_>, target: &Target<'_>, caller: Dialect) -> Result<(), Refusal> {
    prefill(request, target, caller)?;
    join(request, matches!(target.dialect, Dialect::Gemini | Dialect::Converse));
    for turn in request.turns.iter_mut().filter(|turn| turn.role == Role::User) {
        let first_other = turn.parts.iter().position(|part| !is_result(part)).unwrap_or(turn.parts.len());
        if turn.parts.iter().skip(first_other).any(is_result) {
            // Stable: the order among results, and among the rest, stays.
            turn.parts.sort_by_key(|part| !is_result(part));
        }
    }
    if target.dialect == Dialect::Gemini {
        order_results(&mut request.turns);
        part_results(request);
    }
    Ok(())
}

/// Joins neighbours of one role: all, or only results with what the user has said before them, which must not stand
/// between a call and its result.
fn join(request: &mut Request<'_>, all: bool) {
    let joins = |before: &Turn<'_>, turn: &Turn<'_>| {
        before.role == turn.role
            && !is_system(turn)
            && (all || turn.role == Role::User && turn.parts.iter().any(is_result))
    };
    if !request.turns.iter().zip(request.turns.iter().skip(1)).any(|(before, turn)| joins(before, turn)) {
        return;
    }
    let turns = std::mem::take(&mut request.turns);
    request.turns.reserve_exact(turns.len());
    for turn in turns {
        match request.turns.last_mut() {
            Some(before) if joins(before, &turn) => before.parts.extend(turn.parts),
            _ => request.turns.push(turn),
        }
    }
}

/// Chat and Responses do not go on with what the model has begun to say: they answer it.
fn prefill(request: &Request<'_>, target: &Target<'_>, caller: Dialect) -> Result<(), Refusal> {
    let refuses = match target.dialect {
        Dialect::Responses => true,
        Dialect::Chat => matches!(caller, Dialect::Messages | Dialect::Gemini),
        Dialect::Messages | Dialect::Gemini | Dialect::Converse => false,
    };
    match request.turns.last() {
        Some(turn) if refuses && turn.role == Role::Assistant && !turn.parts.iter().any(is_call) => {
            Err(Refusal::unsupported(turn.at, "is the model's: the upstream's API does not continue it"))
        }
        _ => Ok(()),
    }
}

/// Gemini wants as many responses as calls, in their order.
fn order_results(turns: &mut [Turn<'_>]) {
    for index in 1..turns.len() {
        let Some((before, [turn, ..])) = turns.split_at_mut_checked(index) else { break };
        let Some(calls) = before.last().filter(|before| before.role == Role::Assistant) else { continue };
        if turn.role != Role::User || turn.parts.iter().filter(|part| is_result(part)).count() < 2 {
            continue;
        }
        let ids: Index<'_> = calls
            .parts
            .iter()
            .filter_map(|part| match &part.kind {
                PartKind::Call(call) => Some(&*call.id),
                _ => None,
            })
            .collect();
        turn.parts.sort_by_key(|part| match &part.kind {
            PartKind::Result { call, .. } => ids.get(call).unwrap_or(usize::MAX - 1),
            _ => usize::MAX,
        });
    }
}

/// What the user says beside results goes into a turn of its own.
fn part_results(request: &mut Request<'_>) {
    let mixed = |turn: &Turn<'_>| {
        turn.parts.first().is_some_and(is_result) && turn.parts.last().is_some_and(|part| !is_result(part))
    };
    if !request.turns.iter().any(mixed) {
        return;
    }
    for mut turn in std::mem::take(&mut request.turns) {
        if mixed(&turn) {
            let first = turn.parts.iter().position(|part| !is_result(part)).unwrap_or_default();
            let rest = turn.parts.split_off(first);
            let (at, role) = (rest.first().map_or(turn.at, |part| part.at), turn.role);
            request.turns.push(turn);
            request.turns.push(Turn { at, role, parts: rest, name: None });
        } else {
            request.turns.push(turn);
        }
    }
}

/// Gemini wants a result's tool by name: the name is that of the call it belongs to. Done when names and ids are the
/// target's.
///
/// # Errors
/// A result belongs to no call.
pub(in super::super) fn name_results(request: &mut Request<'_>, target: &Target<'_>) -> Result<(), Refusal> {
    if target.dialect != Dialect::Gemini {
        return Ok(());
    }
    let (mut names, mut calls): (Vec<Str<'_>>, _) = (Vec::new(), Index::default());
    for part in request.turns.iter_mut().flat_map(|turn| &mut turn.parts) {
        match &mut part.kind {
            PartKind::Call(call) => {
                calls.insert(call.id.clone(), names.len());
                names.push(call.name.clone());
            }
            PartKind::Result { call, name, .. } => match calls.get(call).and_then(|place| names.get(place)) {
                Some(known) => *name = Some(known.clone()),
                None if name.is_some() => {}
                None => {
                    let message = "belongs to no call before it: Gemini wants the tool's name";
                    return Err(Refusal::unsupported(part.at, message));
                }
            },
            _ => {}
        }
    }
    Ok(())
}

pub(super) fn is_result(part: &Part<'_>) -> bool {
    matches!(part.kind, PartKind::Result { .. })
}

pub(super) fn is_call(part: &Part<'_>) -> bool {
    matches!(part.kind, PartKind::Call(_))
}
