//! The main file under a WAL or a hot journal: an older (or unfinished) state of the database, of which only the page
//! images count that the live view does not read.

use super::super::Finding;
use super::place::View;
use super::row::Row;
use super::schema::{self, root_spot, tree_of};
use super::snapshot::{Reached, Snapshot};
use super::table::{Schema, Table};
use super::walk::{Readers, Walk};
use std::sync::Arc;

/// The main file on its own.
#[derive(Debug)]
pub(super) struct Older<'a> {
    pub snapshot: Snapshot<'a>,
    pub schema: Schema,
}

impl<'a> Older<'a> {
    /// The main file under `live`, and what was odd in its schema.
    pub(super) fn new(live: &Snapshot<'a>) -> (Older<'a>, Vec<Finding>) {
        let pages = live.geometry.pages_in(live.main.len());
        let snapshot =
            Snapshot { view: View::Main, pages, wal: &[], journal: &[], overlay: Vec::new(), ..live.clone() };
        let (schema, findings) = schema::schema(&snapshot);
        (Older { snapshot, schema }, findings.into_iter().map(torn).collect())
    }

    /// What a table of the live schema was in this one: the table of its name, else one of its root page that was
    /// renamed since.
    pub(super) fn counterpart<'d>(&'d self, table: &Table, live: &Schema) -> Option<&'d Table> {
        counterpart(table, &self.schema, live)
    }

    /// Tables of this schema that the live one has no longer.
    pub(super) fn dropped<'d>(&'d self, live: &'d Schema) -> impl Iterator<Item = &'d Table> {
        self.schema.tables.iter().filter(|table| counterpart(table, live, &self.schema).is_none())
    }

    /// Rows on page images that the live view does not read.
    pub(super) fn rows<'d>(
        &'d self,
        table: &Table,
        live: &'d Snapshot<'a>,
        schema: &Schema,
    ) -> OlderRows<'d, 'a> {
        let dropped = self.schema.tables.iter().find(|own| *own == table);
        let Some(own) = self.counterpart(table, schema).or(dropped) else { return OlderRows(None) };
        let reached = match counterpart(own, schema, &self.schema) {
            Some(now) => Walk::pages(live, tree_of(now), (now.root_page, root_spot(live))),
            None => Reached::default(),
        };
        let root = (own.root_page, root_spot(&self.snapshot));
        let walk = Walk::over(&self.snapshot, tree_of(own), root, Readers::Unshared { live, reached });
        OlderRows(Some((walk, former(own, table))))
    }
}

/// The columns that rows were written by, where those of `table` would misread them.
pub(super) fn former(own: &Table, table: &Table) -> Option<Arc<Table>> {
    (!table.reads_as(own)).then(|| Arc::new(own.clone()))
}

/// The table of `there` that is `table` of `here`.
fn counterpart<'d>(table: &Table, there: &'d Schema, here: &Schema) -> Option<&'d Table> {
    there.table(&table.name).or_else(|| {
        let same_root = |other: &&Table| {
            other.root_page == table.root_page
                && other.without_rowid == table.without_rowid
                && here.table(&other.name).is_none()
        };
        there.tables.iter().find(same_root)
    })
}

/// Between two checkpoints the main file may be torn: pages that do not fit together are no loss there.
fn torn(mut finding: Finding) -> Finding {
    finding.loss &= !finding.code.starts_with("sqlite-page-");
    finding
}

/// Rows of older views, with the findings between them.
pub struct OlderRows<'d, 'a>(Option<(Walk<'d, 'a>, Option<Arc<Table>>)>);

impl OlderRows<'_, '_> {
    pub(super) fn none() -> Self {
        OlderRows(None)
    }
}

impl<'a> Iterator for OlderRows<'_, 'a> {
    type Item = Result<Row<'a>, Finding>;

    fn next(&mut self) -> Option<Self::Item> {
        let (walk, former) = self.0.as_mut()?;
        Some(match walk.next()? {
            Ok(row) => Ok(match former {
                Some(former) => row.written_as(former),
                None => row,
            }),
            Err(finding) => Err(torn(finding)),
        })
    }
}
