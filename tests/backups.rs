//! The promise of backups: what a handset wrote into a backup is read as it was on the handset, encrypted or not; and where it
//! is not, the finding says which it is: no password, a wrong one, a damaged list, key or file.
//!
//! The backups are made of `samples/`. Independent programs (from PyPI, where it can be reached) open what the tests make, and
//! make what the tests open.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod common;

use common::android_backup::{self, Form};
use common::itunes::{Backup, domain};
use common::{affiant, files, parsed, root, zip_of};
use serde_json::Value;
use std::fs::{copy, create_dir_all, read, remove_file, write};
use std::path::{Path, PathBuf};
use std::process::Command;
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

/// The records of a report, but for those that describe the backup itself.
fn records(report: Value) -> Value {
    let mut report = facts(report);
    let entries = report.as_object_mut().unwrap();
    for key in ["device", "files", "coverage"] {
        entries.remove(key);
    }
    for records in entries.values_mut().filter_map(Value::as_array_mut) {
        records.retain(|record| record["artifact"] != "ios.backup_info");
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

/// What the codes of the findings that this is about begin with.
const OWN: [&str; 6] = ["backup", "member", "mbdb", "stream", "tar", "file-not-readable"];

fn codes(report: &Value) -> Vec<String> {
    let findings = report["findings"].as_array().unwrap().iter();
    let mut codes: Vec<String> = findings
        .map(|finding| finding["code"].as_str().unwrap().to_owned())
        .filter(|code| OWN.iter().any(|about| code.starts_with(about)))
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
        // What describes the backup belongs to both.
        for name in ["Manifest.plist", "Status.plist"] {
            copy(path.join(name), handset.path().join(name)).unwrap();
        }
        let expected = facts(read_with(handset.path(), None));
        assert!(expected["messages"].as_array().unwrap().len() > 3);
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
    assert_eq!(codes(&read_with(&path, None)), ["backup-file-not-listed", "mbdb-damaged"]);
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

/// What of `samples/android` is in a backup, as the folder of a handset.
fn android() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let samples = root().join("samples/android");
    for file in files(&samples).iter().filter(|file| android_backup::name(file.to_str().unwrap()).is_some()) {
        create_dir_all(folder.path().join(file).parent().unwrap()).unwrap();
        copy(samples.join(file), folder.path().join(file)).unwrap();
    }
    folder
}

fn saved(bytes: &[u8]) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("backup.ab");
    write(&path, bytes).unwrap();
    (folder, path)
}

#[test]
fn a_backup_of_android_gives_the_records_of_the_folder_in_every_form() {
    const ACCENTED: &str = "Gl\u{fc}ck \u{20ac}";
    let handset = android();
    let expected = facts(read_with(handset.path(), None));
    assert!(expected["messages"].as_array().unwrap().len() > 3);
    let tar = android_backup::tar(&root().join("samples/android"));
    let (_password_folder, password) = password(ACCENTED);
    for version in 1..=5 {
        for compressed in [false, true] {
            for secret in [None, Some(ACCENTED)] {
                let form = Form { version, compressed, password: secret };
                let (_folder, path) = saved(&android_backup::backup(&tar, form));
                let report = read_with(&path, Some(&password));
                let told = format!("{version} {compressed} {secret:?}");
                assert_eq!(report["evidence"]["kind"], "android-backup");
                assert_eq!(codes(&report), [""; 0], "{told}");
                assert_eq!(facts(report), expected, "{told}");
            }
        }
    }
}

#[test]
fn a_backup_of_android_in_a_zip_is_opened_with_it() {
    let tar = android_backup::tar(&root().join("samples/android"));
    let form = Form { version: 5, compressed: true, password: Some(PASSWORD) };
    let (folder, path) = saved(&android_backup::backup(&tar, form));
    let archive =
        folder.path().parent().unwrap().join(format!("{}.zip", folder.path().file_name().unwrap().display()));
    zip_of(folder.path(), "", &archive);
    let (_password_folder, password) = password(PASSWORD);
    let report = read_with(&archive, Some(&password));
    std::fs::remove_file(&archive).unwrap();
    assert_eq!(report["evidence"]["layers"][0]["kind"], "android-backup");
    assert_eq!(facts(report.clone())["messages"], facts(read_with(&path, Some(&password)))["messages"]);
    assert!(report["messages"].as_array().unwrap().len() > 3);
}

#[test]
fn no_password_a_wrong_one_and_damage_of_a_backup_of_android_are_told_apart() {
    let tar = android_backup::tar(&root().join("samples/android"));
    let form = Form { version: 3, compressed: true, password: Some(PASSWORD) };
    let whole = android_backup::backup(&tar, form);
    let body = whole.iter().enumerate().filter(|(_, byte)| **byte == b'\n').nth(8).unwrap().0 + 1;
    let (_right_folder, right) = password(PASSWORD);
    let (_wrong_folder, wrong) = password("incorrect horse");
    let damaged = |damage: &dyn Fn(&mut Vec<u8>), password: Option<&str>| {
        let mut bytes = whole.clone();
        damage(&mut bytes);
        let (_folder, path) = saved(&bytes);
        let report = read_with(&path, password);
        let text = serde_json::to_string(&report).unwrap();
        assert!(!text.contains(PASSWORD) && !text.contains("incorrect horse"));
        (codes(&report), report["messages"].as_array().unwrap().len())
    };
    let all = damaged(&|_| {}, Some(&right));
    assert_eq!(all.0, [""; 0]);
    let (found, count) = damaged(&|_| {}, None);
    assert_eq!((found, count), (vec!["backup-encrypted".to_owned()], 0));
    let (found, count) = damaged(&|_| {}, Some(&wrong));
    assert_eq!((found, count), (vec!["backup-wrong-password".to_owned()], 0));
    // The last block of the blob is the end of the check value: its padding goes, and no password opens it.
    let flip = |at: usize| move |bytes: &mut Vec<u8>| bytes[at] = if bytes[at] == b'0' { b'1' } else { b'0' };
    assert_eq!(damaged(&flip(body - 3), Some(&right)).0, ["backup-wrong-password"]);
    // The block before it: the key opens the archive, and its check value says that something is damaged.
    assert_eq!(damaged(&flip(body - 65), Some(&right)), (vec!["backup-header-damaged".to_owned()], all.1));
    let (found, _) = damaged(&|bytes| bytes[body + 20_000] ^= 1, Some(&right));
    assert!(found.iter().any(|code| code == "stream-damaged"), "{found:?}");
    let (found, count) = damaged(&|bytes| bytes.truncate(bytes.len() - 1000), Some(&right));
    assert!(found.iter().any(|code| code == "stream-damaged") && count > 0, "{found:?} {count}");
    let mut header = whole.clone();
    header[17] = b'x';
    let (_folder, path) = saved(&header);
    let run = affiant(&["identify", path.to_str().unwrap()]).output().unwrap();
    assert!(String::from_utf8_lossy(&run.stderr).contains("Android backup, compression"), "{run:?}");
}

/// The corpus, or nothing, which is told.
fn corpus() -> Option<PathBuf> {
    let folder = std::env::var_os("AFFIANT_CORPUS").map(PathBuf::from);
    if folder.is_none() {
        println!("SKIPPED: AFFIANT_CORPUS does not name the folder of the corpus");
    }
    folder
}

/// Device path → content of every file of an evidence.
fn contents(path: &Path, password: Option<&str>) -> Vec<(String, Vec<u8>)> {
    use affiant::evidence::{Evidence, Keys, Options};
    let mut keys = Keys::default();
    if let Some(password) = password {
        keys = keys.with_password(password.to_owned().into(), "test");
    }
    let options = Options { md5: false, sha1: false, spill_dir: std::env::temp_dir(), keys: keys.into() };
    let evidence = Evidence::open(path, options).unwrap();
    let read = |file| evidence.read(file).unwrap().to_vec();
    evidence.files().iter().map(|file| (file.device_path.clone(), read(file))).collect()
}

#[test]
fn the_backups_of_the_corpus_open() {
    let Some(corpus) = corpus() else { return };
    let extractor = corpus.join("nelenkov+android-backup-extractor/src/test/resources");
    let plain = contents(&extractor.join("test.unencrypted.backup"), None);
    assert_eq!(plain.len(), 2);
    assert_eq!(contents(&extractor.join("test.encrypted.backup"), Some("12345")), plain);
    assert_eq!(contents(&extractor.join("test.encrypted.backup"), Some("54321")), []);
    // MVT tests/android/test_backup_parser.py: the messages of these, short and multimedia.
    let folder = "/data/user_de/0/com.android.providers.telephony/files/";
    let mvt = corpus.join("mvt-project+mvt/tests/artifacts");
    let backups = [
        "android_backup/backup.ab",
        "android_backup/backup2.ab",
        "androidqf/backup.ab",
        "androidqf_encrypted/backup.ab",
    ];
    for (name, expected) in backups.into_iter().zip([2, 1, 2, 1]) {
        let mut count = 0;
        for (path, deflated) in contents(&mvt.join(name), Some("123456")) {
            if path.starts_with(folder) && path.ends_with("ms_backup") {
                let json = flate2::read::ZlibDecoder::new(&deflated[..]);
                let json: Value = serde_json::from_reader(json).unwrap();
                assert!(json.to_string().contains("://google.com"), "{name}: {json}");
                count += json.as_array().unwrap().len();
            }
        }
        assert_eq!(count, expected, "{name}");
    }
    // The list names 1,089 files; 7 of them are in the corpus.
    let old = corpus.join("mvt-project+mvt@old/tests/artifacts/ios_backup");
    let files = contents(&old, None);
    let paths: Vec<&str> = files.iter().map(|(path, _)| path.as_str()).collect();
    assert_eq!(paths.len(), 9, "{paths:?}");
    for path in [
        "/private/var/mobile/Library/SMS/sms.db",
        "/private/var/wireless/Library/Databases/DataUsage.sqlite",
        "/Info.plist",
    ] {
        assert!(paths.contains(&path), "{path}: {paths:?}");
    }
    let report = read_with(&old, None);
    // What MVT has of them was made smaller for its tests.
    assert_eq!(codes(&report), ["backup-file-missing", "backup-size-differs"]);
    let findings = report["findings"].as_array().unwrap().iter();
    let missing: Vec<&Value> = findings.filter(|finding| finding["code"] == "backup-file-missing").collect();
    let more = missing.iter().filter_map(|finding| finding["message"].as_str()?.split_once(" more findings"));
    let more: usize = more.map(|(count, _)| count.parse::<usize>().unwrap() - 1).sum();
    assert_eq!(missing.len() + more, 1_089 - 7);
}

/// A Python with packages, in a folder of the build; nothing, which is told, where there is none or no way to the packages.
fn python(packages: &[&str]) -> Option<PathBuf> {
    static ONE_AT_A_TIME: std::sync::Mutex<()> = std::sync::Mutex::new(());
    let _guard = ONE_AT_A_TIME.lock().unwrap();
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("independent");
    let python = folder.join("bin/python");
    let runs = |command: &mut Command| command.output().is_ok_and(|output| output.status.success());
    let is_made = python.exists() || runs(Command::new("python3").args(["-m", "venv"]).arg(&folder));
    let mut install = Command::new(&python);
    install
        .args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--retries", "1"])
        .args(packages);
    let is_there = is_made && runs(&mut install);
    if !is_there {
        println!("SKIPPED: no python3 with {}", packages.join(", "));
    }
    is_there.then_some(python)
}

fn run(program: &Path, arguments: &[&str]) -> String {
    let output = Command::new(program).args(arguments).output().unwrap();
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn independent_programs_read_the_same_from_a_backup() {
    let packages = ["cryptography", "pyiosbackup", "iphone_backup_decrypt"];
    let Some(python) = python(&packages) else { return };
    let script = root().join("tests/independent/itunes_backup.py");
    for is_old in [false, true] {
        let (_folder, path) = backup(|backup| {
            encrypted(backup);
            (backup.is_old, backup.two_rounds) = (is_old, !is_old);
        });
        let told = run(&python, &[script.to_str().unwrap(), "read", path.to_str().unwrap(), PASSWORD]);
        let mut theirs: Vec<(String, String)> = told
            .lines()
            .map(|line| line.splitn(3, ' ').collect::<Vec<_>>())
            .map(|parts| (device_path(parts[1], parts[2]), parts[0].to_owned()))
            .collect();
        theirs.sort();
        let described = |path: &str| !path.starts_with("/private");
        let ours: Vec<(String, String)> = contents(&path, Some(PASSWORD))
            .into_iter()
            .filter(|(path, _)| !described(path))
            .map(|(path, content)| (path, sha256(&content)))
            .collect();
        assert!(ours.len() > 20);
        assert_eq!(ours, theirs);
    }
}

fn sha256(bytes: &[u8]) -> String {
    use sha2::{Digest, Sha256};
    hex::encode(Sha256::digest(bytes))
}

/// The device path that the file was taken from.
fn device_path(of: &str, path: &str) -> String {
    let samples = files(&root().join("samples/ios"));
    let own = |file: &&PathBuf| domain(file.to_str().unwrap()) == Some((of.to_owned(), path.to_owned()));
    format!("/{}", samples.iter().find(own).unwrap().display())
}

#[test]
fn a_backup_that_an_independent_program_encrypted_reads_as_the_plain_one() {
    let Some(python) = python(&["cryptography"]) else { return };
    let script = root().join("tests/independent/itunes_backup.py");
    let (folder, plain) = backup(|_| {});
    let secret = folder.path().join("encrypted");
    run(
        &python,
        &[script.to_str().unwrap(), "encrypt", plain.to_str().unwrap(), secret.to_str().unwrap(), PASSWORD],
    );
    let (_password_folder, password) = password(PASSWORD);
    let report = read_with(&secret, Some(&password));
    assert_eq!(codes(&report), [""; 0]);
    assert_eq!(records(report), records(read_with(&plain, None)));
    assert_eq!(codes(&read_with(&secret, None)), ["backup-encrypted", "backup-without-list"]);
}

#[test]
fn an_independent_program_makes_and_opens_backups_of_android() {
    let Some(python) = python(&["hoardy-adb"]) else { return };
    let tool = python.with_file_name("hoardy-adb");
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let tar = android_backup::tar(&root().join("samples/android"));
    write(at("archive.tar"), &tar).unwrap();
    let form = Form { version: 5, compressed: true, password: Some(PASSWORD) };
    write(at("ours.ab"), android_backup::backup(&tar, form)).unwrap();
    run(&tool, &["unwrap", "-p", PASSWORD, &at("ours.ab"), &at("ours.tar")]);
    assert!(read(at("ours.tar")).unwrap() == tar);
    let expected = contents(Path::new(&at("ours.ab")), Some(PASSWORD));
    for version in ["1", "3", "5"] {
        let theirs = at(&format!("theirs-{version}.ab"));
        let options = ["wrap", "--output-passphrase", PASSWORD, "-e", "-c", "--output-version", version];
        run(&tool, &[&options[..], &[&at("archive.tar"), &theirs]].concat());
        assert!(contents(Path::new(&theirs), Some(PASSWORD)) == expected, "{version}");
        assert_eq!(contents(Path::new(&theirs), None), []);
    }
}

/// Every byte of what describes a small backup, changed and cut away.
#[test]
fn a_hostile_description_costs_findings_and_never_the_run() {
    for (name, is_old) in [("Manifest.db", false), ("Manifest.plist", false), ("Manifest.mbdb", true)] {
        let (_folder, path) = backup(|backup| {
            backup
                .files
                .retain(|(_, path), _| path.ends_with("known-networks.plist") || path.ends_with("sms.db"));
            encrypted(backup);
            (backup.is_old, backup.two_rounds) = (is_old, !is_old);
        });
        let whole = read(path.join(name)).unwrap();
        let step = (whole.len() / 150).max(1);
        for at in (0..whole.len()).step_by(step) {
            let mut changed = whole.clone();
            changed[at] ^= 0x81;
            for bytes in [&changed[..], &whole[..at]] {
                write(path.join(name), bytes).unwrap();
                for (_, content) in try_contents(&path) {
                    assert!(content.map_or(0, |content| content.len()) < 1_000_000);
                }
            }
        }
    }
}

/// As [`contents`], with what cannot be read.
fn try_contents(path: &Path) -> Vec<(String, Option<Vec<u8>>)> {
    use affiant::evidence::{Evidence, Keys, Options};
    let keys = Keys::default().with_password(PASSWORD.to_owned().into(), "test");
    let options = Options { md5: false, sha1: false, spill_dir: std::env::temp_dir(), keys: keys.into() };
    let evidence = Evidence::open(path, options).unwrap();
    let read = |file| evidence.read(file).ok().map(|content| content.to_vec());
    evidence.files().iter().map(|file| (file.device_path.clone(), read(file))).collect()
}

#[test]
fn a_hostile_backup_of_android_costs_findings_and_never_the_run() {
    let mut tar = tar::Builder::new(Vec::new());
    let mut header = tar::Header::new_ustar();
    header.set_size(3);
    tar.append_data(&mut header, "apps/org.example/f/x", &b"abc"[..]).unwrap();
    let tar = tar.into_inner().unwrap();
    for password in [None, Some(PASSWORD)] {
        for compressed in [false, true] {
            let whole = android_backup::backup(&tar, Form { version: 3, compressed, password });
            let (_folder, path) = saved(&whole);
            let step = (whole.len() / 200).max(1);
            for at in (16..whole.len()).step_by(step) {
                let mut changed = whole.clone();
                changed[at] ^= 0x81;
                for bytes in [&changed[..], &whole[..at]] {
                    write(&path, bytes).unwrap();
                    let run = std::panic::catch_unwind(|| {
                        use affiant::evidence::{Evidence, Keys, Options};
                        let keys = Keys::default().with_password(PASSWORD.to_owned().into(), "test");
                        let spill_dir = std::env::temp_dir();
                        let options = Options { md5: false, sha1: false, spill_dir, keys: keys.into() };
                        let Ok(evidence) = Evidence::open(&path, options) else { return };
                        evidence.files().iter().for_each(|file| drop(evidence.read(file)));
                    });
                    assert!(run.is_ok(), "{at}");
                }
            }
        }
    }
}
