//! Does the table say what the data say? Every price of every entry is looked up as core does it.

use anyhow::{Result, bail};
use gatelet_core::provider::models::{Place, Row, SHARED, Served, find_in};
use gatelet_core::usage::{Term, Tier};

use super::entry::{Entry, Text};
use super::select::Section;
use super::{bedrock, kinds, write};

const TIERS: &[(Tier, &str)] = &[
    (Tier::Standard, ""),
    (Tier::Flex, "_flex"),
    (Tier::Priority, "_priority"),
    (Tier::Ultrafast, "_ultrafast"),
    (Tier::Batch, "_batches"),
];

/// What was found.
#[derive(Debug, Default)]
pub(super) struct Verdict {
    /// Price lists that the table has as the data do.
    pub(super) same: usize,
    /// Price lists of the data that the table says are unknown.
    pub(super) unknown: usize,
    pub(super) wrong: Vec<String>,
}

/// Compares the table with the data.
///
/// # Errors
/// The table has a price that the data do not.
pub(super) fn verify(entries: &[Entry], sections: &[Section], date: &str) -> Result<Verdict> {
    let texts: Vec<(&str, String)> =
        sections.iter().map(|section| (section.kind, write::lines(&section.rows))).collect();
    let mut verdict = Verdict::default();
    for entry in entries.iter().filter(|entry| entry.is_live(date)) {
        let is_bedrock = entry.provider.starts_with("bedrock");
        let (kind, id, place) = match kinds::of(entry) {
            Some((kind, id)) => (kind, id, Place::Anywhere),
            None if is_bedrock => {
                let (place, id) = bedrock::place(&entry.key);
                ("bedrock", id, Place::Aws(place))
            }
            None => continue,
        };
        let section = |kind: &str| texts.iter().find(|(name, _)| *name == kind).map_or("", |(_, text)| text);
        let own = find_in(section(kind), kind, id).map(|row| (row, true));
        let shared = SHARED.iter().filter(|shared| shared.kind == kind).find_map(|shared| {
            find_in(section(shared.of), kind, id).filter(|row| row.is(shared.mark)).map(|row| (row, shared.tiers))
        });
        if let Some((row, tiers)) = own.or(shared) {
            // What is shared is not shared in batches, or by default alone.
            let tiers = match (own.is_some(), tiers) {
                (true, _) => TIERS.len(),
                (false, true) => TIERS.len() - 1,
                (false, false) => 1,
            };
            compare(entry, row, place, TIERS.iter().take(tiers), &mut verdict);
        }
    }
    if let Some(first) = verdict.wrong.first() {
        bail!("{} prices are not the data's, the first: {first}", verdict.wrong.len());
    }
    Ok(verdict)
}

fn compare<'a>(
    entry: &Entry,
    row: Row<'_>,
    place: Place<'_>,
    tiers: impl Iterator<Item = &'a (Tier, &'a str)>,
    verdict: &mut Verdict,
) {
    let mut prompts = vec![(0, String::new())];
    prompts.extend(
        entry.thresholds().into_iter().map(|threshold| (threshold * 1000 + 1, format!("_above_{threshold}k_tokens"))),
    );
    // Under a bare id the data have what it costs where it is cheapest, for some models.
    let places: &[Place<'_>] = match place {
        Place::Aws("") => &[Place::Aws("us-east-1"), Place::Aws("global.")],
        place => &[place],
    };
    for (tier, field) in tiers {
        for (prompt, condition) in &prompts {
            let told = entry.text_prices(&format!("{condition}{field}"));
            if told[0].is_none() {
                continue;
            }
            let read = |place: &Place<'_>| {
                let served =
                    Served { tier: *tier, prompt: *prompt, place: *place, off_peak: Some(false), ..Served::default() };
                let prices = row.prices(&served)?;
                Some(TERMS.map(|term| prices.get(term)))
            };
            let read: Vec<Text> = places.iter().filter_map(read).collect();
            if read.is_empty() {
                verdict.unknown += 1;
            } else if read.iter().any(|read| is_same(read, &told)) {
                verdict.same += 1;
            } else {
                verdict.wrong.push(format!("{} {condition}{field}: {read:?} is not {told:?}", entry.key));
            }
        }
    }
}

const TERMS: [Term; 5] = [Term::Input, Term::Output, Term::CacheRead, Term::CacheWrite, Term::CacheWriteLong];

fn is_same(read: &Text, told: &Text) -> bool {
    read.iter().zip(told).all(|(read, told)| match (read, told) {
        // Pages show cents.
        (Some(read), Some(told)) => read == told || (read.abs_diff(*told) <= 5_000 && told % 10_000 == 0),
        _ => true,
    })
}
