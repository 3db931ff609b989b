//! One record of a side, as it is compared, and piles of them on disk.

use crate::record::kinds::KINDS;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::fs::File;
use std::io::{self, BufRead as _, BufReader, BufWriter, Seek as _, SeekFrom, Write as _};
use std::path::Path;

/// How much of a record is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// Every field as the reports hold it, but for where it was read.
    Whole,
    /// The fields that a sheet or another tool can state, as plain text.
    Plain,
}

/// One record.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Item {
    /// Its position in its source.
    pub(super) ordinal: u64,
    /// The name of its kind.
    pub(super) kind: String,
    /// Where it stands: the id of a record, the line of a sheet, table and rowid.
    pub(super) place: String,
    /// What is compared.
    pub(super) facts: Map<String, Value>,
}

impl Item {
    /// Live before everything else, so that what states nothing of states meets the live version first.
    pub(super) fn rank(&self) -> u8 {
        match self.facts.get("state").and_then(Value::as_str) {
            None | Some("live") => 0,
            Some("superseded") => 1,
            Some(_) => 2,
        }
    }
}

/// What is left out of a report's record: its place is no fact of the handset.
const NOT_FACTS: &[&str] = &["id", "provenance"];

/// A record of a report, to be compared with one of another report.
pub(super) fn whole(ordinal: u64, kind: &str, record: &Value) -> Item {
    let members = record.as_object().cloned().unwrap_or_default();
    let mut facts = Map::new();
    for (name, value) in members.into_iter().filter(|(name, _)| !NOT_FACTS.contains(&name.as_str())) {
        match value {
            // The app's own names are as many facts.
            Value::Object(extra) if name == "extra" => {
                facts.extend(extra.into_iter().map(|(inner, value)| (format!("extra.{inner}"), value)));
            }
            value => {
                facts.insert(name, value);
            }
        }
    }
    let place = record["id"].as_str().unwrap_or("a record without an id").to_owned();
    Item { ordinal, kind: kind.to_owned(), place, facts }
}

/// The name of the kind whose records stand under this key of a report.
pub(super) fn kind_of(plural: &str) -> Option<&'static str> {
    KINDS.iter().find(|kind| kind.plural == plural).map(|kind| kind.name)
}

/// Items on disk, in the order in which they came.
#[derive(Debug)]
pub(super) struct Pile(BufWriter<File>);

impl Pile {
    pub(super) fn new(folder: &Path) -> io::Result<Self> {
        Ok(Pile(BufWriter::with_capacity(1 << 18, tempfile::tempfile_in(folder)?)))
    }

    pub(super) fn push(&mut self, item: &Item) -> io::Result<()> {
        serde_json::to_writer(&mut self.0, item).map_err(io::Error::from)?;
        self.0.write_all(b"\n")
    }

    /// Keeps the line of an item.
    pub(super) fn push_line(&mut self, line: &[u8]) -> io::Result<()> {
        self.0.write_all(line)?;
        self.0.write_all(b"\n")
    }

    /// Calls `each` with every item, and the line that holds it.
    pub(super) fn each(self, each: &mut dyn FnMut(Item, &[u8]) -> io::Result<()>) -> io::Result<()> {
        let mut file = self.0.into_inner().map_err(io::IntoInnerError::into_error)?;
        file.seek(SeekFrom::Start(0))?;
        let mut lines = BufReader::with_capacity(1 << 18, file);
        let mut line = Vec::new();
        while lines.read_until(b'\n', &mut line)? > 0 {
            let text = line.strip_suffix(b"\n").unwrap_or(&line);
            each(serde_json::from_slice(text).map_err(io::Error::from)?, text)?;
            line.clear();
        }
        Ok(())
    }
}
