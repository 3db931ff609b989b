//! Where a decompressed member is kept: in memory, and past a size in a temporary file that has no name.

use std::{
    fs::File,
    io::{self, Read, Seek, SeekFrom, Write},
    path::Path,
};

use super::{Error, mmap::Bytes};

/// Bytes that are kept in memory.
const MEMORY_LIMIT: usize = 64 * 1024 * 1024;

/// Takes bytes and gives them back as one slice.
pub(super) struct Spill<'a> {
    directory: &'a Path,
    memory: Vec<u8>,
    file: Option<File>,
    length: u64,
}

impl<'a> Spill<'a> {
    pub(super) fn new(directory: &'a Path) -> Self {
        Spill { directory, memory: Vec::new(), file: None, length: 0 }
    }

    pub(super) fn write(&mut self, piece: &[u8]) -> Result<(), Error> {
        self.append(piece).map_err(|cause| Error::Spill { directory: self.directory.to_owned(), cause })
    }

    pub(super) fn finish(mut self) -> Result<Bytes, Error> {
        let Some(file) = self.file.take() else { return Ok(Bytes::owned(self.memory)) };
        let mapped = file.set_len(self.length).and_then(|()| Bytes::of_file(&file, self.length));
        mapped.map_err(|cause| Error::Spill { directory: self.directory.to_owned(), cause })
    }

    fn append(&mut self, piece: &[u8]) -> io::Result<()> {
        self.length = self.length.saturating_add(piece.len() as u64);
        if let Some(file) = &mut self.file {
            return extend(file, piece);
        }
        if self.memory.len().saturating_add(piece.len()) <= MEMORY_LIMIT {
            self.memory.extend_from_slice(piece);
            return Ok(());
        }
        let mut file = tempfile::tempfile_in(self.directory)?;
        extend(&mut file, &std::mem::take(&mut self.memory))?;
        extend(&mut file, piece)?;
        self.file = Some(file);
        Ok(())
    }
}

/// Why what a reader gives was not kept to its end.
pub(super) enum Stop {
    /// It gives more than the limit.
    Limit,
    /// It breaks off behind so many bytes.
    Broken(io::Error, u64),
}

/// Keeps what a reader gives: all of it, up to where it breaks off, or up to the limit.
pub(super) fn made_by(
    mut reader: impl Read,
    limit: u64,
    directory: &Path,
) -> Result<(Bytes, Option<Stop>), Error> {
    let mut spill = Spill::new(directory);
    let mut buffer = vec![0; 256 * 1024];
    let mut made = 0_u64;
    let stop = loop {
        match reader.read(&mut buffer) {
            Ok(0) => break None,
            Ok(_) if made >= limit => break Some(Stop::Limit),
            Ok(count) => {
                made = made.saturating_add(count as u64);
                spill.write(buffer.get(..count).unwrap_or(&buffer))?;
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => break Some(Stop::Broken(error, made)),
        }
    };
    Ok((spill.finish()?, stop))
}

/// A piece of zeros becomes a hole: members of many gigabytes that deflate to little are mostly zeros.
fn extend(file: &mut File, piece: &[u8]) -> io::Result<()> {
    if piece.iter().all(|byte| *byte == 0) {
        let length = i64::try_from(piece.len()).map_err(io::Error::other)?;
        return file.seek(SeekFrom::Current(length)).map(drop);
    }
    file.write_all(piece)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_large_member_is_the_same_from_the_file_and_leaves_no_name() {
        let folder = tempfile::tempdir().unwrap();
        let mut spill = Spill::new(folder.path());
        let pieces = [vec![1; MEMORY_LIMIT], vec![2; 5], vec![0; 4096], vec![3; 1], vec![0; 4096]];
        for piece in &pieces {
            spill.write(piece).unwrap();
        }
        assert!(spill.file.is_some());
        let bytes = spill.finish().unwrap();
        assert_eq!(*bytes, pieces.concat());
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    }

    #[test]
    fn a_small_member_needs_no_folder() {
        let mut spill = Spill::new(Path::new("/nonexistent"));
        spill.write(b"abc").unwrap();
        assert_eq!(&*spill.finish().unwrap(), b"abc");
    }

    #[test]
    fn a_folder_that_is_not_there_is_named() {
        let mut spill = Spill::new(Path::new("/nonexistent"));
        let error = spill.write(&vec![1; MEMORY_LIMIT + 1]).unwrap_err();
        assert!(error.to_string().starts_with("/nonexistent: cannot hold a decompressed member"), "{error}");
    }
}
