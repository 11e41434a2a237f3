//! Bedrock: one row a model, with what it costs in which place.

use std::collections::BTreeMap;

use super::entry::{Entry, Text};
use super::prices::{self, thousandths};
use super::select::{Row, Rows, limits, marks};

/// What stands before a dot in an id and says where it is kept, each with its mark.
const PREFIXES: &[(&str, char)] = &[
    ("global.", 'G'),
    ("us.", 'U'),
    ("eu.", 'E'),
    ("apac.", 'P'),
    ("jp.", 'J'),
    ("au.", 'W'),
    ("in.", 'I'),
    ("us-gov.", 'O'),
];

/// Parts of keys that are left out: what is rented by the month, Anthropic's own platform, and models that are not sold
/// any more or are asked otherwise.
const WITHOUT: &[&str] = &[
    "-month-commitment",
    "bedrock/*",
    "invoke/",
    "claude_platform",
    "ai21.",
    "claude-instant",
    "claude-v",
    "claude-3-",
    "@20",
    "titan-text",
    "cohere.command",
    "llama2",
    "twelvelabs",
    "preview",
];

/// The rows.
pub(super) fn rows(entries: &[Entry], date: &str) -> Rows {
    let mut models: BTreeMap<&str, BTreeMap<&str, &Entry>> = BTreeMap::new();
    let mut mantle: BTreeMap<&str, BTreeMap<&str, &Entry>> = BTreeMap::new();
    for entry in entries.iter().filter(|entry| entry.is_live(date)) {
        let left_out = WITHOUT.iter().any(|part| entry.key.contains(part));
        let of = match &*entry.provider {
            "bedrock" | "bedrock_converse" if !left_out => &mut models,
            "bedrock_mantle" if !left_out => &mut mantle,
            _ => continue,
        };
        let (place, id) = place(&entry.key);
        if !id.contains('.') {
            continue;
        }
        of.entry(id).or_default().entry(place).or_insert(entry);
    }
    let mut rows: Rows = models.iter().filter_map(|(id, places)| Some(((*id).to_owned(), row(places)?))).collect();
    // The other door has models of its own, and some of the others under ids without versions.
    for (id, places) in mantle {
        match rows.get_mut(id) {
            Some(row) => row.marks.push('M'),
            None => {
                let Some(mut row) = row(&places) else { continue };
                row.marks.push('N');
                rows.insert(id.to_owned(), row);
            }
        }
    }
    rows
}

/// The place that a key names, with a dot or a whole region, and the model's id; an empty place is none.
pub(super) fn place(key: &str) -> (&str, &str) {
    let key = key.strip_prefix("bedrock_mantle/").or_else(|| key.strip_prefix("bedrock/")).unwrap_or(key);
    if let Some((region, id)) = key.split_once('/') {
        return (region, id);
    }
    let prefix = PREFIXES.iter().find(|(prefix, _)| key.starts_with(prefix));
    prefix.map_or(("", key), |(prefix, _)| key.split_at(prefix.len()))
}

fn row(places: &BTreeMap<&str, &Entry>) -> Option<Row> {
    let first =
        ["global.", "", "us.", "us-east-1"].iter().find_map(|place| places.get(place)).or(places.values().next())?;
    let mut marks = marks(first);
    marks.extend(PREFIXES.iter().filter(|(prefix, _)| places.contains_key(prefix)).map(|(_, mark)| *mark));
    let prices = prices::column("bedrock", first).unwrap_or_default();
    Some(Row {
        limits: limits(first),
        marks,
        prices: if prices.is_empty() { prices } else { placed(&prices, first, places) },
    })
}

/// The column, with what it costs elsewhere put into it.
fn placed(column: &str, first: &Entry, places: &BTreeMap<&str, &Entry>) -> String {
    let base = first.text_prices("");
    let of = |place: &str| Some(ratio(&base, &places.get(place)?.text_prices("")));
    let is_government = |place: &str| place.starts_with("us-gov");
    // What is kept within a region is dearer, and what is kept anywhere is not.
    let global = places.contains_key("global.");
    let premiums = ["us.", "eu.", "apac.", "jp.", "au.", "in."].iter().filter_map(|place| of(place));
    let mut premiums: Vec<Option<u64>> = premiums.collect();
    premiums.dedup();
    let premium = match premiums.as_slice() {
        [Some(ratio)] if global && *ratio > 1000 => Some(*ratio),
        _ => None,
    };
    let mut government: Vec<Option<u64>> =
        places.keys().filter(|place| is_government(place)).filter_map(|place| of(place)).collect();
    government.dedup();
    let government = match government.as_slice() {
        [Some(ratio)] => Some(*ratio),
        _ => None,
    };
    // The others each with their own, those of the same price together.
    let mut others: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for (place, entry) in places {
        let own = entry.text_prices("");
        let is_us = place.starts_with("us-") && !is_government(place);
        let is_known = match *place {
            "" | "global." => true,
            "us." => premium.is_some() || own == base,
            place if is_government(place) => government.is_some(),
            _ if is_us => own == base,
            _ => premium.is_some(),
        };
        if !is_known {
            let list = if own[..3] == base[..3] { String::new() } else { prices::list(&own) };
            others.entry(list).or_default().push(place);
        }
    }
    let mut words: Vec<String> = column.split(' ').map(str::to_owned).collect();
    let at = words.iter().position(|word| word.starts_with(['>', 'f', 'p', 'u', 'b'])).unwrap_or(words.len());
    let listed: Vec<String> = others.iter().map(|(list, places)| format!("@{}:{list}", places.join(","))).collect();
    words.splice(at..at, listed);
    words.extend(premium.map(|ratio| format!("r{}", thousandths(ratio))));
    words.extend(government.map(|ratio| format!("g{}", thousandths(ratio))));
    words.join(" ")
}

/// The factor, in thousandths, that makes one list of prices the other; `None` if there is none.
fn ratio(from: &Text, to: &Text) -> Option<u64> {
    let mut ratios = from.iter().zip(to).filter_map(|(from, to)| match (from, to) {
        (Some(from @ 1..), Some(to)) => Some((to * 1000 % from == 0).then_some(to * 1000 / from)),
        _ => None,
    });
    let first = ratios.next()??;
    ratios.all(|ratio| ratio == Some(first)).then_some(first)
}
