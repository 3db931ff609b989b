//! LevelDB: a folder of files that together are one store of keys and values. Read as it lies, nothing merged: every version of
//! every key that any of its files still holds, and every deletion.
//!
//! ```text
//! CURRENT           the name of the manifest
//! MANIFEST-nnnnnn   a log of version edits: which tables are current, which log comes after them
//! nnnnnn.log        a log of batches: what was written since the last table
//! nnnnnn.ldb .sst   a sorted table
//! ```
//!
//! The document has a member for each log and table, a list of rows in the order in which they lie:
//! `state` (`live`, `superseded`, `deleted`, `repeated`), `kind` (`put`, `delete`), `file`, `sequence`, `key` and `value` (bytes; no
//! value on a deletion), `current` (whether the manifest counts the file), `crc_valid`. Of all rows of a key the one with the
//! highest sequence number says what became of it: a `put` in a current file is `live` and the others are `superseded`, else all
//! are `deleted`. A row that a current file repeats is `repeated`.
//!
//! <https://github.com/google/leveldb/tree/main/doc> (`impl.md`, `log_format.md`, `table_format.md`).

mod batch;
mod block;
mod checksum;
mod log;
mod manifest;
mod rows;
mod table;

use super::error::small_hex;
use super::tree::Findings;
use super::{Document, Error, Node, Span, Value};

pub use log::is_log;
pub use table::is_table;

/// What one file of the folder is, by its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    Log,
    Table,
    Manifest,
    Current,
    /// `LOCK`, `LOG` and whatever else lies there.
    Other,
}

fn role(name: &str) -> Role {
    match name.rsplit_once('.') {
        Some((number, "log")) if is_number(number) => Role::Log,
        Some((number, "ldb" | "sst")) if is_number(number) => Role::Table,
        None if name == "CURRENT" => Role::Current,
        None if name.strip_prefix("MANIFEST-").is_some_and(is_number) => Role::Manifest,
        _ => Role::Other,
    }
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// The number in the name of a log, table or manifest.
fn number(name: &str) -> Option<u64> {
    let digits = name.strip_prefix("MANIFEST-").unwrap_or(name);
    digits.split('.').next()?.parse().ok()
}

/// Reads the files of a folder, given by name; one file alone is read as far as it goes.
///
/// # Errors
/// [`Error::WrongKind`] where none of them is a log or a table.
pub fn document<'a>(files: &[(&str, &'a [u8])]) -> Result<Document<'a>, Error> {
    let mut findings = Findings::default();
    let version = manifest::version(files, &mut findings);
    let (mut rows, mut names) = (Vec::new(), Vec::new());
    let mut files: Vec<(&str, &'a [u8])> =
        files.iter().filter(|(name, _)| matches!(role(name), Role::Log | Role::Table)).copied().collect();
    files.sort_unstable();
    for (name, bytes) in files {
        let at = names.len();
        names.push(rows::File {
            name: name.to_owned(),
            is_current: version.as_ref().is_none_or(|version| version.holds(name)),
            length: bytes.len(),
        });
        let mut told = Told { findings: &mut findings, name };
        match role(name) {
            Role::Log => log::rows(bytes, at, &mut rows, &mut told),
            _ => table::rows(bytes, at, &mut rows, &mut told),
        }
    }
    if names.is_empty() {
        return Err(Error::WrongKind { expected: "a LevelDB", found: "no log and no table".to_owned() });
    }
    manifest::tell_missing(version.as_ref(), &names, &mut findings);
    let members = rows::members(rows, &names);
    let root = Node { value: Value::Map(members), span: Span::default() };
    Ok(Document { root, findings: findings.into_vec() })
}

/// Findings of one file of the folder: each message names it.
struct Told<'f, 'n> {
    findings: &'f mut Findings,
    name: &'n str,
}

impl Told<'_, '_> {
    fn loss(&mut self, code: &'static str, offset: usize, message: &str) {
        self.findings.loss(code, offset, format!("{}: {message}", self.name));
    }

    fn broken(&mut self, code: &'static str, offset: usize, what: &str, found: &[u8]) {
        self.loss(code, offset, &format!("reading {what}: found {}", small_hex(found)));
    }
}

#[cfg(test)]
mod tests;
