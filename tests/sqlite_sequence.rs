//! What the order and the counts of a database say about rows that are gone, held against databases of which SQLite itself removed them,
//! and against those of which it removed nothing.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test stops where it fails")]

use affiant::parse::Finding;
use affiant::parse::sqlite::{Database, Files, RowidGap, Sequence};
use rusqlite::Connection;
use std::fs;
use std::path::{Path, PathBuf};

const FILL: &str = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2000)
    INSERT INTO t SELECT i, printf('message %d of somebody', i) FROM n;";

/// The bytes of a database that SQLite makes of some statements.
fn made(setup: &str, sql: &str) -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("made.db");
    let sqlite = Connection::open(&path).unwrap();
    sqlite.execute_batch("PRAGMA page_size = 1024; PRAGMA secure_delete = 0;").unwrap();
    sqlite.execute_batch(setup).unwrap();
    sqlite.execute_batch(sql).unwrap();
    drop(sqlite);
    fs::read(path).unwrap()
}

fn sequence(main: &[u8]) -> Sequence {
    let sequence = Database::open(Files { main, wal: None, journal: None }).unwrap().sequence();
    assert!(
        sequence.findings.iter().chain(&sequence.circumstances).all(|finding| !finding.loss),
        "an observation is no loss"
    );
    sequence
}

fn codes(sequence: &Sequence) -> Vec<&'static str> {
    sequence.findings.iter().map(|finding| finding.code).collect()
}

fn gap_finding(sequence: &Sequence) -> Finding {
    sequence.tables[0].finding(&mut |_| None).unwrap()
}

const PLAIN: &str = "CREATE TABLE t (id INTEGER PRIMARY KEY, body TEXT);";
const AUTO: &str = "CREATE TABLE t (id INTEGER PRIMARY KEY AUTOINCREMENT, body TEXT);";

#[test]
fn a_table_of_which_nothing_was_removed_gives_no_finding() {
    for (create, setup) in
        [(PLAIN, ""), (AUTO, ""), (PLAIN, "PRAGMA auto_vacuum = 1;"), (AUTO, "PRAGMA secure_delete = 1;")]
    {
        let main = made(
            setup,
            &format!(
                "{create} CREATE TABLE other (x); {FILL} INSERT INTO other SELECT body FROM t; UPDATE t SET body = body || 'x' WHERE id % 7 = 0;"
            ),
        );
        let sequence = sequence(&main);
        assert_eq!(
            codes(&sequence).into_iter().filter(|code| *code != "sqlite-secure-delete-trace").count(),
            0,
            "{create} {setup}"
        );
        assert!(sequence.tables.iter().all(|gaps| !gaps.any()), "{:?}", sequence.tables);
        assert_eq!(sequence.tables[0].rows, 2000);
    }
}

#[test]
fn a_run_that_was_deleted_stands_between_its_neighbours() {
    let main = made(
        "",
        &format!(
            "{PLAIN} {FILL} DELETE FROM t WHERE id BETWEEN 418 AND 429; DELETE FROM t WHERE id = 1000; DELETE FROM t WHERE id < 3;"
        ),
    );
    let sequence = sequence(&main);
    let gaps = &sequence.tables[0];
    assert_eq!((gaps.rows, gaps.runs, gaps.missing), (2000 - 15, 3, 15));
    assert_eq!(
        gaps.greatest,
        [
            RowidGap { before: None, after: Some(3), missing: 2 },
            RowidGap { before: Some(417), after: Some(430), missing: 12 },
            RowidGap { before: Some(999), after: Some(1001), missing: 1 },
        ]
    );
    let finding = gap_finding(&sequence);
    assert_eq!(finding.code, "sqlite-rowid-gaps");
    assert!(finding.message.contains("12 between 417 and 430"), "{}", finding.message);
    let offset = usize::try_from(finding.offset.unwrap()).unwrap();
    assert_eq!(&main[offset + 1..offset + 3], [0x83, 0x2e], "the offset is that of the cell of row 430");
    assert!(!codes(&sequence).contains(&"sqlite-vacuum-trace"));
}

#[test]
fn rows_removed_from_the_end_leave_a_gap_with_autoincrement_alone() {
    let sql = format!("{FILL} DELETE FROM t WHERE id > 1990;");
    let plain = sequence(&made("", &format!("{PLAIN} {sql}")));
    assert!(!plain.tables[0].any());
    let auto = sequence(&made("", &format!("{AUTO} {sql}")));
    assert_eq!(auto.tables[0].greatest, [RowidGap { before: Some(1990), after: None, missing: 10 }]);
    assert!(gap_finding(&auto).message.contains("10 given after 1990"), "{}", gap_finding(&auto).message);
    let main = made("", &format!("{AUTO} {sql}"));
    let offset = usize::try_from(gap_finding(&auto).offset.unwrap()).unwrap();
    assert_eq!(
        &main[offset + 5..offset + 8],
        b"t\x07\xd0",
        "the offset is that of the row of sqlite_sequence"
    );
    let emptied = sequence(&made("", &format!("{AUTO} {FILL} DELETE FROM t;")));
    assert!(
        gap_finding(&emptied).message.contains("all 2000 that were given"),
        "{}",
        gap_finding(&emptied).message
    );
}

#[test]
fn sqlite_sequence_below_its_table_without_its_table_or_without_its_row_is_said() {
    let change = |sql: &str| codes(&sequence(&made("", &format!("{AUTO} {FILL} {sql}"))));
    assert_eq!(change("UPDATE sqlite_sequence SET seq = 5;"), ["sqlite-sequence-below"]);
    assert_eq!(change("INSERT INTO sqlite_sequence VALUES ('gone', 7);"), ["sqlite-sequence-orphaned"]);
    assert_eq!(change("DELETE FROM sqlite_sequence;"), ["sqlite-sequence-missing"]);
    assert_eq!(
        change(
            "CREATE TABLE u (id INTEGER PRIMARY KEY AUTOINCREMENT); INSERT INTO u VALUES (5); DROP TABLE u;"
        ),
        ["sqlite-freelist"]
    );
}

#[test]
fn the_freelist_tells_what_its_pages_hold_and_where_its_count_is_wrong() {
    let mut main = made("", &format!("{PLAIN} {FILL} DELETE FROM t WHERE id > 500;"));
    let found = sequence(&main);
    assert_eq!(codes(&found), ["sqlite-freelist"]);
    let sqlite_says = u32::from_be_bytes(main[36..40].try_into().unwrap());
    assert!(sqlite_says > 20 && found.findings[0].message.starts_with(&format!("{sqlite_says} of ")));
    assert!(found.findings[0].message.contains("cells still"), "{}", found.findings[0].message);
    main[39] ^= 1;
    let changed = sequence(&main);
    assert_eq!(codes(&changed), ["sqlite-freelist", "sqlite-freelist-count"]);
    assert_eq!(changed.findings[1].offset, Some(36));
    main[39] ^= 1;
    let trunk = usize::try_from(u32::from_be_bytes(main[32..36].try_into().unwrap())).unwrap();
    main[(trunk - 1) * 1024 + 8..][..4].copy_from_slice(&2u32.to_be_bytes());
    assert!(codes(&sequence(&main)).contains(&"sqlite-freelist-in-use"));
    let itself = u32::try_from(trunk).unwrap().to_be_bytes();
    main[(trunk - 1) * 1024..][..4].copy_from_slice(&itself);
    assert!(codes(&sequence(&main)).contains(&"sqlite-freelist-broken"));
}

#[test]
fn a_vacuum_after_rows_were_removed_is_told_from_the_removal_alone() {
    let sql = format!(
        "{AUTO} CREATE TABLE other (x); {FILL} INSERT INTO other SELECT body FROM t; DELETE FROM t WHERE id % 10 = 3;"
    );
    assert!(!codes(&sequence(&made("", &sql))).contains(&"sqlite-vacuum-trace"));
    let vacuumed = sequence(&made("", &format!("{sql} VACUUM;")));
    assert_eq!(codes(&vacuumed), ["sqlite-vacuum-trace"]);
    assert_eq!(vacuumed.tables[0].missing, 200);
}

#[test]
fn freed_space_of_zeros_is_told_from_freed_space_that_still_holds_cells() {
    let sql = format!("{PLAIN} {FILL} DELETE FROM t WHERE id BETWEEN 100 AND 800 OR id % 10 = 3;");
    let code = "sqlite-secure-delete-trace";
    assert!(!codes(&sequence(&made("", &sql))).contains(&code));
    for (setting, word) in [("1", "overwritten"), ("FAST", "FAST, which leaves")] {
        let found = sequence(&made(&format!("PRAGMA secure_delete = {setting};"), &sql));
        let finding = found.findings.iter().find(|finding| finding.code == code).unwrap();
        assert!(finding.message.contains(word), "{}", finding.message);
    }
}

#[test]
fn auto_vacuum_is_a_circumstance() {
    let sql = format!("{PLAIN} {FILL} DELETE FROM t WHERE id BETWEEN 100 AND 800;");
    for (mode, word) in [(1, "full"), (2, "incremental")] {
        let found = sequence(&made(&format!("PRAGMA auto_vacuum = {mode};"), &sql));
        let finding = &found.circumstances[0];
        assert_eq!((finding.code, finding.offset), ("sqlite-auto-vacuum", Some(52)));
        assert!(finding.message.contains(word), "{finding:?}");
    }
    assert!(sequence(&made("", &sql)).circumstances.is_empty());
}

#[test]
fn a_change_counter_that_the_page_count_was_not_written_with_is_said() {
    let mut main = made("", &format!("{PLAIN} {FILL}"));
    main[27] ^= 1;
    let found = sequence(&main);
    assert_eq!((codes(&found), found.findings[0].offset), (vec!["sqlite-change-counter"], Some(92)));
}

#[test]
fn rowids_that_the_app_chose_are_no_gaps() {
    let sql = "CREATE TABLE t (id INTEGER PRIMARY KEY, body TEXT);
        WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 500)
        INSERT INTO t SELECT abs(random() / 1000000), 'x' FROM n;";
    let sequence = sequence(&made("", sql));
    assert_eq!(gap_finding(&sequence).code, "sqlite-rowid-sparse");
}

#[test]
fn a_full_text_index_is_no_table_of_the_app() {
    let sql = "CREATE VIRTUAL TABLE f USING fts5(body);
        INSERT INTO f(rowid, body) VALUES (5, 'a word'), (90, 'another'); DELETE FROM f WHERE rowid = 5;";
    assert!(sequence(&made("", sql)).tables.iter().all(|gaps| !gaps.any()));
}

#[test]
fn a_damaged_tree_has_no_gaps() {
    let mut main = made("", &format!("{PLAIN} {FILL}"));
    let pages = main.len() / 1024;
    main[(pages / 2) * 1024] = 0;
    assert!(sequence(&main).tables.is_empty(), "what seems missing stands on a page that cannot be read");
}

#[test]
fn a_wal_that_is_older_than_its_database_and_one_begun_anew_are_said() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("w.db");
    let sqlite = Connection::open(&path).unwrap();
    sqlite
        .execute_batch(&format!(
            "PRAGMA journal_mode = WAL; {PLAIN} {FILL} PRAGMA wal_checkpoint(RESTART); CREATE TABLE b (x);"
        ))
        .unwrap();
    let wal = fs::read(folder.path().join("w.db-wal")).unwrap();
    let mut main = fs::read(&path).unwrap();
    let read = |main: &[u8]| {
        let sequence = Database::open(Files { main, wal: Some(&wal), journal: None }).unwrap().sequence();
        assert_eq!(sequence.circumstances[0].code, "sqlite-wal-sequence");
        codes(&sequence)
    };
    assert_eq!(read(&main), Vec::<&str>::new());
    main[40] = 1;
    assert_eq!(read(&main), ["sqlite-wal-behind"]);
}

fn databases(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        if entry.file_type().unwrap().is_dir() {
            databases(&entry.path(), found);
        } else if entry.file_type().unwrap().is_file() {
            found.push(entry.path());
        }
    }
}

/// Hostile databases among them: nothing panics or hangs, nothing is a loss, and no file is flooded with findings.
#[test]
fn every_database_of_the_corpus_gives_a_few_observations_and_no_loss() {
    let Some(corpus) = std::env::var_os("AFFIANT_CORPUS") else {
        println!("skipped: AFFIANT_CORPUS is not set");
        return;
    };
    let mut paths = Vec::new();
    databases(Path::new(&corpus), &mut paths);
    paths.sort();
    let mut read = 0;
    for path in paths {
        let main = fs::read(&path).unwrap();
        if !main.starts_with(b"SQLite format 3\0") {
            continue;
        }
        let wal = fs::read(format!("{}-wal", path.display())).ok();
        let Ok(database) = Database::open(Files { main: &main, wal: wal.as_deref(), journal: None }) else {
            continue;
        };
        let sequence = database.sequence();
        read += 1;
        assert!(sequence.findings.len() <= 10 && sequence.findings.iter().all(|finding| !finding.loss));
        for finding in &sequence.findings {
            println!("{}: {}: {}", path.display(), finding.code, finding.message);
        }
        for finding in sequence.tables.iter().filter_map(|gaps| gaps.finding(&mut |_| None)) {
            println!("{}: {}: {}", path.display(), finding.code, finding.message);
        }
    }
    assert!(read > 100, "only {read} databases were read");
}
