//! What each page of the live view is used for.
//!
//! ```text
//! trees of tables and indexes ─► their pages ─► overflow pages of their cells
//! header ─► freelist trunks ─► leaves          whatever is left belongs to nobody
//! ```

use super::super::header::FileHeader;
use super::super::page::TreeKind;
use super::super::schema::{has_index_root, root_spot, schema_table, tree_of};
use super::super::snapshot::Snapshot;
use super::super::spot::narrow;
use super::super::table::Schema;
use super::super::walk::Walk;
use super::template::{Owner, Template};

/// What a page is used for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Use {
    /// A b-tree page of `sqlite_schema`.
    Schema,
    /// A b-tree page of a table, by its index in the schema.
    Table(usize),
    /// A b-tree page of an index, by its index among the schema's other objects.
    Index(usize),
    /// An overflow page of a live row or index entry; its payload ends at this byte of the page.
    Overflow(usize),
    /// A trunk page of the freelist; bytes before this one are the list.
    Trunk(usize),
    /// A leaf page of the freelist.
    Free,
    /// A pointer-map page.
    PointerMap,
    /// The page that the lock byte lies on.
    LockByte,
    /// In no tree, in no chain and not on the freelist.
    Nobody,
}

/// Rows of a table from which the shape of its records is learnt: these many at its front, and then one of [`STRIDE`].
const LEARNT: usize = 4096;
const STRIDE: usize = 61;

/// What each page is used for; page 1 first.
#[derive(Debug)]
pub struct Census {
    uses: Vec<Use>,
}

impl Census {
    /// What a page is used for. A page that the view does not have is nobody's.
    pub fn of(&self, page: u32) -> Use {
        let index = usize::try_from(page.wrapping_sub(1)).unwrap_or(usize::MAX);
        self.uses.get(index).copied().unwrap_or(Use::Nobody)
    }

    /// Pages and what they are used for.
    pub fn pages(&self) -> impl Iterator<Item = (u32, Use)> {
        (1..).zip(self.uses.iter().copied())
    }

    fn set(&mut self, page: u32, what: Use) {
        let index = usize::try_from(page.wrapping_sub(1)).unwrap_or(usize::MAX);
        if let Some(slot) = self.uses.get_mut(index).filter(|slot| **slot == Use::Nobody) {
            *slot = what;
        }
    }

    /// Walks every tree of a snapshot and its freelist. Each table's template learns from its rows.
    pub(super) fn take(
        snapshot: &Snapshot<'_>,
        schema: &Schema,
        header: Option<&FileHeader>,
        templates: &mut [Template],
    ) -> Census {
        let pages = usize::try_from(snapshot.pages).unwrap_or(0).min(narrow(snapshot.most_pages()));
        let mut census = Census { uses: vec![Use::Nobody; pages] };
        census.fixed(snapshot);
        census.tree(snapshot, Use::Schema, (tree_of(&schema_table()), 1), None);
        for (index, table) in schema.tables.iter().enumerate() {
            let template = templates.get_mut(index);
            census.tree(snapshot, Use::Table(index), (tree_of(table), table.root_page), template);
        }
        for (index, object) in schema.others.iter().enumerate() {
            let root = object.root_page;
            if root > 0 && has_index_root(snapshot, root) {
                let is_own =
                    |template: &&mut Template| matches!(template.owner, Owner::Index(of, _) if of == index);
                let template = templates.iter_mut().find(is_own);
                census.tree(snapshot, Use::Index(index), (TreeKind::Index, root), template);
            }
        }
        if let Some(header) = header {
            census.freelist(snapshot, header);
        }
        census
    }

    fn fixed(&mut self, snapshot: &Snapshot<'_>) {
        let geometry = snapshot.geometry;
        for page in 1..=snapshot.pages.min(u32::try_from(self.uses.len()).unwrap_or(u32::MAX)) {
            if geometry.is_pointer_map(page) {
                self.set(page, Use::PointerMap);
            } else if geometry.is_lock_byte(page) {
                self.set(page, Use::LockByte);
            }
        }
    }

    fn tree(
        &mut self,
        snapshot: &Snapshot<'_>,
        what: Use,
        (kind, root): (TreeKind, u32),
        mut template: Option<&mut Template>,
    ) {
        let mut walk = Walk::new(snapshot, kind, root, root_spot(snapshot));
        let mut count: usize = 0;
        // What is damaged is said when the rows are read.
        for row in walk.by_ref() {
            let Ok(row) = row else { continue };
            self.overflow(&row.overflow_ends());
            count = count.saturating_add(1);
            if let Some(template) = &mut template
                && (count < LEARNT || count.checked_rem(STRIDE) == Some(0))
            {
                template.learn(&row);
            }
        }
        for page in walk.reached().pages() {
            self.set(page, what);
        }
    }

    fn overflow(&mut self, ends: &[(u32, usize)]) {
        for (page, end) in ends {
            self.set(*page, Use::Overflow(*end));
        }
    }

    /// Trunk after trunk. A page is taken once, which bounds the chain. What is odd about it, the sequence evidence says.
    fn freelist(&mut self, snapshot: &Snapshot<'_>, header: &FileHeader) {
        let root = root_spot(snapshot);
        let mut next = header.freelist_trunk;
        while next != 0 {
            if self.of(next) != Use::Nobody {
                return;
            }
            let Ok(image) = snapshot.image(next, root) else { return };
            let words: Vec<u32> =
                image.bytes.as_chunks::<4>().0.iter().map(|word| u32::from_be_bytes(*word)).collect();
            let claimed = words.get(1).copied().unwrap_or(0);
            let count = usize::try_from(claimed).unwrap_or(usize::MAX).min(words.len().saturating_sub(2));
            let end = count.saturating_add(2).saturating_mul(4);
            self.set(next, Use::Trunk(end));
            for leaf in words.iter().skip(2).take(count) {
                self.set(*leaf, Use::Free);
            }
            next = words.first().copied().unwrap_or(0);
        }
    }
}
