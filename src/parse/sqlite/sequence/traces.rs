//! What VACUUM, secure_delete and auto_vacuum leave of removed rows: free space that is empty of them.
//!
//! ```text
//! removed, nothing else   freeblocks and freelist pages that still hold cells
//! secure_delete           freeblocks (and, but for FAST, freelist pages) of zeros
//! VACUUM                  no freeblock, no fragment, no freelist, the pages of each table in one ascending stretch
//! auto_vacuum             the freelist is cut off at each commit: pages move into its place
//! ```

use super::super::super::Finding;
use super::super::page::BtreePage;
use super::super::snapshot::Snapshot;
use super::super::spot::{Spot, wide};
use super::freelist::{Freelist, word};
use super::space::Space;

/// Least leaves of tables with missing rowids before their order says something.
const LEAST_LEAVES: u64 = 3;
/// Least bytes of freeblocks before zeros in them say something: fewer may be values of zero.
const LEAST_BODY: u64 = 64;
/// Least share of their leaves, in percent, that such tables fill: VACUUM writes one row behind the other.
const LEAST_FILL: u64 = 60;

/// In which order the leaves of a table stand in the file.
#[derive(Debug, Clone, Copy)]
pub(super) struct Stretch {
    pub first: u32,
    pub last: u32,
    pub leaves: u64,
    pub ascending: bool,
    /// Usable bytes of the leaves, and those of them that are free.
    pub bytes: u64,
    pub free: u64,
    /// Rowids are missing in the table.
    pub with_gaps: bool,
}

impl Stretch {
    pub(super) fn new() -> Stretch {
        Stretch { first: 0, last: 0, leaves: 0, ascending: true, bytes: 0, free: 0, with_gaps: false }
    }

    /// Adds the next leaf in key order.
    pub(super) fn add(&mut self, page: &BtreePage<'_>, free: u64) {
        let number = page.image.number;
        if self.leaves == 0 {
            self.first = number;
        }
        self.ascending &= self.last < number;
        self.last = number;
        self.bytes = self.bytes.saturating_add(wide(page.image.bytes.len()));
        self.free = self.free.saturating_add(free);
        self.leaves = self.leaves.saturating_add(1);
    }
}

/// What was looked at.
pub(super) struct Looked<'s> {
    pub space: &'s Space,
    pub freelist: &'s Freelist,
    /// Per table.
    pub stretches: &'s [Stretch],
    /// Rowids that are missing, over all tables.
    pub missing: u64,
    /// The root pages of the tables ascend.
    pub roots_ascend: bool,
}

/// The observations.
pub(super) fn findings(looked: &Looked<'_>, root: Spot) -> Vec<Finding> {
    let found = [vacuum(looked, root), secure_delete(looked, root)];
    found.into_iter().flatten().collect()
}

fn vacuum(looked: &Looked<'_>, root: Spot) -> Option<Finding> {
    let Looked { space, freelist, missing, .. } = looked;
    let sum = |of: fn(&Stretch) -> u64| {
        let with_gaps = looked.stretches.iter().filter(|stretch| stretch.with_gaps);
        with_gaps.fold(0u64, |sum, stretch| sum.saturating_add(of(stretch)))
    };
    let (leaves, bytes) = (sum(|stretch| stretch.leaves), sum(|stretch| stretch.bytes));
    let used = bytes.saturating_sub(sum(|stretch| stretch.free));
    let full = used.saturating_mul(100).checked_div(bytes).unwrap_or(0);
    let untouched = space.freeblocks == 0 && space.fragmented == 0 && freelist.pages() == 0;
    if leaves < LEAST_LEAVES || full < LEAST_FILL || !untouched || !in_order(looked) {
        return None;
    }
    let message = format!(
        "{missing} rowids are missing, and no removed row left its place: the {} pages of the tables have no freeblock and no fragment, the \
         freelist is empty, the leaves of each table stand in one ascending stretch, and those of \
         the tables concerned ({leaves}) are {full} % full. That is \
         consistent with VACUUM after rows were removed, and with rows that were never there",
        space.pages
    );
    Some(root.note("sqlite-vacuum-trace", message))
}

/// Whether the leaves of each table ascend and no two tables lie among each other.
fn in_order(looked: &Looked<'_>) -> bool {
    let mut stretches: Vec<&Stretch> = looked.stretches.iter().filter(|stretch| stretch.leaves > 1).collect();
    stretches.sort_by_key(|stretch| stretch.first);
    let apart = stretches.windows(2).all(|pair| match pair {
        [one, two] => one.last < two.first,
        _ => true,
    });
    looked.roots_ascend && apart && stretches.iter().all(|stretch| stretch.ascending)
}

fn secure_delete(looked: &Looked<'_>, root: Spot) -> Option<Finding> {
    let Looked { space, freelist, .. } = looked;
    let leaves = freelist.leaves;
    let blocks_zero = space.body_bytes >= LEAST_BODY && space.body_written == 0;
    let leaves_zero = leaves > 0 && freelist.zeroed == leaves;
    let against = space.body_written > 0 || (!blocks_zero && leaves > 0 && !leaves_zero);
    if against || !(blocks_zero || leaves_zero) {
        return None;
    }
    let message = format!(
        "freed space holds zeros: {} bytes of {} freeblocks behind their heads, {} of {leaves} leaves of the freelist; between cell pointers \
         and cells {} of {} bytes are not zero. That is consistent with PRAGMA secure_delete (many builds of SQLite have it on{}): what was \
         removed is overwritten",
        space.body_bytes,
        space.freeblocks,
        freelist.zeroed,
        space.gap_written,
        space.gap_bytes,
        if leaves > 0 && !leaves_zero { "; FAST, which leaves freelist pages" } else { "" }
    );
    Some(space.first_freeblock.unwrap_or(root).note("sqlite-secure-delete-trace", message))
}

/// Whether pages leave the freelist by themselves.
pub(super) fn auto_vacuum(snapshot: &Snapshot<'_>, root: Spot) -> Option<Finding> {
    if !snapshot.geometry.auto_vacuum {
        return None;
    }
    let image = snapshot.image(1, root).ok()?;
    let message = match word(image.bytes, 64) {
        Some(0) => {
            "auto_vacuum is full: pages that rows were removed from are filled with others and cut off at each commit, so that they are \
             not on the freelist"
        }
        _ => "auto_vacuum is incremental: pages of the freelist are cut off when the app asks for it",
    };
    Some(
        Spot { offset: root.offset.saturating_add(52), ..root }
            .note("sqlite-auto-vacuum", message.to_owned()),
    )
}
