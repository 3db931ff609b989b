//! Look-ups: the rows of another table with equal keys. They add; they never drop a row and never multiply it.
//!
//! For a row of a snapshot the rows that stand in that snapshot are chosen; of another file, whose snapshots cannot be set against those of
//! the row's own, the live ones. Where a snapshot has none, a look-up of one row takes the newest version before it (the name of a
//! contact that was removed), then what unused space still holds; one of `many` does not, or a list would mix what stands there with what
//! was taken out. A row in unused space has no moment: it looks as a live one does. Keys that are the rowid are sought in the b-tree. Others are
//! indexed once: 16 bytes for each row, sorted by the hash of its key.

use super::bind::OpenDatabase;
use super::definition::Test;
use super::remains::is_lost;
use super::scalar::{Key, key, passes};
use crate::parse::sqlite::{Identity, Place, Row, Table, View};
use crate::parse::{Finding, Value};
use std::collections::{HashMap, HashSet};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::OnceLock;

/// A column that a key is compared with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum KeyColumn {
    Column(usize),
    Rowid,
}

/// A row that a look-up found.
#[derive(Debug, Clone)]
pub(super) struct Found<'a> {
    pub(super) row: Row<'a>,
    /// Other versions of it, in other views.
    pub(super) other_versions: usize,
}

/// A table that is looked up.
pub(super) struct LookupTable<'d, 'a> {
    pub(super) open: OpenDatabase<'d, 'a>,
    pub(super) table: &'d Table,
    keys: Vec<KeyColumn>,
    tests: Vec<(KeyColumn, Test)>,
    same_file: bool,
    index: Index<'a>,
    /// It stands in the live view; else it was dropped, and has older rows alone.
    is_live: bool,
    /// Versions under newer ones; no more than the WAL holds.
    older: Older<'a>,
    /// Rows in unused space by the hash of their keys, sorted; read when a look-up finds nothing else.
    residue: OnceLock<Vec<(u64, Place)>>,
}

/// Older versions, sought by the hash of their keys, counted by their identity.
#[derive(Default)]
struct Older<'a> {
    rows: Vec<Row<'a>>,
    by_key: HashMap<u64, Vec<usize>>,
    versions: HashMap<Identity, usize>,
}

enum Index<'a> {
    /// Not made yet.
    Pending,
    /// The key is the rowid.
    Seek,
    /// (hash of the key, rowid), sorted.
    Rowids(Vec<(u64, i64)>),
    /// The same for a table without rowids, which are small in practice.
    Rows(Vec<(u64, Row<'a>)>),
    /// The rows that a report names: a record is made again from them alone.
    Given(Vec<Row<'a>>),
}

impl<'d, 'a> LookupTable<'d, 'a> {
    pub(super) fn new(
        open: OpenDatabase<'d, 'a>,
        table: &'d Table,
        keys: Vec<KeyColumn>,
        tests: Vec<(KeyColumn, Test)>,
    ) -> Self {
        let is_live = open.db.is_live(table);
        let (older, residue) = (Older::default(), OnceLock::new());
        LookupTable {
            open,
            table,
            keys,
            tests,
            same_file: false,
            index: Index::Pending,
            is_live,
            older,
            residue,
        }
    }

    /// Says which file the looking rows lie in.
    pub(super) fn seen_from(mut self, file: usize) -> Self {
        self.same_file = self.open.file == file;
        self
    }

    /// Reads the table once; what could not be read is returned.
    pub(super) fn prepare(&mut self) -> Vec<Finding> {
        let mut unread = Vec::new();
        if !matches!(self.index, Index::Pending) {
            return unread;
        }
        let views = self.open.views;
        let older = views.want_older().then(|| self.open.db.older_rows(self.table));
        for row in older.into_iter().flatten().filter_map(|row| keep(row, &mut unread)) {
            if !views.wants(row.place.view) {
                continue;
            }
            *self.older.versions.entry(row.identity(self.table)).or_insert(0) += 1;
            if let Some(hash) = self.hash_of(&row) {
                self.older.by_key.entry(hash).or_default().push(self.older.rows.len());
            }
            self.older.rows.push(row);
        }
        self.index = match self.keys.as_slice() {
            _ if !self.is_live => Index::Rowids(Vec::new()),
            [KeyColumn::Rowid] => Index::Seek,
            [KeyColumn::Column(column)] if self.table.rowid_alias == Some(*column) => Index::Seek,
            _ if self.table.without_rowid => self.index_rows(&mut unread),
            _ => self.index_rowids(&mut unread),
        };
        unread
    }

    /// Restricts it to the rows that a report names.
    pub(super) fn give(&mut self, rows: Vec<Row<'a>>) {
        self.index = Index::Given(rows);
    }

    fn index_rowids(&self, unread: &mut Vec<Finding>) -> Index<'a> {
        let mut index = Vec::new();
        for row in self.open.db.rows(self.table).filter_map(|row| keep(row, unread)) {
            if let (Some(hash), Some(rowid)) = (self.hash_of(&row), row.rowid) {
                index.push((hash, rowid));
            }
        }
        index.sort_unstable();
        Index::Rowids(index)
    }

    fn index_rows(&self, unread: &mut Vec<Finding>) -> Index<'a> {
        let mut index = Vec::new();
        for row in self.open.db.rows(self.table).filter_map(|row| keep(row, unread)) {
            index.extend(self.hash_of(&row).map(|hash| (hash, row)));
        }
        index.sort_by_key(|(hash, _)| *hash);
        Index::Rows(index)
    }

    /// The hash of a row's key, where its tests hold and none of it is null.
    fn hash_of(&self, row: &Row<'a>) -> Option<u64> {
        self.tests_hold(row).then(|| self.row_keys(row).map(|keys| hash(&keys)))?
    }

    fn row_keys(&self, row: &Row<'a>) -> Option<Vec<Key>> {
        self.keys.iter().map(|column| self.cell_key(row, *column)).collect()
    }

    fn cell_key(&self, row: &Row<'a>, column: KeyColumn) -> Option<Key> {
        match column {
            // The rest of a key is another key.
            KeyColumn::Column(index) if is_lost(row, self.table, index) => None,
            KeyColumn::Column(index) => key(&row.value(self.table, index)),
            KeyColumn::Rowid => row.rowid.map(Key::Integer),
        }
    }

    fn tests_hold(&self, row: &Row<'a>) -> bool {
        self.tests.iter().all(|(column, test)| match column {
            KeyColumn::Column(index) => passes(Some(&row.value(self.table, *index)), test),
            KeyColumn::Rowid => passes(row.rowid.map(Value::Integer).as_ref(), test),
        })
    }

    /// The rows with these keys for a row of the given view, in identity order.
    pub(super) fn find(
        &self,
        values: &[Value<'_>],
        (view, many): (View, bool),
        unread: &mut Vec<Finding>,
    ) -> Vec<Found<'a>> {
        let Some(wanted) = values.iter().map(key).collect::<Option<Vec<Key>>>() else { return Vec::new() };
        let fits =
            |row: &Row<'a>| self.row_keys(row).is_some_and(|keys| keys == wanted) && self.tests_hold(row);
        if let Index::Given(rows) = &self.index {
            return rows
                .iter()
                .filter(|row| fits(row))
                .map(|row| Found { row: row.clone(), other_versions: 0 })
                .collect();
        }
        let live = self.live(&wanted, unread).into_iter().filter(|row| fits(row));
        let positions = self.older.by_key.get(&hash(&wanted)).map_or(&[] as &[usize], Vec::as_slice);
        let older = positions.iter().filter_map(|at| self.older.rows.get(*at)).filter(|row| fits(row));
        let db = self.open.db;
        let snapshot = if self.same_file && db.moment_of(view).is_some() { view } else { View::Live };
        let mut chosen: Vec<Row<'a>> = match snapshot {
            View::Live => live.collect(),
            _ => {
                let stands = |row: &Row<'a>| db.is_visible(&row.place, snapshot);
                let older = older.clone().filter(|row| stands(row)).cloned();
                // Copies of one row stand in the list too: the live one and the newest come first.
                let mut seen = HashSet::new();
                let all = live.filter(|row| stands(row)).chain(older);
                all.filter(|row| seen.insert(row.identity(self.table))).collect()
            }
        };
        if chosen.is_empty() && !many {
            let latest = db.moment_of(snapshot);
            let is_before =
                |row: &&Row<'a>| db.moment_of(row.place.view).is_none_or(|moment| Some(moment) <= latest);
            chosen = newest_of_each(older.filter(is_before), self.table);
        }
        if chosen.is_empty() && !many {
            let residue = self.residue(&wanted);
            chosen = newest_of_each(residue.iter().filter(|row| fits(row)), self.table);
        }
        chosen.sort_by_cached_key(|row| row.identity(self.table));
        chosen.into_iter().map(|row| self.found(row)).collect()
    }

    /// Rows in unused space whose keys have this hash, whole ones first.
    fn residue(&self, wanted: &[Key]) -> Vec<Row<'a>> {
        let OpenDatabase { db, views, .. } = self.open;
        if !views.want_residue() {
            return Vec::new();
        }
        let index = self.residue.get_or_init(|| {
            let rows = db.residue_rows(self.table).filter(|row| views.wants(row.place.view));
            let mut index: Vec<(u64, Place)> =
                rows.filter_map(|row| Some((self.hash_of(&row)?, row.place))).collect();
            index.sort_by_key(|(hash, _)| *hash);
            index
        });
        let hash = hash(wanted);
        let start = index.partition_point(|(known, _)| *known < hash);
        let equal = index.iter().skip(start).take_while(|(known, _)| *known == hash);
        // Each place is one that the same search gave.
        let mut rows: Vec<Row<'a>> = equal.flat_map(|(_, place)| db.row_at(self.table, place)).collect();
        rows.sort_by_key(|row| !row.complete);
        rows
    }

    fn found(&self, row: Row<'a>) -> Found<'a> {
        let other_versions = match self.older.rows.is_empty() {
            true => 0,
            false => {
                let identity = row.identity(self.table);
                let same = self.older.versions.get(&identity).copied().unwrap_or(0);
                let itself = usize::from(row.place.view != View::Live);
                let live = usize::from(itself == 1 && self.live_has(&identity));
                same.saturating_sub(itself) + live
            }
        };
        Found { row, other_versions }
    }

    fn live_has(&self, identity: &Identity) -> bool {
        match identity {
            Identity::Unknown(..) => false,
            Identity::Rowid(_) if !self.is_live => false,
            Identity::Rowid(rowid) => matches!(self.open.db.find(self.table, *rowid), Ok(Some(_))),
            Identity::Key(_) => match &self.index {
                Index::Rows(rows) => rows.iter().any(|(_, row)| row.identity(self.table) == *identity),
                _ => false,
            },
        }
    }

    fn live(&self, wanted: &[Key], unread: &mut Vec<Finding>) -> Vec<Row<'a>> {
        match &self.index {
            Index::Pending | Index::Given(_) => Vec::new(),
            Index::Seek => match wanted {
                [Key::Integer(rowid)] => self.seek(*rowid, unread).into_iter().collect(),
                _ => Vec::new(),
            },
            Index::Rowids(index) => {
                let hash = hash(wanted);
                let start = index.partition_point(|(known, _)| *known < hash);
                let equal = index.iter().skip(start).take_while(|(known, _)| *known == hash);
                equal.filter_map(|(_, rowid)| self.seek(*rowid, unread)).collect()
            }
            Index::Rows(index) => {
                let hash = hash(wanted);
                let start = index.partition_point(|(known, _)| *known < hash);
                let equal = index.iter().skip(start).take_while(|(known, _)| *known == hash);
                equal.map(|(_, row)| row.clone()).collect()
            }
        }
    }

    fn seek(&self, rowid: i64, unread: &mut Vec<Finding>) -> Option<Row<'a>> {
        match self.open.db.find(self.table, rowid) {
            Ok(row) => row,
            Err(finding) => {
                unread.push(finding);
                None
            }
        }
    }
}

fn keep<'a>(row: Result<Row<'a>, Finding>, unread: &mut Vec<Finding>) -> Option<Row<'a>> {
    match row {
        Ok(row) => Some(row),
        Err(finding) => {
            unread.push(finding);
            None
        }
    }
}

/// Of several older versions of a row the newest; they come newest first.
fn newest_of_each<'r, 'a: 'r>(older: impl Iterator<Item = &'r Row<'a>>, table: &Table) -> Vec<Row<'a>> {
    let mut seen = HashSet::new();
    older.filter(|row| seen.insert(row.identity(table))).cloned().collect()
}

fn hash(keys: &[Key]) -> u64 {
    let mut hasher = DefaultHasher::new();
    keys.hash(&mut hasher);
    hasher.finish()
}
