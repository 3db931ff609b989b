//! What a reader of unused space may read: nodes that lie in it, and nodes in use that belong to the same column of the same table. So a
//! ref of a freed node never leads to what the file has since used its place for.

use super::super::Error;
use super::array::Array;
use super::space::Space;
use std::cell::Cell;

/// A column of a table: the number of the table among those that are looked for, and the place of its leaves.
pub(super) type Owner = (usize, usize);

/// The keys of the clusters of a table, in the place of a column.
pub(super) const KEYS: usize = usize::MAX;

/// What may be read.
#[derive(Debug)]
pub(super) struct Scope {
    pub space: Space,
    /// Nodes in use by their offsets.
    owners: Vec<(u64, Owner)>,
    reading: Cell<Option<Owner>>,
    in_doubt: Cell<bool>,
}

impl Scope {
    pub fn new(space: Space, mut owners: Vec<(u64, Owner)>) -> Self {
        owners.sort_unstable();
        Scope { space, owners, reading: Cell::new(None), in_doubt: Cell::new(false) }
    }

    pub fn enter(&self, owner: Owner) {
        self.reading.set(Some(owner));
    }

    /// Whether a node was read, since it was last asked, whose place may have been used twice.
    pub fn take_doubt(&self) -> bool {
        self.in_doubt.take()
    }

    /// The column that a node in use belongs to.
    pub fn owner(&self, offset: u64) -> Option<Owner> {
        let at = self.owners.binary_search_by_key(&offset, |(offset, _)| *offset).ok()?;
        self.owners.get(at).map(|(_, owner)| *owner)
    }

    /// The node, as far as it is what it was.
    pub fn admit<'a>(&self, array: Array<'a>) -> Result<Array<'a>, Error> {
        if self.space.is_node(array.offset) {
            let owner = self.owner(array.offset);
            return match owner == self.reading.get() && owner.is_some() {
                true => Ok(array),
                false => Err(array.broken("a freed ref", "a node of its column", "one of another")),
            };
        }
        let Some(intact) = self.space.intact(&array) else {
            return Err(array.broken("a freed ref", "a node in unused space", "none"));
        };
        if !self.space.is_fresh(array.offset) {
            self.in_doubt.set(true);
        }
        let payload = array.payload.get(..intact).unwrap_or(array.payload);
        Ok(Array { payload, ..array })
    }
}
