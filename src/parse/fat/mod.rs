//! FAT12, FAT16, FAT32 (Microsoft, "FAT: General Overview of On-Disk Format" 1.03) and exFAT (Microsoft, "exFAT file
//! system specification"): the files of a volume and the pieces of the image that each lies in.
//!
//! ```text
//! boot sector │ reserved │ FAT (for each cluster the number of the next) │ root folder of FAT12/16 │ clusters from 2 on
//! ```
//!
//! Readers of our own: of the crates, `fatfs` walks a chain of clusters without a bound and gives no places, and none
//! that reads exFAT is kept well. Entries that were deleted are not looked for.

mod boot;
mod directory;
mod exfat;
mod table;

pub use boot::is_boot_sector;

use std::collections::HashSet;

use boot::Volume;
use table::{Chain, Table};

use super::{Error, Finding, disk::Storage};

/// When a file was modified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Written {
    /// `YYYY-MM-DDTHH:MM:SS`, wall clock of the handset, no zone.
    Local(String),
    /// The same, and the minutes by which that clock was ahead of UTC.
    Zoned(String, i32),
    /// No date.
    None,
}

/// A file of a volume.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    /// Its path, with `/`, without one in front.
    pub path: String,
    /// Bytes of it.
    pub size: u64,
    /// Where they lie in the volume: offset and length, in their order.
    pub pieces: Vec<(u64, u64)>,
    /// Bytes that were written (exFAT); those behind them are zeros.
    pub written_size: u64,
    /// When it was modified.
    pub written: Written,
}

/// The files of a volume, and what is odd about it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Files {
    /// In the order of their folders.
    pub list: Vec<File>,
    /// Chains that loop or break off, folders that cannot be read.
    pub findings: Vec<Finding>,
}

/// Bounds on hostile volumes.
const FILE_LIMIT: usize = 5_000_000;
const DEPTH_LIMIT: usize = 128;
/// A folder has at most 2^16 entries of 32 bytes (FAT), or 256 MiB (exFAT); more than 64 MiB no handset writes.
const FOLDER_LIMIT: u64 = 64 << 20;

/// An entry of a folder.
struct Entry {
    name: String,
    is_folder: bool,
    first: u32,
    size: u64,
    written_size: u64,
    /// exFAT: the clusters follow each other, the FAT says nothing.
    contiguous: bool,
    written: Written,
}

/// A folder that is still to be read.
struct Folder {
    path: String,
    depth: usize,
    first: u32,
    size: Option<u64>,
    contiguous: bool,
}

/// Lists a volume.
///
/// # Errors
/// [`Error`] where the boot sector is none.
pub fn files(storage: &dyn Storage) -> Result<Files, Error> {
    let volume = boot::volume(storage)?;
    let table = Table::read(storage, &volume);
    let mut walk = Walk { storage, volume, table, files: Files::default(), seen: HashSet::new() };
    let root =
        Folder { path: String::new(), depth: 0, first: walk.volume.root, size: None, contiguous: false };
    let mut folders = vec![root];
    while let Some(folder) = folders.pop() {
        walk.folder(&folder, &mut folders);
        if walk.files.list.len() >= FILE_LIMIT {
            walk.note(format!("more than {FILE_LIMIT} files; the others are not listed"), None);
            break;
        }
    }
    Ok(walk.files)
}

struct Walk<'s> {
    storage: &'s dyn Storage,
    volume: Volume,
    table: Table,
    files: Files,
    seen: HashSet<u32>,
}

impl Walk<'_> {
    fn folder(&mut self, folder: &Folder, folders: &mut Vec<Folder>) {
        let Some(bytes) = self.folder_bytes(folder) else { return };
        let entries = match self.volume.is_exfat() {
            true => exfat::entries(&bytes),
            false => directory::entries(&bytes),
        };
        for entry in entries {
            let path = match folder.path.is_empty() {
                true => entry.name.clone(),
                false => format!("{}/{}", folder.path, entry.name),
            };
            if !entry.is_folder {
                self.file(path, &entry);
            } else if folder.depth >= DEPTH_LIMIT || !self.seen.insert(entry.first) {
                let place = self.volume.offset(entry.first);
                self.note("a folder lies in itself, or too deep: it is not read".to_owned(), place);
            } else {
                let depth = folder.depth.saturating_add(1);
                let size = self.volume.is_exfat().then_some(entry.size);
                folders.push(Folder { path, depth, first: entry.first, size, contiguous: entry.contiguous });
            }
        }
    }

    fn folder_bytes(&mut self, folder: &Folder) -> Option<Vec<u8>> {
        if folder.first == 0 {
            // The root of FAT12 and FAT16 has a place of its own, in front of the clusters.
            let (offset, length) = self.volume.fixed_root;
            return self.storage.read(offset, usize::try_from(length).ok()?);
        }
        let limit = folder.size.unwrap_or(FOLDER_LIMIT).min(FOLDER_LIMIT);
        let chain = self.table.chain(&self.volume, folder.first, limit, folder.contiguous);
        let is_whole = folder.size.is_none() || chain.length() >= limit;
        if chain.is_broken || !is_whole {
            let place = self.volume.offset(folder.first);
            self.note(
                "the chain of clusters of a folder is damaged: read as far as it goes".to_owned(),
                place,
            );
        }
        let mut bytes = Vec::new();
        for (offset, length) in chain.pieces {
            match self.storage.read(offset, usize::try_from(length).ok()?) {
                Some(piece) => bytes.extend(piece),
                None => {
                    self.note("a folder lies past the end of the image".to_owned(), Some(offset));
                    break;
                }
            }
        }
        Some(bytes)
    }

    fn file(&mut self, path: String, entry: &Entry) {
        let chain = match entry.size {
            0 => Chain::default(),
            size => self.table.chain(&self.volume, entry.first, size, entry.contiguous),
        };
        self.files.list.push(File {
            path,
            size: entry.size,
            pieces: chain.pieces,
            written_size: entry.written_size,
            written: entry.written.clone(),
        });
    }

    fn note(&mut self, message: String, offset: Option<u64>) {
        self.files.findings.push(Finding::of_file("fat-damaged", message, offset, true));
    }
}

/// `YYYY-MM-DDTHH:MM:SS` of a DOS date and time; `None` where they are none.
fn dos(date: u16, time: u16) -> Written {
    match super::zip::dos_time(date, time) {
        Some(text) => Written::Local(text),
        None => Written::None,
    }
}
