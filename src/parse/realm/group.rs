//! The group: all tables of one commit.
//!
//! ```text
//! 0 names │ 1 tables │ 2 logical size │ 3, 4, 5 free space: positions, sizes, commits │ 6 commit │ 7 kind of history │ 8 history │ …
//! ```
//!
//! Source: realm-core, `group.hpp`, `group.cpp`.

use super::super::error::small_hex;
use super::super::{Error, Finding, Value};
use super::array::{Array, Entry};
use super::blobs::Blobs;
use super::element::{self, Element, Kind};
use super::header::{Header, Slot, header};
use super::reader::Reader;
use super::table::{Row, Table};
use std::borrow::Cow;

/// The formats that were ever published, and 0 of a file that has no tables yet.
const NEWEST: u8 = 24;

/// A Realm file that is not encrypted, or no longer.
#[derive(Debug, Clone, Copy)]
pub struct Realm<'a> {
    bytes: &'a [u8],
    /// What its first bytes say.
    pub header: Header,
}

/// One commit of a file.
#[derive(Debug)]
pub struct Snapshot<'a> {
    pub(super) reader: Reader<'a>,
    /// The slot that names it.
    pub slot: Slot,
    /// Its tables in the order of the file.
    pub tables: Vec<Table<'a>>,
    /// The number of the commit, where the file counts them.
    pub commit: Option<i64>,
    /// The kind of its history: 0 none, 1 beside the file, 2 in the file, 3 of a client that synchronises, 4 of a server.
    pub history: Option<i64>,
    /// Bytes that the commit uses of the file.
    pub logical_size: Option<u64>,
}

impl<'a> Realm<'a> {
    /// Opens a file.
    ///
    /// # Errors
    /// [`Error::WrongKind`] where it is no Realm file; where header or footer do not fit.
    pub fn open(bytes: &'a [u8]) -> Result<Self, Error> {
        Ok(Realm { bytes, header: header(bytes)? })
    }

    /// The last commit.
    ///
    /// # Errors
    /// Where its group cannot be read.
    pub fn current(&self) -> Result<Snapshot<'a>, Error> {
        Snapshot::open(self.bytes, self.header.current)
    }

    /// The commit before, where the file names one. It is whole as long as the space that it freed was not used.
    ///
    /// # Errors
    /// Where its group cannot be read.
    pub fn previous(&self) -> Option<Result<Snapshot<'a>, Error>> {
        self.header.previous.map(|slot| Snapshot::open(self.bytes, slot))
    }
}

impl<'a> Snapshot<'a> {
    fn open(bytes: &'a [u8], slot: Slot) -> Result<Self, Error> {
        if slot.format > NEWEST {
            return Err(Error::Unexpected {
                offset: 20,
                what: "the file format".to_owned(),
                expected: format!("at most {NEWEST}"),
                found: small_hex(&[slot.format]),
            });
        }
        let mut reader = Reader::new(bytes, slot.format);
        let (tables, commit, history, logical_size) = (Vec::new(), None, None, None);
        if slot.top_ref == 0 {
            return Ok(Snapshot { reader, slot, tables, commit, history, logical_size });
        }
        let top = reader.array(slot.top_ref)?;
        reader.names = names(&reader, &top)?;
        let logical_size = top.tagged(2).and_then(|size| u64::try_from(size).ok());
        let (commit, history) = (top.tagged(6), top.tagged(7));
        let mut snapshot = Snapshot { reader, slot, tables, commit, history, logical_size };
        snapshot.open_tables(&top)?;
        snapshot.primary_keys();
        Ok(snapshot)
    }

    fn open_tables(&mut self, top: &Array<'a>) -> Result<(), Error> {
        let refs = self.reader.child(top, 1, "tables of a group")?;
        for index in 0..refs.size {
            // A number in the place of a ref is a free place.
            let Some(Entry::Ref(reference)) = refs.entry(index) else { continue };
            let name = self.reader.names.get(index).cloned().unwrap_or(Cow::Borrowed(""));
            if name == "!UPDATE_PROGRESS" {
                continue;
            }
            let table = self.reader.array(reference);
            let table = table.and_then(|top| Table::open(&self.reader, name, (index, top)));
            match table {
                Ok(table) => self.tables.push(table),
                Err(error) => self.reader.lost("realm-table-unreadable", &error),
            }
            if self.reader.is_exhausted() {
                break;
            }
        }
        Ok(())
    }

    /// Before format 11, or 10, the table `pk` names the primary keys.
    fn primary_keys(&mut self) {
        let Some(table) = self.tables.iter().find(|table| table.name == "pk") else { return };
        let mut named: Vec<(String, String)> = Vec::new();
        let done: Result<(), std::convert::Infallible> = table.rows(&self.reader, &mut |row| {
            let text = |name: &str| {
                let at = table.columns.iter().position(|column| column.name == name)?;
                row.values.get(at)?.value.as_text().map(str::to_owned)
            };
            named.extend(text("pk_table").zip(text("pk_property")));
            Ok(())
        });
        match done {
            Ok(()) => {}
        }
        for (class, property) in named {
            let class = class.strip_prefix("class_").unwrap_or(&class);
            let is_it = |table: &&mut Table<'a>| table.name.strip_prefix("class_") == Some(class);
            let Some(table) = self.tables.iter_mut().find(is_it) else { continue };
            if let Some(column) = table.columns.iter_mut().find(|column| column.name == *property) {
                column.is_primary_key = true;
            }
        }
    }

    /// A table by its name, with or without the `class_` of the object store.
    #[must_use]
    pub fn table(&self, name: &str) -> Option<&Table<'a>> {
        let is_it = |table: &&Table<'a>| table.name == name;
        let is_class = |table: &&Table<'a>| table.name.strip_prefix("class_") == Some(name);
        self.tables.iter().find(is_it).or_else(|| self.tables.iter().find(is_class))
    }

    /// Number of rows of a table.
    #[must_use]
    pub fn count(&self, table: &Table<'a>) -> usize {
        table.count(&self.reader)
    }

    /// Hands on every row of a table in the order of the keys.
    ///
    /// # Errors
    /// Those of `each`; what cannot be read of the file is a finding.
    pub fn rows<E>(
        &self,
        table: &Table<'a>,
        each: &mut dyn FnMut(Row<'a>) -> Result<(), E>,
    ) -> Result<(), E> {
        table.rows(&self.reader, each)
    }

    /// The row of a key. Of rows with one key, which no sound file has, the first of a leaf.
    #[must_use]
    pub fn row(&self, table: &Table<'a>, key: i64) -> Option<Row<'a>> {
        table.find(&self.reader, key)
    }

    /// What was odd or unreadable since it was last asked.
    #[must_use]
    pub fn take_findings(&self) -> Vec<Finding> {
        self.reader.take_findings()
    }
}

/// The names of the tables by their index.
fn names<'a>(reader: &Reader<'a>, top: &Array<'a>) -> Result<Vec<Cow<'a, str>>, Error> {
    let array = reader.child(top, 0, "names of tables")?;
    let blobs = Blobs { is_text: true, nullable: false, is_inverted: false };
    let element = Element { kind: Kind::Blobs(blobs), nullable: false };
    let mut names = Vec::new();
    for index in 0..element::count(reader, &element, &array)? {
        reader.spend(array.offset)?;
        names.push(match element::value(reader, &element, &array, index)?.value {
            Value::Text(name) => name,
            Value::InvalidText { reading, .. } => Cow::Owned(reading),
            _ => Cow::Borrowed(""),
        });
    }
    Ok(names)
}
