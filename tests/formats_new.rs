//! `affiant formats new`: a draft of any database is sound as it is, says what is guessed, and tells nothing of the content.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod common;

use common::{affiant, files, root};
use rusqlite::Connection;
use std::fs;
use std::path::Path;

fn new(arguments: &[&str]) -> (Option<i32>, String, String) {
    let run = affiant(&[&["formats", "new"], arguments].concat()).output().unwrap();
    (run.status.code(), String::from_utf8(run.stdout).unwrap(), String::from_utf8(run.stderr).unwrap())
}

/// What `formats check` says of a draft, on the file that it was drafted from.
fn checked(draft: &str, folder: &Path, sample: &str) -> (bool, String) {
    let path = folder.join("draft.toml");
    fs::write(&path, draft).unwrap();
    let run = affiant(&["formats", "check", path.to_str().unwrap(), "--sample", sample]).output().unwrap();
    (run.status.success(), String::from_utf8(run.stdout).unwrap())
}

const UNKNOWN: &str = "CREATE TABLE messages (_id INTEGER PRIMARY KEY, thread INTEGER, sender TEXT, body TEXT, sent INTEGER, outgoing INTEGER, auth_token TEXT);
    CREATE TABLE people (id INTEGER PRIMARY KEY, full_name TEXT, phone TEXT, created REAL);
    CREATE TABLE \"odd \"\" name\nx\" (a, b);
    CREATE TABLE flags (a INTEGER);
    INSERT INTO flags VALUES (1);
    INSERT INTO \"odd \"\" name\nx\" VALUES (1, 2);
    INSERT INTO people VALUES (1, 'Alice Moreau', '+1 555 0101', 721692800.5);
    INSERT INTO messages VALUES (1, 7, '+1 555 0101', 'are you there', 1700000000000, 0, 'hush'), (2, 7, '+1 555 0100', 'hello', 1700000010000, 1, 'hush');";

fn unknown(folder: &Path) -> String {
    let path = folder.join("unknown.db");
    Connection::open(&path).unwrap().execute_batch(UNKNOWN).unwrap();
    path.to_str().unwrap().to_owned()
}

#[test]
fn a_database_that_nobody_knows_becomes_records() {
    let folder = tempfile::tempdir().unwrap();
    let path = unknown(folder.path());
    let (code, draft, complaint) = new(&["--from", &path]);
    assert_eq!(code, Some(0), "{complaint}");
    for line in [
        "kind   = \"message\"",
        "body = \"body\"",
        "sent_at = { from = \"sent\", as = \"unix_ms\" }",
        "sender.address = { from = \"sender\", as = \"phone\" }",
        "direction = { from = \"outgoing\", enum = \"direction_outgoing\" }",
        "created_at = { from = \"created\", as = \"cocoa_s\" }",
        "display_name = \"full_name\"",
        "# left out: auth_token",
        "# flags: 1 rows, 1 columns: looks like none of the kinds",
    ] {
        assert!(draft.lines().any(|each| each == line), "{line}\n{draft}");
    }
    let guesses = draft.lines().filter(|line| line.contains("# guess")).count();
    assert!(guesses >= 9, "{draft}");
    for content in ["Alice", "are you there", "hello", "555", "hush", "1700000"] {
        assert!(!draft.contains(content), "{content} is content of the evidence");
    }
    let (sound, told) = checked(&draft, folder.path(), &path);
    assert!(sound && told.contains("message from messages: 2 rows, 2 records"), "{told}");
    let bare: String = draft
        .lines()
        .filter(|line| !line.starts_with("# guess"))
        .map(|line| line.replace(" # guess", "") + "\n")
        .collect();
    assert!(checked(&bare, folder.path(), &path).0, "sound when the marks are removed");
}

#[test]
fn a_named_table_is_drafted_whatever_it_looks_like() {
    let folder = tempfile::tempdir().unwrap();
    let path = unknown(folder.path());
    let (code, draft, _) = new(&["--from", &path, "--table", "flags"]);
    assert_eq!((code, draft.matches("[[record]]").count()), (Some(0), 1));
    assert!(checked(&draft, folder.path(), &path).0);
    let (code, _, complaint) = new(&["--from", &path, "--table", "flagz"]);
    assert_eq!(code, Some(2));
    assert!(complaint.contains("no table flagz; there are: messages"), "{complaint}");
}

#[test]
fn the_drafts_of_all_samples_are_sound() {
    let folder = tempfile::tempdir().unwrap();
    let mut drafted = 0;
    for file in files(&root().join("samples")) {
        let path = root().join("samples").join(&file);
        if !fs::read(&path).unwrap().starts_with(b"SQLite format 3\0") {
            continue;
        }
        let (code, draft, complaint) = new(&["--from", path.to_str().unwrap()]);
        if code == Some(1) {
            assert!(complaint.starts_with("no table looks like records"), "{}: {complaint}", file.display());
            continue;
        }
        let toml = folder.path().join("draft.toml");
        fs::write(&toml, &draft).unwrap();
        let run = affiant(&["formats", "check", toml.to_str().unwrap()]).output().unwrap();
        assert!(run.status.success(), "{}: {}", file.display(), String::from_utf8_lossy(&run.stdout));
        drafted += 1;
    }
    assert!(drafted > 20, "{drafted}");
}

#[test]
fn an_encrypted_database_is_drafted_with_its_key_alone() {
    let path = "tests/messengers/data/data/org.thoughtcrime.securesms/databases/signal.db";
    let (code, _, complaint) = new(&["--from", path]);
    assert_eq!(code, Some(2));
    assert!(complaint.contains("no key is given"), "{complaint}");
    let (code, draft, complaint) =
        new(&["--from", path, "--keys", "tests/messengers/keys.toml", "--table", "message"]);
    assert_eq!(code, Some(0), "{complaint}");
    assert!(draft.contains("sent_at = { from = \"date_sent\", as = \"unix_ms\" }"), "{draft}");
}
