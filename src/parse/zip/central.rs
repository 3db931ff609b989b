//! The central directory: one header per member (4.3.12).
//!
//! ```text
//!  0 PK 01 02                                 28 name length u16, extra length u16, comment length u16
//!  4 made by: version u8, system u8           34 disk u16, internal attributes u16
//!  6 version u16, flags u16, method u16       38 external attributes u32 (Unix: mode in the upper half)
//! 12 time u16, date u16, CRC-32 u32           42 offset of the local header u32
//! 20 compressed size u32, size u32            46 name, extra, comment
//! ```

use nom::{
    Parser,
    bytes::complete::{tag, take},
    error::context,
    number::complete::{le_u8, le_u16, le_u32},
};

use super::{
    Archive, EntryKind, Finding, MEMBER_LIMIT, Member, Name, Place,
    end::Directory,
    extra::{self, Extras, Sizes},
    local, time,
};
use crate::parse::{Parsed, error::small_hex, located};

pub(super) const SIGNATURE: [u8; 4] = *b"PK\x01\x02";

/// Systems whose writers put a Unix mode into the external attributes (4.4.2: Unix, OS X).
const UNIX_SYSTEMS: [u8; 2] = [3, 19];
/// Systems whose writers may separate folders with a backslash: MS-DOS, NTFS, VFAT.
const DOS_SYSTEMS: [u8; 3] = [0, 10, 14];

struct CentralHeader<'a> {
    system: u8,
    flags: u16,
    method: u16,
    time: u16,
    date: u16,
    crc32: u32,
    attributes: u32,
    sizes: Sizes,
    name: &'a [u8],
    extras: Extras<'a>,
}

/// What the central directory lists, and whether it broke off.
pub(super) struct Listed<'a> {
    pub archive: Archive<'a>,
    pub broken: bool,
}

/// Every header of the directory, as long as they follow each other.
pub(super) fn members<'a>(input: &'a [u8], directory: &Directory) -> Listed<'a> {
    let mut archive = Archive { members: Vec::new(), findings: surroundings(input, directory) };
    let mut rest = slice(input, directory.start, directory.limit);
    let mut offset = directory.start;
    while !rest.is_empty() && archive.members.len() < MEMBER_LIMIT && !ends_here(rest) {
        match located(rest, offset, central_header(rest)) {
            Ok((left, header)) => {
                archive.members.push(header.member(directory.base));
                offset = offset.saturating_add(distance(rest, left));
                rest = left;
            }
            Err(error) => {
                let message = format!("central directory breaks off: {error}");
                archive.findings.push(Finding::of_file("zip-directory-damaged", message, Some(offset), true));
                return Listed { archive, broken: true };
            }
        }
    }
    let count = miscounted(directory, archive.members.len(), offset, rest);
    let broken = count.is_some();
    archive.findings.extend(count);
    Listed { archive, broken }
}

/// Bytes around the archive that are not of it.
fn surroundings(input: &[u8], directory: &Directory) -> Vec<Finding> {
    let mut findings = Vec::new();
    if directory.base != 0 {
        let message = format!("{} bytes stand in front of the archive", directory.base);
        findings.push(Finding::of_file("zip-prepended-bytes", message, Some(0), false));
    }
    if directory.trailing != 0 {
        let message = format!("{} bytes follow the archive", directory.trailing);
        let end = u64::try_from(input.len()).unwrap_or(u64::MAX);
        let offset = end.saturating_sub(directory.trailing);
        findings.push(Finding::of_file("zip-trailing-bytes", message, Some(offset), false));
    }
    findings
}

/// A digital signature (4.3.13) or the zip64 end record may stand between the last header and the end record.
fn ends_here(rest: &[u8]) -> bool {
    [*b"PK\x05\x05", *b"PK\x06\x06"].iter().any(|signature| rest.starts_with(signature))
}

/// The end record claims a number of members; with 16 bits it may have overflowed.
fn miscounted(directory: &Directory, members: usize, offset: u64, rest: &[u8]) -> Option<Finding> {
    let count = u64::try_from(members).unwrap_or(u64::MAX);
    let claimed = directory.entries;
    if count == claimed || directory.entries_are_16_bit && count.checked_rem(65_536) == Some(claimed) {
        return None;
    }
    let message = format!(
        "the end record claims {claimed} members, the central directory has {count}, then {}",
        small_hex(rest.get(..4).unwrap_or(rest))
    );
    Some(Finding::of_file("zip-member-count", message, Some(offset), count < claimed))
}

fn slice(input: &[u8], start: u64, end: u64) -> &[u8] {
    let range = usize::try_from(start).ok().zip(usize::try_from(end).ok());
    range.and_then(|(start, end)| input.get(start..end)).unwrap_or_default()
}

fn distance(before: &[u8], after: &[u8]) -> u64 {
    u64::try_from(before.len().saturating_sub(after.len())).unwrap_or(u64::MAX)
}

fn central_header(input: &[u8]) -> Parsed<'_, CentralHeader<'_>> {
    let (rest, _) = context("zip central header, signature", tag(&SIGNATURE[..])).parse(input)?;
    let (rest, (_, system, _)) = context("made by", (le_u8, le_u8, le_u16)).parse(rest)?;
    let (rest, (flags, method)) = context("flags and method", (le_u16, le_u16)).parse(rest)?;
    let (rest, (time, date, crc32)) = context("time and CRC-32", (le_u16, le_u16, le_u32)).parse(rest)?;
    let (rest, (compressed, size)) = context("sizes", (le_u32, le_u32)).parse(rest)?;
    let (rest, (name, extra, comment)) = context("lengths", (le_u16, le_u16, le_u16)).parse(rest)?;
    let (rest, (_, _, attributes)) = context("attributes", (le_u16, le_u16, le_u32)).parse(rest)?;
    let (rest, header_offset) = context("offset of the local header", le_u32).parse(rest)?;
    let (rest, name) = context("name", take(name)).parse(rest)?;
    let (rest, extra) = context("extra fields", take(extra)).parse(rest)?;
    let (rest, _) = context("comment", take(comment)).parse(rest)?;
    let extras = extra::extras(extra);
    let sizes = extras.widen(Sizes {
        size: size.into(),
        compressed_size: compressed.into(),
        header_offset: header_offset.into(),
    });
    let header = CentralHeader { system, flags, method, time, date, crc32, attributes, sizes, name, extras };
    Ok((rest, header))
}

impl<'a> CentralHeader<'a> {
    fn member(self, base: u64) -> Member<'a> {
        let mode = UNIX_SYSTEMS.contains(&self.system).then(|| self.attributes.checked_shr(16));
        let mode = mode.flatten().and_then(|mode| u16::try_from(mode).ok());
        Member {
            name: Name::new(self.name, &self.extras),
            kind: EntryKind::new(self.name, self.sizes.size, mode),
            is_dos: DOS_SYSTEMS.contains(&self.system),
            modified: time::modified(&self.extras, self.date, self.time),
            place: Place {
                header_offset: self.sizes.header_offset.saturating_add(base),
                compressed_size: self.sizes.compressed_size,
                size: Some(self.sizes.size),
                crc32: Some(self.crc32),
                method: self.method.into(),
                encrypted: self.flags & local::ENCRYPTED != 0,
                name_crc32: super::name::crc32(self.name),
            },
        }
    }
}
