//! What a finished transaction leaves in its journal: PERSIST zeroes the first 28 bytes and keeps every record.
//!
//! ```text
//! ┌── one sector ──┬─────────┬─────────┬───┬──────────────────────────────────────────┐
//! │ 28 B of zeros  │ record  │ record  │ … │ records of an older, longer transaction  │
//! └────────────────┴─────────┴─────────┴───┴──────────────────────────────────────────┘
//! ```
//!
//! The sector size went with the header, so the usual ones are tried. A checksum less the sum over its page is the nonce
//! of the transaction: records with one nonce were written by one transaction (file format, section 3).

use super::header::is_page_size;
use super::journal::{BeforeImage, MAGIC, checksum, record, segment_header};
use super::spot::{narrow, wide};
use std::collections::HashSet;

/// Sector sizes, the usual one first; SQLite writes no header that is longer.
const SECTORS: [usize; 8] = [512, 4096, 1024, 2048, 8192, 16_384, 32_768, 65_536];

/// The records that are left.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Residue {
    /// Of the last transaction: the first image of each page.
    pub last: Vec<BeforeImage>,
    /// Of the one before it.
    pub older: Vec<BeforeImage>,
    pub verified: bool,
}

/// Reads what is left. Nothing where no sector size leads to a record.
pub(super) fn residue(bytes: &[u8], plain: &[u8], page_size: u32) -> Option<Residue> {
    if !is_page_size(page_size) {
        return None;
    }
    let read = |sector: usize| Reader { bytes, plain, page_size, sector }.residue();
    let all: Vec<Residue> = SECTORS.into_iter().filter_map(read).collect();
    let count =
        |residue: &Residue| (residue.verified, residue.last.len().saturating_add(residue.older.len()));
    let best = all.iter().map(count).max()?;
    all.into_iter().find(|residue| count(residue) == best)
}

struct Reader<'a> {
    /// As they were seized: checksums are over them.
    bytes: &'a [u8],
    /// The same where they are not encrypted.
    plain: &'a [u8],
    page_size: u32,
    sector: usize,
}

/// A record with the nonce that its checksum asks for.
struct Left {
    page: u32,
    offset: u64,
    nonce: u32,
    /// It is the first behind the header of a further segment.
    begins_segment: bool,
}

impl Reader<'_> {
    fn residue(&self) -> Option<Residue> {
        let records = self.records();
        let own = own_length(&records);
        let (last, behind) = records.split_at_checked(own)?;
        let first = last.first()?;
        let next = behind.first().map(|record| record.nonce);
        let older = behind.iter().take_while(|record| Some(record.nonce) == next).count();
        let verified = last.get(1).is_some_and(|second| second.nonce == first.nonce);
        if !verified && !self.is_btree(first) {
            return None;
        }
        Some(Residue {
            last: first_of_each(if verified { last } else { last.get(..1).unwrap_or(&[]) }),
            // One record alone has a nonce of its own, whatever it is.
            older: if verified && older > 1 {
                first_of_each(behind.get(..older).unwrap_or(&[]))
            } else {
                Vec::new()
            },
            verified,
        })
    }

    /// Every record from the first sector on; the headers of further segments are passed over.
    fn records(&self) -> Vec<Left> {
        let (mut at, mut records, mut begins_segment) = (self.sector, Vec::new(), false);
        while let Some(rest) = self.bytes.get(at..) {
            match record(rest, self.page_size) {
                Ok((after, found)) if found.page != 0 && !rest.starts_with(&MAGIC) => {
                    let nonce = found.checksum.wrapping_sub(checksum(found.image, 0));
                    let offset = wide(at.saturating_add(4));
                    records.push(Left { page: found.page, offset, nonce, begins_segment });
                    (at, begins_segment) = (self.bytes.len().saturating_sub(after.len()), false);
                }
                _ => match self.next_segment(at) {
                    Some(next) => (at, begins_segment) = (next, true),
                    None => return records,
                },
            }
        }
        records
    }

    /// Behind the header of a further segment, which the next sector begins with.
    fn next_segment(&self, at: usize) -> Option<usize> {
        let start = at.checked_next_multiple_of(self.sector)?;
        segment_header(self.bytes.get(start..)?).ok()?;
        start.checked_add(self.sector)
    }

    fn is_btree(&self, left: &Left) -> bool {
        let image = self.plain.get(narrow(left.offset)..).unwrap_or(&[]);
        match left.page {
            1 => image.starts_with(super::header::MAGIC),
            _ => matches!(image.first(), Some(2 | 5 | 10 | 13)),
        }
    }
}

/// Records of the last transaction: one nonce in each of its segments, and no page twice.
fn own_length(records: &[Left]) -> usize {
    let mut nonce = records.first().map(|record| record.nonce);
    let mut pages = HashSet::new();
    let is_own = |record: &&Left| {
        if record.begins_segment {
            nonce = Some(record.nonce);
        }
        Some(record.nonce) == nonce && pages.insert(record.page)
    };
    records.iter().take_while(is_own).count()
}

/// SQLite journals a page once; of several the first is the one before the transaction.
fn first_of_each(records: &[Left]) -> Vec<BeforeImage> {
    let mut seen = HashSet::new();
    records
        .iter()
        .filter(|record| seen.insert(record.page))
        .map(|record| (record.page, record.offset))
        .collect()
}
