//! A Realm file as definitions see it: classes, and their objects at every moment that the file holds.

use super::bind::Bound;
use super::object::{Moment, Object};
use crate::parse::realm::{Column, Fate, FreeRow, Realm, Snapshot, Table, Unused, older_rows};
use crate::parse::sqlite::Views;
use crate::parse::{Error, Finding, Node, Span};
use crate::record::State;
use std::cell::{OnceCell, RefCell};
use std::collections::HashMap;
use std::convert::Infallible;
use std::rc::Rc;

/// An open file.
#[derive(Debug)]
pub(super) struct RealmFile<'a> {
    realm: Realm<'a>,
    current: Snapshot<'a>,
    previous: Option<Snapshot<'a>>,
    /// Why the commit before cannot be read, where the file names one.
    overwritten: Option<Error>,
    /// Class and key of each object that the commit before has with other values, or alone: made when it is asked.
    fates: RefCell<HashMap<String, HashMap<i64, State>>>,
    /// Those of unused space, by class: made when one is asked for.
    freed: RefCell<HashMap<String, Rc<Vec<Object<'a>>>>>,
    /// Searched when a view of it is wanted.
    unused: OnceCell<Unused<'a>>,
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
        let (fates, freed, unused) = (RefCell::default(), RefCell::default(), OnceCell::new());
        Ok(RealmFile { realm, current, previous, overwritten, fates, freed, unused })
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

    /// Hands on the objects of a class: all of the last commit, then those that only the commit before has, or has with other values,
    /// then those that only unused space holds.
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
        self.not_live(class, views, each)
    }

    /// The same without those of the last commit.
    ///
    /// # Errors
    /// Those of `each`.
    pub(super) fn not_live<E>(
        &self,
        class: &Class<'_, 'a>,
        views: &Views,
        each: &mut dyn FnMut(Object<'a>) -> Result<(), E>,
    ) -> Result<(), E> {
        if views.wants_named(Moment::Previous.name()) {
            self.older(class, each)?;
        }
        if views.wants_named(Moment::Free.name()) {
            self.free(class, each)?;
        }
        Ok(())
    }

    fn older<E>(
        &self,
        class: &Class<'_, 'a>,
        each: &mut dyn FnMut(Object<'a>) -> Result<(), E>,
    ) -> Result<(), E> {
        let (Some(previous), Some(table)) = (&self.previous, class.previous) else { return Ok(()) };
        older_rows(&self.current, previous, table, &mut |row, fate| {
            each(Object::of(class, (table, row), (Moment::Previous, state(fate))))
        })
    }

    /// Hands on the objects of a class that only unused space holds.
    ///
    /// # Errors
    /// Those of `each`.
    pub(super) fn free<E>(
        &self,
        class: &Class<'_, 'a>,
        each: &mut dyn FnMut(Object<'a>) -> Result<(), E>,
    ) -> Result<(), E> {
        let Some(table) = class.live.or(class.previous) else { return Ok(()) };
        let search = || Unused::of(&self.realm, &self.current, self.previous.as_ref());
        self.unused.get_or_init(search).rows(table, &mut |found| {
            let FreeRow { row, fate, has_key, is_certain } = found;
            let object = Object::of(class, (table, row), (Moment::Free, state(fate)));
            each(object.doubted(!has_key, !is_certain))
        })
    }

    /// Hands on every object of a class that stands at a moment; in unused space none does.
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
        snapshot.rows(table, &mut |row| each(Object::of(class, (table, row), (moment, State::Live))))
    }

    /// The object of a key at a moment, read anew; of unused space that in the leaf at `offset`. Its state is that of one that stands
    /// there.
    pub(super) fn object(
        &self,
        class: &Class<'_, 'a>,
        moment: Moment,
        (key, offset): (i64, u64),
    ) -> Option<Object<'a>> {
        if moment == Moment::Free {
            let is_it = |object: &&Object<'a>| object.key == key && object.place.offset == offset;
            return self.freed(class).iter().find(is_it).cloned();
        }
        let (snapshot, table) = self.at(class, moment)?;
        Some(Object::of(class, (table, snapshot.row(table, key)?), (moment, State::Live)))
    }

    /// The value of a column of an object that lies at this span: of unused space of any object with the key.
    pub(super) fn node_at(
        &self,
        class: &Class<'_, 'a>,
        (moment, key): (Moment, i64),
        (column, span): (usize, Span),
    ) -> Option<Node<'a>> {
        let is_it = |object: &Object<'a>| object.node(column).filter(|node| node.span == span).cloned();
        match moment {
            Moment::Free => {
                let freed = self.freed(class);
                freed.iter().filter(|object| object.key == key).find_map(is_it)
            }
            _ => is_it(&self.object(class, moment, (key, 0))?),
        }
    }

    fn freed(&self, class: &Class<'_, 'a>) -> Rc<Vec<Object<'a>>> {
        let mut freed = self.freed.borrow_mut();
        let known = freed.entry(class.name.to_owned()).or_insert_with(|| {
            let mut objects = Vec::new();
            never(self.free(class, &mut |object| {
                objects.push(object);
                Ok(())
            }));
            Rc::new(objects)
        });
        Rc::clone(known)
    }

    /// What became of an object of the commit before; nothing where the last commit holds it as it was.
    pub(super) fn fate(&self, class: &Class<'_, 'a>, key: i64) -> Option<State> {
        let mut fates = self.fates.borrow_mut();
        if !fates.contains_key(class.name) {
            let mut of_class = HashMap::new();
            never(self.older(class, &mut |object| {
                of_class.insert(object.key, object.state);
                Ok(())
            }));
            fates.insert(class.name.to_owned(), of_class);
        }
        fates.get(class.name)?.get(&key).copied()
    }

    fn at<'d>(&'d self, class: &Class<'d, 'a>, moment: Moment) -> Option<(&'d Snapshot<'a>, &'d Table<'a>)> {
        match moment {
            Moment::Live => Some((&self.current, class.live?)),
            Moment::Previous => Some((self.previous.as_ref()?, class.previous?)),
            Moment::Free => None,
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
        // Unused space promises nothing: what is odd in it is no loss.
        let unused = self.unused.get().map_or_else(Vec::new, Unused::take_findings);
        findings.extend(unused.into_iter().map(|finding| Finding { loss: false, ..finding }));
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
}

/// Number of objects that a class hands on.
pub(super) fn count<'a>(realm: &RealmFile<'a>, class: &Class<'_, 'a>, views: &Views) -> u64 {
    let mut count = 0;
    never(realm.objects(class, views, &mut |_| {
        count += 1;
        Ok(())
    }));
    count
}

/// What cannot fail has not.
pub(super) fn never(done: Result<(), Infallible>) {
    match done {
        Ok(()) => {}
        Err(never) => match never {},
    }
}
