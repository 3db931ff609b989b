//! Hostile evidence through the whole pipeline, and hostile reports into `verify` and `explain`: no panic, no hang, sums that add up,
//! findings with a place, and never a word that all is well.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on fails")]

mod common;

use affiant::artifact::{self, Catalog, RunOptions};
use affiant::evidence::{Evidence, Options};
use affiant::parse::sqlite::Views;
use affiant::record::{Content, Finding, Period, Record, Sink};
use affiant::report::record_value;
use common::{affiant, files, parsed, root};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use tempfile::TempDir;

// --- hostile evidence -----------------------------------------------------------------------------------------------------------

/// A seeded generator (xorshift64*): the same damage in every run.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    fn below(&mut self, bound: usize) -> usize {
        (self.next() % bound.max(1) as u64) as usize
    }
}

struct Kept(Vec<Value>);

impl Sink for Kept {
    fn record(&mut self, record: &Record<'_>) -> std::io::Result<()> {
        self.0.push(record_value(record));
        Ok(())
    }
}

struct Ran {
    records: Vec<Value>,
    findings: Vec<Finding>,
    /// Everything, as text: what must be the same for the same input.
    text: String,
}

fn catalog() -> &'static Catalog {
    static CATALOG: OnceLock<Catalog> = OnceLock::new();
    CATALOG.get_or_init(|| Catalog::compiled_in().unwrap())
}

/// Runs all definitions, and holds what must hold of every run.
fn run(path: &Path) -> Ran {
    let spill = tempfile::tempdir().unwrap();
    let options =
        Options { md5: false, sha1: false, spill_dir: spill.path().to_owned(), keys: Default::default() };
    let evidence = Evidence::open(path, options).unwrap();
    let survey = artifact::survey(&evidence, catalog().definitions()).unwrap();
    let options = RunOptions {
        content: Content::Full,
        period: Period::default(),
        kinds: vec![],
        views: Views::default(),
        threads: 2,
        hash_all: false,
    };
    let outcome = artifact::run(&survey, &options, &|_| Ok(Kept(Vec::new())), &|_| {}).unwrap();
    let mut ran = Ran { records: vec![], findings: outcome.findings, text: String::new() };
    for file in outcome.files {
        for table in &file.coverage {
            let sum = table.records + table.excluded + table.repeated + table.unreadable;
            assert_eq!(table.rows, sum, "{table:?}");
        }
        let sum: u64 = file.coverage.iter().map(|table| table.records).sum();
        assert_eq!(sum, file.sink.0.len() as u64, "{}", file.entry.path);
        ran.text += &format!("{:?}{:?}", file.entry, file.coverage);
        ran.records.extend(file.sink.0);
        ran.findings.extend(file.findings);
    }
    for finding in &ran.findings {
        assert!(!finding.code.is_empty() && !finding.message.is_empty(), "{finding:?}");
        let has_place =
            finding.file.is_some() || finding.path.is_some() || finding.code == "same-device-path";
        assert!(has_place, "{finding:?}");
    }
    let ids: BTreeSet<&str> = ran.records.iter().map(|record| record["id"].as_str().unwrap()).collect();
    let devices = ran.records.iter().filter(|record| record["id"].as_str().unwrap().starts_with("device-"));
    assert!(ids.len() == ran.records.len() || devices.count() > 0, "an id stands twice");
    let texts: Vec<String> = ran.records.iter().map(Value::to_string).collect();
    ran.text += &format!("{texts:?}{:?}{:?}", ran.findings, outcome.apps);
    ran
}

/// Runs it twice: the same input gives the same bytes.
fn run_twice(path: &Path) -> Ran {
    let first = run(path);
    assert!(first.text == run(path).text, "two runs over {} differ", path.display());
    first
}

fn copy_into(sample: &str, folder: &Path) {
    let from = root().join(sample);
    for file in files(&from) {
        let to = folder.join(&file);
        fs::create_dir_all(to.parent().unwrap()).unwrap();
        fs::copy(from.join(&file), to).unwrap();
    }
}

fn copy_of(sample: &str) -> TempDir {
    let copy = tempfile::tempdir().unwrap();
    copy_into(sample, copy.path());
    copy
}

/// Damages every file of a copy of a sample.
fn damaged(sample: &str, seed: u64, damage: impl Fn(&mut Random, &mut Vec<u8>)) -> TempDir {
    let copy = copy_of(sample);
    let mut random = Random(seed);
    for file in files(copy.path()) {
        let path = copy.path().join(file);
        let mut bytes = fs::read(&path).unwrap();
        damage(&mut random, &mut bytes);
        fs::write(&path, bytes).unwrap();
    }
    copy
}

const SAMPLES: &[&str] = &["samples/android", "samples/ios"];

#[test]
fn flipped_bytes_cost_what_they_hit() {
    for sample in SAMPLES {
        for seed in 1..=2 {
            let copy = damaged(sample, seed, |random, bytes| {
                for _ in 0..1 + bytes.len() / 2_000 {
                    let at = random.below(bytes.len());
                    if let Some(byte) = bytes.get_mut(at) {
                        *byte ^= 1 << random.below(8);
                    }
                }
            });
            run_twice(copy.path());
        }
    }
}

#[test]
fn cut_files_cost_what_is_cut() {
    for sample in SAMPLES {
        // Rows that a tree no longer leads to are recovered: they are no live ones.
        let live = |ran: &Ran| ran.records.iter().filter(|record| record["state"] == "live").count();
        let whole = live(&run(&root().join(sample)));
        for seed in 1..=2 {
            let copy = damaged(sample, seed, |random, bytes| bytes.truncate(random.below(bytes.len())));
            let ran = run_twice(copy.path());
            assert!(ran.findings.iter().any(|finding| finding.loss));
            assert!(live(&ran) < whole);
        }
    }
}

#[test]
fn zeroed_and_shuffled_pages_cost_what_they_held() {
    for sample in SAMPLES {
        for seed in 1..=2 {
            let copy = damaged(sample, seed, |random, bytes| {
                let pages = bytes.len() / 512;
                for _ in 0..1 + pages / 8 {
                    let (from, to) = (random.below(pages) * 512, random.below(pages) * 512);
                    let page = match random.below(2) {
                        0 => vec![0; 512.min(bytes.len())],
                        _ => bytes.get(from..from + 512).unwrap_or(&[]).to_vec(),
                    };
                    if let Some(target) = bytes.get_mut(to..to + page.len()) {
                        target.copy_from_slice(&page);
                    }
                }
            });
            run_twice(copy.path());
        }
    }
}

#[test]
fn swapped_companions_and_databases_of_other_apps_are_survived() {
    for sample in SAMPLES {
        let copy = copy_of(sample);
        let all = files(copy.path());
        let ends = |suffix: &'static str| -> Vec<PathBuf> {
            all.iter()
                .filter(|f| f.to_str().unwrap().ends_with(suffix))
                .map(|f| copy.path().join(f))
                .collect()
        };
        let logs = ends("-wal");
        assert!(logs.len() > 1);
        let contents: Vec<Vec<u8>> = logs.iter().map(|path| fs::read(path).unwrap()).collect();
        for (index, path) in logs.iter().enumerate() {
            fs::write(path, &contents[(index + 1) % logs.len()]).unwrap();
        }
        run_twice(copy.path());
        // A journal that is a WAL, and a database that is another app's.
        for (index, path) in logs.iter().enumerate() {
            let name = path.to_str().unwrap().replace("-wal", "-journal");
            fs::write(name, &contents[index]).unwrap();
        }
        run_twice(copy.path());
        let databases: Vec<PathBuf> = all
            .iter()
            .map(|f| copy.path().join(f))
            .filter(|f| fs::read(f).unwrap().starts_with(b"SQLite"))
            .collect();
        let contents: Vec<Vec<u8>> = databases.iter().map(|path| fs::read(path).unwrap()).collect();
        for (index, path) in databases.iter().enumerate() {
            fs::write(path, &contents[(index + 1) % databases.len()]).unwrap();
        }
        let ran = run_twice(copy.path());
        assert!(
            ran.findings.iter().any(|f| f.loss && f.code == "no-table-of-its-definitions"),
            "another app's tables are a loss"
        );
    }
}

#[test]
fn garbage_at_the_paths_of_definitions_is_a_loss_of_its_file_alone() {
    let nested =
        |open: &str, close: &str| format!("{}{}", open.repeat(100_000), close.repeat(100_000)).into_bytes();
    let garbage: Vec<Vec<u8>> = vec![
        b"\0".to_vec(),
        vec![0; 70_000],
        vec![0xff; 4_096],
        b"SQLite format 3\0".to_vec(),
        b"bplist00".to_vec(),
        b"<?xml version=\"1.0\"?><!DOCTYPE a [<!ENTITY b \"&b;&b;\">]><a>&b;</a>".to_vec(),
        b"ABX\0\x10\x10\x10".to_vec(),
        b"{\"a\": [1, 2".to_vec(),
        nested("[", "]"),
        nested("{\"a\":", "}"),
        nested("<a>", "</a>"),
        nested("<plist><dict><key>a</key>", "</dict></plist>"),
        (0..=255_u8).cycle().take(9_000).collect(),
    ];
    for sample in SAMPLES {
        let copy = copy_of(sample);
        let all = files(copy.path());
        for round in (0..garbage.len()).step_by(4) {
            for (index, file) in all.iter().enumerate() {
                fs::write(copy.path().join(file), &garbage[(round + index) % garbage.len()]).unwrap();
            }
            let ran = run(copy.path());
            assert!(ran.findings.iter().filter(|finding| finding.loss).count() > 5, "{sample} {round}");
        }
    }
}

#[test]
fn empty_files_by_the_thousand_are_all_named() {
    let folder = tempfile::tempdir().unwrap();
    for index in 0..5_000 {
        let home = folder.path().join(format!("data/data/org.example.app{index}/databases"));
        fs::create_dir_all(&home).unwrap();
        fs::write(home.join(["mmssms.db", "msgstore.db", "contacts2.db", "build.prop"][index % 4]), b"")
            .unwrap();
    }
    // One of a name that definitions know by its folder too, so that something is matched.
    for index in 0..400 {
        let home = folder.path().join(format!("data/user/{index}/com.android.providers.telephony/databases"));
        fs::create_dir_all(&home).unwrap();
        fs::write(home.join("mmssms.db"), b"").unwrap();
    }
    let ran = run_twice(folder.path());
    assert!(ran.records.is_empty());
    assert!(ran.findings.iter().filter(|finding| finding.code == "empty-file").count() >= 400);
}

#[test]
fn hostile_member_names_and_duplicates_in_a_zip_are_read_once_each_and_escape_nowhere() {
    let folder = tempfile::tempdir().unwrap();
    let archive = folder.path().join("dump.zip");
    let database = fs::read(root().join(SMS)).unwrap();
    let mut zip = zip::ZipWriter::new(fs::File::create(&archive).unwrap());
    let stored = zip::write::SimpleFileOptions::default();
    let names = [
        "../../../etc/passwd",
        "/data/data/com.android.providers.telephony/databases/mmssms.db",
        "data/data/com.android.providers.telephony/databases/mmssms.db",
        "data/user/0/com.android.providers.telephony/databases/mmssms.db",
        "Dump/data/user_de/0/com.android.providers.telephony/databases/mmssms.db",
        "data\\data\\com.android.providers.telephony\\databases\\mmssms.db",
        "a/../data/data/com.android.providers.telephony/databases/mmssms.db",
        "\u{1b}[31m/\u{202e}com.android.providers.telephony/databases/mmssms.db",
        "x/\n/com.android.providers.telephony/databases/mmssms.db",
        "C:/com.android.providers.telephony/databases/mmssms.db",
        "com.android.providers.telephony/databases/mmssms.db/",
        "././//com.android.providers.telephony/databases/mmssms.db",
    ];
    for (index, name) in names.iter().enumerate() {
        zip.start_file(*name, stored).unwrap();
        let mut bytes = database.clone();
        // Some are equal, some differ in the free bytes of the header.
        bytes[72] = (index % 2) as u8;
        zip.write_all(&bytes).unwrap();
    }
    zip.finish().unwrap();
    let ran = run_twice(&archive);
    assert!(ran.records.len() > 10);
    let run = affiant(&["identify", archive.to_str().unwrap()]).output().unwrap();
    let told = String::from_utf8_lossy(&run.stdout).into_owned();
    assert!(!told.contains('\u{1b}') && !told.contains('\u{202e}'), "{told:?}");
}

#[test]
fn a_report_over_damage_is_verified_like_any_other() {
    for (sample, seed) in [("samples/android", 3), ("samples/ios", 4)] {
        let copy = damaged(sample, seed, |random, bytes| {
            for _ in 0..1 + bytes.len() / 3_000 {
                let at = random.below(bytes.len());
                if let Some(byte) = bytes.get_mut(at) {
                    *byte ^= 1 << random.below(8);
                }
            }
        });
        let evidence = copy.path().to_str().unwrap();
        let (folder, _) = parsed(evidence, &[]);
        let report = folder.path().join("report");
        let run = affiant(&["verify", report.to_str().unwrap(), evidence]).output().unwrap();
        assert_eq!(run.status.code(), Some(0), "{sample}: {}", String::from_utf8_lossy(&run.stdout));
    }
}

// --- hostile reports ------------------------------------------------------------------------------------------------------------

const SMS: &str = "samples/android/data/user_de/0/com.android.providers.telephony/databases/mmssms.db";

/// Of the sample what the forgeries need: a report is verified a hundred times here.
const FEW: &[&str] = &[
    "data/user_de/0/com.android.providers.telephony/databases/mmssms.db",
    // Holds a deleted row in a freeblock.
    "data/data/com.android.providers.telephony/databases/mmssms.db",
    "data/data/com.whatsapp/databases/",
    "data/data/com.android.providers.contacts/databases/calllog.db",
    "data/system/users/0/settings_secure.xml",
    "system/build.prop",
];

/// The evidence of the forged reports.
fn few() -> &'static str {
    static FOLDER: OnceLock<TempDir> = OnceLock::new();
    let folder = FOLDER.get_or_init(|| {
        let folder = tempfile::tempdir().unwrap();
        let from = root().join("samples/android");
        for file in
            files(&from).iter().filter(|file| FEW.iter().any(|few| file.to_str().unwrap().starts_with(few)))
        {
            let to = folder.path().join(file);
            fs::create_dir_all(to.parent().unwrap()).unwrap();
            fs::copy(from.join(file), to).unwrap();
        }
        folder
    });
    folder.path().to_str().unwrap()
}

/// A report to forge, written once.
fn sound() -> &'static (TempDir, Value) {
    static SOUND: OnceLock<(TempDir, Value)> = OnceLock::new();
    SOUND.get_or_init(|| parsed(few(), &[]))
}

/// A folder with this text as its report, sealed anew, as a forger would.
fn forged(report: &[u8]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let run = fs::read(sound().0.path().join("report/data/run.json")).unwrap();
    common::seal(folder.path(), report, &run);
    folder
}

/// Exit code and what was told; a panic ends with 101 and is none of ours.
fn verify(folder: &Path, evidence: &str) -> (i32, String) {
    let run = affiant(&["verify", folder.to_str().unwrap(), evidence]).output().unwrap();
    let told = format!("{}{}", String::from_utf8_lossy(&run.stdout), String::from_utf8_lossy(&run.stderr));
    (run.status.code().unwrap_or(-1), told)
}

/// The report with its layout, one record a line, with one change.
fn with(change: impl FnOnce(&mut Value)) -> Vec<u8> {
    let mut report = sound().1.clone();
    change(&mut report);
    laid_out(&report)
}

/// As the report's own writer lays it out.
fn laid_out(report: &Value) -> Vec<u8> {
    let list = |values: &[Value]| -> String {
        if values.is_empty() {
            return "[]".to_owned();
        }
        let lines: Vec<String> = values.iter().map(Value::to_string).collect();
        format!("[\n{}]", lines.join(",\n"))
    };
    let mut out = Vec::new();
    for (key, value) in report.as_object().unwrap() {
        let text = match value {
            Value::Array(values) => list(values),
            Value::Object(coverage) if key == "coverage" => {
                let part = |name: &str| {
                    list(coverage.get(name).and_then(Value::as_array).map_or(&[], Vec::as_slice))
                };
                let (tables, apps, encrypted) = (part("tables"), part("apps"), part("encrypted"));
                let unmapped = part("unmapped");
                format!(
                    "{{\"tables\": {tables},\n\"apps\": {apps},\n\"encrypted\": {encrypted},\n\"unmapped\": {unmapped}}}"
                )
            }
            Value::Object(analysis) if key == "analysis" => {
                let rules = &analysis["rules"];
                let sections = analysis.iter().filter(|(name, _)| *name != "rules");
                let sections: Vec<String> = sections
                    .map(|(name, entries)| match entries.as_array().unwrap().as_slice() {
                        [] => format!("\"{name}\": []"),
                        entries => format!("\"{name}\": {}", list(entries)),
                    })
                    .collect();
                format!("{{\"rules\": {rules},\n{}}}", sections.join(",\n"))
            }
            other => other.to_string(),
        };
        out.push(format!("{}: {text}", Value::from(key.as_str())));
    }
    format!("{{\n{}\n}}\n", out.join(",\n")).into_bytes()
}

#[test]
fn the_report_that_the_forgers_change_is_sound() {
    let folder = forged(&with(|_| {}));
    let (code, told) = verify(folder.path(), few());
    assert_eq!(code, 0, "{told}");
}

type Forgery = (&'static str, Box<dyn Fn(&mut Value)>);

fn record_forgeries() -> Vec<Forgery> {
    let row = |name: &'static str, key: &'static str, value: Value| -> Forgery {
        (name, Box::new(move |report| report["messages"][2]["provenance"]["rows"][0][key] = value.clone()))
    };
    vec![
        row("an offset beyond the file", "offset", json!(1_u64 << 40)),
        row("the greatest offset", "offset", json!(u64::MAX)),
        row("a negative offset", "offset", json!(-1)),
        row("an offset that is text", "offset", json!("0")),
        row("an offset one off", "offset", json!(4_097)),
        row("a length of nothing", "length", json!(0)),
        row("the greatest length", "length", json!(u64::MAX)),
        row("a page too far", "page", json!(u32::MAX)),
        row("a page past 32 bits", "page", json!(1_u64 << 33)),
        row("page nought", "page", json!(0)),
        row("a file that is not there", "file", json!(9_999)),
        row("a file past 64 bits", "file", json!(1e300)),
        row("another file", "file", json!(0)),
        row("a table that is not there", "table", json!("smss")),
        row("another table", "table", json!("threads")),
        row("a view that is not there", "view", json!("freelist")),
        row("a view that is no view", "view", json!("wal:-1")),
        row("a WAL commit", "view", json!("wal:4294967295")),
        row("another view", "view", json!("main")),
        row("another companion", "source", json!("journal")),
        row("another rowid", "rowid", json!(i64::MIN)),
        row("a rowid of null", "rowid", json!(null)),
        row("another role", "role", json!("name")),
        row("a row said to be incomplete", "complete", json!(false)),
        ("no rows", Box::new(|r| r["messages"][2]["provenance"]["rows"] = json!([]))),
        ("no provenance", Box::new(|r| drop(r["messages"][2].as_object_mut().unwrap().remove("provenance")))),
        (
            "provenance of another record",
            Box::new(|r| r["messages"][2]["provenance"] = r["messages"][3]["provenance"].clone()),
        ),
        ("provenance that is text", Box::new(|r| r["messages"][2]["provenance"] = json!("here"))),
        (
            "a sighting that is none",
            Box::new(|r| {
                r["messages"][2]["provenance"]["seen_in"] =
                    json!([{"view": "main", "source": "main", "page": 1, "offset": 100, "length": 4}])
            }),
        ),
        (
            "sightings left out",
            Box::new(|r| {
                let list = r["messages"].as_array_mut().unwrap();
                let seen = list
                    .iter_mut()
                    .find(|m| !m["provenance"]["seen_in"].as_array().unwrap().is_empty())
                    .unwrap();
                seen["provenance"]["seen_in"] = json!([]);
            }),
        ),
        ("another id", Box::new(|r| r["messages"][2]["id"] = json!("message-0000000000000000"))),
        ("no id", Box::new(|r| drop(r["messages"][2].as_object_mut().unwrap().remove("id")))),
        ("an id that is a number", Box::new(|r| r["messages"][2]["id"] = json!(7))),
        ("another state", Box::new(|r| r["messages"][2]["state"] = json!("deleted"))),
        ("another body", Box::new(|r| r["messages"][2]["body"] = json!("forged"))),
        ("another service", Box::new(|r| r["messages"][2]["service"] = json!("forged"))),
        (
            "a definition that is not there",
            Box::new(|r| r["messages"][2]["artifact"] = json!("android.telephony.smss")),
        ),
        ("another definition", Box::new(|r| r["messages"][2]["artifact"] = json!("android.telephony.mms"))),
        ("a field more", Box::new(|r| r["messages"][2]["forged"] = json!(true))),
        ("a field less", Box::new(|r| drop(r["messages"][2].as_object_mut().unwrap().remove("body")))),
        ("a record that is text", Box::new(|r| r["messages"][2] = json!("a message"))),
        ("a record of null", Box::new(|r| r["messages"][2] = json!(null))),
        (
            "other versions hidden",
            Box::new(|r| {
                let rows = r["messages"]
                    .as_array_mut()
                    .unwrap()
                    .iter_mut()
                    .flat_map(|m| m["provenance"]["rows"].as_array_mut().unwrap());
                let row = rows.into_iter().find(|row| row.get("other_versions").is_some()).unwrap();
                row.as_object_mut().unwrap().remove("other_versions");
            }),
        ),
        (
            "a look-up and what it gave left out",
            Box::new(|r| {
                let list = r["messages"].as_array_mut().unwrap();
                let found = list
                    .iter_mut()
                    .find(|m| {
                        m["service"] == "whatsapp" && m.get("reactions").is_some_and(|r| r != &json!([]))
                    })
                    .unwrap();
                let rows = found["provenance"]["rows"].as_array_mut().unwrap();
                rows.retain(|row| !row["role"].as_str().unwrap().starts_with("reaction"));
                found["reactions"] = json!([]);
            }),
        ),
    ]
}

/// The message that lies in a freeblock, its head overwritten.
fn recovered(report: &mut Value) -> &mut Value {
    let list = report["messages"].as_array_mut().unwrap();
    let found = list.iter_mut().find(|message| message["provenance"]["rows"][0]["view"] == "freeblock");
    found.unwrap()
}

fn recovered_forgeries() -> Vec<Forgery> {
    let row = |name: &'static str, key: &'static str, value: Value| -> Forgery {
        (name, Box::new(move |report| recovered(report)["provenance"]["rows"][0][key] = value.clone()))
    };
    let record = |name: &'static str, key: &'static str, value: Value| -> Forgery {
        (name, Box::new(move |report| recovered(report)[key] = value.clone()))
    };
    vec![
        record("a recovered body", "body", json!("This row is deleted and said something else")),
        record("a recovered row said to be live", "state", json!("live")),
        record("a recovered row said to be of no table", "state", json!("unattributed")),
        record("a time that the bytes do not hold", "sent_at", json!({"utc": "2024-01-01T00:00:00.000Z"})),
        row("a recovered row said to be whole", "complete", json!(true)),
        row("a column less that is missing", "missing", json!([])),
        row("a column more that is missing", "missing", json!(["_id", "body"])),
        row("a reason that is none", "reason", json!("the page belongs to the table")),
        row("a reason left out", "reason", json!(null)),
        row("a recovered row one byte on", "offset", json!(1 << 20)),
        row("a recovered row one byte longer", "length", json!(4_095)),
        row("a recovered row on a free page", "view", json!("freelist")),
        row("a recovered row between pointers and cells", "view", json!("unallocated")),
        row("a recovered row with a rowid", "rowid", json!(3)),
        row("a recovered row of another table", "table", json!("pdu")),
        (
            "a recovered row left out",
            Box::new(|report| {
                let list = report["messages"].as_array_mut().unwrap();
                list.retain(|message| message["provenance"]["rows"][0]["view"] != "freeblock");
            }),
        ),
    ]
}

fn report_forgeries() -> Vec<Forgery> {
    vec![
        (
            "a record twice",
            Box::new(|r| {
                let copy = r["messages"][2].clone();
                r["messages"].as_array_mut().unwrap().push(copy);
            }),
        ),
        ("a record twice, one left out", Box::new(|r| r["messages"][2] = r["messages"][3].clone())),
        ("a record left out", Box::new(|r| drop(r["messages"].as_array_mut().unwrap().remove(2)))),
        (
            "a record left out, and every sum corrected",
            Box::new(|r| {
                let gone = r["messages"].as_array_mut().unwrap().remove(2);
                let file = &gone["provenance"]["rows"][0]["file"];
                for table in r["coverage"]["tables"].as_array_mut().unwrap() {
                    if &table["file"] == file
                        && table["table"] == gone["provenance"]["rows"][0]["table"]
                        && table["kind"] == "message"
                    {
                        for (key, by) in [("records", -1), ("excluded", 1), ("excluded_by_where", 1)] {
                            table[key] = json!(table[key].as_i64().unwrap_or(0) + by);
                        }
                    }
                }
                let count = r["counts"]["kinds"]["messages"].as_i64().unwrap();
                r["counts"]["kinds"]["messages"] = json!(count - 1);
            }),
        ),
        ("all messages left out", Box::new(|r| r["messages"] = json!([]))),
        ("a list left out", Box::new(|r| drop(r.as_object_mut().unwrap().remove("calls")))),
        (
            "a list of another kind",
            Box::new(|r| {
                let moved = r["messages"].as_array_mut().unwrap().remove(2);
                r["contacts"].as_array_mut().unwrap().push(moved);
            }),
        ),
        ("two records in another order", Box::new(|r| r["messages"].as_array_mut().unwrap().swap(0, 1))),
        ("a key more", Box::new(|r| r["forged"] = json!({"seal": "good"}))),
        ("no files", Box::new(|r| r["files"] = json!([]))),
        ("a file less", Box::new(|r| drop(r["files"].as_array_mut().unwrap().remove(0)))),
        ("a file twice", Box::new(|r| r["files"][1] = r["files"][0].clone())),
        ("another hash", Box::new(|r| r["files"][3]["sha256"] = json!("0".repeat(64)))),
        ("no hash", Box::new(|r| drop(r["files"][3].as_object_mut().unwrap().remove("sha256")))),
        ("another size", Box::new(|r| r["files"][3]["size"] = json!(1))),
        ("another path", Box::new(|r| r["files"][3]["path"] = json!("/elsewhere"))),
        (
            "no companions",
            Box::new(|r| {
                for file in r["files"].as_array_mut().unwrap() {
                    file["companions"] = json!([]);
                }
            }),
        ),
        (
            "a companion with another hash",
            Box::new(|r| {
                let file = r["files"]
                    .as_array_mut()
                    .unwrap()
                    .iter_mut()
                    .find(|f| f["companions"] != json!([]))
                    .unwrap();
                file["companions"][0]["sha256"] = json!("0".repeat(64));
            }),
        ),
        (
            "tables hidden",
            Box::new(|r| {
                drop(
                    r["files"]
                        .as_array_mut()
                        .unwrap()
                        .iter_mut()
                        .map(|f| f.as_object_mut().unwrap().remove("unread_tables"))
                        .collect::<Vec<_>>(),
                )
            }),
        ),
        ("no coverage", Box::new(|r| r["coverage"] = json!({"tables": [], "apps": []}))),
        (
            "coverage that overflows",
            Box::new(|r| {
                for table in r["coverage"]["tables"].as_array_mut().unwrap() {
                    table["records"] = json!(u64::MAX);
                    table["excluded"] = json!(u64::MAX);
                }
            }),
        ),
        ("negative coverage", Box::new(|r| r["coverage"]["tables"][0]["rows"] = json!(-1))),
        ("coverage of another file", Box::new(|r| r["coverage"]["tables"][0]["file"] = json!(9_999))),
        (
            "coverage of a table that is not there",
            Box::new(|r| r["coverage"]["tables"][0]["table"] = json!("*.*.*.*")),
        ),
        ("coverage that is text", Box::new(|r| r["coverage"]["tables"][0] = json!("all of it"))),
        ("an app hidden", Box::new(|r| drop(r["coverage"]["apps"].as_array_mut().unwrap().remove(0)))),
        ("an app said to be empty", Box::new(|r| r["coverage"]["apps"][0]["status"] = json!("empty"))),
        ("no findings", Box::new(|r| r["findings"] = json!([]))),
        ("a finding that is no loss", Box::new(|r| r["findings"][0]["loss"] = json!("no"))),
        ("other sums", Box::new(|r| r["counts"]["states"]["deleted"] = json!(0))),
        ("no sums", Box::new(|r| drop(r.as_object_mut().unwrap().remove("counts")))),
        ("another device", Box::new(|r| r["device"]["model"]["value"] = json!("forged"))),
        ("no device", Box::new(|r| r["device"] = json!({}))),
        ("a device that is text", Box::new(|r| r["device"] = json!("a phone"))),
        ("another definition's hash", Box::new(|r| r["tool"]["definitions"][0]["sha256"] = json!("0"))),
        ("a definition less", Box::new(|r| drop(r["tool"]["definitions"].as_array_mut().unwrap().remove(0)))),
        ("no tool", Box::new(|r| drop(r.as_object_mut().unwrap().remove("tool")))),
        ("another version", Box::new(|r| r["tool"]["version"] = json!("99"))),
        ("content said to be left out", Box::new(|r| r["tool"]["options"]["content"] = json!("omit"))),
        ("a period", Box::new(|r| r["tool"]["options"]["from"] = json!("2023-11-14T22:20:00Z"))),
        ("a period that is none", Box::new(|r| r["tool"]["options"]["from"] = json!("yesterday"))),
        ("a scope", Box::new(|r| r["tool"]["options"]["only"] = json!(["android.whatsapp"]))),
        ("a scope that is none", Box::new(|r| r["tool"]["options"]["only"] = json!(["android.nothing"]))),
        ("kinds", Box::new(|r| r["tool"]["options"]["kinds"] = json!(["call"]))),
        ("no options", Box::new(|r| r["tool"]["options"] = json!(null))),
        ("another count of files", Box::new(|r| r["evidence"]["files"] = json!(1))),
        ("a hash for a folder", Box::new(|r| r["evidence"]["sha256"] = json!("0".repeat(64)))),
        ("another format", Box::new(|r| r["format"]["version"] = json!(2))),
    ]
}

#[test]
fn no_forged_record_is_verified() {
    told_of_all(record_forgeries());
}

#[test]
fn no_forged_recovered_record_is_verified() {
    told_of_all(recovered_forgeries());
}

#[test]
fn no_forged_report_is_verified() {
    told_of_all(report_forgeries());
}

fn told_of_all(forgeries: Vec<Forgery>) {
    let mut wrong = Vec::new();
    let sound = laid_out(&sound().1);
    for (name, change) in forgeries {
        let report = with(change);
        assert!(report != sound, "{name} changes nothing");
        let folder = forged(&report);
        let (code, told) = verify(folder.path(), few());
        let lines = told.lines().count();
        // What it is must be told with a place, or in one line that it is no report at all.
        if !(code == 1 && lines >= 2 || code == 2 && lines == 1) {
            wrong.push(format!("{name}: exit {code}: {told}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn what_is_left_out_is_named() {
    let mut gone = String::new();
    let report = with(|report| {
        let record = report["messages"].as_array_mut().unwrap().remove(2);
        gone = record["id"].as_str().unwrap().to_owned();
    });
    let (code, told) = verify(forged(&report).path(), few());
    let wanted = format!("{gone}: a run over the evidence gives this record; the report leaves it out");
    assert!(code == 1 && told.contains(&wanted), "{told}");
}

#[test]
fn bytes_that_are_no_report_are_refused_in_one_line() {
    let whole = laid_out(&sound().1);
    let text = String::from_utf8(whole.clone()).unwrap();
    let twice = text.replacen("\"messages\": [", "\"messages\": [],\n\"messages\": [", 1);
    let deep = text.replacen("\"counts\": ", &format!("\"counts\": {}", "[".repeat(200_000)), 1);
    let texts: Vec<Vec<u8>> = vec![
        b"".to_vec(),
        b"not json".to_vec(),
        b"{}".to_vec(),
        b"[]".to_vec(),
        b"null".to_vec(),
        whole[..whole.len() / 2].to_vec(),
        whole[..whole.len() - 3].to_vec(),
        [whole.clone(), whole.clone()].concat(),
        twice.into_bytes(),
        deep.into_bytes(),
        text.replacen("\"messages\": [", "\"messages\": 7, \"x\": [", 1).into_bytes(),
        text.replacen("affiant-report", "another-report", 1).into_bytes(),
        vec![0xff; 1_000],
    ];
    for (index, report) in texts.iter().enumerate() {
        let (code, told) = verify(forged(report).path(), few());
        assert_eq!((code, told.lines().count()), (2, 1), "{index}: {told}");
    }
}

#[test]
fn a_member_that_stands_twice_and_another_layout_are_told() {
    let text = String::from_utf8(laid_out(&sound().1)).unwrap();
    let body = "\"body\":\"are you there\"";
    let twice = text.replacen(body, &format!("\"body\":\"forged\",{body}"), 1);
    assert_ne!(twice, text);
    for report in [twice, sound().1.to_string()] {
        let (code, told) = verify(forged(report.as_bytes()).path(), few());
        assert!(code == 1 && told.contains("its bytes are not"), "{told}");
    }
}

#[test]
fn evidence_that_is_another_or_less_or_more_is_told() {
    let report = sound().0.path().join("report");
    let (code, told) = verify(&report, "samples/ios");
    assert!(code == 1 && told.contains("holds no such artifact"), "{told}");
    let copy = copy_of(few());
    let evidence = copy.path().to_str().unwrap();
    assert_eq!(verify(&report, evidence).0, 0, "a copy is the same evidence");
    let path = copy.path().join(FEW[0]);
    let bytes = fs::read(&path).unwrap();
    fs::remove_file(&path).unwrap();
    let (code, told) = verify(&report, evidence);
    assert!(code == 1 && told.contains("mmssms.db: the evidence holds no such artifact"), "{told}");
    fs::write(&path, &bytes).unwrap();
    let more = copy.path().join("data/user/77/com.android.providers.telephony/databases/mmssms.db");
    fs::create_dir_all(more.parent().unwrap()).unwrap();
    fs::write(more, &bytes).unwrap();
    let (code, told) = verify(&report, evidence);
    assert!(code == 1 && told.contains("leaves it out"), "{told}");
    let empty = tempfile::tempdir().unwrap();
    assert_eq!(verify(&report, empty.path().to_str().unwrap()).0, 1);
    assert_eq!(verify(&report, "no/such/evidence").0, 2);
}

#[test]
fn a_seal_that_is_gone_or_empty_or_leads_elsewhere_is_told() {
    let whole = laid_out(&sound().1);
    for list in [None, Some(""), Some("\0\0"), Some("0  /dev/zero\n"), Some("0  data/report.json\n")] {
        let folder = forged(&whole);
        let path = folder.path().join("manifest-sha256.txt");
        match list {
            None => fs::remove_file(&path).unwrap(),
            Some(list) => fs::write(&path, list).unwrap(),
        }
        let (code, told) = verify(folder.path(), few());
        assert!(code == 1 && told.contains("manifest-sha256.txt"), "{list:?}: {told}");
    }
    let folder = forged(&whole);
    fs::remove_file(folder.path().join("data/run.json")).unwrap();
    let (code, told) = verify(folder.path(), few());
    assert!(code == 1 && told.contains("run.json"), "{told}");
}

#[test]
fn explain_survives_what_verify_refuses() {
    let id = sound().1["messages"][2]["id"].as_str().unwrap().to_owned();
    for (name, change) in record_forgeries() {
        let folder = forged(&with(change));
        let report = folder.path().to_str().unwrap();
        for arguments in [vec!["explain", report, &id], vec!["explain", report, &id, few()]] {
            let run = affiant(&arguments).output().unwrap();
            let told = String::from_utf8_lossy(&run.stderr).into_owned();
            assert!(matches!(run.status.code(), Some(0..=2)), "{name}: {told}");
        }
    }
}
