//! Reading a whole answer.

use super::error::failure;
use super::parse_stream::StreamParser;
use crate::dialect::canonical::Event;
use crate::dialect::canonical::read::{Kind, Value};
use crate::dialect::codec::Sink;
use crate::error::{Class, Error};

/// Reads a whole answer: it is what ends a stream of which nothing else was told.
pub(super) fn parse(body: Value<'_>, sink: &mut Sink<'_>) -> Result<(), Error> {
    let status = body.get_str("status");
    let output = body.get("output").filter(|output| output.kind() == Kind::Array);
    if let Some(error) = body.get("error").filter(|_| output.is_none() || status.as_deref() == Some("failed")) {
        return Err(failure(error));
    }
    let invalid = |message: &'static str| Err(Error::new(Class::UpstreamInvalid, message));
    if output.is_none() {
        return invalid("the upstream's answer has no output");
    }
    // Some servers leave the status out.
    let status = status.as_deref().unwrap_or("completed");
    if matches!(status, "in_progress" | "queued") {
        return invalid("the upstream has not finished its answer");
    }
    let mut failed = None;
    StreamParser::default().end(body, status, &mut |event| match event {
        Event::Error(error) => failed = Some(*error),
        event => sink(event),
    });
    failed.map_or(Ok(()), Err)
}

#[cfg(test)]
mod tests;
