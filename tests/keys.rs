//! Keys of the examiner, and what they open beside databases: backups of the kinds crypt12 to crypt15, backups in frames. The backups in
//! `tests/crypt` and `tests/frames` are made by scripts there that share no code with the readers.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod common;

use common::{affiant, parsed, root};
use serde_json::{Value, json};
use std::fs;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

const KEY: &str = "2dd29ca851e7b56e4697b0e1f08507293d761a05ce4d1b628663f411a8086d99";

/// A folder with a file and a keys.toml that holds these entries.
struct Place {
    folder: TempDir,
    file: PathBuf,
}

impl Place {
    fn of(bytes: &[u8], name: &str, keys: &str) -> Place {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join(name);
        fs::write(&file, bytes).unwrap();
        fs::write(folder.path().join("keys.toml"), keys).unwrap();
        Place { folder, file }
    }

    fn keys(&self) -> PathBuf {
        self.folder.path().join("keys.toml")
    }

    fn inspect(&self, options: &[&str]) -> (Option<i32>, String, String) {
        let (keys, text) = (self.keys(), |path: &Path| path.to_str().unwrap().to_owned());
        let run =
            affiant(&["inspect", &text(&self.file), "--keys", &text(&keys)]).args(options).output().unwrap();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        (run.status.code(), text(&run.stdout), text(&run.stderr))
    }
}

fn data(path: &str) -> Vec<u8> {
    fs::read(root().join("tests").join(path)).unwrap()
}

fn entry(form: &str, value: &str) -> String {
    format!("[[key]]\n{form} = \"{value}\"\n")
}

fn key_file(name: &str) -> String {
    entry("file", root().join("tests/crypt").join(name).to_str().unwrap())
}

#[test]
fn a_fault_of_the_keys_is_told_with_its_entry_and_never_with_a_value() {
    let place = Place::of(b"x", "x.db", "[[key]]\npassword = \"HIDDEN\"\nraw = \"00\"\n");
    let (status, out, told) = place.inspect(&[]);
    assert_eq!((status, out.as_str()), (Some(2), ""));
    assert!(
        told.ends_with("keys.toml: entry 1: exactly one of password, passphrase, raw, file is expected\n"),
        "{told}"
    );
    let evidence = "samples/android";
    let run =
        affiant(&["identify", evidence, "--password-env", "AFFIANT_NO_SUCH_VARIABLE"]).output().unwrap();
    assert_eq!(run.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&run.stderr).contains("AFFIANT_NO_SUCH_VARIABLE is not set"));
    for command in ["parse", "identify", "inspect", "verify", "explain"] {
        let help = String::from_utf8(affiant(&[command, "--help"]).output().unwrap().stdout).unwrap();
        assert!(
            help.contains("--keys <FILE>")
                && help.contains("--password-file")
                && help.contains("--password-env")
        );
        assert!(!help.contains("--password "), "{command}");
    }
}

#[test]
fn a_password_from_the_environment_or_a_file_is_that_of_the_evidence() {
    let database = root().join("tests/sqlcipher/two.db");
    let run = affiant(&["inspect", database.to_str().unwrap(), "--password-env", "AFFIANT_TEST_PASSWORD"])
        .env("AFFIANT_TEST_PASSWORD", "two")
        .output()
        .unwrap();
    assert_eq!(run.status.code(), Some(0));
    let told = String::from_utf8(run.stderr).unwrap();
    assert!(told.starts_with("SQLCipher 2, opened by --password-env; pages keep their places"), "{told}");
}

#[test]
fn a_chat_backup_decrypts_to_the_file_that_was_encrypted() {
    let plain = String::from_utf8(data("crypt/plain.sha256")).unwrap();
    for (name, keys) in [
        ("crypt12", key_file("key")),
        ("crypt14", key_file("key")),
        ("crypt14", entry("raw", KEY)),
        ("crypt15", key_file("encrypted_backup.key")),
        ("crypt15", entry("raw", KEY)),
        (
            "crypt15",
            entry(
                "password",
                "2dd2 9ca8 51e7 b56e 4697 b0e1 f085 0729 3d76 1a05 ce4d 1b62 8663 f411 a808 6d99",
            ),
        ),
    ] {
        let place =
            Place::of(&data(&format!("crypt/msgstore.db.{name}")), &format!("msgstore.db.{name}"), &keys);
        let (status, out, told) = place.inspect(&[]);
        assert_eq!(status, Some(0), "{name}: {told}");
        let line = format!(
            "{name}, opened by keys.toml, entry 1; offsets are those of the decrypted file, SHA-256 {plain}"
        );
        assert_eq!(told, line, "{name}");
        assert!(out.contains("table messages: "), "{out}");
    }
    // A part of a backup in several parts has no MD5, and this one is not compressed.
    let place = Place::of(&data("crypt/parts.crypt15"), "parts.crypt15", &entry("raw", KEY));
    let (_, _, told) = place.inspect(&["--dump"]);
    assert!(told.starts_with("crypt15, opened by") && !told.contains("crypt-"), "{told}");
}

#[test]
fn a_wrong_key_a_cut_backup_and_a_flipped_bit_are_told_apart() {
    for (name, key) in [("crypt12", "key"), ("crypt14", "key"), ("crypt15", "encrypted_backup.key")] {
        let whole = data(&format!("crypt/msgstore.db.{name}"));
        let name = format!("msgstore.db.{name}");
        let other = entry("raw", &KEY.replace('2', "3"));
        let (status, _, told) = Place::of(&whole, &name, &other).inspect(&[]);
        assert_eq!(status, Some(2));
        assert!(told.contains("the key that is given for it does not open it"), "{told}");

        let (status, _, told) = Place::of(&whole[..2500], &name, &key_file(key)).inspect(&[]);
        assert!(matches!(status, Some(1 | 2)), "{told}");
        assert!(told.contains("at 0x9c4: crypt-cut-off: ") && !told.contains("crypt-tag-wrong"), "{told}");

        let mut flipped = whole.clone();
        flipped[2900] ^= 1;
        let (_, _, told) = Place::of(&flipped, &name, &key_file(key)).inspect(&[]);
        assert!(
            told.contains("crypt-tag-wrong: the tag is wrong") && !told.contains("crypt-cut-off"),
            "{told}"
        );

        let mut summed = whole.clone();
        let at = whole.len() - 8;
        summed[at] ^= 1;
        let (status, _, told) = Place::of(&summed, &name, &key_file(key)).inspect(&[]);
        assert_eq!(status, Some(0), "{told}");
        assert!(told.contains("crypt-md5-wrong") && !told.contains("crypt-tag-wrong"), "{told}");
    }
}

/// An extraction whose only file is a chat backup.
fn chat_extraction(keys: &str) -> (TempDir, String, String) {
    let folder = tempfile::tempdir().unwrap();
    let databases = folder.path().join("evidence/sdcard/WhatsApp/Databases");
    fs::create_dir_all(&databases).unwrap();
    for name in ["msgstore.db.crypt14", "msgstore-2023-11-14.1.db.crypt15"] {
        let ending = name.rsplit_once('.').unwrap().1;
        fs::write(databases.join(name), data(&format!("crypt/msgstore.db.{ending}"))).unwrap();
    }
    let path = folder.path().join("keys.toml");
    fs::write(&path, keys).unwrap();
    let evidence = folder.path().join("evidence").to_str().unwrap().to_owned();
    (folder, evidence, path.to_str().unwrap().to_owned())
}

#[test]
fn a_definition_reads_a_chat_backup_and_the_report_says_that_offsets_are_those_of_another_file() {
    let key14 = root().join("tests/crypt/key");
    let keys = format!(
        "[[key]]\npath = \"*.crypt14\"\nfile = \"{}\"\n[[key]]\npath = \"**/Databases/*.crypt15\"\nraw = \"{KEY}\"\n",
        key14.display()
    );
    let (_folder, evidence, keys) = chat_extraction(&keys);
    let (report, value) = parsed(&evidence, &["--keys", &keys]);
    let plain = String::from_utf8(data("crypt/plain.sha256")).unwrap();
    let plain_folder = tempfile::tempdir().unwrap();
    let database = plain_folder.path().join("msgstore.db");
    fs::copy(root().join("samples/android/data/data/com.whatsapp.w4b/databases/msgstore.db"), database)
        .unwrap();
    let (_plain_report, of_plain) = parsed(plain_folder.path().join("msgstore.db").to_str().unwrap(), &[]);
    for (number, method) in [(0, "crypt15"), (1, "crypt14")] {
        let encryption = &value["files"][number]["encryption"];
        assert_eq!(encryption["method"], method);
        assert_eq!(encryption["derived"]["sha256"], plain.trim());
        let bodies = |value: &Value, file: usize| {
            let messages = value["messages"].as_array().unwrap().iter();
            let own = messages.filter(|message| message["provenance"]["rows"][0]["file"] == file);
            own.map(|message| (message["body"].clone(), message["provenance"]["rows"][0]["offset"].clone()))
                .collect::<Vec<_>>()
        };
        assert!(!bodies(&value, number).is_empty());
        assert_eq!(bodies(&value, number), bodies(&of_plain, 0));
    }
    let report = report.path().join("report");
    let text = fs::read_to_string(report.join("data/report.json")).unwrap();
    assert!(!text.contains(KEY) && !text.contains("keys.toml"));
    let report = report.to_str().unwrap();
    let run = affiant(&["verify", report, &evidence, "--keys", &keys]).output().unwrap();
    assert_eq!(run.status.code(), Some(0), "{}", String::from_utf8_lossy(&run.stdout));
    let run = affiant(&["verify", report, &evidence]).output().unwrap();
    let out = String::from_utf8(run.stdout).unwrap();
    assert_eq!(run.status.code(), Some(1));
    assert!(out.contains("its file is encrypted: a crypt15 backup"), "{out}");
    let id = value["messages"][0]["id"].as_str().unwrap();
    let run = affiant(&["explain", report, id, &evidence, "--keys", &keys]).output().unwrap();
    let out = String::from_utf8(run.stdout).unwrap();
    assert!(out.contains("wadecrypt KEY FILE PLAIN") && out.contains("cat PLAIN | tail -c"), "{out}");
}

#[test]
fn chat_backups_without_a_key_are_lines_of_coverage_that_say_which_key_they_need() {
    let (_folder, evidence, _) = chat_extraction("");
    let (_report, value) = parsed(&evidence, &[]);
    let lines = value["coverage"]["encrypted"].as_array().unwrap();
    let told: Vec<&str> = lines.iter().map(|line| line["what"].as_str().unwrap()).collect();
    assert_eq!(told, ["a crypt15 backup", "a crypt14 backup"]);
    assert_eq!(
        lines[0]["needs"],
        "`raw`: the key of 64 digits, or `file`: `encrypted_backup.key` of the app"
    );
}

fn frames() -> Value {
    serde_json::from_slice(&data("frames/expected.json")).unwrap()
}

fn rows(place: &Place, table: &str) -> (Vec<Value>, String) {
    let (_, out, told) = place.inspect(&["--dump", "--table", table]);
    let live = out.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    (live.filter(|row| row["state"] == "live").map(|row| row["values"].clone()).collect(), told)
}

/// A value as `--dump` writes it, as the generator does.
fn plain(value: &Value) -> Value {
    match value {
        Value::Object(object) if object.contains_key("real") => object["real"].clone(),
        Value::Object(object) => object["blob"].clone(),
        other => other.clone(),
    }
}

#[test]
fn the_rows_of_a_backup_in_frames_are_those_that_were_written() {
    let expected = frames();
    let keys = entry("passphrase", expected["passphrase"].as_str().unwrap());
    for (name, attachments) in [("one", &expected["one"]["attachments"]), ("zero", &expected["zero"])] {
        let place = Place::of(&data(&format!("frames/{name}.backup")), "chat.backup", &keys);
        for table in ["message", "recipient", "mapping", "empty"] {
            let (found, told) = rows(&place, table);
            let found: Vec<Vec<Value>> =
                found.iter().map(|row| row.as_object().unwrap().values().map(plain).collect()).collect();
            assert_eq!(json!(found), expected["one"]["tables"][table], "{name}, {table}: {told}");
        }
        let (found, _) = rows(&place, "affiant_attachment");
        let found: Vec<Vec<Value>> =
            found.iter().map(|row| row.as_object().unwrap().values().map(plain).collect()).collect();
        assert_eq!(&json!(found), attachments, "{name}");
        assert_eq!(rows(&place, "affiant_frame").0.len(), 64);
        assert_eq!(rows(&place, "affiant_key_value").0[0]["value"], "+15550100");
        let (status, _, told) = place.inspect(&[]);
        assert_eq!(status, Some(0), "{told}");
    }
}

#[test]
fn of_a_backup_in_frames_a_wrong_passphrase_a_cut_and_a_flipped_bit_are_told_apart() {
    let expected = frames();
    let keys = entry("passphrase", expected["passphrase"].as_str().unwrap());
    let whole = data("frames/one.backup");
    let (status, _, told) = Place::of(&whole, "chat.backup", &entry("passphrase", "0 0 0")).inspect(&[]);
    assert_eq!(status, Some(2));
    assert!(told.contains("a backup in encrypted frames") && told.contains("does not open it"), "{told}");

    let cut = Place::of(&whole[..20_000], "chat.backup", &keys);
    let (found, told) = rows(&cut, "message");
    assert!(told.contains("backup-cut-off") && !told.contains("backup-frame-mac"), "{told}");
    assert!((20..60).contains(&found.len()), "{}", found.len());

    let mut flipped = whole.clone();
    flipped[20_000] ^= 1;
    let (found, told) = rows(&Place::of(&flipped, "chat.backup", &keys), "message");
    assert!(told.contains("backup-frame-mac") && !told.contains("backup-cut-off"), "{told}");
    assert!(found.len() >= 59, "{}", found.len());

    let mut attachment = whole.clone();
    let at = expected["one"]["attachments"][0][4].as_u64().unwrap();
    attachment[usize::try_from(at).unwrap() + 10] ^= 1;
    let (found, told) = rows(&Place::of(&attachment, "chat.backup", &keys), "affiant_attachment");
    assert!(told.contains(&format!("at {at:#x}: backup-attachment-mac")), "{told}");
    assert_eq!((&found[0]["proven"], &found[1]["proven"]), (&json!(0), &json!(1)));

    let without_end = &whole[..whole.len() - 16];
    let (_, told) = rows(&Place::of(without_end, "chat.backup", &keys), "empty");
    assert!(told.contains("the backup ends without its last frame"), "{told}");
}

#[test]
fn files_that_nobody_reads_and_that_look_encrypted_have_a_line_each() {
    let folder = tempfile::tempdir().unwrap();
    let files = folder.path().join("data/data/org.example/files");
    fs::create_dir_all(&files).unwrap();
    // A stream of SHA-256 has no structure; text and a photograph's beginning are no encrypted files.
    let random: Vec<u8> = (0_u32..2048)
        .flat_map(|number| <sha2::Sha256 as sha2::Digest>::digest(number.to_le_bytes()).to_vec())
        .collect();
    fs::write(files.join("vault.bin"), &random[..65_535]).unwrap();
    fs::write(files.join("paged"), &random).unwrap();
    fs::write(files.join("photo.jpg"), [&b"\xff\xd8\xff\xe0"[..], &random].concat()).unwrap();
    fs::write(files.join("notes.txt"), "lorem ipsum ".repeat(9000)).unwrap();
    fs::write(files.join("letter"), [&b"Salted__"[..], &random[..200]].concat()).unwrap();
    fs::write(
        files.join("secret.xml"),
        "<map><string name=\"__androidx_security_crypto_encrypted_prefs_key_keyset__\">00</string></map>",
    )
    .unwrap();
    let (_report, value) = parsed(folder.path().to_str().unwrap(), &[]);
    let lines: Vec<(&str, &str)> = value["coverage"]["encrypted"]
        .as_array()
        .unwrap()
        .iter()
        .map(|line| {
            (line["path"].as_str().unwrap().rsplit_once('/').unwrap().1, line["what"].as_str().unwrap())
        })
        .collect();
    assert_eq!(
        lines,
        [
            ("letter", "a file encrypted by `openssl enc`"),
            ("paged", "an SQLCipher database or another encrypted file"),
            ("secret.xml", "encrypted preferences"),
            ("vault.bin", "an encrypted file"),
        ]
    );
}

#[test]
fn hostile_backups_and_databases_end_in_a_finding_or_a_refusal() {
    let passphrase = entry("passphrase", frames()["passphrase"].as_str().unwrap());
    let frames_whole = data("frames/one.backup");
    for (whole, name, keys) in [
        (data("crypt/msgstore.db.crypt15"), "x.crypt15", entry("raw", KEY)),
        (data("crypt/msgstore.db.crypt12"), "x.crypt12", key_file("key")),
        (frames_whole[..6000].to_vec(), "x.backup", passphrase),
        (
            data("sqlcipher/three-digits-once.db"),
            "x.db",
            format!("{}profile = \"sqlcipher3 page_size=4096 kdf_iter=1\"\n", entry("passphrase", KEY)),
        ),
    ] {
        let length = whole.len();
        // Deriving the keys of frames takes a second where nothing is optimized.
        let steps = if name == "x.backup" { (0..24).step_by(5) } else { (0..24).step_by(1) };
        for step in steps {
            let mut changed = whole.clone();
            let at = if step < 12 { step * 7 } else { length * (step - 12) / 12 };
            changed[at] ^= 0x80 >> (step % 8);
            changed.truncate(length - step * length / 60);
            let (status, _, told) = Place::of(&changed, name, &keys).inspect(&["--dump"]);
            assert!(matches!(status, Some(0..=2)), "{name}, {at}: {status:?} {told}");
            assert!(!told.contains("panicked"), "{name}, {at}: {told}");
        }
    }
}

#[test]
fn the_published_chat_backups_and_key_files_open() {
    let Some(corpus) = std::env::var_os("AFFIANT_CORPUS").map(PathBuf::from) else {
        println!("SKIPPED: AFFIANT_CORPUS does not name the folder of the corpus");
        return;
    };
    let folder = corpus.join("ElDavoo+wa-crypt-tools/tests/res");
    let plain =
        hex::encode(<sha2::Sha256 as sha2::Digest>::digest(fs::read(folder.join("msgstore.db")).unwrap()));
    for (ending, key) in [("crypt14", "key"), ("crypt15", "encrypted_backup.key")] {
        let name = format!("msgstore.db.{ending}");
        let keys = entry("file", folder.join(key).to_str().unwrap());
        let (_, _, told) = Place::of(&fs::read(folder.join(&name)).unwrap(), &name, &keys).inspect(&[]);
        assert!(told.contains(&format!("the decrypted file, SHA-256 {plain}")), "{told}");
    }
    let path = corpus
        .join("threema-ch+threema-android/app/src/test/resources/masterkey/v1/passphrase-protected.dat");
    let file = affiant::parse::master_key::MasterKey::read(&fs::read(path).unwrap()).unwrap();
    assert!(file.open(Some("superSecretPassword")).is_some());
    assert!(file.open(Some("SuperSecretPassword")).is_none());
}

#[test]
fn a_database_opens_with_a_key_file_and_its_passphrase() {
    // A key file of version 1 (made with Python's hashlib.scrypt) that holds the key of tests/sqlcipher/four-raw.db.
    let folder = tempfile::tempdir().unwrap();
    fs::copy(root().join("tests/sqlcipher/four-raw.db"), folder.path().join("chat.db")).unwrap();
    let salt = *b"saltsalt";
    let mut key: [u8; 32] = hex::decode(KEY).unwrap().try_into().unwrap();
    let check = <sha1::Sha1 as sha1::Digest>::digest(key);
    let mut derived = [0; 32];
    scrypt::scrypt(b"my phrase", &salt, &scrypt::Params::new(16, 8, 1, 32).unwrap(), &mut derived).unwrap();
    let obfuscation =
        hex::decode("950d267a88ea77109c50e73f47e06972dac4397c99ea7e67affddd32da35f70c").unwrap();
    key.iter_mut().zip(derived).zip(obfuscation).for_each(|((key, derived), other)| *key ^= derived ^ other);
    fs::write(folder.path().join("key.dat"), [&[2][..], &key, &salt, &check[..4]].concat()).unwrap();
    let inspect = |keys: &str| {
        fs::write(folder.path().join("keys.toml"), keys).unwrap();
        let (file, keys) = (folder.path().join("chat.db"), folder.path().join("keys.toml"));
        affiant(&["inspect", file.to_str().unwrap(), "--keys", keys.to_str().unwrap()])
            .output()
            .unwrap()
            .status
            .code()
    };
    let file = "[[key]]\npath = \"chat.db\"\nfile = \"key.dat\"\n";
    assert_eq!(inspect(&format!("{file}[[key]]\npath = \"chat.db\"\npassphrase = \"my phrase\"\n")), Some(0));
    assert_eq!(inspect(&format!("{file}[[key]]\npath = \"chat.db\"\npassphrase = \"another\"\n")), Some(2));
    assert_eq!(inspect(file), Some(2));
}
