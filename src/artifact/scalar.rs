//! From the values of a container to the values of a record, and the comparisons that `where` and look-ups make.

use super::definition::{Constant, Test};
use crate::parse::Value;
use crate::record::{FieldValue, Scalar};
use std::borrow::Cow;

/// A value without members, or `None` for a list or a map.
pub(super) fn scalar(value: Value<'_>) -> Option<Scalar<'_>> {
    Some(match value {
        Value::Null => Scalar::Null,
        Value::Bool(truth) => Scalar::Bool(truth),
        Value::Integer(number) => Scalar::Integer(number),
        Value::Unsigned(number) | Value::Uid(number) => Scalar::Unsigned(number),
        Value::Real(number) => Scalar::Real(number),
        Value::Text(text) => Scalar::Text(text),
        Value::InvalidText { bytes, reading } => Scalar::InvalidText { bytes, reading },
        Value::Blob(bytes) => Scalar::Bytes(bytes),
        Value::Date(seconds) => Scalar::Date(seconds),
        Value::List(_) | Value::Map(_) => return None,
    })
}

/// A value as it is, members and all.
pub(super) fn whole(value: Value<'_>) -> FieldValue<'_> {
    match value {
        Value::List(nodes) => FieldValue::List(nodes.into_iter().map(|node| whole(node.value)).collect()),
        Value::Map(members) => {
            FieldValue::Object(members.into_iter().map(|(key, node)| (key, whole(node.value))).collect())
        }
        other => scalar(other).map_or(FieldValue::Null, FieldValue::from),
    }
}

/// A constant of a definition as a value.
pub(super) fn constant(constant: &Constant) -> Value<'_> {
    match constant {
        Constant::Text(text) => Value::Text(Cow::Borrowed(text)),
        Constant::Integer(number) => Value::Integer(*number),
        Constant::Real(number) => Value::Real(*number),
        Constant::Bool(truth) => Value::Bool(*truth),
    }
}

/// A label of a definition as a field.
pub(super) fn label(constant: &Constant) -> FieldValue<'_> {
    match constant {
        Constant::Text(text) => FieldValue::Text(Cow::Borrowed(text)),
        Constant::Integer(number) => FieldValue::Integer(*number),
        Constant::Real(number) => FieldValue::Number(*number),
        Constant::Bool(truth) => FieldValue::Bool(*truth),
    }
}

/// A value as a key: what equal keys compare. A number and its decimal text are one key, as SQLite's column affinity makes them.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Key {
    Integer(i64),
    Bytes(Vec<u8>),
}

/// The key of a value; null has none and equals nothing.
pub(super) fn key(value: &Value<'_>) -> Option<Key> {
    Some(match value {
        Value::Null | Value::List(_) | Value::Map(_) => return None,
        Value::Integer(number) => Key::Integer(*number),
        Value::Bool(truth) => Key::Integer(i64::from(*truth)),
        Value::Unsigned(number) | Value::Uid(number) => {
            i64::try_from(*number).map_or_else(|_| Key::Bytes(number.to_string().into_bytes()), Key::Integer)
        }
        Value::Real(number) | Value::Date(number) => real_key(*number),
        Value::Text(text) => {
            canonical_integer(text).map_or_else(|| Key::Bytes(text.as_bytes().to_vec()), Key::Integer)
        }
        Value::InvalidText { bytes, .. } | Value::Blob(bytes) => Key::Bytes(bytes.to_vec()),
    })
}

fn real_key(number: f64) -> Key {
    let whole = number.fract() == 0.0 && number.abs() < 9e15;
    if whole { Key::Integer(number as i64) } else { Key::Bytes(number.to_string().into_bytes()) }
}

/// The integer that a text writes, where writing the integer gives the text again (`007` and `+7` stay text).
fn canonical_integer(text: &str) -> Option<i64> {
    let digits = text.strip_prefix('-').unwrap_or(text).as_bytes();
    let plain = matches!(digits, [b'1'..=b'9', ..]) || text == "0";
    if !plain || digits.len() > 19 || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    text.parse().ok()
}

/// A code as a definition writes it in an `[enum]`.
pub(super) fn code(scalar: &Scalar<'_>) -> Option<String> {
    Some(match scalar {
        Scalar::Integer(number) => number.to_string(),
        Scalar::Unsigned(number) => number.to_string(),
        Scalar::Bool(truth) => truth.to_string(),
        Scalar::Real(number) if number.fract() == 0.0 => format!("{number:.0}"),
        Scalar::Real(number) => number.to_string(),
        Scalar::Text(text) => text.to_string(),
        _ => return None,
    })
}

/// Whether a value passes a test. An absent value is null.
pub(super) fn passes(value: Option<&Value<'_>>, test: &Test) -> bool {
    let value = value.unwrap_or(&Value::Null);
    let among = |list: &[Constant]| list.iter().any(|wanted| equal(value, wanted));
    match test {
        Test::OneOf(list) => among(list),
        Test::NoneOf(list) => !among(list),
        Test::Null(wanted) => matches!(value, Value::Null) == *wanted,
        Test::Like(pattern) => match value {
            Value::Text(text) => like(pattern.as_bytes(), text.as_bytes()),
            // As SQLite takes a BLOB: apps keep JSON so.
            Value::Blob(bytes) => like(pattern.as_bytes(), bytes),
            _ => false,
        },
    }
}

fn equal(value: &Value<'_>, wanted: &Constant) -> bool {
    match key(value) {
        Some(found) => key(&constant(wanted)) == Some(found),
        None => false,
    }
}

/// SQL's `LIKE`: `%` is any run, `_` any one byte; letters of ASCII in either case.
fn like(pattern: &[u8], text: &[u8]) -> bool {
    let (mut p, mut t) = (0, 0);
    let mut retry: Option<(usize, usize)> = None;
    while let Some(byte) = text.get(t) {
        match pattern.get(p) {
            Some(b'%') => {
                retry = Some((p, t));
                p += 1;
            }
            Some(wanted) if *wanted == b'_' || wanted.eq_ignore_ascii_case(byte) => {
                p += 1;
                t += 1;
            }
            _ => match retry {
                Some((star, from)) => {
                    retry = Some((star, from + 1));
                    p = star + 1;
                    t = from + 1;
                }
                None => return false,
            },
        }
    }
    pattern.get(p..).is_none_or(|rest| rest.iter().all(|byte| *byte == b'%'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_and_its_text_are_one_key_and_padded_text_is_not() {
        let text = |text: &'static str| key(&Value::Text(text.into()));
        assert_eq!(text("42"), key(&Value::Integer(42)));
        assert_eq!(text("-7"), key(&Value::Integer(-7)));
        assert_eq!(key(&Value::Real(42.0)), key(&Value::Integer(42)));
        for padded in ["042", "+42", " 42", "-0", ""] {
            assert!(matches!(text(padded), Some(Key::Bytes(_))), "{padded:?}");
        }
        assert_eq!(key(&Value::Null), None);
    }

    #[test]
    fn like_takes_bytes_for_the_text_that_they_are_as_sqlite_does() {
        let test = Test::Like("%\"type\":\"IN%".to_owned());
        let blob = |bytes: &'static [u8]| Value::Blob(std::borrow::Cow::Borrowed(bytes));
        assert!(passes(Some(&blob(br#"{"type":"INCOMING"}"#)), &test));
        assert!(!passes(Some(&blob(b"\xff\x00")), &test));
        assert!(!passes(Some(&Value::Integer(7)), &test));
    }

    #[test]
    fn like_matches_as_sqlite_does() {
        for (pattern, text, fits) in [
            ("%@g.us", "123-456@g.us", true),
            ("%@g.us", "123@s.whatsapp.net", false),
            ("a_c", "ABC", true),
            ("%a%b%", "xxaxxbxx", true),
            ("%ab", "aab", true),
            ("", "", true),
            ("", "a", false),
        ] {
            assert_eq!(like(pattern.as_bytes(), text.as_bytes()), fits, "{pattern} {text}");
        }
    }

    #[test]
    fn null_passes_only_the_tests_that_ask_for_it() {
        assert!(passes(None, &Test::Null(true)));
        assert!(!passes(Some(&Value::Null), &Test::OneOf(vec![Constant::Integer(0)])));
        assert!(passes(None, &Test::NoneOf(vec![Constant::Integer(7)])));
    }
}
