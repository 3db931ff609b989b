//! Decimal floating point in binary integer encoding (IEEE 754-2008 BID) of 32, 64 and 128 bits, as text that loses nothing.

/// A number: sign, coefficient and exponent of ten, or what is none.
fn text(is_negative: bool, coefficient: u128, exponent: i32) -> String {
    let sign = if is_negative { "-" } else { "" };
    let digits = coefficient.to_string();
    let count = i32::try_from(digits.len()).unwrap_or(i32::MAX);
    let adjusted = exponent.saturating_add(count).saturating_sub(1);
    // The rule of `to-scientific-string` of the General Decimal Arithmetic Specification.
    if exponent == 0 {
        return format!("{sign}{digits}");
    }
    if exponent < 0 && adjusted >= -6 {
        let point = usize::try_from(count.saturating_add(exponent)).unwrap_or(0);
        let zeros = usize::try_from(exponent.saturating_neg().saturating_sub(count)).unwrap_or(0);
        let (whole, fraction) = digits.split_at_checked(point).unwrap_or(("", &digits));
        let whole = if whole.is_empty() { "0" } else { whole };
        return format!("{sign}{whole}.{}{fraction}", "0".repeat(zeros));
    }
    let (first, rest) = digits.split_at_checked(1).unwrap_or((&digits, ""));
    let point = if rest.is_empty() { "" } else { "." };
    format!("{sign}{first}{point}{rest}E{adjusted:+}")
}

/// Infinity and what is no number, by the five bits behind the sign.
fn special(is_negative: bool, bits: u32) -> Option<String> {
    match bits & 0b11111 {
        0b11110 => Some(if is_negative { "-Infinity" } else { "Infinity" }.to_owned()),
        0b11111 => Some("NaN".to_owned()),
        _ => None,
    }
}

fn exponent(bits: u64, bias: i32) -> i32 {
    i32::try_from(bits).unwrap_or(i32::MAX).saturating_sub(bias)
}

/// A decimal of 128 bits.
pub(super) fn bid128(low: u64, high: u64) -> String {
    let is_negative = high >> 63 == 1;
    if let Some(special) = special(is_negative, u32::try_from((high >> 58) & 31).unwrap_or(0)) {
        return special;
    }
    if (high >> 61) & 3 == 3 {
        // A coefficient that is too large stands for zero.
        return text(is_negative, 0, exponent((high >> 47) & 0x3fff, 6176));
    }
    let coefficient = (u128::from(high & 0x1_ffff_ffff_ffff) << 64) | u128::from(low);
    text(is_negative, coefficient, exponent((high >> 49) & 0x3fff, 6176))
}

/// A decimal of 64 bits.
pub(super) fn bid64(bits: u64) -> String {
    let is_negative = bits >> 63 == 1;
    if let Some(special) = special(is_negative, u32::try_from((bits >> 58) & 31).unwrap_or(0)) {
        return special;
    }
    if (bits >> 61) & 3 == 3 {
        let coefficient = (bits & 0x7_ffff_ffff_ffff) | 0x20_0000_0000_0000;
        return text(is_negative, coefficient.into(), exponent((bits >> 51) & 0x3ff, 398));
    }
    text(is_negative, (bits & 0x1f_ffff_ffff_ffff).into(), exponent((bits >> 53) & 0x3ff, 398))
}

/// A decimal of 32 bits.
pub(super) fn bid32(bits: u32) -> String {
    let is_negative = bits >> 31 == 1;
    if let Some(special) = special(is_negative, (bits >> 26) & 31) {
        return special;
    }
    if (bits >> 29) & 3 == 3 {
        let coefficient = (bits & 0x1f_ffff) | 0x80_0000;
        return text(is_negative, coefficient.into(), exponent(u64::from((bits >> 21) & 0xff), 101));
    }
    text(is_negative, (bits & 0x7f_ffff).into(), exponent(u64::from((bits >> 23) & 0xff), 101))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_are_told_digit_by_digit() {
        // Values of the BSON corpus of decimal128 (mongodb/specifications, bson-corpus), halves as stored.
        assert_eq!(bid128(1, 0x3040_0000_0000_0000), "1");
        assert_eq!(bid128(1, 0x303e_0000_0000_0000), "0.1");
        assert_eq!(bid128(1234, 0xb034_0000_0000_0000), "-0.001234");
        assert_eq!(bid128(12, 0x3048_0000_0000_0000), "1.2E+5");
        assert_eq!(bid128(0, 0x7c00_0000_0000_0000), "NaN");
        assert_eq!(bid128(0, 0xf800_0000_0000_0000), "-Infinity");
        assert_eq!(bid64(0x31c0_0000_0000_0001), "1");
        assert_eq!(bid32(0x3280_0001), "1");
    }
}
