//! Overflow chains of rows that are gone: followed only over pages that nothing else claims.

use super::super::overflow::{Chain, Segment};
use super::super::page::Image;
use super::super::snapshot::Snapshot;
use super::super::spot::{narrow, root_of, wide};
use super::census::{Census, Use};
use super::search::Overflow;

/// The pages of a snapshot that rows of the live view do not use.
pub(super) struct FreePages<'s, 'a> {
    pub snapshot: &'s Snapshot<'a>,
    /// The live view, and what it uses.
    pub live: &'s Snapshot<'a>,
    pub census: &'s Census,
}

impl<'a> FreePages<'_, 'a> {
    /// The image of a page, if a dead row can still have it: no live tree or chain reads these bytes.
    fn image(&self, page: u32) -> Option<Image<'a>> {
        let image = self.snapshot.image(page, root_of(page)).ok()?;
        let is_free = matches!(self.census.of(page), Use::Free | Use::Nobody);
        let is_live = self
            .live
            .image(page, root_of(page))
            .is_ok_and(|live| (live.source, live.offset) == (image.source, image.offset));
        (is_free || !is_live).then_some(image)
    }
}

impl<'a> Overflow<'a> for FreePages<'_, 'a> {
    fn chain(&self, first: u32, left: u64) -> Option<Chain<'a>> {
        let mut chain = Chain::default();
        let (mut page, mut left) = (first, left);
        while left > 0 {
            let image = self.image(page)?;
            if chain.segments.iter().any(|segment| segment.page == page) {
                return None;
            }
            let (next, body) = image.bytes.split_first_chunk::<4>()?;
            let taken = body.get(..narrow(left).min(body.len()))?;
            let Image { source, offset, .. } = image;
            chain.segments.push(Segment { page, source, offset, bytes: taken });
            left = left.saturating_sub(wide(taken.len()));
            let next = u32::from_be_bytes(*next);
            // SQLite ends every chain with its payload.
            if (left == 0) != (next == 0) || taken.is_empty() {
                return None;
            }
            page = next;
        }
        Some(chain)
    }
}
