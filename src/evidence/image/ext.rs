//! The files of an ext2, ext3 or ext4 file system, by the crate `ext4-view`, its journal taken into account.

use std::{
    cell::RefCell,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use ext4_view::{Ext4, Ext4Error, Ext4Read, FileType, PathBuf};

use super::{Listed, Volume, disk::Disk};
use crate::evidence::{
    Error, Finding, Times, name,
    source::{Body, Entry, Stream},
};
use crate::parse::{self, disk::Storage};

/// Bounds on hostile file systems.
const FILE_LIMIT: usize = 5_000_000;
const DEPTH_LIMIT: usize = 256;

pub(super) struct Ext {
    /// Tells file systems apart among those that a thread has open.
    number: u64,
    disk: Disk,
    paths: Arc<Vec<(PathBuf, u64)>>,
}

thread_local! {
    /// The file system that this thread read last: the crate's handle cannot be shared between threads, and opening one
    /// for each file reads its journal each time.
    static OPEN: RefCell<Option<(u64, Ext4)>> = const { RefCell::new(None) };
}

struct Reader(Disk);

impl Ext4Read for Reader {
    fn read(
        &mut self,
        start: u64,
        buffer: &mut [u8],
    ) -> Result<(), Box<dyn std::error::Error + Send + Sync + 'static>> {
        let read = self.0.read(start, buffer.len()).ok_or("past the end of the image")?;
        buffer.copy_from_slice(&read);
        Ok(())
    }
}

pub(super) fn list(disk: Disk) -> Result<Listed, String> {
    static NUMBERS: AtomicU64 = AtomicU64::new(0);
    let file_system = Ext4::load(Box::new(Reader(disk.clone()))).map_err(|error| error.to_string())?;
    let mut walk = Walk { paths: Vec::new(), entries: Vec::new(), findings: Vec::new() };
    let mut folders = vec![(PathBuf::new("/"), 0)];
    while let Some((folder, depth)) = folders.pop() {
        if depth > DEPTH_LIMIT || walk.entries.len() >= FILE_LIMIT {
            walk.note(
                &folder,
                "image-limit",
                "too deep, or past the bound on files: not listed".to_owned(),
                true,
            );
            continue;
        }
        walk.folder(&file_system, &folder, &mut |deeper| folders.push((deeper, depth + 1)));
    }
    let Walk { paths, entries, findings } = walk;
    let number = NUMBERS.fetch_add(1, Ordering::Relaxed);
    Ok(Listed { volume: Volume::Ext(Ext { number, disk, paths: Arc::new(paths) }), entries, findings })
}

struct Walk {
    paths: Vec<(PathBuf, u64)>,
    entries: Vec<Entry>,
    findings: Vec<Finding>,
}

impl Walk {
    fn folder(&mut self, file_system: &Ext4, folder: &PathBuf, deeper: &mut dyn FnMut(PathBuf)) {
        let entries = match file_system.read_dir(folder) {
            Ok(entries) => entries,
            Err(Ext4Error::Encrypted) => {
                let message =
                    "a folder that the file system encrypts (fscrypt): neither names nor files can be read"
                        .to_owned();
                return self.note(folder, "image-encrypted", message, true);
            }
            Err(error) => {
                return self.note(
                    folder,
                    "image-damaged",
                    format!("a folder that cannot be read: {error}"),
                    true,
                );
            }
        };
        for entry in entries {
            let read = entry.and_then(|entry| Ok((entry.path(), entry.file_type()?, entry.metadata()?)));
            match read {
                Err(error) => {
                    let message = format!("an entry of the folder cannot be read: {error}");
                    self.note(folder, "image-damaged", message, true);
                }
                Ok((path, ..)) if matches!(last(&path), b"." | b"..") => {}
                Ok((path, FileType::Directory, _)) => deeper(path),
                Ok((path, FileType::Regular, metadata)) => self.file(path, &metadata),
                Ok((path, FileType::Symlink, _)) => {
                    self.note(
                        &path,
                        "symlink-not-followed",
                        "a symbolic link, not followed".to_owned(),
                        false,
                    );
                }
                Ok((path, ..)) => {
                    self.note(&path, "special-file", "a pipe, socket or device, not read".to_owned(), false);
                }
            }
        }
    }

    fn file(&mut self, path: PathBuf, metadata: &ext4_view::Metadata) {
        let modified = metadata.modified();
        let times = Times::of_image(modified.seconds(), modified.nanoseconds());
        self.entries.push(Entry::new(name::of_folder(relative(&path)), metadata.len(), times));
        self.paths.push((path, metadata.len()));
    }

    fn note(&mut self, path: &PathBuf, code: &'static str, message: String, loss: bool) {
        let path = Some(name::of_folder(relative(path)).original.text);
        self.findings.push(Finding { code, message, path, offset: None, loss });
    }
}

fn relative(path: &PathBuf) -> &[u8] {
    let bytes: &[u8] = path.as_ref();
    bytes.strip_prefix(b"/").unwrap_or(bytes)
}

fn last(path: &PathBuf) -> &[u8] {
    let bytes: &[u8] = path.as_ref();
    bytes.rsplit(|byte| *byte == b'/').next().unwrap_or(bytes)
}

impl Ext {
    pub(super) fn anew(&self) -> Result<Self, Error> {
        Ok(Ext { number: u64::MAX, disk: self.disk.anew()?, paths: Arc::clone(&self.paths) })
    }

    pub(super) fn body(&self, entry: usize) -> Result<Body<'static>, Error> {
        let foreign = || Error::foreign(entry);
        let (path, size) = self.paths.get(entry).ok_or_else(foreign)?;
        let opened = self.file_system().and_then(|file_system| file_system.open(path));
        let limit = parse::most_made_of(self.disk.length());
        let file = opened.map_err(|error| Error::Member {
            name: name::of_folder(relative(path)).original.text,
            cause: damaged(&error),
        })?;
        Ok(Body::Stream(Box::new(File { file, size: *size, position: 0, limit, is_over: false })))
    }

    fn file_system(&self) -> Result<Ext4, Ext4Error> {
        let known = OPEN.with_borrow(|open| {
            open.as_ref().filter(|(number, _)| *number == self.number).map(|(_, known)| known.clone())
        });
        if let Some(known) = known.filter(|_| self.number != u64::MAX) {
            return Ok(known);
        }
        let opened = Ext4::load(Box::new(Reader(self.disk.clone())))?;
        OPEN.set(Some((self.number, opened.clone())));
        Ok(opened)
    }
}

fn damaged(error: &Ext4Error) -> parse::Error {
    parse::Error::Unexpected {
        offset: 0,
        what: "a file of an ext4 file system".to_owned(),
        expected: "its bytes".to_owned(),
        found: error.to_string(),
    }
}

struct File {
    file: ext4_view::File,
    size: u64,
    position: u64,
    limit: u64,
    is_over: bool,
}

impl Stream for File {
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize, parse::Error> {
        if self.is_over {
            return Ok(0);
        }
        if self.position >= self.limit {
            self.is_over = true;
            let what = "a file of an ext4 file system".to_owned();
            return Err(parse::Error::Limit {
                offset: 0,
                what,
                limit: format!("{} bytes of {}", self.limit, self.size),
            });
        }
        let read = self.file.read_bytes(buffer).map_err(|error| damaged(&error));
        self.is_over = read.is_err();
        let count = read?;
        self.position += count as u64;
        Ok(count)
    }
}
