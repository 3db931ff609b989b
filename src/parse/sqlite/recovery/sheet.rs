//! What of a page image is spoken for, and what is left between.
//!
//! ```text
//! ┌────────┬──────────┬───────────────┬─ ─ ─ ─ ─ ─ ─ ─ ─ ─┬──────┬───────────┬──────┬──────────┐
//! │ header │ pointers │ stale ones    │ unallocated       │ cell │ freeblock │ cell │ reserved │
//! └────────┴──────────┴───────────────┴─ ─ ─ ─ ─ ─ ─ ─ ─ ─┴──────┴───────────┴──────┴──────────┘
//! ```

use super::super::cell::{row_cell, table_interior_cell};
use super::super::page::{BtreeHeader, Image, PageKind, btree_header};
use super::super::varint;
use super::search::Head;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

/// The smallest cell that SQLite makes.
const SMALLEST: usize = 4;

/// A page image taken apart as far as its own header leads.
pub(super) struct Sheet<'a> {
    pub image: Image<'a>,
    /// Nothing where the image is of no b-tree page.
    pub kind: Option<PageKind>,
    /// Where each cell lies that the pointer array leads to, by its start.
    pub cells: Vec<Range<usize>>,
    /// Bytes before this are header and pointers.
    pub array_end: usize,
    /// Bytes before this may be pointers to cells that were removed.
    pub stale_end: usize,
    chain: BTreeMap<usize, usize>,
    /// Where regions begin that are left out.
    left_out: BTreeSet<usize>,
    /// Cells that lost their head are looked for although the image has no header of a b-tree page.
    pub was_tree: bool,
}

impl<'a> Sheet<'a> {
    /// Takes a page image apart by its own header.
    pub(super) fn read(image: Image<'a>, usable: u32) -> Sheet<'a> {
        let start = image.header_offset();
        let header = btree_header(image.bytes.get(start..).unwrap_or(&[])).map(|(_, header)| header);
        match header {
            Ok(header) if is_plausible(&header, start, image.bytes.len()) => {
                Sheet::of(image, &header, usable)
            }
            _ => Sheet::blank(image, start),
        }
    }

    /// An image that is no b-tree page, of which the bytes before `end` are spoken for.
    pub(super) fn blank(image: Image<'a>, end: usize) -> Sheet<'a> {
        let (cells, chain) = (Vec::new(), BTreeMap::new());
        Sheet {
            image,
            kind: None,
            cells,
            array_end: end,
            stale_end: end,
            chain,
            left_out: BTreeSet::new(),
            was_tree: false,
        }
    }

    fn of(image: Image<'a>, header: &BtreeHeader, usable: u32) -> Sheet<'a> {
        let size = if header.kind.is_interior() { 12 } else { 8 };
        let array = image.header_offset().saturating_add(size);
        let array_end = array.saturating_add(usize::from(header.cell_count).saturating_mul(2));
        let pointers = image.bytes.get(array..array_end).unwrap_or(&[]).as_chunks::<2>().0;
        let offsets = pointers.iter().map(|pair| usize::from(u16::from_be_bytes(*pair)));
        let mut cells: Vec<Range<usize>> = offsets
            .filter(|offset| *offset >= array_end)
            .filter_map(|offset| Some(offset..cell_end(image.bytes, offset, header.kind, usable)?))
            .collect();
        cells.sort_by_key(|cell| (cell.start, cell.end));
        let stale_end = stale_end(image.bytes, array_end, header);
        let chain = freeblocks(image.bytes, header.first_freeblock, array_end);
        Sheet {
            image,
            kind: Some(header.kind),
            cells,
            array_end,
            stale_end,
            chain,
            left_out: BTreeSet::new(),
            was_tree: true,
        }
    }

    /// Runs of bytes that nothing claims and that are not all zero, in order.
    pub(super) fn regions(&self) -> Vec<Range<usize>> {
        let end = self.image.bytes.len();
        let mut regions = Vec::new();
        let mut at = self.array_end;
        for cell in self.cells.iter().cloned().chain(std::iter::once(end..end)) {
            if cell.start > at {
                regions.push(at..cell.start);
            }
            at = at.max(cell.end);
        }
        let bytes = self.image.bytes;
        let says_something = |region: &Range<usize>| {
            bytes.get(region.clone()).is_some_and(|bytes| bytes.iter().any(|byte| *byte != 0))
        };
        regions.retain(|region| {
            region.len() >= SMALLEST && !self.left_out.contains(&region.start) && says_something(region)
        });
        regions
    }

    /// Leaves out the regions that `known` knows.
    pub(super) fn leave_out(&mut self, mut known: impl FnMut(&Range<usize>, &[u8]) -> bool) {
        let bytes = self.image.bytes;
        let regions = self.regions();
        let out = regions.iter().filter(|region| known(region, bytes.get((*region).clone()).unwrap_or(&[])));
        self.left_out = out.map(|region| region.start).collect();
    }

    /// Where cells of a region may have begun whose first bytes are overwritten: the freeblocks of the chain, and bytes that look
    /// like the header of one that was taken out of it.
    pub(super) fn heads(&self, region: &Range<usize>) -> BTreeMap<usize, Head> {
        let mut heads = BTreeMap::new();
        let bytes = self.image.bytes;
        for start in region.start..region.end.saturating_sub(6) {
            let Some([next, size]) = pair(bytes, start) else { break };
            let leads_on =
                next == 0 || (next > start.saturating_add(3) && next.saturating_add(4) <= bytes.len());
            if leads_on && size >= 6 && size <= bytes.len().saturating_sub(start) {
                let among_pointers = start < self.stale_end;
                heads.insert(start, Head { size, chained: false, among_pointers });
            }
        }
        for (start, size) in self.chain.range(region.clone()) {
            heads.insert(*start, Head { size: *size, chained: true, among_pointers: false });
        }
        heads
    }

    /// Whether a byte lies in a freeblock of the page's chain.
    pub(super) fn in_freeblock(&self, at: usize) -> bool {
        let before = self.chain.range(..=at).next_back();
        before.is_some_and(|(start, size)| at < start.saturating_add(*size))
    }

    /// Whether a freeblock of the page's chain ends here.
    pub(super) fn ends_chain(&self, at: usize) -> bool {
        self.chain.range(..at).next_back().is_some_and(|(start, size)| start.saturating_add(*size) == at)
    }

    /// The lengths of the rowid varints that rows of this page can have, as bits: those of its cells, and of rowids as far beyond
    /// the smallest and the largest as they lie apart.
    pub(super) fn rowid_lengths(&self) -> u16 {
        if self.kind != Some(PageKind::TableLeaf) {
            return 0;
        }
        let cells = self.cells.iter().filter_map(|cell| {
            let bytes = self.image.bytes.get(cell.clone())?;
            super::super::cell::leaf_rowid(bytes).ok().map(|(_, rowid)| rowid)
        });
        let mut rowids: Vec<i64> = cells.collect();
        rowids.sort_unstable();
        let (Some(least), Some(most)) = (rowids.first().copied(), rowids.last().copied()) else { return 0 };
        if rowids.len() < 2 {
            return 0;
        }
        let reach = most.saturating_sub(least).max(64);
        let below = if least > 0 { least.saturating_sub(reach).max(1) } else { least.saturating_sub(reach) };
        let all = rowids.into_iter().chain([below, most.saturating_add(reach)]);
        all.fold(0, |bits, rowid| bits | length_bit(rowid))
    }
}

fn length_bit(rowid: i64) -> u16 {
    let length = u32::try_from(varint::length(rowid.cast_unsigned())).unwrap_or(9);
    1u16.checked_shl(length).unwrap_or(0)
}

fn pair(bytes: &[u8], at: usize) -> Option<[usize; 2]> {
    let [a, b, c, d] = *bytes.get(at..)?.first_chunk::<4>()?;
    Some([usize::from(u16::from_be_bytes([a, b])), usize::from(u16::from_be_bytes([c, d]))])
}

/// SQLite's own bounds on the header of a page (`btreeInitPage`), as far as they tell a page from other bytes.
fn is_plausible(header: &BtreeHeader, start: usize, length: usize) -> bool {
    let size = if header.kind.is_interior() { 12 } else { 8 };
    let array_end =
        start.saturating_add(size).saturating_add(usize::from(header.cell_count).saturating_mul(2));
    let content = if header.content_start == 0 { 65_536 } else { usize::from(header.content_start) };
    !matches!(header.kind, PageKind::Unknown(_))
        && array_end <= length
        && content <= length.max(512)
        && usize::from(header.first_freeblock) < length
        && header.fragmented <= 63
}

/// The end of a cell, if it lies on the page.
fn cell_end(bytes: &[u8], offset: usize, kind: PageKind, usable: u32) -> Option<usize> {
    let input = bytes.get(offset..)?;
    let length = match kind {
        PageKind::TableInterior => {
            let (rest, _) = table_interior_cell(input).ok()?;
            input.len().saturating_sub(rest.len())
        }
        _ => row_cell(input, kind, usable).ok()?.1.length,
    };
    let end = offset.checked_add(length.max(SMALLEST))?;
    (end <= bytes.len()).then_some(end)
}

/// Behind the pointer array the pointers of removed cells stay, one for each removal.
fn stale_end(bytes: &[u8], array_end: usize, header: &BtreeHeader) -> usize {
    let mut end = array_end;
    while let Some(pointer) = bytes.get(end..).and_then(|rest| rest.first_chunk::<2>()) {
        let value = usize::from(u16::from_be_bytes(*pointer));
        let is_pointer = value >= array_end && value.saturating_add(SMALLEST) <= bytes.len();
        let next = end.saturating_add(2);
        if !is_pointer || next > usize::from(header.content_start) {
            break;
        }
        end = next;
    }
    end
}

/// The chain of freeblocks: offset and size. Each lies behind the one before, which bounds the chain.
fn freeblocks(bytes: &[u8], first: u16, array_end: usize) -> BTreeMap<usize, usize> {
    let mut chain = BTreeMap::new();
    let mut at = usize::from(first);
    while at >= array_end {
        let Some([next, size]) = pair(bytes, at) else { break };
        if size < SMALLEST || size > bytes.len().saturating_sub(at) {
            break;
        }
        chain.insert(at, size);
        if next <= at {
            break;
        }
        at = next;
    }
    chain
}
