//! The request as another dialect says it: read, made one that the target can be asked, and written.
//!
//! Nothing borrowed leaves this step. The canonical request lives only while it is encoded; what the answer needs of it is
//! owned.

use super::plan::Aim;
use super::way::Way;
use crate::dialect::adapt::Adapted;
use crate::dialect::canonical::carrier::Origin;
use crate::dialect::canonical::read::Doc;
use crate::dialect::canonical::{Refusal, Report, Target};
use crate::dialect::codec::{Caller, Echo, codec};
use crate::dialect::translate::{self, Purpose, Said};
use crate::dialect::{Dialect, count};
use crate::error::{Class, Error};
use crate::host::Host;
use crate::provider::row;
use crate::store::Store;

/// A request as the target is asked it.
#[derive(Debug)]
pub(crate) struct Ask {
    /// The body.
    pub(crate) body: Vec<u8>,
    /// What was adjusted, as the caller's header says it.
    pub(crate) adjusted: Option<Box<str>>,
    /// What the answer needs of the request.
    adapted: Adapted,
    caller: Caller,
    model: Box<str>,
    origin: Origin<'static>,
    think_tags: Option<(&'static str, &'static str)>,
    tokens: u64,
}

/// Says the request as the target's dialect does. `bare` leaves all reasoning out: its maker has refused it.
///
/// # Errors
/// The caller's request is not what its API takes, or the target cannot be asked it ([`Class::Unsupported`]).
pub(crate) fn ask<H: Host, S: Store>(way: &Way<'_, H, S>, aim: &Aim<'_>, bare: bool) -> Result<Ask, Error> {
    let doc = parse(&way.body)?;
    let target = target(aim);
    let mut report = Report::default();
    let asked = translate::request(&doc, way.dialect, &target, way.stream, bare, &mut report);
    let Said { body, adapted, caller, tokens } = asked.map_err(|refusal| refused(&refusal, &doc, way.dialect))?;
    strictly(way, &report, &doc)?;
    Ok(Ask {
        body,
        adjusted: report.header(&doc).map(String::into_boxed_str),
        adapted,
        caller,
        model: aim.model.into(),
        origin: Origin {
            vendor: target.vendor(),
            scope: target.scope.to_owned().into(),
            model: aim.model.to_owned().into(),
        },
        think_tags: target.quirks.think_tags,
        tokens,
    })
}

impl Ask {
    /// What the answer's translation is made for.
    pub(crate) fn purpose<H: Host, S: Store>(self, way: &Way<'_, H, S>, stream: bool) -> Purpose {
        Purpose {
            caller: way.dialect,
            stream,
            adapted: self.adapted,
            echo: Echo {
                request: way.id,
                created: way.gateway.host.wall().as_secs(),
                model: self.model,
                asked: way.name.into(),
                caller: self.caller,
                array: way.array,
            },
            origin: self.origin,
            think_tags: self.think_tags,
            tokens: self.tokens,
        }
    }
}

/// About how many tokens the request's input has, for upstreams that do not count.
///
/// # Errors
/// The request is not what its API takes.
pub(crate) fn estimate<H: Host, S: Store>(way: &Way<'_, H, S>) -> Result<u64, Error> {
    let doc = parse(&way.body)?;
    let mut report = Report::default();
    let decode =
        codec(way.dialect).decode.ok_or_else(|| Error::new(Class::Internal, "no client speaks this dialect"))?;
    let root = doc.root();
    // Gemini counts what it is asked as, or a whole request.
    let asked = match way.dialect {
        Dialect::Gemini => root.get("generateContentRequest").or(root.get("generate_content_request")).unwrap_or(root),
        _ => root,
    };
    let decoded = decode(asked, &mut report).map_err(|refusal| refused(&refusal, &doc, way.dialect))?;
    Ok(count::estimate(&decoded.0))
}

/// Refuses the first adjustment, where none is allowed.
pub(super) fn strictly<H: Host, S: Store>(way: &Way<'_, H, S>, report: &Report, doc: &Doc<'_>) -> Result<(), Error> {
    if !way.strict {
        return Ok(());
    }
    let Some((path, reason)) = report.told(doc).next() else { return Ok(()) };
    let message = format!("the upstream cannot take it as it is ({reason}), and `strict` allows no adjustment");
    Err(Error::new(Class::Unsupported, message).about(path))
}

pub(super) fn parse(body: &[u8]) -> Result<Doc<'_>, Error> {
    Doc::parse_bytes(body).map_err(|fault| {
        Error::new(Class::Invalid, format!("the request body is not JSON: byte {} is wrong", fault.at))
    })
}

fn target<'a>(aim: &Aim<'a>) -> Target<'a> {
    let (row, quirks) = (row(aim.model), aim.provider.kind.quirks);
    Target {
        dialect: aim.dialect,
        model: aim.model,
        row,
        max_output: aim.provider.max_output(aim.model, row.max_output),
        quirks,
        scope: aim.provider.scope(row.vendor.unwrap_or(quirks.vendor)),
        include_usage: aim.provider.include_usage,
    }
}

pub(super) fn refused(refusal: &Refusal, doc: &Doc<'_>, dialect: Dialect) -> Error {
    let path = refusal.path(doc);
    let class = if refusal.is_unsupported() { Class::Unsupported } else { Class::Invalid };
    let message = match &*path {
        "" => format!("the request {}", refusal.message()),
        // There the message begins with the path by itself.
        _ if dialect == Dialect::Messages => refusal.message().to_owned(),
        path => format!("`{path}` {}", refusal.message()),
    };
    let error = Error::new(class, message);
    if path.is_empty() { error } else { error.about(path) }
}
