//! From the name that a model has at a provider to its row.

use super::row::{Mark, Row};
use super::table::{at_or_after, exactly, rows, section};

/// What stands before a dot in a model's id on Bedrock and says where it is kept
/// (<https://docs.aws.amazon.com/bedrock/latest/userguide/inference-profiles-support.html>), each with its mark.
pub(super) const PREFIXES: &[(&str, Mark)] = &[
    ("global.", Mark::Global),
    ("us.", Mark::Us),
    ("eu.", Mark::Eu),
    ("apac.", Mark::Apac),
    ("jp.", Mark::Jp),
    ("au.", Mark::Au),
    ("in.", Mark::In),
    ("us-gov.", Mark::UsGov),
];

/// The section that the models of a kind are in: another one's where that is the same vendor at another door.
pub(super) fn own_section(kind: &str) -> &'static str {
    section(if kind == "bedrock-mantle" { "bedrock" } else { kind })
}

/// A section that holds another kind's models as well, where they are the same there.
#[derive(Debug)]
pub struct Shared {
    /// The other kind.
    pub kind: &'static str,
    /// The section.
    pub of: &'static str,
    /// The mark of models that the other kind has.
    pub mark: Mark,
    /// Whether it has them in the same tiers.
    pub tiers: bool,
}

/// Every such section.
pub const SHARED: &[Shared] = &[
    Shared { kind: "azure", of: "openai", mark: Mark::Azure, tiers: true },
    Shared { kind: "azure-foundry", of: "openai", mark: Mark::Foundry, tiers: false },
    Shared { kind: "azure-foundry", of: "anthropic", mark: Mark::Foundry, tiers: false },
    Shared { kind: "vertex", of: "gemini", mark: Mark::Vertex, tiers: true },
    Shared { kind: "vertex", of: "anthropic", mark: Mark::Vertex, tiers: false },
];

/// A model's row.
#[derive(Clone, Copy, Debug)]
pub struct Found {
    /// The row.
    pub row: Row<'static>,
    /// What the name says of where it is kept: one of Bedrock's prefixes, or nothing.
    pub prefix: &'static str,
    /// Another kind's section that it is of.
    pub shared: Option<&'static Shared>,
}

/// The row of the model of that name at a provider of that kind.
pub fn find(kind: &str, model: &str) -> Option<Found> {
    let (prefix, model) = plain(kind, model);
    if let Some(row) = within(own_section(kind), model) {
        return Some(Found { row, prefix, shared: None });
    }
    SHARED.iter().filter(|shared| shared.kind == kind).find_map(|shared| {
        let row = within(section(shared.of), model).filter(|row| row.is(shared.mark))?;
        Some(Found { row, prefix, shared: Some(shared) })
    })
}

/// The row of the model of that name, among the lines of a section of that kind.
pub fn find_in<'a>(lines: &'a str, kind: &str, model: &str) -> Option<Row<'a>> {
    within(lines, plain(kind, model).1)
}

/// The name without what the platform puts around it.
fn plain<'a>(kind: &str, model: &'a str) -> (&'static str, &'a str) {
    match kind {
        "bedrock" | "bedrock-mantle" => {
            // ARNs of models and of profiles end in an id.
            let model = if model.starts_with("arn:") { last(model) } else { model };
            for (prefix, _) in PREFIXES {
                if let Some(model) = model.strip_prefix(prefix) {
                    return (prefix, model);
                }
            }
            ("", model)
        }
        // `publishers/google/models/…`, and `google/gemini-…` in its chat endpoint.
        "vertex" if model.starts_with("publishers/") || model.starts_with("google/gemini-") => ("", last(model)),
        // `ft:gpt-4.1-2025-04-14:organisation::id`.
        "openai" if model.starts_with("ft:") => ("", before(model, model.match_indices(':').nth(1).map(|(at, _)| at))),
        _ => ("", model),
    }
}

fn last(model: &str) -> &str {
    model.rsplit_once('/').map_or(model, |(_, last)| last)
}

fn before(model: &str, end: Option<usize>) -> &str {
    end.and_then(|end| model.get(..end)).unwrap_or(model)
}

/// The row of that id, or of the same without its version or date, or of the one version that there is of it.
fn within<'a>(section: &'a str, model: &str) -> Option<Row<'a>> {
    let mut name = Some(model);
    while let Some(id) = name {
        if let Some(row) = exactly(section, id) {
            return Some(row);
        }
        name = undated(id);
    }
    // Ids of versions begin with the id without one, and so come behind it.
    let versions = rows(at_or_after(section, model)).take_while(|row| row.id.starts_with(model));
    versions.filter(|row| std::iter::successors(undated(row.id), |id| undated(id)).any(|id| id == model)).last()
}

/// A name without the version or the date at its end: `-20250929`, `-2025-08-07`, `@20250514`, `-v1`, `:0`.
pub fn undated(name: &str) -> Option<&str> {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let at = name.rfind(['-', '@', ':'])?;
    let (rest, end) = (name.get(..at)?, name.get(at + 1..)?);
    let is_version = match name.as_bytes().get(at)? {
        b':' => digits(end),
        b'@' => digits(end) || end == "default",
        _ => (end.len() == 8 && digits(end)) || end.strip_prefix('v').is_some_and(digits),
    };
    if is_version {
        return Some(rest);
    }
    let (rest, month) = rest.rsplit_once('-')?;
    let (rest, year) = rest.rsplit_once('-')?;
    let is_date = [(year, 4), (month, 2), (end, 2)].iter().all(|(part, size)| part.len() == *size && digits(part));
    is_date.then_some(rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_and_dates_are_taken_off_one_by_one() {
        for (name, rest) in [
            ("gpt-5-2025-08-07", Some("gpt-5")),
            ("claude-haiku-4-5-20251001", Some("claude-haiku-4-5")),
            ("claude-sonnet-4@20250514", Some("claude-sonnet-4")),
            ("claude-opus-5-5@default", Some("claude-opus-5-5")),
            ("anthropic.claude-haiku-4-5-20251001-v1:0", Some("anthropic.claude-haiku-4-5-20251001-v1")),
            ("anthropic.claude-haiku-4-5-20251001-v1", Some("anthropic.claude-haiku-4-5-20251001")),
            ("gpt-5", None),
            ("claude-opus-4-5", None),
            ("grok-4-0709", None),
            ("llama-3.1-8b", None),
            ("o3", None),
            ("", None),
            ("-", None),
            ("a-", None),
            ("-20250101", Some("")),
        ] {
            assert_eq!(undated(name), rest, "{name}");
        }
    }

    #[test]
    fn a_version_leads_to_its_model_and_back() {
        let section = "gpt-5\t\t\t1\ngpt-5-mini\t\t\t2\nx-20250101-v1:0\t\t\t3\n";
        let id = |model| within(section, model).map(|row| row.id);
        assert_eq!(id("gpt-5-2025-08-07"), Some("gpt-5"));
        assert_eq!(id("gpt-5-mini-2025-08-07"), Some("gpt-5-mini"));
        assert_eq!(id("x"), Some("x-20250101-v1:0"));
        assert_eq!(id("x-20250101"), Some("x-20250101-v1:0"));
        for none in ["gpt", "gpt-5-m", "gpt-5-pro", "x-2025", "", "y"] {
            assert_eq!(id(none), None, "{none}");
        }
    }

    #[test]
    fn platforms_put_things_around_names() {
        for (kind, model, expected) in [
            ("bedrock", "us.anthropic.claude-opus-5", ("us.", "anthropic.claude-opus-5")),
            ("bedrock", "us-gov.x", ("us-gov.", "x")),
            ("bedrock", "anthropic.claude-opus-5", ("", "anthropic.claude-opus-5")),
            (
                "bedrock",
                "arn:aws:bedrock:eu-west-1:1:inference-profile/eu.anthropic.claude-opus-5",
                ("eu.", "anthropic.claude-opus-5"),
            ),
            ("vertex", "publishers/google/models/gemini-2.5-pro", ("", "gemini-2.5-pro")),
            ("vertex", "google/gemini-2.5-pro", ("", "gemini-2.5-pro")),
            ("vertex", "meta/llama-4", ("", "meta/llama-4")),
            ("openai", "ft:gpt-4.1-2025-04-14:acme::abc", ("", "ft:gpt-4.1-2025-04-14")),
            ("openai", "ft:gpt-4.1", ("", "ft:gpt-4.1")),
            ("openai", "us.x", ("", "us.x")),
        ] {
            assert_eq!(plain(kind, model), expected, "{model}");
        }
    }
}
