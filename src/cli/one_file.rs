//! One file with its log and journal, decrypted where a key opens it: what `inspect` and `formats new` look into.

use super::args::KeyOptions;
use super::{Refusal, keys, reading, refuse};
use affiant::evidence::{Companion, Content, Evidence, Seal, Secret};
use affiant::parse::sqlite::Files;
use std::path::Path;
use tempfile::TempDir;

/// A file that was read.
pub(crate) struct OneFile {
    evidence: Evidence,
    /// Its place among the files of the evidence.
    position: usize,
    /// Its bytes as they were seized.
    pub(crate) main: Content,
    companions: Vec<(Companion, Content)>,
    /// Whether it is encrypted, and what a key made of it.
    pub(crate) seal: Seal,
    /// Where what is decrypted is kept while it is read.
    _spill: TempDir,
}

impl OneFile {
    /// Reads a file. An archive is none.
    pub(crate) fn open(path: &Path, key_options: &KeyOptions) -> Result<OneFile, Refusal> {
        if !path.is_file() {
            return refuse(format!("no such file: {}", path.display()));
        }
        let spill = tempfile::tempdir()?;
        let evidence = Evidence::open(path, reading(spill.path().to_owned(), keys(key_options)?))?;
        let name = format!("/{}", evidence.base_name());
        let position = evidence.files().iter().position(|file| file.device_path == name);
        let found = position.and_then(|position| Some((position, evidence.files().get(position)?)));
        let Some((position, file)) = found else {
            return refuse("an archive is not one file: see `affiant identify`");
        };
        let main = evidence.read(file)?;
        let mut companions = Vec::new();
        for (companion, file) in evidence.companions(file) {
            companions.push((companion, evidence.read(file)?));
        }
        let seal = evidence.unseal(file, seized(&main, &companions))?;
        Ok(OneFile { evidence, position, main, companions, seal, _spill: spill })
    }

    /// Its bytes and those of its companions as they were seized.
    pub(crate) fn seized(&self) -> Files<'_> {
        seized(&self.main, &self.companions)
    }

    /// Its own name.
    pub(crate) fn name(&self) -> &str {
        self.evidence.base_name()
    }

    /// The keys that are given for it.
    pub(crate) fn secrets(&self) -> Vec<&Secret> {
        let file = self.evidence.files().get(self.position);
        file.into_iter().flat_map(|file| self.evidence.keys_of(file)).map(|key| &key.secret).collect()
    }
}

fn seized<'c>(main: &'c Content, companions: &'c [(Companion, Content)]) -> Files<'c> {
    let beside = |wanted: Companion| {
        companions.iter().find(|(companion, _)| *companion == wanted).map(|(_, content)| &**content)
    };
    Files { main, wal: beside(Companion::Wal), journal: beside(Companion::Journal) }
}
