//! `manifest-sha256.txt`: the hash list of a report's folder, as `sha256sum -c` reads it.

use sha2::{Digest, Sha256};
use std::fs::File;
use std::io::{self, Write};
use std::path::Path;

/// The name of the hash list.
const MANIFEST: &str = "manifest-sha256.txt";

/// A file of a report that is not what the hash list says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Broken {
    /// Its name.
    pub name: String,
    /// What is wrong.
    pub message: String,
}

fn hash(path: &Path) -> io::Result<String> {
    let mut hasher = Sha256::new();
    io::copy(&mut File::open(path)?, &mut hasher)?;
    Ok(hex::encode(hasher.finalize()))
}

/// A new file of a report, hashed in the pass that writes it.
#[derive(Debug)]
pub struct Sealed {
    name: &'static str,
    file: File,
    hasher: Sha256,
}

impl Sealed {
    /// Makes the file.
    ///
    /// # Errors
    /// Where it exists, or cannot be made.
    pub fn create(folder: &Path, name: &'static str) -> io::Result<Self> {
        Ok(Sealed { name, file: File::create_new(folder.join(name))?, hasher: Sha256::new() })
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

/// Writes the hash list: the lines of the files of a folder.
///
/// # Errors
/// Where it cannot be written.
pub fn write_manifest(folder: &Path, lines: &[String]) -> io::Result<()> {
    let mut list = File::create_new(folder.join(MANIFEST))?;
    list.write_all(lines.concat().as_bytes())?;
    list.sync_all()
}

/// Holds the files of a folder against its hash list.
///
/// # Errors
/// Where there is no list.
pub fn check_manifest(folder: &Path) -> io::Result<Vec<Broken>> {
    let list = std::fs::read_to_string(folder.join(MANIFEST))?;
    let mut broken = Vec::new();
    for line in list.lines().filter(|line| !line.is_empty()) {
        let (said, name) = line.split_once("  ").unwrap_or((line, ""));
        match hash(&folder.join(name)) {
            Ok(found) if found == said => {}
            Ok(found) => broken.push(Broken {
                name: name.to_owned(),
                message: format!("SHA-256 {said} in {MANIFEST}, {found} now"),
            }),
            Err(error) => broken.push(Broken { name: name.to_owned(), message: error.to_string() }),
        }
    }
    Ok(broken)
}
