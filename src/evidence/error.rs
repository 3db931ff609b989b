//! What stops a reading of evidence, and what is only odd about it.

use std::{io, path::PathBuf};

use crate::parse;

/// Why evidence, or one file of it, cannot be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// There is nothing at the path.
    #[error("{}: no such file or folder", .path.display())]
    NotFound {
        /// As it was given.
        path: PathBuf,
    },
    /// A pipe, a socket or a device: it cannot be read twice, so it cannot be verified.
    #[error("{}: neither a file nor a folder", .path.display())]
    NotAFile {
        /// As it was given.
        path: PathBuf,
    },
    /// The operating system refused.
    #[error("{}: {cause}", .path.display())]
    Unreadable {
        /// The file or folder.
        path: PathBuf,
        /// Its reason.
        #[source]
        cause: io::Error,
    },
    /// The file had another length when its bytes were read than when it was opened.
    #[error("{}: {expected} bytes when opened, {found} when read: it changed meanwhile", .path.display())]
    Changed {
        /// The file.
        path: PathBuf,
        /// Bytes when it was opened.
        expected: u64,
        /// Bytes that were there.
        found: u64,
    },
    /// What bytes were decompressed from is no longer what it was.
    #[error("{}: its bytes are no longer those that were decompressed when it was opened", .path.display())]
    Altered {
        /// The file.
        path: PathBuf,
    },
    /// The container itself cannot be read.
    #[error("{}: {cause}", .path.display())]
    Container {
        /// The container.
        path: PathBuf,
        /// Where in it, and why.
        #[source]
        cause: parse::Error,
    },
    /// A member of the container cannot be read.
    #[error("{name:?}: {cause}")]
    Member {
        /// Its name in the container.
        name: String,
        /// Where in the container, and why.
        #[source]
        cause: parse::Error,
    },
    /// A member needs a password.
    #[error("{name:?} at {offset:#x}: encrypted in the container")]
    Encrypted {
        /// Its name in the container.
        name: String,
        /// Offset in the container of its header.
        offset: u64,
    },
    /// A file of a backup is encrypted, and its key cannot be had.
    #[error("{name:?}: {reason}")]
    Locked {
        /// Its name in the backup.
        name: String,
        /// Why: no password, a wrong one, a damaged key.
        reason: String,
    },
    /// A member is compressed by a method that is not supported.
    #[error("{name:?} at {offset:#x}: compressed with {method}, which is not supported")]
    Unsupported {
        /// Its name in the container.
        name: String,
        /// Offset in the container of its header.
        offset: u64,
        /// The method and its number.
        method: String,
    },
    /// A large member could not be spilled.
    #[error("{}: cannot hold a decompressed member: {cause}", .directory.display())]
    Spill {
        /// The folder for temporary files.
        directory: PathBuf,
        /// The reason.
        #[source]
        cause: io::Error,
    },
    /// The keys that were given cannot be understood; no value of them is told.
    #[error("{}: {problem}", .path.display())]
    Keys {
        /// `keys.toml`, or the password file.
        path: PathBuf,
        /// Which entry and which key of it, and what was expected.
        problem: String,
    },
    /// A file that is not of this evidence.
    #[error("{name:?}: not a file of this evidence")]
    Foreign {
        /// Its name.
        name: String,
    },
    /// A pattern of a definition is malformed.
    #[error("pattern {pattern:?}: {cause}")]
    Pattern {
        /// As it was given.
        pattern: String,
        /// What is wrong with it.
        #[source]
        cause: globset::Error,
    },
}

/// Something odd or unreadable about the evidence; the reading went on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// A stable kebab-case name: `zip-truncated`.
    pub code: &'static str,
    /// One sentence: what was read, what was expected, what was found.
    pub message: String,
    /// The name in the acquisition (printable) of the file that it is about, where it is about one.
    pub path: Option<String>,
    /// Bytes from the start of the container, where there is a place.
    pub offset: Option<u64>,
    /// Whether evidence could not be read because of it.
    pub loss: bool,
}

impl From<parse::Finding> for Finding {
    fn from(found: parse::Finding) -> Self {
        let parse::Finding { code, message, offset, loss, .. } = found;
        Finding { code, message, path: None, offset, loss }
    }
}

impl Error {
    /// An entry of another container.
    pub(super) fn foreign(entry: usize) -> Self {
        Error::Foreign { name: format!("entry {entry}") }
    }
}

/// How many findings of one code stand by themselves; a hostile archive, or one written by an odd tool, has as many as
/// it has members.
const EACH: usize = 100;

/// Collects findings; those of one code past [`EACH`] are counted, not repeated.
#[derive(Debug, Default)]
pub(super) struct Findings {
    list: Vec<Finding>,
    counts: std::collections::BTreeMap<(&'static str, bool), usize>,
}

impl Findings {
    pub(super) fn push(&mut self, finding: Finding) {
        let count = self.counts.entry((finding.code, finding.loss)).or_default();
        *count += 1;
        if *count <= EACH {
            self.list.push(finding);
        }
    }

    /// In the order of their paths and places, then how many more there were of each code.
    pub(super) fn into_sorted(mut self) -> Vec<Finding> {
        let key = |finding: &Finding| (finding.path.clone(), finding.offset, finding.code);
        self.list.sort_by_key(key);
        for ((code, loss), count) in self.counts.into_iter().filter(|(_, count)| *count > EACH) {
            let message = format!("{} more findings of this kind", count - EACH);
            self.list.push(Finding { code, message, path: None, offset: None, loss });
        }
        self.list
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn findings_past_the_bound_are_counted_and_never_dropped() {
        let mut findings = Findings::default();
        for number in 0..EACH as u64 + 5 {
            let message = String::new();
            findings.push(Finding { code: "odd", message, path: None, offset: Some(number), loss: true });
        }
        let list = findings.into_sorted();
        assert_eq!(list.len(), EACH + 1);
        assert_eq!(list.last().map(|last| last.message.as_str()), Some("5 more findings of this kind"));
        assert_eq!(list.last().map(|last| last.loss), Some(true));
    }
}
