//! Embeddings at an upstream that does not speak OpenAI's API.

use bytes::Bytes;
use http::HeaderMap;

use super::ask::{parse, refused, strictly};
use super::plan::Aim;
use super::way::Way;
use crate::dialect::canonical::Report;
use crate::dialect::canonical::read::Doc;
use crate::dialect::embeddings::{Asked, Wanted};
use crate::error::{Class, Error};
use crate::host::Host;
use crate::provider::Operation;
use crate::store::Store;
use crate::usage::Usage;

/// A request for embeddings as the target is asked it.
#[derive(Debug)]
pub(crate) struct Embed {
    pub(crate) operation: Operation,
    pub(crate) body: Vec<u8>,
    /// What was adjusted, as the caller's header says it.
    pub(crate) adjusted: Option<Box<str>>,
    wanted: Wanted,
}

/// Says the request as the target's API does.
///
/// # Errors
/// The caller's request is not what its API takes, or the target cannot be asked it.
pub(crate) fn embed<H: Host, S: Store>(way: &Way<'_, H, S>, aim: &Aim<'_>) -> Result<Embed, Error> {
    let doc = parse(&way.body)?;
    let mut report = Report::default();
    let refuse = |refusal| refused(&refusal, &doc, way.dialect);
    let asked = Asked::read(doc.root(), &mut report).map_err(refuse)?;
    let shape = aim.provider.embeds(aim.dialect);
    let (operation, body) = asked.call(shape, aim.model, &mut report).map_err(refuse)?;
    strictly(way, &report, &doc)?;
    let adjusted = report.header(&doc).map(String::into_boxed_str);
    Ok(Embed { operation, body, adjusted, wanted: asked.wanted() })
}

impl Embed {
    /// Makes OpenAI's answer of the upstream's.
    ///
    /// # Errors
    /// It is none, or an error.
    pub(crate) fn answer(&self, aim: &Aim<'_>, headers: &HeaderMap, body: &[u8]) -> Result<(Bytes, Usage), Error> {
        let Ok(doc) = Doc::parse_bytes(body) else {
            let message = format!("provider {} answered with what is not whole JSON", aim.provider.name);
            return Err(Error::new(Class::UpstreamInvalid, message));
        };
        // Where Bedrock's models tell their input's tokens, if their answer does not.
        let told = headers.get("x-amzn-bedrock-input-token-count").and_then(|count| count.to_str().ok()?.parse().ok());
        let (answer, usage) = self.wanted.answer(doc.root(), aim.dialect, aim.model, told)?;
        Ok((answer.into(), usage))
    }
}
