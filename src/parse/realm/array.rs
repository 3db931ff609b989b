//! The node that everything is made of: eight bytes of header and elements of one width.
//!
//! ```text
//! 0 checksum, never kept │ 4 flags: inner, refs, context, width type (2 bits), width (3 bits) │ 5 number of elements, big-endian │ 8 elements
//! ```
//!
//! Elements of 1, 2 and 4 bits are unsigned, the first in the lowest bits; wider ones signed and little-endian. Source: realm-core,
//! `node_header.hpp`, `array_direct.hpp`.

use super::super::{Error, Parsed, Span};
use nom::Parser as _;
use nom::bytes::complete::take;
use nom::combinator::map_opt;
use nom::error::context;
use nom::number::complete::{be_u24, u8};

/// Bytes of the header of a node.
pub(super) const NODE: usize = 8;

/// An element of an array of refs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Entry {
    /// Nothing.
    Null,
    /// Another array.
    Ref(u64),
    /// A number that is stored in the place of a ref.
    Tagged(i64),
}

/// One node.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Array<'a> {
    /// Bytes from the start of the file to its header: its ref.
    pub offset: u64,
    /// It is an inner node of a B+tree or of a cluster tree.
    pub is_inner: bool,
    /// Its elements are refs or tagged numbers.
    pub has_refs: bool,
    /// Its elements are blocks of bytes: strings, not numbers.
    pub is_multiplied: bool,
    /// Its elements are the bytes of one blob.
    pub is_blob: bool,
    /// The context flag, whose meaning depends on what the array is.
    pub has_context: bool,
    /// Bits of an element, or bytes where the width type says so.
    pub width: u8,
    /// Number of elements.
    pub size: usize,
    /// The bytes of the elements.
    pub payload: &'a [u8],
}

/// One node at `input`, which begins at `offset`.
pub(super) fn array(input: &[u8], offset: u64) -> Parsed<'_, Array<'_>> {
    let (input, _) = context("checksum of a node", take(4_usize)).parse(input)?;
    let (input, flags) = context("flags of a node", u8).parse(input)?;
    let (input, size) =
        context("size of a node", map_opt(be_u24, |size| usize::try_from(size).ok())).parse(input)?;
    let width = [0, 1, 2, 4, 8, 16, 32, 64].get(usize::from(flags & 7)).copied().unwrap_or(0);
    let length = match (flags >> 3) & 3 {
        0 => size.saturating_mul(usize::from(width)).div_ceil(8),
        1 => size.saturating_mul(usize::from(width)),
        2 => size,
        // Packed layouts were never released.
        _ => usize::MAX,
    };
    let (input, payload) = context("elements of a node", take(length)).parse(input)?;
    let (is_inner, has_refs, has_context) = (flags & 0x80 != 0, flags & 0x40 != 0, flags & 0x20 != 0);
    Ok((
        input,
        Array {
            offset,
            is_inner,
            has_refs,
            is_multiplied: (flags >> 3) & 3 == 1,
            is_blob: (flags >> 3) & 3 == 2,
            has_context,
            width,
            size,
            payload,
        },
    ))
}

impl<'a> Array<'a> {
    /// An element as a signed number.
    pub fn integer(&self, index: usize) -> Option<i64> {
        match self.width {
            16 => self.chunk(index).map(|bytes| i16::from_le_bytes(bytes).into()),
            32 => self.chunk(index).map(|bytes| i32::from_le_bytes(bytes).into()),
            64 => self.chunk(index).map(i64::from_le_bytes),
            8 => self.chunk(index).map(|bytes| i8::from_le_bytes(bytes).into()),
            _ => self.bits(index),
        }
    }

    /// An element as an unsigned number: keys of clusters and offsets of B+trees are stored so.
    pub fn unsigned(&self, index: usize) -> Option<u64> {
        match self.width {
            16 => self.chunk(index).map(|bytes| u16::from_le_bytes(bytes).into()),
            32 => self.chunk(index).map(|bytes| u32::from_le_bytes(bytes).into()),
            64 => self.chunk(index).map(u64::from_le_bytes),
            8 => self.chunk(index).map(|[byte]: [u8; 1]| byte.into()),
            _ => self.bits(index).and_then(|bits| u64::try_from(bits).ok()),
        }
    }

    fn bits(&self, index: usize) -> Option<i64> {
        if index >= self.size {
            return None;
        }
        let mask = match self.width {
            0 => return Some(0),
            1 => 1,
            2 => 3,
            _ => 15,
        };
        let bit = index.checked_mul(self.width.into())?;
        let shift = u32::try_from(bit & 7).ok()?;
        Some(i64::from(self.payload.get(bit >> 3)?.checked_shr(shift)? & mask))
    }

    /// The bytes of element `index`, where each has `N`.
    pub fn chunk<const N: usize>(&self, index: usize) -> Option<[u8; N]> {
        let start = index.checked_mul(N)?;
        self.payload.get(start..)?.first_chunk().copied()
    }

    /// An element of an array of refs.
    pub fn entry(&self, index: usize) -> Option<Entry> {
        let value = self.integer(index)?;
        Some(match value {
            0 => Entry::Null,
            _ if value & 1 == 1 => Entry::Tagged(value >> 1),
            // A negative ref leads out of every file.
            _ => Entry::Ref(u64::try_from(value).unwrap_or(u64::MAX)),
        })
    }

    /// The ref at `index`; `None` for nothing and for a number.
    pub fn reference(&self, index: usize) -> Option<u64> {
        match self.entry(index)? {
            Entry::Ref(reference) => Some(reference),
            Entry::Null | Entry::Tagged(_) => None,
        }
    }

    /// The tagged number at `index`.
    pub fn tagged(&self, index: usize) -> Option<i64> {
        match self.entry(index)? {
            Entry::Tagged(number) => Some(number),
            Entry::Null | Entry::Ref(_) => None,
        }
    }

    /// Where the whole array lies.
    pub fn span(&self) -> Span {
        Span { offset: self.offset, length: length(self.payload.len().saturating_add(NODE)) }
    }

    /// Where a part of its elements lies, `start` bytes into them.
    pub fn part(&self, start: usize, bytes: usize) -> Span {
        let offset = self.offset.saturating_add(length(NODE)).saturating_add(length(start));
        Span { offset, length: length(bytes) }
    }

    /// Where element `index` lies, where elements have a width in bits. Those of less than a byte have the byte that they lie in; those
    /// of no width the header, which alone says what they are.
    pub fn element(&self, index: usize) -> Span {
        let width = usize::from(self.width);
        match width {
            0 => Span { offset: self.offset, length: length(NODE) },
            1..=7 => self.part(index.saturating_mul(width) >> 3, 1),
            _ => self.part(index.saturating_mul(width >> 3), width >> 3),
        }
    }

    /// What does not fit in this array.
    pub fn broken(&self, what: &str, expected: &str, found: impl std::fmt::Display) -> Error {
        Error::Unexpected {
            offset: self.offset,
            what: what.to_owned(),
            expected: expected.to_owned(),
            found: found.to_string(),
        }
    }

    /// An element that the array must have.
    pub fn needs(&self, index: usize, what: &str) -> Result<Entry, Error> {
        self.entry(index)
            .ok_or_else(|| self.broken(what, "one more element", format!("{} elements", self.size)))
    }
}

fn length(bytes: usize) -> u64 {
    u64::try_from(bytes).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(flags: u8, size: u8, payload: &[u8]) -> Vec<u8> {
        [b"AAAA", &[flags, 0, 0, size], payload].concat()
    }

    #[test]
    fn narrow_elements_are_unsigned_from_the_lowest_bit_and_wide_ones_signed() {
        let bits = of(1, 3, &[0b101]);
        let (_, array) = super::array(&bits, 0).unwrap();
        assert_eq!([0, 1, 2].map(|index| array.integer(index)), [Some(1), Some(0), Some(1)]);
        assert_eq!(array.integer(3), None);
        let bytes = of(4, 2, &[0xff, 0x7f]);
        let (_, array) = super::array(&bytes, 0).unwrap();
        assert_eq!((array.integer(0), array.unsigned(0), array.integer(1)), (Some(-1), Some(255), Some(127)));
    }

    #[test]
    fn a_ref_is_even_and_a_number_odd() {
        let refs = of(0x44, 3, &[0, 8, 7]);
        let (_, array) = super::array(&refs, 0).unwrap();
        assert_eq!(array.entry(0), Some(Entry::Null));
        assert_eq!(array.reference(1), Some(8));
        assert_eq!(array.tagged(2), Some(3));
    }

    #[test]
    fn a_size_that_is_not_there_is_not_believed() {
        let cut = of(7, 2, &[0; 15]);
        assert!(super::array(&cut, 0).is_err());
        let packed = of(0x18, 0, &[]);
        assert!(super::array(&packed, 0).is_err());
    }
}
