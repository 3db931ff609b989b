//! Values inside values, held against what others read from the same files, and against hostile bytes.
//!
//! * LevelDB: every row of every file, as `dfindexeddb` 20260210 (Google) gives it: the SHA-256 of `file sequence kind key value`,
//!   one line a row, sorted.
//! * protobuf: every leaf of the notes of `apple_cloud_notes_parser`, walked with the unknown fields of Google's own `protobuf`
//!   7.36 for Python: the SHA-256 of `path value`, one line a leaf.
//! * SEGB: the counts of `ccl-segb`, as the README of segb-forensic tells them.
//!
//! Without `AFFIANT_CORPUS` the tests on files of the corpus say that they were skipped.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod common;

use affiant::parse::compressed::Frame;
use affiant::parse::{
    Document, Error, Node, Value, chromium, compressed, datastore, leveldb, mmkv, protobuf, segb, tl,
};
use common::affiant;
use serde_json::Value as Json;
use sha2::{Digest, Sha256};
use std::fs::{copy, create_dir_all, read, read_dir, write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

fn corpus() -> Option<PathBuf> {
    let folder = std::env::var_os("AFFIANT_CORPUS").map(PathBuf::from);
    if folder.is_none() {
        println!("SKIPPED: AFFIANT_CORPUS does not name the folder of the corpus");
    }
    folder
}

fn digest(mut lines: Vec<String>, is_sorted: bool) -> String {
    if is_sorted {
        lines.sort();
    }
    hex::encode(Sha256::digest(lines.join("\n").as_bytes()))
}

// --- LevelDB ------------------------------------------------------------------

/// Folder, rows, digest, rows that are live.
const LEVELDB: &[(&str, usize, &str, usize)] = &[
    (
        "SecurityRonin+leveldb-forensic/tests/data/chromium-local-storage/leveldb",
        7,
        "eba611759608eea980afc9ce46de72989887c372d6699e3c7f02b66c5081f13f",
        7,
    ),
    (
        "google+dfindexeddb/test_data/leveldb/100k keys",
        100_000,
        "257072cc2d9d3475f279ef9077c081d48d7f250e9ad6bbea7f28885b02667a90",
        100_000,
    ),
    (
        "google+dfindexeddb/test_data/leveldb/100k keys delete",
        100_010,
        "53603957e4a125eacd69ffa0cfa85c9c8975de1162906f38b8501f5aa096539a",
        99_990,
    ),
    (
        "google+dfindexeddb/test_data/leveldb/create key",
        1,
        "ec1ed1c3e790a226d7d68d1c63816318b15024da7276c3ed610b64ac17eaa2a2",
        1,
    ),
    (
        "google+dfindexeddb/test_data/indexeddb/chrome/linux_109_64/file__0.indexeddb.leveldb",
        154,
        "5bf7d5e740f2cc388decd61d153d5038530bffa96bb00a0792aac62632df235f",
        46,
    ),
    (
        "google+dfindexeddb/test_data/indexeddb/chrome/win11_109_64/file__0.indexeddb.leveldb",
        154,
        "5bf7d5e740f2cc388decd61d153d5038530bffa96bb00a0792aac62632df235f",
        46,
    ),
];

fn folder(path: &Path) -> Vec<(String, Vec<u8>)> {
    let entries = read_dir(path).unwrap().map(|entry| entry.unwrap());
    entries.map(|entry| (entry.file_name().into_string().unwrap(), read(entry.path()).unwrap())).collect()
}

fn by_name(files: &[(String, Vec<u8>)]) -> Vec<(&str, &[u8])> {
    files.iter().map(|(name, bytes)| (name.as_str(), bytes.as_slice())).collect()
}

fn rows<'d>(document: &'d Document<'_>) -> Vec<&'d Node<'d>> {
    let Value::Map(files) = &document.root.value else { panic!() };
    let lists = files.iter().map(|(_, list)| match &list.value {
        Value::List(rows) => rows,
        other => panic!("{other:?}"),
    });
    lists.flatten().collect()
}

fn text<'d>(node: &'d Node<'_>, name: &str) -> &'d str {
    node.value.member(name).unwrap().value.as_text().unwrap()
}

fn blob(node: &Node<'_>, name: &str) -> Vec<u8> {
    match node.value.member(name).map(|node| &node.value) {
        Some(Value::Blob(bytes)) => bytes.to_vec(),
        _ => Vec::new(),
    }
}

#[test]
fn every_row_of_a_leveldb_is_the_one_that_dfindexeddb_reads() {
    let Some(corpus) = corpus() else { return };
    for (path, count, expected, live) in LEVELDB {
        let files = folder(&corpus.join(path));
        let document = leveldb::document(&by_name(&files)).unwrap();
        let rows = rows(&document);
        let line = |row: &&Node<'_>| {
            let Value::Integer(sequence) = row.value.member("sequence").unwrap().value else { panic!() };
            let (key, value) = (hex::encode(blob(row, "key")), hex::encode(blob(row, "value")));
            format!("{} {sequence} {} {key} {value}", text(row, "file"), text(row, "kind"))
        };
        assert_eq!(rows.len(), *count, "{path}");
        assert_eq!(digest(rows.iter().map(line).collect(), true), *expected, "{path}");
        assert_eq!(rows.iter().filter(|row| text(row, "state") == "live").count(), *live, "{path}");
        assert!(document.findings.is_empty(), "{path}: {:?}", document.findings);
    }
}

#[test]
fn local_storage_holds_what_its_author_wrote() {
    let Some(corpus) = corpus() else { return };
    let files = folder(&corpus.join(LEVELDB[0].0));
    let document = leveldb::document(&by_name(&files)).unwrap();
    let mut items = Vec::new();
    for row in rows(&document) {
        let (key, value) = (blob(row, "key"), blob(row, "value"));
        let key = chromium::local_storage_key(&key).unwrap();
        if text(&key.root, "kind") == "item" {
            assert_eq!(text(&key.root, "origin"), "http://127.0.0.1:8117");
            let value = chromium::local_storage_text(&value).unwrap();
            let value = value.root.value.as_text().unwrap().to_owned();
            items.push((text(&key.root, "key").to_owned(), value));
        }
    }
    items.sort();
    let written = [
        ("case_id", "CASE-001"),
        ("count", "42"),
        ("greeting", "Hello, forensics!"),
        ("unicode", "日本語 café ☕"),
    ];
    assert_eq!(items, written.map(|(key, value)| (key.to_owned(), value.to_owned())));
}

#[test]
fn indexeddb_names_its_databases_and_stores() {
    let Some(corpus) = corpus() else { return };
    let files = folder(&corpus.join(LEVELDB[4].0));
    let document = leveldb::document(&by_name(&files)).unwrap();
    let (mut names, mut kinds) = (Vec::new(), std::collections::BTreeMap::new());
    for row in rows(&document) {
        let key = blob(row, "key");
        let key = chromium::indexeddb_key(&key).unwrap();
        *kinds.entry(text(&key.root, "kind").to_owned()).or_insert(0) += 1;
        if text(&key.root, "kind") == "database_name" {
            names.push(text(&key.root, "name").to_owned());
        }
    }
    assert_eq!(names, ["IndexedDB test"]);
    // The classes of dfindexeddb's IndexedDbKey: of 154 keys 118 are of its ten kinds that name nothing here.
    let expected = [
        ("blob", 2),
        ("database_name", 1),
        ("exists", 4),
        ("index", 4),
        ("object_store_meta", 21),
        ("other", 118),
        ("record", 4),
    ];
    assert_eq!(kinds, expected.map(|(kind, count)| (kind.to_owned(), count)).into());
}

// --- protobuf, compressed values ------------------------------------------------

const NOTES: &[(&str, usize, &str)] = &[
    ("color_formatting_gzipped.bin", 836, "a103731a511d87c043418f0215923119284a0334bbb4575baa9da6391e2a238f"),
    (
        "emoji_formatting_1_gzipped.bin",
        401,
        "41a787a44b84071f30439c8b687bce1afad3457d0952b7530cb560ab8afa9108",
    ),
    (
        "emoji_formatting_2_gzipped.bin",
        507,
        "106e79155832e3e98afd37cfad9446fb12d2c485fa687c942a2f254947942e0b",
    ),
    (
        "emoji_formatting_3_gzipped.bin",
        448,
        "b10257fe44250a76083a41de6fd78af2a8109e7e994d474f3d604820270951d5",
    ),
    ("list_indents_gzipped.bin", 274, "f2d8fc4d2b70548b67cbcc5c4e1df9e4810de949bab102cc6b46eb4a947d1685"),
    (
        "right_to_left_table_gzipped.bin",
        269,
        "dd13217bd39a7a4979907efd3efabe257c57b490cf59ee31b0fdb80fa0573798",
    ),
    (
        "simple_note_protobuf_gzipped.bin",
        27,
        "dc7b30d495bf636dc2bbf2c8a5113107a146924febe10e640ee9ff990f614b64",
    ),
    ("text_decorations_gzipped.bin", 135, "19d6068e17f66646947764af69cf5ac2d1263216b58ae1b415847be926433087"),
];

fn leaves(node: &Node<'_>, path: &str, lines: &mut Vec<String>) {
    let value = match &node.value {
        Value::Map(members) => {
            return members.iter().for_each(|(name, node)| leaves(node, &format!("{path}/{name}"), lines));
        }
        Value::Integer(number) => number.to_string(),
        Value::Unsigned(number) => number.to_string(),
        Value::Text(text) => text.to_string(),
        Value::Blob(bytes) => format!("x{}", hex::encode(bytes)),
        other => panic!("{other:?}"),
    };
    lines.push(format!("{path} {value}"));
}

#[test]
fn every_field_of_a_note_is_the_one_that_google_s_library_reads() {
    let Some(corpus) = corpus() else { return };
    let folder = corpus.join("threeplanetssoftware+apple_cloud_notes_parser/spec/data/exported_blobs");
    for (name, count, expected) in NOTES {
        let packed = read(folder.join(name)).unwrap();
        let unpacked = compressed::document(Frame::Gzip, &packed).unwrap();
        let Value::Blob(bytes) = &unpacked.root.value else { panic!() };
        let document = protobuf::document(bytes, &[]).unwrap();
        let mut lines = Vec::new();
        leaves(&document.root, "", &mut lines);
        assert_eq!(lines.len(), *count, "{name}");
        assert_eq!(digest(lines, false), *expected, "{name}");
        assert!(document.findings.is_empty() && unpacked.findings.is_empty(), "{name}");
    }
}

// --- SEGB -----------------------------------------------------------------------

#[test]
fn biome_streams_have_the_entries_that_ccl_segb_counts() {
    let Some(corpus) = corpus() else { return };
    let folder = corpus.join("SecurityRonin+segb-forensic/tests/data/biome");
    let cases =
        [("Device.Power.LowPowerMode.v1.segb", 1, 16, 4), ("Device.Display.TrueTone.v2.segb", 2, 7, 4)];
    for (name, version, count, written) in cases {
        let bytes = read(folder.join(name)).unwrap();
        let document = segb::document(&bytes).unwrap();
        assert_eq!(document.root.value.member("version").unwrap().value, Value::Integer(version));
        let Value::List(entries) = &document.root.value.member("entries").unwrap().value else { panic!() };
        assert_eq!(entries.len(), count, "{name}");
        let live: Vec<_> = entries.iter().filter(|entry| text(entry, "state") == "live").collect();
        assert_eq!(live.len(), written, "{name}");
        assert!(live.iter().all(|entry| entry.value.member("crc_valid").unwrap().value == Value::Bool(true)));
        assert!(entries.iter().all(|entry| matches!(text(entry, "state"), "live" | "deleted")));
        assert!(live.iter().all(|entry| protobuf::is_message(&blob(entry, "payload"))), "{name}");
        assert!(document.findings.is_empty(), "{name}: {:?}", document.findings);
    }
}

// --- the built binary, with an examiner's own definitions ---------------------------

const LOCAL_STORAGE: &str = r#"
id = "android.test_local_storage"
name = "Local Storage"
version = 1
platform = "android"
summary = "A test."
references = ["https://example.org"]
caveats = ["A test."]
[[source]]
id = "storage"
container = "leveldb"
paths = ["**/Local Storage/leveldb/*"]
[[record]]
kind = "account"
source = "storage"
where = { "value?" = { null = false } }
[record.fields]
service = { value = "test" }
identifier = { from = "key", decode = "local_storage_key", path = "key" }
display_name = { from = "value?", decode = "local_storage_text" }
extra.origin = { from = "key", decode = "local_storage_key", path = "origin" }
extra.sequence = "sequence"
"#;

const STORES: &str = r#"
id = "android.test_stores"
name = "MMKV and DataStore"
version = 1
platform = "android"
summary = "A test."
references = ["https://example.org"]
caveats = ["A test."]
[[source]]
id = "mmkv"
container = "mmkv"
paths = ["**/files/mmkv/store"]
[[source]]
id = "datastore"
container = "datastore"
paths = ["**/files/datastore/*.preferences_pb"]
[[record]]
kind = "account"
source = "mmkv"
where = { key = "name" }
[record.fields]
service = { value = "test" }
identifier = "text?"
extra.number = "number"
[[record]]
kind = "account"
source = "datastore"
[record.fields]
service = { value = "test" }
identifier = "user.name"
created_at = { from = "since?", as = "unix_ms" }
"#;

/// Parses and verifies a folder with one more definition.
fn run(evidence: &Path, definition: &str) -> Json {
    let work = tempfile::tempdir().unwrap();
    let (formats, report) = (work.path().join("formats"), work.path().join("report"));
    create_dir_all(&formats).unwrap();
    write(formats.join("own.toml"), definition).unwrap();
    let (evidence, formats) = (evidence.to_str().unwrap(), formats.to_str().unwrap());
    let arguments = ["parse", evidence, "-q", "--formats", formats, "-o", report.to_str().unwrap()];
    let parsed = affiant(&arguments).output().unwrap();
    assert!(parsed.status.code().is_some_and(|code| code < 2), "{}", String::from_utf8_lossy(&parsed.stderr));
    let arguments = ["verify", report.to_str().unwrap(), evidence, "--formats", formats];
    let verified = affiant(&arguments).output().unwrap();
    assert_eq!(verified.status.code(), Some(0), "{}", String::from_utf8_lossy(&verified.stdout));
    serde_json::from_slice(&read(report.join("data/report.json")).unwrap()).unwrap()
}

#[test]
fn a_folder_of_leveldb_is_one_artifact_and_each_record_names_its_file() {
    let Some(corpus) = corpus() else { return };
    let evidence = tempfile::tempdir().unwrap();
    let home = evidence.path().join("data/data/org.example/app_webview/Default/Local Storage/leveldb");
    create_dir_all(&home).unwrap();
    for (name, _) in folder(&corpus.join(LEVELDB[0].0)) {
        copy(corpus.join(LEVELDB[0].0).join(&name), home.join(&name)).unwrap();
    }
    let report = run(evidence.path(), LOCAL_STORAGE);
    let files = report["files"].as_array().unwrap();
    assert_eq!(files.len(), 1);
    assert!(files[0]["path"].as_str().unwrap().ends_with("/CURRENT"));
    assert_eq!(files[0]["companions"].as_array().unwrap().len(), 2);
    let accounts = report["accounts"].as_array().unwrap();
    let unicode = accounts.iter().find(|account| account["identifier"] == "unicode").unwrap();
    assert_eq!((&unicode["display_name"], &unicode["state"]), (&"日本語 café ☕".into(), &"live".into()));
    let row = &unicode["provenance"]["rows"][0];
    assert_eq!((&row["source"], &row["path"]), (&"000003.log".into(), &"/000003.log/4".into()));
    let log = home.join("000003.log");
    let mut bytes = read(&log).unwrap();
    *bytes.last_mut().unwrap() ^= 1;
    write(&log, bytes).unwrap();
    let report = run(evidence.path(), LOCAL_STORAGE);
    let findings = report["findings"].as_array().unwrap();
    let told = findings.iter().find(|finding| finding["code"] == "leveldb-crc").unwrap();
    assert!(told["path"].as_str().unwrap().ends_with("/leveldb/000003.log") && told["loss"] == true);
    assert_eq!(report["accounts"].as_array().unwrap().len(), accounts.len());
}

fn counted(bytes: &[u8]) -> Vec<u8> {
    [&[u8::try_from(bytes.len()).unwrap()], bytes].concat()
}

/// An MMKV store with two versions of a name.
fn mmkv_store() -> Vec<u8> {
    let mut used = vec![0xff, 0xff, 0xff, 0x07];
    for name in ["Alice", "Bob"] {
        used.extend(counted(b"name"));
        used.extend(counted(&counted(name.as_bytes())));
    }
    let mut file = u32::try_from(used.len()).unwrap().to_le_bytes().to_vec();
    file.extend(used);
    file.resize(4096, 0);
    file
}

#[test]
fn every_version_of_an_mmkv_key_and_every_preference_can_be_a_record() {
    let evidence = tempfile::tempdir().unwrap();
    let home = evidence.path().join("data/data/org.example/files");
    create_dir_all(home.join("mmkv")).unwrap();
    create_dir_all(home.join("datastore")).unwrap();
    write(home.join("mmkv/store"), mmkv_store()).unwrap();
    // user.name = "dana" (5: string), since = 1700000000000 (4: int64).
    let preferences = b"\x0a\x13\x0a\x09user.name\x12\x06\x2a\x04dana\x0a\x10\x0a\x05since\x12\x07\x20\x80\xd0\x95\xff\xbc\x31";
    write(home.join("datastore/user.preferences_pb"), preferences).unwrap();
    let report = run(evidence.path(), STORES);
    let accounts = report["accounts"].as_array().unwrap();
    let told: Vec<(&str, &str)> = accounts
        .iter()
        .map(|account| (account["identifier"].as_str().unwrap(), account["state"].as_str().unwrap()))
        .collect();
    assert_eq!(told, [("dana", "live"), ("Alice", "superseded"), ("Bob", "live")]);
    assert_eq!(accounts[0]["created_at"]["utc"], "2023-11-14T22:13:20.000Z");
}

#[test]
fn an_encrypted_mmkv_store_is_read_with_the_key_of_the_examiner() {
    let work = tempfile::tempdir().unwrap();
    let home = work.path().join("evidence/data/data/org.example/files/mmkv");
    create_dir_all(&home).unwrap();
    // openssl enc -aes-128-cfb -K (secret, filled up with zeros) -iv 0102…10
    let used = hex::decode("b55755aa3f1b686a7c97ea2ceee948c41671ab8864509e4f8a9af4f4f211dbc1d9cc").unwrap();
    let mut crc = flate2::Crc::new();
    crc.update(&used);
    let vector: Vec<u8> = (1..=16).collect();
    write(home.join("store"), [34_u32.to_le_bytes().as_slice(), &used, &[0; 64]].concat()).unwrap();
    let meta = [crc.sum().to_le_bytes(), 2_u32.to_le_bytes(), [0; 4]].concat();
    write(home.join("store.crc"), [meta, vector].concat()).unwrap();
    let (formats, keys) = (work.path().join("formats"), work.path().join("keys.toml"));
    create_dir_all(&formats).unwrap();
    write(formats.join("own.toml"), STORES).unwrap();
    write(&keys, "[[key]]\npath = \"**/store\"\nraw = \"736563726574\"\n").unwrap();
    let evidence = work.path().join("evidence");
    let parse = |extra: &[&str], output: &str| {
        let output = work.path().join(output);
        let mut arguments = vec!["parse", evidence.to_str().unwrap(), "-q", "-o", output.to_str().unwrap()];
        arguments.extend(["--formats", formats.to_str().unwrap()]);
        arguments.extend(extra);
        let run = affiant(&arguments).output().unwrap();
        let report: Json = serde_json::from_slice(&read(output.join("data/report.json")).unwrap()).unwrap();
        (run.status.code().unwrap(), report)
    };
    let (code, closed) = parse(&[], "closed");
    assert_eq!(code, 1);
    let told = closed["findings"].to_string();
    assert!(told.contains("an encrypted store") && !told.contains("736563726574"), "{told}");
    let (code, opened) = parse(&["--keys", keys.to_str().unwrap()], "opened");
    assert_eq!(code, 0, "{}", opened["findings"]);
    let names: Vec<&str> = opened["accounts"]
        .as_array()
        .unwrap()
        .iter()
        .map(|account| account["identifier"].as_str().unwrap())
        .collect();
    assert_eq!(names, ["Alice", "Bob"]);
    assert!(
        !opened.to_string().contains("secret\"") && opened["findings"].to_string().contains("mmkv-decrypted")
    );
    let report = work.path().join("opened");
    let (report, evidence) = (report.to_str().unwrap(), evidence.to_str().unwrap());
    let arguments = [
        "verify",
        report,
        evidence,
        "--formats",
        formats.to_str().unwrap(),
        "--keys",
        keys.to_str().unwrap(),
    ];
    let verified = affiant(&arguments).output().unwrap();
    assert_eq!(verified.status.code(), Some(0), "{}", String::from_utf8_lossy(&verified.stdout));
    let store = home.join("store");
    let told =
        affiant(&["inspect", store.to_str().unwrap(), "--keys", keys.to_str().unwrap()]).output().unwrap();
    assert!(
        String::from_utf8_lossy(&told.stdout).starts_with("MMKV"),
        "{}",
        String::from_utf8_lossy(&told.stderr)
    );
}

#[test]
fn inspect_tells_each_kind_by_its_content() {
    let work = tempfile::tempdir().unwrap();
    let path = |name: &str| work.path().join(name);
    write(path("stream"), segb_stream()).unwrap();
    write(path("message"), b"\x0a\x03abc\x10\x96\x01").unwrap();
    write(path("store"), mmkv_store()).unwrap();
    write(path("store.crc"), [0; 12]).unwrap();
    write(path("packed"), [0x1f, 0x8b, 0x08, 0, 0, 0, 0, 0, 0, 0xff, 0x01, 1, 0, 0xfe, 0xff, b'a']).unwrap();
    for (name, kind, code) in [
        ("stream", "SEGB stream", 0),
        ("message", "protobuf", 0),
        ("store", "MMKV", 1),
        ("packed", "compressed bytes", 1),
    ] {
        let told = affiant(&["inspect", path(name).to_str().unwrap()]).output().unwrap();
        let out = String::from_utf8_lossy(&told.stdout).into_owned();
        assert!(out.starts_with(kind), "{name}: {out}{}", String::from_utf8_lossy(&told.stderr));
        assert_eq!(told.status.code(), Some(code), "{name}");
    }
}

#[test]
fn a_reading_that_there_is_not_is_a_fault_with_the_nearest_that_there_is() {
    let work = tempfile::tempdir().unwrap();
    let path = work.path().join("own.toml");
    write(
        &path,
        STORES.replace("from = \"since?\"", "from = \"since?\", decode = \"protobuf\", path = \"1:dubble\""),
    )
    .unwrap();
    let told = affiant(&["formats", "check", path.to_str().unwrap()]).output().unwrap();
    let out = String::from_utf8_lossy(&told.stdout);
    assert!(out.contains("unknown reading `dubble`; did you mean `double`?"), "{out}");
    write(&path, STORES.replace("where = { key = \"name\" }", "each = \"entries.*\"")).unwrap();
    let told = affiant(&["formats", "check", path.to_str().unwrap()]).output().unwrap();
    let out = String::from_utf8_lossy(&told.stdout);
    assert!(out.contains("the rows of a mmkv source are its entries"), "{out}");
}

// --- hostile bytes --------------------------------------------------------------

fn segb_stream() -> Vec<u8> {
    let sample =
        "samples/ios/private/var/mobile/Library/Biome/streams/restricted/App.Install/local/721000000000000";
    read(Path::new(env!("CARGO_MANIFEST_DIR")).join(sample)).unwrap()
}

fn wifi_stream() -> Vec<u8> {
    let sample = "samples/ios/private/var/mobile/Library/Biome/streams/restricted/_DKEvent.Wifi.Connection/local/721000000000000";
    let mut bytes = read(Path::new(env!("CARGO_MANIFEST_DIR")).join(sample)).unwrap();
    bytes.truncate(400);
    bytes
}

/// A log of one batch with a put and a deletion, its checksum right.
fn leveldb_log() -> Vec<u8> {
    let mut batch = 7_u64.to_le_bytes().to_vec();
    batch.extend(2_u32.to_le_bytes());
    batch.extend([&[1][..], &counted(b"_a\0\x01k"), &counted(b"\x01v"), &[0], &counted(b"gone")].concat());
    let crc = crc32c::crc32c_append(crc32c::crc32c(&[1]), &batch).rotate_right(15).wrapping_add(0xa282_ead8);
    [&crc.to_le_bytes()[..], &u16::try_from(batch.len()).unwrap().to_le_bytes(), &[1], &batch].concat()
}

/// A message of Telegram: forward, reply and text.
fn tl_message() -> Vec<u8> {
    let words = |words: &[u32]| words.iter().flat_map(|word| word.to_le_bytes()).collect::<Vec<u8>>();
    let user = [words(&[0x5951_1722]), 7_u64.to_le_bytes().to_vec()].concat();
    [
        words(&[0x7600_b9d3, 1 << 8 | 1 << 3 | 1 << 2, 0, 5]),
        user.clone(),
        user,
        words(&[0x4e4d_f4bb, 32]),
        b"\x07Someone".to_vec(),
        words(&[1, 0x1b97_dd66, 16, 4, 1_700_000_000]),
        b"\x03abc".to_vec(),
    ]
    .concat()
}

type Read = fn(&[u8]) -> Result<usize, Error>;

/// Reads, and gives the number of nodes; every place lies in the bytes.
fn seen(document: Result<Document<'_>, Error>, length: usize) -> Result<usize, Error> {
    let document = document?;
    assert!(document.findings.len() <= 257);
    Ok(nodes(&document.root, length as u64))
}

fn nodes(node: &Node<'_>, length: u64) -> usize {
    assert!(
        node.span.offset.checked_add(node.span.length).is_some_and(|end| end <= length),
        "{:?}",
        node.span
    );
    1 + match &node.value {
        Value::List(list) => list.iter().map(|node| nodes(node, length)).sum(),
        Value::Map(members) => members.iter().map(|(_, node)| nodes(node, length)).sum::<usize>(),
        _ => 0,
    }
}

fn asked() -> Vec<String> {
    ["1:message.1:text", "*:packed", "2:double", "*.*:bytes"].map(str::to_owned).to_vec()
}

type Seed = fn() -> Vec<u8>;

const READERS: [(&str, Seed, Read); 12] = [
    ("protobuf", || notes_like(), |b| seen(protobuf::document(b, &[]), b.len())),
    ("protobuf, asked", || notes_like(), |b| seen(protobuf::document(b, &asked()), b.len())),
    ("datastore", || notes_like(), |b| seen(datastore::document(b), b.len())),
    ("segb 1", || wifi_stream(), |b| seen(segb::document(b), b.len())),
    ("segb 2", || short_v2(), |b| seen(segb::document(b), b.len())),
    ("leveldb log", || leveldb_log(), |b| seen(leveldb::document(&[("000003.log", b)]), b.len())),
    ("leveldb table", || leveldb_log(), |b| seen(leveldb::document(&[("000003.ldb", b)]), b.len())),
    ("mmkv", || mmkv_store()[..40].to_vec(), |b| seen(mmkv::document(b, Some(b), &[b"key"]), b.len())),
    ("tl", || tl_message(), |b| seen(tl::message(b), b.len())),
    ("local storage", || b"_https://a\0\x01k".to_vec(), |b| seen(chromium::local_storage_key(b), b.len())),
    (
        "indexeddb",
        || b"\0\x01\x02\x01\x04\x02\x01\x02\0a\0b\x03\0\0\0\0\0\0\xf0\x3f".to_vec(),
        |b| seen(chromium::indexeddb_key(b), b.len()),
    ),
    (
        "snappy",
        || b"\x19\x14hello F\x06\0\0\x0a".to_vec(),
        |b| seen(compressed::document(Frame::Snappy, b), b.len()),
    ),
];

fn notes_like() -> Vec<u8> {
    b"\x0a\x0f\x0a\x04name\x12\x07\x2a\x05alice\x12\x09\x11\0\0\0\0\0\0\xf0\x3f\x1b\x08\x05\x1c\x25\x01\0\0\0"
        .to_vec()
}

fn short_v2() -> Vec<u8> {
    let whole = segb_stream();
    [&whole[..300], &whole[whole.len() - 32..]].concat()
}

#[test]
fn bytes_that_are_cut_or_changed_anywhere_never_stop_a_reader() {
    for (name, seed, read) in READERS {
        let (seed, start) = (seed(), Instant::now());
        let most = 4 * seed.len() + 64;
        let check = |bytes: &[u8]| {
            assert!(read(bytes).is_ok_and(|count| count <= most) || read(bytes).is_err(), "{name}")
        };
        (0..=seed.len()).for_each(|end| check(&seed[..end]));
        for at in 0..seed.len() {
            for change in 0..=255_u8 {
                let mut bytes = seed.clone();
                bytes[at] ^= change;
                check(&bytes);
            }
        }
        assert!(start.elapsed() < Duration::from_secs(60), "{name}: {:?}", start.elapsed());
    }
}

/// A generator that gives the same numbers in every run (Knuth, MMIX).
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % end
    }
}

#[test]
fn bytes_that_are_put_together_by_chance_never_stop_a_reader() {
    let mut numbers = Numbers(7);
    for (name, seed, read) in READERS {
        let (seed, start) = (seed(), Instant::now());
        for _ in 0..4_000 {
            let mut bytes = seed.clone();
            for _ in 0..=numbers.below(6) {
                let (from, to) = (numbers.below(bytes.len()), numbers.below(bytes.len()));
                match numbers.below(4) {
                    0 => bytes[from] = u8::try_from(numbers.below(256)).unwrap(),
                    1 => bytes[from] = [0xff, 0x7f, 0x80, 0][numbers.below(4)],
                    2 => bytes.extend_from_within(from.min(to)..from.max(to)),
                    _ => {
                        bytes.drain(from.min(to)..from.max(to));
                        if bytes.is_empty() {
                            bytes = seed.clone();
                        }
                    }
                }
            }
            let _ = read(&bytes);
        }
        assert!(start.elapsed() < Duration::from_secs(60), "{name}: {:?}", start.elapsed());
    }
}

#[test]
fn nesting_and_claims_without_end_take_little_time() {
    let start = Instant::now();
    let mut nested = vec![8, 1];
    while nested.len() < 1 << 20 {
        let mut outer = vec![0x0a];
        let mut length = nested.len();
        while length > 0x7f {
            outer.push(u8::try_from(length & 0x7f).unwrap() | 0x80);
            length >>= 7;
        }
        outer.push(u8::try_from(length).unwrap());
        outer.extend(&nested);
        nested = outer;
        if nested.len() > 4_000 {
            nested.extend(nested.clone());
        }
    }
    protobuf::document(&nested, &[]).unwrap();
    let groups: Vec<u8> = std::iter::repeat_n(0x0b, 1 << 20).collect();
    assert!(protobuf::document(&groups, &[]).is_err());
    protobuf::document(&[8, 1].repeat(1 << 20), &[]).unwrap();
    let _ = mmkv::document(&[4, 0, 0, 0].repeat(1 << 18), None, &[]);
    let _ = leveldb::document(&[("000003.log", &vec![0x41; 4 << 20])]);
    let _ = segb::document(&[b"SEGB".as_slice(), &[0xff, 0xff, 0xff, 0x7f], &[0; 4096]].concat());
    assert!(start.elapsed() < Duration::from_secs(60), "{:?}", start.elapsed());
}

// --- a public test image --------------------------------------------------------

#[test]
fn a_public_image_tells_quotes_and_reactions() {
    let Some(corpus) = corpus() else { return };
    let image = "abrignoni+iLEAPP/admin/test/cases/data/whatsApp/testdata.whatsApp.whatsAppMessages.josh_ios15_ffs.zip";
    let (_folder, report) = common::parsed(corpus.join(image).to_str().unwrap(), &["--only", "ios.whatsapp"]);
    let messages = report["messages"].as_array().unwrap();
    let message = |id: &str| messages.iter().find(|message| message["native_id"] == id).unwrap();
    let answer = message("3A05BCEAE15CB80C6E30");
    let quoted = message("3A26649A0A496377CB01");
    assert_eq!(answer["quoted"]["native_id"], quoted["native_id"]);
    assert_eq!(answer["quoted"]["sender"]["address"], quoted["sender"]["address"]);
    assert_eq!(answer["quoted"]["body"], quoted["body"]);
    assert_eq!(quoted["body"], "Makes sense with all the test data you generate.");
    assert_eq!(quoted["reactions"][0]["value"], "👍");
    assert_eq!(quoted["reactions"][0]["at"]["utc"], "2023-05-02T16:00:29.311Z");
}
