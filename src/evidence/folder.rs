//! A folder as evidence, and one loose file with its companions. No symbolic link inside is followed: it may point
//! at the examiner's own files.

use std::{
    ffi::OsStr,
    fs::{self, FileType, Metadata},
    io::ErrorKind,
    path::{Path, PathBuf},
};

use super::{
    Companion, Error, Kind, Options, Times,
    mmap::Bytes,
    name,
    origin::Origin,
    source::{Body, Entry, Listing, Opened, Source},
};

/// Files of the examiner's file system.
pub(super) struct Folder {
    kind: Kind,
    name: Option<String>,
    paths: Vec<PathBuf>,
}

/// Every file under a folder.
pub(super) fn open(root: &Path) -> Opened {
    let mut folder = Folder { kind: Kind::Folder, name: Some(last_component(root)), paths: Vec::new() };
    let mut listing = Listing::default();
    for found in walkdir::WalkDir::new(root).min_depth(1).follow_links(false) {
        match found.and_then(|entry| Ok((entry.metadata()?, entry.into_path()))) {
            Ok((metadata, path)) => folder.add(root, path, &metadata, &mut listing),
            Err(error) => unreadable(root, &error, &mut listing),
        }
    }
    Opened { source: Box::new(folder), listing }
}

/// Some files under a folder; those that are not there are left out.
pub(super) fn open_files(root: &Path, names: &[PathBuf], kind: Kind) -> Opened {
    let mut folder = Folder { kind, name: Some(last_component(root)), paths: Vec::new() };
    let mut listing = Listing::default();
    for path in names.iter().map(|name| root.join(name)) {
        if let Ok(metadata) = fs::symlink_metadata(&path) {
            folder.add(root, path, &metadata, &mut listing);
        }
    }
    Opened { source: Box::new(folder), listing }
}

/// One file, and what SQLite keeps beside it.
pub(super) fn open_file(path: &Path, metadata: &Metadata) -> Opened {
    let mut folder = Folder { kind: Kind::File, name: Some(last_component(path)), paths: Vec::new() };
    let mut listing = Listing::default();
    let root = path.parent().unwrap_or(Path::new(""));
    folder.add(root, path.to_owned(), metadata, &mut listing);
    for companion in Companion::ALL {
        let mut beside = path.as_os_str().to_owned();
        beside.push(companion.suffix());
        let beside = PathBuf::from(beside);
        match fs::symlink_metadata(&beside) {
            Ok(metadata) => folder.add(root, beside, &metadata, &mut listing),
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            Err(error) => {
                let name = base_name(&beside);
                listing.note("companion-unreadable", &name, format!("cannot be looked up: {error}"), true);
            }
        }
    }
    Opened { source: Box::new(folder), listing }
}

impl Folder {
    fn add(&mut self, root: &Path, path: PathBuf, metadata: &Metadata, listing: &mut Listing) {
        let kind = metadata.file_type();
        if kind.is_dir() {
            return;
        }
        let named = name::of_folder(&raw(path.strip_prefix(root).unwrap_or(&path).as_os_str()));
        if let Some((code, message)) = skipped(kind) {
            listing.note(code, &named.original.text, message, false);
            return;
        }
        listing.entries.push(Entry::new(named, metadata.len(), Times::of_file(metadata.modified())));
        self.paths.push(path);
    }

    fn path(&self, entry: usize) -> Result<&Path, Error> {
        let path = self.paths.get(entry).map(PathBuf::as_path);
        path.ok_or_else(|| Error::foreign(entry))
    }
}

/// `.` and `..` have no last component; the folder that they stand for has.
pub(super) fn last_component(path: &Path) -> String {
    let named = match path.file_name() {
        Some(_) => path.to_owned(),
        None => fs::canonicalize(path).unwrap_or_else(|_| PathBuf::from(path)),
    };
    named.file_name().unwrap_or(named.as_os_str()).to_string_lossy().into_owned()
}

fn base_name(path: &Path) -> String {
    name::of_folder(&raw(path.file_name().unwrap_or(path.as_os_str()))).original.text
}

fn skipped(kind: FileType) -> Option<(&'static str, String)> {
    if kind.is_symlink() {
        return Some(("symlink-not-followed", "a symbolic link, not followed".to_owned()));
    }
    (!kind.is_file()).then(|| ("special-file", "a pipe, socket or device, not read".to_owned()))
}

fn unreadable(root: &Path, error: &walkdir::Error, listing: &mut Listing) {
    let path = error.path().unwrap_or(root);
    let name = name::of_folder(&raw(path.strip_prefix(root).unwrap_or(path).as_os_str())).original.text;
    // walkdir's own text repeats the path of this machine.
    let reason = error.io_error().map_or_else(|| "a loop of folders".to_owned(), ToString::to_string);
    listing.note("entry-unreadable", &name, format!("cannot be listed: {reason}"), true);
}

#[cfg(unix)]
fn raw(name: &OsStr) -> Vec<u8> {
    std::os::unix::ffi::OsStrExt::as_bytes(name).to_vec()
}

#[cfg(not(unix))]
fn raw(name: &OsStr) -> Vec<u8> {
    name.to_string_lossy().replace('\\', "/").into_bytes()
}

impl Source for Folder {
    fn kind(&self) -> Kind {
        self.kind
    }

    fn base_name(&self) -> Option<String> {
        self.name.clone()
    }

    fn container(&self) -> &[PathBuf] {
        match self.kind {
            Kind::File => self.paths.get(..1).unwrap_or_default(),
            _ => &[],
        }
    }

    fn origin(&self, entry: usize, _options: &Options) -> Result<Origin, Error> {
        Origin::of_path(self.path(entry)?)
    }

    fn body(&self, entry: usize) -> Result<Body<'_>, Error> {
        Ok(Body::Whole(Bytes::of_path(self.path(entry)?)?, None))
    }
}
