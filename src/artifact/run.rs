//! A whole run: every artifact of an evidence, on as many threads as asked for, in one fixed order.

use super::apps::{AppCoverage, app_coverage};
use super::coverage::{EncryptedFile, HashText};
use super::encrypted::encrypted_files;
use super::run_file::{FileOutcome, run_file};
use super::survey::Survey;
use super::unmapped::{UnmappedFile, unmapped};
use crate::evidence::Hashes;
use crate::parse::in_parallel;
use crate::parse::sqlite::Views;
use crate::record::{Content, Finding, Period, Sink};
use std::sync::Mutex;

/// What the examiner asks of a run.
#[derive(Debug, Clone)]
pub struct RunOptions {
    /// How much of messages is reported.
    pub content: Content,
    /// Of which period.
    pub period: Period,
    /// Kinds of records; empty: all.
    pub kinds: Vec<String>,
    /// Views of databases that are read.
    pub views: Views,
    /// Threads that read artifacts; the report does not depend on it.
    pub threads: usize,
    /// Also hash every file of the evidence.
    pub hash_all: bool,
}

/// Why a run could not finish.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A record could not be written.
    #[error("cannot write the report: {0}")]
    Write(#[from] std::io::Error),
    /// A source is not what it was when it was read.
    #[error(
        "the evidence changed during the run: {path} had another hash at the end than at the start; nothing was reported"
    )]
    Changed {
        /// Its device path.
        path: String,
    },
    /// The evidence could not be read.
    #[error(transparent)]
    Evidence(#[from] crate::evidence::Error),
}

/// What is going on, for a progress bar or a log.
#[derive(Debug, Clone, Copy)]
pub enum Progress<'p> {
    /// An artifact is being read.
    Reading {
        /// Device path.
        path: &'p str,
        /// Bytes.
        size: u64,
    },
    /// It has been.
    Read {
        /// Device path.
        path: &'p str,
        /// Bytes.
        size: u64,
        /// Records that came of it.
        records: u64,
        /// Findings that came of it.
        findings: usize,
    },
    /// The sources are being hashed again.
    Sealing,
}

/// One file of the inventory (`--hash-all`).
#[derive(Debug, Clone, serde::Serialize)]
pub struct InventoryEntry {
    /// Device path.
    pub path: String,
    /// Bytes.
    pub size: u64,
    /// Of its bytes; absent where they could not be read.
    #[serde(flatten)]
    pub hashes: Option<HashText>,
}

/// What came of a run.
#[derive(Debug)]
pub struct Outcome<S> {
    /// Per artifact, in the order of the survey.
    pub files: Vec<FileOutcome<S>>,
    /// Findings about the evidence itself.
    pub findings: Vec<Finding>,
    /// Per installed application.
    pub apps: Vec<AppCoverage>,
    /// What looks encrypted and was not opened.
    pub encrypted: Vec<EncryptedFile>,
    /// Realm files that no definition reads.
    pub unmapped: Vec<UnmappedFile>,
    /// Hash of a single-file container.
    pub container: Option<HashText>,
    /// Every file, where `hash_all` is set.
    pub inventory: Vec<InventoryEntry>,
}

/// Reads every artifact of a survey. `make` gives the sink of an artifact by its id.
///
/// # Errors
/// [`Error`]; damaged evidence is a finding, not an error.
pub fn run<S: Sink>(
    survey: &Survey<'_>,
    options: &RunOptions,
    make: &(dyn Fn(usize) -> std::io::Result<S> + Sync),
    progress: &(dyn Fn(Progress<'_>) + Sync),
) -> Result<Outcome<S>, Error> {
    let container = Mutex::new(None);
    let files = std::thread::scope(|scope| {
        // Hashing a container is one long sequential read: beside the parsers it costs a thread, before them it costs time.
        let hashing = (options.threads > 1).then(|| scope.spawn(|| hashed(survey)));
        let files = read_all(survey, options, make, progress);
        let hashes = match hashing.map(std::thread::ScopedJoinHandle::join) {
            Some(Ok(hashes)) => hashes,
            _ => hashed(survey),
        };
        if let Ok(mut slot) = container.lock() {
            *slot = Some(hashes);
        }
        files
    })?;
    progress(Progress::Sealing);
    let inventory = if options.hash_all { inventory(survey) } else { Vec::new() };
    unchanged(survey, options.threads, &files)?;
    let (container, recorded) = match container.into_inner() {
        Ok(Some(hashed)) => hashed?,
        _ => (None, Vec::new()),
    };
    let container = container.as_ref().map(HashText::from);
    let apps = app_coverage(survey, &files);
    let mut encrypted: Vec<EncryptedFile> = files.iter().filter_map(|file| file.encrypted.clone()).collect();
    encrypted.extend(encrypted_files(survey, options.threads));
    encrypted.sort_by(|one, other| (&one.path, one.file).cmp(&(&other.path, other.file)));
    Ok(Outcome {
        findings: evidence_findings(survey, &recorded),
        apps,
        encrypted,
        unmapped: unmapped(survey),
        container,
        inventory,
        files,
    })
}

fn read_all<S: Sink>(
    survey: &Survey<'_>,
    options: &RunOptions,
    make: &(dyn Fn(usize) -> std::io::Result<S> + Sync),
    progress: &(dyn Fn(Progress<'_>) + Sync),
) -> Result<Vec<FileOutcome<S>>, Error> {
    let outcomes: Result<Vec<_>, Error> = in_parallel(survey.matched.len(), options.threads, &|id| {
        let (path, size) = survey.file(id).map_or(("", 0), |file| (file.device_path.as_str(), file.size));
        progress(Progress::Reading { path, size });
        let outcome = run_file(survey, options, id, make(id)?)?;
        if let Some(outcome) = &outcome {
            let records = outcome.coverage.iter().map(|table| table.records).sum();
            progress(Progress::Read { path, size, records, findings: outcome.findings.len() });
        }
        Ok(outcome)
    });
    Ok(outcomes?.into_iter().flatten().collect())
}

fn inventory(survey: &Survey<'_>) -> Vec<InventoryEntry> {
    let entry = |file: &crate::evidence::SourceFile| {
        let content = survey.evidence.read(file).ok();
        InventoryEntry {
            path: file.device_path.clone(),
            size: content.as_ref().map_or(file.size, |content| content.len() as u64),
            hashes: content.map(|content| HashText::from(&content.hashes)),
        }
    };
    survey.evidence.files().iter().map(entry).collect()
}

/// Hashes every source that was read once more.
fn unchanged<S: Sink>(survey: &Survey<'_>, threads: usize, files: &[FileOutcome<S>]) -> Result<(), Error> {
    let sealed: Vec<&(usize, Hashes)> = files.iter().flat_map(|file| &file.sealed).collect();
    in_parallel(sealed.len(), threads, &|index| {
        let Some((position, hashes)) = sealed.get(index) else { return Ok(()) };
        let Some(file) = survey.evidence.files().get(*position) else { return Ok(()) };
        match survey.evidence.unchanged(file, hashes) {
            Ok(true) => Ok(()),
            _ => Err(Error::Changed { path: file.device_path.clone() }),
        }
    })?;
    Ok(())
}

/// The hashes of the container, and what came of the hashes that its tool recorded.
type Hashed = (Option<Hashes>, Vec<crate::evidence::Finding>);

fn hashed(survey: &Survey<'_>) -> Result<Hashed, crate::evidence::Error> {
    let container = survey.evidence.container_hashes()?;
    let recorded = survey.evidence.recorded(container.as_ref());
    Ok((container, recorded))
}

fn evidence_findings(survey: &Survey<'_>, recorded: &[crate::evidence::Finding]) -> Vec<Finding> {
    let finding = |found: &crate::evidence::Finding| Finding {
        code: found.code.to_owned(),
        loss: found.loss,
        message: found.message.clone(),
        path: found.path.clone(),
        offset: found.offset,
        ..Finding::default()
    };
    let mut findings: Vec<Finding> = survey.evidence.findings().iter().chain(recorded).map(finding).collect();
    findings.extend(unread(survey));
    findings
}

/// What nobody read: a database without a definition, and an evidence of which no definition reads anything. Without them a
/// report on an app that is not known looks like one on an app that was never used.
fn unread(survey: &Survey<'_>) -> Vec<Finding> {
    let nothing = survey.matched.is_empty().then(|| Finding {
        code: "nothing-recognised".to_owned(),
        loss: true,
        message: format!(
            "none of the {} definitions of this run reads any of its {} files",
            survey.definitions.len(),
            survey.evidence.files().len()
        ),
        ..Finding::default()
    });
    let unknown = survey.unknown_databases.iter().filter_map(|index| {
        Some(Finding {
            code: "database-without-definition".to_owned(),
            message: "a database or Realm file that no definition of this run reads".to_owned(),
            path: Some(survey.evidence.files().get(*index)?.device_path.clone()),
            ..Finding::default()
        })
    });
    nothing.into_iter().chain(unknown).collect()
}
