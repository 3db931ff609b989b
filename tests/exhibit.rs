//! What `affiant exhibit` makes, read back by programs of others: a selection takes what it says, what is withheld is nowhere, a slice
//! holds against the evidence, and pages say on each of them what a court asks.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod common;

use common::{affiant, files, root};
use serde_json::Value;
use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::OnceLock;
use tempfile::TempDir;

const SMS: &str = "data/user_de/0/com.android.providers.telephony/databases/mmssms.db";

fn report() -> &'static (TempDir, Value) {
    static REPORT: OnceLock<(TempDir, Value)> = OnceLock::new();
    REPORT.get_or_init(|| common::parsed("samples/android", &[]))
}

fn folder_of(report: &TempDir) -> PathBuf {
    report.path().join("report")
}

/// Makes an exhibit into a folder that does not exist yet.
fn run(report: &Path, output: &Path, options: &[&str]) -> Output {
    let mut command =
        affiant(&["exhibit", report.to_str().unwrap(), "--label", "AB1", "--date", "2026-01-12"]);
    command.arg("--output").arg(output).args(options).output().unwrap()
}

fn exhibit(report: &Path, options: &[&str]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let run = run(report, &folder.path().join("AB1"), options);
    assert!(run.status.success(), "{}", said(&run));
    folder
}

fn made(folder: &TempDir) -> PathBuf {
    folder.path().join("AB1")
}

fn said(run: &Output) -> String {
    String::from_utf8_lossy(&run.stderr).into_owned() + &String::from_utf8_lossy(&run.stdout)
}

fn json(path: &Path) -> Value {
    serde_json::from_slice(&fs::read(path).unwrap()).unwrap()
}

/// Whether the program that sets pages is built; says so where it is not.
fn has_pages() -> bool {
    let program = Path::new(env!("CARGO_BIN_EXE_affiant"))
        .with_file_name(format!("affiant-exhibit{}", std::env::consts::EXE_SUFFIX));
    if !program.is_file() {
        eprintln!("skipped: affiant-exhibit is not built (cargo build -p affiant-exhibit; .ci/run does)");
    }
    program.is_file()
}

fn python() -> Command {
    Command::new(std::env::var_os("AFFIANT_PYTHON").unwrap_or_else(|| "python3".into()))
}

/// What pypdf reads in the volumes; nothing, and said, where Python has none.
fn volumes(exhibit: &Path) -> Option<Vec<Value>> {
    if !python().args(["-c", "import pypdf"]).output().is_ok_and(|run| run.status.success()) {
        eprintln!("skipped: Python has no pypdf (AFFIANT_PYTHON names one that has; .ci/run installs it)");
        return None;
    }
    let run = python().arg(root().join("tests/exhibit/pages.py")).arg(exhibit).output().unwrap();
    assert!(run.status.success(), "{}", said(&run));
    Some(serde_json::from_slice(&run.stdout).unwrap())
}

fn text_of(volumes: &[Value]) -> String {
    let pages = volumes.iter().flat_map(|volume| volume["pages"].as_array().unwrap());
    pages.map(|page| page.as_str().unwrap()).collect::<Vec<_>>().join("\n")
}

fn verify(slice: &Path, evidence: &str) -> (i32, String) {
    let run = affiant(&["verify", slice.to_str().unwrap(), evidence]).output().unwrap();
    (run.status.code().unwrap(), said(&run))
}

/// Every file of an exhibit; of a workbook and of a PDF also what is packed in it.
fn bytes_of(exhibit: &Path) -> Vec<(String, Vec<u8>)> {
    let mut all = Vec::new();
    for file in files(exhibit) {
        let bytes = fs::read(exhibit.join(&file)).unwrap();
        let name = file.display().to_string();
        if name.ends_with(".xlsx") {
            let mut zip = zip::ZipArchive::new(std::io::Cursor::new(&bytes)).unwrap();
            for index in 0..zip.len() {
                let mut member = zip.by_index(index).unwrap();
                let mut inner = Vec::new();
                member.read_to_end(&mut inner).unwrap();
                all.push((format!("{name}: {}", member.name()), inner));
            }
        }
        all.push((name, bytes));
    }
    all
}

#[test]
fn a_selection_takes_what_it_says_and_counts_it() {
    let (report, value) = report();
    let folder = exhibit(
        &folder_of(report),
        &[
            "--no-pdf",
            "--select",
            "service = sms and state = deleted",
            "--select",
            "kind = call and answered = true",
        ],
    );
    let told = json(&made(&folder).join("exhibit.json"));
    let wanted = |kind: &str, like: &dyn Fn(&Value) -> bool| {
        value[kind].as_array().unwrap().iter().filter(|record| like(record)).cloned().collect::<Vec<_>>()
    };
    let messages = wanted("messages", &|record| record["service"] == "sms" && record["state"] == "deleted");
    let calls = wanted("calls", &|record| record["answered"] == true);
    let slice = json(&made(&folder).join("slice/data/report.json"));
    assert_eq!(
        (&slice["messages"], &slice["calls"]),
        (&Value::from(messages.clone()), &Value::from(calls.clone()))
    );
    assert_eq!(told["records"], serde_json::json!({"messages": messages.len(), "calls": calls.len()}));
    assert_eq!(told["of"]["messages"], value["messages"].as_array().unwrap().len());
    assert_eq!(
        told["selections"][0],
        serde_json::json!({"select": "service = sms and state = deleted", "records": {"messages": messages.len()}})
    );
    let schema: Value = serde_json::from_slice(&affiant(&["schema"]).output().unwrap().stdout).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let faults: Vec<String> = validator.iter_errors(&slice).map(|fault| fault.to_string()).collect();
    assert!(faults.is_empty(), "{faults:?}");
}

#[test]
fn a_slice_holds_against_the_evidence_and_one_that_was_changed_does_not() {
    let folder = exhibit(&folder_of(&report().0), &["--no-pdf", "--select", "time > 2023-11-14"]);
    let slice = made(&folder).join("slice");
    let (status, out) = verify(&slice, "samples/android");
    assert_eq!(status, 0, "{out}");
    assert!(
        out.contains("records made again from their bytes, whole")
            && out.contains("verified: nothing differs"),
        "{out}"
    );
    let path = slice.join("data/report.json");
    let text = fs::read_to_string(&path).unwrap();
    fs::write(&path, text.replace("Where do we meet?", "Where do we dance?")).unwrap();
    let (status, out) = verify(&slice, "samples/android");
    assert_eq!(status, 1, "{out}");
    assert!(out.contains("message-952ddd8f4c394ddc: the bytes at its places give something else"), "{out}");
    assert!(out.contains("data/report.json: SHA-256"), "the hash list holds no longer: {out}");
}

const RULES: &str = r#"
[[rule]]
reason = "third party"
authority = "Order of 12 January 2026"
regex = '\+?15550101(@s\.whatsapp\.net)?'

[[rule]]
reason = "child"
authority = "Section 45"
records = ["952ddd8f"]
fields = ["body"]

[[rule]]
reason = "name"
authority = "Order of 12 January 2026"
regex = '(?i)alice( moreau| \(boats\))?'
"#;

#[test]
fn what_is_withheld_is_in_no_file_and_the_slice_holds_as_far_as_it_goes() {
    let work = tempfile::tempdir().unwrap();
    let rules = work.path().join("rules.toml");
    fs::write(&rules, RULES).unwrap();
    let mut options = vec![
        "--redact",
        rules.to_str().unwrap(),
        "--select",
        "party ~ 5550101 or id = 952ddd8f or text ~ alice",
        "--select",
        "party ~ +15550101",
    ];
    let is_with_pages = has_pages();
    if !is_with_pages {
        options.push("--no-pdf");
    }
    let folder = exhibit(&folder_of(&report().0), &options);
    let gone = ["15550101", "Where do we meet?", "Alice", "alice"];
    for (name, bytes) in bytes_of(&made(&folder)) {
        for secret in gone {
            assert!(
                !bytes.windows(secret.len()).any(|window| window == secret.as_bytes()),
                "{name} holds {secret}"
            );
        }
    }
    let slice = json(&made(&folder).join("slice/data/report.json"));
    let withheld = slice["messages"]
        .as_array()
        .unwrap()
        .iter()
        .find(|record| record["id"] == "message-952ddd8f4c394ddc")
        .unwrap();
    assert_eq!(withheld["body"], serde_json::json!({"redacted": [2]}));
    let log = fs::read_to_string(made(&folder).join("withheld.csv")).unwrap();
    assert!(log.contains("message-952ddd8f4c394ddc,body,2,child,Section 45"), "{log}");
    let told = json(&made(&folder).join("exhibit.json"));
    assert!(told["still_standing"].as_array().unwrap().is_empty(), "{told}");
    assert!(log.contains("selection,,1,third party"), "the selection names the number too: {log}");
    let (status, out) = verify(&made(&folder).join("slice"), "samples/android");
    assert_eq!(status, 0, "{out}");
    assert!(out.contains("records made again as far as they go"), "{out}");
    if let Some(volumes) = is_with_pages.then(|| volumes(&made(&folder))).flatten() {
        let text = text_of(&volumes);
        for secret in gone {
            assert!(!text.contains(secret), "the pages hold {secret}");
        }
        assert!(
            text.contains("REDACTED 2: child")
                && text.contains("REDACTED 1: third party")
                && text.contains("Section 45")
        );
    }
}

#[test]
fn what_is_left_of_a_text_must_stand_in_the_evidence() {
    let work = tempfile::tempdir().unwrap();
    let rules = work.path().join("rules.toml");
    fs::write(&rules, "[[rule]]\nreason = \"r\"\nauthority = \"a\"\nregex = 'do we'\nfields = [\"body\"]\n")
        .unwrap();
    let folder = exhibit(
        &folder_of(&report().0),
        &["--no-pdf", "--redact", rules.to_str().unwrap(), "--select", "id = 952ddd8f"],
    );
    let slice = made(&folder).join("slice");
    assert_eq!(verify(&slice, "samples/android").0, 0);
    let path = slice.join("data/report.json");
    let text = fs::read_to_string(&path).unwrap();
    assert!(text.contains(r#"{"redacted":[1],"left":["Where "," meet?"]}"#), "{text}");
    fs::write(&path, text.replace(" meet?", " part?")).unwrap();
    let (status, out) = verify(&slice, "samples/android");
    assert!(status == 1 && out.contains("message-952ddd8f4c394ddc: the bytes"), "{out}");
}

#[test]
fn a_text_that_is_withheld_in_one_record_and_stands_in_another_is_told() {
    let work = tempfile::tempdir().unwrap();
    let rules = work.path().join("rules.toml");
    fs::write(
        &rules,
        "[[rule]]\nreason = \"r\"\nauthority = \"a\"\nrecords = [\"952ddd8f\"]\nfields = [\"recipients\"]\n",
    )
    .unwrap();
    let run = run(
        &folder_of(&report().0),
        &work.path().join("AB1"),
        &["--no-pdf", "--redact", rules.to_str().unwrap(), "--select", "party = +15550101"],
    );
    assert!(
        said(&run).contains("STILL STANDS in message-") && !said(&run).contains("15550101 "),
        "{}",
        said(&run)
    );
    assert!(!said(&run).contains("STILL STANDS in message-952ddd8f4c394ddc"), "{}", said(&run));
}

#[test]
fn the_same_report_and_options_give_the_same_bytes_in_any_zone_of_the_machine() {
    let mut options = vec!["--select", "time > 2023-11-14", "--zone", "Europe/London"];
    if !has_pages() {
        options.push("--no-pdf");
    }
    let one = exhibit(&folder_of(&report().0), &options);
    let other = tempfile::tempdir().unwrap();
    let report = folder_of(&report().0);
    let mut command =
        affiant(&["exhibit", report.to_str().unwrap(), "--label", "AB1", "--date", "2026-01-12"]);
    let run = command
        .args(&options)
        .arg("--output")
        .arg(other.path().join("AB1"))
        .env("TZ", "Asia/Kolkata")
        .output()
        .unwrap();
    assert!(run.status.success(), "{}", said(&run));
    assert_eq!(files(&made(&one)), files(&made(&other)));
    for file in files(&made(&one)) {
        assert!(
            fs::read(made(&one).join(&file)).unwrap() == fs::read(made(&other).join(&file)).unwrap(),
            "{}",
            file.display()
        );
    }
    let list = Command::new("sha256sum")
        .args(["-c", "--quiet", "manifest-sha256.txt"])
        .current_dir(made(&one))
        .output()
        .unwrap();
    assert!(list.status.success(), "{}", said(&list));
}

#[test]
fn faults_are_told_before_anything_is_written() {
    let report = folder_of(&report().0);
    let work = tempfile::tempdir().unwrap();
    let output = work.path().join("out");
    for (options, wanted) in [
        (
            vec!["--no-pdf", "--select", "sendr.address = x"],
            "character 1: no field `sendr.address`; the nearest is `sender.address`",
        ),
        (vec!["--no-pdf", "--select", "body = \"no such text\""], "the selection takes no record"),
        (
            vec!["--no-pdf", "--select", "body ~ a", "--zone", "Europe/Lodnon"],
            "the nearest is `Europe/London`",
        ),
        (vec!["--no-pdf", "--select", "body ~ a", "--bates", "AB"], "no Bates number"),
        (vec!["--no-pdf", "--select", "body ~ a", "--redact", "README.md"], "README.md:"),
    ] {
        let run = run(&report, &output, &options);
        assert_eq!(run.status.code(), Some(2), "{options:?}");
        assert!(said(&run).contains(wanted), "{}", said(&run));
        assert!(!output.exists());
    }
    fs::create_dir(&output).unwrap();
    assert!(said(&run(&report, &output, &["--no-pdf", "--select", "body ~ a"])).contains("exists already"));
    assert!(
        said(&run(&report, &report.join("out"), &["--no-pdf", "--select", "body ~ a"]))
            .contains("inside the report")
    );
}

#[test]
fn an_id_that_the_report_does_not_hold_is_told() {
    let work = tempfile::tempdir().unwrap();
    let run = run(
        &folder_of(&report().0),
        &work.path().join("AB1"),
        &["--no-pdf", "--select", "id in (952ddd8f, message-0000000000000000)"],
    );
    assert_eq!(run.status.code(), Some(1), "{}", said(&run));
    assert!(said(&run).contains("NOT in the report: message-0000000000000000"), "{}", said(&run));
}

#[test]
fn without_the_program_that_sets_pages_the_way_to_build_it_is_told() {
    let work = tempfile::tempdir().unwrap();
    let alone = work.path().join("affiant");
    fs::copy(env!("CARGO_BIN_EXE_affiant"), &alone).unwrap();
    let run = Command::new(&alone)
        .arg("exhibit")
        .arg(folder_of(&report().0))
        .args(["--label", "A", "--select", "body ~ a", "--output"])
        .arg(work.path().join("out"))
        .env("PATH", "")
        .output()
        .unwrap();
    assert_eq!(run.status.code(), Some(2));
    assert!(said(&run).contains("cargo build --release -p affiant-exhibit"), "{}", said(&run));
}

#[test]
fn each_page_says_what_a_court_asks_and_the_file_is_pdf_a() {
    if !has_pages() {
        return;
    }
    let folder = exhibit(
        &folder_of(&report().0),
        &[
            "--select",
            "time > 2023-11-14",
            "--bates",
            "AB0098",
            "--zone",
            "Europe/London",
            "--volume-rows",
            "40",
        ],
    );
    let Some(volumes) = volumes(&made(&folder)) else { return };
    assert!(volumes.len() > 1, "a long schedule is split");
    for volume in &volumes {
        assert_eq!(volume["pdfa"], serde_json::json!(["2", "U"]));
        assert_eq!(
            (&volume["tagged"], &volume["fonts_embedded"], &volume["scripts"]),
            (&true.into(), &true.into(), &false.into())
        );
        assert!(volume["created"].as_str().unwrap().starts_with("2026-01-12"), "{}", volume["created"]);
    }
    let marks: Vec<&str> =
        volumes[0]["bookmarks"].as_array().unwrap().iter().map(|mark| mark[1].as_str().unwrap()).collect();
    for wanted in ["What was examined", "What was selected", "Limits", "Schedule, rows 1 to 40", "2023-11-14"]
    {
        assert!(marks.contains(&wanted), "{marks:?}");
    }
    let text = text_of(&volumes);
    let told = json(&made(&folder).join("exhibit.json"));
    let counts = format!("took {} of {} messages", told["records"]["messages"], told["of"]["messages"]);
    for wanted in [
        "time > 2023-11-14",
        &counts,
        "Europe/London (+00:00)",
        "attributed: ",
        "AB0098",
        "AB0100",
        "Hash list",
        "wal:",
    ] {
        assert!(text.contains(wanted), "{wanted}");
    }
    let slice = json(&made(&folder).join("slice/data/report.json"));
    for record in slice["messages"].as_array().unwrap() {
        let id = record["id"].as_str().unwrap().trim_start_matches("message-");
        assert!(text.contains(&id[..8]), "{id}");
        if let Some(body) = record["body"].as_str().filter(|body| body.is_ascii() && body.len() < 20) {
            assert!(text.contains(body), "{body}");
        }
    }
    for file in slice["files"].as_array().unwrap() {
        assert!(text.contains(file["sha256"].as_str().unwrap()), "{file}");
    }
}

/// Bodies of adversaries: markup and code of Typst, direction changes, NUL, glyphs that few fonts have.
const HOSTILE: &[(&str, &str)] = &[
    ("#import \"/etc/passwd\": *", "#import \"/etc/passwd\": *"),
    (
        "$ x^2 $ *bold* _it_ = head \\ // c /* d */ `raw` <label> @ref",
        "$ x^2 $ *bold* _it_ = head \\ // c /* d */ `raw` <label> @ref",
    ),
    ("#read(\"/volume.json\") #sys.inputs ]] } #]", "#read(\"/volume.json\") #sys.inputs ]] } #]"),
    ("-- --- ... \"quotes\" 'single' fi ffi ~ x", "-- --- ... \"quotes\" 'single' fi ffi ~ x"),
    ("nul\u{0}esc\u{1b}[31m", "nul⟨U+0000⟩esc⟨U+001B⟩[31m"),
    ("\u{202e}gpj.exe\u{2066}", "⟨U+202E⟩gpj.exe⟨U+2066⟩"),
    ("fake ⟨U+0041⟩ code", "fake ⟨U+27E8⟩U+0041⟩ code"),
    ("cuneiform \u{12000} linear \u{10000}", "cuneiform ⟨U+12000⟩ linear ⟨U+10000⟩"),
];

#[test]
fn hostile_bodies_come_out_as_plain_text() {
    if !has_pages() {
        return;
    }
    let evidence = tempfile::tempdir().unwrap();
    let path = evidence.path().join(SMS);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::copy(root().join("samples/android").join(SMS), &path).unwrap();
    let database = rusqlite::Connection::open(&path).unwrap();
    let add = |number: i64, body: &str| {
        let sql = "INSERT INTO sms (thread_id, address, date, date_sent, read, type, body) VALUES (9, '+15550199', ?1, 0, 1, 1, CAST(?2 AS TEXT))";
        database.execute(sql, rusqlite::params![1_700_000_000_123_i64 + number, body.as_bytes()]).unwrap();
    };
    (0..).zip(HOSTILE).for_each(|(number, (body, _))| add(number, body));
    add(100, "שלום עולם, مرحبا بالعالم");
    add(101, &"word ".repeat(200_000));
    add(102, &format!("{}END", "x".repeat(5_000)));
    drop(database);
    let (report, _) = common::parsed(evidence.path().to_str().unwrap(), &["--views", "live"]);
    let folder = exhibit(
        &folder_of(&report),
        &[
            "--select",
            "party = +15550199",
            "--no-system-fonts",
            "--font-path",
            "/usr/share/fonts/truetype/dejavu",
        ],
    );
    let Some(volumes) = volumes(&made(&folder)) else { return };
    let text = text_of(&volumes);
    for (_, wanted) in HOSTILE {
        assert!(text.contains(wanted), "{wanted}");
    }
    assert_eq!(text.matches("word").count(), 200_000, "a body of a megabyte is whole");
    let long = text.replace(' ', "");
    assert!(long.contains("xxxxEND"), "a word longer than its column goes on on the next line");
    let told = json(&made(&folder).join("exhibit.json"));
    let missing = told["volumes"].to_string();
    assert!(missing.contains("U+12000") && missing.contains("U+10000"), "{missing}");
    assert!(text.contains("In no font at hand, shown as code points: U+10000 (1), U+12000 (1)"));
    assert!(text.contains("U+202E (1)"));
}

#[test]
fn without_a_font_the_ones_to_install_are_told() {
    if !has_pages() {
        return;
    }
    let work = tempfile::tempdir().unwrap();
    let fonts = work.path().join("fonts");
    fs::create_dir(&fonts).unwrap();
    let run = run(
        &folder_of(&report().0),
        &work.path().join("AB1"),
        &["--select", "body ~ a", "--no-system-fonts", "--font-path", fonts.to_str().unwrap()],
    );
    assert_eq!(run.status.code(), Some(2));
    assert!(said(&run).contains("fonts-dejavu-core"), "{}", said(&run));
    assert!(!work.path().join("AB1").exists(), "nothing that looks like an exhibit is left");
}
