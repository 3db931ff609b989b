//! Folders of FAT (FAT 1.03, sections 6 and 7): entries of 32 bytes, a long name in those in front of its short one.
//!
//! ```text
//! short: name 8, extension 3 │ 11 attributes │ 12 case │ 20 cluster, high │ 22 time, date │ 26 cluster, low │ 28 size
//! long:  order │ five units │ 0f │ 13 checksum of the short name │ six units │ 28 two units
//! ```

use super::{Entry, dos};
use crate::parse::zip::cp437;

const LONG: u8 = 0x0f;
const LABEL: u8 = 0x08;
const FOLDER: u8 = 0x10;

/// The files and folders of a folder; `.`, `..`, labels and what was deleted are passed over.
pub(super) fn entries(bytes: &[u8]) -> Vec<Entry> {
    let mut found = Vec::new();
    let mut long: Vec<(u8, Vec<u16>)> = Vec::new();
    for entry in bytes.as_chunks::<32>().0 {
        match *entry {
            [0, ..] => break,
            [0xe5, ..] | [b'.', ..] => long.clear(),
            [_, _, _, _, _, _, _, _, _, _, _, LONG, ..] => long.push(piece(entry)),
            [_, _, _, _, _, _, _, _, _, _, _, attributes, ..] if attributes & LABEL != 0 => long.clear(),
            _ => found.push(short(entry, std::mem::take(&mut long))),
        }
    }
    found
}

/// Thirteen units of a long name, and the checksum of the short name that they belong to.
fn piece(entry: &[u8; 32]) -> (u8, Vec<u16>) {
    let parts = [1..11, 14..26, 28..32].map(|range| entry.get(range).unwrap_or_default());
    let units = parts.concat().as_chunks::<2>().0.iter().map(|unit| u16::from_le_bytes(*unit)).collect();
    (entry.get(13).copied().unwrap_or_default(), units)
}

fn short(entry: &[u8; 32], long: Vec<(u8, Vec<u16>)>) -> Entry {
    let word = |at: usize| {
        let two = entry.get(at..).and_then(|tail| tail.first_chunk::<2>());
        two.map_or(0, |two| u16::from_le_bytes(*two))
    };
    let base = entry.get(..11).unwrap_or_default();
    let sum = base.iter().fold(0_u8, |sum, byte| sum.rotate_right(1).wrapping_add(*byte));
    let belongs = !long.is_empty() && long.iter().all(|(claimed, _)| *claimed == sum);
    let attributes = entry.get(11).copied().unwrap_or_default();
    let name =
        if belongs { long_name(&long) } else { short_name(base, entry.get(12).copied().unwrap_or_default()) };
    let size = u64::from(word(28)) | (u64::from(word(30)) << 16);
    Entry {
        name,
        is_folder: attributes & FOLDER != 0,
        first: u32::from(word(26)) | (u32::from(word(20)) << 16),
        size,
        written_size: size,
        contiguous: false,
        written: dos(word(24), word(22)),
    }
}

/// The last piece stands first.
fn long_name(pieces: &[(u8, Vec<u16>)]) -> String {
    utf16(pieces.iter().rev().flat_map(|(_, units)| units).copied().take_while(|unit| *unit != 0))
}

/// What is no character is written as its number.
pub(super) fn utf16(units: impl Iterator<Item = u16>) -> String {
    let read = char::decode_utf16(units);
    read.map(|read| {
        read.map_or_else(|error| format!("\\u{{{:x}}}", error.unpaired_surrogate()), String::from)
    })
    .collect()
}

/// `NAME.EXT`; Windows NT notes in the case byte what of it was small.
fn short_name(base: &[u8], case: u8) -> String {
    let (name, extension) = base.split_at_checked(8).unwrap_or((base, &[]));
    let mut name = name.trim_ascii_end().to_vec();
    if name.first() == Some(&5) {
        name.splice(..1, [0xe5]);
    }
    let read = |bytes: &[u8], is_small: bool| {
        let text = cp437(bytes);
        if is_small { text.to_lowercase() } else { text }
    };
    let name = read(&name, case & 8 != 0);
    let extension = read(extension.trim_ascii_end(), case & 16 != 0);
    if extension.is_empty() { name } else { format!("{name}.{extension}") }
}
