//! The rows of a backup as a database.

use super::super::Finding;
use super::super::sqlite::{Cell, Writer, write_record};
use super::message::{Message, message};
use super::read::{Backup, Contents, Place, Rows};

/// Which frame each row came from.
const FRAME: &str = "CREATE TABLE affiant_frame (table_name TEXT, row_id INTEGER, \"offset\" INTEGER)";
/// What follows frames: of which kind, of which row, where in the backup, whether its MAC is right.
const ATTACHMENT: &str = "CREATE TABLE affiant_attachment (kind TEXT, row_id, name, length INTEGER, \"offset\" INTEGER, proven INTEGER)";
const PREFERENCE: &str = "CREATE TABLE affiant_preference (file TEXT, \"key\" TEXT, value)";
const KEY_VALUE: &str = "CREATE TABLE affiant_key_value (\"key\" TEXT, type TEXT, value)";

impl Backup<'_> {
    /// Writes the rows as a database: `write` takes its pages from page 2 on; page 1, which stands before them, is given.
    ///
    /// # Errors
    /// Those of `write`.
    pub fn rebuild<E>(
        &self,
        write: &mut dyn FnMut(&[u8]) -> Result<(), E>,
    ) -> Result<(Vec<u8>, Vec<Finding>), E> {
        let mut contents = self.contents();
        let mut writer = Writer::new(write);
        let tables = std::mem::take(&mut contents.tables);
        let mut rows_of = Vec::new();
        for (position, rows) in tables.into_iter().enumerate() {
            let Rows { table, rows, .. } = rows;
            let rows = ordered(rows, &mut contents);
            let stored = table.columns.iter().filter(|column| column.stored.is_some()).count();
            let places: Vec<Option<usize>> = table.columns.iter().map(|column| column.stored).collect();
            let shape = Shape { position, alias: table.rowid_alias, stored, places };
            let read = |(rowid, place): &(i64, Place)| Some((*rowid, self.row(&contents, &shape, *place)?));
            writer.table(&table.name, &table.sql, &mut rows.iter().filter_map(read))?;
            rows_of.push((table.name, rows));
        }
        let frames =
            rows_of.iter().flat_map(|(name, rows)| rows.iter().map(move |row| (name.as_bytes(), *row)));
        let frame = |(name, (rowid, place)): (&[u8], (i64, Place))| {
            let offset = Cell::Integer(i64::try_from(place.offset).unwrap_or(i64::MAX));
            write_record(&[Cell::Text(name), Cell::Integer(rowid), offset])
        };
        writer.table("affiant_frame", FRAME, &mut (1..).zip(frames.map(frame)))?;
        for (name, sql, records) in [
            ("affiant_attachment", ATTACHMENT, &contents.attachments),
            ("affiant_preference", PREFERENCE, &contents.preferences),
            ("affiant_key_value", KEY_VALUE, &contents.key_values),
        ] {
            writer.table(name, sql, &mut (1..).zip(records.iter().cloned()))?;
        }
        let first = writer.end(contents.database_version)?;
        if contents.left_out > 0 {
            let message =
                format!("{} statements create what holds no rows: indexes, triggers", contents.left_out);
            contents.note("backup-statements-left-out", self.start, &message, false);
        }
        let more = contents.more();
        Ok((first, contents.findings.into_iter().chain(more).collect()))
    }

    /// The record of a row, read from its frame once more.
    fn row(&self, contents: &Contents, shape: &Shape, place: Place) -> Option<Vec<u8>> {
        let frame = self.frame(place)?;
        let Some(Message::Statement(sql, values)) = message(&frame.bytes) else { return None };
        let columns = contents.columns_of(shape.position, std::str::from_utf8(sql).ok()?)?;
        let mut cells = vec![Cell::Null; shape.stored];
        for (column, value) in columns.iter().zip(values) {
            let slot = shape.places.get(*column).copied().flatten().and_then(|stored| cells.get_mut(stored));
            // The rowid stands in the cell, and NULL in its record.
            if let Some(slot) = slot.filter(|_| shape.alias != Some(*column)) {
                *slot = value;
            }
        }
        Some(write_record(&cells))
    }
}

/// What a record of a table is made of.
struct Shape {
    position: usize,
    alias: Option<usize>,
    stored: usize,
    /// Of each column the place in the record.
    places: Vec<Option<usize>>,
}

/// By rowid, each once: of several the last, as if it had replaced the others.
fn ordered(mut rows: Vec<(i64, Place)>, contents: &mut Contents) -> Vec<(i64, Place)> {
    rows.sort_by_key(|(rowid, _)| *rowid);
    let before = rows.len();
    rows.reverse();
    rows.dedup_by_key(|(rowid, _)| *rowid);
    rows.reverse();
    if rows.len() < before {
        let offset = rows.first().map_or(0, |(_, place)| place.offset);
        let message = "rows of a table come twice with one rowid: the last of them is read";
        contents.note("backup-rows-repeated", offset, message, false);
    }
    rows
}
