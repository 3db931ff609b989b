//! The databases among the artifacts: each definition that reads one, and the rows that none of them can.

use super::super::bind::OpenDatabase;
use super::super::coverage::TableCoverage;
use super::super::definition::{Container, Definition, Source};
use super::super::fragment::{self, MOST, Made};
use super::super::gaps::{self, Gaps};
use super::super::load::{Loaded, load};
use super::super::tables;
use super::{FileRun, Fragments, of_container};
use crate::parse::sqlite::Database;
use crate::record::kinds::FRAGMENT;
use crate::record::{Findings, Sink};
use std::collections::BTreeSet;
use std::num::NonZero;

impl<S: Sink> FileRun<'_, S> {
    pub(super) fn databases(
        &mut self,
        loaded: &Loaded,
        sources: &[(&Definition, usize)],
    ) -> std::io::Result<()> {
        let wanted = of_container(sources, Container::Sqlite);
        if wanted.is_empty() {
            return Ok(());
        }
        let threads = NonZero::new(self.options.threads).unwrap_or(NonZero::<usize>::MIN);
        let db = match loaded.database() {
            Ok(db) => db.with_threads(threads),
            Err(error) => {
                self.refuse(loaded, &error);
                return Ok(());
            }
        };
        for finding in db.findings() {
            self.parse_finding(finding, None, None);
        }
        let sequence = db.sequence();
        for finding in &sequence.findings {
            self.parse_finding(finding, None, None);
        }
        if self.options.views.want_residue()
            && let Some(finding) = db.unreachable_pages()
        {
            self.parse_finding(&finding, None, None);
        }
        self.gaps = Gaps::new(sequence.tables);
        let mut read = BTreeSet::new();
        for (definition, source) in &wanted {
            self.definition(&db, definition, *source, &mut read)?;
        }
        gaps::report(self);
        let tables: Vec<&str> = db.schema().tables.iter().map(|table| table.name.as_str()).collect();
        self.served_by_none(&tables, sources);
        if let Some((definition, _)) = wanted.first() {
            self.strays(&db, definition)?;
        }
        self.end_fragments();
        let unread = |name: &&&str| !read.contains(**name) && !name.starts_with("sqlite_");
        self.out.entry.unread_tables = tables.iter().filter(unread).map(|name| (*name).to_owned()).collect();
        Ok(())
    }

    /// Runs one definition on an open database; other files that it looks into are opened for it.
    fn definition(
        &mut self,
        db: &Database<'_>,
        definition: &Definition,
        source: usize,
        read: &mut BTreeSet<String>,
    ) -> std::io::Result<()> {
        let others: Vec<(usize, Loaded)> = self.others(definition, source);
        let opened: Vec<(usize, usize, Database<'_>)> = others
            .iter()
            .filter_map(|(index, loaded)| Some((*index, loaded.id, loaded.database().ok()?)))
            .collect();
        let name = |index: usize| definition.sources.get(index).map_or("", |source| source.id.as_str());
        let views = &self.options.views;
        let open = OpenDatabase { db, file: self.id, source: name(source), views };
        let other = |wanted: usize| {
            if wanted == source {
                return Some(open);
            }
            let found = opened.iter().find(|(index, ..)| *index == wanted)?;
            Some(OpenDatabase { db: &found.2, file: found.1, source: name(wanted), views })
        };
        tables::run(self, (definition, source), open, &other, read)
    }

    /// Reports the rows in unused space that no one table can be told for; the definition is the one that opened the file.
    fn strays(&mut self, db: &Database<'_>, definition: &Definition) -> std::io::Result<()> {
        let views = &self.options.views;
        if !views.want_residue() || !self.wants(FRAGMENT) {
            return Ok(());
        }
        for stray in db.strays().filter(|stray| views.wants(stray.row.place.view)) {
            let identity = tables::identity_bytes(stray.table, &stray.row);
            if let Some(made) = fragment::of_stray(definition, &stray, (self.id, self.options.content)) {
                self.fragment(definition, &identity, made)?;
            }
        }
        Ok(())
    }

    /// Hands on a fragment, once.
    pub(in super::super) fn fragment(
        &mut self,
        definition: &Definition,
        identity: &[u8],
        mut made: Made<'_>,
    ) -> std::io::Result<()> {
        let entry = &self.out.entry;
        let sha256 = entry.hashes.as_ref().map_or(&[] as &[u8], |hashes| hashes.sha256.as_bytes());
        let id = fragment::id(&made, (definition, identity), (sha256, &entry.path, self.copy));
        made.record.id = id.unwrap_or_default();
        if !self.fragments.seen.insert(made.record.id.clone()) {
            return Ok(());
        }
        let table = made.record.rows.first().and_then(|base| base.table.as_deref()).unwrap_or("").to_owned();
        let key = (definition.id.clone(), table.clone());
        let mut coverage = self.fragments.coverage.remove(&key).unwrap_or_else(|| TableCoverage {
            artifact: definition.id.clone(),
            kind: FRAGMENT.to_owned(),
            file: self.id,
            table,
            ..TableCoverage::default()
        });
        coverage.rows += 1;
        if self.fragments.seen.len() as u64 > MOST {
            coverage.unreadable += 1;
            self.fragments.unlisted += 1;
        } else if self.emit(&made.record, &mut coverage)? {
            self.count_withheld(made.withheld);
        }
        self.fragments.coverage.insert(key, coverage);
        Ok(())
    }

    fn end_fragments(&mut self) {
        let Fragments { coverage, unlisted, .. } = std::mem::take(&mut self.fragments);
        self.out.coverage.extend(coverage.into_values());
        if unlisted > 0 {
            let message = format!(
                "{MOST} fragments are listed and {unlisted} more are not: rows in unused space on which no definition can be run"
            );
            self.note("fragments-not-listed", true, message);
        }
    }

    pub(super) fn others(&mut self, definition: &Definition, source: usize) -> Vec<(usize, Loaded)> {
        let blocks = definition.records.iter().filter(|block| block.source == source);
        let wanted: BTreeSet<usize> =
            blocks.flat_map(|block| &block.lookups).filter_map(|lookup| lookup.source).collect();
        let definition_index =
            self.survey.definitions.iter().position(|known| std::ptr::eq(known, definition));
        let mut loaded = Vec::new();
        for index in wanted.into_iter().filter(|index| *index != source) {
            let nearest =
                definition_index.and_then(|definition| self.survey.nearest(self.id, definition, index));
            // What is odd about that file stands among its own findings.
            let read =
                nearest.and_then(|id| load(self.survey, id, &mut Findings::default(), &mut Vec::new()));
            match (read, definition.sources.get(index)) {
                (Some((other, _)), _) => loaded.push((index, other)),
                (None, Some(Source { optional: false, id, .. })) => {
                    let message = format!("no file serves as `{id}`, which {} looks into", definition.id);
                    self.note("look-up-file-missing", false, message);
                }
                _ => {}
            }
        }
        loaded
    }
}
