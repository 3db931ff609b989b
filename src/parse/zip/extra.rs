//! Extra fields of a header (4.5): a row of `id u16, length u16, bytes`, of which four are read.
//!
//! ```text
//! 0x0001 zip64 (4.5.3)          size u64?, compressed size u64?, header offset u64?, disk u32?
//!                               each only where the header's own field is all ones, in this order
//! 0x000a NTFS (4.5.5)           reserved u32, then tag u16 = 1, length u16 = 24, mtime atime ctime (FILETIME)
//! 0x5455 extended timestamp     flags u8, mtime i32 (Unix seconds, UTC) if bit 0    Info-ZIP extrafld.txt
//! 0x7075 Unicode path (4.6.9)   version u8 = 1, CRC-32 of the header's name u32, name in UTF-8
//! ```

use nom::{
    Parser,
    bytes::complete::{tag, take},
    multi::length_data,
    number::complete::{le_i32, le_u8, le_u16, le_u32, le_u64},
};

use crate::parse::Parsed;

/// The extra fields that this reader knows, each as far as it is well formed.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(super) struct Extras<'a> {
    /// The numbers that did not fit.
    pub zip64: Option<&'a [u8]>,
    /// Modification, Unix seconds, UTC.
    pub modified_unix: Option<i32>,
    /// Modification, 100 ns since 1601, UTC.
    pub modified_filetime: Option<u64>,
    /// CRC-32 of the name that it stands for, and the name.
    pub unicode_path: Option<(u32, &'a str)>,
}

/// The three numbers of a header that zip64 widens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Sizes {
    pub size: u64,
    pub compressed_size: u64,
    pub header_offset: u64,
}

/// Reads the extra fields; what follows a malformed one cannot be told apart from it and is left.
pub(super) fn extras(mut input: &[u8]) -> Extras<'_> {
    let mut found = Extras::default();
    while let Ok((rest, (id, field))) = field(input) {
        match id {
            0x0001 => found.zip64 = found.zip64.or(Some(field)),
            0x000a => found.modified_filetime = found.modified_filetime.or_else(|| value(ntfs(field))),
            0x5455 => found.modified_unix = found.modified_unix.or_else(|| value(timestamp(field)).flatten()),
            0x7075 => found.unicode_path = found.unicode_path.or_else(|| unicode_path(field)),
            _ => {}
        }
        input = rest;
    }
    found
}

impl Extras<'_> {
    /// The numbers of a header, widened where they are all ones and a zip64 field has them.
    pub(super) fn widen(&self, narrow: Sizes) -> Sizes {
        let mut rest = self.zip64.unwrap_or_default();
        let mut next = |number: u64| {
            if number != u64::from(u32::MAX) {
                return number;
            }
            match long(rest) {
                Ok((left, wide)) => {
                    rest = left;
                    wide
                }
                Err(_) => number,
            }
        };
        let size = next(narrow.size);
        let compressed_size = next(narrow.compressed_size);
        let header_offset = next(narrow.header_offset);
        Sizes { size, compressed_size, header_offset }
    }

    /// Whether a zip64 field is there: it makes the sizes of a data descriptor eight bytes wide (4.3.9.2).
    pub(super) fn is_zip64(&self) -> bool {
        self.zip64.is_some()
    }
}

fn value<T>(parsed: Parsed<'_, T>) -> Option<T> {
    parsed.map(|(_, value)| value).ok()
}

fn long(input: &[u8]) -> Parsed<'_, u64> {
    le_u64(input)
}

fn field(input: &[u8]) -> Parsed<'_, (u16, &[u8])> {
    (le_u16, length_data(le_u16)).parse(input)
}

fn timestamp(input: &[u8]) -> Parsed<'_, Option<i32>> {
    let (rest, flags) = le_u8(input)?;
    if flags & 1 == 0 {
        return Ok((rest, None));
    }
    let (rest, seconds) = le_i32(rest)?;
    Ok((rest, Some(seconds)))
}

fn ntfs(input: &[u8]) -> Parsed<'_, u64> {
    let (rest, _) = le_u32(input)?;
    let (rest, _) = tag(&[1, 0, 24, 0][..]).parse(rest)?;
    let (rest, modified) = le_u64(rest)?;
    let (rest, _) = take(16_usize).parse(rest)?;
    Ok((rest, modified))
}

fn unicode_path(input: &[u8]) -> Option<(u32, &str)> {
    let (rest, (_, crc)) = value_pair(input).ok()?;
    Some((crc, std::str::from_utf8(rest).ok()?))
}

fn value_pair(input: &[u8]) -> Parsed<'_, (&[u8], u32)> {
    (tag(&[1][..]), le_u32).parse(input)
}

#[cfg(test)]
mod tests {
    use super::*;
    use hex_literal::hex;

    const ONES: u64 = 0xffff_ffff;

    #[test]
    fn zip64_widens_only_what_is_all_ones_in_the_order_of_the_specification() {
        // id 1, 16 bytes: 5, 6
        let bytes = hex!("0100 1000 0500000000000000 0600000000000000");
        let narrow = Sizes { size: 7, compressed_size: ONES, header_offset: ONES };
        let wide = extras(&bytes).widen(narrow);
        assert_eq!(wide, Sizes { size: 7, compressed_size: 5, header_offset: 6 });
    }

    #[test]
    fn without_zip64_all_ones_is_a_number_like_any_other() {
        let narrow = Sizes { size: ONES, compressed_size: ONES, header_offset: 0 };
        assert_eq!(extras(&[]).widen(narrow), narrow);
    }

    #[test]
    fn both_utc_times_are_read() {
        // 0x5455: flags 1, 2023-11-14T22:13:20Z; 0x000a: reserved, tag 1, 24 bytes, mtime
        let bytes = hex!("5554 0500 01 00f15365"
            "0a00 2000 00000000 0100 1800 0102030405060708 0000000000000000 0000000000000000");
        let found = extras(&bytes);
        assert_eq!(found.modified_unix, Some(1_700_000_000));
        assert_eq!(found.modified_filetime, Some(0x0807_0605_0403_0201));
    }

    #[test]
    fn a_timestamp_that_misses_a_byte_is_none_and_the_next_field_is_read() {
        let bytes = hex!("5554 0400 01 00f153  7570 0600 01 04030201 61");
        let found = extras(&bytes);
        assert_eq!(found.modified_unix, None);
        assert_eq!(found.unicode_path, Some((0x0102_0304, "a")));
    }

    #[test]
    fn a_length_past_the_end_ends_the_fields() {
        assert_eq!(extras(&hex!("5554 ffff 01 00f15365")), Extras::default());
    }
}
