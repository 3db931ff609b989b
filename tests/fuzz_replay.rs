//! Replays the fuzz targets' seeds and every input that once broke one, through the function that the target itself calls. The seeds of the
//! target `realm` are replayed by `tests/realm_hostile.rs`, which makes them.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on fails")]

#[path = "../fuzz/inputs/realm.rs"]
mod realm;
#[path = "../fuzz/inputs/sqlite.rs"]
mod sqlite;

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// The inputs of a folder of `fuzz/`, sorted by name; none where git kept no such folder.
fn inputs(folder: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz").join(folder);
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths
}

/// Reads one input, in no more time than an unoptimised build may take.
fn read(path: &Path) -> Option<sqlite::Counts> {
    let started = Instant::now();
    let counts = sqlite::read(&fs::read(path).unwrap());
    assert!(started.elapsed() < Duration::from_secs(10), "{}: {:?}", path.display(), started.elapsed());
    counts
}

#[test]
fn every_seed_is_a_database_whose_rows_are_read() {
    let seeds = inputs("seeds/sqlite");
    assert!(seeds.len() >= 12, "only {} seeds", seeds.len());
    for path in &seeds {
        let counts = read(path).unwrap_or_else(|| panic!("{}: no database", path.display()));
        assert!(counts.live > 0 && counts.values > counts.live, "{}: {counts:?}", path.display());
        assert!(path.metadata().unwrap().len() < 16 * 1024, "{} is no small seed", path.display());
    }
}

#[test]
fn every_input_that_once_broke_the_reader_is_read_now() {
    for path in inputs("crashes/sqlite") {
        read(&path);
    }
}

#[test]
fn a_cut_seed_is_read_or_refused() {
    for path in inputs("seeds/sqlite") {
        let bytes = fs::read(path).unwrap();
        for length in (0..bytes.len()).step_by(97) {
            sqlite::read(&bytes[..length]);
        }
    }
}

#[test]
fn every_realm_input_that_once_broke_the_reader_is_read_now() {
    for path in inputs("crashes/realm") {
        let started = Instant::now();
        realm::read(&fs::read(&path).unwrap());
        assert!(started.elapsed() < Duration::from_secs(10), "{}: {:?}", path.display(), started.elapsed());
    }
}
