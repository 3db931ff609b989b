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

/// What realm-core reads of the same files (`expected/realm` of the corpus) is what the report says; of the commit before, the account.
#[test]
fn the_stores_of_element_for_ios_give_what_realm_core_reads_and_an_older_account() {
    let Some(corpus) = std::env::var_os("AFFIANT_CORPUS").map(PathBuf::from) else {
        println!("SKIPPED: AFFIANT_CORPUS does not name the folder of the corpus");
        return;
    };
    let folder = corpus.join("matrix-org+matrix-ios-sdk/MatrixSDKTests/Crypto/Migration/LegacyRealmStore");
    for name in ["deprecated1", "deprecated3", "unverified", "version2"] {
        let path = folder.join(format!("legacy_{name}_account.realm"));
        let (_folder, report) = parsed(path.to_str().unwrap(), &[]);
        let hash = report["files"][0]["sha256"].as_str().unwrap();
        let expected = std::fs::read(corpus.join(format!("expected/realm/{hash}.json"))).unwrap();
        let expected: Value = serde_json::from_slice(&expected).unwrap();
        let (account, device) = (&expected["MXRealmOlmAccount"][0], &expected["MXRealmDeviceInfo"][0]);
        let (user, room) = (&expected["MXRealmUser"][0], &expected["MXRealmRoomAlgorithm"][0]);

        let live = of_state(&report, "accounts", "live");
        assert_eq!(live.len(), expected["MXRealmOlmAccount"].as_array().unwrap().len(), "{name}");
        assert_eq!(live[0]["native_id"], account["userId"], "{name}");
        assert_eq!(live[0]["extra"]["device"], account["deviceId"], "{name}");
        let version: i64 = account["cryptoVersion"]["$numberLong"].as_str().unwrap().parse().unwrap();
        assert_eq!(live[0]["extra"]["crypto_version"], version, "{name}");
        let strict = &account["globalBlacklistUnverifiedDevices"];
        assert_eq!(live[0]["extra"]["only_verified_devices"], *strict, "{name}");

        let contacts = of_state(&report, "contacts", "live");
        let of = |id: &Value| contacts.iter().find(|contact| contact["native_id"] == *id).unwrap();
        assert_eq!(contacts.len(), 2, "{name}: a user and a device");
        assert_eq!(of(&user["userId"])["handles"][1]["value"], device["deviceId"], "{name}");
        assert_eq!(of(&device["deviceId"])["extra"]["identity_key"], device["identityKey"], "{name}");
        assert_eq!(of(&device["deviceId"])["handles"][0]["value"], user["userId"], "{name}: in the archive");
        let rooms = of_state(&report, "conversations", "live");
        assert_eq!(rooms.len(), 1, "{name}");
        assert_eq!(rooms[0]["native_id"], room["roomId"], "{name}");

        let older = of_state(&report, "accounts", "superseded");
        assert_eq!(older.len(), 1, "{name}");
        assert_eq!(older[0]["provenance"]["rows"][0]["view"], "previous", "{name}");
        assert_eq!(older[0]["native_id"], account["userId"], "{name}");
        let findings = report["findings"].as_array().unwrap();
        assert!(
            findings.iter().all(|finding| finding["code"] == "recognised-by-content"),
            "{name}: {findings:?}"
        );
        let text = report.to_string();
        assert!(!text.contains(account["deviceSyncToken"].as_str().unwrap()), "{name}");
    }
}

#[test]
fn the_log_of_a_database_whose_pattern_ends_in_a_star_is_read_with_it() {
    let (_folder, report) = parsed("samples/messengers", &[]);
    let loud: Vec<&Value> =
        report["findings"].as_array().unwrap().iter().filter(|finding| finding["loss"] == true).collect();
    assert_eq!(loud, Vec::<&Value>::new());
    let paths = report["files"].as_array().unwrap().iter().map(|file| file["path"].as_str().unwrap());
    assert_eq!(paths.filter(|path| path.contains("/com.wire/")).count(), 2);
}
