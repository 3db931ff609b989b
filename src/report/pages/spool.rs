//! Parts of the data on their way into the page: one after the other in a nameless file.

use super::encode::{Shapes, shaped};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufWriter, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::Path;

/// Bytes after which a part is full: small enough to be read while somebody scrolls.
const PART_BYTES: usize = 192 << 10;

/// What is called with a part: its kind, its number, and its bytes.
pub(super) type SeePart<'s> = &'s mut dyn FnMut(&str, usize, &[u8]) -> io::Result<()>;

/// Where the parts of one kind lie, in order.
type Spans = Vec<(u64, u64)>;

/// The file of the parts, and where each lies.
#[derive(Debug)]
pub(super) struct PartSpool {
    file: BufWriter<File>,
    end: u64,
    spans: BTreeMap<String, Spans>,
}

impl PartSpool {
    pub(super) fn new(folder: &Path) -> io::Result<Self> {
        let file = BufWriter::with_capacity(1 << 18, tempfile::tempfile_in(folder)?);
        Ok(PartSpool { file, end: 0, spans: BTreeMap::new() })
    }

    /// Adds a part to those of its kind.
    pub(super) fn push(&mut self, kind: &str, part: &[u8]) -> io::Result<()> {
        self.file.write_all(part)?;
        let length = part.len() as u64;
        self.spans.entry(kind.to_owned()).or_default().push((self.end, length));
        self.end += length;
        Ok(())
    }

    /// Bytes of all parts.
    pub(super) fn bytes(&self) -> u64 {
        self.end
    }

    /// How many parts there are of each kind.
    pub(super) fn counts(&self) -> BTreeMap<&str, usize> {
        self.spans.iter().map(|(kind, spans)| (kind.as_str(), spans.len())).collect()
    }

    /// Calls `each` with every part.
    pub(super) fn each(&mut self, each: SeePart<'_>) -> io::Result<()> {
        self.file.flush()?;
        let file = self.file.get_mut();
        let mut part = Vec::new();
        for (kind, spans) in &self.spans {
            for (number, (offset, length)) in spans.iter().enumerate() {
                file.seek(SeekFrom::Start(*offset))?;
                part.clear();
                io::Read::by_ref(file).take(*length).read_to_end(&mut part)?;
                each(kind, number, &part)?;
            }
        }
        Ok(())
    }
}

/// Values that become a part: `{"shapes": […], "values": […]}`.
#[derive(Debug, Default)]
pub(super) struct Part {
    shapes: Shapes,
    values: Vec<u8>,
    pub(super) count: usize,
}

impl Part {
    pub(super) fn push(&mut self, value: &Value) {
        if self.count > 0 {
            self.values.extend(b",\n");
        }
        shaped(value, &mut self.shapes, &mut self.values);
        self.count += 1;
    }

    pub(super) fn is_full(&self) -> bool {
        self.values.len() >= PART_BYTES
    }

    pub(super) fn written(&self) -> Vec<u8> {
        [b"{\"shapes\":".as_slice(), &self.shapes.written(), b",\"values\":[\n", &self.values, b"]}"].concat()
    }
}

/// Lists of values that are no records, each in parts of its own.
#[derive(Debug)]
pub(super) struct Lists {
    spool: PartSpool,
    open: BTreeMap<String, Part>,
}

impl Lists {
    pub(super) fn new(folder: &Path) -> io::Result<Self> {
        Ok(Lists { spool: PartSpool::new(folder)?, open: BTreeMap::new() })
    }

    pub(super) fn push(&mut self, list: &str, value: &Value) -> io::Result<()> {
        // It becomes the name of a file and of an element, and it comes out of a report that anybody may have written.
        let name: String = list.chars().filter(char::is_ascii_lowercase).take(32).collect();
        let kind = format!("analysis-{name}");
        let part = self.open.entry(kind.clone()).or_default();
        part.push(value);
        if part.is_full() {
            let full = std::mem::take(part);
            self.spool.push(&kind, &full.written())?;
        }
        Ok(())
    }

    pub(super) fn end(mut self) -> io::Result<PartSpool> {
        for (list, part) in self.open.iter().filter(|(_, part)| part.count > 0) {
            self.spool.push(list, &part.written())?;
        }
        Ok(self.spool)
    }
}
