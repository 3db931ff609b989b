//! Logs (`doc/log_format.md`): blocks of 32 KiB, in them records, each a whole or a part of a batch.
//!
//! ```text
//! u32 masked CRC-32C of type and bytes · u16 length · u8 type (1 whole, 2 first, 3 middle, 4 last) · bytes
//! ```
//!
//! Fewer than seven bytes at the end of a block are filling.

use std::borrow::Cow;

use super::rows::Row;
use super::{Told, batch, checksum};
use crate::parse::Span;

const BLOCK: usize = 32 * 1024;
const HEADER: usize = 7;

/// One batch, put together from its records.
pub(super) struct Record<'a> {
    pub(super) bytes: Cow<'a, [u8]>,
    /// Where each run of them lies: place in `bytes`, offset in the file, length.
    pieces: Vec<(usize, usize, usize)>,
    pub(super) is_valid: bool,
}

impl Record<'_> {
    /// Where the bytes from `start` to `end` of the record lie in the file; headers between its parts lie in the span.
    pub(super) fn span(&self, start: usize, end: usize) -> Span {
        let offset = |place: usize| {
            let piece = self.pieces.iter().rev().find(|(first, ..)| *first <= place);
            piece.map_or(0, |(first, offset, _)| offset.saturating_add(place.saturating_sub(*first)))
        };
        Span::between(offset(start), offset(end.saturating_sub(1)).saturating_add(usize::from(end > start)))
    }
}

/// One stored record.
struct Part<'a> {
    offset: usize,
    kind: u8,
    bytes: &'a [u8],
    is_valid: bool,
}

/// The rows of a log of batches.
pub(super) fn rows<'a>(input: &'a [u8], file: usize, rows: &mut Vec<Row<'a>>, told: &mut Told<'_, '_>) {
    for record in records(input, told) {
        batch::rows(record, file, rows, told);
    }
}

/// Whether the first record of a file has a valid checksum: a log has no other signature.
pub fn is_log(input: &[u8]) -> bool {
    part(input, 0).is_some_and(|part| part.is_valid && matches!(part.kind, 1 | 2))
}

/// All records of a log, put together.
pub(super) fn records<'a>(input: &'a [u8], told: &mut Told<'_, '_>) -> Vec<Record<'a>> {
    let (mut records, mut open): (Vec<Record<'a>>, Option<Record<'a>>) = (Vec::new(), None);
    for part in parts(input, told) {
        if !part.is_valid {
            told.loss("leveldb-crc", part.offset, "a record has another checksum than its bytes");
        }
        let is_start = matches!(part.kind, 1 | 2);
        if let Some(lost) = open.take_if(|_| is_start) {
            told.loss("leveldb-record-cut", lost.start(), "a record has no end");
        }
        match (part.kind, open.take()) {
            (1, _) => records.push(part.record()),
            (2, _) => open = Some(part.record()),
            (3, Some(begun)) => open = Some(begun.with(&part)),
            (4, Some(begun)) => records.push(begun.with(&part)),
            (3 | 4, None) => told.loss("leveldb-record-cut", part.offset, "a record has no beginning"),
            (other, kept) => {
                open = kept;
                told.loss("leveldb-record-type", part.offset, &format!("unknown type {other} of a record"));
            }
        }
    }
    if let Some(lost) = open {
        told.loss("leveldb-record-cut", lost.start(), "a record has no end");
    }
    records
}

fn parts<'a>(input: &'a [u8], told: &mut Told<'_, '_>) -> Vec<Part<'a>> {
    let (mut parts, mut offset) = (Vec::new(), 0_usize);
    while let Some(rest) = input.get(offset..).filter(|rest| !rest.is_empty()) {
        let left = BLOCK.saturating_sub(offset % BLOCK);
        // The end of a block is filled, and a log may be written ahead with zeros.
        if left < HEADER || rest.iter().take(left.min(HEADER)).all(|byte| *byte == 0) {
            offset = offset.saturating_add(left);
            continue;
        }
        match part(input, offset) {
            Some(part) => {
                offset = part.offset.saturating_add(HEADER).saturating_add(part.bytes.len());
                parts.push(part);
            }
            None => {
                told.broken("leveldb-record-cut", offset, "a record", rest);
                offset = offset.saturating_add(left);
            }
        }
    }
    parts
}

/// The record at an offset; it ends within its block.
fn part(input: &[u8], offset: usize) -> Option<Part<'_>> {
    let room = BLOCK.checked_sub(offset % BLOCK)?;
    let rest = input.get(offset..)?;
    let block = rest.get(..room).unwrap_or(rest);
    let (crc, after) = block.split_first_chunk::<4>()?;
    let (length, after) = after.split_first_chunk::<2>()?;
    let (kind, after) = after.split_first()?;
    let bytes = after.get(..usize::from(u16::from_le_bytes(*length)))?;
    let is_valid = checksum::is_valid(u32::from_le_bytes(*crc), [&[*kind], bytes]);
    Some(Part { offset, kind: *kind, bytes, is_valid })
}

impl<'a> Part<'a> {
    fn record(&self) -> Record<'a> {
        Record {
            bytes: Cow::Borrowed(self.bytes),
            pieces: vec![(0, self.offset.saturating_add(HEADER), self.bytes.len())],
            is_valid: self.is_valid,
        }
    }
}

impl<'a> Record<'a> {
    fn with(mut self, part: &Part<'a>) -> Self {
        self.pieces.push((self.bytes.len(), part.offset.saturating_add(HEADER), part.bytes.len()));
        self.bytes.to_mut().extend_from_slice(part.bytes);
        self.is_valid &= part.is_valid;
        self
    }

    /// The first byte of its first part.
    pub(super) fn start(&self) -> usize {
        self.pieces.first().map_or(0, |(_, offset, _)| *offset)
    }
}
