//! CONTRACT SKELETON (replaced by the real reader).
#![allow(missing_docs, unused_variables, clippy::todo, clippy::unimplemented, clippy::panic)]
use super::{Error, Finding, Value};
use std::fmt;

/// Which of the files of a database a byte lies in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Source {
    Main,
    Wal,
    Journal,
}

/// Where a row version lies (DESIGN section 3). Display: `live wal:<commit> main journal freelist freeblock unallocated`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum View {
    Live,
    Wal(u32),
    Main,
    Journal,
    Freelist,
    Freeblock,
    Unallocated,
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        todo!()
    }
}
impl fmt::Display for View {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        todo!()
    }
}
impl std::str::FromStr for Source {
    type Err = ();
    fn from_str(s: &str) -> Result<Self, ()> {
        todo!()
    }
}
impl std::str::FromStr for View {
    type Err = ();
    fn from_str(s: &str) -> Result<Self, ()> {
        todo!()
    }
}

/// The bytes of a database: its main file and the companions that lie beside it.
#[derive(Debug, Clone, Copy)]
pub struct Files<'a> {
    pub main: &'a [u8],
    pub wal: Option<&'a [u8]>,
    pub journal: Option<&'a [u8]>,
}

/// The place of a cell: `offset` counts from the start of the file `source`; `length` is what the cell occupies on its page
/// (payload-length varint, rowid varint, local payload and the overflow page number).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    pub view: View,
    pub source: Source,
    pub page: u32,
    pub offset: u64,
    pub length: u64,
}

/// What tells two rows of a table apart: the rowid, or the encoded primary key of a WITHOUT ROWID table.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Identity {
    Rowid(i64),
    Key(Vec<u8>),
}

#[derive(Debug, Clone)]
pub struct Column {
    pub name: String,
    pub declared_type: String, /* affinity, default, generated, stored position … */
}
#[derive(Debug, Clone)]
pub struct Table {
    pub name: String,
    pub root_page: u32,
    pub columns: Vec<Column>,
    pub rowid_alias: Option<usize>,
    pub without_rowid: bool,
    pub strict: bool,
    pub sql: String,
}
impl Table {
    /// The index of a column by name, ASCII-case-insensitively, as SQLite compares names.
    pub fn column(&self, name: &str) -> Option<usize> {
        todo!()
    }
}
/// Everything in `sqlite_schema` that is not an ordinary table: views, virtual tables, indexes, triggers.
#[derive(Debug, Clone)]
pub struct SchemaObject {
    pub kind: String,
    pub name: String,
    pub table: String,
    pub sql: String,
}
#[derive(Debug, Clone, Default)]
pub struct Schema {
    pub tables: Vec<Table>,
    pub others: Vec<SchemaObject>,
}
#[derive(Debug, Clone)]
pub struct Row<'a> {
    pub rowid: Option<i64>,
    pub place: Place,
    pub complete: bool,
    marker: std::marker::PhantomData<&'a ()>,
}
impl<'a> Row<'a> {
    /// Decodes one column, by its index in `table.columns`; lazily: other columns cost nothing. A short row takes the column default.
    pub fn value(&self, table: &Table, column: usize) -> Value<'a> {
        todo!()
    }
    /// Whether the value of this column is the column's DEFAULT because the record is too short to hold it.
    pub fn is_default(&self, table: &Table, column: usize) -> bool {
        todo!()
    }
    pub fn identity(&self, table: &Table) -> Identity {
        todo!()
    }
    /// The encoded record, overflow included: equal bytes are equal rows (never compare decoded values).
    pub fn payload(&self) -> &[u8] {
        todo!()
    }
    /// Overflow pages in order, as (source, page, offset in the source file).
    pub fn overflow(&self) -> Vec<(Source, u32, u64)> {
        todo!()
    }
}
pub struct Database<'a> {
    marker: std::marker::PhantomData<&'a ()>,
}
impl<'a> Database<'a> {
    /// Opens over the bytes; nothing is copied. Errors only when this is no SQLite database at all (`Error::WrongKind`) or its header cannot be used.
    pub fn open(files: Files<'a>) -> Result<Database<'a>, Error> {
        todo!()
    }
    /// Schema of the live view.
    pub fn schema(&self) -> &Schema {
        todo!()
    }
    /// What was odd in the header, the WAL, the journal, the schema.
    pub fn findings(&self) -> &[Finding] {
        todo!()
    }
    pub fn table(&self, name: &str) -> Option<&Table> {
        todo!()
    }
    /// Live rows (WAL applied), in key order. A damaged cell, page or chain is an `Err(Finding)` and the iteration goes on.
    pub fn rows<'d>(&'d self, table: &'d Table) -> Box<dyn Iterator<Item = Result<Row<'a>, Finding>> + 'd> {
        todo!()
    }
    /// Row versions of older snapshots that lie on page images which the live view does not use (today: view `main`, under a WAL);
    /// newest snapshot first, then key order. Rows on a page image that the live view itself reads are not repeated here. Empty without a WAL.
    pub fn older_rows<'d>(
        &'d self,
        table: &'d Table,
    ) -> Box<dyn Iterator<Item = Result<Row<'a>, Finding>> + 'd> {
        todo!()
    }
    /// The live row with this rowid, by descending the b-tree (no scan).
    pub fn find(&self, table: &Table, rowid: i64) -> Result<Option<Row<'a>>, Finding> {
        todo!()
    }
    /// Re-reads one row at a place that a report names, without walking the tree. Checks that a cell of this table's kind lies there.
    pub fn row_at(&self, table: &Table, place: &Place) -> Result<Row<'a>, Error> {
        todo!()
    }
}
