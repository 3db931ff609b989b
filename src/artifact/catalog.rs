//! The definitions of a run: those compiled in, and those of a folder that the examiner gives.

use super::definition::Definition;
use super::faults::Fault;
use super::read::definition;
use std::path::Path;

include!(concat!(env!("OUT_DIR"), "/formats.rs"));

/// All definitions, sorted by id.
#[derive(Debug, Clone)]
pub struct Catalog {
    definitions: Vec<Definition>,
}

impl Catalog {
    /// The definitions that are compiled in.
    ///
    /// # Errors
    /// The faults of all of them; the tests keep this from happening in a release.
    pub fn compiled_in() -> Result<Self, Vec<Fault>> {
        Self::of(FORMATS.iter().map(|(file, text)| ((*file).to_owned(), (*text).to_owned())))
    }

    /// One definition, from its text.
    ///
    /// # Errors
    /// Its faults.
    pub fn single(file: &str, text: &str) -> Result<Self, Vec<Fault>> {
        Self::of([(file.to_owned(), text.to_owned())])
    }

    /// The same with the `*.toml` files of a folder added; one with the id of a known definition takes its place.
    ///
    /// # Errors
    /// The faults of the files, or that the folder cannot be read.
    pub fn with_folder(self, folder: &Path) -> Result<Self, Vec<Fault>> {
        let mut files = Vec::new();
        for entry in walkdir::WalkDir::new(folder).sort_by_file_name() {
            let entry = entry.map_err(|error| vec![unreadable(folder, &error)])?;
            if entry.path().extension().is_some_and(|extension| extension == "toml") {
                let text =
                    std::fs::read_to_string(entry.path()).map_err(|e| vec![unreadable(entry.path(), &e)])?;
                files.push((entry.path().display().to_string(), text));
            }
        }
        let added = Self::of(files)?;
        let mut definitions = self.definitions;
        definitions.retain(|known| added.definitions.iter().all(|new| new.id != known.id));
        definitions.extend(added.definitions);
        Ok(Self::sorted(definitions))
    }

    /// Only the definitions whose id is one of these, or begins with one of them and a dot.
    ///
    /// # Errors
    /// The first name that no definition has, with the nearest one that exists.
    pub fn only(mut self, names: &[String]) -> Result<Self, String> {
        if names.is_empty() {
            return Ok(self);
        }
        let fits = |id: &str, name: &String| {
            id == name || id.strip_prefix(name.as_str()).is_some_and(|r| r.starts_with('.'))
        };
        for name in names {
            if !self.definitions.iter().any(|known| fits(&known.id, name)) {
                return Err(self.suggestion(name));
            }
        }
        self.definitions.retain(|known| names.iter().any(|name| fits(&known.id, name)));
        Ok(self)
    }

    /// The definition of this id.
    ///
    /// # Errors
    /// That there is none, with the nearest one that exists.
    pub fn get(&self, id: &str) -> Result<&Definition, String> {
        self.definitions.iter().find(|known| known.id == id).ok_or_else(|| self.suggestion(id))
    }

    fn suggestion(&self, name: &str) -> String {
        let distance = |known: &&Definition| strsim::damerau_levenshtein(name, &known.id);
        let nearest = self.definitions.iter().min_by_key(distance).map_or("", |known| &known.id);
        format!("no definition `{name}`; did you mean `{nearest}`?")
    }

    /// All of them.
    pub fn definitions(&self) -> &[Definition] {
        &self.definitions
    }

    fn of(files: impl IntoIterator<Item = (String, String)>) -> Result<Self, Vec<Fault>> {
        let (mut definitions, mut faults) = (Vec::new(), Vec::new());
        for (file, text) in files {
            match definition(&file, &text) {
                Ok(read) if definitions.iter().any(|known: &Definition| known.id == read.id) => {
                    let message = format!("`{}` is the id of another definition beside it", read.id);
                    faults.push(Fault { file, place: "id".to_owned(), message });
                }
                Ok(read) => definitions.push(read),
                Err(found) => faults.extend(found),
            }
        }
        if faults.is_empty() { Ok(Self::sorted(definitions)) } else { Err(faults) }
    }

    fn sorted(mut definitions: Vec<Definition>) -> Self {
        definitions.sort_by(|a, b| a.id.cmp(&b.id));
        Catalog { definitions }
    }
}

fn unreadable(path: &Path, error: &dyn std::fmt::Display) -> Fault {
    Fault { file: path.display().to_string(), place: "file".to_owned(), message: error.to_string() }
}
