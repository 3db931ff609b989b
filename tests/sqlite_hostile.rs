//! Damaged databases: truncated at every byte, every byte flipped, chains that bite their tail. No panic, no hang, the
//! neighbours still read, and nothing lost without a finding.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test stops where it fails")]

use affiant::parse::sqlite::{Database, Files, Row};
use affiant::parse::{Error, Finding};
use rusqlite::Connection;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

const PAGE: usize = 512;

/// A small database with every structure: interior pages, overflow chains, WITHOUT ROWID, a second encoding of its own.
const CONTENT: &str = "
    CREATE TABLE t(id INTEGER PRIMARY KEY, a TEXT, b BLOB);
    CREATE TABLE k(k TEXT PRIMARY KEY, v REAL DEFAULT 1) WITHOUT ROWID;
    WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 24)
        INSERT INTO t SELECT i, 'text ' || i, zeroblob(i % 8 * 9) FROM n;
    INSERT INTO t VALUES(100, 'long', randomblob(1300)), (200, 'longer', randomblob(600));
    WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 16)
        INSERT INTO k SELECT 'key of some length ' || (i * 7 % 16), i FROM n;
    ALTER TABLE k ADD COLUMN w DEFAULT 'added';
";

struct Sample {
    main: Vec<u8>,
    wal: Vec<u8>,
    journal: Vec<u8>,
}

fn companion(path: &Path, suffix: &str) -> Vec<u8> {
    fs::read(path.with_file_name(format!("sample.db{suffix}"))).unwrap()
}

/// The same database without companions, with a WAL and with a hot journal.
fn sample(auto_vacuum: u8, mode: &str) -> Sample {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("sample.db");
    let sqlite = Connection::open(&path).unwrap();
    let pragmas = format!("PRAGMA page_size = {PAGE}; PRAGMA auto_vacuum = {auto_vacuum};");
    sqlite.execute_batch(&pragmas).unwrap();
    sqlite.execute_batch(CONTENT).unwrap();
    let (mut wal, mut journal) = (Vec::new(), Vec::new());
    if mode == "wal" {
        sqlite.execute_batch("PRAGMA journal_mode = WAL").unwrap_or(());
        sqlite
            .execute_batch("UPDATE t SET a = 'changed' WHERE id % 9 = 0; INSERT INTO t(a) VALUES('new')")
            .unwrap();
        wal = companion(&path, "-wal");
    }
    if mode == "journal" {
        sqlite
            .execute_batch("PRAGMA cache_size = 1; PRAGMA cache_spill = 1; BEGIN; UPDATE t SET a = 'changed'")
            .unwrap();
        journal = companion(&path, "-journal");
    }
    Sample { main: fs::read(&path).unwrap(), wal, journal }
}

/// Rows by place, and everything that was said.
#[derive(Default)]
struct Read {
    complete: BTreeMap<(String, u64), Vec<u8>>,
    cut: usize,
    findings: Vec<Finding>,
}

impl Read {
    fn row(&mut self, table: &affiant::parse::sqlite::Table, row: &Row<'_>) {
        for column in 0..table.columns.len() {
            drop(row.value(table, column));
            let _ = (row.is_default(table, column), row.is_missing(table, column));
        }
        drop((row.identity(table), row.overflow()));
        self.findings.extend(row.finding().cloned());
        if row.complete {
            self.complete.insert((table.name.clone(), row.place.offset), row.payload().to_vec());
        } else {
            assert!(row.finding().is_some(), "a row that is not complete says why");
            self.cut += 1;
        }
    }
}

/// Reads all that there is, in no more than a moment.
fn read(main: &[u8], wal: &[u8], journal: &[u8]) -> Result<Read, Error> {
    let start = Instant::now();
    let database = Database::open(Files { main, wal: Some(wal), journal: Some(journal) })?;
    let mut read = Read { findings: database.findings().to_vec(), ..Read::default() };
    for table in database.schema().tables.iter().chain(database.dropped_tables()) {
        for row in database.rows(table).chain(database.older_rows(table)) {
            match row {
                Ok(row) => {
                    read.row(table, &row);
                    if row.place.offset % 4 == 0 {
                        drop(database.row_at(table, &row.place));
                        drop(row.rowid.map(|rowid| database.find(table, rowid)));
                    }
                }
                Err(finding) => read.findings.push(finding),
            }
        }
    }
    assert!(start.elapsed() < Duration::from_secs(5), "took {:?}", start.elapsed());
    Ok(read)
}

#[test]
fn a_database_cut_at_any_byte_loses_only_what_is_cut_and_says_so() {
    for auto_vacuum in [0, 1] {
        let Sample { main, .. } = sample(auto_vacuum, "none");
        let whole = read(&main, &[], &[]).unwrap();
        assert_eq!((whole.complete.len(), whole.cut, &whole.findings), (42, 0, &vec![]));
        for length in 1..main.len() {
            let Ok(part) = read(&main[..length], &[], &[]) else {
                assert!(length < 100, "{length} bytes are refused");
                continue;
            };
            assert!(part.findings.iter().any(|finding| finding.loss), "{length} bytes: no loss");
            for (place, payload) in &part.complete {
                assert_eq!(whole.complete.get(place), Some(payload), "{length} bytes: {place:?}");
            }
        }
    }
}

#[test]
fn a_leaf_that_is_left_is_read_whatever_else_is_cut() {
    let Sample { main, .. } = sample(0, "none");
    let whole = read(&main, &[], &[]).unwrap();
    let in_first_leaf = |offset: u64| (offset - 1) / PAGE as u64 == 3;
    let leaf: Vec<_> = whole.complete.keys().filter(|(name, at)| name == "t" && in_first_leaf(*at)).collect();
    assert!(!leaf.is_empty());
    let part = read(&main[..4 * PAGE], &[], &[]).unwrap();
    for place in leaf {
        assert_eq!(part.complete.get(place), whole.complete.get(place));
    }
}

#[test]
fn every_flipped_byte_is_survived() {
    for (auto_vacuum, mode) in [(0, "none"), (1, "wal"), (0, "journal")] {
        let Sample { main, wal, journal } = sample(auto_vacuum, mode);
        let (mut opened, mut files) = (0, [main, wal, journal]);
        for file in 0..files.len() {
            for at in 0..files[file].len() {
                let mask = [0xff, 0x01, 0x80, 0x0f][at % 4];
                files[file][at] ^= mask;
                opened += usize::from(read(&files[0], &files[1], &files[2]).is_ok());
                files[file][at] ^= mask;
            }
        }
        let bytes: usize = files.iter().map(Vec::len).sum();
        assert!(opened > bytes - 100, "{opened} of {bytes}");
    }
}

#[test]
fn a_companion_cut_at_any_byte_is_survived() {
    for (auto_vacuum, mode) in [(1, "wal"), (0, "journal")] {
        let Sample { main, wal, journal } = sample(auto_vacuum, mode);
        for length in 0..wal.len() {
            assert!(read(&main, &wal[..length], &[]).is_ok());
        }
        for length in 0..journal.len() {
            assert!(read(&main, &[], &journal[..length]).is_ok());
        }
        for length in (100..main.len()).step_by(7) {
            assert!(read(&main[..length], &wal, &journal).is_ok());
        }
    }
}

#[test]
fn overflow_chains_that_bite_their_tail_end() {
    let Sample { main, .. } = sample(0, "none");
    let whole = read(&main, &[], &[]).unwrap();
    let database = Database::open(Files { main: &main, wal: None, journal: None }).unwrap();
    let row = database.find(database.table("t").unwrap(), 100).unwrap().unwrap();
    let (_, first, offset) = row.overflow()[0];
    let mut looped = main.clone();
    let at = usize::try_from(offset).unwrap();
    looped[at..at + 4].copy_from_slice(&first.to_be_bytes());
    let read = read(&looped, &[], &[]).unwrap();
    assert_eq!((read.cut, read.complete.len()), (1, whole.complete.len() - 1));
    let codes: Vec<_> = read.findings.iter().map(|finding| (finding.code, finding.offset)).collect();
    assert_eq!(codes, [("sqlite-overflow-loop", Some(offset))]);
}

#[test]
fn an_interior_page_that_points_at_itself_costs_one_finding() {
    let Sample { main, .. } = sample(0, "none");
    let whole = read(&main, &[], &[]).unwrap();
    let database = Database::open(Files { main: &main, wal: None, journal: None }).unwrap();
    let root = database.table("t").unwrap().root_page;
    let right = (usize::try_from(root).unwrap() - 1) * PAGE + 8;
    let mut looped = main.clone();
    looped[right..right + 4].copy_from_slice(&root.to_be_bytes());
    let read = read(&looped, &[], &[]).unwrap();
    let codes: Vec<_> = read.findings.iter().map(|finding| (finding.code, finding.offset)).collect();
    assert_eq!(codes, [("sqlite-page-repeated", Some(u64::try_from(right).unwrap()))]);
    assert!(read.complete.len() > whole.complete.len() / 2);
}

#[test]
fn what_is_no_database_is_refused_with_its_first_bytes() {
    let refused = |main: &[u8]| Database::open(Files { main, wal: None, journal: None }).err();
    let found = "504b0304".to_owned();
    assert_eq!(refused(b"PK\x03\x04"), Some(Error::WrongKind { expected: "a SQLite database", found }));
    assert!(matches!(refused(b"SQLite format 3\0"), Some(Error::Short { .. })));
}

#[test]
fn an_empty_main_file_beside_a_wal_is_an_empty_database_with_a_history() {
    let Sample { wal, .. } = sample(0, "wal");
    let database = Database::open(Files { main: &[], wal: Some(&wal), journal: None }).unwrap();
    assert_eq!(database.schema().tables.len(), 0);
    let codes: Vec<_> = database.findings().iter().map(|finding| (finding.code, finding.loss)).collect();
    assert!(codes.contains(&("sqlite-wal-orphaned", false)), "{codes:?}");
    assert!(codes.iter().all(|(_, loss)| !loss), "{codes:?}");
    assert!(!database.commits().is_empty());
    assert_eq!(Database::open(Files { main: &[], wal: None, journal: None }).unwrap().findings(), []);
}

#[test]
fn a_database_can_be_read_from_several_threads() {
    fn shared<T: Sync + Send>(_: &T) {}
    let Sample { main, .. } = sample(0, "none");
    shared(&Database::open(Files { main: &main, wal: None, journal: None }).unwrap());
}
