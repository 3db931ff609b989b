//! What `affiant export` writes, read back by programs of others: nothing is lost in silence, hostile text steers nobody's tool, and the
//! same report gives the same bytes.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod common;

use common::{affiant, files, root};
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::OnceLock;
use tempfile::TempDir;

const SMS: &str = "data/user_de/0/com.android.providers.telephony/databases/mmssms.db";

/// Bodies of adversaries: formulas, line ends, NUL, escape sequences, direction changes, markup, what XML cannot hold, names of
/// escapes, quotes and separators.
const HOSTILE: &[&str] = &[
    "=cmd|' /C calc'!A0",
    "+1+HYPERLINK(\"http://example.org\")",
    "-2+3",
    "@SUM(1)",
    "\t=1",
    "two\r\nlines\nand\rthree",
    "nul\u{0}inside \u{1b}[31mred \u{7f}",
    "\u{202e}gpj.exe\u{2066}\u{200f}",
    "<script>alert(1)</script> & ]]> <!-- \"'",
    "\u{fffe}\u{ffff}\u{85}",
    "_x0041_ _x005F_",
    "a,b;c\td\"e\\n\\",
    "BEGIN:VCARD\r\nEND:VCARD",
    "😀 ßé漢字",
    " ",
    "",
];

/// Four reports: both samples, one of hostile messages, and one whose every text is hostile.
fn reports() -> &'static [(TempDir, Value)] {
    static REPORTS: OnceLock<Vec<(TempDir, Value)>> = OnceLock::new();
    REPORTS.get_or_init(|| {
        let hostile = hostile();
        let evidences = ["samples/android", "samples/ios", hostile.path().to_str().unwrap()];
        let mut reports: Vec<_> =
            evidences.into_iter().map(|evidence| common::parsed(evidence, &[])).collect();
        reports.push(poisoned(reports[0].1.clone()));
        reports
    })
}

/// A report with what adversaries write in the place of every text that comes from evidence.
fn poisoned(mut report: Value) -> (TempDir, Value) {
    let mut number = 0;
    for (key, value) in report.as_object_mut().unwrap() {
        if !["format", "tool", "evidence", "files", "analysis", "coverage", "counts"].contains(&key.as_str())
        {
            poison("", value, &mut number);
        }
    }
    sealed(report)
}

/// A folder with this report, and its hash list.
fn sealed(report: Value) -> (TempDir, Value) {
    let folder = tempfile::tempdir().unwrap();
    let report_folder = folder.path().join("report");
    common::seal(&report_folder, report.to_string().as_bytes(), b"{}");
    (folder, report)
}

fn poison(key: &str, value: &mut Value, number: &mut usize) {
    match value {
        Value::String(_)
            if !["id", "state", "artifact", "utc", "unit", "direction", "view", "source"].contains(&key) =>
        {
            *number += 1;
            *value = match *number % 23 {
                22 => serde_json::json!({"text": "lone \u{fffd} surrogate", "bytes": "6c6f6e6520eda080"}),
                21 => serde_json::json!({"blob": "00ff"}),
                at => HOSTILE[at % HOSTILE.len()].into(),
            };
            // Of these places the schema allows text alone.
            if ["role", "table", "path", "cell", "reason", "code", "message", "zone", "raw"].contains(&key)
                && value.is_object()
            {
                *value = "=\u{0}".into();
            }
        }
        Value::Object(members) => members.iter_mut().for_each(|(key, value)| poison(key, value, number)),
        Value::Array(values) => values.iter_mut().for_each(|value| poison(key, value, number)),
        _ => {}
    }
}

/// An extraction whose messages carry what adversaries write, a body of a megabyte, and bytes that are no text.
fn hostile() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(SMS);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::copy(root().join("samples/android").join(SMS), &path).unwrap();
    let database = rusqlite::Connection::open(&path).unwrap();
    let mut insert = database
        .prepare("INSERT INTO sms (thread_id, address, date, date_sent, read, type, body) VALUES (9, ?1, ?2, 0, 1, 1, CAST(?3 AS TEXT))")
        .unwrap();
    let mut add = |number: i64, address: &[u8], body: &[u8]| {
        let address = String::from_utf8_lossy(address).into_owned();
        insert.execute(rusqlite::params![address, 1_700_000_000_123_i64 + number, body]).unwrap();
    };
    for (number, body) in (0..).zip(HOSTILE) {
        add(number, body.replace('\0', "").as_bytes(), body.as_bytes());
    }
    add(100, b"+15550100", "😀long ".repeat(100_000).as_bytes());
    // A lone surrogate in what would be UTF-8, and bytes of no encoding.
    add(101, b"+15550100", b"lone \xed\xa0\x80 surrogate");
    add(102, b"+15550100", b"\xff\xfe\x00\x01");
    drop(insert);
    drop(database);
    folder
}

fn report_folder(report: &TempDir) -> PathBuf {
    report.path().join("report")
}

fn export(report: &Path, to: &str, output: &Path) -> Output {
    affiant(&["export", report.to_str().unwrap(), "--to", to, "--output", output.to_str().unwrap()])
        .output()
        .unwrap()
}

/// Exports a report; the folder of the export.
fn exported(report: &TempDir, to: &str) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let run = export(&report_folder(report), to, &folder.path().join("out"));
    assert!(matches!(run.status.code(), Some(0 | 1)), "{}", String::from_utf8_lossy(&run.stderr));
    folder
}

/// The Python that has the packages which `.ci/run` installs; else the system's.
fn python() -> Command {
    Command::new(std::env::var_os("AFFIANT_PYTHON").unwrap_or_else(|| "python3".into()))
}

/// Whether that Python has a package; says so where the system's has not. One that was named must have it.
fn has(package: &str) -> bool {
    let found =
        python().args(["-c", &format!("import {package}")]).output().is_ok_and(|run| run.status.success());
    assert!(found || std::env::var_os("AFFIANT_PYTHON").is_none(), "AFFIANT_PYTHON has no {package}");
    if !found {
        eprintln!(
            "skipped: Python has no {package}; .ci/run installs tests/export/requirements.txt and sets AFFIANT_PYTHON"
        );
    }
    found
}

/// Runs a script of `tests/export`, and gives what it printed.
fn checked(script: &str, arguments: &[&str]) -> String {
    let run = python().arg(root().join("tests/export").join(script)).args(arguments).output().unwrap();
    assert!(run.status.success(), "{script} {arguments:?}: {}", String::from_utf8_lossy(&run.stderr));
    String::from_utf8(run.stdout).unwrap()
}

/// Holds the tables of all reports against them.
fn tables_hold(kind: &str) {
    for (report, value) in reports() {
        let out = exported(report, kind);
        let json = report_folder(report).join("data/report.json");
        let held =
            checked("tables.py", &[kind, json.to_str().unwrap(), out.path().join("out").to_str().unwrap()]);
        let records: u64 = value["counts"]["kinds"]
            .as_object()
            .unwrap()
            .iter()
            .filter(|(kind, _)| *kind != "device")
            .map(|(_, n)| n.as_u64().unwrap())
            .sum();
        assert_eq!(held.trim(), records.to_string(), "{kind}");
    }
}

#[test]
fn pythons_csv_reads_every_record_back_and_no_cell_is_a_formula() {
    tables_hold("csv");
}

#[test]
fn a_tsv_has_one_line_for_each_record_and_loses_nothing() {
    tables_hold("tsv");
}

#[test]
fn openpyxl_reads_every_record_of_a_workbook_back_and_no_cell_is_a_formula() {
    if has("openpyxl") {
        tables_hold("xlsx");
    }
}

#[test]
fn pyarrow_reads_every_record_of_the_parquet_files_back() {
    if has("pyarrow") {
        tables_hold("parquet");
    }
}

#[test]
fn sqlite_reads_every_record_of_a_lava_database_back_as_its_manifest_says() {
    tables_hold("lava");
}

/// What a script found in the exports of all reports.
fn records_hold(kind: &str) -> Vec<u64> {
    let held = reports().iter().map(|(report, _)| {
        let out = exported(report, kind);
        let json = report_folder(report).join("data/report.json");
        let folder = out.path().join("out");
        checked("records.py", &[kind, json.to_str().unwrap(), folder.to_str().unwrap()])
            .trim()
            .parse()
            .unwrap()
    });
    held.collect()
}

#[test]
fn a_timeline_has_every_known_time_of_every_record_once() {
    assert!(records_hold("timesketch").iter().all(|events| *events > 20));
}

#[test]
fn vobject_reads_every_contact_and_no_name_ends_its_card() {
    if has("vobject") {
        assert!(records_hold("vcard").iter().take(2).all(|cards| *cards > 5));
    }
}

#[test]
fn the_schema_of_kml_holds_and_every_place_is_on_the_map() {
    if has("fastkml") && has("lxml") {
        assert!(records_hold("kml").iter().take(2).all(|marks| *marks > 2));
    }
}

#[test]
fn every_message_is_an_event_of_a_mail_whose_manifest_fits_the_schema_of_rsmf() {
    let schema = fs::read(root().join("tests/export/rsmf_manifest.schema.json")).unwrap();
    let schema: Value = serde_json::from_slice(&schema).unwrap();
    let validator = jsonschema::options().should_validate_formats(true).build(&schema).unwrap();
    for (report, _) in reports() {
        let out = exported(report, "rsmf");
        let json = report_folder(report).join("data/report.json");
        checked("records.py", &["rsmf", json.to_str().unwrap(), out.path().join("out").to_str().unwrap()]);
        let manifests: Value =
            serde_json::from_slice(&fs::read(out.path().join("manifests.json")).unwrap()).unwrap();
        for manifest in manifests.as_array().unwrap() {
            let faults: Vec<String> = validator
                .iter_errors(manifest)
                .map(|fault| format!("{}: {fault}", fault.instance_path))
                .collect();
            assert!(faults.is_empty(), "{faults:?}");
        }
        let mut broken = manifests[0].clone();
        broken["events"][0]["type"] = "shout".into();
        assert!(!validator.is_valid(&broken));
    }
}

/// A report with one record of each kind, service and state: the validator of CASE takes a tenth of a second for each.
fn sample_of(report: &Value) -> Value {
    let mut report = report.clone();
    for (key, list) in report.as_object_mut().unwrap() {
        if let Value::Array(records) = list
            && !["files", "findings"].contains(&key.as_str())
        {
            let mut known = std::collections::HashMap::new();
            records.retain(|record| {
                let seen = known.entry(format!("{} {}", record["service"], record["state"])).or_insert(0);
                *seen += 1;
                *seen <= 1
            });
        }
    }
    report
}

#[test]
fn case_validate_accepts_every_kind_of_record_and_deleted_rows_are_recovered_objects() {
    if !has("case_utils") {
        return;
    }
    for report in
        [sample_of(&reports()[0].1), sample_of(&reports()[1].1), poisoned(sample_of(&reports()[0].1)).1]
    {
        let (folder, _) = sealed(report);
        let out = exported(&folder, "case");
        let json = report_folder(&folder).join("data/report.json");
        let held = checked(
            "records.py",
            &["case", json.to_str().unwrap(), out.path().join("out").to_str().unwrap()],
        );
        assert!(held.trim().parse::<u64>().unwrap() > 30);
    }
}

#[test]
fn a_long_conversation_is_parted_and_its_parts_are_held_together() {
    let mut report = reports()[0].1.clone();
    let first = report["messages"][0].clone();
    let many = (0..10_050).map(|number| {
        let mut message = first.clone();
        message["id"] = format!("message-{number:016x}").into();
        message
    });
    report["messages"] = many.collect();
    let (folder, _) = sealed(report);
    let out = exported(&folder, "rsmf");
    let json = report_folder(&folder).join("data/report.json");
    let parts =
        checked("records.py", &["rsmf", json.to_str().unwrap(), out.path().join("out").to_str().unwrap()]);
    assert_eq!(parts.trim(), "2");
    let manifests: Value =
        serde_json::from_slice(&fs::read(out.path().join("manifests.json")).unwrap()).unwrap();
    assert_eq!(manifests[0]["eventcollectionid"], manifests[1]["eventcollectionid"]);
    assert!(out.path().join("out/rsmf/000001-002.rsmf").exists());
}

#[test]
fn calamine_finds_a_long_body_in_parts_and_a_front_sheet_that_names_the_report() {
    use calamine::{DataType as _, Reader as _};
    let (report, _) = &reports()[2];
    let out = exported(report, "xlsx");
    let mut book = calamine::open_workbook_auto(out.path().join("out/report.xlsx")).unwrap();
    let front = book.worksheet_range("Report").unwrap();
    let sha256 = sha256(&report_folder(report).join("data/report.json"));
    assert!(front.rows().any(|row| row[1].get_string() == Some(sha256.as_str())));
    let messages = book.worksheet_range("Messages").unwrap();
    let header: Vec<String> = messages.rows().next().unwrap().iter().map(|cell| cell.to_string()).collect();
    let body = header.iter().position(|name| name == "body").unwrap();
    let first = messages.rows().find(|row| row[body].to_string().starts_with("😀long")).unwrap();
    let rest = book.worksheet_range("Continued").unwrap();
    let parts: Vec<String> =
        rest.rows().skip(1).filter(|row| row[0] == first[0]).map(|row| row[5].to_string()).collect();
    assert_eq!(format!("{}{}", first[body], parts.concat()), "😀long ".repeat(100_000));
    assert!(book.worksheet_formula("Messages").unwrap().is_empty());
}

fn sha256(path: &Path) -> String {
    use sha2::Digest as _;
    hex::encode(sha2::Sha256::digest(fs::read(path).unwrap()))
}

const ALL: &str = "csv,tsv,xlsx,timesketch,vcard,kml,parquet,lava,rsmf,case";

#[test]
fn the_same_report_gives_the_same_bytes_whatever_the_machine() {
    for (report, _) in reports() {
        let first = exported(report, ALL);
        let second = tempfile::tempdir().unwrap();
        let run = affiant(&[
            "export",
            report_folder(report).to_str().unwrap(),
            "--to",
            ALL,
            "--output",
            second.path().join("out").to_str().unwrap(),
        ])
        .env("TZ", "Asia/Tokyo")
        .env("LC_ALL", "de_DE.UTF-8")
        .output()
        .unwrap();
        assert!(matches!(run.status.code(), Some(0 | 1)));
        let (a, b) = (files(first.path()), files(second.path()));
        assert_eq!(a, b);
        for file in a {
            assert!(
                fs::read(first.path().join(&file)).unwrap() == fs::read(second.path().join(&file)).unwrap(),
                "{}",
                file.display()
            );
        }
    }
}

#[test]
fn every_file_stands_in_the_hash_list_and_the_export_names_its_report() {
    let (report, _) = &reports()[0];
    let out = exported(report, ALL);
    let folder = out.path().join("out");
    let list = fs::read_to_string(folder.join("manifest-sha256.txt")).unwrap();
    let listed: Vec<(&str, &str)> = list.lines().map(|line| line.split_once("  ").unwrap()).collect();
    for (digest, name) in &listed {
        assert_eq!(sha256(&folder.join(name)), *digest, "{name}");
    }
    assert_eq!(listed.len() + 1, files(&folder).len());
    let told: Value = serde_json::from_slice(&fs::read(folder.join("export.json")).unwrap()).unwrap();
    assert_eq!(told["report"]["sha256"], sha256(&report_folder(report).join("data/report.json")));
    for export in told["exports"].as_array().unwrap() {
        assert!(!export["cannot_carry"].as_array().unwrap().is_empty(), "{export}");
    }
}

#[test]
fn what_a_format_is_for_and_cannot_hold_is_lost_aloud() {
    let mut report = sample_of(&reports()[0].1);
    report["messages"][0]["location"] = serde_json::json!({"latitude": 95.0, "longitude": 0.0});
    report["messages"][0]["sent_at"] =
        serde_json::json!({"utc": null, "raw": "2023-11-14 22:13:20", "unit": "iso8601_local", "zone": null});
    let (folder, _) = sealed(report);
    let out = tempfile::tempdir().unwrap();
    let run = export(&report_folder(&folder), "kml,timesketch,csv", &out.path().join("out"));
    assert_eq!(run.status.code(), Some(1));
    assert_eq!(String::from_utf8_lossy(&run.stderr).matches("LOST (1)").count(), 2);
    let told: Value = serde_json::from_slice(&fs::read(out.path().join("out/export.json")).unwrap()).unwrap();
    let lost = |at: usize| told["exports"][at]["lost"].as_object().unwrap().len();
    assert_eq!([lost(0), lost(1), lost(2)], [0, 1, 1], "{told}");
}

#[test]
fn nothing_is_overwritten_and_an_altered_report_is_not_exported() {
    let (report, _) = &reports()[0];
    let work = tempfile::tempdir().unwrap();
    let there = work.path().join("there");
    fs::create_dir(&there).unwrap();
    let run = export(&report_folder(report), "csv", &there);
    assert_eq!(run.status.code(), Some(2));
    assert!(files(&there).is_empty());
    let inside = export(&report_folder(report), "csv", &report_folder(report).join("out"));
    assert_eq!(inside.status.code(), Some(2));
    let copy = work.path().join("copy");
    fs::create_dir_all(copy.join("data")).unwrap();
    for file in files(&report_folder(report)) {
        fs::copy(report_folder(report).join(&file), copy.join(&file)).unwrap();
    }
    let text = fs::read_to_string(copy.join("data/report.json")).unwrap();
    fs::write(copy.join("data/report.json"), text.replace("\"live\"", "\"dead\"")).unwrap();
    let run = export(&copy, "csv", &work.path().join("out"));
    assert_eq!(run.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&run.stderr).contains("hash list"));
    assert!(!work.path().join("out").exists());
    let unknown = export(&report_folder(report), "doc", &work.path().join("out"));
    assert_eq!(unknown.status.code(), Some(2));
}
