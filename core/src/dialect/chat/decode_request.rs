//! Reading a request.

use crate::dialect::canonical::read::Value;
use crate::dialect::canonical::{Refusal, Report, Request};
use crate::dialect::codec::Caller;

/// Reads a request.
pub(super) fn decode<'a>(_body: Value<'a>, _report: &mut Report) -> Result<(Request<'a>, Caller), Refusal> {
    todo!()
}
