//! Sorted tables (`doc/table_format.md`): data blocks, an index block of their last keys and places, and a footer of 48 bytes.
//!
//! ```text
//! footer   handle of the metaindex · handle of the index · filling up to byte 40 · u64 0xdb4775248b80fb57
//! key      the application's key · u64 (sequence number << 8 | 1 put, 0 delete)
//! ```

use std::borrow::Cow;

use super::Told;
use super::block::{Block, Entry, Handle, block, entries, handle};
use super::rows::{Kind, Row};
use crate::parse::Span;

const FOOTER: usize = 48;
const MAGIC: [u8; 8] = 0xdb47_7524_8b80_fb57_u64.to_le_bytes();

/// Whether a file ends as a table.
pub fn is_table(input: &[u8]) -> bool {
    input.len() >= FOOTER && input.ends_with(&MAGIC)
}

/// The rows of a table.
pub(super) fn rows<'a>(input: &'a [u8], file: usize, rows: &mut Vec<Row<'a>>, told: &mut Told<'_, '_>) {
    let Some(index) = footer(input) else {
        let tail = input.get(input.len().saturating_sub(16)..).unwrap_or(input);
        told.broken("leveldb-table", 0, "the footer of a table", tail);
        return;
    };
    let Some((read, places)) = opened(input, index, ("the index of a table", "the index of a table"), told)
    else {
        return;
    };
    let mut behind = 0;
    for place in places {
        let value = read.bytes.get(place.value.0..place.value.1);
        match value.and_then(handle).map(|(handle, _)| handle).filter(|handle| handle.offset >= behind) {
            Some(handle) => {
                behind = handle.offset.saturating_add(handle.length);
                of_block(input, handle, file, (rows, told));
            }
            None => {
                told.loss("leveldb-block", index.offset, "the index gives a block no place behind the last")
            }
        }
    }
}

fn footer(input: &[u8]) -> Option<Handle> {
    let footer = input.get(input.len().checked_sub(FOOTER)?..)?;
    if !footer.ends_with(&MAGIC) {
        return None;
    }
    let (_, width) = handle(footer)?;
    handle(footer.get(width..)?).map(|(index, _)| index)
}

/// A block and its entries; `what` names it where it cannot be had, and where it breaks.
fn opened<'a>(
    input: &'a [u8],
    at: Handle,
    (what, short): (&str, &str),
    told: &mut Told<'_, '_>,
) -> Option<(Block<'a>, Vec<Entry>)> {
    let read = match block(input, at) {
        Ok(read) => read,
        Err(why) => {
            told.loss("leveldb-block", at.offset, &format!("{what}: {why}"));
            return None;
        }
    };
    if !read.is_valid {
        told.loss("leveldb-crc", at.offset, "a block has another checksum than its bytes");
    }
    let (found, broken) = entries(&read.bytes);
    if let Some(place) = broken {
        told.loss("leveldb-block", at.offset, &format!("{short} breaks at byte {place} of it"));
    }
    Some((read, found))
}

fn of_block<'a>(
    input: &'a [u8],
    at: Handle,
    file: usize,
    (rows, told): (&mut Vec<Row<'a>>, &mut Told<'_, '_>),
) {
    let Some((read, found)) = opened(input, at, ("a block of a table", "a block"), told) else { return };
    for entry in found {
        let value = match &read.bytes {
            Cow::Borrowed(whole) => Cow::Borrowed(whole.get(entry.value.0..entry.value.1).unwrap_or(&[])),
            Cow::Owned(whole) => Cow::Owned(whole.get(entry.value.0..entry.value.1).unwrap_or(&[]).to_vec()),
        };
        let span = match read.bytes {
            Cow::Borrowed(_) => Span::between(
                at.offset.saturating_add(entry.value.0),
                at.offset.saturating_add(entry.value.1),
            ),
            // Inside a compressed block there is no place: the block is the place.
            Cow::Owned(_) => Span::between(at.offset, at.offset.saturating_add(at.length)),
        };
        match row(entry.key, value) {
            Some((key, sequence, kind, value)) => {
                rows.push(Row { file, kind, sequence, key, value, span, is_valid: read.is_valid });
            }
            None => {
                told.loss("leveldb-key", at.offset, "a key has no sequence number of a put or a deletion")
            }
        }
    }
}

type Parts<'a> = (Cow<'a, [u8]>, u64, Kind, Option<Cow<'a, [u8]>>);

/// Takes the sequence number and the kind off a key.
fn row<'a>(mut key: Vec<u8>, value: Cow<'a, [u8]>) -> Option<Parts<'a>> {
    let tail = u64::from_le_bytes(*key.last_chunk::<8>()?);
    key.truncate(key.len().checked_sub(8)?);
    let (sequence, key) = (tail >> 8, Cow::Owned(key));
    match tail & 0xff {
        1 => Some((key, sequence, Kind::Put, Some(value))),
        0 => Some((key, sequence, Kind::Delete, None)),
        _ => None,
    }
}
