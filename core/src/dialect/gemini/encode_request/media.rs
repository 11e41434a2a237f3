//! Pictures, documents, sound and films.

use std::borrow::Cow;

use super::super::media_type;
use crate::dialect::canonical::{At, Detail, Part, PartKind, Reason, Refusal, Report, Sited, Source, Target, Vendor};
use crate::wire::base64;
use crate::wire::write::Writer;

/// Writes the members of a part that is a file. `false` if the part is none.
pub(super) fn write(
    part: &Part<'_>,
    target: &Target<'_>,
    out: &mut Writer,
    report: &mut Report,
) -> Result<bool, Refusal> {
    match &part.kind {
        PartKind::Image { source, detail } => {
            place(part.at, source, out)?;
            resolution(*detail, target, out, report);
        }
        PartKind::Document { source, title, context, cite } => {
            place(part.at, source, out)?;
            // There is a name in the types, and no API takes it.
            let lost = [title.as_ref().map(|title| title.at), context.as_ref().map(|context| context.at)];
            lost.into_iter().flatten().for_each(|at| report.note(at, Reason::Dropped));
            if let Some(cite) = cite.filter(|cite| cite.is) {
                report.note(cite.at, Reason::Dropped);
            }
        }
        PartKind::Audio(source) | PartKind::Video(source) => place(part.at, source, out)?,
        _ => return Ok(false),
    }
    Ok(true)
}

fn place(at: At, source: &Source<'_>, out: &mut Writer) -> Result<(), Refusal> {
    let (url, mime) = match source {
        Source::Base64 { mime, data } => {
            out.key("inlineData").open().str_member("mimeType", mime).str_member("data", data).close();
            return Ok(());
        }
        Source::Text(text) => {
            let data = base64::encode(text.as_bytes());
            out.key("inlineData").open().str_member("mimeType", "text/plain").str_member("data", &data).close();
            return Ok(());
        }
        Source::Url { url, mime } => (url, mime.as_deref()),
        Source::FileId { id, vendor: Vendor::Google } => (id, None),
        Source::FileId { .. } => {
            return Err(Refusal::unsupported(at, "is a file at another vendor: the upstream cannot read it"));
        }
    };
    out.key("fileData").open();
    // Vertex wants a type; where none is told, the name tells.
    let mime = mime.map(Cow::Borrowed).or_else(|| media_type(url).map(Cow::Borrowed));
    if let Some(mime) = mime {
        out.str_member("mimeType", &mime);
    }
    out.str_member("fileUri", url).close();
    Ok(())
}

/// How closely a picture is looked at: from Gemini 3 on, a part can say.
fn resolution(detail: Option<Sited<Detail>>, target: &Target<'_>, out: &mut Writer, report: &mut Report) {
    let Some(detail) = detail else { return };
    let level = match detail.is {
        Detail::Auto => return,
        Detail::Low => "MEDIA_RESOLUTION_LOW",
        Detail::High => "MEDIA_RESOLUTION_HIGH",
        Detail::Original => "MEDIA_RESOLUTION_ULTRA_HIGH",
    };
    if target.row.wants_signatures {
        out.key("mediaResolution").open().str_member("level", level).close();
    } else {
        report.note(detail.at, Reason::Dropped);
    }
}
