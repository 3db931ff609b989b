//! The files of a report, hashed in the pass that writes or reads them.

use sha2::{Digest, Sha256};
use std::fs::File;
use std::io::{self, Read, Write};
use std::path::Path;

/// A new file of a report, hashed in the pass that writes it.
#[derive(Debug)]
pub struct Sealed {
    name: String,
    file: File,
    hasher: Sha256,
}

impl Sealed {
    /// Makes the file.
    ///
    /// # Errors
    /// Where it exists, or cannot be made.
    pub fn create(folder: &Path, name: &str) -> io::Result<Self> {
        Ok(Sealed {
            name: name.to_owned(),
            file: File::create_new(folder.join(name))?,
            hasher: Sha256::new(),
        })
    }

    /// Ends it: its line of the hash list.
    ///
    /// # Errors
    /// Where its bytes cannot be brought to the disk.
    pub fn end(self) -> io::Result<String> {
        self.file.sync_all()?;
        Ok(format!("{}  {}\n", hex::encode(self.hasher.finalize()), self.name))
    }
}

impl Write for Sealed {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.file.write(bytes)?;
        self.hasher.update(bytes.get(..written).unwrap_or(bytes));
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

/// Hashes what is read through it.
pub(super) struct Hashed<R> {
    inner: R,
    hasher: Sha256,
}

impl<R: Read> Hashed<R> {
    pub(super) fn new(inner: R) -> Self {
        Hashed { inner, hasher: Sha256::new() }
    }

    /// SHA-256 of what was read so far, in hex.
    pub(super) fn sha256(self) -> String {
        hex::encode(self.hasher.finalize())
    }
}

impl<R: Read> Read for Hashed<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        self.hasher.update(buffer.get(..read).unwrap_or(buffer));
        Ok(read)
    }
}
