//! Bytes of evidence without copying them: files are mapped read-only, small ones are copied.
//!
//! The only `unsafe` of this program is here.

use std::{
    fs::File,
    io::{self, Read},
    ops::{Deref, Range},
    path::Path,
    sync::Arc,
};

use memmap2::{Mmap, MmapOptions};

use super::Error;

/// Below this, mapping costs more than copying, and a copy cannot change under the reader.
const COPY_LIMIT: u64 = 64 * 1024;

/// Bytes that are owned, or mapped from a file: a part of them, which costs nothing to take or to share.
#[derive(Debug, Clone)]
pub(super) struct Bytes {
    store: Store,
    range: Range<usize>,
}

#[derive(Debug, Clone)]
enum Store {
    Owned(Arc<Vec<u8>>),
    Mapped(Arc<Mmap>),
}

impl Bytes {
    /// Opens a file for reading. Its length is asked for once.
    pub(super) fn of_path(path: &Path) -> Result<Self, Error> {
        let unreadable = |cause| Error::Unreadable { path: path.to_owned(), cause };
        let mut file = open(path).map_err(unreadable)?;
        let length = file.metadata().map_err(unreadable)?.len();
        if length >= COPY_LIMIT {
            return Self::of_file(&file, length).map_err(unreadable);
        }
        let mut bytes = Vec::new();
        file.by_ref().take(length).read_to_end(&mut bytes).map_err(unreadable)?;
        let found = bytes.len() as u64;
        if found != length {
            return Err(Error::Changed { path: path.to_owned(), expected: length, found });
        }
        Ok(Bytes::owned(bytes))
    }

    /// Maps the first `length` bytes of an open file, which has at least so many.
    pub(super) fn of_file(file: &File, length: u64) -> io::Result<Self> {
        let length = usize::try_from(length).map_err(io::Error::other)?;
        if length == 0 {
            return Ok(Bytes::owned(Vec::new()));
        }
        let map = map(file, length)?;
        Ok(Bytes { store: Store::Mapped(Arc::new(map)), range: 0..length })
    }

    /// Bytes that were made in memory.
    pub(super) fn owned(bytes: Vec<u8>) -> Self {
        let range = 0..bytes.len();
        Bytes { store: Store::Owned(Arc::new(bytes)), range }
    }

    /// A part of these bytes, clipped to them; nothing is copied.
    pub(super) fn part(&self, start: usize, length: usize) -> Self {
        let limit = self.range.end;
        let clip = |offset: usize| self.range.start.saturating_add(offset).min(limit);
        let range = clip(start)..clip(start.saturating_add(length));
        Bytes { store: self.store.clone(), range }
    }
}

impl Deref for Bytes {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        let whole: &[u8] = match &self.store {
            Store::Owned(bytes) => bytes,
            Store::Mapped(map) => map,
        };
        whole.get(self.range.clone()).unwrap_or_default()
    }
}

/// Opens without moving the time of last access, which is evidence too. The system allows it to the owner of a file
/// only; for the others the time moves as the mount options say.
#[cfg(target_os = "linux")]
fn open(path: &Path) -> io::Result<File> {
    use std::os::unix::fs::OpenOptionsExt;
    /// `O_NOATIME` (Linux, `asm-generic/fcntl.h`).
    const NO_ACCESS_TIME: i32 = 0o1_000_000;
    match File::options().read(true).custom_flags(NO_ACCESS_TIME).open(path) {
        Err(refused) if refused.kind() == io::ErrorKind::PermissionDenied => File::open(path),
        opened => opened,
    }
}

#[cfg(not(target_os = "linux"))]
fn open(path: &Path) -> io::Result<File> {
    File::open(path)
}

#[allow(unsafe_code)]
fn map(file: &File, length: usize) -> io::Result<Mmap> {
    // SAFETY: the map is private and read-only, and this program never writes to evidence or to a spilled member.
    // Another program that writes to the file meanwhile can change the bytes under a `&[u8]`; every value is copied
    // out of it when it leaves a reader, readers check each length and offset where they use it, and the file is
    // hashed again at the end of a run, so that a change is an error of the run. One that makes the file shorter
    // stops this program with a signal: it is why a case is worked on from a copy or behind a write blocker.
    // The length was taken from the open file, and is not asked for again.
    unsafe { MmapOptions::new().len(length).map(file) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    #[test]
    fn a_part_is_clipped_to_the_bytes() {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(b"0123456789").unwrap();
        let mapped = Bytes::of_file(&file, 10).unwrap();
        let owned = Bytes::owned(b"0123456789"[..].into());
        assert_eq!(&*mapped.part(2, 3), b"234");
        assert_eq!(&*mapped.part(2, 5).part(1, 2), b"34");
        assert_eq!(&*mapped.part(8, 5), b"89");
        assert_eq!(&*owned.part(2, 3), b"234");
        assert_eq!(&*mapped.part(usize::MAX, usize::MAX), b"");
    }

    #[test]
    fn small_and_large_files_read_the_same() {
        let folder = tempfile::tempdir().unwrap();
        for length in [0, 1, COPY_LIMIT - 1, COPY_LIMIT, COPY_LIMIT + 1] {
            let path = folder.path().join("file");
            let content = vec![7; usize::try_from(length).unwrap()];
            std::fs::write(&path, &content).unwrap();
            assert_eq!(*Bytes::of_path(&path).unwrap(), content, "{length} bytes");
        }
    }
}
