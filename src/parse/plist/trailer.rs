//! The trailer of a binary property list, and the offset table that it points at. Big-endian.
//!
//! ```text
//! 0  "bplist00"
//! 8  objects …
//!    offset table: object_count offsets of offset_size bytes
//!    trailer, the last 32 bytes:
//!      5 unused · sort version · offset_size · reference_size · u64 object_count · u64 top object · u64 table offset
//! ```
//!
//! CoreFoundation `CFBinaryPList.c`, `CFBinaryPlistTrailer`.

use nom::Parser;
use nom::bytes::complete::take;
use nom::error::context;
use nom::number::complete::{be_u8, be_u64};

use super::table::{ObjectTable, Offsets};
use crate::parse::error::{Parsed, small_hex};
use crate::parse::tree::{Findings, place};
use crate::parse::{Error, located};

/// The first bytes: the only version that is written to files.
pub(super) const MAGIC: [u8; 8] = *b"bplist00";

const TRAILER_BYTES: usize = 32;

/// The last 32 bytes, as they stand.
#[derive(Debug, PartialEq)]
struct Trailer {
    offset_size: u8,
    reference_size: u8,
    object_count: u64,
    top_object: u64,
    table_offset: u64,
}

fn trailer(input: &[u8]) -> Parsed<'_, Trailer> {
    let (input, _) = context("bplist trailer, unused", take(6_usize)).parse(input)?;
    let (input, offset_size) = context("bplist trailer, offset size", be_u8).parse(input)?;
    let (input, reference_size) = context("bplist trailer, reference size", be_u8).parse(input)?;
    let (input, object_count) = context("bplist trailer, object count", be_u64).parse(input)?;
    let (input, top_object) = context("bplist trailer, top object", be_u64).parse(input)?;
    let (input, table_offset) = context("bplist trailer, table offset", be_u64).parse(input)?;
    Ok((input, Trailer { offset_size, reference_size, object_count, top_object, table_offset }))
}

/// Reads the trailer and finds the offset table. A table that is longer than its place is cut there, with a loss.
pub(super) fn object_table<'a>(input: &'a [u8], findings: &mut Findings) -> Result<ObjectTable<'a>, Error> {
    let start = input.len().saturating_sub(TRAILER_BYTES).max(MAGIC.len());
    let bytes = input.get(start..).unwrap_or(&[]);
    let (_, trailer) = located(bytes, place(start), trailer(bytes))?;
    let entry_size = size("offset size", trailer.offset_size, start)?;
    let reference_size = size("reference size", trailer.reference_size, start)?;
    let table_offset = usize::try_from(trailer.table_offset).ok();
    let room = table_offset.and_then(|offset| Some((offset, input.get(offset..start)?)));
    let (table_offset, room) = room.ok_or_else(|| {
        unfit("table offset", "a place before the trailer", format!("{:#x}", trailer.table_offset), start)
    })?;
    let wanted = usize::try_from(trailer.object_count).ok().and_then(|count| count.checked_mul(entry_size));
    let entries = wanted.and_then(|length| room.get(..length)).unwrap_or_else(|| {
        let message = format!(
            "bplist offset table: {} objects of {entry_size} bytes do not fit the {} bytes before the trailer ({})",
            trailer.object_count,
            room.len(),
            small_hex(room)
        );
        findings.loss("bplist-offset-table", start, message);
        room
    });
    let offsets = Offsets::Table { start: table_offset, entries, entry_size };
    Ok(ObjectTable { input, reference_size, top_object: trailer.top_object, end: start, offsets })
}

fn size(what: &str, size: u8, start: usize) -> Result<usize, Error> {
    match size {
        1..=16 => Ok(usize::from(size)),
        _ => Err(unfit(what, "1 to 16 bytes", size.to_string(), start)),
    }
}

fn unfit(what: &str, expected: &str, found: String, start: usize) -> Error {
    let what = format!("bplist trailer, {what}");
    Error::Unexpected { offset: place(start), what, expected: expected.to_owned(), found }
}

#[cfg(test)]
mod tests {
    use super::*;
    use hex_literal::hex;

    // "bplist00", true, table of one offset (8), trailer.
    const TRUE: [u8; 42] = hex!(
        "62706C6973743030 09 08"
        "000000000000 01 01 0000000000000001 0000000000000000 0000000000000009"
    );

    fn table_of(bytes: &[u8]) -> Result<(usize, usize), Error> {
        let mut findings = Findings::default();
        let table = object_table(bytes, &mut findings)?;
        Ok((table.count(), findings.into_vec().len()))
    }

    #[test]
    fn the_table_has_the_place_of_each_object() {
        let table = object_table(&TRUE, &mut Findings::default()).unwrap();
        assert_eq!(table.object(0).unwrap(), (8, &TRUE[8..9]));
        assert!(table.object(1).is_err());
    }

    #[test]
    fn a_table_longer_than_its_place_is_cut_and_said() {
        let mut bytes = TRUE;
        bytes[25] = 200;
        assert_eq!(table_of(&bytes).unwrap(), (1, 1));
    }

    #[test]
    fn sizes_of_nothing_and_a_table_behind_the_trailer_are_errors() {
        for (position, value) in [(16, 0), (17, 0), (16, 17), (41, 11), (34, 1)] {
            let mut bytes = TRUE;
            bytes[position] = value;
            assert!(matches!(table_of(&bytes), Err(Error::Unexpected { .. })), "byte {position}");
        }
        assert!(matches!(table_of(&TRUE[..30]), Err(Error::Short { .. })));
    }

    #[test]
    fn an_offset_into_the_trailer_or_the_magic_is_an_error() {
        for offset in [7, 10, 255] {
            let mut bytes = TRUE;
            bytes[9] = offset;
            let table = object_table(&bytes, &mut Findings::default()).unwrap();
            assert!(matches!(table.object(0), Err(Error::Unexpected { .. })), "offset {offset}");
        }
    }
}
