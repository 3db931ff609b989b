//! What a kind of container has to do: list its entries, and hand out the bytes of one.

use std::{path::PathBuf, sync::Arc};

use super::{
    Error, Kind, Layer, Options, Times,
    closed::Closed,
    error::{Finding, Findings},
    mmap::Bytes,
    name::Named,
    origin::Origin,
    ufed::Recorded,
};
use crate::parse;

/// One file of a container, before it has a device path.
pub(super) struct Entry {
    pub named: Named,
    pub size: u64,
    pub times: Times,
    /// Set where the path on the handset is known; else it is found by what lies beside the entry.
    pub device_path: Option<String>,
    /// The archives inside the evidence that the entry lies in, outermost first; none for most.
    pub within: Option<Arc<[String]>>,
    /// The number of the list (of a backup) that gave it its device path.
    pub listed_by: Option<usize>,
}

impl Entry {
    /// An entry whose device path is to be found from its name.
    pub(super) fn new(named: Named, size: u64, times: Times) -> Self {
        Entry { named, size, times, device_path: None, within: None, listed_by: None }
    }
}

/// What a container lists; the position of an entry is its number in [`Source::body`].
#[derive(Default)]
pub(super) struct Listing {
    pub entries: Vec<Entry>,
    pub findings: Findings,
    /// The hashes that the tool recorded of files of the container, or of the container itself.
    pub recorded: Vec<Recorded>,
}

impl Listing {
    /// A name that could lead out of where it belongs, where it is one: read, and never used as a path.
    pub(super) fn hostile(&mut self, reason: Option<&str>, name: &str) {
        if let Some(reason) = reason {
            let message = format!("the name has {reason}; it is read as a name only");
            self.note("hostile-name", name, message, false);
        }
    }

    /// Something odd about one entry.
    pub(super) fn note(&mut self, code: &'static str, name: &str, message: String, loss: bool) {
        self.findings.push(Finding { code, message, path: Some(name.to_owned()), offset: None, loss });
    }
}

/// An open container and what it lists.
pub(super) struct Opened {
    pub source: Box<dyn Source>,
    pub listing: Listing,
}

/// A kind of container.
pub(super) trait Source: Send + Sync {
    fn kind(&self) -> Kind;

    /// The file that the container is, or the files of one that was split, in their order; none for a folder.
    fn container(&self) -> &[PathBuf];

    /// The last component of its path.
    fn base_name(&self) -> Option<String> {
        let name = self.container().first()?.file_name()?;
        Some(name.to_string_lossy().into_owned())
    }

    /// The archives inside it that were opened.
    fn inner(&self) -> Vec<Layer> {
        Vec::new()
    }

    /// Backups in it that stay closed, by the name of what describes them.
    fn closed(&self) -> Vec<(String, Closed)> {
        Vec::new()
    }

    /// Whether an entry is a part of what stays closed, and not encrypted by itself.
    fn is_of_closed(&self, _entry: usize) -> bool {
        false
    }

    /// An entry as the bytes of another container, with the way to have them again. A container that no archive is
    /// looked for in has none.
    fn origin(&self, entry: usize, _options: &Options) -> Result<Origin, Error> {
        Err(Error::foreign(entry))
    }

    /// The bytes of an entry.
    fn body(&self, entry: usize) -> Result<Body<'_>, Error>;

    /// What is odd about an entry, beside its bytes.
    fn oddities(&self, _entry: usize) -> Vec<Finding> {
        Vec::new()
    }

    /// The SHA-256 that the acquisition gives for an entry.
    fn claimed_sha256(&self, _entry: usize) -> Option<[u8; 32]> {
        None
    }

    /// Hands out the bytes of an entry as the examiner's disk has them now, not as they were when it was opened.
    fn again(&self, entry: usize, read: &mut dyn FnMut(Body<'_>) -> Result<(), Error>) -> Result<(), Error> {
        read(self.body(entry)?)
    }
}

/// The bytes of an entry: there, or made while reading.
pub(super) enum Body<'a> {
    Whole(Bytes, Option<Claim>),
    Stream(Box<dyn Stream + 'a>),
}

/// What a container claims about bytes that lie in it as they are.
#[derive(Debug, Clone, Copy)]
pub(super) struct Claim {
    pub size: Option<u64>,
    pub crc32: Option<u32>,
    /// Where they lie.
    pub offset: u64,
}

/// Bytes made while reading.
pub(super) trait Stream {
    /// The next bytes; none at the end. An error stands behind the last byte that could be had.
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize, parse::Error>;
}

impl Stream for parse::zip::Inflater<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize, parse::Error> {
        parse::zip::Inflater::read(self, buffer)
    }
}
