//! One row, the rows that its look-ups found, and the values of its names.

use super::bind::{Bound, Plan};
use super::decode::{TreeStanding, decode};
use super::definition::{Lookup, NameId, Origin, RecordBlock, Step, ValueSpec};
use super::lookup::Found;
use super::remains::{is_lost, lacks_rowid, left, missing, reason};
use super::scalar::{constant, scalar};
use super::sheet::Grid;
use super::tree;
use crate::parse::sqlite::{Place, Row, Source, Table, View};
use crate::parse::{Node, Span, Value};
use crate::record::{OverflowPage, RowReference};
use smallvec::SmallVec;
use std::collections::HashSet;

/// The values of a name: one of a column, several of a path with a `*`, none where it is absent.
pub(super) type Values<'d> = SmallVec<[Value<'d>; 1]>;

/// Something that was wrong with one field of one row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Notice {
    pub(super) code: &'static str,
    pub(super) loss: bool,
    pub(super) field: String,
    pub(super) message: String,
}

/// What a record is made from.
#[derive(Clone, Copy)]
pub(super) enum Base<'f, 'd, 'a> {
    /// A row of a table.
    Row { plan: &'f Plan<'d, 'a>, row: &'f Row<'a> },
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

/// A row with its look-ups.
pub(super) struct Frame<'f, 'd, 'a> {
    pub(super) block: &'d RecordBlock,
    pub(super) base: Base<'f, 'd, 'a>,
    /// Device path of the file.
    path: &'f str,
    found: Vec<Vec<Found<'a>>>,
    chosen: Vec<usize>,
    /// Every row that contributed, the base row first.
    pub(super) trail: Vec<RowReference<'d>>,
    /// The rows of look-ups that stand in it.
    told: HashSet<(usize, Spot)>,
    pub(super) notices: Vec<Notice>,
}

impl<'f, 'd, 'a: 'd> Frame<'f, 'd, 'a> {
    pub(super) fn new(block: &'d RecordBlock, base: Base<'f, 'd, 'a>, path: &'f str) -> Self {
        let count = block.lookups.len();
        let first = match base {
            Base::Row { plan, row } => row_reference("base", plan.open.file, plan.table, (row, 0)),
            Base::Node(node) => node_reference("base", (&node, node.pointer.to_owned(), node.span)),
        };
        let found = (0..count).map(|_| Vec::new()).collect();
        let (chosen, told) = (vec![0; count], HashSet::new());
        Frame { block, base, path, found, chosen, trail: vec![first], told, notices: Vec::new() }
    }

    /// Makes the look-ups that hang on the row alone.
    pub(super) fn look_up(&mut self) {
        self.look_up_under(None);
    }

    fn look_up_under(&mut self, upper: Option<usize>) {
        for (index, lookup) in self.block.lookups.iter().enumerate() {
            if lookup.under == upper {
                self.find(index);
            }
        }
    }

    fn find(&mut self, index: usize) {
        let Base::Row { plan, row } = self.base else { return };
        let (Some(lookup), Some(Some(table))) = (self.block.lookups.get(index), plan.lookups.get(index))
        else {
            return;
        };
        let keys = self.keys(lookup);
        let mut unread = Vec::new();
        let mut rows: Vec<Found<'a>> = Vec::new();
        let mut seen = HashSet::new();
        for key in &keys {
            let found = table.find(key, (row.place.view, lookup.many), &mut unread);
            match keys.len() {
                1 => rows = found,
                _ => rows.extend(found.into_iter().filter(|found| seen.insert(spot(found.row.place)))),
            }
        }
        for finding in unread {
            self.notice(finding.code, finding.loss, &lookup.name, finding.message);
        }
        if !lookup.many && rows.len() > 1 {
            let message =
                format!("{} rows of {} have the key; the first is taken", rows.len(), table.table.name);
            self.notice("look-up-ambiguous", false, &lookup.name, message);
            rows.truncate(1);
        }
        if let Some(slot) = self.found.get_mut(index) {
            *slot = rows;
        }
        if !lookup.many {
            self.choose(index, 0);
        }
    }

    /// The keys of a look-up: one, or several where one of its names is decoded into several; none where one is absent.
    fn keys(&mut self, lookup: &'d Lookup) -> Vec<Vec<Value<'d>>> {
        let mut keys: Vec<Vec<Value<'d>>> = vec![Vec::with_capacity(lookup.keys.len())];
        for (_, spec) in &lookup.keys {
            // The rest of a key would find another row.
            if self.is_lost(spec.name) {
                return Vec::new();
            }
            let mut values = self.get(spec.name);
            for step in &spec.steps {
                values = self.step(step, values, &lookup.name);
            }
            let longer = |key: Vec<Value<'d>>| -> Vec<Vec<Value<'d>>> {
                values.iter().map(|value| [key.as_slice(), std::slice::from_ref(value)].concat()).collect()
            };
            keys = keys.into_iter().flat_map(longer).collect();
        }
        keys
    }

    /// Makes one of the rows of a look-up the current one, and records that it contributed.
    fn choose(&mut self, index: usize, row: usize) {
        if let Some(slot) = self.chosen.get_mut(index) {
            *slot = row;
        }
        let Base::Row { plan, .. } = self.base else { return };
        let (Some(lookup), Some(Some(table))) = (self.block.lookups.get(index), plan.lookups.get(index))
        else {
            return;
        };
        let Some(found) = self.current(index) else { return };
        let told = (index, spot(found.row.place));
        if self.told.contains(&told) {
            return;
        }
        let reference =
            row_reference(&lookup.name, table.open.file, table.table, (&found.row, found.other_versions));
        self.told.insert(told);
        self.trail.push(reference);
    }

    fn current(&self, index: usize) -> Option<&Found<'a>> {
        self.found.get(index)?.get(*self.chosen.get(index)?)
    }

    /// Calls `make` once for each row of a `many` look-up, with the look-ups that hang on it made for that row.
    pub(super) fn each_row(&mut self, index: usize, make: &mut dyn FnMut(&mut Self)) {
        match self.block.lookups.get(index).and_then(|lookup| lookup.under) {
            Some(upper) => self.each_row(upper, &mut |frame| frame.each_row_here(index, make)),
            None => self.each_row_here(index, make),
        }
    }

    fn each_row_here(&mut self, index: usize, make: &mut dyn FnMut(&mut Self)) {
        let count = self.found.get(index).map_or(0, Vec::len);
        for row in 0..count {
            self.choose(index, row);
            self.look_up_under(Some(index));
            make(self);
        }
    }

    /// The values of a name.
    pub(super) fn get(&self, id: NameId) -> Values<'d> {
        let Some(name) = self.block.names.get(id) else { return Values::new() };
        if let Some(value) = self.of_place(&name.column) {
            return Values::from_iter([value]);
        }
        match self.base {
            Base::Node(BaseNode { node, grid: Some(grid), .. }) => {
                let letters = grid.letters(&name.column);
                let cell = letters.map(|letters| node.value.member(&letters).map(|cell| cell.value.clone()));
                cell.into_iter().map(|cell| cell.unwrap_or(Value::Null)).collect()
            }
            Base::Node(base) => {
                let found = tree::resolve(base.node, base.pointer, &name.column);
                found.into_iter().map(|found| found.node.value.clone()).collect()
            }
            Base::Row { plan, row } => {
                let bound = plan.bound.get(id).copied().unwrap_or(Bound::Absent);
                let (row, table) = match name.lookup {
                    None => (Some(row), Some(plan.table)),
                    Some(lookup) => {
                        let table =
                            plan.lookups.get(lookup).and_then(Option::as_ref).map(|table| table.table);
                        (self.current(lookup).map(|found| &found.row), table)
                    }
                };
                cell(row, table, bound).into_iter().collect()
            }
        }
    }

    /// Whether what a name stands for could not be read, or not to its end; of a look-up that found nothing, whether its key
    /// could not.
    pub(super) fn is_lost(&self, id: NameId) -> bool {
        let (Base::Row { plan, row }, Some(name)) = (self.base, self.block.names.get(id)) else {
            return false;
        };
        let bound = plan.bound.get(id).copied().unwrap_or(Bound::Absent);
        let Some(lookup) = name.lookup else { return is_cell_lost(row, plan.table, bound) };
        match (self.current(lookup), plan.lookups.get(lookup).and_then(Option::as_ref)) {
            (Some(found), Some(table)) => is_cell_lost(&found.row, table.table, bound),
            _ => self.is_key_lost(lookup),
        }
    }

    /// Whether the key of a look-up could not be read, so that what it would find is not known.
    pub(super) fn is_key_lost(&self, lookup: usize) -> bool {
        let keys = self.block.lookups.get(lookup).map_or(&[] as &[_], |lookup| &lookup.keys);
        // A key names what stands above its own look-up.
        let above = |id: NameId| {
            self.block.names.get(id).is_some_and(|name| name.lookup.is_none_or(|at| at < lookup))
        };
        keys.iter().any(|(_, spec)| above(spec.name) && self.is_lost(spec.name))
    }

    /// The names that say where a row lies: `folder()` of its file, `key()` of its node.
    fn of_place(&self, name: &str) -> Option<Value<'d>> {
        let place = match (name, self.base) {
            ("folder()", _) => self.path.rsplit_once('/').map_or("", |(folder, _)| folder).to_owned(),
            ("key()", Base::Node(base)) => {
                let key = base.pointer.rsplit_once('/').map_or("", |(_, key)| key);
                key.replace("~1", "/").replace("~0", "~")
            }
            _ => return None,
        };
        Some(Value::Text(place.into()))
    }

    /// Whether a name must be there and is not (trees; tables are checked when a block is bound).
    pub(super) fn lacks(&self) -> Option<&'d str> {
        let Base::Node(base) = self.base else { return None };
        // Of a sheet that is asked once, of its titles.
        if base.grid.is_some() {
            return None;
        }
        let missing = |name: &&'d super::definition::Name| {
            !name.optional
                && self.of_place(&name.column).is_none()
                && tree::resolve(base.node, base.pointer, &name.column).is_empty()
        };
        self.block.names.iter().find(missing).map(|name| name.column.as_str())
    }

    /// The values that a spec yields before its conversion, and the spec whose conversion applies to them.
    pub(super) fn values(
        &mut self,
        spec: &'d ValueSpec,
        element: Option<&Node<'d>>,
        field: &str,
    ) -> (Values<'d>, &'d ValueSpec) {
        let (mut values, mut effective) = match &spec.origin {
            Origin::Name(name) => {
                self.witness(*name, field);
                (self.get(*name), spec)
            }
            Origin::Element(path) => (element.map(|node| members(node, path)).unwrap_or_default(), spec),
            Origin::Constant(value) => (Values::from_iter([constant(value)]), spec),
            Origin::First(list) => self.first(list, element, field).unwrap_or((Values::new(), spec)),
        };
        for step in &spec.steps {
            values = self.step(step, values, field);
        }
        if spec.clock.is_some() || spec.conversion.is_some() || spec.labels.is_some() || spec.bits.is_some() {
            effective = spec;
        }
        (values, effective)
    }

    /// The first making that is not blank; else the first that is there at all.
    fn first(
        &mut self,
        list: &'d [ValueSpec],
        element: Option<&Node<'d>>,
        field: &str,
    ) -> Option<(Values<'d>, &'d ValueSpec)> {
        let mut blank = None;
        for spec in list {
            let (values, effective) = self.values(spec, element, field);
            let full =
                values.iter().any(|value| scalar(value.clone()).is_none_or(|scalar| !scalar.is_blank()));
            if full {
                return Some((values, effective));
            }
            if !values.is_empty() && blank.is_none() {
                blank = Some((values, effective));
            }
        }
        blank
    }

    fn step(&mut self, step: &Step, values: Values<'d>, field: &str) -> Values<'d> {
        let mut reached = Values::new();
        for value in values {
            match step {
                Step::Path(path) => reached.extend(members(&Node { value, span: Span::default() }, path)),
                Step::Decode(decoder, asked) => match scalar(value.clone()) {
                    Some(scalar) if scalar.is_blank() => {}
                    _ => match decode(*decoder, asked, &value) {
                        Ok(document) => {
                            for finding in document.findings {
                                self.notice_once(finding.code, finding.loss, field, finding.message);
                            }
                            reached.push(document.root.value);
                        }
                        Err(error) => {
                            self.notice_once("value-not-decodable", true, field, error.to_string());
                        }
                    },
                },
            }
        }
        reached
    }

    /// Where the row is a whole document, the nodes of a field stand in its provenance.
    fn witness(&mut self, id: NameId, field: &str) {
        let Base::Node(base) = self.base else { return };
        let Some(name) = self.block.names.get(id).filter(|_| base.is_root) else { return };
        let column = match base.grid.map(|grid| grid.letters(&name.column)) {
            None => name.column.clone(),
            Some(Ok(letters)) => letters,
            Some(Err(_)) => return,
        };
        for found in tree::resolve(base.node, base.pointer, &column) {
            self.trail.push(node_reference(field, (&base, found.pointer, found.node.span)));
        }
    }

    /// A value that several fields are read from is decoded for each of them: what is wrong with it is told for the first.
    fn notice_once(&mut self, code: &'static str, loss: bool, field: &str, message: String) {
        let is_told = self.notices.iter().any(|notice| (notice.code, &notice.message) == (code, &message));
        if !is_told {
            self.notice(code, loss, field, message);
        }
    }

    pub(super) fn notice(&mut self, code: &'static str, loss: bool, field: &str, message: String) {
        self.notices.push(Notice { code, loss, field: field.to_owned(), message });
    }

    /// The source, table and column that a name stands for, as `name_source` says it.
    pub(super) fn source_of(&self, id: NameId) -> Option<String> {
        let name = self.block.names.get(id)?;
        let Base::Row { plan, .. } = self.base else { return Some(name.column.clone()) };
        let (source, table) = match name.lookup {
            None => (plan.open.source, plan.table),
            Some(lookup) => {
                let table = plan.lookups.get(lookup)?.as_ref()?;
                (table.open.source, table.table)
            }
        };
        Some(format!("{source}.{}.{}", table.name, name.column))
    }
}

/// What tells two cells of one table apart.
type Spot = (View, Source, u64);

fn spot(place: Place) -> Spot {
    (place.view, place.source, place.offset)
}

/// The values at a path of a node, cloned out of it.
pub(super) fn members<'d>(node: &Node<'d>, path: &str) -> Values<'d> {
    tree::resolve(node, "", path).into_iter().map(|found| found.node.value.clone()).collect()
}

fn cell<'a>(row: Option<&Row<'a>>, table: Option<&Table>, bound: Bound) -> Option<Value<'a>> {
    match bound {
        Bound::Absent => None,
        Bound::Column(index) => left(row?, table?, index),
        Bound::Rowid => Some(Value::Integer(row?.rowid?)),
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

fn node_reference<'d>(
    role: &str,
    (base, pointer, span): (&BaseNode<'_, '_>, String, Span),
) -> RowReference<'d> {
    RowReference {
        role: role.to_owned().into(),
        file: base.file,
        table: None,
        cell: base.grid.and_then(|grid| grid.address(&pointer)),
        path: Some(pointer),
        rowid: None,
        view: base.standing.view().into(),
        source: base.source.to_owned().into(),
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
