//! Leaves of cluster trees in unused space (format 10 and later): what they fit, and where their keys begin.

use super::array::{Array, Entry};
use super::element;
use super::free_table::Definition;
use super::reader::{DEPTH, Reader};
use super::scope::{KEYS, Scope};
use super::shape;
use super::table::{Column, Form, Table};
use std::collections::{HashMap, HashSet};

/// Rows of a leaf at most (`cluster_node_size`).
const ROWS: usize = 256;

/// Elements of a leaf of the clusters of a table: the keys, and a place for every column.
pub(super) fn size(table: &Table<'_>) -> usize {
    let places = table.declared.iter().map(|column| column.leaf.saturating_add(1));
    places.max().unwrap_or(0).saturating_add(1)
}

/// Whether a freed leaf is one of a table: all of its columns are there. One that is gone would prove that places of the leaf's columns were
/// used again, and the others would be worth nothing.
pub(super) fn is_leaf<'a>(
    reader: &Reader<'a>,
    (index, table, first): (usize, &Table<'a>, i64),
    leaf: &Array<'a>,
) -> bool {
    reader.enter((index, KEYS, first));
    let Some(rows) = rows(reader, leaf) else { return false };
    let is_declared =
        |place: usize| table.declared.iter().any(|column| Some(column.leaf) == place.checked_sub(1));
    let is_stray = |place: usize| !is_declared(place) && leaf.reference(place).is_some();
    !(1..leaf.size).any(is_stray)
        && table.columns.iter().all(|column| {
            reader.enter((index, column.leaf, first));
            let child =
                leaf.reference(column.leaf.saturating_add(1)).map(|reference| reader.array(reference));
            child.is_some_and(|child| child.is_ok_and(|child| is_whole(reader, column, (&child, rows))))
        })
}

fn is_whole<'a>(reader: &Reader<'a>, column: &Column<'a>, (leaf, rows): (&Array<'a>, usize)) -> bool {
    let count = || match column.form {
        Form::Single => element::count(reader, &column.element, leaf).ok(),
        Form::List | Form::Dictionary { .. } => Some(leaf.size),
    };
    shape::is_column(reader, column, leaf) && count() == Some(rows)
}

/// Rows of a leaf by its own count, or by its keys: numbers that grow.
fn rows(reader: &Reader<'_>, leaf: &Array<'_>) -> Option<usize> {
    let count = match leaf.entry(0)? {
        Entry::Tagged(count) => usize::try_from(count).ok()?,
        Entry::Ref(reference) => {
            let keys = reader.array(reference).ok()?;
            let is_plain = !keys.has_refs && !keys.is_inner && !keys.is_multiplied && !keys.is_blob;
            let is_short = is_plain && keys.size <= ROWS;
            let key = |index| keys.unsigned(index);
            let grows = |index: usize| {
                key(index).is_some() && (index == 0 || key(index.saturating_sub(1)) < key(index))
            };
            if !is_short || !(0..keys.size).all(grows) {
                return None;
            }
            keys.size
        }
        Entry::Null => return None,
    };
    (1..=ROWS).contains(&count).then_some(count)
}

/// What leads to nodes in unused space: inner nodes of cluster trees, and tops of tables.
#[derive(Debug, Default)]
pub(super) struct Paths {
    parents: HashMap<u64, Vec<(u64, i64)>>,
    depths: HashMap<u64, i64>,
    roots: HashMap<u64, usize>,
    /// Trees of objects that links lead to before they are there.
    tombstones: HashSet<u64>,
}

impl Paths {
    pub fn of<'a>(reader: &Reader<'a>, scope: &Scope, definitions: &[Definition<'a>]) -> Self {
        let mut paths = Paths::default();
        let specs: HashMap<u64, usize> = definitions
            .iter()
            .enumerate()
            .flat_map(|(index, definition)| definition.specs.iter().map(move |spec| (*spec, index)))
            .collect();
        for offset in scope.space.unreached() {
            let Ok(array) = reader.array(offset) else { continue };
            if !array.has_refs || array.is_multiplied || array.is_blob {
                continue;
            }
            match array.is_inner {
                true => paths.inner(reader, &array),
                false => paths.top(&array, &specs),
            }
        }
        paths
    }

    fn inner<'a>(&mut self, reader: &Reader<'a>, array: &Array<'a>) {
        let (Some(depth), Some(_)) = (array.tagged(1), array.tagged(2)) else { return };
        let keys = array.reference(0).map(|reference| {
            reader
                .scope()
                .and_then(|scope| scope.owner(reference))
                .into_iter()
                .for_each(|owner| reader.enter(owner));
            reader.array(reference)
        });
        let keys = match keys.transpose() {
            Ok(keys) => keys,
            Err(_) => return,
        };
        self.depths.insert(array.offset, depth);
        let shift = u32::try_from(depth).ok().and_then(|depth| depth.checked_mul(8));
        for (child, place) in (3..array.size).enumerate() {
            let key = match &keys {
                Some(keys) => keys.unsigned(child).and_then(|key| i64::try_from(key).ok()),
                None => {
                    i64::try_from(child).ok().zip(shift).and_then(|(child, shift)| child.checked_shl(shift))
                }
            };
            if reader.spend(array.offset).is_err() {
                return;
            }
            if let Some((reference, key)) = array.reference(place).zip(key) {
                self.parents.entry(reference).or_default().push((array.offset, key));
            }
        }
    }

    /// The top of a table names its spec, which later commits mostly share, and its columns or its clusters.
    fn top(&mut self, array: &Array<'_>, specs: &HashMap<u64, usize>) {
        let Some(table) = array.reference(0).and_then(|spec| specs.get(&spec)) else { return };
        let root = if array.size > 2 { array.reference(2) } else { array.reference(1) };
        self.roots.extend(root.map(|root| (root, *table)));
        self.tombstones.extend(array.reference(13).filter(|_| array.size > 13));
    }

    pub fn is_tombstone(&self, offset: u64) -> bool {
        self.tombstones.contains(&offset)
    }

    /// The table whose freed top leads to a node.
    pub fn table(&self, offset: u64) -> Option<usize> {
        let mut offset = offset;
        for _ in 0..DEPTH {
            if let Some(table) = self.roots.get(&offset) {
                return Some(*table);
            }
            offset = self.parents.get(&offset)?.first()?.0;
        }
        None
    }

    /// What is added to the keys of a leaf: known where inner nodes lead to it from a root, or where its tree is no more than a leaf.
    pub fn base(&self, offset: u64, depths: &[i64]) -> Option<i64> {
        let (mut offset, mut base) = (offset, 0_i64);
        for _ in 0..DEPTH {
            let depth = self.depths.get(&offset).copied().unwrap_or(0);
            let Some(parents) = self.parents.get(&offset) else {
                let is_root = self.roots.contains_key(&offset) || depths.contains(&depth);
                return is_root.then_some(base);
            };
            let (parent, key) = *parents.first()?;
            if parents.iter().any(|(_, other)| *other != key) {
                return None;
            }
            base = base.saturating_add(key);
            offset = parent;
        }
        None
    }
}
