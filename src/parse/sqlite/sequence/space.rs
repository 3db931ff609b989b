//! The free space of b-tree pages: what removed cells leave, or do not leave (file format, section 1.6).
//!
//! ```text
//! header │ cell pointers │ gap … │ cell │ freeblock: next u16, size u16, body │ cell │ …
//! ```

use super::super::page::{BtreePage, btree_header};
use super::super::spot::{Spot, wide};

/// Free bytes over many pages.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Space {
    pub pages: u64,
    pub freeblocks: u64,
    /// Bytes of freeblocks behind their heads of four bytes.
    pub body_bytes: u64,
    /// Of these, not zero.
    pub body_written: u64,
    /// Bytes between cell pointers and cells.
    pub gap_bytes: u64,
    /// Of these, not zero.
    pub gap_written: u64,
    /// Bytes in fragments of less than four.
    pub fragmented: u64,
    pub first_freeblock: Option<Spot>,
}

impl Space {
    /// Adds a page.
    pub(super) fn add(&mut self, page: &BtreePage<'_>) {
        let bytes = page.image.bytes;
        let start = page.image.header_offset();
        let Ok((rest, header)) = btree_header(bytes.get(start..).unwrap_or(&[])) else { return };
        self.pages = self.pages.saturating_add(1);
        self.fragmented = self.fragmented.saturating_add(u64::from(header.fragmented));
        let pointers = page.cell_count().saturating_mul(2);
        let array_end = bytes.len().saturating_sub(rest.len()).saturating_add(pointers);
        let content = if header.content_start == 0 { 65_536 } else { usize::from(header.content_start) };
        let gap = bytes.get(array_end..content.min(bytes.len())).unwrap_or(&[]);
        self.gap_bytes = self.gap_bytes.saturating_add(wide(gap.len()));
        self.gap_written = self.gap_written.saturating_add(written(gap));
        self.freeblocks(page, usize::from(header.first_freeblock));
    }

    /// Follows the chain, whose blocks stand in ascending order.
    fn freeblocks(&mut self, page: &BtreePage<'_>, first: usize) {
        let mut at = first;
        while at != 0 {
            let Some([next_high, next_low, size_high, size_low]) =
                page.image.bytes.get(at..).and_then(|rest| rest.first_chunk::<4>())
            else {
                return;
            };
            let next = usize::from(u16::from_be_bytes([*next_high, *next_low]));
            let size = usize::from(u16::from_be_bytes([*size_high, *size_low]));
            let body = page.image.bytes.get(at.saturating_add(4)..at.saturating_add(size)).unwrap_or(&[]);
            self.freeblocks = self.freeblocks.saturating_add(1);
            self.body_bytes = self.body_bytes.saturating_add(wide(body.len()));
            self.body_written = self.body_written.saturating_add(written(body));
            self.first_freeblock.get_or_insert(page.image.spot(at));
            if next <= at {
                return;
            }
            at = next;
        }
    }

    /// Free bytes of all kinds.
    pub(super) fn free(&self) -> u64 {
        let blocks = self.body_bytes.saturating_add(self.freeblocks.saturating_mul(4));
        self.gap_bytes.saturating_add(blocks).saturating_add(self.fragmented)
    }
}

/// Bytes that are not zero.
fn written(bytes: &[u8]) -> u64 {
    wide(bytes.iter().filter(|byte| **byte != 0).count())
}
