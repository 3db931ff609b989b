//! The walk over one b-tree in key order, without recursion and with a bound on everything.
//!
//! ```text
//! table:  interior ─► child ─► … ─► leaf cells                    rows lie in leaves only
//! index:  interior ─► child 0, cell 0, child 1, cell 1, … right   rows of WITHOUT ROWID tables lie in both
//! ```

use super::super::Finding;
use super::cell;
use super::page::{BtreePage, PageKind, TreeKind};
use super::row::Row;
use super::snapshot::{Reached, Snapshot};
use super::spot::Spot;
use std::collections::VecDeque;

/// SQLite's own bound (`BTCURSOR_MAX_DEPTH`); more is a damaged tree.
pub(super) const MAX_DEPTH: usize = 20;

/// A page of the path from the root to the present row.
struct Level<'a> {
    page: BtreePage<'a>,
    next: usize,
}

/// What comes next on a page.
enum Turn {
    Cell(usize),
    Child(usize),
    Done,
}

impl Level<'_> {
    /// Leaf: cells. Table interior: children. Index interior: child, cell, child, …, right-most child.
    #[inline]
    fn turn(&mut self) -> Turn {
        let next = self.next;
        self.next = next.saturating_add(1);
        let cells = self.page.cell_count();
        match self.page.kind {
            PageKind::TableInterior if next <= cells => Turn::Child(next),
            PageKind::IndexInterior if next & 1 == 0 && next / 2 <= cells => Turn::Child(next / 2),
            PageKind::IndexInterior if next & 1 == 1 && next / 2 < cells => Turn::Cell(next / 2),
            PageKind::TableLeaf | PageKind::IndexLeaf if next < cells => Turn::Cell(next),
            _ => Turn::Done,
        }
    }
}

/// Rows of one b-tree of one snapshot, in key order, with the findings between them.
pub(super) struct Walk<'d, 'a> {
    snapshot: &'d Snapshot<'a>,
    tree: TreeKind,
    path: Vec<Level<'a>>,
    reached: Reached,
    findings: VecDeque<Finding>,
}

impl<'d, 'a> Walk<'d, 'a> {
    /// A walk from this root, which `from` names.
    pub(super) fn new(snapshot: &'d Snapshot<'a>, tree: TreeKind, root: u32, from: Spot) -> Walk<'d, 'a> {
        let (path, reached, findings) = (Vec::new(), Reached::default(), VecDeque::new());
        let mut walk = Walk { snapshot, tree, path, reached, findings };
        walk.descend(root, from);
        walk
    }

    /// The pages that the walk has reached so far, overflow pages among them.
    pub(super) fn reached(&self) -> &Reached {
        &self.reached
    }

    fn descend(&mut self, number: u32, from: Spot) {
        if let Err(finding) = self.enter(number, from) {
            self.findings.push_back(finding);
        }
    }

    fn enter(&mut self, number: u32, from: Spot) -> Result<(), Finding> {
        if self.path.len() >= MAX_DEPTH {
            let message = format!("page {number} lies more than {MAX_DEPTH} levels deep");
            return Err(from.loss("sqlite-tree-depth", message));
        }
        let image = self.snapshot.image(number, from)?;
        if !self.reached.insert(number) {
            let message = format!("page {number} is reached a second time; its rows are read once");
            return Err(from.loss("sqlite-page-repeated", message));
        }
        let (page, odd) = BtreePage::read(image, self.tree)?;
        self.findings.extend(odd);
        self.path.push(Level { page, next: 0 });
        Ok(())
    }
}

/// The child of an interior page before cell `index`, or the right-most one after the last cell.
pub(super) fn child(page: &BtreePage<'_>, index: usize) -> Result<(u32, Spot), Finding> {
    if index == page.cell_count() {
        let spot = page.image.spot(page.image.header_offset().saturating_add(8));
        return Ok((page.right_child.unwrap_or(0), spot));
    }
    let within = page.cell_offset(index)?;
    let spot = page.image.spot(within);
    match cell::left_child(page.image.bytes.get(within..).unwrap_or(&[])) {
        Ok((_, child)) => Ok((child, spot)),
        Err(_) => Err(spot.loss("sqlite-cell-cut", format!("cell {index} ends inside its child pointer"))),
    }
}

/// The row of the cell that begins at `within` on a page.
#[inline]
pub(super) fn row_on<'a>(
    snapshot: &Snapshot<'a>,
    page: &BtreePage<'a>,
    within: usize,
    reached: &mut Reached,
) -> Result<Row<'a>, Finding> {
    let input = page.image.bytes.get(within..).unwrap_or(&[]);
    match cell::row_cell(input, page.kind, snapshot.geometry.usable) {
        Ok((_, cell)) => Ok(Row::new(snapshot, &page.image, within, &cell, reached)),
        Err(_) => {
            let message = format!("a cell at {within} of page {} ends inside its varints", page.image.number);
            Err(page.image.spot(within).loss("sqlite-cell-cut", message))
        }
    }
}

impl<'a> Iterator for Walk<'_, 'a> {
    type Item = Result<Row<'a>, Finding>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(finding) = self.findings.pop_front() {
                return Some(Err(finding));
            }
            let level = self.path.last_mut()?;
            match level.turn() {
                Turn::Done => drop(self.path.pop()),
                Turn::Child(index) => match child(&level.page, index) {
                    Ok((number, from)) => self.descend(number, from),
                    Err(finding) => return Some(Err(finding)),
                },
                Turn::Cell(index) => match level.page.cell_offset(index) {
                    Ok(within) => {
                        return Some(row_on(self.snapshot, &level.page, within, &mut self.reached));
                    }
                    // A bad pointer of an interior page was said when its child was asked for.
                    Err(finding) if !level.page.kind.is_interior() => return Some(Err(finding)),
                    _ => {}
                },
            }
        }
    }
}
