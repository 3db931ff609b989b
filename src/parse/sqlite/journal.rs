//! The rollback journal (file format, section 3): what pages held before an unfinished transaction.
//!
//! ```text
//! ┌────────────────┬─────────┬─────────┬───┬── next sector ──┬─────────┬
//! │ segment header │ record  │ record  │ … │ segment header  │ record  │ …
//! └─ one sector ───┴─────────┴─────────┴───┴─────────────────┴─────────┴
//! header   magic 8 B │ records u32 │ nonce u32 │ initial pages u32 │ sector size u32 │ page size u32
//! record   page number u32 │ page │ checksum u32
//! ```
//!
//! A journal whose header is there is hot: SQLite rolls the main file back to it before it reads a row. A header of
//! zeros (PERSIST), or none (TRUNCATE), is that of a finished transaction; its records, where they are left, are what
//! pages held before it.

use super::super::{Finding, Parsed};
use super::header::is_page_size;
use super::journal_residue::{self, Residue};
use super::place::Source;
use super::spot::{Spot, narrow, wide};
use nom::Parser;
use nom::bytes::complete::{tag, take};
use nom::error::context;
use nom::number::complete::be_u32;
use std::collections::BTreeMap;

pub(super) const MAGIC: [u8; 8] = [0xd9, 0xd5, 0x05, 0xf9, 0x20, 0xa1, 0x63, 0xd7];

/// The record count of a journal that was not synchronized: all records to the end of the file.
const UNCOUNTED: u32 = u32::MAX;

/// The header of one segment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct SegmentHeader {
    pub records: u32,
    pub nonce: u32,
    pub initial_pages: u32,
    pub sector_size: u32,
    pub page_size: u32,
}

/// Reads the header of a segment.
pub(super) fn segment_header(input: &[u8]) -> Parsed<'_, SegmentHeader> {
    let (input, _) = context("journal header, magic", tag(&MAGIC[..])).parse(input)?;
    let (input, (records, nonce, initial_pages)) =
        context("journal header, counts", (be_u32, be_u32, be_u32)).parse(input)?;
    let (input, (sector_size, page_size)) =
        context("journal header, sizes", (be_u32, be_u32)).parse(input)?;
    Ok((input, SegmentHeader { records, nonce, initial_pages, sector_size, page_size }))
}

/// A before-image.
pub(super) struct Record<'a> {
    pub page: u32,
    pub image: &'a [u8],
    pub checksum: u32,
}

pub(super) fn record(input: &[u8], page_size: u32) -> Parsed<'_, Record<'_>> {
    let (input, page) = context("journal record, page number", be_u32).parse(input)?;
    let (input, image) = context("journal record, page image", take(page_size)).parse(input)?;
    let (input, checksum) = context("journal record, checksum", be_u32).parse(input)?;
    Ok((input, Record { page, image, checksum }))
}

/// The nonce and every 200th byte from the end, the first byte of the page left out.
pub(super) fn checksum(image: &[u8], nonce: u32) -> u32 {
    let mut sum = nonce;
    let mut at = image.len().checked_sub(200);
    while let Some(index) = at.filter(|index| *index > 0) {
        sum = sum.wrapping_add(image.get(index).map_or(0, |byte| u32::from(*byte)));
        at = index.checked_sub(200);
    }
    sum
}

/// A page number and the offset of its before-image.
pub(super) type BeforeImage = (u32, u64);

/// What a journal holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Journal {
    /// SQLite puts these back.
    Hot {
        page_size: u32,
        /// The first image of each page, sorted by page.
        images: Vec<BeforeImage>,
        /// Pages of the database before the transaction.
        pages: u32,
    },
    /// What a finished transaction left, and behind it what an older and longer one did.
    Finished {
        last: Vec<BeforeImage>,
        older: Vec<BeforeImage>,
        /// The checksums of the records agree.
        verified: bool,
    },
}

/// Reads a journal as SQLite plays it back, or as what is left of a finished transaction. `page_size` is the main file's,
/// for a header that names none.
pub(super) fn journal(bytes: &[u8], page_size: u32) -> (Option<Journal>, Vec<Finding>) {
    decrypted_journal(bytes, bytes, page_size)
}

/// The same for a journal that was encrypted: its checksums are over the bytes as they were seized, its images are `plain`.
pub(super) fn decrypted_journal(
    bytes: &[u8],
    plain: &[u8],
    page_size: u32,
) -> (Option<Journal>, Vec<Finding>) {
    let spot = Spot::new(Source::Journal, 0);
    let hot = match bytes.first() {
        None => return (None, Vec::new()),
        Some(0) => None,
        Some(_) => sized_header(bytes, page_size),
    };
    let Some(first) = hot else {
        let left = journal_residue::residue(bytes, plain, page_size);
        let (count, verified) = left
            .as_ref()
            .map_or((0, false), |left| (left.last.len().saturating_add(left.older.len()), left.verified));
        let proof = if verified { "verified by their checksums" } else { "not verified" };
        let finding = if bytes.first() == Some(&0) {
            let message = format!(
                "the journal of {} bytes is that of a finished transaction; {count} page images are left in it, {proof}",
                bytes.len()
            );
            spot.note("sqlite-journal-finished", message)
        } else {
            let message = format!(
                "this is no journal header: SQLite ignores this journal; {count} page images are read from it, {proof}"
            );
            spot.loss("sqlite-journal-header", message)
        };
        return (
            left.map(|Residue { last, older, verified }| Journal::Finished { last, older, verified }),
            vec![finding],
        );
    };
    let message = "the journal is hot: its transaction was not finished and is rolled back".to_owned();
    let mut findings = vec![spot.note("sqlite-journal-hot", message)];
    if let Some(offset) = super_journal(bytes) {
        let message = "the journal names a super-journal: it is hot only while that exists".to_owned();
        findings.push(Spot::new(Source::Journal, offset).note("sqlite-journal-super", message));
    }
    let mut playback = Playback { bytes, first, images: BTreeMap::new() };
    playback.run();
    let images = playback.images.into_iter().collect();
    (Some(Journal::Hot { page_size: first.page_size, images, pages: first.initial_pages }), findings)
}

/// The first header, if its sizes can be.
fn sized_header(bytes: &[u8], page_size: u32) -> Option<SegmentHeader> {
    let Ok((_, mut header)) = segment_header(bytes) else { return None };
    if header.page_size == 0 {
        header.page_size = page_size;
    }
    let sector = (32..=65_536).contains(&header.sector_size) && header.sector_size.is_power_of_two();
    (sector && is_page_size(header.page_size)).then_some(header)
}

/// Where the name of a super-journal stands: name, length u32, checksum u32, magic, at the very end.
fn super_journal(bytes: &[u8]) -> Option<u64> {
    let start = bytes.len().checked_sub(16)?;
    let (length, rest) = bytes.get(start..)?.split_first_chunk::<4>()?;
    let (sum, magic) = rest.split_first_chunk::<4>()?;
    let length = narrow(u64::from(u32::from_be_bytes(*length)));
    let name_start = start.checked_sub(length)?;
    let name = bytes.get(name_start..start)?;
    let total = name.iter().fold(0u32, |total, byte| total.wrapping_add(u32::from(*byte)));
    let holds = magic == MAGIC && length > 0 && total == u32::from_be_bytes(*sum);
    holds.then_some(wide(name_start))
}

struct Playback<'a> {
    bytes: &'a [u8],
    first: SegmentHeader,
    images: BTreeMap<u32, u64>,
}

impl Playback<'_> {
    /// Segment after segment, each at the next sector boundary, until one is no header.
    fn run(&mut self) {
        let mut start = 0;
        while let Some(Ok((_, header))) = self.bytes.get(start..).map(segment_header) {
            let sector = narrow(u64::from(self.first.sector_size));
            let Some(end) = self.segment(start.saturating_add(sector), &header) else { return };
            start = end.checked_next_multiple_of(sector).unwrap_or(usize::MAX);
        }
    }

    /// The end of a segment's records; nothing where SQLite stops playing back.
    fn segment(&mut self, start: usize, header: &SegmentHeader) -> Option<usize> {
        let mut at = start;
        let mut left = header.records;
        while left > 0 || header.records == UNCOUNTED {
            let (rest, record) = match record(self.bytes.get(at..)?, self.first.page_size) {
                Ok((rest, record)) if record.page != 0 => (rest, record),
                _ => return None,
            };
            let wanted = record.page <= self.first.initial_pages && !self.images.contains_key(&record.page);
            if wanted {
                if record.checksum != checksum(record.image, header.nonce) {
                    return None;
                }
                let offset = wide(at.saturating_add(4));
                self.images.insert(record.page, offset);
            }
            at = self.bytes.len().saturating_sub(rest.len());
            left = left.saturating_sub(1);
        }
        Some(at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header(records: u32) -> Vec<u8> {
        let mut bytes = MAGIC.to_vec();
        for field in [records, 7, 3, 512, 512] {
            bytes.extend_from_slice(&field.to_be_bytes());
        }
        bytes.resize(512, 0);
        bytes
    }

    fn add(bytes: &mut Vec<u8>, page: u32, fill: u8) {
        bytes.extend_from_slice(&page.to_be_bytes());
        bytes.extend_from_slice(&[fill; 512]);
        // 512 - 200 and 512 - 400 are summed
        bytes.extend_from_slice(&(7 + 2 * u32::from(fill)).to_be_bytes());
    }

    fn pages(bytes: &[u8]) -> Vec<(u32, u64)> {
        match journal(bytes, 512).0 {
            Some(Journal::Hot { images, .. }) => images,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn the_first_image_of_a_page_within_the_initial_size_counts() {
        let mut bytes = header(4);
        for (page, fill) in [(2, 1), (2, 2), (4, 3), (1, 4)] {
            add(&mut bytes, page, fill);
        }
        assert_eq!(pages(&bytes), [(1, 512 + 3 * 520 + 4), (2, 516)]);
    }

    #[test]
    fn the_next_segment_begins_at_a_sector() {
        let mut bytes = header(1);
        add(&mut bytes, 2, 1);
        bytes.resize(1536, 0xee);
        bytes.extend_from_slice(&header(UNCOUNTED));
        add(&mut bytes, 3, 1);
        bytes.extend_from_slice(&[0, 0, 0, 1]);
        assert_eq!(pages(&bytes), [(2, 516), (3, 2052)]);
    }

    #[test]
    fn a_wrong_checksum_stops_the_playback() {
        let mut bytes = header(2);
        add(&mut bytes, 2, 1);
        add(&mut bytes, 3, 1);
        bytes[512 + 4 + 312] ^= 1;
        assert_eq!(pages(&bytes), []);
        bytes[512 + 4 + 312] ^= 1;
        bytes[512 + 520 + 4 + 112] ^= 1;
        assert_eq!(pages(&bytes), [(2, 516)]);
    }

    #[test]
    fn a_count_of_zero_puts_nothing_back() {
        let mut bytes = header(0);
        add(&mut bytes, 2, 1);
        assert_eq!(pages(&bytes), []);
    }

    #[test]
    fn a_zeroed_or_empty_journal_is_not_hot_and_another_file_is_said() {
        assert_eq!(journal(&[], 512), (None, vec![]));
        let (none, findings) = journal(&[0; 600], 512);
        assert_eq!((none, findings[0].code, findings[0].loss), (None, "sqlite-journal-finished", false));
        let (none, findings) = journal(b"not a journal", 512);
        assert_eq!((none, findings[0].code), (None, "sqlite-journal-header"));
        assert_eq!(journal(&header(1)[..27], 512).1.len(), 1);
    }

    #[test]
    fn a_super_journal_is_said() {
        let mut bytes = header(0);
        bytes.extend_from_slice(b"ab\0\0\0\x02\0\0\0\xc3");
        bytes.extend_from_slice(&MAGIC);
        assert_eq!(journal(&bytes, 512).1[1].code, "sqlite-journal-super");
    }
}
