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

/// Writes the hash list of these files of a folder.
///
/// # Errors
/// Where a file cannot be read, or the list not written.
pub fn write_manifest(folder: &Path, names: &[&str]) -> io::Result<()> {
    let mut list = File::create_new(folder.join(MANIFEST))?;
    for name in names {
        writeln!(list, "{}  {name}", hash(&folder.join(name))?)?;
    }
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
