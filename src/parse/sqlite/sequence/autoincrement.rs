//! `sqlite_sequence`: the last rowid that each AUTOINCREMENT table was given ("SQLite Autoincrement"; file format, section 2.6.2).
//!
//! ```text
//! name text │ seq integer
//! ```

use super::super::super::{Finding, Value};
use super::super::database::Database;
use super::super::spot::Spot;
use super::super::table::Table;
use super::super::token::tokens;
use super::gaps::RowidGaps;
use std::collections::HashMap;

/// Rows of `sqlite_sequence` that are read, and tables that a message names.
const MOST_ROWS: usize = 10_000;
const NAMED: usize = 16;

/// What `sqlite_sequence` says: table in lower case → name as it stands there, last rowid given, place of the row.
#[derive(Debug, Default)]
pub(super) struct Sequences(HashMap<String, (String, i64, Spot)>);

impl Sequences {
    /// Reads the table; empty where there is none.
    pub(super) fn read(database: &Database<'_>) -> Sequences {
        let mut found = Sequences::default();
        let Some(table) = database.table("sqlite_sequence").filter(|table| table.columns.len() >= 2) else {
            return found;
        };
        for row in database.rows(table).take(MOST_ROWS).flatten() {
            let (Value::Text(name), Value::Integer(given)) = (row.value(table, 0), row.value(table, 1))
            else {
                continue;
            };
            let spot = Spot::new(row.place.source, row.place.offset).on_page(row.place.page);
            // SQLite takes the first of several rows of one table.
            found.0.entry(name.to_ascii_lowercase()).or_insert((name.into_owned(), given, spot));
        }
        found
    }

    /// The last rowid that a table was given, and the row that says it.
    pub(super) fn given(&self, table: &str) -> Option<(i64, Spot)> {
        self.0.get(&table.to_ascii_lowercase()).map(|(_, given, spot)| (*given, *spot))
    }

    /// Where the rows of `sqlite_sequence` and those of the tables do not fit together.
    pub(super) fn findings(&self, database: &Database<'_>, tables: &[RowidGaps], root: Spot) -> Vec<Finding> {
        let found = [self.orphaned(database), self.below(tables), self.unlisted(tables, root)];
        found.into_iter().flatten().collect()
    }

    /// Rows of tables that are not there.
    fn orphaned(&self, database: &Database<'_>) -> Option<Finding> {
        let mut gone: Vec<&(String, i64, Spot)> =
            self.0.values().filter(|(name, ..)| database.table(name).is_none()).collect();
        gone.sort_unstable_by_key(|(name, ..)| name);
        let (.., spot) = gone.first()?;
        let names = gone.iter().map(|(name, given, _)| format!("{name} (last rowid given {given})"));
        let message = format!(
            "sqlite_sequence names tables that are not there: {}. DROP TABLE removes such a row, so that another program or the app \
             itself wrote it",
            list(names.collect())
        );
        Some(spot.note("sqlite-sequence-orphaned", message))
    }

    /// Tables with rows beyond the last rowid given.
    fn below(&self, tables: &[RowidGaps]) -> Option<Finding> {
        let mut spot = None;
        let beyond = tables.iter().filter_map(|gaps| {
            let (name, given, at) = self.0.get(&gaps.table.to_ascii_lowercase())?;
            let last = gaps.last.filter(|last| last > given)?;
            spot.get_or_insert(*at);
            Some(format!("{name} {given} (row {last})"))
        });
        let names: Vec<String> = beyond.collect();
        let message = format!(
            "sqlite_sequence is below the greatest rowid: {}. INSERT never leaves it so: a rowid was changed by UPDATE, or \
             sqlite_sequence was",
            list(names)
        );
        spot.map(|spot| spot.note("sqlite-sequence-below", message))
    }

    /// AUTOINCREMENT tables that have rows and stand not in it.
    fn unlisted(&self, tables: &[RowidGaps], root: Spot) -> Option<Finding> {
        let with_rows = tables.iter().filter(|gaps| gaps.autoincrement && gaps.rows > 0);
        let names: Vec<String> = with_rows
            .filter(|gaps| self.given(&gaps.table).is_none())
            .map(|gaps| gaps.table.clone())
            .collect();
        if names.is_empty() {
            return None;
        }
        let message = format!(
            "AUTOINCREMENT tables with rows have none in sqlite_sequence: {}. It was removed there, as is done to let rowids begin anew",
            list(names)
        );
        Some(root.note("sqlite-sequence-missing", message))
    }
}

/// Names for a message, the first sixteen.
pub(super) fn list(mut names: Vec<String>) -> String {
    let more = names.len().saturating_sub(NAMED);
    names.truncate(NAMED);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    format!("{}{more}", names.join(", "))
}

/// Whether a table is declared with AUTOINCREMENT.
pub(super) fn is_autoincrement(table: &Table) -> bool {
    tokens(&table.sql).iter().any(|token| token.is("AUTOINCREMENT"))
}
