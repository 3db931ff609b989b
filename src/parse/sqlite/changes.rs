//! What one transaction did to the rows: the state after it against the state before, over the pages that it changed.
//!
//! ```text
//! before   pages that it wrote or let go of, as they were  ─┐
//! after    pages that it wrote                             ─┴─► rows by identity: inserted, updated, deleted
//! ```
//!
//! A row that a page split moves stands on both sides with equal bytes, and is no change.

use super::history::History;
use super::older::former;
use super::page::{BtreePage, PageKind};
use super::place::{Identity, View};
use super::row::Row;
use super::schema::tree_of;
use super::snapshot::{Reached, Snapshot};
use super::spot::Spot;
use super::table::Table;
use super::timeline::narrow;
use super::walk::row_on;
use std::collections::{BTreeMap, BTreeSet};

/// What became of a row.
#[derive(Debug, Clone)]
pub enum ChangeKind<'a> {
    /// It was not there before.
    Inserted,
    /// It was there with other content.
    Updated {
        /// As it was before.
        from: Box<Row<'a>>,
    },
    /// It is no longer there; the row is the one that was.
    Deleted,
}

/// One row that a transaction changed.
#[derive(Debug, Clone)]
pub struct Change<'d, 'a> {
    /// The table as it was after the transaction, or before it where it was dropped.
    pub table: &'d Table,
    /// What became of the row.
    pub kind: ChangeKind<'a>,
    /// The row after the change; of a deleted one, before it.
    pub row: Row<'a>,
}

/// Rows of one table on the changed pages.
struct Sides<'d, 'a> {
    table: &'d Table,
    before: BTreeMap<Identity, Row<'a>>,
    after: BTreeMap<Identity, Row<'a>>,
}

/// The rows that differ between a view and the moment before it, by table and identity. What cannot be read is left out.
pub(super) fn changes<'d, 'a>(history: &'d History<'a>, view: View) -> Vec<Change<'d, 'a>> {
    let Some(moment) = history.timeline.moment_of(view) else { return Vec::new() };
    let Some(previous) = moment.checked_sub(1) else { return Vec::new() };
    let mut reader = Reader { history, previous, moment, tables: BTreeMap::new() };
    reader.read();
    reader.tables.into_values().flat_map(Sides::compare).collect()
}

struct Reader<'d, 'a> {
    history: &'d History<'a>,
    previous: u32,
    moment: u32,
    /// By name, as SQLite compares names.
    tables: BTreeMap<String, Sides<'d, 'a>>,
}

impl<'d, 'a> Reader<'d, 'a> {
    fn read(&mut self) {
        let (before, after) = (self.history.snapshot(self.previous), self.history.snapshot(self.moment));
        let mut pages = BTreeSet::new();
        for position in self.history.timeline.changed(self.moment) {
            let position = narrow(*position);
            let page = self.history.timeline.layers.get(position).map_or(0, |layer| layer.page);
            if !pages.insert(page) {
                continue;
            }
            let root = |roots: &[u32]| roots.get(position).copied().unwrap_or(0);
            self.before(&before, page, root(&self.history.roots_before));
            self.after(&after, page, root(&self.history.roots));
        }
        let (history, moment) = (self.history, self.moment);
        let all = &history.handovers_by_moment;
        let start = all.partition_point(|handover| handover.moment < moment);
        for handover in all.iter().skip(start).take_while(|handover| handover.moment == moment) {
            match handover.is_gain {
                true => self.after(&after, handover.page, handover.root),
                false => self.before(&before, handover.page, handover.root),
            }
        }
    }

    fn after(&mut self, snapshot: &Snapshot<'a>, page: u32, root: u32) {
        if let Some(table) = self.table(root, self.moment) {
            self.rows(snapshot, page, (table, table), |sides| &mut sides.after);
        }
    }

    fn before(&mut self, snapshot: &Snapshot<'a>, page: u32, root: u32) {
        let Some(own) = self.table(root, self.previous) else { return };
        let table = self.now(root).unwrap_or(own);
        self.rows(snapshot, page, (own, table), |sides| &mut sides.before);
    }

    /// What the table with this root before is after.
    fn now(&self, root: u32) -> Option<&'d Table> {
        let history = self.history;
        let (then, now) = (history.version_number(self.previous), history.version_number(self.moment));
        let line = history.lineage.line(then, history.versions.get(then)?.table_at(root)?)?;
        history.versions.get(now)?.schema.tables.get(history.lineage.table(now, line)?)
    }

    fn table(&self, root: u32, moment: u32) -> Option<&'d Table> {
        let history = self.history;
        let version = history.version_at(moment)?;
        version.schema.tables.get(version.table_at(root)?)
    }

    /// Adds the rows of one page, which are written by the columns of `own`, to those of `table`.
    fn rows(
        &mut self,
        snapshot: &Snapshot<'a>,
        page: u32,
        (own, table): (&Table, &'d Table),
        side: for<'s> fn(&'s mut Sides<'d, 'a>) -> &'s mut BTreeMap<Identity, Row<'a>>,
    ) {
        let Ok(image) = snapshot.image(page, Spot::new(super::place::Source::Main, 0)) else { return };
        let Ok((page, _)) = BtreePage::read(image, tree_of(own)) else { return };
        if page.kind == PageKind::TableInterior {
            return;
        }
        let new = || Sides { table, before: BTreeMap::new(), after: BTreeMap::new() };
        let sides = self.tables.entry(table.name.to_ascii_lowercase()).or_insert_with(new);
        let former = former(own, table);
        for within in (0..page.cell_count()).filter_map(|at| page.cell_offset(at).ok()) {
            if let Ok(row) = row_on(snapshot, &page, within, &mut Reached::default()) {
                let row = match &former {
                    Some(former) => row.written_as(former),
                    None => row,
                };
                side(sides).insert(row.identity(table), row);
            }
        }
    }
}

impl<'d, 'a> Sides<'d, 'a> {
    fn compare(mut self) -> Vec<Change<'d, 'a>> {
        let table = self.table;
        let mut changes = Vec::new();
        for (identity, row) in self.after {
            let kind = match self.before.remove(&identity) {
                Some(from) if from.payload() == row.payload() => continue,
                Some(from) => ChangeKind::Updated { from: Box::new(from) },
                None => ChangeKind::Inserted,
            };
            changes.push((identity, Change { table, kind, row }));
        }
        let gone = self.before.into_iter();
        changes
            .extend(gone.map(|(identity, row)| (identity, Change { table, kind: ChangeKind::Deleted, row })));
        changes.sort_by(|(one, _), (other, _)| one.cmp(other));
        changes.into_iter().map(|(_, change)| change).collect()
    }
}
