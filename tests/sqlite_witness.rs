//! Rows of which nothing is left but an entry of an index: told as what they are, and only where the row is gone.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test stops where it fails")]

use affiant::parse::Value;
use affiant::parse::sqlite::{Attribution, Database, Files, Place};
use rusqlite::Connection;
use std::collections::BTreeMap;
use std::fs;

/// Android's own table of SMS, its columns cut to those that matter here (`MmsSmsDatabaseHelper.java`), and a partial index, which
/// rows without an address have no entry in.
const SETUP: &str = "PRAGMA page_size = 4096; PRAGMA secure_delete = 0;
    CREATE TABLE sms (_id INTEGER PRIMARY KEY, thread_id INTEGER, address TEXT, date INTEGER, body TEXT);
    CREATE INDEX sms_address ON sms (address, date) WHERE address IS NOT NULL;
    WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 120)
    INSERT INTO sms SELECT i, i % 5, printf('+1555%04d', i), 1700000000000 + i, printf('message %d of somebody', i) FROM n;";

/// A database that SQLite makes of some statements.
fn made(sql: &str) -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("made.db");
    let sqlite = Connection::open(&path).unwrap();
    sqlite.execute_batch(SETUP).unwrap();
    sqlite.execute_batch(sql).unwrap();
    drop(sqlite);
    fs::read(path).unwrap()
}

/// The database with zeros where rows of `sms` lie in unused space.
fn without_residue(mut main: Vec<u8>) -> Vec<u8> {
    let places: Vec<Place> = {
        let database = Database::open(Files { main: &main, wal: None, journal: None }).unwrap();
        database.residue_rows(database.table("sms").unwrap()).map(|row| row.place).collect()
    };
    assert!(places.len() >= 30, "SQLite has left every deleted row");
    for Place { offset, length, .. } in places {
        let start = usize::try_from(offset).unwrap();
        main[start..start + usize::try_from(length).unwrap()].fill(0);
    }
    main
}

/// The addresses in entries of rows that are gone, by their rowids.
fn witnesses(main: &[u8]) -> BTreeMap<i64, String> {
    let database = Database::open(Files { main, wal: None, journal: None }).unwrap();
    let of_index = database.strays().filter_map(|stray| {
        let Attribution::Index { index, table } = &stray.row.recovered()?.attribution else { return None };
        assert_eq!((index.as_str(), table.as_str()), ("sms_address", "sms"));
        let names: Vec<&str> = stray.table.columns.iter().map(|column| column.name.as_str()).collect();
        assert_eq!(names, ["address", "date", "_id"]);
        let again = database.stray_at(&stray.row.place).unwrap();
        assert_eq!(again.row.payload(), stray.row.payload());
        match stray.row.values(stray.table).as_slice() {
            [Value::Text(address), Value::Integer(date), Value::Integer(rowid)] => {
                assert_eq!(*date, 1_700_000_000_000 + rowid);
                Some((*rowid, address.to_string()))
            }
            other => panic!("{other:?}"),
        }
    });
    of_index.collect()
}

/// From the last to the first: SQLite then takes each entry into the free block before it as it is.
fn delete() -> String {
    (31..=60).rev().map(|rowid| format!("DELETE FROM sms WHERE _id = {rowid};")).collect()
}

#[test]
fn a_row_whose_bytes_were_overwritten_still_has_its_entries() {
    let found = witnesses(&without_residue(made(&delete())));
    assert!(found.len() > 25, "{found:?}");
    for (rowid, address) in found {
        assert!((31..=60).contains(&rowid), "{rowid} is no row that was deleted");
        assert_eq!(address, format!("+1555{rowid:04}"));
    }
}

#[test]
fn entries_of_rows_that_are_there_or_that_were_recovered_whole_bear_no_witness() {
    assert_eq!(witnesses(&made("")), BTreeMap::new());
    // The rows themselves come back.
    assert_eq!(witnesses(&made(&delete())), BTreeMap::new());
    // Older entries of rows that are live.
    assert_eq!(
        witnesses(&made("UPDATE sms SET address = address || '0', date = date WHERE _id < 50;")),
        BTreeMap::new()
    );
    assert_eq!(witnesses(&made(&format!("PRAGMA secure_delete = 1; {}", delete()))), BTreeMap::new());
    assert_eq!(witnesses(&made(&format!("{} VACUUM;", delete()))), BTreeMap::new());
}

/// iOS notes the guid of each message that was deleted; the index of the messages' guids still has some of them.
#[test]
fn witnesses_of_deleted_messages_are_those_that_the_handset_says_it_deleted() {
    let Some(corpus) = std::env::var_os("AFFIANT_CORPUS") else {
        println!("skipped: AFFIANT_CORPUS is not set");
        return;
    };
    let path = std::path::Path::new(&corpus).join("log2timeline+plaso/test_data/sqlite/imessage_chat.db");
    let main = fs::read(&path).unwrap();
    let database = Database::open(Files { main: &main, wal: None, journal: None }).unwrap();
    let guids: Vec<String> = database
        .strays()
        .filter(|stray| {
            let recovered = stray.row.recovered().unwrap();
            matches!(&recovered.attribution, Attribution::Index { table, .. } if table == "message")
        })
        .map(|stray| match stray.row.value(stray.table, 0) {
            Value::Text(guid) => guid.into_owned(),
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(guids.len(), 28);
    let folder = tempfile::tempdir().unwrap();
    let copy = folder.path().join("chat.db");
    fs::copy(&path, &copy).unwrap();
    let sqlite = Connection::open(copy).unwrap();
    for guid in guids {
        let query = "SELECT count(*) FROM deleted_messages WHERE guid = ?1";
        let noted: i64 = sqlite.query_row(query, [&guid], |row| row.get(0)).unwrap();
        assert_eq!(noted, 1, "{guid}");
    }
}
