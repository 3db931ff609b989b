//! A Realm file as definitions see it: classes, and their objects at every moment that the file holds.
//!
//! Values are plain: a link is the key of its object, a moment the nanoseconds since 1970, a decimal, an ObjectId or a UUID its text.

use super::bind::Bound;
use crate::parse::realm::{Column, Fate, Realm, Row, Snapshot, Table, older_rows};
use crate::parse::sqlite::Views;
use crate::parse::{Error, Finding, Node, Span, Value};
use crate::record::{RowReference, State};
use std::cell::RefCell;
use std::collections::HashMap;
use std::convert::Infallible;

/// The view in which a version of an object lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Moment {
    /// The last commit.
    Live,
    /// The commit before it.
    Previous,
}

impl Moment {
    const ALL: [Moment; 2] = [Moment::Live, Moment::Previous];

    /// As provenance names it.
    pub(super) fn name(self) -> &'static str {
        match self {
            Moment::Live => "live",
            Moment::Previous => "previous",
        }
    }

    /// The moment of this name.
    pub(super) fn named(name: &str) -> Option<Self> {
        Moment::ALL.into_iter().find(|moment| moment.name() == name)
    }
}

/// An open file.
#[derive(Debug)]
pub(super) struct RealmFile<'a> {
    current: Snapshot<'a>,
    previous: Option<Snapshot<'a>>,
    /// Why the commit before cannot be read, where the file names one.
    overwritten: Option<Error>,
    /// Class and key of each object that the commit before has with other values, or alone: made when it is asked.
    fates: RefCell<HashMap<String, HashMap<i64, State>>>,
}

/// A class: a table under the columns that it has now, and those that only the commit before has.
#[derive(Debug, Clone)]
pub(super) struct Class<'d, 'a> {
    /// As it is stored.
    pub(super) name: &'d str,
    pub(super) columns: Vec<&'d str>,
    live: Option<&'d Table<'a>>,
    previous: Option<&'d Table<'a>>,
}

/// A version of an object.
#[derive(Debug, Clone)]
pub(super) struct Object<'a> {
    pub(super) key: i64,
    pub(super) moment: Moment,
    pub(super) state: State,
    /// The leaf that holds it.
    pub(super) place: Span,
    /// By column of its class; nothing where its version has no such column.
    values: Vec<Option<Node<'a>>>,
    /// Columns whose value could not be read.
    missing: Vec<usize>,
}

/// An open file and what a report calls it.
#[derive(Debug, Clone, Copy)]
pub(super) struct OpenRealm<'d, 'a> {
    pub(super) realm: &'d RealmFile<'a>,
    pub(super) file: usize,
    pub(super) source: &'d str,
    /// The views that the run reads.
    pub(super) views: &'d Views,
}

impl<'a> RealmFile<'a> {
    /// Opens a file that is not encrypted, or no longer.
    ///
    /// # Errors
    /// Where it is no Realm file, or its last commit cannot be read.
    pub(super) fn open(bytes: &'a [u8]) -> Result<Self, Error> {
        let realm = Realm::open(bytes)?;
        let current = realm.current()?;
        let (previous, overwritten) = match realm.previous() {
            None => (None, None),
            Some(Ok(previous)) => (Some(previous), None),
            Some(Err(error)) => (None, Some(error)),
        };
        Ok(RealmFile { current, previous, overwritten, fates: RefCell::default() })
    }

    /// Its classes: those of the last commit, then those that only the commit before has.
    pub(super) fn classes(&self) -> Vec<Class<'_, 'a>> {
        let before = self.previous.iter().flat_map(|previous| &previous.tables);
        let dropped = before.filter(|table| !self.current.tables.iter().any(|live| live.name == table.name));
        self.current.tables.iter().chain(dropped).map(|table| self.class_of(&table.name)).collect()
    }

    /// The class of this name, with or without the `class_` of the object store.
    pub(super) fn class(&self, name: &str) -> Option<Class<'_, 'a>> {
        let stored = self.current.table(name).or_else(|| self.previous.as_ref()?.table(name))?;
        Some(self.class_of(&stored.name))
    }

    fn class_of<'d>(&'d self, name: &'d str) -> Class<'d, 'a> {
        let find = |tables: &'d [Table<'a>]| tables.iter().find(|table| table.name == name);
        let live = find(&self.current.tables);
        let previous = self.previous.as_ref().and_then(|previous| find(&previous.tables));
        let mut columns: Vec<&'d str> = Vec::new();
        for column in live.iter().chain(&previous).flat_map(|table| &table.columns) {
            // Names that stand twice in one table are told apart by nothing; the first is meant.
            if !columns.contains(&&*column.name) {
                columns.push(&column.name);
            }
        }
        Class { name, columns, live, previous }
    }

    /// The format of the last commit.
    pub(super) fn format(&self) -> u8 {
        self.current.slot.format
    }

    /// Number of objects that the last commit has of a class.
    pub(super) fn count(&self, class: &Class<'_, 'a>) -> usize {
        class.live.map_or(0, |table| self.current.count(table))
    }

    /// Hands on the objects of a class: all of the last commit, then those that only the commit before has, or has with other values.
    ///
    /// # Errors
    /// Those of `each`; what cannot be read of the file is a finding.
    pub(super) fn objects<E>(
        &self,
        class: &Class<'_, 'a>,
        views: &Views,
        each: &mut dyn FnMut(Object<'a>) -> Result<(), E>,
    ) -> Result<(), E> {
        if views.wants_named(Moment::Live.name()) {
            self.standing(class, Moment::Live, each)?;
        }
        match (&self.previous, class.previous) {
            (Some(previous), Some(table)) if views.wants_named(Moment::Previous.name()) => {
                older_rows(&self.current, previous, table, &mut |row, fate| {
                    each(class.object(table, row, (Moment::Previous, state(fate))))
                })
            }
            _ => Ok(()),
        }
    }

    /// Hands on every object of a class that stands at a moment.
    ///
    /// # Errors
    /// Those of `each`.
    pub(super) fn standing<E>(
        &self,
        class: &Class<'_, 'a>,
        moment: Moment,
        each: &mut dyn FnMut(Object<'a>) -> Result<(), E>,
    ) -> Result<(), E> {
        let Some((snapshot, table)) = self.at(class, moment) else { return Ok(()) };
        snapshot.rows(table, &mut |row| each(class.object(table, row, (moment, State::Live))))
    }

    /// The object of a key at a moment, read anew. Its state is that of one that stands there.
    pub(super) fn object(&self, class: &Class<'_, 'a>, moment: Moment, key: i64) -> Option<Object<'a>> {
        let (snapshot, table) = self.at(class, moment)?;
        Some(class.object(table, snapshot.row(table, key)?, (moment, State::Live)))
    }

    /// What became of an object of the commit before; nothing where the last commit holds it as it was.
    pub(super) fn fate(&self, class: &Class<'_, 'a>, key: i64) -> Option<State> {
        let mut fates = self.fates.borrow_mut();
        if !fates.contains_key(class.name) {
            let mut of_class = HashMap::new();
            let gathered: Result<(), Infallible> = self.objects(class, &Views::default(), &mut |object| {
                if object.moment == Moment::Previous {
                    of_class.insert(object.key, object.state);
                }
                Ok(())
            });
            match gathered {
                Ok(()) => fates.insert(class.name.to_owned(), of_class),
                Err(never) => match never {},
            };
        }
        fates.get(class.name)?.get(&key).copied()
    }

    fn at<'d>(&'d self, class: &Class<'d, 'a>, moment: Moment) -> Option<(&'d Snapshot<'a>, &'d Table<'a>)> {
        match moment {
            Moment::Live => Some((&self.current, class.live?)),
            Moment::Previous => Some((self.previous.as_ref()?, class.previous?)),
        }
    }

    /// What was odd since it was last asked. Of the commit before nothing is a loss: what it left may be used again.
    pub(super) fn take_findings(&self) -> Vec<Finding> {
        let mut findings = self.current.take_findings();
        for mut finding in self.previous.iter().flat_map(Snapshot::take_findings) {
            finding.loss = false;
            finding.message.insert_str(0, "in the commit before: ");
            findings.push(finding);
        }
        findings
    }

    /// Why the commit before cannot be read.
    pub(super) fn overwritten(&self) -> Option<&Error> {
        self.overwritten.as_ref()
    }
}

fn state(fate: Fate) -> State {
    match fate {
        Fate::Changed => State::Superseded,
        Fate::Deleted => State::Deleted,
    }
}

impl<'d, 'a> Class<'d, 'a> {
    /// The columns as they are declared, in the order of `columns`.
    pub(super) fn declared(&self) -> impl Iterator<Item = &'d Column<'a>> + use<'_, 'd, 'a> {
        let tables = [self.live, self.previous].into_iter().flatten();
        let all: Vec<&'d Column<'a>> = tables.flat_map(|table| &table.columns).collect();
        self.columns.iter().filter_map(move |name| all.iter().copied().find(|column| column.name == *name))
    }

    /// The column of this name; `rowid` is the key of the object where no column has that name.
    pub(super) fn column(&self, name: &str) -> Option<Bound> {
        let found = self.columns.iter().position(|column| *column == name);
        let found = found.or_else(|| self.columns.iter().position(|known| known.eq_ignore_ascii_case(name)));
        match found {
            Some(index) => Some(Bound::Column(index)),
            None => name.eq_ignore_ascii_case("rowid").then_some(Bound::Rowid),
        }
    }

    fn object(&self, table: &Table<'a>, row: Row<'a>, (moment, state): (Moment, State)) -> Object<'a> {
        let Row { key, place, values, missing } = row;
        let mut placed: Vec<Option<Node<'a>>> = vec![None; self.columns.len()];
        let mut lost = Vec::new();
        for (index, (column, value)) in table.columns.iter().zip(values).enumerate() {
            let Some(at) = self.columns.iter().position(|known| *known == column.name) else { continue };
            let Some(slot) = placed.get_mut(at).filter(|slot| slot.is_none()) else { continue };
            if missing.contains(&index) {
                lost.push(at);
            }
            *slot = Some(plain_column(value, &column.type_name));
        }
        Object { key, moment, state, place, values: placed, missing: lost }
    }
}

impl<'a> Object<'a> {
    /// The node of a column.
    pub(super) fn node(&self, column: usize) -> Option<&Node<'a>> {
        self.values.get(column)?.as_ref()
    }

    /// The value of what a name is bound to.
    pub(super) fn value(&self, bound: Bound) -> Option<Value<'a>> {
        match bound {
            Bound::Absent => None,
            Bound::Column(_) if self.is_lost(bound) => None,
            Bound::Column(index) => self.node(index).map(|node| node.value.clone()),
            Bound::Rowid => Some(Value::Integer(self.key)),
        }
    }

    /// Whether it could not be read.
    pub(super) fn is_lost(&self, bound: Bound) -> bool {
        matches!(bound, Bound::Column(index) if self.missing.contains(&index))
    }

    /// What provenance says of it.
    pub(super) fn reference<'d>(
        &self,
        role: &str,
        (class, file): (&Class<'d, 'a>, usize),
        other_versions: usize,
    ) -> RowReference<'d> {
        let missing = self.missing.iter().filter_map(|index| class.columns.get(*index));
        RowReference {
            role: role.to_owned().into(),
            file,
            table: Some(class.name.into()),
            path: None,
            cell: None,
            rowid: Some(self.key),
            view: self.moment.name().into(),
            source: "main".into(),
            page: None,
            offset: self.place.offset,
            length: self.place.length,
            complete: self.missing.is_empty(),
            missing: missing.map(|name| (*name).into()).collect(),
            reason: None,
            overflow: Vec::new(),
            other_versions,
        }
    }

    /// What provenance says of one value of it: a class lies in columns, each value apart.
    pub(super) fn value_reference<'d>(
        &self,
        role: &str,
        (class, file): (&Class<'d, 'a>, usize),
        bound: Bound,
    ) -> Option<RowReference<'d>> {
        let Bound::Column(index) = bound else { return None };
        let (node, name) = (self.node(index)?, class.columns.get(index)?);
        let whole = self.reference(role, (class, file), 0);
        let path = Some(format!("/{}", name.replace('~', "~0").replace('/', "~1")));
        let Span { offset, length } = node.span;
        Some(RowReference { path, offset, length, missing: Vec::new(), complete: true, ..whole })
    }
}

/// A value in the words of definitions, by the type of its column: a dictionary of the app may have any key.
fn plain_column<'a>(node: Node<'a>, type_name: &str) -> Node<'a> {
    let is_dictionary = type_name.starts_with("dictionary of ");
    let any = type_name.ends_with("mixed");
    let Node { value, span } = node;
    let value = match value {
        Value::Map(members) if is_dictionary => {
            Value::Map(members.into_iter().map(|(key, node)| (key, plain(node, any))).collect())
        }
        Value::List(nodes) => Value::List(nodes.into_iter().map(|node| plain(node, any)).collect()),
        Value::Map(_) => return plain(Node { value, span }, any),
        other => other,
    };
    Node { value, span }
}

/// The inside of a value that JSON has no form for. Of a value of any type only those that no dictionary looks like.
fn plain(node: Node<'_>, any: bool) -> Node<'_> {
    let inner = match &node.value {
        Value::Map(members) => match members.as_slice() {
            [(name, inner)] => unwrapped(name, &inner.value, any),
            _ => None,
        },
        _ => None,
    };
    Node { value: inner.unwrap_or(node.value), span: node.span }
}

fn unwrapped<'a>(name: &str, inner: &Value<'a>, any: bool) -> Option<Value<'a>> {
    let number = |name: &str| match inner.member(name)?.value {
        Value::Integer(number) => Some(number),
        _ => None,
    };
    match name {
        "timestamp" => {
            let whole = number("seconds")?.checked_mul(1_000_000_000)?;
            Some(Value::Integer(whole.checked_add(number("nanoseconds")?)?))
        }
        "link" if inner.member("table").is_some() => number("key").map(Value::Integer),
        "decimal" | "object_id" | "uuid" if !any => Some(inner.clone()),
        _ => None,
    }
}

/// Number of objects that a class hands on.
pub(super) fn count<'a>(realm: &RealmFile<'a>, class: &Class<'_, 'a>, views: &Views) -> u64 {
    let mut count = 0;
    let counted: Result<(), Infallible> = realm.objects(class, views, &mut |_| {
        count += 1;
        Ok(())
    });
    match counted {
        Ok(()) => count,
        Err(never) => match never {},
    }
}
