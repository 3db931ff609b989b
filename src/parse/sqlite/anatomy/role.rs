//! What each page is for: the trees are walked from their roots, the overflow chains and the freelist followed.

use super::super::cell::{left_child, row_cell};
use super::super::header::FileHeader;
use super::super::overflow;
use super::super::page::{BtreePage, PageKind, TreeKind};
use super::super::schema::root_spot;
use super::super::snapshot::{Reached, Snapshot};
use super::super::spot::{Spot, narrow};
use super::part::big_endian;
use super::trees::Tree;
use std::collections::HashMap;

/// Why a page is reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    /// A page of the tree with this index, under another page of it.
    Btree { tree: usize, parent: Option<u32> },
    /// The payload of a cell goes on here.
    Overflow {
        tree: usize,
        /// The page of the cell.
        page: u32,
        /// Of the cell on its page.
        within: usize,
        /// 1 for the first overflow page of the chain.
        rank: usize,
        /// Payload bytes on this page.
        used: usize,
    },
    /// A page of the freelist that names others.
    Trunk,
    /// A page that a trunk names.
    FreeLeaf { trunk: u32 },
}

/// The role of every page that is reached. The first that reaches a page keeps it.
pub(super) fn roles(
    snapshot: &Snapshot<'_>,
    trees: &[Tree],
    header: Option<&FileHeader>,
) -> HashMap<u32, Role> {
    let mut finder = Finder { snapshot, found: HashMap::new(), chains: Reached::default(), open: Vec::new() };
    for (tree, root) in trees.iter().map(|tree| tree.root).enumerate() {
        finder.reach(tree, None, root, root_spot(snapshot));
        while let Some((page, from)) = finder.open.pop() {
            finder.page(tree, page, from);
        }
    }
    finder.freelist(header.map_or(0, |header| header.freelist_trunk));
    finder.found
}

struct Finder<'s, 'a> {
    snapshot: &'s Snapshot<'a>,
    found: HashMap<u32, Role>,
    chains: Reached,
    open: Vec<(u32, Spot)>,
}

impl Finder<'_, '_> {
    fn reach(&mut self, tree: usize, parent: Option<u32>, page: u32, from: Spot) {
        if self.snapshot.image(page, from).is_ok() && !self.found.contains_key(&page) {
            self.found.insert(page, Role::Btree { tree, parent });
            self.open.push((page, from));
        }
    }

    fn page(&mut self, tree: usize, number: u32, from: Spot) {
        let Ok(image) = self.snapshot.image(number, from) else { return };
        let kind = PageKind::of(image.bytes.get(image.header_offset()).copied().unwrap_or(0));
        let structure = if TreeKind::Table.holds(kind) { TreeKind::Table } else { TreeKind::Index };
        let Ok((page, _)) = BtreePage::read(image, structure) else { return };
        for index in 0..page.cell_count() {
            let Ok(within) = page.cell_offset(index) else { continue };
            let input = page.image.bytes.get(within..).unwrap_or(&[]);
            if let (true, Ok((_, child))) = (kind.is_interior(), left_child(input)) {
                self.reach(tree, Some(number), child, page.image.spot(within));
            }
            if kind != PageKind::TableInterior {
                self.chain(tree, &page, within);
            }
        }
        if let Some(child) = page.right_child {
            self.reach(tree, Some(number), child, page.image.spot(0));
        }
    }

    fn chain(&mut self, tree: usize, page: &BtreePage<'_>, within: usize) {
        let input = page.image.bytes.get(within..).unwrap_or(&[]);
        let Ok((_, cell)) = row_cell(input, page.kind, self.snapshot.geometry.usable) else { return };
        if cell.overflow.is_none() {
            return;
        }
        let chain = overflow::chain(self.snapshot, &cell, page.image.spot(within), &mut self.chains);
        for (rank, segment) in chain.segments.iter().enumerate() {
            let (rank, used) = (rank.saturating_add(1), segment.bytes.len());
            let role = Role::Overflow { tree, page: page.image.number, within, rank, used };
            self.found.entry(segment.page).or_insert(role);
        }
    }

    /// Each trunk is entered once, so that a list that bites its tail ends.
    fn freelist(&mut self, first: u32) {
        let (mut trunk, spot) = (first, root_spot(self.snapshot));
        while let Ok(image) = self.snapshot.image(trunk, spot) {
            if self.found.contains_key(&trunk) {
                return;
            }
            self.found.insert(trunk, Role::Trunk);
            let numbers = image.bytes.as_chunks::<4>().0;
            let number = |index: usize| numbers.get(index).map_or(0, |bytes| u32::from_be_bytes(*bytes));
            let claimed = big_endian(image.bytes.get(4..8).unwrap_or(&[]));
            for bytes in numbers.iter().skip(2).take(narrow(claimed)) {
                let leaf = u32::from_be_bytes(*bytes);
                if self.snapshot.image(leaf, spot).is_ok() {
                    self.found.entry(leaf).or_insert(Role::FreeLeaf { trunk });
                }
            }
            trunk = number(0);
        }
    }
}
