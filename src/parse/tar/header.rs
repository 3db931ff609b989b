//! One header block of 512 bytes (POSIX.1-2017, pax, "ustar Interchange Format"; GNU tar manual, "Basic Tar Format").
//!
//! ```text
//!   0 name 100 │ 100 mode 8, owner 8, group 8 │ 124 size 12 │ 136 mtime 12 │ 148 checksum 8 │ 156 type 1
//! 157 link 100 │ 257 magic 6, version 2 │ 265 owner's name 32, group's 32 │ 329 device 8, 8 │ 345 prefix 155
//! old GNU: 386 four pairs of a sparse map │ 482 more of it follows │ 483 real size 12
//! ```

use nom::{Parser, bytes::complete::take, error::context, number::complete::u8};

use crate::parse::Parsed;

/// Bytes of a block: headers are one, the bytes of a member are filled up to a whole number of them.
pub(super) const BLOCK: usize = 512;

/// A header block, its fields as they stand.
#[derive(Debug, Clone, Copy)]
pub(super) struct Header<'a> {
    pub name: &'a [u8],
    pub size: &'a [u8],
    pub modified: &'a [u8],
    pub kind: u8,
    pub link: &'a [u8],
    pub magic: &'a [u8],
    pub prefix: &'a [u8],
    /// Old GNU: the first four pairs of a sparse map.
    pub sparse: &'a [u8],
    pub sparse_goes_on: bool,
    pub real_size: &'a [u8],
}

/// Reads a block whose checksum holds.
pub(super) fn header(block: &[u8]) -> Parsed<'_, Header<'_>> {
    let (rest, name) = context("tar header, name", take(100_usize)).parse(block)?;
    let (rest, _) = context("mode and owner", take(24_usize)).parse(rest)?;
    let (rest, (size, modified)) = context("size and time", (take(12_usize), take(12_usize))).parse(rest)?;
    let (rest, _) = context("checksum", take(8_usize)).parse(rest)?;
    let (rest, (kind, link)) = context("type and link", (u8, take(100_usize))).parse(rest)?;
    let (rest, magic) = context("magic", take(8_usize)).parse(rest)?;
    let (rest, _) = context("owners and device", take(80_usize)).parse(rest)?;
    let (_, prefix) = context("prefix", take(155_usize)).parse(rest)?;
    let (rest, _) = context("GNU times", take(41_usize)).parse(rest)?;
    let (rest, sparse) = context("GNU sparse map", take(96_usize)).parse(rest)?;
    let (rest, (goes_on, real_size)) = context("GNU sparse size", (u8, take(12_usize))).parse(rest)?;
    let sparse_goes_on = goes_on != 0;
    let header = Header {
        name: text(name),
        size,
        modified,
        kind,
        link: text(link),
        magic,
        prefix: text(prefix),
        sparse,
        sparse_goes_on,
        real_size,
    };
    Ok((rest, header))
}

impl Header<'_> {
    /// The name, with its prefix; what old GNU has in the place of the prefix is no part of a name.
    pub(super) fn full_name(&self) -> Vec<u8> {
        if self.prefix.is_empty() || self.magic != b"ustar\x0000" {
            return self.name.to_vec();
        }
        [self.prefix, b"/", self.name].concat()
    }
}

/// Whether a block has the magic of a header, be its checksum right or not.
pub(super) fn has_magic(block: &[u8]) -> bool {
    block.get(257..262) == Some(b"ustar".as_slice())
}

/// Whether the checksum of a block holds: the sum of its bytes, the checksum itself taken as spaces. Old writers added
/// up signed bytes.
pub(super) fn checksum_holds(block: &[u8]) -> bool {
    let (Some(field), Some(block)) = (block.get(148..156), block.get(..BLOCK)) else { return false };
    let Some(claimed) = number(field) else { return false };
    let is_checksum = |at: usize| (148..156).contains(&at);
    let (mut plain, mut signed) = (0_i64, 0_i64);
    for (at, byte) in block.iter().enumerate() {
        let byte = if is_checksum(at) { b' ' } else { *byte };
        plain = plain.saturating_add(byte.into());
        signed = signed.saturating_add(i8::from_ne_bytes([byte]).into());
    }
    claimed == plain || claimed == signed
}

/// A number: octal digits between spaces and NULs, or (GNU) two's complement with the highest bit set. Empty is zero.
pub(super) fn number(field: &[u8]) -> Option<i64> {
    let first = *field.first()?;
    if first & 0x80 != 0 {
        let start: i64 =
            if first & 0x40 == 0 { i64::from(first & 0x3f) } else { i64::from(i8::from_ne_bytes([first])) };
        let shifted = |sum: i64, byte: &u8| sum.checked_mul(256)?.checked_add(i64::from(*byte));
        return field.get(1..)?.iter().try_fold(start, shifted);
    }
    let is_padding = |byte: &u8| *byte == b' ' || *byte == 0;
    let start = field.iter().position(|byte| !is_padding(byte)).unwrap_or(field.len());
    let digits = field.get(start..)?;
    let end = digits.iter().position(is_padding).unwrap_or(digits.len());
    let add = |sum: i64, byte: &u8| match byte {
        b'0'..=b'7' => sum.checked_mul(8)?.checked_add(i64::from(byte & 7)),
        _ => None,
    };
    digits.get(..end)?.iter().try_fold(0, add)
}

/// A number that counts something.
pub(super) fn count(field: &[u8]) -> Option<u64> {
    number(field).and_then(|number| u64::try_from(number).ok())
}

/// Up to the first NUL.
pub(super) fn text(field: &[u8]) -> &[u8] {
    let end = field.iter().position(|byte| *byte == 0).unwrap_or(field.len());
    field.get(..end).unwrap_or(field)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_octal_or_of_the_base_256() {
        assert_eq!(number(b"0000644\0"), Some(0o644));
        assert_eq!(number(b"   644 \0"), Some(0o644));
        assert_eq!(number(b"00000000005\x20"), Some(5));
        assert_eq!(number(b"\0\0\0\0"), Some(0));
        assert_eq!(number(b"0000649\0"), None);
        assert_eq!(number(b"\x80\0\0\0\0\0\0\x05\0\0\0\0"), Some(0x0005_0000_0000));
        assert_eq!(number(b"\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xfe"), Some(-2));
        assert_eq!(number(b"\x80\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"), None);
        assert_eq!(count(b"\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xfe"), None);
    }
}
