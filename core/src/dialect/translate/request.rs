//! A request on its way to an upstream of another dialect.

use crate::dialect::adapt::{Adapted, adapt};
use crate::dialect::canonical::read::Doc;
use crate::dialect::canonical::{PartKind, Reason, Refusal, Report, Request, Target};
use crate::dialect::codec::{Caller, codec};
use crate::dialect::{Dialect, count};

/// A request as the target's dialect says it.
#[derive(Debug)]
pub struct Said {
    /// The body.
    pub body: Vec<u8>,
    /// What has to be undone in the answer.
    pub adapted: Adapted,
    /// What the caller's dialect wants to know again.
    pub caller: Caller,
    /// About how many tokens its input has, for answers that end before they tell.
    pub tokens: u64,
}

/// Says a request as the target's dialect does. `bare` leaves all reasoning out: its maker has refused it.
///
/// # Errors
/// The request is not what its API takes, or the target cannot be asked it.
pub fn request(
    doc: &Doc<'_>,
    dialect: Dialect,
    target: &Target<'_>,
    stream: bool,
    bare: bool,
    report: &mut Report,
) -> Result<Said, Refusal> {
    let unreadable = || Refusal::unsupported(doc.root().at(), "no client speaks this dialect");
    let decode = codec(dialect).decode.ok_or_else(unreadable)?;
    let (mut request, caller) = decode(doc.root(), report)?;
    // Gemini says it in the path.
    request.stream = stream;
    if bare {
        without_reasoning(&mut request, report);
    }
    let tokens = count::estimate(&request);
    let adapted = adapt(&mut request, target, dialect, report)?;
    let body = (codec(target.dialect).encode)(&request, target, report)?;
    Ok(Said { body, adapted, caller, tokens })
}

fn without_reasoning(request: &mut Request<'_>, report: &mut Report) {
    for turn in &mut request.turns {
        turn.parts.retain(|part| {
            let keep = !matches!(part.kind, PartKind::Reasoning(_));
            if !keep {
                report.note(part.at, Reason::DroppedAs("refused"));
            }
            keep
        });
    }
}
