//! Cluster trees (format 10 and later): up to 256 objects in a leaf, a sub-array per column.
//!
//! ```text
//! leaf:  0 tagged number of rows, or keys │ 1… a ref per column
//! inner: 0 key offsets, or nothing │ 1 depth │ 2 size │ 3… children
//! ```
//!
//! The key of an object is the sum of the offsets on the way and its key in the leaf. Source: realm-core, `cluster.cpp`, `cluster_tree.cpp`.

use super::super::Error;
use super::array::{Array, Entry};
use super::reader::{DEPTH, Reader};

/// Bits of a level of the tree where its inner nodes store no offsets (`node_shift_factor`).
const SHIFT: u32 = 8;

/// Rows that a leaf may have. realm-core splits at 256.
const MOST_ROWS: usize = 1 << 16;

/// A leaf of a cluster tree.
#[derive(Debug, Clone, Copy)]
pub(super) struct Cluster<'a> {
    /// What is added to the keys in it.
    pub offset: i64,
    /// The leaf.
    pub array: Array<'a>,
}

/// The leaves of a cluster tree in the order of their keys. What cannot be read is a finding.
pub(super) fn clusters<'a>(reader: &Reader<'a>, root: Array<'a>) -> Vec<Cluster<'a>> {
    let mut found = Vec::new();
    let mut open = vec![(0, root, 0)];
    while let Some((offset, array, depth)) = open.pop() {
        if !array.is_inner {
            found.push(Cluster { offset, array });
        } else if depth >= DEPTH {
            reader.lost("realm-tree-too-deep", &array.broken("a cluster tree", "at most 100 levels", "more"));
        } else {
            let depth = usize::saturating_add(depth, 1);
            open.extend(
                children(reader, &array, offset).into_iter().rev().map(|(key, child)| (key, child, depth)),
            );
        }
    }
    found
}

/// The arrays of the first keys of the children of inner nodes.
pub(super) fn inner_keys<'a>(reader: &Reader<'a>, root: Array<'a>) -> Vec<u64> {
    let mut found = Vec::new();
    let mut open = vec![(root, 0)];
    while let Some((array, depth)) = open.pop().filter(|(_, depth)| *depth < DEPTH) {
        if array.is_inner {
            found.extend(array.reference(0));
            let depth = usize::saturating_add(depth, 1);
            open.extend(children(reader, &array, 0).into_iter().map(|(_, child)| (child, depth)));
        }
    }
    found
}

fn children<'a>(reader: &Reader<'a>, inner: &Array<'a>, base: i64) -> Vec<(i64, Array<'a>)> {
    let keys = reader.optional(inner, 0).unwrap_or_else(|error| {
        reader.lost("realm-cluster-keys", &error);
        None
    });
    let shift = inner
        .tagged(1)
        .and_then(|depth| u32::try_from(depth).ok())
        .and_then(|depth| depth.checked_mul(SHIFT));
    let mut found = Vec::new();
    for child in 0..inner.size.saturating_sub(3) {
        let key = match &keys {
            Some(keys) => keys.unsigned(child).and_then(|key| i64::try_from(key).ok()),
            None => i64::try_from(child).ok().zip(shift).and_then(|(child, shift)| child.checked_shl(shift)),
        };
        let read = reader.child(inner, child.saturating_add(3), "a child of a cluster tree");
        let key = key.ok_or_else(|| inner.broken("a cluster tree", "the first key of each child", "none"));
        match read.and_then(|array| Ok((base.saturating_add(key?), array))) {
            Ok(found_child) => found.push(found_child),
            Err(error) => reader.lost("realm-cluster-unreadable", &error),
        }
        if reader.is_exhausted() {
            break;
        }
    }
    found
}

/// The keys of the objects of a leaf.
pub(super) fn keys<'a>(reader: &Reader<'a>, cluster: &Cluster<'a>) -> Result<Vec<i64>, Error> {
    let array = &cluster.array;
    let key = |local: u64| cluster.offset.saturating_add(i64::try_from(local).unwrap_or(i64::MAX));
    let (count, stored) = match array.needs(0, "keys of a cluster")? {
        Entry::Null => (0, None),
        Entry::Tagged(count) => (usize::try_from(count).unwrap_or(usize::MAX), None),
        Entry::Ref(reference) => {
            let keys = reader.array(reference)?;
            (keys.size, Some(keys))
        }
    };
    if count > MOST_ROWS {
        return Err(array.broken("a cluster", "at most 65536 rows", count));
    }
    let local = |index: usize| match &stored {
        Some(keys) => keys.unsigned(index),
        None => u64::try_from(index).ok(),
    };
    Ok((0..count).filter_map(local).map(key).collect())
}
