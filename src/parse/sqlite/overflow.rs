//! Overflow pages (file format, section 1.6, "Cell Payload Overflow Pages"): the rest of a payload.
//!
//! ```text
//! ┌──────────────────┬───────────────────────────────┐
//! │ next page, u32   │ payload, usable size − 4      │──► the last page has next page 0 and may be partly used
//! └──────────────────┴───────────────────────────────┘
//! ```

use super::super::Finding;
use super::cell::Cell;
use super::page::Image;
use super::place::Source;
use super::snapshot::{Reached, Snapshot};
use super::spot::{Spot, narrow, wide};
use nom::number::complete::be_u32;
use std::collections::HashSet;

/// The part of a payload that one overflow page holds.
#[derive(Debug, Clone, Copy)]
pub(super) struct Segment<'a> {
    pub page: u32,
    pub source: Source,
    /// Of the page in its file.
    pub offset: u64,
    pub bytes: &'a [u8],
}

/// As much of an overflow chain as can be read.
#[derive(Debug, Clone, Default)]
pub(super) struct Chain<'a> {
    pub segments: Vec<Segment<'a>>,
    pub finding: Option<Finding>,
}

/// Follows the overflow chain of a cell at `spot`, at most to the end of its payload.
///
/// A page that another chain or tree of this walk has reached is read again, and said so; a page that this chain has
/// reached ends it. No walk reads more pages again than the database has.
pub(super) fn chain<'a>(
    snapshot: &Snapshot<'a>,
    cell: &Cell<'a>,
    spot: Spot,
    reached: &mut Reached,
) -> Chain<'a> {
    let left = cell.payload_length.saturating_sub(wide(cell.local_length));
    let mut follower = Follower { snapshot, spot, left, chain: Chain::default(), own: None };
    let mut next = cell.overflow;
    while follower.left > 0 {
        next = match next.map(|page| follower.step(page, reached)) {
            Some(Ok(next)) => Some(next),
            Some(Err(finding)) => return follower.ended(Some(finding)),
            None => return follower.ended(None),
        };
    }
    follower.chain
}

struct Follower<'s, 'a> {
    snapshot: &'s Snapshot<'a>,
    spot: Spot,
    left: u64,
    chain: Chain<'a>,
    /// The pages of this chain, kept only once it meets a page that was reached before.
    own: Option<HashSet<u32>>,
}

impl<'a> Follower<'_, 'a> {
    fn step(&mut self, page: u32, reached: &mut Reached) -> Result<u32, Finding> {
        let image = self.snapshot.image(page, self.spot)?;
        if !reached.insert(page) {
            self.repeated(page, reached)?;
        }
        if self.own.as_mut().is_some_and(|own| !own.insert(page)) {
            let message = format!("an overflow chain leads back to its page {page}");
            return Err(self.spot.loss("sqlite-overflow-loop", message));
        }
        self.take(image)
    }

    fn take(&mut self, image: Image<'a>) -> Result<u32, Finding> {
        let Image { number: page, source, offset, bytes } = image;
        let Ok((body, next)) = be_u32::<_, super::super::Broken<'_>>(bytes) else {
            let message = format!("overflow page {page} has {} bytes, expected 4 or more", bytes.len());
            return Err(image.spot(0).loss("sqlite-page-cut", message));
        };
        let whole = narrow(u64::from(self.snapshot.geometry.usable)).saturating_sub(4);
        let wanted = narrow(self.left).min(whole);
        let bytes = body.get(..wanted).unwrap_or(body);
        self.chain.segments.push(Segment { page, source, offset, bytes });
        if bytes.len() < wanted {
            let message =
                format!("overflow page {page} ends with its file: {} of {wanted} bytes", bytes.len());
            return Err(image.spot(0).loss("sqlite-page-cut", message));
        }
        self.left = self.left.saturating_sub(wide(wanted));
        self.spot = image.spot(0);
        Ok(next)
    }

    fn repeated(&mut self, page: u32, reached: &mut Reached) -> Result<(), Finding> {
        let message = format!("overflow page {page} is reached a second time");
        if reached.repeat() > self.snapshot.pages {
            return Err(self.spot.loss("sqlite-overflow-repeated", message));
        }
        let pages = self.chain.segments.iter().map(|segment| segment.page);
        self.own.get_or_insert_with(|| pages.collect());
        self.chain.finding.get_or_insert(self.spot.note("sqlite-overflow-repeated", message));
        Ok(())
    }

    fn ended(mut self, finding: Option<Finding>) -> Chain<'a> {
        let message = || format!("the payload's last {} bytes cannot be reached", self.left);
        let spot = self.spot;
        let finding = finding.unwrap_or_else(|| spot.loss("sqlite-overflow-cut", message()));
        self.chain.finding = Some(finding);
        self.chain
    }
}
