//! Reading a whole answer.

use super::answer::Answer;
use crate::dialect::canonical::read::Value;
use crate::dialect::codec::Sink;
use crate::error::{Class, Error};

/// Reads a whole answer.
pub(super) fn parse(body: Value<'_>, sink: &mut Sink<'_>) -> Result<(), Error> {
    let mut answer = Answer::default();
    answer.take(body, "message", sink).map_err(|error| *error)?;
    if !answer.has_choices() {
        return Err(Error::new(Class::UpstreamInvalid, "the provider's answer holds no choices"));
    }
    answer.end(sink);
    Ok(())
}
