//! One artifact: every definition that reads it, run over it once.

mod databases;
mod realms;

use super::bind::Missing;
use super::coverage::{DerivedEntry, EncryptedFile, EncryptionEntry, FileEntry, HashText, TableCoverage};
use super::definition::{Container, Definition, RecordBlock, Rows};
use super::frame::Notice;
use super::gaps::Gaps;
use super::load::{Loaded, Sealed, file_entry, load};
use super::run::RunOptions;
use super::survey::Survey;
use super::trees;
use crate::evidence::Closed;
use crate::parse::sqlite::Files;
use crate::parse::{self, looks_encrypted};
use crate::record::{Content, FieldValue, Finding, Findings, Record, Sink, State, Verdict};
use std::collections::{BTreeMap, BTreeSet};

/// What came of one artifact.
#[derive(Debug)]
pub struct FileOutcome<S> {
    /// Where its records went.
    pub sink: S,
    /// Its entry under `files`.
    pub entry: FileEntry,
    /// Its tables.
    pub coverage: Vec<TableCoverage>,
    /// What was odd.
    pub findings: Vec<Finding>,
    /// How many values of which field were withheld by `--content`.
    pub withheld: BTreeMap<String, u64>,
    /// Records by (kind, state, service).
    pub counts: BTreeMap<(String, &'static str, String), u64>,
    /// Applications that it names as installed: identifier → where their files lie.
    pub installed: BTreeMap<String, BTreeSet<String>>,
    /// It looks encrypted, and no key opened it.
    pub encrypted: Option<EncryptedFile>,
    pub(super) sealed: Vec<Sealed>,
}

/// The state of a run over one artifact.
pub(super) struct FileRun<'r, S> {
    pub(super) survey: &'r Survey<'r>,
    pub(super) options: &'r RunOptions,
    pub(super) id: usize,
    /// Which of several files with its device path it is.
    pub(super) copy: usize,
    pub(super) out: FileOutcome<S>,
    pub(super) findings: Findings,
    fragments: Fragments,
    /// Of the database that is being read.
    pub(super) gaps: Gaps,
}

/// The fragments of a file.
#[derive(Default)]
struct Fragments {
    /// By definition and table.
    coverage: BTreeMap<(String, String), TableCoverage>,
    /// Two kinds of records may be made of the rows of one table; a row of it is one fragment.
    seen: BTreeSet<String>,
    unlisted: u64,
}

/// Runs everything that reads an artifact.
///
/// # Errors
/// Those of the sink.
pub(super) fn run_file<S: Sink>(
    survey: &Survey<'_>,
    options: &RunOptions,
    id: usize,
    sink: S,
) -> std::io::Result<Option<FileOutcome<S>>> {
    let Some(entry) = file_entry(survey, id) else { return Ok(None) };
    let out = FileOutcome {
        sink,
        entry,
        coverage: Vec::new(),
        findings: Vec::new(),
        withheld: BTreeMap::new(),
        counts: BTreeMap::new(),
        installed: BTreeMap::new(),
        encrypted: None,
        sealed: Vec::new(),
    };
    let (findings, gaps, fragments) = (Findings::default(), Gaps::default(), Fragments::default());
    let mut run = FileRun { survey, options, id, copy: survey.copy(id), out, findings, gaps, fragments };
    run.run()?;
    let mut out = run.out;
    out.findings = run.findings.into_vec();
    Ok(Some(out))
}

impl<'r, S: Sink> FileRun<'r, S> {
    /// The device path of the artifact; it outlives the run over it, so no row need copy it.
    pub(super) fn path(&self) -> &'r str {
        self.survey.file(self.id).map_or("", |file| &file.device_path)
    }

    fn run(&mut self) -> std::io::Result<()> {
        let survey = self.survey;
        let Some(matched) = survey.matched.get(self.id) else { return Ok(()) };
        let loaded = load(survey, self.id, &mut self.findings, &mut self.out.sealed);
        let Some((loaded, companions)) = loaded else { return Ok(()) };
        self.out.entry.hashes = Some(HashText::from(&loaded.main.hashes));
        self.out.entry.size = loaded.main.len() as u64;
        self.out.entry.companions = companions;
        if matched.by_content {
            self.note(
                "recognised-by-content",
                false,
                "no path of a definition matches; its tables and columns do".into(),
            );
        }
        if let Some(first) = matched.same_as {
            self.note(
                "repeated-file",
                false,
                format!("same device path and same bytes as file {first}; read once, there"),
            );
            return Ok(());
        }
        let Files { main, wal, journal } = loaded.files();
        if main.is_empty() && !loaded.is_folder() {
            // SQLite takes it for a database without tables; what lies beside it is read as history.
            self.note(
                "empty-file",
                true,
                "the file has no bytes, or is not there beside its log or journal".into(),
            );
            if wal.or(journal).is_none_or(<[u8]>::is_empty) {
                return Ok(());
            }
        }
        let sources: Vec<(&Definition, usize)> = matched
            .uses
            .iter()
            .filter_map(|(definition, source)| Some((survey.definitions.get(*definition)?, *source)))
            .collect();
        self.unsealed(&loaded);
        self.databases(&loaded, &sources)?;
        self.realms(&loaded, &sources)?;
        for (definition, source_index) in sources {
            let Some(source) = definition.sources.get(source_index) else { continue };
            if !source.container.has_tables() {
                self.tree(&loaded, definition, source_index)?;
            }
        }
        Ok(())
    }

    /// Tells how a file was encrypted, and what did not decrypt as it should.
    fn unsealed(&mut self, loaded: &Loaded) {
        let Some(unsealed) = loaded.seal.opened() else { return };
        let derived = unsealed.derived.map(|sha256| DerivedEntry {
            size: loaded.files().main.len() as u64,
            sha256: hex::encode(sha256),
        });
        self.out.entry.encryption = Some(EncryptionEntry { method: unsealed.method.clone(), derived });
        for finding in &unsealed.findings {
            self.parse_finding(finding, None, None);
        }
    }

    fn tree(&mut self, loaded: &Loaded, definition: &Definition, source_index: usize) -> std::io::Result<()> {
        let Some(source) = definition.sources.get(source_index) else { return Ok(()) };
        // One file is read in one way: verify opens it by its first source too.
        let read_by = self.survey.first_source(self.id).unwrap_or(source);
        if source.container == Container::Table && source.dialect != read_by.dialect {
            let message = "two tables of mappings name one file and differ in encoding or delimiter; it is read by the first";
            self.note("table-dialects-differ", true, message.to_owned());
        }
        match super::decode::document(read_by, &loaded.tree_bytes(), &self.survey.asked(self.id)) {
            Ok(document) => {
                for finding in &document.findings {
                    self.tree_finding(finding, definition, loaded);
                }
                trees::run(self, (definition, source_index), &document.root)
            }
            Err(error) => {
                self.refuse(loaded, &error);
                Ok(())
            }
        }
    }

    /// A file that is not what its path says.
    fn refuse(&mut self, loaded: &Loaded, error: &parse::Error) {
        let unknown = || looks_encrypted(&loaded.main).then(Closed::unknown);
        let Some(closed) = loaded.seal.closed().cloned().or_else(unknown) else {
            return self.note("file-not-of-its-kind", true, error.to_string());
        };
        let code = if closed.tried.is_empty() { "file-encrypted" } else { "file-key-wrong" };
        self.note(code, true, closed.told());
        self.out.encrypted = Some(EncryptedFile::of(self.path(), Some(self.id), closed));
    }

    /// Judges a record against the period, counts it and hands it on; `false` where the period leaves it out.
    pub(super) fn emit(
        &mut self,
        record: &Record<'_>,
        coverage: &mut TableCoverage,
    ) -> std::io::Result<bool> {
        match self.options.period.verdict(record) {
            Verdict::Inside => {}
            Verdict::Outside => {
                coverage.excluded += 1;
                coverage.excluded_by_period += 1;
                return Ok(false);
            }
            Verdict::Unknown => {
                coverage.excluded += 1;
                coverage.excluded_without_time += 1;
                return Ok(false);
            }
        }
        coverage.records += 1;
        let service = record.service.as_text().unwrap_or("").to_owned();
        *self.out.counts.entry((record.kind.plural.to_owned(), record.state.name(), service)).or_insert(0) +=
            1;
        if record.kind.name == "installed_app" && record.state == State::Live {
            self.remember_app(record);
        }
        self.out.sink.record(record)?;
        Ok(true)
    }

    fn remember_app(&mut self, record: &Record<'_>) {
        let Some(app) = record.field("native_id").and_then(FieldValue::as_text) else { return };
        let homes = self.out.installed.entry(app.to_owned()).or_default();
        homes.extend(record.field("container").and_then(FieldValue::as_text).map(str::to_owned));
    }

    pub(super) fn count_withheld(&mut self, names: Vec<String>) {
        for name in names {
            *self.out.withheld.entry(name).or_insert(0) += 1;
        }
    }

    pub(super) fn content(&self) -> Content {
        self.options.content
    }

    /// Whether the run asks for this kind.
    pub(super) fn wants(&self, kind: &str) -> bool {
        self.options.kinds.is_empty() || self.options.kinds.iter().any(|wanted| wanted == kind)
    }

    pub(super) fn note(&mut self, code: &str, loss: bool, message: String) {
        self.push(Finding { code: code.to_owned(), loss, message, ..Finding::default() });
    }

    /// Adds a finding of this file.
    pub(super) fn push(&mut self, finding: Finding) {
        let path = self.survey.file(self.id).map(|file| file.device_path.clone());
        self.findings.push(Finding { file: Some(self.id), path: finding.path.or(path), ..finding });
    }

    /// Adds what was wrong with the fields of one row, which lies at this place.
    pub(super) fn notices(&mut self, definition: &Definition, place: &Finding, notices: Vec<Notice>) {
        for notice in notices {
            self.push(Finding {
                code: notice.code.to_owned(),
                loss: notice.loss,
                message: notice.message,
                artifact: Some(definition.id.clone()),
                field: (!notice.field.is_empty()).then_some(notice.field),
                ..place.clone()
            });
        }
    }

    /// Adds what a reader of a tree found; of a folder the message begins with the name of the file.
    fn tree_finding(&mut self, found: &parse::Finding, definition: &Definition, loaded: &Loaded) {
        let named = found.message.split_once(": ").filter(|_| loaded.is_folder());
        let file = named.map(|(name, _)| name).filter(|name| loaded.source(name).is_some());
        let (Some(name), Some((folder, _))) = (file, self.path().rsplit_once('/')) else {
            return self.parse_finding(found, Some(definition), None);
        };
        self.push(Finding {
            code: found.code.to_owned(),
            loss: found.loss,
            message: found.message.clone(),
            artifact: Some(definition.id.clone()),
            path: Some(format!("{folder}/{name}")),
            offset: found.offset,
            ..Finding::default()
        });
    }

    /// Adds what a reader of bytes found.
    pub(super) fn parse_finding(
        &mut self,
        found: &parse::Finding,
        definition: Option<&Definition>,
        table: Option<&str>,
    ) {
        self.push(Finding {
            code: found.code.to_owned(),
            loss: found.loss,
            message: found.message.clone(),
            artifact: definition.map(|definition| definition.id.clone()),
            table: table.map(str::to_owned),
            source: Some(found.source),
            page: found.page,
            offset: found.offset,
            ..Finding::default()
        });
    }

    /// Says that a file lacks what the blocks of one table need; `tables` are those that it has. It is a loss where the table is
    /// there; a file without any table that a definition reads is told once, as a whole.
    pub(super) fn unfit(
        &mut self,
        definition: &Definition,
        first: &RecordBlock,
        (is_there, tables): (bool, &[&str]),
        missing: &[&Missing],
    ) {
        let Rows::Table(pattern) = &first.rows else { return };
        // Few versions keep traces of what is gone: that one does not is nothing to tell.
        if !is_there && first.kind.name == "trace" {
            return;
        }
        let mut columns: Vec<String> = missing.iter().flat_map(|missing| missing.columns.clone()).collect();
        columns.extend(missing.iter().flat_map(|missing| missing.tables.clone()));
        if !is_there {
            columns.push(pattern.clone());
        }
        columns.sort();
        columns.dedup();
        let message = format!("missing: {}; tables found: {}", columns.join(", "), some(tables));
        let code = if is_there { "columns-missing" } else { "table-missing" };
        self.push(Finding {
            code: code.to_owned(),
            loss: is_there,
            message,
            artifact: Some(definition.id.clone()),
            table: Some(pattern.clone()),
            ..Finding::default()
        });
    }

    /// A file of the right name in which no definition finds a table of its own must not look like an app that was never used.
    fn served_by_none(&mut self, tables: &[&str], sources: &[(&Definition, usize)]) {
        let blocks = sources.iter().flat_map(|(definition, source)| {
            definition.records.iter().filter(move |block| block.source == *source)
        });
        let wanted = blocks.filter(|block| self.wants(block.kind.name)).count();
        if wanted == 0 || !self.out.coverage.is_empty() {
            return;
        }
        let message = format!("no table that a definition reads; tables found: {}", some(tables));
        self.note("no-table-of-its-definitions", true, message);
    }
}

/// The sources that are read as this container.
fn of_container<'s, 'd>(
    sources: &'s [(&'d Definition, usize)],
    container: Container,
) -> Vec<&'s (&'d Definition, usize)> {
    let is_it = |(definition, source): &&(&Definition, usize)| {
        definition.sources.get(*source).is_some_and(|source| source.container == container)
    };
    sources.iter().filter(is_it).collect()
}

/// The first of these names, for a message.
fn some(tables: &[&str]) -> String {
    match tables {
        [] => "none".to_owned(),
        all => all.get(..40).unwrap_or(all).join(", "),
    }
}
