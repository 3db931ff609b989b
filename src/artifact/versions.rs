//! All versions of the rows of one table, newest first, each with what we claim of it (DESIGN section 5).
//!
//! Live rows come in key order, each followed by its older versions with other content; then the rows that only older snapshots
//! hold. A version with the content of a newer one is not a row of its own: it is a sighting of that one.

use super::bind::is_live;
use crate::parse::Finding;
use crate::parse::sqlite::{Database, Identity, Row, Table};
use crate::record::{Sighting, State};
use std::collections::{BTreeMap, HashMap};
use std::hash::{DefaultHasher, Hash as _, Hasher as _};

/// A row version that stands for itself.
#[derive(Debug)]
pub(super) struct Version<'a> {
    pub(super) row: Row<'a>,
    pub(super) state: State,
    pub(super) seen_in: Vec<Sighting>,
}

/// Calls `each` for every version, or for what could not be read.
///
/// # Errors
/// Those of `each`.
pub(super) fn versions<'a, E>(
    db: &Database<'a>,
    table: &Table,
    each: &mut dyn FnMut(Result<Version<'a>, Finding>) -> Result<(), E>,
) -> Result<(), E> {
    let mut older: BTreeMap<Identity, Vec<Row<'a>>> = BTreeMap::new();
    for row in db.older_rows(table) {
        match row {
            Ok(row) => older.entry(row.identity(table)).or_default().push(row),
            Err(finding) => each(Err(finding))?,
        }
    }
    // A table that was dropped has no live rows; what lies under its root page now is another's.
    let live = is_live(db, table).then(|| db.rows(table));
    for row in live.into_iter().flatten() {
        let row = match row {
            Ok(row) => row,
            Err(finding) => {
                each(Err(finding))?;
                continue;
            }
        };
        let before = if older.is_empty() { None } else { older.remove(&row.identity(table)) };
        collapse(
            std::iter::once(row).chain(before.into_iter().flatten()),
            State::Live,
            State::Superseded,
            each,
        )?;
    }
    for rows in older.into_values() {
        collapse(rows.into_iter(), State::Deleted, State::Deleted, each)?;
    }
    Ok(())
}

/// Gives the versions of one row, newest first: the first in one state, those of other content in another.
fn collapse<'a, E>(
    rows: impl Iterator<Item = Row<'a>>,
    first: State,
    others: State,
    each: &mut dyn FnMut(Result<Version<'a>, Finding>) -> Result<(), E>,
) -> Result<(), E> {
    let mut distinct: Vec<Version<'a>> = Vec::with_capacity(1);
    // Filled from the second version on: nearly every row has one.
    let mut by_content: HashMap<u64, Vec<usize>> = HashMap::new();
    for row in rows {
        if let [only] = distinct.as_slice() {
            by_content.entry(content_hash(&only.row)).or_default().push(0);
        }
        let equal = |known: &&usize| distinct.get(**known).is_some_and(|known| same(&known.row, &row));
        let hash = if distinct.is_empty() { 0 } else { content_hash(&row) };
        match by_content.get(&hash).and_then(|known| known.iter().find(equal)).copied() {
            Some(known) => distinct.get_mut(known).into_iter().for_each(|k| k.seen_in.push(sighting(&row))),
            None => {
                let state = if distinct.is_empty() { first } else { others };
                if !distinct.is_empty() {
                    by_content.entry(hash).or_default().push(distinct.len());
                }
                distinct.push(Version { row, state, seen_in: Vec::new() });
            }
        }
    }
    distinct.into_iter().try_for_each(|version| each(Ok(version)))
}

fn same(one: &Row<'_>, other: &Row<'_>) -> bool {
    one.complete && other.complete && one.payload() == other.payload()
}

fn content_hash(row: &Row<'_>) -> u64 {
    let mut hasher = DefaultHasher::new();
    row.payload().hash(&mut hasher);
    hasher.finish()
}

fn sighting(row: &Row<'_>) -> Sighting {
    let place = row.place;
    Sighting {
        view: place.view.to_string(),
        source: place.source.to_string(),
        page: place.page,
        offset: place.offset,
        length: place.length,
    }
}
