//! Layouts that a table had before a column was dropped. SQLite then writes every row anew and the text of the table too, so that
//! no schema tells of the old one; what is left of the old rows does.
//!
//! ```text
//! table now    a │ b │ d          rows of three columns
//! residue      a │ b │ c │ d      whole cells of four columns on the table's own pages, three or more
//! ```

use super::super::table::{Affinity, Table};
use super::gather::Gather;
use super::sheet::Sheet;
use super::slot::Slot;
use super::template::{Owner, Template, numbered};
use super::whole::misfits;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Whole cells of a layout that must be found for it to be believed.
const LEAST: usize = 3;

/// Columns that a table may have lost.
const MOST_DROPPED: usize = 4;

/// Cells that are remembered of a layout.
const KEPT: usize = 512;

/// The types of cells that fit no template, by table and number of columns.
#[derive(Default)]
pub(super) struct Misfits(BTreeMap<(usize, usize), Vec<Vec<u64>>>);

impl Misfits {
    /// Notes the whole cells on a page of a table that have more columns than it.
    pub(super) fn note(&mut self, sheet: &Sheet<'_>, index: usize, template: &Template) {
        let columns = template.slots.len();
        let wanted = columns.saturating_add(1)..=columns.saturating_add(MOST_DROPPED);
        for region in sheet.regions() {
            let bytes = sheet.image.bytes.get(region).unwrap_or(&[]);
            for serials in misfits(bytes, &wanted, template.without_rowid) {
                let cells = self.0.entry((index, serials.len())).or_default();
                if cells.len() < KEPT {
                    cells.push(serials);
                }
            }
        }
    }

    /// Takes those of later pages.
    pub(super) fn extend(&mut self, later: Misfits) {
        for (layout, cells) in later.0 {
            let known = self.0.entry(layout).or_default();
            known.extend(cells.into_iter().take(KEPT.saturating_sub(known.len())));
        }
    }
}

impl Gather<'_, '_> {
    /// Adds a template for each layout that enough cells have.
    pub(super) fn former_layouts(&mut self, misfits: Misfits) {
        for ((index, columns), cells) in misfits.0 {
            let Some(now) = self.templates.get(index).filter(|_| cells.len() >= LEAST) else { continue };
            let Some(slots) = layout(&now.slots, columns, &cells) else { continue };
            let table = Table { name: now.name.clone(), ..numbered(columns, now.without_rowid) };
            let owner = Owner::Layout(Arc::new(table));
            self.templates.push(Template::new(owner, now.name.clone(), (slots, now.without_rowid)));
        }
    }
}

/// The columns of a layout: those of the table with one more where the cells fit best, or ones of which only the cells are known.
fn layout(now: &[Slot], columns: usize, cells: &[Vec<u64>]) -> Option<Vec<Slot>> {
    let unknown = || Slot::of(Affinity::Blob, false, false);
    let mut slots: Vec<Slot> = if columns == now.len().saturating_add(1) {
        let at = dropped(now, cells)?;
        let (before, behind) = now.split_at_checked(at)?;
        before.iter().cloned().chain([unknown()]).chain(behind.iter().cloned()).collect()
    } else {
        (0..columns).map(|_| unknown()).collect()
    };
    for cell in cells {
        for (slot, serial) in slots.iter_mut().zip(cell) {
            slot.learn(*serial, &[]);
        }
    }
    slots.iter_mut().for_each(Slot::weigh);
    Some(slots)
}

/// Where the column stood that the table has no longer: nothing where no place lets the cells fit.
fn dropped(now: &[Slot], cells: &[Vec<u64>]) -> Option<usize> {
    let weight = |at: usize| -> Option<f64> {
        let mut sum = 0.0;
        for cell in cells {
            let rest =
                cell.iter().enumerate().filter(|(position, _)| *position != at).map(|(_, serial)| *serial);
            for (slot, serial) in now.iter().zip(rest) {
                sum += if slot.allows(serial) { slot.weight(serial) } else { -20.0 };
            }
        }
        (sum > 0.0).then_some(sum)
    };
    let places = (0..=now.len()).filter_map(|at| Some((at, weight(at)?)));
    places.reduce(|best, next| if next.1 > best.1 { next } else { best }).map(|(at, _)| at)
}
