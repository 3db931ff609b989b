//! `report.html` holds what the report holds, and nothing of the evidence ever becomes markup. The page is read by html5ever, which is no
//! part of the program, and shown by Chromium where there is one.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod common;

use base64::Engine as _;
use scraper::{Html, Selector};
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

const SMS: &str = "data/user_de/0/com.android.providers.telephony/databases/mmssms.db";

/// What somebody might write who wants to be read by an examiner's browser.
fn hostile() -> Vec<String> {
    let mut bodies: Vec<String> = [
        "<script>document.title = 'owned'</script>",
        "</script><script>document.title = 'owned'</script>",
        "<!--<script>",
        "--></script></textarea></title></style><img src=x onerror=\"document.title = 'owned'\">",
        "<svg onload=\"document.title = 'owned'\"><iframe srcdoc='<script>1</script>'></iframe>",
        "javascript:alert(1) {{constructor.constructor('document.title = 1')()}} ${document.title = 1}",
        "invoice\u{202e}fdp.exe\u{202c} \u{2066}x\u{2069} \u{200b}\u{feff}\u{2028}\u{2029}",
        "before\u{0}after",
        "\u{1f469}\u{200d}\u{1f469}\u{200d}\u{1f467} \u{2764}\u{fe0f} می\u{200c}خواهم",
        "\",\"body\":\"injected\"}],\"values\":[",
        "\\u003cscript\\u003e \\\" '",
    ]
    .map(str::to_owned)
    .to_vec();
    bodies.push("<b>x</b>é".repeat(120_000));
    bodies
}

struct Page {
    _folder: tempfile::TempDir,
    /// The folder of the report.
    root: PathBuf,
    /// The folder that its files lie in.
    report: PathBuf,
}

impl Page {
    /// The page of the evidence in a folder.
    fn of(evidence: &Path, more: &[&str]) -> Page {
        let folder = tempfile::tempdir().unwrap();
        let report = folder.path().join("report");
        let run = Command::new(env!("CARGO_BIN_EXE_affiant"))
            .args(["parse", evidence.to_str().unwrap(), "-q", "-o", report.to_str().unwrap()])
            .args(more)
            .output()
            .unwrap();
        assert!(matches!(run.status.code(), Some(0 | 1)), "{}", String::from_utf8_lossy(&run.stderr));
        let files = if report.join("data").exists() { report.join("data") } else { report.clone() };
        Page { _folder: folder, root: report, report: files }
    }

    fn html(&self) -> String {
        fs::read_to_string(self.report.join("report.html")).unwrap()
    }

    fn json(&self) -> Value {
        serde_json::from_slice(&fs::read(self.report.join("report.json")).unwrap()).unwrap()
    }
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The Android sample, in a folder with a hostile name, with hostile text messages, names and apps.
fn hostile_evidence() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let evidence = folder.path().join("<img src=x onerror=alert(1)>\u{202e}");
    for file in common::files(&root().join("samples/android")) {
        let to = evidence.join(&file);
        fs::create_dir_all(to.parent().unwrap()).unwrap();
        fs::copy(root().join("samples/android").join(&file), to).unwrap();
    }
    let database = rusqlite::Connection::open(evidence.join(SMS)).unwrap();
    for (number, body) in hostile().iter().enumerate() {
        let address = format!("<i>{number}</i>\u{202e}");
        let insert = "INSERT INTO sms (thread_id, address, date, date_sent, read, type, body) VALUES (?, ?, ?, 0, 1, 1, ?)";
        database
            .execute(insert, rusqlite::params![9000 + number, address, 1_700_000_000_000_i64, body])
            .unwrap();
    }
    (folder, evidence)
}

/// Every element but those of the data, with its attributes.
fn elements(page: &Html) -> Vec<String> {
    let all = Selector::parse("*").unwrap();
    let told = page.select(&all).map(|element| {
        let attributes: Vec<String> =
            element.value().attrs().map(|(name, value)| format!("{name}={value}")).collect();
        format!("{} {}", element.value().name(), attributes.join(" "))
    });
    told.filter(|told| !is_data(told)).collect()
}

fn is_data(told: &str) -> bool {
    let Some(id) = told.strip_prefix("script ") else { return false };
    let id = id.split(' ').find_map(|attribute| attribute.strip_prefix("id=")).unwrap_or("");
    let parts = [
        "index",
        "records",
        "threads",
        "analysis-rules",
        "analysis-duplicates",
        "analysis-gaps",
        "analysis-time",
    ];
    let number = id.rsplit_once('-').map(|(kind, number)| (kind, number.parse::<u32>().is_ok()));
    told.contains("type=application/json")
        && (id == "head"
            || number
                .is_some_and(|(kind, is)| is && (parts.contains(&kind) || kind == "analysis-attribution")))
}

/// A value of the data as it stood in the report.
fn decoded(value: &Value, shapes: &[Value]) -> Value {
    let Some(list) = value.as_array() else { return value.clone() };
    match list[0].as_i64().unwrap() {
        -1 => list[1..].iter().map(|one| decoded(one, shapes)).collect(),
        -2 => serde_json::from_str(list[1].as_str().unwrap()).unwrap(),
        shape => {
            let keys = shapes[usize::try_from(shape).unwrap()].as_array().unwrap();
            assert_eq!(keys.len(), list.len() - 1);
            let members = keys.iter().zip(&list[1..]);
            members.map(|(key, one)| (key.as_str().unwrap().to_owned(), decoded(one, shapes))).collect()
        }
    }
}

/// The values of the parts of a kind, in a page or beside it.
fn values(page: &Page, kind: &str) -> Vec<Value> {
    let mut parts: Vec<(u32, Value)> = Vec::new();
    let html = Html::parse_document(&page.html());
    let scripts = Selector::parse("script[id]").unwrap();
    for element in html.select(&scripts) {
        if let Some(number) = element.value().id().unwrap().strip_prefix(&format!("{kind}-")) {
            let text: String = element.text().collect();
            parts.push((number.parse().unwrap(), serde_json::from_str(&text).unwrap()));
        }
    }
    let beside = fs::read_dir(page.report.join("report-parts")).into_iter().flatten();
    for file in beside.map(|entry| entry.unwrap().path()) {
        for line in fs::read_to_string(file).unwrap().lines() {
            let call = line.strip_prefix("affiantPart(").unwrap().strip_suffix(");").unwrap();
            let (name, part): (String, String) = serde_json::from_str(&format!("[{call}]")).unwrap();
            if let Some(number) = name.strip_prefix(&format!("{kind}-")) {
                parts.push((number.parse().unwrap(), serde_json::from_str(&part).unwrap()));
            }
        }
    }
    parts.sort_by_key(|(number, _)| *number);
    let of = |part: &Value| -> Vec<Value> {
        let shapes = part["shapes"].as_array().unwrap();
        part["values"].as_array().unwrap().iter().map(|value| decoded(value, shapes)).collect()
    };
    parts.iter().flat_map(|(_, part)| of(part)).collect()
}

/// Every record of a report, as text, sorted.
fn records(report: &Value) -> Vec<String> {
    let lists = report.as_object().unwrap().values().filter_map(Value::as_array).flatten();
    let mut records: Vec<String> =
        lists.filter(|entry| entry.get("provenance").is_some()).map(ToString::to_string).collect();
    records.sort();
    records
}

fn sorted(values: &[Value]) -> Vec<String> {
    let mut texts: Vec<String> = values.iter().map(ToString::to_string).collect();
    texts.sort();
    texts
}

#[test]
fn the_page_holds_every_record_as_it_is_in_the_report() {
    for (sample, more) in
        [("samples/android", &[][..]), ("samples/ios", &[]), ("samples/ios", &["--html-split", "10"])]
    {
        let page = Page::of(&root().join(sample), more);
        assert_eq!(page.report.join("report-parts").exists(), !more.is_empty());
        let report = page.json();
        let expected = records(&report);
        assert!(expected.len() > 100, "{sample}");
        assert_eq!(sorted(&values(&page, "records")), expected, "{sample}");
        for list in ["duplicates", "gaps", "time", "attribution", "rules"] {
            let entries: Vec<Value> = report["analysis"][list].as_array().unwrap().clone();
            assert_eq!(values(&page, &format!("analysis-{list}")), entries, "{sample} {list}");
        }
        let threads = values(&page, "threads");
        let counted: u64 = threads.iter().map(|thread| thread["count"].as_u64().unwrap()).sum();
        assert_eq!(counted, report["messages"].as_array().unwrap().len() as u64);
        assert!(threads.iter().any(|thread| thread["named_by"]["name"].is_string()));
    }
}

#[test]
fn hostile_texts_make_no_element_and_stand_in_the_data_as_they_are() {
    let (_folder, evidence) = hostile_evidence();
    let (clean, page) = (Page::of(&root().join("samples/android"), &[]), Page::of(&evidence, &[]));
    let html = page.html();
    let parsed = Html::parse_document(&html);
    assert_eq!(elements(&parsed), elements(&Html::parse_document(&clean.html())));
    assert_eq!(sorted(&values(&page, "records")), records(&page.json()));
    let bodies: BTreeSet<String> = values(&page, "records")
        .iter()
        .filter_map(|record| Some(record["body"].as_str()?.to_owned()))
        .collect();
    for body in &hostile() {
        assert!(bodies.contains(body), "{}", body.chars().take(40).collect::<String>());
    }
    assert!(
        !html.contains(['\u{202e}', '\u{0}', '\u{2028}', '\u{200b}']),
        "an invisible character stands in the source"
    );
}

#[test]
fn the_policy_lets_nothing_run_but_the_one_script() {
    let page = Page::of(&root().join("samples/android"), &[]);
    let html = Html::parse_document(&page.html());
    let one = |selector: &str| html.select(&Selector::parse(selector).unwrap()).next().unwrap();
    let policy = one("meta[http-equiv=Content-Security-Policy]").value().attr("content").unwrap().to_owned();
    let hash = |selector: &str| {
        let text: String = one(selector).text().collect();
        format!("'sha256-{}'", base64::prelude::BASE64_STANDARD.encode(Sha256::digest(text)))
    };
    let told: Vec<&str> = policy.split("; ").collect();
    assert!(
        told.contains(&"default-src 'none'") && told.contains(&"require-trusted-types-for 'script'"),
        "{policy}"
    );
    assert!(told.contains(&format!("script-src {}", hash("script:not([type])")).as_str()), "{policy}");
    assert!(told.contains(&format!("style-src {}", hash("style")).as_str()), "{policy}");
    let source = page.html();
    for sink in [
        "innerHTML",
        "outerHTML",
        "insertAdjacentHTML",
        "document.write",
        "eval(",
        "new Function",
        "fetch(",
        "http-equiv=\"refresh",
    ] {
        assert!(!source.contains(sink), "{sink}");
    }
}

#[test]
fn the_same_report_gives_the_same_page_and_its_hash_list_covers_it() {
    let one = Page::of(&root().join("samples/android"), &["--html-split", "10", "--threads", "1"]);
    let other = Page::of(&root().join("samples/android"), &["--html-split", "10", "--threads", "3"]);
    let files = common::files(&one.report);
    assert!(files.iter().filter(|file| file.starts_with("report-parts")).count() > 5);
    for file in
        files.iter().filter(|file| !file.ends_with("run.json") && !file.ends_with("manifest-sha256.txt"))
    {
        assert!(
            fs::read(one.report.join(file)).unwrap() == fs::read(other.report.join(file)).unwrap(),
            "{}",
            file.display()
        );
    }
    let list = fs::read_to_string(one.root.join("manifest-sha256.txt")).unwrap();
    for file in files.iter().filter(|file| !file.ends_with("manifest-sha256.txt")) {
        assert!(list.lines().any(|line| line.ends_with(file.to_str().unwrap())), "{}", file.display());
    }
    let check = Command::new("sha256sum")
        .args(["-c", "--quiet", "manifest-sha256.txt"])
        .current_dir(&one.root)
        .status();
    assert!(check.unwrap().success());
    let verify = |report: &Path| {
        let arguments = ["verify", report.to_str().unwrap(), "samples/android"];
        Command::new(env!("CARGO_BIN_EXE_affiant")).args(arguments).current_dir(root()).output().unwrap()
    };
    assert_eq!(verify(&one.root).status.code(), Some(0));
    let part = one.report.join("report-parts/records-00000.js");
    fs::write(&part, fs::read_to_string(&part).unwrap().replacen("incoming", "outgoing", 1)).unwrap();
    let told = verify(&one.root);
    assert_eq!(told.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&told.stdout).contains("report-parts/records-00000.js: SHA-256"));
}

#[test]
fn export_makes_the_page_that_parse_makes_and_no_html_leaves_it_out() {
    let page = Page::of(&root().join("samples/ios"), &[]);
    let bare = Page::of(&root().join("samples/ios"), &["--no-html"]);
    assert!(!bare.report.join("report.html").exists());
    let out = tempfile::tempdir().unwrap();
    let to = out.path().join("page");
    let arguments = ["export", bare.root.to_str().unwrap(), "--to", "html", "-q", "-o", to.to_str().unwrap()];
    let run = Command::new(env!("CARGO_BIN_EXE_affiant")).args(arguments).output().unwrap();
    assert_eq!(run.status.code(), Some(0), "{}", String::from_utf8_lossy(&run.stderr));
    assert!(fs::read(to.join("report.html")).unwrap() == fs::read(page.report.join("report.html")).unwrap());
}

/// What Chromium makes of a page, as markup; nothing where there is no Chromium.
fn shown(page: &Page, section: &str) -> Option<String> {
    let browser = ["chromium", "chromium-browser", "google-chrome"]
        .into_iter()
        .find(|name| Command::new(name).arg("--version").output().is_ok_and(|run| run.status.success()));
    let Some(browser) = browser else {
        println!("skipped: there is no Chromium");
        return None;
    };
    let profile = tempfile::tempdir().unwrap();
    let run = Command::new(browser)
        .args([
            "--headless=new",
            "--no-sandbox",
            "--disable-gpu",
            "--virtual-time-budget=8000",
            "--dump-dom",
            "--window-size=1400,20000",
        ])
        .arg(format!("--user-data-dir={}", profile.path().display()))
        .arg(format!("file://{}#/{section}", page.report.join("report.html").display()))
        .output()
        .unwrap();
    Some(String::from_utf8_lossy(&run.stdout).into_owned())
}

#[test]
fn a_browser_shows_hostile_texts_as_text() {
    let (_folder, evidence) = hostile_evidence();
    for more in [&[][..], &["--html-split", "10"]] {
        let page = Page::of(&evidence, more);
        let Some(dom) = shown(&page, "timeline") else { return };
        let dom = Html::parse_document(&dom);
        let count = |selector: &str| dom.select(&Selector::parse(selector).unwrap()).count();
        let text: String = dom.root_element().text().collect();
        assert!(count("#main .row") > 100, "{} rows", count("#main .row"));
        assert_eq!(count("img, iframe, object, embed, script[src], #main i, #main b"), 0);
        assert_eq!(count("script:not([type])"), 1);
        let marks: Vec<String> =
            dom.select(&Selector::parse("#main .mark").unwrap()).map(|mark| mark.text().collect()).collect();
        for mark in ["U+202E", "U+2066", "U+200B", "U+FEFF", "U+2028"] {
            assert!(marks.iter().any(|shown| shown == mark), "{mark}: {marks:?}");
        }
        assert!(text.contains("<script>document.title = 'owned'</script>"));
        assert!(
            text.contains("\u{1f469}\u{200d}\u{1f469}\u{200d}\u{1f467} \u{2764}\u{fe0f} می\u{200c}خواهم"),
            "what belongs to a letter stays"
        );
        let title: String = dom.select(&Selector::parse("title").unwrap()).next().unwrap().text().collect();
        assert_eq!(title, "affiant report: <img src=x onerror=alert(1)>[U+202E]");
    }
}

#[test]
fn a_browser_shortens_a_body_of_a_megabyte() {
    let (_folder, evidence) = hostile_evidence();
    let page = Page::of(&evidence, &[]);
    let threads = values(&page, "threads");
    let key = (9000 + hostile().len() - 1).to_string();
    let thread = threads.iter().position(|thread| thread["conversation"] == key.as_str()).unwrap();
    let Some(dom) = shown(&page, &format!("conversations/{thread}")) else { return };
    let dom = Html::parse_document(&dom);
    let bubble = dom.select(&Selector::parse(".bubble").unwrap()).next().unwrap();
    let text: String = bubble.text().collect();
    assert!(text.contains("Show all 1,080,000 characters"), "{}", text.chars().take(200).collect::<String>());
    assert!(text.chars().count() < 3_000);
}
