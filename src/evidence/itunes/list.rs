//! The list of the files of a backup: `Manifest.db` (since iOS 10) or `Manifest.mbdb`.
//!
//! ```text
//! Files(fileID, domain, relativePath, flags, file)   flags: 1 file, 2 folder, 4 link
//! file: NSKeyedArchiver, MBFile { Size, Mode, LastModified, Birth, ProtectionClass, EncryptionKey, Digest, … }
//! fileID: SHA-1 of `domain-relativePath`, in hex
//! ```
//! `EncryptionKey` and `Digest` are NSData; the key is 4 bytes class, then 40 bytes wrapped key.

use sha1::{Digest, Sha1};

use super::super::Finding;
use super::lock::Wrapped;
use crate::parse::{
    self, Value, keyed_archive, mbdb, plist,
    sqlite::{Database, Files, Row, Table},
};

/// One file of the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Listed {
    /// The name of its content in the backup: 40 hex digits.
    pub file_id: String,
    pub domain: String,
    pub path: String,
    /// Bytes, where they are told.
    pub size: Option<u64>,
    /// Unix seconds.
    pub modified: Option<i64>,
    pub key: Key,
    /// SHA-1 that the handset computed of the content.
    pub digest: Option<[u8; 20]>,
}

/// What stands beside a file to open it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Key {
    /// Nothing.
    None,
    /// A wrapped key.
    Wrapped(Wrapped),
    /// Something that is no wrapped key, of so many bytes.
    Malformed(usize),
}

impl Key {
    fn new(bytes: Option<&[u8]>) -> Self {
        match bytes {
            None => Key::None,
            Some(bytes) => Wrapped::new(bytes).map_or(Key::Malformed(bytes.len()), Key::Wrapped),
        }
    }
}

/// The files of a backup, and what of the list could not be read.
#[derive(Debug, Default)]
pub(super) struct List {
    pub files: Vec<Listed>,
    pub findings: Vec<Finding>,
}

/// Types in a Unix mode.
const TYPE: u64 = 0o170_000;
const REGULAR: u64 = 0o100_000;

/// Reads `Manifest.mbdb`.
pub(super) fn of_mbdb(bytes: &[u8], name: &str) -> Result<List, parse::Error> {
    let manifest = mbdb::manifest(bytes)?;
    let is_file = |record: &&mbdb::Record<'_>| u64::from(record.mode) & TYPE == REGULAR;
    let files = manifest.records.iter().filter(is_file).map(of_record).collect();
    let findings = manifest.findings.into_iter().map(|finding| of(finding, name)).collect();
    Ok(List { files, findings })
}

fn of_record(record: &mbdb::Record<'_>) -> Listed {
    let mut hasher = Sha1::new();
    hasher.update(record.domain);
    hasher.update(b"-");
    hasher.update(record.path);
    Listed {
        file_id: hex::encode(hasher.finalize()),
        domain: String::from_utf8_lossy(record.domain).into_owned(),
        path: String::from_utf8_lossy(record.path).into_owned(),
        size: Some(record.size),
        modified: Some(record.modified.into()),
        key: Key::new(record.encryption_key),
        digest: record.digest.and_then(|digest| digest.try_into().ok()),
    }
}

/// Reads `Manifest.db`. `None` where it is a database of something else.
pub(super) fn of_database(
    bytes: &[u8],
    wal: Option<&[u8]>,
    name: &str,
) -> Result<Option<List>, parse::Error> {
    let database = Database::open(Files { main: bytes, wal, journal: None })?;
    let Some(table) = database.table("Files") else { return Ok(None) };
    let Some(columns) = Columns::of(table) else { return Ok(None) };
    let mut list = List::default();
    list.findings
        .extend(database.findings().iter().filter(|found| found.loss).cloned().map(|found| of(found, name)));
    for row in database.rows(table) {
        match row {
            Ok(row) => list.add(&row, table, &columns, name),
            Err(finding) => list.findings.push(of(finding, name)),
        }
    }
    Ok(Some(list))
}

fn of(finding: parse::Finding, name: &str) -> Finding {
    Finding { path: Some(name.to_owned()), ..finding.into() }
}

struct Columns {
    file_id: usize,
    domain: usize,
    path: usize,
    flags: usize,
    file: usize,
}

impl Columns {
    fn of(table: &Table) -> Option<Self> {
        Some(Columns {
            file_id: table.column("fileID")?,
            domain: table.column("domain")?,
            path: table.column("relativePath")?,
            flags: table.column("flags")?,
            file: table.column("file")?,
        })
    }
}

impl List {
    fn add(&mut self, row: &Row<'_>, table: &Table, columns: &Columns, name: &str) {
        if let Some(finding) = row.finding().filter(|finding| finding.loss) {
            self.findings.push(of(finding.clone(), name));
        }
        let flags = row.value(table, columns.flags);
        if matches!(flags, Value::Integer(2 | 4)) {
            return;
        }
        let text = |column| row.value(table, column).as_text().map(str::to_owned);
        let (file_id, domain, path) = (text(columns.file_id), text(columns.domain), text(columns.path));
        let (Some(file_id), Some(domain), Some(path)) = (file_id, domain, path) else {
            return self.odd("a row of the list has no file, domain or path", row, name);
        };
        let mut listed =
            Listed { file_id, domain, path, size: None, modified: None, key: Key::None, digest: None };
        match row.value(table, columns.file) {
            Value::Blob(bytes) => match facts(&bytes) {
                Ok(Some(facts)) => facts.fill(&mut listed),
                Ok(None) => self.odd("the facts of a file (column file) are no MBFile", row, name),
                Err(error) => {
                    self.odd(&format!("the facts of a file (column file) are unreadable: {error}"), row, name)
                }
            },
            _ => self.odd("a file of the list has no facts (column file)", row, name),
        }
        self.files.push(listed);
    }

    fn odd(&mut self, what: &str, row: &Row<'_>, name: &str) {
        let message = format!("{what}: row {}", row.rowid.unwrap_or_default());
        let (code, path, offset) = ("backup-list-damaged", Some(name.to_owned()), Some(row.place.offset));
        self.findings.push(Finding { code, message, path, offset, loss: true });
    }
}

/// What an MBFile says.
#[derive(Debug, PartialEq, Eq)]
struct Facts {
    size: Option<u64>,
    modified: Option<i64>,
    key: Key,
    digest: Option<[u8; 20]>,
}

impl Facts {
    fn fill(self, listed: &mut Listed) {
        let Facts { size, modified, key, digest } = self;
        (listed.size, listed.modified, listed.key, listed.digest) = (size, modified, key, digest);
    }
}

fn facts(bytes: &[u8]) -> Result<Option<Facts>, parse::Error> {
    let root = keyed_archive::decode(&plist::document(bytes)?.root)?.value;
    if !matches!(root, Value::Map(_)) {
        return Ok(None);
    }
    let number = |name: &str| match root.member(name).map(|node| &node.value) {
        Some(Value::Integer(number)) => Some(*number),
        _ => None,
    };
    let blob = |name: &str| match root.member(name).map(|node| &node.value) {
        Some(Value::Blob(bytes)) => Some(bytes.as_ref()),
        _ => None,
    };
    Ok(Some(Facts {
        size: number("Size").and_then(|size| size.try_into().ok()),
        modified: number("LastModified"),
        key: Key::new(blob("EncryptionKey")),
        digest: blob("Digest").and_then(|digest| digest.try_into().ok()),
    }))
}
