//! A block of a definition against the schema of a real database: which columns its names are, what is missing.

use super::definition::{Lookup, NameId, RecordBlock};
use super::lookup::{KeyColumn, LookupTable};
use crate::parse::sqlite::{Database, Table, Views};

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
    /// The views that the run reads.
    pub(super) views: &'d Views,
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
    /// What its look-ups into other files do not find there: they find nothing, and that is said.
    pub(super) elsewhere: Vec<String>,
}

impl Plan<'_, '_> {
    /// What a name of the block is here.
    pub(super) fn bound(&self, id: NameId) -> Bound {
        self.bound.get(id).copied().unwrap_or(Bound::Absent)
    }
}

/// What a block needs and this database lacks.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Missing {
    pub(super) tables: Vec<String>,
    /// `table.column`.
    pub(super) columns: Vec<String>,
}

impl Missing {
    pub(super) fn is_empty(&self) -> bool {
        self.tables.is_empty() && self.columns.is_empty()
    }

    /// All of it, for a message.
    pub(super) fn text(&self) -> String {
        self.columns.iter().chain(&self.tables).map(String::as_str).collect::<Vec<_>>().join(", ")
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

    /// Whether a block that lacks something can still say something.
    pub(super) fn says_something(&self) -> bool {
        says_something(self.plan.block, &self.plan.bound)
    }
}

/// Whether a block can say something of a table with these of its names: at least half of the row's own columns that it needs are
/// there, and every column that its `where` tests, or it would take rows that it should not.
pub(super) fn says_something(block: &RecordBlock, bound: &[Bound]) -> bool {
    let (mut there, mut all) = (0, 0);
    for (index, (name, bound)) in block.names.iter().zip(bound).enumerate() {
        let is_absent = *bound == Bound::Absent && !name.optional;
        if is_absent && block.conditions.iter().any(|condition| condition.name == index) {
            return false;
        }
        if name.lookup.is_none() && !name.optional {
            all += 1;
            there += usize::from(!is_absent);
        }
    }
    there * 2 >= all && there > 0
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
    let table = find_table(open.db, open.views, pattern)?;
    let mut elsewhere = Vec::new();
    let mut homes: Vec<Option<(OpenDatabase<'d, 'a>, &'d Table)>> = Vec::new();
    for lookup in &block.lookups {
        homes.push(home(lookup, open, other, (&mut missing, &mut elsewhere)));
    }
    let bound = bind_names(block, table, &homes, (&mut missing, &mut elsewhere));
    let mut lookups = Vec::new();
    for (lookup, home) in block.lookups.iter().zip(&homes) {
        let made = home.map(|(home, table)| lookup_table(lookup, home, table, (open.file, &mut missing)));
        lookups.push(made.flatten());
    }
    Some(Binding { plan: Plan { block, open, table, bound, lookups, elsewhere }, missing })
}

fn home<'d, 'a>(
    lookup: &Lookup,
    open: OpenDatabase<'d, 'a>,
    other: &dyn Fn(usize) -> Option<OpenDatabase<'d, 'a>>,
    (missing, elsewhere): (&mut Missing, &mut Vec<String>),
) -> Option<(OpenDatabase<'d, 'a>, &'d Table)> {
    let Some(source) = lookup.source else {
        let table = find_table(open.db, open.views, &lookup.table);
        if table.is_none() && !lookup.optional {
            missing.tables.push(lookup.table.clone());
        }
        return table.map(|table| (open, table));
    };
    let home = other(source)?;
    // A table of another file is not sought in its unused space: that would cost a search of it for every version of an app
    // that lacks the table.
    let Some(table) = known_table(home.db, &lookup.table) else {
        elsewhere.extend((!lookup.optional).then(|| format!("{}: {}", home.source, lookup.table)));
        return None;
    };
    let columns = lookup.keys.iter().map(|(column, _)| column);
    let mut columns = columns.chain(lookup.tests.iter().map(|(column, _)| column));
    if let Some(column) = columns.find(|column| find_column(table, column.trim_end_matches('?')).is_none()) {
        elsewhere.extend((!lookup.optional).then(|| format!("{}: {}.{column}", home.source, table.name)));
        return None;
    }
    Some((home, table))
}

fn bind_names<'d, 'a>(
    block: &RecordBlock,
    table: &Table,
    homes: &[Option<(OpenDatabase<'d, 'a>, &'d Table)>],
    (missing, elsewhere): (&mut Missing, &mut Vec<String>),
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
            let place = format!("{}.{}", home.map_or("", |table| &table.name), name.column);
            let lookup = name.lookup.and_then(|lookup| block.lookups.get(lookup));
            match lookup.is_some_and(|lookup| lookup.source.is_some()) {
                true => elsewhere.push(place),
                false => missing.columns.push(place),
            }
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

/// The table of this name; `#` stands for a number. Names compare as SQLite compares them. A table that was dropped is found where
/// an older snapshot still has it, or where dead rows of the schema name it and the views are wanted in which its rows lie.
pub(super) fn find_table<'d>(db: &'d Database<'_>, views: &Views, pattern: &str) -> Option<&'d Table> {
    let lost = || {
        let mut tables = views.want_residue().then(|| db.lost_tables()).into_iter().flatten();
        tables.find(|table| matches_number(pattern, &table.name))
    };
    known_table(db, pattern).or_else(lost)
}

/// The same among the tables that a snapshot has: unused space is not searched.
pub(super) fn known_table<'d>(db: &'d Database<'_>, pattern: &str) -> Option<&'d Table> {
    let fits = |table: &&Table| matches_number(pattern, &table.name);
    db.schema().tables.iter().find(fits).or_else(|| db.dropped_tables().find(fits))
}

/// The table of exactly this name, as a report names it.
pub(super) fn named_table<'d>(db: &'d Database<'_>, views: &Views, name: &str) -> Option<&'d Table> {
    let is_named = |table: &&Table| table.name == name;
    let known = db.table(name).or_else(|| db.dropped_tables().find(is_named));
    known.or_else(|| views.want_residue().then(|| db.lost_tables().find(is_named))?)
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
