//! The bytes of an artifact and of what lies beside it.

use super::coverage::{CompanionEntry, FileEntry, HashText};
use super::decode::TreeBytes;
use super::survey::Survey;
use crate::evidence::{Companion, Content, Evidence, Hashes, SourceFile};
use crate::parse::sqlite::Files;
use crate::record::{Finding, Findings};

/// An artifact's bytes, with its companions.
#[derive(Debug)]
pub(super) struct Loaded {
    pub(super) id: usize,
    pub(super) main: Content,
    wal: Option<Content>,
    journal: Option<Content>,
    /// Of a tree: what lies beside it and belongs to it, by name.
    beside: Vec<(String, Content)>,
    /// Its name, where it is one of the files of a folder that are read together.
    in_folder: Option<String>,
}

/// The hashes of a file, for comparing at the end of the run: index into the evidence's files.
pub(super) type Sealed = (usize, Hashes);

impl Loaded {
    /// As the SQLite reader takes them.
    pub(super) fn files(&self) -> Files<'_> {
        Files { main: &self.main, wal: self.wal.as_deref(), journal: self.journal.as_deref() }
    }

    /// As the readers of trees take them.
    pub(super) fn tree_bytes(&self) -> TreeBytes<'_> {
        let own = self.in_folder.iter().map(|name| (name.as_str(), &*self.main));
        let others = self.beside.iter().map(|(name, content)| (name.as_str(), &**content));
        TreeBytes { main: &self.main, beside: own.chain(others).collect() }
    }

    /// Whether the files of a folder are read together.
    pub(super) fn is_folder(&self) -> bool {
        self.in_folder.is_some()
    }

    /// The bytes of the file that provenance names as `source`.
    pub(super) fn source(&self, source: &str) -> Option<&[u8]> {
        match source {
            "main" => Some(&self.main),
            "wal" => self.wal.as_deref(),
            "journal" => self.journal.as_deref(),
            name if self.in_folder.as_deref() == Some(name) => Some(&self.main),
            name => self.beside.iter().find(|(known, _)| known == name).map(|(_, content)| &**content),
        }
    }
}

/// Reads an artifact; what cannot be read is a finding.
pub(super) fn load(
    survey: &Survey<'_>,
    id: usize,
    findings: &mut Findings,
    sealed: &mut Vec<Sealed>,
) -> Option<(Loaded, Vec<CompanionEntry>)> {
    let evidence = survey.evidence;
    let file = survey.file(id)?;
    let main = read(evidence, file, id, (findings, sealed))?;
    let (mut wal, mut journal, mut entries) = (None, None, Vec::new());
    for (companion, companion_file) in evidence.companions(file) {
        if companion == Companion::Shm {
            continue;
        }
        let content = read(evidence, companion_file, id, (findings, sealed));
        entries.push(entry(companion_file, content.as_ref()));
        match companion {
            Companion::Wal => wal = content,
            _ => journal = content,
        }
    }
    let mut beside = Vec::new();
    for companion_file in survey.beside(id) {
        let content = read(evidence, companion_file, id, (findings, sealed));
        entries.push(entry(companion_file, content.as_ref()));
        let name = companion_file.device_path.rsplit('/').next().unwrap_or("").to_owned();
        beside.extend(content.map(|content| (name, content)));
    }
    let name = file.device_path.rsplit('/').next().unwrap_or("").to_owned();
    let in_folder = survey.is_folder(id).then_some(name);
    Some((Loaded { id, main, wal, journal, beside, in_folder }, entries))
}

fn entry(file: &SourceFile, content: Option<&Content>) -> CompanionEntry {
    CompanionEntry {
        path: file.device_path.clone(),
        size: content.map_or(file.size, |content| content.len() as u64),
        hashes: content.map(|content| HashText::from(&content.hashes)),
    }
}

fn read(
    evidence: &Evidence,
    file: &SourceFile,
    id: usize,
    (findings, sealed): (&mut Findings, &mut Vec<Sealed>),
) -> Option<Content> {
    let path = Some(file.device_path.clone());
    match evidence.read(file) {
        Ok(content) => {
            for found in &content.findings {
                findings.push(Finding {
                    code: found.code.to_owned(),
                    loss: found.loss,
                    message: found.message.clone(),
                    file: Some(id),
                    path: path.clone(),
                    offset: found.offset,
                    ..Finding::default()
                });
            }
            sealed.extend(position(evidence, file).map(|position| (position, content.hashes)));
            Some(content)
        }
        Err(error) => {
            findings.push(Finding {
                code: "file-not-readable".to_owned(),
                loss: true,
                message: error.to_string(),
                file: Some(id),
                path,
                ..Finding::default()
            });
            None
        }
    }
}

/// The index of a file of the evidence, whose files are sorted by device path.
fn position(evidence: &Evidence, file: &SourceFile) -> Option<usize> {
    let files = evidence.files();
    let start = files.partition_point(|known| known.device_path < file.device_path);
    let within = files.get(start..)?.iter().position(|known| std::ptr::eq(known, file))?;
    Some(start + within)
}

/// The entry of an artifact under `files`.
pub(super) fn file_entry(survey: &Survey<'_>, id: usize) -> Option<FileEntry> {
    let matched = survey.matched.get(id)?;
    let file = survey.file(id)?;
    let definition = |(index, _): &(usize, usize)| survey.definitions.get(*index).map(|d| d.id.clone());
    let mut definitions: Vec<String> = matched.uses.iter().filter_map(definition).collect();
    definitions.dedup();
    let container = matched.uses.first().and_then(|(definition, source)| {
        survey.definitions.get(*definition)?.sources.get(*source).map(|source| source.container.name())
    });
    Some(FileEntry {
        id,
        path: file.device_path.clone(),
        original: file.original.text.clone(),
        original_bytes: file.original.bytes.as_ref().map(hex::encode),
        size: file.size,
        hashes: None,
        container: container.unwrap_or(""),
        definitions,
        recognised_by_content: matched.by_content,
        same_as: matched.same_as,
        unread_tables: Vec::new(),
        companions: Vec::new(),
        times: (&file.times).into(),
    })
}
