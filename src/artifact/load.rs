//! The bytes of an artifact and of what lies beside it.

use super::coverage::{CompanionEntry, FileEntry, HashText};
use super::decode::TreeBytes;
use super::realm::RealmFile;
use super::survey::Survey;
use crate::evidence::{Companion, Content, Evidence, Hashes, Seal, Secret, SourceFile};
use crate::parse::Error;
use crate::parse::sqlite::{Database, Files};
use crate::record::{Finding, Findings};

/// An artifact's bytes, with its companions.
#[derive(Debug)]
pub(super) struct Loaded {
    pub(super) id: usize,
    /// The file itself; of an orphan the log or journal that it is.
    pub(super) main: Content,
    wal: Option<Content>,
    journal: Option<Content>,
    orphan: Option<Companion>,
    /// Of a tree: what lies beside it and belongs to it, by name.
    beside: Vec<(String, Content)>,
    /// Of a store that its app may encrypt: the keys for it.
    secrets: Vec<Secret>,
    /// Its name, where it is one of the files of a folder that are read together.
    in_folder: Option<String>,
    /// Whether it is encrypted, and what a key made of it.
    pub(super) seal: Seal,
}

/// The hashes of a file, for comparing at the end of the run: index into the evidence's files.
pub(super) type Sealed = (usize, Hashes);

impl Loaded {
    /// The bytes to read: decrypted where they were encrypted.
    pub(super) fn files(&self) -> Files<'_> {
        self.seal.files(self.seized())
    }

    /// The bytes as they were seized.
    pub(super) fn seized(&self) -> Files<'_> {
        let (wal, journal) = (self.wal.as_deref(), self.journal.as_deref());
        match self.orphan {
            Some(Companion::Wal) => Files { main: &[], wal: Some(&self.main), journal },
            Some(_) => Files { main: &[], wal, journal: Some(&self.main) },
            None => Files { main: &self.main, wal, journal },
        }
    }

    /// As the readers of trees take them.
    pub(super) fn tree_bytes(&self) -> TreeBytes<'_> {
        let own = self.in_folder.iter().map(|name| (name.as_str(), &*self.main));
        let others = self.beside.iter().map(|(name, content)| (name.as_str(), &**content));
        TreeBytes { main: &self.main, beside: own.chain(others).collect(), secrets: &self.secrets }
    }

    /// Whether the files of a folder are read together.
    pub(super) fn is_folder(&self) -> bool {
        self.in_folder.is_some()
    }

    /// The bytes of the file that provenance names as `source`.
    pub(super) fn source(&self, source: &str) -> Option<&[u8]> {
        match source {
            "main" => Some(self.files().main),
            "wal" => self.files().wal,
            "journal" => self.files().journal,
            name if self.in_folder.as_deref() == Some(name) => Some(&self.main),
            name => self.beside.iter().find(|(known, _)| known == name).map(|(_, content)| &**content),
        }
    }

    /// The database that it is.
    ///
    /// # Errors
    /// As [`Database::open`]; a file that no key opens is none.
    pub(super) fn database(&self) -> Result<Database<'_>, Error> {
        match self.seal {
            Seal::Closed(_) => {
                Err(Error::WrongKind { expected: "a SQLite database", found: "encrypted bytes".to_owned() })
            }
            Seal::None | Seal::Opened(_) => self.seal.database(self.seized()),
        }
    }

    /// The Realm file that it is.
    ///
    /// # Errors
    /// As [`RealmFile::open`]; a file that no key opens is none.
    pub(super) fn realm(&self) -> Result<RealmFile<'_>, Error> {
        match self.seal {
            Seal::Closed(_) => {
                Err(Error::WrongKind { expected: "a Realm file", found: "encrypted bytes".to_owned() })
            }
            Seal::None | Seal::Opened(_) => RealmFile::open(self.files().main),
        }
    }
}

/// Reads a file with its log and journal, for a look at what it is; nothing where it cannot be read.
pub(super) fn peek(evidence: &Evidence, file: &SourceFile) -> Option<Loaded> {
    let main = evidence.read(file).ok()?;
    let companions = evidence.companions(file);
    let beside = |wanted: Companion| {
        let (_, file) = companions.iter().find(|(companion, _)| *companion == wanted)?;
        evidence.read(file).ok()
    };
    let (wal, journal) = (beside(Companion::Wal), beside(Companion::Journal));
    let mut loaded = Loaded {
        id: usize::MAX,
        main,
        wal,
        journal,
        orphan: None,
        seal: Seal::None,
        beside: Vec::new(),
        secrets: Vec::new(),
        in_folder: None,
    };
    loaded.seal = evidence.unseal(file, loaded.seized()).ok()?;
    Some(loaded)
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
        beside.extend(content.map(|content| (companion_file.name().to_owned(), content)));
    }
    let in_folder = survey.is_folder(id).then(|| file.name().to_owned());
    let secrets = match survey.may_be_sealed(id) {
        true => evidence.keys_of(file).map(|key| key.secret.clone()).collect(),
        false => Vec::new(),
    };
    let orphan = survey.matched.get(id)?.orphan;
    let mut loaded = Loaded { id, main, wal, journal, orphan, beside, secrets, in_folder, seal: Seal::None };
    match evidence.unseal(file, loaded.seized()) {
        Ok(seal) => loaded.seal = seal,
        Err(error) => findings.push(Finding {
            code: "file-not-readable".to_owned(),
            loss: true,
            message: error.to_string(),
            file: Some(id),
            path: Some(file.device_path.clone()),
            ..Finding::default()
        }),
    }
    Some((loaded, entries))
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
        within: file.within().to_vec(),
        original_bytes: file.original.bytes.as_ref().map(hex::encode),
        size: file.size,
        hashes: None,
        container: container.unwrap_or(""),
        encryption: None,
        definitions,
        recognised_by_content: matched.by_content,
        same_as: matched.same_as,
        unread_tables: Vec::new(),
        companions: Vec::new(),
        times: (&file.times).into(),
    })
}
