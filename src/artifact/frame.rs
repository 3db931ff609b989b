//! One row, the rows that its look-ups found, and the values of its names.

use super::base::{Base, Contributor, Spot};
use super::decode::decode;
use super::definition::{Lookup, NameId, Origin, RecordBlock, Step, ValueSpec};
use super::scalar::{constant, scalar};
use super::tree;
use crate::parse::{Node, Span, Value};
use crate::record::RowReference;
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

/// A row with its look-ups.
pub(super) struct Frame<'f, 'd, 'a> {
    pub(super) block: &'d RecordBlock,
    pub(super) base: Base<'f, 'd, 'a>,
    /// Device path of the file.
    path: &'f str,
    found: Vec<Vec<Contributor<'a>>>,
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
        let found = (0..count).map(|_| Vec::new()).collect();
        let (chosen, told) = (vec![0; count], HashSet::new());
        Frame { block, base, path, found, chosen, trail: vec![base.reference()], told, notices: Vec::new() }
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
        let Some(lookup) = self.block.lookups.get(index) else { return };
        if matches!(self.base, Base::Node(_)) {
            return;
        }
        let (keys, mut unread) = (self.keys(lookup), Vec::new());
        let Some((mut rows, table)) = self.base.find((index, lookup), &keys, &mut unread) else { return };
        for finding in unread {
            self.notice(finding.code, finding.loss, &lookup.name, finding.message);
        }
        if !lookup.many && rows.len() > 1 {
            let message = format!("{} rows of {table} have the key; the first is taken", rows.len());
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
            // A list of links is a key for each of them.
            let values: Values<'d> = values.into_iter().flat_map(elements).collect();
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
        let (Some(lookup), Some(found)) = (self.block.lookups.get(index), self.current(index)) else {
            return;
        };
        let told = (index, found.spot());
        if self.told.contains(&told) {
            return;
        }
        let reference = self.base.found_reference((index, &lookup.name), found);
        self.told.insert(told);
        self.trail.extend(reference);
    }

    fn current(&self, index: usize) -> Option<&Contributor<'a>> {
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
            Base::Node(base) => match base.grid {
                Some(grid) => {
                    let letters = grid.letters(&name.column);
                    let cell = |letters: String| {
                        base.node.value.member(&letters).map_or(Value::Null, |cell| cell.value.clone())
                    };
                    letters.into_iter().map(cell).collect()
                }
                None => {
                    let found = tree::resolve(base.node, base.pointer, &name.column);
                    found.into_iter().map(|found| found.node.value.clone()).collect()
                }
            },
            _ => {
                let current = name.lookup.and_then(|lookup| self.current(lookup));
                self.base.value((id, name.lookup), current).into_iter().collect()
            }
        }
    }

    /// Whether what a name stands for could not be read, or not to its end; of a look-up that found nothing, whether its key
    /// could not.
    pub(super) fn is_lost(&self, id: NameId) -> bool {
        let Some(name) = self.block.names.get(id) else { return false };
        let current = name.lookup.and_then(|lookup| self.current(lookup));
        let lost = self.base.is_lost((id, name.lookup), current);
        lost.unwrap_or_else(|| name.lookup.is_some_and(|lookup| self.is_key_lost(lookup)))
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

    /// Where the row is a whole document, the nodes of a field stand in its provenance; of an object each value does.
    fn witness(&mut self, id: NameId, field: &str) {
        let Some(name) = self.block.names.get(id) else { return };
        let Base::Node(base) = self.base else {
            let current = name.lookup.and_then(|lookup| self.current(lookup));
            let reference = self.base.value_reference(field, (id, name.lookup), current);
            self.trail.extend(reference);
            return;
        };
        if !base.is_root {
            return;
        }
        let column = match base.grid.map(|grid| grid.letters(&name.column)) {
            None => name.column.clone(),
            Some(Ok(letters)) => letters,
            Some(Err(_)) => return,
        };
        for found in tree::resolve(base.node, base.pointer, &column) {
            self.trail.push(base.reference(field, (found.pointer, found.node.span)));
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
        self.base.source_of(self.block, id)
    }
}

/// The elements of a list; anything else is one.
fn elements(value: Value<'_>) -> Vec<Value<'_>> {
    match value {
        Value::List(nodes) => nodes.into_iter().map(|node| node.value).collect(),
        other => vec![other],
    }
}

/// The values at a path of a node, cloned out of it.
pub(super) fn members<'d>(node: &Node<'d>, path: &str) -> Values<'d> {
    tree::resolve(node, "", path).into_iter().map(|found| found.node.value.clone()).collect()
}
