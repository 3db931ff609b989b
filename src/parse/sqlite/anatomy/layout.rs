//! Which bytes of a b-tree page are whose: cells by their pointers, freeblocks by their chain, and what is between them.
//!
//! Pointers and chains of a damaged page may lead into one another. What fits wins over what does not, the lower offset
//! over the higher; the loser is named and its bytes stay with the winner.

use super::super::super::Finding;
use super::super::cell::{self, row_cell};
use super::super::page::{BtreePage, Image, PageKind};
use super::part::big_endian;

/// What claims bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Claimant {
    Cell(usize),
    Freeblock,
}

/// Bytes of a page that a pointer or the freeblock chain names.
#[derive(Debug, Clone, Copy)]
pub(super) struct Claim {
    pub claimant: Claimant,
    pub start: usize,
    pub length: usize,
    /// False where the page ends before it does.
    whole: bool,
}

impl Claim {
    pub(super) fn end(&self) -> usize {
        self.start.saturating_add(self.length)
    }

    fn told(&self) -> String {
        match self.claimant {
            Claimant::Cell(index) => format!("cell {index} ({} to {})", self.start, self.end()),
            Claimant::Freeblock => format!("the freeblock at {} (to {})", self.start, self.end()),
        }
    }
}

/// The claims of a page, settled.
pub(super) struct Layout {
    /// In the order of their offsets, none over another.
    pub placed: Vec<Claim>,
    /// What another claim has the bytes of.
    pub overlapping: Vec<Claim>,
    pub findings: Vec<Finding>,
}

/// Settles the claims of a page whose pointer array ends at `array_end`.
pub(super) fn layout(page: &BtreePage<'_>, first_freeblock: u16, array_end: usize, usable: u32) -> Layout {
    let (mut claims, mut findings) = cells(page, usable);
    let blocks = freeblocks(&page.image, usize::from(first_freeblock), array_end);
    claims.extend(blocks.0);
    findings.extend(blocks.1);
    claims.sort_by_key(|claim| (!claim.whole, claim.start));
    let (mut placed, mut overlapping): (Vec<Claim>, Vec<Claim>) = (Vec::new(), Vec::new());
    for claim in claims {
        let index = placed.partition_point(|other| other.start < claim.start);
        let before = index.checked_sub(1).and_then(|index| placed.get(index));
        let over = before.filter(|other| other.end() > claim.start);
        let over = over.or(placed.get(index).filter(|other| other.start < claim.end()));
        match over {
            None => placed.insert(index, claim),
            Some(other) => {
                let message = format!("{} lies over {}", claim.told(), other.told());
                findings.push(page.image.spot(claim.start).note("sqlite-cell-overlap", message));
                overlapping.push(claim);
            }
        }
    }
    Layout { placed, overlapping, findings }
}

fn cells(page: &BtreePage<'_>, usable: u32) -> (Vec<Claim>, Vec<Finding>) {
    let (mut claims, mut findings) = (Vec::new(), Vec::new());
    for index in 0..page.cell_count() {
        match page.cell_offset(index) {
            Ok(start) => {
                let input = page.image.bytes.get(start..).unwrap_or(&[]);
                let (length, whole) = extent(input, page.kind, usable);
                if !whole {
                    let message = format!("cell {index} at {start} goes on behind the end of its page");
                    findings.push(page.image.spot(start).note("sqlite-cell-beyond-page", message));
                }
                claims.push(Claim { claimant: Claimant::Cell(index), start, length, whole });
            }
            Err(finding) => findings.push(finding),
        }
    }
    (claims, findings)
}

/// The bytes that a cell takes on its page, and whether they are all there.
fn extent(input: &[u8], kind: PageKind, usable: u32) -> (usize, bool) {
    if kind == PageKind::TableInterior {
        return match cell::table_interior_cell(input) {
            Ok((rest, _)) => (input.len().saturating_sub(rest.len()), true),
            Err(_) => (input.len(), false),
        };
    }
    match row_cell(input, kind, usable) {
        Ok((_, cell)) => {
            let whole = cell.local.len() == cell.local_length && (!cell.spills() || cell.overflow.is_some());
            (if whole { cell.length } else { input.len() }, whole)
        }
        Err(_) => (input.len(), false),
    }
}

/// The freeblock chain. Offsets must rise, so that it ends; what does not is said.
fn freeblocks(image: &Image<'_>, first: usize, array_end: usize) -> (Vec<Claim>, Vec<Finding>) {
    let (mut claims, mut findings): (Vec<Claim>, Vec<Finding>) = (Vec::new(), Vec::new());
    let mut next = first;
    let mut named_at = image.header_offset().saturating_add(1);
    while next != 0 {
        let least = claims.last().map_or(array_end, |last: &Claim| last.start.saturating_add(4));
        let head = image.bytes.get(next..).and_then(|bytes| bytes.get(..4)).filter(|_| next >= least);
        let Some(head) = head else {
            let message =
                format!("the freeblock chain leads to {next}, expected {least} or more on the page");
            findings.push(image.spot(named_at).note("sqlite-freeblock-chain", message));
            break;
        };
        let word = |range| usize::try_from(big_endian(head.get(range).unwrap_or(&[]))).unwrap_or(0);
        let (start, size) = (next, word(2..4));
        let left = image.bytes.len().saturating_sub(start);
        let whole = (4..=left).contains(&size);
        if !whole {
            let message = format!("the freeblock at {start} claims {size} bytes, expected 4 to {left}");
            findings.push(image.spot(start).note("sqlite-freeblock-size", message));
        }
        let length = if whole { size } else { 4 };
        claims.push(Claim { claimant: Claimant::Freeblock, start, length, whole });
        (named_at, next) = (start, word(0..2));
    }
    (claims, findings)
}
