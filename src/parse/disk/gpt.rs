//! GUID partition table (UEFI specification 2.10, section 5.3), with sectors of 512 or, as in the storage of handsets
//! (UFS), 4096 bytes.
//!
//! ```text
//! header, in sector 1 and in the last: `EFI PART` │ 16 CRC-32 of the header │ 72 first sector of the entries u64
//!                                      80 their number u32 │ 84 bytes of each u32 │ 88 CRC-32 of them
//! entry: type 16 │ identifier 16 │ 32 first sector u64, last sector u64 │ 48 flags u64 │ 56 name, UTF-16, 72
//! ```

use nom::{
    Parser,
    bytes::complete::{tag, take},
    number::complete::{le_u32, le_u64},
};

use super::{Finding, MOST, Partition, Partitions, Storage};
use crate::parse::Parsed;

const MAGIC: &[u8] = b"EFI PART";

struct Header {
    size: u32,
    crc32: u32,
    entries: u64,
    count: u32,
    entry_size: u32,
    entries_crc32: u32,
}

fn header(input: &[u8]) -> Parsed<'_, Header> {
    let (rest, _) = tag(MAGIC).parse(input)?;
    let (rest, (_, size, crc32, _)) = (le_u32, le_u32, le_u32, le_u32).parse(rest)?;
    let (rest, _) = take(48_usize).parse(rest)?;
    let (rest, (entries, count, entry_size)) = (le_u64, le_u32, le_u32).parse(rest)?;
    let (rest, entries_crc32) = le_u32.parse(rest)?;
    Ok((rest, Header { size, crc32, entries, count, entry_size, entries_crc32 }))
}

/// Whether there is a header behind the first sector.
pub(super) fn has_magic(head: &[u8]) -> bool {
    head.get(512..520) == Some(MAGIC)
}

pub(super) fn partitions(storage: &dyn Storage) -> Option<Partitions> {
    for sector in [512, 4096] {
        let last = storage.length().checked_sub(sector)?;
        let read = |at: u64| table(storage, at, sector);
        match (read(sector), read(last)) {
            (Some((found, true)), _) => return Some(found),
            (first, Some((mut found, true))) => {
                // A loss it is not: the copy says the same.
                let message = "the first partition table is damaged; its copy at the end is used".to_owned();
                found.findings.push(Finding::of_file(
                    "partition-table-damaged",
                    message,
                    Some(sector),
                    false,
                ));
                return first.is_some().then_some(found);
            }
            (Some((mut found, false)), _) => {
                let message =
                    "a checksum of the partition table is wrong, and there is no copy that is sound"
                        .to_owned();
                found.findings.push(Finding::of_file("partition-table-damaged", message, Some(sector), true));
                return Some(found);
            }
            _ => {}
        }
    }
    None
}

/// The entries of one table, and whether its checksums hold.
fn table(storage: &dyn Storage, at: u64, sector: u64) -> Option<(Partitions, bool)> {
    let block = storage.read(at, 512)?;
    let (_, header) = header(&block).ok()?;
    let entry_size = usize::try_from(header.entry_size).ok().filter(|size| (128..=4096).contains(size))?;
    let count = usize::try_from(header.count).ok()?.min(MOST);
    let entries = storage.read(header.entries.checked_mul(sector)?, count.checked_mul(entry_size)?)?;
    let size = usize::try_from(header.size).ok()?;
    let mut sealed = block.get(..size)?.to_vec();
    sealed.get_mut(16..20)?.fill(0);
    let is_sound = crc32(&sealed) == header.crc32 && crc32(&entries) == header.entries_crc32;
    let read = entries
        .chunks_exact(entry_size)
        .zip(1..)
        .filter_map(|(entry, number)| partition(entry, number, sector));
    Some((Partitions { list: read.collect(), findings: Vec::new() }, is_sound))
}

fn partition(entry: &[u8], number: u64, sector: u64) -> Option<Partition> {
    if entry.get(..16)?.iter().all(|byte| *byte == 0) {
        return None;
    }
    let word = |at: usize| entry.get(at..)?.first_chunk::<8>().map(|bytes| u64::from_le_bytes(*bytes));
    let (first, last) = (word(32)?, word(40)?);
    let sectors = last.checked_sub(first)?.checked_add(1)?;
    let units = entry.get(56..128)?.as_chunks::<2>().0.iter().map(|unit| u16::from_le_bytes(*unit));
    let name: String = char::decode_utf16(units.take_while(|unit| *unit != 0))
        .map(|read| read.unwrap_or(char::REPLACEMENT_CHARACTER))
        .collect();
    Some(Partition { number, name, start: first.checked_mul(sector)?, length: sectors.checked_mul(sector)? })
}

fn crc32(bytes: &[u8]) -> u32 {
    let mut crc = flate2::Crc::new();
    crc.update(bytes);
    crc.sum()
}
