//! The write-ahead log and the rollback journal cut into their regions, whether what they hold counts or not (file
//! format, sections 3 and 4).
//!
//! ```text
//! WAL       header 32 │ frame header 24, page │ frame header 24, page │ …
//! journal   header, one sector │ page number 4, page, checksum 4 │ … │ next sector: header │ …
//! ```

use super::super::header::is_page_size;
use super::super::journal::{self, segment_header};
use super::super::spot::{narrow, wide};
use super::super::wal::{FRAME_HEADER_SIZE, HEADER_SIZE, checksum, frame, wal_header};
use super::part::{FieldReader, Part, PartKind};

/// SQLite's sector size where the device says nothing else; for a journal whose header is zeroed.
const SECTOR: usize = 512;

/// What stands in a region.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Held {
    WalHeader,
    Frame {
        /// From 1.
        number: usize,
        salts: (u32, u32),
        /// The salts are those of the header.
        current: bool,
        /// Its checksum, and that of each frame before it, is right.
        valid: bool,
    },
    JournalHeader,
    /// From 1.
    Record {
        number: usize,
        /// Of the header of its segment, unless that is zeroed.
        nonce: Option<u32>,
    },
    Rest,
}

/// A range of a companion file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) struct Region {
    pub(super) start: usize,
    pub(super) length: usize,
    pub(super) held: Held,
    /// The page whose image it holds.
    pub page: Option<u32>,
}

impl Region {
    pub(super) fn end(&self) -> usize {
        self.start.saturating_add(self.length)
    }

    /// Where its page image begins.
    pub(in super::super) fn image(&self) -> usize {
        self.start.saturating_add(match self.held {
            Held::Frame { .. } => FRAME_HEADER_SIZE,
            _ => 4,
        })
    }

    /// What it is, for a list.
    pub(super) fn told(&self) -> String {
        match self.held {
            Held::WalHeader => "WAL header".to_owned(),
            Held::Frame { number, current: false, .. } => {
                format!("frame {number} of an older generation of the log")
            }
            Held::Frame { number, valid: false, .. } => format!("frame {number}, which does not count"),
            Held::Frame { number, .. } => format!("frame {number}"),
            Held::JournalHeader => "journal header".to_owned(),
            Held::Record { number, .. } => format!("record {number}"),
            Held::Rest => "bytes behind the last whole structure".to_owned(),
        }
    }
}

fn rest(bytes: &[u8], start: usize) -> Option<Region> {
    let length = bytes.len().saturating_sub(start);
    (length > 0).then_some(Region { start, length, held: Held::Rest, page: None })
}

/// The regions of a WAL. Where its header is none, frames are read by the database's page size.
pub(in super::super) fn wal_regions(bytes: &[u8], page_size: u32) -> (Vec<Region>, u32) {
    let header = wal_header(bytes).ok().map(|(_, header)| header);
    let page_size = header.map_or(page_size, |header| header.page_size);
    let mut regions = Vec::new();
    if bytes.len() >= HEADER_SIZE {
        regions.push(Region { start: 0, length: HEADER_SIZE, held: Held::WalHeader, page: None });
    }
    let size = FRAME_HEADER_SIZE.saturating_add(narrow(u64::from(page_size)));
    let mut running = header.map(|header| header.checksum);
    let mut start = if regions.is_empty() { 0 } else { HEADER_SIZE };
    let one = frame(page_size);
    while let (false, Ok((_, frame))) = (regions.is_empty(), one(bytes.get(start..).unwrap_or(&[]))) {
        let head = bytes.get(start..).and_then(|bytes| bytes.get(..8)).unwrap_or(&[]);
        let current = header.is_some_and(|header| header.salts == frame.salts);
        let word = header.map(|header| header.word);
        let sums =
            running.zip(word).map(|(sums, word)| checksum(frame.image, checksum(head, sums, word), word));
        let valid = current && sums == Some(frame.checksum);
        running = sums.filter(|_| valid);
        let held = Held::Frame { number: regions.len(), salts: frame.salts, current, valid };
        regions.push(Region { start, length: size, held, page: Some(frame.page) });
        start = start.saturating_add(size);
    }
    regions.extend(rest(bytes, start));
    (regions, page_size)
}

/// The regions of a journal. Where its header is zeroed, it is read by the database's page size.
pub(in super::super) fn journal_regions(bytes: &[u8], page_size: u32) -> (Vec<Region>, u32) {
    let first = segment_header(bytes).ok().map(|(_, header)| header);
    let page_size =
        first.map(|header| header.page_size).filter(|size| is_page_size(*size)).unwrap_or(page_size);
    let sector = first.map(|header| narrow(u64::from(header.sector_size)));
    let sector = sector.filter(|size| (32..=65_536).contains(size)).unwrap_or(SECTOR);
    let size = narrow(u64::from(page_size)).saturating_add(8);
    let (mut regions, mut start, mut number) = (Vec::new(), 0usize, 0usize);
    while bytes.len().saturating_sub(start) >= sector {
        let header = bytes.get(start..).and_then(|bytes| segment_header(bytes).ok());
        // A journal of a finished transaction has one header, of zeros.
        if header.is_none() && start > 0 {
            break;
        }
        regions.push(Region { start, length: sector, held: Held::JournalHeader, page: None });
        let nonce = header.map(|(_, header)| header.nonce);
        let mut left = header.map_or(u32::MAX, |(_, header)| header.records);
        start = start.saturating_add(sector);
        while left > 0
            && let Some(page) = record_page(bytes, start, size)
        {
            number = number.saturating_add(1);
            regions.push(Region {
                start,
                length: size,
                held: Held::Record { number, nonce },
                page: Some(page),
            });
            start = start.saturating_add(size);
            left = left.saturating_sub(1);
        }
        let next = start.checked_next_multiple_of(sector).unwrap_or(usize::MAX);
        let more = bytes.get(next..).is_some_and(|bytes| segment_header(bytes).is_ok());
        if !more {
            break;
        }
        if next > start {
            let length = next.saturating_sub(start);
            regions.push(Region { start, length, held: Held::Rest, page: None });
        }
        start = next;
    }
    regions.extend(rest(bytes, start));
    (regions, page_size)
}

/// The page number of the record that begins at `start`, where a whole one does.
fn record_page(bytes: &[u8], start: usize, size: usize) -> Option<u32> {
    let record = bytes.get(start..)?.get(..size)?;
    let page = u32::from_be_bytes(*record.first_chunk::<4>()?);
    (page != 0).then_some(page)
}

/// The fields of a region beside its page: those before it and those behind it.
pub(super) fn envelope(bytes: &[u8], region: &Region) -> (Vec<Part>, Vec<Part>) {
    let bytes = bytes.get(..region.end()).unwrap_or(bytes);
    let mut fields = FieldReader::new(bytes, region.start);
    match region.held {
        Held::WalHeader => wal_fields(&mut fields),
        Held::Frame { current, valid, .. } => frame_fields(&mut fields, current, valid),
        Held::JournalHeader => journal_fields(&mut fields),
        Held::Record { nonce, .. } => {
            fields.number("page number", 4, |page| page.to_string());
            let end = region.end().saturating_sub(4);
            let right =
                nonce.map(|nonce| journal::checksum(bytes.get(region.image()..end).unwrap_or(&[]), nonce));
            let mut behind = FieldReader::new(bytes, end);
            behind.number("checksum", 4, |sum| format!("{sum:#010x}, {}", record_checksum(sum, right)));
            return (fields.done(), behind.done());
        }
        Held::Rest => {}
    }
    let at = fields.position();
    let mut parts = fields.done();
    let left = if region.page.is_some() { 0 } else { region.end().saturating_sub(at) };
    if left > 0 {
        let name = if at == region.start { "content" } else { "rest of the sector" };
        parts.push(Part::leaf(PartKind::Unknown, (at, left), name, "no structure is known here"));
    }
    (parts, Vec::new())
}

fn record_checksum(found: u64, right: Option<u32>) -> &'static str {
    match right {
        Some(right) if u64::from(right) == found => "right",
        Some(_) => "wrong",
        None => "not checked: the nonce is gone with the header",
    }
}

fn wal_fields(fields: &mut FieldReader<'_>) {
    fields.number("magic", 4, |magic| match magic {
        0x377f_0682 => "WAL, checksums over words with the low byte first".to_owned(),
        0x377f_0683 => "WAL, checksums over words with the high byte first".to_owned(),
        _ => "not that of a WAL".to_owned(),
    });
    fields.number("format version", 4, |version| match version {
        3_007_000 => "3007000, as it must be".to_owned(),
        other => format!("{other}, must be 3007000"),
    });
    fields.number("page size", 4, |size| format!("{size} bytes"));
    fields.number("checkpoint sequence", 4, |count| format!("the log was begun anew {count} times"));
    for name in ["salt-1", "salt-2"] {
        fields.number(name, 4, |salt| format!("{salt:#010x}"));
    }
    for name in ["checksum-1", "checksum-2"] {
        fields.number(name, 4, |sum| format!("{sum:#010x}"));
    }
}

fn frame_fields(fields: &mut FieldReader<'_>, current: bool, valid: bool) {
    fields.number("page number", 4, |page| page.to_string());
    fields.number("database size after commit", 4, |pages| match pages {
        0 => "0: not the last frame of a commit".to_owned(),
        pages => format!("{pages} pages: the last frame of a commit"),
    });
    let salt = if current { "as in the WAL header" } else { "not as in the WAL header: an older generation" };
    fields.number("salt-1", 4, |found| format!("{found:#010x}, the salts are {salt}"));
    fields.number("salt-2", 4, |found| format!("{found:#010x}"));
    let told = match (valid, current) {
        (true, _) => "right, and that of each frame before it",
        (false, true) => "wrong, or that of a frame before it is",
        (false, false) => "not checked: the frame is not of this generation",
    };
    fields.number("checksum-1", 4, |sum| format!("{sum:#010x}, the checksum is {told}"));
    fields.number("checksum-2", 4, |sum| format!("{sum:#010x}"));
}

fn journal_fields(fields: &mut FieldReader<'_>) {
    fields.bytes("magic", 8, |magic| match magic {
        magic if magic == journal::MAGIC => "rollback journal, not finished".to_owned(),
        magic if magic.iter().all(|byte| *byte == 0) => "zeros: its transaction is finished".to_owned(),
        _ => "not that of a journal".to_owned(),
    });
    fields.number("record count", 4, |count| match count {
        0xffff_ffff => "all records to the end of the file".to_owned(),
        count => count.to_string(),
    });
    fields.number("nonce", 4, |nonce| format!("{nonce:#010x}, each checksum begins with it"));
    fields.number("initial page count", 4, |count| format!("{count} pages before the transaction"));
    fields.number("sector size", 4, |size| format!("{size} bytes"));
    fields.number("page size", 4, |size| format!("{size} bytes"));
}

/// The region that holds a byte.
pub(super) fn region_at(regions: &[Region], offset: u64) -> Option<&Region> {
    let index = regions.partition_point(|region| wide(region.start) <= offset);
    let region = regions.get(index.checked_sub(1)?)?;
    (offset < wide(region.end())).then_some(region)
}
