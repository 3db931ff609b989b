//! What an evidence is, before anything is read of it in earnest.

use super::coverage::EncryptedFile;
use super::definition::{Container, Source};
use super::encrypted::encrypted_files;
use super::load::{Loaded, load, peek};
use super::survey::{Survey, survey};
use crate::evidence::{Closed, Error, Evidence};
use crate::parse::looks_encrypted;
use crate::record::Findings;
use serde::Serialize;

/// What an evidence is, and what of it would be read.
#[derive(Debug, Serialize)]
pub struct Identified {
    /// Base name.
    pub name: String,
    /// `folder`, `zip`, `file`.
    pub kind: String,
    /// The archives inside that are opened with it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub layers: Vec<IdentifiedLayer>,
    /// Files in it.
    pub files: usize,
    /// Bytes of it.
    pub bytes: u64,
    /// `android`, `ios`, both or neither, by the definitions that match.
    pub platforms: Vec<String>,
    /// What would be read.
    pub artifacts: Vec<IdentifiedFile>,
    /// What looks encrypted and no key opens, and the key that it would need.
    pub encrypted: Vec<EncryptedFile>,
    /// Databases that no definition reads.
    pub unknown_databases: Vec<UnknownDatabase>,
    /// What is odd about the evidence itself.
    pub findings: Vec<String>,
}

/// An archive inside the evidence that is opened with it.
#[derive(Debug, Serialize)]
pub struct IdentifiedLayer {
    /// The names of the archives that lead to it, its own last.
    pub within: Vec<String>,
    /// As [`Identified::kind`].
    pub kind: String,
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
    /// How it was encrypted, where a key opens it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub encryption: Option<String>,
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
    /// How it was encrypted, where a key opens it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub encryption: Option<String>,
}

/// Looks at an evidence: what it is, which definitions match, what is encrypted or not understood.
///
/// # Errors
/// Those of the survey.
pub fn identify(evidence: &Evidence, definitions: &[super::Definition]) -> Result<Identified, Error> {
    let survey = survey(evidence, definitions)?;
    let mut encrypted = Vec::new();
    let artifacts: Vec<IdentifiedFile> =
        (0..survey.matched.len()).filter_map(|id| artifact(&survey, id, &mut encrypted)).collect();
    encrypted.extend(encrypted_files(&survey, std::thread::available_parallelism().map_or(1, Into::into)));
    encrypted.sort_by(|one, other| one.path.cmp(&other.path));
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
        layers: evidence.layers().into_iter().map(layer).collect(),
        files: evidence.files().len(),
        bytes: evidence.total_bytes(),
        platforms,
        artifacts,
        encrypted,
        unknown_databases: survey
            .unknown_databases
            .iter()
            .filter_map(|file| unknown(evidence, *file))
            .collect(),
        findings: evidence.findings().iter().map(|finding| finding.message.clone()).collect(),
    })
}

fn layer(layer: crate::evidence::Layer) -> IdentifiedLayer {
    IdentifiedLayer { within: layer.within, kind: layer.kind.to_string() }
}

fn artifact(survey: &Survey<'_>, id: usize, encrypted: &mut Vec<EncryptedFile>) -> Option<IdentifiedFile> {
    let matched = survey.matched.get(id)?;
    let file = survey.file(id)?;
    let mut definitions: Vec<String> = matched
        .uses
        .iter()
        .filter_map(|(index, _)| survey.definitions.get(*index))
        .map(|d| d.id.clone())
        .collect();
    definitions.dedup();
    let loaded = load(survey, id, &mut Findings::default(), &mut Vec::new()).map(|(loaded, _)| loaded);
    let state = match &loaded {
        None => "unreadable",
        Some(loaded) if loaded.main.is_empty() && !loaded.is_folder() => "empty",
        Some(loaded) => state(loaded, survey.first_source(id), &survey.asked(id)),
    };
    let closed = loaded.as_ref().and_then(|loaded| loaded.seal.closed().cloned());
    if state == "encrypted" {
        let closed = closed.unwrap_or_else(Closed::unknown);
        encrypted.push(EncryptedFile::of(&file.device_path, Some(id), closed));
    }
    let encryption = loaded.as_ref().and_then(opened);
    Some(IdentifiedFile { path: file.device_path.clone(), size: file.size, definitions, state, encryption })
}

fn opened(loaded: &Loaded) -> Option<String> {
    loaded.seal.opened().map(|unsealed| format!("{}, opened by {}", unsealed.method, unsealed.key))
}

fn state(loaded: &Loaded, source: Option<&Source>, asked: &[String]) -> &'static str {
    let readable = match source {
        None => loaded.database().is_ok(),
        Some(source) if source.container == Container::Realm => loaded.realm().is_ok(),
        Some(source) if source.container == Container::Sqlite => loaded.database().is_ok(),
        Some(source) => super::decode::document(source, &loaded.tree_bytes(), asked).is_ok(),
    };
    match (readable, loaded.seal.closed().is_some() || looks_encrypted(&loaded.main)) {
        (true, _) => "readable",
        (false, true) => "encrypted",
        (false, false) => "not of its kind",
    }
}

fn unknown(evidence: &Evidence, index: usize) -> Option<UnknownDatabase> {
    let file = evidence.files().get(index)?;
    let loaded = peek(evidence, file);
    let database = loaded.as_ref().and_then(|loaded| loaded.database().ok());
    let tables = database.iter().flat_map(|database| &database.schema().tables);
    let realm = loaded.as_ref().and_then(|loaded| loaded.realm().ok());
    let classes = realm.iter().flat_map(|realm| realm.classes()).map(|class| class.name.to_owned());
    let tables = tables.map(|table| table.name.clone()).chain(classes).take(12).collect();
    let encryption = loaded.as_ref().and_then(opened);
    Some(UnknownDatabase { path: file.device_path.clone(), size: file.size, tables, encryption })
}
