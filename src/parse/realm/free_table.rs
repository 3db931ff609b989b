//! The tables that unused space is searched for, and the nodes in use that are theirs.

use super::cluster;
use super::free_cluster;
use super::group::Snapshot;
use super::old;
use super::reader::Reader;
use super::scope::{ALL, KEYS, Owner};
use super::table::Table;
use std::collections::HashMap;

/// A table that is looked for.
#[derive(Debug)]
pub(super) struct Definition<'a> {
    pub table: Table<'a>,
    /// Elements of a leaf of its clusters, or of its array of columns.
    pub size: usize,
    /// Where its spec begins, in each commit.
    pub specs: Vec<u64>,
    /// Levels of its cluster trees.
    pub depths: Vec<i64>,
}

/// The tables of both commits; one that both hold with the same columns once.
pub(super) fn definitions<'a>(
    reader: &Reader<'a>,
    current: &Snapshot<'a>,
    previous: Option<&Snapshot<'a>>,
) -> Vec<Definition<'a>> {
    let mut found: Vec<Definition<'a>> = Vec::new();
    let tables = current.tables.iter().chain(previous.into_iter().flat_map(|previous| &previous.tables));
    for table in tables.filter(|table| !table.is_half_upgraded && !table.columns.is_empty()) {
        let is_cluster = table.clusters.is_some();
        let size = if is_cluster { free_cluster::size(table) } else { old::places(&table.declared).1 };
        let depth = table.clusters.map(|root| if root.is_inner { root.tagged(1).unwrap_or(1) } else { 0 });
        let same = |known: &&mut Definition<'a>| {
            known.table.name == table.name
                && known.size == size
                && known.table.clusters.is_some() == is_cluster
        };
        match found.iter_mut().find(same) {
            Some(known) => {
                known.specs.push(table.spec);
                known.depths.extend(depth);
            }
            None => found.push(Definition {
                table: table.clone(),
                size,
                specs: vec![table.spec],
                depths: depth.into_iter().collect(),
            }),
        }
        if reader.spend(table.offset).is_err() {
            break;
        }
    }
    found
}

/// The nodes in use of every column of every table.
pub(super) fn owners<'a>(
    reader: &Reader<'a>,
    definitions: &[Definition<'a>],
    current: &Snapshot<'a>,
    previous: Option<&Snapshot<'a>>,
) -> Vec<(u64, Owner)> {
    let mut owners = HashMap::new();
    let tables = current.tables.iter().chain(previous.into_iter().flat_map(|previous| &previous.tables));
    for table in tables {
        let same = |known: &Definition<'a>| known.table.name == table.name;
        let Some(index) = definitions.iter().position(same) else { continue };
        for (root, column, first) in roots(reader, table) {
            let mut open = vec![root];
            while let Some(reference) = open.pop() {
                if owners.contains_key(&reference) {
                    continue;
                }
                owners.insert(reference, (index, column, first));
                let Ok(array) = reader.array(reference) else { continue };
                let elements = if array.has_refs && array.width > 0 { array.size } else { 0 };
                let refs = (0..elements).take_while(|_| reader.spend(reference).is_ok());
                open.extend(refs.filter_map(|index| array.reference(index)));
            }
        }
    }
    owners.into_iter().collect()
}

/// The roots of the columns of a table, with the columns and the first rows; leaves before the trees that they are in.
fn roots<'a>(reader: &Reader<'a>, table: &Table<'a>) -> Vec<(u64, usize, i64)> {
    let mut roots = Vec::new();
    if let Some(root) = table.clusters {
        roots.extend(cluster::inner_keys(reader, root).into_iter().map(|keys| (keys, KEYS, 0)));
        for leaf in cluster::clusters(reader, root) {
            roots.extend(leaf.array.reference(0).map(|keys| (keys, KEYS, leaf.offset)));
            for column in &table.columns {
                let child = leaf.array.reference(column.leaf.saturating_add(1));
                roots.extend(child.map(|child| (child, column.leaf, leaf.offset)));
            }
        }
    } else if let Some(columns) = table.old_columns {
        let (places, _) = old::places(&table.declared);
        for (at, column) in table.columns.iter().enumerate() {
            let Some(root) = places.get(column.position).and_then(|place| columns.reference(*place)) else {
                continue;
            };
            for (leaf, first) in column.old.iter().flat_map(|old| old.leaves()) {
                roots.push((leaf, at, i64::try_from(first).unwrap_or(ALL)));
            }
            roots.push((root, at, ALL));
        }
    }
    if reader.is_exhausted() { Vec::new() } else { roots }
}
