//! The first 24 bytes, and the footer of a file that was written in one stream.
//!
//! ```text
//! 0  top ref, slot 0 │ 8  top ref, slot 1 │ 16 "T-DB" │ 20 format, slot 0 │ 21 format, slot 1 │ 22 0 │ 23 flags
//! ```
//!
//! Bit 0 of the flags chooses the slot of the last commit; the other slot is the commit before it. A streamed file has ones in slot 0
//! and its top ref in the last 16 bytes. Source: realm-core, `alloc_slab.hpp` (`Header`, `StreamingFooter`).

use super::super::{Error, Parsed, error::small_hex, located};
use nom::Parser as _;
use nom::bytes::complete::tag;
use nom::error::context;
use nom::number::complete::{le_u64, u8};

/// What stands at byte 16 of every Realm file.
pub const MARK: &[u8] = b"T-DB";

/// Bytes of the header.
pub(super) const HEADER: usize = 24;

/// The magic of a streamed file's footer (`StreamingFooter`).
const FOOTER: u64 = 0x3034_1252_37E5_26C8;

/// One of the two commits that a file can name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Slot {
    /// Where its group begins, in bytes from the start of the file; 0 of a file without tables.
    pub top_ref: u64,
    /// Its file format.
    pub format: u8,
}

/// What the header of a file says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Header {
    /// The two slots as they are stored.
    pub slots: [Slot; 2],
    /// Flags as they are stored.
    pub flags: u8,
    /// The file was written in one stream and not since: its group stands in a footer, and it has no commit before.
    pub is_streamed: bool,
    /// The last commit.
    pub current: Slot,
    /// The commit before, where the file names one.
    pub previous: Option<Slot>,
}

/// Whether the bytes are those of a Realm file that is not encrypted.
#[must_use]
pub fn is_realm(bytes: &[u8]) -> bool {
    bytes.get(16..20) == Some(MARK)
}

/// Reads the header, and the footer where there is one.
///
/// # Errors
/// [`Error::WrongKind`] where the mark is missing, [`Error::Short`] or [`Error::Unexpected`] where header or footer do not fit.
pub fn header(bytes: &[u8]) -> Result<Header, Error> {
    if !is_realm(bytes) {
        return Err(Error::WrongKind { expected: "a Realm file", found: small_hex(bytes) });
    }
    let (_, (slots, flags)) = located(bytes, 0, fixed(bytes))?;
    let [first, second] = slots;
    let is_second = flags & 1 == 1;
    let is_streamed = !is_second && first.top_ref == u64::MAX;
    if is_streamed {
        let start = bytes.len().saturating_sub(16).max(HEADER);
        let rest = bytes.get(start..).unwrap_or(&[]);
        let base = u64::try_from(start).unwrap_or(u64::MAX);
        let (_, top_ref) = located(rest, base, footer(rest))?;
        let current = Slot { top_ref, format: first.format };
        return Ok(Header { slots, flags, is_streamed, current, previous: None });
    }
    let (current, other) = if is_second { (second, first) } else { (first, second) };
    let is_commit = other.top_ref != 0 && other.top_ref != u64::MAX && other.top_ref != current.top_ref;
    // The byte of the other slot is not always written; a group of before an upgrade is read by its own shape.
    let format = if other.format == 0 { current.format } else { other.format };
    let previous = is_commit.then_some(Slot { format, ..other });
    Ok(Header { slots, flags, is_streamed, current, previous })
}

fn fixed(input: &[u8]) -> Parsed<'_, ([Slot; 2], u8)> {
    let (input, first) = context("top ref of slot 0", le_u64).parse(input)?;
    let (input, second) = context("top ref of slot 1", le_u64).parse(input)?;
    let (input, _) = context("mark", tag(MARK)).parse(input)?;
    let (input, format) = context("format of slot 0", u8).parse(input)?;
    let (input, other_format) = context("format of slot 1", u8).parse(input)?;
    let (input, _) = context("reserved byte", u8).parse(input)?;
    let (input, flags) = context("flags", u8).parse(input)?;
    let slots = [Slot { top_ref: first, format }, Slot { top_ref: second, format: other_format }];
    Ok((input, (slots, flags)))
}

fn footer(input: &[u8]) -> Parsed<'_, u64> {
    let (input, top_ref) = context("footer, top ref", le_u64).parse(input)?;
    let (input, _) = context("footer, magic", tag(&FOOTER.to_le_bytes()[..])).parse(input)?;
    Ok((input, top_ref))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes(first: u64, second: u64, rest: [u8; 4]) -> Vec<u8> {
        [&first.to_le_bytes()[..], &second.to_le_bytes(), MARK, &rest].concat()
    }

    #[test]
    fn the_flag_chooses_the_slot_and_the_other_is_the_commit_before() {
        let header = header(&bytes(0x100, 0x200, [9, 10, 0, 1])).unwrap();
        assert_eq!(header.current, Slot { top_ref: 0x200, format: 10 });
        assert_eq!(header.previous, Some(Slot { top_ref: 0x100, format: 9 }));
    }

    #[test]
    fn a_streamed_file_has_its_top_in_the_footer_and_no_commit_before() {
        let mut file = bytes(u64::MAX, 0, [22, 0, 0, 0]);
        file.extend([&0x18_u64.to_le_bytes()[..], &FOOTER.to_le_bytes()].concat());
        let read = header(&file).unwrap();
        assert!(read.is_streamed);
        assert_eq!((read.current.top_ref, read.previous), (0x18, None));
        file.pop();
        assert!(header(&file).is_err());
    }

    #[test]
    fn a_header_that_is_cut_is_not_believed() {
        let file = bytes(0, 0, [9, 9, 0, 0]);
        assert!(header(&file).is_ok());
        (0..file.len()).for_each(|length| assert!(header(&file[..length]).is_err(), "{length}"));
    }
}
