//! An upstream's words are the caller's to hear, unless they quote what the gateway has authenticated with.
//!
//! Servers that are being debugged, and some that stand before others, answer with the headers that they have got.

use super::authorize;
use super::judge::{Answer, Failed};
use super::plan::Aim;
use super::way::Way;
use crate::dialect::failure;
use crate::error::{Class, Error};
use crate::host::Host;
use crate::store::Store;

/// What is said instead.
pub(crate) const WITHHELD: &str = "the provider failed in words that quote the gateway's credential: they are withheld";

/// The same, without words that quote the credential: they become the gateway's own.
#[expect(clippy::result_large_err, reason = "it is what has been judged, passed on")]
pub(crate) fn withhold<H: Host, S: Store>(
    way: &Way<'_, H, S>,
    aim: &Aim<'_>,
    judged: Result<Answer<H::Body>, Failed<H::Body>>,
) -> Result<Answer<H::Body>, Failed<H::Body>> {
    let quotes = |text: &[u8]| authorize::is_quoted(way.gateway, aim.provider, text);
    match judged {
        Ok(Answer::Whole(whole)) if !whole.status.is_success() && quotes(&whole.body) => {
            let status = whole.status.as_u16();
            Err(Failed::Final(own(failure::read(way.dialect, status, &whole.headers, &whole.body).error)))
        }
        Err(Failed::Answered(Answer::Whole(whole))) if quotes(&whole.body) => {
            let status = whole.status.as_u16();
            Err(Failed::Told(own(failure::read(way.dialect, status, &whole.headers, &whole.body).error)))
        }
        Ok(Answer::Stream(stream)) | Err(Failed::Answered(Answer::Stream(stream)))
            if stream.passage.fails_quoting(quotes) =>
        {
            Err(Failed::Told(Error::new(Class::UpstreamError, WITHHELD)))
        }
        Err(Failed::Told(error)) if quotes(error.message.as_bytes()) => Err(Failed::Told(own(error))),
        Err(Failed::Final(error)) if quotes(error.message.as_bytes()) => Err(Failed::Final(own(error))),
        Err(Failed::Again { bare, error }) if quotes(error.message.as_bytes()) => {
            Err(Failed::Again { bare, error: own(error) })
        }
        judged => judged,
    }
}

fn own(mut error: Error) -> Error {
    error.message = WITHHELD.into();
    error.param = None;
    error
}
