//! A payload and its overflow chain, of which any range can be had without joining it.

use super::super::cell::Cell;
use super::super::overflow::{self, Chain};
use super::super::page::Image;
use super::super::snapshot::{Reached, Snapshot};
use super::super::spot::{narrow, wide};

/// The payload of one cell.
pub(super) struct Payload<'a> {
    /// On the cell's own page.
    pub local: &'a [u8],
    /// As claimed, overflow included.
    pub length: u64,
    pub chain: Chain<'a>,
}

impl<'a> Payload<'a> {
    /// Follows the chain of a cell that begins at `within`.
    pub(super) fn of(
        snapshot: &Snapshot<'a>,
        image: &Image<'a>,
        within: usize,
        cell: &Cell<'a>,
    ) -> Payload<'a> {
        let whole = cell.local.len() == cell.local_length && cell.spills();
        let follow = || overflow::chain(snapshot, cell, image.spot(within), &mut Reached::default());
        let chain = if whole { follow() } else { Chain::default() };
        Payload { local: cell.local, length: cell.payload_length, chain }
    }

    /// At most `most` bytes from `start` on; fewer where the payload or what can be reached of it ends.
    pub(super) fn range(&self, start: u64, most: usize) -> Vec<u8> {
        let end = start.saturating_add(wide(most));
        let mut found = Vec::new();
        let mut offset = 0u64;
        let parts = std::iter::once(self.local).chain(self.chain.segments.iter().map(|part| part.bytes));
        for part in parts {
            if offset >= end {
                break;
            }
            let from = narrow(start.saturating_sub(offset)).min(part.len());
            let to = narrow(end.saturating_sub(offset)).min(part.len());
            found.extend_from_slice(part.get(from..to).unwrap_or(&[]));
            offset = offset.saturating_add(wide(part.len()));
        }
        found
    }
}
