//! Where a record comes from: every row that contributed, down to page, offset and length.

use serde::Serialize;
use sha2::{Digest, Sha256};
use std::borrow::Cow;

/// What we claim of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// It stands in the live view.
    Live,
    /// The live view holds the same row with other content.
    Superseded,
    /// The live view holds no such row.
    Deleted,
    /// The live view holds no such row, and it lies on a page that the live view cannot reach and that was not freed: damage, or a
    /// pointer that was changed.
    Unreachable,
    /// Which table it belongs to, or whether a rule of its definition takes it, cannot be told.
    Unattributed,
}

impl State {
    /// All of them, in the order of the vocabulary.
    pub const ALL: [State; 5] =
        [State::Live, State::Superseded, State::Deleted, State::Unreachable, State::Unattributed];

    /// As written in the report.
    pub fn name(self) -> &'static str {
        match self {
            State::Live => "live",
            State::Superseded => "superseded",
            State::Deleted => "deleted",
            State::Unreachable => "unreachable",
            State::Unattributed => "unattributed",
        }
    }
}

/// One row, or one node of a tree, that contributed to a record.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RowReference<'a> {
    /// `base`, the name of the look-up that found it, or the field that it gave.
    pub role: Cow<'a, str>,
    /// Id of the file in `files`.
    pub file: usize,
    /// The table, for formats that have tables.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub table: Option<Cow<'a, str>>,
    /// JSON Pointer (RFC 6901) of the node, for trees.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// The address of a cell, or of a row, of a spreadsheet: `Messages!C17`, `Messages!17`; of a CSV file `C17`, `17`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cell: Option<String>,
    /// The rowid, where the table has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rowid: Option<i64>,
    /// Where this version of the row lies: `live`, `main`, …
    pub view: Cow<'a, str>,
    /// Which companion the offset counts in: `main`, `wal`, `journal`; of a folder that is read as one, the name of the file.
    pub source: Cow<'a, str>,
    /// Page, for formats that have pages.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub page: Option<u32>,
    /// Bytes from the start of that file.
    pub offset: u64,
    /// Bytes that the row occupies there (of a SQLite row: its cell on the page, overflow pages apart).
    pub length: u64,
    /// Whether all of it could be read.
    pub complete: bool,
    /// Columns whose value could not be read, or not to its end.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub missing: Vec<Cow<'a, str>>,
    /// Of a row in unused space: how it was made out, what was lost of it, and how its table was told.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Overflow pages, in order.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub overflow: Vec<OverflowPage>,
    /// How many other versions of this row there are, in other views.
    #[serde(skip_serializing_if = "is_zero")]
    pub other_versions: usize,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it with a reference")]
fn is_zero(count: &usize) -> bool {
    *count == 0
}

/// A page that continues a row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct OverflowPage {
    /// `main`, `wal`, `journal`.
    pub source: Cow<'static, str>,
    /// Page number.
    pub page: u32,
    /// Bytes from the start of that file to the page.
    pub offset: u64,
}

/// Another place at which an equal version of a row stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Sighting {
    /// `main`, `wal:3`, …
    pub view: String,
    /// `main`, `wal`, `journal`.
    pub source: String,
    /// Page number.
    pub page: u32,
    /// Bytes from the start of that file.
    pub offset: u64,
    /// Bytes.
    pub length: u64,
}

/// What a record id is derived from, so that the same row of the same evidence has the same id in every run.
#[derive(Debug)]
pub struct RecordId<'a> {
    /// Kind of record.
    pub kind: &'a str,
    /// SHA-256 of the file.
    pub file_sha256: &'a [u8],
    /// Device path: two copies of one file are two sources.
    pub path: &'a str,
    /// Which of several files with this path, counted from 0: equal files may lie beside different write-ahead logs.
    pub copy: usize,
    /// The definition.
    pub artifact: &'a str,
    /// Table, or JSON Pointer.
    pub table: &'a str,
    /// Which kind of identifier, where a row gives several.
    pub what: &'a str,
    /// Rowid or key, encoded.
    pub identity: &'a [u8],
    /// The view.
    pub view: &'a str,
    /// Where it begins: a damaged table may hold two rows with one rowid, a document a key twice.
    pub offset: u64,
}

impl RecordId<'_> {
    /// `message-` and 16 hexadecimal digits.
    pub fn text(&self) -> String {
        let mut hash = Sha256::new();
        let (copy, offset) = ((self.copy as u64).to_be_bytes(), self.offset.to_be_bytes());
        let parts = [
            self.file_sha256,
            self.path.as_bytes(),
            &copy,
            self.artifact.as_bytes(),
            self.table.as_bytes(),
            self.what.as_bytes(),
            self.identity,
            self.view.as_bytes(),
            &offset,
        ];
        for part in parts {
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part);
        }
        let digest = hash.finalize();
        format!("{}-{}", self.kind.replace('_', "-"), hex::encode(digest.get(..8).unwrap_or(&digest)))
    }
}
