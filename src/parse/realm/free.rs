//! Rows that no commit of a file holds any more, found in its unused space by the shape of its tables.
//!
//! ```text
//! unused space ─► nodes ─► leaves of clusters, or arrays of columns ─► the one table that they fit ─► rows
//! ```
//!
//! A freed node is believed as far as nothing was written over it. A ref of it is followed to another freed node, or to one in use of the
//! same rows of the same column of the same table. Where the place of a freed node was used again and freed again, a ref may lead to the younger node:
//! if that has the shape and the number of rows of the older one, nothing in the file tells. A row is certain only where all of its nodes
//! were freed by the last two commits, whose space was not used again (`Space::is_fresh`).

use super::super::{Finding, Span, Value};
use super::array::Array;
use super::cluster;
use super::element::node;
use super::free_cluster::{self, Paths};
use super::free_column;
use super::free_table::{Definition, definitions, owners};
use super::group::{Realm, Snapshot};
use super::known::{Known, contents, keyed};
use super::reader::Reader;
use super::scope::{ALL, KEYS, Scope, UNKNOWN};
use super::space::{Groups, Space, is_marked};
use super::table::{At, Form, Row, Table};
use super::versions::{Content, Fate};
use crate::parse::Node;
use std::collections::{HashMap, HashSet};

/// A row that only free space holds.
#[derive(Debug, Clone, PartialEq)]
pub struct FreeRow<'a> {
    /// The row. A column whose bytes were used again, or cannot be told from those of another, is among `missing`.
    pub row: Row<'a>,
    /// What became of it. Where it has neither a key that is known nor a primary key, [`Fate::Deleted`] says only that no row of the last
    /// commit holds its values.
    pub fate: Fate,
    /// Whether the key of the row is that of its object. Else it is the key within its leaf: what leads there is gone.
    pub has_key: bool,
    /// Whether all of it was freed by the last two commits: nothing was written there since. Else its columns may be of different commits.
    pub is_certain: bool,
}

/// A node that fits a table.
#[derive(Debug, Clone, Copy)]
struct Candidate {
    offset: u64,
    definition: usize,
    /// What is added to the keys of its rows.
    base: Option<i64>,
}

/// How a node fits a table.
#[derive(Debug, Clone, Copy)]
struct Fit {
    definition: usize,
    /// What is added to the keys of its rows, where that is known.
    base: Option<i64>,
    /// So many columns that nothing else has their shape.
    is_telling: bool,
    /// It has a column that a commit in use has too.
    shares: bool,
}

/// Columns whose shapes together say which table they are of. In the files of a corpus, pairs and triples of refs that were parts of other
/// arrays passed for rows of tables of one to three columns.
const TELLING: usize = 4;

/// How many sets of missing columns of a table are compared with the rows in use: each is a reading of the table.
const COMPARED: usize = 8;

/// The unused space of a file, searched once for all tables.
#[derive(Debug)]
pub struct Unused<'a> {
    realm: Realm<'a>,
    has_previous: bool,
    reader: Reader<'a>,
    definitions: Vec<Definition<'a>>,
    candidates: Vec<Candidate>,
    /// Bytes that neither commit uses.
    pub bytes: u64,
}

impl<'a> Unused<'a> {
    /// Searches what neither the last commit nor the one before it uses.
    #[must_use]
    pub fn of(realm: &Realm<'a>, current: &Snapshot<'a>, previous: Option<&Snapshot<'a>>) -> Self {
        let bare = current.reader.again();
        let top = current.slot.top_ref;
        let is_searched = top != 0 && is_marked(&bare, top);
        let groups = Groups {
            current: top,
            previous: previous.map(|previous| previous.slot.top_ref),
            is_streamed: realm.header.is_streamed,
        };
        let space = Space::of(&bare, groups);
        let bytes = space.unused;
        let definitions = definitions(&bare, current, previous);
        let owners = owners(&bare.again(), &definitions, current, previous);
        let findings = told(&space, top, is_searched);
        let reader = bare.within(Scope::new(&bare.again(), space, owners));
        findings.into_iter().for_each(|(code, message)| reader.tell(code, top, message));
        let mut unused = Unused {
            realm: *realm,
            has_previous: previous.is_some(),
            reader,
            definitions,
            candidates: Vec::new(),
            bytes,
        };
        if is_searched {
            unused.search();
        }
        unused
    }

    fn search(&mut self) {
        let Some(scope) = self.reader.scope() else { return };
        let paths = Paths::of(&self.reader, scope, &self.definitions);
        let mut by_size: HashMap<usize, Vec<usize>> = HashMap::new();
        for (index, definition) in self.definitions.iter().enumerate() {
            by_size.entry(definition.size).or_default().push(index);
        }
        for offset in scope.space.unreached() {
            let Ok(array) = self.reader.array(offset) else { continue };
            let is_refs = array.has_refs && !array.is_inner && !array.is_multiplied && !array.is_blob;
            let Some(sized) = by_size.get(&array.size).filter(|_| is_refs && !paths.is_tombstone(offset))
            else {
                continue;
            };
            let fitting: Vec<Fit> =
                sized.iter().filter_map(|index| self.fit(*index, &array, &paths)).collect();
            let chosen = self.chosen(scope, &fitting, (paths.table(offset), offset));
            self.candidates.extend(chosen.map(|Fit { definition, base, .. }| Candidate {
                offset,
                definition,
                base,
            }));
            if self.reader.is_exhausted() {
                break;
            }
        }
    }

    fn fit(&self, index: usize, array: &Array<'a>, paths: &Paths) -> Option<Fit> {
        let definition = self.definitions.get(index)?;
        let table = &definition.table;
        let base = table.clusters.and_then(|_| paths.base(array.offset, &definition.depths));
        let is_it = match table.clusters {
            Some(_) => free_cluster::is_leaf(&self.reader, (index, table, base.unwrap_or(UNKNOWN)), array),
            None => free_column::columns(&self.reader, (index, table), array).is_some(),
        };
        let scope = self.reader.scope()?;
        let owned = |at| array.reference(at).and_then(|reference| scope.owner(reference));
        let shares = (0..array.size).filter_map(owned).any(|(owner, ..)| owner == index);
        let is_telling = table.columns.len() >= TELLING;
        is_it.then_some(Fit { definition: index, base, is_telling, shares })
    }

    /// The one table that a node fits. Best is the freed top of a table that leads to it, and of what the last two commits freed that top is
    /// there; else it must share a column with what is in use of one table; else its shape alone must say enough, and of one table only.
    fn chosen(&self, scope: &Scope, fitting: &[Fit], (named, offset): (Option<usize>, u64)) -> Option<Fit> {
        if named.is_some() || scope.space.is_fresh(offset) {
            return fitting.iter().copied().find(|fit| Some(fit.definition) == named);
        }
        let mut sharing = fitting.iter().copied().filter(|fit| fit.shares);
        if let Some(first) = sharing.next() {
            return sharing.next().is_none().then_some(first);
        }
        match fitting {
            [only] if only.is_telling => Some(*only),
            _ => None,
        }
    }

    /// Hands on the rows of a table that only free space holds, in the order of their leaves in the file.
    ///
    /// # Errors
    /// Those of `each`.
    pub fn rows<E>(
        &self,
        table: &Table<'a>,
        each: &mut dyn FnMut(FreeRow<'a>) -> Result<(), E>,
    ) -> Result<(), E> {
        let is_it =
            |known: &Definition<'a>| known.table.offset == table.offset && known.table.name == table.name;
        let named = |known: &Definition<'a>| known.table.name == table.name;
        let index =
            self.definitions.iter().position(is_it).or_else(|| self.definitions.iter().position(named));
        let Some((index, definition)) = index.and_then(|index| Some((index, self.definitions.get(index)?)))
        else {
            return Ok(());
        };
        let mut sieve =
            Sieve { unused: self, table: &definition.table, known: Vec::new(), given: HashSet::new() };
        for candidate in self.candidates.iter().filter(|candidate| candidate.definition == index) {
            self.reader.take_doubt();
            let Ok(array) = self.reader.array(candidate.offset) else { continue };
            match definition.table.clusters {
                Some(_) => self.cluster((index, candidate.base), array, &mut sieve, each)?,
                None => self.columns(index, array, &mut sieve, each)?,
            }
        }
        Ok(())
    }

    fn cluster<E>(
        &self,
        (index, base): (usize, Option<i64>),
        array: Array<'a>,
        sieve: &mut Sieve<'_, 'a>,
        each: &mut dyn FnMut(FreeRow<'a>) -> Result<(), E>,
    ) -> Result<(), E> {
        let table = sieve.table;
        let first = base.unwrap_or(UNKNOWN);
        self.reader.enter((index, KEYS, first));
        let cluster = cluster::Cluster { offset: base.unwrap_or(0), array };
        let Ok(keys) = cluster::keys(&self.reader, &cluster) else { return Ok(()) };
        for (position, key) in keys.into_iter().enumerate() {
            let mut in_doubt = self.is_in_doubt(array.offset);
            let row = self.row(table, (key, array.span()), &mut |at| {
                let column = table.columns.get(at)?;
                self.reader.enter((index, column.leaf, first));
                let place = At { cluster: Some((&cluster, position)), position };
                let value = column.value(&self.reader, place).ok()?;
                in_doubt |= self.reader.take_doubt();
                Some(value)
                    .filter(|value| !in_doubt || is_plausible(column.form != Form::Single, &value.value))
            });
            let Some(row) = row else { return Ok(()) };
            let found = FreeRow { row, fate: Fate::Deleted, has_key: base.is_some(), is_certain: !in_doubt };
            sieve.give(found, each)?;
        }
        Ok(())
    }

    fn is_in_doubt(&self, offset: u64) -> bool {
        !self.reader.scope().is_some_and(|scope| scope.space.is_fresh(offset))
    }

    fn columns<E>(
        &self,
        index: usize,
        array: Array<'a>,
        sieve: &mut Sieve<'_, 'a>,
        each: &mut dyn FnMut(FreeRow<'a>) -> Result<(), E>,
    ) -> Result<(), E> {
        let table = sieve.table;
        let Some(found) = free_column::columns(&self.reader, (index, table), &array) else { return Ok(()) };
        for position in 0..found.rows {
            let key = i64::try_from(position).unwrap_or(i64::MAX);
            let mut in_doubt = self.is_in_doubt(array.offset);
            let row = self.row(table, (key, array.span()), &mut |at| {
                let column = found.columns.get(at)?;
                self.reader.enter((index, at, ALL));
                let value = column.value(&self.reader, position, 0).ok()?;
                in_doubt |= self.reader.take_doubt();
                Some(value).filter(|value| !in_doubt || is_plausible(column.is_many(), &value.value))
            });
            let Some(mut row) = row else { return Ok(()) };
            let first = row.values.iter().enumerate().find(|(at, _)| !row.missing.contains(at));
            row.place = first.map_or(row.place, |(_, value)| value.span);
            sieve.give(FreeRow { row, fate: Fate::Deleted, has_key: true, is_certain: !in_doubt }, each)?;
        }
        Ok(())
    }

    /// A row of the values that can be read; `None` where the bound on what may be visited is reached.
    fn row(
        &self,
        table: &Table<'a>,
        (key, place): (i64, Span),
        value: &mut dyn FnMut(usize) -> Option<Node<'a>>,
    ) -> Option<Row<'a>> {
        if let Err(error) = self.reader.spend(place.offset) {
            self.reader.tell("realm-free-limit", place.offset, error.to_string());
            return None;
        }
        let mut row =
            Row { key, place, values: Vec::with_capacity(table.columns.len()), missing: Vec::new() };
        for at in 0..table.columns.len() {
            let losses = self.reader.losses();
            // A list of which a part is gone is gone: what is left could pass for the whole.
            let read = value(at).filter(|_| self.reader.losses() == losses);
            row.values.push(read.unwrap_or_else(|| {
                row.missing.push(at);
                node(Value::Null, Span { offset: place.offset, length: 0 })
            }));
        }
        Some(row)
    }

    /// What was odd about the unused space since it was last asked. Nothing in use is lost by any of it.
    #[must_use]
    pub fn take_findings(&self) -> Vec<Finding> {
        self.reader
            .take_findings()
            .into_iter()
            .filter(|finding| finding.code.starts_with("realm-free"))
            .collect()
    }
}

/// Whether a value of space that may have been used twice can be believed. A list cannot: what its refs lead to can be any other list of
/// numbers. Text of more than one string is not: it was the bytes of a whole leaf.
fn is_plausible(is_many: bool, value: &Value<'_>) -> bool {
    match value {
        _ if is_many => false,
        Value::Text(text) => !text.contains('\0'),
        Value::InvalidText { .. } => false,
        _ => true,
    }
}

/// Keeps back what the commits in use hold, and what was given already.
struct Sieve<'u, 'a> {
    unused: &'u Unused<'a>,
    table: &'u Table<'a>,
    known: Vec<(Vec<usize>, Known)>,
    given: HashSet<Content>,
}

impl<'a> Sieve<'_, 'a> {
    fn give<E>(
        &mut self,
        mut found: FreeRow<'a>,
        each: &mut dyn FnMut(FreeRow<'a>) -> Result<(), E>,
    ) -> Result<(), E> {
        let row = &found.row;
        if row.missing.len() == self.table.columns.len() {
            return Ok(());
        }
        let by_key = found.has_key && self.table.clusters.is_some();
        let primary = self.table.columns.iter().position(|column| column.is_primary_key);
        let primary = primary.filter(|at| !row.missing.contains(at)).and_then(|at| row.values.get(at));
        let Some(known) = self.known(&found.row.missing) else {
            let message = "rows in free space lack too many different columns to be told from the rows in use: left out";
            self.unused.reader.tell("realm-free-fragments", row.place.offset, message.to_owned());
            return Ok(());
        };
        if known.holds(row, by_key) {
            return Ok(());
        }
        let is_there = if by_key {
            known.has_key(row.key)
        } else {
            primary.is_some_and(|value| known.has_primary(value))
        };
        found.fate = if is_there { Fate::Changed } else { Fate::Deleted };
        let digest = if by_key { keyed(row, &row.missing) } else { contents(row, &row.missing) };
        if self.given.insert(digest) { each(found) } else { Ok(()) }
    }

    fn known(&mut self, missing: &[usize]) -> Option<&Known> {
        if let Some(at) = self.known.iter().position(|(of, _)| of == missing) {
            return self.known.get(at).map(|(_, known)| known);
        }
        if self.known.len() >= COMPARED {
            return None;
        }
        let known = Known::of(&self.unused.realm, self.unused.has_previous, self.table, missing);
        self.known.push((missing.to_vec(), known));
        self.known.last().map(|(_, known)| known)
    }
}

/// What is to be said of the space itself.
fn told(space: &Space, top: u64, is_searched: bool) -> Vec<(&'static str, String)> {
    let mut told = Vec::new();
    if top != 0 && !is_searched {
        told.push((
            "realm-free-unmarked",
            "free space is not searched: the nodes of this file bear no mark".to_owned(),
        ));
    } else if !space.is_complete {
        told.push((
            "realm-free-unknown",
            "free space is not searched: what is in use could not be followed to its end".to_owned(),
        ));
    }
    if space.unlisted > 0 {
        told.push((
            "realm-free-unlisted",
            format!("{} bytes are neither in use nor listed as free", space.unlisted),
        ));
    }
    if space.listed_twice > 0 {
        told.push((
            "realm-free-in-use",
            format!("{} bytes are listed as free and in use", space.listed_twice),
        ));
    }
    told
}
