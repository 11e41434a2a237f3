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

    proptest! {
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
