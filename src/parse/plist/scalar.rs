//! The text of the scalars of an XML property list: `<integer>`, `<real>`, `<date>`, `<data>`.
//!
//! ```text
//! <integer> -12 | 0x1F      <date> 2023-11-14T22:13:20Z (UTC; a fraction of a second is accepted)
//! <real> 1.5 | nan | +infinity      <data> base64 with any white space
//! ```
//!
//! CoreFoundation `CFPropertyList.c`, `parseIntegerTag`, `parseRealTag`, `parseDateTag`, `parseDataTag`.

use std::borrow::Cow;

use base64::Engine;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use nom::bytes::complete::{tag, take_while_m_n, take_while1};
use nom::character::complete::char;
use nom::combinator::{all_consuming, map_opt, opt, recognize};
use nom::sequence::preceded;
use nom::{Finish, IResult, Parser};

use crate::parse::Value;

const TOLERANT: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);

/// Days from 1970-01-01 to 2001-01-01.
const DAYS_TO_2001: f64 = 11_323.0;

/// An integer, decimal or hexadecimal.
pub(super) fn integer(text: &str) -> Option<Value<'static>> {
    let text = text.trim();
    let (negative, digits) = match text.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let (digits, radix) = match digits.strip_prefix("0x").or_else(|| digits.strip_prefix("0X")) {
        Some(hex) => (hex, 16),
        None => (digits, 10),
    };
    if !digits.starts_with(|first: char| first.is_digit(radix)) {
        return None;
    }
    let magnitude = i128::from_str_radix(digits, radix).ok()?;
    let value = if negative { magnitude.checked_neg()? } else { magnitude };
    match i64::try_from(value) {
        Ok(value) => Some(Value::Integer(value)),
        Err(_) => u64::try_from(value).ok().map(Value::Unsigned),
    }
}

/// A real number.
pub(super) fn real(text: &str) -> Option<Value<'static>> {
    text.trim().parse().ok().map(Value::Real)
}

/// Base64; line breaks, indentation and missing padding are accepted.
pub(super) fn data(text: &str) -> Option<Value<'static>> {
    let dense: Vec<u8> = text.bytes().filter(|byte| !byte.is_ascii_whitespace() && *byte != 0x0b).collect();
    TOLERANT.decode(dense).ok().map(|bytes| Value::Blob(Cow::Owned(bytes)))
}

/// A date, as seconds since 2001.
pub(super) fn date(text: &str) -> Option<Value<'static>> {
    let (_, (day, second)) = all_consuming(moment).parse(text.trim()).finish().ok()?;
    Some(Value::Date(day * 86_400.0 + second))
}

/// Days since 2001 and seconds of the day.
fn moment(input: &str) -> IResult<&str, (f64, f64)> {
    let (input, sign) = opt(char('-')).parse(input)?;
    let (input, year) = number(1, 6).parse(input)?;
    let (input, month) = preceded(char('-'), number(1, 2)).parse(input)?;
    let (input, day) = preceded(char('-'), number(1, 2)).parse(input)?;
    let (input, hour) = preceded(char('T'), number(1, 2)).parse(input)?;
    let (input, minute) = preceded(char(':'), number(1, 2)).parse(input)?;
    let (input, second) = preceded(char(':'), number(1, 2)).parse(input)?;
    let (input, fraction) = opt(fraction).parse(input)?;
    let (input, _) = tag("Z").parse(input)?;
    let year = if sign.is_some() { -f64::from(year) } else { f64::from(year) };
    let fits = hour < 24 && minute < 60 && second <= 60;
    let Some(days) = days_since_2001(year, month, day).filter(|_| fits) else {
        return Err(nom::Err::Error(nom::error::Error::new(input, nom::error::ErrorKind::Verify)));
    };
    let seconds =
        f64::from(hour) * 3_600.0 + f64::from(minute) * 60.0 + f64::from(second) + fraction.unwrap_or(0.0);
    Ok((input, (days, seconds)))
}

fn number<'a>(
    min: usize,
    max: usize,
) -> impl Parser<&'a str, Output = u32, Error = nom::error::Error<&'a str>> {
    map_opt(take_while_m_n(min, max, |c: char| c.is_ascii_digit()), |digits: &str| digits.parse().ok())
}

fn fraction(input: &str) -> IResult<&str, f64> {
    let digits = recognize((char('.'), take_while1(|c: char| c.is_ascii_digit())));
    map_opt(digits, |digits: &str| format!("0{digits}").parse().ok()).parse(input)
}

/// The proleptic Gregorian calendar, counted from 1 March of the year 0. In floating point, where nothing overflows
/// and every step is exact for the years that fit six digits.
fn days_since_2001(year: f64, month: u32, day: u32) -> Option<f64> {
    let leap = year % 4.0 == 0.0 && (year % 100.0 != 0.0 || year % 400.0 == 0.0);
    let days_in_month = match month {
        4 | 6 | 9 | 11 => 30,
        2 if leap => 29,
        2 => 28,
        1..=12 => 31,
        _ => return None,
    };
    if day == 0 || day > days_in_month {
        return None;
    }
    let month = f64::from(month);
    let (year, month) = if month <= 2.0 { (year - 1.0, month + 9.0) } else { (year, month - 3.0) };
    let leap_days = (year / 4.0).floor() - (year / 100.0).floor() + (year / 400.0).floor();
    let day_of_year = ((153.0 * month + 2.0) / 5.0).floor() + f64::from(day) - 1.0;
    Some(year * 365.0 + leap_days + day_of_year - 719_468.0 - DAYS_TO_2001)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers_are_decimal_or_hexadecimal_up_to_64_bits() {
        for (text, value) in [
            ("7", Value::Integer(7)),
            (" -12\n", Value::Integer(-12)),
            ("0x1F", Value::Integer(31)),
            ("-0x10", Value::Integer(-16)),
            ("+1", Value::Integer(1)),
            ("18446744073709551615", Value::Unsigned(u64::MAX)),
            ("-9223372036854775808", Value::Integer(i64::MIN)),
        ] {
            assert_eq!(integer(text), Some(value), "{text}");
        }
        for text in
            ["", "-", "0x", "1.5", "18446744073709551616", "-9223372036854775809", "--1", "+-1", "0x-1"]
        {
            assert_eq!(integer(text), None, "{text}");
        }
    }

    #[test]
    fn dates_count_from_2001_in_utc() {
        for (text, seconds) in [
            ("2001-01-01T00:00:00Z", 0.0),
            ("1970-01-01T00:00:00Z", -978_307_200.0),
            ("2023-11-14T22:13:20Z", 1_700_000_000.0 - 978_307_200.0),
            ("2000-02-29T12:00:00.25Z", 951_825_600.25 - 978_307_200.0),
            ("0001-01-01T00:00:00Z", -63_113_904_000.0),
        ] {
            assert_eq!(date(text), Some(Value::Date(seconds)), "{text}");
        }
        for text in [
            "2023-02-29T00:00:00Z",
            "2023-13-01T00:00:00Z",
            "2023-01-01T24:00:00Z",
            "2023-01-01",
            "2023-01-00T00:00:00Z",
        ] {
            assert_eq!(date(text), None, "{text}");
        }
    }

    #[test]
    fn base64_may_be_broken_into_lines_and_lack_its_padding() {
        for text in ["aGVs\n\t bG8=", "aGVsbG8"] {
            assert_eq!(data(text), Some(Value::Blob(Cow::Borrowed(b"hello"))), "{text}");
        }
        assert_eq!(data("a!b"), None);
    }

    #[test]
    fn reals_may_be_infinite() {
        assert_eq!(real(" 1.5e3 "), Some(Value::Real(1500.0)));
        assert_eq!(real("+infinity"), Some(Value::Real(f64::INFINITY)));
        assert_eq!(real("x"), None);
    }
}
