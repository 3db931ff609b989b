//! A b-tree page (file format, section 1.6).
//!
//! ```text
//! ┌────────────┬──────────────────┬─────────────────┬──────────────────────┬──────────┐
//! │ header     │ cell pointers    │ unallocated     │ cells and freeblocks │ reserved │
//! │ 8 or 12 B  │ u16 × cell count │                 │                      │          │
//! └────────────┴──────────────────┴─────────────────┴──────────────────────┴──────────┘
//!   page 1: the header begins at 100, the pointers still count from the start of the page
//! ```

use super::super::{Finding, Parsed};
use super::place::Source;
use super::spot::{Spot, wide};
use nom::Parser;
use nom::error::context;
use nom::number::complete::{be_u16, be_u32, u8};

/// The usable bytes of one page as they stand in one of the files.
#[derive(Debug, Clone, Copy)]
pub(super) struct Image<'a> {
    pub number: u32,
    /// Shorter than the usable size where the file ends inside the page.
    pub bytes: &'a [u8],
    pub source: Source,
    /// Of the first byte of the page in its file.
    pub offset: u64,
}

impl Image<'_> {
    /// The place of a byte of the page.
    pub(super) fn spot(&self, within: usize) -> Spot {
        Spot::new(self.source, self.offset.saturating_add(wide(within))).on_page(self.number)
    }

    /// Where the b-tree header begins.
    pub(super) fn header_offset(&self) -> usize {
        if self.number == 1 { 100 } else { 0 }
    }
}

/// The first byte of a b-tree page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum PageKind {
    IndexInterior,
    TableInterior,
    IndexLeaf,
    TableLeaf,
    Unknown(u8),
}

impl PageKind {
    pub(super) fn of(byte: u8) -> PageKind {
        match byte {
            0x02 => PageKind::IndexInterior,
            0x05 => PageKind::TableInterior,
            0x0a => PageKind::IndexLeaf,
            0x0d => PageKind::TableLeaf,
            other => PageKind::Unknown(other),
        }
    }

    pub(super) fn is_interior(self) -> bool {
        matches!(self, PageKind::IndexInterior | PageKind::TableInterior)
    }
}

/// Which of the two b-tree structures holds the rows: 0x0D/0x05 pages or, for WITHOUT ROWID, 0x0A/0x02 pages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TreeKind {
    Table,
    Index,
}

impl TreeKind {
    pub(super) fn holds(self, kind: PageKind) -> bool {
        match self {
            TreeKind::Table => matches!(kind, PageKind::TableInterior | PageKind::TableLeaf),
            TreeKind::Index => matches!(kind, PageKind::IndexInterior | PageKind::IndexLeaf),
        }
    }
}

/// The header of a b-tree page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct BtreeHeader {
    pub kind: PageKind,
    pub first_freeblock: u16,
    pub cell_count: u16,
    /// As stored: 0 stands for 65,536.
    pub content_start: u16,
    pub fragmented: u8,
    /// The right-most child of an interior page.
    pub right_child: Option<u32>,
}

/// Reads the header of a b-tree page. A kind that is none is a value, not an error.
pub(super) fn btree_header(input: &[u8]) -> Parsed<'_, BtreeHeader> {
    let (input, kind) = context("page header, kind", u8).parse(input)?;
    let kind = PageKind::of(kind);
    let (input, (first_freeblock, cell_count, content_start, fragmented)) =
        context("page header", (be_u16, be_u16, be_u16, u8)).parse(input)?;
    let (input, right_child) = if kind.is_interior() {
        let (input, child) = context("page header, right-most child", be_u32).parse(input)?;
        (input, Some(child))
    } else {
        (input, None)
    };
    Ok((input, BtreeHeader { kind, first_freeblock, cell_count, content_start, fragmented, right_child }))
}

/// A b-tree page with its cell pointer array.
#[derive(Debug, Clone, Copy)]
pub(super) struct BtreePage<'a> {
    pub image: Image<'a>,
    pub kind: PageKind,
    pub right_child: Option<u32>,
    pointers: &'a [[u8; 2]],
    /// The end of the pointer array: no cell begins before it.
    array_end: usize,
}

impl<'a> BtreePage<'a> {
    /// Reads a page that the tree leads to, and what is odd in its header.
    ///
    /// # Errors
    /// Where the page is of no kind that this tree has, or its header is cut.
    pub(super) fn read(
        image: Image<'a>,
        tree: TreeKind,
    ) -> Result<(BtreePage<'a>, Option<Finding>), Finding> {
        let start = image.header_offset();
        let bytes = image.bytes.get(start..).unwrap_or(&[]);
        let Ok((rest, header)) = btree_header(bytes) else {
            let message = format!("page {} ends inside its header: {} bytes left", image.number, bytes.len());
            return Err(image.spot(start).loss("sqlite-page-cut", message));
        };
        if !tree.holds(header.kind) {
            let message = format!("page {} of a {tree:?} b-tree is of kind {:?}", image.number, header.kind);
            return Err(image.spot(start).loss("sqlite-page-kind", message));
        }
        let array_start = image.bytes.len().saturating_sub(rest.len());
        let (count, odd) = cell_count(&image, &header, array_start);
        let pairs = rest.as_chunks::<2>().0;
        let pointers = pairs.get(..count).unwrap_or(pairs);
        let array_end = array_start.saturating_add(pointers.len().saturating_mul(2));
        let BtreeHeader { kind, right_child, .. } = header;
        Ok((BtreePage { image, kind, right_child, pointers, array_end }, odd))
    }

    pub(super) fn cell_count(&self) -> usize {
        self.pointers.len()
    }

    /// The offset on the page of a cell, which SQLite gives at least four bytes between pointer array and page end.
    ///
    /// # Errors
    /// Where the pointer leads elsewhere.
    pub(super) fn cell_offset(&self, index: usize) -> Result<usize, Finding> {
        let offset = self.pointers.get(index).map_or(0, |pointer| usize::from(u16::from_be_bytes(*pointer)));
        if offset >= self.array_end && offset.saturating_add(4) <= self.image.bytes.len() {
            return Ok(offset);
        }
        let size = self.image.bytes.len();
        let message = format!(
            "cell pointer {index} of page {} is {offset}, expected {} to {}",
            self.image.number,
            self.array_end,
            size.saturating_sub(4)
        );
        let within =
            self.array_end.saturating_sub(self.pointers.len().saturating_sub(index).saturating_mul(2));
        Err(self.image.spot(within).loss("sqlite-cell-pointer-out-of-page", message))
    }

    /// Whether a cell of this page begins at this offset.
    pub(super) fn has_cell_at(&self, offset: usize) -> bool {
        self.pointers.iter().any(|pointer| usize::from(u16::from_be_bytes(*pointer)) == offset)
    }
}

/// The number of cells that can be there. No cell takes less than six bytes with its pointer, so a greater claim is
/// false, and pointers are believed only up to the start of the cell content.
fn cell_count(image: &Image<'_>, header: &BtreeHeader, array_start: usize) -> (usize, Option<Finding>) {
    let claimed = usize::from(header.cell_count);
    let room = image.bytes.len().saturating_sub(array_start);
    if claimed <= room / 6 {
        return (claimed, None);
    }
    let content = usize::from(header.content_start).saturating_sub(array_start);
    let believed = claimed.min(content.min(room) / 2);
    let message = format!(
        "page {} claims {claimed} cells, at most {} fit: {believed} pointers are read",
        image.number,
        room / 6
    );
    let spot = image.spot(image.header_offset().saturating_add(3));
    (believed, Some(spot.loss("sqlite-cell-count", message)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn image(bytes: &[u8]) -> Image<'_> {
        Image { number: 2, bytes, source: Source::Main, offset: 512 }
    }

    fn leaf(count: u8, pointers: &[u8]) -> Vec<u8> {
        let mut bytes = vec![0x0d, 0, 0, 0, count, 0, 40, 0];
        bytes.extend_from_slice(pointers);
        bytes.resize(64, 0);
        bytes
    }

    #[test]
    fn a_leaf_yields_the_offsets_of_its_cells() {
        let bytes = leaf(2, &[0, 60, 0, 40]);
        let (page, odd) = BtreePage::read(image(&bytes), TreeKind::Table).unwrap();
        assert_eq!((page.cell_offset(0), page.cell_offset(1)), (Ok(60), Ok(40)));
        assert!(page.has_cell_at(40) && !page.has_cell_at(44));
        assert_eq!(odd, None);
    }

    #[test]
    fn the_first_offset_that_no_longer_fits_is_a_finding_at_the_pointer() {
        let bytes = leaf(3, &[0, 61, 0, 13, 0, 14]);
        let (page, _) = BtreePage::read(image(&bytes), TreeKind::Table).unwrap();
        assert_eq!(page.cell_offset(0).unwrap_err().offset, Some(512 + 8));
        assert_eq!(page.cell_offset(1).unwrap_err().offset, Some(512 + 10));
        assert_eq!(page.cell_offset(2), Ok(14));
    }

    #[test]
    fn an_impossible_cell_count_is_cut_at_the_cell_content() {
        let bytes = leaf(10, &[0, 60]);
        let (page, odd) = BtreePage::read(image(&bytes), TreeKind::Table).unwrap();
        assert_eq!(page.cell_count(), 10);
        assert_eq!(odd.unwrap().code, "sqlite-cell-count");
        let bytes = leaf(200, &[0, 60]);
        assert_eq!(BtreePage::read(image(&bytes), TreeKind::Table).unwrap().0.cell_count(), 16);
    }

    #[test]
    fn a_page_of_another_kind_and_a_cut_header_are_findings() {
        let bytes = leaf(0, &[]);
        let wrong = BtreePage::read(image(&bytes), TreeKind::Index).unwrap_err();
        assert_eq!((wrong.code, wrong.page, wrong.offset), ("sqlite-page-kind", Some(2), Some(512)));
        let cut = BtreePage::read(image(&bytes[..7]), TreeKind::Table).unwrap_err();
        assert_eq!(cut.code, "sqlite-page-cut");
    }

    #[test]
    fn an_interior_page_has_a_right_most_child() {
        let bytes = [5, 0, 0, 0, 0, 0, 12, 0, 0, 0, 0, 9];
        assert_eq!(btree_header(&bytes).unwrap().1.right_child, Some(9));
        assert!(btree_header(&bytes[..11]).is_err());
    }
}
