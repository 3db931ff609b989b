//! The variable-length integer of SQLite (file format, section 1.6 "B-tree Pages").
//!
//! ```text
//! 1xxxxxxx 1xxxxxxx … 0xxxxxxx     seven bits a byte, high group first, the last byte has its top bit clear
//! 1xxxxxxx × 8        xxxxxxxx     a ninth byte gives all eight of its bits
//! ```

use super::super::{Broken, Parsed};
use nom::error::{ErrorKind, ParseError};

/// The value and the number of bytes it takes, or nothing where the input ends first.
#[inline]
pub(super) fn read(input: &[u8]) -> Option<(u64, usize)> {
    match input.first() {
        Some(byte) if *byte < 0x80 => Some((u64::from(*byte), 1)),
        _ => read_long(input),
    }
}

fn read_long(input: &[u8]) -> Option<(u64, usize)> {
    let mut value: u64 = 0;
    for (index, byte) in input.iter().take(9).enumerate() {
        if index == 8 {
            return Some((value << 8 | u64::from(*byte), 9));
        }
        value = value << 7 | u64::from(byte & 0x7f);
        if *byte < 0x80 {
            return Some((value, index.saturating_add(1)));
        }
    }
    None
}

/// Writes a number in as few bytes as it takes.
pub(super) fn write(value: u64, out: &mut Vec<u8>) {
    let seven = |shift: u32| u8::try_from(value.checked_shr(shift).unwrap_or(0) & 0x7f).unwrap_or(0);
    if value >> 56 != 0 {
        out.extend([57, 50, 43, 36, 29, 22, 15, 8].map(|shift| seven(shift) | 0x80));
        out.push(u8::try_from(value & 0xff).unwrap_or(0));
        return;
    }
    let groups = [49, 42, 35, 28, 21, 14, 7].into_iter().filter(|shift| value.checked_shr(*shift) != Some(0));
    out.extend(groups.map(|shift| seven(shift) | 0x80));
    out.push(seven(0));
}

/// Bytes that a number takes.
pub(super) fn length(value: u64) -> usize {
    let bits = 64u32.saturating_sub(value.leading_zeros()).max(1);
    usize::try_from(bits.div_ceil(7).min(9)).unwrap_or(9)
}

/// An unsigned varint.
#[inline]
pub(super) fn varint(input: &[u8]) -> Parsed<'_, u64> {
    let (value, size) = read(input).ok_or_else(|| ended(input))?;
    let rest = input.get(size..).ok_or_else(|| ended(input))?;
    Ok((rest, value))
}

/// A varint as the signed 64-bit number that a rowid is.
#[inline]
pub(super) fn rowid(input: &[u8]) -> Parsed<'_, i64> {
    let (rest, value) = varint(input)?;
    Ok((rest, value.cast_signed()))
}

fn ended(input: &[u8]) -> nom::Err<Broken<'_>> {
    nom::Err::Error(Broken::from_error_kind(input, ErrorKind::Eof))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_to_nine_bytes_are_read() {
        assert_eq!(read(&[0x7f, 0xff]), Some((0x7f, 1)));
        assert_eq!(read(&[0x81, 0x00]), Some((0x80, 2)));
        assert_eq!(read(&[0xff, 0x7f]), Some((0x3fff, 2)));
        assert_eq!(read(&[0x81, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x05]), Some((1 << 57 | 5, 9)));
    }

    #[test]
    fn the_ninth_byte_gives_eight_bits() {
        assert_eq!(rowid(&[0xff; 9]), Ok((&[][..], -1)));
    }

    #[test]
    fn a_varint_that_the_input_cuts_is_refused() {
        assert_eq!(read(&[]), None);
        assert_eq!(read(&[0x80; 8]), None);
        assert!(varint(&[0x81]).is_err());
    }
}
