//! The pages of one b-tree in key order, without their rows.

use super::super::page::{BtreePage, TreeKind};
use super::super::schema::root_spot;
use super::super::snapshot::{Reached, Snapshot};
use super::super::spot::Spot;
use super::super::walk::{MAX_DEPTH, child};

/// Every page of a tree, a parent before its children. Each page is given once over all walks that share `reached`, so that trees
/// that point into each other cost no more than the file has pages.
pub(super) struct TreePages<'d, 'a> {
    snapshot: &'d Snapshot<'a>,
    tree: TreeKind,
    reached: &'d mut Reached,
    path: Vec<(BtreePage<'a>, usize)>,
    next: Option<(u32, Spot)>,
    /// False once a page could not be read: what seems missing may stand there.
    pub(super) whole: bool,
}

impl<'d, 'a> TreePages<'d, 'a> {
    pub(super) fn new(
        snapshot: &'d Snapshot<'a>,
        (tree, root): (TreeKind, u32),
        reached: &'d mut Reached,
    ) -> TreePages<'d, 'a> {
        let next = Some((root, root_spot(snapshot)));
        TreePages { snapshot, tree, reached, path: Vec::new(), next, whole: true }
    }

    /// The page of this number, if the tree can have it. Why not is said where the rows are read.
    fn enter(&mut self, number: u32, from: Spot) -> Option<BtreePage<'a>> {
        let image = self.snapshot.image(number, from).ok().filter(|_| self.path.len() < MAX_DEPTH)?;
        if !self.reached.insert(number) {
            return None;
        }
        let (page, odd) = BtreePage::read(image, self.tree).ok()?;
        self.whole &= odd.is_none();
        Some(page)
    }

    /// The next child of the innermost interior page that has one left.
    fn step(&mut self) -> Option<(u32, Spot)> {
        loop {
            let (page, index) = self.path.last_mut()?;
            if *index > page.cell_count() {
                self.path.pop();
                continue;
            }
            let found = child(page, *index);
            *index = index.saturating_add(1);
            match found {
                Ok(found) => return Some(found),
                Err(_) => self.whole = false,
            }
        }
    }
}

impl<'a> Iterator for TreePages<'_, 'a> {
    type Item = BtreePage<'a>;

    fn next(&mut self) -> Option<BtreePage<'a>> {
        loop {
            let (number, from) = match self.next.take() {
                Some(root) => root,
                None => self.step()?,
            };
            let Some(page) = self.enter(number, from) else {
                self.whole = false;
                continue;
            };
            if page.kind.is_interior() {
                self.path.push((page, 0));
            }
            return Some(page);
        }
    }
}
