//! What stands before the schedule: what was examined and how, the selection verbatim with its counts, how to read the rows, limits.

use super::Request;
use super::gather::{Gathered, Log};
use super::plain::Plain;
use super::select::Selection;
use crate::report::export::Source;
use serde_json::{Value, json};
use std::io;

/// Findings that are named one by one.
const FINDINGS: usize = 40;

/// What the front matter and the slice say beside the records, redacted.
pub(super) struct Front {
    /// What the examiner said of the case; null where nothing.
    pub(super) case: Value,
    pub(super) evidence: Value,
    pub(super) device: Value,
    /// The files that the records rest on.
    pub(super) files: Vec<Value>,
    /// The selections, verbatim.
    pub(super) selections: Vec<Value>,
    /// Whether each is about messages alone.
    of_messages: Vec<bool>,
    findings: Vec<Value>,
}

impl Front {
    /// Takes out what rules withhold wherever it stands.
    pub(super) fn new(source: &Source, request: &Request, gathered: &mut Gathered) -> io::Result<Self> {
        let head = &source.head;
        let rules = &request.rules;
        let clean = |log: &mut Log, value: &Value, place: &str| -> io::Result<Value> {
            let mut value = value.clone();
            log.add(&rules.redact_everywhere(&mut value, place))?;
            Ok(value)
        };
        let log = &mut gathered.log;
        let case = clean(log, head.get("case"), "case")?;
        let evidence = clean(log, head.get("evidence"), "evidence")?;
        let device = clean(log, head.get("device"), "device")?;
        let is_needed = |file: &&Value| file["id"].as_u64().is_some_and(|id| gathered.files.contains(&id));
        let mut files = Vec::new();
        for file in head.list("files").iter().filter(is_needed) {
            files.push(clean(log, file, &format!("file {}", file["id"]))?);
        }
        let mut selections = Vec::new();
        for selection in &request.selections {
            selections.push(clean(log, &selection.text().into(), "selection")?);
        }
        let mut findings = Vec::new();
        for finding in head.list("findings").iter().filter(|finding| finding["loss"] == true).take(FINDINGS) {
            findings.push(clean(log, finding, "finding")?);
        }
        let of_messages = request.selections.iter().map(Selection::is_of_messages).collect();
        Ok(Front { of_messages, case, evidence, device, files, selections, findings })
    }

    /// The sections, each a title and lines of a name and runs of text.
    pub(super) fn sections(
        &self,
        source: &Source,
        request: &Request,
        (gathered, slice): (&Gathered, &str),
        plain: &mut Plain<'_>,
    ) -> Vec<Value> {
        vec![
            section("What was examined", self.examined(gathered, plain)),
            section("How it was examined", how(source, request, (gathered, slice), plain)),
            section("What was selected", self.selected(source, gathered, plain)),
            section("How to read the schedule", reading(request, gathered)),
            section("Limits", self.limits(source, gathered, plain)),
        ]
    }

    fn examined(&self, gathered: &Gathered, plain: &mut Plain<'_>) -> Vec<Value> {
        let mut lines = Vec::new();
        for (name, label) in [
            ("name", "Case"),
            ("exhibit", "Exhibit examined"),
            ("operator", "Operator"),
            ("authority", "Authority"),
        ] {
            push(&mut lines, label, plain.runs(&self.case[name]));
        }
        for (name, label) in [
            ("name", "Evidence"),
            ("kind", "Kind of evidence"),
            ("files", "Files in it"),
            ("bytes", "Bytes in it"),
            ("sha256", "SHA-256 of it"),
        ] {
            push(&mut lines, label, plain.runs(&self.evidence[name]));
        }
        for (name, fact) in self.device.as_object().into_iter().flatten().filter(|(name, _)| *name != "extra")
        {
            push(&mut lines, &format!("Device: {}", name.replace('_', " ")), plain.runs(&fact["value"]));
        }
        for identifier in &gathered.identifiers {
            let kind = identifier["kind"].as_str().unwrap_or("identifier").replace('_', " ");
            let slot = identifier["slot"].as_u64().map_or(String::new(), |slot| format!(", slot {slot}"));
            push(&mut lines, &format!("Identifier: {kind}{slot}"), plain.runs(&identifier["value"]));
        }
        lines
    }

    fn selected(&self, source: &Source, gathered: &Gathered, plain: &mut Plain<'_>) -> Vec<Value> {
        let mut lines = Vec::new();
        let of = |plural: &str| source.counts.get(plural).copied().unwrap_or(0);
        let counts = |taken: &std::collections::BTreeMap<&'static str, u64>| {
            let told: Vec<String> = taken
                .iter()
                .map(|(plural, taken)| format!("{taken} of {} {}", of(plural), plural.replace('_', " ")))
                .collect();
            if told.is_empty() { format!("0 of {} messages", of("messages")) } else { told.join(", ") }
        };
        for (index, (text, taken)) in self.selections.iter().zip(&gathered.taken).enumerate() {
            push(&mut lines, &format!("Selection {}, verbatim", index + 1), plain.runs(text));
            say(
                &mut lines,
                "",
                &format!(
                    "took {}{}",
                    counts(taken),
                    if self.of_messages.get(index) == Some(&true) {
                        " (it names neither kinds nor ids, and so is about messages alone)"
                    } else {
                        ""
                    }
                ),
            );
        }
        if self.selections.len() > 1 {
            say(
                &mut lines,
                "Together",
                &format!("{} (a record that several took stands once)", counts(&gathered.selected)),
            );
        }
        let states: Vec<String> =
            gathered.states.iter().map(|(state, count)| format!("{count} {state}")).collect();
        say(&mut lines, "By state", &states.join(", "));
        for id in &gathered.unknown {
            push(&mut lines, "Named, and not in the report", plain.runs(&id.as_str().into()));
        }
        lines
    }

    fn limits(&self, source: &Source, gathered: &Gathered, plain: &mut Plain<'_>) -> Vec<Value> {
        let mut lines = Vec::new();
        say(
            &mut lines,
            "Selection",
            "The schedule holds what the selection took and nothing else. What the program could not read it could not select.",
        );
        let losses = source.head.list("findings").iter().filter(|finding| finding["loss"] == true).count();
        say(
            &mut lines,
            "Not read",
            &format!("The report names {losses} places at which some evidence could not be read."),
        );
        for finding in &self.findings {
            let mut runs = plain.runs(&finding["message"]);
            if !finding["path"].is_null() {
                runs.push(" — ".into());
                runs.extend(plain.runs(&finding["path"]));
            }
            push(&mut lines, "", runs);
        }
        if losses > FINDINGS {
            say(
                &mut lines,
                "",
                &format!("and {} more, which `findings` of the report names.", losses - FINDINGS),
            );
        }
        let apps = source.head.get("coverage")["apps"].as_array().into_iter().flatten();
        let unread = apps.filter(|app| app["status"] != "parsed" && app["status"] != "empty").count();
        let encrypted = source.head.get("coverage")["encrypted"].as_array().map_or(0, Vec::len);
        say(
            &mut lines,
            "Not understood",
            &format!(
                "{unread} applications have no definition, are encrypted or could not be read; {encrypted} files look encrypted and were not opened (`coverage` of the report)."
            ),
        );
        if gathered.log.count > 0 {
            say(
                &mut lines,
                "Withheld",
                &format!(
                    "{} values or parts of values, before anything was typeset; the log at the end names record, field, reason and authority.",
                    gathered.log.count
                ),
            );
        }
        lines
    }
}

fn section(title: &str, lines: Vec<Value>) -> Value {
    json!({"title": title, "lines": lines})
}

fn push(lines: &mut Vec<Value>, label: &str, runs: Vec<Value>) {
    if !runs.is_empty() {
        lines.push(json!({"label": label, "text": runs}));
    }
}

/// A line of our own words.
fn say(lines: &mut Vec<Value>, label: &str, text: &str) {
    push(lines, label, vec![text.into()]);
}

fn how(
    source: &Source,
    request: &Request,
    (gathered, slice): (&Gathered, &str),
    plain: &mut Plain<'_>,
) -> Vec<Value> {
    let mut lines = Vec::new();
    let tool = source.head.get("tool");
    let version = tool["version"].as_str().unwrap_or("");
    say(
        &mut lines,
        "Read by",
        &format!("affiant {version}; typeset by affiant {}", env!("CARGO_PKG_VERSION")),
    );
    say(&mut lines, "Report", &format!("report.json, SHA-256 {}", source.sha256()));
    say(
        &mut lines,
        "Slice",
        &format!("slice/data/report.json, SHA-256 {slice}: these records and their places, for machines"),
    );
    say(&mut lines, "Dated", &request.date);
    let used = tool["definitions"].as_array().into_iter().flatten();
    for used in used.filter(|used| used["id"].as_str().is_some_and(|id| gathered.artifacts.contains(id))) {
        let id = used["id"].as_str().unwrap_or("");
        let text =
            format!("{id}, version {}, SHA-256 {}", used["version"], used["sha256"].as_str().unwrap_or(""));
        push(&mut lines, "Definition", plain.runs(&text.into()));
    }
    push(&mut lines, "Options of the reading", plain.runs(&tool["options"].to_string().into()));
    say(
        &mut lines,
        "To check",
        "`affiant verify slice EVIDENCE` makes every record again from the bytes at its places; `affiant explain slice RECORD EVIDENCE` shows them with the commands by which anyone can repeat it.",
    );
    lines
}

fn reading(request: &Request, gathered: &Gathered) -> Vec<Value> {
    let mut lines = Vec::new();
    say(
        &mut lines,
        "Number, id",
        &format!(
            "The id is the beginning ({} digits) of the record's id in report and slice; no other row here has it.",
            gathered.digits
        ),
    );
    let zone = if request.zone.is_utc() {
        "Times are in UTC.".to_owned()
    } else {
        format!(
            "Times are in UTC and, below it, in {} with the offset from UTC that holds there at that moment.",
            request.zone.name()
        )
    };
    say(
        &mut lines,
        "Times",
        &format!(
            "{zone} \"stored\" is the number or text in the evidence and its unit. Rows are sorted by the first time that is known: of a message sent, received, stored."
        ),
    );
    say(
        &mut lines,
        "Parties",
        "Number or handle as the evidence holds it. A name behind \"attributed:\" is not part of the message: it was looked up at the place named in brackets, and may be wrong.",
    );
    say(
        &mut lines,
        "Handset",
        "\"The handset examined\" stands for the side that the evidence does not name.",
    );
    states(gathered, &mut lines);
    say(
        &mut lines,
        "Source",
        "F and a number is a file of the hash list at the end; then table or path, rowid, view (the version of the file that it stands in), offset and length in bytes. Rows that names were looked up in are in the slice.",
    );
    say(
        &mut lines,
        "Code points",
        "⟨U+202E⟩ stands for a character that has no visible form, changes the direction of text, or is in no font at hand. A line end is a line end.",
    );
    if gathered.log.count > 0 {
        say(
            &mut lines,
            "Withheld",
            "White on black: the number of the rule and its reason. What was there is not in this file, nor in slice and workbook.",
        );
    }
    say(
        &mut lines,
        "Not shown",
        "What an app holds beyond the fields of the schedule (`extra`, `raw`) is in slice and workbook.",
    );
    lines
}

/// What the states that occur mean.
fn states(gathered: &Gathered, lines: &mut Vec<Value>) {
    for (state, text) in [
        ("live", "Live: the row stands in the database as an app would see it."),
        (
            "superseded",
            "Superseded: an older version of a row that the database now holds with other content.",
        ),
        ("deleted", "Deleted: the database holds no such row any more; this version was recovered."),
        ("unreachable", "Unreachable: the row stands on a page that no table reaches."),
        ("unattributed", "Unattributed: it cannot be told which table the row is of."),
    ] {
        if gathered.states.contains_key(state) {
            say(lines, "State", text);
        }
    }
}
