//! Opening an acquisition: its kind by its content, its files in one order for all runs.

use std::{
    collections::HashMap,
    fs,
    io::ErrorKind,
    path::{Path, PathBuf},
    sync::Mutex,
};

use super::{
    Companion, Content, Error, Finding, Hashes, Kind, Options, SourceFile, content,
    error::Findings,
    folder,
    hash::Hasher,
    mmap::Bytes,
    path::Roots,
    source::{Entry, Listing, Source},
    zip,
};
use crate::parse::{self, sqlcipher::Unlocked};

/// One acquisition of one handset, opened read-only.
pub struct Evidence {
    base_name: String,
    pub(super) options: Options,
    source: Box<dyn Source>,
    files: Vec<SourceFile>,
    findings: Vec<Finding>,
    total_bytes: u64,
    /// Of databases that were tried: the derived keys, and which key of the file it was.
    pub(super) unlocked: Mutex<HashMap<usize, Option<(Unlocked, usize)>>>,
}

impl Evidence {
    /// Opens a folder, a zip archive or one loose file; which of them it is, its content says.
    ///
    /// # Errors
    /// [`Error`] where there is nothing to read, or the container cannot be listed at all. Everything less is one of
    /// [`Evidence::findings`].
    pub fn open(path: &Path, options: Options) -> Result<Evidence, Error> {
        let (source, listing) = source(path)?;
        let Listing { entries, mut findings } = listing;
        let files = files(entries);
        repeated(&files, &mut findings);
        let sizes = files.iter().fold(0_u64, |sum, file| sum.saturating_add(file.size));
        let total_bytes = match source.kind() {
            Kind::Folder => sizes,
            Kind::Zip | Kind::File => metadata(path)?.len(),
        };
        let findings = findings.into_sorted();
        Ok(Evidence {
            base_name: base_name(path),
            options,
            source,
            files,
            findings,
            total_bytes,
            unlocked: Mutex::default(),
        })
    }

    /// What was given.
    #[must_use]
    pub fn kind(&self) -> Kind {
        self.source.kind()
    }

    /// The last component of the path that was given.
    #[must_use]
    pub fn base_name(&self) -> &str {
        &self.base_name
    }

    /// Every file, by device path, then by original name.
    #[must_use]
    pub fn files(&self) -> &[SourceFile] {
        &self.files
    }

    /// Bytes of a container that is one file, else the sum of the sizes of the files.
    #[must_use]
    pub fn total_bytes(&self) -> u64 {
        self.total_bytes
    }

    /// The hashes of a container that is one file; none for a folder. Reads all of it.
    ///
    /// # Errors
    /// [`Error`] where the file can no longer be read.
    pub fn container_hashes(&self) -> Result<Option<Hashes>, Error> {
        let Some(path) = self.source.container() else { return Ok(None) };
        let mut hasher = Hasher::new(&self.options);
        hasher.update(&Bytes::of_path(path)?);
        Ok(Some(hasher.finish()))
    }

    /// The bytes of a file and their hashes, computed in the same pass. Damage inside the container is in
    /// [`Content::findings`], beside the bytes that could be had.
    ///
    /// # Errors
    /// [`Error`] where no byte can be had: the file cannot be opened, the member is encrypted or compressed by a
    /// method that is not supported, or has no header at its place.
    pub fn read(&self, file: &SourceFile) -> Result<Content, Error> {
        let mut content = content::read(self.source.body(file.entry)?, &file.original.text, &self.options)?;
        content.findings.extend(self.source.oddities(file.entry));
        Ok(content)
    }

    /// The first bytes of a file, fewer where it is shorter; no more of it is decompressed than needed.
    ///
    /// # Errors
    /// As [`Evidence::read`].
    pub fn head(&self, file: &SourceFile, length: usize) -> Result<Vec<u8>, Error> {
        Ok(content::head(self.source.body(file.entry)?, length))
    }

    /// What SQLite keeps beside a database: the regular files with exactly its name and the suffix of a companion, in
    /// the same folder of the acquisition. A copy whose database lies elsewhere belongs to that.
    #[must_use]
    pub fn companions(&self, file: &SourceFile) -> Vec<(Companion, &SourceFile)> {
        let beside = |companion| self.beside(file, companion).map(|found| (companion, found));
        Companion::ALL.into_iter().filter_map(beside).collect()
    }

    /// Whether a file still has the SHA-256 that it was read with: the file or the container is opened anew. A file that
    /// is gone has not.
    ///
    /// # Errors
    /// [`Error`] where it cannot be read for another reason.
    pub fn unchanged(&self, file: &SourceFile, hashes: &Hashes) -> Result<bool, Error> {
        let is_gone = |error: &Error| matches!(error, Error::Unreadable { cause, .. } if cause.kind() == ErrorKind::NotFound);
        match self.source.sha256_now(file.entry) {
            Ok(sha256) => Ok(sha256 == hashes.sha256),
            Err(error) if is_gone(&error) => Ok(false),
            // The member was read once, so its header was at its place then.
            Err(Error::Changed { .. } | Error::Member { .. }) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// What is odd or unreadable about the acquisition as a whole.
    #[must_use]
    pub fn findings(&self) -> &[Finding] {
        &self.findings
    }

    fn beside(&self, file: &SourceFile, companion: Companion) -> Option<&SourceFile> {
        let name = format!("{}{}", file.original.text, companion.suffix());
        let same = self.at(&format!("{}{}", file.device_path, companion.suffix()));
        let mut candidates = same.iter().filter(|found| found.original.text == name);
        // The archive has the name twice: the second database goes with the second companion.
        let twin = self.at(&file.device_path).iter().filter(|twin| twin.original.text == file.original.text);
        let number = twin.take_while(|twin| twin.entry != file.entry).count();
        let last = candidates.clone().next_back();
        candidates.nth(number).or(last)
    }

    /// All files with a device path.
    fn at(&self, device_path: &str) -> &[SourceFile] {
        let start = self.files.partition_point(|file| file.device_path.as_str() < device_path);
        let tail = self.files.get(start..).unwrap_or_default();
        let count = tail.partition_point(|file| file.device_path == device_path);
        tail.get(..count).unwrap_or_default()
    }
}

impl std::fmt::Debug for Evidence {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut shown = formatter.debug_struct("Evidence");
        shown
            .field("base_name", &self.base_name)
            .field("kind", &self.kind())
            .field("files", &self.files.len());
        shown.finish_non_exhaustive()
    }
}

fn source(path: &Path) -> Result<(Box<dyn Source>, Listing), Error> {
    let found = metadata(path)?;
    if found.is_dir() {
        fs::read_dir(path).map_err(|cause| Error::Unreadable { path: path.to_owned(), cause })?;
        let (source, listing) = folder::open(path);
        return Ok((Box::new(source), listing));
    }
    if !found.is_file() {
        return Err(Error::NotAFile { path: path.to_owned() });
    }
    let bytes = Bytes::of_path(path)?;
    if parse::zip::is_zip(&bytes) {
        let (source, listing) = zip::open(path, bytes)?;
        return Ok((Box::new(source), listing));
    }
    let (source, listing) = folder::open_file(path, &found);
    Ok((Box::new(source), listing))
}

/// The path itself may be a link: the examiner gave it.
fn metadata(path: &Path) -> Result<fs::Metadata, Error> {
    fs::metadata(path).map_err(|cause| match cause.kind() {
        ErrorKind::NotFound => Error::NotFound { path: path.to_owned() },
        _ => Error::Unreadable { path: path.to_owned(), cause },
    })
}

/// `.` and `..` have no last component; the folder that they stand for has.
fn base_name(path: &Path) -> String {
    let named = match path.file_name() {
        Some(_) => path.to_owned(),
        None => fs::canonicalize(path).unwrap_or_else(|_| PathBuf::from(path)),
    };
    named.file_name().unwrap_or(named.as_os_str()).to_string_lossy().into_owned()
}

fn files(entries: Vec<Entry>) -> Vec<SourceFile> {
    let roots = Roots::of(entries.iter().map(|entry| entry.named.relative.as_str()));
    let file = |(position, entry): (usize, Entry)| SourceFile {
        device_path: roots.device_path(&entry.named.relative),
        original: entry.named.original,
        size: entry.size,
        times: entry.times,
        same_path_as: None,
        entry: position,
    };
    let mut files: Vec<SourceFile> = entries.into_iter().enumerate().map(file).collect();
    files.sort_unstable_by(|one, other| key(one).cmp(&key(other)));
    link(&mut files);
    files
}

fn key(file: &SourceFile) -> (&str, &super::OriginalName, usize) {
    (&file.device_path, &file.original, file.entry)
}

/// Points every file at the first one with its device path.
fn link(files: &mut [SourceFile]) {
    let mut first = 0;
    for index in 1..files.len() {
        let [one, other] = [first, index].map(|at| files.get(at).map(|file| file.device_path.as_str()));
        match one == other {
            true => files.get_mut(index).into_iter().for_each(|file| file.same_path_as = Some(first)),
            false => first = index,
        }
    }
}

/// A name twice in one archive is a finding for each; copies through aliases are usual and counted.
fn repeated(files: &[SourceFile], findings: &mut Findings) {
    let mut aliased = 0_u64;
    for (before, file) in files.iter().zip(files.iter().skip(1)) {
        if file.same_path_as.is_none() {
            continue;
        }
        if before.original != file.original {
            aliased += 1;
            continue;
        }
        let message = "the acquisition has this name more than once; each is read".to_owned();
        let path = Some(file.original.text.clone());
        findings.push(Finding { code: "duplicate-name", message, path, offset: None, loss: false });
    }
    if aliased > 0 {
        let message = format!(
            "{aliased} files have the device path of another file (aliases of one folder, or several roots)"
        );
        findings.push(Finding { code: "same-device-path", message, path: None, offset: None, loss: false });
    }
}
