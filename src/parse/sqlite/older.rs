//! Row versions on page images that the live view does not read, newest moment first.
//!
//! ```text
//! image of a page   wal:1   wal:2   wal:3   wal:4   live
//! the same cell       ●───────●───────●               the newest and the oldest of a run are given
//! the same cell               ●───────●───────●───────●   the newest is the live row: only the oldest is given
//! ```

use super::super::Finding;
use super::history::{History, Version};
use super::lineage::Line;
use super::page::{BtreePage, PageKind, TreeKind};
use super::place::{Place, Source, View};
use super::row::Row;
use super::schema::tree_of;
use super::snapshot::{Reached, Snapshot};
use super::spot::{narrow, wide};
use super::table::Table;
use super::walk::row_on;
use std::collections::HashSet;
use std::sync::Arc;

/// The columns that rows were written by, where those of `table` would misread them.
pub(super) fn former(own: &Table, table: &Table) -> Option<Arc<Table>> {
    (!table.reads_as(own)).then(|| Arc::new(own.clone()))
}

/// Tables of other schemas that the live one has not, each once, by its newest definition, with their lines.
pub(super) fn dropped(history: &History<'_>) -> Vec<(Line, Table)> {
    let live = history.version_number(history.timeline.live);
    let mut seen = HashSet::new();
    let mut dropped = Vec::new();
    for (number, version) in history.versions.iter().enumerate().rev() {
        for (position, table) in version.schema.tables.iter().enumerate() {
            let Some(line) = history.lineage.line(number, position) else { continue };
            if history.lineage.table(live, line).is_none() && seen.insert(line) {
                dropped.push((line, table.clone()));
            }
        }
    }
    dropped
}

/// What a table was in each version of the schema.
pub(super) struct Counterparts(Vec<Option<(usize, Option<Arc<Table>>)>>);

impl Counterparts {
    pub(super) fn new(history: &History<'_>, table: &Table, dropped: &[(Line, Table)]) -> Counterparts {
        let live = history.version_number(history.timeline.live);
        let tables = history.versions.get(live).map_or(&[][..], |version| &version.schema.tables);
        let living = tables.iter().position(|known| known == table);
        let line = match living {
            Some(position) => history.lineage.line(live, position),
            None => dropped.iter().find(|(_, known)| known == table).map(|(line, _)| *line),
        };
        let of = |(number, version): (usize, &Version)| {
            let position = history.lineage.table(number, line?)?;
            Some((position, former(version.schema.tables.get(position)?, table)))
        };
        Counterparts(history.versions.iter().enumerate().map(of).collect())
    }

    /// The number of the table in a version, and the columns that its rows were written by.
    pub(super) fn get(&self, version: usize) -> Option<&(usize, Option<Arc<Table>>)> {
        self.0.get(version)?.as_ref()
    }
}

/// An image of the table, to be read.
#[derive(Debug, Clone, Copy)]
struct Shot {
    moment: u32,
    page: u32,
    /// Nothing for a page that the main file alone has.
    layer: Option<usize>,
}

/// Rows of older views, newest first, with the findings between them.
pub struct OlderRows<'d, 'a> {
    reading: Option<Reading<'d, 'a>>,
}

struct Reading<'d, 'a> {
    history: &'d History<'a>,
    counterparts: Counterparts,
    /// Oldest first: they are taken from the end.
    left: Vec<Shot>,
    page: Option<OpenPage<'a>>,
}

impl<'d, 'a> OlderRows<'d, 'a> {
    pub(super) fn none() -> Self {
        OlderRows { reading: None }
    }

    pub(super) fn new(history: &'d History<'a>, table: &Table, dropped: &[(Line, Table)]) -> Self {
        let counterparts = Counterparts::new(history, table, dropped);
        let reading = Reading { history, counterparts, left: Vec::new(), page: None };
        let mut left: Vec<Shot> = reading.layered().chain(reading.lapsed()).collect();
        // Within a moment by page, from the end.
        left.sort_by_key(|shot| (shot.moment, std::cmp::Reverse((shot.page, shot.layer))));
        OlderRows { reading: Some(Reading { left, ..reading }) }
    }
}

impl<'a> Reading<'_, 'a> {
    fn is_own(&self, root: u32, moment: u32) -> bool {
        let number = self.history.version_number(moment);
        let own = self.counterparts.get(number).map(|(table, _)| *table);
        let found = self.history.versions.get(number).and_then(|version| version.table_at(root));
        found.is_some() && own == found
    }

    /// Images with a layer that are not those of the live view.
    fn layered(&self) -> impl Iterator<Item = Shot> {
        let all = self.history.timeline.layers.iter().zip(&self.history.roots).enumerate();
        all.filter(|(position, (layer, root))| {
            **root != 0
                && self.is_own(**root, layer.moment)
                && !self.history.is_read_live(layer.page, Some(*position))
        })
        .map(|(position, (layer, _))| Shot {
            moment: layer.moment,
            page: layer.page,
            layer: Some(position),
        })
    }

    /// Pages of the main file that never change and that the table lost.
    fn lapsed(&self) -> impl Iterator<Item = Shot> {
        let mut last = None;
        let timeline = &self.history.timeline;
        let main = timeline.main.unwrap_or(0);
        let lapses = self.history.handovers.iter().filter(|handover| !handover.is_gain);
        lapses.filter_map(move |lapse| {
            let is_bare = timeline.of_page(lapse.page).is_empty();
            let wanted = is_bare
                && self.is_own(lapse.root, lapse.moment.saturating_sub(1))
                && !self.history.is_read_live(lapse.page, None);
            (wanted && last.replace(lapse.page) != Some(lapse.page)).then_some(Shot {
                moment: main,
                page: lapse.page,
                layer: None,
            })
        })
    }

    /// The next image, opened beside the ones before and after it.
    fn open(&self, shot: Shot) -> Result<OpenPage<'a>, Finding> {
        let number = self.history.version_number(shot.moment);
        let found = self.counterparts.get(number);
        let table = found.and_then(|(table, _)| self.history.versions.get(number)?.schema.tables.get(*table));
        let kind = table.map_or(TreeKind::Table, tree_of);
        let own = Sheet::read(self.history, shot, kind)?;
        let layer = |position: Option<usize>| {
            let layer = self.history.timeline.layers.get(position?)?;
            let root = self.history.roots.get(position?)?;
            let is_ours = layer.page == shot.page && self.is_own(*root, layer.moment);
            let shot = Shot { moment: layer.moment, page: layer.page, layer: position };
            is_ours.then(|| Sheet::read(self.history, shot, kind).ok())?
        };
        let is_behind = shot.moment > self.history.timeline.live;
        Ok(OpenPage {
            newer: layer(shot.layer.and_then(|position| position.checked_add(1))),
            older: layer(shot.layer.and_then(|position| position.checked_sub(1))),
            own,
            former: found.and_then(|(_, former)| former.clone()),
            next: 0,
            is_behind,
            is_torn: self.history.is_torn(shot.moment),
        })
    }
}

/// A page with the snapshot that its overflow pages are sought in.
struct Sheet<'a> {
    snapshot: Snapshot<'a>,
    page: BtreePage<'a>,
    /// Where its cells begin, sorted.
    cells: Vec<usize>,
}

impl<'a> Sheet<'a> {
    fn read(history: &History<'a>, shot: Shot, kind: TreeKind) -> Result<Sheet<'a>, Finding> {
        let snapshot = history.snapshot(shot.moment);
        let layer = shot.layer.and_then(|position| history.timeline.layers.get(position));
        let (source, offset) = match layer {
            Some(layer) => (layer.source, layer.offset),
            None => (Source::Main, snapshot.geometry.page_offset(shot.page)),
        };
        let (page, _) = BtreePage::read(snapshot.image_in(shot.page, source, offset), kind)?;
        let mut cells: Vec<usize> =
            (0..page.cell_count()).filter_map(|at| page.cell_offset(at).ok()).collect();
        cells.sort_unstable();
        Ok(Sheet { snapshot, page, cells })
    }

    fn row(&self, within: usize) -> Result<Row<'a>, Finding> {
        row_on(&self.snapshot, &self.page, within, &mut Reached::default())
    }

    /// Whether this page has the same cell at the same offset.
    fn has(&self, within: usize, row: &Row<'a>, other: &Sheet<'a>) -> bool {
        self.page.kind == other.page.kind
            && self.cells.binary_search(&within).is_ok()
            && self.bytes(within, row.place.length) == other.bytes(within, row.place.length)
            && (row.overflow().is_empty()
                || self.row(within).is_ok_and(|own| own.complete && own.payload() == row.payload()))
    }

    /// A cell without its child, which is not of the row.
    fn bytes(&self, within: usize, length: u64) -> Option<&'a [u8]> {
        let start = if self.page.kind == PageKind::IndexInterior { within.saturating_add(4) } else { within };
        self.page.image.bytes.get(start..within.saturating_add(narrow(length)))
    }
}

struct OpenPage<'a> {
    own: Sheet<'a>,
    newer: Option<Sheet<'a>>,
    older: Option<Sheet<'a>>,
    former: Option<Arc<Table>>,
    next: usize,
    /// It lies behind the live view in time.
    is_behind: bool,
    is_torn: bool,
}

impl<'a> OpenPage<'a> {
    fn next(&mut self) -> Option<Result<Row<'a>, Finding>> {
        while self.own.page.kind != PageKind::TableInterior && self.next < self.own.page.cell_count() {
            let index = self.next;
            self.next = index.saturating_add(1);
            let within = match self.own.page.cell_offset(index) {
                Ok(within) => within,
                Err(finding) if self.newer.is_none() => return Some(Err(self.told(finding))),
                Err(_) => continue,
            };
            match self.own.row(within) {
                Ok(row) if self.is_middle(within, &row) => {}
                Ok(row) => return Some(Ok(self.finished(row))),
                Err(finding) => return Some(Err(self.told(finding))),
            }
        }
        None
    }

    /// Whether the row is neither the newest nor the oldest of its run, or stands live before its moment.
    fn is_middle(&self, within: usize, row: &Row<'a>) -> bool {
        let has =
            |sheet: &Option<Sheet<'a>>| sheet.as_ref().is_some_and(|sheet| sheet.has(within, row, &self.own));
        has(&self.older) && (self.is_behind || has(&self.newer))
    }

    fn finished(&self, row: Row<'a>) -> Row<'a> {
        let row = if self.is_torn { row.of_torn_view() } else { row };
        match &self.former {
            Some(former) => row.written_as(former),
            None => row,
        }
    }

    /// Pages that do not fit together are no loss in a state whose pages are not all of one time.
    fn told(&self, mut finding: Finding) -> Finding {
        finding.loss &= !self.is_torn;
        finding
    }
}

impl<'a> Iterator for OlderRows<'_, 'a> {
    type Item = Result<Row<'a>, Finding>;

    fn next(&mut self) -> Option<Self::Item> {
        let reading = self.reading.as_mut()?;
        loop {
            if let Some(found) = reading.page.as_mut().and_then(OpenPage::next) {
                return Some(found);
            }
            let shot = reading.left.pop()?;
            match reading.open(shot) {
                Ok(page) => reading.page = Some(page),
                Err(mut finding) => {
                    finding.loss &= !reading.history.is_torn(shot.moment);
                    return Some(Err(finding));
                }
            }
        }
    }
}

/// Whether the state of a view has this very cell, at the same offset of the same page.
pub(super) fn is_visible(history: &History<'_>, place: &Place, view: View) -> bool {
    visible(history, place, view).is_some()
}

fn visible(history: &History<'_>, place: &Place, view: View) -> Option<()> {
    let timeline = &history.timeline;
    let moment = timeline.moment_of(view)?;
    let snapshot = history.snapshot(moment);
    let page_size = snapshot.geometry.page_size;
    let holding = timeline.holding(place.source, place.offset, page_size);
    let start = match holding.and_then(|position| timeline.layers.get(position)) {
        Some(layer) => layer.offset,
        None if place.source == Source::Main => snapshot.geometry.page_offset(place.page),
        None => return None,
    };
    let within = narrow(place.offset.checked_sub(start).filter(|within| *within < u64::from(page_size))?);
    let image = snapshot.image(place.page, super::schema::root_spot(&snapshot)).ok()?;
    let counting = timeline.at(place.page, moment);
    let from = counting.and_then(|position| timeline.layers.get(position)).map_or(0, |layer| layer.moment);
    let began = counting.map(|position| history.roots.get(position).is_some_and(|root| *root != 0));
    if !is_owned(history, place.page, (from, moment), began) {
        return None;
    }
    let given = snapshot.image_in(place.page, place.source, start);
    if (image.source, image.offset) == (place.source, start) {
        return Some(());
    }
    let kinds = (image.bytes.get(image.header_offset())?, given.bytes.get(given.header_offset())?);
    let kind = PageKind::of(*kinds.0);
    let tree = if TreeKind::Table.holds(kind) { TreeKind::Table } else { TreeKind::Index };
    let (page, _) = BtreePage::read(image, tree).ok()?;
    // The child of an interior cell is not of the row.
    let skipped = if kind == PageKind::IndexInterior { 4 } else { 0 };
    let cell = |bytes: &[u8]| {
        let cell = bytes.get(within..within.saturating_add(narrow(place.length)))?;
        Some(cell.get(skipped..)?.to_vec())
    };
    let same = kinds.0 == kinds.1 && page.has_cell_at(within) && cell(image.bytes)? == cell(given.bytes)?;
    same.then_some(())
}

/// Whether a tree leads to a page at the second moment, whose image counts from the first one on. `began` says whether one
/// did then; of a page that never changes what comes next tells it.
fn is_owned(history: &History<'_>, page: u32, (from, to): (u32, u32), began: Option<bool>) -> bool {
    let all = &history.handovers;
    let end = all.partition_point(|handover| (handover.page, handover.moment) <= (page, to));
    let of_page = |position: usize| all.get(position).filter(|handover| handover.page == page);
    let last = end.checked_sub(1).and_then(of_page);
    match last.filter(|last| began.is_none() || last.moment > from) {
        Some(last) => last.is_gain,
        None => began.unwrap_or_else(|| of_page(end).is_none_or(|next| !next.is_gain)),
    }
}

/// The snapshot of a view in which the image of a place can be read, and the start of that image.
pub(super) fn snapshot_of<'a>(history: &History<'a>, place: &Place) -> Option<(u32, Snapshot<'a>, u64)> {
    let moment = history.timeline.moment_of(place.view)?;
    let snapshot = history.snapshot(moment);
    let holding = history.timeline.holding(place.source, place.offset, snapshot.geometry.page_size);
    let offset = match holding.and_then(|position| history.timeline.layers.get(position)) {
        Some(layer) if layer.page == place.page && layer.moment <= moment => layer.offset,
        Some(_) => return None,
        None if place.source == Source::Main => snapshot.geometry.page_offset(place.page),
        None => return None,
    };
    (offset <= place.offset && place.offset.saturating_sub(offset) < wide(usize::MAX))
        .then_some((moment, snapshot, offset))
}
