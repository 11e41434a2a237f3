//! The parts of a turn.

use std::borrow::Cow;

use super::calls::Calls;
use super::{media, proto};
use crate::dialect::canonical::carrier::{self, Origin};
use crate::dialect::canonical::read::{self, Value};
use crate::dialect::canonical::{
    Arguments, Call, Json, Part, PartKind, Reason, Reasoning, Refusal, Report, Shown, Signed, Str, Vendor,
};
use crate::wire::base64;

/// Reads a turn's parts. What stands beside a part's data is read with it.
pub(super) fn read<'a>(
    value: Value<'a>,
    turn: usize,
    calls: &mut Calls<'a>,
    parts: &mut Vec<Part<'a>>,
    report: &mut Report,
) -> Result<(), Refusal> {
    // Whether the part before is a thought that may go on: a stream tells one in several parts.
    let mut thinks = false;
    for part in proto::repeated(value)? {
        let mut thought = false;
        let mut signature = None;
        let mut resolution = None;
        let mut data: Option<(Data, Value<'a>)> = None;
        let mut unknown = false;
        for (key, value) in proto::members(read::object(part)?) {
            let kind = match &*key {
                "text" => Data::Text,
                "inlineData" => Data::Inline,
                "fileData" => Data::File,
                "functionCall" => Data::Call,
                "functionResponse" => Data::Response,
                "executableCode" | "codeExecutionResult" | "toolCall" | "toolResponse" => Data::Server,
                "thought" => {
                    thought = read::boolean(value)?;
                    continue;
                }
                "thoughtSignature" => {
                    signature = Some(read::text(value)?);
                    continue;
                }
                "mediaResolution" => {
                    resolution = Some(value);
                    continue;
                }
                // The application's own notes, and what the API itself has said of a part.
                "partMetadata" | "audioTranscription" => continue,
                "videoMetadata"
                | "mediaProcessing"
                | "speechMetadata"
                | "documentMetadata"
                | "spreadsheetMetadata"
                | "audioMetadata" => {
                    report.note(value.at(), Reason::Dropped);
                    continue;
                }
                _ => {
                    report.note(value.at(), Reason::Unknown);
                    unknown = true;
                    continue;
                }
            };
            if data.is_some() {
                return Err(Refusal::invalid(value.at(), "is a second kind of data in one part"));
            }
            data = Some((kind, value));
        }
        let signed = signature.filter(|text| !text.is_empty()).map(untag);
        let Some((kind, value)) = data else {
            if unknown {
                return Err(Refusal::invalid(part.at(), "holds no data that is known here"));
            }
            // A signature may come alone.
            if signed.is_some() {
                parts.push(reasoning(part, Shown::Hidden, None, signed));
            }
            continue;
        };
        if let Some(resolution) = resolution.filter(|_| !matches!(kind, Data::Inline | Data::File)) {
            report.note(resolution.at(), Reason::Dropped);
        }
        let thought_before = std::mem::take(&mut thinks);
        let mut signed = signed;
        match kind {
            Data::Text if thought => {
                let text = read::text(value)?;
                thinks = signed.is_none();
                match parts.last_mut().map(|part| &mut part.kind) {
                    Some(PartKind::Reasoning(before)) if thought_before => {
                        match before.texts.last_mut() {
                            Some(told) if !text.is_empty() => told.to_mut().push_str(&text),
                            None if !text.is_empty() => before.texts.push(text),
                            _ => {}
                        }
                        before.signed = signed.take();
                    }
                    _ => parts.push(reasoning(part, Shown::Summary, Some(text), signed.take())),
                }
            }
            Data::Text => {
                let text = read::words(value)?;
                // An empty text that is signed is there for its signature alone.
                if signed.is_none() || !text.is_empty() {
                    parts.push(Part::text(part.at(), text));
                }
            }
            Data::Inline => parts.push(Part::new(part.at(), media::inline(value, resolution, report)?)),
            Data::File => parts.push(Part::new(part.at(), media::file(value, resolution, report)?)),
            Data::Call => {
                let call = call(value, turn, calls, signed.take(), report)?;
                parts.push(Part::new(part.at(), PartKind::Call(call)));
            }
            Data::Response => parts.push(Part::new(part.at(), result(value, turn, calls, report)?)),
            Data::Server => {
                // The signature stays in it.
                signed = None;
                parts.push(Part::new(part.at(), PartKind::Server(read::json(part))));
            }
        }
        // What signs a part that has no slot for it stands behind it.
        if signed.is_some() {
            parts.push(reasoning(part, Shown::Hidden, None, signed));
        }
    }
    Ok(())
}

enum Data {
    Text,
    Inline,
    File,
    Call,
    Response,
    Server,
}

fn reasoning<'a>(part: Value<'a>, shown: Shown, text: Option<Str<'a>>, signed: Option<Signed<'a>>) -> Part<'a> {
    let texts = text.into_iter().filter(|text| !text.is_empty()).collect();
    Part::new(part.at(), PartKind::Reasoning(Reasoning { shown, texts, signed, id: None }))
}

/// What a signature is: base64, of the gateway's tag and the bytes behind it where another made them.
fn untag(text: Str<'_>) -> Signed<'_> {
    // `gl1.` in base64 begins so in either alphabet; the last digit depends on what follows.
    if text.starts_with("Z2wxL")
        && let Some(tagged) = base64::decode(&text).and_then(|bytes| String::from_utf8(bytes).ok())
    {
        return carrier::untag(Cow::Owned(tagged), Vendor::Google);
    }
    Signed { bytes: text, origin: Origin::of(Vendor::Google), binds: None }
}

fn call<'a>(
    value: Value<'a>,
    turn: usize,
    calls: &mut Calls<'a>,
    signed: Option<Signed<'a>>,
    report: &mut Report,
) -> Result<Call<'a>, Refusal> {
    let (mut id, mut name, mut arguments) = (None, None, "{}");
    for (key, value) in proto::members(read::object(value)?) {
        match &*key {
            "id" => id = Some(read::text(value)?),
            "name" => name = Some(read::text(value)?),
            "args" => arguments = read::object(value)?.raw(),
            "partialArgs" if value.is_empty() => {}
            "willContinue" if value.bool() == Some(false) => {}
            "partialArgs" | "willContinue" => {
                return Err(Refusal::unsupported(value.at(), "is not supported: a call must be whole"));
            }
            _ => report.note(value.at(), Reason::Unknown),
        }
    }
    let name = name.ok_or_else(|| Refusal::invalid(value.at(), "is required").member("name"))?;
    let id = calls.call(turn, id, &name);
    Ok(Call { id, name, namespace: None, arguments: Arguments::Json(Cow::Borrowed(arguments)), signed })
}

/// A result. `response` with `output` alone is that, with `error` alone a failure, else it is the output itself (the
/// types' own words, `FunctionResponse.response`).
fn result<'a>(
    value: Value<'a>,
    turn: usize,
    calls: &mut Calls<'a>,
    report: &mut Report,
) -> Result<PartKind<'a>, Refusal> {
    let (mut id, mut name, mut response, mut media) = (None, None, None, None);
    for (key, value) in proto::members(read::object(value)?) {
        match &*key {
            "id" => id = Some(read::text(value)?),
            "name" => name = Some(read::text(value)?),
            "response" => response = Some(read::object(value)?),
            "parts" => media = Some(value),
            "willContinue" | "scheduling" => report.note(value.at(), Reason::Dropped),
            _ => report.note(value.at(), Reason::Unknown),
        }
    }
    let name = name.ok_or_else(|| Refusal::invalid(value.at(), "is required").member("name"))?;
    let call = calls.result(turn, id, &name);
    let mut error = None;
    let said = response.map(|response| {
        let mut members = response.members();
        match (members.next(), members.next()) {
            (Some((key, only)), None) if key == "output" => only,
            (Some((key, only)), None) if key == "error" && !only.is_null() => {
                error = Some(only.at());
                only
            }
            _ => response,
        }
    });
    let mut content = Vec::new();
    let mut json = None;
    match said {
        Some(text) if text.kind() == read::Kind::String => {
            let said = read::words(text)?;
            if !said.is_empty() {
                content.push(Part::text(text.at(), said));
            }
        }
        Some(said) if said.is_null() => {}
        Some(said) if media.is_some() => content.push(Part::text(said.at(), said.raw())),
        Some(said) => json = Some(Json(Cow::Borrowed(said.raw()))),
        None => {}
    }
    if let Some(media) = media {
        for part in proto::repeated(media)? {
            let (mut kind, mut resolution) = (None, None);
            for (key, value) in proto::members(read::object(part)?) {
                match &*key {
                    "inlineData" | "fileData" => kind = Some((key, value)),
                    "mediaResolution" => resolution = Some(value),
                    "mediaProcessing"
                    | "videoMetadata"
                    | "documentMetadata"
                    | "spreadsheetMetadata"
                    | "audioMetadata" => report.note(value.at(), Reason::Dropped),
                    _ => report.note(value.at(), Reason::Unknown),
                }
            }
            let kind = match kind {
                Some((key, value)) if key == "inlineData" => media::inline(value, resolution, report)?,
                Some((_, value)) => media::file(value, resolution, report)?,
                None => return Err(Refusal::invalid(part.at(), "holds no data that is known here")),
            };
            content.push(Part::new(part.at(), kind));
        }
    }
    Ok(PartKind::Result { call, name: Some(name), content, json, error })
}
