//! What a reader of unused space may read: nodes that lie in it, and nodes in use that belong to the same column of the same table. So a
//! ref of a freed node never leads to what the file has since used its place for.

use super::super::Error;
use super::array::Array;
use super::reader::Reader;
use super::space::Space;
use std::cell::Cell;
use std::collections::{HashMap, HashSet};

/// A part of a table: the number of the table among those that are looked for, the place of a column, and the first row of a leaf (the key
/// that is added to those of its cluster; before format 10 a position).
pub(super) type Owner = (usize, usize, i64);

/// The first row of a whole column.
pub(super) const ALL: i64 = i64::MIN;

/// The first row of a leaf of which it is not known: it shares nothing.
pub(super) const UNKNOWN: i64 = i64::MAX;

/// The keys of the clusters of a table, in the place of a column.
pub(super) const KEYS: usize = usize::MAX;

/// What may be read.
#[derive(Debug)]
pub(super) struct Scope {
    pub space: Space,
    /// Nodes in use by their offsets.
    owners: Vec<(u64, Owner)>,
    /// Nodes in unused space that two others name in different roles: one of them named what stood there before.
    disputed: HashSet<u64>,
    reading: Cell<Option<Owner>>,
    in_doubt: Cell<bool>,
}

impl Scope {
    /// `reader` reads the whole file.
    pub fn new(reader: &Reader<'_>, space: Space, mut owners: Vec<(u64, Owner)>) -> Self {
        owners.sort_unstable();
        let disputed = disputed(reader, &space);
        Scope { space, owners, disputed, reading: Cell::new(None), in_doubt: Cell::new(false) }
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
            let same = |(table, column, first): &Owner, reading: Owner| {
                (*table, *column) == (reading.0, reading.1) && (*first == reading.2 || reading.2 == ALL)
            };
            let is_own = self
                .owner(array.offset)
                .zip(self.reading.get())
                .is_some_and(|(owner, reading)| same(&owner, reading));
            let broken = || array.broken("a freed ref", "a node of its column and leaf", "one of another");
            return if is_own { Ok(array) } else { Err(broken()) };
        }
        let Some(intact) = self.space.intact(&array) else {
            return Err(array.broken("a freed ref", "a node in unused space", "none"));
        };
        if !self.space.is_fresh(array.offset) {
            if self.disputed.contains(&array.offset) {
                return Err(array.broken("a freed ref", "a node of one role", "one of two"));
            }
            self.in_doubt.set(true);
        }
        let payload = array.payload.get(..intact).unwrap_or(array.payload);
        Ok(Array { payload, ..array })
    }
}

/// The place of a ref in the node that names it; of an inner node, whose size grows, only that.
type Role = (usize, Option<usize>);

fn disputed(reader: &Reader<'_>, space: &Space) -> HashSet<u64> {
    let mut roles: HashMap<u64, Role> = HashMap::new();
    let mut disputed = HashSet::new();
    for offset in space.unreached() {
        let Ok(array) = reader.array(offset) else { continue };
        let intact = space.intact(&array).and_then(|intact| array.payload.get(..intact));
        let array = Array { payload: intact.unwrap_or(array.payload), ..array };
        let elements = if array.has_refs && array.width > 0 { array.size } else { 0 };
        for index in 0..elements {
            if reader.spend(offset).is_err() {
                return disputed;
            }
            let Some(reference) = array.reference(index).filter(|reference| space.is_unreached(*reference))
            else {
                continue;
            };
            let role = (index, (!array.is_inner).then_some(array.size));
            if *roles.entry(reference).or_insert(role) != role {
                disputed.insert(reference);
            }
        }
    }
    disputed
}
