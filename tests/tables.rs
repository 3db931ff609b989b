//! Disclosed tables: read through a mapping, walked back to their cells, and the questions of `analysis` answered: what was planted in
//! the sample is found, each of it once, and nothing else.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod common;

use common::{affiant, parsed, root};
use serde_json::{Value, json};
use std::fs;
use std::io::Write as _;
use std::path::Path;

const EVIDENCE: &str = "samples/tables/evidence";
const MAPPING: &str = "samples/tables/mapping";

fn report() -> (tempfile::TempDir, Value) {
    parsed(EVIDENCE, &["--formats", MAPPING])
}

fn list<'r>(report: &'r Value, key: &str) -> &'r [Value] {
    report[key].as_array().unwrap()
}

fn message<'r>(report: &'r Value, native_id: &str) -> &'r Value {
    list(report, "messages").iter().find(|message| message["native_id"] == native_id).unwrap()
}

fn of_rule<'r>(report: &'r Value, section: &str, rule: &str) -> Vec<&'r Value> {
    let entries = report["analysis"][section].as_array().unwrap().iter();
    entries.filter(|entry| entry["rule"] == rule).collect()
}

/// The native identifiers of the records that an entry rests on.
fn rests_on(report: &Value, entry: &Value) -> Vec<String> {
    let id = |id: &Value| {
        let record = list(report, "messages").iter().find(|message| message["id"] == *id).unwrap();
        record["native_id"].as_str().unwrap().to_owned()
    };
    entry["records"].as_array().unwrap().iter().map(id).collect()
}

fn words(arguments: &[&str]) -> (i32, String) {
    let run = affiant(arguments).output().unwrap();
    let text = String::from_utf8_lossy(&run.stdout).into_owned() + &String::from_utf8_lossy(&run.stderr);
    (run.status.code().unwrap(), text)
}

#[test]
fn a_mapping_is_checked_with_its_sample() {
    let (_, told) = words(&["formats", "check", "samples/tables/mapping/case.toml", "--sample", EVIDENCE]);
    assert!(told.contains("the definition is sound"), "{told}");
    assert!(!told.contains("example fails"), "{told}");
}

#[test]
fn each_value_names_the_cell_that_it_stands_in() {
    let (_folder, report) = report();
    let of_csv = fs::read(root().join(EVIDENCE).join("schedule_amber-heron.csv")).unwrap();
    for message in
        list(&report, "messages").iter().filter(|message| message["provenance"]["rows"][0]["file"] == 0)
    {
        for row in message["provenance"]["rows"].as_array().unwrap() {
            let number = |key: &str| usize::try_from(row[key].as_u64().unwrap()).unwrap();
            let bytes = &of_csv[number("offset")..][..number("length")];
            if row["role"] == "native_id" {
                assert_eq!(bytes, message["native_id"].as_str().unwrap().as_bytes());
                assert!(row["cell"].as_str().unwrap().starts_with('A'));
            }
            if row["role"] == "sent_at" {
                assert_eq!(bytes, message["sent_at"]["raw"].as_str().unwrap().as_bytes());
            }
        }
    }
    let cell = |role: &str| {
        let rows = message(&report, "B1001")["provenance"]["rows"].as_array().unwrap();
        rows.iter().find(|row| row["role"] == role).unwrap().clone()
    };
    assert_eq!(cell("base")["cell"], "Messages!3");
    assert_eq!(cell("body")["cell"], "Messages!E3");
    // The cell is that of the part as another zip reader unpacks it.
    let book = fs::File::open(root().join(EVIDENCE).join("schedule_brisk-otter.xlsx")).unwrap();
    let mut part = Vec::new();
    let mut zip = zip::ZipArchive::new(book).unwrap();
    std::io::Read::read_to_end(
        &mut zip.by_name(cell("body")["source"].as_str().unwrap()).unwrap(),
        &mut part,
    )
    .unwrap();
    let start = usize::try_from(cell("body")["offset"].as_u64().unwrap()).unwrap();
    let length = usize::try_from(cell("body")["length"].as_u64().unwrap()).unwrap();
    let bytes = String::from_utf8(part[start..start + length].to_vec()).unwrap();
    assert!(
        bytes.starts_with("<c r=\"E3\"") && bytes.contains("day 1, turn 2") && bytes.ends_with("</c>"),
        "{bytes}"
    );
}

#[test]
fn what_a_mapping_cannot_read_is_told_and_stands_as_a_record() {
    let (_folder, report) = report();
    let codes: Vec<&str> =
        list(&report, "findings").iter().map(|finding| finding["code"].as_str().unwrap()).collect();
    assert_eq!(codes, ["time-ambiguous", "time-not-readable", "direction-unknown"]);
    assert!(list(&report, "findings").iter().all(|finding| finding["loss"] == true));
    assert_eq!(message(&report, "1068")["sent_at"]["utc"], Value::Null);
    assert_eq!(message(&report, "1069")["sent_at"]["raw"], "31-02-2020 10:00:00");
    assert_eq!(message(&report, "1070").get("direction"), None);
    assert_eq!(message(&report, "1070")["body"], "he said: \"not mine\"\nsecond line");
    let tables = report["coverage"]["tables"].as_array().unwrap();
    let rows: Vec<(&Value, &Value)> =
        tables.iter().map(|table| (&table["rows"], &table["records"])).collect();
    assert_eq!(rows, [(&json!(68), &json!(68)), (&json!(12), &json!(12)), (&json!(2), &json!(2))]);
}

#[test]
fn each_planted_duplicate_is_found_and_no_other() {
    let (_folder, report) = report();
    assert_eq!(report["analysis"]["duplicates"].as_array().unwrap().len(), 2);
    let same_id = of_rule(&report, "duplicates", "same-native-id");
    assert_eq!(rests_on(&report, same_id[0]), ["1005", "1005"]);
    let same_text = of_rule(&report, "duplicates", "same-text-parties-time");
    assert_eq!(rests_on(&report, same_text[0]), ["1060", "1061"]);
    assert_eq!(same_text[0]["span_s"], 2.0);
}

#[test]
fn each_planted_gap_is_found_and_no_other() {
    let (_folder, report) = report();
    assert_eq!(report["analysis"]["gaps"].as_array().unwrap().len(), 3);
    let silent = of_rule(&report, "gaps", "silent-span");
    assert_eq!(
        (&silent[0]["from"], &silent[0]["to"]),
        (&json!("2020-04-08T13:21:00.000Z"), &json!("2020-04-18T07:00:00.000Z"))
    );
    let holes = of_rule(&report, "gaps", "sequence-hole");
    assert_eq!((&holes[0]["first_missing"], &holes[0]["last_missing"]), (&json!(1009), &json!(1012)));
    assert_eq!(rests_on(&report, holes[0]), ["1008", "1013"]);
    let one_sided = of_rule(&report, "gaps", "one-sided");
    assert_eq!(
        one_sided[0]["thread"]["parties"],
        json!(["amber-heron@crypto.example", "dry-crane@crypto.example"])
    );
    assert_eq!((&one_sided[0]["direction"], &one_sided[0]["messages"]), (&json!("incoming"), &json!(6)));
}

#[test]
fn both_sides_of_a_message_stand_beside_each_other_with_their_drift() {
    let (_folder, report) = report();
    let sides = of_rule(&report, "time", "two-sides");
    // Of the twelve of the workbook three are gone from the other table.
    assert_eq!(sides.len(), 9);
    for side in sides {
        let numbers = rests_on(&report, side);
        let bare: Vec<&str> = numbers.iter().map(|number| number.trim_start_matches('B')).collect();
        assert_eq!(bare[0], bare[1]);
        let of_workbook_received = numbers[1].starts_with('B');
        assert_eq!(side["seconds"], if of_workbook_received { 3.0 } else { -3.0 });
    }
    let clocks = of_rule(&report, "time", "clock");
    assert_eq!((&clocks[0]["zone"], &clocks[0]["without_utc"]), (&json!("Europe/Amsterdam"), &json!(2)));
    assert!(clocks[0]["zone_known_by"].as_str().unwrap().contains("cover letter"));
    assert_eq!((&clocks[1]["zone"], &clocks[1]["times"]), (&json!("UTC"), &json!(12)));
}

#[test]
fn a_name_is_told_with_whose_address_book_it_stands_in() {
    let (_folder, report) = report();
    let names = of_rule(&report, "attribution", "address-book");
    assert_eq!(names.len(), 2);
    assert_eq!(
        (&names[0]["handle"], &names[0]["name"]),
        (&json!("amber-heron@crypto.example"), &json!("Heron"))
    );
    assert!(names.iter().all(|name| name["account"] == "brisk-otter@crypto.example" && name["file"] == 1));
    let devices = of_rule(&report, "attribution", "identifier-in-row");
    let told: Vec<(&Value, &Value)> =
        devices.iter().map(|tie| (&tie["handle"], &tie["identifier"])).collect();
    assert_eq!(
        told,
        [
            (&json!("amber-heron@crypto.example"), &json!("490154203237518")),
            (&json!("brisk-otter@crypto.example"), &json!("356938035643809")),
        ]
    );
}

#[test]
fn every_entry_rests_on_records_that_stand_there_and_on_a_rule_that_is_told() {
    for (evidence, options) in
        [(EVIDENCE, vec!["--formats", MAPPING]), ("samples/android", vec![]), ("samples/ios", vec![])]
    {
        let (_folder, report) = parsed(evidence, &options);
        let text = report.to_string();
        let rules: Vec<&Value> =
            list(&report["analysis"], "rules").iter().map(|rule| &rule["rule"]).collect();
        for section in ["duplicates", "gaps", "time", "attribution"] {
            for entry in list(&report["analysis"], section) {
                assert!(rules.contains(&&entry["rule"]), "{entry}");
                for id in entry["records"].as_array().unwrap() {
                    assert!(text.contains(&format!("{{\"id\":{id},")), "{evidence}: {entry}");
                }
            }
        }
    }
}

#[test]
fn the_report_is_the_same_for_any_number_of_threads_and_verify_holds_it() {
    let (one, _) = parsed(EVIDENCE, &["--formats", MAPPING, "--threads", "1"]);
    let (four, _) = parsed(EVIDENCE, &["--formats", MAPPING, "--threads", "4"]);
    let bytes = |folder: &tempfile::TempDir| fs::read(folder.path().join("report/data/report.json")).unwrap();
    assert_eq!(bytes(&one), bytes(&four));
    let report = one.path().join("report");
    let (status, told) = words(&["verify", report.to_str().unwrap(), EVIDENCE, "--formats", MAPPING]);
    assert_eq!(status, 0, "{told}");
}

#[test]
fn a_forged_analysis_is_found() {
    for (from, to) in
        [("\"span_s\":2.0", "\"span_s\":9.0"), ("\"first_missing\":1009", "\"first_missing\":1010")]
    {
        let (folder, _) = report();
        let report = folder.path().join("report");
        let text = fs::read_to_string(report.join("data/report.json")).unwrap();
        fs::write(report.join("data/report.json"), text.replacen(from, to, 1)).unwrap();
        let (status, told) = words(&["verify", report.to_str().unwrap(), EVIDENCE, "--formats", MAPPING]);
        assert_eq!(status, 1);
        assert!(told.contains("analysis: a run over the evidence gives something else"), "{told}");
    }
}

#[test]
fn a_record_of_a_workbook_is_walked_back_to_its_cells() {
    let (folder, report_value) = report();
    let report = folder.path().join("report");
    let id = message(&report_value, "B1001")["id"].as_str().unwrap();
    let (status, told) = words(&["explain", report.to_str().unwrap(), id, EVIDENCE, "--formats", MAPPING]);
    assert_eq!(status, 0, "{told}");
    for part in ["xl/worksheets/sheet1.xml", "/Messages/3/E", "bsdtar -xOf -", "3c63 2072 3d22 4533"] {
        assert!(told.contains(part), "{part} is missing in {told}");
    }
}

/// A workbook with shared strings, runs, an escape, a hidden sheet, a formula and a cell without its reference.
fn workbook(path: &Path) {
    let parts = [
        ("[Content_Types].xml", "<Types/>"),
        (
            "xl/workbook.xml",
            r#"<workbook xmlns:r="r"><workbookPr date1904="1"/><sheets><sheet name="A &amp; B" r:id="x1"/><sheet name="Rest" state="hidden" r:id="x2"/></sheets></workbook>"#,
        ),
        (
            "xl/_rels/workbook.xml.rels",
            r#"<Relationships><Relationship Id="x1" Type="t/worksheet" Target="worksheets/one.xml"/><Relationship Id="x2" Type="t/worksheet" Target="/xl/two.xml"/><Relationship Id="x3" Type="t/sharedStrings" Target="sharedStrings.xml"/></Relationships>"#,
        ),
        (
            "xl/sharedStrings.xml",
            "<sst><si><t>who</t></si><si><r><t>bo</t></r><r><t>ld</t></r><rPh><t>x</t></rPh></si><si><t>line_x000A_two</t></si></sst>",
        ),
        (
            "xl/worksheets/one.xml",
            r#"<worksheet><sheetData><row r="1"><c r="A1" t="s"><v>0</v></c><c t="inlineStr"><is><t>text</t></is></c><c r="D1" t="str"><v>when</v></c></row><row r="5" hidden="1"><c r="A5" t="s"><v>1</v></c><c t="s"><v>2</v></c><c r="D5"><f>A1+1</f><v>0.5</v></c></row><row r="5"><c r="A5"><v>1</v></c></row></sheetData></worksheet>"#,
        ),
        ("xl/two.xml", "<worksheet><sheetData/></worksheet>"),
    ];
    let mut zip = zip::ZipWriter::new(fs::File::create(path).unwrap());
    for (name, text) in parts {
        zip.start_file(name, zip::write::SimpleFileOptions::default()).unwrap();
        zip.write_all(text.as_bytes()).unwrap();
    }
    zip.finish().unwrap();
}

const SMALL: &str = r#"
format = "table"
id = "table.small"
name = "n"
version = 1
summary = "s"
[[table]]
kind = "message"
files = ["**/book.xlsx"]
sheet = "A & B"
time_format = "excel_1904"
zone = "UTC"
zone_source = "a statement"
owner = "sender"
[table.fields]
service = { value = "x" }
sender.address = "who"
body = "text"
sent_at = "@D"
"#;

#[test]
fn shared_strings_runs_escapes_and_hidden_rows_of_a_workbook_are_read() {
    let desk = tempfile::tempdir().unwrap();
    let (evidence, formats) = (desk.path().join("evidence"), desk.path().join("formats"));
    fs::create_dir_all(&evidence).unwrap();
    fs::create_dir_all(&formats).unwrap();
    workbook(&evidence.join("book.xlsx"));
    fs::write(formats.join("small.toml"), SMALL).unwrap();
    let formats = formats.to_str().unwrap();
    // A workbook alone is a file, not an archive of parts.
    for given in [evidence.clone(), evidence.join("book.xlsx")] {
        let (_folder, report) = parsed(given.to_str().unwrap(), &["--formats", formats]);
        let message = &report["messages"][0];
        assert_eq!((&message["sender"]["address"], &message["body"]), (&json!("bold"), &json!("line\ntwo")));
        assert_eq!(message["sent_at"]["utc"], "1904-01-01T12:00:00.000Z");
        assert_eq!(message["provenance"]["rows"][0]["cell"], "A & B!5");
        let codes: Vec<&str> =
            list(&report, "findings").iter().map(|finding| finding["code"].as_str().unwrap()).collect();
        assert_eq!(
            codes,
            [
                "xlsx-days-from-1904",
                "xlsx-sheet-hidden",
                "xlsx-row-misplaced",
                "xlsx-formulas",
                "xlsx-rows-hidden"
            ]
        );
    }
}

#[test]
fn a_workbook_cut_or_flipped_anywhere_is_read_without_a_panic() {
    let desk = tempfile::tempdir().unwrap();
    workbook(&desk.path().join("book.xlsx"));
    let bytes = fs::read(desk.path().join("book.xlsx")).unwrap();
    for at in 0..bytes.len() {
        let _ = affiant::parse::xlsx::document(&bytes[..at]);
        let mut flipped = bytes.clone();
        flipped[at] ^= 1 << (at % 8);
        let _ = affiant::parse::xlsx::document(&flipped);
    }
}

#[test]
fn a_column_that_is_not_there_is_loud_and_every_row_is_counted() {
    let desk = tempfile::tempdir().unwrap();
    let evidence = desk.path().join("evidence");
    fs::create_dir_all(&evidence).unwrap();
    fs::write(evidence.join("schedule_x.csv"), "\r\n\r\nNr;Van\r\n1;a\r\n2;b\r\n").unwrap();
    let (_folder, report) = parsed(evidence.to_str().unwrap(), &["--formats", MAPPING]);
    let finding = &report["findings"][0];
    assert_eq!((&finding["code"], &finding["loss"]), (&json!("columns-missing"), &json!(true)));
    assert!(finding["message"].as_str().unwrap().contains("its columns are: Nr, Van"), "{finding}");
    assert_eq!(
        (&report["coverage"]["tables"][0]["rows"], &report["coverage"]["tables"][0]["unreadable"]),
        (&json!(2), &json!(2))
    );
}

#[test]
fn a_mapping_with_a_fault_is_refused_with_its_place() {
    let desk = tempfile::tempdir().unwrap();
    for (from, to, told) in [
        ("zone = \"UTC\"", "zone = \"Nowhere/Town\"", "is no zone of the IANA database"),
        ("zone_source = \"a statement\"\n", "", "`zone_source` is missing"),
        ("owner = \"sender\"", "owner = \"nobody\"", "`owner` is"),
        ("sheet = ", "sheets = ", "did you mean `sheet`?"),
        ("\"excel_1904\"", "\"%d-%m\"", "is no pattern of times"),
        ("files = [\"**/book.xlsx\"]", "files = []", "`files` needs at least one glob"),
    ] {
        let file = desk.path().join("mapping.toml");
        fs::write(&file, SMALL.replace(from, to)).unwrap();
        let (status, text) = words(&["formats", "check", file.to_str().unwrap()]);
        assert_eq!(status, 1, "{to}: {text}");
        assert!(text.contains(told), "{to}: {text}");
    }
}
