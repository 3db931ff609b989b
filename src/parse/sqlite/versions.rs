//! All versions of the rows of one table, newest first, each with what can be said of it.
//!
//! Live rows come in key order, each followed by its versions with other content; then the rows that only older snapshots and
//! unused space hold. A version with the content of a newer one is no row of its own: it is another sighting of that one.

use super::super::Finding;
use super::database::Database;
use super::place::{Identity, Place, View};
use super::row::Row;
use super::table::Table;
use super::views::Views;
use std::collections::{BTreeMap, HashMap};
use std::hash::{DefaultHasher, Hash as _, Hasher as _};

/// What can be said of a row version.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// It stands in the live view.
    Live,
    /// The live view holds the same row with other content.
    Superseded,
    /// The live view holds no such row.
    Deleted,
    /// It lies on a page that the live view cannot reach, and that was not freed: damage, or a pointer that was changed.
    Unreachable,
}

/// A row version that stands for itself.
#[derive(Debug)]
pub struct Version<'a> {
    /// The row.
    pub row: Row<'a>,
    /// What can be said of it.
    pub standing: Standing,
    /// Where else its content stands.
    pub seen_in: Vec<Place>,
}

type Each<'e, 'a, E> = &'e mut dyn FnMut(Result<Version<'a>, Finding>) -> Result<(), E>;

impl<'a> Database<'a> {
    /// Calls `each` for every version of the rows of a table in the views that are wanted, or for what could not be read.
    ///
    /// # Errors
    /// Those of `each`.
    pub fn versions<E>(&self, table: &Table, views: &Views, each: Each<'_, 'a, E>) -> Result<(), E> {
        let mut pool = Pool::default();
        if views.want_older() {
            for row in self.older_rows(table) {
                match row {
                    Ok(row) => pool.add(row, table),
                    Err(finding) => each(Err(finding))?,
                }
            }
        }
        if views.want_residue() {
            self.residue_rows(table).for_each(|row| pool.add(row, table));
        }
        let each = &mut |version: Result<Version<'a>, Finding>| match version {
            Ok(version) if !views.wants(version.row.place.view) => Ok(()),
            version => each(version),
        };
        // A table that was dropped has no live rows; what lies under its root page now is another's.
        let live = self.is_live(table).then(|| self.rows(table));
        for row in live.into_iter().flatten() {
            match row {
                Ok(row) => pool.live(row, table, each)?,
                Err(finding) => each(Err(finding))?,
            }
        }
        pool.rest(each)
    }

    /// Whether a table is one of the live schema, or was dropped.
    pub fn is_live(&self, table: &Table) -> bool {
        self.table(&table.name).is_some_and(|live| std::ptr::eq(live, table))
    }
}

/// The versions that are not live, before the live rows are known.
#[derive(Default)]
struct Pool<'a> {
    known: BTreeMap<Identity, Vec<Row<'a>>>,
    loose: Loose<'a>,
}

impl<'a> Pool<'a> {
    fn add(&mut self, row: Row<'a>, table: &Table) {
        match row.identity(table) {
            Identity::Unknown(..) => self.loose.add(row),
            identity => self.known.entry(identity).or_default().push(row),
        }
    }

    fn live<E>(&mut self, row: Row<'a>, table: &Table, each: Each<'_, 'a, E>) -> Result<(), E> {
        let before = if self.known.is_empty() { None } else { self.known.remove(&row.identity(table)) };
        let rows = std::iter::once(row).chain(before.into_iter().flatten());
        self.collapse(rows, Standing::Live, each)
    }

    fn rest<E>(mut self, each: Each<'_, 'a, E>) -> Result<(), E> {
        for rows in std::mem::take(&mut self.known).into_values() {
            self.collapse(rows.into_iter(), Standing::Deleted, each)?;
        }
        while let Some(row) = self.loose.next() {
            self.collapse(std::iter::once(row), Standing::Deleted, each)?;
        }
        Ok(())
    }

    /// Gives the versions of one row, newest first; those of equal content once.
    fn collapse<E>(
        &mut self,
        rows: impl Iterator<Item = Row<'a>>,
        first: Standing,
        each: Each<'_, 'a, E>,
    ) -> Result<(), E> {
        let mut distinct: Vec<Version<'a>> = Vec::with_capacity(1);
        // Filled from the second version on: nearly every row has one.
        let mut by_content: HashMap<u64, Vec<usize>> = HashMap::new();
        for row in rows {
            if let [only] = distinct.as_slice() {
                by_content.entry(content_hash(&only.row)).or_default().push(0);
            }
            match equal_version(&distinct, &by_content, &row) {
                Some(known) => distinct.get_mut(known).into_iter().for_each(|k| k.seen_in.push(row.place)),
                None => {
                    if !distinct.is_empty() {
                        by_content.entry(content_hash(&row)).or_default().push(distinct.len());
                    }
                    let standing = standing(first, distinct.is_empty(), row.place.view);
                    let seen_in = self.loose.take_equal(&row).iter().map(|copy| copy.place).collect();
                    distinct.push(Version { row, standing, seen_in });
                }
            }
        }
        distinct.into_iter().try_for_each(|version| each(Ok(version)))
    }
}

fn standing(first: Standing, is_first: bool, view: View) -> Standing {
    match (first, is_first, view) {
        (Standing::Live, true, _) => Standing::Live,
        (Standing::Live, false, _) => Standing::Superseded,
        (_, _, View::Unreachable) => Standing::Unreachable,
        (other, ..) => other,
    }
}

/// The version that has the content of a row: of one that is there in part, one that begins like it.
fn equal_version(
    distinct: &[Version<'_>],
    by_content: &HashMap<u64, Vec<usize>>,
    row: &Row<'_>,
) -> Option<usize> {
    if !row.complete {
        return distinct.iter().position(|known| same(&known.row, row));
    }
    if distinct.is_empty() {
        return None;
    }
    let known = by_content.get(&content_hash(row))?;
    known.iter().copied().find(|known| distinct.get(*known).is_some_and(|known| same(&known.row, row)))
}

/// Whether a row has the content of another, or is there in part and begins like it.
fn same(known: &Row<'_>, row: &Row<'_>) -> bool {
    if row.complete {
        return known.complete && known.payload() == row.payload();
    }
    !row.payload().is_empty() && known.payload().starts_with(row.payload())
}

fn content_hash(row: &Row<'_>) -> u64 {
    let mut hasher = DefaultHasher::new();
    row.payload().hash(&mut hasher);
    hasher.finish()
}

/// Rows whose rowid is lost, sought by what their bodies end with.
#[derive(Default)]
struct Loose<'a> {
    rows: BTreeMap<usize, Row<'a>>,
    by_end: HashMap<(usize, [u8; 8]), Vec<usize>>,
    added: usize,
}

impl<'a> Loose<'a> {
    fn add(&mut self, row: Row<'a>) {
        let number = self.added;
        self.added = number.saturating_add(1);
        self.by_end.entry(end(row.body())).or_default().push(number);
        self.rows.insert(number, row);
    }

    /// Takes out the rows with the content of another.
    fn take_equal(&mut self, row: &Row<'a>) -> Vec<Row<'a>> {
        if self.rows.is_empty() {
            return Vec::new();
        }
        let body = row.body();
        let Some(numbers) = self.by_end.get(&end(body)) else { return Vec::new() };
        let rows = &self.rows;
        let equal = |number: &&usize| {
            rows.get(*number).is_some_and(|known| {
                let told = known.recovered().is_none_or(|recovered| recovered.unknown.is_empty());
                if told { known.payload() == row.payload() } else { known.body() == body }
            })
        };
        let numbers: Vec<usize> = numbers.iter().filter(equal).copied().collect();
        numbers.iter().filter_map(|number| self.rows.remove(number)).collect()
    }

    fn next(&mut self) -> Option<Row<'a>> {
        self.rows.pop_first().map(|(_, row)| row)
    }
}

/// The length of a body and its last bytes.
fn end(body: &[u8]) -> (usize, [u8; 8]) {
    let mut last = [0; 8];
    let from = body.len().saturating_sub(last.len());
    for (to, byte) in last.iter_mut().zip(body.get(from..).unwrap_or(&[])) {
        *to = *byte;
    }
    (body.len(), last)
}
