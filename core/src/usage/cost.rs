//! What a request costs: its usage times the prices, in whole numbers.

use super::{Prices, Term, Usage};
use crate::wire::text::push_number;

/// An amount of money, in millionths of a micro-dollar: what a token costs whose million costs a micro-dollar.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Cost(pub u64);

/// What the usage costs. `None` where that is not known: a term that was used has no price, or something was used that no
/// term counts. The price must be the one for how it was served.
pub fn cost(usage: &Usage, prices: &Prices) -> Option<Cost> {
    if !usage.known || usage.besides {
        return None;
    }
    let long = usage.cache_write_1h.min(usage.cache_write);
    let [audio_input, audio_read, audio_output] =
        [(usage.audio_input, usage.input), (usage.audio_read, usage.cache_read), (usage.audio_output, usage.output)]
            .map(|(part, whole)| part.min(whole));
    let mut sum = 0_u64;
    for (term, count) in [
        (Term::Input, usage.input - audio_input),
        (Term::AudioInput, audio_input),
        (Term::CacheRead, usage.cache_read - audio_read),
        (Term::AudioRead, audio_read),
        (Term::CacheWrite, usage.cache_write - long),
        (Term::CacheWriteLong, long),
        (Term::Output, usage.output - audio_output),
        (Term::AudioOutput, audio_output),
    ] {
        if count > 0 {
            sum = sum.checked_add(count.checked_mul(prices.get(term)?)?)?;
        }
    }
    if usage.searches > 0 {
        let (count, price) = match prices.get(Term::Search) {
            Some(price) => (usage.searches, price),
            None => (1, prices.get(Term::SearchedAnswer)?),
        };
        sum = sum.checked_add(count.checked_mul(price)?.checked_mul(1_000_000)?)?;
    }
    Some(Cost(sum))
}

impl Cost {
    /// Appends the amount in micro-dollars: a decimal, exact, without zeros at its end.
    pub fn push_micros(self, out: &mut Vec<u8>) {
        let (whole, mut rest) = (self.0 / 1_000_000, self.0 % 1_000_000);
        push_number(out, whole);
        if rest > 0 {
            out.push(b'.');
        }
        let mut unit = 100_000;
        while rest > 0 {
            // A digit: the rest is below ten units.
            out.push(b'0' + u8::try_from(rest / unit).unwrap_or(0));
            rest %= unit;
            unit /= 10;
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn prices(of: &[(Term, u64)]) -> Prices {
        let mut prices = Prices::default();
        for (term, price) in of {
            prices.set(*term, Some(*price));
        }
        prices
    }

    const ALL: &[(Term, u64)] = &[
        (Term::Input, 2),
        (Term::Output, 3),
        (Term::CacheRead, 5),
        (Term::CacheWrite, 7),
        (Term::CacheWriteLong, 11),
        (Term::AudioInput, 13),
        (Term::AudioOutput, 17),
        (Term::AudioRead, 19),
        (Term::Search, 23),
    ];

    const USED: Usage = Usage {
        input: 1_000,
        cache_read: 10_000,
        cache_write: 100_000,
        output: 1_000_000,
        reasoning: Some(7),
        cache_write_1h: 40_000,
        tool_input: 3,
        searches: 2,
        audio_input: 400,
        audio_read: 4_000,
        audio_output: 400_000,
        media: 5,
        tier: super::super::Tier::Standard,
        in_country: false,
        besides: false,
        told: None,
        known: true,
        complete: true,
    };

    #[test]
    fn every_term_counts_once() {
        let expected = 600 * 2
            + 400 * 13
            + 6_000 * 5
            + 4_000 * 19
            + 60_000 * 7
            + 40_000 * 11
            + 600_000 * 3
            + 400_000 * 17
            + 2 * 23 * 1_000_000;
        assert_eq!(cost(&USED, &prices(ALL)), Some(Cost(expected)));
    }

    #[test]
    fn what_was_used_and_has_no_price_makes_it_unknown() {
        for (term, _) in ALL {
            let mut without = prices(ALL);
            without.set(*term, None);
            assert_eq!(cost(&USED, &without), None, "{term:?}");
            // What was not used needs none.
            assert_eq!(cost(&Usage { known: true, ..Usage::default() }, &without), Some(Cost(0)), "{term:?}");
        }
        assert_eq!(cost(&Usage { known: false, ..USED }, &prices(ALL)), None);
        assert_eq!(cost(&Usage { besides: true, ..USED }, &prices(ALL)), None);
        // Beyond any bill: no wrong figure.
        assert_eq!(cost(&Usage { input: u64::MAX, ..USED }, &prices(ALL)), None);
    }

    #[test]
    fn an_answer_is_searched_for_once() {
        let per_answer = prices(&[(Term::SearchedAnswer, 35_000)]);
        let searched = |searches| Usage { searches, known: true, ..Usage::default() };
        assert_eq!(cost(&searched(3), &per_answer), Some(Cost(35_000_000_000)));
        assert_eq!(cost(&searched(0), &per_answer), Some(Cost(0)));
    }

    #[test]
    fn scaling_is_by_side() {
        let mut scaled = prices(&ALL.iter().map(|(term, price)| (*term, price * 1000)).collect::<Vec<_>>());
        scaled.scale(2000, 1500, 500);
        let expected = [
            (Term::Input, 4000),
            (Term::Output, 4500),
            (Term::CacheRead, 2500),
            (Term::CacheWrite, 14000),
            (Term::CacheWriteLong, 22000),
            (Term::AudioInput, 26000),
            (Term::AudioOutput, 25500),
            (Term::AudioRead, 9500),
            (Term::Search, 23000),
        ];
        assert_eq!(scaled, prices(&expected));
    }

    #[test]
    fn amounts_are_written_exactly() {
        for (amount, expected) in [
            (0, "0"),
            (1, "0.000001"),
            (1_000_000, "1"),
            (12_345_000, "12.345"),
            (12_000_045, "12.000045"),
            (u64::MAX, "18446744073709.551615"),
        ] {
            let mut out = Vec::new();
            Cost(amount).push_micros(&mut out);
            assert_eq!(String::from_utf8(out).as_deref(), Ok(expected));
        }
    }

    proptest! {
        /// The sum is what fractions of dollars add up to.
        #[test]
        fn it_is_the_sum_of_products(counts in prop::array::uniform4(0_u64..1 << 40), each in prop::array::uniform4(0_u64..1 << 20)) {
            let [input, cache_read, cache_write, output] = counts;
            let usage = Usage { input, cache_read, cache_write, output, known: true, ..Usage::default() };
            let terms = [Term::Input, Term::CacheRead, Term::CacheWrite, Term::Output];
            let prices = prices(&terms.into_iter().zip(each).collect::<Vec<_>>());
            let exact: u128 = counts.iter().zip(each).map(|(count, price)| u128::from(*count) * u128::from(price)).sum();
            prop_assert_eq!(cost(&usage, &prices).map(|cost| u128::from(cost.0)), Some(exact));
            let mut written = Vec::new();
            Cost(u64::try_from(exact).expect("small")).push_micros(&mut written);
            let written = String::from_utf8(written).expect("ASCII");
            let (whole, part) = written.split_once('.').unwrap_or((&written, ""));
            let read: u128 = format!("{whole}{part:0<6}").parse().expect("digits");
            prop_assert_eq!(read, exact);
        }
    }
}
