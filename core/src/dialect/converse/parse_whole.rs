//! Reading a whole answer.

use crate::dialect::canonical::read::Value;
use crate::dialect::codec::Sink;
use crate::error::Error;

/// Reads a whole answer.
pub(super) fn parse(_body: Value<'_>, _sink: &mut Sink<'_>) -> Result<(), Error> {
    todo!()
}
