//! The rows that only the commit before has: deleted since, or changed.
//!
//! From format 10 an object keeps its key. Before, a row is its position, and the last row moves to the place of one that is deleted:
//! there a row is known by its content or its primary key.

use super::group::Snapshot;
use super::table::{Row, Table};
use crate::parse::{Node, Value};
use sha2::{Digest as _, Sha256};
use std::collections::{BTreeMap, BTreeSet};
use std::convert::Infallible;

/// What became of a row of the commit before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// The last commit holds its object with other values.
    Changed,
    /// The last commit does not hold its object.
    Deleted,
}

/// A digest of values.
pub(super) type Content = [u8; 32];

/// The rows of a table of the last commit, to compare others with.
#[derive(Default)]
struct Live {
    by_key: BTreeMap<i64, Content>,
    contents: BTreeSet<Content>,
    primary: BTreeSet<Content>,
}

/// Hands on the rows of `table`, of the commit before, that the last commit does not hold as they were.
///
/// # Errors
/// Those of `each`.
pub fn older_rows<'a, E>(
    current: &Snapshot<'a>,
    previous: &Snapshot<'a>,
    table: &Table<'a>,
    each: &mut dyn FnMut(Row<'a>, Fate) -> Result<(), E>,
) -> Result<(), E> {
    let now = current.tables.iter().find(|known| known.name == table.name);
    let has_keys = current.slot.format >= 10 && previous.slot.format >= 10;
    let live = now.map_or_else(Live::default, |now| live(current, now));
    let before = if has_keys { BTreeSet::new() } else { live_contents(previous, table) };
    let primary = table.columns.iter().position(|column| column.is_primary_key);
    previous.rows(table, &mut |row| {
        let content = content(row.values.iter());
        let fate = if has_keys {
            match live.by_key.get(&row.key) {
                Some(known) if *known == content => return Ok(()),
                Some(_) => Fate::Changed,
                None => Fate::Deleted,
            }
        } else if live.contents.contains(&content) {
            return Ok(());
        } else {
            let value = primary.and_then(|at| row.values.get(at));
            positioned(&live, &before, (row.key, value))
        };
        each(row, fate)
    })
}

/// What became of a row that is known by its position: its primary key tells, else whether what stands there now is new.
fn positioned(live: &Live, before: &BTreeSet<Content>, (key, primary): (i64, Option<&Node<'_>>)) -> Fate {
    let is_changed = match primary {
        Some(value) => live.primary.contains(&content(std::iter::once(value))),
        None => live.by_key.get(&key).is_some_and(|now| !before.contains(now)),
    };
    if is_changed { Fate::Changed } else { Fate::Deleted }
}

fn live<'a>(snapshot: &Snapshot<'a>, table: &Table<'a>) -> Live {
    let primary = table.columns.iter().position(|column| column.is_primary_key);
    let mut live = Live::default();
    let done: Result<(), Infallible> = snapshot.rows(table, &mut |row| {
        let whole = content(row.values.iter());
        live.by_key.insert(row.key, whole);
        live.contents.insert(whole);
        live.primary
            .extend(primary.and_then(|at| row.values.get(at)).map(|value| content(std::iter::once(value))));
        Ok(())
    });
    match done {
        Ok(()) => live,
    }
}

fn live_contents<'a>(snapshot: &Snapshot<'a>, table: &Table<'a>) -> BTreeSet<Content> {
    live(snapshot, table).contents
}

/// A digest of values without their places.
pub(super) fn content<'n, 'a: 'n>(values: impl Iterator<Item = &'n Node<'a>>) -> Content {
    let mut digest = Sha256::new();
    values.for_each(|value| add(&mut digest, &value.value));
    digest.finalize().into()
}

fn add(digest: &mut Sha256, value: &Value<'_>) {
    let mut part = |kind: u8, bytes: &[u8]| {
        digest.update([kind]);
        digest.update(u64::try_from(bytes.len()).unwrap_or(u64::MAX).to_le_bytes());
        digest.update(bytes);
    };
    match value {
        Value::Null => part(0, &[]),
        Value::Bool(truth) => part(1, &[u8::from(*truth)]),
        Value::Integer(number) => part(2, &number.to_le_bytes()),
        Value::Unsigned(number) | Value::Uid(number) => part(3, &number.to_le_bytes()),
        Value::Real(number) | Value::Date(number) => part(4, &number.to_bits().to_le_bytes()),
        Value::Text(text) => part(5, text.as_bytes()),
        Value::InvalidText { bytes, .. } => part(6, bytes),
        Value::Blob(bytes) => part(7, bytes),
        Value::List(nodes) => {
            part(8, &u64::try_from(nodes.len()).unwrap_or(u64::MAX).to_le_bytes());
            nodes.iter().for_each(|node| add(digest, &node.value));
        }
        Value::Map(members) => {
            part(9, &u64::try_from(members.len()).unwrap_or(u64::MAX).to_le_bytes());
            for (name, node) in members {
                add(digest, &Value::Text(name.as_ref().into()));
                add(digest, &node.value);
            }
        }
    }
}
