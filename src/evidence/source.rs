//! What a kind of container has to do: list its entries, and hand out the bytes of one.

use std::path::Path;

use super::{
    Error, Kind, Times,
    error::{Finding, Findings},
    mmap::Bytes,
    name::Named,
};
use crate::parse;

/// One file of a container, before it has a device path.
pub(super) struct Entry {
    pub named: Named,
    pub size: u64,
    pub times: Times,
}

/// What a container lists; the position of an entry is its number in [`Source::body`].
#[derive(Default)]
pub(super) struct Listing {
    pub entries: Vec<Entry>,
    pub findings: Findings,
}

impl Listing {
    /// Something odd about one entry.
    pub(super) fn note(&mut self, code: &'static str, name: &str, message: String, loss: bool) {
        self.findings.push(Finding { code, message, path: Some(name.to_owned()), offset: None, loss });
    }
}

/// A kind of container.
pub(super) trait Source: Send + Sync {
    fn kind(&self) -> Kind;

    /// The path of a container that is one file.
    fn container(&self) -> Option<&Path>;

    /// The bytes of an entry.
    fn body(&self, entry: usize) -> Result<Body<'_>, Error>;

    /// What is odd about an entry, beside its bytes.
    fn oddities(&self, _entry: usize) -> Vec<Finding> {
        Vec::new()
    }

    /// The SHA-256 of an entry as the examiner's disk has it now, not as it was opened.
    fn sha256_now(&self, entry: usize) -> Result<[u8; 32], Error> {
        super::content::sha256(self.body(entry)?)
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
