//! One acquisition of one handset, opened read-only: its source files under the paths that they had on the handset.
//!
//! ```text
//! path ──► kind, by content ──► source (folder · zip · tar · file …) ──► entries: name, size, time
//!               ▲                                                        │
//!               └──────── an archive that is what the source holds ◄─────┤ (one level)
//!                                                                        │
//!                                                device paths: prefix off, aliases folded
//!                                                                        ▼
//!                                            source files, sorted ──► bytes + hashes, on demand
//! ```
//!
//! Nothing is written beside the evidence and nothing is unpacked: a file and a stored member are read where they
//! lie, a deflated member in memory or, when it is large, in a temporary file without a name.
//!
//! A new kind of container is a new `source::Source`: it lists entries and hands out bytes. Everything else (device
//! paths, hashes, companions, globs) is the same for all of them.

mod android_backup;
mod cipher;
mod closed;
mod compressed;
mod content;
mod error;
mod folder;
mod glob;
mod hash;
mod image;
mod itunes;
mod keys;
mod layer;
mod mmap;
mod name;
mod nested;
mod open;
mod origin;
mod path;
mod seal;
mod shut;
mod source;
mod spill;
mod tar;
mod time;
mod ufdr;
mod ufed;
mod unseal;
mod zip;

pub use closed::Closed;
pub use content::Content;
pub use error::{Error, Finding};
pub use glob::{Glob, Globs};
pub use hash::Hashes;
pub use keys::{Key, Keys, Secret, password_of_file};
pub use name::OriginalName;
pub use open::Evidence;
pub use path::device_path;
pub use seal::{Repeat, Seal, Unsealed};
pub use time::{SourceTime, Times};

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
    /// A backup of iTunes or Finder: its files have the names of hashes, and a list says what they are.
    ItunesBackup,
    /// What `adb backup` wrote (`.ab`).
    AndroidBackup,
    /// A tar archive.
    Tar,
    /// A tar archive, compressed by gzip.
    TarGzip,
    /// A tar archive, compressed by Zstandard.
    TarZstandard,
    /// A tar archive, compressed by bzip2.
    TarBzip2,
    /// A tar archive, compressed by xz.
    TarXz,
    /// A report of UFED: a zip with the files of a handset and `report.xml`.
    Ufdr,
    /// A `.ufd` or a `.ufdx`, with the dumps that it names.
    Ufed,
    /// A raw image of a disk or of a file system, in one file or split.
    RawImage,
    /// One file of the handset, with its companions beside it.
    File,
}

impl Kind {
    /// Whether it is several files of the examiner's file system.
    fn is_folder(self) -> bool {
        matches!(self, Kind::Folder | Kind::Ufed)
    }

    /// Whether it is an archive of whatever files, not something that only an acquisition is.
    fn is_archive(self) -> bool {
        use Kind::{File, Folder, Tar, TarBzip2, TarGzip, TarXz, TarZstandard, Ufed, Zip};
        matches!(self, File | Folder | Ufed | Zip | Tar | TarGzip | TarZstandard | TarBzip2 | TarXz)
    }

    /// Whether files have other names, or other bytes, in it than on the handset.
    #[must_use]
    pub fn is_backup(self) -> bool {
        matches!(self, Kind::ItunesBackup | Kind::AndroidBackup)
    }
}

impl std::fmt::Display for Kind {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(match self {
            Kind::Folder => "folder",
            Kind::Zip => "zip",
            Kind::ItunesBackup => "itunes-backup",
            Kind::AndroidBackup => "android-backup",
            Kind::Tar => "tar",
            Kind::TarGzip => "tar-gz",
            Kind::TarZstandard => "tar-zst",
            Kind::TarBzip2 => "tar-bz2",
            Kind::TarXz => "tar-xz",
            Kind::Ufdr => "ufdr",
            Kind::Ufed => "ufed",
            Kind::RawImage => "raw-image",
            Kind::File => "file",
        })
    }
}

/// An archive inside the evidence that was opened as a part of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Layer {
    /// The names of the archives that lead to it, outermost first, its own last.
    pub within: Vec<String>,
    /// What it is.
    pub kind: Kind,
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
    /// The name that the acquisition gave it: in the folder or archive that it lies in.
    pub original: OriginalName,
    /// The archives inside the evidence that it lies in, outermost first; see [`SourceFile::within`].
    pub(super) within: Option<Arc<[String]>>,
    /// The number of the list (of a backup) that gave it its device path.
    pub(super) listed_by: Option<usize>,
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

impl SourceFile {
    /// The last component of its device path.
    #[must_use]
    pub fn name(&self) -> &str {
        self.device_path.rsplit('/').next().unwrap_or("")
    }

    /// The names of the archives inside the evidence that lead to it, outermost first: `["data.tar"]` for a member of a
    /// tar in a zip. Empty where it lies in the evidence itself.
    #[must_use]
    pub fn within(&self) -> &[String] {
        self.within.as_deref().unwrap_or_default()
    }
}
