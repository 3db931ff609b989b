//! The Realm files among the artifacts.

use super::super::definition::{Container, Definition};
use super::super::load::Loaded;
use super::super::objects;
use super::super::realm::OpenRealm;
use super::FileRun;
use crate::record::Sink;
use std::collections::BTreeSet;

impl<S: Sink> FileRun<'_, S> {
    pub(super) fn realms(
        &mut self,
        loaded: &Loaded,
        sources: &[(&Definition, usize)],
    ) -> std::io::Result<()> {
        let is_realm = |source: &&(&Definition, usize)| {
            source.0.sources.get(source.1).is_some_and(|source| source.container == Container::Realm)
        };
        let wanted: Vec<&(&Definition, usize)> = sources.iter().filter(is_realm).collect();
        if wanted.is_empty() {
            return Ok(());
        }
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
        for (definition, source) in &wanted {
            let name = definition.sources.get(*source).map_or("", |source| source.id.as_str());
            let open = OpenRealm { realm: &realm, file: self.id, source: name, views: &self.options.views };
            objects::run(self, (definition, *source), open, &mut read)?;
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
}
