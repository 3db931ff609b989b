//! A ground-truth sheet: CSV or TSV with a header, one record a row.

use super::columns::{self, Column};
use super::item::Item;
use super::side::{Note, failed};
use crate::record::kinds::{KINDS, kind};
use serde_json::Map;
use std::collections::BTreeSet;
use std::fs::File;
use std::io::{self, BufRead as _, BufReader};
use std::path::{Path, PathBuf};

/// Words for kinds that people write into a column `kind`, beside the names of kinds and of their lists.
const WORDS: &[(&str, &str)] =
    &[("sms", "message"), ("mms", "message"), ("chat", "message"), ("identifier", "device_identifier")];
/// A header longer than this is none.
const LONGEST_HEADER: usize = 1 << 20;

/// A sheet, its header read.
#[derive(Debug)]
pub(super) struct Sheet {
    path: PathBuf,
    delimiter: u8,
    header: Vec<String>,
    /// Where the column `kind` stands.
    kind_at: Option<usize>,
    /// The kind of rows that do not say it.
    kind: Option<&'static str>,
    /// The kinds of its rows.
    pub(super) kinds: BTreeSet<&'static str>,
    pub(super) left_out: Vec<Note>,
}

impl Sheet {
    /// Reads the header, and which kinds there are.
    pub(super) fn open(path: &Path, told: Option<&str>) -> io::Result<Self> {
        let delimiter = delimiter(path)?;
        let mut reader = reader(path, delimiter)?;
        let header: Vec<String> = reader.headers().map_err(failed)?.iter().map(str::to_owned).collect();
        let mut kind_at = header.iter().position(|name| columns::written(name) == "kind");
        // Told the kind, a sheet of identifiers has a field of that name.
        if told == Some("device_identifier") {
            kind_at = None;
        }
        let kind = told.and_then(named).or_else(|| columns::kind(&header));
        if kind_at.is_none() && kind.is_none() {
            let message = "its columns do not tell what kind of record a row is: add a column `kind`, or say --sheet-kind";
            return Err(io::Error::other(format!("{}: {message}", path.display())));
        }
        let (kinds, left_out) = (BTreeSet::new(), Vec::new());
        let mut sheet = Sheet { path: path.to_owned(), delimiter, header, kind_at, kind, kinds, left_out };
        sheet.look(&mut reader)?;
        Ok(sheet)
    }

    /// The first pass: kinds, and what states nothing.
    fn look(&mut self, reader: &mut csv::Reader<File>) -> io::Result<()> {
        let (mut row, mut unknown) = (csv::StringRecord::new(), 0_u64);
        while reader.read_record(&mut row).map_err(failed)? {
            match self.kind_of(&row) {
                Some(kind) => {
                    self.kinds.insert(kind);
                }
                None => unknown = unknown.saturating_add(1),
            }
        }
        if unknown > 0 {
            self.left_out.push(Note::new("rows whose kind is not known", format!("{unknown} rows")));
        }
        let is_stated = |name: &str| self.kinds.iter().any(|kind| columns::column(kind, name).is_some());
        let others = self
            .header
            .iter()
            .enumerate()
            .filter(|(index, name)| Some(*index) != self.kind_at && !is_stated(name));
        let others: Vec<&str> = others.map(|(_, name)| name.as_str()).collect();
        if !others.is_empty() {
            self.left_out.push(Note::new("columns that name no field", others.join(", ")));
        }
        Ok(())
    }

    fn kind_of(&self, row: &csv::StringRecord) -> Option<&'static str> {
        match self.kind_at.and_then(|index| row.get(index)).map(str::trim) {
            None | Some("") => self.kind,
            Some(word) => named(word),
        }
    }

    /// Calls `keep` with every row.
    pub(super) fn items(&self, keep: &mut dyn FnMut(Item) -> io::Result<()>) -> io::Result<()> {
        let columns: Vec<(&str, Vec<Option<Column>>)> =
            self.kinds.iter().map(|kind| (*kind, self.columns(kind))).collect();
        let mut reader = reader(&self.path, self.delimiter)?;
        let mut row = csv::StringRecord::new();
        let mut ordinal = 0;
        while reader.read_record(&mut row).map_err(failed)? {
            ordinal += 1;
            let Some(kind) = self.kind_of(&row) else { continue };
            let Some((_, columns)) = columns.iter().find(|(known, _)| *known == kind) else { continue };
            let mut facts = Map::new();
            for (column, cell) in columns.iter().zip(&row) {
                if let Some(column) = column {
                    columns::state(kind, column, cell, &mut facts);
                }
            }
            let line = row.position().map_or(0, csv::Position::line);
            keep(Item { ordinal, kind: kind.to_owned(), place: format!("line {line}"), facts })?;
        }
        Ok(())
    }

    fn columns(&self, kind: &str) -> Vec<Option<Column>> {
        let of = |(index, name): (usize, &String)| {
            if Some(index) == self.kind_at { None } else { columns::column(kind, name) }
        };
        self.header.iter().enumerate().map(of).collect()
    }
}

fn named(word: &str) -> Option<&'static str> {
    let word = columns::written(word);
    let known = KINDS.iter().find(|kind| kind.name == word || kind.plural == word);
    let meant = WORDS.iter().find(|(said, _)| *said == word).and_then(|(_, name)| kind(name));
    known.or(meant).map(|kind| kind.name)
}

fn reader(path: &Path, delimiter: u8) -> io::Result<csv::Reader<File>> {
    csv::ReaderBuilder::new().delimiter(delimiter).flexible(true).from_path(path).map_err(failed)
}

/// What stands most often in the first line: a comma, a semicolon or a tab.
fn delimiter(path: &Path) -> io::Result<u8> {
    use std::io::Read as _;
    let told = |error: io::Error| io::Error::other(format!("{}: {error}", path.display()));
    let mut line = Vec::new();
    let file = File::open(path).map_err(told)?;
    BufReader::new(file).take(LONGEST_HEADER as u64).read_until(b'\n', &mut line).map_err(told)?;
    let count = |delimiter: u8| line.iter().filter(|byte| **byte == delimiter).count();
    Ok([b'\t', b';', b','].into_iter().max_by_key(|delimiter| count(*delimiter)).unwrap_or(b','))
}
