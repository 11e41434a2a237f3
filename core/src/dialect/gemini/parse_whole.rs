//! Reading a whole answer.

use super::read_answer::Reader;
use crate::dialect::canonical::read::{Kind, Value};
use crate::dialect::codec::Sink;
use crate::error::{Class, Error};

/// Reads a whole answer; or a stream's that is one array.
pub(super) fn parse(body: Value<'_>, sink: &mut Sink<'_>) -> Result<(), Error> {
    let mut reader = Reader::default();
    match body.kind() {
        Kind::Object => reader.chunk(body, sink)?,
        Kind::Array => {
            for chunk in body.elements() {
                reader.chunk(chunk, sink)?;
            }
        }
        _ => {}
    }
    if !reader.has_answer() {
        return Err(Error::new(Class::UpstreamInvalid, "the provider's answer has no candidates"));
    }
    reader.assume_finished();
    reader.finish(sink);
    Ok(())
}
