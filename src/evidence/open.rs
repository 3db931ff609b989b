//! Opening an acquisition: its kind by its content, its files in one order for all runs.

use std::{collections::HashMap, fs, io::ErrorKind, path::Path, sync::Mutex};

use super::{
    Companion, Content, Error, Finding, Hashes, Kind, Layer, Options, SourceFile,
    closed::Closed,
    content,
    error::Findings,
    folder,
    hash::Hasher,
    image, layer,
    mmap::Bytes,
    origin::Origin,
    path::Roots,
    source::{Entry, Listing, Opened, Source},
    ufed::{self, Recorded},
};
use crate::parse::sqlcipher::Unlocked;

/// One acquisition of one handset, opened read-only.
pub struct Evidence {
    base_name: String,
    pub(super) options: Options,
    pub(super) source: Box<dyn Source>,
    files: Vec<SourceFile>,
    findings: Vec<Finding>,
    total_bytes: u64,
    /// Of databases that were tried: the derived keys, and which key of the file it was.
    pub(super) unlocked: Mutex<HashMap<usize, Option<(Unlocked, usize)>>>,
    recorded: Vec<Recorded>,
}

impl Evidence {
    /// Opens a folder, an archive or one loose file; which of them it is, its content says. An archive that is what the
    /// folder or the archive holds is opened with it (`docs/evidence.md`, "Archives in archives").
    ///
    /// # Errors
    /// [`Error`] where there is nothing to read, or the container cannot be listed at all. Everything less is one of
    /// [`Evidence::findings`].
    pub fn open(path: &Path, options: Options) -> Result<Evidence, Error> {
        let Opened { source, listing } = opened(path, &options)?;
        let Listing { entries, mut findings, recorded } = listing;
        let files = files(entries);
        repeated(&files, &mut findings);
        let sizes = files.iter().fold(0_u64, |sum, file| sum.saturating_add(file.size));
        let total_bytes = match source.container() {
            [] => sizes,
            parts => parts.iter().map(|part| Ok(metadata(part)?.len())).sum::<Result<u64, Error>>()?,
        };
        let findings = findings.into_sorted();
        Ok(Evidence {
            base_name: folder::last_component(path),
            options,
            source,
            files,
            findings,
            total_bytes,
            recorded,
            unlocked: Mutex::default(),
        })
    }

    /// What was given.
    #[must_use]
    pub fn kind(&self) -> Kind {
        self.source.kind()
    }

    /// The archives inside that were opened with it, and what each is.
    #[must_use]
    pub fn layers(&self) -> Vec<Layer> {
        self.source.inner()
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

    /// The hashes of a container that is one file, or of the files that it was split into, one behind the other; none for
    /// a folder. Reads all of it.
    ///
    /// # Errors
    /// [`Error`] where the file can no longer be read.
    pub fn container_hashes(&self) -> Result<Option<Hashes>, Error> {
        let parts = self.source.container();
        let mut hasher = Hasher::new(&self.options);
        for part in parts {
            hasher.update(&Bytes::of_path(part)?);
        }
        Ok((!parts.is_empty()).then(|| hasher.finish()))
    }

    /// Holds what a tool recorded beside the evidence (the hash lines of a `.ufd`) against what is there: a finding for
    /// each, a loss where it differs. Reads all of what hashes were recorded of; `container` are the hashes of the
    /// container itself, where they are known.
    #[must_use]
    pub fn recorded(&self, container: Option<&Hashes>) -> Vec<Finding> {
        let path = self.source.container().first().filter(|_| self.source.container().len() == 1);
        let known = path.map(|path| path.as_path()).zip(container);
        let mut findings = Findings::default();
        for recorded in &self.recorded {
            let unchecked = |error: Error| Finding {
                code: "recorded-hash-unchecked",
                message: error.to_string(),
                path: None,
                offset: None,
                loss: true,
            };
            findings.push(recorded.check(known).unwrap_or_else(unchecked));
        }
        findings.into_sorted()
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
        let claimed = self.source.claimed_sha256(file.entry);
        content.findings.extend(claimed.and_then(|claimed| differs(claimed, &content, file)));
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
        let mut sha256 = None;
        let again = self.source.again(file.entry, &mut |body| {
            sha256 = Some(content::sha256(body)?);
            Ok(())
        });
        match again {
            Ok(()) => Ok(sha256 == Some(hashes.sha256)),
            Err(error) if is_gone(&error) => Ok(false),
            // The member was read once, so its header was at its place then.
            Err(Error::Changed { .. } | Error::Altered { .. } | Error::Member { .. }) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// The backups in it that stay closed, by the name of what describes them.
    #[must_use]
    pub fn closed(&self) -> Vec<(String, Closed)> {
        let closed = self.source.closed().into_iter();
        closed
            .map(|(name, closed)| (if name.is_empty() { self.base_name.clone() } else { name }, closed))
            .collect()
    }

    /// What is odd or unreadable about the acquisition as a whole.
    #[must_use]
    pub fn findings(&self) -> &[Finding] {
        &self.findings
    }

    fn beside(&self, file: &SourceFile, companion: Companion) -> Option<&SourceFile> {
        let name = format!("{}{}", file.original.text, companion.suffix());
        let same = self.at(&format!("{}{}", file.device_path, companion.suffix()));
        // Where the acquisition gives files names of its own, only the path on the handset says what belongs together.
        let is_renamed = last_component(&file.original.text) != last_component(&file.device_path);
        let is_beside = |found: &&SourceFile| {
            (is_renamed || found.original.text == name) && of_one_container(file, found)
        };
        let mut candidates = same.iter().filter(is_beside);
        // The archive has the name twice: the second database goes with the second companion.
        let is_twin = |twin: &&SourceFile| {
            (is_renamed || twin.original.text == file.original.text) && of_one_container(file, twin)
        };
        let twin = self.at(&file.device_path).iter().filter(is_twin);
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

/// Whether two files lie in one archive and one backup of the evidence.
fn of_one_container(one: &SourceFile, other: &SourceFile) -> bool {
    (&one.within, one.listed_by) == (&other.within, other.listed_by)
}

fn opened(path: &Path, options: &Options) -> Result<Opened, Error> {
    let found = metadata(path)?;
    if found.is_dir() {
        fs::read_dir(path).map_err(|cause| Error::Unreadable { path: path.to_owned(), cause })?;
        return Ok(layer::over(folder::open(path), options));
    }
    if !found.is_file() {
        return Err(Error::NotAFile { path: path.to_owned() });
    }
    if let Some(parts) = image::split(path)
        && let Some(opened) = image::open_split(&parts)?
    {
        return Ok(opened);
    }
    let origin = Origin::of_path(path)?;
    let recorded = ufed::beside(path, &origin);
    let bytes = origin.bytes().clone();
    let mut opened = match layer::container(origin, options)? {
        Some(opened) => layer::over(opened, options),
        None => match ufed::named_by(path, &bytes) {
            Some(named) => layer::over(named, options),
            None => folder::open_file(path, &found),
        },
    };
    opened.listing.recorded.extend(recorded);
    Ok(opened)
}

/// The finding for bytes that are not those that the acquisition hashed.
fn differs(claimed: [u8; 32], content: &Content, file: &SourceFile) -> Option<Finding> {
    let message =
        format!("the acquisition records the SHA-256 {}, its bytes have another", hex::encode(claimed));
    let path = Some(file.original.text.clone());
    let finding = Finding { code: "recorded-hash-differs", message, path, offset: None, loss: true };
    (claimed != content.hashes.sha256).then_some(finding)
}

/// The path itself may be a link: the examiner gave it.
fn metadata(path: &Path) -> Result<fs::Metadata, Error> {
    fs::metadata(path).map_err(|cause| match cause.kind() {
        ErrorKind::NotFound => Error::NotFound { path: path.to_owned() },
        _ => Error::Unreadable { path: path.to_owned(), cause },
    })
}

fn files(entries: Vec<Entry>) -> Vec<SourceFile> {
    let rootless = entries.iter().filter(|entry| entry.device_path.is_none());
    let roots = Roots::of(rootless.map(|entry| entry.named.relative.as_str()));
    let file = |(position, entry): (usize, Entry)| SourceFile {
        device_path: entry.device_path.unwrap_or_else(|| roots.device_path(&entry.named.relative)),
        original: entry.named.original,
        within: entry.within,
        listed_by: entry.listed_by,
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

fn last_component(path: &str) -> &str {
    path.rsplit_once(['/', '\\']).map_or(path, |(_, last)| last)
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
        if (&before.original, &before.within) != (&file.original, &file.within) {
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
