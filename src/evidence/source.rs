//! What a kind of container has to do: list its entries, and hand out the bytes of one.

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

    /// The bytes of a container that is one file.
    fn container(&self) -> Result<Option<Container<'_>>, Error>;

    /// The bytes of an entry.
    fn body(&self, entry: usize) -> Result<Body<'_>, Error>;
}

/// The bytes of a container: those that are already mapped, or those of a file that was opened for this.
pub(super) enum Container<'a> {
    Mapped(&'a Bytes),
    Opened(Bytes),
}

impl std::ops::Deref for Container<'_> {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        match self {
            Container::Mapped(bytes) => bytes,
            Container::Opened(bytes) => bytes,
        }
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
