//! The pass that selects and redacts. What is selected goes to a nameless file in the order of the report, and a line of each record
//! to a sorter: memory does not grow with the messages.

use super::Request;
use super::moment::{first_time, moment, sort_key};
use super::number;
use super::redact::Withheld;
use super::select::{Candidate, is_id};
use super::standing::Gone;
use crate::record::kinds::{KINDS, Kind};
use crate::report::export::Source;
use crate::report::sorter::Sorter;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::{self, BufWriter, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::Path;

/// Identifiers of the device that the front matter shows at most.
const IDENTIFIERS: usize = 60;

/// What the selection took, redacted.
pub(super) struct Gathered {
    records: File,
    order: Sorter,
    /// Kind, and where its records lie in the file.
    ranges: Vec<(&'static Kind, u64, u64)>,
    /// Digits that tell the ids apart.
    pub(super) digits: usize,
    /// Of each selection: kind → how many it took.
    pub(super) taken: Vec<BTreeMap<&'static str, u64>>,
    /// Kind → how many any selection took.
    pub(super) selected: BTreeMap<&'static str, u64>,
    /// State → how many.
    pub(super) states: BTreeMap<String, u64>,
    /// Definitions that made them.
    pub(super) artifacts: BTreeSet<String>,
    /// Files that they, or what is said of the device, rest on.
    pub(super) files: BTreeSet<u64>,
    /// What identifies the device.
    pub(super) identifiers: Vec<Value>,
    /// Ids that a selection names and the report does not hold.
    pub(super) unknown: BTreeSet<String>,
    pub(super) log: Log,
    gone: Gone,
}

/// What was withheld, in the order in which it was.
pub(super) struct Log {
    out: BufWriter<File>,
    pub(super) count: u64,
}

impl Log {
    pub(super) fn add(&mut self, withheld: &[Withheld]) -> io::Result<()> {
        for Withheld { place, field, rule } in withheld {
            writeln!(self.out, "{}", json!({"place": place, "field": field, "rule": rule}))?;
            self.count += 1;
        }
        Ok(())
    }

    /// Calls `each` with every entry.
    pub(super) fn each(self, each: &mut dyn FnMut(Value) -> io::Result<()>) -> io::Result<()> {
        let mut file = self.out.into_inner().map_err(io::IntoInnerError::into_error)?;
        file.seek(SeekFrom::Start(0))?;
        let entries = serde_json::Deserializer::from_reader(io::BufReader::new(file)).into_iter::<Value>();
        entries.map(|entry| entry.map_err(io::Error::from)).try_for_each(|entry| each(entry?))
    }
}

/// A pass under way.
struct Pass<'p> {
    source: &'p Source,
    request: &'p Request,
    out: BufWriter<File>,
    at: u64,
    ids: Sorter,
    gathered: Gathered,
}

/// Selects and redacts the records of a report.
pub(super) fn gather(source: &Source, request: &Request, folder: &Path) -> io::Result<Gathered> {
    let file = tempfile::tempfile_in(folder)?;
    let gathered = Gathered {
        records: file.try_clone()?,
        order: Sorter::new(folder),
        ranges: Vec::new(),
        digits: 0,
        taken: vec![BTreeMap::new(); request.selections.len()],
        selected: BTreeMap::new(),
        states: BTreeMap::new(),
        artifacts: BTreeSet::new(),
        files: of_device(source.head.get("device")),
        identifiers: Vec::new(),
        unknown: request.selections.iter().flat_map(|s| s.ids()).map(str::to_owned).collect(),
        log: Log { out: BufWriter::new(tempfile::tempfile_in(folder)?), count: 0 },
        gone: Gone::default(),
    };
    let mut pass =
        Pass { source, request, out: BufWriter::new(file), at: 0, ids: Sorter::new(folder), gathered };
    source.each(&mut |kind, record| pass.see(kind, record))?;
    pass.out.flush()?;
    pass.gathered.digits = number::digits(pass.ids)?;
    Ok(pass.gathered)
}

/// The files that what is said of the device rests on.
fn of_device(device: &Value) -> BTreeSet<u64> {
    let mut files = BTreeSet::new();
    references(device, &mut files);
    files
}

fn references(value: &Value, files: &mut BTreeSet<u64>) {
    match value {
        Value::Object(members) => {
            if let Some(rows) = members.get("rows").and_then(Value::as_array) {
                files.extend(rows.iter().filter_map(|row| row["file"].as_u64()));
            }
            members.values().for_each(|member| references(member, files));
        }
        Value::Array(entries) => entries.iter().for_each(|entry| references(entry, files)),
        _ => {}
    }
}

impl Pass<'_> {
    fn see(&mut self, kind: &'static Kind, record: &Value) -> io::Result<()> {
        // Facts of the device, files and findings are no records.
        let Some(id) = record["id"].as_str().filter(|_| KINDS.contains(kind)) else { return Ok(()) };
        if !self.gathered.unknown.is_empty() {
            self.gathered.unknown.retain(|named| !is_id(id, named));
        }
        let file = self.source.file(&record["provenance"]["rows"][0]["file"])["path"].as_str().unwrap_or("");
        let candidate = Candidate { kind, record, file };
        let mut is_taken = false;
        for (selection, taken) in self.request.selections.iter().zip(&mut self.gathered.taken) {
            if selection.takes(candidate) {
                *taken.entry(kind.plural).or_insert(0) += 1;
                is_taken = true;
            }
        }
        if is_taken {
            return self.take(candidate);
        }
        if is_of_front(kind, record) && self.gathered.identifiers.len() < IDENTIFIERS {
            let (shown, withheld) = self.request.rules.redact(candidate, &mut self.gathered.gone);
            self.gathered.log.add(&withheld)?;
            self.gathered.identifiers.push(shown);
        }
        Ok(())
    }

    fn take(&mut self, candidate: Candidate<'_>) -> io::Result<()> {
        let Candidate { kind, record, .. } = candidate;
        let (redacted, withheld) = self.request.rules.redact(candidate, &mut self.gathered.gone);
        let gathered = &mut self.gathered;
        gathered.log.add(&withheld)?;
        *gathered.selected.entry(kind.plural).or_insert(0) += 1;
        *gathered.states.entry(record["state"].as_str().unwrap_or("").to_owned()).or_insert(0) += 1;
        gathered.artifacts.extend(record["artifact"].as_str().map(str::to_owned));
        references(&record["provenance"], &mut gathered.files);
        let text = redacted.to_string();
        let length = text.len() as u64;
        // A time that is withheld must not be told by the place of its row either.
        let key = sort_key(first_time(kind, &redacted).and_then(|(_, time)| moment(time)));
        let index = KINDS.iter().position(|known| known == kind).unwrap_or(0);
        gathered.order.push(format!("{key}\t{:012}\t{length}\t{index}", self.at).into_bytes())?;
        match gathered.ranges.last_mut() {
            Some((last, _, end)) if *last == kind => *end += length + 1,
            _ => gathered.ranges.push((kind, self.at, self.at + length + 1)),
        }
        let hex = record["id"].as_str().and_then(|id| id.rsplit('-').next()).unwrap_or("");
        self.ids.push(hex.as_bytes().to_vec())?;
        self.out.write_all(text.as_bytes())?;
        self.out.write_all(b"\n")?;
        self.at += length + 1;
        if is_of_front(kind, record) && gathered.identifiers.len() < IDENTIFIERS {
            gathered.identifiers.push(redacted);
        }
        Ok(())
    }
}

/// Calls `see` with the JSON of every record between two places of the file.
fn lines(
    mut records: &File,
    (start, end): (u64, u64),
    see: &mut dyn FnMut(&[u8]) -> io::Result<()>,
) -> io::Result<()> {
    records.seek(SeekFrom::Start(start))?;
    let mut lines = io::BufReader::new(records.take(end.saturating_sub(start)));
    let mut line = Vec::new();
    while io::BufRead::read_until(&mut lines, b'\n', &mut line)? > 0 {
        see(line.strip_suffix(b"\n").unwrap_or(&line))?;
        line.clear();
    }
    Ok(())
}

fn is_of_front(kind: &Kind, record: &Value) -> bool {
    kind.name == "device_identifier" && record["state"] == "live"
}

impl Gathered {
    /// How many records there are.
    pub(super) fn total(&self) -> u64 {
        self.selected.values().sum()
    }

    /// Copies the lists of records as they stand in a report, kind by kind.
    pub(super) fn copy(&mut self, out: &mut dyn io::Write) -> io::Result<()> {
        for (kind, start, end) in self.ranges.clone() {
            write!(out, ",\n\"{}\": [\n", kind.plural)?;
            let mut is_first = true;
            lines(&self.records, (start, end), &mut |line| {
                out.write_all(if is_first { b"" } else { b",\n" })?;
                is_first = false;
                out.write_all(line)
            })?;
            out.write_all(b"]")?;
        }
        Ok(())
    }

    /// The records in which a text still stands that a rule took out of another.
    pub(super) fn standing(&self) -> io::Result<Value> {
        self.gone.standing(&mut |see| lines(&self.records, (0, u64::MAX), see))
    }

    /// Calls `each` with every record, by time.
    pub(super) fn by_time(
        records: &mut File,
        order: Sorter,
        each: &mut dyn FnMut(&'static Kind, &Value) -> io::Result<()>,
    ) -> io::Result<()> {
        order.sorted(&mut |line| {
            let line = String::from_utf8_lossy(line);
            let mut numbers = line.split('\t').skip(1).map(str::parse::<u64>);
            let mut number = || {
                numbers
                    .next()
                    .and_then(Result::ok)
                    .ok_or_else(|| io::Error::other("a line without its place"))
            };
            let (at, length, index) = (number()?, number()?, number()?);
            let mut text = vec![0; usize::try_from(length).map_err(io::Error::other)?];
            records.seek(SeekFrom::Start(at))?;
            records.read_exact(&mut text)?;
            let kind = usize::try_from(index).ok().and_then(|index| KINDS.get(index));
            let kind = kind.ok_or_else(|| io::Error::other("a line without its kind"))?;
            each(kind, &serde_json::from_slice(&text)?)
        })
    }

    /// The parts that the schedule is made from.
    pub(super) fn into_parts(self) -> (File, Sorter, Log) {
        (self.records, self.order, self.log)
    }
}
