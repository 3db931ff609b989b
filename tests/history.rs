//! The promise: every state that a WAL or a journal holds reads as SQLite read it at its time, and what a commit changed
//! is the difference of the two states around it.
//!
//! The database is copied after every commit and read by SQLite; then the last copy alone must give all those states.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test stops where it fails")]

use affiant::parse::Value;
use affiant::parse::sqlite::{ChangeKind, Database, Files, Row, Table, View};
use rusqlite::Connection;
use rusqlite::types::ValueRef;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

/// Rows by table and by the text of their first column, which is their key.
type State = BTreeMap<(String, String), String>;

struct Bytes {
    main: Vec<u8>,
    wal: Option<Vec<u8>>,
    journal: Option<Vec<u8>>,
}

impl Bytes {
    fn read(path: &Path) -> Bytes {
        let beside = |end: &str| fs::read(format!("{}{end}", path.display())).ok();
        Bytes { main: fs::read(path).unwrap(), wal: beside("-wal"), journal: beside("-journal") }
    }

    fn files(&self) -> Files<'_> {
        Files { main: &self.main, wal: self.wal.as_deref(), journal: self.journal.as_deref() }
    }

    /// What SQLite reads from a copy.
    fn state(&self) -> State {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("copy.db");
        fs::write(&path, &self.main).unwrap();
        for (end, bytes) in [("-wal", &self.wal), ("-journal", &self.journal)] {
            if let Some(bytes) = bytes {
                fs::write(format!("{}{end}", path.display()), bytes).unwrap();
            }
        }
        state(&Connection::open(path).unwrap())
    }
}

/// A number that depends on the one before it.
fn next(seed: &mut u64) -> u64 {
    *seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    *seed >> 33
}

fn state(sqlite: &Connection) -> State {
    let sql = "SELECT name FROM sqlite_schema WHERE type = 'table' AND rootpage > 0";
    let mut statement = sqlite.prepare(sql).unwrap();
    let names: Vec<String> = statement.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
    let mut state = State::new();
    for name in names {
        let mut statement = sqlite.prepare(&format!("SELECT * FROM {name}")).unwrap();
        let columns = statement.column_count();
        let mut rows = statement.query([]).unwrap();
        while let Some(row) = rows.next().unwrap() {
            let values: Vec<String> = (0..columns).map(|at| theirs(row.get_ref(at).unwrap())).collect();
            state.insert((name.clone(), values[0].clone()), values.join(" "));
        }
    }
    state
}

fn theirs(value: ValueRef<'_>) -> String {
    match value {
        ValueRef::Null => "null".to_owned(),
        ValueRef::Integer(number) => number.to_string(),
        ValueRef::Real(number) => format!("r{number}"),
        ValueRef::Text(text) => format!("t{}", String::from_utf8_lossy(text)),
        ValueRef::Blob(bytes) => format!("b{}", hex::encode(bytes)),
    }
}

fn ours(value: &Value<'_>) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::Integer(number) => number.to_string(),
        Value::Real(number) => format!("r{number}"),
        Value::Text(text) => format!("t{text}"),
        Value::Blob(bytes) => format!("b{}", hex::encode(bytes)),
        other => panic!("{other:?}"),
    }
}

fn entry(table: &Table, row: &Row<'_>) -> ((String, String), String) {
    assert!(row.complete, "{:?} {:?} {:?}", row.finding(), row.place, row.overflow());
    let values: Vec<String> = (0..table.columns.len()).map(|at| ours(&row.value(table, at))).collect();
    ((table.name.clone(), values[0].clone()), values.join(" "))
}

/// The rows that stand in a view: live ones and older ones.
fn visible(database: &Database<'_>, view: View) -> State {
    let mut state = State::new();
    let mut add = |table: &Table, row: Row<'_>| {
        if database.is_visible(&row.place, view) {
            let (key, text) = entry(table, &row);
            let known = state.insert(key.clone(), text.clone());
            assert!(known.is_none_or(|known| known == text), "two versions of {key:?} stand in {view}");
        }
    };
    for table in &database.schema().tables {
        database.rows(table).for_each(|row| add(table, row.unwrap()));
    }
    for table in database.schema().tables.iter().chain(database.dropped_tables()) {
        for row in database.older_rows(table) {
            let row = row.unwrap();
            let again = database.row_at(table, &row.place).unwrap();
            assert_eq!((again.rowid, again.payload()), (row.rowid, row.payload()));
            add(table, row);
        }
    }
    state
}

fn assert_equal(found: &State, expected: &State, what: &str) {
    for (key, text) in expected {
        assert!(
            found.get(key) == Some(text),
            "{what}: {key:?} is {:?}",
            found.get(key).map(|row| &row[..row.len().min(60)])
        );
    }
    let more: Vec<_> = found.keys().filter(|key| !expected.contains_key(*key)).collect();
    assert!(more.is_empty(), "{what}: too much: {more:?}");
}

/// What differs between two states, as (key, row before, row after).
fn difference(before: &State, after: &State) -> BTreeMap<(String, String), (Option<String>, Option<String>)> {
    let keys = before.keys().chain(after.keys());
    let pairs = keys.map(|key| (key.clone(), (before.get(key).cloned(), after.get(key).cloned())));
    pairs.filter(|(_, (before, after))| before != after).collect()
}

fn assert_changes(database: &Database<'_>, view: View, (before, after): (&State, &State)) {
    let mut found = BTreeMap::new();
    for change in database.changes(view) {
        let (key, row) = entry(change.table, &change.row);
        let sides = match change.kind {
            ChangeKind::Inserted => (None, Some(row)),
            ChangeKind::Updated { from } => (Some(entry(change.table, &from).1), Some(row)),
            ChangeKind::Deleted => (Some(row), None),
        };
        found.insert(key, sides);
    }
    let expected = difference(before, after);
    let keys = |all: &BTreeMap<(String, String), _>| all.keys().cloned().collect::<Vec<_>>();
    assert_eq!(keys(&found), keys(&expected), "{view}");
    assert!(found == expected, "{view}: the content of a change differs");
}

fn fill(sqlite: &Connection, seed: &mut u64, page_size: u64) {
    let size = next(seed) % (page_size * 3);
    for _ in 0..1 + next(seed) % 20 {
        let id = next(seed) % 400;
        let length = if next(seed).is_multiple_of(9) { size } else { next(seed) % 60 };
        match next(seed) % 6 {
            0 => sqlite.execute("DELETE FROM t WHERE id = ?", [id]),
            1 => sqlite.execute("DELETE FROM k WHERE name = ?", [format!("name {id}")]),
            2 => sqlite
                .execute("INSERT OR REPLACE INTO k VALUES(?, randomblob(?))", (format!("name {id}"), length)),
            3 => sqlite.execute("UPDATE t SET a = ? WHERE id = ?", (format!("changed {length}"), id)),
            _ => sqlite.execute(
                "INSERT OR REPLACE INTO t VALUES(?, ?, randomblob(?))",
                (id, format!("text {id}"), length),
            ),
        }
        .unwrap();
    }
}

/// One transaction of any kind.
fn transaction(sqlite: &Connection, seed: &mut u64, page_size: u64) {
    let table = next(seed) % 3;
    let name = format!("x{table}");
    let has = sqlite.prepare(&format!("SELECT * FROM {name}")).is_ok();
    sqlite.execute_batch("BEGIN IMMEDIATE; UPDATE t SET a = a || '.' WHERE id = 1000").unwrap();
    match next(seed) % 12 {
        0 if has => sqlite.execute_batch(&format!("DROP TABLE {name}")).unwrap(),
        0 => {
            let sql = format!(
                "CREATE TABLE {name}(id INTEGER PRIMARY KEY, v);
                 WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 150)
                 INSERT INTO {name} SELECT i, randomblob(i % 40) FROM n"
            );
            sqlite.execute_batch(&sql).unwrap();
        }
        1 => {
            let low = next(seed) % 400;
            sqlite.execute("DELETE FROM t WHERE id BETWEEN ?1 AND ?1 + 60", [low]).unwrap();
        }
        2 if has => sqlite.execute_batch(&format!("DELETE FROM {name} WHERE id % 3 = 0")).unwrap(),
        3 if has => sqlite.execute_batch(&format!("DELETE FROM {name}")).unwrap(),
        4 => sqlite.execute_batch("DELETE FROM k WHERE name LIKE '%7%'").unwrap(),
        _ => fill(sqlite, seed, page_size),
    }
    sqlite.execute_batch("COMMIT").unwrap();
}

fn create(path: &Path, page_size: u64, auto_vacuum: u8, seed: &mut u64) -> Connection {
    let sqlite = Connection::open(path).unwrap();
    let sql = format!(
        "PRAGMA page_size = {page_size}; PRAGMA auto_vacuum = {auto_vacuum}; PRAGMA synchronous = OFF;
         CREATE TABLE t(id INTEGER PRIMARY KEY, a TEXT, b BLOB);
         CREATE TABLE k(name TEXT PRIMARY KEY, v) WITHOUT ROWID;
         CREATE INDEX t_a ON t(a);
         INSERT INTO t VALUES(1000, 'counts', NULL);"
    );
    sqlite.execute_batch(&sql).unwrap();
    for _ in 0..40 {
        fill(&sqlite, seed, page_size);
    }
    sqlite
}

fn to_wal(sqlite: &Connection) {
    sqlite.execute_batch("PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 0").unwrap_or(());
}

#[test]
fn every_commit_of_a_wal_reads_as_sqlite_read_it_and_changes_what_differs() {
    for (page_size, auto_vacuum) in [(512, 0), (1024, 1), (4096, 0), (512, 1)] {
        for round in 0..3 {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("history.db");
            let seed = &mut (page_size + round);
            let sqlite = create(&path, page_size, auto_vacuum, seed);
            to_wal(&sqlite);
            let mut states = vec![Bytes::read(&path).state()];
            for _ in 0..40 {
                transaction(&sqlite, seed, page_size);
                states.push(Bytes::read(&path).state());
            }
            let bytes = Bytes::read(&path);
            let database = Database::open(bytes.files()).unwrap();
            assert_eq!(database.commits().len(), 40);
            assert_equal(&visible(&database, View::Main), &states[0], "main");
            for number in 1..=40 {
                let view = View::Wal(u32::try_from(number).unwrap());
                let what = format!("{page_size} {auto_vacuum} {round} {view}");
                assert_changes(&database, view, (&states[number - 1], &states[number]));
                assert_equal(&visible(&database, view), &states[number], &what);
            }
            assert_equal(&visible(&database, View::Live), &states[40], "live");
        }
    }
}

#[test]
fn frames_of_an_unfinished_transaction_are_a_state_behind_the_live_one() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("unfinished.db");
    let seed = &mut 3;
    let sqlite = create(&path, 512, 0, seed);
    to_wal(&sqlite);
    transaction(&sqlite, seed, 512);
    let live = Bytes::read(&path).state();
    sqlite.execute_batch("PRAGMA cache_size = 2; PRAGMA cache_spill = 1; BEGIN").unwrap();
    sqlite.execute_batch("UPDATE t SET a = 'unfinished' WHERE id % 2 = 0; DELETE FROM k").unwrap();
    let bytes = Bytes::read(&path);
    let database = Database::open(bytes.files()).unwrap();
    assert_equal(&visible(&database, View::Live), &live, "live");
    assert_equal(&visible(&database, View::Wal(1)), &live, "wal:1");
    let unfinished = database.changes(View::Uncommitted);
    assert!(unfinished.iter().any(|change| matches!(change.kind, ChangeKind::Updated { .. })));
    let codes: Vec<_> = database.findings().iter().map(|finding| (finding.code, finding.loss)).collect();
    assert_eq!(codes, [("sqlite-wal-frames-not-committed", false)]);
}

#[test]
fn what_an_older_generation_left_in_a_restarted_log_gives_versions_that_sqlite_read_once() {
    for page_size in [512, 4096] {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("restarted.db");
        let seed = &mut (page_size + 4);
        let sqlite = create(&path, page_size, 0, seed);
        to_wal(&sqlite);
        let mut ever: Vec<State> = vec![Bytes::read(&path).state()];
        for generation in 0..3 {
            for _ in 0..10 - 3 * generation {
                transaction(&sqlite, seed, page_size);
                ever.push(Bytes::read(&path).state());
            }
            if generation < 2 {
                sqlite.query_row("PRAGMA wal_checkpoint(RESTART)", [], |_| Ok(())).unwrap();
            }
        }
        let bytes = Bytes::read(&path);
        let database = Database::open(bytes.files()).unwrap();
        let former = database.commits().iter().filter(|commit| matches!(commit.view, View::Former(_)));
        let former: Vec<_> = former.collect();
        assert!(former.len() > 3, "{former:?}");
        let salts: Vec<_> = former.iter().map(|commit| commit.salts.0).collect();
        assert!(salts.is_sorted() && salts[0] < database.commits().last().unwrap().salts.0);
        // Of each run of frames only the first has nothing before it.
        assert!(former.iter().filter(|commit| !commit.verified).count() <= 2, "{former:?}");
        assert_equal(&visible(&database, View::Live), ever.last().unwrap(), "live");
        let mut found = 0;
        for table in database.schema().tables.iter().chain(database.dropped_tables()) {
            for row in database.older_rows(table) {
                let row = row.unwrap();
                if row.complete && row.overflow().is_empty() {
                    let (key, text) = entry(table, &row);
                    assert!(
                        ever.iter().any(|state| state.get(&key) == Some(&text)),
                        "{} {key:?}",
                        row.place.view
                    );
                    found += usize::from(matches!(row.place.view, View::Former(_)));
                }
            }
        }
        assert!(found > 10, "{found}");
        assert!(database.findings().iter().all(|finding| !finding.loss), "{:?}", database.findings());
    }
}

#[test]
fn a_journal_of_a_finished_transaction_is_the_state_before_it() {
    for (page_size, auto_vacuum) in [(512, 0), (4096, 0), (1024, 2)] {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("persist.db");
        let seed = &mut (page_size + 5);
        let sqlite = create(&path, page_size, auto_vacuum, seed);
        sqlite.execute_batch("PRAGMA journal_mode = PERSIST").unwrap_or(());
        for step in 0..12 {
            let before = state(&sqlite);
            transaction(&sqlite, seed, page_size);
            let bytes = Bytes::read(&path);
            let database = Database::open(bytes.files()).unwrap();
            let what = format!("{page_size} {auto_vacuum} {step}");
            assert_equal(&visible(&database, View::Journal), &before, &what);
            assert_equal(&visible(&database, View::Live), &state(&sqlite), &what);
            assert_changes(&database, View::Main, (&before, &state(&sqlite)));
            assert!(database.findings().iter().all(|finding| !finding.loss), "{:?}", database.findings());
        }
    }
}

/// SQLite journals no page that a transaction only frees, and cuts it off the file when the transaction is finished.
#[test]
fn what_an_auto_vacuum_cut_off_is_missing_before_it_and_no_loss() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("cut.db");
    let sqlite = create(&path, 1024, 1, &mut 8);
    sqlite.execute_batch("PRAGMA journal_mode = PERSIST").unwrap_or(());
    sqlite.execute_batch("UPDATE t SET b = zeroblob(5000) WHERE id = 1000").unwrap();
    sqlite.execute_batch("DELETE FROM t WHERE id = 1000").unwrap();
    let bytes = Bytes::read(&path);
    let database = Database::open(bytes.files()).unwrap();
    let table = database.table("t").unwrap();
    let row = database.older_rows(table).map(Result::unwrap).find(|row| row.rowid == Some(1000)).unwrap();
    assert_eq!((row.place.view, ours(&row.value(table, 1)).as_str()), (View::Journal, "tcounts"));
    assert!(!row.complete && row.finding().is_some_and(|finding| !finding.loss));
}

#[test]
fn under_a_hot_journal_the_main_file_is_the_unfinished_state() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("hot.db");
    let seed = &mut 6;
    let sqlite = create(&path, 512, 0, seed);
    let before = state(&sqlite);
    sqlite
        .execute_batch("PRAGMA synchronous = FULL; PRAGMA cache_size = 2; PRAGMA cache_spill = 2; BEGIN")
        .unwrap();
    sqlite
        .execute_batch("UPDATE t SET a = 'unfinished ' || id; DELETE FROM k WHERE name LIKE '%3%'")
        .unwrap();
    let bytes = Bytes::read(&path);
    let database = Database::open(bytes.files()).unwrap();
    assert_equal(&visible(&database, View::Live), &before, "live");
    assert_equal(&visible(&database, View::Journal), &before, "journal");
    let table = database.table("t").unwrap();
    let unfinished = database.older_rows(table).filter_map(Result::ok);
    let unfinished: Vec<_> = unfinished.filter(|row| entry_begins(table, row, "tunfinished ")).collect();
    assert!(!unfinished.is_empty() && unfinished.iter().all(|row| row.place.view == View::Main));
}

fn entry_begins(table: &Table, row: &Row<'_>, begin: &str) -> bool {
    ours(&row.value(table, 1)).starts_with(begin)
}

#[test]
fn a_log_without_its_database_gives_every_commit_and_an_empty_live_view() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("orphan.db");
    let sqlite = Connection::open(&path).unwrap();
    sqlite
        .execute_batch("PRAGMA page_size = 1024; PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 0")
        .unwrap_or(());
    sqlite
        .execute_batch("CREATE TABLE t(id INTEGER PRIMARY KEY, a, b); INSERT INTO t VALUES(1000, 'x', 1)")
        .unwrap();
    let mut states = Vec::new();
    for number in 0..20 {
        sqlite.execute("INSERT INTO t VALUES(?, randomblob(300), 2)", [number]).unwrap();
        states.push(state(&sqlite));
    }
    let bytes = Bytes { main: Vec::new(), ..Bytes::read(&path) };
    let database = Database::open(bytes.files()).unwrap();
    assert!(database.header().is_none() && database.schema().tables.is_empty());
    assert_eq!(database.dropped_tables().count(), 1);
    let first = u32::try_from(database.commits().len() - states.len()).unwrap();
    for (number, state) in (1..).zip(&states) {
        let view = View::Wal(first + number);
        assert_equal(&visible(&database, view), state, &view.to_string());
    }
    let codes: Vec<_> = database.findings().iter().map(|finding| (finding.code, finding.loss)).collect();
    assert_eq!(codes, [("sqlite-wal-orphaned", false)]);
}
