//! Arrays of columns in unused space (before format 10): each an older version of a whole table.

use super::array::{Array, Entry};
use super::old::{self, OldColumn};
use super::reader::Reader;
use super::table::Table;
use std::collections::BTreeMap;

/// An older version of a table.
pub(super) struct Version<'a> {
    /// Number of its rows.
    pub rows: usize,
    /// Its columns; `None` for one that is not there any more.
    pub columns: Vec<Option<Opened<'a>>>,
}

/// A column, and whether its leaves lie where something else may have been written since.
pub(super) struct Opened<'a> {
    pub column: OldColumn<'a>,
    pub in_doubt: bool,
}

/// The columns that a freed array of columns leads to; `None` where it is none of that table.
pub(super) fn columns<'a>(
    reader: &Reader<'a>,
    (index, table): (usize, &Table<'a>),
    array: &Array<'a>,
) -> Option<Version<'a>> {
    let (places, _) = old::places(&table.declared);
    let mut opened = Vec::new();
    let mut counts: BTreeMap<usize, usize> = BTreeMap::new();
    for (at, column) in table.columns.iter().enumerate() {
        reader.enter((index, at));
        reader.take_doubt();
        let root = match array.entry(*places.get(column.position)?) {
            Some(Entry::Ref(reference)) => reader.array(reference).ok(),
            None => None,
            Some(Entry::Null | Entry::Tagged(_)) => return None,
        };
        let losses = reader.losses();
        let declared = table.declared.get(column.position)?;
        let found = root.and_then(|root| OldColumn::open(reader, declared, root).ok());
        let found = found.and_then(|found| found.sound(reader).map(|rows| (rows, found)));
        let found = found.filter(|_| reader.losses() == losses);
        if let Some((rows, _)) = &found {
            let count = counts.entry(*rows).or_default();
            *count = count.saturating_add(1);
        }
        let in_doubt = reader.take_doubt();
        opened.push(found.map(|(rows, column)| (rows, Opened { column, in_doubt })));
    }
    let (rows, count) = counts.into_iter().max_by_key(|(rows, count)| (*count, *rows))?;
    let is_version = rows > 0 && count.saturating_mul(2) >= opened.len();
    let same =
        |found: Option<(usize, Opened<'a>)>| found.filter(|(of, _)| *of == rows).map(|(_, found)| found);
    is_version.then(|| Version { rows, columns: opened.into_iter().map(same).collect() })
}
