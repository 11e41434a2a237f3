//! Reasoning goes back to its maker or nowhere (translation.md 3.11): what another has made is left out, what the target has
//! made stands where it stood, with its bytes as they were.

use crate::dialect::Dialect;
use crate::dialect::canonical::carrier::Origin;
use crate::dialect::canonical::target::Replay;
use crate::dialect::canonical::{
    Call, Index, Part, PartKind, Reason, Reasoning, Report, Request, Role, Signed, Str, Target, Turn, Vendor,
};
use crate::provider::row;

use super::turns::{is_call, is_result};

/// What Gemini 3 takes in place of a signature for a call that it has not made.
/// <https://ai.google.dev/gemini-api/docs/thought-signatures>
const UNSIGNED: &str = "skip_thought_signature_validator";

/// Leaves of reasoning and of signatures what the target has made.
pub(super) fn adapt(request: &mut Request<'_>, target: &Target<'_>, caller: Dialect, report: &mut Report) {
    let concerns = |part: &Part<'_>| match &part.kind {
        PartKind::Reasoning(_) => true,
        PartKind::Call(call) => call.signed.is_some(),
        _ => false,
    };
    if !request.parts().any(concerns) {
        return;
    }
    let judge = Judge { target, vendor: target.vendor(), caller: vendor(caller) };
    let chat = target.dialect == Dialect::Chat;
    let from = if chat { judge.replayed_from(&request.turns) } else { 0 };
    // Signatures that travelled beside their call. In Responses the call may be the next turn.
    let mut bound = Bound::default();
    for (index, turn) in request.turns.iter_mut().enumerate() {
        if turn.role == Role::User {
            if !bound.signatures.is_empty() {
                bound = Bound::default();
            }
            continue;
        }
        if turn.role != Role::Assistant || (bound.signatures.is_empty() && !turn.parts.iter().any(concerns)) {
            continue;
        }
        turn.parts.retain_mut(|part| match &mut part.kind {
            PartKind::Reasoning(reasoning) => {
                if let Some(signed) = reasoning.signed.take_if(|signed| judge.rebinds(signed))
                    && let Some(call) = signed.binds.clone()
                {
                    bound.add(call, signed);
                    return false;
                }
                let why = if chat && index < from { Some("foreign") } else { judge.refuses(reasoning) };
                if let Some(why) = why {
                    report.note(part.at, Reason::DroppedAs(why));
                }
                why.is_none()
            }
            PartKind::Call(call) => {
                judge.sign(call, &mut bound, part.at, report);
                true
            }
            _ => true,
        });
    }
}

/// Marks the first call of each step that Gemini has not signed itself.
pub(super) fn mark_unsigned(request: &mut Request<'_>, target: &Target<'_>, report: &mut Report) {
    if target.dialect != Dialect::Gemini || !target.row.wants_signatures {
        return;
    }
    for turn in request.turns.iter_mut().filter(|turn| turn.role == Role::Assistant) {
        let first = turn.parts.iter_mut().find_map(|part| match &mut part.kind {
            PartKind::Call(call) => Some((part.at, call)),
            _ => None,
        });
        if let Some((at, call)) = first.filter(|(_, call)| call.signed.is_none()) {
            let origin = Origin::of(Vendor::Google);
            call.signed = Some(Signed { bytes: Str::Borrowed(UNSIGNED), origin, binds: None });
            report.note(at, Reason::Approximated(Some("unsigned")));
        }
    }
}

/// Signatures of calls that have not come yet.
#[derive(Default)]
struct Bound<'a> {
    calls: Index<'a>,
    signatures: Vec<Option<Signed<'a>>>,
}

impl<'a> Bound<'a> {
    fn add(&mut self, call: Str<'a>, signed: Signed<'a>) {
        self.calls.insert(call, self.signatures.len());
        self.signatures.push(Some(signed));
    }

    fn take(&mut self, call: &str) -> Option<Signed<'a>> {
        self.signatures.get_mut(self.calls.get(call)?)?.take()
    }
}

struct Judge<'t> {
    target: &'t Target<'t>,
    vendor: Vendor,
    /// Who makes what a client of the caller's dialect gives back untagged.
    caller: Vendor,
}

impl Judge<'_> {
    /// Whether the target has made it, and can read it here.
    fn made(&self, origin: &Origin<'_>) -> bool {
        if !origin.serves(self.vendor, self.target.scope) {
            return false;
        }
        if origin.model.is_empty() {
            return true;
        }
        match self.vendor {
            // Portable between platforms, which name a model differently, and bound to the model.
            Vendor::Anthropic => std::ptr::eq(row(&origin.model), self.target.row),
            Vendor::Google => plain(&origin.model) == plain(self.target.model),
            _ => true,
        }
    }

    /// Why it is left out, if it is.
    fn refuses(&self, reasoning: &mut Reasoning<'_>) -> Option<&'static str> {
        let made = match &reasoning.signed {
            Some(signed) => signed.binds.is_none() && self.made(&signed.origin),
            None => self.caller == self.vendor,
        };
        if !made {
            return Some("foreign");
        }
        reasoning.signed.take_if(|signed| signed.bytes.is_empty());
        // Chat takes back the text alone; the others only what is signed.
        let enough = reasoning.signed.is_some() || self.target.dialect == Dialect::Chat;
        (!enough).then_some("unsigned")
    }

    /// Whether it is a call's signature that goes back onto the call.
    fn rebinds(&self, signed: &Signed<'_>) -> bool {
        signed.binds.is_some() && self.has_slot() && !signed.bytes.is_empty() && self.made(&signed.origin)
    }

    fn has_slot(&self) -> bool {
        matches!(self.target.dialect, Dialect::Gemini | Dialect::Chat)
    }

    fn sign<'a>(
        &self,
        call: &mut Call<'a>,
        bound: &mut Bound<'a>,
        at: crate::dialect::canonical::At,
        report: &mut Report,
    ) {
        let keeps = |signed: &Signed<'_>| self.has_slot() && !signed.bytes.is_empty() && self.made(&signed.origin);
        if let Some(foreign) = call.signed.take_if(|signed| !keeps(signed))
            && !foreign.bytes.is_empty()
        {
            report.note(at, Reason::DroppedAs("foreign"));
        }
        if let Some(signed) = bound.take(&call.id) {
            call.signed.get_or_insert(signed);
        }
    }

    /// Chat: the turn from which on reasoning goes back. A server that wants it wants it of all its turns or of none
    /// (anomalyco/opencode#25000).
    fn replayed_from(&self, turns: &[Turn<'_>]) -> usize {
        let from = match self.target.quirks.replay {
            Replay::Never => return usize::MAX,
            Replay::Always => 0,
            Replay::ToolLoop => loop_start(turns),
        };
        // Where something stands in for what is missing, all turns have it.
        if self.target.quirks.filler.is_some() {
            return from;
        }
        let mut rest = turns.get(from..).unwrap_or_default();
        while let Some(first) = rest.iter().position(|turn| turn.role == Role::Assistant) {
            let behind = rest.get(first..).unwrap_or_default();
            let length = behind.iter().take_while(|turn| turn.role == Role::Assistant).count();
            let (said, next) = behind.split_at_checked(length).unwrap_or((behind, &[]));
            let has_own = said.iter().flat_map(|turn| &turn.parts).any(|part| match &part.kind {
                PartKind::Reasoning(reasoning) => {
                    let made = match &reasoning.signed {
                        Some(signed) => signed.binds.is_none() && self.made(&signed.origin),
                        None => self.caller == self.vendor,
                    };
                    made && reasoning.texts.iter().any(|text| !text.is_empty())
                }
                _ => false,
            });
            if !has_own {
                return usize::MAX;
            }
            rest = next;
        }
        from
    }
}

/// Where the loop of tool calls begins that is still going on: behind the last turn in which the user says something.
fn loop_start(turns: &[Turn<'_>]) -> usize {
    let says = |turn: &Turn<'_>| turn.role == Role::User && !turn.parts.iter().all(is_result);
    turns.iter().rposition(says).map_or(0, |last| last + 1)
}

/// Whether the loop of tool calls that is going on began with reasoning that its maker can see again. `None` if no loop is
/// going on.
pub(super) fn loop_has_reasoning(turns: &[Turn<'_>]) -> Option<bool> {
    // What the user says beside results does not end it: they are one turn to the API.
    let is_user = |turn: &Turn<'_>| turn.role == Role::User;
    let (mut start, mut seen) = (0, 0);
    for group in turns.chunk_by(|one, next| is_user(one) == is_user(next)) {
        seen += group.len();
        if group.iter().all(|turn| is_user(turn) && !turn.parts.iter().any(is_result)) {
            start = seen;
        }
    }
    let current = turns.get(start..).unwrap_or_default();
    let begins = |turn: &Turn<'_>| matches!(turn.parts.first(), Some(Part { kind: PartKind::Reasoning(_), .. }));
    let mut said = current.iter().filter(|turn| turn.role == Role::Assistant);
    let first = said.next().filter(|_| current.iter().any(|turn| turn.parts.iter().any(is_call)))?;
    // What is between one turn's reasoning and the next is only there if the model thinks between calls.
    Some(begins(first) || said.next_back().is_some_and(begins))
}

/// The vendor whose clients speak a dialect.
fn vendor(caller: Dialect) -> Vendor {
    match caller {
        Dialect::Responses => Vendor::OpenAi,
        Dialect::Messages => Vendor::Anthropic,
        Dialect::Gemini => Vendor::Google,
        Dialect::Chat | Dialect::Converse => Vendor::Other,
    }
}

fn plain(model: &str) -> &str {
    model.rsplit_once('/').map_or(model, |(_, name)| name)
}
