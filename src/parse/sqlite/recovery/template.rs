//! The shape of the records of one table or index: what a carver holds unclaimed bytes against.

use super::super::create_table::create_table;
use super::super::record::Fields;
use super::super::row::Row;
use super::super::spot::narrow;
use super::super::table::{Column, Table};
use super::slot::Slot;
use std::sync::Arc;

/// Whose records have a shape.
#[derive(Debug, Clone)]
pub(super) enum Owner {
    /// A table of the live schema, by its index in it.
    Table(usize),
    /// A table that the live schema has no longer, or no longer like this.
    Former(Arc<Table>),
    /// A layout that a table of the live schema had: its columns are numbered.
    Layout(Arc<Table>),
    /// An index, by its index among the schema's other objects, and what its entries hold.
    Index(usize, Arc<Table>),
}

/// The shape of a table's records.
#[derive(Debug, Clone)]
pub(super) struct Template {
    pub owner: Owner,
    pub name: String,
    /// Cells without a rowid.
    pub without_rowid: bool,
    /// In the order of storage.
    pub slots: Vec<Slot>,
    /// How many columns its records were seen to have, ascending; the whole number is always among them.
    pub lengths: Vec<usize>,
}

impl Template {
    pub(super) fn of_table(owner: Owner, table: &Table) -> Template {
        let mut stored: Vec<(usize, Slot)> = table
            .columns
            .iter()
            .enumerate()
            .filter_map(|(index, column)| {
                let position = column.stored?;
                let is_key = table.without_rowid && position < table.key_length;
                Some((position, Slot::new(column, table.rowid_alias == Some(index), is_key)))
            })
            .collect();
        stored.sort_by_key(|(position, _)| *position);
        let slots: Vec<Slot> = stored.into_iter().map(|(_, slot)| slot).collect();
        Template::new(owner, table.name.clone(), (slots, table.without_rowid))
    }

    pub(super) fn new(owner: Owner, name: String, (slots, without_rowid): (Vec<Slot>, bool)) -> Template {
        let lengths = vec![slots.len()];
        Template { owner, name, without_rowid, slots, lengths }
    }

    pub(super) fn is_of_index(&self) -> bool {
        matches!(self.owner, Owner::Index(..))
    }

    /// Learns from a row of the table.
    pub(super) fn learn(&mut self, row: &Row<'_>) {
        let payload = row.payload();
        let mut count: usize = 0;
        for (field, slot) in Fields::new(payload).zip(&mut self.slots) {
            let body = payload.get(narrow(field.start)..narrow(field.end)).unwrap_or(&[]);
            slot.learn(field.serial, body);
            count = count.saturating_add(1);
        }
        if let Err(at) = self.lengths.binary_search(&count) {
            self.lengths.insert(at, count);
        }
    }

    pub(super) fn weigh(&mut self) {
        self.slots.iter_mut().for_each(Slot::weigh);
    }

    /// Whether SQLite can have stored these serial types as a record of the table.
    pub(super) fn fits(&self, serials: &[u64]) -> bool {
        self.lengths.binary_search(&serials.len()).is_ok()
            && serials.iter().zip(&self.slots).all(|(serial, slot)| slot.allows(*serial))
    }

    /// How much better these serial types fit than chance.
    pub(super) fn weight(&self, serials: &[u64]) -> f64 {
        let of_columns: f64 =
            serials.iter().zip(&self.slots).map(|(serial, slot)| slot.weight(*serial)).sum();
        let short = if serials.len() < self.slots.len() { -6.0 } else { 0.0 };
        of_columns.max(-40.0) + short
    }
}

/// A table of so many columns of which nothing else is known.
pub(super) fn numbered(count: usize, without_rowid: bool) -> Table {
    Table {
        name: String::new(),
        root_page: 0,
        columns: (0..count).map(Column::numbered).collect(),
        rowid_alias: None,
        without_rowid,
        strict: false,
        key_length: if without_rowid { count } else { 0 },
        declared: false,
        sql: String::new(),
    }
}

/// A table of an older schema, by its text.
pub(super) fn former(name: &str, root_page: u32, sql: &str) -> Option<Arc<Table>> {
    create_table(name, root_page, sql).map(Arc::new)
}
