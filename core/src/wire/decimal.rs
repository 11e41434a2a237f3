//! What a number's text is worth.

/// The number that a decimal is, with or without a fraction and an exponent. As `str::parse::<f64>` has it where its
/// digits fit 53 bits and its exponent lies within 22 either way, which is all that people write; beyond, a last bit or
/// a few may differ. That one brings a table of ten kilobytes that no compression makes smaller: a fortieth of the
/// Worker's upload.
pub fn decimal(text: &str) -> Option<f64> {
    let (text, sign) = text.strip_prefix('-').map_or((text, 1.0), |text| (text, -1.0));
    let (digits, exponent) = match text.split_once(['e', 'E']) {
        Some((digits, exponent)) => (digits, exponent.parse::<i32>().ok()?),
        None => (text, 0),
    };
    let (mut mantissa, mut scale, mut is_fraction, mut is_number) = (0_u64, 0_i32, false, false);
    for byte in digits.bytes() {
        match byte {
            b'.' if !is_fraction => is_fraction = true,
            b'0'..=b'9' => {
                is_number = true;
                // Nineteen digits: what follows only tells how large it is.
                if mantissa < 1_000_000_000_000_000_000 {
                    mantissa = mantissa * 10 + u64::from(byte - b'0');
                    scale = scale.saturating_sub(i32::from(is_fraction));
                } else {
                    scale = scale.saturating_add(i32::from(!is_fraction));
                }
            }
            _ => return None,
        }
    }
    if !is_number {
        return None;
    }
    #[expect(clippy::cast_precision_loss, reason = "that is what the last bits may differ by")]
    let mut value = mantissa as f64 * sign;
    // Far enough for every mantissa to be 0 or infinite.
    let mut left = scale.saturating_add(exponent).clamp(-400, 400);
    while left != 0 {
        // The greatest power of ten that is exact.
        let step = left.clamp(-22, 22);
        let power = 10_f64.powi(step.abs());
        value = if step < 0 { value / power } else { value * power };
        left -= step;
    }
    Some(value)
}

/// The number that a decimal without a sign is, in units of its `places`-th decimal place: exact, and what lies below the
/// unit rounded, half of it up. `None` if it is none, or too large.
pub fn scaled(text: &str, places: i32) -> Option<u64> {
    let (digits, exponent) = match text.split_once(['e', 'E']) {
        Some((digits, exponent)) => (digits, exponent.parse::<i32>().ok()?),
        None => (text, 0),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    // How many digits stand before the unit's end.
    let end = i64::try_from(whole.len()).ok()? + i64::from(exponent) + i64::from(places);
    let mut number = 0_u64;
    let mut at = 0_i64;
    for byte in whole.bytes().chain(fraction.bytes()) {
        if !byte.is_ascii_digit() {
            return None;
        }
        let digit = u64::from(byte - b'0');
        if at < end {
            number = number.checked_mul(10)?.checked_add(digit)?;
        } else if at == end && digit >= 5 {
            number = number.checked_add(1)?;
        }
        at += 1;
    }
    if at == 0 {
        return None;
    }
    // Zeros that are not written.
    while at < end && number > 0 {
        number = number.checked_mul(10)?;
        at += 1;
    }
    Some(number)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_people_write_is_exact() {
        let texts = [
            "0",
            "-0",
            "0.0",
            "1",
            "-1",
            "0.7",
            "0.95",
            "1.0",
            "100",
            "1e3",
            "1E-3",
            "2.5e+2",
            ".5",
            "5.",
            "007",
            "1e22",
            "1e-22",
            "9007199254740991",
            "123456.789",
            "0.001",
            "-2147483648",
            "60.25",
            "1700000000.125",
        ];
        for text in texts {
            assert_eq!(decimal(text).map(f64::to_bits), text.parse().ok().map(f64::to_bits), "{text}");
        }
    }

    #[test]
    fn what_is_none_is_none() {
        for text in ["", "-", ".", "e5", "1e", "1e+", "inf", "NaN", "1.2.3", "1 ", " 1", "--1", "1e1e1", "0x1", "1_000"]
        {
            assert_eq!(decimal(text), None, "{text}");
        }
    }

    #[test]
    fn the_ends_are_zero_and_infinity() {
        assert_eq!(decimal("1e400"), Some(f64::INFINITY));
        assert_eq!(decimal("-1e2000000000"), Some(f64::NEG_INFINITY));
        assert_eq!(decimal("1e-400"), Some(0.0));
        assert_eq!(decimal(&format!("1{}", "0".repeat(500))), Some(f64::INFINITY));
        assert_eq!(decimal(&format!("0.{}1", "0".repeat(500))), Some(0.0));
        assert!(decimal("1.7976931348623157e308").is_some_and(f64::is_finite));
    }

    #[test]
    fn units_are_exact() {
        for (text, places, expected) in [
            ("1.25", 6, Some(1_250_000)),
            (".0028", 6, Some(2_800)),
            ("7.5e-08", 12, Some(75_000)),
            ("1e-05", 6, Some(10)),
            ("0.95", 12, Some(950_000_000_000)),
            ("37756000", 2, Some(3_775_600_000)),
            ("1E2", 0, Some(100)),
            ("5.", 1, Some(50)),
            ("0", 6, Some(0)),
            ("0e99", 6, Some(0)),
            ("0.4999", 0, Some(0)),
            ("0.5", 0, Some(1)),
            ("0.05", 0, Some(0)),
            ("1e-400", 6, Some(0)),
            ("18446744073709551615", 0, Some(u64::MAX)),
            ("18446744073709551616", 0, None),
            ("1e30", 6, None),
            ("1e2000000000", 6, None),
        ] {
            assert_eq!(scaled(text, places), expected, "{text}");
        }
        for none in ["", ".", "-1", "+1", "1.2.3", "e5", "1e", "x", "NaN", "1_0"] {
            assert_eq!(scaled(none, 6), None, "{none}");
        }
    }

    proptest! {
        #[test]
        fn units_are_what_was_written(whole in 0_u64..1 << 40, part in 0_u64..1_000_000) {
            prop_assert_eq!(scaled(&format!("{whole}.{part:06}"), 6), Some(whole * 1_000_000 + part));
            prop_assert_eq!(scaled(&format!("{whole}{part:06}e-6"), 6), Some(whole * 1_000_000 + part));
        }

        #[test]
        fn others_are_near(number in any::<f64>().prop_filter("finite", |number| number.is_finite() && number.abs() > 1e-290)) {
            for text in [format!("{number}"), format!("{number:e}")] {
                let read = decimal(&text).unwrap();
                prop_assert!((read / number - 1.0).abs() < 1e-14, "{} {}", text, read);
            }
        }

        #[test]
        fn a_single_is_the_same(number in any::<f32>().prop_filter("finite", |number| number.is_finite() && number.abs() > 1e-30)) {
            #[expect(clippy::cast_possible_truncation, reason = "it came from one")]
            let read = decimal(&format!("{number:e}")).unwrap() as f32;
            prop_assert_eq!(read, number);
        }
    }
}
