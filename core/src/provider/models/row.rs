//! A row of the model table: one line of text.
//!
//! ```text
//! id <tab> context/output <tab> marks <tab> prices
//! ```
//!
//! Limits are tokens; `k` is a thousand of them, `K` 1024. Prices are dollars a million tokens, parted by spaces:
//!
//! | written | is |
//! | --- | --- |
//! | `i,o,r,w,l` | input, output, and what is read from a cache, written to it for minutes and for an hour or longer; always the first |
//! | `ai,o,r` | the same of sound: input, output, read from a cache |
//! | `s.01` | dollars a search; `q.035` an answer for which was searched |
//! | `m` | pictures and films in the prompt cost something else |
//! | `@place,place:i,o,r,w,l` | the prices in these places (Bedrock); no prices: the same |
//! | `>200:i,o,r,w,l` | the prices of prompts of more than 200,000 tokens; `>200*2,1.5,2`: factors of the prompt's, the output's and what is read from a cache; those left out are the prompt's |
//! | `f.5` | factors when there is room; `p` first, `x` faster, `u` faster still, `b` in a batch; `f:i,o,r,w,l` its prices; `!` behind it: not of long prompts |
//! | `r1.1` | the factor of what is kept within a region or country, `g1.2` within the government's |
//! | `o.5` | the factor out of the busy hours |

use crate::usage::{Prices, Term, Tier};
use crate::wire::decimal::scaled;

/// What is known of a model at a provider.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Row<'a> {
    /// The model's id, as the provider writes it.
    pub id: &'a str,
    limits: &'a str,
    marks: &'a str,
    prices: &'a str,
}

/// Something that is true of a model.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mark {
    /// It sees pictures.
    Vision = b'v' as isize,
    /// It reads documents.
    Documents = b'd' as isize,
    /// It hears.
    Audio = b'a' as isize,
    /// It calls tools.
    Tools = b't' as isize,
    /// It thinks before it answers.
    Reasoning = b'r' as isize,
    /// It answers by a schema.
    Structured = b's' as isize,
    /// It makes embeddings and nothing else.
    Embedding = b'e' as isize,
    /// It is there in the Responses API alone.
    ResponsesOnly = b'o' as isize,
    /// Azure has it under the same name and at the same prices.
    Azure = b'A' as isize,
    /// Azure AI Foundry has it so.
    Foundry = b'F' as isize,
    /// Vertex AI has it so.
    Vertex = b'V' as isize,
    /// Bedrock has it at its other door too, which speaks as OpenAI and Anthropic do.
    Mantle = b'M' as isize,
    /// Bedrock has it there alone, under this id.
    MantleOnly = b'N' as isize,
    /// Bedrock has it as `global.`…
    Global = b'G' as isize,
    /// … as `us.`
    Us = b'U' as isize,
    /// … as `eu.`
    Eu = b'E' as isize,
    /// … as `apac.`
    Apac = b'P' as isize,
    /// … as `jp.`
    Jp = b'J' as isize,
    /// … as `au.`
    Au = b'W' as isize,
    /// … as `in.`
    In = b'I' as isize,
    /// … as `us-gov.`
    UsGov = b'O' as isize,
}

/// How and where a request was served, as far as the price goes by it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Served<'a> {
    /// The tier.
    pub tier: Tier,
    /// The tokens of the whole prompt.
    pub prompt: u64,
    /// There were pictures or films in the prompt.
    pub media: bool,
    /// Where it was kept.
    pub place: Place<'a>,
    /// Whether it was out of the busy hours; `None` if it was both.
    pub off_peak: Option<bool>,
}

/// Where a request was kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Place<'a> {
    /// Wherever the vendor liked.
    #[default]
    Anywhere,
    /// In the region or country that was asked for.
    Region,
    /// In a region of AWS, or in one that a prefix of the model's id stands for: that has a dot at its end.
    Aws(&'a str),
}

impl<'a> Row<'a> {
    /// Reads a line.
    pub fn parse(line: &'a str) -> Option<Self> {
        let mut columns = line.split('\t');
        let mut next = || columns.next();
        Some(Self { id: next()?, limits: next()?, marks: next()?, prices: next()? })
    }

    /// The most tokens of prompt and output together.
    pub fn context(&self) -> Option<u64> {
        tokens(self.limits.split_once('/')?.0)
    }

    /// The most tokens of output.
    pub fn max_output(&self) -> Option<u64> {
        tokens(self.limits.split_once('/')?.1)
    }

    /// Whether it is so.
    pub fn is(&self, mark: Mark) -> bool {
        self.marks.bytes().any(|byte| byte as isize == mark as isize)
    }

    /// The prices of what was served so; `None` where they are not known.
    pub fn prices(&self, served: &Served<'_>) -> Option<Prices> {
        let mut words = self.prices.split(' ');
        let mut prices = Prices::default();
        set(&mut prices, words.next().filter(|first| !first.is_empty())?)?;
        // What the factors of long prompts are factors of.
        let mut short = None;
        let mut tiered = served.tier == Tier::Standard;
        let mut placed = match served.place {
            // Without a word on others, Bedrock's prices are those of the regions of the United States.
            Place::Aws(place) => matches!(place, "us." | "global.") || (is_us(place) && !is_government(place)),
            _ => true,
        };
        for word in words {
            let (kind, rest) = word.split_at_checked(1)?;
            match kind {
                "a" => each(&mut prices, rest, [Term::AudioInput, Term::AudioOutput, Term::AudioRead])?,
                "s" => prices.set(Term::Search, Some(dollars(rest)?)),
                "q" => prices.set(Term::SearchedAnswer, Some(dollars(rest)?)),
                "m" if served.media => return None,
                "@" => {
                    let (places, own) = rest.split_once(':')?;
                    if let Place::Aws(place) = served.place
                        && places.split(',').any(|listed| listed == place)
                    {
                        placed = true;
                        if !own.is_empty() {
                            // The factors that follow are not known to be the same there.
                            if served.tier != Tier::Standard {
                                return None;
                            }
                            set(&mut prices, own)?;
                        }
                    }
                }
                ">" => {
                    let end = rest.find([':', '*'])?;
                    let (threshold, change) = rest.split_at_checked(end)?;
                    if served.prompt > threshold.parse::<u64>().ok()? * 1000 {
                        prices = *short.get_or_insert(prices);
                        alter(&mut prices, change)?;
                    }
                }
                "f" | "p" | "x" | "u" | "b" if kind == letter(served.tier) => {
                    let change = rest.strip_suffix('!');
                    if change.is_some() && short.is_some() {
                        return None;
                    }
                    alter(&mut prices, change.unwrap_or(rest))?;
                    tiered = true;
                }
                "r" => match served.place {
                    Place::Region => alter(&mut prices, rest)?,
                    Place::Aws(place) if place != "global." && !is_government(place) => {
                        placed = true;
                        alter(&mut prices, rest)?;
                    }
                    _ => {}
                },
                "g" if matches!(served.place, Place::Aws(place) if is_government(place)) => {
                    placed = true;
                    alter(&mut prices, rest)?;
                }
                "o" if served.off_peak? => alter(&mut prices, rest)?,
                _ => {}
            }
        }
        (tiered && placed).then_some(prices)
    }
}

/// The letter that a tier's factors have; none for what has no prices of its own.
fn letter(tier: Tier) -> &'static str {
    match tier {
        Tier::Flex => "f",
        Tier::Priority => "p",
        Tier::Fast => "x",
        Tier::Ultrafast => "u",
        Tier::Batch => "b",
        Tier::Standard | Tier::Other => "",
    }
}

fn is_us(place: &str) -> bool {
    place.starts_with("us-")
}

fn is_government(place: &str) -> bool {
    place.starts_with("us-gov")
}

/// Sets the prices of text.
fn set(prices: &mut Prices, list: &str) -> Option<()> {
    each(prices, list, [Term::Input, Term::Output, Term::CacheRead, Term::CacheWrite, Term::CacheWriteLong])
}

fn each<const N: usize>(prices: &mut Prices, list: &str, terms: [Term; N]) -> Option<()> {
    let mut list = list.split(',');
    for term in terms {
        let price = match list.next() {
            None | Some("") => None,
            Some(price) => Some(dollars(price)?),
        };
        prices.set(term, price);
    }
    Some(())
}

/// Changes prices: by factors, or to others, which are of text alone.
fn alter(prices: &mut Prices, change: &str) -> Option<()> {
    if let Some(list) = change.strip_prefix(':') {
        for term in [Term::AudioInput, Term::AudioOutput, Term::AudioRead] {
            prices.set(term, None);
        }
        return set(prices, list);
    }
    let mut factors = change.strip_prefix('*').unwrap_or(change).split(',').map(|factor| scaled(factor, 3));
    let prompt = factors.next()??;
    let output = factors.next().unwrap_or(Some(prompt))?;
    let cache_read = factors.next().unwrap_or(Some(prompt))?;
    prices.scale(prompt, output, cache_read);
    Some(())
}

/// Dollars as micro-dollars.
fn dollars(text: &str) -> Option<u64> {
    scaled(text, 6)
}

fn tokens(text: &str) -> Option<u64> {
    let (digits, unit) = match text.strip_suffix('k') {
        Some(digits) => (digits, 1000),
        None => text.strip_suffix('K').map_or((text, 1), |digits| (digits, 1024)),
    };
    Some(digits.parse::<u64>().ok()? * unit)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(prices: &'static str) -> Row<'static> {
        Row { id: "m", limits: "", marks: "", prices }
    }

    /// Input, output, read, written, written for long.
    fn text(row: Row<'_>, served: Served<'_>) -> Option<[Option<u64>; 5]> {
        let prices = row.prices(&served)?;
        Some(
            [Term::Input, Term::Output, Term::CacheRead, Term::CacheWrite, Term::CacheWriteLong]
                .map(|term| prices.get(term)),
        )
    }

    #[test]
    fn limits_and_marks_are_read() {
        let row = Row::parse("m\t1024K/128k\tvtV\t1,2").expect("a row");
        assert_eq!((row.id, row.context(), row.max_output()), ("m", Some(1_048_576), Some(128_000)));
        assert!(row.is(Mark::Vision) && row.is(Mark::Vertex) && !row.is(Mark::Documents));
        let bare = Row::parse("m\t/8191\t\t").expect("a row");
        assert_eq!((bare.context(), bare.max_output()), (None, Some(8191)));
        assert_eq!(bare.prices(&Served::default()), None);
        assert_eq!(Row::parse("m\t1/1"), None);
    }

    #[test]
    fn terms_left_out_have_no_price() {
        let plain = Served::default();
        assert_eq!(
            text(row("1.25,10,.125"), plain),
            Some([Some(1_250_000), Some(10_000_000), Some(125_000), None, None])
        );
        assert_eq!(text(row(".0028,,,0"), plain), Some([Some(2_800), None, None, Some(0), None]));
        let sound = row("1,2 a3,,.5 s.01").prices(&plain).expect("prices");
        assert_eq!(
            [Term::AudioInput, Term::AudioOutput, Term::AudioRead, Term::Search].map(|term| sound.get(term)),
            [Some(3_000_000), None, Some(500_000), Some(10_000)]
        );
    }

    #[test]
    fn long_prompts_have_prices_of_their_own() {
        let long = |prompt| Served { prompt, ..Served::default() };
        let factors = row("2,10,.2 >272*2,1.5");
        assert_eq!(text(factors, long(272_000)), text(row("2,10,.2"), Served::default()));
        assert_eq!(text(factors, long(272_001)), text(row("4,15,.4"), Served::default()));
        // Of several thresholds the highest counts, and its factors are those of the first prices.
        let steps = row("1,2 >32:3,4 >128*5 >256:6,7");
        for (prompt, expected) in [(32_000, "1,2"), (32_001, "3,4"), (128_001, "5,10"), (256_001, "6,7")] {
            assert_eq!(text(steps, long(prompt)), text(row(expected), Served::default()), "{prompt}");
        }
    }

    #[test]
    fn a_tier_without_prices_is_unknown() {
        let tier = |tier| Served { tier, ..Served::default() };
        let tiers = row("2,10,.2 >272*2,1.5 f.5,.5,1 p:3,4 x2!");
        assert_eq!(text(tiers, tier(Tier::Flex)), text(row("1,5,.2"), Served::default()));
        assert_eq!(text(tiers, tier(Tier::Priority)), text(row("3,4"), Served::default()));
        assert_eq!(text(tiers, tier(Tier::Fast)), text(row("4,20,.4"), Served::default()));
        assert_eq!(text(tiers, Served { prompt: 300_000, ..tier(Tier::Fast) }), None);
        assert_eq!(
            text(tiers, Served { prompt: 300_000, ..tier(Tier::Flex) }),
            text(row("2,7.5,.4"), Served::default())
        );
        for unknown in [Tier::Batch, Tier::Ultrafast, Tier::Other] {
            assert_eq!(text(tiers, tier(unknown)), None, "{unknown:?}");
        }
    }

    #[test]
    fn places_of_bedrock_are_the_united_states_or_told() {
        let at = |place| Served { place: Place::Aws(place), ..Served::default() };
        let plain = Served::default();
        // Prices of places that are told.
        let listed = row("1,2 @eu.,eu-west-1:3,4 @eu-west-2: f.5");
        for (place, expected) in [
            ("us-east-1", Some("1,2")),
            ("us.", Some("1,2")),
            ("eu.", Some("3,4")),
            ("eu-west-1", Some("3,4")),
            ("eu-west-2", Some("1,2")),
            ("eu-west-3", None),
            ("us-gov-west-1", None),
            ("us-gov.", None),
        ] {
            assert_eq!(text(listed, at(place)), expected.and_then(|prices| text(row(prices), plain)), "{place}");
        }
        let flex = |place| Served { tier: Tier::Flex, ..at(place) };
        assert_eq!(text(listed, flex("us-east-1")), text(row(".5,1"), plain));
        assert_eq!((text(listed, flex("eu.")), text(listed, flex("eu-west-2"))), (None, text(row(".5,1"), plain)));
        // A premium for everything but `global.`.
        let premium = row("1,2 r1.1 g1.2");
        for (place, expected) in
            [("global.", "1,2"), ("us.", "1.1,2.2"), ("eu-west-3", "1.1,2.2"), ("us-gov-west-1", "1.2,2.4")]
        {
            assert_eq!(text(premium, at(place)), text(row(expected), plain), "{place}");
        }
        assert_eq!(text(row("1,2 r1.1"), at("us-gov.")), None);
        assert_eq!(text(premium, Served { place: Place::Region, ..plain }), text(row("1.1,2.2"), plain));
        assert_eq!(text(row("1,2"), Served { place: Place::Region, ..plain }), text(row("1,2"), plain));
    }

    #[test]
    fn busy_hours_and_media() {
        let off_peak = |off_peak| Served { off_peak, ..Served::default() };
        assert_eq!(text(row("2,4 o.5"), off_peak(Some(true))), text(row("1,2"), Served::default()));
        assert_eq!(text(row("2,4 o.5"), off_peak(Some(false))), text(row("2,4"), Served::default()));
        assert_eq!(text(row("2,4 o.5"), off_peak(None)), None);
        assert!(text(row("2,4"), off_peak(None)).is_some());
        assert_eq!(text(row("2 m"), Served { media: true, ..Served::default() }), None);
        assert!(text(row("2"), Served { media: true, ..Served::default() }).is_some());
    }
}
