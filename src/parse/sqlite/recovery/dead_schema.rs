//! Tables that `sqlite_schema` names no longer: their `CREATE TABLE` texts among its dead rows.

use super::super::super::Value;
use super::super::row::Row;
use super::super::schema::schema_table;
use super::super::table::{Schema, Table};
use super::template::former;
use std::sync::Arc;

/// Texts that a schema can be flooded with; each becomes a template that every page is held against.
const MOST: usize = 256;

/// The tables that dead schema rows describe and the live schema does not, each text once, in the order of the rows.
pub(super) fn former_tables<'r>(rows: impl Iterator<Item = &'r Row<'r>>, live: &Schema) -> Vec<Arc<Table>> {
    let own = schema_table();
    let mut found: Vec<Arc<Table>> = Vec::new();
    for row in rows {
        let text = |column| match row.value(&own, column) {
            Value::Text(text) => text.into_owned(),
            _ => String::new(),
        };
        let root = match row.value(&own, 3) {
            Value::Integer(root) => u32::try_from(root).unwrap_or(0),
            _ => 0,
        };
        if text(0) != "table" || root == 0 || text(1).starts_with("sqlite_") {
            continue;
        }
        let Some(table) = former(&text(1), root, &text(4)) else { continue };
        let same = |known: &Table| {
            known.name.eq_ignore_ascii_case(&table.name) && known.reads_as(&table) && table.reads_as(known)
        };
        let is_known = live.tables.iter().any(same) || found.iter().any(|known| same(known));
        if !is_known && found.len() < MOST {
            found.push(table);
        }
    }
    found
}
