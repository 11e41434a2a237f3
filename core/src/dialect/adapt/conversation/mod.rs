//! The conversation: who speaks where, what goes back to its maker, what the model takes of sampling, limits and thinking.
//!
//! Most conversations are plain: each pass first asks whether there is anything for it to do, and texts are never copied.

mod cache;
mod hints;
mod limits;
mod replay;
mod sampling;
mod system;
#[cfg(test)]
mod tests;
mod thinking;
mod turns;

use super::Adapted;
use crate::dialect::Dialect;
use crate::dialect::canonical::{Refusal, Report, Request, Target};

pub(super) use turns::name_results;

pub(super) fn adapt(
    request: &mut Request<'_>,
    target: &Target<'_>,
    caller: Dialect,
    adapted: &mut Adapted,
    report: &mut Report,
) -> Result<(), Refusal> {
    hints::adapt(request, target, report)?;
    replay::adapt(request, target, caller, report);
    turns::clean(request, target, report);
    system::adapt(request, target, report);
    turns::arrange(request, target, caller)?;
    replay::mark_unsigned(request, target, report);
    cache::adapt(request, target, report);
    limits::adapt(request, target, adapted, report)?;
    thinking::adapt(request, target, caller, report);
    sampling::adapt(request, target, report)
}
