//! A block of a definition against the schema of a real database: which columns its names are, what is missing.

use super::definition::{Lookup, RecordBlock};
use super::lookup::{KeyColumn, LookupTable};
use crate::parse::sqlite::{Database, Table};

/// What a name is in this database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Bound {
    /// Nothing: this version lacks it.
    Absent,
    /// A column, by its index.
    Column(usize),
    /// The rowid.
    Rowid,
}

/// An open database and what a report calls it.
#[derive(Debug, Clone, Copy)]
pub(super) struct OpenDatabase<'d, 'a> {
    pub(super) db: &'d Database<'a>,
    pub(super) file: usize,
    pub(super) source: &'d str,
}

/// A block ready to run on one table.
pub(super) struct Plan<'d, 'a> {
    pub(super) block: &'d RecordBlock,
    pub(super) open: OpenDatabase<'d, 'a>,
    pub(super) table: &'d Table,
    /// Per name of the block.
    pub(super) bound: Vec<Bound>,
    /// Per look-up of the block; `None`: there is no such table here.
    pub(super) lookups: Vec<Option<LookupTable<'d, 'a>>>,
}

/// What a block needs and this database lacks.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Missing {
    pub(super) tables: Vec<String>,
    /// `table.column`.
    pub(super) columns: Vec<String>,
}

impl Missing {
    fn is_empty(&self) -> bool {
        self.tables.is_empty() && self.columns.is_empty()
    }
}

/// A block bound to a database, and what it needs and the database lacks.
pub(super) struct Binding<'d, 'a> {
    /// The plan; names that are missing are absent in it.
    pub(super) plan: Plan<'d, 'a>,
    /// Nothing, where the block fits.
    pub(super) missing: Missing,
}

impl Binding<'_, '_> {
    /// Whether everything that the block needs is there.
    pub(super) fn fits(&self) -> bool {
        self.missing.is_empty()
    }

    /// Whether enough of the row's own columns are there to say something: at least half of those that the block needs.
    pub(super) fn says_something(&self) -> bool {
        let own = self
            .plan
            .block
            .names
            .iter()
            .zip(&self.plan.bound)
            .filter(|(name, _)| name.lookup.is_none() && !name.optional);
        let (there, all) = own
            .fold((0, 0), |(there, all), (_, bound)| (there + usize::from(*bound != Bound::Absent), all + 1));
        there * 2 >= all && there > 0
    }
}

/// Binds a block whose rows come from `pattern`; `None` where there is no such table. `other` gives the open database of another
/// source.
pub(super) fn bind<'d, 'a>(
    block: &'d RecordBlock,
    pattern: &str,
    open: OpenDatabase<'d, 'a>,
    other: &dyn Fn(usize) -> Option<OpenDatabase<'d, 'a>>,
) -> Option<Binding<'d, 'a>> {
    let mut missing = Missing::default();
    let table = find_table(open.db, pattern)?;
    let homes: Vec<Option<(OpenDatabase<'d, 'a>, &'d Table)>> =
        block.lookups.iter().map(|lookup| home(lookup, open, other, &mut missing)).collect();
    let bound = bind_names(block, table, &homes, &mut missing);
    let mut lookups = Vec::new();
    for (lookup, home) in block.lookups.iter().zip(&homes) {
        let made = home.map(|(home, table)| lookup_table(lookup, home, table, (open.file, &mut missing)));
        lookups.push(made.flatten());
    }
    Some(Binding { plan: Plan { block, open, table, bound, lookups }, missing })
}

fn home<'d, 'a>(
    lookup: &Lookup,
    open: OpenDatabase<'d, 'a>,
    other: &dyn Fn(usize) -> Option<OpenDatabase<'d, 'a>>,
    missing: &mut Missing,
) -> Option<(OpenDatabase<'d, 'a>, &'d Table)> {
    let home = match lookup.source {
        Some(source) => other(source)?,
        None => open,
    };
    let table = find_table(home.db, &lookup.table);
    if table.is_none() && !lookup.optional && lookup.source.is_none() {
        missing.tables.push(lookup.table.clone());
    }
    table.map(|table| (home, table))
}

fn bind_names<'d, 'a>(
    block: &RecordBlock,
    table: &Table,
    homes: &[Option<(OpenDatabase<'d, 'a>, &'d Table)>],
    missing: &mut Missing,
) -> Vec<Bound> {
    let mut bound = Vec::with_capacity(block.names.len());
    for name in &block.names {
        if name.column == "folder()" {
            bound.push(Bound::Absent);
            continue;
        }
        let home = match name.lookup {
            None => Some(table),
            Some(lookup) => homes.get(lookup).copied().flatten().map(|(_, table)| table),
        };
        let column = home.map_or(Some(Bound::Absent), |table| find_column(table, &name.column));
        if column.is_none() && !name.optional {
            missing.columns.push(format!("{}.{}", home.map_or("", |table| &table.name), name.column));
        }
        bound.push(column.unwrap_or(Bound::Absent));
    }
    bound
}

fn lookup_table<'d, 'a>(
    lookup: &Lookup,
    home: OpenDatabase<'d, 'a>,
    table: &'d Table,
    (base_file, missing): (usize, &mut Missing),
) -> Option<LookupTable<'d, 'a>> {
    let mut column = |written: &str| {
        let name = written.strip_suffix('?').unwrap_or(written);
        let found = match find_column(table, name) {
            Some(Bound::Column(index)) => Some(KeyColumn::Column(index)),
            Some(Bound::Rowid) => Some(KeyColumn::Rowid),
            _ => None,
        };
        if found.is_none() && !lookup.optional {
            missing.columns.push(format!("{}.{name}", table.name));
        }
        found
    };
    let keys = lookup.keys.iter().map(|(name, _)| column(name)).collect::<Option<Vec<_>>>()?;
    let tests = lookup.tests.iter().map(|(name, test)| column(name).map(|column| (column, test.clone())));
    let tests = tests.collect::<Option<Vec<_>>>()?;
    Some(LookupTable::new(home, table, keys, tests).seen_from(base_file))
}

/// The table of this name; `#` stands for a number. Names compare as SQLite compares them.
pub(super) fn find_table<'d>(db: &'d Database<'_>, pattern: &str) -> Option<&'d Table> {
    if !pattern.contains('#') {
        return db.table(pattern);
    }
    db.schema().tables.iter().find(|table| matches_number(pattern, &table.name))
}

/// The column of this name; `rowid` where no column has that name.
pub(super) fn find_column(table: &Table, pattern: &str) -> Option<Bound> {
    let found = match pattern.contains('#') {
        false => table.column(pattern),
        true => table.columns.iter().position(|column| matches_number(pattern, &column.name)),
    };
    let is_rowid = ["rowid", "_rowid_", "oid"].iter().any(|alias| pattern.eq_ignore_ascii_case(alias));
    match found {
        Some(index) => Some(Bound::Column(index)),
        None if is_rowid && !table.without_rowid => Some(Bound::Rowid),
        None => None,
    }
}

/// Whether a name fits a pattern in which each `#` stands for one or more digits.
fn matches_number(pattern: &str, name: &str) -> bool {
    let Some((head, rest)) = pattern.split_once('#') else { return pattern.eq_ignore_ascii_case(name) };
    let Some(after) =
        name.get(..head.len()).filter(|start| start.eq_ignore_ascii_case(head)).and(name.get(head.len()..))
    else {
        return false;
    };
    let digits = after.len() - after.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    digits > 0 && after.get(digits..).is_some_and(|tail| matches_number(rest, tail))
}

#[cfg(test)]
mod tests {
    use super::matches_number;

    #[test]
    fn a_hash_stands_for_core_data_s_number() {
        assert!(matches_number("Z_#MESSAGES", "Z_12MESSAGES"));
        assert!(matches_number("Z_#A_#B", "z_1a_22b"));
        assert!(!matches_number("Z_#MESSAGES", "Z_MESSAGES"));
        assert!(!matches_number("Z_#MESSAGES", "Z_12MESSAGESX"));
    }
}
