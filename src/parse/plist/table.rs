//! Where the objects of a binary property list stand: by its offset table, or found one behind the other.
//!
//! ```text
//! offset table    0C  0D  11  13 …       object 0 at 0x0C, object 1 at 0x0D, …
//! rebuilt         object 0 at 0x08, object 1 where object 0 ends, …
//! ```
//!
//! Apple's writers store objects in the order of their numbers, so that a file whose end is gone (a download that
//! broke off, a carved file) still gives its tree up to the break. The size of its references is the one with which
//! the reading from object to object comes furthest.

use super::object::object;
use super::trailer::MAGIC;
use crate::parse::Error;
use crate::parse::tree::place;

/// Where each object of the file stands.
#[derive(Debug)]
pub(super) struct ObjectTable<'a> {
    /// The whole file.
    pub input: &'a [u8],
    /// Bytes of a reference from a container to an object.
    pub reference_size: usize,
    /// The object that all others hang from.
    pub top_object: u64,
    /// Where objects end at the latest.
    pub end: usize,
    /// The places themselves.
    pub offsets: Offsets<'a>,
}

/// The places of the objects.
#[derive(Debug)]
pub(super) enum Offsets<'a> {
    /// As the file's table gives them.
    Table {
        /// Where the table stands.
        start: usize,
        /// Its bytes.
        entries: &'a [u8],
        /// Bytes of one offset.
        entry_size: usize,
    },
    /// As they were found.
    Rebuilt(Vec<usize>),
}

impl<'a> ObjectTable<'a> {
    /// Finds the objects one behind the other; nothing where not even the first is one.
    pub fn rebuilt(input: &'a [u8]) -> Option<Self> {
        let walks = [1, 2, 4].map(|reference_size| (reference_size, walk(input, reference_size)));
        let (reference_size, (offsets, _)) =
            walks.into_iter().rev().max_by_key(|(_, (_, reached))| *reached)?;
        (!offsets.is_empty()).then_some(ObjectTable {
            input,
            reference_size,
            top_object: 0,
            end: input.len(),
            offsets: Offsets::Rebuilt(offsets),
        })
    }

    /// How many objects have a place.
    pub fn count(&self) -> usize {
        match &self.offsets {
            Offsets::Table { entries, entry_size, .. } => entries.len().checked_div(*entry_size).unwrap_or(0),
            Offsets::Rebuilt(offsets) => offsets.len(),
        }
    }

    /// The place of an object, and its bytes with all that follows them up to the table or the trailer.
    pub fn object(&self, reference: u64) -> Result<(usize, &'a [u8]), Error> {
        let index = usize::try_from(reference).unwrap_or(usize::MAX);
        let missing = |found: String| Error::Unexpected {
            offset: place(self.entry(index).min(self.input.len())),
            what: format!("bplist offset table, object {reference}"),
            expected: format!("one of {} objects, inside the file", self.count()),
            found,
        };
        let offset = self.offset(index).ok_or_else(|| missing("no offset for it".to_owned()))?;
        let start = usize::try_from(offset).ok().filter(|start| (MAGIC.len()..self.end).contains(start));
        let start = start.ok_or_else(|| missing(format!("the offset {offset:#x}")))?;
        let end = match self.offsets {
            Offsets::Table { start: table, .. } if start < table => table,
            _ => self.end,
        };
        Ok((start, self.input.get(start..end).unwrap_or(&[])))
    }

    fn offset(&self, index: usize) -> Option<u64> {
        match &self.offsets {
            Offsets::Table { entries, entry_size, .. } => {
                let start = index.checked_mul(*entry_size)?;
                unsigned(entries.get(start..start.checked_add(*entry_size)?)?)
            }
            Offsets::Rebuilt(offsets) => offsets.get(index).copied().map(place),
        }
    }

    /// Where the offset of an object is written.
    fn entry(&self, index: usize) -> usize {
        match &self.offsets {
            Offsets::Table { start, entry_size, .. } => {
                start.saturating_add(index.saturating_mul(*entry_size))
            }
            Offsets::Rebuilt(_) => self.end,
        }
    }
}

/// The places of the objects from the first on, and how far they reach.
fn walk(input: &[u8], reference_size: usize) -> (Vec<usize>, usize) {
    let mut offsets = Vec::new();
    let mut rest = input.get(MAGIC.len()..).unwrap_or(&[]);
    while let Ok((behind, _)) = object(rest, reference_size) {
        offsets.push(input.len().saturating_sub(rest.len()));
        rest = behind;
    }
    (offsets, input.len().saturating_sub(rest.len()))
}

/// A big-endian unsigned integer of any number of bytes; `None` where it needs more than 64 bits.
pub(super) fn unsigned(bytes: &[u8]) -> Option<u64> {
    let (high, low) = bytes.split_at_checked(bytes.len().saturating_sub(8))?;
    let fits = high.iter().all(|&byte| byte == 0);
    fits.then(|| low.iter().fold(0_u64, |value, &byte| value << 8 | u64::from(byte)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use hex_literal::hex;

    #[test]
    fn objects_are_found_one_behind_the_other() {
        // An array of two references of two bytes, "k", 7, and half of a date.
        let input = hex!("62706C6973743030 A2 0001 0002 51 6B 10 07 33 41C5");
        let table = ObjectTable::rebuilt(&input).unwrap();
        assert_eq!((table.reference_size, table.count()), (2, 3));
        assert_eq!(table.object(2).unwrap(), (15, &input[15..]));
        assert!(table.object(3).is_err());
    }

    #[test]
    fn a_file_without_an_object_cannot_be_rebuilt() {
        assert!(ObjectTable::rebuilt(&hex!("62706C6973743030 7F")).is_none());
        assert!(ObjectTable::rebuilt(&hex!("62706C6973743030")).is_none());
    }

    #[test]
    fn an_integer_wider_than_64_bits_is_none_unless_its_high_bytes_are_zero() {
        assert_eq!(unsigned(&hex!("00 00 0000000000000102")), Some(0x102));
        assert_eq!(unsigned(&hex!("01 0000000000000000")), None);
        assert_eq!(unsigned(&hex!("FFFFFFFFFFFFFFFF")), Some(u64::MAX));
    }
}
