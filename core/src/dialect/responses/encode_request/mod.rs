//! Writing a request.

use crate::dialect::canonical::{Refusal, Report, Request, Target};

/// Writes a request.
pub(super) fn encode(_request: &Request<'_>, _target: &Target<'_>, _report: &mut Report) -> Result<Vec<u8>, Refusal> {
    todo!()
}
