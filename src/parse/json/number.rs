//! A number of JSON: an integer where it is written as one and fits, else a real.
//!
//! ```text
//! -? (0 | 1-9 digits*) (. digits+)? ([eE] [+-]? digits+)?
//! ```
//!
//! RFC 8259, section 6.

use nom::Parser;
use nom::branch::alt;
use nom::bytes::complete::tag;
use nom::character::complete::{char, digit0, digit1, one_of};
use nom::combinator::{map_opt, opt, recognize};
use nom::error::context;
use nom::sequence::preceded;

use crate::parse::Value;
use crate::parse::error::Parsed;

/// Reads a number.
pub(super) fn number(input: &[u8]) -> Parsed<'_, Value<'_>> {
    let whole = alt((recognize(tag("0")), recognize((one_of("123456789"), digit0))));
    let fraction = preceded(char('.'), digit1);
    let exponent = preceded(one_of("eE"), preceded(opt(one_of("+-")), digit1));
    let written = recognize((opt(char('-')), whole, opt(fraction), opt(exponent)));
    context("JSON number", map_opt(written, read)).parse(input)
}

fn read(written: &[u8]) -> Option<Value<'static>> {
    let text = std::str::from_utf8(written).ok()?;
    if text != "-0" {
        if let Ok(value) = text.parse() {
            return Some(Value::Integer(value));
        }
        if let Ok(value) = text.parse() {
            return Some(Value::Unsigned(value));
        }
    }
    text.parse().ok().map(Value::Real)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers_stay_integers_as_far_as_64_bits_go() {
        for (text, value) in [
            ("0", Value::Integer(0)),
            ("-9223372036854775808", Value::Integer(i64::MIN)),
            ("18446744073709551615", Value::Unsigned(u64::MAX)),
            ("1.0", Value::Real(1.0)),
            ("1e2", Value::Real(100.0)),
            ("-0.5E-1", Value::Real(-0.05)),
        ] {
            assert_eq!(number(text.as_bytes()), Ok((&b""[..], value)), "{text}");
        }
        let Ok((_, Value::Real(zero))) = number(b"-0") else { panic!() };
        assert!(zero.is_sign_negative());
    }

    #[test]
    fn a_number_ends_where_its_grammar_does() {
        assert_eq!(number(b"01"), Ok((&b"1"[..], Value::Integer(0))));
        assert_eq!(number(b"1.x"), Ok((&b".x"[..], Value::Integer(1))));
        assert!(number(b"-").is_err() && number(b".5").is_err() && number(b"+1").is_err());
    }
}
