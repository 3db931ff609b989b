//! What the commits that a file names hold of a table, to tell from it what only free space has.

use super::group::{Realm, Snapshot};
use super::table::{Row, Table};
use super::versions::{Content, content};
use crate::parse::{Node, Value};
use std::borrow::Cow;
use std::collections::HashSet;
use std::convert::Infallible;

/// The rows of a table in the last commit and the one before, by some of its columns.
#[derive(Debug, Default)]
pub(super) struct Known {
    keyed: HashSet<Content>,
    contents: HashSet<Content>,
    primary: HashSet<Content>,
    keys: HashSet<i64>,
}

impl Known {
    /// Reads them, leaving out the columns in `missing`.
    pub fn of(realm: &Realm<'_>, has_previous: bool, table: &Table<'_>, missing: &[usize]) -> Self {
        let mut known = Known::default();
        if let Ok(current) = realm.current() {
            known.read(&current, table, missing, true);
        }
        if let Some(Ok(previous)) = realm.previous().filter(|_| has_previous) {
            known.read(&previous, table, missing, false);
        }
        known
    }

    fn read(&mut self, snapshot: &Snapshot<'_>, table: &Table<'_>, missing: &[usize], is_current: bool) {
        let Some(same) = snapshot.tables.iter().find(|known| known.name == table.name) else { return };
        let primary = same.columns.iter().position(|column| column.is_primary_key);
        let done: Result<(), Infallible> = snapshot.rows(same, &mut |row| {
            self.keyed.insert(keyed(&row, missing));
            self.contents.insert(contents(&row, missing));
            if is_current {
                self.keys.insert(row.key);
                let value = primary.and_then(|at| row.values.get(at));
                self.primary.extend(value.map(|value| content(std::iter::once(value))));
            }
            Ok(())
        });
        match done {
            Ok(()) => {}
        }
    }

    /// Whether one of them is this row: with its key, where that is known.
    pub fn holds(&self, row: &Row<'_>, has_key: bool) -> bool {
        match has_key {
            true => self.keyed.contains(&keyed(row, &row.missing)),
            false => self.contents.contains(&contents(row, &row.missing)),
        }
    }

    /// Whether the last commit holds an object of this key.
    pub fn has_key(&self, key: i64) -> bool {
        self.keys.contains(&key)
    }

    /// Whether the last commit holds an object of this primary key.
    pub fn has_primary(&self, value: &Node<'_>) -> bool {
        self.primary.contains(&content(std::iter::once(value)))
    }
}

/// A digest of what a row holds.
pub(super) fn contents(row: &Row<'_>, missing: &[usize]) -> Content {
    content(
        row.values.iter().enumerate().filter(|(index, _)| !missing.contains(index)).map(|(_, value)| value),
    )
}

/// A digest of what a row holds, and of its key.
pub(super) fn keyed(row: &Row<'_>, missing: &[usize]) -> Content {
    let key = Node { value: Value::Integer(row.key), span: row.place };
    let rest = Node { value: Value::Blob(Cow::Owned(contents(row, missing).to_vec())), span: row.place };
    content([&key, &rest].into_iter())
}
