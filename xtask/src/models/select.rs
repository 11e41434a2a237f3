//! Which models have a row, and what stands in it.

use std::collections::BTreeMap;

use gatelet_core::provider::models::{SHARED, Shared, undated};

use super::entry::Entry;
use super::{bedrock, kinds, prices, write};

/// The models of a kind of provider.
pub(super) struct Section {
    pub(super) kind: &'static str,
    pub(super) rows: Rows,
}

/// By the models' ids.
pub(super) type Rows = BTreeMap<String, Row>;

/// A row, but for its id.
#[derive(Clone, Default, PartialEq, Eq)]
pub(super) struct Row {
    pub(super) limits: String,
    pub(super) marks: String,
    pub(super) prices: String,
}

/// All sections, in order.
pub(super) fn sections(entries: &[Entry], date: &str) -> Vec<Section> {
    let mut kinds: BTreeMap<&'static str, Rows> = BTreeMap::new();
    let mut gone: BTreeMap<&'static str, Rows> = BTreeMap::new();
    for entry in entries.iter().filter(|entry| entry.is_served()) {
        let Some((kind, id)) = kinds::of(entry) else { continue };
        let of = if entry.is_live(date) { &mut kinds } else { &mut gone };
        of.entry(kind).or_default().entry(id.to_owned()).or_insert_with(|| row(kind, entry));
    }
    kinds.insert("bedrock", bedrock::rows(entries, date));
    for (kind, id, rest) in kinds::NAMED {
        let [limits, marks, prices] = rest.map(str::to_owned);
        kinds.entry(kind).or_default().entry((*id).to_owned()).or_insert(Row { limits, marks, prices });
    }
    for (kind, rows) in &mut kinds {
        without_versions(rows);
        keep_what_differs(kind, rows, gone.remove(kind).unwrap_or_default());
    }
    share(&mut kinds);
    kinds.into_iter().filter(|(_, rows)| !rows.is_empty()).map(|(kind, rows)| Section { kind, rows }).collect()
}

pub(super) fn row(kind: &str, entry: &Entry) -> Row {
    Row { limits: limits(entry), marks: marks(entry), prices: prices::column(kind, entry).unwrap_or_default() }
}

pub(super) fn limits(entry: &Entry) -> String {
    let is_embedding = entry.text("mode") == Some("embedding");
    let output = entry.count("max_output_tokens").filter(|_| !is_embedding);
    let tokens = |count: Option<u64>| match count {
        None => String::new(),
        Some(count) if count % 1024 == 0 && count % 1000 != 0 => format!("{}K", count / 1024),
        Some(count) if count % 1000 == 0 => format!("{}k", count / 1000),
        Some(count) => count.to_string(),
    };
    format!("{}/{}", tokens(entry.count("max_input_tokens")), tokens(output))
}

pub(super) fn marks(entry: &Entry) -> String {
    if entry.text("mode") == Some("embedding") {
        return "e".to_owned();
    }
    let abilities = [
        ('v', "supports_vision"),
        ('d', "supports_pdf_input"),
        ('a', "supports_audio_input"),
        ('t', "supports_function_calling"),
        ('r', "supports_reasoning"),
        ('s', "supports_response_schema"),
    ];
    let mut marks: String = abilities.iter().filter(|(_, field)| entry.is(field)).map(|(mark, _)| *mark).collect();
    if entry.text("mode") == Some("responses") {
        marks.push('o');
    }
    marks
}

/// Leaves out versions that cost the same as the model without a version, which core finds for them.
fn without_versions(rows: &mut Rows) {
    let same: Vec<String> = rows
        .iter()
        .filter(|(id, row)| {
            let mut names = std::iter::successors(undated(id), |id| undated(id));
            names.find_map(|name| rows.get(name)).is_some_and(|other| other.prices == row.prices)
        })
        .map(|(id, _)| id.clone())
        .collect();
    for id in same {
        rows.remove(&id);
    }
}

/// Keeps models that have been shut down where core would take another for them, at other prices: somebody may run one yet.
fn keep_what_differs(kind: &str, rows: &mut Rows, gone: Rows) {
    let lines = write::lines(rows);
    for (id, row) in gone {
        let taken = gatelet_core::provider::models::find_in(&lines, kind, &id);
        if taken
            .is_some_and(|taken| taken.id != id && rows.get(taken.id).is_some_and(|other| other.prices != row.prices))
        {
            rows.insert(id, row);
        }
    }
}

/// Marks models that another kind of provider has as well, and leaves that one's row out.
fn share(kinds: &mut BTreeMap<&'static str, Rows>) {
    for Shared { kind, of, mark, tiers } in SHARED {
        let Some(mut own) = kinds.remove(kind) else { continue };
        let Some(others) = kinds.get_mut(of) else { continue };
        own.retain(|id, row| {
            let id = undated(id).filter(|_| id.ends_with("@default")).unwrap_or(id);
            let Some(other) = others.get_mut(id) else { return true };
            let vertex = *kind == "vertex";
            if row.prices.is_empty() || words(&other.prices, *tiers, vertex) != words(&row.prices, *tiers, vertex) {
                return true;
            }
            // What is kept within a region is dearer at either, or the word is of the one that has regions.
            let premium = |prices: &str| prices.split(' ').find(|word| word.starts_with('r')).map(str::to_owned);
            if vertex {
                match (premium(&row.prices), premium(&other.prices)) {
                    (own, other) if own == other => {}
                    (Some(word), None) if *of == "gemini" => other.prices = format!("{} {word}", other.prices),
                    _ => return true,
                }
            }
            other.marks.push(char::from(u8::try_from(*mark as isize).unwrap_or(b'?')));
            false
        });
        kinds.insert(kind, own);
    }
}

/// The words of a column that a shared row stands for.
fn words(prices: &str, tiers: bool, searches: bool) -> Vec<&str> {
    let shared = |word: &&str| match word.chars().next() {
        Some('b' | 'r' | 'g') => false,
        Some('s' | 'q') => searches,
        Some('f' | 'p' | 'u' | 'x') => tiers,
        _ => true,
    };
    prices.split(' ').filter(shared).collect()
}
