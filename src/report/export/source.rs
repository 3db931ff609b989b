//! The report that is exported: read once for what it is, and once for its records.

use crate::record::Redacted;
use crate::record::kinds::{Field, Holds, KINDS, Kind};
use crate::report::read::{Head, head_with, records};
use crate::report::seal::Hashed;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

const fn field(name: &'static str, holds: Holds, doc: &'static str) -> Field {
    Field { name, holds, doc }
}

/// A fact about the device, as a row of a table.
pub(super) const DEVICE: &Kind = &Kind {
    name: "device",
    plural: "device",
    always_present: true,
    doc: "What the handset says of itself, one row for each fact; of several sources the first is believed.",
    fields: &[
        field("field", Holds::Text, "What is said."),
        field("value", Holds::Text, "What it is."),
        field("believed", Holds::Bool, "False: another source is believed."),
    ],
};

/// A file that was read, as a row of a table.
pub(super) const FILE: &Kind = &Kind {
    name: "file",
    plural: "files",
    always_present: true,
    doc: "A file of the evidence that was read.",
    fields: &[
        field("file", Holds::Integer, "Its number in the report."),
        field("path", Holds::Text, "Its path on the handset."),
        field("within", Holds::Texts, "The archives that it lies in."),
        field("size", Holds::Integer, "Bytes."),
        field("sha256", Holds::Text, "Its SHA-256."),
        field("container", Holds::Text, "What it is."),
    ],
};

/// A finding, as a row of a table.
pub(super) const FINDING: &Kind = &Kind {
    name: "finding",
    plural: "findings",
    always_present: true,
    doc: "Something odd, or that could not be read.",
    fields: &[
        field("code", Holds::Text, "What was found."),
        field("loss", Holds::Bool, "Whether some evidence could not be read."),
        field("message", Holds::Text, "In words, with its place."),
    ],
};

/// A report, opened.
#[derive(Debug)]
pub struct Source {
    pub(super) path: PathBuf,
    pub(in crate::report) head: Head,
    /// Of `report.json`.
    pub(super) sha256: String,
    files: HashMap<u64, usize>,
    /// How many records stand under each key of the report.
    pub(in crate::report) counts: BTreeMap<String, u64>,
    /// Of each key of the report the members that its records have.
    pub(super) members: BTreeMap<String, BTreeSet<String>>,
}

impl Source {
    /// Reads a report through.
    ///
    /// # Errors
    /// Where it cannot be read, is none, or holds what this version does not know, which no export would carry.
    pub fn open(path: &Path) -> io::Result<Self> {
        let mut reader = Hashed::new(File::open(path)?);
        let mut counts = BTreeMap::new();
        let mut members: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        let mut foreign = None;
        let head = head_with(&mut reader, &mut |plural, record| {
            if foreign.is_some() {
                return false;
            }
            *counts.entry(plural.to_owned()).or_insert(0) += 1;
            let known = members.entry(plural.to_owned()).or_default();
            for name in record.as_object().into_iter().flatten().map(|(name, _)| name) {
                if !known.contains(name) {
                    known.insert(name.clone());
                }
            }
            foreign =
                KINDS.iter().find(|kind| kind.plural == plural).and_then(|kind| foreign_to(kind, &record));
            foreign.is_none()
        })?;
        let foreign = foreign.or_else(|| foreign_key(&head));
        if let Some(name) = foreign {
            let told = format!(
                "the report holds `{name}`, which this version does not know: export it with the version that made it"
            );
            return Err(io::Error::new(io::ErrorKind::InvalidData, told));
        }
        let ids = head.list("files").iter().enumerate();
        let files = ids.filter_map(|(index, file)| Some((file["id"].as_u64()?, index))).collect();
        let sha256 = reader.sha256();
        Ok(Source { path: path.to_owned(), head, sha256, files, counts, members })
    }

    /// The SHA-256 of `report.json`.
    pub fn sha256(&self) -> &str {
        &self.sha256
    }

    /// The size of `report.json`.
    pub(super) fn bytes(&self) -> io::Result<u64> {
        Ok(self.path.metadata()?.len())
    }

    /// A file by its id.
    pub(in crate::report) fn file(&self, id: &Value) -> &Value {
        let entry = id
            .as_u64()
            .and_then(|id| self.files.get(&id))
            .and_then(|index| self.head.list("files").get(*index));
        entry.unwrap_or(&Value::Null)
    }

    /// Calls `each` with the facts about the device, every record in the order of the report, then files and findings.
    pub(in crate::report) fn each(
        &self,
        each: &mut dyn FnMut(&'static Kind, &Value) -> io::Result<()>,
    ) -> io::Result<()> {
        for fact in self.facts() {
            each(DEVICE, &fact)?;
        }
        let mut reader = Hashed::new(File::open(&self.path)?);
        let mut failed = None;
        records(&mut reader, &mut |plural, record| {
            // An answer of `false` ends one list alone.
            if failed.is_some() {
                return false;
            }
            let Some(kind) = KINDS.iter().find(|kind| kind.plural == plural) else { return true };
            failed = each(kind, &record).err();
            failed.is_none()
        })?;
        if let Some(error) = failed {
            return Err(error);
        }
        if reader.sha256() != self.sha256 {
            return Err(io::Error::other("the report was changed while it was exported"));
        }
        for file in self.head.list("files") {
            each(FILE, &renamed(FILE, file))?;
        }
        self.head.list("findings").iter().try_for_each(|finding| each(FINDING, &renamed(FINDING, finding)))
    }

    /// What is known of the device, fact by fact.
    fn facts(&self) -> Vec<Value> {
        let device = self.head.get("device");
        let mut facts = Vec::new();
        for (name, fact) in device.as_object().into_iter().flatten().filter(|(name, _)| *name != "extra") {
            add_fact(&mut facts, name, fact);
        }
        for (name, fact) in device["extra"].as_object().into_iter().flatten() {
            add_fact(&mut facts, &format!("extra.{name}"), fact);
        }
        facts
    }
}

/// A key of the report that is neither of its head nor a kind of record.
fn foreign_key(head: &Head) -> Option<String> {
    const HEAD: &[&str] = &[
        "format",
        "tool",
        "slice",
        "case",
        "evidence",
        "device",
        "files",
        "analysis",
        "inventory",
        "coverage",
        "findings",
        "counts",
    ];
    head.keys().find(|key| !HEAD.contains(key)).map(str::to_owned)
}

/// A member of a record, or of an object in it, that its kind does not have.
fn foreign_to(kind: &Kind, record: &Value) -> Option<String> {
    const OWN: &[&str] = &["id", "artifact", "certainty", "service", "state", "extra", "raw", "provenance"];
    let members = record.as_object().into_iter().flatten().filter(|(name, _)| !OWN.contains(&name.as_str()));
    members
        .into_iter()
        .find_map(|(name, value)| foreign_in(kind.fields, name, value))
        .map(|name| format!("{}.{name}", kind.plural))
}

fn foreign_in(fields: &[Field], name: &str, value: &Value) -> Option<String> {
    let Some(field) = fields.iter().find(|field| field.name == name) else { return Some(name.to_owned()) };
    let Holds::Object(inner) = field.holds else { return None };
    // What was withheld of a slice stands in the place of an object.
    if Redacted::of(value).is_some() {
        return None;
    }
    let mut members = value.as_object().into_iter().flatten();
    members
        .find_map(|(member, value)| foreign_in(inner, member, value))
        .map(|member| format!("{name}.{member}"))
}

fn add_fact(facts: &mut Vec<Value>, name: &str, fact: &Value) {
    let others = fact["others"].as_array().into_iter().flatten();
    for (index, fact) in std::iter::once(fact).chain(others).enumerate() {
        facts.push(json!({
            "field": name, "value": fact["value"], "believed": index == 0, "artifact": fact["artifact"], "state": fact["state"],
            "certainty": fact["certainty"], "provenance": fact["provenance"],
        }));
    }
}

/// The members that are fields of the kind; the others under `extra`.
fn renamed(kind: &Kind, entry: &Value) -> Value {
    let mut record = serde_json::Map::new();
    let mut extra = serde_json::Map::new();
    for (name, value) in entry.as_object().into_iter().flatten() {
        let name = if kind.name == "file" && name == "id" { "file" } else { name.as_str() };
        let is_field = kind.fields.iter().any(|field| field.name == name);
        let to = if is_field { &mut record } else { &mut extra };
        to.insert(name.to_owned(), value.clone());
    }
    if !extra.is_empty() {
        record.insert("extra".to_owned(), Value::Object(extra));
    }
    Value::Object(record)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_of_a_writer_is_not_forgotten_when_the_next_list_begins() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("report.json");
        let report = r#"{"format":{"name":"affiant-report"},"messages":[{"id":"a"}],"calls":[{"id":"b"}]}"#;
        std::fs::write(&path, report).unwrap();
        let source = Source::open(&path).unwrap();
        let failed = source.each(&mut |_, record| match record["id"].as_str() {
            Some("a") => Err(io::Error::other("the disk is full")),
            _ => Ok(()),
        });
        assert_eq!(failed.unwrap_err().to_string(), "the disk is full");
    }

    #[test]
    fn a_report_that_changes_while_it_is_exported_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("report.json");
        let report = r#"{"format":{"name":"affiant-report"},"messages":[{"id":"a"}]}"#;
        std::fs::write(&path, report).unwrap();
        let source = Source::open(&path).unwrap();
        std::fs::write(&path, report.replace("\"a\"", "\"b\"")).unwrap();
        assert!(source.each(&mut |_, _| Ok(())).unwrap_err().to_string().contains("was changed"));
    }
}
