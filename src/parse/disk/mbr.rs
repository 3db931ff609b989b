//! Master boot record: four entries in the first sector, and the chain of extended partitions.
//!
//! ```text
//! 446 four entries: flag u8 │ start CHS 3 │ type u8 │ end CHS 3 │ first sector u32 │ sectors u32
//! 510 55 aa
//! ```

use nom::{
    Parser,
    bytes::complete::take,
    number::complete::{le_u32, u8},
};

use super::{Finding, MOST, Partition, Partitions, Storage};
use crate::parse::Parsed;

const SECTOR: u64 = 512;

#[derive(Clone, Copy)]
struct Entry {
    flag: u8,
    kind: u8,
    first: u32,
    sectors: u32,
}

fn entry(input: &[u8]) -> Parsed<'_, Entry> {
    let (rest, (flag, _, kind, _)) = (u8, take(3_usize), u8, take(3_usize)).parse(input)?;
    let (rest, (first, sectors)) = (le_u32, le_u32).parse(rest)?;
    Ok((rest, Entry { flag, kind, first, sectors }))
}

fn entries(sector: &[u8]) -> Option<[Entry; 4]> {
    if sector.get(510..512) != Some(&[0x55, 0xaa]) {
        return None;
    }
    let (_, (one, two, three, four)) = (entry, entry, entry, entry).parse(sector.get(446..510)?).ok()?;
    Some([one, two, three, four])
}

/// Whether a sector is a table: the signature alone is that of every boot sector.
pub(super) fn is_table(sector: &[u8]) -> bool {
    let Some(entries) = entries(sector) else { return false };
    let is_empty = |entry: &Entry| entry.kind == 0 && entry.first == 0 && entry.sectors == 0;
    let is_sound =
        |entry: &Entry| entry.flag & 0x7f == 0 && entry.kind != 0 && entry.first > 0 && entry.sectors > 0;
    entries.iter().all(|entry| is_empty(entry) || is_sound(entry)) && entries.iter().any(is_sound)
}

pub(super) fn partitions(storage: &dyn Storage) -> Option<Partitions> {
    let sector = storage.read(0, 512)?;
    if !is_table(&sector) {
        return None;
    }
    let mut found = Partitions::default();
    for (entry, number) in entries(&sector)?.into_iter().zip(1..) {
        match entry.kind {
            0 => {}
            0x05 | 0x0f | 0x85 => {
                found.findings.extend(extended(storage, u64::from(entry.first), &mut found.list))
            }
            _ => found.list.push(partition(&entry, 0, number)),
        }
    }
    Some(found)
}

/// The logical partitions: each has a sector with its own entry, relative to that sector, and the next link, relative to
/// the first.
fn extended(storage: &dyn Storage, base: u64, list: &mut Vec<Partition>) -> Option<Finding> {
    let mut at = base;
    for number in 5..u64::try_from(MOST).unwrap_or(u64::MAX) {
        let place = at.saturating_mul(SECTOR);
        let Some([own, link, ..]) = storage.read(place, 512).as_deref().and_then(entries) else {
            let message = "a link of the extended partitions leads to no table".to_owned();
            return Some(Finding::of_file("partition-table-damaged", message, Some(place), true));
        };
        if own.kind != 0 {
            list.push(partition(&own, at, number));
        }
        if link.kind == 0 {
            return None;
        }
        at = base.saturating_add(link.first.into());
    }
    let message = format!("more than {MOST} extended partitions; the others are not read");
    Some(Finding::of_file("partition-table-damaged", message, None, true))
}

fn partition(entry: &Entry, base: u64, number: u64) -> Partition {
    let start = base.saturating_add(entry.first.into()).saturating_mul(SECTOR);
    Partition { number, name: String::new(), start, length: u64::from(entry.sectors).saturating_mul(SECTOR) }
}
