//! The bytes of an image, in one file or in several, and a part of them.

use std::path::{Path, PathBuf};

use crate::evidence::{Error, mmap::Bytes, origin::Origin};
use crate::parse::disk::Storage;

/// An image, or a partition of one: the files that it was split into, and which of their bytes it is.
#[derive(Debug, Clone)]
pub(super) struct Disk {
    parts: Vec<Origin>,
    files: Vec<PathBuf>,
    start: u64,
    length: u64,
}

/// Most files of a split image.
const MOST: usize = 10_000;

/// The parts of a split image, given its first: `name.001` (or `name.000`) and those beside it that count on from it.
pub(in crate::evidence) fn split(path: &Path) -> Option<Vec<PathBuf>> {
    let number = path.extension()?.to_str()?;
    let width = number.len();
    let is_number = number.bytes().all(|byte| byte.is_ascii_digit()) && width >= 2;
    let first: usize = number.parse().ok().filter(|first| is_number && *first <= 1)?;
    let beside = |number: usize| path.with_extension(format!("{number:0width$}"));
    let parts: Vec<PathBuf> = (first..MOST).map(beside).take_while(|part| part.is_file()).collect();
    (parts.len() > 1).then_some(parts)
}

impl Disk {
    pub(super) fn of(parts: Vec<Origin>) -> Self {
        let length = parts.iter().map(|part| part.bytes().len() as u64).sum();
        let files = parts.iter().flat_map(Origin::files).cloned().collect();
        Disk { parts, files, start: 0, length }
    }

    pub(super) fn files(&self) -> &[PathBuf] {
        &self.files
    }

    /// A part, clipped to what is there.
    pub(super) fn part(&self, start: u64, length: u64) -> Self {
        let start = start.min(self.length);
        let length = length.min(self.length - start);
        Disk { start: self.start.saturating_add(start), length, ..self.clone() }
    }

    /// The first bytes, by which a file system is known.
    pub(super) fn head(&self) -> Vec<u8> {
        let length = self.length.min(4096);
        self.read(0, length as usize).unwrap_or_default()
    }

    pub(super) fn is_zero_at_start(&self) -> bool {
        let length = self.length.min(1 << 20);
        self.read(0, length as usize).is_some_and(|bytes| bytes.iter().all(|byte| *byte == 0))
    }

    /// Bytes without a copy, where they lie in one file.
    pub(super) fn slice(&self, offset: u64, length: u64) -> Option<Bytes> {
        let (part, at) = self.locate(offset)?;
        let (start, length) = (usize::try_from(at).ok()?, usize::try_from(length).ok()?);
        let bytes = part.part(start, length);
        (bytes.len() == length && offset.checked_add(length as u64)? <= self.length).then_some(bytes)
    }

    /// Fills a buffer from a place; how many bytes there were, 0 past the end.
    pub(super) fn fill(&self, offset: u64, buffer: &mut [u8]) -> usize {
        let Some((part, at)) = self.locate(offset) else { return 0 };
        let tail = usize::try_from(at).ok().and_then(|at| part.get(at..)).unwrap_or_default();
        let room = usize::try_from(self.length - offset).unwrap_or(usize::MAX);
        let count = tail.len().min(buffer.len()).min(room);
        let (Some(to), Some(from)) = (buffer.get_mut(..count), tail.get(..count)) else { return 0 };
        to.copy_from_slice(from);
        count
    }

    /// The file that a place lies in, and where in it.
    fn locate(&self, offset: u64) -> Option<(&Bytes, u64)> {
        let mut at = self.start.checked_add(offset).filter(|_| offset < self.length)?;
        for part in &self.parts {
            let length = part.bytes().len() as u64;
            if at < length {
                return Some((part.bytes(), at));
            }
            at -= length;
        }
        None
    }

    /// The same bytes as the files have them now.
    pub(super) fn anew(&self) -> Result<Self, Error> {
        let parts: Result<Vec<Origin>, Error> = self.parts.iter().map(Origin::anew).collect();
        Ok(Disk { parts: parts?, ..self.clone() })
    }
}

impl Storage for Disk {
    fn length(&self) -> u64 {
        self.length
    }

    fn read(&self, offset: u64, length: usize) -> Option<Vec<u8>> {
        let end = offset.checked_add(length as u64)?;
        if end > self.length {
            return None;
        }
        let mut bytes = vec![0; length];
        let mut done = 0;
        while done < length {
            let count = self.fill(offset + done as u64, bytes.get_mut(done..)?);
            if count == 0 {
                return None;
            }
            done += count;
        }
        Some(bytes)
    }
}
