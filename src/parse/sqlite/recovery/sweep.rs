//! One page image searched: the cells that its own pointers lead to, where it is in use no longer, and those between.

use super::super::cell::{Cell, row_cell};
use super::super::overflow::Chain;
use super::super::page::PageKind;
use super::super::record::body_size;
use super::super::recovered::Method;
use super::super::spot::wide;
use super::super::text::Encoding;
use super::super::varint;
use super::headless::head_lost;
use super::overwritten::overwritten;
use super::search::{Candidate, Choice, Head, Overflow, Search, select};
use super::sheet::Sheet;
use super::template::Template;
use super::whole::{record_header_at, whole_cells};
use std::collections::BTreeMap;
use std::ops::Range;

/// The score of a cell that a pointer array leads to: no reading of the same bytes comes near it.
const POINTED: f64 = 1000.0;

/// What pages are searched with.
pub(super) struct Sweep<'s, 'a> {
    pub templates: &'s [Template],
    pub overflow: &'s dyn Overflow<'a>,
    pub usable: u32,
    pub encoding: Encoding,
    pub legacy: bool,
    /// Pages of the database.
    pub pages: u32,
}

/// A template by its index, and what it costs to take a page's bytes for one of its records.
pub(super) type Preference = (usize, f64);

impl<'a> Sweep<'_, 'a> {
    fn search(&self, sheet: &Sheet<'a>, preferences: &[Preference]) -> Search<'_, 'a> {
        let choice = |(index, penalty): &Preference| {
            Some(Choice { index: *index, template: self.templates.get(*index)?, penalty: *penalty })
        };
        Search {
            bytes: sheet.image.bytes,
            usable: self.usable,
            encoding: self.encoding,
            legacy: self.legacy,
            choices: preferences.iter().filter_map(choice).collect(),
            overflow: self.overflow,
            rowid_lengths: sheet.rowid_lengths(),
            pages: self.pages,
            is_interior: sheet.kind.is_some_and(PageKind::is_interior),
        }
    }

    /// What lies between the cells of a page. The choice of each candidate is the index of its template.
    pub(super) fn between(&self, sheet: &Sheet<'a>, preferences: &[Preference]) -> Vec<Candidate<'a>> {
        self.chosen(sheet, preferences, |search, region| self.in_region(search, sheet, region))
    }

    /// The same for cells of which every byte is there, and no others.
    pub(super) fn whole_between(&self, sheet: &Sheet<'a>, preferences: &[Preference]) -> Vec<Candidate<'a>> {
        self.chosen(sheet, preferences, |search, region| {
            let mut found = Vec::new();
            whole_cells(search, region, &mut found);
            found
        })
    }

    fn chosen(
        &self,
        sheet: &Sheet<'a>,
        preferences: &[Preference],
        read: impl Fn(&Search<'_, 'a>, &Range<usize>) -> Vec<Candidate<'a>>,
    ) -> Vec<Candidate<'a>> {
        if preferences.is_empty() {
            return Vec::new();
        }
        let search = self.search(sheet, preferences);
        let mut chosen = Vec::new();
        for region in sheet.regions() {
            chosen.extend(select(read(&search, &region)));
        }
        for candidate in &mut chosen {
            candidate.choice = search.choices.get(candidate.choice).map_or(usize::MAX, |choice| choice.index);
        }
        chosen
    }

    fn in_region(
        &self,
        search: &Search<'_, 'a>,
        sheet: &Sheet<'a>,
        region: &Range<usize>,
    ) -> Vec<Candidate<'a>> {
        let mut found = Vec::new();
        whole_cells(search, region, &mut found);
        let heads = sheet.heads(region);
        if sheet.was_tree || !found.is_empty() {
            let anchors = anchors(sheet, region, &heads, &found);
            for (start, head) in &heads {
                head_lost(search, (*start, *head), region.end, &anchors, &mut found);
            }
        }
        overwritten(search, found, &heads, region.end)
    }

    /// The cells that the pointer array of a page leads to, as far as they read as records. Their choice is not made yet.
    pub(super) fn pointed(&self, sheet: &Sheet<'a>) -> Vec<Candidate<'a>> {
        let Some(kind) = sheet.kind.filter(|kind| *kind != PageKind::TableInterior) else {
            return Vec::new();
        };
        let cells = sheet.cells.iter().filter_map(|cell| {
            let (_, read) = row_cell(sheet.image.bytes.get(cell.start..)?, kind, self.usable).ok()?;
            self.pointed_cell(cell.start, kind, &read)
        });
        cells.collect()
    }

    fn pointed_cell(&self, start: usize, kind: PageKind, cell: &Cell<'a>) -> Option<Candidate<'a>> {
        let (serials, body_start) = record_header_at(cell.local, 0)?;
        let bodies =
            serials.iter().fold(wide(body_start), |all, serial| all.saturating_add(body_size(*serial)));
        if bodies != cell.payload_length || cell.local.len() != cell.local_length {
            return None;
        }
        let left = cell.payload_length.saturating_sub(wide(cell.local_length));
        let chain = match cell.overflow {
            // Where the chain is someone else's by now, what lies on the page itself is left.
            Some(first) => self.overflow.chain(first, left).unwrap_or_default(),
            None => Chain::default(),
        };
        let tail = if cell.overflow.is_some() { 4 } else { 0 };
        let local_end = start.saturating_add(cell.length.saturating_sub(tail));
        let local_end = if cell.spills() { local_end } else { self.unpadded(start, kind, cell)? };
        Some(Candidate {
            start,
            end: start.saturating_add(cell.length),
            rowid: cell.rowid,
            rowid_length: 0,
            serials,
            header: Vec::new(),
            body_start: 0,
            local: local_end.saturating_sub(cell.local.len())..local_end,
            payload_length: cell.payload_length,
            chain,
            choice: usize::MAX,
            method: Method::Pointer,
            inferred: Vec::new(),
            unknown: Vec::new(),
            is_cut: false,
            score: POINTED,
        })
    }

    /// The end of a payload that lies on its page: the smallest cells are longer than what they hold.
    fn unpadded(&self, start: usize, kind: PageKind, cell: &Cell<'a>) -> Option<usize> {
        let child: usize = if kind.is_interior() { 4 } else { 0 };
        let rowid = cell.rowid.map_or(0, |rowid| varint::length(rowid.cast_unsigned()));
        let before = child.checked_add(varint::length(cell.payload_length))?.checked_add(rowid)?;
        start.checked_add(before)?.checked_add(cell.local.len())
    }
}

/// Places where a cell may end, and what it is worth for it to end there: where another begins for certain, or perhaps.
fn anchors(
    sheet: &Sheet<'_>,
    region: &Range<usize>,
    heads: &BTreeMap<usize, Head>,
    found: &[Candidate<'_>],
) -> BTreeMap<usize, f64> {
    let is_end = |at: usize| {
        at == region.end || heads.get(&at).is_some_and(|head| head.chained) || sheet.ends_chain(at)
    };
    let weight = |start: usize, head: &Head| {
        let certain = head.chained || is_end(start.saturating_add(head.size));
        if certain { 9.0 } else { 4.0 }
    };
    let behind = heads.iter().filter(|(start, _)| **start >= sheet.stale_end);
    let mut anchors: BTreeMap<usize, f64> =
        behind.map(|(start, head)| (*start, weight(*start, head))).collect();
    anchors.extend(found.iter().map(|candidate| (candidate.start, 9.0)));
    anchors.insert(region.end, 9.0);
    anchors
}
