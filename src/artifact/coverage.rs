//! The sums that show nothing was lost: rows read = records + excluded + repeated + unreadable.

use crate::evidence::{Closed, Hashes, SourceTime, Times};
use serde::Serialize;

/// What became of the rows of one table for one kind of record.
#[derive(Debug, Clone, Default, Serialize, PartialEq, Eq)]
pub struct TableCoverage {
    /// The definition.
    pub artifact: String,
    /// The kind of record.
    pub kind: String,
    /// Id of the file.
    pub file: usize,
    /// Table, or path of the elements.
    pub table: String,
    /// Which kind of identifier, where a table is read for several.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub identifier: Option<String>,
    /// Row versions read, over all views.
    pub rows: u64,
    /// Records made of them.
    pub records: u64,
    /// Rows that a rule left out.
    pub excluded: u64,
    /// Row versions equal to a newer one; they stand in its `seen_in`.
    pub repeated: u64,
    /// Rows, or runs of rows, that could not be read; each has a finding.
    pub unreadable: u64,
    /// Of the excluded: by `where`.
    #[serde(skip_serializing_if = "is_zero")]
    pub excluded_by_where: u64,
    /// Of the excluded: outside `--from`/`--to`.
    #[serde(skip_serializing_if = "is_zero")]
    pub excluded_by_period: u64,
    /// Of the excluded: no time is known, while `--from`/`--to` is set.
    #[serde(skip_serializing_if = "is_zero")]
    pub excluded_without_time: u64,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it with a reference")]
fn is_zero(count: &u64) -> bool {
    *count == 0
}

/// The hashes of a file as text.
#[derive(Debug, Clone, Serialize, PartialEq, Eq)]
pub struct HashText {
    /// SHA-256 in hex.
    pub sha256: String,
    /// MD5 in hex, where it was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub md5: Option<String>,
    /// SHA-1 in hex, where it was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sha1: Option<String>,
}

impl From<&Hashes> for HashText {
    fn from(hashes: &Hashes) -> Self {
        HashText {
            sha256: hex::encode(hashes.sha256),
            md5: hashes.md5.map(hex::encode),
            sha1: hashes.sha1.map(hex::encode),
        }
    }
}

/// One artifact file as it stands under `files` of the report.
#[derive(Debug, Clone, Serialize)]
pub struct FileEntry {
    /// What rows refer to.
    pub id: usize,
    /// Device path.
    pub path: String,
    /// The name that the acquisition gave it.
    pub original: String,
    /// Its bytes, where the name is not UTF-8, in hex.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub original_bytes: Option<String>,
    /// Bytes.
    pub size: u64,
    /// Of its bytes; absent where they could not be read.
    #[serde(flatten)]
    pub hashes: Option<HashText>,
    /// What it was read as.
    pub container: &'static str,
    /// How it was encrypted, where a key opened it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub encryption: Option<EncryptionEntry>,
    /// The definitions that read it.
    pub definitions: Vec<String>,
    /// Recognised by its tables, not by its path.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub recognised_by_content: bool,
    /// The file that has the same device path and the same bytes; its records stand once.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub same_as: Option<usize>,
    /// Tables that no definition reads here.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub unread_tables: Vec<String>,
    /// `-wal`, `-journal`.
    pub companions: Vec<CompanionEntry>,
    /// As the acquisition gives them.
    pub times: TimesEntry,
}

/// How a file was encrypted. The key, and where it was given, stand nowhere.
#[derive(Debug, Clone, Serialize)]
pub struct EncryptionEntry {
    /// `SQLCipher 4`.
    pub method: String,
    /// Where decryption gives another file, whose offsets are told: its size and hash. Else pages keep their places, and offsets are
    /// those of the file as it was seized.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub derived: Option<DerivedEntry>,
}

/// A file that decryption makes.
#[derive(Debug, Clone, Serialize)]
pub struct DerivedEntry {
    /// Bytes.
    pub size: u64,
    /// Of its bytes, in hex.
    pub sha256: String,
}

/// A file that looks encrypted and that no key opened.
#[derive(Debug, Clone, Serialize, PartialEq, Eq)]
pub struct EncryptedFile {
    /// Device path.
    pub path: String,
    /// Its id under `files`, where a definition reads it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file: Option<usize>,
    /// What it is, as far as can be told.
    pub what: String,
    /// Why that is thought.
    pub why: String,
    /// Which key would be needed, in which form.
    pub needs: String,
    /// How many keys were tried on it.
    pub tried: usize,
}

impl EncryptedFile {
    pub(super) fn of(path: &str, file: Option<usize>, closed: Closed) -> Self {
        let Closed { what, why, needs, tried } = closed;
        EncryptedFile { path: path.to_owned(), file, what, why, needs, tried: tried.len() }
    }
}

/// A companion of a file.
#[derive(Debug, Clone, Serialize)]
pub struct CompanionEntry {
    /// Device path.
    pub path: String,
    /// Bytes.
    pub size: u64,
    /// Of its bytes.
    #[serde(flatten)]
    pub hashes: Option<HashText>,
}

/// Times of a file as the acquisition gives them.
#[derive(Debug, Clone, Default, Serialize)]
pub struct TimesEntry {
    #[serde(skip_serializing_if = "Option::is_none")]
    modified: Option<TimeEntry>,
}

#[derive(Debug, Clone, Serialize)]
struct TimeEntry {
    utc: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    local: Option<String>,
    source: &'static str,
}

impl From<&Times> for TimesEntry {
    fn from(times: &Times) -> Self {
        let modified = times.modified.as_ref().map(|modified| match modified {
            SourceTime::Utc { seconds, nanos, source } => {
                let moment = crate::record::Moment::new(*seconds, *nanos, if *nanos == 0 { 0 } else { 9 });
                TimeEntry { utc: moment.map(|moment| moment.to_string()), local: None, source }
            }
            SourceTime::Local { text, source } => TimeEntry { utc: None, local: Some(text.clone()), source },
        });
        TimesEntry { modified }
    }
}
