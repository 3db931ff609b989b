//! A case like those of 2020: the encrypted Realm of one handset, disclosed tables of the other. What was planted is found, each of it
//! once, and nothing else.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod common;
mod realm_writer;

use common::{affiant, parsed, root};
use realm_writer::{Cell, Format, Kind, Writer, field};
use serde_json::Value;
use std::collections::BTreeSet;
use std::fs;

const EVIDENCE: &str = "samples/encrochat/evidence";
const REALM: &str = "data/data/org.example.messenger/files/default.realm";
const KEYS: &str = "samples/encrochat/keys.toml";
const MAPPING: &str = "samples/encrochat/mapping";

fn plan() -> Value {
    serde_json::from_slice(&fs::read(root().join("samples/encrochat/plan.json")).unwrap()).unwrap()
}

fn report() -> (tempfile::TempDir, Value) {
    parsed(EVIDENCE, &["--keys", KEYS, "--formats", MAPPING])
}

fn list<'r>(report: &'r Value, key: &str) -> &'r [Value] {
    report[key].as_array().unwrap()
}

/// The messages of the handset's Realm.
fn of_realm(report: &Value) -> Vec<&Value> {
    list(report, "messages").iter().filter(|message| message["artifact"] == "encrochat.realm").collect()
}

fn entries<'r>(report: &'r Value, section: &str, rule: &str) -> Vec<&'r Value> {
    let all = report["analysis"][section].as_array().unwrap().iter();
    all.filter(|entry| entry["rule"] == rule).collect()
}

fn record<'r>(report: &'r Value, id: &Value) -> &'r Value {
    list(report, "messages").iter().find(|message| message["id"] == *id).unwrap()
}

fn milliseconds(at: &Value) -> Cell {
    at.as_i64().map_or(Cell::Null, |at| Cell::Time(at.div_euclid(1000), at.rem_euclid(1000) * 1_000_000))
}

#[test]
#[ignore = "writes samples/encrochat anew, from the plan that samples/build.py makes"]
fn write_the_sample() {
    let (plan, mut file) = (plan(), Writer::new(Format::Nine));
    file.class("Account", vec![field("handle", Kind::Text), field("imei", Kind::Text)]);
    file.class(
        "Contact",
        vec![
            field("account", Kind::Link("Account")),
            field("handle", Kind::Text),
            field("nickname", Kind::Text),
        ],
    );
    file.class(
        "Message",
        vec![
            field("number", Kind::Int),
            field("peer", Kind::Link("Contact")),
            field("outgoing", Kind::Bool),
            field("text", Kind::Text),
            field("sentAt", Kind::Time),
            field("receivedAt", Kind::Time).nullable(),
            field("burnAt", Kind::Time).nullable(),
        ],
    );
    let text = |value: &Value| Cell::text(value.as_str().unwrap());
    let account =
        file.insert("Account", vec![text(&plan["account"]["handle"]), text(&plan["account"]["imei"])]);
    let contacts = plan["contacts"].as_array().unwrap();
    for contact in contacts {
        let first = contact.get("before").unwrap_or(&contact["nickname"]);
        file.insert("Contact", vec![Cell::Link(account), text(&contact["handle"]), text(first)]);
    }
    for message in plan["messages"].as_array().unwrap().iter().filter(|message| message["fate"] != "never") {
        let cells = vec![
            Cell::Int(message["number"].as_i64().unwrap()),
            Cell::Link(message["peer"].as_i64().unwrap()),
            Cell::Bool(message["outgoing"].as_bool().unwrap()),
            text(&message["text"]),
            milliseconds(&message["sent"]),
            milliseconds(&message["received"]),
            milliseconds(&message["burn"]),
        ];
        file.insert("Message", cells);
    }
    file.commit();
    delete(&mut file, &plan, "free");
    file.commit();
    delete(&mut file, &plan, "previous");
    file.set("Contact", 0, "nickname", text(&contacts[0]["nickname"]));
    file.commit();
    let key = fs::read_to_string(root().join(KEYS)).unwrap();
    let key = hex::decode(key.split('"').nth(3).unwrap()).unwrap();
    let path = root().join(EVIDENCE).join(REALM);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, file.encrypted(&key.try_into().unwrap())).unwrap();
}

fn delete(file: &mut Writer, plan: &Value, fate: &str) {
    for message in plan["messages"].as_array().unwrap().iter().filter(|message| message["fate"] == fate) {
        let number = Cell::Int(message["number"].as_i64().unwrap());
        let key = file.rows("Message").into_iter().find(|(_, cells)| cells[0] == number).unwrap().0;
        file.delete("Message", key);
    }
}

#[test]
fn every_message_of_the_plan_is_there_in_the_state_that_it_has_and_no_other() {
    let (_folder, report) = report();
    let mut expected = BTreeSet::new();
    for message in plan()["messages"].as_array().unwrap() {
        let (state, view) = match message["fate"].as_str().unwrap() {
            "live" => ("live", "live"),
            "previous" => ("deleted", "previous"),
            "free" => ("deleted", "free"),
            _ => continue,
        };
        let direction = if message["outgoing"] == true { "outgoing" } else { "incoming" };
        let text = message["text"].as_str().unwrap();
        expected
            .insert(format!("{} {state} {view} {direction} {text} {}", message["number"], message["sent"]));
    }
    let told = |message: &&Value| {
        let word = |value: &Value| value.as_str().unwrap().to_owned();
        format!(
            "{} {} {} {} {} {}",
            word(&message["native_id"]),
            word(&message["state"]),
            word(&message["provenance"]["rows"][0]["view"]),
            word(&message["direction"]),
            word(&message["body"]),
            message["sent_at"]["raw"].as_i64().unwrap() / 1_000_000
        )
    };
    let of_realm = of_realm(&report);
    assert_eq!(of_realm.iter().map(told).collect::<BTreeSet<_>>(), expected);
    assert_eq!(of_realm.len(), expected.len());
    assert!(of_realm.iter().all(|message| message["certainty"] == "candidate"));
}

#[test]
fn a_nickname_says_whose_address_book_gave_it_and_what_it_was_before() {
    let (_folder, report) = report();
    let told = |contact: &Value| {
        ["handles/0/value", "nickname", "account", "state", "certainty"]
            .map(|path| contact.pointer(&format!("/{path}")).and_then(Value::as_str).unwrap_or("").to_owned())
            .join(" | ")
    };
    let mut contacts: Vec<String> = list(&report, "contacts").iter().map(told).collect();
    contacts.sort();
    assert_eq!(
        contacts,
        [
            "late-marten@crypto.example | Marten <new> | quiet-ibis@crypto.example | live | candidate",
            "north-badger@crypto.example | Badger | quiet-ibis@crypto.example | live | candidate",
            "north-badger@crypto.example | Bagder | quiet-ibis@crypto.example | superseded | candidate",
        ]
    );
    let books = entries(&report, "attribution", "address-book");
    assert!(
        books.iter().any(|tie| tie["handle"] == "north-badger@crypto.example"
            && tie["name"] == "Badger"
            && tie["account"] == "quiet-ibis@crypto.example"),
        "{books:#?}"
    );
}

#[test]
fn duplicates_that_were_planted_are_found_and_no_others() {
    let (_folder, report) = report();
    let groups = entries(&report, "duplicates", "same-native-id");
    let ids = |group: &&Value| group["native_id"].as_str().unwrap().to_owned();
    let mut found: Vec<String> = groups.iter().map(ids).collect();
    found.sort();
    // The row that stands twice, and the five that the CSV file and the workbook both hold.
    assert_eq!(found, ["507", "537", "538", "539", "540", "541"]);
    assert!(groups.iter().all(|group| group["occurrences"] == 2), "{groups:#?}");
    assert!(entries(&report, "duplicates", "same-text-parties-time").is_empty());
    assert!(entries(&report, "duplicates", "same-native-id-other-content").is_empty());
}

#[test]
fn gaps_that_were_planted_are_found_and_no_others() {
    let (_folder, report) = report();
    let silent = entries(&report, "gaps", "silent-span");
    let spans: BTreeSet<(String, String)> = silent
        .iter()
        .map(|span| {
            (span["from"].as_str().unwrap()[..10].to_owned(), span["to"].as_str().unwrap()[..10].to_owned())
        })
        .collect();
    assert_eq!(spans, BTreeSet::from([("2020-04-08".to_owned(), "2020-04-17".to_owned())]), "{silent:#?}");
    assert_eq!(silent.len(), 2, "once on the handset, once in the table of the other side");
    let holes = entries(&report, "gaps", "sequence-hole");
    let numbers: Vec<(i64, i64)> = holes
        .iter()
        .map(|hole| (hole["first_missing"].as_i64().unwrap(), hole["last_missing"].as_i64().unwrap()))
        .collect();
    assert_eq!(numbers, [(1010, 1011)], "{holes:#?}");
    let one_sided = entries(&report, "gaps", "one-sided");
    assert_eq!(one_sided.len(), 1, "{one_sided:#?}");
    assert_eq!((&one_sided[0]["direction"], &one_sided[0]["messages"]), (&"incoming".into(), &6.into()));
}

#[test]
fn both_sides_of_a_message_are_held_together_and_the_clock_of_the_other_is_three_seconds_ahead() {
    let (_folder, report) = report();
    let pairs = entries(&report, "time", "two-sides");
    let of_a: Vec<&Value> = of_realm(&report)
        .into_iter()
        .filter(|message| message["body"].as_str().is_some_and(|body| body.starts_with("day")))
        .map(|message| &message["id"])
        .collect();
    assert_eq!(pairs.len(), of_a.len());
    for pair in &pairs {
        let records = pair["records"].as_array().unwrap();
        let sent_by_a = record(&report, &records[0])["artifact"] == "encrochat.realm";
        // Sent by the other at its time, received here by this clock: the pair is placed by what each side says was sent.
        assert_eq!(pair["seconds"], if sent_by_a { 3.0 } else { -3.0 }, "{pair}");
        assert!(records.iter().any(|id| of_a.contains(&id)), "{pair}");
    }
    let clocks = entries(&report, "time", "clock");
    let zone = |artifact: &str| {
        let clocks =
            clocks.iter().filter(|clock| clock["artifact"] == artifact && clock["field"] == "sent_at");
        clocks.map(|clock| clock["zone"].as_str().unwrap()).collect::<BTreeSet<_>>()
    };
    assert_eq!(zone("encrochat.realm"), BTreeSet::from(["UTC"]));
    assert_eq!(zone("table.northbadger"), BTreeSet::from(["Europe/Amsterdam", "UTC"]));
}

#[test]
fn verify_makes_every_record_again_and_explain_shows_the_bytes_of_a_value() {
    let (folder, report) = report();
    let path = folder.path().join("report");
    let path = path.to_str().unwrap();
    let run = affiant(&["verify", path, EVIDENCE, "--keys", KEYS, "--formats", MAPPING]).output().unwrap();
    let told = String::from_utf8_lossy(&run.stdout).into_owned() + &String::from_utf8_lossy(&run.stderr);
    assert_eq!(run.status.code(), Some(0), "{told}");
    for (view, number) in [("live", "1001"), ("previous", "1012"), ("free", "1013")] {
        let messages = of_realm(&report);
        let message = messages.iter().find(|message| message["native_id"] == number).unwrap();
        let id = message["id"].as_str().unwrap();
        let run =
            affiant(&["explain", path, id, EVIDENCE, "--keys", KEYS, "--formats", MAPPING]).output().unwrap();
        let told = String::from_utf8_lossy(&run.stdout).into_owned();
        assert_eq!(run.status.code(), Some(0), "{told}");
        let body = message["body"].as_str().unwrap();
        assert!(
            told.contains("class_Message/text, rowid") && told.contains(&format!("view {view}")),
            "{told}"
        );
        assert!(told.contains(&format!("text = {body:?}")), "{told}");
        let hex = hex::encode(&body.as_bytes()[..2]);
        assert!(told.contains(&hex), "{told}");
    }
}

#[test]
fn without_its_key_the_realm_is_told_as_encrypted_and_the_tables_are_read() {
    let (_folder, report) = parsed(EVIDENCE, &["--formats", MAPPING]);
    let encrypted = report["coverage"]["encrypted"].as_array().unwrap();
    assert_eq!(encrypted.len(), 1, "{encrypted:#?}");
    assert!(encrypted[0]["path"].as_str().unwrap().ends_with("default.realm"));
    assert!(of_realm(&report).is_empty() && !list(&report, "messages").is_empty());
}

#[test]
fn every_export_says_that_a_record_is_a_candidate_and_takes_a_report_that_says_of_which_case_it_is() {
    let (folder, _) = parsed(EVIDENCE, &["--keys", KEYS, "--formats", MAPPING, "--case", "R v Ibis"]);
    let (report, out) = (folder.path().join("report"), folder.path().join("exports"));
    let kinds = "csv,tsv,xlsx,timesketch,vcard,kml,parquet,lava,rsmf,case,html";
    let arguments = ["export", report.to_str().unwrap(), "--to", kinds, "--output", out.to_str().unwrap()];
    let run = affiant(&arguments).output().unwrap();
    assert!(matches!(run.status.code(), Some(0 | 1)), "{}", String::from_utf8_lossy(&run.stderr));
    for (file, words) in [
        ("csv/messages.csv", ",live,candidate,encrochat.realm,"),
        ("tsv/contacts.tsv", "\tsuperseded\tcandidate\tencrochat.realm\t"),
        ("timesketch.jsonl", " [deleted] [candidate] "),
        ("contacts.vcf", "NOTE:certainty: candidate"),
        ("case.jsonld", "\"affiant:certainty\":\"candidate\""),
    ] {
        let text = fs::read_to_string(out.join(file)).unwrap();
        assert!(text.contains(words), "{file} lacks {words}");
    }
}
