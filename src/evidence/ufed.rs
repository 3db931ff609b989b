//! `.ufd` and `.ufdx` beside a dump: which files are the extraction, and what hashes the tool recorded of them.
//!
//! The hashes are checked while a report is made (`Evidence::recorded`), not when the evidence is opened: it is one
//! more pass over gigabytes. One that differs is a loss: the dump is not what the tool wrote.

use std::{
    collections::HashMap,
    fs,
    path::{Path, PathBuf},
    sync::Arc,
};

use super::{
    Error, Finding, Hashes, Kind, Options, content, folder,
    hash::Hasher,
    name,
    origin::Origin,
    path::Roots,
    source::{Listing, Opened},
};
use crate::parse::ufed::{Ufd, ufd, ufdx_extractions};

/// Bytes of a `.ufd` or a `.ufdx`, and how many of them are looked at.
const MOST: u64 = 1 << 20;
const FILES: usize = 1000;

/// A hash that a tool recorded of a file.
pub(super) struct Recorded {
    /// The `.ufd`.
    by: String,
    /// The file, as the `.ufd` names it.
    file: String,
    algorithm: &'static str,
    digest: Vec<u8>,
    origin: Origin,
}

impl Recorded {
    /// Holds the file against the hash. `container` are the hashes of the container, where they were computed already.
    pub(super) fn check(&self, container: Option<(&Path, &Hashes)>) -> Result<Finding, Error> {
        let known =
            container.filter(|(path, _)| self.origin.is_whole(path)).and_then(|(_, hashes)| self.of(hashes));
        let found = match known {
            Some(found) => found,
            None => {
                let (spill_dir, keys) = (PathBuf::new(), Arc::default());
                let options = Options { md5: true, sha1: true, spill_dir, keys };
                let mut hasher =
                    if self.algorithm == "sha256" { Hasher::sha256_only() } else { Hasher::new(&options) };
                hasher.update(&self.origin.again()?);
                self.of(&hasher.finish()).unwrap_or_default()
            }
        };
        let (by, kind, claimed) = (&self.by, self.algorithm, hex::encode(&self.digest));
        let path = Some(self.file.clone());
        Ok(match found == self.digest {
            true => {
                let message = format!("its {kind} is the one that {by:?} records: {claimed}");
                Finding { code: "recorded-hash-holds", message, path, offset: None, loss: false }
            }
            false => {
                let found = hex::encode(found);
                let message = format!(
                    "{by:?} records the {kind} {claimed}, its bytes have {found}: it is not what the tool wrote"
                );
                Finding { code: "recorded-hash-differs", message, path, offset: None, loss: true }
            }
        })
    }

    fn of(&self, hashes: &Hashes) -> Option<Vec<u8>> {
        match self.algorithm {
            "md5" => hashes.md5.map(Vec::from),
            "sha1" => hashes.sha1.map(Vec::from),
            _ => Some(hashes.sha256.into()),
        }
    }
}

/// Reads the `.ufd` files of a listing. Gives the entries that are dumps; the recorded hashes go into the listing.
pub(super) fn over(opened: &mut Opened, options: &Options) -> Vec<usize> {
    let Opened { source, listing } = opened;
    let is_ufd = |name: &str| name.len() > 4 && name.to_ascii_lowercase().ends_with(".ufd");
    let entries = listing.entries.iter().enumerate();
    let ufds: Vec<usize> =
        entries.filter(|(_, entry)| is_ufd(&entry.named.relative)).map(|(at, _)| at).collect();
    if ufds.is_empty() {
        return Vec::new();
    }
    let names: Vec<String> = listing.entries.iter().map(|entry| entry.named.relative.clone()).collect();
    let roots = Roots::of(names.iter().map(String::as_str));
    let by_name: HashMap<&str, usize> =
        names.iter().enumerate().map(|(at, name)| (name.as_str(), at)).collect();
    let mut dumps = Vec::new();
    for position in ufds.into_iter().take(FILES) {
        let Some(name) = names.get(position).filter(|name| !roots.holds(name)) else { continue };
        let head = source.body(position).map(|body| content::head(body, MOST as usize));
        let Some(read) = head.ok().as_deref().and_then(ufd) else { continue };
        let folder = name.rfind('/').map_or("", |at| name.get(..at).unwrap_or_default());
        let at = |file: &str| {
            by_name.get(name::of_folder(format!("{folder}/{file}").as_bytes()).relative.as_str())
        };
        dumps.extend(read.dumps.iter().filter_map(|file| at(file).copied()));
        told(name, &read, &|file| at(file).is_some(), listing);
        for (file, algorithm, digest) in read.digests {
            let Some(target) = at(&file) else { continue };
            match source.origin(*target, options) {
                Ok(origin) => {
                    listing.recorded.push(Recorded { by: name.clone(), file, algorithm, digest, origin })
                }
                Err(error) => listing.note("recorded-hash-unchecked", &file, error.to_string(), true),
            }
        }
    }
    dumps.sort_unstable();
    dumps.dedup();
    dumps
}

/// What a `.ufd` names and is not there, and what it says that is no hash.
fn told(by: &str, read: &Ufd, is_there: &dyn Fn(&str) -> bool, listing: &mut Listing) {
    let recorded = read.digests.iter().map(|(file, ..)| file);
    let mut missing: Vec<&String> =
        read.dumps.iter().chain(recorded).filter(|file| !is_there(file)).collect();
    missing.sort();
    missing.dedup();
    for file in missing {
        listing.note(
            "ufd-file-missing",
            file,
            format!("{by:?} names it as a file of the extraction; it is not there"),
            true,
        );
    }
    if read.malformed > 0 {
        let message = format!("{} of its recorded hashes are no hashes", read.malformed);
        listing.note("ufd-malformed", by, message, false);
    }
}

/// What a `.ufd` beside a container that is one file records of it.
pub(super) fn beside(path: &Path, origin: &Origin) -> Vec<Recorded> {
    let (Some(folder), Some(file)) = (path.parent(), path.file_name().and_then(|name| name.to_str())) else {
        return Vec::new();
    };
    let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    // A folder that cannot be listed has no `.ufd` that could be read.
    let entries = fs::read_dir(folder).into_iter().flatten().filter_map(|entry| Some(entry.ok()?.path()));
    let is_ufd = |path: &PathBuf| path.extension().is_some_and(|end| end.eq_ignore_ascii_case("ufd"));
    let mut ufds: Vec<PathBuf> = entries.filter(is_ufd).take(FILES).collect();
    ufds.sort();
    let mut recorded = Vec::new();
    for beside in ufds {
        let Some(read) = small(&beside).as_deref().and_then(ufd) else { continue };
        let by = beside.file_name().unwrap_or_default().to_string_lossy().into_owned();
        for (file, algorithm, digest) in read.digests.into_iter().filter(|(named, ..)| named == file) {
            recorded.push(Recorded { by: by.clone(), file, algorithm, digest, origin: origin.clone() });
        }
    }
    recorded
}

fn small(path: &Path) -> Option<Vec<u8>> {
    fs::metadata(path).ok().filter(|found| found.is_file() && found.len() <= MOST)?;
    Origin::of_path(path).ok().map(|origin| origin.bytes().to_vec())
}

/// A `.ufd` or a `.ufdx` that was itself given as evidence: it, and the files that it names, under their folder.
pub(super) fn named_by(path: &Path, bytes: &[u8]) -> Option<Opened> {
    let root = path.parent().unwrap_or(Path::new(""));
    let own = PathBuf::from(path.file_name()?);
    let mut files = vec![own.clone()];
    let ufds = match ufd(bytes) {
        Some(_) => vec![own],
        None => ufdx_extractions(bytes)?.into_iter().take(FILES).map(|name| inside(&name)).collect(),
    };
    for name in ufds {
        let folder = name.parent().unwrap_or(Path::new("")).to_owned();
        files.push(name.clone());
        let Some(read) = small(&root.join(&name)).as_deref().and_then(ufd) else { continue };
        let recorded = read.digests.iter().map(|(file, ..)| file);
        files.extend(read.dumps.iter().chain(recorded).map(|file| folder.join(inside(file))));
    }
    files.sort();
    files.dedup();
    Some(folder::open_files(root, &files, Kind::Ufed))
}

/// A name that stays in its folder, whatever it says.
fn inside(name: &str) -> PathBuf {
    PathBuf::from(name::of_folder(name.as_bytes()).relative)
}
