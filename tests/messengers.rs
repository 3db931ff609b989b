//! Definitions of messengers of which the sources are public, beyond their samples: on what their own encryption makes of a sample (written by
//! SQLCipher itself and by an independent writer of backups), and on real stores of the corpus, counted by the SQLite library.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod common;

use common::parsed;
use rusqlite::{Connection, OpenFlags};
use serde_json::{Value, json};
use std::path::PathBuf;

const KEYS: &[&str] = &["--keys", "tests/messengers/keys.toml"];

fn of_state<'r>(report: &'r Value, kind: &str, state: &str) -> Vec<&'r Value> {
    report[kind].as_array().unwrap().iter().filter(|record| record["state"] == state).collect()
}

/// What the same record of two files must have in common: everything but where it lies.
fn content(records: &[&Value]) -> Vec<Value> {
    let bare = |record: &&Value| {
        let mut record = (*record).clone();
        let members = record.as_object_mut().unwrap();
        members.remove("id");
        members.remove("provenance");
        record
    };
    let mut all: Vec<Value> = records.iter().map(bare).collect();
    all.sort_by_key(Value::to_string);
    all
}

#[test]
fn what_sqlcipher_wrote_gives_the_records_of_the_plain_sample() {
    let plain = "samples/messengers/data/data/org.thoughtcrime.securesms/databases/signal.db";
    let sealed = "tests/messengers/data/data/org.thoughtcrime.securesms/databases/signal.db";
    let (_one, plain) = parsed(plain, &[]);
    let (_two, sealed) = parsed(sealed, KEYS);
    for (kind, counts) in [("messages", [8, 1, 1]), ("calls", [2, 0, 0]), ("contacts", [3, 0, 0])] {
        for (state, count) in ["live", "superseded", "deleted"].into_iter().zip(counts) {
            let (one, two) = (of_state(&plain, kind, state), of_state(&sealed, kind, state));
            assert_eq!(two.len(), count, "{kind} {state}");
            assert_eq!(content(&one), content(&two), "{kind} {state}");
        }
    }
}

#[test]
fn a_backup_in_frames_gives_the_live_messages_and_the_account() {
    let plain = "samples/messengers/data/data/org.thoughtcrime.securesms/databases/signal.db";
    let (_one, plain) = parsed(plain, &[]);
    let (_two, backup) = parsed("tests/messengers/signal-2023-11-14-22-15-00.backup", KEYS);
    for kind in ["messages", "calls", "contacts", "conversations"] {
        assert_eq!(
            content(&of_state(&plain, kind, "live")),
            content(&of_state(&backup, kind, "live")),
            "{kind}"
        );
    }
    assert_eq!(backup["accounts"][0]["identifier"], "+15550100");
    assert_eq!(backup["accounts"][0]["extra"]["aci"], "11111111-1111-4111-8111-111111111111");
}

#[test]
fn no_key_and_no_password_of_a_messenger_stands_in_a_report() {
    let (_one, sealed) = parsed("tests/messengers", KEYS);
    let (_two, plain) = parsed("samples/messengers", &[]);
    let text = format!("{sealed}{plain}");
    assert!(!text.contains(&"8f".repeat(32)), "the key of the database");
    assert!(!text.contains("12345 67890"), "the passphrase of the backup");
    assert!(!text.contains("invented"), "the password of the XMPP account");
}

fn wire(version: &str) -> Option<PathBuf> {
    let Some(corpus) = std::env::var_os("AFFIANT_CORPUS") else {
        println!("SKIPPED: AFFIANT_CORPUS does not name the folder of the corpus");
        return None;
    };
    let folder = PathBuf::from(corpus).join("wireapp+wire-ios-data-model/Tests/Resources");
    Some(folder.join(format!("store{version}.wiredatabase")))
}

/// Every version of the schema that the corpus has; the counts are those of the SQLite library.
#[test]
fn every_store_of_wire_gives_each_row_that_sqlite_counts() {
    for version in ["1-25", "2-3", "2-7", "2-30-0", "2-79-0", "2-101-0"] {
        let Some(path) = wire(version) else { return };
        let (_folder, report) = parsed(path.to_str().unwrap(), &[]);
        let database = Connection::open_with_flags(
            format!("file:{}?immutable=1", path.display()),
            OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_URI,
        )
        .unwrap();
        let count = |query: &str| database.query_row(query, [], |row| row.get::<_, usize>(0)).unwrap();
        for (kind, table) in [
            ("messages", "ZMESSAGE"),
            ("conversations", "ZCONVERSATION"),
            ("contacts", "ZUSER"),
            ("accounts", "ZSESSION"),
        ] {
            let ours = of_state(&report, kind, "live").len();
            assert_eq!(ours, count(&format!("SELECT count(*) FROM {table}")), "{version} {kind}");
        }
        let outgoing = "SELECT count(*) FROM ZMESSAGE WHERE ZSENDER = (SELECT ZSELFUSER FROM ZSESSION)";
        let ours = of_state(&report, "messages", "live");
        let sent = ours.iter().filter(|message| message["direction"] == "outgoing").count();
        assert_eq!(sent, count(outgoing), "{version}: outgoing");
    }
}

/// The texts that the tests of Wire's own data model assert for these stores.
#[test]
fn the_texts_of_wire_are_those_that_its_own_tests_expect() {
    let Some(path) = wire("1-25") else { return };
    let (_folder, report) = parsed(path.to_str().unwrap(), &[]);
    let live = of_state(&report, "messages", "live");
    let texts: Vec<&str> = live
        .iter()
        .filter(|message| message["type"] == "text")
        .filter_map(|message| message["body"].as_str())
        .collect();
    assert_eq!(texts.len(), 1681);
    assert_eq!(texts.iter().filter(|text| text.starts_with("Hello World")).count(), 1515);
    assert_eq!(live.iter().filter(|message| message["type"] == "system").count(), 53);

    let (_folder, report) = parsed(wire("2-101-0").unwrap().to_str().unwrap(), &[]);
    let live = of_state(&report, "messages", "live");
    let mut bodies: Vec<&Value> =
        live.iter().map(|message| &message["body"]).filter(|body| body.is_string()).collect();
    bodies.sort_by_key(|body| body.to_string());
    assert_eq!(bodies, [&json!("Test message 2"), &json!("Test message1")]);
    let place = live.iter().find(|message| message["location"].is_object()).unwrap();
    assert_eq!(place["type"], "message");
}
