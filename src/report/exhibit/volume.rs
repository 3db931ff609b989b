//! Volumes: a long schedule is split, so that none takes more memory or grows larger than a court takes.

use super::row::weight;
use serde_json::{Map, Value, json};
use std::fs::File;
use std::io::{self, BufWriter, Write as _};
use std::path::{Path, PathBuf};

/// Characters that one volume holds at most, where a row is not longer by itself: a page holds some 3,000.
const CHARACTERS: usize = 1_500_000;

/// The lists of a volume, in the order of its pages.
#[derive(Debug, Clone, Copy)]
pub(super) enum Part {
    Row,
    File,
    Withheld,
}

impl Part {
    fn name(self) -> &'static str {
        match self {
            Part::Row => "rows",
            Part::File => "files",
            Part::Withheld => "log",
        }
    }
}

/// A volume that is ready to be typeset.
#[derive(Debug, Clone)]
pub(super) struct Ready {
    pub(super) path: PathBuf,
    /// The first row and the last.
    pub(super) rows: Option<(u64, u64)>,
}

/// Fills volumes one after the other.
pub(super) struct Volumes<'v> {
    folder: &'v Path,
    limit: usize,
    open: Map<String, Value>,
    count: usize,
    weight: usize,
    rows: Option<(u64, u64)>,
    pub(super) ready: Vec<Ready>,
}

impl<'v> Volumes<'v> {
    /// Volumes of so many entries at most, as files in this folder.
    pub(super) fn new(folder: &'v Path, limit: usize) -> Self {
        Volumes { folder, limit, open: Map::new(), count: 0, weight: 0, rows: None, ready: Vec::new() }
    }

    /// Whether an entry would no longer fit the open volume.
    pub(super) fn is_full_for(&self, entry: &Value) -> bool {
        self.count > 0 && (self.count >= self.limit || self.weight.saturating_add(weight(entry)) > CHARACTERS)
    }

    /// Adds an entry to the open volume.
    pub(super) fn add(&mut self, part: Part, entry: Value) {
        self.count += 1;
        self.weight = self.weight.saturating_add(weight(&entry));
        if let (Part::Row, Some(number)) = (part, entry["number"].as_u64()) {
            self.rows = Some((self.rows.map_or(number, |(first, _)| first), number));
        }
        if let Value::Array(entries) = self.open.entry(part.name()).or_insert_with(|| json!([])) {
            entries.push(entry);
        }
    }

    /// Writes the open volume, with what stands on each of its pages.
    pub(super) fn close(&mut self, furniture: &Value) -> io::Result<()> {
        let mut volume = std::mem::take(&mut self.open);
        volume.extend(furniture.as_object().cloned().unwrap_or_default());
        let path = self.folder.join(format!("volume-{:05}.json", self.ready.len() + 1));
        let mut out = BufWriter::new(File::create_new(&path)?);
        serde_json::to_writer(&mut out, &volume)?;
        out.flush()?;
        self.ready.push(Ready { path, rows: self.rows.take() });
        (self.count, self.weight) = (0, 0);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_volume_ends_with_its_entries_or_its_characters() {
        let folder = tempfile::tempdir().unwrap();
        let mut volumes = Volumes::new(folder.path(), 2);
        let row = |number: u64| json!({"number": number, "text": "x"});
        let long = json!({"number": 4, "text": "x".repeat(CHARACTERS + 1)});
        for entry in [row(1), row(2), row(3), long, row(5)] {
            if volumes.is_full_for(&entry) {
                volumes.close(&json!({"label": "A"})).unwrap();
            }
            volumes.add(Part::Row, entry);
        }
        volumes.close(&json!({})).unwrap();
        let rows: Vec<_> = volumes.ready.iter().map(|ready| ready.rows.unwrap()).collect();
        assert_eq!(rows, [(1, 2), (3, 3), (4, 4), (5, 5)]);
        let first: Value = serde_json::from_slice(&std::fs::read(&volumes.ready[0].path).unwrap()).unwrap();
        assert_eq!((first["rows"].as_array().unwrap().len(), &first["label"]), (2, &json!("A")));
    }
}
