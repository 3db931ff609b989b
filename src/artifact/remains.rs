//! What is known of a row that is not whole: which columns are lost, and why it is taken for a row of its table.

use crate::parse::Value;
use crate::parse::sqlite::{Row, Table};

/// Whether the value of a column could not be read, or not to its end.
pub(super) fn is_lost(row: &Row<'_>, table: &Table, column: usize) -> bool {
    row.is_missing(table, column) || (table.rowid_alias == Some(column) && lacks_rowid(row, table))
}

/// Whether the rowid of a row is lost.
pub(super) fn lacks_rowid(row: &Row<'_>, table: &Table) -> bool {
    row.rowid.is_none() && !table.without_rowid
}

/// The value of a column; nothing where all of it is lost, which is not the same as empty.
pub(super) fn left<'a>(row: &Row<'a>, table: &Table, column: usize) -> Option<Value<'a>> {
    let value = row.value(table, column);
    let blank = match &value {
        Value::Null => true,
        Value::Text(text) => text.is_empty(),
        Value::Blob(bytes) => bytes.is_empty(),
        _ => false,
    };
    (!blank || !is_lost(row, table, column)).then_some(value)
}

/// The names of the columns that could not be read, or not to their end.
pub(super) fn missing<'t>(row: &Row<'_>, table: &'t Table) -> Vec<&'t str> {
    if row.complete && !lacks_rowid(row, table) {
        return Vec::new();
    }
    let lost = |(index, _): &(usize, _)| is_lost(row, table, *index);
    table.columns.iter().enumerate().filter(lost).map(|(_, column)| column.name.as_str()).collect()
}

/// How a row in unused space was made out and given to its table; nothing for a row that a pointer leads to.
pub(super) fn reason(row: &Row<'_>, table: &Table) -> Option<String> {
    let mut reason = row.recovered()?.reason();
    let inferred = table.columns.iter().enumerate().filter(|(index, _)| row.is_inferred(table, *index));
    let names: Vec<&str> = inferred.map(|(_, column)| column.name.as_str()).collect();
    if !names.is_empty() {
        let names = names.join(", ");
        reason.push_str(
            "; the type was overwritten and follows from the length of the cell and from other rows: ",
        );
        reason.push_str(&names);
    }
    Some(reason)
}
