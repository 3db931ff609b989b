//! `manifest-sha256.txt`: the hash list of a report's folder, as `sha256sum -c` reads it.

use sha2::{Digest, Sha256};
use std::fs::File;
use std::io::{self, Write};
use std::path::Path;

/// What a report consists of, beside its hash list.
pub const SEALED: &[&str] = &["report.json", "run.json"];

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

/// Writes the hash list: the lines of the files of a folder.
///
/// # Errors
/// Where it cannot be written.
pub fn write_manifest(folder: &Path, lines: &[String]) -> io::Result<()> {
    let mut list = File::create_new(folder.join(MANIFEST))?;
    list.write_all(lines.concat().as_bytes())?;
    list.sync_all()
}

/// Whether a name of a hash list is that of a file of the report, or of its one folder for the parts of a large page.
fn is_inside(folder: &Path, name: &str) -> bool {
    let is_plain = |name: &str| !name.is_empty() && !name.contains(['/', '\\']) && name != "..";
    match name.strip_prefix("report-parts/") {
        // A link in the place of the folder could lead anywhere.
        Some(part) => {
            is_plain(part) && folder.join("report-parts").symlink_metadata().is_ok_and(|found| found.is_dir())
        }
        None => is_plain(name),
    }
}

/// Holds the files of a folder against its hash list.
///
/// # Errors
/// Where there is no list.
pub fn check_manifest(folder: &Path) -> io::Result<Vec<Broken>> {
    let list = std::fs::read_to_string(folder.join(MANIFEST))?;
    let mut broken = Vec::new();
    let mut listed = Vec::new();
    for line in list.lines().filter(|line| !line.is_empty()) {
        let (said, name) = line.split_once("  ").unwrap_or((line, ""));
        listed.push(name);
        // A path could lead out of the folder, to a pipe or to another report.
        if !is_inside(folder, name) {
            let message = format!("{MANIFEST} names what is no file of the report");
            broken.push(Broken { name: name.to_owned(), message });
            continue;
        }
        match hash(&folder.join(name)) {
            Ok(found) if found == said => {}
            Ok(found) => broken.push(Broken {
                name: name.to_owned(),
                message: format!("SHA-256 {said} in {MANIFEST}, {found} now"),
            }),
            Err(error) => broken.push(Broken { name: name.to_owned(), message: error.to_string() }),
        }
    }
    for name in SEALED.iter().filter(|name| !listed.contains(name)) {
        broken.push(Broken { name: (*name).to_owned(), message: format!("{MANIFEST} does not list it") });
    }
    Ok(broken)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn messages(list: &str) -> Vec<String> {
        let folder = tempfile::tempdir().unwrap();
        for name in SEALED {
            std::fs::write(folder.path().join(name), b"").unwrap();
        }
        std::fs::write(folder.path().join(MANIFEST), list).unwrap();
        check_manifest(folder.path())
            .unwrap()
            .into_iter()
            .map(|b| format!("{}: {}", b.name, b.message))
            .collect()
    }

    const EMPTY: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

    #[test]
    fn a_list_that_lists_nothing_seals_nothing() {
        let told = messages("");
        assert_eq!(told.len(), 2);
        assert!(told.iter().all(|line| line.ends_with("does not list it")), "{told:?}");
        assert!(messages(&format!("{EMPTY}  report.json\n{EMPTY}  run.json\n")).is_empty());
    }

    #[test]
    fn a_list_cannot_lead_out_of_its_folder() {
        for name in [
            "/dev/zero",
            "../report.json",
            "..",
            "",
            "report-parts/",
            "report-parts/..",
            "report-parts/../report.json",
            "other/x",
        ] {
            let told = messages(&format!("{EMPTY}  report.json\n{EMPTY}  run.json\n{EMPTY}  {name}\n"));
            assert_eq!(told.len(), 1, "{name}");
            assert!(told[0].contains("no file of the report"), "{told:?}");
        }
    }
}
