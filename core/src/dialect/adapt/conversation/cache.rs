//! The borders of prompt caches (translation.md 3.13): on their parts, never dearer, and of too many the last ones.

use crate::dialect::Dialect;
use crate::dialect::canonical::{Feature, Mark, Part, PartKind, Reason, Report, Request, Target, Ttl};

pub(super) fn adapt(request: &mut Request<'_>, target: &Target<'_>, report: &mut Report) {
    let row = target.row;
    let mut allowed = match target.dialect {
        Dialect::Chat | Dialect::Responses if target.quirks.openai => row.cache_marks,
        Dialect::Messages => 4,
        Dialect::Converse => row.cache_marks,
        Dialect::Chat | Dialect::Responses | Dialect::Gemini => 0,
    };
    match target.dialect {
        // It takes one of the four.
        Dialect::Messages if request.asked(Feature::AutomaticCache).is_some() => allowed -= 1,
        Dialect::Converse => automatic(request, allowed, report),
        _ => {}
    }
    let marked = |part: &Part<'_>| {
        part.cache.is_some()
            || matches!(&part.kind, PartKind::Result { content, .. } if content.iter().any(|part| part.cache.is_some()))
    };
    if !request.tools.iter().any(|tool| tool.cache.is_some()) && !request.parts().any(marked) {
        return;
    }
    // A mark inside a result stands behind the whole result; one on reasoning behind what is before it, since it is refused
    // there.
    for turn in &mut request.turns {
        let mut left = None;
        for part in turn.parts.iter_mut().rev() {
            let inner = match &mut part.kind {
                PartKind::Result { content, .. } => {
                    content.iter_mut().rev().fold(None, |last, part| last.or(part.cache.take()))
                }
                _ => None,
            };
            part.cache = part.cache.or(inner).or(left.take());
            if target.dialect == Dialect::Messages && matches!(part.kind, PartKind::Reasoning(_)) {
                left = part.cache.take();
            }
        }
        if let Some(mark) = left {
            report.note(mark.at, Reason::Dropped);
        }
    }
    let tools = request.tools.iter_mut().map(|tool| &mut tool.cache);
    let parts = request.turns.iter_mut().flat_map(|turn| &mut turn.parts).map(|part| &mut part.cache);
    let slots: Vec<_> = tools.chain(parts).filter(|slot| slot.is_some()).collect();
    let excess = slots.len().saturating_sub(allowed);
    // Anthropic: "a ttl='1h' cache_control block must not come after a ttl='5m' cache_control block".
    let ordered = matches!(target.dialect, Dialect::Messages | Dialect::Converse);
    let mut longest = Ttl::H12;
    for (index, slot) in slots.into_iter().enumerate() {
        let Some(mark) = slot else { continue };
        if index < excess {
            report.note(mark.at, Reason::Dropped);
            *slot = None;
            continue;
        }
        let mut ttl = nearest(mark.ttl, target.dialect).or(mark.ttl);
        if ordered {
            longest = longest.min(ttl.unwrap_or(Ttl::M5));
            ttl = ttl.map(|ttl| ttl.min(longest));
        }
        if ttl != mark.ttl {
            report.note(mark.at, Reason::Approximated(None));
            mark.ttl = ttl;
        }
    }
}

/// The time that the target has instead, never a dearer one but where its shortest is longer.
fn nearest(ttl: Option<Ttl>, target: Dialect) -> Option<Ttl> {
    match (target, ttl?) {
        (Dialect::Chat | Dialect::Responses, Ttl::M5 | Ttl::H1) => Some(Ttl::M30),
        (Dialect::Messages | Dialect::Converse, Ttl::M30) => Some(Ttl::M5),
        (Dialect::Messages | Dialect::Converse, Ttl::H12) => Some(Ttl::H1),
        _ => None,
    }
}

/// Converse has no mark that moves by itself: it stands behind the last part.
fn automatic(request: &mut Request<'_>, allowed: usize, report: &mut Report) {
    let Some(asked) = request.take(Feature::AutomaticCache) else { return };
    let last = request.turns.last_mut().and_then(|turn| turn.parts.last_mut());
    match last.filter(|_| allowed > 0) {
        Some(part) => {
            let ttl = asked.value.get("ttl").filter(|ttl| ttl.is("1h")).map(|_| Ttl::H1);
            part.cache.get_or_insert(Mark { at: asked.at, ttl });
            report.note(asked.at, Reason::Approximated(None));
        }
        None => report.note(asked.at, Reason::Dropped),
    }
}
