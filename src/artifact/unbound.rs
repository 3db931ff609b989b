//! Rows that a block wants and cannot read, because this database lacks a column that it needs. Other versions of a schema have
//! blocks of their own; a row that none of those takes is not excluded by a rule, it is lost, and that is said.

use super::bind::{Bound, Missing, find_column};
use super::definition::{RecordBlock, Test};
use super::scalar::passes;
use crate::parse::Value;
use crate::parse::sqlite::{Row, Table};

/// A block that does not fit this database.
pub(super) struct Unbound<'d> {
    /// What it needs, in words.
    pub(super) needs: String,
    /// Its `where`, if every test is of a column that is there.
    tests: Option<Vec<(Bound, &'d Test)>>,
}

impl<'d> Unbound<'d> {
    pub(super) fn new(block: &'d RecordBlock, table: &Table, missing: &Missing) -> Self {
        let needs = missing.columns.iter().chain(&missing.tables).map(String::as_str);
        let tests = block.conditions.iter().map(|condition| {
            let name = block.names.get(condition.name).filter(|name| name.lookup.is_none())?;
            let bound = find_column(table, &name.column);
            let bound = if name.optional { bound.or(Some(Bound::Absent)) } else { bound };
            Some((bound?, &condition.test))
        });
        Unbound { needs: needs.collect::<Vec<_>>().join(", "), tests: tests.collect() }
    }

    /// Whether it wants a row, as far as can be told.
    pub(super) fn wants(&self, row: &Row<'_>, table: &Table) -> bool {
        self.tests.as_ref().is_some_and(|tests| {
            tests.iter().all(|(bound, test)| match bound {
                Bound::Absent => passes(None, test),
                Bound::Column(index) => passes(Some(&row.value(table, *index)), test),
                Bound::Rowid => passes(row.rowid.map(Value::Integer).as_ref(), test),
            })
        })
    }
}
