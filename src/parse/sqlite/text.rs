//! Text of a database: one encoding for all of it (file format, section 1.3.13), byte-exact, possibly invalid.

use super::super::Value;
use std::borrow::Cow;

/// The encoding of every text of a database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    /// UTF-8.
    Utf8,
    /// UTF-16, low byte first.
    Utf16Le,
    /// UTF-16, high byte first.
    Utf16Be,
}

impl Encoding {
    /// Reads a text. What its encoding does not allow keeps its bytes beside the best reading.
    pub(super) fn decode<'a>(self, bytes: Cow<'a, [u8]>) -> Value<'a> {
        match self {
            Encoding::Utf8 => utf8(bytes),
            Encoding::Utf16Le => utf16(bytes, u16::from_le_bytes),
            Encoding::Utf16Be => utf16(bytes, u16::from_be_bytes),
        }
    }
}

fn utf8(bytes: Cow<'_, [u8]>) -> Value<'_> {
    match bytes {
        Cow::Borrowed(bytes) => match std::str::from_utf8(bytes) {
            Ok(text) => Value::Text(Cow::Borrowed(text)),
            Err(_) => invalid_utf8(Cow::Borrowed(bytes)),
        },
        Cow::Owned(bytes) => match String::from_utf8(bytes) {
            Ok(text) => Value::Text(Cow::Owned(text)),
            Err(error) => invalid_utf8(Cow::Owned(error.into_bytes())),
        },
    }
}

fn invalid_utf8(bytes: Cow<'_, [u8]>) -> Value<'_> {
    let reading = String::from_utf8_lossy(&bytes).into_owned();
    Value::InvalidText { bytes, reading }
}

/// SQLite ignores a last odd byte; here it makes the text invalid, so that the byte is kept.
fn utf16(bytes: Cow<'_, [u8]>, unit: fn([u8; 2]) -> u16) -> Value<'_> {
    let (pairs, odd) = bytes.as_chunks::<2>();
    let units = pairs.iter().map(|pair| unit(*pair));
    let mut valid = odd.is_empty();
    let mut reading = String::with_capacity(bytes.len());
    for character in char::decode_utf16(units) {
        reading.push(character.unwrap_or_else(|_| {
            valid = false;
            char::REPLACEMENT_CHARACTER
        }));
    }
    if valid { Value::Text(Cow::Owned(reading)) } else { Value::InvalidText { bytes, reading } }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_read_in_each_encoding() {
        let zo = Value::Text("zö".into());
        assert_eq!(Encoding::Utf8.decode(Cow::Borrowed(b"z\xc3\xb6")), zo);
        assert_eq!(Encoding::Utf8.decode(Cow::Owned(b"z\xc3\xb6".to_vec())), zo);
        assert_eq!(Encoding::Utf16Le.decode(Cow::Borrowed(b"z\0\xf6\0")), zo);
        assert_eq!(Encoding::Utf16Be.decode(Cow::Borrowed(b"\0z\0\xf6")), zo);
    }

    #[test]
    fn a_nul_inside_a_text_is_part_of_it() {
        assert_eq!(Encoding::Utf8.decode(Cow::Borrowed(b"a\0b")), Value::Text("a\0b".into()));
    }

    #[test]
    fn invalid_text_keeps_its_bytes() {
        for (encoding, bytes, reading) in [
            (Encoding::Utf8, &b"a\xff"[..], "a\u{fffd}"),
            (Encoding::Utf16Le, &b"a\0\0\xd8"[..], "a\u{fffd}"),
            (Encoding::Utf16Be, &b"\0ab"[..], "a"),
        ] {
            let value = encoding.decode(Cow::Borrowed(bytes));
            assert_eq!(value, Value::InvalidText { bytes: bytes.into(), reading: reading.to_owned() });
        }
    }
}
