//! Who asks, in which tier, with which labels and guards: what depends on the target's words for it (translation.md 3.17,
//! 3.19–3.22).

use sha2::{Digest, Sha256};

use crate::dialect::Dialect;
use crate::dialect::canonical::{
    Asked, Detail, Feature, PartKind, Reason, Refusal, Report, Request, Sited, Str, Target, ToolKind,
};
use crate::wire::decimal::decimal;
use crate::wire::text::push_string;

/// The longest id of an end user: OpenAI's `safety_identifier`, Anthropic's `user_id`.
const LONGEST_USER: usize = 64;
const LONGEST_USER_MESSAGES: usize = 256;

/// The most labels: OpenAI's, Bedrock's.
const MOST_LABELS: usize = 16;

/// The most answers of one request to Gemini.
const MOST_CANDIDATES: u64 = 8;

pub(super) fn adapt(request: &mut Request<'_>, target: &Target<'_>, report: &mut Report) -> Result<(), Refusal> {
    if request.asked.is_empty() {
        return Ok(());
    }
    one_user(request, report);
    server_tools(request, target, report);
    if let Some(asked) = request.take(Feature::MediaResolution) {
        media(request, target, asked, report);
    }
    let mut asked = std::mem::take(&mut request.asked);
    let mut refused = None;
    asked.retain_mut(|asked| match settle(asked, target) {
        Ok(Became::Asked) => true,
        Ok(Became::Moot) => false,
        Ok(Became::Noted(reason)) => {
            report.note(asked.at, reason);
            false
        }
        Ok(Became::Changed(json, reason)) => {
            asked.json = Str::Owned(json);
            reason.into_iter().for_each(|reason| report.note(asked.at, reason));
            true
        }
        Err(refusal) => {
            refused.get_or_insert(refusal);
            false
        }
    });
    request.asked = asked;
    refused.map_or(Ok(()), Err)
}

/// What becomes of something that is asked for.
enum Became {
    Asked,
    Changed(String, Option<Reason>),
    Moot,
    Noted(Reason),
}

fn settle(asked: &Asked<'_>, target: &Target<'_>) -> Result<Became, Refusal> {
    let dialect = target.dialect;
    let openai = matches!(dialect, Dialect::Chat | Dialect::Responses);
    Ok(match asked.feature {
        Feature::Tier => tier(asked, target),
        Feature::EndUser => {
            let longest = match dialect {
                Dialect::Chat if !target.quirks.openai => usize::MAX,
                Dialect::Messages => LONGEST_USER_MESSAGES,
                _ => LONGEST_USER,
            };
            user(asked, longest)
        }
        Feature::Store if !openai && dialect != Dialect::Gemini => match asked.value.bool() {
            Some(true) => Became::Noted(Reason::Dropped),
            _ => Became::Moot,
        },
        Feature::Labels if openai && asked.value.members().count() > MOST_LABELS => Became::Noted(Reason::Dropped),
        Feature::Labels if dialect == Dialect::Gemini => kept(target.quirks.labels && are_labels(asked, 64, is_google)),
        Feature::Labels if dialect == Dialect::Converse => kept(are_labels(asked, MOST_LABELS, is_amazon)),
        // There it has 32 bits.
        Feature::Seed if dialect == Dialect::Gemini => {
            let range = f64::from(i32::MIN)..=f64::from(i32::MAX);
            kept(decimal(&asked.json).is_some_and(|seed| range.contains(&seed)))
        }
        Feature::Candidates if dialect == Dialect::Gemini => {
            if decimal(&asked.json).is_some_and(|count| count > MOST_CANDIDATES as f64) {
                return Err(Refusal::unsupported(asked.at, "is more than the upstream's API takes (8)"));
            }
            Became::Asked
        }
        Feature::Safety if dialect != Dialect::Gemini => {
            if blocks(asked) {
                return Err(Refusal::unsupported(asked.at, "blocks what the upstream's API has no setting for"));
            }
            Became::Noted(Reason::Dropped)
        }
        // A latitude and a language: no search but Google's takes those.
        Feature::Retrieval if dialect != Dialect::Gemini => Became::Noted(Reason::Dropped),
        _ => Became::Asked,
    })
}

fn kept(keeps: bool) -> Became {
    if keeps { Became::Asked } else { Became::Noted(Reason::Dropped) }
}

/// The tiers, in OpenAI's words.
fn tier(asked: &Asked<'_>, target: &Target<'_>) -> Became {
    let said = asked.value.str().unwrap_or_default().to_ascii_lowercase();
    let openai = target.quirks.openai && matches!(target.dialect, Dialect::Chat | Dialect::Responses);
    let word = match said.trim_start_matches("service_tier_") {
        "auto" | "unspecified" | "" => return Became::Moot,
        "default" | "standard" | "standard_only" => match target.dialect {
            Dialect::Messages => "standard_only",
            Dialect::Gemini => "standard",
            Dialect::Converse => "default",
            // To who only speaks as OpenAI does it may be unknown, and is what happens anyway.
            Dialect::Chat | Dialect::Responses if openai => "default",
            Dialect::Chat | Dialect::Responses => return Became::Moot,
        },
        // Its `auto` uses what capacity was bought, where it was.
        "priority" if target.dialect == Dialect::Messages => {
            return Became::Noted(Reason::Approximated(Some("auto")));
        }
        "priority" => "priority",
        "flex" if target.dialect != Dialect::Messages => "flex",
        // Never a dearer tier by translation.
        "scale" if openai => "scale",
        "fast" if openai => "fast",
        "ultrafast" if openai => "ultrafast",
        _ => return Became::Noted(Reason::Dropped),
    };
    Became::Changed(["\"", word, "\""].concat(), None)
}

/// A user's id that is too long is told by its hash: Claude Code's is a JSON text of 150 characters
/// (looplj/axonhub#1669).
fn user(asked: &Asked<'_>, longest: usize) -> Became {
    let id = asked.value.str().unwrap_or_default();
    if id.is_empty() {
        return Became::Moot;
    }
    if id.chars().count() <= longest {
        return Became::Asked;
    }
    let mut json = Vec::with_capacity(66);
    let digits = Sha256::digest(id.as_bytes()).iter().fold(String::with_capacity(64), |mut hex, byte| {
        for half in [byte >> 4, byte & 15] {
            hex.push(char::from_digit(u32::from(half), 16).unwrap_or('0'));
        }
        hex
    });
    push_string(&mut json, &digits);
    Became::Changed(String::from_utf8(json).unwrap_or_default(), Some(Reason::Hashed))
}

/// `safety_identifier` and the older `user` of chat and Responses are one question: the newer one answers it.
fn one_user(request: &mut Request<'_>, report: &mut Report) {
    let users = request.asked.iter().filter(|asked| asked.feature == Feature::EndUser);
    if users.clone().count() < 2 {
        return;
    }
    let newer = |asked: &&Asked<'_>| asked.value.key().is_some_and(|key| key == "safety_identifier");
    let Some(kept) = users.clone().find(newer).or_else(|| users.clone().next_back()).map(|asked| asked.at) else {
        return;
    };
    request.asked.retain(|asked| {
        let keeps = asked.feature != Feature::EndUser || asked.at == kept;
        if !keeps {
            report.note(asked.at, Reason::Dropped);
        }
        keeps
    });
}

/// How many server tools may be called: Messages has a limit for its search alone.
fn server_tools(request: &mut Request<'_>, target: &Target<'_>, report: &mut Report) {
    if target.dialect == Dialect::Responses {
        return;
    }
    let Some(asked) = request.take(Feature::MaxToolCalls) else { return };
    let servers = |kind: &ToolKind<'_>| matches!(kind, ToolKind::WebSearch(_) | ToolKind::Server(_));
    let mut tools = request.tools.iter_mut().filter(|tool| servers(&tool.kind));
    let (only, more) = (tools.next(), tools.next());
    match (only, more, asked.value.count()) {
        (None, ..) => {}
        (Some(tool), None, Some(count)) if target.dialect == Dialect::Messages => match &mut tool.kind {
            ToolKind::WebSearch(search) => {
                search.max_uses.get_or_insert(Sited::new(asked.at, count));
            }
            _ => report.note(asked.at, Reason::Dropped),
        },
        _ => report.note(asked.at, Reason::Dropped),
    }
}

/// How closely media is looked at is a picture's own matter in chat and Responses.
fn media<'a>(request: &mut Request<'a>, target: &Target<'_>, asked: Asked<'a>, report: &mut Report) {
    if !matches!(target.dialect, Dialect::Chat | Dialect::Responses) {
        request.asked.push(asked);
        return;
    }
    let said = asked.value.str().unwrap_or_default().to_ascii_uppercase();
    let detail = match said.trim_start_matches("MEDIA_RESOLUTION_") {
        "LOW" => Detail::Low,
        "HIGH" | "ULTRA_HIGH" => Detail::High,
        "MEDIUM" => {
            report.note(asked.at, Reason::Approximated(None));
            return;
        }
        _ => return,
    };
    for part in request.turns.iter_mut().flat_map(|turn| &mut turn.parts) {
        match &mut part.kind {
            PartKind::Image { detail: slot, .. } => {
                slot.get_or_insert(Sited::new(asked.at, detail));
            }
            PartKind::Result { content, .. } => {
                for part in content {
                    if let PartKind::Image { detail: slot, .. } = &mut part.kind {
                        slot.get_or_insert(Sited::new(asked.at, detail));
                    }
                }
            }
            _ => {}
        }
    }
}

/// Whether any of Gemini's safety settings blocks something.
fn blocks(asked: &Asked<'_>) -> bool {
    asked.value.elements().any(|setting| {
        let threshold = setting.get_str("threshold").unwrap_or_default().to_ascii_uppercase();
        !matches!(&*threshold, "" | "OFF" | "BLOCK_NONE" | "HARM_BLOCK_THRESHOLD_UNSPECIFIED")
    })
}

fn are_labels(asked: &Asked<'_>, most: usize, is_label: fn(&str, bool) -> bool) -> bool {
    asked.value.members().count() <= most
        && asked
            .value
            .members()
            .all(|(key, value)| is_label(&key, true) && value.str().is_some_and(|value| is_label(&value, false)))
}

/// <https://cloud.google.com/resource-manager/docs/labels-overview#requirements>
fn is_google(text: &str, is_key: bool) -> bool {
    text.chars().count() <= 63
        && text
            .chars()
            .all(|char| matches!(char, '-' | '_' | '0'..='9') || (char.is_alphabetic() && !char.is_uppercase()))
        && (!is_key || text.starts_with(|char: char| char.is_alphabetic()))
}

/// <https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html>: `requestMetadata`.
fn is_amazon(text: &str, is_key: bool) -> bool {
    let legal = |byte: u8| byte.is_ascii_alphanumeric() || b" \t\n\r:_@$#=/+,-.".contains(&byte);
    text.len() <= 256 && (!is_key || !text.is_empty()) && text.bytes().all(legal)
}
