//! What a raw image holds: its partitions, and the file system of each by its magic. The file systems themselves are
//! read elsewhere (`parse::fat`, and a crate for ext4).

mod gpt;
mod magic;
mod mbr;

pub use magic::{FileSystem, file_system};

use super::Finding;

/// Bytes that are addressed, not held: an image in one file or in several.
pub trait Storage {
    /// Bytes of it.
    fn length(&self) -> u64;

    /// Some of them; `None` where it ends before.
    fn read(&self, offset: u64, length: usize) -> Option<Vec<u8>>;
}

/// A partition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Partition {
    /// Counted from 1, in the order of the table.
    pub number: u64,
    /// Its name, where the table gives one.
    pub name: String,
    /// Bytes from the start of the image.
    pub start: u64,
    /// Bytes of it, as the table claims.
    pub length: u64,
}

/// The partitions of an image, and what was odd about the table.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Partitions {
    /// In the order of the table.
    pub list: Vec<Partition>,
    /// A damaged table, partitions that reach past the end.
    pub findings: Vec<Finding>,
}

/// Most partitions of a table; handsets have about a hundred.
const MOST: usize = 1024;

/// Reads the partition table: a GPT, or the copy of it at the end, or an MBR. `None` where there is none.
#[must_use]
pub fn partitions(storage: &dyn Storage) -> Option<Partitions> {
    let mut found = gpt::partitions(storage).or_else(|| mbr::partitions(storage))?;
    let end = storage.length();
    let beyond = |partition: &&Partition| partition.start.saturating_add(partition.length) > end;
    let cut: Vec<String> =
        found.list.iter().filter(beyond).map(|partition| partition.number.to_string()).collect();
    if !cut.is_empty() {
        let message = format!("the image has {end} bytes; partition {} reaches past them", cut.join(", "));
        found.findings.push(Finding::of_file("image-truncated", message, Some(end), true));
    }
    Some(found)
}

/// Whether the first 4096 bytes may be those of an image: one of the magics, or a partition table.
#[must_use]
pub fn may_be_image(head: &[u8]) -> bool {
    file_system(head).is_some() || gpt::has_magic(head) || mbr::is_table(head)
}
