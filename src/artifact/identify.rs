//! What an evidence is, before anything is read of it in earnest.

use super::decode::TreeBytes;
use super::definition::Container;
use super::entropy::looks_encrypted;
use super::load::load;
use super::survey::{Survey, survey};
use crate::evidence::{Error, Evidence};
use crate::parse::sqlite::{Database, Files};
use crate::record::Findings;
use serde::Serialize;

/// What an evidence is, and what of it would be read.
#[derive(Debug, Serialize)]
pub struct Identified {
    /// Base name.
    pub name: String,
    /// `folder`, `zip`, `file`.
    pub kind: String,
    /// Files in it.
    pub files: usize,
    /// Bytes of it.
    pub bytes: u64,
    /// `android`, `ios`, both or neither, by the definitions that match.
    pub platforms: Vec<String>,
    /// What would be read.
    pub artifacts: Vec<IdentifiedFile>,
    /// Databases that no definition reads.
    pub unknown_databases: Vec<UnknownDatabase>,
    /// What is odd about the evidence itself.
    pub findings: Vec<String>,
}

/// A file that definitions match.
#[derive(Debug, Serialize)]
pub struct IdentifiedFile {
    /// Device path.
    pub path: String,
    /// Bytes.
    pub size: u64,
    /// The definitions.
    pub definitions: Vec<String>,
    /// `readable`, `empty`, `encrypted`, `not of its kind`, `unreadable`.
    pub state: &'static str,
}

/// A database that no definition reads.
#[derive(Debug, Serialize)]
pub struct UnknownDatabase {
    /// Device path.
    pub path: String,
    /// Bytes.
    pub size: u64,
    /// Its tables, the first of them.
    pub tables: Vec<String>,
}

/// Looks at an evidence: what it is, which definitions match, what is encrypted or not understood.
///
/// # Errors
/// Those of the survey.
pub fn identify(evidence: &Evidence, definitions: &[super::Definition]) -> Result<Identified, Error> {
    let survey = survey(evidence, definitions)?;
    let artifacts: Vec<IdentifiedFile> =
        (0..survey.matched.len()).filter_map(|id| artifact(&survey, id)).collect();
    let uses = survey.matched.iter().flat_map(|matched| &matched.uses);
    let mut platforms: Vec<String> = uses
        .filter_map(|(definition, _)| survey.definitions.get(*definition))
        .map(|d| d.platform.clone())
        .collect();
    platforms.sort();
    platforms.dedup();
    Ok(Identified {
        name: evidence.base_name().to_owned(),
        kind: evidence.kind().to_string(),
        files: evidence.files().len(),
        bytes: evidence.total_bytes(),
        platforms,
        artifacts,
        unknown_databases: survey
            .unknown_databases
            .iter()
            .filter_map(|file| unknown(evidence, *file))
            .collect(),
        findings: evidence.findings().iter().map(|finding| finding.message.clone()).collect(),
    })
}

fn artifact(survey: &Survey<'_>, id: usize) -> Option<IdentifiedFile> {
    let matched = survey.matched.get(id)?;
    let file = survey.file(id)?;
    let mut definitions: Vec<String> = matched
        .uses
        .iter()
        .filter_map(|(index, _)| survey.definitions.get(*index))
        .map(|d| d.id.clone())
        .collect();
    definitions.dedup();
    let container = matched.uses.first().and_then(|(definition, source)| {
        Some(survey.definitions.get(*definition)?.sources.get(*source)?.container)
    });
    let loaded = load(survey, id, &mut Findings::default(), &mut Vec::new());
    let state = match loaded {
        None => "unreadable",
        Some((loaded, _)) if loaded.main.is_empty() && !loaded.is_folder() => "empty",
        Some((loaded, _)) => {
            state(&loaded.tree_bytes(), container.unwrap_or(Container::Sqlite), &survey.asked(id))
        }
    };
    Some(IdentifiedFile { path: file.device_path.clone(), size: file.size, definitions, state })
}

fn state(bytes: &TreeBytes<'_>, container: Container, asked: &[String]) -> &'static str {
    let readable = match container {
        Container::Sqlite => Database::open(Files { main: bytes.main, wal: None, journal: None }).is_ok(),
        other => super::decode::document((other, false), bytes, asked).is_ok(),
    };
    match (readable, looks_encrypted(bytes.main)) {
        (true, _) => "readable",
        (false, true) => "encrypted",
        (false, false) => "not of its kind",
    }
}

fn unknown(evidence: &Evidence, index: usize) -> Option<UnknownDatabase> {
    let file = evidence.files().get(index)?;
    let content = evidence.read(file);
    let database = content
        .as_ref()
        .ok()
        .and_then(|content| Database::open(Files { main: content, wal: None, journal: None }).ok());
    let tables = database.iter().flat_map(|database| &database.schema().tables);
    let tables = tables.map(|table| table.name.clone()).take(12).collect();
    Some(UnknownDatabase { path: file.device_path.clone(), size: file.size, tables })
}
