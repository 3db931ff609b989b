//! SQLCipher databases. Those in `tests/sqlcipher` were made by SQLCipher itself (`make.py`), which also says what it reads in them.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod common;

use common::{affiant, parsed, root};
use serde_json::{Value, json};
use std::fs;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

const RAW: &str = "2dd29ca851e7b56e4697b0e1f08507293d761a05ce4d1b628663f411a8086d99";
const SALT: &str = "000102030405060708090a0b0c0d0e0f";

/// Database, its entry of keys.toml, how it must be found to be encrypted.
fn cases() -> Vec<(&'static str, String, &'static str)> {
    let passphrase = |text: &str| format!("passphrase = \"{text}\"");
    vec![
        ("four-wal", passphrase("correct horse"), "SQLCipher 4"),
        ("four-journal", passphrase("correct horse"), "SQLCipher 4 (kdf_iter=1)"),
        ("four-hot", passphrase("correct horse"), "SQLCipher 4 (kdf_iter=1)"),
        ("four-once", passphrase("once"), "SQLCipher 4 (kdf_iter=1)"),
        ("four-raw", format!("raw = \"{RAW}\""), "SQLCipher 4"),
        ("four-clear-header", format!("raw = \"x'{RAW}{SALT}'\""), "SQLCipher 4 (plaintext_header=32)"),
        (
            "four-sha256",
            format!("{}\nprofile = \"sqlcipher4 kdf=sha256 hmac=sha256 kdf_iter=100\"", passphrase("sha")),
            "SQLCipher 4 (kdf=sha256, kdf_iter=100, hmac=sha256)",
        ),
        ("three-digits-once", format!("raw = \"{RAW}\""), "SQLCipher 3 (page_size=4096, kdf_iter=1)"),
        ("three", passphrase("three"), "SQLCipher 3"),
        ("two", passphrase("two"), "SQLCipher 2"),
        ("two-big-endian", passphrase("two"), "SQLCipher 2 (hmac_pgno=be)"),
        ("one", passphrase("one"), "SQLCipher 1"),
        ("one-2048", passphrase("one"), "SQLCipher 1 (page_size=2048)"),
    ]
}

/// A folder with a database, its companions and its keys.toml.
struct Place {
    folder: TempDir,
    name: String,
}

impl Place {
    fn of(name: &str, key: &str) -> Place {
        let place = Place { folder: tempfile::tempdir().unwrap(), name: format!("{name}.db") };
        for suffix in ["", "-wal", "-journal"] {
            let from = root().join(format!("tests/sqlcipher/{name}.db{suffix}"));
            if from.exists() {
                fs::copy(from, place.path(suffix)).unwrap();
            }
        }
        fs::write(place.folder.path().join("keys.toml"), format!("[[key]]\npath = \"*.db\"\n{key}\n"))
            .unwrap();
        place
    }

    fn path(&self, suffix: &str) -> PathBuf {
        self.folder.path().join(format!("{}{suffix}", self.name))
    }

    fn keys(&self) -> String {
        self.folder.path().join("keys.toml").to_str().unwrap().to_owned()
    }

    fn change(&self, suffix: &str, change: impl FnOnce(&mut Vec<u8>)) {
        let path = self.path(suffix);
        let mut bytes = fs::read(&path).unwrap();
        change(&mut bytes);
        fs::write(path, bytes).unwrap();
    }

    /// Status, output and messages of `inspect`.
    fn inspect(&self, options: &[&str]) -> (Option<i32>, String, String) {
        let (path, keys) = (self.path(""), self.keys());
        let mut arguments = vec!["inspect", path.to_str().unwrap(), "--keys", &keys];
        arguments.extend(options);
        let run = affiant(&arguments).output().unwrap();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        (run.status.code(), text(&run.stdout), text(&run.stderr))
    }

    fn rows(&self) -> (Option<i32>, Vec<Value>, String) {
        let (status, out, told) = self.inspect(&["--dump", "--table", "note"]);
        (status, out.lines().map(|line| serde_json::from_str(line).unwrap()).collect(), told)
    }
}

fn expected(which: &str) -> Vec<Value> {
    let text = fs::read(root().join("tests/sqlcipher/expected.json")).unwrap();
    serde_json::from_slice::<Value>(&text).unwrap()[which].as_array().unwrap().clone()
}

fn live(rows: &[Value]) -> Vec<Value> {
    let live = rows.iter().filter(|row| row["state"] == "live");
    live.map(|row| json!([row["rowid"], row["values"]["body"], row["values"]["at"]])).collect()
}

#[test]
fn every_version_gives_the_rows_that_sqlcipher_gives() {
    for (name, key, method) in cases() {
        let place = Place::of(name, &key);
        let (status, rows, told) = place.rows();
        assert_eq!(live(&rows), expected("live"), "{name}: {told}");
        assert!(told.starts_with(&format!("{method}, opened by keys.toml, entry 1")), "{name}: {told}");
        assert!(!told.contains("sqlcipher-page"), "{name}: {told}");
        assert_eq!(status, Some(0), "{name}: {told}");
    }
}

#[test]
fn deleted_rows_are_recovered_from_decrypted_pages_logs_and_journals() {
    for (name, key, _) in cases() {
        let (_, rows, _) = Place::of(name, &key).rows();
        let is_deleted = |row: &&Value| row["state"] == "deleted";
        let found: Vec<&Value> = rows.iter().filter(is_deleted).map(|row| &row["values"]["body"]).collect();
        let missing: Vec<Value> =
            expected("deleted").into_iter().filter(|row| !found.contains(&&row[1])).collect();
        // The row that was inserted last took the place of one of them where no log or journal keeps the page as it was.
        let most = usize::from(!name.ends_with("wal"));
        assert!(missing.len() <= most, "{name}: {missing:?} of {found:?}");
    }
}

#[test]
fn a_log_and_a_journal_are_held_against_the_checksums_of_their_encrypted_bytes() {
    let place = Place::of("four-wal", "passphrase = \"correct horse\"");
    let (_, out, _) = place.inspect(&["--commits"]);
    assert!(out.contains("\"wal:2\""), "{out}");
    let (_, out, _) = place.inspect(&["--page", "2", "--source", "wal"]);
    assert!(out.contains("image in wal"), "{out}");
    let (_, out, told) = place.inspect(&["--offset", "40", "--source", "wal"]);
    assert!(out.contains("the checksum is right"), "{out}{told}");
    // One bit of a frame: it and those behind it do not count for SQLite any more.
    place.change("-wal", |bytes| bytes[32 + 24 + 4120 + 100] ^= 1);
    let (status, rows, told) = place.rows();
    assert_ne!(live(&rows), expected("live"));
    assert!(told.contains("wal at 0x1050: sqlcipher-page-hmac"), "{told}");
    assert_eq!(status, Some(1));
    let journal = Place::of("four-journal", "passphrase = \"correct horse\"");
    let (_, _, told) = journal.rows();
    assert!(told.contains("3 page images are left in it, verified by their checksums"), "{told}");
}

#[test]
fn a_wrong_key_a_flipped_bit_and_a_cut_file_are_told_apart() {
    let right = "passphrase = \"three\"";
    let (status, _, told) = Place::of("three", "passphrase = \"four\"").inspect(&[]);
    assert_eq!(status, Some(2));
    assert!(told.contains("the key that is given for it does not open it"), "{told}");

    let flipped = Place::of("three", right);
    flipped.change("", |bytes| bytes[3 * 1024 + 500] ^= 1);
    let (status, rows, told) = flipped.rows();
    assert_eq!((status, told.matches("sqlcipher-page-hmac").count()), (Some(1), 1), "{told}");
    assert!(told.contains("main at 0xc00: sqlcipher-page-hmac: page 4 has a wrong HMAC"), "{told}");
    assert!(live(&rows).len() >= 20, "{}", live(&rows).len());

    let first = Place::of("three", right);
    first.change("", |bytes| bytes[700] ^= 1);
    let (status, _, told) = first.rows();
    assert_eq!(status, Some(1));
    assert!(
        told.contains("page 1 has a wrong HMAC and other pages have the right one: the key is right"),
        "{told}"
    );

    let cut = Place::of("three", right);
    cut.change("", |bytes| bytes.truncate(5 * 1024 + 100));
    let (status, _, told) = cut.rows();
    assert_eq!(status, Some(1));
    assert!(told.contains("main at 0x1400: sqlcipher-page-cut: page 6 is cut off"), "{told}");
}

#[test]
fn a_version_without_hmacs_tells_a_wrong_key_by_what_it_decrypts_to() {
    let (status, _, told) = Place::of("one", "passphrase = \"two\"").inspect(&[]);
    assert_eq!(status, Some(2), "{told}");
    let damaged = Place::of("one-2048", "passphrase = \"one\"");
    damaged.change("", |bytes| bytes[16..64].fill(0xa5));
    let (_, _, told) = damaged.rows();
    assert!(
        told.contains("page 1 decrypts to no database header and other pages decrypt to pages"),
        "{told}"
    );
}

#[test]
fn a_profile_that_is_given_is_the_only_one_that_is_tried() {
    let (status, _, _) =
        Place::of("four-once", "passphrase = \"once\"\nprofile = \"sqlcipher4\"").inspect(&[]);
    assert_eq!(status, Some(2));
    let (status, _, told) =
        Place::of("four-once", "passphrase = \"once\"\nprofile = \"sqlcipher4 kdf_iter=1\"").inspect(&[]);
    assert_eq!(status, Some(0), "{told}");
    let (status, _, told) =
        Place::of("four-once", "passphrase = \"once\"\nprofile = \"sqlcypher4\"").inspect(&[]);
    assert_eq!(status, Some(2));
    assert!(told.contains("entry 1: `profile`: a profile begins with sqlcipher1"), "{told}");
}

/// A definition that reads the table, as for any database: no word in it is about encryption.
const DEFINITION: &str = r#"
id = "android.note"
name = "Notes"
version = 1
platform = "android"
summary = "Notes."
references = ["https://example.org"]
caveats = []
[[source]]
id = "note"
container = "sqlite"
paths = ["**/note.db"]
fingerprint = { note = ["_id", "body", "at"] }
[[record]]
kind = "message"
source = "note"
table = "note"
[record.fields]
service = { value = "note" }
native_id = "_id"
body = "body"
sent_at = { from = "at", as = "unix_ms" }
"#;

/// An extraction with a database, and the folder of its definition.
fn extraction(name: &str, file: &str, key: &str) -> (TempDir, PathBuf, Vec<String>) {
    let folder = tempfile::tempdir().unwrap();
    let databases = folder.path().join("evidence/data/data/org.example/databases");
    let formats = folder.path().join("formats");
    fs::create_dir_all(&databases).unwrap();
    fs::create_dir_all(formats.join("android")).unwrap();
    fs::write(formats.join("android/note.toml"), DEFINITION).unwrap();
    for suffix in ["", "-wal"] {
        let from = root().join(format!("tests/sqlcipher/{name}.db{suffix}"));
        fs::copy(from, databases.join(format!("{file}{suffix}"))).unwrap();
    }
    let keys = folder.path().join("keys.toml");
    fs::write(&keys, format!("[[key]]\npath = \"/data/data/org.example/databases/{file}\"\n{key}\n"))
        .unwrap();
    let text = |path: &Path| path.to_str().unwrap().to_owned();
    let options = vec!["--formats".to_owned(), text(&formats), "--keys".to_owned(), text(&keys)];
    let evidence = folder.path().join("evidence");
    (folder, evidence, options)
}

fn strings(options: &[String]) -> Vec<&str> {
    options.iter().map(String::as_str).collect()
}

#[test]
fn a_definition_reads_an_encrypted_database_and_verify_and_explain_repeat_it() {
    let (_folder, evidence, options) = extraction("three", "note.db", "passphrase = \"three\"");
    let evidence = evidence.to_str().unwrap();
    let (report, value) = parsed(evidence, &strings(&options));
    let report = report.path().join("report");
    assert_eq!(value["counts"]["states"], json!({"deleted": 4, "live": 37}));
    assert_eq!(value["files"][0]["encryption"], json!({"method": "SQLCipher 3"}));
    assert_eq!(value["coverage"]["encrypted"], json!([]));
    let text = fs::read_to_string(report.join("data/report.json")).unwrap();
    assert!(!text.contains("\"three\"") && !text.contains("keys.toml"));

    let report = report.to_str().unwrap();
    let run = affiant(&["verify", report, evidence]).args(&options).output().unwrap();
    assert_eq!(run.status.code(), Some(0), "{}", String::from_utf8_lossy(&run.stdout));
    let id = value["messages"][0]["id"].as_str().unwrap();
    let run = affiant(&["explain", report, id, evidence]).args(&options).output().unwrap();
    let out = String::from_utf8(run.stdout).unwrap();
    assert_eq!(run.status.code(), Some(0), "{out}");
    assert!(out.contains("sealed  SQLCipher 3; offsets are those of the file"), "{out}");
    assert!(
        out.contains("sqlcipher COPY 'PRAGMA key = '\\''KEY'\\''; PRAGMA cipher_compatibility = 3; SELECT"),
        "{out}"
    );
    // Without the key it is said why nothing can be checked.
    let run = affiant(&["explain", report, id, evidence]).args(&options[..2]).output().unwrap();
    let out = String::from_utf8(run.stdout).unwrap();
    assert_eq!(run.status.code(), Some(1));
    assert!(out.contains("no key is given for it; needed: `passphrase`"), "{out}");
}

#[test]
fn an_encrypted_database_of_another_name_is_recognised_by_its_tables_where_a_key_is_given() {
    let (_folder, evidence, options) = extraction("four-raw", "renamed.bin", &format!("raw = \"{RAW}\""));
    let (_report, value) = parsed(evidence.to_str().unwrap(), &strings(&options));
    assert_eq!(value["counts"]["states"]["live"], 37);
    assert_eq!(value["files"][0]["recognised_by_content"], true);
}

#[test]
fn without_a_key_it_is_a_line_of_coverage_and_with_a_wrong_one_that_is_said() {
    let (_folder, evidence, options) = extraction("four-raw", "note.db", "passphrase = \"wrong\"");
    let evidence = evidence.to_str().unwrap();
    for (options, code, tried) in [(&options[..2], "file-encrypted", 0), (&options[..], "file-key-wrong", 1)]
    {
        let (_report, value) = parsed(evidence, &strings(options));
        assert_eq!(value["findings"][0]["code"], code);
        let line = &value["coverage"]["encrypted"][0];
        assert_eq!((&line["path"], &line["file"]), (&value["files"][0]["path"], &json!(0)));
        assert_eq!(line["tried"], tried);
        assert!(line["needs"].as_str().unwrap().starts_with("`passphrase`, or `raw`"), "{line}");
        assert_eq!(value["coverage"]["apps"][0]["status"], "encrypted");
    }
    let run = affiant(&["identify", evidence]).args(&options[..2]).output().unwrap();
    let out = String::from_utf8(run.stdout).unwrap();
    assert!(
        out.contains("encrypted, and not opened:") && out.contains("needs `passphrase`, or `raw`"),
        "{out}"
    );
}

#[test]
fn the_published_databases_have_the_rows_that_are_published() {
    let Some(corpus) = std::env::var_os("AFFIANT_CORPUS").map(PathBuf::from) else {
        println!("SKIPPED: AFFIANT_CORPUS does not name the folder of the corpus");
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let password = folder.path().join("password");
    fs::write(&password, "testkey\n").unwrap();
    let folder = "sqlcipher+sqlcipher/sqlcipher-resources";
    for (name, rows) in [("2.0-le", 78536), ("3.0", 78536), ("4.0", 78536)] {
        let path = corpus.join(format!("{folder}/sqlcipher-{name}-testkey.db"));
        let arguments =
            ["inspect", path.to_str().unwrap(), "--password-file", password.to_str().unwrap(), "--dump"];
        let run = affiant(&arguments).args(["--table", "t1", "--views", "live"]).output().unwrap();
        assert_eq!(run.stdout.iter().filter(|byte| **byte == b'\n').count(), rows, "{name}");
    }
}
