//! The end of an archive, from which its central directory is found.
//!
//! ```text
//! zip64 end record (4.3.14)      locator (4.3.15)          end record (4.3.16)
//!  0 PK 06 06                     0 PK 06 07                0 PK 05 06
//!  4 size of the rest u64         4 disk u32                4 disk u16, disk of directory u16
//! 12 versions u16 u16             8 offset of record u64    8 entries here u16, entries u16
//! 16 disks u32 u32               16 disks u32              12 directory size u32
//! 24 entries here u64, all u64                             16 directory offset u32
//! 40 directory size u64                                    20 comment length u16, comment
//! 48 directory offset u64
//! ```
//!
//! Offsets in the archive count from where it once began: bytes put in front of it (a program, a wrapper) shift
//! everything, and the shift is the distance between where the directory is said to be and where it is.

use nom::{
    Parser,
    bytes::complete::tag,
    error::context,
    multi::length_data,
    number::complete::{le_u16, le_u32, le_u64},
};

use super::{Error, central, local};
use crate::parse::Parsed;

pub(super) const SIGNATURE: [u8; 4] = *b"PK\x05\x06";
const RECORD_64_SIGNATURE: [u8; 4] = *b"PK\x06\x06";
const LOCATOR_SIGNATURE: [u8; 4] = *b"PK\x06\x07";
/// End record (22) and the longest comment (4.4.12: two bytes of length).
const TAIL: usize = 22 + 65_535;
const LOCATOR_LENGTH: usize = 20;
const RECORD_64_LENGTH: u64 = 56;

/// Where the central directory lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Directory {
    /// Offset in the file of its first header.
    pub start: u64,
    /// Offset in the file at which the end structures begin: the directory cannot go on past it.
    pub limit: u64,
    /// How many members the end record claims.
    pub entries: u64,
    /// Whether the claim has 16 bits only: writers without zip64 let it overflow.
    pub entries_are_16_bit: bool,
    /// Bytes in front of the archive, to be added to every offset in it.
    pub base: u64,
    /// The number of the disk that the end record is on; not 0 in a split archive.
    pub disk: u32,
    /// Bytes behind the end record and its comment.
    pub trailing: u64,
}

impl Directory {
    /// Only the last part of a split archive has a directory, and the members lie in the others.
    pub(super) fn refuse_split(&self) -> Result<(), Error> {
        if self.disk == 0 {
            return Ok(());
        }
        Err(Error::Unexpected {
            offset: self.limit,
            what: "zip end record, disk number".to_owned(),
            expected: "0 (one file)".to_owned(),
            found: format!("{}: a part of a split archive", self.disk),
        })
    }
}

/// The fields of an end record of either width.
struct Claim {
    disk: u32,
    entries: u64,
    size: u64,
    offset: u64,
}

/// The last end record that leads to a central directory; a comment may hold the signature too.
///
/// An archive that begins with a member has nothing in front of it. Where its end was cut off, an end record near
/// the cut that is shifted is that of an archive inside a member, and not the answer.
pub(super) fn directory(input: &[u8]) -> Option<Directory> {
    let from = input.len().saturating_sub(TAIL);
    let tail = input.get(from..)?;
    let candidates = tail.windows(SIGNATURE.len()).enumerate().rev();
    candidates
        .filter(|(_, window)| *window == SIGNATURE)
        .find_map(|(position, _)| at(input, from.checked_add(position)?))
        .filter(|found| found.base == 0 || !input.starts_with(&local::SIGNATURE))
}

fn at(input: &[u8], position: usize) -> Option<Directory> {
    let (rest, claim) = end_record(input.get(position..)?).ok()?;
    let trailing = u64::try_from(rest.len()).ok()?;
    let position = u64::try_from(position).ok()?;
    if let Some(found) = zip64(input, position) {
        return Some(Directory { trailing, ..found });
    }
    placed(input, &claim, position).map(|found| Directory { entries_are_16_bit: true, trailing, ..found })
}

/// The zip64 record, where a locator stands right before the end record. The record is where the locator says, or,
/// with bytes in front of the archive, right before the locator.
fn zip64(input: &[u8], end: u64) -> Option<Directory> {
    let locator_at = usize::try_from(end).ok()?.checked_sub(LOCATOR_LENGTH)?;
    let (_, said) = locator(input.get(locator_at..)?).ok()?;
    let before = u64::try_from(locator_at).ok()?.checked_sub(RECORD_64_LENGTH);
    [Some(said), before].into_iter().flatten().find_map(|position| {
        let (_, claim) = record_64(input.get(usize::try_from(position).ok()?..)?).ok()?;
        placed(input, &claim, position)
    })
}

/// Holds a claim against the bytes: the directory ends where its end record begins, else it is where it says.
fn placed(input: &[u8], claim: &Claim, limit: u64) -> Option<Directory> {
    let from_end = limit.checked_sub(claim.size);
    let starts = [from_end, Some(claim.offset)];
    let start = starts.into_iter().flatten().find(|start| begins_directory(input, *start, claim.entries))?;
    let base = start.checked_sub(claim.offset)?;
    let Claim { entries, disk, .. } = *claim;
    Some(Directory { start, limit, entries, entries_are_16_bit: false, base, disk, trailing: 0 })
}

fn begins_directory(input: &[u8], start: u64, entries: u64) -> bool {
    let Ok(start) = usize::try_from(start) else { return false };
    match input.get(start..) {
        Some(rest) => entries == 0 || rest.starts_with(&central::SIGNATURE),
        None => false,
    }
}

fn end_record(input: &[u8]) -> Parsed<'_, Claim> {
    let (rest, _) = context("end record, signature", tag(&SIGNATURE[..])).parse(input)?;
    let (rest, disk) = context("disk", le_u16).parse(rest)?;
    let (rest, _) = context("disk of the directory", le_u16).parse(rest)?;
    let (rest, _) = context("entries on this disk", le_u16).parse(rest)?;
    let (rest, entries) = context("entries", le_u16).parse(rest)?;
    let (rest, size) = context("directory size", le_u32).parse(rest)?;
    let (rest, offset) = context("directory offset", le_u32).parse(rest)?;
    let (rest, _) = context("comment", length_data(le_u16)).parse(rest)?;
    // 0xFFFF stands for "see the zip64 record" (4.4.1.4), no disk has that number.
    let disk = if disk == u16::MAX { 0 } else { disk.into() };
    Ok((rest, Claim { disk, entries: entries.into(), size: size.into(), offset: offset.into() }))
}

fn locator(input: &[u8]) -> Parsed<'_, u64> {
    let (rest, _) = context("zip64 locator, signature", tag(&LOCATOR_SIGNATURE[..])).parse(input)?;
    let (rest, _) = context("disk", le_u32).parse(rest)?;
    let (rest, offset) = context("offset of the zip64 end record", le_u64).parse(rest)?;
    let (rest, _) = context("number of disks", le_u32).parse(rest)?;
    Ok((rest, offset))
}

fn record_64(input: &[u8]) -> Parsed<'_, Claim> {
    let (rest, _) = context("zip64 end record, signature", tag(&RECORD_64_SIGNATURE[..])).parse(input)?;
    let (rest, _) = context("size", le_u64).parse(rest)?;
    let (rest, _) = context("versions", (le_u16, le_u16)).parse(rest)?;
    let (rest, disk) = context("disk", le_u32).parse(rest)?;
    let (rest, _) = context("disk of the directory", le_u32).parse(rest)?;
    let (rest, _) = context("entries on this disk", le_u64).parse(rest)?;
    let (rest, entries) = context("entries", le_u64).parse(rest)?;
    let (rest, size) = context("directory size", le_u64).parse(rest)?;
    let (rest, offset) = context("directory offset", le_u64).parse(rest)?;
    Ok((rest, Claim { disk, entries, size, offset }))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An archive without members, as every writer makes it.
    const EMPTY: [u8; 22] = *b"PK\x05\x06\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0";

    #[test]
    fn an_empty_archive_has_an_empty_directory() {
        let found = directory(&EMPTY).unwrap();
        assert_eq!((found.start, found.limit, found.entries, found.base), (0, 0, 0, 0));
    }

    #[test]
    fn bytes_in_front_of_the_archive_shift_its_offsets() {
        let mut bytes = b"#!/bin/sh\n".to_vec();
        bytes.extend(EMPTY);
        assert_eq!(directory(&bytes).unwrap().base, 10);
    }

    #[test]
    fn an_end_record_that_misses_its_last_byte_is_none() {
        assert!(directory(&EMPTY[..21]).is_none());
    }

    #[test]
    fn an_end_record_that_leads_nowhere_is_none() {
        let mut bytes = EMPTY;
        bytes[10] = 1; // one entry, where no central header is
        assert!(directory(&bytes).is_none());
    }

    #[test]
    fn a_part_of_a_split_archive_is_refused_by_name() {
        let mut bytes = EMPTY;
        bytes[4] = 2;
        let error = directory(&bytes).unwrap().refuse_split().unwrap_err();
        assert!(error.to_string().contains("2: a part of a split archive"), "{error}");
    }
}
