//! Comparisons whose outcome is known: reports that were changed, sheets written by hand, outputs in the form of LEAPP tools.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod common;

use common::{affiant, parsed};
use serde_json::{Value, json};
use std::fs;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

fn path(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// Exit code, the comparison, and what people are told.
fn compared(a: &Path, b: &Path, options: &[&str]) -> (i32, Value, String) {
    let all = [&["compare", path(a), path(b), "--output", "-"], options].concat();
    let run = affiant(&all).output().unwrap();
    let told = String::from_utf8_lossy(&run.stderr).into_owned();
    let value = serde_json::from_slice(&run.stdout).unwrap_or(Value::Null);
    (run.status.code().unwrap(), value, told)
}

fn counts(value: &Value, kind: &str) -> [u64; 6] {
    ["a", "b", "equal", "different", "only_in_a", "only_in_b"]
        .map(|name| value["counts"][kind][name].as_u64().unwrap_or(0))
}

fn report(sample: &str) -> (TempDir, PathBuf, Value) {
    let (folder, report) = parsed(sample, &[]);
    let path = folder.path().join("report");
    (folder, path, report)
}

/// A folder that holds a changed report.
fn changed(mut report: Value, change: impl Fn(&mut Value)) -> TempDir {
    change(&mut report);
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("report.json"), report.to_string()).unwrap();
    folder
}

#[test]
fn a_report_equals_itself_and_a_zip_of_the_same_evidence() {
    let (folder, one, _) = report("samples/android");
    let archive = folder.path().join("dump.zip");
    common::zip_of(&common::root().join("samples/android"), "", &archive);
    let (_other, other, _) = report(path(&archive));
    for b in [&one, &other] {
        let (code, value, told) = compared(&one, b, &[]);
        assert!(code == 0 && told.ends_with("\nequal\n"), "{told}");
        assert_eq!(value["differences"], json!([]));
        let [a, b, equal, ..] = counts(&value, "message");
        assert!(a > 90 && a == b && a == equal, "{told}");
    }
}

#[test]
fn what_was_changed_added_and_removed_is_told_field_by_field() {
    let (_folder, one, whole) = report("samples/android");
    let other = changed(whole.clone(), |report| {
        let messages = report["messages"].as_array_mut().unwrap();
        messages[2]["body"] = "another text".into();
        messages[2]["extra"]["made up"] = json!(7);
        // A record made by another version of a definition: its id differs too.
        messages[5]["id"] = "message-0000000000000000".into();
        messages[5]["read"] = json!("maybe");
        messages.remove(9);
        report["calls"].as_array_mut().unwrap().clear();
        report["device"]["model"]["value"] = "another".into();
    });
    let (code, value, told) = compared(&one, other.path(), &["--kinds", "message,call,device"]);
    assert_eq!(code, 1);
    let [a, b, equal, different, only_a, only_b] = counts(&value, "message");
    assert_eq!((a, b, equal, different, only_a, only_b), (a, a - 1, a - 3, 2, 1, 0), "{told}");
    assert_eq!(value["only_in_a"][0]["place"], whole["messages"][9]["id"]);
    let calls = whole["calls"].as_array().unwrap().len() as u64;
    assert_eq!(counts(&value, "call"), [calls, 0, 0, 0, calls, 0]);
    assert_eq!(value["only_in_a"].as_array().unwrap().len() as u64, calls + 1);
    let differences = value["differences"].as_array().unwrap();
    let fields = |place: &Value| {
        let found = differences.iter().find(|difference| difference["a"] == *place).unwrap();
        (
            found["by"].clone(),
            found["fields"].as_array().unwrap().iter().map(|f| f["field"].clone()).collect::<Vec<_>>(),
        )
    };
    assert_eq!(
        fields(&whole["messages"][2]["id"]),
        (json!("id"), vec![json!("body"), json!("extra.made up")])
    );
    let (by, names) = fields(&whole["messages"][5]["id"]);
    assert!(by != "id" && names == [json!("read")], "{by}");
    assert_eq!(fields(&json!("device")).1, [json!("model")]);
    assert!(told.contains("message, fields that differ: 1 body, 1 extra.made up, 1 read"), "{told}");
}

#[test]
fn records_that_stand_several_times_are_counted_and_not_merged() {
    let (_folder, one, whole) = report("samples/android");
    let other = changed(whole, |report| {
        let messages = report["messages"].as_array_mut().unwrap();
        let twin = messages[0].clone();
        messages.extend([twin.clone(), twin]);
    });
    let (code, value, _) = compared(&one, other.path(), &["--kinds", "message"]);
    let [a, b, equal, different, only_a, only_b] = counts(&value, "message");
    assert_eq!((code, b, equal, different, only_a, only_b), (1, a + 2, a, 0, 0, 2));
}

fn text<'v>(value: &'v Value, pointer: &str) -> &'v str {
    value.pointer(pointer).and_then(Value::as_str).unwrap_or("")
}

fn party(message: &Value) -> &str {
    let side = if message["direction"] == "outgoing" { "/recipients/0/address" } else { "/sender/address" };
    text(message, side)
}

fn time(message: &Value) -> &str {
    ["sent_at", "received_at", "stored_at"]
        .iter()
        .map(|name| text(message, &format!("/{name}/utc")))
        .find(|t| !t.is_empty())
        .unwrap_or("")
}

/// Live messages of one service that have a body, a party and a time.
fn live<'r>(report: &'r Value, service: &str) -> Vec<&'r Value> {
    let messages = report["messages"].as_array().unwrap().iter();
    messages
        .filter(|m| m["state"] == "live" && m["service"] == service && m["body"].is_string())
        .filter(|m| {
            !party(m).is_empty()
                && !time(m).is_empty()
                && m["recipients"].as_array().is_none_or(|all| all.len() < 2)
        })
        .collect()
}

#[test]
fn a_sheet_written_by_hand_is_held_against_a_report() {
    let (folder, one, whole) = report("samples/android");
    let sheet = folder.path().join("truth.csv");
    let mut writer = csv::Writer::from_path(&sheet).unwrap();
    writer
        .write_record(["Kind", "Message Date", "Direction", "Phone number", "Text", "Remark", "Service"])
        .unwrap();
    let messages = live(&whole, "sms");
    assert!(messages.len() > 8);
    for message in &messages {
        let number = party(message).replace("+1555", "+1 (555) ");
        let row =
            ["sms", time(message), text(message, "/direction"), &number, text(message, "/body"), "x", "sms"];
        writer.write_record(row).unwrap();
    }
    writer
        .write_record(["sms", "2031-01-01 00:00:00", "incoming", "+15559999", "never sent", "", ""])
        .unwrap();
    writer.flush().unwrap();
    drop(writer);
    let (code, value, told) = compared(&one, &sheet, &["--live"]);
    let [_, b, equal, different, _, only_b] = counts(&value, "message");
    assert_eq!(
        (code, b, equal, different, only_b),
        (1, messages.len() as u64 + 1, messages.len() as u64, 0, 1),
        "{told}\n{value:#}"
    );
    assert_eq!(value["only_in_b"][0]["facts"]["body"], "never sent");
    assert_eq!(value["only_in_b"][0]["place"], format!("line {}", messages.len() + 2));
    let why = value["not_compared"].as_array().unwrap();
    assert!(
        why.iter().any(|note| note["what"] == "Remark")
            && why.iter().any(|note| text(note, "/what").contains("contact")),
        "{why:?}"
    );

    // One cell each: a text, a time, a number.
    let original = fs::read_to_string(&sheet).unwrap();
    for (from, to, field) in
        [(text(messages[1], "/body"), "forged", "body"), (time(messages[1]), "2001-01-01T00:00:00Z", "time")]
    {
        fs::write(&sheet, original.replacen(from, to, 1)).unwrap();
        let (_, value, told) = compared(&one, &sheet, &["--live"]);
        let fields = value["counts"]["message"]["fields"].as_object().unwrap();
        assert_eq!(fields.keys().collect::<Vec<_>>(), [field], "{told}\n{:#}", value["differences"]);
    }
}

#[test]
fn a_sheet_tells_its_kind_or_is_told_it() {
    let (folder, one, _) = report("samples/android");
    let sheet = folder.path().join("identifiers.tsv");
    fs::write(&sheet, "type\tvalue\nimei\t490154203237518\nimei\t1\n").unwrap();
    let (code, _, told) = compared(&one, &sheet, &[]);
    assert!(code == 2 && told.contains("--sheet-kind"), "{told}");
    let (code, value, told) = compared(&one, &sheet, &["--sheet-kind", "device_identifier"]);
    assert!(code == 1 && counts(&value, "device_identifier")[1] == 2, "{told}");
    let (code, _, told) = compared(&one, &sheet, &["--sheet-kind", "identity"]);
    assert!(code == 2 && told.contains("device_identifier"), "{told}");
    for nothing in [folder.path(), &folder.path().join("absent")] {
        assert_eq!(compared(&one, nothing, &[]).0, 2);
    }
    fs::write(&sheet, b"type\tvalue\n\xff\xfe\t\n").unwrap();
    assert_eq!(compared(&one, &sheet, &["--sheet-kind", "device_identifier"]).0, 2, "not UTF-8");
    let output = folder.path().join("out.json");
    fs::write(&output, "here").unwrap();
    let run = affiant(&["compare", path(&one), path(&one), "-o", path(&output)]).output().unwrap();
    assert!(run.status.code() == Some(2) && fs::read(&output).unwrap() == b"here", "nothing is overwritten");
}

/// An output as `scripts/lavafuncs.py` and the module for SMS of iLEAPP write it.
fn lava(folder: &Path, messages: &[&Value]) {
    let database = rusqlite::Connection::open(folder.join("_lava_artifacts.db")).unwrap();
    let table = "CREATE TABLE sms (message_timestamp INTEGER, read_timestamp INTEGER, message TEXT, service TEXT, message_direction TEXT,
        chat_contact_id TEXT, message_row_id TEXT, chat_id TEXT, from_me TEXT); CREATE TABLE battery (timestamp INTEGER, level TEXT);";
    database.execute_batch(table).unwrap();
    for (index, message) in messages.iter().enumerate() {
        let outgoing = message["direction"] == "outgoing";
        let seconds = time(message).parse::<jiff::Timestamp>().unwrap().as_second();
        let row = (
            seconds,
            "",
            text(message, "/body"),
            if outgoing { "Outgoing" } else { "Incoming" },
            party(message),
            index,
            outgoing,
        );
        let insert = "INSERT INTO sms VALUES (?1, ?2, ?3, 'ignored?', ?4, ?5, ?6, '1', ?7)";
        database.execute(&insert.replace("'ignored?'", "''"), row).unwrap();
    }
    let columns = json!({"message_timestamp": "Message Timestamp"});
    let view = json!({"conversation": {"conversationDiscriminatorColumn": "Chat ID", "conversationLabelColumn": "Chat Contact ID",
        "textColumn": "Message", "directionColumn": "From Me", "directionSentValue": 1, "timeColumn": "Message Timestamp",
        "senderColumn": "Chat Contact ID"}});
    let artifact = json!({"name": "SMS", "tablename": "sms", "module": "sms", "column_map": columns, "data_views": view});
    let battery = json!({"name": "Battery", "tablename": "battery", "module": "battery", "column_map": {}});
    let manifest =
        json!({"lava_schema_version": 2, "artifacts": {"SMS & iMessage": [artifact], "Power": [battery]}});
    fs::write(folder.join("_lava_data.lava"), manifest.to_string()).unwrap();
}

#[test]
fn the_output_of_another_tool_is_held_against_a_report() {
    let (folder, one, whole) = report("samples/android");
    let output = folder.path().join("lava");
    fs::create_dir(&output).unwrap();
    let messages = live(&whole, "sms");
    lava(&output, &messages);
    let before = common::files(&output);
    let (_, value, told) = compared(&one, &output, &["--live"]);
    let [_, b, equal, different, _, only_b] = counts(&value, "message");
    let all = messages.len() as u64;
    assert_eq!((b, equal, different, only_b), (all, all, 0, 0), "{told}\n{:#}", value["differences"]);
    assert_eq!(common::files(&output), before, "nothing is written beside it");
    let why = value["not_compared"].as_array().unwrap();
    assert!(why.iter().any(|note| note["what"] == "Battery"), "{why:?}");
    assert_eq!((&value["a"]["kind"], &value["b"]["kind"]), (&json!("report"), &json!("lava")));

    let database = rusqlite::Connection::open(output.join("_lava_artifacts.db")).unwrap();
    database.execute("UPDATE sms SET from_me = 1 - from_me, message_timestamp = message_timestamp + 3600 WHERE rowid = 3", []).unwrap();
    drop(database);
    let (_, value, _) = compared(&one, &output, &["--live"]);
    let difference = &value["differences"][0];
    let fields: Vec<&str> =
        difference["fields"].as_array().unwrap().iter().map(|f| text(f, "/field")).collect();
    assert_eq!(
        (text(difference, "/b"), fields),
        ("sms rowid 3", vec!["direction", "time"]),
        "an hour's error of a zone"
    );
}

#[test]
fn a_report_equals_its_own_export_for_the_viewer() {
    for sample in ["samples/android", "samples/ios"] {
        let (folder, one, _) = report(sample);
        let output = folder.path().join("export");
        let run = affiant(&["export", path(&one), "--to", "lava,csv", "-q", "--output", path(&output)])
            .output()
            .unwrap();
        assert!(run.status.code().is_some_and(|code| code < 2), "{}", String::from_utf8_lossy(&run.stderr));
        let (code, value, told) = compared(&one, &output.join("lava"), &[]);
        assert_eq!(code, 0, "{told}\n{:#}", value["differences"]);
        let [a, b, equal, ..] = counts(&value, "message");
        assert!(a > 30 && a == b && a == equal, "{told}");
    }
}

#[test]
fn an_output_that_is_broken_or_hostile_is_refused() {
    let (folder, one, _) = report("samples/android");
    let output = folder.path().join("lava");
    fs::create_dir(&output).unwrap();
    lava(&output, &[]);
    let manifest = output.join("_lava_data.lava");
    let deep = "[".repeat(100_000);
    let hostile = r#"{"artifacts": {"x": [{"name": "x", "tablename": "sms\"; DROP TABLE sms; --"}]}}"#;
    for text in ["", "7", "{}", &deep] {
        fs::write(&manifest, text).unwrap();
        assert_eq!(compared(&one, &output, &[]).0, 2, "{}", &text[..text.len().min(20)]);
    }
    fs::write(&manifest, hostile).unwrap();
    assert!(compared(&one, &output, &[]).0 < 2);
    let database = rusqlite::Connection::open(output.join("_lava_artifacts.db")).unwrap();
    let left: i64 = database.query_row("SELECT count(*) FROM sms", [], |row| row.get(0)).unwrap();
    assert_eq!(left, 0, "the table is still there");
}

#[test]
fn a_comparison_is_the_same_every_time() {
    let (_a, one, whole) = report("samples/ios");
    let other = changed(whole, |report| {
        for message in report["messages"].as_array_mut().unwrap().iter_mut().step_by(3) {
            message["body"] = json!("<script>\u{202e}\t\n");
        }
        report["contacts"].as_array_mut().unwrap().remove(1);
    });
    let once = || {
        affiant(&["compare", path(&one), path(other.path()), "-o", "-"])
            .env("TZ", "Asia/Tokyo")
            .output()
            .unwrap()
            .stdout
    };
    let first = once();
    assert!(first.len() > 1000 && first == once());
    assert!(
        first == affiant(&["compare", path(&one), path(other.path()), "-o", "-"]).output().unwrap().stdout
    );
}
