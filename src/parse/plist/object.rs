//! One object of a binary property list: a marker byte, perhaps a count, and its bytes. Big-endian.
//!
//! ```text
//! 00 null  08 false  09 true     5n ASCII, count bytes        An array: count references
//! 1n integer of 2^n bytes        6n UTF-16, count units       Bn ordered set   Cn set
//! 2n real of 2^n bytes           7n UTF-8, count bytes        Dn dictionary: count keys, count values
//! 33 date, a double              8n UID of n + 1 bytes
//! 4n data, count bytes           n = F: the count follows as an integer object
//! ```
//!
//! CoreFoundation `CFBinaryPList.c`, "Binary plist file format".

use std::borrow::Cow;

use nom::Parser;
use nom::bytes::complete::take;
use nom::combinator::{map, map_opt};
use nom::error::{ErrorKind, context};
use nom::number::complete::{be_f32, be_f64, be_u8};

use super::table::unsigned;
use crate::parse::Value;
use crate::parse::error::{Broken, Parsed};

/// What an object is, its references not yet followed.
#[derive(Debug, PartialEq)]
pub(super) enum Object<'a> {
    /// A value without members.
    Scalar(Value<'a>),
    /// An array or a set: references, one behind the other.
    List(&'a [u8]),
    /// A dictionary: the references of its keys, then those of its values.
    Dictionary(&'a [u8], &'a [u8]),
}

/// Reads one object.
pub(super) fn object(input: &[u8], reference_size: usize) -> Parsed<'_, Object<'_>> {
    let (rest, marker) = context("bplist object, marker", be_u8).parse(input)?;
    let low = marker & 0x0f;
    match marker >> 4 {
        0x4..=0x7 => counted(rest, marker),
        0xa..=0xc => references(rest, low, reference_size),
        0xd => {
            let (rest, keys) =
                context("bplist dictionary, keys", take_references(low, reference_size)).parse(rest)?;
            let (rest, values) = context("bplist dictionary, values", take(keys.len())).parse(rest)?;
            Ok((rest, Object::Dictionary(keys, values)))
        }
        _ => map(|rest| scalar(input, rest, marker), Object::Scalar).parse(rest),
    }
}

fn references(input: &[u8], low: u8, reference_size: usize) -> Parsed<'_, Object<'_>> {
    map(context("bplist array, references", take_references(low, reference_size)), Object::List).parse(input)
}

fn scalar<'a>(input: &'a [u8], rest: &'a [u8], marker: u8) -> Parsed<'a, Value<'a>> {
    match marker {
        0x00 => Ok((rest, Value::Null)),
        0x08 => Ok((rest, Value::Bool(false))),
        0x09 => Ok((rest, Value::Bool(true))),
        0x10..=0x14 => map(context("bplist integer", take(power(marker))), integer).parse(rest),
        0x22 => map(context("bplist real", be_f32), |real| Value::Real(real.into())).parse(rest),
        0x23 => map(context("bplist real", be_f64), Value::Real).parse(rest),
        0x33 => map(context("bplist date", be_f64), Value::Date).parse(rest),
        0x80..=0x8f => {
            let length = usize::from(marker & 0x0f).saturating_add(1);
            context("bplist UID", map_opt(take(length), |bytes| unsigned(bytes).map(Value::Uid))).parse(rest)
        }
        _ => Err(nom::Err::Error(Broken {
            rest: input,
            kind: ErrorKind::Switch,
            context: vec!["bplist object, marker"],
        })),
    }
}

fn power(marker: u8) -> usize {
    1_usize << (marker & 0x07)
}

/// 1, 2 and 4 bytes are unsigned, 8 are signed, 16 are signed and hold what needs more than 63 bits.
fn integer(bytes: &[u8]) -> Value<'_> {
    match <[u8; 8]>::try_from(bytes) {
        Ok(eight) => return Value::Integer(i64::from_be_bytes(eight)),
        Err(_) if bytes.len() < 8 => {
            let value = bytes.iter().fold(0_i64, |value, &byte| value << 8 | i64::from(byte));
            return Value::Integer(value);
        }
        Err(_) => {}
    }
    let wide = <[u8; 16]>::try_from(bytes).map(i128::from_be_bytes);
    match wide.map(|wide| (i64::try_from(wide), u64::try_from(wide))) {
        Ok((Ok(value), _)) => Value::Integer(value),
        Ok((_, Ok(value))) => Value::Unsigned(value),
        _ => Value::Blob(Cow::Borrowed(bytes)),
    }
}

fn counted(input: &[u8], marker: u8) -> Parsed<'_, Object<'_>> {
    let (rest, count) = count(input, marker & 0x0f)?;
    let (what, read, unit): (_, fn(&[u8]) -> Value<'_>, usize) = match marker >> 4 {
        0x4 => ("bplist data", |bytes| Value::Blob(Cow::Borrowed(bytes)), 1),
        0x6 => ("bplist UTF-16 string", utf16, 2),
        _ => ("bplist string", |bytes| Value::utf8(bytes), 1),
    };
    let length = count.saturating_mul(unit);
    map(context(what, take(length)), |bytes| Object::Scalar(read(bytes))).parse(rest)
}

fn utf16(bytes: &[u8]) -> Value<'_> {
    let units =
        bytes.chunks_exact(2).filter_map(|pair| <[u8; 2]>::try_from(pair).ok()).map(u16::from_be_bytes);
    match char::decode_utf16(units.clone()).collect::<Result<String, _>>() {
        Ok(text) => Value::Text(Cow::Owned(text)),
        Err(_) => {
            let reading = char::decode_utf16(units).map(|unit| unit.unwrap_or(char::REPLACEMENT_CHARACTER));
            Value::InvalidText { bytes: Cow::Borrowed(bytes), reading: reading.collect() }
        }
    }
}

/// The count of a marker: its low half, or for `F` the integer object that follows.
fn count(input: &[u8], low: u8) -> Parsed<'_, usize> {
    if low != 0x0f {
        return Ok((input, usize::from(low)));
    }
    let (rest, marker) =
        context("bplist count, marker", map_opt(be_u8, |marker| (marker >> 4 == 1).then_some(marker)))
            .parse(input)?;
    let fits = |bytes| unsigned(bytes).and_then(|count| usize::try_from(count).ok());
    context("bplist count", map_opt(take(power(marker)), fits)).parse(rest)
}

fn take_references<'a>(
    low: u8,
    reference_size: usize,
) -> impl Parser<&'a [u8], Output = &'a [u8], Error = Broken<'a>> {
    move |input| {
        let (rest, count) = count(input, low)?;
        take(count.saturating_mul(reference_size)).parse(rest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use hex_literal::hex;

    fn value(bytes: &[u8]) -> Value<'_> {
        match object(bytes, 1) {
            Ok((_, Object::Scalar(value))) => value,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn integers_are_unsigned_up_to_four_bytes_and_signed_from_eight() {
        assert_eq!(value(&hex!("10 FF")), Value::Integer(255));
        assert_eq!(value(&hex!("12 FFFFFFFF")), Value::Integer(0xffff_ffff));
        assert_eq!(value(&hex!("13 FFFFFFFFFFFFFFFF")), Value::Integer(-1));
        assert_eq!(value(&hex!("14 0000000000000000 FFFFFFFFFFFFFFFF")), Value::Unsigned(u64::MAX));
        assert_eq!(value(&hex!("14 FFFFFFFFFFFFFFFF FFFFFFFFFFFFFFFE")), Value::Integer(-2));
        assert!(matches!(value(&hex!("14 0000000000000001 0000000000000000")), Value::Blob(_)));
    }

    #[test]
    fn strings_are_text_where_they_are_valid_and_bytes_where_not() {
        assert_eq!(value(&hex!("52 6869")), Value::Text("hi".into()));
        assert_eq!(value(&hex!("62 00E9 20AC")), Value::Text("é€".into()));
        let lone =
            Value::InvalidText { bytes: Cow::Borrowed(&[0xd8, 0, 0, 0x61]), reading: "\u{fffd}a".into() };
        assert_eq!(value(&hex!("62 D800 0061")), lone);
        assert!(matches!(value(&hex!("51 FF")), Value::InvalidText { .. }));
    }

    #[test]
    fn a_long_count_follows_as_an_integer() {
        assert_eq!(value(&[&hex!("4F 10 10")[..], &[7; 16]].concat()), Value::Blob(Cow::Owned(vec![7; 16])));
        assert_eq!(object(&hex!("AF 11 0002 05 06"), 1).unwrap().1, Object::List(&[5, 6]));
        assert!(object(&hex!("4F 20 10"), 1).is_err());
    }

    #[test]
    fn a_dictionary_has_as_many_values_as_keys() {
        assert_eq!(object(&hex!("D1 0001 0002"), 2).unwrap().1, Object::Dictionary(&[0, 1], &[0, 2]));
        assert!(object(&hex!("D1 0001 00"), 2).is_err());
    }

    #[test]
    fn reals_dates_and_uids() {
        assert_eq!(value(&hex!("22 3F000000")), Value::Real(0.5));
        assert_eq!(value(&hex!("33 BFF0000000000000")), Value::Date(-1.0));
        assert_eq!(value(&hex!("81 0102")), Value::Uid(0x102));
    }

    #[test]
    fn markers_without_a_meaning_and_counts_beyond_the_end_are_errors() {
        for bytes in [
            &hex!("01")[..],
            &hex!("15 00"),
            &hex!("21 00"),
            &hex!("90"),
            &hex!("53 6869"),
            &hex!("4F 13 FFFFFFFFFFFFFFFF"),
        ] {
            assert!(object(bytes, 1).is_err(), "{bytes:02x?}");
        }
        assert!(object(&hex!("AF 13 7FFFFFFFFFFFFFFF"), 8).is_err());
    }
}
