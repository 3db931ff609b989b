//! Entries of indexes whose row is gone: all that is left of it are the columns that the index holds.

use super::super::Value;
use super::database::Database;
use super::recovery::{Recovery, Stray};
use super::table::Table;
use std::collections::{HashMap, HashSet};

/// Keeps, of the entries that were found, those of rows that no view has, each once, as rows of no table.
pub(super) fn keep_witnesses(database: &Database<'_>, recovery: &mut Recovery) {
    let entries = std::mem::take(&mut recovery.entries);
    let mut known: HashMap<&str, HashSet<i64>> = HashMap::new();
    let mut seen: HashSet<(usize, Vec<u8>)> = HashSet::new();
    for (index, stray) in entries {
        let object = database.schema().others.get(index);
        let table = object.and_then(|object| database.table(&object.table));
        let (Some(table), Some(rowid)) = (table, rowid(database, &stray)) else { continue };
        let known = known.entry(&table.name).or_insert_with(|| rowids_of_versions(database, recovery, table));
        let is_gone = !known.contains(&rowid) && matches!(database.find(table, rowid), Ok(None));
        let payload = || stray.find.row(database.live()).payload().to_vec();
        if is_gone && seen.insert((index, payload())) {
            recovery.strays.push(stray);
        }
    }
}

/// The rowid that an entry ends with.
fn rowid(database: &Database<'_>, stray: &Stray) -> Option<i64> {
    let row = stray.find.row(database.live());
    match row.value(&stray.table, stray.table.columns.len().checked_sub(1)?) {
        Value::Integer(rowid) => Some(rowid),
        _ => None,
    }
}

/// The rowids of the versions that are not live.
fn rowids_of_versions(database: &Database<'_>, recovery: &Recovery, table: &Table) -> HashSet<i64> {
    let index = database.schema().tables.iter().position(|known| std::ptr::eq(known, table));
    let finds = index.and_then(|index| recovery.tables.get(index)).into_iter().flatten();
    let former = recovery.former.iter().filter(|former| former.table.name.eq_ignore_ascii_case(&table.name));
    let finds = finds.chain(former.flat_map(|former| &former.finds)).filter_map(|find| find.rowid);
    let older = database.older_rows(table).filter_map(|row| row.ok()?.rowid);
    finds.chain(older).collect()
}
