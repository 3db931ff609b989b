//! The b-trees that a schema names, with what the columns of their records are called.

use super::super::super::Value;
use super::super::create_table::parts;
use super::super::schema::{self, schema_table};
use super::super::snapshot::Snapshot;
use super::super::table::{Affinity, Schema, Table};
use super::super::token::tokens;
use std::fmt;

/// A column of the records of a tree.
#[derive(Debug, Clone, Default)]
pub(super) struct Label {
    pub name: String,
    /// The column is the rowid, and its place in the record holds NULL.
    pub is_rowid: bool,
    /// Whole numbers are stored as integers and read as doubles.
    pub is_real: bool,
}

/// A b-tree that the schema names.
#[derive(Debug, Clone)]
pub(super) struct Tree {
    /// `table` or `index`.
    pub kind: &'static str,
    pub name: String,
    pub root: u32,
    labels: Vec<Label>,
    /// What the last column of each record is called, where its position is not known.
    last: Option<&'static str>,
}

impl fmt::Display for Tree {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} `{}`", self.kind, self.name)
    }
}

impl Tree {
    fn table(table: &Table) -> Tree {
        let stored = table.columns.iter().filter_map(|column| column.stored);
        let count = stored.max().map_or(0, |last| last.saturating_add(1));
        let mut labels = vec![Label::default(); count];
        for (index, column) in table.columns.iter().enumerate() {
            let Some(label) = column.stored.and_then(|position| labels.get_mut(position)) else { continue };
            label.name = column.name.clone();
            label.is_rowid = table.rowid_alias == Some(index);
            label.is_real = column.affinity == Affinity::Real;
        }
        Tree { kind: "table", name: table.name.clone(), root: table.root_page, labels, last: None }
    }

    /// An index: the columns of its CREATE INDEX, then the rowid, or what a WITHOUT ROWID table's key adds.
    fn index(name: String, root: u32, sql: &str, table: Option<&Table>) -> Tree {
        let names = indexed(sql).unwrap_or_default();
        let labels = names.into_iter().map(|name| Label { name, ..Label::default() }).collect();
        let last = table.is_some_and(|table| !table.without_rowid).then_some("rowid");
        Tree { kind: "index", name, root, labels, last }
    }

    /// What the column at this position of a record of `count` columns is called.
    pub(super) fn label(&self, position: usize, count: usize) -> Option<Label> {
        let found = self.labels.get(position).filter(|label| !label.name.is_empty()).cloned();
        let is_last = position.saturating_add(1) == count;
        let last =
            self.last.filter(|_| is_last).map(|name| Label { name: name.to_owned(), ..Label::default() });
        found.or(last)
    }

    /// Names of the columns that a record of `count` columns is too short for.
    pub(super) fn absent(&self, count: usize) -> Vec<&str> {
        let table = (self.kind == "table").then_some(&self.labels);
        let behind = table.into_iter().flat_map(|labels| labels.iter().skip(count));
        behind.map(|label| label.name.as_str()).collect()
    }
}

/// The terms between the brackets of `CREATE INDEX name ON table(…)`; a column by its name, an expression as it stands.
fn indexed(sql: &str) -> Option<Vec<String>> {
    let tokens = tokens(sql);
    let open = tokens.iter().position(|token| token.is_sign('('))?;
    let mut depth = 0usize;
    let close = tokens.iter().skip(open).position(|token| {
        if token.is_sign('(') {
            depth = depth.saturating_add(1);
        } else if token.is_sign(')') {
            depth = depth.saturating_sub(1);
        }
        depth == 0
    })?;
    let inner = tokens.get(open.saturating_add(1)..open.saturating_add(close))?;
    let term = |part: &[super::super::token::Token<'_>]| match part {
        [name, rest @ ..] if name.is_name() && !rest.iter().any(|token| token.is_sign('(')) => {
            Some(name.unquoted())
        }
        [first, .., last] => sql.get(first.start..last.end()).map(str::to_owned),
        _ => None,
    };
    parts(inner).map(term).collect()
}

/// Tables and indexes of a snapshot that have a root page; `sqlite_schema` first.
pub(super) fn trees(snapshot: &Snapshot<'_>, schema: &Schema) -> Vec<Tree> {
    let own = schema_table();
    let mut found = vec![Tree::table(&own)];
    found.extend(schema.tables.iter().map(Tree::table));
    for row in schema::walk(snapshot, &own).flatten() {
        let text = |column| match row.value(&own, column) {
            Value::Text(text) => text.into_owned(),
            _ => String::new(),
        };
        let Value::Integer(root) = row.value(&own, 3) else { continue };
        if let ("index", Ok(root)) = (text(0).as_str(), u32::try_from(root)) {
            found.push(Tree::index(text(1), root, &text(4), schema.table(&text(2))));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_terms_of_an_index_are_named() {
        let terms = |sql| indexed(sql).unwrap();
        assert_eq!(terms("CREATE INDEX i ON t(a, \"b c\" COLLATE NOCASE DESC)"), ["a", "b c"]);
        assert_eq!(terms("CREATE UNIQUE INDEX i ON t(lower(a), b) WHERE (b > 1)"), ["lower(a)", "b"]);
        assert_eq!(indexed(""), None);
    }
}
