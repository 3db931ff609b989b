//! Java's "modified UTF-8", in which Android wrote the strings of binary XML.
//!
//! ```text
//! C0 80               NUL
//! ED A0..AF xx  ED B0..BF xx    a character beyond the basic plane, as two surrogates
//! anything else       as in UTF-8
//! ```
//!
//! Newer versions write plain UTF-8 with four bytes; both are accepted. `java.io.DataInput`, "Modified UTF-8";
//! AOSP `com.android.modules.utils.ModifiedUtf8`.

use std::borrow::Cow;

use nom::bytes::complete::take;
use nom::{Finish, Parser};

use crate::parse::Value;
use crate::parse::error::Broken;

/// Text of either form; what is neither keeps its bytes.
pub(super) fn modified_utf8(bytes: &[u8]) -> Value<'_> {
    match Value::utf8(bytes) {
        Value::InvalidText { bytes, reading } => {
            match surrogate_units(&bytes).map(|units| String::from_utf16(&units)) {
                Some(Ok(text)) => Value::Text(Cow::Owned(text)),
                _ => Value::InvalidText { bytes, reading },
            }
        }
        value => value,
    }
}

fn surrogate_units(bytes: &[u8]) -> Option<Vec<u16>> {
    let mut units = Vec::with_capacity(bytes.len());
    let mut rest = bytes;
    while let Some(&first) = rest.first() {
        let length: usize = match first {
            0..=0x7f => 1,
            0xc0..=0xdf => 2,
            0xe0..=0xef => 3,
            0xf0..=0xf7 => 4,
            _ => return None,
        };
        let (next, encoded) = take::<_, _, Broken<'_>>(length).parse(rest).finish().ok()?;
        match encoded {
            [one] => units.push(u16::from(*one)),
            [two, a] => units.push(u16::from(two & 0x1f) << 6 | tail(*a)?),
            [three, a, b] => units.push(u16::from(three & 0x0f) << 12 | tail(*a)? << 6 | tail(*b)?),
            four => units.extend(std::str::from_utf8(four).ok()?.encode_utf16()),
        }
        rest = next;
    }
    Some(units)
}

fn tail(byte: u8) -> Option<u16> {
    (byte & 0xc0 == 0x80).then_some(u16::from(byte & 0x3f))
}

#[cfg(test)]
mod tests {
    use super::*;
    use hex_literal::hex;

    #[test]
    fn modified_utf8_is_read_with_surrogates_and_with_four_bytes() {
        let text = Value::Text("a\0𝄞".into());
        assert_eq!(modified_utf8(&hex!("61 C080 EDA0B4 EDB49E")), text);
        assert_eq!(modified_utf8(&hex!("61 00 F09D849E")), text);
        assert!(matches!(modified_utf8(&hex!("61 EDA0B4")), Value::InvalidText { .. }));
    }
}
