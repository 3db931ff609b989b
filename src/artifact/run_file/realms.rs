//! The Realm files among the artifacts.

use super::super::definition::{Container, Definition};
use super::super::load::Loaded;
use super::super::objects;
use super::super::realm::{OpenRealm, RealmFile};
use super::{FileRun, of_container};
use crate::record::Sink;
use std::collections::BTreeSet;

impl<S: Sink> FileRun<'_, S> {
    pub(super) fn realms(
        &mut self,
        loaded: &Loaded,
        sources: &[(&Definition, usize)],
    ) -> std::io::Result<()> {
        let wanted = of_container(sources, Container::Realm);
        if wanted.is_empty() {
            return Ok(());
        }
        // They outlive the file that looks into them.
        let others: Vec<Vec<(usize, Loaded)>> =
            wanted.iter().map(|(definition, source)| self.others(definition, *source)).collect();
        let realm = match loaded.realm() {
            Ok(realm) => realm,
            Err(error) => {
                self.refuse(loaded, &error);
                return Ok(());
            }
        };
        if let Some(error) = realm.overwritten() {
            self.note("realm-commit-before-overwritten", false, error.to_string());
        }
        let mut read = BTreeSet::new();
        for ((definition, source), others) in wanted.iter().zip(&others) {
            self.realm((&realm, others), definition, *source, &mut read)?;
        }
        for finding in realm.take_findings() {
            self.parse_finding(&finding, None, None);
        }
        let classes = realm.classes();
        let names: Vec<&str> = classes.iter().map(|class| class.name).collect();
        self.served_by_none(&names, sources);
        self.out.entry.unread_tables =
            names.into_iter().filter(|name| !read.contains(*name)).map(str::to_owned).collect();
        Ok(())
    }

    /// Runs one definition on an open file; other files that it looks into are opened for it.
    fn realm<'a>(
        &mut self,
        (realm, others): (&RealmFile<'a>, &'a [(usize, Loaded)]),
        definition: &Definition,
        source: usize,
        read: &mut BTreeSet<String>,
    ) -> std::io::Result<()> {
        let opened: Vec<(usize, usize, RealmFile<'a>)> = others
            .iter()
            .filter_map(|(index, loaded)| Some((*index, loaded.id, loaded.realm().ok()?)))
            .collect();
        let name = |index: usize| definition.sources.get(index).map_or("", |source| source.id.as_str());
        let views = &self.options.views;
        let open = OpenRealm { realm, file: self.id, source: name(source), views };
        let other = |wanted: usize| {
            if wanted == source {
                return Some(open);
            }
            let (_, file, realm) = opened.iter().find(|(index, ..)| *index == wanted)?;
            Some(OpenRealm { realm, file: *file, source: name(wanted), views })
        };
        objects::run(self, (definition, source), open, &other, read)
    }
}
