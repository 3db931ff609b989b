//! Records of a Realm file, made again from the objects that they name.

use super::super::base::Base;
use super::super::build::{Given, build};
use super::super::definition::{Definition, RecordBlock};
use super::super::frame::Frame;
use super::super::object::{Moment, Object};
use super::super::objects::{self, ObjectPlan};
use super::super::realm::{Class, OpenRealm, RealmFile};
use super::super::reopen::{Opened, Reference};
use super::super::tables::{Verdict, accepts};
use super::Verifier;
use serde_json::Value;

impl<'a> Verifier<'_, 'a> {
    /// What a block makes of the object that a record names.
    pub(super) fn of_object(
        &self,
        (definition, block): (&Definition, &RecordBlock),
        (realm, known): (&RealmFile<'a>, usize),
        references: &[Reference<'_>],
    ) -> Result<Option<Value>, String> {
        let Some(base) = references.first() else { return Ok(None) };
        let name = |source: usize| definition.sources.get(source).map_or("", |source| source.id.as_str());
        let definition_index =
            self.survey.definitions.iter().position(|other| std::ptr::eq(other, definition));
        let views = &self.options.views;
        let open = OpenRealm { realm, file: known, source: name(block.source), views };
        let other = |source: usize| {
            if source == block.source {
                return Some(open);
            }
            let file = self.survey.nearest(known, definition_index?, source)?;
            match self.opened.get(file) {
                Some(Opened::Realm(realm)) => Some(OpenRealm { realm, file, source: name(source), views }),
                _ => None,
            }
        };
        let Some((mut plan, _)) = objects::bind(block, open, &other) else { return Ok(None) };
        if Some(plan.class.name) != base.table {
            return Ok(None);
        }
        let mut object = named(realm, &plan.class, base)?;
        if object.moment == Moment::Previous {
            object.state = realm.fate(&plan.class, object.key).ok_or("the last commit holds it as it is")?;
        }
        self.give_objects(&mut plan, references)?;
        let path = self.survey.file(known).map_or("", |file| file.device_path.as_str());
        let mut frame = Frame::new(block, Base::Object { plan: &plan, object: &object }, path);
        if accepts(&mut frame) != Verdict::Takes {
            return Ok(None);
        }
        let given = Given { definition, state: object.state, content: self.options.content };
        let mut built = build(&mut frame, given);
        let of = (self.hashes.get(&base.file).map_or("", String::as_str), path, self.survey.copy(known));
        built.record.id = objects::id(definition, &plan, &object, of);
        Ok(Some((self.render)(&built.record)))
    }

    /// Gives each look-up the objects that the report names for it.
    fn give_objects(
        &self,
        plan: &mut ObjectPlan<'_, 'a>,
        references: &[Reference<'_>],
    ) -> Result<(), String> {
        for (lookup, class) in plan.block.lookups.iter().zip(plan.lookups.iter_mut()) {
            let Some(class) = class else { continue };
            let mut objects = Vec::new();
            // A field may have the name of a look-up: its values have a path, objects have none.
            let is_its =
                |reference: &&Reference<'_>| reference.role == lookup.name && reference.pointer.is_none();
            for reference in references.iter().skip(1).filter(is_its) {
                if self.files.get(&reference.file) != Some(&class.open.file) {
                    return Err(format!("look-up {} names another file", lookup.name));
                }
                let object = named(class.open.realm, &class.class, reference);
                objects.push(object.map_err(|message| format!("look-up {}: {message}", lookup.name))?);
            }
            class.give(objects);
        }
        Ok(())
    }
}

/// The object at the place that a report names, and nothing else.
pub(in super::super) fn named<'a>(
    realm: &RealmFile<'a>,
    class: &Class<'_, 'a>,
    reference: &Reference<'_>,
) -> Result<Object<'a>, String> {
    let moment = reference.view.and_then(Moment::named).ok_or("no such view of a Realm file")?;
    let key = reference.rowid.ok_or("it names no object")?;
    let object = realm.object(class, moment, (key, reference.offset)).ok_or("no object of this key")?;
    let (place, said) = (object.place, (reference.offset, reference.length));
    if (place.offset, place.length) != said {
        return Err(format!("its leaf lies at {:#x}, {} bytes", place.offset, place.length));
    }
    Ok(object)
}
