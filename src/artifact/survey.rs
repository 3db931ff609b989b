//! Which files of an evidence which definitions read: by device path, else by the tables inside.

use super::definition::{Container, Definition, Fingerprint, Source};
use super::load::{Loaded, peek};
use super::realm::RealmFile;
use crate::evidence::{Companion, Error, Evidence, Globs, Hashes, Kind, SourceFile};
use crate::parse::realm;
use crate::parse::sqlite::{Database, MAGIC};
use std::collections::BTreeMap;

/// A file that definitions read.
#[derive(Debug, Clone)]
pub struct Matched {
    /// Index into [`Evidence::files`].
    pub file: usize,
    /// (definition, source), by their indexes, ascending.
    pub uses: Vec<(usize, usize)>,
    /// Recognised by its tables, not by its path.
    pub by_content: bool,
    /// The file is a log or a journal whose database is not in the evidence.
    pub orphan: Option<Companion>,
    /// The matched file with the same device path and equal bytes: read once.
    pub same_as: Option<usize>,
}

/// Every artifact of an evidence, in the order of their device paths: the position of each is its id in the report.
#[derive(Debug)]
pub struct Survey<'e> {
    /// What is surveyed.
    pub evidence: &'e Evidence,
    /// What it is surveyed with.
    pub definitions: &'e [Definition],
    /// The artifacts.
    pub matched: Vec<Matched>,
    /// SQLite databases and Realm files that no definition reads: indexes into [`Evidence::files`].
    pub unknown_databases: Vec<usize>,
}

/// Bytes by which a file of tables is told: SQLite's begins with its magic, Realm's has its mark at byte 16.
const HEAD: usize = 24;

/// The smallest page of a database (SQLite file format, section 1.3.2); one that was cut has any size above.
const SMALLEST_PAGE: u64 = 512;

/// Matches every file of the evidence against every definition.
///
/// # Errors
/// A glob that is none (definitions are checked for that when they are read).
pub fn survey<'e>(evidence: &'e Evidence, definitions: &'e [Definition]) -> Result<Survey<'e>, Error> {
    let mut patterns = Vec::new();
    let mut owners = Vec::new();
    for (definition_index, definition) in definitions.iter().enumerate() {
        for (source_index, source) in definition.sources.iter().enumerate() {
            for pattern in source.paths.iter().filter_map(|path| pattern_for(evidence.kind(), path)) {
                patterns.push(pattern);
                owners.push((definition_index, source_index));
            }
        }
    }
    let globs = Globs::new(patterns.iter().map(String::as_str))?;
    let mut survey = Survey { evidence, definitions, matched: Vec::new(), unknown_databases: Vec::new() };
    let readers = |path: &str| -> Vec<(usize, usize)> {
        let matches = globs.matches(path).into_iter();
        let mut uses: Vec<(usize, usize)> =
            matches.filter_map(|pattern| owners.get(pattern).copied()).collect();
        uses.sort_unstable();
        uses.dedup();
        uses
    };
    for (index, file) in evidence.files().iter().enumerate() {
        survey.place(index, file, readers(&file.device_path));
        survey.place_orphan(index, file, readers);
    }
    survey.gather_folders();
    survey.mark_copies();
    Ok(survey)
}

/// A loose file has lost its folders: its name alone can be matched, where the definition tells one.
fn pattern_for(kind: Kind, path: &str) -> Option<String> {
    match (kind, path.rsplit_once('/')) {
        (Kind::File, Some((_, name))) => name.contains(|c| c != '*').then(|| format!("**/{name}")),
        _ => Some(path.to_owned()),
    }
}

impl Survey<'_> {
    fn is_sqlite(&self, (definition, source): (usize, usize)) -> bool {
        let source = self.definitions.get(definition).and_then(|known| known.sources.get(source));
        source.is_some_and(|source| source.container == Container::Sqlite)
    }

    fn place(&mut self, file: usize, source_file: &SourceFile, mut uses: Vec<(usize, usize)>) {
        // A pattern that ends in `*` fits the log of a database too, which is read with it, or alone where it is gone.
        uses.retain(|used| !is_companion(source_file) || !self.is_sqlite(*used));
        if !uses.is_empty() {
            self.matched.push(Matched { file, uses, by_content: false, orphan: None, same_as: None });
            return;
        }
        if is_companion(source_file) {
            return;
        }
        // What the examiner has a key for is looked into, whatever it seems to be.
        let has_key = self.evidence.keys_of(source_file).next().is_some();
        let is_tables = |head: &[u8]| {
            head.starts_with(MAGIC) && source_file.size >= SMALLEST_PAGE || realm::is_realm(head)
        };
        let has_tables = || self.evidence.head(source_file, HEAD).is_ok_and(|head| is_tables(&head));
        if !(has_key || has_tables()) {
            return;
        }
        let loaded = peek(self.evidence, source_file);
        let is_closed = loaded.as_ref().is_some_and(|loaded| loaded.seal.closed().is_some());
        match loaded.map(|loaded| self.recognise(&loaded)) {
            Some(Some(uses)) if !uses.is_empty() => {
                self.matched.push(Matched { file, uses, by_content: true, orphan: None, same_as: None });
            }
            // It is told among the files that look encrypted, or is another thing with a key.
            Some(None) if has_key || is_closed => {}
            _ => self.unknown_databases.push(file),
        }
    }

    /// A log or a journal at the path of a definition's database that is not there itself is read alone.
    fn place_orphan(
        &mut self,
        file: usize,
        found: &SourceFile,
        readers: impl Fn(&str) -> Vec<(usize, usize)>,
    ) {
        let paged = [Companion::Wal, Companion::Journal].into_iter();
        let path = |companion: &Companion| found.device_path.strip_suffix(companion.suffix());
        let Some((companion, path)) =
            paged.filter_map(|companion| Some((companion, path(&companion)?))).next()
        else {
            return;
        };
        if found.size == 0 || self.evidence.holds(path) {
            return;
        }
        let uses: Vec<(usize, usize)> =
            readers(path).into_iter().filter(|used| self.is_sqlite(*used)).collect();
        if !uses.is_empty() {
            let orphan = Some(companion);
            self.matched.push(Matched { file, uses, by_content: false, orphan, same_as: None });
        }
    }

    /// The sources whose fingerprint a database or a Realm file has; nothing where it is neither.
    fn recognise(&self, loaded: &Loaded) -> Option<Vec<(usize, usize)>> {
        if let Ok(database) = loaded.database() {
            let has = |fingerprint: &Fingerprint| has_fingerprint(&database, fingerprint);
            return Some(self.with_fingerprint(Container::Sqlite, &has));
        }
        let file = loaded.realm().ok()?;
        Some(self.with_fingerprint(Container::Realm, &|fingerprint| has_classes(&file, fingerprint)))
    }

    fn with_fingerprint(
        &self,
        container: Container,
        has: &dyn Fn(&Fingerprint) -> bool,
    ) -> Vec<(usize, usize)> {
        let mut uses = Vec::new();
        for (definition_index, definition) in self.definitions.iter().enumerate() {
            for (source_index, source) in definition.sources.iter().enumerate() {
                if source.container == container && source.fingerprints.iter().any(has) {
                    uses.push((definition_index, source_index));
                }
            }
        }
        uses
    }

    /// Of the files of a folder that are read together, the first stands for all: `CURRENT`, where it is there.
    fn gather_folders(&mut self) {
        let mut heads: BTreeMap<(String, String), (bool, usize)> = BTreeMap::new();
        for id in (0..self.matched.len()).filter(|id| self.is_folder(*id)) {
            let Some(file) = self.file(id) else { continue };
            let is_head = file.name() == "CURRENT";
            let head = heads.entry(folder_of(file)).or_insert((is_head, id));
            if is_head && !head.0 {
                *head = (true, id);
            }
        }
        let heads: Vec<usize> = heads.into_values().map(|(_, id)| id).collect();
        let keep: Vec<bool> =
            (0..self.matched.len()).map(|id| !self.is_folder(id) || heads.contains(&id)).collect();
        let mut keep = keep.into_iter();
        self.matched.retain(|_| keep.next().is_none_or(|kept| kept));
    }

    /// Whether an artifact is the head of a folder whose files are read together.
    pub(super) fn is_folder(&self, id: usize) -> bool {
        self.containers(id).any(Container::is_folder)
    }

    /// Whether it is a store that its app may encrypt as a whole, and that has no signature by which the evidence would tell.
    pub(super) fn may_be_sealed(&self, id: usize) -> bool {
        self.containers(id).any(|container| container == Container::Mmkv)
    }

    fn containers(&self, id: usize) -> impl Iterator<Item = Container> + '_ {
        self.sources(id).map(|source| source.container)
    }

    /// The source by which an artifact is opened.
    pub(super) fn first_source(&self, id: usize) -> Option<&Source> {
        self.sources(id).next()
    }

    fn sources(&self, id: usize) -> impl Iterator<Item = &Source> + '_ {
        let uses = self.matched.get(id).map_or(&[] as &[_], |matched| matched.uses.as_slice());
        uses.iter().filter_map(|(definition, source)| self.definitions.get(*definition)?.sources.get(*source))
    }

    /// What all definitions of an artifact ask of its protobuf fields.
    pub(super) fn asked(&self, id: usize) -> Vec<String> {
        let mut asked: Vec<String> = self.sources(id).flat_map(|source| source.asked.clone()).collect();
        asked.sort();
        asked.dedup();
        asked
    }

    /// The files that belong to an artifact by its container, beside those that belong to every database.
    pub(super) fn beside(&self, id: usize) -> Vec<&SourceFile> {
        let Some(file) = self.file(id) else { return Vec::new() };
        let is_mmkv = self.containers(id).any(|container| container == Container::Mmkv);
        if !self.is_folder(id) && !is_mmkv {
            return Vec::new();
        }
        let (folder, crc) = (folder_of(file), format!("{}.crc", file.name()));
        let belongs = |other: &&SourceFile| {
            !std::ptr::eq(*other, file)
                && folder_of(other) == folder
                && (self.is_folder(id) || is_mmkv && other.name() == crc)
        };
        let files = self.evidence.files();
        let start = files.partition_point(|other| other.device_path.as_str() < folder.0.as_str());
        let within = files.get(start..).unwrap_or(&[]).iter();
        within.take_while(|other| other.device_path.starts_with(&folder.0)).filter(belongs).collect()
    }

    /// Of files with one device path, those with equal bytes are read once.
    fn mark_copies(&mut self) {
        let mut groups: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        for (id, matched) in self.matched.iter().enumerate() {
            if let Some(file) = self.evidence.files().get(matched.file) {
                groups.entry(&file.device_path).or_default().push(id);
            }
        }
        let mut copies = Vec::new();
        for ids in groups.values().filter(|ids| ids.len() > 1) {
            let mut seen: Vec<(usize, Vec<Hashes>)> = Vec::new();
            for id in ids {
                let Some(hashes) = self.hashes(*id) else { continue };
                match seen.iter().find(|(_, known)| *known == hashes) {
                    Some((first, _)) => copies.push((*id, *first)),
                    None => seen.push((*id, hashes)),
                }
            }
        }
        for (id, first) in copies {
            if let Some(matched) = self.matched.get_mut(id) {
                matched.same_as = Some(first);
            }
        }
    }

    /// The hashes of a matched file and of what belongs to it.
    fn hashes(&self, id: usize) -> Option<Vec<Hashes>> {
        let file = self.file(id)?;
        let companions = self.evidence.companions(file).into_iter().map(|(_, companion)| companion);
        std::iter::once(file)
            .chain(companions)
            .chain(self.beside(id))
            .map(|file| Some(self.evidence.read(file).ok()?.hashes))
            .collect()
    }

    /// The source file of an artifact.
    pub fn file(&self, id: usize) -> Option<&SourceFile> {
        self.evidence.files().get(self.matched.get(id)?.file)
    }

    /// How many artifacts before this one have its device path.
    pub(super) fn copy(&self, id: usize) -> usize {
        let Some(file) = self.file(id) else { return 0 };
        let before = (0..id).rev().map_while(|other| self.file(other));
        before.take_while(|other| other.device_path == file.device_path).count()
    }

    /// The artifact that serves as another source of a definition for this one: of several the one whose path shares most with
    /// it, then the first.
    pub fn nearest(&self, id: usize, definition: usize, source: usize) -> Option<usize> {
        let path = &self.file(id)?.device_path;
        let candidates =
            self.matched.iter().enumerate().filter(|(_, matched)| {
                matched.same_as.is_none() && matched.uses.contains(&(definition, source))
            });
        let shared = |other: &str| path.split('/').zip(other.split('/')).take_while(|(a, b)| a == b).count();
        let ranked = candidates
            .filter_map(|(candidate, _)| Some((candidate, shared(&self.file(candidate)?.device_path))));
        ranked
            .max_by_key(|(candidate, shared)| (*shared, std::cmp::Reverse(*candidate)))
            .map(|(candidate, _)| candidate)
    }
}

/// The folder of a file, on the handset and in the acquisition, each with its last slash: of two copies each is its own.
fn folder_of(file: &SourceFile) -> (String, String) {
    let of = |path: &str| path.rfind('/').and_then(|at| path.get(..=at)).unwrap_or("").to_owned();
    (of(&file.device_path), of(&file.original.text))
}

pub(super) fn is_companion(file: &SourceFile) -> bool {
    Companion::ALL.iter().any(|companion| file.device_path.ends_with(companion.suffix()))
}

fn has_fingerprint(database: &Database<'_>, fingerprint: &Fingerprint) -> bool {
    !fingerprint.is_empty()
        && fingerprint.iter().all(|(name, columns)| {
            let table = super::bind::known_table(database, name);
            table.is_some_and(|table| {
                columns.iter().all(|column| super::bind::find_column(table, column).is_some())
            })
        })
}

fn has_classes(file: &RealmFile<'_>, fingerprint: &Fingerprint) -> bool {
    !fingerprint.is_empty()
        && fingerprint.iter().all(|(name, columns)| {
            let class = file.class(name);
            class.is_some_and(|class| columns.iter().all(|column| class.column(column).is_some()))
        })
}
