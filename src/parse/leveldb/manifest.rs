//! The manifest (`db/version_edit.cc`): a log whose records add files to, and take them from, what is current.

use std::collections::BTreeSet;

use super::rows::File;
use super::{Role, Told, log, number, role};
use crate::parse::tree::Findings;
use crate::parse::varint::{size, varint};

/// What is current.
#[derive(Debug, Default)]
pub(super) struct Version {
    tables: BTreeSet<u64>,
    /// Logs below this number are in tables.
    log: u64,
    previous_log: u64,
}

impl Version {
    /// Whether a log or table counts.
    pub(super) fn holds(&self, name: &str) -> bool {
        let Some(number) = number(name) else { return false };
        match role(name) {
            Role::Log => number >= self.log || number == self.previous_log,
            _ => self.tables.contains(&number),
        }
    }
}

/// The version that the manifest of a folder describes; `None` where it has none.
pub(super) fn version(files: &[(&str, &[u8])], findings: &mut Findings) -> Option<Version> {
    let current = files.iter().find(|(name, _)| role(name) == Role::Current).map(|(_, bytes)| *bytes);
    let wanted = current.and_then(|bytes| std::str::from_utf8(bytes).ok()).map(str::trim);
    let manifests = files.iter().filter(|(name, _)| role(name) == Role::Manifest);
    let chosen = match wanted {
        Some(wanted) => files.iter().find(|(name, _)| *name == wanted),
        None => None,
    };
    if let (Some(wanted), None) = (wanted, chosen) {
        let name: String = wanted.chars().filter(|c| !c.is_control()).take(32).collect();
        findings.loss("leveldb-manifest", 0, format!("CURRENT names `{name}`, which is not there"));
    }
    let (name, bytes) = chosen.or_else(|| manifests.max_by_key(|(name, _)| number(name)))?;
    let mut told = Told { findings, name };
    let mut version = Version::default();
    let mut is_read = false;
    for record in log::records(bytes, &mut told) {
        is_read = true;
        if edit(&record.bytes, &mut version).is_none() {
            told.broken("leveldb-manifest", record.start(), "a version edit", &record.bytes);
        }
    }
    is_read.then_some(version)
}

/// Applies one record.
fn edit(bytes: &[u8], version: &mut Version) -> Option<()> {
    let mut left = bytes;
    while !left.is_empty() {
        match take_number(&mut left)? {
            1 => take_counted(&mut left)?,
            2 => version.log = take_number(&mut left)?,
            9 => version.previous_log = take_number(&mut left)?,
            3 | 4 => {
                take_number(&mut left)?;
            }
            5 => {
                take_number(&mut left)?;
                take_counted(&mut left)?;
            }
            6 => {
                take_number(&mut left)?;
                version.tables.remove(&take_number(&mut left)?);
            }
            7 => {
                take_number(&mut left)?;
                version.tables.insert(take_number(&mut left)?);
                take_number(&mut left)?;
                take_counted(&mut left)?;
                take_counted(&mut left)?;
            }
            _ => return None,
        }
    }
    Some(())
}

fn take_number(left: &mut &[u8]) -> Option<u64> {
    let read = varint(left)?;
    *left = left.get(read.length..)?;
    Some(read.value)
}

fn take_counted(left: &mut &[u8]) -> Option<()> {
    let (length, width) = size(left)?;
    *left = left.get(width.checked_add(length)?..)?;
    Some(())
}

/// Tables that are current and not there.
pub(super) fn tell_missing(version: Option<&Version>, files: &[File], findings: &mut Findings) {
    let there: BTreeSet<u64> = files
        .iter()
        .filter(|file| role(&file.name) == Role::Table)
        .filter_map(|file| number(&file.name))
        .collect();
    for table in version.iter().flat_map(|version| version.tables.difference(&there)) {
        findings.loss("leveldb-table-missing", 0, format!("table {table} is current and is not there"));
    }
}
