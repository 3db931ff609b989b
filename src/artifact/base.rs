//! What a record is made from, row of a database, object of a Realm file or node of a tree, and what look-ups found for it.

use super::bind::{Bound, Plan};
use super::decode::TreeStanding;
use super::definition::{Lookup, NameId, RecordBlock};
use super::lookup::Found;
use super::object::{Moment, Object};
use super::object_lookup::FoundObject;
use super::objects::ObjectPlan;
use super::remains::{is_lost, lacks_rowid, left, missing, reason};
use super::sheet::Grid;
use crate::parse::sqlite::{Row, Source, Table, View};
use crate::parse::{Finding, Node, Span, Value};
use crate::record::{OverflowPage, RowReference};
use std::collections::HashSet;

/// What a record is made from.
#[derive(Clone, Copy)]
pub(super) enum Base<'f, 'd, 'a> {
    /// A row of a table.
    Row { plan: &'f Plan<'d, 'a>, row: &'f Row<'a> },
    /// An object of a class.
    Object { plan: &'f ObjectPlan<'d, 'a>, object: &'f Object<'a> },
    /// A node of a tree.
    Node(BaseNode<'f, 'd>),
}

/// A node that is a row.
#[derive(Clone, Copy)]
pub(super) struct BaseNode<'f, 'd> {
    /// After `unwrap`.
    pub(super) node: &'f Node<'d>,
    /// Of the node as it stands in the file.
    pub(super) pointer: &'f str,
    pub(super) span: Span,
    pub(super) file: usize,
    /// Whether the row is the whole document: then each field names its own node.
    pub(super) is_root: bool,
    /// Which of the files of its source holds it.
    pub(super) source: &'f str,
    pub(super) standing: TreeStanding,
    /// The sheet, where the row is one of a table of cells.
    pub(super) grid: Option<&'f Grid<'d>>,
}

/// What a look-up found.
pub(super) enum Contributor<'a> {
    Row(Found<'a>),
    Object(Box<FoundObject<'a>>),
}

/// What tells two contributors of one look-up apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Spot {
    Row(View, Source, u64),
    Object(Moment, i64, u64),
}

impl Contributor<'_> {
    pub(super) fn spot(&self) -> Spot {
        match self {
            Contributor::Row(found) => {
                let place = found.row.place;
                Spot::Row(place.view, place.source, place.offset)
            }
            Contributor::Object(found) => {
                let object = &found.object;
                Spot::Object(object.moment, object.key, object.place.offset)
            }
        }
    }
}

impl<'d, 'a: 'd> Base<'_, 'd, 'a> {
    /// What provenance says of it.
    pub(super) fn reference(&self) -> RowReference<'d> {
        match self {
            Base::Row { plan, row } => row_reference("base", plan.open.file, plan.table, (row, 0)),
            Base::Object { plan, object } => object.reference("base", (&plan.class, plan.open.file), 0),
            Base::Node(node) => node.reference("base", (node.pointer.to_owned(), node.span)),
        }
    }

    /// What a look-up finds, and the table that it looks into; nothing where there is no such table.
    pub(super) fn find(
        &self,
        (index, lookup): (usize, &Lookup),
        keys: &[Vec<Value<'_>>],
        unread: &mut Vec<Finding>,
    ) -> Option<(Vec<Contributor<'a>>, &'d str)> {
        let mut found = Vec::new();
        let name = match self {
            Base::Row { plan, row } => {
                let table = plan.lookups.get(index)?.as_ref()?;
                for key in keys {
                    let rows = table.find(key, (row.place.view, lookup.many), unread);
                    found.extend(rows.into_iter().map(Contributor::Row));
                }
                table.table.name.as_str()
            }
            Base::Object { plan, object } => {
                let class = plan.lookups.get(index)?.as_ref()?;
                for key in keys {
                    let objects = class.find(key, (object.moment, lookup.many));
                    found.extend(objects.into_iter().map(|found| Contributor::Object(Box::new(found))));
                }
                class.class.name
            }
            Base::Node(_) => return None,
        };
        if keys.len() > 1 {
            let mut seen = HashSet::new();
            found.retain(|found| seen.insert(found.spot()));
        }
        Some((found, name))
    }

    /// What provenance says of what a look-up found.
    pub(super) fn found_reference(
        &self,
        (index, role): (usize, &str),
        found: &Contributor<'a>,
    ) -> Option<RowReference<'d>> {
        match (self, found) {
            (Base::Row { plan, .. }, Contributor::Row(found)) => {
                let table = plan.lookups.get(index)?.as_ref()?;
                Some(row_reference(role, table.open.file, table.table, (&found.row, found.other_versions)))
            }
            (Base::Object { plan, .. }, Contributor::Object(found)) => {
                Some(plan.lookups.get(index)?.as_ref()?.reference(role, found))
            }
            _ => None,
        }
    }

    /// The value of a name: of the row itself, or of what its look-up found.
    pub(super) fn value(
        &self,
        (id, lookup): (NameId, Option<usize>),
        current: Option<&Contributor<'a>>,
    ) -> Option<Value<'a>> {
        match (self, lookup, current) {
            (Base::Row { plan, row }, None, _) => cell(row, plan.table, plan.bound(id)),
            (Base::Row { plan, .. }, Some(lookup), Some(Contributor::Row(found))) => {
                let table = plan.lookups.get(lookup)?.as_ref()?.table;
                cell(&found.row, table, plan.bound(id))
            }
            (Base::Object { plan, object }, None, _) => object.value(plan.bound(id)),
            (Base::Object { plan, .. }, Some(_), Some(Contributor::Object(found))) => {
                found.object.value(plan.bound(id))
            }
            _ => None,
        }
    }

    /// Whether the value of a name could not be read, or not to its end; nothing where its look-up found nothing.
    pub(super) fn is_lost(
        &self,
        (id, lookup): (NameId, Option<usize>),
        current: Option<&Contributor<'a>>,
    ) -> Option<bool> {
        Some(match (self, lookup, current) {
            (Base::Row { plan, row }, None, _) => is_cell_lost(row, plan.table, plan.bound(id)),
            (Base::Row { plan, .. }, Some(lookup), Some(Contributor::Row(found))) => {
                let table = plan.lookups.get(lookup)?.as_ref()?.table;
                is_cell_lost(&found.row, table, plan.bound(id))
            }
            (Base::Object { plan, object }, None, _) => object.is_lost(plan.bound(id)),
            (Base::Object { plan, .. }, Some(_), Some(Contributor::Object(found))) => {
                found.object.is_lost(plan.bound(id))
            }
            (Base::Node(_), ..) => false,
            _ => return None,
        })
    }

    /// Where the value of a name lies, of an object: its values lie apart from each other.
    pub(super) fn value_reference(
        &self,
        role: &str,
        (id, lookup): (NameId, Option<usize>),
        current: Option<&Contributor<'a>>,
    ) -> Option<RowReference<'d>> {
        let Base::Object { plan, object } = self else { return None };
        match (lookup, current) {
            (None, _) => object.value_reference(role, (&plan.class, plan.open.file), plan.bound(id)),
            (Some(index), Some(Contributor::Object(found))) => {
                plan.lookups.get(index)?.as_ref()?.value_reference(role, found, plan.bound(id))
            }
            _ => None,
        }
    }

    /// `source.table.column` of a name of a block.
    pub(super) fn source_of(&self, block: &RecordBlock, id: NameId) -> Option<String> {
        let name = block.names.get(id)?;
        let (source, table) = match (self, name.lookup) {
            (Base::Node(_), _) => return Some(name.column.clone()),
            (Base::Row { plan, .. }, None) => (plan.open.source, plan.table.name.as_str()),
            (Base::Row { plan, .. }, Some(lookup)) => {
                let table = plan.lookups.get(lookup)?.as_ref()?;
                (table.open.source, table.table.name.as_str())
            }
            (Base::Object { plan, .. }, None) => (plan.open.source, plan.class.name),
            (Base::Object { plan, .. }, Some(lookup)) => {
                let found = plan.lookups.get(lookup)?.as_ref()?;
                (found.open.source, found.class.name)
            }
        };
        Some(format!("{source}.{table}.{}", name.column))
    }
}

fn cell<'a>(row: &Row<'a>, table: &Table, bound: Bound) -> Option<Value<'a>> {
    match bound {
        Bound::Absent => None,
        Bound::Column(index) => left(row, table, index),
        Bound::Rowid => Some(Value::Integer(row.rowid?)),
    }
}

fn is_cell_lost(row: &Row<'_>, table: &Table, bound: Bound) -> bool {
    match bound {
        Bound::Absent => false,
        Bound::Column(index) => is_lost(row, table, index),
        Bound::Rowid => lacks_rowid(row, table),
    }
}

/// What provenance says of a row.
pub(super) fn row_reference<'d>(
    role: &str,
    file: usize,
    table: &'d Table,
    (row, other_versions): (&Row<'_>, usize),
) -> RowReference<'d> {
    let place = row.place;
    let overflow = row.overflow().into_iter();
    RowReference {
        role: role.to_owned().into(),
        file,
        table: Some(table.name.as_str().into()),
        path: None,
        cell: None,
        rowid: row.rowid,
        view: place.view.to_string().into(),
        source: place.source.to_string().into(),
        page: Some(place.page),
        offset: place.offset,
        length: place.length,
        complete: row.complete && !lacks_rowid(row, table),
        missing: missing(row, table).into_iter().map(Into::into).collect(),
        reason: reason(row, table),
        overflow: overflow
            .map(|(source, page, offset)| OverflowPage { source: source.to_string().into(), page, offset })
            .collect(),
        other_versions,
    }
}

impl BaseNode<'_, '_> {
    /// What provenance says of it, or of a node in it.
    pub(super) fn reference<'r>(&self, role: &str, (pointer, span): (String, Span)) -> RowReference<'r> {
        RowReference {
            role: role.to_owned().into(),
            file: self.file,
            table: None,
            cell: self.grid.and_then(|grid| grid.address(&pointer)),
            path: Some(pointer),
            rowid: None,
            view: self.standing.view().into(),
            source: self.source.to_owned().into(),
            page: None,
            offset: span.offset,
            length: span.length,
            complete: true,
            missing: Vec::new(),
            reason: None,
            overflow: Vec::new(),
            other_versions: 0,
        }
    }
}
