//! `sqlite_schema`, the table at root page 1 that names all others (file format, section 2.6).
//!
//! ```text
//! type text │ name text │ tbl_name text │ rootpage integer │ sql text
//! ```

use super::super::{Finding, Value};
use super::create_table::create_table;
use super::page::{PageKind, TreeKind, btree_header};
use super::place::Source;
use super::row::Row;
use super::snapshot::Snapshot;
use super::spot::Spot;
use super::table::{Affinity, Column, Schema, SchemaObject, Table};
use super::walk::Walk;
use std::collections::HashSet;

/// Rows and findings among which the first row of a table without a readable text is looked for.
const MAX_STEPS: usize = 64;

/// The table that holds the schema itself.
pub(super) fn schema_table() -> Table {
    let column = |(position, (name, declared_type)): (usize, (&str, &str))| Column {
        declared_type: declared_type.to_owned(),
        stored: Some(position),
        ..Column::plain(name, Affinity::of(declared_type))
    };
    let columns =
        [("type", "TEXT"), ("name", "TEXT"), ("tbl_name", "TEXT"), ("rootpage", "INT"), ("sql", "TEXT")];
    Table {
        name: "sqlite_schema".to_owned(),
        root_page: 1,
        columns: columns.into_iter().enumerate().map(column).collect(),
        rowid_alias: None,
        without_rowid: false,
        strict: false,
        key_length: 0,
        declared: true,
        sql: String::new(),
    }
}

/// The tree that holds the rows of a table.
pub(super) fn tree_of(table: &Table) -> TreeKind {
    if table.without_rowid { TreeKind::Index } else { TreeKind::Table }
}

/// The walk over all rows of a table. Its root page is named by the schema, which begins page 1.
pub(super) fn walk<'d, 'a>(snapshot: &'d Snapshot<'a>, table: &Table) -> Walk<'d, 'a> {
    Walk::new(snapshot, tree_of(table), table.root_page, root_spot(snapshot))
}

/// The place that a finding about a root page names.
pub(super) fn root_spot(snapshot: &Snapshot<'_>) -> Spot {
    match snapshot.overlaid(1) {
        Some(overlaid) => Spot::new(overlaid.source, overlaid.offset).on_page(1),
        None => Spot::new(Source::Main, 0).on_page(1),
    }
}

/// Reads the schema of a snapshot.
pub(super) fn schema(snapshot: &Snapshot<'_>) -> (Schema, Vec<Finding>) {
    let mut reader =
        Reader { snapshot, schema: Schema::default(), findings: Vec::new(), roots: HashSet::new() };
    let own = schema_table();
    for row in walk(snapshot, &own) {
        match row {
            Ok(row) => reader.row(&row, &own),
            Err(finding) => reader.findings.push(finding),
        }
    }
    (reader.schema, reader.findings)
}

struct Reader<'d, 'a> {
    snapshot: &'d Snapshot<'a>,
    schema: Schema,
    findings: Vec<Finding>,
    roots: HashSet<u32>,
}

impl Reader<'_, '_> {
    fn row(&mut self, row: &Row<'_>, own: &Table) {
        self.findings.extend(row.finding().cloned());
        let [kind, name, table, sql] = [0, 1, 2, 4].map(|column| text(row.value(own, column)));
        let root = row.value(own, 3);
        if kind != "table" {
            let root_page =
                if let Value::Integer(root) = root { u32::try_from(root).unwrap_or(0) } else { 0 };
            self.schema.others.push(SchemaObject { kind, name, table, sql, root_page });
            return;
        }
        let spot = Spot::new(row.place.source, row.place.offset).on_page(row.place.page);
        match root {
            Value::Null | Value::Integer(0) => {
                let kind = "virtual table".to_owned();
                self.schema.others.push(SchemaObject { kind, name, table, sql, root_page: 0 });
            }
            Value::Integer(root) if u32::try_from(root).is_ok() => {
                self.table(spot, name, u32::try_from(root).unwrap_or(u32::MAX), sql);
            }
            root => {
                let found =
                    if let Value::Integer(root) = root { root.to_string() } else { "no number".to_owned() };
                let message = format!("the root page of a table is {found}, expected a page number");
                self.findings.push(spot.loss("sqlite-schema-root", message));
                self.schema.others.push(SchemaObject { kind, name, table, sql, root_page: 0 });
            }
        }
    }

    fn table(&mut self, spot: Spot, name: String, root: u32, sql: String) {
        if !self.roots.insert(root) || root == 1 {
            let message = format!("root page {root} is claimed by more than one table");
            self.findings.push(spot.note("sqlite-schema-root-shared", message));
        }
        let table = create_table(&name, root, &sql).unwrap_or_else(|| {
            let message =
                "the text of a table is no CREATE TABLE: its columns are named c0, c1, …".to_owned();
            self.findings.push(spot.loss("sqlite-schema-text", message));
            undeclared(self.snapshot, name, root, sql)
        });
        self.schema.tables.push(table);
    }
}

fn text(value: Value<'_>) -> String {
    match value {
        Value::Text(text) => text.into_owned(),
        Value::InvalidText { reading, .. } => reading,
        _ => String::new(),
    }
}

/// Whether a root page, as far as it can be read, is that of a WITHOUT ROWID table.
pub(super) fn has_index_root(snapshot: &Snapshot<'_>, root_page: u32) -> bool {
    let Ok(image) = snapshot.image(root_page, root_spot(snapshot)) else { return false };
    let header = btree_header(image.bytes.get(image.header_offset()..).unwrap_or(&[]));
    header.is_ok_and(|(_, header)| matches!(header.kind, PageKind::IndexLeaf | PageKind::IndexInterior))
}

/// A table whose text cannot be read: its kind from its root page, its columns from its first row.
fn undeclared(snapshot: &Snapshot<'_>, name: String, root_page: u32, sql: String) -> Table {
    let without_rowid = has_index_root(snapshot, root_page);
    let tree = if without_rowid { TreeKind::Index } else { TreeKind::Table };
    // What is damaged on the way is said when the rows are read.
    let first_steps = Walk::new(snapshot, tree, root_page, root_spot(snapshot)).take(MAX_STEPS);
    let count = first_steps.flatten().map(|row| row.stored_count()).next().unwrap_or(0);
    Table {
        name,
        root_page,
        columns: (0..count).map(Column::numbered).collect(),
        rowid_alias: None,
        without_rowid,
        strict: false,
        key_length: if without_rowid { count } else { 0 },
        declared: false,
        sql,
    }
}
