//! `report.json`, key after key in the order of the contract, one record a line.

use super::analysis::{self, ZoneSources};
use super::case::Case;
use super::spool::{Fact, Spool};
use crate::record::Finding;
use crate::record::kinds::KINDS;
use serde::Serialize;
use serde_json::{Map, Value, json};
use std::io::{self, Write};

/// What a report is made of, apart from the records.
#[derive(Debug)]
pub struct Parts<'p, F, T, A, E, U, I> {
    /// Name, version, definitions, options.
    pub tool: Value,
    /// What the examiner said of the case.
    pub case: &'p Case,
    /// The acquisition.
    pub evidence: Value,
    /// Artifacts.
    pub files: &'p [F],
    /// Coverage per table.
    pub tables: &'p [T],
    /// Coverage per application.
    pub apps: &'p [A],
    /// What looks encrypted and was not opened.
    pub encrypted: &'p [E],
    /// What no definition reads, and what it holds.
    pub unmapped: &'p [U],
    /// Every file, where it was asked for.
    pub inventory: Option<&'p [I]>,
    /// Everything odd.
    pub findings: &'p [Finding],
    /// How the zones of written times are known.
    pub zones: &'p ZoneSources,
    /// Sums.
    pub counts: Value,
}

/// Writes a report.
///
/// # Errors
/// Those of the writer.
pub fn write<F: Serialize, T: Serialize, A: Serialize, E: Serialize, U: Serialize, I: Serialize>(
    parts: &Parts<'_, F, T, A, E, U, I>,
    spools: &mut [&mut Spool],
    out: &mut dyn Write,
) -> io::Result<()> {
    out.write_all(b"{\n\"format\": ")?;
    json_line(out, &json!({"name": "affiant-report", "version": 1}))?;
    let case = (!parts.case.is_empty()).then(|| parts.case.to_json());
    let (evidence, device) = (Some(&parts.evidence), device(spools));
    let objects = [
        ("tool", Some(&parts.tool)),
        ("case", case.as_ref()),
        ("evidence", evidence),
        ("device", Some(&device)),
    ];
    for (name, value) in objects.into_iter().filter_map(|(name, value)| Some((name, value?))) {
        key(out, name)?;
        json_line(out, value)?;
    }
    list(out, "files", parts.files)?;
    for kind in KINDS.iter().filter(|kind| kind.name != "device") {
        records(kind, spools, out)?;
    }
    key(out, "analysis")?;
    // Without an artifact there is no record, so nothing is ever written there.
    let folder = spools.first().map_or_else(std::env::temp_dir, |spool| spool.folder().to_owned());
    analysis::write(spools, parts.zones, &folder, out)?;
    if let Some(inventory) = parts.inventory {
        list(out, "inventory", inventory)?;
    }
    key(out, "coverage")?;
    out.write_all(b"{\"tables\": ")?;
    elements(out, parts.tables)?;
    out.write_all(b",\n\"apps\": ")?;
    elements(out, parts.apps)?;
    out.write_all(b",\n\"encrypted\": ")?;
    elements(out, parts.encrypted)?;
    out.write_all(b",\n\"unmapped\": ")?;
    elements(out, parts.unmapped)?;
    out.write_all(b"}")?;
    list(out, "findings", parts.findings)?;
    key(out, "counts")?;
    json_line(out, &parts.counts)?;
    out.write_all(b"\n}\n")
}

fn key(out: &mut dyn Write, name: &str) -> io::Result<()> {
    write!(out, ",\n\"{name}\": ")
}

fn json_line(out: &mut dyn Write, value: &impl Serialize) -> io::Result<()> {
    serde_json::to_writer(out, value).map_err(io::Error::from)
}

fn list<T: Serialize>(out: &mut dyn Write, name: &str, values: &[T]) -> io::Result<()> {
    key(out, name)?;
    elements(out, values)
}

fn elements<T: Serialize>(out: &mut dyn Write, values: &[T]) -> io::Result<()> {
    out.write_all(b"[")?;
    for (index, value) in values.iter().enumerate() {
        out.write_all(if index == 0 { b"\n" } else { b",\n" })?;
        json_line(out, value)?;
    }
    out.write_all(b"]")
}

fn records(
    kind: &'static crate::record::kinds::Kind,
    spools: &mut [&mut Spool],
    out: &mut dyn Write,
) -> io::Result<()> {
    let mut body = Opened { out, name: kind.plural, open: false };
    if kind.always_present {
        body.begin()?;
    }
    let mut any = false;
    for spool in spools {
        any |= spool.copy(kind, !any, &mut body)?;
    }
    if body.open {
        body.out.write_all(b"]")?;
    }
    Ok(())
}

/// A list that begins with its first byte.
struct Opened<'o> {
    out: &'o mut dyn Write,
    name: &'static str,
    open: bool,
}

impl Opened<'_> {
    fn begin(&mut self) -> io::Result<()> {
        key(self.out, self.name)?;
        self.open = true;
        self.out.write_all(b"[\n")
    }
}

impl Write for Opened<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if !self.open {
            self.begin()?;
        }
        self.out.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

/// Merges what the artifacts say of the device: of each field the fact of the first source, as its definition orders them, and
/// the others where they say something else.
fn device(spools: &[&mut Spool]) -> Value {
    let mut facts: Vec<&Fact> = spools.iter().flat_map(|spool| &spool.facts).collect();
    facts.sort_by(|a, b| a.rank.cmp(&b.rank));
    let Some(kind) = KINDS.iter().find(|kind| kind.name == "device") else { return Value::Null };
    let mut object = Map::new();
    for field in kind.fields {
        object.extend(merged(&facts, field.name).map(|fact| (field.name.to_owned(), fact)));
    }
    let mut names: Vec<&str> = facts.iter().filter_map(|fact| fact.field.strip_prefix("extra.")).collect();
    names.sort_unstable();
    names.dedup();
    let extra: Map<String, Value> = names
        .into_iter()
        .filter_map(|name| Some((name.to_owned(), merged(&facts, &format!("extra.{name}"))?)))
        .collect();
    if !extra.is_empty() {
        object.insert("extra".to_owned(), Value::Object(extra));
    }
    Value::Object(object)
}

fn merged(facts: &[&Fact], field: &str) -> Option<Value> {
    let mut mine = facts.iter().filter(|fact| fact.field == field);
    let first = mine.next()?;
    let mut whole = first.whole.clone();
    let mut others: Vec<&Fact> = Vec::new();
    for fact in mine {
        if fact.value != first.value && others.iter().all(|known| known.value != fact.value) {
            others.push(fact);
        }
    }
    if let Some(whole) = whole.as_object_mut().filter(|_| !others.is_empty()) {
        whole.insert("others".into(), others.iter().map(|fact| fact.whole.clone()).collect());
    }
    Some(whole)
}
