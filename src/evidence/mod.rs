//! One acquisition of one handset, opened read-only: its source files under the paths that they had on the handset.
//!
//! ```text
//! path ──► kind, by content ──► source (folder · zip · file) ──► entries: name, size, time
//!                                                                    │
//!                                            device paths: prefix off, aliases folded
//!                                                                    ▼
//!                                        source files, sorted ──► bytes + hashes, on demand
//! ```
//!
//! Nothing is written beside the evidence and nothing is unpacked: a file and a stored member are read where they
//! lie, a deflated member in memory or, when it is large, in a temporary file without a name.
//!
//! A new kind of container is a new `source::Source`: it lists entries and hands out bytes. Everything else (device
//! paths, hashes, companions, globs) is the same for all of them.

mod content;
mod error;
mod folder;
mod glob;
mod hash;
mod keys;
mod mmap;
mod name;
mod open;
mod path;
mod source;
mod spill;
mod time;
mod unseal;
mod zip;

pub use content::Content;
pub use error::{Error, Finding};
pub use glob::{Glob, Globs};
pub use hash::Hashes;
pub use keys::{Key, Keys, Secret, password_of_file};
pub use name::OriginalName;
pub use open::Evidence;
pub use path::device_path;
pub use time::{SourceTime, Times};
pub use unseal::{Closed, Repeat, Seal, Unsealed};

use std::{path::PathBuf, sync::Arc};

/// What the examiner chooses about reading.
#[derive(Debug, Clone)]
pub struct Options {
    /// Also compute MD5, for hash lists that have nothing better.
    pub md5: bool,
    /// Also compute SHA-1.
    pub sha1: bool,
    /// Where a large decompressed member may be spilled, as a temporary file without a name. Never beside the
    /// evidence.
    pub spill_dir: PathBuf,
    /// What the examiner has to open what is encrypted.
    pub keys: Arc<Keys>,
}

/// What was given as evidence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// A folder with the files of the handset.
    Folder,
    /// A zip archive.
    Zip,
    /// One file of the handset, with its companions beside it.
    File,
}

impl std::fmt::Display for Kind {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(match self {
            Kind::Folder => "folder",
            Kind::Zip => "zip",
            Kind::File => "file",
        })
    }
}

/// The files that SQLite keeps beside a database, by the end of their names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Companion {
    /// `-wal`: the write-ahead log.
    Wal,
    /// `-journal`: the rollback journal.
    Journal,
    /// `-shm`: the index of the write-ahead log.
    Shm,
}

impl Companion {
    /// All of them, in the order in which they are reported.
    pub const ALL: [Companion; 3] = [Companion::Wal, Companion::Journal, Companion::Shm];

    /// What it appends to the name of the database.
    #[must_use]
    pub fn suffix(self) -> &'static str {
        match self {
            Companion::Wal => "-wal",
            Companion::Journal => "-journal",
            Companion::Shm => "-shm",
        }
    }
}

/// A file of the evidence, under the path that it had on the handset.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceFile {
    /// Absolute, `/`-separated, aliases folded. Two files may have the same one.
    pub device_path: String,
    /// The name that the acquisition gave it.
    pub original: OriginalName,
    /// Bytes, as the acquisition claims. For a member that was cut off before its size, the bytes that are left.
    pub size: u64,
    /// Its times, as the acquisition gives them.
    pub times: Times,
    /// The first file in [`Evidence::files`] with the same device path, where this is not the first: a copy through an
    /// alias, a second root or a second member with the same name. Equal or not is for their hashes to say.
    pub same_path_as: Option<usize>,
    /// Its position in the source that it came from.
    pub(super) entry: usize,
}
