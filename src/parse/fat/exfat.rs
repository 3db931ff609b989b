//! Folders of exFAT (specification, sections 6 and 7): sets of entries of 32 bytes.
//!
//! ```text
//! 85 file:   1 entries behind it │ 4 attributes u16 │ 12 modified u32 │ 21 its 10 ms │ 23 its zone
//! c0 stream: 1 flags (bit 1: no FAT) │ 3 units of the name │ 8 written u64 │ 20 first cluster u32 │ 24 size u64
//! c1 name:   2 fifteen units
//! ```

use super::{Entry, Written, directory::utf16, dos};

/// The files and folders of a folder.
pub(super) fn entries(bytes: &[u8]) -> Vec<Entry> {
    let (entries, _) = bytes.as_chunks::<32>();
    let mut found = Vec::new();
    let mut rest = entries;
    while let Some((first, behind)) = rest.split_first() {
        match first {
            [0, ..] => break,
            [0x85, count, ..] => {
                let (set, next) = behind.split_at_checked(usize::from(*count)).unwrap_or((behind, &[]));
                found.extend(file(first, set));
                rest = next;
            }
            _ => rest = behind,
        }
    }
    found
}

fn file(first: &[u8; 32], set: &[[u8; 32]]) -> Option<Entry> {
    let (stream, names) = set.split_first().filter(|(stream, _)| stream.first() == Some(&0xc0))?;
    let units = names.iter().filter(|entry| entry.first() == Some(&0xc1)).flat_map(|entry| {
        let units = entry.get(2..).unwrap_or_default().as_chunks::<2>().0;
        units.iter().map(|unit| u16::from_le_bytes(*unit))
    });
    let length = usize::from(*stream.get(3)?);
    let long = |at: usize| stream.get(at..)?.first_chunk::<8>().map(|bytes| u64::from_le_bytes(*bytes));
    let short = |at: usize| stream.get(at..)?.first_chunk::<4>().map(|bytes| u32::from_le_bytes(*bytes));
    let size = long(24)?;
    Some(Entry {
        name: utf16(units.take(length)),
        is_folder: first.get(4)? & 0x10 != 0,
        first: short(20)?,
        size,
        written_size: long(8)?.min(size),
        contiguous: stream.get(1)? & 2 != 0,
        written: written(first),
    })
}

/// The zone is in quarters of an hour, seven bits with a sign; the highest bit says that there is one.
fn written(first: &[u8; 32]) -> Written {
    let word = |at: usize| {
        let two = first.get(at..).and_then(|tail| tail.first_chunk::<2>());
        two.map_or(0, |two| u16::from_le_bytes(*two))
    };
    let zone = first.get(23).copied().unwrap_or_default();
    match dos(word(14), word(12)) {
        Written::Local(text) if zone & 0x80 != 0 => {
            let quarters = i32::from(zone & 0x7f);
            let quarters = if quarters > 63 { quarters.saturating_sub(128) } else { quarters };
            Written::Zoned(text, quarters.saturating_mul(15))
        }
        other => other,
    }
}
