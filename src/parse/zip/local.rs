//! Local headers and data descriptors.
//!
//! ```text
//! local header (4.3.7)                             data descriptor (4.3.9)
//!  0 PK 03 04                                       [PK 07 08]  optional
//!  4 version u16, flags u16, method u16             CRC-32 u32
//! 10 time u16, date u16                             compressed size u32, or u64 with zip64
//! 14 CRC-32 u32, compressed size u32, size u32      size u32, or u64 with zip64
//! 26 name length u16, extra length u16
//! 30 name, extra
//! ```
//!
//! With general purpose bit 3 the CRC-32 and the sizes are zero here and stand in the descriptor behind the bytes.

use nom::{
    Parser,
    bytes::complete::{tag, take},
    error::context,
    number::complete::{le_u16, le_u32, le_u64},
};

use super::extra::{self, Extras, Sizes};
use crate::parse::Parsed;

pub(super) const SIGNATURE: [u8; 4] = *b"PK\x03\x04";
pub(super) const DESCRIPTOR_SIGNATURE: [u8; 4] = *b"PK\x07\x08";
/// Bytes of a local header in front of its name.
pub(super) const FIXED_LENGTH: u64 = 30;

/// General purpose bit 0: encrypted.
pub(super) const ENCRYPTED: u16 = 1;
/// General purpose bit 3: sizes in a data descriptor.
pub(super) const DESCRIPTOR: u16 = 1 << 3;

/// A local header; its sizes are widened by its zip64 field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct LocalHeader<'a> {
    pub flags: u16,
    pub method: u16,
    pub time: u16,
    pub date: u16,
    pub crc32: u32,
    pub compressed_size: u64,
    pub size: u64,
    pub name: &'a [u8],
    pub extras: Extras<'a>,
}

/// What stands behind the bytes of a member with bit 3.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Descriptor {
    pub crc32: u32,
    pub compressed_size: u64,
    pub size: u64,
}

pub(super) fn local_header(input: &[u8]) -> Parsed<'_, LocalHeader<'_>> {
    let (rest, _) = context("zip local header, signature", tag(&SIGNATURE[..])).parse(input)?;
    let (rest, (_, flags, method)) = context("flags and method", (le_u16, le_u16, le_u16)).parse(rest)?;
    let (rest, (time, date)) = context("time", (le_u16, le_u16)).parse(rest)?;
    let (rest, (crc32, compressed, size)) = context("sizes", (le_u32, le_u32, le_u32)).parse(rest)?;
    let (rest, (name_length, extra_length)) = context("lengths", (le_u16, le_u16)).parse(rest)?;
    let (rest, name) = context("name", take(name_length)).parse(rest)?;
    let (rest, extra) = context("extra fields", take(extra_length)).parse(rest)?;
    let extras = extra::extras(extra);
    let narrow = Sizes { size: size.into(), compressed_size: compressed.into(), header_offset: 0 };
    let Sizes { size, compressed_size, .. } = extras.widen(narrow);
    Ok((rest, LocalHeader { flags, method, time, date, crc32, compressed_size, size, name, extras }))
}

/// A descriptor with its signature, its sizes four bytes wide.
pub(super) fn descriptor(input: &[u8]) -> Parsed<'_, Descriptor> {
    let (rest, _) = context("zip data descriptor, signature", tag(&DESCRIPTOR_SIGNATURE[..])).parse(input)?;
    unsigned_descriptor(rest)
}

/// A descriptor with its signature, its sizes eight bytes wide.
pub(super) fn descriptor_64(input: &[u8]) -> Parsed<'_, Descriptor> {
    let (rest, _) = context("zip data descriptor, signature", tag(&DESCRIPTOR_SIGNATURE[..])).parse(input)?;
    unsigned_descriptor_64(rest)
}

/// A descriptor without a signature.
pub(super) fn unsigned_descriptor(input: &[u8]) -> Parsed<'_, Descriptor> {
    let (rest, (crc32, compressed, size)) = context("descriptor", (le_u32, le_u32, le_u32)).parse(input)?;
    Ok((rest, Descriptor { crc32, compressed_size: compressed.into(), size: size.into() }))
}

/// A descriptor without a signature, its sizes eight bytes wide.
pub(super) fn unsigned_descriptor_64(input: &[u8]) -> Parsed<'_, Descriptor> {
    let (rest, (crc32, compressed_size, size)) =
        context("descriptor", (le_u32, le_u64, le_u64)).parse(input)?;
    Ok((rest, Descriptor { crc32, compressed_size, size }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use hex_literal::hex;

    /// version 20, no flags, deflate, 2023-11-14 22:13:20, CRC-32, 4 bytes of 5, name `a`, no extra fields
    const HEADER: [u8; 31] =
        hex!("504b0304 1400 0000 0800 aab1 6e57 44332211 04000000 05000000 0100 0000 61");

    #[test]
    fn a_local_header_is_read_field_by_field() {
        let (rest, header) = local_header(&HEADER).unwrap();
        assert!(rest.is_empty());
        assert_eq!((header.flags, header.method, header.crc32), (0, 8, 0x1122_3344));
        assert_eq!((header.compressed_size, header.size, header.name), (4, 5, &b"a"[..]));
    }

    #[test]
    fn a_local_header_that_misses_any_byte_is_an_error() {
        for length in 0..HEADER.len() {
            assert!(local_header(&HEADER[..length]).is_err(), "{length} bytes");
        }
    }

    #[test]
    fn a_descriptor_is_read_in_all_four_forms() {
        let expected = Descriptor { crc32: 0x1122_3344, compressed_size: 4, size: 5 };
        let narrow = hex!("504b0708 44332211 04000000 05000000");
        let wide = hex!("504b0708 44332211 0400000000000000 0500000000000000");
        assert_eq!(descriptor(&narrow).unwrap().1, expected);
        assert_eq!(descriptor_64(&wide).unwrap().1, expected);
        assert_eq!(unsigned_descriptor(&narrow[4..]).unwrap().1, expected);
        assert_eq!(unsigned_descriptor_64(&wide[4..]).unwrap().1, expected);
        assert!(descriptor(&narrow[..15]).is_err());
    }
}
