//! Look-ups among the objects of a Realm file: those of another class with equal keys.
//!
//! They choose as look-ups among rows of a database do (`lookup.rs`). A link is followed to its object in the file; the objects of a
//! class that is looked up by its columns are held in memory.

use super::bind::Bound;
use super::definition::Test;
use super::object::{Moment, Object};
use super::realm::{Class, OpenRealm, never};
use super::scalar::{Key, key, passes};
use crate::parse::Value;
use crate::record::RowReference;
use std::collections::HashMap;

/// An object that a look-up found.
#[derive(Debug, Clone)]
pub(super) struct FoundObject<'a> {
    pub(super) object: Object<'a>,
    /// Other versions of it, at other moments.
    other_versions: usize,
}

/// A class that is looked up.
pub(super) struct LookupClass<'d, 'a> {
    pub(super) open: OpenRealm<'d, 'a>,
    pub(super) class: Class<'d, 'a>,
    keys: Vec<Bound>,
    tests: Vec<(Bound, Test)>,
    same_file: bool,
    /// Its one key is that of the objects, and any may be sought.
    seeks: bool,
    objects: Vec<Object<'a>>,
    by_key: HashMap<Vec<Key>, Vec<usize>>,
    /// Objects that the commit before has with other values, by their key.
    older: HashMap<i64, usize>,
}

impl<'d, 'a> LookupClass<'d, 'a> {
    pub(super) fn new(
        open: OpenRealm<'d, 'a>,
        class: Class<'d, 'a>,
        (keys, tests): (Vec<Bound>, Vec<(Bound, Test)>),
    ) -> Self {
        let (objects, by_key, older) = (Vec::new(), HashMap::new(), HashMap::new());
        let (same_file, seeks) = (false, false);
        LookupClass { open, class, keys, tests, same_file, seeks, objects, by_key, older }
    }

    /// Says which file the looking objects lie in.
    pub(super) fn seen_from(mut self, file: usize) -> Self {
        self.same_file = self.open.file == file;
        self
    }

    /// Reads the class once, at every moment that the run reads.
    pub(super) fn prepare(&mut self) {
        let realm = self.open.realm;
        let mut objects = Vec::new();
        self.seeks = self.keys == [Bound::Rowid];
        for moment in [Moment::Live, Moment::Previous] {
            if !self.seeks && self.reads(moment) {
                never(realm.standing(&self.class, moment, &mut |object| {
                    objects.push(object);
                    Ok(())
                }));
            }
        }
        never(realm.not_live(&self.class, self.open.views, &mut |object| {
            *self.older.entry(object.key).or_insert(0) += 1;
            if object.moment == Moment::Free {
                objects.push(object);
            }
            Ok(())
        }));
        self.give(objects);
    }

    fn reads(&self, moment: Moment) -> bool {
        moment == Moment::Live || self.open.views.wants_named(moment.name())
    }

    /// Restricts it to these objects: those that a report names, where a record is made again.
    pub(super) fn give(&mut self, objects: Vec<Object<'a>>) {
        self.by_key = HashMap::new();
        for (index, object) in objects.iter().enumerate() {
            let keys = self.keys.iter().map(|bound| key(&object.value(*bound)?));
            if let Some(keys) = keys.collect::<Option<Vec<Key>>>().filter(|_| self.holds(object)) {
                self.by_key.entry(keys).or_default().push(index);
            }
        }
        self.objects = objects;
    }

    /// The objects with these keys for an object of a moment, in the order of their own keys. Of `many` none that the moment no
    /// longer has; of one, else what stood before it. The commits of another file cannot be set against those of the object's own:
    /// there the last one is meant.
    pub(super) fn find(&self, values: &[Value<'_>], (moment, many): (Moment, bool)) -> Vec<FoundObject<'a>> {
        let moment = if self.same_file { moment } else { Moment::Live };
        let Some(wanted) = values.iter().map(key).collect::<Option<Vec<Key>>>() else { return Vec::new() };
        // Unused space has no moment: an object there looks as a live one does.
        let moments = match moment {
            Moment::Previous => [Moment::Previous, Moment::Free].as_slice(),
            Moment::Live | Moment::Free => &[Moment::Live, Moment::Previous, Moment::Free],
        };
        let moments = if many { moments.get(..1).unwrap_or(moments) } else { moments };
        let found = moments.iter().map(|moment| self.at(*moment, &wanted)).find(|found| !found.is_empty());
        found.into_iter().flatten().map(|object| self.found(object)).collect()
    }

    fn at(&self, moment: Moment, wanted: &[Key]) -> Vec<Object<'a>> {
        match wanted {
            [Key::Integer(key)] if self.seeks && moment != Moment::Free => {
                let sought = Some(*key).filter(|_| self.reads(moment));
                let object = sought.and_then(|key| self.open.realm.object(&self.class, moment, (key, 0)));
                object.filter(|object| self.holds(object)).into_iter().collect()
            }
            _ => {
                let all = self.by_key.get(wanted).map_or(&[] as &[usize], Vec::as_slice);
                let objects = all.iter().filter_map(|index| self.objects.get(*index));
                objects.filter(|object| object.moment == moment).cloned().collect()
            }
        }
    }

    fn holds(&self, object: &Object<'a>) -> bool {
        self.tests.iter().all(|(bound, test)| passes(object.value(*bound).as_ref(), test))
    }

    fn found(&self, object: Object<'a>) -> FoundObject<'a> {
        let other_versions = self.older.get(&object.key).copied().unwrap_or(0);
        FoundObject { object, other_versions }
    }

    /// What provenance says of an object that was found.
    pub(super) fn reference(&self, role: &str, found: &FoundObject<'a>) -> RowReference<'d> {
        found.object.reference(role, (&self.class, self.open.file), found.other_versions)
    }

    /// What provenance says of a value of it.
    pub(super) fn value_reference(
        &self,
        role: &str,
        found: &FoundObject<'a>,
        bound: Bound,
    ) -> Option<RowReference<'d>> {
        found.object.value_reference(role, (&self.class, self.open.file), bound)
    }
}
