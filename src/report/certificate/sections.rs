//! The numbered sections: each a table or a list of what the record holds. Texts of evidence are written by adversaries: they are made
//! plain here.

use super::{Facts, MOST, is_named_first};
use crate::report::Case;
use serde_json::Value;
use std::collections::BTreeMap;
use std::io::{self, Write};

type Written = io::Result<()>;

/// Characters of one text that are written out.
const LONGEST: usize = 300;

/// A text in which nothing is markup, and nothing hides or turns what stands beside it.
fn plain(text: &str) -> String {
    let mut written = String::new();
    for (index, c) in text.chars().enumerate() {
        if index == LONGEST {
            written
                .push_str(&format!("… ({} more characters)", text.chars().count().saturating_sub(LONGEST)));
            break;
        }
        match c {
            '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '#' | '|' | '~' | '&' => {
                written.extend(['\\', c])
            }
            // Bidirectional controls, invisible marks and line separators (Unicode 9.6, 23.2).
            '\u{200b}'..='\u{200f}'
            | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{feff}'
            | '\u{61c}' => {
                written.push_str(&format!("(U+{:04X})", u32::from(c)));
            }
            c if c.is_control() => written.push_str(&format!("(U+{:04X})", u32::from(c))),
            c => written.push(c),
        }
    }
    written
}

/// A value of the record for a cell: texts as they are, the rest as JSON.
fn told(value: &Value) -> String {
    match value {
        Value::Null => "[not recorded]".to_owned(),
        Value::String(text) => plain(text),
        other => plain(&other.to_string()),
    }
}

fn row(out: &mut dyn Write, name: &str, value: &Value) -> Written {
    writeln!(out, "| {} | {} |", plain(name), told(value))
}

fn table(out: &mut dyn Write, head: &[&str]) -> Written {
    writeln!(out, "| {} |\n|{}", head.join(" | "), " --- |".repeat(head.len()))
}

pub(super) fn case(facts: &Facts<'_>, out: &mut dyn Write) -> Written {
    writeln!(out, "## 1. Case\n")?;
    table(out, &["", "as the operator gave it"])?;
    let case = Case::of_json(facts.head.get("case")).unwrap_or_default();
    for label in ["Case", "Exhibit", "Operator", "Authority"] {
        let said = case.labelled().find(|(known, _)| *known == label).map(|(_, value)| plain(value));
        writeln!(out, "| {label} | {} |", said.unwrap_or_else(|| "[not given]".to_owned()))?;
    }
    writeln!(out)
}

pub(super) fn examined(facts: &Facts<'_>, out: &mut dyn Write) -> Written {
    let evidence = facts.head.get("evidence");
    writeln!(out, "## 2. What was examined\n")?;
    table(out, &["acquisition", ""])?;
    for (name, key) in [("Name", "name"), ("Kind", "kind"), ("Files in it", "files"), ("Bytes", "bytes")] {
        row(out, name, &evidence[key])?;
    }
    match evidence.get("sha256") {
        Some(hash) => row(out, "SHA-256", hash)?,
        None => writeln!(
            out,
            "| SHA-256 | none of the whole: it was examined as a folder; `files` in the report has that of each file read |"
        )?,
    }
    for (name, key) in [("MD5", "md5"), ("SHA-1", "sha1")] {
        if let Some(hash) = evidence.get(key) {
            row(out, name, hash)?;
        }
    }
    let files = facts.head.list("files");
    writeln!(out, "| Files read as evidence | {}, each with its SHA-256 in the report |\n", files.len())?;
    writeln!(out, "What the data says of the device; it was not compared with the device itself:\n")?;
    table(out, &["device", ""])?;
    for (field, fact) in
        facts.head.get("device").as_object().into_iter().flatten().filter(|(field, _)| *field != "extra")
    {
        let value = &fact["value"];
        row(out, field, value.get("utc").unwrap_or(value))?;
    }
    for identifier in facts.identifiers {
        let kind = identifier["kind"].as_str().unwrap_or("identifier");
        let state =
            identifier["state"].as_str().filter(|state| *state != "live").map(|state| format!(" ({state})"));
        row(out, &format!("{kind}{}", state.unwrap_or_default()), &identifier["value"])?;
    }
    more(out, facts.more_identifiers, "identifiers stand in the report")?;
    writeln!(out)
}

fn more(out: &mut dyn Write, count: u64, what: &str) -> Written {
    if count > 0 { writeln!(out, "\n{count} more {what}.") } else { Ok(()) }
}

pub(super) fn process(facts: &Facts<'_>, out: &mut dyn Write) -> Written {
    let (tool, run) = (facts.head.get("tool"), facts.run);
    writeln!(out, "## 3. How\n\n{}", include_str!("process.md"))?;
    table(out, &["run", ""])?;
    let version = format!("{} {}", told(&tool["name"]), told(&tool["version"]));
    writeln!(out, "| Program | {version} |")?;
    for (name, value) in [
        ("Started (UTC, by the clock of the computer)", &run["started_at"]),
        ("Ended", &run["ended_at"]),
        ("Computer", &run["host"]),
        ("Arguments", &run["arguments"]),
    ] {
        row(out, name, value)?;
    }
    for (name, value) in tool["options"].as_object().into_iter().flatten() {
        // Nothing and no list: the option restricted nothing.
        let is_none = value.is_null() || value.as_array().is_some_and(Vec::is_empty);
        let none = Value::from("no restriction");
        row(out, &format!("Option: {name}"), if is_none { &none } else { value })?;
    }
    let empty = Vec::new();
    let definitions = tool["definitions"].as_array().unwrap_or(&empty);
    writeln!(out, "\nDefinitions that read something:\n")?;
    table(out, &["definition", "version", "SHA-256"])?;
    for definition in definitions.iter().take(MOST) {
        let [id, version, hash] = ["id", "version", "sha256"].map(|key| told(&definition[key]));
        writeln!(out, "| {id} | {version} | {hash} |")?;
    }
    more(out, definitions.len().saturating_sub(MOST) as u64, "definitions stand in the report")?;
    writeln!(out)
}

pub(super) fn output(facts: &Facts<'_>, out: &mut dyn Write) -> Written {
    writeln!(out, "## 4. The report, and how to check it\n")?;
    table(out, &["file", "SHA-256"])?;
    let (first, others): (Vec<_>, Vec<_>) = facts.hashes.iter().partition(|(name, _)| is_named_first(name));
    for (name, hash) in &first {
        writeln!(out, "| {} | {hash} |", plain(name))?;
    }
    more(out, others.len() as u64, "files stand in the manifest")?;
    writeln!(out)?;
    if facts.seals.is_empty() {
        writeln!(out, "* Not signed, not stamped.")?;
    }
    for seal in facts.seals {
        writeln!(out, "* {}", plain(seal))?;
    }
    writeln!(
        out,
        "* In the folder of the report, `sha256sum -c manifest-sha256.txt` checks every file of it."
    )?;
    writeln!(out, "* `affiant verify REPORT ACQUISITION` makes the report again and names each difference.\n")
}

pub(super) fn found(facts: &Facts<'_>, out: &mut dyn Write) -> Written {
    let counts = facts.head.get("counts");
    writeln!(out, "## 5. What was found\n")?;
    for (title, key) in [("kind", "kinds"), ("state", "states"), ("service", "services")] {
        table(out, &[title, "records"])?;
        for (name, count) in counts[key].as_object().into_iter().flatten().take(MOST) {
            row(out, name, count)?;
        }
        writeln!(out)?;
    }
    let withheld = counts["withheld"].as_object().filter(|withheld| !withheld.is_empty());
    for (field, count) in withheld.into_iter().flatten() {
        writeln!(out, "* Withheld by the option `content`: {} values of {}.", told(count), plain(field))?;
    }
    Ok(())
}

pub(super) fn not_read(facts: &Facts<'_>, out: &mut dyn Write) -> Written {
    writeln!(out, "## 6. What was not read\n")?;
    let findings = facts.head.list("findings");
    let losses: Vec<&Value> = findings.iter().filter(|finding| finding["loss"] == true).collect();
    writeln!(out, "Findings by which evidence was lost to the report: {}.\n", losses.len())?;
    for loss in losses.iter().take(MOST) {
        let place = ["path", "place"].iter().find_map(|key| loss.get(*key)).map(told).unwrap_or_default();
        writeln!(out, "* {} {place}: {}", told(&loss["code"]), told(&loss["message"]))?;
    }
    more(out, losses.len().saturating_sub(MOST) as u64, "stand in the report")?;
    let coverage = facts.head.get("coverage");
    let list = |key: &str| coverage[key].as_array().cloned().unwrap_or_default();
    let encrypted = list("encrypted");
    writeln!(out, "\nFiles that look encrypted and were not opened: {}.\n", encrypted.len())?;
    for file in encrypted.iter().take(MOST) {
        writeln!(out, "* {}: {}; needs {}", told(&file["path"]), told(&file["what"]), told(&file["needs"]))?;
    }
    more(out, encrypted.len().saturating_sub(MOST) as u64, "stand in the report")?;
    applications(&list("apps"), out)?;
    observations(findings, out)
}

fn applications(apps: &[Value], out: &mut dyn Write) -> Written {
    let mut states: BTreeMap<String, Vec<&Value>> = BTreeMap::new();
    for app in apps.iter().filter(|app| app["status"] != "parsed") {
        states.entry(told(&app["status"])).or_default().push(&app["app"]);
    }
    writeln!(out, "\nApplications that were not read:\n")?;
    for (state, names) in &states {
        let listed: Vec<String> = names.iter().take(MOST).map(|name| told(name)).collect();
        writeln!(out, "* {state}: {} ({})", names.len(), listed.join(", "))?;
    }
    if states.is_empty() { writeln!(out, "* none that the acquisition names") } else { Ok(()) }
}

fn observations(findings: &[Value], out: &mut dyn Write) -> Written {
    let mut codes: BTreeMap<String, usize> = BTreeMap::new();
    for finding in findings.iter().filter(|finding| finding["loss"] != true) {
        let code = codes.entry(told(&finding["code"])).or_default();
        *code = code.saturating_add(1);
    }
    writeln!(out, "\nObservations that cost nothing, by code (the report has each):\n")?;
    for (code, count) in &codes {
        writeln!(out, "* {code}: {count}")?;
    }
    writeln!(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_of_evidence_is_no_markup_and_hides_nothing() {
        assert_eq!(plain("a|b\n# c <b> \u{202e}x"), "a\\|b(U+000A)\\# c \\<b\\> (U+202E)x");
        assert!(plain(&"x".repeat(1_000_000)).ends_with("… (999700 more characters)"));
    }
}
