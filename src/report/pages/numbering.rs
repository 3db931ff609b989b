//! Records get their numbers in the page, one after the other, and lie in parts of one kind each. Part n of the index tells of the
//! records of part n.

use super::index::Columns;
use super::row::Row;
use super::spool::{Part, PartSpool};
use serde_json::{Value, json};
use std::io;

/// Records of one part: as many as a list shows while it is scrolled quickly.
const PART_RECORDS: usize = 400;

/// Numbers records and fills parts.
#[derive(Debug)]
pub(super) struct Numbering {
    spool: PartSpool,
    plural: String,
    part: Part,
    columns: Columns,
    threads: Part,
    next: u64,
    kinds: Vec<Value>,
}

impl Numbering {
    pub(super) fn new(spool: PartSpool) -> Self {
        Numbering {
            spool,
            plural: String::new(),
            part: Part::default(),
            columns: Columns::default(),
            threads: Part::default(),
            next: 0,
            kinds: Vec::new(),
        }
    }

    /// The number of the next record.
    pub(super) fn next(&self) -> u64 {
        self.next
    }

    /// Adds a record.
    pub(super) fn record(&mut self, plural: &str, record: &Value, row: &Row) -> io::Result<()> {
        if plural != self.plural {
            self.flush()?;
            plural.clone_into(&mut self.plural);
            self.kinds.push(json!({"kind": plural, "first": self.next}));
        }
        self.part.push(record);
        self.columns.push(record, row);
        self.next += 1;
        if self.part.is_full() || self.part.count >= PART_RECORDS { self.flush() } else { Ok(()) }
    }

    /// Adds what is known of a thread.
    pub(super) fn thread(&mut self, thread: &Value) -> io::Result<()> {
        self.threads.push(thread);
        if self.threads.is_full() {
            let full = std::mem::take(&mut self.threads);
            self.spool.push("threads", &full.written())?;
        }
        Ok(())
    }

    fn flush(&mut self) -> io::Result<()> {
        if self.part.count == 0 {
            return Ok(());
        }
        self.spool.push("records", &std::mem::take(&mut self.part).written())?;
        self.spool.push("index", &std::mem::take(&mut self.columns).written(&self.plural))
    }

    /// Ends the last part.
    pub(super) fn end(mut self) -> io::Result<Numbered> {
        self.flush()?;
        if self.threads.count > 0 {
            self.spool.push("threads", &self.threads.written())?;
        }
        Ok(Numbered { spool: self.spool, records: self.next, kinds: self.kinds })
    }
}

/// All parts.
#[derive(Debug)]
pub(super) struct Numbered {
    pub(super) spool: PartSpool,
    records: u64,
    /// Of each kind the number of its first record.
    pub(super) kinds: Vec<Value>,
}

impl Numbered {
    pub(super) fn records(&self) -> u64 {
        self.records
    }

    pub(super) fn bytes(&self) -> u64 {
        self.spool.bytes()
    }
}
