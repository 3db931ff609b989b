//! What serial types and values mean, in words (file format, section 2.1).

use super::super::super::Value;
use super::super::record;
use super::super::text::Encoding;
use std::borrow::Cow;

/// Characters of a text that are shown.
const SHOWN: usize = 60;

/// Bytes that are enough to show that many characters.
pub(super) const ENOUGH: usize = 256;

/// What a serial type says about its value.
pub(super) fn serial_type(serial: u64) -> String {
    let size = record::body_size(serial);
    let meaning = match serial {
        0 => "NULL".to_owned(),
        1..=6 => format!("integer of {} bits", size.saturating_mul(8)),
        7 => "floating point number of 64 bits".to_owned(),
        8 => "the integer 0, in no bytes".to_owned(),
        9 => "the integer 1, in no bytes".to_owned(),
        10 | 11 => "reserved, read as NULL".to_owned(),
        _ if serial & 1 == 0 => format!("BLOB of {size} bytes"),
        _ => format!("text of {size} bytes"),
    };
    format!("{serial}: {meaning}")
}

/// A value from its serial type and the first bytes of its body.
pub(super) fn value(serial: u64, body: &[u8], encoding: Encoding) -> String {
    let size = record::body_size(serial);
    let here = u64::try_from(body.len()).unwrap_or(u64::MAX);
    if (1..=7).contains(&serial) && here < size {
        return format!("cut: {here} of {size} bytes");
    }
    match serial {
        0 | 10 | 11 => "NULL".to_owned(),
        1..=6 => record::integer(body).to_string(),
        7 => real(f64::from_bits(record::integer(body).cast_unsigned())),
        8 => "0".to_owned(),
        9 => "1".to_owned(),
        _ if serial & 1 == 0 => format!("BLOB of {size} bytes"),
        _ => text(body, size, encoding),
    }
}

fn real(number: f64) -> String {
    if number.is_nan() { "not a number, read as NULL".to_owned() } else { format!("{number:?}") }
}

/// The first characters of a text in quotes, control characters escaped.
fn text(body: &[u8], size: u64, encoding: Encoding) -> String {
    let (reading, valid) = match encoding.decode(Cow::Borrowed(body)) {
        Value::Text(text) => (text.into_owned(), true),
        Value::InvalidText { reading, .. } => (reading, false),
        _ => (String::new(), false),
    };
    let whole = u64::try_from(body.len()) == Ok(size);
    let shown: String = reading.chars().take(SHOWN).collect();
    let more = if !whole || shown.len() < reading.len() { "…" } else { "" };
    // The first bytes of a long text may end inside a character.
    let odd = if whole && !valid { ", not valid in its encoding" } else { "" };
    format!("{shown:?}{more}{odd}")
}
