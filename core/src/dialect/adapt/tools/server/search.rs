//! Search in the web: the one tool that every vendor runs, with filters of its own.

use super::{Fate, direct, is_nothing};
use crate::dialect::Dialect;
use crate::dialect::canonical::{At, Reason, Refusal, Report, Target, WebSearch};

/// What a target's search takes.
struct Takes {
    allowed: bool,
    blocked: bool,
    location: bool,
    context: bool,
    max_uses: bool,
    offline: bool,
    range: bool,
}

/// The row of a target; `None` where nothing searches.
fn takes(target: &Target<'_>) -> Option<Takes> {
    let none = Takes {
        allowed: false,
        blocked: false,
        location: false,
        context: false,
        max_uses: false,
        offline: false,
        range: false,
    };
    match target.dialect {
        Dialect::Chat if target.row.web_search_options => Some(Takes { location: true, context: true, ..none }),
        Dialect::Responses if target.quirks.searches => {
            Some(Takes { allowed: true, location: true, context: true, max_uses: true, offline: true, ..none })
        }
        Dialect::Messages if target.quirks.searches => {
            Some(Takes { allowed: true, blocked: true, location: true, max_uses: true, ..none })
        }
        Dialect::Gemini if target.quirks.searches => {
            Some(Takes { blocked: target.quirks.excludes_domains, range: true, ..none })
        }
        _ => None,
    }
}

pub(super) fn adapt(search: &mut WebSearch<'_>, target: &Target<'_>, report: &mut Report) -> Result<Fate, Refusal> {
    let Some(takes) = takes(target) else { return Ok(Fate::Withheld) };
    if search.offline.is_some() && !takes.offline {
        return Ok(Fate::Withheld);
    }
    // An empty list blocks nothing. An empty list of what is allowed may mean nothing or everything.
    search.blocked.take_if(|blocked| blocked.is.is_empty());
    let guards: [(Option<At>, bool, &'static str); 3] = [
        (search.allowed.as_ref().map(|allowed| allowed.at), takes.allowed, "search only in some domains"),
        (search.blocked.as_ref().map(|blocked| blocked.at), takes.blocked, "keep its search out of some domains"),
        (search.range.map(|range| range.at()), takes.range, "search in a range of time"),
    ];
    for (at, taken, what) in guards {
        if let Some(at) = at
            && !taken
        {
            return Err(Refusal::unsupported(at, format!("the upstream cannot {what}")));
        }
    }
    let mut drop = |at: Option<At>| {
        if let Some(at) = at {
            report.note(at, Reason::Dropped);
        }
    };
    if !takes.location {
        drop(search.location.take().map(|location| location.at()));
    }
    if !takes.context {
        drop(search.context.take().map(|context| context.at));
    }
    if !takes.max_uses {
        drop(search.max_uses.take().map(|uses| uses.at));
    }
    for (name, value) in std::mem::take(&mut search.extra) {
        match &*name {
            "allowed_callers" => direct(value)?,
            _ if is_nothing(value) => {}
            // What is found, not where: OpenAI's kinds of content, Gemini's kinds of search and when to search at all.
            "search_content_types" | "searchTypes" | "dynamicRetrievalConfig" => drop(Some(value.at())),
            // It may be a filter.
            _ => return Err(Refusal::unsupported(value.at(), "the upstream's search has no such setting")),
        }
    }
    Ok(Fate::Offered)
}
