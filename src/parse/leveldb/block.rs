//! Blocks of a table (`doc/table_format.md`, `table/block_builder.cc`).
//!
//! ```text
//! entry     varint bytes shared with the key before · varint further bytes · varint value bytes · further bytes · value
//! at end    u32 restart offsets …, u32 count of them
//! trailer   u8 compression (0 none, 1 snappy, 2 zstd) · u32 masked CRC-32C of block and compression
//! ```

use std::borrow::Cow;

use super::checksum;
use crate::parse::compressed::{self, Frame};
use crate::parse::varint::{size, varint};

const TRAILER: usize = 5;

/// Where a block lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Handle {
    pub(super) offset: usize,
    pub(super) length: usize,
}

/// Two varints; and the bytes that they take.
pub(super) fn handle(input: &[u8]) -> Option<(Handle, usize)> {
    let (offset, first) = size(input)?;
    let (length, second) = size(input.get(first..)?)?;
    Some((Handle { offset, length }, first.checked_add(second)?))
}

/// A block as it was before it was compressed.
pub(super) struct Block<'a> {
    pub(super) bytes: Cow<'a, [u8]>,
    pub(super) is_valid: bool,
}

/// Reads a block.
///
/// # Errors
/// In words, why not.
pub(super) fn block(input: &[u8], at: Handle) -> Result<Block<'_>, String> {
    let end = at.offset.checked_add(at.length);
    let stored = end.and_then(|end| input.get(at.offset..end)).ok_or("it does not lie in the file")?;
    let trailer = end.and_then(|end| input.get(end..end.checked_add(TRAILER)?)).ok_or("it has no trailer")?;
    let (kind, crc) = trailer.split_first().ok_or("it has no trailer")?;
    let crc = crc.first_chunk().map_or(0, |bytes| u32::from_le_bytes(*bytes));
    let is_valid = checksum::is_valid(crc, [stored, &[*kind]]);
    let unpack = |frame| compressed::bytes(frame, stored).map(Cow::Owned).map_err(|error| error.to_string());
    let bytes = match kind {
        0 => Cow::Borrowed(stored),
        1 => unpack(Frame::Snappy)?,
        2 => unpack(Frame::Zstd)?,
        other => return Err(format!("unknown compression {other}")),
    };
    Ok(Block { bytes, is_valid })
}

/// An entry of a block: its key, and where its value lies in the block.
pub(super) struct Entry {
    pub(super) key: Vec<u8>,
    pub(super) value: (usize, usize),
}

/// Keys that share their beginning are longer than the block: at most so many bytes for each of its own.
const EXPANSION: usize = 64;
const SPARE: usize = 1 << 20;

/// The entries of a block, and where in it the first lies that could not be read (or is one key too long).
pub(super) fn entries(block: &[u8]) -> (Vec<Entry>, Option<usize>) {
    let Some(end) = end_of_entries(block) else { return (Vec::new(), Some(0)) };
    let mut keys = block.len().saturating_mul(EXPANSION).saturating_add(SPARE);
    let (mut entries, mut at): (Vec<Entry>, usize) = (Vec::new(), 0);
    while at < end {
        let before = entries.last().map_or(Default::default(), |entry| entry.key.as_slice());
        let next = entry(block.get(..end).unwrap_or(block), at, before);
        let Some((next, left)) = next.and_then(|next| {
            let left = keys.checked_sub(next.key.len())?;
            Some((next, left))
        }) else {
            return (entries, Some(at));
        };
        (at, keys) = (next.value.1, left);
        entries.push(next);
    }
    (entries, None)
}

fn end_of_entries(block: &[u8]) -> Option<usize> {
    let (rest, count) = block.split_last_chunk::<4>()?;
    let restarts = usize::try_from(u32::from_le_bytes(*count)).ok()?.checked_mul(4)?;
    rest.len().checked_sub(restarts)
}

fn entry(block: &[u8], at: usize, before: &[u8]) -> Option<Entry> {
    let mut place = at;
    let mut number = || -> Option<usize> {
        let read = varint(block.get(place..)?)?;
        place = place.checked_add(read.length)?;
        usize::try_from(read.value).ok()
    };
    let (shared, further, value) = (number()?, number()?, number()?);
    let key_end = place.checked_add(further)?;
    let own = block.get(place..key_end)?;
    let value_end = key_end.checked_add(value).filter(|end| *end <= block.len())?;
    let key = [before.get(..shared)?, own].concat();
    Some(Entry { key, value: (key_end, value_end) })
}
