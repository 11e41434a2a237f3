//! Reading a whole answer: `types/message.py`.

use super::answer::Answer;
use super::error;
use crate::dialect::canonical::read::{Kind, Value};
use crate::dialect::codec::Sink;
use crate::error::{Class, Error};

/// Reads a whole answer.
pub(super) fn parse(body: Value<'_>, sink: &mut Sink<'_>) -> Result<(), Error> {
    let Some(content) = body.get("content").filter(|content| content.kind() == Kind::Array) else {
        return Err(match body.get("error") {
            Some(_) => error::read(body),
            None => Error::new(Class::UpstreamInvalid, "the provider's answer is no message"),
        });
    };
    let mut answer = Answer::default();
    answer.start(body, sink);
    for (index, block) in (0..).zip(content.elements()) {
        answer.open(index, block, sink);
        answer.close(index, sink);
    }
    if body.get("stop_reason").is_some() {
        answer.end(body, body.get("usage"), sink);
    } else {
        answer.end_untold(body.get("usage"), sink);
    }
    Ok(())
}
