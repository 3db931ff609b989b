//! What a statement of a backup means. Nothing is executed: a table is created, a row is inserted, or the statement is left out.

use super::super::sqlite::{Insertion, Table, insertion, table_of};

/// A statement.
pub(super) enum Statement {
    /// A table, with the text that creates it.
    Table(Box<Table>),
    /// A row.
    Insert(Insertion),
    /// An index, a trigger, a virtual table: nothing that holds rows of its own.
    LeftOut,
    /// It cannot be made out.
    Unknown,
}

/// Reads a statement.
pub(super) fn statement(sql: &str) -> Statement {
    let mut words = sql.split_whitespace().map(str::to_ascii_uppercase);
    match (words.next().as_deref(), words.next().as_deref()) {
        (Some("CREATE"), Some("TABLE")) => match table_of(sql) {
            Some(table) if table.without_rowid => {
                // Rows are written with rowids: so every table can be read in the order in which it was written.
                let end = sql.rfind(')').map_or(sql.len(), |end| end.saturating_add(1));
                let plain = table_of(sql.get(..end).unwrap_or(sql));
                plain.map_or(Statement::Unknown, |table| Statement::Table(Box::new(table)))
            }
            Some(table) => Statement::Table(Box::new(table)),
            None => Statement::Unknown,
        },
        (Some("INSERT"), Some(_)) => insertion(sql).map_or(Statement::Unknown, Statement::Insert),
        (Some("CREATE" | "DROP" | "PRAGMA" | "BEGIN" | "COMMIT" | "DELETE"), _) => Statement::LeftOut,
        _ => Statement::Unknown,
    }
}
