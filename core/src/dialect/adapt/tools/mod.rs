//! The tools: their names, kinds, schemas and choice; and the form of the answer.

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
