//! Rows in unused space by their places, so that what a report says of one can be read again without a search for each.

use super::super::Error;
use super::database::{Database, Stray};
use super::place::{Place, Source};
use super::recovery::Recovery;
use super::row::Row;
use super::table::Table;
use std::collections::HashMap;
use std::sync::Arc;

/// Where a recovered row stands in what the carver found.
#[derive(Debug, Clone, Copy)]
enum Slot {
    /// Table of the live schema, and which of its finds.
    Table(usize, usize),
    /// Former table, and which of its finds.
    Former(usize, usize),
    Stray(usize),
}

/// Every recovered row by the file and the offset that it begins at.
#[derive(Debug, Default)]
pub(super) struct Places(HashMap<(Source, u64), Vec<Slot>>);

impl Places {
    pub(super) fn of(recovery: &Recovery) -> Places {
        let mut places = Places::default();
        for (table, finds) in recovery.tables.iter().enumerate() {
            finds.iter().enumerate().for_each(|(at, find)| places.add(&find.place, Slot::Table(table, at)));
        }
        for (former, known) in recovery.former.iter().enumerate() {
            let finds = known.finds.iter().enumerate();
            finds.for_each(|(at, find)| places.add(&find.place, Slot::Former(former, at)));
        }
        let strays = recovery.strays.iter().enumerate();
        strays.for_each(|(at, stray)| places.add(&stray.find.place, Slot::Stray(at)));
        places
    }

    fn add(&mut self, place: &Place, slot: Slot) {
        self.0.entry((place.source, place.offset)).or_default().push(slot);
    }

    fn at(&self, place: &Place) -> impl Iterator<Item = Slot> {
        self.0.get(&(place.source, place.offset)).into_iter().flatten().copied()
    }
}

impl<'a> Database<'a> {
    /// The row of a table that was recovered at exactly this place.
    ///
    /// # Errors
    /// Where the carver finds no such row there.
    pub(super) fn residue_at(&self, table: &Table, place: &Place) -> Result<Row<'a>, Error> {
        let index = self.schema().tables.iter().position(|known| std::ptr::eq(known, table));
        let recovery = self.recovery();
        let read = |slot| match slot {
            Slot::Table(of, at) if Some(of) == index => {
                let find = recovery.tables.get(of)?.get(at)?;
                (find.place == *place).then(|| find.row(self.live()))
            }
            Slot::Former(of, at) => {
                let former = recovery.former.get(of)?;
                let find = former.finds.get(at).filter(|find| find.place == *place)?;
                former.table.name.eq_ignore_ascii_case(&table.name).then_some(())?;
                let row = find.row(self.live());
                let then: Option<&Arc<Table>> =
                    (!std::ptr::eq(&*former.table, table)).then_some(&former.table);
                Some(then.map_or(row.clone(), |then| row.written_as(then)))
            }
            _ => None,
        };
        self.places().at(place).find_map(read).ok_or_else(|| nothing(place))
    }

    /// The row that was recovered at exactly this place and belongs to no one table.
    ///
    /// # Errors
    /// Where the carver finds no such row there.
    pub fn stray_at(&self, place: &Place) -> Result<Stray<'_, 'a>, Error> {
        let strays = &self.recovery().strays;
        let read = |slot| match slot {
            Slot::Stray(at) => strays.get(at).filter(|stray| stray.find.place == *place),
            _ => None,
        };
        let stray = self.places().at(place).find_map(read).ok_or_else(|| nothing(place))?;
        Ok(Stray { row: stray.find.row(self.live()), table: &stray.table })
    }
}

fn nothing(place: &Place) -> Error {
    Error::Unexpected {
        offset: place.offset,
        what: format!("unused space of page {}, view {}", place.page, place.view),
        expected: format!("a row of {} bytes", place.length),
        found: "none there".to_owned(),
    }
}
