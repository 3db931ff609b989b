//! The second half of `verify`: the whole run once more, and the two reports side by side. The places that a record names show that
//! what it says stands there; only a run shows that nothing was left out.
//!
//! ```text
//! report.json ─┐ line by line: a record is a line, so memory does not grow with the messages
//! made again ──┴─► equal ─► done
//!                  differ ─► record by record, by id; then the rest, key by key
//! ```

use super::args::VerifyOptions;
use super::parse::{Job, make};
use super::verify::{open_head, request, views};
use super::{Refusal, catalog};
use affiant::artifact::{Difference, RunOptions, survey};
use affiant::evidence::Evidence;
use affiant::record::{Moment, parse_utc};
use affiant::report::{self, Case, Head};
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use std::collections::{BTreeSet, HashMap};
use std::fs::File;
use std::io::{self, BufRead as _, BufReader};
use std::path::Path;

/// Makes the report again and adds what differs, but for places that are named already.
pub(super) fn compare(
    options: &VerifyOptions,
    head: &Head,
    evidence: &Evidence,
    differences: &mut Vec<Difference>,
) -> Result<(), Refusal> {
    let folder = tempfile::tempdir()?;
    let (only, request) = match asked(head) {
        Ok(asked) => asked,
        Err(place) => {
            differences.push(difference(&place, "no run can be asked for this"));
            return Ok(());
        }
    };
    let Some(case) = Case::of_json(head.get("case")) else {
        differences.push(difference("case", "no run can be asked for this"));
        return Ok(());
    };
    let catalog = match catalog(options.formats.as_deref(), &only) {
        Ok(catalog) => catalog,
        Err(Refusal(message)) => {
            differences.push(difference("tool.options.only", &message));
            return Ok(());
        }
    };
    let survey = survey(evidence, catalog.definitions())?;
    let job = Job { output: folder.path(), only: &only, request: &request, case: &case };
    make(&job, &survey, &|_| {})?;
    let (said, made) =
        (report::payload(&options.report).join("report.json"), folder.path().join("report.json"));
    if !same_lines(&said, &made)? {
        name_differences((&said, head), &made, differences)?;
    }
    Ok(())
}

/// The options of the run, as the report gives them.
///
/// # Errors
/// The place of one that no run can have had.
fn asked(head: &Head) -> Result<(Vec<String>, RunOptions), String> {
    let place = |name: &str| format!("tool.options.{name}");
    let option = |name: &str| head.get("tool").get("options").and_then(|options| options.get(name));
    let names = |name: &str| -> Result<Vec<String>, String> {
        let list = option(name).and_then(Value::as_array).ok_or_else(|| place(name))?;
        list.iter().map(|text| text.as_str().map(str::to_owned).ok_or_else(|| place(name))).collect()
    };
    let moment = |name: &str| -> Result<Option<Moment>, String> {
        match option(name) {
            Some(Value::Null) => Ok(None),
            Some(Value::String(text)) => {
                parse_utc(text).map(|(moment, _)| Some(moment)).ok_or_else(|| place(name))
            }
            _ => Err(place(name)),
        }
    };
    let mut request = request(head);
    request.period.from = moment("from")?;
    request.period.to = moment("to")?;
    request.kinds = names("kinds")?;
    request.views = views(head).ok_or_else(|| place("views"))?;
    request.hash_all = head.get("inventory") == &Value::Bool(true);
    request.threads = std::thread::available_parallelism().map_or(1, Into::into);
    Ok((names("only")?, request))
}

/// Whether two reports are the same, but for what a copy of the evidence may change: its name, and the times of files.
fn same_lines(said: &Path, made: &Path) -> io::Result<bool> {
    let mut said = BufReader::new(File::open(said)?);
    let mut made = BufReader::new(File::open(made)?);
    let (mut one, mut other) = (Vec::new(), Vec::new());
    loop {
        one.clear();
        other.clear();
        if said.read_until(b'\n', &mut one)? + made.read_until(b'\n', &mut other)? == 0 {
            return Ok(true);
        }
        if one != other && !same_but_for_copying(&one, &other) {
            return Ok(false);
        }
    }
}

fn same_but_for_copying(one: &[u8], other: &[u8]) -> bool {
    const EVIDENCE: &[u8] = b"\"evidence\": ";
    let read = |line: &[u8]| {
        let json = line.strip_prefix(EVIDENCE).unwrap_or(line);
        let mut values = serde_json::Deserializer::from_slice(json).into_iter::<Value>();
        let value = values.next()?.ok()?;
        // The text of a number that JSON cannot hold exactly must not be forgiven, nor a member that stands twice.
        let written = serde_json::to_vec(&value).ok()?;
        let rest = json.strip_prefix(written.as_slice())?.to_vec();
        Some((line.starts_with(EVIDENCE), without_copying(value), rest))
    };
    read(one).is_some_and(|read_one| read(other) == Some(read_one))
}

/// A value without what a copy of the evidence may change: the name of the evidence, the times of a file.
fn without_copying(mut value: Value) -> Value {
    if let Some(members) = value.as_object_mut() {
        let is_file = members.contains_key("companions") && members.contains_key("definitions");
        let is_evidence = members.contains_key("kind") && members.contains_key("files");
        for name in [("times", is_file), ("name", is_evidence)] {
            if name.1 {
                members.remove(name.0);
            }
        }
    }
    match value {
        Value::Array(list) => Value::Array(list.into_iter().map(without_copying).collect()),
        other => other,
    }
}

fn name_differences(
    (said, head): (&Path, &Head),
    made: &Path,
    differences: &mut Vec<Difference>,
) -> Result<(), Refusal> {
    let before = differences.len();
    let named: BTreeSet<String> = differences.iter().map(|difference| difference.place.clone()).collect();
    let mut found = records(said, made)?;
    let again = open_head(made)?;
    let keys: BTreeSet<&str> = head.keys().chain(again.keys()).collect();
    for key in keys {
        if without_copying(head.get(key).clone()) != without_copying(again.get(key).clone()) {
            found.push(difference(key, "a run over the evidence gives something else"));
        }
    }
    differences.extend(found.into_iter().filter(|difference| !named.contains(&difference.place)));
    if differences.len() == before {
        let message = "its values are those of a run over the evidence, its bytes are not: order, spelling, or a member twice";
        differences.push(difference("report.json", message));
    }
    Ok(())
}

/// The records of two reports by id: those that differ, that stand in one alone, or twice.
fn records(said: &Path, made: &Path) -> Result<Vec<Difference>, Refusal> {
    let digest = |record: &Value| Sha256::digest(record.to_string());
    let mut expected = HashMap::new();
    report::records(File::open(made)?, &mut |plural, record| {
        expected.insert(id(&record), (plural.to_owned(), digest(&record), false));
        true
    })?;
    let mut differences = Vec::new();
    report::records(File::open(said)?, &mut |plural, record| {
        let id = id(&record);
        let message = match expected.get_mut(&id) {
            None => Some("a run over the evidence gives no such record".to_owned()),
            Some((_, _, true)) => Some("it stands there twice".to_owned()),
            Some((known, digest_made, seen)) => {
                *seen = true;
                if known != plural {
                    Some(format!("it stands under {plural}; a run over the evidence puts it under {known}"))
                } else {
                    (*digest_made != digest(&record))
                        .then(|| "a run over the evidence gives another record".to_owned())
                }
            }
        };
        differences.extend(message.map(|message| difference(&id, &message)));
        true
    })?;
    let mut left_out: Vec<&String> =
        expected.iter().filter(|(_, (_, _, seen))| !seen).map(|(id, _)| id).collect();
    left_out.sort();
    let message = "a run over the evidence gives this record; the report leaves it out";
    differences.extend(left_out.into_iter().map(|id| difference(id, message)));
    Ok(differences)
}

fn id(record: &Value) -> String {
    record.get("id").and_then(Value::as_str).unwrap_or("a record without an id").to_owned()
}

fn difference(place: &str, message: &str) -> Difference {
    Difference { place: place.to_owned(), message: message.to_owned() }
}
