//! The promise of backups: what a handset wrote into a backup is read as it was on the handset, encrypted or not; and where it
//! is not, the finding says which it is: no password, a wrong one, a damaged list, key or file.
//!
//! The backups are made of `samples/`. Independent programs (from PyPI, where it can be reached) open what the tests make, and
//! make what the tests open.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod common;

use common::itunes::{Backup, domain};
use common::{affiant, files, parsed, root, zip_of};
use serde_json::Value;
use std::fs::{copy, create_dir_all, read, remove_file, write};
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// What is done to a backup before it is written, and to a file of it.
type Change = fn(&mut Backup);
type Damage = fn(&Path);

const PASSWORD: &str = "correct horse";

/// What of `samples/ios` is in a backup, as the folder of a handset.
fn handset() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let samples = root().join("samples/ios");
    for file in files(&samples) {
        let is_in = domain(file.to_str().unwrap()).is_some() || file == Path::new("Info.plist");
        if is_in {
            create_dir_all(folder.path().join(&file).parent().unwrap()).unwrap();
            copy(samples.join(&file), folder.path().join(&file)).unwrap();
        }
    }
    folder
}

/// A backup of the samples, in a subfolder of a new folder.
fn backup(change: impl FnOnce(&mut Backup)) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let mut backup = Backup::of(&root().join("samples/ios"));
    change(&mut backup);
    let path = folder.path().join("Backup/00008101-000A00000000001E");
    backup.write(&path);
    (folder, path)
}

fn encrypted(backup: &mut Backup) {
    backup.password = Some(PASSWORD);
}

/// A file with the password.
fn password(text: &str) -> (TempDir, String) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("password");
    write(&path, text).unwrap();
    let path = path.to_str().unwrap().to_owned();
    (folder, path)
}

/// The report without what says how the evidence was packed.
fn facts(mut report: Value) -> Value {
    let entries = report.as_object_mut().unwrap();
    for key in ["evidence", "tool", "findings", "counts"] {
        entries.remove(key);
    }
    for file in entries["files"].as_array_mut().unwrap() {
        let file = file.as_object_mut().unwrap();
        for key in ["original", "times", "within"] {
            file.remove(key);
        }
    }
    report
}

fn read_with(evidence: &Path, password: Option<&str>) -> Value {
    let evidence = evidence.to_str().unwrap();
    match password {
        Some(file) => parsed(evidence, &["--password-file", file]).1,
        None => parsed(evidence, &[]).1,
    }
}

fn codes(report: &Value) -> Vec<String> {
    let findings = report["findings"].as_array().unwrap().iter();
    let mut codes: Vec<String> = findings
        .map(|finding| finding["code"].as_str().unwrap().to_owned())
        .filter(|code| {
            code.starts_with("backup") || code.starts_with("member") || code == "file-not-readable"
        })
        .collect();
    codes.sort();
    codes.dedup();
    codes
}

fn stored(backup: &Path, domain: &str, path: &str) -> PathBuf {
    use sha1::{Digest, Sha1};
    let id = hex::encode(Sha1::digest(format!("{domain}-{path}")));
    let new = backup.join(&id[..2]).join(&id);
    if new.exists() { new } else { backup.join(id) }
}

fn flip(path: &Path, at: usize) {
    let mut bytes = read(path).unwrap();
    bytes[at] ^= 1;
    write(path, bytes).unwrap();
}

#[test]
fn a_backup_gives_the_records_of_the_folder() {
    let handset = handset();
    let expected = facts(read_with(handset.path(), None));
    assert!(expected["messages"].as_array().unwrap().len() > 3);
    let (_password_folder, password) = password(PASSWORD);
    let kinds: [(&str, Change); 5] = [
        ("Manifest.db", |_| {}),
        ("Manifest.mbdb", |backup| backup.is_old = true),
        ("encrypted", encrypted),
        ("encrypted, iOS 10.0", |backup| {
            encrypted(backup);
            backup.two_rounds = false;
        }),
        ("encrypted, Manifest.mbdb", |backup| {
            encrypted(backup);
            (backup.two_rounds, backup.is_old) = (false, true);
        }),
    ];
    for (name, change) in kinds {
        let (folder, path) = backup(change);
        let archive = folder.path().join("backup.zip");
        zip_of(&path, "Backup/UDID/", &archive);
        for evidence in [&path, &path.parent().unwrap().to_owned(), &archive] {
            let report = read_with(evidence, Some(&password));
            let none: [String; 0] = [];
            assert_eq!(codes(&report), none, "{name}, {}", evidence.display());
            assert_eq!(facts(report), expected, "{name}, {}", evidence.display());
        }
    }
}

#[test]
fn the_kind_of_the_evidence_and_the_list_in_it_are_told() {
    let (folder, path) = backup(|_| {});
    let report = read_with(&path, None);
    assert_eq!(report["evidence"]["kind"], "itunes-backup");
    let archive = folder.path().join("backup.zip");
    zip_of(&path, "UDID/", &archive);
    let report = read_with(&archive, None);
    assert_eq!(report["evidence"]["kind"], "zip");
    assert_eq!(report["evidence"]["layers"][0]["kind"], "itunes-backup");
    assert_eq!(report["evidence"]["layers"][0]["within"][0], "UDID/Manifest.db");
}

#[test]
fn without_a_password_what_is_needed_is_told() {
    for is_old in [false, true] {
        let (_folder, path) = backup(|backup| {
            encrypted(backup);
            (backup.is_old, backup.two_rounds) = (is_old, !is_old);
        });
        let run = affiant(&["identify", path.to_str().unwrap()]).output().unwrap();
        let text = String::from_utf8_lossy(&run.stdout).into_owned();
        assert_eq!(run.status.code(), Some(1));
        assert!(
            text.contains("itunes-backup") && text.contains("the password that was set for it"),
            "{text}"
        );
        let report = read_with(&path, None);
        let expected: &[&str] = match is_old {
            true => &["backup-encrypted", "file-not-readable"],
            false => &["backup-encrypted", "backup-without-list"],
        };
        assert_eq!(codes(&report), expected);
        // What describes the backup is not encrypted.
        assert_eq!(report["device"]["name"]["value"], "Dana’s iPhone");
        assert_eq!(report["messages"].as_array().unwrap().len(), 0);
    }
}

#[test]
fn a_wrong_password_is_told_from_a_damaged_keybag() {
    let (_folder, path) = backup(encrypted);
    let (_wrong_folder, wrong) = password("incorrect horse");
    let report = read_with(&path, Some(&wrong));
    assert_eq!(codes(&report), ["backup-without-list", "backup-wrong-password"]);
    let text = serde_json::to_string(&report).unwrap();
    assert!(!text.contains("incorrect horse"));
    let manifest = path.join("Manifest.plist");
    let whole = read(&manifest).unwrap();
    let (_right_folder, right) = password(PASSWORD);
    // The wrapped key of class 11, which no file of this backup has.
    let at = whole.windows(8).rposition(|window| window == b"WPKY\0\0\0\x28").unwrap();
    flip(&manifest, at + 20);
    let report = read_with(&path, Some(&right));
    assert_eq!(codes(&report), ["backup-keybag-damaged"]);
    assert!(report["messages"].as_array().unwrap().len() > 3);
    // The length of the salt.
    write(&manifest, &whole).unwrap();
    let at = whole.windows(4).position(|window| window == b"SALT").unwrap();
    flip(&manifest, at + 4);
    assert_eq!(codes(&read_with(&path, Some(&right))), ["backup-keybag-damaged", "backup-without-list"]);
}

#[test]
fn a_damaged_list_is_neither_a_wrong_password_nor_silent() {
    let (_password_folder, password) = password(PASSWORD);
    let (_folder, path) = backup(encrypted);
    flip(&path.join("Manifest.db"), 3);
    let report = read_with(&path, Some(&password));
    let of_list = |finding: &&Value| finding["path"] == "Manifest.db" && finding["loss"] == true;
    assert!(report["findings"].as_array().unwrap().iter().any(|finding| of_list(&finding)), "{report}");
    assert!(report["messages"].as_array().unwrap().len() > 3);
    let manifest = path.join("Manifest.plist");
    let plist = plist::Value::from_file(&manifest).unwrap();
    let mut plist = plist.into_dictionary().unwrap();
    let mut key = plist["ManifestKey"].as_data().unwrap().to_vec();
    key[20] ^= 1;
    plist.insert("ManifestKey".into(), plist::Value::Data(key));
    plist::Value::Dictionary(plist).to_file_binary(&manifest).unwrap();
    let report = read_with(&path, Some(&password));
    assert_eq!(codes(&report), ["backup-list-damaged", "backup-without-list"]);
    let (_folder, path) = backup(|backup| backup.is_old = true);
    let list = read(path.join("Manifest.mbdb")).unwrap();
    write(path.join("Manifest.mbdb"), &list[..list.len() - 5]).unwrap();
    assert_eq!(codes(&read_with(&path, None)), ["backup-file-not-listed", "mbdb-damaged"][..1]);
}

#[test]
fn a_file_that_is_gone_cut_or_changed_is_told_and_the_others_are_read() {
    const MESSAGES: (&str, &str) = ("HomeDomain", "Library/SMS/sms.db");
    let (_password_folder, password) = password(PASSWORD);
    for change in [encrypted as Change, |_| {}] {
        let damage: [(&str, Damage); 3] = [
            ("backup-file-missing", |file| remove_file(file).unwrap()),
            ("backup-digest-differs", |file| flip(file, 4000)),
            ("", |file| write(file, &read(file).unwrap()[..4096]).unwrap()),
        ];
        for (code, damage) in damage {
            let (_folder, path) = backup(change);
            let file = stored(&path, MESSAGES.0, MESSAGES.1);
            damage(&file);
            let report = read_with(&path, Some(&password));
            let found = codes(&report);
            assert!(report["contacts"].as_array().unwrap().len() > 1);
            if !code.is_empty() {
                assert_eq!(found, [code]);
                continue;
            }
            let cut = if read(path.join("Manifest.db")).unwrap().starts_with(b"SQLite") {
                "backup-size-differs"
            } else {
                "member-damaged"
            };
            assert_eq!(found, ["backup-digest-differs", cut]);
        }
    }
}

#[test]
fn a_file_that_the_list_does_not_name_stands_under_its_own_name() {
    let (_folder, path) = backup(|_| {});
    create_dir_all(path.join("ff")).unwrap();
    let samples = root().join("samples/ios/private/var/mobile/Library/AddressBook/AddressBook.sqlitedb");
    copy(samples, path.join("ff").join("f".repeat(40))).unwrap();
    let report = read_with(&path, None);
    assert_eq!(codes(&report), ["backup-file-not-listed"]);
    let own = format!("/ff/{}", "f".repeat(40));
    assert!(report["files"].as_array().unwrap().iter().any(|file| file["path"] == own.as_str()), "{report}");
}

#[test]
fn a_change_after_reading_is_seen_through_the_decryption() {
    use affiant::evidence::{Evidence, Keys, Options};
    let (_folder, path) = backup(encrypted);
    let keys = Keys::default().with_password(PASSWORD.to_owned().into(), "test");
    let options = Options { md5: false, sha1: false, spill_dir: std::env::temp_dir(), keys: keys.into() };
    let evidence = Evidence::open(&path, options).unwrap();
    let file = evidence.files().iter().find(|file| file.device_path.ends_with("/sms.db")).unwrap();
    let content = evidence.read(file).unwrap();
    assert!(content.starts_with(b"SQLite format 3"));
    assert_eq!(content.len() as u64, file.size);
    assert!(evidence.unchanged(file, &content.hashes).unwrap());
    flip(&stored(&path, "HomeDomain", "Library/SMS/sms.db"), 100);
    assert!(!evidence.unchanged(file, &content.hashes).unwrap());
}

#[test]
fn a_report_of_an_encrypted_backup_is_verified_against_it() {
    let (folder, path) = backup(encrypted);
    let (_password_folder, password) = password(PASSWORD);
    let output = folder.path().join("report");
    let arguments = ["--quiet", "--password-file", &password];
    let mut parse = vec!["parse", path.to_str().unwrap(), "--output", output.to_str().unwrap()];
    parse.extend(arguments);
    assert_eq!(affiant(&parse).status().unwrap().code(), Some(0));
    let verify =
        ["verify", output.to_str().unwrap(), path.to_str().unwrap(), "--password-file", password.as_str()];
    let run = affiant(&verify).output().unwrap();
    assert_eq!(run.status.code(), Some(0), "{}", String::from_utf8_lossy(&run.stderr));
}
