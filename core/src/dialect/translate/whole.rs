//! A whole answer of the upstream's on its way to the caller.

use bytes::Bytes;

use super::answer::{Purpose, Translator};
use super::stream::Translation;
use crate::dialect::Dialect;
use crate::dialect::canonical::read::Doc;
use crate::dialect::codec::codec;
use crate::error::{Class, Error};
use crate::usage::Usage;

/// Translates a whole answer.
///
/// # Errors
/// It is none, or it says that it has failed.
pub fn whole(upstream: Dialect, body: &[u8], purpose: Purpose) -> Result<(Bytes, Usage), Failure> {
    let text = std::str::from_utf8(body).ok();
    let Some(doc) = text.and_then(|text| Doc::parse_answer(text).ok()) else {
        return Err(Failure::broken(Class::UpstreamInvalid, "the upstream answered with what is not whole JSON"));
    };
    let mut translator = Translator::new(purpose);
    (codec(upstream).parse_whole)(doc.root(), &mut |event| translator.push(event))
        .map_err(|error| Failure { error, malformed: false })?;
    if let Some(error) = translator.failure() {
        return Err(Failure { error: error.clone(), malformed: translator.is_malformed() });
    }
    translator.finish();
    let usage = translator.usage(true);
    Ok((translator.into_bytes().into(), usage))
}

/// Translates a whole stream that came where a whole answer was to be.
///
/// # Errors
/// It is none, it says that it has failed, or it is not whole.
pub fn gathered(upstream: Dialect, body: Bytes, purpose: Purpose) -> Result<(Bytes, Usage), Failure> {
    let mut translation = Translation::new(upstream, purpose);
    if translation.take(body).is_err() {
        return Err(Failure::broken(Class::UpstreamInvalid, "the upstream sent what is no stream of events"));
    }
    translation.finish();
    if let Some(error) = translation.failure() {
        return Err(Failure { error: error.clone(), malformed: translation.is_malformed() });
    }
    if !translation.is_complete() {
        return Err(Failure::broken(Class::UpstreamTruncated, "the upstream's stream ended before its end"));
    }
    let usage = translation.usage();
    Ok((translation.into_whole().into(), usage))
}

/// Why an answer is none.
#[derive(Debug)]
pub struct Failure {
    /// What is to be told.
    pub error: Error,
    /// The model has made a call that is none.
    pub malformed: bool,
}

impl Failure {
    fn broken(class: Class, message: &'static str) -> Self {
        Self { error: Error::new(class, message), malformed: false }
    }
}
