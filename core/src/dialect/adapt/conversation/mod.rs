//! The conversation: who speaks where, what goes back to its maker, what the model takes of sampling, limits and thinking.

use super::Adapted;
use crate::dialect::Dialect;
use crate::dialect::canonical::{Refusal, Report, Request, Target};

pub(super) fn adapt(
    _request: &mut Request<'_>,
    _target: &Target<'_>,
    _caller: Dialect,
    _adapted: &mut Adapted,
    _report: &mut Report,
) -> Result<(), Refusal> {
    Ok(())
}
