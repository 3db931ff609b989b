//! A page as a tree of named byte ranges, of which the leaves cover every byte once.
//!
//! ```text
//! page ─► b-tree header ─► kind, first freeblock, cell count, …
//!      ├► cell pointer array ─► pointer 0, pointer 1, …
//!      ├► unallocated ─► stale pointer, …, rest
//!      ├► cell 1 ─► payload length, rowid, record header ─► …, column, column, overflow page
//!      └► freeblock, fragment, reserved bytes
//! ```

use super::super::super::Finding;
use super::super::place::Source;
use super::super::spot::wide;

/// What a byte range is, where a reader has to tell it from the others without its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PartKind {
    /// A page.
    Page,
    /// A structure that is made of its parts.
    Structure,
    /// One field of a structure.
    Field,
    /// Bytes of a payload on this page: record header, column value, or what lies behind the record.
    Payload,
    /// The cell pointer array.
    PointerArray,
    /// Two bytes behind the pointer array that still look like a pointer.
    StalePointer,
    /// The gap between pointer array and cell content, or what a freelist trunk does not use.
    Unallocated,
    /// A cell that a pointer leads to.
    Cell,
    /// A block of the freeblock chain.
    Freeblock,
    /// One to three bytes between cells, too few for a freeblock.
    Fragment,
    /// Four or more bytes between cells that neither pointer nor freeblock chain accounts for.
    Unclaimed,
    /// Bytes at the end of each page that the database header reserves.
    Reserved,
    /// Bytes that no structure explains.
    Unknown,
}

/// A named byte range. Its parts lie in order and cover it without holes; a range without parts is a leaf.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// What it is.
    pub kind: PartKind,
    /// Bytes from the start of its file.
    pub offset: u64,
    /// Bytes. A column that takes none (NULL, 0, 1, an empty text) is a leaf of length 0 where its value would stand.
    pub length: u64,
    /// The specification's name of it, or the name of a column. May hold text from evidence.
    pub name: String,
    /// What its bytes say. May hold text from evidence.
    pub meaning: String,
    /// What it is made of.
    pub parts: Vec<Part>,
}

impl Part {
    /// A leaf at a position on its page.
    pub(super) fn leaf(
        kind: PartKind,
        (start, length): (usize, usize),
        name: impl Into<String>,
        meaning: impl Into<String>,
    ) -> Part {
        let (name, meaning) = (name.into(), meaning.into());
        Part { kind, offset: wide(start), length: wide(length), name, meaning, parts: Vec::new() }
    }

    /// A range from `start` to the end of the last of its parts.
    pub(super) fn group(
        kind: PartKind,
        start: usize,
        parts: Vec<Part>,
        name: impl Into<String>,
        meaning: impl Into<String>,
    ) -> Part {
        let offset = wide(start);
        let length = parts.last().map_or(0, |last| last.end().saturating_sub(offset));
        Part { kind, offset, length, name: name.into(), meaning: meaning.into(), parts }
    }

    /// The offset behind its last byte.
    pub fn end(&self) -> u64 {
        self.offset.saturating_add(self.length)
    }

    /// Whether the byte at this offset is one of its bytes.
    pub fn holds(&self, offset: u64) -> bool {
        (self.offset..self.end()).contains(&offset)
    }

    /// The parts that hold a byte, from this one down to the leaf; empty where it holds it not.
    pub fn path_to(&self, offset: u64) -> Vec<&Part> {
        let mut path = Vec::new();
        let mut next = Some(self).filter(|part| part.holds(offset));
        while let Some(part) = next {
            path.push(part);
            next = part.parts.iter().find(|part| part.holds(offset));
        }
        path
    }

    /// The leaves in order.
    pub fn leaves(&self) -> Vec<&Part> {
        let (mut found, mut open) = (Vec::new(), vec![self]);
        while let Some(part) = open.pop() {
            if part.parts.is_empty() {
                found.push(part);
            }
            open.extend(part.parts.iter().rev());
        }
        found
    }

    /// Positions on a page become offsets in its file.
    pub(super) fn moved(mut self, base: u64) -> Part {
        self.offset = self.offset.saturating_add(base);
        self.parts = self.parts.into_iter().map(|part| part.moved(base)).collect();
        self
    }
}

/// A piece of a file taken apart: a page, a frame of the WAL, a record of the journal, or one of their headers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Anatomy {
    /// The file that it lies in.
    pub source: Source,
    /// The page that it is or holds.
    pub page: Option<u32>,
    /// Its bytes, to the last one.
    pub root: Part,
    /// Cells and freeblocks that claim bytes which another part has: of a damaged page. The first few.
    pub overlapping: Vec<Part>,
    /// What does not fit, each with its place.
    pub findings: Vec<Finding>,
}

/// Reads fields of fixed size one behind the other. Where the bytes end inside one, it is as long as what is left.
pub(super) struct FieldReader<'b> {
    bytes: &'b [u8],
    at: usize,
    parts: Vec<Part>,
}

impl<'b> FieldReader<'b> {
    /// `bytes` is the page, `at` where the first field begins.
    pub(super) fn new(bytes: &'b [u8], at: usize) -> FieldReader<'b> {
        FieldReader { bytes, at, parts: Vec::new() }
    }

    /// A big-endian number of up to eight bytes.
    pub(super) fn number(&mut self, name: &str, size: usize, meaning: impl FnOnce(u64) -> String) {
        self.bytes(name, size, |bytes| meaning(big_endian(bytes)));
    }

    pub(super) fn bytes(&mut self, name: &str, size: usize, meaning: impl FnOnce(&[u8]) -> String) {
        let left = self.bytes.get(self.at..).unwrap_or(&[]);
        let field = left.get(..size).unwrap_or(left);
        if field.is_empty() {
            return;
        }
        let meaning = match field.len() == size {
            true => meaning(field),
            false => format!("cut: {} of {size} bytes", field.len()),
        };
        self.parts.push(Part::leaf(PartKind::Field, (self.at, field.len()), name, meaning));
        self.at = self.at.saturating_add(field.len());
    }

    pub(super) fn position(&self) -> usize {
        self.at
    }

    pub(super) fn done(self) -> Vec<Part> {
        self.parts
    }
}

/// The number that up to eight bytes make, high byte first.
pub(super) fn big_endian(bytes: &[u8]) -> u64 {
    bytes.iter().take(8).fold(0, |value, byte| value << 8 | u64::from(*byte))
}
