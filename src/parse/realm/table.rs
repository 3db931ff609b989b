//! Tables: what is declared of them, and their rows.
//!
//! ```text
//! before 10: 0 spec │ 1 columns
//! from 10:   0 spec │ 1 old columns │ 2 cluster tree │ 3 key │ … │ 7 keys of the tables linked to │ … │ 11 primary key │ 12 flags │ 13 tombstones
//! ```
//!
//! A file whose upgrade stopped has both: a column that is still among the old ones is read there. Source: realm-core, `table.hpp`.

use super::super::{Error, Node, Span, Value};
use super::array::Array;
use super::cluster::{self, Cluster};
use super::collection::{self, Shape};
use super::element::{self, Element, node};
use super::old::{self, OldColumn, open_columns};
use super::reader::Reader;
use super::spec::{self, Declared};
use std::borrow::Cow;
use std::cell::OnceCell;
use std::ops::Range;

/// What objects of a class are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TableKind {
    /// Objects of their own.
    TopLevel,
    /// Parts of other objects.
    Embedded,
    /// Objects that are sent to a server and not kept.
    Asymmetric,
}

/// A column of a table.
#[derive(Debug, Clone)]
pub struct Column<'a> {
    /// Its name as it is stored; names may be empty and may repeat.
    pub name: Cow<'a, str>,
    /// Its type in words: `string`, `list of link`.
    pub type_name: String,
    /// Whether its values can be null.
    pub is_nullable: bool,
    /// Whether it has a search index.
    pub is_indexed: bool,
    /// Whether it is the primary key.
    pub is_primary_key: bool,
    /// The table that it links to.
    pub target: Option<Cow<'a, str>>,
    pub(super) form: Form,
    pub(super) element: Element<'a>,
    /// Its place in a cluster.
    pub(super) leaf: usize,
    /// Its place in the spec.
    pub(super) position: usize,
    /// Where it is still a column of before format 10.
    pub(super) old: Option<OldColumn<'a>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    Single,
    List,
    Dictionary { has_number_keys: bool },
}

/// A table: a class of objects.
#[derive(Debug, Clone)]
pub struct Table<'a> {
    /// Its name as it is stored: classes of the object store begin with `class_`.
    pub name: Cow<'a, str>,
    /// Its place in the group.
    pub index: usize,
    /// Its columns without backlinks, in the order in which they are declared.
    pub columns: Vec<Column<'a>>,
    /// What its objects are.
    pub kind: TableKind,
    /// Where its top array begins: its ref.
    pub offset: u64,
    /// Whether an upgrade of the file stopped in it: it has columns of two layouts.
    pub is_half_upgraded: bool,
    pub(super) clusters: Option<Array<'a>>,
    /// Its columns of before format 10.
    pub(super) old_columns: Option<Array<'a>>,
    /// Where its spec begins.
    pub(super) spec: u64,
    /// What its spec declares, backlinks too.
    pub(super) declared: Vec<Declared<'a>>,
    /// Made when a row is sought by its key.
    finder: OnceCell<Vec<Found<'a>>>,
}

/// A leaf of a cluster tree as it is sought in.
#[derive(Debug, Clone, Copy)]
struct Found<'a> {
    leaf: Cluster<'a>,
    first_key: i64,
    /// Rows before it.
    position: usize,
}

/// A row: an object.
#[derive(Debug, Clone, PartialEq)]
pub struct Row<'a> {
    /// The key of the object; before format 10 its position.
    pub key: i64,
    /// The leaf that holds it: of a cluster from format 10, else of its first column.
    pub place: Span,
    /// Its values by column, each with its place; of a list or dictionary that of its root.
    pub values: Vec<Node<'a>>,
    /// Columns whose value could not be read.
    pub missing: Vec<usize>,
}

impl<'a> Table<'a> {
    pub(super) fn open(
        reader: &Reader<'a>,
        name: Cow<'a, str>,
        (index, top): (usize, Array<'a>),
    ) -> Result<Self, Error> {
        let spec = reader.child(&top, 0, "the spec of a table")?;
        let clusters = if top.size >= 3 { reader.optional(&top, 2)? } else { None };
        let mut declared = spec::columns(reader, &spec, 0)?;
        if clusters.is_some() {
            targets(reader, &top, &mut declared)?;
        }
        let has_old = if clusters.is_some() {
            reader.optional(&top, 1)?
        } else {
            Some(reader.child(&top, 1, "columns of a table")?)
        };
        let old_columns = has_old;
        let old = has_old.map(|columns| open_columns(reader, &declared, &columns, clusters.is_none()));
        let is_half_upgraded = clusters.is_some() && old.iter().flatten().any(Option::is_some);
        let primary = top.tagged(11).filter(|key| *key != 0);
        let mut olds = old.unwrap_or_default().into_iter();
        let mut columns = Vec::new();
        for (position, column) in declared.iter().enumerate() {
            let old = olds.next().flatten();
            if !column.is_backlink() && column.name != "!ROW_INDEX" {
                columns.push(Column { position, ..Column::of(reader, column, (old, primary)) });
            }
        }
        let kind = match top.tagged(12).map(|flags| flags & 3) {
            Some(1) => TableKind::Embedded,
            Some(2) => TableKind::Asymmetric,
            _ => TableKind::TopLevel,
        };
        Ok(Table {
            name,
            index,
            columns,
            kind,
            offset: top.offset,
            is_half_upgraded,
            clusters,
            old_columns,
            spec: spec.offset,
            declared,
            finder: OnceCell::new(),
        })
    }

    /// Number of rows that the table has by its own count of leaves or columns.
    pub(super) fn count(&self, reader: &Reader<'a>) -> usize {
        match self.leaves(reader) {
            Some(leaves) => {
                let keys = leaves.iter().map(|leaf| cluster::keys(reader, leaf).map_or(0, |keys| keys.len()));
                keys.fold(0, usize::saturating_add)
            }
            None => self.held().iter().map(Range::len).fold(0, usize::saturating_add),
        }
    }

    fn held(&self) -> Vec<Range<usize>> {
        old::held(self.columns.iter().filter_map(|column| column.old.as_ref()))
    }

    /// The leaves of its cluster tree; `None` where its rows stand in old columns alone.
    fn leaves(&self, reader: &Reader<'a>) -> Option<Vec<Cluster<'a>>> {
        let leaves = cluster::clusters(reader, self.clusters?);
        let is_empty =
            || leaves.iter().all(|leaf| cluster::keys(reader, leaf).is_ok_and(|keys| keys.is_empty()));
        (!self.is_half_upgraded || !is_empty()).then_some(leaves)
    }

    /// Every row, in the order of the keys.
    pub(super) fn rows<E>(
        &self,
        reader: &Reader<'a>,
        each: &mut dyn FnMut(Row<'a>) -> Result<(), E>,
    ) -> Result<(), E> {
        let Some(leaves) = self.leaves(reader) else {
            return self.positions(reader, each);
        };
        let mut position = 0_usize;
        for leaf in leaves {
            let keys = cluster::keys(reader, &leaf).unwrap_or_else(|error| {
                reader.lost("realm-cluster-unreadable", &error);
                Vec::new()
            });
            for (index, key) in keys.into_iter().enumerate() {
                if self.is_spent(reader, leaf.array.offset) {
                    return Ok(());
                }
                let at = At { cluster: Some((&leaf, index)), position };
                each(self.row(reader, key, leaf.array.span(), at))?;
                position = position.saturating_add(1);
            }
        }
        Ok(())
    }

    /// The row of a key.
    pub(super) fn find(&self, reader: &Reader<'a>, key: i64) -> Option<Row<'a>> {
        if let Some(leaves) = self.leaves_sought(reader) {
            let after = leaves.partition_point(|found| found.first_key <= key);
            let found = leaves.get(after.checked_sub(1)?)?;
            let keys = cluster::keys(reader, &found.leaf).ok()?;
            let index = keys.iter().position(|known| *known == key)?;
            let at =
                At { cluster: Some((&found.leaf, index)), position: found.position.saturating_add(index) };
            return Some(self.row(reader, key, found.leaf.array.span(), at));
        }
        let position = usize::try_from(key).ok()?;
        let is_held = self.held().iter().any(|range| range.contains(&position));
        is_held.then(|| self.row_at(reader, position))
    }

    /// The leaves with the first key of each; nothing where rows stand in old columns alone.
    fn leaves_sought(&self, reader: &Reader<'a>) -> Option<&[Found<'a>]> {
        if self.finder.get().is_none() {
            let mut found = Vec::new();
            let mut position = 0_usize;
            for leaf in self.leaves(reader)? {
                // One that cannot be read has no rows to be found; whoever reads all rows is told.
                let Ok(keys) = cluster::keys(reader, &leaf) else { continue };
                found.extend(keys.first().map(|first| Found { leaf, first_key: *first, position }));
                position = position.saturating_add(keys.len());
            }
            return Some(self.finder.get_or_init(|| found));
        }
        self.finder.get().map(Vec::as_slice)
    }

    fn positions<E>(
        &self,
        reader: &Reader<'a>,
        each: &mut dyn FnMut(Row<'a>) -> Result<(), E>,
    ) -> Result<(), E> {
        for position in self.held().into_iter().flatten() {
            if self.is_spent(reader, self.offset) {
                return Ok(());
            }
            each(self.row_at(reader, position))?;
        }
        Ok(())
    }

    /// The row of a position, in old columns.
    fn row_at(&self, reader: &Reader<'a>, position: usize) -> Row<'a> {
        let key = i64::try_from(position).unwrap_or(i64::MAX);
        let mut row = self.row(reader, key, Span::default(), At { cluster: None, position });
        row.place = row.values.first().map_or(row.place, |value| value.span);
        row
    }

    /// Whether the bound on what may be visited is reached: said once.
    fn is_spent(&self, reader: &Reader<'a>, offset: u64) -> bool {
        let spent = reader.spend(offset);
        if let Err(error) = &spent {
            reader.lost("realm-limit", error);
        }
        spent.is_err()
    }

    fn row(&self, reader: &Reader<'a>, key: i64, place: Span, at: At<'_, 'a>) -> Row<'a> {
        let mut row = Row { key, place, values: Vec::with_capacity(self.columns.len()), missing: Vec::new() };
        for (index, column) in self.columns.iter().enumerate() {
            row.values.push(column.value(reader, at).unwrap_or_else(|error| {
                reader.lost("realm-value-unreadable", &error);
                row.missing.push(index);
                node(Value::Null, Span { offset: error.offset().unwrap_or(0), length: 0 })
            }));
        }
        row
    }
}

/// Where a row stands.
#[derive(Clone, Copy)]
pub(super) struct At<'r, 'a> {
    pub cluster: Option<(&'r Cluster<'a>, usize)>,
    pub position: usize,
}

/// Tables that columns link to, from format 10 by the leaf index of the column.
fn targets<'a>(reader: &Reader<'a>, top: &Array<'a>, declared: &mut [Declared<'a>]) -> Result<(), Error> {
    let opposite = if top.size > 7 { reader.optional(top, 7)? } else { None };
    for column in declared.iter_mut().filter(|column| column.is_link()) {
        let found = opposite.and_then(|tables| tables.integer(column.leaf));
        // All ones are no table: an upgrade that stopped has not said yet.
        column.target =
            found.map(|key| key & 0x7fff_ffff).filter(|key| *key != 0x7fff_ffff).or(column.target);
    }
    Ok(())
}

impl<'a> Column<'a> {
    fn of(
        reader: &Reader<'a>,
        declared: &Declared<'a>,
        (old, primary): (Option<OldColumn<'a>>, Option<i64>),
    ) -> Self {
        let form = if declared.is_dictionary() {
            Form::Dictionary { has_number_keys: declared.has_number_keys() }
        } else if declared.is_list() || declared.is_set() {
            Form::List
        } else {
            Form::Single
        };
        let single = declared.type_name();
        let type_name = match form {
            Form::Single => single,
            Form::List if declared.is_set() => format!("set of {single}"),
            Form::List => format!("list of {single}"),
            Form::Dictionary { .. } => format!("dictionary of {single}"),
        };
        let target = declared.target.filter(|_| declared.is_link()).map(|target| reader.table_name(target));
        Column {
            name: declared.name.clone(),
            type_name,
            is_nullable: declared.is_nullable(),
            is_indexed: declared.is_indexed(),
            is_primary_key: primary.is_some() && declared.key == primary,
            target,
            form,
            element: declared.element(reader, false),
            leaf: declared.leaf,
            position: 0,
            old,
        }
    }

    /// The value of a row.
    pub(super) fn value(&self, reader: &Reader<'a>, at: At<'_, 'a>) -> Result<Node<'a>, Error> {
        if let Some(old) = &self.old {
            return old.value(reader, at.position, 0);
        }
        let Some((cluster, index)) = at.cluster else {
            return Err(Error::Unexpected {
                offset: 0,
                what: format!("column {}", self.leaf),
                expected: "a ref".to_owned(),
                found: "none".to_owned(),
            });
        };
        let leaf = reader.child(&cluster.array, self.leaf.saturating_add(1), "a column of a cluster")?;
        match self.form {
            Form::Single => element::value(reader, &self.element, &leaf, index),
            Form::List => match element::reference(&leaf, index)? {
                Some(reference) => collection::list(reader, &self.element, reference),
                None => Ok(collection::empty(false, leaf.element(index))),
            },
            Form::Dictionary { has_number_keys } => match element::reference(&leaf, index)? {
                Some(reference) => {
                    collection::dictionary(reader, reference, Shape { has_number_keys, depth: 0 })
                }
                None => Ok(collection::empty(true, leaf.element(index))),
            },
        }
    }
}
