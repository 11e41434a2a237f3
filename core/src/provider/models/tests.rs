//! The table as it is compiled in: is it well formed, and are well-known prices what the vendors' pages say?

use super::row::{Mark, Place, Row, Served};
use super::table::{rows, sections};
use super::{SHARED, find};
use crate::usage::{Prices, Term, Tier};

#[test]
fn sections_and_rows_are_sorted_and_unique() {
    let kinds: Vec<&str> = sections().map(|(kind, _)| kind).collect();
    assert!(kinds.is_sorted_by(|one, other| one < other), "{kinds:?}");
    assert!(kinds.len() > 20 && super::table::TABLE.starts_with('#'), "{kinds:?}");
    let size: usize = sections().map(|(kind, lines)| format!("@{kind} {}\n", lines.len()).len() + lines.len()).sum();
    let comment = super::table::TABLE.find('@').expect("a section");
    assert_eq!(comment + size, super::table::TABLE.len());
    for (kind, lines) in sections() {
        assert_eq!(rows(lines).count(), lines.lines().count(), "{kind}");
        assert!(rows(lines).map(|row| row.id).is_sorted_by(|one, other| one < other), "{kind}");
        for row in rows(lines) {
            assert!(!row.id.is_empty() && row.id.bytes().all(|byte| byte.is_ascii_graphic()), "{kind}/{}", row.id);
            assert_eq!(find(kind, row.id).map(|found| found.row.id), Some(row.id), "{kind}");
        }
    }
    for shared in SHARED {
        assert!(kinds.contains(&shared.of), "{shared:?}");
    }
}

/// Every word of every column is one, and no price is beyond what anybody asks.
#[test]
fn prices_are_plausible() {
    let tiers = [Tier::Standard, Tier::Flex, Tier::Priority, Tier::Fast, Tier::Ultrafast, Tier::Batch];
    let places =
        [Place::Anywhere, Place::Region, Place::Aws("global."), Place::Aws("eu."), Place::Aws("us-gov-east-1")];
    for (kind, lines) in sections() {
        for (line, row) in lines.lines().zip(rows(lines)) {
            let prices = line.rsplit('\t').next().unwrap_or_default();
            assert!(row.context().is_none_or(|tokens| (100..=20_000_000).contains(&tokens)), "{kind}/{}", row.id);
            assert!(row.max_output().is_none_or(|tokens| (100..=20_000_000).contains(&tokens)), "{kind}/{}", row.id);
            if prices.is_empty() {
                continue;
            }
            let place = if kind == "bedrock" { Place::Aws("us-east-1") } else { Place::Anywhere };
            let plain = Served { place, off_peak: Some(false), ..Served::default() };
            assert!(row.prices(&plain).is_some(), "{kind}/{}: {prices}", row.id);
            assert_eq!(prices, prices.trim(), "{kind}/{}", row.id);
            for (tier, place) in tiers.iter().flat_map(|tier| places.iter().map(move |place| (*tier, *place))) {
                for prompt in [0, 150_000, 1_000_000_000] {
                    for off_peak in [true, false] {
                        let served = Served { tier, place, prompt, media: false, off_peak: Some(off_peak) };
                        let Some(prices) = row.prices(&served) else { continue };
                        for term in [Term::Input, Term::Output, Term::CacheRead, Term::CacheWrite, Term::CacheWriteLong]
                        {
                            // A thousand dollars a million tokens.
                            let price = prices.get(term).unwrap_or(0);
                            assert!(price <= 1_000_000_000, "{kind}/{}: {term:?} {price}", row.id);
                        }
                        if let (Some(read), Some(input)) = (prices.get(Term::CacheRead), prices.get(Term::Input)) {
                            assert!(read <= input, "{kind}/{}: what is read from a cache is not dearer", row.id);
                        }
                    }
                }
            }
        }
    }
}

fn row(kind: &str, model: &str) -> Row<'static> {
    find(kind, model).unwrap_or_else(|| panic!("{kind}/{model}")).row
}

/// Dollars a million tokens: input, output, read, written, written for long.
fn dollars(prices: Option<Prices>) -> Option<[Option<f64>; 5]> {
    let prices = prices?;
    let terms = [Term::Input, Term::Output, Term::CacheRead, Term::CacheWrite, Term::CacheWriteLong];
    #[expect(clippy::cast_precision_loss, reason = "prices are small")]
    Some(terms.map(|term| prices.get(term).map(|micro| micro as f64 / 1e6)))
}

fn plain(kind: &str, model: &str) -> Option<[Option<f64>; 5]> {
    dollars(row(kind, model).prices(&Served::default()))
}

fn list<const N: usize>(prices: [f64; N]) -> Option<[Option<f64>; 5]> {
    Some(std::array::from_fn(|place| prices.get(place).copied()))
}

/// <https://platform.claude.com/docs/en/about-claude/pricing>, read in November 2026.
#[test]
fn anthropics_prices() {
    assert_eq!(plain("anthropic", "claude-fable-5-1"), list([10.0, 50.0, 0.25, 12.5, 20.0]));
    assert_eq!(plain("anthropic", "claude-opus-5-20260724"), list([5.0, 25.0, 0.5, 6.25, 10.0]));
    assert_eq!(plain("anthropic", "claude-opus-5-5"), list([4.0, 20.0, 0.2, 5.0, 8.0]));
    assert_eq!(plain("anthropic", "claude-haiku-4-5-20251001"), list([1.0, 5.0, 0.1, 1.25, 2.0]));
    // Of prompts of more than 100,000 tokens five times as much.
    let haiku = row("anthropic", "claude-haiku-5-5");
    let long = |prompt| dollars(haiku.prices(&Served { prompt, ..Served::default() }));
    assert_eq!(long(100_000), list([0.1, 0.5, 0.01, 0.125, 0.2]));
    assert_eq!(long(100_001), list([0.5, 2.5, 0.05, 0.625, 1.0]));
    // Ten dollars a thousand searches; 1.1 times as much within the United States (…/build-with-claude/data-residency).
    let opus = row("anthropic", "claude-opus-5-5");
    assert_eq!(opus.prices(&Served::default()).and_then(|prices| prices.get(Term::Search)), Some(10_000));
    assert_eq!(
        dollars(opus.prices(&Served { place: Place::Region, ..Served::default() })),
        list([4.4, 22.0, 0.22, 5.5, 8.8])
    );
    assert_eq!(opus.prices(&Served { tier: Tier::Priority, ..Served::default() }), None);
}

/// <https://developers.openai.com/api/docs/models/gpt-6-sol>, `…/gpt-6.2-sol` and <https://openai.com/api-fast-mode/>, read in
/// November 2026.
#[test]
fn openais_prices() {
    assert_eq!(plain("openai", "gpt-6-sol"), list([2.0, 10.0, 0.2, 2.5, 5.0]));
    assert_eq!(plain("openai", "gpt-6.2-sol"), list([2.0, 10.0, 0.1, 2.5, 5.0]));
    let gpt = row("openai", "gpt-5.5-2026-04-23");
    let served = |tier, prompt| dollars(gpt.prices(&Served { tier, prompt, ..Served::default() }));
    assert_eq!(served(Tier::Standard, 272_000), list([5.0, 30.0, 0.5, 5.0]));
    assert_eq!(served(Tier::Standard, 272_001), list([10.0, 45.0, 1.0, 10.0]));
    assert_eq!(served(Tier::Priority, 0), list([12.5, 75.0, 1.25, 12.5]));
    // "Excludes long context."
    assert_eq!(served(Tier::Priority, 300_000), None);
    assert_eq!(served(Tier::Flex, 0), list([2.5, 15.0, 0.25, 2.5]));
    // Data residency is a tenth dearer for models from March 2026 on (…/guides/data-residency).
    let regional = |model| dollars(row("openai", model).prices(&Served { place: Place::Region, ..Served::default() }));
    assert_eq!(regional("gpt-6-sol"), list([2.2, 11.0, 0.22, 2.75, 5.5]));
    assert_eq!(regional("gpt-5"), plain("openai", "gpt-5"));
    assert_eq!(plain("openai", "text-embedding-3-small"), Some([Some(0.02), None, None, None, None]));
}

/// <https://ai.google.dev/gemini-api/docs/pricing>, read in November 2026.
#[test]
fn googles_prices() {
    assert_eq!(plain("gemini", "gemini-3.8-flash"), list([0.75, 3.75, 0.075]));
    let pro = row("gemini", "gemini-2.5-pro");
    let served = |tier, prompt| dollars(pro.prices(&Served { tier, prompt, ..Served::default() }));
    assert_eq!(served(Tier::Standard, 200_000), list([1.25, 10.0, 0.125]));
    assert_eq!(served(Tier::Standard, 200_001), list([2.5, 15.0, 0.25]));
    assert_eq!(served(Tier::Flex, 0), list([0.625, 5.0, 0.125]));
    // Of sound more, of an answer that was searched for 3.5 cents, of a query at newer models 1.4.
    let flash = row("gemini", "gemini-2.5-flash").prices(&Served::default()).expect("prices");
    assert_eq!([Term::AudioInput, Term::SearchedAnswer].map(|term| flash.get(term)), [Some(1_000_000), Some(35_000)]);
    let newer = row("gemini", "gemini-3.8-flash").prices(&Served::default()).expect("prices");
    assert_eq!([Term::AudioInput, Term::Search].map(|term| newer.get(term)), [Some(750_000), Some(14_000)]);
}

/// <https://api-docs.deepseek.com/quick_start/pricing>, read in November 2026.
#[test]
fn deepseeks_prices() {
    for (model, peak) in [("deepseek-v4-pro", [1.32, 3.96, 0.044]), ("deepseek-flash", [0.3, 1.2, 0.006])] {
        let at = |off_peak| dollars(row("deepseek", model).prices(&Served { off_peak, ..Served::default() }));
        let [input, output, read, ..] = at(Some(false)).expect("prices");
        assert_eq!([input, output, read], peak.map(Some), "{model}");
        let [input, output, read, ..] = at(Some(true)).expect("prices");
        assert_eq!([input, output, read], peak.map(|price| Some(price / 2.0)), "{model}");
        assert_eq!(at(None), None);
    }
}

/// "Global cross-Region inference … offers approximately 10% savings … compared to geographic cross-Region inference"
/// (<https://docs.aws.amazon.com/bedrock/latest/userguide/global-cross-region-inference.html>).
#[test]
fn bedrock_is_dearer_within_a_region() {
    let at = |model, place| {
        let found = find("bedrock", model).expect(model);
        dollars(found.row.prices(&Served { place: Place::Aws(place), ..Served::default() }))
    };
    let sonnet = "anthropic.claude-sonnet-4-5-20250929-v1:0";
    assert_eq!(at(sonnet, "global."), list([3.0, 15.0, 0.3, 3.75, 6.0]));
    for place in ["us.", "eu.", "eu-west-1", "us-east-1"] {
        assert_eq!(at(sonnet, place), list([3.3, 16.5, 0.33, 4.125, 6.6]), "{place}");
    }
    assert_eq!(at(sonnet, "us-gov-west-1"), list([3.6, 18.0, 0.36, 4.5, 7.2]));
    let arn = "arn:aws:bedrock:us-east-1:1:inference-profile/us.anthropic.claude-sonnet-4-5-20250929-v1:0";
    assert_eq!(find("bedrock", arn).map(|found| (found.prefix, found.row.id)), Some(("us.", sonnet)));
    assert_eq!(at("deepseek.v3.2", "eu-north-1"), list([0.74, 2.22]));
    assert_eq!(at("deepseek.v3.2", "us-east-1"), list([0.62, 1.85]));
    assert_eq!(at("deepseek.v3.2", "me-south-1"), None);
}

#[test]
fn what_others_have_as_well_is_found_there() {
    for (kind, model, of) in [
        ("vertex", "claude-opus-5-5", "anthropic"),
        ("vertex", "claude-opus-5-5@default", "anthropic"),
        ("vertex", "publishers/google/models/gemini-3.8-flash", "gemini"),
        ("azure-foundry", "claude-opus-5-5", "anthropic"),
        ("azure", "gpt-4.1", "openai"),
    ] {
        let found = find(kind, model).expect(model);
        assert_eq!(found.shared.map(|shared| shared.of), Some(of), "{kind}/{model}");
    }
    assert!(find("azure", "my-deployment").is_none() && find("gemini", "claude-opus-5-5").is_none());
    assert!(find("vertex", "gpt-5").is_none() && find("nobody", "gpt-5").is_none());
    assert!(row("openai", "text-embedding-3-small").is(Mark::Embedding));
    assert!(row("openai", "gpt-5-pro").is(Mark::ResponsesOnly));
}
