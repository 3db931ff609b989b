//! Cells of b-tree pages (file format, section 1.6, "B-tree Cell Format").
//!
//! ```text
//! table leaf      payload length │ rowid │ local payload │ overflow page u32, where the payload is longer
//! table interior  left child u32 │ rowid
//! index leaf      payload length │ local payload │ overflow page u32
//! index interior  left child u32 │ payload length │ local payload │ overflow page u32
//! ```

use super::super::Parsed;
use super::page::PageKind;
use super::spot::narrow;
use super::varint;
use nom::Parser;
use nom::error::context;
use nom::number::complete::be_u32;
use nom::sequence::preceded;

/// A cell that holds a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Cell<'a> {
    /// Of a table leaf.
    pub rowid: Option<i64>,
    /// The whole payload, overflow included, as claimed.
    pub payload_length: u64,
    /// The payload on this page; shorter than `local_length` where the page ends first.
    pub local: &'a [u8],
    /// What the format puts on this page.
    pub local_length: usize,
    /// Where the rest of the payload begins.
    pub overflow: Option<u32>,
    /// What the cell takes on its page.
    pub length: usize,
}

impl Cell<'_> {
    pub(super) fn spills(&self) -> bool {
        self.payload_length > u64::try_from(self.local_length).unwrap_or(u64::MAX)
    }
}

/// The payload bytes that stay on the page; the format's X, M and K.
pub(super) fn local_length(payload: u64, kind: PageKind, usable: u32) -> usize {
    let usable = u64::from(usable);
    let share = |fraction: u64| {
        usable.saturating_sub(12).saturating_mul(fraction).wrapping_div(255).saturating_sub(23)
    };
    let most = if kind == PageKind::TableLeaf { usable.saturating_sub(35) } else { share(64) };
    if payload <= most {
        return narrow(payload);
    }
    let least = share(32);
    let last_page = payload.saturating_sub(least).checked_rem(usable.saturating_sub(4)).unwrap_or(0);
    let fitting = least.saturating_add(last_page);
    narrow(if fitting <= most { fitting } else { least })
}

/// Reads a cell that holds a row: of a table leaf, an index leaf or an index interior page. `input` goes from the
/// start of the cell to the end of the usable page.
pub(super) fn row_cell(input: &[u8], kind: PageKind, usable: u32) -> Parsed<'_, Cell<'_>> {
    let begin = input;
    let input = if kind == PageKind::IndexInterior { left_child(input)?.0 } else { input };
    let (input, payload_length) = context("cell, payload length", varint::varint).parse(input)?;
    let (input, rowid) = if kind == PageKind::TableLeaf {
        let (input, rowid) = context("cell, rowid", varint::rowid).parse(input)?;
        (input, Some(rowid))
    } else {
        (input, None)
    };
    let local_length = local_length(payload_length, kind, usable);
    let (local, rest) = input.split_at_checked(local_length).unwrap_or((input, &[]));
    let mut cell = Cell { rowid, payload_length, local, local_length, overflow: None, length: 0 };
    let mut end = rest;
    if cell.spills()
        && local.len() == local_length
        && let Ok((rest, page)) = overflow_page(rest)
    {
        (end, cell.overflow) = (rest, Some(page));
    }
    cell.length = begin.len().saturating_sub(end.len()).max(4).min(begin.len());
    Ok((end, cell))
}

/// The left child that an interior cell begins with.
pub(super) fn left_child(input: &[u8]) -> Parsed<'_, u32> {
    context("interior cell, left child", be_u32).parse(input)
}

/// A cell of a table interior page: its child holds the rowids up to and including this one.
pub(super) fn table_interior_cell(input: &[u8]) -> Parsed<'_, (u32, i64)> {
    (left_child, context("interior cell, rowid", varint::rowid)).parse(input)
}

/// The rowid of a table leaf cell, without its payload.
pub(super) fn leaf_rowid(input: &[u8]) -> Parsed<'_, i64> {
    preceded(varint::varint, context("cell, rowid", varint::rowid)).parse(input)
}

fn overflow_page(input: &[u8]) -> Parsed<'_, u32> {
    context("cell, overflow page", be_u32).parse(input)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_local_length_follows_the_format() {
        // page size 512: X = 512 - 35 = 477, M = (512 - 12) * 32 / 255 - 23 = 39, K = 39 + (P - 39) mod 508
        for (payload, local) in [(477, 477), (478, 39), (547, 39), (548, 40), (985, 477), (986, 39)] {
            assert_eq!(local_length(payload, PageKind::TableLeaf, 512), local, "{payload}");
        }
        // index: X = (500*64/255)-23 = 102
        assert_eq!(local_length(102, PageKind::IndexLeaf, 512), 102);
        assert_eq!(local_length(103, PageKind::IndexInterior, 512), 39);
    }

    #[test]
    fn a_table_leaf_cell_has_a_rowid_and_takes_at_least_four_bytes() {
        let cell = row_cell(&[2, 0x81, 0x00, 2, 8, 9], PageKind::TableLeaf, 512).unwrap().1;
        assert_eq!((cell.rowid, cell.local, cell.length), (Some(128), &[2, 8][..], 5));
        let cell = row_cell(&[1, 5, 1, 0, 0], PageKind::TableLeaf, 512).unwrap().1;
        assert_eq!((cell.rowid, cell.local, cell.length), (Some(5), &[1][..], 4));
    }

    #[test]
    fn an_index_interior_cell_begins_with_its_child() {
        let cell = row_cell(&[0, 0, 0, 7, 2, 2, 9], PageKind::IndexInterior, 512).unwrap().1;
        assert_eq!((cell.rowid, cell.local, cell.length), (None, &[2, 9][..], 7));
    }

    #[test]
    fn a_long_payload_ends_with_the_number_of_its_overflow_page() {
        let mut bytes = vec![0x84, 0x05, 1];
        bytes.resize(3 + 39, 0xaa);
        bytes.extend_from_slice(&[0, 0, 0, 6, 0xff]);
        let cell = row_cell(&bytes, PageKind::TableLeaf, 512).unwrap().1;
        assert_eq!((cell.payload_length, cell.local.len(), cell.overflow), (517, 39, Some(6)));
        assert_eq!(cell.length, 3 + 39 + 4);
        let cell = row_cell(&bytes[..45], PageKind::TableLeaf, 512).unwrap().1;
        assert_eq!((cell.overflow, cell.length), (None, 42));
    }

    #[test]
    fn a_payload_that_the_page_cuts_is_read_up_to_there() {
        let cell = row_cell(&[9, 1, 2, 8], PageKind::TableLeaf, 512).unwrap().1;
        assert_eq!((cell.local, cell.local_length, cell.length), (&[2, 8][..], 9, 4));
    }

    #[test]
    fn a_cell_without_its_varints_is_refused() {
        assert!(row_cell(&[], PageKind::TableLeaf, 512).is_err());
        assert!(row_cell(&[2, 0x81], PageKind::TableLeaf, 512).is_err());
        assert!(table_interior_cell(&[0, 0, 0, 1]).is_err());
    }
}
