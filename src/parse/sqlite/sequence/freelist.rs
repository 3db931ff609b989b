//! The freelist: pages that hold nothing of the database any more (file format, section 1.5).
//!
//! ```text
//! header: first trunk @32, pages @36          trunk: next trunk u32 │ leaves u32 │ leaf page u32 …          leaf: anything
//! ```
//!
//! A leaf is not written when its page is freed, so that it shows what stood there before, unless `secure_delete` zeroed it.

use super::super::super::Finding;
use super::super::header::FileHeader;
use super::super::page::{BtreePage, Image, PageKind, TreeKind};
use super::super::snapshot::{Reached, Snapshot};
use super::super::spot::{Spot, narrow, wide};

/// What the chain of trunks leads to.
#[derive(Debug, Default)]
pub(super) struct Freelist {
    pub trunks: u64,
    pub leaves: u64,
    /// Leaves of zeros. The rest of a trunk is no sign: it may have been an empty page.
    pub zeroed: u64,
    /// Trunks with bytes other than zero behind their lists.
    pub written_trunks: u64,
    /// Leaves that are b-tree pages with cells still.
    pub with_cells: u64,
    /// Cells of them.
    pub cells: u64,
    /// Pages that a tree of the live view has too.
    pub in_use: u64,
    /// Why the chain ends before its end.
    pub broken: Option<(Spot, String)>,
}

impl Freelist {
    pub(super) fn pages(&self) -> u64 {
        self.trunks.saturating_add(self.leaves)
    }

    /// Follows the chain; each page counts once.
    pub(super) fn read(snapshot: &Snapshot<'_>, first: u32, root: Spot, live: &Reached) -> Freelist {
        let mut list = Freelist::default();
        let mut seen = Reached::default();
        let (mut number, mut from) = (first, Spot { offset: root.offset.saturating_add(32), ..root });
        while number != 0 && list.broken.is_none() {
            let image = match snapshot.image(number, from) {
                Ok(image) if seen.insert(number) => image,
                Ok(_) => {
                    list.broken = Some((from, format!("trunk page {number} comes a second time")));
                    break;
                }
                Err(_) => {
                    list.broken = Some((from, format!("a trunk page is {number}, which cannot be one")));
                    break;
                }
            };
            list.in_use = list.in_use.saturating_add(u64::from(live.contains(number)));
            list.trunk(snapshot, &image, &mut seen, live);
            (number, from) = (word(image.bytes, 0).unwrap_or(0), image.spot(0));
        }
        list
    }

    fn trunk(&mut self, snapshot: &Snapshot<'_>, image: &Image<'_>, seen: &mut Reached, live: &Reached) {
        let count = narrow(u64::from(word(image.bytes, 4).unwrap_or(0)));
        let entries = image.bytes.get(8..).unwrap_or(&[]).as_chunks::<4>().0;
        if count > entries.len() {
            let most = entries.len();
            self.broken = Some((image.spot(4), format!("a trunk page claims {count} leaves, {most} fit")));
        }
        self.trunks = self.trunks.saturating_add(1);
        let body = image.bytes.get(count.saturating_mul(4).saturating_add(8)..).unwrap_or(&[]);
        self.written_trunks = self.written_trunks.saturating_add(u64::from(!is_zero(body)));
        for (index, entry) in entries.iter().take(count).enumerate() {
            let spot = image.spot(index.saturating_mul(4).saturating_add(8));
            self.leaf(snapshot, (u32::from_be_bytes(*entry), spot), seen, live);
        }
    }

    fn leaf(
        &mut self,
        snapshot: &Snapshot<'_>,
        (number, from): (u32, Spot),
        seen: &mut Reached,
        live: &Reached,
    ) {
        let image = match snapshot.image(number, from) {
            Ok(image) if seen.insert(number) => image,
            Ok(_) => {
                let message = format!("leaf page {number} comes a second time");
                self.broken.get_or_insert((from, message));
                return;
            }
            Err(_) => {
                let message = format!("a leaf page is {number}, which cannot be one");
                self.broken.get_or_insert((from, message));
                return;
            }
        };
        self.leaves = self.leaves.saturating_add(1);
        self.in_use = self.in_use.saturating_add(u64::from(live.contains(number)));
        self.zeroed = self.zeroed.saturating_add(u64::from(is_zero(image.bytes)));
        let tree = match PageKind::of(image.bytes.first().copied().unwrap_or(0)) {
            PageKind::TableLeaf | PageKind::TableInterior => TreeKind::Table,
            PageKind::IndexLeaf | PageKind::IndexInterior => TreeKind::Index,
            PageKind::Unknown(_) => return,
        };
        let Ok((page, None)) = BtreePage::read(image, tree) else { return };
        if page.cell_count() > 0 && (0..page.cell_count()).all(|index| page.cell_offset(index).is_ok()) {
            self.with_cells = self.with_cells.saturating_add(1);
            self.cells = self.cells.saturating_add(wide(page.cell_count()));
        }
    }

    /// The observations: what the list holds, and where it is not what the header says.
    pub(super) fn findings(&self, header: &FileHeader, pages: u32, root: Spot) -> Vec<Finding> {
        let mut findings = Vec::new();
        let (found, claimed) = (self.pages(), u64::from(header.freelist_count));
        if found > 0 {
            let share = found.saturating_mul(100).checked_div(u64::from(pages)).unwrap_or(0);
            let message = format!(
                "{found} of {pages} pages ({share} %) are on the freelist, used once and not now. Of {} leaf pages {} are b-tree pages with \
                 {} cells still, and {} hold zeros alone; of {} trunk pages {} hold other bytes behind their lists",
                self.leaves, self.with_cells, self.cells, self.zeroed, self.trunks, self.written_trunks
            );
            findings.push(
                Spot { offset: root.offset.saturating_add(32), ..root }.note("sqlite-freelist", message),
            );
        }
        if let Some((spot, why)) = &self.broken {
            findings.push(spot.note("sqlite-freelist-broken", format!("the freelist is damaged: {why}")));
        }
        if found != claimed {
            let message = format!(
                "the header counts {claimed} pages on the freelist, its chain has {found}: SQLite writes the two together, so one of \
                 them is damaged or was changed by another program"
            );
            findings.push(
                Spot { offset: root.offset.saturating_add(36), ..root }
                    .note("sqlite-freelist-count", message),
            );
        }
        if self.in_use > 0 {
            let message = format!(
                "{} pages are on the freelist and in the tree of a table: one of the two was changed by another program",
                self.in_use
            );
            findings.push(root.note("sqlite-freelist-in-use", message));
        }
        findings
    }
}

fn is_zero(bytes: &[u8]) -> bool {
    bytes.iter().all(|byte| *byte == 0)
}

/// The big-endian number at an offset.
pub(super) fn word(bytes: &[u8], offset: usize) -> Option<u32> {
    bytes.get(offset..)?.first_chunk::<4>().map(|word| u32::from_be_bytes(*word))
}
