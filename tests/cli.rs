//! The built binary: determinism, scope, bad input, exit codes.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod common;

use common::{affiant, files, parsed, root, zip_of};
use serde_json::Value;
use std::fs;
use std::path::Path;

/// A report without what the acquisition itself differs in.
fn comparable(mut report: Value) -> Value {
    report["evidence"] = Value::Null;
    for file in report["files"].as_array_mut().unwrap() {
        file["times"] = Value::Null;
        file["original"] = Value::Null;
    }
    report
}

fn copy_of(sample: &str) -> tempfile::TempDir {
    let copy = tempfile::tempdir().unwrap();
    let from = root().join(sample);
    for file in files(&from) {
        let to = copy.path().join(&file);
        fs::create_dir_all(to.parent().unwrap()).unwrap();
        fs::copy(from.join(&file), to).unwrap();
    }
    copy
}

fn codes(report: &Value) -> Vec<&str> {
    report["findings"].as_array().unwrap().iter().map(|finding| finding["code"].as_str().unwrap()).collect()
}

/// Parses one sample database out of its place, after `damage` was done to it; the exit code and the report.
fn damaged(database: &str, damage: impl Fn(&Path)) -> (i32, Value) {
    let copy = copy_of("samples/android");
    damage(&copy.path().join(database));
    let out = tempfile::tempdir().unwrap();
    let output = out.path().join("report");
    let run = affiant(&["parse", copy.path().to_str().unwrap(), "-q", "-o", output.to_str().unwrap()])
        .output()
        .unwrap();
    let report = fs::read(output.join("data/report.json")).unwrap();
    (run.status.code().unwrap(), serde_json::from_slice(&report).unwrap())
}

const SMS: &str = "data/user_de/0/com.android.providers.telephony/databases/mmssms.db";

#[test]
fn a_folder_and_a_zip_of_it_give_the_same_report() {
    for sample in ["samples/android", "samples/ios"] {
        let work = tempfile::tempdir().unwrap();
        let archive = work.path().join("dump.zip");
        zip_of(&root().join(sample), "Dump/", &archive);
        let (_a, folder) = parsed(sample, &[]);
        let (_b, zip) = parsed(archive.to_str().unwrap(), &[]);
        assert_eq!(zip["evidence"]["kind"], "zip");
        assert!(zip["evidence"]["sha256"].is_string());
        assert_eq!(comparable(folder), comparable(zip), "{sample}");
    }
}

#[test]
fn the_report_does_not_depend_on_threads_or_on_the_time_zone() {
    let run = |threads: &str, zone: &str| {
        let out = tempfile::tempdir().unwrap();
        let output = out.path().join("report");
        let arguments =
            ["parse", "samples/android", "-q", "--threads", threads, "-o", output.to_str().unwrap()];
        affiant(&arguments).env("TZ", zone).output().unwrap();
        fs::read(output.join("data/report.json")).unwrap()
    };
    let first = run("1", "UTC");
    assert!(first.len() > 10_000);
    assert!(first == run("2", "Asia/Tokyo") && first == run("7", "America/New_York"));
}

#[test]
fn a_report_is_verified_and_a_changed_one_is_not() {
    for sample in ["samples/android", "samples/ios"] {
        let (folder, _) = parsed(sample, &[]);
        let report = folder.path().join("report");
        let verify = || affiant(&["verify", report.to_str().unwrap(), sample]).output().unwrap();
        let good = verify();
        assert_eq!(good.status.code(), Some(0), "{}", String::from_utf8_lossy(&good.stdout));
        let path = report.join("data/report.json");
        let text = fs::read_to_string(&path).unwrap();
        let forged = text.replacen("\"direction\":\"incoming\"", "\"direction\":\"outgoing\"", 1);
        assert_ne!(text, forged);
        fs::write(&path, forged).unwrap();
        let bad = verify();
        let told = String::from_utf8_lossy(&bad.stdout).into_owned();
        assert_eq!(bad.status.code(), Some(1));
        assert!(
            told.contains("report.json: SHA-256") && told.contains("something else: direction"),
            "{told}"
        );
    }
}

#[test]
fn a_record_that_was_taken_out_of_a_report_is_missed() {
    let (folder, mut report) = parsed("samples/android", &[]);
    report["messages"].as_array_mut().unwrap().remove(3);
    let path = folder.path().join("report");
    fs::write(path.join("data/report.json"), report.to_string()).unwrap();
    let run = affiant(&["verify", path.to_str().unwrap(), "samples/android"]).output().unwrap();
    let told = String::from_utf8_lossy(&run.stdout).into_owned();
    assert!(told.contains("counts.kinds.messages") && told.contains("records are counted"), "{told}");
}

#[test]
fn changed_evidence_is_told_record_by_record() {
    let copy = copy_of("samples/android");
    let (folder, report) = parsed(copy.path().to_str().unwrap(), &[]);
    let call = report["calls"]
        .as_array()
        .unwrap()
        .iter()
        .find(|call| call["provenance"]["rows"][0]["source"] == "main" && call["state"] == "live");
    let row = &call.unwrap()["provenance"]["rows"][0];
    let file = &report["files"][row["file"].as_u64().unwrap() as usize];
    let path = copy.path().join(file["path"].as_str().unwrap().trim_start_matches('/'));
    let mut bytes = fs::read(&path).unwrap();
    let end = (row["offset"].as_u64().unwrap() + row["length"].as_u64().unwrap() - 1) as usize;
    bytes[end - 4] ^= 0x01;
    fs::write(&path, bytes).unwrap();
    let output = folder.path().join("report");
    let run = affiant(&["verify", output.to_str().unwrap(), copy.path().to_str().unwrap()]).output().unwrap();
    let told = String::from_utf8_lossy(&run.stdout).into_owned();
    assert_eq!(run.status.code(), Some(1));
    assert!(told.contains("SHA-256") && told.contains(call.unwrap()["id"].as_str().unwrap()), "{told}");
}

#[test]
fn the_commands_of_explain_lead_to_the_bytes() {
    let (folder, report) = parsed("samples/android", &[]);
    let output = folder.path().join("report");
    let message = report["messages"].as_array().unwrap().iter().find(|m| m["service"] == "sms").unwrap();
    let arguments = ["explain", output.to_str().unwrap(), message["id"].as_str().unwrap(), "samples/android"];
    let run = affiant(&arguments).output().unwrap();
    let told = String::from_utf8_lossy(&run.stdout).into_owned();
    assert_eq!(run.status.code(), Some(0), "{told}");
    let command = told.lines().map(str::trim).find(|line| line.ends_with("| sha256sum")).unwrap();
    let shell = std::process::Command::new("sh").args(["-c", command]).current_dir(root()).output().unwrap();
    let digest = String::from_utf8_lossy(&shell.stdout).split_whitespace().next().unwrap().to_owned();
    assert!(told.contains(&format!("sha256  {digest}")), "{command} gave {digest}");
}

#[test]
fn an_empty_database_a_picture_and_a_cut_database_cost_themselves_alone() {
    let whole = parsed("samples/android", &[]).1;
    let calls = whole["calls"].as_array().unwrap().len();
    let wal = |path: &Path| path.with_file_name("mmssms.db-wal");
    let picture = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01 and so on".repeat(90);
    for (code, damage) in [
        ("empty-file", Box::new(|path: &Path| fs::write(path, b"").unwrap()) as Box<dyn Fn(&Path)>),
        ("file-not-of-its-kind", Box::new(move |path: &Path| fs::write(path, &picture).unwrap())),
        (
            "sqlite-",
            Box::new(move |path: &Path| {
                fs::remove_file(wal(path)).unwrap();
                let bytes = fs::read(path).unwrap();
                fs::write(path, &bytes[..bytes.len() / 2 + 100]).unwrap();
            }),
        ),
    ] {
        let (exit, report) = damaged(SMS, damage);
        assert_eq!(exit, 1, "{code}");
        let lost: Vec<&Value> =
            report["findings"].as_array().unwrap().iter().filter(|f| f["loss"] == true).collect();
        let told = lost.iter().any(|f| {
            f["code"].as_str().unwrap().starts_with(code)
                && f["path"].as_str().unwrap().ends_with("mmssms.db")
        });
        assert!(told, "{code}: {lost:?}");
        assert_eq!(report["calls"].as_array().unwrap().len(), calls, "{code}");
    }
}

#[test]
fn a_log_without_its_database_is_read_as_history_and_verified() {
    let evidence = tempfile::tempdir().unwrap();
    let folder = evidence.path().join(Path::new(SMS).parent().unwrap());
    fs::create_dir_all(&folder).unwrap();
    let name = Path::new(SMS).file_name().unwrap().to_str().unwrap();
    fs::copy(root().join("samples/android").join(format!("{SMS}-wal")), folder.join(format!("{name}-wal")))
        .unwrap();
    let path = evidence.path().to_str().unwrap();
    let (work, report) = parsed(path, &[]);
    assert!(codes(&report).contains(&"sqlite-wal-orphaned"));
    let fragments = report["fragments"].as_array().unwrap();
    assert!(fragments.len() > 20, "{} rows of the log", fragments.len());
    let output = work.path().join("report");
    let run = affiant(&["verify", output.to_str().unwrap(), path]).output().unwrap();
    assert_eq!(run.status.code(), Some(0), "{}", String::from_utf8_lossy(&run.stdout));
    let id = fragments[0]["id"].as_str().unwrap();
    let run = affiant(&["explain", output.to_str().unwrap(), id, path]).output().unwrap();
    let told = String::from_utf8_lossy(&run.stdout).into_owned();
    let command = told.lines().map(str::trim).find(|line| line.ends_with("| sha256sum")).unwrap();
    assert!(command.contains(&format!("{name}-wal ")), "{told}");
}

#[test]
fn a_table_without_an_expected_column_is_a_loud_finding() {
    let (exit, report) = damaged(SMS, |path| {
        for companion in ["mmssms.db", "mmssms.db-wal"] {
            let _ = fs::remove_file(path.with_file_name(companion));
        }
        let db = rusqlite::Connection::open(path).unwrap();
        db.execute_batch("CREATE TABLE sms (_id INTEGER PRIMARY KEY, thread_id INTEGER, text TEXT); INSERT INTO sms VALUES (1, 2, 'x');").unwrap();
    });
    assert_eq!(exit, 1);
    let found =
        report["findings"].as_array().unwrap().iter().find(|f| f["code"] == "columns-missing").unwrap();
    assert!(found["message"].as_str().unwrap().contains("sms.address"), "{found}");
    assert_eq!(found["loss"], true);
}

#[test]
fn a_database_without_any_table_of_its_definitions_is_a_loud_finding() {
    for schema in ["CREATE TABLE other (x)", "PRAGMA user_version = 3"] {
        let (exit, report) = damaged(SMS, |path| {
            for companion in ["mmssms.db", "mmssms.db-wal"] {
                let _ = fs::remove_file(path.with_file_name(companion));
            }
            rusqlite::Connection::open(path).unwrap().execute_batch(schema).unwrap();
        });
        assert_eq!(exit, 1, "{schema}");
        assert!(codes(&report).contains(&"no-table-of-its-definitions"), "{schema}");
    }
}

#[test]
fn a_renamed_column_costs_that_column_and_not_the_rows() {
    let (exit, report) = damaged(SMS, |path| {
        let db = rusqlite::Connection::open(path).unwrap();
        db.execute_batch("ALTER TABLE sms RENAME COLUMN date TO moment").unwrap();
    });
    assert_eq!(exit, 1);
    let whole = parsed("samples/android", &[]).1;
    let live = |report: &Value| {
        let messages = report["messages"].as_array().unwrap().iter();
        messages.filter(|m| m["artifact"] == "android.telephony.sms" && m["state"] == "live").count()
    };
    assert_eq!(live(&report), live(&whole));
    let found =
        report["findings"].as_array().unwrap().iter().find(|f| f["code"] == "columns-missing").unwrap();
    assert!(found["loss"] == true && found["message"].as_str().unwrap().contains("sms.date"), "{found}");
}

#[test]
fn text_that_is_not_utf_8_and_a_date_without_a_year_are_kept_and_told() {
    let (exit, report) = damaged(SMS, |path| {
        let db = rusqlite::Connection::open(path).unwrap();
        db.execute_batch(
            "INSERT INTO sms (_id, thread_id, address, date, type, body) VALUES
             (901, 1, '+15550101', 9223372036854775806, 1, CAST(x'61ff62' AS TEXT));",
        )
        .unwrap();
    });
    assert_eq!(exit, 1);
    let message = report["messages"].as_array().unwrap().iter().find(|m| m["native_id"] == "901").unwrap();
    assert_eq!(message["body"]["bytes"], "61ff62");
    assert_eq!(message["received_at"]["utc"], Value::Null);
    assert_eq!(message["received_at"]["raw"], 9_223_372_036_854_775_806_i64);
    let told: Vec<&Value> =
        report["findings"].as_array().unwrap().iter().filter(|f| f["rowid"] == 901).collect();
    for code in ["text-not-valid", "time-out-of-range"] {
        assert!(told.iter().any(|f| f["code"] == code && f["offset"].is_u64()), "{code}: {told:?}");
    }
}

#[test]
fn a_renamed_database_is_recognised_by_its_tables() {
    let copy = copy_of("samples/android");
    let from = copy.path().join(SMS);
    let to = copy.path().join("data/media/0/Download/backup.bin");
    fs::create_dir_all(to.parent().unwrap()).unwrap();
    let whole = fs::read(&from).unwrap();
    fs::write(&to, &whole).unwrap();
    // One that was cut in the middle of its last page.
    fs::write(to.with_file_name("cut.bin"), &whole[..whole.len() - 100]).unwrap();
    let (_folder, report) = parsed(copy.path().to_str().unwrap(), &["--kinds", "message"]);
    assert!(codes(&report).contains(&"recognised-by-content"));
    let list = |key: &str| report[key].as_array().unwrap();
    for name in ["backup.bin", "cut.bin"] {
        let path = format!("/data/media/0/Download/{name}");
        let file = list("files").iter().find(|file| file["path"] == path.as_str()).unwrap();
        let from_it = list("messages").iter().filter(|m| m["provenance"]["rows"][0]["file"] == file["id"]);
        assert!(from_it.count() > 3, "{name}");
    }
}

#[test]
fn two_spellings_of_one_file_are_read_once() {
    let copy = copy_of("samples/android");
    let calls = "data/data/com.android.providers.contacts/databases/calllog.db";
    let alias = copy.path().join("data/user/0/com.android.providers.contacts/databases/calllog.db");
    fs::create_dir_all(alias.parent().unwrap()).unwrap();
    for suffix in ["", "-wal"] {
        let from = copy.path().join(format!("{calls}{suffix}"));
        if from.exists() {
            fs::copy(from, alias.with_file_name(format!("calllog.db{suffix}"))).unwrap();
        }
    }
    let (_a, once) = parsed("samples/android", &[]);
    let (_b, twice) = parsed(copy.path().to_str().unwrap(), &[]);
    assert_eq!(once["calls"].as_array().unwrap().len(), twice["calls"].as_array().unwrap().len());
    assert!(codes(&twice).contains(&"repeated-file"));
}

#[test]
fn content_is_hashed_or_left_out_and_counted() {
    let secret = "Your code is 481516";
    let whole = parsed("samples/android", &[]);
    assert!(whole.1.to_string().contains(secret));
    for choice in ["hash", "omit"] {
        let (folder, report) = parsed("samples/android", &["--content", choice]);
        assert!(!report.to_string().contains(secret), "{choice}");
        let withheld = report["counts"]["withheld"]["body"].as_u64().unwrap();
        let bodies = whole.1["messages"].as_array().unwrap().iter().filter(|m| m["body"].is_string()).count();
        assert_eq!(withheld, bodies as u64);
        let output = folder.path().join("report");
        let run = affiant(&["verify", output.to_str().unwrap(), "samples/android"]).output().unwrap();
        assert_eq!(run.status.code(), Some(0), "{}", String::from_utf8_lossy(&run.stdout));
    }
    let (_folder, hashed) = parsed("samples/android", &["--content", "hash"]);
    use sha2::Digest as _;
    let digest = hex::encode(sha2::Sha256::digest(secret));
    assert!(hashed.to_string().contains(&digest));
}

#[test]
fn a_period_leaves_out_what_lies_outside_and_says_how_many() {
    let (_folder, report) =
        parsed("samples/android", &["--from", "2023-11-14T22:00:00Z", "--to", "2023-11-14T22:30:00Z"]);
    let all = parsed("samples/android", &[]).1;
    let (inside, total) =
        (report["messages"].as_array().unwrap().len(), all["messages"].as_array().unwrap().len());
    assert!(inside > 0 && inside < total);
    let left_out: u64 = report["coverage"]["tables"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|table| table["kind"] == "message")
        .map(|table| {
            table["excluded_by_period"].as_u64().unwrap_or(0)
                + table["excluded_without_time"].as_u64().unwrap_or(0)
        })
        .sum();
    assert_eq!(total - inside, left_out as usize);
}

#[test]
fn coverage_adds_up_for_every_table() {
    for sample in ["samples/android", "samples/ios"] {
        let report = parsed(sample, &[]).1;
        let tables = report["coverage"]["tables"].as_array().unwrap();
        assert!(tables.len() > 5);
        for table in tables {
            let number = |key: &str| table[key].as_u64().unwrap();
            let sum = number("records") + number("excluded") + number("repeated") + number("unreadable");
            assert_eq!(number("rows"), sum, "{table}");
        }
    }
}

#[test]
fn what_cannot_run_says_so_in_one_line_and_writes_nothing() {
    let work = tempfile::tempdir().unwrap();
    let there = work.path().to_str().unwrap();
    let new = work.path().join("new");
    let new = new.to_str().unwrap();
    for arguments in [
        vec!["parse", "no/such/evidence", "-o", new],
        vec!["parse", "samples/android", "-o", there],
        vec!["parse", "samples/android", "-o", new, "--only", "android.whatsap"],
        vec!["parse", "samples/android", "-o", new, "--from", "yesterday"],
        vec!["parse", "samples/android", "-o", new, "--kinds", "massage"],
        vec!["parse", "samples/android", "-o", "samples/android/report"],
        vec!["verify", "no/such/report", "samples/android"],
        vec!["identify", "no/such/evidence"],
        vec!["inspect", "no/such/file"],
    ] {
        let run = affiant(&arguments).output().unwrap();
        assert_eq!(run.status.code(), Some(2), "{arguments:?}");
        let told = String::from_utf8_lossy(&run.stderr).into_owned();
        assert_eq!(told.trim_end().lines().count(), 1, "{arguments:?}: {told}");
        assert!(!Path::new(new).exists(), "{arguments:?}");
    }
}

#[test]
fn nothing_is_written_beside_the_evidence() {
    let copy = copy_of("samples/android");
    let before = files(copy.path());
    parsed(copy.path().to_str().unwrap(), &["--hash-all"]);
    assert_eq!(files(copy.path()), before);
}

#[test]
fn the_manifest_is_what_sha256sum_checks() {
    let (folder, _) = parsed("samples/ios", &[]);
    let report = folder.path().join("report");
    let run = std::process::Command::new("sha256sum")
        .args(["-c", "manifest-sha256.txt"])
        .current_dir(report)
        .output();
    assert!(run.unwrap().status.success());
}

#[test]
fn help_begins_with_a_command_that_runs() {
    let help = affiant(&["--help"]).output().unwrap();
    let first = String::from_utf8_lossy(&help.stdout).lines().next().unwrap().trim().to_owned();
    assert_eq!(first, "affiant parse samples/android --output report");
}

#[test]
fn a_gap_between_rowids_carries_the_times_of_the_records_beside_it() {
    let report = parsed("samples/android", &[]).1;
    let gaps = report["findings"].as_array().unwrap().iter().find(|finding| {
        finding["code"] == "sqlite-rowid-gaps"
            && finding["path"].as_str().unwrap().ends_with("contacts/databases/calllog.db")
    });
    let gaps = gaps.unwrap();
    assert_eq!((&gaps["table"], &gaps["loss"]), (&Value::from("calls"), &Value::from(false)));
    let window =
        "1 between 4 (started_at 2023-11-14T22:17:20.000Z) and 6 (started_at 2023-11-14T22:19:20.000Z)";
    assert!(gaps["message"].as_str().unwrap().contains(window), "{gaps}");
}

/// What `inspect` prints of the messages of the Android sample.
fn inspected(arguments: &[&str]) -> (i32, String) {
    let path = format!("samples/android/{SMS}");
    let run = affiant(&[&["inspect", path.as_str()], arguments].concat()).output().unwrap();
    (run.status.code().unwrap(), String::from_utf8(run.stdout).unwrap())
}

#[test]
fn the_overview_tells_header_schema_and_findings() {
    let (status, told) = inspected(&[]);
    assert_eq!(status, 0, "{told}");
    for line in [
        "  0x0000001c      4  00000010                           page count: 16 pages",
        "  0x00000060      4  002e6301                           SQLite version number: 3040001: SQLite 3.40.1",
        "  _id INTEGER (the rowid)",
        "index threadIdDateIndex on sms, root page 14 (not read as data)",
        "  CREATE INDEX threadIdDateIndex ON sms (thread_id, date)",
    ] {
        assert!(told.lines().any(|found| found == line), "{line}\n{told}");
    }
    let findings = told.split("\nfindings\n").nth(1).unwrap();
    assert!(
        findings.lines().all(|line| ["sqlite-rowid-gaps", "sqlite-auto-vacuum", "sqlite-wal-sequence"]
            .iter()
            .any(|code| line.contains(code))),
        "header, schema, rows and pages fit: {findings}"
    );
    assert!(
        findings.contains("rowids missing in sms: 2 (2 runs): 1 between 2 and 4; 1 between 10 and 12."),
        "{findings}"
    );
}

#[test]
fn the_commits_of_the_log_tell_what_each_changed() {
    let (status, told) = inspected(&["--commits"]);
    assert_eq!(status, 0);
    let lines: Vec<Value> = told.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines.iter().filter(|line| line.get("change").is_none()).count(), 10, "{told}");
    let of = |view: &str, change: &str| -> Vec<i64> {
        let found = lines.iter().filter(|line| line["commit"] == view && line["change"] == change);
        found.filter(|line| line["table"] == "sms").map(|line| line["rowid"].as_i64().unwrap()).collect()
    };
    // Row 11 was written by one transaction and taken out by the next: no state before or after knows it.
    assert_eq!((of("wal:5", "inserted"), of("wal:6", "deleted").contains(&11)), (vec![11], true));
    let updated = lines.iter().find(|line| line["commit"] == "wal:1").unwrap();
    assert_eq!(updated["pages"], serde_json::json!([8]));
    let change = lines.iter().find(|line| line["change"] == "updated").unwrap();
    assert_ne!(change["from"], change["values"]);
    let (_, overview) = inspected(&[]);
    assert!(overview.contains("  wal:6: frames 13 to 15, pages written: 3"), "{overview}");
    assert!(overview.contains("table sms: 8\n"), "{overview}");
}

#[test]
fn a_page_is_taken_apart_with_its_bytes_beside_their_meaning() {
    let (status, told) = inspected(&["--page", "8"]);
    assert_eq!(status, 0);
    assert!(
        told.starts_with("page 8: table leaf page, root of table `sms`\n  wal (frame 16), offset 0xf1a0"),
        "{told}"
    );
    let (status, told) = inspected(&["--page", "8", "--source", "main"]);
    assert_eq!(status, 0);
    let bytes = fs::read(root().join("samples/android").join(SMS)).unwrap();
    let mut end = 0x7000;
    for line in told.split("field by field").nth(1).unwrap().lines().skip(2) {
        let word = |index: usize| line.split_whitespace().nth(index).unwrap();
        let offset = usize::from_str_radix(&word(0)[2..], 16).unwrap();
        let length: usize = word(1).parse().unwrap();
        let shown = line[21..].split([' ', '…']).next().unwrap();
        assert_eq!(shown, hex::encode(&bytes[offset..offset + shown.len() / 2]), "{line}");
        end = end.max(offset + length);
    }
    assert_eq!(end, 0x8000, "the last line ends with the page");
    assert!(told.contains("  body: \"Where do we meet?\"\n"), "{told}");
}

#[test]
fn a_byte_is_told_by_page_cell_and_column() {
    let (status, told) = inspected(&["--offset", "0x7f1b"]);
    assert_eq!(status, 0);
    for line in [
        "  byte 3867 of   4096 at 0x7000  page 8: table leaf page, root of table `sms`",
        "  byte 66 of     91 at 0x7ed9  cell 2",
        "  byte 8 of     33 at 0x7f13  creator: \"com.google.android.apps.messaging\"",
        "  the live view reads another image of the page: wal at 0xf1a0, frame 16",
        "    00007f29: 732e 6d65 7373 6167 696e 67              s.messaging",
    ] {
        assert!(told.lines().any(|found| found == line), "{line}\n{told}");
    }
    assert!(told.lines().any(|line| line.starts_with("> 0x00007f13     33  636f6d2e")), "{told}");
    let (_, told) = inspected(&["--offset", "60", "--source", "wal"]);
    assert!(told.contains("  byte 28 of   4120 at 0x20  frame 1\n"), "{told}");
    assert!(told.contains("the checksum is right, and that of each frame before it"), "{told}");
}

#[test]
fn a_page_or_byte_that_is_nowhere_is_refused() {
    for arguments in [
        &["--page", "99"][..],
        &["--page", "8", "--source", "journal"],
        &["--offset", "0x10000"],
        &["--offset", "ten"],
        &["--offset", "0", "--source", "journal"],
        &["--source", "wal"],
    ] {
        assert_eq!(inspected(arguments), (2, String::new()), "{arguments:?}");
    }
}
