//! Records on their way into the report: one spool for each artifact, one run of JSON for each kind, on disk past a megabyte. So
//! memory does not grow with the messages, and artifacts can be read in any order.

use super::json;
use crate::record::kinds::Kind;
use crate::record::{FieldValue, Record, RowReference, Sink};
use serde_json::Value;
use std::io::{self, BufRead as _, BufReader, BufWriter, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use tempfile::SpooledTempFile;

/// Bytes of one kind that are kept in memory.
const IN_MEMORY: usize = 1 << 20;

/// A fact about the device, with the rows that it rests on.
#[derive(Debug, Clone)]
pub(super) struct Fact {
    /// The field, or `extra.NAME`.
    pub(super) field: String,
    /// Definition and source, by which facts are ranked.
    pub(super) rank: (String, usize),
    pub(super) value: Value,
    pub(super) whole: Value,
}

/// The records of one artifact.
#[derive(Debug)]
pub struct Spool {
    folder: PathBuf,
    kinds: Vec<(&'static Kind, BufWriter<SpooledTempFile>)>,
    buffer: Vec<u8>,
    pub(super) facts: Vec<Fact>,
}

impl Spool {
    /// A spool whose files, nameless, lie in this folder.
    pub fn new(folder: &Path) -> Self {
        Spool { folder: folder.to_owned(), kinds: Vec::new(), buffer: Vec::new(), facts: Vec::new() }
    }

    /// The file of a kind, behind its last record.
    fn file(&mut self, kind: &'static Kind) -> io::Result<&mut BufWriter<SpooledTempFile>> {
        let position = match self.kinds.iter().position(|(known, _)| *known == kind) {
            Some(position) => {
                if let Some((_, file)) = self.kinds.get_mut(position) {
                    file.write_all(b",\n")?;
                }
                position
            }
            None => {
                let file = tempfile::spooled_tempfile_in(IN_MEMORY, &self.folder);
                self.kinds.push((kind, BufWriter::with_capacity(1 << 16, file)));
                self.kinds.len() - 1
            }
        };
        self.kinds
            .get_mut(position)
            .map(|(_, file)| file)
            .ok_or_else(|| io::Error::other("a spool without a file"))
    }

    /// Copies the records of a kind behind what stands in `out`; whether there were any.
    pub(super) fn copy(&mut self, kind: &Kind, first: bool, out: &mut dyn Write) -> io::Result<bool> {
        let Some((_, file)) = self.kinds.iter_mut().find(|(known, _)| *known == kind) else {
            return Ok(false);
        };
        file.flush()?;
        let file = file.get_mut();
        file.seek(SeekFrom::Start(0))?;
        if !first {
            out.write_all(b",\n")?;
        }
        io::copy(file, out)?;
        Ok(true)
    }

    /// Calls `see` with the JSON of every record of a kind, one by one.
    pub(super) fn each(
        &mut self,
        kind: &Kind,
        see: &mut dyn FnMut(&[u8]) -> io::Result<()>,
    ) -> io::Result<()> {
        let Some((_, file)) = self.kinds.iter_mut().find(|(known, _)| *known == kind) else { return Ok(()) };
        file.flush()?;
        let file = file.get_mut();
        file.seek(SeekFrom::Start(0))?;
        let mut lines = BufReader::with_capacity(1 << 16, file);
        let mut line = Vec::new();
        while lines.read_until(b'\n', &mut line)? > 0 {
            let record = line.strip_suffix(b"\n").unwrap_or(&line);
            see(record.strip_suffix(b",").unwrap_or(record))?;
            line.clear();
        }
        Ok(())
    }

    /// The folder that its files lie in.
    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Keeps each field of a device record as a fact of its own.
    fn keep_facts(&mut self, record: &Record<'_>) {
        let fields = record.fields.iter().map(|(field, held)| (field.name.to_owned(), held));
        let extra = record.extra.iter().map(|(name, held)| (format!("extra.{name}"), held));
        for (field, held) in fields.chain(extra).filter(|(_, held)| **held != FieldValue::Null) {
            // Of a look-up every row stands; of values that have places of their own, those of the field.
            let is_of_it = |row: &&RowReference<'_>| {
                row.role == "base" || row.table.is_some() && row.path.is_none() || row.role == field
            };
            let rows: Vec<RowReference<'_>> = record.rows.iter().filter(is_of_it).cloned().collect();
            let mut value = Vec::new();
            json::value(&mut value, held);
            let value: Value = serde_json::from_slice(&value).unwrap_or(Value::Null);
            let mut provenance = Vec::new();
            json::provenance(&mut provenance, &rows, record);
            let mut whole = serde_json::json!({
                "value": value, "artifact": record.artifact, "state": record.state.name(),
                "provenance": serde_json::from_slice::<Value>(&provenance).unwrap_or(Value::Null),
            });
            if record.is_candidate {
                whole["certainty"] = json::CANDIDATE.into();
            }
            self.facts.push(Fact {
                field,
                rank: (record.artifact.to_owned(), record.precedence),
                value,
                whole,
            });
        }
    }
}

impl Sink for Spool {
    fn record(&mut self, record: &Record<'_>) -> io::Result<()> {
        if record.kind.name == "device" {
            self.keep_facts(record);
            return Ok(());
        }
        let mut buffer = std::mem::take(&mut self.buffer);
        buffer.clear();
        json::record(&mut buffer, record);
        self.file(record.kind)?.write_all(&buffer)?;
        self.buffer = buffer;
        Ok(())
    }
}
