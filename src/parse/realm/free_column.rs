//! Arrays of columns in unused space (before format 10): each an older version of a whole table.

use super::array::Array;
use super::old::{self, OldColumn};
use super::reader::Reader;
use super::scope::ALL;
use super::table::Table;

/// An older version of a table.
pub(super) struct Version<'a> {
    /// Number of its rows.
    pub rows: usize,
    /// Its columns.
    pub columns: Vec<OldColumn<'a>>,
}

/// The columns that a freed array of columns leads to; `None` where one of them is gone, or has another shape or number of rows: then the
/// places of the others may have been used again too.
pub(super) fn columns<'a>(
    reader: &Reader<'a>,
    (index, table): (usize, &Table<'a>),
    array: &Array<'a>,
) -> Option<Version<'a>> {
    let (places, _) = old::places(&table.declared);
    let mut version = Version { rows: 0, columns: Vec::new() };
    for (at, column) in table.columns.iter().enumerate() {
        reader.enter((index, at, ALL));
        let losses = reader.losses();
        let root = reader.array(array.reference(*places.get(column.position)?)?).ok()?;
        let opened = OldColumn::open(reader, table.declared.get(column.position)?, root).ok()?;
        let rows = opened.sound(reader).filter(|_| reader.losses() == losses)?;
        if at > 0 && rows != version.rows {
            return None;
        }
        version.rows = rows;
        version.columns.push(opened);
    }
    (version.rows > 0).then_some(version)
}
