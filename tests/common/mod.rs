//! Running the built binary as a user would.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]
#![allow(dead_code, reason = "each test file uses its part")]

pub mod android_backup;
pub mod itunes;

use sha2::Digest as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use tempfile::TempDir;

/// The root of the repository.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The built binary with arguments, in the root of the repository.
pub fn affiant(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_affiant"));
    command.args(arguments).current_dir(root());
    command
}

/// Parses an evidence into a new folder and reads the report; exit status 2 is a failure.
pub fn parsed(evidence: &str, options: &[&str]) -> (TempDir, serde_json::Value) {
    let folder = tempfile::tempdir().unwrap();
    let output = folder.path().join("report");
    let mut arguments = vec!["parse", evidence, "--quiet", "--output", output.to_str().unwrap()];
    arguments.extend(options);
    let run = affiant(&arguments).output().unwrap();
    assert!(matches!(run.status.code(), Some(0 | 1)), "{}", String::from_utf8_lossy(&run.stderr));
    let report = std::fs::read(output.join("data/report.json")).unwrap();
    (folder, serde_json::from_slice(&report).unwrap())
}

/// Makes a folder the bag that a report is, with these texts as its `report.json` and `run.json`: as a forger would.
pub fn seal(folder: &Path, report: &[u8], run: &[u8]) {
    let hash = |bytes: &[u8]| hex::encode(sha2::Sha256::digest(bytes));
    std::fs::create_dir_all(folder.join("data")).unwrap();
    let mut list = String::new();
    for (name, bytes) in [("data/report.json", report), ("data/run.json", run)] {
        std::fs::write(folder.join(name), bytes).unwrap();
        list.push_str(&format!("{}  {name}\n", hash(bytes)));
    }
    let mut tags = String::new();
    for (name, text) in [
        ("bagit.txt", "BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"),
        ("bag-info.txt", "Bag-Software-Agent: a forger\n"),
        ("manifest-sha256.txt", &list),
    ] {
        std::fs::write(folder.join(name), text).unwrap();
        tags.push_str(&format!("{}  {name}\n", hash(text.as_bytes())));
    }
    std::fs::write(folder.join("tagmanifest-sha256.txt"), tags).unwrap();
}

/// Every file below a folder, as paths relative to it, sorted.
pub fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found: Vec<PathBuf> = walkdir::WalkDir::new(folder)
        .into_iter()
        .map(Result::unwrap)
        .filter(|entry| entry.file_type().is_file())
        .map(|entry| entry.path().strip_prefix(folder).unwrap().to_owned())
        .collect();
    found.sort();
    found
}

/// A zip of a folder, members deflated, under a prefix.
pub fn zip_of(folder: &Path, prefix: &str, archive: &Path) {
    use std::io::Write as _;
    let mut zip = zip::ZipWriter::new(std::fs::File::create(archive).unwrap());
    let options =
        zip::write::SimpleFileOptions::default().compression_method(zip::CompressionMethod::Deflated);
    for file in files(folder) {
        zip.start_file(format!("{prefix}{}", file.display()), options).unwrap();
        zip.write_all(&std::fs::read(folder.join(&file)).unwrap()).unwrap();
    }
    zip.finish().unwrap();
}
